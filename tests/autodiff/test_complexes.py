"""Complex numbers inside: every function against HIPS autograd and differences; cuts are refused."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from calcgrad.autodiff import Variable, functions, grad, gradient, jacobian, jvp, value_and_grad, vjp
from calcgrad.autodiff.complexes import CUTS, Complex
from calcgrad.errors import CalcgradError, NotDifferentiable, UsageError

RANDOM = np.random.default_rng(5)


def drawn(*shape: int) -> Any:
    return RANDOM.normal(size=shape) + 1j * RANDOM.normal(size=shape)


def told(x: Any) -> Any:
    """A real number that notices both parts of all results."""
    w = np.cos(np.arange(1.0, np.size(x) + 1)).reshape(np.shape(x))
    return np.sum(w * np.real(x)) + np.sum(w * np.sin(np.imag(x)))


def hermitian(np: Any, a: Any) -> Any:
    return a + np.conj(np.swapaxes(a, -1, -2))


A, B, M, V = drawn(3, 3), drawn(3, 3), drawn(2, 3), drawn(4)
PROGRAMS: dict[str, tuple[Callable[..., Any], Any]] = {
    "dot": (lambda np, z: np.dot(z, B) @ np.matmul(A, z) + np.outer(z[0], z[1]) + np.inner(z, A), A),
    "tensors": (lambda np, z: np.tensordot(z, A, 1) + np.einsum("ij,kj->ik", z, np.conj(z)) + np.kron(z, z)[:3, :3], A),
    "vdot": (lambda np, z: np.vdot(z, V) * np.vdot(V * 1j, z), V),
    "reductions": (lambda np, z: np.prod(z) + np.std(z) * np.var(z[:3]) + np.sum(np.cumsum(z)) + np.mean(z), V),
    "extremes": (lambda np, z: np.max(z) * np.min(z), V),
    "joined": (lambda np, z: np.concatenate([z, np.ones(2), 1j * z]) * np.hstack([z, z, z[:2]]), V),
    "moved": (lambda np, z: np.tile(z, (1, 1))[::-1] * np.stack([z, z], 1)[:, 0] + np.diag(np.diag(z)), drawn(4, 4)),
    "where": (lambda np, z: np.where(np.arange(4) > 1, z * z, 2.0), V),
    "powers": (lambda np, z: z**-2 + z**2.5 + (1 + 2j) ** np.real(z) + z**0 + np.exp(z) ** z, V),
    "norms": (lambda np, z: np.linalg.norm(z) * np.linalg.norm(z, axis=0) + np.linalg.norm(z, 3, axis=1), A),
    "norm nuc": (lambda np, z: np.linalg.norm(z, "nuc") * np.linalg.norm(z, "fro"), M),
    "solve": (lambda np, z: np.linalg.solve(z, B) + np.linalg.inv(z) @ A, A),
    "solve vector": (lambda np, z: np.linalg.solve(z, B[0]), A),
    "det": (lambda np, z: np.linalg.det(z) * z[0], A),
    "eigh": (lambda np, z: np.linalg.eigh(hermitian(np, z))[0] + np.abs(np.linalg.eigh(hermitian(np, z))[1]) ** 2, A),
    "eig": (lambda np, z: np.abs(np.linalg.eig(z)[0]) + np.abs(np.linalg.eig(z)[1]) ** 2, A),
    "svd values": (lambda np, z: np.linalg.svd(z, compute_uv=False), M),
    "svd tall": (lambda np, z: svd_parts(np, z), M.T),
    "svd wide": (lambda np, z: svd_parts(np, z), M),
    "pinv": (lambda np, z: np.linalg.pinv(z), M),
    "slogdet": (lambda np, z: np.linalg.slogdet(z)[0] * np.linalg.slogdet(z)[1], A),
    "cholesky": (lambda np, z: np.linalg.cholesky(z @ np.conj(z.T) + np.eye(3)), A),
    "values alone": (
        lambda np, z: np.linalg.eigvalsh(hermitian(np, z)) * np.linalg.svd(z, compute_uv=False), A,
    ),
    "shapes": (
        lambda np, z: np.cumprod(z) * z.T.flatten() + np.prod(z, axis=0)[0] + np.multiply.outer(z[0], z[1]).ravel(), A,
    ),
    "filters": (lambda np, z: np.correlate(z, V[:2]) * np.correlate(V[:2], z), V),
}  # fmt: skip


def svd_parts(np: Any, z: Any) -> Any:
    """What depends on no phase: of U and V their sizes, and the product with a power of S."""
    u, s, v = np.linalg.svd(z, full_matrices=False)
    return np.concatenate((np.ravel(np.abs(u)), np.ravel(np.abs(v)), np.ravel(np.dot(u * s**3, v))))


# What HIPS' rules leave out: conjugates in pinv and vdot, the phase in svd, all but the largest real part in max.
WITHOUT = (
    "cholesky",
    "extremes",
    "filters",
    "shapes",
    "slogdet",
    "values alone",
    "pinv",
    "svd tall",
    "svd wide",
    "vdot",
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_against_hips_autograd(name: str) -> None:
    f, z = PROGRAMS[name]
    value, slope = value_and_grad(lambda z: told(f(np, z)))(z)
    np.testing.assert_allclose(value, told(f(np, z)), rtol=1e-12)
    t = np.exp(1j * np.arange(1.0, z.size + 1)).reshape(z.shape)
    along = jvp(lambda z: told(f(np, z)), (z,), (t,))[1]
    h = 1e-4
    moved = [told(f(np, z + k * h * t)) for k in (-2, -1, 1, 2)]
    np.testing.assert_allclose(along, np.dot([1, -8, 8, -1], moved) / (12 * h), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(along, np.sum(np.real(slope * t)), rtol=1e-9, atol=1e-10)
    if name not in WITHOUT:
        np.testing.assert_allclose(
            slope, autograd.grad(lambda z: told_hips(f(anp, z)))(z), rtol=1e-8, atol=1e-9
        )


def told_hips(x: Any) -> Any:
    w = np.cos(np.arange(1.0, np.size(x) + 1)).reshape(np.shape(x))
    return anp.sum(w * anp.real(x)) + anp.sum(w * anp.sin(anp.imag(x)))


@pytest.mark.parametrize("function", CUTS, ids=lambda f: f.__name__)
def test_analytic_functions(function: Any, agree: Callable[..., None]) -> None:
    """Both parts by both, to second order, at points on all sides of zero; on a cut there is no derivative."""
    x, y = np.array([0.3, -0.7, 1.9, -2.4]), np.array([0.8, -0.2, -1.3, 2.1])
    z = function(Variable(x) + 1j * Variable(y))
    np.testing.assert_allclose(z.value, function(x + 1j * y), rtol=1e-14)
    agree(
        lambda x, y: np.stack([np.real(function(x + 1j * y)), np.imag(function(x + 1j * y))]),
        x,
        y,
        double=True,
    )
    for at in (-3.0, 3.0, 0.0):
        for turned in (1.0, 1j):
            if CUTS[function](np.real(at * turned), np.imag(at * turned)):
                a, b = Variable(float(np.real(at * turned))), Variable(float(np.imag(at * turned)))
                with pytest.raises(CalcgradError):
                    gradient(np.real(function(a + 1j * b)) + np.imag(function(a + 1j * b)), targets=[a, b])


@pytest.mark.parametrize("function", CUTS, ids=lambda f: f.__name__)
def test_a_real_number_does_not_leave_the_cut(function: Any) -> None:
    """Along its cut a function has the slopes of the side that its value is on."""
    answered = 0
    for turned in (1.0 + 0j, 1j):
        for at in (-2.5, -0.4, 0.6, 2.5):
            for take in (np.real, np.imag):

                def f(x: Any, turned: complex = turned, take: Any = take) -> Any:
                    return take(function(x * turned))

                h = 1e-4
                expected = np.dot([1, -8, 8, -1], [f(at + k * h) for k in (-2, -1, 1, 2)]) / (12 * h)
                with contextlib.suppress(CalcgradError):  # a part that is 0*x may be taken to move
                    assert grad(f)(at) == pytest.approx(expected, rel=1e-6, abs=1e-8), (turned, at, take)
                    answered += 1
    assert answered >= 8


def test_roots_and_logarithms_along_their_cut() -> None:
    assert grad(lambda x: np.imag(np.sqrt(x + 0j)))(-2.0) == pytest.approx(-1 / np.sqrt(8))
    assert grad(lambda x: np.real(np.log(x + 0j)))(-2.0) == -0.5


def test_phases_of_vectors_have_no_derivative() -> None:
    for f in (
        lambda z: np.sum(np.imag(np.linalg.eigh(hermitian(np, z))[1])),
        lambda z: np.sum(np.real(np.linalg.svd(z)[0])),
        lambda z: np.sum(np.real(np.linalg.eig(z)[1])),
    ):
        with pytest.raises(NotDifferentiable, match="phase"):
            grad(f)(A)


def test_eigenvalues_of_real_matrices(agree: Callable[..., None]) -> None:
    spun = np.array([[0.3, -1.2, 0.1], [1.1, 0.4, 0.2], [0.2, 0.3, 1.7]])
    agree(lambda a: np.abs(np.linalg.eigvals(a)) ** 2, spun, double=True)
    straight = np.array([[1.0, 0.3], [0.2, 2.0]])
    assert not np.iscomplexobj(np.linalg.eig(Variable(straight))[0])
    agree(lambda a: np.linalg.eig(a)[0] + np.linalg.eig(a)[1] ** 2, straight, double=True)
    with pytest.raises(CalcgradError):
        grad(lambda a: np.sum(np.abs(np.linalg.eigvals(a))))(np.array([[1.0, 1.0], [0.0, 1.0]]))


def test_complex_arguments_by_the_convention() -> None:
    """Of a real function of x + 1j*y: d/dx - 1j*d/dy, so that a small step t changes it by real(grad*t)."""
    assert grad(lambda z: np.abs(z) ** 2)(1.0 + 2.0j) == 2.0 - 4.0j
    assert grad(lambda p: np.real(p["z"] * p["x"]))({"z": 1.0 + 2.0j, "x": 3.0}) == {"z": 3.0, "x": 1.0}
    both = grad(lambda z, w: np.real(z * w), (0, 1))(1j, 2.0 + 1j)
    assert both == (2.0 + 1j, 1j)
    np.testing.assert_allclose(jacobian(lambda z: np.abs(z) ** 2)(V), np.diag(2 * np.conj(V)))
    assert vjp(lambda z: np.abs(z) ** 2, 1j)[1](2.0) == (-4j,)
    nested = grad(lambda z: np.real(grad(lambda z: np.abs(z) ** 4)(z)))(1.0 + 1.0j)
    assert nested == pytest.approx(16.0 - 8.0j)  # 4*x*(x**2 + y**2)
    with pytest.raises(UsageError, match="complex"):
        grad(lambda z: z * z)(1j)
    with pytest.raises(UsageError, match="complex tangent"):
        jvp(lambda x: x * x, (1.0,), (1j,))


def test_facts_of_complex_arrays() -> None:
    z = Variable(np.array([1.0, -2.0])) + 1j
    assert [np.iscomplexobj(z), np.isrealobj(z), np.size(z), np.isfinite(z).tolist()] == [
        True,
        False,
        2,
        [True, True],
    ]
    assert np.iscomplex(z).tolist() == [True, True] and np.allclose(z, z.value) and np.array_equal(z, z)
    assert type(np.real_if_close(z)) is Complex and type(np.real_if_close(z - 1j)) is Variable
    with pytest.raises(NotDifferentiable, match="equal real parts"):
        np.max(z - np.real(z))


ZEROS = (1j, 1 + 0j, complex(1, -0.0), complex(-1, 0.0), complex(-1, -0.0), 2.0, -0.0, 0j, complex(-0.0, 0.0))
STEPS: tuple[Callable[[Any, Any], Any], ...] = (
    lambda z, c: z + c,
    lambda z, c: z - c,
    lambda z, c: c - z,
    lambda z, c: z * c,
    lambda z, c: z / (c + 1 if c != -1 else 1j),
    lambda z, c: np.conj(z),
    lambda z, c: z * z,
)


def other_side(seed: int) -> str | None:
    """Where a program on the real line has another value than NumPy's, on the other side of a branch cut."""
    choose = random.Random(seed)
    x = np.array([choose.choice((-2.0, -1.0, -0.0, 0.0, 1.0)) for _ in range(2)])
    steps = [(choose.choice(STEPS), choose.choice(ZEROS)) for _ in range(choose.randint(1, 3))]
    last = choose.choice((np.sqrt, np.log, np.angle, np.arcsin))

    def f(x: Any) -> Any:
        z = x + 0j if seed % 2 else x * (1 + 0j)
        for step, c in steps:
            z = step(z, c)
        return last(z)

    with np.errstate(all="ignore"):
        expected, found = f(x), f(Variable(x)).value
    known = np.isfinite(expected)
    return (
        None if np.allclose(found[known], expected[known], atol=1e-12) else f"{seed}: {found}, not {expected}"
    )


