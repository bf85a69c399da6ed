"""diff --to-code: a formula in another language, printed by SymPy.

code(parse("x**2*sin(x)").node, "c")        # "pow(x, 2)*sin(x)"
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import reduce
from typing import Any

from calcgrad.calculus import symbolic
from calcgrad.errors import UsageError
from calcgrad.expression.columns import has, said_of
from calcgrad.expression.latex import latex
from calcgrad.expression.tree import Call, Node, fold, rebuild, unknowns

LANGUAGES = ("python", "numpy", "c", "latex")
_MOST_BITS = 31  # of an integer that C reads as an int


def code(tree: Node, language: str) -> str:
    """The expression in ``language``, one of LANGUAGES, on one line; its functions are math's, numpy's or math.h's.

    Raises UsageError for functions that the language's standard library does not have.
    """
    if language not in LANGUAGES:
        raise UsageError(
            f"--to-code {language[:40]} is not known", hint="one of " + ", ".join(LANGUAGES), code="language"
        )
    if language == "latex":
        return latex(tree)
    if found := unknowns(tree):
        raise UsageError(
            f"{found[0]} is an unknown function, of which there is no code",
            hint=f'say what it is with --let "{found[0]}(x)=...", or --to-code latex', code="unknown-function",
        )  # fmt: skip
    from sympy.printing.codeprinter import PrintMethodNotImplementedError

    plain = _standard(symbolic.to_sympy(_written_out(tree)), language)
    if any(each.name.startswith("(") for each in plain.free_symbols):
        raise UsageError(
            "a number in it is too large to compute with", hint="--to-code latex", code="language"
        )
    try:
        shown = " ".join(_printer(language).doprint(plain).split())
    except PrintMethodNotImplementedError as error:
        raise _missing(language, re.findall(r"\w+", str(error).splitlines()[0])[-1]) from None
    if language == "numpy" and (scalar := re.search(r"(?<![\w.])math\.(\w+)", shown)):
        raise _missing(language, scalar[1])  # math's functions take no arrays
    return shown


def _missing(language: str, word: str) -> UsageError:
    return UsageError(
        f"{language} has no {word[:40]} in its standard library",
        hint="--to-code latex, or SciPy's special functions by hand",
        code="language",
    )


def _printer(language: str) -> Any:
    """SymPy's printer, strict: what the language does not have is an error, not a name passed through."""
    from sympy.printing.c import C99CodePrinter
    from sympy.printing.numpy import NumPyPrinter
    from sympy.printing.pycode import PythonCodePrinter

    kind = {"python": PythonCodePrinter, "numpy": NumPyPrinter, "c": C99CodePrinter}[language]
    module = {"python": "math.", "numpy": "numpy.", "c": ""}[language]
    power = "pow(fabs({0}), 1.0/({1}))" if language == "c" else "abs({0})**(1/({1}))"
    words: dict[str, Any] = {
        "cbrt_": f"{module}cbrt",
        "maximum_": "numpy.maximum",
        "minimum_": "numpy.minimum",
        "root_": [(lambda *_: True, lambda u, n: f"{module}copysign({power.format(u, n)}, {u})")],
    }

    class Printer(kind):  # type: ignore[misc, valid-type]
        def _print_EulerGamma(self, expr: Any) -> str:
            return "0.57721566490153286"

        def _print_Integer(self, expr: Any) -> str:
            small = language != "c" or int(expr).bit_length() <= _MOST_BITS
            return super()._print_Integer(expr) if small else f"{float(expr)!r}"

    return Printer(
        {"user_functions": words, "strict": True}
        | ({} if language == "c" else {"fully_qualified_modules": True})
    )


def _written_out(tree: Node) -> Node:
    """The functions that no language has, by their definitions; those of SymPy that it prints stay."""

    def step(node: Node, parts: list[Node]) -> Node:
        made = rebuild(node, tuple(parts))
        if isinstance(made, Call) and not has(made, "printed"):
            return said_of(made, "definition") or made
        return made

    return fold(tree, step)


def _standard(expression: Any, language: str) -> Any:
    """calcgrad's own functions in terms of those that every language has."""
    import sympy

    from calcgrad.calculus import functions

    def root(u: Any, n: Any) -> Any:
        return sympy.Function("cbrt_")(u) if n == 3 else sympy.Function("root_")(u, n)

    meanings: list[tuple[Any, Callable[..., Any]]] = [
        (functions.absolute, sympy.Abs), (functions.signum, sympy.sign), (functions.floor, sympy.floor),
        (functions.ceiling, sympy.ceiling), (functions.detach, lambda u: u), (functions.realroot, root),
    ]  # fmt: skip
    if language == "numpy":  # whose maximum takes two
        pair = sympy.Function("maximum_"), sympy.Function("minimum_")
        meanings += [
            (each, lambda *args, two=two: reduce(two, args))
            for each, two in zip((sympy.Max, sympy.Min), pair, strict=True)
        ]
    rewritten = expression
    for made, meaning in meanings:
        rewritten = rewritten.replace(made, meaning)
    return rewritten
