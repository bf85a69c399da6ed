"""Constants that are zero, and others that are nearly so: identities with names, random ones, and all bounds hold.

python tests/test_algebraic.py 3000   # so many random constants of each kind
"""

from __future__ import annotations

import random
import sys
from fractions import Fraction
from math import log2

import pytest
import sympy
from mpmath import mp, mpf

from calcgrad.calculus import algebraic, numeric, vanishing
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Node

ZERO = [
    "8*cos(2*pi/9)^3 - 6*cos(2*pi/9) + 1",
    "cos(pi/7) - cos(2*pi/7) + cos(3*pi/7) - 1/2",
    "tan(3*pi/11) + 4*sin(2*pi/11) - sqrt(11)",
    "sin(pi/14)*sin(3*pi/14)*sin(5*pi/14) - 1/8",
    "cos(20*pi/180)*cos(40*pi/180)*cos(80*pi/180) - 1/8",  # Morrie's law
    "16*cos(2*pi/17)+1-sqrt(17)-sqrt(34-2*sqrt(17))-2*sqrt(17+3*sqrt(17)-sqrt(34-2*sqrt(17))-2*sqrt(34+2*sqrt(17)))",
    "sqrt(2) + sqrt(3) - sqrt(5+2*sqrt(6))",
    "cbrt(cbrt(2)-1) - cbrt(1/9) + cbrt(2/9) - cbrt(4/9)",  # Ramanujan
    "sqrt(cbrt(5)-cbrt(4)) - (cbrt(2)+cbrt(20)-cbrt(25))/3",  # Ramanujan
    "cbrt(2+sqrt(5)) + cbrt(2-sqrt(5)) - 1",
    "sqrt(sqrt(2)+sqrt(3)-sqrt(5+2*sqrt(6)))",  # of zero
    "16*atan(1/5) - 4*atan(1/239) - pi",  # Machin
    "atan(1) + atan(2) + atan(3) - pi",
    "asin(1/3) + acos(1/3) - pi/2",
    "(2*cos(acos(-1/2)/3))^3 - 6*cos(acos(-1/2)/3) + 1",
    "cos(atan(2)) - 1/sqrt(5)",
    "log(1+sqrt(2)) + log(sqrt(2)-1)",
    "asinh(1) - log(1+sqrt(2))",
    "atanh(1/2) - log(3)/2",
    "acosh(2) - log(2+sqrt(3))",
    "sinh(log(2)) - 3/4",
    "max(sqrt(2), sqrt(3)) - hypot(1, sqrt(2))",
    "pi*(sqrt(2)+sqrt(3)) - pi*sqrt(5+2*sqrt(6))",
    "(-exp(pi)*(sqrt(2)+cbrt(3)))/(sqrt(2)+cbrt(3)) + exp(pi)",
    "1/pi + 1/e - (e+pi)/(pi*e)",
    "(pi+sqrt(2))^2 - pi^2 - 2*sqrt(2)*pi - 2",
    "2 - erf(1) - sqrt(erf(1)^2 - 4*erf(1) + 4)",
    "erf(1) - exp(-5/2) - sqrt(erf(1)^2 + exp(-5) - 2*exp(-5/2)*erf(1))",
    "sqrt(pi+e+2*sqrt(pi*e)) - sqrt(pi) - sqrt(e)",
    "1/(sqrt(pi+1)+sqrt(pi)) - sqrt(pi+1) + sqrt(pi)",
    "(pi^2-1)/(pi+1) - pi + 1",
    "(pi-1)/(1-pi) + 1",
    "sqrt(sqrt(pi+1)+sqrt(pi))*sqrt(sqrt(pi+1)-sqrt(pi)) - 1",
    "(EulerGamma^4 - 4*EulerGamma^3 + 6*EulerGamma^2 - 4*EulerGamma + 1)^(1/4) + EulerGamma - 1",
    "exp(1/3)^3 - e",
    "atan(EulerGamma - 2) + atan(sqrt(EulerGamma^2 - 4*EulerGamma + 4))",
    "erf(sqrt(pi)/sqrt(e)) - erf(sqrt(pi*e)/e)",
    "2^(cbrt(2)^(3/2)) - 2^sqrt(2)",
    "besselj(0, sqrt(2)*sqrt(pi)) - besselj(0, sqrt(2*pi))",
]
NOT_ZERO = [
    ("sqrt(2) + sqrt(3) - sqrt(5+2*sqrt(6)) + 10^-100", 1),
    ("16*atan(1/5) - 4*atan(1/239) - pi - 10^-60", -1),
    ("cos(2*pi/9) - cos(2*pi/9+10^-150*pi)", None),  # a field of too high a degree
    ("sqrt(10^20+1) - 10^10 - 1/(2*10^10)", -1),
    ("cbrt(10^30+1) - 10^10", 1),
    ("cos(pi/7)^2 - 0.8117449009293667541", 1),
    ("pi - 355/113", -1),
    ("erf(1) - 2 - sqrt(erf(1)^2 - 4*erf(1) + 4)", -1),
    ("exp(pi) - pi - 20", -1),
]


