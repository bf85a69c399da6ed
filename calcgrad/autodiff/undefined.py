"""Which function made NaN or infinity of numbers, and why: too large, not real, not defined."""

from __future__ import annotations

from typing import Any

import numpy as np

from calcgrad.autodiff.dependence import Masks, live_masks
from calcgrad.autodiff.indexing import PICK
from calcgrad.autodiff.rules import Row
from calcgrad.autodiff.variable import Variable, input_values
from calcgrad.autodiff.walk import finite, nodes
from calcgrad.errors import NotDifferentiable, TooLarge, UndecidedError


def require_finite(root: Variable) -> None:
    """Raise, naming the function, when finite inputs were turned into NaN or infinity on the way to root."""
    if finite(root.value):
        return
    order = nodes(root)
    blame(order, live_masks(root, np.ones(root.shape), order))


def blame(order: list[Variable], live: Masks) -> None:
    """Raise for the first function, in the order of evaluation, whose finite inputs gave NaN or infinity."""
    for node in reversed(order):
        row = node.row
        if row is None or row is PICK:
            continue
        bad = ~np.isfinite(node.value) & live.get(node.number, False)
        if not np.any(bad):
            continue
        values = input_values(node)
        finite = [np.isfinite(x) for x in values if x is not None]
        if row.elementwise:
            for mask in finite:
                bad = bad & mask
            if not np.any(bad):
                continue
        elif not all(np.all(mask) for mask in finite):
            continue
        raise _undefined(row, node, values, bad)


def require_not_vanished(order: list[Variable], error: NotDifferentiable) -> None:
    """Raise UndecidedError if what the error names was made of a zero that is none, but too small for a double."""
    for node in order:
        if node.row is not None and node.row.name == error.function:
            for each in nodes(node):
                if each.row is not None and _vanished(each, each.row):
                    raise UndecidedError(
                        f"whether there is a derivative here is lost: {each.row.name} is too small for a "
                        "floating-point number"
                    ) from None


def _vanished(node: Variable, row: Row) -> bool:
    if np.all(node.value) or row.flat or row.selects:
        return False
    values = [np.asarray(x) for x in input_values(node) if x is not None]
    if not row.elementwise:  # sums of products
        return any(np.any((x != 0) & (np.abs(x) < 1e-150)) for x in values if x.dtype.kind == "f")
    flags: list[str] = []
    with np.errstate(all="ignore", under="call", call=lambda kind, flag: flags.append(kind)):
        row.function(*values, **(node.params or {}))
    return bool(flags)


def _undefined(row: Row, node: Variable, values: tuple[Any, ...], bad: Any) -> Exception:
    flags: list[str] = []
    with np.errstate(all="ignore", over="call", call=lambda kind, flag: flags.append(kind)):
        row.function(*(np.float64(x) if type(x) is float else x for x in values), **(node.params or {}))
    if flags:
        return TooLarge(f"{row.name} is too large for a floating-point number")
    if row.name in ("divide", "reciprocal", "mod", "fmod", "floor_divide"):
        return NotDifferentiable("division by zero", function=row.name, kind="undefined")
    if np.any(np.isnan(node.value) & bad) and not row.undefined:
        return NotDifferentiable(f"{row.name} is not real", function=row.name, kind="not-real")
    return NotDifferentiable(f"{row.name} is not defined", function=row.name, kind="undefined")
