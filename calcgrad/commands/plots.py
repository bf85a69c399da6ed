"""plot: curves with their tangents, or a surface's contours, as a figure and as the bytes of a file.

result, picture = draw(["3*x**2-4*x"], at=["1"])
result.tangents[0].line                       # "2*x - 3"
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.commands.values import short, silent, value_of
from calcgrad.errors import UsageError
from calcgrad.expression.tree import INFINITY, Call, Node, postorder, text, variables
from calcgrad.questions import At, Note, Question, free_label, put_in, read, several_variables

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture
    from calcgrad.pictures.shapes import Axes, Tangent

SIZE = (3.5, 2.5)
_TALL = (3.5, 4.0)  # with a panel below
_WIDE = (4.2, 4.0)  # contours, whose legend stands below


def plot(
    exprs: Sequence[str], *, file: str = "plot.svg", dpi: float | None = None, data: bool = False, **options: Any
) -> tuple[results.Plot, bytes, bytes]:  # fmt: skip
    """What is drawn, the picture's bytes in the format that ``file`` ends with, and its numbers as CSV."""
    from calcgrad.pictures import output

    format = format_of(file)
    output.check_dpi(output.DPI if dpi is None else dpi, _size(options.get("size")) or SIZE)
    result, picture = draw(exprs, file=file, **options)
    return (
        result,
        output.render(picture, format, output.DPI if dpi is None else dpi),
        output.table(picture) if data else b"",
    )


def draw(
    exprs: Sequence[str],
    *,
    at: Sequence[At] = (),
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    file: str = "",
    xlim: str | None = None,
    ylim: str | None = None,
    xscale: str = "linear",
    yscale: str = "linear",
    xlabel: str | None = None,
    ylabel: str | None = None,
    title: str | None = None,
    legend: bool = True,
    grid: bool = True,
    size: str | None = None,
    style: str = "light",
    points: int | None = None,
    secants: str | Sequence[str] | None = None,
    derivative: bool = False,
    over: bool = False,
    descent: bool = False,
    note: Note = silent,
) -> tuple[results.Plot, Picture]:
    """The curves of ``exprs`` with their tangents at each point of ``at``; of two variables, contours."""
    from calcgrad.expression.arrays import scalarize
    from calcgrad.pictures.shapes import Axes

    if xscale not in ("linear", "log") or yscale not in ("linear", "log"):
        raise UsageError("a scale is linear or log", hint="--xscale log")
    check_style(style)
    let = tuple(let)
    questions = [
        read(expr, var=var, let=let, note=note if index == 0 else silent) for index, expr in enumerate(exprs)
    ]
    axes = Axes(
        xlim=_pair(xlim, "--xlim"), ylim=_pair(ylim, "--ylim"), xscale="log" if xscale == "log" else "linear",
        yscale="log" if yscale == "log" else "linear", xlabel=xlabel, ylabel=ylabel, title=title, legend=legend,
        grid=grid, size=_size(size) or SIZE, style="dark" if style == "dark" else "light", points=points,
    )  # fmt: skip
    if len(questions) == 1 and len(names := _of_surface(questions[0])) == 2:
        from calcgrad.commands.surfaces import draw_surface

        if secants or derivative or over or "log" in (xscale, yscale) or points is not None:
            raise UsageError(
                "--secants, --derivative, --over, --points and log scales are for one variable",
                hint=f"--var {names[0]}",
            )
        asked = [questions[0].placed(place) for place in at]
        return draw_surface(questions[0], asked, names, axes, file, descent, _size(size) or _WIDE)
    if descent:
        raise UsageError(
            "--descent needs a function of two variables", hint='calcgrad plot "x**2+y**2" --descent'
        )
    name = _plot_variable(questions)
    roots = [scalarize(question.tree) for question in questions]
    for question, root in zip(questions, roots, strict=True):
        if set(variables(root)) - {name}:
            raise several_variables(question, "plot")
    places = [value_of(questions[0].placed(place), name) for place in at]
    if over and not derivative:
        raise UsageError("--over says where --derivative is drawn", hint="--derivative --over")
    return _draw_curves(
        questions, roots, name, places, axes, file, _listed(secants), derivative, over, _size(size)
    )


