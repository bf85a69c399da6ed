"""Trees put together as people write them by hand: numbers in front, no ones, no zeros, no double signs.

    times(integer(3), times(Number(2), Name("x")))       # the tree of 6*x

Only arithmetic that a reader does without thinking; forms that need an idea are ``symbolic``'s to find.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from calcgrad.expression.arrays import constant
from calcgrad.expression.tree import Call, Node, Number, fold, rational, rebuild

ZERO, ONE = Number(0), Number(1)
_HALF = Fraction(1, 2)


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
            below.append(rest.args[1])
        elif rest is not None:
            above += factors(rest)
    if not coefficient:
        return ZERO
    top = _chain(above)
    if below:
        return scaled(coefficient, Call("/", (top or ONE, _chain(below) or ONE)))
    return scaled(coefficient, top)


def _chain(parts: Iterable[Node]) -> Node | None:
    made: Node | None = None
    for part in parts:
        made = part if made is None else Call("*", (made, part))
    return made


def over(a: Node, b: Node) -> Node:
    """The quotient, with one denominator."""
    above, top = split(a)
    below, bottom = split(b)
    if not above and below:
        return ZERO
    if bottom is None:
        return scaled(above / below, top) if below else Call("/", (a, b))
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
