"""Cells: the derivative of what is piecewise linear beside a point, decided over all directions at once.

    np.minimum(relu(y - x), relu(x - 0.9 * y))   # at (0, 0): a corner, in a wedge that few directions meet

At ties the one-sided derivative is piecewise linear in the direction: the directions fall into cells, open
convex cones in each of which every tie is broken one way [Scholtes, Introduction to Piecewise Differentiable
Equations, 2012, ch. 2]. There is a derivative if all cells have the same one. So the cells are enumerated, from
one to the next through the walls between them; a wall is one if there are directions just beyond it, which is a
problem of least squares [Lawson & Hanson, Solving Least Squares Problems, 1974, ch. 23]. A comparison may choose
something else on a wall itself: then the walls are enumerated in the same way. What first order does not tell is
``Open``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from calcgrad.autodiff.conditions import SELECTIONS, at_kink
from calcgrad.autodiff.dispatch import evaluate
from calcgrad.autodiff.forward import push
from calcgrad.autodiff.indexing import PICK, SCATTER
from calcgrad.autodiff.rules import COMPARISONS, Row
from calcgrad.autodiff.spans import leaves_domain
from calcgrad.autodiff.variable import Variable, input_values
from calcgrad.autodiff.walk import Walk, wide

Masks = dict[int, Any]


class Open(Exception):
    """Value and slope do not tell."""


class Blurred(Open):
    """A comparison changes by what may be rounding alone."""


class _OnWall(Exception):
    """The direction breaks no tie where directions beside it do."""


# Rows that are linear between ties, and which of their arguments a tie is between; None stands for zero.
_PAIRS: dict[str, tuple[tuple[int, int | None], ...]] = {
    "abs": ((0, None),), "relu": ((0, None),), "copysign": ((0, None),), "clip": ((0, 1), (0, 2), (1, 2)),
} | dict.fromkeys(("max", "min", "fmax", "fmin"), ((0, 1),))  # fmt: skip
_ADDING = (np.sum, np.mean, np.cumsum, SCATTER.function)  # they select elements, and add them up

_TRIES = 1000  # so many walls are looked beyond
_WALLS = 24  # of one cell
_SMALL = 4  # so many inputs need no look at fewer directions first
_MOST = 3_000_000  # numbers in the tangents of one cell
_NOISE = 256.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where two cells differ, what they say; else what all of them say."""

    slopes: Any
    other: Any = None
    jumps: bool = False


def derivative(
    root: Variable,
    weight: Any,
    order: list[Variable],
    targets: Sequence[Variable],
    moving: Masks,
    live: Masks,
) -> Verdict:
    """The derivative of sum(weight * root) if it has one; two cells that differ if not. Raises Open."""
    size = sum(target.size for target in targets)
    choosing = [node for node in order if node.number in moving and is_choice(node)]
    compares = any(node.decided != "rule" and not _is_arranged(node.row) for node in choosing)
    matters = live if choosing else influence(root, weight, order, moving, live)
    cell_of = partial(_Cell, root, weight, order, targets, moving, live, matters)
    random = np.random.default_rng(0)
    if size > _SMALL:  # what hardly costs more than a value, first
        line = (random.choice((-1.0, 1.0), size) * random.uniform(0.5, 1.5, size))[:, None]
        with suppress(_OnWall):
            ahead, back = (cell_of(line, np.array([sign]), within=False) for sign in (1.0, -1.0))
            verdict = None if ahead.ruled else _along(line, ahead, back)
            if verdict is None and not ahead.ruled:
                verdict = _each(root, weight, order, targets, moving, live, line, ahead, back)
            if verdict is not None:
                return verdict
        if size * sum(node.size for node in order) > _MOST:
            raise Open
        plane = np.linalg.qr(random.normal(size=(size, 2)))[0]
        _cell(
            cell_of, plane, random.normal(size=2), random, within=False
        )  # raises Open if there are too many walls
    found: Any = None
    left = _TRIES
    seen: set[bytes] = set()
    spaces = [np.eye(size)]
    while spaces:
        basis = spaces.pop()
        visited: set[bytes] = set()
        ways = [random.normal(size=basis.shape[1])]
        while ways:
            cell = _cell(cell_of, basis, ways.pop(), random, within=basis.shape[1] < size)
            if cell.key in visited:
                continue
            visited.add(cell.key)
            left -= 1 + len(cell.walls)
            if (
                cell.ruled
                and size > 1
                and not (cell.straight.get(root.number, True) and basis.shape[1] == size)
            ):
                raise Open
            if cell.jumps:
                return Verdict(cell.slopes, cell.slopes, jumps=True)
            expected = cell.slopes if found is None else found @ basis
            if cell.differs(expected, found):
                return Verdict(found, basis @ cell.slopes)
            found = cell.slopes if found is None else found
            if left < 0:
                raise Open
            for i in range(len(cell.walls)):
                beyond = _inside(np.where(np.arange(len(cell.walls))[:, None] == i, -cell.walls, cell.walls))
                if beyond is not None:
                    ways.append(beyond)
                if compares and basis.shape[1] > 1:
                    wall = basis @ _within(cell.walls[i])
                    name = np.round(wall @ wall.T, 7).tobytes()
                    if name not in seen:
                        seen.add(name)
                        spaces.append(wall)
    return Verdict(found)


