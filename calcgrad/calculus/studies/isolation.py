"""Real numbers that are the zeros of functions: exact where they have a name, else isolated, and as fine as asked.

    zeros = Zeros([parse("x**5 - x - 1").node], "x")
    (place,) = zeros.inside(None, None)             # place.exact is None: no roots write it
    place.ball(30)                                  # 1.16730397826141868425604589985

A *place* is exact (a tree) or the only zero of a function in a bracket of rationals; ``ball`` narrows it by Newton's
method on intervals, by FLINT's proved roots of polynomials, or by evaluating its tree.

The zeros of an analytic function on an open interval are found by what proves that there are no more, in this order:

1. algebra: polynomials by FLINT's factors, and what ``cells`` undoes;
2. Rolle: where the zeros of the derivative are known, the function is strictly monotonic between them, and has one
   zero there if its limits at both ends have different signs, else none;
3. interval Newton on a bounded interval (Moore 1966): a box is dropped where balls exclude 0, holds one zero where the
   derivative keeps its sign and the ends have different ones, and is cut otherwise.

Invariant: every answer is complete and every place in it is a zero. What none of the three settles raises Unsettled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import pairwise
from math import ceil, floor, inf
from typing import Any

import flint
import sympy
from sympy import S
from sympy.simplify.fu import TR1, TR2

from calcgrad.calculus import cells, derivatives, intervals, limits, numeric, symbolic
from calcgrad.calculus.domains import condition_of
from calcgrad.calculus.intervals import near, simplest
from calcgrad.calculus.roots import vanishing
from calcgrad.errors import CalcgradError
from calcgrad.expression.tree import (
    Call,
    Name,
    Node,
    Number,
    names_in,
    operations,
    postorder,
    rational,
    substitute,
)

_MOST_DEGREE = 100
_MOST_OPERATIONS = 120  # of a function that algebra is asked about
_MOST_BITS = 10**5  # of the binary exponent of a place
_MOST_BOXES = 1_500
_MOST_FAMILY = 200  # members of a periodic family in one interval
_MOST_FOUND = 100  # zeros in one interval that interval Newton looks for
_MOST_DEPTH = 2  # factors of factors
_LEVELS = 4  # derivatives that are looked at
_DIGITS = 60  # beyond which two numbers must be proved equal
_WORK = 25
_NARROW = Fraction(1, 10**9)
_STEP = Fraction(1, 2)
_FEW = 12
_FAILURES = (*symbolic.ALL_FAILURES, CalcgradError)


class Unsettled(Exception):
    """What is asked of a function is not known, at a place or on an interval that ``where`` gives, if one is known."""

    def __init__(self, what: str, where: tuple[Any, Any] | None = None) -> None:
        super().__init__(what)
        self.where = where


# -------------------------------------------------------------------------------------------------- places


Finer = Callable[[Fraction, Fraction, int], tuple[Fraction, Fraction]]


class Place:
    """A real number: its tree, or None where it has no name, and a bracket that holds it.

    ``vanishing`` is a function of which it is the only zero in the bracket that it was made with.
    """

    def __init__(
        self, exact: Node | None, low: Fraction, high: Fraction, finer: Finer | None = None,
        vanishing: Node | None = None, name: str = "", key: Any = None,
    ) -> None:  # fmt: skip
        self.exact, self.low, self.high = exact, low, high
        self._finer = finer
        self.vanishing, self.name, self.key = vanishing, name, key
        self.within = low, high
        self.zero_of: set[Node] = set() if vanishing is None else {vanishing}

    def __repr__(self) -> str:
        return f"Place({numeric.format_mpf(numeric.as_mpf(self.middle, 20), 12)})"

    @property
    def middle(self) -> Fraction:
        return (self.low + self.high) / 2

    def narrow(self, digits: int) -> None:
        """Narrow the bracket to ``digits`` significant digits."""
        for _ in range(_FEW):
            size = max(abs(self.low), abs(self.high))
            if self.low == self.high or (self.high - self.low) * 10**digits <= size or self._finer is None:
                return
            more = digits + max(0, -_exponent(size))
            low, high = self._finer(self.low, self.high, more)
            self.low, self.high = max(low, self.low), min(high, self.high)

    def real(self, digits: int) -> numeric.Real:
        """The number, as a rational or as a ball of so many digits."""
        if self.exact is not None:
            value = symbolic.evaluate(self.exact, digits)
            if isinstance(value, Fraction | numeric.Ball):
                return value
        self.narrow(digits)
        return self.low if self.low == self.high else hull(self.low, self.high, digits + 10)

    def decimal(self, digits: int) -> str:
        """Rounded to ``digits`` significant digits, each of them right."""
        from calcgrad.decimals import fraction_text

        if self.exact is not None and (shown := symbolic.decimal(self.exact, digits)) is not None:
            return shown
        more = digits + 5
        while True:
            self.narrow(more)
            low, high = (fraction_text(each, digits) for each in (self.low, self.high))
            if low == high or more > 2000:
                return low
            more *= 2


def _exponent(size: Fraction) -> int:
    """The power of ten, at most one too low."""
    return (size.numerator.bit_length() - size.denominator.bit_length() - 1) * 302 // 1000 if size else 0


def hull(low: Fraction, high: Fraction, digits: int = _WORK) -> numeric.Ball:
    """The ball around an interval."""
    with flint.ctx.workdps(digits):
        return numeric.Ball(numeric.as_arb(low).union(numeric.as_arb(high)))


def ends(ball: numeric.Real) -> tuple[Fraction, Fraction]:
    """The rationals between which a ball lies."""
    if isinstance(ball, Fraction):
        return ball, ball
    middle, radius = _dyadic(ball.arb.mid()), _dyadic(ball.arb.rad())
    return middle - radius, middle + radius


def _dyadic(exact: Any) -> Fraction:
    man, exp = (int(each) for each in exact.man_exp())
    if abs(exp) > _MOST_BITS:
        raise Unsettled("a number that is too large, or too small")
    return Fraction(man << exp) if exp >= 0 else Fraction(man, 1 << -exp)


def of_tree(tree: Node) -> Place:
    """The place of a constant."""
    value = symbolic.evaluate(tree, 20)
    if isinstance(value, Fraction):
        return Place(rational(value), value, value)
    if not isinstance(value, numeric.Ball):
        raise Unsettled("a number that is not known")

    def finer(_: Fraction, __: Fraction, digits: int) -> tuple[Fraction, Fraction]:
        found = symbolic.evaluate(tree, digits + 2)
        return ends(found) if isinstance(found, Fraction | numeric.Ball) else (_, __)

    return Place(tree, *ends(value), finer)


def _of_sympy(number: Any) -> Place:
    """The place of a number of SymPy's, of which roots of polynomials may be a part."""
    if isinstance(number, sympy.CRootOf):  # whose real roots come first, in order
        coefficients = [int(c) for c in number.poly.all_coeffs()[::-1]]
        return _algebraic(flint.fmpz_poly(coefficients), number.index, "")
    roots = sorted(number.atoms(sympy.CRootOf), key=str)
    if not roots:
        return of_tree(_readable(number))
    letters = {root: symbolic.symbol(f"c_{i}") for i, root in enumerate(roots)}
    places = {letter.name: _of_sympy(root) for root, letter in letters.items()}
    tree = symbolic.from_sympy(number.xreplace(letters))

    def finer(low: Fraction, high: Fraction, digits: int) -> tuple[Fraction, Fraction]:
        env = {letter: place.real(digits + 10) for letter, place in places.items()}
        found = numeric.ball(tree, env, digits + 20)
        return ends(found) if isinstance(found, Fraction | numeric.Ball) else (low, high)

    low, high = finer(Fraction(0), Fraction(0), 30)
    if low == high == 0:
        raise Unsettled("a number that is not known")
    return Place(None, low, high, finer, key=number)


