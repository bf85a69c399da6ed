"""JSON lines: one question in, one answer out, in the words of the command line.

    answer(b'{"id":7,"command":"diff","expr":"x**x","at":{"x":"2"}}')     # '{"command":"diff",...,"exit":0}', 0

A question becomes what was given for options and words, as a command line does, and is asked in the same way.
Whatever reads or writes a file is refused unless the caller allows files, so that a program can pass on
strangers' questions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from calcgrad import answers, render
from calcgrad.budget import Told
from calcgrad.errors import CalcgradError, UsageError, short
from calcgrad.options import (
    COMMANDS,
    Given,
    Option,
    names_of,
    no_such_command,
    no_such_option,
    options_of,
    read,
    takes_no_value,
)
from calcgrad.processes import Promise

_NO_OPTIONS = ("id", "command", "expr", "claim")
_EXAMPLE = '{"command":"diff","expr":"x**2"}'


class _Number(str):
    """A JSON number as it is written, so that no digit is lost."""


class _Object(list[tuple[str, Any]]):
    """A JSON object's keys and values in order, a key that is there twice included."""


def answer(
    line: bytes,
    files: bool = False,
    timeout: float = 10.0,
    promise: Promise | None = None,
    number: int | None = None,
) -> tuple[str, int]:
    """The answer to one line and its exit code: what ``--json`` prints, with ``id`` and ``exit``.

    Where ``--json`` prints several objects, they are in a list, ``answers``. A ``promise`` hears when it will be there.
    Errors name the line by its ``number``.
    """
    identity = ""
    try:
        question = _read(line)
        identity = _identity(question)
        objects, code = answers.guarded(lambda: _ask(question, files, timeout, identity, promise, number))
    except CalcgradError as error:
        return _refusal(error, identity, number), answers.code_of(error)
    return _line(objects, identity, code), code


def refused(line: bytes, error: CalcgradError, number: int | None = None) -> tuple[str, int]:
    """The answer to a line whose question could not be answered."""
    identity = ""
    with suppress(CalcgradError):
        identity = _identity(_read(line))
    return _refusal(error, identity, number), answers.code_of(error)


def numbered(number: int, line: bytes) -> bytes:
    """A line with its number as one message."""
    return b"%d %b" % (number, line)


def unnumbered(message: bytes) -> tuple[int, bytes]:
    number, _, line = message.partition(b" ")
    return int(number), line


def packed(answer: str, code: int) -> bytes:
    """An answer and its exit code as one message."""
    return numbered(code, answer.encode())


def unpacked(message: bytes) -> tuple[str, int]:
    code, answer = unnumbered(message)
    return answer.decode(), code


def _refusal(error: CalcgradError, identity: str, number: int | None) -> str:
    return _line([render.dumps(render.error_record(error, number))], identity, answers.code_of(error))


def _line(objects: list[str], identity: str, code: int) -> str:
    made = objects[0] if len(objects) == 1 else f'{{"answers":[{",".join(objects)}]}}'
    return f'{made[:-1]}{identity},"exit":{code}}}'


class _Answers(answers.Output):
    """Answers to a question with an ``id``, promised to whoever looks after this process."""

    def __init__(self, identity: str, promise: Promise | None, number: int | None, **showing: Any) -> None:
        super().__init__(json=True, **showing)
        self.identity, self.promise, self.number = identity, promise, number

    def failed(self, error: CalcgradError, line: int | None = None) -> None:
        super().failed(error, self.number)

    def promised(self, error: CalcgradError, line: int | None = None) -> Told:
        if self.promise is None:
            return super().promised(error, line)
        objects = [*self.lines, render.dumps(render.error_record(error, self.number))]
        code = answers.combine([*self.codes, answers.code_of(error)])
        self.promise.instead(packed(_line(objects, self.identity, code), code))
        return self.promise.end


def _read(line: bytes) -> _Object:
    try:
        question = json.loads(
            line,
            object_pairs_hook=_Object,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError) as error:
        message = error.msg if isinstance(error, json.JSONDecodeError) else "not UTF-8 text or not JSON"
        raise UsageError(f"this line is not JSON: {message}", hint=_EXAMPLE, code="json") from None
    if not isinstance(question, _Object):
        raise UsageError("this line is not a JSON object", hint=_EXAMPLE, code="json")
    return question


