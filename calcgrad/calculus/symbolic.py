"""Trees to SymPy and back, and constants whose value algebra settles.

    from_sympy(to_sympy(parse("x*sin(x)*x").node))       # the tree of x**2*sin(x)

SymPy never parses users' text: a checked tree is built into an expression node by node. Integers of more
than a hundred digits stay unevaluated (``_giant``), so that nothing here can be made to compute them.
Symbols are real, numbers exact.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from importlib import import_module
from typing import Any

import sympy
from mpmath.libmp import NoConvergence
from sympy import Rational, S
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.functions.elementary.trigonometric import TrigonometricFunction
from sympy.polys.polyerrors import BasePolynomialError

from calcgrad.budget import allow_deep_recursion
from calcgrad.calculus import bounds, functions, numeric, vanishing
from calcgrad.decimals import fraction_text
from calcgrad.errors import CalcgradError, TooLarge, UndecidedError, UsageError, short
from calcgrad.expression import shorthands
from calcgrad.expression.catalogue import ROWS, find
from calcgrad.expression.columns import column
from calcgrad.expression.parser import canonical_name, parse
from calcgrad.expression.tree import (
    EULER_GAMMA,
    FALSE,
    INFINITY,
    PI,
    TRUE,
    Call,
    E,
    Name,
    Node,
    Number,
    children,
    integer,
    is_unknown,
    names_in,
    operations,
    postorder,
    product,
    text,
)

# SymPy looks for facts in random order. Where its handlers contradict each other (log(erf(9)) is real, or not) an
# answer would change from run to run: in the order of their names it is always the same.
_assumptions = import_module("sympy.core.assumptions")
_assumptions.shuffle = list.sort  # type: ignore[attr-defined]

MAX_DIGITS = 100  # of an integer that is written out
# what SymPy raises on questions that it cannot answer; the caller goes on without it
FAILURES = (
    ValueError, TypeError, AttributeError, LookupError, NotImplementedError, RecursionError, ArithmeticError,
    sympy.PoleError, BasePolynomialError, NoConvergence,
)  # fmt: skip
_MAX_BITS = 333  # 100 digits
_MAX_PARTS = 1_500
_OF_EXPONENTIALS = (TrigonometricFunction, HyperbolicFunction)
_SIMPLIFIED_OPERATIONS = 60  # beyond which what SymPy deduces takes too long
_MAX_COMPARED = 50  # arguments of one max or min
_MAX_ORDER = 1_000


bounds.impose()  # before SymPy is asked for anything


# ---------------------------------------------------------------------------------------- tree to SymPy

_ATOMS = {
    E: S.Exp1, PI: S.Pi, INFINITY: S.Infinity, EULER_GAMMA: S.EulerGamma, TRUE: S.true, FALSE: S.false,
}  # fmt: skip
_RELATIONS = {
    "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq, "!=": sympy.Ne,
    "&": sympy.And, "|": sympy.Or, "~": sympy.Not,
}  # fmt: skip


def symbol(name: str) -> Any:
    return sympy.Symbol(name, real=True)


@lru_cache(maxsize=256)
def to_sympy(root: Node, most: int = _MAX_PARTS) -> Any:
    """The SymPy expression of a scalar tree (see ``arrays.scalarize``), with real symbols."""
    allow_deep_recursion()
    order = postorder(root)
    needed = {root}
    for node in reversed(order):
        if node in needed:
            needed.update(_operands(node))
    if len(needed) > most:
        raise TooLarge(
            f"the expression has {len(needed)} parts, too many for exact calculation",
            hint="grad computes with numbers",
        )
    done: dict[Node, Any] = {}
    for node in order:
        if node in needed:
            try:
                done[node] = _build(node, done)
            except CalcgradError:
                raise
            except FAILURES:  # of 1/0 and the like: values that cannot be compared, or put in
                raise UndecidedError(
                    f"no exact calculation is known for {_short(node)}", hint="grad computes with numbers"
                ) from None
    return done[root]


def _short(node: Node) -> str:
    return short(text(node), 60)


def _operands(node: Node) -> list[Node]:
    """What a node is built from: a chain of sums and differences, or of products, from all its parts at once."""
    for chain in (("+", "-"), ("*",)):
        if isinstance(node, Call) and node.function in chain:
            found: list[Node] = []
            while isinstance(node, Call) and node.function in chain:
                node, last = node.args
                found.append(last)
            return [*found, node]
    return list(children(node))


def _build(node: Node, done: dict[Node, Any]) -> Any:
    if isinstance(node, Number):
        value = Fraction(node.value)
        if max(value.numerator, value.denominator).bit_length() > _MAX_BITS:
            return _giant(node)
        return Rational(value.numerator, value.denominator)
    if isinstance(node, Name):
        return _ATOMS[node] if node in _ATOMS else symbol(node.name)
    assert isinstance(node, Call), node
    name = node.function
    if name in ("+", "-"):
        return sympy.Add(*_terms(node, done))
    if name == "*":
        factors = [done[factor] for factor in reversed(_operands(node))]
        if not names_in(node) and _is_large(node, factors):
            return _giant(product(_kept(f, done[f]) for f in reversed(_operands(node))))
        return sympy.Mul(*factors)
    args = [done[arg] for arg in node.args]
    if is_unknown(node):
        return functions.unknown(name)(*args)
    if name == "Piecewise":
        return sympy.Piecewise(*zip(args[::2], args[1::2], strict=True))
    if name in _RELATIONS:
        return _RELATIONS[name](*args)
    if not names_in(node) and _is_large(node, args):
        return _giant(
            Call(name, tuple(_kept(arg, value) for arg, value in zip(node.args, args, strict=True)))
        )
    if name in numeric.NAMELESS:
        return sympy.Function(name, real=True)(*args)
    for order in args[: ROWS[name].orders]:  # that SymPy loops over, or takes the factorial of
        if order.is_Integer and abs(order) > _MAX_ORDER:
            raise TooLarge(f"{name} of {order} is too large to work with", hint="a smaller order")
    if name in ("Max", "Min"):
        args = list(dict.fromkeys(args))
        if len(args) > _MAX_COMPARED:
            raise TooLarge(
                f"{name} of {len(args)} things is too large to work with", hint="grad computes with numbers"
            )
    match name:
        case "/":
            return args[0] / args[1]
        case "**":
            return args[0] ** args[1]
        case "neg":
            return -args[0]
    return meaning(name, *args)


def meaning(name: str, *args: Any) -> Any:
    """A function of the catalogue in SymPy: ours, SymPy's, or what its definition comes to."""
    row = ROWS[name]
    if row.sympy:
        return (getattr(functions, row.sympy, None) or getattr(sympy, row.sympy))(*args)
    definition = column(name, "definition")
    assert definition is not None, name
    done: dict[Node, Any] = dict(zip(map(Name, row.parameters), args))
    for node in postorder(definition):
        if node not in done:
            done[node] = _build(node, done)
    return done[definition]


