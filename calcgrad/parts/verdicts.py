"""What the row of a table is, decided as ``diff --at`` decides: value and partials, or the reason for a gap.

    verdicts = Verdicts(parse("abs(x - 0.3)").node, ["x"], [("x",)])
    verdicts((0.3,))            # [(0.0, ""), (nan, "corner")]

Only rows whose doubles cannot be trusted come here, each point once. A double stands for the shortest decimal that
rounds to it, a fraction for itself. Values and formulas are computed in ball arithmetic; SymPy is loaded where a kink
needs it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cached_property, partial
from threading import RLock
from typing import Any

from calcgrad.budget import within
from calcgrad.errors import CalcgradError, MemoryUp, TimeUp
from calcgrad.expression.arrays import scalarize
from calcgrad.expression.tree import Call, Name, Node, names_in, postorder, rational, substitute

_SECONDS = 10.0  # for one number, as diff --at has them
_QUICK = 60  # digits of working precision
_KEPT = 100_000  # points
_SOMEWHERE = (
    Fraction(13, 10),
    Fraction(-17, 10),
    Fraction(1, 10),
    Fraction(-1, 10),
    Fraction(6),
    Fraction(-30),
)
_LOCK = RLock()  # FLINT's precision and SymPy's caches belong to the whole process

Verdict = tuple[float, str]  # a number, or nan and the reason
_BEYOND: Verdict = (math.nan, "overflow")


class Verdicts:
    """The value of a tree and its partials by tuples of names, at points given as numbers in the order of ``names``."""

    def __init__(self, root: Node, names: Sequence[str], partials: Sequence[tuple[str, ...]]) -> None:
        self.root, self.names, self.partials = scalarize(root), list(names), list(partials)
        self.held = any(isinstance(node, Call) and node.function == "detach" for node in postorder(self.root))
        self.known: dict[tuple[float | Fraction, ...], list[Verdict]] = {}

    def __call__(self, point: tuple[float | Fraction, ...]) -> list[Verdict]:
        with _LOCK:
            found = self.known.get(point)
            if found is None:
                if len(self.known) >= _KEPT:
                    self.known.clear()
                found = self.known[point] = self._decided(point)
        return found

    def _decided(self, point: tuple[float | Fraction, ...]) -> list[Verdict]:
        here = {
            name: Fraction(repr(each) if type(each) is float else each)
            for name, each in zip(self.names, point, strict=True)
        }
        quick = self._quick(here)
        value = _guarded(lambda: self._value(here)) if quick[0] is None else quick[0]
        if value[1] in ("undefined", "not-real"):
            value = math.nan, self.nowhere or value[1]
        found = [value]
        for index, verdict in enumerate(quick[1:]):
            if value[1] and value[1] != "overflow":
                found.append((math.nan, value[1]))
            else:
                found.append(verdict or _guarded(partial(self._partial, index, here)))
        return found

    def _quick(self, here: dict[str, Fraction]) -> list[Verdict | None]:
        """What ball arithmetic alone tells: nothing at a kink, or where it is not certain that there is none."""
        from calcgrad.calculus import numeric

        known: numeric.Known = {}

        def number(tree: Node | None, beyond: Verdict | None) -> Verdict | None:
            made = None if tree is None else numeric.evaluate(tree, 20, here, _QUICK, known=known)
            if isinstance(made, numeric.Undefined) and made.kind == "too-large":
                return beyond
            if tree is None or made is not numeric.UNSETTLED:
                return _double(made) if isinstance(made, Fraction | numeric.Ball) else None
            double = numeric.double(tree, here)
            return None if double is None else (double, "")

        found = [number(self.root, _BEYOND)]
        # Where the value is beyond every number that can be written, a derivative is its formula's or nobody knows it.
        unknown = (math.nan, "undecided") if found[0] is _BEYOND else None
        for formula, kinks in zip(self.formulas, self.kinks):
            smooth = found[0] is not None and not self.held
            smooth = smooth and all(
                numeric.evaluate(kink, 15, here, _QUICK, known=known) is False for kink in kinks
            )
            found.append(number(formula.tree, unknown) if smooth else None)
        return found

    @cached_property
    def nowhere(self) -> str:
        """Why there is no value anywhere, which ``diff`` says before it looks at a point; "" where there may be one."""
        from calcgrad.calculus import numeric

        for place in _SOMEWHERE:  # most functions have a value at one of these, and SymPy need not be loaded
            value = numeric.evaluate(self.root, 5, dict.fromkeys(self.names, place), _QUICK)
            if not isinstance(value, numeric.Undefined) or value.kind == "too-large":
                return ""
        from calcgrad.calculus import domains

        with suppress(CalcgradError, TimeUp):
            return within(_SECONDS, partial(domains.nowhere, self.root))
        return ""

    @cached_property
    def kinks(self) -> list[list[Node]]:
        """For each partial, the conditions of all kinks."""
        from calcgrad.calculus.kinks import kink_condition

        calls = [node for node in postorder(self.root) if isinstance(node, Call)]
        return [
            list(
                dict.fromkeys(
                    kink
                    for node in calls
                    if names_in(node) & set(names)
                    and (kink := kink_condition(node, sorted(set(names)))) is not None
                )
            )
            for names in self.partials
        ]

    def _value(self, here: dict[str, Fraction]) -> Verdict:
        from calcgrad.calculus import numeric

        value = numeric.evaluate(self.root, 20, dict(here), 60)
        if value is numeric.UNSETTLED:
            from calcgrad.calculus import symbolic

            value = symbolic.evaluate(substitute(self.root, _trees(here)), 20)
        if isinstance(value, numeric.Undefined):
            return math.nan, "overflow" if value.kind == "too-large" else value.kind
        return _double(value)

    @cached_property
    def formulas(self) -> list[Any]:
        """The derivatives away from kinks, confirmed by SymPy where that can be done."""
        from calcgrad.calculus import derivatives, rules

        made = []
        for names in self.partials:
            try:
                made.append(within(_SECONDS, partial(derivatives.derivative, self.root, names)))
            except (CalcgradError, TimeUp):
                tree: Node | None = self.root
                for name in names:
                    tree = None if tree is None else rules.derive(tree, name).after
                made.append(derivatives.Derivative(tree))
        return made

    def _partial(self, index: int, here: dict[str, Fraction]) -> Verdict:
        from calcgrad.calculus import numeric
        from calcgrad.calculus.kinks import specials

        names, formula, places = self.partials[index], self.formulas[index], _trees(here)
        if not self.held and formula.tree is not None and specials(self.root, names, places) == []:
            number = numeric.evaluate(formula.tree, 20, dict(here), 200)
            if isinstance(number, Fraction | numeric.Ball):
                return _double(number)
        from calcgrad.calculus import points
        from calcgrad.parts.values import as_value

        by_name = {key.name: node for key, node in places.items()}
        answer = points.at_point(self.root, names, by_name, formula)
        if not answer.exists:
            return math.nan, answer.reason
        made = as_value(answer.number if answer.value is None else answer.value, 17)
        if made is None:
            return math.nan, "undecided"
        return (math.nan, "overflow") if made.number is None else (made.number, "")


def _trees(here: dict[str, Fraction]) -> dict[Any, Node]:
    return {Name(name): rational(place) for name, place in here.items()}


def _double(value: Any) -> Verdict:
    from calcgrad.calculus import numeric

    if not isinstance(value, Fraction | numeric.Ball):
        return math.nan, "undecided"
    number = numeric.to_float(value)
    return (math.nan, "overflow") if number is None else (number, "")


def _guarded(ask: Any) -> Verdict:
    try:
        return within(_SECONDS, ask)  # type: ignore[no-any-return]
    except (CalcgradError, TimeUp, MemoryUp, RecursionError):
        return math.nan, "undecided"
