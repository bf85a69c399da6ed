"""What a function is like just to one side of a point: real or not, and which branches it takes.

    approach(parse("abs(x)/x").node, "x", Number(0), -1).tree      # the tree of -x/x, as seen from the left

abs, sign, floor, max, where and the like are replaced by the branch they take on that side, decided in
high-precision numbers on a ladder of points that run into the limit, so that what is left is smooth and a
symbolic limit can be trusted with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from calcgrad.calculus import numeric, symbolic
from calcgrad.expression.arrays import constant
from calcgrad.expression.columns import said_of
from calcgrad.expression.tree import (
    COMPARISONS,
    FALSE,
    INFINITY,
    PI,
    TRUE,
    Call,
    Index,
    List,
    Name,
    Node,
    Number,
    children,
    integer,
    is_infinite,
    names_in,
    postorder,
    rational,
    rebuild,
    substitute,
)

# distances from the point: powers of ten with multipliers that nothing is periodic in
_MULTIPLIERS = (Fraction(7, 10), Fraction(31, 37), Fraction(53, 97), Fraction(89, 127), Fraction(61, 71))
LADDER = tuple(
    multiplier * Fraction(1, 10**power)
    for power, multiplier in zip((3, 5, 8, 11, 15, 20, 27, 36), _MULTIPLIERS * 2)
)  # fmt: skip
INFINITE_LADDER = tuple(
    multiplier * 10**power + Fraction(3, 11)
    for power, multiplier in zip((1, 2, 3, 5, 7, 10, 15, 21), _MULTIPLIERS * 2)
)

BRANCHING = {
    "abs",
    "sign",
    "floor",
    "ceiling",
    "Max",
    "Min",
    "Piecewise",
    "Heaviside",
    "relu",
    "acot",
    "hypot",
    "cbrt",
    "root",
    "atan2",
}
MAX_SCALE = 3_000  # digits: constants beyond are not outrun


@dataclass(frozen=True)
class Side:
    """One side of a point. ``tree`` is free of branches where ``settled``; ``real`` tells whether the
    function has real values all the way in (None: on some rungs only, or not known)."""

    tree: Node
    real: bool | None
    kind: str  # of what is missing where not real: undefined or not-real
    settled: bool
    values: tuple[numeric.Value, ...]  # along the ladder, nearest last


def rungs(point: Node, side: int, scale: int = 0) -> Iterator[Node]:
    """Points running into ``point`` from ``side`` (-1 from the left, 1 from the right); oo is +-point.

    The last rungs are ``scale`` powers of ten further in.
    """
    further = [1, 1, 1, 1, *[10**scale] * 4]
    if is_infinite(point):
        direction = 1 if point is INFINITY else -1
        for rung, factor in zip(INFINITE_LADDER, further, strict=True):
            yield rational(direction * rung * factor)
    else:
        for rung, factor in zip(LADDER, further, strict=True):
            yield place(point, side * rung / factor)


def scale(root: Node) -> int:
    """Powers of ten by which the ladder must be longer to outrun the constants of an expression.

    One more than ``MAX_SCALE`` stands for all that are too many.
    """
    most = 0
    for node in postorder(root):
        if names_in(node) or isinstance(node, List | Index) or (isinstance(node, Name) and node is not PI):
            continue
        value = numeric.evaluate(node, 5, limit=40)
        if isinstance(value, Fraction | numeric.Ball) and numeric.sign(value):
            most = max(most, abs(int(numeric.mp.mag(numeric.as_mpf(value, 10)))) * 3 // 10)
    return min(2 * most, MAX_SCALE + 1) if most > 8 else 0


def place(point: Node, offset: Fraction) -> Node:
    """point + offset as a tree, exact where the point is rational."""
    value = constant(point)
    return Call("+", (point, rational(offset))) if value is None else rational(value + offset)


def approach(root: Node, variable: str, point: Node, side: int) -> Side:
    """Look at ``root`` from one side of ``point``."""
    further = scale(root)
    if further > MAX_SCALE:
        return Side(root, None, "", False, ())
    places = list(rungs(point, side, further))
    values = tuple(
        numeric.evaluate(substitute(root, {Name(variable): each}), 20, limit=400) for each in places
    )
    near = values[-4:]
    missing = [value for value in near if isinstance(value, numeric.Undefined) and value.kind != "too-large"]
    real = not missing if len(missing) in (0, len(near)) else None
    kind = missing[-1].kind if missing else ""
    tree, settled = _resolve(root, variable, places[-4:])
    return Side(tree, real, kind, settled, values)


def _resolve(root: Node, variable: str, places: list[Node]) -> tuple[Node, bool]:
    """Replace each branching call by what it is on all of ``places``; False where it changes between them."""
    done: dict[Node, Node] = {}
    settled = True
    for node in postorder(root):
        made = rebuild(node, tuple(done[part] for part in children(node)))
        if isinstance(node, Call) and node.function in BRANCHING and _oscillates(node, variable, places):
            settled = False
        elif isinstance(node, Call) and node.function in BRANCHING and variable in names_in(node):
            branch = _branch(node, made, variable, places)
            if branch is None:
                settled = False
            else:
                made = branch
        elif isinstance(node, Call) and node.function in COMPARISONS and variable in names_in(node):
            truth = _stable([_truth(node, variable, each) for each in places])
            if isinstance(truth, bool):
                made = TRUE if truth else FALSE
        done[node] = made
    return done[root], settled


def _oscillates(node: Call, variable: str, places: list[Node]) -> bool:
    """Does a branch hang on something periodic whose argument grows without end on the way?"""
    deciding = node.args[1::2] if node.function == "Piecewise" else node.args
    for part in dict.fromkeys(part for root in deciding for part in postorder(root)):
        if (angle := said_of(part, "waves")) is not None and variable in names_in(angle):
            first, last = (
                numeric.evaluate(substitute(angle, {Name(variable): each}), 5, limit=60)
                for each in (places[0], places[-1])
            )
            if not isinstance(first, Fraction | numeric.Ball) or not isinstance(
                last, Fraction | numeric.Ball
            ):
                return True
            if abs(numeric.as_mpf(last, 10)) > 1000 * (1 + abs(numeric.as_mpf(first, 10))):
                return True
    return False


def _truth(node: Node, variable: str, at: Node) -> numeric.Value:
    return symbolic.evaluate(substitute(node, {Name(variable): at}))


def _stable(values: list[object]) -> object | None:
    return (
        values[0] if all(type(value) is type(values[0]) and value == values[0] for value in values) else None
    )


def _sign_at(node: Node, variable: str, at: Node) -> int | None:
    return numeric.sign(symbolic.evaluate(substitute(node, {Name(variable): at}), 5))


def _angle(node: Call, args: tuple[Node, ...], variable: str, places: list[Node]) -> Node | None:
    """atan2(y, x) by the sign of x, as an arctangent."""
    above = _stable_sign(node.args[0], variable, places)
    right = _stable_sign(node.args[1], variable, places)
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


def _stable_sign(node: Node, variable: str, places: list[Node]) -> int | None:
    found = _stable([_sign_at(node, variable, each) for each in places])
    return found if isinstance(found, int) else None


def _branch(node: Call, made: Node, variable: str, places: list[Node]) -> Node | None:
    """The branch of one call on a side: ``made`` is the call with its arguments already resolved."""
    assert isinstance(made, Call)
    name, args = node.function, made.args
    if name == "Piecewise":
        for value, condition in zip(args[::2], args[1::2], strict=True):
            if condition is TRUE:
                return value
            if condition is not FALSE:
                truth = _stable([_truth(condition, variable, each) for each in places])
                if truth is True:
                    return value
                if truth is not False:
                    return None
        return None
    if name in ("Max", "Min"):
        best = 0
        for index in range(1, len(args)):
            sign = _stable_sign(Call("-", (node.args[index], node.args[best])), variable, places)
            if sign is None:
                return None
            if sign == (1 if name == "Max" else -1):
                best = index
        return args[best]
    if name in ("floor", "ceiling"):
        step = _stable([symbolic.evaluate(substitute(node, {Name(variable): each})) for each in places])
        if isinstance(step, Fraction):
            return integer(int(step))
        if isinstance(step, numeric.Ball) or step is None:
            steps = [symbolic.evaluate(substitute(node, {Name(variable): each})) for each in places]
            mids = {int(numeric.mp.nint(each.mid)) for each in steps if isinstance(each, numeric.Ball)}
            if len(mids) == 1 and all(isinstance(each, numeric.Ball) for each in steps):
                return integer(mids.pop())
        return None
    if name == "atan2":
        return _angle(node, args, variable, places)
    if name == "hypot":
        squares = tuple(Call("**", (arg, Number(2))) for arg in args)
        return Call("sqrt", (Call("+", squares),))
    sign = _stable_sign(node.args[0], variable, places)
    if sign is None:
        return None
    inner = args[0]
    match name:
        case "cbrt":
            return _real_root(inner, Number(3), sign)
        case "root":
            odd = (n := constant(args[1])) is not None and n.denominator == 1 and n % 2 == 1
            return _real_root(inner, args[1], sign) if odd or sign > 0 else None
        case "abs":
            return inner if sign > 0 else Call("neg", (inner,)) if sign < 0 else Number(0)
        case "sign":
            return integer(sign)
        case "Heaviside":
            return rational(Fraction(sign + 1, 2))
        case "relu":
            return inner if sign > 0 else Number(0)
        case "acot":
            return Call("atan", (Call("/", (Number(1), inner)),)) if sign else Call("/", (PI, Number(2)))
    return None
