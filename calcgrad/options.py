"""Every command and every option, once, as plain data; and how the values given for options are read.

    read([(OPTIONS[0], "1"), (OPTIONS[0], "2")])        # {"at": ["1", "2"]}

The command line, ``batch``, ``--help``, completion, the man page and the reference page are made from the two
tables. The names of parameters are those of ``commands``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from calcgrad.errors import CalcgradError, UsageError, short

Given = tuple[
    "Option", Any
]  # an option and one value for it: text, a point by name, or a flag's true or false


@dataclass(frozen=True, eq=False)
class Command:
    """One row: a command, the words that it takes beside its options, and examples of it."""

    name: str
    help: str
    words: str
    about_words: str
    examples: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Option:
    """One row: an option of some commands.

    Without a ``metavar`` it is a flag, and ``off`` is what turns it off. ``kind`` says how its value is read:
    as text, which only a label may leave empty; as a whole or any number; as a point; as a file, which
    ``batch`` refuses unless it is allowed files; as texts or points, which may be given again. ``example`` is a
    value, ``choices`` are all that there are, where they are few.
    """

    name: str
    metavar: str
    help: str
    commands: str
    example: str = ""
    kind: str = "text"
    default: str = ""
    short: str = ""
    off: str = ""
    parameter: str = ""
    choices: str = ""

    @property
    def target(self) -> str:
        """The parameter that it sets."""
        return self.parameter or self.name[2:].replace("-", "_")

    @property
    def several(self) -> bool:
        return self.kind in ("texts", "points")

    @property
    def shown_help(self) -> str:
        return self.help + (f" Default: {self.default}." if self.default else "")

    @property
    def shown_names(self) -> str:
        """Its names with the word for its value, as a page lists them."""
        other = self.short.startswith("--")  # another name, not a shorter one
        names = ", ".join(
            each for each in ((self.name, self.short) if other else (self.short, self.name)) if each
        )
        return names + (f" / {self.off}" if self.off else "") + (f" {self.metavar}" if self.metavar else "")


ABOUT = "Derivatives, limits, gradients and tangent plots: a checked answer, an honest no, or undecided."
EXITS = "Exit codes: 0 answered, 1 answered no, 2 nothing computed, 3 undecided, 130 interrupted, 141 closed pipe."
DOCUMENTS = "Documents: docs/index.md beside the source."
_EXPRESSIONS = "Expressions; - reads lines from stdin."

COMMANDS = {
    each.name: each
    for each in (
        Command(
            "diff", "Derivative, and its value at a point.", "EXPR...", _EXPRESSIONS, (
                'calcgrad diff "3*x**2-4*x" --at 1',
                'calcgrad diff "x**2*sin(x)" --steps',
                'calcgrad diff "x**2*y" --var x,y',
                'calcgrad diff "x**2+y**2=25" --var y:x --at x=3,y=4',
                'calcgrad diff "[t-sin(t), 1-cos(t)]" --curve --at pi',
            ),
        ),
        Command(
            "limit", "A limit, with its numeric table.", "EXPR...", _EXPRESSIONS, (
                'calcgrad limit "sin(x)/x" --to 0',
                'calcgrad limit "abs(x)/x" --to 0 --from left',
                'calcgrad limit "3*x**2-4*x" --at 1',
                'calcgrad limit "x^2*y/(x^2+y^2)" --to x=0,y=0',
            ),
        ),
        Command(
            "series", "The first terms of an expansion, at a point or far out.", "EXPR...", _EXPRESSIONS, (
                'calcgrad series "exp(x)*sin(x)" --at 0',
                'calcgrad series "gamma(x)" --to oo --terms 3',
                'calcgrad series "sqrt(1-x)" --at 1 --from left',
            ),
        ),
        Command(
            "study", "Zeros, extrema, inflections, asymptotes, proved.", "EXPR...", _EXPRESSIONS, (
                'calcgrad study "x^3-3x"',
                'calcgrad study "x*exp(-x)" --on 0,3',
                'calcgrad study "(x^2-1)/(x-2)" --latex',
            ),
        ),
        Command(
            "grad", "Gradient, Jacobian or Hessian by automatic differentiation.", "EXPR...", _EXPRESSIONS, (
                'calcgrad grad "x**2*y + sin(y)" --at x=3,y=0',
                'calcgrad grad "2*dot(x,x)" --at "x=[0,1,2,3]" --trace',
            ),
        ),
        Command(
            "plot", "Curves and tangent lines, or the contours of two variables, to SVG, PDF or PNG.", "EXPR...",
            _EXPRESSIONS, (
                'calcgrad plot "3*x**2-4*x" --at 1 -o tangent.svg',
                'calcgrad plot "x**2+y**2" --at x=1,y=1 -o circles.svg',
                'calcgrad plot "x**2+y**2=25" --at x=3,y=4 -o circle.svg',
            ),
        ),
        Command(
            "check", "Three methods against each other, or your own derivative against the truth.", "EXPR [CLAIM]",
            "An expression, and a derivative to test; CLAIM may be -: claims on stdin, a verdict a line.", (
                'calcgrad check "x**2" --at 3',
                'calcgrad check "sin(x)**2" "sin(2*x)"',
                'echo "3*x**2" | calcgrad check "x**3" -',
            ),
        ),
        Command(
            "map", "Value and partial derivatives at every row of a table.", "EXPR...",
            'Expressions, several with a name: "area = x*y".', (
                'calcgrad map "exp(-x**2)*sin(y)" --over points.csv -o out.csv',
                'calcgrad map "area = x*y" "ratio = x/y" --over points.csv --wrt x --sample 5',
            ),
        ),
        Command(
            "batch", "JSON lines in, JSON lines out: one process for many questions.", "", "",
            (
                """echo '{"command":"diff","expr":"x**2","at":"3"}' | calcgrad batch""",
                """echo '{"command":"limit","expr":["sin(x)/x","cos(x)"],"to":"0"}' | calcgrad batch --timeout 2""",
            ),
        ),
        Command(
            "functions", "What the language knows, with domain and kinks.", "", "",
            ("calcgrad functions --raw", "calcgrad functions --json"),
        ),
    )
}  # fmt: skip

_ASK = "diff limit series study grad plot check"
OPTIONS = (
    Option("--version", "", "Show the version, and those of the engines.", "calcgrad"),
    Option("--install-completion", "", "Install completion for the current shell.", "calcgrad"),
    Option(
        "--show-completion", "",
        "Show completion for the current shell, to copy it or customize the installation.", "calcgrad",
    ),
    Option(
        "--at", "POINT", "Where: 1, pi/2, x=1. Names add up; a name again is a further point.", "diff check",
        "x=1", "points",
    ),
    Option(
        "--at", "POINT", "Where: 1, x=1,y=2, x=[0,1,2], x=@data.npy, x=@t.csv:x. Names add up; a name again is a"
        " further point.",
        "grad", "x=1", "points",
    ),
    Option("--at", "POINT", "Where to draw a tangent: 1, or x=1,y=2; repeatable.", "plot", "1", "points"),
    Option(
        "--to", "P", "Limit of the expression itself as x goes to P (oo too), or x=0,y=0 in two variables; repeatable.",
        "limit", "0", "points",
    ),
    Option(
        "--at", "P", "Limit of its difference quotient at P: the derivative's definition; repeatable.", "limit", "1",
        "points",
    ),
    Option("--at", "P", "Where: 0, pi/2, x=1; repeatable.", "series", "0", "points"),
    Option("--to", "P", "The same as --at; oo and -oo for far out; repeatable.", "series", "oo", "points"),
    Option("--from", "SIDE", "left or right only; both is the default.", "limit series", "left", parameter="side",
           choices="left right both"),
    Option(
        "--terms", "N", "Number of terms, not counting those that are zero.", "series", "4", "whole", "4",
        short="--order",
    ),
    Option(
        "--var", "NAMES", "The variable, or several for a mixed partial: x,y; y:x for y as a function of x that an"
        " equation defines.", "diff", "x",
    ),
    Option("--var", "NAMES", "The variable, where there are other names.", "limit series", "x"),
    Option("--var", "NAMES", "The variable, or y:x for a claim about the y that an equation defines.", "check", "x"),
    Option("--var", "NAMES", "The variables, in the order of the answer: x,y.", "grad", "x"),
    Option("--var", "NAMES", "The variable, two for contours: x,y, or y:x for the curve of an equation.", "plot", "x"),
    Option("--var", "NAMES", "The variable, where there are other names; two, x,y, for critical points.", "study", "x"),
    Option("--on", "A,B", "From A to B only, ends included: 0,2*pi or 0,oo.", "study", "0,3"),
    Option("--let", "NAME=EXPR", "A definition: a=2 or g(t)=sin(t); repeatable.", f"{_ASK} map", "a=2", "texts"),
    Option(
        "--assume", "COND", "What holds of a letter: a>0, a in (0,1), a!=b or n integer; repeatable.",
        "diff limit series check grad plot study",
        "a>0",
        "texts",
    ),
    Option(
        "--over", "FILE", "The table: .csv, .tsv, .jsonl, .npy, .npz, .parquet, .arrow or .feather; a folder or"
        " a pattern; - is stdin.", "map", "points.csv", "file",
    ),
    Option(
        "--output", "FILE", "Where the rows go, with results behind their columns; a folder for many files.", "map",
        "out.csv", "file", "-", "-o", parameter="file",
    ),
    Option(
        "--delimiter", "CHAR", "What stands between the cells of CSV: ';', tab, bar or space; the header tells by"
        " default.", "map", "tab", "label",
    ),
    Option("--wrt", "NAMES", "The variables to differentiate by: x,y; all by default.", "map", "x"),
    Option(
        "--rename", "NAME=COLUMN", "The column of a variable with another name; repeatable.", "map", "x=speed", "texts"
    ),
    Option("--second", "", "Second derivatives too.", "map"),
    Option("--py", "FILE", "EXPR names a function in this Python file, run on columns.", "map", "model.py", "file"),
    Option("--sample", "N", "Show the first N rows instead of writing all.", "map", "5", "whole"),
    Option("--strict", "", "Stop at the first row with a gap, exit 2, and write nothing.", "map"),
    Option("--resume", "", "Of many files, leave those as they are that are done.", "map"),
    Option("--cluster", "ADDRESS", "Work on a Dask cluster: tcp://host:8786, or local.", "map", "local"),
    Option("--quiet", "", "No progress, no summary.", "map"),
    Option("--order", "N", "Order of the derivative.", "diff", "2", "whole", "1"),
    Option("--order", "N", "Order of the derivative that the claim is.", "check", "2", "whole", "1"),
    Option("--total", "", "In two variables: the tangent plane at --at, or why there is none.", "diff"),
    Option("--steps", "", "Show the derivation, rule by rule.", "diff"),
    Option("--steps", "", "Show what was done and why.", "limit"),
    Option("--steps", "", "Show the expansions of its parts.", "series"),
    Option("--curve", "", "EXPR is [x, y], the path of a point: slope, speed and curvature.", "diff"),
    Option("--polar", "", "EXPR is the radius by the angle: slope, speed and curvature.", "diff"),
    Option("--curve", "", "EXPR is [x, y], the path of a point.", "plot"),
    Option("--polar", "", "EXPR is the radius by the angle.", "plot"),
    Option("--range", "A,B", "With --curve and --polar: the range of the parameter.", "plot", "0,pi", parameter="span"),
    Option("--to-code", "LANG", "The derivative as python, numpy, c or latex.", "diff", "python",
           choices="python numpy c latex"),
    Option("--rows", "N", "Number of rows in the table; 0 hides it.", "limit", "5", "whole", "5"),
    Option("--mode", "MODE", "reverse or forward.", "grad", "forward", default="reverse", choices="reverse forward"),
    Option("--trace", "", "One row per node of the graph: value and adjoint.", "grad"),
    Option("--accumulate", "", "Add up the gradients of all expressions and points.", "grad"),
    Option("--jacobian", "", "The Jacobian of a list.", "grad"),
    Option("--hessian", "", "All second derivatives.", "grad"),
    Option("--seed", "V", "Adjoint of the value: its product with the Jacobian.", "grad", "1"),
    Option("--jvp", "V", "The derivative along a direction: x=1,y=0.", "grad", "x=1", "point"),
    Option("--along", "V", "The slope along the unit vector of a direction: 3,4 or x=3,y=4.", "grad", "3,4"),
    Option(
        "--uncertainty", "V", "Standard deviations of the variables: what they make of the value, x=0.1,y=2%.", "grad",
        "x=0.1",
    ),
    Option("--correlation", "X:Y=R", "Of two variables with --uncertainty; repeatable.", "grad", "x:y=0.5", "texts"),
    Option("--sensitivity", "", "Elasticities and the condition number.", "grad"),
    Option("--hvp", "V", "The Hessian times a direction.", "grad", "x=1", "point"),
    Option("--graph", "FILE", "Draw the graph: .svg, .pdf, .png, .dot or .mmd.", "grad", "graph.svg", "file"),
    Option("--py", "FILE", "EXPR names a function in this Python file, which is run.", "grad", "model.py", "file"),
    Option(
        "--py", "FILE", "EXPR and CLAIM name functions in this Python file, which is run.", "check", "model.py", "file"
    ),
    Option("--tol", "T", "Tolerance of numbers that are compared (usually 1e-9).", "check", "1e-9", "number"),
    Option(
        "--output", "FILE", "Write what was computed to .npy, .npz or .json.", "grad", "gradient.json", "file",
        short="-o", parameter="file",
    ),
    Option(
        "--output", "FILE", "Draw both sides' values against the step: .svg, .pdf or .png.", "limit", "limit.svg",
        "file", short="-o", parameter="file",
    ),
    Option(
        "--output", "FILE", "Draw the curve with all that was found: .svg, .pdf or .png.", "study", "study.svg",
        "file", short="-o", parameter="file",
    ),
    Option(
        "--output", "FILE", "The picture: .svg, .pdf or .png; - sends SVG to stdout.", "plot", "plot.svg", "file",
        "plot.svg", "-o", parameter="file",
    ),
    Option("--no-clobber", "", "Keep files that exist.", "plot"),
    Option("--data-out", "FILE", "The numbers behind the picture, as CSV.", "plot", "plot.csv", "file"),
    Option("--xlim", "A,B", "Range of the x axis.", "plot", "-1,1"),
    Option("--ylim", "A,B", "Range of the y axis.", "plot", "-1,1"),
    Option("--xscale", "SCALE", "linear or log.", "plot", "log", default="linear", choices="linear log"),
    Option("--yscale", "SCALE", "linear or log.", "plot", "log", default="linear", choices="linear log"),
    Option("--xlabel", "TEXT", "Label of the x axis.", "plot", "time", "label"),
    Option("--ylabel", "TEXT", "Label of the y axis.", "plot", "height", "label"),
    Option("--title", "TEXT", "Title.", "plot", "Rise", "label"),
    Option("--legend", "", "Show the legend (on by default).", "plot", off="--no-legend"),
    Option("--grid", "", "Show the grid (on by default).", "plot", off="--no-grid"),
    Option("--secants", "H,...", "Secants from the point to the point plus each step.", "plot", "1,0.5,0.1"),
    Option("--taylor", "N,...", "The Taylor polynomials of these degrees at --at, too.", "plot", "1,3,5"),
    Option("--equal", "", "A unit is as long on both axes, as it is for curves in the plane.", "plot"),
    Option("--normal", "", "The normals at --at too.", "plot"),
    Option("--asymptotes", "", "The asymptotes too.", "plot"),
    Option("--name", "NAME", "The name of a curve instead of f, g, h; repeatable.", "plot", "profit", "texts"),
    Option("--derivative", "", "The derivative too, in a panel below.", "plot"),
    Option("--over", "", "With --derivative: in the same panel.", "plot"),
    Option("--study", "", "Mark zeros, extrema, inflections and asymptotes.", "plot"),
    Option("--descent", "", "In two variables: the path of steepest descent from the point.", "plot"),
    Option("--points", "N", "Evenly spaced samples instead of adaptive ones.", "plot", "1000", "whole"),
    Option(
        "--size", "W,H", "Size in inches (3.5,2.5, and larger where there is more to show).", "plot limit study",
        "4,3",
    ),
    Option(
        "--preset", "NAME", "Size and dots per inch: paper (a column), lecture (the width of a text) or slide (16:9).",
        "plot limit study", "slide", choices="paper lecture slide",
    ),
    Option("--typeset", "", "Labels as typeset mathematics.", "plot"),
    Option("--style", "STYLE", "light or dark.", "plot limit study", "dark", default="light", choices="light dark"),
    Option("--dpi", "N", "Dots per inch of a PNG.", "plot limit study", "200", "number", "200"),
    Option(
        "--raw", "", "Only the answer, one line per expression and point.", "diff limit series grad check", short="-r"
    ),
    Option("--raw", "", "Only the file's name.", "plot", short="-r"),
    Option("--raw", "", "Only the names.", "functions", short="-r"),
    Option("--json", "", "One JSON object per expression and point, on a line.", "diff limit series grad check"),
    Option("--json", "", "One JSON object per expression, on a line.", "study"),
    Option("--json", "", "One JSON object, on a line.", "plot map"),
    Option("--json", "", "One JSON object per function, on a line.", "functions"),
    Option("--latex", "", "LaTeX instead of text.", "diff limit series grad"),
    Option("--latex", "", "The table of variation in LaTeX.", "study"),
    Option("--digits", "N", "Significant digits of decimals.", "diff limit study check", "5", "whole", "10"),
    Option("--digits", "N", "Significant digits of decimals, at most 17.", "grad", "5", "whole", "10"),
    Option("--digits", "N", "Significant digits of a sample, at most 17.", "map", "5", "whole", "10"),
    Option(
        "--timeout", "S", "Give up on an expression after S seconds, exit 3.", f"{_ASK} batch", "60", "number", "10"
    ),
    Option("--files", "", "Allow questions that read or write files, or run Python.", "batch"),
    Option("--help", "", "Show this message and exit.", "calcgrad batch functions map " + _ASK, short="-h"),
)  # fmt: skip


def options_of(command: str) -> list[Option]:
    return [option for option in OPTIONS if command in option.commands.split()]


def names_of(options: Iterable[Option]) -> dict[str, tuple[Option, bool]]:
    """Every name of every option, and whether it turns a flag on."""
    return {
        name: (option, name != option.off)
        for option in options
        for name in (option.name, option.short, option.off)
        if name
    }


def read(given: Iterable[Given]) -> dict[str, Any]:
    """What was given for each parameter. An option that is not repeatable has one value, however often it is given."""
    values: dict[str, Any] = {}
    for option, shown in given:
        value = _value(option, shown)
        if option.several:
            values.setdefault(option.target, []).append(value)
        elif values.setdefault(option.target, value) != value:
            message = f"{option.name} and {option.off} exclude each other"
            raise UsageError(
                message if option.off else f"{option.name} is given twice",
                hint="keep one of them",
                code="option",
            )
    return values


_FORMS = {"whole": re.compile(r"\s*[+-]?[0-9]+\s*"), "number": re.compile(r"[\s0-9.eE+-]+")}


def _value(option: Option, shown: Any) -> Any:
    if not isinstance(shown, str):  # a flag, or a point by name
        return shown
    if not shown.strip() and option.kind != "label":
        raise needs_value(option.name, option)
    if option.kind not in _FORMS:
        return shown
    what = "a whole number" if option.kind == "whole" else "a number"
    try:
        if _FORMS[option.kind].fullmatch(shown):
            value = int(shown) if option.kind == "whole" and len(shown) < 300 else float(shown)
            if abs(value) < 1e300:
                return value
            what = "within range"
    except ValueError:
        pass
    raise UsageError(f"{option.name} {short(shown)} is not {what}", hint=f"{option.name}={option.example}")


def needs_value(name: str, option: Option) -> UsageError:
    return UsageError(f"{name} needs a value", hint=f"{name} {option.example}", code="option")


def takes_no_value(name: str, hint: str) -> UsageError:
    return UsageError(f"{name} takes no value", hint=hint, code="option")


def no_such_option(name: str, known: Iterable[str]) -> UsageError:
    long = [each for each in known if each.startswith("--")]
    return UsageError(f"no such option: {short(name)}", hint=suggestion(name, long), code="option")


# what people call the commands, and what they look for
_CALLED = {
    **dict.fromkeys(("derivative", "derive", "derivate", "differentiate", "deriv", "d", "D"), "calcgrad diff"),
    **dict.fromkeys(("lim", "limes"), "calcgrad limit"),
    **dict.fromkeys(("extrema", "roots", "analyze", "analyse", "discuss", "variation"), "calcgrad study"),
    **dict.fromkeys(("taylor", "expand", "expansion"), "calcgrad series"),
    **dict.fromkeys(("gradient", "backward", "autograd"), "calcgrad grad"),
    "hessian": "calcgrad grad --hessian", "jacobian": "calcgrad grad --jacobian",
    **dict.fromkeys(("tangent", "graph", "draw", "curve"), "calcgrad plot"),
    **dict.fromkeys(("verify", "test", "grade"), "calcgrad check"),
    **dict.fromkeys(("help", "man", "?"), "calcgrad --help"),
    **dict.fromkeys(("integrate", "integral", "int"), "calcgrad differentiates; it does not integrate"),
    **dict.fromkeys(("solve", "simplify", "factor"), "calcgrad is about derivatives and limits; SymPy does this"),
}  # fmt: skip


def no_such_command(name: str, known: Sequence[str], rest: Sequence[str] = ()) -> CalcgradError:
    """``rest`` are the words behind it, which the command that was meant takes as they are."""
    hint = _CALLED.get(name) or suggestion(name, known)
    if hint == "calcgrad --help":
        hint = f"calcgrad {rest[0]} --help" if rest and rest[0] in known else hint
    elif hint and hint.startswith("calcgrad ") and ";" not in hint and rest:
        command, _, option = hint.removeprefix("calcgrad ").partition(" ")
        hint = " ".join(filter(None, ("calcgrad", command, _shown(rest), option)))
    if hint is None and re.search(r"[0-9^*/+=(√²]|^[a-z]$", name):  # an expression
        hint = f"calcgrad diff {_shown([name, *rest])}"
    return UsageError(
        f"no such command: {short(name)}", hint=hint or f"commands: {', '.join(known)}", code="command"
    )


def _shown(words: Sequence[str]) -> str:
    return " ".join(shlex.quote(short(each)) for each in words[:10])


def suggestion(word: str, known: Sequence[str]) -> str | None:
    from difflib import get_close_matches

    close = get_close_matches(word[:60], known, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else None
