"""Bounds on the steps of SymPy that can take for ever, or all the memory there is.

    bounds.impose()         # SymPy then keeps (1/10)**10**50 as it is, where a time limit is set

SymPy meets giants on its way that no tree held: x**10**50 at the point of a limit, the factorial of a factorial, the
polynomial x**10**9 - 2, dense. Each step below is looked at before it is taken, and left undone where its result
would be too large: one call into C is ended by nothing. Outside a time limit SymPy is as it always is.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import sympy
from mpmath.libmp import NoConvergence
from sympy.functions.combinatorial.factorials import binomial, factorial, ff, rf
from sympy.polys.polyclasses import DMP, DMP_Python
from sympy.polys.polyerrors import PolynomialError
from sympy.polys.rings import PolyElement

from calcgrad.budget import limited

_MAX_BITS = 100_000  # of a power
_MAX_TERMS = 20_000  # of a polynomial, and of a power of a sum when it is expanded
_MAX_FACTORS = 10_000  # of a factorial or the like
_MAX_DEGREE = 1_000  # of a polynomial that is factored
_MAX_POWERS = 1_000_000  # of polynomials whose common divisor is sought: all variables' together


def impose() -> None:
    """Put the bounds on SymPy, for this process."""
    for kind in (sympy.Integer, sympy.Rational):
        _bound(kind, "_eval_power", _is_large_power, lambda *_: None)
    _bound(sympy.Pow, "_eval_expand_multinomial", _is_long_expansion, lambda power, **_: power)
    for product in (factorial, binomial, sympy.gamma, rf, ff):
        _bound(product, "eval", _has_many_factors, lambda *_: None)
    _bound(DMP, "from_dict", _is_long_polynomial, _refuse)
    _bound(DMP_Python, "factor_list", _has_high_degree, _refuse)
    _bound(PolyElement, "_gcd_ZZ", _have_high_powers, _refuse)
    evaluate = sympy.Function._eval_evalf

    def settled(self: Any, precision: int) -> Any:
        try:
            return evaluate(self, precision)
        except (NoConvergence, ArithmeticError):
            return None  # a series, an exponent, a pole nearby: no number, which whoever asks for a sign can bear

    sympy.Function._eval_evalf = settled


def _bound(owner: Any, name: str, too_large: Callable[..., bool], instead: Callable[..., Any]) -> None:
    """Let a method of SymPy give ``instead`` where its result would be too large."""
    method = owner.__dict__[name]
    of_class = isinstance(method, classmethod)
    original: Any = method.__func__ if of_class else method

    def bounded(self: Any, *args: Any, **hints: Any) -> Any:
        if limited() and too_large(self, *args):
            return instead(self, *args, **hints)
        return original(self, *args, **hints)

    setattr(owner, name, classmethod(bounded) if of_class else bounded)


def _is_large_power(base: Any, exponent: Any) -> bool:
    if not exponent.is_Rational:
        return False
    bits = max(abs(base.p), base.q).bit_length()
    return bool(bits > 1 and bits * abs(exponent.p) > _MAX_BITS * exponent.q)


def _is_long_expansion(power: Any) -> bool:
    """Has (a + b + ...)**n too many terms?"""
    base, exponent = power.args
    if not base.is_Add or not exponent.is_Rational:
        return False
    n = abs(exponent.p) // exponent.q
    if n > _MAX_TERMS:
        return True
    terms = 1
    for k in range(1, len(base.args)):
        terms = terms * (n + k) // k
        if terms > _MAX_TERMS:
            return True
    return False


def _has_many_factors(_: Any, *args: Any) -> bool:
    """By the last argument: n!, or k of n over k."""
    count = args[-1]
    return bool(isinstance(count, int | sympy.Rational) and abs(count) > _MAX_FACTORS)


def _is_long_polynomial(_: Any, rep: Any, *__: Any) -> bool:
    """Has a polynomial too many coefficients, zeros included?"""
    degrees = zip(*rep, strict=True) if rep and isinstance(next(iter(rep)), tuple) else [rep]
    return prod(max(each, default=0) + 1 for each in degrees) > _MAX_TERMS


def _has_high_degree(polynomial: Any) -> bool:
    return any(degree > _MAX_DEGREE for degree in polynomial.degree_list())


def _have_high_powers(*polynomials: Any) -> bool:
    """Are they too long as integers, which are what stands for them in a common divisor's heuristic?"""
    return any(
        prod(max(0, each) + 1 for each in polynomial.degrees()) > _MAX_POWERS for polynomial in polynomials
    )


def _refuse(*_: Any) -> Any:
    raise PolynomialError("too many coefficients")