def _along(line: Any, ahead: _Cell, back: _Cell) -> Verdict | None:
    """Two cells, if they differ along a line that goes through both: then there is no derivative."""
    jumps = ahead.jumps or back.jumps
    return (
        Verdict(line @ ahead.slopes, line @ back.slopes, jumps)
        if jumps or back.differs(ahead.slopes)
        else None
    )


def _each(
    root: Variable,
    weight: Any,
    order: list[Variable],
    targets: Sequence[Variable],
    moving: Masks,
    live: Masks,
    line: Any,
    ahead: _Cell,
    back: _Cell,
) -> Verdict | None:
    """Where all kinks are in functions of one input each, and what follows is smooth: both sides of each input."""
    of = {target.number: target.number for target in targets}  # whose elements its elements are functions of
    rest: list[Variable] = []
    border: dict[int, Variable] = {}
    for node in reversed(order):
        row = node.row
        if node.number not in moving or row is None or node.number in of:
            continue
        inputs = [x for x in node.inputs if type(x) is Variable and x.number in moving]
        behind = {of.get(x.number) for x in inputs}
        if (
            row.elementwise
            and len(behind) == 1
            and None not in behind
            and all(x.shape == node.shape for x in inputs)
        ):
            of[node.number] = of[inputs[0].number]
            continue
        if node.decided or is_choice(node) or at_kink(node):
            return None
        rest.append(node)
        border |= {x.number: x for x in inputs if x.number in of}
    if root.number in of:
        border[root.number] = root
    adjoints = Walk(root, _seed(root, weight), rest[::-1], list(border.values()), live=live).run()
    sides = [{target.number: np.zeros(target.shape) for target in targets} for _ in range(3)]
    for node, g in zip(border.values(), adjoints):
        number = of[node.number]
        for i, cell in enumerate((ahead, back)):
            if node.number in cell.value:
                return None
            t = cell.t.get(node.number, np.zeros((2, *node.shape)))[1]
            lost = np.abs(g) * (cell.eps * cell.size.get(node.number, 0.0) + 1e-9 * np.abs(t))
            sides[i][number] = sides[i][number] + np.where(np.equal(g, 0), 0.0, g * t)
            sides[2][number] = sides[2][number] + lost
    one, other, noise = (np.concatenate([np.ravel(side[x.number]) for x in targets]) for side in sides)
    if not np.all(np.isfinite(one) & np.isfinite(other) & np.isfinite(noise)):
        return None
    differ = np.any(np.abs(one - other) > noise)
    return Verdict(one / line[:, 0], other / line[:, 0] if differ else None)


