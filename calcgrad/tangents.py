"""Tangent lines: value and slope from the tape, one-sided slopes where the tape reports a kink.

    tangents_at(parse("3*x**2-4*x").node, "x", parse("1").node, "f").lines[0].line      # "2*x - 3"

SymPy is loaded only at a kink; everywhere else a plot needs NumPy alone.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from fractions import Fraction

from calcgrad.autodiff import Variable, gradient
from calcgrad.autodiff.expressions import evaluate
from calcgrad.decimals import float_text
from calcgrad.errors import NotDifferentiable, UndecidedError
from calcgrad.expression.tree import Node, text

_LARGEST_DENOMINATOR = 1000
_LONG = re.compile(r"\d\.\d{5}")


@dataclass(frozen=True)
class Line:
    """A tangent through (x, y); ``line`` is its right-hand side, or ``x = c`` where it is vertical.

    ``side`` is left or right for a one-sided tangent.
    """

    x: float
    y: float
    slope: float
    line: str
    side: str = ""

    @property
    def label(self) -> str:
        return self._named(self.line)

    def legend(self, name: str) -> str:
        """The label with decimals as short as a legend needs them."""
        return self._named(self.short(name))

    def short(self, name: str) -> str:
        """The right-hand side with decimals as short as a legend needs them."""
        if self.vertical or not _LONG.search(self.line):
            return self.line
        return equation(name, self.slope, self.y - self.slope * self.x, 5)

    def _named(self, line: str) -> str:
        kind = f"{self.side} tangent" if self.side else "tangent"
        return f"{kind} {line}" if self.vertical else f"{kind} y = {line}"

    @property
    def vertical(self) -> bool:
        return math.isinf(self.slope)


@dataclass(frozen=True)
class Tangents:
    """The tangent at a point, both one-sided ones at a corner, none with the reason in ``note``."""

    lines: tuple[Line, ...]
    note: str = ""
    undecided: bool = False


def tangents_at(root: Node, name: str, place: Node, letter: str) -> Tangents:
    x = float(evaluate(place, {}))
    variable = Variable(x)
    output = evaluate(root, {name: variable})
    root_value = output if isinstance(output, Variable) else Variable(float(output))
    y = float(root_value.value)
    where = f"{name} = {text(place)}"
    if not math.isfinite(y):
        return Tangents((), f"no tangent at {where}: {letter} is not defined there")
    try:
        slope = float(gradient(root_value, targets=[variable])[0]) if isinstance(output, Variable) else 0.0
    except NotDifferentiable as error:
        if error.kind == "no-rule":
            raise
        return _at_kink(root, name, place, letter, x, y)
    except UndecidedError:
        return _at_kink(root, name, place, letter, x, y)
    return Tangents((tangent_line(name, x, y, slope),))


def _at_kink(root: Node, name: str, place: Node, letter: str, x: float, y: float) -> Tangents:
    """What the one-sided slopes say where the tape found a kink."""
    from calcgrad.calculus import derivatives, points

    where = f"{name} = {text(place)}"
    answer = points.at_point(root, [name], {name: place}, derivatives.derivative(root, [name]))
    if answer.exists:
        value = answer.number if answer.value is None else answer.value
        return Tangents((tangent_line(name, x, y, _double(value)),))
    sides = (("left", answer.left), ("right", answer.right))
    slopes = [(side, _double(each)) for side, each in sides if each is not None]
    if (
        answer.reason == "vertical-tangent"
        and len(slopes) == 2
        and all(math.isinf(each) for _, each in slopes)
    ):
        return Tangents((tangent_line(name, x, y, math.inf),), f"the tangent at {where} is vertical")
    lines = tuple(replace(tangent_line(name, x, y, slope), side=side) for side, slope in slopes)
    if answer.reason in ("corner", "vertical-tangent") and lines:
        return Tangents(lines, f"no tangent at {where}: a corner, drawn with its one-sided tangents")
    if answer.reason == "not-real" and len(lines) == 1:
        gone = "left" if lines[0].side == "right" else "right"
        return Tangents(
            lines, f"{letter} is not real to the {gone} of {where}: drawn with its one-sided tangent"
        )
    return Tangents(
        (), f"no tangent at {where}: {answer.reason.replace('-', ' ')}", answer.reason == "undecided"
    )


def _double(value: object) -> float:
    from calcgrad.calculus import numeric

    if isinstance(value, Fraction | numeric.Ball):
        found = numeric.to_float(value)
        return math.inf if found is None else found
    return float(value)  # type: ignore[arg-type]


def tangent_line(name: str, x: float, y: float, slope: float) -> Line:
    """The line through (x, y), its equation in short rationals where they reproduce the doubles."""
    if math.isinf(slope):
        return Line(x, y, slope, f"x = {_number(x)}")
    exact = [_rational(each) for each in (x, y, slope)]
    if all(each is not None for each in exact):
        a, b, m = (each for each in exact if each is not None)
        return Line(x, y, slope, equation(name, m, b - m * a))
    return Line(x, y, slope, equation(name, slope, y - slope * x))


def _rational(value: float) -> Fraction | None:
    """The short rational that reproduces a double, if there is one."""
    near = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
    return near if float(near) == value else None


def _number(value: float | Fraction, digits: int = 10) -> str:
    if isinstance(value, float):
        near = _rational(value)
        return float_text(value, digits) if near is None or abs(near) > 10**9 else str(near)
    return (
        str(value)
        if abs(value.numerator) < 10**10 and value.denominator < 10**10
        else float_text(float(value))
    )


def equation(name: str, slope: float | Fraction, intercept: float | Fraction, digits: int = 10) -> str:
    """slope*name + intercept, as people write it: 2*x - 3, -x + 1/2, 5."""
    shown = float_text(intercept, digits) if isinstance(intercept, float) else _number(intercept)
    if not slope or _number(slope) == "0":
        return shown
    size = _number(-slope if slope < 0 else slope, digits)
    term = name if size == "1" else f"{size}*{name}" if "/" not in size else _fraction_term(size, name)
    term = f"-{term}" if slope < 0 else term
    if shown == "0":
        return term
    return f"{term} - {shown[1:]}" if shown.startswith("-") else f"{term} + {shown}"


def _fraction_term(size: str, name: str) -> str:
    top, _, bottom = size.partition("/")
    return f"{name}/{bottom}" if top == "1" else f"{top}*{name}/{bottom}"
