"""Balls hold the truth: random expressions of every function, at every kind of point, against mpmath.

    python tests/test_numeric.py 20000 [seed]    # as many random expressions; each failure, and what was checked

The truth is what two high precisions of mpmath agree on, by the corpus's own reading of the language, which
shares nothing with calcgrad.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from math import factorial
from pathlib import Path
from typing import Any

import pytest
from mpmath import mp
from mpmath.libmp import NoConvergence

from calcgrad.calculus import numeric, symbolic
from calcgrad.expression.catalogue import FUNCTIONS, ROWS, Row
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Name, rational, substitute

sys.path.insert(0, str(Path(__file__).resolve().parent / "corpus"))
import facts

WORDS = [row for row in FUNCTIONS if not row.array and row.name != "Piecewise"]
OPERATORS = [ROWS[name] for name in ("+", "-", "*", "/", "**")]


def points(chosen: random.Random) -> str:
    """A rational: simple, tiny, huge, or close to a whole number, where poles and edges are."""
    near = chosen.randint(-4, 4)
    power = chosen.choice((3, 8, 20, 45))
    return chosen.choice(
        (
            f"({near})",
            f"({chosen.randint(-60, 60)}/{chosen.randint(1, 23)})",
            f"({near}+{chosen.choice(('', '-'))}1/10**{power})",
            f"({chosen.choice(('', '-'))}{chosen.randint(1, 9)}/10**{power})",
            f"({chosen.choice(('', '-'))}{chosen.randint(1, 9)}*10**{chosen.choice((2, 5, 9))}+1/7)",
        )
    )


def texts(chosen: random.Random, depth: int) -> str:
    if depth == 0:
        return chosen.choice(("pi", "E", "EulerGamma", *(points(chosen) for _ in range(9))))
    if chosen.random() < 0.3:
        operator = chosen.choice(OPERATORS).name
        return f"({texts(chosen, depth - 1)}){operator}({texts(chosen, depth - 1)})"
    if chosen.random() < 0.05:
        a, b, c, d = (texts(chosen, depth - 1) for _ in range(4))
        return f"where({a} {chosen.choice(('<', '<=', '>', '>='))} {b}, {c}, {d})"
    row = chosen.choice(WORDS)
    return call(row, [texts(chosen, depth - 1) for _ in range(row.least)], chosen)


def call(row: Row, args: list[str], chosen: random.Random) -> str:
    """With a whole order, without which the corpus's reading of polygamma and root is not that of the language.

    mpmath takes for ever far to the left in a polygamma: see test_polygamma_far_to_the_left.
    """
    if row.name == "root":
        args[1] = chosen.choice(("-3", "-2", "1", "2", "3", "7"))
    if row.name == "polygamma" or (row.name in ("besselj", "bessely") and chosen.random() < 0.7):
        args[0] = str(chosen.randint(0, 4))
    if row.name == "polygamma":
        args[1] = f"({chosen.randint(-60, 60)}/{chosen.randint(1, 23)})"
    return f"{row.name}({', '.join(args)})"


def truth(text: str) -> Any:
    """The value, Undefined, or None where mpmath's precisions do not agree."""
    try:
        one, other = _at(text, 110), _at(text, 190)
        if other == 0:  # or lost in rounding at both
            other = _at(text, 700)
    except (facts.TooFar, NoConvergence, NotImplementedError, MemoryError):
        return None
    if facts.Undefined in (one, other):
        return other if one is other else None
    with mp.workdps(100):
        return other if abs(one - other) <= abs(other) * mp.mpf(10) ** -70 else None


def _at(text: str, digits: int) -> Any:
    with mp.workdps(digits):
        try:
            return facts.compiled(text)()
        except facts.Undefined:
            return facts.Undefined


def nearest_double(value: Any) -> float | None:
    man, exp = int(mp.sign(value)) * value.man_exp[0], value.man_exp[1]
    if man and abs(man.bit_length() + exp) > 1200:
        return 0.0 if exp < 0 else None
    try:
        return float(Fraction(int(man)) * Fraction(2) ** int(exp))
    except OverflowError:
        return None


def check(text: str) -> str:
    """What came out of one expression; AssertionError where a ball does not hold the truth."""
    known = truth(text)
    if known is None:
        return "unknown"
    node, rad, kind = parse(text).node, mp.inf, ""
    for digits in (6, 18, 50):
        found = numeric.ball(node, None, digits)
        if known is facts.Undefined:
            assert not isinstance(found, Fraction | numeric.Ball), (text, digits, found)
        if isinstance(found, numeric.Undefined):
            assert found.kind == "too-large" or known is facts.Undefined, (text, digits, found, known)
            return "too-large" if found.kind == "too-large" else "undefined"
        if not isinstance(found, Fraction | numeric.Ball):
            kind = "unsettled"
            continue
        kind = "ball"
        ball = found if isinstance(found, numeric.Ball) else numeric.Ball(numeric.as_mpf(found, 100))
        with numeric.mp.workdps(100):
            gap = abs(ball.mid - known)
            assert gap <= ball.rad + abs(known) * mp.mpf(10) ** -60, (text, digits, found, known)
            # a rough value may be an exact one by luck, but never is the finer one rougher than its digits
            assert ball.rad <= max(rad, abs(known) * mp.mpf(10) ** (10 - digits)), (text, digits, found)
        rad = min(rad, ball.rad)
    if kind == "ball":
        value = numeric.evaluate(node, 20)
        if isinstance(value, Fraction | numeric.Ball):
            assert numeric.to_float(value) == nearest_double(known), (text, value, known)
            shown = numeric.decimal(node, 15)
            with mp.workdps(100):
                size = abs(known) if known else mp.one
                assert shown is None or abs(mp.mpf(shown) - known) <= size * mp.mpf(10) ** -14 / 2, (
                    text,
                    shown,
                )
    return kind


