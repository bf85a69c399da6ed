"""diff --total: whether a function of two variables has a tangent plane at a point.

total("x**2*y", at="x=1,y=2").plane          # "2 + 4*(x - 1) + (y - 2)"
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from calcgrad import results
from calcgrad.budget import doing
from calcgrad.errors import UndecidedError, UsageError
from calcgrad.expression.tree import Name, Node, Number, text, variables
from calcgrad.parts.values import (
    DIGITS,
    as_value,
    at_its_point,
    check_digits,
    decimals_of,
    held,
    scalar_point,
    silent,
)
from calcgrad.questions import At, Note, read


@doing("the tangent plane")
def total(
    expr: str,
    *,
    at: At = None,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    assume: Iterable[str] = (),
    digits: int = DIGITS,
    files: bool = True,
    note: Note = silent,
) -> results.Total:
    """Total differentiability of ``expr`` at a point, with the tangent plane, or the reason why there is none.

    ``assume`` holds conditions on the variables, where f is looked at only.
    """
    from calcgrad.calculus import symbolic
    from calcgrad.calculus.arithmetic import plus, times
    from calcgrad.calculus.planes import limits as planes
    from calcgrad.commands.derivatives import why_not
    from calcgrad.expression.arrays import scalarize
    from calcgrad.expression.latex import latex

    check_digits(digits)
    question = read(expr, at=at, var=var, let=let, assume=assume, files=files, note=note)
    names = tuple(dict.fromkeys(question.var)) or tuple(question.names)
    if at is None:
        raise UsageError("--total is at a point", hint="--at x=0,y=0", code="missing-variable")
    given = scalar_point(question, names)
    if len(names) != 2:
        raise UsageError("--total is for two variables", hint="--var x,y, and --let for parameters")
    for name in names:
        if name not in given:
            raise UsageError(f"no value for {name}", hint=f"--at {name}=1", code="missing-variable")
    root = scalarize(question.tree)
    if others := [each for each in variables(root) if each not in given]:
        raise UndecidedError(
            f"the answer depends on {', '.join(others)}", hint=f"--let {others[0]}=1 gives a value"
        )
    first, second = names
    at_its_point(question, given)
    found = planes.total(held(question, root, first, second), (first, second), (given[first], given[second]))
    decimals = decimals_of(root, given.values())
    slopes = [as_value(each, digits, decimals) for each in found.partials]
    plane: Node | None = None
    if not found.reason:
        terms = [(1, symbolic.from_sympy(found.value))]
        for name, slope in zip(names, found.partials, strict=True):
            move = plus(((1, Name(name)), (-1, given[name]))) if given[name] is not Number(0) else Name(name)
            terms.append((1, times(symbolic.from_sympy(slope), move)))
        plane = plus(each for each in terms if each[1] is not Number(0))
    why = ""
    if found.reason == "partial":
        why = f"no derivative by {found.lacking}: {why_not(found.there, (found.lacking,), given, digits, decimals)}"
    elif found.reason == "undefined":
        why = f"f has no value {f'beside it, along {found.lacking}' if found.lacking else 'there'}"
    elif found.gap is not None:
        why = _of_gap(found.gap, digits, decimals)
    return results.Total(
        expr=question.text, var=(first, second), names=tuple(dict.fromkeys([*question.names, *names])),
        at={name: text(given[name]) for name in names}, value=as_value(found.value, digits, decimals),
        partials=dict(zip(names, slopes, strict=False)), plane=None if plane is None else text(plane),
        assumed=question.premises, reason=found.reason,
        why=why or ("no proof was found" if found.reason == "undecided" else ""),
        latex={"f": latex(question.tree), "plane": "" if plane is None else latex(plane)},
    )  # fmt: skip


def _of_gap(gap: Any, digits: int, decimals: Any) -> str:
    """What the distance from the plane, over that from the point, does."""
    if gap.reason == "undecided":
        return "; ".join(("no proof was found", *gap.tried))
    if gap.paths:
        shown = []
        for each in gap.paths:
            value = None if each.oscillates else as_value(each.limit, digits, decimals)
            shown.append(
                f"{'oscillates' if value is None else f'goes to {value.shown}'} along {each.equation}"
            )
        return ", ".join(shown)
    value = as_value(gap.value, digits, decimals)
    return f"goes to {value.shown}: {gap.proof}" if value is not None else gap.proof
