"""scipy.stats: log-densities and distribution functions of the common distributions, in NumPy's terms.

    stats.norm.logpdf(x, 0.0, sigma)              # SciPy's names and arguments
    stats.gamma.cdf(x, a, scale=2.0)              # by a too
    stats.multivariate_normal.logpdf(x, mean, cov)

SciPy's own code takes plain arrays; here each argument may be a Variable. A distribution is a row: its log-density and
distribution function in standard form, and where it lives. Where that ends the density jumps, which has no derivative.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from calcgrad.autodiff.composed import no_rule
from calcgrad.autodiff.rules import value_of
from calcgrad.autodiff.scipy import special as sp

Function = Callable[..., Any]


def _array(x: Any) -> Any:
    return x if hasattr(x, "detach") or isinstance(x, (int, float)) else np.asarray(x, float)


def _within(x: Any, low: float, high: float, inside: Function, below: float, above: float) -> Any:
    """inside(x) on the support, and constants beyond its ends."""
    if math.isinf(low) and math.isinf(high):
        return inside(x)
    if not hasattr(x, "program") and np.all((value_of(x) > low) & (value_of(x) < high)):
        return inside(x)
    found = inside(x)
    if not math.isinf(low):
        found = np.where(x < low, below, found)
    return found if math.isinf(high) else np.where(x > high, above, found)


def _log(one: Any, rest: Any) -> Any:
    """log(one), where one + rest is 1: near 1 by what is left."""
    most = value_of(one) > 0.5
    return np.where(most, np.log1p(-np.where(most, rest, 0.0)), np.log(np.where(most, 1.0, one)))


class Continuous:
    """A distribution with a density, by SciPy's names: shapes, then loc and scale."""

    def __init__(
        self,
        name: str,
        shapes: int,
        logpdf: Function,
        cdf: Function,
        sf: Function,
        support: tuple[float, float] = (-math.inf, math.inf),
        logcdf: Function | None = None,
        logsf: Function | None = None,
    ) -> None:
        self.name = name
        self._shapes = shapes
        self._logpdf, self._cdf, self._sf, self._support = logpdf, cdf, sf, support
        self._logcdf, self._logsf = logcdf, logsf

    def __repr__(self) -> str:
        return f"<distribution {self.name}>"

    def _standard(
        self, x: Any, args: tuple[Any, ...], loc: Any, scale: Any
    ) -> tuple[Any, tuple[Any, ...], Any]:
        shapes, rest = args[: self._shapes], args[self._shapes :]
        if len(shapes) < self._shapes or len(rest) > 2:
            raise TypeError(f"{self.name} takes {self._shapes} shapes, then loc and scale")
        loc, scale = (*rest, *(loc, scale)[len(rest) :])
        loc, scale = _array(loc), _array(scale)
        moved = (
            not isinstance(loc, (int, float)) or loc != 0 or not isinstance(scale, (int, float)) or scale != 1
        )
        return (_array(x) - loc) / scale if moved else _array(x), tuple(_array(s) for s in shapes), scale

    def _over(
        self, which: Function, x: Any, args: Any, loc: Any, scale: Any, below: float, above: float
    ) -> Any:
        z, shapes, _ = self._standard(x, args, loc, scale)
        return _within(z, *self._support, lambda z: which(z, *shapes), below, above)

    def logpdf(self, x: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of the density."""
        z, shapes, scale = self._standard(x, args, loc, scale)
        found = _within(z, *self._support, lambda z: self._logpdf(z, *shapes), -math.inf, -math.inf)
        if isinstance(scale, (int, float)) and scale == 1:
            return found
        outside = np.isneginf(value_of(found))  # a constant, whatever the scale is
        return found - (np.where(outside, 0.0, np.log(scale)) if np.any(outside) else np.log(scale))

    def pdf(self, x: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The density."""
        return np.exp(self.logpdf(x, *args, loc=loc, scale=scale))

    def cdf(self, x: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The distribution function."""
        return self._over(self._cdf, x, args, loc, scale, 0.0, 1.0)

    def sf(self, x: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """1 - cdf, accurate where it is small."""
        return self._over(self._sf, x, args, loc, scale, 1.0, 0.0)

    def logcdf(self, x: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of the distribution function."""
        if self._logcdf is None:
            args = (x, *args)
            return _log(self.cdf(*args, loc=loc, scale=scale), self.sf(*args, loc=loc, scale=scale))
        return self._over(self._logcdf, x, args, loc, scale, -math.inf, 0.0)

    def logsf(self, x: Any, *args: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of 1 - cdf."""
        if self._logsf is None:
            args = (x, *args)
            return _log(self.sf(*args, loc=loc, scale=scale), self.cdf(*args, loc=loc, scale=scale))
        return self._over(self._logsf, x, args, loc, scale, 0.0, -math.inf)


class Discrete:
    """A distribution on whole numbers; k counts, so there is no derivative by it."""

    def __init__(self, name: str, logpmf: Function, cdf: Function, least: float = 0.0) -> None:
        self.name = name
        self._logpmf, self._cdf, self._least = logpmf, cdf, least

    def __repr__(self) -> str:
        return f"<distribution {self.name}>"

    def _count(self, k: Any, loc: Any) -> Any:
        for x in (k, loc):
            if hasattr(x, "detach"):
                raise no_rule(self.name, "by a number that counts")
        return np.asarray(k, float) - loc

    def logpmf(self, k: Any, *args: Any, loc: Any = 0) -> Any:
        """The logarithm of the probability of k."""
        k = self._count(k, loc)
        there = (k >= self._least) & (k == np.floor(k))
        found = self._logpmf(np.where(there, k, self._least), *map(_array, args))
        return found if np.all(there) else np.where(there, found, -np.inf)

    def pmf(self, k: Any, *args: Any, loc: Any = 0) -> Any:
        """The probability of k."""
        return np.exp(self.logpmf(k, *args, loc=loc))

    def cdf(self, k: Any, *args: Any, loc: Any = 0) -> Any:
        """The probability of k or less."""
        k = np.floor(self._count(k, loc))
        there = k >= self._least
        found = self._cdf(np.where(there, k, self._least), *map(_array, args))
        return found if np.all(there) else np.where(there, found, 0.0)

    def sf(self, k: Any, *args: Any, loc: Any = 0) -> Any:
        """1 - cdf."""
        return 1.0 - self.cdf(k, *args, loc=loc)

    def logcdf(self, k: Any, *args: Any, loc: Any = 0) -> Any:
        """The logarithm of the distribution function."""
        return np.log(self.cdf(k, *args, loc=loc))


_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_POSITIVE = (0.0, math.inf)

norm = Continuous(
    "norm",
    0,
    lambda x: -0.5 * np.square(x) - _HALF_LOG_TWO_PI,
    sp.ndtr,
    lambda x: sp.ndtr(-x),
    logcdf=sp.log_ndtr,
    logsf=lambda x: sp.log_ndtr(-x),
)
t = Continuous(
    "t",
    1,
    lambda x, df: (
        sp.gammaln(0.5 * df + 0.5)
        - sp.gammaln(0.5 * df)
        - 0.5 * np.log(math.pi * df)
        - (0.5 * df + 0.5) * np.log1p(np.square(x) / df)
    ),
    lambda x, df: sp.stdtr(df, x),
    lambda x, df: sp.stdtr(df, -x),
)
cauchy = Continuous(
    "cauchy",
    0,
    lambda x: -math.log(math.pi) - np.log1p(np.square(x)),
    lambda x: 0.5 + np.arctan(x) / math.pi,
    lambda x: 0.5 - np.arctan(x) / math.pi,
)
laplace = Continuous(
    "laplace",
    0,
    lambda x: -math.log(2.0) - np.abs(x),
    lambda x: np.where(x < 0, 0.5 * np.exp(-np.abs(x)), 1.0 - 0.5 * np.exp(-np.abs(x))),
    lambda x: np.where(x < 0, 1.0 - 0.5 * np.exp(-np.abs(x)), 0.5 * np.exp(-np.abs(x))),
)
logistic = Continuous(
    "logistic",
    0,
    lambda x: sp.log_expit(x) + sp.log_expit(-x),
    sp.expit,
    lambda x: sp.expit(-x),
    logcdf=sp.log_expit,
    logsf=lambda x: sp.log_expit(-x),
)
gumbel_r = Continuous(
    "gumbel_r",
    0,
    lambda x: -x - np.exp(-x),
    lambda x: np.exp(-np.exp(-x)),
    lambda x: -np.expm1(-np.exp(-x)),
    logcdf=lambda x: -np.exp(-x),
)
gumbel_l = Continuous(
    "gumbel_l",
    0,
    lambda x: x - np.exp(x),
    lambda x: -np.expm1(-np.exp(x)),
    lambda x: np.exp(-np.exp(x)),
    logsf=lambda x: -np.exp(x),
)
uniform = Continuous("uniform", 0, lambda x: 0.0 * x, lambda x: 1.0 * x, lambda x: 1.0 - x, (0.0, 1.0))
expon = Continuous(
    "expon",
    0,
    lambda x: -1.0 * x,
    lambda x: -np.expm1(-x),
    lambda x: np.exp(-x),
    _POSITIVE,
    logsf=lambda x: -1.0 * x,
)
gamma = Continuous(
    "gamma",
    1,
    lambda x, a: sp.xlogy(a - 1.0, x) - x - sp.gammaln(a),
    lambda x, a: sp.gammainc(a, x),
    lambda x, a: sp.gammaincc(a, x),
    _POSITIVE,
)
chi2 = Continuous(
    "chi2",
    1,
    lambda x, df: sp.xlogy(0.5 * df - 1.0, x) - 0.5 * x - sp.gammaln(0.5 * df) - 0.5 * math.log(2.0) * df,
    lambda x, df: sp.chdtr(df, x),
    lambda x, df: sp.chdtrc(df, x),
    _POSITIVE,
)
invgamma = Continuous(
    "invgamma",
    1,
    lambda x, a: -(a + 1.0) * np.log(x) - sp.gammaln(a) - 1.0 / x,
    lambda x, a: sp.gammaincc(a, 1.0 / x),
    lambda x, a: sp.gammainc(a, 1.0 / x),
    _POSITIVE,
)
beta = Continuous(
    "beta",
    2,
    lambda x, a, b: sp.xlogy(a - 1.0, x) + sp.xlog1py(b - 1.0, -x) - sp.betaln(a, b),
    lambda x, a, b: sp.betainc(a, b, x),
    lambda x, a, b: sp.betaincc(a, b, x),
    (0.0, 1.0),
)
f = Continuous(
    "f",
    2,
    lambda x, n, d: (
        0.5 * n * np.log(n)
        + 0.5 * d * np.log(d)
        + sp.xlogy(0.5 * n - 1.0, x)
        - 0.5 * (n + d) * np.log(d + n * x)
        - sp.betaln(0.5 * n, 0.5 * d)
    ),
    lambda x, n, d: sp.fdtr(n, d, x),
    lambda x, n, d: sp.fdtrc(n, d, x),
    _POSITIVE,
)
lognorm = Continuous(
    "lognorm",
    1,
    lambda x, s: -0.5 * np.square(np.log(x) / s) - np.log(s * x) - _HALF_LOG_TWO_PI,
    lambda x, s: sp.ndtr(np.log(x) / s),
    lambda x, s: sp.ndtr(-np.log(x) / s),
    _POSITIVE,
    logcdf=lambda x, s: sp.log_ndtr(np.log(x) / s),
    logsf=lambda x, s: sp.log_ndtr(-np.log(x) / s),
)
weibull_min = Continuous(
    "weibull_min",
    1,
    lambda x, c: np.log(c) + sp.xlogy(c - 1.0, x) - np.power(x, c),
    lambda x, c: -np.expm1(-np.power(x, c)),
    lambda x, c: np.exp(-np.power(x, c)),
    _POSITIVE,
    logsf=lambda x, c: -np.power(x, c),
)
rayleigh = Continuous(
    "rayleigh",
    0,
    lambda x: np.log(x) - 0.5 * np.square(x),
    lambda x: -np.expm1(-0.5 * np.square(x)),
    lambda x: np.exp(-0.5 * np.square(x)),
    _POSITIVE,
    logsf=lambda x: -0.5 * np.square(x),
)
halfnorm = Continuous(
    "halfnorm",
    0,
    lambda x: math.log(2.0) - 0.5 * np.square(x) - _HALF_LOG_TWO_PI,
    lambda x: sp.erf(x * math.sqrt(0.5)),
    lambda x: sp.erfc(x * math.sqrt(0.5)),
    _POSITIVE,
)
pareto = Continuous(
    "pareto",
    1,
    lambda x, b: np.log(b) - (b + 1.0) * np.log(x),
    lambda x, b: -np.expm1(-b * np.log(x)),
    lambda x, b: np.power(x, -b),
    (1.0, math.inf),
    logsf=lambda x, b: -b * np.log(x),
)

poisson = Discrete(
    "poisson",
    lambda k, mu: sp.xlogy(k, mu) - sp.gammaln(k + 1.0) - mu,
    lambda k, mu: sp.pdtr(k, mu),
)


def _binomial_cdf(k: Any, n: Any, p: Any) -> Any:
    whole = k >= value_of(n)
    found = sp.betaincc(k + 1.0, np.where(whole, 1.0, n - k), p)
    return np.where(whole, 1.0, found) if np.any(whole) else found


def _binomial_logpmf(k: Any, n: Any, p: Any) -> Any:
    over = k > value_of(n)
    k = np.where(over, 0.0, k)
    chosen = sp.gammaln(n + 1.0) - sp.gammaln(k + 1.0) - sp.gammaln(n - k + 1.0)
    found = chosen + sp.xlogy(k, p) + sp.xlog1py(n - k, -p)
    return np.where(over, -np.inf, found) if np.any(over) else found


binom = Discrete("binom", _binomial_logpmf, _binomial_cdf)
bernoulli = Discrete(
    "bernoulli", lambda k, p: _binomial_logpmf(k, 1.0, p), lambda k, p: _binomial_cdf(k, 1.0, p)
)
nbinom = Discrete(
    "nbinom",
    lambda k, n, p: (
        sp.gammaln(n + k) - sp.gammaln(k + 1.0) - sp.gammaln(n) + n * np.log(p) + sp.xlog1py(k, -p)
    ),
    lambda k, n, p: sp.betainc(n, k + 1.0, p),
)
geom = Discrete(
    "geom",
    lambda k, p: np.log(p) + sp.xlog1py(k - 1.0, -p),
    lambda k, p: -np.expm1(k * np.log1p(-p)),
    least=1.0,
)


class _Dirichlet:
    """On the simplex: x and alpha are vectors."""

    def logpdf(self, x: Any, alpha: Any) -> Any:
        """The logarithm of the density."""
        x, alpha = _array(x), _array(alpha)
        constant = sp.gammaln(np.sum(alpha)) - np.sum(sp.gammaln(alpha))
        return constant + np.sum(
            sp.xlogy(np.reshape(alpha - 1.0, (-1,) + (1,) * (np.ndim(x) - 1)), x), axis=0
        )

    def pdf(self, x: Any, alpha: Any) -> Any:
        """The density."""
        return np.exp(self.logpdf(x, alpha))


class _MultivariateNormal:
    """x has vectors along its last axis; ``cov`` is read as a symmetric matrix."""

    def _parts(self, mean: Any, cov: Any, allow_singular: bool) -> tuple[Any, Any, int]:
        cov = _array(cov)
        n = max(1, np.size(mean) if mean is not None else 1, np.shape(cov)[0] if np.ndim(cov) else 1)
        if np.ndim(cov) < 2:
            cov = cov * np.eye(n)
        if allow_singular and not hasattr(cov, "detach"):
            w, v = np.linalg.eigh(cov)
            there = w > 1e6 * np.finfo(float).eps * np.max(np.abs(w))
            return (v[:, there] / w[there]) @ v[:, there].T, np.sum(np.log(w[there])), int(np.sum(there))
        cov = 0.5 * (cov + np.swapaxes(cov, -1, -2))
        np.linalg.cholesky(value_of(cov))  # which says what is not positive definite
        return np.linalg.inv(cov), np.linalg.slogdet(cov)[1], n

    def logpdf(self, x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Any:
        """The logarithm of the density."""
        precision, logdet, rank = self._parts(mean, cov, allow_singular)
        deviation = _array(x) - (0.0 if mean is None else _array(mean))
        if np.shape(precision)[-1] == 1 and (np.ndim(deviation) == 0 or np.shape(deviation)[-1] != 1):
            deviation = np.expand_dims(deviation, -1)
        distance = np.sum(np.matmul(deviation, precision) * deviation, axis=-1)
        return -0.5 * distance - 0.5 * logdet - rank * _HALF_LOG_TWO_PI

    def pdf(self, x: Any, mean: Any = None, cov: Any = 1.0, allow_singular: bool = False) -> Any:
        """The density."""
        return np.exp(self.logpdf(x, mean, cov, allow_singular))

    def entropy(self, mean: Any = None, cov: Any = 1.0) -> Any:
        """The entropy, which does not depend on the mean."""
        _, logdet, n = self._parts(mean, cov, False)
        return 0.5 * logdet + n * (_HALF_LOG_TWO_PI + 0.5)


dirichlet, multivariate_normal = _Dirichlet(), _MultivariateNormal()
