"""Functions of two variables: contours, the gradient field, and at a point its arrow and the contour's tangent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, inf
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from calcgrad.errors import UsageError
from calcgrad.pictures.legends import lay_out, legend
from calcgrad.pictures.lines import tangent_line
from calcgrad.pictures.scales import Scale, check, check_limits
from calcgrad.pictures.shapes import Array, Axes, Limits, Tangent
from calcgrad.pictures.style import PALETTES, Palette, style
from calcgrad.pictures.words import plain

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture

_FINE = 241  # samples along each axis
_ARROWS = (13, 9)
_LEVELS = 11
_JUMP = 0.02  # of the heights: a smaller jump is not broken
_MOST_BREAKS = 8000
_HALVINGS = 14
_ARROW = 0.25  # of the frame: the arrow at a point


@dataclass(frozen=True)
class Surface:
    """A function of two variables and its gradient, vectorised; nan where there is none."""

    label: str
    function: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], tuple[Array, Array]]


@dataclass(frozen=True)
class Touch:
    """A point, the function's value there, and its gradient with the words for it and for the contour's tangent."""

    x: float
    y: float
    value: float
    gradient: tuple[float, float] | None
    label: str
    tangent: str


def figure(
    surface: Surface,
    touches: Sequence[Touch] = (),
    descents: Sequence[tuple[str, Array]] = (),
    axes: Axes | None = None,
) -> Picture:
    """The contours of a surface; ``descents`` are labelled paths, points in rows."""
    axes = axes or Axes()
    check(axes)
    with np.errstate(all="ignore"):
        xlim, ylim = _window(touches, descents, axes)
        xs, ys = Scale(*xlim), Scale(*ylim)
        check_limits("x", xs.low, xs.high, False)
        check_limits("y", ys.low, ys.high, False)
        x, y = xs.value(np.linspace(0, 1, _FINE)), ys.value(np.linspace(0, 1, _FINE))
        z = surface.function(*np.meshgrid(x, y))
        if not np.isfinite(z).any():
            raise UsageError(
                f"{plain(surface.label)} is real nowhere in this window",
                hint="choose another --xlim or --ylim",
            )
        real = np.isfinite(z)
        z = without_breaks(surface.function, x, y, np.where(real, z, np.nan))
        field = _field(surface, xs, ys)
    palette = PALETTES[axes.style]
    with style(palette):
        return _draw(surface, (x, y, z), real, field, touches, descents, xs, ys, axes, palette)


def _window(
    touches: Sequence[Touch], descents: Sequence[tuple[str, Array]], axes: Axes
) -> tuple[Limits, Limits]:
    """Around the points and the paths, with the origin where it is near; as wide for its height as the paper."""
    points = [(t.x, t.y) for t in touches] + [(p[0], p[1]) for _, path in descents for p in path.tolist()]
    if not points:
        points = [(0.0, 0.0)]
        half = 3.0
    else:
        half = 1.5 if descents else 2.0
    lows, highs = np.min(points, axis=0), np.max(points, axis=0)
    middle, reach = (lows + highs) / 2, (highs - lows) / 2
    ratio = 1.3
    height = max(half, float(reach[1]) * 1.4, float(reach[0]) * 1.4 / ratio)
    # The arrows' tips too, and room for the second half of their heads.
    for touch in touches:
        tip = _tip(touch, 2.2 * height)
        offset = max(abs(tip[0] - middle[0]) / ratio, abs(tip[1] - middle[1]))
        height = max(height, 1.05 * float(offset))
    least = 1e-6 * float(np.abs(middle).max())
    height = max(height, least)
    chosen = (
        (float(middle[0]) - ratio * height, float(middle[0]) + ratio * height),
        (float(middle[1]) - height, float(middle[1]) + height),
    )
    return axes.xlim or chosen[0], axes.ylim or chosen[1]


def _tip(touch: Touch, span: float) -> tuple[float, float]:
    """Where the arrow at a point ends: its length is a part of the frame, its direction the gradient's."""
    size = hypot(*touch.gradient) if touch.gradient else 0.0
    if not touch.gradient or not size:
        return touch.x, touch.y
    length = _ARROW * span
    return touch.x + length * touch.gradient[0] / size, touch.y + length * touch.gradient[1] / size


