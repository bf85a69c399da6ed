"""Limits of functions of two variables: none, by two paths; or proved, in polar form, over all directions at once.

    limit(parse("x*y/(x**2 + y**2)").node, ("x", "y"), (Number(0), Number(0))).paths     # 0 for y = 0, 1/2 for y = x

There is no limit where two paths into the point have different ones, each a limit in one variable, proved.

A limit is proved by x = a + r**p*cos(t), y = b + r**q*sin(t) for some whole p and q: as r goes to 0 these reach every
point near (a, b), whatever t. f becomes a *ray series*: finitely many terms h(t)*r**e and a remainder O(r**n), uniform
in t. Its arithmetic is that of power series. What is divided by, or under a root or a logarithm, must have a leading
h(t) that is bounded away from 0, which enclosures over the circle of directions prove. So if no term has e < 0, the
only one with e = 0 is a constant, and n > 0, that constant is the limit.

Functions that are 0 at 0 are written as u times something bounded first, so that sin(x*y)/x is y*(...), and a bounded
function whose argument is not known is O(1): squeezed, as in x*sin(1/y).

Invariant: each answer is proved; else it is undecided, with what was tried. Limits are over the domain of f.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf, pi
from typing import Any

import sympy
from sympy import S

from calcgrad.calculus import derivatives, limits, numeric, points, symbolic
from calcgrad.calculus.domains import condition_of, conditions
from calcgrad.calculus.equality.coverage import always
from calcgrad.calculus.intervals import bounds
from calcgrad.calculus.kinks import at_kink, decided
from calcgrad.errors import CalcgradError
from calcgrad.expression.columns import listed
from calcgrad.expression.tree import (
    COMPARISONS,
    FALSE,
    INFINITY,
    Call,
    Name,
    Node,
    Number,
    fold,
    names_in,
    postorder,
    rational,
    rebuild,
    substitute,
    text,
)

WEIGHTS = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 3), (3, 2), (1, 4), (4, 1))
_LENGTH = 6  # powers of r that a series keeps beyond its first
_ARCS = 4_000  # of the circle, that enclosures look at
_SLACK = Fraction(1, 16)  # log(r) is O(r**-_SLACK)
_FAILURES = (*symbolic.ALL_FAILURES, CalcgradError)
_C, _S_ = sympy.Symbol("c_0", real=True), sympy.Symbol("s_0", real=True)  # the direction
_ANGLE = Name("t_0")


class Unknown(Exception):
    """What a series is, is not known; the argument says of what."""


@dataclass(frozen=True)
class Path:
    """A path into the point, x and y as functions of t -> 0+, with its equation, and the limit along it."""

    equation: str
    x: Node
    y: Node
    limit: Any = None  # a number of SymPy's
    oscillates: bool = False


@dataclass(frozen=True)
class PlaneLimit:
    """``value`` (oo and -oo too) with the ``proof`` in words; or the two ``paths`` that exclude one; or undecided."""

    value: Any = None
    proof: str = ""
    paths: tuple[Path, ...] = ()
    reason: str = ""  # paths-differ, oscillates, undefined or undecided
    tried: tuple[str, ...] = ()


def limit(root: Node, names: tuple[str, str], point: tuple[Node, Node]) -> PlaneLimit:
    """The limit of a function of two variables at a finite point."""
    moved = _moved(root, names, point)
    found: list[Path] = []
    for path in paths(names, point):
        along = _along(moved, names, path)
        if along is None:
            continue
        if along.oscillates:
            return PlaneLimit(paths=(along,), reason="oscillates")
        for other in found:
            if limits.same_value(other.limit, along.limit) is False:
                return PlaneLimit(paths=(other, along), reason="paths-differ")
        found.append(along)
    if continuous := _is_continuous(root, names, point):
        return PlaneLimit(continuous, "f is continuous there")
    if not found:  # what follows says where f goes if it is defined near the point, not that it is
        gone = _is_undefined_beside(moved, names)
        why = () if gone else ("paths, but whether f is defined along one of them is not known",)
        return PlaneLimit(reason="undefined" if gone else "undecided", tried=why)
    if (composed := _composed(moved, names, point)) is not None:
        return composed
    tried: dict[str, list[str]] = {}
    for weights in WEIGHTS:
        try:
            value, proof = _proved(moved, names, point, weights)
        except Unknown as error:
            tried.setdefault(str(error), []).append(str(weights))
        except _FAILURES:
            tried.setdefault("too hard", []).append(str(weights))
        else:
            return PlaneLimit(value, proof)
    shown = [
        f"{_polar(names, point, ('p', 'q'))} for {', '.join(each)}: {error}" for error, each in tried.items()
    ]
    shown.insert(0, f"{len(found)} paths, along which it is {text(symbolic.from_sympy(found[0].limit))}")
    return PlaneLimit(reason="undecided", tried=tuple(shown))


@dataclass(frozen=True)
class Total:
    """Is a function of two variables totally differentiable at a point? ``partials`` are its slopes there.

    ``reason``: '' if it is, undefined (``lacking`` is a path on which f has no value), partial (that by ``lacking``
    does not exist, as ``there`` says), not-total or undecided. ``gap`` is the
    limit of f less its plane over the distance.
    """

    value: Any = None
    partials: tuple[Any, ...] = ()
    reason: str = ""
    lacking: str = ""
    there: Any = None
    gap: PlaneLimit | None = None


def total(root: Node, names: tuple[str, str], point: tuple[Node, Node]) -> Total:
    """Does (f - f(p) - A*u - B*v)/sqrt(u**2 + v**2) go to 0, where A and B are the partials?"""
    here: dict[Node, Node] = {Name(name): place for name, place in zip(names, point, strict=True)}
    start = substitute(root, here)
    value = symbolic.evaluate(start)
    if isinstance(value, numeric.Undefined) and value.kind != "too-large":
        return Total(reason="undefined")
    if not isinstance(value, Fraction | numeric.Ball):
        return Total(reason="undecided")
    start = rational(value) if isinstance(value, Fraction) else start
    slopes = []
    for name in names:
        formula = derivatives.derivative(root, [name])
        there = points.at_point(root, [name], dict(zip(names, point, strict=True)), formula)
        if not there.exists or there.value is None:
            known = there.reason not in ("", "undecided")
            return Total(
                symbolic.to_sympy(start),
                reason="partial" if known else "undecided",
                lacking=name,
                there=there,
            )
        slopes.append(there.value)
    found = Total(symbolic.to_sympy(start), tuple(slopes))
    if _is_analytic(root, names, here):
        return found
    if outside := _outside(_moved(root, names, point), names, point):
        return replace(found, reason="undefined", lacking=outside)
    u, v = map(Name, names)
    gap = Call("-", (_moved(root, names, point), start))
    for slope, move in zip(slopes, (u, v), strict=True):
        if slope != 0:
            gap = Call("-", (gap, Call("*", (symbolic.from_sympy(slope), move))))
    distance = Call("sqrt", (Call("+", (Call("**", (u, Number(2))), Call("**", (v, Number(2))))),))
    quotient = limit(Call("/", (gap, distance)), names, (Number(0), Number(0)))
    if quotient.reason == "undecided":
        return replace(found, reason="undecided", gap=quotient)
    flat_there = quotient.value is not None and limits.same_value(quotient.value, S.Zero)
    if flat_there and not _is_defined_around(_moved(root, names, point), names):
        unknown = PlaneLimit(reason="undecided", tried=("whether f is defined all around",))
        return replace(found, reason="undecided", gap=unknown)
    return replace(found, reason="" if flat_there else "not-total", gap=quotient)


def _outside(moved: Node, names: tuple[str, str], point: tuple[Node, Node]) -> str:
    """A line into the point on which f has no value, if there is one."""
    for path in paths(names, point):
        tree = substitute(moved, {Name(names[0]): path.x, Name(names[1]): path.y})
        try:
            if limits.one_sided(decided(tree), _T, Number(0), 1).reason in ("not-real", "undefined"):
                return path.equation
        except _FAILURES:
            continue
    return ""


def _is_analytic(root: Node, names: tuple[str, str], here: dict[Node, Node]) -> bool:
    """Is the point inside all domains, and no part at a kink?"""
    for node in postorder(root):
        if isinstance(node, Call) and names_in(node) & set(names):
            condition = condition_of(node)
            if condition is not None and not limits.holds_around(condition, names, here):
                return False
            if at_kink(node, list(names), here) is not False:
                return False
    return True


def _is_undefined_beside(moved: Node, names: tuple[str, str]) -> bool:
    """Does something that f asks for hold nowhere around the origin?"""
    needed = conditions(moved, always=True)
    return any(_holds(each, _rays(names, weights)) is False for weights in WEIGHTS for each in needed)


def _is_defined_around(moved: Node, names: tuple[str, str]) -> bool:
    """Has f a value at every place near the origin, but perhaps there?"""

    def holds(condition: Node) -> bool:
        here: dict[Node, Node] = dict.fromkeys(map(Name, names), Number(0))
        known = always(condition) or limits.holds_around(condition, names, here)
        return known or any(_holds(condition, _rays(names, weights)) for weights in WEIGHTS)

    return all(map(holds, conditions(_beside(moved, _rays(names, (1, 1))))))


def _rays(names: tuple[str, str], weights: tuple[int, int]) -> dict[str, Rays]:
    waves = zip(names, weights, (_C, _S_), strict=True)
    return {name: Rays({Fraction(weight): wave}) for name, weight, wave in waves}


def _composed(moved: Node, names: tuple[str, str], point: tuple[Node, Node]) -> PlaneLimit | None:
    """The limit of F(u) by that of u, as for log(x**2 + y**2): where F has a limit there, from within its domain."""
    if isinstance(moved, Call) and moved.function == "/" and not names_in(moved.args[0]):
        return _of_square(moved, names, point)
    if not isinstance(moved, Call) or len(moved.args) != 1 or moved.function in ("neg", "abs"):
        return None
    for weights in WEIGHTS:
        try:
            inner, proof = _proved(moved.args[0], names, point, weights)
            place, letter = symbolic.from_sympy(inner), Name(_T)
            outer = Call(moved.function, (letter,))
            found = limits.limit(outer, _T, place)
            value = found.value
            if value is None and found.reason == "one-sided-only":
                value = next(
                    each.value
                    for each in (found.left, found.right)
                    if each is not None and each.value is not None
                )
            if value is None or found.evidence == "numeric":
                return None
            here = symbolic.evaluate(substitute(outer, {letter: place}))
            if not isinstance(here, numeric.Undefined):
                there = symbolic.to_sympy(substitute(outer, {letter: place}))
                if limits.same_value(there, value) is not True:
                    return None
            shown = f"{text(moved.args[0])} goes to {text(place)}: {proof.replace('f is', 'that is')}"
            return PlaneLimit(value, shown)
        except (Unknown, StopIteration, *_FAILURES):
            continue
    return None


def _of_square(moved: Call, names: tuple[str, str], point: tuple[Node, Node]) -> PlaneLimit | None:
    """A constant over a square, a root or a modulus that goes to 0: infinite wherever it is defined."""
    way, below = numeric.sign(symbolic.evaluate(moved.args[0])), moved.args[1]
    square = isinstance(below, Call) and (
        below.function in ("abs", "sqrt") or (below.function == "**" and below.args[1] is Number(2))
    )
    if not way or not square:
        return None
    try:
        value, proof = _proved(below, names, point, (1, 1))
    except (Unknown, *_FAILURES):
        return None
    if value != 0:
        return None
    return PlaneLimit(
        S.Infinity * way, f"{text(below)} is positive and goes to 0: {proof.replace('f is', 'that is')}"
    )


def _moved(root: Node, names: tuple[str, str], point: tuple[Node, Node]) -> Node:
    """The function with the point moved to the origin."""
    return substitute(
        root,
        {
            Name(name): Name(name) if place is Number(0) else Call("+", (place, Name(name)))
            for name, place in zip(names, point, strict=True)
        },
    )


# --------------------------------------------------------------------------------------------------- paths

# x and y as they go to 0 with t, from the right
_PATHS = (
    ("t", "0"), ("-t", "0"), ("0", "t"), ("0", "-t"), ("t", "t"), ("t", "-t"), ("-t", "t"), ("-t", "-t"), ("t", "2*t"),
    ("2*t", "t"), ("t", "-2*t"), ("t", "t**2"), ("t", "-t**2"), ("t**2", "t"), ("-t**2", "t"), ("t", "t**3"),
    ("t**3", "t"), ("t**2", "t**3"), ("t**3", "t**2"), ("t", "t**2 - t"), ("t**2 - t", "t"), ("t", "t + t**2"),
    ("t", "t**3 - t"), ("t", "t + t**3"), ("t", "t**4"), ("t**4", "t"), ("t", "2*t**2"), ("t", "t**2 + t**3"),
    ("t", "t**2 - t**4"),
)  # fmt: skip
_T = "t_0"


def paths(names: tuple[str, str], point: tuple[Node, Node]) -> Iterator[Path]:
    """Lines and curves into the point."""
    from calcgrad.expression.parser import parse

    for x, y in _PATHS:
        right, up = (substitute(parse(each).node, {Name("t"): Name(_T)}) for each in (x, y))
        yield Path(_equation(names, point, x, y), right, up)


def _equation(names: tuple[str, str], point: tuple[Node, Node], x: str, y: str) -> str:
    """A path in terms of the variables: y = x**2, or both in terms of t."""
    first, second = names
    atorigin = all(place is Number(0) for place in point)
    if atorigin and x in ("t", "-t"):
        side = f", {first} {'>' if x == 't' else '<'} 0"
        if y in ("t", "-t"):
            return f"{second} = {'' if x == y else '-'}{first}{side}"
        if y == "0" or x == "t":
            return f"{second} = {y.replace('t', first)}{side}"
    if atorigin and y in ("t", "-t") and (x == "0" or y == "t"):
        return f"{first} = {x.replace('t', second)}, {second} {'>' if y == 't' else '<'} 0"

    def shown(place: Node, move: str) -> str:
        if place is Number(0) or move == "0":
            return text(place) if move == "0" else move
        return f"{text(place)} - {move[1:]}" if move.startswith("-") else f"{text(place)} + {move}"

    return f"({first}, {second}) = ({shown(point[0], x)}, {shown(point[1], y)}), t > 0"


def _along(moved: Node, names: tuple[str, str], path: Path) -> Path | None:
    """The limit along a path; None where it is not known, or the path is not in the domain."""
    tree = substitute(moved, {Name(names[0]): path.x, Name(names[1]): path.y})
    try:
        tree = decided(tree)
        found = limits.one_sided(tree, _T, Number(0), 1)
    except _FAILURES:
        return None
    if found.reason == "oscillates":
        return Path(path.equation, path.x, path.y, oscillates=True)
    if found.value is None or found.evidence == "numeric":
        return None
    return Path(path.equation, path.x, path.y, found.value)


def _is_continuous(root: Node, names: tuple[str, str], point: tuple[Node, Node]) -> Any:
    """The value at the point, where f is continuous there: no domain ends, and nothing jumps; None elsewhere."""
    from calcgrad.calculus.domains import jumps

    here: dict[Node, Node] = {Name(name): place for name, place in zip(names, point, strict=True)}
    for node in postorder(root):
        if not isinstance(node, Call) or not names_in(node) & set(names):
            continue
        condition = condition_of(node)
        if condition is not None and not limits.holds_around(condition, names, here):
            return None
        if jumps(node) and at_kink(node, list(names), here) is not False:
            return None
    value = symbolic.evaluate(substitute(root, here))
    if not isinstance(value, Fraction | numeric.Ball):
        return None
    try:
        return symbolic.to_sympy(substitute(root, here))
    except _FAILURES:
        return None


# ---------------------------------------------------------------------------------------------- ray series


@dataclass(frozen=True)
class Rays:
    """Terms h(t)*r**e, by e, and what follows is O(r**rest), uniformly in t; nothing follows where that is None."""

    terms: dict[Fraction, Any] = field(default_factory=dict)
    rest: Fraction | None = None

    def cut(self, most: int) -> Rays:
        """With so many powers of r beyond the first only."""
        if not self.terms:
            return self
        end = min(self.terms) + most
        if all(e < end for e in self.terms):
            return self
        dropped = min(e for e in self.terms if e >= end)
        rest = dropped if self.rest is None else min(dropped, self.rest)
        return Rays({e: h for e, h in self.terms.items() if e < rest}, rest)

    @property
    def order(self) -> Fraction | None:
        """It is O(r**order); None for 0."""
        known = [*self.terms, *([] if self.rest is None else [self.rest])]
        return min(known) if known else None


def _made(terms: dict[Fraction, Any], rest: Fraction | None) -> Rays:
    kept = {}
    for e, h in terms.items():
        h = sympy.expand(h) if h.is_polynomial(_C, _S_) else h
        if h != 0 and (rest is None or e < rest):
            kept[e] = h
    return Rays(kept, rest).cut(_LENGTH)


def _least(*ends: Fraction | None) -> Fraction | None:
    known = [end for end in ends if end is not None]
    return min(known) if known else None


def _plus(a: Rays, b: Rays) -> Rays:
    terms = dict(a.terms)
    for e, h in b.terms.items():
        terms[e] = terms.get(e, S.Zero) + h
    return _made(terms, _least(a.rest, b.rest))


def _times(a: Rays, b: Rays) -> Rays:
    terms: dict[Fraction, Any] = {}
    for e, h in a.terms.items():
        for d, g in b.terms.items():
            terms[e + d] = terms.get(e + d, S.Zero) + h * g
    rests = []
    for one, other in ((a, b), (b, a)):
        if one.rest is not None and other.order is not None:
            rests.append(one.rest + other.order)
    return _made(terms, _least(*rests))


def _constant(value: Any) -> Rays:
    return Rays({Fraction(0): value} if value != 0 else {})


def _leading(a: Rays, what: str, sign: bool = False) -> tuple[Fraction, Any, int]:
    """The first term, with its sign all over the circle; ``sign`` asks for it to be positive."""
    if not a.terms or (a.rest is not None and a.rest <= min(a.terms)):
        raise Unknown(f"the first term of {what} is not known")
    e = min(a.terms)
    way = on_circle(a.terms[e])
    if not way:
        raise Unknown(f"the first term of {what} is 0 in some direction")
    if sign and way < 0:
        raise Unknown(f"{what} is negative")
    return e, a.terms[e], way


def on_circle(h: Any) -> int:
    """The sign that a function of the direction has all over the circle, bounded away from 0; 0 where it has none."""
    if h.is_number:
        tree = symbolic.from_sympy(h)
        return numeric.sign(symbolic.evaluate(tree, 5)) or 0
    tree = substitute(
        symbolic.from_sympy(h),
        {Name(_C.name): Call("cos", (_ANGLE,)), Name(_S_.name): Call("sin", (_ANGLE,))},
    )
    todo = [
        (-pi - 0.01 + k * (2 * pi + 0.02) / 32, -pi - 0.01 + (k + 1) * (2 * pi + 0.02) / 32)
        for k in range(32)
    ]
    seen: set[int] = set()
    for _ in range(_ARCS):
        if not todo:
            return seen.pop()
        low, high = todo.pop()
        values = bounds(tree, {_ANGLE.name: (low, high)})
        if values is not None and (values[0] > 0 or values[1] < 0):
            seen.add(1 if values[0] > 0 else -1)
            if len(seen) > 1:
                return 0
            continue
        middle = (low + high) / 2
        if high - low < 1e-4:
            return 0
        todo += [(low, middle), (middle, high)]
    return 0


def _size(h: Any) -> bool:
    """Is a function of the direction bounded?"""
    tree = substitute(
        symbolic.from_sympy(h),
        {Name(_C.name): Call("cos", (_ANGLE,)), Name(_S_.name): Call("sin", (_ANGLE,))},
    )
    if not names_in(tree):
        return True
    step = (2 * pi + 0.02) / 64
    for k in range(64):
        values = bounds(tree, {_ANGLE.name: (-pi - 0.01 + k * step, -pi - 0.01 + (k + 1) * step)})
        if values is None or values[0] == -inf or values[1] == inf:
            return False
    return True


def _raised(a: Rays, exponent: Fraction, what: str) -> Rays:
    """a**exponent"""
    if exponent.denominator == 1 and 0 <= exponent <= 2 * _LENGTH:
        found = _constant(S.One)
        for _ in range(int(exponent)):
            found = _times(found, a)
        return found
    e, h, way = _leading(a, what, sign=exponent.denominator > 1)
    del way
    inverse = 1 / h if h.is_number else sympy.cancel(1 / h)
    small = _times(Rays({-e: inverse}), Rays({k: g for k, g in a.terms.items() if k != e}, a.rest))
    power = h ** sympy.Rational(exponent.numerator, exponent.denominator)
    found, term, coefficient = _constant(S.One), _constant(S.One), S.One
    for k in range(1, 2 * _LENGTH):
        term = _times(term, small)
        if not term.terms and term.rest is None:
            break
        coefficient = coefficient * (sympy.Rational(exponent.numerator, exponent.denominator) - k + 1) / k
        found = _plus(found, _times(_constant(coefficient), term))
    else:
        if small.order is not None:
            found = _plus(found, Rays({}, small.order * (2 * _LENGTH)))
    return _times(Rays({e * exponent: power}), found)


def _taylor(function: str, a: Rays, what: str) -> Rays:
    """An analytic function of a series that stays finite."""
    if a.order is not None and a.order < 0:
        return _bounded(function, what)
    start = a.terms.get(Fraction(0), S.Zero)
    if a.rest is not None and a.rest <= 0:
        return _bounded(function, what)
    if not start.is_number:
        return _bounded(function, what)
    small = Rays({e: h for e, h in a.terms.items() if e != 0}, a.rest)
    w = sympy.Symbol("w_0", real=True)
    formula = symbolic.meaning(function, w)
    here = formula.subs(w, start)
    if not here.is_finite or here.has(S.ComplexInfinity, S.NaN) or not here.is_real:
        return _bounded(function, what)
    tree = Call(function, (symbolic.from_sympy(start),))
    domain, kink = condition_of(tree), _kink(tree)
    if (domain is not None and symbolic.evaluate(domain) is not True) or kink:
        raise Unknown(f"{function} is not analytic at {start}")
    found, term = _constant(here), _constant(S.One)
    derivative, factorial = formula, 1
    steps = 2 * _LENGTH
    for k in range(1, steps):
        term = _times(term, small)
        if not term.terms and term.rest is None:
            return found
        derivative = sympy.diff(derivative, w)
        factorial *= k
        value = derivative.subs(w, start)
        if not value.is_finite or value.has(S.ComplexInfinity, S.NaN):
            raise Unknown(f"{function} is not analytic at {start}")
        found = _plus(found, _times(_constant(value / factorial), term))
        if found.rest is not None and term.order is not None and term.order >= found.rest:
            return found
    assert small.order is not None
    return _plus(found, Rays({}, small.order * steps))


def _kink(tree: Call) -> bool:
    """Is a call of a constant at a kink, where the function is not analytic, or may it be?"""
    from calcgrad.expression.columns import said_of

    kinks = said_of(tree, "kinks")
    return kinks is not None and symbolic.evaluate(kinks) is not False


def _bounded(function: str, what: str) -> Rays:
    """A function of what is not known: O(1) where its range is bounded."""
    ends = listed(function, "range")
    finite = len(ends) == 2 and all(INFINITY not in postorder(end) for end in ends)
    if not finite:
        raise Unknown(f"{what} is not known")
    return Rays({}, Fraction(0))


def _absolute(a: Rays) -> Rays:
    """|a|: by its sign where it has one; else | |a| - |h*r**e| | <= |a - h*r**e|."""
    if not a.terms:
        return a
    e = min(a.terms)
    way = on_circle(a.terms[e]) if a.rest is None or a.rest > e else 0
    if way:
        return _times(_constant(sympy.Integer(way)), a)
    rest = _least(a.rest, *(each for each in a.terms if each != e))
    return _made({e: sympy.Abs(a.terms[e])}, rest)


def _root(a: Rays, n: int, what: str) -> Rays:
    """The n-th root of what is not negative, n = 2; odd roots of anything: | root(u) - root(v) | <= 2*root(|u - v|)."""
    if not a.terms:
        return a if a.rest is None else Rays({}, a.rest / n)
    e = min(a.terms)
    try:
        return _raised(a, Fraction(1, n), what)
    except Unknown:
        pass
    rest = _least(a.rest, *(each for each in a.terms if each != e))
    h = a.terms[e]
    head = sympy.sqrt(sympy.Abs(h)) if n == 2 else sympy.sign(h) * sympy.Abs(h) ** sympy.Rational(1, n)
    if n == 2 and rest is not None:  # where h is 0 the sign of the rest decides whether it is real
        return _made({e / 2: head}, rest / 2)
    return _made({e / n: head}, None if rest is None else rest / n)


def _logarithm(a: Rays, what: str) -> Rays:
    e, h, _ = _leading(a, what, sign=True)
    if e == 0 and h.is_number:
        return _taylor("log", a, what)
    return Rays({}, -_SLACK if e else Fraction(0))


def _series(root: Node, known: dict[str, Rays]) -> Rays:
    """The ray series of a tree. Raises Unknown."""

    def step(node: Node, parts: list[Rays | Unknown | None]) -> Rays | Unknown | None:
        if isinstance(node, Name) and node.name in known:
            return known[node.name]
        if not names_in(node):
            return _constant(symbolic.to_sympy(node))
        if not isinstance(node, Call):
            return Unknown(text(node))
        if node.function in COMPARISONS or node.function in ("&", "|", "~"):
            return None
        if node.function == "Piecewise":
            return Unknown("a case that depends on the direction")
        values = [part for part in parts if isinstance(part, Rays)]
        try:
            if len(values) < len(parts):
                unknown = next(part for part in parts if isinstance(part, Unknown))
                return _bounded(node.function, str(unknown))
            return _of_call(node, values)
        except Unknown as error:
            return error

    found = fold(root, step)
    if isinstance(found, Unknown):
        raise found
    assert found is not None
    return found


def _of_call(node: Call, values: list[Rays]) -> Rays:
    one, what = values[0], text(node.args[0])
    minus = _constant(S.NegativeOne)
    match node.function:
        case "+":
            return _plus(one, values[1])
        case "-":
            return _plus(one, _times(minus, values[1]))
        case "neg":
            return _times(minus, one)
        case "*":
            return _times(one, values[1])
        case "/":
            return _times(one, _raised(values[1], Fraction(-1), text(node.args[1])))
        case "**":
            exponent = None if names_in(node.args[1]) else symbolic.evaluate(node.args[1])
            if isinstance(exponent, Fraction):
                return _raised(one, exponent, what)
        case "abs":
            return _absolute(one)
        case "sqrt":
            return _root(one, 2, what)
        case "cbrt":
            return _root(one, 3, what)
        case "log":
            return _logarithm(one, what)
        case "Max" | "Min" if len(values) == 2:
            gap = _absolute(_plus(one, _times(minus, values[1])))
            way = S.One if node.function == "Max" else S.NegativeOne
            return _times(_constant(S.Half), _plus(_plus(one, values[1]), _times(_constant(way), gap)))
        case function if len(values) == 1:
            return _taylor(function, one, what)
    return _bounded(node.function, text(node))


# --------------------------------------------------------------------------------------------------- proof


def _proved(
    moved: Node, names: tuple[str, str], point: tuple[Node, Node], weights: tuple[int, int]
) -> tuple[Any, str]:
    """The limit, and why. Raises Unknown."""
    rays = _rays(names, weights)
    plain = _beside(moved, rays)
    error: Unknown | None = None
    for tree, more in (_taken_apart(plain, rays), (plain, {})):
        try:
            found = _series(tree, rays | more)
            return _of_series(found, _polar(names, point, weights))
        except Unknown as unknown:
            error = error or unknown
    assert error is not None
    raise error


def _of_series(found: Rays, polar: str) -> tuple[Any, str]:
    order = found.order
    if order is None:
        return S.Zero, f"with {polar}, f is 0"
    if not all(_size(h) for h in found.terms.values()):
        raise Unknown("a coefficient that is not bounded")
    e = min(found.terms, default=None)
    if e is not None and e < 0 and (found.rest is None or found.rest > e):
        way = on_circle(found.terms[e])
        if not way:
            raise Unknown("its first term is 0 in some direction")
        return (
            S.Infinity * way,
            f"with {polar}, f is r**{_shown(e)} times what is bounded away from 0, and more",
        )
    if found.rest is not None and found.rest <= 0:
        raise Unknown("what follows its first terms is not small")
    start = found.terms.get(Fraction(0), S.Zero)
    if not start.is_number:
        t = sympy.Symbol("t", real=True)
        start = sympy.simplify(start.subs({_C: sympy.cos(t), _S_: sympy.sin(t)}))
        if not start.is_number:
            raise Unknown("its first term depends on the direction")
    least = _least(found.rest, *(each for each in found.terms if each > 0))
    if least is None:
        return start, f"with {polar}, f is {text(symbolic.from_sympy(start))}"
    shown = f"O(r**{_shown(least)})" if least != 1 else "O(r)"
    head = "" if start == 0 else f"{text(symbolic.from_sympy(start))} + "
    return start, f"with {polar}, f is {head}{shown}, uniformly in t"


def _shown(e: Fraction) -> str:
    return str(e) if e.denominator == 1 and e >= 0 else f"({e})"


def _polar(names: tuple[str, str], point: tuple[Node, Node], weights: tuple[int | str, int | str]) -> str:
    parts = []
    for name, place, weight, wave in zip(names, point, weights, ("cos(t)", "sin(t)"), strict=True):
        power = "r" if weight == 1 else f"r**{weight}"
        parts.append(f"{name} = {'' if place is Number(0) else f'{text(place)} + '}{power}*{wave}")
    return ", ".join(parts)


def _beside(root: Node, rays: dict[str, Rays]) -> Node:
    """The tree as it is beside the point: without cases for the point itself."""

    def step(node: Node, parts: list[Node]) -> Node:
        made = rebuild(node, tuple(parts))
        if isinstance(node, Call) and node.function in ("==", "!=", "&", "|", "<", "<=", ">", ">="):
            truth = _holds(made, rays)
            if truth is not None:
                return Name("True") if truth else FALSE
        return decided(made) if isinstance(made, Call) and made.function == "Piecewise" else made

    return fold(root, step)


def _holds(condition: Node, rays: dict[str, Rays]) -> bool | None:
    """Does a condition hold all around the point, or nowhere around it? None where that is not known."""
    if not isinstance(condition, Call):
        return {"True": True, "False": False}.get(text(condition))
    if condition.function in ("&", "|"):
        parts = [_holds(each, rays) for each in condition.args]
        decisive = condition.function == "|"
        if decisive in parts:
            return decisive
        if None not in parts:
            return not decisive
        gaps = [
            Call("**", (Call("-", each.args), Number(2)))
            for each in condition.args
            if isinstance(each, Call) and each.function == ("!=" if decisive else "==")
        ]
        if len(gaps) == 2 and _sign_around(Call("+", (gaps[0], gaps[1])), rays):
            return decisive  # both are 0 nowhere beside the point
        return None
    way = _sign_around(Call("-", condition.args), rays)
    if not way:
        return None
    return {"<": way < 0, "<=": way < 0, ">": way > 0, ">=": way > 0, "==": False, "!=": True}[
        condition.function
    ]


def _sign_around(tree: Node, rays: dict[str, Rays]) -> int:
    try:
        return _leading(_series(tree, rays), "")[2]
    except (Unknown, *_FAILURES):
        return 0


# u*F(u) for what is 0 at 0: the series of F is that of the function, divided
_ZERO_AT_ZERO = (
    sympy.sin, sympy.tan, sympy.asin, sympy.atan, sympy.sinh, sympy.tanh, sympy.asinh, sympy.atanh,
)  # fmt: skip


def _taken_apart(root: Node, rays: dict[str, Rays]) -> tuple[Node, dict[str, Rays]]:
    """The function as a quotient of polynomials in its variables and in bounded letters, in lowest terms.

    sin(u) is u*k with k = sin(u)/u, exp(u) is 1 + u*k, cos(u) is 1 - u**2*k, log(1 + u) is u*k: where u goes to 0.
    """
    letters: dict[str, Rays] = {}
    try:
        expression = symbolic.to_sympy(root)
        for call in sorted(expression.atoms(sympy.Function), key=sympy.count_ops):
            if len(call.args) != 1 or not call.args[0].free_symbols:
                continue
            u, kind = call.args[0], type(call)
            base, power, shift = S.Zero, 1, S.Zero
            if kind is sympy.exp:
                base = S.One
            elif kind in (sympy.cos, sympy.cosh):
                base, power = S.One, 2
            elif kind is sympy.log:
                shift = S.One
            elif kind not in _ZERO_AT_ZERO:
                continue
            small = sympy.expand(u - shift)
            inner = _series(symbolic.from_sympy(small), rays)
            if inner.order is None or inner.order <= 0:
                continue
            name = f"k_{len(letters)}"
            w = sympy.Symbol("w_0", real=True)
            series = (kind(w + shift) - base).series(w, 0, 2 * _LENGTH + power).removeO()
            coefficients = [series.coeff(w, k + power) for k in range(2 * _LENGTH)]
            value, term = _constant(S.Zero), _constant(S.One)
            for coefficient in coefficients:
                value = _plus(value, _times(_constant(coefficient), term))
                term = _times(term, inner)
            letters[name] = _plus(value, Rays({}, inner.order * 2 * _LENGTH))
            expression = expression.xreplace({call: base + small**power * symbolic.symbol(name)})
        top, bottom = sympy.fraction(sympy.cancel(sympy.together(expression)))
        tree = symbolic.from_sympy(top / bottom if bottom == 1 else sympy.factor_terms(top) / bottom)
    except (Unknown, *_FAILURES):
        return root, {}
    return tree, letters
