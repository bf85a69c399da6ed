"""Tangent lines, decided exactly: the doubles only draw them.

    tangents_at(parse("sin(x)").node, "x", parse("pi/2").node, "f").lines[0].line      # "1"

Value and slope are computed in ball arithmetic by the rules' formula, and held against the tape. SymPy is asked at a
kink, and where a number may be a short rational that no precision proves; a plain plot needs no SymPy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from calcgrad.autodiff import Variable, gradient
from calcgrad.autodiff.expressions import evaluate
from calcgrad.calculus import numeric
from calcgrad.decimals import float_text, fraction_text
from calcgrad.errors import NotDifferentiable, TooLarge, UndecidedError
from calcgrad.expression.tree import Call, Name, Node, Number, rational, substitute, text
from calcgrad.pictures.scales import GIANT

_LARGEST_DENOMINATOR = 1000
_DIGITS = 25  # of a value that is no rational
_LIMIT = 120  # of working precision, before SymPy is asked
_SAME = 1e-6  # the tape computes at the nearest double
_BRIEF = 5  # decimals of a legend


@dataclass(frozen=True)
class Quantity:
    """A constant: its tree, and its value, exact where it is known to be rational."""

    tree: Node
    value: Fraction | numeric.Ball

    @property
    def double(self) -> float:
        found = numeric.to_float(self.value)
        return math.copysign(math.inf, numeric.sign(self.value) or 1) if found is None else found

    @property
    def short(self) -> Fraction | None:
        """The value, if it is a rational that people write as one."""
        value = self.value
        return value if isinstance(value, Fraction) and value.denominator <= _LARGEST_DENOMINATOR else None

    def text(self, digits: int = 10) -> str:
        if isinstance(self.value, Fraction):
            return fraction_text(self.value, digits)
        return numeric.decimal(self.tree, digits) or float_text(self.double, digits)


@dataclass(frozen=True)
class Line:
    """A tangent through (x, y); ``line`` is its right-hand side, or ``x = c`` where it is vertical.

    ``brief`` is the same with decimals as short as a legend needs them; ``side`` is left or right for a one-sided
    tangent. A normal is such a line too.
    """

    x: float
    y: float
    slope: float
    line: str
    brief: str
    side: str = ""
    kind: str = "tangent"

    @property
    def label(self) -> str:
        return self._named(self.line)

    @property
    def legend(self) -> str:
        return self._named(self.brief)

    def _named(self, line: str) -> str:
        kind = f"{self.side} {self.kind}".lstrip()
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
    normal: Line | None = None  # where there is one tangent


# ------------------------------------------------------------------------------------------------------- constants


def quantity(tree: Node) -> Quantity | numeric.Undefined | None:
    """The value of a constant; None where neither numbers nor algebra settle it."""
    found = numeric.evaluate(tree, _DIGITS, limit=_LIMIT)
    if isinstance(found, Fraction):
        return Quantity(tree, found)
    if isinstance(found, numeric.Undefined):
        return found
    near = _short_rational(tree, found) if isinstance(found, numeric.Ball) else Fraction(0)
    if near is not None:
        proved = _proved(tree, near)
        found = found if proved is None else proved
    return Quantity(tree, found) if isinstance(found, Fraction | numeric.Ball) else None


def _short_rational(tree: Node, value: numeric.Ball) -> Fraction | None:
    """The short rational that a constant may be, for all its digits say."""
    shown = numeric.decimal(tree, _DIGITS) if numeric.to_float(value) else None
    if shown is None:
        return None  # none that a double could hold
    number = Fraction(shown)
    near = number.limit_denominator(_LARGEST_DENOMINATOR)
    return near if abs(near - number) <= abs(number) * Fraction(1, 10 ** (_DIGITS - 4)) else None


def _proved(tree: Node, near: Fraction) -> Fraction | numeric.Ball | None:
    """``near``, if algebra proves that the constant is that; else what it knows better, if anything."""
    from calcgrad.calculus import symbolic

    try:
        difference = symbolic.evaluate(Call("-", (tree, rational(near))) if near else tree, _DIGITS)
    except (*symbolic.FAILURES, TooLarge):
        return None
    if difference == 0:
        return near
    return difference if not near and isinstance(difference, Fraction | numeric.Ball) else None


# -------------------------------------------------------------------------------------------------------- tangents


def tangents_at(root: Node, name: str, place: Node, letter: str) -> Tangents:
    where = f"{name} = {text(place)}"
    x, y = quantity(place), quantity(substitute(root, {Name(name): place}))
    for found in (x, y):
        if found is None:
            return Tangents((), f"no tangent at {where}: undecided", True)
        if numeric.has_no_value(found):
            return Tangents((), f"no tangent at {where}: {letter} is not defined there")
    if not isinstance(x, Quantity) or abs(x.double) > GIANT:
        return Tangents((), f"no tangent at {where}: it is too far out to draw", True)
    if not isinstance(y, Quantity) or abs(y.double) > GIANT:
        return Tangents((), f"no tangent at {where}: {letter} is too large there to draw", True)
    try:
        slope = slope_at(root, name, {name: place})
        if slope is None:
            return _at_kink(root, name, place, letter, x, y)
        if abs(slope.double) <= GIANT:
            return _both(name, x, y, slope)
    except (TooLarge, UndecidedError) as error:
        return Tangents((), f"no tangent at {where}: undecided, {error.message}", True)
    return Tangents((), f"no tangent at {where}: its slope is too large to draw", True)


def _both(name: str, x: Quantity, y: Quantity, slope: Quantity | None) -> Tangents:
    """The tangent and its normal."""
    normal = replace(tangent_line(name, x, y, across(slope)), kind="normal")
    return Tangents((tangent_line(name, x, y, slope),), normal=normal)


def across(slope: Quantity | None) -> Quantity | None:
    """The slope of the normal; None for a vertical one."""
    if slope is None or slope.value == 0:
        return None if slope else Quantity(Number(0), Fraction(0))
    found = quantity(Call("neg", (Call("/", (Number(1), slope.tree)),)))
    return found if isinstance(found, Quantity) else None


def slope_at(root: Node, name: str, point: dict[str, Node]) -> Quantity | None:
    """A partial derivative where no part of ``root`` is at one of its kinks, by the rules; None elsewhere.

    And none where the tape, at the nearest doubles, has another.
    """
    from calcgrad.calculus import kinks, rules

    here: dict[Node, Node] = {Name(each): place for each, place in point.items()}
    if kinks.specials(root, [name], here) != []:
        return None
    formula = rules.derive(root, name).after
    found = None if formula is None else quantity(substitute(formula, here))
    if not isinstance(found, Quantity):
        return None
    taped = _taped(root, name, point)
    return found if taped is None or abs(taped - found.double) <= _SAME * max(1.0, abs(taped)) else None


def _taped(root: Node, name: str, point: dict[str, Node]) -> float | None:
    """The derivative by the tape at the nearest doubles; None where it has none there."""
    inputs: dict[str, Variable] = {
        each: Variable(float(evaluate(place, {}))) for each, place in point.items()
    }
    output = evaluate(root, inputs)
    if not isinstance(output, Variable):
        return 0.0
    try:
        slope = float(gradient(output, targets=[inputs[name]])[0])
    except NotDifferentiable as error:
        if error.kind == "no-rule":
            raise
        return None
    except UndecidedError:
        return None
    return slope if math.isfinite(slope) else None


def _at_kink(root: Node, name: str, place: Node, letter: str, x: Quantity, y: Quantity) -> Tangents:
    """What the exact engine says of the slopes on both sides."""
    from calcgrad.calculus import derivatives, points

    where = f"{name} = {text(place)}"
    answer = points.at_point(root, [name], {name: place}, derivatives.derivative(root, [name]), _DIGITS)
    if answer.exists:
        slope = _of_engine(answer.number if answer.value is None else answer.value)
        if slope is None or math.isinf(slope.double):
            return Tangents((), f"no tangent at {where}: its slope is too large to draw", True)
        return _both(name, x, y, slope)
    slopes = [
        (side, _of_engine(each)) for side, each in (("left", answer.left), ("right", answer.right)) if each is not None
    ]  # fmt: skip
    if answer.reason == "vertical-tangent" and len(slopes) == 2 and all(each is None for _, each in slopes):
        return replace(_both(name, x, y, None), note=f"the tangent at {where} is vertical")
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


def slope_at_kink(root: Node, name: str, point: dict[str, Node]) -> tuple[Quantity | None, str]:
    """A partial derivative by the exact engine; None with the reason where there is none, or none is known."""
    from calcgrad.calculus import derivatives, points

    try:
        answer = points.at_point(root, [name], point, derivatives.derivative(root, [name]), _DIGITS)
    except (TooLarge, UndecidedError):
        return None, "undecided"
    slope = _of_engine(answer.number if answer.value is None else answer.value) if answer.exists else None
    return slope, "" if slope is not None else (answer.reason or "undecided").replace("-", " ")


def _of_engine(value: object) -> Quantity | None:
    """A slope of the exact engine, a SymPy number or a measured one; None for an infinite one."""
    from calcgrad.calculus import symbolic

    if isinstance(value, Fraction | numeric.Ball):
        return Quantity(rational(Fraction(numeric.to_float(value) or 0.0)), value)
    if getattr(value, "is_infinite", False):
        return None
    found = quantity(symbolic.from_sympy(value))
    return found if isinstance(found, Quantity) else None


# ------------------------------------------------------------------------------------------------------- equations


def tangent_line(name: str, x: Quantity, y: Quantity, slope: Quantity | None) -> Line:
    """The line through (x, y); without a slope it is vertical."""
    if slope is None:
        return Line(x.double, y.double, math.inf, f"x = {_number(x)}", f"x = {_number(x, _BRIEF)}")
    equations = (equation(name, x, y, slope, digits) for digits in (10, _BRIEF))
    return Line(x.double, y.double, slope.double, *equations)


def equation(name: str, x: Quantity, y: Quantity, slope: Quantity, digits: int = 10) -> str:
    """The line as people write it, 2*x - 3 or -x + 1/2 or 5: exact in short rationals, else in decimals."""
    intercept = quantity(Call("-", (y.tree, Call("*", (slope.tree, x.tree)))))
    if not isinstance(intercept, Quantity):
        raise UndecidedError("where the line meets the axis could not be settled")
    plain = None not in (x.short, y.short, slope.short)
    shown = _number(intercept, digits, plain)
    if slope.value == 0:
        return shown
    negative = numeric.sign(slope.value) == -1
    size = _number(slope, digits).removeprefix("-")
    term = name if size == "1" else f"{size}*{name}" if "/" not in size else _fraction_term(size, name)
    term = f"-{term}" if negative else term
    if shown == "0":
        return term
    return f"{term} - {shown[1:]}" if shown.startswith("-") else f"{term} + {shown}"


def _number(number: Quantity, digits: int = 10, plain: bool = False) -> str:
    """A short rational as it is; so is any that comes of short ones, up to ten digits above and below."""
    value = number.value
    if not isinstance(value, Fraction) or max(abs(value.numerator), value.denominator) >= 10**10:
        return number.text(digits)
    return str(value) if plain or (number.short is not None and abs(value) <= 10**9) else number.text(digits)


def _fraction_term(size: str, name: str) -> str:
    top, _, bottom = size.partition("/")
    return f"{name}/{bottom}" if top == "1" else f"{top}*{name}/{bottom}"
