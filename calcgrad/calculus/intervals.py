"""Bounds on the values of a function over an interval, and what they prove: all of its zeros on the whole line.

    bounds(parse("exp(x) + cos(x)").node, {"x": (0.0, inf)})        # (0.0, inf)

Ends are doubles, rounded outwards; they may be infinite. Invariant: every value that the function has while its
variables are within the bounds lies between the ends; what is not known is (-inf, inf), and None is no value at all.

The zeros are found by bisection (Moore 1966). An interval is dropped where the bounds exclude 0, or where out to
infinity the function and its derivatives keep one sign; it holds one zero where the derivative keeps its sign and the
ends have different ones, or where the first derivatives vanish at a rational in it and the next keeps its sign. If one
is too narrow to be cut and still undecided, there is no answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from math import inf, nextafter

from calcgrad.calculus import derivatives, numeric, symbolic
from calcgrad.calculus.domains import condition_of
from calcgrad.expression.tree import Call, Name, Node, Number, fold, names_in, postorder, rational, substitute

Bounds = tuple[float, float]
_EVERYTHING: Bounds = (-inf, inf)
_STARTS = tuple(Fraction(each, 37) for each in (-(10**4), -1001, -89, -15, 17, 101, 1009, 10**4))
_NARROW = Fraction(1, 10**12)  # an interval in which a zero that is not simple is no longer looked for
_FAR = Fraction(10**9)
_WIDTH = Fraction(1, 10**40)  # of a bracket
_MOST_STEPS = 2_000
_MOST_SLOPES = 4
_QUARTER = 1.57  # just below pi/2: sine and tangent rise so far
_MOST_ZEROS = 80  # of a function that is not periodic; more are as good as endlessly many


def bounds(root: Node, env: Mapping[str, Bounds]) -> Bounds | None:
    """Between what the values lie that ``root`` has while its variables are within ``env``; None if it has none."""

    def step(node: Node, parts: list[Bounds | None]) -> Bounds | None:
        if isinstance(node, Name) and node.name in env:
            return env[node.name]
        if isinstance(node, Number):
            return near(Fraction(node.value))
        if not names_in(node):
            value = symbolic.evaluate(node, 20)
            if isinstance(value, Fraction):
                return near(value)
            if isinstance(value, numeric.Ball):
                middle = numeric.to_float(value)
                return _EVERYTHING if middle is None else _wider(middle, middle)
            return _EVERYTHING
        if not isinstance(node, Call) or node.function not in _MEANINGS:
            return _EVERYTHING
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        found = _MEANINGS[node.function](*known)
        return _EVERYTHING if found is not None and (found[0] != found[0] or found[1] != found[1]) else found

    return fold(root, step)


def zeros(root: Node, name: str) -> list[tuple[Fraction, Fraction]] | None:
    """Brackets of all the zeros of a function in one variable; None where bounds do not prove that they are all.

    A bracket of no width is the zero itself.
    """
    if any(isinstance(node, Call) and node.function not in _MEANINGS for node in postorder(root)):
        return None  # it may jump over 0
    slopes = _Slopes(root, name)
    found: list[tuple[Fraction, Fraction]] = []
    simple: list[tuple[Fraction, Fraction, int | None]] = []  # and the sign at the left end
    todo: list[tuple[Fraction | None, Fraction | None]] = [*pairwise((None, *_STARTS, None))]
    for _ in range(_MOST_STEPS):
        if not todo:
            return found + [_narrowed(root, name, *each) for each in simple]
        if len(simple) > _MOST_ZEROS:
            return None
        low, high = todo.pop()
        within = {name: (-inf if low is None else near(low)[0], inf if high is None else near(high)[1])}
        values = bounds(root, within)
        if values is None or values[0] > 0 or values[1] < 0:
            continue
        if is_real(root, within):
            if low is None or high is None:
                if slopes.leave(within, low, high):
                    continue
            else:
                if slopes.sign(1, within):
                    ends = [_sign(root, name, end) for end in (low, high)]
                    if 0 not in ends and None not in ends:
                        if ends[0] != ends[1]:
                            simple.append((low, high, ends[0]))
                        continue
                place = simplest(low, high)
                if slopes.vanish_only_at(place, within):
                    found.append((place, place))
                    continue
        middle = _middle(low, high)
        if middle is None:
            return None
        todo += [(low, middle), (middle, high)]
    return None


class _Slopes:
    """A function and its derivatives, and what they prove of it on an interval where it is real."""

    def __init__(self, root: Node, name: str) -> None:
        self.name = name
        self.trees: list[Node | None] = [root]

    def tree(self, order: int) -> Node | None:
        while len(self.trees) <= order:
            last = self.trees[-1]
            self.trees.append(None if last is None else derivatives.derivative(last, [self.name]).tree)
        return self.trees[order]

    def sign(self, order: int, within: Mapping[str, Bounds]) -> int:
        """The sign that a derivative has all over an interval; 0 where it may change."""
        tree = self.tree(order)
        values = None if tree is None else bounds(tree, within)
        return 0 if values is None else (values[0] > 0) - (values[1] < 0)

    def at(self, order: int, place: Fraction) -> int | None:
        tree = self.tree(order)
        return None if tree is None else _sign(tree, self.name, place)

    def leave(self, within: Mapping[str, Bounds], low: Fraction | None, high: Fraction | None) -> bool:
        """Has the function no zero all the way out, since at the near end it and its derivatives have one sign?"""
        end, way = (low, 1) if high is None else (high, -1)
        if end is None:
            return False
        first = self.at(0, end)
        for order in range(1, _MOST_SLOPES + 1):
            if not first or self.at(order - 1, end) != first * way ** (order - 1):
                return False
            if self.sign(order, within) == first * way**order:
                return True
        return False

    def vanish_only_at(self, place: Fraction, within: Mapping[str, Bounds]) -> bool:
        """Is ``place`` the only zero in an interval, since a derivative is not 0 there and all before it are at it?"""
        for order in range(1, _MOST_SLOPES + 1):
            if self.at(order - 1, place) != 0:
                return False
            if self.sign(order, within):
                return True
        return False


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of the least denominator strictly between two."""
    if low < 0 < high:
        return Fraction(0)
    if high <= 0:
        return -simplest(-high, -low)
    whole = Fraction(math.floor(low))
    if whole + 1 < high:
        return whole + 1
    if low == whole:
        return whole + Fraction(1, math.floor(1 / (high - whole)) + 1)
    return whole + 1 / simplest(1 / (high - whole), 1 / (low - whole))


