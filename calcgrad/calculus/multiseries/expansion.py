"""The first terms of an expansion, in the variable that was asked for.

    expand(parse("tan(x)").node, "x", Number(0), 1, 2).terms        # (1, x), (1/3, x**3), with the remainder x**5

A term is a constant times a *scale*, a product of powers of x - a (or of x, far out), of logarithms and exponentials.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from calcgrad.calculus.arithmetic import negative, over, plus, power, times
from calcgrad.calculus.multiseries import constants, exact, phases
from calcgrad.calculus.multiseries.exact import ONE, ZERO, Depends, Exact, Undecided
from calcgrad.calculus.multiseries.germs import Germ, germ
from calcgrad.calculus.multiseries.phases import OfPhase
from calcgrad.calculus.multiseries.series import (
    FUEL,
    Arithmetic,
    Scale,
    Series,
    T,
    Value,
    vanishes,
)
from calcgrad.expression.tree import INFINITY, Call, Name, Node, Number, rational, substitute


class Oscillates(Undecided):
    """There is no expansion in these scales: what stands before the largest, ``scale``, oscillates."""

    def __init__(self, scale: Node) -> None:
        super().__init__("an expansion whose coefficients oscillate")
        self.scale = scale


Powers = list[tuple[Scale, Exact]]


@dataclass(frozen=True)
class Expansion:
    """``terms``: coefficient and scale of each; ``remainder`` the scale of what follows, None where nothing does.

    ``following`` is the coefficient of the remainder's first term, where it is known.
    """

    terms: tuple[tuple[Node, Node], ...]
    remainder: Node | None
    following: Node | None
    germ: Germ

    @property
    def sum(self) -> Node:
        return plus((1, times(coefficient, scale)) for coefficient, scale in self.terms)


def expand(
    root: Node, variable: str, point: Node, side: int, count: int, known: Germ | None = None
) -> Expansion:
    """The first ``count`` terms that are not zero, on one side of ``point`` (or far out, at oo and -oo).

    ``known`` is its germ, if there is one already.

    Raises NotReal where the function is not real there, and Undecided where it has no such expansion, or none is known.
    """
    found = known or germ(root, variable, point, side)
    m, writer = found.arithmetic, _Writer(variable, point, side)
    terms: list[tuple[Node, Node]] = []
    for coefficient, powers in _flat(m, found.value):
        sign, scale = writer.scale(powers)
        if phases.phases_in(coefficient):
            if not terms:
                if _varies(m, coefficient):
                    raise Oscillates(scale)
                raise Undecided("does what stands before its largest scale vary?")
            return Expansion(tuple(terms), scale, None, found)
        made = exact.tree(coefficient * sign)
        if constants.is_nameless(coefficient) and not terms:
            raise Undecided("a coefficient that has no name")
        if len(terms) == count or constants.is_nameless(coefficient):
            return Expansion(tuple(terms), scale, made, found)
        terms.append((made, scale))
    return Expansion(tuple(terms), None, None, found)


def _varies(m: Arithmetic, coefficient: Exact) -> bool:
    free = m.phases.are_free(m, phases.phases_in(coefficient))
    return free and phases.varies(coefficient)


def _flat(m: Arithmetic, value: Value) -> Iterator[tuple[Exact, Powers]]:
    """The terms of a value and of its coefficients, down to constants, zeros left out."""
    if not isinstance(value, Series):
        if not _is_zero(value):
            yield value, []
        return
    zeros = 0
    for index, (coefficient, exponent) in enumerate(value.terms()):
        if zeros == FUEL:  # algebra is asked first: each further term costs more than those before it
            rest = m.rest(value, index)
            if vanishes(rest.node) or m.is_zero(rest):
                return
        empty = True
        for inner, powers in _flat(m, coefficient):
            empty = False
            yield inner, [(value.scale, exponent), *powers]
        zeros = zeros + 1 if empty else 0


def _is_zero(value: Exact) -> bool:
    """Is it zero whatever parameters and phases are?"""
    try:
        return constants.is_zero(value)
    except (Depends, OfPhase):
        return False


class _Writer:
    """Products of powers of scales as functions of the variable."""

    def __init__(self, variable: str, point: Node, side: int) -> None:
        self.x = Name(variable)
        self.far = point is INFINITY or point == Call("neg", (INFINITY,))
        if self.far:
            self.side = 1 if point is INFINITY else -1
            self.away: Node = self.x
        else:
            self.side = side
            self.away = plus(((1, self.x), (-1, point)))
        # what is positive there, and equal to t or to 1/t
        self.size = self.away if self.side > 0 else (
            negative(self.x) if self.far else plus(((1, point), (-1, self.x)))
        )  # fmt: skip

    def scale(self, powers: Powers) -> tuple[Fraction, Node]:
        """The product, and the sign that it takes to write it with x - a instead of a - x."""
        sign = ONE
        exponential: list[tuple[int, Node]] = []
        base: Exact = ZERO  # the exponent of t
        rest: list[Node] = []
        for scale, exponent in powers:
            if _is_zero(exponent):
                continue
            if scale.node is T:
                base = base + exponent
            elif isinstance(scale.node, Call) and scale.node.function == "exp":
                for coefficient, inner in self._logarithm(scale):
                    if inner is None:
                        base = base + coefficient * exponent
                    else:
                        exponential.append((1, times(exact.tree(coefficient * exponent), inner)))
            else:
                turned, made = self._log(scale.node, exponent)
                sign *= turned
                rest.append(made)
        turned, made = self._base(base)
        factors = [made, *rest] if made is not Number(1) else rest
        if exponential:
            factors.insert(0, Call("exp", (plus(exponential),)))
        return sign * turned, times(*factors) if factors else Number(1)

    def _logarithm(self, scale: Scale) -> Iterator[tuple[Exact, Node | None]]:
        """The terms of a scale's logarithm, each a constant times a function of x; None stands for log(t)."""
        if scale.log is not None:
            found = list(self._terms(scale.log))
            if found:
                yield from found
                return
        assert isinstance(scale.node, Call)
        there = self.size if self.far else over(Number(1), self.size)
        yield ONE, substitute(scale.node.args[0], {T: there})

    def _terms(self, value: Value, powers: Powers | None = None) -> Iterator[tuple[Exact, Node | None]]:
        powers = powers or []
        if not isinstance(value, Series):
            if not constants.is_zero(value):
                only = [(scale, e) for scale, e in powers if not _is_zero(e)]
                if len(only) == 1 and only[0][1] == 1 and only[0][0].node == Call("log", (T,)):
                    yield value, None
                else:
                    sign, made = self.scale(powers)
                    yield value * sign, made
            return
        for index, (coefficient, exponent) in enumerate(value.terms()):
            if index > FUEL:
                raise Undecided("an exponential of an endless series")
            yield from self._terms(coefficient, [*powers, (value.scale, exponent)])

    def _base(self, exponent: Exact) -> tuple[Fraction, Node]:
        """t**exponent"""
        if not self.far:
            exponent = -exponent
        if isinstance(exponent, Fraction) and exponent.denominator == 1:
            return Fraction(-1 if self.side < 0 and exponent % 2 else 1), self._power(self.away, exponent)
        return ONE, self._power(self.size, exponent)

    def _power(self, base: Node, exponent: Exact) -> Node:
        if isinstance(exponent, Fraction):
            if not exponent:
                return Number(1)
            size = abs(exponent)
            made = Call("sqrt", (base,)) if size == Fraction(1, 2) else power(base, rational(size))
            return made if exponent > 0 else over(Number(1), made)
        return Call("**", (base, exact.tree(exponent)))

    def _log(self, node: Node, exponent: Exact) -> tuple[Fraction, Node]:
        """log(t)**exponent, log(log(t))**exponent, ..."""
        assert isinstance(node, Call)
        if node.args[0] is T:
            if self.far:
                return ONE, self._power(Call("log", (self.size,)), exponent)
            made = Call("log", (self.size,))
            if isinstance(exponent, Fraction) and exponent.denominator == 1:
                return Fraction(-1 if exponent % 2 else 1), self._power(made, exponent)
            return ONE, self._power(negative(made), exponent)
        _, inner = self._log_itself(node.args[0])
        return ONE, self._power(Call("log", (inner,)), exponent)

    def _log_itself(self, node: Node) -> tuple[Fraction, Node]:
        sign, made = self._log(node, ONE)
        return sign, made if sign > 0 else negative(made)
