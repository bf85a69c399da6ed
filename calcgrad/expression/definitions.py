"""Definitions from --let: values and functions, in any order, never in a circle.

define(["a=2", "g(t)=a*sin(t)"]).functions["g"]      # (("t",), the tree of 2*sin(t))
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from calcgrad.errors import ExpressionError, UsageError
from calcgrad.expression import catalogue
from calcgrad.expression.parser import Definitions, canonical_name, is_variable, parse
from calcgrad.expression.scanner import scan

_HEAD = re.compile(r"\s*([^\W\d]\w*)\s*(?:\(([^()]*)\))?\s*=(?!=)(.*)", re.DOTALL)


def define(texts: Iterable[str], names: Iterable[str] = ()) -> Definitions:
    """Read ``NAME=EXPR`` and ``NAME(PARAMETERS)=EXPR``; ``names`` are the variables the caller named.

    Raises ExpressionError for a malformed, repeated, reserved or circular definition.
    """
    heads: dict[str, tuple[tuple[str, ...] | None, str]] = {}
    for text in texts:
        match = _HEAD.fullmatch(text)
        if match is None:
            raise UsageError(
                f"--let {text[:40]} is not a definition", hint='write --let a=2 or --let "g(t)=sin(t)"'
            )
        name = canonical_name(match[1], constants=True)
        if name in heads:
            raise UsageError(f"--let defines {name} twice", hint="keep one of them")
        if name in ("oo", "True", "False") or (catalogue.known(name) and not is_variable(name)):
            what = "function" if catalogue.known(name) else "word"
            raise UsageError(f"{name} is a {what} of the language", hint="choose another name")
        parameters = None
        if match[2] is not None:
            parameters = tuple(canonical_name(each.strip()) for each in match[2].split(","))
            if len(set(parameters)) != len(parameters):
                raise UsageError(f"--let {name}(...) names a parameter twice", hint="rename one of them")
        heads[name] = parameters, match[3]

    result = Definitions()
    words = {name: {token.text for token in scan(body)} & set(heads) for name, (_, body) in heads.items()}
    for name in heads:
        _resolve(name, heads, words, result, frozenset(names), ())
    result.used.clear()
    result.needs = words
    return result


def used_by(definitions: Definitions) -> set[str]:
    """The definitions that were used, directly or by others that were."""
    found: set[str] = set()
    stack = list(definitions.used)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack.extend(definitions.needs.get(name, ()))
    return found


def _resolve(
    name: str,
    heads: dict[str, tuple[tuple[str, ...] | None, str]],
    words: dict[str, set[str]],
    result: Definitions,
    names: frozenset[str],
    above: tuple[str, ...],
) -> None:
    """Read one definition after those it uses."""
    if name in result.values or name in result.functions:
        return
    parameters, body = heads[name]
    if name in above:
        raise ExpressionError(
            f"{name} is defined by itself",
            source=body,
            hint="a definition may use others, not itself",
            code="circular",
        )
    for other in sorted(words[name] - set(parameters or ())):
        _resolve(other, heads, words, result, names, (*above, name))
    if parameters is None:
        result.values[name] = parse(body, names, result).node
        return
    visible = Definitions(
        {key: value for key, value in result.values.items() if key not in parameters}, result.functions
    )
    result.functions[name] = parameters, parse(body, names | set(parameters), visible).node
