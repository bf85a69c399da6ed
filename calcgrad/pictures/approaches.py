"""A limit as a picture: each side's values against the step on a log axis, approaching the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from calcgrad.errors import UsageError
from calcgrad.pictures.legends import lay_out, legend
from calcgrad.pictures.sampling import clip
from calcgrad.pictures.scales import NARROW, Scale, check
from calcgrad.pictures.shapes import Array, Axes
from calcgrad.pictures.style import PALETTES, Palette, style
from calcgrad.pictures.words import plain

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture


@dataclass(frozen=True)
class Approach:
    """One side: steps and values of the curve, and of the table's rows, which are exact."""

    name: str  # left, right or far
    label: str
    steps: Array
    values: Array
    rows: Array  # (step, value) in rows


def figure(
    approaches: Sequence[Approach], goals: Sequence[tuple[str, float]], axes: Axes, towards_zero: bool = True
) -> Picture:  # fmt: skip
    """Both sides' values and the limits that they approach; where they grow without bound, their sizes.

    Raises UsageError where no side has a value.
    """
    check(axes)
    everything = np.concatenate([np.concatenate([each.values, each.rows[:, 1]]) for each in approaches])
    finite = everything[np.isfinite(everything)]
    if not finite.size:
        raise UsageError("there is nothing to draw: the function is not real near there", hint="leave out -o")
    sizes = np.abs(finite[finite != 0])
    growing = not goals and bool(sizes.size) and sizes.max() > 1e4 * np.median(sizes[sizes > 0]) ** 0.5 and (
        sizes.max() > 1e3
    )  # fmt: skip
    if growing:
        approaches = [
            replace(each, label=f"|{each.label}|", values=np.abs(each.values), rows=np.abs(each.rows))
            for each in approaches
        ]
        low, high = sizes.min(), sizes.max()
        ys = Scale(float(low / 2), float(min(high * 2, 1e300)), log=True)
    else:
        low, high = float(finite.min()), float(finite.max())
        for _, goal in goals:
            low, high = min(low, goal), max(high, goal)
        room = 0.1 * (high - low)
        if high - low <= NARROW * max(abs(low), abs(high)):
            room = abs(low) / 2 or 1.0
        ys = Scale(low - room, high + room)
    steps = np.concatenate([each.steps for each in approaches])
    xs = Scale(float(steps.min()) / 1.3, float(steps.max()) * 1.3, log=True)
    palette = PALETTES[axes.style]
    with style(palette), np.errstate(all="ignore"):
        return _draw(approaches, goals, xs, ys, axes, palette, towards_zero)


def _draw(
    approaches: Sequence[Approach], goals: Sequence[tuple[str, float]], xs: Scale, ys: Scale, options: Axes,
    palette: Palette, towards_zero: bool,
) -> Picture:  # fmt: skip
    from calcgrad.pictures.canvas import Picture, finish, frame

    picture = Picture(options.size, options.grows)
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
        # Both sides often agree: the second is dashed, so that the first shows through.
        u, v = clip(xs.place(each.steps), ys.place(each.values), -0.02, 1.02)
        x, y = xs.value(u), ys.value(v)
        (line,) = axes.plot(x, y, color=colour, linewidth=1.0, zorder=3)
        if index:
            line.set_dashes((3, 2))
        line.set_gid(each.name)
        picture.remember(each.name, x, y)
        look: dict[str, Any] = (
            {"marker": "o", "fillstyle": "none", "markersize": 5}
            if not index
            else {"marker": "x", "markersize": 4}
        )
        inside = (ys.place(each.rows[:, 1]) >= 0) & (ys.place(each.rows[:, 1]) <= 1)
        (marks,) = axes.plot(*each.rows[inside].T, color=colour, linestyle="none", zorder=4, **look)
        marks.set_gid(f"{each.name}-rows")
        picture.remember(f"{each.name}-rows", *each.rows.T)
        handle = axes.plot([], [], color=colour, linewidth=1.0, zorder=3, **look)[0]
        entries.insert(index, (handle, plain(each.label)))
    labels = (
        (axes.set_title, options.title),
        (axes.set_xlabel, options.xlabel),
        (axes.set_ylabel, options.ylabel),
    )
    words = [set_label(plain(label)) for set_label, label in labels if label]
    if options.legend:
        legend(picture, axes, [entry for entry in entries if entry[1]])
    else:
        lay_out(picture)
    parts = [f"Values of {plain(each.label)} against {plain(options.xlabel or 'h')}" for each in approaches]
    sentence = "; ".join([*parts, *(plain(label) for label, _ in goals)])
    title = plain(options.title or ", ".join(each.label for each in approaches))
    return finish(picture, axes, words, f"{title}\n{sentence}.")
