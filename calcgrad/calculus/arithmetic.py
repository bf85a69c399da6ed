"""Trees put together as people write them by hand: numbers in front, no ones, no zeros, no double signs.

    times(integer(3), times(Number(2), Name("x")))       # the tree of 6*x

Only arithmetic that a reader does without thinking; forms that need an idea are ``forms``'s to find.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from calcgrad.expression.arrays import constant
from calcgrad.expression.tree import Call, Node, Number, fold, rational, rebuild

ZERO, ONE = Number(0), Number(1)
_HALF = Fraction(1, 2)


def alternating(n: int) -> int:
    """(-1)**n for any whole n: Python's own is a float below zero, and an error where that is too large."""
    return -1 if n % 2 else 1


def factors(node: Node) -> list[Node]:
    """The factors of a chain of products, left to right."""
    found: list[Node] = []
    stack = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, Call) and each.function == "*":
            stack.extend(reversed(each.args))
        else:
            found.append(each)
    return found


def terms(node: Node) -> list[tuple[int, Node]]:
    """The terms of a chain of sums and differences, left to right, each with its sign."""
    found: list[tuple[int, Node]] = []
    stack = [(1, node)]
    while stack:
        sign, each = stack.pop()
        if isinstance(each, Call) and each.function in ("+", "-"):
            left, right = each.args
            stack.append((sign if each.function == "+" else -sign, right))
            stack.append((sign, left))
        else:
            found.append((sign, each))
    return found


def split(node: Node) -> tuple[Fraction, Node | None]:
    """The rational coefficient in front, and the rest (None for a number)."""
    if isinstance(node, Number):
        return Fraction(node.value), None
    if not isinstance(node, Call):
        return Fraction(1), node
    match node.function, node.args:
        case "neg", (a,):
            coefficient, rest = split(a)
            return -coefficient, rest
        case "*", (a, b) if isinstance(a, Number):
            coefficient, rest = split(b)
            return Fraction(a.value) * coefficient, rest
        case "*", (a, b) if isinstance(a, Call) and a.function in ("*", "neg"):
            coefficient, rest = split(a)
            if coefficient != 1:
                return coefficient, b if rest is None else Call("*", (rest, b))
        case "/", (a, b) if isinstance(b, Number) and b.value:
            coefficient, rest = split(a)
            return coefficient / Fraction(b.value), rest
        case "/", (a, b):
            coefficient, rest = split(a)
            if coefficient != 1 and rest is not None:
                return coefficient, Call("/", (rest, b))
            if coefficient < 0:
                return Fraction(-1), Call("/", (rational(-coefficient), b))
    return Fraction(1), node


def scaled(coefficient: Fraction, rest: Node | None) -> Node:
    """coefficient*rest, the sign in front and the denominator below."""
    if rest is None or not coefficient:
        return rational(coefficient)
    if coefficient < 0:
        return _minus(scaled(-coefficient, rest))
    top, bottom = coefficient.numerator, coefficient.denominator
    if isinstance(rest, Call) and rest.function == "/":
        above, below = rest.args
        return Call("/", (_several(top, above), below if bottom == 1 else _several(bottom, below)))
    made = _several(top, rest)
    return made if bottom == 1 else Call("/", (made, Number(bottom)))


def _minus(node: Node) -> Node:
    """-node, the sign at its first factor, where it is printed without brackets."""
    if isinstance(node, Call) and node.function in ("*", "/"):
        return Call(node.function, (_minus(node.args[0]), *node.args[1:]))
    return Call("neg", (node,))


def _several(count: int, node: Node) -> Node:
    if count == 1:
        return node
    coefficient, rest = split(node)
    if rest is None:
        return rational(count * coefficient)
    made: Node = Number(count)
    for each in factors(node):
        made = Call("*", (made, each))
    return made


def negative(node: Node) -> Node:
    coefficient, rest = split(node)
    return scaled(-coefficient, rest)


def times(*parts: Node) -> Node:
    """The product, its rational coefficient in front; a quotient among the parts carries the others above."""
    coefficient, above, below = Fraction(1), [], []
    for part in parts:
        number, rest = split(part)
        coefficient *= number
        if isinstance(rest, Call) and rest.function == "/":
            above += [] if rest.args[0] is ONE else factors(rest.args[0])
            size, under = split(rest.args[1])
            if not size:  # by zero: it stays as it is
                size, under = Fraction(1), rest.args[1]
            coefficient /= size
            below += [] if under is None else factors(under)
        elif rest is not None:
            above += factors(rest)
    if not coefficient:
        return ZERO
    top, bottom = _chain(above), _chain(below)
    return scaled(coefficient, top if bottom is None else Call("/", (top or ONE, bottom)))


def _chain(parts: Iterable[Node]) -> Node | None:
    """The product of factors; equal ones become a power where the first of them stands."""
    counts: dict[Node, int] = {}
    for part in parts:
        base, count = _counted(part)
        counts[base] = counts.get(base, 0) + count
    made: Node | None = None
    for base, count in counts.items():
        each = base if count == 1 else Call("**", (base, Number(count)))
        made = each if made is None else Call("*", (made, each))
    return made


