"""A layered drawing of an acyclic graph: which layer a node is in, and where in it.

layered = arrange([[], [0], [0, 1]])
layered.layer, layered.heights([1.0, 1.0, 1.0], 0.5)

The method is Sugiyama's, in three steps: layers by longest path; an order in each layer by barycentres and swaps of
neighbours, keeping the order with the fewest crossings; heights by least squares with separations, which
isotonic regression solves exactly for one layer at a time. An edge over several layers passes through a bend in
each, and all edges that leave one node share their bends.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_SWEEPS = 24
_PATIENCE = 6  # sweeps without a gain
_RELAXATIONS = 60


@dataclass
class Layered:
    """Layers and order of nodes, and of the bends, which are numbered after the nodes.

    ``links`` are pairs of a node or bend and one in the next layer; ``rows`` are the layers, each in order.
    """

    layer: list[int]
    links: list[tuple[int, int]] = field(default_factory=list)
    rows: list[list[int]] = field(default_factory=list)
    crossings: int = 0

    def heights(self, sizes: Sequence[float], gap: float) -> list[float]:
        """The middle of every node and bend across the layers, nodes of these sizes a gap apart."""
        return _heights(self, [*sizes, *([0.0] * (len(self.layer) - len(sizes)))], gap)


def arrange(parents: Sequence[Sequence[int]]) -> Layered:
    """Layers for nodes, of which node i was made from ``parents[i]``, all with smaller numbers.

    Each node stands as late as it can; where that makes edges cross, as early as it can is tried too.
    """
    late = _linked(parents, _latest(parents))
    if not late.crossings:
        return late
    return min(late, _linked(parents, _earliest(parents)), key=lambda each: (each.crossings, len(each.layer)))


def _earliest(parents: Sequence[Sequence[int]]) -> list[int]:
    """The longest path to each node; an input moves up to just before the first node that needs it."""
    layer: list[int] = []
    for sources in parents:
        layer.append(1 + max((layer[source] for source in sources), default=-1))
    first: dict[int, int] = {}
    for i, sources in enumerate(parents):
        for source in sources:
            first[source] = min(first.get(source, layer[i]), layer[i])
    return [first[i] - 1 if not sources and i in first else layer[i] for i, sources in enumerate(parents)]


def _latest(parents: Sequence[Sequence[int]]) -> list[int]:
    """Each node just before the first that needs it."""
    layer = [max(_earliest(parents), default=0)] * len(parents)
    for i in range(len(parents) - 1, -1, -1):
        for source in parents[i]:
            layer[source] = min(layer[source], layer[i] - 1)
    return layer


def _linked(parents: Sequence[Sequence[int]], layer: list[int]) -> Layered:
    """The links, with their bends, and the order in each layer."""
    count = len(parents)
    found = Layered(list(layer))
    last: dict[int, int] = {}
    for i, sources in enumerate(parents):
        for source in sources:
            last[source] = max(last.get(source, 0), layer[i])
    bend: dict[tuple[int, int], int] = {(i, layer[i]): i for i in range(count)}
    for source, end in last.items():
        for k in range(layer[source] + 1, end):
            bend[source, k] = len(found.layer)
            found.layer.append(k)
            found.links.append((bend[source, k - 1], bend[source, k]))
    for i, sources in enumerate(parents):
        for source in dict.fromkeys(sources):
            found.links.append((bend[source, layer[i] - 1], i))
    found.rows, found.crossings = _ordered(found)
    return found


# --- order ----------------------------------------------------------------------------------------------


def _ordered(found: Layered) -> tuple[list[list[int]], int]:
    """The nodes of each layer from top to bottom, and how many links cross."""
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for a, b in found.links:
        after.setdefault(a, []).append(b)
        before.setdefault(b, []).append(a)
    rows: list[list[int]] = [[] for _ in range(max(found.layer, default=-1) + 1)]
    for node, k in enumerate(found.layer):
        rows[k].append(node)
    best, fewest, stale = [list(row) for row in rows], _all_crossings(rows, after), 0
    for sweep in range(_SWEEPS):
        if not fewest or stale == _PATIENCE:
            break
        forward = sweep % 2 == 0
        neighbours = before if forward else after
        order = range(1, len(rows)) if forward else range(len(rows) - 2, -1, -1)
        for k in order:
            place = {node: i for i, node in enumerate(rows[k - 1 if forward else k + 1])}
            keys = {}
            for i, node in enumerate(rows[k]):
                near = neighbours.get(node, ())
                centre = sum(place[each] for each in near) / len(near) if near else float(i)
                # ties go the other way in every second pair of sweeps, which gets out of dead ends
                keys[node] = (centre, i * (-1) ** (sweep // 2))
            rows[k].sort(key=keys.__getitem__)
        _swap_neighbours(rows, before, after)
        now = _all_crossings(rows, after)
        stale += 1
        if now < fewest:
            best, fewest, stale = [list(row) for row in rows], now, 0
    return best, fewest


def _swap_neighbours(
    rows: list[list[int]], before: dict[int, list[int]], after: dict[int, list[int]]
) -> None:
    """Exchange two neighbours in a layer wherever that takes crossings away."""
    improved, rounds = True, 0
    while improved and rounds < 8:
        improved, rounds = False, rounds + 1
        for k, row in enumerate(rows):
            places = [
                ({node: i for i, node in enumerate(rows[j])}, links)
                for j, links in ((k - 1, before), (k + 1, after))
                if 0 <= j < len(rows)
            ]
            for i in range(len(row) - 1):
                a, b = row[i], row[i + 1]
                gain = 0
                for place, links in places:
                    one = [place[each] for each in links.get(a, ())]
                    other = [place[each] for each in links.get(b, ())]
                    gain += sum((x > y) - (x < y) for x in one for y in other)
                if gain > 0:
                    row[i], row[i + 1] = b, a
                    improved = True


def _all_crossings(rows: list[list[int]], after: dict[int, list[int]]) -> int:
    return sum(_crossings(one, other, after) for one, other in pairwise(rows))


def _crossings(row: list[int], following: list[int], after: dict[int, list[int]]) -> int:
    """Pairs of links between two layers that cross: inversions, counted by insertion."""
    place = {node: i for i, node in enumerate(following)}
    seen: list[int] = []
    total = 0
    for node in row:
        ends = sorted(place[each] for each in after.get(node, ()))
        total += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
        for end in ends:
            insort(seen, end)
    return total


# --- heights --------------------------------------------------------------------------------------------


def _heights(found: Layered, size: list[float], gap: float) -> list[float]:
    """Heights that draw linked nodes level, in the given order, without overlap; larger is lower."""
    rows = found.rows
    near: list[list[int]] = [[] for _ in found.layer]
    for a, b in found.links:
        near[a].append(b)
        near[b].append(a)
    height = [0.0] * len(found.layer)
    offsets: list[list[float]] = []
    for row in rows:
        at, offset = 0.0, []
        for i, node in enumerate(row):
            at += (size[row[i - 1]] + size[node]) / 2 + gap if i else 0.0
            offset.append(at)
        offsets.append(offset)
        for node, each in zip(row, offset):
            height[node] = each - at / 2
    for turn in range(_RELAXATIONS):
        for k in range(len(rows)) if turn % 2 == 0 else range(len(rows) - 1, -1, -1):
            row, offset = rows[k], offsets[k]
            wanted = [
                (sum(height[each] for each in near[node]) / len(near[node]) if near[node] else height[node])
                - each
                for node, each in zip(row, offset)
            ]
            weights = [1.0 + len(near[node]) for node in row]
            for node, level, each in zip(row, _isotonic(wanted, weights), offset):
                height[node] = level + each
    return height


def _isotonic(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The increasing sequence nearest to ``wanted`` in weighted least squares, by pooling adjacent violators."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, length
    for value, weight in zip(wanted, weights):
        mean, total, length = value, weight, 1
        while pools and pools[-1][0] > mean:
            other, heavier, longer = pools.pop()
            mean = (mean * total + other * heavier) / (total + heavier)
            total, length = total + heavier, length + longer
        pools.append((mean, total, length))
    return [mean for mean, _, length in pools for _ in range(length)]
