"""Tangent lines: value and slope from the tape, one-sided slopes where the tape reports a kink.

    tangents_at(parse("3*x**2-4*x").node, "x", parse("1").node, "f").lines[0].line      # "2*x - 3"

SymPy is loaded only at a kink; everywhere else a plot needs NumPy alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from calcgrad.autodiff import Variable, gradient
from calcgrad.autodiff.expressions import evaluate
from calcgrad.decimals import float_text
from calcgrad.errors import NotDifferentiable, UndecidedError
from calcgrad.expression.tree import Node, text

_LARGEST_DENOMINATOR = 1000


@dataclass(frozen=True)
class Line:
    """A tangent through (x, y); ``line`` is its right-hand side, or ``x = c`` where it is vertical."""

    x: float
    y: float
    slope: float
    line: str

    @property
    def label(self) -> str:
        return f"tangent {self.line}" if self.line.startswith("x =") else f"tangent y = {self.line}"


@dataclass(frozen=True)
class Tangents:
    """The tangent at a point, both one-sided ones at a corner, none with the reason in ``note``."""

    lines: tuple[Line, ...]
    note: str = ""


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
    return Tangents((_line(name, x, y, slope),))


def _at_kink(root: Node, name: str, place: Node, letter: str, x: float, y: float) -> Tangents:
    """What the one-sided slopes say where the tape found a kink."""
    from calcgrad.calculus import points, symbolic

    where = f"{name} = {text(place)}"
    answer = points.at_point(root, [name], {name: place}, symbolic.derivative(root, [name]))
    if answer.exists:
        value = answer.number if answer.value is None else answer.value
        return Tangents((_line(name, x, y, _double(value)),))
    slopes = [_double(each) for each in (answer.left, answer.right) if each is not None]
    if answer.reason == "corner":
        lines = tuple(_line(name, x, y, slope) for slope in slopes)
        return Tangents(lines, f"no tangent at {where}: a corner, drawn with its one-sided tangents")
    if answer.reason == "vertical-tangent" and all(math.isinf(slope) for slope in slopes):
        return Tangents((_line(name, x, y, math.inf),), f"the tangent at {where} is vertical")
    return Tangents((), f"no tangent at {where}: {answer.reason.replace('-', ' ')}")


def _double(value: object) -> float:
    from calcgrad.calculus import numeric

    if isinstance(value, Fraction | numeric.Ball):
        found = numeric.to_float(value)
        return math.inf if found is None else found
    return float(value)  # type: ignore[arg-type]


def _line(name: str, x: float, y: float, slope: float) -> Line:
    if math.isinf(slope):
        return Line(x, y, slope, f"x = {_number(x)}")
    exact = [_rational(each) for each in (x, y, slope)]
    if all(each is not None for each in exact):
        a, b, m = (each for each in exact if each is not None)
        return Line(x, y, slope, _equation(name, m, b - m * a))
    return Line(x, y, slope, _equation(name, slope, y - slope * x))


def _rational(value: float) -> Fraction | None:
    """The short rational that reproduces a double, if there is one."""
    near = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
    return near if float(near) == value else None


def _number(value: float | Fraction) -> str:
    if isinstance(value, float):
        near = _rational(value)
        return float_text(value) if near is None or abs(near) > 10**9 else str(near)
    return (
        str(value)
        if abs(value.numerator) < 10**10 and value.denominator < 10**10
        else float_text(float(value))
    )


def _equation(name: str, slope: float | Fraction, intercept: float | Fraction) -> str:
    """slope*name + intercept, as people write it: 2*x - 3, -x + 1/2, 5."""
    shown = float_text(intercept) if isinstance(intercept, float) else _number(intercept)
    if not slope or _number(slope) == "0":
        return shown
    size = _number(-slope if slope < 0 else slope)
    term = name if size == "1" else f"{size}*{name}" if "/" not in size else _fraction_term(size, name)
    term = f"-{term}" if slope < 0 else term
    if shown == "0":
        return term
    return f"{term} - {shown[1:]}" if shown.startswith("-") else f"{term} + {shown}"


def _fraction_term(size: str, name: str) -> str:
    top, _, bottom = size.partition("/")
    return f"{name}/{bottom}" if top == "1" else f"{top}*{name}/{bottom}"
