"""Side-by-side timing of whole processes: A B A B in one run, medians, and the ratio of the two.

    measure.ratio("grad", calcgrad("grad", ...), importing("typer", "numpy"), "import typer, numpy", ...)

Absolute times differ between machines, and on one machine from minute to minute; a ratio of two
processes that took turns does not.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# As installed: with its bytecode on disk, and nothing of this shell's settings for Python.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, what came out, and what it should be."""

    name: str
    measured: str
    goal: str
    met: bool
    detail: str = ""


def python(*words: str) -> list[str]:
    return [sys.executable, *words]


def calcgrad(*words: str) -> list[str]:
    return python("-m", "calcgrad", *words)


def importing(*modules: str) -> list[str]:
    return python("-c", f"import {', '.join(modules)}")


def seconds(command: Sequence[str]) -> float:
    """How long one process takes from start to exit; a process that fails is an error."""
    begun = time.perf_counter()
    done = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    taken = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.decode()}")
    return taken


def rounds(commands: Sequence[Sequence[str]], repeat: int) -> list[list[float]]:
    """The times of commands that take turns, ``repeat`` times, after one round that warms the caches."""
    for command in commands:
        seconds(command)
    return [[seconds(command) for command in commands] for _ in range(repeat)]


def ratio(
    name: str, ours: Sequence[str], theirs: Sequence[str], against: str, *, goal: float, repeat: int
) -> Row:
    """``ours`` against ``theirs``: the median of the ratios, each of two neighbours in time."""
    times = rounds([ours, theirs], repeat)
    mine, other = (statistics.median(each) for each in zip(*times, strict=True))
    measured = statistics.median(one / two for one, two in times)
    return Row(
        name,
        f"{measured:.2f}",
        f"<= {goal:.2f}",
        measured <= goal,
        f"{1000 * mine:.0f} ms against {1000 * other:.0f} ms for {against}",
    )


def loaded(command: Sequence[str]) -> set[str]:
    """The top-level modules that a Python command imports."""
    timed = [command[0], "-X", "importtime", *command[1:]]
    done = subprocess.run(
        timed, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    lines = (line for line in done.stderr.decode().splitlines() if line.startswith("import time:"))
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in lines}


def table(rows: Sequence[Row]) -> str:
    """Rows as aligned text."""
    cells = [("measurement", "measured", "goal", "", "medians")]
    cells += [(row.name, row.measured, row.goal, "met" if row.met else "MISSED", row.detail) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )
