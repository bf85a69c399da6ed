"""scipy.special: one table of its functions, what each means to mpmath, and the rule for each argument.

    erfinv(0.5)                                   # with SciPy or without
    scipy.special.erfinv(Variable(0.5)).backward()  # SciPy's own ufunc, by the same row

A value is SciPy's where it is installed, else mpmath's. An argument whose derivative has no formula in known functions
(the order of a Bessel function, the shape of an incomplete gamma function) is ``NUMERIC``: mpmath differentiates the
function's meaning to double precision, as often as is asked, one element at a time. What has no row here is refused by
name.
"""

# A function may stand in its own derivative, which the type checker cannot follow through a call.
# mypy: disable-error-code="has-type"

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from calcgrad.autodiff import functions
from calcgrad.autodiff.complexes import CUTS, no_cut
from calcgrad.autodiff.composed import COMPOSED
from calcgrad.autodiff.functions import detach, no_rule, primitive
from calcgrad.autodiff.rules import FLAT, RULES, Row, Rule, value_of
from calcgrad.autodiff.special import by_mpmath
from calcgrad.errors import MissingExtra

Function = Callable[..., Any]

# By the names of scipy.special's ufuncs: rows, and definitions by other functions.
ROWS: dict[str, Row] = {}
DEFINED: dict[str, Function] = {}
# Those whose rule has two of their kin in it, so that there are 2**n in the n-th derivative.
_BRANCHING = {"j0", "j1", "y0", "y1", "i0", "i1", "k0", "k1", "i0e", "i1e", "k0e", "k1e", "kn", "yn"}
# What each function is to mpmath: meaning(mpmath, *arguments).
MEANINGS: dict[str, Function | None] = {}
# Those that SciPy has of complex numbers too, and whose rule holds of them.
ENTIRE = {"erf", "erfc", "erfi"}


def adopt(ufunc: np.ufunc) -> bool:
    """Enter a ufunc of scipy.special into the tables of NumPy's. False if it is no such, or has no row."""
    name = ufunc.__name__
    homes = (sys.modules.get("scipy.special"), sys.modules.get("scipy.special._ufuncs"))
    if not any(getattr(home, name, None) is ufunc for home in homes):
        return False
    if name in DEFINED:
        COMPOSED[ufunc] = DEFINED[name]
    elif name in ROWS:
        made = ROWS[name]
        (FLAT if made.flat else RULES)[ufunc] = made
        if name in ENTIRE:
            CUTS[ufunc] = no_cut
    else:
        return False
    return True


# --- how a row is written -----------------------------------------------------------------------------


def _value(name: str, meaning: Function | None) -> Function:
    @cache
    def found() -> Function:
        try:
            import scipy.special as by_scipy
        except ImportError:
            by_scipy = None
        ufunc = getattr(by_scipy, name, None)
        if ufunc is not None and ufunc.types == ["ld->d"]:  # of whole degrees only
            return lambda n, *rest: ufunc(np.asarray(n).astype(int), *rest)
        if ufunc is not None:
            return ufunc  # type: ignore[no-any-return]
        if meaning is None:
            raise MissingExtra(f"{name} needs SciPy", hint="pip install 'calcgrad[special]'")
        return by_mpmath(meaning)

    return lambda *args: found()(*args)


class Numeric:
    """Instead of a rule: the derivative by this argument is mpmath's."""


NUMERIC = Numeric()


def _numeric(name: str, arguments: int) -> Function:
    """slope(*args, orders=(1, 0)): the partial derivative of a function's meaning, of these orders."""

    def value(*args: Any, orders: tuple[int, ...]) -> Any:
        meaning = MEANINGS[name]
        assert meaning is not None, name

        def slope(mpmath: Any, *at: Any) -> Any:
            if sum(orders) == 1:
                i = orders.index(1)
                return mpmath.diff(lambda t: meaning(mpmath, *at[:i], t, *at[i + 1 :]), at[i])
            return mpmath.diff(lambda *t: meaning(mpmath, *t), at, orders)

        return by_mpmath(slope)(*args)

    def rule(i: int) -> Rule:
        def along(g: Any, out: Any, *args: Any, orders: tuple[int, ...]) -> Any:
            return g * recorded(*args, orders=(*orders[:i], orders[i] + 1, *orders[i + 1 :]))

        return along

    rules = (rule(i) for i in range(arguments))
    recorded = primitive(value, *rules, name=name, elementwise=True, undefined=True, shallow=True)
    return recorded


def _function(name: str, meaning: Function | None, *rules: Any, **facts: Any) -> Function:
    """Declare scipy.special's function of that name; no rules mean derivative zero."""
    slope = _numeric(name, len(rules))

    def numeric(i: int) -> Rule:
        orders = tuple(int(j == i) for j in range(len(rules)))
        return lambda g, out, *args: g * slope(*args, orders=orders)

    made = tuple(numeric(i) if each is NUMERIC else each for i, each in enumerate(rules))
    shallow = any(each is NUMERIC for each in rules) or name in _BRANCHING
    facts = {"name": name, "elementwise": True, "floats": True, "undefined": True, "shallow": shallow} | facts
    recorded = primitive(_value(name, meaning), *made, **facts)
    MEANINGS[name] = meaning
    ROWS[name] = recorded.made  # type: ignore[attr-defined]
    recorded.slope = slope  # type: ignore[attr-defined]
    return recorded


def _like(name: str, meaning: Function | None, known: Any) -> Function:
    """A function whose rules are those of one that is known already, of NumPy's or of the language's."""
    made = RULES[known] if isinstance(known, np.ufunc) else known.made
    return _function(name, meaning, *made.rules)


def _defined(*names: str) -> Callable[[Function], Function]:
    """Declare by other functions what scipy.special's of these names is."""

    def declare(definition: Function) -> Function:
        for name in names:
            DEFINED[name] = definition
        return definition

    return declare


def _whole(name: str, argument: str) -> Rule:
    return no_rule(name, argument)


def _ratio(x: Any, y: Any) -> Any:
    """x/y, and 0 where x is the constant 0."""
    if hasattr(x, "row"):  # that it is 0 here says nothing of its derivatives
        return x / y
    zero = np.equal(x, 0.0) & ~np.isnan(value_of(y))
    return np.where(zero, 0.0, x / np.where(zero, 1.0, y))


def _ends(x: Any, *places: float) -> Any:
    """Is x at a place where the domain ends? A constant does not leave it."""
    found: Any = False
    for place in places if hasattr(x, "row") else ():
        found = np.equal(value_of(x), place) | found
    return found


