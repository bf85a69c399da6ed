"""calcgrad beside raw SymPy, Maxima, giac and gp on the corpus of limits and derivatives: right, wrong, no answer.

    python benchmarks/peers.py [--every N] [--seconds S] [--write] [calcgrad] [sympy] [maxima] [giac] [gp]

Each tool gets the question in its own words, a process that it keeps as long as it answers, and a time limit. A tool
that is not installed is left out, and so is a fact that its words cannot say. ``--write`` puts the table into
docs/how-calcgrad-knows.md.

How a tool is asked: for a limit, its limit from the left and from the right, or two-sided where it has that. For a
derivative, its derivative with the point put in, which is what its manual shows. gp has numbers only: limitnum and
derivnum. "No value" (und, nan, an error about the sides, a division by zero) counts as right where there is none,
and as no answer where there is one. Facts about where f is not real are left out: the others compute with complex
numbers, and mean something else.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import math
import queue
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from measure import ENVIRONMENT, ROOT

sys.path[:0] = [str(ROOT / "tests" / "corpus"), str(ROOT)]
import facts  # noqa: E402

from calcgrad.expression.parser import parse  # noqa: E402
from calcgrad.expression.tree import Call, Name, Node, Number, fold, text  # noqa: E402
from calcgrad.version import __version__  # noqa: E402

PAGE = ROOT / "docs" / "how-calcgrad-knows.md"
NO_VALUE, SILENT = "no value", "no answer"
Answer = float | str  # a number (inf included), NO_VALUE or SILENT
_UNREAL = ("not-real", "one-sided-only")
CLOSE = 1e-6  # relative: some tools answer in doubles


# ------------------------------------------------------------------------------------------ in a tool's words


class Unsayable(Exception):
    """The tool has no word for it."""


def spelled(root: Node, words: dict[str, str]) -> str:
    """A tree in a tool's language; ``words`` says how each function is written, {0} and {1} for its arguments."""

    def step(node: Node, parts: list[str]) -> str:
        if isinstance(node, Number):
            return f"({node.value})"
        if isinstance(node, Name):
            return words.get(node.name, node.name)
        if not isinstance(node, Call):
            raise Unsayable(type(node).__name__)
        if node.function in ("+", "-", "*", "/"):
            return f"({parts[0]}{node.function}{parts[1]})"
        if node.function == "Piecewise":
            return _cases(parts, words)
        if node.function in ("Max", "Min") and len(parts) > 2:
            first, *rest = parts
            return words[node.function].format(first, step(Call(node.function, node.args[1:]), rest))
        if node.function == "root" and not _odd(node.args[1]):
            return words["**"].format(parts[0], f"(1/{parts[1]})")
        if node.function not in words:
            raise Unsayable(node.function)
        return words[node.function].format(*parts)

    return fold(root, step)


def _odd(node: Node) -> bool:
    return isinstance(node, Number) and node.value.denominator == 1 and node.value % 2 == 1


def _cases(parts: list[str], words: dict[str, str]) -> str:
    result = parts[-2]
    for value, condition in zip(parts[-4::-2], parts[-3::-2], strict=True):
        result = words["where"].format(condition, value, result)
    return result


_SAME = {
    "neg": "(-{0})", "&": "({0} and {1})", "|": "({0} or {1})", "~": "(not {0})", "True": "true", "False": "false",
    **{each: f"{each}({{0}})" for each in (
        "exp", "log", "sqrt", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "sinh", "cosh", "tanh",
        "asinh", "acosh", "atanh", "abs", "floor", "gamma", "erf", "zeta",
    )},
    **{each: "({0}" + each + "{1})" for each in ("<", "<=", ">", ">=")},
    "acot": "atan(1/({0}))", "asec": "acos(1/({0}))", "acsc": "asin(1/({0}))", "acoth": "atanh(1/({0}))",
    "asech": "acosh(1/({0}))", "acsch": "asinh(1/({0}))", "coth": "(1/tanh({0}))", "sech": "(1/cosh({0}))",
    "csch": "(1/sinh({0}))", "log2": "(log({0})/log(2))", "log10": "(log({0})/log(10))", "log1p": "log(1+({0}))",
    "expm1": "(exp({0})-1)", "hypot": "sqrt(({0})^2+({1})^2)", "sigmoid": "(1/(1+exp(-({0}))))",
    "softplus": "log(1+exp({0}))", "erfc": "(1-erf({0}))", "beta": "(gamma({0})*gamma({1})/gamma(({0})+({1})))",
    "**": "(({0})^({1}))", "ceiling": "ceiling({0})", "factorial": "gamma(1+({0}))", "binomial": "binomial({0},{1})",
    "Heaviside": "((1+{sign}({0}))/2)",
}  # fmt: skip


