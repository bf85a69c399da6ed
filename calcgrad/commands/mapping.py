"""map over files: one table or many, to a file, a folder or a stream.

map_table(["x**2*y"], over="points.csv", file="out.csv").rows         # 1000000
"""

from __future__ import annotations

import hashlib
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from calcgrad import files, results
from calcgrad.commands.maps import Question, Rows, question
from calcgrad.errors import FileError, UsageError
from calcgrad.parts.values import DIGITS, check_digits, silent
from calcgrad.questions import Note
from calcgrad.tables import formats, partitions, runs, storage
from calcgrad.tables.cells import REAL, TEXT, TRUTH, WHOLE, Cells, Kinds, Retyped, kind, text, typed
from calcgrad.version import __version__

_HOLDS = {TRUTH: "truth values", WHOLE: "whole numbers", REAL: "numbers", TEXT: "texts"}
_EVERY = 0.2  # seconds between two reports of progress


def map_table(
    expressions: Sequence[str],
    *,
    over: str | None = None,
    file: str = "-",
    rename: Iterable[str] = (),
    wrt: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    second: bool = False,
    py: str | None = None,
    delimiter: str | None = None,
    sample: int | None = None,
    strict: bool = False,
    resume: bool = False,
    cluster: str | None = None,
    digits: int = DIGITS,
    stdin: Any = None,
    stdout: Any = None,
    note: Note = silent,
    progress: Callable[[str], None] = silent,
) -> results.Mapped:
    """Value and partial derivatives of each expression at every row of a table, written to ``file``.

    ``sample`` shows so many rows instead. ``strict`` takes no gap. ``cluster`` is a Dask scheduler's address.
    """
    if over is None:
        raise UsageError("map needs a table", hint="--over points.csv", code="option")
    if digits > 17:
        raise UsageError(
            "map computes in float64: at most 17 digits", hint="diff --at computes more", code="digits"
        )
    check_digits(digits)
    asked = question(expressions, wrt=wrt, let=let, rename=rename, second=second, py=py, delimiter=delimiter)
    parts = partitions.partitions(over, file)
    if sample is not None:
        if sample < 1:
            raise UsageError("--sample must be at least 1", hint="--sample 10")
        if file != "-" or strict or resume or cluster:
            raise UsageError(
                "--sample shows rows, and writes none",
                hint="leave out -o, --strict, --resume and --cluster, or --sample",
            )
        return _sample(asked, [over] if parts is None else [path for path, _ in parts], sample, stdin, note)
    if parts is not None or cluster is not None:
        if parts is None:
            raise UsageError("--cluster takes a folder or a pattern of tables", hint="one file is one task")
        if file == "-":
            raise UsageError("many tables go to a folder", hint="-o FOLDER")
        return _many(asked, parts, file, strict, resume, cluster, note, progress)
    if resume:
        raise UsageError("--resume is for a folder of tables", hint="one file is written whole or not at all")
    kinds = Kinds()
    while True:
        with _opened(asked, over, stdin, note) as (source, rows):
            report = _Progress(source, progress)
            if file == "-" and strict:
                return _held(source, rows, stdout, report)
            try:
                with formats.target(file, source, stdout, kinds) as made:
                    summary = runs.run(source, made, rows, strict=strict, progress=report)
                return _result(rows.expressions, file, summary)
            except Retyped as wider:  # once more, with a type that keeps all cells
                if over == "-":
                    raise FileError(
                        f"column {wider.column} holds {_HOLDS[kinds[wider.column]]} at first and others later",
                        hint="--over FILE is read twice; -o out.csv needs no types",
                    ) from None
                kinds[wider.column], note = wider.kind, silent


@contextmanager
def _opened(asked: Question, path: str, stdin: Any, note: Note) -> Iterator[tuple[Any, Rows]]:
    with closing(formats.opened(path, fast(), stdin, asked.delimiter)) as source:
        yield source, Rows(asked, source.names, source.shown, note)


def fast() -> bool:
    """Whether pyarrow is here to read and write the numbers of CSV."""
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None


def one(asked: Question, path: str, target: str, strict: bool, workers: int = 0) -> runs.Summary:
    """One file of many: what a worker of a cluster does, too."""
    with _opened(asked, path, None, silent) as (source, rows), formats.target(target, source) as made:
        return runs.run(source, made, rows, strict=strict, workers=workers)


def _held(source: Any, rows: Rows, stdout: Any, report: _Progress) -> results.Mapped:
    """Rows that reach stdout only if there is no gap among them."""
    with tempfile.TemporaryFile() as stream:
        made = formats.Target(stream, source.kind, source)
        summary = runs.run(source, made, rows, strict=True, progress=report)
        stream.seek(0)
        shutil.copyfileobj(stream, stdout)
    return _result(rows.expressions, "-", summary)


