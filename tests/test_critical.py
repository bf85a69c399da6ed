"""study of two variables: textbooks' extrema and saddles, and made-up functions whose critical points are known.

`python tests/test_critical.py 300` takes so many made-up functions.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import sympy

from calcgrad import study
from calcgrad.results import PlaneStudy

Ask = Callable[..., Any]

# Stewart 14.7, Thomas 14.7, Marsden and Tromba 3.3: kind and point, worked out by hand
TEXTBOOK = """
x^2+y^2-2x-6y+14 | minimum 1,3
y^2-x^2 | saddle 0,0
x^4+y^4-4x*y+1 | saddle 0,0; minimum 1,1; minimum -1,-1
x^3-12x*y+8y^3 | saddle 0,0; minimum 2,1
x^2+x*y+y^2+y | minimum 1/3,-2/3
x*y-2x-2y-x^2-y^2 | maximum -2,-2
2x^2-8x*y+y^4-4y^3 | saddle 0,0; minimum -2,-1; minimum 8,4
x^3+y^3+3x*y | saddle 0,0; maximum -1,-1
x^4-2x^2+y^3-3y | maximum 0,-1; saddle 0,1; saddle -1,-1; minimum -1,1; saddle 1,-1; minimum 1,1
x*y*(1-x-y) | saddle 0,0; saddle 1,0; saddle 0,1; maximum 1/3,1/3
x*y*exp(-x-y) | saddle 0,0; maximum 1,1
(x^2+y^2)*exp(-x) | minimum 0,0; saddle 2,0
x*y+1/x+1/y | minimum 1,1
x*y*exp(-(x^2+y^2)/2) | saddle 0,0; maximum 1,1; maximum -1,-1; minimum 1,-1; minimum -1,1
y*cos(x)*0+x^2+y^2 | minimum 0,0
x^4+y^4 | minimum 0,0
-x^4-y^2 | maximum 0,0
x^3+y^2 | saddle 0,0
x^3-3x*y^2 | saddle 0,0
(y-x^2)*(y-2x^2) | saddle 0,0
(y-x^2)*(y-3x^2)+x^6 | saddle 0,0; minimum sqrt(6)/3,4/3; minimum -sqrt(6)/3,4/3
(y-x^2)^2+x^6 | minimum 0,0
(x^2+y^2)^3 | minimum 0,0
x^2+y^2+x^2*y+4 | minimum 0,0; saddle -sqrt(2),-1; saddle sqrt(2),-1
1/(1+x^2+y^2) | maximum 0,0
(x-y)*(1-x*y) | saddle 1,1; saddle -1,-1
log(1+x^2+y^2) | minimum 0,0
x^2+y^3 | saddle 0,0
x+2y |
exp(x)*cos(y) |
x*exp(y)-y |
x^2+y^2+log(x*y) |
x*y*log(x) | saddle 1,0
exp(x)*(x^2-y^2) | saddle 0,0; maximum -2,0
4x^2*exp(y)-2x^4-exp(4y) | maximum 1,0; maximum -1,0
3x*exp(y)-x^3-exp(3y) | maximum 1,0
y*cos(x) | saddle pi/2,0; saddle 3*pi/2,0
y^2-2y*cos(x) | minimum 0,1; saddle pi/2,0; minimum pi,-1; saddle 3*pi/2,0
x*sin(y) | saddle 0,0; saddle 0,pi
sin(x)+sin(y)+sin(x+y) | maximum pi/3,pi/3; minimum 5*pi/3,5*pi/3; saddle pi,pi
cosh(x)*cos(pi*y) | saddle 0,0; saddle 0,1
exp(cos(x))+y^2 | saddle 0,0; minimum pi,0
x*sqrt(1+y)+y*sqrt(1+x) | saddle -2/3,-2/3
sqrt(x^2+y^2) | minimum 0,0
1-cbrt(x^2+y^2) | maximum 0,0
hypot(x,y)*x | saddle 0,0
sqrt(x^2+y^2)-2x |
(x^2+y^2)^(3/2) | minimum 0,0
"""
PROBLEMS = [line for line in TEXTBOOK.splitlines() if line]


def found_in(expr: str) -> tuple[PlaneStudy, set[tuple[str, str, str]]]:
    found = study(expr, var="x,y")
    assert isinstance(found, PlaneStudy)
    return found, {(each.kind, each.at["x"].text, each.at["y"].text) for each in found.points}


def textbook(lines: list[str]) -> None:
    for line in lines:
        expr, _, wanted = (part.strip() for part in line.partition("|"))
        true = {
            (kind, *point.split(",")) for kind, point in (each.split() for each in wanted.split(";") if each)
        }
        found, points = found_in(expr)
        assert (found.status, points) == ("answered", true), expr


# of one variable: the least and greatest values that it has nearby
SINGLE = {
    "x*log(x) - x": {"1": 1}, "x - log(x)": {"1": 1}, "atan(x) - x/2": {"-1": 1, "1": -1},
    "exp(x) - 2*x": {"log(2)": 1},
    "x^3 - 3*x": {"-1": -1, "1": 1}, "exp(-x^2)": {"0": -1}, "x + exp(x)": {}, "log(1 + x^2)": {"0": 1}, "cbrt(x)": {},
}  # fmt: skip


def test_sums_of_functions_of_one_variable_each() -> None:
    chance = random.Random(2)
    for _ in range(8):
        one, other = (chance.choice(sorted(SINGLE)) for _ in "xy")
        moved = re.sub(r"\bx\b", "y", other)
        found, points = found_in(f"{one} + {moved}")
        ways = {2: "minimum", -2: "maximum", 0: "saddle"}
        wanted = {(ways[SINGLE[one][a] + SINGLE[other][b]], a, b) for a in SINGLE[one] for b in SINGLE[other]}
        if "cbrt" not in one + other:  # it has a vertical tangent, of which nothing is said
            assert found.status == "answered"
        assert points == wanted, (one, moved)


# what is told along which curves, and at which points
CURVES = {
    "x^2*y": ("minimum x = 0 where y > 0; maximum x = 0 where y < 0", "saddle 0,0"),
    "x^2*y^2": ("minimum x = 0; minimum y = 0", ""),
    "(x^2+y^2-1)^2": ("minimum x**2 + y**2 - 1 = 0", "maximum 0,0"),
    "(y-x^2)^2*x+5": (
        "minimum x**2 - y = 0 where x > 0; maximum x**2 - y = 0 where x < 0", "saddle 0,0",
    ),
    "x^3*(y-1)^2": (
        "saddle x = 0; minimum y = 1 where x > 0; maximum y = 1 where x < 0", "saddle 0,1",
    ),
    "x^3*y": ("saddle x = 0 where y != 0", "saddle 0,0"),
    "x^2*exp(y)": ("minimum x = 0", ""),
    "sin(x)^2*y^2": ("minimum x = 0; minimum y = 0", ""),
    "sin(x)^2*sin(y)^2": ("minimum x = 0; minimum y = 0", "maximum pi/2,pi/2"),
    "x^2/y": ("minimum x = 0 where y > 0; maximum x = 0 where y < 0", ""),
}  # fmt: skip


def test_curves_of_critical_points() -> None:
    for expr, (curves, wanted) in CURVES.items():
        found, points = found_in(expr)
        told = {
            f"{each.kind} {each.equation.replace('==', '=')}{f' where {each.where}' * bool(each.where)}"
            for each in found.curves
        }
        assert found.status == "answered", expr
        assert told == set(curves.split("; ")), expr
        assert (
            points == {(kind, *at.split(",")) for kind, at in [wanted.split()] if wanted}
            if wanted
            else not points
        )


def curve_made_up(r: random.Random) -> tuple[str, str]:
    """g**k*h + c with h of one sign, and what f is like all along g = 0."""
    g = r.choice(("x", "y+2", "x-3*y", "2*x+y-1", "y-x^2", "x*y-1", "x^2+y^2-4", "y^2-x-1", "x^2-2*y^2+1"))
    h = r.choice(("1", "exp(x)", "(1+x^2)", "(y^4+2)", "exp(-x*y)", "(x^2+x*y+y^2+1)"))
    k, way = (
        r.choice((2, 2, 4)) if any(each in g for each in ("^", "x*y")) else r.choice((2, 3, 4)),
        r.choice((1, -1)),
    )
    kind = "saddle" if k % 2 else "minimum" if way > 0 else "maximum"
    return f"{r.randint(-3, 3)} + {way}*({g})^{k}*{h}", kind


def test_made_up_curves() -> None:
    r = random.Random(5)
    for _ in range(7):
        expr, kind = curve_made_up(r)
        found, _ = found_in(expr)
        assert [(each.kind, each.where) for each in found.curves] in ([(kind, None)], []), expr
        assert found.curves or found.unsettled, expr


def test_textbook_problems() -> None:
    textbook(PROBLEMS[::2])


def made_up(r: random.Random) -> tuple[str, set[tuple[str, str, str]]]:
    """P(u) + Q(v) with the zeros of both slopes given, u and v whole forms of x and y of determinant 1; or its exp."""
    t, x, y = sympy.symbols("t x y")
    parts = []
    for _ in "uv":
        roots = r.sample(range(-3, 4), r.randint(1, 2))
        powers = [r.choice((1, 1, 1, 2, 3)) for _ in roots]
        scale = r.choice((-1, 1))
        slope = scale * sympy.prod((t - a) ** k for a, k in zip(roots, powers, strict=True))
        kinds = []
        for a, k in zip(roots, powers, strict=True):
            beside = slope.subs(t, a + sympy.Rational(1, 9))
            kinds.append((a, 0 if k % 2 == 0 else 1 if beside > 0 else -1))  # 1: least there, -1: greatest
        parts.append((sympy.integrate(sympy.expand(slope), t), kinds))
    a, b = r.randint(-2, 2), r.randint(-2, 2)
    u, v = x + a * y, b * x + (a * b + 1) * y
    expr = sympy.expand(parts[0][0].subs(t, u) + parts[1][0].subs(t, v))
    true = set()
    for (p, one), (q, other) in product(parts[0][1], parts[1][1]):
        kind = {2: "minimum", -2: "maximum"}.get(one + other, "saddle")
        true.add((kind, str((a * b + 1) * p - a * q), str(-b * p + q)))
    shown = str(expr)
    plain = all(kind for _, kinds in parts for _, kind in kinds)
    return (f"exp({shown})" if plain and r.random() < 0.2 else shown), true


def compared(count: int, seed: int) -> tuple[int, int]:
    """How many were settled, of how many; none is wrong."""
    r, settled = random.Random(seed), 0
    for _ in range(count):
        expr, true = made_up(r)
        found, points = found_in(expr)
        known = {each for each in points if each[0]}
        assert known <= true, (expr, known - true)
        assert {each[1:] for each in points} == {each[1:] for each in true}, (expr, points, true)
        settled += found.status == "answered"
    return settled, count


def test_made_up_functions() -> None:
    settled, count = compared(5, 3)
    assert settled >= count - 1


def test_points_without_a_name_are_proved() -> None:
    found, _ = found_in("x^5 - x*y + y^3 - 3*y")
    assert [each.kind for each in found.points] == ["saddle", "minimum"] and found.exists
    for each in found.points:
        a, b = (sympy.Float(each.at[name].text, 12) for name in "xy")
        assert abs(5 * a**4 - b) < 1e-8 and abs(-a + 3 * b**2 - 3) < 1e-8


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["x^3-3x*y+y^3", "--var", "x,y"], 0, "minimum      f(1, 1) = -1, Hessian determinant 27"),
        (["x+y", "--var", "x,y"], 0, "critical     none"),
        (["x^2*y", "--var", "x,y"], 0, "minimum      f = 0 along x = 0 where y > 0"),
        (["x^2*log(y)", "--var", "x,y"], 3, "along x = 0, where both slopes are 0"),
        (["abs(x)+y^2", "--var", "x,y"], 3, "where abs bends"),
        (["where(x>=x, y, x)*y", "--var", "x,y"], 3, "where >= bends"),
        (["sqrt(x+y)/ceiling(log(max(exp(1000),y)))*y", "--var", "x,y"], 3, "a value that is not known"),
        (["sin(x)+y^2", "--var", "x,y"], 0, "in x; all below is of one, [0, 2*pi)"),
        (["x+2*sin(x)+y^2", "--var", "x,y"], 3, "the slopes have a period in x, none of f is known"),
        (["5", "--var", "x,y"], 3, "f is constant"),
        (["log(-x^2-y^2)", "--var", "x,y"], 1, "f is not real anywhere"),
        (["a*x*y", "--var", "x,y"], 3, ""),
        (["a*x*y", "--var", "x,y", "--let", "a=2"], 0, "saddle       f(0, 0) = 0"),
        (["x*y", "--var", "x,y", "--on", "0,1"], 2, ""),
        (["x*y*z", "--var", "x,y,z"], 2, ""),
        (["x*y", "--var", "x,y", "-o", "one.svg"], 2, ""),
        (
            ["x*y*exp(-x-y)", "--var", "x,y", "--latex"],
            0,
            r"\text{maximum} \quad f\left(1, 1\right) = e^{-2}",
        ),
    ],
)
def test_exit_codes(ask: Ask, folder: Any, words: list[str], code: int, says: str) -> None:
    answer = ask("study", *words)
    assert (answer.code, says in answer.out) == (code, True), answer


def test_json_and_batch_say_the_same(ask: Ask) -> None:
    answer = json.loads(ask("study", "x^4+y^2", "--var", "x,y", "--json").out)
    assert answer["critical"] == [
        {
            "at": {"x": "0", "y": "0"},
            "value": "0",
            "float": 0.0,
            "kind": "minimum",
            "by": "curve",
            "determinant": "0",
        }
    ]
    assert answer["complete"] is True
    line = json.dumps({"command": "study", "expr": "x^4+y^2", "var": "x,y"})
    assert json.loads(ask("batch", stdin=line).out) == {**answer, "exit": 0}


if __name__ == "__main__":
    textbook(PROBLEMS)
    print("settled {} of {}".format(*compared(int(sys.argv[1]), random.randrange(10**6))))
