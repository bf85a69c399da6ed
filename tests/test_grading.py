"""What students write, graded: none wrong. ``python tests/grading.py 500`` asks all of it, and made-up ones."""

from __future__ import annotations

import pytest
from grading import Pair, judged, made, pairs


def test_there_are_hundreds_of_them() -> None:
    assert len(set(pairs())) > 650 and sum(not each.equal for each in pairs()) >= 100


_ASSUMED = [each for each in pairs() if each.assumed]


@pytest.mark.parametrize("pair", [*pairs()[::71], *_ASSUMED[::9], *made(6, 1)], ids=str)
def test_grading(pair: Pair) -> None:
    assert judged(pair) == "right"
