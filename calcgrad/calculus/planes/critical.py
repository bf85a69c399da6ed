"""Where both slopes of a function of two variables are 0: all such points, and what it is like there.

    found = critical(parse("x**3 - 3*x*y + y**3").node, ("x", "y"))
    [(point.kind, point.places) for point in found.points]        # a saddle at (0, 0), a minimum at (1, 1)

The two slopes, in lowest terms and without factors that are 0 nowhere, must be polynomials with rational coefficients.
Their common zeros have coordinates among the zeros of two resultants, which are isolated; of each pair of them it is
proved that it is a common zero, in exact numbers or by Krawczyk's operator (1969), or that it is none. Others must be
such that they cannot be 0 together, or that algebra finds the zeros of one, in one variable, and then of the other.

The Hessian decides what is there. Where its determinant is 0 and f bends by y, it is f along the curve on which f_y is
0, by its expansion; else the sign of f - f(p) all around or along two paths.

Invariant: what is not settled is listed; without that these are all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import Any

import flint
import sympy
from sympy.simplify.fu import TR1, TR2

from calcgrad.budget import doing
from calcgrad.calculus import derivatives, forms, kinks, numeric, sides, symbolic
from calcgrad.calculus.domains import fails
from calcgrad.calculus.planes.limits import moved
from calcgrad.calculus.planes.paths import Frame, T, frames, paths, plain, weights
from calcgrad.calculus.planes.squeezes import Squeeze
from calcgrad.calculus.studies import isolation
from calcgrad.calculus.studies.isolation import Place, Unsettled, Zeros
from calcgrad.errors import CalcgradError
from calcgrad.expression.tree import Call, Name, Node, Number, names_in, postorder, rational, substitute, text

Real = Node | numeric.Ball
Pair = tuple[Place, Place]
_FAILURES = (*symbolic.ALL_FAILURES, CalcgradError)
_DIGITS = 60  # of coordinates without a name, while it is proved that they belong together
_MOST_OPERATIONS = 80  # of functions that are looked at as polynomials in others
_ORDER = 12  # up to which a function along a curve is known
_RADIUS = flint.fmpq(1, 10**25)  # of the box in which there is one zero


@dataclass(frozen=True)
class Point:
    """``kind``: maximum, minimum, saddle, or '' where that is not known.

    ``by`` says how it is: by the hessian, a curve, the sign all around or paths.
    """

    places: Pair
    value: Real
    kind: str
    by: str = ""
    determinant: Real | None = None


@dataclass
class Points:
    """Those that were found, and what is not settled."""

    points: list[Point] = field(default_factory=list)
    unsettled: list[str] = field(default_factory=list)


@doing("the critical points")
def critical(root: Node, names: tuple[str, str]) -> Points:
    """All critical points inside of the domain, as far as is known."""
    found = Points()
    for node in dict.fromkeys(postorder(root)):
        bends = (
            kinks.kink_condition(node, names)
            if isinstance(node, Call) and names_in(node) & set(names)
            else None
        )
        if bends is not None and not fails(bends) and isinstance(node, Call):
            found.unsettled.append(
                f"what happens where {node.function if node.function != '**' else text(node)} bends"
            )
    try:
        slopes = [derivatives.derivative(root, [name]).tree for name in names]
        if None in slopes:
            raise Unsettled("a slope without a closed form")
        some, others = (_factors(slope, names) for slope in slopes if slope is not None)
        pairs = list(_common(some, others, names, found))
    except (Unsettled, *_FAILURES) as error:
        found.unsettled.append(f"all critical points: {error}")
        return found
    hessian = _Hessian(root, names)
    for pair in pairs:
        there = _value(root, names, pair)
        inside = all(slope is not None and _value(slope, names, pair) is not None for slope in slopes)
        if there is not None and inside:
            found.points.append(hessian.point(pair, there))
    open_ = (point.places for point in found.points if not point.kind)
    found.unsettled += [f"what f is like at ({', '.join(map(_shown, places))})" for places in open_]
    return found


def common(one: Node, other: Node, names: tuple[str, str]) -> list[Pair]:
    """The points at which two polynomials are 0. Raises Unsettled, where they have a common factor too."""
    try:
        some, others = (_polynomials(each, names) for each in (one, other))
        if any(not sympy.gcd(a, b).is_ground for a, b in product(some, others)):
            raise Unsettled(f"it is not settled what is where {text(other)} == 0")
        return [pair for a, b in product(some, others) for pair in _solved(a, b, names)]
    except _FAILURES as error:
        raise Unsettled(str(error)) from None


def lone(root: Node, names: tuple[str, str]) -> Points:
    """The real points of the curve f = 0 near which it has no other: all of them, for polynomials.

    There f, both slopes are 0, and f has an extremum. Raises Unsettled.
    """
    found = Points()
    try:
        parts = _polynomials(root, names)
    except _FAILURES as error:
        raise Unsettled(str(error)) from None
    trees = [symbolic.from_sympy(each.as_expr()) for each in parts]
    for part, tree in zip(parts, trees, strict=True):
        slopes = [part.diff(letter) for letter in part.gens]
        if any(each.is_zero for each in slopes):
            continue  # lines
        hessian = _Hessian(tree, names)
        for pair in _solved(part, slopes[0], names):
            if not _is_zero(part, slopes[1], names, pair):
                continue
            point = hessian.point(pair, Number(0))
            if not point.kind:
                raise Unsettled(f"what the curve is like at ({_shown(pair[0])}, {_shown(pair[1])})")
            others = (_value(each, names, pair) for each in trees if each is not tree)
            if point.kind != "saddle" and all(_sign(each) for each in others):
                found.points.append(point)
    return found


def _shown(place: Place) -> str:
    return text(place.exact) if place.exact is not None else place.decimal(10)


# --------------------------------------------------------------------------------------------------- equations


def _polynomials(root: Node, names: tuple[str, str]) -> list[Any]:
    """The factors of a function that may be 0. Raises Unsettled where one is no polynomial."""
    kept = _factors(root, names)
    for each in kept:
        if not isinstance(each, sympy.Poly):
            raise Unsettled(f"{text(symbolic.from_sympy(each))} is no polynomial")
    return kept


def _factors(slope: Node, names: tuple[str, str]) -> list[Any]:
    """The factors of a slope that may be 0: polynomials, and expressions."""
    x, y = map(symbolic.symbol, names)
    top, _ = sympy.fraction(sympy.together(symbolic.to_sympy(slope)))
    kept = []
    for factor in sympy.Mul.make_args(sympy.factor(top)):
        base = factor.base if isinstance(factor, sympy.Pow) and factor.exp.is_positive else factor
        if isinstance(base, sympy.exp) or (base.is_number and base != 0):
            continue
        if not base.is_polynomial(x, y):
            kept.append(base)
            continue
        made = sympy.Poly(base, x, y)
        if not made.domain.is_ZZ and not made.domain.is_QQ:
            raise Unsettled("a coefficient that is not rational")
        kept.append(made)
    return kept


def _common(some: list[Any], others: list[Any], names: tuple[str, str], found: Points) -> Iterator[Pair]:
    """The points at which one of some and one of others are 0."""
    known: list[Pair] = []
    curves: list[Node] = []  # all along which both are 0
    for one, other in product(some, others):
        if not isinstance(one, sympy.Poly) or not isinstance(other, sympy.Poly):
            known += _met(one.as_expr(), other.as_expr(), names)
            continue
        shared = sympy.gcd(one, other)
        if shared.is_zero:
            raise Unsettled("f is constant")
        systems = [(one, other)]
        if not shared.is_ground:
            single = _single(shared)
            if single is None:
                curves.append(symbolic.from_sympy(shared.as_expr()))
                found.unsettled.append(
                    f"what f is like along {text(curves[-1])} = 0, where both slopes are 0"
                )
            systems = [(sympy.quo(one, shared), sympy.quo(other, shared)), *(single or [])]
        for pair in (pair for system in systems for pair in _solved(*system, names)):
            if not any(_is_same(pair, each) for each in known):
                known.append(pair)
    for pair in known:
        if not any(_value(curve, names, pair) is Number(0) for curve in curves):
            yield pair


def _met(one: Any, other: Any, names: tuple[str, str]) -> list[Pair]:
    """The common zeros of two functions, one of them in one variable only. Raises Unsettled."""
    if _never_both(one, other):
        return []
    first, second = (one, other) if len(one.free_symbols) == 1 else (other, one)
    if len(first.free_symbols) != 1:
        raise Unsettled(f"{text(symbolic.from_sympy(first))} is no polynomial")
    found: list[Pair] = []
    index = names.index(next(iter(first.free_symbols)).name)
    for place in _zeros_of(symbolic.from_sympy(first), names[index]):
        rest = symbolic.from_sympy(second)
        if names[index] in names_in(rest):
            if place.exact is None:
                raise Unsettled(f"{text(rest)} is no polynomial")
            rest = substitute(rest, {Name(names[index]): place.exact})
        if not names_in(rest):
            if symbolic.is_zero(symbolic.to_sympy(rest)) is not False:
                raise Unsettled(f"what f is like along {names[index]} = {_shown(place)}")
            continue
        found += [
            (place, each) if index == 0 else (each, place) for each in _zeros_of(rest, names[1 - index])
        ]
    return found


def _zeros_of(tree: Node, name: str) -> list[Place]:
    """All zeros of a function of one variable. Raises Unsettled where algebra does not find them, or they are many."""
    known = isolation.by_algebra(tree, name)
    truths = None if known is None else [isolation.is_zero(tree, name, each) for each in known.single]
    if known is None or truths is None or None in truths:
        raise Unsettled(f"{text(tree)} is no polynomial")
    if known.families:
        raise Unsettled(f"{text(tree)} is 0 again and again")
    return [place for place, truth in zip(known.single, truths, strict=True) if truth]


def _never_both(one: Any, other: Any) -> bool:
    """Can two functions not be 0 together, as polynomials in others? Squares of a sine and cosine add up to 1."""
    one, other = (sympy.fraction(sympy.together(TR2(TR1(each))))[0] for each in (one, other))
    if one.count_ops() + other.count_ops() > _MOST_OPERATIONS:
        return False
    calls = sorted(one.atoms(sympy.Function) | other.atoms(sympy.Function), key=sympy.default_sort_key)
    known = {call: sympy.Dummy() for call in calls}
    relations = [known[call] * sympy.Dummy() - 1 for call in calls if isinstance(call, sympy.exp)]
    relations += [
        known[call] ** 2 + known[sympy.cos(*call.args)] ** 2 - 1
        for call in calls
        if isinstance(call, sympy.sin) and sympy.cos(*call.args) in known
    ]
    system = [one.xreplace(known), other.xreplace(known), *relations]
    letters = sorted(set().union(*(each.free_symbols for each in system)), key=sympy.default_sort_key)
    if not all(each.is_polynomial(*letters) for each in system):
        return False
    return bool(sympy.groebner(system, *letters).exprs == [1])


def _is_same(one: Pair, other: Pair) -> bool:
    return all(isolation.order(a, b) == 0 for a, b in zip(one, other, strict=True))


def _single(shared: Any) -> list[tuple[Any, Any]] | None:
    """Equations of the single points at which a polynomial of one sign is 0; None where it may change its sign."""
    whole = shared.as_expr()
    if whole.is_nonnegative or whole.is_nonpositive:
        slope = next(each for each in map(shared.diff, shared.gens) if not each.is_zero)
        if sympy.gcd(shared, slope).is_ground:
            return [] if whole.is_nonzero else [(shared, slope)]
    return None


def _solved(one: Any, other: Any, names: tuple[str, str]) -> Iterator[Pair]:
    """The common zeros of two polynomials without a common factor. Raises Unsettled."""
    x, y = one.gens
    if any(each.is_ground and not each.is_zero for each in (one, other)):
        return
    lists = []
    for name, kept, gone in zip(names, (x, y), (y, x), strict=True):
        resultant = sympy.resultant(one.as_expr(), other.as_expr(), gone)
        simple = sympy.Mul(*(factor for factor, _ in sympy.factor_list(resultant, kept)[1]))
        if not simple.has(kept):
            return
        lists.append(Zeros(symbolic.from_sympy(sympy.expand(simple)), name).inside(None, None))
    for pair in product(lists[0], lists[1]):
        if _is_zero(one, other, names, pair):
            yield pair


def _is_zero(one: Any, other: Any, names: tuple[str, str], pair: Pair) -> bool:
    """Are both 0 at a pair of zeros of their resultants? Raises Unsettled."""
    if pair[0].exact is not None and pair[1].exact is not None:
        here = _here(names, pair)
        for each in (one, other):
            there = substitute(symbolic.from_sympy(each.as_expr()), here)
            value = symbolic.evaluate(there)
            if isinstance(value, Fraction | numeric.Ball):
                if numeric.sign(value):
                    return False
                continue
            if (zero := symbolic.is_zero(symbolic.to_sympy(there))) is None:
                raise Unsettled(f"whether both slopes are 0 at ({_shown(pair[0])}, {_shown(pair[1])})")
            if not zero:
                return False
        return True
    with flint.ctx.workdps(2 * _DIGITS):
        box = [numeric.as_arb(place.real(_DIGITS)) for place in pair]
        if any(not _ball(each, box).contains(0) for each in (one, other)):
            return False
        if _has_one_zero(one, other, box):
            return True
    raise Unsettled(f"whether both slopes are 0 near ({_shown(pair[0])}, {_shown(pair[1])})")


def _ball(polynomial: Any, box: Sequence[Any]) -> Any:
    """The value of a polynomial on a box."""
    total = flint.arb(0)
    for (i, j), coefficient in polynomial.terms():
        total += flint.arb(flint.fmpq(int(coefficient.p), int(coefficient.q))) * box[0] ** i * box[1] ** j
    return total


def _has_one_zero(one: Any, other: Any, box: Sequence[Any]) -> bool:
    """Krawczyk: is m - Y*F(m) + (1 - Y*J)*(X - m) inside X, where Y is about the inverse of the Jacobian J?"""
    x, y = one.gens
    middle = [flint.arb(each.mid()) for each in box]
    wide = [flint.arb(each.mid(), _RADIUS) for each in box]
    slopes = [[sympy.Poly(each.diff(letter), x, y) for letter in (x, y)] for each in (one, other)]
    jacobian = flint.arb_mat([[_ball(each, wide) for each in row] for row in slopes])
    try:
        inverse = flint.arb_mat([[_ball(each, middle) for each in row] for row in slopes]).inv()
    except ZeroDivisionError:
        return False
    inverse = flint.arb_mat([[flint.arb(inverse[i, j].mid()) for j in (0, 1)] for i in (0, 1)])
    values = flint.arb_mat([[_ball(each, middle)] for each in (one, other)])
    spread = flint.arb_mat([[flint.arb(0, _RADIUS)], [flint.arb(0, _RADIUS)]])
    unit = flint.arb_mat([[1, 0], [0, 1]])
    moves = (unit - inverse * jacobian) * spread - inverse * values
    return all(abs(moves[i, 0]) < flint.arb(_RADIUS) for i in (0, 1))


# ---------------------------------------------------------------------------------------------------- at a point


def _here(names: tuple[str, str], pair: Pair) -> dict[Node, Node]:
    return {
        Name(name): place.exact for name, place in zip(names, pair, strict=True) if place.exact is not None
    }


def _value(tree: Node, names: tuple[str, str], pair: Pair) -> Real | None:
    """The value at a point; None where there is none. Raises Unsettled."""
    here = _here(names, pair)
    if len(here) == len(names):
        there = kinks.decided(substitute(tree, here))
        value = symbolic.evaluate(there)
        if isinstance(value, numeric.Undefined) and value.kind != "too-large":
            return None
        return rational(value) if isinstance(value, Fraction) else _tidy(there)
    env = {name: place.real(_DIGITS) for name, place in zip(names, pair, strict=True)}
    value = numeric.evaluate(tree, 15, env)
    if isinstance(value, Fraction):
        return rational(value)
    if isinstance(value, numeric.Ball):

        def finer(digits: int) -> numeric.Value:
            places = {name: place.real(2 * digits + 20) for name, place in zip(names, pair, strict=True)}
            return numeric.evaluate(tree, digits, places, limit=max(400, 3 * digits))

        value.finer = finer
        return value
    return None if isinstance(value, numeric.Undefined) and value.kind != "too-large" else numeric.Ball(0, 1)


def _tidy(tree: Node) -> Node:
    try:
        return forms.value_tree(symbolic.to_sympy(tree)) or tree
    except _FAILURES:
        return tree


def _sign(value: Real | None) -> int | None:
    if value is None or isinstance(value, numeric.Ball):
        return None if value is None else numeric.sign(value)
    found = numeric.sign(symbolic.evaluate(value, 5))
    if found is None and symbolic.is_zero(symbolic.to_sympy(value)):
        return 0
    return found


class _Hessian:
    """What the second derivatives tell of a point."""

    def __init__(self, root: Node, names: tuple[str, str]) -> None:
        self.root, self.names = root, names
        x, y = names
        self.second, mixed, other = (
            derivatives.derivative(root, each).tree for each in ([x, x], [x, y], [y, y])
        )
        self.determinant: Node | None = None
        if self.second is not None and mixed is not None and other is not None:
            self.determinant = Call("-", (Call("*", (self.second, other)), Call("**", (mixed, Number(2)))))

    def point(self, pair: Pair, value: Real) -> Point:
        determinant = None if self.determinant is None else _value(self.determinant, self.names, pair)
        way = _sign(determinant)
        if way == -1:
            return Point(pair, value, "saddle", "hessian", determinant)
        if way == 1 and self.second is not None:
            bend = _sign(_value(self.second, self.names, pair))
            kind = {1: "minimum", -1: "maximum"}.get(bend or 0, "")
            return Point(pair, value, kind, "hessian" if kind else "", determinant)
        kind, by = self._degenerate(pair, value) if way == 0 else ("", "")
        return Point(pair, value, kind, by, determinant)

    def _degenerate(self, pair: Pair, value: Real) -> tuple[str, str]:
        """By the curve on which one slope is 0, or by the sign of f - f(p) all around or along two paths."""
        first, second = (place.exact for place in pair)
        if first is None or second is None or isinstance(value, numeric.Ball):
            return "", ""
        gap = symbolic.to_sympy(Call("-", (moved(self.root, self.names, (first, second)), value)))
        letters = tuple(map(symbolic.symbol, self.names))
        turned: list[Frame] = []
        start = plain(symbolic.from_sympy(gap), self.names, (Number(0), Number(0)))
        if gap.is_polynomial(*letters):
            gap = sympy.expand(gap)
            if kind := _along_curve(gap, letters):
                return kind, "curve"
            start = replace(start, tree=symbolic.from_sympy(gap))
            turned = list(_turned(gap, letters, start))
        ways: set[int] = set()
        for frame in (start, *turned, *frames(start)):
            ratios = weights(frame.tree, self.names)
            if way := Squeeze(self.names, ratios).sign(frame.tree):
                return ("minimum" if way > 0 else "maximum"), "around"
            for path in paths(frame, ratios):
                way_along = sides.sign(path.along(start), T, Number(0), 1)
                ways |= {way_along} if way_along else set()
                if len(ways) == 2:
                    return "saddle", "paths"
        return "", ""


def _degree(term: Any, letters: tuple[Any, Any]) -> int:
    return int(sympy.Poly(term, *letters).total_degree())


def _along_curve(gap: Any, letters: tuple[Any, Any]) -> str:
    """f is g(x) + (y - h(x))**2 times what has the sign of f_yy, where f_y is 0 for y = h(x): so g decides.

    For a polynomial with rational coefficients; h and g are known up to an order.
    """
    for pair in (letters, letters[::-1]):
        whole = sympy.Poly(gap, *pair)
        if not all(each.is_Rational for each in whole.coeffs()):
            return ""
        bend = 2 * symbolic.as_fraction(whole.coeff_monomial(pair[1] ** 2))
        if not bend:
            continue
        rows, slopes = (_rows(each) for each in (whole, whole.diff(pair[1])))
        curve = [Fraction(0)] * _ORDER
        for _ in range(_ORDER):
            curve = [a - b / bend for a, b in zip(curve, _put_in(slopes, curve), strict=True)]
        found = next(((k, a) for k, a in enumerate(_put_in(rows, curve)) if a), None)
        if found is None:
            return ""
        k, a = found
        return "saddle" if k % 2 or (a > 0) != (bend > 0) else "minimum" if bend > 0 else "maximum"
    return ""


def _rows(polynomial: Any) -> list[list[Fraction]]:
    """The coefficients of the powers of y, each as those of the powers of x up to the order."""
    found = [[Fraction(0)] * _ORDER for _ in range(polynomial.degree(1) + 1)]
    for (i, j), coefficient in polynomial.terms():
        if i < _ORDER:
            found[j][i] = symbolic.as_fraction(coefficient)
    return found


def _put_in(rows: list[list[Fraction]], curve: list[Fraction]) -> list[Fraction]:
    """The powers of x with a series in the place of y, by Horner's rule."""
    total = [Fraction(0)] * _ORDER
    for row in reversed(rows):
        total = [sum(total[m] * curve[k - m] for m in range(k + 1)) + row[k] for k in range(_ORDER)]
    return total


def _turned(gap: Any, letters: tuple[Any, Any], start: Frame) -> Iterator[Frame]:
    """Coordinates in which a linear factor of the terms of lowest degree is one."""
    degrees = {term: _degree(term, letters) for term in sympy.Add.make_args(gap)}
    least = sum((term for term, degree in degrees.items() if degree == min(degrees.values())), sympy.S.Zero)
    x, y = letters
    for factor, _ in sympy.factor_list(least, *letters)[1]:
        a, b = (factor.coeff(each) for each in letters)
        if sympy.expand(factor - a * x - b * y) == 0 and a != 0 and b != 0:
            turned = symbolic.from_sympy((y - a * x) / b)
            tree = symbolic.from_sympy(sympy.expand(gap.subs(y, (y - a * x) / b)))
            yield replace(start, tree=tree, y=turned)
