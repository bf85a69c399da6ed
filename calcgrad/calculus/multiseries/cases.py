"""Answers that depend on parameters, by cases that follow from the signs on which they depend.

    limits(parse("x^a").node, "x", INFINITY, (1,)).cases      # a < 0: 0, a = 0: 1, a > 0: oo

Wherever an expansion asks for the sign of a constant that holds parameters, all that it may be are gone through: of a
rational function of one parameter between its zeros and poles, else as such. Each case is an expansion of its own under
what is assumed there; a parameter that is known is put in. No value is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from calcgrad.calculus.multiseries import constants, exact, germs
from calcgrad.calculus.multiseries.constants import Assumptions, Span, assumed, assuming, possible_signs
from calcgrad.calculus.multiseries.exact import ONE, ZERO, Constant, Depends, Exact, NotReal, Undecided
from calcgrad.calculus.multiseries.germs import Found
from calcgrad.expression.tree import Call, Name, Node, Number, names_in, substitute, text

_DEEPEST = 4  # signs of parameters that are taken apart one in the other
_MOST = 12  # cases; more are no answer
_FEW = 6  # that are shown as they are, though all but some, where a constant is zero, have one answer
_GONE = ("not-real", "undefined")
Ask = Callable[[Node, Node], tuple[Found, ...]]  # of an expression and the point


@dataclass(frozen=True)
class Answer:
    """What is found on each side that was asked for; where that depends on parameters, the ``cases`` that there are,
    each with its condition in words and what is assumed in it."""

    found: tuple[Found, ...]
    cases: tuple[tuple[str, Assumptions, tuple[Found, ...]], ...] = ()


def limits(root: Node, variable: str, point: Node, sides: tuple[int, ...]) -> Answer:
    """The limit from each side. Where it depends on parameters, it is what all cases share in which the function is
    defined, if there is such a limit."""

    def ask(root: Node, point: Node) -> tuple[Found, ...]:
        return _compared(tuple(germs.limit(root, variable, point, side) for side in sides))

    return _by_cases(ask, root, point)


def slopes(root: Node, variable: str, point: Node) -> Answer:
    """The slopes from the left and from the right, and of each what f rises by at once if the slope is infinite."""
    h = Name("h_0")  # no user's name: trees are substituted first

    def ask(root: Node, point: Node) -> tuple[Found, ...]:
        rises = []
        found = []
        for side, sign in ((-1, "-"), (1, "+")):
            moved, here = (
                substitute(root, {Name(variable): each}) for each in (Call(sign, (point, h)), point)
            )
            rise = Call("-", (moved, here))
            run: Node = h if side > 0 else Call("neg", (h,))
            found.append(germs.limit(Call("/", (rise, run)), h.name, Number(0), 1))
            infinite = found[-1].infinite
            rises.append(germs.limit(rise, h.name, Number(0), 1) if infinite else Found(ZERO))
        return (*_compared(tuple(found)), *rises)

    return _by_cases(ask, root, point)


def _compared(found: tuple[Found, ...]) -> tuple[Found, ...]:
    """Whether both sides have one limit is asked, too."""
    try:
        _equal(found)
    except Depends as error:
        return (replace(found[0], depends=error.constant), *found[1:])
    return found


def _by_cases(ask: Ask, root: Node, point: Node) -> Answer:
    known = assumed()
    if (equation := known.equation) is not None:
        made = known.put(*equation)
        if made is None:
            raise Undecided("assumptions that exclude each other")
        there = dict([equation])
        with assuming(made):
            return _by_cases(ask, _put(root, there), _put(point, there))
    found = ask(root, point)
    if _depends(found) is None:
        return Answer(found)
    leaves = list(_leaves(ask, root, point, _Case(known, found=found), _DEEPEST))
    if not leaves:
        return Answer(found)
    defined = [leaf for leaf in leaves if not all(each.reason in _GONE for each in leaf.found)] or leaves
    first = min(defined, key=lambda leaf: len(leaf.equal))
    if all(_agrees(first, leaf) for leaf in defined):
        return Answer(first.found)
    runs = _runs(leaves)
    if all(_is_open(run[0].found) for run in runs):
        return Answer(found)
    exceptions = _exceptions(leaves) if len(runs) > _FEW else ()
    if exceptions or len(runs) > _MOST:
        return Answer(found, exceptions)
    general = [min(run, key=lambda leaf: len(leaf.equal)) for run in runs]
    shown = ((_condition(run, known), one.assumed, one.found) for run, one in zip(runs, general, strict=True))
    return Answer(found, tuple(shown))


def _equal(found: tuple[Found, ...]) -> bool | None:
    """Are the limits of both sides one? None where there are no two numbers; may raise Depends."""
    values = [each.value for each in found[:2]]
    if len(values) != 2 or values[0] is None or values[1] is None:
        return None
    try:
        return constants.is_zero(values[0] - values[1])
    except Depends:
        raise
    except Undecided:
        return None


def _depends(found: tuple[Found, ...]) -> Constant | None:
    return next((each.depends for each in found if each.depends is not None), None)


def _is_open(found: tuple[Found, ...]) -> bool:
    return any(each.reason == "undecided" for each in found)


def _put(node: Node, values: dict[str, Exact]) -> Node:
    there: dict[Node, Node] = {Name(name): exact.tree(value) for name, value in values.items()}
    return substitute(node, there)


@dataclass(frozen=True)
class _Case:
    """What is assumed in it, the parameters that are put in, and what is found.

    ``shown`` are its conditions in turn, each a parameter's span or the sign of a constant.
    """

    assumed: Assumptions
    equal: tuple[tuple[str, Exact], ...] = ()
    shown: tuple[tuple[str | Constant, Span | int], ...] = ()
    found: tuple[Found, ...] = ()

    def within(self, name: str, span: Span) -> _Case | None:
        """The part of it where a parameter lies in ``span``."""
        whole = self.assumed.spans.get(name, Span()).meet(span)
        if whole.is_empty:
            return None
        shown = (*(each for each in self.shown if each[0] != name), (name, whole))
        if whole.low is not None and whole.low == whole.high:
            return self.put(name, whole.low, shown)
        with assuming(self.assumed):
            if constants.is_whole_name(name) and not _has_integer(whole):
                return None
        spans = self.assumed.spans | {name: whole}
        return replace(self, assumed=replace(self.assumed, spans=spans), shown=shown).if_possible()

    def put(
        self, name: str, value: Exact, shown: tuple[tuple[str | Constant, Span | int], ...]
    ) -> _Case | None:
        made = self.assumed.put(name, value)
        if made is None:
            return None
        return replace(self, assumed=made, equal=(*self.equal, (name, value)), shown=shown)

    def signed(self, constant: Constant, sign: int) -> _Case | None:
        """The part of it where a constant has a sign; put in for a name that stands in it linearly, if it is zero."""
        shown = (*self.shown, (constant, sign))
        if sign == 0 and (found := constants.solved(constant)) is not None:
            return self.put(*found, shown)
        signs = self.assumed.signs | {constant: frozenset({sign})}
        return replace(self, assumed=replace(self.assumed, signs=signs), shown=shown).if_possible()

    @property
    def zeros(self) -> list[Constant]:
        """The constants that are zero in it."""
        gaps: list[Exact] = []
        for what, which in self.shown:
            if isinstance(what, Constant):
                gaps.append(what if which == 0 else ZERO)
            elif isinstance(which, Span) and which.low is not None and which.low == which.high:
                gaps.append(exact.atom(Name(what)) - which.low)
        return [gap for gap in gaps if isinstance(gap, Constant)]

    def holds(self, zero: Exact) -> bool | None:
        """Is a constant zero in all of it? False where it is nowhere, None where that is not known."""
        with assuming(self.assumed):
            for name, value in self.equal:
                zero = constants.at_phases(zero, {name: value}) if isinstance(zero, Constant) else zero
            signs = possible_signs(zero)
        return 0 in signs if len(signs) == 1 or 0 not in signs else None

    def if_possible(self) -> _Case | None:
        """None where what is known of its parameters excludes a sign that is assumed."""
        known = self.assumed.signs.items()
        with assuming(self.assumed):
            return self if all(possible_signs(each) & allowed for each, allowed in known) else None


def _has_integer(span: Span) -> bool:
    """May an integer lie in it? Only rational ends say that none does."""
    if not isinstance(span.low, type(ONE)) or not isinstance(span.high, type(ONE)):
        return True
    first = span.low.numerator // span.low.denominator
    return any(span.holds(ZERO + whole) for whole in range(first, first + 3)) or span.high - span.low >= 2


def _leaves(ask: Ask, root: Node, point: Node, case: _Case, deep: int) -> Iterator[_Case]:
    """The cases of the sign that an answer depends on, each taken apart further where it depends on another one."""
    constant = _depends(case.found)
    if constant is None or deep == 0:
        yield case
        return
    for part in _parts(case, constant):
        new = dict(part.equal[len(case.equal) :])
        there, at = _put(root, new), _put(point, new)
        with assuming(part.assumed):
            found = ask(there, at)
        if _depends(found) == constant:  # nothing was won
            yield replace(part, found=tuple(replace(each, depends=None) for each in found))
        else:
            yield from _leaves(ask, there, at, replace(part, found=found), deep - 1)


def _parts(case: _Case, constant: Constant) -> Iterator[_Case]:
    names = sorted(names_in(exact.tree(constant)))
    ends = constants.parameter_roots(constant) if len(names) == 1 else None
    if ends is not None:
        spans = [Span(None, ends[0])] if ends else [Span()]
        for one, other in pairwise([*ends, None]):
            spans += [Span(one, one, True, True), Span(one, other)]
        made = [case.within(names[0], span) for span in spans]
    else:
        with assuming(case.assumed):
            signs = possible_signs(constant)
        made = [case.signed(constant, sign) for sign in (1, -1, 0) if sign in signs]
    yield from (each for each in made if each is not None)


# ---------------------------------------------------------------------------------------------- cases together


def _runs(leaves: list[_Case]) -> list[list[_Case]]:
    """Neighbouring cases with one answer together: those that differ in one parameter's span, or one sign, only."""
    runs: list[list[_Case]] = []
    for leaf in leaves:
        if runs and (name := _differing(runs[-1][-1], leaf)) is not None:
            run = runs[-1]
            along = len(run) == 1 or _differing(run[0], run[-1]) == name
            general = min(run, key=lambda each: len(each.equal))
            one, other = (general, leaf) if len(general.equal) <= len(leaf.equal) else (leaf, general)
            if along and _agrees(one, other):
                run.append(leaf)
                continue
        runs.append([leaf])
    return runs