def _readable(number: Any) -> Node:
    from calcgrad.calculus import forms

    return forms.value_tree(number) or symbolic.from_sympy(number)


def value(tree: Node, name: str, place: Place, digits: int = 5) -> numeric.Value:
    """The value of a function at a place."""
    if place.exact is not None:
        return symbolic.evaluate(substitute(tree, {Name(name): place.exact}), digits)
    more = max(15, digits + 5)
    while True:
        found = numeric.ball(tree, {name: place.real(more)}, more + 10)
        if isinstance(found, Fraction | numeric.Undefined):
            return found
        if isinstance(found, numeric.Ball) and found.arb.rel_accuracy_bits() >= 3.33 * digits:
            return found
        if more > 2 * _DIGITS + digits:
            return numeric.UNSETTLED
        more *= 2


def is_zero(tree: Node, name: str, place: Place) -> bool | None:
    """Is a function 0 at a place? None where that is not known; False too where it has no value."""
    found = value(tree, name, place)
    if isinstance(found, Fraction | numeric.Ball):
        return numeric.sign(found) == 0
    if isinstance(found, numeric.Undefined):
        return False
    if tree in place.zero_of:
        return True
    try:
        if place.exact is not None:
            return symbolic.is_zero(symbolic.to_sympy(substitute(tree, {Name(name): place.exact})))
        if isinstance(place.key, tuple):
            top = _numerator(tree, name)
            if top is not None:
                factor = flint.fmpz_poly(list(place.key[0]))
                return bool(flint.fmpq_poly(top) % flint.fmpq_poly(factor) == 0)
    except _FAILURES:
        pass
    return None


def sign(tree: Node, name: str, place: Place) -> int | None:
    found = value(tree, name, place)
    if found is numeric.UNSETTLED:
        return 0 if is_zero(tree, name, place) else None
    return numeric.sign(found)


def order(one: Place, other: Place) -> int:
    """-1, 0 or 1. Raises Unsettled where two places are not told apart."""
    if one is other:
        return 0
    for digits in (0, 20, _DIGITS):
        if digits:
            one.narrow(digits)
            other.narrow(digits)
        if one.high < other.low:
            return -1
        if other.high < one.low:
            return 1
        if one.low == one.high == other.low == other.high:
            return 0
    if one.key is not None and one.key == other.key:
        return 0
    if one.exact is not None and other.exact is not None:
        gap = symbolic.to_sympy(one.exact) - symbolic.to_sympy(other.exact)
        if one.exact is other.exact or symbolic.is_zero(gap):
            return 0
    for this, that in ((one, other), (other, one)):
        inside = this.within[0] <= that.low and that.high <= this.within[1]
        if inside and this.vanishing is not None and is_zero(this.vanishing, this.name, that):
            return 0
    raise Unsettled("two places that lie together", (one, other))


