"""calcgrad beside SymPy, Maxima and giac on what courses and engineers ask: right, wrong, no answer.

    python benchmarks/courses.py [--seconds S] [--write] [--only KIND] [calcgrad] [sympy] [maxima] [giac]

The problems and their answers are those of the tests, where their sources are named. A tool that has a command for
what is asked is asked by it; else in the words that its users write, from derivatives, limits and solutions:

* slopes of equations: SymPy's idiff, elsewhere -F_x/F_y, and the same again for higher orders; then the point
* slopes of paths: y'/x', and then the parameter
* limits in two variables: those by x and then y, and by y and then x; a limit is where they agree
* studies: real solutions of f = 0 and of f' = 0; right if the former are the zeros, and all extrema are among both
* studies of two variables: real solutions of both slopes = 0, each with its kind by the Hessian
* engineers: the textbook's formula, out of derivatives
* what is assumed: symbols with assumptions, or assume()

A tool that is not installed is left out, and so is what its words cannot say. ``--write`` puts the table into
docs/how-calcgrad-knows.md.
"""

from __future__ import annotations

import argparse
import ast
import datetime
import importlib.metadata
import json
import math
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import peers
from measure import ROOT
from peers import NO_VALUE, SILENT, Late, Process, Unsayable, close, spelled

sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]
import test_assumed  # noqa: E402
import test_critical  # noqa: E402
import test_implicit  # noqa: E402
import test_parametric  # noqa: E402
import test_planes  # noqa: E402
import test_sensitivities  # noqa: E402
import test_study  # noqa: E402

from calcgrad import diff  # noqa: E402
from calcgrad.budget import within  # noqa: E402
from calcgrad.errors import CalcgradError, TimeUp  # noqa: E402
from calcgrad.expression.parser import parse  # noqa: E402
from calcgrad.expression.tree import text  # noqa: E402

Answer = float | str
_PARAMETERS = {"a": 2.0, "b": 3.0}


# ------------------------------------------------------------------------------------------ in a tool's words


class Algebra:
    """What is asked of a tool, from derivatives, limits and solutions in its own words."""

    name = ""
    words: dict[str, str] = {}  # noqa: RUF012
    oo = "inf"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def said(self, expression: str) -> str:
        return spelled(parse(expression, tuple("abcdghklmnpqrstuvwxyzAGIKLMPRSTV")).node, self.words)

    def slope(self, f: str, x: str) -> str:
        return f"diff({f},{x})"

    def put_in(self, f: str, place: dict[str, str]) -> str:
        raise NotImplementedError

    def limit(self, f: str, x: str, to: str, side: str = "") -> str:
        raise NotImplementedError

    def number(self, asked: str, assumed: Sequence[str] = ()) -> Answer:
        """Raises Late."""
        raise NotImplementedError

    def numbers(self, asked: list[str], names: str) -> list[tuple[float, ...]] | None:
        """The real solutions of equations f = 0; None where there is no answer."""
        raise NotImplementedError

    def implicit(self, f: str, order: int, place: dict[str, str]) -> str:
        first = f"(-({self.slope(f, 'x')})/({self.slope(f, 'y')}))"
        made = first
        for _ in range(order - 1):
            made = f"({self.slope(made, 'x')}+({self.slope(made, 'y')})*({first}))"
        return self.put_in(made, place)


_SERVER = """
import json, sys
from sympy import *
from sympy.calculus.util import *
names = {each: Symbol(each, real=True) for each in "abcdghklmnpqrstuvwxyzAGIKLMPRSTV"}
words = {"abs": Abs, "cbrt": lambda u: real_root(u, 3), "root": real_root, "E": E, "pi": pi, "oo": oo}
space = {**globals(), **names, **words}
def shown(value):
    if isinstance(value, (list, tuple, Tuple)):
        return [shown(each) for each in value]
    value = sympify(value)
    if value in (oo, -oo):
        return str(value)
    if value.has(AccumBounds, nan, zoo):
        return "none"
    if value.has(Limit, Derivative, Subs) or value.free_symbols:
        return "silent"
    value = N(value, 20)
    return float(value) if value.is_real else "none" if value.is_number else "silent"
for line in sys.stdin:
    try:
        asked, assumed = json.loads(line)
        here = dict(space)
        for each, facts in assumed.items():
            here[each] = Symbol(each, **facts)
        said = shown(eval(asked, here))
    except ValueError as error:
        said = "none" if "does not exist" in str(error) else "silent"
    except Exception:
        said = "silent"
    print("=" + json.dumps(said), flush=True)
"""


