"""limit -o: both sides' values against the step, as the bytes of a picture.

picture = draw_limit(commands.limit("sin(x)/x", to="0"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.drawing.settings import SIZE, check_style, format_of, size_of
from calcgrad.errors import UsageError
from calcgrad.expression.tree import INFINITY, Call, Name, Node, names_in
from calcgrad.questions import free_label, put_in

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture

_DECADES = 6  # where no table says how far


def limit_picture(result: results.Limit, *, file: str, dpi: float | None = None, **options: Any) -> bytes:
    """The picture of a limit that ``commands.limit`` has found, in the format that ``file`` ends with."""
    from calcgrad.pictures import output

    format = check_picture(file, options.get("style") or "light", dpi, options.get("size"))
    return output.render(draw_limit(result, **options), format, output.DPI if dpi is None else dpi)


def check_picture(file: str, style: str, dpi: float | None, size: str | None, command: str = "limit") -> Any:
    """Refuse what cannot be drawn before anything is computed; the format."""
    from calcgrad.pictures import output

    if file == "-":
        raise UsageError(f"{command} answers on stdout: its picture needs a file", hint=f"-o {command}.svg")
    check_style(style)
    output.check_dpi(output.DPI if dpi is None else dpi, size_of(size) or SIZE)
    return format_of(file)


def draw_limit(
    result: results.Limit, *, title: str | None = None, size: str | None = None, style: str = "light"
) -> Picture:
    """The figure of a limit that ``commands.limit`` has found."""
    import numpy as np

    from calcgrad.autodiff.expressions import evaluate
    from calcgrad.drawing.vectorized import Values
    from calcgrad.expression.arrays import scalarize
    from calcgrad.parts.values import scalar_point
    from calcgrad.pictures import approaches
    from calcgrad.pictures.shapes import Axes

    question, name = result.question, result.var
    point = scalar_point(question, (name,), infinite=True)
    place: Node = point.pop(name)
    root = put_in(scalarize(question.tree), point)
    if names_in(root) - {name, "pi", "E", "EulerGamma", "oo", "True", "False", "None"}:
        raise UsageError("the picture needs numbers for every parameter", hint="--let gives a value")
    letter = free_label("f g F G", [name])
    h = free_label("h k", [*question.names, name])
    rows = [[float("nan") if cell is None else float(cell) for cell in row] for row in result.table]
    decades = len(rows) or _DECADES
    table = np.array(rows or np.empty((0, 3 if result.side == "both" else 2)), dtype=float)
    infinite = not np.isfinite(float(evaluate(place, {})))

    def moved(side: int) -> Values:
        """The values, or the slopes of secants, as a function of the step alone: no double need be the point itself."""
        step = Name(h) if side > 0 else Call("neg", (Name(h),))
        near = put_in(root, {name: step if infinite else Call("+", (place, step))})
        if result.quotient:
            near = Call("/", (Call("-", (near, put_in(root, {name: place}))), step))
        return Values(near, [h])

    made = []
    if infinite:
        shown = np.column_stack([np.abs(table[:, 0]), table[:, 1]]) if rows else np.empty((0, 2))
        far = moved(1 if place is INFINITY else -1)
        made = [approaches.Approach("far", f"{letter}({name})", far, (1.0, 10.0**decades), shown)]
    else:
        sides = [("left", -1), ("right", 1)] if result.side == "both" else [
            (result.side, -1 if result.side == "left" else 1)
        ]  # fmt: skip
        for column, (side, sign) in enumerate(sides, start=1):
            label = f"{letter}({result.point}{'+-'[sign < 0]}{h})"
            if result.quotient:
                label = f"slope of the secant to {result.point}{'+-'[sign < 0]}{h}"
            label = f"{label}, from the {side}"
            shown = table[:, [0, column]] if rows else np.empty((0, 2))
            made.append(approaches.Approach(side, label, moved(sign), (10.0**-decades, 1.0), shown))
    goals = _goals(("limit {}", result.value)) or _goals(
        ("{} from the left", result.left), ("{} from the right", result.right)
    )
    xlabel = (name if place is INFINITY else f"-{name}") if infinite else f"{h} → 0"
    axes = Axes(
        xlabel=xlabel, title=title, size=size_of(size) or SIZE, style="dark" if style == "dark" else "light",
        grows=size is None,
    )  # fmt: skip
    return approaches.figure(made, goals, axes, towards_zero=not infinite)


def _goals(*named: tuple[str, results.Value | None]) -> list[tuple[str, float]]:
    return [
        (words.format(value.shown), value.number)
        for words, value in named
        if value is not None and value.number is not None
    ]