def merged(places: Iterable[Place]) -> list[Place]:
    """In rising order, each once; of two that are equal the one that has a name."""
    found: list[Place] = []
    for place in places:
        for index, each in enumerate(found):
            way = order(place, each)
            if way == 0:
                kept = place if each.exact is None and place.exact is not None else each
                kept.zero_of = found[index].zero_of = each.zero_of | place.zero_of
                place.zero_of = kept.zero_of
                found[index] = kept
                break
            if way < 0:
                found.insert(index, place)
                break
        else:
            found.append(place)
    return found


def between(low: Place | None, high: Place | None) -> Fraction:
    """A short rational strictly between two places, at which no exponent or multiple is likely to be whole."""
    if low is None and high is None:
        return Fraction(5, 37)
    if low is None or high is None:
        near = high if low is None else low
        assert near is not None
        return floor(near.low) - Fraction(44, 37) if low is None else ceil(near.high) + Fraction(44, 37)
    digits = 15
    while low.high >= high.low:
        for each in (low, high):
            each.narrow(digits)
        if digits > 1000:
            raise Unsettled("two places that lie together", (low, high))
        digits *= 2
    a, b = low.high, high.low
    return simplest(
        a + (b - a) * Fraction(3, 11) + (b - a) / 300, a + (b - a) * Fraction(3, 11) + (b - a) / 60
    )


# ------------------------------------------------------------------------------------------------- algebra


def _rational_function(tree: Node, name: str) -> bool:
    words = {node.function for node in postorder(tree) if isinstance(node, Call)}
    if not words <= {"+", "-", "*", "/", "neg", "**"} or names_in(tree) != {name}:
        return False
    for node in postorder(tree):
        if isinstance(node, Call) and node.function == "**" and (
            names_in(node.args[1]) or not isinstance(numeric.evaluate(node.args[1]), Fraction)
        ):  # fmt: skip
            return False
    return all(isinstance(node, Call | Number) or node == Name(name) for node in postorder(tree))


@lru_cache(maxsize=256)
def _numerator(tree: Node, name: str) -> Any:
    """The numerator of a quotient of polynomials with rational coefficients, in lowest terms; None of anything else."""
    from calcgrad.calculus.roots import degree

    if not _rational_function(tree, name) or degree(tree) > _MOST_DEGREE:
        return None
    try:
        top, bottom = sympy.fraction(sympy.cancel(symbolic.to_sympy(tree)))
        polynomial = sympy.Poly(top, symbolic.symbol(name))
        coefficients = [symbolic.as_fraction(c) for c in polynomial.all_coeffs()]
    except (AttributeError, *_FAILURES):
        return None
    del bottom
    return flint.fmpq_poly([flint.fmpq(c.numerator, c.denominator) for c in reversed(coefficients)]).numer()


def _polynomial_zeros(polynomial: Any, name: str) -> list[Place]:
    found: list[Place] = []
    for factor, _ in polynomial.factor()[1]:
        coefficients = [int(c) for c in factor.coeffs()]
        degree = len(coefficients) - 1
        if degree == 1:
            found.append(of_tree(rational(Fraction(-coefficients[0], coefficients[1]))))
        elif degree > 1:
            with flint.ctx.workdps(40):
                count = sum(root.imag == 0 for root, _ in factor.complex_roots())
            if count:
                found += [*_named(coefficients)] or [_algebraic(factor, i, name) for i in range(count)]
    return found


def _named(coefficients: list[int]) -> Iterator[Place]:
    """The real zeros of an irreducible polynomial that roots of one number, or square roots, write."""
    inner = [i for i, c in enumerate(coefficients) if c]
    degree = len(coefficients) - 1
    x = sympy.Symbol("x", real=True)
    if len(inner) == 2 and inner[0] == 0:
        size = Fraction(-coefficients[0], coefficients[-1])
        base = of_tree(Call("**", (rational(abs(size)), rational(Fraction(1, degree)))))
        tree = _readable(sympy.Rational(abs(size.numerator), size.denominator) ** sympy.Rational(1, degree))
        del base
        if degree % 2:
            yield of_tree(tree if size > 0 else Call("neg", (tree,)))
        else:
            yield of_tree(Call("neg", (tree,)))
            yield of_tree(tree)
    elif degree == 2 or (degree == 4 and inner == [0, 2, 4]):
        polynomial = sum(c * x**i for i, c in enumerate(coefficients))
        for root in sympy.roots(polynomial, x):
            if root.is_real:
                yield of_tree(_readable(root))


def _algebraic(factor: Any, index: int, name: str) -> Place:
    """The real zero number ``index``, from the left, of an irreducible polynomial."""
    key = (tuple(int(c) for c in factor.coeffs()), index)

    def finer(_: Fraction, __: Fraction, digits: int) -> tuple[Fraction, Fraction]:
        with flint.ctx.workdps(digits + 10):
            reals = [root.real for root, _ in factor.complex_roots() if root.imag == 0]
            reals.sort(key=lambda each: each.mid())
            low, high = ends(numeric.Ball(reals[index]))
        return low, high

    return Place(None, *finer(Fraction(0), Fraction(0), 30), finer, name=name, key=key)


