"""A table through a function of rows: batches on several cores, in order, no more of them in memory than cores need.

run(source, made, rows, workers=2)      # Summary(rows=1000000, reasons={"corner": 3})

Text is read and written by processes, because Python's own parser and printer hold its lock; what NumPy and pyarrow
read goes to threads.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, process
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from calcgrad import files, processes
from calcgrad.errors import CalcgradError, UndecidedError, UsageError
from calcgrad.tables.formats import ARRAYS, TEXT, Target
from calcgrad.tables.rows import REASONS, Found, Malformed, Rows, reason_texts

Progress = Callable[[int, int], None]  # rows and bytes so far


@dataclass
class Summary:
    """What came of a run: how many rows, and how many of them have a gap for which reason."""

    rows: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, rows: int, reasons: dict[str, int]) -> None:
        self.rows += rows
        for word, count in reasons.items():
            self.reasons[word] = self.reasons.get(word, 0) + count

    def ordered(self) -> dict[str, int]:
        return {word: self.reasons[word] for word in REASONS if word in self.reasons}


@dataclass
class _Work:
    """What is done to a batch, wherever that is."""

    source: Any
    made: Target
    rows: Rows
    strict: bool

    def __call__(self, batch: Any) -> tuple[Any, int, dict[str, int]]:
        records, columns = self.source.read(batch, self.rows.needed)
        found = self.rows(columns, length(records), partial(self.source.exact, records))
        counts = found.counts()
        if self.strict and counts:
            first = int(found.reasons.nonzero()[0][0])
            raise Malformed(first, "", f"no answer: {REASONS[found.reasons[first]]}")
        if self.made.appends:
            return self.source.append(records, found), len(found.reasons), counts
        table = {**self.source.table(records), **as_table(self.rows.results, found, self.made.kind in ARRAYS)}
        return (self.made.codec.encode(table) if self.made.codec else table), len(found.reasons), counts


def length(records: Any) -> int:
    """How many rows a batch has, once it is read."""
    return len(next(iter(records.values())) if isinstance(records, dict) else records)


def as_table(names: Sequence[str], found: Found, arrays: bool = False) -> dict[str, Any]:
    """Results as columns; the reasons as texts, or as an array of them."""
    import numpy as np

    words = (
        np.array(REASONS)[found.reasons] if arrays else [each or None for each in reason_texts(found.reasons)]
    )
    return dict(zip(names, [*found.results, words]))


def run(
    source: Any,
    made: Target,
    rows: Rows,
    *,
    workers: int = 0,
    strict: bool = False,
    progress: Progress = lambda rows, size: None,
) -> Summary:
    """Every batch of the source, computed and written in order.

    Raises FileError for a row that cannot be read, UsageError for a gap where that is ``strict``.
    """
    source.codec.results = list(rows.results)
    made.begin(source.names, rows.results, rows.needed)
    work = _Work(source.codec, made, rows, strict)
    summary, size = Summary(), 0
    workers = helpers = workers or cores()
    if (
        source.kind not in TEXT
    ):  # its batches may be large: one is computed on all cores, as others are read and written
        rows.threads, helpers = workers, 1
    helpers = 0 if workers == 1 else helpers
    parallel = source.kind in TEXT and not getattr(source.codec, "arrow", False)
    with _pool(work, helpers, parallel) as done:
        for encoded, count, counts in done(_reading(source), source):
            made.write(encoded)
            summary.add(count, counts)
            size += len(encoded) if isinstance(encoded, bytes) else 0
            progress(summary.rows, size)
    if not summary.rows:
        made.write(work(source.codec.empty())[0])
    return summary


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _reading(source: Any) -> Iterator[tuple[Any, int]]:
    with files.refusing("read", source.shown):
        batches = source.batches()
    while True:
        with files.refusing("read", source.shown):
            found = next(batches, None)
        if found is None:
            return
        yield found


@contextmanager
def _pool(work: _Work, workers: int, processed: bool) -> Iterator[Any]:
    """A function from batches to results, in order; the first batch alone where there is only one."""
    pool: Executor | None = None

    def done(batches: Iterator[tuple[Any, int]], source: Any) -> Iterator[Any]:
        nonlocal pool
        first, second = next(batches, None), next(batches, None)
        if second is None or not workers:
            for batch, line in (each for part in ([first, second], batches) for each in part if each):
                with placed(batch, line, source):
                    result = work(batch)
                yield result
            return
        pool = _processes(work, workers) if processed else ThreadPoolExecutor(workers)
        call = _worked if processed and processes.POSSIBLE else work
        waiting: deque[tuple[Any, Any, int]] = deque()
        for batch, line in (each for part in ([first, second], batches) for each in part if each):
            waiting.append((pool.submit(call, batch), batch, line))
            if len(waiting) > workers:
                yield _result(*waiting.popleft(), source)
        while waiting:
            yield _result(*waiting.popleft(), source)

    try:
        yield done
    except BaseException:
        if pool is not None:
            _end(pool)
        raise
    if pool is not None:
        pool.shutdown()


def _end(pool: Executor) -> None:
    """Have what is at work killed, and wait for none of it: what is half written goes first, time may be short."""
    for each in list((getattr(pool, "_processes", None) or {}).values()):
        each.kill()
    # This process waits for its threads as it ends. The pool's would then be woken once more, through a pipe that it
    # may be closing at that moment (before Python 3.12.8): shutdown wakes it.
    if (manager := getattr(pool, "_executor_manager_thread", None)) is not None:
        process._threads_wakeups.pop(manager, None)
    pool.shutdown(wait=False, cancel_futures=True)


def _result(future: Any, batch: Any, line: int, source: Any) -> Any:
    with placed(batch, line, source):
        try:
            return future.result()
        except BrokenProcessPool:
            raise UndecidedError(
                "a process that worked on this table ended", hint="is there enough memory?", code="internal"
            ) from None


@contextmanager
def placed(batch: Any, line: int, source: Any) -> Iterator[None]:
    try:
        yield
    except Malformed as wrong:
        where = line + source.codec.line(batch, wrong.record)
        error: CalcgradError = wrong.error(source.shown, where)
        if wrong.message.startswith("no answer: "):
            error = UsageError(error.message, hint="leave out --strict", code="strict")
        raise error from None


# Work is inherited by a fork, so that nothing of it need be sent.
_inherited: list[_Work] = []


def _worked(batch: Any) -> Any:
    return _inherited[-1](batch)


def _processes(work: _Work, workers: int) -> Executor:
    if not processes.POSSIBLE:
        return ThreadPoolExecutor(workers)
    from multiprocessing import get_context

    _inherited[:] = [work]
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("fork"), initializer=_begin, initargs=(os.getpid(),)
    )
    # All of them are made at the first call; an interruption in the middle of that would be lost, or break one.
    signal.pthread_sigmask(signal.SIG_BLOCK, processes.PASSED_ON)
    try:
        pool.submit(int)
    finally:
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, processes.PASSED_ON)
        except BaseException:  # what was told meanwhile is heard here
            _end(pool)
            raise
    # With an end of its own open, this process would wait for ever for the rest of what killed ones were sending.
    pool._result_queue._writer.close()  # type: ignore[attr-defined]
    return pool


def _begin(parent: int) -> None:
    """A worker ends with the process that it works for, and leaves interruptions to it."""
    processes.die_with_parent(parent)
    for number in processes.PASSED_ON:
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, processes.PASSED_ON)