def _no_constant(name: str) -> Any:
    raise json.JSONDecodeError(f"{name} is no JSON number", name, 0)


def _identity(question: _Object) -> str:
    """The question's ``id`` as a part of its answer."""
    try:
        return "".join(f',"id":{_json(value)}' for key, value in question[::-1] if key == "id")
    except (ValueError, RecursionError):
        raise UsageError("this id cannot be written back", hint='"id":1', code="json") from None


def _json(value: Any) -> str:
    """A value as JSON again."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, _Object):
        return "{" + ",".join(f"{json.dumps(key)}:{_json(each)}" for key, each in value) + "}"
    return f"[{','.join(map(_json, value))}]" if isinstance(value, list) else json.dumps(value)


def _ask(
    question: _Object, files: bool, timeout: float, identity: str, promise: Promise | None, number: int | None
) -> tuple[list[str], int]:
    said = {key: value for key, value in question if value is not None}
    for key in _NO_OPTIONS:
        if sum(key == each for each, _ in question) > 1:
            raise UsageError(f"{key} is given twice", hint="keep one of them", code="option")
    command, known = said.get("command"), [name for name in COMMANDS if name != "batch"]
    if command is None:
        raise UsageError("no command", hint=f"commands: {', '.join(known)}", code="command")
    if command not in known:
        raise no_such_command(command if isinstance(command, str) else _json(command), known)
    names = names_of(option for option in options_of(command) if option.name != "--help")
    members = [(key, value) for key, value in question if key not in _NO_OPTIONS]
    values = read([given for key, value in members for given in _given(key, value, names)])
    values.pop("json", None)
    showing = {name: values[name] for name in ("raw", "latex", "digits") if name in values}
    output = _Answers(identity, promise, number, timeout=values.get("timeout", timeout), **showing)
    return output.lines, answers.answer(command, _words(command, said), values, output, files=files)


def _words(command: str, said: dict[str, Any]) -> list[str]:
    """The expressions, and the claim after them."""
    words = _several(said.get("expr", []))
    if not COMMANDS[command].words:
        if words:
            raise UsageError(f"{command} takes no expression", hint=f"calcgrad {command}", code="option")
    elif not words or not all(type(each) is str for each in words):
        raise UsageError("no expression", hint='"expr":"x**2"', code="no-expression")
    if "claim" in said:
        if command != "check":
            raise no_such_option("--claim", ())
        if type(said["claim"]) is not str:
            raise UsageError(f"claim {short(_json(said['claim']))} is not text", hint='"claim":"2*x"')
        words = [*words, said["claim"]]
    return words


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) and not isinstance(value, _Object) else [value]


def _given(key: str, value: Any, names: dict[str, tuple[Option, bool]]) -> Iterator[Given]:
    """What a key gives for its option, as words of the command line would."""
    if value is None:
        return
    option, on = names.get(f"--{key}", (None, True))
    if option is None:
        raise no_such_option(f"--{key}", names)
    if not option.metavar:
        if not isinstance(value, bool):
            raise takes_no_value(option.name, f'"{key}":true')
        if value or option.off:
            yield option, on is value
        return
    for each in _several(value) if option.several else [value]:
        if isinstance(each, _Object) and option.kind in ("point", "points"):
            yield option, [(name, _written(part)) for name, part in each if part is not None]
        elif isinstance(each, str) or option.kind in ("whole", "number"):
            yield option, each if isinstance(each, str) else _json(each)
        elif each is not None:
            raise UsageError(
                f"{option.name} {short(_json(each))} is not text", hint=f'"{key}":"{option.example}"'
            )


def _written(value: Any) -> str:
    """A part of a point as it is written on the command line, where a list is an array."""
    if isinstance(value, list) and not isinstance(value, _Object):
        return f"[{', '.join(map(_written, value))}]"
    return value if isinstance(value, str) else _json(value)
