"""Has a claimed derivative a value, and the right one, wherever f has a derivative? Not beside holes: in them.

    Coverage(f, claim, "x", ["x"], compare).search()        # Hole(...), or None: it has

Two forms may be equal as algebra goes and yet differ: x*(x - 3)/(x - 3) has no value at 3. So every place at which
the claim may lack a value or jump is found, or proved to be none of f's. At any other place equality follows from
equality beside it: the claim is continuous there, and where a derivative exists and has a limit, that is its value
(Darboux).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from calcgrad.calculus import derivatives, functions, kinks, numeric, symbolic
from calcgrad.calculus.cells import Cells, Cut, Unsettled, branch_at, cells, edge_of, edges, indicator
from calcgrad.calculus.domains import against_zero, canonical, condition_of, conditions, fails, jumps, nowhere
from calcgrad.calculus.equality.generators import implied
from calcgrad.calculus.equality.identities import are_equal
from calcgrad.calculus.equality.quotients import slopes
from calcgrad.calculus.intervals import simplest
from calcgrad.expression.columns import has
from calcgrad.expression.tree import (
    COMPARISONS,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    names_in,
    postorder,
    rational,
    substitute,
    text,
)

_LINES = (Fraction(7, 3), Fraction(-8, 5), Fraction(2, 7))  # where the other variables are held
_DIGITS = 60  # of a value, if it is not known exactly
_TURN = "n_0"  # how many periods further

Point = dict[str, Node]
# "same", "different" and how, "apart" (f has no derivative) or "unknown"
Compare = Callable[[Point], tuple[str, str]]


@dataclass(frozen=True)
class Hole:
    """Where the claim fails: at ``point``, or where there are no words for it, None, as ``why`` says."""

    point: Point | None
    why: str


class Coverage:
    """A function, what is claimed to be its derivative by ``name``, and how they compare at a point.

    With parameters the derivative's own ``formula`` may lack a value, as a**x*log(a) at a = 0: nothing is asked there.
    """

    def __init__(
        self,
        root: Node,
        wanted: Node,
        name: str,
        names: Sequence[str],
        compare: Compare,
        order: int = 1,
        formula: Node | None = None,
        assumed: Sequence[Node] = (),
    ) -> None:
        self.root, self.wanted, self.name, self.names = root, wanted, name, names
        self._compare, self.order, self.assumed = compare, order, tuple(assumed)
        known = [root] if formula is None or len(names) == 1 else [root, formula]
        self.given = {*self.assumed, *(each for tree in known for each in conditions(tree, always=True))}
        self.powers = [power for tree in known for power in _powers(tree).values()]

    def compare(self, point: Point) -> tuple[str, str]:
        """How they compare; apart where what is assumed does not hold."""
        return ("apart", "") if self._is_excluded(point) else self._compare(point)

    def _is_excluded(self, point: Point) -> bool:
        here: dict[Node, Node] = {Name(each): value for each, value in point.items()}
        return any(kinks.truth(substitute(each, here)) is False for each in self.assumed)

    def search(self) -> Hole | None:
        """The first hole that is found; None where it is proved that there is none. Raises Unsettled, which names
        the condition that was in the way."""
        try:
            return self._search()
        except symbolic.ALL_FAILURES:
            raise Unsettled(self.wanted) from None

    def _search(self) -> Hole | None:
        open_ = self._open()
        if not open_:
            return None
        if self.names == [self.name]:
            return self._along(self.name, {}, self._cells((self.root, self.wanted), self.name, [Number(0)]))
        for hole in self._on_lines():
            return hole
        for condition in open_:
            if not (self._is_pole(condition) or self._is_settled_without(condition)):
                raise Unsettled(condition)
        return None

    # ------------------------------------------------------------------------------------- what f implies

    def _open(self) -> list[Node]:
        """The conditions for the claim to have a value and not to jump, without those that f implies, or that always
        hold."""
        nonzero = _Nonzero(self.given)
        given = set(map(canonical, self.given))
        found: list[Node] = []
        powers = _powers(self.wanted)
        for condition in conditions(self.wanted):
            if canonical(condition) in given or nonzero.implies(condition) or always(condition):
                continue
            power = powers.get(condition)
            if power is not None and any(_has_value_with(power, each) for each in self.powers):
                condition = Call("!=", (power.args[0], Number(0)))
                if nonzero.implies(condition):
                    continue
            found.append(condition)
        return found + [node for node in _jumps(self.wanted) if not self._is_mean(node)]

    def _is_mean(self, node: Node) -> bool:
        """Is the claim at a jump the mean of its limits beside it, as for sign(u) where u rises through 0?

        If f has a derivative there, both limits are that derivative, and so is their mean.
        """
        if (
            len(self.names) == 1
            or not isinstance(node, Call)
            or not (has(node, "steps") and has(node, "pieces"))
        ):
            return False
        try:
            rate = sympy.diff(symbolic.to_sympy(node.args[0]), symbolic.symbol(self.name))
            if not (rate.is_positive or rate.is_negative):
                return False
            letters: dict[Node, Node] = {
                each: Name(f"s_{k}") for k, each in enumerate(_jumps(self.wanted))
            }  # two that jump together have no mean
            claim = symbolic.to_sympy(substitute(self.wanted, letters))
            by = sympy.diff(claim, symbolic.symbol(text(letters[node])))
            return not any(by.has(symbolic.symbol(text(each))) for each in letters.values())
        except symbolic.ALL_FAILURES:
            return False

    def _is_pole(self, condition: Node) -> bool:
        """Does the claim grow without end wherever what must not be 0 is 0, so that f has no derivative there?

        Where the numerator is 0 too there must be single points only, at which f is asked.
        """
        relation = against_zero(condition)
        if relation is None or relation[0] != "!=":
            return False
        x = symbolic.symbol(self.name)
        try:
            top, bottom = sympy.fraction(sympy.together(symbolic.to_sympy(self.wanted)))
            below = _factors(bottom)
            if not top.is_polynomial() or not bottom.is_algebraic_expr():
                return False
            for factor in _factors(relation[1]):
                if factor not in below or not factor.is_polynomial():
                    return False
                leading = sympy.Poly(factor, x).LC()
                if not (
                    factor.has(x) and leading.is_nonzero and all(map(self._is_settled, _common(top, factor)))
                ):
                    return False
            return True
        except (*symbolic.ALL_FAILURES, Unsettled):
            return False

    def _is_settled_without(self, condition: Node) -> bool:
        """Is the claim right where a condition on several variables does not hold, or where a step jumps?"""
        if isinstance(condition, Call) and jumps(condition) and condition.function not in COMPARISONS:
            condition = kinks.kink_condition(condition, self.names) or condition
        relation = against_zero(condition)
        if relation is None:
            return False
        function, gap = relation
        if function not in ("!=", "=="):
            gap = -gap if function in ("<", "<=") else gap
            if not implied(self.root, gap, self.name, self.assumed):
                return False
            if function in ("<=", ">="):
                return True
        known = _Nonzero(self.given).factors
        return all(each in known or self._is_settled_on(_base(each), known) for each in _factors(gap))

    def _is_settled_on(self, factor: Any, known: set[Any]) -> bool:
        """Is the claim right where a factor is 0, so that one variable depends on the others?"""
        for name in (self.name, *(each for each in self.names if each != self.name)):
            x = symbolic.symbol(name)
            try:
                if not factor.is_polynomial(x) or sympy.degree(factor, x) != 1:
                    continue
                slope = factor.coeff(x, 1)
                place = symbolic.from_sympy(-factor.coeff(x, 0) / slope)
            except symbolic.ALL_FAILURES:
                return False
            if name != self.name:
                alone = slope.is_nonzero and not factor.has(symbolic.symbol(self.name))
                return bool(alone) and self._holds_where(name, place)
            # f has no derivative there, and where the slope is 0, the factor is one of parameters
            return self.compare({name: place})[0] == "apart" and (
                slope.is_nonzero
                or all(each in known or self._is_settled_on(each, known) for each in _factors(slope))
            )
        return False

    def _holds_where(self, name: str, place: Node) -> bool:
        """Is the claim right where a parameter has a certain value? That is another question, with one name less."""
        root, wanted = (substitute(each, {Name(name): place}) for each in (self.root, self.wanted))
        if nowhere(root) or self._is_excluded({name: place}):
            return True
        names = [each for each in self.names if each != name]
        assumed = [substitute(each, {Name(name): place}) for each in self.assumed]
        slope = derivatives.derivative(root, [self.name] * self.order).tree
        inner = Coverage(
            root,
            wanted,
            self.name,
            names,
            lambda point: self.compare({name: place, **point}),
            self.order,
            slope,
            assumed,
        )
        try:
            return are_equal(root, slope, wanted, self.name, names, assumed) and inner.search() is None
        except Unsettled:
            return False

    def _is_settled(self, zeros: dict[Any, Any]) -> bool:
        if {each.name for each in zeros} != set(self.names):
            return False
        point = {each.name: symbolic.from_sympy(value) for each, value in zeros.items()}
        return self.compare(point)[0] in ("same", "apart")

    # ------------------------------------------------------------------------------------------ one line

    def _cells(self, trees: Sequence[Node], line: str, also: Sequence[Node] = ()) -> Cells:
        return cells((*trees, *map(indicator, self.assumed)), line, also)

    def _on_lines(self) -> Iterator[Hole]:
        """Holes on lines along each variable, the others held."""
        for line in self.names:
            for held in _LINES:
                rest = [each for each in self.names if each != line]
                others: Point = {each: rational(held + Fraction(i, 3)) for i, each in enumerate(rest)}
                trees = [
                    substitute(each, {Name(n): v for n, v in others.items()})
                    for each in (self.root, self.wanted)
                ]
                try:
                    hole = self._along(line, others, self._cells(trees, line))
                except Unsettled:
                    continue
                if hole is not None:
                    yield hole

    def _along(self, line: str, others: Point, found: Cells) -> Hole | None:
        held: dict[Node, Node] = {Name(each): value for each, value in others.items()}
        root, claim = substitute(self.root, held), substitute(self.wanted, held)
        ends = [None, *found.cuts, None]
        asked: list[Callable[[], Hole | None]] = [
            partial(self._in_cell, root, claim, line, others, *each)
            for each in zip(found.samples, ends, ends[1:], strict=False)
        ]
        for cut in found.cuts:
            if cut.place is not None:
                asked.append(partial(self._at, root, claim, line, others, cut, found))
            elif found.unsettled is None:
                asked.append(partial(self._near, root, claim, line, cut))
        unsettled = found.unsettled
        for ask in asked:
            try:
                if (hole := ask()) is not None:
                    return hole
            except Unsettled as error:
                unsettled = unsettled or error.args[0]
        if unsettled is not None:
            raise Unsettled(unsettled)
        return None

    def _in_cell(
        self,
        root: Node,
        claim: Node,
        line: str,
        others: Point,
        sample: Fraction,
        low: Cut | None,
        high: Cut | None,
    ) -> Hole | None:
        value, claimed = (_value(each, line, rational(sample)) for each in (root, claim))
        if numeric.has_no_value(value):
            return None
        if isinstance(value, Fraction | numeric.Ball) and isinstance(claimed, Fraction | numeric.Ball):
            return None
        if numeric.has_no_value(claimed):
            plain = simplest(
                low.high if low else min(sample, high.low if high else sample) - 2,
                high.low if high else max(sample, low.high if low else sample) + 2,
            )
            for each in (plain, sample):
                point = {**others, line: rational(each)}
                verdict, why = self.compare(point)
                if verdict == "different":
                    return Hole(point, why)
                if verdict == "apart":
                    return None
        raise Unsettled(claimed.node if isinstance(claimed, numeric.Undefined) else claim)

    def _at(self, root: Node, claim: Node, line: str, others: Point, cut: Cut, found: Cells) -> Hole | None:
        """At a place that has a name."""
        assert cut.place is not None
        point = {**others, line: cut.place}
        claimed = _value(claim, line, cut.place)
        plain = isinstance(claimed, Fraction | numeric.Ball)
        if plain and self._is_continuous(cut, claim, line):
            return None
        value = _value(root, line, cut.place)
        if numeric.has_no_value(value):
            return None
        if others and not self._may_have_slope(point):
            return None  # only the search for a hole comes here, no proof
        verdict, why = self.compare(point)
        if verdict == "different":
            return Hole(point, why)
        if verdict == "unknown":
            raise Unsettled(_equation(cut, line))
        if cut.repeats and (
            found.period is None
            or not (
                # every cut in two turns is asked for itself
                any(_repeats(root, claim, line, turns * found.period) for turns in (1, 2))
                or self._ends_on(root, line, cut, found)
                or self._jumps_on(claim, line, others, cut, found)
            )
        ):
            raise Unsettled(_equation(cut, line))
        return None

    def _may_have_slope(self, point: Point) -> bool:
        rest: dict[Node, Node] = {Name(each): value for each, value in point.items() if each != self.name}
        return slopes(substitute(self.root, rest), self.name, point[self.name]).status != "none"

    def _near(self, root: Node, claim: Node, line: str, cut: Cut) -> Hole | None:
        """At a place that is only known to lie in a bracket, where some function has a simple zero."""
        if not cut.edges & set(edges(claim, line)):
            return None
        both = [*postorder(root), *postorder(claim)]
        if any(isinstance(node, Call) and node.function == "Piecewise" for node in both):
            raise Unsettled(_equation(cut, line))
        middle = rational((cut.low + cut.high) / 2)
        if any(cut.edges & set(edges(indicator(each), line)) for each in self.assumed):
            raise Unsettled(_equation(cut, line))
        if self._is_excluded({line: middle}):
            return None
        lost = _is_lost(root, line, cut, middle)
        if lost:
            return None
        if not _is_lost(claim, line, cut, middle):
            if self._is_continuous(cut, claim, line):
                return None
            raise Unsettled(_equation(cut, line))
        if cut.edges & set(edges(root, line)) or not isinstance(
            _value(root, line, middle), Fraction | numeric.Ball
        ):
            raise Unsettled(_equation(cut, line))
        where = text(_equation(cut, line), words=True)
        near = numeric.format_mpf(numeric.as_mpf(cut.low, 20), 10)
        return Hole(
            None, f"where {where}, near {line} = {near}, f has a derivative, the claim is not defined"
        )

    def _is_continuous(self, cut: Cut, claim: Node, line: str) -> bool:
        """Is nothing that jumps at the cut, so that the claim, which has a value there, is continuous?"""
        jumping = [node for node in postorder(claim) if isinstance(node, Call) and jumps(node)]
        return not any(cut.edges & set(_own_edges(node, line)) for node in jumping)

    def _ends_on(self, root: Node, line: str, cut: Cut, found: Cells) -> bool:
        """Has f values on one side only of a cut and wherever it repeats, as sqrt(sin(x)) and sin(x)**x?"""
        index = found.cuts.index(cut)
        x = symbolic.symbol(line)
        bases = [
            symbolic.to_sympy(node.args[0])
            for node in postorder(root)
            if isinstance(node, Call) and node.function == "**" and line in names_in(node.args[1])
        ]
        relations = [each for each in map(against_zero, conditions(root, always=True)) if each is not None]
        for u in (*bases, *(gap for function, gap in relations if function not in ("==", "!="))):
            sides = [
                numeric.sign(_value(symbolic.from_sympy(u), line, rational(sample)))
                for sample in found.samples[index : index + 2]
            ]
            steps = (u.subs(x, x + n * found.period) - u for n in (1, 2))
            if all(sides) and sides[0] != sides[1] and any(sympy.simplify(each) == 0 for each in steps):
                return True
        return False

    def _jumps_on(self, claim: Node, line: str, others: Point, cut: Cut, found: Cells) -> bool:
        """Do the claim's limits on either side differ at a cut and wherever it repeats, so that f has no derivative?

        Where they may not, f is asked.
        """
        turn = (Name(_TURN), found.period)
        here = symbolic.to_sympy(cut.place) + sympy.Symbol(_TURN, integer=True) * found.period
        index = found.cuts.index(cut)
        try:
            left, right = (
                symbolic.to_sympy(branch_at(claim, line, sample, turn))
                .subs(symbolic.symbol(_TURN), sympy.Symbol(_TURN, integer=True))
                .subs(symbolic.symbol(line), here)
                for sample in found.samples[index : index + 2]
            )
            gap = sympy.factor(sympy.simplify(right - left))
            for factor in sympy.Mul.make_args(gap):
                if factor.is_nonzero or (factor.is_Pow and factor.exp.is_negative):
                    continue
                n = sympy.Symbol(_TURN, integer=True)
                if not factor.is_polynomial(n) or sympy.degree(factor, n) != 1:
                    return False
                (root,) = sympy.roots(factor, n) or (None,)
                if root is not None and root.is_integer:
                    place = symbolic.from_sympy(here.subs(n, root))
                    if self.compare({**others, line: place})[0] not in ("same", "apart"):
                        return False
                elif root is None or root.is_integer is None:
                    return False
            return True
        except symbolic.ALL_FAILURES:
            return False


def _repeats(root: Node, claim: Node, line: str, period: Any) -> bool:
    """Do f, a constant aside, and the claim repeat with ``period``?"""
    x = symbolic.symbol(line)
    try:
        steps = [each.subs(x, x + period) - each for each in map(symbolic.to_sympy, (root, claim))]
        return not sympy.simplify(steps[0]).has(x) and sympy.simplify(steps[1]) == 0
    except symbolic.ALL_FAILURES:
        return False


def _value(root: Node, line: str, place: Node) -> numeric.Value:
    here = substitute(root, {Name(line): place})
    value = symbolic.evaluate(here)
    return (
        numeric.ball(here, None, _DIGITS) if value is numeric.UNSETTLED else value
    )  # it may be 0, but it is one


def _equation(cut: Cut, line: str) -> Node:
    functions = [each for each in cut.edges if line in names_in(each)]
    return Call("==", (min(functions, key=text, default=Name(line)), Number(0)))


def _own_edges(node: Call, line: str) -> Iterator[Node]:
    if node.function in COMPARISONS:
        yield edge_of(*node.args)
    condition = kinks.kink_condition(node, [line])
    for each in () if condition is None else postorder(condition):
        if isinstance(each, Call) and each.function in COMPARISONS:
            yield edge_of(*each.args)


def _is_lost(root: Node, line: str, cut: Cut, middle: Node) -> bool:
    """Has some part of ``root`` no value at the zero of the cut's edges, beside which lies ``middle``?"""
    for node in postorder(root):
        condition = condition_of(node) if line in names_in(node) else None
        if condition is not None and _truth(condition, line, cut, middle) is False:
            return True
    return False