def constant(text: str) -> Node:
    return parse(text).node


@pytest.mark.parametrize("text", ZERO)
def test_identities(text: str) -> None:
    assert vanishing.equals(constant(text), Fraction(0)) is True
    assert vanishing.equals(constant(f"{text} + 7"), Fraction(7)) in (True, None)


@pytest.mark.parametrize("text, known", NOT_ZERO)
def test_what_is_nearly_zero(text: str, known: int | None) -> None:
    assert vanishing.sign(constant(text)) == known


@pytest.mark.parametrize("text", ["1/0", "sqrt(-2)", "acos(2) - acos(2)", "log(-1) - log(-1)", "x - x",
    "1/(pi-pi) - 1/(pi-pi)", "sqrt(-pi) - sqrt(-pi)", "1/(cos(pi/9)-cos(pi/9))"])  # fmt: skip
def test_what_has_no_value_has_no_sign(text: str) -> None:
    assert vanishing.sign(constant(text)) is None


ROOTS = [
    f"root({k},{n})" for n in (9001, 9007, 9011, 9013, 9029) for k in range(2, 22)
]  # of a degree beyond doubles
GIANT = [
    "sqrt(2)^(10^400)-1",
    "cos(pi/7)^(10^350)-1",
    "exp(10^400*log(2))-1",
    "2^(-10^400)-1",
    "+".join(ROOTS),
]


@pytest.mark.parametrize("text", GIANT, ids=range(len(GIANT)))
def test_giant_exponents_and_degrees(text: str) -> None:
    assert vanishing.sign(constant(text)) in (None, 1, -1)


