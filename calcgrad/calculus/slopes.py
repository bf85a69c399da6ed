"""The slope of f on one side of a point: the limit of its difference quotient.

slope(parse("softplus(cbrt(x))").node, "x", Number(0), 1, parse("log(2)").node).value      # oo
"""

from __future__ import annotations

from calcgrad.calculus import derivatives, limits
from calcgrad.calculus.kinks import kink_condition
from calcgrad.calculus.multiseries import germs
from calcgrad.calculus.multiseries.exact import NotReal, Undecided
from calcgrad.expression.tree import COMPARISONS, Call, Name, Node, Number, names_in, postorder, substitute

_H = "h_0"  # no user's names: trees are substituted first
_TRUTHS = {*COMPARISONS, "&", "|", "~"}


def slope(root: Node, name: str, place: Node, side: int, here: Node) -> limits.OneSided:
    """lim (f(p + side*h) - f(p))/(side*h) as h falls to 0, where f(p) is ``here``."""
    moved = substitute(root, {Name(name): Call("+" if side > 0 else "-", (place, Name(_H)))})
    rise = moved if here is Number(0) else Call("-", (moved, here))
    run: Node = Name(_H) if side > 0 else Call("neg", (Name(_H),))
    return limits.one_sided(Call("/", (rise, run)), _H, Number(0), 1)


def derivative(root: Node, name: str, place: Node, side: int) -> Node | None:
    """The formula of the derivative just to one ``side``; None where none is known to hold there."""
    if not _is_settled(root, name, place, side):
        return None
    return derivatives.derivative(root, [name]).tree


def _is_settled(root: Node, name: str, place: Node, side: int) -> bool:
    """Is f free of kinks just beside the point, so that its formula holds there?"""
    for node in postorder(root):
        if not isinstance(node, Call) or name not in names_in(node) or node.function in _TRUTHS:
            continue
        if kink_condition(node, [name]) is not None:
            try:
                phases = germs.germ(node, name, place, side).arithmetic.phases
            except (NotReal, Undecided, RecursionError):
                return False
            if phases.angles or phases.steps:
                return False
    return True
