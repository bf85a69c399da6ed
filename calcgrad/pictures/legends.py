"""The legend: in the first corner where it covers nothing, else below the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from calcgrad.pictures.words import fit

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def legend(picture: Figure, axes: Any, entries: Sequence[tuple[Any, str]], below: bool = False) -> None:
    """In the first corner where it covers nothing, else ``below`` the picture, where it may have to be anyway."""
    if not entries:
        lay_out(picture)
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
        text.set_text(label)
    lay_out(picture)
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
    legend = picture.legend(
        handles, [" "] * len(entries), loc="outside lower center", ncols=columns, columnspacing=1.2, **look
    )
    room = picture.bbox.width / columns - 36
    for text, (_, label) in zip(legend.get_texts(), entries):
        text.set_text(label)
        fit(text, room)
    if getattr(picture, "grows", False):
        width, height = picture.get_size_inches()
        picture.set_size_inches(width, height + legend.get_window_extent().height / 72)
    lay_out(picture)


def lay_out(picture: Figure) -> None:
    engine = picture.get_layout_engine()
    assert engine is not None
    engine.execute(picture)


def _covers(box: Any, lines: Sequence[Any]) -> bool:
    for line in lines:
        path = line.get_path().transformed(line.get_transform())
        if path.intersects_bbox(box, filled=False) or box.count_contains(path.vertices):
            return True
    return False
