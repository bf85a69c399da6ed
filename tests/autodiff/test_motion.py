"""Corners that are met exactly but do not matter: dead units, zero rows, squares. And those that do.

    python tests/autodiff/test_motion.py 5000   # so many random programs

Programs of whole numbers, polynomials and corners run on fractions too: their one-sided slopes are the truth.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from calcgrad.autodiff import Variable, grad
from calcgrad.autodiff.walk import Walk, nodes
from calcgrad.errors import NotDifferentiable, UndecidedError

H = Fraction(1, 10**40)
BENDS: list[Callable[[Any], Any]] = [
    lambda z: np.maximum(z, 0),
    np.abs,
    lambda z: np.minimum(z, 1),
    lambda z: np.clip(z, 0, 2),
    lambda z: np.maximum(z, z[::-1]),
    lambda z: np.where(z > 0, z, -2 * z),
    lambda z: np.where(z > 1, z * z, 2 * z - 1),
]
ENDS: list[Callable[[Any, Any], Any]] = [
    lambda h, w: np.sum(h * w),
    lambda h, w: np.sum(h * h * w),
    lambda h, w: np.sum(h) * np.sum(h * w),
    lambda h, w: np.sum(h * h[::-1]),
    lambda h, w: np.dot(h, w) ** 2,
    lambda h, w: np.sum(np.maximum(h * h, w * h)),
    lambda h, w: h[0] * w[0] - h[-1] * h[-1],
]


def program(seed: int) -> tuple[Callable[[Any], Any], Any]:
    """A small network on whole numbers, many of them zero, and a point of whole numbers."""
    choose = random.Random(seed)

    def whole(*shape: int) -> Any:
        return np.reshape(
            [choose.choice((-2, -1, 0, 0, 0, 1, 1, 2)) for _ in range(int(np.prod(shape)))], shape
        )

    n = choose.randint(1, 3)
    layers = [(whole(n, n), whole(n), choose.choice(BENDS)) for _ in range(choose.randint(1, 3))]
    end, w = choose.choice(ENDS), whole(n)
    outer = choose.random() < 0.4
    rows = (
        whole(2, n) if choose.random() < 0.4 else None
    )  # then the weights are what moves, and data have zero rows

    def f(x: Any) -> Any:
        total: Any = 0
        whole = np.array(0).astype(object if x.dtype == object else int)  # Python's integers for fractions
        for row in [x] if rows is None else rows + whole:
            h = row if rows is None else row * x
            for a, b, bend in layers:
                h = bend((a + whole) @ h + (b + whole if outer else 0))
            total = total + end(h, w + whole)
        return total

    return f, whole(n)


def wrong(seed: int) -> str | None:
    """What is wrong with the verdict on one random program, if anything is."""
    f, x = program(seed)
    at = np.array([Fraction(int(v)) for v in x])
    directions = [*np.eye(x.size, dtype=int), *np.random.default_rng(seed).integers(-5, 6, (6, x.size))]

    def slope(d: Any) -> Fraction:
        return Fraction(f(at + H * d) - f(at)) / H

    truth = [(d, slope(d), -slope(-d)) for d in directions]
    partial = [up for _, up, _ in truth[: x.size]]
    first = np.array([float(up) for up in partial])

    def agree(d: Any, up: Fraction, down: Fraction) -> bool:
        return abs(up - down) < 1e-20 and abs(up - sum(s * int(t) for s, t in zip(partial, d))) < 1e-20

    smooth = all(agree(*each) for each in truth)
    try:
        found = grad(f)(x.astype(float))
    except NotDifferentiable:  # what is refused may bend in a narrow cone only
        more = np.random.default_rng(seed).integers(-20, 21, (200, x.size))
        smooth = smooth and all(agree(d, slope(d), -slope(-d)) for d in more)
        return f"{seed}: refused, but it is {first}" if smooth else None
    except UndecidedError:
        return None
    if not smooth:
        return f"{seed}: {found}, but there are {[(list(d), float(u), float(v)) for d, u, v in truth]}"
    return None if np.allclose(found, first, rtol=1e-12, atol=1e-12) else f"{seed}: {found}, not {first}"


SEPARATE = [bend for i, bend in enumerate(BENDS) if i != 4]  # of one element each


def independent(seed: int) -> str | None:
    """What is wrong with the verdict on many corners, each in one input, of which some or all have no weight."""
    rng, choose = np.random.default_rng(seed), random.Random(seed)
    n = choose.randint(30, 60)
    x, scale = rng.integers(-1, 3, n), rng.choice((-2, -1, 1, 2), n)
    bends = [choose.choice(SEPARATE) for _ in range(3)]

    def h(z: Any, s: Any) -> Any:
        return bends[0](s * bends[1](z)) + bends[2](s * z)

    shares = [h(np.array([int(z) + k * H for k in (0, 1, -1)]), int(s)) for z, s in zip(x, scale)]
    up = np.array([float((b - a) / H) for a, b, _ in shares])
    down = np.array([float((a - c) / H) for a, _, c in shares])
    bent = np.abs(up - down) > 1e-20
    w = np.where(bent, 0.0, rng.integers(1, 4, n))
    if corner := choose.random() < 0.5 and bool(np.any(bent)):
        w[choose.choice(np.flatnonzero(bent).tolist())] = 1.0
    mixed = np.eye(n) + (rng.random((n, n)) < 0.1)  # what follows mixes them
    try:
        found = grad(lambda v: np.sum(mixed @ (w * h(v, scale))))(x.astype(float))
    except NotDifferentiable:
        return None if corner else f"{seed}: refused"
    except UndecidedError as error:
        return f"{seed}: {error}"
    expected = np.sum(mixed, axis=0) * w * up
    return (
        f"{seed}: {found}, not {expected}" if corner or not np.allclose(found, expected, atol=1e-12) else None
    )


def test_many_corners_in_one_input_each() -> None:
    assert [each for seed in range(40) if (each := independent(seed))] == []


def test_corners_are_told_from_those_that_matter() -> None:
    assert [each for seed in range(150) if (each := wrong(seed))] == []


def test_what_does_not_matter_needs_no_closer_look() -> None:
    data = np.array([[1.0, 2.0], [0.0, 0.0], [3.0, -1.0]])
    dead = np.array([[1.0, -1.0], [0.0, 0.0]])
    for f, x in (
        (lambda w: np.sum(np.maximum(data @ w, 0.0)), np.array([1.0, 0.5])),  # a sample of zeros
        (lambda v: np.sum(np.maximum(dead @ v, 0.0)), np.array([1.0, 0.5])),  # a unit that is dead
        (lambda v: np.sum(np.maximum(v, 0.0) ** 2), np.array([0.0, -1.0, 2.0])),
        (lambda v: np.sum(v * np.abs(v)), np.zeros(3)),
    ):
        v = Variable(x)
        root = f(v)
        walk = Walk(root, 1.0, nodes(root), [v])
        walk.run()
        assert not walk.suspicious


if __name__ == "__main__":
    for judge in (wrong, independent):
        print(*filter(None, map(judge, range(int(sys.argv[1])))), sep="\n")
