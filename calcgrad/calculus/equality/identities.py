"""Whether two expressions are proved to be equal, by algebra alone: no number is tried.

are_equal(f, parse("2*sin(x)*cos(x)").node, parse("sin(2*x)").node, "x", ["x"])        # True

Both are put in terms of independent generators, in every case of signs, or in each cell between the places where one of
them may change its branch; what that does not show, SymPy may. False says that this was not possible, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.functions.elementary.trigonometric import TrigonometricFunction

from calcgrad.calculus import functions, kinks, numeric, symbolic
from calcgrad.calculus.cells import branch_at, cells, indicator
from calcgrad.calculus.domains import jumps
from calcgrad.calculus.equality.generators import everywhere, near
from calcgrad.expression.tree import Call, Name, Node, names_in, postorder, rational, substitute

_LARGE = 10**6
_PLACES = tuple(
    Fraction(each) for each in ("0", "1", "-1", "2", "1/2", "-2", "-1/2", "3", "-3")
)  # simple constants
_FEW = 3  # of them in a cell
_CIRCULAR = (TrigonometricFunction, HyperbolicFunction)
_BASES = (sympy.tan, sympy.exp)  # in which identities that simplify does not see may become visible


def are_equal(
    root: Node,
    derivative: Node | None,
    wanted: Node,
    name: str,
    names: Sequence[str],
    assumed: Sequence[Node] = (),
) -> bool:
    """Is ``derivative``, that of ``root``, equal to ``wanted`` wherever ``root`` has a value and what is ``assumed``
    holds?"""
    if derivative is None or any(_jumps_beside(node, name) for node in postorder(root)):
        return False
    try:
        one, other = map(symbolic.to_sympy, (derivative, wanted))
        gap = one - other
        if gap == 0 or sympy.expand(gap) == 0 or everywhere(root, one, other, name, assumed):
            return True
        if list(names) == [name] and _in_cells(root, derivative, wanted, name, assumed):
            return True
        return _vanishes(gap)
    except symbolic.FAILURES:
        return False


def _jumps_beside(node: Node, name: str) -> bool:
    """Does a part jump when a parameter moves? There no formula that was tidied need be right."""
    return isinstance(node, Call) and jumps(node) and bool(names_in(node)) and name not in names_in(node)


def _in_cells(root: Node, derivative: Node, wanted: Node, name: str, assumed: Sequence[Node]) -> bool:
    """Are both equal in each cell in which ``root`` has a value and what is ``assumed`` holds?

    There they are analytic, so that what holds near a place holds in all of the cell.
    """
    found = cells((root, derivative, wanted, *map(indicator, assumed)), name)
    if found.unsettled is not None:
        return False
    ends = [None, *found.cuts, None]
    for sample, low, high in zip(found.samples, ends, ends[1:], strict=False):
        here: dict[Node, Node] = {Name(name): rational(sample)}
        if _is_undefined(substitute(root, here)) or any(
            kinks.truth(substitute(each, here)) is False for each in assumed
        ):
            continue
        one, other = (symbolic.to_sympy(branch_at(each, name, sample)) for each in (derivative, wanted))
        if one - other == 0:
            continue
        within = [
            place
            for place in dict.fromkeys((*_PLACES, sample))
            if (low is None or low.high < place) and (high is None or place < high.low)
        ]
        if not any(near(one, other, name, place) for place in within[:_FEW]):
            return False
    return True


def _is_undefined(here: Node) -> bool:
    return numeric.has_no_value(symbolic.evaluate(here))


def _vanishes(gap: Any) -> bool:
    gap = gap.rewrite((functions.sigmoid, functions.softplus), "exp")
    if gap == 0 or sympy.expand(gap) == 0:
        return True
    if any(max(abs(int(each.p)), int(each.q)) > _LARGE for each in gap.atoms(sympy.Rational)):
        return False  # simplify would raise integers to powers with denominators of many digits
    if sympy.simplify(gap) == 0:
        return True
    return any(sympy.simplify(gap.rewrite(base)) == 0 for base in _BASES if gap.has(*_CIRCULAR))
