"""The Matplotlib figure: one that Jupyter shows as SVG, its frames, and the last touches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from calcgrad.pictures.legends import lay_out
from calcgrad.pictures.scales import Scale
from calcgrad.pictures.shapes import Array, Axes, Bounded
from calcgrad.pictures.ticks import ticks
from calcgrad.pictures.words import fit, plain, put


class Picture(Figure):
    """A Matplotlib figure that shows itself as SVG in Jupyter, and remembers the numbers behind it."""

    def __init__(self, options: Axes) -> None:
        super().__init__(figsize=options.size, dpi=72, layout="constrained")
        self.grows = options.grows
        self.write = options.write
        self.data: list[tuple[str, Array]] = []  # the name of each series, and its points in rows
        self.right: dict[str, Bounded] = {}  # what tells the heights of a series to the last digit
        # The canvas that measures text soonest; any other can render the figure.
        FigureCanvasAgg(self)

    def remember(self, name: str, x: Any, y: Any, right: Bounded | None = None) -> None:
        if right is not None:
            self.right[name] = right
        self.data.append((name, np.column_stack([np.asarray(x, float), np.asarray(y, float)])))

    def remember_pieces(self, name: str, pieces: Sequence[Array]) -> None:
        """Several lines of one series, a row of nan between them."""
        gap = np.full((1, 2), np.nan)
        self.data.append((name, np.vstack([part for piece in pieces for part in (piece, gap)] or [gap])))

    def _repr_svg_(self) -> str:
        from calcgrad.pictures.output import render

        return render(self, "svg").decode()


def frame(axes: Any, xs: Scale, ys: Scale, inches: tuple[float, float], grid: bool) -> None:
    """Scales, ticks and limits of one panel."""
    axes.set_xscale("log" if xs.log else "linear")
    axes.set_yscale("log" if ys.log else "linear")
    ticks(axes.xaxis, xs, inches[0])
    ticks(axes.yaxis, ys, inches[1])
    axes.set_xlim(xs.low, xs.high)
    axes.set_ylim(ys.low, ys.high)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(grid)
    axes.set_axisbelow(True)


def shrink(picture: Picture, axes: Any) -> None:
    """Take away the paper above and below a frame of fixed shape."""
    if not picture.grows or axes.get_aspect() == "auto":
        return
    axes.apply_aspect()
    width, height = picture.get_size_inches()
    idle = (axes.get_position(original=True).height - axes.get_position().height) * height
    engine: Any = picture.get_layout_engine()
    bottom = engine.get()["rect"][1] * height
    height -= idle
    picture.set_size_inches(width, height)
    engine.set(rect=(0, bottom / height, 1, 1 - bottom / height))
    lay_out(picture)


def labelled(
    picture: Picture, labels: Iterable[tuple[Callable[[str], Any], str | None]]
) -> list[tuple[Any, str]]:
    """Put words in places of the axes, before the picture is laid out: the texts with their words."""
    shown = [(place(" "), plain(label)) for place, label in labels if label]
    return [(put(text, words, picture.write), words) for text, words in shown]


def finish(picture: Picture, axes: Any, labels: Sequence[tuple[Any, str]], sentence: str) -> Picture:
    """Shorten the labels to their room and keep everything where it has been placed."""
    shrink(picture, axes)
    # They are centred on the axes, which are not in the middle of the picture.
    paper = picture.bbox
    for text, words in labels:
        box = (text.axes or axes).get_window_extent()
        across = 2 * min(box.x0 + box.width / 2, paper.width - box.x0 - box.width / 2) - 6
        upright = 2 * min(box.y0 + box.height / 2, paper.height - box.y0 - box.height / 2) - 6
        fit(text, words, upright if text.get_rotation() == 90 else across)
    # What is placed stays placed: rendering need not lay it out again.
    picture.set_layout_engine("none")
    for (
        each
    ) in picture.axes:  # the last bits differ from one processor to the next, and are hashed into names
        left, bottom, width, height = (round(part, 9) for part in each.get_position(original=True).bounds)
        each.set_position((left, bottom, width, height))
    picture.set_label(sentence)
    return picture
