"""The corpus of verified facts through calcgrad: never a wrong answer, and few left undecided.

python -m pytest tests/test_corpus.py               # a sample that has every category, part of make test
python -m pytest tests/test_corpus.py -m corpus     # every fact: make corpus
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import sympy  # noqa: F401  (loaded before any fact's time begins to run)
from asking import ask

sys.path.insert(0, str(Path(__file__).resolve().parent / "corpus"))
import facts

LIMITS, DERIVATIVES = facts.limits(), facts.derivatives()
SAMPLE = 16  # every so many facts of each category, so that the suite stays quick; make corpus asks them all
CHUNK = 16
PATIENCE = 3  # seconds for one fact of the sample
ANSWERED = 0.97


def chunks(of: list[facts.Fact], every: int, size: int) -> list[list[facts.Fact]]:
    by_category: dict[str, list[facts.Fact]] = {}
    for fact in of:
        by_category.setdefault(fact["category"], []).append(fact)
    chosen = [fact for each in by_category.values() for fact in each[::every]]
    return [chosen[start : start + size] for start in range(0, len(chosen), size)]


def verdicts(asked: list[facts.Fact], patience: float = PATIENCE) -> dict[str, list[str]]:
    """What the judge says of calcgrad's answers, right, wrong and undecided, each with its facts."""
    lines = "".join(json.dumps(facts.question(fact, patience)) + "\n" for fact in asked)
    records = [json.loads(line) for line in ask("batch", stdin=lines).out.splitlines()]
    assert len(records) == len(asked)
    found: dict[str, list[str]] = {"right": [], "wrong": [], "undecided": []}
    for fact, record in zip(asked, records, strict=True):
        assert record["exit"] != 2, f"{fact}: {record}"
        found[facts.judge(fact, record)].append(f"{fact}\n    {record}")
    return found


SAMPLES = [*chunks(LIMITS, SAMPLE, CHUNK), *chunks(DERIVATIVES, SAMPLE, CHUNK)]


@pytest.mark.parametrize("chunk", range(len(SAMPLES)))
def test_no_answer_is_wrong(chunk: int) -> None:
    found = verdicts(SAMPLES[chunk])
    assert not found["wrong"], "\n".join(found["wrong"])
    # a time limit is no wrong answer, and a busy machine no bug: make corpus asserts how many are answered
    assert found["right"], "\n".join(found["undecided"])


@pytest.mark.corpus
@pytest.mark.parametrize("kind", ["limits", "derivatives"])
def test_whole_corpus(kind: str) -> None:
    asked = {"limits": LIMITS, "derivatives": DERIVATIVES}[kind]
    found = verdicts(asked, patience=10)
    assert not found["wrong"], "\n".join(found["wrong"])
    assert len(found["right"]) >= ANSWERED * len(asked), "\n".join(found["undecided"])


def test_the_corpus_is_large_and_every_fact_has_a_source() -> None:
    none = [fact for fact in LIMITS if fact["answer"] is None]
    kinds = [fact["category"] for fact in LIMITS]
    assert len(LIMITS) >= 400 and len(none) >= 100 and kinds.count("cancellation") >= 100
    assert kinds.count("steps") + kinds.count("pole") >= 60
    assert len(DERIVATIVES) >= 250 and sum(fact["answer"] is None for fact in DERIVATIVES) >= 60
    for every in (LIMITS, DERIVATIVES):
        assert all(fact["source"] and fact["category"] for fact in every)
        keys = [json.dumps(facts.question(fact), sort_keys=True) for fact in every]
        assert len(set(keys)) == len(keys)
        assert all(fact["answer"] is not None or fact["reason"] for fact in every)


def test_every_function_of_the_catalogue_is_in_a_derivative() -> None:
    from calcgrad.expression import catalogue
    from calcgrad.expression.parser import parse
    from calcgrad.expression.tree import Call, postorder

    asked = {
        node.function
        for fact in DERIVATIVES
        for node in postorder(parse(fact["expr"]).node)
        if isinstance(node, Call)
    }
    known = {row.name for row in catalogue.FUNCTIONS if not row.array}
    assert not known - asked


def test_the_judge_can_say_every_verdict() -> None:
    fact = {"expr": "sin(x)/x", "to": "0", "from": "both", "answer": "1"}
    good = {"exists": True, "value": "1", "evidence": "confirmed"}
    assert facts.judge(fact, good) == "right"
    assert facts.judge(fact, {**good, "value": "2"}) == "wrong"
    assert facts.judge(fact, {**good, "exists": False, "value": None, "reason": "sides-differ"}) == "wrong"
    assert facts.judge(fact, {**good, "exists": False, "value": None, "reason": "undecided"}) == "undecided"
    assert facts.judge(fact, {"error": {"code": "timeout"}}) == "undecided"
    corner = {"expr": "abs(x)", "at": {"x": "0"}, "var": "x", "order": 1,
              "answer": None, "reason": "corner", "left": "-1", "right": "1"}  # fmt: skip
    said = {"exists": False, "value": None, "reason": "corner", "left": "-1", "right": "1"}
    assert facts.judge(corner, said) == "right"
    assert facts.judge(corner, {**said, "left": "0"}) == "wrong"
    assert facts.judge(corner, {**said, "reason": "jump"}) == "wrong"
    assert facts.judge(corner, {**said, "exists": True, "value": "0"}) == "wrong"
    exact = {**corner, "answer": "1/3", "digits": 30}
    digits = {"exists": True, "value": "0." + 31 * "3"}
    assert facts.judge(exact, digits) == "right"
    assert facts.judge(exact, {**digits, "value": "0." + 20 * "3"}) == "wrong"