def _truth(condition: Node, line: str, cut: Cut, middle: Node) -> bool | None:
    if not isinstance(condition, Call):
        return None
    if condition.function in ("&", "|"):
        parts = [_truth(each, line, cut, middle) for each in condition.args]
        decisive = condition.function == "|"
        return decisive if decisive in parts else None if None in parts else not decisive
    if condition.function in COMPARISONS and edge_of(*condition.args) in cut.edges:
        return condition.function in ("==", "<=", ">=")
    truth = _value(condition, line, middle)
    return truth if isinstance(truth, bool) else None


# ---------------------------------------------------------------------------------------------- conditions


def _jumps(root: Node) -> list[Node]:
    return [
        node for node in postorder(root) if isinstance(node, Call) and has(node, "jumps") and names_in(node)
    ]


def _powers(root: Node) -> dict[Node, Call]:
    """The powers in a tree, by the conditions for them to have a value."""
    calls = [node for node in postorder(root) if isinstance(node, Call) and node.function == "**"]
    found = {condition: node for node in calls if (condition := condition_of(node)) is not None}
    return {kinks.decided(condition): node for condition, node in found.items()}


def _has_value_with(power: Call, other: Call) -> bool:
    """Has a power a value wherever another has one and their base is not 0, as x**(2*n - 1) has with x**n?"""
    try:
        (base, p), (base_, q) = (map(symbolic.to_sympy, each.args) for each in (power, other))
        if base - base_ != 0:
            return False
        turns = sympy.cancel(p / q)
        if not turns.is_Integer:
            letters = sorted(q.free_symbols, key=str)
            turns = sympy.Poly(p, *letters).LC() / sympy.Poly(q, *letters).LC()
        return bool(turns.is_Integer and sympy.expand(p - turns * q).is_Integer)
    except symbolic.ALL_FAILURES:
        return False


