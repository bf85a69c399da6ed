"""limit: of an expression as its variable goes to a point, or of its difference quotient at one.

limit("sin(x)/x", to="0").value.exact         # "1"
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.budget import attempt, doing
from calcgrad.decimals import fraction_text
from calcgrad.errors import UndecidedError, UsageError
from calcgrad.expression.labels import labelled
from calcgrad.expression.tree import (
    INFINITY,
    Call,
    Name,
    Node,
    Number,
    integer,
    is_infinite,
    names_in,
    rational,
    substitute,
    text,
    variables,
)
from calcgrad.parts.values import (
    DIGITS,
    Decimals,
    approached,
    as_value,
    assuming,
    at_its_point,
    beside,
    beside_assumed,
    by_cases,
    case,
    check_digits,
    check_side,
    decimals_of,
    held,
    scalar_point,
    silent,
)
from calcgrad.questions import At, Note, are_pairs, free_label, read, read_names, split_point

if TYPE_CHECKING:
    from calcgrad.calculus import limits
    from calcgrad.calculus.explanations import Reason
    from calcgrad.calculus.planes import limits as planes


def limit(
    expr: str,
    *,
    to: At = None,
    at: At = None,
    side: str = "both",
    rows: int = 5,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    assume: Iterable[str] = (),
    digits: int = DIGITS,
    steps: bool = False,
    files: bool = True,
    note: Note = silent,
) -> results.Limit | results.PlaneLimit:
    """The limit of ``expr`` as its variable goes ``to`` a point, or of its difference quotient ``at`` one.

    ``to`` with values for two variables, ``x=0,y=0``, is a limit in both at once.

    ``assume`` holds conditions on parameters, ``a > 0``, ``n integer``, and on the variable, which may leave it one
    side; in two variables on these, where f is looked at only. ``steps`` adds what was done and why.
    """
    from calcgrad.expression.latex import latex

    check_digits(digits)
    if rows < 0 or rows > 1000:
        raise UsageError("--rows must be from 0 to 1000", hint="--rows 5")
    if isinstance(to, tuple) and not are_pairs(to):
        names = list(read_names(var)) or variables(read(expr, let=let, files=files, before="lim").tree)
        to = _in_order(to, names, fixed=var is not None)
    to, side = _asked(expr, to, at, side)
    if at is None and len(places := [each for each in split_point(to) if each]) > 1 and not _is_one(var):
        return _in_plane(
            expr, places, to, side, var=var, let=let, assume=assume, digits=digits, files=files, note=note
        )
    option = "--to" if at is None else "--at"
    question = read(
        expr,
        at=to if at is None else at,
        var=var,
        let=let,
        assume=assume,
        files=files,
        note=note,
        option=option,
        letters=True,
        before="lim",
    )
    name, place, root = beside(question, "limit", side)
    if is_infinite(place) and at is not None:
        raise UsageError("there is no slope at infinity", hint="--to oo for the limit of f itself")
    if at is not None:
        at_its_point(question, {name: place})
    asked, side = beside_assumed(question, name, place, side)
    decimals = decimals_of(root, [place])
    step = free_label("h k", [*question.names, name, *variables(place)])
    parameters = (names_in(root) | names_in(place)) - {name}
    fields: dict[str, Any] = {
        "expr": question.text,
        "names": tuple(dict.fromkeys([*question.names, name, *variables(place)])),
        "var": name,
        "point": text(place),
        "quotient": at is not None,
        "side": side,
        "table": _table(root, name, place, at is not None, side, 0 if parameters else rows, digits),
        "latex": {"f": latex(question.tree), "point": latex(place), "name": latex(Name(name))},
        "question": question,
        "assumed": question.premises,
    }
    with assuming(asked, name, sequence=is_infinite(place)):
        found = (
            _quotient_limit(root, name, place, side, step)
            if at is not None
            else _limit(root, name, place, side)
        )
        if steps:
            fields["steps"] = _explained(root, name, place, side, step, at is not None, found)
    return _limit_result(found, fields, digits, decimals)


def _in_order(values: Sequence[Any], names: Sequence[str], fixed: bool) -> dict[str, Any]:
    """(0, 0) of a function of x and y by name, where the order of the names is clear or does not matter."""
    if len(values) != len(names):
        raise UsageError(
            f"--to has {len(values)} values, and f {len(names)} variable{'s' * (len(names) != 1)}",
            hint="--to x=0,y=0",
        )
    if not fixed and list(names) != sorted(names) and any(each != values[0] for each in values):
        orders = [dict(zip(each, values, strict=True)) for each in (names, sorted(names))]
        raise UsageError(
            "--to has two readings", hint=f"write {orders[0]} or {orders[1]}", code="two-readings"
        )
    return dict(zip(names, values, strict=True))


def _asked(expr: str, to: At, at: At, side: str) -> tuple[At, str]:
    """Where the variable goes, by --to or by what the expression says itself, and from which side."""
    if named := labelled(expr).to:
        if to is not None or at is not None:
            raise UsageError(
                "the expression says itself where its variable goes", hint="leave out --to or the lim"
            )
        to = {named[0]: named[1]}
    if (to is None) == (at is None):
        raise UsageError(
            "limit needs --to or --at" if to is None else "limit takes --to or --at, not both",
            hint="--to 0 for f itself, --at 1 for its difference quotient",
        )
    to, side = approached(to, side)
    check_side(side)
    return to, side


def _is_one(var: str | Sequence[str] | None) -> bool:
    """Is one variable named, so that other values are those of parameters?"""
    return var is not None and len(set(read_names(var))) == 1


@doing("the limit in two variables")
def _in_plane(
    expr: str, named: Sequence[str], to: At, side: str, *, digits: int, **options: Any
) -> results.PlaneLimit:  # fmt: skip
    """The limit in two variables."""
    from calcgrad.calculus.planes import limits as planes
    from calcgrad.expression.arrays import scalarize
    from calcgrad.expression.latex import latex

    if len(named) > 2:
        raise UsageError("a limit is in one or two variables", hint="--to x=0,y=0")
    if side != "both":
        raise UsageError("--from is for limits in one variable", hint="leave it out")
    question = read(expr, at=to, option="--to", **options)
    point = scalar_point(question, (), infinite=True)
    first, second = point
    root = scalarize(question.tree)
    if others := [each for each in variables(root) if each not in point]:
        raise UndecidedError(
            f"the limit depends on {', '.join(others)}", hint=f"--let {others[0]}=1 gives a value"
        )
    root, names, where = held(question, root, first, second), (first, second), (point[first], point[second])
    if any(map(is_infinite, where)):
        one = free_label("u v w s", [*names, *names_in(root)])
        other = free_label("v w s t", [*names, *names_in(root), one])
        found = planes.far(root, names, where, (one, other))
    else:
        found = planes.limit(root, names, where)
    decimals = decimals_of(root, point.values())
    along = tuple(
        results.Along(each.equation, None if each.oscillates else as_value(each.limit, digits, decimals))
        for each in found.paths
    )
    return results.PlaneLimit(
        expr=question.text, var=(first, second), names=tuple(dict.fromkeys([*question.names, first, second])),
        to={each: text(point[each]) for each in (first, second)}, value=as_value(found.value, digits, decimals),
        reason=found.reason, why=_why_in_plane(found, along), proof=found.proof, paths=along, tried=found.tried,
        assumed=question.premises,
        latex={"f": latex(question.tree), **{each: latex(point[each]) for each in (first, second)}},
    )  # fmt: skip


def _why_in_plane(found: planes.PlaneLimit, along: Sequence[results.Along]) -> str:
    match found.reason:
        case "paths-differ":
            return ", ".join(
                f"{each.value.shown} along {each.path}" for each in along if each.value is not None
            )
        case "oscillates":
            return f"it oscillates along {along[0].path}"
        case "undefined":
            return "f is not defined near there"
        case "undecided":
            return "no two paths with different limits were found, and no proof"
    return ""


_STEPS_SHARE = 0.7  # of the time that is left: the limit that was found is shown in any case
_EVIDENCE = {
    "confirmed": "exact, and high-precision numbers agree",
    "symbolic": "exact; numbers had nothing to say",
    "numeric": "from high-precision numbers only",
}


@doing("the steps")
def _explained(
    root: Node, name: str, place: Node, side: str, step: str, quotient: bool, found: limits.Limit
) -> tuple[results.Step, ...]:
    """The steps to a limit, and the evidence for it."""
    from calcgrad.calculus import forms, symbolic
    from calcgrad.calculus.arithmetic import plus
    from calcgrad.calculus.explanations import explain, gaps, oscillation, outside, sequences, unexplained

    steps: list[results.Step] = []
    if quotient:  # f(p + h), and f(p) as a number
        moved = Name(step) if place is Number(0) else Call("+", (place, Name(step)))
        here = forms.value_tree(symbolic.to_sympy(substitute(root, {Name(name): place})))
        there = substitute(root, {Name(name): moved})
        root = there if here is None else plus(((1, there), (-1, here)))
        root, name, place = Call("/", (root, Name(step))), step, Number(0)
    if found.reason in ("not-real", "undefined", "one-sided-only"):
        steps = [_reason(each, name) for each in outside(root, name, place, side) or gaps(root, found)]
    if found.value is not None or found.reason in ("sides-differ", "one-sided-only"):
        way = attempt(lambda: explain(root, name, place, side), _STEPS_SHARE)
        steps += [_reason(each, name) for each in ([unexplained(root)] if way is None else way)]
    elif found.reason == "oscillates":
        never = oscillation(root, name, place, side) or sequences(root, found)
        steps = [_reason(each, name) for each in never]
    if found.evidence in _EVIDENCE:
        says = _EVIDENCE[found.evidence]
        steps.append(results.Step("evidence", "", name, text(root), None, says))
    return tuple(steps)


def _reason(reason: Reason, name: str) -> results.Step:
    from calcgrad.expression.latex import latex

    arrow = r"\longrightarrow"
    if reason.form:
        form = reason.form.replace("oo", r"\infty")
        arrow = rf"\overset{{{form}}}{{{arrow}}}"
    says = ""
    if reason.after is not None:
        says = f"{'=' if reason.equal else arrow} {latex(reason.after)}"
    elif reason.goes is not None and reason.goes is not reason.before:
        says = rf"\to {latex(reason.goes)}"
    if reason.between:
        says += r", \quad " + r" \leq ".join(map(latex, reason.between))
    return results.Step(
        reason.title, "", name, text(reason.before), None if reason.after is None else text(reason.after),
        reason.says, brief=reason.brief, because=tuple(_reason(part, name) for part in reason.parts),
        latex={"before": latex(reason.before), "says": says},
    )  # fmt: skip


@doing("the limit")
def _limit(root: Node, name: str, place: Node, side: str) -> limits.Limit:
    from calcgrad.calculus import limits

    return limits.limit(root, name, place, side)


@doing("the limit of the difference quotient")
def _quotient_limit(root: Node, name: str, place: Node, side: str, step: str) -> limits.Limit:
    """lim (f(p+h)-f(p))/h: the derivative at a point, or one of its sides."""
    from calcgrad.calculus import derivatives, limits, points

    if (names_in(root) | names_in(place)) - {name}:
        h = Name(step)
        moved, here = (substitute(root, {Name(name): each}) for each in (Call("+", (place, h)), place))
        return limits.limit(Call("/", (Call("-", (moved, here)), h)), step, Number(0), side)
    if side != "both":
        one = points.one_sided_slope(root, name, place, -1 if side == "left" else 1)
        left, right = (one, None) if side == "left" else (None, one)
        return limits.Limit(one.value, one.reason, one.evidence, left, right, one.error)
    answer = points.at_point(root, [name], {name: place}, derivatives.derivative(root, [name])).confirmed()
    reason = {"corner": "sides-differ", "jump": "sides-differ", "not-real": "one-sided-only"}.get(
        answer.reason, answer.reason
    )
    if answer.failed_order == 0 and answer.reason:
        return limits.Limit(None, "undefined", "", None, None)
    if answer.exists and answer.value is None:
        value, error = points.as_float(answer.number)
        return limits.Limit(value, "", "numeric", None, None, error)
    if answer.exists:
        return limits.Limit(answer.value, "", answer.evidence, None, None)
    if answer.reason in ("vertical-tangent", "jump"):
        one, other = (points.one_sided_slope(root, name, place, each) for each in (-1, 1))
        if one.value is not None and one.value == other.value:
            return limits.Limit(one.value, "", limits.weakest(one.evidence, other.evidence), one, other)
        return limits.Limit(None, "sides-differ", limits.weakest(one.evidence, other.evidence), one, other)
    left, right = (limits.OneSided(value, evidence=answer.evidence) for value in (answer.left, answer.right))
    return limits.Limit(None, reason, answer.evidence, left, right)


def _bounds(found: limits.Limit, digits: int, decimals: Decimals) -> tuple[str, str] | None:
    """What f oscillates between, on both sides together; None where a side's bounds are not known."""
    sides = [one.bounds or (one.value, one.value) for one in (found.left, found.right) if one is not None]
    if not sides or any(end is None for ends in sides for end in ends):
        return None
    try:
        low, high = min({ends[0] for ends in sides}), max({ends[1] for ends in sides})
    except TypeError:  # which one it is depends on parameters
        return None
    low, high = (as_value(end, digits, decimals) for end in (low, high))
    return None if low is None or high is None else (low.text, high.text)


