"""The command line: argv in, one call into ``commands``, one into ``render``; the only place with exit codes.

    calcgrad diff "3*x**2-4*x" --at 1

Typer declares the options and writes the help; ``arguments`` decides which words are expressions, because
an expression may well start with a dash.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from calcgrad.arguments import Option, read, suggestion
from calcgrad.budget import allow_deep_recursion, bound_memory, doing, within
from calcgrad.errors import (
    CalcgradError,
    MemoryUp,
    NotAvailable,
    TimeUp,
    TooLarge,
    UndecidedError,
    UsageError,
)
from calcgrad.version import __version__

if TYPE_CHECKING:
    from calcgrad.results import Result

EXITS: dict[str, int] = {"answered": 0, "no": 1, "undecided": 3}
_WORST_FIRST = (2, 3, 1, 0)
_alone = False  # is the process this command's alone, to be ended if need be?

_HELP_NAMES = ("-h", "--help")
_SETTINGS: dict[str, Any] = {
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": list(_HELP_NAMES)},
}
_ABOUT: dict[str, Any] = {
    "name": "calcgrad",
    "no_args_is_help": True,
    "help": "Derivatives, limits, gradients and tangent plots: a checked answer, an honest no, or undecided.",
    "epilog": "Exit codes: 0 answered, 1 answered no, 2 nothing computed, 3 undecided, 130 interrupted, "
    "141 closed pipe.",
}
app = typer.Typer(**_ABOUT, **_SETTINGS)


class _Closed(Exception):
    """stdout can no longer be written; ``code`` is what to exit with."""

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
    try:
        _write(sys.stdout, lines)
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


def note(message: str) -> None:
    err([f"note: {message}"])


# ------------------------------------------------------------------------------------------------- running


def combine(codes: Sequence[int]) -> int:
    """One exit code for several answers: 2 beats 3 beats 1 beats 0."""
    return next((code for code in _WORST_FIRST if code in codes), 0)


def code_of(error: CalcgradError) -> int:
    return 3 if isinstance(error, UndecidedError) else 2


def _late(seconds: float | None, what: str, doing: str = "") -> UndecidedError:
    given = seconds or 0.0
    return UndecidedError(
        f"gave up after {given:.10g} s" + (f" on {what}" if what else "") + (f": {doing}" if doing else ""),
        hint=f"--timeout {6 * given:.10g} allows more",
        code="timeout",
    )


def _full() -> UndecidedError:
    return TooLarge("this calculation takes too much memory", hint="ask for less at once")


def guarded(
    ask: Callable[[], Any],
    seconds: float | None,
    what: str = "",
    last: Callable[[CalcgradError], None] | None = None,
) -> Any:
    """``ask()`` within a time budget; whatever goes wrong inside comes out as a CalcgradError.

    ``last`` shows the error and ends the process, where a call into C does not return in time.
    """
    try:
        return within(seconds, ask, None if last is None else lambda: last(_late(seconds, what, "")))
    except CalcgradError:
        raise
    except MemoryUp:
        raise _full() from None
    except TimeUp as up:
        raise _late(seconds, what, *up.args[:1]) from None
    except RecursionError:
        raise UndecidedError(
            "the expression is nested too deeply for this calculation", code="too-deep"
        ) from None
    except MemoryError:
        raise _full() from None
    except (KeyboardInterrupt, _Closed):
        raise
    except Exception as error:
        if os.environ.get("CALCGRAD_DEBUG") == "1":
            raise
        raise CalcgradError(
            f"internal error: {type(error).__name__}: {str(error)[:200]}",
            hint="this is a bug in calcgrad; CALCGRAD_DEBUG=1 shows where", code="internal",
        ) from None  # fmt: skip


class Output:
    """How the answers of one run are shown: text, LaTeX, bare or JSON; and the exit code they add up to."""

    def __init__(
        self, *, raw: bool, json: bool, latex: bool, digits: str | None, timeout: str | None
    ) -> None:
        if raw and json:
            raise UsageError("--raw and --json exclude each other", hint="use one of them")
        self.raw, self.json, self.latex = raw, json, latex
        self.explicit_digits = digits is not None
        self.digits = whole(digits, "--digits") if digits is not None else 10
        self.timeout = seconds(timeout)
        self.codes: list[int] = []
        self.blank_between = True
        self.shown = 0

    def rendered(self, result: Result) -> list[str]:
        """What a result puts on stdout: the part of showing it that may take long."""
        from calcgrad import render

        with doing("writing out the answer"):
            if self.json:
                return [render.dumps(render.record(result, digits=self.digits))]
            if self.raw:
                return render.raw(result, digits=self.digits, decimal=self.explicit_digits, latex=self.latex)
            return render.lines(result, digits=self.digits, latex=self.latex)

    def result(self, result: Result, lines: list[str] | None = None) -> None:
        """Show a result; ``lines`` is what ``rendered`` made of it."""
        from calcgrad import render

        self.codes.append(EXITS[result.status])
        lines = self.rendered(result) if lines is None else lines
        if self.json or self.raw:
            out(lines)
            if self.raw and result.status != "answered":
                err(render.lines(result, digits=self.digits)[-1:])
            return
        if self.shown and lines and self.blank_between:
            lines = ["", *lines]
        out(lines)
        self.shown += bool(lines)

    def last(self, error: CalcgradError, line: int | None = None) -> None:
        """Show an error and end the process: a call into C holds it, and nothing else can be done."""
        if _alone:
            self.error(error, line)
            os._exit(combine(self.codes))

    def error(self, error: CalcgradError, line: int | None = None) -> None:
        from calcgrad import render

        self.codes.append(code_of(error))
        if self.json:
            out([render.dumps(render.error_record(error))])
        elif self.raw:
            out(["undecided" if isinstance(error, UndecidedError) else "error"])
        err(render.error_lines(error, line))

    def finish(self) -> NoReturn:
        raise typer.Exit(combine(self.codes))


def whole(shown: str, option: str) -> int:
    try:
        return int(shown)
    except ValueError:
        raise UsageError(f"{option} {shown[:40]} is not a whole number", hint=f"{option}=5") from None


def real(shown: str, option: str) -> float:
    try:
        value = float(shown)
    except ValueError:
        value = float("nan")
    if not -1e300 < value < 1e300:
        raise UsageError(f"{option} {shown[:40]} is not a number", hint=f"{option}=1")
    return value


def seconds(shown: str | None) -> float:
    if shown is None:
        return 10.0
    value = real(shown, "--timeout")
    if not 0 < value <= 10**6:
        raise UsageError("--timeout must be more than 0 and at most 1000000 seconds", hint="--timeout=60")
    return value


def expressions(words: Sequence[str]) -> Iterator[tuple[str | CalcgradError, int | None]]:
    """Each expression with its line number where it came from standard input."""
    if not words:
        raise UsageError("no expression", code="no-expression")
    for word in words:
        if word != "-":
            yield word, None
            continue
        for line, shown in enumerate(sys.stdin.buffer, start=1):
            try:
                text = shown.decode("utf-8-sig" if line == 1 else "utf-8").strip()
            except UnicodeDecodeError:
                yield (
                    CalcgradError("this line is not UTF-8 text", hint="convert it to UTF-8", code="encoding"),
                    line,
                )
                continue
            if text and not text.startswith("#"):
                yield text, line


def run(output: Output, words: Sequence[str], ask: Callable[[str], Result]) -> list[Result]:
    """Ask for each expression and show each answer as it comes."""
    found: list[Result] = []

    def asked(expression: str) -> tuple[Result, list[str]]:
        result = ask(expression)
        return result, output.rendered(result)

    for expression, line in expressions(words):
        try:
            if isinstance(expression, CalcgradError):
                raise expression
            shown = expression if len(expression) <= 60 else expression[:59] + "…"
            result, lines = guarded(
                partial(asked, expression), output.timeout, shown, partial(output.last, line=line)
            )
        except CalcgradError as error:
            output.error(error, line)
        else:
            output.result(result, lines)
            found.append(result)
    return found


def later(**options: Any) -> None:
    """Refuse the options of the contract that this version does not have yet."""
    for name, value in options.items():
        if value not in (None, False, ()):
            raise NotAvailable(f"--{name.replace('_', '-')} is not available yet", hint="leave it out")


# ------------------------------------------------------------------------------------------------- options

Expressions = Annotated[
    list[str] | None,
    typer.Argument(metavar="EXPR...", help="Expressions; - reads lines from stdin.", show_default=False),
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="POINT", help="Where: 1, pi/2, x=1,y=2, 'x=[0,1,2]', x=@data.npy."),
]
Var = Annotated[
    str | None, typer.Option("--var", metavar="NAMES", help="The variable(s): x; x,y is a mixed partial.")
]
Let = Annotated[
    list[str] | None,
    typer.Option(
        "--let", metavar="NAME=EXPR", help="A definition: a=2 or g(t)=sin(t); repeatable.", show_default=False
    ),
]
Raw = Annotated[bool, typer.Option("--raw", "-r", help="Only the answer, one line per expression.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object per expression and line.")]
Latex = Annotated[bool, typer.Option("--latex", help="LaTeX instead of text.")]
Digits = Annotated[
    str | None,
    typer.Option(
        "--digits", metavar="N", help="Significant digits of decimals (default 10).", show_default=False
    ),
]
Timeout = Annotated[
    str | None,
    typer.Option(
        "--timeout", metavar="S", help="Give up after S seconds (default 10), exit 3.", show_default=False
    ),
]


def _text(name: str, metavar: str, help: str) -> Any:
    return typer.Option(name, metavar=metavar, help=help, show_default=False)


def _flag(name: str, help: str) -> Any:
    return typer.Option(name, help=help)


Size = Annotated[str | None, _text("--size", "W,H", "Size in inches (default 3.5,2.5).")]
Style = Annotated[str, _text("--style", "STYLE", "light or dark.")]
Dpi = Annotated[str | None, _text("--dpi", "N", "Dots an inch of a PNG (default 200).")]


def _version(value: bool) -> None:
    if value:
        out([f"calcgrad {__version__}"])
        raise typer.Exit(0)


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


# ------------------------------------------------------------------------------------------------ commands


@app.command()
def diff(
    exprs: Expressions = None,
    at: At = None,
    var: Var = None,
    let: Let = None,
    order: Annotated[str | None, _text("--order", "N", "Order of the derivative (default 1).")] = None,
    steps: Annotated[bool, _flag("--steps", "Show the derivation, rule by rule.")] = False,
    to_code: Annotated[
        str | None, _text("--to-code", "LANG", "The derivative as python, numpy, c or latex.")
    ] = None,
    raw: Raw = False,
    json: Json = False,
    latex: Latex = False,
    digits: Digits = None,
    timeout: Timeout = None,
) -> None:
    """Derivative, and its value at a point."""
    output = Output(raw=raw, json=json, latex=latex, digits=digits, timeout=timeout)
    times = None if order is None else whole(order, "--order")

    def ask(expr: str) -> Result:
        from calcgrad import commands

        return commands.diff(
            expr, at=at, var=var, let=let or (), order=times, digits=output.digits, steps=steps,
            to_code=to_code, note=note,
        )  # fmt: skip

    run(output, exprs or (), ask)
    output.finish()


@app.command()
def limit(
    exprs: Expressions = None,
    to: Annotated[
        str | None, _text("--to", "P", "Limit of the expression itself as x goes to P (oo too).")
    ] = None,
    at: Annotated[
        str | None, _text("--at", "P", "Limit of its difference quotient at P: the derivative's definition.")
    ] = None,
    side: Annotated[str | None, _text("--from", "SIDE", "left or right only.")] = None,
    rows: Annotated[str | None, _text("--rows", "N", "Rows of the table (default 5, 0 hides it).")] = None,
    steps: Annotated[bool, _flag("--steps", "Show what was done and why.")] = False,
    file: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            show_default=False,
            help="Draw both sides' values against the step: .svg, .pdf or .png.",
        ),
    ] = None,
    size: Size = None,
    style: Style = "light",
    dpi: Dpi = None,
    var: Var = None,
    let: Let = None,
    raw: Raw = False,
    json: Json = False,
    latex: Latex = False,
    digits: Digits = None,
    timeout: Timeout = None,
) -> None:
    """A limit, with its numeric table."""
    output = Output(raw=raw, json=json, latex=latex, digits=digits, timeout=timeout)
    count = 5 if rows is None else whole(rows, "--rows")
    if side == "both":
        raise UsageError("--from both is the default", hint="leave it out")
    dots = None if dpi is None else real(dpi, "--dpi")
    drawn: list[str] = []
    if file is not None:
        from calcgrad import commands

        commands.check_picture(file, style, dots, size)
        if len(exprs or ()) > 1:
            raise UsageError("-o draws one limit", hint="ask for one at a time")

    def ask(expr: str) -> Result:
        from calcgrad import commands

        drawn.append(expr)
        return commands.limit(
            expr, to=to, at=at, side=side or "both", rows=0 if raw and not file else count, var=var, let=let or (),
            digits=output.digits, steps=steps, note=note,
        )  # fmt: skip

    found: list[Any] = run(output, exprs or (), ask)
    if file is not None and found:
        from calcgrad import commands

        if len(drawn) > 1:
            output.error(UsageError("-o draws one limit", hint="ask for one at a time"))
        else:
            encode = partial(
                commands.limit_picture, drawn[0], found[0], file=file, to=to, at=at, var=var, let=let or (),
                size=size, style=style, dpi=dots,
            )  # fmt: skip
            _save(output, file, encode, output.timeout)
    output.finish()


@app.command()
def grad(
    exprs: Expressions = None,
    at: At = None,
    var: Var = None,
    let: Let = None,
    trace: Annotated[bool, _flag("--trace", "One row per node of the graph: value and adjoint.")] = False,
    accumulate: Annotated[bool, _flag("--accumulate", "Add up the gradients of all expressions.")] = False,
    jacobian: Annotated[bool, _flag("--jacobian", "The Jacobian of a list.")] = False,
    file: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the gradient to .npy, .npz or .json.",
            show_default=False,
        ),
    ] = None,
    hessian: Annotated[bool, _flag("--hessian", "All second derivatives.")] = False,
    jvp: Annotated[str | None, _text("--jvp", "V", "The derivative along a direction: x=1,y=0.")] = None,
    hvp: Annotated[str | None, _text("--hvp", "V", "The Hessian times a direction.")] = None,
    seed: Annotated[str | None, _text("--seed", "V", "An adjoint of the value, times the Jacobian.")] = None,
    mode: Annotated[str | None, _text("--mode", "MODE", "reverse (default) or forward.")] = None,
    py: Annotated[
        str | None, _text("--py", "FILE", "EXPR names a function in this Python file, which is run.")
    ] = None,
    graph: Annotated[
        str | None, _text("--graph", "FILE", "Draw the graph: .svg, .pdf, .png, .dot or .mmd.")
    ] = None,
    raw: Raw = False,
    json: Json = False,
    latex: Latex = False,
    digits: Digits = None,
    timeout: Timeout = None,
) -> None:
    """Gradient, Jacobian or Hessian by automatic differentiation."""
    output = Output(raw=raw, json=json, latex=latex, digits=digits, timeout=timeout)
    if graph is not None:
        from calcgrad import graphs

        graphs.check_format(graph)
        if len(exprs or ()) > 1:
            raise UsageError("--graph draws one expression", hint="ask for one at a time")
    if file is not None:
        from calcgrad import files

        files.check_format(file)
    if accumulate and (jacobian or hessian or jvp or hvp):
        raise UsageError("--accumulate adds up gradients", hint="leave out the other option")
    count = 0

    def ask(expr: str) -> Result:
        nonlocal count
        from calcgrad import commands

        count += 1
        return commands.grad(
            expr, at=at, var=var, let=let or (), py=py, mode=mode, jacobian=jacobian, hessian=hessian, seed=seed,
            jvp=jvp, hvp=hvp, trace=trace, graph=graph is not None, digits=output.digits,
            label=str(count) if accumulate else "", note=note,
        )  # fmt: skip

    output.blank_between = not accumulate
    found: list[Any] = run(output, exprs or (), ask)
    if accumulate and len(found) == count and all(one.exists for one in found):
        from calcgrad import commands

        output.result(commands.accumulate(found))
    if file is not None:
        from calcgrad import files

        arrays: dict[str, Any] = {}
        for index, one in enumerate(found, start=1):
            suffix = f"_{index}" if len(found) > 1 else ""
            arrays |= {f"{name}{suffix}": value for name, value in one.arrays().items()}
        _save(output, file, partial(files.encode_arrays, file, arrays) if arrays else None)
    if graph is not None:
        [drawn] = found[:1] or [None]
        rows = None if drawn is None else drawn.graph
        encode = partial(graphs.encode, rows, graph, f"{drawn.label} = {drawn.expr}") if rows else None
        if len(found) > 1:
            output.error(UsageError("--graph draws one expression", hint="ask for one at a time"))
        else:
            _save(output, graph, encode, output.timeout)
    output.finish()


def _save(
    output: Output, file: str, encode: Callable[[], bytes] | None, seconds: float | None = None
) -> None:
    """What was computed to a file, whole or not at all; a failure is one more of the run's exit codes."""
    from calcgrad import files

    try:
        if encode is None:
            note(f"{file} was not written: there is no gradient")
            return
        files.write(file, guarded(encode, seconds, "the drawing"))
    except CalcgradError as error:
        output.codes.append(code_of(error))
        from calcgrad import render

        err(render.error_lines(error))
    else:
        err([f"wrote {file}"])


