"""JSON lines: one object a row; a row is kept as it is written, results are more members of it.

A batch is a run of whole lines, as bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, BinaryIO

import numpy as np

from calcgrad.errors import FileError
from calcgrad.tables.cells import Cells, double, number, plain, said
from calcgrad.tables.rows import BLANK, BOM, LONGEST, Found, Malformed, endless, reason_texts, visible

_PIECE = 1 << 20  # bytes
_OBJECT = 'an object a line: {"x": 1.5, "y": 2}'


@dataclass
class JSONLines:
    """The reader and writer of one file. Its columns are the members of its first objects."""

    names: list[str]
    shown: str = ""  # the file's name, as errors have it
    results: list[str] = field(default_factory=list)
    needed: Sequence[str] = ()

    @classmethod
    def opened(cls, stream: BinaryIO, shown: str) -> tuple[JSONLines, bytes]:
        text = stream.read(_PIECE).removeprefix(BOM)
        while b"\n" not in text.lstrip():
            if len(text) > LONGEST:
                raise endless(shown, 1)
            more = stream.read(_PIECE)
            if not more:
                break
            text += more
        lines = [line for line in text[: text.rfind(b"\n") + 1 or None].split(b"\n") if line.strip()]
        names: dict[str, None] = {}
        for index, line in enumerate(lines):
            try:
                names |= dict.fromkeys(_row(index, line))
            except Malformed as wrong:
                if not index:
                    raise FileError(f"{shown}, line 1: {wrong.message}", hint=_OBJECT) from None
                break  # whoever reads that line says so
        if not lines:
            raise FileError(f"{shown} has no rows", hint=_OBJECT)
        return cls(list(names), shown), text

    def header(self, results: Sequence[str]) -> bytes:
        return b""

    def batches(self, stream: BinaryIO, rest: bytes) -> Iterator[tuple[bytes, int]]:
        line, held = 1, rest
        while True:
            more = stream.read(_PIECE)
            text = held + more
            end = len(text) if not more else text.rfind(b"\n") + 1
            if end:
                yield text[:end], line
                line += text.count(b"\n", 0, end)
            held = text[end:]
            if not more:
                return
            if len(held) > LONGEST:
                raise endless(self.shown, line)

    def read(self, batch: bytes, needed: Sequence[str]) -> tuple[list[Any], list[Any]]:
        rows = self._rows(batch)
        columns = []
        for name in needed:
            column = [row.get(name) for _, row in rows]
            if not all(type(each) in (float, int, type(None)) for each in column):
                index = next(i for i, each in enumerate(column) if type(each) not in (float, int, type(None)))
                raise Malformed(index, name, f"{json.dumps(column[index])[:40]} is not a number")
            try:
                columns.append(np.array([np.nan if each is None else each for each in column], dtype=float))
            except OverflowError:
                columns.append(np.array([np.nan if each is None else double(each) for each in column]))
        return rows, columns

    def exact(self, rows: list[Any], name: str, places: Sequence[int]) -> list[Any]:
        """What numbers that are large say, with all of their digits."""
        found = []
        for line, row in (rows[place] for place in places):
            number = row[name]
            found.append(
                said(json.loads(line, parse_float=str, parse_int=float)[name])
                if type(number) is float
                else number
            )
        return found

    def _rows(self, batch: bytes) -> list[Any]:
        lines = [line for line in batch.split(b"\n") if line.strip()]
        try:
            rows = json.loads(b"[" + b",".join(lines) + b"]", object_pairs_hook=_members)
        except (ValueError, RecursionError):
            rows = []
        if len(rows) != len(lines) or not all(type(row) is dict for row in rows):
            rows = [_row(index, line) for index, line in enumerate(lines)]
        taken = set(self.results)
        for index, row in enumerate(rows):
            if taken & row.keys():
                name = min(taken & row.keys())
                raise Malformed(index, name, "this column is there already")
        return list(zip(lines, rows))

    def line(self, batch: bytes, index: int) -> int:
        lines = batch.split(b"\n")
        return [number for number, line in enumerate(lines) if line.strip()][index]

    def append(self, rows: list[Any], found: Found) -> bytes:
        columns = [
            [None if each != each else each for each in column.tolist()] for column in found.results
        ]  # fmt: skip
        reasons = [each or None for each in reason_texts(found.reasons)]
        names = [json.dumps(name) + ":" for name in [*self.results]]
        lines = []
        for (line, row), *values in zip(rows, *columns, reasons):
            more = ",".join(name + json.dumps(value) for name, value in zip(names, values))
            lines.append(line.rstrip()[:-1].rstrip() + (b"," if row else b"") + more.encode() + b"}\n")
        return b"".join(lines)

    def table(self, rows: list[Any]) -> dict[str, Any]:
        """Every column, of values as JSON has them."""
        known = set(self.names)
        for index, (_, row) in enumerate(rows):
            if not known.issuperset(row):
                name = next(name for name in row if name not in known)
                raise Malformed(index, name, "no row of the first thousands has this member")
        return {name: [row.get(name) for _, row in rows] for name in self.names}

    def empty(self) -> bytes:
        return b""

    def encode(self, table: dict[str, Any]) -> bytes:
        """Columns of another format as objects."""
        names = [json.dumps(name) + ":" for name in table]
        columns = [map(_value, self._values(name, column)) for name, column in table.items()]
        lines = ["{" + ",".join(map(str.__add__, names, row)) + "}\n" for row in zip(*columns)]
        return "".join(lines).encode()

    def _values(self, name: str, column: Any) -> Any:
        """Cells of CSV as the numbers, with all of their digits, or the texts that they are."""
        if not isinstance(column, Cells):
            return column.tolist() if isinstance(column, np.ndarray) else column
        blank = BLANK if name in self.needed else ("",)
        read = [None if each.strip() in blank else (number(each), each) for each in column]
        return [each and (_decimal(each[1]) if isinstance(each[0], float) else each[0]) for each in read]


def _decimal(cell: str) -> Decimal | str:
    """The number that a cell says; JSON knows no infinity, which stays the text that it is."""
    found = Decimal(cell.strip())
    return found if found.is_finite() else cell


def _value(each: Any) -> str:
    """A cell as JSON has it."""
    if isinstance(each, float) and not math.isfinite(each):
        return "null"
    if isinstance(each, Decimal):
        return str(each)
    return json.dumps(each, default=plain)


class _Twice(ValueError):
    """A name that two members of an object have: readers differ on which of them counts."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return found


def _row(index: int, line: bytes) -> dict[str, Any]:
    try:
        try:
            row = json.loads(line, object_pairs_hook=_members)
        except _Twice:
            raise
        except ValueError:
            row = json.loads(
                line,
                object_pairs_hook=_members,
                parse_int=lambda digits: int(digits) if len(digits) <= 400 else float(digits),
            )
    except RecursionError:
        raise Malformed(index, "", "nested too deeply") from None
    except _Twice as twice:
        raise Malformed(index, "", f"two members are called {visible(str(twice))}") from None
    except ValueError:
        raise Malformed(index, "", "not JSON") from None
    if not isinstance(row, dict):
        raise Malformed(index, "", "not a JSON object")
    return row
