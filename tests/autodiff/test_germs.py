"""What is singular at a point, decided: moving exponents, edges of domains, holes filled in, roots at zero.

    python tests/autodiff/test_germs.py 500   # so many compositions at the edge of a domain, against diff --at

Truth is SymPy's for powers, mpmath's Taylor coefficients for completed quotients, and the exact engine's answer
at the point for compositions.
"""

from __future__ import annotations

import random
import sys
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from calcgrad.autodiff import grad, hessian, hvp, jacfwd, jvp
from calcgrad.autodiff.expressions import evaluate
from calcgrad.autodiff.functions import acoth, acsc, acsch, asec, asech, norm, primitive
from calcgrad.autodiff.germs import Germ
from calcgrad.autodiff.replay import Replay
from calcgrad.commands.derivatives import diff
from calcgrad.errors import NotDifferentiable, UndecidedError
from calcgrad.expression.parser import parse

# --- powers whose exponent moves ----------------------------------------------------------------------

BASES = ("2 + x", "3*x + 1", "exp(x)", "x**2 + 3/2")
EXPONENTS = ("x", "x + 1", "x + 2", "x**2", "2 - x", "sin(x) + 1", "3*x - x**2")
SPELLED = {"**": lambda u, v: u**v, "power": np.power, "float_power": np.float_power}


def named(text: str, x: Any) -> Any:
    return eval(text, {"exp": np.exp, "sin": np.sin, "x": x})


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_every_order_of_a_power_with_a_moving_exponent(exponent: str) -> None:
    rng = random.Random(exponent)
    t = sympy.Symbol("x")
    for base in rng.sample(BASES, 1):
        power = SPELLED[rng.choice(sorted(SPELLED))]

        def f(x: Any, base: str = base, power: Any = power) -> Any:
            return power(named(base, x), named(exponent, x))

        series = sympy.sympify(f"({base})**({exponent})", {"x": t})
        right = [float(series.diff(t, n).subs(t, 0)) for n in range(1, 5)]
        nested = f
        for n in range(4):
            nested = grad(nested)
            assert nested(0.0) == pytest.approx(right[n], rel=1e-12, abs=1e-12)
        assert hessian(f)(0.0) == pytest.approx(right[1], abs=1e-12)
        assert hvp(f, 0.0, 3.0) == pytest.approx(3 * right[1], abs=1e-12)
        assert jacfwd(jacfwd(f))(0.0) == pytest.approx(right[1], abs=1e-12)
        assert jvp(grad(f), (0.0,), (2.0,))[1] == pytest.approx(2 * right[1], abs=1e-12)
        assert jacfwd(hessian(f))(0.0) == pytest.approx(right[2], abs=1e-11)
        table = Replay(f, order=2)(np.zeros(3))
        assert table.curvatures[0][0] == pytest.approx(np.full(3, right[1]), abs=1e-12)
        many = hessian(lambda x, f=f: np.sum(f(x)))(np.zeros(2))
        assert many == pytest.approx(np.diag([right[1]] * 2), abs=1e-12)


@pytest.mark.parametrize("y", [0.0, 1.0, 2.0, 3.0])
def test_base_and_exponent_are_two_variables(y: float) -> None:
    x, log = 23.0, np.log(23.0)
    mixed = x ** (y - 1) * (1 + y * log)
    right = [[y * (y - 1) * x ** (y - 2), mixed], [mixed, x**y * log**2]]
    assert hessian(lambda z: z[0] ** z[1])(np.array([x, y])) == pytest.approx(np.array(right))
    spread = hessian(lambda z: np.sum(z[:1] ** np.broadcast_to(z[1], (3,))))(np.array([x, y]))
    assert spread == pytest.approx(3 * np.array(right))
    table = Replay(lambda a, b: a**b, 2, order=2)(np.full(2, x), np.full(2, y))
    assert table.curvatures[1][0] == pytest.approx(np.full(2, mixed))


# --- holes that are filled in -------------------------------------------------------------------------

