"""The exact constant that an expression is, and its sign, under what is assumed of its parameters.

    sign(of(parse("sqrt(2) + sqrt(3) - sqrt(5 + 2*sqrt(6))").node))         # 0

The normal form of ``exact`` shows most zeros. The others are found by enclosures of growing precision, which separate
a constant from zero, or by algebra, which proves that it is zero; where neither does, the sign is ``Undecided``.
Nothing is sampled. Values, signs and assumptions stand together because each asks the others: the value of a power is
known by the sign of its base, the sign of a constant by that of its logarithm, which is a value again, and an
assumption by the signs of the differences from its ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cmp_to_key, lru_cache

import sympy

from calcgrad.calculus import numeric, symbolic, vanishing
from calcgrad.calculus.arithmetic import alternating, times
from calcgrad.calculus.multiseries.exact import (
    LARGEST_BITS,
    MINUS_ONE,
    MOST_TERMS,
    ONE,
    ZERO,
    Constant,
    Depends,
    Exact,
    Monomial,
    NotReal,
    Undecided,
    atom,
    bounded,
    collected,
    conjugate,
    content,
    is_alternating,
    is_giant,
    is_rational,
    normal,
    primes_of,
    product_tree,
    ratio_of,
    rational_part,
    shared_powers,
    terms_of,
    tree,
)
from calcgrad.calculus.multiseries.phases import (
    ONLY,
    OfPhase,
    Wavers,
    arcs,
    by_powers,
    check_over_phases,
    enclosures,
    hull,
    in_one_name,
    is_angle,
    parameters_in,
    phases_in,
    signs_by_algebra,
    signs_by_harmonics,
)
from calcgrad.expression.columns import has, listed, said_of
from calcgrad.expression.tree import (
    EULER_GAMMA,
    PI,
    TRUE,
    Call,
    E,
    Name,
    Node,
    Number,
    fold,
    is_infinite,
    names_in,
    operations,
    postorder,
    rational,
    rebuild,
    substitute,
    text,
)

_LARGEST_EXPONENT = 1_000  # of an atom, beyond which its power is not multiplied out
_SPLIT = 2  # the longest sum that a logarithm or a value of algebra's is written as: powers of longer ones are too long
_DIGITS = (30, 200)  # of the enclosures that separate a constant from zero
_PROVED = 80  # operations of a constant that algebra is asked about


def cancelled(value: Exact) -> Exact:
    """Several fractions with sums of parameters below them as one, in its lowest terms."""
    if not isinstance(value, Constant) or len(value.terms) == 1 or phases_in(value):
        return value
    below = [node for monomial in value.terms for node, exponent in monomial if exponent < 0]
    if not any(isinstance(node, Call) and node.function in ("+", "-") and names_in(node) for node in below):
        return value
    try:
        parts = sympy.fraction(sympy.cancel(symbolic.to_sympy(tree(value))))
        top, bottom = (of(symbolic.from_sympy(each)) for each in parts)
        if isinstance(bottom, Fraction) or len(bottom.terms) == 1:
            return top * inverse(bottom)
        factor = content(bottom)
        return top * atom(tree(bottom * (1 / factor)), Fraction(-1)) * (1 / factor)
    except (*symbolic.FAILURES, symbolic.NoClosedForm, NotReal, Undecided, sympy.PolynomialError):
        return value


@lru_cache(maxsize=1024)
def _signs_over_phases(value: Constant) -> frozenset[int]:
    """The signs that a constant may have, all of them where they are few, none where they are not known: by enclosures
    over boxes that cover its phases, or by algebra, never by trying some."""
    if (ends := extent(value)) is not None:
        low, high = map(sign, ends)
        return frozenset({low, high} if low == high or low * high < 0 else {low, high, 0})
    node, seen = tree(value), set[int]()
    try:
        for each in enclosures(node, phases_in(value), lambda each: numeric.sign(each) in (-1, 1)):
            seen.add(numeric.sign(each) or 0)
            if len(seen) == 2:
                break
    except Undecided:
        return signs_by_harmonics(value) or signs_by_algebra(value)
    return frozenset(seen)


def signs_over_phases(value: Constant) -> tuple[int, ...]:
    """The signs that a constant may have; that of one which comes to zero without reaching it is here another one."""
    signs = _signs_over_phases(value)
    if len(phases_in(value)) == 1 and (ends := _ends_of_fraction(value)) is not None:
        low, high = map(sign, ends)
        signs = frozenset({low} | ({high} - {0}) | ({0} if low * high < 0 else set()))
    elif {-1, 1} <= signs or not signs:
        signs = _ANY
    return tuple(sorted(signs, reverse=True))


def is_inside(fraction: Exact) -> bool:
    """Does a fraction keep away from 0 and 1, for all phases?"""
    try:
        return sign(fraction) > 0 and sign(ONE - fraction) > 0
    except Undecided:
        return False


def _ends_of_fraction(value: Constant) -> tuple[Exact, Exact] | None:
    """What a constant that is linear in one fraction has at 0, which is taken, and at 1, which is not."""
    (name, *more) = phases_in(value)
    if more or is_angle(name) or name in arcs:
        return None
    low, high = (at_phases(value, {name: end}) for end in (ZERO, ONE))
    return (low, high) if value == low + atom(Name(name)) * (high - low) else None


def _modulus(value: Constant) -> tuple[Exact, Exact, Exact] | None:
    """a, c and u of a constant a + c*abs(u), where u alone depends on phases."""
    still: Exact = ZERO
    found: tuple[Exact, Exact] | None = None
    for monomial, coefficient in value.terms.items():
        fixed = frozenset(pair for pair in monomial if not phases_in(atom(pair[0])))
        factor = Constant({fixed: coefficient}) * ONE
        match list(monomial - fixed):
            case []:
                still = still + factor
            case [(Call("abs", (inner,)), exponent)] if exponent == 1 and found is None:
                found = factor, of(inner)
            case _:
                return None
    return None if found is None else (still, *found)


def _extent_of_modulus(still: Exact, factor: Exact, inner: Exact) -> tuple[Exact, Exact] | None:
    ends = extent(inner) if isinstance(inner, Constant) else None
    if ends is None:
        return None
    one, other = (end if sign(end) >= 0 else -end for end in ends)
    high = one if sign(one - other) >= 0 else other
    low = ZERO if sign(ends[0]) * sign(ends[1]) <= 0 else one + other - high
    made = still + low * factor, still + high * factor
    return made if sign(factor) > 0 else (made[1], made[0])


def extent(value: Constant) -> tuple[Exact, Exact] | None:
    """The least and the greatest value over one phase, where it is a simple polynomial in its sine and cosine."""
    phases = phases_in(value)
    if len(phases) != 1 or phases & arcs.keys():
        return None
    if (modulus := _modulus(value)) is not None:
        return _extent_of_modulus(*modulus)
    if (parts := by_powers(value)) is None:
        return None
    a, b, c, d, e = (parts.pop(key, ZERO) for key in ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1)))
    if parts:
        return None
    half = Fraction(1, 2)
    if d == 0 and e == 0:
        reach = power(b * b + c * c, half)
        return a - reach, a + reach
    if b == 0 and c == 0:
        reach = power(d * d + e * e, half) * half
        return a + d * half - reach, a + d * half + reach
    if c == 0 and e == 0:
        ends = [a - b + d, a + b + d]
        turn = -b * inverse(d) * half
        if sign(ONE - turn * turn) > 0:
            ends.append(a + b * turn * half)
        low, high = ends[0], ends[0]
        for end in ends[1:]:
            low = end if sign(end - low) < 0 else low
            high = end if sign(end - high) > 0 else high
        return low, high
    return None


def floor(value: Exact) -> Exact:
    """The greatest integer at most a constant: a rational where it is the same for all phases."""
    if isinstance(value, Fraction):
        return Fraction(value.numerator // value.denominator)
    part = rational_part(value)
    whole: Exact = Fraction(part.numerator // part.denominator)
    whole = whole + whole_part(value)
    if phases_in(value):
        if (ends := _ends_of_fraction(value)) is not None:
            low, high = map(floor, ends)
            if is_zero(ends[1] - high):  # which is not reached
                high = high - ONE if sign(ends[1] - ends[0]) > 0 else high
            if low == high:
                return low
        if (ball := hull(value)) is not None and (found := ball.floor().unique_fmpz()) is not None:
            return Fraction(int(found))
    left = value - whole
    if isinstance(left, Fraction):
        return Fraction(left.numerator // left.denominator) + whole
    if not phases_in(left) and names_in(tree(left)):
        for k in map(Fraction, _WHOLE):
            if possible_signs(left - k) <= {0, 1} and possible_signs(left - k - ONE) == {-1}:
                return whole + k
    return apply("floor", left) + whole


def at_phases(value: Constant, phases: dict[str, Exact]) -> Exact:
    """The constant with its phases at these places."""
    return of(substitute(tree(value), {Name(name): tree(place) for name, place in phases.items()}))


def zeros(value: Constant) -> list[tuple[Exact, ...]]:
    """Where a constant of one phase is zero, as far as there is a formula: fractions, or pairs of sine and cosine."""
    (name,) = phases_in(value)
    angle = is_angle(name)
    if angle and (pairs := _zeros_of_wave(value)) is not None:
        return pairs
    rational_ = in_one_name(value)
    if rational_ is None:
        return []
    found: list[tuple[Exact, ...]] = []
    try:
        top, _ = sympy.fraction(sympy.together(symbolic.to_sympy(rational_)))
        for factor, _ in sympy.factor_list(top)[1]:
            for root in sympy.roots(factor, symbolic.symbol(ONLY), multiple=True):
                if not root.is_real:
                    continue
                at = of(symbolic.from_sympy(root))
                if not angle:
                    found += [(at,)] if sign(at) >= 0 and sign(at - ONE) < 0 else []
                    continue
                below = inverse(ONE + at * at)
                found.append((at * below * Fraction(2), below * Fraction(2) - ONE))
    except (*symbolic.FAILURES, symbolic.NoClosedForm, NotReal, Undecided, sympy.PolynomialError):
        return found
    return found


def _zeros_of_wave(value: Constant) -> list[tuple[Exact, ...]] | None:
    """Of a + b*sin + c*cos; None for others."""
    parts = by_powers(value)
    if parts is None or parts.keys() - {(0, 0), (1, 0), (0, 1)}:
        return None
    a, b, c = (parts.get(key, ZERO) for key in ((0, 0), (1, 0), (0, 1)))
    try:
        square = b * b + c * c
        left = square - a * a
        if sign(left) < 0:
            return []
        below, root_ = inverse(square), power(left, Fraction(1, 2))
        ways = (root_, -root_) if root_ else (root_,)
        return [((-a * b - c * each) * below, (-a * c + b * each) * below) for each in ways]
    except (NotReal, Undecided):
        return None


def of(node: Node) -> Exact:
    """The constant that a tree without the variable stands for; its other names are parameters.

    Raises NotReal where there is no real value, and Undecided where that cannot be told.
    """
    return _of(node, assumed() if names_in(node) else None)


@lru_cache(maxsize=4096)
def _of(node: Node, assumed: Assumptions | None) -> Exact:
    """``assumed`` is what the value may depend on."""
    if isinstance(node, Number):
        return atom(node) if is_giant(node) else bounded(Fraction(node.value))
    if isinstance(node, Name):
        return atom(node)
    if not isinstance(node, Call):
        raise Undecided("arrays have no place here")
    args = [of(arg) for arg in node.args] if node.function not in ("Piecewise", "&", "|", "~") else []
    match node.function, args:
        case "+", [a, b]:
            return a + b
        case "-", [a, b]:
            return a - b
        case "*", [a, b]:
            return a * b
        case "neg", [a]:
            return -a
        case "/", [a, b]:
            return a * inverse(b)
        case "**", [a, b]:
            return power(a, b)
        case "sqrt", [a]:
            return power(a, Fraction(1, 2))
        case "cbrt", [a]:
            return root(a, 3)
        case "exp", [a]:
            return exponential(a)
        case "log", [a]:
            return logarithm(a)
        case "abs", [a]:
            return modulus(a)
        case "sin", [a]:
            return circular(a)[0]
        case "cos", [a]:
            return circular(a)[1]
        case "floor", [a]:
            return floor(a)
        case "ceiling", [a]:
            return -floor(-a)
    return apply(node.function, *args) if args else _named(node)


def apply(function: str, *args: Exact) -> Exact:
    """A function of the catalogue at constants: its exact value where algebra knows one, else an atom. NotReal where
    it has none, or none by what is assumed of parameters."""
    if any(map(parameters_in, args)):
        _check_domain(Call(function, tuple(map(tree, args))))
    return _applied(function, *args)


def _check_domain(call: Call) -> None:
    """Raises NotReal where a condition of the domain fails for all parameters that are assumed."""
    domain = said_of(call, "domain")
    parts = [domain] if isinstance(domain, Call) else []
    while parts:
        each = parts.pop()
        if each.function == "&":
            parts += [part for part in each.args if isinstance(part, Call)]
        elif each.function in SIGNS and not possible_signs(of(Call("-", each.args))) & SIGNS[each.function]:
            raise NotReal("undefined" if said_of(call, "poles") is TRUE else "not-real", text(call))


def whole_of_sum(value: Exact) -> Exact:
    """The integer that a sum is, if it is known to be one."""
    if not isinstance(value, Constant) or len(value.terms) < 2 or names_in(node := tree(value)):
        return value
    found = numeric.evaluate(node, 20, limit=60)
    if found is numeric.UNSETTLED:
        return ZERO if vanishing.equals(node, ZERO) else value
    if not isinstance(found, numeric.Ball) or numeric.mp.mag(found.mid) > LARGEST_BITS:
        return value
    nearest = Fraction(int(numeric.mp.nint(found.mid)))
    return nearest if found.arb.contains(int(nearest)) and vanishing.equals(node, nearest) else value


@lru_cache(maxsize=4096)
def _applied(function: str, *args: Exact) -> Exact:
    args = tuple(map(whole_of_sum, args))
    if function in ("asin", "acos") and isinstance(args[0], Constant) and _is_sine(args[0]):
        return atom(Call(function, (tree(args[0]),)))
    if function == "sigmoid":
        return inverse(ONE + exponential(-args[0]))
    if function == "softplus":
        return logarithm(ONE + exponential(args[0]))
    return _named(Call(function, tuple(map(tree, args))))


def zeta_coefficient(index: int, at: Exact) -> Exact:
    """Of Taylor's series of zeta at a point, at 1 without the pole."""
    if not index and is_zero(at - ONE):
        return atom(EULER_GAMMA)
    return coefficient("zeta", index, at)


