"""plot: curves with their tangents, or a surface's contours, as a figure and as the bytes of a file.

result, picture = draw(["3*x**2-4*x"], at=["1"])
result.tangents[0].line                       # "2*x - 3"
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.drawing.settings import SIZE, WIDE, check_style, format_of, listed, pair, size_of, written
from calcgrad.drawing.settings import preset as _preset
from calcgrad.errors import UsageError
from calcgrad.expression.tree import variables
from calcgrad.parts.values import at_its_point, restricted, silent, value_of
from calcgrad.questions import (
    At,
    Note,
    Question,
    dependence,
    is_equation,
    no_value,
    radius,
    read,
    several_variables,
)

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture
    from calcgrad.pictures.shapes import Asymptote, Axes, Marks


@dataclass(frozen=True)
class _Beside:
    """What is drawn beside the curves themselves, as it is asked for."""

    secants: str | Sequence[str] | None = None
    taylor: str | Sequence[str] | None = None
    derivative: bool = False
    over: bool = False  # f' on the same axes
    descent: bool = False
    normal: bool = False
    study: bool = False  # zeros, extrema, inflections and asymptotes
    asymptotes: bool = False
    name: Sequence[str] = ()

    def of_graphs(self, axes: Axes) -> bool:
        """Is there anything that only graphs of one variable have?"""
        graphs = (
            self.secants, self.taylor, self.derivative, self.over, self.asymptotes, self.name, self.study,
        )  # fmt: skip
        return any(graphs) or axes.points is not None or "log" in (axes.xscale, axes.yscale)


_BESIDE = [each.name for each in fields(_Beside)]


def plot(
    exprs: Sequence[str], *, file: str = "plot.svg", dpi: float | None = None, data: bool = False, **options: Any
) -> tuple[results.Plot, bytes, bytes]:  # fmt: skip
    """What is drawn, the picture's bytes in the format that ``file`` ends with, and its numbers as CSV."""
    from calcgrad.pictures import output

    format = format_of(file)
    options["size"], dpi = _preset(options.pop("preset", None), options.get("size"), dpi)
    output.check_dpi(output.DPI if dpi is None else dpi, size_of(options.get("size")) or SIZE)
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
    curve: bool = False,
    polar: bool = False,
    assume: Iterable[str] = (),
    span: str | None = None,
    size: str | None = None,
    preset: str | None = None,
    note: Note = silent,
    **options: Any,
) -> tuple[results.Plot, Picture]:
    """The curves of ``exprs`` with their tangents at each point of ``at``; of two variables, contours.

    Equations, which have one sign of equality between two variables, are drawn as the curves that they are; a list
    of two functions with ``curve``, and a radius with ``polar``, as the paths that they are. The other options are
    those of ``_Beside`` and of ``_axes``.
    """
    beside = _Beside(**{name: options.pop(name) for name in _BESIDE if name in options})
    size, _ = _preset(preset, size, None)
    axes = _axes(size=size, **options)
    let, chosen = tuple(let), size_of(size)
    paths = curve or polar
    if polar:
        exprs = [radius(expr) for expr in exprs]
    if span is not None and not paths:
        raise UsageError(
            "--range is for the parameter of a curve", hint='"[cos(t), sin(t)]" --curve --range 0,pi'
        )
    if var is None and not paths and is_equation(exprs[0]):
        var = dependence(exprs[0], at, let)
    assume = tuple(assume)
    questions = [
        read(expr, var=var, let=let, assume=assume, note=note if index == 0 else silent, equations=True)
        for index, expr in enumerate(exprs)
    ]
    if questions[0].unknowns or paths:
        _check_curve(questions[0], beside, axes, curve, polar)
        from calcgrad.drawing.planes import draw_equations, draw_paths

        if not paths:
            several = [[question.placed(place) for question in questions] for place in at]
            return draw_equations(questions, several, axes, file, beside.normal, chosen)
        asked = [questions[0].placed(place) for place in at]
        return draw_paths(questions, asked, axes, file, beside.normal, polar, pair(span, "--range"), chosen)
    if beside.study and (
        len(exprs) != 1 or (beside.derivative and not beside.over) or "log" in (axes.xscale, axes.yscale)
    ):
        raise UsageError("--study is for one curve on linear axes", hint='calcgrad plot "x^3-3x" --study')
    marks: Sequence[Marks] = ()
    asymptotes: Sequence[Asymptote] = ()
    if beside.study:
        from calcgrad.drawing.studies import marked, window

        found = _studied(exprs[0], "--study", var, let, assume)
        marks, asymptotes = marked(found)
        axes = axes if axes.xlim is not None else replace(axes, xlim=window(found))
    elif beside.asymptotes:
        asymptotes = _asymptotes(exprs, var, let, assume)
    if len(questions) == 1 and len(names := _of_surface(questions[0])) == 2:
        from calcgrad.drawing.surfaces import draw_surface

        if beside.of_graphs(axes) or beside.normal:
            raise UsageError(
                "--secants, --taylor, --derivative, --over, --asymptotes, --normal, --name, --points and log scales"
                " are for one variable",
                hint=f"--var {names[0]}",
            )
        asked = [questions[0].placed(place) for place in at]
        return draw_surface(questions[0], asked, names, axes, file, beside.descent, chosen or WIDE)
    if beside.descent:
        raise UsageError(
            "--descent needs a function of two variables", hint='calcgrad plot "x**2+y**2" --descent'
        )
    return _graphs(questions, at, axes, file, beside, chosen, marks, asymptotes)


