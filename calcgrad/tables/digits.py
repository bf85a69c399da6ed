"""Columns of doubles in the digits of Python's ``repr``, and back, in a fraction of the time.

lines([np.array([0.1, 1e-5]), np.array([2.0, np.nan])], ",")     # ["0.1,2.0", "1e-05,"]
numbers(b"0.1,2.0\n", ",", 2, [0], float)                        # [np.array([0.1])]

``repr`` has the fewest digits that read back to the double, and of those the nearest ones. There are at most 17: with
the double scaled to 17 digits before the point, they are the nearest multiple of 100, of 10 or of 1. (A multiple of
100 that reads back is the only one, because decimals of 15 digits are wider apart than doubles; its zeros are left
out.) The scaled number is a sum of two doubles (Dekker, A floating-point technique for extending the available
precision, 1971), wrong by less than 2^-40. What is that near to a tie, very large or very small is left to ``repr``.

A cell is read in the same way: as a whole number of up to 18 digits, divided by a power of ten as a sum of two doubles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

_FEW = 2000  # rows for which no table of powers is made
_ROWS = 8192  # at a time: they stay in the processor's cache
_WIDTH = 25  # of a number with what stands behind it
_FAR = 99  # decimal exponents beyond this are left to repr
_NEAR = 2.0**-40
_SPLIT = 2.0**27 + 1
_EXPONENT = 0x7FF << 52
_LONGEST = 24  # signs of a cell that is read here
_PLACES = np.arange(_LONGEST, dtype=np.uint8)
# A number before it is laid out: three zeros and its 17 digits, its sign, three signs, the exponent, and nothing.
_FIRST, _SIGN, _NOUGHT, _POINT, _E, _POWER, _NOTHING, _CELLS = 3, 20, 21, 22, 23, 24, 28, 32
_FIXED = range(-4, 16)  # exponents of numbers without e


def lines(columns: Sequence[Any], between: str) -> list[str]:
    """The numbers of every row with a character between them; nothing for nan."""
    count = len(columns[0])
    if count < _FEW:
        return list(map(between.join, zip(*map(_plainly, columns))))
    made: Any = np.empty((min(count, _ROWS), len(columns), _WIDTH), np.uint8)
    texts: list[str] = []
    for start in range(0, count, _ROWS):
        here = made[: count - start]
        for place, column in enumerate(columns):
            _write(column[start : start + _ROWS], here[:, place, :-1])
        here[:, :-1, -1] = ord(between)
        here[:, -1, -1] = ord("\n")
        texts += here.tobytes().translate(None, b"\0").decode("ascii").split("\n")[:-1]
    return texts


def _plainly(x: Any) -> list[str]:
    return ["" if each != each else repr(each) for each in x.tolist()]


def _write(x: Any, made: Any) -> None:
    """Each number in its row, with zero bytes behind and among its characters."""
    size = np.abs(x)
    plain = (size >= 10.0**-_FAR) & (size < 10.0**_FAR)
    size = np.where(plain, size, 1.0)
    exponents = np.floor(np.log10(size)).astype(np.int64)
    digits, sure = _decimal(size, exponents)
    digits = np.where(sure, digits, 10**16)
    cells = np.empty((len(x), _CELLS), np.uint8)
    words, rest = cells.view(np.uint32), digits
    for place in (4, 3, 2, 1):
        more = rest // 10_000
        words[:, place] = _fours().take(rest - more * 10_000)
        rest = more
    words[:, 0] = _fours().take(rest)
    cells[:, _SIGN] = np.signbit(x) * np.uint8(ord("-"))
    cells[:, _NOUGHT:_POWER] = np.frombuffer(b"0.e", np.uint8)
    words[:, _POWER // 4] = _exponents().take(exponents + _FAR)
    words[:, _NOTHING // 4] = 0
    nought = x == 0
    cells[nought, _FIRST] = ord("0")
    fixed = (exponents >= _FIXED.start) & (exponents < _FIXED.stop)
    form = np.where(fixed, exponents - _FIXED.start, len(_FIXED))
    places = _forms().take(form * 17 + 16 - _zeros(digits), axis=0)
    places += np.arange(0, cells.size, _CELLS)[:, None]
    made[:] = cells.ravel().take(places)
    odd = np.flatnonzero(~(plain & sure | nought))
    if len(odd):
        made[odd] = np.array(_plainly(x[odd]), f"S{_WIDTH - 1}").view(np.uint8).reshape(len(odd), -1)


def _decimal(x: Any, exponents: Any) -> tuple[Any, Any]:
    """The digits of positive numbers as whole numbers of 17 digits, and where those are certain."""
    power, high, low, error = (each.take(exponents + _FAR) for each in _powers())
    upper, lower = _halves(x)
    product = x * power
    rest = upper * high - product + upper * low + lower * high + lower * low + x * error
    nearest = np.rint(rest)
    whole = product.astype(np.int64) + nearest.astype(np.int64)
    rest -= nearest
    exponent = x.view(np.int64) & _EXPONENT
    reach = exponent.view(np.float64) * 2.0**-53 * power  # half of the way to the next double
    lopsided = exponent == x.view(np.int64)  # a power of two: the double below it is nearer
    reach = np.where(lopsided, 0.5 * reach, reach)
    found, sure, fits = whole, 0.5 - np.abs(rest) > _NEAR, lopsided
    for step in (10, 100):
        beside = whole - whole // step * step
        apart = beside + rest
        up = apart > 0.5 * step
        apart = np.abs(apart - step * up)
        fits = apart < reach
        found = np.where(fits, whole - beside + step * up, found)
        clear = (np.abs(apart - reach) > _NEAR) & (0.5 * step - apart > _NEAR)
        sure = clear & (fits | sure)
    return found, sure & (fits | ~lopsided) & (whole >= 10**16) & (found < 10**17)


def _zeros(digits: Any) -> Any:
    """How many zeros whole numbers of 17 digits end with."""
    found = (digits // 10 * 10 == digits).astype(np.int64)
    more = np.flatnonzero(digits // 100 * 100 == digits)
    rest, zeros = digits[more] // 100, np.full(len(more), 2)
    for step in (8, 4, 2, 1):
        fewer = rest // 10**step
        even = fewer * 10**step == rest
        rest = np.where(even, fewer, rest)
        zeros += step * even
    found[more] = zeros
    return found


def numbers(
    text: bytes, between: str, width: int, places: Sequence[int], read: Callable[[str], float]
) -> list[Any] | None:
    """The columns of records without quotes; ``read`` has the cells that are not digits with a sign or a point.

    None where a record is not of that width.
    """
    signs = np.frombuffer(text if text.endswith(b"\n") else text + b"\n", np.uint8)
    marks = np.flatnonzero((signs == ord(between)) | (signs == ord("\n")))
    if len(marks) % width:
        return None
    starts = np.concatenate([[0], marks[:-1] + 1]).reshape(-1, width)
    ends = marks.reshape(-1, width)
    last = signs.take(ends) == ord("\n")
    if not last[:, -1].all() or last[:, :-1].any():
        return None
    if b"\r" in text:
        ends[:, -1] -= (signs.take(ends[:, -1] - 1, mode="clip") == ord("\r")) & (ends > starts)[:, -1]
    columns = []
    for start, end in ((starts[:, place], ends[:, place]) for place in places):
        column = np.empty(len(start))
        for first in range(0, len(start), _ROWS):
            rows = slice(first, first + _ROWS)
            column[rows], sure = _read(signs, start[rows], end[rows])
            for row in (first + np.flatnonzero(~sure)).tolist():
                column[row] = read(text[start[row] : end[row]].decode("latin-1"))
        columns.append(column)
    return columns


def _read(signs: Any, starts: Any, ends: Any) -> tuple[Any, Any]:
    """The cells of a column as doubles, and where these are certain."""
    first = signs.take(starts, mode="clip")
    minus = first == ord("-")
    length = ends - starts - (minus | (first == ord("+")))
    cells = signs.take(ends[:, None] + np.arange(-_LONGEST, 0), mode="clip")
    cells -= ord("0")
    cells *= np.clip(_LONGEST - length, 0, _LONGEST).astype(np.uint8)[:, None] <= _PLACES
    points = cells == ord(".") + 256 - ord("0")
    point = points.argmax(axis=1)
    pointed = points[np.arange(len(cells)), point]
    front = (
        _PLACES[1:] <= (point * pointed).astype(np.uint8)[:, None]
    )  # what is before a point moves into its place
    cells[:, 1:] = np.where(front, cells[:, :-1], cells[:, 1:])
    sure = (length > pointed) & (length <= _LONGEST)
    if (others := cells > 9).any():
        sure &= ~others.any(axis=1)
    eights = _eights(cells)
    whole = eights @ np.array([10**16, 10**8, 1])
    sure &= eights[:, 0] < 900
    x = whole.astype(float)
    more = (whole - x.astype(np.int64)).astype(float)
    power, high, low, error = (each.take(np.where(pointed, _LONGEST - 1 - point, 0)) for each in _tenths())
    upper, lower = _halves(x)
    product = x * power
    rest = upper * high - product + upper * low + lower * high + lower * low + x * error + more * power
    made = product + rest
    rest = np.abs(rest - (made - product))
    exponent = made.view(np.int64) & _EXPONENT
    reach = exponent.view(np.float64) * 2.0**-53  # half of the way to the next double
    lopsided = exponent == made.view(np.int64)
    near = made * 2.0**-90
    clear = (np.abs(rest - reach) > near) & ((np.abs(rest - 0.5 * reach) > near) | ~lopsided)
    return np.where(minus, -made, made), sure & (clear | (whole == 0))


def _eights(digits: Any) -> Any:
    """Every eight digits as a number: pairs of neighbours in a word become one, three times."""
    words = digits.view("<u8")
    for bits, worth, mask in (
        (8, 10, 0x00FF00FF00FF00FF),
        (16, 100, 0x0000FFFF0000FFFF),
        (32, 10_000, 0xFFFFFFFF),
    ):
        words = (words * np.uint64(worth) + (words >> np.uint64(bits))) & np.uint64(mask)
    return words.astype(np.int64)


def _halves(x: Any) -> tuple[Any, Any]:
    upper = x * _SPLIT
    upper -= upper - x
    return upper, x - upper


@cache
def _powers() -> tuple[Any, ...]:
    """What numbers of each exponent are scaled by: doubles, their upper and lower halves, and what they lack."""
    return _sums([Fraction(10) ** (16 - exponent) for exponent in range(-_FAR, _FAR + 1)])


@cache
def _tenths() -> tuple[Any, ...]:
    """The same, of what digits behind the point are worth."""
    return _sums([Fraction(1, 10**places) for places in range(_LONGEST + 1)])


def _sums(exact: Sequence[Fraction]) -> tuple[Any, ...]:
    power = np.array([float(each) for each in exact])
    lacking = np.array([float(each - Fraction(double)) for each, double in zip(exact, power.tolist())])
    return (power, *_halves(power), lacking)


@cache
def _fours() -> Any:
    return np.frombuffer(b"".join(b"%04d" % each for each in range(10_000)), np.uint32)


@cache
def _exponents() -> Any:
    texts = b"".join((b"%+03d" % each).ljust(4, b"\0") for each in range(-_FAR, _FAR + 1))
    return np.frombuffer(texts, np.uint32)


@cache
def _forms() -> Any:
    """For each exponent of a number without e, and for those with it, and for 1 to 17 digits: the cells in order."""
    made = []
    for exponent in (*_FIXED, None):
        for count in range(1, 18):
            digits = [*range(_FIRST, _FIRST + count)]
            if exponent is None:
                more = [_POINT, *digits[1:]] if count > 1 else []
                order = [digits[0], *more, _E, *range(_POWER, _NOTHING)]
            elif exponent >= 0:
                padded = digits + [_NOUGHT] * (exponent + 2 - count)
                order = [*padded[: exponent + 1], _POINT, *padded[exponent + 1 :]]
            else:
                order = [_NOUGHT, _POINT, *[_NOUGHT] * (-1 - exponent), *digits]
            made.append([_SIGN, *order, *[_NOTHING] * (_WIDTH - 2 - len(order))])
    return np.array(made)