def coefficient(function: str, index: int, *at: Exact) -> Exact:
    """Of Taylor's series of a function in its first argument, where these numbers have no names."""
    if not index:
        return apply(function, *at)
    node = Call(numeric.COEFFICIENTS[function], (rational(Fraction(index)), *map(tree, at)))
    if names_in(node):
        raise Undecided("a derivative at a parameter, for which there is no word")
    return atom(node)


def is_nameless(value: Exact) -> bool:
    """Is it a number for which the language has no words?"""
    return isinstance(value, Constant) and any(
        isinstance(node, Call) and node.function in numeric.NAMELESS for node in postorder(tree(value))
    )


def _is_sine(value: Constant) -> bool:
    """Is it known to lie between -1 and 1 for all phases?"""
    ends = extent(value)
    return ends is not None and sign(ends[0] + ONE) >= 0 and sign(ONE - ends[1]) >= 0


def _named(node: Node) -> Exact:
    if names_in(node):
        if any(isinstance(each, Call) and each.function == "Piecewise" for each in postorder(node)):
            raise Undecided("cases of a parameter")
        if isinstance(node, Call):
            check_over_phases(node)
        return atom(node)
    value = numeric.evaluate(node, 20, limit=60)
    if isinstance(value, numeric.Undefined):
        if value.kind == "too-large":
            raise Undecided("a constant is too large")
        raise NotReal(value.kind, text(value.node))
    if isinstance(value, Fraction):
        return bounded(value)
    try:
        simple = symbolic.from_sympy(symbolic.to_sympy(node))
    except (*symbolic.FAILURES, symbolic.NoClosedForm):
        simple = node
    if isinstance(value, numeric.Ball) and simple is not node:
        other = numeric.evaluate(simple, 20, limit=60)
        if isinstance(other, Fraction | numeric.Ball) and not value.arb.overlaps(numeric.as_arb(other)):
            simple = node  # algebra is not always right
    if value is numeric.UNSETTLED:
        settled = symbolic.evaluate(node)
        if not isinstance(settled, Fraction):
            raise Undecided(f"the value of {text(node)} could not be settled")
        return bounded(settled)
    if simple is node or (
        isinstance(simple, Call) and isinstance(node, Call) and simple.function == node.function
    ):
        return atom(node)
    found = of(simple)
    return atom(node) if isinstance(found, Constant) and len(found.terms) > _SPLIT else found


