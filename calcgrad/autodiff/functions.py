"""Functions of mathematics that NumPy does not have, for floats, arrays and Variables alike.

    sigmoid(0.0)            # 0.5
    x = Variable(5.0); gamma(x).backward()

Each is one row of the rule table: its value, and under it its derivative. Real arguments and values
throughout: outside the real domain the value is NaN. Special functions need no SciPy, but are faster with it.
"""

# A function may stand in its own derivative, which the type checker cannot follow through a decorator.
# mypy: disable-error-code="has-type"

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import numpy as np

from calcgrad.autodiff.complexes import Complex
from calcgrad.autodiff.composed import composed
from calcgrad.autodiff.conditions import Condition
from calcgrad.autodiff.dispatch import compute, evaluate
from calcgrad.autodiff.rules import Row, Rule
from calcgrad.autodiff.special import special
from calcgrad.autodiff.variable import ABOVE, Variable
from calcgrad.errors import NotDifferentiable


def detach(x: Any) -> Any:
    """The value of x as a constant: nothing is differentiated through it."""
    return x.detach() if hasattr(x, "detach") else x


Declare = Callable[[Callable[..., Any]], Callable[..., Any]]


def primitive(function: Callable[..., Any], *rules: Rule | None, **facts: Any) -> Callable[..., Any]:
    """``function`` of plain floats and arrays as one operation with rules of your own.

    One rule for each argument, ``rule(g, out, *arguments)``: the adjoint of the output to that of the
    argument; None where the derivative is zero. Write rules in NumPy calls, and they differentiate too.
    ``facts`` are those of ``rules.Row``: ``elementwise=True`` for a function of numbers applied to arrays,
    ``corner``, ``side`` and ``jump`` where it has kinks.

        cube = primitive(lambda x: x**3, lambda g, out, x: g * 3 * x**2, elementwise=True)
    """
    told: dict[str, Any] = {"name": function.__name__, "flat": not rules} | facts
    told.setdefault("bounded", told.get("elementwise", False))

    def value(*args: Any, **params: Any) -> Any:
        """With NumPy's numbers, whose arithmetic has infinities instead of exceptions."""
        return function(*(np.float64(x) if type(x) is float else x for x in args), **params)

    made = Row(function if told.get("variadic") else value, rules, **told)

    @wraps(function)
    def recorded(*args: Any, **params: Any) -> Any:
        inputs = tuple(args[0]) if made.variadic else args
        if any(type(x) is Variable or type(x) is Condition or type(x) is Complex for x in inputs):
            return compute(made, inputs, params or None)
        for x in inputs:
            if hasattr(x, "program"):  # a column being traced, see replay.py
                return x.program.add(made, inputs, params)
        if any(np.iscomplexobj(x) for x in inputs):
            found = ABOVE.complex(made, inputs, params or None)
            return found.value if type(found) is Complex else found
        values = [x if type(x) is float else np.asarray(x, float) for x in inputs]
        return evaluate(made, values, params or None)

    recorded.made = made  # type: ignore[attr-defined]
    return recorded


def _differentiable(*rules: Rule | None, **facts: Any) -> Declare:
    """Declare the decorated function on plain values as a primitive; no rules mean derivative zero."""
    return lambda function: primitive(function, *rules, **{"elementwise": True, "floats": True} | facts)


def no_rule(function: str, argument: str) -> Rule:
    """The rule of an argument that has none: it raises, naming the function and the argument."""

    def refuse(*_: Any) -> NoReturn:
        raise NotDifferentiable(
            f"{function} has no derivative rule for its {argument}", function=function, kind="no-rule"
        )

    return refuse


# --- roots --------------------------------------------------------------------------------------------


