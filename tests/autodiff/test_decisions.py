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
import pytest

from calcgrad.autodiff import grad, jacobian
from calcgrad.autodiff.functions import asec, root
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


# Functions of x whose domain ends at 0, each with a value there; beyond it NumPy has nan, which is no number.
ENDS: list[Callable[[Any], Any]] = [
    lambda x: np.sqrt(x),
    lambda x: np.sqrt(-x),
    lambda x: np.arcsin(1.0 + x) - 1.0,
    lambda x: np.arccos(x - 1.0),
    lambda x: np.arccosh(1.0 - x),
    lambda x: x**1.5,
    lambda x: np.float_power(-x, 0.25),
    lambda x: np.sqrt(x * x + x),
    lambda x: np.sqrt(np.minimum(x, 1.0)),
    lambda x: asec(1.0 + x),
    lambda x: root(x, 4.0),
]
# What a number decides, as a function that is x, 2x or 3x on either side of 0.
DECIDED: list[Callable[[Any, Any], Any]] = [
    lambda u, x: np.where(u > -3, x, 2 * x),
    lambda u, x: np.where(u == u, x, 2 * x),
    lambda u, x: x if u < 9 else 2 * x,
    lambda u, x: np.where(np.isnan(u), x, 2 * x),
    lambda u, x: np.where((u > -3) & (x < 7), x, 2 * x),
    lambda u, x: np.sum(np.stack([x, 2 * x]) * (np.stack([u, x + 1]) > -3)),
    lambda u, x: np.sum(np.stack([x, 2 * x])[np.stack([u, x + 1]) > -3]),
    lambda u, x: np.max(np.stack([u, 4 + x])),
    lambda u, x: np.sort(np.stack([u, 5 + x, x - 9]))[2],
    lambda u, x: np.median(np.stack([u, 5 + x, x - 9])),
    lambda u, x: np.stack([x, 2 * x, 3 * x])[np.argmax(np.stack([u, 4 + x]))],
    lambda u, x: np.stack([x, 2 * x, 3 * x])[np.argsort(np.stack([u, 4 + x]))[0]],
    lambda u, x: x * np.sign(u + 5),
    lambda u, x: x * np.round(u + 5.3),
    lambda u, x: x * np.searchsorted([-4.0, 4.0], u),
    lambda u, x: x * np.count_nonzero(u + 5 > 0),
    lambda u, x: x + x * np.nan_to_num(np.sign(u + 5)),
    lambda u, x: 2 * x if np.any(u + 5 > 0) else x,
    lambda u, x: 2 * x if np.isfinite(u) else x,
]


def test_what_a_number_decides_at_the_end_of_its_domain_is_open() -> None:
    answered = 0
    for end, decided in list(product(ENDS, DECIDED))[::3]:

        def f(x: Any, end: Any = end, decided: Any = decided) -> Any:
            return decided(end(x), x)

        with np.errstate(invalid="ignore"):
            left, right = ((float(f(np.float64(h))) - float(f(np.float64(0.0)))) / h for h in (-STEP, STEP))
        try:
            found = grad(f)(0.0)
        except (NotDifferentiable, UndecidedError):
            continue
        answered += 1
        assert found == left == right
    assert answered < 10  # most of them differ


def test_a_number_that_cannot_leave_a_domain_decides_as_any_other() -> None:
    inside: list[Callable[[Any], Any]] = [
        lambda v: np.sqrt(np.sum(v**2)),
        lambda v: np.sqrt(v[0] * v[0] + v[1] * v[1]),
        lambda v: np.sqrt((v[0] - v[1]) * (v[0] - v[1])),
        lambda v: np.sqrt(v @ v),
        lambda v: np.std(v),
        lambda v: np.sqrt(np.mean(np.square(v - np.mean(v)))),
        lambda v: np.linalg.norm(v),
        lambda v: np.arccos(np.clip(1.0 + v[0], -1.0, 1.0)),
        lambda v: np.sqrt(np.maximum(v[0], 0.0)),
        lambda v: np.sqrt(np.abs(v[0]) / 2.0 - 3.0 * np.minimum(np.sin(v[1]), 0.0) * np.exp(v[1])),
        lambda v: np.abs(v[0]) ** 0.5,
        lambda v: np.arcsin(np.tanh(v[0]) * 0.5 + 0.5 * np.cos(v[1])),
        lambda v: np.sqrt(1.0 - np.sin(np.pi / 2.0 + v[0])),
    ]
    for u in inside:
        assert grad(lambda v, u=u: np.sum(v) if u(v) < 9.0 else v[0])(np.zeros(2)).tolist() == [1.0, 1.0]
        assert grad(lambda v, u=u: np.sum(np.where(u(v) < 9.0, v, 0.0)))(np.zeros(2)).tolist() == [1.0, 1.0]


# Arrays whose length a comparison at its boundary decides, and what else than their elements tells it.
LENGTHS: list[Callable[[Any, Any], Any]] = [
    lambda c, t: np.sum(np.full_like(c, 2.0)) * t,
    lambda c, t: np.sum(np.full_like(c, t)),
    lambda c, t: np.sum(np.broadcast_arrays(t, c)[0]),
    lambda c, t: np.sum(np.meshgrid(np.stack([t, t]), c)[0]),
    lambda c, t: len(np.tril_indices_from(np.outer(c, c))[0]) * t,
    lambda c, t: np.sum(np.isreal(c)) * t,
    lambda c, t: np.sum(np.isneginf(c) + 1) * t,
    lambda c, t: (c > 1.0).size * t,
    lambda c, t: len(c + 1j) * t,
    lambda c, t: (c.imag + 1.0).sum() * t,
    lambda c, t: np.sum(np.zeros_like(c) + 1) * t,
    lambda c, t: np.sum((c + 0.5).astype(int) * 0 + 1) * t,
]


def test_how_many_a_boundary_has_chosen_is_no_constant() -> None:
    for told in LENGTHS:
        for mask in (lambda v: v[v > 0], lambda v: v[np.nonzero(v >= 0)], lambda v: np.compress(v > 0, v)):
            with pytest.raises((NotDifferentiable, UndecidedError)):
                grad(lambda v, mask=mask, told=told: told(mask(v), v[1]))(np.array([0.0, 1.0, 2.0]))
        assert grad(lambda v, told=told: told(v[v > 0], v[1]))(np.array([-1.0, 1.0, 2.0]))[1] > 0


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
