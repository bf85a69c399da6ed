"""Kinks: is there a derivative at this very point, and what is it?

    gradient(abs(x * x), targets=[x])  # at 0: [0.0], because there is a derivative
    gradient(abs(x), targets=[x])      # at 0: NotDifferentiable, left -1, right 1

Backward mode comes here when it met a corner, a jump or a division by zero on its way. Then:

1. Elements that the result does not structurally depend on (the branch that ``where`` did not take) are
   masked out; whatever happens there means nothing.
2. The graph is evaluated *on one side* of the point: each node's limit and one-sided slope as the inputs
   move from the point along a direction d. At a corner the slope is the directional (Bouligand)
   derivative, which obeys the chain rule for Lipschitz functions [Scholtes, Introduction to Piecewise
   Differentiable Equations, 2012, ch. 3]; at a jump the limit is what differs; at a vertical tangent
   the slope is infinite. What cannot be determined (0 * oo, a step whose argument moves by second order
   only) is NaN, and NaN spreads.
3. Where value and slope do not tell, the graph is evaluated along the ray to any order (``germs.py``).
4. The derivative exists when both sides of every direction agree with one linear map. One direction in
   which they do not is proof that it does not exist. NaN proves nothing: undecided.
5. A derivative of a derivative is recorded with its gaps filled in: where its value is a limit, a node holds
   that limit, and the graph behind it tells the next derivative in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from calcgrad.autodiff import cells, germs
from calcgrad.autodiff.conditions import stepped
from calcgrad.autodiff.dispatch import evaluate
from calcgrad.autodiff.forward import push
from calcgrad.autodiff.germs import Germ
from calcgrad.autodiff.indexing import PICK, scatter
from calcgrad.autodiff.rules import COMPARISONS, Row, row
from calcgrad.autodiff.variable import Variable, input_values
from calcgrad.autodiff.variable import record as _record
from calcgrad.autodiff.walk import Walk, finite, needed, nodes
from calcgrad.errors import NotDifferentiable, TooLarge, UndecidedError, UsageError

Masks = dict[int, Any]


def filled(x: Any, **_: Any) -> Any:
    """x, where it is a number; a limit elsewhere."""
    return x


FILLED = row(filled, lambda g, out, x, **_: g, elementwise=True, scalar=None, floats=False)

_policy: ContextVar[str] = ContextVar("calcgrad_kinks", default="report")
_edges: ContextVar[str] = ContextVar("calcgrad_edges", default="report")


@contextmanager
def at_kinks(policy: str) -> Iterator[None]:
    """Inside ``with at_kinks("subgradient")`` a corner has the slope of one of its branches, as in PyTorch.

    "report", the default, raises instead. Infinite slopes and values that do not exist are raised always.
    Raises UsageError for another word.
    """
    if policy not in ("report", "subgradient"):
        raise UsageError(f"at a kink one can 'report' or take a 'subgradient', not {policy!r}")
    token = _policy.set(policy)
    try:
        yield
    finally:
        _policy.reset(token)


@contextmanager
def at_edges(policy: str) -> Iterator[None]:
    """Inside ``with at_edges("nan")`` a gradient where there is no number, or none just beside, is NaN.

    A line search may step out of a domain and come back. "report", the default, raises instead. Raises UsageError for
    another word.
    """
    if policy not in ("report", "nan"):
        raise UsageError(f"at an edge one can 'report' or answer 'nan', not {policy!r}")
    token = _edges.set(policy)
    try:
        yield
    finally:
        _edges.reset(token)


def answers_nan() -> bool:
    """Has the user asked for NaN where there is no number?"""
    return _edges.get() == "nan"


def excused(error: Exception) -> bool:
    """Has the user asked for NaN instead of this error?"""
    outside = isinstance(error, TooLarge) or (isinstance(error, NotDifferentiable) and error.kind in _OUTSIDE)
    return answers_nan() and outside


_OUTSIDE = ("undefined", "not-real", "vertical-tangent")

# --- values that are not finite -----------------------------------------------------------------------


def require_finite(root: Variable) -> None:
    """Raise, naming the function, when finite inputs were turned into NaN or infinity on the way to root."""
    if finite(root.value):
        return
    order = nodes(root)
    _blame(order, live_masks(root, np.ones(root.shape), order))


def _blame(order: list[Variable], live: Masks) -> None:
    """Raise for the first function, in the order of evaluation, whose finite inputs gave NaN or infinity."""
    for node in reversed(order):
        row = node.row
        if row is None or row.flat or row is PICK:
            continue
        bad = ~np.isfinite(node.value) & live.get(node.number, False)
        if not np.any(bad):
            continue
        values = input_values(node)
        finite = [np.isfinite(x) for x in values if x is not None]
        if row.elementwise:
            for mask in finite:
                bad = bad & mask
            if not np.any(bad):
                continue
        elif not all(np.all(mask) for mask in finite):
            continue
        raise _undefined(row, node, values, bad)


def _undefined(row: Row, node: Variable, values: tuple[Any, ...], bad: Any) -> Exception:
    flags: list[str] = []
    with np.errstate(all="ignore", over="call", call=lambda kind, flag: flags.append(kind)):
        row.function(*(np.float64(x) if type(x) is float else x for x in values), **(node.params or {}))
    if flags:
        return TooLarge(f"{row.name} is too large for a floating-point number")
    if row.name in ("divide", "reciprocal", "mod", "fmod"):
        return NotDifferentiable("division by zero", function=row.name, kind="undefined")
    if np.any(np.isnan(node.value) & bad) and not row.undefined:
        return NotDifferentiable(f"{row.name} is not real", function=row.name, kind="not-real")
    return NotDifferentiable(f"{row.name} is not defined", function=row.name, kind="undefined")


# --- structure: who depends on whom -------------------------------------------------------------------


def _any_over(mask: Any, shape: tuple[int, ...]) -> Any:
    """A mask in the shape of an input that was broadcast to it."""
    extra = mask.ndim - len(shape)
    mask = mask.any(axis=tuple(range(extra))) if extra > 0 else mask
    axes = tuple(i for i, n in enumerate(shape) if n == 1 and np.shape(mask)[i] != 1) if extra >= 0 else ()
    if axes:
        mask = mask.any(axis=axes, keepdims=True)
    return np.broadcast_to(mask, shape)


def live_masks(
    root: Variable, seed: Any, order: list[Variable], *, near: bool = False, real: bool = False
) -> Masks:
    """For each node, the elements on which seed * root structurally depends.

    At the point itself, or with ``near`` at some point beside it: a condition that is exactly on its
    boundary may choose the other branch there. With ``real`` also those that must be numbers nevertheless.
    """
    live: Masks = {root.number: np.not_equal(seed, 0) & np.ones(root.shape, bool)}
    chosen = chosen_elements(order) if near else set()
    with np.errstate(all="ignore"):
        for node in order:
            row = node.row
            mask = live.get(node.number)
            if row is None or mask is None:
                continue
            values = input_values(node)
            for i, x in enumerate(node.inputs):
                if type(x) is Variable:
                    if node.number in chosen:
                        part: Any = np.ones(x.shape, bool)
                    else:
                        part = _live_input(row, i, mask, node, values, near=near, real=real)
                    live[x.number] = live[x.number] | part if x.number in live else part
    return live


def chosen_elements(order: list[Variable]) -> set[int]:
    """The nodes whose elements, and how many there are, were chosen at a boundary, and all that is made of them.

    Beside the point they may be made of any elements, even if there are none at it.
    """
    found: set[int] = set()
    for node in reversed(order):
        inputs = (x.number for x in node.inputs if type(x) is Variable)
        if node.decided == "chose" or not found.isdisjoint(inputs):
            found.add(node.number)
    return found


def _live_input(
    row: Row, i: int, mask: Any, node: Variable, values: tuple[Any, ...], *, near: bool, real: bool
) -> Any:
    shape = np.shape(values[i])
    params = node.params or {}
    if row is PICK:
        return scatter(mask.astype(float), shape, params["index"]) != 0 if i == 0 else np.ones(shape, bool)
    if row is FILLED:
        return mask if near else mask & np.isfinite(values[i])
    rule = None if row.flat else row.rules[0 if row.variadic else i]
    if row.selects and rule is not None:
        g = mask.astype(float)
        which = (i,) if row.variadic else ()
        part = np.asarray(rule(*which, g, node.value, *values, **params))
        taken = (part != 0) | np.isnan(part)
        if row.elementwise and row.corner is not None:
            taken = taken | (mask & row.corner(*values, **params))
            # max and min are numbers only where both of their arguments are
            taken = taken | (mask & (True if real else ~np.isfinite(values[i])))
        if near and row.function is np.where and type(node.inputs[0]) is Variable:
            taken = taken | (mask & _may_flip(node.inputs[0]))
        if near and row.corner is not None and any(stepped(each) for each in node.inputs):
            taken = taken | (
                mask if row.elementwise else np.any(mask)
            )  # beside the step other elements may tie
        elif near and row.function is np.sort and np.any(mask):
            taken = taken | _tied(values[0], **params)
        return _any_over(np.asarray(taken), shape)
    if row.elementwise:
        return _any_over(mask, shape)
    return np.full(shape, bool(mask.any()))


def _may_flip(condition: Variable) -> Any:
    """The elements of a condition that are on their boundary."""
    row = condition.row
    if row is not None and row.function in COMPARISONS:
        steps = [_may_flip(x) for x in condition.inputs if stepped(x)]
        return np.logical_or.reduce(np.broadcast_arrays(np.equal(*input_values(condition)), *steps))
    if row is not None and row.jump is not None:
        return row.jump(*input_values(condition), **(condition.params or {}))
    parts = [_may_flip(x) for x in condition.inputs if type(x) is Variable]
    if row is not None and not row.elementwise:
        return np.full(condition.shape, any(np.any(part) for part in parts))
    return np.logical_or.reduce(np.broadcast_arrays(*parts)) if parts else np.False_


def _tied(a: Any, axis: Any = -1) -> Any:
    """The elements of which there are equals along an axis."""
    if axis is None:
        return _tied(np.ravel(a)).reshape(np.shape(a))
    order = np.argsort(a, axis)
    equal = np.diff(np.take_along_axis(a, order, axis), axis=axis) == 0
    ends = [[(0, 0)] * np.ndim(a) for _ in range(2)]
    ends[0][axis], ends[1][axis] = (1, 0), (0, 1)
    beside = np.pad(equal, ends[0]) | np.pad(equal, ends[1])
    return np.take_along_axis(beside, np.argsort(order, axis), axis)


def moving_masks(order: list[Variable], targets: Sequence[Variable]) -> Masks:
    """For each node that depends on a target, the elements that structurally do."""
    moving: Masks = {target.number: np.ones(target.shape, bool) for target in targets}
    uncertain = chosen_elements(order)
    with np.errstate(all="ignore"):
        for node in reversed(order):
            row = node.row
            if row is None or node.number in moving:
                continue
            parts = [moving.get(x.number) if type(x) is Variable else None for x in node.inputs]
            if all(part is None for part in parts):
                continue
            shape = np.shape(node.value)
            if node.number in uncertain:
                mask: Any = np.ones(shape, bool)
            elif row.elementwise and row.function is np.where:
                condition, *branches = (False if part is None else part for part in parts)
                mask = np.where(node.inputs[0] if parts[0] is None else True, *branches) | condition
                mask = mask | (branches[0] | branches[1] if parts[0] is not None else False)
            elif row.elementwise:
                mask = np.logical_or.reduce(
                    [np.broadcast_to(part, shape) for part in parts if part is not None]
                )
                if row.selects and row.corner is not None and not any(map(stepped, node.inputs)):
                    # beside its corner it is one of its arguments
                    moved = [None if part is None else part.astype(float) for part in parts]
                    chosen = push(row, node.value, input_values(node), moved, node.params)
                    at_corner = row.corner(*input_values(node), **(node.params or {}))
                    mask = mask & (at_corner | (False if chosen is None else np.not_equal(chosen, 0)))
            elif row.selects and row.linear == "jointly" and row is not PICK:
                floats = [
                    np.zeros(np.shape(x)) if part is None else part.astype(float)
                    for x, part in zip(input_values(node), parts)
                ]
                mask = np.asarray(evaluate(row, floats, node.params)) != 0
            elif row is PICK and parts[0] is not None:
                mask = parts[0][(node.params or {})["index"]]
            else:
                mask = np.ones(shape, bool)
            moving[node.number] = np.broadcast_to(mask, shape)
    return moving


# --- one side of the point ----------------------------------------------------------------------------


class Side:
    """The graph evaluated at the limit x + 0*d: values, one-sided slopes, and who made them infinite."""

    def __init__(self, order: list[Variable], directions: Masks, moving: Masks, live: Masks) -> None:
        self.moving = moving
        self.live = live
        self.value: Masks = {}
        self.slope: Masks = dict(directions)
        self.steep: str | None = None
        self.unsettled: str | None = None
        self.ended: str | None = None
        self.edge = False
        with np.errstate(all="ignore"):
            for node in reversed(order):
                if node.number in moving and node.number not in directions and node.row is not None:
                    self._evaluate(node, node.row)

    def limit(self, node: Variable) -> Any:
        return self.value.get(node.number, node.value)

    def _evaluate(self, node: Variable, row: Row) -> None:
        inputs = node.inputs
        params = node.params or {}
        v = tuple(self.limit(x) if type(x) is Variable else x for x in inputs)
        t = [self.slope.get(x.number) if type(x) is Variable else None for x in inputs]
        v = tuple(np.float64(x) if type(x) is float else x for x in v)
        if any(type(x) is Variable and x.number in self.value for x in inputs):
            out = node.value if _is_truth(node) or row.function is np.where else evaluate(row, v, params)
        else:
            out = node.value
        out = np.float64(out) if type(out) is float else out
        moves = self.moving[node.number]
        zero = [np.zeros(np.shape(x)) if part is None else part for x, part in zip(v, t)]
        if row.function in COMPARISONS:
            slope: Any = 0.0
            out = self._compare(row, v, zero, moves)
            lost = [np.isnan(x) & ~np.isnan(there) for x, there in zip(v, input_values(node))]
            out = np.where(lost[0] | lost[1], np.nan, out)
        elif _is_truth(node):
            unknown = np.logical_or.reduce(np.broadcast_arrays(*(np.isnan(x) for x in v)))
            known = evaluate(row, [np.not_equal(x, 0) for x in v], params)
            out, slope = np.where(unknown, np.nan, known), 0.0
        elif row.function is np.where:
            out, slope = self._where(v, zero, moves)
        elif row.corner is not None and row.side is not None and np.any(row.corner(*v, **params)):
            slope = row.side(zero, *v, **params)
        elif row.flat:
            slope = 0.0
        elif row.elementwise:
            terms = [None if part is None else self._masked(part, x) for part, x in zip(t, inputs)]
            slope = push(row, out, v, terms, params)
            slope = 0.0 if slope is None else slope
        else:
            slope = push(row, out, v, t, params)
            slope = 0.0 if slope is None else slope
        slope = np.where(moves, slope, 0.0)
        jumping = [x for x, rule in zip(inputs, row.rules) if rule is None] or inputs
        moved = any(type(x) is Variable and x.number in self.moving for x in jumping)
        if row.jump is not None and moved and row.function not in COMPARISONS:
            out = self._past_jump(row, v, zero, out, moves, params)
        at_edge = row.edge is not None and np.any(row.edge(*inputs, **params))
        self.edge = self.edge or bool(at_edge and np.any(self.live.get(node.number, False)))
        if row.elementwise and row.function is not np.where and (at_edge or not np.all(np.isfinite(slope))):
            out, slope = self._inside(row, v, zero, out, slope, params)
        mask = self.live.get(node.number, False)
        if (
            self.ended is None
            and np.any(mask & ~np.isfinite(slope))
            and all(np.all(np.isfinite(part)) for part in zero)
        ):
            if np.any(mask & np.isinf(slope)):
                self.steep = self.steep or row.name
            else:
                self.unsettled = self.unsettled or row.name
        if not np.array_equal(out, node.value):
            self.value[node.number] = out
        self.slope[node.number] = slope

    def _masked(self, part: Any, x: Any) -> Any:
        return np.where(self.moving[x.number], part, 0.0)

    def _compare(self, row: Row, v: Any, t: Any, moves: Any) -> Any:
        """At a tie the side on which the difference moves decides; if it does not move, nobody knows."""
        tie = np.equal(*v) & moves
        decided = np.where(np.equal(*t) | np.isnan(t[0]) | np.isnan(t[1]), np.nan, row.function(*t))
        return np.where(tie, decided, row.function(*v))

    def _where(self, v: Any, t: Any, moves: Any) -> Any:
        condition, x, y = v
        unknown = np.isnan(condition) if np.asarray(condition).dtype == float else np.False_
        chosen = np.where(unknown, False, condition).astype(bool)
        out = np.where(chosen, x, y)
        slope = np.where(chosen, t[1], t[2])
        if np.any(unknown):
            same = np.equal(x, y) & np.equal(t[1], t[2])
            out = np.where(unknown & ~same, np.nan, out)
            slope = np.where(unknown & ~same, np.nan, slope)
        return out, slope

    def _ray(self, v: Any, t: Any) -> tuple[Any, ...]:
        """A point just beside v, in the direction t."""
        steps = [np.where(np.isinf(part), np.sign(part), part) for part in t]
        reach = max(float(np.max(np.abs(np.nan_to_num(step)), initial=0.0)) for step in steps) or 1.0
        size = max(float(np.max(np.abs(np.nan_to_num(x)), initial=0.0)) for x in v if x is not None)
        hair = 1e-12 * max(size, 1.0) / reach
        return tuple(x if x is None else x + hair * step for x, step in zip(v, steps))

    def _past_jump(self, row: Row, v: Any, t: Any, out: Any, moves: Any, params: dict[str, Any]) -> Any:
        """The one-sided limit of a step: its value a hair beside the point."""
        at = row.jump(*v, **params) & moves  # type: ignore[misc]
        if not np.any(at):
            return out
        still = np.logical_and.reduce(np.broadcast_arrays(*(np.equal(part, 0) for part in t)))
        beside = evaluate(row, self._ray(v, t), params)
        return np.where(at, np.where(still, np.nan, beside), out)

    def _inside(self, row: Row, v: Any, t: Any, out: Any, slope: Any, params: dict[str, Any]) -> Any:
        """At an edge, or where the slope is infinite, the function may end: outside there is no limit."""
        beside = evaluate(row, self._ray(v, t), params)
        outside = np.isnan(beside) & ~np.isnan(out)
        if row.edge is not None and np.any(outside & np.isfinite(slope)):
            self.ended = self.ended or row.name
        return np.where(outside, np.nan, out), np.where(outside, np.nan, slope)


class Ray:
    """The graph along the ray x + s*d for small s > 0, to any order: each node's germ."""

    def __init__(
        self, order: list[Variable], directions: Masks, moving: Masks, live: Masks, most: float = germs.MOST
    ) -> None:
        self.moving = moving
        self.germs: dict[int, Germ] = {}
        self.truth: Masks = {}
        self.void: str | None = None
        self.steep: str | None = None
        self.unknown: str | None = None
        with np.errstate(all="ignore"):
            for node in reversed(order):
                if node.number in directions:
                    self.germs[node.number] = Germ.moving(node.value, directions[node.number], most)
                elif node.number in moving and node.row is not None:
                    self._evaluate(node, node.row)
                    self._name(node, node.row, live.get(node.number, False))

    def germ(self, node: Variable) -> Germ:
        if node.number in self.truth:
            truth = self.truth[node.number]
            return Germ({germs.ONE: np.nan_to_num(truth)}, np.where(np.isnan(truth), -np.inf, np.inf))
        found = self.germs.get(node.number)
        return Germ.constant(node.value) if found is None else found

    def _input(self, x: Any) -> Any:
        if type(x) is not Variable:
            return x
        return self.germ(x) if x.number in self.germs or x.number in self.truth else x.value

    def _condition(self, x: Any) -> Any:
        if type(x) is not Variable:
            return x
        if x.number in self.germs:
            return germs.compare(np.not_equal, self.germs[x.number], 0.0, x.value != 0)
        return self.truth.get(x.number, x.value)

    def _evaluate(self, node: Variable, row: Row) -> None:
        inputs, params = node.inputs, node.params or {}
        if row is PICK:
            inputs = (*inputs[:1], None)
        try:
            if row.function in COMPARISONS:
                finite = [np.isfinite(x) for x in input_values(node)]
                plain = np.where(np.logical_and(*finite) & self.moving[node.number], np.nan, node.value)
                x, y = (germs.germ(self._input(x)) for x in inputs)
                # A tie that a rule meets along the whole ray says nothing of slopes.
                tied = plain if node.decided == "rule" else None
                self.truth[node.number] = germs.compare(row.function, x, y, plain, tied)
            elif _is_truth(node) and row.elementwise:
                v = [np.asarray(self._condition(x), float) for x in inputs]
                unknown = np.logical_or.reduce(np.broadcast_arrays(*(np.isnan(x) for x in v)))
                self.truth[node.number] = np.where(
                    unknown, np.nan, evaluate(row, [x != 0 for x in v], params)
                )
            elif _is_truth(node):  # rearranged truth values, as numbers
                made = germs.joined(row, [self._input(x) for x in inputs], params)
                self.truth[node.number] = np.where(
                    np.isposinf(made.known), made.coefficient(germs.ONE), np.nan
                )
            elif row is FILLED:
                slope = self._slope(params["root"], params["target"], params["weight"])
                self._keep(node, self._input(inputs[0]) if slope is None else slope)
            elif row.function is np.where:
                condition, *branches = inputs
                self._keep(node, germs.where(self._condition(condition), *map(self._input, branches)))
            else:
                apply = germs.elementwise if row.elementwise else germs.joined
                made = apply(row, [self._input(x) for x in inputs], params)
                if row.flat and row.jump is not None:  # along its step: the slope of |x| is no sign(0)
                    along = row.jump(*input_values(node), **params) & self.moving.get(node.number, True)
                    still = [self._input(x) for x in inputs]
                    for x in still:
                        along = along & (x.still() if type(x) is Germ else True)
                    made = germs.unknown(made, along)
                self._keep(node, made)
        except (ArithmeticError, TypeError, ValueError, AttributeError, IndexError, NotDifferentiable):
            # a rule that does what no germ knows
            self._keep(node, Germ({}, np.full(node.shape, -np.inf)))

    def _slope(self, root: Variable, target: Variable, weight: Any) -> Germ | None:
        """Of one number by one number, the slope along the ray: that of a chain, without its cancellations."""
        if root.size != 1 or target.size != 1 or type(weight) is Variable:
            return None
        after = {target.number}
        behind = nodes(root)
        for node in reversed(behind):
            inputs = [x for x in node.inputs if type(x) is Variable]
            moved = [x.number for x in inputs if x.number in after or self._moves(x)]
            if not after.isdisjoint(moved):
                if not after.issuperset(moved):
                    return None  # something else moves too
                after.add(node.number)
        for node in reversed(behind):
            if node.number in after and node.row is not None and not self._moves(node):
                self._evaluate(node, node.row)
        whole, part = (germs.total(self.germ(x)).derivative() for x in (root, target))
        slope: Germ = whole / part * float(np.ravel(weight)[0])
        return slope

    def _moves(self, x: Variable) -> bool:
        return x.number in self.germs or x.number in self.truth

    def _keep(self, node: Variable, germ: Germ) -> None:
        self.germs[node.number] = germs.spread(germ, node.shape)

    def _name(self, node: Variable, row: Row, live: Any) -> None:
        """Remember the first function that ends, is steep or is not known, on what matters."""
        germ = self.germs.get(node.number)
        if germ is None:
            return
        name = row.name
        if self.void is None and np.any(germ.void & live):
            self.void = name
        if self.unknown is None and np.any((germ.known <= 1) & ~germ.void & live):
            self.unknown = name
        if self.steep is None and np.any(np.isinf(germ.slope()) & live):
            self.steep = name


