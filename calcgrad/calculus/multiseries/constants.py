"""Exact real constants: sums of products of rational powers of what has no shorter name.

    (of(parse("sqrt(2)").node) * of(parse("sqrt(6)").node)).terms        # 2*3**(1/2)

A rational is a ``Fraction``; any other constant is a ``Constant``, a polynomial with rational exponents in *atoms*:
primes, E, pi, log(2), sin(1), parameters, sums that were divided by. Arithmetic keeps it in that normal form, in
which most zeros show. The others are found by enclosures of growing precision, which separate a constant from zero,
or by algebra, which proves that it is zero; where neither does, the sign is ``Undecided``. Nothing is sampled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cmp_to_key, lru_cache
from itertools import count as whole_numbers
from math import isqrt
from typing import Any

import sympy
from sympy.core.numbers import igcd

from calcgrad.calculus import numeric, symbolic
from calcgrad.calculus.arithmetic import alternating, over, plus, scaled, times
from calcgrad.expression.columns import has
from calcgrad.expression.tree import (
    EULER_GAMMA,
    PI,
    Call,
    E,
    Name,
    Node,
    Number,
    names_in,
    operations,
    postorder,
    product,
    rational,
    substitute,
    text,
)

_FACTORED = 10**6  # integers up to here are split into primes
_LARGEST = 4_000  # bits of a rational; beyond, exact arithmetic is no way to go on
_WRITTEN = 333  # bits of an integer that is written out: a hundred digits
_LARGEST_EXPONENT = 1_000  # of an atom, beyond which its power is not multiplied out
_MOST_TERMS = 250
_SPLIT = 2  # the longest sum that a logarithm or a value of algebra's is written as: powers of longer ones are too long
_LARGEST_SUM = 500  # operations of a sum that is taken for an atom
_DIGITS = (30, 200)  # of the enclosures that separate a constant from zero
_PROVED = 80  # operations of a constant that algebra is asked about

ZERO, ONE = Fraction(0), Fraction(1)
Monomial = frozenset[tuple[Node, Fraction]]
_UNIT: Monomial = frozenset()


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
        if isinstance(other, Constant) and len(self.terms) + len(other.terms) > _MOST_TERMS:
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
        if isinstance(other, Constant) and len(self.terms) * len(other.terms) > _MOST_TERMS:
            return _whole(self) * _whole(other)
        if isinstance(other, Constant) and (divided := _divided(self, other) or _divided(other, self)):
            return divided
        terms: dict[Monomial, Fraction] = {}
        for one, a in self.terms.items():
            for two, b in _terms(other).items():
                monomial, factor = _product(one, two)
                total = terms.get(monomial, ZERO) + a * b * factor
                if total:
                    terms[monomial] = total
                else:
                    terms.pop(monomial, None)
        return _made(terms)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __repr__(self) -> str:
        return text(tree(self))


Exact = Fraction | Constant


def _terms(value: Exact) -> dict[Monomial, Fraction]:
    if isinstance(value, Constant):
        return value.terms
    return {_UNIT: value} if value else {}


def _made(terms: dict[Monomial, Fraction]) -> Exact:
    if _cosines:
        terms = _by_pythagoras(terms)
    if not terms:
        return ZERO
    if len(terms) == 1 and _UNIT in terms:
        return _small(terms[_UNIT])
    if len(terms) > _MOST_TERMS:
        raise Undecided("a constant became too large")
    return Constant({monomial: _small(coefficient) for monomial, coefficient in terms.items()})


def _sum(one: Constant, other: Exact) -> Exact:
    terms = dict(one.terms)
    for monomial, coefficient in _terms(other).items():
        total = terms.get(monomial, ZERO) + coefficient
        if total:
            terms[monomial] = total
        else:
            del terms[monomial]
    return _made(terms)


def _divided(value: Constant, by: Constant) -> Exact | None:
    """A sum times a single term that divides by a rational multiple of it; None for others."""
    if len(by.terms) > 1 or len(value.terms) == 1:
        return None
    ((monomial, coefficient),) = by.terms.items()
    for node, exponent in monomial:
        is_sum = exponent <= -1 and isinstance(node, Call) and node.function in ("+", "-")
        if is_sum and (ratio := _ratio(value, Constant(_terms(of(node))))) is not None:
            left, factor = _product(monomial, frozenset({(node, ONE)}))
            return _made({left: coefficient * ratio * factor})
    return None


def cancelled(value: Exact) -> Exact:
    """Several fractions with sums of parameters below them as one, in its lowest terms."""
    if not isinstance(value, Constant) or len(value.terms) == 1 or phases_in(value):
        return value
    below = [node for monomial in value.terms for node, exponent in monomial if exponent < 0]
    if not any(isinstance(node, Call) and node.function in ("+", "-") and names_in(node) for node in below):
        return value
    try:
        parts = sympy.fraction(sympy.cancel(symbolic.to_sympy(tree(value))))
        top, bottom = (of(symbolic.from_sympy(each)) for each in parts)
        if isinstance(bottom, Fraction) or len(bottom.terms) == 1:
            return top * inverse(bottom)
        factor = content(bottom)
        return top * atom(tree(bottom * (1 / factor)), Fraction(-1)) * (1 / factor)
    except (*symbolic.FAILURES, symbolic.NoClosedForm, NotReal, Undecided, sympy.PolynomialError):
        return value


def _whole(value: Constant) -> Constant:
    """A sum as an atom of its own, not to be multiplied out."""
    if len(value.terms) == 1:
        return value
    if operations(tree(value)) > _LARGEST_SUM:
        raise Undecided("a constant became too large")
    return atom(tree(value))


def _small(value: Fraction) -> Fraction:
    if max(abs(value.numerator), value.denominator).bit_length() > _LARGEST:
        raise Undecided("a rational became too large")
    return value


def _product(one: Monomial, two: Monomial) -> tuple[Monomial, Fraction]:
    """The product of two monomials, and the rational that whole powers of numbers leave."""
    if not one or not two:
        return one or two, ONE
    powers = dict(one)
    for atom, exponent in two:
        powers[atom] = powers.get(atom, ZERO) + exponent
    return _collected(powers)


def _collected(powers: dict[Node, Fraction]) -> tuple[Monomial, Fraction]:
    factor = ONE
    kept = []
    for atom, exponent in powers.items():
        if _is_alternating(atom) and exponent.denominator == 1:
            exponent %= 2
        if isinstance(atom, Number) and exponent and not _is_giant(atom):
            whole = exponent.numerator // exponent.denominator
            if abs(whole) * int(atom.value).bit_length() > _LARGEST:
                raise Undecided("a power became too large")
            factor *= Fraction(atom.value) ** whole
            exponent -= whole
        if exponent:
            kept.append((atom, exponent))
    return frozenset(kept), factor


def _is_giant(node: Number) -> bool:
    """Would it fill a line? Such a number stays as it was typed: 1e400."""
    value = Fraction(node.value)
    return max(abs(value.numerator), value.denominator).bit_length() > _WRITTEN


# ------------------------------------------------------------------------------------------------------- phases

_PHASE = "phase "  # no user's name begins so
_TURN = Fraction(6_283_186, 10**6)  # a little more than 2*pi
_MOST_BOXES = 500  # enclosures of one constant over all its phases,
_MOST_ENCLOSED = 20_000  # and operations in all of them together
_NARROWEST = Fraction(1, 2**40)  # of a side of one of these
_cosines: dict[Node, Node] = {}  # of phases, with the sine that belongs to each


class OfPhase(Undecided):
    """The sign of a constant is not the same for all phases, or is not known to be; ``constant`` is it."""

    def __init__(self, constant: Constant, why: str) -> None:
        super().__init__(why)
        self.constant = constant


class Wavers(OfPhase):
    """A constant that is positive for some phases and negative for others; phases may be tied so that it never is."""


Arc = tuple[Fraction, Fraction]
_arcs: dict[str, Arc] = {}  # of phases that are kept to a part of the circle, or of [0, 1)


def turning(index: int, arc: Arc | None = None) -> tuple[Constant, Constant]:
    """Sine and cosine of an angle that takes every value, again and again; or of one that is kept to an arc."""
    name = Name(_within(f"{_PHASE}angle {index}", arc))
    sine, cosine = Call("sin", (name,)), Call("cos", (name,))
    _cosines[cosine] = sine
    return atom(sine), atom(cosine)


def fraction_part(index: int, arc: Arc | None = None) -> Constant:
    """A fractional part that takes every value from 0 up to 1, again and again; or one that is kept to a part."""
    return atom(Name(_within(f"{_PHASE}fraction {index}", arc)))


def _within(name: str, arc: Arc | None) -> str:
    if arc is None:
        return name
    made = f"{name} in {arc[0]} {arc[1]}"
    _arcs[made] = arc
    return made


def index_of(name: str) -> int:
    return int(name.split()[2])


def is_angle(name: str) -> bool:
    return name.split()[1] == "angle"


def _whole_range(name: str) -> Arc:
    return _arcs.get(name, (ZERO, _TURN if is_angle(name) else ONE))


@lru_cache(maxsize=1024)
def hull(value: Exact) -> Any:
    """A ball that holds a constant for all its phases; None where none is known."""
    node = tree(value)
    if phases_in(value) != names_in(node):
        return None
    env = {name: numeric.Ball(*_middle(*_whole_range(name))) for name in names_in(node)}
    found = numeric.ball(node, env, 20)
    return numeric.as_arb(found) if isinstance(found, Fraction | numeric.Ball) else None


def is_somewhere_not_zero(value: Exact) -> bool:
    """Is it proved at a single choice of its phases? For what is asked of an identity, before all of them are."""
    names = phases_in(value)
    if not names or names != names_in(node := tree(value)):
        return False
    env = {}
    for k, name in enumerate(sorted(names), 3):
        low, high = _whole_range(name)
        env[name] = numeric.Ball(*_middle(place := low + (high - low) / k, place))
    return numeric.sign(numeric.ball(node, env, 20)) in (-1, 1)


def phases_in(value: Exact) -> frozenset[str]:
    names = names_in(tree(value)) if isinstance(value, Constant) else frozenset()
    return frozenset(name for name in names if name.startswith(_PHASE))


def parameters_in(value: Exact) -> frozenset[str]:
    """Its names that are no phases."""
    return names_in(tree(value)) - phases_in(value) if isinstance(value, Constant) else frozenset()


def _by_pythagoras(terms: dict[Monomial, Fraction]) -> dict[Monomial, Fraction]:
    """cos**2 of a phase written as 1 - sin**2, so that equal polynomials are the same."""
    while True:
        found = next(
            ((m, n, e) for m in terms for n, e in m if n in _cosines and e >= 2 and e.denominator == 1), None
        )
        if found is None:
            return terms
        monomial, cosine, exponent = found
        terms = dict(terms)
        coefficient = terms.pop(monomial)
        powers = dict(monomial)
        powers[cosine] = exponent - 2
        fewer, _ = _collected(powers)
        powers[_cosines[cosine]] = powers.get(_cosines[cosine], ZERO) + 2
        squared, _ = _collected(powers)
        for made, change in ((fewer, coefficient), (squared, -coefficient)):
            total = terms.get(made, ZERO) + change
            if total:
                terms[made] = total
            else:
                terms.pop(made, None)


def _middle(low: Fraction, high: Fraction) -> tuple[Any, Any]:
    """Midpoint and radius of an interval, the radius rounded up."""
    mid, rad = (low + high) / 2, (high - low) / 2 + Fraction(1, 10**15)
    return numeric.mp.mpf(mid.numerator) / mid.denominator, numeric.mp.mpf(rad.numerator) / rad.denominator


def _enclosures(
    node: Node, phases: frozenset[str], settled: Callable[[numeric.Value], bool]
) -> Iterator[numeric.Value]:
    """Values of a constant over boxes that cover all its phases, each halved until it is ``settled``; Undecided where
    one never is."""
    names = sorted(phases)
    boxes = deque([[_whole_range(name) for name in names]])
    for _ in range(min(_MOST_BOXES, _MOST_ENCLOSED // (1 + operations(node)))):
        if not boxes:
            return
        box = boxes.popleft()
        env = {name: numeric.Ball(*_middle(*sides)) for name, sides in zip(names, box, strict=True)}
        value = numeric.ball(node, env, 20)
        if settled(value):
            yield value
            continue
        widest = max(range(len(box)), key=lambda i: box[i][1] - box[i][0])
        low, high = box[widest]
        if high - low < _NARROWEST:
            break
        middle = (low + high) / 2
        for part in ((low, middle), (middle, high)):
            boxes.append([*box[:widest], part, *box[widest + 1 :]])
    raise Undecided(f"what is {text(node)} for all phases?")


@lru_cache(maxsize=1024)
def _signs_over_phases(value: Constant) -> frozenset[int]:
    """The signs that a constant may have, all of them where they are few, none where they are not known: by enclosures
    over boxes that cover its phases, or by algebra, never by trying some."""
    if (ends := extent(value)) is not None:
        low, high = map(sign, ends)
        return frozenset({low, high} if low == high or low * high < 0 else {low, high, 0})
    node, seen = tree(value), set[int]()
    try:
        for each in _enclosures(node, phases_in(value), lambda each: numeric.sign(each) in (-1, 1)):
            seen.add(numeric.sign(each) or 0)
            if len(seen) == 2:
                break
    except Undecided:
        return _signs_by_harmonics(value) or _signs_by_algebra(value)
    return frozenset(seen)


def signs_over_phases(value: Constant) -> tuple[int, ...]:
    """The signs that a constant may have; that of one which comes to zero without reaching it is here another one."""
    signs = _signs_over_phases(value)
    if len(phases_in(value)) == 1 and (ends := _ends_of_fraction(value)) is not None:
        low, high = map(sign, ends)
        signs = frozenset({low} | ({high} - {0}) | ({0} if low * high < 0 else set()))
    elif {-1, 1} <= signs or not signs:
        signs = _ANY
    return tuple(sorted(signs, reverse=True))


def _signs_by_harmonics(value: Constant) -> frozenset[int]:
    """That of the mean over all phases, where it outweighs all waves together; none where it does not."""
    if (waves := harmonics(value)) is None:
        return frozenset()
    sizes: dict[tuple[int, ...], list[Any]] = {}
    for key, wave in waves.items():
        balls = [numeric.ball(tree(part), {}, 20) for part in wave if part != 0]
        sizes[key] = [numeric.as_arb(ball) for ball in balls if isinstance(ball, Fraction | numeric.Ball)]
        if len(sizes[key]) < len(balls):
            return frozenset()
    mean = sum(sizes.pop((0,) * len(phases_in(value)), []))
    beside = sum(sum(each * each for each in parts).sqrt() for parts in sizes.values() if parts)
    if not abs(mean) > beside:
        return frozenset()
    return frozenset({1 if mean > 0 else -1})


def _signs_by_algebra(value: Constant) -> frozenset[int]:
    """Those of a rational function of one fraction, or of the sine and cosine of one angle, by its real zeros; none
    where they are not known."""
    names = phases_in(value)
    try:
        if len(names) == 1 and not names & _arcs.keys() and (node := _in_one_name(value)) is not None:
            parts = sympy.fraction(sympy.together(symbolic.to_sympy(node)))
            top, bottom = (sympy.Poly(each, symbolic.symbol(_ONLY), domain="QQ") for each in parts)
            return _signs_on_line(top, bottom) if is_angle(*names) else _signs_on_unit(top, bottom)
        vanishes = (
            not is_somewhere_not_zero(value) and symbolic.is_zero(symbolic.to_sympy(tree(value))) is True
        )
    except (*symbolic.FAILURES, sympy.PolynomialError):
        return frozenset()
    return frozenset({0} if vanishes else {})


def _signs_on_line(top: sympy.Poly, bottom: sympy.Poly) -> frozenset[int]:
    """Of a quotient on the line and at infinity, without poles."""
    if top.is_zero or bottom.count_roots():
        return frozenset({0} if top.is_zero else {})
    factors = [(each.count_roots(), times_) for each, times_ in top.sqf_list()[1]]
    if any(count and times_ % 2 for count, times_ in factors):
        return frozenset({-1, 1})
    side = 1 if top.LC() * bottom.LC() > 0 else -1
    return frozenset(
        {side, 0} if top.degree() < bottom.degree() or any(count for count, _ in factors) else {side}
    )


def _signs_on_unit(top: sympy.Poly, bottom: sympy.Poly) -> frozenset[int]:
    """Of a quotient from 0 to 1, both with it, without poles."""
    if top.is_zero or bottom.count_roots(0, 1):
        return frozenset({0} if top.is_zero else {})
    inside = [
        (each.count_roots(0, 1) - sum(each.eval(end) == 0 for end in (0, 1)), times_)
        for each, times_ in top.sqf_list()[1]
    ]
    if any(count and times_ % 2 for count, times_ in inside):
        return frozenset({-1, 1})
    place = next(Fraction(1, n) for n in whole_numbers(2) if top.eval(sympy.Rational(1, n)))
    at = sympy.Rational(place.numerator, place.denominator)
    side = 1 if top.eval(at) * bottom.eval(at) > 0 else -1
    touches = any(count for count, _ in inside) or not (top.eval(0) and top.eval(1))
    return frozenset({side, 0} if touches else {side})


_ONLY = "s_0"  # no user's name: a phase, or the tangent of half of it


def _in_one_name(value: Constant) -> Node | None:
    """A rational function of one phase with the name ``_ONLY`` for a fraction, or for the tangent of half an angle;
    None for others."""
    (name,) = phases_in(value)
    s = Name(_ONLY)
    if is_angle(name):
        square = Call("+", (Number(1), Call("**", (s, Number(2)))))
        put: dict[Node, Node] = {
            Call("sin", (Name(name),)): Call("/", (Call("*", (Number(2), s)), square)),
            Call("cos", (Name(name),)): Call("-", (Call("/", (Number(2), square)), Number(1))),
        }
    else:
        put = {Name(name): s}
    made = substitute(tree(value), put)
    return made if names_in(made) == {_ONLY} and _is_rational(made, ONE) else None


def is_inside(fraction: Exact) -> bool:
    """Does a fraction keep away from 0 and 1, for all phases?"""
    try:
        return sign(fraction) > 0 and sign(ONE - fraction) > 0
    except Undecided:
        return False


def _ends_of_fraction(value: Constant) -> tuple[Exact, Exact] | None:
    """What a constant that is linear in one fraction has at 0, which is taken, and at 1, which is not."""
    (name, *more) = phases_in(value)
    if more or is_angle(name) or name in _arcs:
        return None
    low, high = (at_phases(value, {name: end}) for end in (ZERO, ONE))
    return (low, high) if value == low + atom(Name(name)) * (high - low) else None


def _modulus(value: Constant) -> tuple[Exact, Exact, Exact] | None:
    """a, c and u of a constant a + c*abs(u), where u alone depends on phases."""
    still: Exact = ZERO
    found: tuple[Exact, Exact] | None = None
    for monomial, coefficient in value.terms.items():
        fixed = frozenset(pair for pair in monomial if not phases_in(atom(pair[0])))
        factor = Constant({fixed: coefficient}) * ONE
        match list(monomial - fixed):
            case []:
                still = still + factor
            case [(Call("abs", (inner,)), exponent)] if exponent == 1 and found is None:
                found = factor, of(inner)
            case _:
                return None
    return None if found is None else (still, *found)


def _extent_of_modulus(still: Exact, factor: Exact, inner: Exact) -> tuple[Exact, Exact] | None:
    ends = extent(inner) if isinstance(inner, Constant) else None
    if ends is None:
        return None
    one, other = (end if sign(end) >= 0 else -end for end in ends)
    high = one if sign(one - other) >= 0 else other
    low = ZERO if sign(ends[0]) * sign(ends[1]) <= 0 else one + other - high
    made = still + low * factor, still + high * factor
    return made if sign(factor) > 0 else (made[1], made[0])


def extent(value: Constant) -> tuple[Exact, Exact] | None:
    """The least and the greatest value over one phase, where it is a simple polynomial in its sine and cosine."""
    phases = phases_in(value)
    if len(phases) != 1 or phases & _arcs.keys():
        return None
    if (modulus := _modulus(value)) is not None:
        return _extent_of_modulus(*modulus)
    if (parts := _by_powers(value)) is None:
        return None
    a, b, c, d, e = (parts.pop(key, ZERO) for key in ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1)))
    if parts:
        return None
    half = Fraction(1, 2)
    if d == 0 and e == 0:
        reach = power(b * b + c * c, half)
        return a - reach, a + reach
    if b == 0 and c == 0:
        reach = power(d * d + e * e, half) * half
        return a + d * half - reach, a + d * half + reach
    if c == 0 and e == 0:
        ends = [a - b + d, a + b + d]
        turn = -b * inverse(d) * half
        if sign(ONE - turn * turn) > 0:
            ends.append(a + b * turn * half)
        low, high = ends[0], ends[0]
        for end in ends[1:]:
            low = end if sign(end - low) < 0 else low
            high = end if sign(end - high) > 0 else high
        return low, high
    return None


_PLACES = 16  # on the circle, where a constant is looked at
_WIDTHS = Fraction(1, 10**3), Fraction(1, 10**9)  # of what is looked at there


def _by_powers(value: Constant) -> dict[tuple[int, int], Exact] | None:
    """What stands before each sin**i*cos**j of a polynomial in these of one phase; None for others."""
    parts: dict[tuple[int, int], Exact] = {}
    for monomial, coefficient in value.terms.items():
        powers = {"sin": 0, "cos": 0}
        fixed: set[tuple[Node, Fraction]] = set()
        for node, exponent in monomial:
            if not phases_in(atom(node)):
                fixed.add((node, exponent))
            elif (
                (node in _cosines or node in _cosines.values()) and exponent.denominator == 1 and exponent > 0
            ):
                assert isinstance(node, Call)
                powers[node.function] = int(exponent)
            else:
                return None
        key = powers["sin"], powers["cos"]
        parts[key] = parts.get(key, ZERO) + Constant({frozenset(fixed): coefficient}) * ONE
    return parts


Wave = tuple[Exact, Exact]  # real and imaginary part


def harmonics(value: Constant) -> dict[tuple[int, ...], Wave] | None:
    """What stands before exp(i*k*phi) in a polynomial in sines and cosines of several angles, by the multiples k of
    each; None for others."""
    names = sorted(phases_in(value))
    steps: dict[Node, tuple[int, bool]] = {}
    for index, name in enumerate(names):
        if not is_angle(name):
            return None
        steps[Call("sin", (Name(name),))], steps[Call("cos", (Name(name),))] = (index, True), (index, False)
    found: dict[tuple[int, ...], Wave] = {}
    half = Fraction(1, 2)
    for monomial, coefficient in value.terms.items():
        fixed = frozenset((node, e) for node, e in monomial if node not in steps)
        if phases_in(factor := Constant({fixed: coefficient}) * ONE):
            return None
        part: dict[tuple[int, ...], Wave] = {(0,) * len(names): (factor, ZERO)}
        for node, exponent in monomial - fixed:
            if exponent.denominator > 1 or not 0 < exponent <= _LARGEST_HARMONIC:
                return None
            index, is_sine = steps[node]
            for _ in range(int(exponent)):
                made: dict[tuple[int, ...], Wave] = {}
                for key, (re, im) in part.items():
                    for way in (1, -1):  # sin = (e - 1/e)/(2*i)
                        wave = (im * (half * way), re * (-half * way)) if is_sine else (re * half, im * half)
                        _add_wave(made, (*key[:index], key[index] + way, *key[index + 1 :]), wave)
                part = made
        for key, wave in part.items():
            _add_wave(found, key, wave)
    return found


_LARGEST_HARMONIC = 12


def _add_wave(waves: dict[tuple[int, ...], Wave], key: tuple[int, ...], wave: Wave) -> None:
    re, im = waves.get(key, (ZERO, ZERO))
    waves[key] = re + wave[0], im + wave[1]


def varies(value: Exact) -> bool:
    """Does a constant of one phase certainly take different values, each again and again?

    It does where its enclosures over two short arcs have nothing in common.
    """
    phases, node = phases_in(value), tree(value)
    if len(phases) != 1 or phases != names_in(node):
        return False
    (name,) = phases
    low, high = _whole_range(name)
    for width in _WIDTHS:
        seen, reach = list[Any](), width * (high - low)
        for k in range(_PLACES):
            place = low + (high - low) * Fraction(2 * k + 1, 2 * _PLACES)
            found = numeric.ball(node, {name: numeric.Ball(*_middle(place - reach, place + reach))}, 20)
            if isinstance(found, Fraction | numeric.Ball):
                seen.append(numeric.as_arb(found))
        if any(not seen[0].overlaps(each) for each in seen):
            return True
    return False


def rational_part(value: Exact) -> Fraction:
    """The term of a sum that is rational."""
    return _terms(value).get(_UNIT, ZERO)


def floor(value: Exact) -> Exact:
    """The greatest integer at most a constant: a rational where it is the same for all phases."""
    if isinstance(value, Fraction):
        return Fraction(value.numerator // value.denominator)
    part = rational_part(value)
    whole: Exact = Fraction(part.numerator // part.denominator)
    whole = whole + whole_part(value)
    if phases_in(value):
        if (ends := _ends_of_fraction(value)) is not None:
            low, high = map(floor, ends)
            if is_zero(ends[1] - high):  # which is not reached
                high = high - ONE if sign(ends[1] - ends[0]) > 0 else high
            if low == high:
                return low
        if (ball := hull(value)) is not None and (found := ball.floor().unique_fmpz()) is not None:
            return Fraction(int(found))
    left = value - whole
    if isinstance(left, Fraction):
        return Fraction(left.numerator // left.denominator) + whole
    if not phases_in(left) and names_in(tree(left)):
        for k in map(Fraction, _WHOLE):
            if possible_signs(left - k) <= {0, 1} and possible_signs(left - k - ONE) == {-1}:
                return whole + k
    return apply("floor", left) + whole


def at_phases(value: Constant, phases: dict[str, Exact]) -> Exact:
    """The constant with its phases at these places."""
    return of(substitute(tree(value), {Name(name): tree(place) for name, place in phases.items()}))


def is_continuous(value: Constant) -> bool:
    """Is a constant a continuous function of its phases?"""
    jumps = {"sign", "floor", "ceiling", "Heaviside", "acot"}
    return not any(isinstance(each, Call) and each.function in jumps for each in postorder(tree(value)))


def are_independent(values: Sequence[Exact]) -> bool:
    """Is it proved that no sum of whole multiples of these is zero, but for that of zeros?

    They are vectors over products of roots of primes and of powers of one transcendental number, which are linearly
    independent over the rationals (Besicovitch 1940).
    """
    rows = [dict(_terms(value)) for value in values]
    atoms = {node for row in rows for monomial in row for node, _ in monomial}
    others = {node for node in atoms if not isinstance(node, Number)}
    if len(others) > 1 or not all(map(_is_transcendental, others)):
        return False
    if any(isinstance(node, Number) and node.value > _FACTORED for node in atoms):  # which may be no primes
        return False
    while rows:
        row = rows.pop()
        if not row:
            return False
        pivot, coefficient = next(iter(row.items()))
        for other in rows:
            factor = other.get(pivot, ZERO) / coefficient
            for monomial, each in row.items():
                left = other.pop(monomial, ZERO) - factor * each
                if left:
                    other[monomial] = left
    return True


def combination(value: Exact, basis: Sequence[Exact]) -> list[Fraction] | None:
    """Rational multiples of the basis whose sum is a value, by its normal form; None where there are none."""
    unknown = len(basis)
    columns = [dict(_terms(each)) for each in (*basis, value)]
    rows = [
        [column.get(monomial, ZERO) for column in columns]
        for monomial in dict.fromkeys(monomial for column in columns for monomial in column)
    ]
    solved: dict[int, list[Fraction]] = {}  # the row whose pivot is there, cleared of the others' pivots
    for row in rows:
        for pivot, known in solved.items():
            row = [a - row[pivot] * b for a, b in zip(row, known, strict=True)]
        first = next((j for j, each in enumerate(row) if each), None)
        if first == unknown:
            return None
        if first is not None:
            row = [each / row[first] for each in row]
            for pivot, known in solved.items():
                solved[pivot] = [a - known[first] * b for a, b in zip(known, row, strict=True)]
            solved[first] = row
    return [solved[j][unknown] if j in solved else ZERO for j in range(unknown)]


def _is_transcendental(node: Node) -> bool:
    """Lindemann: pi, e, and the logarithms of whole numbers."""
    return node in (PI, E) or (
        isinstance(node, Call) and node.function == "log" and isinstance(node.args[0], Number)
    )


def zeros(value: Constant) -> list[tuple[Exact, ...]]:
    """Where a constant of one phase is zero, as far as there is a formula: fractions, or pairs of sine and cosine."""
    (name,) = phases_in(value)
    angle = is_angle(name)
    if angle and (pairs := _zeros_of_wave(value)) is not None:
        return pairs
    rational_ = _in_one_name(value)
    if rational_ is None:
        return []
    found: list[tuple[Exact, ...]] = []
    try:
        top, _ = sympy.fraction(sympy.together(symbolic.to_sympy(rational_)))
        for factor, _ in sympy.factor_list(top)[1]:
            for root in sympy.roots(factor, symbolic.symbol(_ONLY), multiple=True):
                if not root.is_real:
                    continue
                at = of(symbolic.from_sympy(root))
                if not angle:
                    found += [(at,)] if sign(at) >= 0 and sign(at - ONE) < 0 else []
                    continue
                below = inverse(ONE + at * at)
                found.append((at * below * Fraction(2), below * Fraction(2) - ONE))
    except (*symbolic.FAILURES, symbolic.NoClosedForm, NotReal, Undecided, sympy.PolynomialError):
        return found
    return found


def _zeros_of_wave(value: Constant) -> list[tuple[Exact, ...]] | None:
    """Of a + b*sin + c*cos; None for others."""
    parts = _by_powers(value)
    if parts is None or parts.keys() - {(0, 0), (1, 0), (0, 1)}:
        return None
    a, b, c = (parts.get(key, ZERO) for key in ((0, 0), (1, 0), (0, 1)))
    try:
        square = b * b + c * c
        left = square - a * a
        if sign(left) < 0:
            return []
        below, root_ = inverse(square), power(left, Fraction(1, 2))
        ways = (root_, -root_) if root_ else (root_,)
        return [((-a * b - c * each) * below, (-a * c + b * each) * below) for each in ways]
    except (NotReal, Undecided):
        return None


def _check_over_phases(node: Call) -> None:
    """Raises Undecided unless a function has bounded real values for all phases in its arguments."""
    phases = frozenset(name for name in names_in(node) if name.startswith(_PHASE))
    if not phases or not has(node, "domain"):  # real and bounded wherever their arguments are
        return
    if phases != names_in(node):
        raise Undecided("a function of phases and parameters")
    for _ in _enclosures(node, phases, lambda value: isinstance(value, Fraction | numeric.Ball)):
        pass


def atom(node: Node, exponent: Fraction = ONE) -> Constant:
    return Constant({frozenset({(node, exponent)}): ONE})


# ---------------------------------------------------------------------------------------------- to and from trees


def tree(value: Exact) -> Node:
    """The constant as an expression."""
    if isinstance(value, Fraction):
        return rational(value)
    if value._tree is None:
        shown = sorted(
            ((_shown(monomial), coefficient) for monomial, coefficient in value.terms.items()),
            key=lambda pair: text(pair[0]),
        )
        if len(shown) == 1 and shown[0][1] == 1:
            value._tree = shown[0][0]  # as it was typed: 1e400
            return value._tree
        value._tree = plus(
            (1 if c > 0 else -1, scaled(abs(c), None if node is Number(1) else node)) for node, c in shown
        )
    return value._tree


def _shown(monomial: Monomial) -> Node:
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
    return isinstance(node, Number) and _is_giant(node)


def _multiplied(parts: list[Node]) -> Node:
    """The product, with giants as they were typed."""
    return product(parts) if len(parts) == 1 or any(map(_is_typed, parts)) else times(*parts)


def of(node: Node) -> Exact:
    """The constant that a tree without the variable stands for; its other names are parameters.

    Raises NotReal where there is no real value, and Undecided where that cannot be told.
    """
    return _of(node, assumed() if names_in(node) else None)


@lru_cache(maxsize=4096)
def _of(node: Node, assumed: Assumptions | None) -> Exact:
    """``assumed`` is what the value may depend on."""
    if isinstance(node, Number):
        return atom(node) if _is_giant(node) else _small(Fraction(node.value))
    if isinstance(node, Name):
        return atom(node)
    if not isinstance(node, Call):
        raise Undecided("arrays have no place here")
    args = [of(arg) for arg in node.args] if node.function not in ("Piecewise", "&", "|", "~") else []
    match node.function, args:
        case "+", [a, b]:
            return a + b
        case "-", [a, b]:
            return a - b
        case "*", [a, b]:
            return a * b
        case "neg", [a]:
            return -a
        case "/", [a, b]:
            return a * inverse(b)
        case "**", [a, b]:
            return power(a, b)
        case "sqrt", [a]:
            return power(a, Fraction(1, 2))
        case "cbrt", [a]:
            return root(a, 3)
        case "exp", [a]:
            return exponential(a)
        case "log", [a]:
            return logarithm(a)
        case "abs", [a]:
            return modulus(a)
        case "sin", [a]:
            return circular(a)[0]
        case "cos", [a]:
            return circular(a)[1]
        case "floor", [a]:
            return floor(a)
        case "ceiling", [a]:
            return -floor(-a)
    return apply(node.function, *args) if args else _named(node)


@lru_cache(maxsize=4096)
def apply(function: str, *args: Exact) -> Exact:
    """A function of the catalogue at constants: its exact value where algebra knows one, else an atom."""
    if function in ("asin", "acos") and isinstance(args[0], Constant) and _is_sine(args[0]):
        return atom(Call(function, (tree(args[0]),)))
    if function == "sigmoid":
        return inverse(ONE + exponential(-args[0]))
    if function == "softplus":
        return logarithm(ONE + exponential(args[0]))
    return _named(Call(function, tuple(map(tree, args))))


def zeta_coefficient(index: int, at: Exact) -> Exact:
    """Of Taylor's series of zeta at a point, at 1 without the pole."""
    if not index and is_zero(at - ONE):
        return atom(EULER_GAMMA)
    return coefficient("zeta", index, at)


