"""Limits that SymPy alone gets wrong, cannot do or never finishes, with the evidence each has.

python -m pytest tests/test_limits.py
"""

from __future__ import annotations

import mpmath
import pytest
import sympy

from calcgrad.calculus import limits
from calcgrad.commands import limit
from calcgrad.commands.limits import _recognized

CERTAIN = ("confirmed", "symbolic")


LIMITS = [
    ("LambertW(x)/log(x)", "oo", "1"),  # slower than any power
    ("x - LambertW(exp(x))", "oo", "oo"),
    ("gamma(x+3)/(gamma(x)*x**3)", "oo", "1"),  # quotients of factorials
    ("x*factorial(2*x)**2/(factorial(x)**4*16**x)", "oo", "1/pi"),
    ("log(factorial(x))/(x*log(x))", "oo", "1"),
    ("exp(exp(x))/exp(exp(x-exp(-exp(exp(x)))))", "oo", "1"),  # towers: numbers only near by
    ("exp(-x)*sin(exp(2*x))", "oo", "0"),
    ("besselj(0,x)**2*sqrt(x)", "oo", "0"),  # waves that die away
    ("x**(2+sin(x))", "oo", "oo"),
    ("(1-besselj(0,x))/x**2", "0", "1/4"),  # SymPy's limit is oo, its series is right
    ("log(x)/x**(1/1000)", "oo", "0"),  # grows until x = exp(1000)
]


@pytest.mark.parametrize(("expr", "to", "value"), LIMITS)
def test_value(expr: str, to: str, value: str) -> None:
    found = limit(expr, to=to, rows=0)
    assert found.value is not None and found.value.text == value
    assert found.evidence in CERTAIN


@pytest.mark.parametrize(
    ("expr", "to"),
    [
        ("tan(x)/exp(exp(x))", "oo"),  # poles, though it shrinks between them as nothing else does
        ("exp(-x)*tan(x)", "oo"),
        ("floor(x+1/x)-floor(x)", "oo"),  # 1 just before every integer, 0 else
        ("x*besselj(0,x)", "oo"),
        ("besselj(0,x)/bessely(0,x)", "oo"),
        ("atan(tan(x))", "oo"),
        ("1/gamma(-x)", "oo"),
    ],
)
def test_oscillates(expr: str, to: str) -> None:
    assert limit(expr, to=to, rows=0).reason == "oscillates"


def test_never_the_wrong_limit_that_no_distant_number_contradicts() -> None:
    """SymPy says 1; zeta(x) - 1 is too small to compute far out, and near by the values go to 1/2."""
    found = limit("(zeta(x)-1)**(1/x)", to="oo", rows=0)
    assert found.value is None or found.value.text in ("1/2", "0.5")


def test_numbers_alone_say_so() -> None:
    found = limit("(zeta(x)-zeta(2))/(x-2)", to="2", rows=0)  # zeta'(2), for which the language has no word
    assert found.evidence == "numeric" and found.value is not None and not found.value.exact
    assert found.value.number == pytest.approx(float(mpmath.zeta(2, derivative=1)), abs=1e-12)
    assert found.error is not None and found.error < 1e-12 and found.conjecture is None


@pytest.mark.parametrize("form", ["1", "2/pi", "sqrt(3)/3", "-7*EulerGamma/5", "log(2)/2"])
def test_closed_forms_are_recognized(form: str) -> None:
    value = sympy.Float(sympy.sympify(form).evalf(20), 15)
    found = limits.Limit(value, "", "numeric", None, None, 1e-14)
    assert _recognized(found, decimals=False) == form


@pytest.mark.parametrize(
    ("expr", "bounds"),
    [
        ("2+3*sin(x)", ("-1", "5")),
        ("sin(x)*cos(x)", ("-1/2", "1/2")),
        ("abs(sin(x))", ("0", "1")),
        ("x*sin(x)", ("-oo", "oo")),
        ("sin(exp(x))", ("-1", "1")),  # turns too fast to be followed far
        ("2 - cos(exp(x))/2", ("3/2", "5/2")),
        ("3-2*abs(sin(x)-1/2)", ("0", "3")),
        ("2*abs(sin(x)-1/2)", ("0", "3")),
        # what bounds of the parts give, -2 and 1, -1 and 1, -2 and 2, is not what f oscillates between
        ("sin(x)-sin(x)**2", ("-2", "1/4")),
        ("sin(x)*sin(2*x)", None),
        ("sin(x)+cos(x)", ("-sqrt(2)", "sqrt(2)")),
    ],
)
def test_bounds_are_the_closest_or_none(expr: str, bounds: tuple[str, str] | None) -> None:
    found = limit(expr, to="oo", rows=0)
    assert found.reason == "oscillates"
    assert found.bounds == bounds


@pytest.mark.parametrize(
    ("expr", "bounds"),
    [
        ("where(x<0, 2*sin(1/x), sin(1/x))", ("-2", "2")),
        ("where(x<0, 5+sin(1/x), sin(1/x))", ("-1", "6")),
        ("where(x<0, 7, sin(1/x))", ("-1", "7")),
        ("where(x<0, sin(1/x)+cos(1/x), sin(1/x))", ("-sqrt(2)", "sqrt(2)")),
    ],
)
def test_bounds_are_those_of_both_sides(expr: str, bounds: tuple[str, str] | None) -> None:
    assert limit(expr, to="0", rows=0).bounds == bounds


@pytest.mark.parametrize(("expr", "point", "value"), [
    ("2^x", "1e10", "2**10000000000"), ("x^(10^50)", "1/10", "(1/10)**1" + 50 * "0"),
    ("(x+1)^(10^30)", "1", "2**1" + 30 * "0"),
    ("(1+1/x)^x", "10^7", "(10000001/10000000)**10000000"), ("(-2)^x", "2", None), ("floor(2^x)", "10^4", None),
    ("floor(x)^(10^9)", "2", None), ("sqrt(2^x-2^(10^6))", "10^6", None),
])  # fmt: skip
def test_a_function_that_is_analytic_around_the_point_has_its_value(
    expr: str, point: str, value: str | None
) -> None:
    """Where the expansion would have to write out a giant; a step or an edge at the point is no such place."""
    assert limit(expr, to=point, rows=0).exact == value
