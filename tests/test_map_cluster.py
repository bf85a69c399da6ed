"""map on a Dask cluster, where that is installed: the same bytes as on one machine, whatever is lost on the way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("distributed")
ROOT = Path(__file__).parent.parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s"}
FILES = 8
SLOW = "(1 - cos(x))/x**2"  # every row is computed anew, in many digits


def started(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def ask(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "calcgrad", "map", *words]
    return subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)


def files(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).glob("*.csv")}


def wait_for(what: Any) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler's address, and it and two workers."""
    from distributed import Client

    rng = np.random.default_rng(8)
    os.mkdir("in")
    for index in range(FILES):
        rows = "".join(f"{x!r}\n" for x in (rng.uniform(1, 2, 400) * 1e-4).tolist())
        Path(f"in/{index}.csv").write_text("x\n" + rows)
    line = ["--scheduler-file", "scheduler.json"]
    made = [started("dask_scheduler", "--port", "0", "--no-dashboard", *line)]
    made += [
        started("dask_worker", "--nthreads", "1", "--no-dashboard", "--no-nanny", *line) for _ in range(2)
    ]
    try:
        wait_for(lambda: os.path.exists("scheduler.json"))
        with Client(scheduler_file="scheduler.json", set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield address, made
    finally:
        for each in made:
            each.kill()
            each.wait()


def test_a_killed_worker_costs_time_only(cluster: Any) -> None:
    address, (_, worker, _) = cluster
    one = ask(SLOW, "--over", "in", "-o", "one")
    one.communicate(timeout=120)
    assert one.returncode == 0
    many = ask(SLOW, "--over", "in", "-o", "many", "--cluster", address)
    wait_for(lambda: len(files("many")) >= 1)
    worker.kill()
    said = many.communicate(timeout=120)[1]
    assert many.returncode == 0 and f"{FILES} files, {FILES * 400} rows" in said
    assert files("many") == files("one") and len(files("one")) == FILES


def test_a_lost_scheduler_is_an_error_and_whole_files_are_kept(cluster: Any) -> None:
    address, (scheduler, *_) = cluster
    many = ask(SLOW, "--over", "in", "-o", "many", "--cluster", address)
    wait_for(lambda: len(files("many")) >= 2)
    scheduler.kill()
    said = many.communicate(timeout=120)[1]
    assert many.returncode == 3 and said.startswith("error: the Dask scheduler went away")
    assert "Traceback" not in said
    kept = files("many")
    assert len(kept) > 1
    rest = ask(SLOW, "--over", "in", "-o", "many", "--resume")
    assert "were there already" in rest.communicate(timeout=120)[1] and rest.returncode == 0
    made = files("many")
    assert len(made) == FILES and all(made[name] == each for name, each in kept.items())
    none = ask("x", "--over", "in", "-o", "none", "--cluster", address)
    assert none.communicate(timeout=60)[1].startswith("error: no Dask scheduler answers at tcp://")
    assert none.returncode == 2


def test_a_malformed_row_is_named_by_its_worker(cluster: Any) -> None:
    address, _ = cluster
    Path("in/3.csv").write_text("x\n1\nzz\n")
    many = ask("x**2", "--over", "in", "-o", "many", "--cluster", address)
    said = many.communicate(timeout=60)[1]
    assert many.returncode == 2 and "3.csv, line 3, column x: 'zz' is not a number" in said
    assert "3.csv" not in files("many")
