"""Derivatives at points that are not what they seem: mixed partials at kinks, jumps that look like tangents."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import mpmath
import pytest

Ask = Callable[..., Any]

PEANO = "where(x==0 and y==0, 0, x*y*(x^2-y^2)/(x^2+y^2))"  # f_xy(0,0) = -1, f_yx(0,0) = 1 (Peano 1884)
UP = {"reason": "vertical-tangent", "left": "oo", "right": "oo"}
SADDLE = "where(x==0 and y==0, 0, x*y/(x^2+y^2))"


@pytest.mark.parametrize(
    ("expr", "var", "at", "value"),
    [
        (PEANO, "x,y", "x=0,y=0", "-1"),
        (PEANO, "y,x", "x=0,y=0", "1"),
        (PEANO, "x,y", "x=1,y=0", "1"),
        (SADDLE, "x", "x=0,y=0", "0"),
        (SADDLE, "y", "x=0,y=0", "0"),
        (SADDLE, "x", "x=0,y=1", "1"),
        (SADDLE, "x", "x=0,y=-2", "-1/2"),
    ],
)
def test_partials_of_functions_completed_at_a_point(
    ask: Ask, expr: str, var: str, at: str, value: str
) -> None:
    answer = ask("diff", expr, "--var", var, "--at", at, "--raw")
    assert (answer.out, answer.code) == (value + "\n", 0)


@pytest.mark.parametrize(
    ("expr", "var", "at"),
    [
        ("sqrt(x^2+y^2)", "x,y", "x=0,y=0"),
        ("abs(x)*y", "x,y", "x=0,y=1"),
        ("abs(x-y)", "x,y", "x=1,y=1"),
        (SADDLE, "x,y", "x=0,y=0"),  # f_x(0, y) = 1/y has no derivative at 0
    ],
)
def test_mixed_partials_that_do_not_exist(ask: Ask, expr: str, var: str, at: str) -> None:
    answer = ask("diff", expr, "--var", var, "--at", at, "--raw")
    assert (answer.out, answer.code) == ("none\n", 1)


def test_a_condition_with_and_excludes_only_where_all_of_it_holds(ask: Ask) -> None:
    where = json.loads(ask("diff", SADDLE, "--var", "x", "--json").out).get("where", "")
    assert "and" not in where.replace("x != 0 or y != 0", "")


@pytest.mark.parametrize(
    ("expr", "reason"),
    [
        ("atan(cos(x/2)*4 + where(x-1/3==0,0,2/pi*atan(1/(x-1/3))))", "jump"),
        ("cbrt(x-1/3)", "vertical-tangent"),
        ("where(x==1/3, 0, 1/log(abs(x-1/3)))", "vertical-tangent"),
        ("where(x==1/3, 1, cbrt(x-1/3))", "jump"),
        ("sign(x-1/3) + cbrt(x-1/3)", "jump"),
        ("abs(x-1/3)", "corner"),
    ],
)
def test_infinite_slopes_are_a_tangent_only_where_f_is_continuous(ask: Ask, expr: str, reason: str) -> None:
    answer = ask("diff", expr, "--at", "1/3", "--json")
    assert (json.loads(answer.out)["reason"], answer.code) == (reason, 1)


@pytest.mark.parametrize(
    ("expr", "at", "left", "right"),
    [
        ("acos(cos(x))", "pi", "1", "-1"),
        ("asin(2*x/(1+x**2))", "1", "1", "-1"),
        ("asin(sin(x))", "pi/2", "1", "-1"),
    ],
)
def test_corners_of_inverse_functions(ask: Ask, expr: str, at: str, left: str, right: str) -> None:
    record = json.loads(ask("diff", expr, "--at", at, "--json").out)
    assert (record["left"], record["right"], record["reason"]) == (left, right, "corner")


@pytest.mark.parametrize(
    ("expr", "at", "said"),
    [
        # outer functions are peeled off by the chain rule, and the slope has the sign of cbrt's
        ("sinh((sigmoid(x) - 9*x^2 + 2*cbrt(x - 0.1))/4)", "0.1", UP),
        ("softplus(atan(x) + 2*root(x - 2.5, 5))", "2.5", UP),
        ("asinh(-3*sqrt(abs(x)))", "0", {"reason": "vertical-tangent", "left": "oo", "right": "-oo"}),
        ("(2 + 2*where(x==1, 0, tanh(1/(x-1))))^3", "1", {"reason": "jump"}),
        ("softplus(where(x<1/3, erf(x^2-2), erf(x^2-2) - 3*exp(x/8)))", "1/3", {"reason": "jump"}),
        # 0*oo: the part grows until a limit says what its slope is
        ("atan(softplus(erf(3)) + 2*cbrt(x - 2.5)^4)", "2.5", {"value": "0"}),
        ("exp(where(x==0, 0, x*tanh(1/x)))", "0", {"reason": "corner", "left": "-1", "right": "1"}),
        ("exp(x + where(x==0, 0, x*sin(1/x)))", "0", {"reason": "oscillates"}),
        ("cos(where(x==0, 0, x*sin(1/x)))", "0", {"value": "0"}),
        ("x^2*acot(x)", "0", {"value": "0"}),
        ("cbrt(x^3)", "0", {"value": "1"}),
        ("floor(x^3)", "cbrt(2)", {"reason": "jump"}),
        ("abs(x)^pi", "0", {"value": "0"}),
        ("max(x, x)", "0", {"value": "1"}),
        ("loggamma(x)", "0", {"reason": "undefined"}),
        ("where(x==0, 0, x*cos(pi/x))", "0", {"reason": "oscillates"}),
    ],
)  # fmt: skip
def test_parts_that_are_special_inside_smooth_functions(
    ask: Ask, expr: str, at: str, said: dict[str, str]
) -> None:
    record = json.loads(ask("diff", expr, "--at", at, "--json").out)
    assert {key: record.get(key) for key in said} == said


def test_a_bend_narrower_than_the_step_of_a_difference_is_no_contradiction(ask: Ask) -> None:
    answer = ask("diff", "sqrt(x^2+1e-40)", "--at", "1e-20", "--raw", "--digits", "30")
    assert answer.out == "0.707106781186547524400844362105\n"  # 1/sqrt(2)


@pytest.mark.parametrize(
    ("expr", "where"),
    [
        # harmless where a factor vanishes, a jump at every other integer
        ("floor(x)*ceiling(x)*abs(x)", "x != floor(x) or x == 0"),
        ("x**2*floor(x)", "x != floor(x) or x == 0"),
        # two conditions that leave out one point leave out no line
        ("where((x!=0) | (y!=0), x*y/(x**2+y**2), 0)", None),
        ("where((x!=0) | (y!=0), 1+x*y, 0)", "x != 0 or y != 0"),
        ("where((x==0) & (y==0), 1, x+y)", "x != 0 or y != 0"),
    ],
)
def test_the_condition_leaves_out_kinks_and_no_more(ask: Ask, expr: str, where: str | None) -> None:
    record = json.loads(ask("diff", expr, "--var", "x", "--json").out)
    assert record.get("where") == where


def test_a_value_that_has_no_name_is_labelled(ask: Ask) -> None:
    words = ("diff", "where(x==0, 1/2, (exp(x)-1-x)/x^2)", "--at", "0")
    assert ask(*words).out.endswith("f'(0) = 1/6\n")
    assert "evidence" not in json.loads(ask(*words, "--json").out)
    words = ("diff", "where(x==1, EulerGamma, zeta(x)-1/(x-1))", "--at", "1", "--digits", "15")
    assert ask(*words).out.endswith(f" = {-mpmath.stieltjes(1)}\n")


@pytest.mark.parametrize(
    ("expr", "reason"),
    [
        ("log(-x^2)", "not-real"),
        ("sqrt(-1-x^2)", "not-real"),
        ("x + asin(2 + abs(x))", "not-real"),
        ("exp(acosh(-x^4))", "not-real"),
        ("1/(x-x)", "undefined"),
        ("sin(1/(x-x))*x", "undefined"),
        ("asinh(x + cosh((3-x)/(x-x)))**2", "undefined"),  # SymPy compares nan, and gives up
        ("x/0", "undefined"),
        ("log(-1)", "not-real"),
    ],
)
def test_what_has_no_value_anywhere_has_no_derivative(ask: Ask, expr: str, reason: str) -> None:
    """Rules and SymPy alike give 2/x for log(-x**2), which is real nowhere."""
    answer = ask("diff", expr, "--var", "x", "--json")
    record = json.loads(answer.out)
    assert (answer.code, record["derivative"], record["reason"]) == (1, None, reason)


@pytest.mark.parametrize(
    "expr",
    [
        "log(x-1000)",
        "where(x<0, 1/0, log(x-1000))",
        "sqrt(x-x)",
        "log(a*x)",
        "sqrt(x^2-10^9)",
        "acosh(x/10^6)",
    ],
)
def test_what_has_a_value_somewhere_has_a_derivative(ask: Ask, expr: str) -> None:
    answer = ask("diff", expr, "--var", "x", "--json")
    assert answer.code == 0 and json.loads(answer.out)["derivative"] is not None


def test_a_claim_about_what_has_no_value_is_not_judged(ask: Ask) -> None:
    answer = ask("check", "log(-x^2)", "2/x")
    assert answer.code == 3 and "f is nowhere real" in answer.out + answer.err


@pytest.mark.parametrize(
    ("expr", "cases"),
    [
        ("abs(a*x)", {"a < 0": "corner", "a = 0": "0", "a > 0": "corner"}),
        ("abs(x)^a", {"a < 0": "undefined", "a = 0": "0", "0 < a < 1": "vertical-tangent", "a = 1": "corner",
            "a > 1": "0"}),
        ("x^a", {"a < 0": "undefined", "a = 0": "0", "a not an integer and 0 < a < 1": "not-real",
            "a not an integer and a > 1": "not-real", "a integer and a = 1": "1", "a integer and a > 1": "0"}),
        ("abs(x-a)", {"a < 0": "1", "a = 0": "corner", "a > 0": "-1"}),
        ("sign(x-a)", {"a < 0": "0", "a = 0": "jump", "a > 0": "0"}),
        ("where(x==0,0,x*sin(a/x))", {"a < 0": "oscillates", "a = 0": "0", "a > 0": "oscillates"}),
        ("log(x+a)", {"a < 0": "not-real", "a = 0": "undefined", "a > 0": "1/a"}),
    ],
)  # fmt: skip
def test_a_derivative_that_depends_on_a_parameter_has_cases(
    ask: Ask, expr: str, cases: dict[str, str]
) -> None:
    answer = ask("diff", expr, "--at", "0", "--var", "x", "--json")
    record = json.loads(answer.out)
    assert {each["if"]: each["value"] or each["reason"] for each in record["cases"]} == cases
    assert (answer.code, record["exists"], record["reason"]) == (3, False, "undecided")


@pytest.mark.parametrize(
    ("expr", "condition", "shown", "code"),
    [
        ("abs(a*x)", "a > 0", "does not exist: slope -a from the left, a from the right", 1),
        ("abs(a*x)", "a = 0", "= 0", 0),
        ("abs(x)^a", "a > 1", "= 0", 0),
        (
            "max(a*x,x)",
            "a <= 1",
            "depends on a: none (slope a from the left, 1 from the right) for a < 1, 1 for a = 1",
            3,
        ),
        ("abs(x-a)*abs(x-b)", "0 < a < b", "= -a - b", 0),
    ],
)
def test_what_is_assumed_of_a_parameter_decides(
    ask: Ask, expr: str, condition: str, shown: str, code: int
) -> None:
    answer = ask("diff", expr, "--at", "0", "--var", "x", "--assume", condition)
    assert answer.out.splitlines()[-1].split(") ", 1)[1] == shown and answer.code == code


def test_a_branch_that_is_not_taken_needs_no_value(ask: Ask) -> None:
    assert ask("diff", "where(x==0,0,x^2*sin(a/x))", "--at", "0", "--var", "x", "--raw").out == "0\n"
    assert ask("diff", "where(a>0,x,1/x)", "--at", "0", "--var", "x", "--raw").out == "undecided\n"


WORDLESS: dict[str, Callable[[Any], Any]] = {  # the language has no words for their derivatives
    "zeta(x)": mpmath.zeta,
    "besselj(x, 2)": lambda x: mpmath.besselj(x, 2),
    "bessely(x, 3/2)": lambda x: mpmath.bessely(x, 1.5),
    "besselj(x, x)": lambda x: mpmath.besselj(x, x),
    "bessely(x^2, 2 + sin(x))*zeta(x + 1)": lambda x: (
        mpmath.bessely(x**2, 2 + mpmath.sin(x)) * mpmath.zeta(x + 1)
    ),
    "zeta(2*x)*besselj(x, 7)": lambda x: mpmath.zeta(2 * x) * mpmath.besselj(x, 7),
}


@pytest.mark.parametrize("expr", WORDLESS)
def test_a_derivative_without_words_is_a_number_with_all_its_digits(ask: Ask, expr: str) -> None:
    with mpmath.workdps(60):
        for order, at in ((1, "3"), (2, "13/8"), (3, "2")):
            top, _, bottom = at.partition("/")
            expected = mpmath.diff(WORDLESS[expr], mpmath.mpf(top) / int(bottom or 1), order)
            answer = ask("diff", expr, "--order", str(order), "--at", at, "--digits", "20", "--raw")
            assert abs(mpmath.mpf(answer.out) / expected - 1) < mpmath.mpf(10) ** -19, (order, at)


@pytest.mark.parametrize(
    ("expr", "at", "value"),
    [
        # differences with steps larger than the distance to the kink, or the width of a step, see neither
        ("zeta(x+3) + abs(x)", "1e-400", "0.8018737571"),
        ("zeta(x+3) + abs(x)", "1e-30", "0.8018737571"),
        ("zeta(x+3) + 10^-45*atan(10^60*x)", "0", "1000000000000000"),
        ("binomial(min(x,0), x)", "1e-400", "-3.289868134e-400"),
        ("abs(x)", "1e-400", "1"),
        ("abs(x)", "-1e-2000", "-1"),
        ("sin(relu(x))", "pi/10^300", "1"),
        ("gamma(1+max(x,0))", "1e-400", "-0.5772156649"),
        ("besselj(x,2)*abs(x)^3", "0", "0"),
    ],
)
def test_no_distance_to_a_kink_is_too_small(ask: Ask, expr: str, at: str, value: str) -> None:
    answer = ask("diff", expr, "--at", at)
    line = answer.out.splitlines()[-1]
    assert (value in line.replace("(", " ").replace(")", " ").split(), answer.code) == (True, 0), line


@pytest.mark.parametrize(
    "words",
    [
        ("diff", "|exp(z*k)|", "--var", "z,b,k", "--at", "z=-1e308,b=e,k=7"),
        ("diff", "abs((1e5!)^(1e308))", "--var", "x", "--at", "1e-10"),
        ("check", "0^((((-1e308)^x)^(|exp(1000)|))^(1/3))"),
        (
            "check",
            "(Piecewise(((x)-(1e5!), asin(x)>2 or not 1e8==x), (x^oo, True)))^(max(cos(x), 1e10))",
            "sign(x^x)",
        ),
        ("study", "sin(x)", "--on", "0,1e400"),
        ("limit", "sin(a)^((-1e308)^x)", "--to", "0", "--var", "x"),
        ("limit", "(-1)^(-1e308)*x", "--to", "0"),
    ],
)
def test_constants_beyond_every_size_have_no_size(ask: Ask, words: tuple[str, ...]) -> None:
    assert "internal error" not in ask(*words).err


def test_a_bessel_function_moves_with_its_order_at_a_kink(ask: Ask) -> None:
    with mpmath.workdps(30):
        slope = mpmath.diff(lambda v: mpmath.besselj(v, 2), 0)
    record = json.loads(ask("diff", "besselj(x,2)+abs(x)", "--at", "0", "--json").out)
    sides = [float(record[side]) for side in ("left", "right")]
    assert sides == pytest.approx([float(slope - 1), float(slope + 1)], abs=1e-9)


@pytest.mark.parametrize(
    ("expr", "words", "said"),
    [
        ("sin(x)*exp(y)", "--var x,y --at x=0,y=1", {"value": "E"}),
        ("a*log(x)", "--var x --order 2 --at 2", {"value": "-a/4"}),
        (
            "erf(a+x)",
            "--var x --at 2",
            {"value": "2*exp(-(a + 2)**2)/sqrt(pi)"},
        ),  # by the formula, no limit's form
        ("exp(10^x)", "--at 400", {"value": "10**400*exp(10**400)*log(10)"}),
        ("log(x)", "--at -1", {"exists": False, "reason": "not-real"}),
        ("x*detach(x)", "--at 2", {"value": "2"}),
        ("x^2*abs(x)", "--order 2 --at 0", {"value": "0"}),
    ],
)
def test_a_value_keeps_its_name_and_a_point_its_reason(
    ask: Ask, expr: str, words: str, said: dict[str, Any]
) -> None:
    record = json.loads(ask("diff", expr, *words.split(), "--json").out)
    assert {key: record.get(key) for key in said} == said


@pytest.mark.parametrize(
    ("expr", "at", "why"),
    [("log(x)", "-1", "f is not real at x = -1"), ("1/x", "0", "f is not defined at x = 0")],
)
def test_where_f_has_no_value_that_is_the_reason(ask: Ask, expr: str, at: str, why: str) -> None:
    answer = ask("diff", expr, "--order", "2", "--at", at)
    assert (answer.out.splitlines()[-1], answer.code) == (f"f''({at}) does not exist: {why}", 1)


@pytest.mark.parametrize(
    ("expr", "place", "value"),
    [
        ("max(x^3-3*x+1,sin(x^3-3*x+1)) + x", "2*cos(2*pi/9)", "5.041889066"),  # 12*cos(2*pi/9)**2 - 2
        ("relu(x^3-3*x+1)^2 + 2^x", "2*cos(2*pi/9)", "2.004611289"),
        ("relu((x^2)^(1/3)-cbrt(2))^2 + 2^x", "cbrt(2)^(3/2)", "1.847337148"),
    ],
)
def test_at_a_zero_that_only_a_proof_shows(ask: Ask, expr: str, place: str, value: str) -> None:
    assert value in ask("diff", expr, "--at", place).out


def test_a_corner_at_a_zero_that_only_a_proof_shows(ask: Ask) -> None:
    shown = ask("diff", "abs(x)", "--at", "cos(pi/7)-cos(2*pi/7)+cos(3*pi/7)-1/2")
    assert shown.code == 1 and "slope -1 from the left, 1 from the right" in shown.out
