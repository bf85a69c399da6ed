"""Is a claim the derivative of the function that an equation defines? Equal only on the curve, and only by proof.

CurveTruth(question, 1).compared(claimed, {}).verdict       # of x**2 + y**2 = 25 and -x/y: "equal"

a point of the curve with a derivative, and the claim another value or none       different
the difference is 0 modulo the equation, and the claim has a value there          equal
neither                                                                           undecided
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from functools import cached_property, partial
from itertools import islice
from typing import Any

from calcgrad.budget import attempt, doing
from calcgrad.calculus import domains, forms, formulas, intervals, kinks, numeric, roots, symbolic
from calcgrad.calculus.curves.branches import without_multiples
from calcgrad.calculus.curves.implicit import System
from calcgrad.calculus.domains import against_zero, jumps
from calcgrad.calculus.equality.coverage import always
from calcgrad.calculus.equality.generators import implied
from calcgrad.calculus.equality.ideals import vanishes_with
from calcgrad.calculus.equality.identities import are_equal
from calcgrad.calculus.planes.critical import common
from calcgrad.calculus.studies.isolation import Unsettled
from calcgrad.errors import UsageError
from calcgrad.expression.arrays import scalarize
from calcgrad.expression.columns import listed, said_of
from calcgrad.expression.tree import (
    Call,
    Name,
    Node,
    Number,
    names_in,
    postorder,
    rational,
    text,
    total,
    variables,
)
from calcgrad.parts.curves import equations_of, located
from calcgrad.questions import Question, put_in, shown_place
from calcgrad.results import Check

_TRIED = tuple(map(rational, (0, 1, 3, -2, 2, -1, 4, 5)))  # coordinates of points that are looked for
_MOST_POINTS = 10
_EXTREMES = ("Max", "Min")
_SHARE, _PLACE_SHARE = 0.4, 0.1  # of the time that is left


class CurveTruth:
    """The function of one variable that an equation defines, and its derivative, to which claims are compared."""

    def __init__(self, question: Question, order: int) -> None:
        if len(question.unknowns) != 1 or len(set(question.var)) != 1:
            raise UsageError("check takes one equation of y and x", hint="--var y:x")
        self.question, (self.unknown,), (self.name, *_) = question, question.unknowns, question.var
        if free := [each for each in question.names if each not in (self.unknown, self.name)]:
            raise UsageError(f"the equation has a parameter: {free[0]}", hint=f"--let {free[0]}=1")
        self.by = [self.name] * order
        self.system = System(equations_of(question), [self.unknown])
        self.gap = without_multiples(self.system.gaps[0])
        self.names = (self.name, self.unknown)
        self.formula = (self.system.derivatives(self.by) or {}).get(self.unknown)

    def compared(self, claimed: Question, point: dict[str, Node]) -> Check:
        fields: dict[str, Any] = {
            "expr": self.question.text, "claim": claimed.text, "equation": True, "assumed": self.question.premises,
        }  # fmt: skip
        wanted = scalarize(claimed.tree)
        if strangers := [each for each in variables(wanted) if each not in self.names]:
            raise UsageError(
                f"the claim has another variable: {strangers[0]}", hint="x and y of the equation"
            )
        if point and set(point) != set(self.names):
            raise UsageError("a point of the curve has two coordinates", hint="--at x=3,y=4")
        if not self.system.is_determined or self.system.is_empty:
            return Check(**fields, verdict="undecided", why="the equation defines no function")
        compared = 0
        for place in [point] if point else islice(self._places(), _MOST_POINTS):
            verdict, why = attempt(partial(self._differ, wanted, place), _PLACE_SHARE) or ("unknown", "")
            said = f"at {shown_place(place)} {why}"
            shown = {name: text(each) for name, each in place.items()}
            if verdict == "different":
                return Check(**fields, verdict="different", counterexample=shown, why=said)
            if point:
                verdict = "equal" if verdict == "same" else "undecided"
                return Check(
                    **fields, verdict=verdict, at=shown, why=said if why else "it is not settled there"
                )
            compared += verdict == "same"
        with doing("a proof that they are equal on the curve"):
            proved = attempt(lambda: self._is_proved(wanted), _SHARE)
        if not proved:
            if rounded := attempt(lambda: (self._apart(wanted),), _PLACE_SHARE):
                for shown, said in rounded[0]:
                    return Check(**fields, verdict="different", counterexample=shown, why=said)
            why = f"they agree at {compared} points of the curve, which is no proof"
            return Check(**fields, verdict="undecided", why=why if compared else "no point could be compared")
        try:
            hole = attempt(lambda: self._hole(wanted), _SHARE)
        except Unsettled as error:
            return Check(
                **fields, verdict="undecided", why=f"they are equal where both have values, but {error}"
            )
        if hole is None:
            return Check(
                **fields, verdict="undecided", why="there was no time to look where the claim has no value"
            )
        if hole[0] is not None:
            place, why = hole[0]
            shown = {name: text(each) for name, each in place.items()}
            return Check(
                **fields, verdict="different", counterexample=shown, why=f"at {shown_place(place)} {why}"
            )
        return Check(**fields, verdict="equal", why="on the curve", domain=hole[1])

    def _places(self) -> Iterator[dict[str, Node]]:
        """Points of the curve with a simple coordinate."""
        for known in _TRIED:
            for given, sought in (self.names, self.names[::-1]):
                here = put_in(self.gap, {given: known})
                for other in attempt(partial(roots.zeros, here, sought), _PLACE_SHARE) or []:
                    place = {name: {given: known, sought: other}[name] for name in self.names}
                    if self._is_assumed(place):
                        yield place
        first, second = self.names
        for slope in _TRIED[1:]:  # on lines through the origin: a folium has no others that are simple
            here = forms.factored(put_in(self.gap, {second: Call("*", (slope, Name(first)))}))
            for known in attempt(partial(roots.zeros, here, first), _PLACE_SHARE) or []:
                place = {first: known, second: forms.factored(Call("*", (slope, known)))}
                if known is not Number(0) and self._is_assumed(place):
                    yield place

    def _apart(self, wanted: Node) -> list[tuple[dict[str, str], str]]:
        """A point of which one coordinate is known between bounds, with bounds of both that do not meet.

        There the equation is analytic, and its slope by the unknown is not 0, so that it is solvable.
        """
        slope = self.system.partial(self.gap, self.unknown)
        trees = (self.gap, slope, self.formula, wanted)
        if any(each is None or any(map(_bends, postorder(each))) for each in trees):
            return []
        for known in _TRIED:
            for given, sought in (self.names, self.names[::-1]):
                _, *here = (put_in(each, {given: known}) for each in trees if each is not None)
                for low, high in intervals.zeros(put_in(self.gap, {given: known}), sought) or []:
                    within = {sought: (intervals.near(low)[0], intervals.near(high)[1])}
                    if not all(intervals.is_real(each, within) for each in here):
                        continue
                    rate, truth, claim = (intervals.bounds(each, within) for each in here)
                    if rate is None or truth is None or claim is None or rate[0] <= 0 <= rate[1]:
                        continue
                    if (truth[1] < claim[0] or claim[1] < truth[0]) and not self.question.assumed:
                        place = {given: text(known), sought: _short((low + high) / 2)}
                        shown = {name: place[name] for name in self.names}
                        where = ", ".join(f"{name} = {value}" for name, value in shown.items())
                        values = f"the derivative is {_short(sum(truth) / 2)}, the claim gives {_short(sum(claim) / 2)}"
                        return [(shown, f"at {where}, rounded, {values}")]
        return []

    def _is_assumed(self, place: dict[str, Node]) -> bool:
        """May a point be meant, under what is assumed?"""
        return kinks.may_hold(self.question.assumed, place)

    def _differ(self, wanted: Node, place: dict[str, Node]) -> tuple[str, str]:
        """How both compare at a point of the curve: same, different, apart or unknown, and the derivative there."""
        there = located(self.question, self.system, self.by, place)
        if there.reason or self.unknown not in there.values:
            return ("unknown" if there.reason in ("", "undecided") else "apart"), ""
        tree = symbolic.from_sympy(there.values[self.unknown])
        here = put_in(wanted, place)
        claimed = symbolic.evaluate(here, 20)
        if isinstance(claimed, numeric.Undefined):
            kind = "unknown" if claimed.kind == "too-large" else "different"
            return kind, f"the derivative is {text(tree)}, the claim is not defined"
        gap = symbolic.evaluate(Call("-", (tree, here)), 10)
        if not isinstance(gap, Fraction | numeric.Ball) or not isinstance(claimed, Fraction | numeric.Ball):
            return "unknown", ""
        if numeric.sign(gap) == 0:
            return "same", f"the derivative is {text(tree)}"
        size = text(here) if len(text(here)) < 40 else numeric.format_mpf(numeric.as_mpf(claimed, 20), 10)
        return "different", f"the derivative is {text(tree)}, the claim gives {size}"

    def _is_proved(self, wanted: Node) -> bool:
        """Is the top of the difference a multiple of what the equation says is 0?"""
        if self.formula is None:
            return False
        if vanishes_with(Call("-", (self.formula, wanted)), self.gap):
            return True
        if are_equal(self._solvable, self.formula, wanted, self.name, self.names, self.question.assumed):
            return True  # on the curve and beside it
        slope, claimed = (put_in(each, self._along) for each in (self.formula, wanted))
        (name, *more) = names_in(slope) | names_in(claimed) or self.names
        root = Call("+", (slope, *self._along.values())) if self._along else slope
        return not more and are_equal(root, slope, claimed, name, [name])

    @cached_property
    def _solvable(self) -> Node:
        """What has a value where the equation has slopes, without which it is not solvable."""
        slopes = (self.system.partial(self.gap, each) for each in self.names)
        return total([self.gap, *(each for each in slopes if each is not None)])

    @cached_property
    def _along(self) -> dict[str, Node]:
        """One coordinate as a function of the other, where the equation is linear in it."""
        for name in self.names:
            slope = self.system.partial(self.gap, name)
            if slope is not None and not names_in(slope):
                rest = put_in(self.gap, {name: Number(0)})
                with suppress(*symbolic.ALL_FAILURES):
                    return {name: symbolic.from_sympy(-symbolic.to_sympy(rest) / symbolic.to_sympy(slope))}
        return {}

    def _hole(self, wanted: Node) -> tuple[tuple[dict[str, Node], str] | None, str]:
        """A point of the curve with a derivative and no value of the claim, and what was not compared.

        Raises Unsettled.
        """
        beyond: list[str] = []
        inside = {each for tree in (self.gap, *self._along.values()) for each in postorder(tree)}
        slopes = [self.system.partial(self.gap, each) for each in self.names]
        own = {each for tree in slopes if tree is not None for each in postorder(tree)}
        for node in dict.fromkeys(postorder(put_in(wanted, self._along))):
            if not isinstance(node, Call) or node in inside or (domain := said_of(node, "domain")) is None:
                continue
            domain = kinks.decided(domain)
            divisors = [node.args[1]] if node.function == "/" else self._at_the_edge(domain)
            if divisors is None and node in own:  # where it has no value the equation has no slopes
                beyond.append(f"{text(node)} has no value")
                continue
            if divisors is None:
                divisors = self._at_the_edge(domain, self._solvable)
            if divisors is None:
                raise Unsettled(f"it is not settled whether {text(node)} has a value on the curve")
            for part in (part for each in divisors for part in roots.vanishing(forms.factored(each))):
                if formulas.outside(Call("==", (part, Number(0)))) is None:
                    continue
                try:
                    if found := self._at_zeros(part, wanted):
                        return found, ""
                except Unsettled:
                    if not self._is_vertical(part):
                        raise
                    beyond.append(f"{text(part)} = 0")
        where = " or ".join(dict.fromkeys(beyond))
        return (
            None,
            where and f"where {where} the equation is not solvable for {self.unknown}': not compared there",
        )

    def _at_the_edge(self, domain: Node, root: Node | None = None) -> list[Node] | None:
        """What may be 0 on the curve where a condition fails, which holds else; None where that is not proved.

        With a ``root`` it must hold, but for what may be 0, where that has a value.
        """
        found = []
        for each in kinks.split("&", domain):
            if always(each):
                continue
            either = list(map(against_zero, kinks.split("|", each)))
            relation = either[0]
            if len(either) == 2 and relation and either[1] == ("==", relation[1]):
                relation = ">=", relation[1]  # u > 0 or u == 0
            elif len(either) > 1:
                return None
            if relation is None or relation[0] not in (">", ">="):
                return None
            if not implied(root or self.gap, relation[1], self.name, self.question.assumed):
                return None
            found += [symbolic.from_sympy(relation[1])] * (relation[0] == ">")
        return found

    def _is_vertical(self, part: Node) -> bool:
        """Is the derivative of the equation by the unknown 0, or without a value, wherever a part is 0 on the curve?"""
        slope = self.system.partial(self.gap, self.unknown)
        if slope is None:
            return False
        if vanishes_with(slope, part, self.gap):
            return True
        name, *more = names_in(part)
        zeros = None if more else roots.zeros(part, name)
        return zeros is not None and all(domains.nowhere(put_in(slope, {name: each})) for each in zeros)

    def _at_zeros(self, part: Node, wanted: Node) -> tuple[dict[str, Node], str] | None:
        """The first point at which the claim divides by 0 and the function has a derivative. Raises Unsettled."""
        for place in self._zeros(part):
            if not self._is_assumed(place):
                continue
            verdict, why = self._differ(wanted, place)
            if verdict == "different":
                return place, why
            if verdict == "unknown":
                raise Unsettled(f"it is not settled whether there is a derivative at {shown_place(place)}")
        return None

    def _zeros(self, part: Node) -> Iterator[dict[str, Node]]:
        """The points of the curve where a part is 0. Raises Unsettled."""
        if self._along:
            (solved,) = self._along
            (other,) = set(self.names) - {solved}
            if (found := roots.zeros(part, other)) is None:
                raise Unsettled(f"it is not settled where {text(part)} == 0")
            for zero in found:
                value = put_in(self._along[solved], {other: zero})
                if not domains.nowhere(value):
                    yield {other: zero, solved: value}
            return
        try:
            pairs = common(self.gap, part, self.names)
        except Unsettled:
            if len(names_in(part)) > 1:
                raise
            yield from self._zeros_of_one(part)
            return
        for pair in pairs:
            exact = [each.exact for each in pair if each.exact is not None]
            if len(exact) < len(pair):
                raise Unsettled(f"it is not settled what is where {text(part)} == 0")
            yield dict(zip(self.names, exact, strict=True))

    def _zeros_of_one(self, part: Node) -> Iterator[dict[str, Node]]:
        """The points of the curve where a part of one variable is 0. Raises Unsettled."""
        (name,) = names_in(part)
        (other,) = set(self.names) - {name}
        for zero in self._settled_zeros(part, name):
            here = put_in(self.gap, {name: zero})
            for value in [] if domains.nowhere(here) else self._settled_zeros(here, other):
                yield {name: zero, other: value}

    @staticmethod
    def _settled_zeros(tree: Node, name: str) -> list[Node]:
        if (found := roots.zeros(tree, name)) is None:
            raise Unsettled(f"it is not settled where {text(tree)} == 0")
        return found


def _bends(node: Node) -> bool:
    """Has a call corners or jumps at which its slope has values? A root has none there."""
    return isinstance(node, Call) and (
        jumps(node) or bool(listed(node.function, "pieces")) or node.function in _EXTREMES
    )


def _short(value: float | Fraction) -> str:
    return f"{float(value):.8g}"
