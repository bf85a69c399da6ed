r"""LaTeX in: read by the same parser, refused with carets that point into it; what --latex prints reads back.

python tests/test_latex.py 2000        # as many random trees: text, tree, LaTeX, tree
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from calcgrad.errors import ExpressionError
from calcgrad.expression.catalogue import FUNCTIONS
from calcgrad.expression.latex import latex
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import PRIME, E, substitute, text

Ask = Callable[..., Any]

READ = r"""
\left[\right] \cdot t => []*t
\frac{x}{2} => x/2
\dfrac{x+1}{x-1} => (x + 1)/(x - 1)
\frac12 x => 1/2*x
\frac1x => 1/x
\sqrt{x+1} => sqrt(x + 1)
\sqrt x => sqrt(x)
\sqrt[3]{x} => cbrt(x)
\sqrt[n]{x} => root(x, n)
x^{2}y => x**2*y
{x}^{10} => x**10
{e}^2x => exp(2)*x
e^{-x}\sin x => exp(-x)*sin(x)
e^{x^2} => exp(x**2)
\sin^2 x => sin(x)**2
\left(-d\right) \left|d\right| d\sin x => -d*abs(d)*d*sin(x)
\sin^{2}\left(x\right) => sin(x)**2
\sin 2x \cos x => sin(2*x)*cos(x)
\cos{x} => cos(x)
\ln x => log(x)
\ln\left|x\right| => log(abs(x))
\log_2 x => log2(x)
\log_{10}(x) => log10(x)
\log_{b}(x+1) => log(x + 1)/log(b)
\log_a x^2 => log(x**2)/log(a)
\exp\left(x\right) => exp(x)
\arctan x => atan(x)
\left|x-1\right| => abs(x - 1)
\lvert x \rvert^3 => abs(x)**3
$|x|$ => abs(x)
\left\lfloor x \right\rfloor => floor(x)
\left\lceil \frac{x}{2} \right\rceil => ceiling(x/2)
\left\|x\right\| => norm(x)
\cos 2\theta => cos(2*theta)
2\pi r => 2*pi*r
\alpha x => alpha*x
x_1 + x_{max} => x_1 + x_max
$xy$ => x*y
x \cdot y \times z => x*y*z
3 \cdot 10^{-3} x => 3*10**(-3)*x
\left(x+1\right)\left(x-1\right) => (x + 1)*(x - 1)
\bigl(x+1\bigr)^2 => (x + 1)**2
30^\circ => 30*pi/180
\sin 30^{\circ} => sin(30*pi/180)
\binom{n}{k} => binomial(n, k)
\Gamma(x) => gamma(x)
\operatorname{erf}\left(x\right) => erf(x)
\mathrm{sinh}(x) => sinh(x)
\max\left(x, 1\right) => Max(x, 1)
{x}_{0} => x[0]
\operatorname{J}_{0}\left(x\right)^2 => besselj(0, x)**2
\operatorname{Y}_n(2x) => bessely(n, 2*x)
\operatorname{B}(x, y) => beta(x, y)
\gamma_{\mathrm{E}} x => EulerGamma*x
\gamma_E x => gamma_E*x
x_{{1}} x_{1} => x1*x_1
\sqrt[{{3}}]{x} => root(x, 3)
{2.5 \cdot 10^{-3}} x => 2.5e-3*x
A @ x => A@x
\begin{cases} x & \text{for}\: x > 0 \\ -x & \text{otherwise} \end{cases} => Piecewise((x, x > 0), (-x, True))
\begin{cases} x^2 & x \leq 1 \\ 2x & \text{if } x > 1 \\ \end{cases} => Piecewise((x**2, x <= 1), (2*x, x > 1))
\begin{cases} 1 & x = 0 \\ \frac{\sin x}{x} & x \neq 0 \end{cases} => Piecewise((1, Eq(x, 0)), (sin(x)/x, Ne(x, 0)))
$x^2$ => x**2
\(x^2\) => x**2
\[ x^2 \] => x**2
\displaystyle \frac{d}{dx} x^2 => x**2
x\,\sin x\;+\!1 => x*sin(x) + 1
f(x) = \frac{1}{x} => 1/x
"""

REFUSED = r"""
\sin^{-1} x => asin(x) or 1/sin(x)
\int x\,dx => it does not integrate
\lim_{x \to 0} x => calcgrad limit
\foo => plain text
\frac{x}{ => never closed
x^{2 => never closed
\frac{x} => missing
\left(x => never closed
{x}^ => missing
\begin{matrix} x \end{matrix} => only cases
\begin{cases} x & x > 0 => never closed
\left x => no bracket
\sqrt[3{x} => never closed
\ => backslash
e^{.x} => cannot stand here
\frac{.}{x} => cannot stand here
\begin{cases} \sqrt & x > 0 \end{cases} => missing
\begin{cases} 2 \log_! & \text{if } x > 1 \end{cases} => missing
"""


def pairs(table: str) -> list[tuple[str, str]]:
    return [tuple(line.split(" => ")) for line in table.strip().splitlines()]  # type: ignore[misc]


@pytest.mark.parametrize(("typed", "tree"), pairs(READ))
def test_latex_is_read(typed: str, tree: str) -> None:
    from calcgrad.expression.labels import labelled

    label = labelled(typed)
    assert text(parse(typed, start=label.start, stop=label.stop).node) == tree


@pytest.mark.parametrize(("typed", "why"), pairs(REFUSED))
def test_what_is_not_read_is_refused_with_its_place(typed: str, why: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(typed)
    assert why in f"{refused.value.message}; {refused.value.hint}"
    start, end = refused.value.span or (-1, -1)
    assert 0 <= start <= end <= len(typed)


def test_carets_point_into_the_latex(ask: Ask) -> None:
    answer = ask("diff", r"\frac{x}{2} + \sinn x")
    assert answer.err.splitlines()[1:3] == [r"  \frac{x}{2} + \sinn x", "                ^^^^^"]
    assert ask("diff", r"\frac{x^2}{2} + \sin x").out.splitlines() == [
        "f(x) = x**2/2 + sin(x)", "f'(x) = x + cos(x)",
    ]  # fmt: skip
    assert ask("check", r"\frac{1}{x}", r"\frac{dy}{dx} = -\frac{1}{x^2}", "--raw").out == "equal\n"


GRAD = [
    (("x^2*y", "--at", "x=1,y=2"), [
        "f = x^{2} y = 2", r"\frac{\partial f}{\partial x} = 4", r"\frac{\partial f}{\partial y} = 1",
    ]),
    (("x^2", "--at", "1e-9"), [r"y = x^{2} = 1 \cdot 10^{-18}", r"\frac{dy}{dx} = 2 \cdot 10^{-9}"]),
    (("sum(x)", "--at", "x=[1,2]"), [
        r"y = \operatorname{sum}\left(x\right) = 3", r"\frac{dy}{dx} = \begin{bmatrix} 1 & 1 \end{bmatrix}",
    ]),
    (("[x^2*y, x]", "--at", "x=1,y=2", "--jacobian"), [r"J = \begin{bmatrix} 4 & 1 \\ 1 & 0 \end{bmatrix}"]),
    (("x^2*y", "--at", "x=1,y=2", "--hessian"), [r"H = \begin{bmatrix} 4 & 2 \\ 2 & 0 \end{bmatrix}"]),
    (("x^2*y", "--at", "x=1,y=2", "--jvp", "x=1,y=0"), ["f = x^{2} y = 2", "J v = 4"]),
    (("x^2*y", "--at", "x=1,y=2", "--hvp", "x=1,y=0"), [
        "f = x^{2} y = 2", r"\left(H v\right)_{x} = 4", r"\left(H v\right)_{y} = 2",
    ]),
    (("[x]", "--at", "x=1", "--seed", "[2]"), [
        r"y = \left[x\right] = \begin{bmatrix} 1 \end{bmatrix}", r"v \frac{dy}{dx} = 2",
    ]),
    (("x^2", "--at", "3", "--trace"), [
        r"\begin{array}{llrr}",
        r"\text{node} & \text{operation} & \text{value} & \frac{dy}{d\text{node}} \\",
        r"x & \text{input} & 3 & 6 \\", r"y & x^{2} & 9 & 1 \\", r"\end{array}", r"\frac{dy}{dx} = 6",
    ]),
    (("x^2", "x^3", "--at", "1", "--accumulate"), [
        "y_{1} = x^{2} = 1", r"\frac{dy_{1}}{dx} = 2", "y_{2} = x^{3} = 1", r"\frac{dy_{2}}{dx} = 3",
        r"\text{accumulated } dx = 5",
    ]),
    (("abs(x)", "--at", "0"), [
        r"y = \left|x\right| = 0",
        r"\frac{dy}{dx} \text{ does not exist: abs has a corner at x = 0: slope -1 from the left, 1 from the right}",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "lines"), GRAD, ids=[" ".join(words) for words, _ in GRAD])
def test_grad_writes_latex_in_all_its_forms(ask: Ask, words: tuple[str, ...], lines: list[str]) -> None:
    shown = ask("grad", *words, "--latex").out.splitlines()
    assert [line for line in shown if line] == lines
    raw = ask("grad", *words, "--latex", "--raw").out.splitlines()
    for line, record in zip(raw, ask("grad", *words, "--latex", "--json").out.splitlines(), strict=True):
        assert json.loads(record)["latex"] == (None if line == "none" else line)


@pytest.mark.parametrize("words", [
    ("diff", "x^2*ln x"), ("diff", "sin x", "--at", "1"), ("limit", "sin(x)/x", "--to", "0"),
    ("series", "e^x", "--at", "0"), ("diff", "abs(x)", "--at", "0"),
])  # fmt: skip
def test_json_has_the_latex_that_is_asked_for(ask: Ask, words: tuple[str, ...]) -> None:
    record = json.loads(ask(*words, "--json", "--latex").out)
    raw = ask(*words, "--raw", "--latex").out.strip()
    assert record.pop("latex") == (None if raw == "none" else raw)
    assert record == json.loads(ask(*words, "--json").out)
    assert r"\log" not in raw and (r"\ln" in raw) == ("ln x" in words[1])


NAMES = [
    "x", "y", "t", "d", "i", "k", "n", "x1", "x_1", "x_max", "x1_max", "theta", "theta1", "lamda", "beta", "gamma",
    "zeta", "Gamma", "psi", "sigma", "speed", "B", "C", "J", "J_0", "S", "W", "gamma_E",
]  # fmt: skip
LEAVES = [*NAMES, "2", "3", "10", "0.5", "1e-3", "2.5e7", "1/2", "pi", "e", "oo", "EulerGamma"]
NAMED = ["speed", "x", "i"]


def expression(chance: Random, depth: int) -> str:
    """Every function and notation of the language, at random."""
    kind = chance.random()
    if depth == 0 or kind < 0.12:
        return chance.choice(LEAVES)
    one, other, third = (expression(chance, depth - 1) for _ in "abc")
    if kind < 0.2:
        return f"-({one})"
    if kind < 0.55:
        return f"({one}){chance.choice(['+', '-', '*', '/', '**'])}({other})"
    if kind < 0.6:
        return f"where({condition(chance, depth - 1)}, {one}, {other})"
    if kind < 0.63:
        first, second = (condition(chance, depth - 1) for _ in "ab")
        return f"Piecewise(({one}, {first}), ({other}, {second}))"
    if kind < 0.65:
        return f"({one})!"
    if kind < 0.67:
        return f"x[{chance.choice(['0', '1', 'i', '1:3', ':2', '::2', '0,1'])}]"
    if kind < 0.69:
        return f"[{one}, {other}] @ [{third}, x]"
    if kind < 0.72:
        return f"{chance.choice('fghu')}{chance.choice(['', PRIME, PRIME * 2, PRIME * 4])}({one})"
    if kind < 0.74:
        return f"root({one}, {chance.choice(['2', '3', '5', 'n'])})"
    row = chance.choice([row for row in FUNCTIONS if row.name != "Piecewise"])
    values = ["x", f"[1, x, {one}]"] if row.array else [one, other, third]
    return f"{row.name}({', '.join(chance.choice(values) for _ in range(row.least))})"


def condition(chance: Random, depth: int) -> str:
    kind = chance.random()
    if depth > 0 and kind < 0.3:
        return f"({condition(chance, depth - 1)}) {chance.choice(['and', 'or'])} ({condition(chance, depth - 1)})"
    if depth > 0 and kind < 0.4:
        return f"not ({condition(chance, depth - 1)})"
    if kind < 0.45:
        return "True"
    one, other = (expression(chance, max(depth - 1, 0)) for _ in "ab")
    return f"{one} {chance.choice(['<', '<=', '>', '>=', '==', '!='])} {other}"


def reads_back(count: int, seed: int) -> None:
    chance = Random(seed)
    while count:
        try:
            node = parse(expression(chance, chance.choice((1, 2, 3))), NAMED, unknown=True).node
        except ExpressionError:  # E beside capitals
            continue
        count -= 1
        for shown in (latex(node), f"${latex(node)}$"):
            assert parse(shown, NAMED, unknown=True).node == node, text(node)
        shown = text(node)
        meant = substitute(node, {E: parse("exp(1)").node}) if "exp(1)" in shown else node
        assert parse(shown, NAMED, unknown=True).node == meant, shown


def test_what_latex_prints_reads_back() -> None:
    reads_back(500, 1)


if __name__ == "__main__":
    reads_back(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2)
    print(f"{sys.argv[1]} trees read back")


def test_greek_letters_read_back() -> None:
    from calcgrad.expression.tree import GREEK

    for letter in GREEK:
        tree = parse(f"{letter}*t").node
        assert parse(latex(tree)).node is tree, letter
