"""Kinks: the derivative where there is one, an honest no where there is none, undecided in between."""

from __future__ import annotations

import math
import random
from itertools import product
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import Variable, grad, gradient, hessian, jacobian
from calcgrad.autodiff.functions import acot, heaviside, norm, relu, root, sigmoid, softplus
from calcgrad.errors import NotDifferentiable, TooLarge, UndecidedError


def slopes(function: Any, *points: Any) -> list[Any]:
    variables = [Variable(p) for p in points]
    return [np.asarray(a).tolist() for a in gradient(function(*variables), targets=variables)]


DIFFERENTIABLE = {
    "abs(x**2)": (lambda x: abs(x**2), 0.0, 0.0),
    "x*abs(x)": (lambda x: x * abs(x), 0.0, 0.0),
    "abs(x) - max(x, -x)": (lambda x: abs(x) - np.maximum(x, -x), 0.0, 0.0),
    "abs(x) + min(x, -x) + 3x": (lambda x: abs(x) + np.minimum(x, -x) + 3 * x, 0.0, 3.0),
    "max(x, 0)**2": (lambda x: np.maximum(x, 0) ** 2, 0.0, 0.0),
    "max(x, 0) + min(x, 0)": (lambda x: np.maximum(x, 0) + np.minimum(x, 0), 0.0, 1.0),
    "where(x>0, sqrt(x), 0) at -1": (lambda x: np.where(x > 0, np.sqrt(x), 0), -1.0, 0.0),
    "where(x>0, x**2, 0)": (lambda x: np.where(x > 0, x**2, 0), 0.0, 0.0),
    "where(x>=0, sin(x), x)": (lambda x: np.where(x >= 0, np.sin(x), x), 0.0, 1.0),
    "where(x>0, log(x), 0) at -1": (lambda x: np.where(x > 0, np.log(x), 0), -1.0, 0.0),
    "(x>0)*x**2": (lambda x: (x > 0) * x**2, 0.0, 0.0),
    "(x>0) & (x<1)": (lambda x: np.where((x > 0) & (x < 1), x**2, 0), 0.0, 0.0),
    "x**2*sign(x)": (lambda x: x * x * np.sign(x), 0.0, 0.0),
    "floor at 2.5": (np.floor, 2.5, 0.0),
    "x*floor(x) at 2.5": (lambda x: x * np.floor(x), 2.5, 2.0),
    "x % 2 at 4.5": (lambda x: x % 2, 4.5, 1.0),
    "clip inside": (lambda x: np.clip(x, 0, 1), 0.5, 1.0),
    "clip outside": (lambda x: np.clip(x, 0, 1), 2.0, 0.0),
    "x**0": (lambda x: x**0, 0.0, 0.0),
    "0**x": (lambda x: 0.0**x, 2.0, 0.0),
    "(x**2)**1.5": (lambda x: (x**2) ** 1.5, 0.0, 0.0),
    "abs(x)**1.5": (lambda x: abs(x) ** 1.5, 0.0, 0.0),
    "relu(x)**2": (lambda x: relu(x) ** 2, 0.0, 0.0),
    "x - 1 + 1/x inside where": (lambda x: np.where(x > 5, 1 / (x - 1), x), 1.0, 1.0),
    "trunc at 0": (np.trunc, 0.0, 0.0),
    "cbrt(x)**3": (lambda x: np.cbrt(x) ** 3, 0.0, 1.0),
    "sqrt(x**4)": (lambda x: np.sqrt(x**4), 0.0, 0.0),
    "floor(x**2)": (lambda x: np.floor(x * x), 0.0, 0.0),
    "where(x==0, 1, sin(x)/x)": (lambda x: np.where(x == 0, 1.0, np.sin(x) / x), 0.0, 0.0),
    "where(x==0, 1/2, (1-cos(x))/x**2)": (lambda x: np.where(x == 0, 0.5, (1 - np.cos(x)) / x**2), 0.0, 0.0),
    "where(x==0, 0, exp(-1/x**2))": (lambda x: np.where(x == 0, 0.0, np.exp(-1 / x**2)), 0.0, 0.0),
    "where(x==0, 0, x**2*log|x|)": (lambda x: np.where(x == 0, 0.0, x * x * np.log(abs(x))), 0.0, 0.0),
    "acos(1 - x**4)": (lambda x: np.arccos(1 - x**4), 0.0, 0.0),
    "sigmoid far left": (sigmoid, -1000.0, 0.0),
    "softplus far right": (softplus, 1000.0, 1.0),
}


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_a_derivative_that_exists_is_found(name: str) -> None:
    function, point, expected = DIFFERENTIABLE[name]
    assert slopes(function, point) == pytest.approx([expected], abs=1e-15)