@app.command()
def plot(
    exprs: Expressions = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at", metavar="POINT", help="Where to draw a tangent; repeatable.", show_default=False
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The picture: .svg, .pdf or .png; - sends SVG to stdout. Default plot.svg.",
            show_default=False,
        ),
    ] = None,
    var: Var = None,
    let: Let = None,
    xlim: Annotated[str | None, _text("--xlim", "A,B", "Limits of x.")] = None,
    ylim: Annotated[str | None, _text("--ylim", "A,B", "Limits of y.")] = None,
    xscale: Annotated[str, _text("--xscale", "SCALE", "linear or log.")] = "linear",
    yscale: Annotated[str, _text("--yscale", "SCALE", "linear or log.")] = "linear",
    xlabel: Annotated[str | None, _text("--xlabel", "TEXT", "Label of the x axis.")] = None,
    ylabel: Annotated[str | None, _text("--ylabel", "TEXT", "Label of the y axis.")] = None,
    title: Annotated[str | None, _text("--title", "TEXT", "Title.")] = None,
    legend: Annotated[bool, typer.Option("--legend/--no-legend", help="The legend.")] = True,
    grid: Annotated[bool, typer.Option("--grid/--no-grid", help="The grid.")] = True,
    size: Size = None,
    style: Style = "light",
    dpi: Dpi = None,
    points: Annotated[
        str | None, _text("--points", "N", "Evenly spaced samples instead of adaptive ones.")
    ] = None,
    data_out: Annotated[str | None, _text("--data-out", "FILE", "The numbers behind it, as CSV.")] = None,
    no_clobber: Annotated[bool, _flag("--no-clobber", "Keep a file that exists.")] = False,
    secants: Annotated[
        str | None, _text("--secants", "H,...", "Secants from the point to the point plus each step.")
    ] = None,
    derivative: Annotated[bool, _flag("--derivative", "The derivative too, in a panel below.")] = False,
    over: Annotated[bool, _flag("--over", "The derivative in the same panel.")] = False,
    descent: Annotated[
        bool, _flag("--descent", "In two variables: the path of steepest descent from the point.")
    ] = False,
    raw: Raw = False,
    json: Json = False,
    timeout: Timeout = None,
) -> None:
    """Curves and tangent lines, or the contours of two variables, to SVG, PDF or PNG."""
    output = Output(raw=raw, json=json, latex=False, digits=None, timeout=timeout)
    target = file or "plot.svg"
    dots = None if dpi is None else real(dpi, "--dpi")
    samples = None if points is None else whole(points, "--points")
    if data_out is not None and (data_out == "-" or os.path.realpath(data_out) == os.path.realpath(target)):
        raise UsageError("--data-out needs a file of its own", hint="--data-out plot.csv")
    if target == "-" and (json or raw):
        raise UsageError(
            "-o - sends the picture to stdout, where --json and --raw write too", hint="-o plot.svg"
        )
    words: list[str] = []
    for expression, line in expressions(exprs or ()):
        if isinstance(expression, CalcgradError):
            output.error(expression, line)
        else:
            words.append(expression)
    if not words:
        if output.codes:
            output.finish()
        raise UsageError("no expression", code="no-expression")

    def ask() -> Any:
        from calcgrad import commands

        return commands.plot(
            words, at=at or (), var=var, let=let or (), file=target, xlim=xlim, ylim=ylim, xscale=xscale,
            yscale=yscale, xlabel=xlabel, ylabel=ylabel, title=title, legend=legend, grid=grid, size=size,
            style=style, dpi=dots, points=samples, secants=secants, derivative=derivative, over=over, descent=descent,
            data=data_out is not None, note=note,
        )  # fmt: skip

    try:
        result, data, numbers = guarded(ask, output.timeout)
        from calcgrad import files

        if data_out is not None:
            if target != "-":
                files.check_target(target, clobber=not no_clobber)
            files.write(data_out, numbers, clobber=not no_clobber)
        if target != "-":
            files.write(target, data, clobber=not no_clobber)
    except CalcgradError as error:
        output.error(error)
        output.finish()
    if target == "-":
        _picture(data)
    drawn = ", ".join(each.label for each in result.tangents)
    for each in result.notes:
        note(each)
    if target != "-":
        err([f"wrote {target}: {drawn}" if drawn else f"wrote {target}"])
    if data_out is not None:
        err([f"wrote {data_out}"])
    output.result(result)
    output.finish()


