"""Phases: angles and fractions of which only the range is known, and constants that depend on them.

    sine, cosine = turning(0)
    hull(sine + 2)                          # a ball around 2 with radius 1

A phase takes every value of its range again and again, as sin(x) does far out. What is said here of a constant is
proved for all of its phases at once: by enclosures over boxes that cover their ranges, by the mean of a sum of waves,
or by the real zeros of a rational function.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import count as whole_numbers
from typing import Any

import sympy

from calcgrad.calculus import numeric, symbolic
from calcgrad.calculus.multiseries.exact import (
    ONE,
    ZERO,
    Constant,
    Exact,
    Undecided,
    atom,
    cosines,
    is_rational_power,
    tree,
)
from calcgrad.expression.columns import has
from calcgrad.expression.tree import (
    Call,
    Name,
    Node,
    Number,
    names_in,
    operations,
    postorder,
    substitute,
    text,
)

_PHASE = "phase "  # no user's name begins so
_TURN = Fraction(6_283_186, 10**6)  # a little more than 2*pi
_MOST_BOXES = 500  # enclosures of one constant over all its phases,
_MOST_ENCLOSED = 20_000  # and operations in all of them together
_NARROWEST = Fraction(1, 2**40)  # of a side of one of these


class OfPhase(Undecided):
    """The sign of a constant is not the same for all phases, or is not known to be; ``constant`` is it."""

    def __init__(self, constant: Constant, why: str) -> None:
        super().__init__(why)
        self.constant = constant


class Wavers(OfPhase):
    """A constant that is positive for some phases and negative for others; phases may be tied so that it never is."""


Arc = tuple[Fraction, Fraction]
arcs: dict[str, Arc] = {}  # of phases that are kept to a part of the circle, or of [0, 1)


def turning(index: int, arc: Arc | None = None) -> tuple[Constant, Constant]:
    """Sine and cosine of an angle that takes every value, again and again; or of one that is kept to an arc."""
    name = Name(_within(f"{_PHASE}angle {index}", arc))
    sine, cosine = Call("sin", (name,)), Call("cos", (name,))
    cosines[cosine] = sine
    return atom(sine), atom(cosine)


def fraction_part(index: int, arc: Arc | None = None) -> Constant:
    """A fractional part that takes every value from 0 up to 1, again and again; or one that is kept to a part."""
    return atom(Name(_within(f"{_PHASE}fraction {index}", arc)))


def _within(name: str, arc: Arc | None) -> str:
    if arc is None:
        return name
    made = f"{name} in {arc[0]} {arc[1]}"
    arcs[made] = arc
    return made


def index_of(name: str) -> int:
    return int(name.split()[2])


def is_angle(name: str) -> bool:
    return name.split()[1] == "angle"


def _whole_range(name: str) -> Arc:
    return arcs.get(name, (ZERO, _TURN if is_angle(name) else ONE))


@lru_cache(maxsize=1024)
def hull(value: Exact) -> Any:
    """A ball that holds a constant for all its phases; None where none is known."""
    node = tree(value)
    if phases_in(value) != names_in(node):
        return None
    env = {name: numeric.Ball(*_middle(*_whole_range(name))) for name in names_in(node)}
    found = numeric.ball(node, env, 20)
    return numeric.as_arb(found) if isinstance(found, Fraction | numeric.Ball) else None


def is_somewhere_not_zero(value: Exact) -> bool:
    """Is it proved at a single choice of its phases? For what is asked of an identity, before all of them are."""
    names = phases_in(value)
    if not names or names != names_in(node := tree(value)):
        return False
    env = {}
    for k, name in enumerate(sorted(names), 3):
        low, high = _whole_range(name)
        env[name] = numeric.Ball(*_middle(place := low + (high - low) / k, place))
    return numeric.sign(numeric.ball(node, env, 20)) in (-1, 1)


def phases_in(value: Exact) -> frozenset[str]:
    names = names_in(tree(value)) if isinstance(value, Constant) else frozenset()
    return frozenset(name for name in names if name.startswith(_PHASE))


def parameters_in(value: Exact) -> frozenset[str]:
    """Its names that are no phases."""
    return names_in(tree(value)) - phases_in(value) if isinstance(value, Constant) else frozenset()


def _middle(low: Fraction, high: Fraction) -> tuple[Any, Any]:
    """Midpoint and radius of an interval, the radius rounded up."""
    mid, rad = (low + high) / 2, (high - low) / 2 + Fraction(1, 10**15)
    return numeric.mp.mpf(mid.numerator) / mid.denominator, numeric.mp.mpf(rad.numerator) / rad.denominator


def enclosures(
    node: Node, phases: frozenset[str], settled: Callable[[numeric.Value], bool]
) -> Iterator[numeric.Value]:
    """Values of a constant over boxes that cover all its phases, each halved until it is ``settled``; Undecided where
    one never is."""
    names = sorted(phases)
    boxes = deque([[_whole_range(name) for name in names]])
    for _ in range(min(_MOST_BOXES, _MOST_ENCLOSED // (1 + operations(node)))):
        if not boxes:
            return
        box = boxes.popleft()
        env = {name: numeric.Ball(*_middle(*sides)) for name, sides in zip(names, box, strict=True)}
        value = numeric.ball(node, env, 20)
        if settled(value):
            yield value
            continue
        widest = max(range(len(box)), key=lambda i: box[i][1] - box[i][0])
        low, high = box[widest]
        if high - low < _NARROWEST:
            break
        middle = (low + high) / 2
        for part in ((low, middle), (middle, high)):
            boxes.append([*box[:widest], part, *box[widest + 1 :]])
    raise Undecided(f"what is {text(node)} for all phases?")


def signs_by_harmonics(value: Constant) -> frozenset[int]:
    """That of the mean over all phases, where it outweighs all waves together; none where it does not."""
    if (waves := harmonics(value)) is None:
        return frozenset()
    sizes: dict[tuple[int, ...], list[Any]] = {}
    for key, wave in waves.items():
        balls = [numeric.ball(tree(part), {}, 20) for part in wave if part != 0]
        sizes[key] = [numeric.as_arb(ball) for ball in balls if isinstance(ball, Fraction | numeric.Ball)]
        if len(sizes[key]) < len(balls):
            return frozenset()
    mean = sum(sizes.pop((0,) * len(phases_in(value)), []))
    beside = sum(sum(each * each for each in parts).sqrt() for parts in sizes.values() if parts)
    if not abs(mean) > beside:
        return frozenset()
    return frozenset({1 if mean > 0 else -1})


def signs_by_algebra(value: Constant) -> frozenset[int]:
    """Those of a rational function of one fraction, or of the sine and cosine of one angle, by its real zeros; none
    where they are not known."""
    names = phases_in(value)
    try:
        if len(names) == 1 and not names & arcs.keys() and (node := in_one_name(value)) is not None:
            parts = sympy.fraction(sympy.together(symbolic.to_sympy(node)))
            top, bottom = (sympy.Poly(each, symbolic.symbol(ONLY), domain="QQ") for each in parts)
            return _signs_on_line(top, bottom) if is_angle(*names) else _signs_on_unit(top, bottom)
        vanishes = (
            not is_somewhere_not_zero(value) and symbolic.is_zero(symbolic.to_sympy(tree(value))) is True
        )
    except (*symbolic.FAILURES, sympy.PolynomialError):
        return frozenset()
    return frozenset({0} if vanishes else {})


def _signs_on_line(top: sympy.Poly, bottom: sympy.Poly) -> frozenset[int]:
    """Of a quotient on the line and at infinity, without poles."""
    if top.is_zero or bottom.count_roots():
        return frozenset({0} if top.is_zero else {})
    factors = [(each.count_roots(), times_) for each, times_ in top.sqf_list()[1]]
    if any(count and times_ % 2 for count, times_ in factors):
        return frozenset({-1, 1})
    side = 1 if top.LC() * bottom.LC() > 0 else -1
    return frozenset(
        {side, 0} if top.degree() < bottom.degree() or any(count for count, _ in factors) else {side}
    )


def _signs_on_unit(top: sympy.Poly, bottom: sympy.Poly) -> frozenset[int]:
    """Of a quotient from 0 to 1, both with it, without poles."""
    if top.is_zero or bottom.count_roots(0, 1):
        return frozenset({0} if top.is_zero else {})
    inside = [
        (each.count_roots(0, 1) - sum(each.eval(end) == 0 for end in (0, 1)), times_)
        for each, times_ in top.sqf_list()[1]
    ]
    if any(count and times_ % 2 for count, times_ in inside):
        return frozenset({-1, 1})
    place = next(Fraction(1, n) for n in whole_numbers(2) if top.eval(sympy.Rational(1, n)))
    at = sympy.Rational(place.numerator, place.denominator)
    side = 1 if top.eval(at) * bottom.eval(at) > 0 else -1
    touches = any(count for count, _ in inside) or not (top.eval(0) and top.eval(1))
    return frozenset({side, 0} if touches else {side})


ONLY = "s_0"  # no user's name: a phase, or the tangent of half of it


def in_one_name(value: Constant) -> Node | None:
    """A rational function of one phase with the name ``ONLY`` for a fraction, or for the tangent of half an angle;
    None for others."""
    (name,) = phases_in(value)
    s = Name(ONLY)
    if is_angle(name):
        square = Call("+", (Number(1), Call("**", (s, Number(2)))))
        put: dict[Node, Node] = {
            Call("sin", (Name(name),)): Call("/", (Call("*", (Number(2), s)), square)),
            Call("cos", (Name(name),)): Call("-", (Call("/", (Number(2), square)), Number(1))),
        }
    else:
        put = {Name(name): s}
    made = substitute(tree(value), put)
    return made if names_in(made) == {ONLY} and is_rational_power(made, ONE) else None


_PLACES = 16  # on the circle, where a constant is looked at
_WIDTHS = Fraction(1, 10**3), Fraction(1, 10**9)  # of what is looked at there


def by_powers(value: Constant) -> dict[tuple[int, int], Exact] | None:
    """What stands before each sin**i*cos**j of a polynomial in these of one phase; None for others."""
    parts: dict[tuple[int, int], Exact] = {}
    for monomial, coefficient in value.terms.items():
        powers = {"sin": 0, "cos": 0}
        fixed: set[tuple[Node, Fraction]] = set()
        for node, exponent in monomial:
            if not phases_in(atom(node)):
                fixed.add((node, exponent))
            elif (node in cosines or node in cosines.values()) and exponent.denominator == 1 and exponent > 0:
                assert isinstance(node, Call)
                powers[node.function] = int(exponent)
            else:
                return None
        key = powers["sin"], powers["cos"]
        parts[key] = parts.get(key, ZERO) + Constant({frozenset(fixed): coefficient}) * ONE
    return parts


Wave = tuple[Exact, Exact]  # real and imaginary part


def harmonics(value: Constant) -> dict[tuple[int, ...], Wave] | None:
    """What stands before exp(i*k*phi) in a polynomial in sines and cosines of several angles, by the multiples k of
    each; None for others."""
    names = sorted(phases_in(value))
    steps: dict[Node, tuple[int, bool]] = {}
    for index, name in enumerate(names):
        if not is_angle(name):
            return None
        steps[Call("sin", (Name(name),))], steps[Call("cos", (Name(name),))] = (index, True), (index, False)
    found: dict[tuple[int, ...], Wave] = {}
    half = Fraction(1, 2)
    for monomial, coefficient in value.terms.items():
        fixed = frozenset((node, e) for node, e in monomial if node not in steps)
        if phases_in(factor := Constant({fixed: coefficient}) * ONE):
            return None
        part: dict[tuple[int, ...], Wave] = {(0,) * len(names): (factor, ZERO)}
        for node, exponent in monomial - fixed:
            if exponent.denominator > 1 or not 0 < exponent <= _LARGEST_HARMONIC:
                return None
            index, is_sine = steps[node]
            for _ in range(int(exponent)):
                made: dict[tuple[int, ...], Wave] = {}
                for key, (re, im) in part.items():
                    for way in (1, -1):  # sin = (e - 1/e)/(2*i)
                        wave = (im * (half * way), re * (-half * way)) if is_sine else (re * half, im * half)
                        _add_wave(made, (*key[:index], key[index] + way, *key[index + 1 :]), wave)
                part = made
        for key, wave in part.items():
            _add_wave(found, key, wave)
    return found


_LARGEST_HARMONIC = 12


def _add_wave(waves: dict[tuple[int, ...], Wave], key: tuple[int, ...], wave: Wave) -> None:
    re, im = waves.get(key, (ZERO, ZERO))
    waves[key] = re + wave[0], im + wave[1]


def varies(value: Exact) -> bool:
    """Does a constant of one phase certainly take different values, each again and again?

    It does where its enclosures over two short arcs have nothing in common.
    """
    phases, node = phases_in(value), tree(value)
    if len(phases) != 1 or phases != names_in(node):
        return False
    (name,) = phases
    low, high = _whole_range(name)
    for width in _WIDTHS:
        seen, reach = list[Any](), width * (high - low)
        for k in range(_PLACES):
            place = low + (high - low) * Fraction(2 * k + 1, 2 * _PLACES)
            found = numeric.ball(node, {name: numeric.Ball(*_middle(place - reach, place + reach))}, 20)
            if isinstance(found, Fraction | numeric.Ball):
                seen.append(numeric.as_arb(found))
        if any(not seen[0].overlaps(each) for each in seen):
            return True
    return False


def is_continuous(value: Constant) -> bool:
    """Is a constant a continuous function of its phases?"""
    jumps = {"sign", "floor", "ceiling", "Heaviside", "acot"}
    return not any(isinstance(each, Call) and each.function in jumps for each in postorder(tree(value)))


def check_over_phases(node: Call) -> None:
    """Raises Undecided unless a function has bounded real values for all phases in its arguments."""
    phases = frozenset(name for name in names_in(node) if name.startswith(_PHASE))
    if not phases or not has(node, "domain"):  # real and bounded wherever their arguments are
        return
    if phases != names_in(node):
        raise Undecided("a function of phases and parameters")
    for _ in enclosures(node, phases, lambda value: isinstance(value, Fraction | numeric.Ball)):
        pass
