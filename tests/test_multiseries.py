"""Expansions against mpmath, limits whose truth is known by construction, and questions that once went wrong."""

from __future__ import annotations

import importlib
import json
import random
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import factorial
from pathlib import Path
from typing import Any

import mpmath
import multiseries_families as families
import parameter_families as parameters
import pytest
from mpmath import mp
from mpmath.libmp import NoConvergence

from calcgrad.calculus import numeric
from calcgrad.calculus.multiseries import cases, germs
from calcgrad.calculus.multiseries.conditions import assumptions
from calcgrad.calculus.multiseries.constants import Assumptions, assuming
from calcgrad.calculus.multiseries.exact import NotReal, Undecided, tree
from calcgrad.calculus.multiseries.expansion import Oscillates, expand
from calcgrad.calculus.multiseries.functions import RULES
from calcgrad.calculus.multiseries.phases import OfPhase
from calcgrad.expression.catalogue import FUNCTIONS, OPERATORS
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Call, Name, Node, Number, substitute, text

sys.path.insert(0, str(Path(__file__).resolve().parent / "corpus"))
import facts

Ask = Callable[..., Any]

# ------------------------------------------------------------------------------------------------------ families

COUNTS = {
    "oscillations": 90,
    "late": 120,
    "steps": 120,
    "circles": 45,
    "swells": 20,
    "shadows": 20,
    "gaps": 12,
}


@pytest.mark.parametrize("family", families.FAMILIES)
def test_no_limit_of_a_family_is_wrong(family: str) -> None:
    count = COUNTS.get(family, 250)
    found = families.run(family, count, seed=0)
    assert not found["wrong"]
    assert len(found["right"]) >= 0.98 * count, found["undecided"]


PARTS = [importlib.import_module(f"calcgrad.calculus.multiseries.{part}") for part in (
    "cases", "conditions", "constants", "exact", "expansion", "functions", "germs", "independence", "integers",
    "phases", "series",
)]  # fmt: skip