def _draw_curves(
    questions: Sequence[Question], roots: Sequence[Node], name: str, places: Sequence[Node], axes: Axes, file: str,
    steps: Sequence[str], derivative: bool, over: bool, size: tuple[float, float] | None,
) -> tuple[results.Plot, Picture]:  # fmt: skip
    from dataclasses import replace

    from calcgrad import pictures
    from calcgrad.commands.vectorized import Slopes, Values, specials
    from calcgrad.tangents import tangents_at

    letters = _letters(len(roots), name)
    functions = [Values(root, [name]) for root in roots]
    curves = [
        pictures.Curve(f"{letter}({name}) = {question.text}", f, specials(root, name), f.bounded, f.at)
        for letter, question, root, f in zip(letters, questions, roots, functions, strict=True)
    ]
    if derivative:
        slope_of = [
            pictures.Curve(f"{letter}'({name})", f.first, specials(root, name), f.bounded)
            for letter, root, f in zip(letters, roots, (Slopes(root, [name]) for root in roots), strict=True)
        ]
    found_secants, lines, notes = _secants(roots, name, places, steps)
    found: list[results.Tangent] = []
    undecided = False
    for place in places:
        for root, letter in zip(roots, letters, strict=True):
            made = tangents_at(root, name, place, letter)
            lines += [
                pictures.Tangent(
                    each.x, each.y, each.slope, each.legend, "one-sided" if each.side else "tangent"
                )
                for each in made.lines
            ]
            found += [
                results.Tangent(text(place), each.line, label=each.label, side=each.side)
                for each in made.lines
            ]
            undecided |= made.undecided
            if made.note:
                notes.append(made.note)
    ylabel = (
        (f"{letters[0]}({name})" if len(letters) == 1 and not over else None)
        if axes.ylabel is None
        else axes.ylabel
    )
    below = derivative and not over
    axes = replace(
        axes, xlabel=name if axes.xlabel is None else axes.xlabel, ylabel=ylabel,
        size=size or (_TALL if below else SIZE), grows=size is None,
    )  # fmt: skip
    shown = [*curves, *slope_of] if derivative and over else curves
    picture = pictures.figure(shown, lines, axes, slope_of if below else ())
    return results.Plot(
        tuple(question.text for question in questions),
        file,
        tuple(found),
        tuple(notes),
        secants=tuple(found_secants),
        status="answered" if found or not places else "undecided" if undecided else "no",
    ), picture


def _secants(
    roots: Sequence[Node], name: str, places: Sequence[Node], steps: Sequence[str]
) -> tuple[list[results.Secant], list[Tangent], list[str]]:
    """Lines through the point and the point a step further, for each step."""
    from calcgrad import pictures
    from calcgrad.tangents import Quantity, equation, quantity

    found: list[results.Secant] = []
    lines: list[Tangent] = []
    notes: list[str] = []
    if not steps:
        return found, lines, notes
    if len(roots) != 1 or len(places) != 1:
        raise UsageError("--secants needs one curve and one --at", hint="--at 1 --secants 1,0.5,0.1")
    (root,), (place,) = roots, places
    here = put_in(root, {name: place})
    for shown in steps:
        step = _constant(shown, "--secants")
        if quantity(step) == Quantity(step, Fraction(0)):
            raise UsageError(f"--secants {short(shown)}: a step must not be 0", hint="--secants 1,0.5,0.1")
        beyond = Call("+", (place, step))
        there = put_in(root, {name: beyond})
        rise = Call("/", (Call("-", (there, here)), step))
        made = [quantity(each) for each in (place, here, beyond, there, rise)]
        numbers = [each for each in made if isinstance(each, Quantity) and math.isfinite(each.double)]
        if len(numbers) < len(made):
            open_ = any(each is None for each in made)
            why = "undecided" if open_ else "the function is not real there, or too large to draw"
            notes.append(f"no secant for h = {shown.strip()}: {why}")
            continue
        x, y, x2, y2, slope = numbers
        found.append(results.Secant(shown.strip(), slope.double, equation(name, x, y, slope)))
        label = f"h = {shown.strip()}: slope {slope.text(6)}"
        lines.append(
            pictures.Tangent(x.double, y.double, slope.double, label, "secant", (x2.double, y2.double))
        )
    return found, lines, notes


