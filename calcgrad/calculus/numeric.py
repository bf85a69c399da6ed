"""As many correct digits as needed: trees evaluated in mpmath with an error bound on every value.

    decimal(parse("exp(pi)-pi").node, 20)         # "19.999099979189475767"

A value is an exact ``Fraction`` as long as arithmetic keeps it rational, and otherwise a ``Ball``: a midpoint
and a radius that bounds rounding and what the inputs' own radii do (in the manner of ball arithmetic, Rump
2010, with function radii taken at the ball's ends). The working precision is raised until the answer's
digits are certain. Out of a function's real domain the value is an ``Undefined`` that knows where; what no
precision could settle is ``UNSETTLED``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import comb, factorial, isqrt
from typing import Any, NamedTuple

from mpmath.ctx_mp import MPContext
from mpmath.libmp import to_digits_exp

from calcgrad.decimals import fraction_text, place
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.parser import parse
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
    rational,
    substitute,
    total,
)

mp = MPContext()  # of our own: nobody else's precision changes, and nobody changes ours

MAX_DIGITS = 3_000  # of working precision before a value counts as unsettled
_STEP_DIGITS = 600  # that a difference quotient may lose beside those of its step
_MAX_FRACTION_BITS = 20_000
_MAX_MAGNITUDE = 4_000  # bits of a number's binary exponent: exp(exp(exp(10))) is beyond it
_MAX_EXPONENT_BITS = 100  # of a whole exponent: beyond, a power's own exponent is thousands of digits long
_MAX_EXPONENT = 2**64  # binary exponent of a number whose decimal is still written


class Ball(NamedTuple):
    """The real numbers within ``rad`` of ``mid``."""

    mid: Any  # mpf
    rad: Any  # mpf >= 0


@dataclass(frozen=True)
class Undefined:
    """No real value: ``kind`` is undefined, not-real or too-large; ``node`` is the call that has none."""

    kind: str
    node: Node


class _Unsettled:
    """The working precision did not decide."""


UNSETTLED = _Unsettled()
Real = Fraction | Ball
Value = Real | Undefined | _Unsettled | bool
Settle = Callable[[Node, Fraction], bool]
Known = dict[int, dict[Node, Value]]  # by the working precision


# ------------------------------------------------------------------------------------------- public calls


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
    work = max(digits + 10, start)
    while True:
        with mp.workdps(work):
            value = _evaluate(root, env or {}, settle, None if known is None else known.setdefault(work, {}))
            if isinstance(value, Ball) and not _precise(value, digits):
                value = UNSETTLED
        if value is not UNSETTLED or work >= limit:
            return value
        work = min(work * 3, limit)


def ball(root: Node, env: Mapping[str, Real] | None, work: int) -> Value:
    """One evaluation with ``work`` digits of working precision, whatever radius comes of it."""
    with mp.workdps(work):
        return _evaluate(root, env or {})


def decimal(root: Node, digits: int, env: Mapping[str, Real] | None = None) -> str | None:
    """``root`` rounded to ``digits`` significant digits, every one of them right; None if there is no value."""
    extra = 2
    while True:
        value = evaluate(root, digits + extra, env)
        if isinstance(value, Fraction):
            return fraction_text(value, digits)
        if not isinstance(value, Ball):
            return None
        if abs(_magnitude(value.mid)) > _MAX_EXPONENT:
            return None  # its exponent alone would fill the line
        with mp.workdps(digits + extra + 10):
            low, high = value.mid - value.rad, value.mid + value.rad
            texts = {format_mpf(each, digits) for each in (low, high)}
        if len(texts) == 1:
            return texts.pop()
        extra *= 4  # a run of zeros or nines: look further
        if extra > MAX_DIGITS:
            return format_mpf(value.mid, digits)


def to_float(value: Real) -> float | None:
    """The nearest double; None where it overflows."""
    try:
        result = float(value) if isinstance(value, Fraction) else float(value.mid)
    except OverflowError:
        return None
    return None if result in (float("inf"), float("-inf")) else result


def sign(value: Value) -> int | None:
    """-1, 0 or 1; None where the ball holds zero or there is no value."""
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    if isinstance(value, Ball) and abs(value.mid) > value.rad:
        return 1 if value.mid > 0 else -1
    return None


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
    coarse, fine = (as_mpf(each, digits + 10) for each in found)
    with mp.workdps(digits + 10):
        gap = abs(coarse - fine)
        if gap > mp.mpf(10) ** (-digits // 2) * max(1, abs(fine)):
            return UNSETTLED
        if isinstance(found[1], Fraction) and found[0] == found[1]:
            return found[1]
        rounding = sum(each.rad for each in found if isinstance(each, Ball))
        return Ball(fine, gap + rounding + mp.mpf(10) ** (-digits) * abs(fine))


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
        return _mpf(value)


# ------------------------------------------------------------------------------------------------ formats


def format_mpf(value: Any, digits: int) -> str:
    """Decimal text of an mpf, rounded to ``digits`` significant digits, zeros at the end dropped."""
    if not value:
        return "0"
    sign_, text, exponent = to_digits_exp(value._mpf_, digits + 3)
    rounded = int(text) if len(text) <= 4000 else _long_int(text)
    drop = len(text) - digits
    if drop > 0:
        rounded, rest = divmod(rounded, 10**drop)
        half = 5 * 10 ** (drop - 1)
        rounded += rest > half or (rest == half and rounded % 2 == 1)
    shift = exponent + 1 - min(digits, len(text))
    return place(sign_, rounded, shift)


def _long_int(text: str) -> int:
    result = 0
    for start in range(0, len(text), 4000):
        chunk = text[start : start + 4000]
        result = result * 10 ** len(chunk) + int(chunk)
    return result


# --------------------------------------------------------------------------------------------- evaluation


def _precise(value: Ball, digits: int) -> bool:
    """Is the radius below the asked-for digits? A ball around zero never is."""
    return bool(value.rad <= abs(value.mid) * mp.mpf(10) ** (-digits))


def _mpf(value: Real) -> Any:
    if isinstance(value, Ball):
        return value.mid
    return mp.mpf(value.numerator) / value.denominator


def _as_ball(value: Real) -> Ball:
    if isinstance(value, Ball):
        return value
    mid = _mpf(value)
    exact = value.denominator == 1 and value.numerator.bit_length() <= mp.prec
    return Ball(mid, mp.zero if exact else _ulp(mid))


def _ulp(value: Any) -> Any:
    return mp.ldexp(abs(value), 2 - mp.prec)


def _magnitude(value: Any) -> int:
    """Binary exponent; 0 for zero."""
    return 0 if not value else int(mp.mag(value))


_CONSTANTS = {
    "E": lambda: +mp.e,
    "pi": lambda: +mp.pi,
    "EulerGamma": lambda: +mp.euler,
}


def _evaluate(
    root: Node, env: Mapping[str, Real], settle: Settle | None = None, known: dict[Node, Value] | None = None
) -> Value:
    def settled(node: Node, parts: list[Value]) -> Value:
        value = step(node, parts)
        if settle is not None and isinstance(value, Ball) and value.rad < mp.mpf(10) ** -15:
            nearest = mp.nint(value.mid)
            if abs(value.mid - nearest) <= value.rad and settle(node, Fraction(int(nearest))):
                return Fraction(int(nearest))
        return value

    def step(node: Node, parts: list[Value]) -> Value:
        if isinstance(node, Number):
            return Fraction(node.value)
        if isinstance(node, Name):
            if node is TRUE or node is FALSE:
                return node is TRUE
            if node.name in _CONSTANTS:
                mid = _CONSTANTS[node.name]()
                return Ball(mid, _ulp(mid))
            return env.get(node.name, Undefined("undefined", node))
        if not isinstance(node, Call):
            return Undefined("undefined", node)
        if node.function == "Piecewise":
            return _piecewise(node, parts)
        if node.function in ("&", "|", "~"):
            return _connect(node.function, parts)
        for part in parts:
            if isinstance(part, Undefined | _Unsettled):
                return part
        return _apply(node, [part for part in parts if isinstance(part, Fraction | Ball)], settle)

    return fold(root, settled, known)


def _piecewise(node: Call, parts: list[Value]) -> Value:
    for value, condition in zip(parts[::2], parts[1::2], strict=True):
        if condition is True:
            return value
        if condition is not False:
            return condition
    return Undefined("undefined", node)


def _connect(function: str, parts: list[Value]) -> Value:
    if function == "~":
        return not parts[0] if isinstance(parts[0], bool) else parts[0]
    decisive = function == "|"
    for part in parts:
        if part is decisive:
            return decisive
    return next((part for part in parts if not isinstance(part, bool)), not decisive)


def _compare(function: str, a: Real, b: Real) -> Value:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        order = (a > b) - (a < b)
    else:
        gap = _subtract(a, b)
        found = sign(gap)
        if found is None:
            return UNSETTLED
        order = found
    return {
        "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0, "==": order == 0, "!=": order != 0,
    }[function]  # fmt: skip


def _apply(node: Call, args: list[Real], settle: Settle | None) -> Value:
    """One call on real arguments: exactly where that is possible, in balls elsewhere."""
    name = node.function
    if name in COMPARISONS:
        truth = _compare(name, args[0], args[1])
        if truth is UNSETTLED and settle is not None and settle(Call("-", node.args), Fraction(0)):
            return _compare(name, Fraction(0), Fraction(0))
        return truth
    domain = _domain(name)
    if domain is not None:
        inside = _evaluate(domain, dict(zip(ROWS[name].parameters, args)))
        if inside is UNSETTLED and settle is not None:
            names = (Name(parameter) for parameter in ROWS[name].parameters)
            inside = _evaluate(substitute(domain, dict(zip(names, node.args))), {}, settle)
        if inside is not True:
            return _outside(node, args) if inside is False else UNSETTLED
    if (arithmetic := _ARITHMETIC.get(name)) is not None:
        return arithmetic(node, *args)
    if (shortcut := _EXACT.get(name)) is not None and all(isinstance(arg, Fraction) for arg in args):
        return shortcut(*args)
    return _function(node, args)


@cache
def _domain(name: str) -> Node | None:
    row = ROWS.get(name)
    return parse(row.domain, condition=True).node if row is not None and row.domain else None


_POLES = {"/", "tan", "cot", "sec", "csc", "coth", "csch", "acsch", "gamma", "factorial", "digamma", "polygamma",
          "beta", "binomial", "zeta", "Ei", "atan2"}  # fmt: skip


def _outside(node: Call, args: list[Real]) -> Undefined:
    """Why there is no value: a pole, or no real value at all."""
    name = node.function
    first = sign(args[0])
    if name in _POLES or (
        first == 0 and name in ("**", "root", "log", "log2", "log10", "bessely", "asech", "loggamma")
    ):
        return Undefined("undefined", node)
    if name in ("atanh", "acoth") and sign(_subtract(_absolute(args[0]), Fraction(1))) == 0:
        return Undefined("undefined", node)
    if name == "log1p" and sign(_add(args[0], Fraction(1))) == 0:
        return Undefined("undefined", node)
    return Undefined("not-real", node)


def _function(node: Call, args: list[Real]) -> Value:
    """A function of mpmath on balls: its value at the midpoints, its radius from the balls' ends."""
    name = node.function
    call = _meaning(name)
    if call is None:
        return Undefined("undefined", node)
    balls = [_as_ball(arg) for arg in args]
    ordered = (
        balls if name == "binomial" else balls[:1] if name in ("polygamma", "besselj", "bessely") else []
    )
    if any(abs(each.mid) > 10**4 for each in ordered):
        return Undefined("too-large", node)
    if any(_magnitude(each.mid) > _MAGNITUDES.get(name, _MAX_MAGNITUDE) for each in balls):
        return Undefined("too-large", node)
    if name in _COSTLY and mp.dps > _COSTLY_DIGITS:
        return UNSETTLED
    if (certified := _by_flint(name, balls)) is not None:
        return certified
    try:
        mid = call(*(each.mid for each in balls))
        if not isinstance(mid, mp.mpf) or not mp.isfinite(mid):
            return UNSETTLED
        rad = 4 * _ulp(mid)
        for index, each in enumerate(balls):
            if not each.rad:
                continue
            if _touches_kink(name, args):
                return UNSETTLED
            for end in (each.mid - each.rad, each.mid + each.rad):
                moved = call(*(end if i == index else other.mid for i, other in enumerate(balls)))
                if not isinstance(moved, mp.mpf) or not mp.isfinite(moved):
                    return UNSETTLED
                rad += 2 * abs(moved - mid)
    except (ValueError, ZeroDivisionError, OverflowError, MemoryError, mp.NoConvergence):
        return UNSETTLED
    return Ball(mid, rad)


