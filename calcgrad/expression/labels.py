"""What people write before an expression: y = ..., f'(x) = ..., dy/dx = ..., and what calcgrad itself prints there.

labelled("f(x) = 3*x^2")         # Label(start=6, stop=12, derivative=False): where the expression stands
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

_LETTER = "[fghuvwyzsFGHUVWYZS]"
_ARGUMENTS = r"(?:\(\s*[A-Za-z]\w*(?:\s*,\s*[A-Za-z]\w*)*\s*\))?"
_LABEL = re.compile(rf"""(?:(?:
      (?P<name>{_LETTER}[0-9]?)(?P<primes>['′’]+)?\s*{_ARGUMENTS}
    | (?P<quotient>[d∂](?:\^?[0-9²³])?(?:{_LETTER}|\s*)\s*{_ARGUMENTS}/\s*[d∂][A-Za-z](?:\^?[0-9²³])?
        \s*(?:{_LETTER}{_ARGUMENTS})?)
    | (?P<fraction>\\[dt]?frac\{{d(?:\^\{{?[0-9]\}}?)?{_LETTER}?\}}\{{d[A-Za-z](?:\^\{{?[0-9]\}}?)?\}}
        \s*(?:{_LETTER}{_ARGUMENTS})?)
    )\s*)?=(?!=)""", re.VERBOSE)  # fmt: skip
_VALUE = re.compile(r"=\s*[+-]?[0-9.]+(?:e[+-]?[0-9]+)?$")


class Label(NamedTuple):
    """Where the expression behind a label begins and ends; does the label call it a derivative?"""

    start: int
    stop: int
    derivative: bool = False


def labelled(source: str, names: Collection[str] = ()) -> Label:
    """``names`` are variables: what begins with one of them and ``=`` is an equation, and no label."""
    start, derivative = 0, False
    stop = len(source.rstrip())
    while match := _LABEL.match(source, stop - len(source[start:stop].lstrip())):
        name = match["name"] or ""
        if name in names or (name and re.search(rf"(?<![A-Za-z]){name}(?![A-Za-z(])", source[match.end() :])):
            break
        derivative |= bool(match["primes"] or match["quotient"] or match["fraction"])
        start = match.end()
    value = _VALUE.search(source, start, stop) if start else None
    return Label(start, stop if value is None else value.start(), derivative)
