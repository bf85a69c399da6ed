"""Kinks: is there a derivative at this very point, and what is it?

    gradient(abs(x * x), targets=[x])  # at 0: [0.0], because there is a derivative
    gradient(abs(x), targets=[x])      # at 0: NotDifferentiable, left -1, right 1

Backward mode comes here when it met a corner, a jump or a division by zero on its way. Then:

1. Elements that the result does not structurally depend on (the branch that ``where`` did not take) are
   masked out; whatever happens there means nothing.
2. The graph is evaluated *on one side* of the point: each node's limit and one-sided slope as the inputs
   move from the point along a direction d; where they do not tell, its expansion to any order (``sides.py``).
3. The derivative exists when both sides of every direction agree with one linear map. One direction in
   which they do not is proof that it does not exist. NaN proves nothing: undecided.
4. A derivative of a derivative is recorded with its gaps filled in: where its value is a limit, a node holds
   that limit, and the graph behind it tells the next derivative in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from calcgrad.autodiff import cells
from calcgrad.autodiff.dependence import (
    FILLED,
    Graph,
    Masks,
    chosen_elements,
    is_kinked,
    kinked_elements,
    live_masks,
    moving_masks,
)
from calcgrad.autodiff.motion import bounds
from calcgrad.autodiff.policies import takes_subgradients
from calcgrad.autodiff.rules import COMPARISONS
from calcgrad.autodiff.sides import MOST, Approach, Ray, approach, split
from calcgrad.autodiff.spans import span
from calcgrad.autodiff.undefined import blame
from calcgrad.autodiff.variable import Variable, input_values
from calcgrad.autodiff.variable import record as _record
from calcgrad.autodiff.walk import Walk, needed, nodes
from calcgrad.errors import NotDifferentiable, UndecidedError


def settle(
    root: Variable,
    seed: Any,
    order: list[Variable],
    targets: Sequence[Variable],
    adjoints: list[Any],
    *,
    record: bool = False,
) -> list[Any]:
    """The adjoints where there is a derivative; NotDifferentiable or UndecidedError where there is not.

    Of targets that depend on each other, only those furthest back are held to account: |z| has no
    derivative at z = x**2 = 0, but it has one with respect to x.
    """
    plain_seed = seed.value if type(seed) is Variable else seed
    live = live_masks(root, plain_seed, order, near=True)
    reach = live_masks(root, plain_seed, order, near=True, real=True)
    live = {number: live.get(number, np.zeros_like(mask)) for number, mask in reach.items()}
    first = _furthest_back(order, targets)
    reached = needed(order, {target.number for target in first})
    chosen = chosen_elements(order)
    relevant = [
        node
        for node in order
        if (np.any(reach.get(node.number, False)) or (node.number in chosen and node.number in reach))
        and (reached is None or node.number in reached)
    ]
    blame(relevant, live_masks(root, plain_seed, order))
    masked = Walk(root, seed, order, targets, record=record, live=live).run()
    mine = [i for i, target in enumerate(targets) if any(target is other for other in first)]

    def joined() -> Any:
        return np.concatenate([np.ravel(_plain(masked[i])) for i in mine]) if mine else np.zeros(0)

    slopes = joined()
    if takes_subgradients() and np.all(np.isfinite(slopes)):
        return masked
    behind = [*targets, *(node for node in order if reached is None or node.number in reached)]
    if any(node.decided is True for node in behind):  # the path, even if nothing of it is left in the result
        raise UndecidedError("a comparison was decided exactly at its boundary")
    chose = any(node.decided == "chose" for node in relevant)
    moving = moving_masks(relevant, first)
    kinks = [node for node in reversed(relevant) if is_kinked(node, moving, live)]
    aside = any(np.any(mask & ~live[number]) for number, mask in reach.items() if number in moving)
    if not kinks and not aside and not chose and np.all(np.isfinite(slopes)):
        return masked
    weight = np.where(np.equal(plain_seed, 0), 0.0, plain_seed)
    mine_targets = [targets[i] for i in mine]
    if not np.all(np.isfinite(slopes)):
        matters = _without_rest(relevant, mine_targets, moving, live, record=record)
        masked = Walk(root, seed, order, targets, record=record, live=matters).run()
        slopes = joined()
    graph = Graph(root, weight, relevant, mine_targets, moving, live, reach)
    exact = _by_cells(graph, slopes, kinks, chose=chose)
    if exact is None and chose:
        raise UndecidedError("a comparison chose elements exactly at its boundary")
    ruled = [n for n in kinks if n.decided == "rule" or (cells.is_choice(n) and n.row and n.row.corner)]
    if exact is None and ruled:  # of a tie a rule says the slope of one branch
        raise _open(_names(kinks))
    if exact is None:
        exact = _decide(graph, slopes, kinks)
    if exact is not slopes:
        start = 0
        for i in mine:
            part = exact[start : start + targets[i].size]
            whole = part.reshape(targets[i].shape).astype(targets[i].dtype)
            found = float(part[0]) if type(targets[i].value) is float else whole
            of = {"root": root, "target": targets[i], "weight": seed}
            masked[i] = _record(FILLED, found, (masked[i],), of) if record else found
            start += targets[i].size
    return masked


def _by_cells(graph: Graph, slopes: Any, kinks: list[Variable], *, chose: bool) -> Any:
    """``slopes`` if they are the derivative, the derivative if it is another; None if first order does not tell."""
    if not (kinks or chose) or not np.all(np.isfinite(slopes)):
        return None
    try:
        verdict = cells.derivative(
            graph.root, graph.weight, graph.order, graph.targets, graph.moving, graph.reach
        )
    except cells.Blurred:
        raise _blurred(kinks) from None
    except (cells.Open, ArithmeticError, TypeError, ValueError, AttributeError, IndexError):
        return None
    names, found = _names(kinks), verdict.slopes
    if verdict.jumps:
        raise NotDifferentiable(f"{names} has a jump", function=names, kind="jump")
    if verdict.other is not None:
        sides = sorted((found, verdict.other), key=lambda c: c is found) if len(found) == 1 else []
        raise _corner(names, kinks, *(float(side[0]) + 0.0 for side in sides))
    scale = float(np.max(np.abs(found), initial=0.0))
    return slopes if np.allclose(slopes, found, rtol=1e-9, atol=1e-12 * scale) else found


def _without_rest(
    order: list[Variable], targets: Sequence[Variable], moving: Masks, live: Masks, *, record: bool
) -> Masks:
    """``live`` without the elements that do not move in first order; for further derivatives, in any.

    An infinite slope behind them means nothing: sqrt(sum((x - x)**2)) is zero wherever x is.
    """
    if sum(node.size for node in order) > MOST:
        return live
    matters = dict(live)
    resting: Masks = {}
    for d in _directions(targets)[:3]:
        for direction in (d, -d):
            ray = Ray(order, split(direction, targets), moving, live)
            for node in order:
                germ = ray.germs.get(node.number)
                if germ is None:
                    continue
                with np.errstate(all="ignore"):  # x/norm(x) is constant along each ray, and yet moves
                    rests = (germ.still() if record else germ.slope() == 0) & (germ.limit() == node.value)
                resting[node.number] = resting.get(node.number, True) & rests
    for number, rests in resting.items():
        if number in matters:
            matters[number] = matters[number] & ~rests
    return matters


def _plain(adjoint: Any) -> Any:
    return adjoint.value if type(adjoint) is Variable else adjoint


def _names(kinks: list[Variable]) -> str:
    if not kinks:
        return "the function"
    row = kinks[0].row
    return "where" if row is None or row.function in COMPARISONS else row.name


def _furthest_back(order: list[Variable], targets: Sequence[Variable]) -> list[Variable]:
    """The targets that depend on no other target."""
    wanted = {target.number for target in targets}
    after: set[int] = set()
    for node in reversed(order):
        if any(type(x) is Variable and (x.number in wanted or x.number in after) for x in node.inputs):
            after.add(node.number)
    return [target for target in targets if target.number not in after]


def _directions(targets: Sequence[Variable]) -> list[Any]:
    """All ones first; then dense directions at random, enough to determine a linear map of a few inputs."""
    size = sum(target.size for target in targets)
    if size == 1:
        return [np.ones(1)]
    random = np.random.default_rng(0)
    number = 8 + (size if size <= _FEW else 0)
    signs = random.choice((-1.0, 1.0), (number, size))
    return [np.ones(size), *(signs * random.uniform(0.5, 1.5, (number, size)))]


_MANY = 512  # so many are moved one by one, where nothing else tells
_OPEN = 4  # sides that may stay open before the answer is undecided
_FEW = 32  # so many inputs are solved for one by one


def _decide(graph: Graph, slopes: Any, kinks: list[Variable]) -> Any:
    """``slopes`` if they are the derivative, the derivative if it is another; raises otherwise."""
    probes = _Probes(graph, kinks)
    finite = bool(np.all(np.isfinite(slopes)))
    try:
        for d in _directions(graph.targets):
            probes.add(d)
        probes.add_along_kinks()
        probes.require_settled()
        bent = probes.bent()
        if bent is not None:
            probes.solved(finite=finite)  # raises if what was met has no derivative
            raise _open(_names([bent]))
        return slopes if finite and probes.agree(slopes, 1e-9) else probes.solved(finite=finite)
    except NotDifferentiable as error:
        # x**y at x = 0 is not defined all around, but along each axis it is
        partial = probes.partials() if error.kind == "not-real" else None
        if partial is None and error.kind == "not-real" and any(node.row is FILLED for node in graph.order):
            raise _open(FILLED.name) from None  # where its formula has gaps, a limit may fill them
        if partial is None:
            raise
        return slopes if np.array_equal(slopes, partial) else partial


class _Probes:
    """Directions that were looked at from both sides, and how the result changes along each of them."""

    def __init__(self, graph: Graph, kinks: list[Variable]) -> None:
        self.graph = graph
        self.kinks = kinks
        self.size = sum(target.size for target in graph.targets)
        self.directions: list[Any] = []
        self.derivatives: list[float] = []
        self.arguments: list[list[Any]] = []  # of each direction, how fast each kink's argument moves
        self.outputs: list[list[Any]] = []  # and the kink itself
        self.open = 0  # sides that did not tell
        self.unsettled: str | None = None
        self.blame = _names(kinks) if kinks else ""

    def add(self, d: Any) -> None:
        """Look along d and against it. Raises where the two sides prove that there is no derivative."""
        graph, kinks = self.graph, self.kinks
        right, left = approach(graph, d), approach(graph, -d)
        gap = abs(right.slope + left.slope)
        parted = right.settled and left.settled and gap > 1e-9 * max(abs(right.slope), abs(left.slope))
        if parted or right.jumps or left.jumps:
            lost = cells.rounding(
                graph.root, graph.weight, graph.order, graph.targets, d, graph.moving, graph.reach
            )
            if np.isinf(lost) or (parted and gap <= lost):
                raise _blurred(kinks)
        _refuse_kink(right, left, kinks, single=len(d) == 1)
        self.blame = self.blame or right.blame or left.blame
        for side in (right, left):
            if not side.settled:
                self.unsettled = self.unsettled or side.blame or _names(kinks)
                self.open += 1
        if self.open >= _OPEN:  # the other directions would say no more
            self.require_settled()
        self.directions.append(d)
        self.derivatives.append(right.slope)
        self.outputs.append([np.broadcast_to(right.speed(x), x.shape)[self._at(x)] for x in kinks])
        self.arguments.append(self._kink_arguments(right))

    def add_along_kinks(self) -> None:
        """Look within the kinks of a few inputs; of many, see whether every kink is without effect."""
        if self.size > _FEW:
            if not self._harmless():
                self.unsettled = self.unsettled or _names(self.kinks)
            return
        if not self.kinks or self.size == 1 or self.unsettled is not None:
            return
        along = _along_kinks(np.array(self.directions), self.arguments)
        if any(cells.is_choice(node) for node in self.kinks):  # which falls otherwise a hair beside
            along = [np.where(np.abs(d) < 1e-12, 0.0, d) for d in along]
        for d in along:
            self.add(d)
            for node, gaps in zip(self.kinks, self.arguments[-1]):
                # Equal on the kink itself, which rounding has missed.
                if node.row and node.row.function in (np.equal, np.not_equal) and _is_rounded(gaps):
                    self.unsettled = _names(self.kinks)

    def bent(self) -> Variable | None:
        """A kink that counts and whose arguments part in a cone that no direction may have met by chance.

        max(0, x - 0.9999*sqrt(x**2 + y**2)) differs from 0 in one along the x axis.
        """
        directions, graph = np.array(self.directions), self.graph
        if not self.kinks or not 1 < self.size <= _FEW:
            return None
        matters = cells.influence(graph.root, graph.weight, graph.order, graph.moving, graph.live)
        for i, node in enumerate(self.kinks):
            speeds = np.array([parts[i] for parts in self.arguments])
            if np.all(_normals(directions, speeds)[1]):
                continue
            counts = cells.is_choice(node) or np.any(matters.get(node.number, False) & self._at(node))
            if counts and not self._leans(node):
                return node
        return None

    def _leans(self, node: Variable) -> bool:
        """Is it of two numbers, of which one is never less than the other?"""
        if node.row is None or not node.row.elementwise:
            return False
        spans = [span(x) for x in node.inputs[:2]]
        (least, most), (other_least, other_most) = spans if len(spans) == 2 else (spans[0], (0.0, 0.0))
        return bool(np.all(((least >= other_most) | (most <= other_least)) | ~self._at(node)))

    def require_settled(self) -> None:
        if self.unsettled is not None:
            raise _open(self.unsettled)

    def agree(self, slopes: Any, tolerance: float) -> bool:
        """Is the result's change along every direction what these slopes say?"""
        found = np.array(self.directions) @ slopes
        atol = 1e-3 * tolerance * self._scale()
        return bool(np.allclose(found, np.array(self.derivatives), rtol=tolerance, atol=atol))

    def _scale(self) -> float:
        return float(np.max(np.abs(self.derivatives), initial=0.0))

    def partials(self) -> Any:
        """The derivatives along the axes, where there are several; None where one is missing."""
        if not 1 < self.size <= _MANY:
            return None
        try:
            found = self._along_axes()
        except NotDifferentiable:
            return None
        return found if np.all(np.isfinite(found)) else None

    def _along_axes(self) -> Any:
        for unit in np.eye(self.size):
            self.add(unit)
        return np.array(self.derivatives[-self.size :]) + 0.0

    def solved(self, *, finite: bool) -> Any:
        """The linear map that all directions agree with, where the walk back found another or (``finite``) none."""
        scale = self._scale()
        if self.size > _FEW:  # too many to solve for from a few directions
            solved = self.partials()
            if solved is None or self.unsettled is not None:
                raise _open(self.blame)
        else:
            solved, *_ = np.linalg.lstsq(np.array(self.directions), np.array(self.derivatives), rcond=None)
        if not self.agree(solved, 1e-7):
            raise _corner(self.blame, self.kinks)
        solved = np.where(np.abs(solved) < 1e-13 * scale, 0.0, solved)
        if self.size > _FEW:
            return solved
        if finite and any(self._chooses_by_several(node) for node in self.kinks):
            raise _open(_names(self.kinks))
        if self.size == 1:
            return solved
        exact = self._along_axes()  # where a choice falls as at the point itself
        self.require_settled()
        if not np.allclose(exact, solved, rtol=1e-7, atol=1e-10 * scale):
            raise _corner(self.blame, self.kinks)
        return exact

    def _at(self, node: Variable) -> Any:
        return kinked_elements(node, self.graph.moving, self.graph.live)

    def _chooses_by_several(self, node: Variable) -> bool:
        """Does a choice by more than one number fall at the point as on a line through it, and else nowhere?

        where((x - y)**2 > 0, x, 0) at (0, 0) is x but on that line, which no direction meets by chance.
        """
        if not cells.is_choice(node):
            return False
        order = nodes(node)
        for i in np.argwhere(self._at(node)):
            seed = np.zeros(node.shape)
            seed[tuple(i)] = 1.0
            found = live_masks(node, seed, order, near=True)
            if sum(np.count_nonzero(found.get(x.number, False)) for x in self.graph.targets) > 1:
                return True
        return False

    def _kink_arguments(self, side: Approach) -> list[Any]:
        """For each kink, how fast its argument moves: the kink is where u = 0, or where u = v."""
        found = []
        for node in self.kinks:
            t = [side.speed(x) if type(x) is Variable else 0.0 for x in node.inputs]
            if node.row is not None and node.row.elementwise:
                with np.errstate(invalid="ignore"):  # of two that are steep
                    gap = t[0] - t[1] if len(t) == 2 else t[0]
                at = self._at(node)
                found.append(np.asarray(np.broadcast_to(gap, np.shape(at))[at], float))
            else:
                found.append(np.concatenate([np.ravel(np.asarray(part, float)) for part in t]))
        return found

    def _harmless(self) -> bool:
        """Is every kink multiplied by zero, or at rest in first order?"""
        graph = self.graph
        seed = float(graph.weight) if type(graph.root.value) is float else np.asarray(graph.weight)
        adjoints = Walk(graph.root, seed, graph.order, self.kinks, live=graph.live).run()
        size = bounds(graph.order, graph.targets)
        for i, (node, adjoint) in enumerate(zip(self.kinks, adjoints)):
            at = self._at(node)
            inputs = [size.get(x.number, 0.0) for x in node.inputs if type(x) is Variable]
            if not np.any(size[node.number][at] if node.number in size else list(map(np.any, inputs))):
                continue
            whole = node.row is not None and not (node.row.selects or node.row.flat)  # |x| rests where x does
            if whole and not np.any([np.any(rates[i]) for rates in self.outputs]):
                continue
            moves = np.any([parts[i] != 0 for parts in self.arguments], axis=0)
            if node.row is not None and node.row.elementwise:
                if np.any(np.broadcast_to(adjoint, np.shape(at))[at][moves] != 0):
                    return False
            elif np.any(moves) and np.any(np.asarray(adjoint)[at]):
                level = node.row and node.row.level
                if not level or not level(adjoint, *input_values(node), **(node.params or {})):
                    return False
        return True