def _many(
    asked: Question,
    parts: Sequence[tuple[str, str]],
    folder: str,
    strict: bool,
    resume: bool,
    cluster: str | None,
    note: Note,
    progress: Callable[[str], None],
) -> results.Mapped:
    with _opened(asked, parts[0][0], None, note) as (_, rows):
        pass  # what is wrong with the question is said before all work
    code = "" if asked.py is None else hashlib.sha256(files.read_text(asked.py).encode()).hexdigest()
    for path, part in parts:
        if storage.same(path, storage.join(folder, part)):
            raise UsageError(f"{path} would be its own result", hint="-o another folder")
    log = partitions.Log(folder, {"calcgrad": __version__, **asdict(asked), "code": code}, resume)
    total, left, states = runs.Summary(), [], {}
    for path, part in parts:
        states[part] = storage.state(path)
        known = log.known(path, part)
        if known is None:
            left.append((path, part))
            storage.make_folder(os.path.dirname(log.target(part)))
        else:
            total.add(known.rows, known.reasons)
    done = len(parts) - len(left)
    if done:
        note(f"{done} of {len(parts)} files were there already")

    def finished(part: str, summary: runs.Summary) -> None:
        nonlocal done
        log.done(part, summary, states[part])
        total.add(summary.rows, summary.reasons)
        done += 1
        progress(f"{done} of {len(parts)} files, {total.rows} rows")

    if cluster is not None:
        from calcgrad.tables import cluster as dask

        jobs = [(storage.absolute(path), storage.absolute(log.target(part)), part) for path, part in left]
        if asked.py is not None:
            asked = replace(asked, py=storage.absolute(asked.py))
        dask.run(one, asked, jobs, cluster, strict, finished)
    else:
        for path, part in left:
            finished(part, one(asked, path, log.target(part), strict))
    progress("")
    return _result(rows.expressions, folder, total, len(parts))


def _result(expressions: Sequence[str], file: str, summary: runs.Summary, parts: int = 0) -> results.Mapped:
    return results.Mapped(tuple(expressions), file, summary.rows, summary.ordered(), parts)


class _Progress:
    """Says how far a run is: rows, rate and the time that is left, where that is known."""

    def __init__(self, source: Any, say: Callable[[str], None]) -> None:
        self.source, self.say = source, say
        self.begun = self.last = time.monotonic()

    def __call__(self, rows: int, size: int) -> None:
        now = time.monotonic()
        if now - self.last < _EVERY:
            return
        self.last = now
        taken = now - self.begun
        part = 0.0
        if self.source.size:
            part = self.source.stream.tell() / self.source.size
        elif getattr(self.source, "rows", 0):
            part = rows / self.source.rows
        left = f", {taken * (1 - part) / part:.0f} s left" if part else ""
        self.say(f"{rows} rows, {rows / taken:.0f} a second{left}")


def _sample(asked: Question, over: Sequence[str], count: int, stdin: Any, note: Note) -> results.Mapped:
    """The first rows, as a table to look at."""
    summary, heads = runs.Summary(), list[str]()
    lines: list[tuple[Any, ...]] = []
    for path in over:
        with _opened(asked, path, stdin, silent if heads else note) as (source, rows):
            source.codec.results = list(rows.results)
            heads = heads or [*source.names, *rows.results]
            if heads != [*source.names, *rows.results]:
                note(f"{path} has other columns than {over[0]}")
                break
            for batch, line in source.batches():
                with runs.placed(batch, line, source):
                    records, columns = source.codec.read(batch, rows.needed)
                    table = source.codec.table(records)
                many = min(count - summary.rows, runs.length(records))
                found = rows([each[:many] for each in columns], many, partial(source.codec.exact, records))
                table |= runs.as_table(rows.results, found)
                lines += zip(*(_shown(column)[:many] for column in table.values()))
                summary.add(many, found.counts())
                if summary.rows >= count:
                    break
        if summary.rows >= count:
            break
    return results.Mapped(
        tuple(rows.expressions), "", summary.rows, summary.ordered(), 0, tuple(heads), tuple(lines)
    )


def _shown(column: Any) -> list[Any]:
    """Cells of a sample: numbers, texts, or None."""
    if isinstance(column, Cells):
        column = typed(column, kind(column))
    return [_cell(each) for each in (column.tolist() if hasattr(column, "tolist") else column)]


def _cell(each: Any) -> Any:
    if each is None or each == "" or each != each:
        return None
    if type(each) is int or (type(each) is float and math.isfinite(each)):
        return each
    return _line(str(each) if type(each) is float else text(each))


def _line(words: str) -> str:
    """A text on one line, without control characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in words).split())
