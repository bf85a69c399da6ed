"""What a function is like just beside a point, or far out: its expansion, its limit, its sign.

    germ(parse("sin(x)/x").node, "x", Number(0), 1).limit()             # Fraction(1)
    limit(parse("x*sin(x)").node, "x", INFINITY, 1).reason              # "oscillates"

A limit is proved or it is not known. Where angles go to infinity it exists if the expansion says so for every phase;
that there is none is proved by two sequences along which the function has different limits: its angle meets each phase,
and each phase and a little more, again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from itertools import islice, product
from math import lcm
from typing import Any, TypeVar

from calcgrad.calculus.multiseries import constants, exact, functions, squeeze
from calcgrad.calculus.multiseries.exact import (
    ONE,
    ZERO,
    Constant,
    Depends,
    Exact,
    NotReal,
    Undecided,
    by_pythagoras,
    normal,
    terms_of,
)
from calcgrad.calculus.multiseries.phases import (
    Arc,
    OfPhase,
    Wave,
    Wavers,
    fraction_part,
    harmonics,
    hull,
    index_of,
    is_angle,
    is_continuous,
    is_somewhere_not_zero,
    parameters_in,
    phases_in,
    varies,
)
from calcgrad.calculus.multiseries.series import (
    Arithmetic,
    Fork,
    Phases,
    Rebase,
    Residues,
    Series,
    Value,
    vanishes,
)
from calcgrad.expression.tree import INFINITY, PI, Call, Node, is_infinite

_CLASSES = 60  # of remainders of an integer that are told apart
_TRIED = 3  # waves that are put at their ends, one after the other
_SQUEEZED = 2  # and one with the other
_FORKS = 3  # signs that are not the same for all phases, and are chosen
_REBASED = 6  # times that an angle is divided
_FEW = 4  # phases at which a limit is compared that no enclosures tell apart
_TURNS = [Fraction(k, 12) for k in (0, 6, 12, 18, 2, 10, 14, 22, 3, 9, 15, 21, 4, 8, 16, 20)]  # of pi
_FRACTIONS = (Fraction(0), Fraction(1, 2), Fraction(9, 10))


@dataclass(frozen=True)
class Germ:
    """The expansion of a function as t -> oo, where x = point + side/t, or x = t or -t."""

    arithmetic: Arithmetic
    value: Value

    def limit(self) -> Exact | None:
        """Its limit; None where it is infinite."""
        return self.arithmetic.limit(self.value)

    def sign(self) -> int:
        return self.arithmetic.sign(self.value)


@dataclass(frozen=True)
class Found:
    """A limit from one side: ``value`` where it is finite, ``infinite`` 1 or -1, else the ``reason``.

    reasons: not-real, undefined (both all the way, or ``again`` and again), oscillates (two sequences have different
    limits, ``ends``), undecided (``why``).
    """

    value: Exact | None = None
    infinite: int = 0
    reason: str = ""
    why: str = ""
    ends: tuple[Found, Found] | None = None
    bounds: tuple[Exact | None, Exact | None] | None = None
    depends: Constant | None = None  # on whose sign it depends, where it is undecided because of a parameter
    germ: Germ | None = field(default=None, compare=False, repr=False)  # whose first terms gave it
    # it is not real, or not defined, along a sequence: a limit asks for values all the way
    again: bool = False


def germ(root: Node, variable: str, point: Node, side: int) -> Germ:
    """``root`` just to one side of ``point``, or far out. Raises NotReal and Undecided."""
    whole = _Class() if _is_sequence(variable, point) else None
    return _rebased(lambda phases: _germ(root, variable, point, side, phases, whole), Phases())


def _is_sequence(variable: str, point: Node) -> bool:
    """Does the variable go through integers only?"""
    return variable in constants.assumed().integers and is_infinite(point)


@dataclass(frozen=True)
class _Class:
    """The integers modulus*t + remainder."""

    modulus: int = 1
    remainder: int = 0


_Made = TypeVar("_Made")


def _rebased(ask: Callable[[Phases], _Made], phases: Phases) -> _Made:
    """``ask`` with phases whose angles are divided until all that share one are whole multiples of it."""
    for _ in range(_REBASED):
        try:
            return ask(phases)
        except Rebase as again:
            phases = phases.divided(again.index, again.part)
    raise Undecided("too many angles")


def holds(condition: Node, variable: str, point: Node, side: int) -> bool:
    """Is a condition true all the way, just to one side of ``point`` or far out? Raises NotReal and Undecided."""

    def ask(phases: Phases) -> bool:
        m, x = _approaching(point, side, phases, _Class() if _is_sequence(variable, point) else None)
        return functions.holds(m, condition, {variable: x}, {})

    return _rebased(ask, Phases())


def _germ(
    root: Node, variable: str, point: Node, side: int, phases: Phases, whole: _Class | None = None
) -> Germ:
    m, x = _approaching(point, side, phases, whole)
    known: dict[Node, Value] = {}
    # first: what is rounded is a whole number and a fraction from then on
    for step in functions.steps(root, variable):
        functions.evaluate(m, step, {variable: x}, known)
    return Germ(m, functions.evaluate(m, root, {variable: x}, known))


def _approaching(point: Node, side: int, phases: Phases, whole: _Class | None) -> tuple[Arithmetic, Value]:
    """The value of the variable on its way to ``point``, through a class of integers where there is one."""
    m = Arithmetic(phases, whole is not None)
    t: Value = m.basis.t
    if whole is not None and whole != _Class():
        t = m.add(Fraction(whole.remainder), m.multiply(Fraction(whole.modulus), t))
    x: Value
    if point is INFINITY:
        x = t
    elif isinstance(point, Call) and point.function == "neg" and point.args[0] is INFINITY:
        x = m.negative(t)
    else:
        x = m.add(constants.of(point), m.multiply(Fraction(side), m.inverse(t)))
    return m, x


class _Question:
    """One side of a function: its limit for all phases, or along a sequence that fixes one of them.

    ``phases`` and ``germ`` are those of the last answer; ``of_phase`` the constants whose sign depended on a phase.
    ``existing`` says that a proof that there is none would be of no use; ``compared`` on what it depends whether two of
    its sequences have different limits.
    """

    def __init__(
        self,
        root: Node,
        variable: str,
        point: Node,
        side: int,
        whole: _Class | None = None,
        step: tuple[int, int] = (1, 0),
        parts: dict[int, int] | None = None,
        existing: bool = False,
    ) -> None:
        self._of = root, variable, point, side
        self.existing = existing
        self.whole = whole
        self.phases = Phases(parts=parts or {}, step=step)
        self.germ: Germ | None = None
        self.of_phase: list[Constant] = []
        self.compared: Depends | None = None

    @property
    def is_whole(self) -> bool:
        """Is it asked along no class of integers and of no steps?"""
        return self.whole is None and self.phases.step == (1, 0) and not self.phases.parts

    def along(self, phases: Phases) -> Found:
        def ask(phases: Phases) -> Found:
            self.phases, self.germ = phases, None
            self.germ = _germ(*self._of, phases, self.whole)
            value = self.germ.limit()
            return Found(_tidy(value)) if value is not None else Found(infinite=self.germ.sign())

        try:
            return _rebased(ask, phases)
        except NotReal as error:
            return Found(reason=error.kind)
        except Residues:
            raise
        except (Undecided, RecursionError) as error:
            if isinstance(error, OfPhase):
                self.of_phase.append(error.constant)
            return _unknown(error)

    def two(self, limits: Iterator[Found]) -> tuple[Found, Found] | None:
        """Two different limits along sequences, if they are not a parameter's affair."""
        try:
            return _two(limits)
        except Depends as error:
            self.compared = self.compared or error
            return None


