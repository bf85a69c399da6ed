"""map: value and partial derivatives of expressions at every row of a table.

rows = Rows(Question(("area = x*y",), ("x", "y")), ...)
rows.results                              # ["area", "area_d_x", "area_d_y", "reason"]
rows([x, y], len(x))                      # arrays with nan for gaps, and the reason of each gap
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np

from calcgrad.budget import within
from calcgrad.errors import (
    CalcgradError,
    ExpressionError,
    NotDifferentiable,
    TimeUp,
    TooLarge,
    UndecidedError,
    UsageError,
)
from calcgrad.expression.catalogue import known
from calcgrad.expression.parser import canonical_name, constant
from calcgrad.expression.tree import Node, postorder, text
from calcgrad.parts.identities import constant_parts
from calcgrad.parts.recordings import CORNER, OPEN, Recording
from calcgrad.parts.values import short, silent
from calcgrad.parts.verdicts import Verdict, Verdicts
from calcgrad.questions import Note, read, read_names
from calcgrad.tables.delimited import character
from calcgrad.tables.rows import EXACT, INFINITE, MISSING, REASONS, Exact, Found, beyond, otherwise

Points = dict[int, list[Any]]  # of a row, the numbers that it says; None for one that cannot be told

_NAMED = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)(.*)", re.DOTALL)
_NEXT = re.compile(r",(?=[^,=]*=)")  # between two pairs; a column's name may hold a comma
_WORD = re.compile(r"[A-Za-z]\w*")
_SECONDS = 10.0  # for a call of a Python function, as grad has them
_PATIENCE = 100_000  # points of a Python function that the tape decides one by one


@dataclass(frozen=True)
class Question:
    """What is asked of every row; plain data, which says the same on every machine."""

    expressions: tuple[str, ...]
    wrt: tuple[str, ...] | None = None
    let: tuple[str, ...] = ()
    rename: tuple[str, ...] = ()
    second: bool = False
    py: str | None = None
    delimiter: str = ""


class Rows:
    """A question about the columns of a table, ready for its rows.

    ``needed`` are the columns that it reads, ``results`` those that it makes.
    """

    def __init__(
        self, question: Question, columns: Sequence[str], where: str = "the table", note: Note = silent
    ):
        if not question.expressions:
            raise UsageError("no expression", code="no-expression")
        named = [_split(each) for each in question.expressions]
        if len(named) > 1 and any(name is None for name, _ in named):
            raise UsageError("several expressions need names", hint='"area = x*y" "ratio = x/y"')
        labels = [name or "value" for name, _ in named]
        self.question, self.columns, self.where = question, list(columns), where
        self.note = note
        self.threads = 1
        sources = [source for _, source in named]
        self.said = " ".join(sources)
        if question.py is None:
            self._engine: Any = _Expressions(self, sources)
        else:
            self._engine = _Functions(self, sources, question.py)
        self.expressions: list[str] = self._engine.shown
        self.names: list[str] = self._engine.names
        self.needed = [self.fed[name] for name in self.names]
        self.results = [
            self._result(label if name is not None else "", partial)
            for label, (name, _) in zip(labels, named)
            for partial in [(), *self.partials]
        ] + [f"{labels[0]}_reason" if "reason" in self.columns else "reason"]
        for name in self.results:
            if self.results.count(name) > 1:
                raise UsageError(
                    f"two results are called {name}", hint="give each expression a name of its own"
                )
            if name in self.columns:
                raise UsageError(
                    f"{where} has a column {name} already",
                    hint=f'name the result: "f = {short(sources[0])}"',
                )

    def _result(self, label: str, partial: tuple[str, ...]) -> str:
        if not partial:
            return label or "value"
        brief = all(len(name) == 1 for name in partial)
        shown = [self.spelled.get(name, name) for name in partial]
        return (f"{label}_" if label else "") + "d_" + ("" if brief else "_").join(shown)

    def feed(self, variables: Sequence[str]) -> None:
        """Which column each variable has, and by which variables is differentiated."""
        by_name: dict[str, list[str]] = {}
        for column in dict.fromkeys(self.columns):
            by_name.setdefault(_variable(column), []).append(column)
        if self.question.py is not None:  # a parameter is written in one way
            by_name |= {column: [column] for column in self.columns}
        self.fed: dict[str, str] = {}
        for each in self.question.rename:
            a, equals, b = (part.strip() for part in each.partition("="))
            if not equals or not a or not b:
                raise UsageError(f"--rename {short(each)} is not NAME=COLUMN", hint="--rename x=speed")
            ways = [
                (_variable(variable), column)
                for variable, column in ((a, b), (b, a))
                if column in self.columns and _variable(variable) in variables
            ]
            if not ways:
                raise UsageError(
                    f"--rename {short(each)}: no variable and column of {self.where} have these names",
                    hint=f"columns: {', '.join(self.columns[:12])}",
                )
            if len({variable for variable, _ in ways}) > 1:
                raise UsageError(
                    f"--rename {short(each)}: both names are columns and variables",
                    hint="write other letters in the expression",
                )
            variable, column = ways[0]
            if self.fed.setdefault(variable, column) != column:
                raise UsageError(f"--rename gives {variable} two columns", hint="keep one of them")
        for name in variables:
            if name in self.fed:
                continue
            found = by_name.get(name, [])
            if len(found) > 1:
                raise UsageError(
                    f"{self.where} has columns {' and '.join(found)}, and both are the variable {name}",
                    hint=f"--rename {name}={found[-1]}",
                )
            if not found:
                said = [each for each in self.columns if each and not _variable(each) and each in self.said]
                raise UsageError(
                    f"{self.where} has no column {name}",
                    hint=f"{said[0]} is no variable's name: write q in its place, and --rename q={short(said[0])}"
                    if said
                    else f"--rename {name}=COLUMN or --let {name}=1; columns: {', '.join(self.columns[:12])}",
                    code="missing-variable",
                )
            [self.fed[name]] = found
        for column in self.fed.values():
            if self.columns.count(column) > 1:
                raise UsageError(f"{self.where} has two columns {column}", hint="give each a name of its own")
        self.spelled = {name: column for name, column in self.fed.items() if _variable(column) == name}
        wrt = self.question.wrt
        for name in wrt or ():
            if name not in variables:
                raise UsageError(
                    f"--wrt {name}: no such variable", hint=f"variables: {', '.join(variables[:12])}"
                )
        firsts = list(variables if wrt is None else dict.fromkeys(wrt))
        self.partials: list[tuple[str, ...]] = [(name,) for name in firsts]
        if self.question.second:
            self.partials += [(a, b) for i, a in enumerate(firsts) for b in firsts[i:]]

    def __call__(self, columns: list[Any], count: int, exact: Exact | None = None) -> Found:
        reasons = np.zeros(count, np.uint8)
        odd = [column for column in columns if not _plain(column)]
        for column in odd:
            reasons[np.isinf(column)] = INFINITE
        for column in odd:
            reasons[np.isnan(column)] = MISSING
        points = self._told(columns, exact, lambda column: beyond(column, reasons == 0))
        results = self._engine(
            columns, count, reasons, points, lambda rows: self._told(columns, exact, lambda column: rows)
        )
        if (gaps := reasons <= INFINITE).any() and reasons.any():
            gaps &= reasons > 0
            for result in results:
                result[gaps] = np.nan
        return Found(results, reasons)

    def _told(self, columns: list[Any], exact: Exact | None, rows: Callable[[Any], Any]) -> Points:
        """Those of some ``rows`` of each column that say what doubles cannot, 0.29999999999999999999, as points."""
        found: Points = {}
        if exact is None:
            return found
        for place, (name, column) in enumerate(zip(self.needed, columns)):
            for row, said in otherwise(column, rows(column), partial(exact, name)).items():
                found.setdefault(row, [float(each[row]) for each in columns])[place] = said
        return found


def _plain(column: Any) -> bool:
    """Are these all finite, and no whole numbers that could have more digits than doubles?"""
    return not len(column) or bool(np.min(column) > -EXACT and np.max(column) < EXACT)


@lru_cache(maxsize=2**17)  # of a table with so many columns, each is asked for several times
def _variable(name: str) -> str:
    """The variable that a column's name is; "" for one that is no variable."""
    try:
        return canonical_name(name)
    except ExpressionError:
        return ""


