"""The questions as Python asks them: SymPy's expressions beside text, mappings, and errors in Python's words.

    diff(x**2*sympy.sin(x), at=sympy.pi)          # x = sympy.Symbol("x")
    diff("a*x^2", let={"a": 3}, var="x")
    gradient("x^2*y", at={"x": 1, "y": 2})        # what the command grad prints

A command's option ``--order 2`` is ``order=2`` here, and so it is in what errors advise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from inspect import getdoc, signature
from numbers import Integral, Number
from typing import Any, TypeVar, cast, overload

from calcgrad import commands, notebook, options, results
from calcgrad.autodiff import Variable
from calcgrad.autodiff import gradient as _of_variables
from calcgrad.commands import frames
from calcgrad.errors import CalcgradError, UsageError

_Question = TypeVar("_Question", bound=Callable[..., Any])
_WHOLE = ("order", "digits", "rows", "terms")
_NUMBERS = ("tol", "dpi")
# a command's alone
_SHOWING = ("json", "raw", "file", "no_clobber", "data_out", "help", "timeout", "dpi")
# what the table of options does not say
_ALSO = {
    "expr": "Text, one of SymPy's expressions, or a number.",
    "claim": "What the derivative is said to be, written as expr is.",
    "digits": "Significant digits of decimals.",
    "note": "A function that is given, one by one, the notes that the command prints on stderr.",
    "files": "Whether text such as x=@data.npy may read a file.",
}
_NAMED = re.compile(r"(?<!\S)--([a-z]+(?:-[a-z]+)*)(?![\w(])")  # and not the signs of x--y
_OPTION = re.compile(
    r"(?<![^\s(])--([a-z]+(?:-[a-z]+)*)"
    r'(?:[ =]("[^"]*"|(?!(?:or|and|is|are|to|with|for|of|the|names)\b)(?:[^\s,;]|,(?=\S))+))?'
)


def _asked(question: _Question, command: str) -> _Question:
    """The question with whatever Python has for its text, and errors that name its arguments."""

    @wraps(question)
    def asked(*given: Any, **options: Any) -> Any:
        _refuse_strangers(question, command, options)
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

    asked.__doc__ = _documented(question, command)
    return cast(_Question, asked)


def _parameters(command: str) -> dict[str, str]:
    """What each argument means, as the option that it is says."""
    found = {_argument_name(each.name[2:]): each.shown_help for each in options.options_of(command)}
    return found | {each.target: found[_argument_name(each.name[2:])] for each in options.options_of(command)}


def _refuse_strangers(question: Any, command: str, given: Iterable[str]) -> None:
    """Those that reach a function below, whose name says nothing to whoever asked."""
    open_ended = any(each.kind is each.VAR_KEYWORD for each in signature(question).parameters.values())
    for name in given:
        if open_ended and name not in signature(question).parameters and name not in _parameters(command):
            raise TypeError(f"{question.__name__}() got an unexpected keyword argument {name!r}")


def _documented(question: Any, command: str) -> str:
    """Its docstring, with a line for each argument."""
    known = _ALSO | _parameters(command)
    own = signature(question).parameters
    names = list(own)
    if any(each.kind is each.VAR_KEYWORD for each in own.values()):
        names += [each.target for each in options.options_of(command) if each.target not in (*_SHOWING, *own)]
    lines = [f"{each}: {_in_words_of_python(known[each])}" for each in names if each in known]
    return "\n".join([getdoc(question) or "", "", "Parameters:", "", *(f"    {line}" for line in lines)])


def _in_words_of_python(help: str) -> str:
    named = _NAMED.sub(lambda found: f"``{_argument_name(found[1])}``", help)
    return re.sub("EXPR|CLAIM", lambda found: f"``{found[0].lower()}``", named)


def _written(value: Any) -> Any:
    """An expression as text."""
    if isinstance(value, str):
        return value
    if _of_sympy(value):
        from calcgrad.calculus.symbolic import typed

        return typed(value)
    if isinstance(value, Number) and not isinstance(value, bool | complex):
        _refuse_nan("an expression", value)
        return str(value)
    raise UsageError(
        f"an expression is text, or one of SymPy: not {type(value).__name__}", hint='diff("x**2"), diff(x**2)'
    )


def _refuse_nan(what: str, value: Any) -> None:
    if isinstance(value, float) and value != value:
        raise UsageError(f"{what} is no number: NaN", hint="leave it out, or give a number")


def _of_sympy(value: Any) -> bool:
    return hasattr(value, "free_symbols")


def _option(name: str, value: Any) -> Any:
    if name == "expr" or (name == "claim" and value is not None):
        return _written(value)
    if name in ("var", "wrt") and value is not None and not isinstance(value, str):
        if not isinstance(value, Iterable) and not _of_sympy(value):
            raise UsageError(f"{name} takes names, not {value!r}", hint=f'{name}="x"')
        return str(value) if _of_sympy(value) else [str(each) for each in value]
    if name in ("at", "to") and isinstance(value, Mapping):
        return {str(each) if _of_sympy(each) else each: place for each, place in value.items()}
    if name in ("at", "to"):
        place = isinstance(value, str | Number | Mapping | Iterable) and not isinstance(value, bool | bytes)
        if not (value is None or place or _of_sympy(value)):
            raise UsageError(
                f"{name} takes a number, text, or values by name, not {value!r:.40}", hint=f"{name}=1"
            )
        _refuse_nan(name, value)
    if name in _NUMBERS and value is not None and not isinstance(value, Number):
        raise UsageError(f"{name} must be a number, not {value!r:.40}", hint=f"{name}=1e-9")
    if name in ("let", "assume"):
        if isinstance(value, Mapping):
            return [f"{each}={_written(meaning)}" for each, meaning in value.items()]
        if not isinstance(value, Iterable) and not _of_sympy(value):
            example = '{"a": 2}' if name == "let" else '"a > 0"'
            raise UsageError(f"{name} takes text, not {value!r:.40}", hint=f"{name}={example}")
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


check, diff, limit = (
    _asked(commands.check, "check"),
    _asked(commands.diff, "diff"),
    _asked(commands.limit, "limit"),
)
series, study = _asked(commands.series, "series"), _asked(commands.study, "study")
plot, map = _asked(notebook.plot, "plot"), _asked(frames.map, "map")
_of_text = _asked(commands.grad, "grad")


@overload
def gradient(
    root: Variable, seed: Any = None, targets: Sequence[Variable] = (), *, record: bool = False
) -> list[Any]: ...
@overload
def gradient(root: str, *, at: Any = None, **options: Any) -> results.Gradient: ...
def gradient(root: Any, *given: Any, **options: Any) -> Any:
    if isinstance(root, str) or (_of_sympy(root) and not callable(root)):
        return _of_text(root, *given, **options)
    if not isinstance(root, Variable):
        raise UsageError(
            f"gradient takes text, one of SymPy's expressions, or a Variable: not {type(root).__name__}",
            hint='gradient("x^2*y", at={"x": 1, "y": 2})',
        )
    return _of_variables(root, *given, **options)


_TEXT = "Of text, or of SymPy, it is what the command grad answers."
gradient.__doc__ = f"{getdoc(_of_variables)}\n\n{_TEXT}\n\n{_of_text.__doc__}"