def _shown_cases(found: limits.Limit, digits: int, decimals: Decimals) -> tuple[results.Case, ...]:
    cases = []
    for condition, each in found.cases:
        left, right = (None if one is None else one.value for one in (each.left, each.right))
        cases.append(case(condition, each.value, each.reason, left, right, digits, decimals))
    return tuple(cases)


def _limit_result(
    found: limits.Limit, fields: dict[str, Any], digits: int, decimals: Decimals
) -> results.Limit:
    left = as_value(found.left.value, digits, decimals) if found.left is not None else None
    right = as_value(found.right.value, digits, decimals) if found.right is not None else None
    value = as_value(found.value, digits, decimals)
    reason = found.reason or ("undecided" if value is None else "")
    bounds = _bounds(found, digits, decimals) if reason == "oscillates" else None
    cases = _shown_cases(found, digits, decimals)
    undecided = _depends(fields) if reason == "undecided" else ""
    return results.Limit(
        **fields,
        value=value,
        left=None if value is not None else left,
        right=None if value is not None else right,
        reason=reason,
        cases=cases,
        why=by_cases(cases, _no_limit)
        or undecided
        or _why_no_limit(reason, found, left, right, bounds, fields["quotient"]),
        evidence=found.evidence,
        error=found.error if found.error is None or isfinite(found.error) else None,
        conjecture=_recognized(found, decimals),
        bounds=bounds,
    )


