"""Is a constant zero? As an algebraic number, or as a polynomial in other numbers whose coefficients are zero.

    sign(parse("2 - erf(1) - sqrt(erf(1)^2 - 4*erf(1) + 4)").node)     # 0

A constant is read as a polynomial in numbers of which nothing needs to be known (pi, erf(1), exp(sqrt(2))), in roots of
such polynomials, and in their inverses; its coefficients are algebraic. Roots and inverses are eliminated, the largest
first: A + B*r^(p/n) is 0 if (-A)^n = B^n*r^p, where A and B have opposite signs, which numbers tell. A polynomial in
what is left is 0 if its coefficients are, whether or not these numbers are independent.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache, reduce
from math import floor

from calcgrad.calculus import algebraic, numeric
from calcgrad.calculus.arithmetic import plus, times
from calcgrad.expression.tree import (
    Call,
    E,
    Node,
    Number,
    children,
    fold,
    names_in,
    operations,
    postorder,
    rational,
    substitute,
    text,
)

_MOST_PARTS = 20_000  # products of terms, where polynomials are multiplied out
_MOST_OPERATIONS = 2_000
_MOST_POWER = 8
_MOST_COMPARED = 8  # numbers of one function
_DIGITS = 100  # in which a sign has to show
_Powers = frozenset[tuple[Node, Fraction]]
_Polynomial = dict[_Powers, Node]
_NOTHING: _Powers = frozenset()
_ONE, _MINUS_ONE = Number(1), rational(Fraction(-1))
_ARITHMETIC = frozenset(["+", "-", "*", "/", "neg"])
_READ = _ARITHMETIC | {"sqrt", "exp"}
# f(-x) = -f(x)
_ODD = frozenset(["sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh", "erf", "cbrt"])


class _TooLarge(Exception):
    """Multiplied out, it has too many terms."""


@lru_cache(maxsize=4096)
def sign(node: Node, value: Fraction = Fraction(0)) -> int | None:
    """The sign of a constant less an integer. None where it cannot be told, as for most that are not 0."""
    known = algebraic.sign(node, value)
    if known is not None or names_in(node) or operations(node) > _MOST_OPERATIONS:
        return known

    def of_parts(part: Node, integer: Fraction) -> bool:
        return part is not node and sign(part, integer) == 0

    gap = algebraic.less(numeric.ball(node, None, _DIGITS, of_parts), value)
    if (known := numeric.sign(gap)) is not None or not isinstance(gap, numeric.Ball):
        return known
    try:
        read = _polynomial(_with_fewer(Call("-", (node, rational(value)))))
        return 0 if not read.keys() <= {_NOTHING} and _vanishes(read) else None
    except _TooLarge:
        return None


def equals(node: Node, value: Fraction) -> bool | None:
    """Does a constant equal this integer? None where it cannot be told."""
    known = sign(node, value)
    return None if known is None else known == 0


def _vanishes(given: _Polynomial) -> bool:
    bases = {
        base
        for powers in given
        for base, _ in powers
        if isinstance(base, Call) and base.function in _ARITHMETIC
    }
    if not bases:
        return all(algebraic.sign(each) == 0 for each in given.values())
    base = max(bases, key=lambda each: (operations(each), text(each)))
    least = min(dict(powers).get(base, Fraction(0)) for powers in given)
    if least < 0:
        if not _side(base):
            return False
        given = {_times(powers, frozenset({(base, -least)})): each for powers, each in given.items()}
    meant = _polynomial(base)
    by_exponent: dict[Fraction, _Polynomial] = {}
    for powers, coefficient in given.items():
        exponent = dict(powers).get(base, Fraction(0))
        rest: _Polynomial = {frozenset(each for each in powers if each[0] is not base): coefficient}
        part = by_exponent.setdefault(exponent % 1, {})
        _add(part, _product(rest, _power(meant, floor(exponent))))
    without, *others = by_exponent.pop(Fraction(0), {}), *by_exponent.items()
    if not others:
        return _vanishes(without)
    if len(others) > 1:
        return False
    ((exponent, factor),) = others
    if not without:
        return _vanishes(factor)
    one, other = _side(_tree(without)), _side(_tree(factor))
    if not one or not other:
        return _vanishes(without) and _vanishes(factor)
    if one == other:
        return False
    n = exponent.denominator
    gap = _power(_product(without, {_NOTHING: _MINUS_ONE}), n)
    _add(
        gap, _product(_product(_power(factor, n), _power(meant, exponent.numerator)), {_NOTHING: _MINUS_ONE})
    )
    return _vanishes(gap)


def _with_fewer(node: Node) -> Node:
    """The same constant, where equal values of a function, like atan(pi) and atan(sqrt(pi^2)), are one number."""
    met: dict[str, list[Node]] = {}
    same: dict[Node, Node] = {}
    for part in postorder(node):
        if not isinstance(part, Call) or _is_read(part) or algebraic.is_algebraic(part):
            continue
        others = met.setdefault(part.function, [])
        for other in others[:_MOST_COMPARED]:
            pairs = [*zip(part.args, children(other), strict=False)]
            if all(_is_zero(Call("-", pair)) for pair in pairs):
                same[part] = other
            elif part.function in _ODD and _is_zero(Call("+", pairs[0])):
                same[part] = Call("neg", (other,))
            else:
                continue
            break
        else:
            others.append(part)
    return substitute(node, same)


def _is_read(node: Call) -> bool:
    """Is it made of its parts, as a polynomial or a power of one is?"""
    return node.function in _READ or (node.function == "**" and algebraic.exact(node.args[1]) is not None)


def _is_zero(gap: Node) -> bool:
    return _side(gap) in (0, None) and sign(gap) == 0


def _side(node: Node) -> int | None:
    """The sign of a constant, as numbers tell it."""
    return numeric.sign(numeric.evaluate(node, 5, limit=_DIGITS))


# ----------------------------------------------------------------------------------------------- polynomials


def _polynomial(node: Node) -> _Polynomial:
    return fold(node, _read)


def _read(node: Node, parts: list[_Polynomial]) -> _Polynomial:
    """The algebraic coefficient of each product of powers of other numbers."""
    function = node.function if isinstance(node, Call) else ""
    if (
        all(part.keys() <= {_NOTHING} for part in parts)
        if function in _ARITHMETIC
        else algebraic.is_algebraic(node)
    ):
        return {_NOTHING: _number(node)}
    if function == "neg":
        return _product(parts[0], {_NOTHING: _MINUS_ONE})
    if function in ("+", "-"):
        found = dict(parts[0])
        _add(found, parts[1] if function == "+" else _product(parts[1], {_NOTHING: _MINUS_ONE}))
        return found
    if function == "*":
        return _product(*parts)
    if function == "/":
        return _product(parts[0], _raised(children(node)[1], parts[1], Fraction(-1)))
    if function == "sqrt":
        return _raised(children(node)[0], parts[0], Fraction(1, 2))
    if function == "**" and (n := algebraic.exact(children(node)[1])):
        return _raised(children(node)[0], parts[0], n)
    if function == "exp":
        (exponent,) = children(node)
        return {frozenset((E if part is algebraic.ONE else Call("exp", (part,)), factor)
                          for part, factor in algebraic.linear(exponent).items()): _ONE}  # fmt: skip
    return {frozenset({(node, Fraction(1))}): _ONE}


def _raised(base: Node, meant: _Polynomial, exponent: Fraction) -> _Polynomial:
    """A power of a polynomial: multiplied out, of a single term, or that of a new number."""
    if exponent.denominator == 1 and exponent > 0:
        return _power(meant, exponent.numerator)
    if len(meant) == 1:
        ((powers, coefficient),) = meant.items()
        if exponent.denominator == 1 or all(_side(each) == 1 for each, _ in powers):
            raised = _number(Call("**", (coefficient, rational(exponent))))
            return {frozenset((each, n * exponent) for each, n in powers): raised}
    return {frozenset({(base, exponent)}): _ONE}


def _number(node: Node) -> Node:
    """A coefficient, written as the rational number that it is, if it is one."""
    known = algebraic.exact(node)
    return node if known is None else rational(known)


def _power(base: _Polynomial, exponent: int) -> _Polynomial:
    if exponent > _MOST_POWER:
        raise _TooLarge
    return reduce(_product, [base] * exponent, {_NOTHING: _ONE})


def _times(one: _Powers, other: _Powers) -> _Powers:
    total = dict(one)
    for base, n in other:
        total[base] = total.get(base, Fraction(0)) + n
    return frozenset((base, n) for base, n in total.items() if n)


def _product(one: _Polynomial, other: _Polynomial) -> _Polynomial:
    if len(one) * len(other) > _MOST_PARTS:
        raise _TooLarge
    found: _Polynomial = {}
    for powers, a in one.items():
        for more, b in other.items():
            _add(found, {_times(powers, more): times(a, b)})
    return found


def _add(found: _Polynomial, other: _Polynomial) -> None:
    for powers, coefficient in other.items():
        before = found.get(powers)
        found[powers] = coefficient if before is None else plus(((1, before), (1, coefficient)))


def _tree(given: _Polynomial) -> Node:
    return plus(
        (1, times(coefficient, *(Call("**", (base, rational(n))) for base, n in powers)))
        for powers, coefficient in given.items()
    )
