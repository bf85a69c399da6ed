"""The derivative at a point, decided before it is computed.

    at_point(parse("abs(x)").node, "x", Number(0)).reason        # "corner": slopes -1 and 1

A formula for f' says nothing where f has a corner, a jump or an edge. So first: is f real and defined there,
is it continuous, what are the one-sided slopes (each a limit with its own evidence)? Only where no part
of the expression is at one of its kinks is the formula's value taken, and then numbers confirm it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy
from sympy import S

from calcgrad.calculus import limits, numeric, symbolic
from calcgrad.calculus.sides import approach, rungs
from calcgrad.errors import TooLarge
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import (
    COMPARISONS,
    FALSE,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    children,
    fold,
    names_in,
    postorder,
    rebuild,
    substitute,
    variables,
)

_H = "h_0"
_CHECK_DIGITS = 12
_MEASURED_ORDER = 12
_STILL_APART = 0.99  # of the first gap on a ladder of 33 powers of ten


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
    real_side: str = ""  # for not-real: the side where f is real, if there is one
    evidence: str = ""  # confirmed (exact, and numbers agree), symbolic (exact only) or numeric

    @property
    def exists(self) -> bool:
        return not self.reason


def at_point(
    root: Node, names: Sequence[str], point: dict[str, Node], formula: symbolic.Derivative, digits: int = 20
) -> AtPoint:
    """The derivative of a scalar tree by ``names`` in turn, at ``point`` (a constant tree for each variable).

    ``formula`` is that derivative away from kinks, as ``symbolic.derivative`` gives it; ``digits`` is how many
    of a value are computed where only its decimal can be known.
    """
    root = _hold_detached(root, point)
    here: dict[Node, Node] = {Name(name): place for name, place in point.items()}
    if set(variables(root)) - set(point):
        return _with_parameters(root, names, here, formula)
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
    root: Node, names: Sequence[str], here: dict[Node, Node], formula: symbolic.Derivative
) -> AtPoint:
    """With real parameters left, the formula's value; undecided where a kink depends on one of them."""
    for node in postorder(substitute(root, here)):
        if isinstance(node, Call) and names_in(node) and node.function not in ("/", "**"):
            row = ROWS.get(node.function)
            if row is not None and (row.domain or row.kinks):
                return AtPoint(reason="undecided")
    special = specials(root, names, here)
    if special is None or special or formula.tree is None:
        return AtPoint(reason="undecided")
    value = symbolic.to_sympy(substitute(formula.tree, here))
    if value.has(S.NaN, S.ComplexInfinity, S.Infinity, S.ImaginaryUnit):
        return AtPoint(reason="undecided")
    return AtPoint(value=value)


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


def specials(root: Node, names: Sequence[str], here: dict[Node, Node]) -> list[Call] | None:
    """The calls that are at one of their kinks at the point; None where that could not be told.

    Branches that a where does not take are not looked at, as long as its conditions are not at an edge.
    """
    found: list[Call] = []
    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if node in seen or not names_in(node) & set(names):
            continue
        seen.add(node)
        if isinstance(node, Call):
            at_kink = _at_kink(node, names, here)
            if at_kink is None:
                return None
            if at_kink:
                found.append(node)
            if node.function == "Piecewise":
                stack.extend(_taken(node, here))
                continue
        stack.extend(children(node))
    return found


def _taken(node: Call, here: dict[Node, Node]) -> list[Node]:
    """The conditions of a Piecewise that were asked, and the value that was taken."""
    looked: list[Node] = []
    for value, condition in zip(node.args[::2], node.args[1::2], strict=True):
        looked.append(condition)
        truth = symbolic.evaluate(substitute(condition, here))
        if truth is True:
            return [*looked, value]
    return looked


def _at_kink(node: Call, names: Sequence[str], here: dict[Node, Node]) -> bool | None:
    condition = kink_condition(node, names)
    if condition is None:
        return False
    truth = symbolic.evaluate(substitute(condition, here))
    return truth if isinstance(truth, bool) else None if truth is numeric.UNSETTLED else False


