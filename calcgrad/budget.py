"""Limits on time and depth that every engine shares.

    with time_limit(10):
        slow()                # TimeUp is raised inside it after ten seconds

A watchdog thread raises ``TimeUp`` in the working thread, so the limit holds on every platform and in
any thread; it is raised again if a library swallows it on its way out.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from calcgrad.errors import TimeUp

_DEPTH = 6_000  # Python frames; SymPy and the parser recurse over an expression's nesting
_AGAIN = 0.1  # seconds until TimeUp is raised again in code that swallowed it


def allow_deep_recursion() -> None:
    """Raise Python's recursion limit to what 200 levels of nesting need in SymPy."""
    if sys.getrecursionlimit() < _DEPTH:
        sys.setrecursionlimit(_DEPTH)


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise ``TimeUp`` in the calling thread once ``seconds`` have passed inside the block.

    None means no limit. Pure C calls are not interrupted before they return to Python.
    """
    if seconds is None:
        yield
        return
    import ctypes  # 4 ms, only where a limit is set

    thread = ctypes.c_ulong(threading.get_ident())
    done = threading.Event()
    lock = threading.Lock()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            with lock:
                if done.is_set():
                    return
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TimeUp))
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
    watchdog.start()
    try:
        yield
    finally:
        call_off()
        watchdog.join()