@dataclass(frozen=True)
class _Known:
    """All zeros that algebra finds: single ones and families, a first one and the period each."""

    single: tuple[Place, ...]
    families: tuple[tuple[Any, Any], ...] = ()


@lru_cache(maxsize=256)
def by_algebra(tree: Node, name: str) -> _Known | None:
    """The zeros of a function, whichever branches its parts take, and perhaps places that are none; None: not known."""
    if operations(tree) > _MOST_OPERATIONS:
        return None
    top = _numerator(tree, name)
    try:
        if top is not None:
            return _Known(tuple(_polynomial_zeros(top, name)))
        ones, families = cells.all_zeros(tree, symbolic.symbol(name))
        single = [_bracketed(one, tree, name) if isinstance(one, tuple) else _of_sympy(one) for one in ones]
    except (cells.Unsettled, Unsettled, *_FAILURES):
        return None
    return _Known(tuple(single), tuple(families))


def _bracketed(bracket: tuple[Fraction, Fraction], tree: Node, name: str) -> Place:
    low, high = bracket
    return of_tree(rational(low)) if low == high else _simple(tree, name, low, high)


def _simple(tree: Node, name: str, low: Fraction, high: Fraction) -> Place:
    """The only zero of a function, simple, between two rationals; by its name, if it is one that can be guessed."""
    found: Place | None = None
    for _ in range(2):
        for guess in _guesses(low, high):
            if low < guess.low and guess.high < high and is_zero(tree, name, guess):
                return guess
        if found is None:
            found = _by_newton(tree, name, low, high)
            found.narrow(_WORK)
            low, high = found.low, found.high
            if low == high:
                return of_tree(rational(low))
    assert found is not None
    return found


def _guesses(low: Fraction, high: Fraction) -> Iterator[Place]:
    """Between two rationals a fraction and a multiple of pi, if they are short."""
    plain = simplest(low, high)
    if plain.denominator < 10**6:
        yield of_tree(rational(plain))
    with flint.ctx.workdps(2 * _WORK):
        pi, _ = ends(numeric.Ball(flint.arb.pi()))
    turns = simplest(low / pi, high / pi)
    if turns and turns.denominator < 100:
        yield of_tree(Call("*", (rational(turns), Name("pi"))))


def _by_newton(tree: Node, name: str, low: Fraction, high: Fraction) -> Place:
    """The only zero of a function, simple, between two rationals at which its signs are different."""
    signs = [numeric.sign(numeric.evaluate(tree, 5, {name: end}, limit=200)) for end in (low, high)]
    if None in signs or 0 in signs or signs[0] == signs[1]:
        raise Unsettled("a zero that is not simple")
    slope = _slope(tree, name)

    def finer(low: Fraction, high: Fraction, digits: int) -> tuple[Fraction, Fraction]:
        return _narrowed(tree, slope, name, low, high, signs[0], digits)

    return Place(None, low, high, finer, vanishing=tree, name=name)


@lru_cache(maxsize=512)
def _slope(tree: Node, name: str) -> Node | None:
    try:
        return derivatives.derivative(tree, [name]).tree
    except _FAILURES:
        return None


@lru_cache(maxsize=256)
def factors(tree: Node, name: str) -> tuple[Node, ...] | None:
    """Functions of which one is 0 wherever ``tree`` is, where it is analytic; what has no zeros is left out.

    None where there is nothing to take apart.
    """
    if operations(tree) > _MOST_OPERATIONS:
        return None
    try:
        whole = symbolic.to_sympy(tree)
        x = symbolic.symbol(name)
        waves = TR2(TR1(whole))  # sines and cosines, which are analytic at the poles of tangents too
        top = sympy.factor(sympy.fraction(sympy.together(sympy.factor_terms(waves)))[0])
        found: list[Node] = []
        for factor in sympy.Mul.make_args(top):
            while factor.is_Pow and factor.exp.is_number and factor.exp.is_positive:
                factor = factor.base
            positive = factor.is_Pow and factor.exp.has(x)  # its base is positive wherever it is analytic
            if factor.has(x) and not positive and not isinstance(factor, sympy.exp):
                found += [symbolic.from_sympy(each) for each in sympy.Mul.make_args(factor) if each.has(x)]
        if tree in found or set(found) & {symbolic.from_sympy(each) for each in (whole, -whole)}:
            return None
        return tuple(dict.fromkeys(found))
    except _FAILURES:
        return None


