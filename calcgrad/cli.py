"""The command line: argv in, answers out through streams; the only place that ends with an exit code.

    calcgrad diff "3*x**2-4*x" --at 1

The commands and options are those of ``options``: ``arguments`` decides which words are which, because an
expression may well start with a dash, and Typer makes the help and the completion of them.
"""

from __future__ import annotations

import gc
import json
import math
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from calcgrad import answers, arguments, processes
from calcgrad.budget import Told, allow_deep_recursion, bound_memory, memory
from calcgrad.errors import CalcgradError, UndecidedError, UsageError, short
from calcgrad.options import (
    ABOUT,
    COMMANDS,
    DOCUMENTS,
    EXITS,
    Command,
    Option,
    names_of,
    no_such_command,
    options_of,
    read,
    suggestion,
)
from calcgrad.version import __version__, engines

if TYPE_CHECKING:
    import typer

_MOST_KEPT = 2**29  # bytes that batch's process may have when a question is done; a new one takes less
_promise: processes.Promise | None = None  # to a process that looks after this one, where that can be


class _Closed(BaseException):
    """stdout can no longer be written; ``code`` is what to exit with. Not an ``Exception``: no answer's error."""

    def __init__(self, code: int) -> None:
        self.code = code


# -------------------------------------------------------------------------------------------------- output


def _coloured(stream: Any) -> bool:
    if "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb":
        return False
    return bool(stream.isatty())


def _write(stream: Any, lines: Sequence[str], style: Callable[[str], str | None] = lambda line: None) -> None:
    """Lines to a stream, whole; colour on a terminal only."""
    if _coloured(stream):
        from rich.console import Console
        from rich.text import Text

        console = Console(file=stream, markup=False, highlight=False, emoji=False, soft_wrap=True)
        for line in lines:
            console.print(Text(line, style=style(line) or ""), soft_wrap=True)
    else:
        stream.write("".join(f"{line}\n" for line in lines))
    stream.flush()


def out(lines: Sequence[str]) -> None:
    """Part of the answer, to stdout."""
    _to_stdout(lambda: _write(sys.stdout, lines))


def _to_stdout(write: Callable[[], None]) -> None:
    try:
        write()
    except BrokenPipeError:
        raise _Closed(141) from None
    except OSError as error:
        _silence(sys.stdout)
        err([f"error: cannot write to stdout: {error.strerror or error}"])
        raise _Closed(2) from None


def err(lines: Sequence[str]) -> None:
    """Errors, hints and notes, to stderr; a stderr that is closed loses them."""
    try:
        _write(sys.stderr, lines, _error_style)
    except OSError:
        _silence(sys.stderr)


def _error_style(line: str) -> str | None:
    for prefix, style in (("error:", "bold red"), ("hint:", "cyan"), ("note:", "yellow")):
        if line.startswith(prefix) or f": {prefix}" in line[:24]:
            return style
    return "red" if line.strip().strip("^") == "" else None