def _is_truth(node: Variable) -> bool:
    return bool(np.asarray(node.value).dtype == bool)


# --- the decision -------------------------------------------------------------------------------------


def settle(
    root: Variable,
    seed: Any,
    order: list[Variable],
    targets: Sequence[Variable],
    adjoints: list[Any],
    *,
    record: bool = False,
) -> list[Any]:
    """The adjoints where there is a derivative; NotDifferentiable or UndecidedError where there is not.

    Of targets that depend on each other, only those furthest back are held to account: |z| has no
    derivative at z = x**2 = 0, but it has one with respect to x.
    """
    plain_seed = seed.value if type(seed) is Variable else seed
    live = live_masks(root, plain_seed, order, near=True)
    reach = live_masks(root, plain_seed, order, near=True, real=True)
    live = {number: live.get(number, np.zeros_like(mask)) for number, mask in reach.items()}
    first = _furthest_back(order, targets)
    reached = needed(order, {target.number for target in first})
    chosen = chosen_elements(order)
    relevant = [
        node
        for node in order
        if (np.any(reach.get(node.number, False)) or (node.number in chosen and node.number in reach))
        and (reached is None or node.number in reached)
    ]
    _blame(relevant, live_masks(root, plain_seed, order))
    masked = Walk(root, seed, order, targets, record=record, live=live).run()
    mine = [i for i, target in enumerate(targets) if any(target is other for other in first)]

    def joined() -> Any:
        return np.concatenate([np.ravel(_plain(masked[i])) for i in mine]) if mine else np.zeros(0)

    slopes = joined()
    if _policy.get() == "subgradient" and np.all(np.isfinite(slopes)):
        return masked
    behind = [*targets, *(node for node in order if reached is None or node.number in reached)]
    if any(node.decided is True for node in behind):  # the path, even if nothing of it is left in the result
        raise UndecidedError("a comparison was decided exactly at its boundary")
    chose = any(node.decided == "chose" for node in relevant)
    moving = moving_masks(relevant, first)
    kinks = [node for node in reversed(relevant) if _is_kinked(node, moving, live)]
    aside = any(np.any(mask & ~live[number]) for number, mask in reach.items() if number in moving)
    if not kinks and not aside and not chose and np.all(np.isfinite(slopes)):
        return masked
    weight = np.where(np.equal(plain_seed, 0), 0.0, plain_seed)
    mine_targets = [targets[i] for i in mine]
    if not np.all(np.isfinite(slopes)):
        matters = _without_rest(relevant, mine_targets, moving, live, record=record)
        masked = Walk(root, seed, order, targets, record=record, live=matters).run()
        slopes = joined()
    exact = _by_cells(root, weight, relevant, mine_targets, slopes, moving, reach, kinks, chose=chose)
    if exact is None and chose:
        raise UndecidedError("a comparison chose elements exactly at its boundary")
    ruled = [n for n in kinks if n.decided == "rule" or (cells.is_choice(n) and n.row and n.row.corner)]
    if exact is None and ruled:  # of a tie a rule says the slope of one branch
        raise UndecidedError(f"whether {_names(kinks)} has a derivative here could not be settled")
    if exact is None:
        exact = _decide(root, weight, relevant, mine_targets, slopes, moving, live, reach, kinks)
    if exact is not slopes:
        start = 0
        for i in mine:
            part = exact[start : start + targets[i].size]
            whole = part.reshape(targets[i].shape).astype(targets[i].dtype)
            found = float(part[0]) if type(targets[i].value) is float else whole
            of = {"root": root, "target": targets[i], "weight": seed}
            masked[i] = _record(FILLED, found, (masked[i],), of) if record else found
            start += targets[i].size
    return masked