# ------------------------------------------------------------------------------------------------- functions


def inverse(value: Exact) -> Exact:
    """1/value; NotReal for zero."""
    if is_zero(value):
        raise NotReal("undefined", "division by zero")
    if isinstance(value, Fraction):
        return 1 / value
    if len(value.terms) == 1:
        ((monomial, coefficient),) = value.terms.items()
        made, factor = collected({node: -exponent for node, exponent in monomial})
        return normal({made: factor / coefficient})
    if (other := conjugate(value)) is not None:
        return other * inverse(value * other)
    shared = shared_powers(value)
    if shared:
        out = Constant({frozenset((node, -exponent) for node, exponent in shared.items()): ONE}) * value
        result = inverse(out)
        for node, exponent in shared.items():
            result = result * _power_of_atom(node, -exponent)
        return result
    factor = content(value)
    return atom(tree(value * (1 / factor)), Fraction(-1)) * (1 / factor)


def _power_of_atom(node: Node, exponent: Fraction) -> Exact:
    """A power of an atom, whole powers of a sum multiplied out."""
    if isinstance(node, Call) and node.function in ("+", "-") and exponent.denominator == 1 and exponent > 0:
        return _whole_power(of(node), exponent.numerator)
    return atom(node, exponent)


def modulus(value: Exact) -> Exact:
    """abs(value)"""
    try:
        return value if sign(value) >= 0 else -value
    except Depends:
        return atom(Call("abs", (tree(value),)))
    except OfPhase:
        assert isinstance(value, Constant)
        if (signs := _signs_over_phases(value)) and not {1, -1} <= signs:
            return -value if -1 in signs else value
        factor = content(value)
        inner = min(
            (tree(value * each) for each in (1 / factor, -1 / factor)),
            key=lambda each: (len(text(each)), text(each)),
        )
        return atom(Call("abs", (inner,))) * factor


def is_never_negative(value: Exact) -> bool:
    """For all phases, though it may come to zero?"""
    try:
        return sign(value) >= 0
    except Undecided as error:
        return (
            isinstance(error, OfPhase)
            and error.constant == value
            and _signs_over_phases(error.constant) == {0, 1}
        )


