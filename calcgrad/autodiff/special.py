"""Values of special functions at floats and arrays: by SciPy where it is installed, else by math and mpmath.

    special("gamma")(np.array([0.5, 5.0]))  # 1.772..., 24.0

The two ways agree to about 1e-13, and the tests hold them to it. Nothing is imported until a value is
asked for. Outside a function's real domain, and at its poles, the value is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np


@cache
def special(name: str) -> Callable[..., Any]:
    """The function of that name, ready for arrays."""
    try:
        import scipy.special as scipy_special
    except ImportError:
        return _by_mpmath(name)
    by_scipy = _SCIPY.get(name)
    return _by_mpmath(name) if by_scipy is None else by_scipy(scipy_special)


def _nan_where(bad: Any, value: Any) -> Any:
    return np.where(bad, np.nan, value)


def _pole(x: Any) -> Any:
    """The poles of gamma: 0, -1, -2, ..."""
    return (x <= 0) & (np.floor(x) == x)


def _gamma(s: Any) -> Callable[..., Any]:
    return lambda x: _nan_where(_pole(x), s.gamma(x))


def _digamma(s: Any) -> Callable[..., Any]:
    return lambda x: _nan_where(_pole(x), s.digamma(x))


def _loggamma(s: Any) -> Callable[..., Any]:
    return lambda x: _nan_where(np.less_equal(x, 0), s.gammaln(x))


def _where_scipy_can(name: str, can: Callable[..., Any], value: Callable[..., Any]) -> Callable[..., Any]:
    """SciPy's value where it covers the argument, mpmath's elsewhere."""

    def mixed(*args: Any) -> Any:
        easy = can(*args)
        if np.all(easy):
            return value(*args)
        args = tuple(np.asarray(x, float) for x in np.broadcast_arrays(*args))
        result = np.asarray(_by_mpmath(name)(*(np.where(easy, _EASY[name], x) for x in args)))
        return np.where(easy, value(*args), result)

    return mixed


def _in_pascals_triangle(n: Any, k: Any) -> Any:
    return np.greater_equal(k, 0) & np.less_equal(k, n)


# An argument that costs mpmath nothing, for the elements that SciPy has computed already.
_EASY = {"polygamma": 1.0, "beta": 1.0, "binomial": 1.0, "zeta": 2.0}

_SCIPY: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "erf": lambda s: s.erf,
    "erfc": lambda s: s.erfc,
    "fresnels": lambda s: (
        lambda x: s.fresnel(np.clip(x, -1e99, 1e99))[0]
    ),  # whose own square is not to overflow
    "fresnelc": lambda s: lambda x: s.fresnel(np.clip(x, -1e99, 1e99))[1],
    "gamma": _gamma,
    "loggamma": _loggamma,
    "digamma": _digamma,
    "polygamma": lambda s: _where_scipy_can("polygamma", lambda n, x: np.greater(x, 0), s.polygamma),
    "beta": lambda s: _where_scipy_can("beta", lambda a, b: np.greater(a, 0) & np.greater(b, 0), s.beta),
    "binomial": lambda s: _where_scipy_can("binomial", _in_pascals_triangle, s.binom),
    "zeta": lambda s: _where_scipy_can("zeta", lambda x: np.greater(x, 1), lambda x: s.zeta(x, 1.0)),
    "Ei": lambda s: s.expi,
    "LambertW": lambda s: lambda x: _nan_where(np.less(x, -math.exp(-1.0)), s.lambertw(x).real),
    "besselj": lambda s: s.jv,
    "bessely": lambda s: lambda nu, x: _nan_where(np.less_equal(x, 0), s.yv(nu, x)),
}


def _by_mpmath(name: str) -> Callable[..., Any]:
    """The same function one element at a time: by math where it has it, else by mpmath."""
    one = _one_by_math(name)
    if one is not None:
        return np.vectorize(one, otypes=[float])
    return by_mpmath(lambda mpmath, *args: _mpmath_function(mpmath, name)(*args))


def by_mpmath(meaning: Callable[..., Any]) -> Callable[..., Any]:
    """meaning(mpmath, *numbers) as a function of floats and arrays; NaN where it is no real number."""
    import mpmath

    def one(*args: float) -> float:
        if any(x != x for x in args):
            return math.nan
        with mpmath.workdps(30):
            try:
                value = meaning(mpmath, *(mpmath.mpf(x) for x in args))
            except (ValueError, ZeroDivisionError, NotImplementedError, mpmath.libmp.NoConvergence):
                return math.nan
            if isinstance(value, mpmath.mpc) and value.imag != 0:
                return math.nan
            return float(mpmath.re(value))

    return np.vectorize(one, otypes=[float])


def _one_by_math(name: str) -> Callable[..., float] | None:
    if name in ("erf", "erfc"):
        return getattr(math, name)  # type: ignore[no-any-return]
    if name == "gamma":

        def gamma(x: float) -> float:
            try:
                return math.gamma(x)
            except OverflowError:
                return math.inf
            except ValueError:  # a pole
                return math.nan

        return gamma
    if name == "loggamma":
        return lambda x: math.lgamma(x) if x > 0 else math.nan
    return None


def _mpmath_function(mpmath: Any, name: str) -> Callable[..., Any]:
    if name == "polygamma":
        return lambda n, x: mpmath.psi(int(n), x) if n >= 0 and n == int(n) else mpmath.nan
    if name == "LambertW":
        return lambda x: mpmath.lambertw(x) if x >= -math.exp(-1.0) else mpmath.nan
    if name == "bessely":
        return lambda nu, x: mpmath.bessely(nu, x) if x > 0 else mpmath.nan
    if name == "zeta derivative":
        return lambda n, s: mpmath.zeta(s, 1, int(n)) if s != 1 else mpmath.nan
    return getattr(mpmath, {"Ei": "ei"}.get(name, name))  # type: ignore[no-any-return]
