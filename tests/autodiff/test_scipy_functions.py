"""Our functions by SciPy's names: its values where it is installed, and derivatives against differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import Variable, grad, hessian, jacobian, jvp, value_and_grad
from calcgrad.autodiff.replay import Replay
from calcgrad.autodiff.scipy import integrate, linalg, signal, special, stats
from calcgrad.errors import CalcgradError, NotDifferentiable, UsageError

RANDOM = np.random.default_rng(3)
A, B = RANDOM.normal(size=(3, 3)), RANDOM.normal(size=(3, 2))
P = A @ A.T + np.eye(3)

# --- distributions ------------------------------------------------------------------------------------

CONTINUOUS: dict[str, tuple[tuple[float, ...], list[float]]] = {
    "norm": ((), [-40.0, -1.2, 0.0, 0.7]), "t": ((3.3,), [-2.0, 0.0, 0.4]), "cauchy": ((), [-2.0, 0.4]),
    "laplace": ((), [-2.0, 0.4]), "logistic": ((), [-30.0, 0.4]), "gumbel_r": ((), [-2.0, 0.4]),
    "gumbel_l": ((), [-2.0, 0.4]), "uniform": ((), [0.2, 0.4]), "expon": ((), [0.2, 3.4]),
    "gamma": ((2.3,), [0.2, 3.4]), "chi2": ((3.0,), [0.2, 3.4]), "invgamma": ((2.3,), [0.2, 3.4]),
    "beta": ((2.3, 0.7), [0.2, 0.9]), "f": ((3.0, 5.0), [0.2, 3.4]), "lognorm": ((0.7,), [0.2, 3.4]),
    "weibull_min": ((1.7,), [0.2, 3.4]), "rayleigh": ((), [0.2, 3.4]), "halfnorm": ((), [0.2, 3.4]),
    "pareto": ((1.7,), [1.2, 3.4]),
}  # fmt: skip
METHODS = ("logpdf", "pdf", "cdf", "sf", "logcdf", "logsf")


def differences(f: Callable[..., float], args: list[float], i: int) -> float:
    h = 1e-3 * max(1e-1, abs(args[i]))
    a, b, c, d = (f(*args[:i], args[i] + k * h, *args[i + 1 :]) for k in (-2, -1, 1, 2))
    return (a - 8 * b + 8 * c - d) / (12 * h)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_distributions(name: str) -> None:
    """By x, every shape, loc and scale."""
    shapes, points = CONTINUOUS[name]
    ours = getattr(stats, name)
    scipy_stats = pytest.importorskip("scipy.stats")
    theirs = getattr(scipy_stats, name)
    for method in METHODS:
        for x in points:
            args = [2.0 * x + 0.3, *shapes, 0.3, 2.0]
            f = getattr(ours, method)
            assert f(*args) == pytest.approx(getattr(theirs, method)(*args), rel=1e-10), (method, args)
            for i in range(len(args)):
                slope = grad(f, i)(*args)
                assert slope == pytest.approx(differences(f, args, i), rel=2e-6, abs=1e-9), (method, args, i)
    x = np.array([[points[0]], [points[1]]])
    np.testing.assert_allclose(
        ours.logpdf(x, *shapes, scale=[1.0, 1.1]), theirs.logpdf(x, *shapes, scale=[1.0, 1.1])
    )
    beyond = np.array([-1.0, 0.5, 1.5, 9.0])
    for method in METHODS:
        with np.errstate(all="ignore"):
            expected = getattr(theirs, method)(beyond, *shapes)
            np.testing.assert_allclose(
                getattr(ours, method)(beyond, *shapes), expected, rtol=1e-9, err_msg=method
            )


@pytest.mark.parametrize(
    ("name", "shapes", "count"),
    [("poisson", (2.7,), 3), ("poisson", (2.7,), 0), ("binom", (7.0, 0.3), 2), ("binom", (7.0, 0.3), 7),
     ("bernoulli", (0.3,), 1),
     ("nbinom", (2.5, 0.4), 3), ("geom", (0.3,), 2)],
)  # fmt: skip
def test_discrete_distributions(name: str, shapes: tuple[float, ...], count: int) -> None:
    ours = getattr(stats, name)
    theirs = getattr(pytest.importorskip("scipy.stats"), name)
    for method in ("logpmf", "pmf", "cdf", "sf"):
        f = getattr(ours, method)
        assert f(count, *shapes) == pytest.approx(
            getattr(theirs, method)(count, *shapes), rel=1e-10, abs=1e-15
        )
        for i in range(1, len(shapes) + 1):
            if name != "binom" or i == 2:  # its n counts
                expected = differences(f, [count, *shapes], i)
                assert grad(f, i)(float(count), *shapes) == pytest.approx(expected, rel=1e-6, abs=1e-9)
        counts = np.array([-1.0, 0.0, 1.0, 2.5, 30.0])
        np.testing.assert_allclose(
            f(counts, *shapes), getattr(theirs, method)(counts, *shapes), rtol=1e-9, atol=1e-15
        )
    with pytest.raises(NotDifferentiable, match="counts"):
        grad(ours.logpmf)(float(count), *shapes)


def test_where_a_density_ends_it_has_no_derivative() -> None:
    for f in (stats.expon.logpdf, stats.uniform.cdf, lambda x: stats.gamma.cdf(x, 2.0), stats.laplace.logpdf):
        with pytest.raises(CalcgradError):
            grad(f)(0.0)
    assert grad(stats.uniform.cdf)(2.0) == 0.0
    assert grad(stats.laplace.cdf)(0.0) == 0.5


def test_distributions_of_vectors() -> None:
    x, mean, alpha = B[:, 0], B[:, 1], np.array([1.3, 2.0, 0.7])
    logpdf = stats.multivariate_normal.logpdf
    g = grad(logpdf, (0, 1, 2))(x, mean, P)
    inverse = np.linalg.inv(P)
    d = inverse @ (x - mean)
    np.testing.assert_allclose(g[0], -d)
    np.testing.assert_allclose(g[1], d)
    np.testing.assert_allclose(g[2], 0.5 * (np.outer(d, d) - inverse))
    p = np.array([0.2, 0.3, 0.5])
    np.testing.assert_allclose(grad(stats.dirichlet.logpdf)(p, alpha), (alpha - 1) / p)
    expected = special.digamma(np.sum(alpha)) - special.digamma(alpha) + np.log(p)
    np.testing.assert_allclose(grad(stats.dirichlet.logpdf, 1)(p, alpha), expected)
    theirs = pytest.importorskip("scipy.stats")
    np.testing.assert_allclose(logpdf(B.T, mean, P), theirs.multivariate_normal.logpdf(B.T, mean, P))
    np.testing.assert_allclose(
        logpdf(np.array([0.1, 0.2])), theirs.multivariate_normal.logpdf(np.array([0.1, 0.2]))
    )
    np.testing.assert_allclose(stats.dirichlet.pdf(p, alpha), theirs.dirichlet.pdf(p, alpha))
    np.testing.assert_allclose(
        stats.multivariate_normal.entropy(mean, P), theirs.multivariate_normal.entropy(mean, P)
    )
    flat = np.diag([1.0, 2.0, 0.0])
    at = np.array([0.3, 0.2, 0.0])
    expected = theirs.multivariate_normal.logpdf(at, np.zeros(3), flat, allow_singular=True)
    np.testing.assert_allclose(logpdf(at, np.zeros(3), flat, allow_singular=True), expected)
    with pytest.raises(np.linalg.LinAlgError):
        logpdf(x, mean, -P)


def test_distributions_in_every_mode() -> None:
    def loss(p: Any) -> Any:
        return -np.sum(stats.norm.logpdf(np.array([0.3, -1.0, 2.0]), p[0], np.exp(p[1])))

    at = np.array([0.4, 0.2])
    rows = hessian(loss)(at)
    v = np.exp(-0.4)
    e = np.array([0.3, -1.0, 2.0]) - 0.4
    np.testing.assert_allclose(rows, [[3 * v, 2 * v * e.sum()], [2 * v * e.sum(), 2 * v * (e**2).sum()]])
    table = Replay(lambda x, s: stats.norm.logcdf(x, 0.0, s), 2)(np.array([0.5, -9.0]), np.array([1.0, 2.0]))
    assert table.slopes[0][1] == pytest.approx(grad(lambda x: stats.norm.logcdf(x, 0.0, 2.0))(-9.0))


# --- matrices -----------------------------------------------------------------------------------------

MATRICES: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "solve_triangular": (lambda a, b: linalg.solve_triangular(a, b, lower=True), [P, B]),
    "solve_triangular upper": (lambda a, b: linalg.solve_triangular(a, b), [P, B[:, 0]]),
    "solve_triangular trans": (lambda a, b: linalg.solve_triangular(a, b, trans="T", unit_diagonal=True), [P, B]),
    "cho_solve": (lambda a, b: linalg.cho_solve(linalg.cho_factor(a @ a.T + np.eye(3)), b), [A, B]),
    "cho_solve lower": (lambda a, b: linalg.cho_solve(linalg.cho_factor(a @ a.T + np.eye(3), True), b), [A, B[:, 0]]),
    "cholesky": (lambda a: linalg.cholesky(a @ a.T + np.eye(3)), [A]),
    "solve": (lambda a, b: linalg.solve(a, b), [P, B]),
    "solve pos": (lambda a, b: linalg.solve(a + a.T, b, assume_a="pos"), [P, B]),
    "solve_banded": (lambda ab, b: linalg.solve_banded((1, 1), ab, b), [A + 3 * np.eye(3)[:, [1, 0, 2]], B]),
    "solve_sylvester": (linalg.solve_sylvester, [P, A + 3 * np.eye(3), A]),
    "solve_continuous_lyapunov": (linalg.solve_continuous_lyapunov, [P, A]),
    "expm": (linalg.expm, [A]),
    "expm large": (lambda a: linalg.expm(3 * a), [A]),
    "expm stack": (linalg.expm, [np.stack([A, 2 * A])]),
    "sqrtm": (linalg.sqrtm, [P + 0.3 * A]),
    "block_diag": (lambda a, b: linalg.block_diag(a, 2.0, b) ** 2, [A[:2], B]),
    "toeplitz": (lambda c, r: linalg.toeplitz(c, r) ** 2, [B[:, 0], B[:, 1]]),
    "hankel": (lambda c, r: linalg.hankel(c, r) ** 2, [B[:, 0], B[:, 1]]),
    "circulant": (lambda c: linalg.circulant(c) ** 2, [B[:, 0]]),
    "named as NumPy's": (
        lambda a: linalg.inv(a) * linalg.det(a) + linalg.norm(a, 1) * linalg.qr(a)[1] + linalg.kron(a, a)[:3, :3]
        + linalg.svdvals(a) * linalg.eigvalsh(a + a.T) * linalg.pinv(a), [P],
    ),
    "convolve": (lambda a, b: signal.convolve(a, b) * np.sum(signal.convolve(a, b, "same")), [A, B]),
    "correlate": (lambda a, b: signal.correlate(a, b, "valid"), [A, B]),
}  # fmt: skip


@pytest.mark.parametrize("name", MATRICES)
def test_matrices(name: str, agree: Callable[..., None]) -> None:
    f, arrays = MATRICES[name]
    agree(f, *arrays, double=True)


WITH_OPTIONS = (
    "solve_triangular",
    "cho_solve",
    "cholesky",
    "solve_banded",
    "block_diag",
    "toeplitz",
    "hankel",
    "circulant",
)


def test_matrices_have_scipys_values() -> None:
    theirs = pytest.importorskip("scipy.linalg")
    for name, (f, arrays) in MATRICES.items():
        first = name.split()[0]
        if name == first and hasattr(linalg, first) and first not in WITH_OPTIONS:
            np.testing.assert_allclose(
                f(*arrays), getattr(theirs, first)(*arrays), rtol=1e-10, atol=1e-11, err_msg=name
            )
    for options in ({"lower": True}, {"trans": 1}, {"lower": True, "trans": 2, "unit_diagonal": True}):
        np.testing.assert_allclose(
            linalg.solve_triangular(P, B, **options), theirs.solve_triangular(P, B, **options)
        )
    ab = A + 3 * np.eye(3)[:, [1, 0, 2]]
    np.testing.assert_allclose(linalg.solve_banded((1, 1), ab, B), theirs.solve_banded((1, 1), ab, B))
    np.testing.assert_allclose(
        linalg.cho_solve(linalg.cho_factor(P), B), theirs.cho_solve(theirs.cho_factor(P), B)
    )
    for first, args in (
        ("block_diag", (A, 2.0, B)),
        ("toeplitz", (B[:, 0], A[0])),
        ("hankel", (B[:, 0], A[0])),
        ("circulant", (A[0],)),
    ):
        np.testing.assert_array_equal(getattr(linalg, first)(*args), getattr(theirs, first)(*args))
    convolved = pytest.importorskip("scipy.signal")
    for mode in ("full", "same", "valid"):
        np.testing.assert_allclose(signal.convolve(A, B, mode), convolved.convolve(A, B, mode), atol=1e-14)
    for scale in (1e-9, 1.0, 30.0):
        np.testing.assert_allclose(linalg.expm(scale * A), theirs.expm(scale * A), rtol=1e-9, atol=1e-12)


def test_a_square_root_that_is_not_real() -> None:
    with pytest.raises(CalcgradError):
        grad(lambda a: np.sum(linalg.sqrtm(a)))(np.diag([1.0, -1.0]))


# --- equations and integrals --------------------------------------------------------------------------


def test_differential_equations() -> None:
    """y' = -k*y + c: y = (y0 - c/k)*exp(-k*t) + c/k, by all there is."""

    def last(y0: Any, end: Any, k: Any, c: Any) -> Any:
        times = np.stack([0.0 * end, 0.4 * end, end])
        return integrate.odeint(
            lambda y, t, k, c: -k * y + c, y0, times, args=(k, c), rtol=1e-10, atol=1e-12
        )[-1, 0]

    def exact(y0: Any, end: Any, k: Any, c: Any) -> Any:
        return (y0 - c / k) * np.exp(-k * end) + c / k

    at = (2.0, 1.5, 0.7, 0.3)
    assert last(*at) == pytest.approx(exact(*at), rel=1e-9)
    np.testing.assert_allclose(grad(last, (0, 1, 2, 3))(*at), grad(exact, (0, 1, 2, 3))(*at), rtol=1e-8)
    np.testing.assert_allclose(grad(grad(last, 2), 2)(*at), grad(grad(exact, 2), 2)(*at), rtol=1e-7)
    np.testing.assert_allclose(
        jvp(last, at, (1.0, 0.0, 1.0, 0.0))[1], jvp(exact, at, (1.0, 0.0, 1.0, 0.0))[1], rtol=1e-8
    )

    def turning(w: Any) -> Any:
        found = integrate.solve_ivp(
            lambda t, y, w: np.stack([y[1], -w * w * y[0]]),
            (0.0, 2.0),
            [1.0, 0.0],
            t_eval=[1.0, 2.0],
            args=(w,),
        )
        return found.y[0]

    np.testing.assert_allclose(turning(1.3), np.cos([1.3, 2.6]), rtol=1e-7)
    np.testing.assert_allclose(jacobian(turning)(1.3), [-np.sin(1.3), -2 * np.sin(2.6)], rtol=1e-7)
    backwards = grad(lambda y: integrate.odeint(lambda y, t: y * y, y, [1.0, 0.5])[-1, 0])(0.5)
    assert backwards == pytest.approx(1 / 1.25**2, rel=1e-6)  # y0/(1 - y0*t), back by a half
    with pytest.raises(UsageError, match="cannot be solved"):
        integrate.odeint(lambda y, t: y * y, 1.0, [0.0, 2.0])