def coefficient(function: str, index: int, *at: Exact) -> Exact:
    """Of Taylor's series of a function in its first argument, where these numbers have no names."""
    if not index:
        return apply(function, *at)
    node = Call(numeric.COEFFICIENTS[function], (rational(Fraction(index)), *map(tree, at)))
    if names_in(node):
        raise Undecided("a derivative at a parameter, for which there is no word")
    return atom(node)


def is_nameless(value: Exact) -> bool:
    """Is it a number for which the language has no words?"""
    return isinstance(value, Constant) and any(
        isinstance(node, Call) and node.function in numeric.NAMELESS for node in postorder(tree(value))
    )


def _is_sine(value: Constant) -> bool:
    """Is it known to lie between -1 and 1 for all phases?"""
    ends = extent(value)
    return ends is not None and sign(ends[0] + ONE) >= 0 and sign(ONE - ends[1]) >= 0


def _named(node: Node) -> Exact:
    if names_in(node):
        if any(isinstance(each, Call) and each.function == "Piecewise" for each in postorder(node)):
            raise Undecided("cases of a parameter")
        if isinstance(node, Call):
            _check_over_phases(node)
        return atom(node)
    value = numeric.evaluate(node, 20, limit=60)
    if isinstance(value, numeric.Undefined):
        if value.kind == "too-large":
            raise Undecided("a constant is too large")
        raise NotReal(value.kind, text(value.node))
    if isinstance(value, Fraction):
        return _small(value)
    try:
        simple = symbolic.from_sympy(symbolic.to_sympy(node))
    except (*symbolic.FAILURES, symbolic.NoClosedForm):
        simple = node
    if isinstance(value, numeric.Ball) and simple is not node:
        other = numeric.evaluate(simple, 20, limit=60)
        if isinstance(other, Fraction | numeric.Ball) and not value.arb.overlaps(numeric.as_arb(other)):
            simple = node  # algebra is not always right
    if value is numeric.UNSETTLED:
        settled = symbolic.evaluate(node)
        if not isinstance(settled, Fraction):
            raise Undecided(f"the value of {text(node)} could not be settled")
        return _small(settled)
    if simple is node or (
        isinstance(simple, Call) and isinstance(node, Call) and simple.function == node.function
    ):
        return atom(node)
    found = of(simple)
    return atom(node) if isinstance(found, Constant) and len(found.terms) > _SPLIT else found


