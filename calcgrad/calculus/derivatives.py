"""The derivative of an expression away from its kinks: made by the rules, confirmed by SymPy, tidied.

derivative(parse("x**2*sin(x)").node, ["x"]).tree       # the tree of x**2*cos(x) + 2*x*sin(x)

The rules lead to a form; SymPy, which shares none of them, differentiates the same expression, and the two must be the
same function (``agree``), or there is no answer. Then the tidiest of the forms is taken (``forms``). Large
expressions are cut at the functions whose arguments are large; a letter stands for each, and the chain rule joins them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sympy
from sympy import S

from calcgrad.calculus import domains, forms, kinks, rules, symbolic
from calcgrad.calculus.arithmetic import ZERO, negative, split, tidied
from calcgrad.errors import TooLarge, UndecidedError
from calcgrad.expression.columns import has
from calcgrad.expression.tree import (
    COMPARISONS,
    CONNECTIVES,
    FALSE,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    fold,
    names_in,
    operations,
    postorder,
    rebuild,
    substitute,
    unknowns,
)

_MAX_OPERATIONS = 5_000  # of a derivative that is still written out
_MAX_WORK = 5_000  # operations in all derivatives on the way to a higher one
_LARGE = 40  # operations, beyond which questions cost too much that grow steeply with them
_SMALL = 4  # operations of an argument that is left in its place in a large tree
_ARITHMETIC = {"+", "-", "*", "/", "neg", "Piecewise", *CONNECTIVES}


@dataclass(frozen=True)
class Derivative:
    """A derivative as a tree, or None where there is no closed form; ``made`` is the form that the rules led to."""

    tree: Node | None
    made: Node | None = None


def derivative(root: Node, names: Sequence[str], decimals: bool = False) -> Derivative:
    """The derivative of a scalar tree by ``names`` in turn, tidied; it holds away from kinks.

    A value that a where gives to single points says nothing of the slope, so such branches are left out.
    """
    tree, work = root, 0
    for name in names:
        tree = without_isolated(tree, name)
        made = rules.derive(tree, name).after
        known: _Blocks | None
        try:
            known = _Blocks(tree, name)
            plain = known.written(_as_it_is)
        except symbolic.FAILURES:  # such as a comparison of what it takes for complex
            known, plain = None, None if made is None else tidied(made)
        if plain is None:
            return Derivative(None)
        size = operations(plain)
        work += size if len(names) > 1 else 0
        if size > _MAX_OPERATIONS or work > _MAX_WORK:
            raise TooLarge(
                "the derivative has too many operations to write out",
                hint="grad computes its value",
            )
        if known is None and not forms.is_slope(plain, tree, name):
            raise UndecidedError(
                "SymPy could not confirm the derivative, and numbers did not", hint="grad computes its value",
                code="unconfirmed",
            )  # fmt: skip
        if made is None or not agree(made, plain):
            if domains.nowhere(tree):  # the rules do not ask: log(0) + x
                return Derivative(None)
            raise UndecidedError(
                "the rules of differentiation and SymPy contradict each other",
                hint="grad computes its value",
                code="contradiction",
            )
        if plain is ZERO:
            break
        tree = plain
    if known is None:
        return Derivative(plain, made)
    try:
        tidy = known.written(partial(forms.tidiest, decimals=decimals, names=names))
    except symbolic.FAILURES:
        tidy = plain
    if tidy is None or made is None:
        return Derivative(tidy)
    if known.large:
        return Derivative(made if operations(made) <= operations(tidy) else tidy, made)
    best = _undivided(made, _plainer(made, tidy, decimals), decimals)
    return Derivative(_positive_first(best) if unknowns(root) else best, made)


def _positive_first(root: Node) -> Node:
    """b - a for -a + b: SymPy's order is that of names, which says nothing where all are functions."""

    def step(node: Node, parts: list[Node]) -> Node:
        if isinstance(node, Call) and node.function == "+" and split(parts[0])[0] < 0:
            return Call("-", (parts[1], negative(parts[0])))
        return rebuild(node, tuple(parts))

    return fold(root, step)


