"""Limits on time and depth that every engine shares.

    within(10, slow)                    # its result; TimeUp is raised inside it after ten seconds
    attempt(slower, 0.3)                # inside: its result, or None once a third of what is left is used up

A watchdog thread raises ``TimeUp`` in the working thread, so the limit holds on every platform and in
any thread; it is raised again if a library swallows it on its way out.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from calcgrad.errors import TimeUp

_DEPTH = 6_000  # Python frames; SymPy and the parser recurse over an expression's nesting
_LOOK = 0.05  # seconds at most until the watchdog sees a new limit
_AGAIN = 0.1  # seconds until TimeUp is raised again in code that swallowed it
_OVERDUE = 0.3  # seconds that one call into C may go on after its time is up
_IMPORT_MACHINERY = "<frozen importlib._bootstrap>"

_Found = TypeVar("_Found")


def allow_deep_recursion() -> None:
    """Raise Python's recursion limit to what 200 levels of nesting need in SymPy."""
    if sys.getrecursionlimit() < _DEPTH:
        sys.setrecursionlimit(_DEPTH)


def within(
    seconds: float | None, ask: Callable[[], _Found], overdue: Callable[[], None] | None = None
) -> _Found:
    """``ask()``; raises ``TimeUp`` in it once ``seconds`` have passed. None means no limit.

    Limits nest: the earliest end counts. A call into C is not interrupted before it returns to Python;
    ``overdue``, which the outermost limit may give, is called in the watchdog's thread where one goes on for
    too long, to end the process if need be.
    """
    if seconds is None:
        return ask()
    me = threading.get_ident()
    outer = _running.get(me)
    watchdog = outer or _Watchdog(me, overdue)
    limit = object()
    ends = watchdog.ends
    ends[limit] = time.monotonic() + seconds
    # From here to the end of the first line of `finally`, TimeUp can arrive at calls and loops only: there is
    # no way past that line.
    try:
        return ask()
    finally:
        del ends[limit]
        taken = False
        while True:
            try:
                with watchdog.raising:  # one that is just being raised is waited for
                    pass
                # One that is on its way arrives at the next turn of a loop. It is not taken back with
                # SetAsyncExc(None): CPython 3.11 then believes for ever that one is pending, which slows
                # every loop and, under a tracer, never ends.
                for _ in range(3):
                    pass
                break
            except TimeUp:
                taken = True
        if outer is None:
            watchdog.stop()
        elif taken and min(ends.values()) <= time.monotonic():
            raise TimeUp  # it was the outer limit's


def attempt(ask: Callable[[], _Found], part: float) -> _Found | None:
    """``ask()`` within a ``part`` of the time that is left; None where that was not enough, and there is more."""
    watchdog = _running.get(threading.get_ident())
    if watchdog is None:
        return ask()
    end = min(watchdog.ends.values())
    try:
        return within(part * (end - time.monotonic()), ask)
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


class _Watchdog:
    """Raises ``TimeUp`` in one thread whenever a limit of that thread has run out.

    It has a thread of its own, started before there is a limit: CPython may take a thread that is just being
    started for the one that starts it.
    """

    def __init__(self, watched: int, overdue: Callable[[], None] | None) -> None:
        import ctypes  # 4 ms, only where a limit is set

        self.watched = watched
        self.overdue = overdue
        # of each limit in force; every access to it is one step of the interpreter
        self.ends: dict[object, float] = {}
        self.raising = threading.Lock()  # held while TimeUp is raised
        self.over = threading.Event()
        self.raise_there: Callable[[], object] = partial(
            ctypes.pythonapi.PyThreadState_SetAsyncExc, ctypes.c_ulong(watched), ctypes.py_object(TimeUp)
        )
        self.hook = sys.unraisablehook
        sys.unraisablehook = self.unraisable
        _running[watched] = self
        threading.Thread(target=self.watch, daemon=True, name="calcgrad time limit").start()

    def watch(self) -> None:
        pause = 0.0
        while not self.over.wait(pause):
            now = time.monotonic()
            with self.raising:
                left = min(self.ends.values(), default=math.inf) - now
                if left <= 0 and not self.importing():
                    self.raise_there()
            pause = _AGAIN if left <= 0 else min(left, _LOOK)
            if self.overdue is not None and now > max(self.ends.values(), default=math.inf) + _OVERDUE:
                self.overdue()

    def importing(self) -> bool:
        """Is the watched thread loading a module? A module that is cut off half-way is broken for the whole process."""
        frame = sys._current_frames().get(self.watched)
        while frame is not None and frame.f_code.co_filename != _IMPORT_MACHINERY:
            frame = frame.f_back
        return frame is not None

    def stop(self) -> None:
        """To be called when no limit is left."""
        del _running[self.watched]
        sys.unraisablehook = self.hook
        self.over.set()

    def unraisable(self, what: Any) -> None:
        """TimeUp that arrives in a finalizer is lost, without a word; it will be raised again."""
        if what.exc_type is not TimeUp:
            self.hook(what)


_running: dict[int, _Watchdog] = {}  # by the thread that is watched
