"""The derivative at a point, decided before it is computed.

    at_point(parse("abs(x)").node, "x", Number(0)).reason        # "corner": slopes -1 and 1

A formula for f' says nothing where f has a corner, a jump or an edge. So first: is f real and defined there,
is it continuous, what are the one-sided slopes (each a limit with its own evidence)? Only where no part
of the expression is at one of its kinks is the formula's value taken, and then numbers confirm it.

The one-sided slopes L and R, and the one-sided limits of f, decide in this order:

    L or R is of a side where f is not real     not-real
    a limit of f is not f's value               jump
    L or R does not exist                       oscillates
    L or R is not known                         undecided
    L or R is infinite                          vertical-tangent
    L and R are proved to differ                corner
    L and R are proved to be equal              the derivative; of order n + 1 by the same table of the n-th

Invariant: "undecided" is the answer wherever a comparison is not proved, so that every other one is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy
from sympy import S

from calcgrad.calculus import derivatives, forms, limits, nameless, numeric, slopes, symbolic
from calcgrad.calculus.kinks import decided, kink_condition, specials, truth
from calcgrad.calculus.multiseries import cases, constants, exact
from calcgrad.calculus.multiseries.germs import Found
from calcgrad.calculus.sides import holds
from calcgrad.errors import TooLarge
from calcgrad.expression.columns import said_of
from calcgrad.expression.tree import (
    COMPARISONS,
    FALSE,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    names_in,
    postorder,
    substitute,
    variables,
)

_CHECK_DIGITS = 12  # of a finite difference: its step is about the root of its error
_FINER_DIGITS = 150
_MEASURED_ORDER = 12


@dataclass(frozen=True)
class AtPoint:
    """A derivative at a point. ``value`` is exact (a SymPy number), ``number`` a decimal where only that is
    known; both None where there is none, and then ``reason`` says why and ``left`` and ``right`` are the
    one-sided slopes (or, for a jump, ``from_left`` and ``from_right`` the values of f)."""

    value: Any = None
    number: Any = None
    reason: str = ""
    left: Any = None
    right: Any = None
    from_left: Any = None
    from_right: Any = None
    failed_order: int = 1  # the lowest derivative that does not exist
    cases: tuple[tuple[str, AtPoint], ...] = ()  # of parameters, where it depends on them: all that there are
    real_side: str = ""  # for not-real: the side where f is real, if there is one
    evidence: str = ""  # confirmed (exact, and numbers agree), symbolic (exact only) or numeric
    # from left and right, of which numbers can be asked
    slopes: tuple[limits.OneSided, ...] = field(default=(), compare=False, repr=False)

    @property
    def exists(self) -> bool:
        return not self.reason

    def confirmed(self) -> AtPoint:
        """The same with the word of numbers on slopes of which only algebra was asked."""
        if self.evidence != "symbolic" or not self.slopes:
            return self
        return replace(self, evidence=limits.weakest(*(each.confirmed().evidence for each in self.slopes)))


def at_point(
    root: Node,
    names: Sequence[str],
    point: dict[str, Node],
    formula: derivatives.Derivative,
    digits: int = 20,
) -> AtPoint:
    """The derivative of a scalar tree by ``names`` in turn, at ``point`` (a constant tree for each variable).

    ``formula`` is that derivative away from kinks, as ``derivatives.derivative`` gives it; ``digits`` is how many
    of a value are computed where only its decimal can be known. Of one-sided slopes numbers are not yet asked:
    ``confirmed``.
    """
    root = _hold_detached(root, point)
    point = dict.fromkeys(names, Number(0)) | point  # of what root does not depend on, any value will do
    here: dict[Node, Node] = {Name(name): place for name, place in point.items()}
    if set(variables(root)) - set(point):
        answer = _with_parameters(root, names, here, formula)
        if answer.reason == "undecided" and len(names) == 1:
            others = {Name(name): place for name, place in point.items() if name != names[0]}
            return _by_cases(substitute(root, others), names[0], point[names[0]])
        return answer
    start = symbolic.evaluate(substitute(root, here))
    if isinstance(start, numeric.Undefined):
        if start.kind == "too-large":
            return AtPoint(reason="undecided")
        return AtPoint(reason="not-real" if start.kind == "not-real" else "undefined", failed_order=0)
    special = specials(root, names, here)
    if special is None:
        return AtPoint(reason="undecided")
    if not special:
        return _regular(root, names, point, formula, digits)
    if len(set(names)) > 1:
        if len(names) == 2:
            return _mixed(root, names, point)
        return AtPoint(reason="undecided", failed_order=len(names))
    others = {Name(name): place for name, place in point.items() if name != names[0]}
    return of_one_variable(substitute(root, others), names[0], point[names[0]], len(names))


def _with_parameters(
    root: Node, names: Sequence[str], here: dict[Node, Node], formula: derivatives.Derivative
) -> AtPoint:
    """With real parameters left, the formula's value; undecided where a kink or a domain depends on one of them."""
    there = decided(substitute(root, here))
    open_ = any(isinstance(node, Call) and node.function == "Piecewise" for node in postorder(there))
    for node in postorder(there):
        if not isinstance(node, Call) or (inside := said_of(node, "domain")) is None:
            continue
        found = truth(inside)
        if found is False:
            if open_:  # the branch that has no value may not be taken
                return AtPoint(reason="undecided")
            reason = "undefined" if node.function == "/" else "not-real"
            return AtPoint(reason=reason, failed_order=0)
        # x/a has no value at a = 0, and neither has its derivative; of other domains nothing is known
        if found is None and node.function not in ("/", "**"):
            return AtPoint(reason="undecided")
    special = specials(root, names, here)
    if special is None or special or formula.tree is None:
        return AtPoint(reason="undecided")
    at = substitute(formula.tree, here)
    for node in postorder(at):
        if (
            isinstance(node, Call)
            and node.function == "/"
            and truth(Call("!=", (node.args[1], Number(0)))) is False
        ):
            return AtPoint(reason="undecided")
    value = symbolic.to_sympy(at)
    if value.has(S.NaN, S.ComplexInfinity, S.Infinity, S.ImaginaryUnit):
        return AtPoint(reason="undecided")
    return AtPoint(value=value)


