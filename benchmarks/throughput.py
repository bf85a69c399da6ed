"""Throughput: how many questions a second one batch process answers, once it has started.

    python benchmarks/run.py throughput

The lines are all different: nothing is answered from a cache.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Iterator

from measure import ENVIRONMENT, ROOT, Row, calcgrad

GOAL = 200
TEMPLATES = (
    "{a}*x**{n} - {b}*x",
    "x**{n} + {a}*x + {b}",
    "sin({a}*x) + {b}",
    "{b}*cos(x) - x**{n}",
    "exp(-{a}*x)",
    "x*exp({a}*x)",
    "log(x + {b})",
    "x**{n}*sin(x)",
    "({a}*x + {b})**{n}",
    "x/(x**2 + {b})",
    "sqrt(x**2 + {b})",
    "1/(x + {a})",
    "tan(x/{b})",
    "atan({a}*x)",
    "x**{n}/{b}",
)


def questions(count: int) -> list[str]:
    """Simple derivatives, no two alike."""
    found = []
    for index in range(count):
        turn, which = divmod(index, len(TEMPLATES))
        expr = TEMPLATES[which].format(a=2 + turn, b=3 + 2 * turn, n=2 + turn % 7)
        found.append(json.dumps({"id": index, "command": "diff", "expr": expr}))
    return found


def per_second(lines: list[str], warm: int) -> float:
    """Lines a second after the first ``warm`` answers have come, all lines written up front."""
    with subprocess.Popen(
        calcgrad("batch"),
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for line in lines[:warm]:
            process.stdin.write(line + "\n")
        process.stdin.flush()
        for _ in range(warm):
            process.stdout.readline()
        begun = time.perf_counter()
        for line in lines[warm:]:  # a conversation: the next question after the last answer
            process.stdin.write(line + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            if answer["exit"] != 0:
                raise RuntimeError(f"batch answered {answer} to {line}")
        taken = time.perf_counter() - begun
        process.stdin.close()
    return (len(lines) - warm) / taken


def rows(repeat: int) -> Iterator[Row]:
    warm = len(TEMPLATES)
    lines = questions(warm + 300)
    speed = statistics.median(per_second(lines, warm) for _ in range(max(1, repeat // 5)))
    yield Row(
        "batch: diff lines a second",
        f"{speed:.0f}",
        f">= {GOAL}",
        speed >= GOAL,
        f"{len(lines) - warm} different lines, one at a time",
    )
