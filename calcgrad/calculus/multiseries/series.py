"""Lazy series in an asymptotic basis, as t -> oo, and their arithmetic.

A *value* is an exact constant or a ``Series``: terms c*b**e in one scale b of the basis, exponents falling, whose
coefficients c are values in slower scales. The basis holds t, log(t), log(log(t)), ... and the exponentials that the
expansion meets, fastest first; each scale knows the value of its logarithm, by which it is ordered.

Invariants: the exponents of a series fall strictly; a coefficient varies more slowly than every positive power of its
series' scale; a term may be zero only as far as nothing has asked for its sign; a series that ends is exact. Of what
is not known but for its size, a term has a factor that is a constant between -1 and 1 (``Phases.bounded``).

Every series also knows the function that it expands (``node``, a tree in t): where its first ``FUEL`` terms are zero,
algebra is asked whether that function vanishes, and if it cannot prove so, and no term comes, it is ``Undecided``.

Multiseries: Richardson, Salvy, Shackell, van der Hoeven, Asymptotic expansions of exp-log functions (1996); as lazy
lists: Eberl, Verified real asymptotics in Isabelle/HOL (2019).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import chain, count
from math import factorial, lcm
from typing import Any

import sympy

from calcgrad.calculus import symbolic
from calcgrad.calculus.arithmetic import over, plus, times
from calcgrad.calculus.multiseries import constants, exact, independence, phases
from calcgrad.calculus.multiseries.constants import sign
from calcgrad.calculus.multiseries.exact import ONE, ZERO, Exact, NotReal, Undecided
from calcgrad.expression.tree import PI, Call, Name, Node, Number, operations

HALF = Fraction(1, 2)
MOST_TERMS = 40_000  # of all series of one question together: the fuel that ends every expansion
FUEL = 12  # terms in a row that cancel before algebra is asked, and beyond which nothing is known
_MOST_MULTIPLE = 12  # of an angle whose sine and cosine are written out
_MOST_POWER = 4  # of a step, whose multiples are taken off an angle
_MULTIPLIED = 6  # a whole power that is a product, which asks for no sign
_DEEPEST = 8  # logarithms of logarithms
_PROVED = 120  # operations of a function that algebra is asked about
T = Name("t_0")  # no user's name: trees from outside hold it nowhere


class Scale:
    """An element of the basis: ``node`` as a function of t, ``log`` the value of its logarithm."""

    __slots__ = ("basis", "log", "node")

    def __init__(self, basis: Basis, node: Node, log: Value | None = None) -> None:
        self.basis = basis
        self.node = node
        self.log = log

    def __repr__(self) -> str:
        from calcgrad.expression.tree import text

        return text(self.node)


class Basis:
    """The scales of one question, fastest first; it grows while logarithms and exponentials are expanded."""

    def __init__(self) -> None:
        self.scales = [Scale(self, T)]
        self.t = monomial(self.scales[0])
        self.logs = 0
        self.spent = 0

    def spend(self) -> None:
        """Each term of each series costs one; no question has more than ``MOST_TERMS``."""
        self.spent += 1
        if self.spent > MOST_TERMS:
            raise Undecided("the expansion took too many terms")

    def log(self, scale: Scale) -> Value:
        """The logarithm of a scale; that of the slowest one is a scale further."""
        if scale.log is None:
            if self.logs == _DEEPEST:
                raise Undecided("too many logarithms of logarithms")
            deeper = Scale(self, Call("log", (scale.node,)))
            self.scales.append(deeper)
            self.logs += 1
            scale.log = monomial(deeper)
        return scale.log

    def is_faster(self, one: Scale, other: Scale) -> bool:
        return self.scales.index(one) < self.scales.index(other)


Term = tuple["Value", Exact]


class Series:
    """Terms (coefficient, exponent) of powers of ``scale``, made as they are asked for.

    ``apart``: a rational multiple of another series, and the rest, of which it is the sum, if that is how it was made:
    of what was rounded the difference from what was to be rounded, in which no endless series cancels.
    """

    __slots__ = ("_failed", "_made", "_node", "_source", "apart", "scale")

    def __init__(self, scale: Scale, source: Iterator[Term], node: Callable[[], Node]) -> None:
        self.scale = scale
        self._source: Iterator[Term] | None = source
        self._made: list[Term] = []
        self._node: Node | Callable[[], Node] = node
        self._failed: BaseException | None = None
        self.apart: tuple[Fraction, Series, Value] | None = None

    @property
    def node(self) -> Node:
        """The function of t that this expands."""
        if callable(self._node):
            self._node = self._node()
        return self._node

    def term(self, index: int) -> Term | None:
        """The term with this index; None where the series has ended, which makes it exact."""
        while len(self._made) <= index:
            if self._failed is not None:  # a generator that raised would look like one that ended
                raise self._failed
            if self._source is None:
                return None
            try:
                self.scale.basis.spend()
                self._made.append(next(self._source))
            except StopIteration:
                self._source = None
            except BaseException as failed:
                self._failed = failed
                raise
        return self._made[index]

    def terms(self, start: int = 0) -> Iterator[Term]:
        while (term := self.term(start)) is not None:
            yield term
            start += 1


Value = Exact | Series
Coefficients = Callable[[int], Value | None]
Weight = Callable[[Exact, Exact], Exact]


def monomial(scale: Scale, exponent: Exact = ONE, coefficient: Value = ONE) -> Series:
    return Series(
        scale,
        iter([(coefficient, exponent)]),
        lambda: _times_power(node_of(coefficient), scale, exponent),
    )


def node_of(value: Value) -> Node:
    return value.node if isinstance(value, Series) else exact.tree(value)


class Rebase(Exception):
    """An angle that is a fraction of one that was met before: begin again with its ``part``-th part.

    Or, for the index -1, a step that lies between those that were met: begin again with steps so many times as fine.
    """

    def __init__(self, index: int, part: int) -> None:
        super().__init__(index, part)
        self.index = index
        self.part = part


class Residues(Undecided):
    """What it is at integers differs with their remainders on division by ``modulus``: ask for each of them.

    The integers are those that the variable goes through, or the first step.
    """

    def __init__(self, modulus: int, step: bool = False) -> None:
        super().__init__("it differs with the remainders of an integer")
        self.modulus = modulus
        self.step = step


class Fork(Exception):
    """A sign is not the same for all phases; ``node`` is what has it, ``signs`` those that it may have."""

    def __init__(self, node: Node, signs: tuple[int, ...]) -> None:
        super().__init__(node)
        self.node = node
        self.signs = signs


@dataclass
class Phases:
    """The angles and steps that go to infinity, and what is known of them there.

    An angle takes every phase, again and again, so its sine and cosine are constants whose phase is unknown; angles
    that are sums of rational multiples of others have none of their own. ``at`` fixes the phase of one angle instead:
    sine and cosine at the points where it is met; so does ``fraction`` for a step; ``arcs`` keeps every phase to a part
    of the circle, or of [0, 1).
    ``parts`` divides angles by whole numbers, so that all that share a phase are multiples of one. ``chosen`` holds
    signs that are not the same for all phases: what is found then is true wherever they are so; None asks for no
    choice. ``step`` says which whole numbers the first step goes through: (modulus, remainder).
    """

    at: tuple[int, Callable[[Arithmetic], tuple[Value, Value]]] | None = None
    parts: dict[int, int] = field(default_factory=dict)
    fraction: tuple[int, Callable[[Arithmetic], Value]] | None = None
    chosen: dict[Node, int] | None = None
    arcs: Callable[[int, bool], phases.Arc] | None = None
    step: tuple[int, int] = (1, 0)
    # an angle with its sine and cosine; what was rounded down, with its fractional part
    angles: list[tuple[Value, Value, Value]] = field(default_factory=list, init=False)
    steps: list[tuple[Value, Value]] = field(default_factory=list, init=False)
    bound: set[tuple[int, bool]] = field(default_factory=set, init=False)  # those that hang on other phases
    unknown: int = field(default=0, init=False)  # how many of these are ``bounded``

    def again(self, **changes: Any) -> Phases:
        """Those of the same question, with nothing fixed or chosen but what is said."""
        return Phases(parts=self.parts, step=self.step, **changes)

    def divided(self, index: int, part: int) -> Phases:
        return replace(self, parts=self.parts | {index: self.parts.get(index, 1) * part})

    def choose(self, node: Node, signs: tuple[int, ...]) -> int | None:
        """One of the signs that a function has, now and then; None where no choice is to be made."""
        if self.chosen is None:
            return None
        if node not in self.chosen:
            raise Fork(node, signs)
        return self.chosen[node]

    def bounded(self) -> Exact:
        """What lies between -1 and 1 and of which nothing more is known: the sine of an angle that no other tells."""
        self.unknown += 1
        self.bound.add((-self.unknown, True))
        return phases.turning(-self.unknown)[0]

    def _hangs(self, value: Value) -> bool:
        """Does what goes to infinity depend on other phases?"""
        return bool(self.angles or self.steps or self.unknown) and has_phases(value)

    def _arc(self, index: int, is_angle: bool) -> phases.Arc | None:
        return None if self.arcs is None or (index, is_angle) in self.bound else self.arcs(index, is_angle)

    def circular(self, m: Arithmetic, angle: Value) -> tuple[Value, Value, Value]:
        """Sine and cosine of an angle that goes to infinity, and the rest of it, which has a limit."""
        hangs = self._hangs(angle)
        known: list[tuple[int, Exact]] = []  # angles that grow alike, and their ratio to this one
        for index, (base, sine, cosine) in enumerate(self.angles):
            if hangs or (index, True) in self.bound:
                if m.is_same(angle, base):
                    return sine, cosine, ZERO
                continue
            ratio = m.limit(m.divide(base, angle))
            if ratio is not None and ratio != ZERO:
                known.append((index, ratio))
        shares = independence.combination(ONE, [ratio for _, ratio in known])
        if shares is not None:
            return self._combined(m, angle, [(index, q) for (index, _), q in zip(known, shares) if q])
        index = len(self.angles)
        if hangs:
            self.bound.add((index, True))
        part = self.parts.get(index, 1)
        fixed = self.at[1] if self.at is not None and self.at[0] == index else None
        sine, cosine = phases.turning(index, self._arc(index, True)) if fixed is None else fixed(m)
        self.angles.append((m.multiply(Fraction(1, part), angle), sine, cosine))
        return (*_multiple(m, sine, cosine, part), ZERO)

    def _combined(
        self, m: Arithmetic, angle: Value, shares: list[tuple[int, Fraction]]
    ) -> tuple[Value, Value, Value]:
        """Sine and cosine of an angle that is a sum of rational multiples of others, and slower ones beside it."""
        s: Value = ZERO
        c: Value = ONE
        for index, share in shares:
            if share.denominator > 1:
                raise Rebase(index, share.denominator)
            base, sine, cosine = self.angles[index]
            sine, cosine = _multiple(m, sine, cosine, int(share))
            s, c = _sum(m, (s, c), (sine, cosine))
            angle = m.subtract(angle, m.multiply(share, base))
        growing, rest = m.growing(angle)
        if m.is_zero(growing):
            return s, c, rest
        sine, cosine, more = self.circular(m, growing)
        return (*_sum(m, (s, c), (sine, cosine)), m.add(rest, more))

    def are_free(self, m: Arithmetic, names: Iterable[str]) -> bool:
        """Do the phases with these names come as near as one likes to every choice of them, again and again?

        So they do where no whole combination of the angles stays bounded (Kronecker, and Weyl for slower and faster
        ones). At integers the turn itself is one more angle, beside those that grow as fast as one of its whole
        powers (Weyl 1916, van der Corput); beside others, there is none (Fejer; Boshernitzan 1994), as there is none
        beside those that grow more slowly than every power: they stand still while the others turn.
        """
        turn = exact.atom(PI) * Fraction(2)
        groups: list[
            tuple[Value, list[Exact]]
        ] = []  # of angles that grow alike, with their ratios to the first
        for name in names:
            index, is_angle = phases.index_of(name), phases.is_angle(name)
            if (index, is_angle) in self.bound:
                return False
            angle = self.angles[index][0] if is_angle else m.multiply(turn, self.steps[index][0])
            for first, ratios in groups:
                ratio = m.limit(m.divide(angle, first))
                if ratio is not None and not constants.is_zero(ratio):
                    ratios.append(ratio)
                    break
            else:
                groups.append((angle, [ONE]))
        if m.whole:
            for angle, ratios in groups:
                if not isinstance(angle, Series) or (lead := m.lead(angle)) is None:
                    return False
                if angle.scale.node is not T:
                    if m.basis.is_faster(angle.scale, m.basis.t.scale):
                        return False
                    continue
                _, coefficient, power = lead
                if not isinstance(power, Fraction):
                    return False
                if isinstance(coefficient, Series):
                    level = m.limit(coefficient)
                    if power and level is not None and not constants.is_zero(level):
                        return False
                elif power and power.denominator == 1:
                    ratios.append(turn * constants.inverse(coefficient))
        return all(len(ratios) == 1 or independence.are_independent(ratios) for _, ratios in groups)

    @property
    def names(self) -> list[str]:
        """Of all phases that hang on no others."""
        values = [sine for _, sine, _ in self.angles] + [part for _, part in self.steps]
        found = {
            name for value in values if not isinstance(value, Series) for name in phases.phases_in(value)
        }
        return sorted(
            name for name in found
            if (phases.index_of(name), phases.is_angle(name)) not in self.bound
        )  # fmt: skip

    def floor(self, m: Arithmetic, value: Value, growing: Value) -> Value:
        """What goes to infinity, rounded down; ``growing`` is the part of it that does."""
        hangs = self._hangs(growing)
        for index, (base, part) in enumerate(self.steps):
            if hangs or (index, False) in self.bound:
                if m.is_same(value, base):
                    return m.subtract(base, part)
                continue
            ratio = m.limit(m.divide(value, base))
            if not isinstance(ratio, Fraction) or not ratio:
                continue
            gap = m.subtract(value, m.multiply(ratio, base))
            level = m.limit(gap)
            if level is None:
                continue
            if m.is_zero(m.subtract(gap, level)):
                gap = level
            if index and (abs(ratio) != 1 or self.step != (1, 0)):
                raise Undecided("multiples of a second step")
            return self._rounded(m, base, part, ratio, gap, self.step if not index else (1, 0))
        index = len(self.steps)
        if hangs:
            self.bound.add((index, False))
        finer = ONE if index else Fraction(self.parts.get(-1, 1))
        base = m.multiply(finer, value)
        fixed = self.fraction[1] if self.fraction is not None and self.fraction[0] == index else None
        part = phases.fraction_part(index, self._arc(index, False)) if fixed is None else fixed(m)
        self.steps.append((base, part))
        return self._rounded(m, base, part, 1 / finer, ZERO, (1, 0) if index else self.step)

    def _rounded(
        self, m: Arithmetic, base: Value, part: Value, ratio: Fraction, more: Value, step: tuple[int, int]
    ) -> Value:
        """floor(ratio*base + more), where base less its fractional part is a whole number.

        Of that the remainder is asked for, and steps are made finer, until a fraction alone is left to be rounded.
        """
        modulus, remainder = step
        finer = abs(ratio.numerator)
        if isinstance(more, Fraction):
            finer = lcm(finer, (more * ratio.denominator).denominator)
        if finer > 1:
            raise Rebase(-1, finer)
        if modulus % ratio.denominator:
            raise Residues(ratio.denominator, step=True)
        below = m.floor(m.add(m.multiply(ratio, m.add(part, Fraction(remainder))), more))
        whole = m.add(m.subtract(base, part), Fraction(-remainder))
        return m.add(m.multiply(ratio, whole), below)

    def down(self, m: Arithmetic, value: Value, limit: Exact) -> Value:
        """What stays bounded, rounded down, where its limit depends on phases."""
        below = constants.floor(limit)
        side = m.sign(m.subtract(value, limit))
        if side == 0 or constants.is_inside(limit - below):
            return below
        ahead = self.choose(Call("floor", (node_of(value),)), (0, side))
        if ahead is None:
            raise Undecided("a step beside a step")
        return below + Fraction(ahead)


def _power(m: Arithmetic, a: Value, exponent: int) -> Value:
    result: Value = ONE
    for bit in bin(exponent)[2:]:
        result = m.multiply(result, result)
        if bit == "1":
            result = m.multiply(result, a)
    return result


def _sum(m: Arithmetic, one: tuple[Value, Value], other: tuple[Value, Value]) -> tuple[Value, Value]:
    """Sine and cosine of the sum of two angles."""
    (s, c), (sine, cosine) = one, other
    return (
        m.add(m.multiply(s, cosine), m.multiply(c, sine)),
        m.subtract(m.multiply(c, cosine), m.multiply(s, sine)),
    )


def _multiple(m: Arithmetic, sine: Value, cosine: Value, times_: int) -> tuple[Value, Value]:
    """Sine and cosine of a whole multiple of an angle, by squaring."""
    if abs(times_) > _MOST_MULTIPLE:
        raise Undecided("a large multiple of an angle")
    s: Value = ZERO
    c: Value = ONE
    for _ in range(abs(times_)):
        s, c = _sum(m, (s, c), (sine, cosine))
    return (s if times_ > 0 else m.negative(s)), c


def has_phases(value: Value, most: int = 3 * FUEL) -> bool:
    """Does one of the first terms of a value depend on a phase, or the logarithm of one of its scales?"""
    if not isinstance(value, Series):
        return bool(phases.phases_in(value))
    if value.scale.node is not T and value.scale.log is not None and has_phases(value.scale.log):
        return True
    return any(
        has_phases(coefficient, FUEL) or bool(phases.phases_in(exponent))
        for _, (coefficient, exponent) in zip(range(most), value.terms())
    )


class Arithmetic:
    """Sums, products and compositions of values over one basis, with their signs and limits.

    ``phases`` says what a periodic function is of an angle that goes to infinity; ``whole`` that t is an integer.
    """

    def __init__(self, phases: Phases | None = None, whole: bool = False, basis: Basis | None = None) -> None:
        self.basis = basis or Basis()
        self.phases = phases or Phases()
        self.whole = whole

    # ------------------------------------------------------------------------------------ sums and products

    def _common(self, a: Value, b: Value) -> Scale | None:
        if not isinstance(a, Series):
            return b.scale if isinstance(b, Series) else None
        if not isinstance(b, Series) or a.scale is b.scale:
            return a.scale
        return a.scale if self.basis.is_faster(a.scale, b.scale) else b.scale

    def _lifted(self, value: Value, scale: Scale) -> Series:
        if isinstance(value, Series) and value.scale is scale:
            return value
        return Series(scale, iter([(value, ZERO)]), lambda: node_of(value))

    def lifted(self, value: Exact, like: Value) -> Series:
        """A constant as a series in the scale of another one."""
        assert isinstance(like, Series)
        return self._lifted(value, like.scale)

    def add(self, a: Value, b: Value) -> Value:
        scale = self._common(a, b)
        if scale is None:
            return _exact(a) + _exact(b)
        if _is_plain_zero(a):
            return b
        if _is_plain_zero(b):
            return a
        apart = self._apart(a, b)
        if apart is not None and not apart[0]:
            return apart[2]
        one, other = self._lifted(a, scale), self._lifted(b, scale)
        made = Series(scale, self._sum(one, other), lambda: plus(((1, node_of(a)), (1, node_of(b)))))
        made.apart = apart
        return made

    def _apart(self, a: Value, b: Value) -> tuple[Fraction, Series, Value] | None:
        """How their sum consists of a multiple and a rest, where one of them does so."""
        for one, other in ((a, b), (b, a)):
            if not isinstance(one, Series) or one.apart is None:
                continue
            (c, base, rest), more = one.apart, other
            if _is_plain_zero(rest) and c != -ONE and not (isinstance(other, Series) and other.apart):
                continue  # a multiple, and nothing to cancel it
            if isinstance(other, Series):
                d, same, left = other.apart or (ONE, other, ZERO)
                if same.node is base.node:
                    c, more = c + d, left
            return c, base, self.add(rest, more)
        return None

    def _sum(self, one: Series, other: Series) -> Iterator[Term]:
        """Term by term; one that cancels stays, as a zero: skipping it would ask for terms that may never come."""
        i = j = 0
        while True:
            p, q = one.term(i), other.term(j)
            if p is None or q is None:
                yield from one.terms(i) if q is None else other.terms(j)
                return
            try:
                order = sign(p[1] - q[1])
            except phases.OfPhase:
                yield self._together(p, q)
                i, j = i + 1, j + 1
                continue
            if order > 0:
                yield p
                i += 1
            elif order < 0:
                yield q
                j += 1
            else:
                yield self.add(p[0], q[0]), p[1]
                i, j = i + 1, j + 1

    def _together(self, one: Term, other: Term) -> Term:
        """Two terms either of which may be the larger one, as one of the larger exponent: that one's coefficient, and
        between 0 and 1 times the other's."""
        gap = constants.modulus(one[1] - other[1])
        s = self.phases.bounded()
        size = constants.modulus(s)
        shares = ((s - size) * HALF + ONE, (s + size) * -HALF + ONE)  # one of them is 1
        parts = (self.multiply(share, c) for share, (c, _) in zip(shares, (one, other), strict=True))
        return self.add(*parts), (one[1] + other[1] + gap) * HALF

    def negative(self, a: Value) -> Value:
        return self.multiply(-ONE, a)

    def subtract(self, a: Value, b: Value) -> Value:
        if a is b or (isinstance(a, Series) and isinstance(b, Series) and a.node is b.node):
            return ZERO
        return self.add(a, self.negative(b))

    def multiply(self, a: Value, b: Value) -> Value:
        if not isinstance(a, Series):
            a, b = b, a
        if not isinstance(a, Series):
            return a * _exact(b)
        if not isinstance(b, Series):
            if _is_plain_zero(b):
                return ZERO
            if b == ONE:
                return a
        scale = self._common(a, b)
        assert scale is not None
        node: Callable[[], Node] = lambda: times(node_of(a), node_of(b))  # noqa: E731
        if isinstance(b, Fraction):
            made = Series(scale, ((self.multiply(b, c), e) for c, e in a.terms()), node)
            factor, base, rest = a.apart or (ONE, a, ZERO)
            made.apart = factor * b, base, self.multiply(rest, b)
            return made
        if isinstance(b, Series) and a.scale is b.scale:
            return Series(scale, self._product(a, b), node)
        slow, fast = (a, b) if a.scale is not scale else (b, a)
        assert isinstance(fast, Series)
        return Series(scale, ((self.multiply(slow, c), e) for c, e in fast.terms()), node)

    def _product(self, a: Series, b: Series, weight: Weight | None = None) -> Iterator[Term]:
        """Products of terms by falling exponents; ``weight`` of their exponents is a factor.

        ``b`` may be made of what this yields, as long as its next term follows from those before.
        """
        edge: list[tuple[Exact, int, int]] = []  # of each term of a, the first of b that is still to be met

        def meet(i: int, j: int) -> None:
            p, q = a.term(i), b.term(j)
            if p is not None and q is not None:
                edge.append((p[1] + q[1], i, j))

        meet(0, 0)
        while edge:
            highest: list[tuple[Exact, int, int]] = []
            for each in edge:
                order = sign(each[0] - highest[0][0]) if highest else 1
                if order > 0:
                    highest = [each]
                elif order == 0:
                    highest.append(each)
            total: Value = ZERO
            for each in highest:
                edge.remove(each)
                (c, e), (d, f) = a._made[each[1]], b._made[each[2]]
                made = self.multiply(c, d)
                total = self.add(total, made if weight is None else self.multiply(weight(e, f), made))
            yield total, highest[0][0]
            for _, i, j in highest:
                if not _is_plain_zero(a._made[i][0]):
                    meet(i, j + 1)
                if j == 0:
                    meet(i + 1, 0)

    def _solved(
        self, first: Value, r: Series, weight: Weight, node: Callable[[], Node], own: Series | None = None
    ) -> Series:
        """The y of y = first + own + the sum of weight(e, f)*r[e]*y[f]*scale**(e + f), for r -> 0.

        So come exp, powers and logarithms out of their differential equations, with the power b*d/db of a scale b
        as the derivation.
        """

        def terms() -> Iterator[Term]:
            yield first, ZERO
            product = self._product(r, made, weight)
            if own is None:
                yield from product
            else:
                yield from self._sum(own, Series(r.scale, product, opaque))

        made = Series(r.scale, terms(), node)
        return made

    def _exponential_series(self, r: Series, node: Callable[[], Node]) -> Series:
        """exp(r) for r -> 0"""
        return self._solved(ONE, r, lambda e, f: e * constants.inverse(e + f), node)

    def integrated(self, level: Value, small: Series, slope: Value, node: Callable[[], Node]) -> Series:
        """f(x) at level and a small part, from f(level) and f'(x), with b*d/db as the derivation."""

        def terms() -> Iterator[Term]:
            yield level, ZERO
            yield from self._product(
                small, self._lifted(slope, small.scale), lambda e, f: e * constants.inverse(e + f)
            )

        return Series(small.scale, terms(), node)

    def _power_series(self, r: Series, p: Exact) -> Series:
        """(1 + r)**p for r -> 0"""
        if p == -ONE:
            return self._solved(ONE, r, lambda e, f: -ONE, lambda: _of_one_plus(r, p))
        return self._solved(
            ONE, r, lambda e, f: (p * e - f) * constants.inverse(e + f), lambda: _of_one_plus(r, p)
        )

    def _logarithm_series(self, r: Series) -> Series:
        """log(1 + r) for r -> 0"""
        named: Callable[[], Node] = lambda: Call("log", (plus(((1, Number(1)), (1, r.node))),))  # noqa: E731
        return self._solved(ZERO, r, lambda e, f: -f * constants.inverse(e + f), named, own=r)

    def rest(self, a: Series, start: int) -> Series:
        """What is left of a series behind its first terms."""
        return Series(a.scale, a.terms(start), lambda: _rest(a.node, a._made[:start], a.scale))

    def _shifted(
        self, a: Series, factor: Value, exponent: Exact, node: Callable[[], Node] | None = None
    ) -> Series:
        """factor * scale**exponent * a, for a factor in slower scales."""
        return Series(
            a.scale,
            ((self.multiply(factor, c), e + exponent) for c, e in a.terms()),
            node or (lambda: times(node_of(monomial(a.scale, exponent, factor)), a.node)),
        )

    # ------------------------------------------------------------------------------------- signs and limits

    def lead(
        self, a: Series, is_zero: Callable[[Value], bool] | None = None
    ) -> tuple[int, Value, Exact] | None:
        """Index, coefficient and exponent of the first term that is not zero; None where all are."""
        is_zero = is_zero or self.is_zero
        asked = False
        for index, (coefficient, exponent) in enumerate(a.terms()):
            if not is_zero(coefficient):
                return index, coefficient, exponent
            if index >= FUEL and not asked:
                asked = True
                if vanishes(a.node):
                    return None
            if index >= 3 * FUEL:
                raise Undecided("no term of a series is known not to vanish")
        return None

    def is_zero(self, a: Value) -> bool:
        return self.lead(a) is None if isinstance(a, Series) else sign(a) == 0

    def is_surely_zero(self, a: Value) -> bool:
        """Is it zero whatever its phases and parameters are? For where a zero does no harm."""
        try:
            return self.is_zero(a)
        except (exact.Depends, phases.OfPhase):
            return False

    def sign(self, a: Value) -> int:
        """The sign that the value has for all large t."""
        if not isinstance(a, Series):
            return sign(a)
        lead = self.lead(a)
        return 0 if lead is None else self.sign(lead[1])

    def only(self, a: Value) -> exact.Constant | None:
        """The coefficient that a value has, where it is one of phases, and alone."""
        if not isinstance(a, Series):
            return a if isinstance(a, exact.Constant) and phases.phases_in(a) else None
        found = [
            coefficient
            for _, (coefficient, _) in zip(range(FUEL), a.terms())
            if not _is_plain_zero(coefficient)
        ]
        return self.only(found[0]) if len(found) == 1 and a.term(FUEL) is None else None

    def linear(self, angle: Value) -> Exact | None:
        """c, where an angle is c*t and something constant beside it; None for others, and for c = 0."""
        slope = self.limit(self.divide(angle, self.basis.t))
        if slope is None or constants.is_zero(slope):
            return None
        rest = self.subtract(angle, self.multiply(slope, self.basis.t))
        level = self.limit(rest)
        return slope if level is not None and self.is_same(rest, level) else None

    def vanishes_rarely(self, a: Value) -> bool:
        """Is it zero at finitely many integers t only, as a polynomial is in sine and cosine of one angle c*t + d?

        It has finitely many zeros on the circle, and each is met once, for c/(2*pi) irrational.
        """
        if not self.whole or (only := self.only(a)) is None or (waves := phases.harmonics(only)) is None:
            return False
        names = phases.phases_in(only)
        if len(names) > 1 or not self.phases.are_free(self, names):
            return False
        (name,) = names
        moving = (part for multiples, wave in waves.items() if any(multiples) for part in wave)
        if self.linear(self.phases.angles[phases.index_of(name)][0]) is None:
            return False
        return any(constants.possible_signs(part) <= {-1, 1} for part in moving)

    def branch(self, a: Value) -> int:
        """The sign that decides a branch: where it is not the same for all phases, one that it may have."""
        try:
            return self.sign(a)
        except phases.OfPhase:
            only = self.only(a)
            signs = (1, 0, -1) if only is None else constants.signs_over_phases(only)
            chosen = signs[0] if len(signs) == 1 else self.phases.choose(node_of(a), signs)
            if chosen is None:
                raise
            return chosen

    def modulus(self, a: Value) -> Value:
        """abs(a), whose sign is not the same for all phases: that of its leading term, and the rest at most beside."""
        if not isinstance(a, Series):
            return constants.modulus(a)
        if (parts := self._leading_term(a)) is None:
            return ZERO
        head, exponent, rest = parts
        made = self.multiply(self.modulus(head), monomial(a.scale, exponent))
        if rest.term(0) is not None:
            made = self.add(made, self.multiply(self.phases.bounded(), rest))
        return _named(made, lambda: Call("abs", (a.node,)))

    def root(self, a: Value, p: Fraction, function: Callable[[Exact], Exact]) -> Value:
        """A power 0 < p of what may come to zero: that of its leading term, and beside it less than half of that power
        of the rest, or half of it for p > 1, since abs(u**p - v**p) is at most a multiple of abs(u - v)**min(p, 1)."""
        if not isinstance(a, Series):
            return function(a)
        if (parts := self._leading_term(a)) is None:
            return ZERO
        head, exponent, rest = parts
        made = self.multiply(self.root(head, p, function), monomial(a.scale, exponent * p))
        if (next_ := rest.term(0)) is not None:
            small = exponent * p + (next_[1] - exponent) * (min(p, ONE) * HALF)
            made = self.add(made, monomial(a.scale, small, self.phases.bounded()))
        return made

    def _leading_term(self, a: Series) -> tuple[Value, Exact, Series] | None:
        """Coefficient and exponent of the first term that is not zero for all phases, and what follows it."""
        lead = self.lead(a, self.is_surely_zero)
        return None if lead is None else (lead[1], lead[2], self.rest(a, lead[0] + 1))

    def is_never_negative(self, a: Value, deep: int = FUEL) -> bool:
        """Is it known for all phases, though it may be zero now and then?"""
        if not isinstance(a, Series):
            return constants.is_never_negative(a)
        try:
            return self.sign(a) >= 0
        except phases.OfPhase:
            parts = self._leading_term(a)
        if parts is None or not deep or not self.is_never_negative(parts[0], deep - 1):
            return parts is None
        return parts[2].term(0) is None or self.is_never_negative(parts[2], deep - 1)

    def floor(self, a: Value) -> Value:
        """The greatest integer at most a, for all large t."""
        if not isinstance(a, Series):
            return constants.floor(a)
        try:
            limit = self.limit(a)
        except phases.OfPhase:
            return self.phases.floor(self, a, a)
        if limit is None:
            growing, rest = self.growing(a)
            if self.whole or (self.phases.steps and has_phases(a)):
                left, more = self.modulo(growing, rest, ONE)
                if self.is_zero(left) if self.whole else self.is_surely_zero(left):
                    return self.add(self.subtract(a, more), self.floor(more))
            return self.phases.floor(self, a, growing)
        if phases.phases_in(limit):
            return self.phases.down(self, a, limit)
        below = constants.floor(limit)
        if constants.is_zero(limit - below) and self.branch(self.subtract(a, below)) < 0:
            return below - ONE
        return below

    def limit(self, a: Value) -> Exact | None:
        """The limit as t -> oo; None where it is infinite (``sign`` tells which).

        Of terms that go to 0 nothing more is asked: their coefficients are bounded, whatever phases they hold.
        """
        if not isinstance(a, Series):
            return a
        for index, (coefficient, exponent) in enumerate(a.terms()):
            try:
                order = sign(exponent)
            except phases.OfPhase:
                limit = self.limit(coefficient)
                if limit is None and constants.is_never_negative(exponent):
                    return None
                if limit == ZERO and constants.is_never_negative(-exponent):
                    return ZERO
                raise
            if order < 0:
                return ZERO
            if order == 0:
                return self.limit(coefficient)
            if not self.is_zero(coefficient):
                return None
            if index >= FUEL:  # all zeros so far
                lead = self.lead(a)
                if lead is None or sign(lead[2]) < 0:
                    return ZERO
                return None if sign(lead[2]) > 0 else self.limit(lead[1])
        return ZERO

    def parts(self, a: Series) -> tuple[Value, Value, Series]:
        """The terms that grow with the scale, the coefficient of its power 0, and the terms that go to 0."""
        growing: Value = ZERO
        index = 0
        for coefficient, exponent in a.terms():
            if (order := sign(exponent)) < 0:
                break
            index += 1
            if order == 0:
                return growing, coefficient, self.rest(a, index)
            if not self.is_surely_zero(coefficient):
                growing = self.add(growing, monomial(a.scale, exponent, coefficient))
            if index > 3 * FUEL:
                raise Undecided("too many terms that grow")
        return growing, ZERO, self.rest(a, index)

    def growing(self, a: Value) -> tuple[Value, Value]:
        """What of a value goes to infinity, in whatever scale, and the rest, which has a finite limit."""
        if not isinstance(a, Series):
            return ZERO, a
        fast, level, small = self.parts(a)
        slow, rest = self.growing(level)
        return self.add(fast, slow), rest if small.term(0) is None else self.add(rest, small)

    def modulo(self, growing: Value, rest: Value, unit: Exact) -> tuple[Value, Value]:
        """What goes to infinity and a bounded rest, less the multiples of ``unit`` that integers make of it: those
        that t goes through, or a step."""
        if self.whole:
            growing = self._modulo(growing, unit)
        for index, (base, part) in enumerate(self.phases.steps):
            if (index, False) in self.phases.bound or not isinstance(growing, Series):
                break
            try:
                most = _MOST_POWER if self.limit(self.divide(growing, base)) is None else 1
            except phases.OfPhase:
                break
            modulus, remainder = (1, 0) if index else self.phases.step
            step = self.subtract(base, part)
            for exponent in range(most, 0, -1):
                if not isinstance(growing, Series) or (exponent == 1 and has_phases(growing)):
                    break
                power_ = step if exponent == 1 else self.power(step, Fraction(exponent))
                ratio = self.limit(self.divide(growing, power_))
                times_ = ZERO if ratio is None else exact.rational_part(ratio * constants.inverse(unit))
                if not times_:
                    continue
                if (more := (times_ * modulus).denominator) > 1:
                    if index:
                        raise Undecided("remainders of a second step")
                    raise Residues(more, step=True)
                whole = self.add(power_, -(Fraction(remainder) ** exponent))
                growing, bounded = self.growing(self.subtract(growing, self.multiply(unit * times_, whole)))
                rest = self.add(rest, bounded)
        return growing, rest

    def _modulo(self, a: Value, unit: Exact) -> Value:
        if not isinstance(a, Series):
            return a
        rest: Value = ZERO
        for coefficient, exponent in a.terms():
            multiple = isinstance(exponent, Fraction) and exponent > 0 and exponent.denominator == 1
            if a.scale.node is T and multiple and not isinstance(coefficient, Series):
                times_ = coefficient * constants.inverse(unit)
                part = exact.rational_part(times_)
                if part.denominator > 1:
                    raise Residues(part.denominator)
                if constants.is_zero(
                    coefficient := coefficient - unit * (part + constants.whole_part(times_))
                ):
                    continue
            level = _is_known_zero(exponent)
            rest = self.add(
                rest, self._modulo(coefficient, unit) if level else monomial(a.scale, exponent, coefficient)
            )
        return rest

    def is_same(self, a: Value, b: Value) -> bool:
        """Are two values known to be equal?"""
        try:
            return self.is_zero(self.subtract(a, b))
        except Undecided:
            return False

    def split(self, a: Series) -> tuple[Value, Exact, Series]:
        """c, e and r such that a = c * scale**e * (1 + r), with r -> 0."""
        lead = self.lead(a)
        if lead is None:
            raise NotReal("undefined", "division by zero")
        index, coefficient, exponent = lead
        return (
            coefficient,
            exponent,
            self._shifted(self.rest(a, index + 1), self.inverse(coefficient), -exponent),
        )

    def leading(self, a: Value) -> tuple[Exact, int]:
        """The first constant that is not known to be zero, and the sign of the power that stands with it."""
        if not isinstance(a, Series):
            return a, 0
        for index, (coefficient, exponent) in enumerate(a.terms()):
            constant, order = self.leading(coefficient)
            if not _is_known_zero(constant):
                return constant, sign(exponent) or order
            if index >= FUEL:
                break
        return ZERO, 0

    # ------------------------------------------------------------------------------------------ composition

    def compose(self, coefficient: Coefficients, r: Value, node: Callable[[], Node]) -> Value:
        """The sum of coefficient(n) * r**n, for r -> 0 and coefficients in slower scales than r's leading one.

        A coefficient None ends it.

        An r whose leading term is hidden in slower scales is taken apart there first.
        """
        if not isinstance(r, Series):
            first = coefficient(0)
            if sign(r) == 0 and first is not None:
                return first
            raise Undecided("a power series at a constant")
        fast, level, small = self.parts(r)
        if not self.is_zero(fast):
            raise Undecided("a power series far out")
        if not self.is_zero(level):
            # of c(n)*(level + small)**n what stands before small**k: the sum of C(m + k, k)*c(m + k)*level**m
            def at_level(k: int) -> Value:
                def chosen(m: int) -> Value | None:
                    c = coefficient(m + k)
                    return None if c is None else self.multiply(Fraction(_binomial(m + k, k)), c)

                return self.compose(chosen, level, opaque)

            return self._composed(at_level, small, node)
        return self._composed(coefficient, small, node)

    def _composed(self, coefficient: Coefficients, r: Series, node: Callable[[], Node]) -> Series:
        def from_(n: int) -> Iterator[Term]:
            c = coefficient(n)
            if c is None:
                return
            yield c, ZERO
            if r.term(0) is None:
                return
            rest = self._product(r, Series(r.scale, from_(n + 1), opaque))
            yield from rest

        return Series(r.scale, from_(0), node)

    def inverse(self, a: Value) -> Value:
        if not isinstance(a, Series):
            return constants.inverse(a)
        c, e, r = self.split(a)
        series = self._power_series(r, -ONE)
        return self._shifted(series, self.inverse(c), -e, lambda: over(Number(1), a.node))

    def divide(self, a: Value, b: Value) -> Value:
        return self.multiply(a, self.inverse(b))

    def power(self, a: Value, p: Exact) -> Value:
        """a**p for a constant exponent: the principal power of what is positive, whole powers of anything."""
        if not isinstance(a, Series):
            return constants.power(a, p)
        if _is_known_zero(p):
            return ONE
        if p == 1:
            return a
        below = (
            not isinstance(p, Fraction) and self.sign(a) < 0
        )  # asked first: whole powers take longer to exclude
        if below and not constants.is_never_whole(p) and (turned := constants.parity(p)) is not None:
            return self.multiply(turned, self.power(self.negative(a), p))
        whole = isinstance(p, Fraction) and p.denominator == 1
        if whole and 0 < p <= _MULTIPLIED:  # type: ignore[operator]
            return _named(_power(self, a, int(p)), lambda: Call("**", (a.node, exact.tree(p))))  # type: ignore[arg-type]
        try:
            lead = self.lead(a)
        except phases.OfPhase:
            if whole or not isinstance(p, Fraction) or p < 0 or not self.is_never_negative(a):
                raise
            made = self.root(a, p, lambda c: constants.power(c, p))
            return _named(made, lambda: Call("**", (a.node, exact.tree(p))))
        if lead is None:
            return constants.power(ZERO, p)
        if not whole and self.sign(lead[1]) < 0:
            raise NotReal("not-real", "a power of a negative number")
        c, e, r = self.split(a)
        if whole and sign(p) > 0:
            series: Value = _power(self, self.add(ONE, r), int(p))  # type: ignore[arg-type]
        else:
            series = self._power_series(r, p)
        if not isinstance(series, Series):
            return self.multiply(series, self.multiply(self.power(c, p), monomial(a.scale, e * p)))
        return self._shifted(series, self.power(c, p), e * p, lambda: Call("**", (a.node, exact.tree(p))))

    def logarithm(self, a: Value) -> Value:
        if not isinstance(a, Series):
            return constants.logarithm(a)
        side = self.sign(a)
        if side <= 0:
            raise NotReal("undefined" if side == 0 else "not-real", "the logarithm of what is not above 0")
        c, e, r = self.split(a)
        made = self.add(self.logarithm(c), self._logarithm_series(r))
        if not _is_known_zero(e):
            made = self.add(self.multiply(e, self.basis.log(a.scale)), made)
        return _named(made, lambda: Call("log", (a.node,)))

    def exponential(self, a: Value) -> Value:
        if not isinstance(a, Series):
            return constants.exponential(a)
        growing, rest = self.growing(a)
        made = self._bounded_exponential(rest)
        if not self.is_surely_zero(growing):
            made = self.multiply(self._large_exponential(growing), made)
        return _named(made, lambda: Call("exp", (a.node,)))

    def _bounded_exponential(self, a: Value) -> Value:
        """exp of what has a finite limit."""
        if not isinstance(a, Series):
            return constants.exponential(a)
        _, level, small = self.parts(a)
        series = self._exponential_series(small, lambda: Call("exp", (small.node,)))
        return self.multiply(self._bounded_exponential(level), series)

    def _large_exponential(self, a: Value) -> Value:
        """exp of what goes to infinity: a power of a scale that is as fast, else a scale of its own.

        The power may be the 0-th one for some phases or parameters.
        """
        for scale in list(self.basis.scales):
            log = self.basis.log(scale)
            ratio = self.divide(a, log)
            try:
                c = self.limit(ratio)
            except phases.OfPhase:
                return self._exponential_of_wave(a)
            if c is None:
                slower = scale
                break
            if self.is_surely_zero(c):
                continue
            return self.multiply(monomial(scale, c), self.exponential(self._less(a, c, log)))
        else:
            raise Undecided("an exponential slower than every scale")
        side = self.sign(a)
        size = a if side > 0 else self.negative(a)
        new = Scale(self.basis, Call("exp", (_written(size) or node_of(size),)), size)
        self.basis.scales.insert(self.basis.scales.index(slower), new)
        return monomial(new, Fraction(side))

    def _exponential_of_wave(self, a: Value) -> Value:
        """exp of what goes to infinity now and then: a power, with a phase in it, of exp of what does so always."""
        wave, size = self._amplitude(a)
        if not phases.phases_in(wave):
            raise Undecided("how fast an exponent grows")
        less = self._less(a, wave, size)
        return self.multiply(self.power(self._large_exponential(size), wave), self.exponential(less))

    def _amplitude(self, a: Value) -> tuple[Exact, Value]:
        """The constant of the leading term of a value, and what stands with it."""
        if not isinstance(a, Series):
            return a, ONE
        lead = self.lead(a, self.is_surely_zero)
        if lead is None:
            raise Undecided("how fast an exponent grows")
        constant, slower = self._amplitude(lead[1])
        return constant, self.multiply(slower, monomial(a.scale, lead[2]))

    def _less(self, a: Value, c: Exact, b: Value) -> Value:
        """a - c*b, for c the limit of a/b: leading terms cancel, and need no algebra to be found to."""
        rest = self.add(self._headless(a)[0], self.multiply(-c, self._headless(b)[0]))
        return _named(rest, lambda: plus(((1, node_of(a)), (-1, times(exact.tree(c), node_of(b))))))

    def _headless(self, a: Value) -> tuple[Value, Node]:
        """A value without its leading term, and that term."""
        if not isinstance(a, Series) or (lead := self.lead(a, self.is_surely_zero)) is None:
            return ZERO, node_of(a)
        index, coefficient, exponent = lead
        inner, head = self._headless(coefficient)
        term = _times_power(head, a.scale, exponent)
        terms = chain([(inner, exponent)], a.terms(index + 1))
        return Series(a.scale, terms, lambda: plus(((1, a.node), (-1, term)))), term


