"""A time limit that ran out leaves the process as it was: nothing is still on its way, and nothing is slower."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest
from asking import ROOT

from calcgrad.budget import time_limit
from calcgrad.errors import TimeUp

SHORT = 0.02


def spin() -> None:
    while True:
        pass


def test_it_ends_what_takes_too_long() -> None:
    with pytest.raises(TimeUp), time_limit(SHORT):
        spin()


def test_none_is_no_limit_and_what_is_done_in_time_is_let_be() -> None:
    with time_limit(None):
        pass
    with time_limit(SHORT):
        pass
    time.sleep(3 * SHORT)  # nothing arrives late


def test_what_swallows_it_is_ended_all_the_same() -> None:
    swallowed = 0

    def stubborn() -> None:
        nonlocal swallowed
        while swallowed < 2:
            try:
                spin()
            except TimeUp:
                swallowed += 1
        spin()

    with pytest.raises(TimeUp), time_limit(SHORT):
        stubborn()
    assert swallowed == 2


def test_the_inner_of_two_limits_leaves_the_outer_one_standing() -> None:
    with pytest.raises(TimeUp), time_limit(3 * SHORT):
        with pytest.raises(TimeUp), time_limit(SHORT):
            spin()
        spin()


def test_nothing_is_left_of_limits_that_ran_out_while_others_began() -> None:
    before = threading.active_count()

    def begin_others() -> None:
        while True:
            with time_limit(SHORT):
                pass

    for _ in range(10):
        with pytest.raises(TimeUp), time_limit(SHORT):
            begin_others()
    time.sleep(5 * SHORT)
    assert threading.active_count() == before


def test_it_holds_in_a_thread_that_is_not_the_main_one() -> None:
    ended: list[bool] = []

    def work() -> None:
        try:
            with time_limit(SHORT):
                spin()
        except TimeUp:
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [True]


# CPython 3.11 checks for an asynchronous exception whenever it was told of one, also when that was called back;
# under a tracer (a profiler, a coverage tool, Hypothesis) it then checks for ever. In a process of its own,
# because there a failure is a hang.
_TRACED = """
import random, sys, time
from calcgrad.budget import time_limit
from calcgrad.errors import TimeUp
def work(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
ended = finished = 0
while ended < 20 or finished < 5:
    try:
        with time_limit(0.005):
            work(random.random() / 50)
        finished += 1
    except TimeUp:
        ended += 1
sys.settrace(lambda *event: None)
work(0.01)
print("done")
"""


def test_code_under_a_tracer_still_ends_after_limits_that_ran_out() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TRACED], cwd=ROOT, capture_output=True, timeout=60, check=True
    )
    assert done.stdout == b"done\n"
