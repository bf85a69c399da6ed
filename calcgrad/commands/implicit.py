"""diff --var y:x: derivatives of functions that equations define.

diff("x^2+y^2=25", var="y:x", at="x=3,y=4").value.exact        # "-3/4"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.budget import attempt, doing
from calcgrad.errors import UsageError
from calcgrad.expression.tree import (
    Call,
    Name,
    Node,
    Number,
    has_decimal,
    names_in,
    postorder,
    text,
    variables,
)
from calcgrad.parts.values import as_value, assuming, scalar_point, short
from calcgrad.questions import Question

if TYPE_CHECKING:
    from calcgrad.calculus.implicit import OffCurve, System, There

_VALUE_SHARE = 0.9
_MOST_PLACES = 4


def implicit(
    question: Question, names: Sequence[str], *, digits: int, steps: bool = False
) -> results.Implicit:
    """The derivatives of the question's unknowns by ``names`` in turn, and at its point if it has one."""
    from calcgrad.calculus.implicit import System
    from calcgrad.expression.arrays import scalarize
    from calcgrad.expression.latex import latex

    equations = [_scalar(each, scalarize) for each in question.equations]
    unknowns, every = question.unknowns, variables(question.tree)
    _check(question, equations, names)
    decimals = has_decimal(question.tree)
    system = System(equations, unknowns, decimals)
    shown = {"f": _equations_latex(question)} | {
        f"name {each}": latex(Name(each)) for each in (*every, *names, *unknowns)
    }
    fields: dict[str, Any] = {
        "expr": question.text, "unknowns": unknowns, "var": tuple(names), "latex": shown,
    }  # fmt: skip
    with doing("the derivative"):
        determined = system.is_determined
        formula = system.derivatives(names) if determined else None
    if not determined:
        said = "the equation does" if len(unknowns) == 1 else "the equations do"
        return results.Implicit(
            **fields, reason="not-determined", why=f"{said} not determine {_listed(unknowns)}"
        )
    if system.is_empty:
        return results.Implicit(**fields, reason="no-points", why="no real numbers solve the equation")
    if formula is not None:
        fields["derivatives"] = {each: text(tree) for each, tree in formula.items()}
        shown |= {f"derivative {each}": latex(tree) for each, tree in formula.items()}
        where = system.where(formula.values(), names)
        if where is not None:
            fields["where"], shown["where"] = text(where, words=True), latex(where)
    if steps:
        fields["steps"] = _steps(question, system, equations, names, formula)
    if not question.point and question.bare is None:
        return results.Implicit(**fields)
    point = scalar_point(question, (*names, *unknowns))
    _check_point(question, system, point)
    here: dict[Node, Node] = {Name(each): place for each, place in point.items()}
    fields["at"] = {each: text(place) for each, place in point.items()}
    shown |= {f"at {each}": latex(place) for each, place in point.items()}
    question = replace(question, assumed=(*question.assumed, *_implied(system, here)))
    with assuming(question, *names, *unknowns):
        answer = attempt(lambda: _at(system, names, here, question), _VALUE_SHARE, clock=True)
    if answer is None:
        return results.Implicit(**fields, reason="undecided", why="its value was not found in time")
    decimals = decimals or any(has_decimal(place) for place in point.values())
    made = {each: as_value(value, digits, decimals) for each, value in answer.values.items()}
    values = {each: value for each, value in made.items() if value is not None}
    if len(values) < len(made):
        return results.Implicit(
            **fields, reason="undecided", why="the value has no form that could be checked"
        )
    return results.Implicit(**fields, values=values, **_of_point(answer, digits, decimals))


def _implied(system: System, here: dict[Node, Node]) -> list[Node]:
    """That parameters by which the equations divide are not 0."""
    from calcgrad.calculus.implicit import vanishing

    nodes = [
        node
        for gap in system.gaps
        for node in postorder(gap)
        if isinstance(node, Call) and node.function == "/"
    ]
    below = dict.fromkeys(part for node in nodes for part in vanishing(node.args[1]))
    given = {name.name for name in here if isinstance(name, Name)}
    return [Call("!=", (each, Number(0))) for each in below if names_in(each) and not names_in(each) & given]


def _scalar(equation: Call, scalarize: Any) -> Call:
    return Call("==", tuple(scalarize(each) for each in equation.args))