def _check_curve(question: Question, beside: _Beside, axes: Axes, curve: bool, polar: bool) -> None:
    """Refuse what an equation's curve or a path does not have."""
    paths = curve or polar
    if beside.of_graphs(axes) or beside.descent:
        what = "--study is for the graph of a function: " if beside.study else ""
        lists = beside.study and paths
        raise UsageError(
            f"{what}a curve has tangents and normals only",
            hint="diff --curve lists its special points" if lists else "--at and --normal",
        )
    if (question.unknowns and paths) or (curve and polar):
        raise UsageError("--curve and --polar stand alone", hint='"[cos(t), sin(t)]" --curve')


def _studied(
    expr: str, option: str, var: str | Sequence[str] | None, let: Iterable[str], assume: Iterable[str]
) -> results.Study:
    from calcgrad.commands.studies import study

    found = study(expr, var=var, let=let, assume=assume)
    if isinstance(found, results.PlaneStudy):
        raise UsageError(f"{option} is for one variable", hint=f"--var {found.var[0]}")
    return found


def _asymptotes(
    exprs: Sequence[str], var: str | Sequence[str] | None, let: Iterable[str], assume: Iterable[str]
) -> list[Asymptote]:
    """Those of each curve, a line that is several curves' once."""
    from calcgrad.drawing.studies import marked

    found = [line for expr in exprs for line in marked(_studied(expr, "--asymptotes", var, let, assume))[1]]
    return list({line.label: line for line in found}.values())


def _axes(
    *,
    xlim: str | None = None,
    ylim: str | None = None,
    xscale: str = "linear",
    yscale: str = "linear",
    xlabel: str | None = None,
    ylabel: str | None = None,
    title: str | None = None,
    legend: bool = True,
    grid: bool = True,
    equal: bool = False,
    size: str | None = None,
    style: str = "light",
    points: int | None = None,
    typeset: bool = False,
) -> Axes:
    from calcgrad.pictures.shapes import Axes

    if xscale not in ("linear", "log") or yscale not in ("linear", "log"):
        raise UsageError("a scale is linear or log", hint="--xscale log")
    if equal and "log" in (xscale, yscale):
        raise UsageError("--equal is for linear scales", hint="leave it out")
    check_style(style)
    return Axes(
        xlim=pair(xlim, "--xlim"), ylim=pair(ylim, "--ylim"), xscale="log" if xscale == "log" else "linear",
        yscale="log" if yscale == "log" else "linear", xlabel=xlabel, ylabel=ylabel, title=title, legend=legend,
        grid=grid, equal=equal, size=size_of(size) or SIZE, style="dark" if style == "dark" else "light", points=points,
        write=written if typeset else None,
    )  # fmt: skip


def _graphs(
    questions: Sequence[Question], at: Sequence[At], axes: Axes, file: str, beside: _Beside,
    size: tuple[float, float] | None, marks: Sequence[Marks], asymptotes: Sequence[Asymptote],
) -> tuple[results.Plot, Picture]:  # fmt: skip
    """Functions of one variable, the same for all."""
    from calcgrad.drawing.curves import draw_curves
    from calcgrad.expression.arrays import scalarize

    name = _plot_variable(questions)
    roots = [restricted(each, scalarize(each.tree), name) for each in questions]
    for question, root in zip(questions, roots, strict=True):
        if set(variables(root)) - {name}:
            if question.var:
                raise no_value([each for each in question.names if each != name])
            raise several_variables(question, "plot")
    places = [value_of(questions[0].placed(place), name) for place in at]
    for question, place in product(questions, places):
        at_its_point(question, {name: place})
    if beside.over and not beside.derivative:
        raise UsageError("--over says where --derivative is drawn", hint="--derivative --over")
    return draw_curves(
        questions, roots, name, places, axes, file, listed(beside.secants), listed(beside.taylor), beside.derivative,
        beside.over, size, marks, asymptotes, beside.normal, beside.name,
    )  # fmt: skip


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