def test_integrals() -> None:
    def bell(a: Any, b: Any) -> Any:
        return integrate.quad(lambda x, a: np.exp(-a * x * x), 0.0, b, args=(a,))[0]

    assert bell(1.3, 2.0) == pytest.approx(
        math.sqrt(math.pi / 1.3) / 2 * math.erf(2 * math.sqrt(1.3)), rel=1e-10
    )
    assert grad(bell, 1)(1.3, 2.0) == pytest.approx(math.exp(-1.3 * 4), rel=1e-7)
    assert grad(bell)(1.3, 2.0) == pytest.approx(differences(bell, [1.3, 2.0], 0), rel=1e-7)
    assert integrate.quad(np.sqrt, 0.0, 1.0)[0] == pytest.approx(2 / 3, abs=1e-8)
    with pytest.raises(UsageError, match="finite"):
        integrate.quad(lambda x: x, 0.0, np.inf)


@pytest.mark.parametrize(
    ("func", "place", "expected"),
    [
        (lambda x, a: np.where(x < a, 1.0, 0.0), lambda a: a, (0.3, 1.0)),
        (lambda x, a: 2.0 * x if x > a else -1.0, lambda a: a, (0.61, -1.6)),
        (lambda x, a: np.sign(x - a), lambda a: a, (0.4, -2.0)),
        (lambda x, a: np.floor(x + a), lambda a: 1.0 - a, (0.3, 1.0)),
    ],
)
def test_an_integral_over_a_jump_needs_its_place(func: Any, place: Any, expected: Any) -> None:
    with pytest.raises(UsageError, match="jumps at"):
        grad(lambda a: integrate.quad(func, 0.0, 1.0, args=(a,))[0])(0.3)

    def split(a: Any, start: float, end: float) -> Any:
        return integrate.quad(func, start, end, args=(a,), points=[place(a)])[0]

    np.testing.assert_allclose(value_and_grad(split)(0.3, 0.0, 1.0), expected, rtol=1e-9)
    np.testing.assert_allclose(value_and_grad(split)(0.3, 1.0, 0.0), np.negative(expected), rtol=1e-9)


