"""Derivations of random expressions of two hundred nodes: how long each takes, once the process has started.

python benchmarks/run.py derivations
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from random import Random

from measure import ENVIRONMENT, ROOT, Row, calcgrad

GOAL = 1.0
NODES = 200


def taken(lines: list[str]) -> list[float]:
    """Seconds for each line of a conversation with one process, after a first one that loads the libraries."""
    found: list[float] = []
    with subprocess.Popen(
        calcgrad("batch"), cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for line in ('{"command":"diff","expr":"x**2*sin(x)","steps":true}', *lines):
            begun = time.perf_counter()
            process.stdin.write(line + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            found.append(time.perf_counter() - begun)
            if "error" in answer and answer["error"]["code"] != "not-real":
                raise RuntimeError(f"batch answered {answer} to {line}")
        process.stdin.close()
    return found[1:]


def rows(repeat: int) -> Iterator[Row]:
    sys.path.insert(0, str(ROOT / "tests"))
    from large import STYLES, expression

    for name, style in STYLES.items():
        exprs = [expression(Random(f"{name} {seed}"), NODES, style) for seed in range(2 * repeat)]
        lines = [json.dumps({"command": "diff", "expr": each, "var": "x", "steps": True}) for each in exprs]
        times = sorted(taken(lines))
        yield Row(
            f"steps of {NODES} nodes, {name}",
            f"{times[-1]:.2f} s",
            f"<= {GOAL:.0f} s",
            times[-1] <= GOAL,
            f"the longest of {len(times)}; median {statistics.median(times):.2f} s",
        )
