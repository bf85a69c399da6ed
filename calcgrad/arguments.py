"""Which words of a command line are options and which are expressions.

    read(["-x**2", "--at", "-1"], names_of(options_of("diff")))      # ([(the row of --at, "-1")], ["-x**2"])

Expressions start with dashes as freely as options do, so a word is an option only when it is a declared
one; any other word that starts with a dash is an expression, except for two dashes and a word of two or
more letters, which is a mistyped option. So is a further word that is an option's name but for the dashes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from calcgrad.errors import UsageError, short
from calcgrad.options import Given, Option, needs_value, no_such_option, takes_no_value

_WORD = re.compile(r"--[A-Za-z]{2}[A-Za-z0-9-]*")
_DASHED = re.compile(r"[-—–]([a-z]{2}[a-z-]*)(=.*)?")  # one dash, or what an editor makes of two


def read(words: Sequence[str], names: Mapping[str, tuple[Option, bool]]) -> tuple[list[Given], list[str]]:
    """What was given for options, in order, and the expressions.

    Raises UsageError for a mistyped option, a missing value, or a value where none belongs.
    """
    given: list[Given] = []
    expressions: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            expressions += rest
            break
        name, equals, value = word.partition("=")
        attached = word not in names and bool(equals) and name.startswith("--")
        option, on = names.get(name if attached else word, (None, True))
        if option is None:
            if (mistyped := _WORD.match(word)) is not None:
                raise no_such_option(mistyped.group(), names)
            if (dashed := _DASHED.fullmatch(word)) is not None and f"--{dashed[1]}" in names:
                hint = f"did you mean --{dashed[1]}?"
                raise UsageError(f"no such option: {short(word)}", hint=hint, code="option")
            expressions.append(word)
        elif not option.metavar:
            if attached:
                raise takes_no_value(name, f"write {name}")
            given.append((option, on))
        else:
            following = value if attached else next(rest, None)
            if following is None:
                raise needs_value(word, option)
            given.append((option, following))
    for word in expressions[1:]:
        if word.isalpha() and f"--{word}" in names and not any(word in str(value) for _, value in given):
            raise UsageError(f"{word} is no expression", hint=f"did you mean --{word}?", code="option")
    return given, expressions