def _unknown(error: Exception) -> Found:
    depends = error.constant if isinstance(error, Depends) else None
    return Found(reason="undecided", why=str(error), depends=depends)


def _tidy(value: Exact) -> Exact:
    """0 for a sum that is known to be zero, but has another form; of parameters, without what fractions share."""
    try:
        if not is_somewhere_not_zero(value) and constants.is_zero(value):
            return ZERO
    except Undecided:
        pass
    return constants.whole_of_sum(constants.cancelled(value))


def limit(root: Node, variable: str, point: Node, side: int, squeezed: int = 0) -> Found:
    """The limit from one side (at infinity there is only one), or why there is none. Of what has so many waves
    ``squeezed``, only a limit that exists is of use, so that else it is undecided."""
    found = _of_classes(root, variable, point, side, squeezed > 0)
    if found is None:
        found = _unknown(Undecided("the limits of its parts were not compared"))
    if found.reason == "undecided" and found.depends is None and squeezed < _SQUEEZED:
        return _squeezed(root, variable, point, side, squeezed + 1) or found
    return found


def _squeezed(root: Node, variable: str, point: Node, side: int, waves: int) -> Found | None:
    """The limit of two functions between which it lies; None where they have none in common, or none are known."""

    def sign(node: Node) -> int:
        try:
            return germ(node, variable, point, side).sign()
        except Undecided:
            for ends in islice(squeeze.ends(node, variable, sign), _TRIED):
                low, high = map(sign, ends)
                if low == high:
                    return low
            raise

    for one, other in islice(squeeze.ends(root, variable, sign), _TRIED):
        found = limit(one, variable, point, side, waves)
        if not found.reason and _same(found, limit(other, variable, point, side, waves)):
            return found
    return None


