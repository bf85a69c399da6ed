"""Limits on time and depth that every engine shares.

    with time_limit(10):
        slow()                          # TimeUp is raised inside it after ten seconds
        attempt(slower, 0.3)            # its result, or None once a third of what was left is used up

A watchdog thread raises ``TimeUp`` in the working thread, so the limit holds on every platform and in
any thread; it is raised again if a library swallows it on its way out.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TypeVar

from calcgrad.errors import TimeUp

_DEPTH = 6_000  # Python frames; SymPy and the parser recurse over an expression's nesting
_AGAIN = 0.1  # seconds until TimeUp is raised again in code that swallowed it
_OVERDUE = 0.3  # seconds that one call into C may go on after its time is up

_end: ContextVar[float | None] = ContextVar("the earliest end of the limits in force", default=None)
_watchdog: ContextVar[_Watchdog | None] = ContextVar("the watchdog of the limits in force", default=None)
_Found = TypeVar("_Found")


def allow_deep_recursion() -> None:
    """Raise Python's recursion limit to what 200 levels of nesting need in SymPy."""
    if sys.getrecursionlimit() < _DEPTH:
        sys.setrecursionlimit(_DEPTH)


def attempt(ask: Callable[[], _Found], part: float) -> _Found | None:
    """``ask()`` within a ``part`` of the time that is left; None where that was not enough, and there is more."""
    end = _end.get()
    if end is None:
        return ask()
    try:
        with time_limit(part * (end - time.monotonic())):
            return ask()
    except TimeUp:
        if time.monotonic() >= end:
            raise
        return None


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Say what is being done, for the message if the time is up meanwhile."""
    try:
        yield
    except TimeUp as up:
        up.args = up.args or (what,)
        raise


@contextmanager
def time_limit(seconds: float | None, overdue: Callable[[], None] | None = None) -> Iterator[None]:
    """Raise ``TimeUp`` in the calling thread once ``seconds`` have passed inside the block.

    None means no limit. Limits nest: the earliest end counts. A call into C is not interrupted before it
    returns to Python; ``overdue``, which only the outermost limit may give, is called in the watchdog's thread
    where one goes on for too long, to end the process if need be.
    """
    if seconds is None:
        yield
        return
    outer = _watchdog.get()
    watchdog = outer or _Watchdog(overdue)
    end = time.monotonic() + seconds
    tokens = _watchdog.set(watchdog), _end.set(min(end, _end.get() or end))
    limit = object()
    try:
        watchdog.add(limit, end)
        yield
    finally:
        _watchdog.reset(tokens[0])
        _end.reset(tokens[1])
        watchdog.remove(limit)


class _Watchdog:
    """Raises ``TimeUp`` in the thread that made it, whenever one of its limits has run out.

    It has one thread for all of them, started before there is any: CPython may take a thread that is just
    being started for the one that starts it.
    """

    def __init__(self, overdue: Callable[[], None] | None) -> None:
        import ctypes  # 4 ms, only where a limit is set

        self.raise_there: Callable[[], object] = partial(
            ctypes.pythonapi.PyThreadState_SetAsyncExc,
            ctypes.c_ulong(threading.get_ident()),
            ctypes.py_object(TimeUp),
        )
        self.overdue = overdue
        self.ends: dict[object, float] = {}
        self.over = False
        self.changed = threading.Condition()  # guards ends and over
        threading.Thread(target=self.watch, daemon=True, name="calcgrad time limit").start()

    def watch(self) -> None:
        """Until the outermost limit is called off."""
        with self.changed:
            while not self.over:
                now = time.monotonic()
                wait = min(self.ends.values()) - now if self.ends else None
                if wait is None or wait > 0:
                    self.changed.wait(wait)
                    continue
                self.raise_there()
                if self.overdue is not None and now > max(self.ends.values()) + _OVERDUE:
                    self.overdue()
                self.changed.wait(_AGAIN)

    def add(self, limit: object, end: float) -> None:
        with self.changed:
            self.ends[limit] = end
            self.changed.notify_all()

    def remove(self, limit: object) -> None:
        """Call a limit off, and take what was raised for it already: the work in its block is done.

        Raises TimeUp where an outer limit has run out, whose exception may be the one that was taken.
        """
        while True:
            try:
                with self.changed:
                    self.ends.pop(limit, None)
                    self.over = not self.ends
                    self.changed.notify_all()
                # One that is on its way arrives at the next turn of a loop. It is not taken back with
                # SetAsyncExc(None): CPython 3.11 then believes for ever that one is pending, which slows
                # every loop and, under a tracer, never ends.
                for _ in range(3):
                    pass
                break
            except TimeUp:
                continue
        if self.ends and min(self.ends.values()) <= time.monotonic():
            raise TimeUp
