"""What people write, and how it is read: one reading is taken, two are refused with both."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from calcgrad.errors import ExpressionError
from calcgrad.expression.labels import labelled
from calcgrad.expression.parser import Definitions, parse
from calcgrad.expression.tree import text

Ask = Callable[..., Any]

# Typed, and the tree in the language's own words.
READ = """
e^x sin x = exp(x)*sin(x)
e^-x cos x = exp(-x)*cos(x)
e^(-x) cos 2x = exp(-x)*cos(2*x)
2^x ln 2 = 2**x*log(2)
e^x (x+1) = exp(x)*(x + 1)
a^x b^x = a**x*b**x
x^-1 sin x = x**(-1)*sin(x)
(x^2+1)^-1 (2x) = (x**2 + 1)**(-1)*(2*x)
√x sin x = sqrt(x)*sin(x)
√2 x = sqrt(2)*x
e^x y = exp(x)*y
x^n ln x = x**n*log(x)
x^2 e^x = x**2*exp(x)
-x^2 sin x = -x**2*sin(x)
3 e^2 x = 3*exp(2)*x
cos(x^2)2x = cos(x**2)*2*x
(x+1)2x = (x + 1)*2*x
sin(x)3(x-1) = sin(x)*3*(x - 1)
½x = 1/2*x
x^½ = x**(1/2)
¼x²+⅓ = 1/4*x**2 + 1/3
Pi r^2 = pi*r**2
PI/4 = pi/4
x² + 3x = x**2 + 3*x
eˣ sin x = exp(x)*sin(x)
xⁿ⁺¹ = x**(n + 1)
e⁻ˣ = exp(-x)
x⁻¹ = x**(-1)
(x+1)² = (x + 1)**2
³√x = root(x, 3)
2 ³√x = 2*root(x, 3)
⁴√(x+1) = root(x + 1, 4)
∛x = cbrt(x)
𝑥² + 1 = x**2 + 1
𝐬𝐢𝐧 x = sin(x)
ｘ＋１ = x + 1
x⁢y = x*y
sin⁡x = sin(x)
x​+​1 = x + 1
a⁄b = a/b
µ + 1 = mu + 1
3x − 4 = 3*x - 4
x · y × z = x*y*z
90° = 90*pi/180
sin 30° = sin(30*pi/180)
sind 30 = sin(30*pi/180)
cosd(x) = cos(x*pi/180)
⌊x⌋ = floor(x)
2⌊x/2⌋ = 2*floor(x/2)
⌈x⌉ - x = ceiling(x) - x
‖x‖ = norm(x)
|x| |x| = abs(x)*abs(x)
log(x, 2) = log(x)/log(2)
pow(x, 3) = x**3
power(x, y) = x**y
square(x+1) = (x + 1)**2
exp2(x) = 2**x
clip(x, 0, 1) = Min(Max(x, 0), 1)
mod(x, 3) = x - 3*floor(x/3)
x % 3 = x - 3*floor(x/3)
5x % 2 + 1 = 5*x - 2*floor(5*x/2) + 1
frac(x) = x - floor(x)
trunc x = sign(x)*floor(abs(x))
logaddexp(x, y) = logsumexp([x, y])
deg2rad(x) = x*pi/180
x^2; = x**2
x^2 + x, = x**2 + x
sin x. = sin(x)
sin 2(x+1) = sin(2*(x + 1))
sin(x) (x+1) = sin(x)*(x + 1)
tan x / x = tan(x)/x
cos(x)/2 = cos(x)/2
x**1/2 = x**1/2
x^3/3 = x**3/3
x(x+1) = x*(x + 1)
y(x+1) = y*(x + 1)
x²√y = x**2*sqrt(y)
2E = 2*E
tg x + ctg 2x = tan(x) + cot(2*x)
arctg x = atan(x)
lg x = log10(x)
sh x ch x = sinh(x)*cosh(x)
sgn x = sign(x)
sen^2 x = sin(x)**2
cosec x = csc(x)
E x = E*x
Aω cos(ωt) = A*omega*cos(omega*t)
log_2 x + log_10(x) = log2(x) + log10(x)
log_b(x+1) = log(x + 1)/log(b)
log₃ x = log(x)/log(3)
3x^2. = 3*x**2
x.^2 + sin(x).*x./(x+1) = x**2 + sin(x)*x/(x + 1)
x‑1 = x - 1
2✕x = 2*x
٣x + ३ = 3*x + 3
2x₁ = 2*x1
∆x = Delta*x
np.exp(-x) + Math.PI = exp(-x) + pi
[(x+h)^2 - x^2]/h = ((x + h)**2 - x**2)/h
ArcTan[x] = atan(x)
if(x > 0, x, 1) = Piecewise((x, x > 0), (1, True))
√x√y = sqrt(x)*sqrt(y)
arcctg x = pi/2 - atan(x)
fmod(x, 3) = x - 3*sign(x/3)*floor(abs(x/3))
[x+1][x-1] = (x + 1)*(x - 1)
Ln x + Ln|x| = log(x) + log(abs(x))
where(x<0 or x>1 or x==3, x, 2) = Piecewise((x, ((x < 0) | (x > 1)) | (Eq(x, 3))), (2, True))
"""

# Typed, and what both readings hold.
REFUSED = """
e^2x = e^(2*x) e^2*x
2^3x = 2^(3*x) 2^3*x
√2x = sqrt(2*x) sqrt(2)*x
³√x² = root(x², 3) root(x, 3)²
5% x = 5/100*x mod(5, x)
p(x) q(x) = p*(x) --let
Γ(x) = Gamma*(x) gamma(x)
φ(t) = phi*(t) --let
sin^(-1)(x) = asin(x) 1/sin(x)
e⁻ˣ² = x^2 x2
sin x (x+1) = sin(x)*(x+1) sin(x*(x+1))
ln x (x+1) = ln(x)*(x+1) ln(x*(x+1))
cos x^2 (2x) = cos(x^2)*(2x) cos(x^2*(2x))
sqrt x |x| = sqrt(x)*|x| sqrt(x*|x|)
cos x/2 = cos(x)/2 cos(x/2)
2 sin x/3 = sin(x)/3 sin(x/3)
sin^2 x/2 = sin^2(x)/2 sin^2(x/2)
ln x/x = ln(x)/x ln(x/x)
x^1/2 = x^(1/2) (x^1)/2
x^-1/2 = x^(-1/2) (x^-1)/2
3x2 = 3*x^2 3*x2
2x1 + 1 = 2*x^1 2*x1
(x+1)2 = (x+1)*2 (x+1)^2
2³√x = 2*root(x, 3) 2^3*sqrt(x)
x^2n = x^(2*n) x^2*n
x³√2 = x*root(2, 3) x^3*sqrt(2)
ln sqrt(x) y = ln(sqrt(x))*y ln(sqrt(x)*y)
C_n^k = binomial(n, k) (C_n)^k
v_0t = v_0*t --var
log(2, x) = log(x)/log(2) log(2)/log(x)
f(x) = f*(x) --let
g(2x) + 1 = g*(2x) --let
u(x) v(x) = u*(x) --let
y(x) = y*(x) --let
F L/(E A) = e --let
1/2x = (1/2)*x 1/(2*x)
sin^-1 x = asin(x) 1/sin(x)
"""


def pairs(table: str) -> list[tuple[str, str]]:
    return [tuple(line.rsplit(" = ", 1)) for line in table.strip().splitlines()]  # type: ignore[misc]


@pytest.mark.parametrize(("typed", "tree"), pairs(READ))
def test_one_reading_is_read(typed: str, tree: str) -> None:
    assert text(parse(typed).node) == tree
    assert parse(tree).node == parse(typed).node


@pytest.mark.parametrize(("typed", "offered"), pairs(REFUSED))
def test_two_readings_are_refused_with_both(typed: str, offered: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(typed)
    assert refused.value.code == "two-readings"
    hint = refused.value.hint or ""
    assert all(reading.replace("\u00a0", " ") in hint for reading in offered.split(" ")), hint
    start, end = refused.value.span or (0, 0)
    assert 0 <= start < end <= len(typed)


@pytest.mark.parametrize("typed", ["f(", "f(x", "Γ(x", "x(", "g[x"])
def test_an_open_bracket_behind_a_letter_is_named(typed: str) -> None:
    with pytest.raises(ExpressionError, match=r"never closed|expression ends"):
        parse(typed)


def test_euler_s_number_beside_other_capitals_reads_back() -> None:
    """E*W may be a modulus: what is printed must have one reading, to SymPy too."""
    shown = text(parse("e*W*x + e^(W*E1)").node)
    assert shown == "exp(1)*W*x + exp(W*E1)"
    assert text(parse(shown).node) == shown
    assert text(parse("e*x*f_W").node) == "E*x*f_W"
    for typed in ("A*e*x", "theta/e", "A*e^1 + e^A", "A*E^x", "theta*E^theta"):
        node = parse(typed).node
        assert parse(text(node)).node is node, typed
    assert text(parse("exp(1)*E", definitions=Definitions({"E": parse("200").node})).node) == "exp(1)*200"


@pytest.mark.parametrize("value", range(-9, 10))
def test_round_is_numpy_s(value: int) -> None:
    import numpy as np

    from calcgrad.calculus.numeric import evaluate

    assert evaluate(parse(f"round({value}/2)").node) == round(value / 2) == np.round(value / 2)


def test_names_that_are_given_are_variables() -> None:
    assert text(parse("3x2", names=["x2"]).node) == "3*x2"
    let = Definitions(values={"E": parse("200").node})
    assert text(parse("F L/(E A)", definitions=let).node) == "F*L/(200*A)"
    let = Definitions(functions={"f": (("t",), parse("t^2").node)})
    assert text(parse("f(x)", definitions=let).node) == "x**2"


@pytest.mark.parametrize(("typed", "expression", "order"), [
    ("y = 3x^2", "3x^2", 0), ("f(x) = 3x^2", "3x^2", 0), ("f(x, y) = x*y", "x*y", 0),
    ("u = f(x) = 3x^2-4x", "3x^2-4x", 0), ("= 6x", "6x", 0), ("y' = 6x", "6x", 1),
    ("f'(x)=6x", "6x", 1), ("f''(x) = 6", "6", 2), ("dy/dx = 6x", "6x", 1), ("d/dx f(x) = 6x", "6x", 1),
    ("d^2y/dx^2 = 6", "6", 2), ("∂f/∂x = y", "y", 1), ("y = 2*dot(x, x) = 28", "2*dot(x, x)", 0),
    ("A = pi r^2", "pi r^2", 0), ("p(x) = x^2", "x^2", 0), ("f^(4)(x) = 24", "24", 4),
    ("R(T) = R0*T", "R0*T", 0), ("T = T0 + 3", "T0 + 3", 0), ("X = 3", "X = 3", 0),
    ("a = b", "a = b", 0), ("y = y^2", "y = y^2", 0), ("y == 2", "y == 2", 0),
    ("x^2 = 3", "x^2 = 3", 0), ("(x^2)' = 2x", "2x", 1), ("(x(x+1))'' = 2", "2", 2), ("d(x^2)/dx = 2x", "2x", 1),
    ("(x^2) = 2x", "(x^2) = 2x", 0), ("(x^2)'", "(x^2)'", 0), ("f'(2) = 4", "4", 1), ("f := x^2", "x^2", 0),
    ("φ(t) = t", "t", 0), ("f_1(x) = x", "x", 0), ("v_x = 2 t", "2 t", 0), ("x -> x^2", "x^2", 0),
    ("f: x ↦ 2", "2", 0), ("x -> 2", "x -> 2", 0), ("x -> a x", "x -> a x", 0), ("∂_x f = 2 x", "2 x", 1),
    ("∂²z/∂x∂y = 2", "2", 2), ("𝑓(𝑥) = 𝑥²", "𝑥²", 0),
    (r"\dot{x} = 2t", "2t", 1), (r"\ddot x = 2", "2", 2), (r"\boxed{f'(x) = 2x}", "2x", 1), ("$x^2$.", "x^2", 0),
    (r"{\displaystyle f(x)={\frac {1}{x}}}", r"\frac {1}{x}", 0), (r"\[ y'' = 2, \]", "2", 2),
    (r"\begin{align*} f(x) &= x^2 \\ \end{align*}", "x^2", 0), (r"f\colon x\mapsto x^2", "x^2", 0),
    (r"\dv{y}{x} = 2x", "2x", 1), (r"\dv[2]{y}{x} = 2", "2", 2), (r"\pdv{f}{x}{y} = 2", "2", 2), ("r = 2 t", "2 t", 0),
    ("ẋ = 2t", "2t", 1), ("y⁗ = 0", "0", 4), ("D[x^3, x, 2] = 6x", "6x", 2), ("D(x^2) = 2x", "2x", 1),
    (r"\left(x^2\right)' = 2x", "2x", 1), ("{x}{y}", "{x}{y}", 0), (r"\left. x \right.", r"\left. x \right.", 0),
])  # fmt: skip
def test_labels(typed: str, expression: str, order: int) -> None:
    label = labelled(typed)
    assert (typed[label.start : label.stop].strip(), label.order) == (expression, order)


@pytest.mark.parametrize(("typed", "places"), [
    ("f'(2) = 4", ("2",)), ("f''(pi/2) = 1", ("pi/2",)), ("f'(ln(2)) = 2", ("ln(2)",)), ("df/dx(1, 2) = 4", ("1", "2")),
    ("y'|_{x=2} = 4", ("x=2",)), ("dy/dx|x=2 = 4", ("x=2",)), ("dy/dx at x = 2 = 4", ("x = 2",)),
    (r"\left.\frac{dy}{dx}\right|_{x=2} = 4", ("x=2",)), (r"f'\left(\frac{\pi}{2}\right) = 0", (r"\frac{\pi}{2}",)),
    ("f'(x) = 2x", ("x",)), ("f'(x, y) = 2x", ("x", "y")), ("y' = 2x", ()), ("d/dx(x^2) = 2x", ()),
    ("d/dx |x| = sign(x)", ()), ("f(2) = 4", ()),
])  # fmt: skip
def test_places_of_labels(typed: str, places: tuple[str, ...]) -> None:
    assert labelled(typed).places == places


@pytest.mark.parametrize(("typed", "of", "name"), [
    ("f'_x(x, y) = 2x", ("x",), "f"), ("z''_{xy} = 2", ("x", "y"), "z"), ("f_y = x^2", ("y",), "f"),
    ("y' = -x/y", (), "y"), ("∂f/∂y = x", ("y",), "f"), (r"{\frac {dy}{dx}} = 2x", ("x",), "y"),
    ("(dy/dx) = 2x", ("x",), "y"),
    (r"\mathrm{d}s/\mathrm{d}t = 2t", ("t",), "s"), ("f⁽⁴⁾(x) = 24", (), "f"), ('y" = 2', (), "y"),
])  # fmt: skip
def test_what_a_label_speaks_of(typed: str, of: tuple[str, ...], name: str) -> None:
    label = labelled(typed)
    assert (label.of, label.name) == (of, name) and label.start


@pytest.mark.parametrize("label", [
    "(x^2)' =", "d(x^2)/dx =", "d x^2/dx =", "dx^2/dx =", "d/dx x^2 =", "d/dx [x^2] =", "D(x^2) =", "Dx[x^2] =",
    "D_x(x^2) =", "D[x^2, x] =", "diff(x^2, x) =", r"\frac{d}{dx}\left(x^2\right) =", r"\frac{d(x^2)}{dx} =",
    r"\dv{x} x^2 =", r"\dv{x^2}{x} =", "derivative(x^2) =", "d(x*x)/dx =",
])  # fmt: skip
def test_a_label_that_names_another_function_is_refused(ask: Ask, label: str) -> None:
    assert ask("check", "x^2", f"{label} 2x", "--raw").out == "equal\n"
    refused = ask("check", "x^3", f"{label} 2x")
    assert refused.code == 2 and "another function than x**3" in refused.err
    assert ask("check", "x^2+y^2=1", f"{label} 2x", "--var", "y:x").code == 2


@pytest.mark.parametrize(("f", "claim", "said"), [
    ("abs(x)", "|x|' = sgn x", "equal"), ("sin(x)", "sin(x)' = cos x", "equal"), ("x^2", "d/dx f(g(x)) = 2x", "equal"),
    ("x^2*y", "f_y = x^2", "equal"), ("x^2*y", "∂f/∂x = 2x y", "equal"), ("x^2*y", "f'_x(x, y) = x^2", "different"),
    ("e^x", "y' = y", "equal"), ("tan(x)", "dy/dx = 1 + y^2", "equal"), ("e^(x^2)", "f'(x) = 2x f(x)", "equal"),
    ("e^(2x)", "y' = y", "different"), ("(x+1)^2", "f'(x) = 2(x+1) = 2x+2", "equal"),
    ("(x+1)^2", "f'(x) = 2(x+1) = 2x+1", "different"), ("x^2", "f'(x) = 2x = 4", "different"),
    ("x^2", "f'(2) = 2*2 = 4", "equal"),
])  # fmt: skip
def test_a_claim_s_label_says_what_it_speaks_of(ask: Ask, f: str, claim: str, said: str) -> None:
    assert ask("check", f, claim, "--raw").out == f"{said}\n"


def test_a_claim_about_another_variable_is_refused(ask: Ask) -> None:
    assert ask("check", "x^2*y", "f_x = 2x y", "--var", "y").code == 2
    assert ask("check", "x^2", "2x = 2*x").code == 2


def test_a_variable_makes_no_label() -> None:
    assert labelled("y = x^2", ["y"]).start == 0


@pytest.mark.parametrize(("typed", "expression", "by", "to"), [
    ("d/dx x^2", "x^2", "x", None), ("d/dt(sin t)", "(sin t)", "t", None), ("d^2/dx^2 x^4", "x^4", "xx", None),
    ("d²/dx² x^4", "x^4", "xx", None), (r"\frac{d}{d\theta} \sin\theta", r"\sin\theta", ("theta",), None),
    (r"$\frac{d^3}{dx^3} x^4$", "x^4", "xxx", None), (r"\frac{\partial}{\partial y} x y", "x y", "y", None),
    ("y = d/dx x^2", "x^2", "x", None), ("d/dx[x^2]", "x^2", "x", None), ("d/dx [x]+[x]", "[x]+[x]", "x", None),
    (r"\frac{\mathrm d}{\mathrm dx}\left[x^2\right]", "x^2", "x", None),
    (r"\frac{\partial^3}{\partial x^2\,\partial y} x y", "x y", "xxy", None),
    ("d(x^2+1)/dx", "(x^2+1)", "x", None), ("d sin x/dx", "sin x", "x", None), ("diff(x^3, x, 2)", "x^3", "xx", None),
    (r"\frac{d x^2}{dx}", "x^2", "x", None), (r"\dv{x} x^2", "x^2", "x", None), (r"\dv[2]{x^3}{x}", "x^3", "xx", None),
    ("dx/dt", "dx/dt", "", None), ("D(x^2)", "D(x^2)", "", None), ("dot(x, x)/dx", "dot(x, x)/dx", "", None),
    ("d/dx*3", "d/dx*3", "", None), ("dx/2", "dx/2", "", None),
    ("lim x->0 x", "x", "", ("x", "0")), ("lim_(h→0+) 1/h", "1/h", "", ("h", "0+")),
    (r"\lim_{x \to 0^{-}} \frac1x", r"\frac1x", "", ("x", "0-")), ("lim_{x->oo} x", "x", "", ("x", "oo")),
    (r"\lim\limits_{x\to\frac{\pi}{2}^+} \tan x", r"\tan x", "", ("x", r"\frac{\pi}{2}+")),
    ("limit", "limit", "", None), ("linear x", "linear x", "", None),
])  # fmt: skip
def test_operators_before_an_expression(
    typed: str, expression: str, by: str | tuple[str, ...], to: tuple[str, str] | None
) -> None:
    label = labelled(typed)
    assert (typed[label.start : label.stop].strip(), label.by, label.to) == (expression, tuple(by), to)


@pytest.mark.parametrize(("words", "code", "says"), [
    (("diff", "d/dx x^2 + 3x"), 2, "write d/dx (x^2 + 3x)"), (("diff", "d/dx (x^2)*x"), 2, "write d/dx ((x^2)*x)"),
    (("diff", "d/dx x^2", "--var", "y"), 2, "leave out one of them"),
    (("limit", "d/dx x^2", "--to", "0"), 2, "calcgrad diff"), (("diff", "lim x->0 x"), 2, "calcgrad limit"),
    (("grad", "d/dx x^2", "--at", "1"), 2, "calcgrad diff"), (("check", "x^2", "d/dx x^2"), 2, "calcgrad diff"),
    (("limit", "lim x->0 x", "--to", "0"), 2, "leave out --to or the lim"),
    (("diff", "d/dx(x^2)"), 0, "f'(x) = 2*x"), (("diff", "d^2/dx^2 x^3", "--raw"), 0, "6*x"),
    (("limit", r"\lim_{x \to 0^-} \frac{|x|}{x}", "--raw"), 0, "-1"),
    (("limit", "lim h->0 ((x+h)^2-x^2)/h", "--raw"), 0, "2*x"),
])  # fmt: skip
def test_an_operator_says_what_its_command_says(
    ask: Ask, words: tuple[str, ...], code: int, says: str
) -> None:
    answer = ask(*words)
    assert answer.code == code
    assert says in (answer.err if code else answer.out).splitlines()[-1]


@pytest.mark.parametrize("name", ["E", "e", "pi"])
def test_a_constant_s_name_that_an_option_gives_is_a_variable(ask: Ask, name: str) -> None:
    """Young's modulus: read as a letter, written with an index, so that the answer reads back."""
    answer = ask("diff", f"F*L/({name}*A)", "--var", name)
    assert answer.out.splitlines()[1] == f"df/d{name}_0 = -F*L/(A*{name}_0**2)"
    assert (
        answer.err
        == f"note: {name} is a variable here, and written {name}_0; as {name} it would be the constant\n"
    )
    assert ask("diff", answer.out.splitlines()[0], "--var", f"{name}_0").out == answer.out
    graph = json.loads(ask("grad", f"x^{name}", "--at", f"{name}=3,x=2", "--json").out)
    assert (graph["value"], graph["gradient"]["x"]) == (8.0, 12.0)
    assert ask("limit", f"{name}^2", "--to", f"{name}=3", "--raw").out == "9\n"
    assert ask("diff", f"{name}*{name}_0", "--var", name).code == 2
    assert ask("diff", name, "--var", name, "--let", f"{name}=2").code == 2
    assert ask("diff", f"{name}*x", "--at", f"{name}_0=2,x=1", "--var", "x").err == ""


