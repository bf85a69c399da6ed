"""A process for the questions, ended from outside where nothing inside can end it.

    end = attend(promise)            # goes on in a child of this process; the first one waits, and tells how it ended
    worker = Worker(serve, promise)  # serve(line) in a child, again and again, whatever happens to a child
    worker.ask(b"...")               # what it answered, or how it ended instead

Python can neither interrupt a call into C nor outlive one that aborts. So the work is done in a child, and its parent
holds it to a ``Promise``: in memory that both share stands when an answer will be there, and what to say if it is
not. Where a system has no fork (Windows) the work is done in the one process there is.
"""

from __future__ import annotations

import math
import mmap
import os
import select
import signal
import struct
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import NamedTuple, NoReturn

POSSIBLE = hasattr(os, "fork")
_GRACE = 0.35  # seconds beyond its time that an answer may take
_LOOK = 0.1  # seconds between two looks at a promise
_ENDING = 1.0  # seconds that a child has to end in when it is told to
_ROOM = 2**20  # bytes for what to say
_QUIET = 2.0  # seconds after which somebody who looks on hears how long it may still take
# The end by time.monotonic, the length of what to say, whether somebody was told to wait, and what is being done.
_HEAD = struct.Struct("dqq80p")
PASSED_ON = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Ended(NamedTuple):
    """How a child ended: by itself with an exit ``code``, by a ``signal``, or killed because it was ``late``.

    ``interrupted``: it did not end by itself when it was interrupted.
    """

    code: int = 0
    signal: int = 0
    late: bool = False
    interrupted: bool = False


class Terminated(BaseException):
    """Somebody asked this process to end (SIGTERM, SIGHUP): what is unfinished is cleared away first."""

    def __init__(self, number: int) -> None:
        self.number = number


class Promise:
    """When an answer will be there, and what to say if it is not: seen by a process and its children."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, _HEAD.size + _ROOM)
        self.end(math.inf)
        self.waited_for(False)

    def instead(self, said: bytes) -> None:
        """What to say if the next answer does not come."""
        if len(said) > _ROOM:
            said = b""
        self.memory[_HEAD.size : _HEAD.size + len(said)] = said
        self.memory[8:16] = struct.pack("q", len(said))

    def end(self, when: float, doing: str = "") -> None:
        """When it will be there; infinity where nothing is promised. What is being done until then."""
        self.memory[24 : _HEAD.size] = struct.pack("80p", doing.encode("ascii", "replace"))
        self.memory[0:8] = struct.pack("d", when)

    @property
    def when(self) -> float:
        found: float = _HEAD.unpack_from(self.memory)[0]
        return found

    @property
    def doing(self) -> str:
        found: bytes = _HEAD.unpack_from(self.memory)[3]
        return found.decode("ascii", "replace")

    def waited_for(self, told: bool) -> None:
        """Somebody was told how long it may take."""
        self.memory[16:24] = struct.pack("q", told)

    @property
    def is_waited_for(self) -> bool:
        return bool(_HEAD.unpack_from(self.memory)[2])

    @property
    def broken(self) -> bool:
        return time.monotonic() > self.when + _GRACE

    @property
    def said(self) -> bytes:
        length = _HEAD.unpack_from(self.memory)[1]
        return self.memory[_HEAD.size : _HEAD.size + length]


def attend(promise: Promise, waiting: Callable[[float], None] = lambda left: None) -> Ended | None:
    """Go on in a child: None there; in this process how the child ended, once it has.

    Meanwhile ``waiting`` is told how many seconds an answer may still take, if it has taken some already.
    """
    child = _Child(promise)
    if child.number == 0:
        return None
    child.waiting = waiting
    _pass_on(child)
    child.wait_for(lambda: False)
    return child.ended()


class Worker:
    """``serve(line)`` in a child that is made anew when it has died; between two lines it may ask to be replaced."""

    def __init__(self, serve: Callable[[bytes], tuple[bytes, bool]], promise: Promise) -> None:
        self.serve, self.promise = serve, promise
        self.child: _Child | None = None

    def ask(self, line: bytes) -> bytes | Ended:
        """What ``serve(line)`` answered, or how its process ended; the other part of it says: and now a new one."""
        if self.child is None:
            self.child = _Child(self.promise, feed=True)
            if self.child.number == 0:
                self._work(self.child)
        child, answer = self.child, b""
        try:
            child.send(line)
            answer = child.receive()
        except (BrokenPipeError, EOFError):
            self.child = None
            return child.ended()
        if answer[:1] == b"!":
            self.stop()
        return answer[1:]

    def stop(self, number: int = 0) -> None:
        """No more lines; with a signal, and none that is being worked on."""
        if self.child is not None:
            self.child.stop(number)
            self.child = None

    def _work(self, child: _Child) -> NoReturn:
        """The child's life. It has no input but the lines, and what it prints is no answer."""
        devnull = os.open(os.devnull, os.O_RDONLY)
        os.dup2(devnull, 0)
        os.dup2(2, 1)
        try:
            while True:
                answer, last = self.serve(child.receive())
                child.send((b"!" if last else b" ") + answer)
        finally:  # the lines are over, or it was told to end
            os._exit(0)


