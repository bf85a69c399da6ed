"""CSV and TSV, as spreadsheets and NumPy write them: cells are kept as they are written, results appended.

A batch is a run of whole records, as bytes. Where pyarrow is installed it reads the numbers and writes them, to the
same bytes; records with quotes go through the standard library's reader in any case.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from calcgrad.errors import FileError, UsageError
from calcgrad.tables import digits
from calcgrad.tables.cells import Cells, encoded, said, text
from calcgrad.tables.rows import BLANK, BOM, LONGEST, MEND, Found, Malformed, endless, reason_texts, visible

_PIECE = 1 << 20  # bytes
_DELIMITERS = ",;\t|"
_WORDS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|", "pipe": "|", "space": " "}
_UNQUOTED = 'a quote stands alone here; one within a cell is written "" and the cell in quotes: "5"" pipe"'
_RAGGED = "a cell that holds the delimiter stands in quotes; --delimiter names another"
_POINT = "a number has a decimal point, and nothing between its thousands"
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
csv.field_size_limit(2**31 - 1)  # cells are as long as they are, with quotes and without


@dataclass
class Delimited:
    """The reader and writer of one file: its header, its delimiter, and how its lines end."""

    names: list[str]
    delimiter: str
    shown: str = ""  # the file's name, as errors have it
    ending: str = "\n"
    arrow: bool = False  # let pyarrow read and write the numbers
    first: int = 2  # line number of the first record
    results: list[str] = field(default_factory=list)
    needed: Sequence[str] = ()

    @classmethod
    def opened(cls, stream: BinaryIO, shown: str, delimiter: str = "") -> tuple[Delimited, bytes]:
        """What the header says, and the bytes behind it that were read with it."""
        text = stream.read(_PIECE).removeprefix(BOM)
        while (end := _record_end(text)) < 0:
            if len(text) > LONGEST:
                raise endless(shown, 1)
            more = stream.read(_PIECE)
            if not more:
                end = len(text)
                break
            text += more
        header, rest = text[:end], text[end:]
        try:
            line = header.decode("utf-8")
        except UnicodeDecodeError:
            raise FileError(f"{shown} is not UTF-8 text", hint="convert it to UTF-8") from None
        ending = "\r\n" if line.endswith("\r\n") else "\n"
        line = line.rstrip("\r\n")
        if "\r" in line.replace("\r\n", "\n"):
            raise FileError(
                f"{shown} has lines that end with a carriage return alone", hint="end them with \\n"
            )
        if not line.strip():
            raise FileError(f"{shown} has no header", hint="name the columns in its first line")
        delimiter = delimiter or _sniffed(line)
        try:
            [cells] = csv.reader([line], delimiter=delimiter)
        except (csv.Error, ValueError):
            raise Malformed(0, "", _UNQUOTED).error(shown, 1) from None
        names = [each.strip() for each in cells]
        if all(map(_NUMBER.fullmatch, names)) and names != [*map(str, range(len(names)))]:
            raise FileError(
                f"{shown} has no header: its first line holds numbers",
                hint="name the columns in its first line",
            )
        return cls(names, delimiter, shown, ending, first=2 + header.count(b"\n", 0, -2)), rest

    def header(self, results: Sequence[str]) -> bytes:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=self.delimiter, lineterminator=self.ending).writerow(
            [*self.names, *results]
        )
        return buffer.getvalue().encode()

    def batches(self, stream: BinaryIO, rest: bytes) -> Iterator[tuple[bytes, int]]:
        """Runs of whole records, each with the line number of its first."""
        line, held = self.first, rest
        while True:
            more = stream.read(_PIECE)
            text = held + more
            end = len(text) if not more else _last_end(text)
            if end:
                yield text[:end], line
                line += text.count(b"\n", 0, end)
            held = text[end:]
            if not more:
                return
            if len(held) > LONGEST:
                raise endless(self.shown, line)

    # ------------------------------------------------------------------------------------------- a batch

    def read(self, batch: bytes, needed: Sequence[str]) -> tuple[Any, list[Any]]:
        """The records as text (each byte a character), and the needed columns as doubles."""
        places = [self.names.index(name) for name in needed]
        quoted = b'"' in batch
        if self.arrow and places and not quoted:
            from calcgrad.tables import arrow

            lines = arrow.Lines(batch)
            columns = arrow.numbers(batch, self.delimiter, len(self.names), places, len(lines))
            if columns is not None:
                return lines, columns
        records = _records(batch)
        if places and not quoted:
            with suppress(ValueError):  # which cell is no number is found below
                columns = digits.numbers(batch, self.delimiter, len(self.names), places, _double)
                if columns is not None and len(columns[0]) == len(records):
                    return records, columns
        cells = self._cells(records, quoted)
        return records, [self._column(cells, place) for place in places]

    def _cells(self, records: list[str], quoted: bool) -> list[list[str]]:
        if not quoted:
            found = [record.split(self.delimiter) for record in records]
        else:
            found = []
            for index, record in enumerate(records):
                try:
                    [row] = csv.reader([record], delimiter=self.delimiter, strict=True)
                except (csv.Error, ValueError):
                    raise Malformed(index, "", _UNQUOTED) from None
                if record.count('"') % 2:  # it goes on to the end of the file
                    raise Malformed(index, "", _UNQUOTED)
                found.append(row)
        for index, row in enumerate(found):
            if len(row) != len(self.names):
                many = f"{len(row)} cell{'s' * (len(row) != 1)} where the header has {len(self.names)}"
                raise Malformed(index, "", many, _RAGGED)
        return found

    def _column(self, cells: list[list[str]], place: int) -> Any:
        column = np.empty(len(cells))
        for index, row in enumerate(cells):
            try:
                column[index] = _double(row[place])
            except ValueError:
                shown = visible(cells[index][place].encode("latin-1").decode("utf-8", "replace").strip(" \t"))
                hint = _POINT if "," in shown else MEND
                raise Malformed(index, self.names[place], f"'{shown}' is not a number", hint) from None
        return column

    def line(self, batch: bytes, index: int) -> int:
        """How many lines of a batch stand before a record."""
        lines = 0
        for record in _records(batch, blank=True):
            if record and not index:
                break
            index -= bool(record)
            lines += 1 + record.count("\n")
        return lines

    def append(self, records: Any, found: Found) -> bytes:
        """The records with their results behind them."""
        if not len(records):
            return b""
        if not isinstance(records, list):
            from calcgrad.tables import arrow

            return bytes(arrow.joined(records, found, self.delimiter, self.ending))
        texts = digits.lines(found.results, self.delimiter)
        reasons = reason_texts(found.reasons) if found.reasons.any() else [""] * len(records)
        lines = map(self.delimiter.join, zip(records, texts, reasons))
        return (self.ending.join(lines) + self.ending).encode("latin-1")

    def table(self, records: Any) -> dict[str, Any]:
        """Every column, of texts as they are written."""
        records = records if isinstance(records, list) else _records(records.batch)
        cells = self._cells(records, any('"' in record for record in records))
        return {
            name: Cells(self._text(row[place], index, name) for index, row in enumerate(cells))
            for place, name in enumerate(self.names)
        }

    def _text(self, cell: str, index: int, name: str) -> str:
        try:
            return cell if cell.isascii() else cell.encode("latin-1").decode()
        except UnicodeDecodeError:
            raise Malformed(index, name, "not UTF-8 text") from None

    def empty(self) -> bytes:
        return b""

    def exact(self, records: Any, name: str, rows: Sequence[int]) -> list[Any]:
        """What cells that hold numbers say, with all of their digits."""
        place = self.names.index(name)
        lines = records if isinstance(records, list) else _records(records.batch)
        lines = [lines[row] for row in rows]
        return [
            said(cells[place].strip()) for cells in self._cells(lines, any('"' in line for line in lines))
        ]

    def encode(self, table: dict[str, Any]) -> bytes:
        """Columns of another format as records."""
        buffer = io.StringIO()
        rows = zip(*map(_texts, table.values()))
        csv.writer(buffer, delimiter=self.delimiter, lineterminator=self.ending).writerows(rows)
        return encoded(buffer.getvalue())


def _texts(column: Any) -> list[str]:
    if isinstance(column, np.ndarray):
        return written(column) if column.dtype.kind == "f" else [str(each) for each in column.tolist()]
    return ["" if each is None else text(each) for each in column]


def written(column: Any) -> list[str]:
    """Doubles in the fewest digits that read back to them; nothing for nan."""
    if column.dtype == float:
        return digits.lines([column], ",")
    texts = list(map(str, column.tolist()))
    for index in np.flatnonzero(np.isnan(column)).tolist():
        texts[index] = ""
    return texts


def character(word: str) -> str:
    """The character that an option names."""
    found = _WORDS.get(word, word)
    if len(found) != 1 or not found.isascii() or found.isalnum() or found in '\r\n\0"+-._':
        raise UsageError(
            f"--delimiter '{visible(word)}' is no character that can stand between cells",
            hint="--delimiter ';', tab, bar or space",
        )
    return found


def _sniffed(line: str) -> str:
    """The delimiter of a header: the one that is there most often outside of quotes."""
    bare = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=lambda each: (bare.count(each), -_DELIMITERS.index(each)))


def _record_end(text: bytes) -> int:
    """Where the first record ends; -1 where it does not yet."""
    end = text.find(b"\n")
    while end >= 0 and text.count(b'"', 0, end) % 2:
        end = text.find(b"\n", end + 1)
    return end + 1 if end >= 0 else -1


def _last_end(text: bytes) -> int:
    """Where the last whole record ends, a text beginning with a record; 0 where there is none."""
    end = text.rfind(b"\n") + 1
    if text.count(b'"', 0, end) % 2:
        marks = np.frombuffer(text, np.uint8)
        odd = np.cumsum(marks == 34) % 2
        ends = np.flatnonzero((marks == 10) & (odd == 0))
        return int(ends[-1]) + 1 if len(ends) else 0
    return end


def _double(cell: str) -> float:
    """The number in a cell, nan where there is none. Raises ValueError where something else is."""
    cell = cell.strip()
    if "_" in cell:  # what Python reads as a number and nobody else does
        raise ValueError(cell)
    return float(cell) if cell not in BLANK else np.nan


def _records(batch: bytes, blank: bool = False) -> list[str]:
    """The records of a batch that are not blank, without their ends; each byte is one character."""
    text = batch.decode("latin-1")
    if '"' in text:
        lines, held = [], ""
        for line in text.split("\n"):
            held = f"{held}\n{line}" if held else line
            if held.count('"') % 2 == 0:
                lines.append(held)
                held = ""
        lines += [held] if held else []
    else:
        lines = text.split("\n")
    if "\r" in text:
        lines = [line.rstrip("\r") for line in lines]
    return [line for line in lines if line] if "" in lines and not blank else lines
