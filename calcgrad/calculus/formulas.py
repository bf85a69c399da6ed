"""The derivative as a formula that holds: where it is not one, and right where it is.

    formula(parse("abs(x)").node, ["x"]).where        # the tree of x != 0

The kinks of an expression are solved for, and each is decided as a point of its own: if f has no derivative
there, the point is excluded; if it has one that the formula does not give, the formula is mended.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy
from sympy import S

from calcgrad.calculus import derivatives, forms, kinks, numeric, points, sides, symbolic
from calcgrad.expression.tree import (
    COMPARISONS,
    FALSE,
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
_SOLVED_OPERATIONS = 12  # of an equation that is given to SymPy's solver
_NEAR, _NEAR_DIGITS = Fraction(7, 10**31), 80  # a step, and the working precision for its difference quotient
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
    single = len(set(names)) == 1 and variables(root) == [names[0]]
    large = derivatives.is_large(root)
    excluded: dict[Node, None] = {}
    mended: dict[Node, Node] = {}
    for kink in kinked:
        places = _solve(kink, names[0], large) if single else None
        if places is None:
            if (condition := _general(kink, root, names, derivative)) is not None:
                excluded[condition] = None
            continue
        for place in places:
            if large:
                if len(names) > 1 or not _holds_by_numbers(root, names[0], place, derivative.tree):
                    excluded[Call("!=", (Name(names[0]), place))] = None
                continue
            if not _is_special(root, names[0], place):
                continue
            answer = (
                points.of_one_variable(root, names[0], place, len(names))
                if _real_beside(root, names[0], place)
                else None
            )
            if answer is None or not answer.exists:
                excluded[Call("!=", (Name(names[0]), place))] = None
            elif derivative.tree is not None and answer.value is not None:
                value = forms.value_tree(answer.value, decimals)
                if value is not None and not _gives(derivative.tree, names[0], place, value):
                    mended[Call("==", (Name(names[0]), place))] = value
    if mended and derivative.tree is not None:
        pairs = [part for condition, value in mended.items() for part in (value, condition)]
        derivative = replace(derivative, tree=Call("Piecewise", (*pairs, derivative.tree, TRUE)))
    return Formula(derivative, kinks.joined("&", [*excluded]) if excluded else None)


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


def _holds_by_numbers(root: Node, name: str, place: Node, tree: Node | None) -> bool:
    """Is f undefined at ``place``, or do the difference quotients of both sides come to what the formula gives?

    For trees too large to argue about.
    """
    start = substitute(root, {Name(name): place})
    if isinstance(numeric.evaluate(start, limit=_NEAR_DIGITS), numeric.Undefined):
        return True
    if tree is None:
        return False
    expected = numeric.evaluate(substitute(tree, {Name(name): place}), 20, limit=_NEAR_DIGITS)
    for step in (_NEAR, -_NEAR):
        rise = Call("-", (substitute(root, {Name(name): sides.place(place, step)}), start))
        slope = numeric.evaluate(
            Call("/", (rise, rational(step))), 20, limit=_NEAR_DIGITS, start=_NEAR_DIGITS
        )
        if not isinstance(slope, Fraction | numeric.Ball) or not isinstance(
            expected, Fraction | numeric.Ball
        ):
            return False
        x, y = numeric.as_mpf(expected, 30), numeric.as_mpf(slope, 30)
        if abs(x - y) > numeric.mp.mpf(10) ** -15 * max(1, abs(x)):
            return False
    return True


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
    if any(root.is_number is False or root.is_real is False for root in found):
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

    Where the condition holds at a simple point, f must really have no derivative there; large trees are not asked.
    """
    if _never(kink):
        return None
    if derivatives.is_large(root):
        return _negate(kink)
    smooth: list[Node] = []
    seen = kinked = False
    for here in _simple_places(kink, root, names[0]):
        seen = True
        if isinstance(symbolic.evaluate(substitute(root, here)), numeric.Undefined):
            continue
        if kinks.specials(root, list(variables(root)), here) == []:
            continue
        place = {name.name: value for name, value in here.items() if isinstance(name, Name)}
        answer = points.at_point(root, names, place, derivative)
        if not answer.exists:
            kinked = True
        elif derivative.tree is None or _agrees(derivative.tree, here, answer):
            smooth.append(kinks.joined("&", [Call("==", (name, value)) for name, value in here.items()]))
    if seen and not kinked:
        return None
    return kinks.joined("|", [_negate(kink), *smooth])


def _simple_places(kink: Node, root: Node, name: str) -> Iterator[dict[Node, Node]]:
    """Points at which the kink's condition holds: of one variable those tried, of several the only one."""
    if variables(root) == [name]:
        for tried in _TRIED:
            here: dict[Node, Node] = {Name(name): rational(tried)}
            if symbolic.evaluate(substitute(kink, here)) is True:
                yield here
    else:
        parts = kink.args if isinstance(kink, Call) and kink.function == "&" else (kink,)
        pairs = [part.args for part in parts if isinstance(part, Call) and part.function == "=="]
        only: dict[Node, Node] = {
            name: value for name, value in pairs if isinstance(name, Name) and isinstance(value, Number)
        }
        if len(only) == len(parts) and {*map(text, only)} == {*variables(root)}:
            yield only


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


def _negate(condition: Node) -> Node:
    """not condition, pushed inwards."""

    def step(node: Node, parts: list[Node]) -> Node:
        if isinstance(node, Call) and node.function in COMPARISONS:
            return Call(COMPARISONS[node.function], node.args)
        if isinstance(node, Call) and node.function in ("&", "|"):
            return Call("|" if node.function == "&" else "&", tuple(parts))
        return node

    return fold(condition, step)
