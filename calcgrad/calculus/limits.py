"""Limits with their evidence: each side on its own, exact from SymPy, challenged by high-precision numbers.

    limit(parse("abs(x)/x").node, "x", Number(0)).reason        # "sides-differ"

A side is first resolved (``sides``), then SymPy's ``limit`` (Gruntz's algorithm, 1996) gives the exact
value, and values on a ladder of points confirm it, contradict it, or have nothing to say. Two-sided limits
exist only if both sides exist and agree.
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
from calcgrad.calculus.oscillation import poles_on_the_way, sampled, telling
from calcgrad.calculus.sides import MAX_SCALE, Side, approach, place, rungs, scale
from calcgrad.calculus.squeeze import enclosed, may_squeeze, squeezed
from calcgrad.errors import TooLarge
from calcgrad.expression.tree import (
    INFINITY,
    Call,
    Name,
    Node,
    Number,
    is_infinite,
    names_in,
    postorder,
    rational,
    substitute,
    variables,
)

_T = "t_0"  # the distance from the point; no user's name ends up here because trees are substituted first
_FAR = tuple(2**k for k in range(3, 9))  # exponents of the second ladder, 10**-(2**k)
_FARTHER = (512, 1024, 2048, 4096, 16384)  # and of its end, where the nearer ones do not tell
_AGREE_DIGITS = 12
_SYMBOLIC_SHARE = 0.4  # of the time that is left; numbers have the rest
# the ladder of towers of exponentials
_STEPS_OUT = tuple(
    Fraction(k, 4) + Fraction(3, 97) for k in (*range(3, 20), *range(20, 40, 2), *range(40, 84, 4))
)
_SLOWEST = tuple(
    2**k for k in range(2, 13)
)  # exponents of a ladder on which 1/log(x) halves from rung to rung
_EVEN = range(3, 34)  # and of one on which exp(-x) shrinks by the same factor
_EXTRAPOLATED = 1e-9
_REACHED = 1e-4  # how near values come to bounds that are the closest
_LARGE = 1e4  # what values reach that are not bounded
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


def proved(root: Node, variable: str, point: Node, side: int) -> OneSided | None:
    """The limit from one side, or that there is none, by expansion; None where that is not decided."""
    (found,) = cases.limits(root, variable, point, (side,)).found
    return None if found.reason == "undecided" else _settled(found, side, root, variable, point)


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
    """What SymPy finds and numbers do not contradict. That there is no limit they cannot tell."""
    found = _probed(root, variable, point, side)
    if found.reason == "oscillates":
        return OneSided(None, "undecided")
    return replace(found, evidence="symbolic") if found.evidence == "confirmed" else found


def _probed(root: Node, variable: str, point: Node, side: int) -> OneSided:
    root = _with_loggamma(root, variable, point, side)
    seen = approach(root, variable, point, side)
    if seen.real is False:
        return OneSided(None, seen.kind)
    if not seen.values:
        return OneSided(None, "undecided")
    if poles_on_the_way(root, variable, point, side, scale(root)):
        return OneSided(None, "oscillates", "confirmed")
    asked = _without_lambert(seen.tree, variable, point, side)
    exact = attempt(lambda: _symbolic(*asked), _SYMBOLIC_SHARE) if seen.settled else None
    if exact is None or exact.has(sympy.AccumBounds) or not exact.is_extended_real:
        tame = seen.tree if seen.settled else root
        if may_squeeze(tame, variable):
            found = squeezed(tame, variable, lambda part: one_sided(part, variable, point, side).value)
            exact = exact if found is None else found
    found = _weigh(exact, seen, root, variable, point, side)
    if found.reason == "undecided" and exact is not None and seen.settled:
        other = attempt(lambda: _by_series(seen.tree, variable, point, side), _SYMBOLIC_SHARE)
        if other is not None and other != exact:
            found = _weigh(other, seen, root, variable, point, side)
            return found if found.evidence == "confirmed" else OneSided(None, "undecided")
    return found


def _with_loggamma(root: Node, variable: str, point: Node, side: int) -> Node:
    """loggamma(u) for log(gamma(u)) where u is positive all the way: it has asymptotics, and does not overflow."""
    found: dict[Any, Node] = {}
    for node in postorder(root):
        if isinstance(node, Call) and node.function == "log" and isinstance(inner := node.args[0], Call):
            u = inner.args[0] if inner.function == "gamma" else Call("+", (inner.args[0], Number(1)))
            known = inner.function in ("gamma", "factorial") and variable in names_in(u)
            if known and _positive(u, variable, point, side):
                found[node] = Call("loggamma", (u,))
    return substitute(root, found)


def _positive(tree: Node, variable: str, point: Node, side: int) -> bool:
    return all(
        numeric.sign(numeric.evaluate(substitute(tree, {Name(variable): at}), 5, limit=100)) == 1
        for at in rungs(point, side)
    )


def _without_lambert(root: Node, variable: str, point: Node, side: int) -> tuple[Node, str, Node, int]:
    """The question with LambertW(x) as the variable, x = w*exp(w): SymPy has no series of LambertW far out."""
    x = Name(variable)
    found = {node for node in postorder(root) if isinstance(node, Call) and node.function == "LambertW"}
    if len(found) != 1 or not (point is INFINITY or point is Number(0)):
        return root, variable, point, side
    w = found.pop()
    new = Name(_T + "w")
    back = Call("*", (new, Call("exp", (new,))))
    values: dict[Any, Node] = {w: new}
    match w.args[0]:
        case u if u is x:
            values[x] = back
            if side > 0:
                values[Call("log", (x,))] = Call("+", (Call("log", (new,)), new))
        case Call("exp", (u,)) if u is x and point is INFINITY:
            values |= {w.args[0]: back, x: Call("+", (new, Call("log", (new,))))}
        case Call("*", (Number() as c, u)) if u is x:
            values |= {w.args[0]: back, x: Call("/", (back, c))}
        case _:
            return root, variable, point, side
    return substitute(root, values), new.name, point, side


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
            big = sympy.Symbol(_T, positive=True)
            moved = _without_gammas(expression.subs(x, direction * big), big)
            if moved is None:
                value = sympy.limit(expression.subs(x, direction * big), big, S.Infinity)
            else:
                value = sympy.exp(sympy.limit(moved, big, S.Infinity))
        else:
            place = symbolic.to_sympy(point) + side * t
            value = sympy.limit(expression.subs(x, place), t, 0, "+")
    except (*symbolic.FAILURES, AssertionError, RuntimeError):
        return None  # SymPy's limit fails in many ways; numbers may still answer
    if value.has(sympy.Limit, sympy.Order) or value is S.NaN or t in value.free_symbols:
        return None
    if (
        value.has(S.Infinity, S.NegativeInfinity)
        and not value.is_infinite
        and not value.has(sympy.AccumBounds)
    ):
        return None  # a function of oo that SymPy could not evaluate
    return value


def _by_series(root: Node, variable: str, point: Node, side: int) -> Any:
    """A limit from SymPy's power series of the whole, where its own limit is contradicted; None where there is none."""
    if is_infinite(point):
        return None
    t = sympy.Symbol(_T, positive=True)
    try:
        moved = symbolic.to_sympy(root).subs(symbolic.symbol(variable), symbolic.to_sympy(point) + side * t)
        value = sympy.limit(sympy.series(moved, t, 0, 3).removeO(), t, 0, "+")
        return value if value.is_extended_real and not value.free_symbols else None
    except (*symbolic.FAILURES, AssertionError, RuntimeError):
        return None


