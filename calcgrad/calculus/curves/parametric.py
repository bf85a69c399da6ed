"""Plane curves that are the path of a point, x(t), y(t), or r(t) in polar coordinates.

    path = Path(parse("t^2").node, parse("t^3").node, "t")
    path.formulas(2)["dy/dx"]               # the tree of 3*t/2
    path.at(Number(0), 1).kind              # "cusp"

Where x' is not 0 the slope is y'/x'. Elsewhere, and at kinks, it is the limit of chords from both sides, each an
expansion: the sides pass through the point, turn back in it (a cusp), or meet in a corner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from typing import Any

import sympy
from flint import arb, arb_series, ctx

from calcgrad.calculus import (
    cells,
    derivatives,
    forms,
    formulas,
    kinks,
    limits,
    numeric,
    roots,
    sides,
    symbolic,
    taylor,
)
from calcgrad.calculus.multiseries import constants, exact
from calcgrad.calculus.multiseries.exact import Exact, NotReal, Undecided
from calcgrad.calculus.roots import vanishing
from calcgrad.errors import TooLarge, UndecidedError
from calcgrad.expression.tree import Call, Name, Node, Number, names_in, operations, postorder, substitute

SLOPE, SECOND, SPEED, CURVATURE = "dy/dx", "d2y/dx2", "speed", "curvature"
_SIMPLIFIED = 60  # operations beyond which identities are not looked for
_MOST_OPERATIONS = 2_000
_MOST_PLACES = 12
_TANGENTS = ("vertical tangent", "horizontal tangent")
Places = tuple[list[Node], Any]  # and the period of which they are all there are
_STEP = "h_0"  # of no user, as it is put in for the only variable
_DEGREES = (5, 9)  # of series that are compared; FLINT keeps ten terms
_BALLS = 80  # digits
_HALF = "w_0"  # tan(t/2), likewise


@dataclass(frozen=True)
class There:
    """A point of a path. ``values`` are SymPy's numbers by what they are; without a slope ``reason`` says why.

    ``slopes`` are those of the tangents, oo for a vertical one: one, or at a corner one from each side.
    """

    point: tuple[Any, Any] | None = None
    values: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    why: str = ""
    kind: str = ""
    slopes: tuple[Any, ...] = ()


class _Jump(Exception):
    """One side of a path does not go to the point itself."""


class Path:
    """x and y as trees in one variable; ``radius`` if they are r*cos(t) and r*sin(t)."""

    def __init__(
        self, x: Node, y: Node, name: str, radius: Node | None = None, decimals: bool = False
    ) -> None:
        self.x, self.y, self.name, self.radius, self.decimals = x, y, name, radius, decimals

    @classmethod
    def polar(cls, radius: Node, name: str, decimals: bool = False) -> Path:
        angle = Name(name)
        x, y = Call("cos", (angle,)), Call("sin", (angle,))
        return cls(Call("*", (radius, x)), Call("*", (radius, y)), name, radius, decimals)

    # -------------------------------------------------------------------------------------------- formulas

    def _derived(self, tree: Node, order: int) -> Node | None:
        return derivatives.derivative(tree, [self.name] * order, self.decimals).tree

    @cached_property
    def velocity(self) -> tuple[Node, Node] | None:
        """x' and y'; None where one has no closed form."""
        x, y = self._derived(self.x, 1), self._derived(self.y, 1)
        return None if x is None or y is None else (x, y)

    @cached_property
    def acceleration(self) -> tuple[Node, Node] | None:
        x, y = self._derived(self.x, 2), self._derived(self.y, 2)
        return None if x is None or y is None else (x, y)

    @cached_property
    def _radii(self) -> list[Any] | None:
        """SymPy's r, r' and r''; None of what is not polar."""
        trees = [] if self.radius is None else [self.radius, *(self._derived(self.radius, k) for k in (1, 2))]
        known = [symbolic.to_sympy(each) for each in trees if each is not None]
        return known if len(known) == 3 else None

    @cached_property
    def _square(self) -> Any:
        """The square of the speed, tidied and in factors."""
        if self._radii is not None:
            r, slope, _ = self._radii
            made = self._tidy(r**2 + slope**2, identities=True)
        elif self.velocity is not None:
            x, y = map(symbolic.to_sympy, self.velocity)
            made = self._tidy(x**2 + y**2, identities=True)
        else:
            return None
        return None if made is None else _factored(symbolic.to_sympy(made))

    @cached_property
    def _turn(self) -> Any:
        """x'*y'' - y'*x'', tidied."""
        if self._radii is not None:
            r, slope, bend = self._radii
            made = self._tidy(r**2 + 2 * slope**2 - r * bend, identities=True)
        elif self.velocity is not None and self.acceleration is not None:
            (x1, y1), (x2, y2) = (map(symbolic.to_sympy, pair) for pair in (self.velocity, self.acceleration))
            made = self._tidy(x1 * y2 - y1 * x2, identities=True)
        else:
            return None
        return None if made is None else symbolic.to_sympy(made)

    @cached_property
    def _formulas(self) -> dict[str, Any]:
        if self.velocity is None:
            return {}
        x, y = map(symbolic.to_sympy, self.velocity)
        if self.radius is not None:
            made = [self._tidy(each, identities=True) for each in (x, y)]
            x, y = (
                each if tree is None else symbolic.to_sympy(tree)
                for each, tree in zip((x, y), made, strict=True)
            )
        found: dict[str, Any] = {}
        if x != 0:
            found[SLOPE] = y / x
            if self._turn is not None:
                found[SECOND] = self._turn / x**3
        if self._square is not None:
            found[SPEED] = sympy.sqrt(self._square)
            if self._turn is not None and self._square != 0:
                found[CURVATURE] = self._curvature()
        return found

    def _curvature(self) -> Any:
        """|x'*y'' - y'*x''| over the third power of the speed."""
        try:
            ratio = sympy.cancel(self._turn / self._square)
        except symbolic.FAILURES:
            ratio = self._turn
        if ratio.is_Rational:
            return abs(ratio) / sympy.sqrt(self._square)
        return sympy.Abs(_factored(self._turn)) / self._square ** sympy.Rational(3, 2)

    @property
    def is_upright(self) -> bool:
        """Is x' proved to be 0 throughout?"""
        return self.velocity is not None and SPEED in self._formulas and SLOPE not in self._formulas

    def formulas(self, order: int) -> dict[str, Node]:
        """Trees of the derivatives up to ``order``, of speed and curvature; what has no closed form is left out."""
        made = {what: self._tidy(expression) for what, expression in self._formulas.items()}
        found = {what: tree for what, tree in made.items() if tree is not None}
        last, x = found.get(SECOND), self.velocity
        for turn in range(3, order + 1):
            if last is None or x is None or (slope := self._derived(last, 1)) is None:
                break
            last = self._tidy(symbolic.to_sympy(slope) / symbolic.to_sympy(x[0]))
            if last is None:
                break
            found[higher(turn)] = last
        order_of = [higher(turn) for turn in range(1, max(order, 2) + 1)] + [SPEED, CURVATURE]
        return {what: found[what] for what in order_of if what in found}

    def _tidy(self, expression: Any, identities: bool = False) -> Node | None:
        best = forms.tidiest(expression, self.decimals)
        if best is None:
            return None
        if operations(best) > _MOST_OPERATIONS:
            raise TooLarge("the derivative has too many operations to write out", hint="a lower --order")
        if not 1 < operations(best) <= _SIMPLIFIED:
            return best
        plain, known = best, forms.functions_in(expression)
        for candidate in self._candidates(expression, identities):
            if not forms.functions_in(candidate) <= known:
                continue  # 1/tan has no value where cos/sin has one
            try:
                tree = symbolic.from_sympy(candidate, self.decimals)
            except symbolic.ALL_FAILURES:
                continue
            if operations(tree) < operations(best) and forms.same(plain, tree):
                best = tree
        return best

    def _candidates(self, expression: Any, identities: bool) -> Iterator[Any]:
        try:
            if identities:
                yield sympy.trigsimp(expression)
                yield sympy.trigsimp(sympy.expand(expression))
            else:
                yield sympy.factor(sympy.cancel(sympy.together(expression)))
                yield sympy.factor_terms(expression)
        except symbolic.FAILURES:
            return

    @property
    def bends(self) -> list[Node]:
        """The conditions under which nothing is at a kink."""
        nodes = dict.fromkeys(node for tree in (self.x, self.y) for node in postorder(tree))
        found: dict[Node, None] = {}
        for node in nodes:
            if isinstance(node, Call) and self.name in names_in(node):
                kink = kinks.kink_condition(node, [self.name])
                if kink is None or formulas.always(kink):
                    continue
                if (condition := formulas.outside(kink)) is not None:
                    found[condition] = None
        return list(found)

    @property
    def moves(self) -> list[Node]:
        """The conditions under which x' is not 0."""
        if self.velocity is None:
            return []
        try:
            slope = symbolic.from_sympy(sympy.factor(symbolic.to_sympy(self.velocity[0])))
        except symbolic.ALL_FAILURES:
            slope = self.velocity[0]
        top = slope.args[0] if isinstance(slope, Call) and slope.function == "/" else slope
        conditions = (formulas.outside(Call("==", (part, Number(0)))) for part in vanishing(top))
        return [each for each in dict.fromkeys(conditions) if each is not None]

    # --------------------------------------------------------------------------------------------- at a point

    def at(self, place: Node, order: int) -> There:
        try:
            return self._at(place, order)
        except NotReal as none:
            return There(
                reason=none.kind, why=f"the curve is not {'real' if none.kind == 'not-real' else 'defined'}"
            )
        except Undecided as open_:
            return There(reason="undecided", why=str(open_))
        except _Jump:
            return There(reason="jump", why="the curve jumps there")
        except (TooLarge, UndecidedError) as error:
            return There(reason="undecided", why=error.message)

    def _at(self, place: Node, order: int) -> There:
        here: dict[Node, Node] = {Name(self.name): place}
        x, y = _value(self.x, here), _value(self.y, here)
        point = _number(x), _number(y)
        special = [kinks.specials(tree, [self.name], here) for tree in (self.x, self.y)]
        if None in special:
            raise Undecided("whether a part is at one of its kinks is not known")
        if any(special) or self.velocity is None:
            return self._by_sides(place, x, y, point, {})
        dx, dy = (_value(tree, here) for tree in self.velocity)
        still = constants.is_zero(dx), constants.is_zero(dy)
        values: dict[str, Any] = {}
        speed = constants.power(dx * dx + dy * dy, Fraction(1, 2)) if not all(still) else Fraction(0)
        values[SPEED] = _number(speed)
        if not all(still) and self.acceleration is not None:
            ddx, ddy = (_value(tree, here) for tree in self.acceleration)
            turn = dx * ddy - dy * ddx
            size = turn if constants.sign(turn) >= 0 else -turn
            values[CURVATURE] = _number(size * constants.inverse(speed * speed * speed))
            if not still[0]:
                values[SECOND] = _number(turn * constants.inverse(dx * dx * dx))
        if still[0]:
            if not still[1]:
                return There(point, values, "vertical-tangent", slopes=(sympy.oo,))
            return self._by_sides(place, x, y, point, values)
        slope = _number(dy * constants.inverse(dx))
        values[SLOPE] = slope
        for what, tree in self.formulas(order).items() if order > 2 else ():
            if what not in values:
                values[what] = _number(_value(tree, here))
        return There(point, values, slopes=(slope,))

    def _by_sides(
        self, place: Node, x: Exact, y: Exact, point: tuple[Any, Any], values: dict[str, Any]
    ) -> There:
        """The limits of chords from both sides, and which way each goes from the point."""
        found = [self._side(place, x, y, side) for side in (-1, 1)]
        known = [each for each in found if each is not None]
        if not known:
            return There(point, values, "undefined", "the curve is an isolated point there")
        slopes = [slope for slope, _ in known]
        if len(known) == 1:
            return There(point, values, "end-point", kind="end point", slopes=tuple(slopes))
        (before, way), (behind, on) = known
        if before.is_infinite and behind.is_infinite:
            same: bool | None = True
        else:
            same = limits.same_value(before, behind)
        if same is None:
            raise Undecided("whether the slopes of both sides are equal")
        if not same:
            return There(point, values, "corner", kind="corner", slopes=(before, behind))
        slope = sympy.oo if before.is_infinite else before
        if way == on:
            back = self._goes_back(place, slope)
            if back is None:
                raise Undecided("the curve turns back there, it is not settled whether the way that it came")
            kind = "turning point" if back else "cusp"
            return There(point, values, kind.replace(" ", "-"), kind=kind, slopes=(slope,))
        if before.is_infinite:
            return There(point, values, "vertical-tangent", slopes=(slope,))
        return There(point, values | {SLOPE: slope}, slopes=(slope,))

    def _goes_back(self, place: Node, slope: Any) -> bool | None:
        """Do both sides of a point in which the path turns lie on the same curve?"""
        if (
            self._is_on_line(slope)
            or self._is_mirrored(place)
            or self._is_of_one_part(place)
            or self._has_double_arc(place)
        ):
            return True
        if any(self._way(tree, place) == -1 for tree in (self.x, self.y)):
            return False  # its sides are on two sides of a line
        return False if any(self._sides_differ(place, degree) for degree in _DEGREES) else None

    def _is_on_line(self, slope: Any) -> bool:
        """Is all of the path on a line with this slope?"""
        if self.velocity is None:
            return False
        x, y = map(symbolic.to_sympy, self.velocity)
        return bool(sympy.expand(x if slope.is_infinite else y - slope * x) == 0)

    def _is_mirrored(self, place: Node) -> bool:
        """Is x(t + h) = x(t - h), and the same of y?"""
        h = Name(_STEP)
        for tree in (self.x, self.y):
            ways = (substitute(tree, {Name(self.name): Call(sign, (place, h))}) for sign in "+-")
            try:
                one, other = map(symbolic.to_sympy, ways)
                if sympy.expand(sympy.expand_trig(one - other)) != 0:
                    return False
            except symbolic.FAILURES:
                return False
        return True

    def _is_of_one_part(self, place: Node) -> bool:
        """Are x and y functions of the same u(t), which turns there?"""
        hidden = Name(_STEP)
        for part in dict.fromkeys(postorder(self.x)):
            if isinstance(part, Call) and self.name in names_in(part):
                left = (substitute(tree, {part: hidden}) for tree in (self.x, self.y))
                if not any(self.name in names_in(tree) for tree in left) and self._way(part, place) == 1:
                    return True
        return False

    def _way(self, part: Node, place: Node) -> int:
        """1 where a part turns back at a place, -1 where it goes through its value there; 0: not known."""
        moved = Call("-", (part, substitute(part, {Name(self.name): place})))
        one, other = (sides.sign(moved, self.name, place, side) or 0 for side in (-1, 1))
        return one * other

    def _has_double_arc(self, place: Node) -> bool:
        """Is x(s) = x(t) and y(s) = y(t) on a curve through s = t = a, besides the line s = t? For fractions."""
        t, s = symbolic.symbol(self.name), symbolic.symbol(_STEP)
        try:
            tops = []
            for tree in (self.x, self.y):
                f = symbolic.to_sympy(tree)
                if not f.is_rational_function(t):
                    return False
                tops.append(sympy.numer(sympy.cancel(sympy.together((f - f.subs(t, s)) / (t - s)))))
            common = sympy.gcd(*tops)
            return bool(common.has(t, s)) and _is_zero(
                symbolic.from_sympy(common.subs(s, t).subs(t, symbolic.to_sympy(place)))
            ) is True  # fmt: skip
        except symbolic.ALL_FAILURES:
            return False

    def _sides_differ(self, place: Node, degree: int) -> bool:
        """Are they proved to be two curves, as series in a root of one coordinate, which balls compare?"""
        with ctx.workdps(_BALLS):
            try:
                one, other = (self._in_root(place, side, degree) for side in (-1, 1))
            except (NotReal, Undecided):
                return False
            if one is None or other is None or one[:2] != other[:2]:
                return False
            return any(not (a - b).contains(0) for a, b in zip(one[2], other[2], strict=True))

    def _in_root(self, place: Node, side: int, degree: int) -> tuple[bool, int, list[Any]] | None:
        """One coordinate over the other in powers of the k-th root r of that one's size: which, k, coefficients."""
        rows = []
        for tree in (self.x, self.y):
            known = taylor.one_sided(tree, self.name, place, side, degree)
            row = []
            for k in range(1, degree + 1):
                value = numeric.evaluate(known.get(k, Number(0)), _BALLS // 2)
                if not isinstance(value, Fraction | numeric.Ball):
                    return None
                row.append(numeric.as_arb(value) * side**k)
            rows.append(row)
        orders = [next((k for k, each in enumerate(row, 1) if not each.contains(0)), degree) for row in rows]
        upright, k = orders[1] < orders[0], min(orders)
        main, row = (each[k - 1 :] for each in (rows[::-1] if upright else rows))
        if main[0].contains(0):
            return None
        length = degree - k + 1  # main is main[0]*h**k*size(h), so r is h*root(h), and h is r*back(r)
        size = arb_series([each / main[0] for each in main], length)
        root = (size.log() * (arb(1) / k)).exp() * abs(main[0]).root(k)
        inverse = arb_series([arb(0), *(root[j] for j in range(length))], length + 1).reversion()
        back = arb_series([inverse[j + 1] for j in range(length)], length)
        power = arb_series([arb(1)], length)
        for _ in range(k):
            power *= back
        found = power * arb_series(row, length)(inverse)
        return upright, k, [found[j] for j in range(length)]

    def _side(self, place: Node, x: Exact, y: Exact, side: int) -> tuple[Any, int] | None:
        """The slope of the tangent from one side, and the way from the point: of x, or of y where it is vertical."""
        dx, dy = (Call("-", (tree, exact.tree(value))) for tree, value in ((self.x, x), (self.y, y)))
        moves = [sides.sign(each, self.name, place, side) for each in (dx, dy)]
        if moves == [0, 0]:
            return None  # it stays at the point: on this side there is no curve
        if any(self._jumps(each, place, side) for each in (dx, dy)):
            raise _Jump
        if moves[0] == 0 and moves[1] is not None:
            return sympy.oo, moves[1]
        chord = limits.one_sided(Call("/", (dy, dx)), self.name, place, side)
        if chord.reason in ("not-real", "undefined"):
            return None
        if chord.value is None:
            raise Undecided(
                "the limit of the chords is not known"
                if chord.reason != "oscillates"
                else "the chords oscillate"
            )
        way = moves[1] if chord.value.is_infinite else moves[0]
        if way is None:
            raise Undecided("which way the curve goes")
        return chord.value, way

    def _jumps(self, gap: Node, place: Node, side: int) -> bool:
        """Does a coordinate, less its value at a place, go from one side to something else than 0?"""
        there = limits.one_sided(gap, self.name, place, side)
        if there.reason == "undecided":
            raise Undecided("whether the curve jumps there")
        if there.value is None:
            return there.reason == "oscillates"
        return there.exact is None or not constants.is_zero(there.exact)

    # ----------------------------------------------------------------------------------------- special places

    def special(self) -> tuple[dict[str, list[Node]], Any]:
        """The places of cusps, corners, vertical and horizontal tangents, and the period of which they are all.

        Nothing is listed where it is not proved that no other exists; the period is None for the whole line. Where
        the path has no period, a kind that has one is left out.
        """
        if self.velocity is None:
            return {}, None
        bends = list(
            dict.fromkeys(each for tree in (self.x, self.y) for each in cells.edges(tree, self.name))
        )
        at_bends = [zeros(edge, self.name) for edge in bends]
        slopes = zip(_TANGENTS, (zeros(tree, self.name) for tree in self.velocity), strict=True)
        known = {kind: each for kind, each in slopes if each is not None}
        for kinds in (known, {kind: each for kind, each in known.items() if each[1] is None}):
            sets = [*kinds.values(), *(each for each in at_bends if each is not None)]
            if len(sets) == len(kinds) + len(bends) and (period := self._period(sets)) is not None:
                return self._told(kinds, sets, bends, period), period or None
        return {}, None

    def _period(self, sets: list[Places]) -> Any:
        """A period of the path that all have, 0 where they have none, None where only some have one."""
        own = [period for places, period in sets if places]
        if all(each is None for each in own):
            return sympy.S.Zero
        if None in own or (period := cells.common_period(own)) is None:
            return None
        t = symbolic.symbol(self.name)
        for f in map(symbolic.to_sympy, (self.x, self.y)):
            moved = f.subs(t, t + period).replace(
                lambda each: isinstance(each, sympy.sin | sympy.cos | sympy.tan),
                lambda each: each.func(sympy.expand(each.args[0])),
            )
            if sympy.expand(moved - f).has(t):
                return None
        return period

    def _told(
        self, kinds: dict[str, Places], sets: list[Places], bends: list[Node], period: Any
    ) -> dict[str, list[Node]]:
        """What is at each of the places, once for each period."""
        lists: dict[str, list[Node]] = {}
        for places, own in sets:
            times = int(period / own) if period and own else 1
            for start in places:
                for turn in range(times):
                    place = start
                    if turn:
                        place = symbolic.from_sympy(sympy.simplify(symbolic.to_sympy(start) + turn * own))
                    kind = self._kind(place, bends)
                    listed = lists.setdefault(kind, []) if kind in kinds or kind not in _TANGENTS else []
                    gaps = (Call("-", (place, each)) for each in listed)
                    if not any(not _is_not_0(gap) and _is_zero(gap) for gap in gaps):
                        listed.append(place)
        lists.pop("", None)
        for listed in lists.values():
            listed.sort(key=lambda place: float(symbolic.to_sympy(place)))
        return {kind: listed for kind, listed in lists.items() if len(listed) <= _MOST_PLACES}

    def _kind(self, place: Node, bends: list[Node]) -> str:
        """What is at a place: a tangent's kind, a cusp, a corner, an end point; '' for nothing of that."""
        here: dict[Node, Node] = {Name(self.name): place}
        ends = (symbolic.evaluate(substitute(each, here), 5) for each in (self.x, self.y))
        if any(isinstance(each, numeric.Undefined) for each in ends):
            return ""
        assert self.velocity is not None
        if all(_is_not_0(substitute(edge, here)) for edge in bends):  # then x' is 0 there, or y' is
            moves = [_is_not_0(substitute(tree, here)) for tree in self.velocity]
            if any(moves):
                return _TANGENTS[moves[0]]
        there = self.at(place, 1)
        if there.reason == "undecided":
            raise UndecidedError(there.why)
        if there.reason == "vertical-tangent" or there.slopes == (0,):
            return there.kind or _TANGENTS[there.reason == ""]
        return there.kind


def _factored(expression: Any) -> Any:
    try:
        return sympy.factor(expression)
    except symbolic.FAILURES:  # a power with too many factors
        return expression


def higher(order: int) -> str:
    return SLOPE if order == 1 else f"d{order}y/dx{order}"


def zeros(tree: Node, name: str) -> Places | None:
    """All real zeros, or those within one period and SymPy's period; None where they are not known to be all."""
    if name not in names_in(tree):
        return None if _is_zero(tree) is not False else ([], None)
    plain = roots.zeros(tree, name)
    if plain is not None:
        return plain, None
    try:
        return _of_waves(symbolic.to_sympy(tree), name)
    except symbolic.ALL_FAILURES:
        return None


def period(path: Path) -> tuple[float | None, bool]:
    """A period of the sines and cosines of a path, if they have one, and whether all of the path has it."""
    t = symbolic.symbol(path.name)
    waves: set[Any] = set()
    whole = True
    for tree in (path.x, path.y):
        expression = symbolic.to_sympy(tree)
        found = expression.atoms(sympy.sin, sympy.cos, sympy.tan)
        whole &= not expression.xreplace({wave: sympy.Dummy() for wave in found}).has(t)
        waves |= found
    factors = [sympy.expand(wave.args[0]).coeff(t) for wave in waves if wave.has(t)]
    ratios = [each / factors[0] for each in factors]
    if not factors or not all(each.is_Rational and each != 0 for each in ratios):
        return None, False
    below = lcm(*(int(each.q) for each in ratios))
    scale = sympy.Rational(below, gcd(*(int(each * below) for each in ratios)))
    return float(2 * sympy.pi * scale / abs(factors[0])), whole


def _is_zero(tree: Node) -> bool | None:
    try:
        return constants.is_zero(constants.of(tree))
    except (NotReal, Undecided):
        return None


def _is_not_0(tree: Node) -> bool:
    """Do balls tell so?"""
    value = numeric.evaluate(tree, 15)
    return isinstance(value, Fraction | numeric.Ball) and not numeric.as_arb(value).contains(0)


def _of_waves(expression: Any, name: str) -> Places | None:
    """Of a rational function of sines and cosines of multiples of t: those of a rational function of tan(u/2)."""
    t, u, w = symbolic.symbol(name), sympy.Dummy(real=True), symbolic.symbol(_HALF)
    waves = expression.atoms(sympy.sin, sympy.cos, sympy.tan)
    factors = [wave.args[0].coeff(t) for wave in waves]
    if not waves or not all(each.is_Rational and each != 0 for each in factors):
        return None
    if any(sympy.expand(wave.args[0] - each * t).has(t) for wave, each in zip(waves, factors, strict=True)):
        return None
    scale = lcm(*(int(each.q) for each in factors))
    turned = sympy.expand_trig(expression.rewrite(sympy.tan, sympy.tan).subs(t, scale * u))
    turned = turned.subs({sympy.tan(u): sympy.sin(u) / sympy.cos(u)})
    rational = turned.subs({sympy.sin(u): 2 * w / (1 + w**2), sympy.cos(u): (1 - w**2) / (1 + w**2)})
    if rational.has(u):
        return None
    top = sympy.fraction(sympy.cancel(sympy.together(rational)))[0]
    halves = roots.zeros(symbolic.from_sympy(sympy.factor(top)), _HALF) if top.has(w) else []
    if halves is None or top == 0:
        return None
    period = 2 * scale * sympy.pi
    found = [2 * scale * sympy.atan(symbolic.to_sympy(half)) for half in halves]
    if expression.subs(t, scale * sympy.pi).equals(0):
        found.append(scale * sympy.pi)
    places = [each + period if each.is_negative else each for each in found]
    ordered = sorted(places, key=lambda each: float(each))
    return [symbolic.from_sympy(sympy.simplify(each)) for each in ordered], period


def _value(tree: Node, here: dict[Node, Node]) -> Exact:
    return constants.of(kinks.decided(substitute(tree, here)))


def _number(value: Exact) -> Any:
    return symbolic.to_sympy(exact.tree(value))
