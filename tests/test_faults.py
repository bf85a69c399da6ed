"""What a process must survive: closed streams, signals, files that are more than files, and work that ends it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asking import ROOT

from calcgrad import processes

Ask = Callable[..., Any]

pytestmark = pytest.mark.skipif(not processes.POSSIBLE, reason="a system without fork")


def shell(command: str, folder: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """A line of the shell, in which ``calcgrad`` is this one."""
    return subprocess.run(
        ["sh", "-c", f'calcgrad() {{ "{sys.executable}" -m calcgrad "$@"; }}; {command}'],
        capture_output=True, text=True, timeout=60, check=False, cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, **more,
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------- processes


def die(line: bytes) -> tuple[bytes, bool]:
    """What a worker makes of a line."""
    if line == b"abort":
        os.abort()
    if line == b"exit":
        os._exit(5)
    if line == b"late":
        PROMISE.instead(b"too late")
        PROMISE.end(time.monotonic() + 0.1)
        time.sleep(50)
    return str(os.getpid()).encode(), line == b"last"


PROMISE = processes.Promise()


def test_a_worker_outlives_whatever_ends_it() -> None:
    worker = processes.Worker(die, PROMISE)
    first = worker.ask(b"x" * 300_000)
    assert isinstance(first, bytes) and worker.ask(b"") == first != str(os.getpid()).encode()
    assert worker.ask(b"abort") == processes.Ended(signal=signal.SIGABRT)
    second = worker.ask(b"")
    assert isinstance(second, bytes) and second != first
    assert worker.ask(b"exit") == processes.Ended(code=5)
    assert worker.ask(b"late") == processes.Ended(late=True)
    assert PROMISE.said == b"too late"
    third = worker.ask(b"last")
    assert worker.ask(b"") != third  # it asked to be replaced
    worker.stop()


PROGRAMS = """
import ctypes, os, sys
def held(x):
    ctypes.PyDLL(None).sleep(50)
def aborted(x):
    os.abort()
def left(x):
    os._exit(7)
class Own(BaseException):
    pass
def own(x):
    raise Own("hm")
def exited(x):
    sys.exit(3)
def endless(x):
    return endless(x)
def complex_numbers(x):
    return 1j * x