def _seed(root: Variable, weight: Any) -> Any:
    return (
        float(weight) if type(root.value) is float else np.broadcast_to(weight, root.shape).astype(root.dtype)
    )


def rounding(
    root: Variable,
    weight: Any,
    order: list[Variable],
    targets: Sequence[Variable],
    d: Any,
    moving: Masks,
    live: Masks,
) -> float:
    """How much of the slope along d may be rounding alone; 0 if that is not known."""
    length = float(np.linalg.norm(d))
    way = np.reshape(d, (-1, 1)) / length
    try:
        cell = _Cell(root, weight, order, targets, moving, live, live, way, np.ones(1), within=False)
    except Blurred:
        return np.inf
    except (Open, _OnWall, ArithmeticError, TypeError, ValueError, AttributeError, IndexError):
        return 0.0
    return cell.noise * length


def is_choice(node: Variable) -> bool:
    """May it jump at a tie? What a rule compares to choose a slope means nothing on the tie itself."""
    row = node.row
    return row is not None and (row.function in (*COMPARISONS, *SELECTIONS) or _is_arranged(row))


# --- cones --------------------------------------------------------------------------------------------


def _within(wall: Any) -> Any:
    """An orthonormal basis of the directions within a wall."""
    return np.linalg.svd(wall[None])[2][1:].T


def _inside(walls: Any) -> Any:
    """A direction d with walls @ d > 0, far from all of them; None if there is none.

    By duality: the least d with walls @ d >= 1 comes from least squares with nonnegative weights.
    """
    e = np.vstack((walls.T, np.ones(len(walls))))
    f = np.zeros(len(e))
    f[-1] = 1.0
    rest = f - e @ _nonnegative(e, f)
    return None if rest[-1] < 1e-12 else -rest[:-1] / np.linalg.norm(rest[:-1])


def _nonnegative(e: Any, f: Any) -> Any:
    """The u >= 0 that makes e @ u nearest to f."""
    u = np.zeros(e.shape[1])
    chosen = np.zeros(e.shape[1], bool)
    for _ in range(3 * e.shape[1] + 10):
        gain = np.where(chosen, -np.inf, e.T @ (f - e @ u))
        if np.max(gain) <= 1e-14:
            break
        chosen[np.argmax(gain)] = True
        while True:
            s = np.zeros_like(u)
            s[chosen] = np.linalg.lstsq(e[:, chosen], f, rcond=None)[0]
            bad = chosen & (s <= 1e-14)
            if not np.any(bad):
                break
            with np.errstate(all="ignore"):
                step = float(np.min(np.where(u[bad] > 0, u[bad] / (u[bad] - s[bad]), 0.0)))
            u = u + step * (s - u)
            chosen = chosen & (u > 1e-14)
            u = np.where(chosen, u, 0.0)
            if not np.any(chosen):
                break
        u = s if np.any(chosen) else u
    return u


# --- one cell -----------------------------------------------------------------------------------------


def _cell(cell_of: Callable[..., _Cell], basis: Any, way: Any, random: Any, *, within: bool) -> _Cell:
    """The cell that a direction is in, or one right beside it."""
    way = way / np.linalg.norm(way)
    for scale in (0.0, 1e-7, 1e-6, 1e-5):
        d = way + scale * random.normal(size=len(way))
        try:
            cell = cell_of(basis, d, within=within)
        except _OnWall:
            continue
        if len(cell.walls) > _WALLS:
            raise Open
        if not len(cell.walls) or _inside(cell.walls) is not None:
            return cell
    raise Open


