"""What numpy.linalg reads gets the adjoint, and what it does not read gets none; equal eigenvalues are no accident.

`python tests/autodiff/test_linalg.py N` tries N times as many matrices.
"""

from __future__ import annotations

import math
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest

from calcgrad.autodiff import Variable, check_grad, grad, hessian, hvp, jvp
from calcgrad.errors import NotDifferentiable, UndecidedError, UsageError

LA = np.linalg
# Each of a matrix and weights that make its result one number. Eigenvectors and singular vectors have a sign
# that is nobody's, so they are squared.
FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "inv": lambda a, w: LA.inv(a) * w,
    "det": lambda a, w: LA.det(a) * w[0, 0],
    "slogdet": lambda a, w: LA.slogdet(a)[1] * w[0, 0],
    "solve": lambda a, w: LA.solve(a, w),
    "solve by b": lambda a, w: LA.solve(w, a),
    "pinv": lambda a, w: LA.pinv(a) * w,
    "pinv hermitian": lambda a, w: LA.pinv(a, hermitian=True) * w,
    "svd values": lambda a, w: LA.svd(a, compute_uv=False) * w[0],
    "svd hermitian": lambda a, w: LA.svd(a, compute_uv=False, hermitian=True) * w[0],
    "svd hermitian U": lambda a, w: LA.svd(a, hermitian=True).U ** 2 * w,
    "svd hermitian parts": lambda a, w: (lambda u, s, vt: (u * s[..., None, :]) @ vt * w)(
        *LA.svd(a, hermitian=True)
    ),
    "svd U": lambda a, w: LA.svd(a).U ** 2 * w,
    "svd Vh": lambda a, w: LA.svd(a).Vh ** 2 * w,
    "qr": lambda a, w: LA.qr(a).R * w,
    "cond": lambda a, w: LA.cond(a) * w[0, 0],
    "cond 1": lambda a, w: LA.cond(a, 1) * w[0, 0],
    "matrix_power 3": lambda a, w: LA.matrix_power(a, 3) * w,
    "matrix_power -2": lambda a, w: LA.matrix_power(a, -2) * w,
    "matrix_power 0": lambda a, w: LA.matrix_power(a, 0) * w * a,
    **{
        f"norm {order}": lambda a, w, order=order: LA.norm(a, order, axis=(-2, -1)) * w[0, 0]  # type: ignore[misc]
        for order in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)
    },
    **{
        f"{name} {side}": function
        for side in "LU"
        for name, function in {
            "eigvalsh": lambda a, w, side=side: LA.eigvalsh(a, side) * w[0],
            "eigh values": lambda a, w, side=side: LA.eigh(a, UPLO=side)[0] ** 2 * w[0],
            "eigh vectors": lambda a, w, side=side: LA.eigh(a, side.lower()).eigenvectors ** 2 * w,
            "cholesky": lambda a, w, side=side: (
                LA.cholesky(a / 8.0 + 2.0 * np.eye(np.shape(a)[-1]), upper=side == "U") * w
            ),
        }.items()
    },
}
ONE_MATRIX = {  # functions that take no stack of them
    "lstsq": lambda a, w: LA.lstsq(a, w, rcond=None)[0],
    "lstsq residuals": lambda a, w: LA.lstsq(a[:, :-1], w, rcond=None)[1] * w[0],
    "lstsq values": lambda a, w: LA.lstsq(a, w, rcond=None)[3] * w[0],
    "multi_dot": lambda a, w: LA.multi_dot([a, w, a]),
    "tensorinv": lambda a, w: LA.tensorinv(a, ind=1) * w,
    "tensorsolve": lambda a, w: LA.tensorsolve(a, w[0]),
}


def _apart(values: Any) -> bool:
    """Are they far from each other and from zero? Differences are no good oracle where derivatives are huge."""
    return bool(np.min(np.diff(np.sort(np.append(np.abs(values), 0.0)))) > 0.25)


