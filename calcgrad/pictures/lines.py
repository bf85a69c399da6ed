"""Straight lines through a point: tangents and secants, cut to the frame."""

from __future__ import annotations

from math import hypot, inf, isinf

import numpy as np

from calcgrad.pictures.sampling import clip
from calcgrad.pictures.scales import Scale
from calcgrad.pictures.shapes import Array, Tangent


def tangent_line(tangent: Tangent, xs: Scale, ys: Scale, reach: float = inf) -> tuple[Array, Array]:
    """The line inside the frame, at most ``reach`` frames to each side; nothing where it does not meet it."""
    if not isinf(tangent.slope) and (xs.log or ys.log):
        middle = float(xs.place(tangent.x))
        u = np.linspace(max(0.0, middle - reach), min(1.0, middle + reach), 400)
        u, v = clip(u, ys.place(tangent.y + tangent.slope * (xs.value(u) - tangent.x)), 0.0, 1.0)
        return xs.value(u), ys.value(v)
    if isinf(tangent.slope):
        start, step = (float(xs.place(tangent.x)), 0.5), (0.0, 1.0)
    else:
        start = float(xs.place(tangent.x)), float(ys.place(tangent.y))
        tilt = tangent.slope * ((xs.high - xs.low) / (ys.high - ys.low))
        step = (1.0, tilt) if abs(tilt) <= 1 else (1 / tilt, 1.0)
    # The stretch of start + t*step that both pairs of sides enclose.
    stretch = reach / hypot(*step)
    first, last = -stretch, stretch
    for at, along in zip(start, step):
        if along:
            near, far = sorted((-at / along, (1 - at) / along))
            first, last = max(first, near), min(last, far)
        elif not 0 <= at <= 1:
            return np.empty(0), np.empty(0)
    if not first < last:
        return np.empty(0), np.empty(0)
    t = np.array([first, last])
    return xs.value(start[0] + t * step[0]), ys.value(start[1] + t * step[1])
