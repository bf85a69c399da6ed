"""One command, asked with its options: every answer within its time, and the exit code they add up to.

    output = Output(json=True)
    answer("diff", ["x**2"], {"at": ["1", "2"]}, output)      # 0
    output.lines                                             # two JSON objects

The command line and ``batch`` both ask here, so that they say the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from calcgrad.budget import Told, doing, was_cut, within
from calcgrad.errors import CalcgradError, MemoryUp, TimeUp, TooLarge, UndecidedError, UsageError, short
from calcgrad.options import options_of

if TYPE_CHECKING:
    from calcgrad.results import Result

_EXITS = {"answered": 0, "no": 1, "undecided": 3}
_WORST_FIRST = (2, 3, 1, 0)
SHOWING = ("raw", "json", "latex", "digits", "timeout")  # what an Output is made from


def combine(codes: Iterable[int]) -> int:
    """One exit code for several answers: 2 beats 3 beats 1 beats 0."""
    found = set(codes)
    return next((code for code in _WORST_FIRST if code in found), 0)


def debugging() -> bool:
    return os.environ.get("CALCGRAD_DEBUG") == "1"


def code_of(error: CalcgradError) -> int:
    return 3 if isinstance(error, UndecidedError) else 2


def guarded(
    ask: Callable[[], Any],
    seconds: float | None = None,
    what: str = "",
    told: Told = lambda end, what: None,
) -> Any:
    """``ask()`` within a time budget, of whose end ``told`` hears; what goes wrong comes out as a CalcgradError."""
    try:
        return within(seconds, ask, told)
    except CalcgradError:
        raise
    except (MemoryUp, MemoryError):
        raise TooLarge("this calculation takes too much memory", hint="ask for less at once") from None
    except TimeUp as up:
        raise _late(seconds, what, *up.args[:1]) from None
    except RecursionError:
        raise UndecidedError(
            "the expression is nested too deeply for this calculation", code="too-deep"
        ) from None
    except Exception as error:
        if debugging():
            raise
        if _is_of_algebra(error):
            raise UndecidedError(
                "SymPy cannot work with a part of this, and nothing else decides it"
            ) from None
        raise CalcgradError(
            f"internal error: {type(error).__name__}: {str(error)[:200]}",
            hint="this is a bug in calcgrad; CALCGRAD_DEBUG=1 shows where", code="internal",
        ) from None  # fmt: skip


def _is_of_algebra(error: Exception) -> bool:
    """Did SymPy or mpmath fail on a question, which one of the engines did not expect?"""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    modules = [type(error).__module__, *([trace.tb_frame.f_globals.get("__name__", "")] if trace else [])]
    return type(error).__name__ == "NoClosedForm" or any(
        module.partition(".")[0] in ("sympy", "mpmath") for module in modules
    )


def _late(seconds: float | None, what: str, doing: str = "") -> UndecidedError:
    given = seconds or 0.0
    return UndecidedError(
        f"gave up after {given:.10g} s" + (f" on {what}" if what else "") + (f": {doing}" if doing else ""),
        hint=f"--timeout {6 * given:.10g} allows more",
        code="timeout",
    )


def checked_timeout(seconds: float) -> float:
    if not 0 < seconds <= 10**6:
        raise UsageError("--timeout must be more than 0 and at most 1000000 seconds", hint="--timeout=60")
    return seconds


class Output:
    """How the answers to one question are shown: text, LaTeX, bare or JSON; and the exit code they add up to.

    It keeps them, as lines; the command line writes them instead.
    """

    def __init__(
        self, *, raw: bool = False, json: bool = False, latex: bool = False, digits: int | None = None,
        timeout: float = 10.0,
    ) -> None:  # fmt: skip
        if raw and json:
            raise UsageError("--raw and --json exclude each other", hint="use one of them")
        self.raw, self.json, self.latex = raw, json, latex
        self.explicit_digits = digits is not None
        self.digits = 10 if digits is None else digits
        self.timeout = checked_timeout(timeout)
        self.codes: list[int] = []
        self.blank_between = True
        self.shown = 0
        self.lines: list[str] = []

    def out(self, lines: Sequence[str]) -> None:
        """Part of the answer."""
        self.lines += lines

    def err(self, lines: Sequence[str]) -> None:
        """Errors, hints and notes."""

    def binary(self, data: bytes) -> None:
        """A picture among the answers, which no kept line can be."""
        raise NotImplementedError

    def progress(self, line: str) -> None:
        """How far a long calculation is, for somebody who looks on; the next line takes its place."""

    def promised(self, error: CalcgradError, line: int | None = None) -> Told:
        """Who is to hear when the time for an answer will be up, to say this if there is none by then."""
        return lambda end, what: None

    def within(self, ask: Callable[[], Any], what: str = "", line: int | None = None) -> Any:
        """``ask()`` within the time for one answer. Raises CalcgradError."""
        return guarded(ask, self.timeout, what, self.promised(_late(self.timeout, what), line))

    def note(self, message: str, line: int | None = None) -> None:
        self.err([f"note: {message}" if line is None else f"line {line}: note: {message}"])

    def rendered(self, result: Result) -> list[str]:
        """What a result puts on stdout: the part of showing it that may take long.

        Where a part of the work was cut for lack of time, so that another machine might say more, that is said.
        """
        from calcgrad import render

        late = was_cut()
        with doing("writing out the answer"):
            if self.json:
                record = render.record(result, digits=self.digits)
                if self.latex:
                    answered = result.status == "answered"
                    record["latex"] = (
                        render.raw(result, digits=self.digits, latex=True)[0] if answered else None
                    )
                return [render.dumps(record | {"cut": True} if late else record)]
            if self.raw:
                lines = render.raw(result, digits=self.digits, decimal=self.explicit_digits, latex=self.latex)
            else:
                lines = render.lines(result, digits=self.digits, latex=self.latex)
        if late and not any("time" in line for line in lines):
            self.note(
                f"a part of this was cut for lack of time; --timeout {6 * self.timeout:.10g} allows more"
            )
        return lines

    def result(self, result: Result, lines: list[str] | None = None) -> None:
        """Show a result; ``lines`` is what ``rendered`` made of it."""
        from calcgrad import render

        self.codes.append(_EXITS[result.status])
        lines = self.rendered(result) if lines is None else lines
        if self.json or self.raw:
            self.out(lines)
            if self.raw and result.status != "answered":
                shown, why = render.lines(result, digits=self.digits), getattr(result, "why", "")
                self.err([line for line in shown if why and why in line][:1] or shown[-1:])
            return
        if self.shown and lines and self.blank_between:
            lines = ["", *lines]
        self.out(lines)
        self.shown += bool(lines)

    def error(self, error: CalcgradError, line: int | None = None) -> None:
        """Show an error in an answer's place."""
        if self.raw:
            self.out(["undecided" if isinstance(error, UndecidedError) else "error"])
        self.failed(error, line)

    def failed(self, error: CalcgradError, line: int | None = None) -> None:
        """Show an error beside the answers."""
        from calcgrad import render

        self.codes.append(code_of(error))
        if self.json:
            self.out([render.dumps(render.error_record(error, line))])
        self.err(render.error_lines(error, line))


