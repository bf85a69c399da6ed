"""Words that are written out when they are read: log(x, b) is log(x)/log(b), whatever reads the tree.

    takes("log", 2)                                 # True
    expansion("log", [Name("x"), Number(2)], parse) # the tree of log(x)/log(2)

A row is one definition in the language over its parameters. They need no engine, no rule and no printer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from calcgrad.expression import catalogue
from calcgrad.expression.catalogue import Row, shorthand
from calcgrad.expression.tree import Name, Node, substitute

_TURN = "by degrees"

ROWS = (
    shorthand("log", "x b", "log(x)/log(b)", "logarithm to base b"),
    shorthand("pow", "x n", "x**n", "power", "power"),
    shorthand("square", "x", "x**2", "square"),
    shorthand("exp2", "x", "2**x", "2**x"),
    shorthand("clip", "x a b", "Min(Max(x, a), b)", "x, between a and b"),
    shorthand("sinc", "x", "where(x == 0, 1, sin(pi*x)/(pi*x))", "NumPy's sinc: sin(pi*x)/(pi*x), 1 at 0"),
    shorthand("mod", "x y", "x - y*floor(x/y)", "remainder, with the sign of y; also x % y", "remainder"),
    shorthand("fmod", "x y", "x - y*sign(x/y)*floor(abs(x/y))", "remainder, with the sign of x as in C", "rem"),
    shorthand("arcctg", "x", "pi/2 - atan(x)", "inverse cotangent between 0 and pi", "arccotg arcotg"),
    shorthand("frac", "x", "x - floor(x)", "fractional part, x - floor(x)"),
    shorthand("trunc", "x", "sign(x)*floor(abs(x))", "whole part, towards 0", "fix"),
    shorthand(
        "round", "x",
        "where(x + 1/2 == floor(x + 1/2), 2*floor(x/2 + 1/4), floor(x + 1/2))",
        "nearest whole number, halves to the even one as NumPy does", "rint",
    ),
    shorthand("logaddexp", "x y", "logsumexp([x, y])", "log(exp(x) + exp(y))"),
    shorthand("deg2rad", "x", "x*pi/180", "degrees to radians; also x°", "radians"),
    shorthand("rad2deg", "x", "x*180/pi", "radians to degrees", "degrees"),
    shorthand("sind", "x", "sin(x*pi/180)", f"sine {_TURN}"),
    shorthand("cosd", "x", "cos(x*pi/180)", f"cosine {_TURN}"),
    shorthand("tand", "x", "tan(x*pi/180)", f"tangent {_TURN}"),
    shorthand("asind", "x", "asin(x)*180/pi", "inverse sine in degrees"),
    shorthand("acosd", "x", "acos(x)*180/pi", "inverse cosine in degrees"),
    shorthand("atand", "x", "atan(x)*180/pi", "inverse tangent in degrees"),
)  # fmt: skip

_BY_WORD: dict[str, list[Row]] = {}
for _row in ROWS:
    for _word in (_row.name, *_row.aliases):
        _BY_WORD.setdefault(_word, []).append(_row)


_BASED = re.compile(r"log_([0-9]+|[A-Za-z])")


def known(word: str) -> bool:
    return word in _BY_WORD or bool(_BASED.fullmatch(word))


def rows_of(word: str) -> list[Row]:
    if based := _BASED.fullmatch(word):
        own = f"log{based[1]}"
        definition = f"{own}(x)" if catalogue.known(own) else f"log(x, {based[1]})"
        return [shorthand(word, "x", definition, f"logarithm to base {based[1]}")]
    return _BY_WORD.get(word, [])


def takes(word: str, count: int) -> bool:
    """Is ``word`` a shorthand with so many arguments?"""
    return any(row.accepts(count) for row in rows_of(word))


def expansion(word: str, args: Sequence[Node], parse: Callable[[str], Any]) -> Node:
    """The tree that a shorthand stands for, its definition read by ``parse``."""
    row = next(row for row in rows_of(word) if row.accepts(len(args)))
    return substitute(
        _definition(row.name, len(args), parse),
        {Name(name): arg for name, arg in zip(row.parameters, args, strict=True)},
    )


@cache
def _definition(name: str, count: int, parse: Callable[[str], Any]) -> Node:
    [row] = [row for row in rows_of(name) if row.accepts(count)]
    node: Node = parse(row.definition).node
    return node