# ------------------------------------------------------------------------------------------------- functions


def inverse(value: Exact) -> Exact:
    """1/value; NotReal for zero."""
    if is_zero(value):
        raise NotReal("undefined", "division by zero")
    if isinstance(value, Fraction):
        return 1 / value
    if len(value.terms) == 1:
        ((monomial, coefficient),) = value.terms.items()
        made, factor = _collected({node: -exponent for node, exponent in monomial})
        return _made({made: factor / coefficient})
    if (other := _conjugate(value)) is not None:
        return other * inverse(value * other)
    shared = _shared(value)
    if shared:
        out = Constant({frozenset((node, -exponent) for node, exponent in shared.items()): ONE}) * value
        result = inverse(out)
        for node, exponent in shared.items():
            result = result * _power_of_atom(node, -exponent)
        return result
    factor = content(value)
    return atom(tree(value * (1 / factor)), Fraction(-1)) * (1 / factor)


def _shared(value: Constant) -> dict[Node, Fraction]:
    """The powers of atoms that all terms of a sum share."""
    first, *others = (dict(monomial) for monomial in value.terms)
    found = {}
    for node, exponent in first.items():
        powers = [exponent, *(each.get(node, ZERO) for each in others)]
        least, most = min(powers), max(powers)
        if least > 0 or most < 0:
            found[node] = least if least > 0 else most if isinstance(node, Number) else least
    return found


