# ruff: noqa: E501 (tables)
"""The language from inside: tokens, trees, spans, definitions, arrays written out, LaTeX."""

from __future__ import annotations

import copy
from fractions import Fraction

import pytest

from calcgrad.errors import CalcgradError, ExpressionError, TooLarge, UsageError
from calcgrad.expression import catalogue
from calcgrad.expression.arrays import constant, elements, has_arrays, scalarize
from calcgrad.expression.definitions import define
from calcgrad.expression.latex import latex, name_latex
from calcgrad.expression.parser import canonical_name, is_variable, parse
from calcgrad.expression.scanner import MAX_CHARACTERS, scan
from calcgrad.expression.tree import (
    Call,
    Name,
    Node,
    Number,
    children,
    digits,
    fold,
    has_decimal,
    integer,
    postorder,
    rational,
    rebuild,
    substitute,
    text,
    total,
    variables,
)  # fmt: skip

x, y = Name("x"), Name("y")


def read(source: str, *names: str) -> str:
    return text(parse(source, names).node)


def refusal(source: str, *names: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(source, names)
    assert caught.value.source == source
    return caught.value


# --------------------------------------------------------------------------------------------------- tokens


def test_tokens_keep_their_places() -> None:
    source = "2x² + θ_1·sin(x₁)"
    tokens = scan(source)
    assert [token.text for token in tokens] == [
        "2",
        "x",
        "**",
        "2",
        "+",
        "theta_1",
        "*",
        "sin",
        "(",
        "x1",
        ")",
        "",
    ]
    assert [source[token.start : token.end] for token in tokens] == [
        "2", "x", "", "²", "+", "θ_1", "·", "sin", "(", "x₁", ")", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "tokens"),
    [
        ("1e-3", "1e-3"), ("1e 3", "1 e 3"), ("1e", "1 e"), ("1e+", "1 e +"), ("1.5", "1.5"), (".5", ".5"), ("5.", "5."),
        ("2.5E6x", "2.5E6 x"), ("x**y", "x ** y"), ("x^y", "x ** y"), ("x<=y", "x <= y"), ("x≤y", "x <= y"), ("x−y", "x - y"),
        ("x && y", "x & y"), ("∞", "oo"), ("x⁻¹²", "x ** - 12"), ("a_b_c", "a_b_c"),
    ],
)  # fmt: skip
def test_tokens(source: str, tokens: str) -> None:
    assert " ".join(token.text for token in scan(source)).strip() == tokens


@pytest.mark.parametrize("character", "'\"`#?∫∂\0\u202e\ud800€")
def test_characters_that_are_not_of_the_language(character: str) -> None:
    error = refusal(f"x+{character}")
    assert (error.code, error.span) == ("character", (2, 3))
    assert error.message.isprintable()


def test_length_is_bounded() -> None:
    assert parse("x" + " " * (MAX_CHARACTERS - 1)).node is x
    assert refusal("x" + " " * MAX_CHARACTERS).code == "too-long"


# ---------------------------------------------------------------------------------------------------- trees


def test_equal_trees_are_one_object() -> None:
    first, second = parse("sin(x)**2 + sin(x)").node, parse("sin x ^ 2 + sin(x)").node
    assert first is parse("sin(x)^2+sin(x)").node
    assert isinstance(first, Call) and isinstance(second, Call)
    assert children(first)[1] is children(children(first)[0])[0]
    assert len(postorder(first)) == 5


def test_nodes_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        x.name = "y"  # type: ignore[misc]


def test_walks_are_iterative() -> None:
    deep = total([x] * 5000)
    assert len(postorder(deep)) == 5000
    assert variables(deep) == ["x"]
    assert fold(deep, lambda node, parts: sum(parts) or 1) == 5000
    assert substitute(deep, {x: y}) is total([y] * 5000)
    assert text(deep) == " + ".join(["x"] * 5000)