NOT = {
    "abs": (abs, 0.0, "abs", "corner", -1.0, 1.0),
    "x*sign(x)": (lambda x: x * np.sign(x), 0.0, "sign", "corner", -1.0, 1.0),
    "relu": (relu, 0.0, "relu", "corner", 0.0, 1.0),
    "2*max(x, 3x)": (lambda x: 2 * np.maximum(x, 3 * x), 0.0, "max", "corner", 2.0, 6.0),
    "clip edge": (lambda x: np.clip(x, 0, 1), 1.0, "clip", "corner", 1.0, 0.0),
    "where(x>0, x, 0)": (lambda x: np.where(x > 0, x, 0), 0.0, "where", "corner", 0.0, 1.0),
    "(x>0)*x": (lambda x: (x > 0) * x, 0.0, "where", "corner", 0.0, 1.0),
    "where(x>0, 1, -1)": (lambda x: np.where(x > 0, 1, -1), 0.0, "where", "jump", None, None),
    "floor": (np.floor, 2.0, "floor", "jump", None, None),
    "ceil": (np.ceil, 2.0, "ceil", "jump", None, None),
    "rint": (np.rint, 2.5, "rint", "jump", None, None),
    "round": (lambda x: np.round(x, 1), 0.25, "rint", "jump", None, None),
    "sign": (np.sign, 0.0, "sign", "jump", None, None),
    "heaviside": (heaviside, 0.0, "heaviside", "jump", None, None),
    "acot": (acot, 0.0, "acot", "jump", None, None),
    "x % 2": (lambda x: x % 2, 4.0, "mod", "jump", None, None),
    "x // 2": (lambda x: x // 2, 4.0, "floor_divide", "jump", None, None),
    "where(floor(x) > 0.5, x, 0)": (
        lambda x: np.where(np.floor(x) > 0.5, x, 0), 1.0, "floor", "jump", None, None,
    ),
    "sqrt": (np.sqrt, 0.0, "sqrt", "vertical-tangent", None, math.inf),
    "cbrt": (np.cbrt, 0.0, "cbrt", "vertical-tangent", math.inf, math.inf),
    "-cbrt": (lambda x: -np.cbrt(x), 0.0, "cbrt", "vertical-tangent", -math.inf, -math.inf),
    "root": (lambda x: root(x, 3), 0.0, "root", "vertical-tangent", math.inf, math.inf),
    "asin": (np.arcsin, 1.0, "asin", "vertical-tangent", math.inf, None),
    "acosh": (np.arccosh, 1.0, "acosh", "vertical-tangent", None, math.inf),
    "x**0.5": (lambda x: x**0.5, 0.0, "power", "vertical-tangent", None, math.inf),
    "where(x>0, sqrt(x), 0)": (
        lambda x: np.where(x > 0, np.sqrt(x), 0), 0.0, "sqrt", "vertical-tangent", None, math.inf,
    ),
    "x**1.5": (lambda x: x**1.5, 0.0, "power", "not-real", None, 0.0),
    "x**(x+1)": (lambda x: x ** (x + 1), 0.0, "power", "not-real", None, 1.0),
    "(x-1)**x": (lambda x: (x - 1) ** x, 1.0, "power", "not-real", None, 1.0),
    "x**(x**2)": (lambda x: x ** (x**2), 0.0, "power", "not-real", None, 0.0),
    "(-x**2)**1.5": (lambda x: (-x * x) ** 1.5, 0.0, "power", "not-real", None, None),
    "sqrt(x)**2": (lambda x: np.sqrt(x) ** 2, 0.0, "sqrt", "not-real", None, 1.0),
    "sqrt(x) - sqrt(x)": (lambda x: np.sqrt(x) - np.sqrt(x), 0.0, "sqrt", "not-real", None, 0.0),
    "sqrt(x**2)": (lambda x: np.sqrt(x**2), 0.0, "sqrt", "corner", -1.0, 1.0),
    "where(x==0, 0, x*log|x|)": (
        lambda x: np.where(x == 0, 0.0, x * np.log(abs(x))), 0.0, "log", "vertical-tangent", -math.inf, -math.inf,
    ),
    "max(log(x), 0)": (lambda x: np.maximum(np.log(x), 0), -1.0, "log", "not-real", None, None),
    "log(-1)": (np.log, -1.0, "log", "not-real", None, None),
    "sqrt(-1) + 1": (lambda x: np.sqrt(x) + 1, -1.0, "sqrt", "not-real", None, None),
    "(-8)**(1/3)": (lambda x: x ** (1 / 3), -8.0, "power", "not-real", None, None),
    "log(0)": (np.log, 0.0, "log", "undefined", None, None),
    "1/x": (lambda x: 1 / x, 0.0, "divide", "undefined", None, None),
    "x/x": (lambda x: x / x, 0.0, "divide", "undefined", None, None),
    "atan(1/x)": (lambda x: np.arctan(1 / x), 0.0, "divide", "undefined", None, None),
    "exp(log(x))": (lambda x: np.exp(np.log(x)), 0.0, "log", "undefined", None, None),
    "0**x at 0": (lambda x: 0.0**x, 0.0, "power", "jump", None, None),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT)
def test_a_derivative_that_does_not_exist_is_refused(name: str) -> None:
    function, point, culprit, kind, left, right = NOT[name]
    with pytest.raises(NotDifferentiable) as caught:
        slopes(function, point)
    error = caught.value
    assert (error.function, error.kind, error.left, error.right) == (culprit, kind, left, right)


@pytest.mark.parametrize(
    ("function", "points", "culprit", "kind"),
    [
        (lambda x: norm(x), [np.zeros(2)], "norm", "corner"),
        (lambda x: np.linalg.norm(x), [np.zeros(2)], "norm", "corner"),
        (np.hypot, [0.0, 0.0], "hypot", "corner"),
        (np.maximum, [1.0, 1.0], "max", "corner"),
        (lambda x: np.max(x), [np.array([1.0, 3.0, 3.0])], "max", "corner"),
        (lambda x: np.min(x, axis=0).sum(), [np.array([[1.0, 3.0], [2.0, 3.0]])], "min", "corner"),
        (lambda x, y: abs(x) + y, [0.0, 1.0], "abs", "corner"),
        (np.arctan2, [0.0, 0.0], "atan2", "jump"),
        (np.arctan2, [0.0, -1.0], "atan2", "jump"),
        (lambda x: np.sum(np.sqrt(x)), [np.array([4.0, 0.0])], "sqrt", "vertical-tangent"),
    ],
)
def test_several_inputs(function: Any, points: Any, culprit: str, kind: str) -> None:
    with pytest.raises(NotDifferentiable) as caught:
        slopes(function, *points)
    assert (caught.value.function, caught.value.kind) == (culprit, kind)
    assert caught.value.left is None and caught.value.right is None


@pytest.mark.parametrize(
    ("function", "points", "expected"),
    [
        (lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0)), [np.array([-1.0, 4.0])], [[0.0, 0.25]]),
        (lambda x: np.max(x), [np.array([1.0, 3.0, 2.0])], [[0.0, 1.0, 0.0]]),
        (lambda x: np.prod(x), [np.array([2.0, 0.0, 3.0])], [[0.0, 6.0, 0.0]]),
        (lambda x: np.prod(x), [np.array([2.0, 0.0, 0.0])], [[0.0, 0.0, 0.0]]),
        (lambda x: np.sum(np.cumprod(x)), [np.array([2.0, 0.0, 3.0])], [[1.0, 8.0, 0.0]]),
        (lambda x, y: x**y, [0.0, 2.0], [0.0, 0.0]),
        (lambda x, y: abs(x) * y + x, [0.0, 0.0], [1.0, 0.0]),
        (lambda x, y: np.maximum(x, y) + np.minimum(x, y), [1.0, 1.0], [1.0, 1.0]),
        (lambda x: norm(x) ** 2, [np.zeros(3)], [[0.0, 0.0, 0.0]]),
        (lambda x: norm(x) - np.linalg.norm(-x), [np.zeros(2)], [[0.0, 0.0]]),
        (lambda x: abs(x)[1] + 0 * x[0], [np.array([0.0, 2.0])], [[0.0, 1.0]]),
        (lambda x: np.sqrt(x)[1], [np.array([0.0, 4.0])], [[0.0, 0.25]]),
        (lambda x: np.sqrt(x)[1], [np.array([-1.0, 4.0])], [[0.0, 0.25]]),
        (lambda x, y: np.where(y > 0, x, np.log(x)), [-1.0, 1.0], [1.0, 0.0]),
    ],
)
def test_derivatives_in_several_inputs(function: Any, points: Any, expected: Any) -> None:
    for found, right in zip(slopes(function, *points), expected, strict=True):
        assert found == pytest.approx(right, abs=1e-15)


