"""Pictures of functions and their tangents: callables and numbers in, a Matplotlib figure or its bytes out.

    seed = Curve("f(x) = 3*x**2 - 4*x", lambda x: 3 * x**2 - 4 * x)
    picture = figure([seed], [Tangent(1.0, -1.0, 2.0, "tangent y = 2*x - 3")], Axes())
    svg = render(picture, "svg")

The window is chosen from what is interesting in the curves, the curves are sampled where they bend, and
they break where the function does. The same figure gives the same bytes in every process. This module
knows nothing of the expression language, and it loads Matplotlib only when a figure is made.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from io import BytesIO
from math import ceil, floor, inf, isfinite, isinf, log10
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from calcgrad.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Function = Callable[[Array], Array]
Limits = tuple[float, float]
ScaleName = Literal["linear", "log"]
Format = Literal["svg", "pdf", "png"]


@dataclass(frozen=True)
class Curve:
    """A function to draw: vectorised over float64, nan where it is not real."""

    label: str
    function: Function


@dataclass(frozen=True)
class Tangent:
    """The line through (x, y) with this slope; an infinite slope is a vertical tangent."""

    x: float
    y: float
    slope: float
    label: str


@dataclass(frozen=True)
class Axes:
    """What the frame of the picture looks like; limits that are None are chosen from the curves."""

    xlim: Limits | None = None
    ylim: Limits | None = None
    xscale: ScaleName = "linear"
    yscale: ScaleName = "linear"
    xlabel: str | None = "x"
    ylabel: str | None = None
    title: str | None = None
    legend: bool = True
    grid: bool = True
    size: tuple[float, float] = (3.5, 2.5)


def figure(curves: Sequence[Curve], tangents: Sequence[Tangent] = (), axes: Axes | None = None) -> Figure:
    """The picture of these curves and tangents. Raises UsageError where there is nothing to draw."""
    axes = axes or Axes()
    _check(axes)
    with np.errstate(all="ignore"):
        xs = _Scale(*(axes.xlim or _x_window(curves, tangents, axes)), log=axes.xscale == "log")
        _check_limits("x", xs.low, xs.high, xs.log)
        ys = _Scale(*(axes.ylim or _y_window(curves, tangents, xs, axes)), log=axes.yscale == "log")
        marks = _marked(xs, tangents)
        paths = [_sample(_drawable(curve.function, ys.log), xs, ys, marks) for curve in curves]
        for curve, path in zip(curves, paths):
            if not path.real:
                raise _nothing_to_draw(curve, xs, ys)
        lines = [_tangent_line(tangent, xs, ys) for tangent in tangents]
    with style():
        return _draw(curves, paths, tangents, lines, xs, ys, axes)


def render(picture: Figure, format: Format) -> bytes:
    """The figure as a file: SVG with text as text, PDF with fonts embedded, or PNG at 200 dots an inch."""
    stream = BytesIO()
    title, description = _describe(picture)
    with style():
        if format == "svg":
            picture.savefig(stream, format="svg", metadata={"Date": None, "Title": title})
        elif format == "pdf":
            picture.savefig(stream, format="pdf", metadata={"CreationDate": None, "Title": title})
        else:
            picture.savefig(stream, format="png", dpi=200, metadata={"Title": title})
    if format != "svg":
        return stream.getvalue()
    # Matplotlib writes a title but no description, which screen readers read next.
    desc = f"</title>\n <desc>{escape(description, quote=False)}</desc>".encode()
    return stream.getvalue().replace(b"</title>", desc, 1)


# --- scales -----------------------------------------------------------------------------------------

# Beyond this the width of a window, or Matplotlib's arithmetic on it, would overflow.
_GIANT = 1e300
# Relative to its numbers: a narrower window holds too few doubles to draw a line through.
_NARROW = 5e-13


@dataclass(frozen=True)
class _Scale:
    """One axis: a number's place on it is 0 at the low end, 1 at the high end."""

    low: float
    high: float
    log: bool = False

    def place(self, values: Array | float) -> Array:
        """nan where a log axis has no place for a number."""
        numbers = np.asarray(values, dtype=np.float64)
        if self.log:
            logs = np.log10(np.where(numbers > 0, numbers, np.nan))
            return np.asarray((logs - log10(self.low)) / (log10(self.high) - log10(self.low)))
        # Halves, so that the difference of two giants stays finite.
        return np.asarray((numbers / 2 - self.low / 2) / (self.high / 2 - self.low / 2))

    def value(self, places: Array | float) -> Array:
        place = np.asarray(places, dtype=np.float64)
        if self.log:
            return np.asarray(10.0 ** (log10(self.low) * (1 - place) + log10(self.high) * place))
        return np.asarray(self.low * (1 - place) + self.high * place)

    def between(self) -> str:
        return f"between {self.low:.6g} and {self.high:.6g}"