def _normals(directions: Any, speeds: Any) -> tuple[Any, Any]:
    """The linear maps by which speeds depend on directions, and which of them do."""
    known = np.all(np.isfinite(speeds), axis=0)
    speeds = np.where(known, speeds, 0.0)
    normals, *_ = np.linalg.lstsq(directions, speeds, rcond=None)
    size, lost = (np.max(np.abs(x), axis=0, initial=0.0) for x in (speeds, directions @ normals - speeds))
    return normals, known & (lost <= 1e-9 * size)


def _is_rounded(gaps: Any) -> bool:
    return bool(np.any((gaps != 0) & (np.abs(gaps) < 1e-9)))


def _along_kinks(directions: Any, arguments: list[list[Any]]) -> list[Any]:
    """Directions within the kinks, where other kinks may hide: along each of a few, and along several.

    max(0, x - 100*abs(2*x - y)) differs from 0 in a thin wedge along 2*x = y only.
    """
    speeds = np.array([np.concatenate(parts) for parts in arguments])[:, :64]
    normals, straight = _normals(directions, speeds)
    normals = normals[:, straight & np.any(speeds, axis=0)]
    number = normals.shape[1]
    each = [(i,) for i in range(number)]
    several = [s for n in range(2, number) for s in combinations(range(number), n)] if number <= 5 else []
    random = np.random.default_rng(1)
    found = []
    for chosen in [*each, *several, tuple(range(number))]:
        basis, singular, _ = np.linalg.svd(normals[:, chosen], full_matrices=False)
        basis = basis[:, singular > 1e-9 * np.max(singular, initial=1e-300)]
        d = random.uniform(0.5, 1.5, len(normals)) * random.choice((-1.0, 1.0), len(normals))
        within = d - basis @ (basis.T @ d)
        if np.max(np.abs(within)) > 1e-6:
            found.append(within)
    return found


