"""The expansion of every function of the catalogue: one rule each.

A rule takes the arithmetic and the values of the arguments. Where a function is analytic at the limit of its argument,
the rule is Taylor's; at singular points and far out each function has its own:
logarithm and powers at 0, the inverse circular functions through the arc tangent, gamma and its kin by Stirling's
series (Abramowitz and Stegun 6.1.40), erfc by 7.1.23, Ei by 5.1.51 and 5.1.10, zeta at 1 by 23.2.5.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache, reduce
from math import comb, factorial

import sympy

from calcgrad.calculus.arithmetic import alternating, over, plus
from calcgrad.calculus.multiseries import constants, exact, integers, phases
from calcgrad.calculus.multiseries.exact import ONE, ZERO, Constant, Exact, NotReal, Undecided
from calcgrad.calculus.multiseries.phases import OfPhase
from calcgrad.calculus.multiseries.series import (
    HALF,
    Arithmetic,
    Series,
    T,
    Value,
    _named,
    monomial,
    node_of,
    opaque,
)
from calcgrad.expression.columns import column, listed
from calcgrad.expression.tree import INFINITY, PI, Call, Name, Node, names_in, postorder

TWO = Fraction(2)
_REPEATED = 6  # steps of a fixed-point iteration, each worth a term
PI_ = exact.atom(PI)


Rule = Callable[..., Value]


def expand(m: Arithmetic, function: str, args: list[Value]) -> Value:
    """The function's expansion at these arguments."""
    still = [arg for arg in args if not isinstance(arg, Series)]
    if len(still) == len(args) and function not in _BRANCHING:
        value = constants.apply(function, *still)
        known = any(isinstance(arg, Fraction) and arg.denominator == 1 for arg in still)
        if function in _OF_GAMMA and (known or any(map(phases.parameters_in, still))):
            with suppress(Undecided):
                return RULES[function](m, *args)
        return value
    rule = RULES.get(function)
    if rule is None:
        raise Undecided(f"no expansion of {function} is known")
    try:
        made = rule(m, *args)
    except OfPhase:
        ends = _ends(function)
        if ends is None or m.phases.chosen is not None:
            raise
        low, high = ends
        made = m.add((low + high) * HALF, m.phases.bounded() * ((high - low) * HALF))
    return _named(made, lambda: Call(function, tuple(map(node_of, args))))


@lru_cache(maxsize=64)
def _ends(function: str) -> tuple[Exact, Exact] | None:
    """What a function lies between wherever its arguments are; None for others, and where signs decide branches."""
    ends = listed(function, "range")
    if len(ends) != 2 or function in _BRANCHING or column(function, "domain") is not None or INFINITY in ends:
        return None
    return constants.of(ends[0]), constants.of(ends[1])


# ------------------------------------------------------------------------------------------------ Taylor's series


def taylor(m: Arithmetic, function: str, x: Value, *before: Exact) -> Value:
    """An analytic function at what has a finite limit inside its domain."""
    if not isinstance(x, Series):
        return constants.apply(function, *before, x)
    growing, level, small = m.parts(x)
    if not m.is_zero(growing):
        raise Undecided(f"{function} far out")
    return _beside(m, function, x, level, small, before)


def _beside(
    m: Arithmetic, function: str, x: Series, level: Value, small: Series, before: tuple[Exact, ...]
) -> Value:
    """Taylor's series at ``level`` + ``small``."""
    first = expand(m, function, [*before, level])  # at once: there it is told whether it is real
    slopes = _DERIVATIVES[function](m, level, *before)

    def coefficient(n: int) -> Value:
        return m.multiply(Fraction(1, factorial(n)), slopes(n)) if n else first

    return m._composed(coefficient, small, lambda: _call(function, *before, x))


def _apart(m: Arithmetic, function: str, x: Value, *before: Exact) -> Value | None:
    """Taylor's series about the part of x that lies in slower scales, far out though it goes; None where it is none."""
    if not isinstance(x, Series):
        return None
    growing, level, small = m.parts(x)
    if not isinstance(level, Series) or small.term(0) is None or not m.is_zero(growing):
        return None
    slope = _DERIVATIVES[function](m, level, *before)(1)
    if isinstance(slope, Series) and not m.basis.is_faster(x.scale, slope.scale):
        return None
    return _beside(m, function, x, level, small, before)


Slopes = Callable[[int], Value]  # the derivatives at a value, by their order, from 1 on


def _gammas_slopes(first: int) -> Callable[..., Slopes]:
    """Those of loggamma, digamma and polygamma: polygammas of higher order."""

    def slopes(m: Arithmetic, x: Value, order: Exact = ZERO) -> Slopes:
        return lambda n: (
            expand(m, "digamma", [x])
            if n + first == 0
            else expand(m, "polygamma", [order + Fraction(n + first), x])
        )

    return slopes


def _error_slopes(sign: int) -> Callable[..., Slopes]:
    """g = exp(-x**2): the n-th derivative of g is -2*x times the one before, less 2*(n - 1) times that before it."""

    def slopes(m: Arithmetic, x: Value) -> Slopes:
        front = constants.power(PI_, -HALF) * (TWO * sign)
        known: list[Value] = [m.multiply(front, m.exponential(m.negative(m.multiply(x, x))))]

        def at(n: int) -> Value:
            while len(known) < n:
                k = len(known)
                made = m.multiply(m.multiply(-TWO, x), known[-1])
                if k > 1:
                    made = m.subtract(made, m.multiply(Fraction(2 * (k - 1)), known[-2]))
                known.append(made)
            return known[n - 1]

        return at

    return slopes


def _integral_slopes(m: Arithmetic, x: Value) -> Slopes:
    """h = exp(x)/x: x times the n-th derivative of h is exp(x) less n times the one before."""
    e, u = m.exponential(x), m.inverse(x)
    known: list[Value] = [m.multiply(e, u)]

    def at(n: int) -> Value:
        while len(known) < n:
            known.append(m.multiply(u, m.subtract(e, m.multiply(Fraction(len(known)), known[-1]))))
        return known[n - 1]

    return at


