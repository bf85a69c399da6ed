"""Every benchmark, or the ones named, as one table of measured ratios and their goals: ``make bench``.

    python benchmarks/run.py [--repeat N] [startup] [throughput] [derivations] [autodiff] [tables] [expansions]

A benchmark is a module here with ``rows(repeat)``, which yields ``measure.Row``. Numbers are shown, never
asserted: a busy machine is no bug.
"""

from __future__ import annotations

import argparse
import importlib
import sys

from measure import table

BENCHMARKS = ("startup", "throughput", "derivations", "autodiff", "tables", "expansions")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measured ratios, side by side in one run.")
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--repeat", type=int, default=15, help="rounds of A B A B (default 15)")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    rows = []
    try:
        for name in options.names or BENCHMARKS:
            for row in importlib.import_module(name).rows(options.repeat):
                print(f"{row.name}: {row.measured}", file=sys.stderr, flush=True)
                rows.append(row)
    finally:  # what was measured before an error is still worth seeing
        print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
