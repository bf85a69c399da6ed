"""diff: the derivative of an expression, and its value at a point.

diff("3*x**2-4*x", at="1").value.exact        # "2"
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.budget import attempt, doing
from calcgrad.commands.implicit import implicit
from calcgrad.commands.parametric import parametric
from calcgrad.errors import TooLarge, UsageError
from calcgrad.expression.tree import (
    FALSE,
    TRUE,
    Call,
    Name,
    Node,
    has_decimal,
    is_unknown,
    names_in,
    postorder,
    text,
    unknowns,
)
from calcgrad.parts.values import (
    DIGITS,
    Decimals,
    as_value,
    assuming,
    at_its_point,
    by_cases,
    case,
    check_digits,
    decimals_of,
    scalar_point,
    silent,
    under,
)
from calcgrad.questions import At, Note, Question, radius, read

if TYPE_CHECKING:
    from calcgrad.calculus.formulas import Formula
    from calcgrad.calculus.points import AtPoint

_VALUE_SHARE = 0.9  # of the time that is left: the formula that was found is shown in any case


def diff(
    expr: str,
    *,
    at: At = None,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    assume: Iterable[str] = (),
    order: int | None = None,
    digits: int = DIGITS,
    steps: bool = False,
    to_code: str | None = None,
    curve: bool = False,
    polar: bool = False,
    files: bool = True,
    note: Note = silent,
) -> results.Derivative | results.Implicit | results.Parametric:
    """The derivative of ``expr``, and its value at a point if one is given.

    ``assume`` holds conditions on parameters, for the value. ``steps`` adds the derivation,
    ``to_code`` the derivative in python, numpy, c or latex. With ``var`` as "y:x" the expression is an equation,
    and y a function of x (``implicit``). With ``curve`` it is [x(t), y(t)], with ``polar`` r(t) (``parametric``).
    """
    from calcgrad.calculus import domains, formulas, points
    from calcgrad.expression.arrays import scalarize

    check_digits(digits)
    question = read(
        radius(expr) if polar else expr, at=at, var=var, let=let, assume=assume, files=files, note=note,
        unknown=True, equations=True, before="d/dx",
    )  # fmt: skip
    functions = unknowns(question.tree)
    if functions:
        _unknown(question, functions, at, note)
    var_names = _orders(question, order)
    if curve or polar:
        if question.unknowns or to_code is not None or (curve and polar):
            raise UsageError("--curve and --polar stand alone", hint='"[cos(t), sin(t)]" --curve')
        return parametric(question, order or 1, polar=polar, digits=digits, steps=steps)
    if question.unknowns:
        if to_code is not None:
            raise UsageError("--to-code is for an expression, not for an equation", hint="leave it out")
        return implicit(question, var_names, digits=digits, steps=steps)
    root, decimals = scalarize(question.tree), has_decimal(question.tree)
    if nowhere := domains.nowhere(root):
        point = {} if at is None or not names_in(root) else scalar_point(question, var_names)
        return _nowhere(question, var_names, point, nowhere)
    points.of_one_variable.cache_clear()  # what was found in a hurry is not kept for the next question
    with doing("the derivative"):
        formula = formulas.formula(root, var_names, decimals)
    stated = _assumed(question, var_names, formula)
    fields = _fields(question, var_names, stated)
    if steps:
        from calcgrad.parts.derivations import derivation

        fields["steps"] = derivation(root, var_names, formula.derivative, question.definitions, decimals)
    if to_code is not None:
        from calcgrad.parts.translations import code

        if stated.tree is None:
            raise UsageError("there is no closed form to write as code", code="no-closed-form")
        fields["code"] = code(stated.tree, to_code)
    if at is None:
        return results.Derivative(**fields)
    return _at_point(question, root, var_names, formula, fields, digits)


def _nowhere(
    question: Question, var_names: tuple[str, ...], point: dict[str, Node], kind: str
) -> results.Derivative:
    """The answer for a function that has no value anywhere."""
    from calcgrad.expression.latex import latex

    return results.Derivative(
        question.text,
        tuple(dict.fromkeys([*question.names, *var_names])),
        var_names,
        None,
        at={name: text(place) for name, place in point.items()} or None,
        reason=kind,
        why=f"f is not {'real' if kind == 'not-real' else 'defined'}",
        nowhere=True,
        functions=tuple(unknowns(question.tree)),
        latex={"f": latex(question.tree)} | {f"at {name}": latex(place) for name, place in point.items()},
    )


def _assumed(question: Question, var_names: tuple[str, ...], formula: Formula) -> Formula:
    """The formula as it is under what is assumed."""
    with under(question, *var_names) as something:
        if not something:
            return formula
        from calcgrad.calculus import assumed, derivatives, formulas  # 4 ms, only where something is

        tree, where = (
            None if each is None else assumed.simplified(each) for each in (formula.tree, formula.where)
        )
        unsettled = (each for each in map(assumed.simplified, formula.unsettled) if each is not FALSE)
        return formulas.Formula(
            derivatives.Derivative(tree), None if where is TRUE else where, tuple(unsettled)
        )


def _fields(question: Question, var_names: tuple[str, ...], formula: Formula) -> dict[str, Any]:
    """What an answer says of the formula."""
    from calcgrad.expression.latex import latex

    names = tuple(dict.fromkeys([*question.names, *var_names]))
    shown = {"f": latex(question.tree)} | {f"name {name}": latex(Name(name)) for name in names}
    if formula.tree is not None:
        shown["derivative"] = latex(formula.tree)
    if formula.where is not None:
        shown["where"] = latex(formula.where)
    shown |= {f"unsettled {each}": latex(one) for each, one in enumerate(formula.unsettled)}
    return {
        "expr": question.text,
        "names": names,
        "functions": tuple(unknowns(question.tree)),
        "var": var_names,
        "derivative": None if formula.tree is None else text(formula.tree),
        "where": None if formula.where is None else text(formula.where, words=True),
        "unsettled": tuple(text(each, words=True) for each in formula.unsettled),
        "assumed": question.premises,
        "latex": shown,
    }


@doing("its value at the point")
def _at_point(
    question: Question,
    root: Node,
    var_names: tuple[str, ...],
    formula: Formula,
    fields: dict[str, Any],
    digits: int,
) -> results.Derivative:
    """The answer with the value at the question's point, or why there is none."""
    from calcgrad.calculus import points
    from calcgrad.expression.latex import latex

    point = scalar_point(question, var_names)
    for name in dict.fromkeys(var_names):
        if name not in point:
            raise UsageError(f"no value for {name}", hint=f"--at {name}=1", code="missing-variable")
    with assuming(at_its_point(question, point), *var_names):
        answer = attempt(
            lambda: points.at_point(root, var_names, point, formula.derivative, max(digits, 20)),
            _VALUE_SHARE,
            clock=True,
        )
    fields["at"] = {name: text(place) for name, place in point.items()}
    fields["latex"] |= {f"at {name}": latex(place) for name, place in point.items()}
    if answer is None:
        return results.Derivative(**fields, reason="undecided", why="its value was not found in time")
    value = answer.number if answer.value is None else _under(question, answer.value)
    asked = decimals_of(root, point.values())
    number = as_value(value, digits, asked)
    if answer.exists and number is None:
        why = "the value has no form that could be checked"
        return results.Derivative(**fields, reason="undecided", why=why)
    cases = tuple(
        case(condition, each.value, each.reason, each.left, each.right, digits, asked)
        for condition, each in answer.cases
    )
    return results.Derivative(
        **fields,
        value=number,
        cases=cases,
        left=as_value(answer.left, digits, asked),
        right=as_value(answer.right, digits, asked),
        reason=answer.reason,
        why=by_cases(cases, _no_slope) or why_not(answer, var_names, point, digits, asked),
        failed_order=answer.failed_order,
        measured=answer.number is not None and fields["derivative"] is not None,
    )


