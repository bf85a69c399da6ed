"""plot of curves that are no graphs: of equations and of paths, with their tangents.

draw_equations([question], [at], axes, "circle.svg", False, None)
draw_paths([question], [at], axes, "cycloid.svg", False, False, None, None)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.budget import attempt, doing
from calcgrad.calculus.kinks import truth
from calcgrad.drawing.settings import WIDE
from calcgrad.errors import UsageError
from calcgrad.expression.tree import Node, rational, text, variables
from calcgrad.parts.curves import equations_of, located, of_point, path_of, point_of, said_of_path
from calcgrad.parts.values import Decimals, as_value, at_its_point, restricted, short, value_of
from calcgrad.questions import Question, assumed_in, put_in

_LONE_SHARE = 0.3  # of the time that is left

if TYPE_CHECKING:
    from calcgrad.calculus.curves.parametric import Path
    from calcgrad.pictures.canvas import Picture
    from calcgrad.pictures.shapes import Axes, Tangent
    from calcgrad.tangents import Quantity


@doing("the curves")
def draw_equations(
    questions: Sequence[Question], asked: Sequence[Sequence[Question]], axes: Axes, file: str, normal: bool,
    size: tuple[float, float] | None,
) -> tuple[results.Plot, Picture]:  # fmt: skip
    """The curves of equations in two variables; ``asked`` are, for each point, the questions at it."""
    from calcgrad.calculus.curves.branches import without_multiples
    from calcgrad.calculus.curves.implicit import System
    from calcgrad.drawing.vectorized import Values
    from calcgrad.pictures import planes

    names = _names(questions)
    systems = [System(equations_of(each), each.unknowns) for each in questions]
    lines = Lines(names)
    for several in asked:
        _touch(several, systems, names, lines, normal)
    trees = [without_multiples(system.gaps[0]) for system in systems]
    drawn = [restricted(question, tree, *names) for question, tree in zip(questions, trees, strict=True)]
    for question, tree in zip(questions, trees, strict=True):
        _mark_lone(question, tree, names, lines)
    values = [[Values(tree, names) for tree in several] for several in (trees, drawn)]
    whole, fields = ([lambda x, y, f=each: f.rounded(x, y)[0] for each in several] for several in values)
    xs, ys = planes.scales(*planes.reach(whole, lines.points), axes)
    traces = [
        planes.Trace(question.legend, planes.zeros(field, xs, ys))
        for question, field in zip(questions, fields, strict=True)
    ]
    picture = planes.figure(
        traces, lines.drawn, lines.spots, planes.framed(axes, names, size or WIDE), xs, ys
    )
    return lines.result(questions, file, bool(asked)), picture


def _mark_lone(question: Question, tree: Node, names: tuple[str, str], lines: Lines) -> None:
    """The points of a curve that no line shows."""
    from calcgrad.calculus.numeric import to_float
    from calcgrad.calculus.planes.critical import lone
    from calcgrad.calculus.studies.isolation import Unsettled
    from calcgrad.pictures import planes

    try:
        found = attempt(lambda: lone(tree, names).points, _LONE_SHARE)
    except Unsettled:
        return  # of what is no polynomial nothing is said
    if found is None:
        lines.notes.append("there was no time to look for isolated points")
    for point in found or ():
        x, y = (to_float(each.real(20)) for each in point.places)
        shown = [each.decimal(10) if each.exact is None else text(each.exact) for each in point.places]
        where = ", ".join(f"{name} = {each}" for name, each in zip(names, shown, strict=True))
        exact = {
            name: each.exact for name, each in zip(names, point.places, strict=True) if each.exact is not None
        }
        held = [truth(put_in(each, exact)) for each in question.assumed]
        known = [(each.x, each.y) for each in lines.spots]
        if x is not None and y is not None and (x, y) not in known and False not in held:
            lines.notes.append(f"{where}: isolated point, no other point of the curve is near it")
            lines.spots.append(planes.Spot(x, y, "isolated point"))
            lines.points.append((x, y))


def _names(questions: Sequence[Question]) -> tuple[str, str]:
    for each in questions:
        if len(each.unknowns) > 1 or len(set(each.var)) > 1:
            raise UsageError("a curve has one equation in two variables", hint="--var y:x")
        free = [name for name in each.names if name not in (*each.unknowns, *each.var)]
        if free:
            raise UsageError(
                f"{short(each.text)} has a parameter: {free[0]}",
                hint=f"--let {free[0]}=1",
                code="several-variables",
            )
    return questions[0].var[0], questions[0].unknowns[0]


class Lines:
    """What is drawn at points, in doubles, and what is said of it, exactly."""

    def __init__(self, names: tuple[str, str]) -> None:
        self.names = names
        self.drawn: list[Tangent] = []
        self.found: list[results.Tangent] = []
        self.normals: list[results.Tangent] = []
        self.notes: list[str] = []
        self.spots: list[Any] = []
        self.points: list[tuple[float, float]] = []
        self.undecided = False

    def add(self, where: str, x: Quantity, y: Quantity, slope: Any, *, side: str = "", normal: bool) -> None:
        """The tangent of a slope, None for a vertical one, and its normal."""
        from calcgrad import pictures
        from calcgrad.tangents import Quantity, across, tangent_line

        if slope is not None and not isinstance(slope, Quantity):
            self.notes.append(f"no tangent at {where}: its slope could not be settled")
            self.undecided = True
            return
        name, other = self.names
        for kind, of in (("tangent", slope), ("normal", across(slope))):
            if kind == "normal" and not normal:
                continue
            line = tangent_line(name, x, y, of)
            shown, brief = (
                each if line.vertical else f"{other} = {each}" for each in (line.line, line.brief)
            )
            said = f"{side} {kind}".strip()
            look: Any = "normal" if kind == "normal" else "one-sided" if side else "tangent"
            self.drawn.append(pictures.Tangent(line.x, line.y, line.slope, f"{said} {brief}", look))
            listed = self.normals if kind == "normal" else self.found
            listed.append(results.Tangent(where, line.line, label=f"{said} {shown}", side=side))
        self.points.append((x.double, y.double))

    def result(self, questions: Sequence[Question], file: str, asked: bool) -> results.Plot:
        status: Any = "answered" if self.found or not asked else "undecided" if self.undecided else "no"
        return results.Plot(
            tuple(each.text for each in questions), file, tuple(self.found), tuple(self.notes),
            normals=tuple(self.normals), assumed=assumed_in(questions), status=status,
        )  # fmt: skip


@doing("the curves")
def draw_paths(
    questions: Sequence[Question], asked: Sequence[Question], axes: Axes, file: str, normal: bool, polar: bool,
    span: tuple[float, float] | None, size: tuple[float, float] | None,
) -> tuple[results.Plot, Picture]:  # fmt: skip
    """The paths of points, [x, y] or r by the angle; ``asked`` are the first one's points."""
    from calcgrad.drawing.vectorized import Values
    from calcgrad.pictures import planes

    paths = [path_of(each, polar) for each in questions]
    for path in paths:
        free = [name for name in variables(path.x, path.y) if name != path.name]
        if free:
            raise UsageError(f"{free[0]} is a parameter", hint=f"--let {free[0]}=1", code="several-variables")
    lines = Lines(("x", "y"))
    marks: list[float] = []
    for question in asked:
        place = value_of(question, paths[0].name)
        at_its_point(question, {paths[0].name: place})
        marks.append(_touch_path(paths[0], place, lines, normal))
    traces = []
    for question, path in zip(questions, paths, strict=True):
        x, y = (Values(restricted(question, each, path.name), [path.name]) for each in (path.x, path.y))
        start, end = span or _span(path)
        points, corners = planes.traced(partial(_moved, x, y), start, end, marks)
        if not np_finite(points):
            raise UsageError(f"{short(question.text)} is real nowhere there", hint="choose another --range")
        lines.points += [(float(each[0]), float(each[1])) for each in corners]
        traces.append(planes.Trace(f"{'r' if polar else '[x, y]'} = {question.legend}", [points]))
    xs, ys = planes.scales(*planes.window(lines.points), axes)
    picture = planes.figure(
        traces, lines.drawn, lines.spots, planes.framed(axes, ("x", "y"), size or WIDE), xs, ys
    )
    return lines.result(questions, file, bool(asked)), picture


