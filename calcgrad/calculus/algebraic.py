"""The sign of an algebraic number: 0 is proved by how near to 0 one can be that is not.

    sign(parse("8*cos(2*pi/9)^3 - 6*cos(2*pi/9) + 1").node)     # 0
    sign(parse("atan(1/2) + atan(1/3) - pi/4").node)            # 0
    sign(parse("sqrt(2) - 1 + 10^-50").node)                    # 1
    sign(parse("pi - EulerGamma").node)                         # None: of this no bound is known

An expression of rationals, + - * / and roots is U/L, where U and L are algebraic integers of one field of degree D. All
conjugates of U are at most u, those of L at most l. Is U not 0, then its norm, an integer, is at least 1, so that U is
at least 1/u^(D-1), and the expression at least 1/(l*u^(D-1)): the separation bound of Burnikel, Funke, Mehlhorn,
Schirra and Schmitt (Algorithmica 55, 2009). Sines and cosines of rational multiples of pi are made of roots of unity,
whose conjugates have modulus 1; those of acos, asin and atan of algebraic numbers likewise of a complex number. A sum
of such angles, or of logarithms, is 0 where its exponential is 1 and it is small.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import ceil, lcm, log2, prod

import sympy
from flint import arb

from calcgrad.calculus import numeric
from calcgrad.expression.tree import Call, Name, Node, Number, fold, names_in, operations, rational

_MOST_BITS = int(numeric.MAX_DIGITS * 3.3)  # of a bound that is still worth computing with
_MOST_TURNS = 10**6  # those of a larger order have degrees beyond these bits
_MOST_OPERATIONS, _MOST_DEPTH = 2_000, 150  # of an expression that is looked at, and how deep it is nested
ONE = Number(1)


class _Transcendental(Exception):
    """Not algebraic, or not in a way that is known here."""


class Height:
    """``top`` and ``below``: binary logarithms of u and l, for a number U/L."""

    __slots__ = ("below", "top")

    def __init__(self, top: float, below: float) -> None:
        self.top, self.below = top, below

    def __add__(self, other: Height) -> Height:
        return Height(_sum(self.top + other.below, self.below + other.top), self.below + other.below)

    def __mul__(self, other: Height) -> Height:
        return Height(self.top + other.top, self.below + other.below)

    def inverse(self) -> Height:
        return Height(self.below, self.top)

    def root(self, n: int) -> Height:
        """(U*L^(n-1))^(1/n)/L or U/(U^(n-1)*L)^(1/n): only one of both is a root."""
        if self.top >= self.below:
            return Height((self.top + (n - 1) * self.below) / n, self.below)
        return Height(self.top, ((n - 1) * self.top + self.below) / n)


_UNIT = Height(0.0, 0.0)


def _sum(one: float, other: float) -> float:
    """The logarithm of a sum, by those of its parts."""
    high, low = max(one, other), min(one, other)
    return high + log2(1 + 2.0 ** (low - high))


class _Field:
    """Heights of algebraic numbers, and the degree of a field that holds them all."""

    def __init__(self) -> None:
        self.radicals: dict[tuple[Node, int], None] = {}
        self.turns = 1  # the order of a root of unity that is in it
        self._done: dict[Node, Height] = {}

    def degree(self) -> int:
        if self.turns > _MOST_TURNS:
            raise _Transcendental
        return prod(n for _, n in self.radicals) * int(sympy.totient(self.turns))

    def of(self, node: Node) -> Height:
        """Raises _Transcendental."""
        if node not in self._done:
            self._done[node] = self._of(node)
        return self._done[node]

    def _of(self, node: Node) -> Height:
        if isinstance(node, Number):
            value = Fraction(node.value)
            return Height(_log(value.numerator), _log(value.denominator))
        if not isinstance(node, Call):
            raise _Transcendental
        match node.function, node.args:
            case (("+" | "-"), (a, b)):
                return self.of(a) + self.of(b)
            case "*", (a, b):
                return self.of(a) * self.of(b)
            case "/", (a, b):
                return self.of(a) * self.of(b).inverse()
            case (("neg" | "abs"), (a,)):
                return self.of(a)
            case "sqrt", (a,):
                return self.power(a, Fraction(1, 2))
            case "cbrt", (a,):
                return self.power(a, Fraction(1, 3))
            case "root", (a, n) if exponent := exact(n):
                return self.power(a, 1 / exponent)
            case "**", (a, n) if (exponent := exact(n)) is not None:
                return self.power(a, exponent)
            case "hypot", (a, b):
                return self.power(_plus(_square(a), _square(b)), Fraction(1, 2))
            case (("Max" | "Min"), (a, b)):
                one, other = self.of(a), self.of(b)
                return Height(max(one.top, other.top), max(one.below, other.below))
            case function, (a,) if function in _CIRCULAR:
                return _CIRCULAR[function](self._exponential(a, angle=True))
            case function, (a,) if function in _HYPERBOLIC:
                return _HYPERBOLIC[function](self._exponential(a, angle=False))
        raise _Transcendental

    def power(self, node: Node, exponent: Fraction) -> Height:
        return self._raised(node, self.of(node), exponent)

    def _raised(self, key: Node, base: Height, exponent: Fraction) -> Height:
        """``key`` tells which number that is, of whose roots one is in the field."""
        if exponent < 0:
            base, exponent = base.inverse(), -exponent
        if exponent.denominator > 1:
            if exponent.denominator > _MOST_BITS:
                raise _Transcendental
            self.radicals[key, exponent.denominator] = None
            base = base.root(exponent.denominator)
        return Height(base.top * exponent.numerator, base.below * exponent.numerator)

    def _exponential(self, node: Node, angle: bool) -> Height:
        """Of exp(i*A) for an angle A, or of exp(A), where A is a sum of what has an algebraic exponential."""
        total, known = _UNIT, _ANGLES if angle else _LOGARITHMS
        for part, factor in linear(node).items():
            if angle and part is _PI:
                self.turns = lcm(self.turns, (factor / 2).denominator)
            elif isinstance(part, Call) and part.function in known:
                total = total * self._raised(part, known[part.function](self, *part.args), factor)
            else:
                raise _Transcendental
        return total

    def on_circle(self, a: Node) -> Height:
        """a + i*sqrt(1-a^2)"""
        self.turns = lcm(self.turns, 4)
        return self.of(a) + self.power(_minus(ONE, _square(a)), Fraction(1, 2))

    def turned(self, a: Node) -> Height:
        """(1 + i*a)/sqrt(1+a^2)"""
        self.turns = lcm(self.turns, 4)
        return (_UNIT + self.of(a)) * self.power(_plus(ONE, _square(a)), Fraction(1, 2)).inverse()

    def stretched(self, a: Node, side: int) -> Height:
        """a + sqrt(a^2+1) or a + sqrt(a^2-1)"""
        beside = (_plus if side > 0 else _minus)(_square(a), ONE)
        return self.of(a) + self.power(beside, Fraction(1, 2))

    def leaning(self, a: Node) -> Height:
        """sqrt((1+a)/(1-a))"""
        return self.power(Call("/", (_plus(ONE, a), _minus(ONE, a))), Fraction(1, 2))


def _log(value: int) -> float:
    return log2(abs(value)) if value else 0.0


def _plus(a: Node, b: Node) -> Node:
    return Call("+", (a, b))


def _minus(a: Node, b: Node) -> Node:
    return Call("-", (a, b))


def _square(a: Node) -> Node:
    return Call("*", (a, a))


_PI = Name("pi")
_ANGLES: dict[str, Callable[..., Height]] = {
    "acos": _Field.on_circle, "asin": _Field.on_circle, "atan": _Field.turned,
}  # fmt: skip
_LOGARITHMS: dict[str, Callable[..., Height]] = {
    "log": _Field.of, "asinh": lambda field, a: field.stretched(a, 1),
    "acosh": lambda field, a: field.stretched(a, -1), "atanh": _Field.leaning,
}  # fmt: skip


def _sum_of_both(w: Height) -> Height:
    """w + 1/w, times 1/2"""
    return (w + w.inverse()) * Height(0.0, 1.0)


def _ratio_of_both(w: Height) -> Height:
    """(w - 1/w)/(w + 1/w), or what is below it by what is above"""
    both = _sum(2 * w.top, 2 * w.below)
    return Height(both, both)


_CIRCULAR: dict[str, Callable[[Height], Height]] = {
    **dict.fromkeys(("sin", "cos"), _sum_of_both), **dict.fromkeys(("tan", "cot"), _ratio_of_both),
    **dict.fromkeys(("sec", "csc"), lambda w: _sum_of_both(w).inverse()),
}  # fmt: skip
_HYPERBOLIC: dict[str, Callable[[Height], Height]] = {
    **dict.fromkeys(("sinh", "cosh"), _sum_of_both), **dict.fromkeys(("tanh", "coth"), _ratio_of_both),
    **dict.fromkeys(("sech", "csch"), lambda w: _sum_of_both(w).inverse()), "exp": lambda w: w,
}  # fmt: skip


def exact(node: Node) -> Fraction | None:
    """The rational number that a constant is, if it is one by arithmetic."""
    value = Fraction(node.value) if isinstance(node, Number) else numeric.evaluate(node, 20, limit=30)
    return value if isinstance(value, Fraction) else None


def linear(node: Node) -> dict[Node, Fraction]:
    """A constant as a sum of rational multiples of others."""
    found: dict[Node, Fraction] = {}
    stack = [(node, Fraction(1))]
    while stack:
        node, factor = stack.pop()
        match node:
            case Call("+", (a, b)):
                stack += [(b, factor), (a, factor)]
            case Call("-", (a, b)):
                stack += [(b, -factor), (a, factor)]
            case Call("neg", (a,)):
                stack.append((a, -factor))
            case Call("*", (a, b)) if (known := exact(a)) is not None:
                stack.append((b, factor * known))
            case Call("*", (a, b)) if (known := exact(b)) is not None:
                stack.append((a, factor * known))
            case Call("/", (a, b)) if known := exact(b):
                stack.append((a, factor / known))
            case Number():
                found[ONE] = found.get(ONE, Fraction(0)) + factor * Fraction(node.value)
            case _:
                found[node] = found.get(node, Fraction(0)) + factor
    return {part: factor for part, factor in found.items() if factor}


def _separation(node: Node, value: Fraction) -> int | None:
    """Bits b: node - value is 0, or at least 2^-b in size. None where no such bound is known, or none of use."""
    for exponential in (None, True, False):
        field = _Field()
        try:
            if exponential is None:
                gap = field.of(node) + field.of(rational(value))
            elif value:
                continue
            else:  # abs(exp(A) - 1) is at most 2*abs(A) for a small A
                gap = field._exponential(node, angle=exponential) + _UNIT
            needed = gap.below + (field.degree() - 1) * gap.top
        except _Transcendental:
            continue
        except OverflowError:  # an exponent or a degree beyond all doubles
            return None
        # one for that 2, and sums of rounded logarithms
        return ceil(needed * (1 + 1e-9)) + 3 if needed <= _MOST_BITS else None
    return None


def _is_large(node: Node) -> bool:
    depth = fold(node, lambda _, parts: 1 + max(parts, default=0))
    return depth > _MOST_DEPTH or operations(node) > _MOST_OPERATIONS


@lru_cache(maxsize=4096)
def sign(node: Node, value: Fraction = Fraction(0)) -> int | None:
    """The sign of a constant less an integer. None where it cannot be told."""
    if names_in(node) or value.denominator > 1 or _is_large(node):
        return None
    bits = _separation(node, value)
    if bits is None:
        return None

    def of_parts(part: Node, integer: Fraction) -> bool:
        return part is not node and sign(part, integer) == 0

    enough = bits // 3 + 40
    for digits in (30, enough, 2 * enough):  # twice where as many are lost on the way
        gap = less(numeric.ball(node, None, digits, of_parts), value)
        if (known := numeric.sign(gap)) is not None:
            return known
        if isinstance(gap, numeric.Ball) and gap.arb.abs_upper() < arb(1) / 2**bits:
            return 0
    return None


def less(found: numeric.Value, value: Fraction) -> numeric.Value:
    """A value less an integer, as it is where there is none."""
    if isinstance(found, Fraction):
        return found - value
    return numeric.Ball(found.arb - int(value)) if isinstance(found, numeric.Ball) else found


def is_algebraic(node: Node) -> bool:
    """Is a constant known to be an algebraic number?"""
    if _is_large(node):
        return False
    try:
        _Field().of(node)
    except (_Transcendental, OverflowError):
        return False
    return True
