"""plot of one variable: curves, their tangents, secants and derivatives."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from calcgrad import results
from calcgrad.budget import doing
from calcgrad.drawing.settings import SIZE, TALL, constant
from calcgrad.errors import UsageError
from calcgrad.expression.arrays import constant as constant_of
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.tree import Call, Node, names_in, postorder, text
from calcgrad.parts.values import short
from calcgrad.questions import Question, assumed_in, free_label, put_in

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture
    from calcgrad.pictures.shapes import Asymptote, Axes, Curve, Marks, Tangent


@doing("the curves")
def draw_curves(
    questions: Sequence[Question], roots: Sequence[Node], name: str, places: Sequence[Node], axes: Axes, file: str,
    steps: Sequence[str], degrees: Sequence[str], derivative: bool, over: bool, size: tuple[float, float] | None,
    marks: Sequence[Marks] = (), asymptotes: Sequence[Asymptote] = (), normal: bool = False, names: Sequence[str] = (),
) -> tuple[results.Plot, Picture]:  # fmt: skip
    """The curves, whose letters are ``names`` as far as they go, then f, g, h."""
    from calcgrad import pictures
    from calcgrad.drawing.vectorized import Slopes, Values, specials

    letters = _letters(len(roots), name, names)
    curves = [
        Values(root, [name]).curve(f"{letter}({name}) = {question.legend}")
        for letter, question, root in zip(letters, questions, roots, strict=True)
    ]
    if derivative:
        slope_of = [
            pictures.Curve(
                f"{letter}'({name}){_formula(root, name)}", f.first, specials(root, name), f.bounded
            )
            for letter, root, f in zip(letters, roots, (Slopes(root, [name]) for root in roots), strict=True)
        ]
    found_secants, lines, notes = _secants(roots, name, places, steps)
    polynomials, near, more = _taylor(roots, letters, name, places, degrees)
    notes += more
    found, normals, more_lines, more, undecided = _tangents(roots, letters, name, places, normal)
    lines += more_lines
    notes += more
    ylabel = (
        (f"{letters[0]}({name})" if len(letters) == 1 and not over else None)
        if axes.ylabel is None
        else axes.ylabel
    )
    below = derivative and not over
    axes = replace(
        axes, xlabel=name if axes.xlabel is None else axes.xlabel, ylabel=ylabel,
        size=size or (TALL if below else SIZE), grows=size is None, angle=any(is_wave(root, name) for root in roots),
    )  # fmt: skip
    shown = [*curves, *(slope_of if derivative and over else ()), *near]
    picture = pictures.figure(shown, lines, axes, slope_of if below else (), marks, asymptotes)
    return results.Plot(
        tuple(question.text for question in questions),
        file,
        tuple(found),
        tuple(notes),
        secants=tuple(found_secants),
        taylor=tuple(polynomials),
        normals=tuple(normals),
        assumed=assumed_in(questions),
        status="answered" if found or not places else "undecided" if undecided else "no",
    ), picture


def is_wave(root: Node, name: str) -> bool:
    """Is there a function of a rational multiple of the variable whose period is one of pi?"""
    from calcgrad.calculus import rules

    for node in postorder(root):
        if (
            isinstance(node, Call)
            and node.function in ROWS
            and "pi" in ROWS[node.function].period
            and name in names_in(node)
        ):
            slope = rules.derive(node.args[0], name).after
            if slope is not None and constant_of(slope):
                return True
    return False


_FORMULA_SHARE = 0.3  # of the time that is left
_HIGHEST = 50  # degree of a polynomial that is drawn


@doing("the tangents")
def _tangents(
    roots: Sequence[Node], letters: Sequence[str], name: str, places: Sequence[Node], normal: bool
) -> tuple[list[results.Tangent], list[results.Tangent], list[Tangent], list[str], bool]:
    """Tangents and normals at each point as results, both as lines, notes; and whether one is undecided."""
    from calcgrad import pictures
    from calcgrad.tangents import tangents_at

    found: list[results.Tangent] = []
    normals: list[results.Tangent] = []
    lines: list[Tangent] = []
    notes: list[str] = []
    undecided = False
    for place in places:
        for root, letter in zip(roots, letters, strict=True):
            made = tangents_at(root, name, place, letter)
            for each in made.lines:
                line = pictures.Tangent(each.x, each.y, each.slope, each.legend)
                lines.append(replace(line, kind="one-sided") if each.side else line)
                found.append(results.Tangent(text(place), each.line, label=each.label, side=each.side))
            if normal and made.normal:
                each = made.normal
                lines.append(pictures.Tangent(each.x, each.y, each.slope, each.legend, "normal"))
                normals.append(results.Tangent(text(place), each.line, label=each.label))
            undecided |= made.undecided
            if made.note:
                notes.append(made.note)
    return found, normals, lines, notes, undecided


@doing("the Taylor polynomials")
def _taylor(
    roots: Sequence[Node], letters: Sequence[str], name: str, places: Sequence[Node], degrees: Sequence[str]
) -> tuple[list[results.Taylor], list[Curve], list[str]]:
    """The Taylor polynomials of each function at each point."""
    found: list[results.Taylor] = []
    curves: list[Curve] = []
    notes: list[str] = []
    if not degrees:
        return found, curves, notes
    if not places:
        raise UsageError("--taylor needs --at", hint="--at 0 --taylor 3")
    from calcgrad import pictures
    from calcgrad.calculus import taylor
    from calcgrad.calculus.multiseries.exact import NotReal, Undecided
    from calcgrad.drawing.vectorized import Values

    for shown in degrees:
        if not shown.strip().isdecimal() or int(shown) > _HIGHEST:
            raise UsageError(
                f"--taylor {short(shown)}: a degree is from 0 to {_HIGHEST}", hint="--taylor 1,3,5"
            )
    for place in places:
        for root, letter in zip(roots, letters, strict=True):
            for degree in map(int, degrees):
                try:
                    made = taylor.polynomial(root, name, place, degree)
                except (NotReal, Undecided, RecursionError) as error:
                    kind = "is not known" if isinstance(error, Undecided) else "does not exist"
                    notes.append(
                        f"the Taylor polynomial of degree {degree} at {name} = {text(place)} {kind}: {error}"
                    )
                    continue
                label = f"Taylor, degree {degree} at {text(place)}: {text(made)}"
                label = label if len(roots) == 1 else f"{letter}, {label}"
                found.append(
                    results.Taylor(text(place), degree, text(made), letter if len(roots) > 1 else "")
                )
                values = Values(made, [name])
                curves.append(
                    pictures.Curve(label, values, bounded=values.bounded, at=values.at, leads=False)
                )
    return found, curves, notes


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
        step = constant(shown, "--secants")
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


def _formula(root: Node, name: str) -> str:
    """What the derivative is, as its label goes on; '' where it has no formula, or none soon."""
    from calcgrad.budget import attempt
    from calcgrad.calculus import derivatives

    found = attempt(lambda: (derivatives.derivative(root, [name]).tree,), _FORMULA_SHARE)
    return f" = {text(found[0])}" if found and found[0] is not None else ""


def _letters(count: int, name: str, given: Sequence[str]) -> list[str]:
    letters = [each.strip() for each in given]
    for each in letters:
        if not re.fullmatch(r"[^\W\d]\w*", each):
            raise UsageError(f"--name {short(each)} is no name", hint="--name profit")
    if len(letters) > count or len({name, *letters}) <= len(letters):
        raise UsageError("--name names each curve once", hint="a name of its own for each expression")
    while len(letters) < count:
        letters.append(free_label("f g h", [name, *letters]))
    return letters
