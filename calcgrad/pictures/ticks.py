"""Ticks: plain numbers, as many as there is room for, labelled in plain text."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, inf, log10, pi
from typing import Any

from calcgrad.pictures.scales import Scale

_CHARACTER = 0.063  # inches: a digit of a label
_APART = 0.14  # inches between two labels
_TURNS = 60  # half turns, beyond which ticks are plain numbers
_FRACTIONS = [
    Fraction(*each) for each in ((1, 6), (1, 4), (1, 2), (1, 1), (2, 1), (4, 1), (5, 1), (10, 1), (20, 1))
]
_CLOSEST = 0.27  # inches between two ticks


def ticks(axis: Any, scale: Scale, inches: float) -> None:
    """Ticks at plain numbers, as many as their labels have room for; Matplotlib's log labels are mathematics."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

    if scale.log and scale.high / scale.low > 30:
        axis.set_major_locator(LogLocator(numticks=max(3, ceil(2 * inches)) + 1))
        axis.set_major_formatter(FuncFormatter(_powers(scale)))
    elif scale.angle and not scale.log and pi / 2 <= scale.high - scale.low <= _TURNS * pi:
        angles = _angles(scale, 0.8 * inches)
        axis.set_major_locator(FixedLocator([float(each) * pi for each in angles]))
        axis.set_major_formatter(
            FuncFormatter(lambda value, _: _angle(Fraction(value / pi).limit_denominator(12)))
        )
    else:
        write, offset = _numbers(scale)
        formatter = FuncFormatter(write)
        formatter.set_offset_string(offset)
        locator: Any = FixedLocator(_places(scale, 0.8 * inches, write, axis.axis_name == "x"))
        # Matplotlib widens limits that it finds too narrow or too small; ours are meant.
        locator.nonsingular = lambda low, high: (low, high)
        axis.set_major_locator(locator)
        axis.set_major_formatter(formatter)
    axis.set_minor_formatter(NullFormatter())


def _angles(scale: Scale, inches: float) -> list[Fraction]:
    """Multiples of pi, in its plain fractions: the closest whose labels are apart."""
    low, high = scale.low / pi, scale.high / pi
    found: list[Fraction] = []
    for unit in _FRACTIONS:
        first, last = ceil(low / unit - Fraction(1, 10**9)), floor(high / unit + Fraction(1, 10**9))
        found = [k * unit for k in range(first, last + 1)]
        width = max((len(_angle(each)) for each in found), default=1) * _CHARACTER
        if float(unit) / (high - low) * inches >= width + _APART:
            break
    return found


def _angle(multiple: Fraction) -> str:
    if not multiple:
        return "0"
    top = "" if abs(multiple.numerator) == 1 else str(abs(multiple.numerator))
    below = "" if multiple.denominator == 1 else f"/{multiple.denominator}"
    return f"{'−' if multiple < 0 else ''}{top}π{below}"


def _places(scale: Scale, inches: float, write: Callable[[float, int], str], level: bool) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten: the closest whose labels are apart."""
    base = _base(scale)
    low, high = scale.low - base, scale.high - base
    span = high - low
    power = floor(log10(span)) - 1
    found: list[float] = []
    for factor in (1, 2, 5, 10, 20, 50):
        # Read from decimals, so that a tenth is a tenth.
        unit = float(f"{factor}e{power}")
        first, last = ceil(low / unit - 1e-9), floor(high / unit + 1e-9)
        some = [float(f"{k * factor}e{power}") + base for k in range(first, last + 1)]
        if found and len(some) < 2:
            break
        found = some
        width = max((len(write(each, 0)) for each in some), default=1) * _CHARACTER if level else 0.0
        if unit / span * inches >= max(width + _APART, _CLOSEST):
            break
    return found


def _powers(scale: Scale) -> Callable[[float, int], str]:
    plain = scale.low > 5e-4 and scale.high < 5e4

    def write(value: float, _position: int) -> str:
        if not 0 < value < inf:
            # Matplotlib also asks about ticks beyond the doubles, which it will not draw.
            return ""
        return f"{value:g}" if plain else _power(round(log10(value)))

    return write


def _base(scale: Scale) -> float:
    """What all numbers of a narrow window far from 0 have in common."""
    span, size = scale.high - scale.low, max(abs(scale.low), abs(scale.high))
    return round(scale.low, -ceil(log10(span))) if size > 1e3 * span else 0.0


def _numbers(scale: Scale) -> tuple[Callable[[float, int], str], str]:
    """How to write a tick, and what all ticks share: a power of ten, or a number that they are close to."""
    span, size = scale.high - scale.low, max(abs(scale.low), abs(scale.high))
    base = _base(scale)
    exponent = floor(log10(span if base else size))
    exponent = 0 if -3 < exponent < 5 else exponent

    def write(value: float, _position: int) -> str:
        # Next to a base the ticks themselves are rounded doubles.
        digits = round((value - base) / 10.0**exponent, 3 if base else 9)
        return f"{digits or 0.0:.10g}".replace("-", "−")

    scaled = f"×{_power(exponent)} " if exponent else ""
    shift = f"{'−' if base < 0 else '+'} {repr(abs(base)).removesuffix('.0')}" if base else ""
    return write, (scaled + shift).strip()


def _power(exponent: int) -> str:
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
