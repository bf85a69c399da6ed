"""Which elements of a graph stand still to first order when the targets move: those whose bound is zero.

    bounds(order, [w])[z.number]   # for z = x @ w: zero in every row in which x is

A bound is a size, in unknown units, below which the one-sided slope of an element stays in every direction. It is made
of the sizes of local derivatives, so nothing cancels in it: zero is a proof. A function without a simple bound moves
as a whole as soon as one of its inputs does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from calcgrad.autodiff.dispatch import evaluate
from calcgrad.autodiff.indexing import PICK
from calcgrad.autodiff.rules import Row
from calcgrad.autodiff.variable import Variable, input_values

_PRODUCTS = (np.matmul, np.dot, np.inner, np.outer)


def bounds(order: list[Variable], targets: Sequence[Variable]) -> dict[int, Any]:
    """For each of these nodes, the latest first, that depends on a target: a bound of every element."""
    found: dict[int, Any] = {target.number: np.ones(target.shape) for target in targets}
    with np.errstate(all="ignore"):
        for node in reversed(order):
            row = node.row
            if row is None or row.flat or node.number in found:  # steps are looked at on their own
                continue
            parts = [found.get(x.number) if type(x) is Variable else None for x in node.inputs]
            if any(part is not None for part in parts):
                found[node.number] = np.broadcast_to(_bound(node, row, parts), node.shape)
    return found


def _bound(node: Variable, row: Row, parts: list[Any]) -> Any:
    values = [np.float64(x) if type(x) is float else x for x in input_values(node)]
    params = node.params or {}
    if row is PICK:
        return np.asarray(parts[0])[params["index"]]
    if row.elementwise:
        corner = False if row.corner is None else row.corner(*values, **params)
        total: Any = 0.0
        for rule, part in zip(row.rules, parts):
            if part is not None:
                slope = (
                    1.0
                    if rule is None
                    else rule(np.ones(node.shape), np.asarray(node.value), *values, **params)
                )
                total = total + part * np.where(corner | np.isnan(slope), 1.0, np.abs(slope))
        return np.where(np.isnan(total), 1.0, total)
    if row.linear == "jointly" and row.selects:
        return evaluate(
            row, [np.zeros(np.shape(x)) if part is None else part for x, part in zip(values, parts)], params
        )
    if row.function in _PRODUCTS:
        sizes = [np.abs(x) for x in values]
        terms = [
            evaluate(row, [*sizes[:i], part, *sizes[i + 1 :]], params)
            for i, part in enumerate(parts)
            if part is not None
        ]
        return sum(terms[1:], terms[0])
    return float(any(np.any(part) for part in parts if part is not None))