# ------------------------------------------------------------------------------------------------ a command


@dataclass
class Asked:
    """What was asked of one command: words, the values of its options, and where the answers go.

    ``stdin`` is what the word ``-`` reads; without it that is an expression like any other.
    """

    words: Sequence[str]
    options: dict[str, Any]
    output: Output
    files: bool
    stdin: Iterable[bytes] | None

    def taken(self, *names: str) -> dict[str, Any]:
        """The options of these names, which the command's function does not take."""
        return {name: self.options.pop(name) for name in names if name in self.options}

    def told_apart(self, word: str) -> str:
        """A note on a further word that looks like the first one's point or variable, '' on any other."""
        if re.fullmatch(r"[a-z]", word):
            meant = f"--var {word} names the variable"
        elif re.fullmatch(r"[+-]?([0-9.]+(e[+-]?[0-9]+)?|(pi|oo)(/[0-9]+)?)", word):
            meant = f"{'--to' if 'to' in self.options else '--at'} {word} names a point"
        else:
            return ""
        return f"{word} is an expression of its own here; {meant}"

    def expressions(self) -> Iterator[tuple[str | CalcgradError, int | None]]:
        """Each expression, with its line number where it came from standard input."""
        if not self.words:
            raise UsageError("no expression", code="no-expression")
        for index, word in enumerate(self.words):
            if word != "-" or self.stdin is None:
                if index and (note := self.told_apart(word)):
                    self.output.note(note)
                yield word, None
                continue
            for line, shown in enumerate(self.stdin, start=1):
                try:
                    text = shown.decode("utf-8-sig" if line == 1 else "utf-8").strip()
                except UnicodeDecodeError:
                    hint = "convert it to UTF-8"
                    yield CalcgradError("this line is not UTF-8 text", hint=hint, code="encoding"), line
                    continue
                if text and not text.startswith("#"):
                    yield text, line

    @cached_property
    def points(self) -> list[dict[str, Any]]:
        """The options that say where, for each point in turn."""
        from calcgrad.questions import points

        var = self.options.get("var")
        found = {
            name: points(self.options.pop(name), var, f"--{name}")
            for name in ("to", "at")
            if name in self.options
        }
        if len(found) < 2:
            return [{name: point} for name, several in found.items() for point in several] or [{}]
        return [{name: several[0] for name, several in found.items()}]  # which no command takes

    def spread(self) -> None:
        """Take lists for as many points: of a command that takes numbers."""
        from calcgrad.questions import spread

        let, found = self.options.get("let", ()), []
        for point in self.points:
            name = next(iter(point), "")
            several = spread(point[name], let, self.files, f"--{name}") if len(point) == 1 else []
            found += [{name: each} for each in several] or [point]
        self.points = found

    def each(self, ask: Callable[..., Result]) -> list[Any]:
        """Ask for each expression at each point, and show each answer as it comes; the answers."""
        from calcgrad.questions import Unused

        found: list[Result] = []
        output, points = self.output, self.points
        for expression, line in self.expressions():
            told: set[str] = set()
            unused: list[list[tuple[str, str]]] = []  # of each point, the options and their names

            def note(
                message: str, told: set[str] = told, unused: Any = unused, line: int | None = line
            ) -> None:
                if isinstance(message, Unused) and len(points) > 1:
                    unused[-1] += [(message.option, name) for name in message.names]
                elif message not in told:
                    told.add(message)
                    output.note(message, line)

            def asked(expression: str, point: dict[str, Any], note: Any = note) -> tuple[Result, list[str]]:
                options = {
                    **self.options,
                    **point,
                    "digits": output.digits,
                    "files": self.files,
                    "note": note,
                }
                result = ask(expression, **options)
                return result, output.rendered(result)

            for point in points:
                unused.append([])
                try:
                    if isinstance(expression, CalcgradError):
                        raise expression
                    shown = short(expression, 60)
                    result, lines = output.within(partial(asked, expression, point), shown, line)
                except CalcgradError as error:
                    output.error(error, line)
                else:
                    output.result(result, lines)
                    found.append(result)
            common = [each for each in unused[0] if all(each in others for others in unused)]
            for option in dict.fromkeys(option for option, _ in common):
                output.note(Unused(option, [name for each, name in common if each == option]), line)
        return found

    def save(self, file: str, encode: Callable[[], bytes] | None, what: str) -> None:
        """What was computed to a file, whole or not at all; a failure is one more of the exit codes."""
        from calcgrad import files

        try:
            if encode is None:
                self.output.note(f"{file} was not written: there is no {what}")
                return
            files.write(file, self.output.within(encode, "the drawing"))
        except CalcgradError as error:
            self.output.failed(error)
        else:
            self.output.err([f"wrote {file}"])