@pytest.mark.parametrize(
    ("func", "expected"),
    [
        (lambda x, a: np.abs(x - a), 2 * 0.3 - 1.0),
        (lambda x, a: np.sqrt(np.abs(x - a)), math.sqrt(0.3) - math.sqrt(0.7)),
        (lambda x, a: a * np.log(x), -1.0),
        (lambda x, a: a / np.sqrt(np.sqrt(x)), 4 / 3),
    ],
)
def test_of_an_integral_the_derivative_is_as_near(func: Any, expected: float) -> None:
    assert grad(lambda a: integrate.quad(func, 0.0, 1.0, args=(a,))[0])(0.3) == pytest.approx(
        expected, abs=1e-7
    )


def test_a_differential_equation_whose_slope_jumps_needs_its_time() -> None:
    def pulse(y: Any, t: Any, a: Any) -> Any:
        return np.where(t < a, 1.0, 0.0) * np.ones(1)

    def at_the_end(a: Any, *times: Any) -> Any:
        return integrate.odeint(pulse, np.zeros(1), [0.0, *times, 1.0], args=(a,))[-1, 0]

    with pytest.raises(UsageError, match=r"slope jumps at t = 0\.3"):
        grad(at_the_end)(0.3)
    with pytest.raises(UsageError, match="slope jumps"):
        grad(
            lambda a: integrate.odeint(lambda y, t: np.where(y < a, 1.0, 2.0), np.zeros(1), [0.0, 1.0])[1, 0]
        )(0.3)
    assert grad(lambda a: at_the_end(a, a))(0.3) == pytest.approx(1.0, rel=1e-6)