def test_substitution_is_simultaneous() -> None:
    assert text(substitute(parse("x - 2y").node, {x: y, y: x})) == "y - 2*x"
    assert substitute(x, {}) is x


def test_rebuild_keeps_the_kind() -> None:
    for source in ("sin(x)", "[x, y]", "[x, y][0]", "x + y", "where(x > 0, x, y)", "3"):
        node = parse(source).node
        assert rebuild(node, children(node)) is node


def test_numbers_and_their_spelling() -> None:
    assert text(integer(-3)) == "-3" and text(rational(Fraction(-2, 3))) == "-2/3"
    assert digits(10**9000) == "1" + "0" * 9000
    assert has_decimal(parse("0.1x").node) and not has_decimal(parse("x/10").node)
    node = parse("0.10").node
    assert isinstance(node, Number) and node.value == Fraction(1, 10) and node.typed == "0.10"


def test_text_too_long_to_write() -> None:
    node: Node = x
    for _ in range(60):
        node = Call("+", (node, node))
    with pytest.raises(TooLarge):
        text(node)


def test_variables_in_order_of_appearance() -> None:
    assert variables(parse("b*a + sin(c)*a + pi").node) == ["b", "a", "c"]


# ---------------------------------------------------------------------------------------------------- spans


@pytest.mark.parametrize(
    ("source", "code", "spanned"),
    [
        ("3*sinn(x)", "unknown-function", "sinn"), ("3*quux+1", "unknown-name", "quux"), ("1+1/2x", "two-readings", "1/2x"),
        ("y+e^2x", "two-readings", "e^2x"), ("2+√2x", "two-readings", "√2x"), ("z+xy", "two-readings", "xy"),
        ("1+sin^-1 x", "two-readings", "sin^-1 x"), ("a = b", "two-readings", "="), ("(x", "bracket", "("), ("x)", "bracket", ")"),
        ("[x", "bracket", "["), ("sin(x", "bracket", "("), ("sin(x,y)", "arity", "sin(x,y)"), ("1+sin", "arity", "sin"),
        ("where(x, 1, 2)", "condition", "x"), ("1 + (x<1)", "condition", "(x<1)"), ("x 2", "syntax", "2"), ("3 4", "syntax", "4"),
        ("x, y", "syntax", ","), ("x*)", "incomplete", "*"), ("()", "incomplete", "()"), ("x // y", "syntax", "//"),
        ("x!!", "two-readings", "x!!"), ("x'", "character", "'"), ("|x", "bracket", "|"), ("0x10", "two-readings", "0x"),
    ],
)  # fmt: skip
def test_errors_point_at_what_is_wrong(source: str, code: str, spanned: str) -> None:
    error = refusal(source)
    assert error.span is not None
    start, end = error.span
    assert (error.code, source[start:end]) == (code, spanned)


def test_an_error_at_the_end_points_behind_it() -> None:
    assert refusal("3*x+").span == (4, 4)
    assert refusal("3*x+  ").span == (4, 4)
    assert refusal("").code == "empty"


def test_errors_are_value_errors() -> None:
    """Library users catch what they know."""
    with pytest.raises(ValueError):
        parse("x*")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("sinn(x)", "sin"), ("arcsn(x)", "arcsin"), ("sqr(x)", "sqrt"), ("logg(x)", "log"), ("sinx", "sin(x)"), ("cos2x", "cos(2*x)")],
)  # fmt: skip
def test_did_you_mean(typed: str, meant: str) -> None:
    assert refusal(typed).hint == f"did you mean {meant}?"


def test_named_variables_are_suggested_too() -> None:
    assert refusal("sped*x", "speed").hint == "did you mean speed?"


# ---------------------------------------------------------------------------------------------- two readings


