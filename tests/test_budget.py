"""A time limit that ran out leaves the process as it was: nothing is still on its way, and nothing is slower."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from asking import ROOT, spawn

from calcgrad import budget
from calcgrad.budget import attempt, doing, within
from calcgrad.errors import MemoryUp, TimeUp

Ask = Callable[..., Any]

SHORT = 0.06


def spin() -> None:
    while True:
        pass


def test_it_ends_what_takes_too_long() -> None:
    with pytest.raises(TimeUp):
        within(SHORT, spin)


def test_none_is_no_limit_and_what_is_done_in_time_is_let_be() -> None:
    assert within(None, lambda: 1) == 1
    assert within(SHORT, lambda: 2) == 2
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

    with pytest.raises(TimeUp):
        within(SHORT, stubborn)
    assert swallowed == 2


def test_who_waits_hears_what_is_being_done() -> None:
    heard: list[str] = []

    def work() -> None:
        with doing("one thing"), doing("a part of it"):
            pass
        with doing("another"):
            pass

    within(60, work, lambda end, what: heard.append(what))
    assert heard == ["", "one thing", "a part of it", "one thing", "", "another", "", ""]
    work()  # without a limit nobody waits


def test_the_inner_of_two_limits_leaves_the_outer_one_standing() -> None:
    inner: list[bool] = []

    def work() -> None:
        try:
            within(SHORT, spin)
        except TimeUp:
            inner.append(True)
        spin()

    with pytest.raises(TimeUp):
        within(3 * SHORT, work)
    assert inner == [True]


def test_nothing_is_left_of_limits_that_ran_out_while_others_began() -> None:
    before = threading.active_count()

    def begin_others() -> None:
        while True:
            within(SHORT, int)

    for _ in range(10):
        with pytest.raises(TimeUp):
            within(SHORT, begin_others)
    time.sleep(3 * SHORT)
    assert threading.active_count() <= before


def test_it_holds_in_a_thread_that_is_not_the_main_one() -> None:
    ended: list[bool] = []

    def work() -> None:
        try:
            within(SHORT, spin)
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
from calcgrad.budget import within
from calcgrad.errors import TimeUp
def work(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
ended = finished = 0
while ended < 20 or finished < 5:
    try:
        within(0.05, lambda: work(random.random() / 5))
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


def test_an_attempt_has_its_part_of_the_time_and_leaves_the_rest() -> None:
    assert within(60, lambda: (attempt(lambda: 1, 0.5), attempt(spin, SHORT / 60))) == (1, None)
    assert attempt(lambda: 2, 0.5) == 2  # without a limit there is nothing to share
    with pytest.raises(TimeUp):
        within(SHORT, lambda: attempt(spin, 5))


def test_a_part_is_of_the_processors_time() -> None:
    """A machine that is busy with something else does not change an answer."""
    if hasattr(time, "pthread_getcpuclockid"):
        assert within(60, lambda: attempt(lambda: time.sleep(3 * SHORT) or 1, SHORT / 60)) == 1
    assert within(60, lambda: attempt(spin, SHORT / 60, clock=True)) is None


def hoard() -> None:
    kept = []
    while True:
        kept.append(bytearray(10**6))


def test_memory_is_a_limit_too(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    from calcgrad import commands

    if not budget.memory():
        pytest.skip("the system does not tell")
    monkeypatch.setattr(budget, "_most_memory", lambda: 2 * 10**8)
    with pytest.raises(MemoryUp):
        within(60, hoard)
    assert within(60, lambda: (attempt(hoard, 0.9), 1)) == (None, 1)
    monkeypatch.setattr(commands, "diff", lambda *_, **__: hoard())
    answer = ask("batch", stdin='{"command":"diff","expr":"x"}\n')
    error = json.loads(answer.out)
    assert (error["error"]["code"], error["exit"]) == ("too-large", 3)


_LOADED = """
import sys
sys.path.insert(0, "")
from calcgrad.budget import within
from calcgrad.errors import TimeUp
def work():
    import sympy
    while True:
        pass
try:
    within(0.02, work)
except TimeUp:
    import sympy
    x = sympy.Symbol("x")
    print(sympy.limit(sympy.sin(x) / x, x, 0))