# --- SciPy's own functions ----------------------------------------------------------------------------


def test_scipys_own_code_says_what_to_write_instead() -> None:
    scipy_linalg = pytest.importorskip("scipy.linalg")
    scipy_stats, scipy_special = pytest.importorskip("scipy.stats"), pytest.importorskip("scipy.special")
    for call, words in (
        (lambda a: scipy_linalg.expm(a), "calcgrad.autodiff.scipy.linalg.expm"),
        (lambda a: scipy_linalg.cho_factor(a), "calcgrad.autodiff.scipy.linalg.cho_factor"),
        (lambda a: scipy_stats.norm.logpdf(a), "calcgrad.autodiff.scipy.stats.norm.logpdf"),
        (lambda a: scipy_stats.multivariate_normal.logpdf(a, np.zeros(3)), "calcgrad.autodiff.scipy.stats"),
        (lambda a: scipy_special.logsumexp(a), "calcgrad.autodiff.scipy.special.logsumexp"),
        (lambda a: scipy_special.multigammaln(a, 2), "calcgrad.autodiff.scipy.special.multigammaln"),
        (lambda a: scipy_linalg.logm(a), "scipy.linalg.logm takes plain arrays"),
    ):
        with pytest.raises(TypeError) as caught:
            call(Variable(P))
        assert words in str(caught.value), str(caught.value)