@pytest.mark.parametrize(
    ("source", "first", "second"),
    [
        ("1/2x", "(1/2)*x", "1/(2*x)"), ("x/2(y)", "(x/2)*(y)", "x/(2*(y))"), ("1/2 x", "(1/2)*x", "1/(2*x)"), ("e^2x", "e^(2*x)", "e^2*x"),
        ("2^3x", "2^(3*x)", "2^3*x"), ("2**3x", "2^(3*x)", "2^3*x"), ("e^xy", "", ""), ("x^ab", "", ""),
        ("√2x", "sqrt(2*x)", "sqrt(2)*x"), ("sin^-1 x", "asin(x)", "1/sin(x)"), ("tan^-1(x)", "atan(x)", "1/tan(x)"), ("xy", "x*y", "--var"),
        ("a = b", "a - (b)", "a == b"), ("|x|y|z|", "abs(x)*y*abs(z)", "abs(x*abs(y)*z)"), ("1/2sin(x)", "(1/2)*sin(x)", "1/(2*sin(x))"),
    ],
)  # fmt: skip
def test_both_readings_are_offered(source: str, first: str, second: str) -> None:
    error = refusal(source)
    assert error.code == "two-readings" and error.message.endswith("has two readings")
    assert error.hint is not None and first in error.hint and second in error.hint


@pytest.mark.parametrize(
    ("source", "offered"),
    [("1/2x", ["(1/2)*x", "1/(2*x)"]), ("e^2x", ["e^(2*x)", "e^2*x"]), ("√2x", ["sqrt(2*x)", "sqrt(2)*x"]), ("sin^-1 x", ["asin(x)", "1/sin(x)"])],
)  # fmt: skip
def test_what_is_offered_can_be_typed_and_differs(source: str, offered: list[str]) -> None:
    hint = refusal(source).hint
    assert hint == f"write {offered[0]} or {offered[1]}"
    assert parse(offered[0]).node is not parse(offered[1]).node


@pytest.mark.parametrize(
    ("source", "reading"),
    [
        ("x^2y", "x**2*y"), ("3x^2y", "3*x**2*y"), ("x²y", "x**2*y"), ("2²x", "2**2*x"), ("e²x", "exp(2)*x"), ("2^(3)x", "2**3*x"),
        ("e^(2)x", "exp(2)*x"), ("1/(2x)", "1/(2*x)"), ("1/2*x", "1/2*x"), ("x/y", "x/y"), ("√(2)x", "sqrt(2)*x"), ("√x", "sqrt(x)"),
        ("sin^2 x", "sin(x)**2"), ("x^-2", "x**(-2)"), ("|x||y|", "abs(x)*abs(y)"), ("|x|*|y|", "abs(x)*abs(y)"), ("|-x|", "abs(-x)"),
        ("|x+|y||", "abs(x + abs(y))"), ("||x|+y|", "abs(abs(x) + y)"), ("sin|x|", "sin(abs(x))"), ("2x(x+1)", "2*x*(x + 1)"),
    ],
)  # fmt: skip
def test_one_reading_is_taken(source: str, reading: str) -> None:
    assert read(source) == reading


# ------------------------------------------------------------------------------------------- names and calls


@pytest.mark.parametrize(
    "word", ["x", "x1", "x12", "x_max", "x1_a2", "theta", "theta1", "Omega_0", "lambda", "I", "beta", "gamma"]
)
def test_variable_names(word: str) -> None:
    assert is_variable(word)


@pytest.mark.parametrize("word", ["xy", "speed", "x_", "_x", "x_a_b", "sin", "e", "pi", "E", "oo", "1x", ""])
def test_words_that_are_no_variables_by_themselves(word: str) -> None:
    assert not is_variable(word)


def test_canonical_names() -> None:
    assert canonical_name("λ") == canonical_name("lambda") == "lamda"
    assert canonical_name("θ₁") == "theta1"
    for bad in ("x y", "2", "e", "pi", "oo", "", "x.y", "x[0]", "None"):
        with pytest.raises(CalcgradError):
            canonical_name(bad)


def test_longer_names_are_read_once_named() -> None:
    assert refusal("speed*2").code == "unknown-name"
    assert read("speed*2", "speed") == "speed*2"
    assert read("2speed", "speed") == "2*speed"