def answer(
    command: str,
    words: Sequence[str],
    values: Mapping[str, Any],
    output: Output,
    *,
    files: bool = True,
    stdin: Iterable[bytes] | None = None,
) -> int:
    """Ask ``command`` for its words, with the values of its options by parameter, and show what it answers.

    Without ``files`` whatever reads or writes a file is refused.
    """
    if not files:
        for option in options_of(command):
            if option.kind == "file" and (option.target in values or option.default):
                what = "it names" if option.target in values else f"{command} writes"
                raise UsageError(
                    f"{option.name[2:]} is refused here: {what} a file",
                    hint="start calcgrad batch with --files",
                    code="files",
                )
    options = {name: value for name, value in values.items() if name not in SHOWING}
    _COMMANDS[command](Asked(words, options, output, files, stdin))
    return combine(output.codes)


def _diff(asked: Asked) -> None:
    from calcgrad import commands

    asked.spread()
    if asked.taken("total").get("total"):
        for name in ("order", "steps", "to_code"):
            if name in asked.options:
                raise UsageError(f"--total does not take --{name.replace('_', '-')}", hint="leave it out")
        asked.each(lambda expr, **options: commands.total(expr, **options))
        return
    asked.each(lambda expr, **options: commands.diff(expr, **options))


def _sized(drawn: dict[str, Any]) -> dict[str, Any]:
    """Options of a picture, with what a preset stands for."""
    if "preset" not in drawn:
        return drawn
    from calcgrad.drawing.settings import preset

    size, dpi = preset(drawn.pop("preset"), drawn.get("size"), drawn.get("dpi"))
    return {**drawn, "size": size, "dpi": dpi}