def _check(axes: Axes) -> None:
    for name, limits, scale in (("x", axes.xlim, axes.xscale), ("y", axes.ylim, axes.yscale)):
        if limits is not None:
            _check_limits(name, *limits, log=scale == "log")
    if not all(isfinite(inches) and 1 <= inches <= 100 for inches in axes.size):
        raise UsageError("a picture is between 1 and 100 inches wide and high")


def _check_limits(name: str, low: float, high: float, log: bool) -> None:
    hint = f"choose another --{name}lim"
    if not (isfinite(low) and isfinite(high) and low < high):
        raise UsageError(f"{name} limits must be two finite numbers, the smaller first", hint=hint)
    if log and low <= 0:
        raise UsageError(f"a log axis needs positive limits, {low:g} is not", hint=hint)
    size = max(-low, high)
    if size > _GIANT:
        raise UsageError(f"{name} limits beyond {_GIANT:g} cannot be drawn", hint=hint)
    if high - low < _NARROW * size:
        raise UsageError(f"{name} limits so close to each other cannot be drawn in doubles", hint=hint)


def _nothing_to_draw(curve: Curve, xs: _Scale, ys: _Scale) -> UsageError:
    what = "positive" if ys.log else "real"
    name = _plain(curve.label)
    return UsageError(f"{name} is {what} nowhere {xs.between()}", hint="choose another --xlim")


# --- the window -------------------------------------------------------------------------------------

# Features within this distance of the centre are what a reader expects to see; farther ones count only
# where there are no others.
_REACH = 50.0


def _x_window(curves: Sequence[Curve], tangents: Sequence[Tangent], axes: Axes) -> Limits:
    """Limits that show the tangents' points and the roots, turns, poles and edges around them."""
    anchors = [tangent.x for tangent in tangents]
    if axes.xscale == "log":
        positive = [x for x in anchors if x > 0]
        low, high = (min(positive) / 10, max(positive) * 10) if positive else (0.01, 100.0)
        return low, high
    centre = (min(anchors) / 2 + max(anchors) / 2) if anchors else 0.0
    features = np.concatenate([np.empty(0), *(_features(curve.function, centre) for curve in curves)])
    distances = np.sort(np.abs(features - centre))
    reach = _uncrowded(distances)
    shown = features[np.abs(features - centre) <= reach]
    low, high = _hull([*shown, *anchors] or [centre])
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


def _features(function: Function, centre: float) -> Array:
    """Where the function has a root, a turn, a pole, a jump or an edge of its domain, roughly.

    The grid is fine near the centre and coarse far from it, so that features of any size are seen.
    """
    near, far = 1e-4, max(1e4, 4 * abs(centre))
    steps = np.linspace(-np.arcsinh(far / near), np.arcsinh(far / near), 2001)
    x = centre + near * np.sinh(steps)
    y = _values(function, x)
    real = ~np.isnan(y)
    edges = np.flatnonzero(real[1:] != real[:-1])
    edge = np.where(real[edges], x[edges], x[edges + 1])

    sign = np.sign(y)
    # A fall from next to nothing to nothing is an underflow, not a root.
    seen = np.maximum(np.abs(y[1:]), np.abs(y[:-1])) > 1e-200
    roots = np.flatnonzero((sign[1:] != sign[:-1]) & seen)
    root = np.where(sign[roots] == 0, x[roots], x[roots + 1])
    crossing = sign[roots] * sign[roots + 1] < 0
    weight = np.abs(y[roots]) / (np.abs(y[roots]) + np.abs(y[roots + 1]))
    weight = np.where(np.isfinite(weight), weight, 0.5)
    root = np.where(crossing, x[roots] + weight * (x[roots + 1] - x[roots]), root)

    rise = np.diff(np.where(np.isfinite(y), y, np.nan))
    # Rounding errors are no turns.
    rise[np.abs(rise) <= 1e-12 * np.maximum(np.abs(y[1:]), np.abs(y[:-1]))] = 0.0
    turns = x[1:-1][np.sign(rise[1:]) * np.sign(rise[:-1]) < 0]
    size = np.abs(rise)
    beside = np.maximum(size[2:], size[:-2])
    sharp = (size[1:-1] > 8 * beside) & (size[1:-1] > 1e-3 * np.abs(y[1:-2]))
    jumps = np.flatnonzero(sharp)
    jump = x[jumps + 1] / 2 + x[jumps + 2] / 2

    found = np.concatenate([root, turns, jump])
    reachable = np.isfinite(y[np.abs(x - centre) <= _REACH]).any()
    everything = _distinct(np.concatenate([found, edge]), centre)
    close = everything[np.abs(everything - centre) <= _REACH]
    if reachable:
        if close.size > 1 or (close.size == 1 and not _straight(function, centre)):
            return close
        # An edge far from a real centre is mostly an overflow, inf/inf.
        everything = _distinct(found, centre)
    # Nothing to see nearby: what is nearest, and its company.
    distances = np.abs(everything - centre)
    beyond = distances[distances > _REACH]
    return everything[distances <= 4 * beyond.min()] if beyond.size else close


