"""Ways into a point of the plane: lines and curves, coordinates in which it may be easier, and the weights of both.

[path.equation for path in paths(frame, weights(tree, ("x", "y")))]      # "y = 0, x > 0", ...
next(frames(frame, ("x", "y")))                  # of sin(1/(y - x**2)): y - x**2 in the place of y
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any

import sympy

from calcgrad.calculus import limits, symbolic
from calcgrad.calculus.domains import condition_of, jumps
from calcgrad.expression.tree import (
    COMPARISONS,
    Call,
    Name,
    Node,
    Number,
    children,
    names_in,
    postorder,
    substitute,
    text,
)

T = "t_0"
_MOST_WEIGHTS = 8
_LARGEST = 24  # of a weight
_MOST_TERMS = 60
_MOST_FRAMES = 4
_NEW = Name("w_0")
Degrees = frozenset[tuple[Fraction, Fraction]]


@dataclass(frozen=True)
class Path:
    """A path into the point, x and y as functions of t -> 0+, with its equation, and the limit along it."""

    equation: str
    x: Node
    y: Node
    limit: Any = None  # a number of SymPy's
    oscillates: bool = False

    def along(self, frame: Frame) -> Node:
        """The function as it is along the path."""
        return substitute(frame.tree, {Name(frame.names[0]): self.x, Name(frame.names[1]): self.y})


@dataclass(frozen=True)
class Frame:
    """Coordinates around the point: ``x`` and ``y``, its distances from it, in terms of new ones by the same names.

    ``tree`` is the function in the new ones, whose origin is the point.
    """

    tree: Node
    x: Node
    y: Node
    names: tuple[str, str]
    point: tuple[Node, Node]

    def polar(self, weights: tuple[int | str, int | str]) -> str:
        """x and y in terms of a radius and an angle."""
        angles = (Call("cos", (Name("t"),)), Call("sin", (Name("t"),)))
        waves: dict[Node, Node] = {}
        for name, weight, wave in zip(self.names, weights, angles, strict=True):
            power = Name("r") if weight == 1 else Call("**", (Name("r"), _letter(weight)))
            waves[Name(name)] = Call("*", (power, wave))
        return ", ".join(
            f"{name} = {text(_shifted(place, substitute(move, waves)))}"
            for name, place, move in zip(self.names, self.point, (self.x, self.y), strict=True)
        )


def _letter(weight: int | str) -> Node:
    return Name(weight) if isinstance(weight, str) else Number(weight)


def _shifted(place: Node, move: Node) -> Node:
    if place is Number(0) or move is Number(0):
        return place if move is Number(0) else move
    if isinstance(move, Call) and move.function == "neg":
        return Call("-", (place, move.args[0]))
    return Call("+", (place, move))


def plain(moved: Node, names: tuple[str, str], point: tuple[Node, Node]) -> Frame:
    """The variables themselves."""
    return Frame(moved, Name(names[0]), Name(names[1]), names, point)


def frames(frame: Frame) -> Iterator[Frame]:
    """Others in which something of which the function is made, and that is 0 at the point, is a coordinate.

    Those come first in which the fewest sums are left that hold both.
    """
    todo, seen, count = [(0, 0, frame)], {frame.tree}, 1
    if (rooted := _of_roots(frame)) is not None:
        todo.append((0, 1, rooted))
    for _ in range(_MOST_FRAMES + 1):
        if not todo:
            return
        _, _, best = heappop(todo)
        if best is not frame:
            yield best
        for new in _next(best):
            if new.tree not in seen:
                seen.add(new.tree)
                count += 1
                heappush(todo, (len(list(_sums(new))), count, new))


def _sums(frame: Frame) -> Iterator[Call]:
    """Sums and comparisons of both coordinates."""
    for part in postorder(frame.tree):
        mixed = isinstance(part, Call) and part.function in ("+", "-", *COMPARISONS)
        if mixed and isinstance(part, Call) and names_in(part) == set(frame.names):
            yield part


def _of_roots(frame: Frame) -> Frame | None:
    """Cube roots in the place of x and y that the function has; None where it has none."""
    nodes = set(postorder(frame.tree))
    named = [Name(name) for name in frame.names if Call("cbrt", (Name(name),)) in nodes]
    if not named:
        return None
    letters: dict[Node, Node] = {Call("cbrt", (name,)): Name(f"w_{k}") for k, name in enumerate(named, 1)}
    back: dict[Node, Node] = dict(zip(letters.values(), named, strict=True))
    cubes: dict[Node, Node] = {name: Call("**", (name, Number(3))) for name in named}
    tree = substitute(substitute(substitute(frame.tree, letters), cubes), back)
    with suppress(*symbolic.ALL_FAILURES):
        tree = symbolic.from_sympy(sympy.cancel(symbolic.to_sympy(tree)))
    x, y = (substitute(each, cubes) for each in (frame.x, frame.y))
    return Frame(tree, x, y, frame.names, frame.point)


def _next(frame: Frame) -> Iterator[Frame]:
    """a*y + g(x), or a*x + g(y), in the place of y, or of x; where g is continuous, and 0 at 0."""
    for part in _sums(frame):
        try:
            whole = symbolic.to_sympy(Call("-", part.args) if part.function in COMPARISONS else part)
        except symbolic.ALL_FAILURES:
            continue
        for name, other in (frame.names[::-1], frame.names):
            y, x = symbolic.symbol(name), symbolic.symbol(other)
            slope = sympy.diff(whole, y)
            if slope.free_symbols or not slope.is_nonzero or slope.has(sympy.Derivative):
                continue
            rest = sympy.expand(whole - slope * y)
            if y in rest.free_symbols or not _is_path(rest, other) or sympy.diff(rest, x) == 0:
                continue
            old = symbolic.from_sympy((y - rest) / slope)
            marked = frame.tree if part.function in COMPARISONS else substitute(frame.tree, {part: _NEW})
            tree = substitute(marked, {Name(name): old})
            turned = {Name(name): old}
            x_now, y_now = (_tidy(substitute(each, turned)) for each in (frame.x, frame.y))
            yield Frame(substitute(tree, {_NEW: Name(name)}), x_now, y_now, frame.names, frame.point)


def _is_path(rest: Any, name: str) -> bool:
    """Is g continuous beside 0, and 0 there?"""
    tree = symbolic.from_sympy(rest)
    here: dict[Node, Node] = {Name(name): Number(0)}
    for node in postorder(tree):
        if isinstance(node, Call) and name in names_in(node):
            condition = condition_of(node)
            if jumps(node) or (condition is not None and not limits.holds_around(condition, (name,), here)):
                return False
    return bool(rest.subs(symbolic.symbol(name), 0) == 0)


# ------------------------------------------------------------------------------------------------- weights


def weights(root: Node, names: tuple[str, str]) -> list[tuple[int, int]]:
    """Whole p and q for which terms of a sum are alike where x and y are as r**p and r**q: edges of Newton polygons."""
    found: dict[tuple[int, int], None] = {(1, 1): None}
    done: dict[Node, Degrees] = {}
    for node in postorder(root):
        parts = [done.get(part, frozenset()) for part in children(node)]
        made = _degrees(node, parts, names)
        if isinstance(node, Call) and (node.function in ("+", "-", "Max", "Min", *COMPARISONS)):
            found |= dict.fromkeys(_edges(made))
        done[node] = made
    few = [each for each in found if max(each) <= _LARGEST]
    return sorted(few, key=lambda each: (sum(each), each))[:_MOST_WEIGHTS]


def _degrees(node: Node, parts: list[Degrees], names: tuple[str, str]) -> Degrees:
    """The exponents of x and y in the terms of a node; a function counts as its argument."""
    none: Degrees = frozenset({(Fraction(0), Fraction(0))})
    if isinstance(node, Name) and node.name in names:
        return frozenset({(Fraction(node.name == names[0]), Fraction(node.name == names[1]))})
    if not isinstance(node, Call) or not names_in(node) & set(names):
        return none
    match node.function:
        case "*":
            many = {(a + c, b + d) for a, b in parts[0] for c, d in parts[1]}
            return frozenset(many) if len(many) <= _MOST_TERMS else frozenset(_hull(many))
        case "/":
            if len(parts[1]) != 1:
                return parts[0]
            ((c, d),) = parts[1]
            return frozenset((a - c, b - d) for a, b in parts[0])
        case "**" | "sqrt" | "cbrt":
            exponent = {"sqrt": Fraction(1, 2), "cbrt": Fraction(1, 3)}.get(node.function)
            if exponent is None:
                value = symbolic.evaluate(node.args[1]) if not names_in(node.args[1]) else None
                exponent = value if isinstance(value, Fraction) else Fraction(1)
            return frozenset((a * exponent, b * exponent) for a, b in parts[0])
    together = frozenset().union(*parts)
    return together - none or none


def _hull(points: set[tuple[Fraction, Fraction]]) -> list[tuple[Fraction, Fraction]]:
    """The vertices of the polygon that face the origin, from the upper left to the lower right."""
    found: list[tuple[Fraction, Fraction]] = []
    for point in sorted(points):
        while len(found) > 1 and _turn(found[-2], found[-1], point) <= 0:
            found.pop()
        if not found or point[1] < found[-1][1] or point[0] == found[-1][0]:
            found.append(point) if not found or point[1] < found[-1][1] else None
    return found


def _turn(
    a: tuple[Fraction, Fraction], b: tuple[Fraction, Fraction], c: tuple[Fraction, Fraction]
) -> Fraction:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _edges(points: Degrees) -> Iterator[tuple[int, int]]:
    for (a, b), (c, d) in pairwise(_hull(set(points))):
        ratio = (b - d) / (c - a)
        yield ratio.numerator, ratio.denominator


# --------------------------------------------------------------------------------------------------- paths

# x and y as they go to 0 with t, from the right
_PATHS = (
    ("t", "0"), ("-t", "0"), ("0", "t"), ("0", "-t"), ("t", "t"), ("t", "-t"), ("-t", "t"), ("-t", "-t"), ("t", "2*t"),
    ("2*t", "t"), ("t", "-2*t"), ("t", "t**2"), ("t", "-t**2"), ("t**2", "t"), ("-t**2", "t"), ("t", "t**3"),
    ("t**3", "t"), ("t**2", "t**3"), ("t**3", "t**2"), ("t", "t**2 - t"), ("t**2 - t", "t"), ("t", "t + t**2"),
    ("t", "t**3 - t"), ("t", "t + t**3"), ("t", "t**4"), ("t**4", "t"), ("t", "2*t**2"), ("t", "t**2 + t**3"),
    ("t", "t**2 - t**4"), ("t", "exp(-1/t)"), ("exp(-1/t)", "t"),
)  # fmt: skip


def paths(frame: Frame, ratios: list[tuple[int, int]]) -> Iterator[Path]:
    """Lines and curves into the point, among them those on which the terms of a sum are alike."""
    from calcgrad.expression.parser import parse

    more: list[tuple[str, str]] = []
    for p, q in ratios:
        one, other = (f"t**{each}" if each > 1 else "t" for each in (p, q))
        more += [(one, other), (one, f"-{other}"), (f"-{one}", other), (f"-{one}", f"-{other}")]
        more += [(one, f"2*{other}"), (one, f"{other}/2"), (one, f"t**{q + 1}"), (f"t**{p + 1}", other)]
    for x, y in dict.fromkeys((*_PATHS, *more)):
        turned = {Name(name): parse(each).node for name, each in zip(frame.names, (x, y), strict=True)}
        right, up = (_tidy(substitute(each, turned)) for each in (frame.x, frame.y))
        way = (substitute(each, {Name("t"): Name(T)}) for each in (right, up))
        yield Path(_equation(frame, right, up), next(way), next(way))


def _tidy(way: Node) -> Node:
    return (
        way if isinstance(way, Name | Number) else symbolic.from_sympy(sympy.expand(symbolic.to_sympy(way)))
    )


def _equation(frame: Frame, x: Node, y: Node) -> str:
    """A path in terms of the variables: y = x**2, or both in terms of t."""
    first, second = frame.names
    t = Name("t")
    away = (t, Call("neg", (t,)))
    if all(place is Number(0) for place in frame.point):
        if x in away:
            side = f", {first} {'>' if x is t else '<'} 0"
            if y in away:
                return f"{second} = {'' if x is y else '-'}{first}{side}"
            if y is Number(0) or x is t:
                return f"{second} = {text(substitute(y, {t: Name(first)}))}{side}"
        if y in away and (x is Number(0) or y is t):
            return f"{first} = {text(substitute(x, {t: Name(second)}))}, {second} {'>' if y is t else '<'} 0"
    shown = (text(_shifted(place, move)) for place, move in zip(frame.point, (x, y), strict=True))
    return f"({first}, {second}) = ({', '.join(shown)}), t > 0"