def _exceptions(leaves: list[_Case]) -> tuple[tuple[str, Assumptions, tuple[Found, ...]], ...]:
    """The answers where a constant is zero, and the one that holds everywhere else; () where there is no such one."""
    usual, *more = (leaf for leaf in leaves if not leaf.equal)
    if _is_open(usual.found) or not all(_agrees(usual, leaf) for leaf in more):
        return ()
    left = [leaf for leaf in leaves if leaf.equal and not _agrees(usual, leaf)]
    shown, others = [], []
    while left:
        one = min(left, key=lambda leaf: len(leaf.zeros))
        (zero, *further) = one.zeros
        within = {leaf: leaf.holds(zero) for leaf in leaves}
        same = [leaf for leaf, holds in within.items() if holds]
        if further or None in within.values() or not all(_agrees(one, leaf) for leaf in same):
            return ()
        shown.append((_of_sign(zero, "", 0), one.assumed, one.found))
        others.append(_of_sign(zero, "!=", 1))
        left = [leaf for leaf in left if leaf not in same]
    return (*shown, (" and ".join(others), usual.assumed, usual.found)) if others else ()


def _differing(one: _Case, other: _Case) -> str | Constant | None:
    """The one parameter in whose span, or the constant in whose sign, two cases differ, if all else is the same."""
    if len(one.shown) != len(other.shown):
        return None
    found = [(a, b) for a, b in zip(one.shown, other.shown, strict=True) if a != b]
    if len(found) != 1 or found[0][0][0] != found[0][1][0]:
        return None
    what = found[0][0][0]
    named = isinstance(what, str) or (exact.alternates(what) is None and constants.fraction_of(what) is None)
    return what if named else None