class SymPy(Algebra):
    name, oo = "SymPy", "oo"

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.process = Process([sys.executable, "-c", _SERVER])
        self.version = importlib.metadata.version("sympy")

    def said(self, expression: str) -> str:
        return text(parse(expression, tuple("abcdghklmnpqrstuvwxyzAGIKLMPRSTV")).node)

    def put_in(self, f: str, place: dict[str, str]) -> str:
        pairs = ",".join(f"{name}:sympify({value})" for name, value in place.items())
        return f"({f}).subs({{{pairs}}})"

    def limit(self, f: str, x: str, to: str, side: str = "") -> str:
        way = {"right": "+", "left": "-"}.get(side, "+" if "oo" in to else "+-")
        return f"limit({f},{x},{to},'{way}')"

    def implicit(self, f: str, order: int, place: dict[str, str]) -> str:
        return self.put_in(f"idiff({f},y,x,{order})", place)

    def _asked(self, code: str, facts: dict[str, Any]) -> Any:
        line = self.process.ask(json.dumps([code, facts]), lambda said: said.startswith("="), self.seconds)[
            -1
        ]
        return json.loads(line[1:])

    def number(self, asked: str, assumed: Sequence[str] = ()) -> Answer:
        facts: dict[str, Any] = {name: {"real": True} for name in "abrnx"} if assumed else {}
        for each in assumed:
            if " integer" in each:
                facts[each.split()[0]] |= {"integer": True}
            elif found := re.fullmatch(r"(\w)([<>])0|0<(\w)<\w+|(\w)>\d", each):
                name = found[1] or found[3] or found[4]
                facts[name] |= {"negative": True} if found[2] == "<" else {"positive": True}
            else:
                raise Unsayable(each)  # a symbol is positive, but not less than 1
            if re.fullmatch(r"0<\w<\w+|\w>[1-9]", each):
                raise Unsayable(each)
        said = self._asked(asked, facts)
        return _answer(said)

    def numbers(self, asked: list[str], names: str) -> list[tuple[float, ...]] | None:
        system = ",".join(asked)
        code = (
            f"[(each,) for each in solveset({system},{names},Reals)]" if len(names) == 1
            else f"[[each[{names[0]}], each[{names[1]}]] for each in solve([{system}],[{','.join(names)}],dict=True)]"
        )  # fmt: skip
        said = self._asked(code, {})
        return None if said == "silent" else _real(said)


class Piped(Algebra):
    """A tool that answers a line with lines; ``at`` is its word for a value that is put in."""

    at = ""

    def __init__(self, seconds: float, tool: Any) -> None:
        super().__init__(seconds)
        self.tool, self.version = tool, tool.version()

    def put_in(self, f: str, place: dict[str, str]) -> str:
        return f"{self.at}({f},[{','.join(f'{name}={value}' for name, value in place.items())}])"

    def number(self, asked: str, assumed: Sequence[str] = ()) -> Answer:
        for each in assumed:
            if " integer" in each:
                raise Unsayable(each)  # of the variable of a limit
        for each in assumed:
            self._run(self.assume(each))
        try:
            return self.tool.one(asked, self.seconds)
        finally:
            if assumed:
                self.tool.process.stop()

    def assume(self, condition: str) -> str:
        parts = re.findall(r"[\w.]+|[<>]", condition)
        pairs = [parts[k : k + 3] for k in range(0, len(parts) - 2, 2)]
        return self.facts([f"{one}{way}{self.said(other)}" for one, way, other in pairs])

    def facts(self, conditions: list[str]) -> str:
        raise NotImplementedError

    def _run(self, line: str) -> None:
        self.tool.one(line, self.seconds)

    def lines(self, asked: str) -> str:
        raise NotImplementedError

    def numbers(self, asked: list[str], names: str) -> list[tuple[float, ...]] | None:
        return self.read(self.lines(self.solved(asked, names)), names)

    def solved(self, asked: list[str], names: str) -> str:
        raise NotImplementedError

    def read(self, said: str, names: str) -> list[tuple[float, ...]] | None:
        raise NotImplementedError