def _written(value: Value) -> Node | None:
    """What a value comes to, term by term; None where it does not end."""
    if not isinstance(value, Series):
        return exact.tree(value)
    found: list[tuple[int, Node]] = []
    for index, (coefficient, exponent) in enumerate(value.terms()):
        inner = _written(coefficient)
        if inner is None or index == 3 * FUEL or len(found) == FUEL:
            return None
        if inner is not Number(0):
            found.append((1, _times_power(inner, value.scale, exponent)))
    return plus(found)


def _times_power(factor: Node, scale: Scale, exponent: Exact) -> Node:
    if _is_known_zero(exponent):
        return factor
    if isinstance(scale.node, Call) and scale.node.function == "exp":
        return times(factor, Call("exp", (times(exact.tree(exponent), scale.node.args[0]),)))
    if exponent == 1:
        return times(factor, scale.node)
    if isinstance(exponent, Fraction) and exponent < 0:
        return over(factor, scale.node if exponent == -1 else Call("**", (scale.node, exact.tree(-exponent))))
    return times(factor, Call("**", (scale.node, exact.tree(exponent))))


_unnamed = count()


def opaque() -> Node:
    """A name of its own for a function of t that has no other: equal to nothing but itself."""
    return Name(f"series {next(_unnamed)}")