def _of_classes(root: Node, variable: str, point: Node, side: int, existing: bool) -> Found | None:
    """The limit that all classes of remainders share: of the integers of a sequence, or of its first step."""
    sequence = _is_sequence(variable, point)
    modulus, steps, parts = 1, 1, dict[int, int]()
    while modulus * steps <= _CLASSES:
        found: list[Found] = []
        asked = None
        try:
            for remainder, step in product(range(modulus), range(steps)):
                whole = _Class(modulus, remainder) if sequence else None
                asked = _Question(root, variable, point, side, whole, (steps, step), parts, existing)
                found.append(_limit(asked))
                if found[-1].reason in ("oscillates", "undecided"):
                    unsure = sequence and steps > 1  # whether integers and steps of them meet in this way
                    return None if unsure else found[-1]
        except Residues as more:
            assert asked is not None
            if not more.step:
                modulus *= more.modulus
            elif asked.phases.parts != parts:  # other, finer steps
                steps, parts = more.modulus, asked.phases.parts
            else:
                steps = lcm(steps, more.modulus) if steps % more.modulus else steps * more.modulus
            continue
        if all(_same(found[0], each) and found[0].reason == each.reason for each in found):
            return found[0]
        if sequence and steps > 1:
            break
        try:
            if (ends := _two(iter(found))) is not None:
                return Found(reason="oscillates", ends=ends, bounds=_unbounded(ends))
        except Depends as error:
            return _unknown(error)
        return next((replace(each, again=True) for each in found if each.reason), None)
    return None


def _limit(asked: _Question) -> Found:
    found = asked.along(asked.phases)
    if found.infinite or (found.value is not None and not phases_in(found.value)):
        return replace(found, germ=asked.germ) if asked.is_whole else found
    if not (asked.phases.angles or asked.phases.steps):
        return (
            found if found.value is None else _unknown(Undecided("a limit beyond the terms that are known"))
        )
    asked.compared = None
    try:
        made = _of_phases(asked, found)
    except Residues:
        raise
    except (NotReal, Undecided, RecursionError) as error:
        made = _unknown(error)
    if made.reason == "undecided" and made.depends is None and asked.compared is not None:
        return _unknown(asked.compared)
    return made


def _of_phases(asked: _Question, found: Found) -> Found:
    """What becomes of a limit that depends on phases, or is not known for all of them."""
    phases, germ = asked.phases, asked.germ
    continuous = False
    if isinstance(found.value, Constant) and germ is not None:
        names = phases_in(found.value)
        continuous = is_continuous(found.value)
        if phases.are_free(germ.arithmetic, names) and (
            continuous or (len(names) == 1 and asked.whole is None)
        ):
            several = len(names) > 1 or varies(found.value)
            most = len(_TURNS) if several else _FEW
            if (ends := asked.two(islice(_limit_points(found.value), most))) is not None:
                return Found(reason="oscillates", ends=ends, bounds=_bounds(found.value))
            if parameters_in(found.value) and (made := _of_amplitudes(found.value)) is not None:
                return made
            for point in () if several else islice(_limit_points(found.value), 1):
                if point.value is not None and vanishes(exact.tree(found.value - point.value)):
                    return point
        elif asked.whole is None and _is_almost_periodic(found.value, germ.arithmetic, phases):
            return Found(reason="oscillates")
        found = Found(reason="undecided", why="no two sequences with different limits were found")
        if phases.unknown and (same := _of_branches(asked)) is not None:
            return same
    elif germ is not None and _swings(germ, phases):
        ends = Found(infinite=1), Found(infinite=-1)
        return Found(reason="oscillates", ends=ends, bounds=(None, None))
    elif asked.of_phase and (same := _of_branches(asked)) is not None:
        return same
    if asked.existing:
        return found
    sooner = len(phases.names) > 1 or asked.whole is not None  # than one phase after the other
    if sooner and (apart := _of_arcs(asked)) is not None:
        return apart
    if asked.whole is None:
        littles = _LITTLE[:1] if continuous else _LITTLE
    else:
        littles = (_approximation,) if _is_approximated(asked) else ()
    fixed = [*_at_zeros(asked, littles), *_sequences(phases, littles)]
    gone: list[Found] = []
    if (ends := asked.two(_present((asked.along(each) for each in fixed), gone))) is not None:
        return Found(reason="oscillates", ends=ends, bounds=_unbounded(ends))
    apart = None if sooner else _of_arcs(asked)
    return apart or (replace(gone[0], again=True) if gone and found.reason == "undecided" else found)