def _distinct(features: Array, centre: float) -> Array:
    """The same feature may be a root and a turn and a jump a step apart on the grid: count it once."""
    kept: list[float] = []
    for x in np.sort(features).tolist():
        if not kept or x - kept[-1] > 0.05 * abs(x - centre):
            kept.append(x)
    return np.array(kept)


def _straight(function: Function, centre: float) -> bool:
    y = _values(function, np.linspace(centre - 3, centre + 3, 33))
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
        y = _values(curve.function, x)
        real |= (y > 0) if log else ~np.isnan(y)
    if not real.any():
        return low, high
    first, last = _hull([*x[real], *anchors])
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


def _hull(numbers: Sequence[float]) -> Limits:
    return float(min(numbers)), float(max(numbers))


def _y_window(curves: Sequence[Curve], tangents: Sequence[Tangent], xs: _Scale, axes: Axes) -> Limits:
    """Limits that show the body of the curves: a pole or a steep end does not flatten the rest."""
    log = axes.yscale == "log"
    x = np.unique(xs.value(np.concatenate([_grid(320), _marked(xs, tangents)])))
    ends = [float(_heights(t.y, log)) for t in tangents]
    for curve in curves:
        function = _drawable(curve.function, log)

        def height(x: Array, function: Function = function) -> Array:
            return _heights(function(x), log)

        at, y = _reach_edges(function, x, function(x))
        if not np.isnan(y).all():
            ends += _body(height, at, _heights(y, log))
    ends = [end for end in ends if isfinite(end)]
    if not ends:
        return (1.0, 10.0) if log else (-1.0, 1.0)
    low, high = _hull(ends)
    if not log:
        low, high = _with_tangents(low, high, tangents, xs)
    if high - low <= _NARROW * max(abs(low), abs(high)):
        # A constant: leave room above and below.
        room = 1.0 if log else abs(low) / 2 or 1.0
    else:
        room = 0.08 * (high - low)
    low, high = low - room, high + room
    if log:
        return 10.0 ** max(low, -300.0), 10.0 ** min(high, 300.0)
    return max(low, -_GIANT), min(high, _GIANT)


def _heights(y: Array | float, log: bool) -> Array:
    """Numbers as they count on this axis."""
    return np.log10(np.where(np.asarray(y) > 0, y, np.nan)) if log else np.clip(y, -_GIANT, _GIANT)


def _body(height: Function, x: Array, y: Array) -> Limits:
    """The range of heights worth showing.

    From the middle half of the heights outwards, as long as the range grows by reasonable steps; then
    the highest and the lowest turn, where they are turns and not poles.
    """
    finite = y[np.isfinite(y)]
    low, high = np.percentile(finite, [25, 75])
    for tail in (10, 5, 0):
        wider = np.percentile(finite, [tail, 100 - tail])
        if wider[1] - wider[0] > 5 * (high - low) and high > low:
            margin = (high - low) / 4
            low, high = max(low - margin, finite.min()), min(high + margin, finite.max())
            break
        low, high = wider
    for index in (int(np.nanargmax(y)), int(np.nanargmin(y))):
        if 0 < index < y.size - 1 and _is_turn(height, x[index - 1], x[index + 1], (low + high) / 2):
            low, high = min(low, y[index]), max(high, y[index])
    return float(low), float(high)


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


