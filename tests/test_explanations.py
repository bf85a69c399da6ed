"""limit --steps: the argument a textbook gives, and no step that leads elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import multiseries_families as families
import pytest
import sympy

from calcgrad.calculus import explanations, limits
from calcgrad.calculus.explanations import Reason, explain
from calcgrad.commands import limit
from calcgrad.expression.parser import parse

Ask = Callable[..., Any]

# What Stewart's Calculus (chapters 1.6, 2.6 and 4.4) does with the same or the same kind of limit.
TEXTBOOK = [
    ("sin(x)/x", "0", "both", ["L'Hopital's rule", "substitution"]),
    ("(x^2-1)/(x-1)", "1", "both", ["cancelling", "substitution"]),
    ("(x^3-8)/(x-2)", "2", "both", ["cancelling", "substitution"]),
    ("(sqrt(x+4)-2)/x", "0", "both", ["conjugate", "substitution"]),
    ("(x-9)/(sqrt(x)-3)", "9", "both", ["conjugate", "substitution"]),
    ("(3x^2-x-2)/(5x^2+4x+1)", "oo", "both", ["dominant terms"]),
    ("x^2*sin(1/x)", "0", "both", ["squeeze"]),
    ("(x+sin(x))/x", "oo", "both", ["squeeze"]),
    ("x^2*(2+sin(x))", "oo", "both", ["squeeze"]),
    ("x-cos(x)", "-oo", "both", ["squeeze"]),
    ("floor(x)/x", "oo", "both", ["squeeze"]),
    ("x*log(x)", "0", "right", ["as a quotient", "L'Hopital's rule", "substitution"]),
    ("x*exp(-x)", "oo", "both", ["as a quotient", "L'Hopital's rule", "limit of a quotient"]),
    ("x^10/exp(x)", "oo", "both", ["growth"]),
    ("(1+1/x)^x", "oo", "both", ["logarithm", "continuity"]),
    ("(tan(x)-x)/x^3", "0", "both", [*["L'Hopital's rule"] * 3, "substitution"]),
    ("sqrt(x^2+1)-x", "oo", "both", ["conjugate", "limit of a quotient"]),
    ("sqrt(4x^2+x)/(3x+1)", "oo", "both", ["dividing by x", "limit of a quotient"]),
    ("(e^x+e^-x)/(e^x-e^-x)", "oo", "both", ["dividing by exp(x)", "limit of a quotient"]),
    ("(x^2-x)/(x^2+sin(x))", "oo", "both", ["dividing by x**2", "limit of a quotient"]),
    ("exp(x)/x^2", "oo", "both", ["L'Hopital's rule", "L'Hopital's rule", "limit of a quotient"]),
    ("log(x)/cbrt(x)", "oo", "both", ["branch", "L'Hopital's rule", "known limit"]),
    ("x^2-5x+4", "3", "both", ["substitution"]),
    ("atan(x)", "oo", "both", ["known limit"]),
    ("-2/x^3", "oo", "both", ["known limit"]),
    ("1/x^2", "0", "both", ["limit of a quotient"]),
    ("1/x", "0", "both", ["from the left", "from the right"]),
    (
        "1/log(x)-1/(x-1)",
        "1",
        "both",
        ["one denominator", "L'Hopital's rule", "cancelling", "L'Hopital's rule", "substitution"],
    ),
    ("exp(sin(x)/x)", "0", "both", ["continuity"]),
    ("sec(x)-tan(x)", "pi/2", "both", ["written out", "cancelling", "L'Hopital's rule", "substitution"]),
    ("(x^10-1)/(x^9-1)", "1", "both", ["cancelling", "substitution"]),
    ("log(x)-sqrt(x)", "oo", "both", ["conjugate", "L'Hopital's rule", "limit of a quotient"]),
    ("atan2(x,1)", "oo", "both", ["branch", "known limit"]),
    ("max(x,2)/x", "oo", "both", ["branch"]),
    ("x^2*floor(1/x)^2", "0", "both", ["series"]),
    ("x", "2", "both", ["variable"]),
]


@pytest.mark.parametrize(("expr", "to", "side", "titles"), TEXTBOOK)
def test_textbook_limits(expr: str, to: str, side: str, titles: list[str]) -> None:
    root, place = parse(expr).node, parse(to).node
    steps = explain(root, "x", place, side)
    assert [each.title for each in steps] == titles
    assert not {"unexplained", "expansion"} & {each.title for each in chain(steps)}


def chain(steps: tuple[Reason, ...] | list[Reason]) -> Iterator[Reason]:
    for each in steps:
        yield each
        yield from chain(each.parts)


@pytest.mark.parametrize(("expr", "to", "side", "titles"), TEXTBOOK)
def test_every_step_keeps_the_limit(expr: str, to: str, side: str, titles: list[str]) -> None:
    root, place = parse(expr).node, parse(to).node
    for each in chain(explain(root, "x", place, side)):
        if each.after is not None:
            before, after = (limits.limit(node, "x", place, side).value for node in (each.before, each.after))
            assert limits.same_value(before, after) is True, each


def test_sides_that_differ_are_explained_each(ask: Ask) -> None:
    answer = ask("limit", "abs(x)/x", "--to", "0", "--steps", "--rows", "0")
    lines = [line.split("  ")[0] for line in answer.out.splitlines()]
    assert answer.code == 1
    assert lines[1] == "from the left" and "from the right" in lines and "evidence" in lines
    assert "abs(x)/x = -1" in answer.out


def test_the_difference_quotient(ask: Ask) -> None:
    shown = ask("limit", "3*x**2-4*x", "--at", "1", "--steps", "--rows", "0").out
    assert "cancelling" in shown and "3*h + 2 is continuous at 0: 2" in shown


@pytest.mark.parametrize("seed", range(12))
def test_the_definition_of_the_derivative_at_a_letter(ask: Ask, seed: int) -> None:
    """Polynomials at a, and their difference quotients as they are typed: multiplied out, h cancelled, 0 put in."""
    chance, x = Random(seed), sympy.Symbol("x")
    degrees = chance.sample(range(1, 6), chance.choice([1, 2, 3]))
    if max(degrees) == 1:
        degrees.append(2)
    powers = {degree: chance.choice([-7, -2, -1, 1, 2, 3, 5]) for degree in degrees}
    asked = " + ".join(f"({factor})*x^{degree}" for degree, factor in powers.items())
    slope = sympy.diff(sum(factor * x**degree for degree, factor in powers.items()), x)
    moved, letter = asked.replace("x", "(x+h)"), "a" if seed % 2 else "c"
    for words, place in (
        (("limit", asked, "--at", letter), letter),
        (("limit", f"(({moved}) - ({asked}))/h", "--to", "h=0"), "x"),
    ):
        record = json.loads(ask(*words, "--steps", "--json").out)
        assert sympy.expand(sympy.sympify(record["value"]) - slope.subs(x, sympy.Symbol(place))) == 0, words
        titles = [step["rule"] for step in record["steps"]]
        assert titles == ["multiplying out", "cancelling", "substitution", "evidence"], words


@pytest.mark.parametrize(("expr", "titles"), [
    ("(1/(x+h)-1/x)/h", ["cancelling", "limit of a quotient"]),
    ("(1/(x+h)^2-1/x^2)/h", ["cancelling", "limit of a quotient"]),
    ("((x+h)/(x+h+1)-x/(x+1))/h", ["cancelling", "limit of a quotient"]),
    ("((x+h)^2-(x-h)^2)/(2h)", ["cancelling"]),
])  # fmt: skip
def test_difference_quotients_of_fractions(expr: str, titles: list[str]) -> None:
    assert [each.title for each in explain(parse(expr).node, "h", parse("0").node, "both")] == titles


@pytest.mark.parametrize(
    ("expr", "to", "says"),
    [
        ("sin(x)", "oo", "sin(x) never settles as x -> oo"),
        ("sin(1/x)", "0", "sin(u) never settles as u = 1/x -> oo from the right"),
        ("x + cos(2*x)^2", "-oo", None),
        ("tan(x^2)", "oo", "tan(u) never settles as u = x**2 -> oo"),
        ("x - floor(x)", "oo", None),
    ],
)
def test_what_oscillates_says_which_part_does(ask: Ask, expr: str, to: str, says: str | None) -> None:
    record = json.loads(ask("limit", expr, "--to", to, "--steps", "--json").out)
    shown = [step["shown"] for step in record.get("steps", []) if step["rule"] == "oscillation"]
    assert shown == ([] if says is None else [says])


def test_a_step_never_leads_back(ask: Ask) -> None:
    """sqrt(x**2 + 1)/x was once divided by x again and again."""
    for expr, to in (("sqrt(x^2+1)/x", "-oo"), ("(2x+1)/sqrt(4x^2-3)", "-oo"), ("sqrt(x^2+x)+x", "-oo")):
        lines = ask("limit", expr, "--to", to, "--steps", "--rows", "0").out.splitlines()
        assert len(lines) == len(set(lines)) < 12
        assert not any("unexplained" in line or "expansion" in line for line in lines)


def test_only_what_outgrows_every_power_is_said_to(ask: Ask) -> None:
    assert "outgrows" in ask("limit", "x^7*exp(-x)", "--to", "oo", "--steps").out
    for expr in ("x^5/exp(2*log(x))", "exp(sqrt(log(x)))/x^4"):
        assert "outgrows" not in ask("limit", expr, "--to", "oo", "--steps").out


@pytest.mark.parametrize(
    ("expr", "to", "line"),
    [
        ("sqrt(1-x^2)", "1", "sqrt(u) -> 0 as u = 1 - x**2 -> 0+"),
        ("log(sin(x))", "0", "log(u) -> -oo as u = sin(x) -> 0+"),
        ("log(x^2+1)/log(x)", "oo", "oo/oo: (log(x**2 + 1))'/(log(x))' = 2*x**2/(x**2 + 1)"),
        ("x + sqrt(x^2+1)", "-oo", "x + sqrt(x**2 + 1) = -1/(x - sqrt(x**2 + 1))"),
        ("(cbrt(x)-1)/(x-1)", "1", "0/0: (cbrt(x) - 1)'/(x - 1)' = 1/(3*cbrt(x)**2)"),
    ],
)
def test_lines_as_they_are_written_by_hand(ask: Ask, expr: str, to: str, line: str) -> None:
    assert line in ask("limit", expr, "--to", to, "--steps", "--rows", "0").out


def test_json_is_a_tree(ask: Ask) -> None:
    record = json.loads(ask("limit", "exp(sin(x)/x)", "--to", "0", "--steps", "--json").out)
    first = record["steps"][0]
    assert first["rule"] == "continuity"
    assert [step["rule"] for step in first["because"]] == ["L'Hopital's rule", "substitution"]


def test_latex_balances(ask: Ask) -> None:
    for line in ask("limit", "sin(x)/x", "--to", "0", "--steps", "--latex").out.splitlines():
        assert line.count("{") == line.count("}")


def test_hospital_is_used_only_where_its_condition_holds() -> None:
    """(x + sin(x))/x at infinity is oo/oo, but 1 + cos(x) has no limit; cos(x)/x at 0 is not 0/0."""
    for source, to in (("(x+sin(x))/x", "oo"), ("cos(x)/x^2", "0")):
        steps = explain(parse(source).node, "x", parse(to).node, "both")
        assert "L'Hopital's rule" not in {each.title for each in chain(steps)}


def test_it_asks_for_no_more_limits_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = limits.limit
    monkeypatch.setattr(explanations.limits, "limit", lambda *words: asked.append(1) or real(*words))
    explain(
        parse("x*sin(x)*exp(x)*cos(x)/(x^5*log(1+x))*atan(1/x)*tan(x)").node, "x", parse("0").node, "right"
    )
    assert len(asked) < 150


def test_what_sympy_cannot_do_is_no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its common divisor of two branches was an internal error; another way is taken, or none."""

    def fails(*_words: object, **_options: object) -> None:
        raise sympy.PolynomialError("Piecewise generators do not make sense")

    monkeypatch.setattr(explanations.sympy, "cancel", fails)
    steps = explain(parse("(x^2-1)/(x-1)").node, "x", parse("1").node, "both")
    assert steps
    assert "cancelling" not in {each.title for each in chain(steps)}


