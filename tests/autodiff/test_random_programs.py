"""Random NumPy programs: first and second derivatives against differences in extended precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from calcgrad.autodiff import Variable, gradient
from calcgrad.errors import NotDifferentiable, UndecidedError

ELEMENTWISE = (
    np.sin,
    np.tanh,
    np.exp,
    np.arctan,
    np.square,
    lambda x: np.log(x * x + 1.5),
    lambda x: np.sqrt(x * x + 0.5),
    lambda x: 1 / (2 + np.cos(x)),
    lambda x: np.where(np.floor(x * 7.3) % 2 > 0.5, x, x * x),
    abs,
    lambda x: -x,
    lambda x: x**3 - 0.5,
)
BINARY = (
    np.add,
    np.subtract,
    np.multiply,
    lambda x, y: x / (y * y + 1.25),
    np.maximum,
    np.minimum,
    np.hypot,
    np.logaddexp,
    lambda x, y: np.arctan2(x, y * y + 0.75),
)
SHAPING = (
    lambda x: np.sum(x, axis=-1, keepdims=True),
    lambda x: np.mean(x, axis=0),
    lambda x: np.max(x, axis=-1),
    lambda x: np.min(x, axis=0, keepdims=True),
    lambda x: np.prod(x, axis=-1),
    lambda x: np.cumsum(x, axis=0),
    lambda x: np.sort(x, axis=-1),
    lambda x: np.transpose(x),
    lambda x: np.reshape(x, -1),
    lambda x: x[::-1],
    lambda x: x[..., :1],
    lambda x: x[np.array([0, 0])],
    lambda x: np.var(x, axis=-1, keepdims=True),
    lambda x: np.concatenate([x, 2 * x], axis=-1),
    lambda x: np.stack([x, x * x]),
    lambda x: np.einsum("...i,...i->...", x, x),
    lambda x: np.dot(x, np.swapaxes(x, 0, -1)),
    lambda x: np.tile(x, 2),
)
STEPS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 99), st.integers(0, 99)), min_size=2, max_size=8)


def program(steps: list[tuple[int, int, int]]) -> Callable[[Any, Any], Any]:
    """A straight-line program on two arrays: each step applies one function to earlier results."""

    def run(x: Any, y: Any) -> Any:
        results = [x, y]
        for kind, which, pick in steps:
            a = results[pick % len(results)]
            b = results[(pick + which) % len(results)]
            if kind == 0:
                made = ELEMENTWISE[which % len(ELEMENTWISE)](a)
            elif kind == 1 and _fit(a, b):
                made = BINARY[which % len(BINARY)](a, b)
            elif np.ndim(a) in (1, 2) and np.size(a) < 60:
                made = SHAPING[which % len(SHAPING)](a)
            else:
                made = a * 0.5
            results.append(np.tanh(made) + 0.01 * made)
        return sum(np.sum(r * np.cos(1.0 + i)) for i, r in enumerate(results))

    return run


def _fit(a: Any, b: Any) -> bool:
    try:
        np.broadcast_shapes(np.shape(a), np.shape(b))
    except ValueError:
        return False
    return True


def along(f: Callable[[Any, Any], Any], x: Any, y: Any, dx: Any, dy: Any) -> float:
    """The directional derivative by a central difference of order four in extended precision."""
    h = np.longdouble(1e-4)
    x, y, dx, dy = (np.asarray(a, np.longdouble) for a in (x, y, dx, dy))
    total = np.longdouble(0)
    for k, weight in ((1, 2 / np.longdouble(3)), (2, -1 / np.longdouble(12))):
        total += weight * (f(x + k * h * dx, y + k * h * dy) - f(x - k * h * dx, y - k * h * dy))
    return float(total / h)


# A hundred and fifty in all: each list of steps forwards in one test, backwards in the other.
@pytest.mark.parametrize("way", [1, -1])
@settings(
    max_examples=75,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(steps=STEPS, seed=st.integers(0, 2**32 - 1))
def test_random_programs(way: int, steps: list[tuple[int, int, int]], seed: int) -> None:
    random = np.random.default_rng(seed)
    x, y = random.uniform(-1, 1, (2, 3)), random.uniform(-1, 1, 3)
    dx, dy = random.uniform(-1, 1, (2, 3)), random.uniform(-1, 1, 3)
    f = program(steps[::way])
    u, v = Variable(x), Variable(y)
    try:
        first = gradient(f(u, v), targets=[u, v], record=True)
    except (NotDifferentiable, UndecidedError):  # repeated elements tie: an honest no
        event("refused")
        return
    slope = np.sum(first[0] * dx) + np.sum(first[1] * dy)
    plain = gradient(f(u, v), targets=[u, v])
    np.testing.assert_allclose(plain[0], first[0].value, rtol=1e-12, atol=1e-13)
    expected = along(f, x, y, dx, dy)
    halved = along(f, x, y, dx / 8, dy / 8) * 8
    if abs(expected - halved) > 1e-9 * (1 + abs(expected)):
        event("kink nearby")
        return  # a kink within reach of the difference: it says nothing about the point itself
    np.testing.assert_allclose(float(slope), expected, rtol=1e-8, atol=1e-9)
    try:
        second = gradient(slope, targets=[u, v])
    except (NotDifferentiable, UndecidedError):  # max of two equal results: a slope, but undecided from there
        event("refused at second order")
        return
    curvature = float(np.sum(second[0] * dx) + np.sum(second[1] * dy))

    def slope_at(p: Any, q: Any) -> Any:
        a, b = Variable(p), Variable(q)
        ga, gb = gradient(f(a, b), targets=[a, b])
        return np.sum(ga * dx) + np.sum(gb * dy)

    expected = along(slope_at, x, y, dx, dy)
    np.testing.assert_allclose(curvature, expected, rtol=1e-6, atol=1e-7)
