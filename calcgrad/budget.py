"""Limits on time, memory and depth that every engine shares.

    within(10, slow)                    # its result; TimeUp is raised inside it after ten seconds
    attempt(slower, 0.3)                # inside: its result, or None once a third of what is left is used up

A watchdog thread raises ``TimeUp`` in the working thread, so the limit holds on every platform and in
any thread; it is raised again if a library swallows it on its way out. Where the system tells (Linux), it raises
``MemoryUp`` likewise once a question has taken a quarter of the machine's memory.
"""

from __future__ import annotations

import importlib
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from calcgrad.errors import MemoryUp, TimeUp

_DEPTH = 6_000  # Python frames; SymPy and the parser recurse over an expression's nesting
_LOOK = 0.05  # seconds at most until the watchdog sees a new limit
_AGAIN = 0.1  # seconds until TimeUp is raised again in code that swallowed it
_MEMORY_PART = 0.25  # of the machine's memory, for one question
_LEAST_MEMORY = 2**30  # bytes, in any case

_Found = TypeVar("_Found")
Told = Callable[[float, str], None]  # when the time will be up, by time.monotonic, and what is being done


def allow_deep_recursion() -> None:
    """Raise Python's recursion limit to what 200 levels of nesting need in SymPy."""
    if sys.getrecursionlimit() < _DEPTH:
        sys.setrecursionlimit(_DEPTH)


def within(seconds: float | None, ask: Callable[[], _Found], told: Told = lambda end, what: None) -> _Found:
    """``ask()``; raises ``TimeUp`` in it once ``seconds`` have passed. None means no limit.

    Limits nest: the earliest end counts, and they read the clock on the wall, where what is spent on loading
    modules does not count. A call into C is not interrupted before it returns to Python; ``told``, which the outermost
    limit may give, hears when the time will be up (by ``time.monotonic``; infinity once ``ask`` is done) and what is
    being ``doing`` meanwhile, for somebody outside to act on.
    """
    return ask() if seconds is None else _bounded(seconds, math.inf, ask, told)


def _bounded(
    seconds: float,
    processor: float,
    ask: Callable[[], _Found],
    told: Told = lambda end, what: None,
) -> _Found:
    """``ask()`` within so many seconds of the clock and of the processor."""
    me = threading.get_ident()
    outer = _running.get(me)
    watchdog = outer or _Watchdog(me, told)
    limit = object()
    ends = watchdog.ends
    end = time.monotonic() + seconds
    if outer is None:
        told(end, "")
    ends[limit] = [end, watchdog.processor() + min(seconds, processor)]
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
        elif taken and watchdog.left() <= 0:
            raise TimeUp  # it was the outer limit's


def bound_memory() -> None:
    """Make what asks for far too much memory at once a ``MemoryError``, in this process, where that can be done."""
    try:
        import resource
    except ImportError:  # not Unix
        return
    most = 2 * _most_memory()
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _most_memory() -> int:
    """Bytes that one question may take: of the machine's, or of what its container has."""
    machine = 0
    with suppress(AttributeError, OSError, ValueError):
        machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError), open("/sys/fs/cgroup/memory.max", "rb") as file:
        machine = min(machine, int(file.read()))
    return max(int(_MEMORY_PART * machine), _LEAST_MEMORY)


def memory() -> int:
    """Bytes that this process has in memory; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def limited() -> bool:
    """Is there a limit in this thread?"""
    return threading.get_ident() in _running


def attempt(ask: Callable[[], _Found], part: float, clock: bool = False) -> _Found | None:
    """``ask()`` within a ``part`` of the time that is left; None where that was not enough, and there is more.

    The parts are of the processor's time: what a busy machine does besides does not change an answer. Where the
    answer then says that it was a matter of time, they may be of the ``clock`` too.
    """
    watchdog = _running.get(threading.get_ident())
    if watchdog is None:
        return ask()
    ends = list(watchdog.ends.values())
    left = min(end for _, end in ends) - watchdog.processor()
    seconds = part * (min(end for end, _ in ends) - time.monotonic()) if clock else math.inf
    try:
        return _bounded(seconds, part * left, ask)
    except TimeUp:
        if watchdog.left() <= 0:
            raise
        watchdog.cut = True
        return None


def was_cut() -> bool:
    """Has an attempt in this thread ended for lack of time, since its outermost limit began?"""
    watchdog = _running.get(threading.get_ident())
    return watchdog is not None and watchdog.cut


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Say what is being done: to who waits for it, and in the message if the time is up meanwhile."""
    watchdog = _running.get(threading.get_ident())
    before = watchdog.begins(what) if watchdog else ""
    try:
        yield
    except TimeUp as up:
        up.args = up.args or (what,)
        raise
    finally:
        if watchdog:
            watchdog.begins(before)


