"""What difference quotients on shrinking steps tell of a derivative, with no rule of differentiation.

    slopes(parse("abs(x)").node, "x", Number(0)).status        # "none": -1 from the left, 1 from the right

One step is no limit. Each side has three, all far below the scale of the expression at the point, and how fast their
quotients close in bounds how far the last one is from the limit; what does not close in fast is no opinion.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from calcgrad.calculus import numeric, symbolic
from calcgrad.calculus.numeric import mp
from calcgrad.calculus.sides import place as beside
from calcgrad.expression.tree import Call, Name, Node, Number, postorder, substitute

_DIGITS = 40  # of a quotient, and powers of ten from one step to the next
_FASTER = mp.mpf(10) ** -3  # how much of a gap may be left after the next step
_CERTAIN = 1000  # error bounds between two slopes that differ
_FINE = mp.mpf(10) ** -15  # error that a slope may have
_MOST_SCALE = 700  # powers of ten
_COUNTED_DIGITS = 40


@dataclass(frozen=True)
class Slopes:
    """``status`` is value, none or '' (no opinion); ``value`` the derivative, or else ``left`` and ``right`` the
    slopes that differ."""

    status: str
    value: Any = None
    left: Any = None
    right: Any = None


def slopes(root: Node, name: str, place: Node) -> Slopes:
    """The derivative of a tree in one variable at ``place``, by quotients from both sides."""
    here = substitute(root, {Name(name): place})
    size = scale(here)
    if size is None:
        return Slopes("")
    powers = [2 * size + _DIGITS + k * (_DIGITS + size) for k in range(3)]
    work = powers[-1] + _DIGITS + 2 * size
    base = symbolic.evaluate(here, work)
    if isinstance(base, numeric.Undefined):
        return Slopes("" if base.kind == "too-large" else "none")
    if base is numeric.UNSETTLED:
        base = numeric.ball(here, None, work)
    if not isinstance(base, Fraction | numeric.Ball):
        return Slopes("")
    sides = []
    for sign in (-1, 1):
        steps = [Fraction(7 * sign, 10 ** (power + 1)) for power in powers]
        values = [
            numeric.ball(substitute(root, {Name(name): beside(place, step)}), None, work) for step in steps
        ]
        side = _side(values, base, steps, work)
        if side is None:
            return Slopes("none" if "none" in sides else "")
        sides.append(side)
    if "none" in sides:
        return Slopes("none")
    (left, doubt), (right, more) = sides
    with mp.workdps(work):
        gap, doubt = abs(left - right), doubt + more
        if gap <= doubt:
            value = (left + right) / 2
            if doubt > _FINE * max(1, abs(value)):
                return Slopes("")
            return Slopes("value", mp.zero if abs(value) <= doubt else value)
        return Slopes("none", left=left, right=right) if gap > _CERTAIN * doubt else Slopes("")


def _side(values: list[numeric.Value], base: numeric.Real, steps: list[Fraction], work: int) -> Any:
    """The slope on one side and its error bound; "none" where there is none, None where they do not tell."""
    if all(numeric.has_no_value(each) for each in values):
        return "none"
    known = [each for each in values if isinstance(each, Fraction | numeric.Ball)]
    if len(known) < len(values):
        return None
    with mp.workdps(work):
        runs = [numeric.as_mpf(step, work) for step in steps]
        start = numeric.as_mpf(base, work)
        found = [(numeric.as_mpf(each, work) - start) / run for each, run in zip(known, runs, strict=True)]
        noise = max(
            (_radius(each) + _radius(base) + 4 * mp.eps * (abs(start) + abs(slope * run))) / abs(run)
            for each, run, slope in zip(known, runs, found, strict=True)
        )
        first, second = abs(found[1] - found[0]), abs(found[2] - found[1])
        if second <= 4 * noise:
            return found[2], 8 * noise
        if second <= _FASTER * first:
            return found[2], 10 * second * second / first + noise
        growing = all(abs(a) < _FASTER * abs(b) for a, b in pairwise(found))
        return "none" if growing and abs(found[2]) > 1 / _FINE else None


def _radius(value: numeric.Real) -> Any:
    return value.rad if isinstance(value, numeric.Ball) else 0


def scale(here: Node) -> int | None:
    """Powers of ten between 1 and the largest or smallest part of a constant expression; None for too many.

    The value of x - 3 at 3 + 1e-20 is such a part: it is how far the point is from where log(x - 3) ends.
    """
    most = 0
    known: numeric.Known = {}
    for node in postorder(here):
        if isinstance(node, Number):
            value = Fraction(node.value)
            most = max(most, *(part.bit_length() * 3 // 10 for part in value.as_integer_ratio()))
        elif isinstance(node, Call):
            number = numeric.evaluate(node, 5, limit=_COUNTED_DIGITS, known=known)
            if isinstance(number, Fraction | numeric.Ball) and numeric.sign(number):
                most = max(most, abs(int(mp.mag(numeric.as_mpf(number, 10)))) * 3 // 10)
            elif isinstance(number, numeric.Undefined) and number.kind == "too-large":
                return None
        if most > _MOST_SCALE:
            return None
    return most