def power(base: Exact, exponent: Exact) -> Exact:
    """base**exponent as the language means it: the principal power of a base above zero, whole powers of any."""
    if exponent == 0:
        return ONE
    if exponent == 1:
        return base
    if isinstance(exponent, Fraction) and exponent.denominator == 1:
        if exponent < 0 and sign(base) == 0:
            raise NotReal("undefined", "0 to a negative power")
        return _whole_power(base, exponent.numerator)
    try:
        side = sign(base)
    except OfPhase:
        if not (isinstance(exponent, Fraction) and exponent > 0 and is_never_negative(base)):
            raise
        side = 1
    if side == 0:
        if (way := sign(exponent)) == 0:
            return ONE
        if way > 0:
            return ZERO
        raise NotReal("undefined", "0 to a negative power")
    if side < 0:
        if (turned := parity(exponent)) is not None:
            return turned * power(-base, exponent)
        raise NotReal("not-real", "a power of a negative number")
    if not isinstance(exponent, Fraction):
        return exponential(exponent * logarithm(base))
    if isinstance(base, Fraction):
        made, factor = collected({Number(p): k * exponent for p, k in primes_of(base).items()})
        return normal({made: factor})
    if len(base.terms) == 1:
        ((monomial, coefficient),) = base.terms.items()
        if coefficient > 0 and (found := _root_of_monomial(monomial, exponent)) is not None:
            made, factor = collected(found[0])
            return normal({made: factor}) * power(coefficient, exponent) * found[1]
    factor = content(base)
    return atom(tree(base * (1 / factor)), exponent) * power(factor, exponent)


def _root_of_monomial(monomial: Monomial, exponent: Fraction) -> tuple[dict[Node, Fraction], Fraction] | None:
    """Powers of atoms, and a sign, that come to the principal power of a positive monomial; None for others."""
    powers: dict[Node, Fraction] = {}
    turned = ONE
    for node, each in monomial:
        raised = each * exponent
        if not _positive(node) and (signs := _signs_of_atom(node)) != {1}:
            if each.denominator > 1 or each % 2:
                return None
            if raised.denominator > 1 or raised % 2:
                if signs == {-1} and raised.denominator == 1:
                    turned = -turned
                else:
                    node = Call("abs", (node,))
        powers[node] = powers.get(node, ZERO) + raised
    return powers, turned


def fraction_of(value: Constant) -> str | None:
    """The name a for the constant a - floor(a)."""
    names = sorted(names_in(tree(value)))
    return names[0] if len(names) == 1 and value == _fraction(names[0]) else None


def _fraction(name: str) -> Exact:
    return atom(Name(name)) - atom(Call("floor", (Name(name),)))


def _of_opposite(value: Constant) -> Constant | None:
    """a - floor(a), which has the same sign, for -a - floor(-a)."""
    for name in names_in(tree(value)) if len(value.terms) == 2 else ():
        opposite = Call("neg", (Name(name),))
        if value == -atom(Name(name)) - atom(Call("floor", (opposite,))):
            found = _fraction(name)
            return found if isinstance(found, Constant) else None
    return None


def is_whole_name(name: str) -> bool:
    """Is a parameter assumed to be an integer?"""
    fraction = _fraction(name)
    return name in assumed().integers or (
        isinstance(fraction, Constant) and assumed().signs.get(fraction) == frozenset({0})
    )


def _is_whole_monomial(monomial: Monomial, coefficient: Fraction) -> bool:
    return coefficient.denominator == 1 and all(
        exponent > 0 and exponent.denominator == 1 and (
            is_whole_name(node.name) if isinstance(node, Name) else isinstance(node, Call) and node.function == "floor"
        )
        for node, exponent in monomial
    )  # fmt: skip


def whole_part(value: Exact) -> Exact:
    """The terms with names that are known to be whole."""
    return normal({m: c for m, c in terms_of(value).items() if m and _is_whole_monomial(m, c)})


def parity(value: Exact) -> Exact | None:
    """(-1)**value of a whole number; None where it is none. Depends where that is a name's affair."""
    if isinstance(value, Fraction) or not names_in(tree(value)):
        n = whole(value)
        return None if n is None else Fraction(alternating(n))
    others = {m: c for m, c in value.terms.items() if not _is_whole_monomial(m, c)}
    if others:
        match [(list(m), c) for m, c in others.items()]:
            case [([(Name(name), exponent)], c)] if exponent == 1 and abs(c) == 1:
                return (
                    None
                    if sign(_fraction(name))
                    else parity(value + (floor(atom(Name(name))) - atom(Name(name))) * c)
                )
        if not all(len(m) == 1 and all(isinstance(node, Name) and e == 1 for node, e in m) for m in others):
            raise Undecided(f"is {text(tree(value))} a whole number?")
        return None if sign(value - floor(value)) else parity(floor(value))
    result: Exact = ONE
    for monomial, coefficient in value.terms.items():
        if coefficient % 2:
            base = (
                times(*(node for node, _ in sorted(monomial, key=lambda pair: text(pair[0]))))
                if monomial
                else None
            )
            result = -result if base is None else result * atom(Call("**", (MINUS_ONE, base)))
    return result


def circular(value: Exact) -> tuple[Exact, Exact]:
    """Sine and cosine; half turns that are whole by what is assumed are taken off, and signs: of -a and a alike."""
    if isinstance(value, Constant) and parameters_in(value):
        one, other = (text(tree(each)) for each in (value, -value))
        if (len(one), one) > (len(other), other):
            sine, cosine = circular(-value)
            return -sine, cosine
    if not isinstance(value, Constant) or not (assumed().integers or assumed().signs):
        return apply("sin", value), apply("cos", value)
    halves = value * atom(PI, -ONE)
    turns = whole_part(halves)
    left = value - turns * atom(PI)
    turned = parity(turns) if turns else ONE
    assert turned is not None
    return turned * apply("sin", left), turned * apply("cos", left)


