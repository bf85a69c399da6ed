"""One axis, linear or logarithmic: a number's place on it, and the limits that can be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log10

import numpy as np

from calcgrad.errors import UsageError
from calcgrad.pictures.shapes import Array, Axes

# Beyond this the width of a window, or Matplotlib's arithmetic on it, would overflow.
GIANT = 1e300
# Relative to its numbers: a narrower window holds too few doubles to draw a line through.
NARROW = 5e-13
MOST_POINTS = 10**7


@dataclass(frozen=True)
class Scale:
    """One axis: a number's place on it is 0 at the low end, 1 at the high end. On that of an angle pi is a tick."""

    low: float
    high: float
    log: bool = False
    angle: bool = False

    def place(self, values: Array | float) -> Array:
        """nan where a log axis has no place for a number."""
        numbers = np.asarray(values, dtype=np.float64)
        if self.log:
            logs = np.log10(np.where(numbers > 0, numbers, np.nan))
            return np.asarray((logs - log10(self.low)) / (log10(self.high) - log10(self.low)))
        # Halves, so that the difference of two giants stays finite.
        return np.asarray((numbers / 2 - self.low / 2) / (self.high / 2 - self.low / 2))

    def value(self, places: Array | float) -> Array:
        place = np.asarray(places, dtype=np.float64)
        if self.log:
            return np.asarray(10.0 ** (log10(self.low) * (1 - place) + log10(self.high) * place))
        return np.asarray(self.low * (1 - place) + self.high * place)

    def between(self) -> str:
        return f"between {self.low:.6g} and {self.high:.6g}"


def check(axes: Axes) -> None:
    for name, limits, scale in (("x", axes.xlim, axes.xscale), ("y", axes.ylim, axes.yscale)):
        if limits is not None:
            check_limits(name, *limits, log=scale == "log")
    if axes.points is not None and not 2 <= axes.points <= MOST_POINTS:
        raise UsageError(f"--points must be from 2 to {MOST_POINTS}", hint="--points 1000")
    if not all(isfinite(inches) and 1 <= inches <= 100 for inches in axes.size):
        raise UsageError("a picture is between 1 and 100 inches wide and high")


def check_limits(name: str, low: float, high: float, log: bool) -> None:
    hint = f"choose another --{name}lim"
    if not (isfinite(low) and isfinite(high) and low < high):
        raise UsageError(f"{name} limits must be two finite numbers, the smaller first", hint=hint)
    if log and low <= 0:
        raise UsageError(f"a log axis needs positive limits, {low:g} is not", hint=hint)
    size = max(-low, high)
    if size > GIANT:
        raise UsageError(f"{name} limits beyond {GIANT:g} cannot be drawn", hint=hint)
    if high - low < max(NARROW * size, 1 / GIANT):
        raise UsageError(f"{name} limits so close to each other cannot be drawn in doubles", hint=hint)