class _Cell:
    """The graph along one direction: values and their slopes by that direction and by a basis of all."""

    def __init__(
        self,
        root: Variable,
        weight: Any,
        order: list[Variable],
        targets: Sequence[Variable],
        moving: Masks,
        live: Masks,
        matters: Masks,
        basis: Any,
        way: Any,
        *,
        within: bool,
    ) -> None:
        self.moving, self.live, self.matters = moving, live, matters
        self.value: Masks = {}
        self.t: Masks = {}  # slopes: first by the direction, then by the basis
        self.size: Masks = {}  # of the slopes, without what cancels: their rounding is in proportion
        self.same: Masks = {}  # numbers of elements: those with one number are one element
        self.known: dict[Any, Any] = {}
        self.straight: dict[int, bool] = {}  # linear in the targets, not in first order only
        self.found: list[Any] = []
        self.within = within
        self.ruled = False  # has a rule chosen by a tie?
        self.way = float(np.linalg.norm(way))
        self.eps = _NOISE * float(np.finfo(root.dtype).eps)
        columns = np.vstack(((basis @ way)[None], basis.T))
        start = 0
        for target in targets:
            stop = start + target.size
            self.t[target.number] = columns[:, start:stop].reshape(-1, *target.shape)
            self.size[target.number] = np.ones(target.shape)
            self.same[target.number] = self._numbers(target)
            self.straight[target.number] = True
            start = stop
        with np.errstate(all="ignore"):
            for node in reversed(order):
                if node.number in moving and node.row is not None and node.number not in self.t:
                    self._evaluate(node, node.row)
            used = np.not_equal(weight, 0)
            t = self.t.get(root.number, np.zeros((len(columns), *root.shape)))
            limit = self.limit(root)
            axes = tuple(range(1, t.ndim))
            self.slopes = np.sum(np.where(used, weight * t, 0.0), axis=axes)[1:]
            self.noise = self.eps * float(np.sum(np.abs(weight) * self.size.get(root.number, 0.0)))
            change = float(np.sum(np.where(used, weight * (limit - root.value), 0.0)))
            whole = float(np.sum(np.abs(weight) * np.maximum(np.abs(limit), np.abs(root.value))))
        self.jumps = abs(change) > 1e-9 * whole
        if not (np.all(np.isfinite(self.slopes)) and np.isfinite(change)) or (change and not self.jumps):
            raise Open
        found = np.concatenate([np.zeros((0, basis.shape[1])), *self.found])
        walls = {a.tobytes(): i for i, a in enumerate(np.round(found, 7) + 0.0)}
        self.key = b"".join(sorted(walls))
        self.walls = found[list(walls.values())]

    def differs(self, expected: Any, *others: Any) -> bool:
        """Are the slopes others than these, by more than rounding?"""
        largest = max(np.max(np.abs(c)) for c in (expected, self.slopes, *others) if c is not None)
        return bool(np.any(np.abs(self.slopes - expected) > 1e-9 * largest + self.noise))

    def limit(self, node: Any) -> Any:
        value = self.value.get(node.number, node.value)
        return np.float64(value) if type(value) is float else value

    @staticmethod
    def _numbers(node: Variable) -> Any:
        return (float(node.number) * 2.0**20 + 1.0 + np.arange(node.size)).reshape(node.shape)

    def _evaluate(self, node: Variable, row: Row) -> None:
        inputs, params = node.inputs, node.params or {}
        v = [self.limit(x) if type(x) is Variable else x for x in inputs]
        t = [self.t.get(x.number) if type(x) is Variable else None for x in inputs]
        moved = any(type(x) is Variable and x.number in self.value for x in inputs)
        if all(part is None for part in t) and not moved:
            return
        reached = self.live.get(node.number, np.False_) & self.moving[node.number]
        if row.function in COMPARISONS:
            self._compare(node, row, v, t)
            return
        if row.function in SELECTIONS:
            self._select(node, row, v, t, params)
            return
        if row is PICK:
            params = self._index(node, params)
            v, t = [v[0], None], [t[0], None]
        arranged = _is_arranged(row)
        if arranged and np.any(row.corner(*v, **params) & reached):  # type: ignore[misc]
            if t[1] is not None:
                self._order_walls(v[1], t[1], self._size_of(node, (1, None), np.shape(v[1])))
            self.ruled = moved = True
            v, t = [v[0], *_ranks(v[1:], t[1:])], [t[0], None]
        out = evaluate(row, v, params) if moved else node.value
        out = np.float64(out) if type(out) is float else out
        if moved and not np.array_equal(out, node.value):
            if np.shape(out) != node.shape:
                raise Open  # the program may have asked how many there are
            self.value[node.number] = out
        if np.asarray(out).dtype == bool or all(part is None for part in t):
            return
        if row.jump is not None and np.any(row.jump(*v, **params) & reached):
            raise Open
        if row.edge is not None and np.any(row.edge(*inputs, **params) & reached):
            raise Open
        if np.any(leaves_domain(node) & reached):
            raise Open
        if row.flat:
            return
        at, chosen = v, out
        tie = row.corner is not None and np.any(row.corner(*v, **params))
        if tie and not _is_broken(row) and not arranged:
            if np.any(row.corner(*v, **params) & reached):  # type: ignore[misc]
                raise Open
        elif tie and not arranged:
            at = _ranks(v, t)
            chosen = evaluate(row, at, params)
        made = self._pushed(row, chosen, at, t, params, node)
        made = np.where(reached | np.isfinite(made), made, 0.0)
        if not np.all(np.isfinite(made)):
            raise Open
        self.t[node.number] = made
        self.size[node.number] = self._sizes(row, chosen, at, inputs, params, node, made)
        self._keep_sameness(row, chosen, at, inputs, params, node)
        if tie and _is_broken(row):
            self._walls(node, row, v, t, made, params)

    def _pushed(self, row: Row, out: Any, v: Any, t: Any, params: Any, node: Variable) -> Any:
        count = next(len(part) for part in t if part is not None)
        if not row.elementwise:
            made = [
                push(row, out, tuple(v), [x if x is None else x[j] for x in t], params) for j in range(count)
            ]
            return np.stack([np.zeros(node.shape) if each is None else np.asarray(each) for each in made])
        total: Any = 0.0
        for rule, part in zip(row.rules, t):
            if part is not None and rule is not None:
                lifted = part.reshape(count, *[1] * (node.ndim - part.ndim + 1), *part.shape[1:])
                total = total + rule(lifted, out, *v, **params)
        return np.broadcast_to(total, (count, *node.shape))

    def _sizes(self, row: Row, out: Any, v: Any, inputs: Any, params: Any, node: Variable, made: Any) -> Any:
        """How large the slopes would be if nothing in them cancelled."""
        sizes = [self.size.get(x.number) if type(x) is Variable else None for x in inputs]
        least = np.max(np.abs(made[1:]), axis=0)
        if _is_broken(row):
            return np.maximum(least, max(float(np.max(s, initial=0.0)) for s in sizes if s is not None))
        if row.elementwise:
            parts = [
                np.abs(rule(s, out, *v, **params))
                for rule, s in zip(row.rules, sizes)
                if rule and s is not None
            ]
            return np.maximum(least, np.broadcast_to(sum(parts), node.shape)) if parts else least
        if row.linear == "each" or (row.selects and row.linear):
            v = [np.abs(x) if x is not None and row.linear == "each" else x for x in v]
            return np.maximum(least, np.abs(push(row, np.abs(out), tuple(v), sizes, params)))
        random = np.random.default_rng(0)
        parts = [least]
        for _ in range(3):  # with these signs hardly anything cancels
            signed = [s if s is None else s * random.choice((-1.0, 1.0), np.shape(s)) for s in sizes]
            made = push(row, out, tuple(v), signed, params)
            parts.append(np.zeros(node.shape) if made is None else np.abs(made))
        return np.full(node.shape, np.max(parts, initial=0.0))

    def _keep_sameness(self, row: Row, out: Any, v: Any, inputs: Any, params: Any, node: Variable) -> None:
        """Elements that are only moved keep their numbers; what is linear is straight."""
        numbers = [self.same.get(x.number) if type(x) is Variable else None for x in inputs]
        found: Any = None
        if row.selects and row.function not in _ADDING:
            zeros = [
                x if x is not None or v[i] is None else np.zeros(np.shape(v[i]))
                for i, x in enumerate(numbers)
            ]
            found = np.asarray(push(row, out, tuple(v), zeros, params))
            known = np.isin(found, np.concatenate([np.ravel(x) for x in numbers if x is not None]))
            found = np.where(known, found, self._numbers(node))
        if found is None:  # what is made of the same in the same way is the same
            made_of = [np.asarray(v[i] if x is None else x) for i, x in enumerate(numbers)]
            key = (row, node.number if params else None, *((x.shape, x.tobytes()) for x in made_of))
            found = self.known.setdefault(key, self._numbers(node))
        self.same[node.number] = np.broadcast_to(found, node.shape)
        moving = [x.number for x in inputs if type(x) is Variable and x.number in self.t]
        linear = row.linear == "jointly" or row.function in _LINEAR or _is_broken(row) or _is_arranged(row)
        scaling = row.linear == "each" or row.function is np.multiply
        scaling = (scaling and len(moving) == 1) or (row.function is np.divide and inputs[1] is not None
                   and not (type(inputs[1]) is Variable and inputs[1].number in self.t))  # fmt: skip
        if row.function is np.where:
            linear = True
        self.straight[node.number] = (linear or scaling) and all(self.straight[n] for n in moving)

    def _index(self, node: Variable, params: Any) -> Any:
        """With which index elements are chosen beside the point, if a tie decides it."""
        boundary, index = node.inputs[1], params["index"]
        if boundary is None or np.array_equal(self.limit(boundary), boundary.value):
            return params
        parts = list(index) if type(index) is tuple else [index]
        which = [i for i, part in enumerate(parts) if np.array_equal(part, boundary.value)]
        if len(which) != 1:
            raise Open
        parts[which[0]] = self.limit(boundary)
        return {"index": tuple(parts) if type(index) is tuple else parts[0]}

    def _compare(self, node: Variable, row: Row, v: Any, t: Any) -> None:
        """A comparison beside the point; on a tie that stays one it is that of equals."""
        shape = node.shape
        count = next((len(part) for part in t if part is not None), 0)
        truth: Any = np.asarray(evaluate(row, v, None))
        first, second = v
        tie = np.broadcast_to(
            np.equal(first, second) & self.moving[node.number] & self.live.get(node.number, False), shape
        )
        if np.any(tie):
            x, y = (_lifted(part, count, shape) for part in t)
            numbers = [
                self.same.get(u.number, np.nan) if type(u) is Variable else np.nan for u in node.inputs
            ]
            size = sum(self.size.get(u.number, 0.0) if type(u) is Variable else 0.0 for u in node.inputs)
            self.ruled = self.ruled or node.decided == "rule"
            gap = x - y
            form = np.max(np.abs(gap[1:]), axis=0)
            rests = form <= self.eps * size
            same = np.broadcast_to(np.equal(numbers[0], numbers[1]), shape)
            if all(self.straight.get(u.number, True) for u in node.inputs if type(u) is Variable):
                same = same | (rests if self.within else form == 0)
            if np.any(tie & rests & ~same):
                raise Open if self.within or not np.any(tie & rests & ~same & (form != 0)) else Blurred
            self._wall(gap[:, tie & ~rests], np.zeros(int(np.sum(tie & ~rests))))
            truth = np.where(tie & ~rests, evaluate(row, (gap[0], 0.0), None), truth)
        self.value[node.number] = truth

    def _select(self, node: Variable, row: Row, v: Any, t: Any, params: Any) -> None:
        """Which elements are the largest beside the point; where first order does not tell, nobody knows."""
        self.value[node.number] = evaluate(row, _ranks(v, t), params)
        if t[0] is None:
            return
        among = np.full(np.shape(v[0]), True)
        if row.function in (np.argmax, np.argmin):
            among = v[0] == SELECTIONS[row.function](v[0], axis=params.get("axis"), keepdims=True)
        number = node.inputs[0].number
        numbers, straight = self.same[number], self.straight[number]
        size = self._size_of(node, (0, None), np.shape(v[0]))[among]
        forms, same = self._order_walls(v[0][among], t[0][:, among], size, numbers[among])
        rests = np.max(np.abs(forms), axis=0, initial=0.0) <= self.eps * np.max(size, initial=0.0)
        stays = same | (straight and (rests if self.within else ~np.any(forms, axis=0)))
        if np.any(rests & ~stays):
            raise Open

    def _order_walls(self, a: Any, t: Any, size: Any, numbers: Any = None) -> tuple[Any, Any]:
        """The ties among all elements: how they part, and which are between numbers that are the same."""
        a, slopes = np.ravel(a), t.reshape(len(t), -1)
        order = np.lexsort((slopes[0], a))
        tie = np.diff(a[order]) == 0
        gaps = np.diff(slopes[:, order])[:, tie]
        self._wall(gaps, np.full(int(np.sum(tie)), np.max(size, initial=0.0)))
        return gaps[1:], numbers is not None and (np.diff(numbers[order]) == 0)[tie]

    def _walls(self, node: Variable, row: Row, v: Any, t: Any, made: Any, params: Any) -> None:
        """The ties that this direction breaks."""
        matters = self.matters.get(node.number, np.False_) & self.moving[node.number]
        count, shape = len(made), node.shape
        if row.elementwise:
            for i, j in _PAIRS[row.name]:
                x, y = v[i], 0.0 if j is None else v[j]
                if x is None or y is None:
                    continue
                tie = np.broadcast_to(np.equal(x, y) & matters, shape)
                gap = _lifted(t[i], count, shape) - (0.0 if j is None else _lifted(t[j], count, shape))
                size = self._size_of(node, (i, j), shape)
                self._wall(gap[:, tie], size[tie])
            return
        if not np.any(matters):
            return
        axis = params.get("axis", -1 if row.function is np.sort else None)
        a, ta, size = v[0], t[0], self._size_of(node, (0, None), np.shape(v[0]))
        if row.function is np.sort:
            if axis is None:
                a, ta, axis = np.ravel(a), ta.reshape(count, -1), 0
                made, size = made.reshape(count, -1), np.ravel(size)
            axis = axis % np.ndim(a)
            tie = np.diff(np.sort(a, axis=axis), axis=axis) == 0
            self._wall(np.diff(made, axis=axis + 1)[:, tie], np.full(int(np.sum(tie)), np.max(size)))
            return
        extreme = row.function(a, axis=axis, keepdims=True)
        kept = made.reshape(count, *np.shape(extreme))
        gap = np.broadcast_to(kept, ta.shape) - ta
        reached = np.broadcast_to(np.reshape(np.broadcast_to(matters, shape), np.shape(extreme)), np.shape(a))
        tie = (a == extreme) & reached
        self._wall(gap[:, tie], np.full(int(np.sum(tie)), np.max(size)))

    def _size_of(self, node: Variable, which: Any, shape: Any) -> Any:
        total: Any = np.zeros(shape)
        for i in which:
            x = None if i is None else node.inputs[i]
            if type(x) is Variable:
                total = total + self.size.get(x.number, 0.0)
        return np.broadcast_to(total, shape)

    def _wall(self, gap: Any, size: Any) -> None:
        """Ties as walls, each with its normal towards this direction; what is nothing but rounding is none."""
        if not gap.size:
            return
        form = gap[1:].T
        length = np.linalg.norm(form, axis=1)
        real = length > self.eps * size
        if np.any(np.abs(gap[0][real]) <= 1e-11 * length[real] * self.way):
            raise _OnWall
        self.found.append((form * np.sign(gap[0])[:, None])[real] / length[real][:, None])


