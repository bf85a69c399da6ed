"""diff --steps: how a derivative was found.

derivation(tree, ["x"], answer, Definitions())[0].steps[0].rule        # "product rule"
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from calcgrad import results
from calcgrad.budget import doing
from calcgrad.calculus import derivatives, formulas, kinks, rules
from calcgrad.calculus.arithmetic import rearranged
from calcgrad.errors import UndecidedError
from calcgrad.expression.catalogue import OPERATORS
from calcgrad.expression.latex import latex
from calcgrad.expression.parser import Definitions
from calcgrad.expression.tree import TRUE, Call, Name, Node, names_in, text

_OPERATORS = {row.name for row in OPERATORS} - {"**"}
_LONG = 45


@doing("the steps")
def derivation(
    root: Node,
    names: Sequence[str],
    answer: derivatives.Derivative,
    definitions: Definitions,
    decimals: bool = False,
) -> tuple[results.Derivation, ...]:
    """The steps of each differentiation in turn: the rules, and the simplification where there is one.

    ``answer`` is the derivative that was found; the steps must lead to it.
    """
    named = {tree: name for name, tree in definitions.values.items()}
    functions = {
        name: (
            parameters,
            rules.with_calls(body, {k: v for k, v in definitions.functions.items() if k != name}),
        )
        for name, (parameters, body) in definitions.functions.items()
    }
    tree = root
    records = _Records()
    found: list[results.Derivation] = []
    for turn, name in enumerate(names):
        tree = derivatives.without_isolated(tree, name)
        step = rules.derive(rules.with_calls(tree, definitions.functions), name, named, functions)
        after = step.after
        while after is not None and after is not (plain := rules.without_calls(after, definitions.functions)):
            after = plain
        last = turn == len(names) - 1
        reached = answer if last else derivatives.derivative(tree, [name], decimals)
        tidy = reached.tree
        if after is None or tidy is None:
            found.append(results.Derivation((records.of(step),), None, ""))
            break
        if after is not reached.made and not derivatives.agree(after, tidy):
            raise UndecidedError("the steps do not lead to the derivative", code="contradiction")
        lines = [records.of(step)]
        formula, points = _with_points(tidy, name)
        if not rearranged(after, formula):
            lines.append(_simplification(step.after, after, formula, name))
        lines += [_at_point(tree, name, *each) for each in points]
        found.append(results.Derivation(tuple(lines), text(tidy), latex(tidy)))
        tree = tidy
    return tuple(found)


def _with_points(answer: Node, name: str) -> tuple[Node, list[tuple[Node, Node]]]:
    """A formula, and the single places of ``name`` where the answer is another, each with its value."""
    points: list[tuple[Node, Node]] = []
    if isinstance(answer, Call) and answer.function == "Piecewise":
        *pairs, last, otherwise = answer.args
        conditions = pairs[1::2]
        if otherwise is TRUE and all(
            name in names_in(each) and all(part.function == "==" for part in _conjuncts(each))
            for each in conditions
        ):
            return last, list(zip(conditions, pairs[::2], strict=True))
    return answer, points


def _at_point(root: Node, name: str, condition: Node, value: Node) -> results.Step:
    """f' where its formula does not hold: there it is the limit that defines it."""
    pairs = [part.args for part in _conjuncts(condition)]
    place = ", ".join(f"{text(one)} = {text(other)}" for one, other in pairs)
    written = ", ".join(f"{latex(one)} = {latex(other)}" for one, other in pairs)
    shown = f"at {place} the difference quotient goes to {text(value)}"
    return results.Step(
        rule="by definition", formula="", var=name, before=text(root), after=text(value), shown=shown,
        latex={
            "before": latex(root), "after": latex(value), "where": "", "mark": "",
            "shown": rf"{written}: \quad \frac{{\Delta f}}{{\Delta {latex(Name(name))}}} \to {latex(value)}",
        },
    )  # fmt: skip


