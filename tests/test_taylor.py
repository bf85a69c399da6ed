"""plot --taylor: exact polynomials beside the curve, or why there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]


@pytest.mark.parametrize(
    ("expr", "at", "degree", "polynomial"),
    [
        ("sin(x)", "0", 3, "x - x**3/6"),
        ("exp(x)", "1", 2, "E + E*(x - 1) + E*(x - 1)**2/2"),
        ("cos(x)", "0", 0, "1"),
        ("x^2 + abs(x)^3", "0", 2, "x**2"),  # a third derivative is not needed
        ("sin(x)/x", "0", 2, "1 - x**2/6"),
        ("x^3", "2", 3, "8 + 12*(x - 2) + 6*(x - 2)**2 + (x - 2)**3"),
    ],
)
def test_taylor_polynomials_are_exact(
    ask: Ask, folder: Path, expr: str, at: str, degree: int, polynomial: str
) -> None:
    answer = ask("plot", expr, "--at", at, "--taylor", str(degree), "--json")
    assert json.loads(answer.out)["taylor"] == [{"at": at, "degree": degree, "polynomial": polynomial}]
    assert f"Taylor, degree {degree} at {at}: {polynomial}" in (folder / "plot.svg").read_text()


@pytest.mark.parametrize(
    ("expr", "why"),
    [
        ("abs(x)", "its sides differ in the term with x"),
        ("abs(x)^1.5", "its expansion is not one in whole powers"),
        ("where(x==0,5,x)", "f jumps"),
        ("x^2*log(abs(x))", "its expansion is not one in whole powers"),
    ],
)
def test_what_has_no_taylor_polynomial_is_noted(ask: Ask, folder: Path, expr: str, why: str) -> None:
    answer = ask("plot", expr, "--at", "0", "--taylor", "2", "--json")
    assert "taylor" not in json.loads(answer.out)
    assert f"the Taylor polynomial of degree 2 at x = 0 does not exist: {why}" in answer.err


def test_the_window_is_the_functions_own(ask: Ask, folder: Path) -> None:
    """A polynomial of high degree would make it so tall that the curve is a line."""
    ask("plot", "sin(x)", "--at", "0", "--taylor", "9", "--xlim=-9,9", "-o", "a.svg")
    ask("plot", "sin(x)", "--at", "0", "--xlim=-9,9", "-o", "b.svg")
    ticks = [
        re.findall(r"<text [^>]*>(−?[\dπ./]+)</text>", (folder / name).read_text("utf-8"))
        for name in ("a.svg", "b.svg")
    ]
    assert ticks[0] == ticks[1] and len(ticks[0]) > 5


def test_taylor_needs_a_place_and_degrees(ask: Ask) -> None:
    assert ask("plot", "sin(x)", "--taylor", "3").code == 2
    assert ask("plot", "sin(x)", "--at", "0", "--taylor", "a").code == 2
    assert ask("plot", "sin(x)", "--at", "0", "--taylor", "99").code == 2