_LINEAR = (np.add, np.subtract, np.negative, np.positive, np.conjugate)


def _is_broken(row: Row) -> bool:
    """Is it linear between its ties?"""
    return row.corner is not None and (row.name in _PAIRS or row.function in (np.sort, np.max, np.min))


def _is_arranged(row: Row | None) -> bool:
    """Does it put elements in the order of others, which have no rule?"""
    return row is not None and row.corner is not None and not row.elementwise and None in row.rules


def _lifted(part: Any, count: int, shape: tuple[int, ...]) -> Any:
    """Slopes in the shape to which their argument was broadcast."""
    if part is None:
        return np.zeros((count, *shape))
    part = part.reshape(count, *[1] * (len(shape) - part.ndim + 1), *part.shape[1:])
    return np.broadcast_to(part, (count, *shape))


def _ranks(v: Sequence[Any], t: Sequence[Any]) -> list[Any]:
    """Whole numbers in the order of the values, equal ones in that of their slopes; zero is 0."""
    given = [i for i, x in enumerate(v) if x is not None]
    values = np.concatenate([*(np.ravel(v[i]) for i in given), [0.0]]).astype(float) + 0.0
    slopes = np.concatenate(
        [*(np.zeros(np.size(v[i])) if t[i] is None else np.ravel(t[i][0]) for i in given), [0.0]]
    )
    order = np.lexsort((slopes, values))
    steps = (np.diff(values[order]) != 0) | (np.diff(slopes[order]) != 0)
    rank = np.empty(len(order))
    rank[order] = np.concatenate(([0.0], np.cumsum(steps)))
    rank = np.where(np.isnan(values), np.nan, rank - rank[-1])
    found: list[Any] = [None] * len(v)
    start = 0
    for i in given:
        stop = start + np.size(v[i])
        found[i] = rank[start:stop].reshape(np.shape(v[i]))
        start = stop
    return found


