"""What happens between the points of a ladder, where a function oscillates faster and faster.

    poles_on_the_way(parse("exp(-x)*tan(x)").node, "x", INFINITY, 1)       # True: no limit at oo

Two challenges to a limit that numbers on a fixed ladder cannot make: zeros of divisors that run into the
point, and the places where an oscillating part is exactly 0 or extreme. The way to the point is measured
by w, which goes to infinity: x = w, or x = point + side/w.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from calcgrad.calculus import numeric
from calcgrad.calculus.numeric import mp
from calcgrad.calculus.sides import is_infinite, place
from calcgrad.expression.arrays import constant
from calcgrad.expression.tree import INFINITY, Call, Name, Node, postorder, rational, substitute, variables

_PERIODIC = {"sin", "cos", "tan", "cot", "sec", "csc"}
_POLES = {"tan": "cos", "sec": "cos", "cot": "sin", "csc": "sin"}
_OSCILLATING = _PERIODIC | {"floor", "ceiling", "besselj", "bessely"}
_SCAN_STEPS = 48
_BISECTIONS = 120
_STARTS = (Fraction(1009, 7), Fraction(100003, 7), Fraction(10000019, 7))


def _x(w: Fraction, point: Node, side: int) -> Node:
    if is_infinite(point):
        return rational(w if point is INFINITY else -w)
    return place(point, side / w)


def _value(tree: Node, variable: str, at: Node, digits: int = 12, limit: int = 120) -> numeric.Value:
    return numeric.evaluate(substitute(tree, {Name(variable): at}), digits, limit=limit)


def _size(value: numeric.Value) -> Any:
    return abs(numeric.as_mpf(value, 15)) if isinstance(value, Fraction | numeric.Ball) else None


# ------------------------------------------------------------------------------------------ poles on the way


def poles_on_the_way(root: Node, variable: str, point: Node, side: int) -> bool:
    """Does ``root`` have poles in every neighbourhood of ``point``, so that no limit can exist there?

    Zeros of divisors are looked for in two places on the way, with steps fine enough for what oscillates,
    and bisected; ``root`` must blow up beside one of them in each place.
    """
    divisors = [each for each in _divisors(root) if variable in variables(each) and _may_oscillate(each)]
    return bool(divisors) and all(
        any(_pole_near(root, divisor, variable, point, side, start) for divisor in divisors)
        for start in _STARTS[:2]
    )


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
                    for power in (6, 12)
                )
                if near is not None and nearer is not None and nearer > 1000 * near:
                    return True
                break
            before = here or before
    return False


# ---------------------------------------------------------------------------------- where parts are extreme


def telling_values(root: Node, variable: str, point: Node, side: int) -> list[list[numeric.Real]]:
    """Values of ``root`` along sequences on which one oscillating part is exactly zero, or extreme.

    One list for each sequence that could be found, nearest to the point last.
    """
    found: list[list[numeric.Real]] = []
    arguments = dict.fromkeys(
        node.args[0]
        for node in postorder(root)
        if isinstance(node, Call) and node.function in _PERIODIC and variable in variables(node.args[0])
    )
    for argument in arguments:
        for quarter in range(4):  # multiples of pi/2: sin is 0, 1, 0, -1 there
            values: list[numeric.Real] = []
            for start in _STARTS:
                w = _reach(argument, quarter, variable, point, side, start)
                value = (
                    numeric.UNSETTLED if w is None else _value(root, variable, _x(w, point, side), 15, 200)
                )
                if not isinstance(value, Fraction | numeric.Ball):
                    break
                values.append(value)
            if len(values) == len(_STARTS):
                found.append(values)
    return found


def _reach(
    argument: Node, quarter: int, variable: str, point: Node, side: int, start: Fraction
) -> Fraction | None:
    """A w beyond ``start`` where ``argument`` is (2k + quarter/2) pi, to sixty digits; None where none is near."""

    def at(w: Fraction) -> Any:
        value = _value(argument, variable, _x(w, point, side), 80, 300)
        return numeric.as_mpf(value, 90) if isinstance(value, Fraction | numeric.Ball) else None

    with mp.workdps(90):
        first, second = at(start), at(start + Fraction(1, 10**9))
        if first is None or second is None or first == second:
            return None
        speed = (second - first) * 10**9
        turn = 2 * mp.pi
        if speed > 0:
            target = (mp.floor(first / turn) + 1) * turn + quarter * mp.pi / 2
        else:
            target = (mp.ceil(first / turn) - 1) * turn - (4 - quarter) % 4 * mp.pi / 2
        low = start
        high = start + Fraction(int(mp.ceil(2 * abs((target - first) / speed) * 10**6)) + 1, 10**6)
        end = at(high)
        if end is None or (first < target) == (end < target):
            return None
        for _ in range(260):
            middle = (low + high) / 2
            here = at(middle)
            if here is None:
                return None
            low, high = (middle, high) if (here < target) == (first < target) else (low, middle)
        return low
