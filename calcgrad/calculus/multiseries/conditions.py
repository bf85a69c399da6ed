"""Conditions read as what is known of parameters: ``a > 0``, ``a != b``, ``abs(a) < 1``, ``floor(n) == n``.

    assumptions([parse("a > 0").node]).spans                # where a lies

What is linear in one name says where that lies; anything else is kept as a sign that a constant has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from calcgrad.calculus.multiseries.constants import (
    SIGNS,
    Assumptions,
    Span,
    assuming,
    linear,
    of,
    possible_signs,
    sign,
)
from calcgrad.calculus.multiseries.exact import (
    Constant,
    NotReal,
    tree,
)
from calcgrad.expression.tree import (
    Call,
    Name,
    Node,
    names_in,
    text,
)


def assumptions(conditions: Iterable[Node]) -> Assumptions:
    """What conditions say of parameters: ``a > 0``, ``a != b``, ``floor(n) == n``. Raises NotReal where they exclude
    each other, and Undecided where one is not understood."""
    made = Assumptions()
    for node in _without_moduli(conditions):
        one, other = node.args
        if node.function == "==" and one == Call("floor", (other,)) and isinstance(other, Name):
            made = Assumptions(made.spans, made.signs, made.integers | {other.name})
            continue
        with assuming(made):
            difference = of(Call("-", (one, other)))
        allowed = SIGNS[node.function]
        if isinstance(difference, Fraction):
            if sign(difference) not in allowed:
                raise NotReal("undefined", text(node))
            continue
        made = _with_sign(made, difference, frozenset(allowed))
    return made


def _without_moduli(conditions: Iterable[Node]) -> Iterator[Call]:
    """abs(u) < c as u < c and -u < c."""
    for node in conditions:
        assert isinstance(node, Call)
        one, other = node.args
        if node.function in (">", ">="):
            one, other = other, one
        if (
            node.function != "=="
            and isinstance(one, Call)
            and one.function == "abs"
            and node.function != "!="
        ):
            function = "<" if node.function in ("<", ">") else "<="
            for inner in (one.args[0], Call("neg", one.args)):
                yield Call(function, (inner, other))
        else:
            yield node


def _with_sign(made: Assumptions, value: Constant, allowed: frozenset[int]) -> Assumptions:
    """One more sign that is known: of what is linear in a single name, where that lies."""
    with assuming(made):
        left = possible_signs(value) & allowed
    if not left:
        raise NotReal("undefined", text(tree(value)))
    names = names_in(tree(value))
    found = linear(value, name) if len(names) == 1 and (name := next(iter(names))) else None
    if found is not None and left != {1, -1}:
        slope, end = found
        if left == {0}:
            span = Span(end, end, True, True)
        elif (1 in left) is (slope > 0):
            span = Span(low=end, with_low=0 in left)
        else:
            span = Span(high=end, with_high=0 in left)
        return Assumptions(
            made.spans | {name: made.spans.get(name, Span()).meet(span)}, made.signs, made.integers
        )
    return Assumptions(made.spans, made.signs | {value: left}, made.integers)
