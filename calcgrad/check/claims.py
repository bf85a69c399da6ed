"""Is a claim the derivative? Equal only where algebra proves it, different only with a counterexample.

    Truth(question, "x").compared(claimed, {}, None).verdict       # "equal"

Its order may be higher than the first.

    a point where f has a derivative, and the claim another value or none       different
    the difference is proved to be 0, and the claim covers f (``coverage``)     equal
    neither                                                                     undecided

Agreement at points, however many, proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

from calcgrad.budget import attempt, doing
from calcgrad.calculus import (
    derivatives,
    domains,
    forms,
    formulas,
    numeric,
    points,
    symbolic,
)
from calcgrad.calculus.cells import Unsettled
from calcgrad.calculus.coverage import Coverage, jumps
from calcgrad.calculus.identities import are_equal
from calcgrad.check.methods import PLACES, SHARE, TOLERANCE
from calcgrad.expression.arrays import scalarize
from calcgrad.expression.tree import (
    COMPARISONS,
    CONNECTIVES,
    Call,
    Node,
    Number,
    integer,
    postorder,
    rational,
    text,
    variables,
)
from calcgrad.questions import Question, put_in
from calcgrad.results import Check

_EXACT = 1e-25  # of two exact values in forty digits, beyond which more digits are asked
_FINEST = 400  # digits
_MOST_PLACES = 60
_MOST_BENDS = 10
_LONG = 40  # characters of an exact value that is shown whole
_FEW_PLACES = 8  # for other values of parameters, one after the other:
_SIZES: tuple[Callable[[int], Fraction], ...] = (
    lambda index: Fraction(-index - 1),
    lambda index: Fraction(1, index + 1),
    lambda index: Fraction(-1, index + 2),
)
_PLACE_SHARE = 0.1  # for a claim at one place


class Truth:
    """A function and its derivative of some order, to which claims are compared."""

    def __init__(self, question: Question, name: str, order: int = 1) -> None:
        self.question, self.name, self.by = question, name, [name] * order
        self.root = scalarize(question.tree)
        self.formula = derivatives.derivative(self.root, self.by)
        self.nowhere = domains.nowhere(self.root)

    def compared(self, claimed: Question, point: dict[str, Node], tol: float | None) -> Check:
        """Is ``claimed`` the derivative?"""
        root, wanted, name = self.root, scalarize(claimed.tree), self.name
        names = list(dict.fromkeys([name, *variables(root), *variables(wanted)]))
        fields: dict[str, Any] = {
            "expr": self.question.text,
            "claim": claimed.text,
            "names": tuple(variables(root)) or (name,),
        }
        if self.nowhere:
            what = "real" if self.nowhere == "not-real" else "defined"
            return Check(**fields, verdict="undecided", why=f"f is nowhere {what}, so it has no derivative")
        compared, beyond = 0, ""
        late: list[str] = []  # what there was no time for: else an answer would depend on the machine
        for place in [point] if point else _places(root, wanted, names):
            found = attempt(partial(self._differ, wanted, place, tol), _PLACE_SHARE)
            if found is None:
                late.append(f"a comparison at {_words(place)}")
                continue
            verdict, why = found
            if verdict == "different":
                at = {each: text(value) for each, value in place.items()}
                why = _also(f"at {_words(place)} {why}", late)
                return Check(**fields, verdict="different", counterexample=at, why=why)
            compared += verdict == "same"
            if verdict != "same" and not beyond:
                said = attempt(partial(self._beyond, wanted, place), _PLACE_SHARE)
                if said is None:
                    late.append(f"a comparison of domains at {_words(place)}")
                beyond = said or ""
        with doing("a proof that they are equal"):
            proved = attempt(lambda: are_equal(root, self.formula.tree, wanted, name, names), SHARE)
        if proved is None:
            late.append("a proof that they are equal")
        covered = Coverage(root, wanted, name, names, lambda place: self._differ(wanted, place, tol))
        with doing("a proof that the claim has a value wherever f has a derivative"):
            hole, missing = None, "there was no time to look for places where the claim may have no value"
            try:
                if hole := attempt(lambda: (covered.search(),), SHARE):
                    missing = ""
            except Unsettled as error:
                missing = f"it is not settled whether the claim fails where {_condition(error.args[0])}"
        if hole and hole[0]:
            there, why = hole[0].point, hole[0].why
            if there is None:
                return Check(**fields, verdict="different", why=_also(why, late))
            there = {each: there[each] for each in names}
            at = {each: text(value) for each, value in there.items()}
            why = _also(f"at {_words(there)} {why}", late)
            return Check(**fields, verdict="different", counterexample=at, why=why)
        if proved and not missing:
            return Check(**fields, verdict="equal", domain=_also(beyond, late))
        if proved:
            why = f"they are equal where both have values, but {missing}"
        elif compared:
            why = f"they agree at {compared} points, which is no proof"
        else:
            why = "no point could be compared"
        return Check(**fields, verdict="undecided", why=_also(why, late))

    def _at(self, place: dict[str, Node]) -> points.AtPoint:
        return points.at_point(self.root, self.by, place, self.formula)

    def _beyond(self, wanted: Node, place: dict[str, Node]) -> str:
        """Where the claim has a value and f no derivative, in words; '' where that cannot be told."""
        claimed, value = (symbolic.evaluate(put_in(each, place)) for each in (wanted, self.root))
        if not isinstance(claimed, Fraction | numeric.Ball):
            return ""
        if isinstance(value, numeric.Undefined):
            what = {"undefined": "not defined", "not-real": "not real"}.get(value.kind)
            return f"at {_words(place)} the claim has a value, but f is {what}" if what else ""
        answer = self._at(place)
        if answer.exists or answer.reason == "undecided":
            return ""
        kind = {1: "derivative", 2: "second derivative"}.get(len(self.by), f"{len(self.by)}-th derivative")
        return f"at {_words(place)} the claim has a value, but f has no {kind}"

    def _differ(self, wanted: Node, place: dict[str, Node], tol: float | None) -> tuple[str, str]:
        """How derivative and claim compare: same, different (and how), apart (no derivative here) or unknown."""
        answer = self._at(place)
        if not answer.exists:
            whatever = [each for _, each in answer.cases] or [answer]
            known = not any(each.exists or each.reason == "undecided" for each in whatever)
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
    if isinstance(node, Call) and jumps(node):
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
    for size in _SIZES if len(names) > 1 else ():
        for place in found[:_FEW_PLACES]:
            yield {name: place if index == 0 else rational(size(index)) for index, name in enumerate(names)}


def _words(place: dict[str, Node]) -> str:
    return ", ".join(f"{name} = {text(value)}" for name, value in place.items())
