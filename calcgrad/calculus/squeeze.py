"""Limits by squeezing: bounds that every value keeps to in the end, where a part oscillates or steps.

    squeezed(parse("x*(2+sin(x))").node, "x", INFINITY, 1)        # oo: x -> oo, and 2 + sin(x) is at least 1

Every part gets an interval that holds all its limit points. Parts that neither oscillate nor step have a limit,
which is an interval of one point; sin of what grows lies in [-1, 1]; floor(u) lies between u - 1 and u. Where a
quotient is oo/oo, each sum is first replaced by its dominant term: the one by which all others, divided, go
to 0. An interval of one point is the limit, by the squeeze theorem; everything else says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sympy
from sympy import S

from calcgrad.calculus import symbolic
from calcgrad.errors import TooLarge
from calcgrad.expression.tree import Call, Node, Number, integer, names_in, postorder

Limit = Callable[[Node], Any]  # the checked limit of a tree that neither oscillates nor steps, or None

_WAVES = {"sin", "cos"}
_STEPS = {"floor", "ceiling"}
_BESSEL = {"besselj", "bessely"}
_WILD = _WAVES | _STEPS | _BESSEL
_RISING = {"exp", "atan", "tanh", "asinh", "erf", "sinh", "sqrt", "log", "cbrt", "sigmoid"}
_ENDS: Mapping[str, tuple[Any, Any]] = {
    "exp": (S.Zero, S.Infinity),
    "atan": (-sympy.pi / 2, sympy.pi / 2),
    "tanh": (S.NegativeOne, S.One),
    "erf": (S.NegativeOne, S.One),
    "sigmoid": (S.Zero, S.One),
}
_MOST_NODES = 60


@dataclass(frozen=True)
class Bounds:
    """An interval of extended reals, its ends SymPy numbers."""

    low: Any
    high: Any

    @property
    def point(self) -> bool:
        return bool(self.low == self.high)


def may_squeeze(root: Node, variable: str) -> bool:
    """Is there a part that oscillates or steps, in a tree of bearable size?"""
    nodes = postorder(root)
    return len(nodes) <= _MOST_NODES and any(
        isinstance(node, Call) and node.function in _WILD and variable in names_in(node) for node in nodes
    )


def squeezed(root: Node, variable: str, limit: Limit) -> Any:
    """The limit of ``root``, given that of parts that are tame; None where squeezing does not give it."""
    found = _Squeeze(variable, limit)
    try:
        bounds = found.bounds(root)
        if bounds is None or not bounds.point:
            smooth = found.equivalent(root)
            if smooth is None or smooth is root:
                return None
            bounds = found.bounds(smooth)
    except (TypeError, ValueError, TooLarge):  # numbers that SymPy does not order, or that are too large
        return None
    return bounds.low if bounds is not None and bounds.point else None


def enclosed(root: Node, variable: str, limit: Limit) -> tuple[Any, Any] | None:
    """Bounds that the values of ``root`` keep to in the end, perhaps not the closest; None where none are found."""
    try:
        bounds = _Squeeze(variable, limit).bounds(root)
    except (TypeError, ValueError, TooLarge):
        return None
    return None if bounds is None else (bounds.low, bounds.high)


class _Squeeze:
    def __init__(self, variable: str, limit: Limit) -> None:
        self.variable = variable
        self.limit = limit
        self.known: dict[Node, Bounds | None] = {}

    # --- bounds -------------------------------------------------------------------------------------------

    def bounds(self, node: Node) -> Bounds | None:
        if node not in self.known:
            self.known[node] = self._bounds(node)
        return self.known[node]

    def _bounds(self, node: Node) -> Bounds | None:
        if not self._wild(node):
            value = self.limit(node)
            return None if value is None else Bounds(value, value)
        if not isinstance(node, Call):
            return None
        if node.function in ("*", "/"):
            return self._product(node)
        if node.function in ("+", "-"):
            return self._difference_of_waves(node) or self._sum(node)
        parts = [self.bounds(each) for each in node.args]
        if any(part is None for part in parts):
            return None
        x, *rest = (part for part in parts if part is not None)
        match node.function:
            case "neg":
                return _negative(x)
            case "**" if self.variable in names_in(node.args[1]):
                base, power = node.args
                return (
                    self.bounds(Call("exp", (Call("*", (power, Call("log", (base,)))),)))
                    if x.low > 0
                    else None
                )
            case "**":
                return _power(x, node.args[1])
            case "abs":
                return _absolute(x)
            case "Max":
                return Bounds(max(x.low, rest[0].low), max(x.high, rest[0].high))
            case "Min":
                return Bounds(min(x.low, rest[0].low), min(x.high, rest[0].high))
            case "sin" | "cos":
                if x.point and x.low.is_finite:
                    value = getattr(sympy, node.function)(x.low)
                    return Bounds(value, value)
                return Bounds(S.NegativeOne, S.One)
            case "besselj" | "bessely" if rest[0].point:
                if rest[0].low is S.Infinity:
                    return Bounds(S.Zero, S.Zero)
                value = getattr(sympy, node.function)(x.low, rest[0].low)
                return Bounds(value, value) if value.is_extended_real else None
            case "floor":
                return _sum(x, Bounds(S.NegativeOne, S.Zero))
            case "ceiling":
                return _sum(x, Bounds(S.Zero, S.One))
            case function if function in _RISING:
                return _rising(function, x)
        return None

    def _wild(self, node: Node) -> bool:
        return self.variable in names_in(node) and any(
            isinstance(each, Call) and each.function in _WILD and self.variable in names_in(each)
            for each in postorder(node)
        )

    def _product(self, node: Node) -> Bounds | None:
        """The tame factors have their limit together; each of the others has its bounds."""
        tame: Node = integer(1)
        found: Bounds | None = Bounds(S.One, S.One)
        for above, factor in self._factors(node):
            if not self._wild(factor):
                tame = Call("*" if above else "/", (tame, factor))
                continue
            part = self.bounds(factor)
            if part is not None and not above:
                part = _reciprocal(part)
            if part is None or found is None:
                return None
            found = _product(found, part)
        rest = self.bounds(tame)
        return None if rest is None or found is None else _product(found, rest)

    def _factors(self, node: Node) -> Iterator[tuple[bool, Node]]:
        """A product's factors. A Bessel function far out is a wave between -1 and 1, over the root of its argument."""
        for above, factor in _factors(node):
            base, times = factor, 1
            if isinstance(factor, Call) and factor.function == "**":
                base, power = factor.args
                times = int(power.value) if isinstance(power, Number) and power.value in (1, 2, 3, 4) else 0
            if (
                above
                and times
                and isinstance(base, Call)
                and base.function in _BESSEL
                and self._far(base.args[1])
            ):
                for _ in range(times):
                    yield False, Call("sqrt", (base.args[1],))
                    yield True, Call("sin", (Call("exp", (base.args[1],)),))
            else:
                yield above, factor

    def _far(self, node: Node) -> bool:
        bounds = self.bounds(node)
        return bounds is not None and bounds.low is S.Infinity

    def _sum(self, node: Call) -> Bounds | None:
        """Term by term; or a term that grows times the bounds of the sum divided by it, if those leave 0 out."""
        terms = [term if sign > 0 else Call("neg", (term,)) for sign, term in _terms(node)]
        total = self._total(terms)
        if total is not None and total.point:
            return total
        for leader in terms:
            ahead = None if self._wild(leader) else self.bounds(leader)
            if ahead is None or not ahead.low.is_infinite:
                continue
            share = self._total([Call("/", (term, leader)) for term in terms])
            if share is not None and (share.low > 0 or share.high < 0):
                return _product(ahead, share)
        return total

    def _total(self, terms: list[Node]) -> Bounds | None:
        total: Bounds | None = Bounds(S.Zero, S.Zero)
        for term in terms:
            part = self.bounds(term)
            if part is None or total is None:
                return None
            total = _sum(total, part)
        return total

    def _difference_of_waves(self, node: Call) -> Bounds | None:
        """sin(a) - sin(b) and cos(a) - cos(b) go to 0 where a - b does: both are at most |a - b|."""
        one, other = node.args
        if node.function != "-" or not (isinstance(one, Call) and isinstance(other, Call)):
            return None
        if one.function != other.function or one.function not in _WAVES:
            return None
        gap = self.bounds(Call("-", (one.args[0], other.args[0])))
        return gap if gap is not None and gap.point and gap.low == 0 else None

    # --- dominant terms -----------------------------------------------------------------------------------

    def equivalent(self, node: Node) -> Node | None:
        """A tree whose quotient with ``node`` goes to 1; None where none is found."""
        if not self._wild(node):
            return node
        if not isinstance(node, Call):
            return None
        args = node.args
        if node.function in ("*", "/"):
            return Call(node.function, tuple(self.equivalent(each) or each for each in args))
        if node.function == "neg":
            inner = self.equivalent(args[0])
            return None if inner is None else Call("neg", (inner,))
        if node.function in ("**", "sqrt", "cbrt") and not any(
            self.variable in names_in(e) for e in args[1:]
        ):
            inner = self.equivalent(args[0])
            return None if inner is None else Call(node.function, (inner, *args[1:]))
        if node.function in _STEPS:
            bounds = self.bounds(args[0])
            return args[0] if bounds is not None and bounds.point and bounds.low.is_infinite else None
        if node.function in ("+", "-"):
            terms = _terms(node)
            for k, (sign, leader) in enumerate(terms):
                if leader is Number(0):
                    continue
                others = [term for i, (_, term) in enumerate(terms) if i != k]
                if all(self._vanishes(term, leader) for term in others):
                    inner = self.equivalent(leader)
                    return inner if inner is None or sign > 0 else Call("neg", (inner,))
        return None

    def _vanishes(self, term: Node, leader: Node) -> bool:
        """Does term / leader go to 0?"""
        found = self.bounds(Call("*", (term, Call("/", (integer(1), leader)))))
        return found is not None and found.point and bool(found.low == 0)