def _unknown(question: Question, functions: list[str], at: At, note: Note) -> None:
    """What has to be said of functions of which only the letter is known."""
    name = functions[0]
    if at is not None:
        raise UsageError(
            f"{name} is an unknown function, which has no value at a point",
            hint=f'say what it is with --let "{name}(x)=..."', code="unknown-function",
        )  # fmt: skip
    calls = [node for node in postorder(question.tree) if is_unknown(node)]
    for name in functions:
        own = [node for node in calls if isinstance(node, Call) and node.function.startswith(name)]
        if name in "uvwy" and all(
            len(node.function) == 1 and not isinstance(node.args[0], Name) for node in own
        ):
            shown = text(own[0])
            note(f"{shown} is a function of what is in its brackets; write {name}*{shown[1:]} for a product")


def _under(question: Question, value: Any) -> Any:
    """A value that holds parameters, as it is under what is assumed of them."""
    if not question.assumed or not value.free_symbols:
        return value
    from calcgrad.calculus import assumed, symbolic

    with under(question):
        return symbolic.to_sympy(assumed.simplified(symbolic.from_sympy(value)))


def _no_slope(case: results.Case) -> str:
    """Why there is no derivative in a case."""
    slopes = [
        f"{value.shown} from the {side}"
        for side, value in (("left", case.left), ("right", case.right))
        if value is not None
    ]
    if case.reason in ("jump", "oscillates"):
        return f"none ({'it oscillates' if case.reason == 'oscillates' else 'f jumps'})"
    return f"none (slope {', '.join(slopes)})" if slopes else "none"


