"""Every way to a derivative looks at the same kinks: backward, forward, rows, columns, nested, under a checkpoint.

    python tests/autodiff/test_modes.py 5000   # so many random programs

The programs decide by what parts of them made at their kinks, in numbers that are no longer at one. What the plain
gradient or Hessian says, every other way must say.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from calcgrad import checkpoint
from calcgrad.autodiff import Variable, grad, hessian, hvp, jacfwd, jacobian, jvp, vjp
from calcgrad.autodiff.functions import relu
from calcgrad.autodiff.replay import Replay
from calcgrad.errors import NotDifferentiable, UndecidedError

MADE: list[Callable[[Any], Any]] = [
    np.sign,
    lambda v: np.floor(v + 1.0),
    lambda v: np.where(v > 0, 1.0, 2.0),
    lambda v: v * np.abs(v),
    lambda v: np.sqrt(v * v),
    lambda v: np.linalg.norm(v) * v,
    lambda v: np.linalg.norm(v) ** 2 + v,
    lambda v: np.sort(v)[::-1],
    lambda v: np.stack([z if z > 0 else -2.0 * z for z in v]),
    lambda v: np.max(v) - v,
    lambda v: relu(v) * v,
    lambda v: np.sqrt(np.abs(v) ** 3) + v,
    lambda v: v[np.argsort(v)],
    lambda v: np.clip(v, 0.0, 1.0),
    lambda v: np.exp(np.abs(v) * v) - v,
    lambda v: np.sin(v) * np.cumsum(v),
    lambda v: np.where(v == 0, 1.0, np.sin(v) / v),
    lambda v: v.sum() * np.ones(3) if v[0] > v[1] else v,
    lambda v: np.minimum(v, v[::-1]) + np.maximum(v, v[::-1]),
]
USED: list[Callable[[Any, Any], Any]] = [
    lambda u, v: np.sum(u * v),
    lambda u, v: np.sum(np.where(u > 0.3, v, v * v)),
    lambda u, v: v[0] if u[0] > -0.4 else 2.0 * v[0],
    lambda u, v: np.sum(np.floor(u + 0.4)) + v[1],
    lambda u, v: np.sum(u * u) * v[2] + v[0],
    lambda u, v: np.sum((v * v)[np.argsort(u + np.array([0.3, 0.0, 0.1]))] * np.arange(3.0)),
    lambda u, v: v[np.count_nonzero(u > -0.4) - 1],
    lambda u, v: np.dot(u, u) + np.dot(v, u),
    lambda u, v: int(u[0] + 0.5) * v[1] + u[2] ** 2,
]


def program(seed: int) -> tuple[Callable[[Callable[..., Any]], Callable[[Any], Any]], Any]:
    """A sum of things that are made and used; with what marks the parts. And a point with zeros and ties."""
    choose = random.Random(seed)
    terms = [(choose.choice(MADE), choose.choice(USED), choose.random()) for _ in range(choose.randint(1, 2))]
    twice = choose.random() < 0.3

    def marked(mark: Callable[..., Any]) -> Callable[[Any], Any]:
        def f(v: Any) -> Any:
            total = 0.0 * v[0]
            for made, used, c in terms:
                u = mark(made)(v)
                u = mark(made)(u) if twice else u
                total = total + (mark(used) if c < 0.3 else used)(u, v)
            return total

        return f

    return marked, np.array([choose.choice((0.0, 0.0, 0.25, -0.75)) for _ in range(3)])


def slope_by_backward(f: Callable[[Any], Any], x: Any) -> Any:
    leaf = Variable(x)
    f(leaf).backward()
    return leaf.grad


def several(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """So many results that their rows go back side by side."""
    return lambda v: np.stack([f(v) * c for c in (1.0, 2.0, 0.0, -1.0, 3.0, 0.5)])


E = np.eye(3)
FIRST: dict[str, Callable[[Any, Any], Any]] = {
    "grad": lambda f, x: grad(f)(x),
    "backward": slope_by_backward,
    "vjp": lambda f, x: vjp(f, x)[1](-2.0)[0] / -2.0,
    "moving seed": lambda f, x: jacobian(lambda s: vjp(f, x)[1](s)[0])(0.0),
    "jvp": lambda f, x: np.array([jvp(f, (x,), (e,))[1] for e in E]),
    "jacobian": lambda f, x: jacobian(f)(x),
    "jacfwd": lambda f, x: jacfwd(f)(x),
    "rows": lambda f, x: jacobian(several(f))(x)[0],
    "columns": lambda f, x: jacfwd(several(f))(x)[0],
    "whole": lambda f, x: grad(checkpoint(f))(x),
}
SECOND: dict[str, Callable[[Any, Any], Any]] = {
    "hessian": lambda f, x: hessian(f)(x),
    "jacfwd of jacfwd": lambda f, x: jacfwd(jacfwd(f))(x),
    "jacfwd of grad": lambda f, x: jacfwd(grad(f))(x),
    "jacobian of jacfwd": lambda f, x: jacobian(jacfwd(f))(x),
    "hvp": lambda f, x: np.array([hvp(f, x, e) for e in E]),
    "jvp of grad": lambda f, x: np.array([jvp(grad(f), (x,), (e,))[1] for e in E]),
    "grad of jvp": lambda f, x: np.array([grad(lambda y, e=e: jvp(f, (y,), (e,))[1])(x) for e in E]),
}


def said(way: Callable[[Any, Any], Any], f: Callable[[Any], Any], x: Any) -> Any:
    """An array, or "no", or "undecided"."""
    try:
        return np.asarray(way(f, x), float)
    except NotDifferentiable:
        return "no"
    except UndecidedError:
        return "undecided"


def judged(seed: int, number: int, orders: Any = (FIRST, SECOND)) -> list[tuple[str, str]]:
    """For the plain way and so many others, drawn: right, wrong or undecided, and what was said."""
    marked, x = program(seed)
    draw = random.Random(seed)
    found = []
    for ways in orders:
        first, *others = ways.items()
        both = [(name, way, mark) for name, way in (first, *others) for mark in (False, True)]
        expected = said(first[1], marked(lambda f: f), x)
        for name, way, mark in draw.sample(both[1:], min(number, len(both) - 1)):
            answer = said(way, marked(checkpoint if mark else lambda f: f), x)
            if isinstance(answer, str) and isinstance(expected, str):
                verdict = "right"
            elif isinstance(answer, str) and answer == "undecided" and mark:
                verdict = "undecided"
            elif isinstance(answer, str) or isinstance(expected, str):
                verdict = "wrong"
            else:
                same = np.allclose(answer, expected, rtol=1e-9, atol=1e-11)
                verdict = "right" if same else "wrong"
            marks = "in parts, " if mark else ""
            found.append((verdict, f"{seed}: {marks}{name}: {answer}, not {expected}"))
    return found


def test_every_way_says_the_same() -> None:
    verdicts = [
        each for seed in range(12) for each in judged(seed, 1, (SECOND,) if seed % 6 == 0 else (FIRST,))
    ]
    assert [why for verdict, why in verdicts if verdict == "wrong"] == []
    assert sum(verdict == "undecided" for verdict, _ in verdicts) <= len(verdicts) / 10


POLES: list[Callable[[Any], Any]] = [
    lambda x: 1.0 / x,
    np.log,
    lambda x: np.arctan(2.0 / x),
    lambda x: np.tanh(x**-1.0),
    lambda x: np.exp(-1.0 / (x * x)),
    lambda x: np.log1p(x - 1.0) * 0.5,
    lambda x: np.arctanh(1.0 - np.sqrt(x)),
    lambda x: np.mod(2.0, x),
    lambda x: np.sin(x) / x,
]
HIDES: list[Callable[[Any, Any], Any]] = [
    lambda u, x: np.where(u > 0.5, x, 2.0 * x),
    lambda u, x: np.sign(u) + x,
    lambda u, x: np.floor(np.arctan(u)) + x,
    lambda u, x: np.heaviside(u, 0.5) * x,
    lambda u, x: np.minimum(u, 3.0) + np.maximum(u, -3.0) + x,
    lambda u, x: np.clip(u, -1.0, 1.0) * x + x,
    lambda u, x: np.where((u < 0.25) & (x < 1.0), x * x, x),
]
IN_ARRAYS: list[Callable[[Any, Any], Any]] = [
    lambda u, x: x if u > 0.5 else 2.0 * x,
    lambda u, x: x if np.isfinite(u) else 2.0 * x,
    lambda u, x: np.nan_to_num(u, posinf=1.0, neginf=1.0) + x,
    lambda u, x: np.nansum(np.stack([0.0 * u, x])),
    lambda u, x: np.stack([x, 2.0 * x, 3.0])[np.argmax(np.stack([u, 3.0 + x, 0.0]))],
    lambda u, x: np.sort(np.stack([u, 3.0 + x, 4.0]))[1],
    lambda u, x: np.median(np.stack([u, 3.0 + x, 4.0])),
    lambda u, x: np.count_nonzero(np.stack([u, x + 1.0]) > 0.5) * x,
]


def test_nothing_hides_a_pole() -> None:
    ways = (
        grad,
        jacobian,
        jacfwd,
        lambda f: lambda x: jvp(f, (x,), (1.0,))[1],
        lambda f: grad(checkpoint(f)),
    )
    for (i, pole), hide in product(enumerate(POLES), (*HIDES, *IN_ARRAYS)):

        def f(x: Any, pole: Any = pole, hide: Any = hide) -> Any:
            return hide(pole(x), x)

        way = ways[i % len(ways)]
        with pytest.raises((NotDifferentiable, UndecidedError)):
            way(f)(0.0)
        if hide in HIDES:
            table = Replay(f)(np.array([0.0, 0.3]))
            assert np.isnan(table.slopes[0][0]), (i, hide)
            assert table.slopes[0][1] == pytest.approx(grad(f)(0.3))
        h = 2.0**-20
        assert way(f)(0.3) == pytest.approx(float(f(0.3 + h) - f(0.3 - h)) / (2 * h), rel=1e-6)


def test_a_condition_that_stands_still() -> None:
    def f(x: Any, y: Any) -> Any:
        return np.where((x > 0.0) & (y >= 0.0), x, y) + abs(y)

    for derive in (grad, jacobian, jacfwd):
        assert derive(lambda x: f(x, 0.0))(2.0) == 1.0
        with pytest.raises(NotDifferentiable, match=r"corner|jump"):
            derive(lambda y: f(2.0, y))(0.0)
    assert grad(lambda v: grad(lambda x: x * x * (v > 0.0) + np.where(v > 0.0, x, x))(2.0) * v**2)(0.0) == 0.0


def test_a_seed_that_moves_and_is_zero_here() -> None:
    def f(x: Any) -> Any:
        return np.sqrt(x**4) + x

    for s in (0.0, 2.0):
        assert grad(lambda s: vjp(f, 0.0)[1](s)[0])(s) == 1.0
        with pytest.raises(NotDifferentiable, match="corner"):
            grad(lambda s: vjp(abs, 0.0)[1](s)[0])(s)


if __name__ == "__main__":
    counts: Counter[str] = Counter()
    for number in range(int(sys.argv[1])):
        for verdict, why in judged(number, 40):
            counts[verdict] += 1
            if verdict == "wrong":
                print(why, flush=True)
    print(counts)
