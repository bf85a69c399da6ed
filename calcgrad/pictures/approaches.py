"""A limit as a picture: each side's values against the step on a log axis, approaching the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from calcgrad.errors import UsageError
from calcgrad.pictures.legends import lay_out, legend
from calcgrad.pictures.sampling import sample, values_of
from calcgrad.pictures.scales import GIANT, NARROW, Scale, check
from calcgrad.pictures.shapes import Array, Axes, Function, Limits
from calcgrad.pictures.style import PALETTES, Palette, style
from calcgrad.pictures.words import plain

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture


_DASHES: tuple[dict[str, Any], ...] = ({}, {"dashes": (3, 2)})
_START = np.geomspace(1, 0.1, 50)  # of the steps: the first decade
_SAMPLES = 1000  # of a side, to choose the limits of the picture


@dataclass(frozen=True)
class Approach:
    """One side: its values as a function of the step, the range of steps, and the table's rows, which are exact."""

    name: str  # left, right or far
    label: str
    function: Function
    steps: Limits
    rows: Array  # (step, value) in rows


def figure(
    approaches: Sequence[Approach], goals: Sequence[tuple[str, float]], axes: Axes, towards_zero: bool = True
) -> Picture:  # fmt: skip
    """Both sides' values and the limits that they approach; where they grow without bound, their sizes.

    Raises UsageError where no side has a value.
    """
    check(axes)
    xs = Scale(
        min(each.steps[0] for each in approaches) / 1.3, max(each.steps[1] for each in approaches) * 1.3, True
    )
    approaches = [replace(each, function=_within(each)) for each in approaches]
    with np.errstate(all="ignore"):
        steps = xs.value(np.linspace(0, 1, _SAMPLES))
        finite = np.concatenate(
            [np.concatenate([each.function(steps), each.rows[:, 1]]) for each in approaches]
        )
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        raise UsageError("there is nothing to draw: the function is not real near there", hint="leave out -o")
    sizes = np.abs(finite[finite != 0])
    if not goals and sizes.size and sizes.max() > max(1e3, 30 * np.median(sizes)):
        approaches = [
            replace(each, label=f"|{each.label}|", function=_size_of(each.function), rows=np.abs(each.rows))
            for each in approaches
        ]
        ys = Scale(float(sizes.min() / 2), float(min(sizes.max() * 2, GIANT)), log=True)
    else:
        first = [each.steps[1] * _START if towards_zero else each.steps[0] / _START for each in approaches]
        starts = [each.function(some) for each, some in zip(approaches, first, strict=True)]
        ys = Scale(*_heights(finite, [goal for _, goal in goals], starts))
    palette = PALETTES[axes.style]
    with style(palette), np.errstate(all="ignore"):
        return _draw(approaches, goals, xs, ys, axes, palette, towards_zero)


def _within(approach: Approach) -> Function:
    """The function, nan beyond its steps and where it is not real."""
    low, high = approach.steps

    def function(steps: Array) -> Array:
        inside = (steps >= low) & (steps <= high)
        values = values_of(approach.function, steps)
        return np.where(inside & np.isfinite(values), values, np.nan)

    return function


def _size_of(function: Function) -> Function:
    return lambda steps: np.abs(function(steps))


def _heights(finite: Array, goals: Sequence[float], starts: Sequence[Array]) -> Limits:
    """Limits that show every value; but where one side has a limit and the other runs away, its ``starts`` only."""
    low, high = float(finite.min()), float(finite.max())
    firm = [each[np.isfinite(each)] for each in starts]
    if goals and all(each.size for each in firm):
        shown = np.concatenate([goals, *(np.percentile(each, [0, 25, 50]) for each in firm)])
        bottom, top = float(shown.min()), float(shown.max())
        if max(high - top, bottom - low) > 1e4 * (top - bottom) > 0:
            low, high = max(low, bottom), min(high, top)
    low, high = min(low, *goals, low), max(high, *goals, high)
    if high - low <= NARROW * max(abs(low), abs(high)):
        room = abs(low) / 2 or 1.0
    else:
        room = 0.1 * (high - low)
    return max(low - room, -GIANT), min(high + room, GIANT)


def _draw(
    approaches: Sequence[Approach], goals: Sequence[tuple[str, float]], xs: Scale, ys: Scale, options: Axes,
    palette: Palette, towards_zero: bool,
) -> Picture:  # fmt: skip
    from calcgrad.pictures.canvas import Picture, finish, frame, labelled

    picture = Picture(options)
    axes = picture.add_subplot()
    frame(axes, xs, ys, options.size, options.grid)
    if towards_zero:
        axes.set_xlim(xs.high, xs.low)  # towards the limit is to the right, as down the table
    entries: list[tuple[Any, str]] = []
    for index, (label, goal) in enumerate(goals, start=1):
        line = axes.axhline(goal, color=palette.ink, linewidth=0.9, dashes=(4, 2), zorder=2)
        line.set_gid(f"limit-{index}")
        picture.remember(f"limit-{index}", [xs.low, xs.high], [goal, goal])
        entries.append((line, plain(label)))
    for index, each in enumerate(approaches):
        colour = palette.colour(index)
        path = sample(each.function, xs, ys, np.empty(0))
        # Both sides often agree: the second is dashed, so that the first shows through.
        (line,) = axes.plot(path.x, path.y, color=colour, linewidth=1.0, zorder=3, **_DASHES[index])
        line.set_gid(each.name)
        picture.remember(each.name, path.x, path.y)
        look: dict[str, Any] = (
            {"marker": "o", "fillstyle": "none", "markersize": 5}
            if not index
            else {"marker": "x", "markersize": 4}
        )
        inside = (ys.place(each.rows[:, 1]) >= 0) & (ys.place(each.rows[:, 1]) <= 1)
        (marks,) = axes.plot(*each.rows[inside].T, color=colour, linestyle="none", zorder=4, **look)
        marks.set_gid(f"{each.name}-rows")
        picture.remember(f"{each.name}-rows", *each.rows.T)
        handle = axes.plot([], [], color=colour, linewidth=1.0, zorder=3, **look, **_DASHES[index])[0]
        entries.insert(index, (handle, plain(each.label)))
    labels = (
        (axes.set_title, options.title),
        (axes.set_xlabel, options.xlabel),
        (axes.set_ylabel, options.ylabel),
    )
    words = labelled(picture, labels)
    lay_out(picture)
    if options.legend:
        legend(picture, axes, [entry for entry in entries if entry[1]])
    parts = [f"Values of {plain(each.label)} against {plain(options.xlabel or 'h')}" for each in approaches]
    sentence = "; ".join([*parts, *(plain(label) for label, _ in goals)])
    title = plain(options.title or ", ".join(each.label for each in approaches))
    return finish(picture, axes, words, f"{title}\n{sentence}.")