def _equations_latex(question: Question) -> str:
    from calcgrad.expression.latex import latex

    return r", \quad ".join(latex(each) for each in question.equations)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _check(question: Question, equations: Sequence[Call], names: Sequence[str]) -> None:
    unknowns = question.unknowns
    if len(equations) != len(unknowns):
        raise UsageError(
            f"{len(equations)} equation{'s' * (len(equations) != 1)} for {len(unknowns)} unknown"
            f"{'s' * (len(unknowns) != 1)}: {', '.join(unknowns)}",
            hint='one equation for each: "[u + v = x, u*v = x**2]" --var u,v:x',
        )
    for each in unknowns:
        if each not in names_in(question.tree):
            raise UsageError(
                f"{each} does not occur in {short(question.text)}",
                hint=f"--var {each}:x is for an equation in {each} and x",
            )


def _check_point(question: Question, system: System, point: dict[str, Node]) -> None:
    missing = [each for each in variables(question.tree) if each not in point]
    needed = [each for each in missing if each in question.unknowns or each in question.var]
    if not needed:
        return
    hint = f"--at {','.join(f'{each}=1' for each in (*question.var, *question.unknowns))}"
    if len(missing) == 1 and len(question.unknowns) == 1 and missing == list(question.unknowns):
        places = _places(system, missing[0], {Name(each): place for each, place in point.items()})
        if places:
            hint = f"on the curve {missing[0]} is {' or '.join(places)} there"
    raise UsageError(f"no value for {needed[0]}", hint=hint, code="missing-variable")


def _places(system: System, unknown: str, here: dict[Node, Node]) -> list[str]:
    """The values of the unknown for what is given of the point, if all are known."""
    from calcgrad.calculus import roots
    from calcgrad.expression.tree import substitute

    found = attempt(lambda: roots.zeros(substitute(system.gaps[0], here), unknown), 0.3)
    return [text(each) for each in found or []][:_MOST_PLACES]


def _at(system: System, names: Sequence[str], here: dict[Node, Node], question: Question) -> There:
    from calcgrad.calculus.implicit import OffCurve, There
    from calcgrad.calculus.multiseries.constants import Undecided

    try:
        return system.at(names, here)
    except OffCurve as off:
        raise _off(question, system, here, off) from None
    except Undecided as open_:
        return There(reason="undecided", why=f"whether the point is on the curve: {open_}")


def _off(question: Question, system: System, here: dict[Node, Node], off: OffCurve) -> UsageError:
    place = ", ".join(
        f"{name.name} = {text(value)}" for name, value in here.items() if isinstance(name, Name)
    )
    gap = " - ".join(
        f"({text(side)})" if index and isinstance(side, Call) and side.function in ("+", "-") else text(side)
        for index, side in enumerate(question.equations[off.equation].args)
        if not index or side is not Number(0)
    )
    if off.gap is None:
        kind = "real" if off.kind == "not-real" else "defined"
        return UsageError(
            f"{short(gap)} is not {kind} at {place}", hint="a point on the curve", code="off-curve"
        )
    value = as_value(_sympy(off.gap), 10, True)
    size = text(off.gap) if value is None else value.decimal or value.text
    hint = "a point on the curve"
    if len(system.unknowns) == 1:
        unknown = system.unknowns[0]
        places = _places(
            system, unknown, {name: value for name, value in here.items() if name is not Name(unknown)}
        )
        hint = f"there the curve has {unknown} = {' or '.join(places)}" if places else hint
    return UsageError(
        f"{place} is not on the curve: {short(gap)} is {size} there", hint=hint, code="off-curve"
    )


def _sympy(tree: Node) -> Any:
    from calcgrad.calculus import symbolic

    return symbolic.to_sympy(tree)


# ------------------------------------------------------------------------------------------------ points in words


def _of_point(answer: There, digits: int, decimals: bool) -> dict[str, Any]:
    """Why there is no derivative, and what kind of point it is."""
    if not answer.reason:
        return {}
    if answer.local is None:
        return {"reason": answer.reason, "why": answer.why}
    local = answer.local
    from calcgrad.calculus.implicit import as_number

    slopes = []
    for slope, _, _ in local.lines:
        made = as_value(as_number(slope), digits, decimals)
        slopes.append(made if made is not None else results.Value("", "not known", None, ""))
    shown = ["vertical" if each.exact == "oo" else each.shown for each in slopes]
    return {
        "reason": answer.reason,
        "kind": local.kind,
        "slopes": tuple(slopes),
        "why": _words(local, shown) or "vertical tangent",
    }


