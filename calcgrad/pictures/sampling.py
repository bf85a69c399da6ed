"""Samples: few points where a curve is straight, many where it bends, a gap where it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from calcgrad.pictures.scales import Scale
from calcgrad.pictures.shapes import Array, Curve, Function, Tangent

# All in places, where the frame is 1 by 1: a bend smaller than the first is not seen, a jump smaller
# than the second is not broken.
_FLAT = 6e-4
_JUMP = 5e-3
_STEEP = 4.0
_COARSE = 160
_LOOKS = 8  # in each coarse interval, at first: what they do not see is narrower than a line
_HALVINGS = 2
BISECTIONS = 60
FEW = 5  # decimals
_MOST_BREAKS = 500
_BREAK_WORK = 6000  # evaluations: many breaks are found less finely than few
_MOST_EDGES = 60
_COLUMNS = 2000
# A column in which a curve turns this often, by more than a hair, is oscillation too fast to follow.
_WIDE = 320
_TURNS = 2
_HAIR = 0.01
_LEAP = 0.8
_ENVELOPE = 12
_CLIMBS = 3


@dataclass(frozen=True)
class Path:
    """A curve ready to draw: its pieces in one array with nan between them, and was it real anywhere.

    ``gaps`` are the narrow intervals in which it breaks, one (left, right) a row; ``ends`` those in which its domain
    ends: the last number inside and the next one outside.
    """

    x: Array
    y: Array
    real: bool
    gaps: Array
    ends: Array


def values_of(function: Function, x: Array) -> Array:
    return np.broadcast_to(np.asarray(function(x), dtype=np.float64), x.shape)


def meant(x: float) -> Fraction | None:
    """The short decimal or fraction that a double stands for."""
    if round(x, FEW) == x:
        return Fraction(repr(x))
    fraction = Fraction(x).limit_denominator(1000)
    return fraction if float(fraction) == x else None


def values_at(curve: Curve, places: Array) -> Array:
    """The values at places that may stand for a number that is no double, such as 1/3."""
    found = values_of(curve.function, places).copy()
    for index, x in enumerate(places.tolist()):
        if curve.at is not None and (number := meant(x)) is not None:
            value = curve.at(number)
            found[index] = np.nan if value is None else value
    return found


def drawable(function: Function, log: bool) -> Function:
    """The function, nan wherever its value has no height on the axis."""

    def drawable(x: Array) -> Array:
        y = values_of(function, x)
        return np.where(np.isfinite(y) & ((y > 0) | (not log)), y, np.nan)

    return drawable


def grid(count: int) -> Array:
    """Places from 0 to 1, a little irregular so that no period hides behind them."""
    index = np.arange(count + 1)
    shift = (index * 0.6180339887498949) % 1 - 0.5
    shift[[0, -1]] = 0
    return np.asarray((index + 0.6 * shift) / count)


def marked(xs: Scale, tangents: Sequence[Tangent]) -> Array:
    """The numbers that every sample should hit: zero, and where the tangents touch."""
    x = np.array([0.0, *(tangent.x for tangent in tangents)])
    return x[(x > xs.low) & (x < xs.high)]


def sample(function: Function, xs: Scale, ys: Scale, marks: Array, points: int | None = None) -> Path:
    """Few points where the curve is straight, many where it bends, and a gap where it breaks.

    Where it oscillates too fast to follow, the least and the greatest value in each narrow column. With ``points``
    so many, evenly spaced, and of those what can be told apart in the picture.
    """
    if points is None:
        x, y, active = _seeds(function, xs, ys, marks)
    else:
        x = np.union1d(xs.value(np.linspace(0, 1, points)), marks)
        y = function(x)
        active = np.zeros(x.size - 1, dtype=bool)
    for _ in range(_HALVINGS):
        if not active.any():
            break
        x, y, active = _halve(function, xs, ys, x, y, active)
    nothing = np.empty((0, 2))
    if np.isnan(y).all():
        return Path(x, y, False, nothing, nothing)
    dense = np.empty(0)
    if points is None:
        x, y, dense = _envelope(function, xs, ys, x, y)
    x, y, ends = reach_edges(function, x, y)
    x, y, gaps = _break(function, xs, ys, x, y, np.isin(x, dense))
    lost = np.flatnonzero(np.isnan(y[1:-1]) & np.isfinite(y[:-2]) & np.isfinite(y[2:]) & np.isfinite(x[1:-1]))
    holes = np.column_stack([x[lost], x[lost + 2]])
    gaps = np.vstack([gaps, holes[xs.place(holes[:, 1]) - xs.place(holes[:, 0]) < 1e-6]])
    x, v = clip(x, np.clip(ys.place(y), -1e9, 1e9), -0.03, 1.03)
    if points is not None:
        x, v = _thin(xs, x, v)
    return Path(x, ys.value(v), True, gaps, ends)


def _summit(function: Function, at: Array, value: Array, sign: int, climbs: int) -> tuple[Array, Array]:
    """In each row of samples the greatest, or with sign -1 the least, and what a climb from there finds."""
    rows = np.arange(len(at))

    def height(values: Array) -> Array:
        return np.where(np.isfinite(values), sign * values, -np.inf)

    best = np.argmax(height(value), axis=1)
    x, y = at[rows, best], value[rows, best]
    step = (at[:, -1] - at[:, 0]) / (2 * (at.shape[1] - 1))
    for _ in range(climbs):
        for side in (-1, 1):
            near = np.clip(x + side * step, at[:, 0], at[:, -1])
            other = function(near)
            higher = height(other) > height(y)
            x, y = np.where(higher, near, x), np.where(higher, other, y)
        step = step / 2
    return x, y


def _seen(ys: Scale, y: Array) -> Array:
    """Places on the y axis: what is far outside the frame is not seen and need not be fine."""
    return np.clip(ys.place(y), -1.0, 2.0)


def _seeds(function: Function, xs: Scale, ys: Scale, marks: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """The first samples, and the intervals to look into: a coarse grid, and between it what is not straight."""
    u = grid(_COARSE * _LOOKS)
    x = xs.value(u)
    y = function(x)
    v = _seen(ys, y)
    coarse = np.arange(0, u.size, _LOOKS)
    width, rise = np.diff(u[coarse])[:, None], np.diff(v[coarse])[:, None]
    inner = coarse[:-1, None] + np.arange(1, _LOOKS)
    chord = v[coarse[:-1], None] + rise * (u[inner] - u[coarse[:-1], None]) / width
    real = np.isfinite(v[inner]).sum(axis=1) + np.isfinite(v[coarse[:-1]]) + np.isfinite(v[coarse[1:]])
    bent = (np.abs(v[inner] - chord) / np.hypot(1, rise / width)).max(
        axis=1
    ) > _FLAT / 4  # they are there already
    rough = np.where(real == _LOOKS + 1, bent, real > 0)
    near = rough.copy()
    near[1:] |= rough[:-1]
    near[:-1] |= rough[1:]
    kept = np.zeros(u.size, dtype=bool)
    kept[coarse] = True
    kept[inner[near]] = True
    active = np.repeat(near, _LOOKS)
    active = active[np.flatnonzero(kept)[:-1]]
    x, y = x[kept], y[kept]
    extra = np.setdiff1d(marks, x)
    at = np.searchsorted(x, extra)
    inside = (at > 0) & (at < x.size)
    at, extra = at[inside], extra[inside]
    return (
        np.insert(x, at, extra),
        np.insert(y, at, function(extra)),
        np.insert(active, at - 1, active[at - 1]),
    )


def _envelope(function: Function, xs: Scale, ys: Scale, x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Where the samples are noise, the least and greatest of many in each narrow column; the x of those."""
    u, v = xs.place(x), _seen(ys, y)
    v = np.where(np.isfinite(v), v, -1.0)  # to come and go is to turn
    step = np.diff(v)
    size = np.abs(step)
    size[size > _LEAP] = 0.0  # more likely a jump or a pole, of which there is a search of its own
    turns = 1 + np.flatnonzero((step[1:] * step[:-1] < 0) & (np.minimum(size[1:], size[:-1]) > _HAIR))
    count = np.bincount(np.clip(u[turns] * _WIDE, 0, _WIDE - 1).astype(int), minlength=_WIDE)
    full = count >= _TURNS
    # One column alone may be a spike or two.
    beside = np.concatenate([[False], full[:-1]]) | np.concatenate([full[1:], [False]])
    full &= beside
    if not full.any():
        return x, y, np.empty(0)
    column = np.flatnonzero(full)
    at = xs.value((column[:, None] + (grid(_ENVELOPE)[:-1] + 0.3 / _ENVELOPE)) / _WIDE)
    value = function(at.ravel()).reshape(at.shape)
    half = _ENVELOPE // 2
    found = [
        _summit(function, at[:, part], value[:, part], sign, climbs)
        for sign in (1, -1)
        # Two of each in a column: no wider apart than a line, so the band is solid.
        for part, climbs in ((slice(None), _CLIMBS), (slice(0, half), 0), (slice(half, None), 0))
    ]
    chosen, heights = (np.concatenate(each) for each in zip(*found))
    chosen, first = np.unique(chosen[np.isfinite(heights)], return_index=True)
    heights = heights[np.isfinite(heights)][first]
    outside = ~full[np.clip(u * _WIDE, 0, _WIDE - 1).astype(int)]
    merged = np.concatenate([x[outside], chosen])
    order = np.argsort(merged, kind="stable")
    return merged[order], np.concatenate([y[outside], heights])[order], chosen


