"""Ticks: about two an inch, labelled in plain text."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, inf, log10
from typing import Any

from calcgrad.pictures.scales import Scale


def ticks(axis: Any, scale: Scale, inches: float) -> None:
    """About two ticks an inch, labelled in plain text: Matplotlib's log labels are mathematics."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    count = max(3, ceil(2 * inches))
    if scale.log and scale.high / scale.low > 30:
        axis.set_major_locator(LogLocator(numticks=count + 1))
        axis.set_major_formatter(FuncFormatter(_powers(scale)))
    else:
        locator: Any = MaxNLocator(count, steps=[1, 2, 2.5, 5, 10])
        # Matplotlib widens limits that it finds too narrow or too small; ours are meant.
        locator.nonsingular = lambda low, high: (low, high)
        write, offset = _numbers(scale)
        formatter = FuncFormatter(write)
        formatter.set_offset_string(offset)
        axis.set_major_locator(locator)
        axis.set_major_formatter(formatter)
    axis.set_minor_formatter(NullFormatter())


def _powers(scale: Scale) -> Callable[[float, int], str]:
    plain = scale.low > 5e-4 and scale.high < 5e4

    def write(value: float, _position: int) -> str:
        if not 0 < value < inf:
            # Matplotlib also asks about ticks beyond the doubles, which it will not draw.
            return ""
        return f"{value:g}" if plain else _power(round(log10(value)))

    return write


def _numbers(scale: Scale) -> tuple[Callable[[float, int], str], str]:
    """How to write a tick, and what all ticks share: a power of ten, or a number that they are close to."""
    span, size = scale.high - scale.low, max(abs(scale.low), abs(scale.high))
    base = round(scale.low, -ceil(log10(span))) if size > 1e4 * span else 0.0
    exponent = floor(log10(span if base else size))
    exponent = 0 if -3 <= exponent < 5 else exponent

    def write(value: float, _position: int) -> str:
        # Next to a base the ticks themselves are rounded doubles.
        digits = round((value - base) / 10.0**exponent, 3 if base else 9)
        return f"{digits or 0.0:.10g}".replace("-", "−")

    scaled = f"×{_power(exponent)} " if exponent else ""
    shift = f"{'−' if base < 0 else '+'} {abs(base):.17g}" if base else ""
    return write, (scaled + shift).strip()


def _power(exponent: int) -> str:
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
