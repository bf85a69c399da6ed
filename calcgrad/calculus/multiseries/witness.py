"""An independent witness of an expansion: the function itself, in balls, as far out as the expansion says it must look.

    agrees(parse("sin(x)/x").node, "x", Number(0), 1)         # True: f - 1 comes to -x**2/6

Where the term that follows the first one is known, the rest of the function is compared with it, ever further out,
until one is the other to within a half. Where it oscillates, the rest must stay below a multiple of its scale. Numbers
that remain inconclusive say nothing (False), which is no contradiction.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from calcgrad.calculus import numeric
from calcgrad.calculus.arithmetic import ZERO, plus, times
from calcgrad.calculus.multiseries.exact import NotReal, Undecided
from calcgrad.calculus.multiseries.expansion import Expansion, Oscillates, expand
from calcgrad.calculus.multiseries.germs import Germ
from calcgrad.errors import TooLarge
from calcgrad.expression.tree import INFINITY, Call, Name, Node, names_in, rational, substitute

_EXPONENTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # powers of ten: how far out, or how near
_DIGITS = 300  # of working precision
_WAVE = 1000  # how many times its scale what oscillates may be


def agrees(root: Node, variable: str, point: Node, side: int, known: Germ | None = None) -> bool:
    """Do values of the function come to its limit as the first terms of its expansion say? ``known`` is its germ."""
    try:
        return confirms(root, expand(root, variable, point, side, 1, known), variable, point, side)
    except Oscillates as wave:
        return _compared(root, ZERO, wave.scale, None, variable, point, side)
    except (NotReal, Undecided, RecursionError):
        return False


def confirms(root: Node, found: Expansion, variable: str, point: Node, side: int) -> bool:
    """Do values of the function, less the terms of an expansion, come to the first one that is left out?"""
    try:
        return _compared(root, found.sum, found.remainder, found.following, variable, point, side)
    except TooLarge:
        return False


def _compared(
    root: Node, total: Node, scale: Node | None, following: Node | None, variable: str, point: Node, side: int
) -> bool:
    rest = plus(((1, root), (-1, total)))
    wanted = scale if scale is None or following is None else times(following, scale)
    if wanted is not None and names_in(wanted) - {variable}:
        return False
    for place in _places(point, side):
        left = _number(rest, variable, place)
        if wanted is None:
            return bool(left == 0)
        expected = _number(wanted, variable, place)
        if left is None or expected is None:
            continue
        if following is not None:
            if abs(left - expected) <= abs(expected) / 2:
                return True
        elif abs(left) <= _WAVE * abs(expected):
            whole = _number(total, variable, place)
            if whole is not None and _WAVE * abs(expected) <= max(abs(whole), 1) / 10:
                return True
    return False


def _number(node: Node | None, variable: str, place: Node) -> Any:
    """The value to five digits; 0 for what cannot be told from it, None for what has none."""
    if node is None:
        return None
    value = numeric.evaluate(substitute(node, {Name(variable): place}), 5, limit=_DIGITS)
    if value is numeric.UNSETTLED:
        return 0
    return numeric.as_mpf(value, 15) if isinstance(value, Fraction | numeric.Ball) else None


def _places(point: Node, side: int) -> Iterator[Node]:
    for exponent in _EXPONENTS:
        if point is INFINITY:
            yield rational(Fraction(10**exponent))
        elif isinstance(point, Call) and point.args[0] is INFINITY:
            yield rational(Fraction(-(10**exponent)))
        else:
            yield Call("+", (point, rational(Fraction(side, 10**exponent))))
