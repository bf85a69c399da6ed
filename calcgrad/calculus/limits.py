"""Limits with their evidence: each side on its own, proved by expansion.

    limit(parse("abs(x)/x").node, "x", Number(0)).reason        # "sides-differ"

What no expansion proves is undecided. Two-sided limits exist only if both sides exist and agree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import Any

import sympy
from sympy import S

from calcgrad.calculus import numeric, symbolic
from calcgrad.calculus.kinks import at_kink, truth
from calcgrad.calculus.multiseries import cases, constants
from calcgrad.calculus.multiseries.exact import Exact, NotReal, Undecided, tree
from calcgrad.calculus.multiseries.germs import Found
from calcgrad.calculus.multiseries.phases import phases_in
from calcgrad.calculus.multiseries.witness import agrees
from calcgrad.calculus.numeric import mp
from calcgrad.errors import TooLarge
from calcgrad.expression.columns import said_of
from calcgrad.expression.tree import (
    INFINITY,
    Call,
    Name,
    Node,
    children,
    is_infinite,
    names_in,
    postorder,
    rational,
    rebuild,
    substitute,
)

_AGREE_DIGITS = 12
_DIGITS = 20  # of a number that has no name


@dataclass(frozen=True)
class OneSided:
    """One side's limit: a SymPy number (oo and -oo included), or None with the reason.

    reasons: not-real, undefined (no values on that side), oscillates (``bounds``, or two ``ends``), undecided.
    evidence: confirmed, symbolic, numeric (then ``value`` is a Float, for want of a name, and ``error`` its bound).
    """

    value: Any
    reason: str = ""
    evidence: str = ""
    bounds: tuple[Any, Any] | None = None
    error: float | None = None
    exact: Exact | None = None  # the same number, as the expansion has it
    ends: tuple[Any, ...] | None = None
    again: bool = False  # what ``reason`` says is so again and again, and not all the way
    # whether numbers agree, a question that takes as long as the limit itself
    witness: Callable[[], bool] | None = field(default=None, compare=False, repr=False)

    def confirmed(self) -> OneSided:
        """The same with the word of numbers, where algebra alone was asked."""
        agreed = self.evidence == "symbolic" and self.witness is not None and self.witness()
        return replace(self, evidence="confirmed") if agreed else self


@dataclass(frozen=True)
class Limit:
    """A limit from the sides asked for; ``value`` is None where it does not exist, with the reason."""

    value: Any
    reason: str
    evidence: str
    left: OneSided | None
    right: OneSided | None
    error: float | None = None
    cases: tuple[tuple[str, Limit], ...] = ()  # of parameters, where it depends on them: all that there are

    @property
    def exists(self) -> bool:
        return self.value is not None

    @property
    def again(self) -> bool:
        """Is it so from some side that f has no values again and again, and not all the way?"""
        return any(one is not None and one.again for one in (self.left, self.right))


def limit(root: Node, variable: str, point: Node, side: str = "both") -> Limit:
    """The limit of a scalar tree as ``variable`` goes to ``point`` (oo and -oo too)."""
    sides = {"left": (-1,), "right": (1,), "both": (-1, 1)}[side]
    if is_infinite(point):
        sides, side = (1,), "right" if point is INFINITY else "left"
    answer = cases.limits(root, variable, point, sides)
    if not answer.cases:
        ones = [_settled(*each, root, variable, point) for each in zip(answer.found, sides, strict=True)]
        return _together([one.confirmed() for one in ones], side)
    shown = []
    for condition, assumed, found in answer.cases:
        with constants.assuming(assumed):
            shown.append((condition, _together([*map(of_found, found)], side)))
    return replace(_together([*map(of_found, answer.found)], side), cases=tuple(shown))


def _together(ones: list[OneSided], side: str) -> Limit:
    """The limit of sides together: of one, or of left and right."""
    if len(ones) == 1:
        (one,) = ones
        left, right = (one, None) if side == "left" else (None, one)
        return Limit(one.value, one.reason, one.evidence, left, right, one.error)
    left, right = ones
    gone = {"not-real", "undefined"}
    if left.reason in gone and right.reason in gone:
        return Limit(None, "undefined", "", left, right)
    if left.reason in gone or right.reason in gone:
        there = right if left.reason in gone else left
        if there.reason == "undecided":
            return Limit(None, "undecided", "", left, right)
        return Limit(None, "one-sided-only", there.evidence, left, right)
    for one in (left, right):
        if one.reason == "oscillates":
            return Limit(None, "oscillates", one.evidence, left, right)
    if left.value is None or right.value is None:
        return Limit(None, "undecided", "", left, right)
    equal = same_sides(left, right)
    if equal is None:
        return Limit(None, "undecided", "", left, right)
    evidence = weakest(left.evidence, right.evidence)
    if not equal:
        return Limit(None, "sides-differ", evidence, left, right)
    errors = [each.error for each in (left, right) if each.error is not None]
    return Limit(left.value, "", evidence, left, right, max(errors, default=None))


def weakest(*kinds: str) -> str:
    return next(kind for kind in ("numeric", "symbolic", "confirmed", "") if kind in kinds)


def same_sides(left: OneSided, right: OneSided) -> bool | None:
    """Are the limits of two sides equal? None where that is not known."""
    if left.exact is not None and right.exact is not None:
        try:
            return constants.is_zero(left.exact - right.exact)
        except Undecided:
            pass
    return None if "numeric" in (left.evidence, right.evidence) else same_value(left.value, right.value)


def same_value(a: Any, b: Any) -> bool | None:
    """Are two limits equal? None where neither algebra nor numbers say."""
    if a == b:
        return True
    if a.is_infinite or b.is_infinite:
        return False
    if a.has(sympy.Float) or b.has(sympy.Float):
        x, y = (mp.make_mpf(each._mpf_) if each.is_Float else _number(each) for each in (a, b))
        if x is None or y is None:
            return None
        with mp.workdps(30):
            return bool(abs(x - y) < mp.mpf(10) ** -_AGREE_DIGITS * max(1, abs(x)))
    try:
        return constants.is_zero(constants.of(symbolic.from_sympy(a)) - constants.of(symbolic.from_sympy(b)))
    except (NotReal, Undecided, symbolic.NoClosedForm, TooLarge):
        if a.free_symbols or b.free_symbols:
            return True if sympy.simplify(a - b) == 0 else None
        return symbolic.is_zero(a - b)


def one_sided(root: Node, variable: str, point: Node, side: int) -> OneSided:
    """The limit from one side (at infinity there is only one), of which numbers are not yet asked: ``confirmed``."""
    (found,) = cases.limits(root, variable, point, (side,)).found
    made = _settled(found, side, root, variable, point)
    # nobody who asks knows what is real now and then
    return OneSided(None, "undecided") if made.again else made


def _settled(found: Found, side: int, root: Node, variable: str, point: Node) -> OneSided:
    """What was found by expansion, with its witness."""
    made = of_found(found)
    # of parameters more may be assumed in one case
    germ = None if names_in(root) - {variable} else found.germ
    if made.evidence == "symbolic":
        return replace(made, witness=partial(agrees, root, variable, point, side, germ))
    if made.reason == "undecided" and not is_infinite(point):
        return _continued(root, variable, point) or made
    return made


def _continued(root: Node, variable: str, point: Node) -> OneSided | None:
    """f's own value, where f is analytic around the point: what the expansion cannot write out needs none there."""
    here: dict[Node, Node] = {Name(variable): point}
    if names_in(root) - {variable}:
        return None
    for node in postorder(root):
        if isinstance(node, Call) and variable in names_in(node):
            domain = said_of(node, "domain")
            inside = domain is None or holds_around(domain, [variable], here)
            if not inside or at_kink(node, [variable], here) is not False:
                return None
    value = _with_numbers(substitute(root, here))
    if not isinstance(symbolic.evaluate(value), Fraction | numeric.Ball):
        return None
    try:
        return OneSided(symbolic.to_sympy(value), evidence="confirmed")
    except (*symbolic.FAILURES, TooLarge):
        return None


