"""What a plane curve F(x, y) = 0 is near one of its points: its half-branches, and their tangents.

    here = {Name("x"): Number(0), Name("y"): Number(0)}
    of_curve(parse("y^2 - x^2 - x^3").node, "x", "y", here).kind        # "node"

Newton's polygon: beside the point a half-branch is y = c*x**(p/q) + ..., one for each real root c of the polynomial
of an edge; where a root is multiple, what is left is looked at in the same way (Walker, Algebraic Curves, IV). The
coefficients are Taylor's, exact constants; where those that are known do not tell, more are computed, or the
answer is Undecided. At kinks each smooth piece of F has its own half-branches, of which those count that lie where
the piece holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cmp_to_key
from itertools import pairwise
from math import comb, factorial, gcd, lcm
from typing import Any

import flint
import sympy

from calcgrad.calculus import derivatives, kinks, numeric, rules, symbolic
from calcgrad.calculus.multiseries import constants, exact
from calcgrad.calculus.multiseries.exact import ONE, ZERO, Exact, Undecided
from calcgrad.calculus.roots import degree, vanishing
from calcgrad.expression.arrays import constant
from calcgrad.expression.columns import listed
from calcgrad.expression.tree import (
    COMPARISONS,
    FALSE,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    names_in,
    operations,
    postorder,
    product,
    rational,
    substitute,
)

Root = Exact | numeric.Ball  # a ball where an algebraic number has no shorter name
_Terms = dict[tuple[int, int], Exact]
_X = Name("x")
_NOUGHT = Number(0)
_ORDERS = (3, 5, 8)  # of Taylor polynomials, one after the other where the one before does not tell
_MOST_DEGREE = 24  # of a polynomial whose variables are shifted
_DEEP = 12  # multiple roots, one below the other
_MOST_OPERATIONS = 60
_MOST_CONDITIONS = 6
_TERMS = 3  # of a half-branch, with which it is put into conditions


@dataclass(frozen=True)
class Half:
    """A half-branch: y - b is about c*|x - a|**exponent to one ``side`` of a; 0 is beside the line x = a, or on it."""

    side: int
    exponent: Fraction = ZERO
    c: Root = ZERO

    @property
    def slope(self) -> Root | None:
        """None for a vertical tangent."""
        if self.side == 0 or (self.exponent < 1 and self._moves):
            return None
        if self.exponent > 1 or not self._moves:
            return ZERO
        return _negative(self.c) if self.side < 0 else self.c

    @property
    def way(self) -> int:
        """Which way along its tangent it goes: that of growing x, or of growing y where it is vertical."""
        return self.side if self.side and self.slope is not None else _sign(self.c)

    @property
    def _moves(self) -> bool:
        return isinstance(self.c, numeric.Ball) or self.c != 0


@dataclass(frozen=True)
class Local:
    """The half-branches at a point; ``smooth`` where F has no kink there."""

    halves: tuple[Half, ...]
    smooth: bool = True

    @property
    def lines(self) -> list[tuple[Root | None, int, int]]:
        """Each tangent's slope, the vertical one last, with the number of half-branches either way."""
        slopes: list[Root | None] = []
        for half in self.halves:
            if not any(same(half.slope, each) for each in slopes):
                slopes.append(half.slope)
        found = []
        for slope in sorted(slopes, key=cmp_to_key(_compare)):
            ways = [half.way for half in self.halves if same(half.slope, slope)]
            found.append((slope, ways.count(-1), ways.count(1)))
        return found

    def to(self, side: int) -> list[Half]:
        return [half for half in self.halves if half.side == side]

    @property
    def is_function(self) -> bool:
        """Is y a function of x near the point?"""
        return len(self.to(-1)) == len(self.to(1)) == 1 and not self.to(0)

    @property
    def kind(self) -> str:
        """The name of a point; '' of an ordinary one."""
        ways = [tuple(sorted(pair)) for _, *pair in self.lines]
        if not ways:
            return "isolated point"
        if ways == [(0, 1)]:
            return "end point"
        if ways == [(1, 1)]:
            return ""
        if ways == [(0, 2)]:
            return "cusp"
        if ways == [(2, 2)]:
            return "tacnode"
        if set(ways) == {(1, 1)}:
            return {2: "node", 3: "triple point"}.get(len(ways), f"{len(ways)}-fold point")
        if ways == [(0, 1), (0, 1)]:
            return "corner"
        return "singular point"