_GAMMAS = {
    sympy.factorial: lambda u: sympy.gamma(u + 1),
    sympy.binomial: lambda n, k: sympy.gamma(n + 1) / sympy.gamma(k + 1) / sympy.gamma(n - k + 1),
    sympy.beta: lambda a, b: sympy.gamma(a) * sympy.gamma(b) / sympy.gamma(a + b),
}


def _without_gammas(expression: Any, big: Any) -> Any:
    """The logarithm of a product with gamma functions of what grows, by Stirling's series; None for all else.

    SymPy's own limit does not come to an end on most quotients of factorials. The series is cut off behind u**-5:
    where that would matter, the numbers disagree.
    """
    if not expression.has(sympy.gamma, *_GAMMAS):
        return None
    for function, meaning in _GAMMAS.items():
        expression = expression.replace(function, meaning)
    total = S.Zero
    for factor in sympy.Mul.make_args(sympy.powsimp(sympy.gammasimp(expression))):
        base, power = factor.as_base_exp()
        if isinstance(base, sympy.gamma):
            u = base.args[0]
            if not u.has(big):
                total += power * sympy.log(base)
                continue
            if sympy.limit(u / big, big, S.Infinity).is_positive is not True or not u.is_polynomial(big):
                return None
            series = (u - S.Half) * sympy.log(u) - u + sympy.log(2 * sympy.pi) / 2
            total += power * (series + 1 / (12 * u) - 1 / (360 * u**3) + 1 / (1260 * u**5))
        elif factor.has(sympy.gamma):
            return None
        elif base is S.Exp1:
            total += power
        elif base.is_positive:
            total += power * sympy.log(base)
        else:
            return None
    return total


# ------------------------------------------------------------------------------------------- the evidence


