"""Dots where a curve breaks: closed where the function is, open where only its limit is.

floor has a closed dot at the start of each step and an open one at its end; sin(x)/x an open one at 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from calcgrad.pictures.sampling import BISECTIONS, Path, grid, values_of
from calcgrad.pictures.scales import Scale
from calcgrad.pictures.shapes import Array, Curve, Function

# More would be a pattern, not dots.
_MOST = 40
# In places: the steps towards a limit, how close its values must come to be one, and to be the same.
_STEPS = np.array([1e-4, 3e-5, 1e-5])
_CLOSE = 4e-3


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    closed: bool


def dots(curve: Curve, path: Path, xs: Scale, ys: Scale) -> list[Dot]:
    """The dots of this curve inside the frame; none where there would be too many to read."""
    zeros = np.array([zero for each in curve.divisors for zero in _zeros(each, xs)])
    gaps = np.vstack([path.gaps, np.column_stack([zeros, zeros])])
    if not len(gaps) or len(gaps) > 4 * _MOST:
        return []
    places: list[float] = []
    found: list[Dot] = []
    for low, high in gaps[np.argsort(gaps[:, 0], kind="stable")].tolist():
        x = _culprit(curve.function, low, high, ys)
        if places and float(xs.place(x)) - float(xs.place(places[-1])) < 1e-7:
            continue
        places.append(x)
        found += _dots_at(curve.function, x, xs, ys)
    return found if len(found) <= _MOST else []


def _dots_at(function: Function, x: float, xs: Scale, ys: Scale) -> list[Dot]:
    limits = [limit for side in (-1, 1) if (limit := _limit(function, x, side, xs, ys)) is not None]
    value = float(values_of(function, np.array([x]))[0])
    height = float(ys.place(value))
    defined = bool(np.isfinite(height))
    away: list[float] = []
    for limit in limits:
        if not (defined and abs(limit - height) < _CLOSE) and not any(abs(limit - h) < _CLOSE for h in away):
            away.append(limit)
    if not away or not 0 <= float(xs.place(x)) <= 1:
        return []
    made = [Dot(x, float(ys.value(limit)), False) for limit in away if 0 <= limit <= 1]
    if defined and 0 <= height <= 1:
        made.append(Dot(x, value, True))
    return made


def _limit(function: Function, x: float, side: int, xs: Scale, ys: Scale) -> float | None:
    """The place of a one-sided limit on the y axis; None where the values do not settle."""
    heights = ys.place(values_of(function, xs.value(xs.place(x) + side * _STEPS)))
    if not np.isfinite(heights).all() or np.ptp(heights) > _CLOSE:
        return None
    return float(1.5 * heights[2] - 0.5 * heights[1])


def _culprit(function: Function, low: float, high: float, ys: Scale) -> float:
    """Where between two neighbours the function breaks: at a value all by itself, else at the plainest number."""
    around = np.array([low, np.nextafter(low, high), np.nextafter(high, low), high])
    y = ys.place(values_of(function, around))
    for index in (1, 2):
        if abs(y[index] - y[0]) > _CLOSE and abs(y[index] - y[3]) > _CLOSE:
            return float(around[index])
    return plainest(low, high)


def plainest(low: float, high: float) -> float:
    """The number with the fewest decimals from low to high."""
    for digits in range(18):
        number = round((low + high) / 2, digits)
        if low <= number <= high:
            return number + 0.0
    return low


def _zeros(function: Function, xs: Scale) -> Iterable[float]:
    """Where a divisor is 0 in the window, crossing or touching."""
    x = xs.value(grid(600))
    y = values_of(function, x)
    if not np.isfinite(y).any():
        return []
    crossings = np.flatnonzero(np.sign(y[1:]) * np.sign(y[:-1]) <= 0)
    size = np.abs(y)
    inner = (size[1:-1] < size[:-2]) & (size[1:-1] < size[2:]) & (np.sign(y[:-2]) == np.sign(y[2:]))
    touches = np.flatnonzero(inner) + 1
    if crossings.size + touches.size > _MOST:
        return []
    found = [_crossing(function, x[i], x[i + 1]) for i in crossings]
    for i in touches:
        zero = _touching(function, x[i - 1], x[i + 1], float(np.nanmax(size)))
        found += [] if zero is None else [zero]
    return found


def _crossing(function: Function, low: float, high: float) -> float:
    sign = np.sign(values_of(function, np.array([low]))[0])
    if not sign:
        return float(low)
    for _ in range(BISECTIONS):
        middle = low / 2 + high / 2
        if np.sign(values_of(function, np.array([middle]))[0]) == sign:
            low = middle
        else:
            high = middle
    return plainest(float(low), float(high))


def _touching(function: Function, low: float, high: float, size: float) -> float | None:
    start, width = low, high - low
    for _ in range(12):
        x: Array = np.linspace(low, high, 33)
        away = np.abs(values_of(function, x))
        if not np.isfinite(away).all():
            return None
        lowest = int(np.argmin(away))
        low, high = x[max(lowest - 1, 0)], x[min(lowest + 1, x.size - 1)]
    if away[lowest] > 1e-12 * size:
        return None
    near = 1e-7 * width
    return plainest(max(start, float(x[lowest]) - near), float(x[lowest]) + near)