def whole(value: Exact) -> int | None:
    """The integer that a constant is; None where it is none. Undecided where that depends on a name."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else None
    if names_in(tree(value)):
        raise Undecided(f"is {text(tree(value))} a whole number?")
    below = apply("floor", value)
    assert isinstance(below, Fraction)
    return int(below) if is_zero(value - below) else None


_WHOLE = range(-4, 5)


def is_never_whole(value: Exact) -> bool:
    """Is a constant with parameters known to lie between two whole numbers next to each other?"""
    return any(
        possible_signs(value - Fraction(k)) == {1} and possible_signs(value - Fraction(k + 1)) == {-1}
        for k in _WHOLE
    )


def _whole_power(base: Exact, exponent: int) -> Exact:
    if isinstance(base, Fraction):
        if (
            base not in (0, 1, -1)
            and max(abs(base.numerator), base.denominator).bit_length() * abs(exponent) > LARGEST_BITS
        ):
            raise Undecided("a power became too large")
        return base**exponent
    if exponent < 0:
        return _whole_power(inverse(base), -exponent)
    if len(base.terms) == 1:
        ((monomial, coefficient),) = base.terms.items()
        if exponent > _LARGEST_EXPONENT and coefficient not in (1, -1):
            raise Undecided("a power became too large")
        made, factor = collected({node: each * exponent for node, each in monomial})
        return normal({made: factor * coefficient**exponent})
    if exponent > MOST_TERMS:
        raise Undecided("a power became too large")
    result: Exact = ONE
    for _ in range(exponent):
        result = result * base
    return result


def root(value: Exact, n: int) -> Exact:
    """The real n-th root; of negative numbers for odd n."""
    try:
        if sign(value) < 0 and n % 2:
            return -power(-value, Fraction(1, n))
    except OfPhase:
        if n % 2:  # real and bounded whatever the phases are
            return atom(Call("cbrt", (tree(value),)) if n == 3 else Call("root", (tree(value), Number(n))))
    return power(value, Fraction(1, n))


def exponential(value: Exact) -> Exact:
    """exp(value): each term of a sum a power of its own, so that products of exponentials meet again."""
    result: Exact = ONE
    for monomial, coefficient in terms_of(value).items():
        if not monomial:
            result = result * atom(E, coefficient)
            continue
        logarithms = [node for node, exponent in monomial if _is_log(node) and exponent == 1]
        if len(monomial) == 1 and logarithms:
            (node,) = logarithms
            assert isinstance(node, Call)
            inside = of(node.args[0])
            result = result * power(inside if node.function == "log" else apply("gamma", inside), coefficient)
        else:
            inner = product_tree(monomial)
            result = result * atom(Call("exp", (inner,)), coefficient)
    return result


def _is_log(node: Node) -> bool:
    return isinstance(node, Call) and node.function in ("log", "loggamma")


def logarithm(value: Exact) -> Exact:
    """log(value): of a product the sum of its factors' logarithms, where all of them are above zero."""
    side = sign(value)
    if side <= 0:
        raise NotReal(
            "undefined" if side == 0 else "not-real", "the logarithm of a number that is not above 0"
        )
    if isinstance(value, Fraction):
        result: Exact = ZERO
        primes = primes_of(value)
        if len(primes) > _SPLIT:
            return atom(Call("log", (rational(value),))) if value > 1 else -logarithm(1 / value)
        for prime, count in primes.items():
            result = result + atom(Call("log", (Number(prime),))) * Fraction(count)
        return result
    if len(value.terms) == 1:
        ((monomial, coefficient),) = value.terms.items()
        if all(_positive(node) for node, _ in monomial):
            result = logarithm(coefficient)
            for node, exponent in monomial:
                result = result + _atoms_log(node) * exponent
            return result
    return atom(Call("log", (tree(value),)))


def _atoms_log(node: Node) -> Exact:
    if node is E:
        return ONE
    if isinstance(node, Call) and node.function == "exp":
        return of(node.args[0])
    return atom(Call("log", (node,)))


# ----------------------------------------------------------------------------------------------------- signs


@lru_cache(maxsize=4096)
def _positive(node: Node) -> bool:
    if isinstance(node, Number) or (isinstance(node, Call) and node.function == "exp"):
        return True
    return not names_in(node) and numeric.sign(numeric.evaluate(node, 20, limit=_DIGITS[1])) == 1


def sign(value: Exact) -> int:
    """-1, 0 or 1, proved; raises Undecided, or Depends where it is a parameter's affair."""
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    if value._sign is None:
        try:
            value._sign = _sign(value)
        except Depends:
            if phases_in(value) and (ends := extent(value)) is not None:
                return _sign_between(value, *ends)
            signs = possible_signs(value)
            if len(signs) == 1:
                return next(iter(signs))  # not kept: the constant outlives what is assumed
            deciding = _deciding(value)
            if phases_in(deciding):
                raise Undecided(f"what is the sign of {text(tree(value))}, for all phases?") from None
            raise Depends(deciding) from None
    return value._sign


def _sign_between(value: Constant, low: Exact, high: Exact) -> int:
    """The sign of a constant with parameters that takes all values between these, as its phase turns."""
    if (side := sign(low)) > 0:
        return side
    if (other := sign(high)) < 0 or side == other:
        return other
    if side < 0 < other:
        raise Wavers(value, f"{text(tree(value))} changes its sign")
    raise OfPhase(value, f"is {text(tree(value))} ever zero?")


# ---------------------------------------------------------------------------------------------- assumptions


@dataclass(frozen=True)
class Span:
    """Where a parameter lies: between two ends, which may belong to it; None for no end."""

    low: Exact | None = None
    high: Exact | None = None
    with_low: bool = False
    with_high: bool = False

    def holds(self, value: Exact) -> bool:
        below = 1 if self.low is None else sign(value - self.low)
        above = 1 if self.high is None else sign(self.high - value)
        return (below > 0 or (below == 0 and self.with_low)) and (
            above > 0 or (above == 0 and self.with_high)
        )

    def beside(self, value: Constant) -> Iterator[tuple[Constant, frozenset[int]]]:
        """Which signs the differences from the ends have, if a value with other parameters lies here."""
        for end, closed, way in ((self.low, self.with_low, 1), (self.high, self.with_high, -1)):
            if end is not None and isinstance(difference := value - end, Constant):
                yield difference, frozenset({way, 0} if closed else {way})

    def somewhere(self) -> Exact:
        if self.low is None:
            return ZERO if self.high is None else self.high - ONE
        return self.low + ONE if self.high is None else (self.low + self.high) * Fraction(1, 2)

    def meet(self, other: Span) -> Span:
        """What lies in both."""
        low, with_low = _tighter((self.low, self.with_low), (other.low, other.with_low), 1)
        high, with_high = _tighter((self.high, self.with_high), (other.high, other.with_high), -1)
        return Span(low, high, with_low, with_high)

    @property
    def is_empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        gap = sign(self.high - self.low)
        return gap < 0 or (gap == 0 and not (self.with_low and self.with_high))


def _tighter(
    one: tuple[Exact | None, bool], other: tuple[Exact | None, bool], way: int
) -> tuple[Exact | None, bool]:
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    gap = way * sign(one[0] - other[0])
    return (one[0], one[1] and other[1]) if gap == 0 else one if gap > 0 else other


@dataclass(frozen=True)
class Assumptions:
    """What is known of parameters: where they lie, which signs some constants may have, and which are integers."""

    spans: dict[str, Span] = field(default_factory=dict)
    signs: dict[Constant, frozenset[int]] = field(default_factory=dict)
    integers: frozenset[str] = frozenset()

    def __hash__(self) -> int:
        return hash((frozenset(self.spans.items()), frozenset(self.signs.items()), self.integers))

    @property
    def equation(self) -> tuple[str, Exact] | None:
        """A parameter that can be replaced, and by what."""
        for name, span in self.spans.items():
            if span.low is not None and span.low == span.high:
                return name, span.low
        zeros = (constant for constant, allowed in self.signs.items() if allowed == {0})
        return next(filter(None, map(solved, zeros)), None)

    def put(self, name: str, value: Exact) -> Assumptions | None:
        """With a parameter replaced by its value; None where that is not possible."""
        spans = {each: span for each, span in self.spans.items() if each != name}
        made = Assumptions(spans, {}, self.integers - {name})
        whole = name not in self.integers or isinstance(value, Constant) or value.denominator == 1
        if not whole or (name in self.spans and not _may_hold(self.spans[name], value, made)):
            return None
        for constant, allowed in self.signs.items():
            try:
                with assuming(made):
                    there = at_phases(constant, {name: value})
                    left = possible_signs(there) & allowed
            except NotReal:
                return None
            except Undecided:
                continue
            if not left:
                return None
            if isinstance(there, Constant):
                made.signs[there] = left
        if isinstance(value, Constant) and names_in(tree(value)):
            for difference, ends in self.spans.get(name, Span()).beside(value):
                made.signs[difference] = ends
        return made


