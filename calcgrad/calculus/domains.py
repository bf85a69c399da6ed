"""Whether a function has a real value anywhere at all.

    nowhere(parse("log(-x**2)").node)        # "not-real"

Of such a function there is nothing to differentiate, though rules and SymPy alike give a formula: 2/x.
"""

from __future__ import annotations

from fractions import Fraction

import sympy

from calcgrad.calculus import numeric, symbolic
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Call, Name, Node, names_in, operations, postorder, substitute, variables

_PLACES = tuple(Fraction(each) for each in ("37/29", "-48/29", "3/31", "-5/31", "191/31", "-907/29"))
_SIMPLE = 20  # operations of a condition that SymPy is asked about


def nowhere(root: Node) -> str:
    """Why ``root`` has no value whatever its variables are: undefined or not-real; '' where it may have one.

    Numbers find the call that has no value at any place, and algebra must prove that it never has one.
    """
    if not names_in(root):
        value = symbolic.evaluate(root, 5)
        return value.kind if isinstance(value, numeric.Undefined) and value.kind != "too-large" else ""
    culprits: dict[Node, str] = {}
    for place in _PLACES:
        value = numeric.evaluate(root, 5, dict.fromkeys(variables(root), place), limit=60)
        if not isinstance(value, numeric.Undefined):
            return ""
        culprits[value.node] = value.kind
    if any(isinstance(node, Call) and node.function == "Piecewise" for node in postorder(root)):
        return ""  # a branch without a value says nothing of the others
    return next((kind for node, kind in culprits.items() if _outside(node)), "")


def _outside(node: Node) -> bool:
    """Are the arguments of a call out of its domain whatever the variables are?"""
    row = ROWS.get(node.function) if isinstance(node, Call) else None
    if row is None or not row.domain:
        return False
    domain = parse(row.domain, condition=True).node
    inside = substitute(domain, {Name(p): arg for p, arg in zip(row.parameters, node.args)})  # type: ignore[union-attr]
    if operations(inside) > _SIMPLE:
        return False
    try:
        return symbolic.to_sympy(inside) is sympy.false
    except symbolic.FAILURES:
        return False