@_differentiable(
    lambda g, out, x, n: g / (n * np.power(out, n - 1.0)),
    lambda g, out, x, n: -g * out * np.log(x) / (n * n),
)
def root(x: Any, n: Any) -> Any:
    """The real n-th root: root(-8, 3) is -2, an even root of a negative number NaN."""
    odd = np.remainder(n, 2.0) == 1.0
    size = np.power(np.abs(x), 1.0 / n)
    # 1/n is no double: 27**(1/3) misses 3, and one step of Newton's method corrects it.
    step = (np.power(size, n) - np.abs(x)) / (n * np.power(size, n - 1.0))
    size = np.where(np.isfinite(step), size - step, size)
    return np.where(np.less(x, 0), np.where(odd, -size, np.nan), size)


# --- reciprocal trigonometric and hyperbolic ----------------------------------------------------------


@_differentiable(lambda g, out, x: g * out * np.tan(x))
def sec(x: Any) -> Any:
    """1/cos(x)."""
    return 1.0 / np.cos(x)


@_differentiable(lambda g, out, x: -g * out * out * np.cos(x))
def csc(x: Any) -> Any:
    """1/sin(x)."""
    return 1.0 / np.sin(x)


@_differentiable(lambda g, out, x: -g * (1.0 + out * out))
def cot(x: Any) -> Any:
    """1/tan(x)."""
    return 1.0 / np.tan(x)


@_differentiable(lambda g, out, x: -g * out * np.tanh(x))
def sech(x: Any) -> Any:
    """1/cosh(x)."""
    return 1.0 / np.cosh(x)


@_differentiable(lambda g, out, x: -g * out / np.tanh(x))
def csch(x: Any) -> Any:
    """1/sinh(x)."""
    return 1.0 / np.sinh(x)


@_differentiable(lambda g, out, x: -g * csch(x) * csch(x))
def coth(x: Any) -> Any:
    """1/tanh(x)."""
    return 1.0 / np.tanh(x)


@_differentiable(lambda g, out, x: g / (np.absolute(x) * np.sqrt((x - 1.0) * (x + 1.0))))
def asec(x: Any) -> Any:
    """The angle in [0, pi] whose secant is x, for |x| >= 1."""
    return np.arccos(1.0 / x)


@_differentiable(lambda g, out, x: -g / (np.absolute(x) * np.sqrt((x - 1.0) * (x + 1.0))))
def acsc(x: Any) -> Any:
    """The angle in [-pi/2, pi/2] whose cosecant is x, for |x| >= 1."""
    return np.arcsin(1.0 / x)


@_differentiable(lambda g, out, x: -g / (1.0 + x * x), jump=lambda x: x == 0)
def acot(x: Any) -> Any:
    """atan(1/x), in (-pi/2, pi/2]: it jumps from -pi/2 to pi/2 at 0, where its value is pi/2."""
    return np.arctan(1.0 / np.where(np.equal(x, 0), 0.0, x))


@_differentiable(lambda g, out, x: -g / (x * np.sqrt((1.0 - x) * (1.0 + x))))
def asech(x: Any) -> Any:
    """The nonnegative number whose hyperbolic secant is x, for 0 < x <= 1."""
    return np.arccosh(1.0 / x)


@_differentiable(lambda g, out, x: -g / (np.absolute(x) * np.hypot(x, 1.0)))
def acsch(x: Any) -> Any:
    """The number whose hyperbolic cosecant is x, for x != 0."""
    return np.arcsinh(1.0 / x)


@_differentiable(lambda g, out, x: g / ((1.0 - x) * (1.0 + x)))
def acoth(x: Any) -> Any:
    """The number whose hyperbolic cotangent is x, for |x| > 1."""
    return np.arctanh(1.0 / x)


# --- steps and squashing functions --------------------------------------------------------------------


@_differentiable(jump=lambda x: x == 0)
def heaviside(x: Any) -> Any:
    """0 for x < 0, 1/2 at 0, 1 for x > 0."""
    return np.heaviside(x, 0.5)


@_differentiable(
    lambda g, out, x: g * (x > 0),
    corner=lambda x: x == 0,
    side=lambda t, x: np.where(x == 0, np.maximum(t[0], 0.0), (x > 0) * t[0]),
    selects=True,
)
def relu(x: Any) -> Any:
    """max(x, 0)."""
    return np.maximum(x, 0.0)