def _picture(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise _Closed(141) from None
    except OSError as error:
        _silence(sys.stdout)
        err([f"error: cannot write to stdout: {error.strerror or error}"])
        raise _Closed(2) from None


@app.command()
def check(
    exprs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EXPR [CLAIM]", help="An expression, and a derivative to test.", show_default=False
        ),
    ] = None,
    at: At = None,
    var: Var = None,
    let: Let = None,
    tol: Annotated[str | None, _text("--tol", "T", "Tolerance of the comparison (default 1e-9).")] = None,
    py: Annotated[
        str | None, _text("--py", "FILE", "EXPR and CLAIM name functions in this Python file, which is run.")
    ] = None,
    raw: Raw = False,
    json: Json = False,
    digits: Digits = None,
    timeout: Timeout = None,
) -> None:
    """Three methods against each other, or your own derivative against the truth."""
    output = Output(raw=raw, json=json, latex=False, digits=digits, timeout=timeout)
    words = exprs or []
    if len(words) > 2:
        raise UsageError(
            "check takes an expression and at most one claim", hint='calcgrad check "x**2" "2*x"'
        )
    claim = words[1] if len(words) == 2 else None
    if claim == "-":
        raise UsageError("the claim cannot be read from stdin", hint="give it as a word")
    tolerance = None if tol is None else real(tol, "--tol")

    def ask(expr: str) -> Result:
        from calcgrad import commands

        return commands.check(
            expr, claim, at=at, var=var, let=let or (), digits=output.digits, tol=tolerance, py=py, note=note
        )

    run(output, words[:1], ask)
    output.finish()


