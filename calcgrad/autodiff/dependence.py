"""Which elements of a recorded graph depend on which, at the point and beside it; and which of them are at a kink.

    live_masks(root, seed, nodes(root))      # for each node, the elements that the result is made of
    moving_masks(nodes(root), targets)       # for each node, the elements that are made of the targets

Structure alone, no slopes: of ``where`` only the branch that it takes, of ``max`` the largest, of a product both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from calcgrad.autodiff.conditions import stepped
from calcgrad.autodiff.dispatch import evaluate
from calcgrad.autodiff.forward import push
from calcgrad.autodiff.indexing import PICK, scatter
from calcgrad.autodiff.rules import COMPARISONS, Row, row
from calcgrad.autodiff.spans import leaves_domain
from calcgrad.autodiff.variable import Variable, input_values

Masks = dict[int, Any]


@dataclass(frozen=True, slots=True)
class Graph:
    """A recorded graph at its point: of sum(weight * root) by its targets, the nodes that matter, the latest first."""

    root: Variable
    weight: Any
    order: list[Variable]
    targets: Sequence[Variable]
    moving: Masks  # elements that are made of the targets
    live: Masks  # elements that the result is made of, here or just beside
    reach: Masks  # and those that must be numbers nevertheless


def filled(x: Any, **_: Any) -> Any:
    """x, where it is a number; a limit elsewhere."""
    return x


FILLED = row(filled, lambda g, out, x, **_: g, elementwise=True, scalar=None, floats=False, name="the slope")


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
        elif row.corner is not None and np.any(mask):  # nor is an order of what is no number
            taken = taken | real | ~np.isfinite(values[i])
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
                mask = np.where(input_values(node)[0] if parts[0] is None else True, *branches) | condition
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


def is_kinked(node: Variable, moving: Masks, live: Masks) -> bool:
    return (
        node.row is not None and node.number in moving and bool(np.any(kinked_elements(node, moving, live)))
    )


def kinked_elements(node: Variable, moving: Masks, live: Masks) -> Any:
    """The elements of a node, among those that matter, at which its function has a kink."""
    row = node.row
    at: Any = np.zeros(node.shape, bool)
    for predicate in (row.corner, row.jump) if row is not None else ():
        if predicate is not None:
            at = at | predicate(*input_values(node), **(node.params or {}))
    if row is not None and row.edge is not None:
        at = at | row.edge(*node.inputs, **(node.params or {}))
    at = at | leaves_domain(node)
    return at & moving[node.number] & live[node.number]
