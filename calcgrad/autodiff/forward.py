"""Forward mode: push tangents through a recorded graph, with the same rules that pull adjoints back.

    x = Variable(3.0)
    tangents([x * x], {x: 1.0})  # [6.0]

A rule is a linear map on adjoints. For an elementwise function the map is diagonal, so it is its own
transpose and the rule serves as it is; a linear function is its own derivative; for the rest the rule is
recorded and transposed by reverse mode itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from calcgrad.autodiff.conditions import at_kink
from calcgrad.autodiff.dispatch import call, compute, evaluate
from calcgrad.autodiff.rules import Row
from calcgrad.autodiff.variable import Variable, input_values, plain
from calcgrad.autodiff.walk import Walk, first_of, nodes, nodes_since, wide


def tangents(
    roots: Sequence[Variable], directions: Mapping[Variable, Any], *, record: bool = False
) -> tuple[list[Any], bool]:
    """The directional derivatives of ``roots`` when each Variable of ``directions`` moves by its tangent.

    A tangent has the shape of its Variable, a result that of its root. With ``record`` the results are
    Variables. Second comes whether a kink may have been met, so that reverse mode should decide.
    """
    suspicious = any(variable.decided for variable in directions)

    def smell(*_: Any) -> None:
        nonlocal suspicious
        suspicious = True

    moving: dict[int, Any] = {variable.number: direction for variable, direction in directions.items()}
    for root in roots:
        for node in reversed(nodes_since(root, first_of(directions))[0]):
            if node.row is None or node.number in moving:
                continue
            t = [moving.get(x.number) if type(x) is Variable else None for x in node.inputs]
            if all(part is None for part in t):
                continue
            suspicious = suspicious or node.decided or at_kink(node)
            if node.row.flat:
                continue
            if record:
                out, values = node, node.inputs
            else:
                out, values = wide(node.value), tuple(wide(value) for value in input_values(node))
            with np.errstate(divide="call", invalid="call", over="ignore", under="ignore", call=smell):
                slope = push(node.row, out, values, t, node.params)
            if slope is not None:
                moving[node.number] = slope
    slopes = [moving.get(root.number, np.zeros(root.shape) if root.shape else 0.0) for root in roots]
    slopes = [plain(slope) for slope in slopes]
    finite = all(np.all(np.isfinite(s.value if type(s) is Variable else s)) for s in slopes)
    return slopes, suspicious or not finite


def push(row: Row, out: Any, values: tuple[Any, ...], t: Sequence[Any], params: dict[str, Any] | None) -> Any:
    """The tangent of one node: t has a tangent, or None for zero, for each input."""
    params = params or {}
    if row.elementwise:
        total: Any = None
        for rule, part in zip(row.rules, t):
            if part is not None and rule is not None:
                term = rule(part, out, *values, **params)
                total = term if total is None else total + term
        if total is None:
            return None
        return total if np.shape(total) == np.shape(out) else np.broadcast_to(total, np.shape(out))
    if row.linear == "jointly":
        moved = [
            np.zeros(np.shape(x)) if part is None and x is not None else part for x, part in zip(values, t)
        ]
        return _apply(row, moved, params)
    if row.linear == "each":
        terms = [
            _apply(row, [*values[:i], part, *values[i + 1 :]], params)
            for i, part in enumerate(t)
            if part is not None
        ]
        return sum(terms[1:], terms[0])
    return _transposed(row, out, values, t, params)


def _apply(row: Row, values: Sequence[Any], params: dict[str, Any]) -> Any:
    if any(type(x) is Variable for x in values):
        return compute(row, values, params)
    return evaluate(row, values, params)


def _transposed(row: Row, out: Any, values: tuple[Any, ...], t: Sequence[Any], params: dict[str, Any]) -> Any:
    """The rule is linear in g: record it at any g, and its own reverse mode is the forward derivative."""
    recording = any(type(x) is Variable for x in (out, *values, *t))
    g = Variable(np.zeros(np.shape(out)))
    product: Any = 0.0
    for i, part in enumerate(t):
        if part is None:
            continue
        if row.variadic:
            c = row.rules[0](i, g, out, *values, **params)  # type: ignore[misc]
        elif row.rules[i] is None:
            continue
        else:
            c = row.rules[i](g, out, *values, **params)  # type: ignore[misc]
        product = product + call(np.sum, (c * part,), {})
    if type(product) is not Variable:
        return None
    walk = Walk(product, 1.0, nodes(product), [g], record=recording)
    return walk.run()[0]
