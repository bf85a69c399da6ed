"""The legend: in the first corner where it covers nothing, else below the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from calcgrad.pictures.words import fit, put

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from calcgrad.pictures.canvas import Picture

_SPARE = 0.06  # of the width, beside a legend: fonts differ, and so do their widths at other resolutions


def legend(picture: Picture, axes: Any, entries: Sequence[tuple[Any, str]], below: bool = False) -> None:
    """In the first corner where it covers nothing, else ``below`` the picture, where it may have to be anyway.

    The picture must have been laid out, and still is afterwards.
    """
    if not entries:
        return
    handles = [line for line, _ in entries]
    look: dict[str, Any] = {
        "framealpha": 0.85,
        "facecolor": axes.get_facecolor(),
        "edgecolor": "none",
        "handlelength": 1.8,
        "borderpad": 0.3,
    }
    legend = axes.legend(handles, [" "] * len(entries), loc="upper left", borderaxespad=0.2, **look)
    legend.set_in_layout(False)
    # The labels come afterwards: Matplotlib drops entries whose label starts with an underscore.
    for text, (_, label) in zip(legend.get_texts(), entries):
        put(text, label, picture.write)
    frame, box = axes.get_window_extent(), legend.get_window_extent()
    if box.width <= frame.width and not below:
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
    columns = 2 if len(entries) > 2 and 2 * box.width < picture.bbox.width - 18 else 1
    used = sum(each.get_window_extent().height for each in picture.legends) / 72
    legend = picture.legend(
        handles,
        [" "] * len(entries),
        loc="lower center",
        ncols=columns,
        columnspacing=1.2,
        borderaxespad=0.3,
        **look,
    )
    legend.set_in_layout(False)
    room = ((1 - _SPARE) * picture.bbox.width - legend.get_window_extent().width) / columns
    for text, (_, label) in zip(legend.get_texts(), entries):
        fit(put(text, label, picture.write), label, room)
    inches = legend.get_window_extent().height / 72
    if picture.grows:
        width, height = picture.get_size_inches()
        picture.set_size_inches(width, height + inches)
    height = picture.get_size_inches()[1]
    legend.set_bbox_to_anchor((0, used / height, 1, 1))
    bottom = (used + inches) / height
    engine: Any = picture.get_layout_engine()
    engine.set(rect=(0, bottom, 1, 1 - bottom))
    lay_out(picture)


def lay_out(picture: Figure) -> None:
    engine = picture.get_layout_engine()
    assert engine is not None
    engine.execute(picture)


def _covers(box: Any, lines: Sequence[Any]) -> bool:
    """Whether some line or dot comes into the box; the thickness of lines and dots counts."""
    for line in lines:
        pixels = line.get_transform().transform(line.get_xydata())
        thick = line.get_markersize() / 2 if line.get_marker() not in ("None", "", None) else 0.0
        room = 4.0 + max(thick, line.get_linewidth() / 2)  # fonts differ in width, so some to spare
        low = np.array([box.x0, box.y0]) - room
        high = np.array([box.x1, box.y1]) + room
        if (np.isfinite(pixels).all(axis=1) & (pixels > low).all(axis=1) & (pixels < high).all(axis=1)).any():
            return True
        if line.get_linestyle() != "None" and _meets(pixels[:-1], pixels[1:], low, high):
            return True
    return False


def _meets(start: Any, end: Any, low: Any, high: Any) -> bool:
    """Whether any of these segments meets the box: the stretches inside both pairs of sides overlap (Liang-Barsky)."""
    with np.errstate(all="ignore"):
        along = end - start
        near, far = (low - start) / along, (high - start) / along
        level = along == 0
        between = (start > low) & (start < high)
        first = np.where(level, np.where(between, 0.0, np.inf), np.minimum(near, far)).max(axis=1)
        last = np.where(level, np.where(between, 1.0, -np.inf), np.maximum(near, far)).min(axis=1)
        return bool((np.maximum(first, 0) <= np.minimum(last, 1)).any())