def _may_hold(span: Span, value: Exact, assumed: Assumptions) -> bool:
    with assuming(assumed):
        try:
            return span.holds(value)
        except Undecided:
            return True


_assumptions: ContextVar[Assumptions] = ContextVar("assumptions", default=Assumptions())  # noqa: B039


def assumed() -> Assumptions:
    return _assumptions.get()


@contextmanager
def assuming(made: Assumptions) -> Iterator[None]:
    token = _assumptions.set(made)
    try:
        yield
    finally:
        _assumptions.reset(token)


def linear(value: Constant, name: str) -> tuple[Fraction, Exact] | None:
    """The rational slope of a constant that is linear in one of its names, and where it is zero; None for others."""
    try:
        start = at_phases(value, {name: ZERO})
        slope = at_phases(value, {name: ONE}) - start
    except (NotReal, Undecided):
        return None
    if isinstance(slope, Fraction) and slope and value == start + atom(Name(name)) * slope:
        return slope, start * (-1 / slope)
    return None


def solved(zero: Constant) -> tuple[str, Exact] | None:
    """A name that stands linearly in a constant that is zero, and what it is then."""
    for name in sorted(names_in(tree(zero))):
        if (found := linear(zero, name)) is not None:
            return name, found[1]
    return None


_ANY = frozenset({-1, 0, 1})
# of what is compared with 0
SIGNS = {"<": {-1}, "<=": {-1, 0}, ">": {1}, ">=": {1, 0}, "==": {0}, "!=": {1, -1}}
_COMPARED = 3  # terms of a constant that is compared with others


def possible_signs(value: Exact, deep: int = 2) -> frozenset[int]:
    """The signs that a constant with parameters may have, as far as is known.

    So many times, a constant that is known not to be negative is taken off.
    """
    if isinstance(value, Fraction):
        return frozenset({sign(value)})
    names = names_in(tree(value))
    if not names or phases_in(value):
        try:
            return frozenset({_sign(value)})
        except Undecided:
            return _ANY
    if (other := _of_opposite(value)) is not None:
        return possible_signs(other, deep)
    known = assumed()
    found = _ANY
    for constant, allowed in known.signs.items():
        ratio = ratio_of(value, constant)
        if ratio is not None:
            found &= frozenset(side if ratio > 0 else -side for side in allowed)
        elif deep and len(found) > 1 and len(value.terms) <= _COMPARED:
            found &= _signs_beside(value, constant, allowed, deep)
    if (turn := _turn_in(value)) is not None and len(value.terms) > 1:
        return frozenset().union(
            *(possible_signs(_turned(value, turn, side), deep) for side in _signs_of_atom(turn))
        )
    if (simpler := _simpler(value)) is not None:
        found &= frozenset(side * simpler[1] for side in possible_signs(simpler[0], deep))
    if deep and (factors := _factors(value)) is not None:
        found &= _signs_of_product([possible_signs(factor, deep - 1) for factor in factors])
    found &= _signs_beside_floor(value, deep) & signs_by_spans(value)
    if len(names) == 1:
        (name,) = names
        ends = parameter_roots(value)
        span = known.spans.get(name, Span())
        if ends is not None and not any(map(span.holds, ends)):
            found &= frozenset({sign(at_phases(value, {name: span.somewhere()}))})
    if len(found) > 1 and (defined := _by_definition(value)) is not None:
        found &= possible_signs(defined, deep)
    parts = [_signs_of_monomial(*each) for each in value.terms.items()]
    if not any(-1 in each for each in parts):
        found &= frozenset({1} if any(0 not in each for each in parts) else {0, 1})
    if not any(1 in each for each in parts):
        found &= frozenset({-1} if any(0 not in each for each in parts) else {0, -1})
    if len(parts) == 1:
        found &= parts[0]
    return found


_EXPANDED = {"loggamma", "digamma"}  # have series of their own, in which nothing else stands for them


def _by_definition(value: Constant) -> Exact | None:
    """The constant with functions that are defined by others written by these, as they are expanded: sin(a)/cos(a) for
    tan(a). None where there are none, or it is not known. It has a value, so nothing that divides there is zero."""
    calls = [
        each for each in postorder(tree(value)) if has(each, "definition") and _is_defined_by_others(each)
    ]
    if not calls:
        return None
    known = assumed()
    signs = dict(known.signs)

    def step(node: Node, parts: list[Node]) -> Node:
        made = rebuild(node, tuple(parts))
        if not isinstance(made, Call) or not _is_defined_by_others(made):
            return made
        definition = said_of(made, "definition")
        if definition is None:
            return made
        # a definition by cases has one where an argument is 0, and one elsewhere
        if isinstance(definition, Call) and definition.function == "Piecewise":
            if 0 in possible_signs(of(made.args[0]), 0):
                raise Undecided("cases of a parameter")
            definition = definition.args[-2]
        for each in postorder(definition):
            if isinstance(each, Call) and each.function == "/" and names_in(each.args[1]):
                below = of(each.args[1])
                if isinstance(below, Constant) and 0 in possible_signs(below, 0):
                    signs[below] = frozenset({1, -1})
        return definition

    try:
        with assuming(Assumptions(known.spans, signs, known.integers)):
            return of(fold(tree(value), step))
    except (NotReal, Undecided):
        return None


def _is_defined_by_others(node: Node) -> bool:
    return isinstance(node, Call) and node.function not in _EXPANDED


def _turn_in(value: Constant) -> Node | None:
    """A (-1)**n that stands in it."""
    return next((node for monomial in value.terms for node, _ in monomial if is_alternating(node)), None)


def _turned(value: Constant, turn: Node, side: int) -> Exact:
    """The constant for one of the signs of (-1)**n."""
    result: Exact = ZERO
    for monomial, c in value.terms.items():
        powers = dict(monomial)
        factor = Fraction(side if powers.pop(turn, None) else 1)
        result = result + Constant({frozenset(powers.items()): c * factor}) * ONE
    return result