def _split(expression: str) -> tuple[str | None, str]:
    match = _NAMED.fullmatch(expression)
    return (match[1], match[2].strip()) if match else (None, expression)


class _Expressions:
    """Expressions of the language."""

    def __init__(self, rows: Rows, sources: Sequence[str]) -> None:

        given = [part.strip() for each in rows.question.rename for part in each.split("=")]
        named = [*rows.columns, *given, *(rows.question.wrt or ())]
        words = [name for name in named if _WORD.fullmatch(name) and _variable(name) and not known(name)]
        defined = {each.partition("=")[0].strip() for each in rows.question.let}
        words = [word for word in words if word not in defined]
        for column in rows.columns:
            if {column, _variable(column)} & defined:
                rows.note(f"{column} is what --let says, and not the column {column} of {rows.where}")
        said: list[list[str]] = [[] for _ in sources]
        questions = [
            read(source, let=rows.question.let, extra=words, note=notes.append)
            for source, notes in zip(sources, said)
        ]
        for message in said[0]:
            if all(message in notes for notes in said):  # what one expression does not use, another may
                rows.note(message)
        roots: list[Node] = [each.tree for each in questions]
        for column in rows.columns:
            if (known_as := constant(column)) is None:
                continue
            said_so = re.compile(rf"(?<![^\W\d_]){re.escape(column)}(?![^\W\d_])")
            if not any(map(said_so.search, (*sources, *rows.question.let))):
                continue
            if any(known_as in postorder(root) for root in roots):
                raise UsageError(
                    f"{column} is a constant, and {rows.where} has a column {column}",
                    hint=f"for the column write another letter, and --rename k={column}; or rename it there",
                )
        self.names = list(dict.fromkeys(name for each in questions for name in each.names))
        self.shown = [text(root) for root in roots]
        rows.feed(self.names)
        self.rows = rows
        self.width = 1 + len(rows.partials)
        self.recording = Recording(roots, self.names, rows.partials)
        self.verdicts = [Verdicts(root, self.names, rows.partials) for root in roots]

    def __call__(
        self, columns: list[Any], count: int, reasons: Any, points: Points, told: Callable[[Any], Points]
    ) -> list[Any]:
        if not columns:
            columns = [np.zeros(count)]
        results, odd = (
            self.recording.run(columns, self.rows.threads)
            if count
            else ([np.empty(0)] * self.recording.code.results, [])
        )
        if points:
            self._decide_beyond(columns, points, results, reasons)
            odd = np.setdiff1d(odd, [*points])
        odd = odd[reasons[odd] == 0] if len(odd) else odd
        if len(odd) and (finer := told(odd)):
            self._decide(finer, finer, results, reasons)
            odd = np.setdiff1d(odd, [*finer])
        if not len(odd):
            return results
        kinds = self.recording.why([column[odd] for column in columns])
        for index, (kind, verdicts) in enumerate(zip(kinds, self.verdicts)):
            own = results[index * self.width : (index + 1) * self.width]
            for code, word in ((1.0, "undefined"), (2.0, "not-real")):
                rows = odd[kind == code]
                if len(rows):
                    _note(reasons, rows, REASONS.index(verdicts.nowhere or word))
                for result in own:
                    result[rows] = np.nan
            rest = self._at_ties(self.recording, columns, odd[kind == 0.0], index, own, reasons)
            rest = np.concatenate([rest, odd[kind == 3.0]])
            if len(rest) and self.simpler is not None:
                found, still = self.simpler.run([column[rest] for column in columns])
                for result, made in zip(own, found[index * self.width :]):
                    result[rest] = made
                rest = self._at_ties(self.simpler, columns, rest[still], index, own, reasons)
            for row, *point in zip(rest.tolist(), *(column[rest].tolist() for column in columns)):
                _fill(own, reasons, row, verdicts(tuple(point[: len(self.names)])))
        return results

    def _decide_beyond(self, columns: list[Any], points: Points, results: list[Any], reasons: Any) -> None:
        """The rows of these points: as they are where rounding does not matter, otherwise decided."""
        rows = np.array(sorted(points))
        _, odd = self.rounded.run([column[rows] for column in columns])
        # A number that is too small for a double is no rounded 0.
        small = [
            row for row, point in points.items() for x, column in zip(point, columns) if x != column[row] == 0
        ]
        self._decide(points, {*rows[odd].tolist(), *small}, results, reasons)

    def _decide(self, points: Points, rows: Iterable[int], results: list[Any], reasons: Any) -> None:
        for row in rows:
            for index, verdicts in enumerate(self.verdicts):
                own = results[index * self.width : (index + 1) * self.width]
                unknown = [(np.nan, "undecided")] * self.width
                _fill(own, reasons, row, unknown if None in points[row] else verdicts(tuple(points[row])))

    @cached_property
    def simpler(self) -> Recording | None:
        """The recording in which identities are known, if there are any: no double tells that sin^2 + cos^2 is 1."""
        constants = {
            part: number for root in self.recording.roots for part, number in constant_parts(root).items()
        }
        if not constants:
            return None
        return Recording(self.recording.roots, self.names, self.rows.partials, constants=constants)

    @cached_property
    def rounded(self) -> Recording:
        return Recording(self.recording.roots, self.names, self.rows.partials, rounded=True)

    def _at_ties(
        self, recording: Recording, columns: list[Any], rows: Any, index: int, own: list[Any], reasons: Any
    ) -> Any:
        """Fill in the rows that are at a plain tie, such as abs(x) at 0; those that are not so simple."""
        if not len(rows) or not recording.partials:
            return rows
        found = recording.at_ties([column[rows] for column in columns])[index]
        clear = ~np.logical_or.reduce([code == OPEN for code, _ in found])
        for result, (code, number) in zip(own[1:], found):
            result[rows[clear]] = np.where(code == CORNER, np.nan, number)[clear]
            _note(reasons, rows[clear & (code == CORNER)], REASONS.index("corner"))
        return rows[~clear]