def test_functions_that_may_be_variables() -> None:
    assert read("beta*x + gamma + zeta") == "beta*x + gamma + zeta"
    assert read("gamma(x) + gamma*x") == "gamma(x) + gamma*x"
    assert read("beta (x+1)") == "beta*(x + 1)"


def test_powers_of_e_are_exp() -> None:
    for source in ("e^x", "E**x", "exp(x)", "exp x"):
        assert parse(source).node is parse("exp(x)").node


def test_conditions() -> None:
    def words(source: str) -> str:
        return text(parse(source, condition=True).node, words=True)

    assert words("x > 0 and y < 1 or not x == y") == "x > 0 and y < 1 or not x == y"
    assert words("x>0 & (y<1 | x!=2)") == "x > 0 and (y < 1 or x != 2)"
    assert words("0 < x < 1") == words("0<x and x<1")
    assert words("~(x > 0)") == "not x > 0"
    with pytest.raises(ExpressionError):
        parse("x", condition=True)


@pytest.mark.parametrize(
    "source",
    ["where(x == 0 or y != 0, x, y)", "where(x == 0 | y == 0, 1, 2)", "where(not (x == 0 and y == 1), x, y)", "where(x != 0, 1, 2)"],
)  # fmt: skip
def test_equations_in_conditions_read_back(source: str) -> None:
    node = parse(source).node
    assert parse(text(node)).node is node


@pytest.mark.parametrize(
    "word", ["neg", "slice", "add", "Call", "Add", "__class__", "os", "eval", "sympy", "numpy", "None"]
)
def test_no_name_outside_the_catalogue(word: str) -> None:
    for source in (f"{word}(x)", f"{word}(x, y)", f"{word}(x, y, z)"):
        refusal(source)


# ------------------------------------------------------------------------------------------------ catalogue


def test_every_row_is_complete() -> None:
    for row in catalogue.FUNCTIONS:
        assert row.help and row.parameters and row.name.isidentifier()
        assert row.numpy and (row.sympy or row.definition)
        for condition in (row.domain, row.kinks):
            if condition:
                parse(condition, row.parameters, condition=True)


def test_words_lead_to_one_row_for_each_count() -> None:
    assert catalogue.find("max", 1) is catalogue.ROWS["max"]
    assert catalogue.find("max", 2) is catalogue.find("maximum", 3) is catalogue.ROWS["Max"]
    assert catalogue.find("arcsin", 1) is catalogue.ROWS["asin"]
    assert catalogue.find("sin", 2) is None and catalogue.find("nothing", 1) is None
    assert catalogue.known("ceil") and not catalogue.known("neg")


def test_signatures() -> None:
    assert catalogue.ROWS["atan2"].signature == "atan2(y, x)"
    assert catalogue.ROWS["Max"].accepts(5) and not catalogue.ROWS["Max"].accepts(1)
    assert catalogue.ROWS["sum"].accepts(2) and not catalogue.ROWS["sum"].accepts(3)


# ---------------------------------------------------------------------------------------------- definitions


def test_definitions_in_any_order() -> None:
    made = define(["b=a+1", "a=2", "g(t)=b*sin(t)"])
    assert text(made.values["b"]) == "2 + 1"
    parameters, body = made.functions["g"]
    assert (parameters, text(body)) == (("t",), "(2 + 1)*sin(t)")


def test_definitions_are_put_in() -> None:
    made = define(["a=2", "g(s, t)=s-t"])
    assert text(parse("a*x + g(x, a)", (), made).node) == "2*x + (x - 2)"
    assert made.used == {"a", "g"}
    assert text(parse("2a", (), made).node) == "2*2"
    assert text(parse("a^2", (), define(["a=-1"])).node) == "(-1)**2"


def test_a_constant_s_name_may_be_given_another_value() -> None:
    made = define(["E=200", "e=1.6"])
    assert text(parse("F*L/(E*A) + e", (), made).node) == "F*L/(200*A) + 1.6"


