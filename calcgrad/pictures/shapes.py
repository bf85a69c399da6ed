"""What a picture is asked for: curves, lines and a frame, as plain data.

Curve("f(x) = 3*x**2 - 4*x", lambda x: 3 * x**2 - 4 * x), Tangent(1.0, -1.0, 2.0, "tangent y = 2*x - 3"), Axes()
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from calcgrad.pictures.words import Write

Array = NDArray[np.float64]
Function = Callable[[Array], Array]
Limits = tuple[float, float]
ScaleName = Literal["linear", "log"]
StyleName = Literal["light", "dark"]

_TRUSTED = 1e-6  # of a value: with less error it may help to choose a window
_ROUNDING = 5e-13  # of a value whose error nobody knows


class Bounded(Protocol):
    """A function with bounds of its errors, ``absolute`` or ``relative`` at most; with both 0 it is rounded right."""

    def __call__(self, x: Array, *, absolute: float, relative: float) -> tuple[Array, Array]: ...


@dataclass(frozen=True)
class Curve:
    """A function to draw: vectorised over float64, nan where it is not real.

    ``specials`` are functions that are 0 where there may be a hole or a value by itself, for no sample need hit
    them; with each, whether the curve surely has no value there. ``bounded`` tells how wrong its values are, where
    that is known, ``at`` its value at a rational, or at what a double beside a break stands for, and ``limit`` its
    limit there from the left (-1) or right (1), None where there is none.
    """

    label: str
    function: Function
    specials: tuple[tuple[Function, bool], ...] = ()
    bounded: Bounded | None = None
    at: Callable[[Fraction | float], float | None] | None = None
    limit: Callable[[float, int], float | None] | None = None
    leads: bool = True  # has it a say in what is shown?

    def errors(self, x: Array) -> tuple[Array, Array]:
        """The values and what each may be wrong by."""
        if self.bounded is not None:
            return self.bounded(x, absolute=0.0, relative=_TRUSTED)
        y = np.broadcast_to(np.asarray(self.function(x), dtype=np.float64), x.shape)
        return y, _ROUNDING * np.abs(y)

    def within(self, absolute: float, relative: float) -> Curve:
        """The curve with values that are wrong by no more than this, where that is known."""
        bounded = self.bounded
        if bounded is None:
            return self
        return replace(self, function=lambda x: bounded(x, absolute=absolute, relative=relative)[0])


@dataclass(frozen=True)
class Tangent:
    """The line through (x, y) with this slope; an infinite slope is a vertical line.

    A one-sided tangent, at a corner, is dashed finely; a secant also meets the curve at ``other``.
    """

    x: float
    y: float
    slope: float
    label: str
    kind: Literal["tangent", "one-sided", "secant", "normal"] = "tangent"
    other: tuple[float, float] | None = None


@dataclass(frozen=True)
class Marks:
    """Points of one kind that are marked in a picture: the zeros, the maxima."""

    kind: Literal["zero", "maximum", "minimum", "inflection", "stationary"]
    label: str
    at: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Asymptote:
    """A line that the curve comes near to: through (x, y) with this slope, vertical where that is infinite."""

    x: float
    y: float
    slope: float
    label: str


@dataclass(frozen=True)
class Axes:
    """What the frame of the picture looks like; limits that are None are chosen from the curves."""

    xlim: Limits | None = None
    ylim: Limits | None = None
    xscale: ScaleName = "linear"
    yscale: ScaleName = "linear"
    xlabel: str | None = "x"
    ylabel: str | None = None
    title: str | None = None
    legend: bool = True
    grid: bool = True
    size: tuple[float, float] = (3.5, 2.5)
    style: StyleName = "light"
    grows: bool = False  # a legend below the picture makes it taller, not its curves smaller
    equal: bool = False  # a unit is as long on both axes
    angle: bool = False  # x is an angle, whose ticks are multiples of pi
    points: int | None = None  # evenly spaced samples instead of adaptive ones
    write: Write | None = None  # how labels are typeset
