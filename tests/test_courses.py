"""What a picture says in words: curves whose turns are known, and lines and names that are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff.expressions import evaluate
from calcgrad.commands import plots
from calcgrad.errors import UsageError
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import integer
from calcgrad.pictures.courses import course
from calcgrad.pictures.scales import Scale
from calcgrad.tangents import tangents_at

Ask = Callable[..., Any]


def test_turns_are_told_as_they_were_made() -> None:
    """Broken lines through points of which each next one turns."""
    chance = Random(5)
    for _ in range(300):
        count = chance.randint(2, 7)
        xs = np.cumsum([chance.uniform(0.5, 2) for _ in range(count)])
        ys, up = [chance.uniform(-1, 1)], chance.random() < 0.5
        for _ in range(count - 1):
            ys.append(ys[-1] + (1 if up else -1) * chance.uniform(0.5, 2))
            up = not up
        x = np.union1d(np.linspace(xs[0], xs[-1], 400), xs)
        y = np.interp(x, xs, ys)
        told = course(x, y, Scale(min(ys) - 0.1, max(ys) + 0.1))
        found = [(float(b), float(a)) for a, b in re.findall(r"(-?[\d.e+-]+) at x = (-?[\d.e+-]+)", told)]
        assert np.allclose(found, list(zip(xs, ys, strict=True)), rtol=6e-3, atol=1e-9), told
        ways = re.findall("rising|falling", told)
        assert ways == ["rising" if b > a else "falling" for a, b in pairwise(ys)]


@pytest.mark.parametrize(("function", "told"), [
    (lambda x: 0 * x + 3, "about 3 from x = -2 to x = 2"),
    (lambda x: x**3 - x / 4, "from below the picture at x = -1.09 rising to 0.0481 at x = -0.29, falling to -0.0481 at"
     " x = 0.29, rising out of the picture at x = 1.09"),
    (lambda x: np.sin(40 * x), "from x = -2 to x = 2 turning 50 times between -1 and 1"),
    (lambda x: np.where(x == 0, np.nan, np.sign(x)),
     "about -1 from x = -2 to x = -0.01; then about 1 from x = 0.01 to x = 2"),
    (lambda x: 0 * x + 9, ""),
])  # fmt: skip
def test_courses(function: Callable[[Any], Any], told: str) -> None:
    x = np.linspace(-2, 2, 401)
    assert course(x, function(x), Scale(-1, 1) if "below" in told else Scale(-4, 4)) == told


def test_a_normal_of_a_graph_is_across_its_tangent() -> None:
    chance = Random(3)
    for _ in range(20):
        a, b, x = (chance.randint(-4, 4) for _ in "abx")
        normal = tangents_at(parse(f"{a}*x**2 + {b}*x").node, "x", integer(x), "f").normal
        assert normal is not None
        slope, y = 2 * a * x + b, a * x * x + b * x
        if slope == 0:
            assert normal.line == f"x = {x}"
            continue
        line = parse(normal.line).node
        assert [evaluate(line, {"x": float(x + k)}) for k in (0, slope)] == pytest.approx([y, y - 1]), (
            normal.line
        )


def test_names_asymptotes_and_presets(folder: Path) -> None:
    _, picture = plots.draw(
        ["x^2/(x-1)", "x"], name=["cost"], asymptotes=True, derivative=True, preset="slide"
    )
    assert tuple(picture.get_size_inches()) == (6.4, 3.6)
    said = str(picture.get_label())
    assert "Graph of cost(x) = x**2/(x - 1)" in said and "Graph of f(x) = x" in said
    assert "cost'(x) = " in said and "asymptote x = 1; asymptote y = x + 1" in said and "f'(x) = 1" in said
    for wrong in ({"name": ["a", "b", "c"]}, {"name": ["1"]}, {"name": ["a", "a"]}, {"preset": "big"}):
        with pytest.raises(UsageError):
            plots.draw(["x", "x^2"], **wrong)
    with pytest.raises(UsageError):
        plots.draw(["x"], preset="slide", size="3,3")
    with pytest.raises(UsageError):
        plots.draw(["x*y"], normal=True)


def test_a_preset_is_for_every_picture(ask: Ask, folder: Path) -> None:
    assert ask("limit", "x", "--to", "0", "-o", "p.png", "--preset", "slide", "--timeout", "60").code == 0
    header = Path("p.png").read_bytes()[16:24]
    assert (int.from_bytes(header[:4]), int.from_bytes(header[4:])) == (1920, 1080)
    for words in (("limit", "x", "--to", "0"), ("study", "x")):
        assert ask(*words, "--preset", "slide").code == 2
