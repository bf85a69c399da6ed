"""plot of two variables: contours, the gradient field, and at a point its arrow and the contour's tangent."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.budget import doing
from calcgrad.decimals import float_text
from calcgrad.errors import NotDifferentiable, UndecidedError, UsageError
from calcgrad.expression.tree import Call, Node, text
from calcgrad.parts.values import at_its_point, restricted, scalar_point
from calcgrad.questions import Question, free_label, put_in

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture
    from calcgrad.pictures.contours import Touch
    from calcgrad.pictures.shapes import Axes
    from calcgrad.tangents import Line, Quantity

_MOST_STEPS = 4000
_FAR = 20  # times the start's distance from the origin, and 1: a path beyond leaves the picture


@doing("the surface")
def draw_surface(
    question: Question, asked: Sequence[Question], names: tuple[str, ...], axes: Axes, file: str, descent: bool,
    size: tuple[float, float],
) -> tuple[results.Plot, Picture]:  # fmt: skip
    """The contours of an expression in two variables; ``asked`` are the points."""
    import numpy as np

    from calcgrad.drawing.vectorized import Slopes, Values
    from calcgrad.expression.arrays import scalarize
    from calcgrad.pictures import contours

    root = restricted(question, scalarize(question.tree), *names)
    letter = free_label("f g F G", names)
    function = Values(root, names)
    label = f"{letter}({', '.join(names)}) = {question.legend}"
    touches: list[contours.Touch] = []
    found: list[results.Tangent] = []
    gradients: list[dict[str, float]] = []
    notes: list[str] = []
    undecided = False
    descents: list[tuple[str, Any]] = []
    if descent and not asked:
        raise UsageError("--descent starts from a point", hint=f"--at {names[0]}=1,{names[1]}=1")
    for each in asked:
        point = scalar_point(each, names)
        at_its_point(each, point)
        for name in names:
            if name not in point:
                raise UsageError(
                    f"no value for {name}", hint=f"--at {names[0]}=1,{names[1]}=1", code="missing-variable"
                )
        touch, line, why = _touch(root, names, point, letter)
        where = ",".join(f"{name}={text(point[name])}" for name in names)
        undecided |= why == "undecided"
        if why:
            notes.append(f"no gradient at {where}: {why}")
        if touch is None:
            continue
        touches.append(touch)
        if touch.gradient is not None:
            gradients.append(dict(zip(names, touch.gradient, strict=True)))
            if line is not None:
                words = f"tangent {_equation(line, line.line, names[1])}"
                found.append(results.Tangent(where, line.line, label=words))
            else:
                notes.append(f"the gradient is 0 at {where}: the contour has no one tangent there")
        if descent and touch.gradient is not None:
            path, arrived = steepest_descent(root, names, (touch.x, touch.y))
            descents.append((f"steepest descent, {len(path) - 1} steps", np.array(path)))
            if not arrived:
                notes.append(f"the descent from {where} had not come to rest after {len(path) - 1} steps")
    axes = replace(
        axes, size=size, grows=True, xlabel=names[0] if axes.xlabel is None else axes.xlabel,
        ylabel=names[1] if axes.ylabel is None else axes.ylabel,
    )  # fmt: skip
    picture = contours.figure(contours.Surface(label, function, Slopes(root, names)), touches, descents, axes)
    return results.Plot(
        (question.text,), file, tuple(found), tuple(notes), gradients=tuple(gradients), assumed=question.premises,
        status="answered" if gradients or not asked else "undecided" if undecided else "no",
    ), picture  # fmt: skip


def _touch(
    root: Node, names: Sequence[str], point: dict[str, Node], letter: str
) -> tuple[Touch | None, Line | None, str]:
    """The point with its value and gradient, and the contour's tangent; the reason where there is none."""
    from calcgrad.calculus import numeric
    from calcgrad.pictures.contours import Touch
    from calcgrad.tangents import Quantity, quantity, tangent_line

    x, y, value = (quantity(each) for each in (*(point[name] for name in names), put_in(root, point)))
    if numeric.has_no_value(value):
        return None, None, f"{letter} is not defined there"
    if not all(isinstance(each, Quantity) and math.isfinite(each.double) for each in (x, y, value)):
        settled = None not in (x, y, value)
        return None, None, f"{letter} or the point is too large to draw" if settled else "undecided"
    assert isinstance(x, Quantity) and isinstance(y, Quantity) and isinstance(value, Quantity)
    slopes, why = _gradient(root, names, point)
    if not slopes:
        return Touch(x.double, y.double, value.double, None, "", ""), None, why
    gradient = slopes[0].double, slopes[1].double
    words = f"gradient [{', '.join(float_text(each, 5) for each in gradient)}]"
    across, upright = slopes
    if across.value == 0 == upright.value:
        return Touch(x.double, y.double, value.double, gradient, words, ""), None, ""
    slope = None if upright.value == 0 else quantity(Call("neg", (Call("/", (across.tree, upright.tree)),)))
    if slope is not None and not isinstance(slope, Quantity):
        return Touch(x.double, y.double, value.double, None, "", ""), None, "undecided"
    line = tangent_line(names[0], x, y, slope)
    tangent = f"tangent {_equation(line, line.brief, names[1])}"
    return Touch(x.double, y.double, value.double, gradient, words, tangent), line, ""


