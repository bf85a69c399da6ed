"""What the catalogue says of a function, as trees: its domain, its kinks, its definition, its range.

column("log", "domain")                                 # the tree of x > 0
said_of(parse("log(y + 1)").node, "domain")             # the tree of y + 1 > 0
listed("abs", "pieces")                                 # the trees of -x, 0 and x
has(parse("floor(y)").node, "jumps")                    # True
"""

from __future__ import annotations

from functools import cache

from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Call, List, Name, Node, substitute

CONDITIONS = ("domain", "poles", "kinks")


@cache
def column(function: str, which: str) -> Node | None:
    """A column of the function's row, over the row's parameters; None where it says nothing."""
    words = getattr(ROWS.get(function), which, "")
    return parse(words, condition=which in CONDITIONS).node if words else None


def listed(function: str, which: str) -> tuple[Node, ...]:
    """The parts of a column that is a list; () where it says nothing."""
    found = column(function, which)
    return found.items if isinstance(found, List) else ()


def piece(call: Call, sign: int) -> Node:
    """What a call is where its argument has a sign, for a function of which the catalogue lists ``pieces``."""
    return substitute(
        listed(call.function, "pieces")[sign + 1], {Name(ROWS[call.function].parameters[0]): call.args[0]}
    )


def has(node: Node, which: str) -> bool:
    """Is ``node`` a call of a function of which the catalogue says so?"""
    return isinstance(node, Call) and node.function in ROWS and bool(getattr(ROWS[node.function], which))


def said_of(node: Node, which: str) -> Node | None:
    """The same, of a call with the arguments that it has."""
    said = column(node.function, which) if isinstance(node, Call) else None
    if said is None or not isinstance(node, Call):
        return None
    return substitute(said, {Name(each): arg for each, arg in zip(ROWS[node.function].parameters, node.args)})