def _middle(low: Fraction | None, high: Fraction | None) -> Fraction | None:
    if low is None and high is not None:
        return None if high < -_FAR else 3 * high - 1
    if high is None and low is not None:
        return None if low > _FAR else 3 * low + 1
    assert low is not None and high is not None
    return None if high - low < _NARROW else low + (high - low) * Fraction(18, 37)


def _sign(root: Node, name: str, place: Fraction) -> int | None:
    return numeric.sign(numeric.evaluate(substitute(root, {Name(name): rational(place)}), 5, limit=100))


def _narrowed(
    root: Node, name: str, low: Fraction, high: Fraction, sign: int | None
) -> tuple[Fraction, Fraction]:
    while high - low > _WIDTH:
        middle = (low + high) / 2
        middle = Fraction(round(middle * 2**140), 2**140)
        there = _sign(root, name, middle)
        if not there:
            break
        low, high = (middle, high) if there == sign else (low, middle)
    return low, high


def is_real(root: Node, within: Mapping[str, Bounds]) -> bool:
    """Has the function a value all over an interval, as far as bounds of the parts tell?"""
    for node in postorder(root):
        condition = condition_of(node) if names_in(node) else None
        if condition is not None and not _holds(condition, within):
            return False
    return True


def _holds(condition: Node, within: Mapping[str, Bounds]) -> bool:
    if not isinstance(condition, Call):
        return False
    if condition.function in ("&", "|"):
        parts = [_holds(each, within) for each in condition.args]
        return all(parts) if condition.function == "&" else any(parts)
    if not names_in(condition):
        return symbolic.evaluate(condition) is True
    gap = bounds(Call("-", condition.args), within)
    if gap is None:
        return False
    low, high = gap
    return {"<": high < 0, "<=": high <= 0, ">": low > 0, ">=": low >= 0, "!=": low > 0 or high < 0}.get(
        condition.function, False
    )


