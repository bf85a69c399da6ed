"""Dots where a curve breaks: closed where the function is, open where only its limit is.

floor has a closed dot at the start of each step and an open one at its end; sin(x)/x an open one at 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calcgrad.pictures.sampling import BISECTIONS, FEW, Path, grid, meant, values_at, values_of
from calcgrad.pictures.scales import Scale
from calcgrad.pictures.shapes import Array, Curve, Function

# More would be a pattern, not dots.
_MOST = 60
_MOST_PLACES = 150  # that are looked at
# In places: how far apart dots must be to be read as dots.
_APART = 0.018
# In places: the steps towards a limit, how close its values must come to be one, and to be the same.
_STEPS = np.array([1e-4, 1e-5, 1e-6])
_FINER = 1e-3  # where that does not settle: a square root is steep
_CLOSE = 4e-3
_NOISE = 1e-12  # and what rounding leaves of a constant


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    closed: bool
    kind: Literal["", "end"] = ""


def dots(
    curve: Curve, path: Path, special: tuple[Array, NDArray[np.bool_]], xs: Scale, ys: Scale
) -> list[Dot]:
    """The dots of this curve inside the frame, without those too close together to be read.

    ``special`` are the curve's special places, and at which of them it has no value.
    """
    zeros, without = special
    gaps = np.vstack([np.column_stack([zeros, zeros]), path.gaps, np.sort(path.ends, axis=1)])
    gone = np.concatenate([without, np.zeros(len(gaps) - len(zeros), dtype=bool)])
    order = np.argsort(gaps[:, 0], kind="stable")
    gaps, gone = gaps[order], gone[order]
    if not len(gaps):
        return []
    # The same place may have been found in several ways.
    first = np.diff(xs.place(gaps[:, 0]), prepend=-1.0) > 1e-7
    gone = np.logical_or.reduceat(gone, np.flatnonzero(first))
    last = np.concatenate([np.flatnonzero(first)[1:], [len(first)]]) - 1
    gaps = np.column_stack([gaps[last, 0], gaps[first, 1]])
    gaps.sort(axis=1)
    if len(gaps) > _MOST_PLACES:
        kept = np.flatnonzero(_alone(gaps[:, 0], xs))[:_MOST_PLACES]
        gaps, gone = gaps[kept], gone[kept]
    found: list[tuple[float, list[Dot]]] = []
    for (low, high), without_value in zip(gaps.tolist(), gone.tolist()):
        x = _culprit(curve.function, low, high, ys)
        inside = 0 <= float(xs.place(x)) <= 1
        if inside and (made := _dots_at(curve, x, without_value, xs, ys)):
            found.append((x, made))
    alone = _alone(np.array([x for x, _ in found]), xs)
    shown = [dot for (_, some), each in zip(found, alone.tolist()) if each for dot in some]
    if len(shown) > _MOST:
        return []
    # An end of the domain that belongs to it needs a dot only where others have one.
    return shown if any(dot.kind != "end" for dot in shown) else []


def _alone(x: Array, xs: Scale) -> NDArray[np.bool_]:
    """Which of these are far enough from the others for a dot."""
    where = xs.place(x)
    return (np.diff(where, prepend=-1.0) > _APART) & (np.diff(where, append=2.0) > _APART)


def _dots_at(curve: Curve, x: float, gone: bool, xs: Scale, ys: Scale) -> list[Dot]:
    function = curve.function
    limits = [limit for side in (-1, 1) if (limit := _limit(curve, x, side, xs, ys)) is not None]
    value = float(values_at(curve, np.array([x]))[0])
    height = float(ys.place(value))
    if gone and any(abs(limit - height) < _CLOSE for limit in limits):
        height = np.nan  # the value of a double beside the hole
    defined = bool(np.isfinite(height))
    near = values_of(function, xs.value(xs.place(x) + np.concatenate([-_STEPS, _STEPS])))
    beside = np.isfinite(near).reshape(2, -1).all(axis=1)
    if not (defined or gone or beside.all() or meant(x) is not None):
        return []  # an end of the domain between two doubles: whether it belongs is not for a double to tell
    away: list[float] = []
    for limit in limits:
        if not (defined and abs(limit - height) < _CLOSE) and not any(abs(limit - h) < _CLOSE for h in away):
            away.append(limit)
    if away and curve.at is not None and not gone and meant(x) is None:
        told = curve.at(x)  # beside an irrational number the doubles have the value of one side
        if told is None:
            return []
        value, height = told, float(ys.place(told))
        away = [limit for limit in limits if not abs(limit - height) < _CLOSE]
    made = [Dot(x, float(ys.value(limit)), False) for limit in away if 0 <= limit <= 1]
    if defined and 0 <= height <= 1:
        if away or not beside.any():
            made.append(Dot(x, value, True))
        elif not beside.all() and limits:
            made.append(Dot(x, value, True, "end"))
    return made


def _limit(curve: Curve, x: float, side: int, xs: Scale, ys: Scale) -> float | None:
    """The place of a one-sided limit on the y axis; None where the values do not settle."""
    for finer in (1.0, _FINER):
        heights = ys.place(values_of(curve.function, xs.value(xs.place(x) + side * finer * _STEPS)))
        if np.isfinite(heights).all() and np.ptp(heights) <= _CLOSE:
            first, second, third = heights.tolist()
            before, after = second - first, third - second
            if abs(after) < 0.8 * abs(before):  # Aitken's: exact where the distance is some power of the step
                return float(third - after * after / (after - before))
            if curve.limit is None or max(abs(before), abs(after)) < _NOISE:
                return float(third)
            limit = curve.limit(x, side)  # a logarithm comes closer to nothing, however flat it looks
            return None if limit is None else float(ys.place(limit))
    return None


def _culprit(function: Function, low: float, high: float, ys: Scale) -> float:
    """Where between two neighbours the function breaks: at a value all by itself, else at the plainest number."""
    around = np.array([low, np.nextafter(low, high), np.nextafter(high, low), high])
    y = ys.place(values_of(function, around))
    for index in (1, 2):
        if abs(y[index] - y[0]) > _CLOSE and abs(y[index] - y[3]) > _CLOSE:
            return float(around[index])
    return plainest(low, high)


def plainest(low: float, high: float) -> float:
    """The number with the fewest decimals from low to high, or a short fraction before that gets long."""
    middle = (low + high) / 2
    for digits in range(18):
        number = round(middle, digits)
        if low <= number <= high:
            return number + 0.0
        if digits == FEW:
            fraction = float(Fraction(middle).limit_denominator(1000))
            if low <= fraction <= high:
                return fraction
    return low


def special_places(curve: Curve, xs: Scale) -> tuple[Array, NDArray[np.bool_]]:
    """Where in the window there may be a hole, a jump or a value all by itself, and where there is no value."""
    found = [(zero, gone) for each, gone in curve.specials for zero in _zeros(each, xs)]
    return np.array([zero for zero, _ in found]), np.array([gone for _, gone in found], dtype=bool)


def _zeros(function: Function, xs: Scale) -> Iterable[float]:
    """Where a special function is 0 in the window: crossing, touching or jumping there."""
    x = xs.value(grid(600))
    y = values_of(function, x)
    if not np.isfinite(y).any():
        return []
    size = np.abs(y)
    most = float(np.nanmax(np.where(np.isfinite(size), size, np.nan)))
    crossings = np.flatnonzero(np.sign(y[1:]) * np.sign(y[:-1]) <= 0)
    inner = (size[1:-1] < size[:-2]) & (size[1:-1] < size[2:]) & (np.sign(y[:-2]) == np.sign(y[2:]))
    touches = np.flatnonzero(inner) + 1
    # x - floor(x) is 0 where it falls from 1.
    jumps = np.flatnonzero(np.abs(np.diff(y)) > 0.2 * most) if most <= 1 else np.empty(0, dtype=int)
    if crossings.size + touches.size + jumps.size > 4 * _MOST:
        return []
    found = _crossings(function, x, np.union1d(crossings, jumps))
    for i in np.setdiff1d(touches, jumps) if touches.size <= _MOST else ():
        zero = _touching(function, x[i - 1], x[i + 1], most)
        found += [] if zero is None else [zero]
    return found


def _crossings(function: Function, x: Array, at: NDArray[np.intp]) -> list[float]:
    """The plainest number where it crosses 0 or jumps, in each of these intervals: bisection to the larger change."""
    if not at.size:
        return []
    low, high = x[at], x[at + 1]
    f_low, f_high = values_of(function, low), values_of(function, high)
    crossing = np.sign(f_low) * np.sign(f_high) <= 0
    for _ in range(BISECTIONS):
        middle = low / 2 + high / 2
        value = values_of(function, middle)
        jump = np.abs(value - f_low) < np.abs(f_high - value)
        right = np.where(crossing & (f_low != 0), np.sign(value) == np.sign(f_low), jump & (f_low != 0))
        low, f_low = np.where(right, middle, low), np.where(right, value, f_low)
        high, f_high = np.where(right, high, middle), np.where(right, f_high, value)
    return [plainest(a, b) for a, b in zip(low.tolist(), high.tolist())]


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
