"""Indexing: elements out of an array, and their adjoints back into it.

pick(a, None, 2)            # a[2]
scatter(g, (5,), 2)         # zeros with g at 2
"""

from __future__ import annotations

from typing import Any

import numpy as np

from calcgrad.autodiff.conditions import Choice
from calcgrad.autodiff.constants import kept, watched
from calcgrad.autodiff.dispatch import compute, deep, freeze, is_node
from calcgrad.autodiff.rules import row
from calcgrad.autodiff.variable import (
    ABOVE,
    CHANGED,
    CHOSEN,
    Variable,
    mark_decided,
    plain,
    record,
    remember,
    require_current,
)


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
    if _PLAINLY.issuperset(map(type, parts)):
        return True
    return all(
        (isinstance(part, (int, np.integer, slice)) and type(part) is not bool)
        or part is None
        or part is Ellipsis
        for part in parts
    )


_PLAINLY = frozenset([int, slice, type(None), type(Ellipsis)])

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
    if CHANGED:
        require_current(x)
    value = x.value
    if type(value) is float:
        value = np.float64(value)
    boundary = None
    plainly = _PLAINLY.issuperset(map(type, index if type(index) is tuple else (index,)))
    if plainly:
        picked = value[index]
    else:
        chosen = index.of(x) if type(index) is Choice else None
        if chosen is not None:
            return chosen  # type: ignore[no-any-return]
        parts = index if type(index) is tuple else (index,)
        met = [part for part in parts if is_node(part) or type(part) is Choice]
        boundary = None if not met else met[0] if type(met[0]) is Variable else met[0].record
        for part in met[1:]:
            mark_decided(part if type(part) is Variable else part.record)
        chose = [part.record.value if type(part) is Choice else part for part in parts]
        index = kept(deep(tuple(chose) if type(index) is tuple else chose[0]))
        picked = value[index]
    picked = plain(picked)
    if type(picked) is np.ndarray:
        freeze(picked, ())
    node = record(PICK, picked, (x, boundary), {"index": index})
    if boundary is not None:  # there it was decided which elements there are
        node.decided = "chose"
        remember(node, CHOSEN)
    if not plainly:
        node.held = watched(index if type(index) is tuple else (index,))
    return node


ABOVE.pick = _pick
