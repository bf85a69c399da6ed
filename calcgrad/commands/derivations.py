"""diff --steps and --to-code: how a derivative was found, and the derivative in another language.

derivation(tree, ["x"], answer, Definitions())[0].steps[0].rule        # "product rule"
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calcgrad import results
from calcgrad.calculus import formulas, kinks, rules, symbolic
from calcgrad.errors import UndecidedError, UsageError
from calcgrad.expression.catalogue import OPERATORS
from calcgrad.expression.latex import latex
from calcgrad.expression.parser import Definitions
from calcgrad.expression.tree import Call, Name, Node, text

LANGUAGES = ("python", "numpy", "c", "latex")
_OPERATORS = {row.name for row in OPERATORS} - {"**"}
_BRIEFLY = {  # for lines that would be too long with everything written out
    rules.Sum: "term by term",
    rules.Product: "u'*v + u*v', factor by factor",
    rules.Quotient: "(u'*v - u*v')/v**2, u above, v below",
    rules.GeneralPower: "u**v*(v'*log(u) + v*u'/u)",
    rules.Maximum: "the derivative of the greatest",
    rules.Minimum: "the derivative of the least",
    rules.Cases: "case by case",
}


def derivation(
    root: Node, names: Sequence[str], answer: Node | None, definitions: Definitions, decimals: bool = False
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
    tree = symbolic.without_isolated(root)
    found: list[results.Derivation] = []
    for turn, name in enumerate(names):
        step = rules.derive(rules.with_calls(tree, definitions.functions), name, named, functions)
        after = step.after
        while after is not None and after is not (plain := rules.without_calls(after, definitions.functions)):
            after = plain
        last = turn == len(names) - 1
        tidy = answer if last else symbolic.derivative(tree, [name], decimals).tree
        if after is None or tidy is None:
            found.append(results.Derivation((_record(step),), None, ""))
            break
        if last and not symbolic.agree(after, tidy):
            raise UndecidedError("the steps do not lead to the derivative", code="contradiction")
        lines = [_record(step)]
        if not symbolic.reads_as(after, tidy, decimals):
            lines.append(_simplification(step.after, after, tidy, name))
        found.append(results.Derivation(tuple(lines), text(tidy), latex(tidy)))
        tree = tidy
    return tuple(found)


def _simplification(shown: Node | None, before: Node, after: Node, name: str) -> results.Step:
    shown = shown or before
    return results.Step(
        rule="simplify", formula="", var=name, before=text(before), after=text(after), shown=text(shown),
        latex={"before": latex(before), "after": latex(after), "shown": latex(shown), "where": ""},
    )  # fmt: skip


def _record(step: rules.Step) -> results.Step:
    shown = step.shown if step.parts else (step.after or step.shown)
    where, where_latex = _where(step)
    return results.Step(
        rule=step.title,
        formula=step.formula,
        var=step.name,
        before=text(step.before),
        after=None if step.after is None else text(step.after),
        shown=text(shown),
        brief=_BRIEFLY.get(type(step), ""),
        where=where,
        letter=step.letter if isinstance(step, rules.Chain) else "",
        because=tuple(_record(part) for part in _explained(step)),
        latex={
            "before": latex(step.before),
            "after": "" if step.after is None else latex(step.after),
            "shown": latex(shown),
            "where": where_latex,
        },
    )


def _explained(step: rules.Step) -> tuple[rules.Step, ...]:
    """The parts that have something to say; equal ones (x in x**x) once."""
    return tuple(dict.fromkeys(step.parts))


def _where(step: rules.Step) -> tuple[str, str]:
    """What the line needs said beside it: the substitution, or where the rule holds."""
    if isinstance(step, rules.Chain):
        return f"{step.letter} = {text(step.inner)}", f"{latex(Name(step.letter))} = {latex(step.inner)}"
    node = step.before
    if (
        not isinstance(node, Call)
        or node.function in _OPERATORS
        or isinstance(step, rules.Constant | rules.Cases)
    ):
        return "", ""
    kink = kinks.kink_condition(node, [step.name])
    condition = None if kink is None or kink.function == "<=" else formulas.outside(kink)  # type: ignore[union-attr]
    return ("", "") if condition is None else (text(condition, words=True), latex(condition))


# ------------------------------------------------------------------------------------------ other languages


def code(tree: Node, language: str) -> str:
    """The expression in ``language``, one of LANGUAGES; its functions come from math, numpy or math.h.

    Raises UsageError for functions that the language's standard library does not have.
    """
    if language not in LANGUAGES:
        raise UsageError(
            f"--to-code {language[:40]} is not known", hint="one of " + ", ".join(LANGUAGES), code="language"
        )
    if language == "latex":
        return latex(tree)
    import sympy
    from sympy.printing.c import C99CodePrinter
    from sympy.printing.numpy import NumPyPrinter
    from sympy.printing.pycode import PythonCodePrinter

    printers: dict[str, Any] = {"python": PythonCodePrinter, "numpy": NumPyPrinter, "c": C99CodePrinter}
    plain = _standard(symbolic.to_sympy(tree))
    printer = printers[language]({"fully_qualified_modules": True} if language != "c" else {})
    shown = str(printer.doprint(plain))
    missing = sorted({each.func.__name__ for each in plain.atoms(sympy.Function)} & _missing(language))
    if missing or "Not supported" in shown:
        raise UsageError(
            f"{language} has no {(missing or ['such function'])[0][:40]} in its standard library",
            hint="--to-code latex, or SciPy's special functions by hand", code="language",
        )  # fmt: skip
    return shown


def _missing(language: str) -> set[str]:
    """Functions that the printers would pass through under a name that is not in the library."""
    special = {"polygamma", "zeta", "Ei", "LambertW", "besselj", "bessely", "beta", "binomial", "digamma"}
    return special | ({"erf", "erfc", "gamma", "loggamma", "factorial"} if language == "numpy" else set())


def _standard(expression: Any) -> Any:
    """calcgrad's own functions in terms of those that every language has."""
    import sympy

    from calcgrad.calculus import functions

    rewritten = expression
    for made, meaning in (
        (functions.absolute, sympy.Abs), (functions.signum, sympy.sign), (functions.floor, sympy.floor),
        (functions.ceiling, sympy.ceiling), (functions.detach, lambda u: u),
        (functions.sigmoid, lambda u: 1 / (1 + sympy.exp(-u))),
        (functions.softplus, lambda u: sympy.log(1 + sympy.exp(u))),
        (sympy.Heaviside, lambda u, *_: (1 + sympy.sign(u)) / 2),
        (functions.realroot, lambda u, n: sympy.sign(u) * sympy.Abs(u) ** (1 / n)),
        (sympy.acot, lambda u: sympy.atan(1 / u)), (sympy.asec, lambda u: sympy.acos(1 / u)),
        (sympy.acsc, lambda u: sympy.asin(1 / u)), (sympy.acoth, lambda u: sympy.atanh(1 / u)),
        (sympy.asech, lambda u: sympy.acosh(1 / u)), (sympy.acsch, lambda u: sympy.asinh(1 / u)),
        (sympy.cot, lambda u: 1 / sympy.tan(u)), (sympy.sec, lambda u: 1 / sympy.cos(u)),
        (sympy.csc, lambda u: 1 / sympy.sin(u)), (sympy.coth, lambda u: 1 / sympy.tanh(u)),
        (sympy.sech, lambda u: 1 / sympy.cosh(u)), (sympy.csch, lambda u: 1 / sympy.sinh(u)),
    ):  # fmt: skip
        rewritten = rewritten.replace(made, meaning)
    return rewritten
