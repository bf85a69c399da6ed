"""Is a claim the derivative? Equal only where algebra proves it, different only with a counterexample.

    Truth(question, "x").compared(claimed, {}, None).verdict       # "equal"

Its order may be higher than the first.

    a point where f has a derivative, and the claim another value or none       different
    the difference is proved to be 0, and the claim covers f (``coverage``)     equal
    neither                                                                     undecided

Agreement at points, however many, proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import cycle
from typing import Any

from calcgrad.budget import attempt, doing
from calcgrad.calculus import (
    assumed,
    derivatives,
    domains,
    forms,
    formulas,
    kinks,
    numeric,
    points,
    symbolic,
)
from calcgrad.calculus.cells import Unsettled, cells, indicator
from calcgrad.calculus.equality.coverage import Coverage
from calcgrad.calculus.equality.identities import are_equal
from calcgrad.checking.methods import PLACES, SHARE, TOLERANCE
from calcgrad.errors import CalcgradError, UsageError
from calcgrad.expression.arrays import scalarize
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import (
    COMPARISONS,
    CONNECTIVES,
    Call,
    Name,
    Node,
    Number,
    integer,
    postorder,
    rational,
    substitute,
    text,
    variables,
)
from calcgrad.parts.values import under
from calcgrad.questions import Question, put_in, shown_place
from calcgrad.results import Check

_EXACT = 1e-25  # of two exact values in forty digits, beyond which more digits are asked
_FINEST = 400  # digits
_MOST_PLACES = 60
_MOST_BENDS = 10
_NATURAL = re.compile(r"(?:\\|(?<![A-Za-z_\\]))log(?!\w|\s*_)")  # typed as log, without a base
_TRIED = (Fraction(7, 5), Fraction(-7, 5), Fraction(2, 5))  # for what may have been meant
_FACTORS = 5040  # a factor that is looked for is a whole number of parts like this, and no larger
_LONG = 40  # characters of an exact value that is shown whole
_FEW_PLACES = 8  # for other values of parameters
# each in turn for the parameters: every combination of the signs of two, and 0
_OTHERS = tuple(
    tuple(map(Fraction, row.split()))
    for row in ("-2 3 -5", "3 -2 1/2", "-1/3 -1/2 -3", "1/2 1/3 2", "0 1 0", "1 0 2", "0 0 0")
)
_SLIP_SHARE = 0.3
_PLACE_SHARE = 0.1  # for a claim at one place


class Truth:
    """A function and its derivative of some order, to which claims are compared."""

    def __init__(self, question: Question, name: str, order: int = 1) -> None:
        self.question, self.name, self.by = question, name, [name] * order
        self.root = scalarize(question.tree)
        self.formula = derivatives.derivative(self.root, self.by)
        self.nowhere = domains.nowhere(self.root)
        self.assumed = [part for each in question.assumed for part in kinks.split("&", each)]
        self.plain, self.slope = self.root, self.formula.tree  # as they are under what is assumed
        with under(question, name) as something:
            if something:
                self.plain = assumed.simplified(self.root)
                slope = derivatives.derivative(self.plain, self.by).tree
                self.slope = None if slope is None else assumed.simplified(slope)

    def compared(self, claimed: Question, point: dict[str, Node], tol: float | None) -> Check:
        """Is ``claimed`` the derivative?"""
        fields = self._fields(claimed)
        if self.nowhere:
            what = "real" if self.nowhere == "not-real" else "defined"
            return Check(**fields, verdict="undecided", why=f"f is nowhere {what}, so it has no derivative")
        wanted = scalarize(claimed.tree)
        found = Check(**fields, **self._judged(wanted, point, tol))
        if found.verdict != "different":
            return found
        slip = attempt(lambda: (self._slip(claimed, wanted, point, tol),), _SLIP_SHARE, clock=True)
        return replace(found, slip=slip[0] if slip else "there was no time to look for a slip")

    def is_of(self, function: Node) -> bool:
        """Is it proved that ``function`` is this one?"""
        names = list(dict.fromkeys([self.name, *variables(self.root), *variables(function)]))
        return function == self.root or bool(
            attempt(lambda: are_equal(self.root, self.root, function, self.name, names, self.assumed), SHARE)
        )

    def compared_at(self, claimed: Question, place: dict[str, Node], tol: float | None) -> Check:
        """Is ``claimed`` the value of the derivative at a place?"""
        fields = self._fields(claimed) | {"at": {each: text(value) for each, value in place.items()}}
        wanted = scalarize(claimed.tree)
        where = f"at {shown_place(place)}"
        if not self._is_assumed(place):
            raise UsageError(f"{where} contradicts --assume", hint="another place")
        free = [each for each in variables(self.root, wanted) if each not in place]
        for row in _OTHERS if free else _OTHERS[:1]:
            others = {each: rational(value) for each, value in zip(free, cycle(row), strict=False)}
            verdict, why = self._differ(wanted, there := {**place, **others}, tol)
            if verdict == "different" and self._is_assumed(there):
                return Check(**fields, **_different(there, why, ()))
        answer = self._at(place)
        if not (answer.exists or answer.cases or answer.reason == "undecided"):
            kind = {1: "derivative", 2: "second derivative"}.get(
                len(self.by), f"{len(self.by)}-th derivative"
            )
            return Check(**fields, verdict="different", why=f"{where} f has no {kind}: {answer.reason}")
        slope = None if answer.value is None else forms.value_tree(answer.value)
        here = put_in(wanted, place)
        if slope is not None and (
            are_equal(put_in(self.root, place), slope, here, free[0], free, self.assumed)
            if free
            else symbolic.is_zero(answer.value - symbolic.to_sympy(here)) or (tol and verdict == "same")
        ):
            return Check(**fields, verdict="equal", why=f"{where} the derivative is {text(slope)}")
        return Check(**fields, verdict="undecided", why=f"{where} it is not proved that they are equal")

    def _fields(self, claimed: Question) -> dict[str, Any]:
        return {
            "expr": self.question.text,
            "claim": claimed.text,
            "names": tuple(variables(self.root)) or (self.name,),
            "assumed": self.question.premises,
        }

    def _judged(self, wanted: Node, point: dict[str, Node], tol: float | None) -> dict[str, Any]:
        """The verdict on ``wanted``, and what belongs to it."""
        root, name = self.root, self.name
        names = list(dict.fromkeys([name, *variables(root), *variables(wanted)]))
        late: list[str] = []  # what there was no time for: else an answer would depend on the machine
        places = [point] if point else _places(root, wanted, names)
        different, compared, beyond = self._compared(wanted, places, tol, late)
        if different:
            return _different(*different, late)
        with doing("a proof that they are equal"):
            with under(self.question, name) as something:
                plain = assumed.simplified(wanted) if something else wanted
            proved = attempt(lambda: self._is_proved(plain, names), SHARE)
        if proved is None:
            late.append("a proof that they are equal")
        if not (proved or point or len(names) > 1):
            for place in attempt(lambda: list(self._samples(wanted)), SHARE) or ():
                verdict, why = attempt(partial(self._differ, wanted, place, tol), _PLACE_SHARE) or ("", "")
                if verdict == "different":
                    return _different(place, why, late)
        covered = Coverage(
            self.plain,
            plain,
            name,
            names,
            lambda place: self._differ(wanted, place, tol),
            len(self.by),
            self.slope,
            self.assumed,
        )
        with doing("a proof that the claim has a value wherever f has a derivative"):
            hole, missing = None, "there was no time to look for places where the claim may have no value"
            try:
                if hole := attempt(lambda: (covered.search(),), SHARE):
                    missing = ""
            except Unsettled as error:
                missing = f"it is not settled whether the claim fails where {_condition(error.args[0])}"
        if hole and hole[0] and hole[0].point is not None and not self._is_assumed(hole[0].point):
            hole, missing = None, "it is not settled where the claim has a value, under what is assumed"
        if hole and hole[0]:
            there = hole[0].point
            return _different(there and {each: there[each] for each in names}, hole[0].why, late)
        if proved and not missing:
            return {"verdict": "equal", "domain": _also(beyond, late)}
        if proved:
            why = f"they are equal where both have values, but {missing}"
        elif compared:
            why = f"they agree at {compared} points, which is no proof"
        else:
            why = "no point could be compared"
        return {"verdict": "undecided", "why": _also(why, late)}

    def _compared(
        self, wanted: Node, places: Iterable[dict[str, Node]], tol: float | None, late: list[str]
    ) -> tuple[tuple[dict[str, Node], str] | None, int, str]:
        """The first place where both differ, and how; at how many they are equal, and where the claim is beyond f."""
        compared, beyond = 0, ""
        for place in filter(self._is_assumed, places):
            found = attempt(partial(self._differ, wanted, place, tol), _PLACE_SHARE)
            if found is None:
                late.append(f"a comparison at {shown_place(place)}")
                continue
            verdict, why = found
            if verdict == "different":
                return (place, why), compared, beyond
            compared += verdict == "same"
            if verdict == "apart" and why:
                beyond = beyond or f"at {shown_place(place)} {why}"
            elif verdict != "same" and not beyond:
                said = attempt(partial(self._beyond, wanted, place), _PLACE_SHARE)
                if said is None:
                    late.append(f"a comparison of domains at {shown_place(place)}")
                beyond = said or ""
        return None, compared, beyond

    def _is_assumed(self, place: dict[str, Node]) -> bool:
        """May a place be meant, under what is assumed?"""
        return kinks.may_hold(self.assumed, place)

    def _is_proved(self, wanted: Node, names: Sequence[str]) -> bool:
        """Are the formula and ``wanted`` equal where f has a value; with parameters, where the formula has one too?"""
        root, slope = self.plain, self.slope
        places = [root, Call("+", (root, slope))] if slope is not None and len(names) > 1 else [root]
        return any(are_equal(each, slope, wanted, self.name, names, self.assumed) for each in places)

    def _samples(self, wanted: Node) -> Iterator[dict[str, Node]]:
        """A place in each of the cells in which both sides are analytic: equal in one, they may differ in the next."""
        trees = (self.plain, self.slope or self.plain, wanted)
        for sample in cells((*trees, *map(indicator, self.assumed)), self.name).samples:
            if self._is_assumed(place := {self.name: rational(sample)}):
                yield place

    def _slip(self, claimed: Question, wanted: Node, point: dict[str, Node], tol: float | None) -> str:
        """What a wrong claim would be right with, in words; '' where nothing is found."""
        for said, tree in self._slips(claimed, wanted):
            if self._judged(tree, point, tol)["verdict"] == "equal":
                return said
        names = list(dict.fromkeys([self.name, *variables(self.root), *variables(wanted)]))
        if (common := self._in_common_logarithms()) is not None:
            slope = derivatives.derivative(common, self.by).tree
            if are_equal(common, slope, wanted, self.name, names, self.assumed):
                return "with log10 for log in f it is the derivative: log is the natural logarithm"
        if len(self.by) == 1 and self._may_be_slope_of(wanted, names):
            back = derivatives.derivative(wanted, self.by).tree
            if are_equal(wanted, back, self.root, self.name, names):
                return "it is an antiderivative: f is its derivative"
        return ""

    def _in_common_logarithms(self) -> Node | None:
        """f with log10 for log; None where there is no log in it."""
        question = self.question
        common = _NATURAL.sub(_common, question.source)
        if common == question.source or question.label is None or question.label.start:
            return None
        with suppress(CalcgradError):
            return scalarize(parse(common, [self.name, *variables(self.root)], question.definitions).node)
        return None

    def _may_be_slope_of(self, wanted: Node, names: Sequence[str]) -> bool:
        """Is f about the slope of ``wanted`` at a place?"""
        for place in _TRIED:
            here = {each: rational(place + index) for index, each in enumerate(names)}
            held = {each: value for each, value in here.items() if each != self.name}
            slope = numeric.difference(put_in(wanted, held), self.name, here[self.name], 1, 15)
            value = symbolic.evaluate(put_in(self.root, here), 15)
            if isinstance(slope, Fraction | numeric.Ball) and isinstance(value, Fraction | numeric.Ball):
                gap = numeric.as_mpf(slope, 15) - numeric.as_mpf(value, 15)
                return bool(abs(gap) < TOLERANCE * max(1, abs(numeric.as_mpf(value, 15))))
        return False

    def _slips(self, claimed: Question, wanted: Node) -> Iterator[tuple[str, Node]]:
        known = [self.name, *variables(self.root)]
        for letter in variables(wanted):
            if letter in known:
                continue
            if letter.swapcase() in known:
                yield (
                    f"with {letter.swapcase()} for {letter} it is the derivative: those are two variables",
                    substitute(wanted, {Name(letter): Name(letter.swapcase())}),
                )
            if letter[0] in "CcKk":
                yield (
                    f"without {letter} it is the derivative: + {letter} belongs to an antiderivative",
                    substitute(wanted, {Name(letter): Number(0)}),
                )
        common = _NATURAL.sub(_common, claimed.source)
        if common != claimed.source:
            with suppress(CalcgradError):
                read = scalarize(parse(common, [*known, *variables(wanted)], claimed.definitions).node)
                yield "with log10 for log it is the derivative: log is the natural logarithm", read
        yield "with the other sign it is the derivative", Call("neg", (wanted,))
        for factor in (Name(each) for each in known if each != self.name):
            yield f"times {text(factor)} it is the derivative", Call("*", (factor, wanted))
        if (ratio := self._ratio(wanted, known)) is not None:
            yield f"times {text(ratio)} it is the derivative", Call("*", (ratio, wanted))

    def _ratio(self, wanted: Node, known: Sequence[str]) -> Node | None:
        """A number by which a claim is too small or large at a place, and may be everywhere."""
        if self.formula.tree is None or not set(variables(wanted)) <= set(known):
            return None
        for place in _TRIED:
            here = {each: rational(place + index) for index, each in enumerate(known)}
            found = [symbolic.evaluate(put_in(each, here), 20) for each in (self.formula.tree, wanted)]
            if all(isinstance(each, Fraction | numeric.Ball) and numeric.sign(each) for each in found):
                one, other = (numeric.as_mpf(each, 20) for each in found)  # type: ignore[arg-type]
                with numeric.mp.workdps(20):
                    ratio = one / other
                    if abs(ratio) > _FACTORS:
                        return None
                    near = Fraction(int(numeric.mp.nint(ratio * _FACTORS)), _FACTORS)
                    gap = abs(ratio - numeric.mp.mpf(near.numerator) / near.denominator)
                    return rational(near) if near and gap < _EXACT**0.5 else None
        return None

    def _at(self, place: dict[str, Node]) -> points.AtPoint:
        return points.at_point(self.root, self.by, place, self.formula)

    def _beyond(self, wanted: Node, place: dict[str, Node]) -> str:
        """Where the claim has a value and f no derivative, in words; '' where that cannot be told."""
        claimed, value = (symbolic.evaluate(put_in(each, place)) for each in (wanted, self.root))
        if not isinstance(claimed, Fraction | numeric.Ball):
            return ""
        if isinstance(value, numeric.Undefined):
            what = {"undefined": "not defined", "not-real": "not real"}.get(value.kind)
            return f"at {shown_place(place)} the claim has a value, but f is {what}" if what else ""
        answer = self._at(place)
        if answer.exists or answer.reason == "undecided":
            return ""
        kind = {1: "derivative", 2: "second derivative"}.get(len(self.by), f"{len(self.by)}-th derivative")
        return f"at {shown_place(place)} the claim has a value, but f has no {kind}"

    def _lacks_formula(self, place: dict[str, Node]) -> bool:
        """Has the derivative's own formula no value here, as n*x**(n - 1) at n = 0 and x = 0?"""
        if self.formula.tree is None:
            return False
        return numeric.has_no_value(symbolic.evaluate(put_in(self.formula.tree, place)))

    def _is_apart(
        self, wanted: Node, place: dict[str, Node], tol: float | None, case: str, answer: points.AtPoint
    ) -> bool:
        """Is there no derivative in this case of the parameters, or one that the claim need not or does give?"""
        if not answer.exists:
            return answer.reason != "undecided"
        name, _, value = case.partition(" = ")  # a case of one value is no more than a further point
        if name not in variables(self.root) or not value:
            return False
        there = {**place, name: parse(value).node}
        return not self._is_assumed(there) or self._differ(wanted, there, tol)[0] in ("same", "apart")

    def _differ(self, wanted: Node, place: dict[str, Node], tol: float | None) -> tuple[str, str]:
        """How derivative and claim compare: same, different (and how), apart or unknown.

        Apart is where there is no derivative, or with parameters no formula for it that the claim could be equal to.
        """
        answer = self._at(place)
        if not answer.exists:
            cases = answer.cases or (("", answer),)
            known = all(self._is_apart(wanted, place, tol, *case) for case in cases)
            return "apart" if known else "unknown", ""
        claimed = symbolic.evaluate(put_in(wanted, place), 40)
        tree: Node | None = None
        if answer.value is not None:
            tree = forms.value_tree(answer.value)
            truth = symbolic.evaluate(tree, 40) if tree is not None else numeric.UNSETTLED
        else:
            truth, tol = answer.number, max(tol or 0, TOLERANCE)
        if not isinstance(truth, Fraction | numeric.Ball):
            return "unknown", ""
        shown = text(tree) if tree is not None else numeric.format_mpf(numeric.as_mpf(truth, 20), 10)
        if isinstance(claimed, numeric.Undefined):
            if claimed.kind == "too-large":
                return "unknown", ""
            if len(place) > 1 and self._lacks_formula(place):
                return "apart", f"the derivative is {shown}, and neither its formula nor the claim is defined"
            return "different", f"the derivative is {shown}, the claim is not defined"
        if not isinstance(claimed, Fraction | numeric.Ball):
            return "unknown", ""
        x, y = numeric.as_mpf(truth, 50), numeric.as_mpf(claimed, 50)
        with numeric.mp.workdps(50):
            doubt = sum(each.rad for each in (truth, claimed) if isinstance(each, numeric.Ball))
            if abs(x - y) <= numeric.mp.mpf(tol or _EXACT) * max(abs(x), abs(y)) + doubt:
                if tol or tree is None:
                    return "same", ""
                gap = numeric.evaluate(Call("-", (tree, put_in(wanted, place))), 5, limit=_FINEST)
                if not isinstance(gap, Fraction | numeric.Ball) or not numeric.sign(gap):
                    return "same", ""
                size = numeric.format_mpf(numeric.as_mpf(gap, 20), 3)
                return (
                    "different",
                    f"the derivative is {shown}, the claim gives {size.removeprefix('-')} "
                    + ("less" if numeric.sign(gap) == 1 else "more"),
                )
        exact = forms.value_tree(symbolic.to_sympy(put_in(wanted, place)))
        given = text(exact) if exact is not None else numeric.format_mpf(y, 10)
        if len(given) > _LONG:
            given = numeric.format_mpf(y, 20)
        return "different", f"the derivative is {shown}, the claim gives {given}"


