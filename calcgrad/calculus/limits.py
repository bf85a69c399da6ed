"""Limits with their evidence: each side on its own, proved by expansion.

    limit(parse("abs(x)/x").node, "x", Number(0)).reason        # "sides-differ"

Where the expansion of a side is not known, SymPy's ``limit`` (Gruntz's algorithm, 1996) is believed if high-precision
numbers on a ladder of points go where it says; numbers alone are evidence of their own kind. Two-sided limits exist
only if both sides exist and agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy
from sympy import S

from calcgrad.budget import attempt
from calcgrad.calculus import functions, numeric, symbolic
from calcgrad.calculus.multiseries import cases, constants
from calcgrad.calculus.multiseries.germs import Found
from calcgrad.calculus.multiseries.witness import agrees
from calcgrad.calculus.numeric import mp
from calcgrad.calculus.sides import approach, place, scale
from calcgrad.errors import TooLarge
from calcgrad.expression.tree import (
    INFINITY,
    Call,
    Name,
    Node,
    is_infinite,
    rational,
    substitute,
    variables,
)

_T = "t_0"  # the distance from the point; no user's name ends up here because trees are substituted first
_FAR = tuple(2**k for k in range(3, 9))  # exponents of the second ladder, 10**-(2**k)
_AGREE_DIGITS = 12
_SYMBOLIC_SHARE = 0.4  # of the time that is left; numbers have the rest
# the ladder of towers of exponentials
_STEPS_OUT = tuple(
    Fraction(k, 4) + Fraction(3, 97) for k in (*range(3, 20), *range(20, 40, 2), *range(40, 84, 4))
)
_SETTLED = 12  # values in small steps, after which they may end where they stand still
_MAX_TOWER = 4  # powers with a variable exponent in one expression


@dataclass(frozen=True)
class OneSided:
    """One side's limit: a SymPy number (oo and -oo included), or None with the reason.

    reasons: not-real, undefined (no values on that side), oscillates (``bounds``), undecided.
    evidence: confirmed, symbolic, numeric (then ``value`` is a Float and ``error`` its estimated bound).
    """

    value: Any
    reason: str = ""
    evidence: str = ""
    bounds: tuple[Any, Any] | None = None
    error: float | None = None


@dataclass(frozen=True)
class Limit:
    """A limit from the sides asked for; ``value`` is None where it does not exist, with the reason."""

    value: Any
    reason: str
    evidence: str
    left: OneSided | None
    right: OneSided | None
    error: float | None = None
    cases: tuple[tuple[str, Limit], ...] = ()  # of parameters, where it depends on them: all that there are

    @property
    def exists(self) -> bool:
        return self.value is not None


def limit(root: Node, variable: str, point: Node, side: str = "both") -> Limit:
    """The limit of a scalar tree as ``variable`` goes to ``point`` (oo and -oo too)."""
    sides = {"left": (-1,), "right": (1,), "both": (-1, 1)}[side]
    if is_infinite(point):
        sides, side = (1,), "right" if point is INFINITY else "left"
    answer = cases.limits(root, variable, point, sides)
    if not answer.cases:
        ones = [_settled(*each, root, variable, point) for each in zip(answer.found, sides, strict=True)]
        return _together(ones, side)
    shown = []
    for condition, assumed, found in answer.cases:
        with constants.assuming(assumed):
            shown.append((condition, _together([*map(_of, found)], side)))
    return replace(_together([*map(_of, answer.found)], side), cases=tuple(shown))


def _together(ones: list[OneSided], side: str) -> Limit:
    """The limit of sides together: of one, or of left and right."""
    if len(ones) == 1:
        (one,) = ones
        left, right = (one, None) if side == "left" else (None, one)
        return Limit(one.value, one.reason, one.evidence, left, right, one.error)
    left, right = ones
    gone = {"not-real", "undefined"}
    if left.reason in gone and right.reason in gone:
        return Limit(None, "undefined", "", left, right)
    if left.reason in gone or right.reason in gone:
        there = right if left.reason in gone else left
        if there.reason == "undecided":
            return Limit(None, "undecided", "", left, right)
        return Limit(None, "one-sided-only", there.evidence, left, right)
    for one in (left, right):
        if one.reason == "oscillates":
            return Limit(None, "oscillates", one.evidence, left, right)
    if left.value is None or right.value is None:
        return Limit(None, "undecided", "", left, right)
    equal = same_value(left.value, right.value)
    if equal is None:
        return Limit(None, "undecided", "", left, right)
    evidence = weakest(left.evidence, right.evidence)
    if not equal:
        return Limit(None, "sides-differ", evidence, left, right)
    errors = [each.error for each in (left, right) if each.error is not None]
    return Limit(left.value, "", evidence, left, right, max(errors, default=None))


def weakest(*kinds: str) -> str:
    return next(kind for kind in ("numeric", "symbolic", "confirmed", "") if kind in kinds)


def same_value(a: Any, b: Any) -> bool | None:
    """Are two limits equal? None where neither algebra nor numbers say."""
    if a == b:
        return True
    if a.is_infinite or b.is_infinite:
        return False
    if a.has(sympy.Float) or b.has(sympy.Float):
        x, y = (mp.make_mpf(each._mpf_) if each.is_Float else _number(each) for each in (a, b))
        if x is None or y is None:
            return None
        with mp.workdps(30):
            return bool(abs(x - y) < mp.mpf(10) ** -_AGREE_DIGITS * max(1, abs(x)))
    try:
        return constants.is_zero(constants.of(symbolic.from_sympy(a)) - constants.of(symbolic.from_sympy(b)))
    except (constants.NotReal, constants.Undecided, symbolic.NoClosedForm, TooLarge):
        if a.free_symbols or b.free_symbols:
            return True if sympy.simplify(a - b) == 0 else None
        return symbolic.is_zero(a - b)


def one_sided(root: Node, variable: str, point: Node, side: int) -> OneSided:
    """The limit from one side (at infinity there is only one): proved by expansion, else asked of SymPy and numbers."""
    (found,) = cases.limits(root, variable, point, (side,)).found
    return _settled(found, side, root, variable, point)


def _settled(found: Found, side: int, root: Node, variable: str, point: Node) -> OneSided:
    """What was found by expansion, with its witness; what was not is asked elsewhere, if there are no parameters."""
    made = _of(found)
    if found.reason == "undecided" and not set(variables(root, point)) - {variable}:
        return _asked(root, variable, point, side)
    if made.value is not None and agrees(root, variable, point, side):
        return replace(made, evidence="confirmed")
    return made


def _of(found: Found) -> OneSided:
    if found.reason:
        bounds = None
        if found.bounds is not None:
            low, high = found.bounds
            bounds = (
                S.NegativeInfinity if low is None else _in_sympy(low),
                S.Infinity if high is None else _in_sympy(high),
            )
        return OneSided(None, found.reason, "confirmed" if found.ends else "", bounds)
    return OneSided(
        S.Infinity * found.infinite if found.value is None else _in_sympy(found.value), evidence="symbolic"
    )


def _in_sympy(value: constants.Exact) -> Any:
    return symbolic.to_sympy(constants.tree(value))


def _asked(root: Node, variable: str, point: Node, side: int) -> OneSided:
    """What SymPy finds, if numbers go there too, or where numbers alone settle; never that there is no limit."""
    seen = approach(root, variable, point, side)
    if not seen.real or not seen.settled:
        return OneSided(None, "undecided")
    exact = attempt(lambda: _symbolic(seen.tree, variable, point, side), _SYMBOLIC_SHARE)
    numbers = _ladder(root, variable, point, side, scale(root))
    if exact is not None and (exact.is_real or exact.is_infinite):
        verdict = _verdict(exact, numbers)
        if verdict is None and len(numbers) < 4:  # it grows so fast that nothing farther can be computed
            verdict = _nears(exact, _small_steps(root, variable, point, side))
        return OneSided(exact, evidence="symbolic") if verdict else OneSided(None, "undecided")
    if (found := _converged(numbers)) is None:
        return OneSided(None, "undecided")
    return OneSided(sympy.Float(found[0], 15), evidence="numeric", error=found[1])


def _symbolic(root: Node, variable: str, point: Node, side: int) -> Any:
    """SymPy's limit from one side, as the distance t falls to 0; None where it has no answer."""
    t = sympy.Symbol(_T, positive=True)
    x = symbolic.symbol(variable)
    try:
        expression = symbolic.to_sympy(root).rewrite((functions.sigmoid, functions.softplus), "exp")
        if sum(bool(power.exp.free_symbols) for power in expression.atoms(sympy.Pow)) > _MAX_TOWER:
            return None  # SymPy's limit takes forever over towers of powers
        if any(each.name.startswith("(") for each in expression.free_symbols):
            return None  # unevaluated giants: numbers may still answer
        if expression.has(sympy.sin) and expression.has(sympy.cos):
            expression = sympy.trigsimp(
                expression
            )  # sin**2 + cos**2 first: the limit takes it for an oscillation
        if is_infinite(point):
            direction = 1 if point is INFINITY else -1
            value = sympy.limit(expression.subs(x, direction * t), t, S.Infinity)
        else:
            place = symbolic.to_sympy(point) + side * t
            value = sympy.limit(expression.subs(x, place), t, 0, "+")
    except (*symbolic.FAILURES, AssertionError, RuntimeError):
        return None  # SymPy's limit fails in many ways; numbers may still answer
    if (
        value.has(sympy.Limit, sympy.Order)
        or value is S.NaN
        or not value.free_symbols <= expression.free_symbols - {x}
    ):
        return None  # SymPy may leave its own letters in it
    if (
        value.has(S.Infinity, S.NegativeInfinity)
        and not value.is_infinite
        and not value.has(sympy.AccumBounds)
    ):
        return None  # a function of oo that SymPy could not evaluate
    return value


