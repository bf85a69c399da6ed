"""plot of curves that are no graphs: equations, with their tangents at points that are proved to lie on them.

draw_equations([question], [at], axes, "circle.svg", False, None)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.drawing.settings import WIDE
from calcgrad.errors import UsageError
from calcgrad.expression.tree import Call, rational, text
from calcgrad.parts.curves import equations_of, located, of_point, point_of
from calcgrad.parts.values import Decimals, short
from calcgrad.questions import Question

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture
    from calcgrad.pictures.shapes import Axes, Tangent
    from calcgrad.tangents import Quantity


def draw_equations(
    questions: Sequence[Question], asked: Sequence[Sequence[Question]], axes: Axes, file: str, normal: bool,
    size: tuple[float, float] | None,
) -> tuple[results.Plot, Picture]:  # fmt: skip
    """The curves of equations in two variables; ``asked`` are, for each point, the questions at it."""
    from calcgrad.calculus.branches import without_multiples
    from calcgrad.calculus.implicit import System
    from calcgrad.drawing.vectorized import Values
    from calcgrad.pictures import planes

    names = _names(questions)
    systems = [System(equations_of(each), each.unknowns) for each in questions]
    lines = Lines(names)
    for several in asked:
        _touch(several, systems, names, lines, normal)
    trees = [without_multiples(system.gaps[0]) for system in systems]
    values = [Values(tree, names) for tree in trees]
    fields = [lambda x, y, f=each: f.rounded(x, y)[0] for each in values]
    xs, ys = planes.scales(*planes.reach(fields, lines.points), axes)
    traces = [
        planes.Trace(question.text, planes.zeros(field, xs, ys))
        for question, field in zip(questions, fields, strict=True)
    ]
    picture = planes.figure(
        traces, lines.drawn, lines.spots, planes.framed(axes, names, size or WIDE), xs, ys
    )
    return lines.result(tuple(each.text for each in questions), file, bool(asked)), picture


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
        from calcgrad.tangents import Quantity, tangent_line

        if slope is not None and not isinstance(slope, Quantity):
            self.notes.append(f"no tangent at {where}: its slope could not be settled")
            self.undecided = True
            return
        name, other = self.names
        for kind, of in (("tangent", slope), ("normal", _across(slope))):
            if kind == "normal" and not normal:
                continue
            line = tangent_line(name, x, y, of if isinstance(of, Quantity) else None)
            shown, brief = (
                each if line.vertical else f"{other} = {each}" for each in (line.line, line.brief)
            )
            said = f"{side} {kind}".strip()
            look: Any = "normal" if kind == "normal" else "one-sided" if side else "tangent"
            self.drawn.append(pictures.Tangent(line.x, line.y, line.slope, f"{said} {brief}", look))
            listed = self.normals if kind == "normal" else self.found
            listed.append(results.Tangent(where, line.line, label=f"{said} {shown}", side=side))
        self.points.append((x.double, y.double))

    def result(self, exprs: tuple[str, ...], file: str, asked: bool) -> results.Plot:
        status: Any = "answered" if self.found or not asked else "undecided" if self.undecided else "no"
        return results.Plot(
            exprs, file, tuple(self.found), tuple(self.notes), normals=tuple(self.normals), status=status
        )


def _constant(value: Any) -> Any:
    """A slope, exact or a ball, as a quantity."""
    from calcgrad.calculus import numeric, symbolic
    from calcgrad.calculus.multiseries import constants
    from calcgrad.tangents import Quantity, quantity

    if isinstance(value, numeric.Ball):
        return Quantity(rational(Fraction(numeric.to_float(value) or 0.0)), value)
    if isinstance(value, Fraction | constants.Constant):
        return quantity(constants.tree(value))
    return quantity(symbolic.from_sympy(value))


def _across(slope: Quantity | None) -> Any:
    """The slope of the normal; None for a vertical one."""
    from calcgrad.expression.tree import Number
    from calcgrad.tangents import quantity

    if slope is None:
        return quantity(Number(0))
    return None if slope.value == 0 else quantity(Call("neg", (Call("/", (Number(1), slope.tree)),)))


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