def _by_cells(
    root: Variable,
    weight: Any,
    order: list[Variable],
    targets: Sequence[Variable],
    slopes: Any,
    moving: Masks,
    live: Masks,
    kinks: list[Variable],
    *,
    chose: bool,
) -> Any:
    """``slopes`` if they are the derivative, the derivative if it is another; None if first order does not tell."""
    if not (kinks or chose) or not np.all(np.isfinite(slopes)):
        return None
    try:
        verdict = cells.derivative(root, weight, order, targets, moving, live)
    except cells.Blurred:
        raise _blurred(kinks) from None
    except (cells.Open, ArithmeticError, TypeError, ValueError, AttributeError, IndexError):
        return None
    names, found = _names(kinks), verdict.slopes
    if verdict.jumps:
        raise NotDifferentiable(f"{names} has a jump", function=names, kind="jump")
    if verdict.other is not None:
        sides = sorted((found, verdict.other), key=lambda c: c is found) if len(found) == 1 else []
        raise _corner(names, kinks, *(float(side[0]) + 0.0 for side in sides))
    scale = float(np.max(np.abs(found), initial=0.0))
    return slopes if np.allclose(slopes, found, rtol=1e-9, atol=1e-12 * scale) else found


def _without_rest(
    order: list[Variable], targets: Sequence[Variable], moving: Masks, live: Masks, *, record: bool
) -> Masks:
    """``live`` without the elements that do not move in first order; for further derivatives, in any.

    An infinite slope behind them means nothing: sqrt(sum((x - x)**2)) is zero wherever x is.
    """
    if sum(node.size for node in order) > _MOST:
        return live
    matters = dict(live)
    resting: Masks = {}
    for d in _directions(targets)[:3]:
        for direction in (d, -d):
            ray = Ray(order, _split(direction, targets), moving, live)
            for node in order:
                germ = ray.germs.get(node.number)
                if germ is None:
                    continue
                with np.errstate(all="ignore"):  # x/norm(x) is constant along each ray, and yet moves
                    rests = (germ.still() if record else germ.slope() == 0) & (germ.limit() == node.value)
                resting[node.number] = resting.get(node.number, True) & rests
    for number, rests in resting.items():
        if number in matters:
            matters[number] = matters[number] & ~rests
    return matters


