"""Python's front door: what an answer shows of itself, and gradients at points that are no doubles."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import calcgrad
import calcgrad.expression.parser
from calcgrad.calculus import symbolic

Ask = Callable[..., Any]


@pytest.mark.parametrize(("command", "expr", "options"), [
    ("diff", "3x^2-4x", {"at": "1"}), ("diff", "abs(x)", {"at": "0"}), ("diff", "x*y", {"var": "x"}),
    ("limit", "sin(x)/x", {"to": "0"}), ("limit", "abs(x)/x", {"to": "0"}), ("series", "sin(x)", {"at": "0"}),
])  # fmt: skip
def test_print_shows_what_the_command_prints(
    ask: Ask, command: str, expr: str, options: dict[str, Any]
) -> None:
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    answer = ask(command, expr, *words)
    result = getattr(calcgrad, command)(expr, **options)
    assert str(result) + "\n" == answer.out
    assert bool(result) is (answer.code == 0)
    assert answer.out.splitlines()[-1] in repr(result) and "\n" not in repr(result)


def test_an_answer_is_a_number_where_it_has_one() -> None:
    assert float(calcgrad.diff("x^3", at=2)) == 12
    assert float(calcgrad.limit("1/x^2", to=0)) == float("inf")
    assert float(calcgrad.limit("-1/x^2", to=0)) == float("-inf")
    assert calcgrad.diff("sin(x)", at="pi/3").exact == "1/2"
    assert calcgrad.diff("abs(x)", at=0).exact is None
    with pytest.raises(TypeError, match="has no value"):
        float(calcgrad.diff("abs(x)", at=0))
    with pytest.raises(TypeError, match="has no value"):
        float(calcgrad.diff("x^2"))
    with pytest.raises(OverflowError):
        float(calcgrad.diff("exp(x)", at=1000))


@pytest.mark.parametrize(("expr", "at"), [
    ("abs(sin(x))", "pi"), ("floor(x/0.1)", "0.3"), ("abs(x^2-2)", "sqrt(2)"), ("sign(3x-1)*x", "1/3"),
    ("max(cos(x),0)", "pi/2"), ("x*floor(10x)", "0.7"), ("sqrt(x-0.1)", "0.1"), ("abs(log(x)-1)", "e"),
    ("cbrt(x-1/3)", "1/3"), ("ceiling(100x)", "0.29"), ("abs(tan(x)-1)", "pi/4"), ("where(x<1/7,x,2x)", "1/7"),
])  # fmt: skip
def test_grad_at_a_kink_that_is_no_double_says_what_diff_says(ask: Ask, expr: str, at: str) -> None:
    exact = json.loads(ask("diff", expr, "--at", at, "--json").out)
    answer = ask("grad", expr, "--at", at, "--json")
    graph = json.loads(answer.out)
    assert (answer.code, graph["exists"]) == (1, False) and not exact["exists"]


@pytest.mark.parametrize(("expr", "at", "value"), [
    ("abs(x^2-2)^(3/2)", "sqrt(2)", 0.0), ("abs(sin(x))^3", "pi", 0.0), ("abs(x)*x", "0.1", 0.2),
])  # fmt: skip
def test_grad_at_such_a_point_where_there_is_a_gradient(ask: Ask, expr: str, at: str, value: float) -> None:
    graph = json.loads(ask("grad", expr, "--at", at, "--json").out)
    assert graph["gradient"]["x"] == pytest.approx(value, abs=1e-300)


@pytest.mark.parametrize("option", ["--hessian", "--jacobian", "--jvp=1", "--hvp=1"])
def test_more_than_the_gradient_is_undecided_there(ask: Ask, option: str) -> None:
    answer = ask("grad", "abs(sin(x))", "--at", "pi", option)
    assert answer.code == 3 and "may bend or break exactly there" in answer.out


def test_grad_says_where_it_computed(ask: Ask) -> None:
    answer = ask("grad", "sin(x)", "--at", "pi", "--raw")
    assert (answer.out, answer.code) == ("-1\n", 0)
    assert answer.err == "note: x = pi is no double: this is at the nearest one\n"
    assert ask("grad", "sin(x)", "--at", "0.1").err == ""


@pytest.mark.parametrize(
    "expr", ["x^3", "sin(x)", "x^x", "1/x", "sqrt(x)", "atan(x)/3", "e^(-x)", "x^20", "abs(x-0.3)"]
)
@pytest.mark.parametrize("at", ["4.84", "0.3", "1e-3", "2.0", "0.7"])
@pytest.mark.parametrize("command", ["diff", "limit"])
def test_a_decimal_in_the_point_asks_for_a_decimal(ask: Ask, command: str, expr: str, at: str) -> None:
    """The text and --raw are the nearest double's first ten digits; the exact form is in JSON."""
    words = (command, expr, "--at", at)
    record = json.loads(ask(*words, "--json").out)
    answer, raw = ask(*words), ask(*words, "--raw").out.strip()
    if record["value"] is None:
        assert raw == "none" and answer.code == 1
        return
    assert raw == answer.out.splitlines()[-1].rpartition(" = ")[2]
    assert float(raw) == pytest.approx(record["float"], rel=1e-9) and set(raw) <= set("-+.e0123456789")
    exact = calcgrad.expression.parser.parse(record["value"]).node
    assert float(symbolic.decimal(exact, 17) or "nan") == pytest.approx(record["float"], rel=1e-15)