@pytest.mark.parametrize(
    ("expr", "to", "says"),
    [
        ("sqrt(x)", "0", "sqrt(x) needs x >= 0, which fails to the left of 0"),
        ("1/log(-x^2)", "0", "log(-x**2) needs -x**2 > 0, which fails beside 0"),
        ("exp(-x)*asin(2+1/x)", "oo", "asin(2 + 1/x) needs (2 + 1/x >= -1) & (2 + 1/x <= 1), which fails as x -> oo"),
        ("where(x<3,(x-3)^(1/3),log(x))", "3", "(x - 3)**(1/3) has no real value to the left of 3"),
    ],
)  # fmt: skip
def test_what_is_not_real_says_which_part_is_not(ask: Ask, expr: str, to: str, says: str) -> None:
    first, *_ = json.loads(ask("limit", expr, "--to", to, "--steps", "--json").out)["steps"]
    assert (first["rule"], first["shown"]) == ("domain", says)


@pytest.mark.parametrize("family", ["oscillations", "floors", "steps", "domains", "special", "late"])
def test_no_limit_that_is_answered_is_without_an_argument(family: str) -> None:
    random = Random(f"{family} 5")
    for _ in range(4):
        expr, place, side, truth = families.FAMILIES[family](random)
        there = "both" if place in families.FAR else "right" if side > 0 else "left"
        found = limit(expr, to=place, side=there, rows=0, steps=True)
        assert found.reason != "undecided", expr
        assert {step.rule for step in found.steps} - {"evidence", "unexplained"}, (expr, truth)
