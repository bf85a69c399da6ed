"""Checkpoints change memory, and nothing else.

python tests/autodiff/test_checkpoints.py 5000   # so many random programs
"""

from __future__ import annotations

import math
import random
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calcgrad import checkpoint
from calcgrad.autodiff import Variable, grad, hessian, jacfwd, jacobian, jvp, value_and_grad
from calcgrad.errors import CalcgradError, NotDifferentiable, UndecidedError, UsageError

STEPS: list[Callable[..., Any]] = [
    lambda x, w: (np.tanh(w * x), w),
    lambda x, w: (np.sin(x) + np.sum(w * x), np.exp(-w * w)),
    lambda x, w: (np.where(x > 0.1, x, x * x) * w[0], w[::-1]),
    lambda x, w: (np.maximum(x, w), w + 0.25),
    lambda x, w: (x / (2.0 + np.sum(x * x)), 3.0 * w),
    lambda x, w: (x * int(w[0] > 0.0) + 1.0, w - 0.0 * x),
    lambda x, w: (np.cbrt(x) ** 3 + w, np.sqrt(w * w)),
    lambda x, w: (np.sqrt(x**4) * w, np.abs(w) ** 1.5),
    lambda x, w: (np.where(np.sqrt(np.abs(w)) < 2.0, x, -x), np.sqrt(x)),
    lambda x, w: checkpoint(lambda y, v: (np.sqrt(y**4), y + v))(x, w),
]


def program(seed: int) -> tuple[Callable[[Callable[..., Any]], Callable[..., Any]], Any]:
    choose = random.Random(seed)
    n = choose.randint(1, 4 if seed % 2 == 0 else 1)
    steps = choose.choices(STEPS, k=choose.randint(1, 4))
    marked = [choose.random() < 0.7 for _ in steps]
    at = [lambda size: choose.uniform(-size, size), lambda size: float(choose.choice((-1, 0, 0, 1)))][
        seed % 2
    ]
    w = np.array([at(1.0) for _ in range(n)])
    both = choose.random() < 0.5

    def with_marks(mark: Callable[..., Any]) -> Callable[..., Any]:
        def f(x: Any) -> Any:
            y, v = x, (x * w if both else w)
            for step, here in zip(steps, marked):
                y, v = mark(step)(y, v) if here else step(y, v)
            return np.sum(y * np.cos(np.arange(1.0, n + 1.0))) + np.sum(v * v)

        return f

    return with_marks, np.array([at(1.5) for _ in range(n)])


def outcome(f: Callable[..., Any], x: Any) -> Any:
    try:
        return f(x)
    except (NotDifferentiable, UndecidedError) as error:
        return type(error)


def wrong(seed: int) -> str | None:
    """How a program with checkpoints differs from the same without, if it does."""
    with_marks, x = program(seed)
    plain, marked = with_marks(lambda f: f), with_marks(checkpoint)
    derivatives = (value_and_grad, lambda f: lambda x: jvp(f, (x,), (x,)), hessian, jacfwd, jacobian)
    for derivative in derivatives if seed % 2 == 0 else derivatives[:2]:
        one, other = (outcome(derivative(f), x) for f in (plain, marked))
        if isinstance(one, type) or isinstance(other, type):
            if one is not other:
                return f"{seed}: {one} without, {other} with checkpoints"
            continue
        pairs = zip(one, other, strict=True) if isinstance(one, tuple) else [(one, other)]
        if not all(np.allclose(a, b, rtol=1e-12, atol=1e-13) for a, b in pairs):
            return f"{seed}: {one} without, {other} with checkpoints"
    return None


def test_derivatives_are_the_same() -> None:
    assert [each for seed in range(60) if (each := wrong(seed))] == []


def test_forward_through_a_part_that_a_kink_hides_in() -> None:
    def part(x: Any, w: Any) -> Any:
        return np.cbrt(x) ** 3 + w, np.sqrt(w * w)

    for mark in (checkpoint, lambda f: f):

        def f(x: Any, mark: Any = mark) -> Any:
            y, v = mark(part)(x, 0.0 * x)
            return np.sum(y) + np.sum(v * v)

        assert jvp(f, (np.ones(1),), (np.ones(1),))[1] == 1.0
    assert [each for seed in (700155, 700657, 701291) if (each := wrong(seed))] == []


def test_a_part_whose_arguments_come_from_a_step() -> None:
    for seed in (700821, 702179):
        assert wrong(seed) is None


def test_structures_and_constants() -> None:
    f = checkpoint(lambda p, *, k=2.0: {"a": [p["x"] * k, 3], "b": np.stack([p["x"], p["y"]])})
    found = jacobian(lambda x: f({"x": x, "y": 1.0}, k=5.0))(2.0)
    assert found["a"] == [5.0, 0.0] and found["b"].tolist() == [1.0, 0.0]
    assert f({"x": 1.0, "y": 2.0})["a"] == [2.0, 3]
    assert grad(lambda x: checkpoint(lambda: 2.0)() * x)(3.0) == 2.0


def test_nothing_is_lost() -> None:
    with pytest.raises(UsageError, match="not among its arguments"):
        grad(lambda w: checkpoint(lambda x: x * w)(w * w))(2.0)
    for lost in (lambda x: x * math.sin(x), lambda x: float(x)):
        with pytest.raises(NotDifferentiable, match="plain number"):
            grad(checkpoint(lost))(1.0)
    with pytest.raises(NotDifferentiable, match="plain number"):
        grad(lambda w: checkpoint(lambda x: x * float(w))(w * w))(2.0)


def test_kinks() -> None:
    assert grad(checkpoint(lambda x: x * abs(x)))(0.0) == 0.0
    assert grad(lambda x: checkpoint(abs)(x) ** 2)(0.0) == 0.0
    for f in (abs, lambda x: np.where(x > 0.0, x, 2.0 * x), lambda x: x if x > 0.0 else -x):
        with pytest.raises((NotDifferentiable, UndecidedError)) as error:
            grad(checkpoint(f))(0.0)
        assert isinstance(error.value, CalcgradError)
        for forward in (
            lambda f=f: jvp(checkpoint(f), (0.0,), (1.0,)),
            lambda f=f: jacfwd(checkpoint(f))(0.0),
        ):
            with pytest.raises((NotDifferentiable, UndecidedError)):
                forward()
    assert jvp(checkpoint(lambda x: x * abs(x)), (0.0,), (1.0,))[1] == 0.0


def test_memory() -> None:
    def step(x: Any) -> Any:
        for _ in range(10):
            x = np.sin(x) * 1.01
        return x

    def peak(step: Any) -> int:
        def f(x: Any) -> Any:
            for _ in range(10):
                x = step(x)
            return np.sum(x)

        tracemalloc.start()
        grad(f)(np.ones(20_000))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(checkpoint(step)) < 0.35 * peak(step)


def test_the_graph_holds_arguments_and_results_only() -> None:
    y = checkpoint(lambda x: np.exp(np.sin(x)) * 2.0)(Variable(0.5))
    names = []
    while y.row is not None:
        names.append(y.operation)
        y = y.inputs[0]
    assert "checkpoint" in names and "sin" not in names


def test_runs_are_counted() -> None:
    step = checkpoint(lambda x: np.sin(x) * x)

    def loop(x: Any) -> Any:
        for _ in range(10):
            x = step(x)
        return x

    grad(loop)(1.0)
    assert step.runs == 20  # forward, and again on the way back
    step(1.0)
    assert step.runs == 21


if __name__ == "__main__":
    print(*filter(None, map(wrong, range(int(sys.argv[1])))), sep="\n")