def _limit(asked: Asked) -> None:
    from calcgrad import commands

    asked.spread()
    drawn = _sized(asked.taken("preset", "size", "style", "dpi"))
    file = asked.taken("file").get("file")
    if file is not None:
        commands.check_picture(file, drawn.get("style", "light"), drawn.get("dpi"), drawn.get("size"))
        if len(asked.words) * len(asked.points) > 1:
            raise _one_drawing("-o", "limit")
    elif drawn:
        raise UsageError(f"--{next(iter(drawn))} is for a picture", hint="-o limit.svg")
    elif asked.output.raw and 0 <= asked.options.get("rows", 0) <= 1000:
        asked.options["rows"] = 0
    found = asked.each(lambda expr, **options: commands.limit(expr, **options))
    if file is not None and len(asked.output.codes) > 1:
        asked.output.error(_one_drawing("-o", "limit"))
    elif file is not None and found:
        if not hasattr(found[0], "side"):
            raise UsageError("-o draws a limit in one variable", hint="leave out -o")
        asked.save(file, partial(commands.limit_picture, found[0], file=file, **drawn), "limit")


def _series(asked: Asked) -> None:
    from calcgrad import commands

    asked.spread()
    asked.each(lambda expr, **options: commands.series(expr, **options))


def _study(asked: Asked) -> None:
    from calcgrad import commands

    drawn = _sized(asked.taken("preset", "size", "style", "dpi"))
    file = asked.taken("file").get("file")
    if file is not None:
        commands.check_picture(
            file, drawn.get("style", "light"), drawn.get("dpi"), drawn.get("size"), "study"
        )
        if len(asked.words) > 1:
            raise _one_drawing("-o", "study")
    elif drawn:
        raise UsageError(f"--{next(iter(drawn))} is for a picture", hint="-o study.svg")
    found = asked.each(lambda expr, **options: commands.study(expr, **options))
    if file is not None and len(asked.output.codes) > 1:
        asked.output.error(_one_drawing("-o", "study"))
    elif file is not None and found:
        from calcgrad.results import PlaneStudy

        if isinstance(found[0], PlaneStudy):
            raise UsageError("-o draws a study in one variable", hint="leave out -o")
        made = partial(commands.study_picture, found[0], file=file, **drawn) if found[0].exists else None
        asked.save(file, made, "study")


def _one_drawing(option: str, what: str) -> UsageError:
    return UsageError(f"{option} draws one {what}", hint="ask for one at a time")


