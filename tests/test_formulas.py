"""Formulas and where they hold: kinks that do harm are excluded, those that do none are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from calcgrad.calculus import derivatives, domains, formulas
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import rational

Ask = Callable[..., Any]


def derivative(ask: Ask, expr: str) -> tuple[str, str | None]:
    record = json.loads(ask("diff", expr, "--var", "x", "--json").out)
    return record["derivative"], record.get("where")


@pytest.mark.parametrize(
    ("expr", "where"),
    [
        # one tried place, 0, is harmless; the others are not
        ("abs(x*sin(x))", "x*sin(x) != 0 or x == 0"),
        ("abs(x^2*sin(x))", "x**2*sin(x) != 0 or x == 0"),
        ("ceiling(cos(x))", "cos(x) != floor(cos(x)) or x == 0"),
        # found between tried places only
        ("abs(log(x)-1/x)", "log(x) - 1/x != 0"),
        ("abs(x^4-3x+1)", "x**4 - 3*x + 1 != 0"),  # its roots take lines to write
        ("cbrt(sin(x))", "sin(x) != 0"),
        ("max(sin(x),cos(x))", "sin(x) != cos(x)"),
        ("max(0,sin(x))", "sin(x) != 0"),
        ("abs(sinh(x)-1)", "x != log(1 + sqrt(2))"),
        # sums with a root, whose slopes are no limits that anybody needs
        ("cbrt(x)+floor(x)", "x != 0 and x != floor(x)"),
        ("cbrt(x)+abs(x-2)", "x != 0 and x != 2"),
        ("erf(ceiling(x^2))", "x**2 != floor(x**2)"),
        # in order, and as they were typed
        ("abs(abs(x)-1)", "x != -1 and x != 0 and x != 1"),
        ("abs(x-0.1)", "x != 0.1"),
        ("abs(x-y)", "x - y != 0"),
        # no number of places that were looked at speaks for all
        ("x*sqrt(1-cos(x))", "1 - cos(x) != 0"),
        ("max(floor(x),10)", "x != floor(x)"),
        ("abs(sin(2*x))*max(x,0)", "sin(2*x) != 0 or x == 0"),
        ("floor(x)*max(x-20,0)", "x != 20 and x != floor(x)"),
        ("abs(x)*max(a-10,0)", "x != 0"),
        ("abs(a*x-b)*max(b,0)", "a*x - b != 0"),
        # small, but corners
        ("10^-20*abs(x)+x", "x != 0"),
        ("abs(x)*10^-16", "x != 0"),
    ],
)
def test_kinks_that_do_harm_are_left_out(ask: Ask, expr: str, where: str) -> None:
    assert derivative(ask, expr)[1] == where


@pytest.mark.parametrize(
    "expr",
    [
        "abs(x^5-x-1)^2", "x*abs(x)", "abs(x)^(3/2)", "abs(x-x)",
        # with parameters, on the line where they meet x
        "(x-a)*abs(x-a)", "abs(x)^3*a", "relu(w*x+b)^2", "max(0,1-y*x)^2", "where(x<a,x^2,2*a*x-a^2)", "abs(x+y)^3",
    ],
)  # fmt: skip
def test_kinks_that_do_none_are_not(ask: Ask, expr: str) -> None:
    assert derivative(ask, expr)[1] is None


@pytest.mark.parametrize(
    ("expr", "place", "verdict"),
    [
        ("abs(x)", "0", "kink"),
        ("x*abs(x)", "0", "holds"),
        ("cbrt(x)", "0", "kink"),
        ("floor(x)", "2", "kink"),
        ("abs(x)/10^12 + x", "0", "kink"),
        ("abs(x)/10^40 + x", "0", "kink"),  # a small corner is one
        ("log(x)", "0", "undefined"),
        ("sqrt(x)", "0", ""),  # not real on one side
        ("where(x==0,0,x^2*sin(1/x))", "0", ""),  # the formula has a hole there
        ("abs(x)^1.1", "0", ""),  # its slopes come together too slowly
        ("3*x^2", "1/7", "holds"),
    ],
)
def test_what_difference_quotients_tell(expr: str, place: str, verdict: str) -> None:
    root = parse(expr).node
    tree = derivatives.derivative(root, ["x"]).tree
    assert formulas._by_numbers(root, ["x"], {"x": rational(Fraction(place))}, tree) == verdict


@pytest.mark.parametrize(
    ("expr", "kind"),
    [
        ("sqrt(sin(x)-2)", "not-real"), ("acoth(tanh(x))", "not-real"), ("log(1-cosh(x))", "not-real"),
        ("log(atan(x)-2)", "not-real"), ("log(x)+log(-x)", "not-real"), ("sqrt(x-1)+sqrt(-x)", "not-real"),
        ("(-1-x^2)^(1/2)", "not-real"), ("root(-x^2-1,4)", "not-real"), ("sqrt(-x^2)", "not-real"),
        ("log(sin(x)-1+10^(-20))", ""), ("log(x-5)+log(7-x)", ""), ("log(atan(x)-3/2)", ""), ("asin(2+sin(x))", ""),
        ("sqrt(tanh(x)-1+10^(-9))", ""), ("acosh(x)+acosh(-x+10^6)", ""), ("log(x^2-10^8)", ""),
        ("sqrt(-max(50-x,0))", ""),
        ("log(-10^400-exp(x))", "not-real"),
        ("sqrt(-relu(100-x))", ""), ("asin(10^400+exp(x))", ""),
    ],
)  # fmt: skip
def test_nowhere(expr: str, kind: str) -> None:
    assert domains.nowhere(parse(expr).node) == kind


@pytest.mark.parametrize(
    ("expr", "form"),
    [
        ("x/abs(x)", "0"), ("x^2/abs(x)", "sign(x)"), ("x^3/abs(x)", "2*abs(x)"), ("sqrt(-x)", "-1/(2*sqrt(-x))"),
        ("(3x^2+2x+1)/5", "(6*x + 2)/5"), ("tan(x/2)", "(tan(x/2)**2 + 1)/2"),
    ],
)  # fmt: skip
def test_forms_as_they_are_written_by_hand(ask: Ask, expr: str, form: str) -> None:
    assert derivative(ask, expr)[0] == form