def _moved(x: Any, y: Any, t: Any) -> tuple[Any, Any]:
    return x(t), y(t)


def np_finite(points: Any) -> bool:
    import numpy as np

    return bool(np.isfinite(points).all(axis=1).any())


def _span(path: Path) -> tuple[float, float]:
    """One period, some turns of what is periodic in part, or a plain interval."""
    from calcgrad.calculus.curves.parametric import period

    found, whole = period(path)
    if found is None:
        return (0.0, 6 * math.pi) if path.radius is not None else (-3.0, 3.0)
    return (0.0, found if whole else 2 * found)


def _touch_path(path: Path, place: Node, lines: Lines, normal: bool) -> float:
    """The tangents at a place of a path; its double."""
    from calcgrad.tangents import Quantity, quantity

    where = f"{path.name}={text(place)}"
    at = quantity(place)
    if not isinstance(at, Quantity) or not math.isfinite(at.double):
        raise UsageError(f"{where} cannot be drawn", hint="a number")
    answer = path.at(place, 1)
    x, y = (None, None) if answer.point is None else (_constant(each) for each in answer.point)
    if not isinstance(x, Quantity) or not isinstance(y, Quantity):
        lines.notes.append(f"no tangent at {where}: {answer.why}")
        lines.undecided |= answer.reason == "undecided"
        return at.double
    if answer.reason not in ("", "vertical-tangent"):
        slopes = [as_value(each, 10, Decimals.NONE) for each in answer.slopes]
        lines.notes.append(f"{where}: {said_of_path(answer, [each for each in slopes if each is not None])}")
        lines.undecided |= answer.reason == "undecided"
    one_sided = answer.reason in ("corner", "end-point")
    for slope in answer.slopes:
        lines.add(
            where, x, y, None if getattr(slope, "is_infinite", False) else _constant(slope),
            normal=normal and not one_sided, side="one-sided" if one_sided else "",
        )  # fmt: skip
    lines.points.append((x.double, y.double))
    return at.double