def _narrowed(
    tree: Node,
    slope: Node | None,
    name: str,
    low: Fraction,
    high: Fraction,
    sign_low: int | None,
    digits: int,
) -> tuple[Fraction, Fraction]:
    """A bracket of width 10**-digits, by Newton's method on intervals, or by halves."""
    target, work = Fraction(1, 10**digits), digits + 20
    while high - low > target:
        middle = _short((low + high) / 2, high - low)
        if slope is not None:
            there = numeric.ball(slope, {name: hull(low, high, work)}, work)
            here = numeric.ball(tree, {name: middle}, work)
            if (
                isinstance(there, Fraction | numeric.Ball)
                and isinstance(here, Fraction | numeric.Ball)
                and numeric.sign(there)
            ):
                with flint.ctx.workdps(work):
                    step = numeric.as_arb(middle) - numeric.as_arb(here) / numeric.as_arb(there)
                    a, b = ends(numeric.Ball(step))
                a, b = max(a, low), min(b, high)
                if a <= b and b - a < (high - low) / 2:
                    low, high = a, b
                    continue
        there_sign = numeric.sign(numeric.evaluate(tree, 5, {name: middle}, limit=max(200, 2 * work)))
        if there_sign is None:
            break
        if there_sign == 0:
            return middle, middle
        low, high = (middle, high) if there_sign == sign_low else (low, middle)
    return low, high


def _short(place: Fraction, width: Fraction) -> Fraction:
    """A dyadic rational near another, within a small part of ``width``."""
    if width <= 0:
        return place
    bits = max(0, len(bin(int(1 / width))) + 6) if width < 1 else 6
    return Fraction(round(place * 2**bits), 2**bits)


# --------------------------------------------------------------------------------------------------- zeros


