"""study: what a function of one variable does, all of it proved: zeros, extrema, inflections, asymptotes.

study("x**3 - 3*x").extrema[0].value.exact          # "2"
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.decimals import fraction_text
from calcgrad.errors import UndecidedError, UsageError
from calcgrad.expression.tree import INFINITY, Call, Name, Node, names_in, text, variables
from calcgrad.parts.values import (
    DIGITS,
    Decimals,
    as_value,
    check_digits,
    decimals_of,
    restricted,
    silent,
    under,
)
from calcgrad.questions import Note, Question, free_label, put_in, read

if TYPE_CHECKING:
    from calcgrad.calculus.studies import study as found_by
    from calcgrad.calculus.studies.isolation import Place

_MINUS = Call("neg", (INFINITY,))
_WORDS = {"undefined": "defined", "not-real": "real"}
_MOST_DIGITS = 1_000
_KINDS = (
    "domain", "positive", "negative", "zero", "increasing", "decreasing", "constant", "convex", "concave",
)  # fmt: skip


def study(
    expr: str,
    *,
    on: str | Sequence[str] | None = None,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    assume: Iterable[str] = (),
    digits: int = DIGITS,
    files: bool = True,
    note: Note = silent,
) -> results.Study | results.PlaneStudy:
    """Domain, zeros, signs, extrema, monotone and convex intervals, asymptotes, symmetry and period of ``expr``.

    ``on``, such as ``0,2*pi``, looks at an interval only, its ends included. With two variables, ``x,y``, these are the
    points at which both slopes are 0, and what is there.
    """
    from calcgrad.calculus.studies.isolation import Unsettled
    from calcgrad.calculus.studies.study import has_single_points, is_nowhere
    from calcgrad.calculus.studies.study import study as studied
    from calcgrad.expression.arrays import scalarize
    from calcgrad.expression.latex import latex

    check_digits(digits, _MOST_DIGITS)
    question = read(expr, var=var, let=let, assume=assume, files=files, note=note)
    names = question.differentiated("study")
    if len(set(names)) == 2 and on is None:
        return _in_plane(question, (names[0], names[-1]), digits)
    if len(set(names)) > 1:
        raise UsageError("a study is in one variable, or in two without --on", hint=f"--var {names[0]}")
    name = names[0]
    root = restricted(question, scalarize(question.tree), name)
    if parameters := [each for each in variables(root) if each != name]:
        raise UndecidedError(
            f"a study depends on {', '.join(parameters)}", hint=f"--let {parameters[0]}=1 gives a value"
        )
    low, high = (None, None) if on is None else _interval(on, question, name)
    fields: dict[str, Any] = {
        "expr": question.text,
        "var": name,
        "names": tuple(dict.fromkeys([*question.names, name])),
        "question": question,
        "assumed": question.premises,
        "latex": {"f": latex(question.tree), "name": latex(Name(name))},
    }
    infinite = results.Value("-oo", "", None, r"-\infty"), results.Value("oo", "", None, r"\infty")
    try:
        found = studied(root, name, low, high)
        if found.is_somewhere or found.scope == "window":
            return _shown(found, fields, digits, decimals_of(root, ()), infinite)
        if not is_nowhere(root) and has_single_points(root, name):
            raise Unsettled("where an exponent is whole")
    except Unsettled as error:
        what = f"{error} {_where(error.where, digits)}".strip()
        return results.Study(
            **fields, scope="everywhere", low=infinite[0], high=infinite[1], reason="undecided", unsettled=(what,),
            why=f"what is not settled is {what}",
        )  # fmt: skip
    reason = is_nowhere(root) or "undefined"
    why = f"f is not {_WORDS[reason]} anywhere"
    ends = list(infinite)
    if found.scope == "on":
        show = _Shown(digits, decimals_of(root, ()), infinite)
        ends = [show.place(found.low, -1), show.place(found.high, 1)]
        why += f" from {ends[0].text} to {ends[1].text}"
    scope = "on" if found.scope == "on" else "everywhere"
    return results.Study(**fields, scope=scope, low=ends[0], high=ends[1], reason=reason, why=why)


def _in_plane(question: Question, names: tuple[str, str], digits: int) -> results.PlaneStudy:
    """All critical points of a function of two variables, by the Hessian or, where that says nothing, by expansion."""
    from calcgrad.calculus.domains import nowhere
    from calcgrad.calculus.planes.critical import critical
    from calcgrad.calculus.studies.isolation import Unsettled
    from calcgrad.expression.arrays import scalarize
    from calcgrad.expression.latex import latex

    root = scalarize(question.tree)
    if parameters := [each for each in variables(root) if each not in names]:
        raise UndecidedError(
            f"a study depends on {', '.join(parameters)}", hint=f"--let {parameters[0]}=1 gives a value"
        )
    fields: dict[str, Any] = {
        "expr": question.text, "var": names, "names": tuple(dict.fromkeys([*question.names, *names])),
        "assumed": question.premises,
        "latex": {"f": latex(question.tree)} | {name: latex(Name(name)) for name in names},
    }  # fmt: skip
    if reason := nowhere(root):
        return results.PlaneStudy(**fields, reason=reason, why=f"f is not {_WORDS[reason]} anywhere")
    with under(question, *names):
        found = critical(root, names)
    held = [
        (each, _is_assumed(question, dict(zip(names, each.places, strict=True)))) for each in found.points
    ]
    infinite = results.Value("-oo", "", None, r"-\infty"), results.Value("oo", "", None, r"\infty")
    show = _Shown(digits, decimals_of(root, ()), infinite)
    points: tuple[results.Critical, ...] = ()
    curves: tuple[results.CriticalCurve, ...] = ()
    try:
        points = tuple(
            results.Critical(
                {name: show.place(place) for name, place in zip(names, each.places, strict=True)},
                show.number(each.value),
                each.kind,
                each.by,
                None if each.determinant is None else show.number(each.determinant),
            )
            for each, holds in held
            if holds
        )
        curves = tuple(
            results.CriticalCurve(
                text(each.equation, words=True),
                show.number(each.value),
                each.kind,
                None if each.where is None else text(each.where, words=True),
                {"equation": latex(each.equation)}
                | ({} if each.where is None else {"where": latex(each.where)}),
            )
            for each in found.curves
        )
    except Unsettled as error:
        found.unsettled.append(str(error))
    of_curves = bool(question.assumed and curves)
    open_ = ["which points meet the conditions"] * (of_curves or any(holds is None for _, holds in held))
    unsettled = tuple(dict.fromkeys([*found.unsettled, *open_]))
    reason = "undecided" if unsettled else ""
    return results.PlaneStudy(
        **fields, points=points, curves=curves, unsettled=unsettled, reason=reason, why="; ".join(unsettled),
        periods={name: show.number(length) for name, length in found.periods.items()},
    )  # fmt: skip


def _is_assumed(question: Question, here: dict[str, Place]) -> bool | None:
    """Is a point one at which all conditions hold?"""
    from calcgrad.calculus import numeric
    from calcgrad.calculus.kinks import truth

    exact = {name: place.exact for name, place in here.items() if place.exact is not None}
    rest = {name: place.real(50) for name, place in here.items() if name not in exact}
    known = [
        numeric.evaluate(put_in(each, exact), 15, rest) if rest else truth(put_in(each, exact))
        for each in question.assumed
    ]
    known = [each if isinstance(each, bool) else None for each in known]
    return False if False in known else None if None in known else True


def _interval(on: str | Sequence[str], question: Question, name: str) -> tuple[Node | None, Node | None]:
    """The two ends of --on; None for an infinite one."""
    from calcgrad.calculus import numeric, symbolic
    from calcgrad.expression.parser import parse

    hint = "--on 0,3 or --on 0,oo"
    parts: list[str] = []
    if isinstance(on, str):
        depth = start = 0
        for place, character in enumerate(on):
            depth += (character in "([") - (character in ")]")
            if character == "," and depth <= 0:
                parts.append(on[start:place])
                start = place + 1
        parts.append(on[start:])
    else:
        parts = [str(each) for each in on]
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise UsageError("--on takes two numbers", hint=hint)
    ends = []
    for part in parts:
        tree = parse(part, (name,), question.definitions).node
        if names_in(tree):
            raise UsageError(f"--on {part.strip()[:40]} is not a number", hint=hint)
        ends.append(tree)
    low, high = ends
    if low is INFINITY or high is _MINUS:
        raise UsageError("--on: the first number must be below the second", hint=hint)
    finite = [end for end in ends if end not in (INFINITY, _MINUS)]
    for end in finite:
        value = symbolic.evaluate(end, 5)
        if not isinstance(value, Fraction | numeric.Ball):
            raise UsageError(f"--on: {text(end)[:40]} is not a number", hint=hint)
    if len(finite) == 2 and numeric.sign(symbolic.evaluate(Call("-", (high, low)), 5)) != 1:
        raise UsageError("--on: the first number must be below the second", hint=hint)
    return (None if low is _MINUS else low), (None if high is INFINITY else high)


# -------------------------------------------------------------------------------------------------- shown


class _Shown:
    """Numbers and places as results, each once; ``places``, from left to right, with digits that tell them apart."""

    def __init__(
        self,
        digits: int,
        decimals: Decimals,
        infinite: tuple[results.Value, results.Value],
        places: Sequence[Place] = (),
    ) -> None:
        self.digits, self.decimals, self.infinite = digits, decimals, infinite
        self.places: dict[int, results.Value] = {}
        self.kept: list[Any] = []
        self.finer: dict[int, int] = {}
        for one, other in pairwise(places):
            more = digits
            while more < _MOST_DIGITS and one.decimal(more) == other.decimal(more):
                more *= 2
            for place in (one, other):
                self.finer[id(place)] = max(more, self.finer.get(id(place), digits))

    def place(self, place: Place | None, way: int = 1) -> results.Value:
        if place is None:
            return self.infinite[way > 0]
        if id(place) not in self.places:
            self.kept.append(place)
            digits = self.finer.get(id(place), self.digits)
            self.places[id(place)] = (
                self._decimal(place.decimal(digits), place.decimal(20))
                if place.exact is None
                else self._exact(place.exact, digits)
            )
        return self.places[id(place)]

    def number(self, value: Any) -> results.Value:
        """A tree, or a ball that is worked out until its digits are certain."""
        from calcgrad.calculus import numeric
        from calcgrad.calculus.studies import isolation

        if not isinstance(value, numeric.Ball):
            return self._exact(value, self.digits)
        shown = [isolation.rounded(value, digits) for digits in (self.digits, 20)]
        return self._decimal(*shown)

    def _exact(self, tree: Node, digits: int) -> results.Value:
        from calcgrad.calculus import numeric, symbolic
        from calcgrad.calculus.studies.isolation import Unsettled

        made = as_value(symbolic.to_sympy(tree), digits, self.decimals)
        if made is None:
            number = symbolic.evaluate(tree, 20)
            made = as_value(number, digits) if isinstance(number, Fraction | numeric.Ball) else None
        if made is None:
            raise Unsettled("a value that is not known")
        return made

    def _decimal(self, shown: str, finer: str) -> results.Value:
        double = float(finer)
        return results.Value("", shown, double if isfinite(double) else None, shown)

    def approach(self, approach: found_by.Approach | None) -> tuple[str | None, str]:
        """A limit as text and in LaTeX; None where f is not defined."""
        if approach is None:
            return None, ""
        if approach.infinite:
            return ("oo", r"+\infty") if approach.infinite > 0 else ("-oo", r"-\infty")
        if approach.value is None:
            return approach.reason, ""
        shown = self.number(approach.value)
        return shown.text, shown.latex


def _shown(
    found: found_by.Study,
    fields: dict[str, Any],
    digits: int,
    decimals: Decimals,
    infinite: tuple[results.Value, results.Value],
) -> results.Study:
    from calcgrad.calculus.studies.study import intervals

    show = _Shown(digits, decimals, infinite, [each.place for each in found.points])

    def listed(kind: str) -> tuple[results.Interval, ...]:
        return tuple(
            results.Interval(show.place(low, -1), show.place(high, 1), closed)
            for low, high, closed in intervals(found, kind)
        )

    kinds: dict[str, Any] = {kind: listed(kind) for kind in _KINDS}
    unsettled = tuple(
        dict.fromkeys(f"{what} {_where(where, digits)}".strip() for what, where in found.unsettled)
    )
    letter = free_label("y f g", fields["names"])
    return results.Study(
        **fields,
        scope=found.scope,
        low=show.place(found.low, -1),
        high=show.place(found.high, 1),
        spots=tuple(_spot(point, show) for point in found.points),
        stretches=tuple(
            results.Stretch(
                show.place(each.low, -1),
                show.place(each.high, 1),
                each.defined,
                each.settled,
                (each.signs[0], each.signs[1], each.signs[2]),
            )
            for each in found.segments
        ),
        **kinds,
        asymptotes=tuple(_asymptotes(found, show, fields["var"], letter)),
        symmetry={"": "neither", None: None}.get(found.symmetry, found.symmetry),
        period=None if found.period is None else as_value(found.period, digits, decimals),
        least_period=found.least_period,
        greatest=_greatest(found.greatest, show, found),
        least=_greatest(found.least, show, found),
        bent=None if found.bent is None else (show.place(found.bent[0]).text, show.place(found.bent[1]).text),
        ends=(show.approach(found.ends[0])[0], show.approach(found.ends[1])[0]),
        unsettled=unsettled,
        notes=tuple(found.notes),
        reason="undecided" if unsettled else "",
        why="; ".join(unsettled),
    )


def _spot(point: found_by.Point, show: _Shown) -> results.Spot:
    sides = [show.approach(each) for each in (point.left, point.right)]
    return results.Spot(
        show.place(point.place),
        None if point.value is None else show.number(point.value),
        point.kind,
        point.extremum,
        point.strict,
        point.inflection,
        point.vanishes,
        sides[0][0],
        sides[1][0],
        (sides[0][1], sides[1][1]),
    )


def _asymptotes(found: found_by.Study, show: _Shown, var: str, letter: str) -> Iterator[results.Asymptote]:
    from calcgrad.calculus import numeric, symbolic
    from calcgrad.expression.latex import latex
    from calcgrad.expression.tree import Number, substitute

    together: dict[Any, list[str]] = {}
    for each in found.asymptotes:
        together.setdefault((each.kind, each.line), []).append(each.where)
    for (kind, line), where in together.items():
        place = " and ".join(where)
        if kind == "vertical":
            shown = show.number(line)
            yield results.Asymptote(
                kind,
                f"{var} = {shown.text}",
                place,
                f"{latex(Name(var))} = {shown.latex}",
                (shown.number, None),
            )
            continue
        heights = [symbolic.evaluate(substitute(line, {Name(var): Number(at)}), 17) for at in (0, 1)]
        floats = [numeric.to_float(each) for each in heights if isinstance(each, Fraction | numeric.Ball)]
        start = floats[0] if floats else None
        slope = None if len(floats) < 2 or None in floats else floats[1] - floats[0]  # type: ignore[operator]
        yield results.Asymptote(
            kind, f"{letter} = {text(line)}", place, f"{letter} = {latex(line)}", (start, slope)
        )


def _greatest(extreme: found_by.Extreme, show: _Shown, found: found_by.Study) -> results.Greatest:
    if not extreme.settled or extreme.infinite:
        return results.Greatest(None, unbounded=bool(extreme.infinite), settled=extreme.settled)
    assert extreme.value is not None
    constant = all(each.signs[1] == 0 for each in found.segments if each.defined) and not found.points
    from calcgrad.calculus.studies.study import lies_in, taken_along

    along = taken_along(found, extreme)
    alone = [each for each in extreme.places if not any(lies_in(each, part) for part in along)]
    on = tuple(
        results.Interval(show.place(low, -1), show.place(high, 1), closed) for low, high, closed in along
    )
    places = tuple(map(show.place, alone))
    return results.Greatest(show.number(extreme.value), places, everywhere=constant, on=on)


def _where(where: tuple[Any, Any] | None, digits: int) -> str:
    """At a place, or between two."""
    from calcgrad.calculus.studies.isolation import Place

    def shown(end: Any, way: str) -> str:
        if end is None:
            return way
        if isinstance(end, Place):
            return text(end.exact) if end.exact is not None else end.decimal(min(digits, 10))
        return fraction_text(Fraction(end), 5)

    if where is None:
        return ""
    low, high = shown(where[0], "-oo"), shown(where[1], "oo")
    return f"at {low}" if low == high else f"between {low} and {high}"