def _constant(value: Any) -> Any:
    """A slope, exact or a ball, as a quantity."""
    from calcgrad.calculus import numeric, symbolic
    from calcgrad.calculus.multiseries import exact
    from calcgrad.tangents import Quantity, quantity

    if isinstance(value, numeric.Ball):
        return Quantity(rational(Fraction(numeric.to_float(value) or 0.0)), value)
    if isinstance(value, Fraction | exact.Constant):
        return quantity(exact.tree(value))
    return quantity(symbolic.from_sympy(value))


def _touch(
    several: Sequence[Question], systems: Sequence[Any], names: tuple[str, str], lines: Lines, normal: bool
) -> None:
    """The tangents at a point, of each curve that it is on."""
    from calcgrad.pictures import planes
    from calcgrad.tangents import Quantity, quantity

    answers = []
    refused: UsageError | None = None
    for question, system in zip(several, systems, strict=True):
        point = point_of(question, system, names[:1])
        try:
            answers.append(located(question, system, names[:1], point))
        except UsageError as off:
            refused = refused or off
    if not answers and refused is not None:
        raise refused
    x, y = (quantity(point[name]) for name in names)
    where = ",".join(f"{name}={text(point[name])}" for name in names)
    if not isinstance(x, Quantity) or not isinstance(y, Quantity) or not math.isfinite(x.double + y.double):
        raise UsageError(f"{where} cannot be drawn", hint="a point of numbers")
    for answer in answers:
        local = answer.local
        if local is None and answer.reason:
            lines.notes.append(f"no tangent at {where}: {answer.why}")
            lines.undecided |= answer.reason == "undecided"
            lines.points.append((x.double, y.double))
        elif local is None or not answer.reason:
            lines.add(where, x, y, _constant(answer.values[names[1]]), normal=normal)
        else:
            lines.notes.append(f"{where}: {of_point(answer, 10, Decimals.NONE)['why']}")
            for slope, before, behind in local.lines:
                one_sided = not (before and behind) and local.kind in ("corner", "end point")
                lines.add(
                    where, x, y, None if slope is None else _constant(slope), normal=normal and not one_sided,
                    side="one-sided" if one_sided else "",
                )  # fmt: skip
            if not local.lines:
                lines.spots.append(planes.Spot(x.double, y.double, local.kind))
                lines.points.append((x.double, y.double))