def test_no_decimal_in_the_point_no_decimal_alone(ask: Ask) -> None:
    assert ask("diff", "0.5*sin(x)", "--at", "1", "--raw").out == "0.5*cos(1)\n"
    assert ask("diff", "sin(x)", "--at", "1/2", "--raw").out == "cos(1/2)\n"
    assert ask("diff", "a*x^2", "--var", "x", "--at", "0.5", "--raw").out == "a\n"
    assert ask("diff", "e^x", "--at", "-20.5", "--latex").out.splitlines()[-1] == (
        r"f'(-20.5) = {1.250152866 \cdot 10^{-9}}"
    )


def test_a_list_is_as_many_points_where_numbers_are_asked_for(ask: Ask, folder: Path) -> None:
    Path("c.csv").write_text("x\n2\n0.5\n")
    assert ask("diff", "x^2", "--at", "x=[1, 1/2]", "--raw").out == "2\n1\n"
    assert ask("diff", "x^2*y", "--var", "x", "--at", "x=[1,2],y=3", "--raw").out == "6\n12\n"
    assert ask("diff", "x^2*y", "--var", "x", "--at", "x=[1,2],y=[3,4]", "--raw").out == "6\n16\n"
    assert ask("diff", "x^2", "--at", "linspace(0,a,3)", "--let", "a=2", "--raw").out == "0\n2\n4\n"
    assert ask("diff", "x^2", "--at", "x=@c.csv:x", "--raw").out == "4\n1\n"
    answer = ask("diff", "abs(x)", "--at", "x=[-1,0]")
    assert answer.code == 1 and "f'(-1) = -1\n\n" in answer.out and "f'(0) does not exist" in answer.out
    assert ask("limit", "sin(x)/x", "--to", "x=[0,pi]", "--raw").out == "1\n0\n"
    assert ask("limit", "x^2", "--at", "[1,2]", "--rows", "0").out.count("lim h->0") == 2
    made = json.loads(ask("batch", stdin='{"command":"diff","expr":"x^2","at":{"x":[1,2]}}\n').out)
    assert [each["value"] for each in made["answers"]] == ["2", "4"]
    for at in ("x=[1,2],y=[3,4,5]", "x=[[1],[2]],y=1", "x=[1,t],y=1"):
        assert ask("diff", "x*y", "--var", "x", "--at", at).code == 2


