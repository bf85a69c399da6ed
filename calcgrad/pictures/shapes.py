"""What a picture is asked for: curves, lines and a frame, as plain data.

Curve("f(x) = 3*x**2 - 4*x", lambda x: 3 * x**2 - 4 * x), Tangent(1.0, -1.0, 2.0, "tangent y = 2*x - 3"), Axes()
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Function = Callable[[Array], Array]
Limits = tuple[float, float]
ScaleName = Literal["linear", "log"]
StyleName = Literal["light", "dark"]


@dataclass(frozen=True)
class Curve:
    """A function to draw: vectorised over float64, nan where it is not real.

    ``specials`` are functions that are 0 where there may be a hole or a value by itself, for no sample need hit
    them; with each, whether the curve surely has no value there.
    """

    label: str
    function: Function
    specials: tuple[tuple[Function, bool], ...] = ()


@dataclass(frozen=True)
class Tangent:
    """The line through (x, y) with this slope; an infinite slope is a vertical line.

    A one-sided tangent, at a corner, is dashed finely; a secant also meets the curve at ``other``.
    """

    x: float
    y: float
    slope: float
    label: str
    kind: Literal["tangent", "one-sided", "secant"] = "tangent"
    other: tuple[float, float] | None = None


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
    points: int | None = None  # evenly spaced samples instead of adaptive ones