class Zeros:
    """The zeros of a function and of its derivatives on intervals on which it is analytic."""

    def __init__(self, tree: Node, name: str, depth: int = 0) -> None:
        self.name, self.depth = name, depth
        self._trees: list[Node] = [tree]

    def tree(self, level: int) -> Node:
        """The derivative of order ``level``."""
        while len(self._trees) <= level:
            made = _slope(self._trees[-1], self.name)
            if made is None:
                raise Unsettled("a derivative without a closed form")
            self._trees.append(made)
        return self._trees[level]

    def vanishes(self, level: int, sample: Fraction) -> bool:
        """Is it 0 everywhere, as it is then at ``sample``?"""
        if level not in self.is_nought:
            self.is_nought[level] = self._is_nought(self.tree(level), sample)
        return self.is_nought[level]

    @cached_property
    def is_nought(self) -> dict[int, bool]:
        return {}

    def _is_nought(self, tree: Node, sample: Fraction) -> bool:
        if self.name not in names_in(tree):
            return numeric.sign(symbolic.evaluate(tree, 5)) == 0
        if self._at(tree, sample):
            return False
        try:
            expression = symbolic.to_sympy(tree)
            return bool(
                expression == 0 or (operations(tree) < _MOST_OPERATIONS and sympy.simplify(expression) == 0)
            )
        except _FAILURES:
            return False

    def inside(self, low: Place | None, high: Place | None, level: int = 0) -> list[Place]:
        """The zeros strictly between two places, in order. Raises Unsettled."""
        key = (level, id(low), id(high))
        if key not in self._memory:
            try:
                found = self._inside(low, high, level)
                for place in found:
                    place.zero_of.add(self.tree(level))
                self._memory[key] = found
            except Unsettled as error:
                self._memory[key] = error
        known = self._memory[key]
        if isinstance(known, Unsettled):
            raise known
        return known

    @cached_property
    def _memory(self) -> dict[Any, list[Place] | Unsettled]:
        return {}

    def _inside(self, low: Place | None, high: Place | None, level: int) -> list[Place]:
        tree = self.tree(level)
        if self.name not in names_in(tree):
            if numeric.sign(symbolic.evaluate(tree, 5)) in (-1, 1):
                return []
            raise Unsettled("a constant of which it is not known whether it is 0")
        if self._is_bounded_away(tree, low, high):
            return []
        known = by_algebra(tree, self.name)
        if known is not None:
            return self._of_algebra(known, tree, low, high)
        parts = factors(tree, self.name) if self.depth < _MOST_DEPTH else None
        if parts is not None:
            each = [Zeros(part, self.name, self.depth + 1).inside(low, high) for part in parts]
            return merged(place for some in each for place in some)
        try:
            if self._is_solved(level + 1) and not self.vanishes(level + 1, between(low, high)):
                return self._by_rolle(low, high, level, self.inside(low, high, level + 1))
        except Unsettled:
            pass
        if low is None or high is None:
            raise Unsettled("all zeros on an unbounded interval", (low, high))
        return self._by_boxes(low, high, level)

    def _is_bounded_away(self, tree: Node, low: Place | None, high: Place | None) -> bool:
        """Do bounds on the whole interval exclude 0?"""
        ends_ = (-inf if low is None else near(low.low)[0], inf if high is None else near(high.high)[1])
        values = intervals.bounds(tree, {self.name: ends_})
        return values is not None and (values[0] > 0 or values[1] < 0)

    def _is_solved(self, level: int) -> bool:
        """Are the zeros of a derivative of this order, or of a higher one, known by algebra?"""
        return any(by_algebra(self.tree(k), self.name) is not None for k in range(level, _LEVELS + 1))

    def _of_algebra(self, known: _Known, tree: Node, low: Place | None, high: Place | None) -> list[Place]:
        inside = [each for each in known.single if _lies(each, low, high)]
        for start, period in known.families:
            if low is None or high is None:
                raise Unsettled("infinitely many zeros", (low, high))
            first, length = _of_sympy(start), _of_sympy(period)
            before = floor((low.low - first.high) / length.high) - 1
            after = ceil((high.high - first.low) / length.low) + 1
            if after - before >= _MOST_FAMILY:
                raise Unsettled("too many zeros", (low, high))
            members = (_of_sympy(start + n * period) for n in range(before, after + 1))
            inside += [each for each in members if _lies(each, low, high)]
        kept = []
        for place in merged(inside):
            here = is_zero(tree, self.name, place)
            if here is None and place.exact is not None and not self._is_candidate_proved(tree):
                raise Unsettled("a zero that is not proved", (place, place))
            if here is not False:
                kept.append(place)
        return kept

    def _is_candidate_proved(self, tree: Node) -> bool:
        """Where a function without branches is analytic, what algebra finds are its zeros."""
        return not any(
            isinstance(node, Call) and node.function in ("Piecewise", "Max", "Min")
            for node in postorder(tree)
        )

    # ------------------------------------------------------------------------------------------- Rolle

    def _by_rolle(
        self, low: Place | None, high: Place | None, level: int, turns: Sequence[Place]
    ) -> list[Place]:
        tree = self.tree(level)
        found: list[Place] = []
        knots: list[Place | None] = [low, *turns, high]
        for index, (a, b) in enumerate(pairwise(knots)):
            if index and a is not None:
                at = sign(tree, self.name, a)
                if at is None:
                    raise Unsettled("whether it is 0 at a place without a name", (a, a))
                if at == 0:
                    found.append(a)
            slope = self._sign_inside(level + 1, a, b)
            left = self._end(level, a, 1, slope, inner=index > 0)
            right = self._end(level, b, -1, slope, inner=index < len(knots) - 2)
            if left * right < 0:
                found.append(self._only(tree, a, b, left))
        return found

    def _sign_inside(self, level: int, a: Place | None, b: Place | None) -> int:
        sample = between(a, b)
        found = numeric.sign(numeric.evaluate(self.tree(level), 5, {self.name: sample}, limit=300))
        if not found:
            raise Unsettled("the sign between two zeros", (a, b))
        return found

    def _end(self, level: int, place: Place | None, side: int, slope: int, inner: bool) -> int:
        """The sign of the limit at one end, from inside; 0 for 0. ``slope`` is the sign of the derivative."""
        tree = self.tree(level)
        if place is not None and (inner or is_regular(tree, self.name, place)):
            found = sign(tree, self.name, place)
            if found is not None:
                return found
        found = limit_sign(tree, self.name, place, side, slope)
        if found is None:
            raise Unsettled("a limit", (place, place))
        return found

    def _only(self, tree: Node, a: Place | None, b: Place | None, left: int) -> Place:
        """The only zero between two places, towards the first of which the sign is ``left``."""
        low = high = between(a, b)
        for k in range(1, 60):
            low_sign = self._at(tree, low)
            if low_sign == left:
                break
            if low_sign == 0:
                return of_tree(rational(low))
            low = _towards(a, low, k)
        for k in range(1, 60):
            high_sign = self._at(tree, high)
            if high_sign == -left:
                break
            if high_sign == 0:
                return of_tree(rational(high))
            high = _towards(b, high, k)
        if self._at(tree, low) != left or self._at(tree, high) != -left:
            raise Unsettled("a zero near the end of an interval", (a, b))
        return _simple(tree, self.name, low, high)

    def _at(self, tree: Node, place: Fraction) -> int | None:
        found = numeric.evaluate(tree, 5, {self.name: place}, limit=300)
        if found is numeric.UNSETTLED:
            found = symbolic.evaluate(substitute(tree, {Name(self.name): rational(place)}), 5)
        return numeric.sign(found)

    # ------------------------------------------------------------------------------------------- boxes

    def _by_boxes(self, low: Place, high: Place, level: int) -> list[Place]:
        """All zeros on a bounded interval by interval Newton."""
        tree, slope = self.tree(level), self.tree(level + 1)
        left, right = (is_regular(tree, self.name, each) for each in (low, high))
        ends_ = [(low, left), (high, right)]
        start = low.low if left else low.high
        stop = high.high if right else high.low
        zeros_at_ends = [each for each, regular in ends_ if regular and is_zero(tree, self.name, each)]
        todo = [(start, stop)]
        found: list[Place] = []
        for _ in range(_MOST_BOXES):
            if not todo:
                return [each for each in merged(found) if _lies(each, low, high)]
            a, b = todo.pop()
            touching = (not left and a == start) or (not right and b == stop)
            if touching and self._is_free_at_end(level, a, b, low, high, start, stop):
                continue
            if not touching:
                box = hull(a, b)
                here = numeric.ball(tree, {self.name: box}, _WORK)
                if numeric.sign(here):
                    continue
                rate = numeric.ball(slope, {self.name: box}, _WORK)
                if numeric.sign(rate):
                    signs = [self._at(tree, end) for end in (a, b)]
                    if None not in signs:
                        for end, each in zip((a, b), signs):
                            if each == 0:
                                found.append(of_tree(rational(end)))
                        if signs[0] * signs[1] < 0:  # type: ignore[operator]
                            found.append(_simple(tree, self.name, a, b))
                        continue
                    if any(each.low <= b and a <= each.high for each in zeros_at_ends):
                        continue  # the one zero in the box is the end itself
                elif self._is_free_by_mean(tree, rate, a, b):
                    continue
                elif b - a < _NARROW:
                    place = self._multiple(level, a, b, zeros_at_ends)
                    if place is not None:
                        found.append(place)
                        continue
            if b - a < _NARROW / 2**20 or len(found) > _MOST_FOUND:
                todo.append((a, b))
                break
            middle = a + (b - a) * Fraction(18, 37)
            middle = _short(middle, b - a)
            todo += [(a, middle), (middle, b)]
        where = todo[-1] if todo else (start, stop)
        raise Unsettled("all zeros", where)

    def _is_free_by_mean(self, tree: Node, rate: numeric.Value, a: Fraction, b: Fraction) -> bool:
        """f(m) + f'(X)(X - m) does not hold 0"""
        middle = (a + b) / 2
        here = numeric.ball(tree, {self.name: middle}, _WORK)
        if not isinstance(rate, Fraction | numeric.Ball) or not isinstance(here, Fraction | numeric.Ball):
            return False
        with flint.ctx.workdps(_WORK):
            wide = numeric.as_arb(a).union(numeric.as_arb(b)) - numeric.as_arb(middle)
            made = numeric.as_arb(here) + numeric.as_arb(rate) * wide
        return bool(made > 0 or made < 0)

    def _is_free_at_end(
        self, level: int, a: Fraction, b: Fraction, low: Place, high: Place, start: Fraction, stop: Fraction
    ) -> bool:
        """Has it no zero on a piece that touches an end at which it is not analytic?"""
        within = {self.name: (near(low.low if a == start else a)[0], near(high.high if b == stop else b)[1])}
        values = intervals.bounds(self.tree(level), within)
        if values is not None and (values[0] > 0 or values[1] < 0):
            return True
        if a == start and b == stop:
            return False
        rates = intervals.bounds(self.tree(level + 1), within)
        if rates is None or rates[0] <= 0 <= rates[1]:
            return False
        slope = 1 if rates[0] > 0 else -1
        end, side, other = (low, 1, b) if a == start else (high, -1, a)
        limit = limit_sign(self.tree(level), self.name, end, side, slope)
        there = self._at(self.tree(level), other)
        return limit is not None and there in (-1, 1) and limit * there >= 0

    def _multiple(self, level: int, a: Fraction, b: Fraction, known: Sequence[Place]) -> Place | None:
        """The only zero in a narrow box, at which derivatives vanish too, if it is a place that can be guessed."""
        guesses = [each for each in known if a <= each.low and each.high <= b]
        plain = simplest(a, b)
        if plain.denominator < 10**6:
            guesses.append(of_tree(rational(plain)))
        turns = (plain := simplest(a * 113 / 355, b * 113 / 355)).denominator
        if turns < 100:
            guesses.append(of_tree(Call("*", (rational(plain), Name("pi")))))
        box = hull(a, b)
        for place in guesses:
            if not (a <= place.low and place.high <= b):
                continue
            for k in range(_LEVELS):
                tree = self.tree(level + k)
                if k and numeric.sign(numeric.ball(tree, {self.name: box}, _WORK)):
                    return place
                if not is_zero(tree, self.name, place):
                    break
        return None


