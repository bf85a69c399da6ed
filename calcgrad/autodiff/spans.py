"""Bounds that the values of a node keep wherever its leaves are: what a program cannot leave needs no look beyond.

    span(np.sqrt(x) + 1.0)        # (1.0, inf)
    leaves_domain(np.sqrt(x))     # is some element of x exactly 0, and x something that may be less than 0?

``np.sqrt(np.sum(x**2))`` and ``np.arccos(np.clip(x, -1, 1))`` have a value everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from calcgrad.autodiff.rules import Row
from calcgrad.autodiff.variable import Variable, input_values

Span = tuple[Any, Any]
_ANY: Span = (-math.inf, math.inf)
_NOT_NEGATIVE: Span = (0.0, math.inf)


def leaves_domain(node: Variable) -> Any:
    """The elements that are at an end of their function's domain, beyond which their arguments may go; or False."""
    row = node.row
    if row is None or not row.bounded:
        return False
    if type(node.value) is float and _is_inside(node, row):
        return False
    given: list[Any] = [np.asarray(x) if x is not None else x for x in input_values(node)]
    moving = [i for i, x in enumerate(node.inputs) if type(x) is Variable]
    spans: dict[int, Span] = {}
    found: Any = False
    with np.errstate(all="ignore"):
        for signs in product((-1, 0, 1), repeat=len(moving)):
            beside = list(given)
            for i, sign in zip(moving, signs):
                beside[i] = np.nextafter(given[i], sign * math.inf) if sign else given[i]
            value = np.asarray(row.function(*beside, **(node.params or {})))
            outside = np.isfinite(node.value) & ~np.isfinite(value)
            if not np.any(outside):
                continue
            for i, sign in zip(moving, signs):
                spans.setdefault(i, span(node.inputs[i]))
                least, most = spans[i]
                outside = outside & ((least < given[i]) if sign < 0 else (most > given[i]) if sign else True)
            found = found | outside
    return found


def _is_inside(node: Variable, row: Row) -> bool:
    """Has the function of one moving number a value just beside it on either side? No is no answer."""
    values = list(input_values(node))
    moving = [i for i, x in enumerate(node.inputs) if type(x) is Variable]
    if row.scalar is None or len(moving) != 1 or node.params or not all(type(x) is float for x in values):
        return False
    x = values[moving[0]]
    try:
        for to in (-math.inf, math.inf):
            values[moving[0]] = math.nextafter(x, to)
            if not math.isfinite(row.scalar(*values)):
                return False
    except (ArithmeticError, ValueError):
        return False
    return True


def span(x: Any) -> Span:
    """A lower and an upper bound, each a number or an array; of a constant it is its value twice."""
    known: dict[int, Span] = {}
    stack = [x] if type(x) is Variable else []
    order: list[Variable] = []
    while stack:
        node = stack.pop()
        if node.number in known:
            continue
        bounds = _whatever_is_given(node)
        if bounds is None:
            order.append(node)
            stack += [y for y in node.inputs if type(y) is Variable]
        known[node.number] = _ANY if bounds is None else bounds

    def of(y: Any) -> Span:
        return known[y.number] if type(y) is Variable else (y, y)

    with np.errstate(all="ignore"):
        for node in sorted(order, key=lambda y: y.number):
            least, most = _made(node, node.row, [of(y) for y in node.inputs])
            least, most = np.where(np.isnan(least), -np.inf, least), np.where(np.isnan(most), np.inf, most)
            known[node.number] = least, most
    return of(x)


def _whatever_is_given(node: Variable) -> Span | None:
    """What bounds a node whatever its inputs are; None if they tell more."""
    row, inputs = node.row, node.inputs
    if row is None:
        return _ANY
    if row.symmetric and (row.elementwise or np.ndim(node.value) == 0) and _is_same(*inputs):
        return _NOT_NEGATIVE
    if (known := _range(row.name)) is not None:
        return known
    return None if row.function in _KNOWN or _is_monotone(row) else _ANY


def _is_monotone(row: Row) -> bool:
    return (row.linear == "jointly" and row.selects) or row.function in (np.max, np.min, np.sort)


