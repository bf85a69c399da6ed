"""Columns whose cells have no type yet, those of CSV and the members of JSON lines, and the type that keeps them all.

kind(Cells(["1", "", "2"]))             # WHOLE
typed(Cells(["1", "", "2"]), WHOLE)     # [1, None, 2]
Kinds().typed("n", Cells(["1", "x"]))   # ["1", "x"]: of one type from batch to batch, or Retyped
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from calcgrad.errors import FileError
from calcgrad.tables.rows import BLANK, EXACT

TRUTH, WHOLE, REAL, TEXT = "truth", "whole", "real", "text"
_DIGITS = re.compile(r"0|-?[1-9]\d*", re.ASCII)
_LEADING = re.compile(r"[+-]?0\d", re.ASCII)
_FEW = 15  # digits, which every double keeps
_SMALLEST = -1000  # the exponent of what is written out


class Cells(list[str]):
    """Texts as they are written, of which some may be numbers."""

    __slots__ = ()


class Retyped(Exception):
    """A later batch needs another type of a column than those before it."""

    def __init__(self, column: str, kind: str) -> None:
        super().__init__(column, kind)
        self.column, self.kind = column, kind


def number(cell: str) -> int | float | str:
    """The number that a text is, where it is written as a number would be, or the text; 007 is a name."""
    bare = cell.strip()
    if _DIGITS.fullmatch(bare):
        return int(bare) if len(bare) <= 400 else cell
    if "_" in bare or _LEADING.match(bare):
        return cell
    try:
        return float(bare)
    except ValueError:
        return cell


def said(cell: str) -> float | Fraction | None:
    """The number that a text says, with all of its digits; None for one that is too small to be written out.

    A float where it has so few digits that the double stands for it.
    """
    if len(cell) <= _FEW and cell.isascii() and cell.replace(".", "", 1).lstrip("+-").isdigit():
        return float(cell)
    try:
        number = Decimal(cell)
    except InvalidOperation:
        return None
    if not number:
        return 0.0
    return Fraction(number) if number.adjusted() >= _SMALLEST else None


def double(value: Any) -> float:
    """The double next to a number; an infinite one where there is none."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _truth(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise ValueError


def _whole(value: Any) -> int:
    if type(value) is int and -(2**63) <= value < 2**63:
        return value
    raise ValueError


def _real(value: Any) -> float:
    if type(value) is float or (type(value) is int and abs(value) <= EXACT):
        return float(value)
    raise ValueError


def text(value: Any) -> str:
    """A value as a text: itself, or what JSON says."""
    if isinstance(value, str):
        return value
    return json.dumps(value, default=plain) if type(value) in _JSON else plain(value)


_JSON = (bool, int, float, list, dict)


def plain(value: Any) -> str:
    """What JSON has no word for, as a text."""
    if isinstance(value, bytes):
        raise FileError("a column holds bytes, which no text can", hint="-o out.parquet")
    return str(value)


_TYPES: dict[str, Callable[[Any], Any]] = {TRUTH: _truth, WHOLE: _whole, REAL: _real, TEXT: text}


def typed(column: Sequence[Any], kind: str) -> list[Any]:
    """A column as values of one type, None for a gap. Raises ValueError where a cell would not be kept."""
    if isinstance(column, Cells):
        if kind == TEXT:
            return list(column)
        column = [None if each.strip() in BLANK else number(each) for each in column]
    return [None if each is None else _TYPES[kind](each) for each in column]


def kind(column: Sequence[Any], order: Sequence[str] = (TRUTH, WHOLE, REAL)) -> str:
    """The first type that keeps every cell; TEXT where none does."""
    for each in order:
        with suppress(ValueError):
            return each if any(value is not None for value in typed(column, each)) else REAL
    return TEXT


class Kinds(dict[str, str]):
    """The types of columns that had none, the same in every batch.

    Of those that are ``needed`` numbers are doubles. Without ``gaps`` only a double may be missing.
    """

    needed: Sequence[str] = ()
    gaps = True

    def typed(self, name: str, column: Sequence[Any]) -> list[Any]:
        """A column as values of its type. Raises Retyped where it is too narrow."""
        whole = self.gaps or not _holes(column)
        order = (REAL, WHOLE) if name in self.needed else (TRUTH, WHOLE, REAL) if whole else (REAL,)
        found = self.setdefault(name, kind(column, order))
        try:
            values = typed(column, found)
            if found in (TRUTH, WHOLE) and not whole:
                raise ValueError
        except ValueError:
            wider = found == WHOLE and kind(column) in (WHOLE, REAL)
            raise Retyped(name, REAL if wider else TEXT) from None
        return values


def _holes(column: Sequence[Any]) -> bool:
    return any(each.strip() in BLANK if isinstance(column, Cells) else each is None for each in column)


def encoded(made: str) -> bytes:
    try:
        return made.encode()
    except UnicodeEncodeError:
        raise half() from None


def half() -> FileError:
    return FileError("a text holds half of a surrogate pair", hint="-o out.jsonl can write it")