def _grad(asked: Asked) -> None:
    from calcgrad import commands, files

    options, output = asked.options, asked.output
    if any(name in options for name in ("along", "uncertainty", "correlation", "sensitivity")):
        _engineers(asked)
        return
    graph, file = (asked.taken(name).get(name) for name in ("graph", "file"))
    accumulate = asked.taken("accumulate").get("accumulate", False)
    if graph is not None:
        from calcgrad.pictures import graphs

        graphs.check_format(graph)
        if len(asked.words) * len(asked.points) > 1:
            raise _one_drawing("--graph", "expression")
    if file is not None:
        files.check_format(file)
    if accumulate and any(options.get(name) for name in ("jacobian", "hessian", "jvp", "hvp")):
        raise UsageError("--accumulate adds up gradients", hint="leave out the other option")

    def ask(expr: str, **options: Any) -> Result:
        label = str(len(output.codes) + 1) if accumulate else ""
        return replace(commands.grad(expr, graph=graph is not None, label=label, **options), file=file or "")

    output.blank_between = not accumulate
    found = asked.each(ask)
    if accumulate and len(found) == len(output.codes) and all(one.exists for one in found):
        output.result(replace(commands.accumulate(found), file=file or ""))
    if file is not None:
        arrays: dict[str, Any] = {}
        for index, one in enumerate(found, start=1):
            suffix = f"_{index}" if len(found) > 1 else ""
            arrays |= {f"{name}{suffix}": value for name, value in one.arrays().items()}
        asked.save(file, partial(files.encode_arrays, file, arrays) if arrays else None, "gradient")
    if graph is not None and len(found) > 1:
        output.error(_one_drawing("--graph", "expression"))
    elif graph is not None:
        rows = found[0].graph if found else None
        title = f"{found[0].label} = {found[0].expr}" if found else ""
        asked.save(graph, partial(graphs.encode, rows, graph, title) if rows else None, "gradient")


def _engineers(asked: Asked) -> None:
    """Slopes in a direction, and what errors do."""
    from calcgrad import commands

    taken = asked.taken("along", "uncertainty", "correlation", "sensitivity")
    others = [name for name in asked.options if name not in ("at", "var", "let", "assume")]
    if others or ("along" in taken and len(taken) > 1):
        other = others[0] if others else next(name for name in taken if name != "along")
        raise UsageError(f"--{next(iter(taken))} does not go with --{other}", hint="ask for one of them")
    if "along" in taken:
        asked.each(lambda expr, **options: commands.along(expr, direction=taken["along"], **options))
        return
    taken.pop("sensitivity", None)
    asked.each(lambda expr, **options: commands.sensitivity(expr, **taken, **options))


def _plot(asked: Asked) -> None:
    from calcgrad import commands, files

    output = asked.output
    written = asked.taken("data_out", "no_clobber")
    table, clobber = written.get("data_out"), not written.get("no_clobber", False)
    target = asked.options.setdefault("file", "plot.svg")
    for name in (target, table or ""):
        files.check_name(name)
    if table is not None and (table == "-" or os.path.realpath(table) == os.path.realpath(target)):
        raise UsageError("--data-out needs a file of its own", hint="--data-out plot.csv")
    if target == "-" and (output.json or output.raw):
        raise UsageError(
            "-o - sends the picture to stdout, where --json and --raw write too", hint="-o plot.svg"
        )
    at = [point["at"] for point in asked.points if point]
    words: list[str] = []
    for expression, line in asked.expressions():
        if isinstance(expression, CalcgradError):
            output.error(expression, line)
        else:
            words.append(expression)
    if not words:
        if output.codes:
            return
        raise UsageError("no expression", code="no-expression")
    try:
        result, data, numbers = output.within(
            lambda: commands.plot(words, at=at, data=table is not None, note=output.note, **asked.options)
        )
        if table is not None:
            if target != "-":
                files.check_target(target, clobber=clobber)
            files.write(table, numbers, clobber=clobber)
        if target != "-":
            files.write(target, data, clobber=clobber)
    except CalcgradError as error:
        output.error(error)
        return
    if target == "-":
        output.binary(data)
    lines = [each.label for each in (*result.tangents, *result.normals)]
    lines = [f"assuming {', '.join(result.assumed)}"] * bool(result.assumed) + lines
    drawn = ", ".join(lines + [f"Taylor polynomial {each.polynomial}" for each in result.taylor])
    for each in result.notes:
        output.note(each)
    if target != "-":
        output.err([f"wrote {target}: {drawn}" if drawn else f"wrote {target}"])
    if table is not None:
        output.err([f"wrote {table}"])
    output.result(result)


