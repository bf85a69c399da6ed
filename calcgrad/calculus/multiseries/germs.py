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

from calcgrad.calculus.multiseries import constants
from calcgrad.calculus.multiseries.constants import ONE, ZERO, Constant, Exact, NotReal, Undecided
from calcgrad.calculus.multiseries.functions import circular, evaluate
from calcgrad.calculus.multiseries.series import Arithmetic, Phases, Rebase, Value
from calcgrad.expression.tree import INFINITY, PI, Call, Name, Node

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
    bounds: tuple[Exact, Exact] | None = None


def germ(root: Node, variable: str, point: Node, side: int, phases: Phases | None = None) -> Germ:
    """``root`` just to one side of ``point``, or far out. Raises NotReal and Undecided."""
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
            bounds = None if found.value is None else _bounds(found.value)
            return Found(reason="oscillates", ends=(first, along), bounds=bounds)
        first = first or along
    if found.value is not None:
        return Found(reason="undecided", why="no two sequences with different limits were found")
    return found


def _limit(root: Node, variable: str, point: Node, side: int, phases: Phases) -> tuple[Found, Phases]:
    for _ in range(_REBASED):
        try:
            made = germ(root, variable, point, side, phases)
            value = made.limit()
            return Found(value) if value is not None else Found(infinite=made.sign()), phases
        except Rebase as again:
            parts = phases.parts | {again.index: phases.parts.get(again.index, 1) * again.part}
            phases = Phases(phases.at, parts, phases.fraction)
        except NotReal as error:
            return Found(reason=error.kind), phases
        except (Undecided, RecursionError) as error:
            return Found(reason="undecided", why=str(error)), phases
    return Found(reason="undecided", why="too many angles"), phases


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


def _bounds(value: Exact) -> tuple[Exact, Exact] | None:
    """Between what a + b*sin + c*cos of one phase oscillates; None for what is less simple."""
    if not isinstance(value, Constant) or len(constants.phases_in(value)) != 1:
        return None
    middle: Exact = ZERO
    size: dict[str, Exact] = {"sin": ZERO, "cos": ZERO}
    for monomial, coefficient in value.terms.items():
        waves = [(node, exponent) for node, exponent in monomial if constants.phases_in(constants.atom(node))]
        part: Exact = Constant({frozenset(monomial - set(waves)): coefficient}) * ONE
        if not waves:
            middle = middle + part
        elif len(waves) == 1 and waves[0][1] == 1 and isinstance(waves[0][0], Call):
            node = waves[0][0]
            if node.function not in size or not isinstance(node.args[0], Name):
                return None
            size[node.function] = size[node.function] + part
        else:
            return None
    reach = constants.power(size["sin"] * size["sin"] + size["cos"] * size["cos"], Fraction(1, 2))
    return middle - reach, middle + reach
