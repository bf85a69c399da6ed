"""The derivative as a formula that holds: where it is not one, and right where it is.

    formula(parse("abs(x)").node, ["x"]).where        # the tree of x != 0

The kinks of an expression are solved for, and each is decided as a point of its own: if f has no derivative
there, the point is excluded; if it has one that the formula does not give, the formula is mended. A kink that cannot
be solved for is left out only where it is proved to do no harm. What could not be settled is said to be so.

The verdict on a kink, and what becomes of it:

    kink      f has no derivative there             excluded: ``where`` says x != 0
    holds     the formula gives the derivative      nothing
    value     f has a derivative, the formula not   a case of the formula, Piecewise((value, x == 0), ...)
    ''        neither is proved                     in ``unsettled``, named and not part of ``where``

A value that is known from numbers only is not proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import islice, pairwise
from typing import Any

import sympy

from calcgrad.budget import attempt
from calcgrad.calculus import derivatives, forms, kinks, numeric, points, roots, sides, symbolic
from calcgrad.calculus.arithmetic import factors
from calcgrad.calculus.cells import branch_at, cells
from calcgrad.calculus.domains import nowhere
from calcgrad.expression.arrays import constant
from calcgrad.expression.columns import has, piece
from calcgrad.expression.tree import (
    COMPARISONS,
    FALSE,
    PI,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    children,
    fold,
    names_in,
    operations,
    postorder,
    product,
    rational,
    rebuild,
    substitute,
    unknowns,
    variables,
)

_SIMPLE_OPERATIONS = 20  # of an equation that SymPy is asked about at all
_ROOT_OPERATIONS = 12  # of a root that is shown, beyond which its equation says more
_SCANNED = tuple(Fraction(37 * k, 101) - Fraction(1, 7) for k in range(-33, 34))  # from -12 to 12
_MOST_CROSSINGS, _CROSSING_DIGITS = 6, 110
_MAX_SCALE = 3_000  # powers of ten of the constants of f, which no step outruns beyond
_MOST_SCALE = 60  # of the constants of f, for whose steps a place of so many digits is exact enough
_TOUCHING = 1e-90  # how far from 0 an equation is at such a place
_NEAR, _NEAR_DIGITS = Fraction(7, 10**31), 130  # a step, and the digits of f for its difference quotient
_FURTHER = 10**5  # times that step, for comparison
_EQUAL, _APART = 1e-15, 1 - 1e-9  # of a slope, and of the gap between two that does not close
_CLOSING = 1e-4  # of the distance to a slope with the further step: what is smooth comes to 1e-5 of it
_STEEP = 1e6
_FAR = 1e6
_PLACE_SHARE = 0.2  # of the time that is left: a place that takes longer is not settled
_TRIED = tuple(Fraction(each) for each in ("0", "1", "-1", "2", "-2", "1/2", "-1/2", "7", "-7"))
_SAMPLES = (
    Fraction(1, 11),
    Fraction(-1, 11),
    Fraction(1, 197),
    Fraction(3, 11),
)  # of which parameters are multiples


@dataclass(frozen=True)
class Formula:
    """A derivative, and the condition under which it exists where f does (None: wherever f is defined).

    ``unsettled`` are conditions under which it is not known whether it exists, or is what the formula gives.
    """

    derivative: derivatives.Derivative
    where: Node | None
    unsettled: tuple[Node, ...] = ()

    @property
    def tree(self) -> Node | None:
        return self.derivative.tree


@dataclass(frozen=True)
class _Verdict:
    """What is the case where ``condition`` holds.

    "kink": f has no derivative. "value": it has, and the formula does not give it. "holds": the formula does, or
    there is no f. "": not known.
    """

    condition: Node
    word: str
    value: Node | None = None


def formula(root: Node, names: Sequence[str], decimals: bool = False) -> Formula:
    """The derivative of a scalar tree by ``names`` in turn, with its condition."""
    derivative = derivatives.derivative(root, names, decimals)
    parts = [part for kink in _kinks(root, names) for part in _alternatives(kink)]
    if unknowns(root):  # of which it is not known whether they undo a kink
        found = [_Verdict(part, "") for part in parts if not _never(part)]
    else:
        found = [verdict for part in parts for verdict in _judged(part, root, names, derivative)]
    mended: dict[Node, Node] = {}
    lonely: dict[Node, None] = {}  # the places that are excluded one by one
    excluded: dict[Node, None] = {}
    unsettled: dict[Node, None] = {}
    for verdict in found:
        single = _place(verdict.condition, names[0])
        condition = verdict.condition if single is None else _is_at(names[0], single, decimals)
        if verdict.word == "value" and derivative.tree is not None:
            value = verdict.value
            if value is not None and decimals:
                value = symbolic.from_sympy(symbolic.to_sympy(value), decimals)
            if value is None:
                unsettled[condition] = None
            else:
                mended[condition] = value
        elif verdict.word == "kink" and single is not None:
            lonely[single] = None
        elif verdict.word == "kink":
            excluded[_negate(condition)] = None
        elif not verdict.word:
            unsettled[condition] = None
    if mended and derivative.tree is not None:
        pairs = [part for condition, value in mended.items() for part in (value, condition)]
        derivative = replace(derivative, tree=Call("Piecewise", (*pairs, derivative.tree, TRUE)))
    apart = [_negate(_is_at(names[0], place, decimals)) for place in sorted(lonely, key=_size)]
    where = _shortest([*dict.fromkeys((*apart, *excluded))])
    open_ = [each for each in unsettled if each not in mended and _negate(each) not in where]
    return Formula(derivative, kinks.joined("&", where) if where else None, tuple(open_))


def _is_at(name: str, place: Node, decimals: bool) -> Node:
    return Call("==", (Name(name), _shown(place, decimals)))


def _place(condition: Node, name: str) -> Node | None:
    """The constant that ``name`` is said to be, if a condition says just that."""
    if isinstance(condition, Call) and condition.function == "==" and condition.args[0] is Name(name):
        return None if names_in(condition.args[1]) else condition.args[1]
    return None


def _shortest(conditions: list[Node]) -> list[Node]:
    """Without those that follow from others: x != 0 or a > 1, beside x != 0."""
    parts = {each: set(kinks.split("|", each)) for each in conditions}
    return [each for each in conditions if not any(parts[other] < parts[each] for other in conditions)]


def _alternatives(kink: Node) -> list[Node]:
    """The conditions that "or" joins, each equation with nothing around what must be zero."""
    return [
        kinks.joined("&", [_bare(each) for each in kinks.split("&", part)]) for part in kinks.split("|", kink)
    ]


def _bare(condition: Node) -> Node:
    """What must vanish for a call to: the inside of a modulus, of a root, of a positive power."""
    if not isinstance(condition, Call) or condition.function != "==" or condition.args[1] is not Number(0):
        return condition
    node = condition.args[0]
    while isinstance(node, Call):
        if node.function in ("abs", "sqrt", "cbrt", "neg") or (
            node.function in ("**", "root") and numeric.sign(symbolic.evaluate(node.args[1], 5)) == 1
        ):
            node = node.args[0]
        else:
            break
    return Call("==", (node, Number(0)))


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


def _judged(
    kink: Node, root: Node, names: Sequence[str], derivative: derivatives.Derivative
) -> list[_Verdict]:
    """The places where a kink's condition, equations and others joined by "and", holds, each with its verdict."""
    name = names[0]
    parts = kinks.split("&", kink)
    if _is_stepped(kink, names) or _never(kink) or any(always(part) for part in parts):
        return []
    values, rest = _eliminated(parts, names)
    restricted = kinks.decided(substitute(root, values)) if values else root
    tree = derivative.tree if derivative.tree is None else substitute(derivative.tree, values)
    every = variables(restricted)
    others = [Call("==", pair) for pair in values.items()]
    if every == [name] and len(set(names)) == 1:
        places = _places_of(rest, name)
        if places is not None:
            found = [(place, *_at_place(restricted, names, {Name(name): place}, tree)) for place in places]
            long = all(operations(place) > _ROOT_OPERATIONS for place in places)
            if found and long and {word for _, word, _ in found} in ({"kink"}, {""}, {"holds"}):
                return [_Verdict(kink, found[0][1])]
            return [
                _Verdict(kinks.joined("&", [Call("==", (Name(name), place)), *others]), word, value)
                for place, word, value in found
            ]
        return _of_line(kink, restricted, names, tree)
    if len(set(names)) > 1:
        only = _only_point(parts, variables(root))
        if only is not None:
            return [_Verdict(kink, *_at_place(root, names, only, derivative.tree))]
    return [_with_parameters(kink, kinks.joined("&", rest), restricted, names, tree)]


