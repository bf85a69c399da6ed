"""Where no curve is real: the intervals of a window that a picture shades."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calcgrad.pictures.sampling import BISECTIONS, grid, values_of
from calcgrad.pictures.scales import Scale
from calcgrad.pictures.shapes import Array, Curve, Limits

_MOST = 40
_NARROWEST = 4e-3  # in places


def unreal(curves: Sequence[Curve], xs: Scale) -> list[Limits]:
    """Intervals on which no curve is real; a point without a value is none, and too many are not shown."""

    def nowhere(x: Array) -> Array:
        gone = np.ones(x.shape, dtype=bool)
        for curve in curves:
            gone &= np.isnan(values_of(curve.function, x))
        return gone

    x = xs.value(grid(800))
    gone = nowhere(x)
    change = np.flatnonzero(gone[1:] != gone[:-1])
    if change.size > 2 * _MOST:
        return []
    low, high, start = x[change], x[change + 1], gone[change]
    for _ in range(BISECTIONS):
        middle = low / 2 + high / 2
        same = nowhere(middle) == start
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    edges = [xs.low] * bool(gone[0]) + low.tolist() + [xs.high] * bool(gone[-1])
    found = list(zip(edges[::2], edges[1::2], strict=True))
    return [(a, b) for a, b in found if xs.place(b) - xs.place(a) > _NARROWEST]
