"""What a function is just beside a point: the branch that is taken there has the function's own values."""

from __future__ import annotations

from fractions import Fraction

import pytest

from calcgrad.calculus import numeric
from calcgrad.calculus.sides import approach
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Call, Node, Number, postorder

_BRANCHING = {
    "abs", "sign", "floor", "ceiling", "Max", "Min", "Piecewise", "Heaviside", "relu", "acot", "hypot", "cbrt", "root",
    "atan2",
}  # fmt: skip


def _value(node: Node, x: Fraction) -> numeric.Value:
    return numeric.evaluate(node, 20, {"x": x})


@pytest.mark.parametrize(
    "f",
    [
        "abs(x)/x", "max(x, -x, x^2)", "min(x, 2*x, x^3)", "max(2, x)", "atan2(x, -1)", "atan2(x, 1)", "atan2(1, x)",
        "atan2(-1, x)", "atan2(x, x)", "atan2(-x, x^2)", "atan2(1, 0*x)", "hypot(x, x-1)", "root(x, 5)",
        "root(x^2, 4)", "cbrt(x^3-x)", "cbrt(x-x)", "relu(x)", "acot(x)", "acot(0*x)", "floor(x)", "ceil(x)+x",
        "heaviside(-x)", "where(x<0, 1/x, x)", "where(x>1, 1, where(x>=0, x, -x))", "abs(x-x)", "sign(sin(x))*x",
    ],
)  # fmt: skip
def test_the_branch_has_the_values_of_the_function(f: str) -> None:
    root = parse(f).node
    for side in (-1, 1):
        seen = approach(root, "x", Number(0), side)
        words = {node.function for node in postorder(seen.tree) if isinstance(node, Call)}
        assert seen.settled and seen.real and not words & _BRANCHING, f
        for x in (Fraction(side, 50), Fraction(side, 10**6)):
            one, other = _value(root, x), _value(seen.tree, x)
            assert isinstance(one, Fraction | numeric.Ball) and isinstance(other, Fraction | numeric.Ball), (
                f,
                x,
            )
            assert abs(numeric.as_mpf(one, 30) - numeric.as_mpf(other, 30)) < 1e-15, (f, x)


def test_no_branch_is_taken_where_none_lasts() -> None:
    wave = "x*sin(1/x)"
    for f in (
        f"relu({wave})",
        f"max(x, {wave})",
        f"atan2(x, {wave})",
        "atan2(0*x, 0*x)",
        f"where({wave}>0, 1, x)",
    ):
        root = parse(f).node
        seen = approach(root, "x", Number(0), 1)
        assert (seen.tree, seen.settled) == (root, False), f
    assert approach(parse("root(x, 4)").node, "x", Number(0), -1).real is False
