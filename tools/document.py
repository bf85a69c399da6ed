"""Keep the documents true: ``make docs`` runs every command that they show and writes what it answers.

    python tools/document.py            # regenerate in place, and say what changed
    python tools/document.py --check    # change nothing; exit 1 where something is stale

In a ```console block, each line that starts with ``$ `` is run by the shell in a scratch folder, with
``calcgrad`` being the one beside this file; the lines below it are what it says, errors included, and
``$ echo $?`` shows how it ended (a command without one must end with 0). A line of ``...`` stands for
any lines. Pictures that a document includes are the ones that its own commands have drawn.
``docs/reference.md`` and the man page ``docs/calcgrad.1`` are written from the table of options,
``docs/functions.md`` from the catalogue, ``docs/python.md`` from the docstrings. ``tools/website.py`` then makes a
site of them all.
"""

from __future__ import annotations

import inspect
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PICTURE = re.compile(r"!\[[^]]*\]\(([^):]+\.svg)\)")
_ELIDED = "..."
_VERSION = re.compile(r"Matplotlib v[\d.]+")
_NUMBER = re.compile(r"(?<![\w#])-?\d+(?:\.\d+)?(?:e-?\d+)?")
_HASH = re.compile(r"(?<=[#\"])[a-z][0-9a-f]{10}(?=[\")])")  # a name that Matplotlib makes of what it draws


# ----------------------------------------------------------------------------------------- console blocks


@dataclass(frozen=True)
class Command:
    """One command of a console block: where it stands, what it shows, and how it should end."""

    text: str
    line: int  # in its document, from 1
    shown: tuple[str, ...]
    code: int = 0


@dataclass(frozen=True)
class Answer:
    """What a command really said, and how it ended."""

    lines: tuple[str, ...]
    code: int


def documents() -> list[Path]:
    """Every document with commands in it."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands(document: str) -> list[Command]:
    """The commands of a document's console blocks, in order."""
    found: list[Command] = []
    for block in _BLOCK.finditer(document):
        first = document.count("\n", 0, block.start(1)) + 1
        lines = block[1].splitlines()
        starts = [index for index, line in enumerate(lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            shown = tuple(lines[start + 1 : end])
            if lines[start] == "$ echo $?":
                if not found or len(shown) != 1:
                    raise ValueError(
                        f"line {first + start}: echo $? needs a command above and a number below"
                    )
                found[-1] = replace(found[-1], code=int(shown[0]))
            else:
                while shown and not shown[-1]:  # a blank line between two commands belongs to neither
                    shown = shown[:-1]
                found.append(Command(lines[start][2:], first + start, shown))
    return found


def run(asked: Sequence[Command], folder: Path) -> list[Answer]:
    """Run the commands of one document in ``folder``, in order."""
    bin_folder = folder / ".bin"
    bin_folder.mkdir()
    for name, words in (("calcgrad", " -m calcgrad"), ("python", "")):
        program = bin_folder / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}"{words} "$@"\n')
        program.chmod(0o755)
    environment = {
        **os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "TERM": "dumb", "COLUMNS": "100",
    }  # fmt: skip
    answers = []
    for command in asked:
        words = _plain_words(command.text)
        if words is not None and hasattr(os, "fork"):
            said, code = _forked(words, folder, environment)
        else:
            done = subprocess.run(
                ["bash", "-c", command.text], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=120, check=False,
            )  # fmt: skip
            said, code = done.stdout, done.returncode
        if "internal error:" in said:
            raise RuntimeError(f"$ {command.text}\n{said}")
        lines = said.splitlines()
        while lines and not lines[-1]:
            lines.pop()
        answers.append(Answer(tuple(lines), code))
    return answers


_LOADED = (
    "calcgrad.commands", "calcgrad.calculus.formulas", "calcgrad.calculus.explanations", "calcgrad.autodiff",
    "calcgrad.parts.derivations", "calcgrad.pictures.canvas", "calcgrad.render",
)  # fmt: skip


def _plain_words(text: str) -> list[str] | None:
    """The words of a command without any of the shell's own work in it; None for others."""
    bare = re.sub(r"'[^']*'|\"[^\"$`\\]*\"", "", text)
    if not text.startswith("calcgrad ") or re.search(r"[^\w\s=.,:/+@%-]", bare) or "\n" in text:
        return None
    return shlex.split(text)[1:]


def _forked(words: list[str], folder: Path, environment: dict[str, str]) -> tuple[str, int]:
    """``calcgrad words...`` in a child of this process, which has its libraries loaded already."""
    from calcgrad import cli

    for name in _LOADED:
        import_module(name)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(environment)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(writing, 1)
            os.dup2(writing, 2)
            sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115
            sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
            sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
            code = cli._main(words)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading, "rb") as stream:
        said = stream.read().decode()
    return said, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def matches(shown: Sequence[str], said: Sequence[str]) -> bool:
    """Whether what is shown is what was said, a line of dots standing for any lines."""
    if _ELIDED not in shown:
        return list(shown) == list(said)
    cut = list(shown).index(_ELIDED)
    if list(shown[:cut]) != list(said[:cut]):
        return False
    rest = shown[cut + 1 :]
    return any(matches(rest, said[start:]) for start in range(cut, len(said) + 1))