def format_of(file: str) -> Any:
    """The format that a file's name ends with; SVG for standard output."""
    ending = PurePath(file).suffix.lower() if file != "-" else ".svg"
    if ending not in (".svg", ".pdf", ".png"):
        raise UsageError(
            f"unknown picture format '{short(ending) or short(file)}'",
            hint="name the file .svg, .pdf or .png",
        )
    return ending[1:]


def check_style(style: str) -> None:
    if style not in ("light", "dark"):
        raise UsageError(f"--style {short(style)} is neither light nor dark", hint="--style dark")


def _of_surface(question: Question) -> tuple[str, ...]:
    """The two variables of a surface, by name, or in the order of --var."""
    if question.var:
        return tuple(dict.fromkeys(question.var))
    return tuple(sorted(question.names))


def _plot_variable(questions: Sequence[Question]) -> str:
    names = list(dict.fromkeys(name for question in questions for name in question.differentiated("plot")))
    with_names = [question for question in questions if question.names or question.var]
    if len(set(names)) > 1 and with_names:
        names = list(
            dict.fromkeys(name for question in with_names for name in question.differentiated("plot"))
        )
    if len(set(names)) > 1:
        raise UsageError(
            f"the expressions have different variables: {', '.join(names[:6])}", hint="use one variable"
        )
    return names[0]


def _letters(count: int, name: str) -> list[str]:
    letters: list[str] = []
    for _ in range(count):
        letters.append(free_label("f g h", [name, *letters]))
    return letters


def _listed(shown: str | Sequence[str] | None) -> list[str]:
    if shown is None:
        return []
    words = shown.split(",") if isinstance(shown, str) else list(shown)
    if len(words) > 20:
        raise UsageError("--secants takes at most 20 steps", hint="--secants 1,0.5,0.1")
    return words


def _pair(shown: str | None, option: str) -> tuple[float, float] | None:
    """Two numbers, A < B, written in the language: 0,2*pi."""
    if shown is None:
        return None
    numbers = _two_numbers(shown, option)
    if not numbers[0] < numbers[1]:
        raise UsageError(
            f"{option} {short(shown)}: the first number must be below the second", hint=f"{option}=-1,1"
        )
    return numbers


def _two_numbers(shown: str, option: str) -> tuple[float, float]:
    parts = shown.split(",")
    if len(parts) != 2:
        raise UsageError(f"{option} takes two numbers", hint=f"{option}=1,2")
    return _number(parts[0], option, shown), _number(parts[1], option, shown)


def _number(part: str, option: str, whole: str | None = None) -> float:
    from calcgrad.autodiff.expressions import evaluate

    whole = part if whole is None else whole
    number = float(evaluate(_constant(part, option, whole), {}))
    if not math.isfinite(number):
        raise UsageError(f"{option} {short(whole)} must be finite", hint=f"{option}=1,2")
    return number


def _constant(part: str, option: str, whole: str | None = None) -> Node:
    from calcgrad.expression.parser import parse

    node = parse(part).node
    shown = short(part if whole is None else whole)
    if INFINITY in postorder(node):
        raise UsageError(f"{option} {shown} must be finite", hint=f"{option}=1,2")
    if variables(node):
        raise UsageError(f"{option} {shown}: {part.strip()} is not a number", hint=f"{option}=1,2")
    return node


def _size(shown: str | None) -> tuple[float, float] | None:
    return None if shown is None else _two_numbers(shown, "--size")
