"""grad --along, --uncertainty and --sensitivity, against exact formulas and simulation."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calcgrad import jvp
from calcgrad.commands import along, sensitivity
from calcgrad.errors import UsageError

Ask = Callable[..., Any]


def test_along_is_the_product_with_the_unit_vector() -> None:
    r = random.Random(5)
    for _ in range(20):
        x, y, a, b = (r.uniform(-2, 2) for _ in range(4))
        slope = jvp(lambda x, y: x**2 * np.sin(y) + np.exp(x * y), (x, y), (a, b))[1] / math.hypot(a, b)
        found = along("x^2*sin(y) + exp(x*y)", at={"x": x, "y": y}, direction=f"{a},{b}").slope
        assert found == pytest.approx(float(slope), rel=1e-12)


def test_the_order_is_that_of_the_variables() -> None:
    assert along("x^2*y", at="y=2,x=1", direction="1,0").slope == 4
    assert along("x^2*y", at="y=2,x=1", var="y,x", direction="1,0").slope == 1
    assert along("x^2*y", at="x=1,y=2", direction="y=5").slope == 1


def test_errors_of_a_product_are_exact_to_second_order() -> None:
    """Of normal errors: var(x*y) = y^2 s^2 + x^2 t^2 + 2 x y c + s^2 t^2 + c^2, and the mean is x*y + c."""
    r = random.Random(6)
    for _ in range(20):
        x, y = r.uniform(-3, 3), r.uniform(-3, 3)
        s, t, rho = r.uniform(0, 1), r.uniform(0, 1), r.uniform(-1, 1)
        c = rho * s * t
        found = sensitivity(
            "x*y", at={"x": x, "y": y}, uncertainty={"x": str(s), "y": str(t)}, correlation=[f"x:y={rho}"]
        )
        first = y**2 * s**2 + x**2 * t**2 + 2 * x * y * c
        assert found.first == pytest.approx(math.sqrt(max(first, 0)), abs=1e-9)
        assert found.second == pytest.approx(math.sqrt(first + s**2 * t**2 + c**2), abs=1e-9)
        assert found.shift == pytest.approx(c, abs=1e-12)


def test_second_order_is_nearer_to_a_simulation() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(1, 0.3, 400_000), rng.normal(2, 0.2, 400_000)
    values = x**2 * y
    found = sensitivity("x^2*y", at="x=1,y=2", uncertainty="x=0.3,y=10%")
    assert found.first is not None and found.second is not None and found.shift is not None
    assert abs(found.second - values.std()) < abs(found.first - values.std())
    assert abs(2 + found.shift - values.mean()) < 0.01


def test_elasticities_are_exponents() -> None:
    found = sensitivity("x^3*sqrt(y)/z", at="x=2,y=5,z=7")
    assert [each.elasticity for each in found.rows] == pytest.approx([3, 0.5, -1])
    assert found.condition == pytest.approx(4.5)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["x*y", "--at", "x=3,y=4", "--along", "3,4"], 0),
        (["x*y", "--at", "x=3,y=4", "--along", "x=1"], 0),
        (["x*y", "--at", "x=3,y=4", "--along", "0,0"], 2),
        (["x*y", "--at", "x=3,y=4", "--along", "1"], 2),
        (["x*y", "--at", "x=3,y=4", "--along", "z=1"], 2),
        (["x*y", "--at", "x=3,y=4", "--along", "1,a"], 2),
        (["x*y", "--at", "x=3,y=4", "--along", "1,2", "--hessian"], 2),
        (["abs(x)", "--at", "0", "--along", "1"], 1),
        (["x*y", "--at", "x=3,y=4", "--uncertainty", "x=0.1,y=2%"], 0),
        (["x*y", "--at", "x=3,y=4", "--uncertainty", "x=-1"], 2),
        (["x*y", "--at", "x=3,y=4", "--uncertainty", "z=1"], 2),
        (["x*y", "--at", "x=3,y=4", "--uncertainty", "x=1", "--correlation", "x:y=2"], 2),
        (["x*y", "--at", "x=3,y=4", "--correlation", "x:y=0.2"], 2),
        (["x*y", "--at", "x=3,y=4", "--sensitivity", "--along", "1,1"], 2),
        (["x - y", "--at", "x=3,y=3", "--sensitivity"], 0),
        (["abs(x)", "--at", "0", "--uncertainty", "0.1"], 1),
        (["dot(x,x)", "--at", "x=[1,2]", "--along", "1"], 2),
    ],
)
def test_exit_codes(ask: Ask, words: list[str], code: int) -> None:
    answer = ask("grad", *words, "--json")
    assert answer.code == code, answer
    if code < 2:
        assert json.loads(answer.out)["exists"] is (code == 0)


def test_correlations_must_go_together() -> None:
    with pytest.raises(UsageError):
        sensitivity(
            "x*y*z", at="x=1,y=1,z=1", uncertainty="x=1,y=1,z=1", correlation=["x:y=0.9,y:z=0.9,x:z=-0.9"]
        )


@pytest.mark.parametrize(
    ("expr", "at", "direction", "slope"),
    [
        ("abs(x) + y", "x=0,y=2", "0,1", 1.0),  # along the edge
        ("abs(x) + y", "x=0,y=2", "1,1", None),  # across it
        ("max(x, y)", "x=1,y=1", "1,1", 0.5**0.5),
        ("max(x, y)", "x=1,y=1", "1,-1", None),
        ("relu(x - y) + 2*x", "x=1,y=1", "3,3", 2**0.5),
        ("floor(x)*y", "x=3,y=2", "0,1", 3.0),
        ("floor(x)*y", "x=3,y=2", "1,1", None),
        ("sqrt(x**2 + y**2)", "x=0,y=0", "1,0", None),
        ("log(x) + y", "x=0,y=1", "0,1", None),
    ],
)
def test_a_slope_may_exist_in_a_direction_without_partial_derivatives(
    expr: str, at: str, direction: str, slope: float | None
) -> None:
    found = along(expr, at=at, direction=direction)
    assert found.exists == (slope is not None)
    assert slope is None or found.slope == pytest.approx(slope, rel=1e-15)


def test_a_kink_at_what_is_no_double_is_left_open() -> None:
    assert along("abs(sin(x)) + y", at="x=pi,y=0", direction="1,1").reason == "undecided"