def _counted(factor: Node) -> tuple[Node, int]:
    """u**3 as u, 3: whole powers of what is no number."""
    if isinstance(factor, Call) and factor.function == "**":
        base, exponent = factor.args
        if isinstance(exponent, Number) and exponent.value.denominator == 1 and not isinstance(base, Number):
            return base, int(exponent.value)
    return factor, 1


def over(a: Node, b: Node) -> Node:
    """The quotient, with one denominator."""
    above, top = split(a)
    below, bottom = split(b)
    if not below:  # by zero: it stays as it is
        return Call("/", (a, b))
    if not above:
        return ZERO
    if bottom is None:
        return scaled(above / below, top)
    if top is bottom:
        return rational(above / below)
    under = [bottom]
    if isinstance(top, Call) and top.function == "/":
        top, inner = top.args
        under = [inner, bottom]
    return scaled(above / below, Call("/", (top or ONE, times(*under))))


def plus(parts: Iterable[tuple[int, Node]]) -> Node:
    """The sum of signed terms; zeros are left out."""
    made: Node | None = None
    for sign, part in parts:
        coefficient, rest = split(part)
        if not coefficient:
            continue
        size = scaled(abs(coefficient), rest)
        less = (sign < 0) != (coefficient < 0)
        if made is None:
            made = negative(size) if less else size
        elif isinstance(made, Number) and isinstance(size, Number):
            made = rational(Fraction(made.value) + (-1 if less else 1) * Fraction(size.value))
        else:
            made = Call("-" if less else "+", (made, size))
    return ZERO if made is None else made


def power(base: Node, exponent: Node) -> Node:
    number = constant(exponent)
    if number is None:
        return Call("**", (base, exponent))
    if number == 0:
        return ONE
    if number == 1:
        return base
    if number < 0:
        return over(ONE, power(base, rational(-number)))
    if number == _HALF:
        return Call("sqrt", (base,))
    inner, count = _counted(base)
    if count > 1 and number.denominator == 1:  # (x**2)**2
        return Call("**", (inner, rational(number * count)))
    return Call("**", (base, rational(number)))


def light(node: Node, parts: list[Node]) -> Node:
    """``node`` with new parts, put together by the functions above: the step of a ``fold``."""
    if isinstance(node, Call):
        match node.function, parts:
            case "+", [a, b]:
                return plus(((1, a), (1, b)))
            case "-", [a, b]:
                return plus(((1, a), (-1, b)))
            case "*", _:
                return times(*parts)
            case "/", [a, b]:
                return over(a, b)
            case "neg", [a]:
                return negative(a)
            case "**", [a, b]:
                return power(a, b)
    return rebuild(node, tuple(parts))


def tidied(root: Node) -> Node:
    return fold(root, light)


_Part = tuple[Fraction, dict[int, int], dict[int, int]]  # a coefficient, factors above and below the line


def rearranged(one: Node, other: Node) -> bool:
    """Do the two differ in nothing but the order of terms and factors, and the place of numbers?"""
    parts = _Parts()
    return bool(parts.key(fold(one, parts.step)) == parts.key(fold(other, parts.step)))


class _Parts:
    """Expressions by what they are made of, in any order; each part has a number, so that it is read once."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}
        self.keys: list[Any] = []

    def atom(self, key: Any) -> _Part:
        return Fraction(1), {self.number(key): 1}, {}

    def number(self, key: Any) -> int:
        if key not in self.numbers:
            self.numbers[key] = len(self.keys)
            self.keys.append(key)
        return self.numbers[key]

    def key(self, part: _Part) -> Any:
        coefficient, above, below = part
        return coefficient, tuple(sorted(above.items())), tuple(sorted(below.items()))

    def step(self, node: Node, parts: list[_Part]) -> _Part:
        if isinstance(node, Number):
            return Fraction(node.value), {}, {}
        if not isinstance(node, Call):
            return self.atom(node)
        match node.function, parts:
            case "neg", [(a, above, below)]:
                return -a, above, below
            case "*", [(a, above, below), (b, above_b, below_b)]:
                return a * b, _joined(above, above_b), _joined(below, below_b)
            case "/", [(a, above, below), (b, above_b, below_b)] if b:
                return a / b, _joined(above, below_b), _joined(below, above_b)
            case (("+" | "-"), [left, right]):
                terms = [*self.terms(left, 1), *self.terms(right, 1 if node.function == "+" else -1)]
                return self.atom(("+", *sorted(terms)))
            case "**", [(a, above, below), (b, {}, {})]:
                if b.denominator == 1 and b > 0 and a == 1 and not below:
                    return a, {each: int(count * b) for each, count in above.items()}, {}
                if b == _HALF:
                    return self.atom(("sqrt", self.number(self.key(parts[0]))))
        inside = [self.number(self.key(part)) for part in parts]
        return self.atom((node.function, *(sorted(inside) if node.function in ("Max", "Min") else inside)))

    def terms(self, part: _Part, sign: int) -> list[Any]:
        """The terms of a sum, which may itself be one of a sum."""
        coefficient, above, below = part
        if abs(coefficient) == 1 and not below and list(above.values()) == [1]:
            inner = self.keys[next(iter(above))]
            if isinstance(inner, tuple) and inner[0] == "+":
                return [(sign * coefficient * each[0], *each[1:]) for each in inner[1:]]
        return [self.key((sign * coefficient, above, below))]


def _joined(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    return {each: one.get(each, 0) + other.get(each, 0) for each in one | other}
