"""Constants that a graph holds by reference would change when their owner changes them: they are copied or watched.

    b = kept(b)                   # a small array as it is now; a large one itself
    seen = watched([b])           # a fingerprint of each large one
    require_unchanged(seen)       # raises if one of them has other numbers by now

A copy keeps what was there. Of a large array it would cost memory, so that is looked at instead, once when it is used
and once before it is differentiated through; an array that nobody can write to (``b.setflags(write=False)``) need not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from calcgrad.errors import UsageError

_SMALL = 1 << 17  # bytes
_ROW, _BLOCK = 1 << 10, 1 << 18  # words; a block fits the cache, so that memory is read once

Seen = tuple[tuple[np.ndarray, bytes], ...]


def kept(x: Any) -> Any:
    """x as it is now, as far as it is cheap: arrays in tuples and lists too."""
    if type(x) is np.ndarray:
        return x if x.nbytes > _SMALL or _is_fixed(x) else x.copy("K")
    if type(x) is list or type(x) is tuple:
        return type(x)(map(kept, x))
    return x


def watched(arrays: Iterable[Any]) -> Seen | None:
    """The large arrays among these that may change, each with its fingerprint; None if there are none."""
    found = [x for x in arrays if type(x) is np.ndarray and x.nbytes > _SMALL and not _is_fixed(x)]
    return tuple((x, _fingerprint(x)) for x in found) if found else None


def require_unchanged(seen: Sequence[Seen]) -> None:
    """Raise UsageError if a watched array was changed in place."""
    now: dict[int, bytes] = {}
    for x, before in (each for part in seen for each in part):
        if id(x) not in now:
            now[id(x)] = _fingerprint(x)
        if now[id(x)] != before:
            raise UsageError(
                f"an array of shape {x.shape} was changed in place after it had been recorded",
                hint="make a new one (b = b * 2 instead of b *= 2), or record a copy of it",
            )


def _is_fixed(x: Any) -> bool:
    """Can nobody write to this array, by whatever view?"""
    while isinstance(x, np.ndarray):
        if x.flags.writeable:
            return False
        x = x.base
    return True


def _fingerprint(x: Any) -> bytes:
    """Sums of the bits as words, in rows and in columns: no single change goes unnoticed, no permutation either."""
    octets = np.ravel(x, order="K").view(np.uint8)
    whole = octets.size // (8 * _ROW) * 8 * _ROW
    rows = octets[:whole].view(np.uint64).reshape(-1, _ROW)
    parts = []
    for start in range(0, len(rows), _BLOCK // _ROW):
        block = rows[start : start + _BLOCK // _ROW]
        parts += [np.add.reduce(block, axis=1).tobytes(), np.add.reduce(block, axis=0).tobytes()]
    return b"".join([*parts, octets[whole:].tobytes()])
