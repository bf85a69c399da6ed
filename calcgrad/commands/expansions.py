"""series: the first terms of an expansion at a point, or far out.

series("tan(x)", at="0").both.terms[1].coefficient         # "1/3"
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.budget import doing
from calcgrad.errors import UsageError
from calcgrad.expression.tree import Call, Node, is_infinite, names_in, postorder, text
from calcgrad.parts.values import (
    DIGITS,
    approached,
    assuming,
    beside,
    beside_assumed,
    check_digits,
    check_side,
    silent,
)
from calcgrad.questions import At, Note, read

if TYPE_CHECKING:
    from calcgrad.calculus.multiseries.expansion import Expansion

TERMS = 4
_MOST_TERMS = 50
_SIDES = {"left": -1, "right": 1}


def series(
    expr: str,
    *,
    at: At = None,
    to: At = None,
    side: str = "both",
    terms: int = TERMS,
    steps: bool = False,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    assume: Iterable[str] = (),
    digits: int = DIGITS,
    files: bool = True,
    note: Note = silent,
) -> results.Series:
    """The first ``terms`` terms, zeros not counted, of the expansion of ``expr`` ``at`` (or ``to``) a point.

    ``steps`` adds the expansions of its parts.
    """
    check_digits(digits)
    if (to is None) == (at is None):
        raise UsageError(
            "series needs --at" if to is None else "series takes --at or --to, not both",
            hint="--at 0, or --to oo",
        )
    if not 1 <= terms <= _MOST_TERMS:
        raise UsageError(f"--terms must be from 1 to {_MOST_TERMS}", hint=f"--terms {TERMS}")
    to, side = approached(to, side)
    at, side = approached(at, side)
    check_side(side)
    question = read(
        expr,
        at=to if at is None else at,
        var=var,
        let=let,
        assume=assume,
        files=files,
        note=note,
        letters=True,
    )
    name, place, root = beside(question, "series", side)
    asked, side = beside_assumed(question, name, place, side)
    sides = {"right": 1} if is_infinite(place) else {side: _SIDES[side]} if side in _SIDES else _SIDES
    with assuming(asked, name):
        found = {each: _side(root, name, place, direction, terms) for each, direction in sides.items()}
        parts = _parts(root, name, place, sides, terms) if steps else ()
    return results.Series(
        expr=question.text, var=name, names=tuple(dict.fromkeys([*question.names, name])), point=text(place),
        side=side, steps=parts, assumed=question.premises, **_together(found),
    )  # fmt: skip


def _together(found: dict[str, results.Side]) -> dict[str, Any]:
    """The expansion where all sides that were asked for share it; else each side, and why there is none."""
    if len(found) == 1:
        (only,) = found.values()
        return {"both": only} if not only.reason else {"reason": only.reason, "why": only.why}
    left, right = found["left"], found["right"]
    undecided = [each for each in (left, right) if each.reason == "undecided"]
    if undecided:
        return {"reason": "undecided", "why": undecided[0].why}
    gone = {"not-real", "undefined"}
    if left.reason in gone and right.reason in gone:
        return {"reason": "undefined", "why": "f is not defined near there"}
    if left.reason in gone or right.reason in gone:
        which = "left" if left.reason in gone else "right"
        return {
            "left": left,
            "right": right,
            "reason": "one-sided-only",
            "why": f"f is not real to the {which}",
        }
    if left.reason or right.reason:
        return {"left": left, "right": right, "reason": "oscillates", "why": (left.why or right.why)}
    if (left.sum, left.remainder) == (right.sum, right.remainder):
        confirmed = left.evidence == right.evidence == "confirmed"
        return {"both": left if not confirmed else right}
    return {"left": left, "right": right, "reason": "sides-differ", "why": "its sides differ"}


@doing("the expansion")
def _side(root: Node, name: str, place: Node, side: int, terms: int) -> results.Side:
    from calcgrad.calculus.multiseries import witness
    from calcgrad.calculus.multiseries.exact import NotReal, Undecided
    from calcgrad.calculus.multiseries.expansion import Oscillates, expand

    try:
        found = expand(root, name, place, side, terms)
    except NotReal as error:
        what = "real" if error.kind == "not-real" else "defined"
        return results.Side(reason=error.kind, why=f"f is not {what} there")
    except Oscillates:
        return results.Side(reason="oscillates", why="it oscillates")
    except (Undecided, RecursionError) as error:
        return results.Side(reason="undecided", why=str(error) or "it is nested too deeply")
    confirmed = witness.confirms(root, found, name, place, side)
    return _shown(found, "confirmed" if confirmed else "symbolic")


def _shown(found: Expansion, evidence: str) -> results.Side:
    from calcgrad.calculus.arithmetic import times
    from calcgrad.expression.latex import latex

    return results.Side(
        terms=tuple(results.Term(text(coefficient), text(scale)) for coefficient, scale in found.terms),
        sum=text(found.sum),
        remainder=None if found.remainder is None else text(found.remainder),
        evidence=evidence,
        latex={
            "sum": latex(found.sum),
            "remainder": "" if found.remainder is None else latex(found.remainder),
            "terms": " ".join(latex(times(*each)) for each in found.terms[:1]),
        },
    )


_MOST_PARTS = 8


def _parts(
    root: Node, name: str, place: Node, sides: dict[str, int], terms: int
) -> tuple[tuple[str, results.Side], ...]:
    """The expansions of the functions that an expression is made of, as far as both sides share them."""
    found: list[tuple[str, results.Side]] = []
    for node in postorder(root):
        if not isinstance(node, Call) or not node.function.isidentifier() or node.function == "neg":
            continue
        if node is root or name not in names_in(node) or len(found) == _MOST_PARTS:
            continue
        together = _together({each: _side(node, name, place, side, terms) for each, side in sides.items()})
        if isinstance(both := together.get("both"), results.Side):
            found.append((text(node), both))
    return tuple(found)
