"""Words on a picture: without what no file can hold, typeset if asked, shortened to the room there is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

Write = Callable[[str], str]  # words with their mathematics as TeX between dollars; '' where there is none


def plain(text: str) -> str:
    """Text without control characters, half characters and invisible marks, which no format can hold."""
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())


def put(text: Any, words: str, write: Write | None = None) -> Any:
    """Put words on a text, typeset where they are mathematics that Matplotlib can set; the text."""
    text.set(text=words, parse_math=False)
    if write is not None and (typeset := write(words)):
        text.set(text=typeset, parse_math=True)
        try:
            text.get_window_extent()
        except ValueError:  # TeX that Matplotlib does not know, such as cases
            text.set(text=words, parse_math=False)
    return text


def fit(text: Any, words: str, room: float) -> None:
    """Shorten what stands on a text, its ``words``, with an ellipsis until it fits the room, in points."""
    if text.get_parse_math() and text.get_window_extent().width > room:
        put(text, words)
    while len(words) > 1:
        box = text.get_window_extent()
        length = max(box.width, box.height)
        if length <= room:
            return
        words = words[: max(1, min(len(words) - 1, int(len(words) * room / length)))]
        text.set_text(words.rstrip() + "…")
