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
from typing import TypeVar

from calcgrad.errors import TimeUp

_DEPTH = 6_000  # Python frames; SymPy and the parser recurse over an expression's nesting
_AGAIN = 0.1  # seconds until TimeUp is raised again in code that swallowed it
_OVERDUE = 0.3  # seconds that one call into C may go on after its time is up

_end: ContextVar[float | None] = ContextVar("end of the innermost limit", default=None)
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

    None means no limit. A call into C is not interrupted before it returns to Python; ``overdue`` is called in
    the watchdog's thread where one goes on for too long, to end the process if need be.
    """
    if seconds is None:
        yield
        return
    import ctypes  # 4 ms, only where a limit is set

    thread = ctypes.c_ulong(threading.get_ident())
    done = threading.Event()
    lock = threading.Lock()
    end = time.monotonic() + seconds

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            with lock:
                if done.is_set():
                    return
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeUp))
                if overdue is not None and time.monotonic() > end + _OVERDUE:
                    overdue()
            wait = _AGAIN

    def call_off() -> None:
        """Stop the watchdog, and take what it has raised already: the work in the block is done."""
        try:
            with lock:
                done.set()
            # One that is on its way arrives at the next turn of a loop. It is not taken back with
            # SetAsyncExc(None): CPython 3.11 then believes for ever that one is pending, which slows every
            # loop and, under a tracer, never ends.
            for _ in range(3):
                pass
        except TimeUp:
            done.set()

    watchdog = threading.Thread(target=watch, daemon=True, name="calcgrad time limit")
    outer = _end.get()
    token = _end.set(end if outer is None else min(end, outer))
    watchdog.start()
    try:
        yield
    finally:
        call_off()
        watchdog.join()
        _end.reset(token)