def _power_of_atom(node: Node, exponent: Fraction) -> Exact:
    """A power of an atom, whole powers of a sum multiplied out."""
    if isinstance(node, Call) and node.function in ("+", "-") and exponent.denominator == 1 and exponent > 0:
        return _whole_power(of(node), exponent.numerator)
    return atom(node, exponent)


def _conjugate(value: Constant) -> Constant | None:
    """a - b*sqrt(n) for a + b*sqrt(n), whose product is rational; None for other sums."""
    if len(value.terms) != 2:
        return None
    roots = [m for m in value.terms if m and all(isinstance(node, Number) for node, _ in m)]
    squares = [m for m in roots if all(exponent == Fraction(1, 2) for _, exponent in m)]
    if len(squares) != 1 or set(value.terms) != {_UNIT, squares[0]}:
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


def modulus(value: Exact) -> Exact:
    """abs(value)"""
    try:
        return value if sign(value) >= 0 else -value
    except Depends:
        return atom(Call("abs", (tree(value),)))
    except OfPhase:
        assert isinstance(value, Constant)
        if (signs := _signs_over_phases(value)) and not {1, -1} <= signs:
            return -value if -1 in signs else value
        factor = content(value)
        inner = min(
            (tree(value * each) for each in (1 / factor, -1 / factor)),
            key=lambda each: (len(text(each)), text(each)),
        )
        return atom(Call("abs", (inner,))) * factor