def _fill(results: list[Any], reasons: Any, row: int, verdicts: list[Verdict]) -> None:
    for result, (number, word) in zip(results, verdicts):
        result[row] = number
        if word and not reasons[row]:
            reasons[row] = REASONS.index(word)


def _note(reasons: Any, rows: Any, code: int) -> None:
    """A reason for rows that have none yet."""
    reasons[rows[reasons[rows] == 0]] = code


class _Functions:
    """Functions in the user's Python file, run on columns."""

    def __init__(self, rows: Rows, sources: Sequence[str], file: str) -> None:
        from calcgrad.autodiff.replay import Replay
        from calcgrad.programs import load

        if rows.question.let:
            raise UsageError("--let has no meaning with --py", hint="give the parameter a default")
        with _ended(file):
            programs = within(_SECONDS, lambda: [load(file, source.strip()) for source in sources])
        wanted = {part.strip() for each in rows.question.rename for part in each.split("=")} | {*rows.columns}
        self.names = list(
            dict.fromkeys(
                name
                for program in programs
                for name in program.parameters
                if name in program.required or name in wanted
            )
        )
        self.shown = [program.name for program in programs]
        rows.feed(self.names)
        self.rows = rows
        self.order = 2 if rows.question.second else 1 if rows.partials else 0
        self.places = [
            [index for index, name in enumerate(self.names) if name in program.parameters]
            for program in programs
        ]
        self.replays = []
        for program, places in zip(programs, self.places):
            names = [self.names[index] for index in places]

            def called(*parts: Any, program: Any = program, names: Any = names) -> Any:
                return within(_SECONDS, partial(program.raw, dict(zip(names, parts))))

            with _ended(program.name):
                self.replays.append(Replay(called, len(places), self.order))

    def __call__(
        self, columns: list[Any], count: int, reasons: Any, points: Points, told: Callable[[Any], Points]
    ) -> list[Any]:
        results: list[Any] = []
        for name, replay, places in zip(self.shown, self.replays, self.places):
            here = [columns[index] for index in places]
            with _ended(name):
                table = replay(*here, threads=1)
            names = [self.names[index] for index in places]
            own = [table.value]
            for by in self.rows.partials:
                if not set(by) <= set(names):
                    own.append(np.zeros(count))
                elif len(by) == 1:
                    own.append(table.slopes[names.index(by[0])])
                else:
                    a, b = (names.index(each) for each in by)
                    own.append(table.curvatures[a][b].copy())
            for rows, error in table.refused:
                _note(reasons, rows, _code(error))
            gone = np.flatnonzero(~np.isfinite(table.value) & (reasons == 0))
            with _ended(name):
                self._decide(replay, here, gone, reasons)
            for result in own:
                result[~np.isfinite(table.value)] = np.nan
            for result in own[1:]:
                bad = ~np.isfinite(result) & (reasons == 0)
                reasons[bad] = REASONS.index("overflow")
                result[~np.isfinite(result)] = np.nan
            results += own
        return results

    def _decide(self, replay: Any, columns: list[Any], rows: Any, reasons: Any) -> None:
        """Why there is no value: the tape tells, once for each point."""
        from calcgrad.autodiff import grad

        told: dict[tuple[float, ...], int] = {}
        for row, *point in zip(rows.tolist(), *(column[rows].tolist() for column in columns)):
            key = tuple(point)
            if key not in told:
                code = REASONS.index("undefined" if len(told) < _PATIENCE else "undecided")
                if len(told) < _PATIENCE:
                    try:
                        grad(replay.f, range(replay.inputs))(*point)
                    except CalcgradError as error:
                        code = _code(error)
                told[key] = code
            reasons[row] = told[key]