@_differentiable(lambda g, out, x: g * np.square(0.5 / np.cosh(0.5 * x)))
def sigmoid(x: Any) -> Any:
    """1/(1 + exp(-x)), without overflow."""
    small = np.exp(-np.abs(x))
    return np.where(np.less(x, 0), small, 1.0) / (1.0 + small)


@_differentiable(lambda g, out, x: g * sigmoid(x))
def softplus(x: Any) -> Any:
    """log(1 + exp(x)), without overflow."""
    return np.logaddexp(0.0, x)


@_differentiable(lambda g, out, x: g * softmax(x), elementwise=False)
def logsumexp(x: Any) -> Any:
    """log(sum(exp(x))) over all elements, without overflow."""
    top = np.max(x)
    top = top if np.isfinite(top) else 0.0
    return top + np.log(np.sum(np.exp(x - top)))


@_differentiable(lambda g, out, x: out * (g - np.sum(g * out)), elementwise=False)
def softmax(x: Any) -> Any:
    """exp(x)/sum(exp(x)) over all elements, without overflow."""
    small = np.exp(x - np.max(x))
    return small / np.sum(small)


# --- special functions --------------------------------------------------------------------------------

_TWO_OVER_ROOT_PI = 2.0 / np.sqrt(np.pi)


@_differentiable(lambda g, out, x: g * _TWO_OVER_ROOT_PI * np.exp(-x * x))
def erf(x: Any) -> Any:
    """The error function."""
    return special("erf")(x)


@_differentiable(lambda g, out, x: -g * _TWO_OVER_ROOT_PI * np.exp(-x * x))
def erfc(x: Any) -> Any:
    """1 - erf(x), accurate where erf(x) is near 1."""
    return special("erfc")(x)


@_differentiable(lambda g, out, x: g * np.sin(np.pi / 2.0 * x * x))
def fresnels(x: Any) -> Any:
    """The integral of sin(pi*t**2/2) from 0 to x."""
    return special("fresnels")(x)


@_differentiable(lambda g, out, x: g * np.cos(np.pi / 2.0 * x * x))
def fresnelc(x: Any) -> Any:
    """The integral of cos(pi*t**2/2) from 0 to x."""
    return special("fresnelc")(x)


@_differentiable(lambda g, out, x: g * out * digamma(x), undefined=True)
def gamma(x: Any) -> Any:
    """The gamma function."""
    return special("gamma")(x)


@_differentiable(lambda g, out, x: g * out * digamma(x + 1.0), undefined=True)
def factorial(x: Any) -> Any:
    """gamma(x + 1)."""
    return special("gamma")(x + 1.0)


@_differentiable(lambda g, out, x: g * digamma(x), undefined=True)
def loggamma(x: Any) -> Any:
    """log(gamma(x)) for x > 0."""
    return special("loggamma")(x)


@_differentiable(lambda g, out, x: g * polygamma(1.0, x), undefined=True)
def digamma(x: Any) -> Any:
    """The derivative of loggamma."""
    return special("digamma")(x)


@_differentiable(
    no_rule("polygamma", "order"), lambda g, out, n, x: g * polygamma(n + 1.0, x), undefined=True
)
def polygamma(n: Any, x: Any) -> Any:
    """The n-th derivative of digamma, for n = 0, 1, 2, ..."""
    return np.where(np.equal(n, 0), special("digamma")(x), special("polygamma")(n, x))


@_differentiable(
    lambda g, out, a, b: g * out * (digamma(a) - digamma(a + b)),
    lambda g, out, a, b: g * out * (digamma(b) - digamma(a + b)),
    undefined=True,
)
def beta(a: Any, b: Any) -> Any:
    """gamma(a)*gamma(b)/gamma(a + b)."""
    return special("beta")(a, b)