def test_of_a_large_array_that_goes_to_a_file_the_shape_is_shown(ask: Ask, folder: Path) -> None:
    answer = ask("grad", "sum(x^2)", "--at", "x=linspace(0,1,2000)", "-o", "g.npy")
    assert answer.out.splitlines()[1] == "dy/dx: an array of shape (2000,), in g.npy"
    answer = ask("grad", "x*x", "--jacobian", "--at", "x=linspace(0,1,40)", "-o", "g.npz")
    assert answer.out == "J: an array of shape (40, 40), in g.npz\n"
    assert ask("grad", "sum(x^2)", "--at", "x=[1,2]", "-o", "g.json").out.endswith("dy/dx = [2, 4]\n")


def test_dir_shows_what_is_public() -> None:
    shown = [name for name in dir(calcgrad) if not name.startswith("__")]
    assert shown == sorted(name for name in calcgrad.__all__ if not name.startswith("__"))


def test_sympy_s_expressions_are_asked_as_text_is() -> None:
    x, y, a = sympy.symbols("x y a")
    pairs = [
        (x**2 * sympy.sin(x), "x**2*sin(x)"), (sympy.Abs(x - 1) / 3, "abs(x - 1)/3"), (0.1 * x**3, "0.1*x**3"),
        (sympy.Piecewise((x, x > 0), (-x, True)), "where(x > 0, x, -x)"), (sympy.exp(-(x**2)), "exp(-x**2)"),
        (sympy.log(x, 2), "log(x)/log(2)"), (sympy.cbrt(x), "x**(1/3)"), (5, "5"), (sympy.Function("f")(x), "f(x)"),
    ]  # fmt: skip
    for given, written in pairs:
        assert calcgrad.diff(given).derivative == calcgrad.diff(written).derivative, written
    assert calcgrad.diff(x**2 * y, var=[x, y]).derivative == "2*x"
    assert float(calcgrad.diff(x**2 * y, var=x, at={x: 1, y: sympy.Rational(3, 2)})) == 3
    assert float(calcgrad.limit(sympy.sin(x) / x, to=0)) == 1 == float(calcgrad.limit(expr=x, to=1))
    assert calcgrad.check(sympy.sin(x) ** 2, sympy.sin(2 * x)) and not calcgrad.check(x**2, claim=x)
    assert calcgrad.diff(sympy.Eq(x**2 + y**2, 25), var="y:x").derivative == "-x/y"
    assert calcgrad.gradient(x**2 * y, at={x: 1, y: 2}).gradient == {"x": 4, "y": 1}
    assert calcgrad.map(x**2, {"x": [1, 2]})["d_x"].tolist() == [2, 4]
    assert calcgrad.diff(a * x, let={"a": sympy.Rational(1, 2)}).derivative == "1/2"


def test_what_sympy_means_otherwise_is_refused() -> None:
    x = sympy.Symbol("x")
    for given in (
        sympy.I * x, sympy.Integral(x, x), sympy.sinc(x), sympy.Symbol("E") * x, sympy.Symbol("x y"),
        sympy.Matrix([x]), x > 0, None, ["x"], b"x", 1j, True,
    ):  # fmt: skip
        with pytest.raises(calcgrad.CalcgradError):
            calcgrad.diff(given)