def updated(document: str, asked: Sequence[Command], answers: Sequence[Answer]) -> str:
    """The document with what its commands really say; what still matches stays as it is."""
    lines = document.split("\n")
    for command, answer in reversed(list(zip(asked, answers, strict=True))):
        after = command.line + len(command.shown)  # index of the line below what is shown
        if lines[after : after + 1] == ["$ echo $?"]:
            code = [] if answer.code == 0 else ["$ echo $?", str(answer.code)]
            lines[after : after + 2] = code
        elif answer.code:
            lines[after:after] = ["$ echo $?", str(answer.code)]
        if not matches(command.shown, answer.lines):
            lines[command.line : after] = answer.lines
    return "\n".join(lines)


def pictures(document: str, folder: Path) -> dict[str, bytes]:
    """The pictures that a document includes, as its own commands drew them, by file name."""
    names = {Path(path).name for path in _PICTURE.findall(document)}
    return {name: (folder / name).read_bytes() for name in sorted(names) if (folder / name).exists()}


def same_picture(one: bytes, other: bytes) -> bool:
    """The same text with numbers that no eye tells apart; of two versions of Matplotlib, both are pictures.

    Processors differ in the last bit of a logarithm, and so does where it is drawn.
    """
    texts = [data.decode("utf-8", "replace") for data in (one, other)]
    versions = [_VERSION.search(text) for text in texts]
    if None not in versions and versions[0][0] != versions[1][0]:  # type: ignore[index]
        return all(text.rstrip().endswith("</svg>") for text in texts)
    plain = [_HASH.sub("", text) for text in texts]
    numbers = [[float(each) for each in _NUMBER.findall(text)] for text in plain]
    return len({_NUMBER.sub("", text) for text in plain}) == 1 and all(
        abs(first - second) <= 1e-3 for first, second in zip(*numbers, strict=True)
    )


# ---------------------------------------------------------------------------------------- generated pages


def _cell(text: str) -> str:
    """Plain text as a table's cell."""
    return text.replace("|", r"\|").replace("*", r"\*").replace("_", r"\_").replace("<", "&lt;")


def _code(text: str) -> str:
    return f"`{text}`".replace("|", r"\|") if text else ""


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def _options(command: str) -> Iterator[str]:
    """The table of a command's options."""
    from calcgrad.options import options_of

    rows = [(_code(each.shown_names), _cell(each.shown_help)) for each in options_of(command)]
    yield from _table(("option", "meaning"), rows)


def reference_page() -> str:
    """Every command with its options, as ``--help`` lists them."""
    from calcgrad.options import COMMANDS, EXITS

    lines = [
        "<!-- Written by make docs from the table of options; edit calcgrad/options.py instead. -->",
        "# Reference: commands and options", "",
        "What `calcgrad --help` and `calcgrad COMMAND --help` list. [The contract for scripts](commands.md) says",
        "what the answers look like, and [the language](language.md) what an `EXPR` may be.", "",
        *_table(
            ("command", "what it answers"),
            [(f"[`{name}`](#calcgrad-{name})", _cell(command.help)) for name, command in COMMANDS.items()],
        ),
        EXITS, "",
        "## calcgrad", "",
        *_options("calcgrad"),
    ]  # fmt: skip
    for name, command in COMMANDS.items():
        usage = f"calcgrad {name} [OPTIONS] {command.words}".strip()
        lines += [f"## calcgrad {name}", "", command.help, "", f"    {usage}", ""]
        lines += [f"`{command.words}`: {command.about_words}", ""] if command.words else []
        lines += [*_options(name), "Examples:", "", *(f"    {each}" for each in command.examples), ""]
    return "\n".join(lines).rstrip() + "\n"


