"""Curves of one variable with their tangents, secants, dots and domain, and a derivative below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, log
from typing import TYPE_CHECKING, Any

import numpy as np

from calcgrad.errors import UsageError
from calcgrad.pictures.courses import course
from calcgrad.pictures.domains import unreal
from calcgrad.pictures.dots import Dot, dots, special_places
from calcgrad.pictures.legends import lay_out, legend
from calcgrad.pictures.lines import tangent_line
from calcgrad.pictures.sampling import Path, drawable, marked, sample, values_at
from calcgrad.pictures.scales import Scale, check, check_limits
from calcgrad.pictures.shapes import Array, Asymptote, Axes, Curve, Limits, Marks, Tangent
from calcgrad.pictures.style import PALETTES, Palette, style
from calcgrad.pictures.windows import x_window, y_window
from calcgrad.pictures.words import plain

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture

# With more lines than this each is drawn only near its point, in frames to each side.
_BESIDE = 1e-6  # of the width: near enough to a hole to tell its height
_MOST_WHOLE_LINES = 2
_SHORT = 0.3
_RATIO = 1.4  # of a frame's width to its height
_UNSEEN = 1e-4  # of the frame


def figure(
    curves: Sequence[Curve], tangents: Sequence[Tangent] = (), axes: Axes | None = None, below: Sequence[Curve] = (),
    marks: Sequence[Marks] = (), asymptotes: Sequence[Asymptote] = (),
) -> Picture:  # fmt: skip
    """The picture of these curves and tangents, with marks and asymptotes, and of more curves in a panel below.

    Raises UsageError where there is nothing to draw.
    """
    axes = axes or Axes()
    check(axes)
    with np.errstate(all="ignore"):
        window = axes.xlim or x_window(_leading(curves), tangents, axes)
        xs = Scale(*window, log=axes.xscale == "log", angle=axes.angle)
        check_limits("x", xs.low, xs.high, xs.log)
        panels = [_panel(curves, tangents, xs, axes, marks, asymptotes)]
        if axes.equal and None in (axes.xlim, axes.ylim):
            xlim, ylim = _alike(xs, panels[0].ys, axes)
            return figure(curves, tangents, replace(axes, xlim=xlim, ylim=ylim), below, marks, asymptotes)
        if below:
            panels.append(_panel(below, (), xs, replace(axes, ylim=None, yscale="linear")))
        shaded = unreal(_leading(curves), xs)
    palette = PALETTES[axes.style]
    with style(palette):
        return _draw(panels, shaded, xs, axes, palette)


class Panel:
    """What is computed of one panel before it is drawn."""

    def __init__(
        self, ys: Scale, curves: Sequence[Curve], tangents: Sequence[Tangent], marks: Sequence[Marks] = (),
        asymptotes: Sequence[Asymptote] = (),
    ) -> None:  # fmt: skip
        self.ys, self.curves, self.tangents = ys, curves, tangents
        self.paths: list[Path] = []
        self.dots: list[list[Dot]] = []
        self.lines: list[tuple[Array, Array]] = []
        self.marks, self.asymptotes = marks, asymptotes


def _leading(curves: Sequence[Curve]) -> list[Curve]:
    """Those that the window is chosen for, which stand before the others."""
    return [curve for curve in curves if curve.leads]


def _panel(
    curves: Sequence[Curve], tangents: Sequence[Tangent], xs: Scale, axes: Axes, marks: Sequence[Marks] = (),
    asymptotes: Sequence[Asymptote] = (),
) -> Panel:  # fmt: skip
    places = [special_places(curve, xs) for curve in curves]
    there = [zeros[~gone] for zeros, gone in places]
    if marks:  # what was found is shown, the holes too
        beside = _BESIDE * (xs.high - xs.low)
        there = [
            np.concatenate([zeros, zeros[gone] - beside, zeros[gone] + beside]) for zeros, gone in places
        ]
    heights = [y for some in marks for x, y in some.at if xs.low <= x <= xs.high]
    heights += [rule.y for rule in asymptotes if marks and rule.slope == 0]
    leading = _leading(curves)
    ys = Scale(
        *(axes.ylim or y_window(leading, there[: len(leading)], tangents, xs, axes, heights)),
        log=axes.yscale == "log",
    )
    panel = Panel(ys, curves, tangents, marks, asymptotes)
    touched = marked(xs, tangents)
    for curve, (zeros, gone) in zip(curves, places, strict=True):
        fine = curve.within(*_invisible(ys))
        shown = replace(fine, function=drawable(fine.function, ys.log))
        path = sample(shown.function, xs, ys, touched, axes.points)
        if not path.real and not np.isfinite(values_at(shown, zeros)).any():
            raise _nothing_to_draw(curve, xs, ys)
        panel.paths.append(path)
        panel.dots.append(dots(shown, path, (zeros, gone), xs, ys))
    secants = any(tangent.kind == "secant" for tangent in tangents)
    reach = inf if secants or len(tangents) <= _MOST_WHOLE_LINES else _SHORT
    panel.lines = [tangent_line(tangent, xs, ys, reach) for tangent in tangents]
    return panel


def _alike(xs: Scale, ys: Scale, axes: Axes) -> tuple[Limits, Limits]:
    """Windows as wide for their height as the paper, the smaller of the two that were chosen made larger."""
    wide, high = xs.high - xs.low, ys.high - ys.low
    if axes.xlim is None and wide < _RATIO * high:
        more = (_RATIO * high - wide) / 2
        return (xs.low - more, xs.high + more), (ys.low, ys.high)
    more = max(0.0, (wide / _RATIO - high) / 2) if axes.ylim is None else 0.0
    return (xs.low, xs.high), (ys.low - more, ys.high + more)


def _invisible(ys: Scale) -> Limits:
    """The errors that no eye sees on this axis, absolute and relative."""
    if ys.log:
        return 0.0, _UNSEEN * log(ys.high / ys.low)
    height = ys.high / 2 - ys.low / 2
    return 2 * _UNSEEN * height, 2 * _UNSEEN * height / max(-ys.low, ys.high)


def _nothing_to_draw(curve: Curve, xs: Scale, ys: Scale) -> UsageError:
    what = "positive" if ys.log else "real"
    return UsageError(f"{plain(curve.label)} is {what} nowhere {xs.between()}", hint="choose another --xlim")


def _draw(
    panels: Sequence[Panel], shaded: Sequence[Limits], xs: Scale, options: Axes, palette: Palette
) -> Picture:
    from calcgrad.pictures.canvas import Picture, finish, frame, labelled

    picture = Picture(options)
    inches = options.size[0], options.size[1] / len(panels)
    grid: Any = picture.subplots(len(panels), 1, squeeze=False)
    frames = [row[0] for row in grid]
    words = []
    legends = []
    drawn = 0
    for number, (panel, axes) in enumerate(zip(panels, frames, strict=True)):
        frame(axes, xs, panel.ys, inches, options.grid)
        if options.equal and not number:
            axes.set_aspect("equal", adjustable="box")
        for index, (low, high) in enumerate(shaded):
            band = axes.axvspan(low, high, color=palette.shade, linewidth=0, zorder=0.5)
            band.set_gid(f"not-real-{index + 1}" if not number else f"not-real-below-{index + 1}")
        entries = _curves(picture, axes, panel, drawn, palette)
        ylabel = options.ylabel
        if not number:
            entries += draw_lines(picture, axes, panel, xs, palette, len(panel.curves))
            entries += _marks(picture, axes, panel, xs, palette)
        else:
            _slopes(picture, axes, panels[0], panel, xs, frames[0].lines)
            # One curve needs no legend beside the label of its axis, but for its formula.
            label, _, formula = panel.curves[0].label.partition(" = ")
            ylabel = label if len(panel.curves) == 1 and options.ylabel else None
            entries = entries if ylabel is None or formula else []
        drawn += len(panel.curves)
        last = number == len(panels) - 1
        labels = (
            (axes.set_title, options.title if not number else None),
            (axes.set_xlabel, options.xlabel if last else None),
            (axes.set_ylabel, ylabel),
        )
        words += labelled(picture, labels)
        if not last:
            axes.tick_params(labelbottom=False)
        legends.append((axes, [entry for entry in entries if entry[1]]))
    lay_out(picture)
    if options.legend:
        for axes, entries in legends:
            legend(picture, axes, entries)
    return finish(picture, frames[0], words, _sentence(panels, xs, options, bool(shaded)))


def _curves(picture: Picture, axes: Any, panel: Panel, first: int, palette: Palette) -> list[tuple[Any, str]]:
    entries = []
    for index, (curve, path, marks) in enumerate(zip(panel.curves, panel.paths, panel.dots), start=first):
        colour, name = palette.colour(index), f"curve-{index + 1}"
        (line,) = axes.plot(path.x, path.y, color=colour, solid_joinstyle="round", zorder=3)
        line.set_gid(name)
        picture.remember(name, path.x, path.y, curve.bounded)
        entries.append((line, plain(curve.label)))
        for closed in (False, True):
            at = [(dot.x, dot.y) for dot in marks if dot.closed == closed]
            if at:
                kind = f"{'closed' if closed else 'open'}-{index + 1}"
                x, y = zip(*at, strict=True)
                (some,) = axes.plot(x, y, "o", markersize=3.8, zorder=4.5, clip_on=False)
                face = colour if closed else palette.paper
                some.set(gid=kind, color=colour, markerfacecolor=face, markeredgewidth=1.0)
                picture.remember(kind, x, y)
    return entries


def draw_lines(
    picture: Picture, axes: Any, panel: Panel, xs: Scale, palette: Palette, curves: int
) -> list[tuple[Any, str]]:
    """The panel's lines in the colours that come after those of so many curves."""
    entries = []
    secants = [tangent for tangent in panel.tangents if tangent.kind == "secant"]
    marked: set[tuple[float, float]] = set()
    colours: dict[float, int] = {}
    for index, (tangent, (x, y)) in enumerate(zip(panel.tangents, panel.lines), start=1):
        look: dict[str, Any] = {"linewidth": 1.2, "dashes": (4, 2), "zorder": 4}
        if tangent.kind == "secant":
            # From faint to strong as the second point comes closer.
            nth = secants.index(tangent)
            look = {"linewidth": 0.9, "alpha": 0.35 + 0.5 * (nth + 1) / len(secants), "zorder": 3.5}
            colour = palette.colour(2)
        else:
            turn = colours.setdefault(
                tangent.slope if tangent.kind == "one-sided" else float(index), len(colours)
            )
            colour = palette.colour(curves + turn + bool(secants) * (curves == 2))
            if tangent.kind == "one-sided":
                look["dashes"] = (2, 1.4)
            elif tangent.kind == "normal":
                look["dashes"] = (6, 1.5, 1, 1.5)
        (line,) = axes.plot(x, y, color=colour, **look)
        line.set_gid(f"{'secant' if tangent.kind == 'secant' else 'tangent'}-{index}")
        picture.remember(line.get_gid(), x, y)
        entries.append((line, plain(tangent.label)))
        for at, name in (((tangent.x, tangent.y), f"point-{index}"), (tangent.other, f"other-{index}")):
            if at is None or at in marked or not _inside(at, xs, panel.ys):
                continue
            marked.add(at)
            size = 4.5 if name.startswith("point") else 3.2
            (point,) = axes.plot([at[0]], [at[1]], "o", color=colour, markersize=size, zorder=5)
            point.set(gid=name, markeredgecolor=palette.paper, markeredgewidth=0.6, clip_on=False)
            picture.remember(name, [at[0]], [at[1]])
    return entries