def _language(sign: str, greatest: str, least: str, where: str, **more: str) -> dict[str, str]:
    return {
        **_SAME, "sign": f"{sign}({{0}})", "Max": f"{greatest}({{0}},{{1}})", "Min": f"{least}({{0}},{{1}})",
        "relu": f"{greatest}({{0}},0)", "where": where, "Heaviside": f"((1+{sign}({{0}}))/2)", **more,
    }  # fmt: skip


MAXIMA = _language(
    "signum", "max", "min", "(if {0} then {1} else {2})", E="%e", pi="%pi", oo="inf", EulerGamma="%gamma",
    **{"==": "equal({0},{1})", "!=": "notequal({0},{1})", "cbrt": "(({0})^(1/3))", "root": "(({0})^(1/{1}))",
       "Ei": "expintegral_ei({0})", "LambertW": "lambert_w({0})", "digamma": "psi[0]({0})",
       "polygamma": "psi[{0}]({1})", "loggamma": "log_gamma({0})", "atan2": "atan2({0},{1})",
       "besselj": "bessel_j({0},{1})", "bessely": "bessel_y({0},{1})"},
)  # fmt: skip
GIAC = _language(
    "sign", "max", "min", "piecewise({0},{1},{2})", E="e", oo="+infinity", EulerGamma="euler_gamma",
    **{"==": "({0}=={1})", "!=": "({0}!={1})", "cbrt": "surd({0},3)", "root": "surd({0},{1})", "Ei": "Ei({0})",
       "digamma": "Psi({0})", "polygamma": "Psi({1},{0})", "loggamma": "log(Gamma({0}))", "gamma": "Gamma({0})",
       "factorial": "Gamma(1+({0}))", "zeta": "Zeta({0})", "ceiling": "ceil({0})", "atan2": "arg({1}+i*({0}))",
       "beta": "(Gamma({0})*Gamma({1})/Gamma(({0})+({1})))", "besselj": "BesselJ({0},{1})",
       "bessely": "BesselY({0},{1})"},
)  # fmt: skip
GP = _language(
    "sign", "max", "min", "if({0},{1},{2})", E="exp(1)", pi="Pi", EulerGamma="Euler",
    **{"==": "({0}=={1})", "!=": "({0}!={1})", "&": "({0}&&{1})", "|": "({0}||{1})", "~": "(!{0})",
       "True": "1", "False": "0", "cbrt": "(sign({0})*abs({0})^(1/3))", "root": "(sign({0})*abs({0})^(1/({1})))",
       "sec": "(1/cos({0}))", "csc": "(1/sin({0}))", "cot": "cotan({0})", "erf": "(1-erfc({0}))", "erfc": "erfc({0})",
       "Ei": "(-eint1(-({0})))", "LambertW": "lambertw({0})", "digamma": "psi({0})", "loggamma": "lngamma({0})",
       "ceiling": "ceil({0})", "besselj": "besselj({0},{1})", "bessely": "bessely({0},{1})"},
)  # fmt: skip


# ------------------------------------------------------------------------------------------------- processes


class Late(Exception):
    """No answer within the time limit."""


