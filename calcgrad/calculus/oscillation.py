"""What happens between the points of a ladder, where a function oscillates faster and faster.

    poles_on_the_way(parse("exp(-x)*tan(x)").node, "x", INFINITY, 1)       # True: no limit at oo

Two challenges to a limit that numbers on a fixed ladder cannot make: zeros of divisors that run into the
point, and the places where an oscillating part is exactly 0 or extreme. The way to the point is measured
by w, which goes to infinity: x = w, or x = point + side/w.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy

from calcgrad.calculus import numeric, symbolic
from calcgrad.calculus.numeric import mp
from calcgrad.calculus.sides import place
from calcgrad.errors import TooLarge
from calcgrad.expression.arrays import constant
from calcgrad.expression.tree import (
    INFINITY,
    PI,
    Call,
    Name,
    Node,
    Number,
    is_infinite,
    names_in,
    postorder,
    rational,
    substitute,
)

_PERIODIC = {"sin", "cos", "tan", "cot", "sec", "csc"}
_POLES = {"tan": "cos", "sec": "cos", "cot": "sin", "csc": "sin"}
_WHOLE = {"floor", "ceiling", "gamma", "factorial", "loggamma", "digamma", "polygamma", "binomial", "beta"}
_BESSEL = {"besselj", "bessely"}
_OSCILLATING = _PERIODIC | _BESSEL | {"floor", "ceiling"}
_SCAN_STEPS = 48
_BISECTIONS = 120
_NEAR = 1e-20  # of a period, within which two places are the same
_STARTS = (Fraction(1009, 7), Fraction(100003, 7), Fraction(10000019, 7))
_NEARER = (Fraction(131, 7), Fraction(61, 7))  # where what lies beyond is too large to compute
_PHASES = (
    0,
    1,
    2,
    3,
    Fraction(3, 8),
)  # in quarters of a period: zeros and extremes, and a place between them


def _x(w: Fraction, point: Node, side: int) -> Node:
    if is_infinite(point):
        return rational(w if point is INFINITY else -w)
    return place(point, side / w)


def _value(tree: Node, variable: str, at: Node, digits: int = 12, limit: int = 120) -> numeric.Value:
    return numeric.evaluate(substitute(tree, {Name(variable): at}), digits, limit=limit)


def _size(value: numeric.Value) -> Any:
    return abs(numeric.as_mpf(value, 15)) if isinstance(value, Fraction | numeric.Ball) else None


# ------------------------------------------------------------------------------------------ poles on the way


def poles_on_the_way(root: Node, variable: str, point: Node, side: int, further: int = 0) -> bool:
    """Does ``root`` have poles in every neighbourhood of ``point``, so that no limit can exist there?

    Zeros of divisors are looked for in two places on the way, with steps fine enough for what oscillates,
    and bisected; ``root`` must blow up beside one of them in each place.
    """
    divisors = [each for each in _divisors(root) if variable in names_in(each) and _may_oscillate(each)]
    if not divisors:
        return False
    starts = [each * 10**further for each in _STARTS[:2]]
    if any(_too_large(_value(root, variable, _x(start, point, side))) for start in starts):
        starts = [each * 10**further for each in _NEARER]
    return all(
        any(_pole_near(root, divisor, variable, point, side, start) for divisor in divisors)
        for start in starts
    )


def _too_large(value: numeric.Value) -> bool:
    return isinstance(value, numeric.Undefined) and value.kind == "too-large"


def _divisors(root: Node) -> Iterator[Node]:
    """Trees at whose zeros some part of ``root`` divides by zero."""
    for node in postorder(root):
        if not isinstance(node, Call):
            continue
        if node.function == "/":
            yield node.args[1]
        elif node.function in _POLES:
            yield Call(_POLES[node.function], node.args)
        elif node.function == "**" and (power := constant(node.args[1])) is not None and power < 0:
            yield node.args[0]


def _may_oscillate(node: Node) -> bool:
    return any(isinstance(each, Call) and each.function in _OSCILLATING for each in postorder(node))


def _pole_near(root: Node, divisor: Node, variable: str, point: Node, side: int, start: Fraction) -> bool:
    """Is there a pole of ``root`` at a zero of ``divisor`` just beyond ``start`` on the way?"""

    def sign(w: Fraction) -> int | None:
        return numeric.sign(_value(divisor, variable, _x(w, point, side)))

    for step in (Fraction(1, 7), Fraction(1, 1009), Fraction(1, 100003)):
        before = sign(start)
        for index in range(1, _SCAN_STEPS):
            here = sign(start + index * step)
            if before and here and before != here:
                low, high = start + (index - 1) * step, start + index * step
                for _ in range(_BISECTIONS):
                    middle = (low + high) / 2
                    low, high = (middle, high) if sign(middle) == before else (low, middle)
                near, nearer = (
                    _size(_value(root, variable, _x(low - Fraction(1, 10**power), point, side)))
                    for power in (15, 30)
                )
                if near is not None and nearer is not None and nearer > 1000 * near:
                    return True
                break
            before = here or before
    return False


# ---------------------------------------------------------------------------------- where parts are extreme


@dataclass(frozen=True)
class Telling:
    """Values along sequences into the point on which one oscillating part is exactly zero, extreme or whole.

    One list for each sequence, nearest to the point last. ``poles`` says that the function blows up beside
    every place of some sequence.
    """

    sequences: list[list[numeric.Real]]
    poles: bool


def telling(root: Node, variable: str, point: Node, side: int, further: int = 0) -> Telling:
    """Follow the places where periodic parts are zero or extreme, and where steps and gammas meet integers.

    The way is followed ``further`` powers of ten further out, past the constants of the expression.
    """
    sequences: list[list[numeric.Real]] = []
    for argument, unit, beside in _phases(root, variable):
        for quarter in _PHASES:
            places: list[Node] = []
            for first in _STARTS:
                start = first * 10**further
                at = _reach(argument, unit, quarter, variable, point, side, start, 90 + 2 * further)
                if at is None:
                    break
                places.append(at)
            if len(places) < len(_STARTS):
                continue
            values: list[numeric.Real] = []
            blown = 0
            for at, first in zip(places, _STARTS, strict=True):
                value = symbolic.evaluate(substitute(root, {Name(variable): at}))
                if isinstance(value, numeric.Undefined) and value.kind == "undefined":
                    blown += _blows_up(root, variable, at, first * 10**further, is_infinite(point))
                elif isinstance(value, Fraction | numeric.Ball):
                    values.append(value)
            if blown == len(_STARTS):
                return Telling(sequences, True)
            if len(values) == len(_STARTS):
                sequences.append(values)
            for sign in (-1, 1) if beside and quarter in (0, 2) else ():  # just before a step, and just after
                moved = [Call("+", (at, rational(sign * Fraction(1, 10 ** (40 + further))))) for at in places]
                found = [symbolic.evaluate(substitute(root, {Name(variable): at})) for at in moved]
                if all(isinstance(each, Fraction | numeric.Ball) for each in found):
                    sequences.append([each for each in found if isinstance(each, Fraction | numeric.Ball)])
    return Telling(sequences, False)


def sampled(root: Node, variable: str, point: Node, side: int, further: int = 0) -> list[numeric.Real]:
    """Values far along the way, all around a period of each part that repeats itself, and beside each step.

    As far as there are places to be found: exp(x) soon turns too fast for any of them to be told.
    """
    found: list[numeric.Real] = []
    for first in reversed(_STARTS):
        start = first * 10**further
        for argument, unit, beside in _phases(root, variable):
            for twelfth in range(24):
                at = _reach(
                    argument, unit, Fraction(twelfth, 6), variable, point, side, start, 90 + 2 * further
                )
                if at is None:
                    break
                near = Fraction(1, 10 ** (40 + further))
                for aside in (-near, 0, near) if beside and twelfth % 6 == 0 else (0,):
                    place_ = at if aside == 0 else Call("+", (at, rational(aside)))
                    value = symbolic.evaluate(substitute(root, {Name(variable): place_}))
                    if isinstance(value, Fraction | numeric.Ball):
                        found.append(value)
        if found:
            break
    return found


def _phases(root: Node, variable: str) -> list[tuple[Node, Node, bool]]:
    """The arguments in which ``root`` repeats itself, each with a quarter of its period, and whether it steps.

    For sin and its kin that is pi/2; for Bessel functions, far out, too; for floor 1/2, so that two neighbouring
    integers and the halves between them are met; for gamma and its kin, whose poles are the integers, too.
    """
    found: dict[tuple[Node, Node, bool], None] = {}
    for node in postorder(root):
        if isinstance(node, Call) and variable in names_in(node.args[-1]):
            if node.function in _PERIODIC | _BESSEL:
                found[node.args[-1], Call("/", (PI, Number(2))), False] = None
            elif node.function in _WHOLE:
                steps = node.function in ("floor", "ceiling")
                found[node.args[-1], Call("/", (Number(1), Number(2))), steps] = None
    return list(found)


def _blows_up(root: Node, variable: str, at: Node, start: Fraction, far: bool) -> bool:
    """Does |root| grow without end beside a place where it is undefined, as 1/h or log(h) does?"""
    width = 1 / start if far else 1 / start**2  # small against the distance to the next such place
    sizes = []
    for power in (4, 8, 16, 32):
        beside = Call("+", (at, rational(width * Fraction(1, 10**power))))
        sizes.append(_size(_value(root, variable, beside, 8, 300)))
    return all(
        near is not None and nearer is not None and nearer > near * 1.3 for near, nearer in pairwise(sizes)
    )


def _reach(
    argument: Node,
    unit: Node,
    quarter: int | Fraction,
    variable: str,
    point: Node,
    side: int,
    start: Fraction,
    digits: int,
) -> Node | None:
    """A place beyond ``start`` on the way where ``argument`` is 4k + ``quarter`` units; None where none is near.

    It is exact where the argument is x or 1/x, or the place is a short rational; elsewhere right to sixty digits.
    """

    def at(w: Fraction) -> Any:
        value = _value(argument, variable, _x(w, point, side), digits - 10, 3 * digits)
        return numeric.as_mpf(value, digits) if isinstance(value, Fraction | numeric.Ball) else None

    with mp.workdps(digits):
        step = numeric.as_mpf(numeric.evaluate(unit, digits - 5), digits)  # type: ignore[arg-type]
        first, second = at(start), at(start + Fraction(1, 10**9))
        if first is None or second is None or first == second:
            return None
        speed = (second - first) * 10**9
        k = mp.floor(first / (4 * step)) + 1 if speed > 0 else mp.ceil(first / (4 * step)) - 1
        if abs(k) > mp.mpf(10) ** digits:
            return None
        count = Fraction(int(4 * k)) + (quarter if speed > 0 else -((4 - quarter) % 4))
        target = mp.mpf(count.numerator) / count.denominator * step
        exact = _solve(argument, Call("*", (rational(count), unit)), variable)
        if exact is not None:
            return exact if _beyond(exact, point, side, start) else None
        low, high = (
            start,
            start + Fraction(int(mp.ceil(2 * abs((target - first) / speed) * 10**6)) + 1, 10**6),
        )
        end = at(high)
        if end is None or (first < target) == (end < target):
            return None
        found = crossing(at, target, (low, first), (high, end), digits)
        if found is None:
            return None
        short = found.limit_denominator(10**6)
        if abs(short - found) < Fraction(1, 10**60) and abs(speed) * mp.mpf(10) ** -60 < _NEAR:
            found = short
    return _x(found, point, side)


def crossing(
    f: Callable[[Fraction], Any],
    target: Any,
    one: tuple[Fraction, Any],
    other: tuple[Fraction, Any],
    digits: int,
) -> Fraction | None:
    """Where ``f`` meets ``target`` between two places that it lies on either side of: the Illinois method."""
    (a, fa), (b, fb) = ((mp.mpf(w.numerator) / w.denominator, value - target) for w, value in (one, other))
    near = mp.mpf(10) ** (15 - digits) * max(1, abs(target))
    for _ in range(digits):
        w = (a * fb - b * fa) / (fb - fa)
        place_ = Fraction(int(mp.nint(w * mp.mpf(10) ** digits)), 10**digits)
        here = f(place_)
        if here is None:
            return None
        gap = here - target
        if abs(gap) <= near:
            return place_
        if (gap < 0) == (fb < 0):
            fa = fa / 2  # the same end twice: let the other one weigh less
        else:
            a, fa = b, fb
        b, fb = w, gap
    return None


def _beyond(at: Node, point: Node, side: int, start: Fraction) -> bool:
    """Does a place lie beyond ``start`` on the way to the point?"""
    distance = numeric.evaluate(at if is_infinite(point) else Call("-", (at, point)), 15)
    if not isinstance(distance, Fraction | numeric.Ball):
        return False
    d, least = numeric.as_mpf(distance, 20), numeric.as_mpf(start, 20)
    if is_infinite(point):
        return bool((d if point is INFINITY else -d) >= least)
    return bool(side * d > 0 and 1 / (side * d) >= least)


def _solve(argument: Node, target: Node, variable: str) -> Node | None:
    """x with argument = target, exactly, where the argument is (a*x + b)/(c*x + d)."""
    x = symbolic.symbol(variable)
    try:
        top, bottom = sympy.fraction(sympy.cancel(symbolic.to_sympy(argument)))
        (a, b), (c, d) = (
            [sympy.Poly(each, x).coeff_monomial(x**k) for k in (1, 0)] for each in (top, bottom)
        )
        degree = max(sympy.degree(each, x) for each in (top, bottom))
    except (sympy.PolynomialError, TypeError, ValueError, TooLarge):
        return None
    coefficients = (a, b, c, d)
    if degree != 1 or not all(each.is_Rational for each in coefficients):
        return None
    a_, b_, c_, d_ = (rational(Fraction(int(each.p), int(each.q))) for each in coefficients)
    return Call("/", (_minus(_times(target, d_), b_), _minus(a_, _times(target, c_))))


def _times(a: Node, b: Node) -> Node:
    return b if b is Number(0) else a if b is Number(1) else Call("*", (a, b))


def _minus(a: Node, b: Node) -> Node:
    return a if b is Number(0) else Call("-", (a, b))
