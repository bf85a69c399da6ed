"""Pictures against mpmath: functions that cancel, each by construction, are drawn where they are.

python tests/test_plot_values.py            # all of them, and how many are visibly off
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import calcgrad
from calcgrad.commands import plots
from calcgrad.expression.parser import parse
from calcgrad.pictures.output import table
from calcgrad.tangents import tangents_at

LINE = 1.5 / 72  # inches
CONSTANTS = ["0", "1", "1/3", "sqrt(2)", "pi", "100"]
# Each is 0 at t = 0 to some order, and the quotient has a hole there which doubles fill with noise.
QUOTIENTS = [
    "((t+1)^2-1)/t", "(sqrt(t+4)-2)/t", "(1-cos(t))/t^2", "(t-sin(t))/t^3", "(exp(t)-1-t)/t^2", "(exp(t)-1)/t",
    "log(1+t)/t", "(log(1+t)-t)/t^2", "(tan(t)-t)/t^3", "(cbrt(1+t)-1)/t", "((1+t)^5-1)/t", "(cosh(t)-1)/t^2",
    "(sinh(t)-t)/t^3", "(atan(t)-t)/t^3", "(2^t-1)/t", "(1/(1+t)-1)/t", "(sqrt(1+t)-sqrt(1-t))/t",
    "(cos(t)-1+t^2/2)/t^4", "(exp(t)-exp(-t))/t", "(asin(t)-t)/t^3", "(sin(2*t)-2*sin(t))/t^3", "(1-sqrt(1-t^2))/t^2",
]  # fmt: skip


def functions() -> list[tuple[str, str]]:
    """(expression, window): every quotient, moved to some constants, from afar and near."""
    rng = random.Random(12)
    made = [(expression(each, place), place) for each in QUOTIENTS for place in rng.sample(CONSTANTS, 3)]
    return [
        (each, f"{place}-{left},{place}+{right}")
        for each, place in made
        for left, right in (("0.7", "0.8"), ("1e-4", "1.3e-4"))
    ]


def expression(quotient: str, place: str) -> str:
    """The quotient in t = x - place, where t is no part of a word."""
    words = "".join(
        f"(x-{place})" if c == "t" and not (before.isalpha() or after.isalpha()) else c
        for before, c, after in zip(" " + quotient, quotient, quotient[1:] + " ", strict=False)
    )
    return words.replace("(x-0)", "x")


def truth(expr: str) -> Callable[[float], Any]:
    meanings = {name: getattr(mpmath.mp, name) for name in dir(mpmath.mp) if not name.startswith("_")}
    code = compile(expr.replace("^", "**").replace("1/3", "mpf(1)/3"), expr, "eval")

    def value(x: float) -> Any:
        with mpmath.mp.workdps(60):
            return eval(code, meanings | {"x": mpmath.mp.mpf(x), "pi": +mpmath.mp.pi})

    return value


def off(expr: str, window: str, every: int) -> float:
    """How far the drawn curve is from the function at most, in half line widths; the CSV is right to the last bit."""
    picture = plots.draw([expr], xlim=window)[1]
    axes = picture.axes[0]
    low, high = axes.get_ylim()
    inches = axes.get_position().height * picture.get_size_inches()[1]
    right = truth(expr)
    x, y = dict(picture.data)["curve-1"].T
    rows = [line.split(",") for line in table(picture).decode().splitlines() if line.startswith("curve-1,")]
    wide = dict(zip((float(row[2]) for row in rows), (float(row[3]) for row in rows), strict=True))
    worst = 0.0
    for at, drawn in list(zip(x.tolist(), y.tolist(), strict=True))[::every]:
        if at != at:
            continue
        value = right(at)
        assert wide[at] == float(value), (expr, at, wide[at], value)
        if low <= value <= high:
            worst = max(worst, abs(drawn - float(value)) / (high - low) * inches / (LINE / 2))
    return worst


@pytest.mark.parametrize("index", range(3))
def test_what_cancels_is_drawn_where_it_is(index: int) -> None:
    for expr, window in functions()[index::22]:
        assert off(expr, window, 23) < 1, (expr, window)


TANGENTS = [
    ("sin(x)", "pi/2", ["1"]),
    ("sin(x)", "pi", ["-x + 3.141592654"]),
    ("cos(x)", "2*pi/3", None),
    ("x^4-4x^2", "sqrt(2)", ["-4"]),
    ("x^3-x", "1/sqrt(3)", ["-0.3849001795"]),
    ("exp(x)", "1", ["2.718281828*x"]),
    ("sin(x)^2+cos(x)^2", "1", ["1"]),
    ("(x^2-2)*abs(x^2-2)", "sqrt(2)", ["0"]),
    ("tan(x)", "pi/4", ["2*x - 0.5707963268"]),
    ("x^2", "1e-20", ["2e-20*x - 1e-40"]),
    ("3*x**2-4*x", "1", ["2*x - 3"]),
    ("abs(x^2-2)", "sqrt(2)", ["-2.828427125*x + 4", "2.828427125*x - 4"]),
    ("abs(sin(x))", "pi", ["-x + 3.141592654", "x - 3.141592654"]),
    ("floor(x/pi)", "2*pi", []),
    ("sqrt(sin(x))", "pi", ["x = 3.141592654"]),
]


@pytest.mark.parametrize(("expr", "place", "lines"), TANGENTS)
def test_tangents_are_decided_exactly(expr: str, place: str, lines: list[str] | None) -> None:
    found = tangents_at(parse(expr).node, "x", parse(place).node, "f")
    if lines is not None:
        assert [line.line for line in found.lines] == lines


def test_tangents_at_constructed_summits() -> None:
    """(x - a)**2*u + c has slope 0 and height c at a, and abs(x - a)*u a corner."""
    rng = random.Random(5)
    for _ in range(12):
        place = rng.choice(["sqrt(2)", "pi", "cbrt(5)", "exp(1)", "1/3", "sqrt(3)/2", "log(2)"])
        height = rng.choice(["3", "-2/7", "1/2", "0"])
        factor = rng.choice(["cos(x)", "exp(x)", "(x+3)", "1/(1+x^2)"])
        flat = tangents_at(parse(f"(x-{place})^2*{factor}+{height}").node, "x", parse(place).node, "f")
        assert [line.line for line in flat.lines] == [height], (place, height, factor)
        corner = tangents_at(parse(f"abs(x-{place})*exp(x)").node, "x", parse(place).node, "f")
        assert [line.side for line in corner.lines] == ["left", "right"], place


def test_too_large_is_not_undefined() -> None:
    for expr, place, words in (
        ("2^x", "1e10", "too large"),
        ("exp(x)", "700", "f is too large"),
        ("log(x)", "1e-305", "slope is too large"),
        ("x^2", "1e400", "too far"),
        ("1/x", "0", "not defined"),
    ):
        found = tangents_at(parse(expr).node, "x", parse(place).node, "f")
        assert not found.lines and words in found.note and found.undecided == ("too" in words)


@pytest.mark.parametrize(
    "expr", ["abs(x^2-4)/(x-2)", "abs(x^3-8)/(x-2)", "where(x<2,x,x+20)", "where(x<2,x,x-300)"]
)
def test_a_branch_behind_a_jump_is_drawn(expr: str) -> None:
    picture = plots.draw([expr])[1]
    x, y = dict(picture.data)["curve-1"].T
    shown = x[np.isfinite(y)]
    assert (shown > 2).sum() > 5 < (shown < 2).sum()


def test_a_dot_at_an_irrational_jump_is_right() -> None:
    """The doubles beside log(2) have the value of one side or the other; the dot has f's."""
    for expr, closed in (("floor(exp(x))", 2.0), ("sign(exp(x)-2)", 0.0), ("where(exp(x)>2,3,1)", 1.0)):
        data = dict(plots.draw([expr], xlim="0.5,0.9", ylim="-1,4")[1].data)
        assert data["closed-1"].tolist() == [[pytest.approx(np.log(2)), closed]], expr


