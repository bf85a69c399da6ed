"""Derivatives for which the language has no words: those of zeta, and of Bessel functions by their order.

    derivative(parse("zeta(x)**2").node, "x")     # a tree that numeric.evaluate knows, and nobody is shown

The rules do the rest of the expression; here stand the functions that they have no formula for, whose values are
Taylor coefficients that ``numeric`` computes with bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from calcgrad.calculus import numeric
from calcgrad.calculus.arithmetic import ONE, over, plus, times
from calcgrad.calculus.rules import NoClosedForm, Rule, Step, derive
from calcgrad.expression.tree import Call, Node, Number, integer, names_in


def derivative(root: Node, name: str) -> Node | None:
    """d/d``name`` of a scalar tree; None where not even numbers are known."""
    return derive(root, name, otherwise=_step).after


@dataclass(frozen=True, eq=False)
class _Total(Step):
    """The sum of a function's derivatives by each of its arguments that moves, times how it moves."""

    rule = Rule("total derivative", "")

    def combine(self, derivatives: list[Node]) -> Node:
        assert isinstance(self.before, Call)
        moving = (i for i, part in enumerate(self.before.args) if self.name in names_in(part))
        partials = (_partial(self.before, i) for i in moving)
        return plus(
            (1, times(outer, inner)) for outer, inner in zip(partials, derivatives) if outer is not None
        )


def _step(node: Call, name: str, inside: Callable[[Node], Step]) -> Step:
    moving = [i for i, part in enumerate(node.args) if name in names_in(part)]
    if any(_partial(node, i) is None for i in moving):
        return NoClosedForm(node, name)
    return _Total(node, name, tuple(inside(node.args[i]) for i in moving))


def _partial(node: Call, i: int) -> Node | None:
    """Of a function, or of a coefficient c(n) of its series, by its i-th argument: (n + 1)*c(n + 1) by the first."""
    function, args, n = node.function, node.args, 0
    if function in numeric.NAMELESS:
        function, index, args = numeric.NAMELESS[function], args[0], args[1:]
        assert isinstance(index, Number)
        n, i = int(index.value), i - 1
    if function not in numeric.COEFFICIENTS:
        return None
    name = numeric.COEFFICIENTS[function]
    if i == 0:
        return times(integer(n + 1), Call(name, (integer(n + 1), *args)))
    order, x = args  # a Bessel function: half of that of order - 1 less that of order + 1 (DLMF 10.6.1)
    before, after = (plus(((1, order), (sign, ONE))) for sign in (-1, 1))
    return over(
        plus(((1, Call(name, (integer(n), before, x))), (-1, Call(name, (integer(n), after, x))))), integer(2)
    )