def _conjuncts(condition: Node) -> list[Call]:
    """The conditions that "and" joins."""
    assert isinstance(condition, Call)
    return (
        [part for each in condition.args for part in _conjuncts(each)]
        if condition.function == "&"
        else [condition]
    )


def _simplification(shown: Node | None, before: Node, after: Node, name: str) -> results.Step:
    shown = shown or before
    return results.Step(
        rule="simplify", formula="", var=name, before=text(before), after=text(after), shown=text(shown),
        brief="put together, and written more simply",
        latex={"before": latex(before), "after": latex(after), "shown": latex(shown), "where": "", "mark": ""},
    )  # fmt: skip


def records() -> Callable[[rules.Step], results.Step]:
    """What turns steps of rules into records."""
    return _Records().of


class _Records:
    """Steps of rules as records; what was printed for one line is there for the next, which holds most of it."""

    def __init__(self) -> None:
        self.texts: dict[Node, tuple[str, int]] = {}
        self.formulas: dict[Node, tuple[str, int]] = {}

    def text(self, node: Node) -> str:
        return text(node, known=self.texts)

    def latex(self, node: Node) -> str:
        return latex(node, known=self.formulas)

    def of(self, step: rules.Step) -> results.Step:
        shown = step.shown if step.parts else (step.after or step.shown)
        where, where_latex = self.where(step)
        return results.Step(
            rule=step.rule.title,
            formula=step.rule.formula,
            var=step.name,
            before=self.text(step.before),
            after=None if step.after is None else self.text(step.after),
            shown=self.text(shown),
            brief=_brief(step),
            where=where,
            letter=step.letter if isinstance(step, rules.Chain) else "",
            because=tuple(self.of(part) for part in _explained(step)),
            latex={
                "before": self.latex(step.before),
                "after": "" if step.after is None else self.latex(step.after),
                "shown": self.latex(shown),
                "where": where_latex,
                "mark": self.latex(rules.prime(step.before)),
                "letter": latex(Name(step.letter)) if isinstance(step, rules.Chain) else "",
            },
        )

    def where(self, step: rules.Step) -> tuple[str, str]:
        """What the line needs said beside it: the substitution, or where the rule holds."""
        if isinstance(step, rules.Chain):
            letter = Name(step.letter)
            return (
                f"{step.letter} = {self.text(step.inner)}",
                f"{self.latex(letter)} = {self.latex(step.inner)}",
            )
        node = step.before
        if (
            not isinstance(node, Call)
            or node.function in _OPERATORS
            or isinstance(step, rules.Constant | rules.Cases)
        ):
            return "", ""
        kink = kinks.kink_condition(node, [step.name])
        condition = None if kink is None or kink.function == "<=" else formulas.outside(kink)  # type: ignore[union-attr]
        return ("", "") if condition is None else (text(condition, words=True), self.latex(condition))


def _brief(step: rules.Step) -> str:
    if isinstance(step, rules.Product) and len(step.parts) == 2:
        return "= first'*second + first*second'"
    if isinstance(step, rules.Maximum | rules.Minimum) and len(step.parts) == 2:
        one, other = (part.before for part in step.parts)
        sign = ">" if isinstance(step, rules.Maximum) else "<"
        ways = [Call(sign, pair) for pair in ((one, other), (other, one))]
        marks = [rules.prime(each) for each in (one, other)]
        said = ", ".join(f"{text(mark)} where {text(way)}" for mark, way in zip(marks, ways, strict=True))
        return said if len(said) <= _LONG else step.rule.brief
    if isinstance(step, rules.Formula) and step.parts:
        known = step.rule.formula.partition("' = ")[2]
        return step.rule.brief or (f"by {known}" if len(known) <= _LONG else "by its formula")
    return step.rule.brief


def _explained(step: rules.Step) -> tuple[rules.Step, ...]:
    """The parts that have something to say; equal ones (x in x**x) once."""
    return tuple(dict.fromkeys(step.parts))
