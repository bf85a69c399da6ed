"""Every error calcgrad raises on purpose: what is wrong, where, and what to do instead.

    try:
        parse("3*sinn(x)")
    except CalcgradError as error:
        print(error.code, error.span, error.hint)

One base class; each class below it also subclasses the built-in exception it stands for, so library
users can catch what they already know. Exit codes are the command line's business, not this module's.
"""

from __future__ import annotations

Span = tuple[int, int]


def short(shown: str, most: int = 40) -> str:
    """Text as a message quotes it: its beginning, where it is longer than so many characters."""
    return shown if len(shown) <= most else shown[: most - 1] + "…"


class CalcgradError(Exception):
    """Base of the tree: a message, and where known the span in ``source`` and a hint.

    ``span`` counts characters of the whole expression from 0, end exclusive. ``code`` is the stable
    name that scripts read in JSON.
    """

    code = "error"

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        hint: str | None = None,
        source: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint
        self.source = source
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        """What is wrong and what to do instead, as a traceback shows it."""
        return self.message if self.hint is None else f"{self.message}; {self.hint}"


class ExpressionError(CalcgradError, ValueError):
    """The text is not an expression of the language, or has more than one reading."""

    code = "syntax"


class UsageError(CalcgradError, ValueError):
    """The question itself is malformed: an option's value, a missing variable, a shape."""

    code = "usage"


class FileError(CalcgradError, OSError):
    """A file could not be read or written."""

    code = "file"


class MissingExtra(CalcgradError, ImportError):
    """An optional dependency is not installed; the hint names the command that installs it."""

    code = "missing-extra"


class NotDifferentiable(CalcgradError, ArithmeticError):
    """There is no derivative here: a corner, a jump, or no rule for a function.

    ``function`` is the function's name, ``kind`` one of ``corner``, ``vertical-tangent``, ``jump``,
    ``undefined``, ``not-real``, ``no-rule``; ``left`` and ``right`` are one-sided slopes where there
    is one real variable and they are known.
    """

    code = "not-differentiable"

    def __init__(
        self,
        message: str,
        *,
        function: str | None = None,
        kind: str = "corner",
        left: float | None = None,
        right: float | None = None,
        span: Span | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, span=span, hint=hint)
        self.function = function
        self.kind = kind
        self.left = left
        self.right = right


class UndecidedError(CalcgradError, ArithmeticError):
    """The question could not be settled: out of time, or methods that contradict each other."""

    code = "undecided"


class TooLarge(UndecidedError, OverflowError):
    """A number or an array too large to write out."""

    code = "too-large"


class TimeUp(BaseException):
    """The time budget is used up. Not an ``Exception``: no library may swallow it on its way out."""


class MemoryUp(TimeUp):
    """The memory that one question may take is used up: its method or the whole question ends, as out of time."""
