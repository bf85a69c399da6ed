"""Forward mode: push tangents through a recorded graph, with the same rules that pull adjoints back.

    x = Variable(3.0)
    tangents(nodes(x * x), {x: 1.0})  # 6.0, and that no kink was met

A rule is a linear map on adjoints. For an elementwise function the map is diagonal, so it is its own
transpose and the rule serves as it is; a linear function is its own derivative; for the rest the rule is
recorded and transposed by reverse mode itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from calcgrad.autodiff.conditions import at_kink
from calcgrad.autodiff.dispatch import call, compute
from calcgrad.autodiff.indexing import PICK
from calcgrad.autodiff.rules import Row
from calcgrad.autodiff.variable import Variable, input_values, plain
from calcgrad.autodiff.walk import Walk, finite, nodes, wide


def tangents(
    order: Sequence[Variable], directions: Mapping[Variable, Any], *, record: bool = False
) -> tuple[Any, bool]:
    """The directional derivative of the first of these nodes, which ``nodes`` found, the latest first.

    Each Variable of ``directions`` moves by its tangent, which has its shape, as the result has that of the node. With
    ``record`` the result is a Variable. Second comes whether a kink may have been met, so that reverse mode should
    decide.
    """
    root = order[0]
    suspicious = any(variable.decided for variable in directions)

    def smell(*_: Any) -> None:
        nonlocal suspicious
        suspicious = True

    moving: dict[int, Any] = {variable.number: direction for variable, direction in directions.items()}
    with np.errstate(divide="call", invalid="call", over="ignore", under="ignore", call=smell):
        for node in reversed(order):
            row = node.row
            if row is None or node.number in moving:
                continue
            t = [moving.get(x.number) if type(x) is Variable else None for x in node.inputs]
            for part in t:
                if part is not None:
                    break
            else:
                continue
            if node.decided or (row.kinked and not suspicious and at_kink(node)):
                suspicious = True
            if row.selects and row is not PICK and not suspicious:  # what is not taken is lost
                for part in t:
                    if part is not None and not finite(part):
                        suspicious = True
            if row.flat:
                continue
            if row.scalar_rules is not None and type(node.value) is float:
                slope = _push_float(row, node, t, record)
            elif record:
                slope = push(row, node, node.inputs, t, node.params)
            else:
                slope = push(row, wide(node.value), _wide_inputs(node), t, node.params)
            if slope is not None:
                moving[node.number] = slope
    slope = plain(moving.get(root.number, np.zeros(root.shape) if root.shape else 0.0))
    value = slope.value if type(slope) is Variable else slope
    return slope, suspicious or not (finite(value) or np.all(np.isfinite(value)))


def _wide_inputs(node: Variable) -> tuple[Any, ...]:
    values = [x.value if type(x) is Variable else x for x in node.inputs]
    return tuple([np.float64(x) if type(x) is float else x for x in values])


def _push_float(row: Row, node: Variable, t: Sequence[Any], record: bool) -> Any:
    """The same for a float made of floats, through ``math`` where it can."""
    out, values = (node, node.inputs) if record else (node.value, input_values(node))
    try:
        total: Any = None
        for rule, part in zip(row.rules, t):
            if part is not None:
                term = rule(part, out, *values)  # type: ignore[misc]
                total = term if total is None else total + term
        return total
    except (ArithmeticError, ValueError):  # math has no infinities, NumPy has
        if record:
            return push(row, node, node.inputs, t, node.params)
        return push(row, wide(node.value), _wide_inputs(node), t, node.params)


def push(row: Row, out: Any, values: tuple[Any, ...], t: Sequence[Any], params: dict[str, Any] | None) -> Any:
    """The tangent of one node: t has a tangent, or None for zero, for each input."""
    params = params or {}
    if row.elementwise:
        total: Any = None
        if row.function is np.where and not (t[1] is None and t[2] is None):
            total = np.where(values[0], *(0.0 if part is None else part for part in t[1:]))
        elif row.function is np.subtract and t[0] is not None and t[1] is not None:
            total = t[0] - t[1]
        for rule, part in zip(row.rules, t) if total is None else ():
            if part is not None and rule is not None:
                term = rule(part, out, *values, **params)
                total = term if total is None else total + term
        if total is None or (type(total) is np.ndarray is type(out) and total.shape == out.shape):
            return total
        shape = np.shape(out)
        return total if np.shape(total) == shape else np.broadcast_to(total, shape)
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
    if row.selects and row.side is not None and Variable not in map(type, (out, *values, *t)):
        return row.side(t, *values, **params)  # away from ties the slope of one side is that of all
    return _transposed(row, out, values, t, params)


def _apply(row: Row, values: Sequence[Any], params: dict[str, Any]) -> Any:
    if Variable in map(type, values):
        return compute(row, values, params)
    return row.lean(tuple(values), **params) if row.variadic else row.lean(*values, **params)


def _reduced(row: Row, out: Any, values: tuple[Any, ...], t: Sequence[Any], params: dict[str, Any]) -> Any:
    """Of a function by which each element of its input counts in one of its output: all slopes at once, added up."""
    total: Any = None
    g = np.ones(np.shape(out))[()]
    for i, (x, part) in enumerate(zip(values, t)):
        rule = row.rules[0 if row.variadic else i]
        if part is None or rule is None:
            continue
        c = rule(*((i,) if row.variadic else ()), g, out, *values, **params)
        term = np.where(c, c * part, 0.0) if row.selects else c * part
        term = np.broadcast_to(term, np.broadcast_shapes(np.shape(term), np.shape(x)))
        if np.shape(out):
            term = np.sum(term, axis=params.get("axis"), keepdims=params.get("keepdims", False))
        else:
            term = np.sum(term)
        total = term if total is None else total + term
    return total


def _transposed(row: Row, out: Any, values: tuple[Any, ...], t: Sequence[Any], params: dict[str, Any]) -> Any:
    """The rule is linear in g: record it at any g, and its own reverse mode is the forward derivative."""
    recording = any(type(x) is Variable for x in (out, *values, *t))
    if not recording and (row.reduces or not np.shape(out)):
        return _reduced(row, out, values, t, params)
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
        if type(c) is not Variable and not finite(c):  # it knows nothing of g: the rule cannot tell
            return np.full(np.shape(out), np.nan)
        product = product + call(np.sum, (c * part,), {})
    if type(product) is not Variable:
        return None
    walk = Walk(product, 1.0, nodes(product), [g], record=recording)
    return walk.run()[0]