def expressions(seed: int) -> Iterator[str]:
    chosen = random.Random(seed)
    while True:
        yield texts(chosen, chosen.choice((1, 1, 2, 3)))


def test_balls_hold_the_truth() -> None:
    seen = Counter(check(text) for text, _ in zip(expressions(0), range(200)))
    assert seen["ball"] > 80 and seen["undefined"] > 20 and seen["unsettled"] < 10, seen


@pytest.mark.parametrize("row", WORDS, ids=lambda row: row.name)
def test_every_function_has_balls(row: Row) -> None:
    """Right at points in its domain, from rationals and from balls, and left alone outside."""
    chosen = random.Random(row.name)
    seen: Counter[str] = Counter()
    for _ in range(5):
        args = [points(chosen) for _ in range(row.least)]
        seen[check(call(row, args, chosen))] += 1
        args[-1] = f"{chosen.choice(('pi', 'E', 'EulerGamma'))}/{chosen.randint(2, 9)}"
        seen[check(call(row, args, chosen))] += 1
    assert seen["ball"] >= 2, seen


@pytest.mark.parametrize("order", [1, 2, 7, 60])
@pytest.mark.parametrize("x", [Fraction(-1, 3) - 10**6, Fraction(-1, 7) - 10**40])
def test_polygamma_far_to_the_left(order: int, x: Fraction) -> None:
    """By its recurrence: polygamma(n, x + 1) - polygamma(n, x) = (-1)**n * n!/x**(n + 1)."""
    step = Fraction(factorial(order)) * (-1) ** order / x ** (order + 1)
    left, right = (f"polygamma({order}, {each.numerator}/{each.denominator})" for each in (x, x + 1))
    digits = 60 + 60 * order
    here, there = (numeric.ball(parse(text).node, None, digits) for text in (left, right))
    assert isinstance(here, numeric.Ball) and isinstance(there, numeric.Ball)
    with numeric.mp.workdps(digits):
        gap = there.mid - here.mid - numeric.as_mpf(step, digits)
        assert abs(gap) <= here.rad + there.rad + abs(numeric.as_mpf(step, digits)) * numeric.mp.eps
        assert here.rad < abs(here.mid) * mp.mpf(10) ** -50


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("log(1+x^10)/x^10", "1"),  # 0.99999999995000000000333: rounded once
        ("x^(10^50)", None),  # an exponent that is itself too long for a line
        ("log(70*x)^(1e10+70*x)", "5.627102072e+2891227833"),
        ("(2-x)^(10^12)", "6.744682902e+278753600952"),
        ("exp(-1/x^40)", None),
        ("gamma(1/x^20)", None),
        ("log(gamma(1/x^20))", "4.505170186e+21"),
        ("erfc(1/x^3+1/3)", "4.914363871e-434588"),
        ("binomial(1/2, 3)", "0.0625"),
        ("floor(log2(8))", "3"),
        ("LambertW(-exp(-1))", "-1"),
    ],
)
def test_decimals(text: str, shown: str | None) -> None:
    assert symbolic.decimal(substitute(parse(text).node, {Name("x"): rational(Fraction(1, 10))}), 10) == shown


def test_a_difference_of_balls_that_know_nothing_is_no_slope() -> None:
    """The sine of a number that needs a thousand digits is a ball around 0, at either step."""
    node = parse("sin(exp(exp(x)))").node
    assert numeric.difference(node, "x", rational(Fraction(39, 5)), 1, 12) is numeric.UNSETTLED


@pytest.mark.parametrize("expr", ["floor(2**(10**12) + 1/3)", "floor(exp(exp(30)))", "ceiling(-exp(10**7))"])
def test_no_giant_ends_the_process(expr: str) -> None:
    """FLINT aborts where an integer of a ball would have too many digits."""
    found = numeric.evaluate(parse(expr).node, 15)
    assert found is numeric.UNSETTLED or (isinstance(found, numeric.Undefined) and found.kind == "too-large")


if __name__ == "__main__":
    counts: Counter[str] = Counter()
    for shown, _ in zip(expressions(int(sys.argv[2]) if len(sys.argv) > 2 else 1), range(int(sys.argv[1]))):
        try:
            counts[check(shown)] += 1
        except AssertionError as wrong:
            counts["wrong"] += 1
            print(wrong, file=sys.stderr)
    print(dict(counts))