def _plain(adjoint: Any) -> Any:
    return adjoint.value if type(adjoint) is Variable else adjoint


def _names(kinks: list[Variable]) -> str:
    if not kinks:
        return "the function"
    row = kinks[0].row
    return "where" if row is None or row.function in COMPARISONS else row.name


def _furthest_back(order: list[Variable], targets: Sequence[Variable]) -> list[Variable]:
    """The targets that depend on no other target."""
    wanted = {target.number for target in targets}
    after: set[int] = set()
    for node in reversed(order):
        if any(type(x) is Variable and (x.number in wanted or x.number in after) for x in node.inputs):
            after.add(node.number)
    return [target for target in targets if target.number not in after]


def _is_kinked(node: Variable, moving: Masks, live: Masks) -> bool:
    return (
        node.row is not None and node.number in moving and bool(np.any(_kinked_elements(node, moving, live)))
    )


def _kinked_elements(node: Variable, moving: Masks, live: Masks) -> Any:
    """The elements of a node, among those that matter, at which its function has a kink."""
    row = node.row
    at: Any = np.zeros(node.shape, bool)
    for predicate in (row.corner, row.jump) if row is not None else ():
        if predicate is not None:
            at = at | predicate(*input_values(node), **(node.params or {}))
    if row is not None and row.edge is not None:
        at = at | row.edge(*node.inputs, **(node.params or {}))
    return at & moving[node.number] & live[node.number]


