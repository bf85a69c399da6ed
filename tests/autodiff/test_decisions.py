"""Programs that look at their numbers: an ``if``, a mask, a place; even where nothing of it is left in the result.

    python tests/autodiff/test_decisions.py 5000   # so many random programs

They are linear wherever no element is zero or equal to another. So is each of the 26 directions of whole numbers in
a cell of its own, or between cells, and with steps of a power of two their slopes are exact.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from calcgrad.autodiff import grad, jacobian
from calcgrad.errors import NotDifferentiable, UndecidedError

STEP = 2.0**-10
DIRECTIONS = [np.array(d) for d in product((-1, 0, 1), repeat=3) if any(d)]
TRUTHS: list[Callable[[Any, int, int], Any]] = [
    lambda v, i, j: v[i] > 0,
    lambda v, i, j: v[i] >= v[j],
    lambda v, i, j: np.any(v > 0),
    lambda v, i, j: np.all(v >= v[i]),
    lambda v, i, j: np.argmax(v) == i,
    lambda v, i, j: np.count_nonzero(v) > j,
    lambda v, i, j: len(v[v > 0]) > i,
    lambda v, i, j: np.sign(v[i]) == np.sign(v[j]),
]
PARTS: list[Callable[[Any, int, int], Any]] = [
    lambda v, i, j: np.sum(v[v > 0]),
    lambda v, i, j: np.sum(v[v >= v[i]]),
    lambda v, i, j: np.sum(v[v > 0][j:]),
    lambda v, i, j: (2.0 * v[v >= v[i]]).size * v[j],
    lambda v, i, j: np.shape(np.sort(v[v > 0]))[0] * v[i] + np.sum(np.ones_like(v[v < 0] + 1.0)) * v[j],
    lambda v, i, j: np.sum(v[np.nonzero(v > 0)]),
    lambda v, i, j: np.sum(np.compress(v > 0, v)),
    lambda v, i, j: np.sum(np.extract(v < v[i], v)),
    lambda v, i, j: sum(z for z in v if z > 0),
    lambda v, i, j: np.sum((i * v)[v == np.max(v)]),
    lambda v, i, j: (j * v)[np.argmax(v)],
    lambda v, i, j: np.take(v - v[i], np.argmin(v)),
    lambda v, i, j: v[::-1][np.argsort(v)[j]],
    lambda v, i, j: np.sum(v[np.argsort(v)[1:]]),
    lambda v, i, j: np.array([1.0, 2.0, 2.0])[np.argmax(v)] * v[i],
    lambda v, i, j: np.sum(v * (v > v[i])),
    lambda v, i, j: np.sum(np.where(v > 0, v[i], v)),
    lambda v, i, j: (lambda z: z[np.argmax(z)])(np.sign(v) / 2 + j),
    lambda v, i, j: (lambda z: z[np.argsort(z)][i])(np.stack([(v[j] > 0) - 0.5, v[i], v[0]])),
    lambda v, i, j: v[int(np.sign(v[j]) + 1.5) % 3],
    lambda v, i, j: v[i] if np.sign(v[j]) + 1 else v[j],
    lambda v, i, j: v[np.count_nonzero(np.sign(v) + 2) - 1] + v[np.digitize(np.sign(v[j]), [-0.5])],
    lambda v, i, j: v[i],
    lambda v, i, j: v[0] * 0,
]


def program(seed: int) -> tuple[Callable[[Any], Any], Any]:
    """A sum of such parts, or one of two as a truth says; and a point with ties."""
    choose = random.Random(seed)
    terms = [
        (choose.choice(PARTS), choose.randrange(3), choose.randrange(3)) for _ in range(choose.randint(2, 3))
    ]
    truth, i, j = choose.choice(TRUTHS), choose.randrange(3), choose.randrange(3)
    branches = choose.random() < 0.5

    def f(v: Any) -> Any:
        one, *rest = (part(v, i, j) for part, i, j in terms)
        if branches:
            return one if truth(v, i, j) else rest[0]
        return one + rest[0]

    return f, np.array([float(choose.choice((-1, 0, 0, 1))) for _ in range(3)])


def judged(seed: int) -> tuple[str, str]:
    """The verdict on one random program: right, wrong or undecided, and why."""
    f, x = program(seed)
    changes = [float(f(x + STEP * d) - f(x)) for d in DIRECTIONS]
    jumps = any(abs(change) > 0.1 for change in changes)
    slopes = np.array(changes) / STEP
    expected = np.linalg.lstsq(np.array(DIRECTIONS), slopes, rcond=None)[0]
    smooth = not jumps and np.allclose(np.array(DIRECTIONS) @ expected, slopes, atol=1e-9)
    derive = jacobian(f) if seed % 5 == 0 else grad(f)
    try:
        found = derive(x)
    except NotDifferentiable as error:
        return ("wrong", f"{seed}: {error}, but it is {expected}") if smooth else ("right", "no")
    except UndecidedError as error:
        return "undecided", str(error)
    if not smooth or not np.allclose(found, expected, atol=1e-9):
        return "wrong", f"{seed}: {found}, not {expected if smooth else 'differentiable'}"
    return "right", "yes"


def test_decisions_are_remembered() -> None:
    verdicts = [judged(seed) for seed in range(400)]
    assert [why for verdict, why in verdicts if verdict == "wrong"] == []
    assert sum(verdict == "right" for verdict, _ in verdicts) > 70


def test_a_decision_on_another_argument() -> None:
    for f in (
        lambda x, y: 2 * x if y > 0 else 3 * x,
        lambda x, y: x if np.abs(y) > 0 else x * x,
        lambda x, y: x * x if np.sign(y) == 1 else 3 * x,
    ):
        for derive in (grad, jacobian):
            try:
                derive(f, (0, 1))(1.0, 0.0)
            except (UndecidedError, NotDifferentiable):
                continue
            raise AssertionError(
                f"{derive} of a program that branches on its second argument, at the boundary"
            )


if __name__ == "__main__":
    verdicts = [judged(seed) for seed in range(int(sys.argv[1]))]
    print(*(why for verdict, why in verdicts if verdict == "wrong"), sep="\n")
    print(Counter(verdict for verdict, _ in verdicts))
