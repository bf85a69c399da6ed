"""Which words of a command line are options and which are expressions.

    arrange(["-x**2", "--at", "-1"], options)      # ["--at=-1", "--", "-x**2"]

Expressions start with dashes as freely as options do, so a word is an option only when it is a declared
one; any other word that starts with a dash is an expression, except for two dashes and a word of two or
more letters, which is a mistyped option. What comes out no option parser can misread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calcgrad.errors import UsageError

_WORD = re.compile(r"--([A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]|[A-Za-z])")


@dataclass(frozen=True)
class Option:
    """A declared option by one of its names: its long name, and whether a value follows."""

    name: str
    takes_value: bool


def arrange(words: Sequence[str], options: Mapping[str, Option]) -> list[str]:
    """Options first, as ``--name=value``; then ``--`` and the expressions.

    Raises UsageError for a mistyped option, a missing value, or a value where none belongs.
    """
    found: list[str] = []
    expressions: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            expressions += rest
            break
        name, equals, value = word.partition("=")
        option = options.get(word) or (options.get(name) if equals and name.startswith("--") else None)
        if option is None:
            if (mistyped := _mistyped(word)) is not None:
                raise _unknown(mistyped, options)
            expressions.append(word)
        elif not option.takes_value:
            if equals and options.get(word) is None:
                raise UsageError(f"{name} takes no value", hint=f"write {name}", code="option")
            found.append(option.name)
        elif equals and options.get(word) is None:
            found.append(f"{option.name}={value}")
        elif rest:
            found.append(f"{option.name}={rest.pop(0)}")
        else:
            raise UsageError(f"{word} needs a value", hint=f"{option.name}=...", code="option")
    return [*found, "--", *expressions]


def _mistyped(word: str) -> str | None:
    """``--`` and a word of two or more letters is meant as an option; ``--x`` is an expression."""
    match = _WORD.match(word)
    return match.group() if match is not None and len(match[1]) >= 2 and match[1][1].isalpha() else None


def _unknown(word: str, options: Mapping[str, Option]) -> UsageError:
    shown = word if len(word) <= 40 else word[:39] + "…"
    return UsageError(
        f"no such option: {shown}",
        hint=suggestion(word, [name for name in options if name.startswith("--")]),
        code="option",
    )


def suggestion(word: str, known: Sequence[str]) -> str | None:
    from difflib import get_close_matches

    close = get_close_matches(word[:60], known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else None