def _interval(value: Exact) -> Span:
    """Where a constant lies that is linear in its atoms, by where these lie."""
    low: Exact | None = ZERO
    high: Exact | None = ZERO
    with_low = with_high = True
    for monomial, c in terms_of(value).items():
        named = [pair for pair in monomial if names_in(pair[0])]
        factor = Constant({monomial - frozenset(named): c}) * ONE
        if len(named) > 1 or (named and named[0][1] != 1):
            return Span()
        span = _span_of(named[0][0]) if named else Span(ONE, ONE, True, True)
        if sign(factor) < 0:
            span = Span(span.high, span.low, span.with_high, span.with_low)
        low = None if low is None or span.low is None else low + span.low * factor
        high = None if high is None or span.high is None else high + span.high * factor
        with_low, with_high = with_low and span.with_low, with_high and span.with_high
    return Span(low, high, with_low, with_high)


def signs_by_spans(value: Constant) -> frozenset[int]:
    """The signs that a constant may have which is linear in its atoms, by where these lie."""
    try:
        return _signs_in_span(_interval(value))
    except Undecided:
        return _ANY


@lru_cache(maxsize=256)
def _factors(value: Constant) -> tuple[Exact, ...] | None:
    """Those of a polynomial in several parameters, each as often as it divides it, for short ones; None for others."""
    short = 1 < len(value.terms) <= _COMPARED and len(names_in(tree(value))) > 1
    powers = [pair for monomial in value.terms for pair in monomial]
    if not short or not all(isinstance(node, Name) and e > 0 and e.denominator == 1 for node, e in powers):
        return None
    if all(len(monomial) <= 1 for monomial in value.terms) and all(exponent == 1 for _, exponent in powers):
        return None
    try:
        first, factors = sympy.factor_list(symbolic.to_sympy(tree(value)))
        made = [of(symbolic.from_sympy(each)) for each, times_ in factors for _ in range(times_)]
        return None if len(made) < 2 else (of(symbolic.from_sympy(first)), *made)
    except (*symbolic.FAILURES, symbolic.NoClosedForm, NotReal, Undecided, sympy.PolynomialError):
        return None


def _signs_of_product(signs: Iterable[frozenset[int]]) -> frozenset[int]:
    found = frozenset({1})
    for each in signs:
        found = frozenset(one * other for one in found for other in each)
    return found


def _simpler(value: Constant) -> tuple[Exact, int] | None:
    """A constant with the sign of another one, or the opposite one: without divisors whose sign is known, without
    logarithms, and without exponentials; None where there is none."""
    if len(value.terms) < 2:
        return None
    divisors = {
        node: min(dict(m).get(node, ZERO) for m in value.terms) for m in value.terms for node, e in m if e < 0
    }
    known = {node: _signs_of_atom(node) for node in divisors if not isinstance(node, Number)}
    below = {node: -divisors[node] for node, signs in known.items() if signs in ({1}, {-1})}
    if below:
        turned = 1
        for node, power_ in below.items():
            if known[node] == {-1}:
                if power_.denominator > 1:
                    return None
                turned *= alternating(int(power_))
        above = value * Constant({frozenset(below.items()): ONE})
        return of(tree(above)), turned  # a divisor that is a sum is multiplied out
    if len(value.terms) != 2:
        return None
    if all(_positive(node) for monomial in value.terms for node, _ in monomial):
        one, other = (Constant({monomial: ONE}) * abs(c) for monomial, c in value.terms.items())
        first, second = value.terms.values()
        return None if first * second > 0 else (logarithm(one) - logarithm(other), sign(first))
    inside = [
        (node.args[0], c)
        for m, c in value.terms.items()
        for node, e in m
        if len(m) == 1 and e == 1 and isinstance(node, Call) and node.function == "log"
    ]
    if not inside:
        return None
    (argument, c), *more = inside
    try:
        if more:
            return None if more[0][1] != -c else (of(argument) - of(more[0][0]), sign(c))
        rest = rational_part(value)
        return None if not rest else (of(argument) - exponential(-rest / c), sign(c))
    except (NotReal, Undecided):
        return None


def _signs_beside_floor(value: Constant, deep: int) -> frozenset[int]:
    """By u - 1 < floor(u) <= u."""
    for monomial, c in value.terms.items():
        for node, exponent in monomial if deep and len(monomial) == 1 else ():
            if exponent == 1 and isinstance(node, Call) and node.function == "floor":
                try:
                    most = value + (of(node.args[0]) - atom(node)) * c
                except (NotReal, Undecided):
                    continue
                reached, other = (possible_signs(each, deep - 1) for each in (most, most - c))
                signs = reached | other | ({0} if len(reached | other) > 1 else frozenset())
                return signs if 0 in reached or signs == _ANY else signs - {0}
    return _ANY


def _signs_beside(value: Constant, known: Constant, allowed: frozenset[int], deep: int) -> frozenset[int]:
    """The signs of a constant that is the sum of what they are known of, and a rest that has the same."""
    found = _ANY
    if len(allowed - {0}) != 1:
        return found
    (side,) = allowed - {0}
    for monomial in value.terms.keys() & known.terms.keys():
        ratio = value.terms[monomial] / known.terms[monomial]
        way = side if ratio > 0 else -side
        rest = possible_signs(value - known * ratio, deep - 1)
        if rest <= {0, way}:
            found &= frozenset({way, 0} if 0 in allowed and 0 in rest else {way})
    return found


def _signs_of_monomial(monomial: Monomial, coefficient: Fraction) -> frozenset[int]:
    found = {sign(coefficient)}
    for node, exponent in monomial:
        inner = _signs_of_atom(node)
        if exponent.denominator != 1:
            inner &= {0, 1}
        if exponent < 0:
            inner -= {0}
        if exponent.numerator % 2 == 0:
            inner = frozenset(abs(side) for side in inner)
        found = {one * other for one in found for other in inner}
    return frozenset(found)


def _signs_of_atom(node: Node) -> frozenset[int]:
    if _positive(node):
        return frozenset({1})
    if isinstance(node, Name):
        return assumed().signs.get(atom(node), _ANY) & _signs_in_span(_span_of(node))
    if is_alternating(node):
        return assumed().signs.get(atom(node), _ANY) - {0}
    if isinstance(node, Call) and node.function in ("gamma", "factorial"):
        return frozenset({1}) if _is_positive_argument(node) else _ANY - {0}
    try:
        if not names_in(node):
            return frozenset({sign(atom(node))})
        if isinstance(node, Call) and node.function in ("sin", "cos"):
            return _signs_of_wave(node)
        decided_by = _decided_by(node)
        return _signs_in_span(_span_of(node)) if decided_by is None else possible_signs(decided_by, 0)
    except (NotReal, Undecided):
        return _ANY


