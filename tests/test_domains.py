"""Functions without a value anywhere are known for what they are, and others are not taken for them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from calcgrad.calculus.domains import nowhere
from calcgrad.expression.parser import parse

Ask = Callable[..., Any]

# each is 0 wherever it has a value
ZEROS = [
    "0", "x - x", "(x+1)^2 - x^2 - 2*x - 1", "sin(x)^2 + cos(x)^2 - 1", "sqrt(x)^2 - x", "exp(log(x)) - x",
    "1/(x-1) - 1/(x+1) - 2/(x^2-1)", "cosh(x)^2 - sinh(x)^2 - 1", "tan(x)*cos(x) - sin(x)", "abs(x) - max(x,-x)",
    "(x+y)^2 - x^2 - 2*x*y - y^2", "cos(pi/2)", "sqrt(2)^2 - 2", "sqrt(5+2*sqrt(6)) - sqrt(2) - sqrt(3)",
    "4*atan(1) - pi", "0*x",
]  # fmt: skip
# none has a value where z is 0; all have one where z is 1
WITHOUT = [
    "1/z", "log(z)", "z^(-1)", "gamma(z)", "cot(z)", "tan(pi/2 + z)", "acosh(z)", "sqrt(z - 1)", "asin(2 - z)",
    "log(z - 1/2)", "atanh(z/2 - 1)",
]  # fmt: skip


@pytest.mark.parametrize("zero", ZEROS)
def test_a_constant_in_disguise_is_seen_through(zero: str) -> None:
    missed, wrong = [], []
    for call, beside in product(WITHOUT, ("x + {}", "sin(x)*{}")):
        without, valued = (beside.format(call.replace("z", f"({each})")) for each in (zero, f"{zero} + 1"))
        missed += [] if nowhere(parse(without).node) else [without]
        wrong += [valued] if nowhere(parse(valued).node) else []
    assert (wrong, missed) == ([], [])


@pytest.mark.parametrize("expression", [
    "where(x > 1, oo, sqrt(x - 1/2))", "where(x > 1, 1/0, sqrt(x - 1/2))", "log(x - 1000)", "sqrt((x-1)^2*(x-2))",
    "1/(sin(x)^2 + cos(x)^2 - 1 + x - x + y)", "acosh(cos(x))", "log(6) - log(2) - log(3) + x",
])  # fmt: skip
def test_one_place_is_a_value_somewhere(expression: str) -> None:
    assert not nowhere(parse(expression).node)


@pytest.mark.parametrize("expression", [
    "x + 1/sin(pi)", "tan(pi/2)*where(x > 0, 1, 2)", "where(x > tan(pi/2), 1, x)", "where(x > 0, log(sin(pi)), 1/0)",
    "1/(sin(x)^2 + cos(x)^2 - 1) + x", "log((x+1)^2 - x^2 - 2*x - 1)",
])  # fmt: skip
def test_of_them_there_is_no_derivative(ask: Ask, expression: str) -> None:
    found = ask("diff", expression, "--var", "x", "--at", "2")
    assert found.code == 1 and "f'(x) does not exist: f is not" in found.out
    for claim in ("1", "0"):
        assert ask("check", expression, claim, "--var", "x").code == 3
    assert ask("check", expression, "--at", "2", "--var", "x").code == 1
    assert ask("limit", expression, "--to", "2", "--var", "x", "--rows", "0").code in (1, 3)
    assert ask("diff", f"[x, {expression}]", "--curve", "--var", "x").code == 1
    assert ask("diff", f"{expression} = y", "--var", "y:x").code == 1


@pytest.mark.parametrize(
    "words", [("log(x) + y", "x=0,y=1"), ("1/x + y", "x=0,y=2"), ("gamma(x)*y", "x=0,y=1")]
)
def test_the_methods_agree_that_there_is_none(ask: Ask, words: tuple[str, str]) -> None:
    """NumPy goes on with infinity, and would have a slope by y."""
    found = ask("check", words[0], "--at", words[1], "--var", "y")
    assert found.code == 1 and "agree: there is no derivative here" in found.out