@contextmanager
def _ended(name: str) -> Iterator[None]:
    """The end of a call of the user's code that took too long ends the run: a column of such rows would take years."""
    try:
        yield
    except TimeUp:
        raise UndecidedError(
            f"gave up after {_SECONDS:g} s on {name}",
            hint="a function is called with columns once, and with numbers at kinks; does it end?",
            code="timeout",
        ) from None


def _code(error: CalcgradError) -> int:
    if isinstance(error, NotDifferentiable):
        if error.kind not in REASONS:
            raise error
        return REASONS.index(error.kind)
    if isinstance(error, TooLarge):
        return REASONS.index("overflow")
    if isinstance(error, UndecidedError):
        return REASONS.index("undecided")
    raise error


def names(given: str | Sequence[str] | None) -> tuple[str, ...] | None:
    """The names that --wrt gives; () for "" and nothing to differentiate by."""
    return None if given is None else read_names(given) if given else ()


def question(
    expressions: Iterable[str],
    *,
    wrt: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    rename: Iterable[str] | Mapping[str, str] = (),
    second: bool = False,
    py: str | None = None,
    delimiter: str | None = None,
) -> Question:
    if isinstance(rename, Mapping):
        pairs = [f"{a}={b}" for a, b in rename.items()]
    else:
        pairs = [part for each in rename for part in _NEXT.split(each)]
    between = "" if delimiter is None else character(delimiter)
    return Question(tuple(expressions), names(wrt), tuple(let), tuple(pairs), second, py, between)
