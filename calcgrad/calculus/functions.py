"""SymPy functions of the language that SymPy lacks, or has with a meaning that is not the real one.

    realroot(x, 3).diff(x)          # cbrt(x)/(3*x)

Each class says its derivative in ``fdiff`` and is real wherever it is defined. The catalogue names them; what neither
this module nor SymPy has, it defines by other functions.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy
from sympy import Function, Rational, S
from sympy.core.function import ArgumentIndexError


class RealFunction(Function):  # type: ignore[misc]
    """A function whose values are real where they exist, as everything is here."""

    is_extended_real = True


@cache
def unknown(name: str) -> type[RealFunction]:
    """f of which nothing else is known, whose derivative is f'."""

    def fdiff(self: Any, argindex: int = 1) -> Any:
        return unknown(f"{name}'")(*self.args)

    return type(name, (RealFunction,), {"nargs": 1, "fdiff": fdiff})


class absolute(RealFunction):
    """|u| for u that SymPy does not know to be real, where its own Abs differentiates re and im."""

    nargs = 1

    @classmethod
    def eval(cls, u: Any) -> Any:
        return sympy.Abs(u) if u.is_extended_real else None

    def fdiff(self, argindex: int = 1) -> Any:
        return signum(self.args[0])


class signum(RealFunction):
    """sign(u), with derivative 0 away from its jump."""

    nargs = 1

    @classmethod
    def eval(cls, u: Any) -> Any:
        return sympy.sign(u) if u.is_extended_real else None

    def fdiff(self, argindex: int = 1) -> Any:
        return S.Zero


class _Step(RealFunction):
    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        return S.Zero


class floor(_Step):
    """Greatest integer at most u, with derivative 0 away from its jumps."""

    @classmethod
    def eval(cls, u: Any) -> Any:
        return sympy.floor(u) if u.is_number else None


class ceiling(_Step):
    """Least integer at least u, with derivative 0 away from its jumps."""

    @classmethod
    def eval(cls, u: Any) -> Any:
        return sympy.ceiling(u) if u.is_number else None


class detach(_Step):
    """u, held constant when differentiating; a number is constant anyway."""

    @classmethod
    def eval(cls, u: Any) -> Any:
        return u if u.is_number else None


class realroot(RealFunction):
    """The real n-th root for odd n, of negative numbers too; prints as cbrt or root."""

    nargs = 2

    @classmethod
    def eval(cls, u: Any, n: Any) -> Any:
        if not (n.is_Integer and n.is_odd):
            return None
        if u.is_Rational:
            value = sympy.real_root(u, n) if n > 0 else 1 / sympy.real_root(u, -n)
            return value if value.is_Rational else None
        if n == 1:
            return u
        if u.is_positive or u.is_zero:
            return u ** Rational(1, n)
        if u.is_negative:
            return -((-u) ** Rational(1, n))
        return None

    def _eval_power(self, power: Any) -> Any:
        u, n = self.args
        return u ** (power / n) if power.is_Integer and n.is_positive and (power / n).is_Integer else None

    def fdiff(self, argindex: int = 1) -> Any:
        n = self.args[1]
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return 1 / (n * self ** (n - 1))

    def _eval_evalf(self, prec: int) -> Any:
        u, n = self.args
        value = u._eval_evalf(prec)
        if value is None or not value.is_Float:
            return None
        return value ** (S.One / n) if value >= 0 else -((-value) ** (S.One / n))


class sigmoid(RealFunction):
    """1/(1 + exp(-u)); its derivative is sigmoid*(1 - sigmoid)."""

    nargs = 1

    @classmethod
    def eval(cls, u: Any) -> Any:
        return Rational(1, 2) if u.is_zero else None

    def fdiff(self, argindex: int = 1) -> Any:
        return self * (1 - self)

    def _eval_rewrite_as_exp(self, u: Any, **_: Any) -> Any:
        return 1 / (1 + sympy.exp(-u))

    def _eval_evalf(self, prec: int) -> Any:
        return self._eval_rewrite_as_exp(self.args[0])._eval_evalf(prec)


class softplus(RealFunction):
    """log(1 + exp(u)); its derivative is the sigmoid."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> Any:
        return sigmoid(self.args[0])

    def _eval_rewrite_as_exp(self, u: Any, **_: Any) -> Any:
        return sympy.log(1 + sympy.exp(u))

    def _eval_evalf(self, prec: int) -> Any:
        return self._eval_rewrite_as_exp(self.args[0])._eval_evalf(prec)


class LambertW(RealFunction):
    """w with w*exp(w) = u; SymPy's own derivative, w/(u*(1 + w)), has a hole at 0 that this one has not."""

    nargs = 1

    @classmethod
    def eval(cls, u: Any) -> Any:
        if u.is_number:
            value = sympy.LambertW(u)
            return None if value.has(sympy.LambertW) else value
        return None

    def fdiff(self, argindex: int = 1) -> Any:
        return sympy.exp(-self) / (1 + self)

    def _eval_evalf(self, prec: int) -> Any:
        return sympy.LambertW(self.args[0])._eval_evalf(prec)


def binomial(n: Any, k: Any) -> Any:
    """A polynomial in n for small k, where SymPy's gamma functions have holes."""
    if k.is_Integer and 0 <= k <= 20:
        return sympy.expand_func(sympy.binomial(n, k))
    return sympy.binomial(n, k)


def root(u: Any, n: Any) -> Any:
    if n.is_Integer and n.is_odd:
        return realroot(u, n)
    return u ** (1 / n)


def atan2(y: Any, x: Any) -> Any:
    return S.NaN if y.is_zero and x.is_zero else sympy.atan2(y, x)