def _beside_pole(x: Any) -> Any:
    return (x <= 0) & (np.floor(x) == x)


_ROOT_PI = math.sqrt(math.pi)
_ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
_DEGREE = math.pi / 180.0

# --- elementary ---------------------------------------------------------------------------------------

exp2 = _like("exp2", lambda m, x: m.mpf(2) ** x, np.exp2)
expm1 = _like("expm1", lambda m, x: m.expm1(x), np.expm1)
log1p = _like("log1p", lambda m, x: m.log1p(x), np.log1p)
cbrt = _like("cbrt", lambda m, x: m.sign(x) * m.cbrt(abs(x)), np.cbrt)
exp10 = _function("exp10", lambda m, x: m.mpf(10) ** x, lambda g, out, x: g * (out * math.log(10.0)))
cosm1 = _function("cosm1", lambda m, x: -2 * m.sin(x / 2) ** 2, lambda g, out, x: -g * np.sin(x))
sindg = _function("sindg", lambda m, x: m.sin(m.radians(x)), lambda g, out, x: g * (_DEGREE * cosdg(x)))
cosdg = _function("cosdg", lambda m, x: m.cos(m.radians(x)), lambda g, out, x: -g * (_DEGREE * sindg(x)))
tandg = _function(
    "tandg", lambda m, x: m.tan(m.radians(x)), lambda g, out, x: g * (_DEGREE * (1.0 + out * out))
)
cotdg = _function(
    "cotdg", lambda m, x: m.cot(m.radians(x)), lambda g, out, x: -g * (_DEGREE * (1.0 + out * out))
)
radian = _function(
    "radian",
    lambda m, d, minutes, s: m.radians(d + minutes / 60 + s / 3600),
    lambda g, out, d, minutes, s: g * _DEGREE,
    lambda g, out, d, minutes, s: g * (_DEGREE / 60.0),
    lambda g, out, d, minutes, s: g * (_DEGREE / 3600.0),
)
ROWS["round"] = FLAT[np.rint]
powm1 = _function(
    "powm1",
    lambda m, x, y: m.powm1(x, y),
    lambda g, out, x, y: RULES[np.power].rules[0](g, out + 1.0, x, y),  # type: ignore[misc]
    lambda g, out, x, y: RULES[np.power].rules[1](g, out + 1.0, x, y),  # type: ignore[misc]
    edge=RULES[np.power].edge,
    jump=RULES[np.power].jump,
)
xlogy = _function(
    "xlogy",
    lambda m, x, y: x * m.log(y) if x else m.mpf(0),
    lambda g, out, x, y: g * np.log(y),
    lambda g, out, x, y: g * _ratio(x, y),
)
xlog1py = _function(
    "xlog1py",
    lambda m, x, y: x * m.log1p(y) if x else m.mpf(0),
    lambda g, out, x, y: g * np.log1p(y),
    lambda g, out, x, y: g * _ratio(x, 1.0 + y),
)
entr = _function(
    "entr",
    lambda m, x: -x * m.log(x) if x > 0 else m.mpf(0) if x == 0 else -m.inf,
    lambda g, out, x: -g * (np.log(x) + 1.0),
)


def _entropy_ends(x: Any, y: Any) -> Any:
    return np.equal(value_of(x), 0) & np.equal(value_of(y), 0)


rel_entr = _function(
    "rel_entr",
    lambda m, x, y: x * m.log(x / y) if x > 0 and y > 0 else m.mpf(0) if x == 0 and y >= 0 else m.inf,
    lambda g, out, x, y: g * (np.log(x / y) + 1.0),
    lambda g, out, x, y: -g * _ratio(x, y),
    jump=_entropy_ends,
)
kl_div = _function(
    "kl_div",
    lambda m, x, y: x * m.log(x / y) - x + y if x > 0 and y > 0 else y if x == 0 and y >= 0 else m.inf,
    lambda g, out, x, y: g * np.log(x / y),
    lambda g, out, x, y: g * (1.0 - _ratio(x, y)),
    jump=_entropy_ends,
)


def _pseudo_huber_slope(delta: Any, r: Any) -> Any:
    u = r / delta
    size = np.sqrt(1.0 + u * u)
    return delta * np.square(u * u / (1.0 + size)) / size


huber = _function(
    "huber",
    lambda m, d, r: m.inf if d < 0 else r * r / 2 if abs(r) <= d else d * (abs(r) - d / 2),
    lambda g, out, delta, r: g * np.maximum(np.abs(r) - delta, 0.0),
    lambda g, out, delta, r: g * np.clip(r, -delta, delta),
    jump=lambda delta, r: delta == 0,
)
pseudo_huber = _function(
    "pseudo_huber",
    lambda m, d, r: d * d * (m.sqrt(1 + (r / d) ** 2) - 1) if d > 0 else m.inf if d < 0 else m.mpf(0),
    lambda g, out, delta, r: g * _pseudo_huber_slope(delta, r),
    lambda g, out, delta, r: g * r / np.sqrt(1.0 + np.square(r / delta)),
    jump=lambda delta, r: delta == 0,
)
# The n-th derivative of (exp(x) - 1)/x is the integral of t**n * exp(x*t) from 0 to 1.
_exprel = _function(
    "hyp1f1",
    lambda m, a, b, x: m.hyp1f1(a, b, x),
    NUMERIC,
    NUMERIC,
    lambda g, out, a, b, x: g * np.divide(a, b) * _exprel(a + 1.0, b + 1.0, x),
)
hyp1f1 = _exprel
exprel = _function(
    "exprel", lambda m, x: m.expm1(x) / x if x else m.mpf(1), lambda g, out, x: g * 0.5 * hyp1f1(2.0, 3.0, x)
)


def _mp_boxcox(m: Any, x: Any, power: Any) -> Any:
    if x < 0 or (x == 0 and power <= 0):
        return m.nan if x < 0 else -m.inf
    return m.powm1(x, power) / power if power else m.log(x)


def _boxcox_slope(logarithm: Any, power: Any) -> Any:
    """d/dp (exp(p*l) - 1)/p."""
    return 0.5 * np.square(logarithm) * hyp1f1(2.0, 3.0, power * logarithm)


boxcox = _function(
    "boxcox",
    _mp_boxcox,
    lambda g, out, x, p: g * np.power(x, p - 1.0),
    lambda g, out, x, p: g * _boxcox_slope(np.log(x), p),
    edge=lambda x, p: _ends(x, 0.0),
)
boxcox1p = _function(
    "boxcox1p",
    lambda m, x, p: _mp_boxcox(m, 1 + x, p),
    lambda g, out, x, p: g * np.power(1.0 + x, p - 1.0),
    lambda g, out, x, p: g * _boxcox_slope(np.log1p(x), p),
    edge=lambda x, p: _ends(x, -1.0),
)