# FLINT's ball functions, by their names in python-flint; its arb is Arb (Johansson 2017)
_ARB = {name: name for name in (
    "exp", "log", "sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "coth", "sech", "csch",
    "asin", "acos", "atan", "asinh", "acosh", "atanh", "sqrt", "expm1", "log1p", "erf", "erfc", "gamma", "digamma",
    "zeta",
)} | {"loggamma": "lgamma", "Ei": "ei"}  # fmt: skip


@cache
def _flint() -> Any:
    """python-flint, where the extra is installed, or None."""
    try:
        import flint
    except ImportError:
        return None
    return flint


def _by_flint(name: str, balls: list[Ball]) -> Ball | None:
    """The value in FLINT's ball arithmetic, whose radius is proved; None without flint, or without a right digit.

    Far out FLINT may know no more of erfc(x) than that it is tiny, where mpmath has digits.
    """
    flint = _flint() if name in _ARB else None
    if flint is None:
        return None
    with flint.ctx.workprec(mp.prec):  # gives back the precision that was there
        x = flint.arb(flint.arb(balls[0].mid), flint.arb(balls[0].rad))
        value = getattr(x, _ARB[name])()
        if not value.is_finite():
            return None
        mid, rad = (
            mp.ldexp(mp.mpf(int(m)), int(e)) for m, e in (value.mid().man_exp(), value.rad().man_exp())
        )
    return None if 2 * rad > abs(mid) else Ball(mid, rad + _ulp(mid))


_STEPPED = {"floor", "ceiling", "sign", "Heaviside", "acot"}


def _touches_kink(name: str, args: list[Real]) -> bool:
    """Does a ball lie over a jump of the function, where its ends say nothing of its middle?"""
    if name not in _STEPPED:
        return False
    ball_ = _as_ball(args[0])
    low, high = ball_.mid - ball_.rad, ball_.mid + ball_.rad
    if name in ("floor", "ceiling"):
        return bool(mp.floor(low) != mp.floor(high) or mp.ceil(low) != mp.ceil(high))
    return bool(low <= 0 <= high)


@cache
def _meaning(name: str) -> Callable[..., Any] | None:
    if name in _OWN:
        return _OWN[name]
    row = ROWS.get(name)
    return getattr(mp, row.mpmath, None) if row is not None and row.mpmath else None


def _real_root(x: Any, n: Any) -> Any:
    if not x:
        return mp.zero
    if n != mp.floor(n):
        return x ** (1 / n)  # the domain has seen to it that x > 0
    size = mp.root(abs(x), int(abs(n)))
    return mp.sign(x) * (size if n > 0 else 1 / size)


def _lambert(x: Any) -> Any:
    """The principal branch; near its branch point half the digits are lost, so twice as many are used."""
    with mp.workprec(2 * mp.prec + 20):
        w = mp.lambertw(x)
    return +w.real if not w.imag else w


