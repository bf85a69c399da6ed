"""Limits by squeezing: what is bounded, what dominates, and what must not be squeezed."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from calcgrad.autodiff.expressions import evaluate
from calcgrad.calculus import limits, squeeze
from calcgrad.commands import limit
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import INFINITY

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
]


@pytest.mark.parametrize(("expr", "to"), NONE)
def test_what_has_no_limit_is_given_none(expr: str, to: str) -> None:
    assert limit(expr, to=to, rows=0).value is None


def bounds_of(expr: str) -> squeeze.Bounds | None:
    def tame(part: Any) -> Any:
        return limits.one_sided(part, "x", INFINITY, 1).value

    return squeeze._Squeeze("x", tame).bounds(parse(expr).node)


BOUNDED = [
    "sin(x)", "2 + sin(x)", "3 - 2*cos(x**2)", "sin(x)*cos(x)", "sin(x)**2", "abs(cos(x))", "exp(sin(x))",
    "1/(2 + sin(x))", "atan(sin(x) + x)", "sin(x)/x", "floor(sin(x))", "Max(sin(x), cos(x))", "sqrt(2 + cos(x))",
    "(1 + sin(x))*(2 - cos(x))", "log(3 + sin(x))*atan(x)", "x*(2 + sin(x))", "x + x*sin(x)/3", "-cos(x)/(3 + sin(x))",
    "sin(1/x)", "sinh(cos(x))", "(2 + sin(x))**3 - 1",
]  # fmt: skip


@pytest.mark.parametrize("expr", BOUNDED)
def test_bounds_hold_far_out(expr: str) -> None:
    """Values at a thousand places far out lie in the interval, but for what has not died away yet."""
    bounds = bounds_of(expr)
    assert bounds is not None
    low, high = float(bounds.low), float(bounds.high)
    tree = parse(expr).node
    chosen = random.Random(0)
    for _ in range(1000):
        x = chosen.uniform(1e5, 1e6)
        value = float(evaluate(tree, {"x": x}))
        assert (math.isinf(low) and (low < 0 or value > 1e3)) or value >= low - 1e-3
        assert (math.isinf(high) and (high > 0 or value < -1e3)) or value <= high + 1e-3


def test_zero_times_infinity_is_anything() -> None:
    """A part that goes to 0 may do so from below, so not even the sign of a product is known."""
    import sympy

    nothing = squeeze._product(
        squeeze.Bounds(sympy.S.Zero, sympy.S.One), squeeze.Bounds(sympy.S.Infinity, sympy.S.Infinity)
    )
    assert (nothing.low, nothing.high) == (-sympy.oo, sympy.oo)


def test_only_trees_of_bearable_size_are_tried() -> None:
    small, large = parse("sin(x)*x").node, parse("+".join(f"sin({k}*x)" for k in range(2, 60))).node
    assert squeeze.may_squeeze(small, "x") and not squeeze.may_squeeze(large, "x")
    assert not squeeze.may_squeeze(parse("x**2").node, "x")