def _with_numbers(root: Node) -> Node:
    """The constant with its rational parts worked out."""
    done: dict[Node, Node] = {}
    for node in postorder(root):
        made = rebuild(node, tuple(done[each] for each in children(node)))
        if isinstance(made, Call):
            number = numeric.evaluate(made)
            if isinstance(number, Fraction) and number.numerator.bit_length() < 333:
                made = rational(number)
        done[node] = made
    return done[root]


def holds_around(condition: Node, names: Collection[str], here: dict[Node, Node]) -> bool:
    """Does a condition hold at the point, and still just beside it, wherever its parts are continuous?"""
    if not names_in(condition) & set(names) or not isinstance(condition, Call):
        return truth(substitute(condition, here)) is True
    if condition.function in ("&", "|"):
        several = all if condition.function == "&" else any
        return several(holds_around(each, names, here) for each in condition.args)
    if condition.function not in ("<", "<=", ">", ">=", "!="):
        return False
    sign = numeric.sign(symbolic.evaluate(substitute(Call("-", condition.args), here)))
    return sign in {"<": (-1,), "<=": (-1,), ">": (1,), ">=": (1,), "!=": (-1, 1)}[condition.function]


def of_found(found: Found) -> OneSided:
    """What an expansion found, in SymPy's numbers."""
    if found.reason:
        bounds = None
        if found.bounds is not None:
            low, high = found.bounds
            bounds = (
                S.NegativeInfinity if low is None else _in_sympy(low),
                S.Infinity if high is None else _in_sympy(high),
            )
        evidence = "confirmed" if found.reason == "oscillates" else ""
        if found.ends is None:
            return OneSided(None, found.reason, evidence, bounds, again=found.again)
        settled = [end for end in found.ends if end.value is None or not phases_in(end.value)]
        ends = tuple(of_found(end).value for end in settled)
        return OneSided(None, found.reason, evidence, bounds, ends=ends)
    if found.value is None:
        return OneSided(S.Infinity * found.infinite, evidence="symbolic")
    if constants.is_nameless(found.value):
        number = numeric.evaluate(tree(found.value), _DIGITS)
        if not isinstance(number, numeric.Ball):
            return OneSided(None, "undecided")
        value = sympy.Float(number.mid, 15)
        return OneSided(value, evidence="numeric", error=float(number.rad), exact=found.value)
    return OneSided(_in_sympy(found.value), evidence="symbolic", exact=found.value)


def _in_sympy(value: Exact) -> Any:
    return symbolic.to_sympy(tree(value))


def _number(exact: Any) -> Any:
    try:
        node = symbolic.from_sympy(exact)
    except (symbolic.NoClosedForm, TooLarge):
        return None
    value = symbolic.evaluate(node, 30)
    return numeric.as_mpf(value, 60) if isinstance(value, Fraction | numeric.Ball) else None