def always(condition: Node) -> bool:
    """Does a condition hold whatever the variables are, as bounds or SymPy's assumptions tell?"""
    if not isinstance(condition, Call):
        return condition is TRUE
    if condition.function in COMPARISONS:
        contrary = Call(COMPARISONS[condition.function], condition.args)
        if fails(contrary):
            return True
        try:
            return symbolic.to_sympy(condition) is sympy.true
        except symbolic.ALL_FAILURES:
            return False
    parts = [always(each) for each in condition.args]
    return all(parts) if condition.function == "&" else any(parts) and condition.function == "|"


class _Nonzero:
    """What is positive, or not 0, where certain conditions hold: factors and roots of what they say."""

    def __init__(self, conditions: set[Node]) -> None:
        self.factors: set[Any] = set()
        self.positive: set[Any] = set()
        self.least: set[Any] = set()  # what is not negative
        for condition in conditions:
            relation = against_zero(condition)
            if relation is None:
                continue
            function, gap = relation
            if function in ("!=", ">", "<"):
                self.factors |= _factors(gap)
            if function in (">", ">="):
                (self.positive if function == ">" else self.least).add(gap)
            if function in ("<", "<="):
                (self.positive if function == "<" else self.least).add(-gap)

    def implies(self, condition: Node) -> bool:
        if isinstance(condition, Call) and condition.function == "|":
            return any(self.implies(each) for each in condition.args)
        relation = against_zero(condition)
        if relation is None:
            return False
        function, gap = relation
        gap = -gap if function in ("<", "<=") else gap
        if function == "!=":
            return self._is_nonzero(gap)
        if function in (">", "<"):
            return self._sign(gap, self.positive) or (
                (gap.is_nonnegative or self._sign(gap, self.least)) and self._is_nonzero(gap)
            )
        return function in (">=", "<=") and self._sign(gap, self.positive | self.least)

    def _is_nonzero(self, gap: Any) -> bool:
        given = {each: sympy.Dummy(real=True, nonzero=True) for each in self.factors if each.is_Symbol}
        return all(
            not {each, _base(each)}.isdisjoint(self.factors) or each.xreplace(given).is_nonzero
            for each in _factors(gap)
        )

    def _sign(self, gap: Any, known: set[Any]) -> bool:
        """Is ``gap`` a product of what is known, or greater numbers, to be above 0?"""
        sign = 1
        for factor in sympy.Mul.make_args(sympy.factor(gap)):
            if factor.is_Pow and factor.exp.is_Integer and factor.exp.is_odd:
                factor = factor.base
            if factor.is_number and factor.is_nonzero:
                sign *= 1 if factor.is_positive else -1
            elif any((factor - each).is_nonnegative for each in known):
                continue
            elif any((-factor - each).is_nonnegative for each in known):
                sign = -sign
            else:
                return False
        return sign == 1


