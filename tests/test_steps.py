"""Derivations: every step true, every function covered, textbook lines, and nothing that explodes."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import strategies as trees
import sympy
from hypothesis import given, settings
from large import STYLES, expression

import calcgrad
from calcgrad.calculus import arithmetic, derivatives, numeric, rules, symbolic
from calcgrad.errors import CalcgradError, UsageError
from calcgrad.expression.catalogue import FUNCTIONS
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Call, Name, Node, rational, substitute, text, variables

Ask = Callable[..., Any]


def every(step: rules.Step) -> Iterator[rules.Step]:
    yield step
    for part in step.parts:
        yield from every(part)


def value(node: Node, env: dict[str, Fraction]) -> Any:
    """High precision, or None where the expression has no value."""
    found = numeric.evaluate(node, 40, env, limit=80)
    return numeric.as_mpf(found, 60) if isinstance(found, Fraction | numeric.Ball) else None


def difference(node: Node, name: str, env: dict[str, Fraction]) -> Any:
    """f' by central differences of order four in forty digits: a truth that knows no rule."""
    h = Fraction(1, 10**6)
    sides = [value(node, {**env, name: env[name] + k * h}) for k in (-2, -1, 1, 2)]
    if any(each is None for each in sides):
        return None
    a, b, c, d = sides
    return (a - 8 * b + 8 * c - d) / 12 * 10**6


def assert_true(step: rules.Step, env: dict[str, Fraction]) -> int:
    """Every step's before, differentiated by numbers, is its after; returns how many could be compared."""
    with numeric.mp.workdps(60):
        return sum(_is_true(each, env) for each in every(step) if each.after is not None)


def _is_true(step: rules.Step, env: dict[str, Fraction]) -> bool:
    assert step.after is not None
    here = {**{name: Fraction(7, 11) for name in rules._LETTERS.split()}, **env}
    found, expected = value(step.after, here), difference(step.before, step.name, here)
    if found is None or expected is None or abs(expected) > 10**4:
        return False
    assert abs(found - expected) <= 1e-9 * max(1, abs(expected)), (text(step.before), text(step.after))
    return True


SCALAR = [row for row in FUNCTIONS if not row.array and row.name not in ("Piecewise", "detach")]
WHOLE = ("polygamma", "besselj", "bessely", "root", "binomial")  # what stays fixed in them is a whole number


@pytest.mark.parametrize("row", SCALAR, ids=lambda row: row.name)
@pytest.mark.parametrize("inner", ["x", "x/2", "sin(x)"])
def test_every_function_has_steps_and_each_is_true(row: Any, inner: str) -> None:
    place = Fraction(13, 5) if row.name in ("acosh", "acoth", "asec", "acsc") else Fraction(3, 7)
    parameters = [each for each in row.parameters if each != "..."]
    for varying in range(len(parameters)):
        args = ["3" if row.name in WHOLE else "5/3"] * len(parameters)
        args[varying] = inner
        step = rules.derive(parse(f"{row.name}({', '.join(args)})").node, "x")
        if step.after is None:
            assert row.name == "zeta" or (row.parameters[varying] == "n" and row.name != "root")
            assert any(isinstance(each, rules.NoClosedForm) for each in every(step))
        elif not (inner == "sin(x)" and place > 1) and not (
            inner == "x/2" and place > 1 and row.name != "acoth"
        ):
            assert assert_true(step, {"x": place}) >= 1


@settings(max_examples=700)
@given(trees.smooth("xy", 7), trees.places("xy"))
def test_random_derivations_are_true_step_by_step(root: Node, env: dict[str, Fraction]) -> None:
    assert_true(rules.derive(root, "x"), env)


@settings(max_examples=300)
@given(trees.smooth("x", 6))
def test_the_last_line_is_the_derivative_that_sympy_confirms(root: Node) -> None:
    step = rules.derive(root, "x")
    try:
        known = symbolic.from_sympy(symbolic.to_sympy(root).diff(symbolic.symbol("x")))
    except (CalcgradError, symbolic.NoClosedForm):
        return  # too large to write out, or nan at constants such as log(0)
    assert step.after is not None
    assert derivatives.agree(step.after, known)


