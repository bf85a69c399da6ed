"""Exact real constants in normal form, and their arithmetic: sums of products of rational powers of atoms.

    (of(parse("sqrt(2)").node) * of(parse("sqrt(6)").node)).terms        # 2*3**(1/2)

A rational is a ``Fraction``; any other constant is a ``Constant``, a polynomial with rational exponents in *atoms*:
primes, E, pi, log(2), sin(1), parameters, sums that were divided by. Arithmetic keeps it in that normal form, in
which most zeros show; ``constants`` finds the others.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import isqrt

import sympy
from sympy.core.numbers import igcd

from calcgrad.calculus.arithmetic import over, plus, scaled, times
from calcgrad.expression.tree import (
    Call,
    E,
    Node,
    Number,
    names_in,
    operations,
    postorder,
    product,
    rational,
    text,
)

FACTORED = 10**6  # integers up to here are split into primes
LARGEST_BITS = 4_000  # bits of a rational; beyond, exact arithmetic is no way to go on
_WRITTEN = 333  # bits of an integer that is written out: a hundred digits
MOST_TERMS = 250
_LARGEST_SUM = 500  # operations of a sum that is taken for an atom

ZERO, ONE = Fraction(0), Fraction(1)
Monomial = frozenset[tuple[Node, Fraction]]
UNIT: Monomial = frozenset()


class Undecided(Exception):
    """The question could not be settled; ``args[0]`` says which one."""


class NotReal(Exception):
    """There is no real value; ``kind`` is undefined or not-real."""

    def __init__(self, kind: str, what: str = "") -> None:
        super().__init__(what or kind)
        self.kind = kind


class Depends(Undecided):
    """The sign of a constant depends on a parameter; ``constant`` is what has to be known."""

    def __init__(self, constant: Constant) -> None:
        super().__init__(f"it depends on the sign of {text(tree(constant))}")
        self.constant = constant


class Constant:
    """``terms``: the rational coefficient of each product of powers of atoms, none of them zero."""

    __slots__ = ("_sign", "_tree", "terms")

    def __init__(self, terms: dict[Monomial, Fraction]) -> None:
        self.terms = terms
        self._sign: int | None = None
        self._tree: Node | None = None

    def __add__(self, other: Exact) -> Exact:
        if isinstance(other, Constant) and len(self.terms) + len(other.terms) > MOST_TERMS:
            return _sum(_whole(self), _whole(other)) if self != -other else ZERO
        return _sum(self, other)

    __radd__ = __add__

    def __neg__(self) -> Constant:
        return Constant({monomial: -coefficient for monomial, coefficient in self.terms.items()})

    def __sub__(self, other: Exact) -> Exact:
        return self + (-other)

    def __rsub__(self, other: Exact) -> Exact:
        return -self + other

    def __mul__(self, other: Exact) -> Exact:
        if isinstance(other, Constant) and len(self.terms) * len(other.terms) > MOST_TERMS:
            return _whole(self) * _whole(other)
        if isinstance(other, Constant) and (divided := _divided(self, other) or _divided(other, self)):
            return divided
        terms: dict[Monomial, Fraction] = {}
        for one, a in self.terms.items():
            for two, b in terms_of(other).items():
                monomial, factor = _product(one, two)
                total = terms.get(monomial, ZERO) + a * b * factor
                if total:
                    terms[monomial] = total
                else:
                    terms.pop(monomial, None)
        return normal(terms)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __repr__(self) -> str:
        return text(tree(self))


Exact = Fraction | Constant


def terms_of(value: Exact) -> dict[Monomial, Fraction]:
    if isinstance(value, Constant):
        return value.terms
    return {UNIT: value} if value else {}


def normal(terms: dict[Monomial, Fraction]) -> Exact:
    if cosines:
        terms = by_pythagoras(terms, cosines)
    if not terms:
        return ZERO
    if len(terms) == 1 and UNIT in terms:
        return bounded(terms[UNIT])
    if len(terms) > MOST_TERMS:
        raise Undecided("a constant became too large")
    return Constant({monomial: bounded(coefficient) for monomial, coefficient in terms.items()})


def _sum(one: Constant, other: Exact) -> Exact:
    terms = dict(one.terms)
    for monomial, coefficient in terms_of(other).items():
        total = terms.get(monomial, ZERO) + coefficient
        if total:
            terms[monomial] = total
        else:
            del terms[monomial]
    return normal(terms)


def _divided(value: Constant, by: Constant) -> Exact | None:
    """A sum times a single term that divides by a rational multiple of it; None for others."""
    if len(by.terms) > 1 or len(value.terms) == 1:
        return None
    ((monomial, coefficient),) = by.terms.items()
    for node, exponent in monomial:
        if exponent <= -1 and (ratio := _multiple(value, node)) is not None:
            left, factor = _product(monomial, frozenset({(node, ONE)}))
            return normal({left: coefficient * ratio * factor})
    return None


def _multiple(value: Constant, node: Node) -> Fraction | None:
    """The rational number that a sum is, times one that was taken for an atom: without its content, or as it was."""
    if not isinstance(node, Call) or node.function not in ("+", "-") or _summands(node) != len(value.terms):
        return None
    factor = content(value)
    return next((each for each in (factor, -factor, ONE) if tree(value * (1 / each)) == node), None)


def _summands(node: Node) -> int:
    found = 1
    while isinstance(node, Call) and node.function in ("+", "-"):
        found, node = found + 1, node.args[0]
    return found


def _whole(value: Constant) -> Constant:
    """A sum as an atom of its own, not to be multiplied out."""
    if len(value.terms) == 1:
        return value
    if operations(tree(value)) > _LARGEST_SUM:
        raise Undecided("a constant became too large")
    return atom(tree(value))


def bounded(value: Fraction) -> Fraction:
    if max(abs(value.numerator), value.denominator).bit_length() > LARGEST_BITS:
        raise Undecided("a rational became too large")
    return value


def _product(one: Monomial, two: Monomial) -> tuple[Monomial, Fraction]:
    """The product of two monomials, and the rational that whole powers of numbers leave."""
    if not one or not two:
        return one or two, ONE
    powers = dict(one)
    for atom, exponent in two:
        powers[atom] = powers.get(atom, ZERO) + exponent
    return collected(powers)


def collected(powers: dict[Node, Fraction]) -> tuple[Monomial, Fraction]:
    factor = ONE
    kept = []
    for atom, exponent in powers.items():
        if is_alternating(atom) and exponent.denominator == 1:
            exponent %= 2
        if isinstance(atom, Number) and exponent and not is_giant(atom):
            whole = exponent.numerator // exponent.denominator
            if abs(whole) * int(atom.value).bit_length() > LARGEST_BITS:
                raise Undecided("a power became too large")
            factor *= Fraction(atom.value) ** whole
            exponent -= whole
        if exponent:
            kept.append((atom, exponent))
    return frozenset(kept), factor


def is_giant(node: Number) -> bool:
    """Would it fill a line? Such a number stays as it was typed: 1e400."""
    value = Fraction(node.value)
    return max(abs(value.numerator), value.denominator).bit_length() > _WRITTEN


cosines: dict[Node, Node] = {}  # of phases, with the sine that belongs to each


def by_pythagoras(terms: dict[Monomial, Fraction], sines: dict[Node, Node]) -> dict[Monomial, Fraction]:
    """cos**2 written as 1 - sin**2, so that equal polynomials are the same; ``sines`` has the one for each cosine."""
    while True:
        found = next(
            ((m, n, e) for m in terms for n, e in m if n in sines and e >= 2 and e.denominator == 1), None
        )
        if found is None:
            return terms
        monomial, cosine, exponent = found
        terms = dict(terms)
        coefficient = terms.pop(monomial)
        powers = dict(monomial)
        powers[cosine] = exponent - 2
        fewer, _ = collected(powers)
        powers[sines[cosine]] = powers.get(sines[cosine], ZERO) + 2
        squared, _ = collected(powers)
        for made, change in ((fewer, coefficient), (squared, -coefficient)):
            total = terms.get(made, ZERO) + change
            if total:
                terms[made] = total
            else:
                terms.pop(made, None)


def rational_part(value: Exact) -> Fraction:
    """The term of a sum that is rational."""
    return terms_of(value).get(UNIT, ZERO)


def atom(node: Node, exponent: Fraction = ONE) -> Constant:
    return Constant({frozenset({(node, exponent)}): ONE})


def tree(value: Exact) -> Node:
    """The constant as an expression."""
    if isinstance(value, Fraction):
        return rational(value)
    if value._tree is None:
        shown = sorted(
            ((product_tree(monomial), coefficient) for monomial, coefficient in value.terms.items()),
            key=lambda pair: text(pair[0]),
        )
        if len(shown) == 1 and shown[0][1] == 1:
            value._tree = shown[0][0]  # as it was typed: 1e400
            return value._tree
        value._tree = plus(
            (1 if c > 0 else -1, scaled(abs(c), None if node is Number(1) else node)) for node, c in shown
        )
    return value._tree


def product_tree(monomial: Monomial) -> Node:
    above: list[Node] = []
    below: list[Node] = []
    for node, exponent in sorted(monomial, key=lambda pair: text(pair[0])):
        size = abs(exponent)
        made: Node
        if node is E and exponent != 1:
            above.append(Call("exp", (rational(exponent),)))
            continue
        if isinstance(node, Call) and node.function == "exp":
            above.append(node if exponent == 1 else Call("exp", (times(rational(exponent), node.args[0]),)))
            continue
        if size == 1:
            made = node
        elif size == Fraction(1, 2):
            made = Call("sqrt", (node,))
        else:
            made = Call("**", (node, rational(size)))
        (above if exponent > 0 else below).append(made)
    top = _multiplied(above) if above else Number(1)
    if not below:
        return top
    under = _multiplied(below)
    return Call("/", (top, under)) if any(map(_is_typed, (*above, *below))) else over(top, under)


def _is_typed(node: Node) -> bool:
    return isinstance(node, Number) and is_giant(node)


def _multiplied(parts: list[Node]) -> Node:
    """The product, with giants as they were typed."""
    return product(parts) if len(parts) == 1 or any(map(_is_typed, parts)) else times(*parts)


def shared_powers(value: Constant) -> dict[Node, Fraction]:
    """The powers of atoms that all terms of a sum share."""
    first, *others = (dict(monomial) for monomial in value.terms)
    found = {}
    for node, exponent in first.items():
        powers = [exponent, *(each.get(node, ZERO) for each in others)]
        least, most = min(powers), max(powers)
        if least > 0 or most < 0:
            found[node] = least if least > 0 else most if isinstance(node, Number) else least
    return found


def conjugate(value: Constant) -> Constant | None:
    """a - b*sqrt(n) for a + b*sqrt(n), whose product is rational; None for other sums."""
    if len(value.terms) != 2:
        return None
    roots = [m for m in value.terms if m and all(isinstance(node, Number) for node, _ in m)]
    squares = [m for m in roots if all(exponent == Fraction(1, 2) for _, exponent in m)]
    if len(squares) != 1 or set(value.terms) != {UNIT, squares[0]}:
        return None
    return Constant({m: -c if m else c for m, c in value.terms.items()})


def content(value: Constant) -> Fraction:
    """The rational factor that is taken out of a sum, so that its multiples share one atom."""
    parts = list(value.terms.values())
    top = igcd(*(abs(c.numerator) for c in parts)) if len(parts) > 1 else abs(parts[0].numerator)
    bottom = 1
    for c in parts:
        bottom = bottom * c.denominator // igcd(bottom, c.denominator)
    return Fraction(int(top), int(bottom))


MINUS_ONE = rational(-ONE)


def is_alternating(node: Node) -> bool:
    """(-1)**n"""
    return isinstance(node, Call) and node.function == "**" and node.args[0] is MINUS_ONE


def alternates(value: Constant) -> Node | None:
    """n for the constant (-1)**n."""
    (monomial, *more) = value.terms
    match list(monomial):
        case [(node, exponent)] if not more and exponent == 1 and is_alternating(node):
            assert isinstance(node, Call)
            return node.args[1]
    return None


@lru_cache(maxsize=1024)
def primes_of(value: Fraction) -> dict[int, int]:
    """The factors of a positive rational with their exponents; large numbers stay whole."""
    found: dict[int, int] = {}
    for number, direction in ((value.numerator, 1), (value.denominator, -1)):
        if number == 1:
            continue
        if number > FACTORED:
            side = isqrt(number)
            parts = {side: 2} if side * side == number and side > FACTORED else {number: 1}
            if side * side == number and side <= FACTORED:
                parts = {int(p): 2 * int(k) for p, k in sympy.factorint(side).items()}
        else:
            parts = {int(p): int(k) for p, k in sympy.factorint(number).items()}
        for prime, count in parts.items():
            found[prime] = found.get(prime, 0) + direction * count
    return {prime: count for prime, count in found.items() if count}


def ratio_of(one: Constant, other: Constant) -> Fraction | None:
    """The rational number that one constant is, times another."""
    if one.terms.keys() != other.terms.keys():
        return None
    ratios = {coefficient / other.terms[monomial] for monomial, coefficient in one.terms.items()}
    return ratios.pop() if len(ratios) == 1 else None


def is_rational(value: Constant) -> bool:
    """Is it a rational function of its parameters?"""
    return all(is_rational_power(node, exponent) for monomial in value.terms for node, exponent in monomial)


def is_rational_power(node: Node, exponent: Fraction) -> bool:
    """Is a power of an atom a rational function of parameters, with numbers that have names?"""
    if not names_in(node):
        return True
    whole = {"+", "-", "*", "/", "neg"}
    return exponent.denominator == 1 and all(
        not isinstance(each, Call)
        or each.function in whole
        or not names_in(each)
        or (
            each.function == "**"
            and isinstance(each.args[1], Number)
            and Fraction(each.args[1].value).denominator == 1
        )
        for each in postorder(node)
    )