def matrices(number: int, seed: int = 0) -> Iterator[Any]:
    """Square matrices, not symmetric, that are good-natured however they are read; symmetric ones; weights."""
    random = np.random.default_rng(seed)
    while number:
        n = int(random.integers(2, 5))
        a = random.normal(size=(n, n)) * 1.5
        triangles = np.tril(a) + np.tril(a, -1).T, np.triu(a) + np.triu(a, 1).T
        far_from_corners = all(np.min(np.abs(x)) > 0.05 for y in (a, *triangles) for x in (y, LA.inv(y)))
        if far_from_corners and all(_apart(LA.svdvals(x)) for x in (a, *triangles)):
            number -= 1
            yield a, triangles[0], random.normal(size=(n, n))


@pytest.mark.parametrize("name", [*FUNCTIONS, *ONE_MATRIX])
def test_what_is_read_gets_the_adjoint(name: str, number: int = 2) -> None:
    """And a symmetric matrix made of parameters has the derivatives by those that it always had."""
    function = (FUNCTIONS | ONE_MATRIX)[name]
    for a, symmetric, w in matrices(number, sum(map(ord, name))):

        def total(a: Any, w: Any = w) -> Any:
            return np.sum(function(a, w)) + np.sum(a * a)  # the square: differences of a constant are noise

        check_grad(total, a, tolerance=2e-5)
        check_grad(lambda p, s=symmetric: total(s + p + p.T), np.zeros_like(a), tolerance=2e-5)  # type: ignore[misc]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_stack_of_matrices_is_each_of_them(name: str) -> None:
    function = FUNCTIONS[name]
    (a, _, w), (b, _, _) = [drawn for drawn in matrices(20, 5) if len(drawn[0]) == 3][:2]
    stacked = grad(lambda x: np.sum(function(x, w)))(np.stack([a, b]))
    for each, found in zip((a, b), stacked):
        alone = grad(lambda x: np.sum(function(x, w)))(each)
        np.testing.assert_allclose(found, alone, rtol=1e-9, atol=1e-10 * np.max(np.abs(alone)))


@pytest.mark.parametrize("side", "LU")
@pytest.mark.parametrize("name", ["eigvalsh", "eigh values", "eigh vectors", "cholesky"])
def test_what_is_not_read_may_be_anything(name: str, side: str) -> None:
    """NaN in the other triangle changes neither value nor derivative; that triangle gets exact zeros."""
    function = FUNCTIONS[f"{name} {side}"]
    for a, _, w in matrices(4):
        read = np.tri(len(a), dtype=bool)
        read = read if side == "L" else read.T
        slopes = grad(lambda x, w=w: np.sum(function(x, w)))(a)  # type: ignore[misc]
        spoiled = np.where(read, a, np.nan)
        np.testing.assert_array_equal(grad(lambda x, w=w: np.sum(function(x, w)))(spoiled), slopes)  # type: ignore[misc]
        assert np.all(slopes[~read] == 0)


def _degenerate(random: Any, exact: bool) -> tuple[Any, Any, list[int]]:
    """A symmetric matrix whose eigenvalues come in groups, the sizes of the groups, and its vectors."""
    sizes = [int(n) for n in random.integers(1, 6, 2)]
    n = sum(sizes)
    q = np.eye(n) if exact else LA.qr(random.normal(size=(n, n)))[0]
    values = np.repeat([1.0, 2.5], sizes)
    return (q * values) @ q.T, q, sizes


@pytest.mark.parametrize("exact", [True, False])
def test_equal_eigenvalues_have_a_derivative_together_and_none_alone(exact: bool) -> None:
    """The sum over a group moves with the trace of the tangent in the group's space; one of it has a corner."""
    random = np.random.default_rng(11)
    for _ in range(3):
        a, q, sizes = _degenerate(random, exact)
        groups = np.split(np.arange(len(a)), [sizes[0]])
        for group in groups:
            expected = q[:, group] @ q[:, group].T
            for of in (LA.eigvalsh, lambda s: LA.svdvals(s)[::-1]):
                found = grad(lambda x, of=of, group=group: np.sum(of(0.5 * (x + x.T))[group] ** 2))(a)  # type: ignore[misc]
                size = 2.0 * (1.0 if group[0] == 0 else 2.5)
                np.testing.assert_allclose(found, size * expected, atol=1e-9)
                if len(group) > 1:
                    with pytest.raises(NotDifferentiable if exact else UndecidedError):
                        grad(lambda x, of=of, group=group: of(0.5 * (x + x.T))[group[0]])(a)  # type: ignore[misc]
            if len(group) > 1:
                with pytest.raises(UndecidedError):
                    grad(lambda x, group=group: LA.eigh(0.5 * (x + x.T))[1][group[0], group[0]] ** 2)(a)  # type: ignore[misc]


