"""The real zeros of expressions of one variable: all of them, proved to be all, or None.

    zeros(parse("abs(abs(x) - 1) - 2").node, "x")        # the trees of -3 and 3

An equation is undone from the outside in: what stands around x is inverted, and where x stands in several places
the equation is one in a part that holds them all, or one for each branch, or a polynomial. Each step may find too
much and never misses a zero; what was found is put in again, and dropped only where it is proved to be none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache, cmp_to_key
from math import gcd
from typing import Any

import flint
import sympy

from calcgrad.calculus import numeric, symbolic
from calcgrad.errors import TooLarge
from calcgrad.expression.arrays import constant
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.columns import column, listed, said_of
from calcgrad.expression.tree import (
    INFINITY,
    Call,
    List,
    Name,
    Node,
    Number,
    fold,
    names_in,
    operations,
    postorder,
    rational,
    substitute,
    variables,
)

_X = Name("x")  # the parameter of a function in its row
_KERNEL = "k_0"  # the letter of a part that holds all x; of no user, as equations have one variable
_MOST_BRANCHES = 64
_MOST_OPERATIONS = 60
_LONG = 10**100
MOST_DEGREE = 100
_ZERO: Node = Number(0)
_INFINITE = (INFINITY, Call("neg", (INFINITY,)))


class _Unknown(Exception):
    """The zeros are not known, or not finitely many."""


def zeros(root: Node, name: str) -> list[Node] | None:
    """The real places where ``root`` is 0, in order: no other exists. None where that is not known.

    A place is kept as long as no precision tells that ``root`` is not 0 there.
    """
    if operations(root) > _MOST_OPERATIONS or set(variables(root)) - {name}:
        return None
    try:
        found = dict.fromkeys(_tidy(place) for place in _preimages(root, _ZERO, name))
        kept = [place for place in found if _may_be_zero(root, name, place)]
        return _in_order(kept)
    except (_Unknown, *symbolic.ALL_FAILURES):
        return None


def isolated(root: Node, name: str, digits: int) -> list[Fraction] | None:
    """All real zeros of a polynomial with rational coefficients, each to ``digits``; None for anything else."""
    if degree(root) > MOST_DEGREE:
        return None
    try:
        polynomial = sympy.Poly(symbolic.to_sympy(root), symbolic.symbol(name))
        coefficients = _rationals(polynomial.all_coeffs())
    except (*symbolic.FAILURES, TooLarge):
        return None
    if coefficients is None or len(coefficients) < 2:
        return None
    found: list[Fraction] = []
    with flint.ctx.workprec(int(digits * 3.33) + 40):
        for factor, _ in _polynomial(coefficients).factor()[1]:
            for place in _real_roots(factor):
                mantissa, exponent = place.mid().man_exp()
                found.append(Fraction(int(mantissa)) * Fraction(2) ** int(exponent))
    return sorted(found)


def degree(root: Node) -> int:
    """At most how high the powers are that come of multiplying ``root`` out, beyond which nobody should."""

    def step(node: Node, parts: list[int]) -> int:
        if not isinstance(node, Call):
            return int(isinstance(node, Name))
        if node.function in ("*", "/"):
            return sum(parts)
        if node.function == "**" and (n := constant(node.args[1])) is not None:
            return parts[0] * int(abs(n) + 1)
        return max(parts)

    return fold(root, step)


# ------------------------------------------------------------------------------------ undoing an equation


def _preimages(node: Node, target: Node, name: str, budget: list[int] | None = None) -> list[Node]:
    """Places among which are all where ``node`` has the value ``target``, a constant."""
    budget = [_MOST_BRANCHES] if budget is None else budget
    budget[0] -= 1
    if budget[0] < 0:
        raise _Unknown
    if name not in names_in(node):
        if _sign(Call("-", (node, target))) in (-1, 1):
            return []
        raise _Unknown  # it is so everywhere, for all that is known
    if isinstance(node, Name):
        return [target]
    if not isinstance(node, Call):
        raise _Unknown

    def undo(part: Node, values: Sequence[Node]) -> list[Node]:
        return [place for value in values for place in _preimages(part, value, name, budget)]

    if node.function in ("Max", "Min"):
        return [place for part in node.args for place in undo(part, [target])]
    if node.function == "Piecewise":
        return _of_cases(node, target, name, budget)
    inner = [part for part in node.args if name in names_in(part)]
    nought = target is _ZERO or _sign(target) == 0
    if node.function == "*" and nought:
        return [place for part in node.args for place in undo(part, [_ZERO])]
    if node.function == "/" and nought and inner[0] is node.args[0]:
        return undo(inner[0], [_ZERO])
    if _is_beyond(listed(node.function, "range"), target):
        return []
    if nought and isinstance(column(node.function, "zeros"), List):
        return undo(node.args[0], listed(node.function, "zeros"))
    if known := _inverses(node.function):
        return undo(node.args[0], [value for tree in known for value in _at(tree, target)])
    if pieces := listed(node.function, "pieces"):
        return undo(node.args[0], _of_pieces(pieces, target, budget))
    if len(inner) == 1:
        return undo(inner[0], list(_solved(node, inner[0], target)))
    return _of_several(node, target, name, budget)


def _solved(node: Call, inner: Node, target: Node) -> Iterator[Node]:
    """The values of the argument ``inner`` of a call of two arguments for which it is ``target``."""
    first = node.args[0] is inner
    other = node.args[1 if first else 0]
    match node.function:
        case "+":
            yield Call("-", (target, other))
        case "-":
            yield Call("+", (target, other)) if first else Call("-", (other, target))
        case "*":
            if not _sign(other):
                raise _Unknown
            yield Call("/", (target, other))
        case "/" if first:
            yield Call("*", (target, other))
        case "/":
            if not _sign(other):
                raise _Unknown
            if _sign(target) != 0:
                yield from _defined(Call("/", (other, target)))
        case "**" if first:
            yield from _roots(target, other)
        case "**":
            if not _sign(Call("log", (other,))):
                raise _Unknown
            if _defined(Call("log", (target,))):
                yield symbolic.from_sympy(sympy.log(symbolic.to_sympy(target), symbolic.to_sympy(other)))
        case "hypot":
            squares = (Call("**", (each, Number(2))) for each in (target, other))
            for value in _defined(Call("sqrt", (Call("-", tuple(squares)),))):
                yield from (value, Call("neg", (value,)))
        case "root" if first:
            yield from _defined(Call("**", (target, other)))
        case _:
            raise _Unknown


def _roots(target: Node, exponent: Node) -> Iterator[Node]:
    """Every u with u**exponent == target, and perhaps others."""
    sign = _sign(exponent)
    if not sign:
        raise _Unknown
    if _sign(target) == 0:
        if sign > 0:
            yield _ZERO
        return
    n = constant(exponent)
    if n is not None and n.denominator == 1 and n % 2 == 1:
        if n == 1:
            yield target
        else:
            yield from _defined(Call("cbrt", (target,)) if n == 3 else Call("root", (target, exponent)))
        return
    for value in _defined(Call("**", (target, Call("/", (Number(1), exponent))))):
        yield value
        if n is not None and n.denominator == 1:
            yield Call("neg", (value,))


def _of_cases(node: Call, target: Node, name: str, budget: list[int]) -> list[Node]:
    """Zeros of all cases; where a case is the target throughout, those of its equation."""
    found: list[Node] = []
    for value, condition in zip(node.args[::2], node.args[1::2], strict=True):
        single = isinstance(condition, Call) and condition.function == "==" and name in names_in(condition)
        if single and isinstance(condition, Call):
            found += _preimages(Call("-", condition.args), _ZERO, name, budget)
        else:
            found += _preimages(value, target, name, budget)
    return found


def _of_several(node: Call, target: Node, name: str, budget: list[int]) -> list[Node]:
    """x stands in several arguments: an equation in a part that holds every x, one for each branch, a polynomial."""
    gap = node if target is _ZERO else Call("-", (node, target))
    letter = Name(_KERNEL)
    for part in postorder(gap):
        if part is not node and part is not gap and isinstance(part, Call) and name in names_in(part):
            outer = substitute(gap, {part: letter})
            if name not in names_in(outer):
                values = _preimages(outer, _ZERO, _KERNEL, budget)
                return [place for value in values for place in _preimages(part, value, name, budget)]
    for part in postorder(gap):
        if isinstance(part, Call) and name in names_in(part):
            branches = _branches(part)
            if branches:
                trees = [substitute(gap, {part: branch}) for branch in branches]
                return [place for tree in trees for place in _preimages(tree, _ZERO, name, budget)]
    try:
        return _of_polynomial(gap, name, budget)
    except (_Unknown, *symbolic.ALL_FAILURES):
        return _of_values(gap, name, budget)


def _of_values(gap: Node, name: str, budget: list[int]) -> list[Node]:
    """By the value k of a function of x alone, of which x is one: x + exp(LambertW(x)) is k*exp(k) + exp(k)."""
    letter = Name(_KERNEL if name != _KERNEL else f"{_KERNEL}0")
    for part in postorder(gap):
        if isinstance(part, Call) and part.args == (Name(name),) and part.function != "neg":
            argument, *more = listed(part.function, "preimages") or (None,)
            if argument is None or more:
                continue
            back = substitute(argument, {_X: letter})
            outer = substitute(substitute(gap, {part: letter}), {Name(name): back})
            values = _preimages(outer, _ZERO, letter.name, budget)
            return [place for value in values for place in _at(argument, value)]
    raise _Unknown


def _branches(part: Call) -> list[Node]:
    """What a call may be at a point."""
    if part.function in ("Max", "Min"):
        return list(dict.fromkeys(part.args))
    pieces = dict.fromkeys(listed(part.function, "pieces"))
    if pieces:
        return [substitute(each, {_X: part.args[0]}) for each in pieces]
    definition = said_of(part, "definition")
    return [] if definition is None else [definition]


def _of_polynomial(gap: Node, name: str, budget: list[int]) -> list[Node]:
    """Of a quotient of polynomials in x, or in one thing that x stands in: exp(2*x) - 3*exp(x)."""
    if degree(gap) > MOST_DEGREE:
        raise _Unknown
    x = symbolic.symbol(name)
    expression = sympy.fraction(sympy.together(symbolic.to_sympy(gap)))[0]
    inner = [each for each in sympy.Poly(expression).gens if each.has(x)] if expression.has(x) else [x]
    if len(inner) != 1:
        factors = [each for each, _ in sympy.factor_list(expression)[1] if each.has(x)]
        if len(factors) < 2:
            raise _Unknown
        trees = [symbolic.from_sympy(each) for each in factors]
        return [place for tree in trees for place in _preimages(tree, _ZERO, name, budget)]
    coefficients = sympy.Poly(expression, inner[0]).all_coeffs()
    if any(each.has(x) for each in coefficients):
        raise _Unknown
    values: list[Node] = []
    if len(coefficients) > 1 and (exact := _rationals(coefficients)) is not None:
        for factor, _ in _polynomial(exact).factor()[1]:
            values += _of_factor([rational(Fraction(int(c))) for c in factor.coeffs()], factor)
    else:
        values = _of_factor([symbolic.from_sympy(sympy.expand(each)) for each in coefficients[::-1]])
    if inner[0] == x:
        return values
    part = symbolic.from_sympy(inner[0])
    return [place for value in values for place in _preimages(part, value, name, budget)]


def _of_factor(coefficients: list[Node], exact: Any = None) -> list[Node]:
    """The zeros of a polynomial, lowest coefficient first, that are written with roots."""
    degree = len(coefficients) - 1
    if not _sign(coefficients[-1]):
        raise _Unknown
    if degree == 0:
        return []
    if degree == 1:
        c, b = coefficients
        return [Call("neg", (Call("/", (c, b)),))]
    step = gcd(*(index for index, c in enumerate(coefficients) if c is not _ZERO))
    if step > 1:  # a polynomial in x**step
        values = _of_factor(coefficients[::step])
        return [place for value in values for place in _roots(value, Number(step))]
    if degree == 2:
        c, b, a = coefficients
        inside = Call("-", (Call("**", (b, Number(2))), Call("*", (Call("*", (Number(4), a)), c))))
        twice = Call("*", (Number(2), a))
        roots = _defined(Call("sqrt", (inside,)))
        return [
            Call("/", (Call(sign, (Call("neg", (b,)), root)), twice)) for root in roots for sign in ("+", "-")
        ]
    if exact is not None and not _real_roots(exact):
        return []
    raise _Unknown


def _real_roots(polynomial: Any) -> list[Any]:
    """Balls around the real zeros, one each: FLINT proves which zeros are real."""
    return [root.real for root, _ in polynomial.complex_roots() if root.imag == 0]


# ----------------------------------------------------------------------------------------------- constants


def _sign(node: Node) -> int | None:
    return numeric.sign(symbolic.evaluate(node, 5))


def _defined(node: Node) -> list[Node]:
    """A constant, or nothing where it has no real value."""
    value = symbolic.evaluate(node, 5)
    if isinstance(value, Fraction | numeric.Ball):
        return [node]
    if numeric.has_no_value(value):
        return []
    raise _Unknown


@cache
def _is_beyond(ends: Sequence[Node], target: Node) -> bool:
    """Is a value certainly not between two bounds?"""
    gaps = zip((1, -1), ends)
    return any(end not in _INFINITE and _sign(Call("-", (target, end))) == -side for side, end in gaps)


def _of_pieces(pieces: Sequence[Node], target: Node, budget: list[int]) -> list[Node]:
    """The arguments for which what a function is below 0, at 0 and above 0 may be ``target``."""
    below, at, above = pieces
    found = [] if _sign(Call("-", (at, target))) in (-1, 1) else [_ZERO]
    return found + [place for each in (below, above) for place in _preimages(each, target, _X.name, budget)]


@cache
def _inverses(function: str) -> tuple[Node, ...]:
    """Trees that give every argument with the value x, and perhaps others; where they have no value there is none.

    A periodic function's inverse gives one of infinitely many.
    """
    inverse = None if function in ROWS and ROWS[function].period else column(function, "inverse")
    return listed(function, "preimages") or (() if inverse is None else (inverse,))


def _at(tree: Node, target: Node) -> list[Node]:
    return _defined(substitute(tree, {_X: target}))


def _may_be_zero(root: Node, name: str, place: Node) -> bool:
    value = symbolic.evaluate(substitute(root, {Name(name): place}), 5)
    if isinstance(value, numeric.Undefined):
        return value.kind == "too-large"
    return not numeric.sign(value) if isinstance(value, Fraction | numeric.Ball) else True


def _tidy(place: Node) -> Node:
    value = numeric.evaluate(place, limit=60)
    if isinstance(value, Fraction) and max(abs(value.numerator), value.denominator) < _LONG:
        return rational(value)
    return symbolic.from_sympy(symbolic.to_sympy(place))


def _in_order(places: list[Node]) -> list[Node]:
    """Sorted, and of those that no precision tells apart the shortest."""

    def compare(a: Node, b: Node) -> int:
        return _sign(Call("-", (a, b))) or 0

    result: list[Node] = []
    for place in sorted(sorted(places, key=operations), key=cmp_to_key(compare)):
        if not result or compare(result[-1], place):
            result.append(place)
    return result


def _rationals(coefficients: Sequence[Any]) -> list[Fraction] | None:
    if not all(each.is_Rational for each in coefficients):
        return None
    return [symbolic.as_fraction(each) for each in coefficients]


def _polynomial(coefficients: list[Fraction]) -> Any:
    """FLINT's polynomial with whole coefficients, a multiple of the one given highest first."""
    return flint.fmpq_poly([flint.fmpq(c.numerator, c.denominator) for c in reversed(coefficients)]).numer()


def vanishing(tree: Node) -> list[Node]:
    """What an expression is 0 with: its factors, without powers and functions that are 0 at 0 only."""
    if isinstance(tree, Call) and tree.function == "*":
        return [part for each in tree.args for part in vanishing(each)]
    if isinstance(tree, Call) and (tree.function in ("**", "neg") or _is_zero_at_zero(tree.function)):
        return vanishing(tree.args[0])
    return [tree] if names_in(tree) else []


def _is_zero_at_zero(function: str) -> bool:
    """Is a function 0 at 0 only?"""
    beside = listed(function, "pieces")[::2]
    steps = bool(beside) and not any(names_in(each) or each is Number(0) for each in beside)
    inverse = None if function not in ROWS or ROWS[function].period else column(function, "inverse")
    if inverse is None and function != "neg" and len(listed(function, "preimages")) == 1:
        (inverse,) = listed(function, "preimages")
    one_to_one = inverse is not None and symbolic.evaluate(substitute(inverse, {_X: Number(0)})) == 0
    return steps or one_to_one or listed(function, "zeros") == (Number(0),)