@app.command("map")
def map_(
    exprs: Expressions = None,
    over: Annotated[str | None, _text("--over", "FILE", "The table.")] = None,
    file: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write.", show_default=False)
    ] = None,
    cluster: Annotated[str | None, _text("--cluster", "ADDRESS", "A cluster.")] = None,
) -> None:
    """Value and gradient at every row of a table (not available yet)."""
    raise NotAvailable("calcgrad map is not available yet", hint="calcgrad grad computes at one point")


@app.command()
def batch(
    with_files: Annotated[
        bool, typer.Option("--files", help="Allow questions that read or write files.")
    ] = False,
    timeout: Timeout = None,
) -> None:
    """JSON lines in, JSON lines out: one process for many questions."""
    from calcgrad import batch as batching

    limit_ = seconds(timeout)
    codes: list[int] = []
    for line in sys.stdin.buffer:
        if not line.strip():
            continue
        answer, code = batching.answer(
            line, with_files, lambda ask, what, own: guarded(ask, own or limit_, what), code_of, EXITS
        )
        codes.append(code)
        out([answer])
    raise typer.Exit(combine(codes))


@app.command()
def functions(raw: Raw = False, json: Json = False) -> None:
    """What the language knows, with domain and kinks."""
    from calcgrad import commands

    output = Output(raw=raw, json=json, latex=False, digits=None, timeout=None)
    output.blank_between = False
    for row in commands.functions():
        output.result(row)
    output.finish()


