"""Equations that nothing solves and curves that never move along x have no derivative, and say why."""

from __future__ import annotations

import pytest

import calcgrad


@pytest.mark.parametrize(
    "equation",
    ["exp(y) = 0", "exp(x*y) = -x^2", "1 + abs(y) = 0", "cosh(y) + x^2 = 1/2", "exp(y)*exp(x) = 0"],
)
def test_equations_without_solutions(equation: str) -> None:
    answer = calcgrad.diff(equation, var="y:x")
    assert (answer.exists, answer.reason) == (False, "no-points")


@pytest.mark.parametrize(
    ("path", "options", "reason"),
    [
        ("[1, t]", {"curve": True}, "vertical-tangent"),
        ("[sin(t)^2 + cos(t)^2, exp(t)]", {"curve": True}, "vertical-tangent"),
        ("1/cos(t)", {"polar": True}, "vertical-tangent"),
        ("[1, 2]", {"curve": True, "var": "t"}, "undefined"),
    ],
)
def test_curves_that_do_not_move_along_x(path: str, options: dict[str, object], reason: str) -> None:
    answer = calcgrad.diff(path, **options)  # type: ignore[arg-type]
    assert (answer.exists, answer.reason) == (False, reason)
    assert "closed form" not in str(answer)


def test_several_derivatives_do_not_exist() -> None:
    answer = calcgrad.diff("[u+v=x, u*v=1]", var="u,v:x", at="u=1, v=1, x=2")
    assert "du/dx, dv/dx do not exist at u = 1" in str(answer)


@pytest.mark.parametrize(
    ("expression", "options", "point"),
    [
        ("x^2 + y^2 = 0", {}, (0.0, 0.0)),
        ("y^2 = x^2*(x - 1)", {}, (0.0, 0.0)),
        ("[1, 2]", {"curve": True, "var": "t"}, (1.0, 2.0)),
    ],
)
def test_single_points_are_drawn(
    expression: str, options: dict[str, object], point: tuple[float, float]
) -> None:
    picture = calcgrad.plot(expression, **options)  # type: ignore[arg-type]
    dots = [line for line in picture.axes[0].lines if line.get_marker() == "o"]
    assert [tuple(place) for line in dots for place in line.get_xydata()] == [pytest.approx(point, abs=1e-9)]