def _words(local: Any, slopes: list[str]) -> str:
    kind = local.kind
    if not kind:
        return ""
    if kind == "isolated point":
        return "isolated point, no other point of the curve is near it"
    slope = slopes[0]
    of = "a vertical tangent" if slope == "vertical" else f"slope {slope}"
    if kind == "end point":
        side = next(iter(local.halves)).side
        return f"the curve ends there, with {of}" + (
            f" from the {'left' if side < 0 else 'right'}" if side else ""
        )
    if kind == "cusp":
        return f"cusp, both branches have {of}"
    if kind == "tacnode":
        return f"tacnode, two branches touch with {of}"
    if kind == "corner":
        if local.is_function:
            left, right = (_slope_of(local, side, slopes) for side in (-1, 1))
            return f"slope {left} from the left, {right} from the right"
        return f"corner, its sides have the slopes {_listed(slopes)}"
    what = "its branch has the slope" if len(slopes) == 1 else "branches with the slopes"
    return f"{kind}, {what} {_listed(slopes)}"


def _slope_of(local: Any, side: int, slopes: list[str]) -> str:
    (half,) = local.to(side)
    from calcgrad.calculus.branches import same

    return next(
        shown for (slope, _, _), shown in zip(local.lines, slopes, strict=True) if same(slope, half.slope)
    )


# --------------------------------------------------------------------------------------------------------- steps


def _steps(
    question: Question,
    system: System,
    equations: Sequence[Call],
    names: Sequence[str],
    formula: dict[str, Node] | None,
) -> tuple[results.Step, ...]:
    """Differentiate both sides, collect, solve; and once more for each further order."""
    from calcgrad.calculus import rules
    from calcgrad.calculus.arithmetic import plus, times
    from calcgrad.calculus.implicit import shown_total
    from calcgrad.expression.latex import latex
    from calcgrad.parts.derivations import records

    name, found = names[0], []
    marks: dict[str, Node] = {each: Name(f"{each}'") for each in question.unknowns}
    primed = _listed([f"{each}'" for each in question.unknowns])
    write = records()

    def step(
        rule: str, left: Node, right: Node, because: Sequence[results.Step] = (), brief: str = ""
    ) -> results.Step:
        equation = Call("==", (left, right))
        shown = f"{text(left)} = {text(right)}"
        return results.Step(
            rule=rule, formula="", var=name, before="", after=shown, shown=shown, because=tuple(because), brief=brief,
            latex={"shown": latex(equation), "where": "", "mark": "", "before": "", "after": latex(equation)},
        )  # fmt: skip

    for equation, gap in zip(equations, system.gaps, strict=True):
        sides = [shown_total(each, name, marks, system) for each in equation.args]
        if sides[0] is None or sides[1] is None:
            return ()
        because = []
        for side, each in product(equation.args, (name, *question.unknowns)):
            if (
                each in names_in(side)
                and isinstance(side, Call)
                and (part := system.partial(side, each)) is not None
            ):
                inner = write(rules.derive(side, each))
                because.append(
                    results.Step(
                        f"by {each} alone", "", each, text(side), text(part), text(part), because=(inner,),
                        latex={"shown": latex(part), "where": "", "mark": latex(rules.prime(side))},
                    )
                )  # fmt: skip
        found.append(
            step(f"both sides by {name}", sides[0], sides[1], because if len(equations) == 1 else ())
        )
        direct = system.partial(gap, name)
        parts = [(each, system.partial(gap, each)) for each in question.unknowns]
        left = plus((1, times(part, marks[each])) for each, part in parts if part is not None)
        right = system.tidy(-_sympy(direct or Number(0)))
        if right is not None:
            found.append(step(f"collect {primed}", left, right))
    slopes = system.slopes(name)
    for unknown, tree in (slopes or {}).items():
        found.append(step("solve", marks[unknown], tree))
    for unknown, tree in (slopes or {}).items():
        for turn, each in enumerate(names[1:], start=2):
            before = shown_total(tree, each, marks, system)
            after = system.total(tree, each)
            if before is None or after is None:
                return tuple(found)
            mark = Name(unknown + "'" * turn)
            found += [step(f"by {each} again", mark, before), step(f"put in {primed}, simplify", mark, after)]
            tree = after
    return tuple(found)
