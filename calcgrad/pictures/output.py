"""A figure as the bytes of a file, the same from run to run; and the numbers behind it as CSV."""

from __future__ import annotations

from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import numpy as np

from calcgrad.errors import UsageError
from calcgrad.pictures.style import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from calcgrad.pictures.canvas import Picture

Format = Literal["svg", "pdf", "png"]
DPI = 200.0


def check_dpi(dpi: float, size: tuple[float, float]) -> None:
    """Refuse a resolution that no image can have, before anything is computed."""
    if not 10 <= dpi <= 2400 or max(size) * dpi > 30_000:
        raise UsageError("--dpi must be from 10 to 2400, and the image below 30000 dots", hint="--dpi 200")


def render(picture: Figure, format: Format, dpi: float = DPI) -> bytes:
    """The figure as a file: SVG with text as text (typeset: outlines), PDF with fonts, PNG at so many dots an inch."""
    stream = BytesIO()
    title, _, description = str(picture.get_label()).partition("\n")
    with style(typeset=getattr(picture, "write", None) is not None):
        if format == "svg":
            picture.savefig(stream, format="svg", metadata={"Date": None, "Title": title})
        elif format == "pdf":
            picture.savefig(stream, format="pdf", metadata={"CreationDate": None, "Title": title})
        else:
            picture.savefig(stream, format="png", dpi=dpi, metadata={"Title": title})
    if format != "svg":
        return stream.getvalue()
    # Matplotlib writes a title but no description, which screen readers read next.
    desc = f"</title>\n <desc>{escape(description, quote=False)}</desc>".encode()
    whole = stream.getvalue().replace(b"</title>", desc, 1)
    return whole.replace(b"<svg ", b'<svg role="img" ', 1)


def table(picture: Picture) -> bytes:
    """The numbers behind a picture as CSV: the series, the piece of it, x and y; doubles that read back."""
    lines = ["series,piece,x,y"]
    for name, points in picture.data:
        piece, open_ = 1, False
        if name in picture.right:
            y = picture.right[name](points[:, 0], absolute=0.0, relative=0.0)[0]
            points = np.column_stack([points[:, 0], np.where(np.isnan(points[:, 1]), np.nan, y)])
        for x, y in points.tolist():
            if x != x or y != y:
                piece, open_ = piece + open_, False
                continue
            open_ = True
            lines.append(f"{name},{piece},{x!r},{y!r}")
    return "\n".join([*lines, ""]).encode()