@pytest.mark.parametrize(("asked", "said"), [
    (lambda: calcgrad.limit("x"), 'limit needs to or at; to=0 for f itself, at=1 for its difference quotient'),
    (lambda: calcgrad.diff("x*y"), 'x*y has two variables: x, y; var="x" or var="y"'),
    (lambda: calcgrad.diff("x", order=0), "order must be at least 1; order=2"),
    (lambda: calcgrad.diff("x", order="2"), "order must be a whole number, not '2'; order=2"),
    (lambda: calcgrad.map("x", {"y": [1]}), 'the table has no column x; rename="x=COLUMN" or let="x=1"; columns: y'),
    (lambda: calcgrad.diff("x", at=float("nan")), "at is no number: NaN; leave it out, or give a number"),
    (lambda: calcgrad.diff(float("nan")), "an expression is no number: NaN; leave it out, or give a number"),
    (lambda: calcgrad.gradient("sum(x)", at={"x": np.array([np.nan])}), ""),
    (lambda: calcgrad.diff("x", at=object()), ""), (lambda: calcgrad.diff("x", at=True), ""),
    (lambda: calcgrad.diff("x", at={"x": None}), 'a name has no value; at={"x": 1}'),
    (lambda: calcgrad.diff("a*x", let=3), 'let takes text, not 3; let={"a": 2}'),
    (lambda: calcgrad.diff("x", assume=3), 'assume takes text, not 3; assume="a > 0"'),
    (lambda: calcgrad.diff("x", var=3), 'var takes names, not 3; var="x"'),
    (lambda: calcgrad.check("x", "1", tol="a"), "tol must be a number, not 'a'; tol=1e-9"),
    (lambda: calcgrad.gradient(3), ""),
    (lambda: calcgrad.diff("speed"), ""),
    (lambda: calcgrad.limit("x", at=1, to=2), ""),
    (lambda: calcgrad.limit("y*x", to=(0, 1)), "to has two readings; write {'y': 0, 'x': 1} or {'x': 0, 'y': 1}"),
    (lambda: calcgrad.limit("x", to=(0, 0)), 'to has 2 values, and f 1 variable; to="x=0,y=0"'),
])  # fmt: skip
def test_errors_speak_of_arguments(asked: Callable[[], Any], said: str) -> None:
    with pytest.raises(calcgrad.CalcgradError) as raised:
        asked()
    assert "--" not in str(raised.value) and str(raised.value) == (said or str(raised.value))


def test_signs_that_were_typed_stay_in_errors() -> None:
    with pytest.raises(calcgrad.CalcgradError, match=r"^let x--1 is not a definition"):
        calcgrad.diff("x", let="x--1")
    with pytest.raises(calcgrad.CalcgradError, match=r"^x--y has two variables"):
        calcgrad.diff("x--y")


def test_a_pair_of_numbers_is_a_point_of_the_plane() -> None:
    assert calcgrad.limit("x^2*y/(x^2+y^2)", to=(0, 0)).exact == "0"
    assert calcgrad.limit("y^2*x", to=(2, 2)).exact == "8"
    assert calcgrad.limit("y^2*x", to=(2, 3), var="x,y").exact == "18"


def test_remainders_of_sympy_are_those_of_the_language() -> None:
    x, y = sympy.symbols("x y")
    for given, typed in ((sympy.Mod(x, y), "mod(x, y)"), (sympy.frac(x), "frac(x)")):
        assert str(calcgrad.diff(given, var=x)) == str(calcgrad.diff(typed, var="x"))


def test_the_help_of_each_function_names_its_arguments() -> None:
    for name in ("check", "diff", "limit", "map", "plot", "series", "study"):
        asked = getattr(calcgrad, name)
        documented = asked.__doc__.partition("Parameters:")[2]
        named = {line.strip().partition(":")[0] for line in documented.splitlines()}
        wanted = {"xlim", "secants"} if name == "plot" else {*inspect.signature(asked).parameters} - {"table"}
        assert wanted - {"exprs", "options"} <= named and "--" not in documented, name
    assert "hessian: All second derivatives." in calcgrad.gradient.__doc__
    with pytest.raises(TypeError, match=r"^plot\(\) got an unexpected keyword argument 'foo'"):
        calcgrad.plot("x", foo=1)


def test_a_text_s_gradient_and_what_answers_show_of_themselves() -> None:
    found = calcgrad.gradient("x^2*y", at={"x": 1, "y": 2})
    assert repr(found) == "<Gradient df/dx = 4, df/dy = 1>" and not calcgrad.gradient("abs(x)", at=0)
    assert repr(calcgrad.study("x^2")) == "<Study f(x) = x**2>"
    assert calcgrad.diff("a*x", let="a=2", assume="x > 0").derivative == "2"