class Maxima(Piped):
    name, words, at = "Maxima", peers.MAXIMA, "at"

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds, peers.Maxima())

    def limit(self, f: str, x: str, to: str, side: str = "") -> str:
        return f"limit({f},{x},{to}{ {'right': ',plus', 'left': ',minus'}.get(side, '') })".replace(" ", "")

    def facts(self, conditions: list[str]) -> str:
        return f"assume({','.join(conditions)})"

    def solved(self, asked: list[str], names: str) -> str:
        return f"solve([{','.join(asked)}],[{','.join(names)}])"

    def lines(self, asked: str) -> str:
        self.tool.count += 1
        mark = f"mark{self.tool.count}"
        found = self.tool.process.ask(
            f'told:errcatch(float({asked}))$ print("ANS",told)$ print("{mark}")$',
            lambda line: line.startswith(mark), self.seconds,
        )  # fmt: skip
        return "".join(found).partition("ANS")[2].partition("mark")[0].replace(" ", "")

    def read(self, said: str, names: str) -> list[tuple[float, ...]] | None:
        if not said.startswith("[["):
            return None
        inside = said[2:-2]
        if len(names) == 1:  # [[x = 1,x = 2]], of two [[[x = 1,y = 2],[x = 3,y = 4]]]
            rows = inside.split(",") if inside else []
        else:
            rows = re.findall(r"\[([^\[\]]*)\]", inside)
        found = []
        for row in rows:
            parts = dict(each.split("=") for each in row.split(",") if each.count("=") == 1)
            real = not any("%i" in part for part in parts.values())
            if set(parts) != set(names):
                return None
            try:
                found += [tuple(float(parts[name]) for name in names)] if real else []
            except ValueError:
                return None
        return found


class Giac(Piped):
    name, words, oo, at = "giac", peers.GIAC, "+infinity", "subst"

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds, peers.Giac())

    def limit(self, f: str, x: str, to: str, side: str = "") -> str:
        return f"limit({f},{x}={to}{ {'right': ',1', 'left': ',-1'}.get(side, '') })".replace(" ", "")

    def facts(self, conditions: list[str]) -> str:
        return f"assume({' and '.join(conditions)})"

    def solved(self, asked: list[str], names: str) -> str:
        if len(names) == 1:
            return f"map(solve({asked[0]}=0,{names}),q->[q])"
        return f"solve([{','.join(f'{each}=0' for each in asked)}],[{','.join(names)}])"

    def lines(self, asked: str) -> str:
        self.tool.count += 1
        mark = f"mark{self.tool.count}"
        said = self.tool.process.ask(
            f'evalf({asked})\n"{mark}"', lambda line: line == f'"{mark}"', self.seconds
        )
        kept = [
            line for line in said[:-1] if line and not line.startswith("//") and not re.match(r"\d+>> ", line)
        ]
        return kept[-1].replace(" ", "") if kept else ""

    def read(self, said: str, names: str) -> list[tuple[float, ...]] | None:
        if not re.fullmatch(r"(list|set)?\[.*\]", said):
            return None
        try:
            made = ast.literal_eval(re.sub(r"list|set|seq", "", said))
        except (ValueError, SyntaxError):
            return None
        return _real(made)


def _real(said: Any) -> list[tuple[float, ...]] | None:
    found = []
    for each in said:
        row = each if isinstance(each, list | tuple) else [each]
        if "silent" in row or not all(isinstance(part, float | int | str) for part in row):
            return None
        if all(isinstance(part, float | int) for part in row):
            found.append(tuple(map(float, row)))
    return found


def _answer(said: Any) -> Answer:
    return (
        {"none": NO_VALUE, "silent": SILENT, "oo": math.inf, "-oo": -math.inf}.get(said, said)
        if isinstance(said, str)
        else said
    )


# ----------------------------------------------------------------------------------------------- the problems