# ------------------------------------------------------------------------------------------------ arithmetic


def _down(x: float) -> float:
    return nextafter(x, -inf)


def _up(x: float) -> float:
    return nextafter(x, inf)


def _wider(low: float, high: float) -> Bounds:
    """What a library's function gives, by more than its rounding wider."""
    return _down(low - abs(low) * 1e-15), _up(high + abs(high) * 1e-15)


def _signed(values: Bounds, x: Bounds) -> Bounds:
    """Bounds of what has the sign of its argument, and ends at 0 where that does, not just beyond."""
    low, high = values
    return max(low, 0.0) if x[0] >= 0 else low, min(high, 0.0) if x[1] <= 0 else high


def near(value: Fraction) -> Bounds:
    """The doubles between which a number lies."""
    try:
        middle = float(value)
    except OverflowError:
        return (1e308, inf) if value > 0 else (-inf, -1e308)
    return (middle, middle) if Fraction(middle) == value else (_down(middle), _up(middle))


def _add(x: Bounds, y: Bounds) -> Bounds:
    return _down(x[0] + y[0]), _up(x[1] + y[1])


def _negative(x: Bounds) -> Bounds:
    return -x[1], -x[0]


def _times(x: Bounds, y: Bounds) -> Bounds:
    """The product; where the signs of both are known it ends at 0, not just beyond."""
    ends = [0.0 if a == 0 or b == 0 else a * b for a in x for b in y]
    low, high = _down(min(ends)), _up(max(ends))
    same = x[0] >= 0 <= y[0] or x[1] <= 0 >= y[1]
    other = x[0] >= 0 >= y[1] or x[1] <= 0 <= y[0]
    return max(low, 0.0) if same else low, min(high, 0.0) if other else high


def _divide(x: Bounds, y: Bounds) -> Bounds | None:
    if y == (0.0, 0.0):
        return None
    if y[0] < 0 < y[1]:
        return _EVERYTHING
    below = [(-inf if y[0] < 0 else inf) if end == 0 else 1 / end for end in y]
    return _times(x, (_down(min(below)), _up(max(below))))


def _whole_power(x: Bounds, n: int) -> Bounds | None:
    if n < 0:
        found = _whole_power(x, -n)
        return None if found is None else _divide((1.0, 1.0), found)
    if n % 2 == 0:
        x = _size(x)
    return _signed(_wider(_power(x[0], n), _power(x[1], n)), x)


def _power(x: float, n: int) -> float:
    try:
        return x**n
    except OverflowError:
        return inf if x > 0 or n % 2 == 0 else -inf


def _to_the(x: Bounds, y: Bounds) -> Bounds | None:
    if y[0] == y[1] and y[0] == math.floor(y[0]) and abs(y[0]) < 1000:
        return _whole_power(x, int(y[0]))
    if x[1] < 0:
        return None
    logarithm = _log((max(x[0], 0.0), x[1]))
    found = (-inf, -inf) if logarithm is None else logarithm
    low, high = _exp(_times(found, y))
    return min(low, 0.0) if x[0] <= 0 else low, high


def _size(x: Bounds) -> Bounds:
    low = 0.0 if x[0] <= 0 <= x[1] else min(abs(x[0]), abs(x[1]))
    return low, max(abs(x[0]), abs(x[1]))


