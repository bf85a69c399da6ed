"""What is assumed of variables: formulas that hold under it, and answers that say what they rest on.

    python tests/test_assumed.py 1000          # so many random formulas

The truth is each formula's own value at places where what is assumed holds.
"""

from __future__ import annotations

import random
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff.expressions import evaluate
from calcgrad.calculus import assumed, kinks, numeric
from calcgrad.calculus.multiseries import constants
from calcgrad.calculus.multiseries.conditions import assumptions
from calcgrad.commands import check, diff, grad, limit, plots, series, study
from calcgrad.commands.totals import total
from calcgrad.errors import CalcgradError, UndecidedError, UsageError
from calcgrad.expression.parser import Definitions, parse
from calcgrad.expression.tree import integer
from calcgrad.questions import put_in, read_conditions
from calcgrad.render import record

_ATOMS = (
    "x",
    "a",
    "x*a",
    "x-a",
    "x+a",
    "x-1",
    "a-2",
    "x^2",
    "x^2+a^2",
    "exp(x)",
    "log(a)",
    "-x",
    "x^3",
    "1/a",
    "x*(x-1)",
)
_CALLS = (
    "abs({0})", "sign({0})", "max({0},{1})", "min({0},{1})", "sqrt(({0})^2)", "where({0}>0,{1},-({1}))", "relu({0})",
    "abs(({0})*({1}))", "sign(({0})*({1}))", "where(({0})*({1})!=0,{0},{1})", "where({0}<={1},{0},{1})",
)  # fmt: skip
# conditions, and places where they hold
_CONDITIONS: list[tuple[list[str], list[tuple[Fraction, Fraction]]]] = [
    (["x>0"], [(Fraction(1, 3), Fraction(-2)), (Fraction(5), Fraction(7, 2)), (Fraction(1), Fraction(2))]),
    (["x<0", "a>0"], [(Fraction(-1, 3), Fraction(1, 7)), (Fraction(-4), Fraction(3)), (Fraction(-2), Fraction(2))]),
    (["0 < x < 1", "a > 2"], [(Fraction(1, 3), Fraction(5, 2)), (Fraction(9, 10), Fraction(30))]),
    (["x > a"], [(Fraction(1, 3), Fraction(1, 4)), (Fraction(-1), Fraction(-3)), (Fraction(3), Fraction(2))]),
    (["a in [1, oo)"], [(Fraction(-1, 3), Fraction(1)), (Fraction(2), Fraction(5, 2)), (Fraction(0), Fraction(2))]),
    (["x nonzero", "a negative"], [(Fraction(-1, 3), Fraction(-1)), (Fraction(3, 2), Fraction(-2))]),
]  # fmt: skip


def compared(count: int, seed: int) -> int:
    """Random formulas keep their values; how many became simpler."""
    chance = random.Random(seed)
    simpler = 0
    for _ in range(count):
        conditions, places = chance.choice(_CONDITIONS)
        parts = [chance.choice(_CALLS).format(*chance.sample(_ATOMS, 2)) for _ in range(2)]
        root = parse(f"({parts[0]}){chance.choice('+*-')}({parts[1]})").node
        made = assumptions(read_conditions(conditions, ("x", "a"), Definitions()))
        with constants.assuming(made):
            found = assumed.simplified(root)
        simpler += found is not root
        for x, a in places:
            one, other = (numeric.evaluate(tree, 15, {"x": x, "a": a}) for tree in (root, found))
            if isinstance(one, Fraction | numeric.Ball):
                assert isinstance(other, Fraction | numeric.Ball), (conditions, parts, found)
                gap = numeric.as_mpf(one, 20) - numeric.as_mpf(other, 20)
                assert abs(gap) < 1e-10 * max(1, abs(numeric.as_mpf(one, 20))), (
                    conditions,
                    parts,
                    found,
                    x,
                    a,
                )
    return simpler


def claimed(count: int, seed: int) -> int:
    """The derivative under a condition is not another one there, nor equal to what is off by 1; how many are proved."""
    chance = random.Random(seed)
    proved = 0
    for _ in range(count):
        conditions, _ = chance.choice(_CONDITIONS)
        expr = chance.choice(_CALLS).format(*chance.sample(_ATOMS, 2))
        try:
            formula = diff(expr, var="x", assume=conditions).derivative
        except CalcgradError:
            continue
        if formula is None:
            continue
        right, wrong = (
            check(expr, claim, var="x", assume=conditions).verdict for claim in (formula, f"{formula} + 1")
        )
        assert right != "different" and wrong != "equal", (expr, conditions, formula, right, wrong)
        proved += right == "equal"
    return proved


