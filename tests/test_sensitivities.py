"""grad --along, --uncertainty and --sensitivity, against exact formulas, exact moments and simulation.

`python tests/test_sensitivities.py 300 7` takes so many random functions, from a seed.
"""

from __future__ import annotations

import json
import math
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from calcgrad import jvp
from calcgrad.autodiff.expressions import evaluate
from calcgrad.commands import along, sensitivity
from calcgrad.errors import UsageError
from calcgrad.expression.parser import parse

Ask = Callable[..., Any]


_FILE = Path(__file__).parent / "corpus" / "engineers.txt"
PROBLEMS = [line for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def parts_of(line: str) -> list[str]:
    """What is asked, f, the point, what goes with it, and what is known."""
    return [each.strip() for each in line.split("|")]


def answered(line: str) -> float | None:
    what, expr, at, more, _ = parts_of(line)
    if what == "along":
        return along(expr, at=at, direction=more).slope
    errors, _, correlated = more.partition(" / ")
    found = sensitivity(
        expr, at=at, uncertainty=errors if what in ("first", "second", "shift") else None,
        correlation=[correlated] if correlated else [],
    )  # fmt: skip
    if what == "elasticity":
        return next(each.elasticity for each in found.rows if each.name == more)
    return getattr(found, what)


def is_right(line: str, said: float | None) -> bool:
    true = parts_of(line)[-1]
    if true.startswith("~"):  # but one in the last digit
        return said == pytest.approx(float(true[1:]), abs=10.0 ** -len(true.partition(".")[2]))
    return said == pytest.approx(float(sympy.sympify(true.replace("^", "**"), rational=True)), rel=1e-12)


def test_textbook_problems() -> None:
    assert len(PROBLEMS) >= 60
    assert [line for line in PROBLEMS if not is_right(line, answered(line))] == []


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


def test_what_lies_within_the_deviations() -> None:
    """Bounds hold all values of a grid, and are not much wider."""
    r = random.Random(9)
    for expr in (
        "x*y",
        "sin(x)*y",
        "exp(x-y)",
        "x/(1+y^2)",
        "x*(1-x)+y",
        "log(3+x)*sqrt(2+y)",
        "abs(x)+y",
        "x-x+y",
    ):
        for _ in range(3):
            x, y, s, t = r.uniform(-1, 1), r.uniform(-1, 1), r.uniform(0.01, 0.5), r.uniform(0.01, 0.5)
            a, b = np.meshgrid(np.linspace(x - s, x + s, 41), np.linspace(y - t, y + t, 41))
            values = evaluate(parse(expr).node, {"x": a, "y": b})
            found = sensitivity(expr, at={"x": x, "y": y}, uncertainty={"x": str(s), "y": str(t)})
            if found.range is None:  # a corner at the very place
                continue
            low, high = found.range
            width = values.max() - values.min()
            assert low <= values.min() and values.max() <= high, (expr, x, y, s, t, found)
            assert high - low < 1.3 * width, (expr, x, y, s, t, found)
    for expr, at, error in (("1/x", "x=0.1", "0.2"), ("sqrt(x)", "x=0.1", "0.2"), ("tan(x)", "x=1.5", "0.1")):
        assert sensitivity(expr, at=at, uncertainty=error).range is None, expr


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
        (["x^2*y/(x^4+y^2)", "--at", "x=0,y=0", "--along", "1,0"], 1),
        (["log(x)*y", "--at", "x=0,y=0", "--along", "1,0"], 1),
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


def test_a_kink_at_what_is_no_double() -> None:
    assert along("abs(sin(x)) + y", at="x=pi,y=0", direction="1,1").reason == "corner"
    assert along("abs(sin(x)) + y", at="x=pi,y=0", direction="0,1").slope == 1


# --------------------------------------------------------------------------------------------- random functions


def _normal_moments(value: Any, roots: list[list[Any]], at: dict[Any, Any]) -> tuple[Any, Any]:
    """Mean and variance of a polynomial of x = at + roots*z, with the moments of independent normal z, exactly."""
    letters = sympy.symbols(f"z:{len(roots[0])}")
    moved = {
        symbol: place + sum(a * z for a, z in zip(row, letters, strict=True))
        for (symbol, place), row in zip(at.items(), roots, strict=True)
    }

    def mean(each: Any) -> Any:
        terms = sympy.Poly(each, *letters).terms()
        return sum(
            c * sympy.prod(0 if k % 2 else sympy.factorial2(k - 1) if k else 1 for k in powers)
            for powers, c in terms
        )

    moved_value = value.subs(moved, simultaneous=True)
    middle = mean(moved_value)
    return middle, mean(sympy.expand((moved_value - middle) ** 2))


def moments(count: int, seed: int) -> int:
    """Of quadratic functions both orders are exact: against moments, errors that depend on each other included."""
    r = random.Random(seed)
    x, y, z = symbols = sympy.symbols("x y z")
    for turn in range(count):
        monomials = [1, x, y, z, x * x, x * y, y * z, x * z, y * y, z * z]
        value = sum(
            sympy.Rational(r.randint(-4, 4), r.randint(1, 4)) * each for each in r.sample(monomials, 5)
        )
        value += x + y + z
        at = {each: sympy.Rational(r.randint(-20, 20), 10) for each in symbols}
        rank = r.randint(1, 3)
        roots = [[sympy.Rational(r.randint(-3, 3), 10) for _ in range(rank)] for _ in symbols]
        covariance = sympy.Matrix(roots) * sympy.Matrix(roots).T
        sigma = [sympy.sqrt(covariance[i, i]) for i in range(3)]
        correlations = [
            f"{symbols[i]}:{symbols[j]}={covariance[i, j] / (sigma[i] * sigma[j])}"
            for i in range(3) for j in range(i) if sigma[i] * sigma[j] != 0
        ]  # fmt: skip
        found = sensitivity(
            str(value), at=_typed(dict(zip("xyz", at.values(), strict=True))), correlation=correlations,
            uncertainty={str(each): str(size) for each, size in zip(symbols, sigma, strict=True)}, var="x,y,z",
        )  # fmt: skip
        mean, variance = _normal_moments(value, roots, at)
        slopes = sympy.Matrix([value.diff(each).subs(at) for each in symbols])
        first = (slopes.T * covariance * slopes)[0]
        here = (seed, turn, str(value), at, roots)
        for said, true in (
            (found.expected, mean),
            (found.second, sympy.sqrt(variance)),
            (found.first, sympy.sqrt(first)),
        ):
            _is(said, true, here)
        _is(found.shift, mean - value.subs(at), here)
    return count


def _typed(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _is(said: float | None, true: Any, here: Any) -> None:
    assert said is not None, here
    if true == 0:
        assert said == 0, (here, said)
    assert abs(said - float(true)) <= 1e-14 * abs(float(true)), (here, said, true)


_TERMS = [
    "x*y",
    "x**2",
    "y**3",
    "sin(x)",
    "cos(y)",
    "exp(x - y)",
    "sqrt(1 + x**2)",
    "log(1 + y**2)",
    "x/(2 + y**2)",
    "atan(x*y)",
]
# each is 0 for all x and y, but not term by term
_NOTHING = [
    "sin({u})**2 + cos({u})**2 - 1", "exp({u})*exp(-({u})) - 1", "({u} - {v})*({u} + {v}) - ({u})**2 + ({v})**2",
    "sin(2*({u})) - 2*sin({u})*cos({u})", "cosh({u})**2 - sinh({u})**2 - 1", "log(exp({u})) - ({u})",
    "sqrt(({u})**2 + 2*({u}) + 1)**2 - ({u} + 1)**2", "({u})/3 + ({u})/7 - 10*({u})/21",
    "cos(2*({u})) - 1 + 2*sin({u})**2",
]  # fmt: skip
_POINTS = ["0.1", "0.3", "-0.7", "1", "2", "1/3", "pi/6", "pi", "sqrt(2)", "log(2)", "-1.1"]


def _function(r: random.Random) -> str:
    terms = [f"{r.randint(1, 5)}*{each}" for each in r.sample(_TERMS, r.randint(1, 2))]
    return " + ".join([*terms, f"({r.choice(_NOTHING)})".format(u=r.choice(_TERMS), v=r.choice(_TERMS))])


_WORDS = {
    name: getattr(mpmath, name) for name in ("sin", "cos", "exp", "sqrt", "log", "atan", "cosh", "sinh", "pi")
}


def cancelled(count: int, seed: int) -> int:
    """Functions in which terms cancel exactly: every number against 50 digits, and what is 0 is 0."""
    r = random.Random(seed)
    answered = 0
    for turn in range(count):
        expr = _function(r)
        if r.random() < 0.5:  # its slope by x is 0 at the point as well, or f is
            x, y = r.choice([("1", "2"), ("pi", "1/3"), ("0.1", "0.3")])
            expr = r.choice(
                [
                    f"{expr} + 2*(x - ({x}))**2 - ({expr})",
                    f"(cos(x) + 1)*({expr}) + y",
                    f"({expr})*(y - ({y}))",
                ]
            )
        else:
            x, y = r.sample(_POINTS, 2)
        a, b = r.randint(-3, 3), r.randint(1, 3)
        found = sensitivity(
            expr, at={"x": x, "y": y}, var="x,y", uncertainty="x=0.1,y=0.2", correlation=["x:y=-0.5"]
        )
        along_ = along(expr, at={"x": x, "y": y}, var="x,y", direction=f"{a},{b}")
        here = (seed, turn, expr, x, y)
        if "undecided" in (found.reason, along_.reason):
            print("undecided", here, found.why, along_.why)
            continue
        answered += 1
        with mpmath.workdps(60):
            place = [
                mpmath.mpf(eval(_exact(each), {"__builtins__": {}}, _WORDS | {"mpf": mpmath.mpf}))
                for each in (x, y)
            ]

            def f(x: Any, y: Any, source: str = _exact(expr)) -> Any:
                return eval(source, {"__builtins__": {}}, _WORDS | {"x": x, "y": y, "mpf": mpmath.mpf})

            value, fx, fy = f(*place), *(mpmath.diff(f, tuple(place), n) for n in ((1, 0), (0, 1)))
            fxx, fxy, fyy = (mpmath.diff(f, tuple(place), n) for n in ((2, 0), (1, 1), (0, 2)))
            s, c, t = mpmath.mpf("0.01"), mpmath.mpf("-0.01"), mpmath.mpf("0.04")
            first = fx * fx * s + 2 * fx * fy * c + fy * fy * t
            product = mpmath.matrix([[fxx, fxy], [fxy, fyy]]) * mpmath.matrix([[s, c], [c, t]])
            shift = (product[0, 0] + product[1, 1]) / 2
            square = product * product
            true = {
                "value": value, "x": fx, "y": fy, "first": mpmath.sqrt(abs(first)), "shift": shift,
                "mean": value + shift,
                "second": mpmath.sqrt(abs(first + (square[0, 0] + square[1, 1]) / 2)),
                "along": (a * fx + b * fy) / mpmath.sqrt(a * a + b * b),
            }  # fmt: skip
            said = {each.name: each.slope for each in found.rows} | {
                "value": found.value, "first": found.first, "shift": found.shift, "mean": found.expected,
                "second": found.second, "along": along_.slope,
            }  # fmt: skip
            for name, each in true.items():
                rounded = mpmath.mpf(0) if abs(each) < mpmath.mpf(10) ** -10 else each
                _is(said[name], rounded, (*here, name))
            if said["value"]:
                for row, slope, at in zip(found.rows, (fx, fy), place, strict=True):
                    rounded = at * slope / value
                    _is(row.elasticity, rounded if abs(rounded) > 1e-10 else mpmath.mpf(0), (*here, row.name))
            else:
                assert [row.elasticity for row in found.rows] == [None, None] and found.condition is None
    return answered


def _exact(source: str) -> str:
    """Numbers as mpmath's, so that 0.1 and 1/3 are what they say."""
    return re.sub(r"\d+(\.\d+)?", lambda match: f"mpf('{match[0]}')", source)


def test_moments_of_quadratic_functions() -> None:
    assert moments(8, 1) == 8


def test_what_cancels_is_exactly_nothing() -> None:
    assert cancelled(8, 2) >= 8


if __name__ == "__main__":
    number, start = (int(each) for each in [*sys.argv[1:], "0"][:2])
    print(moments(number, start), cancelled(number, start))
