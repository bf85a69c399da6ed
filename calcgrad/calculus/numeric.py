"""As many correct digits as needed: trees evaluated in FLINT's ball arithmetic, whose radii are proved.

    decimal(parse("exp(pi)-pi").node, 20)         # "19.999099979189475767"

A value is an exact ``Fraction`` as long as arithmetic keeps it rational, and otherwise an arb: a midpoint and a
radius within which the real number lies for certain (Johansson 2017). Whatever happens inside, a value is
never without its bound, so precision only decides how much is known: it is raised until the answer's digits
are certain. Out of a function's real domain the value is an ``Undefined`` that knows where; what no precision
could settle is ``UNSETTLED``. Outside this module a ball is a ``Ball``, read as mpf.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import comb, factorial, log
from typing import Any, TypeGuard

from flint import acb, arb, arb_series, ctx, fmpz
from mpmath.ctx_mp import MPContext
from mpmath.libmp import from_man_exp

from calcgrad.decimals import fraction_text, place
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.columns import column, listed
from calcgrad.expression.tree import (
    COMPARISONS,
    FALSE,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    fold,
    integer,
    is_unknown,
    rational,
    substitute,
    total,
)

mp = MPContext()  # for the callers' arithmetic: nobody else's precision changes, and nobody changes ours

_RANGE = 700  # digits from the largest double to the smallest, and some more
MAX_DIGITS = 3_000  # of working precision before a value counts as unsettled
_STEP_DIGITS = 600  # that a difference quotient may lose beside those of its step
_MAX_FRACTION_BITS = 20_000
_MAX_MAGNITUDE = 4_000  # bits of a number's binary exponent: exp(exp(exp(10))) is beyond it
_MAX_ORDER = 10**4  # of a polygamma or Bessel function, and of a binomial coefficient's arguments
_MAX_TERMS = 1_000  # of the series of a cotangent
_MAX_EXPONENT = 2**64  # binary exponent of a number whose decimal is still written
_BITS = 3.3219280948873623  # of a decimal digit
_LOG_2 = 30102999566398119521373889472449  # its decimal logarithm, times 10**32


class Ball:
    """The real numbers within ``rad`` of ``mid``; ``finer(digits)`` evaluates again what it is the value of."""

    __slots__ = ("arb", "finer")

    def __init__(self, mid: Any, rad: Any = 0, finer: Callable[[int], Value] | None = None) -> None:
        self.arb = arb(mid, rad)
        self.finer = finer

    @property
    def mid(self) -> Any:
        return _as_mpf(self.arb.mid())

    @property
    def rad(self) -> Any:
        return _as_mpf(self.arb.rad())

    def __repr__(self) -> str:
        return f"Ball({self.arb})"


@dataclass(frozen=True)
class Undefined:
    """No real value: ``kind`` is undefined, not-real or too-large; ``node`` is the call that has none."""

    kind: str
    node: Node


class _Unsettled:
    """The working precision did not decide."""


UNSETTLED = _Unsettled()
# Numbers for which the language has no word: Taylor's coefficients in the first argument, after an index; those of zeta
# without its pole where that argument is 1.
COEFFICIENTS = {name: f"{name} coefficient" for name in ("zeta", "besselj", "bessely")}
NAMELESS = {coefficient: name for name, coefficient in COEFFICIENTS.items()}
Real = Fraction | Ball
_NO_VALUE = (Undefined, _Unsettled)
Value = Real | Undefined | _Unsettled | bool
Settle = Callable[[Node, Fraction], bool]
Known = dict[int, dict[Node, Any]]  # by the working precision


# ------------------------------------------------------------------------------------------- public calls


def has_no_value(value: object) -> TypeGuard[Undefined]:
    """Is it known that there is none? Of what is too large to compute that is not."""
    return isinstance(value, Undefined) and value.kind != "too-large"


def evaluate(
    root: Node,
    digits: int = 15,
    env: Mapping[str, Real] | None = None,
    limit: int = MAX_DIGITS,
    settle: Settle | None = None,
    start: int = 0,
    known: Known | None = None,
) -> Value:
    """The value of ``root`` to ``digits`` significant digits (exact rationals stay exact).

    ``env`` gives its variables. UNSETTLED where ``limit`` digits of working precision left the sign of a
    difference, a comparison or a domain open: the value may well be zero there. ``settle(node, k)`` may
    prove that a node without variables, whose ball holds the integer k, equals it. ``start`` is how many digits
    of working precision to begin with, where cancellation is foreseen. ``known`` keeps what was found of all parts,
    for other trees to be evaluated with the same ``env``.
    """
    variables, work = _inward(env), max(digits + 10, start)
    while True:
        with ctx.workdps(work):
            value = _evaluate(root, variables, settle, None if known is None else known.setdefault(work, {}))
        if (
            isinstance(value, arb) and value.rel_accuracy_bits() < _BITS * digits
        ):  # a ball around zero never is precise
            value = UNSETTLED
        if value is not UNSETTLED or work >= limit:
            return _outward(value, lambda more: evaluate(root, more, env, max(limit, 3 * more), settle))
        work = min(work * 3, limit)


def ball(root: Node, env: Mapping[str, Real] | None, work: int, settle: Settle | None = None) -> Value:
    """One evaluation with ``work`` digits of working precision, whatever radius comes of it."""
    with ctx.workdps(work):
        return _outward(_evaluate(root, _inward(env), settle))


def decimal(root: Node, digits: int, env: Mapping[str, Real] | None = None) -> str | None:
    """``root`` rounded to ``digits`` significant digits, every one of them right; None if there is no value."""
    extra = 2
    while True:
        value = evaluate(root, digits + extra, env)
        if isinstance(value, Fraction):
            return fraction_text(value, digits)
        if not isinstance(value, Ball):
            return None
        if abs(_magnitude(value.arb)) > _MAX_EXPONENT:
            return None  # its exponent alone would fill the line
        shown = _rounded(value.arb, digits)
        if shown is not None:
            return shown
        extra *= 4  # a run of zeros or nines: look further
        if extra > MAX_DIGITS:
            return format_mpf(value.mid, digits)


def to_float(value: Real) -> float | None:
    """The nearest double; None where it overflows.

    Where the ball's ends have different ones, its value is looked at more closely.
    """
    digits = 40
    while isinstance(value, Ball):
        low, high = _doubles(value.arb)
        finer = value.finer(digits) if low != high and value.finer and digits < MAX_DIGITS else None
        if not isinstance(finer, Fraction | Ball):
            return low if low == high else _nearest_double(value.arb.mid())
        value, digits = finer, 2 * digits
    try:
        return float(value)
    except OverflowError:
        return None


def double(root: Node, env: Mapping[str, Real] | None = None) -> float | None:
    """The nearest double of what has too few digits for a decimal; None where there is none, or it is not clear.

    1 - tanh(800)**2 is smaller than any double, and so 0.0, which needs no digit of it.
    """
    with ctx.workdps(_RANGE):
        value = _evaluate(root, _inward(env))
    if isinstance(value, arb) and value.is_finite():
        low, high = _doubles(value)
        return high if low == high else None
    return to_float(value) if isinstance(value, Fraction) else None


def decades(root: Node) -> int:
    """How many powers of ten the parts of a constant reach over, which cancellation may take away."""
    known: Known = {}
    evaluate(root, 5, limit=60, known=known)
    parts = (part for found in known.values() for part in found.values())
    sizes = (abs(_magnitude(part)) for part in parts if isinstance(part, Fraction | arb))
    return min(max(sizes, default=0) * 302 // 1000, MAX_DIGITS)


def sign(value: Value) -> int | None:
    """-1, 0 or 1; None where the ball holds zero and more, or there is no value."""
    return _sign(value.arb if isinstance(value, Ball) else value)


def difference(root: Node, variable: str, point: Node, order: int, digits: int) -> Value:
    """The ``order``-th derivative at ``point`` by central differences: sum of (-1)^k C(n,k) f(x+(n/2-k)h)/h^n.

    The step is so small that its truncation, of order h^2, lies beyond ``digits`` (checked with a second
    step), and the working precision is raised until rounding does too.
    """
    return _by_two_steps(lambda step: _difference_quotient(root, variable, point, order, step), digits, order)


def _by_two_steps(quotient: Callable[[Fraction], Node], digits: int, order: int) -> Value:
    """A difference quotient with two steps: their gap says whether it has converged."""
    found: list[Real] = []
    for power in (digits // 2 + 4, digits // 2 + 6):
        start = digits + order * power + 5
        limit = min(start + _STEP_DIGITS, max(start, MAX_DIGITS))
        value = evaluate(quotient(Fraction(1, 10**power)), digits, limit=limit, start=start)
        if value is UNSETTLED:
            value = ball(quotient(Fraction(1, 10**power)), None, 8 * digits)  # zero, as far as one can see
        if not isinstance(value, Fraction | Ball):
            return value
        found.append(value)
    coarse, fine = found
    if isinstance(fine, Fraction) and fine == coarse:
        return fine
    with ctx.workdps(digits + 10):
        one, other = (_arb(each.arb if isinstance(each, Ball) else each) for each in found)
        # the midpoints of balls that know nothing may well agree, so what the balls leave open counts too
        doubt = abs(one.mid() - other.mid()).upper() + one.rad() + other.rad()
        size = abs(other.mid())
        if doubt > size.max(arb(1)) / arb(10) ** (digits // 2):
            return UNSETTLED
        return Ball(other.mid(), doubt + size / arb(10) ** digits)


def mixed_difference(root: Node, names: Sequence[str], point: Mapping[str, Node], digits: int) -> Value:
    """A mixed partial at ``point`` by nested central differences, one for each entry of ``names``."""

    def quotient(step: Fraction) -> Node:
        result = root
        for name in names:
            result = _difference_quotient(result, name, Name(name), 1, step)
        return substitute(result, {Name(name): place for name, place in point.items()})

    return _by_two_steps(quotient, digits, len(names))


def _difference_quotient(root: Node, variable: str, point: Node, order: int, step: Fraction) -> Node:
    terms = []
    for k in range(order + 1):
        moved = Call("+", (point, rational((Fraction(order, 2) - k) * step)))
        value = substitute(root, {Name(variable): moved})
        terms.append(Call("*", (integer((-1) ** k * comb(order, k)), value)))
    return Call("/", (total(terms), rational(step**order)))


def as_mpf(value: Real, digits: int) -> Any:
    with mp.workdps(digits):
        return value.mid if isinstance(value, Ball) else mp.mpf(value.numerator) / value.denominator


def as_arb(value: Real) -> Any:
    return value.arb if isinstance(value, Ball) else _arb(value)


# ------------------------------------------------------------------------------------------------ formats


def format_mpf(value: Any, digits: int) -> str:
    """Decimal text of an mpf, rounded half to even to ``digits`` significant digits, zeros at the end dropped."""
    exact, more = arb(value), 20
    while (shown := _rounded(exact, digits, more)) is None:
        more *= 4
    return shown


def _rounded(value: Any, digits: int, more: int = 20) -> str | None:
    """Decimal text of all numbers in a ball, worked out with ``more`` digits; None where they have not the same."""
    if value.is_zero():
        return "0"
    size = _magnitude(value)
    power = (
        digits - 1 - size * _LOG_2 // 10**32
    )  # of ten, by which the digits become a whole number: or one more
    with ctx.workprec(int(_BITS * (digits + more)) + 2 * abs(size).bit_length()):
        while True:
            scale = arb(10) ** abs(power)
            half_up = (abs(value) * scale if power >= 0 else abs(value) / scale) + arb(0.5)
            whole = _integer(half_up.floor(), 4 * digits + 64)
            if whole is None:
                return None
            if whole < 10 ** (digits - 1):
                power += 1
            elif whole >= 10**digits:
                power -= 1
            else:
                tie = half_up.is_integer() and whole % 2 == 1
                return place("-" if value < 0 else "", int(whole) - tie, -power)


def _as_mpf(exact: Any) -> Any:
    man, exp = exact.man_exp()
    return mp.make_mpf(from_man_exp(int(man), int(exp)))


def _doubles(value: Any) -> tuple[float | None, float | None]:
    """The nearest doubles of both ends of a ball."""
    with ctx.workprec(200):
        return _nearest_double(value.lower()), _nearest_double(value.upper())


def _nearest_double(exact: Any) -> float | None:
    man, exp = (int(each) for each in exact.man_exp())
    if abs(size := man.bit_length() + exp) > 1200:
        return 0.0 if size < 0 else None
    try:
        return float(man << exp) if exp >= 0 else man / (1 << -exp)  # Python rounds both right
    except OverflowError:
        return None


# --------------------------------------------------------------------------------------------- evaluation


def _inward(env: Mapping[str, Real] | None) -> dict[str, Any]:
    return {
        name: value.arb if isinstance(value, Ball) else value for name, value in (env.items() if env else ())
    }


def _outward(value: Any, finer: Callable[[int], Value] | None = None) -> Value:
    return Ball(value, finer=finer) if isinstance(value, arb) else value


def _arb(value: Any) -> Any:
    return arb(value.numerator) / value.denominator if isinstance(value, Fraction) else value


def _sign(value: Any) -> int | None:
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    if isinstance(value, arb):
        return 1 if value > 0 else -1 if value < 0 else 0 if value.is_zero() else None
    return None


def _magnitude(value: Any) -> int:
    """Binary exponent of the greatest absolute value, or one more; 0 for zero."""
    if isinstance(value, Fraction):
        return value.numerator.bit_length() - value.denominator.bit_length() if value else 0
    man, exp = value.abs_upper().man_exp()
    return int(man.bit_length() + exp)


_CONSTANTS = {"E": arb.const_e, "pi": arb.pi, "EulerGamma": arb.const_euler}


def _integer(value: Any, most: int = _MAX_FRACTION_BITS) -> Any:
    """The only integer in a ball; None where there are more, or of over ``most`` bits.

    FLINT ends the process where the middle or the radius is a giant, or its reciprocal.
    """
    if not value.is_finite() or _magnitude(value) > most:
        return None
    if _magnitude(value.mid()) < 0:
        return fmpz(0) if value.contains(0) and _magnitude(value) <= 0 else None
    return value.unique_fmpz()


def _evaluate(
    root: Node, env: Mapping[str, Any], settle: Settle | None = None, known: dict[Node, Any] | None = None
) -> Any:
    def settled(node: Node, parts: list[Any]) -> Any:
        value = step(node, parts)
        if settle is not None and isinstance(value, arb) and value.rad() < 1e-15:
            nearest = _integer(value)
            if nearest is not None and settle(node, Fraction(int(nearest))):
                return Fraction(int(nearest))
        return value

    def step(node: Node, parts: list[Any]) -> Any:
        if type(node) is Number:
            return node.value if type(node.value) is Fraction else Fraction(node.value)
        if type(node) is Name:
            if node is TRUE or node is FALSE:
                return node is TRUE
            if node.name in _CONSTANTS:
                return _CONSTANTS[node.name]()
            return env.get(node.name, Undefined("undefined", node))
        if type(node) is not Call:
            return Undefined("undefined", node)
        if node.function == "Piecewise":
            return _piecewise(node, parts)
        if node.function in ("&", "|", "~"):
            return _connect(node.function, parts)
        for part in parts:
            if isinstance(part, _NO_VALUE):
                return part
        return _apply(node, parts, settle)

    return fold(root, step if settle is None else settled, known)


def _piecewise(node: Call, parts: list[Any]) -> Any:
    for value, condition in zip(parts[::2], parts[1::2], strict=True):
        if condition is True:
            return value
        if condition is not False:
            return condition
    return Undefined("undefined", node)


def _connect(function: str, parts: list[Any]) -> Any:
    if function == "~":
        return not parts[0] if isinstance(parts[0], bool) else parts[0]
    decisive = function == "|"
    for part in parts:
        if part is decisive:
            return decisive
    return next((part for part in parts if not isinstance(part, bool)), not decisive)


_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def _compare(function: str, a: Any, b: Any) -> bool | _Unsettled:
    """Of balls a comparison is true where it is for all their numbers."""
    if not (isinstance(a, Fraction) and isinstance(b, Fraction)):
        a, b = _arb(a), _arb(b)
        if not _HOLDS[function](a, b) and not _HOLDS[COMPARISONS[function]](a, b):
            return UNSETTLED
    return _HOLDS[function](a, b)


def _apply(node: Call, args: list[Any], settle: Settle | None) -> Any:
    """One call on real arguments: exactly where that is possible, in balls elsewhere."""
    name = node.function
    if name in COMPARISONS:
        truth = _compare(name, args[0], args[1])
        if truth is UNSETTLED and settle is not None and settle(Call("-", node.args), Fraction(0)):
            return _compare(name, Fraction(0), Fraction(0))
        return truth
    domain = column(name, "domain")
    if domain is not None:
        inside = _evaluate(domain, dict(zip(ROWS[name].parameters, args)))
        if inside is UNSETTLED and settle is not None:
            names = (Name(parameter) for parameter in ROWS[name].parameters)
            inside = _evaluate(substitute(domain, dict(zip(names, node.args))), {}, settle)
        if inside is not True:
            return _outside(node, args) if inside is False else UNSETTLED
    if name == "**":
        return _power(node, args[0], args[1])
    if name in _CHOICES:
        return reduce(_CHOICES[name], args)
    if all(isinstance(arg, Fraction) for arg in args):
        exact = _exactly(name, args)
        if exact is not None:
            return _keep(exact)
    elif name in ("*", "/") and 0 in args:
        return Fraction(0)
    if name in _ARITHMETIC:
        value = _ARITHMETIC[name](*(_arb(arg) for arg in args))
        return value if value.is_finite() else UNSETTLED
    return _function(node, args)


def _outside(node: Call, args: list[Any]) -> Undefined:
    """Why there is no value: a pole, or no real value at all."""
    poles = column(node.function, "poles")
    pole = poles is not None and _evaluate(poles, dict(zip(ROWS[node.function].parameters, args)))
    return Undefined("undefined" if pole is True else "not-real", node)


def _function(node: Call, args: list[Any]) -> Any:
    """A function of FLINT's, or made of them, with the precision that an argument's size takes away."""
    name = node.function
    call = _FUNCTIONS.get(name) or getattr(arb, name, None)
    if call is None:
        return UNSETTLED if is_unknown(node) else _by_definition(node, args)
    if name in ROWS and any(abs(order) > _MAX_ORDER for order in args[: ROWS[name].orders]):
        return Undefined("too-large", node)
    size = max(0, *(_magnitude(arg) for arg in args))
    if size > _MAX_MAGNITUDE:
        if name not in ROWS or not ROWS[name].any_size:
            return Undefined("too-large", node)
        size = 0
    with ctx.extraprec(2 * size):
        value = call(*(_arb(arg) for arg in args))
    if isinstance(value, arb):
        return +value if value.is_finite() else UNSETTLED
    return UNSETTLED if value is None else Fraction(int(value))


def _by_definition(node: Call, args: list[Any]) -> Any:
    """What has no meaning of its own here, by the functions that the catalogue defines it by."""
    definition = column(node.function, "definition")
    if definition is None:
        return Undefined("undefined", node)
    value = _evaluate(definition, dict(zip(ROWS[node.function].parameters, args)))
    return Undefined(value.kind, node) if isinstance(value, Undefined) else value


# ------------------------------------------------------------------------- functions on balls in their domain
# None is the answer of one that its ball does not decide


def _real_root(x: Any, n: Any) -> Any:
    if x.contains(0):
        return arb(0, x.abs_upper() ** (1 / n)) if n > 0 else None
    size = abs(x) ** (1 / n)
    return size if x > 0 else -size


def _lambert(x: Any) -> Any:
    """Where the ball reaches over the branch point, of what lies inside the domain."""
    w = x.lambertw()
    if w.is_finite():
        return w
    return arb(-1).union(arb(x.upper()).lambertw())


def _erfc(x: Any) -> Any:
    """By the ends of the ball, as it falls: FLINT knows no digit of it far out where the ball is no point."""
    return arb(x.lower()).erfc().union(arb(x.upper()).erfc())


def _zeta(x: Any) -> Any:
    """For large x at once: 0 < zeta(x) - 1 < 2**-x + 2**(1-x)/(x-1), by the integral."""
    return 1 + (arb(2) ** (2 - x)).union(arb(0)) if x > 2 * ctx.prec else x.zeta()


def _zeta_coefficient(n: Any, x: Any) -> Any:
    index = int(n.unique_fmpz())
    before, ctx.cap = ctx.cap, index + 1
    try:
        return arb_series([x, 1]).zeta(deflate=bool(x == 1))[index]
    finally:
        ctx.cap = before


def _bessel_coefficient(function: Any) -> Callable[..., Any]:
    """By Cauchy's formula: the mean over a small circle of orders, which is too large by what a large circle bounds.

    The trapezoidal rule of N points on the radius r adds the coefficients n + N, n + 2*N, ... times r**N, r**(2*N),
    ...; each coefficient k is at most M/R**k, where M bounds the function on the radius R [Trefethen and Weideman,
    SIAM Review 56 (2014), 2].
    """

    def mean(n: Any, v: Any, x: Any) -> Any:
        if not x > 0:
            return None
        index, r, large = int(n.unique_fmpz()), arb(1) / 8, _radius(v)
        x, shift = acb(x), acb(v)

        def at(size: Any, turns: Any) -> Any:
            return function(x, shift + size * acb(2 * turns).exp_pi_i())

        for parts in (32, 128, 512):  # arcs, each a ball
            turns = [arb(2 * k + 1, 1.01) / (2 * parts) for k in range(parts)]
            most = reduce(arb.max, (at(large, each).abs_upper() for each in turns))
            if most.is_finite():
                break
        else:
            return None
        bits = ctx.prec + max(_magnitude(most), 0)
        number = index + int(bits * log(2) / log(float((large / r).mid()))) + 2
        sums = (at(r, arb(k) / number) * acb(arb(-2 * k * index) / number).exp_pi_i() for k in range(number))
        ratio = (r / large) ** number
        beyond = most / large**index * ratio / (1 - ratio)
        return sum(sums, acb(0)).real / number / r**index + arb(0, beyond.upper())

    return mean


def _radius(v: Any) -> Any:
    """Of a circle about v that meets the real line well away from whole numbers, where FLINT divides by zero."""
    place = float(v.mid()) % 1.0
    return (
        arb(max((5, 6, 7), key=lambda k: min(abs((place + s * k / 8 + 0.5) % 1 - 0.5) for s in (1, -1)))) / 8
    )


def _polygamma(n: Any, x: Any) -> Any:
    """Far to the left by reflection, with the n-th derivative of cot: FLINT takes a step for each whole number."""
    order = int(n.unique_fmpz())
    if not order:
        return x.digamma()
    if x > -100:
        return acb(x).polygamma(n).real
    if order > _MAX_TERMS:
        return None
    before, ctx.cap = ctx.cap, order + 1  # of the terms in a series
    try:
        cot = arb_series([x, 1]).cot_pi()[order] * arb(order).fac()
    finally:
        ctx.cap = before
    return (-1) ** order * acb(1 - x).polygamma(n).real - arb.pi() * cot


def _beta(x: Any, y: Any) -> Any:
    return x.gamma() * y.gamma() * (x + y).rgamma()


def _binomial(n: Any, k: Any) -> Any:
    return (n + 1).gamma() * (k + 1).rgamma() * (n - k + 1).rgamma()


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "root": _real_root,
    "hypot": lambda x, y: (x * x + y * y).nonnegative_part().sqrt(),
    "sign": lambda x: _integer(x.sgn()),
    "floor": lambda x: _integer(x.floor()),
    "ceiling": lambda x: _integer(x.ceil()),
    "loggamma": arb.lgamma,
    "polygamma": _polygamma,
    "beta": _beta,
    "erfc": _erfc,
    "binomial": _binomial,
    "zeta": _zeta,
    "zeta coefficient": _zeta_coefficient,
    "besselj coefficient": _bessel_coefficient(acb.bessel_j),
    "bessely coefficient": _bessel_coefficient(acb.bessel_y),
    "Ei": arb.ei,
    "fresnels": arb.fresnel_s,
    "fresnelc": arb.fresnel_c,
    "LambertW": _lambert,
    "besselj": lambda n, x: x.bessel_j(n),
    "bessely": lambda n, x: x.bessel_y(n),
    "softplus": lambda x: x + (-x).exp().log1p() if x > 0 else x.exp().log1p(),
    "detach": lambda x: x,
}


# --------------------------------------------------------------------------------------------- arithmetic


def _keep(value: Fraction) -> Any:
    """A rational, as long as it is small enough to be worth its exactness."""
    return value if _bits(value) <= _MAX_FRACTION_BITS else _arb(value)


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "neg": operator.neg, "abs": abs,
}  # fmt: skip


def _power(node: Call, base: Any, exponent: Any) -> Any:
    if exponent == 0:
        return Fraction(1)
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        root, n = _exact_root(base, exponent.denominator), exponent.numerator
        if root is not None and abs(root) <= 1 and root.denominator == 1:
            return root ** (n % 2) if root else root
        if root is not None and _bits(root) * abs(n) <= _MAX_FRACTION_BITS:
            return root**n
    if base == 0:
        return Fraction(0)
    size = max(0, _magnitude(exponent)) + abs(_magnitude(base)).bit_length()  # of the binary exponent
    if size > _MAX_MAGNITUDE:
        return Undefined("too-large", node)
    with ctx.extraprec(size):
        b, e = _arb(base), _arb(exponent)
        value = b**e if b > 0 or b < 0 else _power_around_zero(b, exponent)
    return UNSETTLED if value is None or not value.is_finite() else +value


def _power_around_zero(b: Any, exponent: Any) -> Any:
    """Of a ball that holds zero, the power with a whole exponent > 0."""
    if not isinstance(exponent, Fraction) or exponent.denominator > 1 or exponent < 0:
        return None
    most = b.abs_upper() ** _arb(exponent)
    return arb(0, most) if exponent % 2 else most.union(arb(0))


def _choice(function: str) -> Callable[[Any, Any], Any]:
    """The greater or the lesser of two; of balls that overlap, a ball that holds whichever it is."""

    def choose(best: Any, each: Any) -> Any:
        ahead = _compare(function, each, best)
        if ahead is UNSETTLED:
            one, other = _arb(best), _arb(each)
            return one.max(other) if function == ">" else one.min(other)
        return each if ahead else best

    return choose


_CHOICES = {"Max": _choice(">"), "Min": _choice("<")}


def _exact_factorial(x: Fraction) -> Fraction | None:
    return Fraction(factorial(int(x))) if x.denominator == 1 and 0 <= x <= 1000 else None


def _exact_binomial(n: Fraction, k: Fraction) -> Fraction | None:
    """Zero where gamma(n - k + 1) has a pole and gamma(n + 1) has none, as for whole k > n >= 0."""
    below = n - k
    if below.denominator == 1 and below < 0 and (n.denominator > 1 or n >= 0):
        return Fraction(0)
    return None


def _exact_root(x: Fraction, n: int) -> Fraction | None:
    """The n-th root of a rational, if it is one; that of a negative number only for odd n."""
    if x < 0 and n % 2 == 0:
        return None
    parts = fmpz(abs(x.numerator)), fmpz(x.denominator)
    if n == 1 or n >= _bits(x):  # then only of 0 and 1
        return x if n == 1 or abs(x) in (0, 1) else None
    top, bottom = (part.root(n) for part in parts)
    if (top**n, bottom**n) != parts:
        return None
    return Fraction(int(top) if x > 0 else -int(top), int(bottom))


def _exact_nth(x: Fraction, n: Fraction) -> Fraction | None:
    if not x:
        return x
    root = _exact_root(x, abs(n.numerator)) if n.denominator == 1 else None
    return None if root is None else root if n > 0 else 1 / root


def _exactly(name: str, args: list[Fraction]) -> Fraction | None:
    """The value, where it is rational and known to be."""
    if name in _EXACT:
        return _EXACT[name](*args)
    known = listed(name, "exact")
    at_it = known and args[0] == _evaluate(known[0], {})
    return _evaluate(known[1], {}) if at_it else None


_EXACT: dict[str, Callable[..., Fraction | None]] = {
    **_ARITHMETIC,
    "sign": lambda x: Fraction((x > 0) - (x < 0)),
    "floor": lambda x: Fraction(x.numerator // x.denominator),
    "ceiling": lambda x: Fraction(-(-x.numerator // x.denominator)),
    "detach": lambda x: x,
    "sqrt": lambda x: _exact_root(x, 2),
    "root": _exact_nth,
    "hypot": lambda x, y: _exact_root(x * x + y * y, 2),
    "factorial": _exact_factorial,
    "gamma": lambda x: _exact_factorial(x - 1),
    "binomial": _exact_binomial,
}