def _gradient(
    root: Node, names: Sequence[str], point: dict[str, Node]
) -> tuple[tuple[Quantity, Quantity] | None, str]:
    """The gradient by the rules' formulas away from kinks, and there by the tape if the exact engine agrees with it."""
    from calcgrad.autodiff.expressions import evaluate
    from calcgrad.tangents import slope_at, slope_at_kink

    made = [slope_at(root, name, point) for name in names]
    if made[0] is not None and made[1] is not None:
        return (made[0], made[1]), ""
    x, y = (float(evaluate(point[name], {})) for name in names)
    _, taped, why = gradient_at(root, names, (x, y))
    exact: list[Quantity] = []
    for name in names:
        found, reason = slope_at_kink(root, name, point)
        if found is None:
            return None, why if reason == "undecided" and why else reason
        exact.append(found)
    if taped is None or not all(
        math.isclose(each.double, slope, rel_tol=1e-6, abs_tol=1e-6)
        for each, slope in zip(exact, taped, strict=True)
    ):
        return None, why or "undecided"
    return (exact[0], exact[1]), ""


def _equation(line: Line, shown: str, name: str) -> str:
    return shown if line.vertical else f"{name} = {shown}"


def gradient_at(
    root: Node, names: Sequence[str], point: tuple[float, float]
) -> tuple[float, tuple[float, float] | None, str]:
    """Value and gradient at a point, by automatic differentiation; None with the reason where there is none."""
    from calcgrad.autodiff import Variable, gradient
    from calcgrad.autodiff.expressions import evaluate

    inputs = [Variable(each) for each in point]
    output = evaluate(root, dict(zip(names, inputs, strict=True)))
    if not isinstance(output, Variable):
        return float(output), (0.0, 0.0), ""
    value = float(output.value)
    if not math.isfinite(value):
        return value, None, "it is not defined there"
    try:
        gx, gy = (float(each) for each in gradient(output, targets=inputs))
    except NotDifferentiable as error:
        if error.kind == "no-rule":
            raise
        return value, None, error.kind.replace("-", " ")
    except UndecidedError:
        return value, None, "undecided"
    return value, (gx, gy), ""


def steepest_descent(
    root: Node, names: Sequence[str], start: tuple[float, float]
) -> tuple[list[tuple[float, float]], bool]:
    """Points of steepest descent from ``start``, and whether they came to rest.

    Each step goes against the gradient, as far as halving finds a sufficient decrease (Armijo's rule, see
    Nocedal and Wright, Numerical Optimization, chapter 3); the next one may be twice as long.
    """
    from calcgrad.autodiff.expressions import evaluate

    value_of: Callable[[float, float], float] = lambda x, y: float(  # noqa: E731
        evaluate(root, {names[0]: x, names[1]: y})
    )
    path = [start]
    step, longest = 0.1, 0.15 * (1 + math.hypot(*start))
    for _ in range(_MOST_STEPS):
        x, y = path[-1]
        value, slope, _ = gradient_at(root, names, (x, y))
        if slope is None:
            return path, True
        size = math.hypot(*slope)
        scale = 1e-5 * (1 + math.hypot(x, y))
        if size == 0:
            return path, True
        step = min(2 * step, longest / size)  # a picture of a path, not of leaps across it
        if not math.isfinite(step):
            return path, False  # f falls on where the doubles end
        while True:
            moved = x - step * slope[0], y - step * slope[1]
            if value_of(*moved) <= value - 0.3 * step * size * size:
                break
            step /= 2
            if step * size < 1e-14 * scale:
                return path, True
        path.append(moved)
        if math.dist(moved, start) > _FAR * (1 + math.hypot(*start)):
            return path[:-1], False
        if step * size < 1e-2 * scale and size < 1e-4:
            return path, True
    return path, False