# ------------------------------------------------------------------------------------------- the evidence


def _ladder(
    root: Node, variable: str, point: Node, side: int, further: int, powers: tuple[int, ...] = _FAR
) -> list[numeric.Real]:
    """Values at 10**-(2**k) from the point (or that far out), nearest last, as far as they can be had.

    All of it lies ``further`` powers of ten further in, past the constants of the expression.
    """
    found: list[numeric.Real] = []
    for power in powers:
        offset = Fraction(83, 97) * Fraction(1, 10 ** (power + further)) * side
        if is_infinite(point):
            far = Fraction(10) ** (power + further) * Fraction(83, 97) + Fraction(3, 11)
            where: Node = Call("neg", (rational(far),)) if point is not INFINITY else rational(far)
        else:
            where = place(point, offset)
        value = numeric.evaluate(
            substitute(root, {Name(variable): where}), 30, limit=8 * (power + further) + 200
        )
        if not isinstance(value, Fraction | numeric.Ball):
            break
        found.append(value)
    return found


def _small_steps(root: Node, variable: str, point: Node, side: int) -> list[numeric.Real]:
    """Values at x = w, or at the distance 1/w, for w in small steps as far as they can be had: for what grows so
    fast that nothing farther can be computed."""
    found: list[numeric.Real] = []
    failed = 0
    for w in _STEPS_OUT:
        if is_infinite(point):
            where = rational(w if point is INFINITY else -w)
        else:
            where = place(point, side / w)
        value = numeric.evaluate(substitute(root, {Name(variable): where}), 15, limit=1500)
        if isinstance(value, Fraction | numeric.Ball):
            found.append(value)
            failed = 0
            if _converged(found) is not None and len(found) > _SETTLED:
                break
        elif isinstance(value, numeric.Undefined) and value.kind != "too-large":
            found.clear()  # not in the domain yet
        elif found:
            failed += 1
            if failed > 2 or len(found) > _SETTLED:
                break
    return found


