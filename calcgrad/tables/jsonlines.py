"""JSON lines: one object a row; a row is kept as it is written, results are more members of it.

A batch is a run of whole lines, as bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from calcgrad.errors import FileError
from calcgrad.tables.rows import Found, Malformed, reason_texts

_PIECE = 1 << 20  # bytes


@dataclass
class JSONLines:
    """The reader and writer of one file. Its columns are the members of its first object."""

    names: list[str]
    results: list[str] = field(default_factory=list)

    extension = "jsonl"

    @classmethod
    def opened(cls, stream: BinaryIO, shown: str) -> tuple[JSONLines, bytes]:
        text = stream.read(_PIECE).removeprefix(b"\xef\xbb\xbf")
        while b"\n" not in text.lstrip():
            more = stream.read(_PIECE)
            if not more:
                break
            text += more
        first = text.lstrip().split(b"\n", 1)[0]
        try:
            row = json.loads(first or b"{}")
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise FileError(f"{shown}, line 1: not a JSON object", hint='{"x": 1.5, "y": 2}')
        return cls(list(row)), text

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
                index = next(i for i, each in enumerate(column) if each and abs(each) > 10**308)
                raise Malformed(index, name, "a number that is too large for a double") from None
        return rows, columns

    def _rows(self, batch: bytes) -> list[Any]:
        lines = [line for line in batch.split(b"\n") if line.strip()]
        try:
            rows = json.loads(b"[" + b",".join(lines) + b"]")
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
        names = list(dict.fromkeys([*self.names, *(name for _, row in rows for name in row)]))
        found: dict[str, Any] = {}
        for name in names:
            column = [row.get(name) for _, row in rows]
            plain = all(type(each) in (float, int, type(None)) for each in column)
            found[name] = (
                np.array([np.nan if each is None else each for each in column], dtype=float)
                if plain
                else [each if isinstance(each, str | None) else json.dumps(each) for each in column]
            )
        return found

    def encode(self, table: dict[str, Any]) -> bytes:
        columns = [column.tolist() if hasattr(column, "tolist") else column for column in table.values()]
        rows = (
            {name: None if each != each else each for name, each in zip(table, row)} for row in zip(*columns)
        )
        return "".join(json.dumps(row, separators=(",", ":"), default=str) + "\n" for row in rows).encode()


def _row(index: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise Malformed(index, "", "not JSON") from None
    if not isinstance(row, dict):
        raise Malformed(index, "", "not a JSON object")
    return row