_SMALLEST = 1e-5  # value that is recognized: no constant times a short fraction comes near it
_CONSTANTS = (
    "1", "pi", "1/pi", "sqrt(pi)", "1/sqrt(pi)", "sqrt(2)", "sqrt(3)", "e", "1/e", "e**2", "1/sqrt(e)", "log(2)",
    "log(3)", "1/log(2)", "EulerGamma", "pi**2", "sqrt(2*pi)", "1/sqrt(2*pi)", "sqrt(2/pi)", "pi*sqrt(2)", "pi*sqrt(3)",
)  # fmt: skip


def _recognized(found: limits.Limit, decimals: Decimals) -> str | None:
    """A closed form that a numeric limit may well have: a short fraction of a constant that it agrees with."""
    import sympy

    from calcgrad.calculus import forms, numeric, symbolic
    from calcgrad.expression.parser import parse

    if found.evidence != "numeric" or not isinstance(found.value, sympy.Float):
        return None
    if not found.value:
        return "0"
    if not _SMALLEST < abs(found.value) < 1 / _SMALLEST:
        return None
    value = Fraction(str(found.value))
    near = max(Fraction(found.error or 0) / abs(value), Fraction(1, 10**13))
    for name in _CONSTANTS:
        constant = parse(name).node
        size = numeric.evaluate(constant, 20)
        if not isinstance(size, Fraction | numeric.Ball):
            continue
        ratio = value / Fraction(str(numeric.as_mpf(size, 20)))
        short = ratio.limit_denominator(1000)
        if abs(short.numerator) <= 1000 and abs(short - ratio) <= near * abs(ratio):
            tree = forms.value_tree(symbolic.to_sympy(constant) * sympy.Rational(short), bool(decimals))
            return None if tree is None else text(tree)
    return None