class _Child:
    """A child of this process (there ``number`` is 0), and the ends of the pipes to it."""

    def __init__(self, promise: Promise, feed: bool = False) -> None:
        self.promise = promise
        promise.end(math.inf)
        promise.instead(b"")
        self.late = False
        self.waiting: Callable[[float], None] = lambda left: None
        self.seen = math.inf, 0.0  # a promise, and since when
        self.told = 0  # the signal that was passed on to it, and until when it may end
        self.until = math.inf
        self.status: int | None = None
        mine, its = _pipes() if feed else ((-1, -1), (-1, -1))
        alive, held = os.pipe()  # ends with the child, however that ends
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        parent = os.getpid()
        self.number = os.fork()
        if self.number == 0:
            os.close(alive)
            self.source, self.target = its
            self.held = held
            self.buffer = b""
            for each in mine:
                if each >= 0:
                    os.close(each)
            die_with_parent(parent)
            return
        os.close(held)
        self.alive = alive
        self.source, self.target = mine
        self.buffer = b""
        for each in its:
            if each >= 0:
                os.close(each)

    def send(self, message: bytes) -> None:
        data = memoryview(struct.pack("q", len(message)) + message)
        while data:
            data = data[os.write(self.target, data[:65536]) :]

    def receive(self) -> bytes:
        """The next message from the other side; EOFError where there is none, or the promise is broken."""
        (length,) = struct.unpack("q", self._bytes(8))
        return self._bytes(length)

    def _bytes(self, count: int) -> bytes:
        while len(self.buffer) < count:
            if self.number and not self.wait_for(lambda: bool(select.select([self.source], [], [], 0)[0])):
                raise EOFError
            part = os.read(self.source, 65536)
            if not part:
                raise EOFError
            self.buffer += part
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found

    def wait_for(self, there: Callable[[], bool]) -> bool:
        """Wait until something is there (true), or the child has ended or must be ended (false)."""
        watched = [self.alive] + ([self.source] if self.source >= 0 else [])
        while not there():
            ready, _, _ = select.select(watched, [], [], _LOOK)
            if self.alive in ready:
                return there()
            if self.promise.broken or time.monotonic() > self.until:
                self.late = True
                os.kill(self.number, signal.SIGKILL)
                self._reap()
                return False
            self._wait()
        return True

    def _wait(self) -> None:
        """Say how long the promise still allows, if it was given a while ago."""
        when, now = self.promise.when, time.monotonic()
        if when != self.seen[0]:
            self.seen = when, now
        elif when < math.inf and now - self.seen[1] > _QUIET:
            self.waiting(when - now)

    def ended(self) -> Ended:
        self._reap()
        self._close()
        assert self.status is not None
        if self.late and self.told:
            return Ended(interrupted=True) if self.told == signal.SIGINT else Ended(signal=self.told)
        if self.late:
            return Ended(late=True)
        if os.WIFSIGNALED(self.status):
            return Ended(signal=os.WTERMSIG(self.status))
        return Ended(code=os.WEXITSTATUS(self.status))

    def stop(self, number: int) -> None:
        """Let it see the end of its lines."""
        os.close(self.target)
        self.target = -1
        if number:
            os.kill(self.number, number)
        self.promise.end(time.monotonic() + _ENDING)
        self.wait_for(lambda: False)
        self.ended()

    def _reap(self) -> None:
        while self.status is None:
            self.status = os.waitpid(self.number, 0)[1]

    def _close(self) -> None:
        for each in (self.alive, self.source, self.target):
            if each >= 0:
                os.close(each)


def _pipes() -> tuple[tuple[int, int], tuple[int, int]]:
    """What two sides read and write."""
    here, there = os.pipe(), os.pipe()
    return (here[0], there[1]), (there[0], here[1])


def _pass_on(child: _Child) -> None:
    """Have what this process is told passed on to the child, which then has a while to end in."""

    def pass_on(number: int, frame: FrameType | None) -> None:
        child.told, child.until = number, time.monotonic() + _ENDING
        os.kill(child.number, number)

    for number in PASSED_ON:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, pass_on)


def die_with_parent(parent: int) -> None:
    """Where the system offers it (Linux): a child is not left behind by a parent that was killed."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it was killed before
            os._exit(1)


def die_of(number: int) -> None:
    """End this process as the signal ends one that does not listen."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def listen() -> None:
    """Make of the first signal to end an exception, and ignore the others: a child may have it from its parent too."""

    def told(number: int, frame: FrameType | None) -> None:
        for each in PASSED_ON:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise Terminated(number)

    for number in PASSED_ON:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, told)
