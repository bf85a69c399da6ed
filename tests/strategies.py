"""Random expression trees for Hypothesis, made of nodes as the parser makes them.

@given(smooth("x"), places("x"))        # a tree in x, and {"x": Fraction(3, 8)}
"""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from calcgrad.expression.tree import EULER_GAMMA, PI, TRUE, Call, E, Index, List, Name, Node, Number

SMOOTH = [
    "exp", "log", "log2", "log10", "log1p", "expm1", "sqrt", "cbrt", "sin", "cos", "tan", "sec", "sinh", "cosh", "tanh",
    "sech", "asin", "acos", "atan", "asinh", "acosh", "atanh", "sigmoid", "softplus", "erf",
]  # fmt: skip
TAME = ["sin", "cos", "atan", "tanh", "asinh", "sigmoid", "erf", "exp", "log", "sqrt"]  # in any nesting
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


def numbers() -> SearchStrategy[Node]:
    return st.integers(0, 9).map(Number)


def decimals() -> SearchStrategy[Node]:
    shown = st.tuples(st.integers(0, 99), st.integers(1, 999)).map(lambda parts: f"{parts[0]}.{parts[1]:03}")
    return shown.map(lambda typed: Number(Fraction(typed), typed))


def leaves(names: str) -> SearchStrategy[Node]:
    variables = st.sampled_from([Name(name) for name in names])
    return variables | variables | numbers() | decimals() | st.sampled_from([PI, E, EULER_GAMMA])


def power(base: Node, exponent: Node) -> Node:
    """A power as the parser makes it: one of e is exp."""
    return Call("exp", (exponent,)) if base is E else Call("**", (base, exponent))


def arithmetic(inner: SearchStrategy[Node]) -> SearchStrategy[Node]:
    binary = st.builds(lambda op, a, b: Call(op, (a, b)), st.sampled_from("+-*/"), inner, inner)
    exponents = st.integers(2, 4).map(Number) | st.just(Call("neg", (Number(1),)))
    powers = st.builds(power, inner, exponents)
    return binary | binary | powers | inner.map(lambda node: Call("neg", (node,)))


def calls(words: list[str], inner: SearchStrategy[Node]) -> SearchStrategy[Node]:
    return st.builds(lambda word, node: Call(word, (node,)), st.sampled_from(words), inner)


def smooth(names: str = "x", size: int = 8, words: list[str] = SMOOTH) -> SearchStrategy[Node]:
    """Arithmetic and functions that are analytic inside their domains."""
    return st.recursive(leaves(names), lambda inner: arithmetic(inner) | calls(words, inner), max_leaves=size)


def exact(names: str) -> SearchStrategy[Node]:
    """Arithmetic without division on variables and whole numbers: exact in doubles at dyadic points."""

    def binary(inner: SearchStrategy[Node]) -> SearchStrategy[Node]:
        return st.builds(lambda op, a, b: Call(op, (a, b)), st.sampled_from("+-*"), inner, inner)

    variables = st.sampled_from([Name(name) for name in names])
    return st.recursive(variables | variables | numbers(), binary, max_leaves=4)


def conditions(names: str) -> SearchStrategy[Node]:
    inner = exact(names)
    simple = st.builds(lambda op, a, b: Call(op, (a, b)), st.sampled_from(COMPARISONS), inner, inner)
    joined = st.builds(lambda op, a, b: Call(op, (a, b)), st.sampled_from("&|"), simple, simple)
    return simple | joined | simple.map(lambda node: Call("~", (node,)))


def kinked(names: str = "x", size: int = 6) -> SearchStrategy[Node]:
    """Trees with corners, jumps and cases; what decides them is exact in doubles."""
    inner = exact(names)
    bent = (
        calls(["abs", "sign", "floor", "ceiling", "relu", "Heaviside"], inner)
        | st.builds(lambda op, a, b: Call(op, (a, b)), st.sampled_from(["Max", "Min"]), inner, inner)
        | st.builds(lambda a, p, b: Call("Piecewise", (a, p, b, TRUE)), inner, conditions(names), inner)
    )
    return st.recursive(
        leaves(names) | bent | bent, lambda inner: arithmetic(inner) | calls(TAME, inner), max_leaves=size
    )


def arrays(names: str = "x") -> SearchStrategy[Node]:
    """Numbers made of lists: sums, products, norms, elements, inner and matrix products."""
    item = smooth(names, 3, TAME)
    lists = st.lists(item, min_size=2, max_size=3).map(lambda items: List(tuple(items)))
    pairs = st.lists(item, min_size=2, max_size=2).map(lambda items: List(tuple(items)))
    matrices = st.tuples(pairs, pairs).map(List)
    products = st.builds(lambda op, a, b: Call(op, (a, b)), st.sampled_from(["dot", "@"]), pairs, pairs)
    forms = st.builds(lambda a, m, b: Call("@", (Call("@", (a, m)), b)), pairs, matrices, pairs)
    reduced = calls(["sum", "mean", "prod", "norm", "max", "min", "logsumexp"], lists | matrices)
    elements = st.builds(lambda a, n: Index(a, (Number(n),)), lists, st.integers(0, 1))
    shares = elements.map(lambda node: Index(Call("softmax", (node.base,)), node.items))
    number = products | forms | reduced | elements | shares
    return number | st.builds(
        lambda op, a, b: Call(op, (a, b)), st.sampled_from("+-*"), number, number | item
    )


def places(names: str) -> SearchStrategy[dict[str, Fraction]]:
    """A dyadic value for each name, which a double holds exactly."""
    value = st.integers(-24, 24).map(lambda eighths: Fraction(eighths, 8))
    return st.fixed_dictionaries(dict.fromkeys(names, value))