def test_singular_matrices() -> None:
    """A singular value has a corner at zero, the rank a step; the determinant has neither, to any order."""
    with pytest.raises(UndecidedError):
        grad(lambda a: LA.matrix_rank(a) * a[0, 0])(np.ones((2, 2)))
    with pytest.raises(NotDifferentiable, match="svd has a corner"):
        grad(lambda a: LA.norm(a, "nuc"))(np.diag([1.0, 0.0]))
    with pytest.raises((NotDifferentiable, UndecidedError)):
        grad(lambda a: LA.norm(a, -2))(np.ones((2, 2)))
    step = np.diag([1.0, 2.0, 0.5])  # the second derivatives of a determinant of three rows are linear
    for a in (np.zeros((3, 3)), np.ones((3, 3)), np.diag([1.0, 2.0, 0.0]), np.arange(9.0).reshape(3, 3)):
        beside = (hessian(LA.det)(a + step) + hessian(LA.det)(a - step)) / 2.0
        np.testing.assert_allclose(hessian(LA.det)(a), beside, atol=1e-12)


def nearly_singular(rng: np.random.Generator) -> Any:
    """A matrix of low rank, but for what rounding or a small rest makes of it, with rows and columns of any scale."""
    n = int(rng.integers(2, 5))
    rank, turn = int(rng.integers(0, n + 1)), 1j * int(rng.integers(0, 2))
    parts = [rng.normal(size=(2, *shape)) for shape in ((n, rank), (rank, n), (n, n))]
    left, right, rest = (real + turn * imag for real, imag in parts)
    scales = 10.0 ** rng.integers(-4, 5, size=(2, n)) if rng.random() < 0.3 else np.ones((2, n))
    return (left @ right + rest * 10.0 ** -rng.integers(1, 20)) * scales[0][:, None] * scales[1]


def exact_cofactors(a: Any) -> Any:
    n = len(a)
    found = np.zeros((n, n), complex)
    with mpmath.workdps(60):
        for i, j in np.ndindex(n, n):
            minor = np.delete(np.delete(a, i, 0), j, 1)
            found[i, j] = (-1) ** (i + j) * complex(mpmath.det(mpmath.matrix(minor.tolist())) if n > 1 else 1)
    return found