@pytest.fixture
def starved(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every number that ends a search in the engine, cut to an eighth; nothing that is kept passes in or out."""

    def forget() -> None:
        for part in PARTS:
            for each in vars(part).values():
                if hasattr(each, "cache_clear"):
                    each.cache_clear()

    forget()
    for part in PARTS:
        for name, value in list(vars(part).items()):
            if type(value) is int and name.isupper():
                monkeypatch.setattr(part, name, max(1, value // 8))
    yield
    forget()


@pytest.mark.parametrize("family", sorted(set(families.FAMILIES) - {"circles", "swells", "shadows", "gaps"}))
@pytest.mark.usefixtures("starved")
def test_running_out_of_fuel_is_no_evidence(family: str) -> None:
    """What ends too early is undecided, never another answer."""
    assert not families.run(family, 8, seed=1)["wrong"]


# ------------------------------------------------------------------------------------------------------ catalogue

NO_RULE = {
    "@": "arrays are taken apart before anything is expanded",
    "Piecewise": "a tree's branches are expanded only where they apply",
}
CONDITIONS = {"<", "<=", ">", ">=", "==", "!=", "&", "|", "~"}  # decided by signs


def test_every_function_has_a_rule() -> None:
    names = {row.name for row in (*OPERATORS, *FUNCTIONS) if not row.array} - CONDITIONS - set(NO_RULE)
    assert names == set(RULES)


CALLS = {
    "+": ["x+1"], "-": ["1-x"], "*": ["x*x"], "/": ["1/x", "x/(x-2)"], "neg": ["-x"],
    "**": ["x**3", "x**(-2)", "x**(3/2)", "2**x", "x**x", "x**pi"],
    "root": ["root(x, 3)", "root(x, 4)", "root(x, -3)"],
    "atan2": ["atan2(x, 1)", "atan2(1, x)", "atan2(x, -1)", "atan2(-1, x)"],
    "hypot": ["hypot(x, 1)"], "Max": ["max(x, x**2)"], "Min": ["min(x, x**2, 1)"],
    "polygamma": ["polygamma(1, x)", "polygamma(3, x)"],
    "beta": ["beta(x, 3/2)", "beta(2, x)"],
    "binomial": ["binomial(7/2, x)", "binomial(2*x, x)"],
    "besselj": ["besselj(0, x)", "besselj(-2, x)", "besselj(1/2, x)"],
    "bessely": ["bessely(0, x)", "bessely(3, x)", "bessely(1/2, x)"],
}  # fmt: skip
PLACES = ("2/7", "-5/3", "0", "1", "-1", "2", "-3", "pi/2", "-exp(-1)", "oo", "-oo")
TERMS, DIGITS = 6, 130
_NEAR = tuple(mpmath.mpf(10) ** -k for k in (2, 4, 8, 16))
_FAR = tuple(mpmath.mpf(10) ** k for k in (1, 2, 3, 6, 30, 300, 3000))

_LESS_FAR = {"fresnels": 5, "fresnelc": 5}  # mpmath takes minutes where x*x is beyond its digits
_SLOW = {"LambertW": 3}  # far out its terms are powers of log(log(x))/log(x)

# where no expansion is known, or not all of its terms
UNKNOWN = {
    "zeta": "its derivatives and its far terms have no closed form",
    "LambertW": "some terms far out, where it is 0.57 at 1 and the like",
    "polygamma": "poles all the way to the left",
    "besselj": "algebra does not know that besselj(-1/2, pi/2) is 0",
    "bessely": "nor bessely(1/2, pi/2)",
}


@pytest.mark.parametrize("name", sorted(RULES))
def test_remainders_are_as_small_as_they_say(name: str) -> None:
    """What is left after N terms comes to the next one, for N = 0 to 6, at ordinary and singular places and far out.

    Where there is no expansion, the function has no real values, or oscillates.
    """
    checked = 0
    for expression in CALLS.get(name, [f"{name}(x)"]):
        for place in PLACES:
            for side in (1,) if place in families.FAR else (1, -1):
                checked += _check(name, expression, place, side)
    assert checked >= 3


def _check(name: str, expression: str, place: str, side: int) -> int:
    point = families.FAR.get(place) or parse(place).node
    try:
        found = expand(parse(expression).node, "x", point, side, _SLOW.get(name, TERMS))
    except NotReal:
        assert all(_value(expression, at) is None for at in _ladder(name, place, side)[-2:]), (
            expression,
            place,
            side,
        )
        return 1
    except (Oscillates, OfPhase):
        return 0
    except Undecided as error:
        assert name in UNKNOWN, (expression, place, side, error)
        return 0
    terms = list(found.terms)
    if found.following is not None and found.remainder is not None:
        terms.append((found.following, found.remainder))
    with mp.workdps(DIGITS):
        coefficients = [_number(each) for each, _ in terms]
        ratios: list[list[Any]] = [[] for _ in terms]
        for at in _ladder(name, place, side):
            left = _value(expression, at)
            if left is None:
                continue
            whole = abs(left)
            for n, (_, scale) in enumerate(terms):
                size = _value(text(scale), at)
                if size is None:
                    break
                here = coefficients[n] * size
                if abs(left) > whole * mp.mpf(10) ** (40 - DIGITS):  # else nothing is left of its digits
                    ratios[n].append(left / here)
                left -= here
            else:
                if found.remainder is None:
                    assert abs(left) <= whole * mp.mpf(10) ** (40 - DIGITS), (expression, place, side)
    for n, seen in enumerate(ratios):
        assert any(abs(each - 1) < 0.25 for each in seen), (
            expression,
            place,
            side,
            n,
            [mpmath.nstr(each, 8) for each in seen],
        )
    return 1


@pytest.mark.parametrize("factor", ["1", "x", "exp(x)", "1/x^2"])
@pytest.mark.parametrize(("known", "at"), [("zeta(x)", 60), ("LambertW(x)", 10**40)])
def test_a_remainder_beyond_what_is_known_has_its_factors(known: str, factor: str, at: int) -> None:
    root = parse(f"({factor})*{known}").node
    found = expand(root, "x", families.INFINITY, 1, 40)
    assert found.remainder is not None and found.following is None
    gap = Call("/", (Call("-", (root, found.sum)), found.remainder))
    value = numeric.evaluate(substitute(gap, {Name("x"): Number(at)}), 5, limit=200)
    assert isinstance(value, numeric.Ball) and 0.1 < abs(value.mid) < 10


def _number(constant: Node) -> Any:
    value = numeric.evaluate(constant, DIGITS - 10, limit=4 * DIGITS)
    if isinstance(value, numeric.Ball):
        return mp.make_mpf(value.mid._mpf_)
    assert isinstance(value, Fraction), text(constant)
    return mp.mpf(value.numerator) / value.denominator


def _ladder(name: str, place: str, side: int) -> list[Any]:
    if place in families.FAR:
        return [at if place == "oo" else -at for at in _FAR[: _LESS_FAR.get(name)]]
    with mp.workdps(DIGITS):
        return [facts.compiled(place)() + side * at for at in _NEAR]


def _value(expression: str, at: Any) -> Any:
    """None where it is not real, or too large to be known."""
    with mp.workdps(DIGITS):
        try:
            return facts.compiled(expression)(x=at)
        except (
            facts.Undefined,
            facts.TooFar,
            NoConvergence,
            NotImplementedError,
            OverflowError,
            MemoryError,
        ):
            return None


# ------------------------------------------------------------------------------------------------ single questions

QUESTIONS = [
    ("zeta(1+1000/x)", "oo", "oo"),
    ("1/(10*sin(x)+log(x))", "oo", "0"),
    ("x^2+10^7*x*cos(x)", "oo", "oo"),
    ("Max(log(x),60)-log(x)", "oo", "0"),
    ("sqrt(log(x)-50)/sqrt(log(x))", "oo", "1"),
    ("floor(sin(log(x)))", "oo", "none"),
    ("1/(1+x*cos(log(x)+pi/5)^2)", "oo", "none"),
    ("tan(log(x))/x", "oo", "none"),
    ("1/(x*(sin(x)+cos(x))^2)", "oo", "none"),
    ("1/(1+x^2*(x-floor(x)-0.3)^2)", "oo", "none"),
    ("sin(pi*factorial(x)*E)", "oo", "none"),
    ("sin(x)^2+cos(x+1/log(x))^2", "oo", "1"),
    ("sqrt(tanh(x)-1)", "oo", "not-real"),
    ("sin(x)^2+cos(x)^2-1", "oo", "0"),
    ("log(2*x)-log(x)-log(2)", "oo", "0"),
    ("exp(log(x))-x", "oo", "0"),
    ("where(x==0,0,x*abs(x)^0.02*sin(1/x))", "0", "0"),
    ("where(x<=0,x,x+10^-120)", "0", "1/10^120"),
    ("besselj(0,2+x)+sign(x)/10^14", "0", "besselj(0,2)+1/10^14"),
    ("x^3+x-floor(x)", "oo", "oo"),
    ("loggamma(x)/x-log(x)", "oo", "-1"),
    ("binomial(2*x,x)/4^x", "oo", "0"),
    ("(2+sin(x))^(1/log(x))", "oo", "1"),
    ("log2(floor(x))", "oo", "oo"),
    ("cosh(floor(x))-5", "oo", "oo"),
    ("floor(x)/x+log(x)", "oo", "oo"),
    ("x*sin(10000000/x)", "oo", "10000000"),
    ("cos(x)/(50+log(x))", "oo", "0"),
    ("x*log(x)+30*x*sin(x)", "oo", "oo"),
    ("where(log(x)<1000,1,2)", "oo", "2"),
    ("asin(50/log(x))", "oo", "0"),
    ("sign(sin(log(x)))", "oo", "none"),
    ("exp(-x)*tan(log(x))", "oo", "none"),
    ("exp(-x*(sin(x)-1/2)^2)", "oo", "none"),
    ("exp(-x*(3*sin(x)+4*cos(x)-1)^2)", "oo", "none"),
    ("cos(exp(-x^5))", "oo", "1"),
    ("sin(x)+sin(sqrt(2)*x)", "oo", "none"),
    ("sin(x)*cos(sqrt(2)*x)+cos(x)*sin(sqrt(2)*x)-sin((1+sqrt(2))*x)", "oo", "0"),  # tied angles
    ("(sin(x)*cos(sqrt(2)*x)+cos(x)*sin(sqrt(2)*x)-sin((1+sqrt(2))*x))*x", "oo", "0"),
    ("cos(x)+cos(sqrt(2)*x)-2*cos((1+sqrt(2))*x/2)*cos((sqrt(2)-1)*x/2)", "oo", "0"),
    ("cos(x)*cos(x^2)-sin(x)*sin(x^2)-cos(x+x^2)+1/x", "oo", "0"),
    ("cos(x)+cos(sqrt(2)*x)+cos((1+sqrt(2))*x/2)", "oo", "none"),
    ("cos(pi*x)+cos(E*x)+cos((pi+E)*x)", "oo", "none"),
    ("cos(pi*x)*sin(E*x)-sin((pi+E)*x)/2+sin((pi-E)*x)/2", "oo", "0"),
    ("exp(x*sin(x)*cos(x^2))*exp(-2*x)", "oo", "0"),
    ("exp(x*sin(1/x)*sin(x))*exp(-sin(x)*x)", "oo", "none"),
    ("where(sin(x)>0,1/x,-1/x)", "oo", "0"),
    ("floor(x+1/x)-floor(x)", "oo", "none"),
    ("sin(sin(x))^2+cos(sin(x))^2", "oo", "1"),
    ("(zeta(x)+1/2)/x", "0", "-log(2*pi)/2"),
    ("(-2)^(x/x)", "oo", "-2"),
    ("beta(x,-x)", "5/2", "0"),
    ("besselj(0,x)*sqrt(x)", "oo", "none"),
    ("factorial(floor(x))/floor(x)^floor(x)", "oo", "0"),
    ("gamma(floor(x)+1)^(1/floor(x))/floor(x)", "oo", "1/E"),
    ("x^(sin(x)^2)*x^(cos(x)^2)/x", "oo", "1"),
    ("gamma(x+sin(x))/gamma(x)/x^2", "oo", "0"),
    ("factorial(floor(x))/gamma(x)", "oo", "none"),
    ("(sin(tan(x))-tan(sin(x)))/(asin(atan(x))-atan(asin(x)))", "0", "1"),
]


@pytest.mark.parametrize(("expression", "place", "truth"), QUESTIONS)
def test_questions(expression: str, place: str, truth: str) -> None:
    assert families.verdict((expression, place, 1, truth)) == "right"


# what may be undecided, but has no such answer
@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("asin(2*sin(x))/x", "0"),  # real again and again only
        ("gamma(sin(x))/x", "0"),  # poles
        ("zeta(1+sin(x))/x", "0"),
        ("tan(2*sin(x))/x", "0"),
        ("sin(pi*2^(2^floor(x)))", "none"),  # is always 0
        ("exp(cos(pi*x)+cos(E*x)+cos((pi+E)*x))", "0"),  # whether pi and e are independent nobody knows
        ("1/(x*(1+sin(x))+1)", "0"),
    ],
)
def test_no_confident_wrong_answer(expression: str, wrong: str) -> None:
    assert families.verdict((expression, "oo", 1, wrong)) != "right"


def test_a_large_place_is_no_trouble() -> None:
    assert germs.limit(parse("sin(x)/x").node, "x", parse("10^400").node, 1).value is not None


# ------------------------------------------------------------------------------------------------- parameters


@pytest.mark.parametrize(
    ("expression", "place", "truth"),
    [
        ("sin(a*x)/sin(b*x)", "0", "a/b"),  # for b = 0 it is nowhere defined
        ("(log(y+x)-log(y))/x", "0", "1/y"),
        ("x/(a*x)", "0", "1/a"),
        ("log(a*x)-log(x)", "oo", "log(a)"),
        ("a*sin(x)/x", "oo", "0"),
        ("(1+a/x)^x", "oo", "exp(a)"),
    ],
)
def test_cases_of_parameters_that_agree(expression: str, place: str, truth: str) -> None:
    point = families.FAR.get(place) or parse(place).node
    (found,) = cases.limits(parse(expression).node, "x", point, (1,)).found
    assert not found.reason and found.value is not None
    assert text(tree(found.value)) == text(parse(truth).node)


@pytest.mark.parametrize(
    ("expression", "place", "truth"),
    [
        ("x^5/(x^5+x^a)", "oo", "a < 5: 1, a = 5: 1/2, a > 5: 0"),
        ("1/(1+x*(a-5)^2)", "oo", "a < 5: 0, a = 5: 1, a > 5: 0"),
        ("(x^2)^a", "0", "a < 0: oo, a = 0: 1, a > 0: 0"),
        ("exp(a*x)/x", "oo", "a <= 0: 0, a > 0: oo"),
        ("x^(a^2-3*a+2)", "oo", "a < 1: oo, a = 1: 1, 1 < a < 2: 0, a = 2: 1, a > 2: oo"),
        ("abs(a)*x/x", "oo", "a <= 0: -a, a > 0: a"),
        ("sin(x)/x", "a", "a < 0: sin(a)/a, a = 0: 1, a > 0: sin(a)/a"),
        ("(sqrt(y+x)-sqrt(y))/x", "0", "y < 0: not-real, y = 0: oo, y > 0: 1/(2*sqrt(y))"),
        ("a*sin(x)", "oo", "a < 0: oscillates, a = 0: 0, a > 0: oscillates"),
        ("(a-1)*(x-floor(x))+b", "oo", "a < 1: oscillates, a = 1: b, a > 1: oscillates"),
        ("where(sin(x)>0,a,b)", "oo", "b != a: oscillates, b = a: b"),
        ("exp(a*cos(x))", "oo", "a < 0: oscillates, a = 0: 1, a > 0: oscillates"),
        ("(exp(2*a)-exp(b))*x", "oo", "2*a > b: oo, 2*a < b: -oo, 2*a = b: 0"),
        ("sin(x+a)-sin(x)", "oo", "cos(a) < 1: oscillates, cos(a) = 1: 0"),
        ("cos(log(x)-a)-cos(log(x)+b)", "oo", "cos(a + b) < 1: oscillates, cos(a + b) = 1: 0"),
        ("a*sin(x)+b*cos(x)", "oo", "a**2 + b**2 > 0: oscillates, a**2 + b**2 = 0: 0"),
    ],
)
def test_cases_of_parameters_that_differ(expression: str, place: str, truth: str) -> None:
    node, point = parse(expression).node, families.FAR.get(place) or parse(place).node
    for _ in range(2):  # and nothing that was assumed is left behind
        found = cases.limits(node, "x", point, (1,))
        assert found.found[0].reason == "undecided"
        shown = [
            f"{condition}: {each.reason or {1: 'oo', -1: '-oo'}.get(each.infinite) or text(tree(each.value))}"
            for condition, _, (each,) in found.cases
        ]
        assert ", ".join(shown) == truth


@pytest.mark.parametrize(
    ("expr", "variable"),
    [
        ("z/0.1/z + atan(root(b, k))", "z"),
        ("sign(1e-308 - a**1e-308)", "x"),
        ("max(min(z/sqrt(2), b/100), sin(2**k))*b/log(10)", "z"),
    ],
)
def test_what_parameters_leave_without_a_value_is_no_case(expr: str, variable: str) -> None:
    """Cases that could be solved for zero or one only where something else is undefined: found by fuzzing."""
    (found,) = cases.limits(parse(expr).node, variable, parse("1").node, (1,)).found
    assert found.reason in ("undecided", "")


# a place inside the domain, and what keeps a parameter there
_INSIDE = {"asec": ("2", "a>1"), "acsc": ("-2", "a<-1"), "acoth": ("2", "a>1"), "asech": ("1/3", "a>0 a<1")}
_DEFINED = [row.name for row in FUNCTIONS if row.definition and len(row.parameters) == 1]


@pytest.mark.parametrize("name", [*_DEFINED, "beta(1/2,", "binomial(7,"])
def test_slopes_of_what_is_defined_by_other_functions(name: str) -> None:
    """By difference quotients, whose series hold other functions than their constants: acot(2) and atan(1/2)."""
    number, conditions = _INSIDE.get(name, ("3", "a>0 a<1"))
    call = name if "(" in name else f"{name}("
    for place, assumed in ((number, ""), ("a", conditions)):
        with assuming(assumptions(parse(each, condition=True).node for each in assumed.split())):
            root = parse(f"({call}{place}+x)-{call}{place}))/x").node
            found = germs.limit(root, "x", parse("0").node, 1)
        assert not found.reason and found.value is not None
        gap = parse(f"({text(tree(found.value))})-(({call}{place}+h)-{call}{place}-h))/(2*h))").node
        at = parse(
            number if not assumed else "7/4" if "a>1" in assumed else "-7/4" if "-1" in assumed else "2/7"
        ).node
        value = numeric.evaluate(
            substitute(gap, {Name("a"): at, Name("h"): parse("10^-9").node}), 5, limit=200
        )
        assert abs(numeric.as_mpf(value, 20)) < 1e-12


@pytest.mark.parametrize(
    ("expression", "place", "condition", "truth"),
    [
        ("x^sin(a)", "oo", "0<a a<pi", "oo"),
        ("x^cos(a)", "oo", "0<a a<pi/2", "oo"),
        ("x^(2+sin(a))", "oo", "", "oo"),
        ("x^cosh(a)", "oo", "", "oo"),
        ("asin(a)*x", "0", "a>1", "not-real"),
        ("tan(a)*x", "0", "cos(a)==0", "undefined"),
        ("x^(1/sin(a)^2)", "oo", "cos(a)==0", "oo"),
        ("x^(1-cos(a))", "oo", "0<a a<6", "oo"),
        ("x^(1+sin(2*a))", "oo", "1<a a<2", "oo"),
        ("sin(x+a)-sin(x)", "oo", "0<a a<6", "oscillates"),
    ],
)
def test_where_functions_of_parameters_lie(expression: str, place: str, condition: str, truth: str) -> None:
    point = families.FAR.get(place) or parse(place).node
    with assuming(assumptions(parse(each, condition=True).node for each in condition.split())):
        found = germs.limit(parse(expression).node, "x", point, 1)
    assert (found.reason or {1: "oo"}[found.infinite]) == truth


def test_no_case_of_parameters_is_wrong() -> None:
    found = parameters.run(12, seed=9)
    assert not found["wrong"]
    assert len(found["right"]) >= 10, found["undecided"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("x^5/(x^5+x^a)", "--to", "oo"), "depends on a: 1 for a < 5, 1/2 for a = 5, 0 for a > 5"),
        (("(x^a-x^b)/x", "--to", "oo", "--assume", "a>b", "--assume", "b>1"), "= oo"),
        (("(x^a-x^b)/x", "--to", "oo", "--assume", "1 > a > b"), "= 0"),
        (("(x^a-x^b)/x", "--to", "oo", "--assume", "a = b"), "= 0"),
        (("x^a", "--to", "oo", "--assume", "a >= 0"), "depends on a: 1 for a = 0, oo for a > 0"),
        (("x^(a^2)", "--to", "oo", "--assume", "a != 0"), "= oo"),
        (("exp(x*(a-1/2))", "--to", "oo", "--assume", "a integer"), "depends on a: 0 for a < 1/2, oo for a > 1/2"),
        (("exp(x*a)", "--to", "oo", "--assume", "c > 0 and a > c"), "= oo"),
        (("exp(x*log(a))", "--to", "oo", "--assume", "a > 1"), "= oo"),
        (("sqrt(a)*x", "--to", "oo", "--assume", "a > 0"), "= oo"),
        (("abs(x-a)", "--at", "a"), "does not exist: -1 from the left, 1 from the right"),
        (("abs(a*x)/x", "--to", "0"), "depends on a: a from the left and -a from the right for a < 0, 0 for a = 0, "
            "-a from the left and a from the right for a > 0"),
        (("sqrt(a^2*x^2+x)-a*x", "--to", "oo", "--assume", "a > 0"), "= 1/(2*a)"),
        (("(a^x+b^x)^(1/x)", "--to", "oo", "--assume", "a > b > 0"), "= a"),
        (("x*(a+sin(x))", "--to", "oo", "--assume", "a > 1"), "= oo"),
        (("sin(x+a)", "--to", "oo"), "does not exist: it oscillates between -1 and 1"),
        (("x^a", "--to", "0", "--assume", "a > 1"), "depends on a: 0 from the right only for a not an integer, "
            "0 for a integer"),
        (("x^n", "--to", "-oo", "--assume", "n integer and n > 0"), "depends on n: oo for n even, -oo for n odd"),
        (("x^(2*n+1)", "--to", "-oo", "--assume", "n integer and n > 0"), "= -oo"),
        (("x^n", "--to", "-oo", "--assume", "n odd and n > 0"), "= -oo"),
        (("floor(x+a)", "--to", "0"), "depends on a: floor(a) for a not an integer, "
            "a - 1 from the left and a from the right for a integer"),
        (("floor(x+n)", "--to", "0-", "--assume", "n integer"), "= n - 1"),
        (("sin(pi*n)*x+cos(pi*n)^2", "--to", "oo", "--assume", "n integer"), "= 1"),
        (("cos(2*pi*n*x)", "--to", "oo", "--assume", "n integer and x integer"), "= 1"),
        (("binomial(n,x)*x", "--to", "0", "--assume", "n>0"), "= 0"),
        (("x*a^x", "--to", "oo", "--assume", "0 < abs(a) < 1 and a > 0"), "= 0"),
        (("floor(x+a)-floor(x)", "--to", "oo"), "depends on a: none for a not an integer, a for a integer"),
        (("floor(x+a)-floor(x)", "--to", "oo", "--assume", "0 < a < 1"), "does not exist: it oscillates"),
        (("cos(a*x)+cos(b*x)", "--to", "oo", "--assume", "a > b > 0"), "does not exist: it oscillates"),
        (("cos(a*x)-cos(b*x)", "--to", "oo", "--assume", "a > 0", "--assume", "a = b"), "= 0"),
        (("cos(a*x)-cos(b*x)", "--to", "oo"), "depends on a, b: 0 for b = a, 0 for a + b = 0, "
            "none for b != a and a + b != 0"),
        (("cos(a*x)-cos(b*x)", "--to", "oo", "--assume", "b != a", "--assume", "a + b != 0"),
            "does not exist: it oscillates"),
        (("besselj(a,x)*x^(-a)", "--to", "0+"), "depends on a: exp(-a*log(2))/gamma(a + 1) for a < -1 and a not an "
            "integer, 0 for a < -1 and a integer, 0 for a = -1, exp(-a*log(2))/gamma(a + 1) for a > -1"),
        (("sin(x)/x", "--to", "a"), "depends on a: sin(a)/a for a < 0, 1 for a = 0, sin(a)/a for a > 0"),
    ],
)  # fmt: skip
def test_cases_and_assumptions_in_words(ask: Ask, words: tuple[str, ...], shown: str) -> None:
    answer = ask("limit", *words, "--var", "x")
    assert answer.out.splitlines()[-1].endswith(f") {shown}" if shown[0] == "=" else f" {shown}")
    assert answer.code == {"=": 0, "depends": 3, "does": 1}[shown.split()[0]]


def test_cases_in_json(ask: Ask) -> None:
    record = json.loads(ask("limit", "abs(x-a)/(x-a)", "--to", "0", "--var", "x", "--json").out)
    assert not record["exists"] and record["reason"] == "undecided"
    assert record["cases"] == [
        {"if": "a < 0", "value": "1"},
        {"if": "a = 0", "value": None, "left": "-1", "right": "1", "reason": "sides-differ"},
        {"if": "a > 0", "value": "-1"},
    ]
    asked = {"command": "limit", "expr": "x^a", "to": "oo", "var": "x", "assume": ["a>0", "a<1"], "rows": 0}
    assert json.loads(ask("batch", stdin=json.dumps(asked)).out)["value"] == "oo"


@pytest.mark.parametrize(
    ("conditions", "error"),
    [
        (("a",), "is no condition"),
        (("a >",), "is no condition"),
        (("sin( > 2",), "--assume sin( > 2: "),
        (("a > 1", "a < 0"), "exclude each other"),
        (("2 < 1",), "exclude each other"),
        (("x < 0",), "x -> oo contradicts --assume x < 0"),
        (("2*n integer",), "is no condition"),
    ],
)
def test_conditions_that_are_none(ask: Ask, conditions: tuple[str, ...], error: str) -> None:
    words = [word for each in conditions for word in ("--assume", each)]
    answer = ask("limit", "x^a", "--to", "oo", "--var", "x", *words)
    assert answer.code == 2 and error in answer.err


def test_an_assumption_that_is_not_used_is_noted(ask: Ask) -> None:
    answer = ask("limit", "1/x", "--to", "oo", "--assume", "b > 0")
    assert answer.code == 0 and "note: --assume b > 0 is not used" in answer.err


@pytest.mark.parametrize(
    ("expr", "value"),
    [
        ("sin(pi*n)", "0"), ("(-1)^n", "oscillates"), ("factorial(n)/n^n", "0"), ("(1+1/n)^n", "E"),
        ("(-1)^n/n", "0"), ("floor(n)-n", "0"), ("floor(n-1/n)-n", "-1"), ("cos(pi*n)*(-1)^n", "1"),
        ("sin(pi*(n^2+n)/2)", "0"), ("(-1)^(n*(n+1)/2)", "oscillates"), ("n/3-floor(n/3)", "oscillates"),
        ("where(floor(n/2)*2==n,1/n,-1/n)", "0"), ("sin(pi*sqrt(n^2+n))^2", "1"), ("gamma(-n)", "undefined"),
        ("sin(n)", "oscillates"), ("sin(sqrt(n))", "oscillates"), ("sin(n^2)", "oscillates"),
        # whether 2**n comes near every phase is not known
        ("sin(2^n)", "undecided"), ("sin(2^n)/n", "0"), ("sin(2*pi*E*factorial(n))", "0"),
        ("n*sin(2*pi*E*factorial(n))", "2*pi"), ("n*sin(pi*E*factorial(n))", "oscillates"),
        ("n^2*(n*sin(2*pi*E*factorial(n))-2*pi)", "-4*pi**3/3 - 2*pi"),
        ("n*sin(2*pi*factorial(n)/E)", "oscillates"), ("sin(pi*sqrt(2)*2^n)", "undecided"),
        ("n*sin(pi*(2^n+1/n))", "pi"), ("2^n/3-floor(2^n/3)", "oscillates"), ("floor(4^n/3)-4^n/3", "-1/3"),
        ("root(-8,2*3^n+1)", "-1"), ("root(-8,2^n)", "not-real"), ("sin(pi*E*factorial(n)/10^6)", "undecided"),
        ("1/sin(n)", "oscillates"), ("sign(sin(n))", "oscillates"), ("tan(n^2)", "oscillates"),
        ("n/sin(n)", "oscillates"),
        ("floor(3*sin(n))", "oscillates"), ("1/(2+sin(n)+sin(sqrt(2)*n))", "oscillates"),
        ("sin(n)*sign(cos(sqrt(n)))", "oscillates"), ("sin(n)*cos(n*(pi+1))", "oscillates"),
        ("sin((2*pi+1)*n)-sin(n)", "0"),
        ("sin(n)+sin(pi*n)+sin(n+2*pi*n)-2*sin(n)", "0"), ("sign(sin(sqrt(2)*pi*n))/n", "0"),
        ("abs(sin(n))^n", "oscillates"), ("1/(1+n*sin(n)^2)", "oscillates"), ("exp(-n*(1-cos(n+1)))", "oscillates"),
        # integers come as near as 1/n to multiples of pi, but nearer nobody knows
        ("1/(1+n^2*sin(n)^2)", "oscillates"), ("1/(1+n^3*sin(n)^2)", "undecided"), ("abs(cos(n))^(n^2)", "oscillates"),
        ("abs(sin(n))^(n^3)", "undecided"), ("exp(-n^2*(1-cos(n+1)))", "oscillates"),
        ("exp(-n*(1-cos(sqrt(n))))", "undecided"),
        ("n*(E*n!-floor(E*n!))", "1"), ("ceiling(n!/7)-n!/7", "0"), ("mod(n!+3,7)", "3"), ("ceiling(E*n!)-E*n!", "1"),
        ("mod(n!,7)+1/n", "0"), ("2*floor((n!+1)/2)-n!", "0"), ("floor(n!/E)*E/n!", "1"),
        ("(-1)^factorial(n)", "1"), ("(-1)^(2^n)", "1"), ("(-1)^(3^n)", "-1"),
        ("(-1)^(2^n+1/n)", "not-real"), ("(-1)^(n/2)", "oscillates"),
        ("(-1)^(n+1/n)", "not-real"), ("(-1)^(n*sqrt(2))", "undecided"), ("(-1)^(2*n+1/2)", "not-real"),
        ("sin(pi*floor(sqrt(n)))", "0"), ("(-1)^floor(n/2)", "oscillates"), ("(-1)^floor(sqrt(n))/n", "0"),
        ("root(-8,2*n+1)", "-1"), ("root(-n,1-2*n)", "-1"), ("root(-8,2*n)", "not-real"),
        ("where(sin(n)==1,1,2)", "2"), ("where(sin(sqrt(2)*pi*n)!=0,1/n,2)", "0"), ("where(sin(n)==sin(n+1),n,2)", "2"),
        ("where(sin(pi*n/2)==1,1,2)", "oscillates"), ("where(sin(pi*EulerGamma*n)==1,1,2)", "undecided"),
        ("where(sin(n^2)==1,1,2)", "undecided"), ("floor(sqrt(n^2+2*n+1))-n", "1"),
        ("tan(pi*n/2)", "undefined"), ("tan(pi*n/2)/n", "undefined"), ("sqrt(sin(n))/n", "not-real"),
        ("binomial(-n,2)", "undefined"), ("binomial(1/2-n,2)/n^2", "1/2"),
        ("sin(log(n))", "oscillates"), ("sin(log(log(n)))*sin(n)", "oscillates"),
        ("log(n)-floor(log(n))", "oscillates"),
        ("sin(n*log(n))", "oscillates"), ("cos(n/log(n))", "oscillates"), ("sin(log(n+1))-sin(log(n))", "0"),
        ("sin(2*pi*exp(log(n)))", "0"), ("sin(pi*n*(1+1/log(n)))", "undecided"), ("sin(exp(n))", "undecided"),
    ],
)  # fmt: skip
def test_sequences(ask: Ask, expr: str, value: str) -> None:
    record = json.loads(
        ask("limit", expr, "--to", "oo", "--assume", "n integer", "--rows", "0", "--json").out
    )
    assert (record["value"] or record["reason"]) == value


WHOLE: list[tuple[str, Callable[[int, int], int]]] = [  # what is whole at integers, with its remainder
    ("factorial(n)", lambda n, m: factorial(n) % m),
    ("gamma(2*n)", lambda n, m: factorial(2 * n - 1) % m),
    ("n^n", lambda n, m: pow(n, n, m)),
    ("(n+3)^(n^2)", lambda n, m: pow(n + 3, n**2, m)),
    ("(n^2+n)/2", lambda n, m: (n * n + n) // 2 % m),
    ("(7^n-1)/3", lambda n, m: (7**n - 1) // 3 % m),
    *((f"{b}^n", lambda n, m, b=b: pow(b, n, m)) for b in (2, 3, 6, 10)),
    *((f"{b}^(2^n+{k})", lambda n, m, b=b, k=k: pow(b, 2**n + k, m)) for b in (3, 5) for k in (0, 1)),
]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("sqrt(sin(x))/x --to x=oo", "f is again and again not real near there"),
        ("sin(x)/sin(x) --to x=oo", "f is again and again not defined near there"),
        ("sqrt(x)*sin(x)^2 --to x=-oo", "f is not real near there"),
        ("where(x<0,x*sqrt(sin(1/x)),x) --to x=0", "f is again and again not real to the left; 0 from the right"),
        ("tan(x)*cos(x)/x --to x=oo --steps", "is not defined along a sequence that goes there"),
    ],
)  # fmt: skip
def test_gaps_on_the_way(ask: Ask, words: str, shown: str) -> None:
    assert shown in ask("limit", *words.split()).out


def test_gaps_beside_a_point_say_nothing_of_the_slope(ask: Ask) -> None:
    """f is real on both sides, now and then."""
    record = json.loads(ask("diff", "where(x==0,0,x^2*sqrt(sin(1/x)))", "--at", "x=0", "--json").out)
    assert record["reason"] == "undecided"


def test_remainders_of_whole_numbers(ask: Ask) -> None:
    """Sums and products of whole numbers go through the same remainders again and again, which are counted."""
    r, undecided = random.Random(5), 0
    for _ in range(24):
        (one, some), (other, more) = r.sample(WHOLE, 2)
        a, b, modulus = r.randint(1, 9), r.randint(-9, 9), r.choice((2, 3, 4, 5, 6, 8))
        added = r.random() < 0.5
        whole = f"{a}*{one}+{b}*{other}" if added else f"({a}*{one}+{b})*{other}"
        seen = set()
        for n in range(24, 144):
            first, second = some(n, modulus), more(n, modulus)
            seen.add((a * first + b * second if added else (a * first + b) * second) % modulus)
        values = {round(float(mp.cos(2 * mp.pi * k / modulus)), 9) for k in seen}
        words = f"cos(2*pi*({whole})/{modulus}) --to oo --assume n_integer --rows 0 --json".split()
        record = json.loads(ask("limit", *(word.replace("_", " ") for word in words)).out)
        reason = record.get("reason")
        undecided += reason == "undecided"  # too many remainders
        if reason != "undecided":
            assert (reason == "oscillates") is (len(values) > 1), (whole, modulus)
            assert record["value"] is None or abs(record["float"] - min(values)) < 1e-8, (whole, modulus)
    assert undecided <= 3


def test_what_multiples_of_powers_of_e_leave() -> None:
    """Of exp(p)*u! beside whole numbers: what goes to 0 for p = 1 and -1 only, and only where u is whole."""
    r = random.Random(3)
    for _ in range(40):
        p, d = r.choice((1, 1, -1, -1, 2, -2)), r.randint(1, 3)
        u, at = r.choice(FACTORIALS)
        with mp.workdps(2000):
            parts = [mp.factorial(at(n)) * mp.exp(p) / d for n in range(24, 36)]
            seen = [float(n * mp.sin(2 * mp.pi * part)) for n, part in zip(range(24, 36), parts, strict=True)]
        root = parse(f"n*sin(2*pi*exp({p})*({u})!/{d})").node
        with assuming(Assumptions(integers=frozenset({"n"}))):
            found = germs.limit(root, "n", families.INFINITY, 1)
        known = abs(p) == 1 and "/" not in u
        assert known is (found.reason != "undecided"), (p, u, d)
        if found.value is not None:
            assert all(abs(each - float(_number(tree(found.value)))) < 0.4 for each in seen), (p, u, d)
        elif found.infinite:
            assert all(each * found.infinite > 9 for each in seen), (p, u, d)
        elif known:
            assert found.reason == "oscillates" and max(seen) - min(seen) > 2, (p, u, d)


FACTORIALS: list[tuple[str, Callable[[int], Any]]] = [
    ("n", lambda n: n), ("n+1", lambda n: n + 1), ("2*n", lambda n: 2 * n), ("2*n+1", lambda n: 2 * n + 1),
    ("3*n-1", lambda n: 3 * n - 1), ("n+1/2", lambda n: mp.mpf(n) + 0.5), ("n/2", lambda n: mp.mpf(n) / 2),
]  # fmt: skip


def test_an_integer_has_no_neighbours(ask: Ask) -> None:
    assert ask("limit", "sin(pi*n)", "--to", "3", "--assume", "n integer").code == 2
