"""The functions NumPy lacks: values and derivatives against mpmath, with SciPy and without."""

from __future__ import annotations

import math
import sys
from typing import Any

import mpmath
import numpy as np
import pytest

from calcgrad.autodiff import Variable, functions, gradient
from calcgrad.autodiff.special import special
from calcgrad.errors import NotDifferentiable

ONE = {
    "sec": mpmath.sec,
    "csc": mpmath.csc,
    "cot": mpmath.cot,
    "sech": mpmath.sech,
    "csch": mpmath.csch,
    "coth": mpmath.coth,
    "asec": mpmath.asec,
    "acsc": mpmath.acsc,
    "acot": mpmath.acot,
    "asech": mpmath.asech,
    "acsch": mpmath.acsch,
    "acoth": mpmath.acoth,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "gamma": mpmath.gamma,
    "factorial": mpmath.factorial,
    "loggamma": mpmath.loggamma,
    "digamma": mpmath.digamma,
    "zeta": mpmath.zeta,
    "Ei": mpmath.ei,
    "LambertW": mpmath.lambertw,
}
POINTS = (-30.5, -5.5, -2.5, -1.5, -0.7, -0.3, 0.2, 0.5, 0.9, 1.2, 2.0, 3.5, 10.0, 20.0)
TWO = {
    "polygamma": (mpmath.psi, [(1, 0.5), (2, 3.0), (1, -0.5), (3, -2.3), (0, 2.0)]),
    "beta": (mpmath.beta, [(2.5, 3.0), (-0.5, 2.2), (0.1, 0.2)]),
    "binomial": (mpmath.binomial, [(5, 2.0), (5.5, 2.3), (-1.5, 2.0), (3.0, 0.5), (-1, 2.0)]),
    "besselj": (mpmath.besselj, [(0, 1.0), (2, -3.0), (0.5, 2.0), (1, 0.0)]),
    "bessely": (mpmath.bessely, [(0, 1.0), (1, 3.0), (0.5, 2.0)]),
}


@pytest.fixture(params=["scipy", "mpmath"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "scipy":
        pytest.importorskip("scipy.special")
    else:
        monkeypatch.setitem(sys.modules, "scipy", None)
        monkeypatch.setitem(sys.modules, "scipy.special", None)
    special.cache_clear()
    yield request.param
    special.cache_clear()


def close(found: float, expected: Any, rel: float) -> bool:
    return bool(abs(found - expected) <= rel * abs(expected) + 1e-300)


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_argument(name: str, backend: str) -> None:
    function = getattr(functions, name)
    compared = 0
    with mpmath.workdps(40):
        for point in POINTS:
            reference = ONE[name](mpmath.mpf(point))
            value = function(point)
            assert type(value) is float
            if isinstance(reference, mpmath.mpc) and reference.imag != 0:
                assert math.isnan(value), point
                continue
            assert close(value, mpmath.re(reference), 1e-13), point
            slope = mpmath.re(mpmath.diff(lambda t: mpmath.re(ONE[name](t)), mpmath.mpf(point)))
            x = Variable(point)
            (found,) = gradient(function(x), targets=[x])
            if abs(slope) > 1e-30:
                assert close(found, slope, 1e-11), point
            compared += 1
    assert compared >= 3
    array = np.array([0.5, 2.0])
    np.testing.assert_array_equal(function(array), [function(0.5), function(2.0)])


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_arguments(name: str, backend: str) -> None:
    function = getattr(functions, name)
    reference, points = TWO[name]
    with mpmath.workdps(40):
        for a, b in points:
            assert close(function(a, b), reference(a, mpmath.mpf(b)), 1e-13), (a, b)
            if (name, a, b) == ("binomial", -1, 2.0):
                continue
            x = Variable(b)
            (found,) = gradient(function(a, x), targets=[x])
            assert close(found, mpmath.diff(lambda t, a=a: reference(a, t), mpmath.mpf(b)), 1e-11), (a, b)
            if name in ("beta", "binomial"):
                y = Variable(float(a))
                (found,) = gradient(function(y, b), targets=[y])
                assert close(found, mpmath.diff(lambda t, b=b: reference(t, b), mpmath.mpf(a)), 1e-11)


@pytest.mark.parametrize("name", ["polygamma", "besselj", "bessely"])
def test_an_order_has_no_rule(name: str) -> None:
    nu = Variable(1.0)
    with pytest.raises(NotDifferentiable, match="order") as caught:
        gradient(getattr(functions, name)(nu, 2.0), targets=[nu])
    assert (caught.value.function, caught.value.kind) == (name, "no-rule")


@pytest.mark.parametrize(
    ("name", "point", "kind"),
    [("gamma", -1.0, "undefined"), ("factorial", -2.0, "undefined"), ("loggamma", 0.0, "undefined"),
     ("digamma", 0.0, "undefined"), ("zeta", 1.0, "undefined"), ("Ei", 0.0, "undefined"),
     ("LambertW", -1.0, "not-real"), ("asec", 0.5, "not-real"), ("acoth", 0.5, "not-real")],
)  # fmt: skip
def test_outside_the_domain(name: str, point: float, kind: str, backend: str) -> None:
    x = Variable(point)
    with pytest.raises(NotDifferentiable) as caught:
        gradient(getattr(functions, name)(x), targets=[x])
    assert (caught.value.function, caught.value.kind) == (name, kind)


def test_roots() -> None:
    assert [functions.root(x, n) for x, n in ((-8, 3), (27, 3), (-243, 5), (16, 4), (8, -3))] == [
        -2,
        3,
        -3,
        2,
        0.5,
    ]
    assert math.isnan(functions.root(-16, 4)) and functions.root(0, 3) == 0
    x = Variable(-8.0)
    assert gradient(functions.root(x, 3), targets=[x])[0] == pytest.approx(1 / 12)


def test_conventions_at_zero() -> None:
    assert functions.acot(0.0) == functions.acot(-0.0) == math.pi / 2
    assert functions.heaviside(np.array([-1.0, 0.0, 2.0])).tolist() == [0.0, 0.5, 1.0]


def test_logsumexp_and_softmax_are_stable() -> None:
    x = Variable(np.array([1000.0, 1000.0, -1000.0]))
    assert float(functions.logsumexp(x)) == 1000 + math.log(2)
    assert gradient(functions.logsumexp(x), targets=[x])[0].tolist() == [0.5, 0.5, 0.0]
    p = functions.softmax(x)
    assert p.value.tolist() == [0.5, 0.5, 0.0]
    assert gradient(p, seed=[1.0, 0.0, 0.0], targets=[x])[0].tolist() == [0.25, -0.25, 0.0]
    assert functions.sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist() == [0.0, 0.5, 1.0]


def test_second_derivatives_record_themselves() -> None:
    for name, order in (("zeta", 2), ("gamma", 3), ("sigmoid", 3), ("LambertW", 2), ("root", 2)):
        x = Variable(2.5)
        function = getattr(functions, name)
        y = function(x, 3) if name == "root" else function(x)
        for _ in range(order):
            (y,) = gradient(y, targets=[x], record=True)
        with mpmath.workdps(40):
            reference = {"root": mpmath.cbrt}.get(name) or ONE[name]
            assert close(float(y), mpmath.re(mpmath.diff(reference, mpmath.mpf(2.5), order)), 1e-11), name