@dataclass(frozen=True)
class Problem:
    """What is asked, calcgrad's verdict (right, wrong or no answer), and a tool's."""

    text: str
    ours: Callable[[], str]
    theirs: Callable[[Algebra], str]


def _judged(answer: Answer, truth: Answer | None) -> str:
    """Where there is no value, an infinite one is right too."""
    if answer == SILENT:
        return SILENT
    if truth is None:
        return (
            "right" if answer == NO_VALUE or (not isinstance(answer, str) and math.isinf(answer)) else "wrong"
        )
    return "right" if close(answer, truth) else SILENT if answer == NO_VALUE else "wrong"


def _known(formula: str, values: dict[str, float] = _PARAMETERS) -> float:
    return float(test_assumed.number_of(formula.replace("**", "^"), values))


def _pairs(at: str) -> dict[str, str]:
    return dict(each.split("=") for each in at.split(","))


def _implicit() -> Iterator[Problem]:
    for equation, at, order, truth in test_implicit.SLOPES:
        yield _of_equation(equation, at, order, truth)
    for equation, at, reason, kind, slopes in test_implicit.POINTS:
        yield _of_equation(equation, at, 1, None, (reason, kind, len(slopes)))


def _of_equation(equation: str, at: str, order: int, truth: str | None, there: Any = None) -> Problem:
    unknown = "z" if "z" in equation else "y"

    def ours() -> str:
        found = diff(equation, at=at, var=f"{unknown}:x", order=order)
        if truth is None:
            same = (found.reason, found.kind, len(found.slopes)) == there
            return "right" if same else SILENT if found.status == "undecided" else "wrong"
        if found.value is None:
            return SILENT if found.status == "undecided" else "wrong"
        return _judged(_known(found.value.exact), _known(truth))

    def theirs(tool: Algebra) -> str:
        left, right = equation.split("=") if "where(" not in equation else equation.rsplit("=", 1)
        f = tool.said(f"({left})-({right})")
        place = {name: tool.said(value) for name, value in _pairs(at).items()}
        f = re.sub(r"\bz\b", "y", re.sub(r"\by\b", "2", f)) if unknown == "z" else f
        place = {"x": place["x"], "y": place[unknown]}
        asked = tool.implicit(f, order, place)
        if "a*" in at:
            asked = tool.put_in(asked, {"a": "2", "b": "3"})
        return _judged(tool.number(asked), None if truth is None else _known(truth))

    return Problem(f"{equation} at {at}", ours, theirs)


def _curves() -> Iterator[Problem]:
    for x, y, t in test_parametric.PATHS:
        yield _of_path(f"[{x}, {y}]", x, y, t, float(test_parametric.truth(x, y, t)["dy/dx"]))
    for r, t in test_parametric.RADII:
        x, y = f"({r})*cos(t)", f"({r})*sin(t)"
        yield _of_path(r, x, y, t, float(test_parametric.truth(x, y, t)["dy/dx"]))
    for path, t, reason, slopes in test_parametric.SPECIAL:
        x, y = map(text, parse(path).node.items)  # type: ignore[union-attr]
        yield _of_path(path, x, y, t, None if reason else _known(slopes[0]), (reason, slopes))
    for r, t, reason, slopes in test_parametric.POLAR:
        yield _of_path(
            r, f"({r})*cos(t)", f"({r})*sin(t)", t, None if reason else _known(slopes[0]), (reason, slopes)
        )


def _of_path(path: str, x: str, y: str, t: str, truth: float | None, there: Any = None) -> Problem:
    def ours() -> str:
        found = test_parametric.there(path, t, not path.startswith("["))
        if found.reason == "undecided":
            return SILENT
        if truth is None:
            return "right" if (found.reason, [str(each) for each in found.slopes]) == there else "wrong"
        return _judged(float(found.values["dy/dx"]) if "dy/dx" in found.values else NO_VALUE, truth)

    def theirs(tool: Algebra) -> str:
        slopes = [tool.slope(tool.said(each), "t") for each in (y, x)]
        return _judged(tool.number(tool.put_in(f"({slopes[0]})/({slopes[1]})", {"t": tool.said(t)})), truth)

    return Problem(f"{path} at {t}", ours, theirs)