# what people know them by: crosses on the axis, and triangles that point where the curve turns from
_SHAPES = {"zero": "x", "maximum": "^", "minimum": "v", "inflection": "D", "stationary": "s"}
_MARKED = 5.5  # points in size


def _marks(picture: Picture, axes: Any, panel: Panel, xs: Scale, palette: Palette) -> list[tuple[Any, str]]:
    """The asymptotes, and the points of each kind in a shape and colour of their own."""
    entries = []
    for index, rule in enumerate(panel.asymptotes, start=1):
        x, y = tangent_line(Tangent(rule.x, rule.y, rule.slope, rule.label), xs, panel.ys)
        if not x.size:
            continue
        (line,) = axes.plot(x, y, color=palette.ink, linewidth=0.9, dashes=(5, 2.5), zorder=2.5)
        line.set_gid(f"asymptote-{index}")
        picture.remember(line.get_gid(), x, y)
        entries.append((line, plain(rule.label)))
    for some in panel.marks:
        inside = [at for at in some.at if _inside(at, xs, panel.ys)]
        if not inside:
            continue
        x_, y_ = zip(*inside, strict=True)
        crossed = some.kind == "zero"
        colour = palette.colour(len(panel.curves) + list(_SHAPES).index(some.kind))
        (points,) = axes.plot(
            x_, y_, _SHAPES[some.kind], color=colour, markersize=_MARKED, zorder=4.8 if crossed else 5, clip_on=False,
            markeredgecolor=colour if crossed else palette.paper,
            markeredgewidth=1.4 if crossed else 0.6,
        )  # fmt: skip
        points.set_gid(some.kind)
        picture.remember(some.kind, x_, y_)
        entries.append((points, plain(some.label)))
    return entries