def _softplus(x: Any) -> Any:
    return x + mp.log1p(mp.exp(-x)) if x > 0 else mp.log1p(mp.exp(x))


_OWN: dict[str, Callable[..., Any]] = {
    "cbrt": lambda x: _real_root(x, 3),
    "root": _real_root,
    "log2": lambda x: mp.log(x) / mp.ln2,
    "log1p": mp.log1p,
    "acot": lambda x: mp.atan(1 / x) if x else mp.pi / 2,
    "acoth": lambda x: mp.atanh(1 / x),
    "asec": lambda x: mp.acos(1 / x),
    "acsc": lambda x: mp.asin(1 / x),
    "asech": lambda x: mp.acosh(1 / x),
    "acsch": lambda x: mp.asinh(1 / x),
    "Heaviside": lambda x: mp.mpf(0 if x < 0 else 1) if x else mp.mpf("0.5"),
    "polygamma": lambda n, x: mp.psi(int(n), x),
    "LambertW": _lambert,
    "relu": lambda x: x if x > 0 else mp.zero,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)) if x > 0 else mp.exp(x) / (1 + mp.exp(x)),
    "softplus": _softplus,
    "detach": lambda x: +x,
}

# functions whose cost grows steeply with precision and with size
_COSTLY = {
    "gamma", "factorial", "loggamma", "digamma", "polygamma", "beta", "binomial", "zeta", "Ei", "besselj", "bessely",
    "LambertW",
}  # fmt: skip
_COSTLY_DIGITS = 300
# beyond these binary exponents a function costs more than it tells
_MAGNITUDES = dict.fromkeys(_COSTLY, 80) | dict.fromkeys(("log", "log2", "log10", "sqrt"), 10**6) | {
    "exp": 1_000, "expm1": 1_000, "sinh": 1_000, "cosh": 1_000, "erfc": 100, "floor": 2_000, "ceiling": 2_000,
}  # fmt: skip


# --------------------------------------------------------------------------------------------- arithmetic


def _keep(value: Fraction) -> Real:
    """A rational, as long as it is small enough to be worth its exactness."""
    if value.numerator.bit_length() + value.denominator.bit_length() > _MAX_FRACTION_BITS:
        return _as_ball(value)
    return value


