"""The commands in IPython and Jupyter: ``%diff``, ``%limit``, ``%series``, ``%grad``, ``%check``, ``%plot``.

    %load_ext calcgrad
    %diff "3x^2-4x" --at 1
    found = %limit "sin(x)/x" --to 0

Each takes the words that the command line takes, and gives the answer itself: LaTeX or a picture in a notebook, text in
a terminal, and an object to go on with. Below ``%%calcgrad`` each line is a command. Errors and notes are text; none
ends the cell.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from calcgrad import answers, arguments, render
from calcgrad.errors import CalcgradError, UsageError
from calcgrad.options import COMMANDS, names_of, no_such_command, options_of, read

if TYPE_CHECKING:
    from calcgrad.results import Result

NAMES = ("diff", "limit", "series", "grad", "check", "plot")


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext calcgrad`` calls."""
    for name in NAMES:
        shell.register_magic_function(_magic(name), "line", name)
    shell.register_magic_function(_cell, "cell", "calcgrad")


def _magic(name: str) -> Callable[[str], Any]:
    def magic(line: str) -> Any:
        found = _answers(name, line)
        if len(found) == 1:
            return found[0]
        _show(found)
        return None

    magic.__doc__ = "\n".join(_help(name))
    magic._ipython_magic_no_var_expand = True  # type: ignore[attr-defined]  # {x} and $x are the expression's own
    return magic


def _cell(line: str, cell: str) -> None:
    """%%calcgrad: each line below is a command with its words, as in the shell."""
    for each in cell.splitlines():
        name, _, rest = each.strip().removeprefix("calcgrad ").lstrip().partition(" ")
        if name and not name.startswith("#"):
            _show(_answers(name, rest))


_cell._ipython_magic_no_var_expand = True  # type: ignore[attr-defined]


def _show(found: Sequence[Any]) -> None:
    from IPython.display import display

    for each in found:
        display(each)


def _answers(name: str, line: str) -> list[Any]:
    """What a command answers to the words of a line; what goes wrong is printed."""
    output: _Kept | None = None
    try:
        if name not in NAMES:
            raise no_such_command(name, list(NAMES))
        try:
            words = shlex.split(line)
        except ValueError:
            raise UsageError("a quote is not closed", hint=f'%{name} "..."') from None
        given, expressions = arguments.read(words, names_of(options_of(name)))
        if any(option.name == "--help" for option, _ in given):
            print("\n".join(_help(name)))
            return []
        values = read(given)
        output = _Kept(**{key: value for key, value in values.items() if key in answers.SHOWING})
        if name == "plot" and "file" not in values:
            return [
                answers.guarded(lambda: _figure(expressions, values, output), output.timeout, "the drawing")
            ]
        answers.answer(name, expressions, values, output)
    except CalcgradError as error:
        (output or _Kept()).failed(error)
    if output is not None and output.lines:
        print("\n".join(output.lines))
    return [] if output is None or output.json or output.raw else output.found


def _help(name: str) -> Iterator[str]:
    command = COMMANDS[name]
    yield from (
        f"%{name} {command.words} [OPTIONS]",
        "",
        command.help,
        "",
        f"{command.words}: {command.about_words}",
        "",
    )
    for option in options_of(name):
        yield f"  {option.shown_names:28}  {option.shown_help}"


def _figure(expressions: Sequence[str], values: dict[str, Any], output: _Kept) -> Any:
    """What ``plot`` draws, as a figure."""
    from calcgrad.commands.plots import draw
    from calcgrad.questions import points

    if not expressions:
        raise UsageError("no expression", hint='%plot "x^2"', code="no-expression")
    options = {key: value for key, value in values.items() if key not in answers.SHOWING}
    options |= {"at": points(values["at"], values.get("var"), "--at") if "at" in values else ()}
    for file in ("data_out", "no_clobber", "dpi"):
        if file in options:
            raise UsageError(f"--{file.replace('_', '-')} is for a file", hint="-o plot.svg")
    result, picture = draw(expressions, note=output.note, **options)
    for each in result.notes:
        output.note(each)
    return picture


class _Kept(answers.Output):
    """Answers that are kept for the notebook to show; what is said beside them is printed."""

    def __init__(self, **showing: Any) -> None:
        super().__init__(**showing)
        self.found: list[Result] = []

    def result(self, result: Result, lines: list[str] | None = None) -> None:
        if self.raw or self.json:
            super().result(result, lines)
        else:
            self.found.append(result)

    def err(self, lines: Sequence[str]) -> None:
        print("\n".join(lines))

    def failed(self, error: CalcgradError, line: int | None = None) -> None:
        self.codes.append(answers.code_of(error))
        self.err(render.error_lines(error, line))
