"""What a function of one variable does: domain, zeros, signs, extrema, convexity, asymptotes, all of it proved.

    found = study(parse("x**3 - 3*x").node, "x")
    [point.extremum for point in found.points if point.extremum]        # ["maximum", "minimum"]

The range (the line; one period of what is periodic; or an interval) is cut where the function may change: where
something that it divides by, takes a root or a logarithm of, or compares, is 0. Between two cuts it is analytic or
nowhere defined. There the zeros of f, f' and f'' are isolated, all of them; these *points* leave *segments* on which
each of the three keeps its sign, which one place in it tells. At a cut, limits from both sides and the value decide
what f does.

Extrema follow from comparisons only: f(p) against its limit on each side, and where they are equal against the sign of
f' beside p. So a maximum may be a corner, a cusp, the edge of the domain or one end of a jump.

Invariants: no zero of f, f' or f'' lies inside a segment whose sign is given; a sign that is not proved is None; what
is not settled is listed with its place. Where the line is too much to prove, the range is [-10, 10], and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import flint
import sympy

from calcgrad.budget import doing
from calcgrad.calculus import cells, derivatives, domains, functions, limits, numeric, points, symbolic
from calcgrad.calculus.studies import isolation
from calcgrad.calculus.studies.isolation import Place, Unsettled, Zeros
from calcgrad.errors import CalcgradError
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.columns import column, has
from calcgrad.expression.tree import (
    INFINITY,
    Call,
    Name,
    Node,
    Number,
    fold,
    names_in,
    operations,
    postorder,
    rational,
    rebuild,
    substitute,
)

WINDOW = 10
_MARGINS = tuple(Fraction(1, 10**k) for k in (4, 2, 1))  # of a place near which nothing is settled
_MOST_POINTS = 200
_MOST_CUT_OUT = 2  # places in one cell near which nothing is settled
_NEAR = 3  # times the widest margin: a place there is the same trouble again
_PRIMES = (2, 3, 5, 7, 11, 13)
_MOST_SAMPLES = 20
_MOST_PARTS = 4  # that a period is divided in, again and again
_FAILURES = (*symbolic.ALL_FAILURES, CalcgradError)
Real = Node | numeric.Ball  # exact, or a ball
Void = tuple[Place, Place]
Part = tuple[Place | None, Place | None] | None


@dataclass(frozen=True)
class Approach:
    """A limit from one side: ``value``, or infinite with a sign, or none; unknown where all is empty."""

    value: Real | None = None
    infinite: int = 0
    reason: str = ""  # oscillates or undecided


@dataclass
class Segment:
    """An open interval without a point; infinite where an end is None. ``signs`` are those of f, f' and f''."""

    low: Place | None
    high: Place | None
    zeros: Zeros | None  # None: f is not defined here, or where it is is not settled
    signs: list[int | None] = field(default_factory=lambda: [None, None, None])
    settled: bool = True

    @property
    def defined(self) -> bool:
        return self.zeros is not None


@dataclass
class Point:
    """A notable place: a zero of f, f' or f'', or a cut.

    ``kind``: stationary, corner, vertical-tangent, cusp, jump, isolated, edge (of the domain), end (of the range);
    outside the domain pole, hole, gap (jump without a value), edge, oscillation; '' for a regular point.
    """

    place: Place
    value: Real | None = None  # None: f is not defined
    left: Approach | None = None
    right: Approach | None = None
    vanishes: tuple[bool, bool, bool] = (False, False, False)
    cut: bool = False
    kind: str = ""
    extremum: str = ""  # maximum or minimum, of the values beside it
    strict: bool = True
    inflection: bool = False
    smooth: bool = True  # has a tangent, as far as is known
    slope: Any = None


@dataclass(frozen=True)
class Asymptote:
    """``kind`` vertical, horizontal or slanted; the line, and where it is approached: left, right, both, -oo, oo."""

    kind: str
    line: Real
    where: str


@dataclass(frozen=True)
class Extreme:
    """The greatest or least value: taken at ``places``, all along ``stretches``, or only approached, or infinite."""

    value: Real | None = None
    infinite: int = 0
    places: tuple[Place, ...] = ()
    settled: bool = True
    stretches: tuple[Segment, ...] = ()


