r"""What people write before an expression: y = ..., f'(x) = ..., dy/dx = ..., what calcgrad prints, d/dx, lim x->0.

labelled("f(x) = 3*x^2")                  # start=6, stop=12: where the expression stands
labelled("d/dx sin x").by                 # ("x",): what diff does
labelled(r"\lim_{x \to 0^+} \ln x").to    # ("x", "0+"): what limit does
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

_PLAIN = "[fghuvwyzsFGHUVWYZS]"  # stand alone before an equals sign
_CAPITAL = "[A-WYZ]"
_ARGUMENTS = r"\(\s*[A-Za-z]\w*(?:\s*,\s*[A-Za-z]\w*)*\s*\)"
_ORDER = r"(?:\^?\s*(?:\{\s*)?([2-9²-⁹])(?:\s*\})?)?"
_D = r"(?:d|∂|\\partial|\\mathrm\s*\{\s*d\s*\}|\\operatorname\s*\{\s*d\s*\})\s*"
_NAME = r"(?:\\[A-Za-z]+|[A-Za-z]|[α-ωϕϵ])"
# f = ..., f(x) = ..., f'(x) = ..., f^(4)(x) = ...
_FUNCTION = rf"""(?P<name>[A-Za-z][0-9]?)
    (?P<primes>['′’″]+|\^\{{?\([0-9]+\)\}}?|\^\{{?(?:\\prime\s*)+\}}?)?\s*(?P<arguments>{_ARGUMENTS})?"""
# dy/dx, d^2y/dx^2, d/dx, \frac{{d}}{{dx}}
_QUOTIENT = rf"""(?:(?P<fraction>\\[dt]?frac\s*\{{\s*)?{_D}{_ORDER}\s*(?P<top>[A-Za-z]?)\s*(?:{_ARGUMENTS})?\s*
    (?:(?<!\\)/\s*(?=d|∂)|\}}\s*\{{\s*(?=.)){_D}(?P<by>{_NAME})\s*{_ORDER}(?(fraction)\s*\}}))"""
_LABEL = re.compile(rf"(?:(?:{_FUNCTION}|{_QUOTIENT}(?P<of>[^=]*?))\s*)?=(?!=)", re.VERBOSE)
_OPERATOR = re.compile(rf"{_QUOTIENT}(?=[\s(\[{{\\])\s*", re.VERBOSE)
_PLACE = r"(?P<name>[^\W\d]\w*|\\[A-Za-z]+)\s*(?:->|→|⟶|\\to(?![a-z])|\\(?:long)?rightarrow)\s*"
_LIMIT = re.compile(
    rf"\\?lim(?:\s*\\limits)?\s*_\s*\{{\s*{_PLACE}(?P<latex>(?:[^{{}}]|\{{[^{{}}]*\}})*)\}}"
    rf"|lim\s*(?:_?\(\s*{_PLACE.replace('<name>', '<inner>')}(?P<bracketed>[^()]+)\)"
    rf"|_?\s*{_PLACE.replace('<name>', '<bare>')}(?P<plain>[^\s(]+))"
)
_SIDE = re.compile(r"\s*\^\s*(?:\{\s*([+-])\s*\}|([+-]))\s*$")
_VALUE = re.compile(r"=\s*[+-]?[0-9.]+(?:e[+-]?[0-9]+)?$")


class Label(NamedTuple):
    """Where the expression behind a label begins and ends; does the label call it a derivative?

    ``by`` are the variables of d/dx before it, in turn, and ``to`` is the variable of lim with where it goes.
    """

    start: int
    stop: int
    derivative: bool = False
    by: tuple[str, ...] = ()
    to: tuple[str, str] | None = None


def labelled(source: str, names: Collection[str] = ()) -> Label:
    """``names`` are variables: what begins with one of them and ``=`` is an equation, and no label."""
    start, derivative = 0, False
    stop = len(source.rstrip(" \t\n$"))
    while match := _LABEL.match(source, _next(source, start, stop), stop):
        if match["name"] and not _is_label(match, source, names):
            break
        derivative |= bool(match["primes"] or match["by"])
        start = match.end()
    value = _VALUE.search(source, start, stop) if start else None
    stop = len(source.rstrip()) if value is None else value.start()
    begins = _next(source, start, stop)
    if found := _LIMIT.match(source, begins, stop):
        groups = found.groupdict()
        place = groups["latex"] or groups["bracketed"] or groups["plain"]
        name = (found["name"] or groups["inner"] or groups["bare"]).removeprefix("\\")
        return Label(found.end(), stop, derivative, (), (name, _SIDE.sub(lambda m: m[1] or m[2], place)))
    if (found := _OPERATOR.match(source, begins, stop)) and not found["top"] and "d" not in names:
        return Label(found.end(), stop, derivative, (found["by"].removeprefix("\\"),) * _order(found))
    return Label(start, stop, derivative)


def _next(source: str, start: int, stop: int) -> int:
    """Past white space, and past the dollar signs and the like that only say that it is LaTeX."""
    blank = re.compile(r"(?:\s|\$|\\[(\[,;:! ]|\\displaystyle)*").match(source, start, stop)
    return start if blank is None else blank.end()


def _order(quotient: re.Match[str]) -> int:
    written = next((each for each in quotient.groups() if each and each in "23456789²³⁴⁵⁶⁷⁸⁹"), "1")
    return "1²³⁴⁵⁶⁷⁸⁹".index(written) + 1 if written in "²³⁴⁵⁶⁷⁸⁹" else int(written)


def _is_label(match: re.Match[str], source: str, names: Collection[str]) -> bool:
    """Is what stands before an equals sign a name for what follows, and not one side of an equation?"""
    name = match["name"]
    called = match["primes"] or match["arguments"]
    if name in names or re.search(rf"(?<![A-Za-z\\]){name}(?![A-Za-z0-9_(])", source[match.end() :]):
        return False
    return bool(called or re.fullmatch(rf"(?:{_PLAIN}|{_CAPITAL})[0-9]?", name))