def manual_page() -> str:
    """calcgrad(1), for man."""
    from calcgrad.options import ABOUT, COMMANDS, EXITS, options_of

    def plain(text: str) -> str:
        return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")

    def listed(command: str) -> Iterator[str]:
        for option in options_of(command):
            yield from (".TP", rf"\fB{plain(option.shown_names)}\fR", plain(option.shown_help))

    lines = [
        r".\" Written by make docs from the table of options; edit calcgrad/options.py instead.",
        ".TH CALCGRAD 1", ".SH NAME", plain(f"calcgrad - {ABOUT[0].lower()}{ABOUT[1:].rstrip('.')}"), ".SH SYNOPSIS",
        *(
            rf".B calcgrad {name}" + "\n" + plain(f"[OPTIONS] {command.words}".strip()) + "\n.br"
            for name, command in COMMANDS.items()
        ),
        ".SH OPTIONS", *listed("calcgrad"),
    ]  # fmt: skip
    for name, command in COMMANDS.items():
        lines += [f".SH CALCGRAD {name.upper()}", plain(command.help), *listed(name), ".PP", "Examples:"]
        lines += [".PP", ".nf", ".RS", *(plain(each) for each in command.examples), ".RE", ".fi"]
    return "\n".join([*lines, ".SH EXIT STATUS", plain(EXITS.removeprefix("Exit codes: "))]) + "\n"


def functions_page() -> str:
    """Every function of the language, from the catalogue."""
    from calcgrad.expression.catalogue import FUNCTIONS, OPERATORS, WHERE

    def rows(table: Sequence[Any]) -> list[tuple[str, ...]]:
        return [
            (
                _code(row.signature),
                ", ".join(_code(alias) for alias in row.aliases),
                _cell(row.help),
                _code(row.domain) or "everywhere",
                _code(row.kinks),
            )
            for row in table
        ]

    heads = ("function", "also", "meaning", "real and defined for", "not smooth where")
    operators = [
        (
            "`-x`" if row.name == "neg" else _code(row.name),
            _cell(row.help),
            _code(row.domain),
            _code(row.kinks),
        )
        for row in OPERATORS
    ]
    lines = [
        "<!-- Written by make docs from the catalogue; edit calcgrad/expression/catalogue.py instead. -->",
        "# Functions", "",
        "What the language knows, as `calcgrad functions` lists it. A condition is written in the language itself,",
        "in the names of the function's own arguments. Where a function is not smooth it is defined but may have",
        "no derivative: calcgrad looks there before it answers.", "",
        "## Of numbers", "",
        *_table(heads, rows([*(row for row in FUNCTIONS if not row.array), WHERE])),
        "## Of arrays", "",
        "For `grad`, with NumPy's meaning; the functions above work element by element.", "",
        *_table(("function", "also", "meaning"), [row[:3] for row in rows([r for r in FUNCTIONS if r.array])]),
        "## Operators", "",
        "In `~`, `&` and `|`, and in `not`, `and` and `or`, which read the same, `p` and `q` are conditions.", "",
        *_table(("operator", "meaning", "defined for", "not smooth where"), operators),
    ]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"


_PYTHON = {
    "Questions": "diff limit series study check map plot",
    "Gradients of Python functions": (
        "grad value_and_grad jacobian jacfwd hessian jvp vjp hvp check_grad checkpoint detach no_grad primitive"
    ),
    "The graph": "Variable gradient",
    "Errors": "CalcgradError NotDifferentiable UndecidedError",
}
# what the questions return
_ANSWERS = "Derivative Implicit Parametric Limit PlaneLimit Series Study PlaneStudy Critical Check Value Case"
_HIDDEN = ("self", "files", "note")  # parameters for calcgrad's own commands


