"""The look of every picture: a small style sheet and palettes that colour-blind readers can tell apart."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from calcgrad.pictures.shapes import StyleName


@dataclass(frozen=True)
class Palette:
    """The colours of a picture on its background."""

    paper: str
    ink: str
    edge: str
    grid: str
    shade: str
    curves: tuple[str, ...]
    levels: tuple[str, ...]  # of contours, from the lowest to the highest

    def colour(self, index: int) -> str:
        """The colours in turn; once they are used up, the same paler and paler."""
        turn, index = divmod(index, len(self.curves))
        ink = 0.55**turn
        parts = zip(*(bytes.fromhex(each[1:]) for each in (self.curves[index], self.paper)), strict=True)
        return "#" + "".join(f"{round(ink * a + (1 - ink) * b):02x}" for a, b in parts)


# Okabe and Ito's colours, told apart by colour-blind readers too; on dark paper their brighter relatives.
PALETTES: dict[StyleName, Palette] = {
    "light": Palette(
        "#ffffff", "#333333", "#888888", "#e2e2e2", "#ededed",
        ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000",
         "#332288", "#882255", "#999933", "#117733", "#8c510a", "#aa4499", "#888888"),
        ("#a9bfd4", "#5b7fa6", "#1b2f4f"),
    ),
    "dark": Palette(
        "#14171c", "#dddddd", "#7d838c", "#2c323a", "#262b32",
        ("#56b4e9", "#e69f00", "#2fc08f", "#e58fc1", "#f0e442", "#8fa8ff", "#ffffff",
         "#ff6f61", "#7fd8d8", "#c7a06b", "#b05cff", "#a6d854", "#7f9f7f", "#999999"),
        ("#3f5878", "#7f9fc4", "#d5e4f5"),
    ),
}  # fmt: skip


def _sheet(palette: Palette) -> dict[str, Any]:
    return {
        "axes.edgecolor": palette.edge,
        "axes.facecolor": palette.paper,
        "axes.labelcolor": palette.ink,
        "axes.labelsize": 8,
        "axes.linewidth": 0.6,
        "axes.titlesize": 9,
        "figure.constrained_layout.h_pad": 0.07,
        "figure.constrained_layout.w_pad": 0.07,
        "figure.facecolor": palette.paper,
        "font.size": 8,
        "grid.color": palette.grid,
        "grid.linewidth": 0.5,
        "legend.fontsize": 7,
        "lines.linewidth": 1.5,
        "pdf.fonttype": 42,
        "svg.hashsalt": "calcgrad",
        "text.color": palette.ink,
        # Labels are the user's: a dollar or an underscore in them is no mathematics.
        "text.parse_math": False,
        "xtick.color": palette.ink,
        "xtick.labelsize": 7,
        "ytick.color": palette.ink,
        "ytick.labelsize": 7,
    }


def _matplotlib() -> Any:
    """Matplotlib, though the environment should name a backend that this installation does not have."""
    try:
        import matplotlib
    except ValueError:  # a notebook's, most often: its processes inherit the setting
        del os.environ["MPLBACKEND"]
        import matplotlib
    return matplotlib


@contextmanager
def style(palette: Palette = PALETTES["light"], typeset: bool = False) -> Iterator[None]:
    """Matplotlib's own defaults and our style on top, whatever the user's settings are; then as before.

    What is ``typeset`` is drawn in an SVG: its parts stand in their places whatever fonts a reader has.
    """
    matplotlib = _matplotlib()
    defaults = {name: value for name, value in matplotlib.rcParamsDefault.items() if "backend" not in name}
    with (
        matplotlib.rc_context({**defaults, **_sheet(palette), "svg.fonttype": "path" if typeset else "none"}),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        # A character that the font lacks is a box in PNG and PDF, and itself in SVG.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield
