"""The choice of a form: an expression as few operations as people would write it with.

    tidiest(to_sympy(parse("(x + 1)**2/(x + 1)").node))       # the tree of x + 1

SymPy proposes other forms; one is taken if it is a fifth shorter and, in numbers, the same function with no holes
of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from fractions import Fraction
from math import comb, prod
from typing import Any

import sympy
from sympy import S
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.functions.elementary.trigonometric import TrigonometricFunction

from calcgrad.calculus import functions, numeric, symbolic
from calcgrad.errors import TooLarge
from calcgrad.expression.tree import (
    PI,
    PRIME,
    Call,
    Name,
    Node,
    Number,
    fold,
    is_unknown,
    operations,
    rational,
    rebuild,
    substitute,
    total,
    unknowns,
    variables,
)

_TRIGONOMETRIC_OPERATIONS = 16  # beyond which identities are not looked for: the search grows steeply
_MULTIPLIED_OPERATIONS = 40  # beyond which nothing but polynomials is multiplied out
_FACTOR_OPERATIONS = 200
# where two forms are compared: at no kink that anybody would write
_PLACES = tuple(
    Fraction(each)
    for each in ("37/29", "-48/29", "59/29", "-70/29", "3/31", "-5/31", "17/31", "-19/31", "191/31", "907/29")
)
_MEASURED = 1e-6  # of a slope, how far a difference quotient may be from it
_BETWEEN = Fraction(7, 29)
_SIMPLE_PLACES = (Fraction(-1), Fraction(0), Fraction(1))
_ENOUGH = 2  # places that tell two functions apart, one on each side of 0 if they have values there
_EXPANDED_TERMS = 500


def tidiest(expression: Any, decimals: bool = False, names: Collection[str] = ()) -> Node | None:
    """The tree of a SymPy expression in a form with clearly fewer operations, if one is found; None where the
    language has no words for it. At kinks in these ``names``, which the formula excludes, it need not hold.
    """
    try:
        plain = symbolic.from_sympy(expression, decimals)
    except symbolic.NoClosedForm:
        return None
    best, size = plain, operations(plain)
    for candidate in _candidates(expression, size, names):
        if not functions_in(candidate) <= functions_in(expression):
            continue  # cos/sin must not become 1/tan, which is undefined at more points
        try:
            tree = symbolic.from_sympy(candidate, decimals)
        except symbolic.NoClosedForm:
            continue
        fewer = operations(tree)
        if 5 * fewer <= 4 * size and same(plain, tree):
            best, size = tree, fewer
    return best


def functions_in(expression: Any) -> set[Any]:
    return {each.func for each in expression.atoms(sympy.Function) - expression.atoms(sympy.Abs)}


def _candidates(expression: Any, size: int, names: Collection[str]) -> Iterator[Any]:
    """Other forms of an expression, from the plainest; how many are tried depends on its size alone."""
    if expression.has(sympy.sign, functions.signum):
        yield _merge_signs(expression, size <= _MULTIPLIED_OPERATIONS, names)
    if size < 4 or (expression.is_polynomial() and size < 8):
        return
    if size <= _FACTOR_OPERATIONS:
        if expression.is_Add:
            yield sympy.factor_terms(expression)
        if expression.is_polynomial() or (size <= _MULTIPLIED_OPERATIONS and _may_combine(expression)):
            yield from _combined(expression)
    if size <= _TRIGONOMETRIC_OPERATIONS and _has_squares(expression):
        yield sympy.trigsimp(expression)


def _may_combine(expression: Any) -> bool:
    """A sum with a sum in a denominator, which gains from one denominator and factoring."""
    return any(
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


def _merge_signs(expression: Any, expand: bool, names: Collection[str]) -> Any:
    """In products, u*sign(u) is |u|, sign(u)/|u| is 1/u, and so on: true wherever both sides are defined.

    ``expand`` also finds terms that only differ in how they write |u| = u*sign(u).
    """

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
            elif powers.get(u, 0) == -1:
                term = term / sign * u / sympy.Abs(u)
        powers = term.as_powers_dict()
        for size in term.atoms(sympy.Abs):
            u = size.args[0]
            if powers.get(size, 0) == -1 and powers.get(u, 0) >= 1:
                term = term * size / u * sympy.sign(u)
        return term

    def odd(expression: Any) -> Any:
        """sign(u) for its odd powers, 1 for its even ones, which are 0 where u is: of parameters that is no kink."""
        return expression.replace(
            lambda e: (
                e.is_Pow
                and e.exp.is_Integer
                and isinstance(e.base, sympy.sign | functions.signum)
                and bool(e.exp % 2 or {each.name for each in e.base.free_symbols} & set(names))
            ),
            lambda e: e.base if e.exp % 2 else S.One,
        )

    plain = odd(expression)
    if expand and plain.has(sympy.Abs) and plain.is_Add:
        signed = odd(sympy.expand(plain.replace(sympy.Abs, lambda u: u * sympy.sign(u))))
        if not signed.has(sympy.sign) or _nodes(signed) < _nodes(plain):
            return signed.replace(lambda e: e.is_Mul, merge)
    return plain.replace(lambda e: e.is_Mul, merge)


def _nodes(expression: Any) -> int:
    return sum(1 for _ in sympy.preorder_traversal(expression))


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


def factored(tree: Node) -> Node:
    """The tree as a product, where SymPy can write it as one."""
    with suppress(*symbolic.ALL_FAILURES):
        return symbolic.from_sympy(sympy.factor(symbolic.to_sympy(tree)))
    return tree


def same(a: Node, b: Node) -> bool:
    """Is b defined wherever a is, and equal to it, at a few places?

    At 0 and 1, where a kink may well lie, only that it is defined is asked.
    """
    for place in (*_PLACES[:4], *_SIMPLE_PLACES):
        first, second = _values(a, b, place)
        if isinstance(second, numeric.Undefined) and not isinstance(first, numeric.Undefined):
            return False
        if place not in _SIMPLE_PLACES and _apart(first, second):
            return False
    return True


def equal(a: Node, b: Node) -> bool:
    """Are a and b equal at the first few places where both have a value?"""
    compared = 0
    for place in _PLACES:
        first, second = _values(a, b, place)
        apart = _apart(first, second)
        if apart:
            return False
        compared += apart is False
        if compared == _ENOUGH:
            break
    return True


def is_slope(made: Node, root: Node, name: str) -> bool:
    """Is ``made`` what differences of ``root`` come to, at the first few places where both have a value?"""
    others = [each for each in variables(root) if each != name]
    compared = 0
    for place in _PLACES:
        env = {name: place} | {each: place + (index + 1) * _BETWEEN for index, each in enumerate(others)}
        line = substitute(root, {Name(each): rational(env[each]) for each in others})
        measured = numeric.difference(line, name, rational(place), 1, 12)
        given = numeric.evaluate(made, 12, env, limit=60)
        if not isinstance(measured, Fraction | numeric.Ball) or not isinstance(
            given, Fraction | numeric.Ball
        ):
            continue
        x, y = numeric.as_mpf(measured, 30), numeric.as_mpf(given, 30)
        if abs(x - y) > _MEASURED * max(1, abs(x)):
            return False
        compared += 1
        if compared == _ENOUGH:
            return True
    return False


def _values(a: Node, b: Node, place: Fraction) -> tuple[numeric.Value, numeric.Value]:
    """Twelve digits of both with the first variable at ``place``, the others further out or at the same simple one."""
    a, b = _instance(a), _instance(b)
    apart = 0 if place in _SIMPLE_PLACES else _BETWEEN if place > 0 else -_BETWEEN
    env = {name: place + index * apart for index, name in enumerate(variables(a, b))}
    known: numeric.Known = {}  # the two have many parts in common
    return (
        numeric.evaluate(a, 12, env, limit=60, known=known),
        numeric.evaluate(b, 12, env, limit=60, known=known),
    )


def _instance(root: Node) -> Node:
    """``root`` with each unknown function being one that satisfies no equation that anybody would write."""

    def step(node: Node, parts: list[Node]) -> Node:
        if not isinstance(node, Call) or not is_unknown(node):
            return rebuild(node, tuple(parts))
        order, letter = node.function.count(PRIME), ord(node.function[0])
        waves: list[Node] = [] if order else [Number(3)]
        for pace in (Fraction(letter, 97), Fraction(letter, 61)):
            phase = Call("+", (Number(letter), Call("/", (Call("*", (Number(order), PI)), Number(2)))))
            angle = Call("+", (Call("*", (rational(pace), parts[0])), phase))
            waves.append(Call("*", (rational(pace**order), Call("sin", (angle,)))))
        return total(waves)

    return fold(root, step) if unknowns(root) else root


def _apart(first: numeric.Value, second: numeric.Value) -> bool | None:
    """Do two values differ? None where one of them is not known."""
    if not isinstance(first, Fraction | numeric.Ball) or not isinstance(second, Fraction | numeric.Ball):
        return None
    x, y = numeric.as_mpf(first, 30), numeric.as_mpf(second, 30)
    return bool(abs(x - y) > abs(x) * numeric.mp.mpf(10) ** -9)


def readable(value: Any, decimals: bool = False) -> Node | numeric.Real | None:
    """A SymPy number as the world outside reads it: a tree, a ball where it is a decimal; measured ones as they are."""
    if value is None or isinstance(value, numeric.Ball | Fraction):
        return value
    if isinstance(value, sympy.Float):
        return numeric.Ball(numeric.mp.make_mpf(value._mpf_), numeric.mp.zero)
    return value_tree(value, decimals)


def value_tree(value: Any, decimals: bool = False) -> Node | None:
    """The tree of a SymPy number, in a simpler form where one is clearly simpler; None where it has none."""
    try:
        return tidiest(value, decimals) if value.is_number else symbolic.from_sympy(value, decimals)
    except (symbolic.NoClosedForm, TooLarge):
        return None