def _by_cases(root: Node, name: str, place: Node) -> AtPoint:
    """The derivative of a function with parameters, from its slopes; in cases, where it depends on them."""
    answer = cases.slopes(root, name, place)
    if not answer.cases:
        return _of_slopes(answer.found)
    shown = []
    for condition, assumed, found in answer.cases:
        with constants.assuming(assumed):
            shown.append((condition, _of_slopes(found)))
    return AtPoint(reason="undecided", cases=tuple(shown))


def _of_slopes(found: tuple[Found, ...]) -> AtPoint:
    """What slopes with parameters, and the rises of those that are infinite, tell."""
    left, right, *rises = map(limits.of_found, found)
    if left.again or right.again:
        return AtPoint(reason="undecided")
    gone = [each.reason in ("not-real", "undefined") for each in (left, right)]
    if all(gone):
        return AtPoint(reason=left.reason, failed_order=0)
    slopes = {"left": left.value, "right": right.value}
    if any(gone):
        return AtPoint(reason="not-real", real_side="left" if gone[1] else "right", **slopes)
    jumps = [rise.value is not None and rise.value != 0 for rise in rises]
    if any(jumps):
        return AtPoint(reason="jump", **slopes)
    if "oscillates" in (left.reason, right.reason):
        return AtPoint(reason="oscillates", **slopes)
    if left.value is None or right.value is None or any(rise.value is None for rise in rises):
        return AtPoint(reason="undecided")
    if left.value.is_infinite or right.value.is_infinite:
        return AtPoint(reason="vertical-tangent", **slopes)
    equal = limits.same_sides(left, right)
    if not equal:
        return AtPoint(reason="undecided") if equal is None else AtPoint(reason="corner", **slopes)
    return AtPoint(value=left.value, evidence="symbolic")


def _hold_detached(root: Node, point: dict[str, Node]) -> Node:
    """detach(u) is the constant u(point) for every derivative."""
    here: dict[Node, Node] = {Name(name): place for name, place in point.items()}
    held: dict[Node, Node] = {
        node: substitute(node.args[0], here)
        for node in postorder(root)
        if isinstance(node, Call) and node.function == "detach"
    }
    return substitute(root, held)


# ------------------------------------------------------------------------------------------ regular points


def _regular(
    root: Node, names: Sequence[str], point: dict[str, Node], formula: derivatives.Derivative, digits: int
) -> AtPoint:
    """f is analytic here: the formula's value, or its limit where the formula alone has a hole."""
    here: dict[Node, Node] = {Name(name): place for name, place in point.items()}
    if formula.tree is None:
        return _by_rules(root, names, here, digits)
    at = substitute(formula.tree, here)
    number = symbolic.evaluate(at, 20)
    if isinstance(number, Fraction | numeric.Ball):
        value = symbolic.to_sympy(at)
        if symbolic.is_constant(value) and not value.has(
            S.NaN, S.ComplexInfinity, S.Infinity, S.ImaginaryUnit
        ):
            return _confirm(AtPoint(value=value), root, names, point)
    if isinstance(number, numeric.Undefined) and number.kind == "too-large":
        value = symbolic.to_sympy(at)
        return AtPoint(value=value)
    if len(set(names)) == 1:
        others = {Name(name): place for name, place in point.items() if name != names[0]}
        found = limits.limit(substitute(formula.tree, others), names[0], point[names[0]])
        if found.value is not None and found.evidence != "numeric" and not found.value.is_infinite:
            return _confirm(AtPoint(value=found.value), root, names, point)
    return _by_rules(root, names, here, digits)