def test_an_error_in_json_names_the_line_of_several(ask: Ask) -> None:
    answers = ask("diff", "-", "--json", stdin="# a\nx^2\nsinn(x)\n\n1/2x\n").out.splitlines()
    assert [json.loads(each).get("error", {}).get("line") for each in answers] == [None, 3, 5]
    assert "line" not in json.loads(ask("diff", "sinn(x)", "--json").out)["error"]


def test_what_a_label_says_is_noted(ask: Ask) -> None:
    answer = ask("diff", "y' = 6x")
    assert answer.out.splitlines() == ["f(x) = 6*x", "f'(x) = 6"]
    assert answer.err == "note: y' = is a label: the question is about what follows it\n"
    assert ask("check", "3x^2", "y' = 6x", "--raw").out == "equal\n"
    assert ask("diff", "f(x) = 3*sinn(x)").err.splitlines()[1:3] == ["  f(x) = 3*sinn(x)", "           ^^^^"]


@pytest.mark.parametrize("words", [
    ("diff", "x*y", "--var", "x"), ("limit", "sin(x)/x", "--to", "0"), ("grad", "2*dot(x,x)", "--at", "x=[0,1,2,3]"),
])  # fmt: skip
def test_a_first_line_reads_back(ask: Ask, words: tuple[str, ...]) -> None:
    answer = ask(*words)
    command, _, *options = words
    assert ask(command, answer.out.splitlines()[0], *options) == answer


