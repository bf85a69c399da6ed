"""Windows: limits of x and y, chosen from what is interesting in the curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from math import floor, inf, isfinite, log10

import numpy as np
from numpy.typing import NDArray

from calcgrad.pictures.sampling import drawable, grid, marked, reach_edges, values_at, values_of
from calcgrad.pictures.scales import GIANT, NARROW, Scale
from calcgrad.pictures.shapes import Array, Axes, Curve, Function, Limits, Tangent

# Features within this distance of the centre are what a reader expects to see; farther ones count only
# where there are no others.
_REACH = 50.0
_SAMPLES = 320
_LONG = 0.1  # of the samples: a shorter piece is no body by itself
_TAIL = 3.5
_LEAP, _FEW = 0.1, 3  # of the heights, a jump; and so many of them
_CLOSER, _UNEVEN = 40, 0.382  # steps towards a pole or jump, in parts that hit no plain number
_NEAR = 1e-4  # how fine the grid is at the centre


def x_window(curves: Sequence[Curve], tangents: Sequence[Tangent], axes: Axes) -> Limits:
    """Limits that show the tangents' points and the roots, turns, poles and edges around them."""
    anchors = [tangent.x for tangent in tangents] + [t.other[0] for t in tangents if t.other]
    if axes.xscale == "log":
        positive = [x for x in anchors if x > 0]
        low, high = (min(positive) / 10, max(positive) * 10) if positive else (0.01, 100.0)
        return low, high
    centre = (min(anchors) / 2 + max(anchors) / 2) if anchors else 0.0
    features, reach = _in_reach(curves, centre)
    distances = np.abs(features - centre)
    shown = features[np.abs(features - centre) <= reach]
    low, high = hull([*shown, *anchors] or [centre])
    width = high - low
    count = np.count_nonzero((distances > reach / 4) & (distances <= reach))
    if count <= 2:
        # Too few to tell a scale: the usual window around them.
        middle, half = low + width / 2, max(2.0 if anchors else 3.0, width)
        low, high = middle - half, middle + half
    else:
        margin = width * (0.25 if count <= 5 else 0.06)
        low, high = low - margin, high + margin
    low, high = _trim(curves, anchors, low, high, axes.yscale == "log")
    least = 1e-9 * max(-low, high)
    if high - low < least:
        low, high = low - least, high + least
    return _round(low, high)


def _in_reach(curves: Sequence[Curve], centre: float) -> tuple[Array, float]:
    """The features of all curves, and how far from the centre they are worth showing.

    Where they crowd at every distance that the grid tells apart, as in sin(1e9*x), a finer grid looks again.
    """
    near = _NEAR
    while True:
        found = [_features(curve, centre, near) for curve in curves]
        features = np.concatenate([np.empty(0), *found])
        distances = np.sort(np.abs(features - centre))
        reach = _uncrowded(distances)
        if reach > 0.5 * near or not distances.size:
            return features, reach
        if distances[-1] < _REACH / 2:
            # They run together at the centre: all of them, as of x**2*sin(1/x**2).
            return features, float(distances[-1]) * 1.05
        finer = near / 1e4
        if finer < max(1e-13, 1e-9 * abs(centre)):
            return features, reach
        near = finer


