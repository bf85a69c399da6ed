"""What is changed in place after it was recorded: the derivative is that of the numbers that were used, or refused.

    python tests/autodiff/test_constants.py 5000   # so many random programs

The truth is NumPy's own: the same program on plain numbers, differentiated by differences.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import Variable, grad, gradient, jacobian, jvp, vjp
from calcgrad.autodiff import constants as holding
from calcgrad.errors import UsageError

Change = Callable[[Any], Any]


def _assign(index: Any) -> Change:
    def change(b: Any) -> None:
        b[index] = 0.5

    return change


def _shuffled(b: Any) -> None:
    np.random.default_rng(0).shuffle(b)


def _through(view: Callable[[Any], Any]) -> Change:
    def change(b: Any) -> None:
        np.multiply(view(b), 3.0, out=view(b))

    return change


CHANGES: list[Change] = [
    lambda b: np.multiply(b, 2.0, out=b),
    lambda b: np.add(b, 1.0, out=b),
    lambda b: b.fill(3.0),
    lambda b: b.sort(),
    lambda b: b.__setitem__(slice(None), b[::-1].copy()),
    lambda b: b.__setitem__([0, 1], b[[1, 0]]),
    lambda b: np.copyto(b, 1.5),
    lambda b: np.put(b, [1], -1.0),
    lambda b: b.partition(1),
    lambda b: b.view(np.uint64).__ixor__(np.uint64(1) << np.uint64(51)),
    _assign(0),
    _assign(slice(None, None, 2)),
    _assign(-1),
    _shuffled,
    _through(lambda b: b[1:]),
    _through(lambda b: b.reshape(-1, 1).T),
    _through(lambda b: np.asarray(memoryview(b))),
]
USES: list[Callable[[Any, Any], Any]] = [
    lambda x, b: x * b,
    lambda x, b: b * x,
    lambda x, b: np.sin(x + b) * x,
    lambda x, b: x / (b + 9.0) * b,
    lambda x, b: np.power(1.0 + x * x, b),
    lambda x, b: np.where(b > 1.0, x, x * x),
    lambda x, b: np.dot(x, b) * x,
    lambda x, b: np.convolve(x, b, "same"),
    lambda x, b: np.einsum("i,i->i", x, b),
    lambda x, b: np.sum(np.stack([x, b]) ** 2, axis=0),
    lambda x, b: np.concatenate([b, x])[1 : 1 + np.size(b)] * x,
    lambda x, b: x * b[::-1],
    lambda x, b: np.interp(x, np.arange(9.0), np.resize(b, 9)) * x,
    lambda x, b: np.outer(b, x) @ x,
    lambda x, b: np.linalg.solve(np.diag(b + 7.0), x),
]


def program(seed: int) -> tuple[Callable[[Any], Any], Any]:
    """A function that changes arrays which it has used, and a point. The same numbers at every call."""
    choose = random.Random(seed)
    n = choose.choice((3, 4, 5))
    start = np.array([choose.uniform(0.5, 2.0) for _ in range(n)])
    order = np.array(choose.choices(range(n), k=n))
    steps = [
        (choose.choice(USES), choose.choice(CHANGES), choose.random() < 0.3)
        for _ in range(choose.randint(1, 4))
    ]

    def f(x: Any) -> Any:
        b, index, wanted, places = start.copy(), order.copy(), start > 1.0, [*map(int, order)]
        total, y = 0.0, x
        for use, change, picks in steps:
            y = use(y, b)
            if picks:
                y = y[index] + np.where(wanted, y, 2.0 * y) + np.take(y, places)
                index[:] = 0
                wanted[:] = ~wanted
                places[0] = n - 1
            change(b)
            y = y / (1.0 + 0.01 * np.sum(y * y))
            total = total + np.sum(y * b)
        return total

    return f, np.array([choose.uniform(0.5, 2.0) for _ in range(n)])


def slopes(f: Callable[[Any], Any], x: Any) -> Any:
    """By differences with two steps; NaN where they do not agree, near a kink."""
    found = []
    for unit in np.eye(x.size):
        far, near = ((f(x + h * unit) - f(x - h * unit)) / (2 * h) for h in (3e-5, 1e-5))
        found.append(near if abs(near - far) < 1e-7 * (1.0 + abs(near)) else np.nan)
    return np.array(found)


def wrong(seed: int) -> str | None:
    """What is wrong with the gradient of one random program, if there is one."""
    f, x = program(seed)
    truth = slopes(f, x)
    if not np.all(np.isfinite(truth)):
        return None
    point = x.copy()
    _, pull = vjp(f, point)
    point *= 0.0
    for found in (grad(f)(x), pull(1.0)[0]):
        if not np.allclose(found, truth, rtol=1e-6, atol=1e-7 * (1.0 + abs(float(f(x))))):
            return f"{seed}: {found}, not {truth}"
    return None


def test_the_numbers_that_were_used_count() -> None:
    assert [each for seed in range(250) if (each := wrong(seed))] == []


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("size", [20_000, 300_001])
def test_a_change_of_a_large_array_is_seen(change: Change, size: int) -> None:
    b = np.linspace(2.0, 1.0, size)

    def f(x: Any) -> Any:
        y = x * b
        change(b)
        return np.sum(y)

    with pytest.raises(UsageError, match=r"changed in place.*b = b \* 2"):
        grad(f)(1.5)
    for derivative in (
        lambda x: vjp(lambda v: np.sum(v * v), x)[1],
        lambda x: np.sum(np.square(Variable(x))).backward,
    ):
        x = np.linspace(2.0, 1.0, size)
        pull = derivative(x)
        change(x)
        with pytest.raises(UsageError, match="changed in place"):
            pull(1.0)


def test_every_operator_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "_SMALL", 0)
    b = np.ones(3)

    def f(x: Any) -> Any:
        y = x * b
        b[1] += 1.0
        return y

    x = np.arange(3.0)
    for attempt in (lambda: jacobian(f)(x), lambda: jvp(f, (x,), (x,)), lambda: vjp(f, x)[1](x)):
        with pytest.raises(UsageError, match="changed in place"):
            attempt()


def test_what_nobody_can_change_is_held_as_it_is() -> None:
    b = np.ones(100_000)
    b.setflags(write=False)
    y = Variable(2.0) * b
    assert y.inputs[1] is b and y.held is None
    c = np.ones(100_000)
    shown = c[1:]
    shown.setflags(write=False)  # c may still be written to
    assert (Variable(2.0) * shown).held is not None


def test_values_of_the_graph_are_read_only_and_results_are_not() -> None:
    x = Variable(np.ones(3))
    y = x * 2.0
    for value in (x.value, y.value, y[1:].value, np.reshape(y, (3, 1)).value):
        with pytest.raises(ValueError, match="read-only"):
            value[0] = 5.0
    for own in (*gradient(np.sum(y * y), targets=[x]), vjp(lambda v: v * 2.0, np.ones(3))[0]):
        own[0] = 5.0
    value, slope = jvp(lambda v: v * 2.0, (np.ones(3),), (np.ones(3),))
    value[0] = slope[0] = 5.0
    given = np.ones(3)
    leaf = Variable(given)
    given[0] = 7.0
    assert leaf.value[0] == 1.0


if __name__ == "__main__":
    print(*filter(None, map(wrong, range(int(sys.argv[1])))), sep="\n")