_FILE = Path(__file__).parent / "corpus" / "assumed.txt"
PROBLEMS = [line for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
# of parameters and variables, one of each pair that the conditions of a problem allow
_PLACES = [{"x": x, "a": a, "b": 0.7, "r": r, "n": 3} for x in (0.6, -0.6, 2.5) for a in (1.7, 0.3, 6.5, -0.4)
           for r in (0.4, 1.6)]  # fmt: skip


def parts_of(line: str) -> tuple[str, str, str, str, list[str], str]:
    """What is asked, f, a variable, where it goes, what is assumed, and what is known."""
    what, expr, way, conditions, known = (each.strip() for each in line.split("|"))
    name, _, to = way.partition("=")
    return what, expr, name, to, conditions.split("; "), known


def place_for(conditions: list[str]) -> dict[str, Any]:
    """Numbers for which all conditions hold."""
    trees = read_conditions(conditions, tuple("xabrn"), Definitions())
    return next(
        place
        for place in _PLACES
        if all(
            numeric.evaluate(tree, 10, {k: Fraction(v) for k, v in place.items()}) is True for tree in trees
        )
    )


def answered(line: str) -> str | None:
    """The formula that is answered, none, or undecided."""
    what, expr, name, to, conditions, _ = parts_of(line)
    if what == "diff":
        return diff(expr, var=name, assume=conditions).derivative
    place, _, side = to.partition(" ")
    found = limit(expr, to={name: place}, var=name, side=side or "both", assume=conditions)
    if found.value is not None:
        return found.value.exact
    return "none" if found.status == "no" else "undecided"


def number_of(formula: str, place: dict[str, Any]) -> Any:
    if formula in ("none", "undecided"):
        return formula
    value = parse(formula, tuple(place)).node
    return evaluate(value, place)


def is_right(line: str, said: str | None) -> bool:
    conditions, known = parts_of(line)[-2:]
    place = place_for(conditions)
    one, other = (number_of(each or "none", place) for each in (said, known))
    return bool(
        one == other if isinstance(other, str) or isinstance(one, str) else np.isclose(one, other, rtol=1e-12)
    )


def test_textbook_problems() -> None:
    assert len(PROBLEMS) >= 60
    assert [line for line in PROBLEMS[::3] if not is_right(line, answered(line))] == []


def test_claims_hold_under_conditions() -> None:
    assert claimed(8, 3) >= 5
    for expr, claim, condition, verdict in (
        ("sqrt(x^2)", "1", "x>0", "equal"), ("sqrt(x^2)", "1", "x<0", "different"),
        ("|a*x|", "a*sign(x)", "a>0", "equal"), ("|a*x|", "a*sign(x)", "a!=0", "different"),
        ("|x|", "-1", "x in (-2,-1)", "equal"),
    ):  # fmt: skip
        found = check(expr, claim, var="x", assume=[condition])
        assert found.verdict == verdict and record(found)["assumed"], (expr, claim, condition, found.verdict)
    assert all(each.at["x"].startswith("-") for each in check("|x|", assume=["x<0"]).points)
    assert grad("x*y", at="x=1,y=2", assume=["x>0"]).exists
    for ask in (
        lambda: grad("x*y", at="x=1,y=2", assume=["x>y"]),
        lambda: check("|x|", at="1", assume=["x<0"]),
    ):
        with pytest.raises(CalcgradError, match="contradicts"):
            ask()


def test_random_formulas_keep_their_values() -> None:
    assert compared(60, 2) > 30


@pytest.mark.parametrize(
    ("expr", "conditions", "formula"),
    [
        ("sqrt(a^2)*x", ["a>0"], "a"),
        ("|a*x|", ["a>0"], "a*sign(x)"),
        ("|x|", ["x in (0,1)"], "1"),
        ("log(|x|)", ["x<0"], "1/x"),
        ("max(x,a)", ["x>a"], "1"),
        ("floor(n)*x", ["n integer"], "n"),
        ("|x|", ["x>=0"], "sign(x)"),
    ],
)
def test_formulas(expr: str, conditions: list[str], formula: str) -> None:
    found = diff(expr, var="x", assume=conditions)
    assert found.derivative == formula
    assert record(found)["assumed"] == list(found.assumed) and found.assumed


def test_answers_say_what_they_rest_on() -> None:
    assert str(diff("|a|*x", var="x", at="1", assume=["a<0"])).splitlines()[1:] == [
        "assuming a < 0", "df/dx = -a", "df/dx(a, 1) = -a",
    ]  # fmt: skip
    assert "assuming a > 0" in str(limit("exp(-a*x)", to="oo", var="x", rows=0, assume=["a>0"]))
    assert "assuming a > 0" in str(series("sqrt(a+x)", at="0", var="x", assume=["a>0"]))
    assert diff("x^2+y^2=r^2", var="y:x", at="x=0,y=r", assume=["r>0"]).value.exact == "0"
    assert "where" not in record(diff("x^2+y^2=25", var="y:x", assume=["y>0"]))
    for conditions, at in ((["x>0"], "-1"), (["a>0", "a<0"], None), (["x integer"], None), (["a >"], None)):
        with pytest.raises(CalcgradError):
            diff("a*|x|", var="x", at=at, assume=conditions)


def test_pictures_and_studies_are_of_where_it_holds() -> None:
    for conditions, low, high in ((["x>1"], 1, np.inf), (["x in (-1, 2)"], -1, 2), (["x<=0"], -np.inf, 0)):
        result, picture = plots.draw(["x^3-x"], assume=conditions, xlim="-3,3")
        rows = np.asarray(dict(picture.data)["curve-1"])
        inside = rows[np.isfinite(rows).all(axis=1)][:, 0]
        assert inside.min() >= max(low, -3) and inside.max() <= min(high, 3) and result.assumed
        found = study("x^3-x", assume=conditions)
        places = {each.number for each in found.zeros}
        assert places == {each for each in (-1, 0, 1) if kinks.truth(_at(conditions, each))}
    points = study("(x*y)^2-x^2-y^2", var="x,y", assume=["x>0"]).points
    assert {tuple(each.at[name].number for name in "xy") for each in points} == {(1.0, -1.0), (1.0, 1.0)}
    _, picture = plots.draw(["x^2+y^2=25"], assume=["y>0"])
    rows = np.asarray(dict(picture.data)["curve-1"])
    assert np.nanmin(rows[:, 1]) > -1e-9
    with pytest.raises(UsageError, match="contradicts"):
        plots.draw(["x^2"], at=["0"], assume=["x>0"])


@pytest.mark.parametrize(
    ("expr", "to", "conditions", "side", "value"),
    [
        ("sqrt(x)", "0", ["x > 0"], "right", "0"), ("abs(x)/x", "0", ["x < 0"], "left", "-1"),
        ("abs(x)/x", "0", ["-1 < x < 1"], "both", None), ("abs(x)/x", "0", ["x != 0"], "both", None),
        ("floor(x)", "2", ["1 <= x < 2"], "left", "1"), ("1/x", "0", ["x in (0, 1)"], "right", "oo"),
        ("abs(x-a)/(x-a)", "x=a", ["x > a"], "right", "1"), ("x^a", "x=0", ["a > 0", "x > 0"], "right", "0"),
        ("abs(x)/x", "0", ["x^3 > 0"], "right", "1"), ("sin(x)/x", "oo", ["x > 0"], "both", "0"),
        ("cos(pi*n)^2", "oo", ["n integer", "n > 0"], "both", "1"),
    ],
)  # fmt: skip
def test_what_holds_of_the_variable_leaves_a_limit_one_side(
    expr: str, to: str, conditions: list[str], side: str, value: str | None
) -> None:
    found = limit(expr, to=to, assume=conditions, rows=0)
    assert (found.side, found.value and found.value.exact) == (side, value) and found.assumed


def test_slopes_and_series_from_where_it_holds() -> None:
    assert [each.value and each.value.exact for each in (
        limit("abs(x)", at="0", assume=["x >= 0"]), limit("abs(x)", at="0", assume=["x < 1"]),
        limit("abs(x-1)", at="2", assume=["x > 1"]),
    )] == ["1", None, "1"]  # fmt: skip
    assert series("abs(x)+sqrt(x)", at="0", assume=["x > 0"]).both is not None
    assert series("abs(x)", at="0", assume=["x < 1"]).both is None
    for refused in (
        lambda: limit("abs(x)", at="0", assume=["x > 0"]), lambda: limit("x", to="0", assume=["x > 1"]),
        lambda: limit("x", to="0", side="left", assume=["x > 0"]), lambda: series("x", at="0", assume=["x > 1"]),
    ):  # fmt: skip
        with pytest.raises(UsageError, match="contradicts --assume"):
            refused()
    with pytest.raises(UndecidedError, match=r"whether sin\(1/x\) > 0"):
        limit("x", to="0", assume=["sin(1/x) > 0"])


def test_limits_and_planes_are_over_where_it_holds() -> None:
    for expr, conditions, value in (
        ("abs(x)/x", ["x>0"], "1"), ("abs(x)/x", ["x<0"], "-1"), ("abs(x)/x", ["y<x^2"], None),
        ("x*y/(x+y)", ["x>0", "y>0"], "0"), ("x*y/(x+y)", ["x>0"], None), ("x/(x+y)", ["x>0", "y>0"], None),
        ("max(x,y)/x", ["x>y", "x>0"], "1"), ("x*y/(x^2+y^2)", ["y>x^2"], None),
    ):  # fmt: skip
        found = limit(expr, to="x=0,y=0", assume=conditions)
        assert found.status == ("no" if value is None else "answered"), (expr, conditions)
        assert (found.value and found.value.exact) == value and found.assumed, (expr, conditions)
    assert limit("x/x", to="x=0,y=0", assume=["x>1"]).value is None
    assert total("abs(x)*y", at="x=1,y=2", assume=["x>0"]).plane == "2 + 2*(x - 1) + (y - 2)"
    assert total("abs(x)*y", at="x=0,y=2", assume=["x>=0"]).status == "no"
    with pytest.raises(UsageError, match="contradicts"):
        total("x*y", at="x=-1,y=2", assume=["x>0"])


def _at(conditions: list[str], place: int) -> Any:
    made = read_conditions(conditions, ["x"], Definitions())
    return kinks.joined("&", [put_in(each, {"x": integer(place)}) for each in made])


if __name__ == "__main__":
    print(claimed(int(sys.argv[1]) // 10, random.randrange(10**6)))
    print(compared(int(sys.argv[1]), random.randrange(10**6)))
