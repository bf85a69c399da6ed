"""The parts of an expression that are one whole number wherever they have a value: sin(x)^2 + cos(x)^2 is 1, proved.

    constant_parts(parse("abs(sin(x)^2 + cos(x)^2 - 1)").node)      # {sin(x)^2 + cos(x)^2: 1}

Numbers at a few places, always the same ones, only tell where a proof is worth its time.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from calcgrad.budget import within
from calcgrad.calculus import numeric
from calcgrad.errors import CalcgradError, MemoryUp, TimeUp
from calcgrad.expression.tree import (
    COMPARISONS,
    CONNECTIVES,
    Call,
    Node,
    Number,
    children,
    names_in,
    postorder,
)

_SECONDS = 10.0  # for one proof
_PLACES = [Fraction(a, 97) for a in (31, 143, 7, -59, 410, -233)]


def constant_parts(root: Node) -> dict[Node, int]:
    """The smallest such parts, and which number each is; what holds them is computed with that."""
    names = sorted(names_in(root))
    here = [{name: place * (1 + Fraction(index, 7)) for index, name in enumerate(names)} for place in _PLACES]
    found: dict[Node, int] = {}
    settled: set[Node] = set()
    for node in postorder(root):
        if settled.isdisjoint(children(node)):
            number = _plausible(node, here)
            if number is None or not _proved(node, number):
                continue
            found[node] = number
        settled.add(node)
    return found


def _plausible(node: Node, here: list[dict[str, Fraction]]) -> int | None:
    if not isinstance(node, Call) or not names_in(node) or node.function in (*COMPARISONS, *CONNECTIVES):
        return None
    near: set[int] = set()
    for place in here:
        value = numeric.evaluate(node, 15, place, 60)
        if value is numeric.UNSETTLED:  # 0, as far as it was computed
            near.add(0)
        elif isinstance(value, Fraction | numeric.Ball):
            number = numeric.to_float(value)
            if number is None or abs(number) > 1e9 or abs(number - round(number)) > 1e-12:
                return None
            near.add(round(number))
        if len(near) > 1:
            return None
    return near.pop() if near else None


def _proved(node: Node, number: int) -> bool:
    from calcgrad.calculus.equality.identities import are_equal

    names = sorted(names_in(node))
    try:
        return within(_SECONDS, partial(are_equal, node, node, Number(number), names[0], names))
    except (CalcgradError, TimeUp, MemoryUp, RecursionError):
        return False
