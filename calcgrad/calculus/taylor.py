"""Taylor polynomials, exact: what a function is near a point but for o((x - a)**n).

polynomial(parse("sin(x)").node, "x", Number(0), 3)         # the tree of x - x**3/6
"""

from __future__ import annotations

from calcgrad.calculus import limits, numeric, symbolic
from calcgrad.calculus.arithmetic import plus, power, times
from calcgrad.calculus.multiseries import constants
from calcgrad.calculus.multiseries.exact import NotReal, Undecided
from calcgrad.calculus.multiseries.expansion import expand
from calcgrad.expression.tree import Call, Name, Node, Number, integer, substitute, text


def polynomial(root: Node, name: str, place: Node, degree: int) -> Node:
    """The polynomial of this degree, or less, that f is on both sides of a point, in powers of x - a.

    Raises NotReal where f has none, and Undecided where none is known. What is not defined at the point itself has the
    polynomial of its limit there.
    """
    away = plus(((1, Name(name)), (-1, place)))
    left, right = (one_sided(root, name, place, side, degree) for side in (-1, 1))
    for k in range(degree + 1):
        if not _are_equal(left.get(k, Number(0)), right.get(k, Number(0))):
            raise NotReal("undefined", f"its sides differ in the term with {text(_power(away, k))}")
    here = substitute(root, {Name(name): place})
    defined = not isinstance(symbolic.evaluate(here), numeric.Undefined)
    if defined and not _are_equal(here, right.get(0, Number(0))):
        raise NotReal("undefined", "f jumps")
    return plus((1, times(right[k], _power(away, k))) for k in sorted(right))


def _are_equal(one: Node, other: Node) -> bool:
    return constants.is_zero(constants.of(one) - constants.of(other))


def _power(base: Node, k: int) -> Node:
    return Number(1) if k == 0 else power(base, integer(k))


def one_sided(root: Node, name: str, place: Node, side: int, degree: int) -> dict[int, Node]:
    """The coefficients of powers of x - a that are not zero, on one side of a. Raises NotReal and Undecided."""
    found = expand(root, name, place, side, degree + 2)
    away = plus(((1, Name(name)), (-1, place)))
    known = {_power(away, k): k for k in range(degree + 1)}
    made: dict[int, Node] = {}
    for coefficient, scale in found.terms:
        if scale not in known:
            if not _is_less(scale, away, name, place, side, degree):
                raise NotReal("undefined", "its expansion is not one in whole powers")
            return made
        made[known[scale]] = coefficient
    if found.remainder is not None and not _is_less(found.remainder, away, name, place, side, degree):
        raise Undecided("its expansion is not known so far")
    return made


def _is_less(scale: Node, away: Node, name: str, place: Node, side: int, degree: int) -> bool:
    """Is it o((x - a)**degree)?"""
    ratio = scale if degree == 0 else Call("/", (scale, _power(away, degree)))
    return bool(limits.one_sided(ratio, name, place, side).value == 0)