def _undivided(made: Node, best: Node, decimals: bool) -> Node:
    """(6*x + 2)/5 as the rules made it, where SymPy has divided every term."""
    if decimals or not isinstance(made, Call) or made.function != "/" or not isinstance(made.args[1], Number):
        return best
    top = _as_it_is(symbolic.to_sympy(made.args[0]))
    if top is None:
        return best
    whole = Call("/", (top, made.args[1]))
    return whole if operations(whole) < operations(best) and forms.same(best, whole) else best


def _as_it_is(expression: Any) -> Node | None:
    try:
        return symbolic.from_sympy(expression)
    except symbolic.NoClosedForm:
        return None


class _Blocks:
    """SymPy's derivative of a tree by ``name``, of large trees in blocks.

    What SymPy asks itself about an argument (is it real, is it zero?) takes longer than any user waits where the
    argument is large. There a letter stands for it, which SymPy knows nothing of, and the chain rule puts together
    what comes of the blocks.
    """

    def __init__(self, root: Node, name: str) -> None:
        self.name = name
        self.large = is_large(root)
        self.arguments: dict[Node, Name] = {}  # the letter of each argument that is a block of its own
        self.slopes: dict[Name, Any] = {}  # the derivative of each letter, where it is not zero
        self.slope = self._differentiated(fold(root, self._cut) if self.large else root)

    def _cut(self, node: Node, parts: list[Node]) -> Node:
        if isinstance(node, Call) and node.function not in _ARITHMETIC and not _is_whole_power(node):
            parts = [self._letter(*each) for each in zip(node.args, parts, strict=True)]
        return rebuild(node, tuple(parts))

    def _letter(self, argument: Node, cut: Node) -> Node:
        """A letter for an argument, unless that is small; ``cut`` has letters for what is inside it."""
        if operations(cut) <= _SMALL or (isinstance(cut, Call) and cut.function in COMPARISONS):
            return cut
        if argument not in self.arguments:
            letter = self.arguments[argument] = Name(f"_{len(self.arguments)}")
            slope = self._differentiated(cut)
            if slope != 0:
                self.slopes[letter] = slope
        return self.arguments[argument]

    def _differentiated(self, block: Node) -> Any:
        expression = symbolic.to_sympy(block)
        return sympy.Add(
            differentiate(expression, self.name),
            *(
                differentiate(expression, letter.name) * symbolic.symbol(_mark(letter).name)
                for letter in self.slopes
                if letter.name in names_in(block)
            ),
        )

    def written(self, write: Callable[[Any], Node | None]) -> Node | None:
        """The derivative as a tree, each block written by ``write``; None where that has no words for one."""
        values: dict[Node, Node] = {}
        for argument, letter in self.arguments.items():
            values[letter] = argument
            if letter in self.slopes:
                slope = write(self.slopes[letter])
                if slope is None:
                    return None
                values[_mark(letter)] = substitute(slope, values)
        slope = write(self.slope)
        return None if slope is None else substitute(slope, values)


def _mark(letter: Name) -> Name:
    """The letter for the derivative of what ``letter`` stands for."""
    return Name(f"{letter.name}_")


def _is_whole_power(node: Call) -> bool:
    return node.function == "**" and isinstance(node.args[1], Number) and node.args[1].value.denominator == 1


def is_large(root: Node) -> bool:
    """Is a tree too large to be asked about as a whole?"""
    return operations(root) > _LARGE


def _plainer(made: Node, tidy: Node, decimals: bool) -> Node:
    """What the rules made, as SymPy writes it, where that is no longer than the tidy form: it is what steps lead to."""
    written = symbolic.to_sympy(made)
    if any(each.name.startswith("(") for each in written.free_symbols):
        return tidy  # a giant stays as it was typed
    try:
        plain = symbolic.from_sympy(written, decimals)
    except (symbolic.NoClosedForm, TooLarge):
        return tidy
    if plain is tidy or operations(plain) > operations(tidy) or not _words(plain) <= _words(tidy):
        return tidy
    return plain if forms.same(tidy, plain) else tidy


