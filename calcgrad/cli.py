"""The command line: argv in, answers out through streams; the only place that ends with an exit code.

    calcgrad diff "3*x**2-4*x" --at 1

The commands and options are those of ``options``: ``arguments`` decides which words are which, because an
expression may well start with a dash, and Typer makes the help and the completion of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from calcgrad import answers, arguments
from calcgrad.budget import allow_deep_recursion
from calcgrad.errors import CalcgradError, UsageError
from calcgrad.options import (
    ABOUT,
    COMMANDS,
    EXITS,
    Command,
    Option,
    names_of,
    no_such_command,
    options_of,
    read,
    short,
    suggestion,
)
from calcgrad.version import __version__

if TYPE_CHECKING:
    import typer

_alone = False  # is the process this command's alone, to be ended if need be?


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

    def last(self, error: CalcgradError, line: int | None = None) -> None:
        """A call into C holds the process, and nothing else can be done."""
        if _alone:
            self.error(error, line)
            os._exit(answers.combine(self.codes))


# ------------------------------------------------------------------------------------------------ commands


def _dispatch(words: list[str]) -> int:
    """Read the words by the tables, ask, and answer with the exit code."""
    name, *rest = words or ["--help"]
    top_level = names_of(options_of("calcgrad"))
    if name in ("-h", "--help"):
        out(_help(_typer(COMMANDS.values(), {}), "calcgrad"))
        return 0
    if name == "--version":
        out([f"calcgrad {__version__}"])
        return 0
    if name in top_level:
        return _run_typer(words)
    if name.startswith("-"):
        hint = suggestion(name, list(top_level)) or "name a command first, such as calcgrad diff"
        raise UsageError(f"no such option: {short(name)}", hint=hint, code="option")
    if name not in COMMANDS:
        raise no_such_command(name, list(COMMANDS))
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
    for line in sys.stdin.buffer:
        if line.strip():
            answer, code = batch.answer(line, files, timeout)
            codes.add(code)
            out([answer])
    return answers.combine(codes)


# --------------------------------------------------------------------------------------------------- Typer


def _typer(commands: Iterable[Command], options: dict[str, list[Option]]) -> typer.Typer:
    """Typer's declaration of commands and of the options that are given for them."""
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
        made = typer.Typer(name="calcgrad", no_args_is_help=True, help=ABOUT, epilog=EXITS, **settings)
        made.callback()(
            _declared([option for option in options_of("calcgrad") if option.name == "--version"])
        )
    for command in commands:
        about = f"{command.help}\n\n{command.words}: {command.about_words}" if command.words else command.help
        made.command(
            command.name, help=about, short_help=command.help, options_metavar=f"[OPTIONS] {command.words}".strip(),
            epilog="\n".join(["\b", "Examples:", *(f"  {each}" for each in command.examples)]),
        )(_declared(options.get(command.name, ())))  # fmt: skip
    return made


def _declared(options: Iterable[Option]) -> Callable[..., None]:
    """A function whose signature declares options, which is what Typer reads."""
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
        found[option.target] = (
            kind,
            typer.Option(None if option.metavar else bool(option.off), *names, **shown),
        )
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

    made = typer.main.get_command(_typer(COMMANDS.values(), {name: options_of(name) for name in COMMANDS}))
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
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace", newline="\n")
    allow_deep_recursion()
    global _alone
    _alone = True
    sys.exit(_main(words))


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
        err(["interrupted"])
        return 130


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