def test_the_side_of_a_branch_cut_is_that_of_numpy() -> None:
    assert [each for seed in range(300) if (each := other_side(seed))] == []
    assert grad(lambda x: np.imag(np.sqrt(x * (1 + 0j))))(-4.0) == -0.25
    assert np.angle(np.conj(Variable(-1.0) + 0j)).value == -np.pi


def test_single_precision_stays_what_it_is() -> None:
    x = np.array([0.25, -0.5], np.float32)
    for f in (lambda x: np.abs((x - 1j) ** 2 - 2), lambda x: np.real(np.einsum("i,j", x + 1j, x))):
        np.testing.assert_allclose(f(Variable(x)).value, f(x), rtol=1e-6)
        assert f(Variable(x)).dtype == np.float32 == jacobian(f)(x).dtype


@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_our_own_functions_that_scipy_knows_of_complex_numbers(name: str) -> None:
    scipy_special = pytest.importorskip("scipy.special")
    own, theirs = getattr(functions, name), getattr(scipy_special, name)

    def f(v: Any) -> Any:
        return np.real(own(v[0] + 1j * v[1]) * np.conj(own(v[1] - 1j * v[0])))

    point, h = np.array([0.3, 0.4]), 1e-6
    assert own(0.3 + 0.4j) == theirs(0.3 + 0.4j)
    for found, unit in zip(grad(f)(point), np.eye(2)):
        assert found == pytest.approx((f(point + h * unit) - f(point - h * unit)) / (2 * h), rel=1e-8)


def test_our_own_functions_of_real_numbers_only_say_so() -> None:
    for x in (1j, Variable(1.0) * 1j):
        with pytest.raises(NotDifferentiable, match="gamma of complex numbers"):
            functions.gamma(x)