class Maker:
    """Random real algebraic constants."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)

    def make(self, deep: int) -> str:
        choose = self.choose
        if not deep:
            return choose.choice([
                str(choose.randint(1, 9)), f"{choose.randint(1, 9)}/{choose.randint(2, 9)}",
                f"sqrt({choose.randint(2, 7)})", f"cbrt({choose.randint(2, 9)})",
                f"{choose.choice(['cos', 'sin', 'tan'])}({choose.randint(1, 5)}*pi/{choose.choice([7, 9, 11])})",
                f"cos(acos(1/{choose.randint(2, 5)})/{choose.choice([2, 3])})",
                f"sin(2*atan({choose.randint(1, 5)}/3))",
            ])  # fmt: skip
        a, b = self.make(deep - 1), self.make(choose.randrange(deep))
        form = choose.choice(
            ["({a})+({b})", "({a})-({b})", "({a})*({b})", "sqrt(({a})^2+({b})^2)", "1/(3+({a})^2)"]
        )
        return form.format(a=a, b=b)


IDENTITIES = [
    "(({a})+({b}))*(({a})-({b})) - (({a})^2-({b})^2)",
    "sqrt((({a})+({b}))^2) - abs(({a})+({b}))",
    "cbrt((({a})-({b}))^3) - ({a}) + ({b})",
    "sin(acos(1/(2+({a})^2)))^2 + 1/(2+({a})^2)^2 - 1",
    "atan(({a})^2+1) + atan(1/(({a})^2+1)) - pi/2",
    "log(1+({a})^2) + log(2+({b})^2) - log((1+({a})^2)*(2+({b})^2))",
    "pi*(({a})-({b})) - pi*({a}) + ({b})*pi",
]


def fault(seed: int) -> str | None:
    """What is wrong with the signs of an identity and of what is next to it, if anything is; a bound that fails too."""
    maker = Maker(seed)
    a, b = maker.make(1), maker.make(maker.choose.randint(0, 1))
    form = maker.choose.choice(IDENTITIES)
    text = form.format(a=a, b=b)
    if (found := vanishing.sign(constant(text))) not in (0, None):
        return f"{seed}: {text} is 0, not of sign {found}"
    beside = f"{text} {maker.choose.choice('+-')} 10^-{maker.choose.randint(1, 400)}"
    expected = 1 if "+ 10^-" in beside else -1
    if (found := vanishing.sign(constant(beside))) not in (expected, None):
        return f"{seed}: {beside} has sign {expected}, not {found}"
    for part in (a, b, f"({a})-({b})", f"({a})^2-({b})^2"):
        bits = algebraic._separation(constant(part), Fraction(0))
        value = numeric.ball(constant(part), None, 600)
        if bits is not None and isinstance(value, numeric.Ball):
            with mp.workdps(600):
                if mpf("1e-500") < abs(value.mid) < mpf(2) ** -bits:
                    return f"{seed}: {part} is smaller than its bound of {bits} bits"
    return None


def test_heights_are_those_of_fractions() -> None:
    """Upper bounds for a number and a divisor that makes it an integer, of which neither is too small."""
    for a, b in (
        (Fraction(2, 8), Fraction(4, 32)),
        (Fraction(7, 2), Fraction(1, 9)),
        (Fraction(5), Fraction(3, 16)),
    ):
        one, other = (algebraic.Height(log2(each.numerator), log2(each.denominator)) for each in (a, b))
        for value, height in ((a + b, one + other), (a * b, one * other), (1 / a, one.inverse())):
            assert (
                height.top >= log2(value.numerator) - 1e-9 and height.below >= log2(value.denominator) - 1e-9
            )
        assert (one + other).top <= log2(a.numerator * b.denominator + b.numerator * a.denominator) + 1e-9


@pytest.mark.parametrize("turn", ["1/4", "1/9", "2/9", "3/8", "5/6", "7/15", "4"])
def test_degrees_are_those_of_fields(turn: str) -> None:
    """exp(i*pi*turn) is a root of unity, the field of which has Euler's function of its order for a degree."""
    field = algebraic._Field()
    field.of(parse(f"cos({turn}*pi)").node)
    assert field.degree() % int(sympy.totient((Fraction(turn) / 2).denominator)) == 0


def test_sums_of_multiples() -> None:
    found = algebraic.linear(parse("3*(5*pi) - (2*pi)*7/4 + 2 - (sqrt(2)*3 - 1/2) - pi*0").node)
    assert found == {
        parse("pi").node: Fraction(23, 2),
        algebraic.ONE: Fraction(5, 2),
        parse("sqrt(2)").node: -3,
    }


def test_random_identities() -> None:
    assert [each for seed in range(60) if (each := fault(seed))] == []


def test_most_are_decided() -> None:
    decided = [
        vanishing.sign(constant(IDENTITIES[seed % len(IDENTITIES)].format(a=maker.make(0), b=maker.make(0))))
        for seed in range(70)
        if (maker := Maker(seed))
    ]
    assert decided.count(0) >= 60


if __name__ == "__main__":
    print(*filter(None, map(fault, range(int(sys.argv[1])))), sep="\n")
