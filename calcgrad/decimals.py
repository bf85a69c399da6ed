"""Decimal text of numbers, as every answer prints it: rounded right, no zeros at the end.

fraction_text(Fraction(1, 3), 10)       # "0.3333333333"
float_text(1e-7)                        # "1e-7"
"""

from __future__ import annotations

import math
from fractions import Fraction

_CHUNK = 10**4000


def digits(value: int) -> str:
    """``str`` of an integer >= 0 without Python's limit on its length."""
    chunks = []
    while value >= _CHUNK:
        value, low = divmod(value, _CHUNK)
        chunks.append(f"{low:04000d}")
    return str(value) + "".join(reversed(chunks))


def place(sign: str, significand: int, power: int) -> str:
    """sign, significand * 10**power: e-notation below 1e-5 and from 1e16."""
    full = digits(significand)
    kept = full.rstrip("0") or "0"
    power += len(full) - len(kept)
    exponent = len(kept) + power - 1
    if exponent < -5 or exponent >= 16:
        mantissa = kept[0] + ("." + kept[1:] if len(kept) > 1 else "")
        return f"{sign}{mantissa}e{'+' if exponent > 0 else '-'}{abs(exponent)}"
    if power >= 0:
        return sign + kept + "0" * power
    if exponent >= 0:
        return f"{sign}{kept[: exponent + 1]}.{kept[exponent + 1 :]}"
    return f"{sign}0.{'0' * (-exponent - 1)}{kept}"


def fraction_text(value: Fraction, count: int) -> str:
    """A rational rounded half to even to ``count`` significant digits."""
    if not value:
        return "0"
    top, bottom = abs(value.numerator), value.denominator
    power = (top.bit_length() - bottom.bit_length()) * 30103 // 100000 - count  # within two of the right one
    while True:
        scale = 10 ** max(power, 0)
        significand, rest = divmod(top * 10 ** max(-power, 0), bottom * scale)
        if significand >= 10**count:
            power += 1
        elif significand < 10 ** (count - 1):
            power -= 1
        else:
            break
    twice = 2 * rest - bottom * scale
    significand += twice > 0 or (twice == 0 and significand % 2 == 1)
    return place("-" if value < 0 else "", significand, power)


def float_text(value: float, count: int = 10) -> str:
    """A double; 17 digits and more give the shortest text that reads back to it."""
    value = float(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "oo" if value > 0 else "-oo"
    if value == 0:
        return "0"
    mantissa, _, exponent = (repr(abs(value)) if count >= 17 else f"{abs(value):.{count - 1}e}").partition(
        "e"
    )
    whole, _, fraction = mantissa.partition(".")
    return place("-" if value < 0 else "", int(whole + fraction), int(exponent or 0) - len(fraction))
