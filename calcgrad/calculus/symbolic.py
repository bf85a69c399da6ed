"""Exact answers: trees to SymPy and back, derivatives, and the choice of a tidy form.

    derivative(parse("x**2*sin(x)").node, ["x"]).tree       # the tree of x**2*cos(x) + 2*x*sin(x)

SymPy never parses users' text: a checked tree is built into an expression node by node. Integers of more
than a hundred digits stay unevaluated (``_giant``), so that nothing here can be made to compute them.
Symbols are real, numbers exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import comb, prod
from typing import Any

import sympy
from sympy import Rational, S
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.functions.elementary.trigonometric import TrigonometricFunction

from calcgrad.budget import allow_deep_recursion
from calcgrad.calculus import functions, numeric, rules
from calcgrad.calculus.arithmetic import tidied
from calcgrad.decimals import fraction_text
from calcgrad.errors import TooLarge, UndecidedError
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.parser import parse
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
    fold,
    integer,
    names_in,
    postorder,
    product,
    rebuild,
    text,
    variables,
)

MAX_DIGITS = 100  # of an integer that is written out
# what SymPy raises on questions that it cannot answer; the caller goes on without it
FAILURES = (
    ValueError, TypeError, AttributeError, LookupError, NotImplementedError, RecursionError, ZeroDivisionError,
    sympy.PoleError,
)  # fmt: skip
_MAX_BITS = 333  # 100 digits
_TRIGONOMETRIC_OPERATIONS = 16  # beyond which identities are not looked for: the search grows steeply
_FACTOR_OPERATIONS = 200
_EXPANDED_TERMS = 500
_MAX_OPERATIONS = 2_000  # of a derivative that is still written out
_MAX_WORK = 3_000  # operations in all derivatives on the way to a higher one
_MAX_PARTS = 1_500
_MAX_DERIVED_PARTS = 20_000
_MAX_COMPARED = 50  # arguments of one max or min
# the arguments that SymPy loops over, or takes the factorial of
_ORDERED = {"binomial": (0, 1), "polygamma": (0,), "besselj": (0,), "bessely": (0,)}
_MAX_ORDER = 1_000


@dataclass(frozen=True)
class Derivative:
    """A derivative as a tree, or None where there is no closed form; ``symbolic`` is SymPy's expression."""

    tree: Node | None
    symbolic: Any


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
            done[node] = _build(node, done)
    return done[root]


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
    if name == "Piecewise":
        return sympy.Piecewise(*zip(args[::2], args[1::2], strict=True))
    if name in _RELATIONS:
        return _RELATIONS[name](*args)
    if not names_in(node) and _is_large(node, args):
        return _giant(
            Call(name, tuple(_kept(arg, value) for arg, value in zip(node.args, args, strict=True)))
        )
    for index in _ORDERED.get(name, ()):
        if args[index].is_Integer and abs(args[index]) > _MAX_ORDER:
            raise TooLarge(f"{name} of {args[index]} is too large to work with", hint="a smaller order")
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
    meaning = functions.MEANINGS.get(name) or getattr(sympy, ROWS[name].sympy)
    return meaning(*args)


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
    if node.function in ("exp", "expm1", "sinh", "cosh") and first.is_Rational:
        return bool(abs(first) > 10**4)
    if node.function == "*":
        return sum(int(arg.p).bit_length() for arg in args if arg.is_Integer) > _MAX_BITS
    if node.function in ("factorial", "gamma", "loggamma", "digamma"):
        return bool(first.is_Rational and abs(first) > 70)
    if node.function not in ("/", "neg", "detach") and any(
        _is_huge(arg, value) for arg, value in zip(node.args, args)
    ):
        return True
    if node.function in ("zeta", "polygamma", "beta", "binomial", "besselj", "bessely"):
        return any(arg.is_Rational and abs(arg) > 70 for arg in args)
    return False


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
    return (
        arg
        if isinstance(arg, Call) and arg.function not in ("+", "-", "*", "/", "neg")
        else from_sympy(value)
    )


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


_NAMES = {
    "Abs": "abs", "absolute": "abs", "signum": "sign", "LambertW": "LambertW", "uppergamma": "",
}  # fmt: skip


