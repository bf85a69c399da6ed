"""Formulas under what is assumed of their variables: moduli, steps and cases whose sign is known then.

    with constants.assuming(conditions.assumptions([parse("a > 0", condition=True).node])):
        simplified(parse("a*sign(a*x)").node)        # the tree of a*sign(x)

A sign is that of the exact constants, in which every variable is a parameter; where it is not proved, nothing changes.
"""

from __future__ import annotations

from calcgrad.calculus import kinks, symbolic
from calcgrad.calculus.arithmetic import factors
from calcgrad.calculus.multiseries import constants
from calcgrad.calculus.multiseries.exact import NotReal, Undecided
from calcgrad.calculus.roots import vanishing
from calcgrad.expression.columns import listed
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
    product,
    rebuild,
    substitute,
)

_X = Name("x")  # the parameter of a function in its row
_MULTIPLICATIVE = ("abs", "sign")  # of a product they are the product of their values
_HOLDS = {"<": {-1}, "<=": {-1, 0}, ">": {1}, ">=": {1, 0}, "==": {0}, "!=": {-1, 1}}


def simplified(root: Node) -> Node:
    """The formula or condition with all that is decided by what is assumed."""
    made = kinks.decided(fold(root, _step))
    if made is root or made in (TRUE, FALSE):
        return made
    try:
        return symbolic.from_sympy(symbolic.to_sympy(made))
    except symbolic.ALL_FAILURES:
        return made


def _step(node: Node, parts: list[Node]) -> Node:
    made = rebuild(node, tuple(parts))
    if not isinstance(made, Call) or not names_in(made):
        return made
    if made.function in COMPARISONS:
        return _compared(made)
    if made.function == "floor" and isinstance(made.args[0], Name):
        return made.args[0] if made.args[0].name in constants.assumed().integers else made
    if made.function in ("Max", "Min"):
        return _extreme(made)
    pieces = listed(made.function, "pieces")
    if not pieces:
        return made
    if (sign := _sign(made.args[0])) is not None:
        return substitute(pieces[sign + 1], {_X: made.args[0]})
    if made.function in _MULTIPLICATIVE and len(split := factors(made.args[0])) > 1:
        known = [each for each in split if _sign(each) is not None]
        rest = [each for each in split if each not in known]
        if known and rest:
            outside = [_step(Call(made.function, (each,)), [each]) for each in known]
            return product([*outside, Call(made.function, (product(rest),))])
    return made


def _compared(comparison: Call) -> Node:
    one, other = comparison.args
    sign = _sign(one if other is Number(0) else Call("-", (one, other)))
    if sign is not None:
        return TRUE if sign in _HOLDS[comparison.function] else FALSE
    if comparison.function in ("!=", "==") and other is Number(0):
        parts = [each for each in vanishing(one) if _sign(each) is None]
        if parts:
            return Call(comparison.function, (product(parts), other))
    return comparison


def _extreme(call: Call) -> Node:
    """Of a greatest or least the arguments that are not known to be beaten."""
    beaten = -1 if call.function == "Max" else 1
    left = list(dict.fromkeys(call.args))
    for each in list(left):
        others = [other for other in left if other is not each]
        if any(_sign(Call("-", (each, other))) == beaten for other in others):
            left.remove(each)
    return left[0] if len(left) == 1 else Call(call.function, tuple(left))


def _sign(tree: Node) -> int | None:
    try:
        signs = constants.possible_signs(constants.of(tree))
    except (NotReal, Undecided, RecursionError):
        return None
    return next(iter(signs)) if len(signs) == 1 else None
