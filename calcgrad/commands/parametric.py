"""diff --curve and --polar: the path of a point.

diff("[cos(t), sin(t)]", curve=True, at="pi/4").value.exact        # "-1"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.budget import attempt, doing
from calcgrad.errors import UndecidedError
from calcgrad.expression.tree import TRUE, Name, Node, Number, text
from calcgrad.parts.curves import path_of, said_of_path
from calcgrad.parts.values import as_value, assuming, at_its_point, decimals_of, under, value_of
from calcgrad.questions import Question

if TYPE_CHECKING:
    from calcgrad.calculus.curves.parametric import Path

_SHARE = 0.9
_PLACES_SHARE = 0.5


def parametric(
    question: Question, order: int, *, polar: bool, digits: int, steps: bool = False
) -> results.Parametric:
    """The derivatives up to ``order``, speed and curvature, as formulas and at the question's point."""
    from calcgrad.calculus import assumed, domains, kinks
    from calcgrad.calculus.curves.parametric import There
    from calcgrad.expression.latex import latex

    path = path_of(question, polar)
    if gone := domains.nowhere(path.x) or domains.nowhere(path.y):
        return results.Parametric(
            expr=question.text, var=path.name, polar=polar, order=order, formulas={}, assumed=question.premises,
            latex={"f": latex(question.tree), "name": latex(Name(path.name))},
            reason=gone, why=f"the curve is not {'real' if gone == 'not-real' else 'defined'}",
        )  # fmt: skip
    with doing("the derivative"):
        formulas = path.formulas(order)
    bends = path.bends
    conditions = {"where": list(dict.fromkeys([*path.moves, *bends])), "smooth": bends}
    with under(question, path.name) as something:
        if something:
            formulas = {what: assumed.simplified(tree) for what, tree in formulas.items()}
            conditions = {
                field: [made for each in several if (made := assumed.simplified(each)) is not TRUE]
                for field, several in conditions.items()
            }
    shown = {"f": latex(question.tree), "name": latex(Name(path.name))}
    shown |= {what: latex(tree) for what, tree in formulas.items()}
    fields: dict[str, Any] = {
        "expr": question.text, "var": path.name, "polar": polar, "order": order, "latex": shown,
        "formulas": {what: text(tree) for what, tree in formulas.items()}, "assumed": question.premises,
    }  # fmt: skip
    for field, several in conditions.items():
        if several:
            condition = kinks.joined("&", several)
            fields[field], shown[field] = text(condition, words=True), latex(condition)
    if steps:
        fields["steps"] = _steps(path)
    if not question.point and question.bare is None:
        if path.is_upright:
            stands = formulas["speed"] is Number(0)
            return results.Parametric(
                **fields,
                reason="undefined" if stands else "vertical-tangent",
                why="the point stands still" if stands else "the curve is vertical",
            )
        places, period = _special(path) or ({}, None)
        held = {
            kind: [each for each in several if period or kinks.may_hold(question.assumed, {path.name: each})]
            for kind, several in places.items()
        }
        fields["places"] = {kind: tuple(map(text, several)) for kind, several in held.items() if several}
        fields["period"] = None if period is None else str(period)
        return results.Parametric(**fields)
    place = value_of(question, path.name)
    fields["at"], shown["at"] = text(place), latex(place)
    decimals = decimals_of(question.tree, [place])
    with assuming(at_its_point(question, {path.name: place}), path.name):
        answer = attempt(lambda: path.at(place, order), _SHARE, clock=True)
    if answer is None:
        answer = There(reason="undecided", why="its value was not found in time")
    found_values = {what: as_value(value, digits, decimals) for what, value in answer.values.items()}
    fields["values"] = {what: value for what, value in found_values.items() if value is not None}
    if answer.point is not None:
        x, y = (as_value(each, digits, decimals) for each in answer.point)
        fields["point"] = None if x is None or y is None else (x, y)
    slopes = [as_value(each, digits, decimals) for each in answer.slopes]
    fields["slopes"] = tuple(each for each in slopes if each is not None)
    reason, why = answer.reason, said_of_path(answer, fields["slopes"])
    main = results.Parametric(**fields).main
    if not reason and main not in fields["values"]:
        reason, why = "undecided", "its value is not known"
    return results.Parametric(**fields, reason=reason, why=why, kind=answer.kind)


def _special(path: Path) -> tuple[dict[str, list[Node]], Any] | None:
    try:
        return attempt(path.special, _PLACES_SHARE)
    except UndecidedError:
        return None


def _steps(path: Path) -> tuple[results.Step, ...]:
    """x' and y' by the rules, then their quotient."""
    from calcgrad.calculus import rules
    from calcgrad.expression.latex import latex
    from calcgrad.parts.derivations import records

    if path.velocity is None:
        return ()
    write, found = records(), []
    for letter, tree, slope in zip("xy", (path.x, path.y), path.velocity, strict=True):
        step = write(rules.derive(tree, path.name))
        found.append(
            results.Step(
                f"{letter}'", "", path.name, text(tree), text(slope), f"{letter}' = {text(slope)}", because=(step,),
                latex={"shown": f"{letter}' = {latex(slope)}", "where": "", "mark": ""},
            )
        )  # fmt: skip
    made = path.formulas(2)
    for what, formula in (("dy/dx", "y'/x'"), ("d2y/dx2", "(x'*y'' - y'*x'')/x'**3")):
        if (derived := made.get(what)) is not None:
            found.append(
                results.Step(
                    what, "", path.name, "", text(derived), f"{formula} = {text(derived)}",
                    latex={"shown": latex(derived), "where": "", "mark": ""},
                )
            )  # fmt: skip
    return tuple(found)