def _refuse_kink(right: Approach, left: Approach, kinks: list[Variable], *, single: bool) -> None:
    """Raise if these two sides prove that there is no derivative."""
    names = _names(kinks) if kinks else right.blame or left.blame or _names(kinks)
    if right.jumps or left.jumps:
        raise NotDifferentiable(f"{names} has a jump", function=names, kind="jump")
    if right.steep or left.steep:
        names = right.blame or left.blame or names
        slopes = (0.0 - left.slope if left.steep else None, right.slope if right.steep else None)
        raise NotDifferentiable(
            f"{names} has a vertical tangent",
            function=names,
            kind="vertical-tangent",
            left=slopes[0] if single else None,
            right=slopes[1] if single else None,
        )
    if right.ended or left.ended:
        names = right.ended or left.ended or names
        raise NotDifferentiable(
            f"{names} is real on {'neither side' if right.ended and left.ended else 'one side only'}",
            function=names,
            kind="not-real",
            left=0.0 - left.slope if single and left.settled else None,
            right=right.slope + 0.0 if single and right.settled else None,
        )
    if right.settled and left.settled:
        gap = abs(right.slope + left.slope)
        if gap > 1e-9 * max(abs(right.slope), abs(left.slope)):
            raise _corner(
                names, kinks, 0.0 - left.slope if single else None, right.slope + 0.0 if single else None
            )


def _open(names: str) -> UndecidedError:
    return UndecidedError(f"whether {names} has a derivative here could not be settled")


def _blurred(kinks: list[Variable]) -> UndecidedError:
    return UndecidedError(f"whether {_names(kinks)} has a corner here is lost in rounding")


def _corner(
    name: str, kinks: list[Variable], left: float | None = None, right: float | None = None
) -> NotDifferentiable | UndecidedError:
    for node in kinks:
        blurred = node.row and node.row.blurred
        if blurred and blurred(*input_values(node), **(node.params or {})):
            return _blurred([node])
    return NotDifferentiable(f"{name} has a corner", function=name, kind="corner", left=left, right=right)
