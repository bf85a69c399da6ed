"""lstsq and pinv of well and badly conditioned matrices, against rational arithmetic that is exact.

python tests/autodiff/test_least_squares.py 5000   # so many random problems
"""

from __future__ import annotations

import random
import sys
from typing import Any

import flint
import numpy as np
import pytest

from calcgrad.autodiff import grad, jacobian, value_and_grad
from calcgrad.errors import NotDifferentiable

Q = flint.fmpq
H = Q(1) / 2**200  # the error of a central difference is of its square


def exact(a: Any) -> Any:
    """Doubles as the rational numbers that they are."""
    return flint.fmpq_mat([[Q(*map(int, float(x).as_integer_ratio())) for x in row] for row in a])


def moved(a: Any, d: Any, h: Any) -> Any:
    return exact(a) + h * exact(d)


def inverse(a: Any) -> Any:
    """The pseudoinverse of a matrix of full rank."""
    t = a.transpose()
    return (t * a).inv() * t if a.nrows() >= a.ncols() else t * (a * t).inv()


def weighed(a: Any, w: Any) -> Any:
    return sum((x * y for x, y in zip(a.entries(), w.entries(), strict=True)), Q(0))


def matrix(choose: random.Random, kind: str) -> Any:
    n = choose.randint(1, 6)
    m = {"tall": n + choose.randint(1, 9), "square": n, "wide": choose.randint(1, n)}.get(kind, 0)
    if kind == "fit":
        degree = choose.randint(1, 9)
        at = np.sort([choose.uniform(0.0, 1.0) for _ in range(degree + choose.randint(2, 12))])
        at = np.linspace(0.0, 1.0, at.size) if choose.random() < 0.5 else at
        return np.stack([at**k for k in range(degree + 1)], axis=1)
    a = np.array([[choose.gauss(0.0, 1.0) for _ in range(n)] for _ in range(m)])
    if choose.random() < 0.4:  # columns of very different sizes, or nearly equal ones
        a = a * 10.0 ** np.array([choose.randint(-3, 3) for _ in range(n)])
    if choose.random() < 0.4:
        a[:, -1] = a[:, 0] + 10.0 ** -choose.randint(1, 6) * a[:, -1]
    return a


def wrong(seed: int) -> str | None:
    """What is wrong with the gradient of one random problem, if there is one."""
    choose = random.Random(seed)
    a = matrix(choose, choose.choice(("fit", "tall", "square", "wide")))
    m, n = a.shape
    if not np.linalg.cond(a) < 1e9:
        return None
    k = choose.randint(1, 2)

    def normal(*shape: int) -> Any:
        return np.reshape([choose.gauss(0.0, 1.0) for _ in range(int(np.prod(shape)))], shape)

    b, w, v, u = normal(m, k), normal(n, k), normal(1, k), normal(n, m)
    da, db = normal(m, n), normal(m, k)
    of_pinv, of_rest = choose.random() < 0.4, m > n and choose.random() < 0.5
    if of_pinv:
        db = 0.0 * db

    def f(a: Any, b: Any) -> Any:
        if of_pinv:
            return np.sum(np.linalg.pinv(a) * u)
        x, rest, _, _ = np.linalg.lstsq(a, b if k == 2 else b[:, 0], rcond=None)
        return np.sum(np.reshape(x, (n, k)) * w) + (np.sum(rest * v) if of_rest else 0.0)

    def truth(h: Any) -> Any:
        A, B = moved(a, da, h), moved(b, db, h)
        if of_pinv:
            return weighed(inverse(A), exact(u))
        x = inverse(A) * B
        rest = B - A * x
        squares = flint.fmpq_mat([[(rest.transpose() * rest)[i, i] for i in range(k)]])
        return weighed(x, exact(w)) + (weighed(squares, exact(v)) if of_rest else Q(0))

    value, (ga, gb) = value_and_grad(f, (0, 1))(a, b)
    if value != f(a, b):
        return f"{seed}: the value is {value}, NumPy's {f(a, b)}"
    slope = (truth(H) - truth(-H)) / (2 * H)
    expected = ratio(slope)
    found = float(np.sum(ga * da) + np.sum(gb * db))
    scale = float(np.sum(abs(ga * da)) + np.sum(abs(gb * db)))
    return None if abs(found - expected) <= 1e-6 * scale else f"{seed}: {found}, not {expected}"


def ratio(q: Any) -> float:
    return int(q.p) / int(q.q)


def test_derivatives_are_those_of_exact_arithmetic() -> None:
    assert [each for seed in range(100) if (each := wrong(seed))] == []


def test_a_fit_of_degree_nine() -> None:
    """The gradient by the data, each element to seven digits."""
    at, a = np.linspace(0.0, 1.0, 12), np.vander(np.linspace(0.0, 1.0, 12), 10)
    data = np.sin(3.0 * at)
    found = jacobian(lambda y: np.linalg.lstsq(a, y, rcond=None)[0])(data)
    truth = inverse(exact(a))
    expected = np.array([[ratio(truth[i, j]) for j in range(12)] for i in range(10)])
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_a_rank_that_is_not_full() -> None:
    a = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    for f in (
        lambda a: np.sum(np.linalg.pinv(a)),
        lambda a: np.sum(np.linalg.lstsq(a, np.ones(3), rcond=None)[0]),
        lambda a: np.sum(np.linalg.lstsq(a + np.eye(3, 2), np.ones(3), rcond=0.9)[0]),
    ):
        with pytest.raises(NotDifferentiable, match="rank is not full"):
            grad(f)(a)
    # The solution is linear in the right-hand side whatever the rank.
    found = jacobian(lambda b: np.linalg.lstsq(a, b, rcond=None)[0])(np.ones(3))
    np.testing.assert_allclose(found, np.linalg.pinv(a), rtol=1e-12)


if __name__ == "__main__":
    print(*filter(None, map(wrong, range(int(sys.argv[1])))), sep="\n")