def _with_tangents(low: float, high: float, tangents: Sequence[Tangent], xs: _Scale) -> Limits:
    """Room for a stretch of each tangent on both sides of its point, within reason."""
    room = (high - low) / 3 or inf
    bottom, top = low - room, high + room
    for tangent in tangents:
        if isfinite(tangent.slope) and isfinite(tangent.y):
            rise = abs(tangent.slope) * 0.4 * (xs.high - xs.low)
            low = min(low, max(tangent.y - rise, bottom))
            high = max(high, min(tangent.y + rise, top))
    return low, high


# --- sampling ---------------------------------------------------------------------------------------

# All in places, where the frame is 1 by 1: a bend smaller than the first is not seen, a jump smaller
# than the second is not broken.
_FLAT = 6e-4
_JUMP = 5e-3
_STEEP = 4.0
_COARSE = 160
_HALVINGS = 5
_BISECTIONS = 60
_MOST_BREAKS = 100
_MOST_EDGES = 60


@dataclass(frozen=True)
class _Path:
    """A curve ready to draw: its pieces in one array with nan between them, and was it real anywhere."""

    x: Array
    y: Array
    real: bool


def _values(function: Function, x: Array) -> Array:
    return np.broadcast_to(np.asarray(function(x), dtype=np.float64), x.shape)


def _drawable(function: Function, log: bool) -> Function:
    """The function, nan wherever its value has no height on the axis."""

    def drawable(x: Array) -> Array:
        y = _values(function, x)
        return np.where(np.isfinite(y) & ((y > 0) | (not log)), y, np.nan)

    return drawable


def _grid(count: int) -> Array:
    """Places from 0 to 1, a little irregular so that no period hides behind them."""
    index = np.arange(count + 1)
    shift = (index * 0.6180339887498949) % 1 - 0.5
    shift[[0, -1]] = 0
    return np.asarray((index + 0.6 * shift) / count)


def _marked(xs: _Scale, tangents: Sequence[Tangent]) -> Array:
    """The places that every sample should hit: zero, and where the tangents touch."""
    places = xs.place(np.array([0.0, *(tangent.x for tangent in tangents)]))
    return places[(places > 0) & (places < 1)]


def _sample(function: Function, xs: _Scale, ys: _Scale, marks: Array) -> _Path:
    """Few points where the curve is straight, many where it bends, and a gap where it breaks."""
    x = np.unique(xs.value(np.concatenate([_grid(_COARSE), marks])))
    y = function(x)
    active = np.ones(x.size - 1, dtype=bool)
    for _ in range(_HALVINGS):
        x, y, active = _halve(function, xs, ys, x, y, active)
        if not active.any():
            break
    if np.isnan(y).all():
        return _Path(x, y, real=False)
    x, y = _reach_edges(function, x, y)
    x, y = _break(function, xs, ys, x, y)
    u, v = _clip(xs.place(x), np.clip(ys.place(y), -1e9, 1e9), -0.03, 1.03)
    return _Path(xs.value(u), ys.value(v), real=True)