# --- what matters -------------------------------------------------------------------------------------


def influence(root: Variable, weight: Any, order: list[Variable], moving: Masks, live: Masks) -> Masks:
    """For each node, the elements whose slope may come into the result's: relu(x)**2 at 0 has none of relu's."""
    matters: Masks = {root.number: np.not_equal(weight, 0) & np.ones(root.shape, bool)}
    with np.errstate(all="ignore"):
        for node in order:
            row, mask = node.row, matters.get(node.number)
            if row is None or mask is None or node.number not in moving:
                continue
            mask = mask & live.get(node.number, False) & moving[node.number]
            values = tuple(map(wide, input_values(node)))
            for i, x in enumerate(node.inputs):
                if type(x) is Variable and x.number in moving:
                    part = _influence_of(row, i, mask, node, values)
                    matters[x.number] = matters[x.number] | part if x.number in matters else part
    return matters


def _influence_of(row: Row, i: int, mask: Any, node: Variable, values: Any) -> Any:
    shape, params = np.shape(values[i]), node.params or {}
    everything = np.full(shape, bool(np.any(mask)))
    rule = None if row.flat else row.rules[0 if row.variadic else min(i, len(row.rules) - 1)]
    simple = row.elementwise or (row.linear == "jointly" and row.selects)
    if rule is None or not simple:
        return everything
    which = (i,) if row.variadic else ()
    g = mask.astype(float)
    part: Any = np.asarray(rule(*which, g, node.value, *values, **params))
    part = (part != 0) | ~np.isfinite(part)
    if row.elementwise:
        if row.corner is not None:
            part = part | (mask & row.corner(*values, **params))
        part = np.broadcast_to(part, node.shape)
        extra = node.ndim - len(shape)
        part = part.any(axis=tuple(range(extra))) if extra else part
        axes = tuple(k for k, n in enumerate(shape) if n == 1 and part.shape[k] != 1)
        part = part.any(axis=axes, keepdims=True) if axes else part
    return np.broadcast_to(part, shape)
