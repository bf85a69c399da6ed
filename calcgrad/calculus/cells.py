"""The line cut where functions of one variable change: between two cuts each is analytic, or nowhere real.

    cells([parse("log(x)/(x - 2)").node], "x")     # cut at 0 and 2, with a place between any two cuts

The cuts are the zeros of whatever is divided by, is under a root or in a logarithm, is compared, or bends. Every
one is found or proved absent: by algebra, by inverse functions, or by bounds on a function and its derivative over
intervals. What is periodic is looked at over a period on either side of everything that is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, inf
from typing import Any

import sympy
from sympy import S
from sympy.functions.elementary.hyperbolic import HyperbolicFunction

from calcgrad.calculus import functions, intervals, kinks, numeric, roots, symbolic
from calcgrad.calculus.domains import condition_of
from calcgrad.calculus.intervals import bounds, simplest, zeros
from calcgrad.calculus.numeric import mp
from calcgrad.expression.columns import has, piece
from calcgrad.expression.tree import (
    COMPARISONS,
    PI,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    fold,
    integer,
    names_in,
    operations,
    postorder,
    rational,
    rebuild,
    substitute,
)

_DIGITS = 40  # to which places are told apart; two that agree in more must be proved the same
_MOST_OPERATIONS = 60  # of a function whose zeros are looked for
_MOST_BRANCHES = 16
_MOST_ROOTS = 4  # that are eliminated
_MOST_NORM = 400  # operations of what is left
_MOST_CUTS = 80
_MOST_DEPTH = 8
_FEW_TURNS = 2  # of what is not
_MOST_TURNS = 60  # of what is bounded
_MOST_MULTIPLE = 8  # of an angle
_NEVER = (sympy.exp, sympy.cosh, sympy.sech, functions.sigmoid, functions.softplus)
_SIZES = (sympy.Abs, functions.absolute)
_SIGNS = (sympy.sign, functions.signum)
_STEPS = (functions.floor, functions.ceiling, sympy.floor, sympy.ceiling)


class Unsettled(Exception):
    """The zeros of a function, which is the first argument, could not all be found; ``some`` are a few of them."""

    def __init__(self, edge: Node, some: Sequence[Any] = ()) -> None:
        super().__init__(edge)
        self.some = some


@dataclass(frozen=True)
class Cut:
    """A place where something changes, between ``low`` and ``high``; ``place`` is exact, or None where there are no
    words for it. ``edges`` are the functions that vanish there; ``repeats`` tells whether it does so periodically."""

    place: Node | None
    low: Fraction
    high: Fraction
    edges: frozenset[Node]
    repeats: bool = False


@dataclass(frozen=True)
class Cells:
    """The cuts in rising order, and a place in each of the cells that they leave.

    ``unsettled`` is a function whose zeros are not all among them, or None.
    """

    cuts: tuple[Cut, ...]
    samples: tuple[Fraction, ...]
    period: Any = None  # of what repeats
    unsettled: Node | None = None


def cells(roots: Iterable[Node], name: str, also: Iterable[Node] = ()) -> Cells:
    """The cells of trees in the variable ``name``; ``also`` gives further cuts."""
    x = symbolic.symbol(name)
    single: list[tuple[Any, Node]] = [(symbolic.to_sympy(place), place) for place in also]
    periodic: list[tuple[Any, Any, Node]] = []
    unsettled: list[Node] = []
    for edge in dict.fromkeys(edge for root in roots for edge in edges(root, name)):
        try:
            ones, families = all_zeros(edge, x)
        except symbolic.ALL_FAILURES:
            unsettled.append(edge)
            continue
        except Unsettled as error:
            unsettled.append(edge)
            single += [(one, edge) for one in error.some]
            continue
        single += [(one, edge) for one in ones]
        periodic += [(start, period, edge) for start, period in families]
    cuts: list[Cut] = []
    for one, edge in single:
        try:
            cuts.append(_cut(one, edge))
        except Unsettled:
            unsettled.append(edge)
    period = None
    if periodic:
        period = common_period([each for _, each, _ in periodic])
        if period is None:
            unsettled.append(periodic[-1][2])
        try:
            longest = max(_number(own, edge) for _, own, edge in periodic)
            reach = longest if period is None else _number(period, periodic[0][2])
            low = min((cut.low for cut in cuts), default=Fraction(0)) - reach - 1
            high = max((cut.high for cut in cuts), default=Fraction(0)) + reach + 1
            for start, own, edge in periodic:
                length, first = _number(own, edge), _number(start, edge)
                before, after = -((first - low) // length), (high - first) // length
                if after - before >= _MOST_CUTS:
                    raise Unsettled(edge)
                cuts += [replace(_cut(start + n * own, edge), repeats=True) for n in range(before, after + 1)]
        except Unsettled as error:
            unsettled.append(error.args[0])
    merged = _merged(cuts, unsettled)
    if len(merged) > _MOST_CUTS:
        unsettled += merged[0].edges
        merged = merged[:_MOST_CUTS]
    return Cells(tuple(merged), tuple(_samples(merged)), period, unsettled[0] if unsettled else None)


def edges(root: Node, name: str) -> list[Node]:
    """The functions whose zeros may be where ``root`` has no value, bends or jumps."""
    found: dict[Node, None] = {}
    for node in postorder(root):
        if not isinstance(node, Call) or name not in names_in(node):
            continue
        moving = node.function == "**" and name in names_in(
            node.args[1]
        )  # then it is analytic for x > 0 only
        if moving and _may_stay_0(node.args[0], name):
            found[node.args[1]] = None  # 0**u has a value for u >= 0 only
        for condition in (None if moving else condition_of(node), kinks.kink_condition(node, [name])):
            if condition is None:
                continue
            for each in postorder(kinks.decided(condition)):
                if isinstance(each, Call) and each.function in COMPARISONS and name in names_in(each):
                    found[edge_of(*each.args)] = None
    return list(found)


def _may_stay_0(base: Node, name: str) -> bool:
    """May it be 0 all along, as 0 itself, or one of its pieces, as that of relu(x)?"""
    for node in postorder(base):
        if (
            isinstance(node, Call)
            and name in names_in(node)
            and kinks.kink_condition(node, [name]) is not None
        ):
            return True
    here = (
        numeric.evaluate(base, 5, {name: sample}, limit=100)
        for sample in (Fraction(37, 29), Fraction(-37, 29))
    )
    return any(each is numeric.UNSETTLED or each == 0 for each in here)


def edge_of(one: Node, other: Node) -> Node:
    if other is Call("floor", (one,)):
        return Call("sin", (Call("*", (PI, one)),))  # whose zeros are where u is whole
    return one if other is Number(0) else Call("-", (one, other))


def indicator(condition: Node) -> Node:
    """1 where a condition holds and 0 elsewhere: a function whose cells are those of the condition."""
    return Call("Piecewise", (Number(1), condition, Number(0), TRUE))


def branch_at(root: Node, name: str, sample: Fraction, turn: tuple[Node, Any] | None = None) -> Node:
    """``root`` as it is in the cell of ``sample``: with its moduli, signs, extremes and cases decided.

    ``turn`` is a letter and a period: then it is as it is that many periods further, with its steps decided too.
    """
    here: dict[Node, Node] = {Name(name): rational(sample)}

    def step(node: Node, parts: list[Node]) -> Node:
        made = rebuild(node, tuple(parts))
        if not isinstance(node, Call) or not isinstance(made, Call) or name not in names_in(node):
            return made
        if node.function == "Piecewise":
            for value, condition in zip(made.args[::2], node.args[1::2], strict=True):
                truth = symbolic.evaluate(substitute(condition, here))
                if truth is not False:
                    return value if truth is True else made
            return made
        if node.function in ("Max", "Min"):
            best = 0
            for i, arg in enumerate(node.args):
                sign = numeric.sign(symbolic.evaluate(substitute(Call("-", (arg, node.args[best])), here)))
                if sign == (1 if node.function == "Max" else -1):
                    best = i
            return made.args[best]
        if has(node, "steps") and turn is not None:
            step = numeric.evaluate(substitute(node, here))
            rate = sympy.diff(symbolic.to_sympy(node.args[0]), symbolic.symbol(name)) * turn[1]
            if isinstance(step, Fraction) and rate.is_Integer:
                return Call("+", (rational(step), Call("*", (integer(int(rate)), turn[0]))))
        if not has(node, "pieces") and node.function != "cbrt":
            return made
        sign = numeric.sign(symbolic.evaluate(substitute(node.args[0], here)))
        if not sign or has(node, "pieces"):
            return piece(made, sign) if sign else made
        root_ = Call("**", (made.args[0] if sign > 0 else Call("neg", made.args), rational(Fraction(1, 3))))
        return root_ if sign > 0 else Call("neg", (root_,))

    return fold(root, step)


# --------------------------------------------------------------------------------------- places in their order


def _cut(place: Any, edge: Node) -> Cut:
    if isinstance(place, tuple):  # a bracket
        low, high = place
        near = low if low == high else simplest(low, high)
        here: dict[Node, Node] = {Name(each): rational(near) for each in names_in(edge)}
        if low == high or symbolic.evaluate(substitute(edge, here)) == 0:
            return Cut(rational(near), near, near, frozenset([edge]))
        return Cut(None, low, high, frozenset([edge]))
    try:
        tree = symbolic.from_sympy(place)
    except symbolic.ALL_FAILURES:
        if not isinstance(place, sympy.CRootOf):
            raise Unsettled(edge) from None
        near = place.eval_rational(sympy.Rational(1, 10**_DIGITS))
        middle = symbolic.as_fraction(near)
        return Cut(
            None, middle - Fraction(1, 10**_DIGITS), middle + Fraction(1, 10**_DIGITS), frozenset([edge])
        )
    value = symbolic.evaluate(tree, _DIGITS)
    if isinstance(value, Fraction):
        return Cut(rational(value), value, value, frozenset([edge]))
    if not isinstance(value, numeric.Ball):
        raise Unsettled(edge)
    return Cut(tree, *_ends(value), frozenset([edge]))


def _ends(value: numeric.Ball) -> tuple[Fraction, Fraction]:
    with mp.workdps(2 * _DIGITS):
        grain = mp.ldexp(1, int(mp.mag(value.mid)) - 4 * _DIGITS)
        low, high = mp.floor((value.mid - value.rad) / grain), mp.ceil((value.mid + value.rad) / grain)
        step = Fraction(2) ** (int(mp.mag(value.mid)) - 4 * _DIGITS)
        return (int(low) - 1) * step, (int(high) + 1) * step


def _number(value: Any, edge: Node) -> Fraction:
    """A constant as a fraction that is near enough."""
    cut = _cut(value, edge)
    return (cut.low + cut.high) / 2


def common_period(periods: Sequence[Any]) -> Any:
    """The least period that all have; None where there is none."""
    base = periods[0]
    ratios = [sympy.nsimplify(sympy.simplify(each / base)) for each in periods]
    if not all(ratio.is_Rational for ratio in ratios):
        return None
    top = sympy.ilcm(1, *(int(ratio.p) for ratio in ratios))
    return base * top / sympy.igcd(0, *(int(ratio.q) for ratio in ratios))


def _merged(cuts: Iterable[Cut], unsettled: list[Node]) -> list[Cut]:
    """Cuts in rising order, each once; what cannot be told apart is ``unsettled``."""
    merged: list[Cut] = []
    for cut in sorted(cuts, key=lambda each: each.low + each.high):
        if not merged or merged[-1].high < cut.low:
            merged.append(cut)
            continue
        last = merged[-1]
        if not _is_same(last, cut):
            unsettled += cut.edges
            continue
        merged[-1] = replace(
            last if last.place is not None else cut,
            edges=last.edges | cut.edges,
            repeats=last.repeats or cut.repeats,
        )
    return merged


def _is_same(one: Cut, other: Cut) -> bool:
    if one.place is None or other.place is None:
        return one.place is other.place and bool(one.edges & other.edges)
    if one.place is other.place:
        return True
    return symbolic.is_zero(symbolic.to_sympy(one.place) - symbolic.to_sympy(other.place)) is True


def _samples(cuts: Sequence[Cut]) -> Iterator[Fraction]:
    """A place in each cell, at which no exponent or multiple is likely to be whole."""
    if not cuts:
        yield Fraction(5, 37)
        return
    yield simplest(cuts[0].low - Fraction(46, 37), cuts[0].low - Fraction(42, 37))
    for one, other in pairwise(cuts):
        yield simplest(
            one.high + (other.low - one.high) * Fraction(3, 11),
            one.high + (other.low - one.high) * Fraction(4, 11),
        )
    yield simplest(cuts[-1].high + Fraction(42, 37), cuts[-1].high + Fraction(46, 37))


# -------------------------------------------------------------------------------------------------- zeros

Families = list[tuple[Any, Any]]  # a first place and a period each
Zeros = tuple[list[Any], Families]


def all_zeros(edge: Node, x: Any) -> Zeros:
    """The zeros of a function, whichever branches its parts take."""
    if operations(edge) > _MOST_OPERATIONS:
        raise Unsettled(edge)
    single: dict[Any, None] = {}
    families: dict[tuple[Any, Any], None] = {}
    for branch in _branches(edge, symbolic.to_sympy(edge)):
        if branch.has(S.NaN, S.ComplexInfinity, S.ImaginaryUnit):
            raise Unsettled(edge)
        ones, more = _zeros(branch, x, edge, 0)
        single |= dict.fromkeys(ones)
        families |= dict.fromkeys(more)
    return list(single), list(families)


def _branches(edge: Node, expression: Any) -> list[Any]:
    """What an expression is on one side or the other of its moduli, signs and cases."""
    done: list[Any] = []
    todo = [expression]
    while todo:
        one = todo.pop()
        bent = next(
            (
                each
                for each in sympy.postorder_traversal(one)
                if isinstance(
                    each, (*_SIZES, *_SIGNS, sympy.Max, sympy.Min, sympy.Piecewise, sympy.Heaviside)
                )
            ),
            None,
        )
        if bent is None:
            if one != 0 and one not in done:  # what is 0 on a whole cell is so at the cell's own place
                done.append(one)
            continue
        if isinstance(bent, _SIZES):
            choices = [bent.args[0], -bent.args[0]]
        elif isinstance(bent, _SIGNS):
            choices = [S.One, S.NegativeOne]
        elif isinstance(bent, sympy.Heaviside):
            choices = [S.One, S.Zero]
        elif isinstance(bent, sympy.Piecewise):
            choices = [value for value, _ in bent.args]
        else:
            choices = list(bent.args)
        todo += [one.xreplace({bent: choice}) for choice in choices]
        if len(todo) + len(done) > _MOST_BRANCHES:
            raise Unsettled(edge)
    return done


def _join(parts: Iterable[Zeros]) -> Zeros:
    single: list[Any] = []
    families: Families = []
    for ones, more in parts:
        single += ones
        families += more
    return single, families


def _zeros(e: Any, x: Any, edge: Node, depth: int) -> Zeros:
    if depth > _MOST_DEPTH:
        raise Unsettled(edge)
    if not e.has(x):
        if symbolic.is_zero(e) is not False:
            raise Unsettled(edge)
        return [], []
    if isinstance(e, _NEVER):
        return [], []
    if e.is_Mul:
        return _join(_zeros(each, x, edge, depth) for each in e.args if each.has(x))
    if e.is_Pow:
        negative = e.exp.is_number and e.exp.is_negative
        return ([], []) if negative or not e.base.has(x) else _zeros(e.base, x, edge, depth + 1)
    if isinstance(e, _STEPS):
        return [], []  # it is 0 between two of its own steps
    if isinstance(e, sympy.log) and e.args[0].is_Pow and e.args[0].exp.has(x):  # real along x for u > 0 only
        return _zeros(e.args[0].exp * sympy.log(e.args[0].base), x, edge, depth + 1)
    if not e.is_Add:
        return _inverse(e, S.Zero, x, edge, depth)
    top = sympy.fraction(sympy.together(e))[0]
    top = sympy.factor(top) if top.count_ops() <= _MOST_OPERATIONS else top
    if not top.is_Add:
        return _zeros(top, x, edge, depth + 1)
    top = sympy.expand(top)
    if top.is_positive or top.is_negative:
        return [], []
    generators = [each for each in sympy.Poly(top).gens if each.has(x)]
    if len(generators) == 1:
        (kernel,) = generators
        w = sympy.Dummy("w", real=True)
        in_w = top.subs(kernel, w)
        values = None if in_w.has(x) else _roots(sympy.Poly(in_w, w), edge)
        if values is not None:
            if kernel == x:
                return values, []
            return _join(_inverse(kernel, value, x, edge, depth + 1) for value in values)
    if top.has(HyperbolicFunction):
        return _zeros(sympy.cancel(top.rewrite(sympy.exp)), x, edge, depth + 1)
    if (reduced := _of_one_angle(top, generators)) is not None:
        return _zeros(reduced, x, edge, depth + 1)
    angle = _angle(generators)
    if angle is not None and (reduced := _of_one_function(top, angle)) is not None:
        return _zeros(reduced, x, edge, depth + 1)
    if angle is not None:
        return _by_half_angle(top, angle, x, edge, depth)
    norm = _norm(top, x)
    if norm is not None:
        return [each for each in _roots(norm, edge) or () if _is_zero_at(e, x, each, edge)], []
    return _others(e, x, edge), []


def _norm(top: Any, x: Any) -> Any:
    """A polynomial in x that is 0 wherever ``top``, which is one of x and roots, is; None of anything else."""
    degrees: dict[Any, int] = {}
    roots = [
        each
        for each in sympy.postorder_traversal(top)
        if each.has(x) and (isinstance(each, functions.realroot) or (each.is_Pow and not each.exp.is_Integer))
    ]
    for each in roots:
        if not each.args[1].is_Rational:
            return None
        degrees[each.args[0]] = sympy.ilcm(
            degrees.get(each.args[0], 1), each.args[1].p if each.is_Function else each.args[1].q
        )
    if not 0 < len(degrees) <= _MOST_ROOTS:
        return None
    letters = {base: sympy.Dummy() for base in degrees}
    changes: dict[Any, Any] = {}
    for each in roots:
        power = 1 / each.args[1] if each.is_Function else each.args[1]
        changes[each] = letters[each.args[0]] ** (degrees[each.args[0]] * power)
    top = top.xreplace(changes)
    equations = {base: letters[base] ** degrees[base] - base.xreplace(changes) for base in degrees}
    if not all(each.is_rational_function(x, *letters.values()) for each in (top, *equations.values())):
        return None  # resultants of anything else take for ever
    for base in reversed(degrees):
        one, other = (sympy.fraction(sympy.together(each))[0] for each in (top, equations[base]))
        top = sympy.expand(sympy.resultant(one, other, letters[base]))
        if top == 0 or top.count_ops() > _MOST_NORM:
            return None
    return sympy.Poly(top, x) if top.is_polynomial(x) and top.free_symbols <= {x} else None


def _is_zero_at(e: Any, x: Any, place: Any, edge: Node) -> bool:
    """Is e 0 at a zero of its norm?"""
    try:
        value = symbolic.evaluate(symbolic.from_sympy(e.subs(x, place)))
    except symbolic.ALL_FAILURES:
        near = place.eval_rational(sympy.Rational(1, 10**_DIGITS))
        with mp.workdps(2 * _DIGITS):
            ball = numeric.Ball(mp.mpf(int(near.p)) / int(near.q), mp.mpf(10) ** (1 - _DIGITS))
        value = numeric.evaluate(symbolic.from_sympy(e), 10, {x.name: ball}, limit=_DIGITS)
    if numeric.has_no_value(value):
        return False
    sign = numeric.sign(value)
    if sign is None:
        raise Unsettled(edge)
    return sign == 0


def _roots(polynomial: Any, edge: Node) -> list[Any] | None:
    """The real roots; None where its coefficients allow no exact ones."""
    if polynomial.domain.is_QQ or polynomial.domain.is_ZZ:
        found: list[Any] = []
        for factor, _ in polynomial.factor_list()[1]:
            c = factor.all_coeffs()
            if factor.degree() > 2 and not any(c[1:-1]):
                size, n = -sympy.Rational(c[-1]) / c[0], factor.degree()
                if n % 2:
                    found.append(sympy.sign(size) * abs(size) ** sympy.Rational(1, n))
                elif size > 0:
                    found += [size ** sympy.Rational(1, n), -(size ** sympy.Rational(1, n))]
            else:
                found += sympy.real_roots(factor)
        return found
    c = polynomial.all_coeffs()
    if len(c) == 2:
        return [sympy.expand(-c[1] / c[0])]
    if len(c) != 3:
        return None
    under = sympy.expand(c[1] ** 2 - 4 * c[0] * c[2])
    sign = _sign(under, edge)
    return (
        []
        if sign < 0
        else [(-c[1] + s * sympy.sqrt(under)) / (2 * c[0]) for s in ((1, -1) if sign else (1,))]
    )


def _sign(value: Any, edge: Node) -> int:
    sign = numeric.sign(symbolic.evaluate(symbolic.from_sympy(value), 10))
    if sign is None:
        raise Unsettled(edge)
    return sign


# u where K(u) = y, for functions that take each of their values once: the least and the greatest value, and u(y)
_INVERSES: dict[Any, tuple[Any, Any, Any]] = {
    sympy.exp: (0, None, sympy.log),
    sympy.log: (None, None, sympy.exp),
    sympy.sinh: (None, None, sympy.asinh),
    sympy.asinh: (None, None, sympy.sinh),
    sympy.tanh: (-1, 1, sympy.atanh),
    sympy.atanh: (None, None, sympy.tanh),
    sympy.atan: (-S.Pi / 2, S.Pi / 2, sympy.tan),
    sympy.asin: (-S.Pi / 2, S.Pi / 2, sympy.sin),
    sympy.acos: (0, S.Pi, sympy.cos),
    sympy.acosh: (0, None, sympy.cosh),
    functions.sigmoid: (0, 1, lambda y: sympy.log(y / (1 - y))),
    functions.softplus: (0, None, lambda y: sympy.log(sympy.exp(y) - 1)),
    functions.LambertW: (-1, None, lambda y: y * sympy.exp(y)),
}


def _inverse(kernel: Any, y: Any, x: Any, edge: Node, depth: int) -> Zeros:
    """Where kernel(x) = y."""
    if kernel == x:
        return [y], []
    u: Any = kernel.args[0] if kernel.args else None

    def solved(value: Any) -> Zeros:
        return _zeros(sympy.expand(u - value), x, edge, depth + 1)

    kind = type(kernel)
    if kind in _INVERSES:
        low, high, inverse = _INVERSES[kind]
        ends = (
            None if low is None else _sign(y - low, edge),
            None if high is None else _sign(high - y, edge),
        )
        closed = kind in (sympy.asin, sympy.acos, sympy.acosh, functions.LambertW)
        if any(end is not None and (end < 0 or (end == 0 and not closed)) for end in ends):
            return [], []
        return solved(inverse(y))
    if kernel.is_Pow:
        base, n = kernel.args
        if not base.has(x):
            u = n
            return solved(sympy.log(y) / sympy.log(base)) if _sign(y, edge) > 0 else ([], [])
        if n.is_Rational:
            sign = _sign(y, edge)
            if n.is_Integer and n % 2:
                return solved(sympy.sign(y) * abs(y) ** (1 / n)) if sign or n > 0 else ([], [])
            if sign < 0 or (sign == 0 and n < 0):
                return [], []
            return _join(solved(s * y ** (1 / n)) for s in ((1, -1) if n.is_Integer and sign else (1,)))
    if isinstance(kernel, functions.realroot) and kernel.args[1].is_Integer:
        return solved(y ** kernel.args[1])
    if kind is sympy.cosh:
        return _join(solved(s * sympy.acosh(y)) for s in (1, -1)) if _sign(y - 1, edge) >= 0 else ([], [])
    if kind in (sympy.sin, sympy.cos) and u.has(x):
        if _sign(1 - y, edge) < 0 or _sign(1 + y, edge) < 0:
            return [], []
        first = sympy.asin(y) if kind is sympy.sin else sympy.acos(y)
        other = S.Pi - first if kind is sympy.sin else -first
        if y == 0:
            return _repeated(u, first, S.Pi, x, edge, depth)
        return _join(_repeated(u, each, 2 * S.Pi, x, edge, depth) for each in dict.fromkeys((first, other)))
    if kind in (sympy.tan, sympy.cot):
        return _repeated(
            u, sympy.atan(y) if kind is sympy.tan else S.Pi / 2 - sympy.atan(y), S.Pi, x, edge, depth
        )
    if (
        kind
        in (sympy.sec, sympy.csc, sympy.asec, sympy.acsc, sympy.csch, sympy.coth, sympy.acoth, sympy.acsch)
        and y == 0
    ):
        if kind is sympy.asec:
            return solved(S.One)
        return [], []
    if kind is sympy.erf and y == 0:
        return solved(S.Zero)
    return _others(kernel - y, x, edge), []


def _repeated(u: Any, value: Any, period: Any, x: Any, edge: Node, depth: int) -> Zeros:
    """Where u(x) is ``value`` up to multiples of ``period``, for u = a*x + b, and for u within bounds."""
    a = sympy.diff(u, x)
    if not a.has(x) and a != 0:
        return [], [(sympy.expand((value - (u - a * x)) / a), sympy.Abs(period / a))]
    within = bounds(symbolic.from_sympy(u), {x.name: (-inf, inf)})
    if within is None or not within[1] - within[0] < _MOST_TURNS:
        turns = range(-_FEW_TURNS, _FEW_TURNS + 1)
        some = _join(_zeros(sympy.expand(u - value - n * period), x, edge, depth + 1) for n in turns)
        raise Unsettled(edge, some[0])
    first, step = (intervals.near(_number(each, edge))[0] for each in (value, period))
    turns = range(ceil((within[0] - first) / step - 1), floor((within[1] - first) / step + 1) + 1)
    return _join(_zeros(sympy.expand(u - value - n * period), x, edge, depth + 1) for n in turns)


def _angle(generators: Sequence[Any]) -> Any:
    """The common argument of what is a polynomial in sines and cosines of it."""
    if not all(isinstance(each, sympy.sin | sympy.cos) for each in generators):
        return None
    angles = {each.args[0] for each in generators}
    return angles.pop() if len(angles) == 1 else None


def _of_one_angle(top: Any, generators: Sequence[Any]) -> Any:
    """Sines and cosines of multiples of an angle as polynomials in those of the angle; None where there is one only."""
    if not all(isinstance(each, sympy.sin | sympy.cos) for each in generators):
        return None
    angles = {each.args[0] for each in generators}
    first = next(iter(angles))
    ratios = {each: sympy.cancel(each / first) for each in angles}
    if len(angles) < 2 or not all(ratio.is_Rational for ratio in ratios.values()):
        return None
    least = sympy.Rational(
        sympy.igcd(*(r.p for r in ratios.values())), sympy.ilcm(*(r.q for r in ratios.values()))
    )
    turns = {each: ratio / least for each, ratio in ratios.items()}
    if max(abs(turn) for turn in turns.values()) > _MOST_MULTIPLE:
        return None
    w = sympy.Dummy("w", real=True)
    written = {each: sympy.expand_trig(each.func(turns[each.args[0]] * w)) for each in generators}
    return sympy.factor(top.xreplace(written).subs(w, least * first))


def _of_one_function(top: Any, angle: Any) -> Any:
    """A polynomial in sin(u) and cos(u) as one in one of them, where the other stands in squares only."""
    s, c = sympy.sin(angle), sympy.cos(angle)
    for one, other in ((s, c), (c, s)):
        polynomial = sympy.Poly(top, one)
        if polynomial.degree() > 0 and all(power % 2 == 0 for (power,) in polynomial.monoms()):
            written = sum(factor * (1 - other**2) ** (power // 2) for (power,), factor in polynomial.terms())
            return sympy.factor(sympy.expand(written))
    return None


def _by_half_angle(top: Any, angle: Any, x: Any, edge: Node, depth: int) -> Zeros:
    """Zeros of a polynomial in sin(u) and cos(u), by t = tan(u/2)."""
    t = sympy.Dummy("t", real=True)
    in_t = top.subs({sympy.sin(angle): 2 * t / (1 + t**2), sympy.cos(angle): (1 - t**2) / (1 + t**2)})
    values = _roots(sympy.Poly(sympy.fraction(sympy.together(in_t))[0], t), edge)
    if values is None:
        raise Unsettled(edge)
    opposite = top.subs({sympy.sin(angle): 0, sympy.cos(angle): -1})
    places = [2 * sympy.atan(value) for value in values]
    if symbolic.is_zero(sympy.expand(opposite)) is not False:
        places.append(S.Pi)
    return _join(_repeated(angle, place, 2 * S.Pi, x, edge, depth) for place in places)


def _others(e: Any, x: Any, edge: Node) -> list[Any]:
    """By bounds over intervals, or undone from the outside in."""
    try:
        return list(_bracketed(e, x, edge))
    except Unsettled:
        if (found := roots.zeros(symbolic.from_sympy(e), x.name)) is None:
            raise
        return [symbolic.to_sympy(each) for each in found]


def _bracketed(e: Any, x: Any, edge: Node) -> Iterator[tuple[Fraction, Fraction]]:
    """Narrow brackets of all the zeros, each simple, by bounds over intervals."""
    found = zeros(symbolic.from_sympy(e), x.name)
    if found is None:
        raise Unsettled(edge)
    yield from found
