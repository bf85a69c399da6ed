"""Tables: map against the best that is written by hand, whole processes in turns, with peak memory.

    python benchmarks/run.py tables --repeat 5
    ROWS=30000000 python benchmarks/run.py tables       # peak memory and linearity up to so many rows

With pyarrow installed its reader and writer are on both sides. Peak memory is the sum of what all processes of a
run have to themselves, and their share of what they have in common, looked at every 20 ms.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from measure import ENVIRONMENT, ROOT, Row, calcgrad, python

EXPRESSION = "exp(-x**2)*sin(y)"
MOST = int(os.environ.get("ROWS", 3_000_000))
ENV = {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}

COMPUTE = """
e = np.exp(-x**2); s = np.sin(y)
value = e*s; d_x = -2*x*value; d_y = e*np.cos(y)
"""
BY_HAND = f"""
import sys, numpy as np
with open(sys.argv[1]) as file, open(sys.argv[2], "w") as out:
    out.write(file.readline().rstrip() + ",value,d_x,d_y,reason\\n")
    while lines := file.readlines(1 << 22):
        x, y = np.loadtxt(lines, delimiter=",", unpack=True)
        {COMPUTE.strip().replace(chr(10), "; ")}
        texts = [map(repr, column.tolist()) for column in (value, d_x, d_y)]
        out.write("".join(["%s,%s,%s,%s,\\n" % row for row in zip(map(str.rstrip, lines), *texts)]))
"""
BY_PYARROW = f"""
import sys, numpy as np, pyarrow as pa, pyarrow.csv as csv
writer = None
for batch in csv.open_csv(sys.argv[1], csv.ReadOptions(block_size=1 << 22)):
    x, y = (column.to_numpy() for column in batch.columns)
    {COMPUTE.strip().replace(chr(10), "; ")}
    made = pa.record_batch([*batch.columns, value, d_x, d_y], names=["x", "y", "value", "d_x", "d_y"])
    writer = writer or csv.CSVWriter(sys.argv[2], made.schema)
    writer.write(made)
writer.close()
"""
LOOP = """
import sys, csv, sympy
x, y = sympy.symbols("x y")
f = sympy.exp(-x**2)*sympy.sin(y)
fs = [sympy.lambdify((x, y), each) for each in (f, f.diff(x), f.diff(y))]
with open(sys.argv[1]) as file, open(sys.argv[2], "w") as out:
    writer = csv.writer(out)
    for row in csv.DictReader(file):
        point = float(row["x"]), float(row["y"])
        writer.writerow([*row.values(), *(each(*point) for each in fs)])