@dataclass
class Study:
    """All that was found on the range from ``low`` to ``high`` (None: infinite).

    ``scope``: everywhere, period, window (as far as it was looked) or on (what was asked for).
    """

    low: Place | None
    high: Place | None
    scope: str
    segments: list[Segment]
    points: list[Point]
    period: Any = None
    least_period: bool = False
    symmetry: str | None = ""  # even, odd, '' neither, None not settled
    asymptotes: list[Asymptote] = field(default_factory=list)
    greatest: Extreme = Extreme(settled=False)
    least: Extreme = Extreme(settled=False)
    bent: tuple[Place, Place] | None = None  # where convexity was looked at, if not everywhere
    unsettled: list[tuple[str, tuple[Any, Any] | None]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ends: tuple[Approach | None, Approach | None] = (None, None)

    @property
    def is_somewhere(self) -> bool:
        """Is f defined at all on the range, as far as is known?"""
        return any(each.defined or not each.settled for each in self.segments) or any(
            point.value is not None for point in self.points
        )


def study(root: Node, name: str, low: Node | None = None, high: Node | None = None) -> Study:
    """The study of a function on the line, or from ``low`` to ``high``. Raises Unsettled where there is none."""
    root = _attached(root)
    found: Study | None = None
    if low is not None or high is not None:
        ends = [None if end is None else isolation.of_tree(end) for end in (low, high)]
        found = _Survey(root, name, ends[0], ends[1], "on", True).made()
    else:
        period = _period(root, name)
        if period is not None:
            start, stop = isolation.of_tree(Number(0)), isolation.of_tree(symbolic.from_sympy(period))
            found = _Survey(root, name, start, stop, "period", True, period).made()
        else:
            try:
                found = _Survey(root, name, None, None, "everywhere", False).made()
            except Unsettled:
                ends = [isolation.of_tree(rational(Fraction(end))) for end in (-WINDOW, WINDOW)]
                found = _Survey(root, name, ends[0], ends[1], "window", True).made()
    found.symmetry = _symmetry(root, name, found)
    if found.symmetry and not _same_domain(root, _mirrored(root, name)):
        same = None if found.scope == "on" else _is_mirror_image(found)
        known = found.scope in ("everywhere", "period")  # of all of the line, not of a part of it
        found.symmetry = "" if same is False else found.symmetry if same and known else None
    _ties(found)
    open_ = [("symmetry", found.symmetry is None)]
    open_ += [("greatest value", not found.greatest.settled), ("least value", not found.least.settled)]
    if found.is_somewhere:
        found.unsettled += [(f"the {what}", None) for what, is_open in open_ if is_open]
    return found


def _attached(root: Node) -> Node:
    """detach(u) has the value of u, which is all that counts here."""

    def step(node: Node, parts: list[Node]) -> Node:
        if isinstance(node, Call) and node.function == "detach":
            return parts[0]
        return rebuild(node, tuple(parts))

    return fold(root, step)


class _Survey:
    """One range of one function. ``patient``: what is not settled is cut out and listed, else Unsettled is raised."""

    def __init__(
        self, root: Node, name: str, low: Place | None, high: Place | None, scope: str, patient: bool,
        period: Any = None,
    ) -> None:  # fmt: skip
        self.root, self.name, self.low, self.high = root, name, low, high
        self.scope, self.patient, self.period = scope, patient, period
        self.unsettled: list[tuple[str, tuple[Any, Any] | None]] = []
        self.bent: tuple[Place, Place] | None = None
        self.branches: dict[Node, Zeros] = {}
        self.voids: list[Void] = []  # near a place at which cuts run together

    def made(self) -> Study:
        cuts = self.cuts()
        segments: list[Segment] = []
        places: list[tuple[Place, bool]] = []
        knots: list[Place | None] = [self.low, *cuts, self.high]
        for index, (a, b) in enumerate(pairwise(knots)):
            if index:
                assert a is not None
                places.append((a, True))
            for piece in self._cell(a, b):
                if (
                    segments
                    and piece.low is not None
                    and piece.low is segments[-1].high
                    and piece.low is not a
                ):
                    places.append((piece.low, False))
                segments.append(piece)
        if len(places) > _MOST_POINTS:
            raise Unsettled("more than can be listed", None)
        segments, places = self._without_idle(segments, places)
        study = Study(
            self.low,
            self.high,
            self.scope,
            segments,
            [],
            self.period,
            bent=self.bent,
            unsettled=self.unsettled,
        )
        before = segments[-1] if self.scope == "period" else None
        if self.low is not None:
            study.points.append(self._point(self.low, before, segments[0], self.scope == "period"))
        for (place, cut), left, right in zip(places, segments[:-1], segments[1:], strict=True):
            study.points.append(self._point(place, left, right, cut))
        if self.high is not None and self.scope != "period":
            study.points.append(self._point(self.high, segments[-1], None, False))
        if self.low is None:
            study.ends = (self._approach(segments[0], None, 1), study.ends[1])
        if self.high is None:
            study.ends = (study.ends[0], self._approach(segments[-1], None, -1))
        for point in study.points:
            self._classify(point, study)
        with doing("the asymptotes"):
            study.asymptotes = [*_vertical(study), *self._far(study)]
        study.greatest, study.least = (_extreme(study, way) for way in (1, -1))
        if self.scope == "period":
            study.least_period = self._is_least_period(study)
        if has_single_points(self.root, self.name):
            study.notes.append("single points at which an exponent happens to be whole are left out")
        return study

    def _without_idle(
        self, segments: list[Segment], places: list[tuple[Place, bool]]
    ) -> tuple[list[Segment], list[tuple[Place, bool]]]:
        """Without cuts in the midst of where f is not defined."""
        kept, knots = segments[:1], []
        for (place, cut), segment in zip(places, segments[1:], strict=True):
            idle = all(each.settled and not each.defined for each in (kept[-1], segment))
            if idle and self._value(self.root, place) is None:
                kept[-1] = Segment(kept[-1].low, segment.high, None)
            else:
                kept.append(segment)
                knots.append((place, cut))
        return kept, knots

    # -------------------------------------------------------------------------------------------- cells

    @doing("where f breaks")
    def cuts(self) -> list[Place]:
        """Where f may change, strictly inside the range, in order."""
        found: list[Place] = []
        for edge in cells.edges(self.root, self.name):
            knots: list[Place | None] = [self.low, *found, self.high]
            more: list[Place] = []
            for a, b in pairwise(knots):
                sample = isolation.between(a, b)
                tree = branch(edge, self.name, sample)
                here = numeric.evaluate(tree, 5, {self.name: sample}, limit=100)
                if isinstance(here, numeric.Undefined):
                    if here.kind == "too-large":
                        raise Unsettled("a number that is too large", None)
                    continue
                if any(a is low and b is high for low, high in self.voids):
                    continue
                zeros = self._zeros(tree)
                if zeros.vanishes(0, sample):
                    continue
                try:
                    inside = zeros.inside(a, b)
                except Unsettled as error:
                    inside = self._beside(zeros, a, b, error)
                else:
                    for place in inside:
                        place.zero_of.add(edge)
                more += inside
            found = isolation.merged([*found, *more])
            if len(found) > _MOST_POINTS:
                raise Unsettled("more places than can be listed", None)
        return found

    def _beside(self, zeros: Zeros, a: Place | None, b: Place | None, error: Unsettled) -> list[Place]:
        """The cuts of a cell but those near a place where they run together; that becomes a void."""
        for before, void, after in self._cut_out(a, b, error):
            try:
                found = [
                    place for part in (before, after) if part is not None for place in zeros.inside(*part)
                ]
            except Unsettled:
                continue
            self.voids.append(void)
            self.unsettled.append(("where f is defined and bends", void))
            return [*found, *(end for end in void if end is not a and end is not b)]
        raise error

    def _cut_out(
        self, a: Place | None, b: Place | None, error: Unsettled
    ) -> Iterator[tuple[Part, Void, Part]]:
        """An interval in three: what is before and after the place of an error, and ever more around it."""
        if not self.patient or error.where is None or a is None or b is None:
            raise error
        first, last = map(_middle, error.where)
        for margin in _MARGINS:
            low = isolation.of_tree(rational(_round(first - margin, margin)))
            high = isolation.of_tree(rational(_round(last + margin, margin)))
            before = (a, low) if isolation.order(a, low) < 0 else None
            after = (high, b) if isolation.order(high, b) < 0 else None
            if before is not None or after is not None:
                yield before, (low if before else a, high if after else b), after

    def _zeros(self, tree: Node) -> Zeros:
        if tree not in self.branches:
            self.branches[tree] = Zeros(tree, self.name)
        return self.branches[tree]

    @doing("the zeros of f and its derivatives")
    def _cell(self, a: Place | None, b: Place | None, left_out: tuple[Fraction, ...] = ()) -> list[Segment]:
        """The segments between two cuts; ``left_out`` are places near which nothing is settled."""
        if any(a is low and b is high for low, high in self.voids):
            return [Segment(a, b, None, settled=False)]
        sample = isolation.between(a, b)
        here = numeric.evaluate(self.root, 5, {self.name: sample}, limit=200)
        if isinstance(here, numeric.Undefined):
            if here.kind == "too-large":
                raise Unsettled("a number that is too large", None)
            return [Segment(a, b, None)]
        zeros = self._zeros(branch(self.root, self.name, sample))
        try:
            levels = [[] if zeros.vanishes(k, sample) else zeros.inside(a, b, k) for k in (0, 1)]
            levels.append(self._bends(zeros, a, b))
            return self._segments(zeros, a, b, levels)
        except Unsettled as error:
            if not self.patient or len(left_out) >= 2 * _MOST_CUT_OUT:
                raise
            return self._around(zeros, a, b, error, left_out)

    def _bends(self, zeros: Zeros, a: Place | None, b: Place | None) -> list[Place]:
        """The zeros of f''; on an unbounded interval perhaps only as far as the window reaches."""
        if zeros.vanishes(2, isolation.between(a, b)):
            return []
        try:
            return zeros.inside(a, b, 2)
        except Unsettled:
            if self.low is not None and self.high is not None:
                raise
        if self.bent is None:
            self.bent = isolation.of_tree(rational(-WINDOW)), isolation.of_tree(Number(WINDOW))
        low, high = a, b
        if low is None or isolation.order(low, self.bent[0]) < 0:
            low = self.bent[0]
        if high is None or isolation.order(self.bent[1], high) < 0:
            high = self.bent[1]
        return zeros.inside(low, high, 2) if isolation.order(low, high) < 0 else []

    def _around(
        self, zeros: Zeros, a: Place | None, b: Place | None, error: Unsettled, left_out: tuple[Fraction, ...]
    ) -> list[Segment]:
        """The segments of a cell without what lies near the place at which something is not settled."""
        near = _NEAR * _MARGINS[-1]
        if error.where is not None and any(abs(_middle(error.where[0]) - each) < near for each in left_out):
            raise error
        for before, gap, after in self._cut_out(a, b, error):
            avoid = (*left_out, _middle(gap[0]), _middle(gap[1]))
            try:
                made = [] if before is None else self._cell(*before, avoid)
                made.append(Segment(*gap, zeros, settled=False))
                made += [] if after is None else self._cell(*after, avoid)
            except Unsettled:
                continue
            self.unsettled.append((str(error), gap))
            return made
        assert a is not None and b is not None
        self.unsettled.append((str(error), (a, b)))
        return [Segment(a, b, zeros, settled=False)]

    def _segments(
        self, zeros: Zeros, a: Place | None, b: Place | None, levels: list[list[Place]]
    ) -> list[Segment]:
        inner = isolation.merged(place for level in levels for place in level)
        made = []
        for low, high in pairwise([a, *inner, b]):
            segment = Segment(low, high, zeros)
            for k in (0, 1, 2):
                segment.signs[k] = 0 if zeros.is_nought[k] else self._sign(zeros, k, low, high)
            made.append(segment)
        return made

    def _sign(self, zeros: Zeros, level: int, low: Place | None, high: Place | None) -> int | None:
        if level == 2 and self.bent is not None:
            outside = (low is None or isolation.order(low, self.bent[0]) < 0) or (
                high is None or isolation.order(self.bent[1], high) < 0
            )
            if outside:
                return None
        sample = isolation.between(low, high)
        found = numeric.sign(numeric.evaluate(zeros.tree(level), 5, {self.name: sample}, limit=400))
        if not found:
            raise Unsettled("the sign between two places", (low, high) if low and high else None)
        return found

    # ------------------------------------------------------------------------------------------- points

    @doing("what f does at its points")
    def _point(self, place: Place, left: Segment | None, right: Segment | None, cut: bool) -> Point:
        """A place with the value of f there, its limits, and which of f, f', f'' vanish."""
        inside = next((each for each in (left, right) if each is not None and each.zeros is not None), None)
        point = Point(place, cut=cut)
        if cut or left is None or right is None:
            try:
                point.value = self._value(self.root, place)
            except Unsettled:
                if inside is None or inside.zeros is None or not self._is_whole(place):
                    raise
                point.value = self._value(inside.zeros.tree(0), place)
            if left is not None:
                point.left = self._approach(left, self.high if self._is_start(place, left) else place, -1)
            if right is not None:
                point.right = self._approach(right, place, 1)
            if cut and place.exact is None and point.value is not None and self._is_joined(place):
                flat = (each for each in (left, right) if each is not None and each.signs[1] == 0)
                if (beside := next(flat, None)) is not None and beside.zeros is not None:
                    point.value = _constant(beside.zeros, isolation.between(beside.low, beside.high))
                point.left, point.right = (
                    None if each is None else Approach(point.value) for each in (point.left, point.right)
                )
            if point.value is not None:
                zero = _sign_of(point.value)
                if zero is None:
                    self.unsettled.append(("whether f is 0", (place, place)))
                point.vanishes = (zero == 0, False, False)
        else:
            assert inside is not None and inside.zeros is not None
            point.value = self._value(inside.zeros.tree(0), place)
            point.vanishes = tuple(  # type: ignore[assignment]
                not inside.zeros.is_nought.get(k, False) and self._vanishes(inside.zeros, k, place)
                for k in (0, 1, 2)
            )
        return point

    def _is_whole(self, place: Place) -> bool:
        """Does f bend here at most: is it continuous, with all of its parts defined all around?"""
        conditions = (domains.condition_of(node) for node in postorder(self.root))
        return self._is_joined(place) and all(
            each is None or self.name not in names_in(each) or isolation.holds_around(each, self.name, place)
            for each in conditions
        )

    def _is_joined(self, place: Place) -> bool:
        """Is no part that jumps at one of its kinks, so that f, which has a value here, is continuous?"""
        for node in postorder(self.root):
            if isinstance(node, Call) and domains.jumps(node) and self.name in names_in(node):
                for edge in cells.edges(node, self.name):
                    if isolation.sign(edge, self.name, place) in (0, None):
                        return False
        return True

    def _is_start(self, place: Place, left: Segment) -> bool:
        """Is it the start of a period, whose left neighbour is the last segment?"""
        return self.scope == "period" and place is self.low and left.high is self.high

    def _vanishes(self, zeros: Zeros, level: int, place: Place) -> bool:
        try:
            return bool(isolation.is_zero(zeros.tree(level), self.name, place))
        except Unsettled:
            return False

    def _value(self, tree: Node, place: Place) -> Real | None:
        """The value at a place, None where there is none."""
        if place.exact is not None:
            there = substitute(tree, {Name(self.name): place.exact})
            found = symbolic.evaluate(there, 15)
            if isinstance(found, numeric.Undefined):
                if found.kind == "too-large":
                    raise Unsettled("a number that is too large", (place, place))
                return None
            if isinstance(found, Fraction):
                return rational(found)
            try:
                number = symbolic.to_sympy(there)
                if isinstance(found, numeric.Ball):
                    return _tidy(there)
                if symbolic.is_zero(number):
                    return Number(0)
            except _FAILURES:  # such as of max(0, u) where u is 0
                pass
            raise Unsettled("a value", (place, place))
        found = isolation.value(tree, self.name, place, 15)
        if found is numeric.UNSETTLED and isolation.is_zero(tree, self.name, place):
            return Number(0)
        if found is numeric.UNSETTLED:
            found = isolation.value(self._at_edges(tree, place), self.name, place, 15)
        if isinstance(found, numeric.Undefined):
            return None
        if isinstance(found, Fraction):
            return rational(found)
        if isinstance(found, numeric.Ball):
            found.finer = lambda digits: isolation.value(tree, self.name, place, digits)
            return found
        raise Unsettled("a value", (place, place))

    def _at_edges(self, tree: Node, place: Place) -> Node:
        """The tree with the functions that are 0 at a place without a name as 0."""
        known = {
            edge: Number(0)
            for edge in cells.edges(self.root, self.name)
            if isolation.is_zero(edge, self.name, place) or edge is place.vanishing
        }
        return substitute(tree, known)

    def _approach(self, segment: Segment, place: Place | None, side: int) -> Approach | None:
        """The limit at an end of a segment, from inside (``side`` 1: from the right); None where f is not defined."""
        if segment.zeros is None:
            return None
        tree = segment.zeros.tree(0)
        if place is not None and place.exact is None:
            if isolation.limit_at(tree, self.name, place, side) == "pole":
                slope = segment.signs[1]
                return Approach(infinite=-slope * side) if slope else Approach(reason="undecided")
            try:
                found = self._value(tree, place)
            except Unsettled:
                found = None
            if found is None:
                limit = isolation.limit_beside(tree, self.name, place, side)
                if isinstance(limit, float):
                    return Approach(infinite=1 if limit > 0 else -1)
                found = rational(limit) if isinstance(limit, Fraction) else limit
            return Approach(found) if found is not None else Approach(reason="undecided")
        far = INFINITY if side < 0 else Call("neg", (INFINITY,))
        point = far if place is None else place.exact
        assert point is not None
        try:
            one = limits.one_sided(tree, self.name, point, side)
        except _FAILURES:
            return Approach(reason="undecided")
        if one.value is None:
            return Approach(reason="oscillates" if one.reason == "oscillates" else "undecided")
        if one.value.is_infinite:
            return Approach(infinite=1 if one.value is sympy.S.Infinity else -1)
        if isinstance(one.value, sympy.Float):
            mid = numeric.mp.make_mpf(one.value._mpf_)
            return Approach(numeric.Ball(mid, numeric.mp.mpf(one.error or 0)))
        return Approach(_tidy(symbolic.from_sympy(one.value)))

    # ------------------------------------------------------------------------------------ what they are

    def _classify(self, point: Point, study: Study) -> None:
        index = study.points.index(point)
        first = 0 if self.low is None else 1
        left = study.segments[index - first] if index >= first else None
        right = study.segments[index - first + 1] if index - first + 1 < len(study.segments) else None
        if self.scope == "period" and index == 0:
            left = study.segments[-1]
        ends = left is None or right is None
        if ends and self.scope == "window":
            point.kind = "end"
            return
        open_beside = any(
            each is not None and not each.settled and not each.defined for each in (left, right)
        )
        if point.value is None:
            kind = _gap(point)
            point.kind = "" if open_beside and kind == "edge" else kind
            return
        if not point.cut:
            if ends:
                point.kind = "end"
                self._extremum(point, left, right)
                return
            assert left is not None and right is not None
            if point.vanishes[1]:
                point.kind = "stationary"
            self._extremum(point, left, right)
            point.inflection = _bends(left, right)
            return
        if open_beside:  # f may go on there, or not
            return
        sides = [each for each in (left, right) if each is not None and each.defined]
        if not sides:
            point.kind = "isolated"
            return
        self._extremum(point, left, right)
        if len(sides) == 1:
            point.kind = "end" if ends else "edge"
            return
        assert left is not None and right is not None
        joined = [_joins(each, point.value) for each in (point.left, point.right)]
        if None in joined:
            self.unsettled.append(("whether f is continuous", (point.place, point.place)))
            return
        if not all(joined):
            point.kind = "jump"
            return
        point.kind, point.smooth = self._kink(point, left, right)
        point.vanishes = (point.vanishes[0], point.kind == "stationary", False)
        point.inflection = point.smooth and _bends(left, right)

    def _kink(self, point: Point, left: Segment, right: Segment) -> tuple[str, bool]:
        """What f is like where it may bend, and whether it has a tangent there."""
        assert left.zeros is not None and right.zeros is not None
        place = point.place
        if place.exact is None:
            steep = [
                isolation.limit_at(each.zeros.tree(1), self.name, place, side) == "pole"
                for each, side in ((left, -1), (right, 1))
                if each.zeros is not None
            ]
            if any(steep):
                same = all(steep) and left.signs[1] == right.signs[1]
                return ("vertical-tangent" if same else "cusp" if all(steep) else "corner"), same
            return self._by_slopes(point, left.zeros, right.zeros)
        try:
            formula = derivatives.derivative(self.root, [self.name])
            there = points.at_point(self.root, [self.name], {self.name: place.exact}, formula)
        except _FAILURES:
            there = points.AtPoint(reason="undecided")
        if there.exists:
            slope = there.value if there.value is not None else there.number
            point.slope = slope
            flat = there.value is not None and symbolic.is_zero(there.value) is True
            return ("stationary" if flat else ""), True
        if there.reason == "vertical-tangent":
            one, other = there.left, there.right
            same = one is not None and one == other
            return ("vertical-tangent" if same else "cusp" if _both_infinite(one, other) else "corner"), same
        if there.reason in ("corner", "oscillates"):
            return ("corner" if there.reason == "corner" else "no-derivative"), False
        return self._by_slopes(point, left.zeros, right.zeros)

    def _by_slopes(self, point: Point, left: Zeros, right: Zeros) -> tuple[str, bool]:
        """The same by the slopes of what f is on either side."""
        slopes = []
        for zeros in (left, right):
            try:
                tree = self._at_edges(zeros.tree(1), point.place)
                found = isolation.value(tree, self.name, point.place, 15)
            except Unsettled:
                found = numeric.UNSETTLED
            slopes.append(found if isinstance(found, Fraction | numeric.Ball) else None)
        if None not in slopes and (way := _sign_of(_minus(slopes[0], slopes[1]))) is not None:
            return ("corner", False) if way else ("", True)
        self.unsettled.append(("whether f has a derivative", (point.place, point.place)))
        return "", False

    def _extremum(self, point: Point, left: Segment | None, right: Segment | None) -> None:
        """By the values beside it: below (-1), equal (0) or above (1) on each side on which f is defined."""
        assert point.value is not None
        ways: list[int] = []
        for segment, approach, side in ((left, point.left, -1), (right, point.right, 1)):
            if segment is not None and not segment.settled:
                return
            if segment is None or not segment.defined:
                continue
            way: int | None = 0
            if approach is not None:
                if approach.infinite:
                    way = approach.infinite
                elif approach.value is not None:
                    way = _sign_of(_minus(approach.value, point.value))
                else:
                    way = None
                if way is None:
                    self.unsettled.append(("whether it is an extremum", (point.place, point.place)))
                    return
            if not way:
                slope = segment.signs[1]
                if slope is None:
                    return
                way = slope * side
            ways.append(way)
        if not ways or not any(ways):
            return
        if all(way <= 0 for way in ways):
            point.extremum = "maximum"
        elif all(way >= 0 for way in ways):
            point.extremum = "minimum"
        point.strict = all(ways)

    # ---------------------------------------------------------------------------------------- far away

    def _far(self, study: Study) -> Iterator[Asymptote]:
        """Horizontal and slanted asymptotes, by the limits of f(x)/x and f(x) - a*x."""
        if self.scope == "on" or self.scope == "period":
            return
        x = Name(self.name)
        for way, end in ((-1, study.segments[0]), (1, study.segments[-1])):
            tree = end.zeros.tree(0) if self.scope == "everywhere" and end.zeros is not None else self.root
            if self.scope == "everywhere" and not end.defined:
                continue
            if self.scope == "everywhere" and end.zeros is not None and end.zeros.is_nought.get(2, False):
                continue  # f is a line itself
            far = INFINITY if way > 0 else Call("neg", (INFINITY,))
            try:
                rate = limits.one_sided(Call("/", (tree, x)), self.name, far, way)
                if rate.value is None or rate.value.is_infinite or rate.evidence == "numeric":
                    if rate.value is None and rate.reason not in ("oscillates", "not-real", "undefined"):
                        study.unsettled.append((f"asymptotes at {'-' if way < 0 else ''}oo", None))
                    continue
                slope = symbolic.from_sympy(rate.value)
                rest = Call("-", (tree, Call("*", (slope, x))))
                height = limits.one_sided(rest, self.name, far, way)
                if height.value is None or height.value.is_infinite or height.evidence == "numeric":
                    if height.value is None and height.reason not in ("oscillates", "not-real", "undefined"):
                        study.unsettled.append((f"asymptotes at {'-' if way < 0 else ''}oo", None))
                    continue
                line = symbolic.from_sympy(rate.value * symbolic.symbol(self.name) + height.value)
            except _FAILURES:
                study.unsettled.append((f"asymptotes at {'-' if way < 0 else ''}oo", None))
                continue
            yield Asymptote("slanted" if rate.value != 0 else "horizontal", line, "oo" if way > 0 else "-oo")

    def _is_least_period(self, study: Study) -> bool:
        """Is no part of the period a period? Then the numbers of points of each kind would have a common divisor."""
        from math import gcd

        counts = [sum(bool(of(point)) for point in study.points) for of in _COUNTED]
        common = gcd(*counts)
        if not common:
            return False
        for p in range(2, common + 1):
            if common % p == 0 and not _differs(self.root, self.name, self.period / p):
                return False
        return True


_COUNTED: tuple[Callable[[Point], Any], ...] = (
    lambda point: point.vanishes[0],
    lambda point: point.vanishes[1],
    lambda point: point.cut,
    lambda point: point.extremum == "maximum",
)


def branch(root: Node, name: str, sample: Fraction) -> Node:
    """``root`` as it is in the cell of ``sample``: with its moduli, signs, extremes, cases and steps decided."""
    here: dict[Node, Node] = {Name(name): rational(sample)}

    def step(node: Node, parts: list[Node]) -> Node:
        if isinstance(node, Call) and has(node, "steps") and name in names_in(node):
            value = numeric.evaluate(substitute(node, here))
            if isinstance(value, Fraction):
                return rational(value)
        return rebuild(node, tuple(parts))

    return fold(cells.branch_at(root, name, sample), step)


def _moves(node: Node, name: str) -> bool:
    """A power that is real at single points besides, where its exponent happens to be whole."""
    if not isinstance(node, Call) or node.function != "**" or name not in names_in(node.args[1]):
        return False
    base = node.args[0]
    return name in names_in(base) or numeric.sign(symbolic.evaluate(base)) != 1


def has_single_points(root: Node, name: str) -> bool:
    """May f be defined at single points that no interval shows, where an exponent happens to be whole?"""
    return any(_moves(node, name) for node in postorder(root))


def _middle(end: Fraction | Place) -> Fraction:
    return end if isinstance(end, Fraction) else end.middle


def _round(value: Fraction, margin: Fraction) -> Fraction:
    return round(value / margin) * margin


def _tidy(tree: Node) -> Node:
    """A number in a form as short as is known, with sines of multiples of inverse sines worked out."""
    from calcgrad.calculus import forms

    try:
        number = symbolic.to_sympy(tree)
        found = [forms.value_tree(number) or tree]
        if number.has(sympy.asin, sympy.acos, sympy.atan) and number.has(sympy.sin, sympy.cos, sympy.tan):
            found += filter(None, [forms.value_tree(sympy.radsimp(sympy.expand(sympy.expand_trig(number))))])
        return min(found, key=operations)
    except _FAILURES:
        return tree


def _real(value: Any, digits: int = 40) -> numeric.Value:
    return value if isinstance(value, numeric.Ball | Fraction) else symbolic.evaluate(value, digits)


def _minus(one: Any, other: Any) -> Any:
    """The difference of two numbers, exact where both are."""
    if one is other:
        return Fraction(0)
    if not isinstance(one, numeric.Ball | Fraction) and not isinstance(other, numeric.Ball | Fraction):
        return Call("-", (one, other))
    a, b = _finer(one), _finer(other)
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a - b
    if not isinstance(a, Fraction | numeric.Ball) or not isinstance(b, Fraction | numeric.Ball):
        return numeric.UNSETTLED
    with flint.ctx.workdps(80):
        return numeric.Ball(numeric.as_arb(a) - numeric.as_arb(b))


def _finer(value: Any) -> numeric.Value:
    if isinstance(value, numeric.Ball) and value.finer is not None:
        found = value.finer(50)
        return found if isinstance(found, Fraction | numeric.Ball) else value
    return _real(value, 50)


def _sign_of(value: Any) -> int | None:
    """The sign of a number that is exact or a ball."""
    if value is numeric.UNSETTLED:
        return None
    if isinstance(value, numeric.Ball | Fraction):
        return numeric.sign(value)
    found = numeric.sign(symbolic.evaluate(value, 5))
    if found is None:
        try:
            return 0 if symbolic.is_zero(symbolic.to_sympy(value)) else None
        except _FAILURES:
            return None
    return found


def _joins(approach: Approach | None, value: Real) -> bool | None:
    """Is a limit the value? None: not known."""
    if approach is None or approach.infinite:
        return False
    if approach.value is None:
        return None if approach.reason == "undecided" else False
    way = _sign_of(_minus(approach.value, value))
    return None if way is None else way == 0


def _bends(left: Segment, right: Segment) -> bool:
    one, other = left.signs[2], right.signs[2]
    return bool(one and other and one != other)


def _both_infinite(one: Any, other: Any) -> bool:
    return all(each is not None and each.is_infinite for each in (one, other))


def _gap(point: Point) -> str:
    """What a place is at which f is not defined."""
    sides = [each for each in (point.left, point.right) if each is not None]
    if any(each.infinite for each in sides):
        return "pole"
    if any(each.reason == "oscillates" for each in sides):
        return "oscillation"
    if len(sides) < 2:
        return "edge" if sides else ""
    values = [each.value for each in sides]
    if None in values:
        return "gap"
    way = _sign_of(_minus(values[0], values[1]))
    return "hole" if way == 0 else "gap"


def _vertical(study: Study) -> Iterator[Asymptote]:
    for point in study.points:
        sides = [
            name
            for name, each in (("left", point.left), ("right", point.right))
            if each is not None and each.infinite
        ]
        if sides:
            line: Any = point.place.exact
            line = line if line is not None else point.place.real(40)
            yield Asymptote("vertical", line, "both" if len(sides) == 2 else sides[0])


def _extreme(study: Study, way: int) -> Extreme:
    """The greatest (``way`` 1) or least value on the range."""
    approached: list[Approach] = [each for each in study.ends if each is not None]
    for point in study.points:
        approached += [each for each in (point.left, point.right) if each is not None]
    if any(each.infinite == way for each in approached):
        return Extreme(infinite=way)
    open_ = any(not each.settled or (each.defined and each.signs[1] is None) for each in study.segments)
    if open_ or any(each.reason for each in approached):
        return Extreme(settled=False)
    best: Any = None
    places: list[Place] = []
    for point in study.points:
        if point.value is None:
            continue
        ahead = 1 if best is None else _sign_of(_minus(point.value, best))
        if ahead is None:  # too close to tell, for numbers without a name: either may be the one
            places.append(point.place)
        elif ahead == way or best is None:
            best, places = point.value, [point.place]
        elif ahead == 0:
            places.append(point.place)
    for each in approached:
        if each.value is None:
            continue
        ahead = 1 if best is None else _sign_of(_minus(each.value, best))
        if ahead is None:
            return Extreme(settled=False)
        if ahead == way or best is None:
            best, places = each.value, []
    stretches: list[Segment] = []
    for segment in study.segments:
        if segment.zeros is None or segment.signs[1] != 0:
            continue
        here = _constant(segment.zeros, isolation.between(segment.low, segment.high))
        ahead = 1 if best is None else _sign_of(_minus(here, best))
        if ahead is None:
            return Extreme(settled=False)
        if ahead == way or best is None:
            best, places, stretches = here, [], [segment]
        elif ahead == 0:
            stretches.append(segment)
    if best is None:
        return Extreme(settled=False)
    return Extreme(best, places=tuple(places), stretches=tuple(stretches))


def _constant(zeros: Zeros, sample: Fraction) -> Node:
    """The value of a function that is constant."""
    try:
        value = sympy.simplify(symbolic.to_sympy(zeros.tree(0)))
        if not value.free_symbols:
            return _tidy(symbolic.from_sympy(value))
    except _FAILURES:
        pass
    return _tidy(substitute(zeros.tree(0), {Name(zeros.name): rational(sample)}))


@doing("which values are the same")
def _ties(study: Study) -> None:
    """Places at which a value is greatest, but could not be told apart, are so by symmetry only."""
    # the values of an even function at p and -p are equal; nothing else may have been left open
    for which in ("greatest", "least"):
        extreme: Extreme = getattr(study, which)
        values = [point.value for point in study.points for place in extreme.places if point.place is place]
        balls = [each for each in values if isinstance(each, numeric.Ball)]
        if len(balls) < 2:
            continue
        if study.symmetry == "even" and len(extreme.places) == 2:
            continue
        setattr(study, which, Extreme(settled=False))


def taken_along(study: Study, extreme: Extreme) -> list[Stretch]:
    """The longest intervals all along which the greatest or least value is taken."""
    starts = [each.low for each in extreme.stretches]
    return [each for each in intervals(study, "constant") if any(each[0] is start for start in starts)]


def lies_in(place: Place, stretch: Stretch) -> bool:
    low, high, closed = stretch
    sides = [1 if end is None else way * isolation.order(place, end) for end, way in ((low, 1), (high, -1))]
    return all(side > 0 or (side == 0 and belongs) for side, belongs in zip(sides, closed, strict=True))


# ------------------------------------------------------------------------------------- symmetry and period


@doing("the symmetry")
def _symmetry(root: Node, name: str, study: Study) -> str | None:
    """even, odd, '' for neither, None where it is not known."""
    mirrored = _mirrored(root, name)
    samples = [*_PLACES, *(isolation.between(each.low, each.high) for each in study.segments[:_MOST_SAMPLES])]
    places = [point.place for point in study.points]
    found: str | None = ""
    for which, way in (("even", 1), ("odd", -1)):
        if not _apart(root, mirrored, name, way, samples) and not _apart_at(
            root, mirrored, name, way, places
        ):
            gap = Call("-" if way > 0 else "+", (mirrored, root))
            if _vanishes(gap) or _vanishes_in_cells(root, mirrored, name, way):
                return which
            found = None
    return found


def _vanishes_in_cells(root: Node, mirrored: Node, name: str, way: int) -> bool:
    """Is f(-x) = ``way``*f(x) between any two of the places where f may change, and at them? x >= 0 is enough."""
    gap = Call("-" if way > 0 else "+", (mirrored, root))
    try:
        cuts = [cut.exact for cut in _Survey(root, name, None, None, "everywhere", False).cuts()]
        if None in cuts:
            return False
        sizes = [isolation.of_tree(Call("abs", (cut,))) for cut in cuts if cut is not None]
        knots: list[Place | None] = [*isolation.merged([isolation.of_tree(Number(0)), *sizes]), None]
        cells_ = [(isolation.between(low, high), gap) for low, high in pairwise(knots)]
    except Unsettled:
        return False
    rest = [(each.exact, substitute(gap, {Name(name): each.exact})) for each in knots if each and each.exact]
    rest += [(rational(sample), branch(tree, name, sample)) for sample, tree in cells_]
    for place, tree in rest:
        values = [symbolic.evaluate(substitute(each, {Name(name): place})) for each in (root, mirrored)]
        gone = [isinstance(each, numeric.Undefined) for each in values]
        if gone[0] != gone[1] or not (gone[0] or _vanishes(tree)):
            return False
    return True


def _mirrored(root: Node, name: str) -> Node:
    return substitute(root, {Name(name): Call("neg", (Name(name),))})


def _same_domain(one: Node, other: Node) -> bool:
    """Do two functions ask for the same? Equal as algebra goes, log(x) - log(x) and log(-x) - log(-x) are not."""
    return _same(domains.conditions(one), domains.conditions(other))


def _same(some: Sequence[Node], others: Sequence[Node]) -> bool:
    """Has each condition its like among the others, and they among these?"""
    pairs = ((some, others), (others, some))
    return all(any(_alike(each, other) for other in there) for here, there in pairs for each in here)


def _alike(one: Node, other: Node) -> bool:
    if one is other:
        return True
    if not isinstance(one, Call) or not isinstance(other, Call):
        return False
    a, b = domains.against_zero(one), domains.against_zero(other)
    if a is None or b is None:
        return one.function == other.function and _same(one.args, other.args)
    ways = [1] if a[0] == b[0] else []
    turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
    ways += [-1] if turned[a[0]] == b[0] else []
    try:
        gaps = [sympy.expand(a[1] - way * b[1]) for way in ways]
        return any(gap == 0 for gap in gaps) or any(sympy.simplify(gap) == 0 for gap in gaps)
    except _FAILURES:
        return False


def _is_mirror_image(study: Study) -> bool | None:
    """Is the domain that was found its own mirror image? None: not known."""
    if not all(each.settled for each in study.segments):
        return None
    found = intervals(study, "domain")
    signs: list[int | None] = []
    turn = study.high if study.scope == "period" else None
    for (low, high, closed), (low2, high2, closed2) in zip(found, found[::-1], strict=True):
        signs += [_side(low, high2, turn), _side(high, low2, turn), int(closed != closed2[::-1])]
    return False if any(signs) else None if None in signs else True


def _side(one: Place | None, other: Place | None, turn: Place | None) -> int | None:
    """The sign of the sum of two ends, less a period if there is one."""
    if one is None or other is None:
        return int(one is not other)
    if one.exact is not None and other.exact is not None and (turn is None or turn.exact is not None):
        total: Node = Call("+", (one.exact, other.exact))
        return _sign_of(total if turn is None or turn.exact is None else Call("-", (total, turn.exact)))
    with flint.ctx.workdps(60):
        gap = numeric.as_arb(one.real(40)) + numeric.as_arb(other.real(40))
        gap = gap if turn is None else gap - numeric.as_arb(turn.real(40))
    return (gap > 0) - (gap < 0) or None


def _vanishes(gap: Node) -> bool:
    try:
        expression = symbolic.to_sympy(gap).replace(functions.realroot, _signed_root)
        for ours, known in ((functions.floor, sympy.floor), (functions.ceiling, sympy.ceiling)):
            expression = expression.replace(ours, known)  # SymPy's take whole numbers out
        if expression == 0:
            return True
        if expression.count_ops() > 80:
            return False
        return bool(sympy.simplify(expression) == 0)
    except _FAILURES:
        return False


def _signed_root(u: Any, n: Any) -> Any:
    """An odd root by what SymPy knows the parity of."""
    return sympy.sign(u) * sympy.Abs(u) ** (1 / n) if n.is_odd else functions.realroot(u, n)


_PLACES = tuple(Fraction(each) for each in ("37/29", "5/31", "191/31", "2/31", "67/31", "311/29"))


def _apart(one: Node, other: Node, name: str, way: int, places: Sequence[Fraction] = _PLACES) -> bool:
    """Is there a place at which one function is not ``way`` times the other, or only one of them is defined?"""
    for place in places:
        a, b = (numeric.evaluate(each, 10, {name: place}, limit=60) for each in (one, other))
        undefined = [numeric.has_no_value(each) for each in (a, b)]
        if undefined[0] != undefined[1]:
            reals = [each for each in (a, b) if isinstance(each, Fraction | numeric.Ball)]
            if reals:
                return True
            continue
        if _are_apart(a, b, way):
            return True
    return False


def _are_apart(one: Any, other: Any, way: int) -> bool:
    if not isinstance(one, Fraction | numeric.Ball) or not isinstance(other, Fraction | numeric.Ball):
        return False
    with flint.ctx.workdps(60):
        gap = numeric.as_arb(one) - way * numeric.as_arb(other)
    return bool(gap > 0 or gap < 0)


def _apart_at(one: Node, other: Node, name: str, way: int, places: Sequence[Place]) -> bool:
    """The same at places with a name."""
    for place in places:
        if place.exact is not None:
            here: dict[Node, Node] = {Name(name): place.exact}
            values = [symbolic.evaluate(substitute(each, here)) for each in (one, other)]
            gone = [numeric.has_no_value(each) for each in values]
            if gone[0] != gone[1] and any(isinstance(each, Fraction | numeric.Ball) for each in values):
                return True
            if _are_apart(values[0], values[1], way):
                return True
    return False


@doing("the period")
def _period(root: Node, name: str) -> Any:
    """A period of the function; None where it has none that its parts suggest."""
    x = symbolic.symbol(name)
    periods = []
    for node in postorder(root):
        if not isinstance(node, Call) or name not in names_in(node) or node.function not in ROWS:
            continue
        own = column(node.function, "period")
        if own is None and (not has(node, "steps") or has(node, "pieces")):
            continue
        try:
            length = symbolic.to_sympy(own) if own is not None else sympy.S.One
            rate = sympy.diff(symbolic.to_sympy(node.args[0]), x)
        except _FAILURES:
            return None
        if rate == 0 or rate.has(x):
            continue  # such as of sin(sin(x)), or not periodic
        periods.append(sympy.Abs(length / rate))
    if not periods:
        return None
    try:
        period = cells.common_period(periods)
    except _FAILURES:
        return None
    if period is None or _differs(root, name, period) or not _repeats(root, name, period):
        return None
    for p in _PRIMES:
        for _ in range(_MOST_PARTS):
            if _differs(root, name, period / p) or not _repeats(root, name, period / p):
                break
            period = period / p
        else:
            return None  # each part of a constant's period is one
    return period


def _moved(root: Node, name: str, by: Any) -> Node:
    return substitute(root, {Name(name): Call("+", (Name(name), symbolic.from_sympy(by)))})


def _repeats(root: Node, name: str, period: Any) -> bool:
    moved = _moved(root, name, period)
    return _vanishes(Call("-", (moved, root))) and _same_domain(root, moved)


def _differs(root: Node, name: str, by: Any) -> bool:
    return _apart(root, _moved(root, name, by), name, 1)


def is_nowhere(root: Node) -> str:
    """Why a function has no value anywhere: undefined or not-real; ''."""
    return domains.nowhere(root)


# ---------------------------------------------------------------------------------------------- intervals

Stretch = tuple[Place | None, Place | None, tuple[bool, bool]]


def intervals(study: Study, kind: str) -> list[Stretch]:
    """The longest intervals on which f is defined, positive, negative, zero, increasing, decreasing, constant, convex
    or concave; whether an end belongs to it."""
    level, wanted = {
        "domain": (-1, 0), "positive": (0, 1), "negative": (0, -1), "zero": (0, 0), "increasing": (1, 1),
        "decreasing": (1, -1), "constant": (1, 0), "convex": (2, 1), "concave": (2, -1),
    }[kind]  # fmt: skip
    points = _at_ends(study)
    found: list[list[Any]] = []
    for segment, (left, right) in zip(study.segments, points, strict=True):
        if not segment.defined or (level >= 0 and (segment.signs[level] != wanted or not segment.settled)):
            alone = level == -1 and not segment.defined and left is not None and left.value is not None
            if alone and left is not None and not (found and found[-1][1] is left.place and found[-1][2][1]):
                found.append([left.place, left.place, [True, True]])
            continue
        opens = left is not None and _belongs(left, level, wanted, 1)
        shuts = right is not None and _belongs(right, level, wanted, -1)
        if (
            found
            and left is not None
            and found[-1][1] is left.place
            and opens
            and found[-1][2][1]
            and (_passes(left, level))
        ):
            found[-1][1], found[-1][2][1] = segment.high, shuts
        else:
            found.append([segment.low, segment.high, [opens, shuts]])
    last = None if study.scope == "period" else points[-1][1]
    if level == -1 and not study.segments[-1].defined and last is not None and last.value is not None:
        found.append([last.place, last.place, [True, True]])  # such as 0 of sqrt(x) on [-1, 0]
    return [(low, high, (closed[0], closed[1])) for low, high, closed in found]


def _at_ends(study: Study) -> list[tuple[Point | None, Point | None]]:
    """The points at both ends of each segment."""
    known = {id(point.place): point for point in study.points}
    found = []
    for segment in study.segments:
        left = None if segment.low is None else known.get(id(segment.low))
        right = None if segment.high is None else known.get(id(segment.high))
        if study.scope == "period" and segment.high is study.high:
            first = study.points[0]
            assert study.high is not None
            right = Point(
                study.high, first.value, first.left, first.right, first.vanishes, first.cut, first.kind
            )
        found.append((left, right))
    return found


def _belongs(point: Point, level: int, wanted: int, side: int) -> bool:
    """Does an end belong to the interval on this side of it?"""
    if point.value is None:
        return False
    if level == -1:
        return True
    if level == 0:
        return _sign_of(point.value) == wanted
    approach = point.right if side > 0 else point.left
    return approach is None or _joins(approach, point.value) is True


def _passes(point: Point, level: int) -> bool:
    """May an interval go on through a point to which both its parts belong?"""
    return level < 2 or (point.smooth and point.kind in ("", "stationary", "end"))