def _slopes(picture: Picture, axes: Any, above: Panel, below: Panel, xs: Scale, lines: Sequence[Any]) -> None:
    """In the panel of the derivative, the slope of each tangent above, in its colour."""
    colours = {line.get_gid(): line.get_color() for line in lines}
    for index, tangent in enumerate(above.tangents, start=1):
        at = tangent.x, tangent.slope
        if tangent.kind == "tangent" and _inside(at, xs, below.ys):
            (point,) = axes.plot(
                *([each] for each in at), "o", color=colours[f"tangent-{index}"], markersize=4.5
            )
            point.set(
                gid=f"slope-{index}", markeredgecolor=axes.get_facecolor(), markeredgewidth=0.6, zorder=5
            )
            picture.remember(f"slope-{index}", [at[0]], [at[1]])


def _inside(at: tuple[float, float], xs: Scale, ys: Scale) -> bool:
    return bool(0 <= xs.place(at[0]) <= 1 and 0 <= ys.place(at[1]) <= 1)


def _sentence(panels: Sequence[Panel], xs: Scale, options: Axes, shaded: bool) -> str:
    """The picture in words: a title line, then a description."""
    title = plain(options.title or ", ".join(curve.label for curve in panels[0].curves))
    parts = []
    for panel in panels:
        for curve, path in zip(panel.curves, panel.paths, strict=True):
            told = course(path.x, path.y, panel.ys)
            parts.append(f"Graph of {plain(curve.label)}" + (f", {told}" if told else ""))
    for tangent in panels[0].tangents:
        if tangent.kind == "secant":
            parts.append(f"{plain(tangent.label)}, from x = {tangent.x:.6g}")
        else:
            how = "crossing" if tangent.kind == "normal" else "touching"
            parts.append(f"{plain(tangent.label)}, {how} at x = {tangent.x:.6g}")
    parts += [plain(rule.label) for rule in panels[0].asymptotes]
    parts += [plain(some.label) for some in panels[0].marks]
    parts += ["shaded where nothing is real"] * shaded
    return f"{title}\n{'; '.join(parts)}; for x {xs.between()}."