"""


def test_a_module_that_is_being_loaded_is_loaded_whole() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], cwd=ROOT, capture_output=True, timeout=60, check=True
    )
    assert done.stdout == b"1\n"


def test_a_module_that_asks_while_it_is_loaded_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "asks_when_loaded.py").write_text(
        "from calcgrad.budget import within\n\nwithin(0.06, lambda: [None for _ in iter(int, 1)])\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TimeUp):
        __import__("asks_when_loaded")


def test_what_took_too_long_is_named_by_the_innermost() -> None:
    def work() -> None:
        with doing("all of it"), doing("a part"):
            spin()

    with pytest.raises(TimeUp) as up:
        within(SHORT, work)
    assert up.value.args == ("a part",)


def test_somebody_outside_hears_when_the_time_will_be_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "slow_to_find.py").write_text("import time\ntime.sleep(0.4)\n")
    monkeypatch.syspath_prepend(str(folder))
    heard: list[float] = []

    def hear(end: float, what: str) -> None:
        heard.append(end)

    def work() -> None:
        assert within(10, lambda: heard[0]) - time.monotonic() == pytest.approx(SHORT, abs=0.05)
        import slow_to_find  # type: ignore[import-not-found]  # noqa: F401

        time.sleep(0.2)

    with pytest.raises(TimeUp):
        within(SHORT, work, hear)
    assert heard[-1] == float("inf")
    assert 0.2 < heard[-2] - heard[0] < 1  # what is spent on loading modules is not counted


def test_what_was_found_before_the_time_was_up_is_shown(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    from calcgrad.calculus import points

    monkeypatch.setattr(points, "at_point", lambda *_: spin())
    answer = ask("diff", "x**3", "--at", "2", "--timeout", "0.5")
    assert answer.code == 3
    assert answer.out.splitlines()[1:] == [
        "f'(x) = 3*x**2", "f'(2) is undecided: its value was not found in time",
    ]  # fmt: skip


def test_writing_out_the_answer_is_limited_too(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    from calcgrad import render

    monkeypatch.setattr(render, "lines", lambda *_, **__: spin())
    answer = ask("diff", "x**3", "--timeout", "0.1")
    assert (answer.out, answer.code) == ("", 3)
    assert answer.err.startswith("error: gave up after 0.1 s on x**3: writing out the answer\n")


def test_batch_goes_on_after_a_line_that_took_too_long(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    from calcgrad.calculus import formulas
    from calcgrad.expression.tree import Name

    kept = formulas.formula
    monkeypatch.setattr(
        formulas, "formula", lambda root, *rest: kept(root, *rest) if isinstance(root, Name) else spin()
    )
    lines = '{"command":"diff","expr":"%s","timeout":0.1}\n{"command":"diff","expr":"x"}\n'
    slow, quick = map(json.loads, ask("batch", stdin=lines % "x*sin(x)*exp(x)").out.splitlines())
    assert slow["error"]["message"] == "gave up after 0.1 s on x*sin(x)*exp(x): the derivative"
    assert (quick["derivative"], quick["exit"]) == ("1", 0)


def test_a_process_held_by_c_ends_in_time_all_the_same() -> None:
    """No other thread runs meanwhile: it is ended from outside."""
    done = subprocess.run(
        [sys.executable, "-c", _HELD], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("", 3)
    assert done.stderr.startswith("error: gave up after 0.1 s on x\n")


_HELD = """
import ctypes
from calcgrad import cli, commands
commands.diff = lambda *_, **__: ctypes.PyDLL(None).sleep(50)
cli.main(["diff", "x", "--timeout", "0.1"])
"""


def test_no_module_is_cut_off_while_it_is_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "slow_to_load.py").write_text(
        "import time\nend = time.monotonic() + 0.4\nwhile time.monotonic() < end:\n    pass\nwhole = True\n"
    )
    monkeypatch.syspath_prepend(str(folder))

    def work() -> None:
        import slow_to_load  # type: ignore[import-not-found]

        assert slow_to_load.whole
        spin()

    with pytest.raises(TimeUp):
        within(SHORT, work)
    assert sys.modules["slow_to_load"].whole


def test_the_watchdog_outlives_limits_that_come_and_go_while_it_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(budget, "_LOOK", 0.0)
    died: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def come_and_go() -> None:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            attempt(lambda: attempt(lambda: None, 0.5), 0.5)

    try:
        within(60, come_and_go)
    finally:
        sys.setswitchinterval(before)
    assert not died


HARD = [
    {"command": "diff", "expr": "where(x==0, 1/2, (exp(x)-1-x)/x^2)", "at": "0", "steps": True},
    {"command": "limit", "expr": "where(x==0, 1/2, (exp(x)-1-x)/x^2)", "to": "0", "steps": True},
    {"command": "diff", "expr": "abs(x^5-3*x+1)*sqrt(x^2-2)"},
    {"command": "limit", "expr": "(zeta(x)-zeta(2))/(x-2)", "to": "2"},
    {"command": "check", "expr": "abs(sin(x))", "claim": "sign(sin(x))*cos(x)"},
]


def test_an_answer_depends_neither_on_the_timeout_nor_on_what_the_machine_does_besides() -> None:
    """Methods that have a part of the time each come to the same bytes in 30 seconds and in 1000, under load too."""

    def answers(*timeouts: int) -> list[str]:
        lines = (json.dumps(each | {"timeout": timeout}) for each, timeout in zip(HARD, cycle(timeouts)))
        return spawn("batch", stdin="\n".join(lines), timeout=200).out.splitlines()

    calm = answers(60)
    assert len(calm) == len(HARD) and not any("timeout" in each or '"error":{' in each for each in calm)
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        assert answers(30, 1000) == calm
    finally:
        busy.kill()
        busy.wait()


def test_an_answer_of_which_a_part_was_cut_says_so(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    """Another machine may have the time for it: without a word the same question would have two answers."""
    from calcgrad.calculus import formulas

    words = ("diff", "x*abs(x)", "--timeout", "2")
    assert ask(*words) == ("f(x) = x*abs(x)\nf'(x) = 2*abs(x)\n", "", 0)
    monkeypatch.setattr(formulas._Proof, "of", lambda *_: spin())
    monkeypatch.setattr(formulas, "_at_place", lambda *_: (attempt(spin, 0.1) or "", None))
    answer = ask(*words)
    assert answer.err == "note: a part of this was cut for lack of time; --timeout 12 allows more\n"
    assert ask(*words, "--raw").err == answer.err
    assert json.loads(ask(*words, "--json").out)["cut"] is True