def _factors(expression: Any) -> set[Any]:
    """What must not be 0 for ``expression`` not to be: factors, bases, arguments of roots and moduli, up to sign."""
    found: set[Any] = set()
    todo = list(sympy.Mul.make_args(sympy.factor_terms(sympy.factor(expression))))
    while todo:
        each = todo.pop()
        if (
            each.is_number
            or isinstance(each, sympy.exp | sympy.cosh)
            or (each.is_Pow and each.exp.is_negative)
        ):
            continue
        if each.is_Mul:
            todo += each.args
        elif each.is_Pow and each.exp.is_positive:
            todo.append(sympy.factor(each.base))
        elif isinstance(each, sympy.Abs | sympy.sign | functions.realroot):
            todo.append(sympy.factor(each.args[0]))
        elif isinstance(each, sympy.tan):
            todo.append(sympy.sin(each.args[0]))
        else:
            found.add(-each if each.could_extract_minus_sign() else each)
    return found


def _base(factor: Any) -> Any:
    """What is 0 wherever a power with any exponent is; else the factor itself."""
    return sympy.factor(factor.base) if factor.is_Pow else factor


def _common(top: Any, factor: Any) -> Iterator[dict[Any, Any]]:
    """The common zeros of two polynomials, the first a product of linear ones; raises Unsettled for others."""
    for each in _factors(top):
        name = next(
            (v for v in each.free_symbols if sympy.degree(each, v) == 1 and each.coeff(v).is_nonzero), None
        )
        if name is None:
            raise Unsettled(symbolic.from_sympy(each))
        value = sympy.solve(each, name)[0]
        rest = sympy.factor(factor.subs(name, value))
        if rest.is_positive or rest.is_negative:
            continue
        if rest == 0:
            raise Unsettled(symbolic.from_sympy(each))
        for single in _factors(rest):
            if len(single.free_symbols) != 1 or sympy.degree(single) != 1:
                raise Unsettled(symbolic.from_sympy(rest))
            (other,) = single.free_symbols
            zero = sympy.solve(single, other)[0]
            yield {name: value.subs(other, zero), other: zero}
