"""diff --var y:x: derivatives of functions that equations define.

diff("x^2+y^2=25", var="y:x", at="x=3,y=4").value.exact        # "-3/4"
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.budget import doing
from calcgrad.expression.tree import TRUE, Call, Name, Node, Number, has_decimal, names_in, text, variables
from calcgrad.parts.curves import equations_of, listed, located, of_point, point_of
from calcgrad.parts.values import as_value, decimals_of, under
from calcgrad.questions import Question

if TYPE_CHECKING:
    from calcgrad.calculus.curves.implicit import System


def implicit(
    question: Question, names: Sequence[str], *, digits: int, steps: bool = False
) -> results.Implicit:
    """The derivatives of the question's unknowns by ``names`` in turn, and at its point if it has one."""
    from calcgrad.calculus import assumed
    from calcgrad.calculus.curves.implicit import System
    from calcgrad.expression.latex import latex

    equations = equations_of(question)
    unknowns, every = question.unknowns, variables(question.tree)
    decimals = has_decimal(question.tree)
    system = System(equations, unknowns, decimals)
    shown = {"f": _equations_latex(question)} | {
        f"name {each}": latex(Name(each)) for each in (*every, *names, *unknowns)
    }
    fields: dict[str, Any] = {
        "expr": question.text, "unknowns": unknowns, "var": tuple(names), "latex": shown, "assumed": question.premises,
    }  # fmt: skip
    with doing("the derivative"):
        empty = system.is_empty
        determined = empty or system.is_determined
        formula = system.derivatives(names) if determined and not empty else None
    if not determined:
        said = "the equation does" if len(unknowns) == 1 else "the equations do"
        return results.Implicit(
            **fields, reason="not-determined", why=f"{said} not determine {listed(unknowns)}"
        )
    if empty:
        return results.Implicit(**fields, reason="no-points", why="no real numbers solve the equation")
    if formula is not None:
        where = system.where(formula.values(), names)
        shown_formula = formula
        with under(question, *names, *unknowns) as something:
            if something:
                shown_formula = {each: assumed.simplified(tree) for each, tree in formula.items()}
                where = None if where is None else assumed.simplified(where)
        fields["derivatives"] = {each: text(tree) for each, tree in shown_formula.items()}
        shown |= {f"derivative {each}": latex(tree) for each, tree in shown_formula.items()}
        if where is not None and where is not TRUE:
            fields["where"], shown["where"] = text(where, words=True), latex(where)
    if steps:
        fields["steps"] = _steps(question, system, equations, names, formula)
    if not question.point and question.bare is None:
        return results.Implicit(**fields)
    point = point_of(question, system, names)
    fields["at"] = {each: text(place) for each, place in point.items()}
    shown |= {f"at {each}": latex(place) for each, place in point.items()}
    answer = located(question, system, names, point)
    shown_as = decimals_of(question.tree, point.values())
    made = {each: as_value(value, digits, shown_as) for each, value in answer.values.items()}
    values = {each: value for each, value in made.items() if value is not None}
    if len(values) < len(made):
        return results.Implicit(
            **fields, reason="undecided", why="the value has no form that could be checked"
        )
    return results.Implicit(**fields, values=values, **of_point(answer, digits, shown_as))


def _equations_latex(question: Question) -> str:
    from calcgrad.expression.latex import latex

    return r", \quad ".join(latex(each) for each in question.equations)


# --------------------------------------------------------------------------------------------------------- steps


def _steps(
    question: Question,
    system: System,
    equations: Sequence[Call],
    names: Sequence[str],
    formula: dict[str, Node] | None,
) -> tuple[results.Step, ...]:
    """Differentiate both sides, collect, solve; and once more for each further order."""
    from calcgrad.calculus import symbolic
    from calcgrad.calculus.arithmetic import plus, times
    from calcgrad.calculus.curves.implicit import shown_total
    from calcgrad.expression.latex import latex

    name, found = names[0], []
    marks: dict[str, Node] = {each: Name(f"{each}'") for each in question.unknowns}
    primed = listed([f"{each}'" for each in question.unknowns])

    def step(
        rule: str, left: Node, right: Node, because: Sequence[results.Step] = (), brief: str = ""
    ) -> results.Step:
        equation = Call("==", (left, right))
        shown = f"{text(left)} = {text(right)}"
        return results.Step(
            rule=rule, formula="", var=name, before="", after=shown, shown=shown, because=tuple(because), brief=brief,
            latex={"shown": latex(equation), "where": "", "mark": "", "before": "", "after": latex(equation)},
        )  # fmt: skip

    for equation, gap in zip(equations, system.gaps, strict=True):
        sides = [shown_total(each, name, marks, system) for each in equation.args]
        if sides[0] is None or sides[1] is None:
            return ()
        because = _partials(equation, (name, *question.unknowns), system) if len(equations) == 1 else ()
        found.append(step(f"both sides by {name}", sides[0], sides[1], because))
        direct = system.partial(gap, name)
        parts = [(each, system.partial(gap, each)) for each in question.unknowns]
        left = plus((1, times(part, marks[each])) for each, part in parts if part is not None)
        right = system.tidy(-symbolic.to_sympy(direct or Number(0)))
        if right is not None:
            found.append(step(f"collect {primed}", left, right))
    slopes = system.slopes(name)
    for unknown, tree in (slopes or {}).items():
        found.append(step("solve", marks[unknown], tree))
    for unknown, tree in (slopes or {}).items():
        for turn, each in enumerate(names[1:], start=2):
            before = shown_total(tree, each, marks, system)
            after = system.total(tree, each)
            if before is None or after is None:
                return tuple(found)
            mark = Name(unknown + "'" * turn)
            found += [step(f"by {each} again", mark, before), step(f"put in {primed}, simplify", mark, after)]
            tree = after
    return tuple(found)


def _partials(equation: Call, names: Sequence[str], system: System) -> tuple[results.Step, ...]:
    """How each side was differentiated by each name that stands in it."""
    from calcgrad.calculus import rules
    from calcgrad.expression.latex import latex
    from calcgrad.parts.derivations import records

    write, found = records(), []
    for side, each in product(equation.args, names):
        if not isinstance(side, Call) or each not in names_in(side):
            continue
        part = system.partial(side, each)
        if part is not None:
            found.append(
                results.Step(
                    f"by {each} alone", "", each, text(side), text(part), text(part),
                    because=(write(rules.derive(side, each)),),
                    latex={"shown": latex(part), "where": "", "mark": latex(rules.prime(side))},
                )
            )  # fmt: skip
    return tuple(found)