class _Watchdog:
    """Raises ``TimeUp`` in one thread whenever a limit of that thread has run out.

    It has a thread of its own, started before there is a limit: CPython may take a thread that is just being
    started for the one that starts it.
    """

    def __init__(self, watched: int, told: Told) -> None:
        import ctypes  # 4 ms, only where a limit is set

        self.watched = watched
        self.told = told
        self.doing = ""
        self.cut = False
        self.asking = _loading()  # modules that ask while they are loaded themselves: they are not waited for
        # of each limit in force, by the clock and by the processor; every access to it is one step of the interpreter
        self.ends: dict[object, list[float]] = {}
        self.processor = _processor(watched)
        self.raising = threading.Lock()  # held while TimeUp is raised
        self.over = threading.Event()
        self.most = memory() + _most_memory()
        self.raise_there: Callable[[type[TimeUp]], object] = lambda kind: (
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(watched), ctypes.py_object(kind))
        )
        self.hook = sys.unraisablehook
        sys.unraisablehook = self.unraisable
        _running[watched] = self
        threading.Thread(target=self.watch, daemon=True, name="calcgrad time limit").start()

    def watch(self) -> None:
        pause, looked = 0.0, (time.monotonic(), self.processor())
        while not self.over.wait(pause):
            before, looked = looked, (time.monotonic(), self.processor())
            with self.raising:
                if self.importing():  # an end in there would leave half a module behind
                    self.put_off(looked[0] - before[0], looked[1] - before[1])
                left = self.left()
                full = bool(self.ends) and memory() > self.most
                if (left <= 0 or full) and not self.importing():
                    self.raise_there(MemoryUp if full else TimeUp)
            pause = _AGAIN if left <= 0 or full else min(left, _LOOK)

    def importing(self) -> bool:
        """Is a module just being loaded? Half of one, left behind, would break every later question."""
        return not _loading() <= self.asking

    def put_off(self, clock: float, processor: float) -> None:
        """Move all ends by so much."""
        ends = list(self.ends.values())
        for each in ends:
            each[0] += clock
            each[1] += processor
        if ends:
            self.told(ends[0][0], self.doing)  # the outermost

    def begins(self, what: str) -> str:
        """Something else is being done now; what was before."""
        before, self.doing = self.doing, what
        for end, _ in list(self.ends.values())[:1]:
            self.told(end, what)
        return before

    def left(self) -> float:
        """Seconds until the first limit has run out."""
        clock, processor = time.monotonic(), self.processor()
        return min((min(a - clock, b - processor) for a, b in list(self.ends.values())), default=math.inf)

    def stop(self) -> None:
        """To be called when no limit is left."""
        del _running[self.watched]
        sys.unraisablehook = self.hook
        self.over.set()
        with self.raising:
            self.told(math.inf, "")

    def unraisable(self, what: Any) -> None:
        """TimeUp that arrives in a finalizer is lost, without a word; it will be raised again."""
        if not issubclass(what.exc_type, TimeUp):
            self.hook(what)


def _processor(thread: int) -> Callable[[], float]:
    """The clock of the processor's time that a thread has had; that on the wall where the system has none."""
    try:
        clock = time.pthread_getcpuclockid(thread)
    except (AttributeError, OSError):  # neither Windows nor macOS has it
        return time.monotonic
    return lambda: time.clock_gettime(clock)


def _loading() -> set[str]:
    """The modules that are just being loaded, in any thread: those whose locks importlib holds.

    The stack of the thread that is watched would tell as well; but it may run on meanwhile, and CPython 3.11 then
    follows frames that are gone.
    """
    return set(getattr(importlib._bootstrap, "_module_locks", ()))


_running: dict[int, _Watchdog] = {}  # by the thread that is watched