def _lambert_slopes(m: Arithmetic, x: Value) -> Slopes:
    """exp(-n*w)*p(n, w)/(1 + w)**(2*n - 1) with the polynomials p of Corless et al. (1996), 3.5."""
    w = expand(m, "LambertW", [x])
    e, u = m.exponential(m.negative(w)), m.inverse(m.add(ONE, w))

    def at(n: int) -> Value:
        p: Value = ZERO
        for c in reversed(_lambert_polynomial(n)):
            p = m.add(m.multiply(p, w), Fraction(c))
        return m.multiply(m.multiply(m.power(e, Fraction(n)), p), m.power(u, Fraction(2 * n - 1)))

    return at


@lru_cache(maxsize=64)
def _lambert_polynomial(n: int) -> tuple[int, ...]:
    """p(1) = 1, p(n + 1) = -(n*w + 3*n - 1)*p(n) + (1 + w)*p(n)'; the coefficients of 1, w, w**2, ..."""
    if n == 1:
        return (1,)
    before, k = _lambert_polynomial(n - 1), n - 1
    made = [0] * (len(before) + 1)
    for i, c in enumerate(before):
        made[i + 1] -= k * c
        made[i] -= (3 * k - 1) * c
        if i:
            made[i] += i * c
            made[i - 1] += i * c
    return tuple(made)


def _bessels_slopes(function: str) -> Callable[..., Slopes]:
    """2**-n times the sum of (-1)**k*C(n, k) times the function of order - n + 2*k (9.1.31)."""

    def slopes(m: Arithmetic, x: Value, order: Exact) -> Slopes:
        def at(n: int) -> Value:
            total: Value = ZERO
            for k in range(n + 1):
                there = expand(m, function, [order + Fraction(2 * k - n), x])
                total = m.add(total, m.multiply(Fraction((-1) ** k * comb(n, k), 2**n), there))
            return total

        return at

    return slopes


_DERIVATIVES: dict[str, Callable[..., Slopes]] = {
    "loggamma": _gammas_slopes(-1), "digamma": _gammas_slopes(0), "polygamma": _gammas_slopes(0),
    "erf": _error_slopes(1), "erfc": _error_slopes(-1), "Ei": _integral_slopes, "LambertW": _lambert_slopes,
    "besselj": _bessels_slopes("besselj"), "bessely": _bessels_slopes("bessely"),
}  # fmt: skip


def _power_series(
    m: Arithmetic, coefficient: Callable[[int], Value], x: Value, name: Callable[[], Node]
) -> Value:
    """A power series at what goes to 0; ``name`` is the function that it expands."""
    return m.compose(coefficient, x, name)


def _call(function: str, *args: Value) -> Node:
    return Call(function, tuple(map(node_of, args)))


# ------------------------------------------------------------------------------------ branches: signs decide them


def _absolute(m: Arithmetic, x: Value) -> Value:
    try:
        return x if m.sign(x) >= 0 else m.negative(x)
    except OfPhase:
        if m.phases.chosen is None:
            return m.modulus(x)
        return x if m.branch(x) >= 0 else m.negative(x)


def _signum(m: Arithmetic, x: Value) -> Value:
    try:
        return Fraction(m.sign(x))
    except OfPhase:
        if (only := m.only(x)) is not None and len(signs := constants.signs_over_phases(only)) == 1:
            return Fraction(signs[0])
        try:
            return _of_phases(m, "sign", x)[0]
        except Undecided:
            return Fraction(m.branch(x))


def _of_phases(m: Arithmetic, function: str, x: Value) -> tuple[Value, Value]:
    """A function of the one coefficient that x has, and the power that stands with it, which is positive."""
    if not isinstance(x, Series):
        if not phases.phases_in(x):
            raise Undecided("a sign that is not known")
        return constants.apply(function, x), ONE
    only = x.term(0)
    if only is None or x.term(1) is not None:
        raise Undecided("the modulus of what oscillates")
    value, power = _of_phases(m, function, only[0])
    return value, m.multiply(power, monomial(x.scale, only[1]))


def _greatest(m: Arithmetic, *args: Value) -> Value:
    return reduce(lambda a, b: _greater(m, a, b, 1), args)


def _least(m: Arithmetic, *args: Value) -> Value:
    return reduce(lambda a, b: _greater(m, a, b, -1), args)


def _greater(m: Arithmetic, a: Value, b: Value, way: int) -> Value:
    """The greater one, or the lesser one for way = -1."""
    gap = m.subtract(a, b)
    try:
        return a if m.branch(gap) * way >= 0 else b
    except OfPhase:
        if m.phases.chosen is not None:
            raise
        return m.multiply(HALF, m.add(m.add(a, b), m.multiply(Fraction(way), m.modulus(gap))))


def _step(m: Arithmetic, x: Value) -> Value:
    return (ONE + m.branch(x)) / 2


