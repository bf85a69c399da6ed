"""The questions as Python asks them: SymPy's expressions beside text, mappings, and errors in Python's words.

    diff(x**2*sympy.sin(x), at=sympy.pi)          # x = sympy.Symbol("x")
    diff("a*x^2", let={"a": 3}, var="x")
    gradient("x^2*y", at={"x": 1, "y": 2})        # what the command grad prints

A command's option ``--order 2`` is ``order=2`` here, and so it is in what errors advise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from inspect import getdoc
from numbers import Integral, Number
from typing import Any, TypeVar, cast

from calcgrad import commands, notebook
from calcgrad.autodiff import gradient as _of_variables
from calcgrad.commands import frames
from calcgrad.errors import CalcgradError, UsageError

_Question = TypeVar("_Question", bound=Callable[..., Any])
_WHOLE = ("order", "digits", "rows", "terms")
_NAMED = re.compile(r"(?<!\S)--([a-z]+(?:-[a-z]+)*)(?![\w(])")  # and not the signs of x--y
_OPTION = re.compile(
    r"(?<![^\s(])--([a-z]+(?:-[a-z]+)*)"
    r'(?:[ =]("[^"]*"|(?!(?:or|and|is|are|to|with|for|of|the)\b)(?:[^\s,;]|,(?=\S))+))?'
)


def _asked(question: _Question) -> _Question:
    """The question with whatever Python has for its text, and errors that name its arguments."""

    @wraps(question)
    def asked(*given: Any, **options: Any) -> Any:
        try:
            if question is notebook.plot:
                written = [
                    _written(each) for one in given for each in (one if isinstance(one, list) else [one])
                ]
            elif question is frames.map and given:  # behind it is the table
                first = given[0]
                several = (
                    [_written(each) for each in first] if isinstance(first, list | tuple) else _written(first)
                )
                written = [several, *given[1:]]
            else:
                written = [_written(each) for each in given]
            return question(*written, **{name: _option(name, value) for name, value in options.items()})
        except CalcgradError as error:
            error.message = _NAMED.sub(lambda found: _argument_name(found[1]), error.message)
            error.hint = error.hint and _OPTION.sub(_argument, error.hint)
            error.args = (error.message,)
            raise

    return cast(_Question, asked)


def _written(value: Any) -> Any:
    """An expression as text."""
    if isinstance(value, str):
        return value
    if _of_sympy(value):
        from calcgrad.calculus.symbolic import typed

        return typed(value)
    if isinstance(value, Number) and not isinstance(value, bool | complex):
        return str(value)
    raise UsageError(
        f"an expression is text, or one of SymPy: not {type(value).__name__}", hint='diff("x**2"), diff(x**2)'
    )


def _of_sympy(value: Any) -> bool:
    return hasattr(value, "free_symbols")


def _option(name: str, value: Any) -> Any:
    if name == "expr" or (name == "claim" and value is not None):
        return _written(value)
    if name in ("var", "wrt") and value is not None and not isinstance(value, str):
        return str(value) if _of_sympy(value) else [str(each) for each in value]
    if name in ("at", "to") and isinstance(value, Mapping):
        return {str(each) if _of_sympy(each) else each: place for each, place in value.items()}
    if name in ("at", "to") and isinstance(value, float) and value != value:
        raise UsageError(f"{name} is no number", hint=f"{name}=1")
    if name in ("let", "assume"):
        if isinstance(value, Mapping):
            return [f"{each}={_written(meaning)}" for each, meaning in value.items()]
        return [value] if isinstance(value, str) or _of_sympy(value) else [str(each) for each in value]
    if name in _WHOLE and value is not None and not isinstance(value, Integral):
        raise UsageError(f"{name} must be a whole number, not {value!r}", hint=f"{name}=2")
    return value


def _argument(found: re.Match[str]) -> str:
    """--order 2 as order=2, --var x as var="x"."""
    name = _argument_name(found[1])
    if found[2] is None:
        return name
    value = found[2].strip('"')
    return f"{name}={value}" if re.fullmatch(r"-?[0-9.]+(?:e-?[0-9]+)?", value) else f'{name}="{value}"'


def _argument_name(option: str) -> str:
    return {"from": "side"}.get(option, option.replace("-", "_"))


check, diff, limit = _asked(commands.check), _asked(commands.diff), _asked(commands.limit)
series, study = _asked(commands.series), _asked(commands.study)
plot, map = _asked(notebook.plot), _asked(frames.map)
_of_text = _asked(commands.grad)


@wraps(_of_variables)
def gradient(root: Any, *given: Any, **options: Any) -> Any:
    if isinstance(root, str) or (_of_sympy(root) and not callable(root)):
        return _of_text(root, *given, **options)
    return _of_variables(root, *given, **options)


gradient.__doc__ = f"{getdoc(_of_variables)}\n\nOf text, or of SymPy, it is what the command grad answers."
