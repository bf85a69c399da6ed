"""The derivative as a formula that holds: where it is not one, and right where it is.

    formula(parse("abs(x)").node, ["x"]).where        # the tree of x != 0

The kinks of an expression are solved for, and each is decided as a point of its own: if f has no derivative
there, the point is excluded; if it has one that the formula does not give, the formula is mended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any, TypeGuard

import sympy
from sympy import S

from calcgrad.budget import attempt
from calcgrad.calculus import derivatives, forms, kinks, numeric, points, sides, symbolic
from calcgrad.calculus.oscillation import crossing
from calcgrad.expression.tree import (
    COMPARISONS,
    FALSE,
    PI,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    fold,
    names_in,
    operations,
    postorder,
    rational,
    substitute,
    text,
    variables,
)

_SIMPLE_OPERATIONS = 20  # of an equation that SymPy is asked about at all
_ROOT_OPERATIONS = 12  # of a root that is shown, beyond which its equation says more
_SOLVED_OPERATIONS = 12  # of an equation that is given to SymPy's solver
_SCANNED = tuple(Fraction(37 * k, 101) - Fraction(1, 7) for k in range(-33, 34))  # from -12 to 12
_MOST_CROSSINGS, _CROSSING_DIGITS = 5, 110
_NEAR, _NEAR_DIGITS = Fraction(7, 10**31), 130  # a step, and the digits of f for its difference quotient
_FURTHER = 10**5  # times that step, for comparison
_EQUAL, _APART = 1e-15, 1 - 1e-9  # of a slope, and of the gap between two that does not close
_FUZZ = 1e-60  # that f may have for that
_STEEP = 1e6
_PLACE_SHARE = (
    0.2  # of the time that is left: a place that takes longer is left out of what the formula holds for
)
_TRIED = tuple(Fraction(each) for each in ("0", "1", "-1", "2", "-2", "1/2", "-1/2", "7", "-7"))


@dataclass(frozen=True)
class Formula:
    """A derivative, and the condition under which it exists where f does (None: wherever f is defined)."""

    derivative: derivatives.Derivative
    where: Node | None

    @property
    def tree(self) -> Node | None:
        return self.derivative.tree


def formula(root: Node, names: Sequence[str], decimals: bool = False) -> Formula:
    """The derivative of a scalar tree by ``names`` in turn, with its condition."""
    derivative = derivatives.derivative(root, names, decimals)
    kinked = _kinks(root, names)
    if not kinked:
        return Formula(derivative, None)
    name = names[0]
    single = len(set(names)) == 1 and variables(root) == [name]
    large = derivatives.is_large(root)
    excluded: dict[Node, None] = {}
    lonely: dict[Node, None] = {}  # the places that are excluded one by one
    mended: dict[Node, Node] = {}
    for kink in kinked:
        places = _solve(kink, name, large) if single else None
        if places is None:
            if (condition := _general(kink, root, names, derivative)) is not None:
                excluded[condition] = None
            continue
        for place in places:
            verdict = _by_numbers(root, names, {name: place}, derivative.tree)
            if verdict == "kink" or (large and not verdict):
                lonely[place] = None
            if verdict or large or not _is_special(root, name, place):
                continue
            answer = attempt(partial(_answer, root, name, place, len(names)), _PLACE_SHARE)
            if answer is None or not answer.exists:
                lonely[place] = None
            elif derivative.tree is not None and answer.value is not None:
                value = forms.value_tree(answer.value, decimals)
                if value is not None and not _gives(derivative.tree, name, place, value):
                    mended[Call("==", (Name(name), _shown(place, decimals)))] = value
    if mended and derivative.tree is not None:
        pairs = [part for condition, value in mended.items() for part in (value, condition)]
        derivative = replace(derivative, tree=Call("Piecewise", (*pairs, derivative.tree, TRUE)))
    apart = [Call("!=", (Name(name), _shown(place, decimals))) for place in sorted(lonely, key=_size)]
    where = [*dict.fromkeys((*apart, *excluded))]
    return Formula(derivative, kinks.joined("&", where) if where else None)


def _size(place: Node) -> float:
    value = symbolic.evaluate(place)
    return (numeric.to_float(value) if isinstance(value, Fraction | numeric.Ball) else None) or 0.0


def _shown(place: Node, decimals: bool) -> Node:
    """A place as results show it: a decimal if the input held one."""
    return symbolic.from_sympy(symbolic.to_sympy(place), decimals) if decimals else place


def _kinks(root: Node, names: Sequence[str]) -> list[Node]:
    """The conditions under which some part of ``root`` is at a kink."""
    found: dict[Node, None] = {}
    together = set()  # equations that only count where the others of their "and" hold too
    for node in reversed(postorder(root)):
        if node in together or not isinstance(node, Call) or node.function not in ("&", "|"):
            continue
        joint = node if node.function == "&" else _negate(node)  # x != 0 or y != 0 leaves out one point
        if _equations(joint):
            together.update(postorder(node))
            if names_in(node) & set(names):
                found[joint] = None
    for node in postorder(root):
        if not isinstance(node, Call) or node in together or not names_in(node) & set(names):
            continue
        if node.function in COMPARISONS:
            found[Call("==", node.args)] = None
            continue
        condition = kinks.kink_condition(node, names)
        # x**x, with its "base <= 0", is undefined there rather than defined with a kink
        if isinstance(condition, Call) and condition.function != "<=":
            simpler = kinks.decided(condition)
            if simpler is not FALSE:
                found[simpler] = None
    return list(found)


def _equations(node: Node) -> bool:
    """Is a condition one equation, or several joined by "and"?"""
    if not isinstance(node, Call) or node.function not in ("&", "=="):
        return False
    return node.function == "==" or all(_equations(part) for part in node.args)


def outside(kink: Node) -> Node | None:
    """The negation of a kink's condition, its constant parts decided; None where there is no kink."""
    simpler = kinks.decided(kink)
    return None if simpler is FALSE or _never(simpler) else _negate(simpler)