def is_never_negative(value: Exact) -> bool:
    """For all phases, though it may come to zero?"""
    try:
        return sign(value) >= 0
    except Undecided as error:
        return (
            isinstance(error, OfPhase)
            and error.constant == value
            and _signs_over_phases(error.constant) == {0, 1}
        )


def power(base: Exact, exponent: Exact) -> Exact:
    """base**exponent as the language means it: the principal power of a base above zero, whole powers of any."""
    if exponent == 0:
        return ONE
    if exponent == 1:
        return base
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        if exponent < 0 and sign(base) == 0:
            raise NotReal("undefined", "0 to a negative power")
        return _whole_power(base, exponent.numerator)
    try:
        side = sign(base)
    except OfPhase:
        if not (isinstance(exponent, Fraction) and exponent > 0 and is_never_negative(base)):
            raise
        side = 1
    if side == 0:
        if (way := sign(exponent)) == 0:
            return ONE
        if way > 0:
            return ZERO
        raise NotReal("undefined", "0 to a negative power")
    if side < 0:
        if (turned := parity(exponent)) is not None:
            return turned * power(-base, exponent)
        raise NotReal("not-real", "a power of a negative number")
    if not isinstance(exponent, Fraction):
        return exponential(exponent * logarithm(base))
    if isinstance(base, Fraction):
        made, factor = _collected({Number(p): k * exponent for p, k in _primes(base).items()})
        return _made({made: factor})
    if len(base.terms) == 1:
        ((monomial, coefficient),) = base.terms.items()
        if coefficient > 0 and (found := _root_of_monomial(monomial, exponent)) is not None:
            made, factor = _collected(found[0])
            return _made({made: factor}) * power(coefficient, exponent) * found[1]
    factor = content(base)
    return atom(tree(base * (1 / factor)), exponent) * power(factor, exponent)


def _root_of_monomial(monomial: Monomial, exponent: Fraction) -> tuple[dict[Node, Fraction], Fraction] | None:
    """Powers of atoms, and a sign, that come to the principal power of a positive monomial; None for others."""
    powers: dict[Node, Fraction] = {}
    turned = ONE
    for node, each in monomial:
        raised = each * exponent
        if not _positive(node) and (signs := _signs_of_atom(node)) != {1}:
            if each.denominator > 1 or each % 2:
                return None
            if raised.denominator > 1 or raised % 2:
                if signs == {-1} and raised.denominator == 1:
                    turned = -turned
                else:
                    node = Call("abs", (node,))
        powers[node] = powers.get(node, ZERO) + raised
    return powers, turned


_MINUS_ONE = rational(-ONE)


def _is_alternating(node: Node) -> bool:
    """(-1)**n"""
    return isinstance(node, Call) and node.function == "**" and node.args[0] is _MINUS_ONE


def alternates(value: Constant) -> Node | None:
    """n for the constant (-1)**n."""
    (monomial, *more) = value.terms
    match list(monomial):
        case [(node, exponent)] if not more and exponent == 1 and _is_alternating(node):
            assert isinstance(node, Call)
            return node.args[1]
    return None


def fraction_of(value: Constant) -> str | None:
    """The name a for the constant a - floor(a)."""
    names = sorted(names_in(tree(value)))
    return names[0] if len(names) == 1 and value == _fraction(names[0]) else None


def _fraction(name: str) -> Exact:
    return atom(Name(name)) - atom(Call("floor", (Name(name),)))


def _of_opposite(value: Constant) -> Constant | None:
    """a - floor(a), which has the same sign, for -a - floor(-a)."""
    for name in names_in(tree(value)) if len(value.terms) == 2 else ():
        opposite = Call("neg", (Name(name),))
        if value == -atom(Name(name)) - atom(Call("floor", (opposite,))):
            found = _fraction(name)
            return found if isinstance(found, Constant) else None
    return None


def is_whole_name(name: str) -> bool:
    """Is a parameter assumed to be an integer?"""
    fraction = _fraction(name)
    return name in assumed().integers or (
        isinstance(fraction, Constant) and assumed().signs.get(fraction) == frozenset({0})
    )


def _is_whole_monomial(monomial: Monomial, coefficient: Fraction) -> bool:
    return coefficient.denominator == 1 and all(
        exponent > 0 and exponent.denominator == 1 and (
            is_whole_name(node.name) if isinstance(node, Name) else isinstance(node, Call) and node.function == "floor"
        )
        for node, exponent in monomial
    )  # fmt: skip


def whole_part(value: Exact) -> Exact:
    """The terms with names that are known to be whole."""
    return _made({m: c for m, c in _terms(value).items() if m and _is_whole_monomial(m, c)})


def parity(value: Exact) -> Exact | None:
    """(-1)**value of a whole number; None where it is none. Depends where that is a name's affair."""
    if isinstance(value, Fraction) or not names_in(tree(value)):
        n = whole(value)
        return None if n is None else Fraction(alternating(n))
    others = {m: c for m, c in value.terms.items() if not _is_whole_monomial(m, c)}
    if others:
        match [(list(m), c) for m, c in others.items()]:
            case [([(Name(name), exponent)], c)] if exponent == 1 and abs(c) == 1:
                return (
                    None
                    if sign(_fraction(name))
                    else parity(value + (floor(atom(Name(name))) - atom(Name(name))) * c)
                )
        if not all(len(m) == 1 and all(isinstance(node, Name) and e == 1 for node, e in m) for m in others):
            raise Undecided(f"is {text(tree(value))} a whole number?")
        return None if sign(value - floor(value)) else parity(floor(value))
    result: Exact = ONE
    for monomial, coefficient in value.terms.items():
        if coefficient % 2:
            base = (
                times(*(node for node, _ in sorted(monomial, key=lambda pair: text(pair[0]))))
                if monomial
                else None
            )
            result = -result if base is None else result * atom(Call("**", (_MINUS_ONE, base)))
    return result


def circular(value: Exact) -> tuple[Exact, Exact]:
    """Sine and cosine; half turns that are whole by what is assumed are taken off."""
    if not isinstance(value, Constant) or not (assumed().integers or assumed().signs):
        return apply("sin", value), apply("cos", value)
    halves = value * atom(PI, -ONE)
    turns = whole_part(halves)
    left = value - turns * atom(PI)
    turned = parity(turns) if turns else ONE
    assert turned is not None
    return turned * apply("sin", left), turned * apply("cos", left)


