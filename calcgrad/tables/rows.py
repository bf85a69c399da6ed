"""What a function of rows is to the readers and writers of tables, and what can be wrong with a row.

found = rows(columns, 1000)        # Found: one array a result, and a reason for each row with a gap
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from calcgrad.errors import FileError

# Why a cell is empty; a row holds the index of its first reason.
REASONS = (
    "", "missing", "infinite", "undefined", "not-real", "overflow", "corner", "vertical-tangent", "jump", "oscillates",
    "undecided",
)  # fmt: skip
MISSING, INFINITE = 1, 2
# Cells that hold nothing, in every format with text.
BLANK = frozenset(("", "NA", "N/A", "NaN", "nan", "NAN", "null", "NULL", "None"))


@dataclass(frozen=True, eq=False)
class Found:
    """Results of some rows: arrays of doubles with nan for a gap, and an index into REASONS for each row."""

    results: list[Any]
    reasons: Any  # uint8

    def counts(self) -> dict[str, int]:
        import numpy as np

        found = np.bincount(self.reasons, minlength=len(REASONS)).tolist()
        return {word: count for word, count in zip(REASONS, found) if word and count}


Exact = Callable[[str, Sequence[int]], Sequence[Any]]


class Rows(Protocol):
    """A function of rows: the columns that it needs, and the names of its results.

    ``exact(name, rows)`` tells what numbers say that have more digits than a double.
    """

    needed: list[str]
    results: list[str]
    threads: int

    def __call__(self, columns: list[Any], count: int, exact: Exact) -> Found: ...


class Malformed(Exception):
    """A row that cannot be read: which record of a batch, which column, and what is wrong there."""

    def __init__(self, record: int, column: str, message: str) -> None:
        super().__init__(record, column, message)
        self.record, self.column, self.message = record, column, message

    def error(self, file: str, line: int) -> FileError:
        place = f"{file}, line {line}" + (f", column {self.column}" if self.column else "")
        return FileError(f"{place}: {self.message}", hint="mend the row, or leave the cell empty", code="row")


def reason_texts(reasons: Any) -> list[str]:
    return [REASONS[each] for each in reasons.tolist()]