def _features(curve: Curve, centre: float, near: float) -> Array:
    """Where the function has a root, a turn, a pole, a hole, a jump or an edge of its domain, roughly.

    The grid is fine near the centre and coarse far from it, so that features of any size are seen.
    """
    far = max(1e4, 4 * abs(centre))
    steps = np.linspace(-np.arcsinh(far / near), np.arcsinh(far / near), 2001)
    x = centre + near * np.sinh(steps)
    y, error = curve.errors(x)
    real = ~np.isnan(y)
    edges = np.flatnonzero(real[1:] != real[:-1])
    edge = np.where(real[edges], x[edges], x[edges + 1])

    # Of a sign that is not certain nothing follows.
    root = np.concatenate(
        [
            _roots(x, np.where((y == 0) | ~(np.abs(y) <= error), y, np.nan)),
            *(_roots(x, values_of(each, x)) for each, _ in curve.specials),
        ]
    )

    rise = np.diff(np.where(np.isfinite(y), y, np.nan))
    turns = _turns(x, rise, error[1:] + error[:-1])
    size = np.abs(rise)
    beside = np.maximum(size[2:], size[:-2])
    sharp = (size[1:-1] > 8 * beside) & (size[1:-1] > 1e-3 * np.abs(y[1:-2]))
    sharp &= size[1:-1] > 2 * (error[1:-2] + error[2:-1])
    jumps = np.flatnonzero(sharp)
    jump = x[jumps + 1] / 2 + x[jumps + 2] / 2

    found = np.concatenate([root, turns, jump])
    reachable = np.isfinite(y[np.abs(x - centre) <= _REACH]).any()
    everything = _distinct(np.concatenate([found, edge]), centre)
    close = everything[np.abs(everything - centre) <= _REACH]
    if reachable:
        if close.size > 1 or (close.size == 1 and not _straight(curve.function, centre)):
            return close
        # An edge far from a real centre is mostly an overflow, inf/inf.
        everything = _distinct(found, centre)
    # Nothing to see nearby: what is nearest, and its company.
    distances = np.abs(everything - centre)
    beyond = distances[distances > _REACH]
    return everything[distances <= 4 * beyond.min()] if beyond.size else close


def _turns(x: Array, rise: Array, error: Array) -> Array:
    """Where samples turn up or down, be it over some whose rise is lost in their errors."""
    real = np.flatnonzero(~(np.abs(rise) <= error) | (error == 0))
    rise = rise[real]
    at = np.flatnonzero(np.sign(rise[1:]) * np.sign(rise[:-1]) < 0)
    return x[real[at] + 1] / 2 + x[real[at + 1]] / 2


def _roots(x: Array, y: Array) -> Array:
    """Where samples change their sign, or are 0."""
    sign = np.sign(y)
    # A fall from next to nothing to nothing is an underflow, not a root.
    seen = np.maximum(np.abs(y[1:]), np.abs(y[:-1])) > 1e-200
    at = np.flatnonzero((sign[1:] != sign[:-1]) & seen & ~np.isnan(sign[1:] + sign[:-1]))
    weight = np.abs(y[at]) / (np.abs(y[at]) + np.abs(y[at + 1]))
    weight = np.where(np.isfinite(weight), weight, 0.5)
    return x[at] + weight * (x[at + 1] - x[at])


def _distinct(features: Array, centre: float) -> Array:
    """The same feature may be a root and a turn and a jump a step apart on the grid: count it once."""
    kept: list[float] = []
    for x in np.sort(features).tolist():
        if not kept or x - kept[-1] > 0.05 * abs(x - centre):
            kept.append(x)
    return np.array(kept)


def _straight(function: Function, centre: float) -> bool:
    y = values_of(function, np.linspace(centre - 3, centre + 3, 33))
    if not np.isfinite(y).all():
        return False
    bend = np.abs(y - np.linspace(y[0], y[-1], y.size)).max()
    return bool(bend <= 0.01 * (y.max() - y.min()))


def _uncrowded(distances: Array) -> float:
    """The largest of these distances whose outer half holds at most five of them.

    It takes a couple of periods of a sine, the whole of a polynomial, and all of sin(1/x) but its heart.
    """
    for distance in distances[::-1]:
        outer = (distances > distance * 0.52) & (distances <= distance * 1.05)
        if np.count_nonzero(outer) <= 5:
            return float(distance) * 1.05
    return float(distances[0]) if distances.size else 0.0


def _trim(curves: Sequence[Curve], anchors: Sequence[float], low: float, high: float, log: bool) -> Limits:
    """Cut what lies outside every curve's domain, but for a margin that shows where it ends."""
    x = np.linspace(low, high, 401)
    real = np.zeros(x.shape, dtype=bool)
    for curve in curves:
        y = values_of(curve.function, x)
        real |= (y > 0) if log else ~np.isnan(y)
    if not real.any():
        return low, high
    first, last = hull([*x[real], *anchors])
    margin = 0.08 * (last - first)
    if first > low and margin:
        low = max(low, first - margin)
    if last < high and margin:
        high = min(high, last + margin)
    return low, high