def _signs_of_wave(node: Call) -> frozenset[int]:
    """Those of a sine or cosine, by the half turn in which its angle lies; where the other one is 0, it is not."""
    shift, other = (ZERO, "cos") if node.function == "sin" else (Fraction(1, 2), "sin")
    half = _turn_around(of(node.args[0]) * atom(PI, -ONE) + shift)
    if half is not None:
        k, reached = half
        return frozenset({alternating(k)} | ({0} if reached else set()))
    return _ANY - {0} if assumed().signs.get(atom(Call(other, node.args)), _ANY) == {0} else _ANY


def _turn_around(turns: Exact) -> tuple[int, bool] | None:
    """The k for which a constant is known to lie from k to k + 1, and whether it may be one of these; None for none."""
    span = _interval(turns)
    if span.low is None or span.high is None:
        return None
    below = floor(span.low)
    if not isinstance(below, Fraction) or (gap := sign(below + ONE - span.high)) < 0:
        return None
    return int(below), (span.with_low and is_zero(span.low - below)) or (span.with_high and gap == 0)


def _is_positive_argument(node: Call) -> bool:
    try:
        inner = of(node.args[0])
        return possible_signs(inner + ONE if node.function == "factorial" else inner, 0) == {1}
    except (NotReal, Undecided):
        return False


def _span_of(node: Node) -> Span:
    """Where an atom lies: a name by what is assumed, a function by its range."""
    if isinstance(node, Name):
        return assumed().spans.get(node.name, Span())
    ends = listed(node.function, "range") if isinstance(node, Call) else ()
    if len(ends) != 2:
        return Span()
    low, high = (None if is_infinite(end) else of(end) for end in ends)
    if isinstance(node, Call) and node.function in ("sin", "cos"):
        top = Fraction(1, 4) if node.function == "sin" else ZERO  # of a turn, where it is 1
        turns = of(node.args[0]) * atom(PI, -ONE) * Fraction(1, 2) - top
        around = [_turn_around(turns - shift) for shift in (Fraction(1, 2), ZERO)]
        return Span(low, high, *(found is None or found[1] for found in around))
    return Span(low, high, True, True)


def _signs_in_span(span: Span) -> frozenset[int]:
    return frozenset(
        side
        for side, part in ((-1, Span(high=ZERO)), (0, Span(ZERO, ZERO, True, True)), (1, Span(low=ZERO)))
        if not span.meet(part).is_empty
    )


_ODD = {"sinh", "tanh", "asinh", "atan", "asin", "atanh", "erf", "cbrt", "sqrt", "sign", "abs"}  # of u's sign


def _decided_by(node: Node) -> Exact | None:
    """Another constant with the sign of an atom; None where there is none simpler."""
    if isinstance(node, Call):
        try:
            if node.function in _ODD:
                inner = of(node.args[0])
                return inner * inner if node.function == "abs" else inner
            if node.function == "log":
                return of(node.args[0]) - ONE
            if node.function in ("+", "-"):
                return of(node)
        except Undecided:
            pass
    return None


def _deciding(value: Constant) -> Constant:
    """A constant with parameters on whose sign that of another hangs."""
    if (other := _of_opposite(value)) is not None:
        return other
    if len(value.terms) == 1:
        ((monomial, _),) = value.terms.items()
        for node, _ in sorted(monomial, key=lambda pair: text(pair[0])):
            if len(_signs_of_atom(node)) > 1:
                inner = _decided_by(node)
                return _deciding(inner) if isinstance(inner, Constant) else atom(node)
    elif (turn := _turn_in(value)) is not None:
        return atom(turn)
    elif (simpler := _simpler(value)) is not None and isinstance(simpler[0], Constant):
        return _deciding(simpler[0])
    for factor in _factors(value) or ():
        if isinstance(factor, Constant) and len(possible_signs(factor)) > 1:
            return _deciding(factor)
    return value


@lru_cache(maxsize=256)
def parameter_roots(value: Constant) -> tuple[Exact, ...] | None:
    """Where a rational function of one parameter may change its sign, rising: all real zeros and poles.

    None where it is none, or they have no formula.
    """
    (name, *more) = names_in(tree(value))
    if more or not is_rational(value):
        return None
    a = symbolic.symbol(name)
    found: list[Exact] = []
    try:
        parts = sympy.fraction(sympy.together(symbolic.to_sympy(tree(value))))
        for factor, _ in [each for part in parts for each in sympy.factor_list(part, a)[1]]:
            polynomial = sympy.Poly(factor, a, domain="QQ")
            count = polynomial.count_roots()
            if count and polynomial.degree() > 2 and len(polynomial.terms()) > 2:
                return None
            real = [each for each in sympy.roots(polynomial, multiple=True) if each.is_real] if count else []
            if len(real) != count:
                return None
            found += [of(symbolic.from_sympy(each)) for each in real]
    except (*symbolic.FAILURES, symbolic.NoClosedForm, NotReal, Undecided, sympy.PolynomialError):
        return None
    return tuple(sorted(set(found), key=cmp_to_key(_order)))


def _order(one: Exact, other: Exact) -> int:
    return sign(one - other)


def _sign(value: Constant) -> int:
    sides = {coefficient > 0 for coefficient in value.terms.values()}
    if len(sides) == 1 and all(_positive(node) for monomial in value.terms for node, _ in monomial):
        return 1 if sides.pop() else -1
    node = tree(value)
    if names_in(node):
        phases = phases_in(value)
        if phases != names_in(node):
            raise Depends(value)
        signs = _signs_over_phases(value)
        if len(signs) == 1:
            return next(iter(signs))
        if {1, -1} <= signs:
            raise Wavers(value, f"{text(node)} changes its sign")
        raise OfPhase(value, f"is {text(node)} ever zero?")
    for digits in _DIGITS:
        found = numeric.evaluate(node, 5, limit=digits)
        if isinstance(found, numeric.Undefined):
            raise Undecided(f"the constant {text(node)} has no value")
        if (known := numeric.sign(found)) is not None:
            return known
    if (known := vanishing.sign(node)) is not None:
        return known
    if (defined := _by_definition(value)) is not None and (defined == ZERO or defined != value):
        return sign(defined)
    if operations(node) <= _PROVED and symbolic.is_zero(symbolic.to_sympy(node)) is True:
        return 0
    raise Undecided(f"is {text(node)} zero?")


def is_zero(value: Exact) -> bool:
    if isinstance(value, Fraction):
        return not value
    try:
        return sign(value) == 0
    except Depends:
        if 0 in possible_signs(value):
            raise
        return False  # whichever of the two other signs it has