# --------------------------------------------------------------------------------------------------- main


def _declared(command: Any) -> dict[str, Option]:
    """Every name of every option of a command, and what it sets."""
    found = dict.fromkeys(_HELP_NAMES, Option("help", True))
    for parameter in command.params:
        names = dict.fromkeys(parameter.opts, True) | dict.fromkeys(parameter.secondary_opts, False)
        for name, on in names.items():
            if name.startswith("-"):
                flag = on if parameter.is_flag else None
                found[name] = Option(parameter.name, flag, bool(parameter.multiple))
    return found


def _registered() -> dict[str, Any]:
    return {
        str(info.name or getattr(info.callback, "__name__", "")): info for info in app.registered_commands
    }


def _dispatch(words: list[str]) -> None:
    """Read the words of one subcommand by its declaration, and call it.

    Typer keeps the declaration, the help and the completion; its own reading of values would take leading
    dashes for options and load a validation library.
    """
    registered = _registered()
    name = words[0] if words else "--help"
    if name in _HELP_NAMES:
        out(_help(_front_page(), "calcgrad"))
        return
    if words == ["--version"]:
        _version(True)
    if name not in registered:
        if name not in _TOP_LEVEL:
            raise _no_such_command(name, list(registered))
        typer.main.get_command(app).main(words, prog_name="calcgrad", standalone_mode=False)
        return
    alone = typer.Typer(add_completion=False, **_SETTINGS)
    alone.registered_commands.append(registered[name])
    command = typer.main.get_command(alone)
    values, found = read(words[1:], _declared(command))
    if values.pop("help", False):
        out(_help(command, f"calcgrad {name}"))
        return
    function = registered[name].callback
    if "exprs" in signature(function).parameters:
        values["exprs"] = found
    elif found:
        raise UsageError(f"{name} takes no expression", hint=f"calcgrad {name}", code="option")
    function(**values)


