"""How the tests ask: in this process, which is fast, or in one of its own, which is what users have."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

from calcgrad import cli

ROOT = Path(__file__).parent.parent


class Answer(NamedTuple):
    """What one run said, and how it ended."""

    out: str
    err: str
    code: int


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def ask(*words: str, stdin: str | bytes = "", terminal: bool = False) -> Answer:
    """``calcgrad words...`` in this process."""
    kind = Terminal if terminal else io.TextIOWrapper
    given = stdin.encode() if isinstance(stdin, str) else stdin
    streams = [io.TextIOWrapper(io.BytesIO(given), "utf-8"), *(kind(io.BytesIO(), "utf-8") for _ in "oe")]
    for stream in streams[1:]:
        stream.reconfigure(errors="backslashreplace", newline="\n")
    kept = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = streams
    try:
        code = cli._main(list(words))
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept
    shown = []
    for stream in streams[1:]:
        stream.flush()
        shown.append(stream.buffer.getvalue().decode())
    return Answer(shown[0], shown[1], code)


def spawn(*words: str, stdin: str | bytes = "", timeout: float = 60, **environment: str) -> Answer:
    """``python -m calcgrad words...`` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "calcgrad", *words],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=timeout,
        check=False,
    )
    return Answer(done.stdout.decode(), done.stderr.decode(), done.returncode)


# What a worker runs: questions in, answers out, and a record of everything it did to the system meanwhile.
_WORKER = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from asking import ask
done = []
watched = ("os.system", "subprocess.", "socket.", "shutil.", "os.remove", "os.rename", "os.exec", "os.fork", "pty.")
def watch(event, args):
    if event == "open" and any(each in str(args[1] or "r") for each in "wax+") or event.startswith(watched):
        done.append(f"{event} {args}"[:200])
sys.addaudithook(watch)
for line in sys.stdin:
    began = time.perf_counter()
    answer = ask(*json.loads(line)["words"], stdin=json.loads(line)["stdin"])
    print(json.dumps([*answer, time.perf_counter() - began, done]), flush=True)
    done.clear()
"""


class Deed(NamedTuple):
    """An answer, the seconds it took, and what was done to the system on the way."""

    out: str
    err: str
    code: int
    seconds: float
    deeds: list[str]


class Worker:
    """A process that answers many questions and is killed when one takes too long."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def ask(self, *words: str, stdin: str = "", patience: float = 20) -> Deed:
        if self.process is None:
            here = str(Path(__file__).parent)
            self.process = subprocess.Popen(
                [sys.executable, "-c", _WORKER, here],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            )  # fmt: skip
        assert self.process.stdin is not None and self.process.stdout is not None
        timer = threading.Timer(patience, self.process.kill)
        timer.start()
        try:
            self.process.stdin.write(json.dumps({"words": words, "stdin": stdin}).encode() + b"\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        finally:
            timer.cancel()
        if not line:
            self.stop()
            raise AssertionError(f"no answer within {patience} s")
        return Deed(*json.loads(line))

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None
