"""What SymPy would work out for ever is left as it is while a time limit is set, and only then."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
import sympy

from calcgrad.budget import within
from calcgrad.calculus import symbolic

x = symbolic.symbol("x")

# Each would take minutes or gigabytes.
GIANTS: dict[str, Callable[[int], Any]] = {
    "power": lambda n: sympy.Integer(n % 7 + 2) ** sympy.Integer(10**n),
    "fraction": lambda n: sympy.Rational(n % 5 + 1, 17) ** sympy.Integer(-(10**n)),
    "root": lambda n: sympy.Integer(n % 7 + 2) ** sympy.Rational(10**n, 3),
    "factorial": lambda n: sympy.factorial(10**n),
    "binomial": lambda n: sympy.binomial(2 * 10**n, 10**n),
    "gamma": lambda n: sympy.gamma(sympy.Rational(10**n + 1, 2)),
    "falling": lambda n: sympy.ff(x, 10**n),
    "expansion": lambda n: sympy.expand((x + 1) ** (10**n)),
    "long expansion": lambda n: sympy.expand(sum(sympy.symbols("a:9")) ** (n + 20)),
}


@pytest.mark.parametrize("kind", GIANTS)
def test_a_giant_stays_as_it_is(kind: str) -> None:
    source = random.Random(kind)
    for n in source.sample(range(8, 60), 8):
        found = within(60, lambda n=n: GIANTS[kind](n))
        assert not found.is_Integer and found.count_ops() < 40


@pytest.mark.parametrize("power", [10**9, 10**30])
def test_a_polynomial_is_not_written_out_and_not_factored(power: int) -> None:
    with pytest.raises(symbolic.FAILURES):
        within(60, lambda: sympy.Poly(x**power - 2, x))
    with pytest.raises(symbolic.FAILURES):
        within(60, lambda: sympy.factor_list(sympy.Poly(x**9000 - x - 1, x)))


def test_without_a_limit_sympy_is_as_ever() -> None:
    assert sympy.Integer(3) ** sympy.Integer(10**5) == 3**10**5
    assert sympy.Poly(x**30_000 - 2, x).degree() == 30_000


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["limit", "(x+1)^(10^30)", "--to", "1"], "2**1000000000000000000000000000000"),
        (["limit", "abs(x)^(1e8)", "--to", "-2"], "2**100000000"),
        (["limit", "(x^(10^9)-1)/(x-1)", "--to", "1"], "1000000000"),
        (["limit", "sin(x)/x", "--to", "1e400"], "-9.98538232e-401"),
        (["diff", "x^(10^50)", "--at", "1"], "1" + 50 * "0"),
    ],
)
def test_giants_met_on_the_way_have_answers(ask: Callable[..., Any], words: list[str], answer: str) -> None:
    assert ask(*words, "--raw", "--timeout", "60").out == f"{answer}\n"


def test_one_tenth_to_a_giant_is_no_hang(ask: Callable[..., Any]) -> None:
    said = ask("limit", "x^(10^50)", "--to", "0.1", "--timeout", "60", "--json")
    assert json.loads(said.out).get("value") in (None, "0.1**10**50", "(1/10)**1" + 50 * "0")
