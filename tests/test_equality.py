"""Identities that are proved by algebra in independent generators, and what is not one."""

from __future__ import annotations

from fractions import Fraction

import pytest

from calcgrad.calculus import derivatives, points, symbolic
from calcgrad.calculus.cells import Unsettled
from calcgrad.calculus.equality.coverage import Coverage, Hole, always
from calcgrad.calculus.equality.generators import everywhere, near
from calcgrad.calculus.equality.ideals import vanishes_with
from calcgrad.calculus.equality.quotients import slopes
from calcgrad.calculus.numeric import Undefined
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Name, Node, substitute, text

IDENTITIES = [  # both sides, and a place near which they hold
    ("log(LambertW(x))", "log(x) - LambertW(x)", "2"),
    ("exp(LambertW(x)/2)", "sqrt(x/LambertW(x))", "2"),
    ("beta(x, 2)", "1/(x*(x + 1))", "2"),
    ("binomial(x, 3)", "x*(x - 1)*(x - 2)/6", "5"),
    ("loggamma(x + 1)", "loggamma(x) + log(x)", "2"),
    ("gamma(3/4)*gamma(1/4)", "pi*sqrt(2)", "1"),
    ("gamma(1/2)", "sqrt(pi)", "1"),
    ("erf(x) + erfc(x)", "1", "1"),
    ("root(x, 3)", "cbrt(x)", "2"),
    ("min(x, 1, 3)", "1", "2"),
    ("acoth(x)", "log((x + 1)/(x - 1))/2", "2"),
    ("asech(x)", "acosh(1/x)", "1/2"),
    ("acsch(x)", "asinh(1/x)", "-2"),
    ("asin(2*x/(1 + x^2))", "2*atan(x)", "1/3"),
    ("asin(2*x/(1 + x^2))", "pi - 2*atan(x)", "3"),
    ("atan(x) + atan(1/x)", "-pi/2", "-2"),
    ("cos(2*atan(x))", "(1 - x^2)/(1 + x^2)", "2"),
    ("sqrt(x + 2*sqrt(x - 1))", "1 + sqrt(x - 1)", "3"),
    ("log(sqrt(x^2 + 1) + x)", "-log(sqrt(x^2 + 1) - x)", "3"),
    ("atanh(2*x/(1 + x^2))", "2*atanh(x)", "1/3"),
    ("exp(x + 1)", "exp(1)*exp(x)", "2"),
    ("cos(pi/5)", "(1 + sqrt(5))/4", "1"),
    ("besselj(0, x)", "besselj(0, 2*x - x)", "3"),
]
# that do not hold: another branch, another sign, no value there, or nothing like it
_OTHERS = [
    ("sqrt(x + 2*sqrt(x - 1))", "1 - sqrt(x - 1)", "3"),
    ("tan(asin(x)/2)", "x/(1 - sqrt(1 - x^2))", "1/3"),
    ("asin(2*x/(1 + x^2))", "2*atan(x)", "3"),
    ("sin(30*x)", "x", "1"),
    ("gamma(x + 20)", "x", "2"),
    ("polygamma(8, x + 1)", "x", "2"),
    ("x^x", "exp(x*log(x))", "-2"),
    ("log(-x)", "log(x)", "3"),
    ("0^x", "x", "3"),
    ("cos(pi/7)", "x", "1"),
    ("atan(sinh(x))", "2*atan(x)", "1"),
]


@pytest.mark.parametrize(("one", "other", "place", "equal"), [
    *((*each, True) for each in IDENTITIES), *((*each, False) for each in _OTHERS),
])  # fmt: skip
def test_identities_near_a_place(one: str, other: str, place: str, equal: bool) -> None:
    sides = (symbolic.to_sympy(parse(each).node) for each in (one, other))
    assert near(*sides, "x", Fraction(place)) == equal


@pytest.mark.parametrize(("function", "one", "other", "equal"), [
    ("abs(a*x)", "a*sign(a*x)", "abs(a)*sign(x)", True),
    ("(a*x)^n", "n*a*(a*x)^(n - 1)", "n*(a*x)^n/x", True),
    ("(-2)^n*x", "(-2)^n", "(-1)^n*2^n", True),
    ("(-1)^n*x", "(-1)^n", "(-1)^(n + 1)", False),
    ("a^x", "a^x*log(a)", "a^x*log(2*a)", False),
])  # fmt: skip
def test_identities_for_all_signs_of_parameters(function: str, one: str, other: str, equal: bool) -> None:
    sides = (symbolic.to_sympy(parse(each).node) for each in (one, other))
    assert everywhere(parse(function).node, *sides, "x") == equal