def _present(limits: Iterable[Found], gone: list[Found]) -> Iterator[Found]:
    """The limits along sequences on which there are values; ``gone`` takes in the others."""
    for each in limits:
        if each.reason in ("not-real", "undefined"):
            gone.append(each)
        else:
            yield each


def _is_almost_periodic(value: Constant, m: Arithmetic, phases: Phases) -> bool:
    """Is it proved to be an almost periodic function that is not constant, and so comes near each of its values again
    and again (Bohr 1925)?

    It has one coefficient for each frequency, so it is enough that one of these, not 0, has a coefficient that is not
    zero; how the frequencies are tied otherwise need not be known.
    """
    waves = harmonics(value)
    if waves is None:
        return False
    indices = [index_of(name) for name in sorted(phases_in(value))]
    if any((index, True) in phases.bound for index in indices):
        return False
    first, *others = (phases.angles[index][0] for index in indices)
    ratios: list[Exact] = [ONE]
    for angle in others:
        ratio = m.limit(m.divide(angle, first))
        if ratio is None or not m.is_same(angle, m.multiply(ratio, first)):
            return False
        ratios.append(ratio)
    lines: list[tuple[Exact, Wave]] = []  # frequencies above 0, with their coefficients
    try:
        for multiples, (re, im) in waves.items():
            frequency = sum((ratio * Fraction(k) for k, ratio in zip(multiples, ratios, strict=True)), ZERO)
            if constants.sign(frequency) <= 0:  # the coefficients of opposite ones are conjugate
                continue
            for index, (other, (a, b)) in enumerate(lines):
                if constants.is_zero(frequency - other):
                    lines[index] = other, (a + re, b + im)
                    break
            else:
                lines.append((frequency, (re, im)))
        return any(not constants.is_zero(part) for _, wave in lines for part in wave)
    except Depends:
        raise
    except Undecided:
        return False


def _of_amplitudes(value: Constant) -> Found | None:
    """A polynomial in sines and cosines of free angles, by the amplitudes of its waves, which parameters may make 0;
    None for others. Raises Depends where that is to be known of one of them."""
    if (waves := harmonics(value)) is None:
        return None
    depends: Depends | None = None
    for multiples, (re, im) in waves.items():
        if not any(multiples):
            continue
        square = terms_of(re * re + im * im)
        sines: dict[Node, Node] = {
            node: Call("sin", node.args)
            for monomial in square
            for node, _ in monomial
            if isinstance(node, Call) and node.function == "cos"
        }
        size = normal(by_pythagoras(square, sines))
        signs = constants.possible_signs(size)
        if 0 not in signs:
            return Found(reason="oscillates")
        if signs != {0} and isinstance(size, Constant):
            depends = depends or Depends(size)
    if depends is not None:
        raise depends
    return Found(waves.get((0,) * len(phases_in(value)), (ZERO, ZERO))[0])


_ARCS = 12  # parts of the circle that are looked at on their own
_WIDTH = Fraction(1, 1000)