def _weigh(exact: Any, seen: Side, root: Node, variable: str, point: Node, side: int) -> OneSided:
    """Exact answer and numbers against each other."""
    further = scale(root)
    numbers = _ladder(root, variable, point, side, further)
    near = [value for value in seen.values if isinstance(value, Fraction | numeric.Ball)]
    told = telling(root, variable, point, side, further)
    if told.poles or _disagree(told.sequences):
        return OneSided(
            None, "oscillates", "confirmed", bounds=_closest(exact, seen, root, variable, point, side)
        )
    if exact is not None and isinstance(exact, sympy.AccumBounds):
        settled = _converged(numbers) or _converged(near)
        if settled is None:
            bounds = _closest(exact, seen, root, variable, point, side)
            return OneSided(None, "oscillates", "symbolic", bounds=bounds)
        return OneSided(None, "undecided")
    if exact is not None and (exact.is_real or exact in (S.Infinity, S.NegativeInfinity)):
        if seen.real is None or not all(_approaches(exact, values) for values in told.sequences):
            return OneSided(None, "undecided")
        verdict = _verdict(exact, numbers)
        if verdict is not True and len(numbers) == len(_FAR):
            numbers = _ladder(root, variable, point, side, further, (*_FAR, *_FARTHER))
            verdict = _verdict(exact, numbers)
        if verdict is None and len(numbers) < 4 <= len(near):
            numbers = near
            verdict = _verdict(exact, numbers)
        elif verdict is None and len(numbers) < 4:  # what could contradict it lies nearer, if anywhere
            numbers = _small_steps(root, variable, point, side)
            if not _nears(exact, numbers):
                return OneSided(None, "undecided")
            verdict = _verdict(exact, numbers)
            ahead = None if exact.is_infinite else _extrapolated(root, variable, point, side, further)
            if ahead is not None:
                verdict = same_value(sympy.Float(ahead[0], 15), exact)
        if verdict is False or not _comes_nearer(exact, numbers):
            return OneSided(None, "undecided")
        return OneSided(exact, evidence="confirmed" if verdict else "symbolic")
    found = _converged(numbers) or _converged(near)
    if (
        found is not None
        and seen.real
        and all(_approaches(sympy.Float(found[0], 30), each) for each in told.sequences)
    ):
        value, error = found
        return OneSided(sympy.Float(value, 15), evidence="numeric", error=error)
    if seen.real and (limit_ := _extrapolated(root, variable, point, side, further)) is not None:
        value, error = limit_
        if all(_approaches(sympy.Float(value, 30), each) for each in told.sequences):
            return OneSided(sympy.Float(value, 15), evidence="numeric", error=error)
    if seen.real and not told.sequences and (direction := _grows(numbers)):
        return OneSided(direction * S.Infinity, evidence="numeric")
    return OneSided(None, "undecided")


def _closest(
    exact: Any, seen: Side, root: Node, variable: str, point: Node, side: int
) -> tuple[Any, Any] | None:
    """What f oscillates between: bounds to which its values keep, and both of which they reach.

    Bounds that come from bounds of the parts need not be the closest: of sin(x) - sin(x)**2 they are -2 and 1,
    but no value exceeds 1/4.
    """
    values = sampled(root, variable, point, side, scale(root))
    if isinstance(exact, sympy.AccumBounds) and _reached((exact.min, exact.max), values):
        return exact.min, exact.max
    tame = seen.tree if seen.settled else root
    if not may_squeeze(tame, variable):
        return None
    found = enclosed(tame, variable, lambda part: one_sided(part, variable, point, side).value)
    return found if found is not None and _reached(found, values) else None


def _reached(bounds: tuple[Any, Any], values: list[numeric.Real]) -> bool:
    """Do the values keep to the bounds and come close to both?"""
    if not values or bounds[0] == bounds[1]:
        return False
    with mp.workdps(30):
        numbers = [numeric.as_mpf(value, 30) for value in values]
        for end, extreme in zip(bounds, (min(numbers), max(numbers)), strict=True):
            if end.is_infinite:
                if abs(extreme) < _LARGE or (extreme > 0) is not (end is S.Infinity):
                    return False
            elif (target := _number(end)) is None or abs(extreme - target) > _REACHED * max(1, abs(target)):
                return False
    return True


def _grows(numbers: list[numeric.Real]) -> int:
    """1 or -1 where the values grow to oo or -oo like a power of the distance: doubling its exponent doubles theirs."""
    if len(numbers) < 4:
        return 0
    with mp.workdps(30):
        values = [numeric.as_mpf(each, 30) for each in numbers[-4:]]
        direction = 1 if values[-1] > 0 else -1
        if any(direction * value <= 1 for value in values):
            return 0
        sizes = [mp.log(abs(value)) for value in values]
        return direction if all(abs(b / a - 2) < 0.2 for a, b in pairwise(sizes)) else 0