@pytest.mark.corpus
@settings(max_examples=1000)
@given(trees.smooth("xy", 9) | trees.kinked("xy", 6), trees.places("xy"))
def test_a_thousand_compositions(root: Node, env: dict[str, Fraction]) -> None:
    """Each step against numbers and against SymPy, and the last line against the engine's derivative."""
    step = rules.derive(root, "x")
    # beside the grid on which kinks lie
    assert_true(step, {name: place + Fraction(5 + k, 997) for k, (name, place) in enumerate(env.items())})
    for each in every(step):
        if each.after is None:
            continue
        try:
            known = symbolic.from_sympy(derivatives.differentiate(symbolic.to_sympy(each.before), each.name))
        except (CalcgradError, symbolic.NoClosedForm):
            continue
        assert derivatives.agree(each.after, known), (text(each.before), text(each.after), text(known))
    try:
        answer = derivatives.derivative(root, ["x"]).tree
    except CalcgradError as error:
        assert error.code != "contradiction"
        return
    if answer is not None and step.after is not None:
        assert derivatives.agree(step.after, answer)


def test_the_same_but_for_the_order() -> None:
    """What a reader sees at a glance is no step; cancelling, multiplying out and collecting are."""
    for one, other in (
        ("2*x*sin(x) + x**2*cos(x)", "cos(x)*x**2 + sin(x)*2*x"), ("1 - (a - b)", "b - a + 1"),
        ("x*x*3", "3*x**2"), ("-(2*x)/y", "-2*x/y"), ("x/2", "1/2*x"), ("x**(1/2)", "sqrt(x)"), ("0.5*x", "x/2"),
        ("exp(x)*y/z", "y*exp(x)/z"), ("max(x, y)", "max(y, x)"),
    ):  # fmt: skip
        assert arithmetic.rearranged(parse(one).node, parse(other).node), (one, other)
    for one, other in (
        ("2*x/x**2", "2/x"), ("x + x", "2*x"), ("2*(x + 1)", "2*x + 2"), ("(2*x)**2", "4*x**2"), ("x - y", "y - x"),
        ("x/y", "y/x"), ("sin(x)**2 + cos(x)**2", "1"), ("x**y", "y**x"), ("atan2(x, y)", "atan2(y, x)"),
    ):  # fmt: skip
        assert not arithmetic.rearranged(parse(one).node, parse(other).node), (one, other)