def whole(value: Exact) -> int | None:
    """The integer that a constant is; None where it is none. Undecided where that depends on a name."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else None
    if names_in(tree(value)):
        raise Undecided(f"is {text(tree(value))} a whole number?")
    below = apply("floor", value)
    assert isinstance(below, Fraction)
    return int(below) if is_zero(value - below) else None


_WHOLE = range(-4, 5)


def is_never_whole(value: Exact) -> bool:
    """Is a constant with parameters known to lie between two whole numbers next to each other?"""
    return any(
        possible_signs(value - Fraction(k)) == {1} and possible_signs(value - Fraction(k + 1)) == {-1}
        for k in _WHOLE
    )


def _whole_power(base: Exact, exponent: int) -> Exact:
    if isinstance(base, Fraction):
        if (
            base not in (0, 1, -1)
            and max(abs(base.numerator), base.denominator).bit_length() * abs(exponent) > _LARGEST
        ):
            raise Undecided("a power became too large")
        return base**exponent
    if exponent < 0:
        return _whole_power(inverse(base), -exponent)
    if len(base.terms) == 1:
        ((monomial, coefficient),) = base.terms.items()
        if exponent > _LARGEST_EXPONENT and coefficient not in (1, -1):
            raise Undecided("a power became too large")
        made, factor = _collected({node: each * exponent for node, each in monomial})
        return _made({made: factor * coefficient**exponent})
    if exponent > _MOST_TERMS:
        raise Undecided("a power became too large")
    result: Exact = ONE
    for _ in range(exponent):
        result = result * base
    return result


def root(value: Exact, n: int) -> Exact:
    """The real n-th root; of negative numbers for odd n."""
    try:
        if sign(value) < 0 and n % 2:
            return -power(-value, Fraction(1, n))
    except OfPhase:
        if n % 2:  # real and bounded whatever the phases are
            return atom(Call("cbrt", (tree(value),)) if n == 3 else Call("root", (tree(value), Number(n))))
    return power(value, Fraction(1, n))


@lru_cache(maxsize=1024)
def _primes(value: Fraction) -> dict[int, int]:
    """The factors of a positive rational with their exponents; large numbers stay whole."""
    found: dict[int, int] = {}
    for number, direction in ((value.numerator, 1), (value.denominator, -1)):
        if number == 1:
            continue
        if number > _FACTORED:
            side = isqrt(number)
            parts = {side: 2} if side * side == number and side > _FACTORED else {number: 1}
            if side * side == number and side <= _FACTORED:
                parts = {int(p): 2 * int(k) for p, k in sympy.factorint(side).items()}
        else:
            parts = {int(p): int(k) for p, k in sympy.factorint(number).items()}
        for prime, count in parts.items():
            found[prime] = found.get(prime, 0) + direction * count
    return {prime: count for prime, count in found.items() if count}


def exponential(value: Exact) -> Exact:
    """exp(value): each term of a sum a power of its own, so that products of exponentials meet again."""
    result: Exact = ONE
    for monomial, coefficient in _terms(value).items():
        if not monomial:
            result = result * atom(E, coefficient)
            continue
        logarithms = [node for node, exponent in monomial if _is_log(node) and exponent == 1]
        if len(monomial) == 1 and logarithms:
            (node,) = logarithms
            assert isinstance(node, Call)
            inside = of(node.args[0])
            result = result * power(inside if node.function == "log" else apply("gamma", inside), coefficient)
        else:
            inner = _shown(monomial)
            result = result * atom(Call("exp", (inner,)), coefficient)
    return result


def _is_log(node: Node) -> bool:
    return isinstance(node, Call) and node.function in ("log", "loggamma")


def logarithm(value: Exact) -> Exact:
    """log(value): of a product the sum of its factors' logarithms, where all of them are above zero."""
    side = sign(value)
    if side <= 0:
        raise NotReal(
            "undefined" if side == 0 else "not-real", "the logarithm of a number that is not above 0"
        )
    if isinstance(value, Fraction):
        result: Exact = ZERO
        primes = _primes(value)
        if len(primes) > _SPLIT:
            return atom(Call("log", (rational(value),))) if value > 1 else -logarithm(1 / value)
        for prime, count in primes.items():
            result = result + atom(Call("log", (Number(prime),))) * Fraction(count)
        return result
    if len(value.terms) == 1:
        ((monomial, coefficient),) = value.terms.items()
        if all(_positive(node) for node, _ in monomial):
            result = logarithm(coefficient)
            for node, exponent in monomial:
                result = result + _atoms_log(node) * exponent
            return result
    return atom(Call("log", (tree(value),)))


def _atoms_log(node: Node) -> Exact:
    if node is E:
        return ONE
    if isinstance(node, Call) and node.function == "exp":
        return of(node.args[0])
    return atom(Call("log", (node,)))


# ----------------------------------------------------------------------------------------------------- signs


@lru_cache(maxsize=4096)
def _positive(node: Node) -> bool:
    if isinstance(node, Number) or (isinstance(node, Call) and node.function == "exp"):
        return True
    return not names_in(node) and numeric.sign(numeric.evaluate(node, 20, limit=_DIGITS[1])) == 1


def sign(value: Exact) -> int:
    """-1, 0 or 1, proved; raises Undecided, or Depends where it is a parameter's affair."""
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    if value._sign is None:
        try:
            value._sign = _sign(value)
        except Depends:
            if phases_in(value) and (ends := extent(value)) is not None:
                return _sign_between(value, *ends)
            signs = possible_signs(value)
            if len(signs) == 1:
                return next(iter(signs))  # not kept: the constant outlives what is assumed
            deciding = _deciding(value)
            if phases_in(deciding):
                raise Undecided(f"what is the sign of {text(tree(value))}, for all phases?") from None
            raise Depends(deciding) from None
    return value._sign


def _sign_between(value: Constant, low: Exact, high: Exact) -> int:
    """The sign of a constant with parameters that takes all values between these, as its phase turns."""
    if (side := sign(low)) > 0:
        return side
    if (other := sign(high)) < 0 or side == other:
        return other
    if side < 0 < other:
        raise Wavers(value, f"{text(tree(value))} changes its sign")
    raise OfPhase(value, f"is {text(tree(value))} ever zero?")


# ---------------------------------------------------------------------------------------------- assumptions


@dataclass(frozen=True)
class Span:
    """Where a parameter lies: between two ends, which may belong to it; None for no end."""

    low: Exact | None = None
    high: Exact | None = None
    with_low: bool = False
    with_high: bool = False

    def holds(self, value: Exact) -> bool:
        below = 1 if self.low is None else sign(value - self.low)
        above = 1 if self.high is None else sign(self.high - value)
        return (below > 0 or (below == 0 and self.with_low)) and (
            above > 0 or (above == 0 and self.with_high)
        )

    def beside(self, value: Constant) -> Iterator[tuple[Constant, frozenset[int]]]:
        """Which signs the differences from the ends have, if a value with other parameters lies here."""
        for end, closed, way in ((self.low, self.with_low, 1), (self.high, self.with_high, -1)):
            if end is not None and isinstance(difference := value - end, Constant):
                yield difference, frozenset({way, 0} if closed else {way})

    def somewhere(self) -> Exact:
        if self.low is None:
            return ZERO if self.high is None else self.high - ONE
        return self.low + ONE if self.high is None else (self.low + self.high) * Fraction(1, 2)

    def meet(self, other: Span) -> Span:
        """What lies in both."""
        low, with_low = _tighter((self.low, self.with_low), (other.low, other.with_low), 1)
        high, with_high = _tighter((self.high, self.with_high), (other.high, other.with_high), -1)
        return Span(low, high, with_low, with_high)

    @property
    def is_empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        gap = sign(self.high - self.low)
        return gap < 0 or (gap == 0 and not (self.with_low and self.with_high))


def _tighter(
    one: tuple[Exact | None, bool], other: tuple[Exact | None, bool], way: int
) -> tuple[Exact | None, bool]:
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    gap = way * sign(one[0] - other[0])
    return (one[0], one[1] and other[1]) if gap == 0 else one if gap > 0 else other


@dataclass(frozen=True)
class Assumptions:
    """What is known of parameters: where they lie, which signs some constants may have, and which are integers."""

    spans: dict[str, Span] = field(default_factory=dict)
    signs: dict[Constant, frozenset[int]] = field(default_factory=dict)
    integers: frozenset[str] = frozenset()

    def __hash__(self) -> int:
        return hash((frozenset(self.spans.items()), frozenset(self.signs.items()), self.integers))

    @property
    def equation(self) -> tuple[str, Exact] | None:
        """A parameter that can be replaced, and by what."""
        for name, span in self.spans.items():
            if span.low is not None and span.low == span.high:
                return name, span.low
        zeros = (constant for constant, allowed in self.signs.items() if allowed == {0})
        return next(filter(None, map(solved, zeros)), None)

    def put(self, name: str, value: Exact) -> Assumptions | None:
        """With a parameter replaced by its value; None where that is not possible."""
        spans = {each: span for each, span in self.spans.items() if each != name}
        made = Assumptions(spans, {}, self.integers - {name})
        whole = name not in self.integers or isinstance(value, Constant) or value.denominator == 1
        if not whole or (name in self.spans and not _may_hold(self.spans[name], value, made)):
            return None
        for constant, allowed in self.signs.items():
            try:
                with assuming(made):
                    there = at_phases(constant, {name: value})
                    left = possible_signs(there) & allowed
            except NotReal:
                return None
            except Undecided:
                continue
            if not left:
                return None
            if isinstance(there, Constant):
                made.signs[there] = left
        if isinstance(value, Constant) and names_in(tree(value)):
            for difference, ends in self.spans.get(name, Span()).beside(value):
                made.signs[difference] = ends
        return made