def _nears(exact: Any, numbers: list[numeric.Real]) -> bool:
    """Do values in small steps come near the exact limit: is the last third of them nearer than the second?"""
    third = len(numbers) // 3
    if not third:
        return False
    with mp.workdps(30):
        values = [numeric.as_mpf(each, 30) for each in numbers]
        if exact in (S.Infinity, S.NegativeInfinity):
            signed = [value if exact is S.Infinity else -value for value in values[-max(4, third) :]]
            return bool(signed[0] > 1 and all(a < b for a, b in pairwise(signed)))
        target = _number(exact)
        if target is None:
            return False
        gaps = [abs(value - target) for value in values]
        nothing = mp.mpf(10) ** -12 * max(1, abs(target))
        return bool(max(gaps[-third:]) <= max(max(gaps[third:-third]) * mp.mpf("0.9"), nothing))


def _verdict(exact: Any, numbers: list[numeric.Real]) -> bool | None:
    """True: the numbers go where the exact answer says. False: they go elsewhere. None: they do not say."""
    if len(numbers) < 4:
        return None
    with mp.workdps(60):
        values = [numeric.as_mpf(each, 60) for each in numbers]
        if exact in (S.Infinity, S.NegativeInfinity):
            direction = 1 if exact is S.Infinity else -1
            signed = [direction * value for value in values]
            if signed[-1] > signed[-2] > signed[-3] and signed[-1] > 1:
                return True
            away = signed[-1] < signed[-2] < signed[-3] and signed[-1] < -1
            return False if away or _converged(numbers) is not None else None
        target = _number(exact)
        if target is None:
            return None
        gaps = [abs(value - target) for value in values]
        scale = max(mp.one, abs(target))
        if gaps[-1] <= scale * mp.mpf(10) ** -20:
            return True
        if gaps[-1] < gaps[-2] < gaps[-3] and gaps[-1] < scale * mp.mpf("0.01"):
            return True
        settled = _converged(numbers)
        if settled is not None and abs(settled[0] - target) > 1000 * settled[1] + scale * mp.mpf(10) ** -10:
            return False
        if gaps[-1] > 2 * gaps[-2] > 4 * gaps[-3] and gaps[-1] > scale:
            return False
    return None


def _number(exact: Any) -> Any:
    try:
        node = symbolic.from_sympy(exact)
    except (symbolic.NoClosedForm, TooLarge):
        return None
    value = symbolic.evaluate(node, 30)
    return numeric.as_mpf(value, 60) if isinstance(value, Fraction | numeric.Ball) else None


def _converged(numbers: list[numeric.Real]) -> tuple[Any, float] | None:
    """Where the values settle, and how far they still moved; None where they do not settle."""
    if len(numbers) < 4:
        return None
    with mp.workdps(60):
        values = [numeric.as_mpf(each, 60) for each in numbers]
        steps = [abs(b - a) for a, b in pairwise(values)]
        if abs(values[-1]) < mp.mpf(10) ** -40 and abs(values[-1]) < abs(values[-2]) < abs(values[-3]):
            return mp.zero, 1e-40
        scale = max(mp.mpf(10) ** -30, abs(values[-1]))
        if steps[-1] <= scale * mp.mpf(10) ** -15 and steps[-2] <= scale * mp.mpf(10) ** -7:
            return values[-1], float(max(steps[-1], scale * mp.mpf(10) ** -15))
    return None