def _directions(targets: Sequence[Variable]) -> list[Any]:
    """All ones first; then dense directions at random, enough to determine a linear map of a few inputs."""
    size = sum(target.size for target in targets)
    if size == 1:
        return [np.ones(1)]
    random = np.random.default_rng(0)
    number = 8 + (size if size <= _FEW else 0)
    signs = random.choice((-1.0, 1.0), (number, size))
    return [np.ones(size), *(signs * random.uniform(0.5, 1.5, (number, size)))]


_MANY = 512  # so many are moved one by one, where nothing else tells
_OPEN = 4  # sides that may stay open before the answer is undecided
_FEW = 32  # so many inputs are solved for one by one


def _decide(
    root: Variable,
    weight: Any,
    order: list[Variable],
    targets: Sequence[Variable],
    slopes: Any,
    moving: Masks,
    live: Masks,
    reach: Masks,
    kinks: list[Variable],
) -> Any:
    """``slopes`` if they are the derivative, the derivative if it is another; raises otherwise."""
    directions = _directions(targets)
    derivatives: list[float] = []
    arguments: list[list[Any]] = []
    outputs: list[list[Any]] = []
    unsettled: str | None = None
    opened: list[Any] = []  # directions that did not tell
    blame = _names(kinks) if kinks else ""

    def probe(d: Any) -> None:
        nonlocal unsettled, blame
        right = _approach(root, weight, order, targets, d, moving, reach)
        left = _approach(root, weight, order, targets, -d, moving, reach)
        gap = abs(right.slope + left.slope)
        parted = right.settled and left.settled and gap > 1e-9 * max(abs(right.slope), abs(left.slope))
        if parted or right.jumps or left.jumps:
            lost = cells.rounding(root, weight, order, targets, d, moving, reach)
            if np.isinf(lost) or (parted and gap <= lost):
                raise _blurred(kinks)
        _refuse_kink(right, left, kinks, single=len(d) == 1)
        blame = blame or right.blame or left.blame
        for side in (right, left):
            if not side.settled:
                unsettled = unsettled or side.blame or _names(kinks)
                opened.append(d)
        if len(opened) >= _OPEN:  # the other directions would say no more
            raise UndecidedError(f"whether {unsettled} has a derivative here could not be settled")
        derivatives.append(right.slope)
        outputs.append(
            [np.broadcast_to(right.speed(x), x.shape)[_kinked_elements(x, moving, live)] for x in kinks]
        )
        arguments.append(_kink_arguments(kinks, right, moving, live))

    try:
        for d in directions:
            probe(d)
    except NotDifferentiable as error:
        # x**y at x = 0 is not defined all around, but along each axis it is
        partial = _partial(probe, derivatives, len(slopes)) if error.kind == "not-real" else None
        if partial is None:
            raise
        return slopes if np.array_equal(slopes, partial) else partial
    if kinks and 1 < len(slopes) <= _FEW and unsettled is None:
        along = _along_kinks(np.array(directions), arguments)
        if any(cells.is_choice(node) for node in kinks):  # which falls otherwise a hair beside
            along = [np.where(np.abs(d) < 1e-12, 0.0, d) for d in along]
        for d in along:
            probe(d)
            for node, gaps in zip(kinks, arguments[-1]):
                # Equal on the kink itself, which rounding has missed.
                if node.row and node.row.function in (np.equal, np.not_equal) and _is_rounded(gaps):
                    unsettled = _names(kinks)
        directions += along
    elif len(slopes) > _FEW and not _harmless(root, weight, order, kinks, moving, live, arguments, outputs):
        unsettled = unsettled or _names(kinks)
    if unsettled is not None:
        raise UndecidedError(f"whether {unsettled} has a derivative here could not be settled")
    matrix, expected = np.array(directions), np.array(derivatives)
    scale = float(np.max(np.abs(expected), initial=0.0))
    if np.all(np.isfinite(slopes)) and np.allclose(matrix @ slopes, expected, rtol=1e-9, atol=1e-12 * scale):
        return slopes
    if len(slopes) > _FEW:  # too many to solve for from a few directions
        solved = _partial(probe, derivatives, len(slopes))
        if solved is None or unsettled is not None:
            raise UndecidedError(f"whether {blame} has a derivative here could not be settled")
    else:
        solved, *_ = np.linalg.lstsq(matrix, expected, rcond=None)
    if not np.allclose(matrix @ solved, expected, rtol=1e-7, atol=1e-10 * scale):
        raise _corner(blame, kinks)
    solved = np.where(np.abs(solved) < 1e-13 * scale, 0.0, solved)
    if len(slopes) > _FEW:
        return solved
    if np.all(np.isfinite(slopes)) and any(
        _chooses_by_several(node, moving, live, targets) for node in kinks
    ):
        unsettled = _names(kinks)
    exact = []
    for unit in np.eye(len(slopes)) if len(slopes) > 1 and unsettled is None else ():
        probe(unit)  # where a choice falls as at the point itself
        exact.append(derivatives[-1])
    if unsettled is not None:
        raise UndecidedError(f"whether {unsettled} has a derivative here could not be settled")
    if exact and not np.allclose(exact, solved, rtol=1e-7, atol=1e-10 * scale):
        raise _corner(blame, kinks)
    return np.array(exact) + 0.0 if exact else solved