def _rising(
    function: Callable[[float], float], least: float = -inf, most: float = inf
) -> Callable[[Bounds], Bounds | None]:
    """The bounds of a rising function that has values from ``least`` to ``most``."""

    def found(x: Bounds) -> Bounds | None:
        if x[1] < least or x[0] > most:
            return None
        first, last = (min(max(end, least), most) for end in x)
        values = _wider(_at(function, first), _at(function, last))
        return _signed(values, (first, last)) if through_0 else values

    through_0 = least <= 0 <= most and function(0.0) == 0
    return found


def _at(function: Callable[[float], float], x: float) -> float:
    try:
        return function(x)
    except OverflowError:
        return inf if x > 0 else -inf
    except ValueError:
        return -inf


def _log(x: Bounds) -> Bounds | None:
    if x[1] <= 0:
        return None
    ends = [-inf if end <= 0 else math.log(end) for end in x]
    return _wider(*ends)


def _exp(x: Bounds) -> Bounds:
    low, high = _wider(*(_at(math.exp, end) for end in x))
    return max(low, 0.0) if x[0] > -700 else 0.0, high


def _wave(shift: float) -> Callable[[Bounds], Bounds]:
    """cos(x - shift) over an interval."""

    def found(x: Bounds) -> Bounds:
        low, high = x[0] - shift, x[1] - shift
        if not high - low < 6 or max(abs(low), abs(high)) > 1e6:
            return -1.0, 1.0
        low, high = low - 1e-9, high + 1e-9
        values = math.cos(low), math.cos(high)
        first, last = math.ceil(low / math.pi), math.floor(high / math.pi)
        turns = {n % 2 for n in range(first, last + 1)}
        return (
            -1.0 if 1 in turns else max(-1.0, min(values) - 1e-8),
            1.0 if 0 in turns else min(1.0, max(values) + 1e-8),
        )

    return found


def _is_central(x: Bounds) -> bool:
    return x[0] >= -_QUARTER and x[1] <= _QUARTER


def _sine(x: Bounds) -> Bounds | None:
    return _rising(math.sin)(x) if _is_central(x) else _wave(math.pi / 2)(x)


def _tangent(x: Bounds) -> Bounds:
    if _is_central(x):
        return _rising(math.tan)(x) or _EVERYTHING
    return _divide(_wave(math.pi / 2)(x), _wave(0.0)(x)) or _EVERYTHING


def _cosh(x: Bounds) -> Bounds:
    x = _size(x)
    low, high = _wider(*(_at(math.cosh, end) for end in x))
    return max(1.0, low), high


def _extreme(choose: Callable[..., float]) -> Callable[..., Bounds]:
    return lambda *args: (choose(each[0] for each in args), choose(each[1] for each in args))


_MEANINGS: dict[str, Callable[..., Bounds | None]] = {
    "+": _add,
    "-": lambda x, y: _add(x, _negative(y)),
    "*": _times,
    "/": _divide,
    "neg": _negative,
    "**": _to_the,
    "abs": _size,
    "exp": _exp,
    "log": _log,
    "sqrt": _rising(math.sqrt, 0.0),
    "cbrt": _rising(math.cbrt),
    "sin": _sine,
    "cos": _wave(0.0),
    "tan": _tangent,
    "atan": _rising(math.atan),
    "asin": _rising(math.asin, -1.0, 1.0),
    "sinh": _rising(math.sinh),
    "cosh": _cosh,
    "tanh": _rising(math.tanh),
    "asinh": _rising(math.asinh),
    "acosh": _rising(math.acosh, 1.0),
    "erf": _rising(math.erf),
    "expm1": _rising(math.expm1),
    "log1p": lambda x: _log(_add(x, (1.0, 1.0))),
    "Max": _extreme(max),
    "Min": _extreme(min),
}
