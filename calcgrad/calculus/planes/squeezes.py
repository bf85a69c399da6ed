"""What a function of two variables lies between in the end, as the origin is approached: one number is its limit.

    Squeeze(("x", "y")).of(parse("x*sin(1/y)").node)      # from 0 to 0, since sin(1/y) is bounded

A sum, a product or a function of what is squeezed is squeezed too (the arithmetic of intervals, Moore 1966, infinite
ends included); so are factors together that depend on the same thing only, such as w*log(w**2), by a limit in one
variable. What remains, 0/0 and the like, are ray series.

Invariant: all values near enough to the origin, of those that f has, are as close as one likes to the interval.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from math import inf, pi
from typing import Any, TypeGuard

import sympy
from sympy import S

from calcgrad.calculus import limits, numeric, sides, symbolic
from calcgrad.calculus.domains import condition_of, jumps
from calcgrad.calculus.intervals import bounds
from calcgrad.calculus.kinks import decided, split
from calcgrad.calculus.planes import rays
from calcgrad.calculus.planes.rays import ANGLE, Rays, Unknown
from calcgrad.errors import CalcgradError
from calcgrad.expression.columns import listed
from calcgrad.expression.tree import (
    COMPARISONS,
    CONNECTIVES,
    FALSE,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    is_infinite,
    names_in,
    postorder,
    product,
    substitute,
    text,
)

T = "t_0"
POLAR = re.compile(r"\{(\d+) (\d+)\}")  # stands for polar coordinates with such weights
_ALL = frozenset({-1, 0, 1})
_LARGE = 120  # parts of a tree in which what it depends on is looked for
_ARCS = 64
_MARGIN = 1e-9
_MOST_TERMS = 8
_SHARE = Fraction(1, 4)
_FAILURES = (*symbolic.ALL_FAILURES, CalcgradError)


@dataclass(frozen=True)
class Between:
    """From ``low`` to ``high``, numbers of SymPy's or infinite; ``finite`` though the ends may not be known.

    Where both are one number, ``sides`` are those of it on which values may be: -1, 1, and 0 for it itself.
    """

    low: Any = S.NegativeInfinity
    high: Any = S.Infinity
    sides: frozenset[int] = _ALL
    finite: bool = False
    why: str = ""

    @property
    def value(self) -> Any:
        """The number, oo or -oo, where there is only one."""
        return self.low if self.low == self.high else None

    @property
    def sign(self) -> int:
        """The sign of all that lies between; 0 where there are several, or it may be 0."""
        return int(bool(self.low > 0)) - int(bool(self.high < 0))


ANYTHING = Between()


def _made(low: Any, high: Any, ways: frozenset[int] = _ALL, why: str = "") -> Between:
    finite = low != S.NegativeInfinity and high != S.Infinity and not (low == high and low.is_infinite)
    return Between(low, high, ways if low == high else _ALL, finite, why)


def _of_floats(low: float, high: float) -> Between:
    ends = [
        S.NegativeInfinity if e == -inf else S.Infinity if e == inf else sympy.Rational(e)
        for e in (low, high)
    ]
    return _made(*ends)


class Squeeze:
    """Of functions of two variables at the origin, each part of them once."""

    def __init__(
        self, names: tuple[str, str], weights: Sequence[tuple[int, int]] = ((1, 1),), root: Node | None = None
    ) -> None:
        self.names, self.weights = names, tuple(weights)
        self.root = root  # what reasons call f
        self.known: dict[Node, Between] = {}
        self.tried: dict[str, list[str]] = {}  # why there is no ray series, and for which weights

    def of(self, node: Node) -> Between:
        if node not in self.known:
            self.known[node] = ANYTHING  # as good as nothing, should it be asked for while it is worked out
            self.known[node] = self._said(node, self._of(node))
        return self.known[node]

    def _said(self, node: Node, found: Between) -> Between:
        """With a reason, if it has none."""
        if found.why or not names_in(node) & set(self.names):
            return found
        if found.value is not None:
            return replace(found, why=f"{self._name(node)} goes to {text(symbolic.from_sympy(found.value))}")
        return replace(found, why=f"{self._name(node)} is bounded") if found.finite else found

    def _name(self, node: Node) -> str:
        return "f" if node is self.root else text(node)

    def _of(self, node: Node) -> Between:
        found = self.by_parts(node)
        if found.value is None:
            found = self._by_rays(node, found)
        for more in (self._by_cases, self._by_terms, self._by_shares, self._by_comparison):
            try:
                if found.value is None:
                    found = _within(more(node), found)
            except _FAILURES:
                continue
        return found

    def by_parts(self, node: Node) -> Between:
        """From what the parts of a node lie between."""
        try:
            return self._by_parts(node)
        except _FAILURES:
            return ANYTHING

    def _by_parts(self, node: Node) -> Between:
        if not names_in(node) & set(self.names):
            return _constant(node)
        if not isinstance(node, Call):  # one of the variables
            return _made(S.Zero, S.Zero)
        if (inner := self._inner(node)) is not None and (
            found := self._composed(node, inner)
        ).value is not None:
            return found
        match node.function:
            case "+" | "-":
                one, other = map(self.of, node.args)
                return _sum(one, other if node.function == "+" else _negative(other))
            case "neg":
                return _negative(self.of(node.args[0]))
            case "*" | "/":
                return self._product(node)
            case "**" if names_in(node.args[0]) & set(self.names) and names_in(node.args[1]) & set(
                self.names
            ):
                return self._power(node)
            case "Max" | "Min":
                return _extreme(node.function, list(map(self.of, node.args)))
            case "Piecewise":
                values = zip(node.args[::2], node.args[1::2], strict=True)
                return _hull([self.of(value) for value, condition in values if condition is not FALSE])
        moving = [arg for arg in node.args if names_in(arg) & set(self.names)]
        if len(moving) == 1:
            return self._composed(node, moving[0])
        return _ranged(node)

    def sign(self, node: Node) -> int:
        """The sign that a function has all around the origin; 0 where it has none, or none is known."""
        for weights in self.weights:
            if way := rays.sign(self.series(node, weights)):
                return way
        there = self.of(node)
        if there.value is not None and there.value.is_infinite:
            return 1 if there.value > 0 else -1
        if there.value == 0 and len(there.sides) == 1:
            return next(iter(there.sides))
        return there.sign

    # ----------------------------------------------------------------------------- functions of one thing

    def _inner(self, node: Node) -> Node | None:
        """The smallest part on which alone a node depends."""
        here = names_in(node) & set(self.names)
        if len(here) == 1:
            return Name(next(iter(here)))
        parts = postorder(node)
        if len(parts) > _LARGE:
            return None
        for part in parts:
            if part is node or _is_truth(part) or not set(self.names) <= names_in(part):
                continue
            if not names_in(substitute(node, {part: Name(T)})) & set(self.names):
                return part
        return None

    def _composed(self, node: Node, inner: Node) -> Between:
        """A function of one thing, from what that lies between."""
        there = self.of(inner)
        found = self._of_one(substitute(node, {inner: Name(T)}), inner, there)
        found = _within(found, _ranged(node))
        if found.value is not None and there.value is not None and not isinstance(inner, Name):
            return replace(found, why=there.why)
        return found

    def _of_one(self, tree: Node, inner: Node, there: Between) -> Between:
        """A function of T, as that is about to be within bounds."""
        if there.value is None:
            low, high = numeric_end(there.low, -1), numeric_end(there.high, 1)
            values = bounds(tree, {T: (low - _MARGIN, high + _MARGIN)})  # they only come near
            spread = ANYTHING if values is None else _of_floats(*values)
            entire = there.finite and all(_is_entire(each) for each in postorder(tree) if names_in(each))
            return replace(spread, finite=True) if entire and not spread.finite else spread
        place = symbolic.from_sympy(there.value)
        ways = [side for side in (-1, 1) if side in there.sides]
        if is_infinite(place):
            ways = [1]
        found: list[Between] = []
        for side in ways:
            one = limits.one_sided(decided(tree), T, place, side)
            if one.value is not None and one.evidence != "numeric":
                way = None
                if not one.value.is_infinite:
                    gap = Call("-", (tree, symbolic.from_sympy(one.value)))
                    way = sides.sign(gap, T, place, side)
                found.append(_made(one.value, one.value, _ALL if way is None else frozenset({way})))
            elif one.reason == "oscillates" and one.bounds is not None:
                found.append(_made(*one.bounds))
            elif one.reason not in ("not-real", "undefined"):
                return ANYTHING
        if 0 in there.sides and not is_infinite(place):
            at = self._at(tree, place)
            if at is ANYTHING:
                return ANYTHING
            if (
                at is not None
                and at.value not in [each.value for each in found]
                and self._never(inner, there.value)
            ):
                at = None
            if at is not None:
                found.append(at)
        return _hull(found) if found else ANYTHING

    def _at(self, tree: Node, place: Node) -> Between | None:
        """The value at the place itself, None where there is none."""
        there = decided(substitute(tree, {Name(T): place}))
        value = symbolic.evaluate(there)
        if isinstance(value, numeric.Undefined):
            return ANYTHING if value.kind == "too-large" else None
        if not isinstance(value, Fraction | numeric.Ball):
            return ANYTHING
        exact = symbolic.to_sympy(there)
        return _made(exact, exact, frozenset({0}))

    def _never(self, inner: Node, value: Any) -> bool:
        """Has a part a certain value nowhere beside the origin?"""
        gap = Call("-", (inner, symbolic.from_sympy(value))) if value != 0 else inner
        return any(rays.sign(self.series(gap, each)) for each in self.weights)

    # ---------------------------------------------------------------------------------------- arithmetic

    def _product(self, node: Call) -> Between:
        """Factors, those together that depend on the same thing only; a sum among them, if need be, term by term."""
        over, under = factors(node)
        groups: dict[Any, list[Node]] = {}
        for each in (*over, *(Call("/", (Number(1), each)) for each in under)):
            inner = self._inner(each) if names_in(each) & set(self.names) else None
            if inner is None and names_in(each) & set(self.names):
                inner = each.args[1] if isinstance(each, Call) and each.function == "/" else each
            groups.setdefault(inner, []).append(each)
        parts: list[tuple[Node, Between]] = []
        for inner, several in groups.items():
            whole = product(several) if len(several) > 1 else several[0]
            if whole is node:
                one, other = self.of(node.args[0]), self.of(node.args[1])
                return _times(one, _reciprocal(other, self, node.args[1]) if node.function == "/" else other)
            together = len(several) > 1 and inner is not None and whole is not inner
            parts.append((whole, self._composed(whole, inner) if together else self.of(whole)))
        found = _product(each for _, each in parts)
        spread = [each for _, each in parts if each.finite and each.value is None]
        rest = [whole for whole, each in parts if not each.finite or each.value is not None]
        if found.value is None and spread and rest:  # what is bounded, times the limit of all else
            return _product([self.of(product(rest)), *spread])
        return found

    def _by_terms(self, node: Node) -> Between:
        """A product with a sum as a sum of products."""
        over, under = factors(node)
        if len(over) + len(under) < 2:
            return ANYTHING
        for index, each in enumerate(over):
            several = _collected(each)
            if several != [each] and len(several) <= _MOST_TERMS:
                found = _constant(Number(0))
                for term in several:
                    whole = product([*over[:index], term, *over[index + 1 :]])
                    for divisor in under:
                        whole = Call("/", (whole, divisor))
                    found = _sum(found, self.of(whole))
                return found
        return ANYTHING

    def _by_shares(self, node: Node) -> Between:
        """x**a*y**b over several, each of which is at least as a power of r is: shares of a and b outweigh each."""
        over, under = factors(node)
        left, rest = [Fraction(0), Fraction(0)], []
        for each in over:
            power = self._monomial(each)
            if power is None:
                rest.append(self.of(each))
            else:
                left = [one + other for one, other in zip(left, power, strict=True)]
        sizes = [self._size(each) for each in under if names_in(each) & set(self.names)]
        rest += [
            _constant(Call("/", (Number(1), each))) for each in under if not names_in(each) & set(self.names)
        ]
        if len(sizes) < 2 or None in sizes or not all(each.finite for each in rest):
            return ANYTHING
        if not any(left) or not _outweighs(left[0], left[1], [each for each in sizes if each is not None]):
            return ANYTHING
        names = " and ".join(text(each) for each in under if names_in(each))
        why = f"its numerator is O(r**n) times {names}, with n > 0"
        return _made(S.Zero, S.Zero, why=_joined(why, *(each.why for each in rest)))

    def _by_cases(self, node: Node) -> Between:
        """What is made of cases, from what is made of each, where x > 0 with abs(x) for x."""
        cases = next((each for each in postorder(node) if _is_call(each, "Piecewise")), None)
        if cases is None:
            return ANYTHING
        pairs = zip(cases.args[::2], cases.args[1::2], strict=True)
        kept = [(value, condition) for value, condition in pairs if condition is not FALSE]
        if node is cases and not any(self._signed(condition) for _, condition in kept):
            return ANYTHING  # as by its parts
        rest = [
            substitute(substitute(node, {cases: value}), self._signed(condition)) for value, condition in kept
        ]
        return _hull(list(map(self.of, rest)))

    def _signed(self, condition: Node) -> dict[Node, Node]:
        """The variables of which a condition says the sign, by their moduli."""
        known: dict[Node, Node] = {}
        for part in split("&", condition):
            if isinstance(part, Call) and part.function in COMPARISONS and part.args[1] is Number(0):
                name, size = part.args[0], Call("abs", part.args[:1])
                if isinstance(name, Name) and part.function in (">", ">=", "<", "<="):
                    known[name] = size if part.function[0] == ">" else Call("neg", (size,))
        return known

    def _by_comparison(self, node: Node) -> Between:
        """F(u) times what is as large as abs(u)**n: by the limit of F(u)*abs(u)**n."""
        over, under = factors(node)
        over = [each for each in over if names_in(each)]
        for index, each in enumerate(over):
            inner = self._inner(each)
            if inner is None or isinstance(inner, Name):
                continue
            others = [*over[:index], *over[index + 1 :]]
            for power, rest in self._powers_of(inner, others, under):
                size = Call("**", (Call("abs", (inner,)), symbolic.from_sympy(sympy.Rational(power))))
                found = self._composed(Call("*", (each, size)), inner)
                if found.value == 0 and all(self.of(other).finite for other in rest):
                    why = f"the rest is at most some multiple of {text(size)}"
                    return _made(S.Zero, S.Zero, why=_joined(found.why, why))
        return ANYTHING

    def _powers_of(
        self, inner: Node, over: list[Node], under: list[Node]
    ) -> Iterator[tuple[Fraction, list[Node]]]:
        """Powers of abs(u) than which a quotient is not larger, but for a constant and factors that remain."""
        own, powers = self._monomial(inner), [self._monomial(each) for each in over]
        if own is not None and not under:
            sums = [sum(each[k] for each in powers if each is not None) for k in (0, 1)]
            power = min(Fraction(total, least) for total, least in zip(sums, own, strict=True) if least)
            yield power, [each for each, known in zip(over, powers, strict=True) if known is None]
        moving = [each for each in under if names_in(each)]
        for weights in self.weights:
            whole, *parts = (self._order(part, weights) for part in (inner, *moving))
            if whole and whole > 0 and None not in parts:
                yield -Fraction(sum(filter(None, parts))) / whole, over

    def _order(self, node: Node, weights: tuple[int, int]) -> Fraction | None:
        """The exponent of r of which the size of a function is between two parts."""
        found = self.series(node, weights)
        if found is None or not rays.sign(found):
            return None
        order = min(found.terms)
        return order if _size(found.terms[order]) else None

    def _monomial(self, node: Node) -> tuple[Fraction, Fraction] | None:
        """The exponents of x and y, both at least 0."""
        over, under = factors(node)
        if len(over) > 1 and not under:
            powers = [self._monomial(each) for each in over]
            if None in powers:
                return None
            known = [each for each in powers if each]
            return sum((x for x, _ in known), Fraction(0)), sum((y for _, y in known), Fraction(0))
        if isinstance(node, Name) and node.name in self.names:
            return Fraction(node.name == self.names[0]), Fraction(node.name == self.names[1])
        if isinstance(node, Call) and node.function in ("abs", "neg"):
            return self._monomial(node.args[0])
        if isinstance(node, Call) and node.function == "**" and not names_in(node.args[1]):
            inner, n = self._monomial(node.args[0]), symbolic.evaluate(node.args[1])
            if inner is not None and isinstance(n, Fraction) and n >= 0:
                return inner[0] * n, inner[1] * n
        return None

    def _size(self, node: Node) -> tuple[tuple[int, int], Fraction] | None:
        """Weights, and the exponent of r that the size of a function is never less than some part of."""
        for each in self.weights:
            found = self.series(node, each)
            if found is not None and rays.sign(found):
                return each, min(found.terms)
        return None

    def _power(self, node: Call) -> Between:
        """u**v is exp(v*log(u)) where u is positive; where it is 0, the power is 0 or 1."""
        base, exponent = node.args
        found = self.of(Call("exp", (Call("*", (exponent, Call("log", (base,)))),)))
        there = self.of(base)
        if there.sign > 0 or (there.value == 0 and self.sign(base) > 0):
            return found
        if there.value != 0 or -1 in there.sides:
            return ANYTHING
        return _hull([found, _made(S.Zero, S.Zero), _made(S.One, S.One)])

    # ---------------------------------------------------------------------------------------- ray series

    def series(self, node: Node, weights: tuple[int, int]) -> Rays | None:
        try:
            return rays.series(node, rays.around(self.names, weights), self._is_finite)
        except (Unknown, *_FAILURES):
            return None

    def _is_finite(self, node: Node) -> bool:
        return self.by_parts(node).finite if node not in self.known else self.known[node].finite

    def _by_rays(self, node: Node, known: Between) -> Between:
        if not names_in(node) & set(self.names) or isinstance(node, Name):
            return known
        for weights in self.weights:
            try:
                found = self._of_rays(node, weights)
            except Unknown as error:
                self.tried.setdefault(str(error), []).append(str(weights))
                continue
            except _FAILURES:
                self.tried.setdefault("too hard", []).append(str(weights))
                continue
            if found.value is not None:
                return found
            known = _within(known, found)
        return known

    def _of_rays(self, node: Node, weights: tuple[int, int]) -> Between:
        """By the ray series of a node, or of one in lowest terms. Raises Unknown."""
        around = rays.around(self.names, weights)
        error: Unknown | None = None
        forms = [rays.taken_apart(node, around), rays.differences(node, around), (node, {})]
        for index, (tree, more) in enumerate(forms):
            if any(tree is other for other, _ in forms[:index]):
                continue
            try:
                return _of_series(
                    rays.series(tree, around | more, self._is_finite), weights, self._name(node)
                )
            except Unknown as unknown:
                error = error or unknown
        assert error is not None
        raise error


def _of_series(found: Rays, weights: tuple[int, int], name: str) -> Between:
    order = found.order
    said = f"with {{{weights[0]} {weights[1]}}}, {name} is"
    if order is None:
        return _made(S.Zero, S.Zero, frozenset({0}), f"{said} 0")
    if not all(_size(h) for h in found.terms.values()):
        raise Unknown("a coefficient that is not bounded")
    e = min(found.terms, default=None)
    if e is not None and e < 0 and (found.rest is None or found.rest > e):
        way = rays.on_circle(found.terms[e])
        if not way:
            raise Unknown("its first term is 0 in some direction")
        why = f"{said} r**{_shown(e)} times what is bounded away from 0, and more"
        return _made(S.Infinity * way, S.Infinity * way, why=why)
    if order < 0:
        raise Unknown("what follows its first terms is not small")
    if found.rest is not None and found.rest <= 0:
        return Between(finite=True)
    start = found.terms.get(Fraction(0), S.Zero)
    if not start.is_number:
        t = sympy.Symbol("t", real=True)
        start = sympy.simplify(start.subs({rays.COSINE: sympy.cos(t), rays.SINE: sympy.sin(t)}))
        if not start.is_number:
            return _of_directions(found.terms[Fraction(0)])
    rest = {e: h for e, h in found.terms.items() if e > 0}
    least = rays.least(found.rest, *rest)
    if least is None:
        shown = text(symbolic.from_sympy(start))
        return _made(start, start, frozenset({0}), f"{said} {shown}")
    way = rays.sign(Rays(rest, found.rest))
    shown = f"O(r**{_shown(least)})" if least != 1 else "O(r)"
    head = "" if start == 0 else f"{text(symbolic.from_sympy(start))} + "
    ways = frozenset({way}) if way else _ALL
    return _made(start, start, ways, f"{said} {head}{shown}, uniformly in t")


def _shown(e: Fraction) -> str:
    return str(e) if e.denominator == 1 and e >= 0 else f"({e})"


def _arcs(h: Any) -> Iterator[tuple[float, float] | None]:
    """Bounds of a function of the direction on arcs that make up the circle."""
    tree = rays.of_angle(h)
    step = (2 * pi + 0.02) / _ARCS
    for k in range(_ARCS):
        yield bounds(tree, {ANGLE.name: (-pi - 0.01 + k * step, -pi - 0.01 + (k + 1) * step)})


def _size(h: Any) -> bool:
    """Is a function of the direction bounded?"""
    return bool(h.is_number) or all(
        each is not None and -inf < each[0] and each[1] < inf for each in _arcs(h)
    )


def _of_directions(h: Any) -> Between:
    ends = [each for each in _arcs(h) if each is not None]
    return _of_floats(min(low for low, _ in ends), max(high for _, high in ends))


# ----------------------------------------------------------------------------------------------- intervals


def _constant(node: Node) -> Between:
    value = symbolic.evaluate(node)
    if not isinstance(value, Fraction | numeric.Ball):
        return ANYTHING
    exact = symbolic.to_sympy(node)
    return _made(exact, exact, frozenset({0}))


def numeric_end(end: Any, way: int) -> float:
    """A double on the outer side of a number."""
    if end.is_infinite:
        return inf if end > 0 else -inf
    found = bounds(symbolic.from_sympy(end), {})
    return way * inf if found is None else found[way > 0]


def _outer(end: Any, way: int) -> Any:
    edge = numeric_end(end, way)
    return S.Infinity * way if abs(edge) == inf else sympy.Rational(edge)


def _sum(a: Between, b: Between) -> Between:
    if a.value is not None and b.value is not None:
        total = a.value + b.value
        if total is S.NaN:
            return ANYTHING
        ways = {way for s in a.sides for t in b.sides for way in _sides_of_sum(s, t)}
        return _made(total, total, frozenset(ways), _joined(a.why, b.why))
    low, high = ((_outer(x, w) + _outer(y, w)) for x, y, w in ((a.low, b.low, -1), (a.high, b.high, 1)))
    if S.NaN in (low, high):
        return replace(ANYTHING, finite=a.finite and b.finite)
    for one, other in ((a, b), (b, a)):
        if one.value is not None and one.value.is_infinite and other.finite:
            return replace(one, why=_joined(one.why, other.why))
    return Between(low, high, finite=a.finite and b.finite)


def _sides_of_sum(one: int, other: int) -> Iterable[int]:
    return (one,) if other in (0, one) else (other,) if one == 0 else _ALL


def _negative(a: Between) -> Between:
    return replace(a, low=-a.high, high=-a.low, sides=frozenset(-side for side in a.sides))


def _times(a: Between, b: Between) -> Between:
    for one, other in ((a, b), (b, a)):
        if one.value == 0 and other.finite:
            way = other.sign
            if other.value == 0:
                ways = frozenset(s * t for s in one.sides for t in other.sides)
            else:
                ways = frozenset(s * way for s in one.sides) if way else _ALL
            return _made(S.Zero, S.Zero, ways, _joined(one.why, other.why))
        if one.value is not None and one.value.is_infinite and other.sign:
            return _made(one.value * other.sign, one.value * other.sign, why=_joined(one.why, other.why))
    if a.value is not None and b.value is not None and a.finite and b.finite:
        value = a.value * b.value
        return _made(value, value, why=_joined(a.why, b.why))
    if not (a.finite and b.finite):
        if not a.sign or not b.sign:
            return ANYTHING
        return Between(S.Zero, S.Infinity) if a.sign == b.sign else Between(S.NegativeInfinity, S.Zero)
    ends = [
        _outer(x, w) * _outer(y, v)
        for x, w in ((a.low, -1), (a.high, 1))
        for y, v in ((b.low, -1), (b.high, 1))
    ]
    if S.NaN in ends or any(end.is_infinite for end in ends):
        return Between(finite=True)
    return Between(_outer(min(ends), -1), _outer(max(ends), 1), finite=True)


def _product(parts: Iterable[Between]) -> Between:
    return reduce(_times, parts, Between(S.One, S.One, finite=True))


def _reciprocal(a: Between, squeeze: Squeeze, node: Node) -> Between:
    if a.value == 0 or (a.value is not None and a.value.is_infinite):
        return squeeze._of_one(Call("/", (Number(1), Name(T))), node, a)
    if not a.sign:
        return ANYTHING
    ends = [S.Zero if end.is_infinite else 1 / _outer(end, way) for end, way in ((a.high, 1), (a.low, -1))]
    return Between(ends[0], ends[1], finite=True)


def _extreme(function: str, parts: list[Between]) -> Between:
    choose = sympy.Max if function == "Max" else sympy.Min
    low, high = choose(*(each.low for each in parts)), choose(*(each.high for each in parts))
    finite = all(each.finite for each in parts)
    if low == high:
        return _made(low, high, why=_joined(*(each.why for each in parts)))
    return Between(low, high, finite=finite)


def _hull(parts: Sequence[Between]) -> Between:
    """All that lies in one of several."""
    first = parts[0]
    values = [each.value for each in parts]
    if None not in values and all(limits.same_value(first.value, each) is True for each in values):
        ways = frozenset(side for each in parts for side in each.sides)
        return _made(first.value, first.value, ways, _joined(*(each.why for each in parts)))
    lows, highs = (
        [_outer(getattr(each, end), way) for each in parts] for end, way in (("low", -1), ("high", 1))
    )
    found = Between(min(lows), max(highs), finite=all(each.finite for each in parts))
    return replace(found, low=found.low - 1) if found.value is not None and found.value.is_finite else found


def _within(a: Between, b: Between) -> Between:
    """What lies in both."""
    if a.value is not None:
        return a
    low, high = max(a.low, b.low), min(a.high, b.high)
    finite = a.finite or b.finite
    return Between(low, high, finite=finite) if low < high else replace(a, finite=finite)


def _ranged(node: Node) -> Between:
    """Within the range of the function, as its row tells."""
    ends = listed(node.function, "range") if isinstance(node, Call) else ()
    if len(ends) != 2:
        return ANYTHING
    low, high = (symbolic.to_sympy(end) for end in ends)
    return _made(low, high)


def _is_entire(node: Node) -> bool:
    """Is a call continuous wherever its arguments are?"""
    return isinstance(node, Name) or (
        isinstance(node, Call) and condition_of(node) is None and not jumps(node)
    )


def _is_call(node: Node, function: str) -> TypeGuard[Call]:
    return isinstance(node, Call) and node.function == function


def _is_truth(node: Node) -> bool:
    return node in (TRUE, FALSE) or (isinstance(node, Call) and node.function in (*COMPARISONS, *CONNECTIVES))


def _joined(*reasons: str) -> str:
    return "; ".join(dict.fromkeys(each for each in reasons if each))


def _outweighs(a: Fraction, b: Fraction, sizes: Sequence[tuple[tuple[int, int], Fraction]]) -> bool:
    """Are there shares of a and b, one for each size, whose weight is at least that, and of one of them more?"""
    (p, q), least = sizes[0]
    if len(sizes) == 1:
        return p * a + q * b > least
    for i in range(int(a / _SHARE) + 1):
        for j in range(int(b / _SHARE) + 1):
            x, y = i * _SHARE, j * _SHARE
            if p * x + q * y >= least and _outweighs(a - x, b - y, sizes[1:]):
                return True
    return False


def factors(node: Node) -> tuple[list[Node], list[Node]]:
    """What is multiplied, and what is divided by."""
    if isinstance(node, Call) and node.function in ("*", "/"):
        over, under = factors(node.args[0])
        more, below = factors(node.args[1])
        return (over + more, under + below) if node.function == "*" else (over + below, under + more)
    return [node], []


def _collected(node: Node) -> list[Node]:
    """What is added, like terms together."""
    if not isinstance(node, Call) or node.function not in ("+", "-", "neg"):
        return [node]
    return list(map(symbolic.from_sympy, sympy.Add.make_args(symbolic.to_sympy(node))))