def _is_rounded(gaps: Any) -> bool:
    return bool(np.any((gaps != 0) & (np.abs(gaps) < 1e-9)))


def _chooses_by_several(node: Variable, moving: Masks, live: Masks, targets: Sequence[Variable]) -> bool:
    """Does a choice by more than one number fall at the point as it may fall on a line through it, and else nowhere?

    where((x - y)**2 > 0, x, 0) at (0, 0) is x but on that line, which no direction meets by chance.
    """
    if not cells.is_choice(node):
        return False
    order = nodes(node)
    for i in np.argwhere(_kinked_elements(node, moving, live)):
        seed = np.zeros(node.shape)
        seed[tuple(i)] = 1.0
        found = live_masks(node, seed, order, near=True)
        if sum(np.count_nonzero(found.get(target.number, False)) for target in targets) > 1:
            return True
    return False


def _partial(probe: Callable[[Any], None], derivatives: list[float], size: int) -> Any:
    """The derivatives along the axes, where there are several; None where one is missing."""
    if not 1 < size <= _MANY:
        return None
    found = []
    for unit in np.eye(size):
        try:
            probe(unit)
        except NotDifferentiable:
            return None
        found.append(derivatives[-1])
    return np.array(found) + 0.0 if np.all(np.isfinite(found)) else None


