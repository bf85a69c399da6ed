"""Words on a picture: without what no file can hold, shortened to the room there is."""

from __future__ import annotations

import unicodedata
from typing import Any


def plain(text: str) -> str:
    """Text without control characters, half characters and invisible marks, which no format can hold."""
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())


def fit(text: Any, room: float) -> None:
    """Shorten a text with an ellipsis until it fits the room, in points."""
    words = text.get_text()
    while len(words) > 1:
        box = text.get_window_extent()
        length = max(box.width, box.height)
        if length <= room:
            return
        words = words[: max(1, min(len(words) - 1, int(len(words) * room / length)))]
        text.set_text(words.rstrip() + "…")
