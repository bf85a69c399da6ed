"""What a function is like just to one side of a point: real or not, and which branches it takes.

    approach(parse("abs(x)/x").node, "x", Number(0), -1).tree      # the tree of -x/x, as seen from the left

abs, sign, floor, max, where and the like are replaced by the branch that they take all the way, which the expansion
of their arguments proves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from calcgrad.calculus.multiseries import germs
from calcgrad.calculus.multiseries.exact import NotReal, Undecided
from calcgrad.expression.arrays import constant
from calcgrad.expression.tree import (
    COMPARISONS,
    FALSE,
    PI,
    TRUE,
    Call,
    Node,
    Number,
    children,
    names_in,
    postorder,
    rational,
    rebuild,
)

_TRUTHS = {*COMPARISONS, "&", "|", "~"}
_BRANCHING = {
    "abs", "sign", "floor", "ceiling", "Max", "Min", "Piecewise", "Heaviside", "relu", "acot", "hypot", "cbrt", "root",
    "atan2",
}  # fmt: skip
_Known = TypeVar("_Known")


@dataclass(frozen=True)
class Side:
    """One side of a point. ``tree`` is free of branches where ``settled``; ``real`` tells whether the function has
    real values all the way in (None: not known)."""

    tree: Node
    real: bool | None
    settled: bool


def place(point: Node, offset: Fraction) -> Node:
    """point + offset as a tree, exact where the point is rational."""
    value = constant(point)
    return Call("+", (point, rational(offset))) if value is None else rational(value + offset)


def approach(root: Node, variable: str, point: Node, side: int) -> Side:
    """Look at ``root`` from one side of ``point`` (at oo and -oo there is only one)."""
    real: bool | None = True
    try:
        germs.germ(root, variable, point, side)
    except NotReal:
        real = False
    except (Undecided, RecursionError):
        real = None
    tree = _Branches(variable, point, side).taken(root)
    return Side(root if tree is None else tree, real, tree is not None)


def sign(node: Node, variable: str, point: Node, side: int) -> int | None:
    """The sign that a function has on one side, all the way; None where it has none, or none is known."""
    return _if_known(lambda: germs.germ(node, variable, point, side).sign())


def holds(condition: Node, variable: str, point: Node, side: int) -> bool | None:
    """Does a condition hold on one side, all the way? None where it is not known."""
    return _if_known(lambda: germs.holds(condition, variable, point, side))


def _if_known(ask: Callable[[], _Known]) -> _Known | None:
    try:
        return ask()
    except (NotReal, Undecided, RecursionError):
        return None


class _Branches:
    """The branches that are taken on one side of a point."""

    def __init__(self, variable: str, point: Node, side: int) -> None:
        self.variable = variable
        self.of = variable, point, side

    def taken(self, root: Node) -> Node | None:
        """``root`` with each branching call replaced by what it is there; None where that is not known of one."""
        done: dict[Node, Node | None] = {}
        for node in postorder(root):
            parts = [done[part] for part in children(node)]
            moves = isinstance(node, Call) and self.variable in names_in(node)
            if isinstance(node, Call) and moves and node.function in _TRUTHS:
                truth = holds(node, *self.of)
                done[node] = None if truth is None else TRUE if truth else FALSE
            elif isinstance(node, Call) and moves and node.function == "Piecewise":
                done[node] = self._case(parts)
            elif any(part is None for part in parts):
                done[node] = None
            else:
                made = rebuild(node, tuple(part for part in parts if part is not None))
                branches = isinstance(node, Call) and moves and node.function in _BRANCHING
                done[node] = self._branch(node, made) if branches else made
        return done[root]

    def _case(self, parts: list[Node | None]) -> Node | None:
        for value, condition in zip(parts[::2], parts[1::2], strict=True):
            if condition is not FALSE:
                return value if condition is TRUE else None
        return None

    def _sign(self, node: Node) -> int | None:
        return sign(node, *self.of)

    def _branch(self, node: Node, made: Node) -> Node | None:
        """The branch of one call: ``made`` is the call with its arguments already resolved."""
        assert isinstance(node, Call) and isinstance(made, Call)
        args = made.args
        match node.function:
            case "Max" | "Min":
                return self._extreme(node, args)
            case "sign" | "Heaviside" | "floor" | "ceiling":
                value = _if_known(lambda: germs.germ(node, *self.of).value)
                return rational(value) if isinstance(value, Fraction) else None
            case "atan2":
                return self._angle(node, args)
            case "hypot":
                squares = tuple(Call("**", (arg, Number(2))) for arg in args)
                return Call("sqrt", (Call("+", squares),))
        side, inner = self._sign(node.args[0]), args[0]
        if side is None:
            return None
        match node.function:
            case "cbrt":
                return _real_root(inner, Number(3), side)
            case "root":
                n = constant(args[1])
                odd = n is not None and n.denominator == 1 and n % 2 == 1
                return _real_root(inner, args[1], side) if odd or side > 0 else None
            case "abs":
                return inner if side > 0 else Call("neg", (inner,)) if side < 0 else Number(0)
            case "relu":
                return inner if side > 0 else Number(0)
        assert node.function == "acot"
        return Call("atan", (Call("/", (Number(1), inner)),)) if side else Call("/", (PI, Number(2)))

    def _extreme(self, node: Call, args: tuple[Node, ...]) -> Node | None:
        best = 0
        for index in range(1, len(args)):
            side = self._sign(Call("-", (node.args[index], node.args[best])))
            if side is None:
                return None
            if side == (1 if node.function == "Max" else -1):
                best = index
        return args[best]

    def _angle(self, node: Call, args: tuple[Node, ...]) -> Node | None:
        """atan2(y, x) by the sign of x, as an arctangent."""
        above, right = map(self._sign, node.args)
        if above is None or right is None:
            return None
        half_turn: Node = PI if above >= 0 else Call("neg", (PI,))
        if right == 0:
            return Call("/", (half_turn, Number(2))) if above else None
        angle = Call("atan", (Call("/", args),))
        return angle if right > 0 else Call("+", (angle, half_turn))


def _real_root(inner: Node, n: Node, sign: int) -> Node:
    """The principal power that an odd root is on one side of its zero."""
    power = Call("/", (Number(1), n))
    if sign < 0:
        return Call("neg", (Call("**", (Call("neg", (inner,)), power)),))
    return Call("**", (inner, power)) if sign else Number(0)