def _is_special(root: Node, name: str, place: Node) -> bool:
    """Is f defined at ``place``, with some part of it at a kink?"""
    here: dict[Node, Node] = {Name(name): place}
    if isinstance(symbolic.evaluate(substitute(root, here)), numeric.Undefined):
        return False
    return kinks.specials(root, [name], here) != []


def _by_numbers(root: Node, names: Sequence[str], point: dict[str, Node], tree: Node | None) -> str:
    """What the difference quotients on both sides of a point tell, by two small steps.

    "holds": they come to what the formula gives. "kink": they stay apart, or grow without end. "undefined": f has
    no value there. "": no clear word, and for higher derivatives, none at all.
    """
    if len(names) > 1:
        return ""
    (name,) = names
    here: dict[Node, Node] = {Name(each): place for each, place in point.items()}
    values: list[numeric.Real] = []
    steps = (Fraction(0), _NEAR, -_NEAR, _NEAR * _FURTHER, -_NEAR * _FURTHER)
    for step in steps:
        beside = here | {Name(name): sides.place(point[name], step)}
        value = numeric.ball(substitute(root, beside), None, _NEAR_DIGITS)
        if not _is_known(value):
            lost = isinstance(value, numeric.Undefined) and value.kind != "too-large" and not step
            return "undefined" if lost else ""
        values.append(value)
    with numeric.mp.workdps(_NEAR_DIGITS):
        start, *others = (numeric.as_mpf(value, _NEAR_DIGITS) for value in values)
        slopes = [
            (value - start) / numeric.as_mpf(step, _NEAR_DIGITS) for value, step in zip(others, steps[1:])
        ]
    right, left, *further = slopes
    gap, before = abs(right - left), abs(further[0] - further[1])
    least = min(abs(right), abs(left))
    if gap > _FUZZ * max(1, least) and gap >= _APART * before:
        return "kink"
    if tree is not None:
        expected = numeric.ball(substitute(tree, here), None, _NEAR_DIGITS)
        if _is_known(expected):
            given = numeric.as_mpf(expected, 30)
            if max(abs(right - given), abs(left - given)) <= _EQUAL * max(1, abs(given)):
                return "holds"
    return "kink" if least > _STEEP and all(abs(b) < least / 2 for b in further) else ""