def _of_arcs(asked: _Question) -> Found | None:
    """No limit where what the function comes to has nothing in common on two arcs, each of which is met again and
    again; None where that is not found."""
    seen: list[tuple[Found, Any]] = []
    for k in range(_ARCS):
        phases = asked.phases.again(arcs=partial(_arc, k))
        each = asked.along(phases)
        phases = asked.phases
        if each.reason or asked.germ is None or not phases.are_free(asked.germ.arithmetic, phases.names):
            continue
        ball = None if each.value is None else hull(each.value)
        if each.value is not None and ball is None:
            continue
        for other, beside in seen:
            apart = (
                other.infinite != each.infinite
                if ball is None or beside is None
                else not ball.overlaps(beside)
            )
            if apart:
                return Found(reason="oscillates", ends=(other, each), bounds=_unbounded((other, each)))
        seen.append((each, ball))
    return None


def _arc(k: int, index: int, is_angle: bool) -> Arc:
    """The k-th arc, each phase in turn on another one."""
    place = Fraction((k + 5 * index) % _ARCS, _ARCS)
    low, high = place + Fraction(1, 3 * _ARCS), place + Fraction(1, 3 * _ARCS) + _WIDTH
    return (low * 6, high * 6) if is_angle else (low, high)


def _of_branches(asked: _Question, chosen: dict[Node, int] | None = None) -> Found | None:
    """The limit that all branches share, between which the phases choose; None where they do not."""
    chosen = chosen or {}
    try:
        found = asked.along(asked.phases.again(chosen=chosen))
    except Fork as fork:
        if len(chosen) == _FORKS:
            return None
        first: Found | None = None
        for sign in fork.signs:
            each = _of_branches(asked, chosen | {fork.node: sign})
            if each is None or (first is not None and not _same(first, each)):
                return None
            first = each
        return first
    if found.reason or not chosen or (found.value is not None and phases_in(found.value)):
        return None
    return found


def _same(one: Found, other: Found) -> bool:
    if one.value is None or other.value is None:
        return one.value is other.value and one.infinite == other.infinite
    try:
        return constants.is_zero(one.value - other.value)
    except Undecided:
        return False


def _swings(there: Germ, phases: Phases) -> bool:
    """Does it go to infinity with a sign that changes again and again?"""
    m = there.arithmetic
    constant: Exact = ZERO
    try:
        constant, order = m.leading(there.value)
        names = phases_in(constant)
        if names and order > 0 and phases.are_free(m, names):
            constants.sign(constant)
    except Wavers as wave:
        return wave.constant is constant
    except (NotReal, Undecided):
        pass
    return False


def _two(limits: Iterator[Found]) -> tuple[Found, Found] | None:
    """Two different limits along sequences, as soon as they are found; if phases are left in them, for all of these.

    Raises Depends where the sign of a rational function of parameters decides whether any two differ, of the shortest.
    """
    seen: list[Found] = []
    depends: list[Depends] = []
    for each in limits:
        if each.reason:
            continue
        for other in seen:
            try:
                if _differ(other, each):
                    return other, each
            except Depends as error:
                if exact.is_rational(error.constant):  # of others, being zero decides nothing further
                    depends.append(error)
        if each not in seen:
            seen.append(each)
    if depends:
        raise min(depends, key=lambda error: len(error.constant.terms))
    return None


def _limit_points(value: Constant) -> Iterator[Found]:
    """Values of a limit that depends on free phases, each taken, or come as near to as one likes, again and again."""
    names = phases_in(value)
    for k in range(len(_TURNS)):
        places: dict[str, Exact] = {}
        for i, name in enumerate(sorted(names)):
            if is_angle(name):
                places[name] = exact.atom(PI) * _TURNS[(k + i) % len(_TURNS)]
            else:
                places[name] = _FRACTIONS[(k + i) % len(_FRACTIONS)]
        try:
            yield Found(constants.at_phases(value, places))
        except (NotReal, Undecided):
            continue


Fixed = Callable[[Arithmetic], Value]
# what is added to a fixed phase, and dies out
_LITTLE: tuple[Fixed, ...] = (
    lambda m: ZERO,
    lambda m: m.power(m.basis.t, Fraction(-2)),
    lambda m: m.exponential(m.multiply(Fraction(-2), m.basis.t)),
    lambda m: m.exponential(m.negative(m.exponential(m.basis.t))),
)


def _approximation(m: Arithmetic) -> Value:
    """Between -6*pi/t and 6*pi/t, no matter where."""
    place = fraction_part(-1) * Fraction(2) - ONE  # no step has this index
    return m.multiply(exact.atom(PI) * Fraction(6) * place, m.inverse(m.basis.t))


