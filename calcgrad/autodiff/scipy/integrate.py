"""scipy.integrate: differential equations and integrals, recorded as they are solved.

    y = odeint(lambda y, t, k: -k * y, y0, t, args=(k,))     # by y0, t and k
    quad(lambda x, a: np.exp(-a * x * x), 0.0, b, args=(a,))  # by a and b

Steps are chosen on plain numbers, as SciPy chooses them; then the same steps are recorded. Their number and places
stand still when the arguments move, so the derivative is that of the solution to within its tolerance. Of a jump that
would not hold: it may move between the places, which no recording sees. So it is refused unless it is at an end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

from calcgrad.autodiff.composed import array_of
from calcgrad.autodiff.functions import detach
from calcgrad.autodiff.variable import Variable
from calcgrad.autodiff.walk import Walk, nodes_since
from calcgrad.errors import UsageError

Function = Callable[..., Any]

# J. Dormand and P. Prince, "A family of embedded Runge-Kutta formulae", 1980.
_NODES = (0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
_STAGES: tuple[tuple[float, ...], ...] = (
    (),
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_ERRORS = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
_MOST_STEPS = 100_000


def _apart(x: Any, y: Any) -> float:
    return float(np.max(np.abs(np.subtract(x, y)), initial=0.0))


def _jump(f: Function, left: float, right: float) -> float | None:
    """Where f jumps between these, if it does: its values stay apart, and where they are, as the two come together."""

    with np.errstate(all="ignore"):
        low, high = f(left), f(right)
        once = low, high
        for i in range(40):
            middle = 0.5 * (left + right)
            value = f(middle)
            if _apart(value, low) >= _apart(value, high):
                right, high = middle, value
            else:
                left, low = middle, value
            if i == 29:
                once = low, high
        gap = _apart(low, high)
        size = _apart(low, 0.0) + _apart(high, 0.0)
        jumps = gap > 1e-9 * size and _apart(low, once[0]) + _apart(high, once[1]) < 2.0 * gap
    return right if jumps else None


def _stages(f: Function, y: Any, t: Any, h: Any, first: Any) -> tuple[list[Any], Any]:
    """The slopes of one step, and where it ends."""
    slopes = [first]
    for node, weights in zip(_NODES[1:], _STAGES[1:]):
        moved = y
        for weight, slope in zip(weights, slopes):
            if weight:
                moved = moved + (h * weight) * slope
        slopes.append(f(moved, t + node * h))
    return slopes, moved


def _on_the_way(f: Function, y: Any, t: float, step: float, slope: Any, part: float) -> Any:
    """The slope after a part of a step along this one."""
    return f(y + part * step * slope, t + part * step)


def _shares(
    f: Function, y: Any, start: float, end: float, rtol: float, atol: float, h: float
) -> tuple[list[float], Any, float]:
    """Which shares of the way from start to end each step takes, the end, and the step that was last."""
    shares: list[float] = []
    t, way = start, end - start
    direction = math.copysign(1.0, way)
    slope = f(y, t)
    h = h or _first_step(f, y, t, slope, direction, rtol, atol)
    largest = h
    while (end - t) * direction > 0:
        h = min(h, abs(end - t))
        slopes, moved = _stages(f, y, t, direction * h, slope)
        off = h * sum(weight * slope for weight, slope in zip(_ERRORS, slopes))
        size = atol + rtol * np.maximum(np.abs(y), np.abs(moved))
        error = float(np.sqrt(np.mean(np.square(off / size))))
        if not math.isfinite(error) or h < 1e-14 * max(abs(t), 1e-300) or len(shares) > _MOST_STEPS:
            raise UsageError(
                "the differential equation cannot be solved to the end", hint="it may be stiff, or end"
            )
        if error <= 1.0:
            changed = _apart(slopes[-1], slope) > 1e-6 * _apart(slope, 0.0)
            if h < 1e-3 * largest and changed:  # what may it be that is so hard to pass?
                step = direction * h
                at = _jump(partial(_on_the_way, f, y, t, step, slope), 0.0, 1.0)
                if at is not None and abs(end - (t + at * step)) > 1e-12 * abs(way):
                    raise UsageError(
                        f"the slope jumps at t = {t + at * step:.6g}, which may move with the arguments",
                        hint="solve up to there and go on from there: make it one of the times",
                    )
            largest = max(h, largest)
            t = end if h == abs(end - t) else t + direction * h
            shares.append(direction * h / way)
            y, slope = moved, slopes[-1]
        h *= min(10.0, max(0.2, 0.9 * error**-0.2 if error > 0 else 10.0))
    return shares, y, h


def _first_step(
    f: Function, y: Any, t: float, slope: Any, direction: float, rtol: float, atol: float
) -> float:
    """E. Hairer, S. Norsett and G. Wanner, "Solving Ordinary Differential Equations I", II.4."""
    size = atol + rtol * np.abs(y)
    d0, d1 = (float(np.sqrt(np.mean(np.square(x / size)))) for x in (y, slope))
    h0 = 1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1
    bend = f(y + h0 * direction * slope, t + direction * h0) - slope
    d2 = float(np.sqrt(np.mean(np.square(bend / size)))) / h0
    return min(100.0 * h0, max(1e-6, h0 * 1e-3) if max(d1, d2) <= 1e-15 else (0.01 / max(d1, d2)) ** 0.2)


def _solved(f: Function, y0: Any, times: Sequence[Any], rtol: float, atol: float) -> list[Any]:
    """The solution at each of the times, the first of which is that of y0; f(y, t)."""

    def plainly(y: Any, t: float) -> Any:
        return np.asarray(detach(f(y, t)), float)

    ys = [y0]
    h = 0.0
    for start, end in pairwise(times):
        y, way = ys[-1], end - start
        if detach(way) == 0:
            ys.append(y + way * f(y, start))
            continue
        shares, _, h = _shares(
            plainly, np.asarray(detach(y), float), float(detach(start)), float(detach(end)), rtol, atol, h
        )
        gone, slope = 0.0, f(y, start)
        for share in shares:
            slopes, y = _stages(f, y, start + gone * way, share * way, slope)
            gone, slope = gone + share, slopes[-1]
        ys.append(y)
    return ys


def odeint(
    func: Function,
    y0: Any,
    t: Any,
    args: Any = (),
    *,
    tfirst: bool = False,
    rtol: float = 1.49e-8,
    atol: float = 1.49e-8,
) -> Any:
    """The solution of dy/dt = func(y, t, *args) at the times t, of which the first is y0's: one row each."""
    args = args if isinstance(args, tuple) else (args,)
    y0 = np.atleast_1d(array_of(y0)) * 1.0

    def f(y: Any, t: Any) -> Any:
        return np.reshape(array_of(func(t, y, *args) if tfirst else func(y, t, *args)), np.shape(y0))

    return np.stack(_solved(f, y0, [*array_of(t)], rtol, atol))