def _is_known(value: numeric.Value) -> TypeGuard[numeric.Real]:
    """Is it a number with next to no fuzz?"""
    if isinstance(value, numeric.Ball):
        return bool(value.rad <= _FUZZ * max(1, abs(value.mid)))
    return isinstance(value, Fraction)


def _answer(root: Node, name: str, place: Node, order: int) -> points.AtPoint | None:
    """The derivative at a kink; None where f is not real beside it."""
    return points.of_one_variable(root, name, place, order) if _real_beside(root, name, place) else None


def _real_beside(root: Node, name: str, place: Node) -> bool:
    return all(sides.approach(root, name, place, side).real is not False for side in (-1, 1))


def _gives(tree: Node, name: str, place: Node, value: Node) -> bool:
    """Does the formula give ``value`` at ``place``?"""
    return _same(substitute(tree, {Name(name): place}), value)


def _same(formula: Node, value: Node) -> bool:
    """Are two trees without variables the same number, as far as doubles tell?"""
    shown, wanted = symbolic.evaluate(formula, 20), symbolic.evaluate(value, 20)
    if not isinstance(shown, Fraction | numeric.Ball) or not isinstance(wanted, Fraction | numeric.Ball):
        return False
    x, y = numeric.as_mpf(shown, 30), numeric.as_mpf(wanted, 30)
    return bool(abs(x - y) <= numeric.mp.mpf(10) ** -15 * max(1, abs(y)))


# ------------------------------------------------------------------------------------------- solving kinks


def bends(root: Node, name: str) -> list[Node]:
    """The places where some part of ``root`` is at a kink, as far as they can be solved for."""
    found: dict[Node, None] = {}
    for kink in _kinks(root, [name]) if variables(root) == [name] else ():
        found |= dict.fromkeys(_solve(kink, name) or ())
    return list(found)


def _solve(kink: Node, name: str, easy: bool = False) -> list[Node] | None:
    """The finitely many real places of a kink condition made of equations; None where they are not known.

    ``easy`` solves equations of degree two at most.
    """
    if isinstance(kink, Call) and kink.function == "|":
        parts = [_solve(each, name, easy) for each in kink.args]
        if any(part is None for part in parts):
            return None
        return list(dict.fromkeys(place for part in parts for place in part or ()))
    if isinstance(kink, Call) and kink.function == "&":
        return next((found for each in kink.args if (found := _solve(each, name, easy)) is not None), None)
    if not isinstance(kink, Call) or kink.function != "==" or operations(kink) > _SIMPLE_OPERATIONS:
        return None
    try:
        equation = _bare(symbolic.to_sympy(Call("-", kink.args)))
        roots = _roots(equation, symbolic.symbol(name), easy)
        return None if roots is None else [symbolic.from_sympy(root) for root in roots]
    except (*symbolic.FAILURES, symbolic.NoClosedForm):
        return None


def _roots(equation: Any, x: Any, easy: bool) -> list[Any] | None:
    if equation.is_number:
        return [] if equation != 0 else None
    if equation.is_polynomial(x) and sympy.degree(equation, x) <= 2:
        found = [root for root in sympy.roots(equation, x) if root.is_real]
    elif not easy and equation.count_ops() <= _SOLVED_OPERATIONS:
        solutions = sympy.solveset(equation, x, S.Reals)
        if not isinstance(solutions, sympy.FiniteSet) and solutions is not S.EmptySet:
            return None
        found = list(solutions)
    else:
        return None
    if any(
        root.is_number is False or root.is_real is False or root.count_ops() > _ROOT_OPERATIONS
        for root in found
    ):
        return None
    return sorted(found, key=lambda root: float(root))