def _silence(stream: Any) -> None:
    """Point a broken stream at nothing, so that closing it at exit says no more."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(devnull, stream.fileno())
    except (OSError, ValueError):
        pass
    finally:
        os.close(devnull)


class _Streams(answers.Output):
    """Answers to stdout as they come, what is said beside them to stderr."""

    def out(self, lines: Sequence[str]) -> None:
        out(lines)

    def err(self, lines: Sequence[str]) -> None:
        err(lines)

    def binary(self, data: bytes) -> None:
        def write() -> None:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()

        _to_stdout(write)

    def progress(self, line: str) -> None:
        try:
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\x1b[K{line}")
                sys.stderr.flush()
        except OSError:
            _silence(sys.stderr)

    def promised(self, error: CalcgradError, line: int | None = None) -> Told:
        if _promise is None:
            return super().promised(error, line)
        said = _Said(raw=self.raw, json=self.json)
        said.codes += self.codes
        said.error(error, line)
        instead = [said.lines, said.beside, answers.combine(said.codes)]
        _promise.instead(json.dumps(instead).encode())
        return _kept


def _kept(when: float, doing: str) -> None:
    """The promise of an answer by then; or kept, and then what was said of waiting is wiped out."""
    assert _promise is not None
    _promise.end(when, doing)
    if when == math.inf:
        _wipe()


def _waiting(left: float) -> None:
    """What is being done and how long it may still take, to somebody at a terminal, until the answer comes."""
    assert _promise is not None
    _promise.waited_for(True)
    if _promise.when < math.inf:
        with suppress(OSError):
            doing = _promise.doing
            sys.stderr.write(f"\r\x1b[Kstill at it, for {max(left, 0):.0f} s at most{doing and f': {doing}'}")
            sys.stderr.flush()
    if _promise.when == math.inf:  # the answer came between
        _wipe()


def _wipe() -> None:
    if _promise is not None and _promise.is_waited_for:
        _promise.waited_for(False)
        with suppress(OSError):
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class _Said(answers.Output):
    """Answers that are kept, with what is said beside them."""

    def __init__(self, **showing: Any) -> None:
        super().__init__(**showing)
        self.beside: list[str] = []

    def err(self, lines: Sequence[str]) -> None:
        self.beside += lines


# ------------------------------------------------------------------------------------------------ commands


def _dispatch(words: list[str]) -> int:
    """Read the words by the tables, ask, and answer with the exit code."""
    name, *rest = words or ["--help"]
    top_level = names_of(options_of("calcgrad"))
    if name in ("-h", "--help"):
        out(_help(_typer(COMMANDS.values(), {}), "calcgrad"))
        return 0
    if name == "--version":
        out([f"calcgrad {__version__}", f"with {engines()}"])
        return 0
    if name in top_level:
        return _run_typer(words)
    if name.startswith("-"):
        hint = suggestion(name, list(top_level)) or "name a command first, such as calcgrad diff"
        raise UsageError(f"no such option: {short(name)}", hint=hint, code="option")
    if name not in COMMANDS:
        raise no_such_command(name, list(COMMANDS), rest)
    options = options_of(name)
    given, expressions = arguments.read(rest, names_of(options))
    if any(option.name == "--help" for option, _ in given):
        out(_help(_typer([COMMANDS[name]], {name: options}), f"calcgrad {name}"))
        return 0
    values = read(given)
    if expressions and not COMMANDS[name].words:
        raise UsageError(f"{name} takes no expression", hint=f"calcgrad {name}", code="option")
    if name == "batch":
        return _batch(**values)
    output = _Streams(**{key: value for key, value in values.items() if key in answers.SHOWING})
    return answers.answer(name, expressions, values, output, stdin=sys.stdin.buffer)


def _batch(files: bool = False, timeout: float = 10.0) -> int:
    from calcgrad import batch

    answers.checked_timeout(timeout)
    codes = {0}

    def serve(message: bytes) -> tuple[bytes, bool]:
        number, line = batch.unnumbered(message)
        answer, code = batch.answer(line, files, timeout, _promise, number)
        return batch.packed(answer, code), memory() > _MOST_KEPT

    worker = None if _promise is None else processes.Worker(serve, _promise)
    try:
        for number, line in enumerate(sys.stdin.buffer, start=1):
            if line.strip():
                message = batch.numbered(number, line)
                answer = serve(message)[0] if worker is None else worker.ask(message)
                if isinstance(answer, processes.Ended):
                    answer = (answer.late and _promise and _promise.said) or batch.packed(
                        *batch.refused(line, _end_of(answer), number)
                    )
                text, code = batch.unpacked(answer)
                codes.add(code)
                out([text])
    except BaseException:
        if worker is not None:
            worker.stop(signal.SIGTERM)
        raise
    if worker is not None:
        worker.stop()
    return answers.combine(codes)


# --------------------------------------------------------------------------------------------------- Typer


def _typer(
    commands: Iterable[Command], options: dict[str, list[Option]], completing: bool = False
) -> typer.Typer:
    """Typer's declaration of commands and of the options that are given for them; ``completing`` of words too."""
    import typer

    settings: dict[str, Any] = {
        "rich_markup_mode": None,
        "pretty_exceptions_enable": False,
        "context_settings": {"help_option_names": ["-h", "--help"]},
    }
    commands = list(commands)
    if len(commands) == 1:
        made = typer.Typer(add_completion=False, **settings)
    else:
        made = typer.Typer(
            name="calcgrad", no_args_is_help=True, help=ABOUT, epilog=f"{EXITS}\n\n{DOCUMENTS}", **settings
        )
        made.callback()(
            _declared([option for option in options_of("calcgrad") if option.name == "--version"])
        )
    for command in commands:
        words = [f"{command.words}: {command.about_words}"] if command.words else []
        about = "\n\n".join([command.help, *words, DOCUMENTS])
        made.command(
            command.name, help=about, short_help=command.help, options_metavar=f"[OPTIONS] {command.words}".strip(),
            epilog="\n".join(["\b", "Examples:", *(f"  {each}" for each in command.examples)]),
        )(_declared(options.get(command.name, ()), completing and bool(command.words)))  # fmt: skip
    return made


def _among(choices: list[str]) -> Callable[[str], list[str]]:
    """What completes a value that is one of few."""

    def complete(incomplete: str) -> list[str]:
        return [each for each in choices if each.startswith(incomplete)]

    return complete


def _functions_like(incomplete: str) -> list[str]:
    """What an expression may go on with: functions, for the letters at its end."""
    from calcgrad.expression.catalogue import FUNCTIONS

    letters = re.search(r"[A-Za-z][A-Za-z0-9]+$", incomplete)
    if letters is None:
        return []
    before = incomplete[: letters.start()]
    words = sorted({word for row in FUNCTIONS for word in (row.name, *row.aliases)})
    return [f"{before}{word}(" for word in words if word.startswith(letters.group())]