def test_densities_outside_of_the_support() -> None:
    """There the logarithm is the constant -inf, whatever the scale is; beside it others keep theirs."""
    x = np.array([2.0, 0.5])
    for scale in (1.0, 1.5):
        found = jacobian(lambda s: stats.uniform.logpdf(x, 0.0, s))(scale)
        np.testing.assert_allclose(found, [0.0, -1.0 / scale])


def test_plain_numbers_give_what_scipy_gives_and_bad_arguments_errors() -> None:
    of = pytest.importorskip("scipy.special")
    assert special.softplus(0.3) == pytest.approx(math.log1p(math.exp(0.3)))
    assert special.sinc(0.3) == pytest.approx(math.sin(0.3 * math.pi) / (0.3 * math.pi))
    for ours, theirs in (
        (special.comb(5.5, 2.0), of.comb(5.5, 2.0)), (special.factorial(4.5), math.gamma(5.5)),
        (special.polygamma(1, 0.7), of.polygamma(1, 0.7)),
    ):  # fmt: skip
        assert float(ours) == pytest.approx(float(theirs), rel=1e-12)
    assert stats.multivariate_normal.pdf([0.0, 0.0], [0.0, 0.0], np.eye(2)) == pytest.approx(0.5 / math.pi)
    # no second axis: one array inside of the other, and neither
    np.testing.assert_allclose(signal.convolve([1.0, 2.0], [1.0, 3.0, 5.0], "valid"), [5.0, 11.0])
    for call in (
        lambda: signal.convolve(np.ones((2, 3)), np.ones((3, 2)), "valid"),
        lambda: signal.convolve([1.0], [1.0], "wide"),
        lambda: stats.gamma.logpdf(1.0),
        lambda: linalg.solve_triangular(np.eye(2), np.ones(2), trans=7),
    ):
        with pytest.raises((TypeError, ValueError)):
            call()
