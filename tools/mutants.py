"""A sample of mutants of the modules that decide: how many do their tests kill?

    python tools/mutants.py              # 50 mutants of each module; the survivors with what was changed
    python tools/mutants.py rules 200

Cosmic Ray makes them (``pip install 'calcgrad[mutants]'``), in a copy of the repository. A sample is the same every
time as long as its module is. Survivors are looked at by hand: some are the same function (``==`` for ``is``), the
others want a test.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
# module: the tests that are about it, the quickest to fail first
MODULES = {
    "calculus/rules": "test_steps.py test_unknown_functions.py test_corpus.py",
    "calculus/points": "test_points.py test_corpus.py test_contract.py test_formulas.py",
    "calculus/limits": "test_limits.py test_corpus.py test_multiseries.py test_contract.py",
    "calculus/algebraic": "test_algebraic.py",
    "calculus/vanishing": "test_algebraic.py",
    "calculus/domains": "test_domains.py test_formulas.py",
    "autodiff/backward": "autodiff/test_variable.py autodiff/test_operators.py autodiff/test_functions.py "
    "autodiff/test_escapes.py",
}
PATIENCE = 240.0  # seconds for the tests of one mutant: one that hangs is killed


def sampled(session: Path, source: list[str], count: int) -> int:
    """Leave ``count`` mutants in a session, and say how many there were; those of annotations are none."""
    with sqlite3.connect(session) as database:
        found = {
            job: tuple(rest)
            for job, *rest in database.execute(
                "select job_id, operator_name, start_pos_row, start_pos_col, occurrence from mutation_specs"
            )
        }

        def is_annotation(operator: str, row: int, *_: int) -> bool:
            line = source[row - 1]
            return "BitOr" in operator and (": " in line or "->" in line)

        pool = sorted((job for job in found if not is_annotation(*found[job])), key=lambda job: found[job])
        kept = set(Random(1).sample(pool, min(count, len(pool))))
        for table in ("mutation_specs", "work_results", "work_items"):
            database.executemany(
                f"delete from {table} where job_id = ?", [(job,) for job in found if job not in kept]
            )
    return len(pool)


def try_out(module: str, tests: str, count: int, folder: Path, clone: Path) -> None:
    tool = Path(sys.executable).with_name("cosmic-ray")
    path = f"calcgrad/{module}.py"
    command = f"{sys.executable} -m pytest -q -x -p no:cacheprovider " + " ".join(
        f"tests/{each}" for each in tests.split()
    )
    config, session = folder / "mutants.toml", folder / "mutants.sqlite"
    session.unlink(missing_ok=True)
    config.write_text(
        f"[cosmic-ray]\nmodule-path = {json.dumps(path)}\ntimeout = {PATIENCE}\nexcluded-modules = []\n"
        f"test-command = {json.dumps(command)}\n[cosmic-ray.distributor]\nname = 'local'\n"
    )
    inside = {**os.environ, "PYTHONPATH": str(clone), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([tool, "init", config, session], cwd=clone, env=inside, check=True)
    there = sampled(session, (clone / path).read_text(encoding="utf-8").splitlines(), count)
    subprocess.run([tool, "exec", config, session], cwd=clone, env=inside, check=True)
    subprocess.run([tool.with_name("cr-report"), session, "--show-diff", "--surviving-only"], check=True)
    print(f"{module}: a sample of {min(count, there)} of {there} mutants\n", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("module", nargs="?", default="", help="a part of its name; all of them without it")
    options.add_argument("count", nargs="?", type=int, default=50, help="mutants of each module")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        clone = Path(name, "clone")
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        for module, tests in MODULES.items():
            if given.module in module:
                try_out(module, tests, given.count, Path(name), clone)


if __name__ == "__main__":
    main()