def _agrees(general: _Case, leaf: _Case) -> bool:
    """Does a case have the answer of a more general one, where its own parameters are put in?"""
    return _is_two_sided(general) == _is_two_sided(leaf) and all(
        _agree(one, other, leaf) for one, other in zip(general.found, leaf.found, strict=True)
    )


def _is_two_sided(case: _Case) -> bool | None:
    try:
        with assuming(case.assumed):
            return _equal(case.found)
    except Depends:
        return None


def _agree(one: Found, other: Found, leaf: _Case) -> bool:
    a, b = one.value, other.value
    if a is None or b is None or one.reason or other.reason:
        same = (one.infinite, one.reason) == (other.infinite, other.reason)
        return a is b and same and one.reason != "undecided"
    try:
        with assuming(leaf.assumed):
            for name, value in leaf.equal:
                if isinstance(a, Constant):
                    a = constants.at_phases(a, {name: value})
            return not (a - b) or constants.is_zero(a - b)
    except (NotReal, Undecided):
        return False


# ----------------------------------------------------------------------------------------------------- in words


def _condition(run: list[_Case], known: Assumptions) -> str:
    """What holds in a run of cases, beyond what is assumed of all."""
    parts = []
    for (what, one), (_, other) in zip(run[0].shown, run[-1].shown, strict=True):
        if isinstance(what, str):
            assert isinstance(one, Span) and isinstance(other, Span)
            whole = Span(one.low, other.high, one.with_low, other.with_high)
            if whole != known.spans.get(what, Span()):
                parts.append(_of_span(what, whole))
        else:
            assert isinstance(one, int) and isinstance(other, int)
            if (one, other) != (1, 0):  # all of them: 1, -1, 0
                parts.append(_of_sign(what, "" if one == other else "<=" if other == 0 else "!=", one))
    even = {part.removesuffix(each) for part in parts for each in (" even", " odd") if part.endswith(each)}
    return " and ".join(part for part in parts if part.removesuffix(" integer") not in even) or "otherwise"


