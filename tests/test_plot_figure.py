"""The pictures, read back: pieces break where the function does, tangents are tangent, text is text."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import matplotlib
import numpy as np
import pytest

from calcgrad.drawing.settings import written
from calcgrad.errors import UsageError
from calcgrad.pictures import Array, Axes, Curve, Tangent, figure, render

SVG = "{http://www.w3.org/2000/svg}"
SEED = Curve("f(x) = 3*x**2 - 4*x", lambda x: 3 * x**2 - 4 * x)
SEED_TANGENT = Tangent(1.0, -1.0, 2.0, "tangent y = 2*x - 3")


def quiet(function: Callable[[Array], Any]) -> Callable[[Array], Array]:
    """As the command hands functions over: silent, float64, nan where not real."""

    def silent(x: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(function(x), dtype=np.float64)

    return silent


def picture(function: Callable[[Array], Any], *tangents: Tangent, **options: Any) -> Any:
    return figure([Curve("f(x)", quiet(function))], tangents, Axes(**options))


def tree(drawn: Any) -> ET.Element:
    return ET.fromstring(render(drawn, "svg"))


def texts(drawn: Any) -> list[str]:
    return [element.text or "" for element in tree(drawn).iter(f"{SVG}text")]


def path_of(drawn: Any, name: str) -> tuple[ET.Element, list[Array]]:
    """The SVG path of a line and its pieces, each an array of points in the units of the axes."""
    (group,) = [g for g in tree(drawn).iter(f"{SVG}g") if g.get("id") == name]
    path = next(group.iter(f"{SVG}path"))
    to_data = drawn.axes[0].transData.inverted()
    pieces = []
    for stroke in path.get("d", "").split("M")[1:]:
        numbers = [float(number) for number in re.findall(r"[-+.\de]+", stroke)]
        pixels = np.array(numbers).reshape(-1, 2)
        pieces.append(to_data.transform(np.column_stack([pixels[:, 0], drawn.bbox.height - pixels[:, 1]])))
    return path, pieces


def data(drawn: Any) -> tuple[Array, Array]:
    line = drawn.axes[0].lines[0]
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def frame(drawn: Any) -> tuple[float, float, float, float]:
    axes = drawn.axes[0]
    return (*axes.get_xlim(), *axes.get_ylim())


# --- the seed's picture -----------------------------------------------------------------------------


def test_the_seeds_picture_has_its_labels_legend_and_description() -> None:
    drawn = figure([SEED], [SEED_TANGENT], Axes(xlim=(0.0, 3.0), ylabel="f(x)", title="A tangent"))
    shown = texts(drawn)
    for text in ("x", "f(x)", "A tangent", SEED.label, SEED_TANGENT.label, "0", "1", "2", "3"):
        assert text in shown
    root = tree(drawn)
    assert (root.get("width"), root.get("height")) == ("252pt", "180pt")
    assert root.findtext(f"{SVG}title") == "A tangent"
    description = root.findtext(f"{SVG}desc") or ""
    assert SEED.label in description and "touching at x = 1" in description and "0 and 3" in description


def test_the_tangent_is_dashed_and_its_ends_satisfy_its_equation() -> None:
    drawn = figure([SEED], [SEED_TANGENT])
    path, (ends,) = path_of(drawn, "tangent-1")
    assert "stroke-dasharray" in (path.get("style") or "")
    assert len(ends) == 2
    left, right, bottom, top = frame(drawn)
    assert np.abs(ends[:, 1] - (2 * ends[:, 0] - 3)).max() < 1e-6 * (top - bottom)
    # From one side of the frame to another.
    for x, y in ends:
        sides = [abs(x - side) / (right - left) for side in (left, right)]
        sides += [abs(y - side) / (top - bottom) for side in (bottom, top)]
        assert min(sides) < 1e-6
    assert [line.get_gid() for line in drawn.axes[0].lines] == ["curve-1", "tangent-1", "point-1"]
    assert drawn.axes[0].lines[2].get_xydata().tolist() == [[1.0, -1.0]]


@pytest.mark.parametrize("slope", [1e-12, -0.3, 4.0, -1e9, 1e200])
def test_a_tangent_of_any_slope_stays_a_tangent(slope: float) -> None:
    tangent = Tangent(1.0, 2.0, slope, "t")
    drawn = picture(lambda x: 0 * x + 2, tangent, xlim=(0.0, 3.0), ylim=(0.0, 5.0))
    _, (ends,) = path_of(drawn, "tangent-1")
    (x0, y0), (x1, y1) = ends
    assert ends.min() > -1e-5 and ends[:, 0].max() < 3 + 1e-5 and ends[:, 1].max() < 5 + 1e-5
    # The point lies on the line between the ends.
    assert abs((x1 - x0) * (2 - y0) - (y1 - y0) * (1 - x0)) < 1e-5 * np.hypot(x1 - x0, y1 - y0)


def test_a_vertical_tangent_is_vertical() -> None:
    drawn = picture(np.cbrt, Tangent(0.0, 0.0, np.inf, "tangent x = 0"))
    _, (ends,) = path_of(drawn, "tangent-1")
    assert np.abs(ends[:, 0]).max() < 1e-6
    assert np.ptp(ends[:, 1]) == pytest.approx(np.ptp(frame(drawn)[2:]))
    _, pieces = path_of(drawn, "curve-1")
    assert len(pieces) == 1


def test_a_tangent_outside_the_window_is_not_drawn_but_the_curve_is() -> None:
    drawn = picture(lambda x: x**2, Tangent(50.0, 2500.0, 100.0, "t"), xlim=(-1.0, 1.0), ylim=(0.0, 1.0))
    assert [line.get_gid() for line in drawn.axes[0].lines] == ["curve-1", "tangent-1"]
    assert drawn.axes[0].lines[1].get_xdata().size == 0


def test_on_log_axes_a_tangent_is_the_curve_that_it_is_there() -> None:
    drawn = picture(lambda x: x**2, Tangent(2.0, 4.0, 4.0, "t"), xlim=(0.5, 50.0), xscale="log", yscale="log")
    line = drawn.axes[0].lines[1]
    x, y = line.get_xdata(), line.get_ydata()
    assert x.size > 50
    assert np.allclose(y[1:-1], 4 * x[1:-1] - 4)


# --- breaks -----------------------------------------------------------------------------------------

PI = np.pi
BREAKS: dict[str, tuple[Callable[[Array], Any], tuple[float, float], list[float]]] = {
    "1/x": (lambda x: 1 / x, (-3, 3), [0]),
    "1/(x - 0.3)": (lambda x: 1 / (x - 0.3), (-3, 3), [0.3]),
    "x**3 - 1/x": (lambda x: x**3 - 1 / x, (-2, 2), [0]),
    "tan": (np.tan, (-5, 5), [-3 * PI / 2, -PI / 2, PI / 2, 3 * PI / 2]),
    "floor": (np.floor, (-2.5, 2.5), [-2, -1, 0, 1, 2]),
    "x/|x|": (lambda x: x / np.abs(x), (-1, 1), [0]),
    "sign off the grid": (lambda x: np.sign(x - 1 / 7), (-1, 1), [1 / 7]),
    "2**(1/x)": (lambda x: 2.0 ** (1 / x), (-2, 2), [0]),
    "a small step": (lambda x: x + 0.05 * np.sign(x - 0.7), (0, 1), [0.7]),
    "1/sin(1/x)": (lambda x: 1 / np.sin(1 / x), (0.25, 1), [1 / PI]),
}


@pytest.mark.parametrize("name", BREAKS)
def test_pieces_break_exactly_where_the_function_does(name: str) -> None:
    function, xlim, expected = BREAKS[name]
    drawn = picture(function, xlim=xlim, ylim=(-6.0, 6.0))
    width, height = xlim[1] - xlim[0], 12.0
    _, pieces = path_of(drawn, "curve-1")
    assert len(pieces) == len(expected) + 1
    for before, after, at in zip(pieces, pieces[1:], expected):
        assert before[-1, 0] <= at + 1e-6 * width and after[0, 0] >= at - 1e-6 * width
        for x, y in (before[-1], after[0]):
            # The end of a jump, or where the way to a pole leaves the frame.
            assert abs(y) > 6 or x == pytest.approx(at, abs=1e-5 * width)
    for piece in pieces:
        run, rise = np.abs(np.diff(piece, axis=0)).T
        assert not ((run < 1e-4 * width) & (rise > 0.5 * height)).any(), "a vertical stroke"


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.tanh(1e4 * x),
        lambda x: np.tanh(1e9 * (x - 0.123)),
        np.cbrt,
        lambda x: np.cbrt(x - 0.377),
        np.abs,
        lambda x: np.exp(50 * x),
        lambda x: np.sin(40 * x),
        lambda x: np.exp(-1e5 * x**2),
        lambda x: np.abs(x) ** 0.1,
    ],
)
def test_steep_is_not_broken(function: Callable[[Array], Any]) -> None:
    drawn = picture(function, xlim=(-1.0, 1.0), ylim=(-2.0, 3.0))
    assert len(path_of(drawn, "curve-1")[1]) == 1


@pytest.mark.parametrize(
    ("function", "edges"),
    [
        (np.sqrt, [0.0]),
        (lambda x: np.sqrt(1 - x**2), [-1.0, 1.0]),
        (lambda x: np.sqrt(x - 1 / 3), [1 / 3]),
        (np.arcsin, [-1.0, 1.0]),
    ],
)
def test_a_piece_reaches_the_edge_of_the_domain(function: Any, edges: list[float]) -> None:
    drawn = picture(function, xlim=(-2.0, 2.0))
    x, _ = data(drawn)
    real = x[np.isfinite(x)]
    assert real.min() == pytest.approx(edges[0], abs=1e-12)
    if len(edges) == 2:
        assert real.max() == pytest.approx(edges[1], abs=1e-12)


def test_a_hole_is_no_gap_and_a_pole_of_even_order_is() -> None:
    assert len(path_of(picture(lambda x: np.sin(x) / x, xlim=(-5.0, 5.0)), "curve-1")[1]) <= 2
    x, _ = data(picture(lambda x: np.sin(x) / x, xlim=(-5.0, 5.0)))
    gap = np.diff(x[np.isfinite(x)])[np.flatnonzero(np.isnan(x)) - 1]
    assert (gap < 1e-12).all()
    _, pieces = path_of(picture(lambda x: 1 / (x - 0.3) ** 2, xlim=(-3.0, 3.0)), "curve-1")
    assert len(pieces) == 2


# --- sampling ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        SEED.function,
        np.sin,
        np.abs,
        np.exp,
        lambda x: np.abs(x - 0.1234),
        lambda x: np.exp(-(x**2)),
        lambda x: np.sin(10 * x),
        lambda x: np.maximum(x, 0.77),
    ],
)
def test_the_polygon_is_the_curve(function: Any) -> None:
    drawn = picture(function, xlim=(-3.0, 3.0))
    x, y = data(drawn)
    *_, bottom, top = frame(drawn)
    at = np.linspace(-3, 3, 5001)
    truth = function(at)
    shown = (truth > bottom) & (truth < top)
    assert np.abs(np.interp(at, x, y) - truth)[shown].max() < 0.004 * (top - bottom)


def test_few_points_where_straight_and_many_where_bent() -> None:
    def points(function: Any) -> int:
        return sum(map(len, path_of(picture(function, xlim=(-3.0, 3.0)), "curve-1")[1]))

    assert points(lambda x: 2 * x + 1) <= 10
    assert points(lambda x: 2 * x + 1) < points(np.sin) < points(lambda x: np.sin(20 * x)) < 6000


@pytest.mark.parametrize(
    "function",
    [
        SEED.function,
        np.tan,
        lambda x: np.tan(100 * x),
        lambda x: np.sin(1 / x),
        lambda x: np.floor(1 / x),
        lambda x: np.floor(50 * x),
        lambda x: 100 * x - np.floor(100 * x),
        lambda x: np.sin(1e9 * x),
        lambda x: np.sqrt(np.sin(1 / x)),
        lambda x: np.log(np.sin(30 * x)),
        lambda x: np.random.default_rng(x.size).normal(size=x.shape),
    ],
)
@pytest.mark.parametrize("xlim", [None, (-1.0, 1.0), (-1000.0, 1000.0)])
def test_the_work_is_bounded(function: Any, xlim: tuple[float, float] | None) -> None:
    evaluations = 0

    def counted(x: Array) -> Array:
        nonlocal evaluations
        evaluations += x.size
        return quiet(function)(x)

    figure([Curve("f", counted)], [], Axes(xlim=xlim))
    assert evaluations <= 20_000


# --- windows ----------------------------------------------------------------------------------------

IN_WINDOW: dict[str, tuple[Any, list[Tangent], list[float], float]] = {
    # function, tangents, x that must be inside, and the widest sensible window
    "the seed": (SEED.function, [SEED_TANGENT], [0, 2 / 3, 1, 4 / 3], 8),
    "x**3 - 1/x": (lambda x: x**3 - 1 / x, [Tangent(1, 0, 4, "t")], [-0.9, 0, 1], 8),
    "log": (np.log, [], [0, 1], 10),
    "log far out": (lambda x: np.log(x - 100), [], [100, 101], 20),
    "sin": (np.sin, [], [-PI, 0, PI, 1.5 * PI], 20),
    "sin(1000*x)": (lambda x: np.sin(1000 * x), [], [-PI / 1000, PI / 1000], 0.03),
    "sin(1/x)": (lambda x: np.sin(1 / x), [], [-1 / PI, 1 / PI], 6),
    "a far parabola": (lambda x: (x - 300) ** 2, [], [300], 50),
    "x**2 at 1000": (lambda x: x**2, [Tangent(1000, 1e6, 2000, "t")], [0, 1000], 4000),
    "sin at 1000": (np.sin, [Tangent(1000, np.sin(1000), np.cos(1000), "t")], [998, 1002], 20),
    "far roots": (lambda x: x**3 - 1e5 * x, [], [-317, 317], 2000),
    "the logistic curve, overflowing": (lambda x: np.exp(x) / (1 + np.exp(x)), [], [-1, 1], 10),
    "exp": (np.exp, [], [0, 1], 10),
    "two tangents": (lambda x: x**2, [Tangent(-2, 4, -4, "t"), Tangent(3, 9, 6, "u")], [-2, 3], 25),
    "tiny": (lambda x: 1e-9 * x, [], [-1, 1], 10),
}


@pytest.mark.parametrize("name", IN_WINDOW)
def test_the_window_shows_what_is_interesting(name: str) -> None:
    function, tangents, inside, widest = IN_WINDOW[name]
    drawn = picture(function, *tangents)
    left, right, bottom, top = frame(drawn)
    assert left < min(inside) and max(inside) < right and right - left <= widest
    assert all(bottom < tangent.y < top for tangent in tangents)
    # The curve fills the frame.
    _, y = data(drawn)
    assert np.nanmax(y) - np.nanmin(y) >= 0.5 * (top - bottom)


def test_an_even_function_gets_a_symmetric_window() -> None:
    for function in (lambda x: x**2, np.abs, np.cos, lambda x: x**2 - 2, lambda x: x**3):
        left, right, *_ = frame(picture(function))
        assert left == -right


def test_a_pole_does_not_flatten_the_curve() -> None:
    for function in (lambda x: 1 / x, np.tan, lambda x: 1 / x**2, lambda x: (x**2 + 1) / (x**2 - 1)):
        *_, bottom, top = frame(picture(function))
        assert 1 < top - bottom < 40
    *_, bottom, top = frame(picture(np.exp, xlim=(-10.0, 10.0)))
    assert top < 3000


def test_a_window_never_hides_a_turn() -> None:
    *_, bottom, top = frame(picture(lambda x: np.exp(-100 * x**2), xlim=(-5.0, 5.0)))
    assert bottom < 0 and top > 1


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (lambda x: 1e300 * x, {}),
        (lambda x: 1e308 * x, {}),
        (lambda x: x, {"xlim": (-1e300, 1e300)}),
        (lambda x: x**2, {"xlim": (-1e300, 1e300)}),
        (lambda x: x, {"xlim": (1e-300, 2e-300)}),
        (lambda x: x**2, {"xlim": (1.0, 1.0 + 1e-12)}),
        (lambda x: x**2, {"xlim": (-5e-13, 5e-13)}),
        (lambda x: x, {"xlim": (1e15, 1e15 + 1000)}),
        (lambda x: x, {"ylim": (-1e300, 1e300)}),
        (lambda x: x, {"ylim": (1.0, 1.0 + 1e-12)}),
        (lambda x: 0 * x, {}),
        (lambda x: 0 * x + 1e300, {}),
        (lambda x: 0 * x - 1e-300, {}),
        (lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, {}),
        (lambda x: np.exp(x), {"xlim": (-1000.0, 1000.0)}),
        (lambda x: np.exp(x), {"xlim": (-1000.0, 1000.0), "yscale": "log"}),
        (lambda x: x, {"xscale": "log", "yscale": "log", "xlim": (1e-300, 1e300)}),
        (lambda x: x, {"xscale": "log", "xlim": (1.0, 1.0001)}),
        (lambda x: x**2, {"xscale": "log", "xlim": (2.0, 9.0), "yscale": "log"}),
        (lambda x: np.where(x > 1e-3, np.inf, x), {}),
        (lambda x: x, {"size": (1.0, 1.0)}),
        (lambda x: x, {"size": (20.0, 2.0)}),
    ],
)
def test_extreme_windows_and_values_draw(function: Any, options: dict[str, Any]) -> None:
    drawn = picture(function, **options)
    assert np.isfinite(drawn.axes[0].lines[0].get_ydata()).any()
    assert render(drawn, "png")
    if "xlim" in options:
        assert frame(drawn)[:2] == options["xlim"]
    assert len(set(texts(drawn))) >= 3


@pytest.mark.parametrize("x", [1e-9, 1e6, 1e15, -1e100, 1e299])
def test_a_tangent_far_away_or_near_zero_has_a_window(x: float) -> None:
    left, right, *_ = frame(picture(lambda t: t, Tangent(x, x, 1.0, "t")))
    assert left < x < right
    left, right, *_ = frame(picture(np.sin, Tangent(x, np.sin(x), np.cos(x), "t")))
    assert left < x < right


def test_ticks_say_what_they_share() -> None:
    assert "×10⁻⁹" in texts(picture(lambda x: 1e-9 * x))
    close = texts(picture(lambda x: x, xlim=(1.0, 1.0 + 1e-12)))
    assert "×10⁻¹² + 1" in close and "0.2" in close
    powers = texts(picture(lambda x: x**3, xscale="log", yscale="log", xlim=(1e-4, 1e4)))
    assert "10⁻²" in powers and "10⁴" in powers
    assert {"0.01", "1", "100"} <= set(texts(picture(lambda x: x, xscale="log")))


def test_on_log_axes_a_power_is_straight() -> None:
    drawn = picture(lambda x: x**3, xscale="log", yscale="log")
    assert sum(map(len, path_of(drawn, "curve-1")[1])) <= 10
    drawn = picture(np.log, xscale="log", yscale="log", xlim=(0.1, 10.0))
    assert np.nanmin(data(drawn)[0]) > 1


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"xlim": (3.0, 0.0)}, "smaller first"),
        ({"xlim": (1.0, 1.0)}, "smaller first"),
        ({"ylim": (0.0, np.inf)}, "finite"),
        ({"xlim": (np.nan, 1.0)}, "finite"),
        ({"xlim": (0.0, 1.0), "xscale": "log"}, "positive"),
        ({"ylim": (-1.0, 1.0), "yscale": "log"}, "positive"),
        ({"xlim": (-1e305, 1e305)}, "1e+300"),
        ({"xlim": (1e15, 1e15 + 1)}, "doubles"),
        ({"size": (0.0, 2.0)}, "inches"),
    ],
)
def test_limits_that_cannot_be_drawn_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        figure([SEED], [], Axes(**options))


def test_a_curve_that_is_real_nowhere_is_named() -> None:
    curve = Curve("f(x) = log(-x**2 - 1)", quiet(lambda x: np.log(-(x**2) - 1)))
    with pytest.raises(UsageError, match=r"log\(-x\*\*2 - 1\) is real nowhere between -1 and 1") as caught:
        figure([SEED, curve], [], Axes(xlim=(-1.0, 1.0)))
    assert caught.value.hint == "choose another --xlim"
    with pytest.raises(UsageError, match="positive nowhere"):
        picture(lambda x: -(x**2), yscale="log")
    with pytest.raises(UsageError, match="real nowhere"):
        picture(lambda x: np.full(x.shape, np.nan))


# --- text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    [
        "$x_1^2$",
        "$ and $$",
        r"\frac{a}{b} \alpha",
        "_hidden",
        "a < b & c > 'd' \"e\"",
        "{}",
        "导数 微分",
        "√π·θ² ∞",
        "%s",
    ],
)
def test_labels_are_never_read_as_mathematics(label: str) -> None:
    drawn = figure(
        [Curve(label, SEED.function)],
        [Tangent(1.0, -1.0, 2.0, label + " t")],
        Axes(xlabel=label + " x", ylabel=label + " y", title=label + " title"),
    )
    shown = texts(drawn)
    for text in (label, label + " t", label + " x", label + " y", label + " title"):
        assert text in shown
    assert render(drawn, "png") and render(drawn, "pdf")


@pytest.mark.parametrize(
    ("label", "typeset"),
    [
        ("f(x) = sin(x)/(1 + x**2)", r"$f(x) = \frac{\sin(x)}{1 + x^{2}}$"),
        ("f^(4)(x) = 2", "$f^{(4)}(x) = 2$"),
        ("f(x, y) = x*y", "$f(x, y) = x y$"),
        ("tangent y = 2*x - 3", "tangent $y = 2 x - 3$"),
        ("Taylor, degree 3 at 0: x - x**3/6", r"Taylor, degree 3 at 0: $x - \frac{x^{3}}{6}$"),
        ("x**2 + y**2 = 25", "$x^{2} + y^{2} = 25$"),
        # what is no mathematics stays as it is, and what Matplotlib cannot set
        ("US$ = x_1", ""),
        ("time (s)", ""),
        ("f(x) = Piecewise((x, x > 0), (-x, True))", ""),
        ("f(x) = " + " + ".join(f"sin({k}*x)" for k in range(2, 40)), "…"),
    ],
)
def test_labels_are_typeset_where_they_are_mathematics(label: str, typeset: str) -> None:
    drawn = figure([Curve(label, SEED.function)], [], Axes(title=label, write=written))
    for text in (drawn.axes[0].title, (drawn.axes[0].get_legend() or drawn.legends[0]).get_texts()[0]):
        if typeset == "…":  # too long to be typeset: shortened as words
            assert text.get_text()[:20] == label[:20] and text.get_text().endswith("…")
        else:
            assert text.get_text() == (typeset or label)
        assert text.get_parse_math() == typeset.endswith("$")
    svg = render(drawn, "svg")
    assert b"<text" not in svg  # outlines, which need no font
    assert label in (tree(drawn).findtext(f"{SVG}title") or "")


def test_characters_that_no_file_can_hold_are_dropped() -> None:
    label = "f\x00(x)\n=\x1b[31m x\ud800\u202e\ufffe"
    drawn = figure([Curve(label, SEED.function)], [], Axes(title=label))
    assert texts(drawn).count("f (x) = [31m x") == 2
    assert render(drawn, "png") and render(drawn, "pdf")


def test_long_labels_stay_inside_the_picture() -> None:
    long = "sin(x)*cos(x) + " * 20
    options = Axes(title=long, xlabel=long, ylabel=long)
    drawn = figure([Curve(long, np.sin), Curve("short", np.cos)], [], options)
    drawn.draw_without_rendering()
    axes = drawn.axes[0]
    labels = [axes.title, axes.xaxis.label, axes.yaxis.label, *drawn.legends[0].get_texts()]
    for text in labels:
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= drawn.bbox.width and box.y1 <= drawn.bbox.height
    assert [text.get_text()[-1] for text in labels] == ["…", "…", "…", "…", "t"]
    # The full text is still there for who cannot see the picture.
    assert long.strip() in (tree(drawn).findtext(f"{SVG}desc") or "")


def test_the_legend_covers_no_curve() -> None:
    for function in (SEED.function, np.sin, np.abs, np.tan, lambda x: np.sin(40 * x)):
        drawn = picture(function, xlim=(-3.0, 3.0))
        axes = drawn.axes[0]
        legend = axes.get_legend() or drawn.legends[0]
        box = legend.get_window_extent()
        if axes.get_legend() is None:
            assert box.y1 < axes.get_window_extent().y0
        else:
            u, v = axes.transData.transform(np.column_stack(data(drawn))).T
            assert not ((u > box.x0) & (u < box.x1) & (v > box.y0) & (v < box.y1)).any()


def test_legend_and_grid_can_be_left_out() -> None:
    plain = figure([SEED], [], Axes(legend=False, grid=False, xlabel=None))
    assert SEED.label not in texts(plain) and "x" not in texts(plain)
    gridlines = [line.get_visible() for line in plain.axes[0].get_xgridlines()]
    assert gridlines and not any(gridlines)
    assert all(line.get_visible() for line in figure([SEED]).axes[0].get_xgridlines())


def test_curves_differ_in_colour() -> None:
    drawn = figure([SEED, Curve("g", np.sin)], [SEED_TANGENT])
    assert len({line.get_color() for line in drawn.axes[0].lines[:3]}) == 3


# --- files ------------------------------------------------------------------------------------------


def test_nothing_is_drawn_outside_the_frame() -> None:
    for function in (SEED.function, np.tan, np.exp, lambda x: 1e300 * x, lambda x: 1 / x**2):
        drawn = picture(function, Tangent(1.0, 1.0, 3.0, "t"), xlim=(-3.0, 3.0), ylim=(-2.0, 3.0))
        for name in ("curve-1", "tangent-1"):
            path, pieces = path_of(drawn, name)
            assert path.get("clip-path")
            points = np.vstack(pieces)
            assert np.abs(points[:, 0]).max() < 3.001
            assert points[:, 1].min() > -2.2 and points[:, 1].max() < 3.2


def test_signatures() -> None:
    drawn = figure([SEED], [SEED_TANGENT])
    assert render(drawn, "png").startswith(b"\x89PNG\r\n\x1a\n")
    assert render(drawn, "pdf").startswith(b"%PDF-")
    assert render(drawn, "svg").startswith(b"<?xml")


SCRIPT = """
import sys, hashlib
import numpy as np
from calcgrad.pictures import *
seed = Curve("f(x) = 3*x**2 - 4*x", lambda x: 3*x**2 - 4*x)
drawn = figure([seed, Curve("tan", np.tan)], [Tangent(1.0, -1.0, 2.0, "tangent y = 2*x - 3")])
for format in ("svg", "pdf", "png", "svg"):
    print(format, hashlib.sha256(render(drawn, format)).hexdigest())
heavy = {name.partition(".")[0] for name in sys.modules} & {"scipy", "sympy", "pandas", "IPython"}
print(sorted(heavy), "matplotlib.pyplot" in sys.modules)
"""


def run(script: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_bytes_are_the_same_in_every_process_and_whatever_the_users_settings(tmp_path: Any) -> None:
    (tmp_path / "matplotlibrc").write_text(
        "font.size: 20\nsvg.fonttype: path\naxes.facecolor: red\nlines.linewidth: 9\n"
    )
    first = run(SCRIPT, PYTHONHASHSEED="1")
    second = run(SCRIPT, PYTHONHASHSEED="2", MATPLOTLIBRC=str(tmp_path), SOURCE_DATE_EPOCH="99")
    assert first == second
    assert first[0] == first[3]
    assert first[4] == "[] False"


def test_importing_the_module_loads_no_matplotlib() -> None:
    assert run("import sys, calcgrad.pictures; print('matplotlib' in sys.modules)") == ["False"]


def test_global_settings_are_left_alone() -> None:
    before = dict(matplotlib.rcParams.copy())
    render(figure([SEED]), "svg")
    assert dict(matplotlib.rcParams.copy()) == before