def kink_condition(node: Call, names: Sequence[str]) -> Node | None:
    """The condition under which one call is at a kink, in terms of its own arguments; None for never."""
    row = ROWS.get(node.function)
    if row is None:
        return None
    if node.function == "**" and names_in(node.args[1]) & set(names):
        return Call("<=", (node.args[0], Number(0)))  # x**x is analytic for x > 0 only
    if not row.kinks:
        return None
    if node.function in ("Max", "Min"):
        args = tuple(dict.fromkeys(node.args))
        if len(args) < 2:
            return None
        pairs = [
            Call("==", (a, b)) for index, a in enumerate(args) for b in args[index + 1 :]
        ]  # fmt: skip
        return _any(pairs)
    condition = parse(row.kinks, condition=True).node
    return substitute(condition, {Name(p): arg for p, arg in zip(row.parameters, node.args)})


def decided(root: Node) -> Node:
    """``root``, or a condition, with its constant comparisons decided and the branches that fall away left out."""

    def step(node: Node, parts: list[Node]) -> Node:
        made = rebuild(node, tuple(parts))
        if not isinstance(made, Call):
            return made
        if made.function in COMPARISONS and not names_in(made):
            truth = symbolic.evaluate(made)
            return TRUE if truth is True else FALSE if truth is False else made
        if made.function in ("&", "|"):
            decisive, neutral = (FALSE, TRUE) if made.function == "&" else (TRUE, FALSE)
            if decisive in made.args:
                return decisive
            rest = [arg for arg in made.args if arg is not neutral]
            return made if len(rest) == 2 else rest[0] if rest else neutral
        if made.function == "Piecewise":
            return _remaining(made)
        return made

    return fold(root, step)


def _remaining(node: Call) -> Node:
    """A Piecewise without the branches whose condition is decided against, or comes after one that holds."""
    kept: list[Node] = []
    for value, condition in zip(node.args[::2], node.args[1::2], strict=True):
        if condition is not FALSE:
            kept += [value, condition]
        if condition is TRUE:
            break
    if len(kept) == 2 and kept[1] is TRUE:
        return kept[0]
    return Call("Piecewise", tuple(kept)) if kept else node


def _any(conditions: Sequence[Node]) -> Node:
    result = conditions[0]
    for each in conditions[1:]:
        result = Call("|", (result, each))
    return result


def _regular(
    root: Node, names: Sequence[str], point: dict[str, Node], formula: symbolic.Derivative, digits: int
) -> AtPoint:
    """f is analytic here: the formula's value, or its limit where the formula alone has a hole."""
    here: dict[Node, Node] = {Name(name): place for name, place in point.items()}
    if formula.tree is None:
        return _numeric_only(root, names, point, digits)
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
    return _numeric_only(root, names, point, digits)


def _confirm(answer: AtPoint, root: Node, names: Sequence[str], point: dict[str, Node]) -> AtPoint:
    """Hold the exact value against finite differences of f itself; a contradiction is undecided."""
    measured = _measure(root, names, point, _CHECK_DIGITS)
    answer = replace(answer, evidence="symbolic")
    if not isinstance(measured, Fraction | numeric.Ball):
        return answer
    try:
        expected = symbolic.evaluate(symbolic.from_sympy(answer.value), 20)
    except (symbolic.NoClosedForm, TooLarge):
        return answer
    if not isinstance(expected, Fraction | numeric.Ball):
        return answer
    x, y = numeric.as_mpf(expected, 30), numeric.as_mpf(measured, 30)
    doubt = measured.rad if isinstance(measured, numeric.Ball) else 0
    if abs(x - y) > numeric.mp.mpf(10) ** -5 * max(1, abs(x)) + doubt:
        return AtPoint(reason="undecided")
    return replace(answer, evidence="confirmed")


