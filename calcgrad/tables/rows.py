"""What a function of rows is to the readers and writers of tables, and what can be wrong with a row.

found = rows(columns, 1000)        # Found: one array a result, and a reason for each row with a gap
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from calcgrad.errors import FileError

# Why a cell is empty; a row holds the index of its first reason.
REASONS = (
    "", "missing", "infinite", "undefined", "not-real", "overflow", "corner", "vertical-tangent", "jump", "oscillates",
    "undecided",
)  # fmt: skip
MISSING, INFINITE = 1, 2
MEND = "mend the row, or leave the cell empty"
BOM = b"\xef\xbb\xbf"
LONGEST = 1 << 26  # bytes of a record: what is longer has no end
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
EXACT = 2**53  # whole numbers of more than this may be no doubles


def beyond(column: Any, rows: Any) -> Any:
    """Which of these rows may say what no double is: whole numbers of many digits, and numbers that are too small."""
    import numpy as np

    if not len(column) or (column.all() and np.min(column) > -EXACT and np.max(column) < EXACT):
        return np.empty(0, np.intp)
    return np.flatnonzero(((np.abs(column) >= EXACT) | (column == 0)) & rows)


def otherwise(
    column: Any, rows: Any, exact: Callable[[Sequence[int]], Sequence[Any]]
) -> dict[int, Fraction | None]:
    """What cells say that is not what their doubles stand for, which is the shortest decimal that rounds to them.

    None for what is too small to be told at all.
    """
    found = {}
    for row, said in zip(rows.tolist(), exact(rows.tolist()) if len(rows) else []):
        number = float(column[row])
        if said is None or (
            type(said) is not float and (number or said) and Fraction(said) != Fraction(repr(number))
        ):
            found[row] = None if said is None else Fraction(said)
    return found


class Rows(Protocol):
    """A function of rows: the columns that it needs, and the names of its results.

    ``exact(name, rows)`` tells what numbers say that are no doubles, None for what it cannot tell.
    """

    needed: list[str]
    results: list[str]
    threads: int

    def __call__(self, columns: list[Any], count: int, exact: Exact) -> Found: ...


class Malformed(Exception):
    """A row that cannot be read: which record of a batch, which column, and what is wrong there."""

    def __init__(self, record: int, column: str, message: str, hint: str = MEND) -> None:
        super().__init__(record, column, message, hint)
        self.record, self.column, self.message, self.hint = record, column, message, hint

    def error(self, file: str, line: int) -> FileError:
        place = f"{file}, line {line}" + (f", column {self.column}" if self.column else "")
        return FileError(f"{place}: {self.message}", hint=self.hint, code="row")


def endless(file: str, line: int) -> FileError:
    """A record that goes on and on, as one does whose quote is not closed."""
    return FileError(
        f"{file}, line {line}: this row is longer than {LONGEST >> 20} MiB",
        hint="is a quote never closed?",
        code="row",
    )


def visible(cell: str) -> str:
    """A cell as an error may show it: what nobody can see is written out."""
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in cell)
    return shown if len(shown) <= 40 else shown[:39] + "…"


def reason_texts(reasons: Any) -> list[str]:
    return [REASONS[each] for each in reasons.tolist()]