def _round(low: float, high: float) -> Limits:
    """Ends that read well."""
    step = 10.0 ** floor(log10(high - low)) / 20
    rounded = float(round(low / step) * step), float(round(high / step) * step)
    return rounded if rounded[0] < rounded[1] else (low, high)


def hull(numbers: Sequence[float]) -> Limits:
    return float(min(numbers)), float(max(numbers))


def y_window(
    curves: Sequence[Curve], places: Sequence[Array], tangents: Sequence[Tangent], xs: Scale, axes: Axes,
    heights: Sequence[float] = (),
) -> Limits:  # fmt: skip
    """Limits that show the body of the curves, and ``heights``: a pole or a steep end does not flatten the rest.

    ``places`` are special ones of each curve, whose values are shown if they can be.
    """
    log = axes.yscale == "log"
    x = np.union1d(xs.value(grid(_SAMPLES)), marked(xs, tangents))
    ends = [float(_heights(t.y, log)) for t in tangents]
    ends += [float(_heights(t.other[1], log)) for t in tangents if t.other]
    ends += [float(_heights(height, log)) for height in heights]
    for curve, special in zip(curves, places, strict=True):
        function = drawable(curve.function, log)
        lone = _heights(values_at(replace(curve, function=function), special), log)

        def height(x: Array, function: Function = function) -> Array:
            return _heights(function(x), log)

        at, y, _ = reach_edges(function, x, function(x))
        if not np.isnan(y).all():
            ends += _bodies(height, at, _heights(y, log))
            low, high = hull(ends)
            # A value by itself far from the rest would flatten it.
            reach = 2 * (high - low) or inf
            ends += lone[np.abs(lone - (low / 2 + high / 2)) < reach].tolist()
        else:
            ends += lone.tolist()
    ends = [end for end in ends if isfinite(end)]
    if not ends:
        return (1.0, 10.0) if log else (-1.0, 1.0)
    low, high = hull(ends)
    if not log:
        low, high = _with_tangents(low, high, tangents, xs)
    if high - low <= NARROW * max(abs(low), abs(high)):
        # A constant: leave room above and below.
        room = 1.0 if log else abs(low) / 2 or 1.0
    else:
        room = 0.08 * (high - low)
    low, high = low - room, high + room
    if log:
        return 10.0 ** max(low, -300.0), 10.0 ** min(high, 300.0)
    return max(low, -GIANT), min(high, GIANT)


def _bodies(height: Function, x: Array, y: Array) -> list[float]:
    """Ends of the heights worth showing, of each piece between poles: 1/x has a body above and one below."""
    pieces, whole = _pieces(height, x, y)
    long = [
        piece
        for piece, bound in zip(pieces, whole, strict=True)
        if bound or piece[0].size >= _LONG * _SAMPLES
    ]
    if not long:
        return list(_body(height, *(np.concatenate(each) for each in zip(*pieces))))
    ends = [end for piece in long for end in _body(height, *piece)]
    low, high = hull(ends)
    for _, heights in pieces:
        # The shoulder of a pole at the edge of the window is no body, a level piece is.
        bottom, top = hull(heights.tolist())
        if top - bottom <= high - low:
            ends += [bottom, top]
        else:
            ends.append(float(heights[np.argmin(np.abs(heights - (low + high) / 2))]))
    return ends


