"""Indexing: elements out of an array, and their adjoints back into it.

pick(a, None, 2)            # a[2]
scatter(g, (5,), 2)         # zeros with g at 2
"""

from __future__ import annotations

from typing import Any

import numpy as np

from calcgrad.autodiff.constants import kept, watched
from calcgrad.autodiff.dispatch import compute, deep, freeze, is_node, operand
from calcgrad.autodiff.rules import row
from calcgrad.autodiff.variable import ABOVE, Variable, plain, record


def pick(a: Any, boundary: Any, index: Any) -> Any:
    """a[index], where ``boundary`` is the condition that a boolean index met at its boundary, if any."""
    return (np.asarray(a) if type(a) is float else a)[index]


def scatter(g: Any, shape: tuple[int, ...], index: Any) -> Any:
    """The adjoint of indexing: zeros of that shape with g added at the index, repeats and all."""
    if type(g) is Variable:
        return compute(SCATTER, (g,), {"shape": shape, "index": index})
    result = np.zeros(shape, dtype=np.result_type(g))
    add_at(result, index, g)
    return result


def add_at(buffer: Any, index: Any, g: Any) -> None:
    """buffer[index] += g, counting every occurrence of a repeated index."""
    if is_basic(index):
        buffer[index] += g
    else:
        np.add.at(buffer, index, g)


def is_basic(index: Any) -> bool:
    """Is this an index that no element can be met by twice: whole numbers, slices, None and dots?"""
    parts = index if type(index) is tuple else (index,)
    return all(
        (isinstance(part, (int, np.integer, slice)) and type(part) is not bool)
        or part is None
        or part is Ellipsis
        for part in parts
    )


PICK = row(
    pick,
    lambda g, out, a, boundary, index: scatter(g, np.shape(a), index),
    None,
    name="indexing",
    linear="jointly",
    selects=True,
)
SCATTER = row(
    scatter,
    lambda g, out, a, shape, index: g[index],
    name="scatter",
    linear="jointly",
    selects=True,
)


def _pick(x: Variable, index: Any) -> Variable:
    value = x.value
    if type(value) is float:
        value = np.float64(value)
    if type(index) is int:
        picked = value[index]
        boundary = None
    else:
        parts = index if type(index) is tuple else (index,)
        boundary = next((operand(part) for part in parts if is_node(part)), None)
        index = kept(deep(index))
        picked = value[index]
    picked = plain(picked)
    if type(picked) is np.ndarray:
        freeze(picked, ())
    node = record(PICK, picked, (x, boundary), {"index": index})
    node.decided = boundary is not None  # which elements there are was decided on the boundary
    node.held = watched(index if type(index) is tuple else (index,))
    return node


ABOVE.pick = _pick