def _is_approximated(asked: _Question) -> bool:
    """Does the one angle, at integers t, come closer to every phase than 6*pi/t, again and again?

    So does a multiple c*t for c/(2*pi) irrational, with something constant beside it (Hardy and Wright, theorem 440).
    """
    phases = asked.phases
    if len(phases.angles) != 1 or phases.steps or phases.bound:
        return False
    ((angle, _, _),) = phases.angles
    if not isinstance(angle, Series):
        return False
    m = Arithmetic(phases, whole=True, basis=angle.scale.basis)
    if not phases.are_free(m, phases.names):
        return False
    return m.linear(angle) is not None


def _sequences(phases: Phases, littles: Iterable[Fixed]) -> Iterator[Phases]:
    """Each angle at each phase, and at a little more, and each step at each fraction."""
    for little in littles:
        for which in range(len(phases.angles)):
            if (which, True) in phases.bound:
                continue
            for turn in _TURNS:
                at = exact.atom(PI) * turn
                sine, cosine = constants.apply("sin", at), constants.apply("cos", at)
                yield phases.again(at=(which, partial(_turned, sine, cosine, little)))
        for which in range(len(phases.steps)):
            if (which, False) in phases.bound:
                continue
            for part in _FRACTIONS:
                yield phases.again(fraction=(which, partial(_moved, part, little)))
            if little is not _LITTLE[0]:  # a fraction is never 1 itself
                yield phases.again(fraction=(which, partial(_moved_back, ONE, little)))


def _at_zeros(asked: _Question, littles: Iterable[Fixed]) -> list[Phases]:
    """Sequences along which a constant of one phase, whose sign was asked for, is zero, or dies out."""
    found: list[Phases] = []
    for constant in asked.of_phase[:1]:
        (name, *more) = phases_in(constant)
        if more or (index_of(name), is_angle(name)) in asked.phases.bound:
            continue
        for zero in constants.zeros(constant):
            for little in littles:
                if is_angle(name):
                    sine, cosine = zero
                    at = partial(_turned, sine, cosine, little)
                    found.append(asked.phases.again(at=(index_of(name), at)))
                else:
                    at_zero = index_of(name), partial(_moved, zero[0], little)
                    found.append(asked.phases.again(fraction=at_zero))
    return found


def _turned(sine: Exact, cosine: Exact, little: Fixed, m: Arithmetic) -> tuple[Value, Value]:
    """Sine and cosine of a little more than a phase."""
    s, c = functions.circular(m, little(m))
    return (
        m.add(m.multiply(sine, c), m.multiply(cosine, s)),
        m.subtract(m.multiply(cosine, c), m.multiply(sine, s)),
    )


def _moved(part: Exact, little: Fixed, m: Arithmetic) -> Value:
    return m.add(part, little(m))


def _moved_back(part: Exact, little: Fixed, m: Arithmetic) -> Value:
    return m.subtract(part, little(m))


def _differ(one: Found, other: Found) -> bool:
    if one.infinite or other.infinite:
        return one.infinite != other.infinite and _is_bounded(one) and _is_bounded(other)
    assert one.value is not None and other.value is not None
    if phases_in(one.value) or phases_in(other.value):
        ball, beside = hull(one.value), hull(other.value)
        if ball is not None and beside is not None and not ball.overlaps(beside):
            return True
        if phases_in(one.value) and phases_in(other.value):
            return False
        gap = one.value - other.value
        if isinstance(gap, Constant) and not is_continuous(gap):
            return False
    try:
        return constants.sign(one.value - other.value) != 0
    except Depends:
        raise
    except Undecided:
        return False


def _is_bounded(found: Found) -> bool:
    """Is a limit infinite, or does one that depends on phases stay bounded?"""
    return found.value is None or not phases_in(found.value) or hull(found.value) is not None


def _unbounded(ends: tuple[Found, Found]) -> tuple[Exact | None, Exact | None] | None:
    return (None, None) if {each.infinite for each in ends} == {-1, 1} else None


def _bounds(value: Constant) -> tuple[Exact, Exact] | None:
    """What a function oscillates between; None where that is not known."""
    try:
        return constants.extent(value)
    except (NotReal, Undecided):
        return None
