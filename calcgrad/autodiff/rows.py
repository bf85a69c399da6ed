"""Many backward sweeps in one: the rows of a Jacobian, their adjoints side by side along a first axis.

    jacobian_rows(nodes(root), [x])  # [an array of shape (3, *x.shape)]

Rules are linear in the adjoint, so most of them take all rows at once: elementwise ones by broadcasting, those
of a function with one number as its result by a multiplication, indexing by one more index. Only the rest go
row by row. Where anything smells of a kink there is no answer, and sweeps one by one decide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from calcgrad.autodiff.conditions import at_kink
from calcgrad.autodiff.indexing import PICK, SCATTER, is_basic
from calcgrad.autodiff.rules import Row
from calcgrad.autodiff.variable import Variable
from calcgrad.autodiff.walk import fit, needed, unbroadcast, wide

_BLOCK = 1 << 20  # numbers in the adjoints of one node
_FEW = 4  # so few rows are swept one by one


def jacobian_rows(order: list[Variable], targets: Sequence[Variable]) -> list[Any] | None:
    """The derivatives of every element of the first node: for each target, (root size, *target shape).

    None where there are too few rows to be worth it, or where one of them may have met a kink.
    """
    root = order[0]
    at_once = _BLOCK // max(1, *(node.size for node in order))
    if root.size <= _FEW or at_once <= _FEW:
        return None
    blocks = []
    for start in range(0, root.size, at_once):
        seeds = np.eye(min(at_once, root.size - start), root.size, start, dtype=root.dtype)
        block = _sweep(order, seeds.reshape(-1, *root.shape), targets)
        if block is None:
            return None
        blocks.append(block)
    return [np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in zip(*blocks, strict=True)]


def _sweep(order: list[Variable], seeds: Any, targets: Sequence[Variable]) -> list[Any] | None:
    adjoints: dict[int, Any] = {order[0].number: seeds}
    owned: set[int] = set()  # nodes whose adjoint is an array of ours, to be added to in place
    kept = {target.number for target in targets}
    wanted = needed(order, kept)
    smells: list[str] = []
    if any(target.decided for target in targets):
        return None
    with np.errstate(
        divide="call", invalid="call", over="ignore", under="ignore", call=lambda *_: smells.append("")
    ):
        for node in order:
            row = node.row
            if node.decided or (row is not None and row.kinked and at_kink(node)):
                return None
            if row is None or row.flat or node.number not in adjoints:
                continue
            if wanted is not None and node.number not in wanted:
                continue
            g = adjoints[node.number] if node.number in kept else adjoints.pop(node.number)
            for x, c in _contributions(node, row, g, wanted):
                number = x.number
                if number in owned:
                    adjoints[number] += c
                    continue
                before = adjoints.get(number)
                adjoints[number] = c if before is None else before + c
                if before is not None or (c is not g and c.base is None):
                    owned.add(number)
        none = len(seeds)
        found = [adjoints.get(v.number, np.zeros((none, *v.shape), v.dtype)) for v in targets]
    if smells or not all(np.isfinite(np.vdot(a, a)) for a in found):
        return None
    return found


def _contributions(
    node: Variable, row: Row, g: Any, wanted: set[int] | None
) -> Iterator[tuple[Variable, Any]]:
    """Each input that is wanted, with what all rows of its adjoint get from this node."""
    params = node.params or {}
    values = tuple(wide(x.value) if type(x) is Variable else x for x in node.inputs)
    out = wide(node.value)
    for i, x in enumerate(node.inputs):
        rule = row.rules[0 if row.variadic else i] if i < len(row.rules) or row.variadic else None
        if type(x) is not Variable or rule is None or (wanted is not None and x.number not in wanted):
            continue
        which = (i,) if row.variadic else ()

        def apply(g: Any, rule: Any = rule, which: Any = which) -> Any:
            return rule(*which, g, out, *values, **params)

        yield x, _all_rows(row, params, apply, g, x, node.shape)


def _all_rows(
    row: Row, params: dict[str, Any], apply: Callable[[Any], Any], g: Any, x: Variable, shape: tuple[int, ...]
) -> Any:
    shapes = x.shape
    if row is PICK:
        return _spread(g, shapes, params["index"])
    if row is SCATTER:
        return _gather(g, params["shape"], params["index"])
    if row.elementwise:
        c = apply(g)
        lost = np.ndim(c) - 1 - len(shapes)
        if lost > 0:
            c = np.sum(c, axis=tuple(range(1, 1 + lost)))
        return unbroadcast(c, (len(g), *shapes)) if np.shape(c) != (len(g), *shapes) else c
    if not shape:
        return np.multiply.outer(g, fit(apply(wide(1.0)), wide(x.value)))
    return np.stack([fit(apply(one), x.value) for one in g])


def _numbers(shape: tuple[int, ...], index: Any) -> Any:
    return np.arange(math.prod(shape)).reshape(shape)[index]


def _spread(g: Any, shape: tuple[int, ...], index: Any) -> Any:
    """The adjoint of indexing: zeros of that shape, with every row of g added at the index."""
    total = np.zeros((len(g), *shape), g.dtype)
    if is_basic(index):
        total[(slice(None), *(index if type(index) is tuple else (index,)))] = g
        return total
    flat = total.reshape(len(g), -1)
    np.add.at(flat, (slice(None), np.ravel(_numbers(shape, index))), g.reshape(len(g), -1))  # type: ignore[arg-type]
    return total


def _gather(g: Any, shape: tuple[int, ...], index: Any) -> Any:
    if is_basic(index):
        return g[(slice(None), *(index if type(index) is tuple else (index,)))]
    numbers = _numbers(shape, index)
    return g.reshape(len(g), -1)[:, np.ravel(numbers)].reshape(len(g), *np.shape(numbers))
