"""One side of the point: value and slope of every node as the inputs move from the point along a direction.

    approach(graph, d)     # what one side says of the result: does it jump, how steep is it, is it known?

``Side`` evaluates in first order: at a corner the slope is the directional (Bouligand) derivative, which obeys the
chain rule for Lipschitz functions [Scholtes, Introduction to Piecewise Differentiable Equations, 2012, ch. 3]; at a
jump the limit is what differs; at a vertical tangent the slope is infinite. What cannot be determined (0 * oo, a step
whose argument moves by second order only) is NaN, and NaN spreads. ``Ray`` evaluates to any order, by germs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from calcgrad.autodiff import germs
from calcgrad.autodiff.dependence import FILLED, Graph, Masks, live_masks
from calcgrad.autodiff.dispatch import evaluate
from calcgrad.autodiff.forward import push
from calcgrad.autodiff.germs import Germ
from calcgrad.autodiff.indexing import PICK
from calcgrad.autodiff.rules import COMPARISONS, Row
from calcgrad.autodiff.variable import Variable, input_values
from calcgrad.autodiff.walk import nodes
from calcgrad.errors import NotDifferentiable


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
        self.directions = directions
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
                self._keep(node, self._with_gaps(node, self._input(inputs[0])) if slope is None else slope)
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

    def _with_gaps(self, node: Variable, formula: Germ) -> Germ:
        """What its formula has no value for all along the ray, and what stands still, stays what it is."""
        formula = germs.spread(germs.germ(formula), node.shape)
        if not np.any(formula.void) or type(node.inputs[0]) is not Variable:
            return formula
        rests = np.zeros(node.shape, bool)
        behind = nodes(node.inputs[0])
        for i in np.argwhere(formula.void)[:_GAPS]:
            unit = np.zeros(node.shape)
            unit[tuple(i)] = 1.0
            used = live_masks(node.inputs[0], unit, behind, near=True)
            moved = (used.get(n, False) & np.not_equal(d, 0) for n, d in self.directions.items())
            rests[tuple(i)] = not any(map(np.any, moved))
        return germs.where(rests, node.value, formula)

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


_GAPS = 64  # so many are looked at


def _is_truth(node: Variable) -> bool:
    return bool(np.asarray(node.value).dtype == bool)


@dataclass(frozen=True, slots=True)
class Approach:
    """What one side says: the change of the result in the limit, its slope, and whether both are known."""

    slope: float
    jumps: bool
    steep: bool
    settled: bool
    blame: str
    ended: str | None
    speed: Callable[[Variable], Any]  # the slope of any node

    @classmethod
    def made(cls, change: float, slope: float, size: float, noise: float, **rest: Any) -> Approach:
        # sin(pi*sign(x)) changes by rounding alone at 0: neither a jump nor proof that there is none.
        rounding = 0 < abs(change) <= noise
        return cls(
            slope,
            jumps=not rounding and abs(change) > 1e-9 * size,
            steep=change == 0 and math.isinf(slope),
            settled=math.isfinite(change) and math.isfinite(slope) and not rounding,
            **rest,
        )


MOST = 500_000  # numbers in the graph that is looked at to any order


def approach(graph: Graph, d: Any) -> Approach:
    """What the side in direction d says: to first order, and where that does not tell, to any."""
    root, weight = graph.root, graph.weight
    directions = split(d, graph.targets)
    side = Side(graph.order, directions, graph.moving, graph.reach)
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
    first = Approach.made(
        change,
        slope,
        size,
        noise,
        blame=side.steep or side.unsettled or "",
        ended=ended,
        speed=lambda x: side.slope.get(x.number, 0.0),
    )
    hidden = side.edge or side.steep or side.unsettled  # what is infinite may change its sign
    if (first.settled and not hidden) or first.jumps or sum(node.size for node in graph.order) > MOST:
        return first
    for most in (2.5, germs.MOST):  # mostly a few terms do
        closer = _closer(graph, directions, most, first.blame)
        if closer.settled or closer.jumps or closer.steep or closer.ended:
            break
    return closer


def split(d: Any, targets: Sequence[Variable]) -> Masks:
    directions: Masks = {}
    start = 0
    for target in targets:
        directions[target.number] = d[start : start + target.size].reshape(target.shape)
        start += target.size
    return directions


def _closer(graph: Graph, directions: Masks, most: float, blame: str) -> Approach:
    """The same side to a higher order, where value and slope do not tell."""
    root, weight = graph.root, graph.weight
    ray = Ray(graph.order, directions, graph.moving, graph.reach, most)
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
    return Approach.made(
        limit - value,
        slope,
        size,
        64.0 * np.finfo(float).eps * max(size, largest),
        blame=(ray.unknown if math.isnan(slope) else ray.steep) or blame,
        ended=ray.void or "the function" if void else None,
        speed=lambda x: ray.germ(x).slope(),
    )