"""


def table(path: Path, rows: int) -> None:
    import numpy as np

    rng = np.random.default_rng(1)
    with path.open("w") as file:
        file.write("x,y\n")
        for start in range(0, rows, 100_000):
            part = rng.normal(size=(min(100_000, rows - start), 2)).tolist()
            file.write("".join([f"{x!r},{y!r}\n" for x, y in part]))


def seconds(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run(command, env=ENV, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr.decode()}")
    return time.perf_counter() - begun


def ratio(ours: Sequence[str], theirs: Sequence[str], repeat: int) -> tuple[float, float, float]:
    """The median of the ratios of two commands in turn, and the medians of both."""
    times = [(seconds(ours), seconds(theirs)) for _ in range(repeat)]
    return (statistics.median(a / b for a, b in times), *(statistics.median(each) for each in zip(*times)))


def peak(command: Sequence[str]) -> tuple[float, float]:
    """MiB that a command and all below it have at once at most, and its seconds."""
    begun, most, over = time.perf_counter(), 0, threading.Event()
    process = subprocess.Popen(command, env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def look() -> None:
        nonlocal most
        while not over.wait(0.02):
            most = max(most, sum(_proportional(each) for each in _below(process.pid)))

    watcher = threading.Thread(target=look)
    watcher.start()
    process.wait()
    over.set()
    watcher.join()
    return most / 1024, time.perf_counter() - begun


def _below(number: int) -> list[int]:
    found = [number]
    try:
        for task in os.listdir(f"/proc/{number}/task"):
            children = Path(f"/proc/{number}/task/{task}/children").read_text().split()
            found += [each for child in children for each in _below(int(child))]
    except OSError:
        pass
    return found


def _proportional(number: int) -> int:
    try:
        for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def mapping(source: Path, target: Path, *more: str, expression: str = EXPRESSION) -> list[str]:
    return calcgrad("map", expression, "--over", str(source), "-o", str(target), "--quiet", *more)


def rows(repeat: int) -> Iterator[Row]:
    repeat = max(1, repeat // 5)
    arrow = find_spec("pyarrow") is not None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, out = folder / "points.csv", folder / "out.csv"
        table(source, 1_000_000)
        hand = python("-c", BY_PYARROW if arrow else BY_HAND, str(source), str(out))
        what = "pyarrow and NumPy" if arrow else "loadtxt, NumPy and repr"
        measured, ours, theirs = ratio(mapping(source, out), hand, repeat)
        detail = f"{ours:.2f} s against {theirs:.2f} s"
        yield Row(
            f"map: CSV, 1e6 rows, by hand with {what}", f"{measured:.2f}", "<= 1.30", measured <= 1.3, detail
        )
        small = folder / "small.csv"
        table(small, 50_000)
        loop = seconds(python("-c", LOOP, str(small), str(out))) / 50_000
        start = seconds(python("-c", "import sympy")) / 50_000
        faster = (loop - start) / (ours / 1e6)
        yield Row(
            "map: a loop over rows with lambdify",
            f"{faster:.0f}",
            ">= 20",
            faster >= 20,
            "times as long a row",
        )
        many = "+".join(f"sin(x)*cos({k}*x*y)" for k in range(2, 6))
        plain = seconds(mapping(source, out, expression=many))
        second = seconds(mapping(source, out, "--second", expression=many))
        yield Row("map: twice as many numbers a row", f"{second / plain:.2f}", "< 2.00", second < 2 * plain,
                  f"{plain:.2f} s with two partials, {second:.2f} s with three second ones too")  # fmt: skip
        for count in (10_000, 100_000, 1_000_000, 10_000_000, 30_000_000):
            if count <= MOST:
                table(source, count)
                space, taken = peak(mapping(source, out))
                yield Row(f"map: peak memory, CSV, {count:.0e} rows", f"{space:.0f} MiB", "< 300 MiB", space < 300,
                          f"{taken:.2f} s, {count / taken:.0f} rows a second")  # fmt: skip
        if arrow:
            yield from parquet(folder)
        if find_spec("distributed"):
            yield from cluster(folder)


def parquet(folder: Path) -> Iterator[Row]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    source, out = folder / "t.parquet", folder / "o.parquet"
    rng = np.random.default_rng(1)
    count = min(MOST, 10_000_000)
    schema = pa.schema([("x", pa.float64()), ("y", pa.float64())])
    with pq.ParquetWriter(source, schema) as writer:
        for _ in range(0, count, 1 << 18):
            writer.write_table(pa.table(dict(zip("xy", rng.normal(size=(2, 1 << 18)))), schema=schema))
    space, taken = peak(mapping(source, out))
    copy = "import sys, pyarrow.parquet as pq\np = pq.ParquetFile(sys.argv[1])\nw = None\n" + (
        "for i in range(p.num_row_groups):\n t = p.read_row_group(i)\n"
        " for n in 'abc': t = t.append_column(n, t['x'])\n"
        " w = w or pq.ParquetWriter(sys.argv[2], t.schema)\n w.write_table(t)\nw.close()"
    )
    moved = seconds(python("-c", copy, str(source), str(out)))
    yield Row(f"map: Parquet, {count:.0e} rows", f"{taken / moved:.2f}", "", True,
              f"{taken:.2f} s against {moved:.2f} s for as many columns copied; {space:.0f} MiB")  # fmt: skip


def cluster(folder: Path) -> Iterator[Row]:
    """A folder of tables on one Dask worker and on two, of a thread each."""
    import shutil

    from distributed import Client

    source = folder / "parts"
    source.mkdir()
    table(folder / "part.csv", 250_000)
    for index in range(8):
        shutil.copy(folder / "part.csv", source / f"{index}.csv")
    taken = {}
    for workers in (1, 2):
        line = ["--no-dashboard", "--scheduler-file", str(folder / f"{workers}.json")]
        kinds = [["scheduler", "--port", "0"], *[["worker", "--nthreads", "1"]] * workers]
        made = [
            subprocess.Popen(
                python("-m", f"distributed.cli.dask_{kind}", *words, *line),
                env=ENV,
                stderr=subprocess.DEVNULL,
            )
            for kind, *words in kinds
        ]
        try:
            while not Path(line[-1]).exists():
                time.sleep(0.1)
            with Client(scheduler_file=line[-1], set_as_default=False) as client:
                client.wait_for_workers(workers, timeout=60)
                address = client.scheduler.address
            command = mapping(source, folder / f"out{workers}", "--cluster", address)
            seconds(command)  # its workers load what they need
            taken[workers] = min(seconds(command) for _ in range(2))
        finally:
            for each in made:
                each.kill()
                each.wait()
    faster = taken[1] / taken[2]
    detail = f"8 files of 250,000 rows: {taken[1]:.2f} s and {taken[2]:.2f} s, on {os.cpu_count()} cores"
    yield Row("map: two Dask workers against one", f"{faster:.2f}", ">= 1.70", faster >= 1.7, detail)


if __name__ == "__main__":
    sys.exit("python benchmarks/run.py tables")