HOLES = {
    "expm1(x)/x": (lambda x: np.expm1(x) / x, lambda x: mpmath.expm1(x) / x),
    "sin(x)/x": (lambda x: np.sin(x) / x, lambda x: mpmath.sin(x) / x),
    "(1-cos(x))/x**2": (lambda x: (1 - np.cos(x)) / x**2, lambda x: (1 - mpmath.cos(x)) / x**2),
    "log1p(x)/x": (lambda x: np.log1p(x) / x, lambda x: mpmath.log1p(x) / x),
    "x/tanh(x)": (lambda x: x / np.tanh(x), lambda x: x / mpmath.tanh(x)),
    "1/x - 1/sin(x)": (lambda x: 1 / x - 1 / np.sin(x), lambda x: 1 / x - 1 / mpmath.sin(x)),
}


@pytest.mark.parametrize("name", HOLES)
def test_derivatives_of_a_completed_quotient(name: str) -> None:
    f, exact = HOLES[name]
    with mpmath.workdps(60):  # Cauchy's formula on a circle around the hole
        turn = [mpmath.expjpi(mpmath.mpf(k) / 32) / 2 for k in range(64)]
        c = [mpmath.re(sum(exact(z) / z**n for z in turn) / 64) for n in range(3)]
    start = float(mpmath.nint(c[0] * 1000000) / 1000000)
    assert abs(c[0] - start) < 1e-15
    completed = lambda x: np.where(x == 0, start, f(x))  # noqa: E731
    assert grad(completed)(0.0) == pytest.approx(float(c[1]), abs=1e-14)
    assert hessian(completed)(0.0) == pytest.approx(2 * float(c[2]), abs=1e-14)
    with pytest.raises(NotDifferentiable, match="jump"):
        grad(lambda x: np.where(x == 0, start + 1e-3, f(x)))(0.0)


# --- roots at zero, norms -----------------------------------------------------------------------------


def distances(x: Any) -> Any:
    return np.sum(np.sqrt(np.sum((x[:, None] - x[None]) ** 2, -1)))


@pytest.mark.parametrize("number", [3, 20])
def test_distances_with_their_zero_diagonal(number: int) -> None:
    x = np.random.default_rng(number).normal(size=(number, 3))
    gaps = x[:, None] - x[None]
    sizes = np.sqrt(np.sum(gaps**2, -1)) + np.eye(number)
    right = 2 * np.sum(gaps / sizes[..., None], 1)
    assert grad(distances)(x) == pytest.approx(right)
    assert grad(lambda x: np.sum(np.linalg.norm(x[:, None] - x[None], axis=-1)))(x) == pytest.approx(right)
    x[1] = x[0]
    with pytest.raises(NotDifferentiable, match="corner"):
        grad(distances)(x)


def test_what_a_root_at_zero_is() -> None:
    for f in (lambda x: np.sqrt(x**2), lambda x: np.sqrt(x * x), lambda x: np.sqrt(1 - np.cos(x))):
        with pytest.raises(NotDifferentiable, match="corner"):
            grad(f)(0.0)
    with pytest.raises(NotDifferentiable, match="corner"):
        grad(np.std)(np.ones(2))
    assert grad(lambda x: np.sqrt(np.sum((x - x) ** 2)) + x[0])(np.ones(2)).tolist() == [1.0, 0.0]
    assert hessian(lambda x: np.sqrt(x**4))(0.0) == 2.0
    found = hessian(lambda v: v[1] + np.sqrt(v[0] ** 4))(np.array([0.0, 1.0]))
    assert found == pytest.approx(np.diag([2.0, 0.0]))
    with pytest.raises(UndecidedError):  # along v[1] = 0 the formula has a gap, and there is a value
        hessian(lambda v: v[0] * (np.sqrt(v[1] ** 4) + v[1]))(np.array([2.0, 0.0]))
    assert hessian(lambda x: norm(x) ** 2)(np.zeros(2)) == pytest.approx(2 * np.eye(2), abs=1e-15)
    assert hvp(lambda x: np.linalg.norm(x) ** 2, np.zeros(2), np.array([1.0, 2.0])) == pytest.approx(
        [2.0, 4.0]
    )
    assert hessian(lambda x: np.std(x) ** 2)(np.ones(2)) == pytest.approx(
        np.array([[0.5, -0.5], [-0.5, 0.5]])
    )


def test_what_is_constant_along_each_ray_may_still_jump() -> None:
    second = hessian(lambda x: norm(x) ** 2)
    with pytest.raises(UndecidedError):
        grad(lambda x: second(x)[0, 1])(np.zeros(2))
    with pytest.raises((UndecidedError, NotDifferentiable)):
        hessian(lambda x: x[0] ** 2 * abs(x[1]))(np.zeros(2))