@_differentiable(
    lambda g, out, n, k: g * out * (digamma(n + 1.0) - digamma(n - k + 1.0)),
    lambda g, out, n, k: g * out * (digamma(n - k + 1.0) - digamma(k + 1.0)),
    undefined=True,
)
def binomial(n: Any, k: Any) -> Any:
    """n over k, for real arguments too."""
    return special("binomial")(n, k)


@_differentiable(lambda g, out, s: g * _zeta_derivative(1.0, s), undefined=True)
def zeta(s: Any) -> Any:
    """Riemann's zeta function."""
    return special("zeta")(s)


@_differentiable(
    no_rule("zeta", "order"),
    lambda g, out, n, s: g * _zeta_derivative(n + 1.0, s),
    name="zeta",
    undefined=True,
)
def _zeta_derivative(n: Any, s: Any) -> Any:
    """The n-th derivative of zeta."""
    return special("zeta derivative")(n, s)


@_differentiable(lambda g, out, x: g * np.exp(x) / x, undefined=True)
def Ei(x: Any) -> Any:
    """The exponential integral: the principal value of the integral of exp(t)/t from -oo to x."""
    return special("Ei")(x)


@_differentiable(lambda g, out, x: g * np.exp(-out) / (1.0 + out))
def LambertW(x: Any) -> Any:
    """The solution w >= -1 of w*exp(w) = x, for x >= -1/e."""
    return special("LambertW")(x)


@_differentiable(
    no_rule("besselj", "order"),
    lambda g, out, nu, x: g * 0.5 * (besselj(nu - 1.0, x) - besselj(nu + 1.0, x)),
)
def besselj(nu: Any, x: Any) -> Any:
    """The Bessel function of the first kind of order nu."""
    return special("besselj")(nu, x)


@_differentiable(
    no_rule("bessely", "order"),
    lambda g, out, nu, x: g * 0.5 * (bessely(nu - 1.0, x) - bessely(nu + 1.0, x)),
)
def bessely(nu: Any, x: Any) -> Any:
    """The Bessel function of the second kind of order nu, for x > 0."""
    return special("bessely")(nu, x)


# --- sinc ---------------------------------------------------------------------------------------------


def _sinc_slopes(n: int, x: Any) -> Any:
    """The n-th derivative of sin(pi*x)/(pi*x): by its power series near 0, else by its recurrence."""
    near = np.abs(x) < 0.5
    u = np.where(near, np.pi * x, 0.0)
    total, term = np.zeros(np.shape(x)), np.ones(np.shape(x))
    for k in range(24):  # sinc = sum of (-1)**(m/2) * u**m / (m + 1)! over even m
        m = n + k
        if m % 2 == 0:
            total = total + (-1.0) ** (m // 2) * term / (m + 1)
        term = term * u / (k + 1)
    far = np.where(near, 1.0, np.pi * x)
    value = np.sin(far) / far
    for k in range(1, n + 1):  # far * s_k = sin^(k)(far) - k * s_(k-1)
        value = (np.sin(far + k * np.pi / 2) - k * value) / far
    return (np.pi**n * np.where(near, total, value)).astype(getattr(x, "dtype", float))


@_differentiable(no_rule("sinc", "order"), lambda g, out, n, x: g * _sinc_derivative(n + 1.0, x), name="sinc")
def _sinc_derivative(n: Any, x: Any) -> Any:
    return _sinc_slopes(int(n), x)


@composed(np.sinc)
def _sinc(x: Any) -> Any:
    return _sinc_derivative(0.0, x)


# --- norms --------------------------------------------------------------------------------------------


@_differentiable(
    lambda g, out, x: g * (x / out),
    corner=lambda x: np.size(x) > 0 and not np.any(x),
    side=lambda t, x: np.linalg.norm(np.ravel(t[0])),
    elementwise=False,
)
def norm(x: Any) -> Any:
    """The Euclidean norm of all elements: the square root of the sum of their squares."""
    return np.linalg.norm(np.ravel(x))
