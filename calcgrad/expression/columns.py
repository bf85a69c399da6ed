"""What the catalogue says of a function, as trees: its domain, its kinks, its definition.

column("log", "domain")                                 # the tree of x > 0
said_of(parse("log(y + 1)").node, "domain")             # the tree of y + 1 > 0
"""

from __future__ import annotations

from functools import cache

from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Call, Name, Node, substitute

CONDITIONS = ("domain", "kinks")


@cache
def column(function: str, which: str) -> Node | None:
    """A column of the function's row, over the row's parameters; None where it says nothing."""
    words = getattr(ROWS.get(function), which, "")
    return parse(words, condition=which in CONDITIONS).node if words else None


def said_of(node: Node, which: str) -> Node | None:
    """The same, of a call with the arguments that it has."""
    said = column(node.function, which) if isinstance(node, Call) else None
    if said is None or not isinstance(node, Call):
        return None
    return substitute(said, {Name(each): arg for each, arg in zip(ROWS[node.function].parameters, node.args)})