def _is_stepped(kink: Node, names: Sequence[str]) -> bool:
    """Does a condition hold on intervals only, as floor(x) == 2 does? What is at its kink there is a constant."""

    def step(node: Node, parts: list[bool]) -> bool:
        if isinstance(node, Name):
            return node.name not in names
        return all(parts) or has(node, "steps")

    return fold(kink, step)


def _without_steps(kink: Node, names: Sequence[str], tree: Node | None) -> Node:
    """floor(x)*u == 0 as u == 0: what is 0 between two steps is constant there, and the formula gives 0 or nothing.

    So is what a maximum with 0 cuts off: Max(u, 0) == 0 as u == 0.
    """
    if tree is None or not isinstance(kink, Call) or kink.function != "==" or _is_stepped(kink, names):
        return kink
    part, zero = kink.args
    if zero is Number(0) and (cut := _cut_off(part)) is not None:
        steps, rest = part, [cut]
    elif any(isinstance(node, Call) and has(node, "steps") for node in postorder(kink)):
        try:
            split = factors(symbolic.from_sympy(sympy.factor(symbolic.to_sympy(_gap(kink)))))
        except symbolic.ALL_FAILURES:
            return kink
        rest = [each for each in split if not _is_stepped(each, names)]
        if not rest or len(rest) == len(split):
            return kink
        steps = product([each for each in split if each not in rest])
    else:
        return kink
    flat = [
        here
        for here in ({Name(names[0]): rational(place)} for place in _SCANNED)
        if numeric.evaluate(substitute(steps, here), limit=60) == 0
    ]
    given = [numeric.evaluate(substitute(tree, here), 5, limit=60) for here in flat]
    if not given or any(isinstance(each, numeric.Undefined) for each in given):
        return kink
    return Call("==", (product(rest), Number(0)))