# --- a user's rule, reciprocals at zero ---------------------------------------------------------------

SCALE = 1.0


def test_a_rule_is_read_as_it_is_written() -> None:
    global SCALE
    wave = primitive(
        lambda x: np.sin(np.pi * x), lambda g, out, x: g * np.pi * np.cos(np.pi * x), elementwise=True
    )
    assert grad(wave)(0.0) == pytest.approx(np.pi)
    default = primitive(lambda x: 2 * x, lambda g, out, x, k=2.0: g * k, elementwise=True)
    assert grad(default)(1.0) == 2.0
    scaled = primitive(lambda x: SCALE * x, lambda g, out, x: g * SCALE, elementwise=True)
    SCALE = 3.0
    assert grad(scaled)(1.0) == 3.0


@pytest.mark.parametrize("function", [asec, acsc, acoth, asech, acsch])
def test_inverses_of_reciprocals_are_not_defined_at_zero(function: Any) -> None:
    with pytest.raises(NotDifferentiable, match=r"is not (real|defined)"):
        grad(function)(0.0)


def test_a_germ_is_the_series() -> None:
    s = Germ.moving(0.0, 1.0)
    quotient = np.sin(s) / s
    assert [float(quotient.coefficient((float(n), 0))) for n in range(5)] == pytest.approx(
        [1, 0, -1 / 6, 0, 1 / 120]
    )
    assert float(np.sqrt(s**4).slope()) == 0.0 and np.isposinf(np.sqrt(s).slope())
    assert bool((-s).__pow__(s + 1).void) and not bool((s ** (s + 1)).void)
    assert np.isnan((np.sin(s) - np.sin(s) - s**9).sign())  # beyond what is known


# --- compositions at the edge of a domain -------------------------------------------------------------

EDGES = (
    "sqrt({u})", "log({u})", "asin(1+{u})", "acos({u}-1)", "acosh(1+{u})", "atanh(1+{u})", "log1p({u}-1)",
    "asech(1+{u})", "asec(1+{u})", "acoth(1+{u})", "acsch({u})", "cbrt({u})", "root({u},4)", "({u})^(3/2)",
    "({u})^(1/4)", "({u})^(-1/2)", "({u})^(x+1)", "({u})^(x^2)", "({u})^(1/2+x)", "abs({u})^(3/2)",
    "abs({u})^(x+1)", "atan2({u},1)", "hypot({u},x)", "max({u},x)", "max(sqrt({u}),5)", "relu({u})",
    "where({u}>0,{u},x^2)", "where(x==0,0,({u})*log(abs(x)))", "where(x==0,0,({u})^2/x)",
)  # fmt: skip
INNER = (
    "x",
    "-x",
    "x^2",
    "-x^2",
    "x^3",
    "x^4",
    "x^2+x",
    "sin(x)",
    "1-cos(x)",
    "cos(x)-1",
    "abs(x)",
    "x*abs(x)",
)
OUTER = ("{f}", "{f}", "x*{f}", "({f})^2", "{f}-x", "sin({f})", "abs({f})", "{f}+sqrt(x^2)", "({f})^(3/2)")


def composition(rng: random.Random) -> str:
    f = rng.choice(EDGES).format(u=rng.choice(INNER))
    return rng.choice(OUTER).format(f=f)


def disagreement(text: str) -> str | None:
    """What is wrong with the tape's answer at 0, given that of the exact engine."""
    exact = diff(text, at="x=0")
    if exact.reason == "undecided":
        return None
    tree = parse(text).node
    try:
        found = grad(lambda x: evaluate(tree, {"x": x}))(0.0)
    except NotDifferentiable:
        return f"no, but {exact.value}" if exact.value is not None else None
    except UndecidedError:
        return None
    if exact.value is None or exact.value.number is None:
        return f"{found}, but {exact.reason}"
    return (
        None
        if abs(found - exact.value.number) <= 1e-9 * max(1.0, abs(found))
        else f"{found}, not {exact.value}"
    )


@pytest.mark.parametrize("seed", range(4))
def test_compositions_at_the_edge_of_a_domain(seed: int) -> None:
    text = composition(random.Random(seed))
    assert disagreement(text) is None, text


if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        text = composition(random.Random(number))
        if (wrong := disagreement(text)) is not None:
            print(f"{number}: {text}: {wrong}")