def _measure(root: Node, names: Sequence[str], point: dict[str, Node], digits: int) -> numeric.Value:
    """The derivative by finite differences, one variable after the other; high orders cost too much."""
    if len(names) > _MEASURED_ORDER:
        return numeric.UNSETTLED
    if len(set(names)) == 1:
        others = {Name(name): place for name, place in point.items() if name != names[0]}
        return numeric.difference(substitute(root, others), names[0], point[names[0]], len(names), digits)
    return numeric.mixed_difference(root, list(names), point, digits)


def _numeric_only(root: Node, names: Sequence[str], point: dict[str, Node], digits: int) -> AtPoint:
    measured = _measure(root, names, point, digits + 6)
    if isinstance(measured, Fraction | numeric.Ball):
        return AtPoint(number=measured, evidence="numeric")
    return AtPoint(reason="undecided")


# ------------------------------------------------------------------------------------------ special points


def of_one_variable(root: Node, name: str, place: Node, order: int) -> AtPoint:
    """The derivative at a kink: orders 1, 2, ... up to ``order`` from both sides, as long as they agree."""
    value: Any = _exact_value(substitute(root, {Name(name): place}))
    if value is None:
        return AtPoint(reason="undecided")
    lower: dict[int, Node] = {-1: root, 1: root}
    for k in range(1, order + 1):
        slopes: dict[int, limits.OneSided] = {}
        for side in (-1, 1):
            seen = approach(lower[side], name, place, side)
            if seen.real is False:
                slopes[side] = limits.OneSided(None, "not-real")
                continue
            if not seen.settled and k > 1:
                return AtPoint(reason="undecided", failed_order=k)
            tree = seen.tree if seen.settled else lower[side]
            slopes[side] = _slope(tree, name, place, side, value)
            if k < order:
                formula = symbolic.derivative(tree, [name]).tree if seen.settled else None
                if formula is None:
                    return AtPoint(reason="undecided", failed_order=k + 1)
                lower[side] = formula
        answer = _compare(slopes[-1], slopes[1], root, name, place, k)
        if not answer.exists or k == order:
            return answer
        value = answer.value
        if value is None:
            return AtPoint(reason="undecided", failed_order=k)
    raise AssertionError("unreachable")


def _exact_value(constant: Node) -> Any:
    settled = symbolic.evaluate(constant)
    if isinstance(settled, Fraction):
        return sympy.Rational(settled.numerator, settled.denominator)
    try:
        value = symbolic.to_sympy(constant)
    except symbolic.FAILURES:
        return None
    return value if symbolic.is_constant(value) and not value.has(S.NaN, S.ComplexInfinity) else None


def one_sided_slope(root: Node, name: str, place: Node, side: int) -> limits.OneSided:
    """The slope from one side of ``place``: a limit of difference quotients, with its reason where there is none."""
    if isinstance(symbolic.evaluate(substitute(root, {Name(name): place})), numeric.Undefined):
        return limits.OneSided(None, "undefined")
    value = _exact_value(substitute(root, {Name(name): place}))
    if value is None:
        return limits.OneSided(None, "undecided")
    seen = approach(root, name, place, side)
    if seen.real is False:
        return limits.OneSided(None, "not-real")
    return _slope(seen.tree if seen.settled else root, name, place, side, value)


def as_float(value: Any) -> tuple[Any, float]:
    """A measured number as a SymPy Float, and its error bound."""
    if isinstance(value, Fraction):
        return sympy.Float(float(value), 15), 0.0
    return sympy.Float(float(value.mid), 15), float(value.rad)


def _slope(root: Node, name: str, place: Node, side: int, value: Any) -> limits.OneSided:
    """lim (f(p + side*h) - f(p))/(side*h) as h falls to 0."""
    try:
        base = symbolic.from_sympy(value)
    except (symbolic.NoClosedForm, TooLarge):
        return limits.OneSided(None, "undecided")
    moved = substitute(root, {Name(name): Call("+" if side > 0 else "-", (place, Name(_H)))})
    rise = Call("-", (moved, base)) if value != 0 else moved
    run: Node = Name(_H) if side > 0 else Call("neg", (Name(_H),))
    return limits.one_sided(Call("/", (rise, run)), _H, Number(0), 1)


