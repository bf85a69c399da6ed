"""plot of two variables: contours, the gradient field, and at a point its arrow and the contour's tangent."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.commands.values import scalar_point
from calcgrad.decimals import float_text
from calcgrad.errors import NotDifferentiable, UndecidedError, UsageError
from calcgrad.expression.tree import Node, text
from calcgrad.questions import Question, free_label

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture
    from calcgrad.pictures.contours import Touch
    from calcgrad.pictures.shapes import Axes
    from calcgrad.tangents import Line

_MOST_STEPS = 4000


def draw_surface(
    question: Question, asked: Sequence[Question], names: tuple[str, ...], axes: Axes, file: str, descent: bool,
    size: tuple[float, float],
) -> tuple[results.Plot, Picture]:  # fmt: skip
    """The contours of an expression in two variables; ``asked`` are the points."""
    import numpy as np

    from calcgrad.commands.vectorized import slopes, values
    from calcgrad.expression.arrays import scalarize
    from calcgrad.pictures import contours

    root = scalarize(question.tree)
    letter = free_label("f g F G", names)
    function = values(root, names)
    label = f"{letter}({', '.join(names)}) = {question.text}"
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
    picture = contours.figure(contours.Surface(label, function, slopes(root, names)), touches, descents, axes)
    return results.Plot(
        (question.text,), file, tuple(found), tuple(notes), gradients=tuple(gradients),
        status="answered" if gradients or not asked else "undecided" if undecided else "no",
    ), picture  # fmt: skip


def _touch(
    root: Node, names: Sequence[str], point: dict[str, Node], letter: str
) -> tuple[Touch | None, Line | None, str]:
    """The point with its value and gradient, and the contour's tangent; the reason where there is none."""
    from calcgrad.autodiff.expressions import evaluate
    from calcgrad.pictures.contours import Touch
    from calcgrad.tangents import tangent_line

    x, y = (float(evaluate(point[name], {})) for name in names)
    value, slope, why = gradient_at(root, names, (x, y))
    if not math.isfinite(value):
        return None, None, f"{letter} is not defined there"
    if slope is None:
        return Touch(x, y, value, None, "", ""), None, why
    words = f"gradient [{', '.join(float_text(each, 5) for each in slope)}]"
    gx, gy = slope
    if not (gx or gy):
        return Touch(x, y, value, slope, words, ""), None, ""
    line = tangent_line(names[0], x, y, 0.0 - gx / gy if gy else math.inf)
    tangent = f"tangent {_equation(line, line.short(names[0]), names[1])}"
    return Touch(x, y, value, slope, words, tangent), line, ""


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
        while True:
            moved = x - step * slope[0], y - step * slope[1]
            if value_of(*moved) <= value - 0.3 * step * size * size:
                break
            step /= 2
            if step * size < 1e-14 * scale:
                return path, True
        path.append(moved)
        if math.hypot(*moved) > 1e6 * (1 + math.hypot(*start)):
            return path[:-1], False
        if step * size < 1e-2 * scale and size < 1e-4:
            return path, True
    return path, False
