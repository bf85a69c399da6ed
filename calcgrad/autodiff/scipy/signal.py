"""scipy.signal: convolutions of arrays of any number of axes, on Variables too.

convolve(x, kernel, "same")
"""

from __future__ import annotations

from typing import Any

import numpy as np

from calcgrad.autodiff.composed import array_of


def convolve(in1: Any, in2: Any, mode: str = "full") -> Any:
    """The sum of products of in1 with in2, turned round and moved along: "full", "same" as in1, or "valid"."""
    in1, in2 = array_of(in1), array_of(in2)
    n, m = np.shape(in1), np.shape(in2)
    if len(n) != len(m) or mode not in ("full", "same", "valid"):
        raise ValueError("convolve takes two arrays of as many axes, and full, same or valid")
    if mode == "valid" and all(a <= b for a, b in zip(n, m)) and n != m:
        in1, in2, n, m = in2, in1, m, n
    if mode == "valid" and not all(a >= b for a, b in zip(n, m)):
        raise ValueError("valid needs one array that is at least as large as the other along every axis")
    widths = [(0, 0) if mode == "valid" else (b - 1, b - 1) for b in m]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(in1, widths), m)
    found = np.tensordot(windows, np.flip(in2), len(m))
    if mode == "same":
        found = found[tuple(slice((b - 1) // 2, (b - 1) // 2 + a) for a, b in zip(n, m))]
    return found


def correlate(in1: Any, in2: Any, mode: str = "full") -> Any:
    """convolve with in2 not turned round, of real numbers."""
    return convolve(in1, np.flip(array_of(in2)), mode)
