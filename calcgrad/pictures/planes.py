"""Curves in the plane that are no graphs: zeros of a function of two variables, paths of a moving point.

    figure([Trace("x**2 + y**2 = 25", pieces)], [Tangent(3.0, 4.0, -0.75, "tangent y = ...")], Axes(), xs, ys)

A right angle looks like one, as long as that fits the paper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from calcgrad.errors import UsageError
from calcgrad.pictures.contours import without_breaks
from calcgrad.pictures.curves import Panel, draw_lines
from calcgrad.pictures.legends import lay_out, legend
from calcgrad.pictures.lines import tangent_line
from calcgrad.pictures.scales import Scale, check, check_limits
from calcgrad.pictures.shapes import Array, Axes, Limits, Tangent
from calcgrad.pictures.style import PALETTES, style
from calcgrad.pictures.words import plain

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture

_FINE = 401  # samples along each axis
_POINT = 1e-6  # of the window: what is not wider
_COARSE = 161
_REACHES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
_CLOSED = 0.85  # of a window: a curve that stays within is taken for all there is
_PLAIN = 4.0  # the window of a curve that goes on for ever
_RATIO = 1.3  # of the paper
_MARGIN = 0.12
_SHORT = 0.3
_SEEDS, _ROUNDS, _MOST_POINTS = 801, 12, 40_000  # of a path
_FAR = 8.0  # times where most of its points are: what is further off runs away
_MOST_WHOLE_LINES = 4

Field = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class Trace:
    """A curve with its label; its pieces are points in rows."""

    label: str
    pieces: Sequence[Array]


@dataclass(frozen=True)
class Spot:
    """A point that has something about it: an isolated point, a cusp."""

    x: float
    y: float
    label: str = ""


# --------------------------------------------------------------------------------------------- zeros of a function


def zeros(field: Field, xs: Scale, ys: Scale) -> list[Array]:
    """The lines on which a function is 0: where it changes its sign and does not jump or go to infinity there."""
    from contourpy import contour_generator

    with np.errstate(all="ignore"):
        x, y = xs.value(np.linspace(0, 1, _FINE)), ys.value(np.linspace(0, 1, _FINE))
        z = field(*np.meshgrid(x, y))
        z = without_breaks(field, x, y, np.where(np.isfinite(z), z, np.nan))
        if not np.isfinite(z).any():
            return []
        found = contour_generator(x, y, np.ma.masked_invalid(z)).lines(0.0)
        return [_polished(np.asarray(piece), field, x[1] - x[0], y[1] - y[0]) for piece in found]


def _polished(piece: Array, field: Field, dx: float, dy: float) -> Array:
    """The points moved along the gradient onto the curve, where that is not far."""
    h, k = 1e-4 * dx, 1e-4 * dy
    for _ in range(2):
        x, y = piece.T
        gx, gy = (field(x + h, y) - field(x - h, y)) / (2 * h), (field(x, y + k) - field(x, y - k)) / (2 * k)
        scale = field(x, y) / (gx * gx + gy * gy)
        shift = np.column_stack([scale * gx, scale * gy])
        near = np.isfinite(shift).all(axis=1) & (np.hypot(*shift.T) < dx + dy)
        piece = np.where(near[:, None], piece - shift, piece)
    return piece


def traced(
    path: Callable[[Array], tuple[Array, Array]], start: float, end: float, marks: Sequence[float]
) -> tuple[Array, Array]:  # fmt: skip
    """Points of a path in rows, close to each other where it turns, rows of nan where it breaks; and their frame."""
    with np.errstate(all="ignore"):
        t = np.union1d(np.linspace(start, end, _SEEDS), [each for each in marks if start <= each <= end])
        places = np.column_stack(path(t))
        corners = frame(places)
        size = np.hypot(*(corners[1] - corners[0])) or 1.0
        room = np.array([[-0.5], [0.5]]) * (corners[1] - corners[0])
        low, high = corners + room
        for _ in range(_ROUNDS):
            steps = np.diff(places, axis=0)
            length = np.hypot(*steps.T)
            turn = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))))
            bent = np.concatenate([[0.0], turn]) + np.concatenate([turn, [0.0]])
            inside = np.asarray(((places > low) & (places < high)).all(axis=1))
            long = (length > 0.02 * size) | ((length > 2e-3 * size) & ~(bent < 0.05))
            long &= inside[:-1] | inside[1:]
            real = np.asarray(np.isfinite(places).all(axis=1))
            long |= real[:-1] != real[1:]
            if not long.any() or len(t) > _MOST_POINTS:
                break
            middles = t[:-1][long] / 2 + t[1:][long] / 2
            order = np.argsort(np.concatenate([t, middles]), kind="stable")
            places = np.vstack([places, np.column_stack(path(middles))])[order]
            t = np.concatenate([t, middles])[order]
        jumps = np.flatnonzero(np.hypot(*np.diff(places, axis=0).T) > 0.05 * size) + 1
    return np.insert(places, jumps, np.nan, axis=0), corners


def frame(places: Array) -> Array:
    """The lower left and upper right corner of what is worth seeing of points in rows: not those that run off."""
    some = places[np.isfinite(places).all(axis=1)]
    if not len(some):
        return np.array([[-1.0, -1.0], [1.0, 1.0]])
    low, high = some.min(axis=0), some.max(axis=0)
    first, last = np.percentile(some, [10, 90], axis=0)
    middle, usual = (first + last) / 2, np.maximum(last - first, 1e-3 * (last - first).max())
    far = (high - low) > _FAR * usual
    return np.array([np.where(far, middle - 2 * usual, low), np.where(far, middle + 2 * usual, high)])


def reach(fields: Sequence[Field], points: Sequence[tuple[float, float]]) -> tuple[Limits, Limits]:
    """A window for the zeros of functions and for some points: all of closed curves, a plain part of endless ones."""
    boxes = [_box(fields, size) for size in _REACHES]
    for size, box, wider in zip(_REACHES, boxes, boxes[1:], strict=False):
        if box is None or wider is None or max(map(abs, box)) > _CLOSED * size:
            continue
        if all(abs(a - b) <= 6 * size / _COARSE for a, b in zip(box, wider, strict=True)):
            return window([(box[0], box[2]), (box[1], box[3]), *points])
    size = next((each for each, box in zip(_REACHES, boxes, strict=True) if each >= _PLAIN and box), _PLAIN)
    size = max(size, *(1.3 * max(map(abs, point)) for point in points), 0.0)
    return (-_RATIO * size, _RATIO * size), (-size, size)


def _box(fields: Sequence[Field], size: float) -> tuple[float, float, float, float] | None:
    """Around where functions change their signs within ``size`` of the origin."""
    line = np.linspace(-size, size, _COARSE) + 0.37 * size / _COARSE
    found: list[Array] = []
    with np.errstate(all="ignore"):
        for field in fields:
            z = np.sign(field(*np.meshgrid(line, line)))
            for axis in (0, 1):
                rows, columns = np.nonzero(np.diff(z, axis=axis) * 0 + np.diff(z, axis=axis))
                found.append(np.column_stack([line[columns], line[rows]]))
    places = np.vstack(found)
    places = places[np.isfinite(places).all(axis=1)]
    if not len(places):
        return None
    (x0, y0), (x1, y1) = places.min(axis=0), places.max(axis=0)
    return float(x0), float(x1), float(y0), float(y1)


def window(points: Sequence[tuple[float, float]]) -> tuple[Limits, Limits]:
    """Around points, with a margin, and as wide for its height as the paper."""
    (x0, y0), (x1, y1) = np.min(points, axis=0), np.max(points, axis=0)
    half = max((x1 - x0) / 2 / _RATIO, (y1 - y0) / 2, 1e-6 * max(abs(x0), abs(x1), abs(y0), abs(y1), 1e-3))
    half *= 1 + 2 * _MARGIN
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return (float(x - _RATIO * half), float(x + _RATIO * half)), (float(y - half), float(y + half))


# ------------------------------------------------------------------------------------------------------ the figure


def scales(xlim: Limits, ylim: Limits, axes: Axes) -> tuple[Scale, Scale]:
    check(axes)
    xs, ys = Scale(*(axes.xlim or xlim)), Scale(*(axes.ylim or ylim))
    check_limits("x", xs.low, xs.high, False)
    check_limits("y", ys.low, ys.high, False)
    return xs, ys


def figure(
    traces: Sequence[Trace], tangents: Sequence[Tangent], spots: Sequence[Spot], axes: Axes, xs: Scale, ys: Scale
) -> Picture:  # fmt: skip
    """Raises UsageError where there is nothing in the window."""
    for trace in traces:
        if not trace.pieces and not spots:
            raise UsageError(
                f"no point of {plain(trace.label)} was found in this window",
                hint="choose another --xlim or --ylim",
            )
    palette = PALETTES[axes.style]
    with style(palette):
        return _draw(traces, tangents, spots, axes, xs, ys, palette)


def _draw(
    traces: Sequence[Trace], tangents: Sequence[Tangent], spots: Sequence[Spot], options: Axes, xs: Scale, ys: Scale,
    palette: Any,
) -> Picture:  # fmt: skip
    from calcgrad.pictures.canvas import Picture, finish, frame, labelled, shrink

    picture = Picture(options)
    axes = picture.add_subplot()
    frame(axes, xs, ys, options.size, options.grid)
    if 1 / 4 < (xs.high - xs.low) / (ys.high - ys.low) < 4:
        axes.set_aspect("equal", adjustable="box")
    entries: list[tuple[Any, str]] = []
    for index, trace in enumerate(traces, start=1):
        colour = palette.colour(index - 1)
        gap = np.full((1, 2), np.nan)
        joined = np.vstack([part for piece in trace.pieces for part in (piece, gap)] or [gap])
        (line,) = axes.plot(joined[:, 0], joined[:, 1], color=colour, solid_joinstyle="round", zorder=3)
        line.set_gid(f"curve-{index}")
        picture.remember_pieces(f"curve-{index}", list(trace.pieces))
        if len(points := _points(trace, spots, xs, ys)):  # a line of no length shows nothing
            axes.plot(points[:, 0], points[:, 1], "o", color=colour, markersize=4.5, zorder=3)
        entries.append((line, plain(trace.label)))
    panel = Panel(ys, (), tangents)
    few = len(tangents) <= _MOST_WHOLE_LINES
    panel.lines = [tangent_line(each, xs, ys, inf if few else _SHORT) for each in tangents]
    entries += draw_lines(picture, axes, panel, xs, palette, len(traces))
    for index, spot in enumerate(spots, start=1):
        (dot,) = axes.plot([spot.x], [spot.y], "o", color=palette.colour(0), markersize=4.5, zorder=5)
        dot.set(gid=f"spot-{index}", markeredgecolor=palette.paper, markeredgewidth=0.6, clip_on=True)
        picture.remember(f"spot-{index}", [spot.x], [spot.y])
        entries.append((dot, plain(spot.label)))
    labels = (
        (axes.set_title, options.title),
        (axes.set_xlabel, options.xlabel),
        (axes.set_ylabel, options.ylabel),
    )
    words = labelled(picture, labels)
    lay_out(picture)
    if options.legend:
        legend(picture, axes, [entry for entry in entries if entry[1]], below=True)
    shrink(picture, axes)
    parts = [f"Curve {plain(trace.label)}" for trace in traces]
    parts += [f"{plain(each.label)}, touching at ({each.x:.6g}, {each.y:.6g})" for each in tangents]
    parts += [f"{plain(each.label)} at ({each.x:.6g}, {each.y:.6g})" for each in spots if each.label]
    title = plain(options.title or ", ".join(trace.label for trace in traces))
    sentence = f"{title}\n{'; '.join(parts)}; for x {xs.between()} and y {ys.between()}."
    return finish(picture, axes, words, sentence)


def _points(trace: Trace, spots: Sequence[Spot], xs: Scale, ys: Scale) -> Array:
    """Where a trace is but a point, which no spot marks."""
    size = np.array([xs.high - xs.low, ys.high - ys.low])
    found = [piece[0] for piece in trace.pieces if np.all(np.ptp(piece, axis=0) <= _POINT * size)]
    marked = [np.array([spot.x, spot.y]) for spot in spots]
    alone = [
        each for each in found if not any(np.all(np.abs(each - place) <= _POINT * size) for place in marked)
    ]
    return np.array(alone).reshape(-1, 2)


def framed(axes: Axes, names: tuple[str, str], size: tuple[float, float]) -> Axes:
    """The frame with its axes' names."""
    return replace(
        axes, size=size, grows=True, xlabel=names[0] if axes.xlabel is None else axes.xlabel,
        ylabel=names[1] if axes.ylabel is None else axes.ylabel,
    )  # fmt: skip
