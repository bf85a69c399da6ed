"""check: equal only where it is proved, different only with a point that shows it, and no opinion is no agreement."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from calcgrad import check as checking

Ask = Callable[..., Any]


@pytest.mark.parametrize(
    ("expr", "claim"),
    [
        ("sin(x)^2", "sin(2x)"),
        ("tan(x)", "sec(x)^2"),
        ("log(tan(x/2))", "csc(x)"),
        ("log(x^2)", "2/x"),
        ("x*abs(x)", "2*abs(x)"),
        ("x^x", "x^x*(1+log(x))"),
        ("tanh(x)", "4/(exp(x)+exp(-x))^2"),
        ("where(x<1, x^2, 2x-1)", "where(x<1, 2x, 2)"),
        ("sigmoid(x)", "exp(-x)/(1+exp(-x))^2"),
        ("erf(x)", "2/sqrt(pi)*exp(-x^2)"),  # at 100 both are of the order of 1e-4343
        ("floor(x)", "0"),
    ],
)
def test_claims_that_are_proved(ask: Ask, expr: str, claim: str) -> None:
    answer = ask("check", expr, claim)
    assert (answer.out, answer.code) == ("equal\n", 0)


@pytest.mark.parametrize(
    ("expr", "claim", "at"),
    [
        ("cos(x)^2", "sin(2x)", {"x": "1"}),
        ("2^x", "x*2^(x-1)", {"x": "0"}),
        ("x^2", "2x + where(x==5, 1, 0)", {"x": "5"}),  # wrong at a single point
        ("x^2", "where(x==pi, 0, 2x)", {"x": "pi"}),
        ("x^2", "2x + 1e-60", {"x": "0"}),
        ("x^2", "2x + exp(-1000)", {"x": "0"}),
        ("x^2", "2*sqrt(x)^2", {"x": "-1"}),  # the claim has a smaller domain
        ("x^2", "2x*x/x", {"x": "0"}),
    ],
)
def test_claims_with_a_counterexample(ask: Ask, expr: str, claim: str, at: dict[str, str]) -> None:
    record = json.loads(ask("check", expr, claim, "--json").out)
    assert (record["verdict"], record["counterexample"]) == ("different", at)


def test_agreement_at_points_is_no_proof(ask: Ask) -> None:
    answer = ask("check", "x^2", "2x + floor(sin(x)^2)")  # wrong at pi/2 + k*pi only
    assert answer.code == 3
    assert answer.out.startswith("undecided: they agree at ")


@pytest.mark.parametrize(
    ("expr", "claim", "domain"),
    [
        ("2*log(x)", "2/x", "at x = -1 the claim has a value, but f is not real"),
        ("(x^2-1)/(x-1)", "1", "at x = 1 the claim has a value, but f is not defined"),
        ("abs(x)", "sign(x)", "at x = 0 the claim has a value, but f has no derivative"),
        ("log(x^2)", "2/x", None),
    ],
)
def test_a_claim_with_a_larger_domain_is_equal_and_the_difference_is_named(
    ask: Ask, expr: str, claim: str, domain: str | None
) -> None:
    plain = ask("check", expr, claim)
    assert (plain.out, plain.err) == ("equal\n", f"note: {domain}\n" if domain else "")
    assert json.loads(ask("check", expr, claim, "--json").out).get("domain") == domain


def test_agreement_is_counted_in_digits(ask: Ask) -> None:
    record = json.loads(ask("check", "x^x", "--at", "2", "--json").out)
    assert (record["verdict"], record["value"], record["digits"]) == ("agree", 4.0, 15)


def test_a_method_that_computes_another_f_is_noticed(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    monkeypatch.setattr(checking, "_values", lambda root, point: [5.0])
    answer = ask("check", "x^x", "--at", "2")
    assert answer.code == 1
    assert answer.out.endswith("disagree: they differ on f itself by 1.0e+00\n")


def test_one_method_alone_is_no_agreement(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    monkeypatch.setattr(checking, "_symbolic", lambda answer, digits: checking._SILENT)
    monkeypatch.setattr(checking, "slopes", lambda root, name, place: checking.Slopes(""))
    answer = ask("check", "x^x", "--at", "2")
    assert answer.code == 3
    assert answer.out.endswith("undecided: only one method has an answer\n")
