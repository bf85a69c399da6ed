"""study -o and plot --study: the curve with its zeros, extrema, inflections and asymptotes.

picture = draw_study(commands.study("x**3 - 3*x"))
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.drawing.approaches import check_picture
from calcgrad.drawing.curves import is_wave
from calcgrad.drawing.settings import SIZE, size_of
from calcgrad.parts.values import restricted
from calcgrad.questions import free_label

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture
    from calcgrad.pictures.shapes import Asymptote, Limits, Marks

_MOST_LISTED = 4  # points in one line of the legend
_SHORT = 9  # characters of a number there
_FRACTION = re.compile(r"-?[0-9]+(/[0-9]+)?")
_NAMES = {
    "zero": ("zero", "zeros"), "maximum": ("maximum", "maxima"), "minimum": ("minimum", "minima"),
    "inflection": ("inflection", "inflections"), "stationary": ("stationary", "stationary"),
}  # fmt: skip


def study_picture(result: results.Study, *, file: str, dpi: float | None = None, **options: Any) -> bytes:
    """The picture of a study that ``commands.study`` has made, in the format that ``file`` ends with."""
    from calcgrad.pictures import output

    format = check_picture(file, options.get("style") or "light", dpi, options.get("size"), "study")
    return output.render(draw_study(result, **options), format, output.DPI if dpi is None else dpi)


def draw_study(
    result: results.Study, *, title: str | None = None, size: str | None = None, style: str = "light"
) -> Picture:
    """The figure of a study that ``commands.study`` has made."""
    from calcgrad import pictures
    from calcgrad.drawing.vectorized import Values
    from calcgrad.expression.arrays import scalarize

    name = result.var
    root = restricted(result.question, scalarize(result.question.tree), name)
    letter = free_label("f g h", [name])
    curve = Values(root, [name]).curve(f"{letter}({name}) = {result.question.legend}")
    axes = pictures.Axes(
        xlim=window(result), xlabel=name, ylabel=f"{letter}({name})", title=title, size=size_of(size) or SIZE,
        style="dark" if style == "dark" else "light", grows=size is None, angle=is_wave(root, name),
    )  # fmt: skip
    marks, asymptotes = marked(result)
    return pictures.figure([curve], (), axes, marks=marks, asymptotes=asymptotes)


def window(result: results.Study) -> Limits | None:
    """From the first to the last notable place, and some more; None where there is none."""
    low, high = result.low.number, result.high.number
    if result.scope in ("on", "period") and low is not None and high is not None:
        return low, high
    places = [spot.x.number for spot in result.spots if spot.kind != "end"]
    finite = [x for x in places if x is not None and isfinite(x)]
    if not finite:
        return None
    width = max(finite) - min(finite)
    margin = max(0.3 * width, 1.0 if width > 0.5 else 2.0)
    return min(finite) - margin, max(finite) + margin


def marked(result: results.Study) -> tuple[list[Marks], list[Asymptote]]:
    """What a study found, to be drawn on its curve."""
    from calcgrad.pictures.shapes import Asymptote, Marks

    groups: dict[str, list[results.Spot]] = {kind: [] for kind in _NAMES}
    for spot in result.spots:
        if spot.extremum:
            groups[spot.extremum].append(spot)
        elif spot.inflection:
            groups["inflection"].append(spot)
        elif spot.kind == "stationary":
            groups["stationary"].append(spot)
        if spot.vanishes[0]:
            groups["zero"].append(spot)
    marks = []
    for kind, spots in groups.items():
        at = tuple(
            (each.x.number, each.value.number)
            for each in spots
            if each.x.number is not None and each.value is not None and each.value.number is not None
        )
        if at:
            listed = spots[:_MOST_LISTED]
            words = _short([each.x for each in listed])
            if kind != "zero":
                heights = _short([each.value for each in listed])
                words = [f"({x}, {y})" for x, y in zip(words, heights, strict=True)]
            more = f" and {len(spots) - len(listed)} more" if len(spots) > len(listed) else ""
            marks.append(Marks(kind, f"{_NAMES[kind][len(spots) > 1]} {', '.join(words)}{more}", at))  # type: ignore[arg-type]
    lines = []
    for each in result.asymptotes:
        start, slope = each.at
        if start is None or not isfinite(start):
            continue
        label = f"asymptote {each.equation}"
        lines.append(
            Asymptote(start, 0.0, inf, label)
            if each.kind == "vertical"
            else Asymptote(0.0, start, slope or 0.0, label)
        )
    return marks, lines


def _short(values: Sequence[results.Value | None]) -> list[str]:
    """Numbers for a legend: all exact if all are short so, else those alone that are fractions."""
    exact = all(value is not None and 0 < len(value.exact.lstrip("-")) <= _SHORT for value in values)
    return [
        "-"
        if value is None
        else value.exact
        if value.exact and (exact or (len(value.exact) <= _SHORT and _FRACTION.fullmatch(value.exact)))
        else value.text
        if value.number is None
        else f"{value.number:.3g}"
        for value in values
    ]
