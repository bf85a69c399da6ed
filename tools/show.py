"""Run the main job and show each command above its real output: what `make run` prints."""

from __future__ import annotations

import shlex
import subprocess
import sys

COMMANDS = (
    'diff "3*x**2-4*x" --at 1',
    'limit "3*x**2-4*x" --at 1',
    'grad "2*dot(x,x)" --at "x=[0,1,2,3]"',
    'plot "3*x**2-4*x" --at 1 -o tangent.svg',
)


def main(program: str) -> int:
    worst = 0
    for command in COMMANDS:
        print(f"$ calcgrad {command}", flush=True)
        worst = max(worst, subprocess.run([program, *shlex.split(command)], check=False).returncode)
        print(flush=True)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