def _declared(options: Iterable[Option], words: bool = False) -> Callable[..., None]:
    """A function whose signature declares options, and words, which is what Typer reads."""
    from inspect import Parameter, Signature

    import typer

    def function(**_: Any) -> None:
        pass

    found: dict[str, tuple[Any, Any]] = {}
    for option in options:
        if option.name == "--help":
            continue
        names = [f"{option.name}/{option.off}" if option.off else option.name, *filter(None, [option.short])]
        kind = (list[str] if option.several else str) if option.metavar else bool
        shown: Any = {"help": option.shown_help, "show_default": False}
        if option.metavar:
            shown["metavar"] = option.metavar
        if choices := option.choices.split():
            shown["autocompletion"] = _among(choices)
        found[option.target] = (
            kind,
            typer.Option(None if option.metavar else bool(option.off), *names, **shown),
        )
    if words:
        found["words"] = (list[str], typer.Argument(None, autocompletion=_functions_like))
    function.__annotations__ = {name: kind for name, (kind, _) in found.items()}
    function.__signature__ = Signature([  # type: ignore[attr-defined]
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in found.items()
    ])  # fmt: skip
    return function


def _help(made: typer.Typer, name: str) -> list[str]:
    """Typer's help page; asked for as a flag it would load a validation library first."""
    import typer

    command = typer.main.get_command(made)
    context = typer.Context(command, info_name=name, help_option_names=["-h", "--help"])
    return str(command.get_help(context)).splitlines()


def _run_typer(words: list[str] | None) -> int:
    """What Typer does by itself: completion (with no words, as the shell's environment asks for it)."""
    import typer

    made = typer.main.get_command(
        _typer(COMMANDS.values(), {name: options_of(name) for name in COMMANDS}, True)
    )
    try:
        return int(made.main(words, prog_name="calcgrad", standalone_mode=words is None) or 0)
    except typer.Exit as done:
        return int(done.exit_code)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        raise UsageError(str(error.format_message()), hint="calcgrad --help", code="option") from None


# --------------------------------------------------------------------------------------------------- main


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    words = list(sys.argv[1:] if argv is None else argv)
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace", newline="\n")
    allow_deep_recursion()
    bound_memory()
    processes.listen()
    global _promise
    try:
        ended = None
        if processes.POSSIBLE and words[:1] and words[0] in COMMANDS and not answers.debugging():
            _promise = processes.Promise()
            if words[0] != "batch":
                looked_at = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
                ended = processes.attend(_promise, _waiting if looked_at else lambda left: None)
        code = _main(words) if ended is None else _told(ended, words)
    except processes.Terminated as told:
        code = 0
        processes.die_of(told.number)
    gc.freeze()  # Python looks for garbage as it ends: with SymPy in memory, for a quarter of a short answer's time
    sys.exit(code)


def _open_streams() -> None:
    """What was closed (``>&-``) becomes a stream that is empty, or that cannot be written; no file takes its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def _told(ended: processes.Ended, words: list[str]) -> int:
    """The exit code of the process that worked, and what it can no longer say itself."""
    _wipe()
    if ended.signal in processes.PASSED_ON:
        processes.die_of(ended.signal)
    if ended.interrupted:
        err(["interrupted"])
        return 130
    assert _promise is not None
    if ended.late and _promise.said:
        lines, beside, code = json.loads(_promise.said)
        try:
            out(lines)
        except _Closed as closed:
            return closed.code
        err(beside)
        return int(code)
    unfinished = ended.late or ended.signal or _promise.when < math.inf
    return _refused(_end_of(ended), words) if unfinished else ended.code


def _end_of(ended: processes.Ended) -> CalcgradError:
    """What to say of a process that ended before it answered."""
    if ended.late:
        return UndecidedError("gave up: the time was over", hint="--timeout allows more", code="timeout")
    how = signal.Signals(ended.signal).name if ended.signal else f"exit code {ended.code}"
    return CalcgradError(
        f"the process that worked on this question ended with {how}",
        hint="ask for less at once", code="internal",
    )  # fmt: skip


def _main(words: list[str]) -> int:
    try:
        code: int = answers.guarded(
            lambda: _run_typer(None) if "_CALCGRAD_COMPLETE" in os.environ else _dispatch(words)
        )
        out([])  # what Typer itself wrote is flushed here
        return code
    except _Closed as closed:
        _silence(sys.stdout)
        return closed.code
    except CalcgradError as error:
        return _refused(error, words)
    except KeyboardInterrupt:
        _wipe()
        err(["interrupted"])
        return 130
    finally:
        if _promise is not None:
            _promise.end(math.inf)


def _refused(error: CalcgradError, words: list[str]) -> int:
    """A question that was refused before any expression was read."""
    from calcgrad import render

    try:
        if "--json" in words:
            out([render.dumps(render.error_record(error))])
        err(render.error_lines(error))
    except _Closed as closed:
        return closed.code
    return answers.code_of(error)
