"""plot: curves with their tangents, as the bytes of a picture.

result, picture = plot(["3*x**2-4*x"], at=["1"])
result.tangents[0].line                       # "2*x - 3"
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from calcgrad import results
from calcgrad.commands.values import scalar_point, short, silent
from calcgrad.errors import UsageError
from calcgrad.expression.tree import Node, text, variables
from calcgrad.questions import At, Note, Question, free_label, read, several_variables


def plot(
    exprs: Sequence[str],
    *,
    at: Sequence[At] = (),
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    file: str = "plot.svg",
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
    note: Note = silent,
) -> tuple[results.Plot, bytes]:
    """The curves of ``exprs`` with their tangents at each point of ``at``: what is drawn, and the picture's bytes."""
    from calcgrad import pictures as drawing
    from calcgrad.expression.arrays import scalarize
    from calcgrad.tangents import tangents_at

    if xscale not in ("linear", "log") or yscale not in ("linear", "log"):
        raise UsageError("a scale is linear or log", hint="--xscale log")
    picture = _format(file)
    let = tuple(let)
    questions = [
        read(expr, var=var, let=let, note=note if index == 0 else silent) for index, expr in enumerate(exprs)
    ]
    name = _plot_variable(questions)
    roots = [scalarize(question.tree) for question in questions]
    for question, root in zip(questions, roots, strict=True):
        if set(variables(root)) - {name}:
            raise several_variables(question, "plot")
    letters = _letters(len(roots), name)
    curves = [
        drawing.Curve(f"{letter}({name}) = {question.text}", _vectorized(root, name))
        for letter, question, root in zip(letters, questions, roots, strict=True)
    ]
    lines: list[drawing.Tangent] = []
    found: list[results.Tangent] = []
    notes: list[str] = []
    for place in at:
        point = scalar_point(read(exprs[0], at=place, var=var or name, let=let), (name,))
        for root, letter in zip(roots, letters, strict=True):
            made = tangents_at(root, name, point[name], letter)
            lines += [drawing.Tangent(each.x, each.y, each.slope, each.label) for each in made.lines]
            found += [results.Tangent(text(point[name]), each.line) for each in made.lines]
            if made.note:
                notes.append(made.note)
    axes = drawing.Axes(
        xlim=_pair(xlim, "--xlim"), ylim=_pair(ylim, "--ylim"), xscale="log" if xscale == "log" else "linear",
        yscale="log" if yscale == "log" else "linear", xlabel=name if xlabel is None else xlabel,
        ylabel=(f"{letters[0]}({name})" if len(letters) == 1 else None) if ylabel is None else ylabel,
        title=title, legend=legend, grid=grid, size=_size(size),
    )  # fmt: skip
    data = drawing.render(drawing.figure(curves, lines, axes), picture)
    return results.Plot(
        tuple(question.text for question in questions), file, tuple(found), tuple(notes)
    ), data


def _format(file: str) -> Any:
    from pathlib import PurePath

    ending = PurePath(file).suffix.lower() if file != "-" else ".svg"
    if ending not in (".svg", ".pdf", ".png"):
        raise UsageError(
            f"unknown picture format '{short(ending) or short(file)}'",
            hint="name the file .svg, .pdf or .png",
        )
    return ending[1:]


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
        letters.append(free_label("f g F G", [name, *letters]))
    return letters


def _vectorized(root: Node, name: str) -> Any:
    """The expression as a function of an array: NaN where it is not real."""
    import numpy as np

    from calcgrad.autodiff.expressions import evaluate

    def function(x: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(evaluate(root, {name: x}), dtype=float), x.shape)

    return function


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
    import math

    from calcgrad.autodiff.expressions import evaluate
    from calcgrad.expression.parser import parse

    parts = shown.split(",")
    if len(parts) != 2:
        raise UsageError(f"{option} takes two numbers", hint=f"{option}=1,2")
    found = []
    for part in parts:
        node = parse(part).node
        if variables(node):
            raise UsageError(f"{option} {short(shown)}: {part.strip()} is not a number", hint=f"{option}=1,2")
        found.append(float(evaluate(node, {})))
    if not all(math.isfinite(each) for each in found):
        raise UsageError(f"{option} {short(shown)} must be finite", hint=f"{option}=-10,10")
    return found[0], found[1]


def _size(shown: str | None) -> tuple[float, float]:
    return (3.5, 2.5) if shown is None else _two_numbers(shown, "--size")