def _towards(end: Place | None, here: Fraction, k: int) -> Fraction:
    """Nearer to an end, ever faster."""
    if end is None:
        return here * 2 if abs(here) >= 1 else here  # replaced by the callers' sign
    gap = end.middle - here
    end.narrow(20 + k)
    return _short(end.middle - gap * _STEP**k, abs(gap) * _STEP**k / 8)


def _lies(place: Place, low: Place | None, high: Place | None) -> bool:
    return (low is None or order(low, place) < 0) and (high is None or order(place, high) < 0)


def is_regular(tree: Node, name: str, place: Place) -> bool:
    """Is a function without branches analytic at a place, as its value there and its domain's inside tell?"""
    from calcgrad.calculus.kinks import kink_condition

    for node in postorder(tree):
        if not isinstance(node, Call) or name not in names_in(node):
            continue
        for condition, wanted in ((condition_of(node), True), (kink_condition(node, [name]), False)):
            if condition is not None and holds_around(condition, name, place) is not wanted:
                return False
    return isinstance(value(tree, name, place), Fraction | numeric.Ball) or is_zero(tree, name, place) is True


def holds_around(condition: Node, name: str, place: Place) -> bool | None:
    """Does a condition hold all around a place, or nowhere around it? None where it changes there, or is not known."""
    if not isinstance(condition, Call):
        return None
    if condition.function in ("&", "|"):
        parts = [holds_around(each, name, place) for each in condition.args]
        decisive = condition.function == "|"
        return decisive if decisive in parts else None if None in parts else not decisive
    if name not in names_in(condition):
        found = symbolic.evaluate(condition, 5)
        return found if isinstance(found, bool) else None
    if condition.args[1] == Call("floor", (condition.args[0],)):
        return None
    way = sign(Call("-", condition.args), name, place)
    if not way:
        return None
    return {"<": way < 0, "<=": way < 0, ">": way > 0, ">=": way > 0, "==": False, "!=": True}.get(
        condition.function
    )