def test_the_table_of_functions_holds_the_shorthands(ask: Ask) -> None:
    names = [json.loads(line)["name"] for line in ask("functions", "--json").out.splitlines()]
    assert {"clip", "mod", "sinc", "sind"} <= set(names)


@pytest.mark.parametrize(("words", "hint"), [
    (("x^2",), "calcgrad diff 'x^2'"), (("x^2", "--at", "3"), "calcgrad diff 'x^2' --at 3"),
    (("derivative", "x^2"), "calcgrad diff 'x^2'"), (("hessian",), "calcgrad grad --hessian"),
    (("hessian", "x*y", "--at", "x=1,y=2"), "calcgrad grad 'x*y' --at x=1,y=2 --hessian"),
    (("graph", "x"), "calcgrad plot x"), (("taylor",), "calcgrad series"), (("diffe", "x"), "did you mean diff?"),
    (("help", "diff"), "calcgrad diff --help"), (("help",), "calcgrad --help"),
    (("integrate", "x^2"), "calcgrad differentiates; it does not integrate"),
    (("diff", "x^2", "-at", "3"), "did you mean --at?"), (("diff", "x^2", "—at", "3"), "did you mean --at?"),
])  # fmt: skip
def test_the_command_that_was_meant(ask: Ask, words: tuple[str, ...], hint: str) -> None:
    answer = ask(*words)
    assert (answer.code, answer.err.splitlines()[-1]) == (2, f"hint: {hint}")