def _may_hold(span: Span, value: Exact, assumed: Assumptions) -> bool:
    with assuming(assumed):
        try:
            return span.holds(value)
        except Undecided:
            return True


_assumptions: ContextVar[Assumptions] = ContextVar("assumptions", default=Assumptions())  # noqa: B039


def assumed() -> Assumptions:
    return _assumptions.get()


@contextmanager
def assuming(made: Assumptions) -> Iterator[None]:
    token = _assumptions.set(made)
    try:
        yield
    finally:
        _assumptions.reset(token)


def assumptions(conditions: Iterable[Node]) -> Assumptions:
    """What conditions say of parameters: ``a > 0``, ``a != b``, ``floor(n) == n``. Raises NotReal where they exclude
    each other, and Undecided where one is not understood."""
    made = Assumptions()
    for node in _without_moduli(conditions):
        one, other = node.args
        if node.function == "==" and one == Call("floor", (other,)) and isinstance(other, Name):
            made = Assumptions(made.spans, made.signs, made.integers | {other.name})
            continue
        with assuming(made):
            difference = of(Call("-", (one, other)))
        allowed = {
            "<": {-1}, "<=": {-1, 0}, ">": {1}, ">=": {1, 0}, "==": {0}, "!=": {1, -1},
        }[node.function]  # fmt: skip
        if isinstance(difference, Fraction):
            if sign(difference) not in allowed:
                raise NotReal("undefined", text(node))
            continue
        made = _with_sign(made, difference, frozenset(allowed))
    return made


def _without_moduli(conditions: Iterable[Node]) -> Iterator[Call]:
    """abs(u) < c as u < c and -u < c."""
    for node in conditions:
        assert isinstance(node, Call)
        one, other = node.args
        if node.function in (">", ">="):
            one, other = other, one
        if (
            node.function != "=="
            and isinstance(one, Call)
            and one.function == "abs"
            and node.function != "!="
        ):
            function = "<" if node.function in ("<", ">") else "<="
            for inner in (one.args[0], Call("neg", one.args)):
                yield Call(function, (inner, other))
        else:
            yield node


def _with_sign(made: Assumptions, value: Constant, allowed: frozenset[int]) -> Assumptions:
    """One more sign that is known: of what is linear in a single name, where that lies."""
    with assuming(made):
        left = possible_signs(value) & allowed
    if not left:
        raise NotReal("undefined", text(tree(value)))
    names = names_in(tree(value))
    found = linear(value, name) if len(names) == 1 and (name := next(iter(names))) else None
    if found is not None and left != {1, -1}:
        slope, end = found
        if left == {0}:
            span = Span(end, end, True, True)
        elif (1 in left) is (slope > 0):
            span = Span(low=end, with_low=0 in left)
        else:
            span = Span(high=end, with_high=0 in left)
        return Assumptions(
            made.spans | {name: made.spans.get(name, Span()).meet(span)}, made.signs, made.integers
        )
    return Assumptions(made.spans, made.signs | {value: left}, made.integers)


def linear(value: Constant, name: str) -> tuple[Fraction, Exact] | None:
    """The rational slope of a constant that is linear in one of its names, and where it is zero; None for others."""
    try:
        start = at_phases(value, {name: ZERO})
        slope = at_phases(value, {name: ONE}) - start
    except (NotReal, Undecided):
        return None
    if isinstance(slope, Fraction) and slope and value == start + atom(Name(name)) * slope:
        return slope, start * (-1 / slope)
    return None


def solved(zero: Constant) -> tuple[str, Exact] | None:
    """A name that stands linearly in a constant that is zero, and what it is then."""
    for name in sorted(names_in(tree(zero))):
        if (found := linear(zero, name)) is not None:
            return name, found[1]
    return None


_ANY = frozenset({-1, 0, 1})
_COMPARED = 3  # terms of a constant that is compared with others


def possible_signs(value: Exact, deep: int = 2) -> frozenset[int]:
    """The signs that a constant with parameters may have, as far as is known.

    So many times, a constant that is known not to be negative is taken off.
    """
    if isinstance(value, Fraction):
        return frozenset({sign(value)})
    names = names_in(tree(value))
    if not names or phases_in(value):
        try:
            return frozenset({_sign(value)})
        except Undecided:
            return _ANY
    if (other := _of_opposite(value)) is not None:
        return possible_signs(other, deep)
    known = assumed()
    found = _ANY
    for constant, allowed in known.signs.items():
        ratio = _ratio(value, constant)
        if ratio is not None:
            found &= frozenset(side if ratio > 0 else -side for side in allowed)
        elif deep and len(found) > 1 and len(value.terms) <= _COMPARED:
            found &= _signs_beside(value, constant, allowed, deep)
    if (turn := _turn_in(value)) is not None and len(value.terms) > 1:
        return frozenset().union(
            *(possible_signs(_turned(value, turn, side), deep) for side in _signs_of_atom(turn))
        )
    if (simpler := _simpler(value)) is not None:
        found &= frozenset(side * simpler[1] for side in possible_signs(simpler[0], deep))
    if deep and (factors := _factors(value)) is not None:
        found &= _signs_of_product([possible_signs(factor, deep - 1) for factor in factors])
    found &= _signs_beside_floor(value, deep) & signs_by_spans(value)
    if len(names) == 1:
        (name,) = names
        ends = parameter_roots(value)
        span = known.spans.get(name, Span())
        if ends is not None and not any(map(span.holds, ends)):
            found &= frozenset({sign(at_phases(value, {name: span.somewhere()}))})
    parts = [_signs_of_monomial(*each) for each in value.terms.items()]
    if not any(-1 in each for each in parts):
        found &= frozenset({1} if any(0 not in each for each in parts) else {0, 1})
    if not any(1 in each for each in parts):
        found &= frozenset({-1} if any(0 not in each for each in parts) else {0, -1})
    if len(parts) == 1:
        found &= parts[0]
    return found


def _turn_in(value: Constant) -> Node | None:
    """A (-1)**n that stands in it."""
    return next((node for monomial in value.terms for node, _ in monomial if _is_alternating(node)), None)


def _turned(value: Constant, turn: Node, side: int) -> Exact:
    """The constant for one of the signs of (-1)**n."""
    result: Exact = ZERO
    for monomial, c in value.terms.items():
        powers = dict(monomial)
        factor = Fraction(side if powers.pop(turn, None) else 1)
        result = result + Constant({frozenset(powers.items()): c * factor}) * ONE
    return result


def signs_by_spans(value: Constant) -> frozenset[int]:
    """The signs that a constant may have which is linear in its names, by where these lie."""
    low: Exact | None = ZERO
    high: Exact | None = ZERO
    open_low = open_high = False
    for monomial, c in value.terms.items():
        (node, exponent) = next(iter(monomial), (Number(1), ONE))
        if not any(names_in(each) for each, _ in monomial):
            exact = Constant({monomial: ONE}) * ONE
            span = Span(exact, exact, True, True)
        elif isinstance(node, Name) and exponent == 1 and len(monomial) == 1:
            span = assumed().spans.get(node.name, Span())
        else:
            return _ANY
        if c < 0:
            span = Span(span.high, span.low, span.with_high, span.with_low)
        low = None if low is None or span.low is None else low + span.low * c
        high = None if high is None or span.high is None else high + span.high * c
        open_low, open_high = open_low or not span.with_low, open_high or not span.with_high
    try:
        least = None if low is None else sign(low)
        most = None if high is None else sign(high)
    except Undecided:
        return _ANY
    found = _ANY
    if least is not None and least >= 0:
        found &= {1} if least or open_low else {0, 1}
    if most is not None and most <= 0:
        found &= {-1} if most or open_high else {0, -1}
    return found


@lru_cache(maxsize=256)
def _factors(value: Constant) -> tuple[Exact, ...] | None:
    """Those of a polynomial in several parameters, each as often as it divides it, for short ones; None for others."""
    short = 1 < len(value.terms) <= _COMPARED and len(names_in(tree(value))) > 1
    powers = [pair for monomial in value.terms for pair in monomial]
    if not short or not all(isinstance(node, Name) and e > 0 and e.denominator == 1 for node, e in powers):
        return None
    if all(len(monomial) <= 1 for monomial in value.terms) and all(exponent == 1 for _, exponent in powers):
        return None
    try:
        first, factors = sympy.factor_list(symbolic.to_sympy(tree(value)))
        made = [of(symbolic.from_sympy(each)) for each, times_ in factors for _ in range(times_)]
        return None if len(made) < 2 else (of(symbolic.from_sympy(first)), *made)
    except (*symbolic.FAILURES, symbolic.NoClosedForm, NotReal, Undecided, sympy.PolynomialError):
        return None


def _signs_of_product(signs: Iterable[frozenset[int]]) -> frozenset[int]:
    found = frozenset({1})
    for each in signs:
        found = frozenset(one * other for one in found for other in each)
    return found