def _made(node: Variable, row: Any, parts: list[Span]) -> Span:
    if row.function in _KNOWN:
        return _KNOWN[row.function](*parts)
    least, most = (
        [np.broadcast_to(part[i], np.shape(x)) for part, x in zip(parts, input_values(node))] for i in (0, 1)
    )
    params = node.params or {}
    if row.variadic:
        return row.function(least, **params), row.function(most, **params)
    return row.function(*least, **params), row.function(*most, **params)


def _is_same(x: Any, y: Any, depth: int = 4) -> bool:
    """Are these made of the same in the same way, as both factors of v[0]*v[0]?"""
    if x is y:
        return True
    if type(x) is not Variable or type(y) is not Variable or not depth or x.row is None or x.row is not y.row:
        return type(x) is float is type(y) and x == y
    alike = repr(x.params) == repr(y.params) and np.size(x.value) < 1000
    return alike and all(_is_same(a, b, depth - 1) for a, b in zip(x.inputs, y.inputs, strict=True))


def _product(x: Span, y: Span) -> Span:
    # the bound of an unbounded number times zero is zero
    ends = [np.where((a == 0) | (b == 0), 0.0, np.multiply(a, b)) for a in x for b in y]
    return np.minimum.reduce(np.broadcast_arrays(*ends)), np.maximum.reduce(np.broadcast_arrays(*ends))


def _power(x: Span, y: Span) -> Span:
    even = np.equal(y[0], y[1]) & np.equal(np.remainder(y[0], 2.0), 0.0)
    real = even | np.not_equal(np.remainder(y[0], 1.0), 0.0) | np.greater_equal(x[0], 0.0)
    return np.where(real, 0.0, -math.inf), math.inf


def _quotient(x: Span, y: Span) -> Span:
    fixed = np.equal(y[0], y[1]) & np.not_equal(y[0], 0.0)
    scaled = _product(x, (1.0 / np.where(fixed, y[0], 1.0),) * 2)
    positive = np.greater_equal(x[0], 0.0) & np.greater_equal(y[0], 0.0)
    return np.where(fixed, scaled[0], np.where(positive, 0.0, -math.inf)), np.where(
        fixed, scaled[1], math.inf
    )


def _clip(x: Span, low: Span, high: Span) -> Span:
    least, most = x
    if low[0] is not None:
        least, most = np.maximum(least, low[0]), np.maximum(most, low[1])
    if high[0] is not None:
        least, most = np.minimum(least, high[0]), np.minimum(most, high[1])
    return least, most


_KNOWN: dict[Any, Callable[..., Span]] = {
    np.add: lambda x, y: (np.add(x[0], y[0]), np.add(x[1], y[1])),
    np.subtract: lambda x, y: (np.subtract(x[0], y[1]), np.subtract(x[1], y[0])),
    np.negative: lambda x: (np.negative(x[1]), np.negative(x[0])),
    np.positive: lambda x: x,
    np.multiply: _product,
    np.divide: _quotient,
    np.power: _power,
    np.float_power: _power,
    np.maximum: lambda x, y: (np.maximum(x[0], y[0]), np.maximum(x[1], y[1])),
    np.minimum: lambda x, y: (np.minimum(x[0], y[0]), np.minimum(x[1], y[1])),
    np.square: lambda x: _NOT_NEGATIVE,
    np.exp2: lambda x: _NOT_NEGATIVE,
    np.clip: _clip,
    np.where: lambda condition, x, y: (np.minimum(x[0], y[0]), np.maximum(x[1], y[1])),
}


@cache
def _range(name: str) -> Span | None:
    """What the catalogue says of a function's values; an end that is no number is none here."""
    from calcgrad.expression.catalogue import ROWS  # only where something is at an end of its domain

    if name not in ROWS or not ROWS[name].range:
        return None
    least, most = ROWS[name].range.strip("[]").split(", ")
    return float(least) if _is_number(least) else -math.inf, float(most) if _is_number(most) else math.inf


def _is_number(shown: str) -> bool:
    return shown.lstrip("-").isdecimal()