def from_sympy(expression: Any, decimals: bool = False) -> Node:
    """The tree of a SymPy expression, its terms and factors in SymPy's printing order.

    ``decimals`` writes finite decimals as decimals. Raises NoClosedForm for Derivative, Subs, nan, complex
    numbers and whatever else the language has no word for.
    """
    return _Back(decimals).tree(expression)


class _Back:
    def __init__(self, decimals: bool) -> None:
        self.decimals = decimals

    def tree(self, e: Any) -> Node:
        if e.is_Rational:
            return self.rational(Fraction(int(e.p), int(e.q)))
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
        size = abs(Fraction(int(coefficient.p), int(coefficient.q)))
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
        row = ROWS.get(name)
        if row is None or row.array or not row.accepts(len(args)):
            raise NoClosedForm(name)
        return Call(name, tuple(args))


def _finite(denominator: int) -> bool:
    """Does 1/denominator have a finite decimal?"""
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


# ----------------------------------------------------------------------------------------- derivatives


def derivative(root: Node, names: Sequence[str], decimals: bool = False) -> Derivative:
    """The derivative of a scalar tree by each of ``names`` in turn, tidied; it holds away from kinks.

    A value that a where gives to single points says nothing of the slope, so such branches are left out.
    """
    tree, work = without_isolated(root), 0
    result, made = to_sympy(tree), None
    for name in names:
        made = rules.derive(tree, name).after
        result = differentiate(result, name)
        size = _size(result)
        work += size if len(names) > 1 else 0
        if size > _MAX_OPERATIONS or work > _MAX_WORK:
            raise TooLarge(
                "the derivative has too many operations to write out",
                hint="grad computes its value",
            )
        try:
            plain = from_sympy(result)
        except NoClosedForm:
            return Derivative(None, result)
        if made is None or not agree(made, plain):
            raise UndecidedError(
                "the rules of differentiation and SymPy contradict each other",
                hint="grad computes its value",
                code="contradiction",
            )
        if result.is_zero:
            break
        tree = plain
    tidy = _tidy_tree(result, decimals)
    return Derivative(_plainer(made, tidy, decimals), result)


def _plainer(made: Node | None, tidy: Node | None, decimals: bool) -> Node | None:
    """What the rules made, as SymPy writes it, where that is no longer than the tidy form: it is what steps lead to."""
    if made is None or tidy is None:
        return tidy
    written = to_sympy(made, _MAX_DERIVED_PARTS)
    if any(each.name.startswith("(") for each in written.free_symbols):
        return tidy  # a giant stays as it was typed
    try:
        plain = from_sympy(written, decimals)
    except (NoClosedForm, TooLarge):
        return tidy
    if plain is tidy or operations(plain) > operations(tidy) or not _words(plain) <= _words(tidy):
        return tidy
    return plain if _same(tidy, plain) else tidy


def _words(root: Node) -> set[str]:
    return {node.function for node in postorder(root) if isinstance(node, Call)} - set("+-*/") - {"neg"}


def agree(made: Node, known: Node) -> bool:
    """Do the rules and SymPy, which share no derivative, give the same function, holes in either form aside?"""
    return (
        tidied(made) is known
        or to_sympy(made, _MAX_DERIVED_PARTS) == to_sympy(known)
        or _same(made, known, holes=True)
    )


def without_isolated(root: Node) -> Node:
    """``root`` without the branches of where that hold at single points only (x == 0; all but x != 0)."""

    def step(node: Node, parts: list[Node]) -> Node:
        if not isinstance(node, Call) or node.function != "Piecewise":
            return rebuild(node, tuple(parts))
        kept: list[Node] = []
        for value, condition in zip(parts[::2], parts[1::2], strict=True):
            if isinstance(condition, Call) and names_in(condition):
                if condition.function == "==":
                    continue
                if condition.function == "!=":
                    kept += [value, TRUE]
                    break
            kept += [value, condition]
        if len(kept) >= 2 and kept[1] is TRUE:
            return kept[0]
        return Call("Piecewise", tuple(kept) or tuple(parts))

    return fold(root, step)


def _size(expression: Any) -> int:
    """How many nodes an expression has, counted no further than is needed to call it too large."""
    count = 0
    stack = [expression]
    while stack and count <= 3 * _MAX_OPERATIONS:
        count += 1
        stack.extend(stack.pop().args)
    return count // 3