def test_parameters_hide_definitions() -> None:
    made = define(["t=5", "g(t)=t^2"])
    assert text(parse("g(x)", (), made).node) == "x**2"


@pytest.mark.parametrize(
    "texts",
    [
        ["a"], ["a=1", "a=2"], ["a=b", "b=a"], ["a=a"], ["g(t)=g(t)"], ["g(t)=h(t)", "h(t)=g(t)"], ["sin=1"], ["oo=1"], ["True=3"],
        ["g(t,t)=t"], ["2=x"], ["a=1+"], ["=1"], ["a=="], ["a b=1"], ["g()=1"], [""], ["a.b=1"], ["exp(x)=1"],
    ],
)  # fmt: skip
def test_bad_definitions(texts: list[str]) -> None:
    with pytest.raises(CalcgradError):
        define(texts)


def test_wrong_number_of_arguments() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("g(x, y)", (), define(["g(t)=t"]))
    assert caught.value.code == "arity"
    with pytest.raises(ExpressionError):
        parse("g", (), define(["g(t)=t"]))


# -------------------------------------------------------------------------------------------------- arrays


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("dot([x,1],[x,2])", "x*x + 1*2"), ("sum([x,y,2])", "x + y + 2"), ("prod([x,y])", "x*y"), ("mean([x,y])", "(x + y)/2"),
        ("norm([x,y])", "sqrt(x**2 + y**2)"), ("norm([x])", "abs(x)"), ("max([x,y])", "Max(x, y)"), ("min([x,y,1])", "Min(x, y, 1)"),
        ("[x,y][1]", "y"), ("[x,y][-1]", "y"), ("[[x,1],[2,y]][1,0]", "2"), ("sum([x,y,2][1:])", "y + 2"), ("sum([x,y,2][::2])", "x + 2"),
        ("[x,y]@[1,2]", "x*1 + y*2"), ("[1,x]@[[1,2],[3,4]]@[x,1]", "(1*1 + x*3)*x + (1*2 + x*4)*1"), ("sum(sin([x,y]))", "sin(x) + sin(y)"),
        ("sum(2*[x,y])", "2*x + 2*y"), ("sum([x,y]+[1,2])", "x + 1 + (y + 2)"), ("logsumexp([x,y])", "log(exp(x) + exp(y))"),
        ("transpose([[x,1],[2,y]])[0,1]", "2"), ("sum(arange(3)*x)", "0*x + 1*x + 2*x"), ("sum([[x,1],[2,y]],0)[0]", "x + 2"),
        ("sum(zeros(0))", "0"), ("prod(zeros(0))", "1"), ("sum(linspace(0,1,3)*x)", "0*x + 1/2*x + 1*x"), ("x + 1", "x + 1"),
    ],
)  # fmt: skip
def test_arrays_written_out(source: str, written: str) -> None:
    assert text(scalarize(parse(source).node)) == written


@pytest.mark.parametrize(
    "source", ["[x,1]", "[x,y]+1", "dot([[1,2],[3,4]],[x,y])", "arange(3)", "softmax([x,1])"]
)
def test_an_array_is_not_a_number(source: str) -> None:
    with pytest.raises(UsageError) as caught:
        scalarize(parse(source).node)
    assert caught.value.code == "not-scalar"


@pytest.mark.parametrize(
    "source",
    ["[[1],[1,2]]", "dot([1,2],[1,2,3])", "[1,2]@[1,2,3]", "[x,y][2]", "[x,y][x]", "sum([x])[0]", "2@x", "zeros(-1)", "arange(0,1,0)", "mean([])", "max([])", "sum([x,y],3)", "[1,2]+[1,2,3]"],
)  # fmt: skip
def test_shapes_that_do_not_fit(source: str) -> None:
    with pytest.raises(CalcgradError):
        scalarize(parse(source).node)