def _field(surface: Surface, xs: Scale, ys: Scale) -> tuple[Array, Array, Array, Array]:
    """Arrows on a grid: the gradient's direction; longer where it is larger, but less than in proportion."""
    across, upright = (np.linspace(0, 1, 2 * count + 1)[1::2] for count in _ARROWS)
    x, y = np.meshgrid(xs.value(across), ys.value(upright))
    gx, gy = surface.gradient(x, y)
    size = np.hypot(gx, gy)
    good = np.isfinite(size) & (size > 0)
    x, y, gx, gy, size = (each[good] for each in (x, y, gx, gy, size))
    if not size.size:
        return x, y, gx, gy
    cell = min((xs.high - xs.low) / _ARROWS[0], (ys.high - ys.low) / _ARROWS[1])
    length = 0.9 * cell * np.maximum(0.25, (size / size.max()) ** 0.4)
    return x, y, gx / size * length, gy / size * length


def levels(z: Array) -> Array:
    """About ten heights with few digits: evenly spaced, or as the heights are spread where most are low."""
    finite = z[np.isfinite(z)]
    low, middle, high = np.percentile(finite, [2, 50, 98])
    if not high > low:
        return np.empty(0)
    if 1 / 6 < (high - middle) / max(middle - low, 1e-300) < 6:
        step = _plain_step((high - low) / _LEVELS)
        return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    spread = np.quantile(finite, (np.arange(_LEVELS) + 0.5) / _LEVELS)
    return np.unique([float(f"{level:.1g}") for level in spread])


def without_breaks(function: Callable[[Array, Array], Array], x: Array, y: Array, z: Array) -> Array:
    """The samples with nan where two neighbours lie on the sides of a jump or a pole: no contour runs along it.

    Halving towards the larger rise tells, as for curves.
    """
    finite = z[np.isfinite(z)]
    least = _JUMP * float(np.subtract(*np.percentile(finite, [98, 2])))
    made = z.copy()
    for axis in (0, 1):
        rise = np.abs(np.diff(z, axis=axis))
        bound = max(least, float(np.partition(np.nan_to_num(rise), -_MOST_BREAKS, axis=None)[-_MOST_BREAKS]))
        rows, columns = np.nonzero(rise > bound)
        if not rows.size:
            continue
        ends = (rows + 1, columns) if axis == 0 else (rows, columns + 1)
        along, fixed = (y, x[columns]) if axis == 0 else (x, y[rows])
        low, high = along[(rows, columns)[axis]], along[ends[axis]]
        f_low, f_high = z[rows, columns], z[ends]
        enough = np.abs(f_high - f_low) / 4
        for _ in range(_HALVINGS):
            middle = low / 2 + high / 2
            value = function(fixed, middle) if axis == 0 else function(middle, fixed)
            right = np.abs(value - f_low) < np.abs(f_high - value)
            low, f_low = np.where(right, middle, low), np.where(right, value, f_low)
            high, f_high = np.where(right, high, middle), np.where(right, f_high, value)
        broken = ~(np.abs(f_high - f_low) <= enough)
        made[ends[0][broken], ends[1][broken]] = np.nan
        made[rows[broken], columns[broken]] = np.nan
    return made


def _plain_step(step: float) -> float:
    power = 10.0 ** np.floor(np.log10(step))
    return float(power * min((1, 2, 2.5, 5, 10), key=lambda each: abs(np.log(each * power / step))))


def _colours(palette: Palette) -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("levels", palette.levels)


