"""Where both slopes of a function of two variables are 0: all such points, and what it is like there.

    found = critical(parse("x**3 - 3*x*y + y**3").node, ("x", "y"))
    [(point.kind, point.places) for point in found.points]        # a saddle at (0, 0), a minimum at (1, 1)

The two slopes, in lowest terms and without factors that are 0 nowhere, must be polynomials with rational coefficients.
Their common zeros have coordinates among the zeros of two resultants, which are isolated; of each pair of them it is
proved that it is a common zero, in exact numbers or by Krawczyk's operator (1969), or that it is none. Others must be
such that they cannot be 0 together, or that algebra finds the zeros of one, in one variable, and then of the other.

Waves, exponentials and roots of one variable are polynomials in another letter, such as tan(x/2); what has a period is
looked at in one. A curve all along which both slopes are 0 is told as one: f is constant on it, and f less that value
is a power of what is 0 there times the rest, whose sign decides.

The Hessian decides what is at a point. Where its determinant is 0 and f bends by y, it is f along the curve on which
f_y is 0, by its expansion; else the sign of f - f(p) all around or along two paths.

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
from calcgrad.calculus import derivatives, forms, kinks, numeric, points, sides, symbolic
from calcgrad.calculus.domains import fails
from calcgrad.calculus.planes.charts import Chart, chart_of, period
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


@dataclass(frozen=True)
class Curve:
    """All points at which ``equation`` holds; ``where`` is a condition under which they are of this kind."""

    equation: Node
    value: Real
    kind: str
    where: Node | None = None


@dataclass
class Points:
    """Those that were found, in one period of what has ``periods``, and what is not settled."""

    points: list[Point] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)
    periods: dict[str, Node] = field(default_factory=dict)
    unsettled: list[str] = field(default_factory=list)


@doing("the critical points")
def critical(root: Node, names: tuple[str, str]) -> Points:
    """All critical points inside of the domain, and at lone points at which f bends, as far as is known."""
    found = Points()
    bent = list(_bent(root, names, found))
    try:
        slopes = [derivatives.derivative(root, [name]).tree for name in names]
        if None in slopes:
            raise Unsettled("a slope without a closed form")
        for name in names:
            if (length := period(symbolic.to_sympy(root), name, names)) is not None:
                found.periods[name] = symbolic.from_sympy(length)
        some, others = (_factors(slope, names) for slope in slopes if slope is not None)
        pairs = list(_common(some, others, root, names, found))
    except (Unsettled, *_FAILURES) as error:
        found.unsettled.append(f"all critical points: {error}")
        return found
    hessian = _Hessian(root, names)
    for pair in pairs:
        there = _value(root, names, pair)
        inside = all(slope is not None and _value(slope, names, pair) is not None for slope in slopes)
        if there is not None and inside:
            found.points.append(hessian.point(pair, there))
    for pair in bent:
        if not any(_is_same(pair, each.places) for each in found.points):
            there = _value(root, names, pair)
            kind, by = ("", "") if there is None else hessian.degenerate(pair, there)
            if there is not None and (kind in _OTHER or _is_flat(root, names, pair) is not False):
                found.points.append(Point(pair, there, kind, by))
    found.points.sort(key=lambda point: [round(float(place.middle), 9) for place in point.places])
    open_ = (point.places for point in found.points if not point.kind)
    found.unsettled += [f"what f is like at ({', '.join(map(_shown, places))})" for places in open_]
    return found


def _bent(root: Node, names: tuple[str, str], found: Points) -> Iterator[Pair]:
    """The lone points at which a part bends, which are extrema perhaps; where parts bend otherwise is unsettled.

    A root whose radicand changes its sign bends at the edge of the domain, where no point is critical.
    """
    for node in dict.fromkeys(postorder(root)):
        if not isinstance(node, Call) or not names_in(node) & set(names):
            continue
        bends = kinks.kink_condition(node, names)
        if bends is None or fails(bends):
            continue
        try:
            for part in _polynomials(_equal(bends), names):
                if (single := _single(part)) is not None:
                    yield from (pair for system in single for pair in _solved(*system, names))
                elif node.function != "sqrt":
                    raise Unsettled("a curve")
        except (Unsettled, *_FAILURES):
            what = node.function if node.function != "**" else text(node)
            found.unsettled.append(f"what happens where {what} bends")


def _is_flat(root: Node, names: tuple[str, str], pair: Pair) -> bool | None:
    """Are both slopes 0 at a point at which a part bends? None where that is not known."""
    flat: bool | None = True
    for name in names:
        if any(place.exact is None for place in pair):
            return None
        here = {each: place.exact for each, place in zip(names, pair, strict=True) if place.exact is not None}
        slope = points.at_point(root, [name], here, derivatives.derivative(root, [name]))
        zero = None if slope.value is None else symbolic.is_zero(slope.value)
        if zero is False or slope.reason not in ("", "undecided"):
            return False
        flat = flat and zero
    return flat


def _equal(bends: Node) -> Node:
    """What is 0 where a condition holds, an equation or several at once. Raises Unsettled for any other."""
    if isinstance(bends, Call) and bends.function == "==":
        return Call("-", bends.args)
    if isinstance(bends, Call) and bends.function == "&":
        held = [each for each in bends.args if names_in(each)]
        parts = [Call("**", (_equal(each), Number(2))) for each in held]
        return parts[0].args[0] if len(parts) == 1 else Call("+", tuple(parts))
    raise Unsettled("a condition")


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


def _common(
    some: list[Any], others: list[Any], root: Node, names: tuple[str, str], found: Points
) -> Iterator[Pair]:
    """The points at which one of some and one of others are 0, those on curves of them only if they are special."""
    known: list[Pair] = []
    special: list[Pair] = []
    along: list[Node] = []
    plain_ = all(isinstance(each, sympy.Poly) for each in (*some, *others))
    chart = (
        None if plain_ else chart_of([sympy.Mul(*map(_expression, each)) for each in (some, others)], names)
    )
    if chart is not None:
        known, special = _in_letters(chart, some, others, root, names, found)
    else:
        for one, other in product(some, others):
            if isinstance(one, sympy.Poly) and isinstance(other, sympy.Poly):
                pairs, curves = _of_polynomials(one, other, names)
                for curve in curves:
                    special += _along(symbolic.to_sympy(root), curve, None, names, found)
                along += [_tree(_expression(curve)) for curve in curves]
                known += pairs
            else:
                known += _met(one.as_expr(), other.as_expr(), names, found.periods)
    along += [_equal(curve.equation) for curve in found.curves]
    alone = [pair for pair in known if not any(_value(each, names, pair) is Number(0) for each in along)]
    told: list[Pair] = []
    for pair in (*alone, *special):
        if not any(_is_same(pair, each) for each in told):
            told.append(pair)
            yield pair


def _expression(factor: Any) -> Any:
    return factor.as_expr()


def _of_polynomials(one: Any, other: Any, names: tuple[str, str]) -> tuple[list[Pair], list[Any]]:
    """The points at which both are 0, and the factors all along which they are."""
    shared = sympy.gcd(one, other)
    if shared.is_zero:
        raise Unsettled("f is constant")
    systems, curves = [(one, other)], []
    if not shared.is_ground:
        single = []
        for factor, _ in sympy.factor_list(shared)[1]:
            points = _single(factor)
            if points is None:
                curves.append(factor)
            single += points or []
        systems = [(sympy.quo(one, shared), sympy.quo(other, shared)), *single]
    return [pair for system in systems for pair in _solved(*system, names)], curves


def _in_letters(
    chart: Chart, some: list[Any], others: list[Any], root: Node, names: tuple[str, str], found: Points
) -> tuple[list[Pair], list[Pair]]:
    """The common zeros in a chart, and those on curves of them that are special."""
    for name, letter in chart.letters.items():
        if letter.period is not None and name not in found.periods:
            raise Unsettled(f"the slopes have a period in {name}, none of f is known")
    pairs, special = [], []
    both = [sympy.Mul(*map(_expression, each)) for each in (some, others)]
    turned = [_factors(symbolic.from_sympy(chart.turned(each)), names) for each in both]
    for one, other in product(*turned):
        if not isinstance(one, sympy.Poly) or not isinstance(other, sympy.Poly):
            raise Unsettled("no polynomials in any letters")
        met, curves = _of_polynomials(one, other, names)
        pairs += met
        for curve in curves:
            special += _along(chart.turned(symbolic.to_sympy(root)), curve, chart, names, found)
    kept = [_back(chart, pair, names, found) for pair in pairs]
    known = [each for each in kept if each is not None]
    for index, name in enumerate(names):
        letter = chart.letters[name]
        if letter.missing is None or not _in_period(
            isolation.of_tree(here := _tree(letter.missing)), name, found
        ):
            continue
        rest = [_on_line(each, name, here) for each in both]
        if rest == [0, 0]:
            u = symbolic.symbol(name)
            flipped = sympy.cancel(chart.turned(symbolic.to_sympy(root)).subs(u, 1 / u))
            line = sympy.Poly(u, *map(symbolic.symbol, names))
            special += _along(flipped, line, chart, names, found, here)
        else:
            other, fixed = names[1 - index], isolation.of_tree(here)
            places = _zeros_of_both(rest[0], rest[1], other, found.periods.get(other))
            known += [(fixed, place) if index == 0 else (place, fixed) for place in places]
    return known, special


def _on_line(f: Any, name: str, value: Node) -> Any:
    """A function where a variable has a value; 0 and 1 for what is 0, and 0 nowhere."""
    found = symbolic.to_sympy(substitute(_tree(f), {Name(name): value}))
    return found if found.free_symbols else sympy.Integer(symbolic.is_zero(found) is not True)


def _zeros_of_both(one: Any, other: Any, name: str, period: Node | None) -> list[Place]:
    """The common zeros of two functions of one variable, one of which may be 0 throughout, or nowhere."""
    first, second = (one, other) if one != 0 else (other, one)
    if 1 in (first, second):
        return []
    places = _zeros_of(_tree(first), name, period)
    truths = [second == 0 or isolation.is_zero(_tree(second), name, place) for place in places]
    if None in truths:
        raise Unsettled(f"whether both slopes are 0 where {text(_tree(first))} is")
    return [place for place, truth in zip(places, truths, strict=True) if truth]


def _tree(expression: Any) -> Node:
    return symbolic.from_sympy(expression)


def _back(chart: Chart | None, pair: Pair, names: tuple[str, str], found: Points) -> Pair | None:
    """The point that a pair of letters stands for; None for none, or one outside of the period."""
    if chart is None:
        return pair
    places = [chart.letters[name].back(place) for name, place in zip(names, pair, strict=True)]
    one, other = places
    if one is None or other is None:
        return None
    inside = all(_in_period(place, name, found) for place, name in zip((one, other), names, strict=True))
    return (one, other) if inside else None


def _in_period(place: Place, name: str, found: Points) -> bool:
    period = found.periods.get(name)
    return period is None or isolation.order(place, isolation.of_tree(period)) == -1


def _along(
    f: Any, curve: Any, chart: Chart | None, names: tuple[str, str], found: Points, at: Node | None = None
) -> list[Pair]:
    """Tell what f is like along a curve on which both slopes are 0; the points of it at which that changes.

    ``f`` and the curve are in the letters of the chart; ``at`` is a line that they have no value on.
    """
    letters = tuple(map(symbolic.symbol, names))
    is_plain = chart is None or chart.is_plain
    try:
        lines = _lines(curve, chart, names, found) if at is None else [at]
        if lines == []:
            return []  # beyond the period, or the range of a letter
        value, kind, odd = _beside(f, curve, letters)
        if lines is None and not is_plain:
            raise Unsettled("a curve")
        if odd and not is_plain:
            raise Unsettled("where the kind changes")
    except (Unsettled, *_FAILURES):
        where = text(_tree(curve.as_expr())) if is_plain else "a curve"
        found.unsettled.append(f"what f is like along {where}{' = 0' * is_plain}, where both slopes are 0")
        return []
    equal, zero = curve.as_expr(), Number(0)
    rest = sympy.Mul(*(each.as_expr() for each in odd))
    held: list[tuple[Node, Any]] = [(Call("==", (_tree(equal), zero)), rest)]
    if lines is not None:
        (letter,) = curve.free_symbols
        held = [
            (Call("==", (Name(letter.name), line)), rest.subs(letter, symbolic.to_sympy(line)))
            for line in lines
        ]
    for equation, change in held:
        ways = {"!=": kind} if kind == "saddle" else {">": kind, "<": _OTHER[kind]}
        found.curves += [
            Curve(equation, value, each, Call(way, (_tree(change), zero)) if odd else None)
            for way, each in list(ways.items())[: None if odd else 1]
        ]
    return [pair for each in odd for pair in _solved(curve, each, names)]


_OTHER = {"minimum": "maximum", "maximum": "minimum"}


def _lines(curve: Any, chart: Chart | None, names: tuple[str, str], found: Points) -> list[Node] | None:
    """The values of the only variable of a curve, which is lines then; None where it is none. Raises Unsettled."""
    if len(curve.free_symbols) != 1:
        return None
    name = next(iter(curve.free_symbols)).name
    kept = []
    for place in Zeros(_tree(curve.as_expr()), name).inside(None, None):
        there = place if chart is None else chart.letters[name].back(place)
        if there is not None and _in_period(there, name, found):
            if there.exact is None:
                raise Unsettled("a line without a name")
            kept.append(there.exact)
    return kept


def _beside(f: Any, curve: Any, letters: tuple[Any, Any]) -> tuple[Real, str, list[Any]]:
    """The value of f on a curve, its kind there, and what changes the kind where it changes its sign."""
    g = curve.as_expr()
    value = _on_curve(f, curve, letters)
    top, bottom = sympy.fraction(sympy.factor(sympy.together(f - value)))
    order, way, odd = 0, 1, []
    for part in (*sympy.Mul.make_args(top), *sympy.Mul.make_args(bottom)):
        base, power = part.as_base_exp() if not isinstance(part, sympy.exp) else (part, sympy.S.One)
        if base.is_positive or base.is_negative:
            way *= 1 if base.is_positive or power % 2 == 0 else -1
            continue
        if not power.is_Integer or not base.is_polynomial(*letters):
            raise Unsettled("a factor")
        if (base / g).cancel().is_number:
            order += int(power)
            way *= 1 if (base / g).cancel().is_positive or power % 2 == 0 else -1
        elif power % 2:
            if side := _side(base, letters):
                way *= side
            else:
                odd.append(sympy.Poly(base, *letters))
    if order < 2 or (order % 2 and sympy.Poly(g, *letters).total_degree() > 1):
        raise Unsettled("an isolated point")
    if order % 2:
        return _tidy(_tree(value)), "saddle", odd
    return _tidy(_tree(value)), "minimum" if way > 0 else "maximum", odd


def _side(polynomial: Any, letters: tuple[Any, Any]) -> int:
    """1 or -1 for a polynomial that is nowhere below 0, or above: of squares, or of degree 2 without real zeros."""
    if polynomial.is_nonnegative or polynomial.is_nonpositive:
        return 1 if polynomial.is_nonnegative else -1
    for y, x in (letters, letters[::-1]):
        made = sympy.Poly(polynomial, y)
        if made.degree() == 2 and made.LC().is_number and made.LC().is_Rational:
            beneath = sympy.Poly(made.discriminant(), x)
            if not beneath.is_zero and beneath.count_roots() == 0 and beneath.eval(0) < 0:
                return 1 if made.LC() > 0 else -1
    return 0


def _on_curve(f: Any, curve: Any, letters: tuple[Any, Any]) -> Any:
    """The value that f has all along a curve."""
    for letter in letters:
        if curve.degree(letter) == 1:
            lead, rest = sympy.Poly(curve.as_expr(), letter).all_coeffs()
            if lead.is_number:
                found = sympy.simplify(f.subs(letter, -rest / lead))
                if not found.free_symbols:
                    return found
    parts = {part: sympy.Dummy() for part in f.atoms(sympy.exp, sympy.Function) if part.has(*letters)}
    one, other = (
        sympy.reduced(each, [curve.as_expr()], *letters)[1]
        for each in sympy.fraction(sympy.cancel(f.xreplace(parts)))
    )
    found = sympy.cancel(one / other)
    if found.free_symbols:
        raise Unsettled("its value")
    return found


def _met(one: Any, other: Any, names: tuple[str, str], periods: dict[str, Node]) -> list[Pair]:
    """The common zeros of two functions, one of them in one variable only. Raises Unsettled."""
    if _never_both(one, other):
        return []
    first, second = (one, other) if len(one.free_symbols) == 1 else (other, one)
    if len(first.free_symbols) != 1:
        raise Unsettled(f"{text(symbolic.from_sympy(first))} is no polynomial")
    found: list[Pair] = []
    index = names.index(next(iter(first.free_symbols)).name)
    for place in _zeros_of(symbolic.from_sympy(first), names[index], periods.get(names[index])):
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
            (place, each) if index == 0 else (each, place)
            for each in _zeros_of(rest, names[1 - index], periods.get(names[1 - index]))
        ]
    return found


def _zeros_of(tree: Node, name: str, period: Node | None) -> list[Place]:
    """All zeros of a function of one variable, or those in one period. Raises Unsettled where they are not found."""
    known = isolation.by_algebra(tree, name)
    if known is not None and known.families and period is None:
        raise Unsettled(f"{text(tree)} is 0 again and again")
    if known is not None and period is not None:
        low, high = map(isolation.of_tree, (Number(0), period))
        if (starts := isolation.is_zero(tree, name, low)) is not None:
            return [low] * starts + Zeros(tree, name).inside(low, high)
    truths = None if known is None else [isolation.is_zero(tree, name, each) for each in known.single]
    if known is None or truths is None or None in truths or known.families:
        raise Unsettled(f"{text(tree)} is no polynomial")
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
        slope = next((each for each in map(shared.diff, shared.gens) if not each.is_zero), None)
        if slope is None:
            return [] if whole.is_nonzero else None
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
        if numeric.has_no_value(value):
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
    return None if numeric.has_no_value(value) else numeric.Ball(0, 1)


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
        kind, by = self.degenerate(pair, value) if way == 0 or determinant is None else ("", "")
        return Point(pair, value, kind, by, determinant)

    def degenerate(self, pair: Pair, value: Real) -> tuple[str, str]:
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