def _confirm(answer: AtPoint, root: Node, names: Sequence[str], point: dict[str, Node]) -> AtPoint:
    """Hold the exact value against finite differences of f itself; a contradiction is undecided."""
    answer = replace(answer, evidence="symbolic")
    try:
        expected = symbolic.evaluate(symbolic.from_sympy(answer.value), 20)
    except (symbolic.NoClosedForm, TooLarge):
        return answer
    if not isinstance(expected, Fraction | numeric.Ball):
        return answer
    for digits in _fineness(root, point):
        measured = _measure(root, names, point, digits)
        if not isinstance(measured, Fraction | numeric.Ball):
            return answer
        x, y = numeric.as_mpf(expected, 30), numeric.as_mpf(measured, 30)
        doubt = measured.rad if isinstance(measured, numeric.Ball) else 0
        if abs(x - y) <= numeric.mp.mpf(10) ** -5 * max(1, abs(x)) + doubt:
            return replace(answer, evidence="confirmed")
    return AtPoint(reason="undecided")


def _fineness(root: Node, point: dict[str, Node]) -> Iterator[int]:
    """Digits to measure with: more where f bends within the first step, and as many as the numbers' sizes ask for."""
    yield from (_CHECK_DIGITS, _FINER_DIGITS)
    here: dict[Node, Node] = {Name(name): place for name, place in point.items()}
    reach = 2 * numeric.decades(substitute(root, here))
    if reach > _FINER_DIGITS:
        yield _FINER_DIGITS + reach


def _measure(root: Node, names: Sequence[str], point: dict[str, Node], digits: int) -> numeric.Value:
    """The derivative by finite differences, one variable after the other; high orders cost too much."""
    if len(names) > _MEASURED_ORDER:
        return numeric.UNSETTLED
    if len(set(names)) == 1:
        others = {Name(name): place for name, place in point.items() if name != names[0]}
        return numeric.difference(substitute(root, others), names[0], point[names[0]], len(names), digits)
    return numeric.mixed_difference(root, list(names), point, digits)


def _by_rules(root: Node, names: Sequence[str], here: dict[Node, Node], digits: int) -> AtPoint:
    """The value by the rules alone, with bounds: where no formula is in the language, or SymPy's has no value here."""
    tree: Node | None = root
    for name in names:
        tree = None if tree is None else nameless.derivative(derivatives.without_isolated(tree, name), name)
    if tree is not None:
        number = symbolic.evaluate(substitute(tree, here), digits + 6)
        if isinstance(number, Fraction | numeric.Ball):
            return AtPoint(number=number, evidence="numeric")
    return AtPoint(reason="undecided")


# ------------------------------------------------------------------------------------------ special points


@lru_cache(maxsize=128)  # the formula asks for each of its kinks, and the point may be one of them
def of_one_variable(root: Node, name: str, place: Node, order: int) -> AtPoint:
    """The derivative at a kink: orders 1, 2, ... up to ``order`` from both sides, as long as they agree.

    By algebra alone: ``confirmed`` asks numbers too.
    """
    value: Any = _exact_value(substitute(root, {Name(name): place}))
    if value is None:
        return AtPoint(reason="undecided")
    lower = {-1: root, 1: root}  # f on each side, then its derivatives
    base = decided(substitute(root, {Name(name): place}))
    for k in range(1, order + 1):
        left, right = (slopes.slope(lower[side], name, place, side, base) for side in (-1, 1))
        answer = _compare(left, right, root, name, place, k, value)
        if not answer.exists or k == order:
            return replace(answer, slopes=(left, right))
        value = answer.value
        above = {side: slopes.derivative(lower[side], name, place, side) for side in (-1, 1)}
        if value is None or above[-1] is None or above[1] is None:
            return AtPoint(reason="undecided", failed_order=k + (value is not None))
        lower = {-1: above[-1], 1: above[1]}
        base = symbolic.from_sympy(value)
    raise AssertionError("unreachable")


def _exact_value(constant: Node) -> Any:
    settled = symbolic.evaluate(constant)
    if isinstance(settled, Fraction):
        return sympy.Rational(settled.numerator, settled.denominator)
    try:
        value = symbolic.to_sympy(constant)
    except symbolic.FAILURES:
        try:  # with a maximum's choice made, where SymPy cannot compare
            value = symbolic.to_sympy(exact.tree(constants.of(constant)))
        except (*symbolic.FAILURES, exact.Undecided, exact.NotReal):
            return None
    return value if symbolic.is_constant(value) and not value.has(S.NaN, S.ComplexInfinity) else None


