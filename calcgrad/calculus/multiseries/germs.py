"""What a function is like just beside a point, or far out: its expansion, its limit, its sign.

    germ(parse("sin(x)/x").node, "x", Number(0), 1).limit()             # Fraction(1)
    limit(parse("x*sin(x)").node, "x", INFINITY, 1).reason              # "oscillates"

A limit is proved or it is not known. Where angles go to infinity it exists if the expansion says so for every phase;
that there is none is proved by two sequences along which the function has different limits: its angle meets each phase,
and each phase and a little more, again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TypeVar

from calcgrad.calculus.multiseries import constants
from calcgrad.calculus.multiseries.constants import ONE, ZERO, Constant, Exact, NotReal, Undecided
from calcgrad.calculus.multiseries.functions import circular, evaluate
from calcgrad.calculus.multiseries.series import Arithmetic, Phases, Rebase, Value
from calcgrad.expression.tree import INFINITY, PI, Call, Node

_REBASED = 6  # times that an angle is divided
_TURNS = [Fraction(k, 12) for k in (0, 6, 12, 18, 2, 10, 14, 22, 3, 9, 15, 21, 4, 8, 16, 20)]  # of pi
_FRACTIONS = (Fraction(0), Fraction(1, 2), Fraction(9, 10))


@dataclass(frozen=True)
class Germ:
    """The expansion of a function as t -> oo, where x = point + side/t, or x = t or -t."""

    arithmetic: Arithmetic
    value: Value

    def limit(self) -> Exact | None:
        """Its limit; None where it is infinite."""
        return self.arithmetic.limit(self.value)

    def sign(self) -> int:
        return self.arithmetic.sign(self.value)


@dataclass(frozen=True)
class Found:
    """A limit from one side: ``value`` where it is finite, ``infinite`` 1 or -1, else the ``reason``.

    reasons: not-real, undefined, oscillates (two sequences have different limits, ``ends``), undecided (``why``).
    """

    value: Exact | None = None
    infinite: int = 0
    reason: str = ""
    why: str = ""
    ends: tuple[Found, Found] | None = None
    bounds: tuple[Exact | None, Exact | None] | None = None


def germ(root: Node, variable: str, point: Node, side: int) -> Germ:
    """``root`` just to one side of ``point``, or far out. Raises NotReal and Undecided."""
    return _rebased(lambda phases: _germ(root, variable, point, side, phases), Phases())


_Made = TypeVar("_Made")


def _rebased(ask: Callable[[Phases], _Made], phases: Phases) -> _Made:
    """``ask`` with phases whose angles are divided until all that share one are whole multiples of it."""
    for _ in range(_REBASED):
        try:
            return ask(phases)
        except Rebase as again:
            parts = phases.parts | {again.index: phases.parts.get(again.index, 1) * again.part}
            phases = Phases(phases.at, parts, phases.fraction)
    raise Undecided("too many angles")


def _germ(root: Node, variable: str, point: Node, side: int, phases: Phases) -> Germ:
    m = Arithmetic(phases)
    t = m.basis.t
    x: Value
    if point is INFINITY:
        x = t
    elif isinstance(point, Call) and point.function == "neg" and point.args[0] is INFINITY:
        x = m.negative(t)
    else:
        x = m.add(constants.of(point), m.multiply(Fraction(side), m.inverse(t)))
    return Germ(m, evaluate(m, root, {variable: x}))


def limit(root: Node, variable: str, point: Node, side: int) -> Found:
    """The limit from one side (at infinity there is only one), or why there is none."""
    found, phases = _limit(root, variable, point, side, Phases())
    if not (phases.angles or phases.steps) or found.infinite:
        return found
    if found.value is not None and not constants.phases_in(found.value):
        return found
    first: Found | None = None
    for each in _sequences() if phases.angles else map(_fraction, _FRACTIONS):
        along, _ = _limit(root, variable, point, side, each)
        if along.reason or (along.value is not None and constants.phases_in(along.value)):
            continue
        if first is not None and _differ(first, along):
            return Found(reason="oscillates", ends=(first, along), bounds=_bounds(found.value, first, along))
        first = first or along
    if found.value is not None:
        return Found(reason="undecided", why="no two sequences with different limits were found")
    return found


def _limit(root: Node, variable: str, point: Node, side: int, phases: Phases) -> tuple[Found, Phases]:
    """The limit, and the phases as they were used last."""
    used = phases

    def ask(phases: Phases) -> Found:
        nonlocal used
        used = phases
        made = _germ(root, variable, point, side, phases)
        value = made.limit()
        return Found(value) if value is not None else Found(infinite=made.sign())

    try:
        return _rebased(ask, phases), used
    except NotReal as error:
        return Found(reason=error.kind), used
    except (Undecided, RecursionError) as error:
        return Found(reason="undecided", why=str(error)), used


def _sequences() -> Iterator[Phases]:
    """Phases for the first angle, and phases with a little more that dies out."""
    beside: tuple[Callable[[Arithmetic], Value], ...] = (
        lambda m: ZERO,
        lambda m: m.power(m.basis.t, Fraction(-2)),
        lambda m: m.exponential(m.multiply(Fraction(-2), m.basis.t)),
        lambda m: m.exponential(m.negative(m.exponential(m.basis.t))),
    )
    for little in beside:
        for turn in _TURNS:
            phase = constants.atom(PI) * turn
            yield Phases(partial(_beside, phase, little))


def _beside(phase: Exact, little: Callable[[Arithmetic], Value], m: Arithmetic) -> tuple[Value, Value]:
    return circular(m, m.add(phase, little(m)))


def _fraction(part: Fraction) -> Phases:
    return Phases(fraction=part)


def _differ(one: Found, other: Found) -> bool:
    if one.infinite or other.infinite:
        return one.infinite != other.infinite
    assert one.value is not None and other.value is not None
    try:
        return constants.sign(one.value - other.value) != 0
    except Undecided:
        return False


def _bounds(value: Exact | None, first: Found, other: Found) -> tuple[Exact | None, Exact | None] | None:
    """What a function oscillates between, None for an infinite end; None where that is not known."""
    if value is None:
        return (None, None) if {first.infinite, other.infinite} == {-1, 1} else None
    if not isinstance(value, Constant) or len(constants.phases_in(value)) != 1:
        return None
    parts: dict[tuple[int, int], Exact] = {}  # of what stands before sin**i*cos**j
    for monomial, coefficient in value.terms.items():
        powers = {"sin": 0, "cos": 0}
        fixed: set[tuple[Node, Fraction]] = set()
        for node, exponent in monomial:
            if not constants.phases_in(constants.atom(node)):
                fixed.add((node, exponent))
            elif node in constants.waves() and exponent.denominator == 1 and exponent > 0:
                assert isinstance(node, Call)
                powers[node.function] = int(exponent)
            else:
                return None
        key = powers["sin"], powers["cos"]
        parts[key] = parts.get(key, ZERO) + Constant({frozenset(fixed): coefficient}) * ONE
    a, b, c, d, e = (parts.pop(key, ZERO) for key in ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1)))
    if parts:
        return None
    half = Fraction(1, 2)
    if d == 0 and e == 0:
        reach = constants.power(b * b + c * c, half)
        return a - reach, a + reach
    if b == 0 and c == 0:
        reach = constants.power(d * d + e * e, half) * half
        return a + d * half - reach, a + d * half + reach
    if c == 0 and e == 0:
        ends = [a - b + d, a + b + d]
        turn = -b * constants.inverse(d) * half
        if constants.sign(ONE - turn * turn) > 0:
            ends.append(a + b * turn * half)
        low, high = ends[0], ends[0]
        for end in ends[1:]:
            low = end if constants.sign(end - low) < 0 else low
            high = end if constants.sign(end - high) > 0 else high
        return low, high
    return None
