"""Equations and their curves, as ``diff`` and ``plot`` ask about them: what is read, points on them, in words.

system = System(equations_of(question), question.unknowns)
located(question, system, ["x"], point_of(question, system, ["x"])).values

"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.budget import attempt
from calcgrad.errors import UsageError
from calcgrad.expression.tree import (
    Call,
    List,
    Name,
    Node,
    Number,
    has_decimal,
    names_in,
    operations,
    postorder,
    substitute,
    text,
    variables,
)
from calcgrad.parts.values import Decimals, as_value, assuming, at_its_point, scalar_point, short
from calcgrad.questions import Question

if TYPE_CHECKING:
    from calcgrad.calculus.curves.implicit import OffCurve, System, There
    from calcgrad.calculus.curves.parametric import Path
    from calcgrad.calculus.curves.parametric import There as PathThere

_SHARE = 0.9  # of the time that is left: the formula that was found is shown in any case
_MOST_PLACES = 4
_SHORT = 40  # operations of an equation on which points are looked for


def equations_of(question: Question) -> list[Call]:
    """The equations in numbers, as many as there are unknowns."""
    from calcgrad.expression.arrays import scalarize

    equations = [Call("==", tuple(scalarize(each) for each in one.args)) for one in question.equations]
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
    return equations


def point_of(question: Question, system: System, names: Sequence[str]) -> dict[str, Node]:
    """The question's point, with a value for each of its variables."""
    point = scalar_point(question, (*names, *question.unknowns))
    missing = [each for each in variables(question.tree) if each not in point]
    needed = [each for each in missing if each in question.unknowns or each in question.var]
    if not needed:
        return point
    hint = f"--at {','.join(f'{each}=1' for each in (*question.var, *question.unknowns))}"
    if len(missing) == 1 and len(question.unknowns) == 1 and missing == list(question.unknowns):
        places = _places(system, missing[0], {Name(each): place for each, place in point.items()})
        if places:
            hint = f"on the curve {missing[0]} is {' or '.join(places)} there"
    raise UsageError(f"no value for {needed[0]}", hint=hint, code="missing-variable")


def located(question: Question, system: System, names: Sequence[str], point: dict[str, Node]) -> There:
    """The derivatives at a point. Raises UsageError if it is not on the curve."""
    from calcgrad.calculus.curves.implicit import There

    here: dict[Node, Node] = {Name(each): place for each, place in point.items()}
    question = at_its_point(question, point)
    question = replace(question, assumed=(*question.assumed, *_implied(system, here)))
    with assuming(question, *names, *question.unknowns):
        answer = attempt(lambda: _at(system, names, here, question), _SHARE, clock=True)
    return There(reason="undecided", why="its value was not found in time") if answer is None else answer


def _implied(system: System, here: dict[Node, Node]) -> list[Node]:
    """That parameters by which the equations divide are not 0."""
    from calcgrad.calculus.roots import vanishing

    nodes = [
        node
        for gap in system.gaps
        for node in postorder(gap)
        if isinstance(node, Call) and node.function == "/"
    ]
    below = dict.fromkeys(part for node in nodes for part in vanishing(node.args[1]))
    given = {name.name for name in here if isinstance(name, Name)}
    return [Call("!=", (each, Number(0))) for each in below if names_in(each) and not names_in(each) & given]


def _places(system: System, unknown: str, here: dict[Node, Node]) -> list[str]:
    """The values of the unknown for what is given of the point, if all are known: of short equations."""
    from calcgrad.calculus import roots

    if operations(system.gaps[0]) > _SHORT:
        return []
    found = roots.zeros(substitute(system.gaps[0], here), unknown)
    return [text(each) for each in found or []][:_MOST_PLACES]


def _at(system: System, names: Sequence[str], here: dict[Node, Node], question: Question) -> There:
    from calcgrad.calculus.curves.implicit import OffCurve, There
    from calcgrad.calculus.multiseries.exact import Undecided

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
    value = as_value(_sympy(off.gap), 10, Decimals.KEPT)
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


def listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# ------------------------------------------------------------------------------------------------ points in words


def of_point(answer: There, digits: int, decimals: Decimals) -> dict[str, Any]:
    """Why there is no derivative, and what kind of point it is."""
    if not answer.reason:
        return {}
    if answer.local is None:
        return {"reason": answer.reason, "why": answer.why}
    local = answer.local
    from calcgrad.calculus.curves.implicit import as_number

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
        return f"corner, its sides have the slopes {listed(slopes)}"
    what = "its branch has the slope" if len(slopes) == 1 else "branches with the slopes"
    return f"{kind}, {what} {listed(slopes)}"


def _slope_of(local: Any, side: int, slopes: list[str]) -> str:
    (half,) = local.to(side)
    from calcgrad.calculus.curves.branches import same

    return next(
        shown for (slope, _, _), shown in zip(local.lines, slopes, strict=True) if same(slope, half.slope)
    )


# ----------------------------------------------------------------------------------------------- paths of a point


def path_of(question: Question, polar: bool) -> Path:
    """The path that [x, y] or r describes."""
    from calcgrad.calculus.curves.parametric import Path
    from calcgrad.expression.arrays import elements, scalarize

    names = question.differentiated("diff")
    if len(set(names)) > 1:
        raise UsageError("a curve has one parameter", hint=f"--var {names[0]}")
    decimals = has_decimal(question.tree)
    if polar:
        return Path.polar(scalarize(question.tree), names[0], decimals)
    found = elements(question.tree) if isinstance(question.tree, List) else None
    if found is None or getattr(found, "shape", None) != (2,):
        raise UsageError(
            "--curve needs x and y in a list", hint='"[cos(t), sin(t)]" --curve, or "1 + cos(t)" --polar'
        )
    x, y = found.tolist()
    return Path(x, y, names[0], decimals=decimals)


def said_of_path(answer: PathThere, slopes: Sequence[results.Value]) -> str:
    """Why a path has no derivative at a point."""
    if answer.why:
        return answer.why
    shown = ["vertical" if each.exact in ("oo", "-oo") else each.shown for each in slopes]
    of = "a vertical tangent" if shown[:1] == ["vertical"] else f"slope {shown[0]}" if shown else "no tangent"
    match answer.reason:
        case "vertical-tangent":
            return "vertical tangent"
        case "cusp":
            return f"cusp, the curve turns back with {of}"
        case "turning-point":
            return f"turning point, the curve goes back the way that it came, with {of}"
        case "end-point":
            return f"the curve ends there, with {of}"
        case "corner":
            return f"corner, slope {shown[0]} before and {shown[1]} behind it"
    return answer.reason.replace("-", " ")