def _orders(question: Question, order: int | None) -> tuple[str, ...]:
    if order is not None and order < 1:
        raise UsageError("--order must be at least 1", hint="--order 2")
    names = question.differentiated("diff")
    if order is not None and len(names) > 1:
        raise UsageError(
            "--order and several names in --var exclude each other", hint="repeat the name: --var x,x"
        )
    if order is not None and order > 10_000:
        raise TooLarge(f"order {order} is too high to compute", hint="at most 10000")
    return names * (order or 1)


def why_not(
    answer: AtPoint, names: Sequence[str], point: dict[str, Node], digits: int, decimals: Decimals
) -> str:
    """The reason for a missing derivative, in words; '' where it exists."""
    if answer.exists:
        return ""

    def show(value: Any) -> str:
        made = as_value(value, digits, decimals)
        return "not known" if made is None else made.shown

    place = ", ".join(f"{name} = {text(value)}" for name, value in point.items())
    if answer.reason == "undecided":
        return "neither algebra nor high-precision numbers settled it"
    if answer.failed_order == 0:
        return f"f is not {'real' if answer.reason == 'not-real' else 'defined'} at {place}"
    of = "" if answer.failed_order == 1 else f" of f{_primes(answer.failed_order - 1)}"
    if answer.reason == "jump":
        what = "f" if answer.failed_order == 1 else "the derivative before it"
        return (
            f"{what} jumps: {show(answer.from_left)} from the left, {show(answer.from_right)} from the right"
        )
    slopes = [
        f"{show(value)} from the {side}"
        for side, value in (("left", answer.left), ("right", answer.right))
        if value is not None
    ]
    if answer.reason == "not-real":
        if not answer.real_side:
            return "f is real on neither side"
        other = "left" if answer.real_side == "right" else "right"
        return f"f is not real to the {other}" + (f"; slope{of} {slopes[0]}" if slopes else "")
    if answer.reason == "oscillates":
        return "; ".join([f"the slope{of} oscillates", *(f"slope {each}" for each in slopes)])
    if answer.reason == "vertical-tangent":
        return f"vertical tangent, slope{of} {', '.join(slopes)}"
    return f"slope{of} {', '.join(slopes)}"


def _primes(order: int) -> str:
    return "'" * order if order <= 3 else f"^({order})"