def _add(a: Real, b: Real) -> Real:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return _keep(a + b)
    a, b = _as_ball(a), _as_ball(b)
    mid = a.mid + b.mid
    return Ball(mid, a.rad + b.rad + _ulp(mid))


def _negate(a: Real) -> Real:
    return -a if isinstance(a, Fraction) else Ball(-a.mid, a.rad)


def _subtract(a: Real, b: Real) -> Real:
    return _add(a, _negate(b))


def _multiply(a: Real, b: Real) -> Real:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return _keep(a * b)
    if a == 0 or b == 0:
        return Fraction(0)
    a, b = _as_ball(a), _as_ball(b)
    mid = a.mid * b.mid
    return Ball(mid, abs(a.mid) * b.rad + abs(b.mid) * a.rad + a.rad * b.rad + _ulp(mid))


def _divide(node: Call, a: Real, b: Real) -> Value:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return _keep(a / b)
    if a == 0:
        return Fraction(0)
    a, b = _as_ball(a), _as_ball(b)
    if abs(b.mid) <= 2 * b.rad:
        return UNSETTLED
    mid = a.mid / b.mid
    return Ball(mid, (a.rad + abs(mid) * b.rad) / (abs(b.mid) - b.rad) + _ulp(mid))


def _absolute(a: Real) -> Real:
    return abs(a) if isinstance(a, Fraction) else Ball(abs(a.mid), a.rad)


def _power(node: Call, base: Real, exponent: Real) -> Value:
    if isinstance(exponent, Fraction):
        if not exponent:
            return Fraction(1)
        if exponent.denominator == 1:
            return _integer_power(node, base, exponent.numerator)
    if base == 0:
        return Fraction(0)
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        root = _exact_root(base, exponent.denominator)
        if root is not None:
            return _integer_power(node, root, exponent.numerator)
    size = _magnitude(_mpf(exponent)) + _magnitude(mp.mpf(_magnitude(_mpf(base)) or 1))
    if size > _MAX_MAGNITUDE:
        return Undefined("too-large", node)
    b, e = _as_ball(base), _as_ball(exponent)
    if b.mid <= 2 * b.rad:
        return UNSETTLED
    logarithm = Ball(mp.log(b.mid), 2 * b.rad / b.mid + _ulp(mp.log(b.mid)) + _ulp(mp.one))
    return _function(Call("exp", (node,)), [_multiply(e, logarithm)])


def _integer_power(node: Call, base: Real, exponent: int) -> Value:
    if isinstance(base, Fraction):
        size = (base.numerator.bit_length() + base.denominator.bit_length()) * abs(exponent)
        if size <= _MAX_FRACTION_BITS:
            return base**exponent
        if base == 0 or abs(base) == 1:
            return base ** (exponent if base == 0 else exponent % 2)
    b = _as_ball(base)
    if (
        exponent.bit_length() > _MAX_EXPONENT_BITS
        or exponent.bit_length() + _magnitude(mp.mpf(abs(_magnitude(b.mid)) or 1)) > _MAX_MAGNITUDE
    ):
        return Undefined("too-large", node)
    if abs(b.mid) <= b.rad:  # an interval around zero
        if exponent < 0:
            return UNSETTLED
        return Ball(mp.zero, (abs(b.mid) + b.rad) ** exponent)
    extra = abs(exponent).bit_length() + 10
    with mp.extraprec(extra):
        mid = b.mid**exponent
        relative = b.rad / abs(b.mid)
        # (1+r)^n - 1 <= exp(n r) - 1
        growth = mp.expm1(abs(exponent) * relative * 2) if b.rad else mp.zero
    return Ball(+mid, abs(mid) * growth + _ulp(mid))


def _extreme(greatest: bool) -> Callable[..., Value]:
    def extreme(node: Call, *args: Real) -> Value:
        best = args[0]
        for each in args[1:]:
            order = _compare(">" if greatest else "<", each, best)
            if order is UNSETTLED:  # whichever it is, it lies in both balls together
                a, b = _as_ball(best), _as_ball(each)
                best = Ball((a.mid + b.mid) / 2, abs(a.mid - b.mid) + a.rad + b.rad)
            elif order is True:
                best = each
        return best

    return extreme


def _hypotenuse(node: Call, x: Real, y: Real) -> Value:
    return (
        _function(Call("sqrt", (node,)), [_add(_multiply(x, x), _multiply(y, y))]) if x or y else Fraction(0)
    )


