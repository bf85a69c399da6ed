"""Functions that equations define: textbooks' curves with known slopes, singular points, systems, and random curves.

    python tests/test_implicit.py 300          # so many random curves

The truth is the textbook's, written as an expression; SymPy's idiff; and Newton's method at high precision beside the
point.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from calcgrad.answers import Output, answer
from calcgrad.calculus import symbolic
from calcgrad.calculus.curves import branches
from calcgrad.calculus.multiseries.exact import Undecided
from calcgrad.commands import check, diff, plots
from calcgrad.errors import CalcgradError, UsageError
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Name, Number, substitute

# equation, point, slope: Stewart, Calculus, 3.5 and 3.6; Thomas, 3.7; Lawrence, A Catalog of Special Plane Curves
SLOPES = [
    ("x^2+y^2=25", "x=3,y=4", 1, "-3/4"),
    ("x^2+y^2=25", "x=3,y=4", 2, "-25/64"),
    ("x^2+y^2=25", "x=3,y=-4", 3, "3*25*3/(-4)**5*-1"),
    ("x^2+y^2=1", "x=1/2,y=sqrt(3)/2", 1, "-1/sqrt(3)"),
    ("x^3+y^3=6x*y", "x=3,y=3", 1, "-1"),
    ("x^3+y^3=6x*y", "x=3,y=3", 2, "-16/3"),
    ("2(x^2+y^2)^2=25(x^2-y^2)", "x=3,y=1", 1, "-9/13"),
    ("x^2+y^2=(2x^2+2y^2-x)^2", "x=0,y=1/2", 1, "1"),
    ("cbrt(x)^2+cbrt(y)^2=4", "x=-3*sqrt(3),y=1", 1, "1/sqrt(3)"),
    ("y^2(y^2-4)=x^2(x^2-5)", "x=0,y=-2", 1, "0"),
    ("y^2=5x^4-x^2", "x=1,y=2", 1, "9/2"),
    ("y^2=x^3+3x^2", "x=1,y=-2", 1, "-9/4"),
    ("y^2*(2-x)=x^3", "x=1,y=1", 1, "2"),
    ("y*(x^2+4)=8", "x=2,y=1", 1, "-1/2"),
    ("x^2*y^2=(y+1)^2*(4-y^2)", "x=2*sqrt(3),y=1", 1, "-sqrt(3)/5"),
    ("x^2+x*y+y^2=3", "x=1,y=1", 1, "-1"),
    ("x^2+x*y+y^2=3", "x=1,y=1", 2, "-2/3"),
    ("x^2+2x*y-y^2+x=2", "x=1,y=2", 1, "7/2"),
    ("x^2-x*y-y^2=1", "x=2,y=1", 1, "3/4"),
    ("sin(x+y)=2x-2y", "x=pi,y=pi", 1, "1/3"),
    ("y*sin(2x)=x*cos(2y)", "x=pi/2,y=pi/4", 1, "1/2"),
    ("x*e^y=x-y", "x=0,y=0", 1, "0"),
    ("x*y+e^y=e", "x=0,y=1", 1, "-exp(-1)"),
    ("x*y+e^y=e", "x=0,y=1", 2, "exp(-2)"),
    ("sqrt(x)+sqrt(y)=4", "x=4,y=4", 1, "-1"),
    ("x^4+y^4=16", "x=0,y=2", 2, "0"),
    ("cos(x*y)=1+sin(y)", "x=0,y=0", 1, "0"),
    ("y*cos(x)=x^2+y^2", "x=0,y=1", 1, "0"),
    ("x^y=y^x", "x=2,y=4", 1, "4*(1-log(2))/(1-2*log(2))"),
    ("log(x^2+y^2)=2*atan(y/x)", "x=1,y=0", 1, "1"),
    ("y-sin(y)/2=x", "x=0,y=0", 1, "2"),
    ("y+y^5=x", "x=2,y=1", 2, "-20/6**3"),
    ("x^2/a^2+y^2/b^2=1", "x=a*3/5,y=b*4/5", 1, "-3*b/(4*a)"),
    ("x^2+y^2+z^2=9", "x=1,y=2,z=2", 1, "-1/2"),
    ("|x|+|y|=1", "x=1/2,y=1/2", 1, "-1"),
    ("max(x,y)=1", "x=0,y=1", 1, "0"),
    ("(x-y)^2=0", "x=1,y=1", 1, "1"),
    ("(y-sin(x))^2=0", "x=0,y=0", 1, "1"),
    ("y^3=x^3", "x=0,y=0", 1, "1"),
    ("y^3=x^5", "x=0,y=0", 1, "0"),
    ("cbrt(y)=x", "x=0,y=0", 1, "0"),
    ("|x-y|=0", "x=1,y=1", 1, "1"),
    ("max(x,y)=min(x,y)", "x=1,y=1", 1, "1"),
    ("(x^2+y^2-1)^3=x^2*y^3", "x=1,y=0", 1, "2"),
    ("x*y=10^1000", "x=10^500,y=10^500", 1, "-1"),
    ("x^2+y^2=0.25", "x=0.3,y=0.4", 1, "-3/4"),
    ("e^y=x", "x=2,y=log(2)", 4, "-6/16"),
    ("tan(y)=x", "x=1,y=pi/4", 2, "-1/2"),
]  # fmt: skip
# equation, point, reason, kind, slopes of the tangents
POINTS: list[tuple[str, str, str, str, list[str]]] = [
    ("x^3+y^3=6x*y", "x=0,y=0", "singular-point", "node", ["0", "oo"]),
    ("(x^2+y^2)^2=2(x^2-y^2)", "x=0,y=0", "singular-point", "node", ["-1", "1"]),
    ("y^2=x^3+3x^2", "x=0,y=0", "singular-point", "node", ["-sqrt(3)", "sqrt(3)"]),
    ("2x*(x^2+y^2)=3x^2-y^2", "x=0,y=0", "singular-point", "node", ["-sqrt(3)", "sqrt(3)"]),
    ("y^2*(1+x)=x^2*(1-x)", "x=0,y=0", "singular-point", "node", ["-1", "1"]),
    ("y^4-x^4=x*y", "x=0,y=0", "singular-point", "node", ["0", "oo"]),
    ("x^y=y^x", "x=e,y=e", "singular-point", "node", ["-1", "1"]),
    ("e^(x*y)=1", "x=0,y=0", "singular-point", "node", ["0", "oo"]),
    ("x^2+y^2=(2x^2+2y^2-x)^2", "x=0,y=0", "singular-point", "cusp", ["0"]),
    ("y^2*(2-x)=x^3", "x=0,y=0", "singular-point", "cusp", ["0"]),
    ("y^2=x^3", "x=0,y=0", "singular-point", "cusp", ["0"]),
    ("y^3=x^2", "x=0,y=0", "singular-point", "cusp", ["oo"]),
    ("(x^2+y^2-4)^3=108*y^2", "x=2,y=0", "singular-point", "cusp", ["0"]),
    ("(x^2+y^2)^2+18*(x^2+y^2)-27=8*(x^3-3*x*y^2)", "x=3,y=0", "singular-point", "cusp", ["0"]),
    ("y^2*(1-x^2)=(x^2+2y-1)^2", "x=1,y=0", "singular-point", "cusp", ["-1"]),
    ("cbrt(x)^2+cbrt(y)^2=1", "x=1,y=0", "singular-point", "cusp", ["0"]),
    ("y^4-2y^2*x^3+x^6-4x^5*y-x^7=0", "x=0,y=0", "singular-point", "cusp", ["0"]),
    ("y^2=x^2*(x-1)", "x=0,y=0", "singular-point", "isolated point", []),
    ("x^2+y^2=x^2*y^2", "x=0,y=0", "singular-point", "isolated point", []),
    ("y^2=x^4", "x=0,y=0", "singular-point", "tacnode", ["0"]),
    ("y^2=x^2*y+x^5", "x=0,y=0", "singular-point", "tacnode", ["0"]),
    ("(x^2+y^2)^2+3x^2*y-y^3=0", "x=0,y=0", "singular-point", "triple point", ["-sqrt(3)", "0", "sqrt(3)"]),
    ("x^4=x^2*y-y^3", "x=0,y=0", "singular-point", "triple point", ["-1", "0", "1"]),
    ("(x^2+y^2)^3=4x^2*y^2", "x=0,y=0", "singular-point", "singular point", ["0", "oo"]),
    ("x^2+y^2=25", "x=5,y=0", "vertical-tangent", "", ["oo"]),
    ("y^2=x", "x=0,y=0", "vertical-tangent", "", ["oo"]),
    ("y^3=x", "x=0,y=0", "vertical-tangent", "", ["oo"]),
    ("(x^2+y^2)^2-2(x^2-y^2)=3", "x=sqrt(3),y=0", "vertical-tangent", "", ["oo"]),
    ("|x|+|y|=1", "x=1,y=0", "corner", "corner", ["-1", "1"]),
    ("|x|+|y|=1", "x=0,y=1", "corner", "corner", ["-1", "1"]),
    ("max(x,y)=1", "x=1,y=1", "corner", "corner", ["0", "oo"]),
    ("y=|x|", "x=0,y=0", "corner", "corner", ["-1", "1"]),
    ("where(x<=0,y,1)=0", "x=0,y=0", "end-point", "end point", ["0"]),
    ("where(y>x,y-x,y^2-x^2)=0", "x=0,y=0", "singular-point", "singular point", ["-1", "1"]),
    ("sign(x)*y=0", "x=0,y=0", "singular-point", "node", ["0", "oo"]),
    ("y=sign(x)", "x=0,y=0", "singular-point", "isolated point", []),
    ("y^2=x^1000", "x=0,y=0", "singular-point", "tacnode", ["0"]),
    ("abs(x)^(2/3)+abs(y)^(2/3)=1", "x=1,y=0", "singular-point", "cusp", ["0"]),
    ("sqrt(x)+sqrt(y)=4", "x=16,y=0", "end-point", "end point", ["0"]),
    ("sqrt(x)+sqrt(y)=4", "x=0,y=16", "end-point", "end point", ["oo"]),
]  # fmt: skip


def same(one: str, other: str) -> bool:
    symbols = {name: sympy.Symbol(name, positive=True) for name in "ab"}
    return one == other or bool(
        sympy.simplify(sympy.sympify(one, symbols) - sympy.sympify(other, symbols)) == 0
    )


def test_slopes() -> None:
    wrong = []
    for equation, at, order, slope in SLOPES:
        var = "z:x" if "z" in equation else "y:x"
        found = diff(equation, at=at, var=var, order=order)
        if not found or found.value is None or not same(found.value.exact, slope):
            wrong.append((equation, at, order, str(found)))
    assert not wrong


def test_points_without_a_slope() -> None:
    wrong = []
    for equation, at, reason, kind, slopes in POINTS:
        found = diff(equation, at=at, var="y:x")
        shown = [each.exact for each in found.slopes]
        if (found.reason, found.kind) != (reason, kind) or len(shown) != len(slopes):
            wrong.append((equation, at, str(found)))
        elif not all(map(same, shown, slopes)):
            wrong.append((equation, at, shown))
    assert not wrong


FORMULAS = [
    ("x^2+y^2=25", 1, (3, 4)),
    ("x^2+y^2=25", 3, (3, 4)),
    ("x^3+y^3=6*x*y", 2, (3, 3)),
    ("sin(x*y)=x", 2, (0.5, mpmath.asin(0.5) / 0.5)),
    ("exp(y)*x+y=2", 2, (2 * mpmath.exp(-1) - mpmath.exp(-1), 1)),
    ("y^2=x^3+3*x^2", 2, (1, 2)),
    ("tan(y)=x+y", 1, (mpmath.tan(1) - 1, 1)),
    ("sqrt(x*y)=x-1", 1, (4, mpmath.mpf(9) / 4)),
    ("y^5+y=x", 2, (2, 1)),
    ("log(x+y)=x-y", 1, (0.5, 0.5)),
]  # fmt: skip


def test_formulas_beside_sympy() -> None:
    x, y = sympy.symbols("x y", real=True)
    for equation, order, (a, b) in FORMULAS:
        left, right = equation.split("=")
        truth = sympy.idiff(
            sympy.sympify(left.replace("^", "**"), {"x": x, "y": y}) - sympy.sympify(right, {"x": x, "y": y}),
            y,
            x,
            order,
        )
        found = diff(equation, var="y:x", order=order).derivative
        one, other = (
            sympy.N(each.subs({x: a, y: b}), 15) for each in (truth, sympy.sympify(found, {"x": x, "y": y}))
        )
        assert abs(one - other) <= 1e-9 * max(1, abs(one)), (equation, found)


def test_the_curve_shortens_its_own_derivatives() -> None:
    assert diff("x^2+y^2=25", var="y:x", order=2).derivative == "-25/y**3"
    assert diff("x^3+y^3=1", var="y:x", order=2).derivative == "-2*x/y**5"
    assert diff("x^2-y^2=1", var="y:x", order=2).derivative == "-1/y**3"
    assert diff("sqrt(x)+sqrt(y)=1", var="y:x").derivative == "-sqrt(y)/sqrt(x)"


def test_systems() -> None:
    found = diff("[u^2+v^2=x, u*v=1]", var="u,v:x", at="x=17/4,u=2,v=1/2")
    assert [found.values[each].exact for each in "uv"] == ["4/15", "-1/15"]
    found = diff("[r*cos(s)=x, r*sin(s)=y]", var="r,s:x", at="x=1,y=1,r=sqrt(2),s=pi/4")
    assert same(found.values["r"].exact, "1/sqrt(2)") and same(found.values["s"].exact, "-1/2")
    for equations, at, slopes in (
        ("[u+v=x, u*v=x^2/4]", "x=2,u=1,v=1", ["1/2", "1/2"]),  # (u - v)^2 = 0
        ("[u^3=x^3, v=u]", "x=0,u=0,v=0", ["1", "1"]),
        ("[u^3=x^3, v=u^2+x]", "x=0,u=0,v=0", ["1", "1"]),
    ):
        found = diff(equations, var="u,v:x", at=at)
        assert [found.values[each].exact for each in "uv"] == slopes, equations
    for equations, status in (
        ("[u*v=x, u=v]", "no"), ("[u^2+v^2=x, u-v=0]", "no"), ("[u^3=x, v=u^3]", "undecided"),
        ("[u^2*v=x, u*v^2=x]", "undecided"),
    ):  # fmt: skip
        assert diff(equations, var="u,v:x", at="x=0,u=0,v=0").status == status, equations
    assert diff("x^2+y^2+z^2=9", var="z:x,y", at="x=1,y=2,z=2").value.exact == "-1/4"


def asked(*words: str, **values: Any) -> tuple[int, list[str]]:
    output = Output(json=True)
    code = answer("diff", words, values, output)
    return code, output.lines


@pytest.mark.parametrize(
    ("equation", "var", "at", "code", "said"),
    [
        ("x^2+y^2=25", "y:x", "x=3,y=5", 2, "off-curve"),
        ("x^2+y^2=25", "y:x", "x=3,y=4+1e-20", 2, "off-curve"),
        ("x^2+y^2=25", "y:x", "x=3", 2, "on the curve y is -4 or 4 there"),
        ("y/x=1", "y:x", "x=0,y=0", 2, "not defined"),
        ("x^2=4", "y:x", None, 2, "does not occur"),
        ("y-y+x=1", "y:x", None, 1, "not-determined"),
        ("x^2+y^2=-1", "y:x", None, 1, "no-points"),
        ("x^2+y^2", "y:x", None, 2, "an equation is needed"),
        ("x<y", "y:x", None, 2, "an inequality"),
        ("x=y=1", "y:x", None, 2, "a second comparison"),
        ("x^2+y^2=", "y:x", None, 2, "nothing stands behind"),
        ("=3", "y:x", None, 2, "nothing stands before"),
        ("x^2+y^2=25", "x:x", None, 2, "twice"),
        ("x^2+y^2=25", "y:", None, 2, "what depends on what"),
        ("x^2+y^2=25", "y:x:z", None, 2, "what depends on what"),
        ("x^2+y^2=25", "y,z:x", None, 2, "1 equation for 2 unknowns"),
        ("x^2+y^2=25", None, None, 2, "two-readings"),
        ("y^2+x^2=(10^400)^2", "y:x", "x=0,y=10^400", 0, '"value":"0"'),
        ("x^2+y(x)^2=25", "y:x", "x=3,y=4", 0, '"value":"-3/4"'),
        (r"\frac{x^2}{4}+y^2=1", "y:x", "x=0,y=1", 0, '"value":"0"'),
    ],
)
def test_what_is_asked_wrongly(equation: str, var: str | None, at: str | None, code: int, said: str) -> None:
    values = {"var": var, "at": [at]}
    found, lines = asked(
        equation, **{name: value for name, value in values.items() if value not in (None, [None])}
    )
    assert (found, said in lines[-1]) == (code, True), lines
    json.loads(lines[-1])


# ------------------------------------------------------------------------------------------------------ pictures


_CLAIMED = (
    "x^2+y^2=25",
    "x^3+y^3=6x*y",
    "y^2=x^3+3x^2",
    "x*y=1",
    "x^2*y+y^3=2",
    "x^2-x*y+y^2=7",
    "sin(y)+y=x",
)


def claims(count: int, seed: int) -> None:
    """Claims that are right on the curve only, as multiples of the equation are added, and wrong ones."""
    chance = random.Random(seed)
    for _ in range(count):
        equation = chance.choice(_CLAIMED)
        gap = "({}) - ({})".format(*equation.split("="))
        order = chance.choice((1, 1, 2)) if "sin" not in equation else 1
        slope = diff(equation, var="y:x", order=order).derivatives["y"]
        factor = chance.choice(("x", "(y + 2)", "(x^2 + 1)", "3"))
        for right in (f"{slope} + {factor}*({gap})", f"({slope})*(1 + ({gap}))"):
            assert check(equation, right, var="y:x", order=order).verdict == "equal", (equation, right)
        for wrong in (f"-({slope})", f"{slope} + {factor}/7", f"({slope})*({gap} + 2)"):
            found = check(equation, wrong, var="y:x", order=order)
            assert found.verdict == "different" and found.counterexample, (equation, wrong, found)
            gone = parse(f"({gap})").node
            place = {Name(name): parse(each).node for name, each in found.counterexample.items()}
            assert symbolic.evaluate(substitute(gone, place), 20) == 0, (equation, found)


def test_claims_about_curves() -> None:
    claims(2, 1)
    assert check("x^2+y^2=25", "-3/4", var="y:x", at="x=3,y=4").verdict == "equal"
    assert check("x^2+y^2=25", "-x*(x-3)/(y*(x-3))", var="y:x").verdict == "different"
    assert check("x^2+y^2=25", "-x/sqrt(25-x^2)", var="y:x").verdict == "different"
    assert check("x^2+y^2=25", "-x/sqrt(25-x^2)", var="y:x", assume=["y>0"]).verdict != "different"
    assert check("y^3=x^9", "3x^8/y^2", var="y:x").counterexample == {"x": "0", "y": "0"}
    assert check("y*exp(y)=x", "1/(exp(y)+x)", var="y:x").verdict == "equal"
    for equation, claim, verdict in (  # one coordinate is a function of the other
        ("e^y=x", "1/x", "equal"),
        ("tan(y)=x", "1/(1+x^2)", "equal"),
        ("x=cosh(y)", "1/sinh(y)", "equal"),
        ("x=cosh(y)", "1/sqrt(x^2-1)", "different"),
        ("x=y^3+y", "(y-1)/((3y^2+1)*(y-1))", "different"),
        ("x=y+e^y", "1/(1+x-y)", "equal"),
    ):
        assert check(equation, claim, var="y:x").verdict == verdict, equation
    with pytest.raises(UsageError, match="another variable"):
        check("x^2+y^2=25", "-a/y", var="y:x")


@pytest.mark.parametrize(("equation", "right", "wrong"), [
    ("sqrt(x)+sqrt(y)=1", "-sqrt(y)/sqrt(x)", "sqrt(y)/sqrt(x)"), ("sqrt(x)+sqrt(y)=1", "1-1/sqrt(x)", "1/sqrt(x)-1"),
    ("sqrt(x)+sqrt(y)=1", "-sqrt(y/x)", "-sqrt(y/x)+0*ln((x-1/4)^2*y/x)"),
    ("x^(2/3)+y^(2/3)=4", "-(y/x)^(1/3)", "(y/x)^(1/3)"), ("y+ln(y)=x", "y/(1+y)", "y/(1-y)"),
    ("ln(x y)=x+y", "(x*y-y)/(x-x*y)", "y*(x+1)/(x*(1-y))"),  # a point of it is known between bounds alone
    ("atan(y)+y=x*e^x+1", "(x+1)*e^x*(1+y^2)/(2+y^2)", "(x+1)*e^x*(1+y^2)/(2-y^2)"),
    ("x^y=y^x", "(y^2-x*y*ln(y))/(x^2-x*y*ln(x))", "y/x*ln(y)"),
    ("x^y+y^x=3", "-(y*x^(y-1)+y^x*ln(y))/(x^y*ln(x)+x*y^(x-1))", "-y/x"),
    ("x^3+y^3=3x y", "(y-x^2)/(y^2-x)", "(y-x^2)/(y^2+x)"), ("x^3+y^3=3x y", "(x^2-y)/(x-y^2)", "-x^2/y^2"),
    ("x*ln(y)+y*ln(x)=2", "-(ln(y)+y/x)/(x/y+ln(x))", ""),
])  # fmt: skip
def test_claims_about_curves_that_are_no_polynomials_and_about_a_folium(
    equation: str, right: str, wrong: str
) -> None:
    assert check(equation, right, var="y:x").verdict == "equal"
    assert not wrong or check(equation, wrong, var="y:x").verdict == "different"


def test_lone_points_of_curves() -> None:
    """Products of curves with sums of squares, by construction."""
    chance = random.Random(8)
    curves = {
        "y-1": lambda x, y: y - 1,
        "x^2+y^2-9": lambda x, y: x**2 + y**2 - 9,
        "x*y-2": lambda x, y: x * y - 2,
    }
    for _ in range(5):
        points = {(chance.randint(-3, 3), chance.randint(-3, 3)) for _ in range(2)}
        lone = [
            f"({chance.randint(1, 3)}*(x-({a}))^2+(y-({b}))^{chance.choice((2, 4))})"
            for a, b in sorted(points)
        ]
        shown, curve = chance.choice(list(curves.items()))
        result, picture = plots.draw([f"{'*'.join(lone)}*({shown})=0"])
        spots = {(float(x[0]), float(y[0])) for _, (x, y) in _spots(picture)}
        assert spots == {point for point in points if curve(*point)}, (lone, shown)
        assert len(result.notes) == len(spots)
    for equation in ("y^2=x^3+3x^2", "x^3+y^3=6x*y", "x*y=0", "y^2=x^3"):
        assert not _spots(plots.draw([equation])[1])
    assert len(_spots(plots.draw(["(x^2-2)^2+(y^2-x)^2=0"])[1])) == 2


def _spots(picture: Any) -> list[tuple[str, Any]]:
    return [(name, np.asarray(rows).T) for name, rows in picture.data if name.startswith("spot")]


def test_study_is_no_word_for_curves() -> None:
    for expr, curve, polar in (
        ("x^2+y^2=25", False, False),
        ("[cos(t), sin(t)]", True, False),
        ("t", False, True),
    ):
        with pytest.raises(UsageError, match="--study is for the graph of a function"):
            plots.draw([expr], curve=curve, polar=polar, study=True)


def test_pictures_of_curves() -> None:
    result, picture = plots.draw(["x^2+y^2=25"], at=["x=3,y=4"], normal=True)
    assert [each.line for each in result.tangents] == ["-3*x/4 + 25/4"]
    assert [each.line for each in result.normals] == ["4*x/3"]
    series = dict(picture.data)
    circle = series["curve-1"][np.isfinite(series["curve-1"]).all(axis=1)]
    assert len(circle) > 200 and abs(np.hypot(*circle.T) - 5).max() < 1e-9
    turns = np.sort(np.arctan2(circle[:, 1], circle[:, 0]))
    assert np.diff(turns).max() < 0.05  # it is closed
    result, _ = plots.draw(["x^3+y^3=6x*y"], at=["x=0,y=0"])
    assert [each.line for each in result.tangents] == ["0", "x = 0"]
    result, picture = plots.draw(["y^2=x^2*(x-1)"], at=["x=0,y=0"])
    assert (result.status, len(result.tangents), "spot-1" in dict(picture.data)) == ("no", 0, True)
    with pytest.raises(CalcgradError, match="not on the curve"):
        plots.draw(["x^2+y^2=25"], at=["x=3,y=5"])
    assert plots.draw(["y=x^2"])[0].expr == ("x**2",)  # a label still
    _, picture = plots.draw(["(x-y)^2=0"])
    line = dict(picture.data)["curve-1"]
    assert np.nanmax(abs(line[:, 0] - line[:, 1])) < 1e-9


# ------------------------------------------------------------------------------------------------ random curves

_PARTS = (
    "x^2", "y^2", "x*y", "x^3", "y^3", "x^2*y", "sin(x*y)", "exp(x-y)", "cos(x)*y", "log(1+x^2)", "atan(y)", "x*exp(y)",
    "sqrt(1+y^2)", "y", "x", "tanh(x+y)",
)  # fmt: skip


def random_curve(chance: random.Random) -> tuple[str, str, str]:
    parts = chance.sample(_PARTS, 3)
    terms = "+".join(f"({chance.randint(-5, 5) or 1})*{part}" for part in parts)
    a, b = (sympy.Rational(chance.randint(-6, 6), chance.choice((1, 2, 3))) for _ in "ab")
    constant = terms.replace("exp", "EXP").replace("x", f"({a})").replace("EXP", "exp").replace("y", f"({b})")
    return f"{terms}={constant}", str(a), str(b)


def tracked(equation: str, a: str, b: str, h: Any) -> Any:
    """y beside the point, by the secant method."""
    left, right = equation.replace("^", "**").split("=")
    x, y = sympy.symbols("x y")
    gap = sympy.lambdify((x, y), sympy.sympify(left) - sympy.sympify(right), "mpmath")
    start = mpmath.mpf(sympy.Rational(b).p) / sympy.Rational(b).q
    place = mpmath.mpf(sympy.Rational(a).p) / sympy.Rational(a).q + h
    return mpmath.findroot(lambda t: gap(place, t), (start, start + h), tol=1e-60)


def compared(count: int, seed: int) -> tuple[int, int]:
    chance = random.Random(seed)
    answered = 0
    for _ in range(count):
        equation, a, b = random_curve(chance)
        try:
            found = diff(equation, var="y:x", at=f"x={a},y={b}")
        except CalcgradError as error:
            assert "does not occur" in str(error), (equation, a, b, error)
            count -= 1
            continue
        if found.value is None:
            answered += found.status == "no"
            continue
        answered += 1
        with mpmath.workdps(40):
            h = mpmath.mpf(10) ** -12
            slope = (tracked(equation, a, b, h) - tracked(equation, a, b, -h)) / (2 * h)
            assert abs(slope - found.value.number) <= 1e-6 * max(1, abs(slope)), (equation, a, b, str(found))
    return answered, count


def test_random_curves() -> None:
    answered, count = compared(12, 7)
    assert answered >= 0.95 * count


def parametrised(chance: random.Random) -> tuple[str, Any, Any]:
    """An equation with a path along its curve."""
    t, x, y = sympy.symbols("t x y", real=True)
    a, b, c = chance.randint(1, 3), chance.randint(1, 3), chance.randint(-2, 2)
    p, q = (sum(chance.randint(-2, 2) * t**k for k in range(3)) + chance.choice((-1, 1)) * t**3 for _ in "pq")
    gap, right, up = chance.choice([
        (sympy.resultant(x - p, y - q, t), p, q),
        ((x - c) ** 2 / a**2 + y**2 / b**2 - 1, c + a * (1 - t**2) / (1 + t**2), 2 * b * t / (1 + t**2)),
        ((y - c) ** 2 - a * (x - b) ** 3, b + a * t**2, c + a**2 * t**3),
        (y**2 - (x + a) * x**2, t**2 - a, t**3 - a * t), (sympy.exp(y) - x**2 - a, t, sympy.log(t**2 + a)),
        (x**3 + y**3 - 3 * a * x * y, 3 * a * t / (1 + t**3), 3 * a * t**2 / (1 + t**3)),
        (sympy.tan(y) - a * x, sympy.tan(t) / a, t), (sympy.sin(y) - x * sympy.cos(y), sympy.tan(t), t),
        ((x**2 + y**2) ** 2 - a**2 * (x**2 - y**2), a * (t + t**3) / (1 + t**4), a * (t - t**3) / (1 + t**4)),
    ])  # fmt: skip
    return f"{sympy.expand(gap)}=0", right, up


def followed(count: int, seed: int) -> tuple[int, int]:
    """Derivatives along a path are those of the curve, where only one branch goes through the point."""
    chance, t = random.Random(seed), sympy.Symbol("t", real=True)
    answered = asked = 0
    while asked < count:
        equation, x, y = parametrised(chance)
        here, order = (
            sympy.Rational(chance.randint(-6, 6), chance.choice((1, 2, 3))),
            chance.choice((1, 2, 3)),
        )
        a, b = x.subs(t, here), y.subs(t, here)
        slope = y
        for _ in range(order):
            slope = sympy.diff(slope, t) / sympy.diff(x, t)
        truth = slope.subs(t, here)
        if not (a.is_finite and b.is_finite and truth.is_finite):
            continue
        asked += 1
        found = diff(equation, var="y:x", at=f"x={a},y={b}", order=order)
        answered += found.status != "undecided"
        if found.value is not None:
            gap = sympy.N(sympy.sympify(found.value.exact) - truth, 30)
            assert abs(gap) < 1e-15, (equation, a, b, order, str(found), truth)
        else:
            assert found.reason in ("undecided", "singular-point"), (equation, a, b, order, str(found), truth)
    return answered, asked


def test_derivatives_are_those_along_a_path() -> None:
    answered, asked = followed(5, 2)
    assert answered >= asked - 1


_MONOMIALS = [(i, j) for i in range(6) for j in range(6 - i) if i + j >= 2]


def random_singularity(chance: random.Random) -> sympy.Poly:
    """A polynomial with a singular point at the origin: few terms, or the product of two that meet there."""
    x, y = sympy.symbols("x y")
    if chance.random() < 0.4:
        parts = [
            chance.choice(
                (y, x, y - x, y + x**2, y**2 - x**3, x - y**2, y**2 + x**2, y - x**2, y**3 - x**4, y - x**3)
            )
            for _ in range(2)
        ]
        return sympy.Poly(parts[0] * parts[1] + chance.choice((0, x**5, y**4, -(x**6), x**2 * y**3)), x, y)
    terms = chance.sample(_MONOMIALS, chance.choice((2, 3, 4)))
    return sympy.Poly({term: chance.choice((-3, -2, -1, 1, 2)) for term in terms}, x, y)


def crossings(curve: sympy.Poly, radius: sympy.Rational) -> int:
    """How often a curve meets a circle around the origin: Sturm counts the roots of a polynomial in tan(angle/2)."""
    x, y = curve.gens
    w = sympy.Symbol("w")
    place = {x: radius * (1 - w**2) / (1 + w**2), y: radius * 2 * w / (1 + w**2)}
    top = sympy.numer(sympy.together(curve.as_expr().subs(place, simultaneous=True)))
    behind = curve.as_expr().subs({x: -radius, y: 0}) == 0  # w = oo
    polynomial = sympy.Poly(top, w)
    return int(sympy.Poly(sympy.prod(f for f, _ in polynomial.sqf_list()[1]), w).count_roots()) + int(behind)


def counted(count: int, seed: int) -> tuple[int, int]:
    chance = random.Random(seed)
    answered = asked = 0
    here = {Name("x"): Number(0), Name("y"): Number(0)}
    while asked < count:
        curve = random_singularity(chance)
        if curve.is_zero or curve.is_ground:
            continue
        asked += 1
        try:
            found = branches.of_curve(parse(str(curve.as_expr())).node, "x", "y", here)
        except Undecided:
            continue
        answered += 1
        true = crossings(curve, sympy.Rational(1, 10**4))
        assert len(found.halves) == true, (curve.as_expr(), found, true)
    return answered, asked


def test_half_branches_are_those_that_a_small_circle_meets() -> None:
    answered, asked = counted(25, 11)
    assert answered >= 0.95 * asked


if __name__ == "__main__":
    print("half-branches known {} of {}".format(*counted(int(sys.argv[1]), random.randrange(10**6))))
    print("along paths {} of {}".format(*followed(int(sys.argv[1]), random.randrange(10**6))))
    print("answered {} of {}".format(*compared(int(sys.argv[1]), random.randrange(10**6))))