def _hole(function: str, claim: str, names: list[str]) -> Hole | None:
    """The first place where a claim that is equal to the derivative beside it lacks a value."""
    root, wanted = parse(function).node, parse(claim).node
    formula = derivatives.derivative(root, ["x"])

    def compare(point: dict[str, Node]) -> tuple[str, str]:
        found = points.at_point(root, ["x"], point, formula)
        if not found.exists:
            return "unknown" if found.reason == "undecided" else "apart", ""
        here = substitute(wanted, {Name(name): place for name, place in point.items()})
        if isinstance(symbolic.evaluate(here), Undefined):
            return "different", "not defined"
        return "same" if symbolic.is_zero(found.value - symbolic.to_sympy(here)) else "unknown", ""

    return Coverage(root, wanted, "x", names, compare, 1, formula.tree).search()


@pytest.mark.parametrize(("function", "claim", "names", "at"), [
    ("log(a - 1)*x", "log(a - 1)*a/a", "xa", None),  # where a is 0 f is not real
    ("log(a)*x", "log(a)*(a - 1)/(a - 1)", "xa", {"x": "7/3", "a": "1"}),
    ("x", "sqrt(a)/sqrt(a)", "xa", {"x": "0", "a": "-8/5"}),
    ("x", "(cos(x) - x)^x/(cos(x) - x)^x", "x", {"x": "15/8"}),  # a negative base
    ("(cos(x) - x)*abs(cos(x) - x)", "-2*(sin(x) + 1)*abs(cos(x) - x)", "x", None),
])  # fmt: skip
def test_places_where_a_claim_lacks_a_value(
    function: str, claim: str, names: str, at: dict[str, str] | None
) -> None:
    found = _hole(function, claim, list(names))
    assert (found and found.point and {name: text(place) for name, place in found.point.items()}) == at


@pytest.mark.parametrize(("function", "claim", "names"), [
    ("x^n", "n*x^(2*n - 1)/x^n", "xn"),  # at x = 0 it depends on n
    ("x^2*a", "2*x*a*where(a > 1, 1, 1)", "xa"),
    ("abs(cos(x) - x)", "-(sin(x) + 1)*sign(cos(x) - x)", "x"),
    ("x", "where(cos(x) > x, 1, 1)", "x"),
])  # fmt: skip
def test_places_that_are_not_settled_are_named(function: str, claim: str, names: str) -> None:
    with pytest.raises(Unsettled):
        _hole(function, claim, list(names))


@pytest.mark.parametrize(("condition", "holds"), [
    ("x^2 + 1 > 0", True), ("x > 0", False), ("x > 0 or x^2 + 1 > 0", True), ("not x > 0", False),
])  # fmt: skip
def test_what_always_holds(condition: str, holds: bool) -> None:
    assert always(parse(f"where({condition}, 1, 0)").node.args[1]) == holds  # type: ignore[union-attr]


@pytest.mark.parametrize(("function", "at", "status"), [
    ("abs(x)", "0", "none"), ("exp(exp(exp(x)))", "9", ""), ("log(x)", "-1", "none"), ("sin(x)", "pi", "value"),
    ("where(x == 0, 0, x*sin(1/x))", "0", ""), ("where(x == 0, 0, x^2*sin(1/x))", "0", "value"),
])  # fmt: skip
def test_what_difference_quotients_tell(function: str, at: str, status: str) -> None:
    assert slopes(parse(function).node, "x", parse(at).node).status == status


@pytest.mark.parametrize(("tree", "zero", "multiple"), [
    ("x^3 + x*y^2 - x", "x^2 + y^2 - 1", True), ("x + y", "x - y", False), ("floor(x)^y", "x - 1", False),
])  # fmt: skip
def test_what_is_zero_where_another_is(tree: str, zero: str, multiple: bool) -> None:
    assert vanishes_with(parse(tree).node, parse(zero).node) == multiple