def _simpler(value: Constant) -> tuple[Exact, int] | None:
    """A constant with the sign of another one, or the opposite one: without divisors whose sign is known, without
    logarithms, and without exponentials; None where there is none."""
    if len(value.terms) < 2:
        return None
    divisors = {
        node: min(dict(m).get(node, ZERO) for m in value.terms) for m in value.terms for node, e in m if e < 0
    }
    known = {node: _signs_of_atom(node) for node in divisors if not isinstance(node, Number)}
    below = {node: -divisors[node] for node, signs in known.items() if signs in ({1}, {-1})}
    if below:
        turned = 1
        for node, power_ in below.items():
            if known[node] == {-1}:
                if power_.denominator > 1:
                    return None
                turned *= alternating(int(power_))
        above = value * Constant({frozenset(below.items()): ONE})
        return of(tree(above)), turned  # a divisor that is a sum is multiplied out
    if len(value.terms) != 2:
        return None
    if all(_positive(node) for monomial in value.terms for node, _ in monomial):
        one, other = (Constant({monomial: ONE}) * abs(c) for monomial, c in value.terms.items())
        first, second = value.terms.values()
        return None if first * second > 0 else (logarithm(one) - logarithm(other), sign(first))
    inside = [
        (node.args[0], c)
        for m, c in value.terms.items()
        for node, e in m
        if len(m) == 1 and e == 1 and isinstance(node, Call) and node.function == "log"
    ]
    if not inside:
        return None
    (argument, c), *more = inside
    try:
        if more:
            return None if more[0][1] != -c else (of(argument) - of(more[0][0]), sign(c))
        rest = rational_part(value)
        return None if not rest else (of(argument) - exponential(-rest / c), sign(c))
    except (NotReal, Undecided):
        return None


def _signs_beside_floor(value: Constant, deep: int) -> frozenset[int]:
    """By u - 1 < floor(u) <= u."""
    for monomial, c in value.terms.items():
        for node, exponent in monomial if deep and len(monomial) == 1 else ():
            if exponent == 1 and isinstance(node, Call) and node.function == "floor":
                try:
                    most = value + (of(node.args[0]) - atom(node)) * c
                except (NotReal, Undecided):
                    continue
                reached, other = (possible_signs(each, deep - 1) for each in (most, most - c))
                signs = reached | other | ({0} if len(reached | other) > 1 else frozenset())
                return signs if 0 in reached or signs == _ANY else signs - {0}
    return _ANY


def _signs_beside(value: Constant, known: Constant, allowed: frozenset[int], deep: int) -> frozenset[int]:
    """The signs of a constant that is the sum of what they are known of, and a rest that has the same."""
    found = _ANY
    if len(allowed - {0}) != 1:
        return found
    (side,) = allowed - {0}
    for monomial in value.terms.keys() & known.terms.keys():
        ratio = value.terms[monomial] / known.terms[monomial]
        way = side if ratio > 0 else -side
        rest = possible_signs(value - known * ratio, deep - 1)
        if rest <= {0, way}:
            found &= frozenset({way, 0} if 0 in allowed and 0 in rest else {way})
    return found


def _ratio(one: Constant, other: Constant) -> Fraction | None:
    """The rational number that one constant is, times another."""
    if one.terms.keys() != other.terms.keys():
        return None
    ratios = {coefficient / other.terms[monomial] for monomial, coefficient in one.terms.items()}
    return ratios.pop() if len(ratios) == 1 else None


def _signs_of_monomial(monomial: Monomial, coefficient: Fraction) -> frozenset[int]:
    found = {sign(coefficient)}
    for node, exponent in monomial:
        inner = _signs_of_atom(node)
        if exponent.denominator != 1:
            inner &= {0, 1}
        if exponent < 0:
            inner -= {0}
        if exponent.numerator % 2 == 0:
            inner = frozenset(abs(side) for side in inner)
        found = {one * other for one in found for other in inner}
    return frozenset(found)


def _signs_of_atom(node: Node) -> frozenset[int]:
    if _positive(node):
        return frozenset({1})
    if isinstance(node, Name):
        return _signs_of_name(node.name)
    if _is_alternating(node):
        return assumed().signs.get(atom(node), _ANY) - {0}
    if isinstance(node, Call) and node.function in ("gamma", "factorial"):
        return frozenset({1}) if _is_positive_argument(node) else _ANY - {0}
    try:
        if not names_in(node):
            return frozenset({sign(atom(node))})
        decided_by = _decided_by(node)
        return _ANY if decided_by is None else possible_signs(decided_by, 0)
    except (NotReal, Undecided):
        return _ANY


def _is_positive_argument(node: Call) -> bool:
    try:
        inner = of(node.args[0])
        return possible_signs(inner + ONE if node.function == "factorial" else inner, 0) == {1}
    except (NotReal, Undecided):
        return False


def _signs_of_name(name: str) -> frozenset[int]:
    span = assumed().spans.get(name, Span())
    known = assumed().signs.get(atom(Name(name)), _ANY)
    return known & frozenset(
        side
        for side, part in ((-1, Span(high=ZERO)), (0, Span(ZERO, ZERO, True, True)), (1, Span(low=ZERO)))
        if not span.meet(part).is_empty
    )


_ODD = {"sinh", "tanh", "asinh", "atan", "asin", "atanh", "erf", "cbrt", "sqrt", "sign", "abs"}  # of u's sign


def _decided_by(node: Node) -> Exact | None:
    """Another constant with the sign of an atom; None where there is none simpler."""
    if isinstance(node, Call):
        try:
            if node.function in _ODD:
                inner = of(node.args[0])
                return inner * inner if node.function == "abs" else inner
            if node.function == "log":
                return of(node.args[0]) - ONE
            if node.function in ("+", "-"):
                return of(node)
        except Undecided:
            pass
    return None


def _deciding(value: Constant) -> Constant:
    """A constant with parameters on whose sign that of another hangs."""
    if (other := _of_opposite(value)) is not None:
        return other
    if len(value.terms) == 1:
        ((monomial, _),) = value.terms.items()
        for node, _ in sorted(monomial, key=lambda pair: text(pair[0])):
            if len(_signs_of_atom(node)) > 1:
                inner = _decided_by(node)
                return _deciding(inner) if isinstance(inner, Constant) else atom(node)
    elif (turn := _turn_in(value)) is not None:
        return atom(turn)
    elif (simpler := _simpler(value)) is not None and isinstance(simpler[0], Constant):
        return _deciding(simpler[0])
    for factor in _factors(value) or ():
        if isinstance(factor, Constant) and len(possible_signs(factor)) > 1:
            return _deciding(factor)
    return value


@lru_cache(maxsize=256)
def parameter_roots(value: Constant) -> tuple[Exact, ...] | None:
    """Where a rational function of one parameter may change its sign, rising: all real zeros and poles.

    None where it is none, or they have no formula.
    """
    (name, *more) = names_in(tree(value))
    if more or not is_rational(value):
        return None
    a = symbolic.symbol(name)
    found: list[Exact] = []
    try:
        parts = sympy.fraction(sympy.together(symbolic.to_sympy(tree(value))))
        for factor, _ in [each for part in parts for each in sympy.factor_list(part, a)[1]]:
            polynomial = sympy.Poly(factor, a, domain="QQ")
            count = polynomial.count_roots()
            if count and polynomial.degree() > 2 and len(polynomial.terms()) > 2:
                return None
            real = [each for each in sympy.roots(polynomial, multiple=True) if each.is_real] if count else []
            if len(real) != count:
                return None
            found += [of(symbolic.from_sympy(each)) for each in real]
    except (*symbolic.FAILURES, symbolic.NoClosedForm, NotReal, Undecided, sympy.PolynomialError):
        return None
    return tuple(sorted(set(found), key=cmp_to_key(_order)))


def is_rational(value: Constant) -> bool:
    """Is it a rational function of its parameters?"""
    return all(_is_rational(node, exponent) for monomial in value.terms for node, exponent in monomial)


def _is_rational(node: Node, exponent: Fraction) -> bool:
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


def _order(one: Exact, other: Exact) -> int:
    return sign(one - other)


def _sign(value: Constant) -> int:
    sides = {coefficient > 0 for coefficient in value.terms.values()}
    if len(sides) == 1 and all(_positive(node) for monomial in value.terms for node, _ in monomial):
        return 1 if sides.pop() else -1
    node = tree(value)
    if names_in(node):
        phases = phases_in(value)
        if phases != names_in(node):
            raise Depends(value)
        signs = _signs_over_phases(value)
        if len(signs) == 1:
            return next(iter(signs))
        if {1, -1} <= signs:
            raise Wavers(value, f"{text(node)} changes its sign")
        raise OfPhase(value, f"is {text(node)} ever zero?")
    for digits in _DIGITS:
        found = numeric.evaluate(node, 5, limit=digits)
        if isinstance(found, numeric.Undefined):
            raise Undecided(f"the constant {text(node)} has no value")
        if (known := numeric.sign(found)) is not None:
            return known
    if len(value.terms) <= _PROVED and symbolic.is_zero(symbolic.to_sympy(node)) is True:
        return 0
    raise Undecided(f"is {text(node)} zero?")


def is_zero(value: Exact) -> bool:
    if isinstance(value, Fraction):
        return not value
    try:
        return sign(value) == 0
    except Depends:
        if 0 in possible_signs(value):
            raise
        return False  # whichever of the two other signs it has