def of_curve(root: Node, x: str, y: str, here: Mapping[Node, Node]) -> Local:
    """The half-branches of root = 0 at a point of it. Raises Undecided, and NotReal where a part has no value there."""
    found: list[Half] = []
    pieces = list(_pieces(_Piece(without_multiples(root)), x, y, dict(here)))
    for piece in pieces:
        found += _of_piece(piece, x, y, dict(here))
    return Local(tuple(found), len(pieces) == 1)


# ------------------------------------------------------------------------------------------------------- pieces


@dataclass(frozen=True)
class _Condition:
    """What has which sign where a piece holds; ``closed`` if the piece holds where it is 0, too."""

    gap: Node
    sign: int
    closed: bool = False

    def holds(self, sign: int) -> bool:
        return sign == self.sign or (sign == 0 and self.closed)


@dataclass(frozen=True)
class _Piece:
    """What the curve is, ``root`` = 0, where some conditions hold."""

    root: Node
    conditions: tuple[_Condition, ...] = ()

    def within(self, root: Node, more: Sequence[_Condition]) -> _Piece | None:
        """The piece with more conditions; None if they exclude each other."""
        known = {each.gap: each for each in self.conditions}
        if any(each.gap in known and known[each.gap].sign != each.sign for each in more):
            return None
        return _Piece(root, self.conditions + tuple(each for each in more if each.gap not in known))


def _pieces(piece: _Piece, x: str, y: str, here: dict[Node, Node]) -> Iterator[_Piece]:
    """The expressions that a piece's is beside the point, each with where it is that."""
    special = kinks.specials(piece.root, [x, y], here)
    if special is None:
        raise Undecided("whether a part is at one of its kinks")
    ways = next((found for call in special if (found := list(_ways(call, here)))), None)
    if ways is None:
        yield piece
        return
    if len(piece.conditions) > _MOST_CONDITIONS:
        raise Undecided("too many kinks meet there")
    for values, more in ways:
        root = kinks.decided(substitute(piece.root, values))
        if [each.sign for each in more] == [0]:  # on the kink itself
            if kinks.specials(root, [x, y], here) != []:
                raise Undecided("two kinks meet there")
            yield _Piece(more[0].gap, (*piece.conditions, _Condition(root, 0)))
        elif (inside := piece.within(root, more)) is not None:
            yield from _pieces(inside, x, y, here)


_Way = tuple[dict[Node, Node], list[_Condition]]


def _ways(call: Call, here: dict[Node, Node]) -> Iterator[_Way]:
    """What a call at its kink may be beside the point; nothing for roots, which ``_of_piece`` straightens."""
    gap: Node
    if call.function in COMPARISONS:
        gap, function = Call("-", call.args), call.function
        for sign, signs in ((-1, ("<", "<=", "!=")), (1, (">", ">=", "!="))):
            holds = function in signs
            closed = holds == (function in ("<=", ">=")) and function not in ("==", "!=")
            yield {call: TRUE if holds else FALSE}, [_Condition(gap, sign, closed)]
        if function in ("==", "!="):
            yield {call: TRUE if function == "==" else FALSE}, [_Condition(gap, 0)]
    elif call.function in ("Max", "Min"):
        args = tuple(dict.fromkeys(call.args))
        for index, each in enumerate(args):
            conditions = []
            for other, rest in enumerate(args):
                if rest is not each:  # one gap for both, so that what excludes each other is seen
                    first = index < other
                    gap = Call("-", (each, rest) if first else (rest, each))
                    sign = 1 if first == (call.function == "Max") else -1
                    conditions.append(_Condition(gap, sign, first))
            yield {call: each}, conditions
    elif pieces := listed(call.function, "pieces"):
        gap = call.args[0]
        below, at, above = (substitute(each, {_X: gap}) for each in pieces)
        steps = [_is_zero(Call("-", (each, at)), here) for each in (below, above)]
        yield {call: below}, [_Condition(gap, -1, steps[0])]
        yield {call: above}, [_Condition(gap, 1, steps[1] and not steps[0])]
        if not any(steps):
            yield {call: at}, [_Condition(gap, 0)]
    elif _radical(call) is None:
        raise Undecided(f"what {call.function} is there")


def _is_zero(tree: Node, here: dict[Node, Node]) -> bool:
    return constants.is_zero(constants.of(substitute(tree, here)))


