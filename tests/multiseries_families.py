"""Limits whose truth is known by construction, in families that each roam one kind of function.

    python tests/multiseries_families.py 1000 [seed]     # as many of each family; what is wrong or undecided

A case is an expression in x, the place, the side, and the truth: a number's text, "oo", "-oo", "none" (no limit, finite
or not), or "not-real".
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from math import comb, factorial

from calcgrad.calculus import numeric
from calcgrad.calculus.multiseries import exact, germs
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import INFINITY, Call, Node, Number

Case = tuple[str, str, int, str]  # expression, place, side, truth
Family = Callable[[random.Random], Case]

FAR: dict[str, Node] = {"oo": INFINITY, "-oo": Call("neg", (INFINITY,))}


def number(r: random.Random, least: int = -12, most: int = 12) -> Fraction:
    """Positive, of any size."""
    return Fraction(r.randint(1, 9999), r.choice((1, 7, 100, 999))) * Fraction(10) ** r.randint(least, most)


def small(r: random.Random) -> Fraction:
    return Fraction(r.randint(1, 9), r.randint(1, 4))


def signed(value: Fraction, r: random.Random) -> Fraction:
    return value if r.random() < 0.5 else -value


def t(value: Fraction | int) -> str:
    return f"({value})"


# ------------------------------------------------------------------------------------------------------- scales


def scales(r: random.Random) -> Case:
    a, b, c, d = (number(r) for _ in range(4))
    A, B, C, D = map(t, (a, b, c, d))
    p, q = r.sample(range(1, 9), 2)
    low, high = min(p, q), max(p, q)
    s = signed(a, r)
    choices: list[Callable[[], Case]] = [
        lambda: (f"({t(s)}*x^{high}+{B}*x^{low})/({C}*x^{high}+{D})", "oo", 1, t(s / c)),
        lambda: (f"({t(s)}*x^{high}+{B}*x^{low})/({C}*x^{high}+{D}*x^{low})", "0", 1, t(b / d)),
        lambda: (f"{A}*log({B}*x)/({C}*log({D}*x^{p}))", "oo", 1, t(a / c / p)),
        lambda: (f"(exp({t(s)}*x)-1)/({B}*x)", "0", r.choice((1, -1)), t(s / b)),
        lambda: (f"{B}*x*sin({t(s)}/x)", "oo", 1, t(b * s)),
        lambda: (f"max(log({A}*x),{B})-log(x)", "oo", 1, f"log({A})"),
        lambda: (f"1/({A}*sin({B}*x)+{C}*log(x))", "oo", 1, "0"),
        lambda: (f"{A}*x^{high}+{B}*x^{low}*cos({C}*x)", "oo", 1, "oo"),
        lambda: (f"where(log({C}*x)<{A},{B},{D})", "oo", 1, t(d)),
        lambda: (f"where({A}*x<{B}*x^2,{C},{D})", "0", 1, t(d)),
        lambda: (f"sqrt({A}^2*x^2+{B}*x)-{A}*x", "oo", 1, t(b / a / 2)),
        lambda: (f"{A}*x*atan({t(s)}/x)", "oo", 1, t(a * s)),
        lambda: (f"exp(-{A}*x)*x^{p}*{B}", "oo", 1, "0"),
        lambda: (f"log({A}*x)^({p})/({B}*x)^{t(Fraction(1, q))}", "oo", 1, "0"),
        lambda: (f"{A}*log(log({B}*x)+{C})/log(log(x))", "oo", 1, A),
        lambda: (f"sqrt(log({A}*x)-{B})/sqrt({C}*log(x))", "oo", 1, f"1/sqrt({C})"),
        lambda: (f"{A}*tanh({B}*x)-{C}*x/sqrt(x^2+{D})", "oo", 1, t(a - c)),
        lambda: (f"asin({A}/log({B}*x))*log(x)", "oo", 1, A),
        lambda: (f"(1+{t(s)}/x)^(x/{t(abs(s))})", "oo", 1, "E" if s > 0 else "1/E"),
        lambda: (f"besselj(0,{B}*x+1)+sign(x)*{A}-besselj(0,1)", "0", -1, t(-a)),
        lambda: (f"x*{A}/(sqrt({B}+x)-sqrt({B}))", "0", r.choice((1, -1)), f"2*{A}*sqrt({B})"),
    ]
    return r.choice(choices)()


# ------------------------------------------------------------------------------------------------------- towers

# by growth: each is to every power smaller than the next
GROWTH = (
    "log(log(log(x)))", "log(log(x))", "log(x)", "exp(sqrt(log(x)))", "x", "exp(log(x)^2)", "exp(sqrt(x))", "exp(x)",
    "exp(x^2)", "exp(exp(sqrt(x)))", "exp(exp(x))", "exp(exp(exp(x)))",
)  # fmt: skip
EQUAL: dict[str, tuple[str, ...]] = {
    "x": ("exp(log(x))", "(x+log(x))", "x*(1+1/log(x))", "exp(log(x)+1/x)", "(x+exp(-x))", "sinh(asinh(x))"),
    "log(x)": ("log(x+log(x))", "log(3*x)", "log(exp(log(x))+1)", "(log(x)+1)", "log(sinh(x))*log(x)/x"),
    "exp(x)": ("exp(x+1/x)", "2*sinh(x)", "exp(x)*(1+1/log(x))", "exp(log(exp(x)+x))", "(exp(x)+x^9)"),
    "log(log(x))": ("log(log(2*x))", "log(log(x^2)/2)", "log(log(x)+log(log(x)))"),
    "exp(x^2)": ("exp(x^2+1/x)", "exp((x+exp(-x))^2)"),
    "exp(exp(x))": ("exp(exp(x)+1/x)", "exp(exp(x+exp(-2*x)))", "(exp(exp(x))+exp(x))"),
    "exp(sqrt(x))": ("exp(sqrt(x+1))", "exp(sqrt(x)+1/x)"),
}  # fmt: skip


def towers(r: random.Random) -> Case:
    i, j = sorted(r.sample(range(len(GROWTH)), 2))
    slow, fast = GROWTH[i], GROWTH[j]
    like = r.choice(EQUAL.get(fast, (fast,)))
    p, q, c = r.randint(1, 5), r.choice((Fraction(1), Fraction(1, 2), Fraction(3))), signed(small(r), r)
    choices: list[Case] = [
        (f"({slow})^({p})/({fast})^{t(q)}", "oo", 1, "0"),
        (f"({like})/({slow})^{p}", "oo", 1, "oo"),
        (f"({t(c)}*{like}+{slow})/({fast})", "oo", 1, t(c)),
        (f"({slow})^{p}-{like}", "oo", 1, "-oo"),
        (f"log({fast}+{slow})-log({fast})", "oo", 1, "0"),
        (f"({like}-{fast})/{fast}", "oo", 1, "0"),
        (f"1/(1/({slow})+1/({like}))/({slow})", "oo", 1, "1"),
        (f"max({t(c)}*{fast},{slow})/({like})", "oo", 1, t(max(c, Fraction(0)))),
    ]
    return r.choice(choices)


# ------------------------------------------------------------------------------------------- what cancels


def _geometric(n: int) -> Fraction:
    return Fraction(1)


POWERS: dict[str, Callable[[int], Fraction]] = {
    "exp({})": lambda n: Fraction(1, factorial(n)),
    "sin({})": lambda n: Fraction((-1) ** (n // 2), factorial(n)) if n % 2 else Fraction(0),
    "cos({})": lambda n: Fraction((-1) ** (n // 2), factorial(n)) if n % 2 == 0 else Fraction(0),
    "log(1+{})": lambda n: Fraction((-1) ** (n + 1), n) if n else Fraction(0),
    "1/(1-{})": _geometric,
    "sqrt(1+{})": lambda n: Fraction((-1) ** (n + 1) * comb(2 * n, n), 4**n * (2 * n - 1)),
    "atan({})": lambda n: Fraction((-1) ** (n // 2), n) if n % 2 else Fraction(0),
    "sinh({})": lambda n: Fraction(1, factorial(n)) if n % 2 else Fraction(0),
    "log1p({})": lambda n: Fraction((-1) ** (n + 1), n) if n else Fraction(0),
    "asinh({})": lambda n: Fraction((-1) ** (n // 2) * comb(n - 1, n // 2), 2 ** (n - 1) * n) if n % 2 else Fraction(0),
    "LambertW({})": lambda n: Fraction((-n) ** (n - 1), factorial(n)) if n else Fraction(0),
    "besselj(0,2*{})": lambda n: Fraction((-1) ** (n // 2), factorial(n // 2) ** 2) if n % 2 == 0 else Fraction(0),
    "sigmoid({})-1/2": lambda n: (Fraction(0), Fraction(1, 4), Fraction(0), Fraction(-1, 48), Fraction(0),
                                  Fraction(1, 480), Fraction(0), Fraction(-17, 80640))[n],
}  # fmt: skip


def cancellations(r: random.Random) -> Case:
    """A function less the first terms of its power series, to the sixth."""
    name, coefficient = r.choice(list(POWERS.items()))
    c, n = signed(small(r), r), r.randint(1, 6)
    inner, place, side = r.choice(
        (("x", "0", 1), ("x", "0", -1), ("1/x", "oo", 1), ("1/x", "-oo", 1), ("exp(-x)", "oo", 1),
         ("1/log(x)", "oo", 1), ("(x-2)", "2", 1), ("sqrt(x)", "0", 1))
    )  # fmt: skip
    terms = "".join(f"-{t(coefficient(k) * c**k)}*({inner})^{k}" for k in range(n))
    whole = name.format(f"({t(c)}*({inner}))")
    return f"({whole}{terms})/({inner})^{n}", place, side, t(coefficient(n) * c**n)


# ------------------------------------------------------------------------------------------- oscillations

ANGLES = (
    "x",
    "x^2",
    "log(x)",
    "log(log(x))",
    "sqrt(x)",
    "exp(x)",
    "x*log(x)",
    "x+sqrt(x)",
    "x^2+x",
    "gamma(x)",
)
LARGE = ("x", "log(x)", "x^2", "exp(x)", "sqrt(x)", "log(log(x))", "x/log(x)")


def oscillations(r: random.Random) -> Case:
    g = r.choice(ANGLES)
    a, b = number(r), number(r)
    wave = r.choice(("sin", "cos")) + f"({t(small(r))}*({g})+{r.randint(0, 3)})"
    other = r.choice(("sin", "cos")) + f"({g})"
    i, j = sorted(r.sample(range(3), 2))
    slow, fast = (("log(x)", "x", "exp(x)")[k] for k in (i, j))
    big, n, c = r.choice(LARGE), r.randint(1, 4), small(r) + 1
    choices: list[Case] = [
        (f"{t(a)}*{wave}^{n}/({big})", "oo", 1, "0"),
        (f"{t(a)}*{wave}+{t(b)}/({big})", "oo", 1, "none"),
        (f"({big})*{wave}", "oo", 1, "none"),
        (f"{t(a)}*{slow}*{wave}+{t(b)}*{fast}", "oo", 1, "oo"),
        (f"cos({t(a)}*(x+{t(b)})^2)-cos({t(a)}*x^2)", "oo", 1, "none"),
        (f"sin({g}+log({g}))-sin({g})*cos(log({g}))-cos({g})*sin(log({g}))", "oo", 1, "0"),
        (f"x^{n}*(fresnels(x+{t(b)})-fresnels(x))", "oo", 1, "none"),
        (f"{t(a)}*{slow}+{t(b)}*{fast}*{wave}", "oo", 1, "none"),
        (f"1/({t(a)}*{wave}+{big})", "oo", 1, "0"),
        (f"({big})/({t(c)}*({big})+{wave})", "oo", 1, t(1 / c)),
        (f"tan({g})/({big})", "oo", 1, "none"),
        (f"1/(({big})*{other}^2)", "oo", 1, "none"),
        (f"1/(1+({big})*({other}-{t(Fraction(r.randint(-9, 9), 10))})^2)", "oo", 1, "none"),
        (f"exp(-({big})*({other}-{t(Fraction(r.randint(-9, 9), 10))})^2)", "oo", 1, "none"),
        (f"log(2+{wave})/({big})", "oo", 1, "0"),
        (f"(2+{wave})^(1/({big}))", "oo", 1, "1"),
        (f"({t(1 + a)}+{wave})*({big})", "oo", 1, "oo"),
        (f"({other}^2+sin({g})^2)*({big})-({big})*({other}^2+sin({g})^2)", "oo", 1, "0"),
        (f"sin({g})^2+cos({g}+1/({big}))^2", "oo", 1, "1"),
        (f"sign({wave})", "oo", 1, "none"),
        (f"abs({wave})/({big})", "oo", 1, "0"),
        (f"where({wave}>0,1,-1)/({big})", "oo", 1, "0"),
        (f"where({wave}>0,1/({big}),2)", "oo", 1, "none"),
        (f"sin({g}+{wave})/({big})", "oo", 1, "0"),
        (f"({big})^({wave})", "oo", 1, "none"),
        (f"({big})^(2+{wave})", "oo", 1, "oo"),
        (f"sin({t(small(r))}*x)+{t(small(r))}*cos(sqrt({r.choice((2, 3, 5))})*x)", "oo", 1, "none"),
        (f"({big})*(sin(x)+cos(pi*x))", "oo", 1, "none"),
        (f"gamma({t(Fraction(5, 2))}+{wave})/({big})", "oo", 1, "0"),
        (f"atan(({big})*{wave})", "oo", 1, "none"),
        (f"asin({wave})/({big})", "oo", 1, "0"),
        (f"sin(1/x)*x^{n}" if r.random() < 0.5 else f"cos(1/x)*abs(x)^{n}", "0", r.choice((1, -1)), "0"),
        (f"sin(1/x^{n})+{t(b)}*x", "0", r.choice((1, -1)), "none"),
    ]
    return r.choice(choices)


# ------------------------------------------------------------------------------------------------------- floors


def floors(r: random.Random) -> Case:
    a, b, n = small(r), signed(small(r), r), r.randint(-4, 4)
    big = number(r, 0, 12)
    function = r.choice(("floor", "ceiling"))
    up = function == "ceiling"
    beside = 1 if r.random() < 0.5 else -1  # comes from above or from below
    near = n if (beside > 0) != up else n + (1 if up else -1)
    whole = r.choice((f"{n}+{t(beside)}/x", f"{n}+{t(beside)}*exp(-x)", f"{n}+{t(beside)}/log(x)"))
    choices: list[Case] = [
        (f"{function}({whole})", "oo", 1, str(near)),
        (f"{function}({t(a)}*x+{t(b)})/x", "oo", 1, t(a)),
        (f"{function}({t(a)}*x)-{t(a)}*x", "oo", 1, "none"),
        (f"x*{function}({t(big)}/x)", "0", 1, t(big)),
        (f"{function}({t(a)}*x+{t(b)})*{t(big)}-log(x)", "oo", 1, "oo"),
        (f"log2({function}({t(a)}*x))/log2(x)", "oo", 1, "1"),
        (f"cosh({function}(x))-{t(big)}", "oo", 1, "oo"),
        (
            f"{function}({n}-x^2)",
            "0",
            r.choice((1, -1)),
            str(n if up else n - 1),
        ),
        (f"{function}({n}+x)", "0", 1, str(n + 1 if up else n)),
        (f"{function}({n}+x)", "0", -1, str(n if up else n - 1)),
        (f"{function}(cos(x)*{abs(n) + 1})", "0", 1, str(abs(n) + 1 if up else abs(n))),
        (f"{function}(sin(x)/x)", "0", 1, "1" if up else "0"),
        (f"{function}(x+1/2)-{function}(x)", "oo", 1, "none"),
        (f"{function}(x+{abs(n) + 1})-{function}(x)", "oo", 1, str(abs(n) + 1)),
        (f"{function}(x+1/x)-{function}(x)", "oo", 1, "none"),
        (f"({function}(2*x)-2*{function}(x))/x", "oo", 1, "0"),
        (f"{function}(log(x))/log(x)", "oo", 1, "1"),
        (f"{function}(3*sin(log(x)))", "oo", 1, "none"),
        (f"1/(1+x^2*(x-floor(x)-{t(Fraction(r.randint(1, 9), 10))})^2)", "oo", 1, "none"),
        (f"x^3+x-{function}({t(a)}*x)", "oo", 1, "oo"),
        (
            f"{function}(tanh(x)*{t(small(r) + 0)})*0+{function}({n}-tanh(x)/x)",
            "oo",
            1,
            str(n if up else n - 1),
        ),
        (f"sin({function}(x))/x", "oo", 1, "0"),
        ("(x-floor(x))*x", "oo", 1, "none"),
        (f"(x-floor(x))/{t(big)}*exp(-x)", "oo", 1, "0"),
    ]
    return r.choice(choices)


STEPPED = ("x", "log(x)", "sqrt(x)", "log(log(x))", "x/3", "2*x+1/2", "x^2", "x+log(x)")


def steps(r: random.Random) -> Case:
    """What is whole for ever, and what is left of it; a fraction comes to 1 and never is."""
    u, big = r.choice(STEPPED), r.choice(LARGE)
    c, k, n = small(r), r.randint(2, 5), r.randint(1, 6)
    part, whole = f"({u}-floor({u}))", r.choice((f"floor({u})", f"ceiling({u})"))
    g = r.choice(("x", "x^2", "sqrt(x)"))
    choices: list[Case] = [
        (f"(-1)^{whole}", "oo", 1, "none"),
        (f"(-1)^(2*{whole}+{n})", "oo", 1, "1" if n % 2 == 0 else "-1"),
        (f"(-1)^{whole}/({big})", "oo", 1, "0"),
        (f"(-{k})^{whole}/{k + 1}^{whole}", "oo", 1, "0"),
        (f"root(-{t(c)},2*{whole}+{2 * n + 1})", "oo", 1, "-1"),
        (f"root(-{t(c)},2*{whole})", "oo", 1, "not-real"),
        (f"sin({n}*pi*{whole})", "oo", 1, "0"),
        (f"cos(2*{n}*pi*{whole})", "oo", 1, "1"),
        (f"cos(2*pi*{whole}/{k})", "oo", 1, "none"),
        (f"sin(pi*{whole}*{n})*({big})", "oo", 1, "0"),
        (f"cos(pi*({whole}^2+{2 * n + 1}*{whole}))", "oo", 1, "1"),
        (f"(-1)^({whole}^2)", "oo", 1, "none"),
        (f"sin({n}*pi*{whole}^{r.randint(2, 4)})*({big})", "oo", 1, "0"),
        (f"floor({n}*{whole}^2+{whole}/{k})-{n}*{whole}^2-floor({whole}/{k})", "oo", 1, "0"),
        (f"floor({g}^2)-floor({g})^2", "oo", 1, "none"),
        (f"where({part}<1,{t(c)},-1)", "oo", 1, t(c)),
        (f"where({part}<{t(Fraction(n, 7))},{t(c)},-1)", "oo", 1, "none"),
        (f"sign(1-{part})", "oo", 1, "1"),
        (f"1/(1-{part})/({big})", "oo", 1, "none"),
        (f"log(1-{part})/({big})", "oo", 1, "none"),
        (f"(2-{part})^(1/({big}))", "oo", 1, "1"),
        (f"floor({part})", "oo", 1, "0"),
        (f"floor({whole}/{k})-floor(({u})/{k})", "oo", 1, "0" if "floor" in whole else "none"),
        ("+".join(f"floor({u}+{i}/{k})" for i in range(k)) + f"-floor({k}*({u}))", "oo", 1, "0"),  # Hermite
        (f"floor({k}*({u}))-{k}*floor({u})", "oo", 1, "none"),
        (f"floor({u}+{n})-floor({u})", "oo", 1, str(n)),
        (f"floor({u}+1/({big}))-floor({u})", "oo", 1, "none"),
        (f"sin(2*pi*({u}))-sin(2*pi*{part})", "oo", 1, "0"),
        (f"(floor({u})+sin({g}))/({u})", "oo", 1, "1"),
        (f"floor({g}+sin({g}))/({g})", "oo", 1, "1"),
        (f"floor(x*sin({g}))/x^2", "oo", 1, "0"),
        (f"sin(x*cos({g}))/({big})", "oo", 1, "0"),
        (f"sin(x*cos({g}))^2+cos(x*cos({g}))^2", "oo", 1, "1"),
        (f"1/({t(c + 2)}+sin(x)+sin(sqrt({r.choice((2, 3, 5))})*x))", "oo", 1, "none"),
        (f"floor({k}*sin(x)+{k}*sin(sqrt({r.choice((2, 3, 5))})*x)+sqrt(2)*sin(pi*x))", "oo", 1, "none"),
        (f"x*(-1)^floor({t(c)}/x)", "0", r.choice((1, -1)), "0"),
        (f"(-1)^floor({t(c)}/x)", "0", r.choice((1, -1)), "none"),
    ]
    return r.choice(choices)


# ----------------------------------------------------------------------------------------------- piecewise germs


def pieces(r: random.Random) -> Case:
    a, b, tiny = small(r), small(r), number(r, -200, -20)
    n, side = r.randint(1, 5), r.choice((1, -1))
    # what is smaller than x near 0 and larger far out, and what is larger near 0
    less = r.choice(("x^2", "x*abs(x)^(1/3)", "x^3", "expm1(x^2)", "1-cos(x)", "x*sin(x)"))
    choices: list[Case] = [
        (f"where(x<{t(tiny)},{t(a)},{t(b)})", "0", side, t(a)),
        (f"where(x<=0,x,x+{t(tiny)})", "0", side, t(tiny) if side > 0 else "0"),
        (f"where(abs({less})<abs(x),{t(a)},{t(b)})", "0", side, t(a)),
        (f"abs(sin({t(a)}*x))/x", "0", side, t(side * a)),
        (f"sign(x)*{t(a)}+abs(x)^{t(b)}", "0", side, t(side * a)),
        (f"max({t(a)}*x,-{t(b)}*x)/x", "0", side, t(a if side > 0 else -b)),
        (f"min(x^{n},x^{n + 1})/x^{n}", "0", 1, "0"),
        (f"max(x^{n},x^{n + 1})/x^{n}", "0", 1, "1"),
        (f"where(x==0,5,{t(a)}+x*abs(x)^{t(tiny * 10**20)}*sin(1/x))", "0", side, t(a)),
        (f"where(x^{2 * n}>0,cos(x),{t(b)})", "0", side, "1"),
        (f"abs(abs(x)-{t(tiny)})/abs(x-{t(tiny)})", "0", 1, "1"),
        (f"where(sin(x)<x,{t(a)},{t(b)})", "0", side, t(a if side > 0 else b)),
        (f"where(tan(x)<x+x^3/3,{t(a)},{t(b)})", "0", side, t(b if side > 0 else a)),
        (f"where(exp(x)>1+x+x^2/2,{t(a)},{t(b)})", "0", side, t(a if side > 0 else b)),
        (f"where(x>1 and log(x)^{n}<x,{t(a)},{t(b)})", "oo", 1, t(a)),
        (f"where(not(x<{t(number(r))}) or x<0,{t(a)},{t(b)})", "oo", 1, t(a)),
        (f"relu({t(a)}*x)-relu(-{t(b)}*x)", "oo", 1, "oo"),
        (f"(relu({t(a)}*x)+relu(-{t(b)}*x))/abs(x)", "0", side, t(a if side > 0 else b)),
        ("sqrt(x^2)/x", "-oo", 1, "-1"),
        (f"sqrt((x-{t(a)})^2)/(x-{t(a)})", t(a), side, str(side)),
        (f"Heaviside({t(a)}-x)*{t(b)}", t(a), side, t(b) if side < 0 else "0"),
        (f"abs(x^3-{t(a)}*x^2)/x^2", "0", side, t(a)),
        ("cbrt(x)/abs(x)^(1/3)", "0", side, str(side)),
    ]
    return r.choice(choices)


# ------------------------------------------------------------------------------------------ essential singularities


def essential(r: random.Random) -> Case:
    a, n, side = small(r), r.randint(1, 9), r.choice((1, -1))
    up = side > 0
    choices: list[Case] = [
        (f"exp(-{t(a)}/x^2)/x^{n}", "0", side, "0"),
        (f"exp({t(a)}/x)", "0", side, "oo" if up else "0"),
        (f"x^{n}*exp({t(a)}/x)", "0", side, "oo" if up else "0"),
        (f"1/(1+exp({t(a)}/x))", "0", side, "0" if up else "1"),
        (f"atan({t(a)}/x)", "0", side, "pi/2" if up else "-pi/2"),
        (f"tanh({t(a)}/x)", "0", side, str(side)),
        ("x*cosh(1/x)*exp(-1/abs(x))", "0", side, "0"),
        (f"x^{n}*log(abs(x))^{r.randint(1, 5)}", "0", side, "0"),
        (f"abs(x)^(x^{n})", "0", side, "1"),
        (f"abs(x)^({t(a)}/log(abs(x)))", "0", side, f"exp({t(a)})"),
        ("exp(1/x)/exp(1/sin(x))", "0", side, "1"),
        (f"(exp(1/x)+exp({t(a)}))/(exp(1/x)+2)", "0", side, "1" if up else f"exp({t(a)})/2"),
        (f"log(1+exp({t(a)}/x))*x", "0", side, t(a) if up else "0"),
        (f"(1+{t(a)}*x)^(1/x)", "0", side, f"exp({t(a)})"),
        (f"cos(x)^({t(a)}/x^2)", "0", side, f"exp(-{t(a)}/2)"),
        ("exp(exp(1/x))*exp(-exp(1/x+x^2))", "0", side, "0" if up else "1"),
        (f"exp(-exp(1/abs(x)))*exp({n}/abs(x))", "0", side, "0"),
        ("coth(1/x)-1/tanh(1/x)+x", "0", side, "0"),
    ]
    return r.choice(choices)


# ------------------------------------------------------------------------------------------------ special functions


def special(r: random.Random) -> Case:
    a, b = small(r), small(r)
    n, side = r.randint(0, 5), r.choice((1, -1))
    pole = Fraction((-1) ** n, factorial(n))
    choices: list[Case] = [
        (f"gamma(x+{t(a)})/gamma(x)/x^{t(a)}", "oo", 1, "1"),
        (f"(x+{n})*gamma(x)", f"({-n})", side, t(pole)),
        (f"gamma({t(a)}*x)/gamma({t(b)}*x)", "0", side, t(b / a)),
        ("gamma(x)", f"({-n})", side, "oo" if side * (-1) ** n > 0 else "-oo"),
        (f"erfc({t(a)}*x)*x*exp({t(a * a)}*x^2)", "oo", 1, f"1/({t(a)}*sqrt(pi))"),
        (f"(erf({t(a)}*x)-1)*exp(x)", "oo", 1, "0"),
        (f"erf({t(a)}*x)/x", "0", side, f"2*{t(a)}/sqrt(pi)"),
        (f"zeta(1+{t(a)}*x)*x", "0", side, t(1 / a)),
        ("zeta(1+x)-1/x", "0", side, "EulerGamma"),
        (f"zeta(1+{t(number(r))}/x)", "oo", 1, "oo"),
        ("(zeta(x)-1)*2^x", "oo", 1, "1"),
        (f"(zeta({t(a)}*x)+1/2)/x", "0", side, f"-{t(a)}*log(2*pi)/2"),
        (f"Ei({t(a)}*x)*x*exp(-{t(a)}*x)", "oo", 1, t(1 / a)),
        (f"Ei({t(a)}*x)-log(abs(x))", "0", side, f"EulerGamma+log({t(a)})"),
        ("Ei(-x)*exp(x)*x", "oo", 1, "-1"),
        (f"LambertW({t(a)}*x)/x", "0", side, t(a)),
        (f"LambertW({t(a)}*x)/log(x)", "oo", 1, "1"),
        ("LambertW(x)-log(x)+log(log(x))", "oo", 1, "0"),
        (f"LambertW({t(a)}*x*exp(x))-x", "oo", 1, f"log({t(a)})"),
        ("(LambertW(x)+1)/sqrt(1+E*x)", "-exp(-1)", 1, "sqrt(2)"),
        (f"besselj({n},{t(a)}*x)/x^{n}", "0", side, t(a**n / Fraction(2) ** n / factorial(n))),
        (f"bessely(0,{t(a)}*x)/log(x)", "0", 1, "2/pi"),
        (f"besselj({n},x)*x^(1/3)", "oo", 1, "0"),
        (f"besselj({n},x)*sqrt(x)", "oo", 1, "none"),
        ("(besselj(0,x)^2+bessely(0,x)^2)*x", "oo", 1, "2/pi"),
        (f"digamma(x+{t(a)})-log(x)", "oo", 1, "0"),
        (f"(digamma(x+{t(a)})-log(x))*x", "oo", 1, t(a - Fraction(1, 2))),
        (f"digamma(x)*(x+{n})", f"({-n})", side, "-1"),
        (f"polygamma(1,{t(a)}*x)*x", "oo", 1, t(1 / a)),
        ("polygamma(2,x)*x^3", "0", side, "-2"),
        ("loggamma(x)/(x*log(x))", "oo", 1, "1"),
        (f"loggamma({t(a)}*x)+log(x)", "0", 1, f"-log({t(a)})"),
        (f"loggamma(x+{t(a)})-loggamma(x)-{t(a)}*log(x)", "oo", 1, "0"),
        (f"beta({t(a)}*x,{t(b)})*x", "0", side, t(1 / a)),
        (f"beta(x,{r.randint(1, 4)})*x^{n + 5}", "oo", 1, "oo"),
        ("binomial(2*x,x)*sqrt(x)/4^x", "oo", 1, "1/sqrt(pi)"),
        (f"binomial(x,{n})/x^{n}", "oo", 1, t(Fraction(1, factorial(n)))),
        ("factorial(x)*exp(x)/x^x/sqrt(x)", "oo", 1, "sqrt(2*pi)"),
        ("gamma(x)^(1/x)/x", "oo", 1, "1/E"),
        (f"erf(x+{t(a)})-erf(x)", "oo", 1, "0"),
        (f"softplus({t(a)}*x)-{t(a)}*x", "oo", 1, "0"),
        (f"sigmoid({t(a)}*x)*exp(-{t(a)}*x)", "-oo", 1, "1"),
        (f"exp(x)*(gamma({t(a)}+exp(-x))-gamma({t(a)}))", "oo", 1, f"gamma({t(a)})*digamma({t(a)})"),
    ]
    return r.choice(choices)


# ------------------------------------------------------------------------------------------------ one-sided domains


def domains(r: random.Random) -> Case:
    a, b, side = signed(small(r), r), small(r), r.choice((1, -1))
    up = side > 0
    at = f"(x-{t(a)})"
    choices: list[Case] = [
        (f"sqrt({at})+{t(b)}", t(a), side, t(b) if up else "not-real"),
        (f"log({at})", t(a), side, "-oo" if up else "not-real"),
        (f"{at}*log({at})", t(a), side, "0" if up else "not-real"),
        (f"({at})^{t(Fraction(1, 2) + r.randint(0, 3))}", t(a), side, "0" if up else "not-real"),
        (f"({at})^(1/3)", t(a), side, "0" if up else "not-real"),
        (f"cbrt({at})/root({at},3)", t(a), side, "1"),
        (f"asin(1+{at})", t(a), side, "pi/2" if not up else "not-real"),
        (f"acos(1-{at})/sqrt({at})", t(a), side, "sqrt(2)" if up else "not-real"),
        (f"acosh(1+{at})/sqrt({at})", t(a), side, "sqrt(2)" if up else "not-real"),
        (f"atanh({at}-1)/log({at})", t(a), side, "1/2" if up else "not-real"),
        (f"asech({at})", t(a), side, "oo" if up else "not-real"),
        (f"acoth(1+{at})", t(a), side, "oo" if up else "not-real"),
        (f"log1p(-1+{at})", t(a), side, "-oo" if up else "not-real"),
        (f"({at})^{at}", t(a), side, "1" if up else "not-real"),
        (f"sqrt(tanh({t(b)}*x)-1)", "oo", 1, "not-real"),
        (f"sqrt(1-tanh({t(b)}*x))", "oo", 1, "0"),
        ("log(sin(x)-x)", "0", side, "not-real" if up else "-oo"),
        ("sqrt(x*sin(x)-x^2)", "0", side, "not-real"),
        (f"LambertW(-exp(-1)+{at})", t(a), side, "-1" if up else "not-real"),
        (f"asin(erf(x)*(1+{t(number(r, -12, -2))}))", "oo", 1, "not-real"),
        (f"loggamma({at})", t(a), side, "oo" if up else "not-real"),
        (f"bessely(0,{at})", t(a), side, "-oo" if up else "not-real"),
        (f"sqrt(-log({t(b)}+x^2)+log({t(b)}))", "0", side, "not-real"),
        (f"root({at},{r.choice((2, 4))})", t(a), side, "0" if up else "not-real"),
        (f"acsc(1-{at})", t(a), side, "not-real" if up else "pi/2"),
    ]
    return r.choice(choices)


# ---------------------------------------------------------------------------------------- what turns late, or for ever

SLOW = (
    "log(log(x))",
    "log(log(log(x)))",
    "sqrt(log(x))",
    "log(x)^(1/3)",
    "log(LambertW(x))",
    "log(loggamma(x))",
)
FAST = ("exp(x)", "exp(exp(x))", "gamma(x)", "x^x", "x^2*log(x)", "exp(sqrt(x))", "exp(log(x)^2)")


def late(r: random.Random) -> Case:
    """Limits that no table of values shows: what decides begins far beyond it, or between all its points."""
    s, f = r.choice(SLOW), r.choice(FAST)
    a, b, k, n = number(r, 1, 6), small(r), r.randint(1, 9), r.randint(0, 3)
    wave = r.choice(("sin", "cos")) + f"({t(b)}*{r.choice((s, f))})"
    bessel = f"besselj({n},{f})*sqrt({f})"
    part = f"({t(b)}*x-floor({t(b)}*x))"
    y = f"({s})"
    choices: list[Case] = [
        (f"{wave}+{t(a)}", "oo", 1, "none"),
        (f"{y}-{t(a)}*abs({wave})", "oo", 1, "oo"),
        (f"where({y}<{t(a)},1,2)", "oo", 1, "2"),
        (f"Max({y},{t(a)})-{y}", "oo", 1, "0"),
        (f"sign({y}-{t(a)})", "oo", 1, "1"),
        (f"asin({t(a)}/{y})", "oo", 1, "0"),
        (f"sqrt({y}-{t(a)})/sqrt({y})", "oo", 1, "1"),
        (f"floor({y})/{y}", "oo", 1, "1"),
        (f"{y}-floor({y})", "oo", 1, "none"),
        (f"sin(pi*floor({y}))", "oo", 1, "0"),
        (f"cos(pi*floor({y}))", "oo", 1, "none"),
        (f"1/({t(a)}*{wave}+{y})", "oo", 1, "0"),
        (f"exp(-{y})*tan({f})", "oo", 1, "none"),
        (f"exp(-{f}*({wave}-{t(Fraction(k, 10))})^2)", "oo", 1, "none"),
        (f"where({wave}>{t(Fraction(k, 10))},1/{y},-1/{y})", "oo", 1, "0"),
        (f"where({wave}>{t(Fraction(k, 10))},1/{y},1)", "oo", 1, "none"),
        (f"{bessel}/{y}", "oo", 1, "0"),
        (bessel, "oo", 1, "none"),
        (f"bessely({n},{f})", "oo", 1, "0"),
        (f"fresnels({f})", "oo", 1, "1/2"),
        (f"(fresnelc({f})-1/2)*({f})", "oo", 1, "none"),
        (f"(fresnels({y})-1/2)*({y})^{t(Fraction(k, 10))}", "oo", 1, "0"),
        (f"zeta(1+{t(a)}/{y})", "oo", 1, "oo"),
        (f"zeta({y})^({t(a)})", "oo", 1, "1"),
        (f"(zeta({f})-1)*2^({f})", "oo", 1, "1"),
        (f"zeta(2+{wave})/{y}", "oo", 1, "none"),  # the argument comes to 1 again and again
        (f"zeta(3+{wave})/{y}", "oo", 1, "0"),
        (f"gamma({part}+{t(b)})/{y}", "oo", 1, "0"),
        (f"gamma({part})/{y}", "oo", 1, "none"),
        (f"1/({y}*{part})", "oo", 1, "none"),
        (f"{part}/{y}", "oo", 1, "0"),
        (f"floor({part}*2)", "oo", 1, "none"),
        (f"floor({t(a)}/{y})", "oo", 1, "0"),
        (f"ceiling({t(a)}/{y})", "oo", 1, "1"),
        (f"digamma({y})-log({y})", "oo", 1, "0"),
        (f"exp(digamma({y}))/{y}", "oo", 1, "1"),
        (f"gamma({y}+{t(b)})/gamma({y})/({y})^{t(b)}", "oo", 1, "1"),
        (f"log(x^{k}+exp({y}))/log(x)", "oo", 1, str(k)),
        (f"Ei(-{y}*{t(a)})*exp({y}*{t(a)})*{y}", "oo", 1, t(-1 / a)),
        (f"erfc({wave})/{y}", "oo", 1, "0"),
        (f"LambertW({y}+{wave})-LambertW({y})", "oo", 1, "0"),
        (f"({y})^{wave}", "oo", 1, "none"),
        (f"({y}/{t(a)})^(1/{y})", "oo", 1, "1"),
        (f"exp(exp({y}+exp(-{f})))/exp(exp({y}))", "oo", 1, "1"),
        (f"sin({f}+{wave}/x)-sin({f})", "oo", 1, "0"),
    ]
    return r.choice(choices)


# ----------------------------------------------------------------------- what only just holds, and what is real nowhere

SHIFTS = ("1", "log(2)", "cos(1)", "sec(1/2)", "exp(-1)", "sqrt(2)/3", "gamma(1/3)", "pi/5", "atan(3)")
OUTSIDE = (  # where a function is not real, however its argument comes there
    "besselj(1/2,{})", "bessely(0,{})", "bessely(3/2,{})", "loggamma({})", "sqrt({})", "log({})", "({})^(1/3)",
    "LambertW({}-1)", "acosh({})", "asech({})", "root({},4)", "asin({}-2)", "acos({}-1)", "log1p({}-1)",
)  # fmt: skip


def circles(r: random.Random) -> Case:
    """What holds for all phases though it only just does; and what is real nowhere, hidden behind what vanishes."""
    g, c, k = r.choice(ANGLES), r.choice(SHIFTS), 10 ** r.randint(2, 12)
    a, b, n = Fraction(r.randint(-9, 9), 10), small(r), r.randint(1, 3)
    s, other = r.sample((f"sin({g})", f"cos({g})"), 2)
    fraction = f"({t(b)}*x-floor({t(b)}*x))"
    never = f"({s}-{t(a)})^{2 * n}*({b}+({other})^2)"  # is 0 now and then, and never below
    far, fast = r.choice((("1/x", "exp(-x)"), ("exp(-x)", "exp(-exp(x))"), ("1/log(x)", "1/x^2")))
    choices: list[Case] = [
        (f"where({never}>=0,1,2)", "oo", 1, "1"),
        (f"where({never}>0,1,2)", "oo", 1, "none"),
        (f"where({never}<0,1/x,x)", "oo", 1, "oo"),
        (f"where(abs({s})<=1,{c},0)", "oo", 1, c),
        (f"where({t(b)}*abs({s})-{c}*{t(b)}<={t(b)},{c},0)", "oo", 1, c),
        (f"where({s}^{2 * n + 2}+{other}^{2 * n + 2}<=1,3,0)", "oo", 1, "3"),
        (f"where({fraction}^{n + 1}<={fraction},3,0)", "oo", 1, "3"),
        (f"where({fraction}^{n}*({fraction}-{t(abs(a))})^2>=0,3,0)", "oo", 1, "3"),
        (f"1/(x*(1+{never}))", "oo", 1, "0"),
        (f"1/(1+x*({never}))", "oo", 1, "none"),
        (f"sec({g}+{c})", "oo", 1, "none"),
        (f"1/(1+x*cos({g}+{c})^2)", "oo", 1, "none"),
        (f"sin({g}+{c})^2+cos({g}+{c})^2", "oo", 1, "1"),
        (f"sin({g}+{c})*cos({g})-cos({g}+{c})*sin({g})", "oo", 1, f"sin({c})"),
        (f"exp({k}*{s})", "oo", 1, "none"),
        (f"softplus({k}*{s})/x", "oo", 1, "0"),
        (f"log(1+exp({k}*{s}))", "oo", 1, "none"),
        (f"{r.choice(OUTSIDE).format(f'-{t(b + 2)}+{far}')}*{fast}", "oo", 1, "not-real"),
        (f"{fast}*{r.choice(OUTSIDE).format(f'-{t(b)}-{s}^2-{far}')}", "oo", 1, "not-real"),
    ]
    return r.choice(choices)


# ---------------------------------------------------------------------- waves in exponents, and sums of many waves

FREQUENCIES = (
    "1",
    "2",
    "sqrt(2)",
    "pi",
    "E",
    "log(2)",
    "zeta(3)",
    "gamma(1/3)",
)  # are they tied? nobody knows


def swells(r: random.Random) -> Case:
    """Exponents that go up and down without bound; sums and products of waves, however their frequencies are tied."""
    g, (i, j) = r.choice(ANGLES), sorted(r.sample(range(3), 2))
    slow, fast = (r.choice(each) for each in (SWELLING[i], SWELLING[j]))
    wave, a, b, c = r.choice(("sin", "cos")) + f"({g})", small(r), small(r), number(r, -2, 2)
    up, down = f"exp({t(a)}*{fast}*{wave}", f"exp(-{t(a)}*{fast}*{wave}"
    one, other = (f"{r.choice(('sin', 'cos'))}({w}*{y}*{s})" for y in [r.choice(("x", "sqrt(x)", "log(x)"))]
        for w, s in zip(r.sample(FREQUENCIES, 2), (t(small(r)), t(small(r))), strict=True))  # fmt: skip
    p, q = (f"{t(small(r))}*{w}*x" for w in r.sample(FREQUENCIES, 2))
    ahead, behind = t(a + b), t(a * b / (b + 1))
    choices: list[Case] = [
        (f"{t(c)}*{up})*{down})", "oo", 1, t(c)),
        (f"{up}+{t(c)}/({slow}))*{down})", "oo", 1, "1"),
        (f"{up}+{slow}*{wave})*{down}-{slow}*{wave}-log({fast}))*({fast})", "oo", 1, "1"),
        (f"({fast})*{up})*{down})", "oo", 1, "oo"),
        (f"{up}+{slow})/exp({ahead}*{fast})", "oo", 1, "0"),
        (f"{up}-{slow})*exp({ahead}*{fast})", "oo", 1, "oo"),
        (f"{up}+{slow})/exp({behind}*{fast})", "oo", 1, "none"),
        (f"{up})", "oo", 1, "none"),
        (f"exp(-({fast})*({wave})^2)/({slow})", "oo", 1, "0"),
        (f"{one}+{other}+{t(c)}", "oo", 1, "none"),
        (f"{t(c)}*{one}*{other}+1/x", "oo", 1, "none"),
        (f"2*({one})^2-({other})^2", "oo", 1, "none"),
        (f"cos({p})*cos({q})-cos({p}+{q})/2-cos({p}-({q}))/2", "oo", 1, "0"),
        (f"sin({p}+{q})-sin({p})*cos({q})+{t(c)}*cos({p})*sin({q})", "oo", 1, "0" if c == -1 else "none"),
        (f"cos({p})+cos({q})+cos({p}+{q})", "oo", 1, "none"),
    ]
    return r.choice(choices)


def shadows(r: random.Random) -> Case:
    """What is known up to something bounded: at corners and roots of waves, and of sums either of which may lead."""
    g, f = r.choice(ANGLES), r.choice(("x", "sqrt(x)", "x^2", "x*log(x)"))
    s, o = r.sample((f"sin({g})", f"cos({g})"), 2)
    a, b, n = t(small(r)), t(small(r)), r.choice((3, 5))
    little, swell = r.choice(("1/x", "exp(-x)", "1/log(x)^2", "cos(x^2)/x")), f"exp({a}*({f})*{s})"
    wild = r.choice(("erf", "tanh", "atan", "sigmoid", "erfc", "fresnels"))
    choices: list[Case] = [
        (f"abs({s}+{a}*{little})-abs({s})", "oo", 1, "0"),
        (f"abs({f}*{s}+{o})/({f})-abs({s})", "oo", 1, "0"),
        (f"abs({a}*{s}+{little})", "oo", 1, "none"),
        (f"max({s},-{s})-abs({s})", "oo", 1, "0"),
        (f"max({s}+{little},{o})+min({s},{o}-{little})-{s}-{o}", "oo", 1, "0"),
        (f"max({f}*{s},{f})/({f})", "oo", 1, "1"),
        (f"sqrt({s}^2+{a}/x)-abs({s})", "oo", 1, "0"),
        (f"sqrt(({s})^2+{a}*exp(-x))*exp(x)", "oo", 1, "oo"),
        (f"({s}^4+1/x)^(3/2)-{s}^6", "oo", 1, "0"),
        (f"sqrt({a}-{a}*{s})/({f})", "oo", 1, "0"),
        (f"1/(x*({a}+10*{s.replace('(', f'({n}*')}^2))", "oo", 1, "0"),
        (f"sqrt(1/4+sin({n}*({g})+{b})^2*{o}^2)/x", "oo", 1, "0"),
        (f"root({s}+{little},{n})-root({s},{n})", "oo", 1, "0"),
        (f"cbrt({f}*{s}+{o})", "oo", 1, "none"),
        (f"{wild}({f}*{s}+{o})/log(x)", "oo", 1, "0"),
        (f"x*(2+{wild}({f}*{s}+{o}))", "oo", 1, "oo"),
        (f"cosh({f}*{s})/cosh(2*{f})", "oo", 1, "0"),
        (f"cosh({f}*{s})/cosh({f}*{s})", "oo", 1, "1"),
        (f"x*cosh({f}*{s})", "oo", 1, "oo"),
        (f"log(cosh({f}*{s}))/({f})", "oo", 1, "none"),
        (f"log(cosh({f}*{s}))/({f})^2", "oo", 1, "0"),
        (f"log({swell}+exp({b}*({f})*{o}))/({f})", "oo", 1, "none"),
        (f"(log(1+{swell})-max({a}*({f})*{s},0))/log(x)", "oo", 1, "0"),
        (f"1/(x+{swell})", "oo", 1, "0"),
        (f"{b}/(1+{swell})", "oo", 1, "none"),
        (f"({swell}+exp({a}*({f})*{o}))/exp({a}*({f})*({s}^2+2))", "oo", 1, "0"),
    ]
    return r.choice(choices)


def gaps(r: random.Random) -> Case:
    """What is not real, or not defined, again and again, beside its neighbours that are real all the way."""
    g, f = r.choice(ANGLES), r.choice(("x", "sqrt(x)", "x^2", "x*log(x)"))
    s = r.choice((f"sin({g})", f"cos({g})"))
    low, high = t(Fraction(r.randint(-9, 9), 10)), t(1 + small(r))
    ratio, beside = f"(sin({g})/cos({g}))", f"(x*sqrt(sin({high}/x)+{low}))"
    choices: list[Case] = [
        (f"sqrt({s}+{low})/({f})", "oo", 1, "not-real"),
        (f"({s}+{low})/({f}*({s}+{low}))", "oo", 1, "not-real"),
        (f"{ratio}*cos({g})/({f})", "oo", 1, "not-real"),
        (f"tan({g})*cos({g})", "oo", 1, "none"),
        (f"sign({s})/sign({s})", "oo", 1, "not-real"),
        (f"asin({high}*{s})/({f})", "oo", 1, "not-real"),
        (f"({s}/{high})^({f})", "oo", 1, "not-real"),
        (f"exp(-1/{s}^2)/({f})", "oo", 1, "not-real"),
        (f"acosh({high}+{s})/({f})", "oo", 1, "not-real" if Fraction(high[1:-1]) < 2 else "0"),
        (beside, "0", r.choice((1, -1)), "not-real"),
        (f"sqrt({s}+{high})/({f})", "oo", 1, "0"),
        (f"({s}+{high})/({f}*({s}+{high}))", "oo", 1, "0"),
        (f"asin({s}/{high})/({f})", "oo", 1, "0"),
        (f"(abs({s})/{high})^({f})", "oo", 1, "0"),
        (f"log({s}+{low})/({f})", "oo", 1, "none"),
    ]
    return r.choice(choices)


SWELLING = (
    ("log(log(x))", "sqrt(log(x))"),
    ("log(x)", "sqrt(x)", "x/log(x)"),
    ("x", "x*log(x)", "x^2", "exp(x)"),
)

FAMILIES: dict[str, Family] = {
    each.__name__: each
    for each in (
        scales,
        towers,
        cancellations,
        oscillations,
        floors,
        steps,
        pieces,
        essential,
        special,
        domains,
        late,
        circles,
        swells,
        shadows,
        gaps,
    )
}


def verdict(case: Case) -> str:
    """right, wrong or undecided"""
    expression, place, side, truth = case
    point = FAR.get(place) or parse(place).node
    found = germs.limit(parse(expression).node, "x", point, side)
    if found.reason == "undecided":
        return "undecided"
    if found.reason:
        wanted = "none" if found.reason == "oscillates" else "not-real"
        return "right" if truth == wanted else "wrong"
    if found.infinite:
        return "right" if truth == ("oo" if found.infinite > 0 else "-oo") else "wrong"
    if truth in ("none", "not-real", "oo", "-oo"):
        return "wrong"
    assert found.value is not None
    gap = Call("-", (exact.tree(found.value), parse(truth).node))
    size = numeric.evaluate(
        Call("/", (gap, Call("+", (Number(1), Call("abs", (parse(truth).node,)))))), 5, limit=60
    )
    if isinstance(size, numeric.Ball):
        return "right" if abs(size.arb) < 1e-25 else "wrong"
    return "right" if size in (0, numeric.UNSETTLED) else "wrong"


def run(family: str, count: int, seed: int) -> dict[str, list[Case]]:
    r = random.Random(f"{family} {seed}")
    found: dict[str, list[Case]] = {"right": [], "wrong": [], "undecided": []}
    for _ in range(count):
        case = FAMILIES[family](r)
        found[verdict(case)].append(case)
    return found


if __name__ == "__main__":
    size, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for name in FAMILIES:
        began = time.perf_counter()
        outcome = run(name, size, seed)
        counts = ", ".join(f"{len(cases)} {kind}" for kind, cases in outcome.items())
        print(f"{name}: {counts}, {1000 * (time.perf_counter() - began) / size:.1f} ms each", flush=True)
        for kind in ("wrong", "undecided"):
            for case in outcome[kind][:25]:
                print("   ", kind, *case)