def _bare(equation: Any) -> Any:
    """What must vanish for ``equation`` to: the inside of a modulus, a positive power, a numerator."""
    while True:
        if isinstance(equation, sympy.Abs) or (equation.is_Pow and equation.exp.is_positive):
            equation = equation.args[0]
        elif equation.is_Mul and sympy.fraction(equation)[1] != 1:
            equation = sympy.fraction(equation)[0]
        elif equation.is_Pow and equation.exp.is_negative:
            return S.One
        else:
            return equation


def _general(kink: Node, root: Node, names: Sequence[str], derivative: derivatives.Derivative) -> Node | None:
    """The kink's condition negated, for kinks that cannot be solved; None where it excludes nothing true.

    Where the condition holds at a simple point, f must really have no derivative there.
    """
    if _never(kink) or _always(kink):
        return None
    if derivatives.is_large(root):
        return _negate(kink)
    smooth: list[Node] = []
    seen, kinked = 0, False
    for here, exact in _places(kink, root, names[0]):
        seen += 1
        point = {name.name: value for name, value in here.items() if isinstance(name, Name)}
        verdict = _by_numbers(root, names, point, derivative.tree)
        if not verdict and exact:
            ask = partial(_at_point, root, names, here, point, derivative)
            verdict = attempt(ask, _PLACE_SHARE) or ""
        kinked = kinked or verdict in ("kink", "")
        if verdict == "holds" and exact:
            smooth.append(kinks.joined("&", [Call("==", (name, value)) for name, value in here.items()]))
    if not kinked and _is_all(kink, root, names, seen):
        return None
    only = (
        smooth if len(smooth) == 1 and (variables(root) == [names[0]] or seen == 1) else []
    )  # of more there are as many more that were not tried
    return kinks.joined("|", [_negate(kink), *only])


def _is_all(kink: Node, root: Node, names: Sequence[str], seen: int) -> bool:
    """Do the places that were looked at speak for all, so that a kink which does no harm there does none at all?

    They do if they are all the roots of a polynomial, the only point there is, or, with parameters, a few of a line
    on which nothing else bends: the slope's jump there is analytic in the parameters.
    """
    if not seen:
        return False
    if variables(root) != [names[0]]:
        return seen == 1 or len(_kinks(root, variables(root))) == 1
    if not isinstance(kink, Call) or kink.function != "==" or operations(kink) > _SIMPLE_OPERATIONS:
        return False
    try:
        gap = symbolic.to_sympy(Call("-", kink.args))
        x = symbolic.symbol(names[0])
        return bool(gap.is_polynomial(x) and sympy.Poly(gap, x).count_roots() == seen)
    except symbolic.FAILURES:
        return False


def _at_point(
    root: Node,
    names: Sequence[str],
    here: dict[Node, Node],
    point: dict[str, Node],
    derivative: derivatives.Derivative,
) -> str:
    """As ``_by_numbers``, by the full question whether there is a derivative."""
    if isinstance(symbolic.evaluate(substitute(root, here)), numeric.Undefined):
        return "undefined"
    if kinks.specials(root, list(variables(root)), here) == []:
        return "undefined"
    answer = points.at_point(root, names, point, derivative)
    if not answer.exists:
        return "kink"
    return "holds" if derivative.tree is None or _agrees(derivative.tree, here, answer) else "unlike"


def _places(kink: Node, root: Node, name: str) -> Iterator[tuple[dict[Node, Node], bool]]:
    """Points at which the kink's condition holds, and whether they are exact.

    Of one variable those tried and those found, of several the only one, or a few of the line on which it holds.
    """
    every = variables(root)
    if every == [name]:
        for tried in _TRIED:
            here: dict[Node, Node] = {Name(name): rational(tried)}
            if numeric.evaluate(substitute(kink, here), limit=60) is True:
                yield here, True
        for found in _crossings(kink, name):
            yield {Name(name): rational(found)}, False
        return
    parts = kink.args if isinstance(kink, Call) and kink.function == "&" else (kink,)
    pairs = [part.args for part in parts if isinstance(part, Call) and part.function == "=="]
    only: dict[Node, Node] = {
        name: value for name, value in pairs if isinstance(name, Name) and isinstance(value, Number)
    }
    if len(only) == len(parts) and {*map(text, only)} == {*every}:
        yield only, True
        return
    for turn, sign in enumerate((1, -1, 1)):
        others: dict[Node, Node] = {
            Name(each): rational(sign * Fraction(17 + 13 * turn + 6 * place, 11))
            for place, each in enumerate(every)
            if each != name
        }
        for place in _solve(substitute(kink, others), name, True) or ():
            yield others | {Name(name): place}, True