def _compare(
    left: limits.OneSided, right: limits.OneSided, root: Node, name: str, place: Node, order: int
) -> AtPoint:
    evidence = limits.weakest(left.evidence, right.evidence)
    shown = {"left": left.value, "right": right.value, "failed_order": order, "evidence": evidence}
    missing = [
        side for side, one in (("left", left), ("right", right)) if one.reason in ("not-real", "undefined")
    ]
    if missing:
        real_side = "" if len(missing) == 2 else "right" if missing == ["left"] else "left"
        return AtPoint(reason="not-real", real_side=real_side, **shown)
    if order == 1 and (jump := _jump(root, name, place)) is not None:
        return AtPoint(reason="jump", from_left=jump[0], from_right=jump[1], **shown)
    if "oscillates" in (left.reason, right.reason):
        return AtPoint(reason="oscillates", **shown)
    if left.value is None or right.value is None:
        return AtPoint(reason="undecided", failed_order=order)
    if left.value.is_infinite or right.value.is_infinite:
        if order == 1 and (far := _measured_jump(root, name, place)) is not None:
            return AtPoint(
                reason="jump", from_left=far[0], from_right=far[1], **shown | {"evidence": "numeric"}
            )
        return AtPoint(reason="vertical-tangent", **shown)
    equal = limits.same_value(left.value, right.value)
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


def _measured_jump(root: Node, name: str, place: Node) -> tuple[Any, Any] | None:
    """What f comes to on each side, in numbers, where that is not f's value: slopes of jumps are infinite too.

    For where ``_jump`` has no limits to compare. Beside a vertical tangent f closes in on its value, however slowly.
    """
    here = symbolic.evaluate(substitute(root, {Name(name): place}), 20)
    if not isinstance(here, Fraction | numeric.Ball):
        return None
    reached, jumps = [], False
    for side in (-1, 1):
        values = [
            v for v in approach(root, name, place, side).values if isinstance(v, Fraction | numeric.Ball)
        ]
        if len(values) < 3:
            return None
        gaps = [abs(numeric.as_mpf(v, 30) - numeric.as_mpf(here, 30)) for v in values]
        jumps = jumps or bool(gaps[-1] > 0 and gaps[-1] > gaps[0] * _STILL_APART)
        reached.append(as_float(values[-1])[0])
    return (reached[0], reached[1]) if jumps else None


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
    value = symbolic.value_tree(there.value)
    formula = symbolic.derivative(root, [first]).tree
    if formula is None or value is None:
        return AtPoint(reason="undecided", failed_order=2)
    for side in (-1, 1):
        for rung in rungs(point[second], side):
            line = decided(substitute(root, {Name(second): rung}))
            if specials(line, [first], {Name(first): point[first]}) != []:
                return AtPoint(reason="undecided", failed_order=2)
    beside = decided(substitute(formula, {Name(first): point[first]}))
    partial = Call("Piecewise", (value, Call("==", (Name(second), point[second])), beside, TRUE))
    answer = of_one_variable(partial, second, point[second], 1)
    return answer if answer.exists else replace(answer, failed_order=2)


def _jump(root: Node, name: str, place: Node) -> tuple[Any, Any] | None:
    """The one-sided limits of f itself where they differ from f's value."""
    left = limits.one_sided(root, name, place, -1)
    right = limits.one_sided(root, name, place, 1)
    if left.value is None or right.value is None:
        return None
    here = _exact_value(substitute(root, {Name(name): place}))
    if here is None:
        return None
    if limits.same_value(left.value, here) is False or limits.same_value(right.value, here) is False:
        return left.value, right.value
    return None