def _of_piece(piece: _Piece, x: str, y: str, here: dict[Node, Node]) -> list[Half]:
    conditions = piece.conditions
    trees = [without_multiples(piece.root), *(each.gap for each in conditions)]
    straight = [_straightened(trees, name, here) for name in (x, y)]
    for each in straight:
        trees = [each.put(tree) for tree in trees]
    places = {
        Name(name): here[Name(name)] if each.power == 1 else Number(0)
        for name, each in zip((x, y), straight, strict=True)
    }
    if not _is_zero(trees[0], here | places):
        return []
    for order in _ORDERS:
        try:
            return _halves(trees, conditions, x, y, here | places, straight, order)
        except _NeedMore:
            continue
    raise Undecided("its first derivatives do not tell the branches apart")


def without_multiples(root: Node) -> Node:
    """An expression with the same zeros, its factors taken once, where algebra sees that some stand there twice."""
    root = product(dict.fromkeys(parts)) if (parts := vanishing(root)) else root
    if operations(root) > _MOST_OPERATIONS or degree(root) > _MOST_DEGREE:
        return root
    try:
        top = sympy.fraction(sympy.together(symbolic.to_sympy(root)))[0]
        factors = sympy.factor_list(top)[1]
        if all(multiple == 1 for _, multiple in factors):
            return root
        return symbolic.from_sympy(sympy.Mul(*(factor for factor, _ in factors)))
    except symbolic.ALL_FAILURES:
        return root


# -------------------------------------------------------------------------------- roots of x - a, or of y - b


@dataclass(frozen=True)
class _Straight:
    """x - a is ``sign``*t**power, where an even power stands for the one side on which a root is real."""

    name: str
    place: Node = _NOUGHT
    power: int = 1
    sign: int = 1
    roots: dict[Node, Node] = field(default_factory=dict)

    def put(self, tree: Node) -> Node:
        if self.power == 1:
            return tree
        t = Call("**", (Name(self.name), Number(self.power)))
        moved = Call("+" if self.sign > 0 else "-", (self.place, t))
        return substitute(substitute(tree, self.roots), {Name(self.name): moved, Name(_T): Name(self.name)})


_T = "t_0"  # no user's name: it is substituted at once


def _radical(call: Call) -> tuple[Node, int, bool] | None:
    """What stands below a root, the root's degree, and whether it is real on both sides."""
    if call.function in ("sqrt", "cbrt"):
        return call.args[0], 2 if call.function == "sqrt" else 3, call.function == "cbrt"
    n = constant(call.args[1]) if call.function in ("root", "**") else None
    if n is None or (call.function == "root" and (n.denominator > 1 or n < 2 or n % 2 == 0)):
        return None
    if call.function == "root":
        return call.args[0], int(n), True
    return (call.args[0], n.denominator, False) if n > 0 and 1 < n.denominator <= 12 else None


def _straightened(trees: Sequence[Node], name: str, here: dict[Node, Node]) -> _Straight:
    """The variable in which roots of it that meet their kink are whole powers."""
    at: dict[Call, tuple[Node, int, bool]] = {}
    for tree in trees:
        for node in postorder(tree):
            if not isinstance(node, Call) or name not in names_in(node) or (found := _radical(node)) is None:
                continue
            if constants.is_zero(constants.of(substitute(found[0], here))):
                at[node] = found
    if not at:
        return _Straight(name)
    power = lcm(*(degree for _, degree, _ in at.values()))
    factors: dict[Call, Exact] = {}
    for call, (inside, _, _) in at.items():
        slope = rules.derive(inside, name).after
        if names_in(inside) != {name} or slope is None or names_in(slope):
            raise Undecided(f"how {call.function} bends there")
        factors[call] = constants.of(slope)
    sides = {constants.sign(factors[call]) for call, (_, _, both) in at.items() if not both}
    if len(sides) > 1:
        raise Undecided("roots are real on two sides")
    sign = sides.pop() if sides else 1
    power *= 2 if power % 2 and not all(both for _, _, both in at.values()) else 1
    roots: dict[Node, Node] = {}
    for call, (_, n, both) in at.items():
        factor = factors[call] * Fraction(sign)
        top = Fraction(1, n) if both or call.function == "sqrt" else constant(call.args[1])
        assert top is not None
        made = constants.root(factor, n) if both else constants.power(factor, top)
        t = Call("**", (Name(_T), rational(top * power)))
        roots[call] = Call("*", (exact.tree(made), t))
    return _Straight(name, here[Name(name)], power, sign, roots)


# ----------------------------------------------------------------------------------------- Taylor's coefficients


class _NeedMore(Exception):
    """The Taylor polynomial that is known does not tell."""


