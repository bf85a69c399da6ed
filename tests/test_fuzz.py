"""A small share of ``fuzz.py``, which asks without end: nothing may go wrong, whatever the answer is."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import fuzz
import pytest

from calcgrad import batch

COUNT = 20


@pytest.mark.parametrize("seed", [11, 12])
def test_whatever_is_asked_there_is_an_answer(seed: int) -> None:
    found = list(fuzz.ask(islice(fuzz.questions(seed), COUNT), processes=1, again=25))
    assert not found, "\n".join(
        f"{kind}: {json.dumps(question)}\n    {what}" for kind, question, what in found
    )


RARE = (Path(__file__).parent / "corpus" / "rare.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("start", range(0, len(RARE), 20))
def test_ways_that_are_rarely_taken(start: int) -> None:
    """Made-up questions that led where none of thousands before them did."""
    for line in RARE[start : start + 20]:
        answered, _ = batch.answer(line.encode(), files=False)
        found = list(fuzz.faults(json.loads(line), fuzz.Answer(answered, 0, 0)))
        assert not found, (line, found)


def test_the_same_seed_asks_the_same_and_every_command_is_asked() -> None:
    once, twice = (list(islice(fuzz.questions(5), 100)) for _ in "ab")
    assert once == twice
    assert {question["command"] for question in once} == {"diff", "limit", "grad", "check", "series", "study"}


# What the truth of the fuzzer must see: each is an answer that is wrong in one way.
WRONG = {
    "internal": {"error": {"code": "internal", "message": "internal error"}},
    "echo": {"expr": "x+x"},
    "float": {"expr": "x", "value": "sqrt(2)", "float": 1.4142135623730954},
    "derivative": {
        "expr": "x**2", "var": ["x"], "order": 1, "at": {"x": "3"}, "exists": True, "value": "7", "float": 7.0,
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_the_fuzzer_sees_what_is_wrong(kind: str) -> None:
    question = {"command": "diff", "expr": WRONG[kind].get("expr", "x"), "timeout": 1}
    answer = fuzz.Answer(json.dumps(WRONG[kind]), 0, 0)
    assert [each for each, _ in fuzz.faults(question, answer)] == [kind]
    late = fuzz.Answer('{"expr":"x"}', 9, 9_999, "Traceback")
    assert [each for each, _ in fuzz.faults({**question, "expr": "x"}, late)] == ["stderr", "late", "memory"]
    assert [each for each, _ in fuzz.faults(question, fuzz.Answer(None, 40, 0, "hang"))] == ["hang"]