@_defined("inv_boxcox")
def inv_boxcox(y: Any, lmbda: Any) -> Any:
    """The x whose boxcox(x, lmbda) is y."""
    return np.exp(y / exprel(np.log1p(lmbda * y)))


@_defined("inv_boxcox1p")
def inv_boxcox1p(y: Any, lmbda: Any) -> Any:
    """The x whose boxcox1p(x, lmbda) is y."""
    return np.expm1(y / exprel(np.log1p(lmbda * y)))


# --- logistic and normal ------------------------------------------------------------------------------

expit = _function("expit", lambda m, x: m.sigmoid(x), lambda g, out, x: g * np.square(0.5 / np.cosh(0.5 * x)))
log_expit = _function("log_expit", lambda m, x: -m.log1p(m.exp(-x)), lambda g, out, x: g * expit(-x))
logit = _function("logit", lambda m, x: m.log(x / (1 - x)), lambda g, out, x: g / (x * (1.0 - x)))
erf = _like("erf", lambda m, x: m.erf(x), functions.erf)
erfc = _like("erfc", lambda m, x: m.erfc(x), functions.erfc)
erfi = _function("erfi", lambda m, x: m.erfi(x), lambda g, out, x: g * (2.0 / _ROOT_PI) * np.exp(x * x))


def _slope_far_out(x: Any, sign: float) -> Any:
    """The derivative of 1/x * sum of sign**k * (2k-1)!! / (2*x**2)**k, which is what Mills' ratio is far out."""
    total: Any = 0.0
    double_factorials = (1.0, 1.0, 3.0, 15.0, 105.0, 945.0, 10395.0, 135135.0, 2027025.0)
    u = 0.5 / np.square(x)
    for k in range(8, -1, -1):
        total = total * u + sign**k * double_factorials[k] * (2 * k + 1)
    return -2.0 * u * total


def _erfcx_slope(x: Any, out: Any) -> Any:
    """2*x*out - 2/sqrt(pi), whose terms cancel far out on the right."""
    far = value_of(x) > 20.0
    near = 2.0 * np.where(far, 0.0, x) * np.where(far, 0.0, out) - 2.0 / _ROOT_PI
    return np.where(far, _slope_far_out(np.where(far, x, 30.0), -1.0) / _ROOT_PI, near)


def _dawsn_slope(x: Any, out: Any) -> Any:
    far = abs(value_of(x)) > 20.0
    near = 1.0 - 2.0 * np.where(far, 0.0, x) * np.where(far, 0.0, out)
    return np.where(far, 0.5 * _slope_far_out(np.where(far, x, 30.0), 1.0), near)


erfcx = _function("erfcx", lambda m, x: m.exp(x * x) * m.erfc(x), lambda g, out, x: g * _erfcx_slope(x, out))
dawsn = _function(
    "dawsn",
    lambda m, x: _ROOT(m) / 2 * m.exp(-x * x) * m.erfi(x),
    lambda g, out, x: g * _dawsn_slope(x, out),
)


def _ROOT(m: Any) -> Any:
    return m.sqrt(m.pi)


def _mp_erfcinv(m: Any, y: Any) -> Any:
    """mpmath has erfinv only: 1 - y with all digits of y."""
    if not 0 < y < 2:
        return m.nan if y < 0 or y > 2 else m.inf if y == 0 else -m.inf
    with m.workdps(m.mp.dps + 10 + max(0, -int(m.log10(min(y, 2 - y))))):
        return m.erfinv(1 - y) if y <= 1 else -m.erfinv(1 - (2 - y))


def _log_ndtr_slope(x: Any, out: Any) -> Any:
    """The density over the distribution: by Mills' ratio on the left, where both are tiny."""
    right = value_of(x) > 0
    here, logarithm = np.where(right, x, 0.0), np.where(right, out, 0.0)
    left = math.sqrt(2.0 / math.pi) / erfcx(np.where(right, 0.0, x) * -math.sqrt(0.5))
    return np.where(right, np.exp(-0.5 * here * here - logarithm) / _ROOT_TWO_PI, left)


