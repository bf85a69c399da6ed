"""Is an expression zero wherever others are? By division with remainder, as a proof.

vanishes_with(parse("x^3 + x*y^2 - x").node, parse("x^2 + y^2 - 1").node)       # True: it is x times that
"""

from __future__ import annotations

from typing import Any

import sympy

from calcgrad.calculus import symbolic
from calcgrad.expression.tree import Node


def vanishes_with(tree: Node, *zeros: Node) -> bool:
    """Is a tree proved to be 0 where all of these are, and it has a value? False says nothing."""
    expression, *known = (_with_whole_parts_apart(symbolic.to_sympy(each)) for each in (tree, *zeros))
    forms = (expression, sympy.expand(expression), sympy.expand_trig(expression))
    return any(each == 0 or _is_multiple(each, known) for each in forms)


def _with_whole_parts_apart(expression: Any) -> Any:
    """x^y/x of x^(y - 1), which SymPy leaves because of x = 0."""

    def apart(base: Any, exponent: Any) -> Any:
        whole, rest = exponent.as_coeff_Add()
        return base**rest * base**whole if whole.is_Integer and rest != 0 else base**exponent

    return expression.replace(sympy.Pow, apart)


def _is_multiple(expression: Any, zeros: list[Any]) -> bool:
    """Is the numerator a combination of the zeros' numerators? (Cox, Little and O'Shea, Ideals, 2.3: division.)"""
    tops = [sympy.fraction(sympy.together(each))[0] for each in (expression, *zeros)]
    try:
        marked = sympy.Poly(sum(sympy.Dummy() * each for each in tops)).gens
        gens = [each for each in marked if not isinstance(each, sympy.Dummy)]
        return bool(sympy.reduced(tops[0], tops[1:], *gens, order="grevlex")[1] == 0)
    except symbolic.FAILURES:
        return False