def _floor(value: Exact) -> Fraction:
    if isinstance(value, Fraction):
        return Fraction(value.numerator // value.denominator)
    found = constants.apply("floor", value)
    if not isinstance(found, Fraction):
        raise Undecided("a step that depends on a parameter")
    return found


def _rounded(m: Arithmetic, x: Value) -> Value:
    left = _less_whole(m, x, ONE)
    if left is x:
        return m.floor(x)
    rest = m.subtract(m.floor(left), left)
    made = m.add(x, rest)
    if isinstance(x, Series) and isinstance(made, Series):
        factor, base, more = x.apart or (ONE, x, ZERO)
        made.apart = factor, base, m.add(rest, more)
    return made


def _less_whole(m: Arithmetic, x: Value, unit: Fraction, with_pi: bool = False) -> Value:
    """x less whole multiples of ``unit`` (times pi), as far as its form shows them where t goes through integers."""
    if not m.whole or not isinstance(x, Series) or names_in(x.node) != {T.name}:
        return x

    def grows(node: Node) -> bool:
        value = evaluate(m, node, {T.name: m.basis.t})
        return m.limit(value) is None and m.sign(value) > 0

    found = integers.apart(x.node, unit, with_pi, grows)
    if found is None:
        return x
    node, tails = found
    left = evaluate(m, node, {T.name: m.basis.t})
    for each in tails:
        below = m.inverse(evaluate(m, each.of, {T.name: m.basis.t}))
        left = m.add(left, m.multiply(constants.of(each.factor), m.compose(each.coefficient, below, opaque)))
    return left


def _ceiling(m: Arithmetic, x: Value) -> Value:
    return m.negative(_rounded(m, m.negative(x)))


# ----------------------------------------------------------------------------- exponentials, logarithms and powers


def _general_power(m: Arithmetic, x: Value, p: Value) -> Value:
    if not isinstance(p, Series):
        return m.power(x, p)
    side = m.sign(x)
    if side <= 0:
        limit = m.limit(p)
        if limit is not None and m.is_zero(m.subtract(p, limit)):  # it does not move
            return m.power(x, limit)
        if side < 0:
            if (m.whole or m.phases.steps) and (even := _is_even(m, p)) is not None:
                size = m.exponential(m.multiply(p, m.logarithm(m.negative(x))))
                return size if even else m.negative(size)
            raise NotReal("not-real", "a moving power of a negative number")
        if m.sign(p) > 0:
            return ZERO
        raise NotReal("undefined", "0 to a negative power")
    return m.exponential(m.multiply(p, m.logarithm(x)))


def _is_even(m: Arithmetic, p: Value) -> bool | None:
    """Is what goes to infinity through integers even? None where it is not whole."""
    growing, rest = m.modulo(*m.growing(_less_whole(m, p, TWO)), TWO)
    limit = m.limit(rest)
    # sqrt(n) may be whole now and then.
    if limit is None or phases.phases_in(limit) or not m.is_zero(growing):
        raise Undecided("is an exponent a whole number?")
    whole = constants.whole(limit) if m.is_zero(m.subtract(rest, limit)) else None
    return None if whole is None else whole % 2 == 0


def _root(m: Arithmetic, x: Value, n: Value) -> Value:
    try:
        side = m.sign(x)
    except OfPhase:
        if not isinstance(n, Fraction) or n.denominator > 1 or n < 0 or n % 2 == 0:
            raise
        return m.root(x, 1 / n, lambda c: constants.root(c, int(n)))
    if side < 0:
        if isinstance(n, Series):
            odd = (m.whole or m.phases.steps) and _is_even(m, n) is False
        else:
            odd = (constants.whole(n) or 0) % 2 == 1
        if odd:
            return m.negative(_general_power(m, m.negative(x), m.inverse(n)))
        raise NotReal("not-real", "a root of a negative number that is not odd")
    return _general_power(m, x, m.inverse(n))


def _to_base(base: int) -> Rule:
    return lambda m, x: m.multiply(constants.inverse(constants.logarithm(Fraction(base))), m.logarithm(x))


def _split(m: Arithmetic, x: Value) -> tuple[Exact, Series] | None:
    """A constant that is not zero, and what goes to zero in one scale, of which x consists; None where it does not."""
    if not isinstance(x, Series):
        return None
    try:
        limit = m.limit(x)
        if limit is None or constants.is_zero(limit):
            return None
    except OfPhase:
        return None
    _, level, small = m.parts(x)
    return None if isinstance(level, Series) else (limit, small)


def _hyperbolic(m: Arithmetic, x: Value, sign: int) -> Value:
    if (parts := _split(m, x)) is not None:  # the addition theorem
        s0, c0 = constants.apply("sinh", parts[0]), constants.apply("cosh", parts[0])
        s, c = _hyperbolic(m, parts[1], -1), _hyperbolic(m, parts[1], 1)
        return m.add(m.multiply(s0, c if sign < 0 else s), m.multiply(c0, s if sign < 0 else c))
    other = m.exponential(m.negative(x))
    return m.multiply(HALF, m.add(m.exponential(x), other if sign > 0 else m.negative(other)))


def _tanh(m: Arithmetic, x: Value) -> Value:
    if (parts := _split(m, x)) is not None:
        t0, t = constants.apply("tanh", parts[0]), _tanh(m, parts[1])
        return m.divide(m.add(t0, t), m.add(ONE, m.multiply(t0, t)))
    if m.limit(x) is None and m.sign(x) > 0:
        return m.negative(_tanh(m, m.negative(x)))
    e = m.exponential(m.multiply(TWO, x))
    return m.divide(m.subtract(e, ONE), m.add(e, ONE))


def _sigmoid(m: Arithmetic, x: Value) -> Value:
    return m.inverse(m.add(ONE, m.exponential(m.negative(x))))


# ---------------------------------------------------------------------------------------------- circular functions


def circular(m: Arithmetic, x: Value) -> tuple[Value, Value]:
    """Sine and cosine, by their addition theorems."""
    if not isinstance(x, Series):
        return constants.circular(x)
    node = x.node
    x = _less_whole(m, x, TWO, with_pi=True)
    if not isinstance(x, Series):
        return constants.circular(x)
    try:
        growing, rest = m.modulo(*m.growing(x), TWO * PI_)
        far = not m.is_zero(growing)
        shift = m.limit(rest) if far else None
        if shift is not None and _moves_phases(shift):
            growing, rest = m.add(growing, shift), m.subtract(rest, shift)
    except OfPhase:
        growing, rest, far = x, ZERO, True
    if far:
        sine, cosine, more = m.phases.circular(m, growing)
        s, c = circular(m, m.add(rest, more))
        return (
            _named(m.add(m.multiply(sine, c), m.multiply(cosine, s)), lambda: Call("sin", (node,))),
            _named(m.subtract(m.multiply(cosine, c), m.multiply(sine, s)), lambda: Call("cos", (node,))),
        )
    if not isinstance(rest, Series):
        return circular(m, rest)
    _, level, small = m.parts(rest)
    s0, c0 = circular(m, level)

    def alternating(first: int) -> Callable[[int], Value]:
        return lambda n: ZERO if (n - first) % 2 else Fraction((-1) ** (n // 2), factorial(n))

    s = m._composed(alternating(1), small, lambda: Call("sin", (small.node,)))
    c = m._composed(alternating(0), small, lambda: Call("cos", (small.node,)))
    return (
        _named(m.add(m.multiply(s0, c), m.multiply(c0, s)), lambda: Call("sin", (node,))),
        _named(m.subtract(m.multiply(c0, c), m.multiply(s0, s)), lambda: Call("cos", (node,))),
    )


def _moves_phases(shift: Exact) -> bool:
    """Is a constant, which makes no difference to which phases an angle takes, better a part of the angle?"""
    return not phases.phases_in(shift) and not isinstance(shift * constants.inverse(PI_), Fraction)


def _tangent(m: Arithmetic, x: Value) -> Value:
    s, c = circular(m, x)
    return m.divide(s, c)


def _cotangent(m: Arithmetic, x: Value) -> Value:
    s, c = circular(m, x)
    return m.divide(c, s)


def arc_tangent(m: Arithmetic, x: Value) -> Value:
    limit = m.limit(x)
    if limit is None:
        side = Fraction(m.sign(x))
        return m.subtract(side * HALF * PI_, arc_tangent(m, m.inverse(x)))
    return _integral(m, "atan", x, m.inverse(m.add(ONE, m.multiply(x, x))))


def _integral(m: Arithmetic, function: str, x: Value, slope: Value) -> Value:
    """A function at what has a limit at which it has a slope."""
    if not isinstance(x, Series):
        return constants.apply(function, x)
    growing, level, small = m.parts(x)
    if not m.is_zero(growing):
        raise Undecided(f"{function} far out")
    return m.integrated(expand(m, function, [level]), small, slope, lambda: _call(function, x))


def _inside(m: Arithmetic, x: Value) -> bool:
    """Does x keep away from 1 and -1?"""
    limit = m.limit(x)
    return limit is not None and constants.sign(ONE - limit * limit) > 0


def _cofactor(m: Arithmetic, x: Value) -> Value:
    """sqrt(1 - x**2), whose argument says whether x is in the domain."""
    return m.power(m.multiply(m.subtract(ONE, x), m.add(ONE, x)), HALF)


def _arc_sine(m: Arithmetic, x: Value) -> Value:
    """2*atan(x/(1 + sqrt(1 - x**2))) where x goes to 1 or -1"""
    if _inside(m, x):
        return _integral(m, "asin", x, m.inverse(_cofactor(m, x)))
    return m.multiply(TWO, arc_tangent(m, m.divide(x, m.add(ONE, _cofactor(m, x)))))


def _arc_cosine(m: Arithmetic, x: Value) -> Value:
    """2*atan(sqrt(1 - x**2)/(1 + x)) where x goes to 1, from the other side for -1"""
    if _inside(m, x):
        return _integral(m, "acos", x, m.negative(m.inverse(_cofactor(m, x))))
    if m.sign(x) < 0:
        return m.subtract(PI_, _arc_cosine(m, m.negative(x)))
    return m.multiply(TWO, arc_tangent(m, m.divide(_cofactor(m, x), m.add(ONE, x))))


def _angle(m: Arithmetic, y: Value, x: Value) -> Value:
    side, height = m.sign(x), m.sign(y)
    if side > 0:
        return arc_tangent(m, m.divide(y, x))
    if side < 0:
        turn = PI_ if height >= 0 else -PI_
        return m.add(arc_tangent(m, m.divide(y, x)), turn)
    if height == 0:
        raise NotReal("undefined", "the angle of the origin")
    return PI_ * (HALF * height)


def _area_sine(m: Arithmetic, x: Value) -> Value:
    if m.limit(x) is not None:
        return _integral(m, "asinh", x, m.power(m.add(ONE, m.multiply(x, x)), -HALF))
    if m.sign(x) < 0:
        return m.negative(_area_sine(m, m.negative(x)))
    return m.logarithm(m.add(x, m.power(m.add(ONE, m.multiply(x, x)), HALF)))


def _area_cosine(m: Arithmetic, x: Value) -> Value:
    square = m.multiply(m.subtract(x, ONE), m.add(x, ONE))
    limit = m.limit(x)
    if limit is not None and constants.sign(limit - ONE) > 0:
        return _integral(m, "acosh", x, m.power(square, -HALF))
    return m.logarithm(m.add(x, m.power(square, HALF)))


def _area_tangent(m: Arithmetic, x: Value) -> Value:
    if _inside(m, x):
        return _integral(m, "atanh", x, m.inverse(m.multiply(m.subtract(ONE, x), m.add(ONE, x))))
    return m.multiply(HALF, m.logarithm(m.divide(m.add(ONE, x), m.subtract(ONE, x))))


# ------------------------------------------------------------------------------------------------ gamma and its kin


def _bernoulli(n: int) -> Fraction:
    value = sympy.bernoulli(n)
    return Fraction(int(value.p), int(value.q))


def _log_gamma_far(m: Arithmetic, x: Value) -> Value:
    """(x - 1/2)*log(x) - x + log(2*pi)/2 + sum of B(n+1)/(n*(n+1)*x**n) over odd n"""
    if (apart := _apart(m, "loggamma", x)) is not None:
        return apart
    constant = constants.logarithm(TWO * PI_) * HALF
    front = reduce(m.add, [m.multiply(m.subtract(x, HALF), m.logarithm(x)), m.negative(x), constant])
    return m.add(front, _power_series(
        m, lambda n: _bernoulli(n + 1) / (n * (n + 1)) if n % 2 else ZERO, m.inverse(x),
        lambda: plus(((1, _call("loggamma", x)), (-1, node_of(front)))),
    ))  # fmt: skip


def _pole_of_gamma(limit: Exact) -> int | None:
    """k for a limit -k, a whole number that is not positive."""
    if isinstance(limit, Fraction) and limit.denominator == 1 and limit <= 0:
        return int(-limit)
    if (
        isinstance(limit, Constant)
        and constants.sign(limit) <= 0
        and constants.is_zero(limit - _floor(limit))
    ):
        return int(-_floor(limit))
    return None


def _gamma(m: Arithmetic, x: Value) -> Value:
    limit = m.limit(x)
    if limit is None:
        if m.sign(x) < 0:  # reflection, Abramowitz and Stegun 6.1.17
            there = m.multiply(circular(m, m.multiply(PI_, x))[0], _gamma(m, m.subtract(ONE, x)))
            return m.divide(PI_, there)
        return m.exponential(_log_gamma_far(m, x))
    if (k := _pole_of_gamma(limit)) is not None:
        if k > 30:
            raise Undecided("a far pole of gamma")
        divisor = _product(m, [m.add(x, Fraction(i)) for i in range(k + 1)])
        return m.divide(_gamma(m, m.add(x, Fraction(k + 1))), divisor)
    if not isinstance(x, Series):
        return constants.apply("gamma", x)
    up = 0 if constants.sign(limit) > 0 else -int(_floor(limit))
    if up > 30:
        raise Undecided("gamma far to the left")
    divisor = _product(m, [m.add(x, Fraction(i)) for i in range(up)])
    return m.divide(m.exponential(taylor(m, "loggamma", m.add(x, Fraction(up)))), divisor)


def _log_gamma(m: Arithmetic, x: Value) -> Value:
    if m.sign(x) <= 0:
        raise NotReal("not-real", "loggamma of what is not above 0")
    limit = m.limit(x)
    if limit is None:
        return _log_gamma_far(m, x)
    return m.logarithm(_gamma(m, x)) if constants.is_zero(limit) else taylor(m, "loggamma", x)


def _polygamma(m: Arithmetic, order: Value, x: Value) -> Value:
    if not isinstance(order, Fraction) or order.denominator != 1 or not 0 <= order <= 20:
        raise Undecided("polygamma of an order that is no small whole number")
    n = int(order)
    limit = m.limit(x)
    if limit is None:
        if m.sign(x) < 0 and n:
            raise Undecided("polygamma has poles all the way")
        if m.sign(x) < 0:  # 6.3.7
            s, c = circular(m, m.multiply(PI_, x))
            return m.subtract(_digamma(m, m.subtract(ONE, x)), m.multiply(PI_, m.divide(c, s)))
        return _polygamma_far(m, n, x)
    if (k := _pole_of_gamma(limit)) is not None:
        if k > 30:
            raise Undecided("a far pole of polygamma")
        shifted: Value = (
            taylor(m, "polygamma", m.add(x, Fraction(k + 1)), order)
            if n
            else taylor(m, "digamma", m.add(x, Fraction(k + 1)))
        )
        for i in range(k + 1):
            part = m.power(m.add(x, Fraction(i)), Fraction(-n - 1))
            shifted = m.subtract(shifted, m.multiply(Fraction((-1) ** n * factorial(n)), part))
        return shifted
    return taylor(m, "polygamma", x, order) if n else taylor(m, "digamma", x)


def _polygamma_far(m: Arithmetic, n: int, x: Value) -> Value:
    """Derivatives of Stirling's series: log(x) - 1/(2*x) - sum of B(k)/(k*x**k), k even, differentiated n times."""
    apart = _apart(m, "polygamma", x, Fraction(n)) if n else _apart(m, "digamma", x)
    if apart is not None:
        return apart
    u = m.inverse(x)
    if n == 0:
        front = m.add(m.logarithm(x), m.multiply(-HALF, u))
        return m.add(front, _power_series(
            m, lambda k: -_bernoulli(k) / k if k and k % 2 == 0 else ZERO, u,
            lambda: plus(((1, _call("digamma", x)), (-1, node_of(front)))),
        ))  # fmt: skip

    def coefficient(k: int) -> Value:
        if k == n:
            return Fraction((-1) ** (n - 1) * factorial(n - 1))
        if k == n + 1:
            return Fraction((-1) ** (n + 1) * factorial(n), 2)
        even = k - n
        if even < 2 or even % 2:
            return ZERO
        return Fraction((-1) ** (n + 1) * factorial(k - 1), factorial(even)) * _bernoulli(even)

    return _power_series(m, coefficient, u, lambda: _call("polygamma", Fraction(n), x))


def _digamma(m: Arithmetic, x: Value) -> Value:
    return _polygamma(m, ZERO, x)


def _product(m: Arithmetic, parts: list[Value]) -> Value:
    result: Value = ONE
    for each in parts:
        result = m.multiply(result, each)
    return result


def _of_gamma(m: Arithmetic, x: Value) -> Value:
    """1/gamma(x), which is 0 at the poles."""
    limit = m.limit(x)
    if limit is not None and _pole_of_gamma(limit) is not None and m.is_zero(m.subtract(x, limit)):
        return ZERO
    return m.inverse(_gamma(m, x))


def _beta(m: Arithmetic, x: Value, y: Value) -> Value:
    for one, other in (
        (x, y),
        (y, x),
    ):  # rational beside a whole number, where gamma's terms would have to cancel
        whole = isinstance(one, Fraction) and one.denominator == 1 and 0 < one <= 40
        if isinstance(one, Fraction) and whole and (m.limit(other) is not None or m.sign(other) > 0):
            below = [m.add(other, Fraction(i)) for i in range(int(one))]
            return m.divide(Fraction(factorial(int(one) - 1)), _product(m, below))
    return m.multiply(m.multiply(_gamma(m, x), _gamma(m, y)), _of_gamma(m, m.add(x, y)))


def _binomial(m: Arithmetic, n: Value, k: Value) -> Value:
    if isinstance(k, Fraction) and k.denominator == 1 and 0 <= k <= 40 and not _is_whole_and_negative(m, n):
        terms = [m.multiply(Fraction(1, i + 1), m.subtract(n, Fraction(i))) for i in range(int(k))]
        return _product(m, terms)
    below = m.multiply(_of_gamma(m, m.add(k, ONE)), _of_gamma(m, m.add(m.subtract(n, k), ONE)))
    return m.multiply(_gamma(m, m.add(n, ONE)), below)


def _is_whole_and_negative(m: Arithmetic, n: Value) -> bool:
    """Does it go to -oo through integers?"""
    try:
        return m.limit(n) is None and m.sign(n) < 0 and m.is_zero(circular(m, m.multiply(PI_, n))[0])
    except OfPhase:
        return False


# ---------------------------------------------------------------------------------------- error function, Ei, zeta


def _erfc(m: Arithmetic, x: Value) -> Value:
    limit = m.limit(x)
    if limit is not None:
        return m.subtract(ONE, taylor(m, "erf", x))
    if m.sign(x) < 0:
        return m.subtract(TWO, _erfc(m, m.negative(x)))
    if (apart := _apart(m, "erfc", x)) is not None:
        return apart
    u = m.inverse(x)

    def coefficient(n: int) -> Value:
        k = n // 2
        return ZERO if n % 2 else Fraction((-1) ** k * factorial(2 * k), factorial(k) * 4**k)

    front = m.multiply(
        constants.power(PI_, -HALF), m.multiply(m.exponential(m.negative(m.multiply(x, x))), u)
    )
    return m.multiply(front, _power_series(m, coefficient, u, lambda: over(_call("erfc", x), node_of(front))))


def _erf(m: Arithmetic, x: Value) -> Value:
    return taylor(m, "erf", x) if m.limit(x) is not None else m.subtract(ONE, _erfc(m, x))


def _fresnel(function: str) -> Rule:
    """Amplitude and phase far out (Abramowitz and Stegun 7.3.9, 7.3.27)."""

    def rule(m: Arithmetic, x: Value) -> Value:
        sine, cosine = circular(m, m.multiply(PI_ * HALF, m.multiply(x, x)))
        one, other = (sine, cosine) if function == "fresnels" else (cosine, m.negative(sine))
        if m.limit(x) is not None:
            return _integral(m, function, x, one)
        if m.sign(x) < 0:
            return m.negative(rule(m, m.negative(x)))
        u = m.inverse(m.multiply(PI_, m.multiply(x, x)))

        def coefficient(first: int) -> Callable[[int], Value]:
            return lambda n: (
                ZERO
                if n % 2 != first
                else Fraction((-1) ** (n // 2) * factorial(2 * n) // (2**n * factorial(n)))
            )

        f, g = (_power_series(m, coefficient(first), u, opaque) for first in (0, 1))
        beside = m.multiply(m.multiply(x, u), m.add(m.multiply(f, other), m.multiply(g, one)))
        return m.subtract(HALF, beside)

    return rule


def _exponential_integral(m: Arithmetic, x: Value) -> Value:
    limit = m.limit(x)
    if limit is None:
        if (apart := _apart(m, "Ei", x)) is not None:
            return apart
        u = m.inverse(x)
        front = m.multiply(m.exponential(x), u)
        return m.multiply(front, _power_series(
            m, lambda n: Fraction(factorial(n)), u, lambda: over(_call("Ei", x), node_of(front))
        ))  # fmt: skip
    if constants.is_zero(limit):
        front = m.add(constants.of(Name("EulerGamma")), m.logarithm(_absolute(m, x)))
        return m.add(front, _power_series(
            m, lambda n: Fraction(1, n * factorial(n)) if n else ZERO, x,
            lambda: plus(((1, _call("Ei", x)), (-1, node_of(front)))),
        ))  # fmt: skip
    return taylor(m, "Ei", x)


def _zeta(m: Arithmetic, x: Value) -> Value:
    limit = m.limit(x)
    if (limit is None and m.sign(x) < 0) or (limit is not None and _is_even_below_1(limit)):  # 23.2.6
        other = m.subtract(ONE, x)
        powers = m.exponential(m.multiply(constants.logarithm(TWO * PI_), x))
        wave = circular(m, m.multiply(PI_ * HALF, x))[0]
        front = m.multiply(constants.inverse(PI_), m.multiply(powers, wave))
        return m.multiply(front, m.multiply(_gamma(m, other), _zeta(m, other)))
    if limit is None:
        many = [m.exponential(m.multiply(-constants.logarithm(Fraction(n)), x)) for n in range(1, 10)]
        rest = m.multiply(m.phases.bounded() * TWO, many.pop())  # of all that follow
        return m.add(reduce(m.add, many), rest)
    if not isinstance(x, Series):
        return constants.apply("zeta", x)
    gap = m.subtract(x, limit)
    pole = m.inverse(gap) if constants.is_zero(limit - ONE) else ZERO
    return m.add(pole, _power_series(
        m, lambda n: constants.zeta_coefficient(n, limit), gap,
        lambda: plus(((1, _call("zeta", x)), (-1, node_of(pole)))),
    ))  # fmt: skip


def _is_even_below_1(limit: Exact) -> bool:
    return isinstance(limit, Fraction) and limit <= 0 and (limit / 2).denominator == 1


def _lambert(m: Arithmetic, x: Value) -> Value:
    limit = m.limit(x)
    if limit is None:
        if m.sign(x) < 0:
            raise NotReal("not-real", "LambertW below -1/e")
        return _wright(m, m.logarithm(x))
    edge = constants.sign(limit + constants.exponential(-ONE))
    if edge < 0:
        raise NotReal("not-real", "LambertW below -1/e")
    if edge == 0:
        gap = m.add(ONE, m.multiply(constants.exponential(ONE), x))
        if m.sign(gap) < 0:
            raise NotReal("not-real", "LambertW below -1/e")
        return _power_series(
            m, _branch_point, m.power(m.multiply(TWO, gap), HALF), lambda: _call("LambertW", x)
        )
    return taylor(m, "LambertW", x)


def _wright(m: Arithmetic, x: Value) -> Value:
    """The w with w + log(w) = x, far out: LambertW(exp(x)), by repeating w = x - log(w)."""
    assert isinstance(x, Series)
    growing, level, small = m.parts(x)
    if isinstance(level, Series) and m.is_zero(growing):
        w = _wright(m, level)

        u = m.inverse(m.add(ONE, w))

        def coefficient(n: int) -> Value:
            return m.multiply(Fraction(1, factorial(n)), _wright_slope(m, n, w, u))

        return m._composed(coefficient, small, lambda: Call("LambertW", (Call("exp", (x.node,)),)))
    made: Value = x
    for _ in range(_REPEATED):  # each time the error shrinks by a factor of x
        made = m.subtract(x, m.logarithm(made))
    size = m.divide(
        m.logarithm(x), m.power(x, Fraction(_REPEATED))
    )  # a multiple of it is the error, log(x) times more
    return m.add(made, m.multiply(m.phases.bounded(), m.multiply(m.logarithm(x), size)))


def _wright_slope(m: Arithmetic, n: int, w: Value, u: Value) -> Value:
    """The n-th derivative by x: w' = w*u for u = 1/(1 + w), and so u' = -w*u**3; terms are w**i*u**j."""
    terms = {(1, 0): 1}
    for _ in range(n):
        after: dict[tuple[int, int], int] = {}
        for (i, j), c in terms.items():
            for key, factor in (((i, j + 1), i), ((i + 1, j + 2), -j)):
                after[key] = after.get(key, 0) + c * factor
        terms = {key: c for key, c in after.items() if c}
    total: Value = ZERO
    for (i, j), c in terms.items():
        part = m.multiply(m.power(w, Fraction(i)), m.power(u, Fraction(j)))
        total = m.add(total, m.multiply(Fraction(c), part))
    return total


@lru_cache(maxsize=64)
def _branch_point(n: int) -> Fraction:
    """The coefficient of p**n in W where p = sqrt(2*(e*x + 1)) (Corless et al. 1996, 4.22)."""
    if n < 2:
        return Fraction(2 * n - 1)
    half = (_branch_point(n - 2) / 2 + _alpha(n - 2) / 4) * Fraction(n - 1, n + 1)
    return half - _alpha(n) / 2 - _branch_point(n - 1) / (n + 1)


@lru_cache(maxsize=64)
def _alpha(n: int) -> Fraction:
    if n < 2:
        return Fraction(2 - 3 * n) if n == 0 else Fraction(-1)
    return sum((_branch_point(j) * _branch_point(n + 1 - j) for j in range(2, n)), ZERO)


def _bessel(function: str) -> Rule:
    def rule(m: Arithmetic, order: Value, x: Value) -> Value:
        limit = m.limit(x)
        if isinstance(order, Series):
            return _bessel_of_order(m, function, order, x)
        if limit is None:
            return _bessel_far(m, function, order, x)
        if function == "besselj" and constants.is_zero(limit):
            return _bessel_at_zero(m, order, x)
        if function == "bessely" and constants.is_zero(limit):
            return _second_bessel_at_zero(m, order, x)
        return taylor(m, function, x, order)

    return rule


def _bessel_of_order(m: Arithmetic, function: str, order: Series, x: Value) -> Value:
    """In its order a Bessel function of a positive number is analytic everywhere (DLMF 10.2(ii))."""
    at = m.limit(order)
    if isinstance(x, Series) or at is None or m.sign(x) <= 0:
        raise Undecided("a Bessel function of a moving order")
    return m.compose(
        lambda n: constants.coefficient(function, n, at, x), m.subtract(order, at),
        lambda: _call(function, order, x),
    )  # fmt: skip


def _bessel_far(m: Arithmetic, function: str, order: Exact, x: Value) -> Value:
    """Amplitude and phase far out (Abramowitz and Stegun 9.2.5 to 9.2.10)."""
    if m.sign(x) < 0:
        if function == "bessely" or (n := constants.whole(order)) is None:
            raise NotReal("not-real", "a Bessel function of what is not above 0")
        return m.multiply(Fraction(alternating(n)), _bessel_far(m, function, order, m.negative(x)))
    u = m.inverse(x)

    def coefficient(first: int) -> Callable[[int], Value]:
        def at(n: int) -> Value:
            if n % 2 != first:
                return ZERO
            made: Exact = Fraction((-1) ** (n // 2))
            for k in range(1, n + 1):
                made = made * (order * order * Fraction(4) - Fraction((2 * k - 1) ** 2)) * Fraction(1, 8 * k)
            return made

        return at

    p = _power_series(m, coefficient(0), u, opaque)
    q = _power_series(m, coefficient(1), u, opaque)
    s, c = circular(m, m.subtract(x, PI_ * (order * HALF + Fraction(1, 4))))
    front = m.power(m.multiply(constants.inverse(PI_) * TWO, u), HALF)
    if function == "besselj":
        return m.multiply(front, m.subtract(m.multiply(p, c), m.multiply(q, s)))
    return m.multiply(front, m.add(m.multiply(p, s), m.multiply(q, c)))


def _bessel_at_zero(m: Arithmetic, order: Exact, x: Value) -> Value:
    """(x/2)**n * sum of (-1)**k/(k!*gamma(n + k + 1))*(x/2)**(2*k) (Abramowitz and Stegun 9.1.10)"""
    half = m.multiply(HALF, x)
    if isinstance(order, Fraction) and order.denominator == 1 and order < 0:
        return m.multiply(Fraction(alternating(int(order))), _bessel_at_zero(m, -order, x))
    low = phases.parameters_in(order) and constants.sign(order + ONE) <= 0  # gamma may come to a pole
    if low and (turned := constants.parity(order)) is not None:
        return m.multiply(turned, _bessel_at_zero(m, -order, x))

    def coefficient(n: int) -> Value:
        k = n // 2
        if n % 2:
            return ZERO
        return Fraction((-1) ** k, factorial(k)) * constants.inverse(
            constants.apply("gamma", order + Fraction(k + 1))
        )

    front = _general_power(m, half, order)
    return m.multiply(front, _power_series(
        m, coefficient, half, lambda: over(_call("besselj", order, x), node_of(front))
    ))  # fmt: skip


def _second_bessel_at_zero(m: Arithmetic, order: Exact, x: Value) -> Value:
    """Abramowitz and Stegun 9.1.11; 9.1.2 for orders that are no whole numbers."""
    if m.sign(x) <= 0:
        raise NotReal("not-real", "bessely of what is not above 0")
    if not isinstance(order, Fraction) or order.denominator != 1:
        turn = PI_ * order
        first = m.multiply(constants.apply("cos", turn), _bessel_at_zero(m, order, x))
        gap = m.subtract(first, _bessel_at_zero(m, -order, x))
        return m.multiply(constants.inverse(constants.apply("sin", turn)), gap)
    if order < 0:
        return m.multiply(Fraction(alternating(int(order))), _second_bessel_at_zero(m, -order, x))
    n, half = int(order), m.multiply(HALF, x)
    square = m.multiply(half, half)

    def psi(k: int) -> Exact:
        return constants.apply("digamma", Fraction(k))

    def tail(k: int) -> Value:
        return (psi(k + 1) + psi(n + k + 1)) * Fraction((-1) ** k, factorial(k) * factorial(n + k))

    poles: Value = ZERO
    for k in range(n):
        part = m.multiply(Fraction(factorial(n - k - 1), factorial(k)), m.power(half, Fraction(2 * k - n)))
        poles = m.add(poles, part)
    logarithm = m.multiply(m.multiply(TWO, m.logarithm(half)), _bessel_at_zero(m, order, x))
    rest = m.multiply(m.power(half, Fraction(n)), _power_series(m, tail, square, opaque))
    return m.multiply(constants.inverse(PI_), m.subtract(logarithm, m.add(poles, rest)))


# ------------------------------------------------------------------------------------------------------- the table

RULES: dict[str, Rule] = {
    "+": lambda m, a, b: m.add(a, b),
    "-": lambda m, a, b: m.subtract(a, b),
    "*": lambda m, a, b: m.multiply(a, b),
    "/": lambda m, a, b: m.divide(a, b),
    "neg": lambda m, a: m.negative(a),
    "**": _general_power,
    "exp": lambda m, x: m.exponential(x),
    "log": lambda m, x: m.logarithm(x),
    "log2": _to_base(2),
    "log10": _to_base(10),
    "log1p": lambda m, x: m.logarithm(m.add(ONE, x)),
    "expm1": lambda m, x: m.subtract(m.exponential(x), ONE),
    "sqrt": lambda m, x: m.power(x, HALF),
    "cbrt": lambda m, x: _root(m, x, Fraction(3)),
    "root": _root,
    "hypot": lambda m, x, y: m.power(m.add(m.multiply(x, x), m.multiply(y, y)), HALF),
    "abs": _absolute,
    "sign": _signum,
    "Max": _greatest,
    "Min": _least,
    "relu": lambda m, x: _greatest(m, x, ZERO),
    "Heaviside": _step,
    "floor": _rounded,
    "ceiling": _ceiling,
    "sin": lambda m, x: circular(m, x)[0],
    "cos": lambda m, x: circular(m, x)[1],
    "tan": _tangent,
    "cot": _cotangent,
    "sec": lambda m, x: m.inverse(circular(m, x)[1]),
    "csc": lambda m, x: m.inverse(circular(m, x)[0]),
    "asin": _arc_sine,
    "acos": _arc_cosine,
    "atan": arc_tangent,
    "acot": lambda m, x: arc_tangent(m, m.inverse(x)) if m.sign(x) else PI_ * HALF,
    "asec": lambda m, x: _arc_cosine(m, m.inverse(x)),
    "acsc": lambda m, x: _arc_sine(m, m.inverse(x)),
    "atan2": _angle,
    "sinh": lambda m, x: _hyperbolic(m, x, -1),
    "cosh": lambda m, x: _hyperbolic(m, x, 1),
    "tanh": _tanh,
    "coth": lambda m, x: m.inverse(_tanh(m, x)),
    "sech": lambda m, x: m.inverse(_hyperbolic(m, x, 1)),
    "csch": lambda m, x: m.inverse(_hyperbolic(m, x, -1)),
    "asinh": _area_sine,
    "acosh": _area_cosine,
    "atanh": _area_tangent,
    "acoth": lambda m, x: _area_tangent(m, m.inverse(x)),
    "asech": lambda m, x: _area_cosine(m, m.inverse(x)),
    "acsch": lambda m, x: _area_sine(m, m.inverse(x)),
    "sigmoid": _sigmoid,
    "softplus": lambda m, x: m.logarithm(m.add(ONE, m.exponential(x))),
    "gamma": _gamma,
    "factorial": lambda m, x: _gamma(m, m.add(x, ONE)),
    "loggamma": _log_gamma,
    "digamma": _digamma,
    "polygamma": _polygamma,
    "beta": _beta,
    "binomial": _binomial,
    "erf": _erf,
    "erfc": _erfc,
    "fresnels": _fresnel("fresnels"),
    "fresnelc": _fresnel("fresnelc"),
    "Ei": _exponential_integral,
    "zeta": _zeta,
    "LambertW": _lambert,
    "besselj": _bessel("besselj"),
    "bessely": _bessel("bessely"),
    "detach": lambda m, x: x,
}
# of these no definition holds everywhere: where the rule knows more of constants than a name, it is asked
_OF_GAMMA = {"beta", "binomial"}
# with constants alone, too, these are arithmetic; the others are looked up
_BRANCHING = frozenset(
    [
        "+",
        "-",
        "*",
        "/",
        "neg",
        "**",
        "exp",
        "log",
        "sqrt",
        "cbrt",
        "root",
        "abs",
        "sign",
        "Max",
        "Min",
        "relu",
        "Heaviside",
        "floor",
        "ceiling",
        "sin",
        "cos",
        "detach",
    ]
)


# --------------------------------------------------------------------------------------------------- whole trees


def evaluate(
    m: Arithmetic, root: Node, values: dict[str, Value], known: dict[Node, Value] | None = None
) -> Value:
    """The value of a tree at the values of its variables; other names are parameters. Each node is expanded once."""
    known = {} if known is None else known
    stack = [root]
    while stack:
        node = stack[-1]
        if node in known:
            stack.pop()
            continue
        if not isinstance(node, Call):
            stack.pop()
            known[node] = (
                values[node.name] if isinstance(node, Name) and node.name in values else constants.of(node)
            )
            continue
        if node.function == "Piecewise":
            branch = _branch(m, node, values, known)
            if branch in known:
                known[node] = known[branch]
            else:
                stack.append(branch)
            continue
        waiting = [arg for arg in node.args if arg not in known]
        if waiting:
            stack += waiting
            continue
        known[node] = expand(m, node.function, [known[arg] for arg in node.args])
    return known[root]


@lru_cache(maxsize=256)
def steps(root: Node, variable: str) -> tuple[Node, ...]:
    """What is rounded in it, whichever branches are taken."""
    calls = [node for node in postorder(root) if isinstance(node, Call)]
    if any(node.function == "Piecewise" for node in calls):
        return ()
    return tuple(
        node for node in calls if node.function in ("floor", "ceiling") and variable in names_in(node)
    )


def _branch(m: Arithmetic, node: Call, values: dict[str, Value], known: dict[Node, Value]) -> Node:
    for value, condition in zip(node.args[::2], node.args[1::2], strict=True):
        if holds(m, condition, values, known):
            return value
    raise NotReal("undefined", "no case applies")


def holds(m: Arithmetic, condition: Node, values: dict[str, Value], known: dict[Node, Value]) -> bool:
    """Is the condition true for all large t?"""
    if isinstance(condition, Name):
        return condition.name == "True"
    assert isinstance(condition, Call)
    match condition.function, condition.args:
        case "&", (a, b):
            return holds(m, a, values, known) and holds(m, b, values, known)
        case "|", (a, b):
            return holds(m, a, values, known) or holds(m, b, values, known)
        case "~", (a,):
            return not holds(m, a, values, known)
    one, other = (evaluate(m, arg, values, known) for arg in condition.args)
    gap = m.subtract(one, other)
    if condition.function in ("==", "!=") and m.vanishes_rarely(gap):
        return condition.function == "!="
    side = m.branch(gap)
    return {
        "<": side < 0, "<=": side <= 0, ">": side > 0, ">=": side >= 0, "==": side == 0, "!=": side != 0,
    }[condition.function]  # fmt: skip