erfinv = _function(
    "erfinv", lambda m, x: _mp_erfcinv(m, 1 - x), lambda g, out, x: g * (_ROOT_PI / 2.0) * np.exp(out * out)
)
erfcinv = _function("erfcinv", _mp_erfcinv, lambda g, out, x: -g * (_ROOT_PI / 2.0) * np.exp(out * out))
ndtr = _function(
    "ndtr", lambda m, x: m.erfc(-x / m.sqrt(2)) / 2, lambda g, out, x: g * np.exp(-0.5 * x * x) / _ROOT_TWO_PI
)
log_ndtr = _function(
    "log_ndtr",
    lambda m, x: m.log1p(-m.erfc(x / m.sqrt(2)) / 2) if x > 0 else m.log(m.erfc(-x / m.sqrt(2)) / 2),
    lambda g, out, x: g * _log_ndtr_slope(x, out),
)
ndtri = _function(
    "ndtri",
    lambda m, p: -m.sqrt(2) * _mp_erfcinv(m, 2 * p),
    lambda g, out, p: g * _ROOT_TWO_PI * np.exp(0.5 * out * out),
)
ndtri_exp = _function(
    "ndtri_exp",
    lambda m, y: -m.sqrt(2) * _mp_erfcinv(m, 2 * m.exp(y)),
    lambda g, out, y: g * np.exp(y + 0.5 * out * out) * _ROOT_TWO_PI,
)
owens_t = _function(
    "owens_t",
    lambda m, h, a: m.quad(lambda t: m.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / (2 * m.pi),
    lambda g, out, h, a: -g * np.exp(-0.5 * h * h) * erf(a * h * math.sqrt(0.5)) / (2.0 * _ROOT_TWO_PI),
    lambda g, out, h, a: g * np.exp(-0.5 * h * h * (1.0 + a * a)) / (2.0 * math.pi * (1.0 + a * a)),
)

# --- gamma and its kin --------------------------------------------------------------------------------

gamma = _like("gamma", lambda m, x: m.gamma(x), functions.gamma)
digamma = psi = _like("psi", lambda m, x: m.digamma(x), functions.digamma)
gammaln = _function("gammaln", lambda m, x: m.log(abs(m.gamma(x))), lambda g, out, x: g * digamma(x))
loggamma = _like("loggamma", lambda m, x: m.loggamma(x) if x > 0 else m.nan, functions.loggamma)
gammasgn = _function("gammasgn", lambda m, x: m.sign(m.gamma(x)), flat=True, jump=_beside_pole)


def _rgamma_slope(x: Any, out: Any) -> Any:
    """-out*digamma(x); on the left by reflection, which knows the zeros at 0, -1, -2, ..."""
    left = value_of(x) < 0.5
    y = 1.0 - np.where(left, x, 0.25)
    mirrored = gamma(y) * (np.cos(np.pi * y) * -1.0 - digamma(y) * np.sin(np.pi * y) / np.pi)
    return np.where(left, mirrored, -np.where(left, 0.0, out) * digamma(np.where(left, 1.0, x)))


rgamma = _function("rgamma", lambda m, x: m.rgamma(x), lambda g, out, x: g * _rgamma_slope(x, out))
poch = _function(
    "poch",
    lambda m, x, n: m.rf(x, n),
    lambda g, out, x, n: g * out * (digamma(x + n) - digamma(x)),
    lambda g, out, x, n: g * out * digamma(x + n),
)
beta = _like("beta", lambda m, a, b: m.beta(a, b), functions.beta)
betaln = _function(
    "betaln",
    lambda m, a, b: m.log(abs(m.beta(a, b))),
    lambda g, out, a, b: g * (digamma(a) - digamma(a + b)),
    lambda g, out, a, b: g * (digamma(b) - digamma(a + b)),
)
binom = _like("binom", lambda m, n, k: m.binomial(n, k), functions.binomial)


def polygamma(n: Any, x: Any) -> Any:
    """The n-th derivative of digamma."""
    return functions.polygamma(n, x)


def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the gamma function of d-dimensional matrices, for a > (d - 1)/2."""
    total: Any = d * (d - 1) / 4.0 * math.log(math.pi)
    for j in range(d):
        total = total + gammaln(a - j / 2.0)
    return total


def _gamma_density(a: Any, x: Any) -> Any:
    """x**(a - 1) * exp(-x) / gamma(a)."""
    return np.exp(xlogy(a - 1.0, x) - x - gammaln(a))


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    """x**(a - 1) * (1 - x)**(b - 1) / beta(a, b)."""
    return np.exp(xlogy(a - 1.0, x) + xlog1py(b - 1.0, -x) - betaln(a, b))


def _at_zero(a: Any, x: Any) -> Any:
    return _ends(x, 0.0)


def _at_one(a: Any, x: Any) -> Any:
    return _ends(x, 1.0)


def _at_ends(a: Any, b: Any, x: Any) -> Any:
    return _ends(x, 0.0, 1.0)


gammainc = _function(
    "gammainc",
    lambda m, a, x: m.gammainc(a, 0, x, regularized=True) if a >= 0 and x >= 0 else m.nan,
    NUMERIC,
    lambda g, out, a, x: g * _gamma_density(a, x),
    edge=_at_zero,
)
gammaincc = _function(
    "gammaincc",
    lambda m, a, x: m.gammainc(a, x, m.inf, regularized=True) if a >= 0 and x >= 0 else m.nan,
    NUMERIC,
    lambda g, out, a, x: -g * _gamma_density(a, x),
    edge=_at_zero,
)
gammaincinv = _function(
    "gammaincinv",
    None,
    lambda g, out, a, y: -g * gammainc.slope(a, out, orders=(1, 0)) / _gamma_density(a, out),  # type: ignore[attr-defined]
    lambda g, out, a, y: g / _gamma_density(a, out),
    edge=_at_zero,
)
gammainccinv = _function(
    "gammainccinv",
    None,
    lambda g, out, a, y: g * gammaincc.slope(a, out, orders=(1, 0)) / _gamma_density(a, out),  # type: ignore[attr-defined]
    lambda g, out, a, y: -g / _gamma_density(a, out),
    edge=_at_one,
)
betainc = _function(
    "betainc",
    lambda m, a, b, x: m.betainc(a, b, 0, x, regularized=True) if 0 <= x <= 1 else m.nan,
    NUMERIC,
    NUMERIC,
    lambda g, out, a, b, x: g * _beta_density(a, b, x),
    edge=_at_ends,
)
betaincc = _function(
    "betaincc",
    lambda m, a, b, x: m.betainc(a, b, x, 1, regularized=True) if 0 <= x <= 1 else m.nan,
    NUMERIC,
    NUMERIC,
    lambda g, out, a, b, x: -g * _beta_density(a, b, x),
    edge=_at_ends,
)
betaincinv = _function(
    "betaincinv",
    None,
    lambda g, out, a, b, y: -g * betainc.slope(a, b, out, orders=(1, 0, 0)) / _beta_density(a, b, out),  # type: ignore[attr-defined]
    lambda g, out, a, b, y: -g * betainc.slope(a, b, out, orders=(0, 1, 0)) / _beta_density(a, b, out),  # type: ignore[attr-defined]
    lambda g, out, a, b, y: g / _beta_density(a, b, out),
    edge=_at_ends,
)
betainccinv = _function(
    "betainccinv",
    None,
    lambda g, out, a, b, y: g * betaincc.slope(a, b, out, orders=(1, 0, 0)) / _beta_density(a, b, out),  # type: ignore[attr-defined]
    lambda g, out, a, b, y: g * betaincc.slope(a, b, out, orders=(0, 1, 0)) / _beta_density(a, b, out),  # type: ignore[attr-defined]
    lambda g, out, a, b, y: -g / _beta_density(a, b, out),
    edge=_at_ends,
)


def _mp_stdtr(m: Any, df: Any, t: Any) -> Any:
    tail = m.betainc(df / 2, m.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2 if t else m.mpf(1) / 2
    return 1 - tail if t > 0 else tail


def _mp_stdtr_near(m: Any, df: Any, t: Any) -> Any:
    """The same, as one analytic function."""
    half = m.mpf(1) / 2
    scale = m.gammaprod([(df + 1) / 2], [df / 2]) / m.sqrt(m.pi * df)
    return half + t * scale * m.hyp2f1(half, (df + 1) / 2, 3 * half, -t * t / df)


def _t_density(df: Any, t: Any) -> Any:
    logarithm = gammaln(0.5 * df + 0.5) - gammaln(0.5 * df) - 0.5 * np.log(df * np.pi)
    return np.exp(logarithm - (0.5 * df + 0.5) * np.log1p(t * t / df))


stdtr = _function("stdtr", _mp_stdtr, NUMERIC, lambda g, out, df, t: g * _t_density(df, t))
MEANINGS["stdtr"] = _mp_stdtr_near
stdtrit = _function(
    "stdtrit",
    None,
    lambda g, out, df, p: -g * stdtr.slope(df, out, orders=(1, 0)) / _t_density(df, out),  # type: ignore[attr-defined]
    lambda g, out, df, p: g / _t_density(df, out),
)


@_defined("chdtr")
def chdtr(v: Any, x: Any) -> Any:
    """The distribution function of chi-square with v degrees of freedom."""
    return gammainc(0.5 * v, 0.5 * x)


@_defined("chdtrc")
def chdtrc(v: Any, x: Any) -> Any:
    """1 - chdtr(v, x)."""
    return gammaincc(0.5 * v, 0.5 * x)


@_defined("chdtri")
def chdtri(v: Any, p: Any) -> Any:
    """The x whose chdtrc(v, x) is p."""
    return 2.0 * gammainccinv(0.5 * v, p)


@_defined("gdtr")
def gdtr(a: Any, b: Any, x: Any) -> Any:
    """The distribution function of gamma with rate a and shape b."""
    return gammainc(b, a * x)


@_defined("gdtrc")
def gdtrc(a: Any, b: Any, x: Any) -> Any:
    """1 - gdtr(a, b, x)."""
    return gammaincc(b, a * x)


@_defined("gdtrix")
def gdtrix(a: Any, b: Any, p: Any) -> Any:
    """The x whose gdtr(a, b, x) is p."""
    return gammaincinv(b, p) / a


@_defined("fdtr")
def fdtr(dfn: Any, dfd: Any, x: Any) -> Any:
    """The distribution function of F."""
    return betainc(0.5 * dfn, 0.5 * dfd, dfn * x / (dfn * x + dfd))


@_defined("fdtrc")
def fdtrc(dfn: Any, dfd: Any, x: Any) -> Any:
    """1 - fdtr(dfn, dfd, x)."""
    return betainc(0.5 * dfd, 0.5 * dfn, dfd / (dfn * x + dfd))


def _poisson_mass(k: Any, m: Any) -> Any:
    """exp(-m) * m**k / k! of the whole part of k."""
    k = np.floor(value_of(k))
    return np.exp(xlogy(k, m) - m - gammaln(k + 1.0))


def _whole_number(k: Any, m: Any) -> Any:
    return np.floor(k) == k


pdtr = _function(
    "pdtr",
    lambda m, k, x: m.gammainc(m.floor(k) + 1, x, m.inf, regularized=True) if k >= 0 and x >= 0 else m.nan,
    None,
    lambda g, out, k, m: -g * _poisson_mass(k, m),
    jump=_whole_number,
    edge=_at_zero,
)
pdtrc = _function(
    "pdtrc",
    lambda m, k, x: m.gammainc(m.floor(k) + 1, 0, x, regularized=True) if k >= 0 and x >= 0 else m.nan,
    None,
    lambda g, out, k, m: g * _poisson_mass(k, m),
    jump=_whole_number,
    edge=_at_zero,
)

# --- zeta, exponential integrals, Lambert's W ---------------------------------------------------------

_riemann_zeta = _function("_riemann_zeta", lambda m, x: m.zeta(x), functions.zeta.made.rules[0])  # type: ignore[attr-defined]
_hurwitz_zeta = _function(
    "_zeta",
    lambda m, x, q: m.zeta(x, q) if x > 1 else m.nan,
    NUMERIC,
    lambda g, out, x, q: -g * x * _hurwitz_zeta(x + 1.0, q),
)
zetac = _function("zetac", lambda m, x: m.zeta(x) - 1, functions.zeta.made.rules[0])  # type: ignore[attr-defined]


def zeta(x: Any, q: Any = None) -> Any:
    """Riemann's zeta function, or with q Hurwitz's: the sum of 1/(k + q)**x over k = 0, 1, 2, ..."""
    return functions.zeta(x) if q is None else _hurwitz_zeta(x, q)


def _expn_slope(n: Any, x: Any) -> Any:
    first = np.equal(n, 0)
    return np.where(first, -np.exp(-x) * (x + 1.0) / (x * x), -expn(np.where(first, 1.0, n) - 1.0, x))


exp1 = _function("exp1", lambda m, x: m.e1(x), lambda g, out, x: -g * np.exp(-x) / x)
expi = _function("expi", lambda m, x: m.ei(x), lambda g, out, x: g * np.exp(x) / x)
expn = _function(
    "expn",
    lambda m, n, x: m.expint(n, x),
    _whole("expn", "order"),
    lambda g, out, n, x: g * _expn_slope(n, x),
    edge=_at_zero,
)
_sin_integral = _function("si", lambda m, x: m.si(x), lambda g, out, x: g * np.sinc(x / np.pi))
_cos_integral = _function("ci", lambda m, x: m.ci(x), lambda g, out, x: g * np.cos(x) / x)
_sinh_integral = _function("shi", lambda m, x: m.shi(x), lambda g, out, x: g * 0.5 * (exprel(x) + exprel(-x)))
_cosh_integral = _function("chi", lambda m, x: m.chi(x), lambda g, out, x: g * np.cosh(x) / x)


def _parts(name: str, *parts: Function) -> Function:
    """A function with several results; each is a row of its own, whose value is SciPy's if it can be had."""

    def several(*args: Any) -> Any:
        return tuple(part(*args) for part in parts)

    for i, part in enumerate(parts):
        made: Row = part.made  # type: ignore[attr-defined]
        made.function = _part_value(name, i, MEANINGS[made.name])
        ROWS.pop(made.name, None)
    DEFINED[name] = several
    return several


def _part_value(name: str, i: int, meaning: Function | None) -> Function:
    @cache
    def found() -> Function:
        try:
            import scipy.special as by_scipy
        except ImportError:
            assert meaning is not None
            return by_mpmath(meaning)
        ufunc = getattr(by_scipy, name)
        return lambda *args: ufunc(*args)[i]

    return lambda *args: found()(*args)


sici = _parts("sici", _sin_integral, _cos_integral)
shichi = _parts("shichi", _sinh_integral, _cosh_integral)
fresnel = _parts(
    "fresnel",
    _like("fresnels", lambda m, x: m.fresnels(x), functions.fresnels),
    _like("fresnelc", lambda m, x: m.fresnelc(x), functions.fresnelc),
)
spence = _function("spence", lambda m, x: m.polylog(2, 1 - x), lambda g, out, x: -g / exprel(np.log(x)))
wrightomega = _function(
    "wrightomega", lambda m, x: m.lambertw(m.exp(x)), lambda g, out, x: g * out / (1.0 + out)
)


def _lambertw_branch(m: Any, k: Any, x: Any) -> Any:
    inside = x >= -m.exp(-1) and (k == 0 or (k == -1 and x < 0))
    return m.lambertw(x, int(k)) if inside else m.nan


_lambertw_of = primitive(
    lambda k, x: by_mpmath(_lambertw_branch)(k, x) if np.any(np.not_equal(k, 0)) else _principal(x),
    None,
    lambda g, out, k, x: g * np.exp(-out) / (1.0 + out),
    name="lambertw",
    elementwise=True,
    undefined=True,
)


def _principal(x: Any) -> Any:
    return functions.LambertW(x)


@_defined("_lambertw")
def lambertw(z: Any, k: Any = 0, tol: Any = 1e-8) -> Any:
    """A real solution w of w*exp(w) = z: branch 0 for z >= -1/e, branch -1 for -1/e <= z < 0."""
    return _lambertw_of(detach(k), z)


# --- Bessel functions ---------------------------------------------------------------------------------


def _one_sided(v: Any, x: Any) -> Any:
    """Of an order that is not whole the function ends at 0."""
    order = value_of(v)
    return _ends(x, 0.0) & (np.floor(order) != order)


def _bessel(name: str, meaning: Function, first: float, second: float, **facts: Any) -> Function:
    """A cylinder function, whose slope is first/2 of its lower neighbour and second/2 of its upper one."""

    def along(g: Any, out: Any, v: Any, x: Any) -> Any:
        return g * (0.5 * first * made(v - 1.0, x) + 0.5 * second * made(v + 1.0, x))

    made = _function(name, meaning, NUMERIC, along, **facts)
    return made


def _mp_besseli(m: Any, v: Any, x: Any) -> Any:
    return m.besseli(abs(v) if v == int(v) else v, x)  # of x < 0 too


jv = jn = _bessel("jv", lambda m, v, x: m.besselj(v, x), 1.0, -1.0, edge=_one_sided)
yv = _bessel("yv", lambda m, v, x: m.bessely(v, x) if x > 0 else -m.inf if x == 0 else m.nan, 1.0, -1.0)
iv = _bessel("iv", lambda m, v, x: _mp_besseli(m, v, x), 1.0, 1.0, edge=_one_sided)
kv = _bessel("kv", lambda m, v, x: m.besselk(v, x) if x > 0 else m.inf if x == 0 else m.nan, -1.0, -1.0)
jve = _function(
    "jve",
    MEANINGS["jv"],
    NUMERIC,
    lambda g, out, v, x: g * 0.5 * (jv(v - 1.0, x) - jv(v + 1.0, x)),
    edge=_one_sided,
)
yve = _function(
    "yve", MEANINGS["yv"], NUMERIC, lambda g, out, v, x: g * 0.5 * (yv(v - 1.0, x) - yv(v + 1.0, x))
)
kn = _function(
    "kn",
    MEANINGS["kv"],
    _whole("kn", "order"),
    lambda g, out, n, x: -g * 0.5 * (kv(n - 1.0, x) + kv(n + 1.0, x)),
)
yn = _function(
    "yn",
    MEANINGS["yv"],
    _whole("yn", "order"),
    lambda g, out, n, x: g * 0.5 * (yv(n - 1.0, x) - yv(n + 1.0, x)),
)
j0 = _function("j0", lambda m, x: m.besselj(0, x), lambda g, out, x: -g * j1(x))
j1 = _function("j1", lambda m, x: m.besselj(1, x), lambda g, out, x: g * 0.5 * (j0(x) - jv(2.0, x)))
y0 = _function("y0", lambda m, x: m.bessely(0, x) if x > 0 else m.nan, lambda g, out, x: -g * y1(x))
y1 = _function(
    "y1", lambda m, x: m.bessely(1, x) if x > 0 else m.nan, lambda g, out, x: g * 0.5 * (y0(x) - yv(2.0, x))
)
i0 = _function("i0", lambda m, x: m.besseli(0, x), lambda g, out, x: g * i1(x))
i1 = _function("i1", lambda m, x: m.besseli(1, x), lambda g, out, x: g * 0.5 * (i0(x) + iv(2.0, x)))
k0 = _function("k0", lambda m, x: m.besselk(0, x) if x > 0 else m.nan, lambda g, out, x: -g * k1(x))
k1 = _function(
    "k1", lambda m, x: m.besselk(1, x) if x > 0 else m.nan, lambda g, out, x: -g * 0.5 * (k0(x) + kv(2.0, x))
)

_FAR_TERMS = 16


def _scaled_slope(v: Any, x: Any, near: Any, sign: float) -> Any:
    """Of exp(-x)*iv(v, x) (sign -1) or exp(x)*kv(v, x) (sign 1) far out, but for a constant factor: there ``near``,
    the difference of neighbours, cancels. Both are x**-0.5 times a series in 1/x."""
    order, at = np.asarray(value_of(v), float), np.asarray(value_of(x), float)
    far = at > 50.0 * np.maximum(1.0, order * order)
    if not np.any(far):
        return near
    y, u = np.where(far, x, 1e9), 4.0 * np.square(np.where(far, v, 1.0))
    total, term = 0.0 * y, 1.0 / (y * np.sqrt(y))
    for k in range(_FAR_TERMS):
        total = total - (k + 0.5) * term
        term = term * (u - (2.0 * k + 1.0) ** 2) * (sign / (8.0 * (k + 1.0))) / y
    scale = 1.0 / _ROOT_TWO_PI if sign < 0 else math.sqrt(math.pi / 2.0)
    return np.where(far, scale * total, near)


def _ive_slope(v: Any, x: Any, out: Any) -> Any:
    near = 0.5 * (ive(v - 1.0, x) + ive(v + 1.0, x)) - np.sign(x) * out
    return _scaled_slope(v, x, near, -1.0)


def _kve_slope(v: Any, x: Any, out: Any) -> Any:
    return _scaled_slope(v, x, out - 0.5 * (kve(v - 1.0, x) + kve(v + 1.0, x)), 1.0)


def _bend(v: Any, x: Any) -> Any:
    """exp(-|x|) has a corner; it is one of the product where the other factor is not zero."""
    return (x == 0) & (v == 0)


ive = _function(
    "ive",
    lambda m, v, x: _mp_besseli(m, v, x) * m.exp(-abs(x)),
    NUMERIC,
    lambda g, out, v, x: g * _ive_slope(v, x, out),
    corner=_bend,
    side=lambda t, v, x: np.where(_bend(v, x), -np.abs(t[1]), ROWS["ive"].rules[1](t[1], ive(v, x), v, x)),  # type: ignore[misc]
    edge=_one_sided,
)
kve = _function(
    "kve",
    lambda m, v, x: m.besselk(v, x) * m.exp(x) if x > 0 else m.nan,
    NUMERIC,
    lambda g, out, v, x: g * _kve_slope(v, x, out),
)
i0e = _function(
    "i0e",
    lambda m, x: m.besseli(0, x) * m.exp(-abs(x)),
    lambda g, out, x: g * _ive_slope(0.0, x, out),
    corner=lambda x: x == 0,
    side=lambda t, x: np.where(x == 0, -np.abs(t[0]), t[0] * _ive_slope(0.0, x, i0e(x))),
)
i1e = _function(
    "i1e", lambda m, x: m.besseli(1, x) * m.exp(-abs(x)), lambda g, out, x: g * _ive_slope(1.0, x, out)
)
k0e = _function(
    "k0e",
    lambda m, x: m.besselk(0, x) * m.exp(x) if x > 0 else m.nan,
    lambda g, out, x: g * _kve_slope(0.0, x, out),
)
k1e = _function(
    "k1e",
    lambda m, x: m.besselk(1, x) * m.exp(x) if x > 0 else m.nan,
    lambda g, out, x: g * _kve_slope(1.0, x, out),
)


struve = _function(
    "struve",
    lambda m, v, x: m.struveh(v, x),
    NUMERIC,
    NUMERIC,  # neighbours cancel
    edge=_one_sided,
)
modstruve = _function(
    "modstruve",
    lambda m, v, x: m.struvel(v, x),
    NUMERIC,
    NUMERIC,
    edge=_one_sided,
)
_airy_a = _function("airyai", lambda m, x: m.airyai(x), lambda g, out, x: g * _airy_ap(x))
_airy_ap = _function("airyai'", lambda m, x: m.airyai(x, 1), lambda g, out, x: g * x * _airy_a(x))
_airy_b = _function("airybi", lambda m, x: m.airybi(x), lambda g, out, x: g * _airy_bp(x))
_airy_bp = _function("airybi'", lambda m, x: m.airybi(x, 1), lambda g, out, x: g * x * _airy_b(x))
airy = _parts("airy", _airy_a, _airy_ap, _airy_b, _airy_bp)
itj0y0 = _parts(
    "itj0y0",
    _function("itj0", lambda m, x: m.quad(lambda t: m.besselj(0, t), [0, x]), lambda g, out, x: g * j0(x)),
    _function("ity0", lambda m, x: m.quad(lambda t: m.bessely(0, t), [0, x]), lambda g, out, x: g * y0(x)),
)
iti0k0 = _parts(
    "iti0k0",
    _function("iti0", lambda m, x: m.quad(lambda t: m.besseli(0, t), [0, x]), lambda g, out, x: g * i0(x)),
    _function("itk0", lambda m, x: m.quad(lambda t: m.besselk(0, t), [0, x]), lambda g, out, x: g * k0(x)),
)

# --- elliptic integrals and functions -----------------------------------------------------------------

hyp2f1 = _function(
    "hyp2f1",
    lambda m, a, b, c, x: m.hyp2f1(a, b, c, x),
    NUMERIC,
    NUMERIC,
    NUMERIC,
    lambda g, out, a, b, c, x: g * np.divide(a * b, c) * hyp2f1(a + 1.0, b + 1.0, c + 1.0, x),
)
hyp0f1 = _function(
    "hyp0f1", lambda m, v, x: m.hyp0f1(v, x), NUMERIC, lambda g, out, v, x: g * hyp0f1(v + 1.0, x) / v
)
hyperu = _function(
    "hyperu", lambda m, a, b, x: m.hyperu(a, b, x), NUMERIC, NUMERIC, NUMERIC
)  # SciPy's own has 8 digits at some arguments


def _ellipkm1_slope(p: Any, out: Any) -> Any:
    """By what does not cancel: for small p its own digits, near 1 the series in 1 - p."""
    small = value_of(p) < 0.5
    q = np.where(small, p, 0.25)
    left = (q * np.where(small, out, 1.0) - ellipe(1.0 - q)) / (2.0 * q * (1.0 - q))
    return np.where(small, left, -np.pi / 8.0 * hyp2f1(1.5, 1.5, 2.0, 1.0 - np.where(small, 0.75, p)))


ellipk = _function(
    "ellipk", lambda m, x: m.ellipk(x), lambda g, out, x: g * (np.pi / 8.0) * hyp2f1(1.5, 1.5, 2.0, x)
)
ellipkm1 = _function("ellipkm1", lambda m, p: m.ellipk(1 - p), lambda g, out, p: g * _ellipkm1_slope(p, out))
ellipe = _function(
    "ellipe", lambda m, x: m.ellipe(x), lambda g, out, x: -g * (np.pi / 8.0) * hyp2f1(0.5, 1.5, 2.0, x)
)
ellipkinc = _function(
    "ellipkinc",
    lambda m, phi, x: m.ellipf(phi, x),
    lambda g, out, phi, x: g / np.sqrt(1.0 - x * np.square(np.sin(phi))),
    NUMERIC,
)
ellipeinc = _function(
    "ellipeinc",
    lambda m, phi, x: m.ellipe(phi, x),
    lambda g, out, phi, x: g * np.sqrt(1.0 - x * np.square(np.sin(phi))),
    NUMERIC,
)


def _jacobi(name: str, kind: str, rule: Rule) -> Function:
    return _function(name, lambda m, u, x: m.ellipfun(kind, u, m=x), rule, NUMERIC)


_sn = _jacobi("sn", "sn", lambda g, out, u, m: g * _cn(u, m) * _dn(u, m))
_cn = _jacobi("cn", "cn", lambda g, out, u, m: -g * _sn(u, m) * _dn(u, m))
_dn = _jacobi("dn", "dn", lambda g, out, u, m: -g * m * _sn(u, m) * _cn(u, m))
_am = _function(
    "am",
    lambda m, u, x: _mp_amplitude(m, u, x),
    lambda g, out, u, m: g * _dn(u, m),
    NUMERIC,
)


def _mp_amplitude(m: Any, u: Any, x: Any) -> Any:
    """The angle whose sine is sn, continued past a quarter of the period."""
    turns = m.nint(u / (2 * m.ellipk(x)))
    return m.atan2(m.ellipfun("sn", u, m=x), m.ellipfun("cn", u, m=x)) + 2 * m.pi * m.nint(turns / 2)


ellipj = _parts("ellipj", _sn, _cn, _dn, _am)


elliprd = _function("elliprd", lambda m, x, y, z: m.elliprd(x, y, z), NUMERIC, NUMERIC, NUMERIC)
elliprf = _function(
    "elliprf",
    lambda m, x, y, z: m.elliprf(x, y, z),
    lambda g, out, x, y, z: g * elliprd(y, z, x) / -6.0,
    lambda g, out, x, y, z: g * elliprd(z, x, y) / -6.0,
    lambda g, out, x, y, z: g * elliprd(x, y, z) / -6.0,
)
elliprg = _function("elliprg", lambda m, x, y, z: m.elliprg(x, y, z), NUMERIC, NUMERIC, NUMERIC)
elliprj = _function(
    "elliprj", lambda m, x, y, z, p: m.elliprj(x, y, z, p), NUMERIC, NUMERIC, NUMERIC, NUMERIC
)
elliprc = _function("elliprc", lambda m, x, y: m.elliprc(x, y), NUMERIC, NUMERIC)
agm = _function("agm", lambda m, a, b: m.agm(a, b), NUMERIC, NUMERIC)

# --- orthogonal polynomials ---------------------------------------------------------------------------


def _polynomial(
    name: str, meaning: Function, slope: Function, parameters: int = 0, degree: str = "degree"
) -> Function:
    """One of degree n; slope(n, *parameters, x) is its derivative by x for n > 0."""

    def along(g: Any, out: Any, n: Any, *rest: Any) -> Any:
        constant = np.equal(n, 0)
        return g * np.where(constant, 0.0, slope(np.where(constant, 1.0, n), *rest))

    return _function(name, meaning, _whole(name, degree), *[NUMERIC] * parameters, along)


eval_gegenbauer = _polynomial(
    "eval_gegenbauer",
    lambda m, n, a, x: m.gegenbauer(n, a, x),
    lambda n, a, x: 2.0 * a * eval_gegenbauer(n - 1.0, a + 1.0, x),
    1,
)
eval_legendre = _polynomial(
    "eval_legendre", lambda m, n, x: m.legendre(n, x), lambda n, x: eval_gegenbauer(n - 1.0, 1.5, x)
)
eval_chebyu = _polynomial(
    "eval_chebyu", lambda m, n, x: m.chebyu(n, x), lambda n, x: 2.0 * eval_gegenbauer(n - 1.0, 2.0, x)
)
eval_chebyt = _polynomial(
    "eval_chebyt", lambda m, n, x: m.chebyt(n, x), lambda n, x: n * eval_chebyu(n - 1.0, x)
)
eval_chebyc = _polynomial(
    "eval_chebyc", lambda m, n, x: 2 * m.chebyt(n, x / 2), lambda n, x: n * eval_chebyu(n - 1.0, 0.5 * x)
)
eval_chebys = _polynomial(
    "eval_chebys", lambda m, n, x: m.chebyu(n, x / 2), lambda n, x: eval_gegenbauer(n - 1.0, 2.0, 0.5 * x)
)
eval_jacobi = _polynomial(
    "eval_jacobi",
    lambda m, n, a, b, x: m.jacobi(n, a, b, x),
    lambda n, a, b, x: 0.5 * (n + a + b + 1.0) * eval_jacobi(n - 1.0, a + 1.0, b + 1.0, x),
    2,
)
eval_genlaguerre = _polynomial(
    "eval_genlaguerre",
    lambda m, n, a, x: m.laguerre(n, a, x),
    lambda n, a, x: -eval_genlaguerre(n - 1.0, a + 1.0, x),
    1,
)
eval_laguerre = _polynomial(
    "eval_laguerre", lambda m, n, x: m.laguerre(n, 0, x), lambda n, x: -eval_genlaguerre(n - 1.0, 1.0, x)
)
eval_hermite = _polynomial(
    "eval_hermite", lambda m, n, x: m.hermite(n, x), lambda n, x: 2.0 * n * eval_hermite(n - 1.0, x)
)
eval_hermitenorm = _polynomial(
    "eval_hermitenorm",
    lambda m, n, x: m.hermite(n, x / m.sqrt(2)) * m.mpf(2) ** (-n / 2),
    lambda n, x: n * eval_hermitenorm(n - 1.0, x),
)
eval_sh_legendre = _polynomial(
    "eval_sh_legendre",
    lambda m, n, x: m.legendre(n, 2 * x - 1),
    lambda n, x: 2.0 * eval_gegenbauer(n - 1.0, 1.5, 2.0 * x - 1.0),
)
eval_sh_chebyt = _polynomial(
    "eval_sh_chebyt",
    lambda m, n, x: m.chebyt(n, 2 * x - 1),
    lambda n, x: 2.0 * n * eval_chebyu(n - 1.0, 2.0 * x - 1.0),
)
eval_sh_chebyu = _polynomial(
    "eval_sh_chebyu",
    lambda m, n, x: m.chebyu(n, 2 * x - 1),
    lambda n, x: 4.0 * eval_gegenbauer(n - 1.0, 2.0, 2.0 * x - 1.0),
)

# --- sums over an array, which SciPy makes of others --------------------------------------------------


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """log(sum(b*exp(a))) without overflow."""
    top = np.max(value_of(a), axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0.0)
    terms = np.exp(a - top) if b is None else b * np.exp(a - top)
    total = np.log(np.sum(terms, axis=axis, keepdims=keepdims))
    return total + (top if keepdims else np.squeeze(top, axis=axis))


def softmax(x: Any, axis: Any = None) -> Any:
    """exp(x)/sum(exp(x)) without overflow."""
    return np.exp(log_softmax(x, axis))


def log_softmax(x: Any, axis: Any = None) -> Any:
    """log(softmax(x)), accurate where softmax is tiny."""
    return x - logsumexp(x, axis, keepdims=True)


def softplus(x: Any) -> Any:
    """log(1 + exp(x)) without overflow."""
    return np.logaddexp(0.0, x)


def sinc(x: Any) -> Any:
    """sin(pi*x)/(pi*x)."""
    return np.sinc(x)


def comb(N: Any, k: Any) -> Any:
    """N over k, for real arguments."""
    return binom(N, k)


def factorial(n: Any) -> Any:
    """gamma(n + 1)."""
    return functions.factorial(n)
