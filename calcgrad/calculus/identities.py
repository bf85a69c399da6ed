"""Whether two expressions are proved to be equal, by algebra alone: no number is tried.

are_equal(f, parse("2*sin(x)*cos(x)").node, parse("sin(2*x)").node, "x", ["x"])        # True

Their difference is reduced to zero: as it stands, or, where moduli and steps are in the way, in each cell between the
places where any of them changes. False says that this was not possible, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.functions.elementary.trigonometric import TrigonometricFunction

from calcgrad.calculus import functions, numeric, symbolic
from calcgrad.calculus.cells import branch_at, cells
from calcgrad.expression.tree import Name, Node, Number, rational, substitute

_LARGE = 10**6
_CIRCULAR = (TrigonometricFunction, HyperbolicFunction)
_BASES = (sympy.tan, sympy.exp)  # in which identities that simplify does not see may become visible


def are_equal(root: Node, derivative: Node | None, wanted: Node, name: str, names: Sequence[str]) -> bool:
    """Is ``derivative``, that of ``root``, equal to ``wanted`` wherever ``root`` has a value?"""
    if derivative is None:
        return False
    try:
        gap = symbolic.to_sympy(derivative) - symbolic.to_sympy(wanted)
        if _vanishes(gap):
            return True
        if list(names) != [name]:
            return False
        seen: set[Any] = set()
        found = cells((root, derivative, wanted), name, [Number(0)])
        if found.unsettled is not None:
            return False
        for sample in found.samples:
            if _is_undefined(substitute(root, {Name(name): rational(sample)})):
                continue
            x, t = symbolic.symbol(name), sympy.Symbol("t_0", positive=True)
            one, other = (symbolic.to_sympy(branch_at(each, name, sample)) for each in (derivative, wanted))
            gap = (one - other).subs(x, t if sample > 0 else -t)
            if gap not in seen and not _vanishes(gap):
                return False
            seen.add(gap)
        return True
    except symbolic.FAILURES:
        return False


def _is_undefined(here: Node) -> bool:
    value = symbolic.evaluate(here)
    return isinstance(value, numeric.Undefined) and value.kind != "too-large"


def _vanishes(gap: Any) -> bool:
    gap = gap.rewrite((functions.sigmoid, functions.softplus), "exp")
    if gap == 0 or sympy.expand(gap) == 0:
        return True
    if any(max(abs(int(each.p)), int(each.q)) > _LARGE for each in gap.atoms(sympy.Rational)):
        return False  # simplify would raise integers to powers with denominators of many digits
    if sympy.simplify(gap) == 0:
        return True
    return any(sympy.simplify(gap.rewrite(base)) == 0 for base in _BASES if gap.has(*_CIRCULAR))