def _draw(
    surface: Surface,
    samples: tuple[Array, Array, Array],
    real: NDArray[np.bool_],
    field: tuple[Array, Array, Array, Array],
    touches: Sequence[Touch],
    descents: Sequence[tuple[str, Array]],
    xs: Scale,
    ys: Scale,
    options: Axes,
    palette: Palette,
) -> Picture:
    from calcgrad.pictures.canvas import Picture, finish, frame, labelled, shrink

    picture = Picture(options)
    axes = picture.add_subplot()
    frame(axes, xs, ys, options.size, False)
    if 1 / 4 < (xs.high - xs.low) / (ys.high - ys.low) < 4:
        # As long as it fits the paper, a right angle looks like one: the gradient is normal to the contour.
        axes.set_aspect("equal", adjustable="box")
    if not real.all():
        shade = axes.contourf(*samples[:2], ~real, levels=[0.5, 1.5], colors=[palette.shade], zorder=0.5)
        shade.set_gid("not-real")
    lines = axes.contour(
        *samples, levels=levels(samples[2]), cmap=_colours(palette), linewidths=0.8, zorder=2
    )
    lines.set_gid("contours")
    lines.set_linestyle("solid")
    for level, pieces in zip(lines.levels, lines.allsegs):
        picture.remember_pieces(f"contour {level:.6g}", pieces)
    x, y, gx, gy = field
    arrows = axes.quiver(
        x, y, gx, gy, angles="xy", scale_units="xy", scale=1, pivot="mid", width=0.0028,
        color=palette.edge, headwidth=4.5, zorder=2.5,
    )  # fmt: skip
    arrows.set_gid("gradient-field")
    picture.remember("gradient-field", x, y)
    entries: list[tuple[Any, str]] = []
    for index, (label, path) in enumerate(descents, start=1):
        (line,) = axes.plot(path[:, 0], path[:, 1], color=palette.colour(4), linewidth=1.3, zorder=4)
        line.set(gid=f"descent-{index}", marker="o", markersize=2.2)
        # Each step where they can be told apart, else the end alone.
        line.set_markevery(slice(None) if len(path) <= 60 else [len(path) - 1])
        picture.remember(f"descent-{index}", path[:, 0], path[:, 1])
        entries.append((line, plain(label)))
    for index, touch in enumerate(touches, start=1):
        entries += _touch(picture, axes, samples, touch, index, xs, ys, palette)
    labels = (
        (axes.set_title, options.title or (surface.label if options.title is None else None)),
        (axes.set_xlabel, options.xlabel),
        (axes.set_ylabel, options.ylabel),
    )
    words = labelled(picture, labels)
    lay_out(picture)
    if options.legend:
        legend(picture, axes, [entry for entry in entries if entry[1]], below=True)
    shrink(picture, axes)
    _write_levels(lines, axes, palette)
    parts = [f"Contours of {plain(surface.label)} with its gradient field"]
    parts += [f"at ({t.x:.6g}, {t.y:.6g}) the {plain(t.label)}" for t in touches if t.label]
    parts += [plain(label) for label, _ in descents]
    parts += ["shaded where it is not real"] * (not real.all())
    title = plain(options.title or surface.label)
    window = f"from {xs.low:.6g} to {xs.high:.6g} and from {ys.low:.6g} to {ys.high:.6g}"
    sentence = f"{title}\n{'; '.join(parts)}; {window}."
    return finish(picture, axes, words, sentence)


