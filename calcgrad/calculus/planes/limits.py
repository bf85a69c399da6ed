"""Limits of functions of two variables: none, by two paths; or proved, over all directions at once.

    limit(parse("x*y/(x**2 + y**2)").node, ("x", "y"), (Number(0), Number(0))).paths     # 0 for y = 0, 1/2 for y = x

There is no limit where two paths into the point have different ones, each a limit in one variable, proved. There is
one where f is squeezed to it (``squeezes``), in the variables themselves or in coordinates that straighten what f is
made of (``paths.frames``).

Invariant: each answer is proved; else it is undecided, with what was tried. Limits are over the domain of f.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy
from sympy import S

from calcgrad.calculus import derivatives, limits, numeric, points, symbolic
from calcgrad.calculus.domains import condition_of, conditions, jumps
from calcgrad.calculus.equality.coverage import always
from calcgrad.calculus.kinks import at_kink, decided, split
from calcgrad.calculus.planes.paths import Frame, Path, T, frames, paths, plain, weights
from calcgrad.calculus.planes.squeezes import POLAR, Squeeze
from calcgrad.errors import CalcgradError
from calcgrad.expression.tree import (
    COMPARISONS,
    CONNECTIVES,
    FALSE,
    INFINITY,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    fold,
    is_infinite,
    names_in,
    postorder,
    rational,
    rebuild,
    substitute,
    text,
)

_FAILURES = (*symbolic.ALL_FAILURES, CalcgradError)


@dataclass(frozen=True)
class PlaneLimit:
    """``value`` (oo and -oo too) with the ``proof`` in words; or the two ``paths`` that exclude one; or undecided."""

    value: Any = None
    proof: str = ""
    paths: tuple[Path, ...] = ()
    reason: str = ""  # paths-differ, oscillates, undefined or undecided
    tried: tuple[str, ...] = ()
    seen: int = 0  # paths along which the limit is known, where it is undecided


def limit(root: Node, names: tuple[str, str], point: tuple[Node, Node]) -> PlaneLimit:
    """The limit of a function of two variables at a finite point; ``far`` has those at infinity."""
    start = plain(moved(root, names, point), names, point)
    ratios = weights(start.tree, names)
    found: list[Path] = []
    if (none := _differing(start.tree, start, ratios, found)) is not None:
        return none
    if (continuous := _is_continuous(root, names, point)) is not None:
        return PlaneLimit(continuous, "f is continuous there")
    squeeze = Squeeze(names, ratios)
    if not found and _is_undefined_beside(start.tree, squeeze):
        return PlaneLimit(reason="undefined")
    squeezed: list[tuple[Frame, Squeeze]] = []
    for frame in (start, *frames(start)):
        if frame is not start:
            ratios = weights(frame.tree, names)
            if (none := _differing(start.tree, frame, ratios, found)) is not None:
                return none
            squeeze = Squeeze(names, ratios)
        squeezed.append((frame, squeeze))
        squeeze.root = _beside(frame.tree, squeeze)
        there = squeeze.of(squeeze.root)
        # The squeeze says where f goes if it is defined near the point, not that it is: a path says that.
        if there.value is not None and found:
            return PlaneLimit(there.value, _with_polar(there.why, frame))
    if not found:
        why = "paths, but whether f is defined along one of them is not known"
        return PlaneLimit(reason="undecided", tried=(why,))
    along = text(symbolic.from_sympy(found[0].limit))
    shown = [f"{len(found)} paths, along which it is {along}"]
    for frame, squeeze in squeezed:
        if squeeze.tried:
            shown.append(f"{frame.polar(('p', 'q'))}: {next(iter(squeeze.tried))}")
    return PlaneLimit(reason="undecided", tried=tuple(shown), seen=len(found))


def far(root: Node, names: tuple[str, str], point: tuple[Node, Node], letters: tuple[str, str]) -> PlaneLimit:
    """The limit as one variable or both go to oo or -oo: x = 1/u, where u > 0 goes to 0. ``letters`` are free names."""
    put: dict[Node, Node] = {}
    new, places = [], []
    for name, place, letter in zip(names, point, letters, strict=True):
        if is_infinite(place):
            size = Call("/", (Number(1), Name(letter)))
            put[Name(name)] = size if place is INFINITY else Call("neg", (size,))
        new.append(letter if Name(name) in put else name)
        places.append(Number(0) if Name(name) in put else place)
    positive = [Call(">", (size, Number(0))) for size in map(Name, new) if size.name in letters]
    found: PlaneLimit | None = None
    for tree in _forms(substitute(root, put), root, put):
        for condition in positive:
            tree = Call("Piecewise", (tree, condition))
        now = limit(tree, (new[0], new[1]), (places[0], places[1]))
        if found is None or now.value is not None:  # other forms may be defined where f is not
            found = now
        if found.reason != "undecided" or not found.seen:
            break
    assert found is not None
    way = ", ".join(f"{text(name)} = {text(size)}" for name, size in put.items())
    paths = tuple(replace(each, equation=_far_off(each, names, point)) for each in found.paths)
    return replace(found, proof=found.proof and f"with {way}: {found.proof}", paths=paths)


def _forms(tree: Node, root: Node, put: dict[Node, Node]) -> Iterator[Node]:
    """A function with others put in, in lowest terms, and term by term."""
    yield tree
    with suppress(*_FAILURES):
        yield symbolic.from_sympy(sympy.cancel(symbolic.to_sympy(tree)))
    with suppress(*_FAILURES):
        yield substitute(symbolic.from_sympy(sympy.expand(symbolic.to_sympy(root))), put)


def _far_off(path: Path, names: tuple[str, str], point: tuple[Node, Node]) -> str:
    """The equation of a path in terms of a t that goes to oo."""
    t = symbolic.symbol(T)
    shown = []
    for way, place in zip((path.x, path.y), point, strict=True):
        move = symbolic.to_sympy(way).subs(t, 1 / t)
        value = symbolic.to_sympy(place) + move
        if is_infinite(place):
            value = 1 / move if place is INFINITY else -1 / move
        shown.append(text(substitute(symbolic.from_sympy(sympy.cancel(value)), {Name(T): Name("t")})))
    return f"({', '.join(names)}) = ({', '.join(shown)}), t -> oo"


def _differing(
    moved: Node, frame: Frame, ratios: list[tuple[int, int]], found: list[Path]
) -> PlaneLimit | None:
    """Two paths with different limits, or one along which there is none; others are added to those ``found``."""
    for path in paths(frame, ratios):
        along = _along(moved, frame.names, path)
        if along is None:
            continue
        if along.oscillates:
            return PlaneLimit(paths=(along,), reason="oscillates")
        for other in found:
            if limits.same_value(other.limit, along.limit) is False:
                return PlaneLimit(paths=(other, along), reason="paths-differ")
        found.append(along)
    return None


def _with_polar(why: str, frame: Frame) -> str:
    """The reason with x and y written out where it only names their weights."""
    return POLAR.sub(lambda match: frame.polar((int(match[1]), int(match[2]))), why)


@dataclass(frozen=True)
class Total:
    """Is a function of two variables totally differentiable at a point? ``partials`` are its slopes there.

    ``reason``: '' if it is, undefined (``lacking`` is a path on which f has no value), partial (that by ``lacking``
    does not exist, as ``there`` says), not-total or undecided. ``gap`` is the
    limit of f less its plane over the distance.
    """

    value: Any = None
    partials: tuple[Any, ...] = ()
    reason: str = ""
    lacking: str = ""
    there: Any = None
    gap: PlaneLimit | None = None


def total(root: Node, names: tuple[str, str], point: tuple[Node, Node]) -> Total:
    """Does (f - f(p) - A*u - B*v)/sqrt(u**2 + v**2) go to 0, where A and B are the partials?"""
    here: dict[Node, Node] = {Name(name): place for name, place in zip(names, point, strict=True)}
    start = substitute(root, here)
    value = symbolic.evaluate(start)
    if numeric.has_no_value(value):
        return Total(reason="undefined")
    if not isinstance(value, Fraction | numeric.Ball):
        return Total(reason="undecided")
    start = rational(value) if isinstance(value, Fraction) else start
    slopes = []
    for name in names:
        formula = derivatives.derivative(root, [name])
        there = points.at_point(root, [name], dict(zip(names, point, strict=True)), formula)
        if not there.exists or there.value is None:
            known = there.reason not in ("", "undecided")
            return Total(
                symbolic.to_sympy(start),
                reason="partial" if known else "undecided",
                lacking=name,
                there=there,
            )
        slopes.append(there.value)
    found = Total(symbolic.to_sympy(start), tuple(slopes))
    if _is_analytic(root, names, here):
        return found
    frame = plain(moved(root, names, point), names, point)
    defined = _is_defined_around(frame)
    if not defined and (outside := _outside(frame)):
        return replace(found, reason="undefined", lacking=outside)
    u, v = map(Name, names)
    gap = Call("-", (frame.tree, start))
    for slope, move in zip(slopes, (u, v), strict=True):
        if slope != 0:
            gap = Call("-", (gap, Call("*", (symbolic.from_sympy(slope), move))))
    distance = Call("sqrt", (Call("+", (Call("**", (u, Number(2))), Call("**", (v, Number(2))))),))
    quotient = limit(Call("/", (gap, distance)), names, (Number(0), Number(0)))
    if quotient.reason == "undecided":
        return replace(found, reason="undecided", gap=quotient)
    flat_there = quotient.value is not None and limits.same_value(quotient.value, S.Zero)
    if flat_there and not defined:
        unknown = PlaneLimit(reason="undecided", tried=("whether f is defined all around",))
        return replace(found, reason="undecided", gap=unknown)
    return replace(found, reason="" if flat_there else "not-total", gap=quotient)


def _outside(frame: Frame) -> str:
    """A way into the point on which f has no value, if there is one."""
    for path in paths(frame, weights(frame.tree, frame.names)):
        try:
            found = limits.one_sided(decided(path.along(frame)), T, Number(0), 1)
        except _FAILURES:
            continue
        if found.reason in ("not-real", "undefined"):
            return path.equation
    return ""


def _is_analytic(root: Node, names: tuple[str, str], here: dict[Node, Node]) -> bool:
    """Is the point inside all domains, and no part at a kink?"""
    for node in postorder(root):
        if isinstance(node, Call) and names_in(node) & set(names):
            condition = condition_of(node)
            if condition is not None and not limits.holds_around(condition, names, here):
                return False
            if at_kink(node, list(names), here) is not False:
                return False
    return True


def _is_undefined_beside(moved: Node, squeeze: Squeeze) -> bool:
    """Does something that f asks for hold nowhere around the origin?"""
    return any(_holds(each, squeeze) is False for each in conditions(moved, always=True))


def _is_defined_around(frame: Frame) -> bool:
    """Has f a value at every place near the origin, but perhaps there?"""
    here: dict[Node, Node] = dict.fromkeys(map(Name, frame.names), Number(0))
    squeeze = Squeeze(frame.names, weights(frame.tree, frame.names))
    return all(
        always(each) or limits.holds_around(each, frame.names, here) or _holds(each, squeeze) is True
        for each in map(_with_equality, conditions(_beside(frame.tree, squeeze)))
    )


def _with_equality(condition: Node) -> Node:
    """u > 0 or u == 0 as u >= 0."""
    parts = split("|", condition)
    if len(parts) == 2 and all(isinstance(each, Call) for each in parts):
        one, other = parts
        if one.function == ">" and other.function == "==" and one.args == other.args:  # type: ignore[union-attr]
            return Call(">=", one.args)  # type: ignore[union-attr]
    return condition


def moved(root: Node, names: tuple[str, str], point: tuple[Node, Node]) -> Node:
    """The function with the point moved to the origin, x - 2 + 2 being x."""
    moves: dict[Node, Node] = {
        Name(name): Call("+", (place, Name(name)))
        for name, place in zip(names, point, strict=True)
        if place is not Number(0)
    }

    def step(node: Node, parts: list[Node]) -> Node:
        made = rebuild(node, tuple(parts))
        if not isinstance(made, Call) or made.function not in ("+", "-") or len(names_in(made)) != 1:
            return made
        if any(isinstance(each, Call) and each.function not in ("+", "-", "neg") for each in made.args):
            return made
        return symbolic.from_sympy(symbolic.to_sympy(made))

    return fold(substitute(root, moves), step) if moves else root


def _along(moved: Node, names: tuple[str, str], path: Path) -> Path | None:
    """The limit along a path; None where it is not known, or the path is not in the domain."""
    try:
        tree = decided(substitute(moved, {Name(names[0]): path.x, Name(names[1]): path.y}))
        found = limits.one_sided(tree, T, Number(0), 1)
    except _FAILURES:
        return None
    if found.reason == "oscillates":
        return replace(path, oscillates=True)
    if found.value is None or found.evidence == "numeric":
        return None
    return replace(path, limit=found.value)


def _is_continuous(root: Node, names: tuple[str, str], point: tuple[Node, Node]) -> Any:
    """The value at the point, where f is continuous there: no domain ends, and nothing jumps; None elsewhere."""
    here: dict[Node, Node] = {Name(name): place for name, place in zip(names, point, strict=True)}
    for node in postorder(root):
        if not isinstance(node, Call) or not names_in(node) & set(names):
            continue
        condition = condition_of(node)
        if condition is not None and not limits.holds_around(condition, names, here):
            return None
        if jumps(node) and at_kink(node, list(names), here) is not False:
            return None
    value = symbolic.evaluate(substitute(root, here))
    if not isinstance(value, Fraction | numeric.Ball):
        return None
    try:
        return symbolic.to_sympy(substitute(root, here))
    except _FAILURES:
        return None


def _beside(root: Node, squeeze: Squeeze) -> Node:
    """The tree as it is beside the point: without cases for the point itself."""

    def step(node: Node, parts: list[Node]) -> Node:
        made = rebuild(node, tuple(parts))
        if isinstance(made, Call) and made.function in (*COMPARISONS, *CONNECTIVES):
            truth = _holds(made, squeeze)
            if truth is not None:
                return TRUE if truth else FALSE
        return decided(made) if isinstance(made, Call) and made.function == "Piecewise" else made

    return fold(root, step)


def _holds(condition: Node, squeeze: Squeeze) -> bool | None:
    """Does a condition hold all around the point, or nowhere around it? None where that is not known."""
    if not isinstance(condition, Call):
        return True if condition is TRUE else False if condition is FALSE else None
    if condition.function in ("&", "|"):
        parts = [_holds(each, squeeze) for each in condition.args]
        decisive = condition.function == "|"
        if decisive in parts:
            return decisive
        if None not in parts:
            return not decisive
        gaps = [
            Call("**", (Call("-", each.args), Number(2)))
            for each in condition.args
            if isinstance(each, Call) and each.function == ("!=" if decisive else "==")
        ]
        if len(gaps) == 2 and squeeze.sign(Call("+", (gaps[0], gaps[1]))):
            return decisive  # both are 0 nowhere beside the point
        return None
    if condition.function not in COMPARISONS:
        return None
    way = squeeze.sign(Call("-", condition.args))
    if not way:
        return None
    return {"<": way < 0, "<=": way < 0, ">": way > 0, ">=": way > 0, "==": False, "!=": True}[
        condition.function
    ]