def _terms(node: Node, sign: int = 1) -> list[tuple[int, Node]]:
    """A sum's terms with their signs."""
    if isinstance(node, Call) and node.function == "+":
        return _terms(node.args[0], sign) + _terms(node.args[1], sign)
    if isinstance(node, Call) and node.function == "-":
        return _terms(node.args[0], sign) + _terms(node.args[1], -sign)
    return [(sign, node)]


def _factors(node: Node, above: bool = True) -> list[tuple[bool, Node]]:
    """A product's factors, each with whether it stands above the line."""
    if isinstance(node, Call) and node.function in ("*", "/"):
        one, other = node.args
        return _factors(one, above) + _factors(other, above == (node.function == "*"))
    if isinstance(node, Call) and node.function == "neg":
        return [(True, integer(-1)), *_factors(node.args[0], above)]
    return [(above, node)]


# --- intervals ------------------------------------------------------------------------------------------


def _sum(x: Bounds, y: Bounds) -> Bounds | None:
    low, high = x.low + y.low, x.high + y.high
    return None if S.NaN in (low, high) else Bounds(low, high)


def _negative(x: Bounds) -> Bounds:
    return Bounds(-x.high, -x.low)


def _product(x: Bounds, y: Bounds) -> Bounds:
    """Nothing is known of 0 times infinity, not even a sign: a limit of 0 is reached from either side."""
    ends = [a * b for a in (x.low, x.high) for b in (y.low, y.high)]
    if S.NaN in ends:
        return Bounds(S.NegativeInfinity, S.Infinity)
    return Bounds(min(ends), max(ends))


def _reciprocal(x: Bounds) -> Bounds | None:
    if x.low <= 0 <= x.high:
        return None
    return Bounds(1 / x.high, 1 / x.low)


def _absolute(x: Bounds) -> Bounds:
    if x.low >= 0:
        return x
    return _negative(x) if x.high <= 0 else Bounds(S.Zero, max(-x.low, x.high))


def _power(x: Bounds, exponent: Node) -> Bounds | None:
    if not isinstance(exponent, Number) or exponent.value.denominator != 1:
        return None
    n = int(exponent.value)
    if not 0 < n <= 100:
        return None
    base = _absolute(x) if n % 2 == 0 else x
    return Bounds(base.low**n, base.high**n)


def _rising(function: str, x: Bounds) -> Bounds | None:
    if (function == "log" and not x.low > 0) or (function == "sqrt" and not x.low >= 0):
        return None
    bottom, top = _ENDS.get(function, (S.NegativeInfinity, S.Infinity))

    def at(value: Any) -> Any:
        if value.is_infinite:
            return top if value > 0 else bottom
        return symbolic.to_sympy(Call(function, (symbolic.from_sympy(value),)))

    return Bounds(at(x.low), at(x.high))