@dataclass(frozen=True)
class _Series:
    """The terms that are not zero, by their exponents; those above a line through ``unknown`` are not known."""

    terms: _Terms
    unknown: tuple[tuple[int, int], ...] = ()


def _taylor(root: Node, x: str, y: str, here: dict[Node, Node], order: int, curve: bool) -> _Series:
    found = _of_polynomial(root, x, y, here, curve)
    if found is not None:
        return found
    terms: _Terms = {}
    row: Node | None = root
    for j in range(order):
        tree = row
        for i in range(order - j):
            if tree is None:
                raise Undecided("a derivative has no closed form")
            value = constants.of(kinks.decided(substitute(tree, here)))
            if not constants.is_zero(value):
                terms[i, j] = value * Fraction(1, factorial(i) * factorial(j))
            if i + j < order - 1:
                tree = derivatives.derivative(tree, [x]).tree
        if j < order - 1 and row is not None:
            row = derivatives.derivative(row, [y]).tree
    return _Series(terms, ((0, order), (order, 0)))


def _of_polynomial(root: Node, x: str, y: str, here: dict[Node, Node], curve: bool) -> _Series | None:
    """All coefficients at the point, of a polynomial; of a ``curve`` also of the top of a quotient of two."""
    try:
        gens = symbolic.symbol(x), symbolic.symbol(y)
        expression = symbolic.to_sympy(root)
        top = sympy.fraction(sympy.together(expression))[0] if curve else expression
        if not top.is_polynomial(*gens):
            return None
        polynomial = sympy.Poly(top, *gens)
        places = [symbolic.to_sympy(here[Name(name)]) for name in (x, y)]
        if polynomial.total_degree() > _MOST_DEGREE and any(place != 0 for place in places):
            return None
        if any(gen in place.free_symbols for gen in gens for place in places):
            return None
        moved = {gen: gen + place for gen, place in zip(gens, places, strict=True)}
        shifted = sympy.Poly(polynomial.as_expr().subs(moved, simultaneous=True), *gens)
        terms = {
            (int(i), int(j)): value
            for (i, j), c in shifted.terms()
            if not constants.is_zero(value := constants.of(symbolic.from_sympy(sympy.expand(c))))
        }
    except symbolic.ALL_FAILURES:
        return None
    return _Series(terms)


# ---------------------------------------------------------------------------------------------- half-branches


@dataclass(frozen=True)
class _Path:
    """x = ±t**q, y = t**p*(c + ...), and what stands for the dots in turn."""

    steps: tuple[tuple[int, int, Root], ...] = ()
    ends: bool = False  # the dots are 0

    @property
    def lead(self) -> tuple[Fraction, Root]:
        if not self.steps:
            return Fraction(2), ZERO
        p, q, c = self.steps[0]
        return Fraction(p, q), c


def _halves(
    trees: Sequence[Node], conditions: Sequence[_Condition], x: str, y: str, here: dict[Node, Node],
    straight: Sequence[_Straight], order: int,
) -> list[Half]:  # fmt: skip
    curve, *gaps = [_taylor(tree, x, y, here, order, index == 0) for index, tree in enumerate(trees)]
    if not curve.terms:
        raise _NeedMore
    found: list[Half] = []
    one, other = straight
    for side in (1, -1):
        if side < 0 and one.power % 2 == 0:
            continue
        flipped = [_flipped(each) if side < 0 else each for each in (curve, *gaps)]
        for path in _paths(flipped[0], _TERMS if gaps else 1):
            exponent, c = path.lead
            if other.power % 2 == 0 and path.steps and _sign(c) < 0:
                continue
            if all(
                each.holds(_sign_along(gap, path)) for gap, each in zip(flipped[1:], conditions, strict=True)
            ):
                made = _power(c, other.power) if other.power > 1 else c
                made = _negative(made) if other.sign < 0 else made
                power = exponent * Fraction(other.power, one.power)
                found.append(Half(side * one.sign, power, made))
    lowest = min(i for i, _ in curve.terms)
    if lowest > 0 and curve.unknown:
        if lowest > 1 or gaps or one.power > 1 or other.power > 1:
            raise _NeedMore
        found += [Half(0, ZERO, Fraction(way)) for way in (1, -1)]  # on which side of x = a is not known
    elif lowest > 0:  # x - a is a factor
        for way in (1, -1):
            if way < 0 and other.power % 2 == 0:
                continue
            along = [_sign_on_axis(gap, way) for gap in gaps]
            if all(each.holds(sign) for each, sign in zip(conditions, along, strict=True)):
                found.append(Half(0, ZERO, Fraction(way * other.sign)))
    return found


