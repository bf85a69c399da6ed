"""Functions with a known corner, jump, hole, cusp or join, in disguise: see ``adversarial.py``, which asks 2000."""

from __future__ import annotations

import itertools
from collections import Counter

import adversarial
import pytest
from test_corpus import verdicts

EACH, CHUNKS = 12, 5


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_disguises_are_seen_through(chunk: int) -> None:
    asked = list(itertools.islice(adversarial.facts(seed=2), EACH * chunk, EACH * (chunk + 1)))
    found = verdicts(asked)
    assert not found["wrong"], "\n".join(found["wrong"])
    assert len(found["right"]) >= EACH / 3, "\n".join(found["undecided"])  # a busy machine is no bug


def test_the_same_seed_makes_the_same_facts_and_every_kind_of_them() -> None:
    once, twice = (list(itertools.islice(adversarial.facts(seed=5), 60)) for _ in range(2))
    assert once == twice
    kinds = Counter(fact["category"] for fact in once)
    assert len(kinds) == 9