def branch(x: Any) -> Any:
    return x if x > 0 else 0 * x


UNDECIDED = {
    "sin(pi*sign(x))": (lambda x: np.sin(np.pi * np.sign(x)), 0.0),
    "Python's if": (branch, 0.0),
    "Python's max": (lambda x: max(x, 2 * x), 0.0),
    "argmax with ties": (lambda x: x[range(2)[np.argmax(x)]], np.ones(2)),
    "a reshaped condition": (lambda x: np.where((x > 0).reshape(2, 1), x, 0).sum(), np.array([0.0, 1.0])),
    "a mask on its boundary": (lambda x: np.sum(x[x > 0]), np.array([0.0, 1.0])),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_cannot_be_settled_is_undecided(name: str) -> None:
    function, point = UNDECIDED[name]
    with pytest.raises(UndecidedError):
        slopes(function, point)


def test_overflow_is_undecided_not_undefined() -> None:
    with pytest.raises(TooLarge, match="exp"):
        slopes(np.exp, 1000.0)


def test_a_branch_away_from_its_boundary_is_free() -> None:
    assert slopes(branch, 2.0) == [1.0]
    assert slopes(lambda x: np.sum(x[x > 0]), np.array([-1.0, 1.0])) == [[0.0, 1.0]]


def test_a_kink_that_the_targets_do_not_reach_is_ignored() -> None:
    x, y = Variable(0.0), Variable(3.0)
    assert gradient(abs(x) + y * y, targets=[y]) == [6.0]


def test_inner_targets_of_a_kink() -> None:
    x = Variable(0.0)
    u = x * x
    inner, outer = gradient(abs(u), targets=[u, x])
    assert outer == 0.0 and inner in (-1.0, 0.0, 1.0)


def test_many_inputs() -> None:
    x = np.linspace(-1.0, 1.0, 1001)
    assert x[500] == 0.0
    assert slopes(lambda v: np.sum(v * abs(v)), x)[0] == pytest.approx(2 * abs(x))
    with pytest.raises(NotDifferentiable):
        slopes(lambda v: np.sum(abs(v)), x)


def test_many_kinks_that_cancel() -> None:
    with pytest.raises(UndecidedError):
        slopes(lambda v: np.sum(abs(np.cumsum(v)) - np.maximum(np.cumsum(v), -np.cumsum(v))), np.zeros(100))
    for size in (5, 100):
        assert slopes(lambda v: np.sum(abs(v) - np.maximum(v, -v)), np.zeros(size)) == [[0.0] * size]
    assert slopes(lambda v: norm(v) ** 2, np.zeros(100)) == [[0.0] * 100]


@pytest.mark.parametrize(
    ("function", "size"),
    [
        (lambda x: np.maximum(0, x[0] - 100 * abs(2.3 * x[0] - x[1])), 2),
        (lambda x: np.maximum(0, x[0] - 100 * abs(x[0] - 0.3 * x[1]) - 100 * abs(x[1] - 7 * x[2])), 3),
    ],
)
def test_a_corner_in_a_thin_wedge_is_found(function: Any, size: int) -> None:
    with pytest.raises(NotDifferentiable):
        slopes(function, np.zeros(size))


def test_second_derivatives_have_kinks_of_their_own() -> None:
    for point, expected in ((2.0, 2.0), (-2.0, -2.0)):
        x = Variable(point)
        (first,) = gradient(x * abs(x), targets=[x], record=True)
        assert gradient(first, targets=[x]) == [expected]
    x = Variable(0.0)
    (first,) = gradient(x * abs(x), targets=[x], record=True)
    with pytest.raises((NotDifferentiable, UndecidedError)):
        gradient(first, targets=[x])


@pytest.mark.parametrize(
    "decide",
    [
        lambda x: np.sum(np.ones(3)[x > 0] * 2.0) * x[1],
        lambda x: x[2] if np.any(x > 0) else x[1],
        lambda x: x[2] * len(np.nonzero(x)[0]),
        lambda x: x[2] * np.count_nonzero(x > 0),
        lambda x: x[2] * float((x > 0)[0]),
        lambda x: x[2] * np.asarray(x >= 0).sum(),
        lambda x: x[2] * (x >= 0).astype(float)[0],
        lambda x: x[[1, 2][x[0] > 0]],
    ],
)
def test_a_boundary_that_leaves_the_graph_is_remembered(decide: Any) -> None:
    x = Variable(np.array([0.0, 1.0, 2.0]))
    with pytest.raises(UndecidedError):
        gradient(decide(x), targets=[x])
    x = Variable(np.array([0.5, 1.0, 2.0]))
    gradient(decide(x), targets=[x])


@pytest.mark.parametrize(
    ("f", "point", "slope"),
    [
        (lambda x: np.where(2 * np.floor(x) > 1, x, 0.0), 1.0, None),
        (lambda x: np.where(np.floor(x) * x + 1 > 1.5, x * x, 2 * x - 1), 1.0, 2.0),
        (lambda x: np.where(-np.sign(x) / 2 < 0.25, x, -x), 0.0, None),
        (lambda x: np.where(2 * np.floor(x) > 1, x, 0.0), 1.5, 1.0),
    ],
)
def test_arithmetic_on_a_step_is_a_step(f: Any, point: float, slope: float | None) -> None:
    x = Variable(point)
    if slope is None:
        with pytest.raises(NotDifferentiable):
            gradient(f(x), targets=[x])
    else:
        assert gradient(f(x), targets=[x]) == [slope]


def test_the_branch_not_taken_cannot_harm_the_second_derivative() -> None:
    for f, expected in (
        (lambda x: np.where(x > 0, np.sqrt(x), x * x), 2.0),
        (lambda x: np.where(x > 0, np.log(x), x**3), -43.5),
    ):
        assert hessian(f)(-7.25) == expected
        assert jacobian(grad(f))(-7.25) == expected


def test_zero_grad_forgets_decisions_too() -> None:
    x = Variable(0.0)
    y = x * 2 if 3 * x > 0 else x * 3
    with pytest.raises(UndecidedError):
        y.backward()
    x.zero_grad()
    (x * x).backward()
    assert x.grad == 0.0


STEPS: dict[str, tuple[Any, Any, Any]] = {  # a step in it, a point on the step, a point beside it
    "digitize": (lambda x: np.digitize(x, [3.0])[0], [3.0, 1.0], [2.9, 1.0]),
    "searchsorted": (lambda x: np.searchsorted([3.0], x)[0], [3.0, 1.0], [2.9, 1.0]),
    "searchsorted among": (lambda x: np.searchsorted(x, 3.0), [1.0, 3.0], [1.0, 2.9]),
    "lexsort": (lambda x: np.lexsort((np.array([2.0, 1.0]), x))[0], [3.0, 3.0], [3.0, 4.0]),
    "argmax": (lambda x: np.argmax(a=x), [3.0, 3.0], [3.0, 4.0]),
    "isclose": (lambda x: np.isclose(x, 3.0, rtol=0.0, atol=1.0)[0], [4.0, 9.0], [3.9, 9.0]),
    "allclose": (lambda x: np.allclose(x, 3.0, rtol=0.0, atol=1.0), [4.0, 3.0], [3.9, 3.0]),
    "array_equal": (lambda x: np.array_equal(x, [1.0, 2.0]), [1.0, 2.0], [1.0, 2.1]),
    "signbit": (lambda x: np.signbit(x)[0], [0.0, 1.0], [0.5, 1.0]),
    "matrix_rank": (lambda x: np.linalg.matrix_rank(np.stack([x, x[::-1]])), [1.0, 1.0], [1.0, 2.0]),
    "any": (lambda x: np.any(x), [0.0, 0.0], [0.5, 1.0]),
    "compress": (lambda x: np.size(np.compress(x > 1, x)), [1.0, 2.0], [1.5, 2.0]),
    "extract": (lambda x: np.size(np.extract(x > 1, x)), [1.0, 2.0], [1.5, 2.0]),
    "choose": (lambda x: np.choose(x > 1, [x, 2 * x])[0], [1.0, 2.0], None),
    "delete": (lambda x: np.size(np.delete(x, x > 1)), [1.0, 2.0], [1.5, 2.0]),
    "repeat": (lambda x: np.size(np.repeat(x, x > 1)), [1.0, 2.0], [1.5, 2.0]),
    "where a number": (lambda x: np.where(x, 1.0, 2.0)[0], [0.0, 1.0], [0.5, 1.0]),
    "logical_not of a number": (lambda x: np.where(np.logical_not(x), 1.0, 2.0)[0], [0.0, 1.0], [0.5, 1.0]),
    "heaviside": (lambda x: np.heaviside(x, x)[0], [0.0, 1.0], [0.5, 1.0]),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_in_whole_numbers_and_truths_is_not_forgotten(name: str) -> None:
    """On the step there is no derivative, or nobody knows of one; beside it whole numbers are constants."""
    step, on, beside = STEPS[name]
    with pytest.raises((UndecidedError, NotDifferentiable)):
        grad(lambda x: step(x) * (5.0 + x[1]))(np.array(on))
    if beside is not None:
        x = np.array(beside)
        expected = [0.0, float(step(x))] if name != "heaviside" else [0.0, 1.0]
        np.testing.assert_allclose(grad(lambda x: step(x) * (5.0 + x[1]))(x), expected)


def test_quantiles_have_corners_where_q_meets_an_element() -> None:
    numbers = np.array([1.0, 5.0, 2.0])
    assert grad(lambda q: np.quantile(numbers, q))(0.3) == 2.0
    with pytest.raises(NotDifferentiable, match="corner"):
        grad(lambda q: np.quantile(numbers, q))(0.5)
    assert grad(lambda q: np.quantile(np.arange(5.0), q))(0.5) == 4.0  # the same slope on both sides
    assert grad(lambda y: np.sum(np.heaviside(np.array([-1.0, 0.0, 1.0]), y)))(0.3) == 1.0


# --- thin cones ---------------------------------------------------------------------------------------

# Distances of v from a line, as people write them; 0 on it, and large beside it.
DISTANCES = (
    lambda v, away: np.sqrt(np.sum((away @ v) ** 2)),
    lambda v, away: np.linalg.norm(away @ v),
    lambda v, away: np.sqrt((away @ v) @ (away @ v)),
    lambda v, away: np.hypot((away @ v)[0], (away @ v)[-1] if len(away) > 1 else 0.0),
    lambda v, away: (
        np.sum(np.abs(away @ v) ** 3) ** (1 / 3) if len(away) > 1 else np.sqrt((away @ v)[0] ** 2)
    ),
)
CONES = (
    lambda u, r: relu(u - r),
    lambda u, r: np.maximum(0.0, u - r),
    lambda u, r: np.max(np.stack([u - r, 0.0 * u])),
    lambda u, r: np.where(u > r, u - r, 0.0),
    lambda u, r: np.sort(np.stack([u - r, 0.0 * u, -relu(-u) - 1.0]))[2],
    lambda u, r: u - np.minimum(u, r),
)


def test_a_thin_cone_is_not_overlooked() -> None:
    """Along one line these have a slope, and along no other; as squares they have a derivative."""
    choose = random.Random(3)
    cases = choose.sample([*product(DISTANCES, CONES)], 12)
    for number, (distance, cone) in enumerate([*cases, (DISTANCES[0], CONES[1])]):
        n = choose.choice((2, 2, 3))
        line = np.array([float(choose.choice((-3, -2, 1, 2, 3))) for _ in range(n)])
        away = 300.0 * np.linalg.svd(line[None])[2][1:]
        if number == len(cases):
            line, away = np.ones(40), 300.0 * np.linalg.svd(np.ones((1, 40)))[2][1:]

        def f(v: Any, line: Any = line, away: Any = away, distance: Any = distance, cone: Any = cone) -> Any:
            return cone(line @ v, distance(v, away))

        zero = np.zeros(len(line))
        assert abs(float(f(1e-6 * line)) / 1e-6) > 1e-3
        with pytest.raises((NotDifferentiable, UndecidedError)):
            grad(f)(zero)
        if cone is CONES[0] and n == 2:
            assert not np.any(grad(lambda v, f=f: f(v) ** 2)(zero))


# --- numbers too small to be told from zero -----------------------------------------------------------


def test_what_has_vanished_proves_nothing() -> None:
    programs: list[tuple[Any, list[float]]] = [
        (lambda v: np.log(np.sum(np.exp(v))), [-800.0, -801.0]),
        (lambda v: np.sum(np.exp(v) / np.sum(np.exp(v)) * np.arange(2)), [-800.0, -801.0]),
        (lambda v: np.sum(np.sqrt(v * v)), [1e-200]),
        (lambda v: np.linalg.norm(v), [1e-200, 1e-200]),
        (lambda v: np.sqrt(v @ v), [1e-170, 1e-170]),
        (lambda v: np.log(np.prod(v)), [1e-170, 1e-170]),
    ]
    for f, x in programs:
        with pytest.raises(UndecidedError, match="too small"):
            grad(f)(np.array(x))
        with pytest.raises(NotDifferentiable):  # a zero that is one does
            grad(f)(np.array(x) * (0.0 if x[0] > 0 else np.inf))
    with pytest.raises(NotDifferentiable, match="abs has a corner"):
        grad(lambda v: np.abs(v[0]) + np.exp(v[1]))(np.array([0.0, -800.0]))