def _disagree(sequences: list[list[numeric.Real]]) -> bool:
    """Do values along two sequences into the point stay apart, so that there can be no limit?

    One sequence must have settled, and the other stay away from where it settled, without coming closer; or the
    two have different signs, and move apart.
    """
    with mp.workdps(30):
        values = [[numeric.as_mpf(each, 30) for each in sequence] for sequence in sequences]
        for a in values:
            if any(1 < a[0] < a[1] < a[2] and -1 > b[0] > b[1] > b[2] for b in values):
                return True
            if (
                abs(a[2] - a[1]) > mp.mpf("0.001") * max(abs(a[2] - a[0]), mp.mpf(10) ** -9)
                and abs(a[2] - a[1]) > 1e-4
            ):
                continue
            for b in values:
                gaps = [abs(each - a[2]) for each in b]
                if min(gaps) > mp.mpf("0.01") * max(1, abs(a[2])) and gaps[2] >= gaps[1] * mp.mpf("0.9"):
                    return True
    return False


def _approaches(exact: Any, sequence: list[numeric.Real]) -> bool:
    """Do the values of one sequence come closer to the exact limit, or lie at it?"""
    with mp.workdps(30):
        values = [numeric.as_mpf(each, 30) for each in sequence]
        if exact in (S.Infinity, S.NegativeInfinity):
            signed = [value if exact is S.Infinity else -value for value in values]
            return bool(signed[2] > signed[1] > signed[0])
        target = _number(exact)
        if target is None:
            return True
        gaps = [abs(value - target) for value in values]
        return bool(gaps[2] < gaps[1] < gaps[0] or gaps[2] < max(1, abs(target)) * mp.mpf(10) ** -6)


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


def borne_out(exact: Any, root: Node, variable: str, point: Node, side: int) -> bool | None:
    """Do numbers go where an exact answer says (True), elsewhere (False), or do they not say (None)?"""
    further = scale(root)
    return None if further > MAX_SCALE else _verdict(exact, _ladder(root, variable, point, side, further))


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


def _extrapolated(
    root: Node, variable: str, point: Node, side: int, further: int
) -> tuple[Any, float] | None:
    """Where the values go if what is left of them shrinks by fixed factors: Wynn's epsilon algorithm (1956) on two
    ladders, for what goes like powers of 1/log(x) and for what goes like exp(-x); None where it settles on neither."""
    far = is_infinite(point)
    direction = -1 if far and point is not INFINITY else 1

    def at(w: Fraction) -> Node:
        return rational(direction * w) if far else place(point, side / w)

    slow = ((Fraction(10) ** (power + further), 3 * (power + further) + 400) for power in _SLOWEST)
    for ways in (slow, ((Fraction(w), 1000) for w in _EVEN)):
        values: list[Any] = []
        for w, most in ways:
            value = numeric.evaluate(substitute(root, {Name(variable): at(w)}), 40, limit=most)
            if not isinstance(value, Fraction | numeric.Ball):
                break
            values.append(numeric.as_mpf(value, 60))
        ends = [_epsilon(values[: len(values) - drop]) for drop in range(3)]
        if len(values) >= 9 and all(end is not None for end in ends):
            with mp.workdps(60):
                gap = max(abs(end - ends[0]) for end in ends[1:])
                if gap <= _EXTRAPOLATED * max(abs(ends[0]), mp.mpf("0.001")):
                    return (mp.zero if abs(ends[0]) < _EXTRAPOLATED else ends[0]), float(10 * gap)
    return None


def _epsilon(values: list[Any]) -> Any:
    """The last even column of Wynn's table of a sequence: its limit, without what is left of it."""
    with mp.workdps(60):
        before, column = [mp.zero] * (len(values) + 1), list(values)
        best = column[-1] if column else None
        for depth in range(1, len(values)):
            gaps = [b - a for a, b in pairwise(column)]
            if any(abs(gap) < mp.mpf(10) ** -35 for gap in gaps):
                return best
            before, column = column, [before[k + 1] + 1 / gap for k, gap in enumerate(gaps)]
            if depth % 2 == 0:
                best = column[-1]
        return best


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


def _comes_nearer(exact: Any, numbers: list[numeric.Real]) -> bool:
    """Do the values of the second half lie nearer to the exact limit than those just before, or at it?"""
    with mp.workdps(60):
        values = [numeric.as_mpf(each, 60) for each in numbers]
        half = len(values) // 2
        if exact in (S.Infinity, S.NegativeInfinity):
            last = values[-3:]
            return (
                all(b >= a if exact is S.Infinity else b <= a for a, b in pairwise(last))
                and last[0] != last[-1]
            )
        target = _number(exact)
        if target is None:
            return True
        gaps = [abs(value - target) for value in values]
        nothing = mp.mpf(10) ** -12 * max(1, abs(target))
        if len(gaps) > 2 and gaps[-1] < gaps[-2] / 2 < gaps[-3] / 4:
            return True
        return bool(max(gaps[half:]) < max(max(gaps[half // 2 : half]) * mp.mpf("0.9"), nothing))


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
