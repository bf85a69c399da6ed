"""Germs: what a function is like just beside a point, to any order, where its values at the point are not enough.

    s = Germ.moving(0.0, 1.0)               # x = 0 + 1*s for small s > 0
    np.sqrt(s * s * s * s) / s              # s, although 0/0 at the point

A germ is an array of truncated expansions in one small s > 0: a sum of c * s**e * log(s)**k with real exponents
e, negative ones included, and an error of O(s**known) (times powers of log(s)). Arithmetic, powers, exp and log
are done on the terms. Every other function needs nothing but its row in the rule table: its value, and the
integral of its rule, taken on germs [Hairer, Norsett & Wanner, Solving Ordinary Differential Equations I, 1993,
sect. I.8]. What a germ cannot tell is not guessed: ``known`` is lower then, down to minus infinity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from calcgrad.autodiff.dispatch import evaluate
from calcgrad.autodiff.forward import push
from calcgrad.autodiff.rules import COMPARISONS, FLAT, RULES, Row

Key = tuple[float, int]  # of s**e * log(s)**k
ONE: Key = (0.0, 0)
SLOPE: Key = (1.0, 0)

MOST = 8.0  # terms from s**8 on are dropped
_EPS = 8.0 * np.finfo(float).eps
_HAIR = 1e-3  # a continuous function differs from its value by O(s**_HAIR)


def _key(e: float, k: int) -> Key:
    return (_fraction(e), k)


@lru_cache(maxsize=4096)
def _fraction(e: float) -> float:
    """x**(1/3) means the third root, and its cube is x."""
    near = float(Fraction(e).limit_denominator(1000))
    return near if abs(near - e) < 1e-12 * max(1.0, abs(e)) else e


class Germ(NDArrayOperatorsMixin):
    """An array of expansions. ``void`` marks elements that are not real, or not defined, beside the point.

    ``above`` marks elements that are nowhere negative, whatever the part that is not known.
    """

    __slots__ = ("above", "known", "most", "terms", "void")
    __array_priority__ = 1000.0
    __hash__ = object.__hash__

    def __init__(
        self, terms: dict[Key, Any], known: Any, void: Any = False, above: Any = False, most: float = MOST
    ) -> None:
        shape = np.broadcast_shapes(np.shape(known), np.shape(void), *(np.shape(c) for c in terms.values()))
        known = np.broadcast_to(np.asarray(known, float), shape)
        if np.any(np.isnan(known)):  # oo - oo
            known = np.where(np.isnan(known), -np.inf, known)
        for (e, _), c in terms.items():
            if e >= most or not np.all(np.isfinite(c)):
                known = np.where((c != 0) if e >= most else ~np.isfinite(c), np.minimum(known, e), known)
        kept = {}
        for key, c in terms.items():
            c = np.where(known > key[0], c, 0.0)
            if np.any(c):
                kept[key] = c
        self.terms = kept
        self.known = known
        self.void = np.broadcast_to(void, shape)
        self.above = np.broadcast_to(above, shape)
        self.most = most

    @classmethod
    def moving(cls, value: Any, slope: Any, most: float = MOST) -> Germ:
        return cls({ONE: np.asarray(value, float), SLOPE: np.asarray(slope, float)}, math.inf, most=most)

    @classmethod
    def constant(cls, value: Any, most: float = MOST) -> Germ:
        value = np.asarray(value, float)
        return cls({ONE: value}, math.inf, above=value >= 0, most=most)

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.known)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def coefficient(self, key: Key) -> Any:
        return np.broadcast_to(self.terms.get(key, 0.0), self.shape)

    def keys(self) -> list[Key]:
        """The largest terms first: of one exponent, those with more logarithms."""
        return sorted(self.terms, key=lambda key: (key[0], -key[1]))

    def leads(self) -> Iterator[tuple[Any, Key]]:
        """The elements that a term leads, for each term that leads some."""
        rest = np.ones(self.shape, bool)
        for key in self.keys():
            mask = rest & (self.coefficient(key) != 0)
            if np.any(mask):
                yield mask, key
                rest = rest & ~mask

    def order(self) -> Any:
        """The exponent of each element's leading term; of none that is known, that of the error."""
        found = np.array(self.known)
        for mask, key in self.leads():
            found[mask] = key[0]
        return found

    def zero(self) -> Any:
        """The elements that are zero, and known to be."""
        return np.isposinf(self.order())

    def sign(self) -> Any:
        """1, -1, or 0 for what is zero just beside the point; NaN where that is not known."""
        found = np.where(self.zero(), 0.0, np.nan)
        for mask, key in self.leads():
            c = np.sign(self.coefficient(key)) * (-1.0) ** key[1]
            found = np.where(mask, c, found)
        return found

    def limit(self) -> Any:
        """The value that is approached: infinite at a pole, NaN where it is not known."""
        found = np.where((self.known > 0) & ~self.void, self.coefficient(ONE), np.nan)
        for mask, key in self.leads():
            if key[0] < 0 or (key[0] == 0 and key[1] > 0):
                found = np.where(mask, self.sign() * np.inf, found)
        return found

    def slope(self) -> Any:
        """The one-sided derivative at the point, infinite where the tangent is vertical."""
        found = np.where((self.known > 1) & ~self.void, self.coefficient(SLOPE), np.nan)
        for mask, key in self._changing().leads():
            if key[0] < 1 or (key[0] == 1 and key[1] > 0):
                steep = np.copysign(np.inf, self._changing().sign())
                found = np.where(mask & (self.known > key[0]) & ~self.void, steep, found)
        return found

    def _changing(self) -> Germ:
        return self._with({key: c for key, c in self.terms.items() if key != ONE})

    def still(self) -> Any:
        """The elements that do not change at all."""
        changing = np.zeros(self.shape, bool)
        for key, c in self.terms.items():
            changing = changing | ((c != 0) if key != ONE else False)
        return ~changing & np.isposinf(self.known) & ~self.void

    def _with(self, terms: dict[Key, Any], **changed: Any) -> Germ:
        facts = {"known": self.known, "void": self.void, "above": False, "most": self.most} | changed
        return Germ(terms, **facts)

    def limited(self, most: float) -> Germ:
        return self if most >= self.most else self._with(self.terms, most=most, above=self.above)

    def derivative(self) -> Germ:
        """By s."""
        terms: dict[Key, Any] = {}
        for (e, k), c in self.terms.items():
            for key, part in ((_key(e - 1, k), c * e), (_key(e - 1, k - 1), c * k)):
                if np.any(part):
                    terms[key] = terms.get(key, 0.0) + part
        return self._with(terms, known=self.known - 1.0, most=self.most - 1.0)

    def integral(self, start: Any) -> Germ:
        """By s, from a value at s = 0. With 1/s there is no such value: what is added is not known then."""
        terms: dict[Key, Any] = {ONE: np.asarray(start, float)}
        known = self.known + 1.0

        def add(e: float, k: int, c: Any) -> None:
            nonlocal known
            if e > -1.0:
                key = _key(e + 1.0, k)
                terms[key] = terms.get(key, 0.0) + c / (e + 1.0)
                if k:
                    add(e, k - 1, -c * k / (e + 1.0))
            else:
                known = np.where(c != 0, -np.inf, known)

        for (e, k), c in self.terms.items():
            add(e, k, c)
        known = np.where(self.known > -1.0, known, -np.inf)
        return Germ(terms, known, self.void, most=self.most + 1.0)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        row = RULES.get(ufunc) or FLAT.get(ufunc)
        if method != "__call__" or kwargs or row is None or not row.elementwise:
            return NotImplemented
        if any(type(x) is _Out for x in inputs):
            raise _Asked
        return elementwise(row, inputs, {})

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function is np.where:
            return where(*args)
        if function is np.clip:
            return elementwise(RULES[np.clip], args, {})
        if function is np.shape:
            return self.shape
        if function is np.ndim:
            return self.ndim
        row = RULES.get(function)
        if row is None or row.elementwise or row.variadic or type(args[0]) is not Germ:
            return NotImplemented
        return joined(row, [args[0]], dict(zip(row.names[1:], args[1:])) | kwargs)

    @property
    def program(self) -> Germ:
        """Functions outside NumPy ask for it, see ``functions.primitive``."""
        return self

    def add(self, row: Row, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
        return elementwise(row, inputs, params) if row.elementwise else joined(row, inputs, params)


def germ(x: Any, most: float = MOST) -> Germ:
    return x if type(x) is Germ else Germ.constant(x, most)


def _pair(x: Any, y: Any) -> tuple[Germ, Germ]:
    most = min(a.most for a in (x, y) if type(a) is Germ)
    return germ(x, most), germ(y, most)


# --- arithmetic ---------------------------------------------------------------------------------------


class _Sum:
    """Coefficients added up. A sum that is nothing but rounding is not known; an exact zero is zero."""

    def __init__(self) -> None:
        self.parts: dict[Key, list[Any]] = {}

    def add(self, key: Key, c: Any) -> None:
        self.parts.setdefault(key, []).append(c)

    def terms(self, known: Any) -> tuple[dict[Key, Any], Any]:
        terms = {}
        for key, parts in self.parts.items():
            total = reduce(np.add, parts)
            if len(parts) > 1 and key != ONE:
                size = reduce(np.add, [np.abs(part) for part in parts])
                noise = (total != 0) & (np.abs(total) <= _EPS * size)
                if np.any(noise):
                    known = np.where(noise, np.minimum(known, key[0]), known)
            terms[key] = total
        return terms, known


def _added(x: Any, y: Any, sign: float = 1.0) -> Germ:
    x, y = _pair(x, y)
    total = _Sum()
    for key, c in x.terms.items():
        total.add(key, c)
    for key, c in y.terms.items():
        total.add(key, sign * c)
    terms, known = total.terms(np.minimum(x.known, y.known))
    above = x.above & y.above if sign > 0 else False
    return Germ(terms, known, x.void | y.void, above, min(x.most, y.most))


def _negative(x: Germ) -> Germ:
    return x._with({key: -c for key, c in x.terms.items()})


def _scaled(x: Germ, c: Any, e: float = 0.0, k: int = 0) -> Germ:
    """x * c * s**e * log(s)**k."""
    terms = {_key(key[0] + e, key[1] + k): part * c for key, part in x.terms.items()}
    return x._with(terms, known=x.known + e)


def _multiplied(x: Any, y: Any) -> Germ:
    same = x is y
    x, y = _pair(x, y)
    total = _Sum()
    for (e, k), c in x.terms.items():
        for (f, m), d in y.terms.items():
            total.add(_key(e + f, k + m), c * d)
    with np.errstate(invalid="ignore"):
        known = np.minimum(x.order() + y.known, y.order() + x.known)
    none = x.zero() | y.zero()  # zero times what is real is zero
    terms, known = total.terms(np.where(none, np.inf, known))
    above = True if same else x.above & y.above
    return Germ(terms, known, x.void | y.void, above, min(x.most, y.most))


def _chosen(parts: list[tuple[Any, Germ]], shape: tuple[int, ...], most: float, **rest: Any) -> Germ:
    """Each element from the part whose mask has it; elements that none has are as ``rest`` says."""
    terms: dict[Key, Any] = {}
    facts = {"known": -math.inf, "void": False, "above": False} | rest
    known, void, above = (np.array(np.broadcast_to(facts[n], shape)) for n in ("known", "void", "above"))
    if "start" in facts:
        terms[ONE] = np.array(np.broadcast_to(facts["start"], shape), float)
    for mask, part in parts:
        for key in terms.keys() | part.terms.keys():
            terms[key] = np.where(mask, part.coefficient(key), terms.get(key, 0.0))
        known = np.where(mask, part.known, known)
        void, above = np.where(mask, part.void, void), np.where(mask, part.above, above)
    return Germ(terms, known, void, above, most)


def _led(x: Germ, mask: Any, key: Key) -> tuple[Any, Germ]:
    """x as c * s**e * (1 + r) where the mask says so: c, and r with zeros elsewhere."""
    c = np.where(mask, x.coefficient(key), 1.0)
    terms = {k: np.where(mask, part, 0.0) for k, part in x.terms.items() if k != key}
    known = np.where(mask, x.known, np.inf)
    return c, _scaled(Germ(terms, known, most=math.inf), 1.0 / c, -key[0])


def _composed(r: Germ, coefficient: Callable[[int], Any], most: float) -> Germ:
    """The power series sum of a_n * r**n, for an r that vanishes at the point."""
    total = germ(np.broadcast_to(coefficient(0), r.shape))
    total = Germ(total.terms, math.inf, most=math.inf)
    order = r.order()
    least = float(np.min(order, initial=math.inf))
    if least <= 0:
        r = Germ(r.terms, np.where(order > 0, r.known, -np.inf), most=math.inf)
        least = float(np.min(order[order > 0], initial=math.inf))
    if math.isinf(least):
        return Germ(total.terms, np.where(order > 0, np.inf, -np.inf), most=most)
    number = min(math.ceil(most / least), 24)
    power = r = Germ(r.terms, r.known, most=most)
    for n in range(1, number + 1):
        total = _added(total, _multiplied(power, np.asarray(coefficient(n), float)))
        power = _multiplied(power, r)
    return Germ(total.terms, np.minimum(total.known, power.order()), most=most)


def _power(x: Germ, a: Any) -> Germ:
    """x**a for constants a."""
    exponents = np.broadcast_to(np.asarray(a, float), np.broadcast_shapes(x.shape, np.shape(a)))
    x = _added(x, np.zeros(exponents.shape))._with(
        {k: np.broadcast_to(c, exponents.shape) for k, c in x.terms.items()},
        above=np.broadcast_to(x.above, exponents.shape),
        known=np.broadcast_to(x.known, exponents.shape),
        void=np.broadcast_to(x.void, exponents.shape),
    )
    parts = [
        (exponents == value, _power_of(x, float(value)))
        for value in np.unique(exponents)
        if math.isfinite(value)
    ]
    return _chosen(parts, exponents.shape, x.most)


def _power_of(x: Germ, a: float) -> Germ:
    if a == 0:
        return Germ({ONE: np.ones(x.shape)}, math.inf, False, True, x.most)
    whole = a == math.floor(a)
    even = whole and a % 2 == 0
    zero = x.zero()
    # what is no term at all: zero itself, or an error that may have any sign
    error = np.where(zero, np.inf, x.known * a if a > 0 else -np.inf)
    error = np.where(zero | x.above | whole, error, -np.inf)
    parts = []
    for mask, (e, k) in x.leads():
        c, r = _led(x, mask, (e, k))
        if k:
            parts.append((mask, Germ({}, np.where(mask, e * a, np.inf), most=x.most)))
            continue
        real = (c > 0) | whole
        with np.errstate(all="ignore"):
            # as NumPy computes it at the point, to the last bit: a square root is not its power
            first = np.sqrt(c) if a == 0.5 else np.power(c, a)
        series = _composed(r, lambda n: _binomial(a, n), x.most - min(e * a, 0.0) + abs(e))
        made = _scaled(series, np.where(real, first, 0.0), e * a)
        made = Germ(made.terms, made.known, ~real & mask, most=x.most)
        parts.append((mask, made))
    start: dict[str, Any] = {"known": error, "void": zero & (a < 0)}
    found = _chosen(parts, x.shape, x.most, **start)
    return found._with(found.terms, void=found.void | x.void, above=True if even or not whole else x.above)


def _binomial(a: float, n: int) -> float:
    return math.prod((a - i) / (i + 1) for i in range(n))


def _exp(x: Germ) -> Germ:
    """exp(a*log(s) + c + r) = s**a * exp(c) * exp(r)."""
    logs = x.coefficient((0.0, 1))
    parts = []
    tame = ~((x.order() < 0) | (x.known <= 0))
    for a in np.unique(logs[tame]) if np.any(tame) else ():
        mask = tame & (logs == a)
        rest = {k: np.where(mask, c, 0.0) for k, c in x.terms.items() if k not in (ONE, (0.0, 1))}
        r = Germ(rest, np.where(mask, x.known, np.inf), most=math.inf)
        mask = mask & ~(r.order() <= 0)
        first = np.where(mask, np.exp(x.coefficient(ONE)), 0.0)
        made = _composed(r, lambda n: 1.0 / math.factorial(n), x.most + max(0.0, -float(a)))
        parts.append((mask, _scaled(made, first, float(a))))
    flat = (x.order() < 0) & (x.sign() < 0)  # exp(-1/s) is smaller than every power
    parts.append((flat, Germ({}, np.where(flat, x.most, np.inf), most=x.most)))
    found = _chosen(parts, x.shape, x.most)
    return found._with(found.terms, void=x.void, above=True)


def _log(x: Germ) -> Germ:
    """log(c * s**e * (1 + r)) = e*log(s) + log(c) + log(1 + r)."""
    parts = []
    for mask, (e, k) in x.leads():
        c, r = _led(x, mask, (e, k))
        if k:
            continue
        made = _composed(r, lambda n: 0.0 if n == 0 else -((-1.0) ** n) / n, x.most)
        first = np.log(np.where(c > 0, c, 1.0))
        made = _added(made, Germ({ONE: first, (0.0, 1): np.where(mask, e, 0.0)}, math.inf, most=x.most))
        parts.append((mask, Germ(made.terms, made.known, (c < 0) & mask, most=x.most)))
    found = _chosen(parts, x.shape, x.most, void=x.zero())
    return found._with(found.terms, void=found.void | x.void)


def _moving_power(x: Any, y: Any) -> Any:
    """x**y: by log where the exponent moves, which is real for x > 0 only."""
    if type(y) is not Germ:
        return _power(x, y)
    x, y = _pair(x, y)
    shape = np.broadcast_shapes(x.shape, y.shape)
    still, sign = np.broadcast_to(y.still(), shape), np.broadcast_to(x.sign(), shape)
    fixed = _power(x, np.where(still, y.coefficient(ONE), 1.0)) if np.any(still) else None
    by_log = _exp(_multiplied(y, _log(x)))
    positive = by_log._with(by_log.terms, void=by_log.void | (sign < 0), above=True)
    base = np.broadcast_to(x.zero() & ~x.void, shape)  # 0**y is 0 for y > 0 only
    nothing = np.where(np.broadcast_to(y.sign(), shape) > 0, np.inf, -np.inf)
    zero = Germ({}, nothing, np.broadcast_to(y.sign(), shape) < 0, most=x.most)
    parts = [(~still & ~np.isnan(sign), positive), (~still & base, zero)]
    return _chosen(parts + ([(still, fixed)] if fixed is not None else []), shape, x.most)


def _absolute(x: Germ) -> Germ:
    return _times_sign(x, x)


def _times_sign(x: Germ, y: Germ) -> Germ:
    """x * sign(y)."""
    sign = y.sign()
    unknown = np.isnan(sign)
    sign = np.where(unknown, 1.0, sign)
    x = germ(x)
    known = np.where(unknown & ~(x.zero()), np.minimum(x.known, x.order()), x.known)
    # where x is no term at all, its sign does not matter
    made = x._with({k: c * sign for k, c in x.terms.items()}, known=known, void=x.void | y.void)
    return made._with(made.terms, above=True) if x is y else made


def where(condition: Any, x: Any, y: Any) -> Germ:
    """By a truth value, which is NaN where it is not known."""
    if type(x) is not Germ and type(y) is not Germ:
        most = MOST
    else:
        most = min(a.most for a in (x, y) if type(a) is Germ)
    x, y = germ(x, most), germ(y, most)
    condition = np.asarray(condition, float)
    shape = np.broadcast_shapes(condition.shape, x.shape, y.shape)
    x, y = (spread(a, shape) for a in (x, y))
    unknown = np.broadcast_to(np.isnan(condition), shape)
    taken = np.broadcast_to(condition != 0, shape)
    found = _chosen([(~unknown & taken, x), (~unknown & ~taken, y)], shape, most)
    if np.any(unknown):
        gap = _added(x, y, -1.0)
        agreed = x._with(x.terms, known=np.minimum(gap.order(), gap.known), void=x.void | y.void)
        found = _chosen([(~unknown, found), (unknown, agreed)], shape, most)
    return found


def spread(x: Germ, shape: tuple[int, ...]) -> Germ:
    if x.shape == shape:
        return x
    terms = {k: np.broadcast_to(c, shape) for k, c in x.terms.items()}
    facts = {n: np.broadcast_to(getattr(x, n), shape) for n in ("known", "void", "above")}
    return Germ(terms, most=x.most, **facts)


def _greater(x: Any, y: Any) -> Any:
    """Where x is the larger one beside the point; NaN where that is not known."""
    sign = _added(x, y, -1.0).sign()
    return np.where(np.isnan(sign), np.nan, sign >= 0)


def compare(function: Any, x: Any, y: Any, plain: Any = np.nan, tied: Any = None) -> Any:
    """A comparison beside the point as 1 or 0, and ``plain`` where it is not known.

    Of what stays equal it is that of equals, unless ``tied`` says something else.
    """
    with np.errstate(all="ignore"):
        gap = _added(x, y, -1.0)
        sign = np.where(gap.void, np.nan, gap.sign())  # what is no number is neither
        truth = np.where(np.isnan(sign), plain, function(sign, 0.0))
        return truth if tied is None else np.where(sign == 0, tied, truth)


def unknown(x: Germ, where: Any) -> Germ:
    """x, of which nothing is known there."""
    return x._with(x.terms, known=np.where(where, -np.inf, x.known))


def _rounded(function: Any, x: Germ) -> Germ:
    """A step function: constant on either side of its steps."""
    at = x.limit()
    moves = _added(x, np.where(np.isfinite(at), at, 0.0), -1.0).sign()
    with np.errstate(all="ignore"):
        value = function(at + np.nan_to_num(moves) * 1e-12 * np.maximum(1.0, np.abs(at)))
    known = np.where((np.isnan(moves) & _stepping(function, at)) | ~np.isfinite(value), -np.inf, np.inf)
    return Germ({ONE: np.nan_to_num(value)}, known, x.void, most=x.most)


def _stepping(function: Any, at: Any) -> Any:
    """Is the function another one a hair beside?"""
    hair = 1e-12 * np.maximum(1.0, np.abs(at))
    return (function(at - hair) != function(at)) | (function(at + hair) != function(at))


def _root(x: Germ, n: Any) -> Germ:
    """The real n-th root: odd ones of negative numbers too."""
    odd = np.remainder(n, 2.0) == 1.0
    size = _power(_absolute(x), 1.0 / np.asarray(n, float))
    signed = _times_sign(size, x)
    signed = signed._with(signed.terms, known=np.where(np.isnan(x.sign()), size.order(), signed.known))
    return where(odd, signed, _power(x, 1.0 / np.asarray(n, float)))


def _atan2(y: Any, x: Any) -> Any:
    y, x = _pair(y, x)
    least = np.minimum(y.order(), x.order())
    parts = []
    for part in (y, x):
        c = np.nan_to_num(part.sign()) * 0.0
        for mask, key in part.leads():
            c = np.where(
                mask & (key[0] == least), part.coefficient(key), np.where(mask, 0.0 * part.sign(), c)
            )
        parts.append(np.broadcast_to(c, np.shape(least)))
    start = np.arctan2(*parts)
    start = np.where(np.isnan(y.sign()) & (parts[1] <= 0), np.nan, start)
    size = _added(_multiplied(x, x), _multiplied(y, y))
    turn = _added(_multiplied(y.derivative(), x), _multiplied(x.derivative(), y), -1.0)
    found = _multiplied(turn, _power(size, -1.0)).integral(np.nan_to_num(start))
    return found._with(found.terms, known=np.where(np.isnan(start), -np.inf, found.known))


def _largest(x: Any, y: Any) -> Any:
    return _of_both(where(_greater(x, y), x, y), x, y)


def _smallest(x: Any, y: Any) -> Any:
    return _of_both(where(_greater(y, x), x, y), x, y)


def _of_both(chosen: Germ, x: Any, y: Any) -> Germ:
    """max and min are numbers only where both of their arguments are."""
    void = reduce(np.logical_or, [a.void for a in (x, y) if type(a) is Germ])
    return chosen._with(chosen.terms, void=void | chosen.void, above=chosen.above)


def _clip(x: Any, low: Any, high: Any) -> Any:
    x = x if low is None else _largest(x, low)
    return x if high is None else _smallest(x, high)


def _quotient(x: Any, y: Any) -> Any:
    x, y = _pair(x, y)
    return _multiplied(x, _power(y, -1.0))


_LOG2, _LOG10 = math.log(2.0), math.log(10.0)
_KNOWN: dict[Any, Callable[..., Any]] = {
    np.add: _added,
    np.subtract: lambda x, y: _added(x, y, -1.0),
    np.multiply: _multiplied,
    np.divide: _quotient,
    np.negative: _negative,
    np.positive: lambda x: x,
    np.conjugate: lambda x: x,
    np.reciprocal: lambda x: _power(x, -1.0),
    np.square: lambda x: _multiplied(x, x),
    np.power: _moving_power,
    np.float_power: _moving_power,
    np.sqrt: lambda x: _power(x, 0.5),
    np.cbrt: lambda x: _root(x, 3.0),
    np.exp: _exp,
    np.exp2: lambda x: _exp(_multiplied(x, _LOG2)),
    np.log: _log,
    np.log2: lambda x: _multiplied(_log(x), 1.0 / _LOG2),
    np.log10: lambda x: _multiplied(_log(x), 1.0 / _LOG10),
    np.absolute: _absolute,
    np.fabs: _absolute,
    np.maximum: _largest,
    np.fmax: _largest,
    np.minimum: _smallest,
    np.fmin: _smallest,
    np.clip: _clip,
    np.hypot: lambda x, y: _power(_added(_multiplied(x, x), _multiplied(y, y)), 0.5),
    np.arctan2: _atan2,
    np.copysign: lambda x, y: _times_sign(_absolute(germ(x)), y if type(y) is Germ else germ(np.copysign(1.0, y))),
    np.remainder: lambda x, y: _added(x, _multiplied(y, _rounded(np.floor, _quotient(x, y))), -1.0),
    np.fmod: lambda x, y: _added(x, _multiplied(y, _rounded(np.trunc, _quotient(x, y))), -1.0),
    np.floor_divide: lambda x, y: _rounded(np.floor, _quotient(x, y)),
}  # fmt: skip

_RECIPROCALS: dict[str, Callable[[Any], Any]] = {
    "csc": np.sin, "cot": np.tan, "csch": np.sinh, "coth": np.tanh,
}  # fmt: skip

# --- every other function, by its rule ----------------------------------------------------------------


class _Asked(Exception):
    """A rule has used the function's value."""


class _Out:
    """Stands for the value in a rule, to see whether it is used."""

    def _ask(self, *_: Any, **__: Any) -> Any:
        raise _Asked

    __array_ufunc__ = __array_function__ = __getitem__ = _ask
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _ask
    __neg__ = __pow__ = __rpow__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _ask


def elementwise(row: Row, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
    """An elementwise function of germs and constants."""
    with np.errstate(all="ignore"):
        if row.function in COMPARISONS:
            return compare(row.function, *inputs)
        if row.function is np.where:
            return where(*inputs)
        known = _KNOWN.get(row.function)
        if known is not None and any(type(x) is Germ for x in inputs):
            return known(*inputs)
        if row.name == "root" and type(inputs[0]) is Germ and type(inputs[1]) is not Germ:
            return _root(*inputs)
        if row.name in _RECIPROCALS and type(inputs[0]) is Germ:
            return 1.0 / _RECIPROCALS[row.name](inputs[0])
        if row.name == "relu":
            return _largest(inputs[0], 0.0)
        if row.flat and len(inputs) >= 1 and type(inputs[0]) is Germ:
            rest = inputs[1:]
            if all(type(x) is not Germ for x in rest):
                return _rounded(lambda at: row.function(at, *rest, **params), inputs[0])
        if row.flat or row.shallow or row.corner is not None:
            return first_order(row, inputs, params)
        return _by_rule(row, inputs, params)


def _ended(row: Row, inputs: Sequence[Any], at: Sequence[Any], params: dict[str, Any]) -> Any:
    """Where the domain ends at the point itself: a rule knows one side only."""
    if row.edge is None:
        return np.False_
    moved = [SimpleNamespace(row=None, value=a) if type(x) is Germ else x for x, a in zip(inputs, at)]
    return np.asarray(row.edge(*moved, **params), bool)


def _by_rule(row: Row, inputs: Sequence[Any], params: dict[str, Any]) -> Germ:
    """The value at the point, and the integral of the rule."""
    most = min(x.most for x in inputs if type(x) is Germ)
    at = [x.limit() if type(x) is Germ else x for x in inputs]
    start = np.asarray(evaluate(row, at, params), float)
    known = np.isfinite(start) & np.logical_and.reduce(np.broadcast_arrays(*(np.isfinite(x) for x in at)))
    known = known & ~_ended(row, inputs, at, params)
    if row.jump is not None:
        known = known & ~np.asarray(row.jump(*at, **params))
    void = reduce(np.logical_or, [x.void for x in inputs if type(x) is Germ])
    start = np.where(known, start, 0.0)
    out = Germ({ONE: start}, np.where(known, _HAIR, -np.inf), void, most=most)
    if most <= _HAIR:
        return out
    moves = [x.derivative() if type(x) is Germ else None for x in inputs]

    def integrated(out: Any, most: float) -> Germ:
        near = [x.limited(max(most - 1.0, _HAIR)) if type(x) is Germ else x for x in inputs]
        t = [x if x is None else x.limited(most - 1.0) for x in moves]
        terms = [
            rule(part, out, *near, **params) for rule, part in zip(row.rules, t) if part is not None and rule
        ]
        slope = reduce(np.add, terms) if terms else germ(0.0)
        made = slope.integral(start)
        return Germ(made.terms, np.where(known, made.known, -np.inf), made.void | void, most=most)

    try:
        return integrated(_Out(), most)
    except _Asked:  # then the value is needed to one order less than it comes out
        pass
    level = 1.0
    for _ in range(3 * math.ceil(MOST)):
        better = integrated(out.limited(max(level - 1.0, _HAIR)), level)
        if level == most and not np.any(better.known > out.known + 1e-9):
            break
        out, level = better, min(level + 1.0, most)
    return out


# --- functions of whole arrays ------------------------------------------------------------------------


def joined(row: Row, inputs: Sequence[Any], params: dict[str, Any]) -> Germ:
    """A function that is not elementwise: linear, a product, an extreme; anything else in first order."""
    with np.errstate(all="ignore"):
        if row.linear == "jointly":
            return _linear(row, inputs, params)
        if row.linear == "each" and len(inputs) == 2:
            return _product(row, inputs, params)
        if row.function in (np.max, np.min, np.prod):
            join = {np.max: _largest, np.min: _smallest, np.prod: _multiplied}[row.function]
            return _folded(join, inputs[0], **params)
        if row.name == "norm" and not params:  # of all elements, or of each row
            x = inputs[0]
            rows = x.ndim > 1 and np.shape(evaluate(row, [np.zeros(x.shape)], None))
            return _power(_folded(_added, _multiplied(x, x), -1 if rows else None), 0.5)
        return first_order(row, inputs, params)


def _linear(row: Row, inputs: Sequence[Any], params: dict[str, Any]) -> Germ:
    germs = [x for x in inputs if type(x) is Germ]
    most = min(x.most for x in germs)
    keys = {key for x in germs for key in x.terms}
    parts = [x if type(x) is Germ or x is None else germ(x, most) for x in inputs]

    def through(pick: Callable[[Germ], Any]) -> Any:
        return np.asarray(evaluate(row, [x if x is None else pick(x) for x in parts], params), float)

    def meets(pick: Callable[[Germ], Any]) -> Any:
        """The elements of the result that some element of the inputs goes into."""
        if row.selects:
            return through(lambda x: np.asarray(pick(x), float)) != 0
        return np.full(shape, any(np.any(pick(x)) for x in parts if x is not None))

    shape = through(lambda x: np.zeros(x.shape)).shape
    known = np.full(shape, np.inf)
    if any(key != ONE for key in keys) and row.function is not None:
        keys.add(ONE)
    terms = {}
    for key in keys:
        terms[key] = through(lambda x, key=key: x.coefficient(key))  # type: ignore[misc]
        if key != ONE and row.function in (np.sum, np.mean, np.cumsum):
            size = through(lambda x, key=key: np.abs(x.coefficient(key)))  # type: ignore[misc]
            noise = (terms[key] != 0) & (np.abs(terms[key]) <= _EPS * size)
            known = np.where(noise, np.minimum(known, key[0]), known)
    for level in {float(v) for x in parts if x is not None for v in np.unique(x.known)} - {math.inf}:
        met = meets(lambda x, level=level: x.known == level)  # type: ignore[misc]
        known = np.where(met, np.minimum(known, level), known)
    above = ~meets(lambda x: ~x.above) if row.selects else False
    return Germ(terms, known, meets(lambda x: x.void), above, most)


def _product(row: Row, inputs: Sequence[Any], params: dict[str, Any]) -> Germ:
    x, y = _pair(*inputs)
    total = _Sum()
    for (e, k), c in x.terms.items() or [(ONE, np.zeros(x.shape))]:
        for (f, m), d in y.terms.items() or [(ONE, np.zeros(y.shape))]:
            total.add(
                _key(e + f, k + m),
                np.asarray(
                    evaluate(row, [np.broadcast_to(c, x.shape), np.broadcast_to(d, y.shape)], params), float
                ),
            )
    least = [float(np.min(a.order(), initial=math.inf)) for a in (x, y)]
    worst = [float(np.min(a.known, initial=math.inf)) for a in (x, y)]
    known = min(least[0] + worst[1] if worst[1] < math.inf else math.inf,
                least[1] + worst[0] if worst[0] < math.inf else math.inf)  # fmt: skip
    terms, known = total.terms(known)
    above = (inputs[0] is inputs[1] and x.ndim == 1) or bool(np.all(x.above) and np.all(y.above))
    return Germ(terms, known, bool(np.any(x.void) or np.any(y.void)), above, min(x.most, y.most))


def _folded(
    join: Callable[[Any, Any], Germ], x: Germ, axis: Any = None, out_: Any = None, keepdims: Any = False
) -> Germ:
    """A reduction, one half of the elements with the other."""
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(a % x.ndim for a in axes)
    rest = tuple(a for a in range(x.ndim) if a not in axes)
    kept = tuple(x.shape[a] for a in rest)
    x = _moved(x, lambda c: np.transpose(c, axes + rest).reshape((-1, *kept)))
    while x.shape[0] > 1:
        half = x.shape[0] // 2
        odd = _moved(x, lambda c, half=half: c[2 * half :])  # type: ignore[misc]
        pairs = [_moved(x, lambda c, i=i, half=half: c[i : 2 * half : 2]) for i in (0, 1)]  # type: ignore[misc]
        made = join(*pairs)
        x = made if not odd.shape[0] else _stacked(made, odd)
    x = _moved(x, lambda c: c[0])
    if keepdims:
        x = _moved(x, lambda c: np.expand_dims(c, axes))
    return x


def total(x: Germ) -> Germ:
    """The sum of all elements."""
    return _linear(RULES[np.sum], [x], {}) if x.shape else x


def _moved(x: Germ, move: Callable[[Any], Any]) -> Germ:
    terms = {key: move(x.coefficient(key)) for key in x.terms}
    return Germ(terms, move(x.known), move(x.void), move(x.above), x.most)


def _stacked(x: Germ, y: Germ) -> Germ:
    terms = {key: np.concatenate((x.coefficient(key), y.coefficient(key))) for key in x.terms | y.terms}
    known, void, above = (np.concatenate((getattr(x, n), getattr(y, n))) for n in ("known", "void", "above"))
    return Germ(terms, known, void, above, x.most)


def first_order(row: Row, inputs: Sequence[Any], params: dict[str, Any]) -> Germ:
    """Value and slope only, by the rule or the one-sided derivative of the row."""
    germs = [x for x in inputs if type(x) is Germ]
    most = min(x.most for x in germs)
    at = [x.limit() if type(x) is Germ else x for x in inputs]
    value = np.asarray(evaluate(row, at, params), float)
    t = [x.slope() if type(x) is Germ else None for x in inputs]
    if (
        row.flat
        or np.any(_ended(row, inputs, at, params))
        or (row.jump is not None and np.any(row.jump(*at, **params)))
    ):
        return Germ({}, np.full(value.shape, -np.inf), most=most)
    if row.corner is not None and np.any(row.corner(*at, **params)):
        if row.side is None:
            return Germ({}, np.full(value.shape, -np.inf), most=most)
        zero = [np.zeros(np.shape(x)) if part is None else part for x, part in zip(at, t)]
        slope = row.side(zero, *at, **params)
    else:
        slope = push(row, value, tuple(at), t, params)
    slope = np.broadcast_to(np.asarray(0.0 if slope is None else slope, float), value.shape)
    least = 2.0
    for x in germs:
        exponents = [e for e, k in x.terms if (e, k) not in (ONE, SLOPE)]
        least = min(least, float(np.min(x.known, initial=math.inf)), *exponents)
    void = bool(any(np.any(x.void) for x in germs))
    return Germ({ONE: value, SLOPE: slope}, least, void, most=most)
