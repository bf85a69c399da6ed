"""Derivatives of functions that equations define, by the implicit function theorem.

    system = System([parse("x^2 + y^2 = 25", equations=True).node], ["y"])
    system.derivatives(["x"])["y"]                                  # the tree of -x/y
    system.at(["x"], {Name("x"): Number(3), Name("y"): Number(4)})  # There(values={"y": -3/4})

Differentiated, the equations are linear in the derivatives: where the determinant of dF/dy is not 0 they are solved
for them. Higher ones are total derivatives of these formulas, shortened by the equations themselves. At a point it is
proved first that the point lies on the curve; where dF/dy is 0 or F has a kink, the half-branches decide
(``branches``), of several equations those of the one in which a single unknown is left. Newton's method beside the
point, which knows no rule of differentiation, confirms the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import chain, product
from math import comb
from typing import Any

import sympy

from calcgrad.calculus import (
    derivatives,
    domains,
    forms,
    formulas,
    intervals,
    kinks,
    numeric,
    roots,
    symbolic,
)
from calcgrad.calculus.arithmetic import plus
from calcgrad.calculus.curves import branches
from calcgrad.calculus.multiseries import constants, exact
from calcgrad.calculus.multiseries.exact import Exact, NotReal, Undecided
from calcgrad.errors import TooLarge, UndecidedError
from calcgrad.expression.tree import (
    Call,
    Name,
    Node,
    Number,
    names_in,
    operations,
    postorder,
    substitute,
)

_MOST_OPERATIONS = 2_000  # of a derivative that is still written out
_SIMPLE = 2  # operations of what cannot be written more simply
_CANCELLED_OPERATIONS = 150  # beyond which common factors are not looked for
_MOST_TERMS = 300  # of a polynomial that the equations are to shorten
_STEPS = (
    (Fraction(1, 10**12), 60),
    (Fraction(1, 10**60), 400),
)  # of differences, with their working precision
_NEAR = 1e-6
_MOST_MEASURED = 3  # the order of differences
_MOST_NEWTON = 40
_SLOPE = "m_0"  # stands for a slope that is put in later
_FAR = 300  # binary digits of a point: Newton's method beside a larger one is not tried


class OffCurve(Exception):
    """The point is not on the curve: ``gap`` is what one of the equations leaves there, None if it has no value."""

    def __init__(self, equation: int, gap: Node | None, kind: str = "") -> None:
        super().__init__(equation)
        self.equation, self.gap, self.kind = equation, gap, kind


@dataclass(frozen=True)
class There:
    """The derivatives at a point, SymPy's numbers by unknown; or the ``reason`` why there are none.

    ``kind`` names the point where it is no ordinary one of the curve, ``lines`` are its tangents.
    """

    values: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    why: str = ""
    local: branches.Local | None = None


class System:
    """Equations that define as many functions, ``unknowns``, of the other variables."""

    def __init__(self, equations: Sequence[Call], unknowns: Sequence[str], decimals: bool = False) -> None:
        self.gaps = [
            each.args[0] if each.args[1] is Number(0) else Call("-", each.args) for each in equations
        ]
        self.unknowns, self.decimals = list(unknowns), decimals
        self._partials: dict[tuple[Node, str], Node | None] = {}
        self._slopes: dict[str, dict[str, Node] | None] = {}
        self._formulas: dict[tuple[str, ...], dict[str, Node] | None] = {}

    # -------------------------------------------------------------------------------------------- formulas

    def partial(self, tree: Node, name: str) -> Node | None:
        key = tree, name
        if key not in self._partials:
            self._partials[key] = derivatives.derivative(tree, [name], self.decimals).tree
        return self._partials[key]

    @cached_property
    def _matrix(self) -> Any:
        """SymPy's matrix of the derivatives by the unknowns; None where one has no closed form."""
        rows = [[self.partial(gap, name) for name in self.unknowns] for gap in self.gaps]
        known = [[symbolic.to_sympy(each) for each in row if each is not None] for row in rows]
        return None if any(len(row) < len(rows) for row in known) else sympy.Matrix(known)

    @cached_property
    def determinant(self) -> Any:
        return None if self._matrix is None else self._matrix.det(method="berkowitz")

    @property
    def is_determined(self) -> bool:
        """Is the determinant anything else than 0 throughout?"""
        found = self.determinant
        return found is None or not (found == 0 or sympy.expand(found) == 0)

    def slopes(self, name: str) -> dict[str, Node] | None:
        """The first derivative of each unknown by ``name``; None where there is no closed form."""
        if name not in self._slopes:
            self._slopes[name] = self._solved(name)
        return self._slopes[name]

    def _solved(self, name: str) -> dict[str, Node] | None:
        right = [self.partial(gap, name) for gap in self.gaps]
        determinant = self.determinant
        if determinant is None or any(each is None for each in right):
            return None
        matrix = self._matrix
        column = sympy.Matrix([symbolic.to_sympy(each) for each in right if each is not None])
        found: dict[str, Node] = {}
        for index, unknown in enumerate(self.unknowns):  # Cramer's rule
            changed = matrix.copy()
            changed[:, index] = -column
            made = self.tidy(changed.det(method="berkowitz") / determinant)
            if made is None:
                return None
            found[unknown] = made
        return found

    def total(self, tree: Node, name: str) -> Node | None:
        """The derivative of an expression in which the unknowns are functions of ``name``."""
        slopes = self.slopes(name)
        direct = self.partial(tree, name)
        if slopes is None or direct is None:
            return None
        found = symbolic.to_sympy(direct)
        for unknown in self.unknowns:
            if unknown in names_in(tree):
                part = self.partial(tree, unknown)
                if part is None:
                    return None
                found += symbolic.to_sympy(part) * symbolic.to_sympy(slopes[unknown])
        return self.tidy(found, shorten=True)

    def derivatives(self, names: Sequence[str]) -> dict[str, Node] | None:
        """The derivative of each unknown by ``names`` in turn."""
        key = tuple(names)
        if key not in self._formulas:
            self._formulas[key] = self._in_turn(names)
        return self._formulas[key]

    def _in_turn(self, names: Sequence[str]) -> dict[str, Node] | None:
        first = self.slopes(names[0])
        if first is None:
            return None
        found: dict[str, Node] = {}
        for unknown, tree in first.items():
            for name in names[1:]:
                after = self.total(tree, name)
                if after is None:
                    return None
                tree = after
            found[unknown] = tree
        return found

    def tidy(self, expression: Any, shorten: bool = False) -> Node | None:
        best = forms.tidiest(expression, self.decimals)
        if best is None:
            return None
        if operations(best) > _MOST_OPERATIONS:
            raise TooLarge("the derivative has too many operations to write out", hint="a lower --order")
        if not _SIMPLE < operations(best) <= _CANCELLED_OPERATIONS:
            return best
        for candidate in self._candidates(expression, shorten):
            try:
                tree = symbolic.from_sympy(candidate, self.decimals)
            except symbolic.ALL_FAILURES:
                continue
            if operations(tree) < operations(best):
                best = tree
        return best

    def _candidates(self, expression: Any, shorten: bool) -> Iterable[Any]:
        """Forms with common factors cancelled; and with the top shortened by what the equations say is 0."""
        try:
            top, bottom = sympy.fraction(sympy.cancel(sympy.together(expression)))
            yield top / bottom
            yield sympy.factor_terms(top) / sympy.factor(bottom)
            plain = sympy.factor(top) / sympy.factor(bottom)
            yield plain
            zeros = [sympy.fraction(sympy.together(symbolic.to_sympy(gap)))[0] for gap in self.gaps]
            gens = sympy.Poly(sum(sympy.Dummy() * each for each in (top, *zeros))).gens if shorten else ()
            gens = tuple(gen for gen in gens if not isinstance(gen, sympy.Dummy))
            if not gens or len(sympy.Poly(top, *gens).terms()) > _MOST_TERMS:
                return
            for order, turned in (("grevlex", gens), ("lex", gens), ("lex", gens[::-1])):
                rest = sympy.reduced(top, zeros, *turned, order=order)[1]
                yield sympy.factor(rest) / sympy.factor(bottom)
                if any(bottom.has(gen) for gen in gens):
                    below = sympy.reduced(bottom, zeros, *turned, order=order)[1]
                    if below != 0:
                        yield sympy.factor(rest) / sympy.factor(below)
        except symbolic.FAILURES:
            return

    def where(self, found: Iterable[Node], names: Sequence[str]) -> Node | None:
        """Where formulas hold: off the zeros of what they divide by, and off the kinks of the equations."""
        conditions: dict[Node, None] = {}
        for tree in found:
            for node in postorder(tree):
                if isinstance(node, Call) and node.function == "/":
                    for part in roots.vanishing(node.args[1]):
                        if (condition := formulas.outside(Call("==", (part, Number(0))))) is not None:
                            conditions[condition] = None
        every = [*names, *self.unknowns]
        for gap in self.gaps:
            for node in postorder(gap):
                if isinstance(node, Call) and names_in(node) & set(every):
                    kink = kinks.kink_condition(node, every)
                    if kink is not None and (condition := formulas.outside(kink)) is not None:
                        conditions[condition] = None
        return kinks.joined("&", list(conditions)) if conditions else None

    @property
    def is_empty(self) -> bool:
        """Is one of the equations proved to hold nowhere?"""
        for gap in self.gaps:
            if domains.nowhere(gap) or formulas.outside(Call("==", (gap, Number(0)))) is None:
                return True
            found = intervals.bounds(gap, dict.fromkeys(names_in(gap), (-float("inf"), float("inf"))))
            if found is None or found[0] > 0 or found[1] < 0:
                return True
        return False

    # ---------------------------------------------------------------------------------------- at a point

    def at(self, names: Sequence[str], here: dict[Node, Node]) -> There:
        """The derivatives by ``names`` in turn. Raises OffCurve."""
        for index, gap in enumerate(self.gaps):
            self._check(index, gap, here)
        try:
            return self._at(names, here)
        except Undecided as open_:
            return There(reason="undecided", why=str(open_))
        except NotReal as none:
            return There(reason="undecided", why=f"{none} has no value there")
        except (TooLarge, UndecidedError) as error:
            return There(reason="undecided", why=error.message)

    def _check(self, index: int, gap: Node, here: dict[Node, Node]) -> None:
        try:
            value = _value(gap, here)
            on = constants.is_zero(value)
        except NotReal as none:
            raise OffCurve(index, None, none.kind) from None
        if not on:
            raise OffCurve(index, exact.tree(value))

    def _at(self, names: Sequence[str], here: dict[Node, Node]) -> There:
        every = list(dict.fromkeys([*names, *self.unknowns]))
        special = [kinks.specials(gap, every, here) for gap in self.gaps]
        if None in special:
            raise Undecided("whether a part is at one of its kinks is not known")
        smooth = not any(special)
        if smooth:
            determinant = self.determinant
            if determinant is None:
                return There(reason="undecided", why="a derivative has no closed form")
            if not constants.is_zero(_value(symbolic.from_sympy(determinant), here)):
                return self._regular(names, here)
        if len(self.unknowns) > 1:
            if not smooth:
                raise Undecided("one of the equations has a kink there")
            return self._singular_system(names, here)
        return self._singular(names, here)

    def _singular_system(self, names: Sequence[str], here: dict[Node, Node]) -> There:
        """The determinant is 0: each unknown alone decides, the others put in from equations linear in them."""
        why, all_known = "the determinant of the derivatives by the unknowns is 0", len(names) == 1
        for unknown in self.unknowns if all_known else ():
            alone, others = self._alone(unknown)
            if alone is None:
                all_known = False
                continue
            places = {
                each: value for each, value in here.items() if each not in [Name(other) for other in others]
            }
            there = alone._at(names, places)
            if there.reason == "undecided":
                raise Undecided(there.why)
            if there.values:
                if isinstance(there.values[unknown], numeric.Ball):
                    raise Undecided("a slope without a closed form")
                slope = symbolic.from_sympy(there.values[unknown])
                return There(
                    there.values
                    | {
                        each: symbolic.to_sympy(exact.tree(_value(tree, here | {Name(_SLOPE): slope})))
                        for each, tree in alone.followed(others, names[0], unknown).items()
                    }
                )
        if not all_known:
            raise Undecided(why)
        return There(reason="singular-point", why=why)

    def _alone(self, last: str) -> tuple[System | None, dict[str, Node]]:
        """The equation in which only one unknown is left, and what the others are in terms of it."""
        gaps = [symbolic.to_sympy(gap) for gap in self.gaps]
        others: dict[str, Any] = {}
        for _ in self.unknowns[1:]:
            for gap, name in product(gaps, self.unknowns):
                u = symbolic.symbol(name)
                slope = sympy.diff(gap, u)
                if name == last or name in others or slope.free_symbols or not slope.is_nonzero:
                    continue
                put = {u: sympy.expand(u - gap / slope)}
                gaps = [sympy.expand(each.subs(put)) for each in gaps if each is not gap]
                others = {each: value.subs(put) for each, value in others.items()} | {name: put[u]}
                break
            else:
                return None, {}
        equation = Call("==", (symbolic.from_sympy(gaps[0]), Number(0)))
        trees = {each: symbolic.from_sympy(value) for each, value in others.items()}
        return System([equation], [last], self.decimals), trees

    def followed(self, others: dict[str, Node], name: str, unknown: str) -> dict[str, Node]:
        """The derivatives of others in terms of a letter for that of the unknown. Raises Undecided."""
        found = {}
        for each, tree in others.items():
            direct, by_unknown = self.partial(tree, name), self.partial(tree, unknown)
            if direct is None or by_unknown is None:
                raise Undecided("a derivative has no closed form")
            found[each] = plus(((1, direct), (1, Call("*", (by_unknown, Name(_SLOPE))))))
        return found

    def _regular(self, names: Sequence[str], here: dict[Node, Node]) -> There:
        formula = self.derivatives(names)
        if formula is None:
            return There(reason="undecided", why="the derivative has no closed form")
        values = {
            unknown: symbolic.to_sympy(exact.tree(_value(tree, here))) for unknown, tree in formula.items()
        }
        if not self._is_confirmed(values, names, here):
            return There(reason="undecided", why="algebra and numbers contradict each other")
        return There(values)

    def _singular(self, names: Sequence[str], here: dict[Node, Node]) -> There:
        """F_y = 0, or a kink: the half-branches decide."""
        (unknown,), name = self.unknowns, names[0]
        if len(set(names)) > 1:
            raise Undecided("mixed derivatives at such a point")
        others = {each: place for each, place in here.items() if each not in (Name(name), Name(unknown))}
        two: dict[Node, Node] = {Name(each): here[Name(each)] for each in (name, unknown)}
        local = branches.of_curve(substitute(self.gaps[0], others), name, unknown, two)
        if local.is_function:
            left, right = local.to(-1)[0].slope, local.to(1)[0].slope
            if left is not None and right is not None and len(local.lines) == 1:
                if len(names) > 1:
                    raise Undecided("higher derivatives where the derivative by the unknown is 0")
                return There({unknown: as_number(left)}, local=local)
        if local.kind == "" and local.lines[0][0] is None:
            return There(reason="vertical-tangent", local=local)
        reason = {"corner": "corner", "end point": "end-point"}.get(local.kind, "singular-point")
        return There(reason=reason, local=local)

    def _is_confirmed(self, values: dict[str, Any], names: Sequence[str], here: dict[Node, Node]) -> bool:
        """Do differences of what Newton's method finds beside the point agree? True where they cannot be had."""
        if len(set(names)) > 1 or len(names) > _MOST_MEASURED:
            return True
        for step, digits in _STEPS:
            measured = self._measured(names[0], len(names), here, step, digits)
            if measured is None:
                return True
            with numeric.mp.workdps(30):
                expected = []
                for unknown in self.unknowns:
                    value = symbolic.evaluate(symbolic.from_sympy(values[unknown]), 20)
                    if not isinstance(value, Fraction | numeric.Ball):
                        return True
                    expected.append(numeric.as_mpf(value, 30))
                if all(abs(a - b) <= _NEAR * max(1, abs(a)) for a, b in zip(expected, measured, strict=True)):
                    return True
        return False

    def _measured(
        self, name: str, order: int, here: dict[Node, Node], step: Fraction, digits: int
    ) -> list[Any] | None:
        env: dict[str, Any] = {}
        sizes = [numeric.evaluate(place, 5) for place in here.values()]
        if not all(isinstance(size, Fraction | numeric.Ball) for size in sizes):
            return None
        doubles = [numeric.as_mpf(size, 10) for size in sizes]  # type: ignore[arg-type]
        most = max((int(numeric.mp.mag(each)) for each in doubles if each), default=0)
        if most > _FAR:
            return None
        digits += max(0, most)
        for each, place in here.items():
            value = numeric.evaluate(place, digits, limit=2 * digits)
            if not isinstance(each, Name) or not isinstance(value, Fraction | numeric.Ball):
                return None
            env[each.name] = value if isinstance(value, Fraction) else _fraction(value, digits)
        start, centre = [env[unknown] for unknown in self.unknowns], env[name]
        total = [numeric.mp.zero] * len(start)
        with numeric.mp.workdps(digits):
            for k in range(order + 1):
                env[name] = centre + (Fraction(order, 2) - k) * step
                found = self._newton(env, start, digits)
                if found is None:
                    return None
                sign = (-1) ** k * comb(order, k)
                total = [a + sign * numeric.as_mpf(b, digits) for a, b in zip(total, found, strict=True)]
            return [each / numeric.as_mpf(step, digits) ** order for each in total]

    def _newton(self, env: dict[str, Any], start: list[Fraction], digits: int) -> list[Fraction] | None:
        partials = [[self.partial(gap, each) for each in self.unknowns] for gap in self.gaps]
        at = list(start)
        for _ in range(_MOST_NEWTON):
            env = env | dict(zip(self.unknowns, at, strict=True))
            values = [numeric.ball(gap, env, digits) for gap in self.gaps]
            rows = [[numeric.ball(each, env, digits) for each in row if each is not None] for row in partials]
            if not all(isinstance(each, Fraction | numeric.Ball) for each in chain(values, *rows)):
                return None
            with numeric.mp.workdps(digits):
                mp = numeric.mp
                try:
                    change = mp.lu_solve(
                        mp.matrix([[numeric.as_mpf(each, digits) for each in row] for row in rows]),  # type: ignore[arg-type]
                        mp.matrix([numeric.as_mpf(each, digits) for each in values]),  # type: ignore[arg-type]
                    )
                except ZeroDivisionError:
                    return None
                shifts = [_rounded(each, digits) for each in change]
            at = [a - b for a, b in zip(at, shifts, strict=True)]
            if all(
                abs(each) * 10 ** (digits - 10) <= max(1, abs(a)) for each, a in zip(shifts, at, strict=True)
            ):
                return at
        return None


