"""Limits of what oscillates or steps between bounds, some that exist and some that do not."""

from __future__ import annotations

import pytest

from calcgrad.calculus import numeric
from calcgrad.calculus.multiseries import squeeze
from calcgrad.commands import limit
from calcgrad.expression.parser import parse

LIMITS = [
    ("x*(2 + sin(x))", "oo", "oo"),
    ("x*(2 + sin(x))", "-oo", "-oo"),
    ("(x + sin(x))/(x - cos(x))", "oo", "1"),
    ("x**2*(2 + sin(x))/(x + cos(x))", "oo", "oo"),
    ("cos(sqrt(x+1)) - cos(sqrt(x))", "oo", "0"),
    ("floor(x)", "oo", "oo"),
    ("floor(x)/x", "oo", "1"),
    ("x*floor(1/x)", "0", "1"),
    ("ceiling(1/x)*x", "0", "1"),
    ("exp(x)*(2 + cos(x))", "oo", "oo"),
    ("x*(1.0001 + sin(x))", "oo", "oo"),
    ("x - x*sin(x)/2", "oo", "oo"),
    ("abs(x*sin(x)) + x", "oo", "oo"),
    ("1/x**2*(1 + sin(1/x)**2)", "0", "oo"),
    ("log(x + sin(x))/log(x)", "oo", "1"),
    ("sqrt(x**2 + x*sin(x))/x", "oo", "1"),
    ("x/(2 + sin(x))", "oo", "oo"),
    ("exp(-x*(2 + sin(x)))", "oo", "0"),
    ("tanh(x*(2 + cos(x)))", "oo", "1"),
    ("x/1e6 + sin(x)*1e6", "oo", "oo"),
    ("(x**2 + x*sin(x))/(x**2 - cos(x))", "-oo", "1"),
    ("sin(floor(x))/x", "oo", "0"),
    # between what they are where the wave is at its ends
    ("x**2/(1 + x*sin(x)**2)", "oo", "oo"),
    ("x/(1 + sin(x) + 1/x)", "oo", "oo"),
    ("exp(-x*(1 + cos(x)))/x", "oo", "0"),
    ("sqrt(x + x*sin(x))/x", "oo", "0"),
    ("log(1 + x*(1 - sin(x)))/x", "oo", "0"),
    ("1/(x + x**3*(1 + sin(exp(x))))", "oo", "0"),
    ("(sin(x)**2)**x/x", "oo", "0"),
    ("x**2/(1 + x*abs(sin(x)))", "oo", "oo"),
    ("asinh(x*sin(1/x)**2)/log(abs(x))", "0", "0"),
    ("x**2/(1 + x*sin(x)**2*cos(sqrt(2)*x)**2)", "oo", "oo"),
    # roots and signs of what changes its sign again and again, over what grows
    ("root(sin(x), 3)/x", "oo", "0"),
    ("sign(x*sin(x))/x", "oo", "0"),
    ("sign(sin(x) + 1/x)/x", "oo", "0"),
    ("erfc(log(x) + 1/x)*x", "oo", "0"),  # as exp(-log(x)**2)*x
    ("atan2(1/x, 0)", "oo", "pi/2"),
    ("exp(exp(x + 1/x))/exp(exp(x))", "oo", "oo"),
    ("abs(sin(x)) - sqrt(sin(x)**2)", "oo", "0"),
]


@pytest.mark.parametrize(("expr", "to", "value"), LIMITS)
def test_squeezed(expr: str, to: str, value: str) -> None:
    found = limit(expr, to=to, rows=0)
    assert found.value is not None and found.value.text == value
    assert found.evidence in ("confirmed", "symbolic")


NONE = [
    ("x*(1 + sin(x))", "oo"),
    ("x*sin(x)", "oo"),
    ("(x + x*sin(x))/x", "oo"),
    ("floor(x) - x", "oo"),
    ("log(2 + sin(x))", "oo"),
    ("floor(1 + sin(x)/x)", "oo"),
    ("cos(x) - cos(2*x)", "oo"),
    ("x*(sin(x) - sin(x + 1/x))", "oo"),
    ("exp(x*sin(x))", "oo"),
    ("(2 + sin(1/x))/x", "0"),
    ("1/(1/x*(2 + sin(x)))/x", "oo"),
    ("(sin(x)/x)/(1/x)", "oo"),
    ("sin(20*x) + sin(19*x)", "oo"),
]


@pytest.mark.parametrize(("expr", "to"), NONE)
def test_what_has_no_limit_is_given_none(expr: str, to: str) -> None:
    assert limit(expr, to=to, rows=0).value is None


@pytest.mark.parametrize(
    ("expr", "least", "most"),
    [
        ("abs(sin(x) + 2)", 1, 3),
        ("(2 + sin(x))**3", 1, 27),
        ("(2 + sin(x))**(1/2)", 1, 3**0.5),
        ("(2 + sin(x))**(-1)", 1 / 3, 1),
        ("2**sin(x)", 0.5, 2),
        ("sin(x)**2", 0, 1),
    ],
)
def test_ends_are_the_least_and_the_greatest_value(expr: str, least: float, most: float) -> None:
    ((one, other),) = squeeze.ends(
        parse(expr).node, "x", lambda node: numeric.sign(numeric.evaluate(node)) or 0
    )
    found = (numeric.to_float(numeric.evaluate(end)) for end in (one, other))
    assert sorted(found) == pytest.approx([least, most])


@pytest.mark.parametrize("expr", ["sin(x)*sin(x)", "gamma(sin(x))", "floor(sin(x))"])
def test_what_is_not_monotonic_in_one_wave_has_no_ends(expr: str) -> None:
    assert not list(squeeze.ends(parse(expr).node, "x", lambda node: 1))