def _planes() -> Iterator[Problem]:
    for line in test_planes.PROBLEMS:
        yield _of_plane(line)


def _of_plane(line: str) -> Problem:
    question, _, wanted = line.rpartition(" | ")
    expr, _, at = question.partition(" @ ")
    truth = {"none": None, "oo": math.inf, "-oo": -math.inf}.get(wanted.strip(), wanted.strip())

    def ours() -> str:
        shown, true = test_planes.answered(line)
        return SILENT if shown == "undecided" else "right" if shown == true else "wrong"

    def theirs(tool: Algebra) -> str:
        if "where" in expr:
            raise Unsayable("where")
        place = {name: tool.said(value) for name, value in _pairs(at or "x=0,y=0").items()}
        f = tool.said(expr)
        found = [
            tool.number(tool.limit(tool.limit(f, one, place[one]), other, place[other]))
            for one, other in ("xy", "yx")
        ]
        if SILENT in found:
            return SILENT
        answer = found[0] if NO_VALUE not in found and close(*found) else NO_VALUE
        return _judged(answer, _known(truth) if isinstance(truth, str) else truth)

    return Problem(question, ours, theirs)


def _studies() -> Iterator[Problem]:
    for line in test_study.PROBLEMS:
        yield _of_study(line)


def _of_study(line: str) -> Problem:
    question, *claims = (part.strip() for part in line.split("|"))
    expr, *on = test_study._parts(question)

    def ours() -> str:
        wrong = test_study.mistakes(line)
        return "right" if not wrong else SILENT if wrong[0].startswith("undecided") else "wrong"

    def theirs(tool: Algebra) -> str:
        if on or any(claim.startswith("period") for claim in claims):
            raise Unsayable("an interval, a period")
        f = tool.said(expr)
        zeros = tool.numbers([f], "x")
        still = tool.numbers([tool.slope(f, "x")], "x")
        told = dict(claim.split(" ", 1) if " " in claim else (claim, "") for claim in claims)
        if zeros is None or still is None:
            return SILENT
        true = [_known(each) for each in test_study._parts(told.get("zeros", ""))]
        places = [
            pair.split(":")[0] for kind in ("max", "min") for pair in test_study._parts(told.get(kind, ""))
        ]
        right = "zeros" not in told or _same(sorted({round(z, 9) for (z,) in zeros}), sorted(true))
        right = right and all(
            any(abs(_known(place) - at) < 1e-6 for (at,) in (*zeros, *still)) for place in places
        )
        return "right" if right else "wrong"

    return Problem(question, ours, theirs)


def _same(some: list[float], others: list[float]) -> bool:
    return len(some) == len(others) and all(abs(a - b) < 1e-6 for a, b in zip(some, others, strict=True))


def _critical() -> Iterator[Problem]:
    for line in test_critical.PROBLEMS:
        yield _of_surface(line)


def _of_surface(line: str) -> Problem:
    expr, _, wanted = (part.strip() for part in line.partition("|"))
    true = {(kind, *point.split(",")) for kind, point in (each.split() for each in wanted.split(";") if each)}

    def ours() -> str:
        found, points = test_critical.found_in(expr)
        return SILENT if found.status == "undecided" else "right" if points == true else "wrong"

    def theirs(tool: Algebra) -> str:
        if re.search(r"sin\(|cos\((?!pi\*y\)\)\*)", expr):
            raise Unsayable("a period")
        f = tool.said(expr)
        found = tool.numbers([tool.slope(f, "x"), tool.slope(f, "y")], "xy")
        if found is None:
            return SILENT
        told = set()
        for x, y in found:
            place = {"x": tool.said(repr(x)), "y": tool.said(repr(y))}
            xx, xy, yy = (
                tool.number(tool.put_in(tool.slope(tool.slope(f, one), other), place))
                for one, other in (("x", "x"), ("x", "y"), ("y", "y"))
            )
            if any(isinstance(each, str) for each in (xx, xy, yy)):
                return SILENT
            determinant = float(xx) * float(yy) - float(xy) ** 2
            if abs(determinant) < 1e-9:
                return SILENT
            kind = "saddle" if determinant < 0 else "minimum" if float(xx) > 0 else "maximum"
            told.add((kind, round(x, 6) + 0.0, round(y, 6) + 0.0))
        return (
            "right"
            if told == {(kind, round(_known(x), 6), round(_known(y), 6)) for kind, x, y in true}
            else "wrong"
        )

    return Problem(expr, ours, theirs)