def as_number(value: branches.Root | None) -> Any:
    """A slope as SymPy's number, or a ball; None, which is vertical, is oo."""
    if value is None:
        return sympy.oo
    return value if isinstance(value, numeric.Ball) else symbolic.to_sympy(exact.tree(value))


def shown_total(tree: Node, name: str, marks: dict[str, Node], system: System) -> Node | None:
    """The derivative of an expression before those of the unknowns are known, with a mark for each of them."""
    from calcgrad.calculus.arithmetic import times

    direct = system.partial(tree, name)
    parts = [(1, direct)]
    for unknown, mark in marks.items():
        if unknown in names_in(tree):
            part = system.partial(tree, unknown)
            parts.append((1, None if part is None else times(part, mark)))
    known = [(sign, part) for sign, part in parts if part is not None]
    return plus(known) if len(known) == len(parts) else None


def _value(tree: Node, here: dict[Node, Node]) -> Exact:
    return constants.of(kinks.decided(substitute(tree, here)))


def _fraction(value: numeric.Ball, digits: int) -> Fraction:
    with numeric.mp.workdps(digits):
        return _rounded(value.mid, digits)


def _rounded(value: Any, digits: int) -> Fraction:
    exact = numeric.mp.mpf(value)
    man, exp = exact.man_exp  # without the sign, before mpmath 1.4
    found = abs(Fraction(int(man))) * Fraction(2) ** int(exp) * (-1 if exact < 0 else 1)
    bits = int(digits * 4)
    return Fraction(round(found * 2**bits), 2**bits)