def limit_sign(tree: Node, name: str, place: Place | None, side: int, slope: int = 0) -> int | None:
    """The sign of a one-sided limit; None where it is not known. None as place: at infinity, on the side it comes from.

    ``slope`` is the sign of the derivative there: towards a pole a rising function falls to -oo, from one it comes.
    """
    found = limit_at(tree, name, place, side)
    if found is None and place is not None and place.exact is None:
        return _sign_of(limit_beside(tree, name, place, side))
    if found is None:
        return None
    if found == "pole":
        return -slope * side if slope else None
    if found.is_infinite:
        return 1 if found is S.Infinity else -1
    if found.is_zero:
        return 0
    return numeric.sign(symbolic.evaluate(symbolic.from_sympy(found), 5))


@lru_cache(maxsize=512)
def _limit(tree: Node, name: str, point: Node, side: int) -> limits.OneSided:
    return limits.one_sided(tree, name, point, side)


def limit_at(tree: Node, name: str, place: Place | None, side: int) -> Any:
    """A one-sided limit: a number of SymPy's; "pole" where it is infinite, with a sign that is not known; else None."""
    if place is None or place.exact is not None:
        far = Name("oo") if side < 0 else Call("neg", (Name("oo"),))
        point = far if place is None else place.exact
        assert point is not None
        try:
            found = _limit(tree, name, point, side)
        except _FAILURES:
            return None
        return found.value if found.evidence != "numeric" else None
    try:
        top, bottom = (
            symbolic.from_sympy(each) for each in sympy.fraction(sympy.together(symbolic.to_sympy(tree)))
        )
    except _FAILURES:
        return None
    below = any(is_zero(each, name, place) for each in vanishing(bottom))
    if below and is_zero(top, name, place) is False and is_regular(top, name, place):
        return "pole"
    return None


Limit = Node | numeric.Real | float | None  # exact, within bounds, infinite, or not known


def limit_beside(tree: Node, name: str, place: Place, side: int) -> Limit:
    """A one-sided limit at a place without a name, where parts are functions of one that has a simple zero there.

    Beside a simple zero of u its sign is known, and what depends on x by u alone tends to what it does for u -> 0.
    """
    u = next((node for node in postorder(tree) if is_zero(node, name, place)), None)
    rate = None if u is None else _slope(u, name)
    way = None if rate is None else sign(rate, name, place)
    if u is None or not way:
        return None
    t = Name("t" if name != "t" else "s")
    put: dict[Node, Node] = {u: t if way * side > 0 else Call("neg", (t,))}

    def at(node: Node) -> Limit:
        if is_regular(node, name, place):
            found = value(node, name, place)
            return found if isinstance(found, Fraction | numeric.Ball) else Fraction(0)
        made = substitute(node, put)
        if name not in names_in(made):
            limit = _limit(made, t.name, Number(0), 1).value
            if limit is None or limit.is_infinite:
                return None if limit is None else inf if limit is S.Infinity else -inf
            return symbolic.from_sympy(limit)
        if not isinstance(node, Call) or node.function not in ("+", "-", "*", "/", "neg"):
            return None
        one, other = node.args[0], node.args[-1]
        if node.function == "/":
            if one is Number(1):
                return None
            other = Call("/", (Number(1), other))
        return _together(node.function, *(_measured(at(each)) for each in (one, other)))

    try:
        return at(tree)
    except _FAILURES:
        return None


def _measured(limit: Limit) -> numeric.Real | float | None:
    found = symbolic.evaluate(limit, _WORK) if isinstance(limit, Node) else limit
    return found if isinstance(found, Fraction | numeric.Ball | float) else None


def _sign_of(limit: Limit) -> int | None:
    found = _measured(limit)
    if isinstance(found, float):
        return 1 if found > 0 else -1
    return None if found is None else numeric.sign(found)


def _together(word: str, one: numeric.Real | float | None, other: numeric.Real | float | None) -> Limit:
    """The limit of a sum, a difference, a product (as which a quotient is meant) or of what is negative."""
    if one is None or other is None:
        return None
    if word in ("neg", "-"):
        turned = numeric.Ball(-other.arb) if isinstance(other, numeric.Ball) else -other
        return turned if word == "neg" else _together("+", one, turned)
    if isinstance(one, float) or isinstance(other, float):
        if word == "+":
            endless = {each for each in (one, other) if isinstance(each, float)}
            return endless.pop() if len(endless) == 1 else None
        ways = [_sign_of(each) for each in (one, other)]
        return None if not all(ways) else inf if ways[0] == ways[1] else -inf
    with flint.ctx.workdps(_WORK):
        a, b = numeric.as_arb(one), numeric.as_arb(other)
        return numeric.Ball(a + b if word == "+" else a * b)


def rounded(ball: numeric.Ball, digits: int) -> str:
    """The decimal of a ball that knows how to be finer, each digit right."""
    from calcgrad.decimals import fraction_text

    more, found = digits + 5, ball
    while True:
        if ball.finer is not None:
            finer = ball.finer(more)
            found = finer if isinstance(finer, numeric.Ball) else found
        low, high = (fraction_text(each, digits) for each in ends(found))
        if low == high or more > 1000 or ball.finer is None:
            return low if low == high else fraction_text((ends(found)[0] + ends(found)[1]) / 2, digits)
        more *= 2