def _front_page() -> Any:
    """The commands by name and first line only: what the top-level help shows, without their options."""
    front = typer.Typer(**_ABOUT, **_SETTINGS)
    front.callback()(_root)
    for name, info in _registered().items():
        front.command(name, help=info.callback.__doc__)(lambda: None)
    return typer.main.get_command(front)


def _help(command: Any, name: str) -> list[str]:
    """Typer's help page; asked for as a flag it would load a validation library first."""
    context = typer.Context(command, info_name=name, help_option_names=list(_HELP_NAMES))
    return str(command.get_help(context)).splitlines()


_TOP_LEVEL = (*_HELP_NAMES, "--version", "--install-completion", "--show-completion")


def _no_such_command(name: str, known: Sequence[str]) -> UsageError:
    shown = name if len(name) <= 40 else name[:39] + "…"
    if name.startswith("-"):
        hint = suggestion(name, _TOP_LEVEL) or "name a command first, such as calcgrad diff"
        return UsageError(f"no such option: {shown}", hint=hint, code="option")
    hint = suggestion(name, known) or f"commands: {', '.join(known)}"
    return UsageError(f"no such command: {shown}", hint=hint, code="command")


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace", newline="\n")
    allow_deep_recursion()
    bound_memory()
    global _alone
    _alone = True
    sys.exit(_main(words))


def _main(words: list[str]) -> int:
    try:
        if "_CALCGRAD_COMPLETE" in os.environ:
            typer.main.get_command(app).main(prog_name="calcgrad")
        _dispatch(words)
        out([])  # what Typer itself wrote, the help, is flushed here
        return 0
    except typer.Exit as done:
        return int(done.exit_code)
    except _Closed as closed:
        _silence(sys.stdout)
        return closed.code
    except CalcgradError as error:  # before OSError, which FileError is too
        return _refused(error, words)
    except BrokenPipeError:
        _silence(sys.stdout)
        return 141
    except OSError as error:  # from Typer's own writing of the help
        _silence(sys.stdout)
        err([f"error: cannot write to stdout: {error.strerror or error}"])
        return 2
    except (KeyboardInterrupt, typer.Abort):
        err(["interrupted"])
        return 130
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return _refused(UsageError(str(error.format_message()), hint="calcgrad --help", code="option"), words)


def _refused(error: CalcgradError, words: list[str]) -> int:
    """A question that was refused before any expression was read."""
    from calcgrad import render

    try:
        if "--json" in words:
            out([render.dumps(render.error_record(error))])
        err(render.error_lines(error))
    except _Closed as closed:
        return closed.code
    return code_of(error)