def _different(place: dict[str, Node] | None, why: str, late: Sequence[str]) -> dict[str, Any]:
    if place is None:
        return {"verdict": "different", "why": _also(why, late)}
    at = {each: text(value) for each, value in place.items()}
    return {
        "verdict": "different",
        "counterexample": at,
        "why": _also(f"at {shown_place(place)} {why}", late),
    }


def _common(found: re.Match[str]) -> str:
    return r"\log_{10}" if found[0].startswith("\\") else "log10"


def _also(why: str, late: Sequence[str]) -> str:
    """A reason, with what there was no time for: what is found afterwards may depend on it."""
    if not late:
        return why
    more = f" and {len(late) - 1} more" if len(late) > 1 else ""
    return f"{why}{'; ' if why else ''}there was no time for {late[0]}{more}"


def _condition(node: Node) -> str:
    """What stands in the way, in words: a condition, or the function whose zeros are not all known."""
    if isinstance(node, Call) and (node.function in COMPARISONS or node.function in CONNECTIVES):
        return text(node, words=True)
    if isinstance(node, Call) and domains.jumps(node):
        return f"{text(node)} jumps"
    return f"{text(node)} == 0"


def _places(root: Node, wanted: Node, names: Sequence[str]) -> Iterator[dict[str, Node]]:
    """Simple places first, then every constant that occurs and beside it, then the kinks of both sides."""
    places = dict.fromkeys(PLACES)
    for tree in (root, wanted):
        for node in postorder(tree):
            if isinstance(node, Number):
                value = Fraction(node.value)
                places |= dict.fromkeys((value, -value, value + 1, -value - 1))
    found = [rational(place) for place in list(places)[:_MOST_PLACES]]
    for tree in (wanted, root) if len(names) == 1 else ():
        found += formulas.bends(tree, names[0])[:_MOST_BENDS]
    found = list(dict.fromkeys(found))
    for place in found:
        yield {name: place if index == 0 else integer(index + 1) for index, name in enumerate(names)}
    for row in _OTHERS if len(names) > 1 else ():
        for place in found[0 in row : _FEW_PLACES]:  # the first is 0, which beside another is too simple
            others = {each: rational(value) for each, value in zip(names[1:], cycle(row), strict=False)}
            yield {names[0]: place, **others}