def _of_span(name: str, span: Span) -> str:
    low, high = (None if end is None else text(exact.tree(end)) for end in (span.low, span.high))
    if low is not None and low == high:
        return f"{name} = {low}"
    after = f"{name} {'<=' if span.with_high else '<'} {high}"
    if low is None:
        return after
    if high is None:
        return f"{name} {'>=' if span.with_low else '>'} {low}"
    return f"{low} {'<=' if span.with_low else '<'} {after}"


def _of_sign(constant: Constant, several: str, sign: int) -> str:
    """``a > b`` for a - b with the sign 1, or ``a <= b`` for several signs; ``n even`` for (-1)**n, ``a integer`` where
    a - floor(a) is zero."""
    if (power := exact.alternates(constant)) is not None:
        return f"{text(power)} {'even' if sign > 0 else 'odd'}"
    if (name := constants.fraction_of(constant)) is not None:
        return f"{name} integer" if sign == 0 else f"{name} not an integer"
    content = exact.content(constant)
    terms = {monomial: c / content for monomial, c in constant.terms.items()}
    above = {monomial: c for monomial, c in terms.items() if c > 0}
    below = {monomial: -c for monomial, c in terms.items() if c < 0}
    if not above or (len(above) == 1 and frozenset() in above and below):
        above, below, sign = below, above, -sign
    if several == "<=" and sign > 0:
        several = ">="
    one, other = (text(exact.tree(Constant(part))) if part else "0" for part in (above, below))
    return f"{one} {several or '=><'[sign]} {other}"
