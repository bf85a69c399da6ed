"""Where functions of one variable are zero, and between what their values lie: all the zeros, and bounds that hold."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest

from calcgrad.calculus import symbolic
from calcgrad.calculus.cells import Unsettled, all_zeros, cells
from calcgrad.calculus.intervals import bounds
from calcgrad.expression.parser import parse

X = symbolic.symbol("x")
GOLDEN = (1 + math.sqrt(5)) / 2


def _number(place: object) -> float:
    if isinstance(place, tuple):
        low, high = place
        assert high - low < Fraction(1, 10**30)
        return float(low)
    return float(place)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("function", "single", "repeated"),
    [
        ("sinh(x) - 2", [math.asinh(2)], []),
        ("x^4 - 3", [3**0.25, -(3**0.25)], []),
        ("x^3 + 5", [-(5 ** (1 / 3))], []),
        ("x^4 + 3", [], []),
        ("x^2 - pi*x + 1", [(math.pi + s * math.sqrt(math.pi**2 - 4)) / 2 for s in (1, -1)], []),
        ("x^2 - 2*pi*x + pi^2", [math.pi], []),
        ("pi*x^3 - x + 1", [mpmath.polyroots([mpmath.pi, 0, -1, 1])[0].real], []),
        ("2^x - 3", [math.log(3) / math.log(2)], []),
        ("2^x + 3", [], []),
        ("log(x^x)", [0, 1], []),  # as x*log(x)
        ("x^pi - 2", [2 ** (1 / math.pi)], []),
        ("cbrt(x) - 2", [8], []),
        ("sqrt(x) + 2", [], []),
        ("cosh(x) - 2", [math.acosh(2), -math.acosh(2)], []),
        ("acos(x) - pi", [-1], []),
        ("asin(x) - 2", [], []),
        ("sec(x)", [], []),
        ("asec(x)", [1], []),
        ("abs(x) - x + heaviside(x) - 1/2", [-0.25, 0.25], []),  # 1/4 is of branches not taken there
        ("sqrt(x) + sqrt(x+1) + sqrt(x+2) + sqrt(x+3) + sqrt(x+4) - 9", [
            mpmath.findroot(lambda x: sum(mpmath.sqrt(x + k) for k in range(5)) - 9, 1.4),
        ], []),
        ("sin(3*atan(x))", [-math.sqrt(3), 0, math.sqrt(3)], []),
        ("cos(x) + sin(x) + 1", [], [(-math.pi / 2, 2 * math.pi), (math.pi, 2 * math.pi)]),
        ("sin(x) + cos(x)^2", [], [
            (-math.asin(GOLDEN - 1), 2 * math.pi), (math.pi + math.asin(GOLDEN - 1), 2 * math.pi),
        ]),
        ("sin(x)*cos(x) + sin(x) + 2", [], []),
    ],
)  # fmt: skip
def test_zeros_and_what_repeats(
    function: str, single: list[float], repeated: list[tuple[float, float]]
) -> None:
    ones, families = all_zeros(parse(function).node, X)
    assert sorted(map(_number, ones)) == pytest.approx(sorted(single))
    assert sorted((float(start), float(period)) for start, period in families) == [
        pytest.approx(each) for each in sorted(repeated)
    ]


@pytest.mark.parametrize(
    "function",
    [
        "x^(1/2) - x^x",
        "sin(x) + sin(20*x)",
        "pi*sin(x) + cos(x)^3 - sin(x)^2/7",
        "abs(abs(abs(x) - 1) - 2) - abs(abs(x - 3) - 1) - abs(x + 5)",  # more branches than are gone through
        "sin(exp(x))",
        "gamma(x) - 1",
    ],
)
def test_zeros_that_are_not_all_known_are_none(function: str) -> None:
    with pytest.raises(Unsettled):
        all_zeros(parse(function).node, X)
    assert cells([parse(f"1/({function})").node], "x").unsettled is not None


@pytest.mark.parametrize(
    ("function", "within", "values"),
    [
        ("x^-2", (1, 2), (0.25, 1)),
        ("x^-3", (-2, -1), (-1, -0.125)),
        ("x^-2", (-1, 1), (1, math.inf)),
        ("x^3", (-2, 1), (-8, 1)),
        ("x^301", (1e10, 1e20), (1e10, math.inf)),  # beyond all doubles
        ("x^301", (-1e20, -1e10), (-math.inf, -1e10)),
        ("x/0", (1, 2), None),
        ("x^pi", (-2, -1), None),
        ("log(x)", (-2, -1), None),
        ("sqrt(x)", (-2, -1), None),
        ("asin(x)", (2, 3), None),
        ("atanh(x)", (-1, 1), (-math.inf, math.inf)),
        ("exp(x)", (0, 1e4), (1, math.inf)),
    ],
)
def test_bounds_of_values(
    function: str, within: tuple[float, float], values: tuple[float, float] | None
) -> None:
    """Bounds may be wider, but hold all values; None where there are none."""
    found = bounds(parse(function).node, {"x": (float(within[0]), float(within[1]))})
    assert (found is None) == (values is None)
    if found is not None and values is not None:
        assert found[0] <= values[0] and values[1] <= found[1]
        if max(map(abs, within)) < 10:
            assert found == pytest.approx(values)