def _engineers() -> Iterator[Problem]:
    for line in test_sensitivities.PROBLEMS:
        yield _of_engineers(line)


def _of_engineers(line: str) -> Problem:
    what, expr, at, more, _ = test_sensitivities.parts_of(line)

    def ours() -> str:
        return "right" if test_sensitivities.is_right(line, test_sensitivities.answered(line)) else "wrong"

    def theirs(tool: Algebra) -> str:
        f, place = tool.said(expr), {name: tool.said(value) for name, value in _pairs(at).items()}
        slopes = {name: f"({tool.slope(f, name)})" for name in place}
        values = {name: f"({value})" for name, value in place.items()}
        if what == "along":
            parts = more.split(",") if "=" not in more else [_pairs(more).get(name, "0") for name in place]
            vector = [tool.said(each) for each in parts]
            top = "+".join(f"{slope}*({v})" for slope, v in zip(slopes.values(), vector, strict=True))
            asked = f"({top})/sqrt({'+'.join(f'({v})**2' if tool.name == 'SymPy' else f'({v})^2' for v in vector)})"
        elif what in ("elasticity", "condition"):
            each = [f"{name}*{slopes[name]}/({f})" for name in ([more] if more else place)]
            asked = each[0] if more else "+".join(f"abs({one})" for one in each)
        else:
            asked = _propagated(tool, what, f, slopes, values, more)
        said = tool.number(tool.put_in(asked, place))
        if isinstance(said, str):
            return SILENT
        return "right" if _near(line, said) else "wrong"

    return Problem(f"{what} {expr}", ours, theirs)


def _near(line: str, said: float) -> bool:
    true = test_sensitivities.parts_of(line)[-1]
    return test_sensitivities.is_right(line, said) or (
        not true.startswith("~") and close(said, _known(true, {}))
    )


def _propagated(
    tool: Algebra, what: str, f: str, slopes: dict[str, str], values: dict[str, str], more: str
) -> str:
    errors, _, correlated = more.partition(" / ")
    sigma = {}
    for name, size in _pairs(errors).items():
        plain = tool.said(size.removesuffix("%"))
        sigma[name] = f"({plain})*abs({values[name]})/100" if size.endswith("%") else f"({plain})"
    rho = {
        frozenset(each.split("=")[0].split(":")): each.split("=")[1] for each in correlated.split(",") if each
    }

    def covariance(a: str, b: str) -> str:
        factor = "1" if a == b else rho.get(frozenset((a, b)), "0")
        return f"({tool.said(factor)})*{sigma[a]}*{sigma[b]}"

    def bent(a: str, b: str) -> str:
        return f"({tool.slope(tool.slope(f, a), b)})"

    names = list(sigma)
    first = "+".join(f"{slopes[a]}*{slopes[b]}*{covariance(a, b)}" for a in names for b in names)
    shift = "+".join(f"{bent(a, b)}*{covariance(a, b)}/2" for a in names for b in names)
    if what == "shift":
        return shift
    second = "+".join(
        f"{bent(a, b)}*{covariance(b, c)}*{bent(c, d)}*{covariance(d, a)}/2"
        for a in names for b in names for c in names for d in names
    )  # fmt: skip
    return f"sqrt({first})" if what == "first" else f"sqrt({first}+{second})"


def _assumed() -> Iterator[Problem]:
    for line in test_assumed.PROBLEMS:
        yield _under(line)