def _of_one_plus(r: Series, p: Exact) -> Node:
    return Call("**", (plus(((1, Number(1)), (1, r.node))), exact.tree(p)))


def _named(value: Value, node: Callable[[], Node]) -> Value:
    if isinstance(value, Series):
        made = Series(value.scale, value.terms(), node)
        made.apart = value.apart
        return made
    return value


def _exact(value: Value) -> Exact:
    assert not isinstance(value, Series)
    return value


def _is_known_zero(value: Exact) -> bool:
    try:
        return constants.is_zero(value)
    except Undecided:
        return False


def _is_plain_zero(value: Value) -> bool:
    return isinstance(value, Fraction) and not value


def _binomial(n: int, k: int) -> int:
    return factorial(n) // (factorial(k) * factorial(n - k))


def _rest(node: Node, shown: list[Term], scale: Scale) -> Node:
    """A function less the terms of its series that were seen."""
    return plus([(1, node), *((-1, node_of(monomial(scale, e, c))) for c, e in shown)])


def _of_power(expression: Any) -> Any:
    """Roots of what has factors in them, as roots of these: sqrt(t**2 + 2*t + 1) is t + 1."""
    return expression.replace(
        lambda e: e.is_Pow and e.exp.is_Rational and not e.exp.is_Integer and e.base.is_Add,
        lambda e: sympy.factor(e.base) ** e.exp,
    )


@lru_cache(maxsize=1024)
def vanishes(node: Node) -> bool:
    """Does algebra prove that a function of t is zero?"""
    if operations(node) > _PROVED:
        return False
    try:
        expression = symbolic.to_sympy(node).subs(symbolic.symbol(T.name), sympy.Symbol("t", positive=True))
        ways = (lambda e: e, sympy.expand, sympy.simplify, lambda e: sympy.expand(_of_power(e)))
        return any(bool(way(expression) == 0) for way in ways)
    except symbolic.FAILURES:
        return False