def _kink_arguments(kinks: list[Variable], side: _Approach, moving: Masks, live: Masks) -> list[Any]:
    """For each kink, how fast its argument moves: the kink is where u = 0, or where u = v."""
    found = []
    for node in kinks:
        t = [side.speed(x) if type(x) is Variable else 0.0 for x in node.inputs]
        row = node.row
        if row is not None and row.elementwise:
            gap = t[0] - t[1] if len(t) == 2 else t[0]
            at = _kinked_elements(node, moving, live)
            found.append(np.asarray(np.broadcast_to(gap, np.shape(at))[at], float))
        else:
            found.append(np.concatenate([np.ravel(np.asarray(part, float)) for part in t]))
    return found


def _along_kinks(directions: Any, arguments: list[list[Any]]) -> list[Any]:
    """Directions within the kinks, where other kinks may hide: along each of a few, and along several.

    max(0, x - 100*abs(2*x - y)) differs from 0 in a thin wedge along 2*x = y only.
    """
    speeds = np.array([np.concatenate(parts) for parts in arguments])[:, :64]
    speeds = speeds[:, np.all(np.isfinite(speeds), axis=0)]
    normals, *_ = np.linalg.lstsq(directions, speeds, rcond=None)
    straight = np.max(np.abs(directions @ normals - speeds), axis=0) <= 1e-9 * np.max(np.abs(speeds), axis=0)
    normals = normals[:, straight & np.any(speeds, axis=0)]
    number = normals.shape[1]
    each = [(i,) for i in range(number)]
    several = [s for n in range(2, number) for s in combinations(range(number), n)] if number <= 5 else []
    random = np.random.default_rng(1)
    found = []
    for chosen in [*each, *several, tuple(range(number))]:
        basis, singular, _ = np.linalg.svd(normals[:, chosen], full_matrices=False)
        basis = basis[:, singular > 1e-9 * np.max(singular, initial=1e-300)]
        d = random.uniform(0.5, 1.5, len(normals)) * random.choice((-1.0, 1.0), len(normals))
        within = d - basis @ (basis.T @ d)
        if np.max(np.abs(within)) > 1e-6:
            found.append(within)
    return found


def _harmless(
    root: Variable,
    weight: Any,
    order: list[Variable],
    kinks: list[Variable],
    moving: Masks,
    live: Masks,
    arguments: list[list[Any]],
    outputs: list[list[Any]],
) -> bool:
    """Of many inputs: is every kink multiplied by zero, or at rest in first order?"""
    seed = float(weight) if type(root.value) is float else np.asarray(weight)
    adjoints = Walk(root, seed, order, kinks, live=live).run()
    for i, (node, adjoint) in enumerate(zip(kinks, adjoints)):
        at = _kinked_elements(node, moving, live)
        if not np.any([np.any(rates[i]) for rates in outputs]):
            continue
        moves = np.any([parts[i] != 0 for parts in arguments], axis=0)
        if node.row is not None and node.row.elementwise:
            if np.any(np.broadcast_to(adjoint, np.shape(at))[at][moves] != 0):
                return False
        elif np.any(moves) and np.any(np.asarray(adjoint)[at]):
            level = node.row and node.row.level
            if not level or not level(adjoint, *input_values(node), **(node.params or {})):
                return False
    return True