def _signature(name: str, function: Any) -> str:
    """A call as a reader would write it, without types."""
    shown, keyword = [], False
    for each in inspect.signature(function).parameters.values():
        if each.name in _HIDDEN:
            continue
        if each.kind is each.KEYWORD_ONLY and not keyword:
            keyword = True
            shown.append("*")
        stars = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        keyword = keyword or stars == "*"
        default = "" if each.default is each.empty else f"={each.default!r}"
        shown.append(f"{stars}{each.name}{default}")
    return f"{name}({', '.join(shown)})"


def python_page() -> str:
    """Every public name of the package, from its signature and its docstring."""
    import calcgrad
    from calcgrad import results

    lines = [
        "<!-- Written by make docs from the docstrings; edit those instead. -->",
        "# Python", "",
        "What `import calcgrad` gives. Names are loaded when they are first used. Points may be numbers, text such",
        'as `"pi/2"`, or mappings from names to either; errors are `CalcgradError`s with the message that the command',
        "line prints. [Notebooks](notebooks.md) shows answers typeset, [automatic differentiation](autodiff.md)",
        "explains the graph.", "",
    ]  # fmt: skip
    for title, names in _PYTHON.items():
        lines += [f"## {title}", ""]
        for name in names.split():
            found = getattr(calcgrad, name)
            lines += [
                f"### {name}",
                "",
                "```python",
                _signature(name, found),
                "```",
                "",
                *_described(found),
                "",
            ]
            if name == "Variable":
                lines += _members(found)
    lines += [
        "## Answers", "",
        "What the questions return: frozen records. `print` shows what the command line prints, `bool` says whether",
        "the question was answered, `float` is the value's nearest double, `.exact` the value as text that reads back.",
        "",
    ]  # fmt: skip
    for name in _ANSWERS.split():
        found = getattr(results, name)
        fields = ", ".join(
            f"`{each.name}`" for each in dataclass_fields(results.made(found)) if each.name != "question"
        )
        lines += [f"### results.{name}", "", *_described(found), "", f"Fields: {fields}.", ""]
    return "\n".join(lines).rstrip() + "\n"


def _described(found: Any) -> Iterator[str]:
    """A docstring as Markdown: its double backticks become single ones."""
    yield from (inspect.getdoc(found) or "").replace("``", "`").splitlines()


def _members(found: type) -> Iterator[str]:
    """What a class has besides operators: methods and properties with their first sentence."""
    rows = []
    for name, member in sorted(vars(found).items()):
        about = (inspect.getdoc(member) or "").partition("\n")[0].replace("``", "`").replace("|", r"\|")
        if not name.startswith("_") and about and isinstance(member, property | FunctionType):
            rows.append((_code(name if isinstance(member, property) else _signature(name, member)), about))
    yield from _table(("member", "meaning"), rows)


def generated() -> dict[Path, str]:
    """The pages that are written as a whole."""
    return {
        ROOT / "docs" / "python.md": python_page(),
        ROOT / "docs" / "reference.md": reference_page(),
        ROOT / "docs" / "functions.md": functions_page(),
        ROOT / "docs" / "calcgrad.1": manual_page(),
    }


# ------------------------------------------------------------------------------------------------- writing


def true_version(path: Path) -> dict[Path, bytes]:
    """A document and its pictures as they should be."""
    document = path.read_text(encoding="utf-8")
    asked = commands(document)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        answers = run(asked, folder)
        made = {ROOT / "docs" / name: data for name, data in pictures(document, folder).items()}
    return {path: updated(document, asked, answers).encode(), **made}


def main(words: Sequence[str]) -> int:
    only_check = "--check" in words
    stale = 0
    wanted: dict[Path, bytes] = {path: text.encode() for path, text in generated().items()}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for made in pool.map(true_version, [path for path in documents() if path not in wanted]):
            wanted |= made
    for path, data in wanted.items():
        old = path.read_bytes() if path.exists() else b""
        if old == data or (path.suffix == ".svg" and only_check and same_picture(old, data)):
            continue
        stale += 1
        print(f"{'stale' if only_check else 'wrote'}: {path.relative_to(ROOT)}")
        if not only_check:
            path.write_bytes(data)
    if not stale:
        print("every document is up to date")
    return 1 if stale and only_check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