def _under(line: str) -> Problem:
    what, expr, name, to, conditions, known = test_assumed.parts_of(line)
    place = test_assumed.place_for(conditions)

    def ours() -> str:
        said = test_assumed.answered(line)
        return SILENT if said == "undecided" else "right" if test_assumed.is_right(line, said) else "wrong"

    def theirs(tool: Algebra) -> str:
        f = tool.said(expr)
        if what == "diff":
            made = tool.slope(f, name)
            if tool.name == "SymPy":
                made = f"simplify({made})"
        else:
            goes, _, side = to.partition(" ")
            made = tool.limit(f, name, tool.said(goes), side)
        values = {
            each: tool.said(repr(value)) for each, value in place.items() if each != name or what == "diff"
        }
        said = tool.number(tool.put_in(made, values), conditions)
        truth = None if known == "none" else {"oo": math.inf, "-oo": -math.inf}.get(known, known)
        return _judged(said, _known(truth, place) if isinstance(truth, str) else truth)

    return Problem(f"{what} {expr}, {'; '.join(conditions)}", ours, theirs)


KINDS: dict[str, Callable[[], Iterator[Problem]]] = {
    "slopes of equations": _implicit, "slopes of paths": _curves, "limits in two variables": _planes,
    "studies": _studies, "studies of two variables": _critical, "engineers": _engineers, "under assumptions": _assumed,
}  # fmt: skip
TOOLS: dict[str, Any] = {"calcgrad": None, "sympy": SymPy, "maxima": Maxima, "giac": Giac}


# ------------------------------------------------------------------------------------------------ the table


def verdict(problem: Problem, tool: Algebra | None, seconds: float) -> str:
    try:
        if tool is not None:
            return problem.theirs(tool)
        return within(seconds, problem.ours)
    except (Late, TimeUp):
        return SILENT
    except Unsayable:
        return "not asked"
    except CalcgradError as error:
        return "not asked" if tool is not None else f"error: {error}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description="calcgrad beside other tools on what courses and engineers ask."
    )
    parser.add_argument(
        "tools", nargs="*", help=f"which of {', '.join(TOOLS)}; all that are installed by default"
    )
    parser.add_argument("--seconds", type=float, default=10, help="time limit of one question (default 10)")
    parser.add_argument("--only", choices=KINDS, help="one kind of problems")
    parser.add_argument("--write", action="store_true", help="put the table into docs/how-calcgrad-knows.md")
    options = parser.parse_args()
    if unknown := set(options.tools) - set(TOOLS):
        parser.error(f"no such tool: {', '.join(sorted(unknown))}")
    tools = [
        make and make(options.seconds) for name, make in TOOLS.items() if name in (options.tools or TOOLS)
    ]
    tools = [tool for tool in tools if tool is None or tool.version is not None]
    versions = [
        f"calcgrad {peers.__version__}" if tool is None else f"{tool.name} {tool.version}" for tool in tools
    ]
    rows = [["", *versions], ["---", *["---"] * len(tools)]]
    for kind, problems in KINDS.items():
        if options.only in (None, kind):
            asked = list(problems())
            cells = []
            for tool in tools:
                counts: Counter[str] = Counter()
                times = []
                for problem in asked:
                    begun = time.perf_counter()
                    found = verdict(problem, tool, options.seconds)
                    counts[found] += 1
                    times += [time.perf_counter() - begun] if found != "not asked" else []
                    if (tool is None and found != "right") or (
                        found not in ("right", "not asked") and options.only
                    ):
                        print(
                            f"{tool.name if tool else 'calcgrad'}: {found}: {problem.text}", file=sys.stderr
                        )
                all_ = len(asked) - counts["not asked"]
                of = f" of {all_}" if all_ != len(asked) else ""
                cells.append(
                    f"{counts['right']} right{of}, {counts['wrong']} wrong, {1000 * statistics.median(times):.0f} ms"
                )
            rows.append([f"{len(asked)} {kind}", *cells])
            print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    found = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    found += (
        f"\n\nMeasured on {datetime.date.today():%Y-%m-%d} with {options.seconds:g} seconds for each question; times"
        " are medians of a process that was already running."
    )
    print(found)
    if options.write:
        begin, end = "<!-- courses: benchmarks/courses.py --write -->", "<!-- end of courses -->"
        page = peers.PAGE.read_text(encoding="utf-8")
        before, after = page.split(begin)[0], page.split(end)[1]
        peers.PAGE.write_text(f"{before}{begin}\n\n{found}\n\n{end}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