def test_arrays_too_large_to_write_out() -> None:
    for source in (
        "sum(arange(10^9))",
        "sum(zeros(10^5, 10^5))",
        "sum(ones(10^9))",
        "sum(linspace(0, 1, 10^9))",
    ):
        with pytest.raises(TooLarge):
            scalarize(parse(source).node)


def test_elements_keep_shapes() -> None:
    assert elements(parse("[[x,1],[2,y]]").node).shape == (2, 2)
    assert elements(parse("x").node) is x
    assert has_arrays(parse("norm(x)").node) and not has_arrays(parse("max(x, y)").node)


def test_constants_of_small_arithmetic() -> None:
    assert constant(parse("2^10/4 - 1").node) == 255
    for source in ("x", "pi", "2^100000", "1/0", "sin(0)"):
        assert constant(parse(source).node) is None


# --------------------------------------------------------------------------------------------------- LaTeX


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("x^2/sin(x)", r"\frac{x^{2}}{\sin\left(x\right)}"), ("x^10", "x^{10}"), ("2*3", r"2 \cdot 3"), ("2x", "2 x"), ("-x^2", "-x^{2}"),
        ("(x+1)*y", r"\left(x + 1\right) y"), ("e^x", "e^{x}"), ("pi*theta", r"\pi \theta"), ("lambda", r"\lambda"), ("x_max", "x_{max}"),
        ("x1", "x_{{1}}"), ("x_1", "x_{1}"), ("|x|", r"\left|x\right|"), ("sqrt(x)", r"\sqrt{x}"), ("(-x)^2", r"\left(-x\right)^{2}"), ("oo", r"\infty"),
        ("sin(x)^2", r"\sin^{2}\left(x\right)"), ("x/(y/z)", r"\frac{x}{\frac{y}{z}}"), ("x - (y - z)", r"x - \left(y - z\right)"),
    ],
)  # fmt: skip
def test_latex(source: str, shown: str) -> None:
    assert latex(parse(source).node) == shown


def test_latex_braces_balance() -> None:
    for row in catalogue.FUNCTIONS:
        if row.name == "Piecewise":
            node = parse("Piecewise((x, x>0 and y<1), (y, True))").node
        else:
            node = parse(f"{row.name}({', '.join('xyz'[: max(row.least, 1)])})^2/2").node
        shown = latex(node)
        assert shown.count("{") == shown.count("}") and shown.count(r"\left") == shown.count(r"\right")
        assert "**" not in shown


def test_names_in_latex() -> None:
    assert name_latex("alpha_0") == r"\alpha_{0}"
    assert name_latex("x12_a") == "x_{12,a}"
    assert name_latex("speed") == r"\mathrm{speed}"


def test_trees_survive_copying() -> None:
    node = parse("x^2 + 1").node
    assert text(copy.copy(node)) == "x**2 + 1"


@pytest.mark.parametrize(("typed", "meant"), [
    ("cosecant", "csc"), ("tangent", "tan"), ("squareroot", "sqrt"), ("sni", "sin"), ("sqtr", "sqrt"), ("maxx", "max"),
    ("heavyside", "heaviside"), ("factoral", "factorial"), ("arctn", "arctan"), ("sinus", "sin"),
    ("graph", None), ("foo", None), ("len", None), ("print", None), ("det", None), ("random", None),
    ("inverse", None), ("rnd", None),
])  # fmt: skip
def test_a_function_is_only_suggested_where_it_is_likely(typed: str, meant: str | None) -> None:
    hint = f"did you mean {meant}?" if meant else "calcgrad functions lists what there is"
    assert refusal(f"{typed}(x)").hint == hint


@pytest.mark.parametrize(("typed", "hint"), [
    ("diff(x^2, x)", "calcgrad diff computes it"), ("derivative of x^2", "calcgrad diff computes it"),
    ("1 + limit(x, x, 0)", "calcgrad limit"), ("integrate(x)", "does not integrate"),
])  # fmt: skip
def test_a_command_is_no_function(typed: str, hint: str) -> None:
    assert hint in str(refusal(typed).hint)