def _halve(
    function: Function, xs: _Scale, ys: _Scale, x: Array, y: Array, active: NDArray[np.bool_]
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """One round: a point into each active interval; the halves stay active where the curve bends."""
    left = np.flatnonzero(active)
    u = xs.place(x)
    middle = xs.value(u[left] / 2 + u[left + 1] / 2)
    fresh = (middle > x[left]) & (middle < x[left + 1])
    left, middle = left[fresh], middle[fresh]
    new = function(middle)
    # What is far outside the frame is not seen and need not be fine.
    v, v_new = (np.clip(ys.place(values), -1.0, 2.0) for values in (y, new))
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


def _reach_edges(function: Function, x: Array, y: Array) -> tuple[Array, Array]:
    """Extend each piece to the last number where the function is real: sqrt starts at 0, not near it."""
    real = np.isfinite(y)
    left = np.flatnonzero(real[1:] != real[:-1])[:_MOST_EDGES]
    if not left.size:
        return x, y
    inner = np.where(real[left], left, left + 1)
    good, outside = x[inner], np.where(real[left], x[left + 1], x[left])
    height = y[inner]
    for _ in range(_BISECTIONS):
        middle = good / 2 + outside / 2
        value = function(middle)
        is_real = np.isfinite(value)
        good, height = np.where(is_real, middle, good), np.where(is_real, value, height)
        outside = np.where(is_real, outside, middle)
    new = good != x[inner]
    return np.insert(x, left[new] + 1, good[new]), np.insert(y, left[new] + 1, height[new])


def _break(function: Function, xs: _Scale, ys: _Scale, x: Array, y: Array) -> tuple[Array, Array]:
    """Put a gap into each interval where the function jumps or has a pole.

    Bisection towards the larger rise tells: where the function is continuous, however steep, the rise
    dies away with the interval; at a jump it stays and at a pole it grows.
    """
    v = np.clip(ys.place(y), -1.0, 2.0)
    rise = np.abs(np.diff(v))
    suspects = np.flatnonzero((rise > _JUMP) & (rise > _STEEP * np.diff(xs.place(x))))
    if suspects.size > _MOST_BREAKS:
        suspects = np.sort(suspects[np.argsort(-rise[suspects], kind="stable")[:_MOST_BREAKS]])
    if not suspects.size:
        return x, y
    a, b, fa, fb = x[suspects], x[suspects + 1], y[suspects], y[suspects + 1]
    enough = np.abs(fb - fa) / 4
    open_ = np.ones(suspects.size, dtype=bool)
    for _ in range(_BISECTIONS):
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
    nothing = np.full(a.size, np.nan)
    gap_x = np.column_stack([a, nothing, b])[broken].ravel()
    gap_y = np.column_stack([fa, nothing, fb])[broken].ravel()
    where = np.repeat(suspects[broken] + 1, 3)
    return np.insert(x, where, gap_x), np.insert(y, where, gap_y)


def _clip(u: Array, v: Array, low: float, high: float) -> tuple[Array, Array]:
    """Cut the line where it leaves the frame; nan stands for what is gone."""
    for bound in (low, high):
        cut = np.flatnonzero((v[:-1] - bound) * (v[1:] - bound) < 0)
        part = (bound - v[cut]) / (v[cut + 1] - v[cut])
        u, v = np.insert(u, cut + 1, u[cut] + part * (u[cut + 1] - u[cut])), np.insert(v, cut + 1, bound)
    gone = ~((v >= low) & (v <= high))
    # One nan between two pieces is enough.
    keep = ~(gone & np.concatenate([[True], gone[:-1]]))
    return np.where(gone, np.nan, u)[keep], np.where(gone, np.nan, v)[keep]


def _tangent_line(tangent: Tangent, xs: _Scale, ys: _Scale) -> tuple[Array, Array]:
    """The tangent from one side of the frame to another; nothing where it does not meet the frame."""
    if not isinf(tangent.slope) and (xs.log or ys.log):
        u = np.linspace(0, 1, 400)
        u, v = _clip(u, ys.place(tangent.y + tangent.slope * (xs.value(u) - tangent.x)), 0.0, 1.0)
        return xs.value(u), ys.value(v)
    if isinf(tangent.slope):
        start, step = (float(xs.place(tangent.x)), 0.5), (0.0, 1.0)
    else:
        start = float(xs.place(tangent.x)), float(ys.place(tangent.y))
        tilt = tangent.slope * ((xs.high - xs.low) / (ys.high - ys.low))
        step = (1.0, tilt) if abs(tilt) <= 1 else (1 / tilt, 1.0)
    # The stretch of start + t*step that both pairs of sides enclose.
    first, last = -np.inf, np.inf
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


# --- drawing ----------------------------------------------------------------------------------------

# Okabe and Ito's colours, told apart by colour-blind readers too.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_INK = "#333333"

_STYLE = {
    "axes.edgecolor": "#888888",
    "axes.labelcolor": _INK,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.titlesize": 9,
    "figure.constrained_layout.h_pad": 0.07,
    "figure.constrained_layout.w_pad": 0.07,
    "font.size": 8,
    "grid.color": "#e2e2e2",
    "grid.linewidth": 0.5,
    "legend.fontsize": 7,
    "lines.linewidth": 1.5,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "calcgrad",
    "text.color": _INK,
    # Labels are the user's: a dollar or an underscore in them is no mathematics.
    "text.parse_math": False,
    "xtick.color": _INK,
    "xtick.labelsize": 7,
    "ytick.color": _INK,
    "ytick.labelsize": 7,
}


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's own defaults and our style on top, whatever the user's settings are; then as before."""
    import matplotlib

    defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if "backend" not in name}
    with matplotlib.rc_context({**defaults, **_STYLE}), warnings.catch_warnings(), np.errstate(all="ignore"):
        # A character that the font lacks is a box in PNG and PDF, and itself in SVG.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def _draw(
    curves: Sequence[Curve],
    paths: Sequence[_Path],
    tangents: Sequence[Tangent],
    lines: Sequence[tuple[Array, Array]],
    xs: _Scale,
    ys: _Scale,
    options: Axes,
) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    picture = Figure(figsize=options.size, dpi=72, layout="constrained")
    # The canvas that measures text soonest; any other can render the figure.
    FigureCanvasAgg(picture)
    axes = picture.add_subplot()
    axes.set_xscale(options.xscale)
    axes.set_yscale(options.yscale)
    _ticks(axes.xaxis, xs, options.size[0])
    _ticks(axes.yaxis, ys, options.size[1])
    axes.set_xlim(xs.low, xs.high)
    axes.set_ylim(ys.low, ys.high)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(options.grid)
    axes.set_axisbelow(True)

    entries = []
    for index, (curve, path) in enumerate(zip(curves, paths)):
        (line,) = axes.plot(path.x, path.y, color=_colour(index), solid_joinstyle="round", zorder=3)
        line.set_gid(f"curve-{index + 1}")
        entries.append((line, _plain(curve.label)))
    for index, (tangent, (x, y)) in enumerate(zip(tangents, lines)):
        colour = _colour(len(curves) + index)
        (line,) = axes.plot(x, y, color=colour, linewidth=1.2, dashes=(4, 2), zorder=4)
        line.set_gid(f"tangent-{index + 1}")
        entries.append((line, _plain(tangent.label)))
        if 0 <= xs.place(tangent.x) <= 1 and 0 <= ys.place(tangent.y) <= 1:
            (point,) = axes.plot([tangent.x], [tangent.y], "o", color=colour, markersize=4.5, zorder=5)
            point.set(gid=f"point-{index + 1}", markeredgecolor="white", markeredgewidth=0.6, clip_on=False)

    labels = (
        (axes.set_title, options.title),
        (axes.set_xlabel, options.xlabel),
        (axes.set_ylabel, options.ylabel),
    )
    words = [set_label(_plain(label)) for set_label, label in labels if label]
    if options.legend:
        _legend(picture, axes, [entry for entry in entries if entry[1]])
    else:
        _lay_out(picture)
    # They are centred on the axes, which are not in the middle of the picture.
    paper, box = picture.bbox, axes.get_window_extent()
    across = 2 * min(box.x0 + box.width / 2, paper.width - box.x0 - box.width / 2) - 6
    upright = 2 * min(box.y0 + box.height / 2, paper.height - box.y0 - box.height / 2) - 6
    for text in words:
        _fit(text, upright if text is axes.yaxis.label else across)
    # What is placed stays placed: rendering need not lay it out again.
    picture.set_layout_engine("none")
    picture.set_label(_sentence(curves, tangents, xs, options))
    return picture


def _colour(index: int) -> str:
    return _COLOURS[index % len(_COLOURS)]


def _ticks(axis: Any, scale: _Scale, inches: float) -> None:
    """About two ticks an inch, labelled in plain text: Matplotlib's log labels are mathematics."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    count = max(3, ceil(2 * inches))
    if scale.log and scale.high / scale.low > 30:
        axis.set_major_locator(LogLocator(numticks=count + 1))
        axis.set_major_formatter(FuncFormatter(_powers(scale)))
    else:
        locator: Any = MaxNLocator(count, steps=[1, 2, 2.5, 5, 10])
        # Matplotlib widens limits that it finds too narrow or too small; ours are meant.
        locator.nonsingular = lambda low, high: (low, high)
        write, offset = _numbers(scale)
        formatter = FuncFormatter(write)
        formatter.set_offset_string(offset)
        axis.set_major_locator(locator)
        axis.set_major_formatter(formatter)
    axis.set_minor_formatter(NullFormatter())


def _powers(scale: _Scale) -> Callable[[float, int], str]:
    plain = scale.low > 5e-4 and scale.high < 5e4

    def write(value: float, _position: int) -> str:
        if not 0 < value < inf:
            # Matplotlib also asks about ticks beyond the doubles, which it will not draw.
            return ""
        return f"{value:g}" if plain else _power(round(log10(value)))

    return write


def _numbers(scale: _Scale) -> tuple[Callable[[float, int], str], str]:
    """How to write a tick, and what all ticks share: a power of ten, or a number that they are close to."""
    span, size = scale.high - scale.low, max(abs(scale.low), abs(scale.high))
    base = round(scale.low, -ceil(log10(span))) if size > 1e4 * span else 0.0
    exponent = floor(log10(span if base else size))
    exponent = 0 if -3 <= exponent < 5 else exponent

    def write(value: float, _position: int) -> str:
        # Next to a base the ticks themselves are rounded doubles.
        digits = round((value - base) / 10.0**exponent, 3 if base else 9)
        return f"{digits or 0.0:.10g}".replace("-", "−")

    scaled = f"×{_power(exponent)} " if exponent else ""
    shift = f"{'−' if base < 0 else '+'} {abs(base):.17g}" if base else ""
    return write, (scaled + shift).strip()


def _power(exponent: int) -> str:
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _legend(picture: Figure, axes: Any, entries: Sequence[tuple[Any, str]]) -> None:
    """In the first corner where it covers nothing, else below the picture."""
    if not entries:
        _lay_out(picture)
        return
    handles = [line for line, _ in entries]
    look: dict[str, Any] = {"framealpha": 0.8, "edgecolor": "none", "handlelength": 1.8, "borderpad": 0.3}
    legend = axes.legend(handles, [" "] * len(entries), loc="upper left", borderaxespad=0.2, **look)
    legend.set_in_layout(False)
    # The labels come afterwards: Matplotlib drops entries whose label starts with an underscore.
    for text, (_, label) in zip(legend.get_texts(), entries):
        text.set_text(label)
    _lay_out(picture)
    frame, box = axes.get_window_extent(), legend.get_window_extent()
    if box.width <= frame.width:
        for corner in (
            "upper left",
            "upper right",
            "lower right",
            "lower left",
            "upper center",
            "lower center",
        ):
            legend.set_loc(corner)
            if not _covers(legend.get_window_extent(), axes.lines):
                return
    legend.remove()
    legend = picture.legend(handles, [" "] * len(entries), loc="outside lower center", **look)
    room = picture.bbox.width - 36
    for text, (_, label) in zip(legend.get_texts(), entries):
        text.set_text(label)
        _fit(text, room)
    _lay_out(picture)


def _lay_out(picture: Figure) -> None:
    engine = picture.get_layout_engine()
    assert engine is not None
    engine.execute(picture)


def _covers(box: Any, lines: Sequence[Any]) -> bool:
    for line in lines:
        path = line.get_path().transformed(line.get_transform())
        if path.intersects_bbox(box, filled=False) or box.count_contains(path.vertices):
            return True
    return False


# --- words ------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Text without control characters, half characters and invisible marks, which no format can hold."""
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())


def _fit(text: Any, room: float) -> None:
    """Shorten a text with an ellipsis until it fits the room, in points."""
    words = text.get_text()
    while len(words) > 1:
        box = text.get_window_extent()
        length = max(box.width, box.height)
        if length <= room:
            return
        words = words[: max(1, min(len(words) - 1, int(len(words) * room / length)))]
        text.set_text(words.rstrip() + "…")


def _sentence(curves: Sequence[Curve], tangents: Sequence[Tangent], xs: _Scale, options: Axes) -> str:
    """The picture in words: a title line, then a description."""
    title = _plain(options.title or ", ".join(curve.label for curve in curves))
    parts = [f"Graph of {_plain(curve.label)}" for curve in curves]
    parts += [f"{_plain(tangent.label)}, touching at x = {tangent.x:.6g}" for tangent in tangents]
    return f"{title}\n{'; '.join(parts)}; for x {xs.between()}."


def _describe(picture: Figure) -> tuple[str, str]:
    title, _, description = str(picture.get_label()).partition("\n")
    return title, description
