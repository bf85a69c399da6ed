"""JSON lines: one question in, one answer out, in the words of the command line.

    answer(b'{"id":7,"command":"diff","expr":"x**x","at":{"x":"2"}}', ...)   # '{"command":"diff",...,"exit":0}', 0

Whatever reads or writes a file is refused unless the caller allows files, so that a program can pass on
strangers' questions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from calcgrad import commands, render
from calcgrad.budget import doing
from calcgrad.errors import CalcgradError, NotAvailable, UsageError

Guard = Callable[[Callable[[], Any], str, float | None], Any]

_TEXT, _WHOLE, _NUMBER, _FLAG, _TEXTS, _POINT = (
    "text",
    "a whole number",
    "a number",
    "true or false",
    "texts",
    "a point",
)

_SHARED = {"var": _TEXT, "let": _TEXTS, "digits": _WHOLE, "timeout": _NUMBER}
_KEYS: dict[str, dict[str, str]] = {
    "diff": {**_SHARED, "at": _POINT, "order": _WHOLE, "steps": _FLAG, "to-code": _TEXT},
    "limit": {**_SHARED, "at": _POINT, "to": _TEXT, "from": _TEXT, "rows": _WHOLE, "steps": _FLAG, "output": _TEXT},
    "grad": {
        **_SHARED, "at": _POINT, "trace": _FLAG, "jacobian": _FLAG, "hessian": _FLAG, "mode": _TEXT, "graph": _TEXT,
        "seed": _TEXT, "jvp": _POINT, "hvp": _POINT, "py": _TEXT, "accumulate": _FLAG, "output": _TEXT,
    },
    "plot": {
        "var": _TEXT, "let": _TEXTS, "timeout": _NUMBER, "at": _TEXTS, "output": _TEXT, "xlim": _TEXT, "ylim": _TEXT,
        "xscale": _TEXT, "yscale": _TEXT, "xlabel": _TEXT, "ylabel": _TEXT, "title": _TEXT, "legend": _FLAG,
        "grid": _FLAG, "size": _TEXT, "secants": _TEXT, "derivative": _FLAG, "over": _FLAG, "descent": _FLAG,
        "style": _TEXT, "dpi": _NUMBER, "points": _WHOLE,
    },
    "check": {**_SHARED, "at": _POINT, "claim": _TEXT, "tol": _NUMBER, "py": _TEXT},
    "functions": {},
}  # fmt: skip
_FILES = {"graph", "py", "output"}
_PLAIN = {"command", "id", "expr", "raw", "json", "latex"}


def answer(
    line: bytes,
    with_files: bool,
    guard: Guard,
    code_of: Callable[[CalcgradError], int],
    exits: Mapping[str, int],
) -> tuple[str, int]:
    """The answer to one line, the command's JSON object with ``id`` and ``exit``; and that exit code."""
    question: Any = None

    def said(record: dict[str, Any], code: int) -> tuple[str, int]:
        if isinstance(question, dict) and "id" in question:
            record["id"] = question["id"]
        record["exit"] = code
        return render.dumps(record), code

    def written(result: Any) -> tuple[str, int]:
        with doing("writing out the answer"):
            made = render.record(result, digits=question.get("digits", commands.DIGITS))
            return said(made, exits[result.status])

    try:
        question = _read(line)
        found: tuple[str, int] = _ask(question, with_files, guard, written)
        return found
    except CalcgradError as error:
        return said(render.error_record(error), code_of(error))