def _crossings(kink: Node, name: str) -> Iterator[Fraction]:
    """Places near 0 where one side of an equation overtakes the other, or a step meets an integer, to a hundred digits.

    They tell whether a kink that cannot be solved for does any harm.
    """
    for equation in kink.args if isinstance(kink, Call) and kink.function == "|" else (kink,):
        if not isinstance(equation, Call) or equation.function != "==":
            continue
        one, other = equation.args
        steps = other is Call("floor", (one,))
        gap = Call("sin", (Call("*", (PI, one)),)) if steps else Call("-", (one, other))

        def at(place: Fraction, digits: int = 10, gap: Node = gap) -> Any:
            value = numeric.evaluate(substitute(gap, {Name(name): rational(place)}), digits, limit=3 * digits)
            return numeric.as_mpf(value, digits) if isinstance(value, Fraction | numeric.Ball) else None

        seen = [(place, at(place)) for place in _SCANNED]
        found = 0
        for (a, low), (b, high) in pairwise(seen):
            if low is None or high is None or (low > 0) == (high > 0) or found == _MOST_CROSSINGS:
                continue
            with numeric.mp.workdps(_CROSSING_DIGITS):
                finer = partial(at, digits=_CROSSING_DIGITS - 10)
                ends = finer(a), finer(b)
                if None not in ends:
                    place = crossing(finer, numeric.mp.mpf(0), (a, ends[0]), (b, ends[1]), _CROSSING_DIGITS)
                    if place is not None:
                        found += 1
                        yield place


def _agrees(tree: Node, here: dict[Node, Node], answer: points.AtPoint) -> bool:
    """Does the formula give the value that was found at a point?"""
    value = None if answer.value is None else forms.value_tree(answer.value, False)
    return value is not None and _same(substitute(tree, here), value)


def _never(kink: Node) -> bool:
    """Is the condition false whatever the variables are, by sight (x**2 + 1 == 0)?"""
    if isinstance(kink, Call) and kink.function == "==":
        if operations(kink) > _SIMPLE_OPERATIONS:
            return False
        try:
            gap = symbolic.to_sympy(Call("-", kink.args))
        except symbolic.FAILURES:
            return False
        return bool(gap.is_positive or gap.is_negative)
    if isinstance(kink, Call) and kink.function in ("|", "&"):
        answers = [_never(each) for each in kink.args]
        return all(answers) if kink.function == "|" else any(answers)
    return False


def _always(kink: Node) -> bool:
    """Does the condition hold everywhere, by sight (x - x == 0)? Then what is at its kink is a constant."""
    if not isinstance(kink, Call) or kink.function != "==" or operations(kink) > _SIMPLE_OPERATIONS:
        return False
    try:
        return bool(symbolic.to_sympy(Call("-", kink.args)) == 0)
    except symbolic.FAILURES:
        return False


def _negate(condition: Node) -> Node:
    """not condition, pushed inwards."""

    def step(node: Node, parts: list[Node]) -> Node:
        if isinstance(node, Call) and node.function in COMPARISONS:
            one, other = node.args
            backward = node.function in ("==", "!=") and not names_in(one)  # 0 == sin(x)
            return Call(COMPARISONS[node.function], (other, one) if backward else node.args)
        if isinstance(node, Call) and node.function in ("&", "|"):
            return Call("|" if node.function == "&" else "&", tuple(parts))
        return node

    return fold(condition, step)