def one_sided_slope(root: Node, name: str, place: Node, side: int) -> limits.OneSided:
    """The slope from one side of ``place``: a limit of difference quotients, with its reason where there is none."""
    if isinstance(symbolic.evaluate(substitute(root, {Name(name): place})), numeric.Undefined):
        return limits.OneSided(None, "undefined")
    value = _exact_value(substitute(root, {Name(name): place}))
    if value is None:
        return limits.OneSided(None, "undecided")
    return slopes.slope(root, name, place, side, decided(substitute(root, {Name(name): place}))).confirmed()


def as_float(value: Any) -> tuple[Any, float]:
    """A measured number as a SymPy Float, and its error bound."""
    if isinstance(value, Fraction):
        return sympy.Float(numeric.as_mpf(value, 20), 15), 0.0
    return sympy.Float(value.mid, 15), float(value.rad)


def _compare(
    left: limits.OneSided, right: limits.OneSided, root: Node, name: str, place: Node, order: int, here: Any
) -> AtPoint:
    evidence = limits.weakest(left.evidence, right.evidence)
    shown = {"left": left.value, "right": right.value, "failed_order": order, "evidence": evidence}
    missing = [
        side for side, each in (("left", left), ("right", right)) if each.reason in ("not-real", "undefined")
    ]
    if missing:
        real_side = "" if len(missing) == 2 else "right" if missing == ["left"] else "left"
        return AtPoint(reason="not-real", real_side=real_side, **shown)
    continuous: bool | None = True  # as whatever has a finite slope is
    if order == 1 and any(each.value is None or each.value.is_infinite for each in (left, right)):
        ends = [limits.one_sided(root, name, place, side).value for side in (-1, 1)]
        same = [None if end is None else limits.same_value(end, here) for end in ends]
        continuous = False if False in same else None if None in same else True
        if continuous is False:
            return AtPoint(reason="jump", from_left=ends[0], from_right=ends[1], **shown)
    if "oscillates" in (left.reason, right.reason):
        return AtPoint(reason="oscillates", **shown)
    if left.value is None or right.value is None:
        return AtPoint(reason="undecided", failed_order=order)
    if left.value.is_infinite or right.value.is_infinite:
        if continuous is None:  # slopes at a jump are infinite too
            return AtPoint(reason="undecided", failed_order=order)
        return AtPoint(reason="vertical-tangent", **shown)
    equal = limits.same_sides(left, right)
    if equal is None:
        return AtPoint(reason="undecided", failed_order=order)
    if not equal:
        return AtPoint(reason="corner", **shown)
    if "numeric" in (left.evidence, right.evidence):
        return AtPoint(
            number=numeric.Ball(numeric.mp.mpf(left.value), numeric.mp.mpf(left.error or 0)),
            evidence=evidence,
        )
    return AtPoint(value=left.value, evidence=evidence)


def _mixed(root: Node, names: Sequence[str], point: dict[str, Node]) -> AtPoint:
    """A mixed partial of order two at a kink: the derivative by the second name of what the first partial is.

    That is a formula beside the point, if no kink runs along the line, and a number of its own at the point.
    """
    first, second = names
    others = {Name(each): place for each, place in point.items() if each not in names}
    root = substitute(root, others)
    there = of_one_variable(substitute(root, {Name(second): point[second]}), first, point[first], 1)
    if not there.exists or there.value is None:
        return there if not there.exists else AtPoint(reason="undecided")
    value = forms.value_tree(there.value)
    formula = derivatives.derivative(root, [first]).tree
    if formula is None or value is None:
        return AtPoint(reason="undecided", failed_order=2)
    if not _runs_free(root, first, second, point):
        return AtPoint(reason="undecided", failed_order=2)
    beside = decided(substitute(formula, {Name(first): point[first]}))
    partial = Call("Piecewise", (value, Call("==", (Name(second), point[second])), beside, TRUE))
    answer = of_one_variable(partial, second, point[second], 1)
    return answer if answer.exists else replace(answer, failed_order=2)


def _runs_free(root: Node, first: str, second: str, point: dict[str, Node]) -> bool:
    """Is f free of kinks in ``first`` beside the point, on the line along which ``second`` goes?"""
    here: dict[Node, Node] = {Name(first): point[first]}
    for side in (-1, 1):
        known = {
            node: TRUE if truth else FALSE
            for node in postorder(root)
            if isinstance(node, Call)
            and node.function in COMPARISONS
            and names_in(node) == {second}
            and (truth := holds(node, second, point[second], side)) is not None
        }
        calls = (node for node in postorder(decided(substitute(root, known))) if isinstance(node, Call))
        kinks = [kink for node in calls if (kink := kink_condition(node, [first])) is not None]
        if any(holds(substitute(kink, here), second, point[second], side) is not False for kink in kinks):
            return False
    return True