def _flipped(series: _Series) -> _Series:
    return replace(series, terms={(i, j): -c if i % 2 else c for (i, j), c in series.terms.items()})


def _paths(series: _Series, terms: int, depth: int = 0) -> list[_Path]:
    """Every y(x) that goes to 0 with x > 0, and is a zero of the series."""
    if depth > _DEEP:
        raise Undecided("the branches touch too closely")
    points = dict.fromkeys(series.terms, True) | {
        each: False for each in series.unknown if each not in series.terms
    }
    hull = _hull(list(points))
    found: list[_Path] = []
    for start, end in pairwise(hull):
        if not points[start]:
            if depth or end[0] != 1:
                raise _NeedMore
            continue  # the one near the line x = a, which ``_halves`` adds
        if not points[end]:
            if start[1] != 1:
                raise _NeedMore
            found.append(_Path())  # one that is flatter than what is known
            continue
        di, dj = end[0] - start[0], start[1] - end[1]
        p, q = di // gcd(di, dj), dj // gcd(di, dj)
        weight = q * start[0] + p * start[1]
        if any(q * i + p * j <= weight for i, j in series.unknown):
            raise _NeedMore
        edge = {j: c for (i, j), c in series.terms.items() if q * i + p * j == weight}
        least = min(edge)
        coefficients = [edge.get(j, ZERO) for j in range(least, max(edge) + 1, q)]
        for c, multiple in _nonzero_roots(coefficients, q):
            step = (p, q, c)
            if multiple == 1 and terms == 1:
                found.append(_Path((step,)))
                continue
            if isinstance(c, numeric.Ball):
                raise Undecided("a coefficient has no name")
            inner = _moved(series, p, q, c, weight)
            deeper = _paths(inner, max(terms - 1, 1), depth + 1)
            found += [_Path((step, *path.steps), path.ends) for path in deeper]
    if hull and points[hull[-1]] and hull[-1][1] > 0:  # y is a factor
        found.append(_Path(ends=True))
    return found


