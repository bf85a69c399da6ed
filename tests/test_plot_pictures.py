"""The pictures of the command, read back from their SVG: dots, domains, lines, contours, limits, files."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
import sys
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from asking import ask
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox

import calcgrad
from calcgrad.commands import plots
from calcgrad.pictures.output import render, table

sys.path.insert(0, str(Path(__file__).parent.parent))
from tools import gallery

Ask = Callable[..., Any]
SVG = "{http://www.w3.org/2000/svg}"


def drawn(*exprs: str, **options: Any) -> Any:
    return plots.draw(exprs, **options)[1]


def group(picture: Any, name: str) -> ET.Element | None:
    root = ET.fromstring(render(picture, "svg"))
    return next((g for g in root.iter(f"{SVG}g") if g.get("id") == name), None)


def places(picture: Any, name: str, panel: int = 0) -> np.ndarray[Any, Any]:
    """The markers or the vertices of a group of the SVG, in the units of the axes, to 1e-5 of the frame."""
    found = group(picture, name)
    if found is None:
        return np.empty((0, 2))
    used = [(float(u.get("x", "nan")), float(u.get("y", "nan"))) for u in found.iter(f"{SVG}use")]
    if not used:
        path = next(found.iter(f"{SVG}path")).get("d", "")
        numbers = [float(number) for number in re.findall(r"[-+.\de]+", path)]
        used = list(zip(numbers[::2], numbers[1::2], strict=True))
    points = np.array(used)
    points[:, 1] = picture.bbox.height - points[:, 1]
    return np.asarray(picture.axes[panel].transData.inverted().transform(points))


def near(found: Any, expected: list[tuple[float, float]], close: float = 1e-3) -> bool:
    """The same points in any order."""
    found = np.asarray(found)
    return found.shape == (len(expected), 2) and all(
        np.abs(found - point).max(axis=1).min() < close for point in expected
    )


# --- dots and domains ---------------------------------------------------------------------------------

DOTS = {
    # expression, options, open dots, closed dots
    "floor": ("floor(x)", "-1.5,1.5", [(-1, -2), (0, -1), (1, 0)], [(-1, -1), (0, 0), (1, 1)]),
    "ceil": ("ceil(x)", "-0.5,1.5", [(0, 1), (1, 2)], [(0, 0), (1, 1)]),
    "sign": ("sign(x)", "-1,1", [(0, -1), (0, 1)], [(0, 0)]),
    "off the grid": ("sign(x-1/7)", "-1,1", [(1 / 7, -1), (1 / 7, 1)], [(1 / 7, 0)]),
    "a quotient": ("x/abs(x)", "-1,1", [(0, -1), (0, 1)], []),
    "sinc": ("sin(x)/x", "-5,5", [(0, 1)], []),
    "a hole off the grid": ("(x**2-1)/(x-1)", "-1.7,2.9", [(1, 2)], []),
    "a divisor that touches 0": ("(x-0.3)**3/(x-0.3)**2", "-1,1", [(0.3, 0)], []),
    "cases": ("where(x<1, x**2, 3-x)", "-1,3", [(1, 1)], [(1, 2)]),
    "one side": ("2**(1/x)", "-2,0.5", [(0, 0)], []),
    "where log ends": ("x*log(x)", "-0.5,2", [(0, 0)], []),
    "squeezed": ("x*sin(1/x)", "-1,1", [(0, 0)], []),
    # Where NumPy goes on through an infinity, the function has no value.
    "atan of a pole": ("atan(1/x)", "-1,1", [(0, -np.pi / 2), (0, np.pi / 2)], []),
    "tanh of a pole": ("tanh(1/x)", "-1,1", [(0, -1), (0, 1)], []),
    "flat at a hole": ("exp(-1/x**2)", "-1,1", [(0, 0)], []),
    "a quotient of a pole": ("1/(1+1/x)", "-0.5,1", [(0, 0)], []),
    "a sigmoid of a pole": ("1/(1+exp(1/x))", "-1,1", [(0, 0), (0, 1)], []),
    "a cotangent": ("x*cot(x)", "-1,1", [(0, 1)], []),
    "a logarithm of an even power": ("x*log(x**2)", "-1,1", [(0, 0)], []),
    # Values all by themselves, which no sample need hit.
    "one value": ("where(x==1/3, 3, x)", "-1,1", [(1 / 3, 1 / 3)], [(1 / 3, 3)]),
    "a square of sign": ("sign(x-1/3)**2", "-1,1", [(1 / 3, 1)], [(1 / 3, 0)]),
    "integers": (
        "floor(x)+floor(-x)",
        "-1.5,1.5",
        [(x, -1) for x in (-1, 0, 1)],
        [(x, 0) for x in (-1, 0, 1)],
    ),
    "real at one point": ("sqrt(-(x-1/7)**2)", "-1,1", [], [(1 / 7, 0)]),
    "real at one point, again": ("sqrt(x)+sqrt(-x)", "-1,1", [], [(0, 0)]),
    # The ends of a domain: open ones, and closed ones beside other dots.
    "zeros that doubles miss": ("sin(x)/sin(x)", "1,7", [(np.pi, 1), (2 * np.pi, 1)], []),
    "roots that doubles miss": ("sqrt(sin(x))", "-1,7", [], []),
    "a gap in the domain": ("1/floor(x)", "-0.5,1.5", [(0, -1)], [(1, 1)]),
    "steep beside a jump": ("where(x>0, sqrt(x), 1)", "-1,1", [(0, 0)], [(0, 1)]),
    "some of many": ("floor(1/x)", "0.4,1.5", [(0.5, 1), (1, 0)], [(0.5, 2), (1, 1)]),
}


@pytest.mark.parametrize("name", DOTS)
def test_dots_stand_at_jumps_and_holes(name: str) -> None:
    expr, xlim, open_, closed = DOTS[name]
    picture = drawn(expr, xlim=xlim, ylim="-3,4")
    assert near(places(picture, "open-1"), open_), places(picture, "open-1")
    assert near(places(picture, "closed-1"), closed), places(picture, "closed-1")


@pytest.mark.parametrize(
    "expr",
    ["x**2", "1/x", "tan(x)", "abs(x)", "cbrt(x)", "sqrt(x)", "sin(1/x)", "tanh(1000*x)", "exp(x)/(1+exp(x))",
     "1/(x**2+1)", "log(abs(x))", "max(x, 0)", "sqrt(1-x**2)", "sin(x)*exp(-x)"],
)  # fmt: skip
def test_no_dot_where_nothing_jumps(expr: str) -> None:
    picture = drawn(expr, xlim="-2,2.1", ylim="-3,3")
    assert group(picture, "open-1") is None and group(picture, "closed-1") is None


def test_dots_are_left_out_where_they_would_run_together() -> None:
    x = places(drawn("x*floor(1/x)", xlim="-1,1.2"), "closed-1")[:, 0]
    assert {round(float(each), 3) for each in x} >= {-1, -0.5, 0.5, 1}
    assert np.diff(np.sort(x)).min() > 0.03
    assert group(drawn("floor(100*x)", xlim="-1,1"), "closed-1") is None


def window(picture: Any) -> tuple[float, float, float, float]:
    return (*picture.axes[0].get_xlim(), *picture.axes[0].get_ylim())


@pytest.mark.parametrize(
    ("expr", "points", "widest"),
    [
        ("(x**2-4)/(x-2)", [(2, 4)], (20, 20)),
        ("where(x==2, 5, x)", [(2, 5), (2, 2)], (20, 20)),
        ("x/log(x)", [(np.e, np.e), (0.5, -0.72), (0, 0)], (20, 40)),
        ("Ei(x)", [(0.37, 0), (-1, -0.22)], (20, 30)),
        ("x**2*sin(1/x**2)", [(0.5, -0.19), (0.37, 0.11)], (3, 2)),
        ("1e-9*sin(1e9*x)", [(np.pi / 2 * 1e-9, 1e-9)], (1e-7, 4e-9)),
        ("exp(1/x)", [(1, np.e), (-1, 0.37)], (20, 30)),
        ("tan(x)", [(np.pi / 4, 1)], (30, 25)),
        ("where(x<3, x**2, 20)", [(3, 20), (3, 9), (0, 0)], (20, 40)),
    ],
)
def test_the_window_shows_holes_lone_values_and_both_sides_of_poles(
    expr: str, points: list[tuple[float, float]], widest: tuple[float, float]
) -> None:
    left, right, bottom, top = window(drawn(expr))
    assert right - left <= widest[0] and top - bottom <= widest[1]
    for x, y in points:
        assert left <= x <= right and bottom <= y <= top


def pieces(picture: Any, name: str = "curve-1") -> list[np.ndarray[Any, Any]]:
    points = dict(picture.data)[name]
    gone = np.isnan(points[:, 0])
    return [
        piece for each in np.split(points, np.flatnonzero(gone)) if len(piece := each[~np.isnan(each[:, 0])])
    ]


def test_narrow_islands_of_a_domain_are_all_drawn() -> None:
    found = pieces(drawn("sqrt(sin(x)-0.99)", xlim="0,100"))
    middles = np.arange(np.pi / 2, 100, 2 * np.pi)
    half = np.arccos(0.99)
    assert len(found) == len(middles) == 16
    for piece, middle in zip(found, middles, strict=True):
        assert piece[:, 0].min() == pytest.approx(middle - half, abs=1e-9)
        assert piece[:, 0].max() == pytest.approx(middle + half, abs=1e-9)


def test_oscillation_too_fast_to_follow_is_the_band_that_it_fills() -> None:
    for expr, function in (("sin(x)", np.sin), ("sin(1e6*x)", lambda x: np.sin(1e6 * x))):
        x, y = real(dict(drawn(expr, xlim="0,3000").data)["curve-1"]).T
        assert np.abs(y - function(x)).max() < 1e-6 and x.size < 10_000
        column = (x / 3000 * 100).astype(int).clip(0, 99)
        for k in range(100):
            assert y[column == k].max() > 0.9 and y[column == k].min() < -0.9
    tangent = real(dict(drawn("tan(x)", xlim="0,3000", ylim="-5,5").data)["curve-1"])
    assert tangent[:, 1].max() > 5 and tangent[:, 1].min() < -5


def test_a_hundred_poles_have_no_vertical_stroke() -> None:
    found = pieces(drawn("tan(x)", xlim="0,600", ylim="-5,5"))
    assert len(found) == 192
    for piece in found:
        assert (np.diff(piece[:, 1]) > 0).all()


def boxes(texts: Any) -> np.ndarray[Any, Any]:
    return np.array(
        [text.get_window_extent().extents for text in texts if text.get_visible() and text.get_text()]
    )


def overlap(one: Any, other: Any) -> bool:
    return bool(
        min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])
    )


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("sin(1000*x)", "3.5,2.5"), ("sin(1000*x)", "1.5,1.2"), ("x --xlim=0,123456", "3.5,2.5"),
        ("x --xlim=0,12345", "2,2"), ("x --xlim=-0.02,0.03", "3.5,2.5"), ("x --xlim=1,1.000001", "3.5,2.5"),
        ("x --xlim=99990,100010", "3.5,2.5"), ("exp(x) --yscale log", "3.5,2.5"), ("1e-300*x", "3.5,2.5"),
        ("sin(x)/x --at 2 --derivative", "3.5,2.5"), ("x**2*y+sin(y) --at x=1,y=2", "3.5,2.5"),
    ],
)  # fmt: skip
def test_texts_are_inside_the_picture_and_do_not_overlap(ask: Ask, words: str, size: str) -> None:
    expr, *options = words.split()
    given = {
        o.removeprefix("--").partition("=")[0]: o.partition("=")[2]
        for o in options
        if o.startswith("--") and "=" in o
    }
    at = [options[options.index("--at") + 1]] if "--at" in options else []
    yscale = "log" if "--yscale" in options else "linear"
    picture = drawn(expr, at=at, size=size, derivative="--derivative" in options, yscale=yscale, **given)
    picture.draw_without_rendering()
    for axes in picture.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [t.label1 for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
            found = boxes([*ticks, axis.label, axis.offsetText])
            assert sum(bool(t.get_text()) for t in ticks) >= 2 or not any(t.get_visible() for t in ticks)
            if not len(found):
                continue
            assert found.min() >= -0.5
            assert (
                found[:, 2].max() <= picture.bbox.width + 0.5
                and found[:, 3].max() <= picture.bbox.height + 0.5
            )
            assert not any(overlap(a, b) for i, a in enumerate(found) for b in found[:i])


def test_legends_of_two_panels_stand_one_above_the_other() -> None:
    picture = drawn("sin(10*x)", "cos(10*x)", xlim="-3,3", derivative=True)
    picture.draw_without_rendering()
    found = [legend.get_window_extent().extents for legend in picture.legends]
    assert len(found) == 2 and not overlap(*found)
    assert min(box[1] for box in found) >= 0
    assert max(box[3] for box in found) < picture.axes[1].xaxis.label.get_window_extent().y0


def test_the_panel_below_marks_the_slope_of_each_tangent() -> None:
    picture = drawn("x**3-3*x", at=["-1", "0", "2"], derivative=True)
    for index, (x, slope) in enumerate([(-1, 0), (0, -3), (2, 9)], start=1):
        assert near(places(picture, f"slope-{index}", 1), [(x, slope)])
    assert picture.axes[1].get_ylabel() == "f'(x)"


def test_where_nothing_is_real_is_shaded() -> None:
    def shades(*exprs: str) -> list[list[float]]:
        picture = drawn(*exprs, xlim="-3,3", ylim="-1,3")
        found = []
        while (each := places(picture, f"not-real-{len(found) + 1}")).size:
            found.append([round(float(side), 3) for side in (each[:, 0].min(), each[:, 0].max())])
        return found

    assert shades("sqrt(x**2-1)") == [[-1, 1]]
    assert shades("log(x)") == [[-3, 0]]
    assert shades("asin(x/2)") == [[-3, -2], [2, 3]]
    assert shades("sqrt(x)", "sqrt(-x-1)") == [[-1, 0]]  # where neither is real
    assert shades("1/x") == shades("tan(x)") == shades("exp(1000*x)") == []


# --- tangents and secants -----------------------------------------------------------------------------


def line_of(picture: Any, name: str) -> np.ndarray[Any, Any]:
    ends = places(picture, name)
    assert len(ends) == 2
    return ends


@pytest.mark.parametrize(
    ("expr", "at", "slopes"),
    [
        ("abs(x)", "0", [-1, 1]),
        ("max(x, 2*x)", "0", [1, 2]),
        ("where(x<0, -x, x**2)", "0", [-1, 0]),
        ("abs(x-1)+x", "1", [0, 2]),
    ],
)
def test_a_corner_has_both_one_sided_tangents(
    ask: Ask, folder: Path, expr: str, at: str, slopes: list[float]
) -> None:
    picture = drawn(expr, at=[at])
    for index, slope in enumerate(slopes, start=1):
        (x0, y0), (x1, y1) = line_of(picture, f"tangent-{index}")
        assert (y1 - y0) / (x1 - x0) == pytest.approx(slope, abs=1e-4)
        found = group(picture, f"tangent-{index}")
        assert found is not None
        assert "stroke-dasharray" in (next(found.iter(f"{SVG}path")).get("style") or "")
    answer = ask("plot", expr, "--at", at, "--json")
    record = json.loads(answer.out)
    assert answer.code == 0 and "a corner" in answer.err.splitlines()[0]
    assert [each["side"] for each in record["tangents"]] == ["left", "right"]


@pytest.mark.parametrize("expr", ["cbrt(x)", "sqrt(abs(x))"])
def test_a_vertical_tangent_is_drawn_vertical(ask: Ask, folder: Path, expr: str) -> None:
    (x0, y0), (x1, y1) = line_of(drawn(expr, at=["0"]), "tangent-1")
    assert abs(x0) < 1e-4 and abs(x1) < 1e-4 and abs(y1 - y0) > 1
    assert ask("plot", expr, "--at", "0").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("floor(x) --at 0", 1),
        ("1/x --at 0", 1),
        ("log(x) --at=-1", 1),
        ("floor(x) --at 0 --at 0.5", 0),
        ("abs(x) --at 0", 0),
        ("sqrt(x) --at 0", 0),
        ("floor(x)", 0),
    ],
)
def test_the_exit_code_is_1_only_where_no_tangent_could_be_drawn(
    ask: Ask, folder: Path, words: str, code: int
) -> None:
    answer = ask("plot", *words.split())
    assert answer.code == code
    assert (folder / "plot.svg").exists()
    assert ("note: " in answer.err) == ("--at" in words)


def test_several_points_and_curves_each_have_their_tangent() -> None:
    picture = drawn("x**3-3*x", "x**2", at=["-1", "0", "2"])
    truth = [(-1, 2, 0), (-1, 1, -2), (0, 0, -3), (0, 0, 0), (2, 2, 9), (2, 4, 4)]
    left, right = picture.axes[0].get_xlim()
    bottom, top = picture.axes[0].get_ylim()
    for index, (x, y, slope) in enumerate(truth, start=1):
        ends = line_of(picture, f"tangent-{index}")
        assert np.abs(ends[:, 1] - (y + slope * (ends[:, 0] - x))).max() < 1e-5 * (top - bottom)
        assert (ends[:, 0].max() - ends[:, 0].min()) < 0.7 * (right - left)  # each near its own point
    words = render(picture, "svg").decode()
    for line in ("y = 2", "y = -2*x - 1", "y = -3*x", "y = 9*x - 16", "y = 4*x - 4"):
        assert f">tangent {line}<" in words


def test_the_ends_of_a_tangent_satisfy_its_equation() -> None:
    """The numbers that are drawn, before the SVG rounds them to 1e-6 of a point."""
    for expr, at, slope, intercept in (
        ("3*x**2-4*x", "1", 2, -3),
        ("exp(x)", "0", 1, 1),
        ("x**3-1/x", "1", 4, -4),
    ):
        picture = drawn(expr, at=[at])
        bottom, top = picture.axes[0].get_ylim()
        ends = dict(picture.data)["tangent-1"]
        assert np.abs(ends[:, 1] - slope * ends[:, 0] - intercept).max() < 1e-12 * (top - bottom)
        assert np.abs(np.diff(line_of(picture, "tangent-1") - ends)).max() < 1e-5 * (top - bottom)


def test_secants_go_through_two_points_and_their_slopes_to_the_tangents(ask: Ask, folder: Path) -> None:
    picture = drawn("3*x**2-4*x", at=["1"], secants="1,0.5,-0.1")
    for index, h in enumerate((1, 0.5, -0.1), start=1):
        (x0, y0), (x1, y1) = line_of(picture, f"secant-{index}")
        assert (y1 - y0) / (x1 - x0) == pytest.approx(2 + 3 * h, abs=1e-3)
        assert near(places(picture, f"other-{index}"), [(1 + h, 3 * (1 + h) ** 2 - 4 * (1 + h))])
    record = json.loads(ask("plot", "3*x**2-4*x", "--at", "1", "--secants", "1,0.5", "--json").out)
    assert [(each["h"], each["slope"]) for each in record["secants"]] == [("1", 5.0), ("0.5", 3.5)]
    assert record["secants"][0]["line"] == "5*x - 6"


# --- derivatives ----------------------------------------------------------------------------------------


def test_the_derivative_is_drawn_below_or_over() -> None:
    below = drawn("sin(x)", derivative=True, xlim="-3,3")
    assert len(below.axes) == 2 and below.axes[0].get_xlim() == below.axes[1].get_xlim()
    over = drawn("sin(x)", derivative=True, over=True, xlim="-3,3")
    assert len(over.axes) == 1
    for picture in (below, over):
        points = dict(picture.data)["curve-2"]
        assert np.nanmax(np.abs(points[:, 1] - np.cos(points[:, 0]))) < 1e-9


def test_the_derivative_has_open_dots_at_corners_and_none_elsewhere() -> None:
    picture = drawn("abs(x**2-1)", derivative=True, xlim="-2,2")
    assert near(places(picture, "open-2", 1), [(-1, -2), (-1, 2), (1, -2), (1, 2)])
    assert group(picture, "closed-2") is None and group(picture, "open-1") is None


# --- limits -----------------------------------------------------------------------------------------------


def test_a_limit_is_drawn_from_both_sides(ask: Ask, folder: Path) -> None:
    answer = ask("limit", "abs(x)/x", "--to", "0", "-o", "limit.svg")
    assert answer.code == 1 and answer.err == "wrote limit.svg\n"
    assert "does not exist" in answer.out
    root = ET.fromstring((folder / "limit.svg").read_bytes())
    names = {g.get("id") for g in root.iter(f"{SVG}g")}
    assert {"left", "right", "left-rows", "right-rows", "limit-1", "limit-2"} <= names
    written = [element.text for element in root.iter(f"{SVG}text")]
    assert "-1 from the left" in written and "1 from the right" in written


def real(points: Any) -> Any:
    """The points of all pieces."""
    return points[np.isfinite(points).all(axis=1)]


def test_the_values_of_a_limits_picture_are_the_functions() -> None:
    from calcgrad.commands import limit
    from calcgrad.drawing.approaches import draw_limit

    picture = draw_limit(limit("sin(x)/x", to="0"))
    for name in ("left", "right"):
        h, value = real(dict(picture.data)[name]).T
        assert h.min() == pytest.approx(1e-5) and h.max() == pytest.approx(1)
        assert np.abs(value - np.sin(h) / h).max() < 1e-12
        assert len(dict(picture.data)[f"{name}-rows"]) == 5
    assert dict(picture.data)["limit-1"][0, 1] == 1
    assert picture.axes[0].get_xscale() == "log"
    quotient = draw_limit(limit("3*x**2-4*x", at="1"))
    h, slope = real(dict(quotient.data)["right"]).T
    assert np.abs(slope - 2 - 3 * h).max() < 1e-9
    assert set(dict(quotient.data)) >= {"left", "right", "limit-1"}


def test_a_limits_picture_breaks_where_the_function_does() -> None:
    from calcgrad.commands import limit
    from calcgrad.drawing.approaches import draw_limit

    picture = draw_limit(limit("x*floor(1/x)", to="0"))
    ends = [piece[-1, 0] for piece in pieces(picture, "right")][-4:-1]
    assert ends == pytest.approx([1 / 4, 1 / 3, 1 / 2], abs=1e-6)
    apart = draw_limit(limit("exp(1/x)", to="0"))
    _, _, bottom, top = window(apart)
    assert (
        bottom < 0 and np.e < top < 100
    )  # the left side's limit is seen beside the right side, which runs away


@pytest.mark.parametrize(
    "words", ["1/x --to 0", "1/x**2 --to 0", "x --to oo", "exp(x) --to -oo", "sin(1/x) --to 0"]
)
def test_every_kind_of_limit_has_a_picture(ask: Ask, folder: Path, words: str) -> None:
    answer = ask("limit", *words.split(), "-o", "a.svg")
    assert answer.code in (0, 1) and "wrote a.svg" in answer.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("x --to 1 -o -", "needs a file"),
        ("x --to 1 -o a.gif", "unknown picture format '.gif'"),
        ("x x**2 --to 1 -o a.svg", "draws one limit"),
        ("a*x --var x --to 1 -o a.svg", "numbers for every parameter"),
        ("log(x) --to=-1 -o a.svg", "nothing to draw"),
        ("x --to 1 -o missing/a.svg", "cannot write missing/a.svg"),
        ("x --to 1 -o a.svg --style blue", "neither light nor dark"),
    ],
)
def test_a_limit_that_cannot_be_drawn(ask: Ask, untouched: Path, words: str, message: str) -> None:
    answer = ask("limit", *words.split())
    assert answer.code == 2 and message in answer.err


# --- two variables ----------------------------------------------------------------------------------------


def test_the_gradient_is_normal_to_the_contours_tangent(ask: Ask, folder: Path) -> None:
    picture = drawn("x**2*y+sin(y)", at=["x=1,y=2"])
    gradient = np.array([4, 1 + np.cos(2)])
    arrow = np.diff(dict(picture.data)["gradient-1"], axis=0)[0]
    tangent = np.diff(dict(picture.data)["tangent-1"], axis=0)[0]
    assert arrow[0] * gradient[1] - arrow[1] * gradient[0] == pytest.approx(0, abs=1e-9)
    assert arrow @ gradient > 0 and tangent @ gradient == pytest.approx(0, abs=1e-9)
    # The contour runs through the point and keeps the value.
    x, y = dict(picture.data)["contour-1"].T
    value = x**2 * y + np.sin(y)
    assert np.nanmax(np.abs(value - 2 - np.sin(2))) < 0.01
    assert np.nanmin(np.hypot(x - 1, y - 2)) < 0.02
    # As long as it fits, a right angle looks like one.
    assert picture.axes[0].get_aspect() == 1.0
    record = json.loads(ask("plot", "x**2*y+sin(y)", "--at", "x=1,y=2", "--json").out)
    assert record["gradients"] == [{"x": 4.0, "y": pytest.approx(gradient[1])}]


@pytest.mark.parametrize("expr", ["x**2*y+sin(y)", "x**2+y**2", "x*y", "exp(-x**2-y**2)", "1/(x+y)"])
def test_contours_keep_their_level(expr: str) -> None:
    import math

    picture = drawn(expr, xlim="0.5,2", ylim="0.5,2")
    contours = [
        (float(name.split()[1]), points) for name, points in picture.data if name.startswith("contour ")
    ]
    assert len({level for level, _ in contours}) >= 5
    for level, points in contours:
        for x, y in points[np.isfinite(points[:, 0])][::7]:
            value = eval(expr, {"x": x, "y": y, "sin": math.sin, "exp": math.exp})
            assert value == pytest.approx(level, abs=2e-3)


def test_steepest_descent_goes_down_to_the_minimum() -> None:
    picture = drawn("100*(y-x^2)^2+(1-x)^2", at=["x=-1.2,y=1"], descent=True)
    x, y = dict(picture.data)["descent-1"].T
    value = 100 * (y - x**2) ** 2 + (1 - x) ** 2
    assert (np.diff(value) < 0).all() and value[-1] < 1e-4
    assert (x[0], y[0]) == (-1.2, 1.0)
    bowl = drawn("(x-1)**2+2*(y+1)**2", at=["x=0,y=0"], descent=True)
    assert near(dict(bowl.data)["descent-1"][-1:], [(1, -1)], 1e-3)


def test_a_descent_without_end_stays_in_sight() -> None:
    for expr in ("x^2-y^2", "exp(-x^2-y^2)", "x+y", "exp(-exp(x+y))"):
        x, y = dict(drawn(expr, at=["x=1/2,y=1/2"], descent=True).data)["descent-1"].T
        assert np.hypot(x, y).max() < 60, expr


def test_a_study_shows_all_that_it_found_in_its_window_and_legend() -> None:
    for expr, low, high in (("sin(x)/x", -0.22, 1), ("1/(1+exp(-x))", 0, 1), ("atan(x)", -1.57, 1.57)):
        picture = drawn(expr, study=True)
        bottom, top = picture.axes[0].get_ylim()
        assert bottom <= low and high <= top, expr
        for legend in picture.legends:
            box = legend.get_window_extent()
            assert box.x0 >= 0 and box.x1 <= picture.bbox.width
    labels = [text.get_text() for text in drawn("x^5-5x^3+4x", study=True).legends[0].get_texts()]
    assert labels[-1] == "inflections (-sqrt(6)/2, 1.53), (0, 0), (sqrt(6)/2, -1.53)"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("sqrt(x**2+y**2) --at x=0,y=0", 1),
        ("abs(x)+y --at x=0,y=1", 1),
        ("x/y --at x=1,y=0", 1),
        ("x**2+y**2 --at x=0,y=0", 0),
    ],
)
def test_where_there_is_no_gradient(ask: Ask, folder: Path, words: str, code: int) -> None:
    answer = ask("plot", *words.split())
    assert answer.code == code and answer.err.startswith("note: ")
    assert (folder / "plot.svg").exists()


# --- output -------------------------------------------------------------------------------------------------


def test_the_data_behind_a_picture(ask: Ask, folder: Path) -> None:
    answer = ask("plot", "1/x", "--at", "1", "--data-out", "data.csv", "--xlim=-2,2")
    assert answer.code == 0 and answer.err.splitlines()[-1] == "wrote data.csv"
    rows = list(csv.DictReader(io.StringIO((folder / "data.csv").read_text())))
    curve = [row for row in rows if row["series"] == "curve-1"]
    assert {row["piece"] for row in curve} == {"1", "2"}
    for row in curve:
        x = float(row["x"])
        assert (x < 0) == (row["piece"] == "1")
    tangent = [(float(row["x"]), float(row["y"])) for row in rows if row["series"] == "tangent-1"]
    assert len(tangent) == 2 and all(y == pytest.approx(2 - x) for x, y in tangent)
    assert [(row["x"], row["y"]) for row in rows if row["series"] == "point-1"] == [("1.0", "1.0")]


def test_a_million_points_make_a_small_file() -> None:
    picture = drawn("sin(1e5*x)", points=1_000_000)
    assert len(render(picture, "svg")) < 300_000
    _, y = dict(picture.data)["curve-1"].T
    assert y.max() > 0.999 and y.min() < -0.999
    straight = drawn("x**2", points=1_000_000, xlim="-1,1")
    x, y = dict(straight.data)["curve-1"].T
    assert np.abs(y - x**2).max() < 1e-12 and len(x) < 10_000


def test_the_dark_style_is_dark_and_readable() -> None:
    light, dark = (
        render(drawn("x**2", at=["1"], style=style), "svg").decode() for style in ("light", "dark")
    )
    assert "#14171c" in dark and "#14171c" not in light and "#ffffff" in light
    assert light != dark


def test_png_has_the_dots_it_was_asked_for(ask: Ask, folder: Path) -> None:
    def width(*words: str) -> int:
        assert ask("plot", "x**2", "-o", "a.png", *words).code == 0
        return int.from_bytes((folder / "a.png").read_bytes()[16:20], "big")

    assert width() == 700 and width("--dpi", "100") == 350 and width("--dpi", "100", "--size", "5,2") == 500


@pytest.mark.parametrize(
    ("words", "ending"),
    [
        ("3*x**2-4*x --at 1 --secants 1,0.1", "svg"),
        ("x**2*y+sin(y) --at x=1,y=2 --descent", "pdf"),
        ("sin(x)/x --derivative --style dark", "png"),
    ],
)
def test_the_same_bytes_from_process_to_process(
    ask: Ask, spawn: Ask, folder: Path, words: str, ending: str
) -> None:
    for run, name in ((ask, f"a.{ending}"), (spawn, f"b.{ending}")):
        assert run("plot", *words.split(), "-o", name, "--data-out", f"{name}.csv").code == 0
    assert (folder / f"a.{ending}").read_bytes() == (folder / f"b.{ending}").read_bytes()
    assert (folder / f"a.{ending}.csv").read_bytes() == (folder / f"b.{ending}.csv").read_bytes()


def test_every_series_has_a_stable_name_a_title_and_a_description() -> None:
    picture = drawn("sin(x)/x", "x", at=["1"])
    root = ET.fromstring(render(picture, "svg"))
    names = {g.get("id") for g in root.iter(f"{SVG}g")}
    assert {"curve-1", "curve-2", "tangent-1", "tangent-2", "point-1", "open-1"} <= names
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "f(x) = sin(x)/x, g(x) = x"
    assert "touching at x = 1" in (root.findtext(f"{SVG}desc") or "")


def test_no_contour_runs_along_a_jump_or_a_pole() -> None:
    for expr, distance in (("1/x+y", lambda x, y: x), ("1/(x-y)", lambda x, y: x - y), ("tan(x*y)", None)):
        picture = drawn(expr)
        for name, points in picture.data:
            if name.startswith("contour"):
                x, y = real(points).T
                apart = np.abs(np.cos(x * y)) if distance is None else np.abs(distance(x, y))
                assert apart.size == 0 or apart.min() > 0.02, (expr, name)
    for name, points in drawn("floor(x)+y").data:
        if name.startswith("contour"):
            level = float(name.split()[1])
            x, y = real(points).T
            assert np.abs(np.floor(x) + y - level).max() < 1e-6


def test_levels_are_written_inside_the_frame_apart_and_off_the_lines() -> None:
    for expr, at in (
        ("x**2*y+sin(y)", {"x": 1, "y": 2}),
        ("100*(y-x^2)^2+(1-x)^2", {"x": -1.2, "y": 1}),
        ("x+y", None),
    ):
        picture = calcgrad.plot(expr, at=at or ())
        axes = picture.axes[0]
        picture.draw_without_rendering()
        found = boxes(axes.texts)
        frame = axes.get_window_extent()
        assert len(found) >= 5
        assert (found[:, :2].min(axis=0) >= [frame.x0, frame.y0]).all()
        assert (found[:, 2:].max(axis=0) <= [frame.x1, frame.y1]).all()
        middles = (found[:, :2] + found[:, 2:]) / 2
        gaps = np.hypot(*(middles[:, None] - middles[None]).transpose(2, 0, 1)) + 1e3 * np.eye(len(middles))
        assert gaps.min() > 8


def test_where_a_surface_is_not_real_is_shaded() -> None:
    picture = drawn("log(x)*y", xlim="-1,3", ylim="-1,1")
    x = places(picture, "not-real")[:, 0]
    assert x.min() == pytest.approx(-1, abs=0.02) and x.max() == pytest.approx(0, abs=0.02)
    assert group(drawn("x*y"), "not-real") is None


# --- Python -------------------------------------------------------------------------------------------------


def test_plot_in_python_is_a_figure_that_jupyter_shows_as_svg() -> None:
    from matplotlib.figure import Figure

    made = calcgrad.plot("3*x**2 - 4*x", at=1, xlim=(0, 3))
    assert isinstance(made, Figure) and made.axes[0].get_xlim() == (0, 3)
    assert made._repr_svg_() == render(made, "svg").decode()
    assert ET.fromstring(made._repr_svg_()).tag == f"{SVG}svg"
    several = calcgrad.plot("x**2", at=[1, "pi/2"], secants=None, style="dark")
    assert {"tangent-1", "tangent-2"} <= set(dict(several.data))
    assert "gradient-1" in dict(calcgrad.plot("x*y", at={"x": 1, "y": 2}).data)
    with pytest.raises(calcgrad.CalcgradError, match="no expression"):
        calcgrad.plot()
    with pytest.raises(calcgrad.CalcgradError, match="unknown function"):
        calcgrad.plot("sinn(x)")


# --- bad input ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("x --xlim 2,1", "first number must be below"),
        ("x --xlim 1,1", "first number must be below"),
        ("x --xlim 0,oo", "must be finite"),
        ("x --xlim 0,1/0", ""),
        ("log(-1-x**2)", "real nowhere"),
        ("sqrt(x) --xlim=-2,-1", "real nowhere between -2 and -1"),
        ("-x**2 --yscale log", "positive nowhere"),
        ("log(-1-x**2-y**2)", "real nowhere in this window"),
        ("x*y --xlim 2,1", "first number must be below"),
        ("x*y --derivative", "one variable"),
        ("x*y --xscale log", "one variable"),
        ("x*y --at 1", "needs names"),
        ("x*y --at x=1", "no value for y"),
        ("x*y --descent", "starts from a point"),
        ("x**2 --descent", "two variables"),
        ("x**2 --secants 1", "needs one curve and one --at"),
        ("x**2 --at 1 --at 2 --secants 1", "needs one curve and one --at"),
        ("x**2 --at 1 --secants 0", "must not be 0"),
        ("x**2 --at 1 --secants a", "is not a number"),
        ("x**2 --over", "--derivative"),
        ("x**2 --points 1", "from 2 to"),
        ("x**2 --points many", "not a whole number"),
        ("x**2 --points 100000000", "from 2 to"),
        ("x**2 --dpi 0 -o plot.png", "from 10 to 2400"),
        ("x**2 --dpi 2400 --size 100,100 -o plot.png", "below 30000 dots"),
        ("x**2 --size 0,1", "between 1 and 100 inches"),
        ("x**2 --style blue", "neither light nor dark"),
        ("x**2 -o plot.gif", "unknown picture format"),
        ("x**2 -o plot", "unknown picture format"),
        ("x**2 -o missing/plot.svg", "cannot write missing/plot.svg"),
        ("x**2 --data-out missing/a.csv", "cannot write missing/a.csv"),
        ("x**2 -o missing/plot.svg --data-out a.csv", "cannot write missing/plot.svg"),
        ("x**2 --data-out plot.svg", "file of its own"),
        ("x**2 --data-out -", "file of its own"),
    ],
)
def test_bad_input_is_one_clear_error_and_leaves_every_file(
    ask: Ask, folder: Path, words: str, message: str
) -> None:
    (folder / "plot.svg").write_text("mine")
    answer = ask("plot", *words.split())
    assert (answer.out, answer.code) == ("", 2)
    assert answer.err.startswith("error: ") and answer.err.count("error: ") == 1 and message in answer.err
    assert [each.name for each in folder.iterdir()] == ["plot.svg"]
    assert (folder / "plot.svg").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(ask: Ask, folder: Path) -> None:
    shut = folder / "shut"
    shut.mkdir()
    shut.chmod(stat.S_IRUSR | stat.S_IXUSR)
    answer = ask("plot", "x**2", "-o", "shut/plot.svg")
    assert answer.code == 2 and "Permission denied" in answer.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk(spawn: Ask, folder: Path) -> None:
    (folder / "full.svg").symlink_to("/dev/full")
    answer = spawn("plot", "x**2", "-o", "full.svg")
    assert answer.code == 2 and answer.err.startswith("error: cannot write full.svg: No space left on device")
    assert [each.name for each in folder.iterdir()] == ["full.svg"]


def test_another_processor_draws_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its logarithms and sums may differ in the last bit, and Matplotlib hashes the frame into names."""
    execute = ConstrainedLayoutEngine.execute

    def nudged(engine: Any, figure: Any) -> Any:
        done = execute(engine, figure)
        for axes in figure.axes:
            axes.set_position(Bbox(np.nextafter(axes.get_position(original=True).get_points(), 1)))
        figure.set_layout_engine(engine)
        return done

    here = render(drawn("log(x)", at="e", xscale="log"), "svg")
    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", nudged)
    assert render(drawn("log(x)", at="e", xscale="log"), "svg") == here