def _terms(node: Node, done: dict[Node, Any]) -> list[Any]:
    """The terms of a chain of sums and differences, flat: SymPy adds five thousand at once, not in turn."""
    terms: list[Any] = []
    while isinstance(node, Call) and node.function in ("+", "-"):
        left, right = node.args
        terms.append(done[right] if node.function == "+" else -done[right])
        node = left
    terms.append(done[node])
    return terms[::-1]


def _is_large(node: Call, args: list[Any]) -> bool:
    """Would SymPy write out an integer of more than a hundred digits, or take forever over it?"""
    if node.function != "*" and any(isinstance(arg, sympy.Symbol) for arg in args):  # a giant already
        return node.function in ROWS and node.function not in ("+", "-", "*", "/", "neg", "detach")
    first = args[0]
    if node.function == "**":
        exponent = args[1]
        if first.is_Rational and exponent.is_Rational:
            bits = max(abs(first.p), first.q).bit_length()
            return bool(bits > 1 and bits * abs(exponent.p) // exponent.q > _MAX_BITS)
        return bool(exponent.is_Rational and abs(exponent.p) > 10**6 and not first.is_Symbol)
    if node.function == "*":
        return sum(int(arg.p).bit_length() for arg in args if arg.is_Integer) > _MAX_BITS
    largest = ROWS[node.function].largest
    if largest and any(arg.is_Rational and abs(arg) > largest for arg in args):
        return True
    huge = (_is_huge(arg, value) for arg, value in zip(node.args, args))
    return node.function not in ("/", "neg", "detach") and any(huge)


def _is_huge(arg: Node, value: Any) -> bool:
    """Has a constant that is no rational more than a hundred digits before its point, or too many to tell?"""
    if value.is_Rational:
        return False
    size = numeric.evaluate(arg, 5, limit=50)
    if isinstance(size, numeric.Undefined):
        return size.kind == "too-large"
    return isinstance(size, numeric.Ball) and int(numeric.mp.mag(size.mid)) > _MAX_BITS


def _kept(arg: Node, value: Any) -> Node:
    """An argument of a giant: sums and products worked out, powers as they were typed (9**9**9)."""
    if isinstance(arg, Call) and arg.function not in ("+", "-", "*", "/", "neg"):
        return arg
    try:
        return from_sympy(value)
    except (NoClosedForm, TooLarge):
        return arg


def _giant(node: Node) -> Any:
    """A number too large to write out, as an opaque symbol whose name reads back to its tree."""
    sign = numeric.sign(numeric.evaluate(node, 5, limit=50))
    assumptions = {"positive": True} if sign == 1 else {"negative": True} if sign == -1 else {"real": True}
    return sympy.Symbol(f"({text(node)})", **assumptions)


# ---------------------------------------------------------------------------------------- SymPy to tree


def is_constant(expression: Any) -> bool:
    """A number, unevaluated giants included."""
    return all(each.name.startswith("(") for each in expression.free_symbols)


class NoClosedForm(Exception):
    """A SymPy expression that the language has no words for."""


ALL_FAILURES = (*FAILURES, NoClosedForm, TooLarge)  # there and back


_NAMES = {row.sympy: row.name for row in ROWS.values()}
_SHORTHANDS = {"Mod": "mod", "frac": "frac"}  # of the same meaning there


def as_fraction(value: Any) -> Fraction:
    """A rational number of SymPy."""
    return Fraction(int(value.p), int(value.q))


@lru_cache(maxsize=256)  # a derivative is written as it is, then beside its other forms
def from_sympy(expression: Any, decimals: bool = False) -> Node:
    """The tree of a SymPy expression, its terms and factors in SymPy's printing order.

    ``decimals`` writes finite decimals as decimals. Raises NoClosedForm for Derivative, Subs, nan, complex
    numbers and whatever else the language has no word for.
    """
    return _Back(decimals).tree(expression)


def typed(expression: Any) -> str:
    """What to type for somebody's own SymPy expression, or equation; UsageError where it is no real function here."""
    if isinstance(expression, sympy.Equality):
        return f"{typed(expression.lhs)} = {typed(expression.rhs)}"
    if not isinstance(expression, sympy.Expr):
        raise UsageError(f"{expression} is no expression", hint="give one expression, such as x**2")
    for each in sorted(map(str, expression.free_symbols)):
        canonical_name(each)
    floats = {each: sympy.Rational(str(each)) for each in expression.atoms(sympy.Float)}
    try:
        return text(from_sympy(expression.xreplace(floats), decimals=bool(floats)))
    except NoClosedForm as unknown:
        what = re.sub(r".*?(\w+)'>", r"\1", str(unknown))
        raise UsageError(f"the language has no word for {what} of SymPy", hint="write it as text") from None


class _Back:
    def __init__(self, decimals: bool) -> None:
        self.decimals = decimals

    def tree(self, e: Any) -> Node:
        if e.is_Rational:
            return self.rational(as_fraction(e))
        if e.is_Symbol:
            return parse(e.name).node if e.name.startswith("(") else Name(e.name)
        for node, atom in _ATOMS.items():
            if e is atom:
                return node
        if e is S.NegativeInfinity:
            return Call("neg", (INFINITY,))
        if e.is_Add:
            return self.sum(e)
        if e.is_Mul:
            return self.mul(e)
        if e.is_Pow:
            return self.power(e.base, e.exp)
        if isinstance(e, sympy.exp):
            return E if e.args[0] == 1 else Call("exp", (self.tree(e.args[0]),))
        if isinstance(e, sympy.Piecewise):
            return Call("Piecewise", tuple(self.tree(part) for pair in e.args for part in pair))
        if isinstance(e, sympy.core.relational.Relational):
            return Call(e.rel_op, (self.tree(e.lhs), self.tree(e.rhs)))
        if isinstance(e, sympy.And | sympy.Or):
            operator = "&" if isinstance(e, sympy.And) else "|"
            parts = [self.tree(arg) for arg in sorted(e.args, key=sympy.default_sort_key)]
            result = parts[0]
            for part in parts[1:]:
                result = Call(operator, (result, part))
            return result
        if isinstance(e, sympy.Not):
            return Call("~", (self.tree(e.args[0]),))
        if e.is_Function:
            return self.function(e)
        raise NoClosedForm(str(type(e)))

    def rational(self, value: Fraction) -> Node:
        if max(abs(value.numerator), value.denominator).bit_length() > 4 * _MAX_BITS:
            raise TooLarge(
                "the result holds a number of hundreds of digits", hint="ask for its value with --digits"
            )
        if self.decimals and value.denominator > 1 and _finite(value.denominator):
            size = Number(abs(value), fraction_text(abs(value), 400))
            return Call("neg", (size,)) if value < 0 else size
        top = integer(value.numerator)
        return top if value.denominator == 1 else Call("/", (top, Number(value.denominator)))

    def sum(self, e: Any) -> Node:
        result: Node | None = None
        for term in e.as_ordered_terms():
            if result is None:
                result = self.tree(term)
            elif term.as_coeff_Mul()[0].is_negative:
                result = Call("-", (result, self.tree(-term)))
            else:
                result = Call("+", (result, self.tree(term)))
        assert result is not None
        return result

    def mul(self, e: Any) -> Node:
        coefficient, rest = e.as_coeff_Mul()
        if not coefficient.is_Rational:
            raise NoClosedForm("complex")
        top: list[Node] = []
        bottom: list[Node] = []
        size = abs(as_fraction(coefficient))
        if self.decimals and size.denominator > 1 and _finite(size.denominator):
            top.append(self.rational(size))
        else:
            if size.numerator != 1:
                top.append(Number(size.numerator))
            if size.denominator != 1:
                bottom.append(Number(size.denominator))
        for factor in rest.as_ordered_factors():
            base, exponent = factor.as_base_exp() if factor.is_Pow else (factor, S.One)
            if exponent.is_Rational and exponent.is_negative:
                bottom.append(self.power(base, -exponent))
            else:
                top.append(self.tree(factor))
        if coefficient.is_negative:
            top = [Call("neg", (top[0],)), *top[1:]] if top else [integer(-1)]
        numerator = product(top)
        return Call("/", (numerator, product(bottom))) if bottom else numerator

    def power(self, base: Any, exponent: Any) -> Node:
        if exponent == 1:
            return self.tree(base)
        if base.is_Rational and base.is_negative and exponent.is_Rational and not exponent.is_Integer:
            raise NoClosedForm("complex")
        if base is S.Exp1:
            return Call("exp", (self.tree(exponent),))
        if exponent.is_Rational and exponent.is_negative:
            return Call("/", (Number(1), self.power(base, -exponent)))
        if exponent == S.Half:
            return Call("sqrt", (self.tree(base),))
        return Call("**", (self.tree(base), self.tree(exponent)))

    def function(self, e: Any) -> Node:
        name = type(e).__name__
        name = _NAMES.get(name, name)
        args = [self.tree(arg) for arg in e.args]
        if name == "realroot":
            return Call("cbrt", (args[0],)) if e.args[1] == 3 else Call("root", tuple(args))
        if name == "Heaviside":
            args = args[:1]
        if name == "polygamma" and e.args[0] == 0:
            name, args = "digamma", args[1:]
        if is_unknown(call := Call(name, tuple(args))):
            return call
        if name in _SHORTHANDS:
            return shorthands.expansion(_SHORTHANDS[name], args, parse)
        row = find(name, len(args))
        if row is None or row.array:
            raise NoClosedForm(name)
        return Call(row.name, tuple(args))


def _finite(denominator: int) -> bool:
    """Does 1/denominator have a finite decimal?"""
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


# ------------------------------------------------------------------------------------- constants, settled


def evaluate(root: Node, digits: int = 15) -> numeric.Value:
    """``numeric.evaluate`` of a constant, with SymPy proving the zeros and integers that no precision can."""
    value = numeric.evaluate(root, digits, limit=60)
    if value is numeric.UNSETTLED:
        value = numeric.evaluate(root, digits, limit=400 + numeric.decades(root), settle=_is_integer)
    return value


@lru_cache(maxsize=4096)
def _is_integer(node: Node, value: Fraction) -> bool:
    if names_in(node):
        return False
    if (known := vanishing.equals(node, value)) is not None:
        return known
    if operations(node) > 2 * _SIMPLIFIED_OPERATIONS:  # as typed; SymPy's own form may have fewer
        return False
    try:
        return is_zero(to_sympy(node) - int(value)) is True
    except FAILURES:  # such as a maximum of what SymPy cannot compare
        return False


def is_zero(expression: Any) -> bool | None:
    """Is a constant expression zero? None where neither algebra nor sixty digits of arithmetic say."""
    expression = expression.replace(functions.realroot, _principal)  # cbrt(2) is 2**(1/3)
    large = expression.count_ops() > _SIMPLIFIED_OPERATIONS
    if not large and expression.is_zero is not None:
        return bool(expression.is_zero)
    if expression.is_number and not expression.has(sympy.Piecewise):
        try:
            approximate = expression.evalf(30, maxn=120)
            if approximate.is_Float and approximate._prec > 1 and approximate != 0:
                return False
            if (known := _by_separation(expression)) is not None:
                return known
            if large:
                return None
            if expression.has(*_OF_EXPONENTIALS) and sympy.expand(expression.rewrite(sympy.exp)) == 0:
                return True
            return bool(sympy.simplify(expression) == 0) or None
        except FAILURES:
            return None
    return None


def _by_separation(expression: Any) -> bool | None:
    try:
        return vanishing.equals(from_sympy(expression), Fraction(0))
    except NoClosedForm:
        return None


def _principal(u: Any, n: Any) -> Any:
    """A real root of a rational, in powers, which SymPy knows more of."""
    if not u.is_Rational or not n.is_positive:
        return functions.realroot(u, n)
    return sympy.sign(u) * abs(u) ** Rational(1, n)


def decimal(root: Node, digits: int) -> str | None:
    """``numeric.decimal`` of a constant, exact zeros included."""
    shown = numeric.decimal(root, digits)
    if shown is None:
        value = evaluate(root, digits)
        if isinstance(value, Fraction):
            return fraction_text(value, digits)
    return shown
