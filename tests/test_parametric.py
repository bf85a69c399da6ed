"""Paths of a point, [x(t), y(t)], and polar curves: slopes, curvature, cusps, pictures.

    python tests/test_parametric.py 300        # so many random paths

The truth is mpmath's: numerical derivatives of x and y at 40 digits; and the textbooks' cusps and tangents.
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
from calcgrad.calculus.curves import parametric
from calcgrad.commands import diff, plots
from calcgrad.errors import UndecidedError
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import List

# x, y, t: circle, ellipse, cycloids, astroid, deltoid, nephroid, witch, cissoid, folium, strophoid, tractrix, catenary,
# Lissajous, involute, spirals, Bezier, semicubical parabola (Lawrence, A Catalog of Special Plane Curves)
PATHS = [
    ("cos(t)", "sin(t)", "pi/4"), ("3*cos(t)", "2*sin(t)", "pi/3"), ("t-sin(t)", "1-cos(t)", "pi/2"),
    ("t-2*sin(t)", "1-2*cos(t)", "1"), ("cos(t)**3", "sin(t)**3", "pi/6"),
    ("2*cos(t)+cos(2*t)", "2*sin(t)-sin(2*t)", "pi/4"), ("3*cos(t)-cos(3*t)", "3*sin(t)-sin(3*t)", "pi/3"),
    ("2*t", "2/(1+t**2)", "1"), ("2*t**2/(1+t**2)", "2*t**3/(1+t**2)", "2"), ("3*t/(1+t**3)", "3*t**2/(1+t**3)", "1"),
    ("(t**2-1)/(t**2+1)", "t*(t**2-1)/(t**2+1)", "2"), ("t-tanh(t)", "1/cosh(t)", "1"), ("t", "cosh(t)", "log(2)"),
    ("sin(2*t)", "sin(3*t)", "1/2"), ("cos(t)+t*sin(t)", "sin(t)-t*cos(t)", "pi/3"),
    ("exp(t)*cos(t)", "exp(t)*sin(t)", "1"),
    ("t**2", "t**3", "-2"), ("t**2-1", "t**3-t", "2"), ("3*t*(1-t)**2", "t**3", "1/2"), ("sqrt(t)", "t**2", "4"),
    ("log(t)", "t*log(t)", "2"), ("1/cos(t)", "tan(t)", "pi/4"), ("t+1/t", "t-1/t", "3"),
    ("asin(t)", "sqrt(1-t**2)", "1/2"),
    ("abs(t)", "t**2", "-3"), ("t**3", "t**6", "1/2"), ("atan(t)", "log(1+t**2)", "1"), ("t*cos(t)", "t*sin(t)", "2"),
    ("cbrt(t)", "t", "8"), ("t", "t**5-2*t", "1"),
]  # fmt: skip
RADII = [
    ("1+cos(t)", "pi/2"), ("2+cos(t)", "1"), ("1+2*cos(t)", "pi/3"), ("sin(2*t)", "pi/6"), ("cos(3*t)", "1/5"),
    ("t", "2"), ("exp(t/5)", "1"), ("sqrt(cos(2*t))", "pi/8"), ("1/(1+cos(t)/2)", "pi/2"), ("2*sin(t)*tan(t)", "pi/4"),
    ("1/t", "3"), ("2", "1"), ("cos(t)**3", "1/2"), ("1-sin(t)", "pi/6"),
]  # fmt: skip
# path, t, reason, slopes
SPECIAL = [
    ("[t**2, t**3]", "0", "cusp", ["0"]),
    ("[t**3, t**2]", "0", "cusp", ["oo"]),
    ("[t-sin(t), 1-cos(t)]", "2*pi", "cusp", ["oo"]),
    ("[cos(t)**3, sin(t)**3]", "pi/2", "cusp", ["oo"]),
    ("[2*cos(t)+cos(2*t), 2*sin(t)-sin(2*t)]", "2*pi/3", "cusp", ["-sqrt(3)"]),
    ("[3*cos(t)-cos(3*t), 3*sin(t)-sin(3*t)]", "pi", "cusp", ["0"]),
    ("[t-tanh(t), 1/cosh(t)]", "0", "cusp", ["oo"]),
    ("[t**2, t**4+t**5]", "0", "cusp", ["0"]),
    ("[cbrt(t)**2, t]", "0", "cusp", ["0"]),
    ("[abs(t)**(3/2), t**3]", "0", "cusp", ["0"]),
    ("[t, where(t<0, 0, 1)]", "0", "jump", []),
    ("[t, where(t==0, 0, sin(1/t))]", "0", "jump", []),
    ("[t, where(t==0, 0, t**2*sin(1/t))]", "0", "", ["0"]),
    ("[where(t<=0, t, 1/t), t**2]", "0", "jump", []),
    ("[t**2, t**4]", "0", "turning-point", ["0"]),
    ("[cos(t), cos(2*t)]", "0", "turning-point", ["4"]),
    ("[t**2+t**3, (t**2+t**3)**2]", "0", "turning-point", ["0"]),
    ("[t**2+t**3, t**4+2*t**5+t**6]", "0", "turning-point", ["0"]),
    ("[abs(t), t]", "0", "corner", ["-1", "1"]),
    ("[t, abs(t)]", "0", "corner", ["-1", "1"]),
    ("[cos(t), sin(t)]", "0", "vertical-tangent", ["oo"]),
    ("[t**3, t]", "0", "vertical-tangent", ["oo"]),
    ("[2, t]", "1", "vertical-tangent", ["oo"]),
    ("[sqrt(t), t]", "0", "end-point", ["0"]),
    ("[t**3, t**3]", "0", "", ["1"]),
    ("[t**3, t**6]", "0", "", ["0"]),
    ("[t*abs(t), t**2]", "0", "corner", ["-1", "1"]),
    ("[log(t), t]", "-1", "not-real", []),
    ("[1, 2]", "0", "undefined", []),
]  # fmt: skip
POLAR = [
    ("1+cos(t)", "pi", "cusp", ["0"]),
    ("1-sin(t)", "pi/2", "cusp", ["oo"]),
    ("1+cos(t)", "2*pi/3", "vertical-tangent", ["oo"]),
    ("1+2*cos(t)", "2*pi/3", "", ["-sqrt(3)"]),
    ("sin(2*t)", "0", "", ["0"]),
]  # fmt: skip


def truth(x: str, y: str, t: str) -> dict[str, Any]:
    """The four numbers, from numerical derivatives of x and y."""
    symbol = sympy.Symbol("t", real=True)
    known = {"t": symbol, "abs": sympy.Abs, "cbrt": lambda u: sympy.sign(u) * abs(u) ** sympy.Rational(1, 3)}
    functions = [sympy.lambdify(symbol, sympy.sympify(each, known), "mpmath") for each in (x, y)]
    with mpmath.workdps(40):
        place = mpmath.mpf(sympy.N(sympy.sympify(t), 40))
        (x1, x2), (y1, y2) = ([mpmath.diff(f, place, n) for n in (1, 2)] for f in functions)
        speed, turn = mpmath.hypot(x1, y1), x1 * y2 - y1 * x2
        return {"dy/dx": y1 / x1, "d2y/dx2": turn / x1**3, "speed": speed, "curvature": abs(turn) / speed**3}


def there(expr: str, t: str, polar: bool) -> parametric.There:
    """The point of a path, exactly; the command shows the formulas too, which takes longer."""
    tree, place = parse(expr).node, parse(t).node
    if polar:
        return parametric.Path.polar(tree, "t").at(place, 2)
    assert isinstance(tree, List)
    x, y = tree.items
    return parametric.Path(x, y, "t").at(place, 2)


def compare(values: dict[str, Any], true: dict[str, Any], what: Any) -> None:
    for name, value in true.items():
        assert name in values, (what, name, values)
        assert abs(sympy.N(values[name], 20) - value) < 1e-8 * max(1, abs(value)), (what, name, values)


def test_paths() -> None:
    for x, y, t in PATHS:
        compare(there(f"[{x}, {y}]", t, False).values, truth(x, y, t), (x, y, t))


def test_polar_curves() -> None:
    for r, t in RADII:
        compare(there(r, t, True).values, truth(f"({r})*cos(t)", f"({r})*sin(t)", t), (r, t))


def test_special_points() -> None:
    for expr, t, reason, slopes in SPECIAL + POLAR:
        found = there(expr, t, not expr.startswith("["))
        assert (found.reason, [str(each) for each in found.slopes]) == (reason, slopes), (expr, t, found)


def test_the_command_says_what_was_found() -> None:
    found = diff("[t**2, t**3]", at="t=-2", curve=True)
    assert [found.values[name].exact for name in ("dy/dx", "d2y/dx2", "speed", "curvature")] == [
        "-3", "-3/8", "4*sqrt(10)", "3*sqrt(10)/800",
    ]  # fmt: skip
    found = diff("1+cos(t)", at="t=pi", polar=True)
    assert (found.reason, found.why) == ("cusp", "cusp, the curve turns back with slope 0")


def test_formulas_are_the_textbooks() -> None:
    assert diff("[cos(t), sin(t)]", curve=True).formulas["curvature"] == "1"
    assert diff("[t-sin(t), 1-cos(t)]", curve=True).formulas["dy/dx"] == "sin(t)/(1 - cos(t))"
    assert diff("r = t", polar=True).formulas["curvature"] == "(t**2 + 2)/(t**2 + 1)**(3/2)"
    assert diff("[t**2, t**3]", curve=True, order=3).derivative == "-3/(8*t**3)"


def test_places_are_all_there_are() -> None:
    found = diff("[cos(t)**3, sin(t)**3]", curve=True)
    assert (found.places, found.period) == ({"cusp": ("0", "pi/2", "pi", "3*pi/2")}, "2*pi")
    found = diff("1+cos(t)", polar=True)
    assert found.places["vertical tangent"] == ("0", "2*pi/3", "4*pi/3") and found.places["cusp"] == ("pi",)
    assert diff("[t**2-1, t**3-t]", curve=True).places == {
        "vertical tangent": ("0",), "horizontal tangent": ("-sqrt(3)/3", "sqrt(3)/3"),
    }  # fmt: skip
    assert diff("[t+sin(3*t), t]", curve=True).places.get("cusp") is None


@pytest.mark.parametrize(
    ("expr", "options", "code", "said"),
    [
        ("t^2", {"curve": True}, 2, "needs x and y"),
        ("[t, t^2, t^3]", {"curve": True}, 2, "needs x and y"),
        ("[a*cos(t), sin(t)]", {"curve": True}, 2, "two variables"),
        (
            "[a*cos(t), sin(t)]",
            {"curve": True, "var": "t", "at": ["pi/4"], "assume": ["a>0"]},
            0,
            '"value":"-1/a"',
        ),
        ("x=y", {"curve": True, "var": "y:x"}, 2, "stand alone"),
        ("[cos(t), sin(t)]", {"curve": True, "at": ["pi/4"]}, 0, '"value":"-1"'),
        ("ρ(t) = 1+cos(t)", {"polar": True, "at": ["pi/2"]}, 0, '"value":"1"'),
        ("[t, t^2]", {"curve": True, "at": ["10^400"]}, 0, '"float":null'),
        ("[t^2, where(t>=t,t,7)]", {"curve": True}, 0, '"where":"t != 0"'),  # no kink, met everywhere
        # neither side is a curve as far as it is looked at
        (
            "[min((1e10)^b,t^10), where(sqrt(2)>t and not 10>=t,t,7)+where(t>=t,1/2,t)]",
            {"curve": True, "var": "t", "at": ["0"]},
            3,
            '"reason":"undecided"',
        ),
    ],
)
def test_what_is_asked(expr: str, options: dict[str, Any], code: int, said: str) -> None:
    output = Output(json=True)
    found = answer("diff", [expr], options, output)
    assert (found, said in output.lines[-1]) == (code, True), output.lines
    json.loads(output.lines[-1])


def test_pictures_of_paths() -> None:
    result, picture = plots.draw(["[cos(t), sin(t)]"], at=["pi/4"], curve=True, normal=True)
    assert [each.line for each in result.normals] == ["x"]
    points = dict(picture.data)["curve-1"]
    points = points[np.isfinite(points).all(axis=1)]
    assert abs(np.hypot(*points.T) - 1).max() < 1e-12 and np.hypot(*np.diff(points, axis=0).T).max() < 0.1
    result, _ = plots.draw(["[t-sin(t), 1-cos(t)]"], at=["0", "pi/2"], curve=True)
    assert [each.line for each in result.tangents] == ["x = 0", "x + 0.4292036732"]
    _, picture = plots.draw(["1/(1-2*cos(t))"], polar=True)
    points = dict(picture.data)["curve-1"]
    assert np.isnan(points).any()  # broken where it goes to infinity
    _, picture = plots.draw(["[t, t^2]"], curve=True, span="0,1")
    assert np.nanmax(dict(picture.data)["curve-1"]) == 1


def test_ticks_of_waves_are_multiples_of_pi_and_equal_axes_are_equal() -> None:
    _, picture = plots.draw(["sin(x)"], xlim="-2*pi,2*pi", equal=True)
    axes = picture.axes[0]
    places = axes.xaxis.get_major_locator()()
    assert [axes.xaxis.get_major_formatter()(each, 0) for each in places] == ["−2π", "−π", "0", "π", "2π"]
    assert axes.get_aspect() == 1
    _, picture = plots.draw(["sin(pi*x)"])
    assert "π" not in picture.axes[0].xaxis.get_major_formatter()(1.0, 0)


# ------------------------------------------------------------------------------------------------- random paths

_PARTS = (
    "t",
    "t**2",
    "t**3",
    "sin(t)",
    "cos(2*t)",
    "exp(-t)",
    "log(1+t**2)",
    "sqrt(1+t**2)",
    "atan(t)",
    "t*cos(t)",
)


def compared(count: int, seed: int) -> int:
    chance = random.Random(seed)
    answered = 0
    for _ in range(count):
        x, y = (
            "+".join(f"({chance.randint(1, 5)})*{part}" for part in chance.sample(_PARTS, 2))
            for _ in range(2)
        )
        t = str(sympy.Rational(chance.randint(-9, 9), chance.choice((1, 2, 5))))
        found = there(f"[{x}, {y}]", t, False)
        if found.reason:
            assert found.reason != "undecided", (x, y, t, found)
            continue
        answered += 1
        compare(found.values, truth(x, y, t), (x, y, t))
    return answered


_UNITS = ("1", "(5 + t)", "exp(t)", "cos(t)", "(1 + t**2)", "sqrt(4 + t)", "exp(-t**2)")
_BACK = (
    "({h}**2 + {h}**3)",
    "(cos({h}) + {h}**3)",
    "({h}**2*exp({h}))",
    "({h}**2 - {h}**5)",
    "({h}**4 + {h}**5)",
)


def constructed(chance: random.Random) -> tuple[str, str, str, Any]:
    """A path, a place, and by construction what is there, with the slope."""
    place = chance.choice(("0", "1", "-2", "1/2", "pi/3", "sqrt(2)", "log(2)"))
    h = f"(t - ({place}))"
    back = chance.choice(_BACK).format(h=h)
    kind = chance.choice(("powers", "powers", "powers", "part", "mirror", "line"))
    if kind == "part":  # functions of one u(t) that turns
        x = chance.choice(("{u}", "2*{u} + {u}**2", "exp({u})", "sin({u})")).format(u=back)
        y = chance.choice(("{u}**2", "{u}**3 - {u}", "log(2 + {u})", "{u}*exp({u})")).format(u=back)
        return f"[{x}, {y}]", place, "turning-point", None
    if kind == "mirror":
        x = chance.choice(
            (f"{h}**2", f"cos({h})", f"exp({h}) + exp(-{h})", f"{h}*sin({h})", f"log(1 + {h}**2)")
        )
        y = chance.choice((f"{h}**4", f"cos(2*{h})", f"{h}**2*cosh({h})", f"exp(-{h}**2)", f"abs({h})**3"))
        return f"[{x}, {y}]", place, "turning-point", None
    if kind == "line":
        return f"[2*{back} - 1, 3 - 5*{back}]", place, "turning-point", sympy.Rational(-5, 2)
    low = chance.randint(2, 5)
    high = low + chance.choice((1, 3) if low % 2 == 0 else (1, 2, 3))
    units = chance.sample(_UNITS, 2)
    x, y = (f"{h}**{power}*{unit}" for power, unit in zip((low, high), units, strict=True))
    a, b, c, d = chance.choice(((1, 0, 0, 1), (0, 1, 1, 0), (1, 1, -1, 1), (2, 1, 1, -1), (3, -4, 4, 3)))
    path = f"[({a})*{x} + ({b})*{y} + 2, ({c})*{x} + ({d})*{y} - 1]"
    reason = "cusp" if low % 2 == 0 else "" if a else "vertical-tangent"
    return path, place, reason, sympy.Rational(c, a) if a else sympy.oo


def special_points(count: int, seed: int) -> None:
    """Cusps, turning points and smooth points at which the path stands still."""
    chance = random.Random(seed)
    for _ in range(count):
        path, place, reason, slope = constructed(chance)
        found = there(path, place, False)
        assert found.reason == reason, (path, place, found)
        if slope is not None:
            (said,) = found.slopes
            same = abs(said) == slope if slope == sympy.oo else abs(sympy.N(said - slope, 20)) < 1e-15
            assert same, (path, place, found)


def test_random_special_points() -> None:
    special_points(10, 4)


_COORDINATES = (
    "t**2", "t**3 - 3*t", "cos({k}*t)", "sin({k}*t)", "cos(t/{k})", "sin(t/{k})", "sin(t)**2", "log(sin(t))",
    "sqrt(cos(t))",
    "t + 2*sin({k}*t)", "sin(pi*t)", "1/(2 + cos(t))", "tan(t/{k})", "cbrt(t - 1)", "t*sqrt(t + 1)", "exp(sin(t))",
    "abs(t) - t**2", "abs(cos(t))", "sqrt(4 - t**2)", "1/(t**2 - 1)", "sin(t) - cos({k}*t)/{k}", "abs(t**2 - 2)*t",
)  # fmt: skip


def _slope(source: str, at: Any) -> Any:
    """By a difference; not a number beside the edge of a domain."""
    words = {
        name: getattr(np, name) for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "cbrt", "abs", "pi")
    }
    with np.errstate(all="ignore"):
        return np.subtract(*(eval(source, words | {"t": at + h}) for h in (1e-6, -1e-6))) / 2e-6


def compared_places(count: int, seed: int) -> int:
    """Where the tangent is listed to be vertical or horizontal it is, and nowhere else: dense sampling of x' and y'."""
    chance = random.Random(seed)
    listed = 0
    for _ in range(count):
        pair = [each.format(k=chance.randint(2, 3)) for each in chance.sample(_COORDINATES, 2)]
        path = parametric.Path(*(parse(each).node for each in pair), "t")
        try:
            found, period = path.special()
        except UndecidedError:
            continue
        end = 8.0 if period is None else float(period)
        grid = np.linspace(-8.0 if period is None else 0.0, end, 40_001)[:-1] + 1e-7
        dx, dy = (_slope(each, grid) for each in pair)
        places = [each for several in found.values() for each in several]  # a cusp has a tangent too
        everywhere = np.array([float(symbolic.to_sympy(each)) for each in places])
        for kind, one, other in (("vertical tangent", dx, dy), ("horizontal tangent", dy, dx)):
            told = np.array([float(symbolic.to_sympy(each)) for each in found.get(kind, ())])
            listed += len(told)
            step = grid[1] - grid[0]
            for place in told:
                beside = np.array([place - 1e-4, place + 1e-4])
                a, b = (_slope(each, beside) for each in (pair if one is dx else pair[::-1]))
                steep = np.abs(a / b)[np.isfinite(a / b)]
                assert steep.size and (steep < 0.05).all(), (pair, kind, place, found, period)
            if kind not in found:
                continue
            turns = np.nonzero(one[:-1] * one[1:] < 0)[0]
            for turn in turns:
                if abs(one[turn] - one[turn + 1]) < 0.1 and 0.01 < abs(other[turn]) < 1e4:
                    gaps = np.abs(everywhere - grid[turn])
                    gaps = gaps if period is None else np.minimum(gaps, end - gaps)
                    assert gaps.min() < 2 * step, (pair, kind, grid[turn], found, period)
    return listed


def test_random_places() -> None:
    assert compared_places(5, 5) > 5
    whole = {"[t**2, sin(t)]": {"vertical tangent": ("0",)}, "[t**2, cos(t)]": {"turning point": ("0",)}}
    for path, places in whole.items():
        found = diff(path, curve=True)
        assert (found.places, found.period) == (places, None)
    found = diff("[cos(t/2), sin(t)]", curve=True)
    assert found.places["horizontal tangent"] == ("pi/2", "3*pi/2", "5*pi/2", "7*pi/2")
    assert found.places["vertical tangent"] == ("0", "2*pi") and found.period == "4*pi"
    assert diff("[log(sin(t)), cos(t)]", curve=True).places == {"vertical tangent": ("pi/2",)}
    assert diff("[abs(t), t]", curve=True).places == {"corner": ("0",)}
    assert diff("[abs(t), t]", curve=True, assume=["t>0"]).places == {}


def test_a_path_that_stays_where_it_is() -> None:
    assert there("[5, 5]", "1", False).reason == "undefined"
    for late in ("max(0, t)", "relu(t)^3", "where(t<0, 0, t^2)"):
        found = there(f"[{late}, -2*({late}) + 1]", "0", False)
        assert (found.reason, found.slopes) == ("end-point", (-2,)), late


def test_random_paths() -> None:
    assert compared(5, 3) >= 4


if __name__ == "__main__":
    special_points(int(sys.argv[1]), random.randrange(10**6))
    print(compared(int(sys.argv[1]), random.randrange(10**6)))
    print(compared_places(int(sys.argv[1]), random.randrange(10**6)))