@dataclass(frozen=True, slots=True)
class _Approach:
    """What one side says: the change of the result in the limit, its slope, and whether both are known."""

    slope: float
    jumps: bool
    steep: bool
    settled: bool
    blame: str
    ended: str | None
    speed: Callable[[Variable], Any]  # the slope of any node

    @classmethod
    def made(cls, change: float, slope: float, size: float, noise: float, **rest: Any) -> _Approach:
        # sin(pi*sign(x)) changes by rounding alone at 0: neither a jump nor proof that there is none.
        rounding = 0 < abs(change) <= noise
        return cls(
            slope,
            jumps=not rounding and abs(change) > 1e-9 * size,
            steep=change == 0 and math.isinf(slope),
            settled=math.isfinite(change) and math.isfinite(slope) and not rounding,
            **rest,
        )


_MOST = 500_000  # numbers in the graph that is looked at to any order


def _approach(
    root: Variable,
    weight: Any,
    order: list[Variable],
    targets: Sequence[Variable],
    d: Any,
    moving: Masks,
    live: Masks,
) -> _Approach:
    directions = _split(d, targets)
    side = Side(order, directions, moving, live)
    used = np.not_equal(weight, 0)
    with np.errstate(all="ignore"):
        limit = np.where(used, side.limit(root), 0.0)
        value = np.where(used, root.value, 0.0)
        change = float(np.sum(weight * (limit - value)))
        slope = float(np.sum(np.where(used, weight * side.slope.get(root.number, 0.0), 0.0)))
        size = float(np.sum(np.abs(weight) * np.maximum(np.abs(limit), np.abs(value))))
        largest = max((float(np.max(np.abs(v), initial=0.0)) for v in side.value.values()), default=0.0)
        noise = 64.0 * np.finfo(float).eps * largest
    ended = side.ended if math.isnan(change) and not side.unsettled else None
    first = _Approach.made(
        change,
        slope,
        size,
        noise,
        blame=side.steep or side.unsettled or "",
        ended=ended,
        speed=lambda x: side.slope.get(x.number, 0.0),
    )
    if (first.settled and not side.edge) or first.jumps or sum(node.size for node in order) > _MOST:
        return first
    for most in (2.5, germs.MOST):  # mostly a few terms do
        closer = _closer(root, weight, order, directions, moving, live, most, first.blame)
        if closer.settled or closer.jumps or closer.steep or closer.ended:
            break
    return closer


def _split(d: Any, targets: Sequence[Variable]) -> Masks:
    directions: Masks = {}
    start = 0
    for target in targets:
        directions[target.number] = d[start : start + target.size].reshape(target.shape)
        start += target.size
    return directions


def _closer(
    root: Variable,
    weight: Any,
    order: list[Variable],
    directions: Masks,
    moving: Masks,
    live: Masks,
    most: float,
    blame: str,
) -> _Approach:
    """The same side to a higher order, where value and slope do not tell."""
    ray = Ray(order, directions, moving, live, most)
    with np.errstate(all="ignore"):
        used = np.not_equal(weight, 0)
        germ = germs.where(used, ray.germ(root), 0.0)
        total = germs.total(germ * np.where(used, weight, 0.0))
        value = float(np.sum(weight * np.where(used, root.value, 0.0)))
        limit, slope = float(total.limit()), float(total.slope())
        size = float(np.sum(np.abs(weight) * np.abs(np.where(used, root.value, 0.0)))) + abs(limit)
        largest = max(
            float(np.max(np.abs(g.coefficient(germs.ONE)), initial=0.0)) for g in ray.germs.values()
        )
    void = bool(total.void)
    return _Approach.made(
        limit - value,
        slope,
        size,
        64.0 * np.finfo(float).eps * max(size, largest),
        blame=(ray.unknown if math.isnan(slope) else ray.steep) or blame,
        ended=ray.void or "the function" if void else None,
        speed=lambda x: ray.germ(x).slope(),
    )


def _refuse_kink(right: _Approach, left: _Approach, kinks: list[Variable], *, single: bool) -> None:
    """Raise if these two sides prove that there is no derivative."""
    names = _names(kinks) if kinks else right.blame or left.blame or _names(kinks)
    if right.jumps or left.jumps:
        raise NotDifferentiable(f"{names} has a jump", function=names, kind="jump")
    if right.steep or left.steep:
        names = right.blame or left.blame or names
        slopes = (0.0 - left.slope if left.steep else None, right.slope if right.steep else None)
        raise NotDifferentiable(
            f"{names} has a vertical tangent",
            function=names,
            kind="vertical-tangent",
            left=slopes[0] if single else None,
            right=slopes[1] if single else None,
        )
    if right.ended or left.ended:
        names = right.ended or left.ended or names
        raise NotDifferentiable(
            f"{names} is real on {'neither side' if right.ended and left.ended else 'one side only'}",
            function=names,
            kind="not-real",
            left=0.0 - left.slope if single and left.settled else None,
            right=right.slope + 0.0 if single and right.settled else None,
        )
    if right.settled and left.settled:
        gap = abs(right.slope + left.slope)
        if gap > 1e-9 * max(abs(right.slope), abs(left.slope)):
            raise _corner(
                names, kinks, 0.0 - left.slope if single else None, right.slope + 0.0 if single else None
            )


def _blurred(kinks: list[Variable]) -> UndecidedError:
    return UndecidedError(f"whether {_names(kinks)} has a corner here is lost in rounding")


def _corner(
    name: str, kinks: list[Variable], left: float | None = None, right: float | None = None
) -> NotDifferentiable | UndecidedError:
    for node in kinks:
        blurred = node.row and node.row.blurred
        if blurred and blurred(*input_values(node), **(node.params or {})):
            return _blurred([node])
    return NotDifferentiable(f"{name} has a corner", function=name, kind="corner", left=left, right=right)