def _check(asked: Asked) -> None:
    from calcgrad import commands

    if len(asked.words) > 2:
        raise UsageError(
            "check takes an expression and at most one claim", hint='calcgrad check "x**2" "2*x"'
        )
    claim = asked.words[1] if len(asked.words) == 2 else None
    if claim == "-" and asked.stdin is not None:
        _claims(asked)
        return
    asked.words = asked.words[:1]
    asked.each(lambda expr, **options: commands.check(expr, claim, **options))


def _claims(asked: Asked) -> None:
    """A verdict for each claim on stdin, on a line."""
    from calcgrad import commands, render

    output, expr = asked.output, asked.words[0]
    if expr == "-":
        raise UsageError(
            "the expression and the claims are both read from stdin", hint='calcgrad check "x**2" -'
        )
    if "py" in asked.options:
        raise UsageError(
            "with --py the claim is the name of a function", hint="check loss slope --py model.py"
        )
    points, asked.points = asked.points, [{}]
    if len(points) > 1:
        raise UsageError("claims on stdin are compared at one point, or everywhere", hint="keep one --at")
    options = {**asked.options, **points[0], "files": asked.files, "note": output.note}
    try:
        grader = output.within(lambda: commands.Grader(expr, **options), expr)
    except CalcgradError as error:
        output.error(error)
        return
    if not (output.raw or output.json):
        output.out([render.echo(grader.expr, grader.names)])
    output.blank_between = False
    asked.words, asked.options = ["-"], {}
    asked.each(lambda claim, note, **_: grader.grade(claim, note=note, listed=True))


def _functions(asked: Asked) -> None:
    from calcgrad import commands

    asked.output.blank_between = False
    for row in commands.functions():
        asked.output.result(row)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


def _map(asked: Asked) -> None:
    from calcgrad.commands.mapping import map_table

    output, words = asked.output, []
    quiet = asked.taken("quiet").get("quiet", False)
    file = asked.options.get("file", "-")
    sample = "sample" in asked.options
    if asked.stdin is None and not sample and file == "-":
        raise UsageError("a table needs a file to go to", hint='"output":"out.csv"')
    if file == "-" and output.json and not sample:
        raise UsageError("the table goes to stdout, where --json writes too", hint="-o out.csv")
    if "-" in asked.words and asked.options.get("over") == "-":
        raise UsageError("both the expressions and the table are read from stdin", hint="--over points.csv")
    for expression, _ in asked.expressions():
        if isinstance(expression, CalcgradError):
            raise expression
        words.append(expression)
    progress = (lambda line: None) if quiet else output.progress
    try:
        result = guarded(
            lambda: map_table(
                words, **asked.options, digits=output.digits, note=output.note, progress=progress,
                stdin=asked.stdin, stdout=_Binary(output),
            )
        )  # fmt: skip
    except CalcgradError as error:
        progress("")
        output.error(error)
        return
    progress("")
    if not quiet and result.file != "-" and not sample:
        many = f"{_counted(result.files, 'file')}, " if result.files else ""
        output.err([f"wrote {result.file}: {many}{_counted(result.rows, 'row')}"])
    if result.reasons and not quiet:
        gaps = sum(result.reasons.values())
        words = [f"{count} {word}" for word, count in result.reasons.items()]
        have = "have" if result.rows > 1 else "has"
        output.note(f"{gaps} of {_counted(result.rows, 'row')} {have} gaps: {', '.join(words)}")
    output.result(result)


@dataclass
class _Binary:
    """Standard output as a stream of bytes."""

    output: Output

    def write(self, data: bytes) -> None:
        self.output.binary(data)


_COMMANDS: dict[str, Callable[[Asked], None]] = {
    "diff": _diff, "limit": _limit, "series": _series, "study": _study, "grad": _grad, "plot": _plot, "check": _check,
    "functions": _functions, "map": _map,
}  # fmt: skip