def check_determinants(count: int, seed: int = 0) -> None:
    """Derivatives of determinants near singular matrices, forwards, backwards and twice, against minors."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        a = nearly_singular(rng)
        fixed = np.imag(a)

        def real_part(x: Any, imag: Any = fixed) -> Any:
            return np.real(LA.det(x + 1j * imag)) if np.any(imag) else LA.det(x)

        real, direction = np.real(a).copy(), rng.normal(size=a.shape)
        truth = exact_cofactors(a).real
        rows = np.sort(LA.norm(a, axis=1))
        np.testing.assert_allclose(grad(real_part)(real), truth, rtol=0, atol=1e-12 * np.prod(rows[1:]))
        ahead = jvp(real_part, (real,), (direction,))[1]
        size = np.sum(np.abs(truth * direction)) + np.prod(rows[1:])
        assert abs(ahead - np.sum(truth * direction)) <= 1e-11 * size
        i, j = rng.integers(0, len(a), 2)
        twice = grad(lambda x: grad(real_part)(x)[i, j])(real)  # noqa: B023
        minor = exact_cofactors(np.delete(np.delete(a, i, 0), j, 1)).real if len(a) > 1 else 0.0
        found = (-1.0) ** (i + j) * np.delete(np.delete(twice, i, 0), j, 1)
        np.testing.assert_allclose(
            found, minor, rtol=0, atol=1e-11 * (np.prod(rows[2:]) + np.max(np.abs(minor)))
        )


def test_a_determinant_of_any_rank_has_all_derivatives() -> None:
    """It is a polynomial: the derivative along k directions is a difference in exact arithmetic."""
    rng = np.random.default_rng(4)
    for n, rank in ((1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2), (3, 3), (4, 2), (4, 3)):
        a = np.round(4 * rng.normal(size=(n, rank))) @ np.round(4 * rng.normal(size=(rank, n))) / 16
        g, h, k = rng.normal(size=(3, n, n))

        def slope(*directions: Any, a: Any = a) -> float:
            total, step = mpmath.mpf(0), mpmath.mpf(10) ** -20
            for signs in product((1, -1), repeat=len(directions)):
                moved = mpmath.matrix(a.tolist())
                for sign, d in zip(signs, directions):
                    moved += sign * step * mpmath.matrix(d.tolist())
                total += math.prod(signs) * mpmath.det(moved)
            return float(total / (2 * step) ** len(directions))

        with mpmath.workdps(120):
            second, third = slope(g, h), slope(g, h, k)
        found = [
            np.sum(hvp(LA.det, a, g) * h),
            jvp(lambda x: jvp(LA.det, (x,), (g,))[1], (a,), (h,))[1],  # noqa: B023
            np.sum(grad(lambda x: np.sum(hvp(LA.det, x, g) * h))(a) * k),  # noqa: B023
        ]
        np.testing.assert_allclose(found, [second, second, third], rtol=1e-9, atol=1e-10)


def test_second_derivatives_of_large_singular_determinants_take_no_more_room_than_the_matrix() -> None:
    n = 60
    a = np.diag(np.r_[np.linspace(1.0, 1.1, n - 1), 0.0])
    tracemalloc.start()
    twice = hvp(LA.det, a, np.eye(n))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * a.nbytes
    d = np.diag(a)[:-1]
    expected = np.append(np.prod(d) / d, np.prod(d) * np.sum(1 / d))
    np.testing.assert_allclose(twice, np.diag(expected), rtol=1e-12, atol=1e-9)


def test_determinants_near_singular_matrices() -> None:
    check_determinants(60)
    z0, z1 = np.array([1 + 2j, 0.3 - 1j]), np.array([2 - 1j, 0.5j])

    def product(x: Any) -> Any:
        a = np.outer(x * z0, z1)
        return np.sum(np.real(LA.det(a) * a))

    x = np.array([1.0, 0.7])
    np.testing.assert_allclose(grad(product)(x), np.zeros(2), atol=1e-14)
    np.testing.assert_allclose(jvp(product, (x,), (np.ones(2),))[1], 0.0, atol=1e-14)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_convolutions_with_a_number(mode: Any) -> None:
    x, w = np.array([1.0, -2.0, 3.0]), np.array([0.5, 1.5, -1.0])
    found = grad(lambda s: np.sum(w * np.convolve(s, x, mode)))(2.0)
    np.testing.assert_allclose(found, np.sum(w * x))
    found = grad(lambda a: np.sum(w * np.convolve(a, a[0], mode)))(x)
    np.testing.assert_allclose(found, w * x[0] + [np.sum(w * x), 0.0, 0.0])


def test_a_complex_seed_is_refused() -> None:
    for x in (2.0, np.ones(2)):
        with pytest.raises(UsageError, match="complex"):
            (Variable(x) * 3.0).backward(np.ones(np.shape(x)) * 1j)


if __name__ == "__main__":
    check_determinants(int(sys.argv[1]))
    for each in [*FUNCTIONS, *ONE_MATRIX]:
        test_what_is_read_gets_the_adjoint(each, number=int(sys.argv[1]))


def test_columns_that_svd_adds_may_be_there_unused() -> None:
    a = np.random.default_rng(0).normal(size=(4, 3))

    def f(x: Any) -> Any:
        u, s, vt = np.linalg.svd(x)
        return (u[:, :3] * np.exp(s)) @ vt

    step = 1e-6 * np.ones((4, 3))
    by_differences = (f(a + step) - f(a - step)) / 2e-6
    np.testing.assert_allclose(jvp(f, (a,), (np.ones((4, 3)),))[1], by_differences, rtol=1e-6)
    assert grad(lambda x: np.sum(f(x)))(a).sum() == pytest.approx(by_differences.sum(), rel=1e-6)