def _thin(xs: Scale, x: Array, v: Array) -> tuple[Array, Array]:
    """Of many points what a picture can show: in each narrow column the first, lowest, highest and last."""
    if x.size <= 4 * _COLUMNS:
        return x, v
    u = xs.place(x)
    gone = np.isnan(v)
    column = np.where(gone, -1, np.floor(np.where(gone, 0, u) * _COLUMNS))
    starts = np.flatnonzero(np.concatenate([[True], column[1:] != column[:-1]]))
    ends = np.concatenate([starts[1:], [u.size]]) - 1
    index = np.arange(u.size)
    order = np.lexsort((v, np.repeat(np.arange(starts.size), ends - starts + 1)))
    kept = np.unique(np.concatenate([starts, ends, index[order][starts], index[order][ends]]))
    return x[kept], v[kept]


def _halve(
    function: Function, xs: Scale, ys: Scale, x: Array, y: Array, active: NDArray[np.bool_]
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """One round: a point into each active interval; the halves stay active where the curve bends."""
    left = np.flatnonzero(active)
    u = xs.place(x)
    middle = xs.value(u[left] / 2 + u[left + 1] / 2)
    fresh = (middle > x[left]) & (middle < x[left + 1])
    left, middle = left[fresh], middle[fresh]
    new = function(middle)
    v, v_new = _seen(ys, y), _seen(ys, new)
    start, end = v[left], v[left + 1]
    slope = (end - start) / (u[left + 1] - u[left])
    part = (xs.place(middle) - u[left]) / (u[left + 1] - u[left])
    bend = np.abs(v_new - start - part * (end - start)) / np.hypot(1, slope)
    real = np.isfinite(start).astype(int) + np.isfinite(end) + np.isfinite(v_new)
    rough = np.where(real == 3, bend > _FLAT, real > 0)

    intervals = np.zeros(x.size - 1, dtype=bool)
    intervals[left] = rough
    # A bend next door may reach into this interval.
    intervals[1:] |= intervals[:-1].copy()
    intervals[:-1] |= intervals[1:].copy()
    split = np.zeros(x.size - 1, dtype=int)
    split[left] = 1
    active = np.repeat(intervals & active, split + 1)
    return np.insert(x, left + 1, middle), np.insert(y, left + 1, new), active


def reach_edges(function: Function, x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Extend each piece to the last number where the function is real: sqrt starts at 0, not near it.

    The edges too: the last number inside and the first one outside, in rows.
    """
    real = np.isfinite(y)
    left = np.flatnonzero(real[1:] != real[:-1])
    if left.size > _MOST_EDGES:
        # Those that are farthest from others.
        apart = np.minimum(np.diff(x[left], prepend=-np.inf), np.diff(x[left], append=np.inf))
        left = np.sort(left[np.argsort(-apart, kind="stable")[:_MOST_EDGES]])
    if not left.size:
        return x, y, np.empty((0, 2))
    inner = np.where(real[left], left, left + 1)
    good, outside = x[inner], np.where(real[left], x[left + 1], x[left])
    height = y[inner]
    for _ in range(BISECTIONS):
        middle = good / 2 + outside / 2
        value = function(middle)
        is_real = np.isfinite(value)
        good, height = np.where(is_real, middle, good), np.where(is_real, value, height)
        outside = np.where(is_real, outside, middle)
    new = good != x[inner]
    ends = np.column_stack([good, outside])
    return np.insert(x, left[new] + 1, good[new]), np.insert(y, left[new] + 1, height[new]), ends


def _break(
    function: Function, xs: Scale, ys: Scale, x: Array, y: Array, dense: NDArray[np.bool_]
) -> tuple[Array, Array, Array]:
    """Put a gap into each interval where the function jumps or has a pole, but for the ``dense`` ones.

    Bisection towards the larger rise tells: where the function is continuous, however steep, the rise
    dies away with the interval; at a jump it stays and at a pole it grows.
    """
    rise = np.abs(np.diff(_seen(ys, y)))
    rise[dense[1:] | dense[:-1]] = 0.0
    suspects = np.flatnonzero((rise > _JUMP) & (rise > _STEEP * np.diff(xs.place(x))))
    if suspects.size > _MOST_BREAKS:
        suspects = np.sort(suspects[np.argsort(-rise[suspects], kind="stable")[:_MOST_BREAKS]])
    if not suspects.size:
        return x, y, np.empty((0, 2))
    a, b, fa, fb = x[suspects], x[suspects + 1], y[suspects], y[suspects + 1]
    enough = np.abs(fb - fa) / 4
    open_ = np.ones(suspects.size, dtype=bool)
    for _ in range(min(BISECTIONS, _BREAK_WORK // suspects.size)):
        at = np.flatnonzero(open_)
        if not at.size:
            break
        middle = a[at] / 2 + b[at] / 2
        value = function(middle)
        # Not real in the middle, or no number between: the bracket is as tight as it gets.
        inside = np.isfinite(value) & (middle > a[at]) & (middle < b[at])
        open_[at[~inside]] = False
        at, middle, value = at[inside], middle[inside], value[inside]
        first = np.abs(value - fa[at]) >= np.abs(fb[at] - value)
        b[at], fb[at] = np.where(first, middle, b[at]), np.where(first, value, fb[at])
        a[at], fa[at] = np.where(first, a[at], middle), np.where(first, fa[at], value)
        open_[at] = np.abs(fb[at] - fa[at]) > enough[at]
    broken = np.abs(fb - fa) > enough
    # A value all by itself, as sign has at 0, belongs to neither piece.
    for _ in range(2):
        further, before = np.nextafter(b, np.inf), np.nextafter(a, -np.inf)
        beyond, behind = function(further), function(before)
        lone = broken & (further < x[suspects + 1]) & (np.abs(beyond - fb) > enough)
        b, fb = np.where(lone, further, b), np.where(lone, beyond, fb)
        lone = broken & (before > x[suspects]) & (np.abs(behind - fa) > enough)
        a, fa = np.where(lone, before, a), np.where(lone, behind, fa)
    nothing = np.full(a.size, np.nan)
    gap_x = np.column_stack([a, nothing, b])[broken].ravel()
    gap_y = np.column_stack([fa, nothing, fb])[broken].ravel()
    where = np.repeat(suspects[broken] + 1, 3)
    gaps = np.column_stack([a, b])[broken]
    return np.insert(x, where, gap_x), np.insert(y, where, gap_y), gaps


def clip(u: Array, v: Array, low: float, high: float) -> tuple[Array, Array]:
    """Cut the line where it leaves the frame; nan stands for what is gone."""
    for bound in (low, high):
        cut = np.flatnonzero((v[:-1] - bound) * (v[1:] - bound) < 0)
        part = (bound - v[cut]) / (v[cut + 1] - v[cut])
        u, v = np.insert(u, cut + 1, u[cut] + part * (u[cut + 1] - u[cut])), np.insert(v, cut + 1, bound)
    gone = ~((v >= low) & (v <= high))
    # One nan between two pieces is enough.
    keep = ~(gone & np.concatenate([[True], gone[:-1]]))
    return np.where(gone, np.nan, u)[keep], np.where(gone, np.nan, v)[keep]
