"""check: three methods against each other, or a claimed derivative against the truth.

check("x**2", "2*x").verdict                          # "equal"
grader = Grader("x**2"); grader.grade("3*x").verdict  # "different": of many claims on one function
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.errors import TooLarge, UsageError
from calcgrad.expression.arrays import scalarize
from calcgrad.expression.labels import NTH, labelled
from calcgrad.expression.parser import parse, variable_name
from calcgrad.expression.tree import Name, Node, substitute, text, unknowns, variables
from calcgrad.parts.values import DIGITS, at_its_point, check_digits, scalar_point, silent
from calcgrad.questions import At, Note, Question, read, read_dependence, split_point

if TYPE_CHECKING:
    from calcgrad.checking.claims import Truth
    from calcgrad.checking.curves import CurveTruth

_PRIMED_WORD = re.compile(r"(?<=[A-Za-z]{2})\s*['′’]+")  # of sin'(x); f' is a function of its own


def check(
    expr: str,
    claim: str | None = None,
    *,
    at: At = None,
    var: str | Sequence[str] | None = None,
    order: int = 1,
    let: Iterable[str] = (),
    assume: Iterable[str] = (),
    digits: int = DIGITS,
    tol: float | None = None,
    py: str | None = None,
    files: bool = True,
    note: Note = silent,
) -> results.Check:
    """Whether ``claim`` is the derivative of ``expr``; without a claim, three methods against each other.

    The answer is true where they are equal or agree, and ``verdict`` and ``why`` say more. ``order`` is the claim's,
    ``at`` the only place to compare at, ``tol`` the relative tolerance there. ``assume`` holds conditions on variables
    and parameters, ``a > 0``, under which alone the two are compared. With ``py`` both are names of functions in that
    Python file, which is run.
    """
    check_digits(digits)
    if order > 1 and (py is not None or claim is None):
        what = (
            "check --py compares gradients"
            if py is not None
            else "the three methods are of a first derivative"
        )
        raise UsageError(
            f"--order {order} needs a claim: {what}", hint='calcgrad check "x**3" "6*x" --order 2'
        )
    if py is not None:
        from calcgrad.checking.handwritten import check_program

        _check_tolerance(tol)
        if tuple(assume):
            raise UsageError("--assume has no meaning with --py", hint="leave it out")
        return check_program(expr, claim, py, at=at, var=var, let=let, tol=tol, files=files)
    if claim is not None:
        of = {*labelled(claim).of}  # df/dy = ... says by which variable
        return Grader(
            expr, at=at, var=var, order=order, let=let, assume=assume, tol=tol, files=files, note=note,
            by=of.pop() if len(of) == 1 else "",
        ).grade(claim, note=note)  # fmt: skip
    from calcgrad.checking.methods import methods

    _check_order(order)
    _check_tolerance(tol)
    if read_dependence(var)[0]:
        raise UsageError("an equation needs a claim", hint='calcgrad check "x^2+y^2=25" "-x/y" --var y:x')
    question = read(expr, at=at, var=var, let=let, assume=assume, files=files, note=note)
    name = _one_name(question)
    point = _point(question, name)
    return methods(question, name, point if at is not None else None, digits, tol)


class Grader:
    """Compares claims with the derivative of ``expr``, which is read and differentiated once."""

    def __init__(
        self,
        expr: str,
        *,
        at: At = None,
        var: str | Sequence[str] | None = None,
        order: int = 1,
        let: Iterable[str] = (),
        assume: Iterable[str] = (),
        tol: float | None = None,
        files: bool = True,
        note: Note = silent,
        by: str = "",
    ) -> None:
        from calcgrad.checking.claims import Truth
        from calcgrad.checking.curves import CurveTruth

        _check_order(order)
        _check_tolerance(tol)
        self.var, self.let, self.tol, self.files = var, tuple(let), tol, files
        self.known: dict[str, results.Check] = {}
        reading: dict[str, Any] = {"at": at, "var": var, "let": self.let, "assume": assume, "files": files}
        question = read(expr, **reading, note=note, equations=True)
        if by and not question.var and variable_name(by) in question.names:
            self.var, question = by, replace(question, var=(variable_name(by),))
        self.expr = question.text
        self.truth: Truth | CurveTruth
        if question.unknowns:
            if tol is not None:
                raise UsageError("--tol has no meaning on a curve, where all is exact", hint="leave it out")
            self.truth, self.names = CurveTruth(question, order), []
            self.point = scalar_point(question, self.truth.names)
            at_its_point(question, self.point)
            return
        name = _one_name(question)
        self.names = question.names or [name]
        self.point = _point(question, name)
        self.truth = Truth(question, name, order)

    def grade(self, claim: str, *, note: Note = silent, listed: bool = False) -> results.Check:
        """Is ``claim`` the derivative? ``listed``: it is one of many."""
        found = self.known.get(claim)  # in a class many have the same answer
        if found is None:
            for link in _links(claim):
                found = self.known[claim] = self._compared(link)
                if found.verdict != "equal":
                    break
            assert found is not None
        for each in (found.domain, found.slip):
            if each:
                note(each)
        return replace(found, listed=listed)

    def _compared(self, claim: str) -> results.Check:
        from calcgrad.checking.curves import CurveTruth

        if isinstance(self.truth, CurveTruth):
            claimed = read(claim, let=self.let, extra=self.truth.names, files=self.files)
            self._check_label(claimed)
            self._check_subject(claimed)
            return self.truth.compared(claimed, self.point)
        extra = [*self.names, *self.point]
        let = (*self.let, *self._itself(claim))
        claimed = read(claim, var=self.var, let=let, extra=extra, files=self.files, places=True)
        self._check_label(claimed)
        self._check_subject(claimed)
        claimed, place = self._at_its_place(claimed)
        found = self.truth.compared(claimed, self.point, self.tol) if not place else None
        if found is None or (found.verdict == "undecided" and self.point):
            there = self.truth.compared_at(claimed, place or self.point, self.tol)
            found = there if found is None or there.verdict == "equal" else found
        return found

    def _itself(self, claim: str) -> list[str]:
        """What f is by name in a claim such as f'(x) = 2*f(x) or y' = y, for --let."""
        label = labelled(claim)
        taken = {*self.names, *(each.partition("=")[0].partition("(")[0].strip() for each in self.let)}
        if not (label.order and label.name) or label.name in taken:
            return []
        called = re.search(rf"\b{re.escape(label.name)}\s*(?:\\left)?\(", claim[label.start : label.stop])
        return [label.name + f"({', '.join(self.names)})" * bool(called) + f"={self.expr}"]

    def _check_label(self, claimed: Question) -> None:
        """f''(x) = ... and dy/dt = ... say of which derivative they speak."""
        label, by = claimed.label, self.truth.by
        if label is None:
            return
        if not label.order and label.of and {*label.of} <= {*self.names}:
            label = label._replace(order=len(label.of))  # f_x, where x is a variable
        if not label.order:
            return
        if label.order == NTH:
            if len(by) == 1:
                raise UsageError(f"{label.said} does not say which order is meant", hint="--order 2")
        elif label.order != len(by):
            raise UsageError(
                f"{label.said} is of order {label.order}, and the claim is compared with order {len(by)}",
                hint=f"--order {label.order}, or leave out the label",
            )
        if label.of and {*map(variable_name, label.of)} != {*by}:
            raise UsageError(
                f"{label.said} is a derivative by {label.of[0]}, and the claim is compared with one by {by[0]}",
                hint=f"--var {label.of[0]}, or leave out the label",
            )

    def _check_subject(self, claimed: Question) -> None:
        """(x^2)' = ... and d(x^2)/dx = ... say of which function they speak."""
        from calcgrad.checking.curves import CurveTruth

        label = claimed.label
        if label is None or label.subject is None:
            return
        start, stop = label.subject
        source = _PRIMED_WORD.sub(lambda found: " " * len(found[0]), claimed.source)
        subject = parse(source, self.names, claimed.definitions, start=start, stop=stop, unknown=True).node
        function = scalarize(subject)
        if not unknowns(function) and (isinstance(self.truth, CurveTruth) or not self.truth.is_of(function)):
            raise UsageError(
                f"{label.said} speaks of another function than {self.expr}", hint="leave out the label"
            )

    def _at_its_place(self, claimed: Question) -> tuple[Question, dict[str, Node]]:
        """The claim, and the place of which alone it speaks: f'(2) = 4. A letter stands for any: f'(t) = 2*t."""
        label, by = claimed.label, self.truth.by[0]
        if label is None:
            return claimed, {}
        said, parts = label.said.rstrip(" :="), list(map(split_point, label.places))
        if len(parts) not in (0, 1, len(self.names)):
            raise UsageError(
                f"{said} has {len(parts)} arguments, and f has {len(self.names)}",
                hint=f"the variables are {', '.join(self.names)}",
            )
        place: dict[str, Node] = {}
        for part, name in zip(parts, [by] if len(parts) == 1 else self.names, strict=False):
            for given, written in part.items():
                letter = variable_name(given) if given else name
                value = parse(written, self.names, claimed.definitions).node
                if value == Name(letter):
                    continue
                if isinstance(value, Name) and value.name not in self.names:
                    if letter in variables(claimed.tree):
                        raise UsageError(
                            f"{said} speaks of {value.name}, and what follows of {letter}",
                            hint="the same letter in both",
                        )
                    node = substitute(claimed.tree, {value: Name(letter)})
                    claimed = replace(claimed, root=replace(claimed.root, node=node))
                elif variables(value):
                    raise UsageError(
                        f"{said} speaks of a place that is no number", hint="a number, or a letter alone"
                    )
                else:
                    place[letter] = value
        for name, value in self.point.items():
            if place and place.setdefault(name, value) != value:
                raise UsageError(
                    f"the claim speaks of {name} = {text(place[name])}, and --at of {text(value)}",
                    hint="leave out one of them",
                )
        if place and by not in place:
            raise UsageError(f"{said} gives no value for {by}", hint=f"{by}=...", code="missing-variable")
        return claimed, place