def _no_limit(case: results.Case) -> str:
    if case.reason == "sides-differ" and case.left is not None and case.right is not None:
        return f"{case.left.shown} from the left and {case.right.shown} from the right"
    for side, only in (("left", case.left), ("right", case.right)):
        if case.reason == "one-sided-only" and only is not None:
            return f"{only.shown} from the {side} only"
    return "none"


def _depends(fields: dict[str, Any]) -> str:
    """What an undecided answer may hang on: the parameters that are left."""
    others = [name for name in fields["names"] if name != fields["var"]]
    return (
        f"it may depend on {', '.join(others)}; --let gives a value, --assume a condition" if others else ""
    )


def _why_no_limit(
    reason: str,
    found: limits.Limit,
    left: results.Value | None,
    right: results.Value | None,
    bounds: tuple[str, str] | None,
    quotient: bool,
) -> str:
    f = "the quotient" if quotient else "f"
    again = "again and again " if found.again else ""
    sides = [
        f"{value.shown} from the {side}"
        for side, value in (("left", left), ("right", right))
        if value is not None
    ]
    match reason:
        case "sides-differ":
            return ", ".join(sides)
        case "one-sided-only":
            gone = "left" if left is None else "right"
            return f"{f} is {again}not real to the {gone}" + (f"; {sides[0]}" if sides else "")
        case "oscillates":
            return "it oscillates" + (f" between {bounds[0]} and {bounds[1]}" if bounds else "")
        case "undefined":
            return "f is not defined there" if quotient else f"f is {again}not defined near there"
        case "not-real":
            return f"{f} is {again}not real near there"
        case "undecided":
            return "neither algebra nor high-precision numbers settled it"
    return ""


@doing("the table")
def _table(
    root: Node, name: str, place: Node, quotient: bool, side: str, rows: int, digits: int
) -> tuple[tuple[str | None, ...], ...]:
    """Rows of h and the values on each side that was asked for; at infinity rows of x and f(x)."""
    from calcgrad.calculus import symbolic
    from calcgrad.calculus.sides import place as moved

    def at(where: Node) -> Node:
        return substitute(root, {Name(name): where})

    made: list[tuple[str | None, ...]] = []
    for k in range(1, rows + 1):
        if is_infinite(place):
            far = 10**k if place is INFINITY else -(10**k)
            made.append((fraction_text(Fraction(far), 17), symbolic.decimal(at(integer(far)), digits)))
            continue
        step = Fraction(1, 10**k)
        cells: list[str | None] = [fraction_text(step, 17)]
        for sign in [-1] * (side != "right") + [1] * (side != "left"):
            cell = at(moved(place, sign * step))
            if quotient:
                cell = Call("/", (Call("-", (cell, at(place))), rational(sign * step)))
            cells.append(symbolic.decimal(cell, digits))
        made.append(tuple(cells))
    return tuple(made)