def solve_ivp(
    fun: Function,
    t_span: Any,
    y0: Any,
    method: str = "RK45",
    t_eval: Any = None,
    *,
    args: tuple[Any, ...] = (),
    rtol: float = 1e-8,
    atol: float = 1e-10,
) -> Any:
    """The solution of dy/dt = fun(t, y, *args): ``t`` and ``y`` at t_eval, or at both ends of t_span."""
    if method != "RK45":
        raise UsageError(f"solve_ivp records RK45, not {method}")
    start, end = t_span
    times = [start, end] if t_eval is None else [*array_of(t_eval)]
    whole = times if detach(times[0]) == detach(start) else [start, *times]
    ys = odeint(
        fun, y0, np.stack([array_of(each) for each in whole]), args, tfirst=True, rtol=rtol, atol=atol
    )
    kept = ys if len(whole) == len(times) else ys[1:]
    return SimpleNamespace(t=array_of(times), y=np.swapaxes(kept, 0, 1), success=True, status=0)


# --- integrals ----------------------------------------------------------------------------------------


def quad(
    func: Function,
    a: Any,
    b: Any,
    args: Any = (),
    epsabs: float = 1.49e-8,
    epsrel: float = 1.49e-8,
    points: Any = (),
) -> tuple[Any, float]:
    """The integral of func(x, *args) from a to b, finite numbers, and a bound of what Gauss' rules disagree about.

    ``points`` are places between a and b where func jumps or has a corner; they may move with the arguments.
    """
    args = args if isinstance(args, tuple) else (args,)
    low, high = float(detach(a)), float(detach(b))
    if not math.isfinite(low) or not math.isfinite(high):
        raise UsageError("quad takes finite ends", hint="substitute x = t/(1 - t**2)")
    between = [each for each in points if min(low, high) < float(detach(each)) < max(low, high)]
    if between:
        ends = [a, *sorted(between, key=lambda each: float(detach(each)), reverse=low > high), b]
        found = [quad(func, *part, args, epsabs, epsrel) for part in pairwise(ends)]
        return sum(part[0] for part in found), sum(part[1] for part in found)
    few, many = (np.polynomial.legendre.leggauss(n) for n in (10, 21))
    since = Variable(0.0).number

    def over(rule: Any, left: float, right: float, a: Any, b: Any) -> Any:
        points = 0.5 * (left + right) + 0.5 * (right - left) * rule[0]
        total: Any = 0.0
        for x, weight in zip(points, rule[1]):
            total = total + (0.5 * (right - left) * float(weight)) * func(a + (b - a) * float(x), *args)
        return total * (b - a)

    def plainly(left: float, right: float) -> tuple[float, float]:
        """The integral of a piece, and what the rules disagree about."""
        found = float(detach(over(many, left, right, low, high)))
        return abs(found - float(detach(over(few, left, right, low, high)))), found

    def recorded(left: float, right: float) -> tuple[float, Any]:
        """The same with what they disagree about in its derivatives."""
        found = over(many, left, right, a, b)
        return _slope(found - over(few, left, right, a, b), since), found

    pieces = _halved([(*plainly(0.0, 1.0), 0.0, 1.0)], plainly, epsabs, epsrel, abs)
    for _, _, left, right in pieces:
        if right - left < 1e-3:  # what may it be that is so hard to pass?
            inset = 1e-3 * (right - left)
            at = _jump(
                lambda part: detach(func(low + (high - low) * part, *args)),
                left or inset,
                min(right, 1.0 - inset),
            )
            if at is not None:
                raise UsageError(
                    f"func jumps at x = {low + (high - low) * at:.6g}, which may move with the arguments",
                    hint="give the place: points=[...]",
                )
    error = sum(piece[0] for piece in pieces)
    parts = [(*recorded(left, right), left, right) for _, _, left, right in pieces]
    parts = _halved(parts, recorded, 1e-8, 1e-8, lambda found: _slope(found, since))
    total: Any = 0.0
    for _, found, _, _ in sorted(parts, key=lambda piece: piece[2]):
        total = total + found
    return total, error


def _halved(
    pieces: list[Any], found: Callable[..., Any], epsabs: float, epsrel: float, size: Function
) -> list[Any]:
    """Pieces (error, integral, left, right), the worst halved until the sum of the errors is small."""
    while sum(piece[0] for piece in pieces) > max(epsabs, epsrel * sum(size(piece[1]) for piece in pieces)):
        if len(pieces) > 200:
            raise UsageError(
                "the integral, or its derivative, cannot be found to that precision",
                hint="split it where func is not smooth: points=[...]",
            )
        worst = max(pieces, key=lambda piece: piece[0])
        pieces = [piece for piece in pieces if piece is not worst]
        middle = 0.5 * (worst[2] + worst[3])
        pieces += [(*found(*half), *half) for half in ((worst[2], middle), (middle, worst[3]))]
    return pieces


def _slope(x: Any, since: int) -> float:
    """The largest derivative of x by what there was before that node."""
    if type(x) is not Variable:
        return 0.0
    order = nodes_since(x, since)[0]
    before = {v.number: v for node in order for v in node.inputs if type(v) is Variable and v.number < since}
    return max((_apart(c, 0.0) for c in Walk(x, 1.0, order, [*before.values()]).run()), default=0.0)
