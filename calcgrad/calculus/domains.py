"""Whether a function has a real value anywhere at all.

    nowhere(parse("log(-x**2)").node)        # "not-real"

Of such a function there is nothing to differentiate, though rules and SymPy alike give a formula: 2/x.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import inf
from typing import Any

import sympy

from calcgrad.calculus import kinks, numeric, symbolic
from calcgrad.expression.columns import has, listed, said_of
from calcgrad.expression.tree import (
    COMPARISONS,
    CONNECTIVES,
    INFINITY,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    children,
    fold,
    is_unknown,
    names_in,
    operations,
    postorder,
    rational,
    rebuild,
    substitute,
    variables,
)

_PLACES = tuple(Fraction(each) for each in ("37/29", "-48/29", "3/31", "-5/31", "191/31", "-907/29"))
_SIMPLE = 60  # operations of a condition that SymPy is asked about
_JOINED = 8  # operations of a condition that is solved for together with others
_SOLVED_WORDS = {"+", "-", "*", "/", "neg", *COMPARISONS, *CONNECTIVES}
_ROUNDING = Fraction(1, 10**25)
Range = tuple[Any, Any]  # of fractions, or infinite floats
_EVERYTHING: Range = (-inf, inf)


def nowhere(root: Node) -> str:
    """Why ``root`` has no value whatever its variables are: undefined or not-real; '' where it may have one.

    Numbers find the calls that have no value at any place, or leave open whether they have one; that one never
    has a value, or that they exclude each other, must be proved by algebra or by ranges.
    """
    calls = [node for node in postorder(root) if is_unknown(node)]  # which may have any value
    root = substitute(root, {node: Name(f"_{index}") for index, node in enumerate(calls)})
    if not names_in(root):
        value = symbolic.evaluate(root, 5)
        return value.kind if numeric.has_no_value(value) else ""
    culprits: dict[Node, str] = {}
    unsettled = False  # a ball around 0 where 0 has no value
    for place in _PLACES:
        value = numeric.evaluate(root, 5, dict.fromkeys(variables(root), place), limit=60)
        if numeric.has_no_value(value):
            culprits[value.node] = value.kind
        elif value is numeric.UNSETTLED:
            unsettled = True
        else:
            return ""
    everything = list(_always_needed(root))
    if INFINITY in everything:  # no number
        return "undefined"
    needed = [node for node in everything if isinstance(node, Call)]
    for node in needed:
        if not names_in(node):
            value = symbolic.evaluate(node, 5)
            if numeric.has_no_value(value):
                return value.kind
    for node in needed:
        if (unsettled or node in culprits) and condition_of(node) is not None and _never(node):
            return culprits.get(node, "undefined")
    cases = [node for node in needed if node.function == "Piecewise"]
    if cases:
        return next(filter(None, map(_without_a_case, cases)), "")
    if unsettled:
        return ""
    if _exclude_each_other(culprits):
        return next(iter(culprits.values()))
    return "not-real" if operations(root) <= _SIMPLE and _is_imaginary(root) else ""


def _always_needed(root: Node) -> Iterator[Node]:
    """What must have a value for ``root`` to have one: all but what is inside of cases."""
    stack, seen = [root], {root}
    while stack:
        node = stack.pop()
        yield node
        if not (isinstance(node, Call) and node.function == "Piecewise"):
            fresh = [each for each in children(node) if each not in seen]
            seen.update(fresh)
            stack.extend(fresh)


def _without_a_case(cases: Call) -> str:
    """Why none of these cases is ever reached, or none has a value; one without says nothing of the others."""
    first = cases.args[1]
    if isinstance(first, Call) and first.function in COMPARISONS:
        for side in first.args:
            if kind := nowhere(side):
                return kind
    kinds = [nowhere(value) for value in cases.args[::2]]
    return kinds[0] if all(kinds) else ""


def _is_imaginary(root: Node) -> bool:
    """Is i a factor, as for sqrt(-x**2)? Such a function is real where it is 0, and nowhere beside that.

    What bends may be 0 on an interval, unless it is the modulus of something that does not.
    """
    try:
        expression = symbolic.to_sympy(root)
    except symbolic.FAILURES:
        return False
    bent = (
        sympy.Abs,
        sympy.Max,
        sympy.Min,
        sympy.Piecewise,
        sympy.floor,
        sympy.ceiling,
        sympy.sign,
        sympy.Heaviside,
    )
    plain = expression.replace(
        lambda e: isinstance(e, sympy.Abs) and not e.args[0].has(*bent), lambda e: e.args[0]
    )
    if plain.has(*bent):
        return False
    factors = sympy.Mul.make_args(expression)
    return sympy.I in factors and all(each is sympy.I or each.is_real for each in factors)


def condition_of(node: Node) -> Node | None:
    """Where a call has a value, in terms of its own arguments."""
    return said_of(node, "domain")


def conditions(root: Node, always: bool = False) -> list[Node]:
    """What must hold for ``root`` to have a value, one by one; ``always`` leaves out what cases need not ask."""
    found: dict[Node, None] = {}
    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, Call) and node.function == "Piecewise":
            found |= {} if always else dict.fromkeys(_of_cases(node))
            continue
        stack.extend(children(node))
        condition = condition_of(node) if names_in(node) else None
        if condition is not None:
            simpler = kinks.decided(condition)
            if simpler is not TRUE:
                found |= dict.fromkeys(kinks.split("&", simpler))
    return list(found)


def _of_cases(cases: Call) -> Iterator[Node]:
    """What cases ask for, but that something is not 0 where an earlier case is for that."""
    settled = set()
    for value, case in zip(cases.args[::2], cases.args[1::2], strict=True):
        yield from conditions(case)
        yield from (each for each in conditions(value) if canonical(each) not in settled)
        if isinstance(case, Call) and case.function == "==":
            settled.add(canonical(Call("!=", case.args)))


def against_zero(condition: Node) -> tuple[str, Any] | None:
    """A comparison as one of a SymPy expression with 0."""
    if not isinstance(condition, Call) or condition.function not in COMPARISONS:
        return None
    try:
        return condition.function, sympy.expand(symbolic.to_sympy(Call("-", condition.args)))
    except symbolic.ALL_FAILURES:
        return None


def canonical(condition: Node) -> Any:
    """The same for conditions that differ in how they are written: 1 + x > 0 and x > -1."""
    if isinstance(condition, Call) and condition.function in CONNECTIVES:
        return condition.function, frozenset(map(canonical, condition.args))
    relation = against_zero(condition)
    if relation is None:
        return condition
    function, gap = relation
    if function in ("<", "<="):
        return function.replace("<", ">"), -gap
    if function in ("==", "!=") and gap.could_extract_minus_sign():
        gap = -gap
    return function, gap


def jumps(node: Call) -> bool:
    """Does a call jump at its kinks, as a comparison too does?"""
    return has(node, "jumps") or node.function in COMPARISONS


def _never(node: Call) -> bool:
    """Is it proved that a call has no value, whatever its variables are?"""
    plain = rebuild(node, tuple(map(_constant, node.args)))
    if isinstance(plain, Call) and not names_in(plain):
        return numeric.has_no_value(symbolic.evaluate(plain, 5))
    return any(
        domain is not None and (fails(domain) or _is_false(domain))
        for domain in map(condition_of, (node, plain))
    )


def _constant(root: Node) -> Node:
    """A constant in disguise, such as sin(x)^2 + cos(x)^2, as what it is; any other as it is."""
    if not names_in(root):
        value = symbolic.evaluate(root, 5)
        return rational(value) if isinstance(value, Fraction) else root
    if operations(root) > _SIMPLE:
        return root
    try:
        expression = symbolic.to_sympy(root)
        for form in (expression, expression.rewrite(sympy.Abs), expression.rewrite(sympy.exp)):
            found = sympy.cancel(sympy.expand(form))
            if found.is_number:
                return symbolic.from_sympy(found)
    except symbolic.ALL_FAILURES:
        pass
    return root


def _is_false(condition: Node) -> bool:
    if operations(condition) > _SIMPLE:
        return False
    try:
        return symbolic.to_sympy(condition) is sympy.false
    except symbolic.FAILURES:
        return False


def _exclude_each_other(culprits: dict[Node, str]) -> bool:
    """Is there no place where all of them have a value, as for log(x) and log(-x)?"""
    domains = [domain for node in culprits if (domain := condition_of(node)) is not None]
    simple = [each for each in domains if operations(each) <= _JOINED and _words(each) <= _SOLVED_WORDS]
    if len({name for each in simple for name in names_in(each)}) != 1:
        return False
    try:
        return sympy.And(*map(symbolic.to_sympy, simple)).as_set() is sympy.S.EmptySet
    except symbolic.FAILURES:
        return False


def _words(condition: Node) -> set[str]:
    return {node.function for node in postorder(condition) if isinstance(node, Call)}


# ------------------------------------------------------------------------------------------------- ranges


def fails(condition: Node) -> bool:
    """Do the ranges of both sides of its comparisons tell that a condition never holds?"""
    if not isinstance(condition, Call):
        return False
    if condition.function in ("&", "|"):
        parts = [fails(each) for each in condition.args]
        return any(parts) if condition.function == "&" else all(parts)
    if condition.function not in COMPARISONS:
        return False
    try:
        low, high = fold(Call("-", condition.args), _range)
    except OverflowError:  # beyond what floats hold, which the infinite ends are
        return False
    match condition.function:
        case ">":
            return bool(high <= 0)
        case ">=":
            return bool(high < 0)
        case "<":
            return bool(low >= 0)
        case "<=":
            return bool(low > 0)
        case "==":
            return bool(low > 0 or high < 0)
    return bool(low == high == 0)


def _range(node: Node, parts: list[Range]) -> Range:
    """Between what bounds the values of a node lie, given those of its parts."""
    if isinstance(node, Number):
        return Fraction(node.value), Fraction(node.value)
    if node is INFINITY:
        return inf, inf
    if not names_in(node):
        value = numeric.evaluate(node, 30, limit=60)
        if isinstance(value, Fraction):
            return value, value
        if isinstance(value, numeric.Ball) and abs(value.mid) < 10**6:
            with numeric.mp.workdps(60):
                near = Fraction(int(numeric.mp.floor(value.mid / numeric.as_mpf(_ROUNDING, 60)))) * _ROUNDING
            return near - _ROUNDING, near + 2 * _ROUNDING
        return _EVERYTHING
    if not isinstance(node, Call):
        return _EVERYTHING
    match node.function, parts:
        case "+", [(a, b), (c, d)]:
            return a + c, b + d
        case "-", [(a, b), (c, d)]:
            return a - d, b - c
        case "neg", [(a, b)]:
            return -b, -a
        case "*", [x, y]:
            ends = list(_products(x, y))
            return min(ends), max(ends)
        case "/", [x, (c, d)] if c == d != 0:
            ends = list(_products(x, (1 / c, 1 / d)))
            return min(ends), max(ends)
        case ("abs", [x]):
            return _size(x)
        case "**", [x, (n, m)] if n == m and n in (2, 4, 6, 8):
            low, high = _size(x)
            return low ** int(n), high ** int(n)
    known = listed(node.function, "range")
    return (_range(known[0], [])[0], _range(known[1], [])[1]) if known else _EVERYTHING


def _products(x: Range, y: Range) -> Iterator[Any]:
    for a in x:
        for b in y:
            yield Fraction(0) if a == 0 or b == 0 else a * b


def _size(x: Range) -> Range:
    low, high = x
    return max(Fraction(0), low, -high), max(abs(low), abs(high))