def _pieces(height: Function, x: Array, y: Array) -> tuple[list[tuple[Array, Array]], list[bool]]:
    """The samples between poles, jumps and where the function is not real; and which of them end at jumps, not poles.

    Of many jumps none counts: they are a staircase, whose steps may outgrow the rest as a tail does.
    """
    low, middle, high = np.nanpercentile(y, [10, 50, 90])
    real = np.isfinite(y)
    size = np.abs(np.diff(y))
    beside = np.maximum(np.append(size[1:], 0.0), np.append(0.0, size[:-1]))
    sharp = np.flatnonzero((size > 8 * beside) & (size > _LEAP * (high - low)))
    jump = np.zeros(size.shape, dtype=bool)
    if sharp.size <= _FEW:
        jump[sharp[~_are_poles(height, x, y, sharp)]] = True
    side = np.sign(y[1:] - middle) != np.sign(y[:-1] - middle)
    cut = jump | side & (size > 3 * (high - low)) | (real[1:] != real[:-1])
    at = np.flatnonzero(cut)
    bounds = list(pairwise([0, *(at + 1).tolist(), y.size]))
    ends = [True, *jump[at].tolist(), True]
    return (
        [(x[a:b], y[a:b]) for a, b in bounds if real[a]],
        [
            all(each) and bool(jump.any())
            for each, (a, _) in zip(pairwise(ends), bounds, strict=True)
            if real[a]
        ],
    )


def _are_poles(height: Function, x: Array, y: Array, at: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether the heights in these intervals grow without end, where at a jump they stay."""
    a, b, fa, fb = x[at], x[at + 1], y[at], y[at + 1]
    most = 2 * np.abs(fb - fa)
    for _ in range(_CLOSER if at.size else 0):
        middle = a + _UNEVEN * (b - a)
        value = height(middle)
        first = np.abs(value - fa) >= np.abs(fb - value)
        b, fb = np.where(first, middle, b), np.where(first, value, fb)
        a, fa = np.where(first, a, middle), np.where(first, fa, value)
    return np.asarray(~(np.abs(fb - fa) <= most))


def _heights(y: Array | float, log: bool) -> Array:
    """Numbers as they count on this axis."""
    return np.log10(np.where(np.asarray(y) > 0, y, np.nan)) if log else np.clip(y, -GIANT, GIANT)


def _body(height: Function, x: Array, y: Array) -> Limits:
    """The range of heights worth showing.

    From the middle half of the heights outwards, as long as a tail is in proportion to what is before it; then
    the highest and the lowest turn, where they are turns and not poles.
    """
    quantiles = np.percentile(y, [50, 75, 90, 100])
    high = _reach_out(quantiles)
    low = -_reach_out(-np.percentile(y, [50, 25, 10, 0]))
    for index in (int(np.nanargmax(y)), int(np.nanargmin(y))):
        if 0 < index < y.size - 1 and _is_turn(height, x[index - 1], x[index + 1], (low + high) / 2):
            low, high = min(low, y[index]), max(high, y[index])
    return float(low), float(high)


def _reach_out(quantiles: Array) -> float:
    """How far up to go from the median: stopped short of a tail that outgrows all below it."""
    start = quantiles[0]
    for inner, outer in pairwise(quantiles[1:]):
        if outer - inner > _TAIL * (inner - start):
            return float(min(outer, inner + (inner - start) / 2))
    return float(quantiles[-1])


def _is_turn(height: Function, start: float, end: float, middle: float) -> bool:
    """Whether the extreme between two points is finite: looked at closer and closer, a pole grows."""
    first = None
    for _ in range(4):
        x = np.linspace(start, end, 33)
        away = np.abs(height(x) - middle)
        if not np.isfinite(away).all():
            return False
        top = int(np.argmax(away))
        first = away[top] if first is None else first
        if away[top] > 1.5 * first:
            return False
        start, end = x[max(top - 1, 0)], x[min(top + 1, x.size - 1)]
    return True


def _with_tangents(low: float, high: float, tangents: Sequence[Tangent], xs: Scale) -> Limits:
    """Room for a stretch of each tangent on both sides of its point, within reason."""
    room = (high - low) / 3 or inf
    bottom, top = low - room, high + room
    for tangent in tangents:
        if isfinite(tangent.slope) and isfinite(tangent.y):
            rise = abs(tangent.slope) * 0.4 * (xs.high - xs.low)
            low = min(low, max(tangent.y - rise, bottom))
            high = max(high, min(tangent.y + rise, top))
    return low, high