def _links(claim: str) -> list[str]:
    """Each side of f'(x) = 2(x + 1) = 2x + 2 as a claim of its own; what has no label is none."""
    label = labelled(claim)
    if not label.order:
        return [claim]
    links = re.split(r"(?<![<>=!])=(?!=)", claim[label.start : label.stop])
    return [f"{claim[: label.start]}{each}{claim[label.stop :]}" for each in links]


def _check_order(order: int) -> None:
    if order < 1:
        raise UsageError("--order must be at least 1", hint="--order 2")
    if order > 10_000:
        raise TooLarge(f"order {order} is too high to compute", hint="at most 10000")


def _check_tolerance(tol: float | None) -> None:
    if tol is not None and not 0 < tol < 1:
        raise UsageError("--tol must lie between 0 and 1", hint="--tol 1e-9")


def _point(question: Question, name: str) -> dict[str, Node]:
    point = scalar_point(question, (name,))
    at_its_point(question, point)
    if point and name not in point:
        raise UsageError(f"no value for {name}", hint=f"--at {name}=1", code="missing-variable")
    return point


def _one_name(question: Question) -> str:
    names = question.differentiated("check")
    if len(names) > 1:
        raise UsageError("check takes one variable", hint=f"--var {names[0]}")
    return names[0]
