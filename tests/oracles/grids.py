"""The points at which gradients are compared."""

from __future__ import annotations

from typing import Any

import numpy as np

SHAPES = ((4,), (2, 3), (2, 1, 3), (0,), (0, 3), (1,))
KINDS = ("plain", "ties", "zeros", "negative", "large", "infinite")


def grid(shape: tuple[int, ...], kind: str, dtype: str) -> Any:
    """Values of one shape: plain, or with what makes derivatives difficult."""
    size = int(np.prod(shape))
    values = 0.3 + np.sin(1.7 * np.arange(1.0, size + 1))
    if kind == "ties":
        values = np.where(np.arange(size) % 2 == 0, 0.5, values)
    elif kind == "zeros":
        values = np.where(np.arange(size) % 2 == 0, 0.0, values)
    elif kind == "negative":
        values = -np.abs(values) - 0.125
    elif kind == "large":
        values = values * 300.0
    elif kind == "infinite":
        values = np.where(np.arange(size) == 1, np.inf, values)
    return values.reshape(shape).astype(dtype)