def _cut_off(node: Node) -> Node | None:
    """u of a maximum or minimum of u and 0, or of what is 0 to one side of u = 0 as relu(u) is; None of others."""
    if isinstance(node, Call) and node.function in ("Max", "Min"):
        others = [each for each in node.args if each is not Number(0)]
        return others[0] if len(others) == 1 == len(node.args) - 1 else None
    if isinstance(node, Call) and has(node, "pieces") and Number(0) in (piece(node, -1), piece(node, 1)):
        return node.args[0]
    return None


def _eliminated(parts: Sequence[Node], names: Sequence[str]) -> tuple[dict[Node, Node], list[Node]]:
    """The parameters that equations without ``names`` fix, and the conditions that are left."""
    values: dict[Node, Node] = {}
    rest: list[Node] = []
    for part in parts:
        if isinstance(part, Call) and part.function == "==" and not names_in(part) & set(names):
            solved = _linear(part, list(variables(part)))
            if solved is not None and not values:
                values[solved[0]] = solved[1]
                continue
        rest.append(part)
    return values, [kinks.decided(substitute(part, values)) for part in rest]


def _linear(equation: Call, names: Sequence[str]) -> tuple[Node, Node] | None:
    """The first of ``names`` in which an equation is linear, with a constant factor if there is such a name."""
    if operations(equation) > _SIMPLE_OPERATIONS or roots.degree(equation) > roots.MOST_DEGREE:
        return None
    try:
        gap = sympy.expand(symbolic.to_sympy(Call("-", equation.args)))
        found: list[tuple[Node, Node]] = []
        for name in names:
            x = symbolic.symbol(name)
            if gap.is_polynomial(x) and sympy.degree(gap, x) == 1:
                factor, rest = gap.coeff(x, 1), gap.coeff(x, 0)
                pair = Name(name), symbolic.from_sympy(sympy.together(-rest / factor))
                if not factor.free_symbols:
                    return pair
                found.append(pair)
        return found[0] if found else None
    except (*symbolic.FAILURES, symbolic.NoClosedForm):
        return None


def _only_point(parts: Sequence[Node], every: Sequence[str]) -> dict[Node, Node] | None:
    """The one point at which all equations hold, if each fixes one variable."""
    point: dict[Node, Node] = {}
    for part in parts:
        solved = (
            _linear(part, list(variables(part))) if isinstance(part, Call) and part.function == "==" else None
        )
        if solved is None or names_in(solved[1]):
            return None
        point[solved[0]] = solved[1]
    return point if {*point} == {Name(each) for each in every} else None


def _places_of(parts: Sequence[Node], name: str) -> list[Node] | None:
    """All places where every one of ``parts`` may hold; None where they are not known."""
    for part in parts:
        if isinstance(part, Call) and part.function == "==" and name in names_in(part):
            places = roots.zeros(_gap(part), name)
            if places is not None:
                rest = [each for each in parts if each is not part]
                return [
                    place for place in places
                    if not any(kinks.truth(substitute(each, {Name(name): place})) is False for each in rest)
                ]  # fmt: skip
    return None


def _gap(equation: Call) -> Node:
    """What is 0 where an equation holds."""
    one, other = equation.args
    return one if other is Number(0) else Call("-", (one, other))