def _read(line: bytes) -> dict[str, Any]:
    try:
        question = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        message = error.msg if isinstance(error, json.JSONDecodeError) else "not UTF-8 text or not JSON"
        raise UsageError(
            f"this line is not JSON: {message}", hint='{"command":"diff","expr":"x**2"}', code="json"
        ) from None
    if not isinstance(question, dict):
        raise UsageError(
            "this line is not a JSON object", hint='{"command":"diff","expr":"x**2"}', code="json"
        )
    return question


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _ask(question: dict[str, Any], with_files: bool, guard: Guard, written: Callable[[Any], Any]) -> Any:
    command = question.get("command")
    if command == "map":
        raise NotAvailable("calcgrad map is not available yet")
    if not isinstance(command, str) or command not in _KEYS:
        known = ", ".join(name for name in _KEYS if name != "functions")
        raise UsageError(
            "no such command" if command else "no command", hint=f'"command": {known}', code="command"
        )
    options = {
        key: _typed(key, value, command)
        for key, value in question.items()
        if key not in _PLAIN and value is not None
    }
    for key in options:
        if key in _FILES and not with_files:
            raise UsageError(
                f"{key} is refused here: it names a file",
                hint="start calcgrad batch with --files",
                code="files",
            )
    expr = question.get("expr")
    several = (
        command == "plot" and isinstance(expr, list) and expr and all(isinstance(each, str) for each in expr)
    )
    if not several and not isinstance(expr, str):
        raise UsageError("no expression", hint='"expr":"x**2"', code="no-expression")
    seconds = options.pop("timeout", None)
    if seconds is not None and not 0 < seconds <= 10**6:
        raise UsageError("timeout must be more than 0 seconds", hint='"timeout":10')
    shown = expr if isinstance(expr, str) else ""
    return guard(lambda: written(_call(command, expr, options, with_files)), shown[:60], seconds)


def _typed(key: str, value: Any, command: str) -> Any:
    """An option's value, checked against its kind."""
    kind = _KEYS[command].get(key)
    if kind is None:
        raise UsageError(
            f"{command} has no option '{key[:40]}'", hint=", ".join(_KEYS[command]), code="option"
        )
    number = isinstance(value, int | float) and not isinstance(value, bool)
    good = {
        _TEXT: isinstance(value, str) or number,
        _WHOLE: isinstance(value, int) and not isinstance(value, bool),
        _NUMBER: number,
        _FLAG: isinstance(value, bool),
        _TEXTS: isinstance(value, str)
        or (isinstance(value, list) and all(isinstance(each, str) for each in value)),
        _POINT: isinstance(value, str | dict) or number,
    }[kind]
    if not good:
        raise UsageError(f"{key} must be {kind}", code="option")
    if kind == _TEXTS:
        return [value] if isinstance(value, str) else value
    return json.dumps(value) if kind in (_TEXT, _POINT) and number else value


def _call(command: str, expr: Any, options: dict[str, Any], with_files: bool) -> Any:
    if command == "plot":
        from calcgrad import files

        if not with_files:
            raise UsageError(
                "plot is refused here: it writes a file",
                hint="start calcgrad batch with --files",
                code="files",
            )
        file = options.pop("output", "plot.svg")
        result, data, _ = commands.plot([expr] if isinstance(expr, str) else expr, file=file, **options)
        files.write(file, data)
        return result
    if command == "limit":
        options = {"side" if key == "from" else key: value for key, value in options.items()}
        file = options.pop("output", None)
        if file is not None:
            from calcgrad import files

            commands.check_picture(file, "light", None, None)
            found = commands.limit(expr, files=with_files, **options)
            asked = {key: options[key] for key in ("to", "at", "var", "let") if key in options}
            files.write(file, commands.limit_picture(expr, found, file=file, **asked))
            return found
    if command == "grad":
        if options.pop("accumulate", False):
            raise UsageError("accumulate has no meaning for one expression", code="option")
        file, drawing = options.pop("output", None), options.pop("graph", None)
        gradient = commands.grad(expr, files=with_files, graph=drawing is not None, **options)
        if gradient.exists:
            from calcgrad import files, graphs

            if file is not None:
                files.write(file, files.encode_arrays(file, gradient.arrays()))
            if drawing is not None and gradient.graph:
                title = f"{gradient.label} = {gradient.expr}"
                files.write(drawing, graphs.encode(gradient.graph, drawing, title))
        return gradient
    options = {key.replace("-", "_"): value for key, value in options.items()}
    return getattr(commands, command)(expr, files=with_files, **options)