def differentiate(expression: Any, name: str) -> Any:
    """d/dname by SymPy; away from kinks the delta functions that SymPy puts on them are zero."""
    result = sympy.diff(expression, symbol(name))
    if result.has(sympy.DiracDelta):
        result = result.replace(sympy.DiracDelta, lambda *args: S.Zero)
    return _gathered(result)


def _gathered(expression: Any) -> Any:
    """x**(a - 1)*a for x**a*a/x."""
    return expression.replace(_divides_power, lambda term: sympy.powsimp(term, combine="exp"))


def _divides_power(term: Any) -> bool:
    """x**a*a/x, which people write a*x**(a - 1)."""
    if not term.is_Mul:
        return False
    powers = [factor for factor in term.args if factor.is_Pow]
    divided = {power.base for power in powers if power.exp == -1}
    return any(power.base in divided and not power.exp.is_Rational for power in powers)


def _tidy_tree(expression: Any, decimals: bool) -> Node | None:
    try:
        plain = from_sympy(expression, decimals)
    except NoClosedForm:
        return None
    best, size = plain, operations(plain)
    for candidate in _candidates(expression, size):
        if not _functions(candidate) <= _functions(expression):
            continue  # cos/sin must not become 1/tan, which is undefined at more points
        try:
            tree = from_sympy(candidate, decimals)
        except NoClosedForm:
            continue
        fewer = operations(tree)
        if 5 * fewer <= 4 * size and _same(plain, tree):
            best, size = tree, fewer
    return best


def _functions(expression: Any) -> set[Any]:
    return {each.func for each in expression.atoms(sympy.Function) - expression.atoms(sympy.Abs)}


def operations(root: Node) -> int:
    """How many operations a reader meets: the measure by which a tidier form is chosen."""
    return fold(root, lambda node, parts: sum(parts) + isinstance(node, Call))


def _candidates(expression: Any, size: int) -> Iterator[Any]:
    """Other forms of an expression, from the plainest; how many are tried depends on its size alone."""
    if expression.has(sympy.sign, functions.signum):
        yield _merge_signs(expression)
    if size < 4 or (expression.is_polynomial() and size < 8):
        return
    if size <= _FACTOR_OPERATIONS:
        if expression.is_Add:
            yield sympy.factor_terms(expression)
        if _may_combine(expression):
            yield from _combined(expression)
    if size <= _TRIGONOMETRIC_OPERATIONS and _has_squares(expression):
        yield sympy.trigsimp(expression)


def _may_combine(expression: Any) -> bool:
    """A polynomial, or a sum with a sum in a denominator: what gains from one denominator and factoring."""
    return expression.is_polynomial() or any(
        power.exp.is_negative and (power.base.is_Add or expression.is_Add)
        for power in expression.atoms(sympy.Pow)
    )


def _has_squares(expression: Any) -> bool:
    """Squares of two different functions such as sin and cos, for which there are identities."""
    if not expression.is_Add:
        return False
    squared = {
        power.base.func
        for power in expression.atoms(sympy.Pow)
        if isinstance(power.base, TrigonometricFunction | HyperbolicFunction)
    }
    return len(squared) > 1


def _merge_signs(expression: Any) -> Any:
    """In products, u*sign(u) is |u| and sign(u)/|u| is 1/u: true wherever both sides are defined."""

    def merge(term: Any) -> Any:
        for sign in term.atoms(sympy.sign):
            u = sign.args[0]
            if term.as_independent(sign)[1] != sign:
                continue
            powers = term.as_powers_dict()
            if powers.get(sympy.Abs(u), 0) == -1:
                term = term / sign * sympy.Abs(u) / u
            elif powers.get(u, 0) >= 1:
                term = term / sign / u * sympy.Abs(u)
        return term

    plain = expression.replace(
        lambda e: e.is_Pow and isinstance(e.base, sympy.sign | functions.signum) and e.exp.is_Integer,
        lambda e: e.base if e.exp % 2 else S.One,
    )
    if plain.has(sympy.Abs) and plain.is_Add:  # terms that only differ in how they write |u| = u*sign(u)
        signed = sympy.expand(plain.replace(sympy.Abs, lambda u: u * sympy.sign(u)))
        if not signed.has(sympy.sign) or _size(signed) < _size(plain):
            return signed.replace(lambda e: e.is_Mul, merge)
    return plain.replace(lambda e: e.is_Mul, merge)


