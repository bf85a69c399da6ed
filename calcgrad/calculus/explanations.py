"""Why a limit is what it is: the argument that a textbook gives, each step checked by the limit engine.

    explain(parse("sin(x)/x").node, "x", Number(0), "both")[0].title       # "L'Hopital's rule"

The limit itself comes from ``limits``; here the way to it is looked for. A step is only taken if what it leads
to has the same limit, so an explanation can stop short (``unexplained``) but not arrive elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from calcgrad.calculus import kinks, limits, numeric, symbolic
from calcgrad.calculus.arithmetic import ONE, over, terms
from calcgrad.calculus.sides import approach, is_infinite
from calcgrad.errors import CalcgradError
from calcgrad.expression.tree import (
    INFINITY,
    Call,
    Name,
    Node,
    Number,
    names_in,
    postorder,
    substitute,
    text,
)

_DEEPEST = 8  # steps within steps
_MAX_ASKED = 60  # limits that one explanation may ask for
_SERIES_OPERATIONS = 25
_SERIES_TERMS = 6
# functions of one variable whose values stay between two numbers
_BOUNDED = {
    "sin": ("-1", "1"), "cos": ("-1", "1"), "atan": ("-pi/2", "pi/2"), "tanh": ("-1", "1"), "sign": ("-1", "1"),
    "erf": ("-1", "1"), "sigmoid": ("0", "1"), "acot": ("-pi/2", "pi/2"), "Heaviside": ("0", "1"),
}  # fmt: skip


@dataclass(frozen=True)
class Reason:
    """One step: ``before`` has the same limit as ``after`` (None at the end of a way), for what it ``says``."""

    title: str
    before: Node
    after: Node | None
    says: str
    parts: tuple[Reason, ...] = ()


def explain(root: Node, name: str, place: Node, side: str) -> list[Reason]:
    """The steps to the limit of ``root`` from ``side`` (left, right or both); [] for a limit that has no value.

    Where the sides take different branches of abs, where and the like, each side is explained on its own.
    """
    sides = [1] if is_infinite(place) else {"left": [-1], "right": [1]}.get(side, [-1, 1])
    seen = {each: approach(root, name, place, each) for each in sides}
    trees = {each: found.tree if found.settled else root for each, found in seen.items()}
    if (
        len(sides) == 2
        and trees[-1] is trees[1] is root
        and all(found.real is not False for found in seen.values())
    ):
        return _Explanation(name, place, "both").steps(root)
    steps: list[Reason] = []
    for each in sides:
        direction = "left" if each < 0 else "right"
        found = _Explanation(name, place, direction)
        plain = root if trees[each] is root else _plain(trees[each])
        if len(sides) == 1:
            taken = Reason("branch", root, plain, f"{text(root)} = {text(plain)} there")
            return [taken] * (plain is not root) + found.steps(plain)
        if seen[each].real is False or found.value(plain) is None:
            continue
        branch = f"{text(root)} = {text(plain)}" if plain is not root else text(root)
        steps.append(Reason(f"from the {direction}", root, plain, branch, tuple(found.steps(plain))))
    return steps


def _plain(node: Node) -> Node:
    """``node`` after SymPy's own arithmetic, where it can be read back."""
    try:
        return symbolic.from_sympy(symbolic.to_sympy(node))
    except (*symbolic.FAILURES, symbolic.NoClosedForm, CalcgradError):
        return node


def _shorter(node: Node) -> Node:
    plain = _plain(node)
    return plain if symbolic.operations(plain) < symbolic.operations(node) else node