def _words(root: Node) -> set[str]:
    return {node.function for node in postorder(root) if isinstance(node, Call)} - set("+-*/") - {"neg"}


def agree(made: Node, known: Node) -> bool:
    """Do the rules and SymPy, which share no derivative, give the same function, holes in either form aside?"""
    return (
        known in (made, tidied(made))
        or (not is_large(made) and symbolic.to_sympy(made) == symbolic.to_sympy(known))
        or forms.equal(made, known)
    )


def without_isolated(root: Node, name: str) -> Node:
    """``root`` without the branches of where that hold at single places of ``name`` only (x == 0; all but x != 0).

    Along ``name`` such an equation is false, and its negation true, but for places that say nothing of the slope.
    """

    def step(node: Node, parts: list[Node]) -> Node:
        made = rebuild(node, tuple(parts))
        if isinstance(made, Call) and made.function in ("==", "!=") and _is_isolated(made, name):
            return FALSE if made.function == "==" else TRUE
        return made

    found: dict[Node, Node] = {}
    for node in postorder(root):
        if isinstance(node, Call) and node.function == "Piecewise":
            args = [
                fold(substitute(arg, found), step) if index % 2 else substitute(arg, found)
                for index, arg in enumerate(node.args)
            ]
            kept = kinks.decided(Call("Piecewise", tuple(args)))
            if kept is not node and not (isinstance(kept, Call) and FALSE in kept.args[1::2]):
                found[node] = kept
    return substitute(root, found)


def _is_isolated(equation: Call, name: str) -> bool:
    """Does an equation hold at single places of ``name`` only, as one between analytic functions does?"""
    if name not in names_in(equation):
        return False
    calls = [node for side in equation.args for node in postorder(side) if isinstance(node, Call)]
    bent = [node for node in calls if has(node, "kinks") or has(node, "jumps")]
    if any(name in names_in(node) and not _is_whole_power(node) for node in bent):
        return False  # floor(x) == 0 holds from 0 to 1
    try:
        return bool(symbolic.to_sympy(Call("-", equation.args)).has(symbolic.symbol(name)))
    except symbolic.FAILURES:
        return False


def differentiate(expression: Any, name: str) -> Any:
    """d/dname by SymPy; away from kinks the delta functions that SymPy puts on them are zero."""
    result = sympy.diff(expression, symbolic.symbol(name))
    if result.has(sympy.DiracDelta):
        result = result.replace(sympy.DiracDelta, lambda *args: S.Zero)
    return _gathered(result)


def _gathered(expression: Any) -> Any:
    """x**(a - 1)*a for x**a*a/x, and -1/sqrt(-x) for sqrt(-x)/x."""
    gathered = expression.replace(_divides_power, lambda term: sympy.powsimp(term, combine="exp"))
    return gathered.replace(lambda term: term.is_Mul, _negative_roots)


def _negative_roots(product: Any) -> Any:
    """b**(e - 1) for b**e/b in a product, also where SymPy has taken the sign out of b below the line."""
    for power in product.args:
        base, exponent = power.as_base_exp()
        below = -base
        if exponent.is_Rational and not exponent.is_Integer and base.is_Mul and 1 / below in product.args:
            product = -product / power * below * base ** (exponent - 1)
    return product


def _divides_power(term: Any) -> bool:
    """x**a*a/x, which people write a*x**(a - 1)."""
    if not term.is_Mul:
        return False
    powers = [factor for factor in term.args if factor.is_Pow]
    divided = {power.base for power in powers if power.exp == -1}
    return any(power.base in divided and not power.exp.is_Rational for power in powers)
