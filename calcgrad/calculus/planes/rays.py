"""Functions of two variables as power series in the distance from the origin, uniform in the direction.

    series(parse("x*y/(x**2 + y**2)").node, around(("x", "y"), (1, 1)))      # r**0 times cos(t)*sin(t)

With x = r**p*cos(t), y = r**q*sin(t) for some whole p and q, every point near the origin is reached as r goes to 0,
whatever t. f becomes finitely many terms h(t)*r**e and a remainder O(r**n), uniform in t. The arithmetic is that of
power series. What is divided by, or under a root or a logarithm, must have a leading h(t) that is bounded away from 0,
which enclosures over the circle of directions prove. Of what has no series something may still be known: that it is
bounded, so that x*sin(1/y) is O(r).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import pi
from typing import Any

import sympy
from sympy import S

from calcgrad.calculus import functions, numeric, symbolic
from calcgrad.calculus.domains import condition_of
from calcgrad.calculus.intervals import bounds
from calcgrad.errors import CalcgradError
from calcgrad.expression.columns import said_of
from calcgrad.expression.tree import COMPARISONS, Call, Name, Node, fold, names_in, substitute, text

_LENGTH = 6  # powers of r that a series keeps beyond its first
_ARCS = 4_000  # of the circle, that enclosures look at
_SLACK = Fraction(1, 16)  # log(r) is O(r**-_SLACK)
_FAILURES = (*symbolic.ALL_FAILURES, CalcgradError)
COSINE, SINE = sympy.Symbol("c_0", real=True), sympy.Symbol("s_0", real=True)  # of the direction
ANGLE = Name("t_0")


class Unknown(Exception):
    """What a series is, is not known; the argument says of what."""


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
        h = sympy.expand(h) if h.is_polynomial(COSINE, SINE) else h
        if h != 0 and (rest is None or e < rest):
            kept[e] = h
    return Rays(kept, rest).cut(_LENGTH)


def least(*ends: Fraction | None) -> Fraction | None:
    known = [end for end in ends if end is not None]
    return min(known) if known else None


def _plus(a: Rays, b: Rays) -> Rays:
    terms = dict(a.terms)
    for e, h in b.terms.items():
        terms[e] = terms.get(e, S.Zero) + h
    return _made(terms, least(a.rest, b.rest))


def _times(a: Rays, b: Rays) -> Rays:
    terms: dict[Fraction, Any] = {}
    for e, h in a.terms.items():
        for d, g in b.terms.items():
            terms[e + d] = terms.get(e + d, S.Zero) + h * g
    rests = []
    for one, other in ((a, b), (b, a)):
        if one.rest is not None and other.order is not None:
            rests.append(one.rest + other.order)
    return _made(terms, least(*rests))


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


def of_angle(h: Any) -> Node:
    """A function of the direction as one of its angle."""
    wave = {Name(COSINE.name): Call("cos", (ANGLE,)), Name(SINE.name): Call("sin", (ANGLE,))}
    return substitute(symbolic.from_sympy(h), wave)


@lru_cache(maxsize=512)
def on_circle(h: Any) -> int:
    """The sign that a function of the direction has all over the circle, bounded away from 0; 0 where it has none."""
    if h.is_number:
        tree = symbolic.from_sympy(h)
        return numeric.sign(symbolic.evaluate(tree, 5)) or 0
    tree = of_angle(h)
    todo = [
        (-pi - 0.01 + k * (2 * pi + 0.02) / 32, -pi - 0.01 + (k + 1) * (2 * pi + 0.02) / 32)
        for k in range(32)
    ]
    seen: set[int] = set()
    for _ in range(_ARCS):
        if not todo:
            return seen.pop()
        low, high = todo.pop()
        values = bounds(tree, {ANGLE.name: (low, high)})
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


def _raised(a: Rays, exponent: Fraction, what: str) -> Rays:
    """a**exponent"""
    if exponent.denominator == 1 and 0 <= exponent <= 2 * _LENGTH:
        found = _constant(S.One)
        for _ in range(int(exponent)):
            found = _times(found, a)
        return found
    e, h, _ = _leading(a, what, sign=exponent.denominator > 1)
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
        raise Unknown(f"{what} is not known")
    start = a.terms.get(Fraction(0), S.Zero)
    if a.rest is not None and a.rest <= 0:
        raise Unknown(f"{what} is not known")
    if not start.is_number:
        raise Unknown(f"{what} is not known")
    small = Rays({e: h for e, h in a.terms.items() if e != 0}, a.rest)
    w = sympy.Symbol("w_0", real=True)
    formula = symbolic.meaning(function, w)
    here = formula.subs(w, start)
    if not here.is_finite or here.has(S.ComplexInfinity, S.NaN) or not here.is_real:
        raise Unknown(f"{what} is not known")
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
    kinks = said_of(tree, "kinks")
    return kinks is not None and symbolic.evaluate(kinks) is not False


def _absolute(a: Rays) -> Rays:
    """|a|: by its sign where it has one; else | |a| - |h*r**e| | <= |a - h*r**e|."""
    if not a.terms:
        return a
    e = min(a.terms)
    way = on_circle(a.terms[e]) if a.rest is None or a.rest > e else 0
    if way:
        return _times(_constant(sympy.Integer(way)), a)
    rest = least(a.rest, *(each for each in a.terms if each != e))
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
    rest = least(a.rest, *(each for each in a.terms if each != e))
    h = a.terms[e]
    head = sympy.sqrt(sympy.Abs(h)) if n == 2 else functions.realroot(h, n)
    if n == 2 and rest is not None:  # where h is 0 the sign of the rest decides whether it is real
        return _made({e / 2: head}, rest / 2)
    return _made({e / n: head}, None if rest is None else rest / n)


def _logarithm(a: Rays, what: str) -> Rays:
    e, h, _ = _leading(a, what, sign=True)
    if e == 0 and h.is_number:
        return _taylor("log", a, what)
    return Rays({}, -_SLACK if e else Fraction(0))


def around(names: tuple[str, str], weights: tuple[int, int]) -> dict[str, Rays]:
    """The two variables."""
    waves = zip(names, weights, (COSINE, SINE), strict=True)
    return {name: Rays({Fraction(weight): wave}) for name, weight, wave in waves}


def sign(a: Rays | None) -> int:
    """The sign that a series has all around the origin; 0 where it has none, or none is known."""
    try:
        return 0 if a is None else _leading(a, "")[2]
    except (Unknown, *_FAILURES):
        return 0


def series(
    root: Node, known: dict[str, Rays], is_bounded: Callable[[Node], bool] = lambda node: False
) -> Rays:
    """The ray series of a tree; ``is_bounded`` is asked of what has none. Raises Unknown."""

    def step(node: Node, parts: list[Rays | Unknown | None]) -> Rays | Unknown | None:
        if isinstance(node, Name) and node.name in known:
            return known[node.name]
        if not names_in(node):
            return _constant(symbolic.to_sympy(node))
        if not isinstance(node, Call):
            return Unknown(text(node))
        if node.function in COMPARISONS or node.function in ("&", "|", "~"):
            return None
        values = [part for part in parts if isinstance(part, Rays)]
        try:
            if node.function == "Piecewise":
                raise Unknown("a case that depends on the direction")
            if len(values) < len(parts):
                raise next(part for part in parts if isinstance(part, Unknown))
            return _of_call(node, values)
        except Unknown as error:
            return Rays({}, Fraction(0)) if is_bounded(node) else error

    found = fold(root, step)
    if isinstance(found, Rays):
        return found
    raise found or Unknown(text(root))


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
                try:
                    return _raised(one, exponent, what)
                except Unknown:
                    if exponent < 0 or one.order is None:
                        raise
                    return Rays({}, one.order * exponent)
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
    raise Unknown(f"{text(node)} is not known")


# u*F(u) for what is 0 at 0: the series of F is that of the function, divided
_ZERO_AT_ZERO = (
    sympy.sin, sympy.tan, sympy.asin, sympy.atan, sympy.sinh, sympy.tanh, sympy.asinh, sympy.atanh,
)  # fmt: skip


def taken_apart(root: Node, rays: dict[str, Rays]) -> tuple[Node, dict[str, Rays]]:
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
            inner = series(symbolic.from_sympy(small), rays)
            if inner.order is None or inner.order <= 0:
                continue
            name = f"k_{len(letters)}"
            w = sympy.Symbol("w_0", real=True)
            expansion = (kind(w + shift) - base).series(w, 0, 2 * _LENGTH + power).removeO()
            coefficients = [expansion.coeff(w, k + power) for k in range(2 * _LENGTH)]
            value, term = _constant(S.Zero), _constant(S.One)
            for coefficient in coefficients:
                value = _plus(value, _times(_constant(coefficient), term))
                term = _times(term, inner)
            letters[name] = _plus(value, Rays({}, inner.order * 2 * _LENGTH))
            expression = expression.xreplace({call: base + small**power * symbolic.symbol(name)})
        tree = _lowest(expression)
    except (Unknown, *_FAILURES):
        return root, {}
    return tree, letters


def differences(root: Node, rays: dict[str, Rays]) -> tuple[Node, dict[str, Rays]]:
    """The same with F(u) - F(v) as (u - v)*k: by the mean value theorem k is F' between u and v.

    An even F is a function of u**2, of which that is said where u and v go to 0.
    """
    letters: dict[str, Rays] = {}
    w = sympy.Symbol("w_0", real=True)
    try:
        expression = symbolic.to_sympy(root)
        firsts: dict[Any, Any] = {}
        for call in sorted(expression.atoms(sympy.Function, sympy.Pow), key=sympy.default_sort_key):
            rooted = call.is_Pow or isinstance(call, functions.realroot)
            if not call.args[0].free_symbols or not (rooted or len(call.args) == 1):
                continue
            if call.is_Pow and (call.exp.free_symbols or call.exp.is_integer is not False):
                continue
            outer, u = call.func(w, *call.args[1:]), call.args[0]
            if outer not in firsts:
                firsts[outer] = call
                continue
            v = firsts[outer].args[0]
            sides = [series(symbolic.from_sympy(each), rays) for each in (u, v)]
            start = sides[0].terms.get(Fraction(0), S.Zero)
            orders = [_plus(each, _constant(-start)).order for each in sides]
            if any(order is None or order <= 0 for order in orders) or not start.is_number:
                continue
            if not rooted:
                _taylor(call.func.__name__, _constant(start), "")  # it is analytic
            elif not (start.is_positive or (start.is_negative and not call.is_Pow)):
                continue
            slope, gap = sympy.diff(outer, w).subs(w, start), u - v
            if start == 0 and outer.subs(w, -w) == outer:
                slope, gap = sympy.diff(outer, w, 2).subs(w, 0) / 2, u**2 - v**2
            if not slope.is_finite:
                continue
            name = f"k_{len(letters)}"
            letters[name] = Rays(_constant(slope).terms, least(*orders))
            expression = expression.xreplace({call: firsts[outer] + gap * symbolic.symbol(name)})
        return (_lowest(expression), letters) if letters else (root, {})
    except (Unknown, *_FAILURES):
        return root, {}


def _lowest(expression: Any) -> Node:
    """A quotient in lowest terms, in roots of its variables if it has some."""
    roots: dict[Any, int] = {}
    for power in expression.atoms(sympy.Pow):
        if power.base.is_Symbol and power.exp.is_Rational and not power.exp.is_Integer:
            roots[power.base] = sympy.ilcm(roots.get(power.base, 1), power.exp.q)
    new = {base: sympy.Dummy(positive=True) for base in roots}
    whole = expression.subs({base: new[base] ** q for base, q in roots.items()})
    top, bottom = sympy.fraction(sympy.cancel(sympy.together(whole)))
    found = top / bottom if bottom == 1 else sympy.factor_terms(top) / bottom
    back = {new[base]: base ** sympy.Rational(1, q) for base, q in roots.items()}
    return symbolic.from_sympy(found.subs(back))