def _write_levels(lines: Any, axes: Any, palette: Palette) -> None:
    """Each level beside one or two of its lines, where there is most room: inside the frame and off everything else."""
    axes.apply_aspect()
    to_pixels = axes.transData.transform
    levels = [[to_pixels(piece) for piece in pieces if len(piece) > 1] for pieces in lines.allsegs]
    window = axes.get_window_extent()
    taken = [_dense(to_pixels(line.get_xydata())) for line in axes.lines if len(line.get_xdata())]
    taken += [to_pixels(piece) for other in axes.collections for piece in _through(other, lines)]
    obstacles = np.vstack([np.empty((0, 2)), *taken])
    written: list[tuple[float, float]] = []
    for level, pieces in enumerate(levels):
        text = _level_text(lines.levels[level])
        half = 1.8 * len(text) + 3  # points: half of the label's width
        others = [piece for k, each in enumerate(levels) if k != level for piece in each]
        crowd = np.vstack([np.empty((0, 2)), *others])
        for piece in sorted(pieces, key=len, reverse=True)[:2]:
            place = piece[:: max(1, len(piece) // 60)]
            inside = (place > [window.x0 + half, window.y0 + half]) & (
                place < [window.x1 - half, window.y1 - half]
            )
            place = place[inside.all(axis=1)]
            if not len(place) or np.ptp(piece, axis=0).max() < 3 * half:
                continue
            away = np.minimum(
                _distances(place, obstacles), _distances(place, np.array(written).reshape(-1, 2)) / 2
            )
            room = np.minimum(np.minimum(_distances(place, crowd), 15.0), away)
            best = int(np.argmax(np.where(away > half, room, -1.0)))
            if away[best] > half and room[best] > 3:
                written.append((float(place[best, 0]), float(place[best, 1])))
    places = axes.transData.inverted().transform(np.array(written).reshape(-1, 2))
    lines.clabel(
        fontsize=5.5, inline=True, inline_spacing=2, fmt=_level_text, colors=palette.ink,
        manual=[tuple(each) for each in places.tolist()],
    )  # fmt: skip


def _level_text(level: float) -> str:
    return f"{level:.6g}".replace("e+0", "e").replace("e-0", "e-").replace("-", "−")


def _dense(points: Array) -> Array:
    """Points along a line in pixels, at most a few apart."""
    if len(points) < 2:
        return points
    parts = [
        np.linspace(a, b, max(2, int(min(np.hypot(*(b - a)), 1000) / 4)))
        for a, b in pairwise(points[:: max(1, len(points) // 300)])
    ]
    return np.vstack(parts)


def _through(collection: Any, lines: Any) -> list[Array]:
    """The pieces of a contour that is drawn for itself."""
    return [] if collection is lines or not hasattr(collection, "allsegs") else list(collection.allsegs[0])


def _distances(places: Array, points: Array) -> Array:
    """From each place to the nearest of the points."""
    if not len(points):
        return np.full(len(places), inf)
    return np.asarray(np.hypot(*(places[:, None] - points[None]).transpose(2, 0, 1)).min(axis=1))


def _touch(
    picture: Picture, axes: Any, samples: tuple[Array, Array, Array], touch: Touch, index: int, xs: Scale, ys: Scale,
    palette: Palette,
) -> list[tuple[Any, str]]:  # fmt: skip
    colour = palette.colour(1)
    entries: list[tuple[Any, str]] = []
    z = samples[2]
    if np.nanmin(z) < touch.value < np.nanmax(z):
        through = axes.contour(
            *samples, levels=[touch.value], colors=[palette.colour(0)], linewidths=1.3, zorder=3
        )
        through.set(gid=f"contour-{index}", linestyle="solid")
        picture.remember_pieces(f"contour-{index}", through.allsegs[0])
    size = hypot(*touch.gradient) if touch.gradient else 0.0
    if touch.gradient and size > 0:
        gx, gy = touch.gradient[0] / size, touch.gradient[1] / size
        slope = -gx / gy if gy else inf
        x, y = tangent_line(Tangent(touch.x, touch.y, slope, touch.tangent), xs, ys)
        (line,) = axes.plot(x, y, color=palette.colour(2), linewidth=1.2, dashes=(4, 2), zorder=4)
        line.set_gid(f"tangent-{index}")
        picture.remember(f"tangent-{index}", x, y)
        tip = _tip(touch, min(xs.high - xs.low, ys.high - ys.low))
        (arrow,) = axes.plot([touch.x, tip[0]], [touch.y, tip[1]], color=colour, linewidth=1.6, zorder=5)
        arrow.set_gid(f"gradient-{index}")
        picture.remember(f"gradient-{index}", [touch.x, tip[0]], [touch.y, tip[1]])
        turn = np.degrees(np.arctan2(gy / (ys.high - ys.low), gx / (xs.high - xs.low)))
        if axes.get_aspect() != "auto":
            turn = np.degrees(np.arctan2(gy, gx))
        (head,) = axes.plot(
            [tip[0]], [tip[1]], color=colour, marker=(3, 0, float(turn) - 90), markersize=6, zorder=5
        )
        head.set_gid(f"gradient-head-{index}")
        entries += [(arrow, plain(touch.label)), (line, plain(touch.tangent))]
    (point,) = axes.plot([touch.x], [touch.y], "o", color=colour, markersize=4.5, zorder=6)
    point.set(gid=f"point-{index}", markeredgecolor=palette.paper, markeredgewidth=0.6)
    picture.remember(f"point-{index}", [touch.x], [touch.y])
    return entries