"""

SAID = {
    "held": (3, "gave up after 0.3 s on held"),
    "aborted": (2, "the process that worked on this question ended with SIGABRT"),
    "left": (2, "the process that worked on this question ended with exit code 7"),
    "own": (2, "own raised Own: hm"),
    "exited": (2, "exited ended the program (SystemExit)"),
    "endless": (2, "endless calls itself without end"),
    "complex_numbers": (2, "complex_numbers returned complex numbers, not a number"),
}


def test_batch_answers_whatever_a_program_does(spawn: Ask, folder: Path) -> None:
    file = folder / "programs.py"
    file.write_text(PROGRAMS)
    ask = {"command": "grad", "py": str(file), "at": "1", "timeout": 0.3}
    lines = [json.dumps({**ask, "expr": name, "id": name}) for name in SAID]
    answer = spawn("batch", "--files", stdin="\n".join([*lines, '{"command":"diff","expr":"x","id":1e999}']))
    *found, last = answer.out.splitlines()
    for line, (name, (code, message)) in zip(map(json.loads, found), SAID.items(), strict=True):
        assert (line["id"], line["exit"], line["error"]["message"]) == (name, code, message)
    assert last == '{"command":"diff","expr":"x","var":["x"],"order":1,"derivative":"1","id":1e999,"exit":0}'
    assert answer.code == 2


@pytest.mark.parametrize("name", ["held", "aborted", "left"])
def test_a_command_says_how_it_ended(spawn: Ask, folder: Path, name: str) -> None:
    file = folder / "programs.py"
    file.write_text(PROGRAMS)
    answer = spawn("grad", name, "--py", str(file), "--at", "1", "--timeout", "0.3", "--json")
    code, message = SAID[name]
    assert (answer.code, json.loads(answer.out)["error"]["message"]) == (code, message)
    assert answer.err.startswith(f"error: {message}\n")


# ------------------------------------------------------------------------------------------------ streams


@pytest.mark.parametrize(("closed", "out", "err", "code"), [
    ("<&-", "2*x\n", "", 0),
    (">&-", "", "error: cannot write to stdout: Bad file descriptor\n", 2),
    ("2>&-", "2*x\n", "", 0),
    ("<&- >&- 2>&-", "", "", 2),
])  # fmt: skip
def test_closed_streams(folder: Path, closed: str, out: str, err: str, code: int) -> None:
    done = shell(f"calcgrad diff x^2 --raw {closed}", folder)
    assert (done.stdout, done.stderr, done.returncode) == (out, err, code)


def test_batch_with_closed_streams(folder: Path) -> None:
    done = shell("calcgrad batch <&-", folder)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    done = shell("""echo '{"command":"diff","expr":"x"}' | calcgrad batch >&-""", folder)
    assert (done.stderr, done.returncode) == ("error: cannot write to stdout: Bad file descriptor\n", 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_behind(folder: Path, number: signal.Signals) -> None:
    """While a file is being written, and then while a call into C holds the process."""
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("this run was asked to ignore it, as nohup asks of a hang-up, and so will what it starts")
    code = (
        "import calcgrad.files as files, os, time\n"
        "os.fsync = lambda number: (print('now', flush=True), time.sleep(50))\n"
        "from calcgrad import cli; cli.main(['plot', 'x', '-o', 'x.svg'])"
    )
    assert _ended_by(number, code, folder) == {
        signal.SIGINT: (130, "interrupted\n"), signal.SIGTERM: (-15, ""), signal.SIGHUP: (-1, ""),
    }[number]  # fmt: skip
    assert os.listdir(folder) == []


def test_a_signal_ends_what_does_not_listen(folder: Path) -> None:
    code = (
        "from calcgrad import cli, commands; import ctypes\n"
        "commands.diff = lambda *_, **__: (print('now', flush=True), ctypes.PyDLL(None).sleep(50))\n"
        "cli.main(['diff', 'x'])"
    )
    assert _ended_by(signal.SIGINT, code, folder) == (130, "interrupted\n")


def test_a_signal_ends_what_takes_its_time_over_it(folder: Path) -> None:
    code = (
        "from calcgrad import cli, commands; import time\n"
        "def late(*_, **__):\n"
        "    try:\n"
        "        print('now', flush=True); time.sleep(50)\n"
        "    finally:\n"
        "        cli._promise.end(float('inf')); time.sleep(50)\n"
        "commands.diff = late\n"
        "cli.main(['diff', 'x'])"
    )
    assert _ended_by(signal.SIGINT, code, folder) == (130, "interrupted\n")


def _ended_by(number: signal.Signals, code: str, folder: Path) -> tuple[int, str]:
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "now\n"
    process.send_signal(number)
    return process.wait(30), process.communicate()[1]


def test_an_interruption_while_modules_are_loaded_shows_no_traceback(folder: Path) -> None:
    code = (
        "import sys, time\n"
        "class Slow:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'calcgrad.cli':\n"
        "            print('now', flush=True); time.sleep(50)\n"
        "sys.meta_path.insert(0, Slow())\n"
        "from calcgrad.__main__ import main; main()"
    )
    assert _ended_by(signal.SIGINT, code, folder) == (-signal.SIGINT, "")


def test_nobody_is_left_behind_by_a_process_that_was_killed(folder: Path) -> None:
    code = (
        "from calcgrad import cli, commands; import os, time\n"
        "commands.diff = lambda *_, **__: (print('now', flush=True), time.sleep(50))\n"
        "cli.main(['diff', 'x', '--timeout', '60'])"
    )
    if sys.platform == "linux":
        assert _ended_by(signal.SIGKILL, code, folder) == (
            -signal.SIGKILL,
            "",
        )  # its pipes are closed at once


# -------------------------------------------------------------------------------------------------- files


def test_a_link_stays_one_and_its_file_is_written(ask: Ask, folder: Path) -> None:
    real, link = folder / "real.svg", folder / "link.svg"
    real.write_text("old")
    link.symlink_to(real.name)
    assert ask("plot", "x", "-o", str(link)).code == 0
    assert link.is_symlink() and real.read_text().startswith("<?xml")


def test_a_file_that_nobody_may_write_to_is_kept(ask: Ask, folder: Path) -> None:
    file = folder / "kept.svg"
    file.write_text("kept")
    file.chmod(0o444)
    answer = ask("plot", "x", "-o", str(file))
    assert (answer.code, file.read_text()) == (2, "kept")
    assert "Permission denied" in answer.err


# ---------------------------------------------------------------------------------------- internal errors


@pytest.mark.parametrize("words", [
    ("diff", "Piecewise 5"), ("diff", "Piecewise^2 x"), ("plot", "x", "--xlim", "0,1e-320"),
    ("plot", "x", "--ylim", "1e-310,1e-309"), ("diff", "x\nsin(x)"), ("diff", "2x\r\n(x+1)"),
])  # fmt: skip
def test_refused_with_a_reason(ask: Ask, words: tuple[str, ...]) -> None:
    answer = ask(*words)
    assert answer.code == 2 and "internal" not in answer.err and "hint: " in answer.err


def test_a_line_break_beside_an_operator_is_a_space(ask: Ask) -> None:
    assert ask("diff", "x^2\n  + 3*\n x\n", "--raw").out == "2*x + 3\n"


def test_a_backend_that_is_not_there_is_not_missed(spawn: Ask, folder: Path) -> None:
    answer = spawn("plot", "x", "-o", str(folder / "x.svg"), MPLBACKEND="module://nowhere")
    assert (answer.code, answer.err) == (0, f"wrote {folder / 'x.svg'}\n")


@pytest.mark.parametrize("count", [3, 20, 200])
@pytest.mark.parametrize("part", ["x < {}", "(x < {})", "x < {} & y > {}", "x == {}"])
@pytest.mark.parametrize("glue", ["|", " | ", " or "])
def test_many_alternatives_read_back(count: int, part: str, glue: str) -> None:
    from calcgrad.expression.parser import parse
    from calcgrad.expression.tree import text

    if part == "x < {} & y > {}" and count == 200:
        count = 150  # 200 levels of nesting are the most
    if count == 200:
        count = 190
    root = parse(f"where({glue.join(part.format(i, i) for i in range(count))}, |x|, 2)").node
    assert parse(text(root)).node == root


def test_both_sides_may_be_asked_for(ask: Ask) -> None:
    said = ask("limit", "abs(x)/x", "--to", "0", "--from", "both")
    assert said == ask("limit", "abs(x)/x", "--to", "0")
    line = '{"command":"limit","expr":"abs(x)/x","to":"0"%s}\n'
    both, plain = ask("batch", stdin=line % ',"from":"both"' + line % "").out.splitlines()
    assert both == plain


# ----------------------------------------------------------------------------------------------- waiting


@pytest.mark.parametrize(
    ("seconds", "timeout", "answer"), [(0.8, "10", "dy/dx = 6"), (50.0, "0.6", "gave up after 0.6 s")]
)
def test_somebody_at_a_terminal_hears_how_long_it_may_take(
    folder: Path, seconds: float, timeout: str, answer: str
) -> None:
    """The line is wiped out before the answer, whatever that is; without a terminal there is none."""
    import pty

    (folder / "slow.py").write_text(f"import time\ndef f(x):\n    time.sleep({seconds})\n    return x*x\n")
    code = (
        "import sys\nfrom calcgrad import cli, processes\nprocesses._QUIET = 0.1\n"
        f"cli.main(['grad', 'f', '--py', 'slow.py', '--at', 'x=3', '--timeout', '{timeout}'])"
    )
    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=follower, timeout=60,
        check=False, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"},
    )  # fmt: skip
    os.close(follower)
    said = os.read(leader, 65536).decode()
    os.close(leader)
    assert said.count("\r\x1b[Kstill at it, for ") >= 2
    assert "s at most: the value" in said
    rest = said.rpartition("at most: the value")[2]
    assert rest.startswith("\r\x1b[K")
    assert answer in done.stdout.decode() + rest


@pytest.mark.parametrize(
    "words",
    [
        (
            "diff",
            "[x^x, Piecewise((x^12345678901234567890, abs(170!)!=0), (2*x, True))]",
            "--curve",
            "--at",
            "pi/2",
        ),
        ("limit", "where(asin(sqrt(2))==a, (3/a)^2, abs(where(0.1>x, pi, a)))*a", "--to", "x=7,a=-pi"),
        ("limit", "(sign(2)*x - (Heaviside(1/0) - 1e8/1e-308))*y", "--to", "x=100,y=7"),
    ],
)
def test_what_sympy_cannot_work_with_is_no_bug_of_ours(ask: Ask, words: tuple[str, ...]) -> None:
    answer = ask(*words, "--timeout", "20")
    assert answer.code in (0, 1, 3) and "internal" not in answer.err
