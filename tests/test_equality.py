"""Identities that are proved by algebra in independent generators, and what is not one."""

from __future__ import annotations

from fractions import Fraction

import pytest

from calcgrad.calculus import symbolic
from calcgrad.calculus.equality.generators import everywhere, near
from calcgrad.expression.parser import parse

IDENTITIES = [  # both sides, and a place near which they hold
    ("log(LambertW(x))", "log(x) - LambertW(x)", "2"),
    ("exp(LambertW(x)/2)", "sqrt(x/LambertW(x))", "2"),
    ("beta(x, 2)", "1/(x*(x + 1))", "2"),
    ("binomial(x, 3)", "x*(x - 1)*(x - 2)/6", "5"),
    ("loggamma(x + 1)", "loggamma(x) + log(x)", "2"),
    ("gamma(3/4)*gamma(1/4)", "pi*sqrt(2)", "1"),
    ("gamma(1/2)", "sqrt(pi)", "1"),
    ("erf(x) + erfc(x)", "1", "1"),
    ("root(x, 3)", "cbrt(x)", "2"),
    ("min(x, 1, 3)", "1", "2"),
    ("acoth(x)", "log((x + 1)/(x - 1))/2", "2"),
    ("asech(x)", "acosh(1/x)", "1/2"),
    ("acsch(x)", "asinh(1/x)", "-2"),
    ("asin(2*x/(1 + x^2))", "2*atan(x)", "1/3"),
    ("asin(2*x/(1 + x^2))", "pi - 2*atan(x)", "3"),
    ("atan(x) + atan(1/x)", "-pi/2", "-2"),
    ("cos(2*atan(x))", "(1 - x^2)/(1 + x^2)", "2"),
    ("sqrt(x + 2*sqrt(x - 1))", "1 + sqrt(x - 1)", "3"),
    ("log(sqrt(x^2 + 1) + x)", "-log(sqrt(x^2 + 1) - x)", "3"),
    ("atanh(2*x/(1 + x^2))", "2*atanh(x)", "1/3"),
    ("exp(x + 1)", "exp(1)*exp(x)", "2"),
    ("cos(pi/5)", "(1 + sqrt(5))/4", "1"),
    ("besselj(0, x)", "besselj(0, 2*x - x)", "3"),
]
# that do not hold: another branch, another sign, no value there, or nothing like it
_OTHERS = [
    ("sqrt(x + 2*sqrt(x - 1))", "1 - sqrt(x - 1)", "3"),
    ("tan(asin(x)/2)", "x/(1 - sqrt(1 - x^2))", "1/3"),
    ("asin(2*x/(1 + x^2))", "2*atan(x)", "3"),
    ("sin(30*x)", "x", "1"),
    ("gamma(x + 20)", "x", "2"),
    ("polygamma(8, x + 1)", "x", "2"),
    ("x^x", "exp(x*log(x))", "-2"),
    ("log(-x)", "log(x)", "3"),
    ("0^x", "x", "3"),
    ("cos(pi/7)", "x", "1"),
    ("atan(sinh(x))", "2*atan(x)", "1"),
]


@pytest.mark.parametrize(("one", "other", "place", "equal"), [
    *((*each, True) for each in IDENTITIES), *((*each, False) for each in _OTHERS),
])  # fmt: skip
def test_identities_near_a_place(one: str, other: str, place: str, equal: bool) -> None:
    sides = (symbolic.to_sympy(parse(each).node) for each in (one, other))
    assert near(*sides, "x", Fraction(place)) == equal


@pytest.mark.parametrize(("function", "one", "other", "equal"), [
    ("abs(a*x)", "a*sign(a*x)", "abs(a)*sign(x)", True),
    ("(a*x)^n", "n*a*(a*x)^(n - 1)", "n*(a*x)^n/x", True),
    ("(-2)^n*x", "(-2)^n", "(-1)^n*2^n", True),
    ("(-1)^n*x", "(-1)^n", "(-1)^(n + 1)", False),
    ("a^x", "a^x*log(a)", "a^x*log(2*a)", False),
])  # fmt: skip
def test_identities_for_all_signs_of_parameters(function: str, one: str, other: str, equal: bool) -> None:
    sides = (symbolic.to_sympy(parse(each).node) for each in (one, other))
    assert everywhere(parse(function).node, *sides, "x") == equal