@dataclass
class Process:
    """A tool that reads from a pipe; started again after it was late or died."""

    command: Sequence[str]
    hello: str = ""
    lines: queue.Queue[str | None] = field(default_factory=queue.Queue)
    running: subprocess.Popen[str] | None = None

    def ask(self, question: str, end: Callable[[str], bool], seconds: float) -> list[str]:
        """What the tool prints up to the line at which ``end`` says so."""
        if self.running is None or self.running.poll() is not None:
            self.start()
        assert self.running is not None and self.running.stdin is not None
        try:
            self.running.stdin.write(question + "\n")
            self.running.stdin.flush()
            found: list[str] = []
            until = time.perf_counter() + seconds
            while True:
                line = self.lines.get(timeout=max(0.001, until - time.perf_counter()))
                if line is None:
                    raise Late
                found.append(line)
                if end(line):
                    return found
        except (queue.Empty, OSError, Late):
            self.stop()
            raise Late from None

    def start(self) -> None:
        self.running = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", env=ENVIRONMENT, cwd=ROOT,
        )  # fmt: skip
        self.lines = queue.Queue()
        threading.Thread(target=self._read, args=(self.running, self.lines), daemon=True).start()
        if self.hello:
            assert self.running.stdin is not None
            self.running.stdin.write(self.hello + "\n")

    @staticmethod
    def _read(running: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
        assert running.stdout is not None
        for line in running.stdout:
            lines.put(line.rstrip("\n"))
        lines.put(None)

    def stop(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.wait()
            self.running = None


# ----------------------------------------------------------------------------------------------- the tools


class Tool:
    """What all tools share: a fact in, the answers of the sides out."""

    name = ""
    words: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        self.count = 0

    def version(self) -> str | None:
        """The version; None where the tool is not installed."""
        raise NotImplementedError

    def answer(self, fact: facts.Fact, seconds: float) -> Answer:
        raise NotImplementedError

    def said(self, expression: str) -> str:
        return spelled(parse(expression).node, self.words)


def _first(command: Sequence[str], pattern: str) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    found = re.search(pattern, done.stdout + done.stderr)
    return found.group(1) if found else "?"


def _sides(fact: facts.Fact) -> list[str]:
    if fact["to"].endswith("oo"):
        return ["both"]
    return ["left", "right"] if fact["from"] == "both" else [fact["from"]]


def _agreed(answers: list[Answer]) -> Answer:
    """One answer of two sides: no value where they differ."""
    if SILENT in answers:
        return SILENT
    if NO_VALUE in answers or not all(close(each, answers[0]) for each in answers):
        return NO_VALUE
    return answers[0]


class Calcgrad(Tool):
    name = "calcgrad"

    def __init__(self) -> None:
        super().__init__()
        self.process = Process([sys.executable, "-m", "calcgrad", "batch"])

    def version(self) -> str:
        return __version__

    def verdict(self, fact: facts.Fact, seconds: float) -> str:
        """By the corpus's own judge, which looks at reasons, sides and every digit."""
        line = json.dumps(facts.question(fact, seconds))
        [record] = [
            json.loads(each)
            for each in self.process.ask(line, lambda said: said.startswith("{"), seconds + 5)
        ]
        return facts.judge(fact, record)


_SYMPY = """
import json, sys
import sympy
from sympy import *
from mpmath import mp
x = Symbol("x", real=True)
words = {name: Symbol(name, real=True) for name in "xyztn"}
words |= {
    "abs": Abs, "cbrt": lambda u: real_root(u, 3), "root": real_root, "hypot": lambda a, b: sqrt(a**2 + b**2),
    "log2": lambda u: log(u, 2), "log10": lambda u: log(u, 10), "log1p": lambda u: log(1 + u),
    "expm1": lambda u: exp(u) - 1, "relu": lambda u: Max(u, 0), "sigmoid": lambda u: 1/(1 + exp(-u)),
    "softplus": lambda u: log(1 + exp(u)), "digamma": lambda u: polygamma(0, u),
}
def number(value):
    if value in (oo, -oo):
        return str(value)
    if value.has(AccumBounds, nan, zoo) or value is S.ComplexInfinity:
        return "none"
    if value.has(Limit, Derivative, Subs) or value.free_symbols:
        return "silent"
    value = N(value, 30)
    if not value.is_Float and not value.is_Integer and not value.is_Rational:
        return "none" if value.is_complex and not value.is_real else "silent"
    return str(value)
for line in sys.stdin:
    try:
        asked = json.loads(line)
        f = sympify(asked["expr"], locals=words)
        if "to" in asked:
            to, side = sympify(asked["to"]), {"both": "+-", "left": "-", "right": "+"}[asked["from"]]
            said = number(limit(f, x, to, "+" if to in (oo, -oo) else side))
        else:
            at = {words[name]: sympify(place) for name, place in asked["at"].items()}
            said = number(diff(f, *[words[name] for name in asked["names"]]).subs(at))
    except ValueError as error:
        said = "none" if "does not exist" in str(error) else "silent"
    except Exception:
        said = "silent"
    print("=" + said, flush=True)
"""


class SymPy(Tool):
    name = "SymPy"

    def __init__(self) -> None:
        super().__init__()
        self.process = Process([sys.executable, "-c", _SYMPY])

    def version(self) -> str:
        return importlib.metadata.version("sympy")

    def answer(self, fact: facts.Fact, seconds: float) -> Answer:
        asked: dict[str, Any] = {"expr": text(parse(fact["expr"]).node)}
        if "to" in fact:
            asked |= {"to": text(parse(fact["to"]).node), "from": fact["from"]}
        else:
            at = {name: text(parse(place).node) for name, place in fact["at"].items()}
            asked |= {"at": at, "names": _names(fact)}
        said = self.process.ask(json.dumps(asked), lambda line: line.startswith("="), seconds)[-1]
        return _number(said[1:])


class Maxima(Tool):
    name = "Maxima"
    words = MAXIMA

    def __init__(self) -> None:
        super().__init__()
        self.process = Process(
            ["maxima", "--very-quiet"],
            "display2d:false$ linel:100000$ domain:real$ fpprec:30$ errormsg:false$",
        )

    def version(self) -> str | None:
        return _first(["maxima", "--version"], r"Maxima ([\w.]+)")

    def answer(self, fact: facts.Fact, seconds: float) -> Answer:
        f = self.said(fact["expr"])
        if "to" in fact:
            to = self.said(fact["to"])
            ways = {"both": "", "left": ",minus", "right": ",plus"}
            asked = [f"limit({f},x,{to}{ways[side]})" for side in _sides(fact)]
        else:
            at = ",".join(f"{name}={self.said(place)}" for name, place in fact["at"].items())
            d = f
            for name in _names(fact):
                d = f"diff({d},{name})"
            asked = [f"at({d},[{at}])"]
        return _agreed([self.one(each, seconds) for each in asked])

    def one(self, asked: str, seconds: float) -> Answer:
        self.count += 1
        mark = f"mark{self.count}"
        lines = self.process.ask(
            f'told:"failed"$ told:errcatch({asked})$ print("ANS",told,errcatch(bfloat(told)))$ print("{mark}")$',
            lambda line: line.startswith(mark), seconds,
        )  # fmt: skip
        said = next((line for line in lines if line.startswith("ANS")), "")
        body = said.removeprefix("ANS").replace(" ", "")
        if body.startswith("[]"):
            return NO_VALUE  # an error, such as a division by zero
        if re.match(r"\[(und|ind|infinity|zeroa|zerob)\]", body):
            return NO_VALUE
        if found := re.match(r"\[(inf|minf)\]", body):
            return math.inf if found.group(1) == "inf" else -math.inf
        return _number(body.rpartition("[[")[2].rstrip("]").replace("b", "e"))


class Giac(Tool):
    name = "giac"
    words = GIAC

    def __init__(self) -> None:
        super().__init__()
        self.process = Process(["giac"])

    def version(self) -> str | None:
        return _first(["giac", "--version"], r"(?m)^([\d.]+)$")

    def answer(self, fact: facts.Fact, seconds: float) -> Answer:
        f = self.said(fact["expr"])
        if "to" in fact:
            to = self.said(fact["to"])
            ways = {"both": "", "left": ",-1", "right": ",1"}
            asked = [f"limit({f},x={to}{ways[side]})" for side in _sides(fact)]
        else:
            at = ",".join(f"{name}={self.said(place)}" for name, place in fact["at"].items())
            asked = [f"subst(diff({f},{','.join(_names(fact))}),[{at}])"]
        return _agreed([self.one(each, seconds) for each in asked])

    def one(self, asked: str, seconds: float) -> Answer:
        self.count += 1
        mark = f"mark{self.count}"
        lines = self.process.ask(
            f'told:="failed":;\ntold:={asked}:;\nevalf(told)\n"{mark}"',
            lambda line: line == f'"{mark}"',
            seconds,
        )
        said = [
            line
            for line in lines[:-1]
            if line and not line.startswith("//") and not re.match(r"\d+>> ", line)
        ]
        last = said[-1] if said else ""
        if last in ("undef", "infinity", "nan") or "bounded_function" in last or "distinct" in last:
            return NO_VALUE
        if last in ("+infinity", "-infinity", "inf", "-inf"):
            return -math.inf if last.startswith("-") else math.inf
        return _number(last)


class Gp(Tool):
    name = "gp"
    words = GP

    def __init__(self) -> None:
        super().__init__()
        self.process = Process(["gp", "-q", "-f"])

    def version(self) -> str | None:
        return _first(["gp", "--version-short"], r"([\d.]+)")

    def answer(self, fact: facts.Fact, seconds: float) -> Answer:
        f = self.said(fact["expr"])
        if "to" in fact:
            to = fact["to"]
            if to.endswith("oo"):
                places = ["-n" if to.startswith("-") else "n"]
            else:
                places = [f"({self.said(to)}){'-' if side == 'left' else '+'}1/n" for side in _sides(fact)]
            return _agreed([self.one(f"limitnum(n->my(x={each});{f})", seconds) for each in places])
        if len(fact["at"]) > 1:
            raise Unsayable("partial derivatives")
        return self.one(f"derivnum(x={self.said(fact['at']['x'])},{f},{fact['order']})", seconds)

    def one(self, asked: str, seconds: float) -> Answer:
        self.count += 1
        mark = f"mark{self.count}"
        lines = self.process.ask(
            f'iferr(print("ANS ",{asked}*1.),e,print("ANS error"))\nprint("{mark}")',
            lambda line: line == mark, seconds,
        )  # fmt: skip
        said = next((line for line in lines if line.startswith("ANS")), "")
        body = said.removeprefix("ANS").replace(" ", "")
        return NO_VALUE if body == "error" or "I" in body else _number(body.replace("E", "e"))


TOOLS: dict[str, type[Tool]] = {
    "calcgrad": Calcgrad, "sympy": SymPy, "maxima": Maxima, "giac": Giac, "gp": Gp,
}  # fmt: skip


def _names(fact: facts.Fact) -> list[str]:
    return [name for name in str(fact["var"]).split(",") for _ in range(fact["order"])]


def _number(said: str) -> Answer:
    if said == "none":
        return NO_VALUE
    if said in ("oo", "-oo"):
        return -math.inf if said.startswith("-") else math.inf
    try:
        value = float(said)
    except ValueError:
        return SILENT
    return NO_VALUE if math.isnan(value) else value


# ------------------------------------------------------------------------------------------------ the judge


def close(one: Answer, other: Answer) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    if math.isinf(one) or math.isinf(other):
        return one == other
    return abs(one - other) <= CLOSE * max(abs(one), abs(other), 1e-30) or abs(one - other) < 1e-12


def verdict(tool: Tool, fact: facts.Fact, seconds: float) -> str:
    """right, wrong, no answer or not asked."""
    try:
        if isinstance(tool, Calcgrad):
            return {"undecided": SILENT}.get(said := tool.verdict(fact, seconds), said)
        answer = tool.answer(fact, seconds)
    except Late:
        return SILENT
    except Unsayable:
        return "not asked"
    if answer == SILENT:
        return SILENT
    if fact["answer"] is None:
        infinite = "at" in fact and not isinstance(answer, str) and math.isinf(answer)
        return "right" if answer == NO_VALUE or infinite else "wrong"
    if answer == NO_VALUE:
        return "wrong" if "to" in fact else SILENT
    truth = float(facts.number(fact["answer"]))
    return "right" if close(answer, truth) else "wrong"


def measured(tool: Tool, asked: list[facts.Fact], seconds: float) -> Iterator[tuple[str, float]]:
    for index, fact in enumerate(asked):
        begun = time.perf_counter()
        found = verdict(tool, fact, seconds)
        yield found, time.perf_counter() - begun
        if found == "wrong":
            where = fact.get("to") or ", ".join(fact["at"].values())
            truth = fact["answer"] or fact["reason"]
            print(f"{tool.name}: wrong at {where}: {fact['expr']} is {truth}", file=sys.stderr)
        if index % 50 == 49:
            print(f"{tool.name}: {index + 1} of {len(asked)}", file=sys.stderr, flush=True)


def table(rows: list[list[str]]) -> str:
    head = ["", "facts", "right", "wrong", "no answer", "median time"]
    lines = [head, ["---", *["---:"] * 5], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(found: str) -> None:
    """Put the table between its marks in the page."""
    begin, end = "<!-- peers: benchmarks/peers.py --write -->", "<!-- end of peers -->"
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(begin)[0], page.split(end)[1]
    PAGE.write_text(f"{before}{begin}\n\n{found}\n\n{end}{after}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="calcgrad beside other tools on the corpus.")
    parser.add_argument(
        "tools", nargs="*", help=f"which of {', '.join(TOOLS)}; all that are installed by default"
    )
    parser.add_argument("--every", type=int, default=1, help="ask every so many facts only")
    parser.add_argument("--seconds", type=float, default=5, help="time limit of one question (default 5)")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    options = parser.parse_args()
    if unknown := set(options.tools) - set(TOOLS):
        parser.error(f"no such tool: {', '.join(sorted(unknown))}")
    kinds = {
        kind: [fact for fact in asked if fact.get("reason") not in _UNREAL][:: options.every]
        for kind, asked in (("limits", facts.limits()), ("derivatives", facts.derivatives()))
    }
    parts = []
    tools = [TOOLS[each]() for each in options.tools or TOOLS]
    versions = {tool.name: tool.version() for tool in tools}
    tools = [tool for tool in tools if versions[tool.name] is not None]
    for kind, asked in kinds.items():
        rows = []
        for tool in tools:
            results = list(measured(tool, asked, options.seconds))
            counts = Counter(each for each, _ in results)
            times = [taken for each, taken in results if each != "not asked"]
            rows.append([
                f"{tool.name} {versions[tool.name]}", str(len(times)), str(counts["right"]), str(counts["wrong"]),
                str(counts[SILENT]), f"{1000 * statistics.median(times):.0f} ms",
            ])  # fmt: skip
            print(f"{kind}: {' '.join(rows[-1])}", file=sys.stderr, flush=True)
        title = {"limits": "Limits", "derivatives": "Derivatives at a point"}[kind]
        parts.append(f"{title}:\n\n{table(rows)}")
    today = datetime.date.today()
    parts.append(
        ("" if options.every == 1 else f"Of every {options.every} facts the first one was asked. ")
        + f"Measured on {today:%Y-%m-%d} with {options.seconds:g} seconds for each question; times are those of a "
        "process that was already running."
    )
    found = "\n\n".join(parts)
    print(found)
    if options.write:
        write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
