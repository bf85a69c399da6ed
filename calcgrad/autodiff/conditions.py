"""Comparisons that some element meets exactly at its boundary, and which nodes are at a kink.

x > 0          # at x = 0 a Condition: the truth, and the comparison that it came from
at_kink(node)  # is some element of it at a corner, a jump or an edge?
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from calcgrad.autodiff.elementary import finite
from calcgrad.autodiff.rules import Row, Rule
from calcgrad.autodiff.spans import leaves_domain
from calcgrad.autodiff.variable import ABOVE, Variable, input_values, mark_decided


class Condition(NDArrayOperatorsMixin):
    """A truth value, or an array of them, of a comparison that some element met exactly at its boundary.

    NumPy's functions and operators take it as an ordinary boolean array, but ``record`` keeps the comparison
    in the graph: ``where(x > 0, x, 0)`` at x = 0 has two one-sided derivatives, and only the comparison
    knows. Whatever else is done with it (an ``if``, indexing a plain array) is done with the plain truth,
    and remembered as a decision that was taken on the boundary. Away from it comparisons are plain booleans.
    """

    __slots__ = ("record",)
    __array_priority__ = 1000.0
    __hash__ = object.__hash__

    def __init__(self, record: Variable) -> None:
        self.record = record

    @property
    def shape(self) -> tuple[int, ...]:
        return self.record.shape

    @property
    def ndim(self) -> int:
        return self.record.ndim

    @property
    def size(self) -> int:
        return self.record.size

    @property
    def dtype(self) -> Any:
        return np.dtype(bool)

    @property
    def truth(self) -> Any:
        """The plain truth; from here on nobody knows that it came from a boundary."""
        mark_decided(self.record)
        return np.asarray(self.record.value)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.truth, dtype)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not hasattr(np.ndarray, name):
            raise AttributeError(name)
        return getattr(self.truth, name)

    def __repr__(self) -> str:
        return f"Condition({self.record.value!r})"

    def __bool__(self) -> bool:
        return bool(self.truth)

    def __int__(self) -> int:
        return int(self.truth)

    __index__ = __int__

    def __float__(self) -> float:
        return float(self.truth)

    def __len__(self) -> int:
        return len(self.record)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return self.record.__array_ufunc__(ufunc, method, *inputs, **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return ABOVE.call(function, args, kwargs)

    def __getitem__(self, index: Any) -> Any:
        return Condition(ABOVE.pick(self.record, index))


# Which elements are meant is their result; this gives those elements where the array is indexed by it.
SELECTIONS: dict[Any, Callable[..., Any]] = {
    np.argsort: lambda a, kind=None, stable=None, **params: np.sort(a, **params),
    np.argpartition: lambda a, **params: np.partition(a, **params),
    np.argmax: lambda a, **params: np.max(a, **params),
    np.argmin: lambda a, **params: np.min(a, **params),
}


class Choice(Condition):
    """The places of the largest, or of all in their order, where some are equal: ``x[np.argsort(x)[-2:]]``.

    The array itself, indexed by it, is its sorted elements, and another Variable remembers what it was indexed
    by. Whatever else is done with it is done with plain whole numbers, a decision that was taken at a tie.
    """

    __slots__ = ("picked",)

    def __init__(self, record: Variable, picked: tuple[Any, ...] = ()) -> None:
        self.record = record
        self.picked = picked  # the indices that led to these places, one after the other

    @property
    def dtype(self) -> Any:
        return self.record.dtype

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return getattr(ufunc, method)(*(x.truth if type(x) is Choice else x for x in inputs), **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        deep = ABOVE.deep
        return function(*map(deep, args), **{k: deep(v) for k, v in kwargs.items()})

    def __getitem__(self, index: Any) -> Any:
        if type(index) in (Variable, Condition, Choice):
            return self.truth[index]
        return Choice(ABOVE.pick(self.record, index), (*self.picked, index))

    def of(self, x: Variable) -> Any:
        """The elements themselves, if this is a choice among those of x, in a row."""
        made = self.record
        for _ in self.picked:
            made = made.inputs[0]
        if made.inputs[0] is not x or x.ndim != 1 or made.row is None:
            return None
        elements = SELECTIONS[made.row.function](x, **(made.params or {}))
        for index in self.picked:
            elements = elements[index]
        return elements


def at_kink(node: Variable, *, ties: bool = True) -> bool:
    """Is some element of this node at a corner, a jump or an edge of its function? Ties can be left to its rule."""
    row = node.row
    if row is None or (row.corner is None and row.jump is None and row.edge is None):
        return False
    orders = row.corner is not None and not row.elementwise  # a NaN is the last in any order
    if (row.hides or orders) and any(stepped(x) for x in node.inputs):
        return True
    values, params = input_values(node), node.params or {}
    corner = row.corner if row.tied is None else None
    for predicate, given in ((corner, values), (row.jump, values), (row.edge, node.inputs)):
        if predicate is not None:
            met = predicate(*given, **params)
            if met is True or (met is not False and met.any()):
                return True
    return ties and row.tied is not None and bool(row.tied(node.value, *values, **params))


def stepped(x: Any) -> bool:
    """Is x made of a step function exactly at its step, of one at a pole or at the end of its domain, or of elements
    that a tie chose?

    Each node is asked once.
    """
    if type(x) is not Variable:
        return False
    stack = [x]
    while stack:
        node = stack[-1]
        unknown, met = False, False
        if not hasattr(node, "stepped"):
            for v in node.inputs:
                if type(v) is Variable:
                    if not hasattr(v, "stepped"):
                        stack.append(v)
                        unknown = True
                    elif v.stepped:
                        met = True
            if not unknown:
                node.stepped = met or node.decided == "chose" or _is_step(node)
        if not unknown:
            stack.pop()
    return x.stepped


def _is_step(node: Variable) -> bool:
    row = node.row
    if row is None:
        return False
    if row.jump is not None and _at_jump(node, row.jump):
        return True
    if (
        row.elementwise
        and row.function not in _WITHOUT_POLES
        and not finite(node.value)
        and _at_pole(node, row)
    ):
        return True
    if not row.bounded:
        return False
    left = leaves_domain(node)
    return left is not False and bool(np.any(left))


def _at_jump(node: Variable, jump: Rule) -> bool:
    with np.errstate(all="ignore"):
        met = jump(*input_values(node), **(node.params or {}))
    return met is not False and bool(np.any(met))


def _at_pole(node: Variable, row: Row) -> bool:
    """Has something been divided by zero? Beside it is anything, such as both infinities."""
    values = [np.asarray(x, float) for x in input_values(node) if x is not None]
    made = np.logical_and.reduce(np.broadcast_arrays(*map(np.isfinite, values))) & ~np.isfinite(node.value)
    if not np.any(made):
        return False
    met: list[str] = []
    with np.errstate(all="ignore", divide="call", call=lambda kind, _: met.append(kind)):
        row.function(*values, **(node.params or {}))
    return bool(met) or row.function in _DIVISIONS


# Finite numbers give finite ones, or what is too large for one.
_WITHOUT_POLES = frozenset([
    np.add, np.subtract, np.multiply, np.negative, np.positive, np.square, np.absolute, np.maximum, np.minimum,
    np.where, np.clip, np.exp, np.expm1, np.sin, np.cos, np.arctan, np.sinh, np.cosh, np.tanh, np.sqrt,
])  # fmt: skip
_DIVISIONS = (np.divide, np.remainder, np.fmod, np.floor_divide)  # 0/0 is no number
ABOVE.stepped = stepped
