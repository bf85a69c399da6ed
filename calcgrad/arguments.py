"""Which words of a command line are options and which are expressions.

    read(["-x**2", "--at", "-1"], options)      # ({"at": "-1"}, ["-x**2"])

Expressions start with dashes as freely as options do, so a word is an option only when it is a declared
one; any other word that starts with a dash is an expression, except for two dashes and a word of two or
more letters, which is a mistyped option.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calcgrad.errors import UsageError

_WORD = re.compile(r"--[A-Za-z]{2}[A-Za-z0-9-]*")


@dataclass(frozen=True)
class Option:
    """What one name of an option does to its ``parameter``.

    ``flag`` is the value that a name without an argument gives; None means that an argument follows.
    """

    parameter: str
    flag: bool | None = None
    repeatable: bool = False


def read(words: Sequence[str], options: Mapping[str, Option]) -> tuple[dict[str, Any], list[str]]:
    """The values of the parameters that were given, and the expressions.

    Raises UsageError for a mistyped option, a missing value, or a value where none belongs. An option that
    is given twice keeps its last value, unless it is repeatable.
    """
    values: dict[str, Any] = {}
    expressions: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            expressions += rest
            break
        name, equals, value = word.partition("=")
        option, attached = options.get(word), False
        if option is None and equals and name.startswith("--"):
            option, attached = options.get(name), True
        if option is None:
            if (mistyped := _WORD.match(word)) is not None:
                raise _unknown(mistyped.group(), options)
            expressions.append(word)
        elif option.flag is not None:
            if attached:
                raise UsageError(f"{name} takes no value", hint=f"write {name}", code="option")
            values[option.parameter] = option.flag
        else:
            if not attached and (following := next(rest, None)) is None:
                raise UsageError(f"{word} needs a value", hint=f"{word} ...", code="option")
            given = value if attached else following
            if option.repeatable:
                values.setdefault(option.parameter, []).append(given)
            else:
                values[option.parameter] = given
    return values, expressions


def _unknown(word: str, options: Mapping[str, Option]) -> UsageError:
    shown = word if len(word) <= 40 else word[:39] + "…"
    known = [name for name in options if name.startswith("--")]
    return UsageError(f"no such option: {shown}", hint=suggestion(word, known), code="option")


def suggestion(word: str, known: Sequence[str]) -> str | None:
    from difflib import get_close_matches

    close = get_close_matches(word[:60], known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else None