def _at_place(
    root: Node, names: Sequence[str], here: dict[Node, Node], tree: Node | None
) -> tuple[str, Node | None]:
    """The verdict on one point, a value for each variable, and the derivative's value where the formula lacks it."""
    point = {name.name: value for name, value in here.items() if isinstance(name, Name)}
    core = _core(root, names[0], here) if len(names) == 1 else root
    if core is not root and _by_numbers(core, names, point, None) == "kink":
        return "kink", None
    verdict = _by_numbers(root, names, point, tree)
    if verdict == "undefined":
        return "holds", None
    if verdict and core is root:
        return verdict, None
    start = symbolic.evaluate(substitute(root, here))
    if isinstance(start, numeric.Undefined):
        return ("" if start.kind == "too-large" else "holds"), None
    if kinks.specials(root, list(names), here) == []:
        return "holds", None
    answer = attempt(lambda: points.at_point(root, names, point, derivatives.Derivative(tree)), _PLACE_SHARE)
    if answer is None or answer.reason == "undecided":
        return "", None
    if not answer.exists:
        return "kink", None
    if tree is None:
        return "holds", None
    value = None if answer.value is None else forms.value_tree(answer.value, False)
    if value is None:
        return "", None
    return ("holds", None) if _same(substitute(tree, here), value) else ("value", value)


def _core(root: Node, name: str, here: dict[Node, Node]) -> Node:
    """``root`` without terms that are analytic at the point: they neither make a corner nor take one away."""
    while isinstance(root, Call):
        if root.function == "neg":
            root = root.args[0]
            continue
        if root.function not in ("+", "-"):
            break
        kinked = [part for part in root.args if not _is_analytic(part, name, here)]
        if len(kinked) != 1:
            break
        root = kinked[0]
    return root


def _is_analytic(node: Node, name: str, here: dict[Node, Node]) -> bool:
    """Has a tree a value at the point, however large, and no kink?"""
    value = numeric.evaluate(substitute(node, here), 5, limit=60)
    if numeric.has_no_value(value):
        return False
    return value is not numeric.UNSETTLED and kinks.specials(node, [name], here) == []


