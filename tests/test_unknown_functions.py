"""Functions of which only the letter is known: f(x)*g(x) and what becomes of it.

python tests/test_unknown_functions.py 500        # as many made-up expressions
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import sympy

from calcgrad.commands.derivatives import diff
from calcgrad.errors import ExpressionError
from calcgrad.expression.latex import latex
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import PRIME, Call, Name, Node, Number, text

Ask = Callable[..., Any]

# What is asked, and its derivative by x.
KNOWN = """
f(x)*g(x) = f(x)*g'(x) + f'(x)*g(x)
f(x)g(x) = f(x)*g'(x) + f'(x)*g(x)
f(x)/g(x) = (f'(x)*g(x) - f(x)*g'(x))/g(x)**2
f(g(x)) = f'(g(x))*g'(x)
f(g(h(x))) = f'(g(h(x)))*g'(h(x))*h'(x)
f(x^2) = 2*x*f'(x**2)
f(x)^3 = 3*f(x)**2*f'(x)
e^f(x) = exp(f(x))*f'(x)
ln f(x) = f'(x)/f(x)
sin f(x) g(x) = sin(f(x))*g'(x) + cos(f(x))*f'(x)*g(x)
f'(3x) = 3*f''(3*x)
x^2 + y(x)^2 = 2*x + 2*y(x)*y'(x)
x F(1/x) = F(1/x) - F'(1/x)/x
f(2)*f(x) = f(2)*f'(x)
u(x)(x+1) = (x + 1)*u'(x) + u(x)
"""


@pytest.mark.parametrize(
    ("typed", "derivative"), [line.rsplit(" = ", 1) for line in KNOWN.strip().splitlines()]
)
def test_rules_for_unknown_functions(typed: str, derivative: str) -> None:
    found = diff(typed)
    assert found.derivative == derivative
    assert diff(found.expr).derivative == derivative


@pytest.mark.parametrize(("words", "says"), [
    (("diff", "f(x)*x", "--at", "2"), '--let "f(x)=..."'), (("limit", "f(x)", "--to", "0"), '--let "f(x)=..."'),
    (("grad", "f(x)", "--at", "x=1"), '--let "f(x)=..."'), (("plot", "g(x)"), '--let "g(x)=..."'),
    (("check", "f(x)*g(x)"), '--let "f(x)=..."'), (("diff", "f(x, y)", "--var", "x"), '--let "f(x, y)=..."'),
    (("diff", "f(x)", "--to-code", "c"), '--let "f(x)=..."'), (("diff", "f(x) + f"), '--let "f(x)=..."'),
    (("diff", "f(a)*x", "--var", "x"), '--let "f(a)=..."'), (("limit", "f'(x)", "--to", "0"), "calcgrad diff"),
])  # fmt: skip
def test_where_a_function_must_be_known(ask: Ask, words: tuple[str, ...], says: str) -> None:
    answer = ask(*words)
    assert (answer.code, answer.out) == (2, "") and says in answer.err.splitlines()[-1]


def test_what_is_shown(ask: Ask) -> None:
    assert ask("diff", "f(x)*g(x)", "--steps").out.splitlines() == [
        "F(x) = f(x)*g(x)",
        "product rule         (f(x))'*g(x) + f(x)*(g(x))'",
        "  unknown function   (f(x))' = f'(x)",
        "  unknown function   (g(x))' = g'(x)",
        "F'(x) = f(x)*g'(x) + f'(x)*g(x)",
    ]
    assert ask("diff", "f(x)", "--order", "4", "--latex").out.splitlines()[-1] == (
        r"g^{(4)}(x) = f^{(4)}\left(x\right)"
    )
    assert ask("diff", "f(x)", "--order", "4", "--raw").out == "f''''(x)\n"
    record = json.loads(ask("diff", "f(x)*x", "--json").out)
    assert (record["expr"], record["derivative"]) == ("f(x)*x", "x*f'(x) + f(x)")
    assert ask("diff", "abs(f(x))").out.splitlines()[1] == "g'(x) = f'(x)*sign(f(x)), not settled at f(x) = 0"


def test_a_letter_that_stands_alone_is_a_variable() -> None:
    assert diff("u(u+1)").derivative == "2*u + 1"
    assert diff("h'(t)*h(t)").derivative == "h(t)*h''(t) + h'(t)**2"


def test_what_is_defined_comes_first(ask: Ask) -> None:
    assert ask("diff", "f(x)*g(x)", "--let", "f(x)=x^2", "--raw").out == "x**2*g'(x) + 2*x*g(x)\n"
    assert ask("diff", "f(x)*x", "--at", "f=2,x=3", "--var", "x", "--raw").out == "12\n"
    product = ask("diff", "w(x+1)", "--var", "x")
    assert product.out.splitlines()[1] == "f'(x) = w'(x + 1)"
    assert (
        product.err
        == "note: w(x + 1) is a function of what is in its brackets; write w*(x + 1) for a product\n"
    )


# ------------------------------------------------------------------------------------------ made-up expressions

_X = sympy.Symbol("x", real=True)
# What the letters stand for in the test: SymPy differentiates these, and knows nothing of the unknown ones.
_MEANING = {
    "f": lambda u: sympy.sin(2 * u) + u**2, "g": lambda u: sympy.exp(u / 3) + 1, "h": lambda u: sympy.cos(u) + u / 5,
}  # fmt: skip


def concrete(node: Node) -> Any:
    """A tree in SymPy, by nothing of calcgrad's, with the functions' own meaning and their derivatives by SymPy."""
    if isinstance(node, Number):
        return sympy.Rational(str(node.value))
    if isinstance(node, Name):
        return _X if node.name == "x" else sympy.E
    assert isinstance(node, Call), node
    parts = [concrete(each) for each in node.args]
    letter = node.function.rstrip(PRIME)
    if letter in _MEANING:
        u = sympy.Dummy(real=True)
        return sympy.diff(_MEANING[letter](u), u, len(node.function) - 1).subs(u, parts[0])
    signs: dict[str, Callable[..., Any]] = {
        "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
        "**": lambda a, b: a**b, "neg": lambda a: -a,
    }  # fmt: skip
    return (signs.get(node.function) or getattr(sympy, node.function))(*parts)


def expression(chance: Random, depth: int) -> str:
    kind = chance.random()
    if depth == 0 or kind < 0.1:
        return chance.choice(["x", "2", "f(x)", "g(x)", "h'(x)", "x^2", "f(2*x)"])
    one, other = (expression(chance, depth - 1) for _ in "ab")
    if kind < 0.35:
        return f"{chance.choice(['f', 'g', 'h', chr(39).join(['f', '']), 'sin', 'exp'])}({one})"
    if kind < 0.45:
        return f"({one})^{chance.choice([2, 3, -1])}"
    return f"({one}){chance.choice('++-**/')}({other})"


def examine(seed: int) -> bool:
    """One made-up expression; False where it holds no unknown function of x."""
    chance = Random(seed)
    asked = expression(chance, 3)
    order = chance.choice([1, 1, 1, 2])
    try:
        root = parse(asked, unknown=True).node
    except ExpressionError as error:
        assert error.code in ("two-readings", "character"), asked  # of constants only: f(2)
        return False
    found = diff(asked, order=order, steps=chance.random() < 0.3)
    assert found.derivative is not None, asked
    try:
        answer = parse(found.derivative, unknown=True).node
    except ExpressionError:
        assert re.search(r"[fgh]\([^x()]+\)", found.derivative), asked  # h(1), of h(x/x)
        return False
    assert text(answer) == found.derivative, asked
    assert parse(f"${latex(answer)}$", unknown=True).node == answer, asked
    truth = sympy.diff(concrete(root), _X, order)
    given = concrete(answer)
    for place in (sympy.Rational(3, 7), sympy.Rational(11, 9)):
        wanted, got = (complex(each.subs(_X, place).evalf(40)) for each in (truth, given))
        if abs(wanted) < 1e200:
            assert abs(wanted - got) <= 1e-12 * max(1, abs(wanted)), (asked, found.derivative)
    return True


def test_made_up_expressions() -> None:
    assert sum(examine(seed) for seed in range(8)) > 4  # python tests/test_unknown_functions.py 100 asks more


if __name__ == "__main__":
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    done = sum(examine(seed) for seed in range(first, first + int(sys.argv[1])))
    print(f"{done} expressions right")