def _combined(expression: Any) -> Iterator[Any]:
    """Over one denominator, factored: what a quotient rule's two terms become by hand."""
    if not _small_powers(expression):
        return
    top, bottom = sympy.fraction(sympy.together(expression))
    if _terms_of(top) > _EXPANDED_TERMS:
        return
    expanded = sympy.expand(top)
    yield expanded / bottom
    if _terms_of(bottom) <= _EXPANDED_TERMS:
        yield expanded / sympy.expand(bottom)
        yield sympy.factor_terms(expanded / sympy.factor_terms(sympy.expand(bottom)))
    may_factor = expanded.free_symbols and expanded.is_polynomial()  # a constant's roots are no polynomial's
    yield (sympy.factor(expanded) if may_factor else sympy.factor_terms(expanded)) / bottom


def _small_powers(expression: Any) -> bool:
    """Are all integer exponents small enough to expand?"""
    return all(not power.exp.is_Integer or abs(power.exp) <= 30 for power in expression.atoms(sympy.Pow))


def _terms_of(expression: Any) -> int:
    """How many terms there may be once everything is multiplied out."""
    if expression.is_Add:
        return sum(_terms_of(term) for term in expression.args)
    if expression.is_Mul:
        return prod(_terms_of(factor) for factor in expression.args)
    if expression.is_Pow and expression.exp.is_Integer and expression.exp > 0:
        terms, power = _terms_of(expression.base), int(expression.exp)
        return comb(terms + power - 1, power)
    return 1


def _same(a: Node, b: Node, holes: bool = False) -> bool:
    """Is b defined wherever a is (or may it have ``holes``) and equal to it, at a few points?

    At 0 and 1, where a kink may well lie, only that it is defined is asked.
    """
    names = variables(a, b)
    for index in range(7):
        env = {
            name: Fraction(37 + 11 * index + 7 * place, 29) * (-1) ** (index % 2)
            if index < 4
            else Fraction(index - 5)
            for place, name in enumerate(names)
        }
        first, second = (numeric.evaluate(each, 12, env, limit=60) for each in (a, b))
        if not holes and isinstance(second, numeric.Undefined) and not isinstance(first, numeric.Undefined):
            return False
        if (
            index < 4
            and isinstance(first, Fraction | numeric.Ball)
            and isinstance(second, Fraction | numeric.Ball)
        ):
            x, y = numeric.as_mpf(first, 30), numeric.as_mpf(second, 30)
            if abs(x - y) > abs(x) * numeric.mp.mpf(10) ** -9:
                return False
    return True


# ------------------------------------------------------------------------------------- constants, settled


def evaluate(root: Node, digits: int = 15) -> numeric.Value:
    """``numeric.evaluate`` of a constant, with SymPy proving the zeros and integers that no precision can."""
    value = numeric.evaluate(root, digits, limit=60)
    if value is numeric.UNSETTLED:
        value = numeric.evaluate(root, digits, limit=400, settle=_is_integer)
    return value


@lru_cache(maxsize=4096)
def _is_integer(node: Node, value: Fraction) -> bool:
    if names_in(node):
        return False
    return is_zero(to_sympy(node) - int(value)) is True


def value_tree(value: Any, decimals: bool = False) -> Node | None:
    """The tree of a SymPy number, in a simpler form where one is clearly simpler; None where it has none."""
    try:
        return _tidy_tree(value, decimals) if value.is_number else from_sympy(value, decimals)
    except (NoClosedForm, TooLarge):
        return None


def is_zero(expression: Any) -> bool | None:
    """Is a constant expression zero? None where neither algebra nor sixty digits of arithmetic say."""
    if expression.is_zero is not None:
        return bool(expression.is_zero)
    if expression.is_number and not expression.has(sympy.Piecewise):
        try:
            approximate = expression.evalf(30, maxn=120)
            if approximate.is_Float and approximate._prec > 1 and approximate != 0:
                return False
            return bool(sympy.simplify(expression) == 0) or None
        except FAILURES:
            return None
    return None


def decimal(root: Node, digits: int) -> str | None:
    """``numeric.decimal`` of a constant, exact zeros included."""
    shown = numeric.decimal(root, digits)
    if shown is None:
        value = evaluate(root, digits)
        if isinstance(value, Fraction):
            return fraction_text(value, digits)
    return shown
