"""What f comes to on one side of a point, and its slope there: the chain rule first, limits for what is left.

    germ(parse("softplus(cbrt(x))").node, "x", Number(0), 1, log(2), smooth=True)      # value log(2), slope oo

Beside the point each branch is taken (``sides``). What then is analytic at the point itself has the value and the
slope of its formula. A part that is not (a cube root at 0, acos(cos(x)) at pi) becomes a letter y with its own
limit and its own slope, and the rest is a smooth function of x and y, whose slope is a sum: f_x + f_y*y'. So
limits are asked of small parts, and never of a whole difference quotient unless nothing else is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy
from sympy import S

from calcgrad.calculus import derivatives, limits, numeric, symbolic
from calcgrad.calculus.kinks import at_kink, kink_condition
from calcgrad.calculus.multiseries import germs
from calcgrad.calculus.multiseries.constants import NotReal, Undecided
from calcgrad.calculus.sides import approach
from calcgrad.errors import TooLarge
from calcgrad.expression.tree import (
    Call,
    Name,
    Node,
    Number,
    children,
    names_in,
    postorder,
    rebuild,
    substitute,
)

_H = "h_0"  # no user's names: trees are substituted first
_PART = "y_{}"
_MOST_PARTS = 4
_MOST_CLIMBS = 4
_FAILURES = (*symbolic.FAILURES, symbolic.NoClosedForm, TooLarge)


@dataclass(frozen=True)
class Germ:
    """What f comes to on one side (None where that was not needed or is not known), and its slope there."""

    value: Any
    slope: limits.OneSided


def germ(root: Node, name: str, place: Node, side: int, here: Any, base: Node) -> Germ:
    """The germ of ``root`` on one ``side`` of ``place``, where f has the value ``here``, as a tree ``base``.

    Its expansion tells; where that is not known, the chain rule, with branches as they are just beside the point.
    """
    found = limits.proved(_rise(root, name, place, side, base), _H, Number(0), 1)
    if found is not None:
        return Germ(None, found)
    seen = approach(root, name, place, side)
    if seen.real is False:
        return Germ(None, limits.OneSided(None, "not-real"))
    root = seen.tree if seen.settled else root
    known = _by_chain_rule(root, name, place, side) if seen.settled else None
    if known is None:
        return Germ(None, slope(root, name, place, side, here))
    value, rate = known
    step = limits.same_value(value, here)
    if step is None:
        return Germ(None, slope(root, name, place, side, here))
    if not step:
        rise = numeric.sign(symbolic.evaluate(symbolic.from_sympy(value - here), 10))
        return Germ(value, limits.OneSided(S.Infinity * side * rise, evidence="confirmed") if rise else
                    limits.OneSided(None, "undecided"))  # fmt: skip
    if rate is None:
        return Germ(value, slope(root, name, place, side, here))
    if rate.value is None:
        return Germ(value, rate)
    agreed = limits.borne_out(rate.value, _quotient(root, name, place, side, here), _H, Number(0), 1)
    if agreed is False:
        return Germ(value, limits.OneSided(None, "undecided"))
    return Germ(value, limits.OneSided(rate.value, evidence="confirmed" if agreed else "symbolic"))


def derivative(root: Node, name: str, place: Node, side: int) -> Node | None:
    """The formula of the derivative just to one ``side``; None where none is known to hold there."""
    if not _is_settled(root, name, place, side):
        seen = approach(root, name, place, side)
        if not seen.settled:
            return None
        root = seen.tree
    return derivatives.derivative(root, [name]).tree


def _is_settled(root: Node, name: str, place: Node, side: int) -> bool:
    """Is f free of kinks just beside the point, so that its formula holds there?"""
    for node in postorder(root):
        if isinstance(node, Call) and name in names_in(node) and kink_condition(node, [name]) is not None:
            try:
                phases = germs.germ(node, name, place, side).arithmetic.phases
            except (NotReal, Undecided, RecursionError):
                return False
            if phases.angles or phases.steps:
                return False
    return True


def slope(root: Node, name: str, place: Node, side: int, here: Any) -> limits.OneSided:
    """lim (f(p + side*h) - f(p))/(side*h) as h falls to 0."""
    try:
        quotient = _quotient(root, name, place, side, here)
    except _FAILURES:
        return limits.OneSided(None, "undecided")
    return limits.one_sided(quotient, _H, Number(0), 1)


def _quotient(root: Node, name: str, place: Node, side: int, here: Any) -> Node:
    return _rise(root, name, place, side, symbolic.from_sympy(here))


def _rise(root: Node, name: str, place: Node, side: int, base: Node) -> Node:
    """(f(p + side*h) - base)/(side*h)"""
    moved = substitute(root, {Name(name): Call("+" if side > 0 else "-", (place, Name(_H)))})
    rise = moved if base is Number(0) else Call("-", (moved, base))
    return Call("/", (rise, Name(_H) if side > 0 else Call("neg", (Name(_H),))))


def _by_chain_rule(
    root: Node, name: str, place: Node, side: int
) -> tuple[Any, limits.OneSided | None] | None:
    """Value and slope of ``root`` by the chain rule over its parts that are not analytic; None where it fails.

    Where a part's slope leads nowhere (0*oo, oo - oo, no limit), what it is part of becomes a part itself.
    """
    whole: set[Node] = set()
    value = None
    for _ in range(_MOST_CLIMBS):
        split = _Split(name, place, side, whole)
        try:
            outer = split.outer(root)
            if outer is None:
                break
            value, rate = split.put_together(outer)
        except _FAILURES:
            break
        if value is None:
            break
        if rate is not None:
            return value, rate
        if split.blocked is None:
            break
        whole |= {node for node in postorder(root) if split.blocked in children(node)}
    return None if value is None else (value, None)


class _Split:
    """A tree as an analytic function of x and of parts that are not analytic at the point.

    ``whole`` are nodes to be taken for parts, analytic or not.
    """

    def __init__(self, name: str, place: Node, side: int, whole: set[Node]) -> None:
        self.name, self.place, self.side, self.whole = name, place, side, whole
        self.here: dict[Node, Node] = {Name(name): place}  # what x and the letters are at the point
        self.parts: dict[str, tuple[Node, Any]] = {}  # each letter's part, and its limit
        self.blocked: Node | None = None  # the part whose slope led nowhere

    def outer(self, root: Node) -> Node | None:
        """``root`` with letters for its parts that are not analytic; None where it is one itself."""
        done: dict[Node, Node | None] = {}
        for node in postorder(root):
            done[node] = None if node in self.whole else self._analytic(node, done)
            if done[node] is None and node is not root:
                done[node] = self._letter(node)
        return done[root]

    def _analytic(self, node: Node, done: dict[Node, Node | None]) -> Node | None:
        """A node over its parts, if it is analytic in x and the letters."""
        if self.name not in names_in(node) or not isinstance(node, Call):
            return node
        inner = [done[part] for part in children(node)]
        if any(part is None for part in inner):
            return None
        made = rebuild(node, tuple(part for part in inner if part is not None))
        if not isinstance(made, Call) or at_kink(made, [self.name, *self.parts], self.here) is not False:
            return None
        value = symbolic.evaluate(substitute(made, self.here))
        return made if isinstance(value, Fraction | numeric.Ball | bool) else None

    def _letter(self, part: Node) -> Node | None:
        """A letter that stands for ``part``, if it has a finite limit."""
        if len(self.parts) == _MOST_PARTS:
            return None
        found = limits.one_sided(part, self.name, self.place, self.side)
        if found.value is None or found.value.is_infinite or found.evidence == "numeric":
            return None
        try:
            value = symbolic.from_sympy(found.value)
        except _FAILURES:
            return None
        letter = _PART.format(len(self.parts))
        self.parts[letter] = (part, found.value)
        self.here[Name(letter)] = value
        return Name(letter)

    def put_together(self, outer: Node) -> tuple[Any, limits.OneSided | None]:
        value = symbolic.to_sympy(substitute(outer, self.here))
        return (value, self._rate(outer)) if _finite(value) else (None, None)

    def _rate(self, outer: Node) -> limits.OneSided | None:
        """f_x + f_y*y' + ...; None where that says nothing."""
        formula = symbolic.to_sympy(outer)
        total = self._partial(formula, self.name)
        endless: limits.OneSided | None = None  # the one part, if any, whose slope is infinite or oscillates
        for letter in [each for each in self.parts if each in names_in(outer)]:
            weight = self._partial(formula, letter)
            part, at = self.parts[letter]
            rate = slope(part, self.name, self.place, self.side, at)
            if total is None or weight is None or rate.evidence == "numeric":
                return None
            if rate.value is not None and rate.value.is_finite:
                total += weight * rate.value
                continue
            self.blocked = part
            sign = numeric.sign(symbolic.evaluate(symbolic.from_sympy(weight), 10))
            if sign == 0 and rate.bounds is not None and all(end.is_finite for end in rate.bounds):
                continue  # y - y(p) is of the order of h, and nothing of that order is left of it
            if not sign or endless or (rate.value is None and rate.reason != "oscillates"):
                return None
            endless = limits.OneSided(None if rate.value is None else sign * rate.value, rate.reason)
        return endless or (limits.OneSided(total) if total is not None and _finite(total) else None)

    def _partial(self, formula: Any, name: str) -> Any:
        """The derivative of the smooth function by x or a letter, at the point; None where its formula has a hole."""
        made = symbolic.from_sympy(derivatives.differentiate(formula, name))
        at = substitute(made, self.here)
        if isinstance(symbolic.evaluate(at), numeric.Undefined):
            return None
        value = symbolic.to_sympy(at)
        return value if _finite(value) else None


def _finite(value: Any) -> bool:
    return symbolic.is_constant(value) and not value.has(
        S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity, S.ImaginaryUnit, sympy.AccumBounds
    )