def _scale(root: Node) -> int:
    """Powers of ten by which a step must be shorter to outrun the constants of an expression.

    One more than ``_MAX_SCALE`` stands for all that are too many.
    """
    most = 0
    for node in postorder(root):
        if names_in(node) or not isinstance(node, Call | Number):
            continue
        value = numeric.evaluate(node, 5, limit=40)
        if isinstance(value, Fraction | numeric.Ball) and numeric.sign(value):
            most = max(most, abs(int(numeric.mp.mag(numeric.as_mpf(value, 10)))) * 3 // 10)
    return min(2 * most, _MAX_SCALE + 1) if most > 8 else 0


def _by_numbers(
    root: Node, names: Sequence[str], point: dict[str, Node], tree: Node | None, exact: bool = True
) -> str:
    """What the difference quotients on both sides of a point tell, by two small steps.

    "holds": they come to what the formula gives. "kink": they stay apart, or grow without end. "undefined": f has
    no value there. "": no clear word, and for higher derivatives, none at all. The steps are beyond what the
    constants of f can hide, and the values' own error bounds say what their difference is worth; at a place that is
    not ``exact`` that fails if they hide too much.
    """
    if len(names) > 1:
        return ""
    (name,) = names
    here: dict[Node, Node] = {Name(each): place for each, place in point.items()}
    fixed = substitute(root, {each: place for each, place in here.items() if each is not Name(name)})
    scale = _scale(fixed)
    if scale > (_MAX_SCALE if exact else _MOST_SCALE):
        return ""
    digits, near = (_NEAR_DIGITS if exact else 3 * _NEAR_DIGITS) + 2 * scale, _NEAR / 10**scale
    values: list[numeric.Real] = []
    steps = (Fraction(0), near, -near, near * _FURTHER, -near * _FURTHER)
    middle = constant(point[name])
    for step in steps:
        if middle is not None:
            value = numeric.ball(fixed, {name: middle + step}, digits)
        else:
            value = numeric.ball(
                substitute(fixed, {Name(name): sides.place(point[name], step)}), None, digits
            )
        if value is numeric.UNSETTLED and exact and not step:  # algebra knows that it is 0
            value = symbolic.evaluate(substitute(fixed, {Name(name): point[name]}), digits)
        if not isinstance(value, Fraction | numeric.Ball):
            lost = numeric.has_no_value(value) and not step
            return "undefined" if lost else ""
        values.append(value)
    with numeric.mp.workdps(digits):
        start, *others = (numeric.as_mpf(value, digits) for value in values)
        slopes = [(value - start) / numeric.as_mpf(step, digits) for value, step in zip(others, steps[1:])]
        fuzz = 3 * max(
            value.rad if isinstance(value, numeric.Ball) else abs(numeric.as_mpf(value, 10)) * numeric.mp.eps
            for value in values
        ) / numeric.as_mpf(near, digits)  # fmt: skip
        if not exact:
            fuzz += _TOUCHING * (1 + max(map(abs, slopes))) / numeric.as_mpf(near, digits)
        right, left, *further = slopes
        gap, before = abs(right - left), abs(further[0] - further[1])
        least = min(abs(right), abs(left))
        if fuzz > _EQUAL * max(least, gap) and fuzz > _EQUAL * numeric.mp.mpf(10) ** -scale:
            return ""
        if gap > 2 * fuzz and gap >= _APART * before:
            return "kink"
        expected = None if tree is None else numeric.ball(substitute(tree, here), None, digits)
        if isinstance(expected, Fraction | numeric.Ball):
            given = numeric.as_mpf(expected, digits)
            blur = expected.rad if isinstance(expected, numeric.Ball) else 0
            if all(
                abs(one - given) <= max(_CLOSING * abs(other - given), fuzz + blur)
                for one, other in zip((right, left), further)
            ):
                return "holds"
        return "kink" if least > _STEEP and all(abs(b) < least / 2 for b in further) else ""


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
        for part in _alternatives(kink):
            found |= dict.fromkeys(_places_of(kinks.split("&", part), name) or ())
    return list(found)


def _of_line(kink: Node, root: Node, names: Sequence[str], tree: Node | None) -> list[_Verdict]:
    """The verdict on a kink of one variable whose places are not all known, after a look at some of them."""
    if derivatives.is_large(root):
        return [_Verdict(kink, "kink")]
    flat = attempt(lambda: _of_cells(kink, root, names, tree), _PLACE_SHARE)
    if flat is not None:
        return flat
    plain = _without_steps(kink, names, tree)
    if plain is not kink:
        return _judged(plain, root, names, derivatives.Derivative(tree))
    simple = [
        rational(each) for each in _TRIED if numeric.evaluate(kink, env={names[0]: each}, limit=60) is True
    ]
    words = [_at_place(root, names, {Name(names[0]): place}, tree)[0] for place in simple]
    found = [place for place, word in zip(simple, words, strict=True) if word == "holds"]
    further = _far_crossings(kink, root, names[0])
    while "kink" not in words and (place := next(further, None)) is not None:  # one is enough
        words.append(_by_numbers(root, names, {names[0]: rational(place)}, tree, exact=False))
    seen = _count(kink, names[0]) == len(words) and (
        len(words) == len(simple) or not _may_jump(root, names[0])
    )
    if set(words) <= {"holds"} and (seen or _is_harmless(root, kink, names)):
        return []
    if words and "kink" not in words and not _is_jump(root, kink, names):
        return [_Verdict(kink, "")]
    # of more places that hold there are as many more that were not tried
    but = [Call("!=", (Name(names[0]), place)) for place in found] if len(found) == 1 else []
    return [_Verdict(kinks.joined("&", [kink, *but]), "kink")]


def _of_cells(kink: Node, root: Node, names: Sequence[str], tree: Node | None) -> list[_Verdict] | None:
    """The verdicts where an equation holds all along some cells, as Max(x, 0) == 0 does for x < 0; None of others.

    There f is analytic, a kink or not.
    """
    name, parts = names[0], kinks.split("&", kink)
    line = cells([root], name)
    known = line.unsettled is None and line.period is None and bool(line.cuts)
    if not known or any(cut.place is None for cut in line.cuts):
        return None
    found: list[_Verdict] = []
    ends = [None, *line.cuts, None]
    try:
        flat = [
            (sample, low, high)
            for sample, low, high in zip(line.samples, ends, ends[1:], strict=False)
            if all(_holds_around(part, name, sample) for part in parts)
        ]
        for sample, low, high in flat:
            slope = derivatives.derivative(branch_at(root, name, sample), names).tree
            if slope is None:
                return None
            if isinstance(
                symbolic.evaluate(substitute(root, {Name(name): rational(sample)})), numeric.Undefined
            ):
                continue
            given = None if tree is None else symbolic.to_sympy(branch_at(tree, name, sample))
            if given is not None and sympy.simplify(given - symbolic.to_sympy(slope)) != 0:
                ends_ = ((">", low), ("<", high))
                sides = [
                    Call(word, (Name(name), cut.place))
                    for word, cut in ends_
                    if cut is not None and cut.place is not None
                ]
                found.append(_Verdict(kinks.joined("&", sides), "value", slope))
    except symbolic.ALL_FAILURES:
        return None
    for place in (cut.place for cut in line.cuts if cut.place is not None):
        here: dict[Node, Node] = {Name(name): place}
        if flat and kinks.truth(substitute(kink, here)) is not False:
            found.append(_Verdict(Call("==", (Name(name), place)), *_at_place(root, names, here, tree)))
    return found if flat else None


def _holds_around(part: Node, name: str, sample: Fraction) -> bool:
    """Does an equation or comparison hold all over the cell of ``sample``?"""
    if isinstance(part, Call) and part.function == "==":
        return bool(sympy.simplify(symbolic.to_sympy(branch_at(_gap(part), name, sample))) == 0)
    return kinks.truth(substitute(part, {Name(name): rational(sample)})) is True


def _may_jump(root: Node, name: str) -> bool:
    """May f have a value of its own at a place, as sign(x)^2 has at 0? Numbers next to the place do not show that."""
    return any(
        isinstance(node, Call)
        and name in names_in(node)
        and (node.function in COMPARISONS or has(node, "jumps") or has(node, "steps"))
        for node in postorder(root)
    )


def _count(kink: Node, name: str) -> int | None:
    """How many places there are where the equation of a polynomial holds."""
    if isinstance(kink, Call) and kink.function == "==" and operations(kink) <= _SIMPLE_OPERATIONS:
        places = roots.isolated(_gap(kink), name, 20)
        return None if places is None else len(places)
    return None


def _with_parameters(
    kink: Node, there: Node, root: Node, names: Sequence[str], tree: Node | None
) -> _Verdict:
    """The verdict on a kink whose places move with parameters: no harm that is proved, or harm that is seen."""
    if derivatives.is_large(root):
        return _Verdict(kink, "kink")
    words: list[str] = []
    for others, place, exact in _sampled(there, root, names[0]):
        if len(set(names)) > 1:
            words.append(_at_place(root, names, others | {Name(names[0]): place}, tree)[0] if exact else "")
            continue
        line, made = (
            None if each is None else kinks.decided(substitute(each, others)) for each in (root, tree)
        )
        assert line is not None
        if exact:
            words.append(_at_place(line, names, {Name(names[0]): place}, made)[0])
        else:
            words.append(_by_numbers(line, names, {names[0]: place}, made, exact=False))
    if words and all(word == "holds" for word in words) and _is_harmless(root, there, names):
        return _Verdict(kink, "holds")
    return _Verdict(kink, "kink" if "kink" in words or not words else "")


def _sampled(kink: Node, root: Node, name: str) -> Iterator[tuple[dict[Node, Node], Node, bool]]:
    """A few points of those at which a kink's condition holds: parameters, the place, and whether that is exact."""
    for turn, unit in enumerate(_SAMPLES):
        others: dict[Node, Node] = {
            Name(each): rational(unit * (17 + 13 * turn + 6 * place))
            for place, each in enumerate(variables(root, kink))
            if each != name
        }
        parts = [kinks.decided(substitute(part, others)) for part in kinks.split("&", kink)]
        if FALSE in parts:
            continue
        places = _places_of(parts, name)
        if places is not None:
            yield from ((others, place, True) for place in places)
        elif all(part is TRUE or (isinstance(part, Call) and part.function == "==") for part in parts):
            found = _crossings(kinks.joined("&", parts), name, [Fraction(0)])
            yield from ((others, rational(place), False) for place in islice(found, 2))


def _far_crossings(kink: Node, root: Node, name: str) -> Iterator[Fraction]:
    """Places where the kink's condition holds, to a hundred digits: near 0, and near other kinks far out."""
    others = [_size(place) for place in bends(root, name)]
    far = [Fraction(round(size)) for size in others if 12 < abs(size) < _FAR]
    yield from _crossings(kink, name, [Fraction(0), *far[:1], *far[-1:]])


# ---------------------------------------------------------------------------------------- kinks without harm


def _is_harmless(root: Node, kink: Node, names: Sequence[str]) -> bool:
    """Is it proved that f is as often differentiable as asked wherever a kink's equation holds?

    A part is if its own parts are and it is at no kink of its own; or if it is a function of one thing (x - a) that
    has the derivatives where that thing makes the equation hold; or if what it is on either side comes to the same
    values and slopes.
    """
    proof = _proof(root, kink, names)
    return proof is not None and (attempt(lambda: proof.of(root), _PLACE_SHARE) or False)


def _is_jump(root: Node, kink: Node, names: Sequence[str]) -> bool:
    """Is it proved that f is not continuous wherever a kink's equation holds?"""
    proof = _proof(root, kink, names)
    try:
        return proof is not None and (attempt(lambda: proof.jumps(root), _PLACE_SHARE) or False)
    except symbolic.ALL_FAILURES:
        return False


def _proof(root: Node, kink: Node, names: Sequence[str]) -> _Proof | None:
    equations = [
        part for part in kinks.split("&", kink)
        if isinstance(part, Call) and part.function == "==" and names_in(part) & set(names)
    ]  # fmt: skip
    return _Proof(equations[0], names) if equations and roots.degree(root) <= roots.MOST_DEGREE else None


class _Proof:
    def __init__(self, equation: Call, names: Sequence[str]) -> None:
        self.names = names
        self.gap = _gap(equation)
        self.known: dict[Node, bool] = {}
        solved = _linear(equation, [*names, *variables(equation)])
        one, other = solved or equation.args  # or as it stands: sin(x) is 0
        if not names_in(one):
            one, other = other, one
        self.there = symbolic.to_sympy(one), symbolic.to_sympy(other)

    def of(self, root: Node) -> bool:
        for node in postorder(root):
            if node not in self.known:
                try:
                    self.known[node] = (
                        self._of_parts(node) or self._of_one_thing(node) or self._of_sides(node)
                    )
                except symbolic.ALL_FAILURES:
                    self.known[node] = False
        return self.known[root]

    def _of_parts(self, node: Node) -> bool:
        if not names_in(node) & set(self.names):
            return True
        return all(self.known[part] for part in children(node)) and self._kink(node) != "there"

    def _kink(self, node: Node) -> str:
        """Whether a call is at its own kink "there", where the equation holds; "never", or "elsewhere"."""
        if not isinstance(node, Call) or node.function in ("&", "|", "~"):
            return "never"
        condition = (
            Call("==", node.args) if node.function in COMPARISONS else kinks.kink_condition(node, self.names)
        )
        if condition is None or (isinstance(condition, Call) and condition.function == "<="):
            return "never"
        found = self._on(kinks.decided(condition))
        if found is sympy.false:
            return "never"
        # what is analytic on either side is so on the way to where two kinks meet
        return "elsewhere" if _is_switch(node) and found is not sympy.true else "there"

    def _on(self, condition: Node) -> Any:
        """A condition where the equation holds."""
        made = symbolic.to_sympy(condition)
        if made in (sympy.true, sympy.false):
            return made
        put = {
            each: each.func(*(sympy.expand(arg.subs(*self.there)) for arg in each.args))
            for each in made.atoms(sympy.core.relational.Relational)
        }
        return made.xreplace(put)

    def _of_one_thing(self, node: Node) -> bool:
        """Is a node F(u), where F has the derivatives at each u for which the equation holds?"""
        letter = Name("u_0")
        every = {Name(each) for each in variables(node)}
        for part in postorder(node):
            if part is node or not names_in(part) & set(self.names):
                continue
            outer = substitute(node, {part: letter})
            gap = substitute(self.gap, {part: letter})
            if variables(outer) != ["u_0"] or variables(gap) != ["u_0"]:
                continue
            if any(self._kink(each) != "never" for each in postorder(part)) or not every:
                continue
            places = roots.zeros(gap, "u_0")
            if places is not None:
                return all(points.of_one_variable(outer, "u_0", at, len(self.names)).exists for at in places)
        return False

    def _of_sides(self, node: Node) -> bool:
        trees = None if len(set(self.names)) > 1 else self._by_sides(node)
        if trees is None:
            return False
        right, left, here = trees
        x = symbolic.symbol(self.names[0])
        gaps = [right - here, *(sympy.diff(right - left, x, k) for k in range(len(self.names) + 1))]
        return all(sympy.simplify(gap.subs(*self.there)) == 0 for gap in gaps)

    def jumps(self, root: Node) -> bool:
        """Is it proved that f has another value than beside it wherever the equation holds?"""
        trees = self._by_sides(root)
        if trees is None:
            return False
        gaps = (sympy.simplify((side - trees[2]).subs(*self.there)) for side in trees[:2])
        return any(gap.is_number and symbolic.is_zero(gap) is False for gap in gaps)

    def _by_sides(self, node: Node) -> list[Any] | None:
        """What a node is on the right of the equation, on its left and on it, for SymPy."""
        trees = []
        for side in (1, -1, 0):
            done: dict[Node, Node] = {}
            for part in postorder(node):
                made = rebuild(part, tuple(done[each] for each in children(part)))
                if isinstance(part, Call) and self._kink(part) == "there":
                    branch = self._branch(part, made, side)
                    if branch is None:
                        return None
                    made = branch
                done[part] = made
            trees.append(symbolic.to_sympy(kinks.decided(done[node])))
        return trees

    def _branch(self, part: Call, made: Node, side: int) -> Node | None:
        """What a call is where the equation's two sides differ by the sign ``side``."""
        if not _is_switch(part) or not isinstance(made, Call) or len(made.args) > 2:
            return None
        inner = Call("-", part.args) if len(part.args) == 2 else part.args[0]
        ratio = sympy.simplify(symbolic.to_sympy(inner) / symbolic.to_sympy(self.gap))
        if not ratio.is_number or not (sign := sympy.sign(ratio)).is_Integer:
            return None
        side *= int(sign)
        if part.function in COMPARISONS:
            holds = {"<": side < 0, "<=": side <= 0, ">": side > 0, ">=": side >= 0, "==": side == 0,
                     "!=": side != 0}  # fmt: skip
            return TRUE if holds[part.function] else FALSE
        if has(part, "pieces"):
            return piece(made, side)
        return made.args[0 if (side > 0) == (part.function == "Max") else 1]


def _is_switch(node: Call) -> bool:
    """Is a call analytic on either side of its kink, and up to it?"""
    return has(node, "pieces") or node.function in COMPARISONS or node.function in ("Max", "Min")


def _crossings(kink: Node, name: str, around: Sequence[Fraction]) -> Iterator[Fraction]:
    """Places, all of a polynomial and else some near those ``around``, where an equation holds, to a hundred digits.

    One side overtakes the other there, or touches it, or a step meets an integer. They tell whether a kink that
    cannot be solved for does any harm.
    """
    for equation in kinks.split("&", kink):
        if not isinstance(equation, Call) or equation.function != "==" or name not in names_in(equation):
            continue
        one, other = equation.args
        gap = Call("sin", (Call("*", (PI, one)),)) if other is Call("floor", (one,)) else _gap(equation)
        places = (
            roots.isolated(gap, name, _CROSSING_DIGITS) if operations(gap) <= _SIMPLE_OPERATIONS else None
        )
        if places is not None:
            yield from places
            continue
        yield from _sign_changes(gap, name, around)
        try:
            slope = symbolic.from_sympy(derivatives.differentiate(symbolic.to_sympy(gap), name))
        except symbolic.ALL_FAILURES:
            continue
        for place in _sign_changes(slope, name, around):
            value = numeric.ball(substitute(gap, {Name(name): rational(place)}), None, 2 * _CROSSING_DIGITS)
            if isinstance(value, Fraction | numeric.Ball) and abs(numeric.as_mpf(value, 15)) < _TOUCHING:
                yield place


def _sign_changes(gap: Node, name: str, around: Sequence[Fraction]) -> Iterator[Fraction]:
    def at(place: Fraction, digits: int = 10) -> Any:
        value = numeric.evaluate(gap, digits, {name: place}, limit=3 * digits)
        return numeric.as_mpf(value, digits) if isinstance(value, Fraction | numeric.Ball) else None

    seen = [(place, at(place)) for place in sorted({c + place for c in around for place in _SCANNED})]
    changes = [
        (one, other)
        for one, other in pairwise(seen)
        if one[1] is not None and other[1] is not None and (one[1] > 0) != (other[1] > 0)
    ]
    found = len(changes) - 1
    for (a, _), (b, _) in (
        [changes[k * found // _MOST_CROSSINGS] for k in range(_MOST_CROSSINGS + 1)]
        if found > _MOST_CROSSINGS
        else changes
    ):  # from one end to the other
        with numeric.mp.workdps(_CROSSING_DIGITS):
            finer = partial(at, digits=_CROSSING_DIGITS - 10)
            ends = finer(a), finer(b)
            if None not in ends:
                place = _crossing(finer, numeric.mp.mpf(0), (a, ends[0]), (b, ends[1]), _CROSSING_DIGITS)
                if place is not None:
                    yield place


def _never(kink: Node) -> bool:
    """Is the condition false whatever the variables are, by sight (x**2 + 1 == 0)?"""
    if isinstance(kink, Call) and kink.function == "==":
        if any(nowhere(side) for side in kink.args if not names_in(side)):
            return True
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


def always(kink: Node) -> bool:
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


def _crossing(
    f: Callable[[Fraction], Any],
    target: Any,
    one: tuple[Fraction, Any],
    other: tuple[Fraction, Any],
    digits: int,
) -> Fraction | None:
    """Where ``f`` meets ``target`` between two places that it lies on either side of: the Illinois method."""
    (a, fa), (b, fb) = (
        (numeric.mp.mpf(w.numerator) / w.denominator, value - target) for w, value in (one, other)
    )
    near = numeric.mp.mpf(10) ** (15 - digits) * max(1, abs(target))
    for _ in range(digits):
        w = (a * fb - b * fa) / (fb - fa)
        place_ = Fraction(int(numeric.mp.nint(w * numeric.mp.mpf(10) ** digits)), 10**digits)
        here = f(place_)
        if here is None:
            return None
        gap = here - target
        if abs(gap) <= near:
            return place_
        if (gap < 0) == (fb < 0):
            fa = fa / 2  # the same end twice: let the other one weigh less
        else:
            a, fa = b, fb
        b, fb = w, gap
    return None