def test_a_gradient_that_is_0_has_no_arrow() -> None:
    result, picture = plots.draw(["sin(x)*sin(y)"], at=["x=pi/2,y=pi/2"])
    assert result.gradients == ({"x": 0.0, "y": 0.0},) and not result.tangents
    assert not {"gradient-1", "tangent-1"} & set(dict(picture.data))


def test_curves_have_letters_and_colours_of_their_own() -> None:
    picture = plots.draw([f"x+{i}" for i in range(12)])[1]
    lines = [line for line in picture.axes[0].lines if str(line.get_gid()).startswith("curve")]
    assert len({line.get_color() for line in lines}) == 12
    names = [text.get_text().partition("(")[0] for legend in picture.legends for text in legend.get_texts()]
    names = names or [text.get_text().partition("(")[0] for text in picture.axes[0].get_legend().get_texts()]
    assert names[:4] == ["f", "g", "h", "f_1"] and len(set(names)) == 12


def test_the_table_holds_f_itself() -> None:
    picture = plots.draw(["x"], at=["1"])[1]
    rows = [line.split(",") for line in table(picture).decode().splitlines() if line.startswith("curve-1,")]
    assert rows and all(row[2] == row[3] for row in rows)


if __name__ == "__main__":
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    found = [(off(expr, window, every), expr, window) for expr, window in functions()]
    for worst, expr, window in sorted(found)[-8:]:
        print(f"{worst:9.4f} half line widths: {expr} on {window}")
    print(f"{sum(worst >= 1 for worst, *_ in found)} of {len(found)} visibly off")


@pytest.mark.parametrize(
    ("f", "ylim", "dots"),
    [
        ("log(x)", "-1000,300", 0),
        ("log(abs(x-1/3))", "-1e6,300", 0),
        ("x^(-1/100)", "0,100", 0),
        ("1/log(x)", "-10,10", 1),
        ("sin(x)/x", "-1e5,1e5", 1),
        ("x^x+0/x", "-300,300", 1),
    ],
)
def test_a_hole_is_where_a_limit_is(f: str, ylim: str, dots: int) -> None:
    """However flat a logarithm looks in a tall window, it has no limit at the end of its domain."""
    picture = calcgrad.plot(f, ylim=ylim, xlim="-0.9,4")
    assert sum(line.get_marker() == "o" for line in picture.axes[0].lines) == dots
