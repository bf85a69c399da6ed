"""Start-up: each command as a whole process, against a bare import of what it cannot do without.

python benchmarks/run.py startup
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measure import Row, calcgrad, importing, loaded, python, ratio

GOAL, SYMBOLIC = 1.3, 1.15  # what loads SymPy has the more to hide in
PLOTTER = ("typer", "numpy", "matplotlib.figure", "matplotlib.backends.backend_svg")


def rows(repeat: int) -> Iterator[Row]:
    grad = calcgrad("grad", "2*dot(x,x)", "--at", "x=[0,1,2,3]")
    with tempfile.TemporaryDirectory() as folder:
        plot = calcgrad("plot", "3*x**2-4*x", "--at", "1", "-o", str(Path(folder) / "tangent.svg"))
        cases = (
            ("--version", calcgrad("--version"), ("typer",)),
            ("--help", calcgrad("--help"), ("typer",)),
            ("diff --help", calcgrad("diff", "--help"), ("typer",)),
            ("grad", grad, ("typer", "numpy")),
            ("diff --at", calcgrad("diff", "3*x**2-4*x", "--at", "1"), ("typer", "sympy")),
            ("limit --to", calcgrad("limit", "sin(x)/x", "--to", "0"), ("typer", "sympy")),
            ("limit --at", calcgrad("limit", "3*x**2-4*x", "--at", "1"), ("typer", "sympy")),
            ("plot", plot, PLOTTER),
            ("import calcgrad", python("-c", "import calcgrad"), ("numpy",)),
        )
        yield _million(Path(folder) / "million.svg")
        script = Path(sys.executable).with_name("calcgrad")
        if script.exists():  # installed, as by make bench
            cases = (("--version, as calcgrad", [str(script), "--version"], ("typer",)), *cases)
        for name, ours, modules in cases:
            against = "import " + ", ".join(modules)
            goal = SYMBOLIC if "sympy" in modules else GOAL
            yield ratio(name, ours, importing(*modules), against, goal=goal, repeat=repeat)
        for name, command, never in (
            ("--version", calcgrad("--version"), {"numpy", "sympy", "matplotlib", "rich"}),
            ("--help", calcgrad("--help"), {"numpy", "sympy", "matplotlib", "rich"}),
            ("grad", grad, {"sympy", "matplotlib", "rich"}),
            ("plot", plot, {"sympy", "rich"}),
            ("import calcgrad", python("-c", "import calcgrad"), {"sympy", "matplotlib", "typer", "rich"}),
        ):
            found = loaded(command) & never
            yield Row(
                f"{name} loads none of",
                ", ".join(sorted(found)) or "none",
                "none",
                not found,
                ", ".join(sorted(never)),
            )


def _million(file: Path) -> Row:
    """A curve of a million samples: the path is thinned before it is written."""
    start = time.perf_counter()
    asked = calcgrad("plot", "sin(1/x)", "--points", "1000000", "-o", str(file))
    subprocess.run(asked, check=True, capture_output=True)
    seconds, size = time.perf_counter() - start, file.stat().st_size
    return Row(
        "plot --points 1000000", f"{seconds:.1f} s, {size / 1000:.0f} kB", "seconds, small",
        seconds < 10 and size < 200_000, "sin(1/x), as SVG",
    )  # fmt: skip