class _Explanation:
    def __init__(self, name: str, place: Node, side: str) -> None:
        self.name, self.place, self.side = name, place, side
        self.known: dict[Node, Any] = {}

    def value(self, node: Node) -> Any:
        """The limit of ``node`` (SymPy's oo included); None where there is none, or too many were asked for."""
        if node not in self.known:
            if len(self.known) >= _MAX_ASKED:
                return None
            try:
                self.known[node] = limits.limit(node, self.name, self.place, self.side).value
            except (*symbolic.FAILURES, CalcgradError):
                self.known[node] = None
        return self.known[node]

    def shown(self, value: Any) -> str:
        tree = symbolic.value_tree(value)
        return str(value) if tree is None else text(tree)

    def same(self, node: Node, target: Any) -> bool:
        found = self.value(node)
        return found is not None and limits.same_value(found, target) is True

    def steps(self, node: Node, depth: int = 0) -> list[Reason]:
        target = self.value(node)
        if target is None:
            return []
        found: list[Reason] = []
        seen = {node}
        while len(found) < _DEEPEST:
            reason = next((each for each in self.ways(node, target, depth) if each is not None), None)
            if reason is None:
                return [*found, Reason("unexplained", node, None, f"{text(node)}: its numbers decide")]
            found.append(reason)
            if reason.after is None or reason.after in seen:
                return found
            node = reason.after
            seen.add(node)
        return found

    def ways(self, node: Node, target: Any, depth: int) -> Iterator[Reason | None]:
        """What may be done with ``node``, the plainest first."""
        yield self.substitution(node, target)
        yield self.dominant_terms(node, target)
        yield self.cancelling(node, target)
        if depth < _DEEPEST:
            yield self.squeeze(node, target, depth)
            yield self.parts_of(node, target, depth)
            yield self.continuity(node, target, depth)
        yield self.known_limit(node, target)
        yield self.logarithm(node, target)
        yield self.conjugate(node, target)
        yield self.largest_power(node, target)
        yield self.hospital(node, target)
        yield self.as_quotient(node, target)
        yield self.series(node, target)

    def substitution(self, node: Node, target: Any) -> Reason | None:
        if self.name not in names_in(node):
            return Reason("constant", node, None, f"{text(node)} does not depend on {self.name}")
        if node is Name(self.name):
            return Reason("variable", node, None, f"{text(node)} goes to {text(self.place)}")
        if is_infinite(self.place):
            return None
        here: dict[Node, Node] = {Name(self.name): self.place}
        put_in = substitute(node, here)
        value = symbolic.evaluate(put_in)
        if not isinstance(value, Fraction | numeric.Ball) or kinks.specials(node, [self.name], here) != []:
            return None
        return Reason(
            "substitution",
            node,
            None,
            f"{text(node)} is continuous at {text(self.place)}: {self.shown(target)}",
        )

    def dominant_terms(self, node: Node, target: Any) -> Reason | None:
        """A quotient of polynomials at infinity goes as the quotient of its leading terms."""
        if not is_infinite(self.place):
            return None
        x = symbolic.symbol(self.name)
        top, bottom = sympy.fraction(sympy.together(symbolic.to_sympy(node)))
        if not (top.is_polynomial(x) and bottom.is_polynomial(x)):
            return None
        leading = [sympy.LT(sympy.expand(each), x) if each.has(x) else each for each in (top, bottom)]
        after = _plain(symbolic.from_sympy(leading[0] / leading[1]))
        if after is node or not self.same(after, target):
            return None
        ratio = text(Call("/", (symbolic.from_sympy(leading[0]), symbolic.from_sympy(leading[1]))))
        return Reason("dominant terms", node, after, f"{text(node)} goes as {ratio}")

    def cancelling(self, node: Node, target: Any) -> Reason | None:
        if is_infinite(self.place) or not isinstance(node, Call):
            return None
        plain = symbolic.to_sympy(node)
        if sympy.fraction(sympy.together(plain))[1] == 1:
            return None
        cancelled = sympy.cancel(plain)
        if plain.count_ops() <= cancelled.count_ops():
            return None
        after = symbolic.from_sympy(cancelled)
        return (
            Reason("cancelling", node, after, f"{text(node)} = {text(after)}")
            if self.same(after, target)
            else None
        )

    def squeeze(self, node: Node, target: Any, depth: int) -> Reason | None:
        """A bounded factor without a limit, times one that goes to zero."""
        if target != 0 or not isinstance(node, Call) or node.function not in ("*", "/"):
            return None
        for bounded in _calls(node):
            if bounded.function not in _BOUNDED or self.value(bounded) is not None:
                continue
            rest = _plain(substitute(node, {bounded: ONE}))
            if not self.same(rest, 0) or not _is_factor(node, bounded):
                continue
            low, high = _BOUNDED[bounded.function]
            return Reason(
                "squeeze", node, None,
                f"{text(bounded)} stays between {low} and {high}, and {text(rest)} goes to 0",
                () if rest is Name(self.name) else tuple(self.steps(rest, depth + 1)),
            )  # fmt: skip
        return None

    def parts_of(self, node: Node, target: Any, depth: int) -> Reason | None:
        """The limit of a sum, product or quotient from those of its parts, where no 0/0 or the like arises."""
        if not isinstance(node, Call) or node.function not in ("+", "-", "*", "/", "neg"):
            return None
        inner = [part for _, part in terms(node)] if node.function in ("+", "-") else list(node.args)
        values = [self.value(part) for part in inner]
        if any(value is None for value in values):
            return None
        infinite = [value for value in values if value.is_infinite]
        if node.function in ("+", "-") and len(infinite) > 1:
            return None
        if node.function == "*" and infinite and any(value == 0 for value in values):
            return None
        if node.function == "/" and len(infinite) == 2:
            return None
        if node.function == "/" and values[1] == 0 and not (target.is_infinite and values[0] != 0):
            return None
        word = {"+": "sum", "-": "sum", "*": "product", "/": "quotient", "neg": "multiple"}[node.function]
        listed = ", ".join(f"{text(part)} -> {self.shown(value)}" for part, value in zip(inner, values))
        deeper = [
            part
            for part in dict.fromkeys(inner)
            if self.name in names_in(part) and part is not Name(self.name)
        ]
        parts = tuple(step for part in deeper for step in self.steps(part, depth + 1))
        return Reason(f"limit of a {word}", node, None, listed, parts)

    def continuity(self, node: Node, target: Any, depth: int) -> Reason | None:
        """f(u) for an f that is continuous where u goes."""
        if not isinstance(node, Call) or node.function in ("+", "-", "*", "/", "neg", "Piecewise"):
            return None
        varying = [arg for arg in node.args if self.name in names_in(arg)]
        if len(varying) != 1 or varying[0] is Name(self.name):
            return None
        (inner,) = varying
        value = self.value(inner)
        if value is None:
            return None
        letter = next(each for each in "utvwst" if each not in names_in(node) | {self.name})
        outer = Call(node.function, tuple(Name(letter) if arg is inner else arg for arg in node.args))
        goes = symbolic.value_tree(value)
        if goes is None:
            return None
        try:
            reached = limits.limit(outer, letter, goes).value
        except (*symbolic.FAILURES, CalcgradError):
            return None
        if reached is None or limits.same_value(reached, target) is not True:
            return None
        says = f"{text(outer)} -> {self.shown(target)} as u = {text(inner)} -> {self.shown(value)}"
        return Reason(
            "continuity",
            node,
            None,
            says.replace(" u = ", f" {letter} = "),
            tuple(self.steps(inner, depth + 1)),
        )

    def known_limit(self, node: Node, target: Any) -> Reason | None:
        """A function of the variable alone, where it goes to infinity or to an edge of its domain."""
        if not isinstance(node, Call) or node.args.count(Name(self.name)) != 1 or node.function in "+-*/":
            return None
        if any(self.name in names_in(arg) for arg in node.args if arg is not Name(self.name)):
            return None
        says = f"{text(node)} -> {self.shown(target)} as {self.name} -> {text(self.place)}"
        return Reason("known limit", node, None, says)

    def conjugate(self, node: Node, target: Any) -> Reason | None:
        """u - v = (u**2 - v**2)/(u + v), where square roots go to infinity together."""
        if not isinstance(node, Call) or node.function != "-" or self.value(node.args[0]) is None:
            return None
        u, v = (symbolic.to_sympy(arg) for arg in node.args)
        if not self.value(node.args[0]).is_infinite or not any(
            power.exp == sympy.Rational(1, 2) for power in (u - v).atoms(sympy.Pow)
        ):
            return None
        top = symbolic.from_sympy(sympy.expand(u**2 - v**2))
        after = Call("/", (top, Call("+", node.args)))
        return (
            Reason("conjugate", node, after, f"{text(node)} = {text(after)}")
            if self.same(after, target)
            else None
        )

    def logarithm(self, node: Node, target: Any) -> Reason | None:
        """u**v = exp(v*log(u)), where both vary."""
        if not isinstance(node, Call) or node.function != "**" or self.name not in names_in(node.args[1]):
            return None
        base, exponent = node.args
        after = Call("exp", (Call("*", (exponent, Call("log", (base,)))),))
        return (
            Reason("logarithm", node, after, f"{text(node)} = {text(after)}")
            if self.same(after, target)
            else None
        )

    def largest_power(self, node: Node, target: Any) -> Reason | None:
        """At infinity, a quotient with square roots in it, divided above and below by the variable."""
        if not is_infinite(self.place) or not isinstance(node, Call) or node.function != "/":
            return None
        x = symbolic.symbol(self.name)
        top, bottom = (symbolic.to_sympy(arg) for arg in node.args)
        if not (top.is_polynomial(x) and bottom.atoms(sympy.Pow) and bottom.is_algebraic_expr(x)):
            return None
        t = sympy.Symbol("t_0", positive=True)
        size = t if self.place is INFINITY else -t
        powers = [sympy.expand(each.subs(x, size) / size) for each in (top, bottom)]
        powers = [
            sympy.powsimp(sympy.powdenest(_under_root(each, t))).subs(t, x if size == t else -x)
            for each in powers
        ]
        try:
            after = Call("/", (symbolic.from_sympy(powers[0]), symbolic.from_sympy(powers[1])))
        except (*symbolic.FAILURES, symbolic.NoClosedForm):
            return None
        if not all((each := self.value(part)) is not None and not each.is_infinite for part in after.args):
            return None
        return (
            Reason("dividing by x".replace("x", self.name), node, after, f"{text(node)} = {text(after)}")
            if self.same(after, target)
            else None
        )

    def hospital(self, node: Node, target: Any) -> Reason | None:
        """u/v of the form 0/0 or oo/oo has the limit of u'/v', if that exists."""
        if not isinstance(node, Call) or node.function != "/":
            return None
        top, bottom = (self.value(part) for part in node.args)
        if top is None or bottom is None:
            return None
        form = (
            "0/0" if top == 0 and bottom == 0 else "oo/oo" if top.is_infinite and bottom.is_infinite else ""
        )
        if not form:
            return None
        slopes = [symbolic.derivative(part, [self.name]).tree for part in node.args]
        if slopes[0] is None or slopes[1] is None:
            return None
        after = _shorter(over(slopes[0], slopes[1]))
        small = symbolic.operations(after) <= 3 * symbolic.operations(node) + 10
        if not small or not self.same(after, target):
            return None
        above, below = (text(part) for part in node.args)
        return Reason(
            "L'Hopital's rule", node, after,
            f"{text(node)} is {form}: ({above})'/({below})' = {text(after)}",
        )  # fmt: skip

    def as_quotient(self, node: Node, target: Any) -> Reason | None:
        """A product 0*oo, or a difference oo - oo, as one quotient."""
        if not isinstance(node, Call) or node.function not in ("*", "+", "-"):
            return None
        if node.function == "*":
            first, second = node.args
            for kept, moved in ((second, first), (first, second)):
                after = over(kept, over(ONE, moved))
                if (
                    isinstance(after, Call)
                    and after.function == "/"
                    and self.hospital(after, target) is not None
                ):
                    return Reason("as a quotient", node, after, f"{text(node)} = {text(after)}")
            return None
        combined = sympy.together(symbolic.to_sympy(node))
        top, bottom = sympy.fraction(combined)
        if bottom == 1:
            return None
        after = Call("/", (symbolic.from_sympy(top), symbolic.from_sympy(bottom)))
        return (
            Reason("one denominator", node, after, f"{text(node)} = {text(after)}")
            if self.same(after, target)
            else None
        )

    def series(self, node: Node, target: Any) -> Reason | None:
        """The first terms of the Taylor or Laurent series at a finite point."""
        if (
            is_infinite(self.place)
            or symbolic.operations(node) > _SERIES_OPERATIONS
            or not isinstance(node, Call)
        ):
            return None
        x, at = symbolic.symbol(self.name), symbolic.to_sympy(self.place)
        try:
            shown = sympy.series(symbolic.to_sympy(node), x, at, _SERIES_TERMS).removeO()
            terms_of = sorted(
                shown.as_ordered_terms(), key=lambda term: sympy.degree(term * (x - at) ** 40, x)
            )
            after = symbolic.from_sympy(sum(terms_of[:2]))
        except (*symbolic.FAILURES, symbolic.NoClosedForm, CalcgradError, sympy.PoleError):
            return None
        if after is node or not self.same(after, target):
            return None
        return Reason("series", node, after, f"{text(node)} = {text(after)} + ...")


def _under_root(expression: Any, t: Any) -> Any:
    """sqrt(u)/t as sqrt(u/t**2), for t > 0."""

    def inside(term: Any) -> Any:
        roots = [
            factor
            for factor in sympy.Mul.make_args(term)
            if factor.is_Pow and factor.exp == sympy.Rational(1, 2)
        ]
        if len(roots) != 1 or not roots[0].has(t):
            return term
        rest = term / roots[0]
        return sympy.sqrt(sympy.expand(roots[0].base * rest**2)) if rest == 1 / t else term

    return sympy.Add(*(inside(term) for term in sympy.Add.make_args(expression)))


def _calls(node: Node) -> Iterator[Call]:
    return (each for each in postorder(node) if isinstance(each, Call))


def _is_factor(node: Node, part: Node) -> bool:
    """Is ``part`` a factor of ``node``, above any fraction line?"""
    if node is part:
        return True
    if isinstance(node, Call) and node.function == "*":
        return any(_is_factor(arg, part) for arg in node.args)
    if isinstance(node, Call) and node.function in ("/", "neg"):
        return _is_factor(node.args[0], part)
    if isinstance(node, Call) and node.function == "**" and isinstance(node.args[1], Number):
        return _is_factor(node.args[0], part)
    return False