_ARITHMETIC: dict[str, Callable[..., Value]] = {
    "+": lambda node, a, b: _add(a, b),
    "-": lambda node, a, b: _subtract(a, b),
    "*": lambda node, a, b: _multiply(a, b),
    "/": _divide,
    "neg": lambda node, a: _negate(a),
    "abs": lambda node, a: _absolute(a),
    "**": _power,
    "Max": _extreme(True),
    "Min": _extreme(False),
    "hypot": _hypotenuse,
    "detach": lambda node, a: a,
}


def _exact_factorial(x: Fraction) -> Value:
    if x.denominator == 1 and 0 <= x <= 1000:
        return Fraction(factorial(int(x)))
    return _function(Call("factorial", (rational(x),)), [x])


def _exact_binomial(n: Fraction, k: Fraction) -> Value:
    """Zero where gamma(n - k + 1) has a pole and gamma(n + 1) has none, as for whole k > n >= 0."""
    below = n - k
    if below.denominator == 1 and below < 0 and (n.denominator > 1 or n >= 0):
        return Fraction(0)
    return _function(Call("binomial", (rational(n), rational(k))), [n, k])


def _exact_sqrt(x: Fraction) -> Real:
    top, bottom = isqrt(x.numerator), isqrt(x.denominator)
    if top * top == x.numerator and bottom * bottom == x.denominator:
        return Fraction(top, bottom)
    value = mp.sqrt(_mpf(x))
    return Ball(value, 4 * _ulp(value))


def _exact_root(x: Fraction, n: int) -> Fraction | None:
    """The n-th root of a rational, if it is one; that of a negative number only for odd n."""
    if x < 0 and n % 2 == 0:
        return None
    top, bottom = _whole_root(abs(x.numerator), n), _whole_root(x.denominator, n)
    return None if top is None or bottom is None else Fraction(top if x > 0 else -top, bottom)


def _whole_root(x: int, n: int) -> int | None:
    """The whole number whose n-th power is x, by Newton's method from above."""
    if x < 2 or n == 1:
        return x
    if n >= x.bit_length():
        return None
    guess = 1 << -(-x.bit_length() // n)
    while (better := ((n - 1) * guess + x // guess ** (n - 1)) // n) < guess:
        guess = better
    return guess if guess**n == x else None


def _at_zero(name: str, value: int) -> Callable[[Fraction], Value]:
    """The functions that are rational at 0 and need to be exact there."""

    def shortcut(x: Fraction) -> Value:
        return Fraction(value) if not x else _function(Call(name, (rational(x),)), [x])

    return shortcut


def _log_shortcut(name: str) -> Callable[[Fraction], Value]:
    def shortcut(x: Fraction) -> Value:
        return Fraction(0) if x == 1 else _function(Call(name, (rational(x),)), [x])

    return shortcut


_EXACT: dict[str, Callable[..., Value]] = {
    "sign": lambda x: Fraction((x > 0) - (x < 0)),
    "floor": lambda x: Fraction(x.numerator // x.denominator),
    "ceiling": lambda x: Fraction(-(-x.numerator // x.denominator)),
    "Heaviside": lambda x: Fraction((x > 0) - (x < 0) + 1, 2),
    "relu": lambda x: max(x, Fraction(0)),
    "sqrt": _exact_sqrt,
    "factorial": _exact_factorial,
    "binomial": _exact_binomial,
    "gamma": lambda x: _exact_factorial(x - 1),
    **{name: _at_zero(name, 0) for name in (
        "sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh", "expm1", "log1p", "erf", "LambertW",
    )},
    **{name: _at_zero(name, 1) for name in ("exp", "cos", "cosh", "sec", "sech", "erfc")},
    **{name: _log_shortcut(name) for name in ("log", "log2", "log10", "acos", "acosh", "asech", "asec")},
    "root": lambda x, n: _exact_nth(x, n),
    "cbrt": lambda x: _exact_cbrt(x),
}  # fmt: skip


def _exact_cbrt(x: Fraction) -> Real:
    value = _exact_root(x, 3)
    if value is not None:
        return value
    near = _real_root(_mpf(x), 3)
    return Ball(near, 4 * _ulp(near))


def _exact_nth(x: Fraction, n: Fraction) -> Value:
    if not x:
        return Fraction(0)
    value = _exact_root(x, abs(n.numerator)) if n.denominator == 1 else None
    if value is not None:
        return value if n > 0 else 1 / value
    return _function(Call("root", (rational(x), rational(n))), [x, n])