# --- the gallery --------------------------------------------------------------------------------------------


def test_the_gallery_is_what_its_commands_draw(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one_at_a_time = threading.Lock()

    def draw(picture: Any) -> bytes:
        """As the gallery does, but in this process."""
        with one_at_a_time:
            answer = ask(*gallery.words(picture, "svg"), "--timeout", "60")
            assert answer.code in (0, 1), answer.err
            return Path(f"{picture.name}.svg").read_bytes()

    monkeypatch.setattr(gallery, "draw", draw)
    assert len(gallery.PICTURES) >= 24
    assert len({each.name for each in gallery.PICTURES}) == len(gallery.PICTURES)
    assert gallery.main(["--check"]) == 0, capsys.readouterr().out


def test_the_table_reads_back() -> None:
    picture = drawn("sin(x)")
    rows = table(picture).decode().splitlines()
    x, drawn_y = dict(picture.data)["curve-1"].T
    y = np.array([float(mpmath.mp.sin(each)) if each == each else each for each in x.tolist()])
    assert np.nanmax(np.abs(y - drawn_y)) < 1e-3
    read = np.array([row.split(",")[2:] for row in rows[1:] if row.startswith("curve-1")], dtype=float)
    assert (read == np.column_stack([x, y])[np.isfinite(y)]).all()