def _hull(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The lower left border, from the lowest of the leftmost points to the leftmost of the lowest."""
    left = min(points)
    bottom = min(points, key=lambda each: (each[1], each[0]))
    hull = [left]
    while hull[-1] != bottom:
        i, j = hull[-1]
        below = [each for each in points if each[1] < j]
        steepest = min(Fraction(a - i, j - b) for a, b in below)
        hull.append(
            min(
                (each for each in below if Fraction(each[0] - i, j - each[1]) == steepest), key=lambda e: e[1]
            )
        )
    return hull


def _moved(series: _Series, p: int, q: int, c: Exact, weight: int) -> _Series:
    """The series of P(t**q, t**p*(c + v))/t**weight in t and v."""
    powers: list[Exact] = [ONE]
    terms: _Terms = {}
    for (i, j), a in series.terms.items():
        while len(powers) <= j:
            powers.append(powers[-1] * c)
        for each in range(j + 1):
            key = (q * i + p * j - weight, each)
            terms[key] = terms.get(key, ZERO) + a * powers[j - each] * Fraction(comb(j, each))
    unknown = min((q * i + p * j - weight for i, j in series.unknown), default=None)
    kept = {
        key: c
        for key, c in terms.items()
        if not constants.is_zero(c) and (unknown is None or key[0] < unknown)
    }
    return _Series(kept, () if unknown is None else ((unknown, 0),))


def _nonzero_roots(coefficients: list[Exact], step: int) -> list[tuple[Root, int]]:
    """The real roots of a polynomial in c**step, lowest coefficient first, with their multiplicities."""
    found: list[tuple[Root, int]] = []
    for z, multiple in _roots(coefficients):
        if step == 1:
            found.append((z, multiple))
        elif step % 2:
            found.append((_root(z, step), multiple))
        elif _sign(z) > 0:
            found += [(_root(z, step), multiple), (_negative(_root(z, step)), multiple)]
    return found


def _roots(coefficients: list[Exact]) -> list[tuple[Root, int]]:
    leading = coefficients[-1]
    if len(coefficients) == 2:
        return [(-coefficients[0] * constants.inverse(leading), 1)]
    if len(coefficients) == 3:
        return _of_square(*coefficients)
    monic = [each * constants.inverse(leading) for each in coefficients]
    if not all(isinstance(each, Fraction) for each in monic):
        raise Undecided("a polynomial's coefficients are no rationals")
    whole = flint.fmpq_poly([flint.fmpq(c.numerator, c.denominator) for c in monic]).numer()  # type: ignore[union-attr]
    found: list[tuple[Root, int]] = []
    for factor, multiple in whole.factor()[1]:
        parts = [Fraction(int(c)) for c in factor.coeffs()]
        if len(parts) <= 3:
            found += [(root, multiple * each) for root, each in _roots([*parts])]
            continue
        with flint.ctx.workdps(40):
            for root, _ in factor.complex_roots():
                if root.imag == 0:
                    found.append((_ball(root.real), multiple))
    return found


def _of_square(c: Exact, b: Exact, a: Exact) -> list[tuple[Root, int]]:
    inside = b * b - a * c * Fraction(4)
    sign = constants.sign(inside)
    half = constants.inverse(a * Fraction(2))
    if sign < 0:
        return []
    if sign == 0:
        return [(-b * half, 2)]
    root = constants.power(inside, Fraction(1, 2))
    return [((-b - root) * half, 1), ((root - b) * half, 1)]


# -------------------------------------------------------------------------------------------------- signs along


def _sign_along(series: _Series, path: _Path) -> int:
    """The sign of a series in x and y along a half-branch."""
    if not path.steps and not path.ends:
        raise _NeedMore
    for p, q, c in path.steps:
        if isinstance(c, numeric.Ball):
            raise Undecided("a coefficient has no name")
        if not series.terms:
            raise _NeedMore
        weight = min(q * i + p * j for i, j in series.terms)
        if any(q * i + p * j <= weight for i, j in series.unknown):
            raise _NeedMore
        series = _moved(series, p, q, c, weight)
    here = {i: c for (i, j), c in series.terms.items() if j == 0}
    if not here and path.ends and not series.unknown:
        return 0
    if not here:
        raise _NeedMore if series.unknown else Undecided("whether a branch runs along a kink")
    lowest = min(here)
    if not path.ends and any(j > 0 and i < lowest for i, j in series.terms):
        raise _NeedMore if series.unknown else Undecided("on which side of a kink a branch lies")
    if any(i <= lowest for i, _ in series.unknown):
        raise _NeedMore
    return constants.sign(here[lowest])


def _sign_on_axis(series: _Series, way: int) -> int:
    along = {j: c for (i, j), c in series.terms.items() if i == 0}
    if not along:
        if series.unknown:
            raise _NeedMore
        return 0
    lowest = min(along)
    return constants.sign(along[lowest]) * (way if lowest % 2 else 1)


# ------------------------------------------------------------------------------------------------------ numbers


def _sign(value: Root) -> int:
    if isinstance(value, numeric.Ball):
        return numeric.sign(value) or 0
    return constants.sign(value)


def _negative(value: Root) -> Root:
    return _ball(-value.arb) if isinstance(value, numeric.Ball) else -value


def _root(value: Root, n: int) -> Root:
    if not isinstance(value, numeric.Ball):
        return constants.root(value, n)
    with flint.ctx.workdps(40):
        size = abs(value.arb).root(n)
        return _ball(size if _sign(value) > 0 else -size)


def _power(value: Root, n: int) -> Root:
    if isinstance(value, numeric.Ball):
        with flint.ctx.workdps(40):
            return _ball(value.arb**n)
    return constants.power(value, Fraction(n))


def _ball(value: Any) -> numeric.Ball:
    with flint.ctx.workdps(40):
        return numeric.Ball(value.mid(), value.rad())


def _compare(one: Root | None, other: Root | None) -> int:
    """Their order, a vertical tangent last. Balls around different numbers are so narrow that they do not overlap."""
    if one is None or other is None:
        return (one is None) - (other is None)
    if isinstance(one, numeric.Ball) or isinstance(other, numeric.Ball):
        if one is other:
            return 0
        with flint.ctx.workdps(40):
            gap = _as_arb(one) - _as_arb(other)
        return numeric.sign(_ball(gap)) or 0
    return constants.sign(one - other)


def _as_arb(value: Root) -> Any:
    if isinstance(value, numeric.Ball):
        return value.arb
    found = numeric.evaluate(exact.tree(value), 40)
    if not isinstance(found, Fraction | numeric.Ball):
        raise Undecided("a slope could not be computed")
    return numeric.as_arb(found)


def same(one: Root | None, other: Root | None) -> bool:
    return _compare(one, other) == 0