def test_a_wrong_derivative_would_be_noticed(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    monkeypatch.setattr(
        derivatives, "differentiate", lambda expression, name: sympy.cos(symbolic.symbol(name))
    )
    answer = ask("diff", "exp(x)")
    assert answer.code == 3 and "contradict" in answer.err


@pytest.mark.parametrize("right", [True, False])
def test_where_sympy_fails_numbers_confirm(monkeypatch: pytest.MonkeyPatch, ask: Ask, right: bool) -> None:
    def fails(expression: Any, name: str) -> Any:
        raise TypeError("Invalid comparison of non-real")

    monkeypatch.setattr(derivatives, "differentiate", fails)
    if not right:
        wrong = rules.Rule("sine", "(sin(u))' = 2*cos(u)*u'")
        monkeypatch.setitem(rules._by_function(), "sin", [wrong])
    answer = ask("diff", "x*sin(x)", "--steps")
    if right:
        assert answer.code == 0 and answer.out.splitlines()[-1] == "f'(x) = sin(x) + x*cos(x)"
    else:
        assert answer.code == 3 and "numbers did not" in answer.err


def test_kinked_functions_have_conditions(ask: Ask) -> None:
    shown = ask("diff", "abs(x-3) + max(x, x^2) + where(x<0, x, sin(x))", "--steps").out
    assert "absolute value" in shown and "u != 0" in shown
    assert "maximum" in shown and "x != x**2" in shown
    assert "cases" in shown and "x < 0" in shown


def test_every_rule_stands_under_the_function_that_it_differentiates() -> None:
    for function, its in rules._by_function().items():
        for rule in its:
            left = rules._read(rule.formula).left
            assert isinstance(left, Call) and left.function == function


@pytest.mark.parametrize(
    ("expr", "titles"),
    [
        ("3*x^2-4*x", ["sum rule", "constant multiple", "power rule", "linear"]),
        ("tan(x)", ["tangent"]),
        ("x**x", ["general power", "variable"]),
        ("ln(sin(x**2))", ["chain rule", "logarithm", "chain rule", "sine", "power rule"]),
        ("e**(-x**2/2)", ["chain rule", "exponential", "constant multiple", "power rule"]),
        ("asin(2x)", ["chain rule", "inverse sine", "linear"]),
        ("5", ["constant"]),
        ("2**x", ["exponential"]),
        ("1/x", ["reciprocal rule"]),
        ("7/x**3", ["constant multiple", "power rule"]),
        ("sqrt(x)", ["square root"]),
        ("x/3 + 2", ["linear"]),
        ("(3x+1)^5", ["chain rule", "power rule", "linear"]),
    ],
)
def test_the_rules_a_textbook_names_in_its_order(ask: Ask, expr: str, titles: list[str]) -> None:
    lines = ask("diff", expr, "--steps").out.splitlines()[1:-1]
    assert [line.strip().split("  ")[0] for line in lines if not line.startswith("simplify")] == titles


def test_simplification_is_a_step_of_its_own(ask: Ask) -> None:
    record = json.loads(ask("diff", "(x**2+1)/(x-1)", "--steps", "--json").out)
    first, last = record["steps"]
    assert (first["rule"], last["rule"]) == ("quotient rule", "simplify")
    assert last["after"] == record["derivative"] and last["before"] == first["after"]


def test_the_json_tree(ask: Ask) -> None:
    (step,) = json.loads(ask("diff", "sin(3*x)", "--steps", "--json").out)["steps"]
    assert (step["rule"], step["before"], step["after"]) == ("chain rule", "sin(3*x)", "3*cos(3*x)")
    assert step["where"] == "u = 3*x"
    outer, inner = step["because"]
    assert (outer["var"], outer["after"], inner["after"]) == ("u", "cos(u)", "3")


def test_batch_gives_steps_and_code(ask: Ask) -> None:
    questions = [
        {"command": "diff", "expr": "x*sin(x)", "steps": True},
        {"command": "limit", "expr": "sin(x)/x", "to": "0", "rows": 0, "steps": True},
        {"command": "diff", "expr": "x^2", "to-code": "c"},
    ]
    answers = ask("batch", stdin="".join(json.dumps(each) + "\n" for each in questions)).out.splitlines()
    derivation, limit, code = (json.loads(each) for each in answers)
    assert derivation["steps"] == json.loads(ask("diff", "x*sin(x)", "--steps", "--json").out)["steps"]
    assert [step["rule"] for step in limit["steps"]] == ["L'Hopital's rule", "substitution", "evidence"]
    assert code["code"] == "2*x"


def test_higher_orders_and_partial_derivatives_go_on_from_the_line_before(ask: Ask) -> None:
    lines = ask("diff", "x**3*y**2", "--var", "x,y", "--steps").out.splitlines()
    assert "df/dx = 3*x**2*y**2" in lines and lines[-1] == "d2f/dxdy = 6*x**2*y"
    lines = ask("diff", "x**3", "--order", "3", "--steps").out.splitlines()
    assert [line for line in lines if line[:2] == "f'"] == ["f'(x) = 3*x**2", "f''(x) = 6*x", "f'''(x) = 6"]


def test_definitions_are_called_by_their_names(ask: Ask) -> None:
    shown = ask("diff", "s(w*s(x))", "--let", "s(t)=1/(1+exp(-t))", "--var", "x", "--steps").out
    assert "(s(u))'*u', u = w*s(x)" in shown and "definition" in shown
    shown = ask("diff", "h^2", "--let", "h=sin(x)", "--var", "x", "--steps").out
    assert "(h**2)'*h', h = sin(x)" in shown


def test_a_letter_that_is_taken_is_not_used(ask: Ask) -> None:
    assert "(sin(v))'*v', v = u*x" in ask("diff", "sin(u*x)", "--var", "x", "--steps").out


def test_chains_deeper_than_there_are_letters(ask: Ask) -> None:
    """Each has a letter of its own, also where a later one is a name of the expression."""
    nested = "u2*x"
    for _ in range(15):
        nested = f"sin({nested})"
    shown = ask("diff", nested, "--var", "x", "--steps", "--json").out
    letters = re.findall(r'"where":"(\w+) = ', shown)
    assert len(letters) == len(set(letters)) == 15 and "u2" not in letters and "u1" in letters


def test_binomials_are_polynomials_while_they_are_small(ask: Ask) -> None:
    assert ask("diff", "binomial(x,3)", "--at", "1").out.splitlines()[2] == "f'(1) = -1/6"
    assert "digamma" not in ask("diff", "binomial(x,20)").out
    assert "digamma" in ask("diff", "binomial(x,21)").out


WIDE = [
    "sin(x)^2*exp(-x)*log(x^2+1)*atan(x)", "(x^2+sin(x))/(exp(x)+log(x)+x^5-3*x)", "e^(x^2)*ln(x)/(x+1)",
    "(x^2+1)/(x^3-x)/(x+2)", "(x^2+3*x*sin(x)+exp(x)*cos(2*x)+log(x^3+1))^sin(x^2+4*x)", "max(sin(x), cos(x))",
    "max(x*sin(x)+cos(x), x^2*exp(-x), 1/(1+x^2))", "atan2(x*sin(x)+cos(x), x^2*exp(-x)+1)",
    "sin(cos(sin(cos(sin(cos(sin(cos(sin(cos(sin(cos(x))))))))))))",
    "exp(sqrt(log(asinh(atan(tanh(exp(sin(cos(x^2+1)))))))))", "+".join(f"x^{k}" for k in range(1, 15)),
]  # fmt: skip


@pytest.mark.parametrize("expr", WIDE)
def test_text_fits_eighty_columns(ask: Ask, expr: str) -> None:
    lines = ask("diff", expr, "--steps").out.splitlines()[1:-1]
    assert max(len(line) for line in lines) <= 80


def test_nothing_grows_exponentially() -> None:
    nested: Node = Name("x")
    for _ in range(12):
        nested = Call("sin", (Call("+", (nested, Call("*", (nested, Name("x"))))),))
    seen = {id(each) for each in every(rules.derive(parse("x*sin(x)").node, "x"))}
    assert len(seen) == 3
    assert rules.derive(nested, "x").after is not None
    factors = parse("*".join(f"sin({k}*x)" for k in range(1, 31))).node
    step = rules.derive(factors, "x")
    assert step.after is not None and len(step.parts) == 30
    assert len(text(step.after)) < 15_000


def test_a_value_that_the_formula_does_not_give_is_a_step_of_its_own(ask: Ask) -> None:
    lines = ask("diff", "x*cbrt(x)", "--steps").out.splitlines()
    assert "by definition        at x = 0 the difference quotient goes to 0" in lines
    assert not any(line.startswith("simplify") for line in lines)


def test_irrational_powers(ask: Ask) -> None:
    assert (
        ask("diff", "x^pi", "--steps")
        .out.splitlines()[1]
        .startswith("power rule           (x**pi)' = pi*x**(pi - 1)")
    )


def test_a_kink_still_has_its_answer(ask: Ask) -> None:
    answer = ask("diff", "abs(x)", "--at", "0", "--steps")
    assert answer.code == 1 and "does not exist: slope -1 from the left" in answer.out


def test_no_closed_form_is_said(ask: Ask) -> None:
    lines = ask("diff", "x*zeta(x)", "--steps").out.splitlines()
    assert "  no closed form     (zeta(x))'" in lines and lines[-1] == "f'(x) has no closed form"


def test_arithmetic_by_hand() -> None:
    def shown(source: str) -> str:
        return text(arithmetic.tidied(parse(source).node))

    assert shown("3*(2*x)") == "6*x" and shown("x*0 + 1*x") == "x" and shown("-(-x)") == "x"
    assert shown("-(2*x)") == "-2*x" and shown("x**1/2*4") == "2*x" and shown("x*(1/y)") == "x/y"
    assert shown("x**(1-3)") == "1/x**2" and shown("0-x") == "-x" and shown("6*x/(4*y)") == "3*x/(2*y)"


def test_latex_is_aligned_and_balanced(ask: Ask) -> None:
    for expr in ("x**2*sin(x)", "(x**2+1)/(x-1)", "abs(x)*x", "where(x<0,x,x**2)"):
        lines = ask("diff", expr, "--steps", "--latex").out.splitlines()
        assert lines[0] == r"\begin{aligned}" and lines[-1] == r"\end{aligned}"
        assert all(line.startswith("& ") for line in lines[1:-1])
        assert all(line.count("{") == line.count("}") for line in lines)
        assert all(line.count(r"\left") == line.count(r"\right") for line in lines)


# -------------------------------------------------------------------------------------------- --to-code

SOURCES = [
    "x**3*sin(x)", "abs(x)*x**2", "cbrt(x)+exp(-x)", "log(x**2+1)/sqrt(x)", "sigmoid(3*x)", "acot(x)*sech(x)",
    "root(x,5)", "atan2(x,2)*x", "max(x,x**2,1/2)*sin(x)", "relu(x)**2", "x*sign(x-1)", "x*Heaviside(x)", "x**x",
    "where(x<0,x**2,sin(x))", "Piecewise((x,x<0),(sin(x),x<1),(x**2,True))", "x*floor(3*x)", "log2(x)*log10(x)",
    "x**2*10**12", "9**30*x**2", "EulerGamma*x**2", "pi*x+E*x**2", "hypot(x,2)*x", "softplus(x)", "binomial(x,3)",
]  # fmt: skip


def truth(ask: Ask, expr: str) -> float:
    return float(ask("diff", expr, "--at", "3/4", "--raw", "--digits", "15").out)


@pytest.mark.parametrize("expr", SOURCES)
@pytest.mark.parametrize("language", ["python", "numpy"])
def test_code_computes_the_derivative(ask: Ask, expr: str, language: str) -> None:
    answer = ask("diff", expr, "--to-code", language)
    assert answer.code == 0
    found = eval(answer.out.strip(), {"math": math, "numpy": np, "x": np.float64(0.75)})
    assert math.isclose(float(found), truth(ask, expr), rel_tol=1e-12)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_c_code_compiles_and_computes(ask: Ask, tmp_path: Path) -> None:
    bodies = [ask("diff", expr, "--to-code", "c").out.strip() for expr in SOURCES]
    lines = "".join(f'printf("%.17g\\n", (double)({body}));\n' for body in bodies)
    (tmp_path / "d.c").write_text(
        f"#include <math.h>\n#include <stdio.h>\nint main(void){{double x=0.75;{lines}return 0;}}\n"
    )
    subprocess.run(["cc", "d.c", "-o", "d", "-lm"], cwd=tmp_path, check=True)
    found = subprocess.run([tmp_path / "d"], capture_output=True, text=True, check=True).stdout.split()
    for shown, expr in zip(found, SOURCES, strict=True):
        assert math.isclose(float(shown), truth(ask, expr), rel_tol=1e-12), expr


@pytest.mark.parametrize("expr", SOURCES)
def test_numpy_code_takes_arrays(ask: Ask, expr: str) -> None:
    code = ask("diff", expr, "--to-code", "numpy").out.strip()
    found = eval(code, {"numpy": np, "x": np.array([0.75, 0.75])})
    assert np.allclose(found, truth(ask, expr), rtol=1e-12, atol=0)


def test_special_functions_in_code(ask: Ask) -> None:
    for expr, y, expected in (
        ("x*erf(y)", 0.5, math.erf(0.5)), ("x*y!", 2.5, math.gamma(3.5)), ("x*loggamma(y)", 2.5, math.lgamma(2.5)),
    ):  # fmt: skip
        code = ask("diff", expr, "--var", "x", "--to-code", "python").out.strip()
        assert math.isclose(eval(code, {"math": math, "y": y}), expected, rel_tol=1e-14)


def test_code_that_cannot_be_written_says_so(ask: Ask) -> None:
    for words in (
        ("x", "--to-code", "cobol"),
        ("x*erf(x)", "--to-code", "numpy"),
        ("x!", "--to-code", "python"),
        ("9^9^9*x^2", "--to-code", "python"),
        ("gamma(x)", "--to-code", "numpy"),
        ("Ei(zeta(2)*x)+LambertW(x)", "--to-code", "c"),
    ):
        answer = ask("diff", *words)
        assert (answer.out, answer.code) == ("", 2) and answer.err.startswith("error: ")
        assert "internal" not in answer.err
    with pytest.raises(UsageError):
        calcgrad.diff("x", to_code="js")


def test_jupyter_shows_latex() -> None:
    assert calcgrad.diff("x**2")._repr_latex_() == r"$\displaystyle 2 x$"
    assert calcgrad.diff("x**2", at="3")._repr_latex_() == r"$\displaystyle 6$"
    assert calcgrad.limit("sin(x)/x", to="0")._repr_latex_() == r"$\displaystyle 1$"


def test_jupyter_shows_the_derivation_where_it_was_asked_for() -> None:
    for result in (calcgrad.diff("x*sin(x)", steps=True), calcgrad.limit("sin(x)/x", to="0", steps=True)):
        shown = result._repr_latex_()
        assert shown.startswith(r"$\displaystyle \begin{aligned}") and shown.endswith(r"\end{aligned}$")
        assert r"\text{" in shown


def test_jupyter_says_why_there_is_nothing() -> None:
    """Not the formula, which says nothing of a point where it does not hold."""
    assert "slope -1 from the left" in calcgrad.diff("abs(x)", at="0")._repr_latex_()
    assert "-oo from the left" in calcgrad.limit("1/x", to="0")._repr_latex_()
    assert "undecided" in calcgrad.limit("(zeta(gamma(x))-1)*2^gamma(x)", to="oo")._repr_latex_()
    assert r"x\_1 = -1" in calcgrad.diff("log(x_1)", at="x_1=-1")._repr_latex_()
    assert calcgrad.diff("zeta(x)")._repr_latex_() is None


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", range(3))
def test_large_expressions_are_derived_in_blocks(style: str, seed: int) -> None:
    """Two hundred nodes: the answer is the derivative, by differences of high order that know no rule."""
    root = parse(expression(Random(f"{style} {seed}"), 200, STYLES[style])).node
    assert derivatives.is_large(root)
    made = derivatives.derivative(root, ["x"]).tree
    for place in ("13/29", "-41/31", "71/31", "1/17"):
        here = {name: Fraction(place) + index for index, name in enumerate("xy")}
        line = substitute(root, {Name("y"): rational(here["y"])})
        expected = numeric.difference(line, "x", rational(here["x"]), 1, 12)  # knows no rule
        if isinstance(expected, Fraction | numeric.Ball):
            assert made is not None
            found = value(made, here)
            assert found is not None and abs(found - numeric.as_mpf(expected, 30)) <= 1e-9 * max(
                1, abs(found)
            )
    if made is not None:
        assert set(variables(made)) <= set(variables(root))  # no letter of a block is left


def test_blocks_keep_what_a_large_expression_says(ask: Ask) -> None:
    """The same part is the same letter everywhere: terms cancel, and a kink keeps its condition."""
    part = "x**2 + 3*x + sin(x) + 1"
    many = " + ".join(f"{k}*cos({k}*x)" for k in range(1, 14))
    shown = ask("diff", f"exp({part}) - exp({part}) + {many}").out.splitlines()[1]
    assert "exp" not in shown
    shown = ask("diff", f"abs(x)*x + abs(x - 2) + abs(cosh(x) - x**2) + {many}").out.splitlines()[1]
    assert shown.endswith(", x != 2 and cosh(x) - x**2 != 0")  # x = 0 is no kink of abs(x)*x
