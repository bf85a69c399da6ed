"""Which parts of an expression are at one of their kinks, where no formula tells the derivative.

    specials(parse("abs(x)*cos(x)").node, ["x"], {Name("x"): Number(0)})      # the call abs(x)

The kinks are those of the catalogue's rows, put in terms of a call's own arguments. Whether a condition holds
is proved, by algebra or by balls that keep apart, or not known (None); then nothing is said of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from calcgrad.calculus import numeric
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.columns import said_of
from calcgrad.expression.tree import (
    COMPARISONS,
    FALSE,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    children,
    fold,
    names_in,
    rebuild,
    substitute,
)


def specials(root: Node, names: Sequence[str], here: dict[Node, Node]) -> list[Call] | None:
    """The calls that are at one of their kinks at the point; None where that could not be told.

    Branches that a where does not take are not looked at, as long as its conditions are not at an edge.
    """
    found: list[Call] = []
    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if node in seen or not names_in(node) & set(names):
            continue
        seen.add(node)
        if isinstance(node, Call):
            kink = at_kink(node, names, here)
            if kink is None:
                return None
            if kink:
                found.append(node)
            if node.function == "Piecewise":
                stack.extend(_taken(node, here))
                continue
        stack.extend(children(node))
    return found


def _taken(node: Call, here: dict[Node, Node]) -> list[Node]:
    """The conditions of a Piecewise that were asked, and the value that was taken."""
    looked: list[Node] = []
    for value, condition in zip(node.args[::2], node.args[1::2], strict=True):
        looked.append(condition)
        found = truth(substitute(condition, here))
        if found is not False:
            looked.append(value)
        if found is True:
            break
    return looked


def _settled(constant: Node) -> numeric.Value:
    """``symbolic.evaluate``, which is loaded only where numbers do not settle it."""
    value = numeric.evaluate(constant, limit=60)
    if value is numeric.UNSETTLED:
        from calcgrad.calculus import symbolic

        value = symbolic.evaluate(constant)
    return value


def at_kink(node: Call, names: Sequence[str], here: dict[Node, Node]) -> bool | None:
    condition = kink_condition(node, names)
    if condition is None:
        return False
    found = truth(substitute(condition, here))
    if found is None and isinstance(condition, Call) and condition.function == "<=":
        return False if names_in(substitute(condition, here)) else None  # a**x: without a value unless a > 0
    return found


def may_hold(conditions: Iterable[Node], place: Mapping[str, Node]) -> bool:
    """Is none of these conditions known to be false at a place?"""
    here: dict[Node, Node] = {Name(name): value for name, value in place.items()}
    return all(truth(substitute(each, here)) is not False for each in conditions)


def truth(condition: Node) -> bool | None:
    """Whether a condition holds; None where that is not known, as it is of one with parameters.

    A condition on what has no value does not hold.
    """
    if names_in(condition):
        from calcgrad.calculus import symbolic

        try:
            known = symbolic.from_sympy(symbolic.to_sympy(decided(condition)))
        except (*symbolic.FAILURES, symbolic.NoClosedForm):
            return None
        return True if known is TRUE else False if known is FALSE else None
    value = _settled(condition)
    return value if isinstance(value, bool) else None if value is numeric.UNSETTLED else False


def kink_condition(node: Call, names: Sequence[str]) -> Node | None:
    """The condition under which one call is at a kink, in terms of its own arguments; None for never."""
    row = ROWS.get(node.function)
    if row is None:
        return None
    if node.function == "**" and names_in(node.args[1]) & set(names):
        return Call("<=", (node.args[0], Number(0)))  # x**x is analytic for x > 0 only
    if not row.kinks:
        return None
    if node.function == "**" and names_in(node.args[1]):  # a parameter, of which 1, 2, 3... do no harm
        base, n = node.args
        harm = Call("|", (Call("!=", (n, Call("floor", (n,)))), Call("<", (n, Number(1)))))
        return Call("&", (Call("==", (base, Number(0))), harm))
    if node.function == "atan2" and not names_in(node.args[0]) & set(names):
        return None  # along a line it turns without a jump
    if node.function in ("Max", "Min"):
        args = tuple(dict.fromkeys(node.args))
        if len(args) < 2:
            return None
        pairs = [
            Call("==", (a, b)) for index, a in enumerate(args) for b in args[index + 1 :]
        ]  # fmt: skip
        return joined("|", pairs)
    return said_of(node, "kinks")


def decided(root: Node) -> Node:
    """``root``, or a condition, with its constant comparisons decided and the branches that fall away left out."""

    def step(node: Node, parts: list[Node]) -> Node:
        made = rebuild(node, tuple(parts))
        if not isinstance(made, Call):
            return made
        if made.function in COMPARISONS and not names_in(made):
            truth = _settled(made)
            return TRUE if truth is True else FALSE if truth is False else made
        if made.function in ("&", "|"):
            decisive, neutral = (FALSE, TRUE) if made.function == "&" else (TRUE, FALSE)
            if decisive in made.args:
                return decisive
            rest = [arg for arg in made.args if arg is not neutral]
            return made if len(rest) == 2 else rest[0] if rest else neutral
        if made.function == "Piecewise":
            return _remaining(made)
        return made

    return fold(root, step)


def _remaining(node: Call) -> Node:
    """A Piecewise without the branches whose condition is decided against, or comes after one that holds."""
    kept: list[Node] = []
    for value, condition in zip(node.args[::2], node.args[1::2], strict=True):
        if condition is not FALSE:
            kept += [value, condition]
        if condition is TRUE:
            break
    if len(kept) == 2 and kept[1] is TRUE:
        return kept[0]
    return Call("Piecewise", tuple(kept)) if kept else node


def joined(function: str, conditions: Sequence[Node]) -> Node:
    """Conditions joined by "&" or "|"."""
    result = conditions[0]
    for each in conditions[1:]:
        result = Call(function, (result, each))
    return result


def split(function: str, condition: Node) -> list[Node]:
    """What "&" or "|" joins."""
    if isinstance(condition, Call) and condition.function == function:
        return [part for each in condition.args for part in split(function, each)]
    return [condition]