def test_a_further_word_may_be_a_point_or_a_variable(ask: Ask) -> None:
    assert ask("diff", "x^2", "3").err == "note: 3 is an expression of its own here; --at 3 names a point\n"
    assert (
        ask("diff", "x^2", "x").err
        == "note: x is an expression of its own here; --var x names the variable\n"
    )
    assert ask("diff", "x^2", "x^3").err == ""


def test_a_point_in_python_may_be_numbers() -> None:
    from fractions import Fraction

    import numpy as np
    import sympy

    from calcgrad import diff, limit

    for at in (
        2,
        2.0,
        Fraction(2),
        np.float64(2),
        np.int64(2),
        sympy.Integer(2),
        "2",
        {"x": 2},
        {"x": np.float64(2)},
    ):
        assert float(diff("x^3", at=at).value.exact) == 12, at
    assert diff("x^3", at=sympy.sqrt(2)).value.exact == "6"
    assert limit("1/x", to=float("inf")).value.exact == "0"


@pytest.mark.parametrize(("to", "side", "point"), [
    ("0+", "right", "0"), ("0-", "left", "0"), ("x->0+", "right", "0"), ("x → 0⁻", "left", "0"), ("0^+", "right", "0"),
    ("x->oo", "both", "oo"), ("+oo", "both", "oo"), ("-infinity", "both", "-oo"), ("pi/2-", "left", "pi/2"),
])  # fmt: skip
def test_a_point_may_name_its_side(to: str, side: str, point: str) -> None:
    from calcgrad import limit

    found = limit("1/x", to=to)
    assert (found.side, found.point) == (side, point)


def test_a_series_is_asked_for_on_a_side(ask: Ask) -> None:
    assert ask("series", "sqrt(x)", "--at", "0+") == ask("series", "sqrt(x)", "--at", "0", "--from", "right")


def test_two_sides_are_one_too_many(ask: Ask) -> None:
    answer = ask("limit", "1/x", "--to", "0+", "--from", "left")
    assert answer.code == 2 and answer.err.startswith("error: --to 0+ and --from left are two sides")


@pytest.mark.parametrize(("typed", "meant"), [("where(x=>2,x,1)", ">="), ("where(x =< 2,x,1)", "<=")])
def test_a_sign_the_wrong_way_round(typed: str, meant: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(typed)
    assert meant in (error.value.hint or "")
