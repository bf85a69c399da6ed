"""Why a limit is what it is: the argument that a textbook gives, each step checked by the limit engine.

    explain(parse("sin(x)/x").node, "x", Number(0), "both")[0].title       # "L'Hopital's rule"

The limit itself comes from ``limits``; here the way to it is looked for. A step is only taken if what it leads
to has the same limit, so an explanation can stop short (``unexplained``) but not arrive elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import sympy

from calcgrad.calculus import derivatives, forms, kinks, limits, numeric, symbolic
from calcgrad.calculus.arithmetic import ONE, ZERO, factors, light, negative, over, terms, tidied, times
from calcgrad.calculus.multiseries.exact import NotReal, Undecided
from calcgrad.calculus.multiseries.expansion import Expansion, Oscillates, expand
from calcgrad.calculus.sides import approach, sign
from calcgrad.errors import CalcgradError
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.columns import has, listed, said_of
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import (
    INFINITY,
    PRIME,
    Call,
    Name,
    Node,
    Number,
    fold,
    is_infinite,
    names_in,
    operations,
    postorder,
    substitute,
    text,
)

_DEEPEST = 8  # steps within steps
_MAX_ASKED = 60  # limits that one explanation may ask for
_SERIES_OPERATIONS = 25
_LONG_DIVISION = 8  # the degree up to which a quotient without remainder is written out
_SHORT = 55  # characters that fit beside a rule's name, a little indented
_DEAD_ENDS = (
    "L'Hopital's rule",
    "as a quotient",
    "one denominator",
    "cancelling",
)  # if they lead nowhere, not worth a line
_ROOM = 10
_OFTEN = 4  # times that one rule is used in a row before it is said to lead nowhere
_FEW = 3  # times that L'Hopital's rule is used before it is said that exp outgrows every power
_RECIPROCALS = {
    "sec": "1/cos(u)", "csc": "1/sin(u)", "cot": "cos(u)/sin(u)",
    "sech": "1/cosh(u)", "csch": "1/sinh(u)", "coth": "cosh(u)/sinh(u)",
}  # fmt: skip
_QUOTIENTS = _RECIPROCALS | {"tan": "sin(u)/cos(u)", "tanh": "sinh(u)/cosh(u)"}
_UNEXPLAINED = "unexplained"
_EXPANSION = "expansion"
_SIDE = {-1: "left", 1: "right"}
_SIGNS = {"left": "-", "right": "+", "both": ""}


@dataclass(frozen=True)
class Reason:
    """One step: ``before`` has the same limit as ``after`` (None at the end of a way), for what it ``says``.

    ``brief`` says it where that is too long. ``equal`` says that the two are the same and not only their limits,
    ``form`` is 0/0 or oo/oo, ``between`` holds bounds with what they bound, ``goes`` is the limit at the end of a way.
    """

    title: str
    before: Node
    after: Node | None
    says: str
    parts: tuple[Reason, ...] = ()
    brief: str = ""
    goes: Node | None = None
    equal: bool = False
    form: str = ""
    between: tuple[Node, ...] = ()


def _equal(title: str, before: Node, after: Node) -> Reason:
    return Reason(
        title, before, after, f"{text(before)} = {text(after)}", brief=f"= {text(after)}", equal=True
    )


def explain(root: Node, name: str, place: Node, side: str) -> list[Reason]:
    """The steps to the limit of ``root`` from ``side`` (left, right or both); [] for a limit that has no value.

    Where the sides take different branches of abs, where and the like, each side is explained on its own.
    """
    sides = [1] if is_infinite(place) else {"left": [-1], "right": [1]}.get(side, [-1, 1])
    seen = {each: approach(root, name, place, each) for each in sides}
    trees = {each: found.tree if found.settled else root for each, found in seen.items()}
    if len(sides) == 2 and trees[-1] is trees[1] and all(found.real is not False for found in seen.values()):
        together = _Explanation(name, place, "both", root)
        if together.value(root) is not None:
            way = together.steps(root)
            if trees[1] is root or way[-1].title not in (_UNEXPLAINED, _EXPANSION):
                return way
    steps: list[Reason] = []
    for each in sides:
        direction = "left" if each < 0 else "right"
        found = _Explanation(name, place, direction, root)
        plain = root if trees[each] is root else _plain(trees[each])
        if len(sides) == 1:
            taken = Reason("branch", root, plain, f"{text(root)} = {text(plain)} there", equal=True)
            rest = found.steps(plain) if plain is root or name in names_in(plain) else []
            return [taken] * (plain is not root) + rest
        if seen[each].real is False or found.value(plain) is None:
            continue
        branch = f"{text(root)} = {text(plain)}" if plain is not root else text(root)
        parts = tuple(found.steps(plain)) if plain is root or name in names_in(plain) else ()
        steps.append(Reason(f"from the {direction}", root, plain, branch, parts, equal=True))
    return steps


def unexplained(root: Node) -> Reason:
    """What is said where the time was up before an argument was found."""
    brief = "no argument was found in time"
    return Reason(_UNEXPLAINED, root, None, f"{text(root)}: {brief}", brief=brief)


def oscillation(root: Node, name: str, place: Node, side: str) -> list[Reason]:
    """The part of ``root`` that never comes to rest: a sine, cosine or tangent whose argument goes to infinity."""
    directions = [side] if side != "both" or is_infinite(place) else ["right", "left"]
    for part in _calls(root):
        if not ROWS[part.function].period:
            continue
        (inner,) = part.args
        letter = next(each for each in "utvws" if each not in names_in(root))
        outer = inner if inner is Name(name) else Name(letter)
        for direction in directions:
            found = _Explanation(name, place, direction, root)
            value = found.value(inner) if name in names_in(inner) else None
            steps = any(has(each, "steps") for each in _calls(inner))
            if value is None or not value.is_infinite or steps or found.value(part) is not None:
                continue
            what = text(inner) if outer is inner else f"{letter} = {text(inner)}"
            says = f"{text(Call(part.function, (outer,)))} never settles as {what} -> {found.shown(value)}"
            where = "" if len(directions) == 1 else f" from the {direction}"
            low, high = _between(part) or (None, None)
            between = (low, part, high) if low and high else ()
            return [Reason("oscillation", part, None, says + where, brief=says, between=between)]
    return []


def outside(root: Node, name: str, place: Node, side: str) -> list[Reason]:
    """The part of ``root`` that has no real value beside the place, on each side where ``root`` has none."""
    found: dict[Node, list[int]] = {}
    cases = any(node.function == "Piecewise" for node in _calls(root))
    for way in [1] if is_infinite(place) else {"left": [-1], "right": [1]}.get(side, [-1, 1]):
        seen = approach(root, name, place, way)
        if seen.real is False and (seen.settled or not cases):
            inside = postorder(seen.tree if cases else root)
            part = next(node for node in inside if approach(node, name, place, way).real is False)
            found.setdefault(part, []).append(way)
    steps = []
    for part, ways in found.items():
        needs = said_of(part, "domain")
        short = needs is not None and isinstance(part, Call) and len(part.args) == 1
        lacks = f"needs {text(needs)}, which fails" if needs is not None and short else "has no real value"
        where = f"beside {text(place)}" if len(ways) == 2 else f"to the {_SIDE[ways[0]]} of {text(place)}"
        where = f"as {name} -> {text(place)}" if is_infinite(place) else where
        steps.append(Reason("domain", part, None, f"{text(part)} {lacks} {where}"))
    return steps


def gaps(root: Node, found: limits.Limit) -> list[Reason]:
    """That ``root`` has no values along a sequence, though it has some beside it."""
    for one in (found.right, found.left):
        if one is not None and one.again:
            lacks = "not real" if one.reason == "not-real" else "not defined"
            says = f"is {lacks} along a sequence that goes there, and a limit asks for values all the way"
            return [Reason("domain", root, None, f"{text(root)} {says}", brief=says)]
    return []


def sequences(root: Node, found: limits.Limit) -> list[Reason]:
    """Two limits that ``root`` has along different sequences, where no wave of its own says that it has none."""
    for one in (found.right, found.left):
        if one is None or one.reason != "oscillates":
            continue
        ends = [forms.value_tree(end) for end in one.ends or ()]
        shown = [text(end) for end in ends if end is not None]
        if len(shown) == 2:
            says = f"goes to {shown[0]} along one sequence, and to {shown[1]} along another"
        elif one.ends is not None:
            says = "has two limits along two sequences"
        else:
            says = "is a sum of waves, comes near each of its values again and again, and is not constant"
        return [Reason("two sequences", root, None, f"{text(root)} {says}", brief=says)]
    return []


def _with_remainder(found: Expansion) -> str:
    return text(found.sum) + ("" if found.remainder is None else f" + O({text(found.remainder)})")


def _plain(node: Node) -> Node:
    """``node`` after SymPy's own arithmetic, where it can be read back."""
    try:
        return symbolic.from_sympy(symbolic.to_sympy(node))
    except (*symbolic.FAILURES, symbolic.NoClosedForm, CalcgradError):
        return node


def _shorter(node: Node) -> Node:
    plain = _plain(node)
    return plain if operations(plain) < operations(node) else node


class _Explanation:
    def __init__(self, name: str, place: Node, side: str, root: Node) -> None:
        self.name, self.place, self.side = name, place, side
        self.largest = 2 * operations(root) + _ROOM  # that a step may lead to
        self.known: dict[Node, Any] = {}
        self.open: list[Node] = []  # what is being explained, the whole first

    def value(self, node: Node) -> Any:
        """The limit of ``node`` (SymPy's oo included); None where there is none, or too many were asked for."""
        if node not in self.known:
            if len(self.known) >= _MAX_ASKED:
                return None
            try:
                found = limits.limit(node, self.name, self.place, self.side)
                self.known[node] = found.value, found.evidence
            except (*symbolic.FAILURES, CalcgradError):
                self.known[node] = None, ""
        return self.known[node][0]

    def shown(self, value: Any) -> str:
        if value.is_Float:
            return numeric.format_mpf(numeric.mp.mpf(value._mpf_), 10)
        tree = forms.value_tree(value)
        return str(value) if tree is None else text(tree)

    def same(self, node: Node, target: Any) -> bool:
        found = self.value(node)
        return found is not None and limits.same_value(found, target) is True

    def steps(self, node: Node, depth: int = 0) -> list[Reason]:
        target = self.value(node)
        if target is None:
            return []
        self.open.append(node)
        try:
            return self.way(node, target, depth)
        finally:
            self.open.pop()

    def way(self, node: Node, target: Any, depth: int) -> list[Reason]:
        found: list[Reason] = []
        seen = set(self.open)
        while len(found) < _DEEPEST:
            onward = (each for each in self.ways(node, target, depth) if each is not None)
            reason = next((each for each in onward if not _goes_back(each, seen)), None)
            if reason is None or [each.title for each in found].count(reason.title) == _OFTEN:
                break
            found.append(reason)
            if reason.after is None or self.name not in names_in(reason.after):
                return found
            node = reason.after
            seen.add(node)
        while found and found[-1].title in _DEAD_ENDS:
            node = found.pop().before
        return [*found, self.expansion(node, target)]

    def ways(self, node: Node, target: Any, depth: int) -> Iterator[Reason | None]:
        """What may be done with ``node``, the plainest first; what SymPy cannot do is no way."""
        inside = [self.squeeze, self.parts_of, self.continuity] if depth < _DEEPEST else []
        ways: tuple[Callable[[Node, Any], Reason | None], ...] = (
            self.substitution,
            self.dominant_terms,
            self.multiplied_out,
            self.cancelling,
            self.reciprocals,
            self.growth,
            *(partial(each, depth=depth) for each in inside),
            self.known_limit,
            self.logarithm,
            self.conjugate,
            self.root_cancelled,
            self.largest_power,
            self.largest_term,
            self.hospital,
            self.as_quotient,
            self.series,
        )
        for way in ways:
            try:
                found = way(node, target)
            except (*symbolic.ALL_FAILURES, NotReal, Undecided, CalcgradError):
                continue
            yield found

    def ends(
        self,
        title: str,
        node: Node,
        target: Any,
        says: str,
        parts: tuple[Reason, ...] = (),
        brief: str = "",
        between: tuple[Node, ...] = (),
    ) -> Reason:
        return Reason(title, node, None, says, parts, brief, forms.value_tree(target), between=between)

    def expansion(self, node: Node, target: Any) -> Reason:
        """The leading term, and how small the rest is: what decided the limit, where nothing shorter is known."""
        ways = {"left": (-1,), "right": (1,)}.get(self.side, (-1, 1))
        said = {way: self._expanded(node, target, 1 if is_infinite(self.place) else way) for way in ways}
        both = [f"{each} from the {_SIDE[way]}" for way, each in said.items()]
        says = ", ".join(both) if len(set(said.values())) > 1 else said[ways[0]]
        return self.ends(_EXPANSION, node, target, f"{text(node)} {says}", brief=says)

    def _expanded(self, node: Node, target: Any, side: int) -> str:
        there = self.name, self.place, side, 1
        try:
            found = expand(node, *there)
            return f"= {_with_remainder(found)}"
        except Oscillates as wave:
            if target.is_infinite:
                return f"grows as {text(wave.scale)}, times a wave that stays away from 0"
            if target == 0:
                return f"= O({text(wave.scale)})"
        except (NotReal, Undecided, RecursionError):
            return "has a leading term that decides"
        value = forms.value_tree(target)
        if value is None:
            return "has a leading term that decides"
        try:
            left = expand(Call("-", (node, value)), *there)
            return f"= {text(value)} + {_with_remainder(left)}"
        except Oscillates as wave:
            return f"= {text(value)} + O({text(wave.scale)})"
        except (NotReal, Undecided, RecursionError):
            return f"= {text(value)}, and what dies out"

    def substitution(self, node: Node, target: Any) -> Reason | None:
        if self.name not in names_in(node):
            return self.ends("constant", node, target, f"{text(node)} does not depend on {self.name}")
        if node is Name(self.name):
            return self.ends("variable", node, target, f"{text(node)} goes to {text(self.place)}")
        if is_infinite(self.place):
            return None
        here: dict[Node, Node] = {Name(self.name): self.place}
        put_in = substitute(node, here)
        if names_in(put_in):  # with parameters, what is continuous by sight
            if not symbolic.to_sympy(node).is_polynomial(symbolic.symbol(self.name)):
                return None
        elif (
            not isinstance(symbolic.evaluate(put_in), Fraction | numeric.Ball)
            or kinks.specials(node, [self.name], here) != []
        ):
            return None
        says = f"continuous at {text(self.place)}: {self.shown(target)}"
        return self.ends("substitution", node, target, f"{text(node)} is {says}", brief=says)

    def dominant_terms(self, node: Node, target: Any) -> Reason | None:
        """At infinity a polynomial, or a quotient of two, goes as its leading term, or as the quotient of theirs."""
        if not is_infinite(self.place) or not isinstance(node, Call) or node.function not in "+-/":
            return None
        x = symbolic.symbol(self.name)
        sides = node.args if node.function == "/" else (node, ONE)
        leading = []
        for each in map(symbolic.to_sympy, sides):
            if not each.is_polynomial(x):
                return None
            leading.append(sympy.LT(sympy.expand(each), x) if each.has(x) else each)
        after = _plain(symbolic.from_sympy(leading[0] / leading[1]))
        ratio = over(*map(symbolic.from_sympy, leading)) if leading[1] != 1 else after
        if after is node or _plain(node) is after or not self.same(after, target):
            return None
        goes = text(Call("/", tuple(map(symbolic.from_sympy, leading)))) if leading[1] != 1 else text(after)
        equal = f" = {text(after)}" if leading[1] != 1 and text(after) != goes and ratio is not node else ""
        says = f"goes as {goes}{equal}"
        return Reason("dominant terms", node, after, f"{text(node)} {says}", brief=says)

    def multiplied_out(self, node: Node, target: Any) -> Reason | None:
        """((x + h)**3 - x**3)/h with a power of h in every term above, which can then be cancelled."""
        if not isinstance(node, Call) or node.function != "/" or node.args[1] is not Name(self.name):
            return None
        h, above = symbolic.symbol(self.name), symbolic.to_sympy(node.args[0])
        if (
            not above.is_polynomial(h)
            or sympy.degree(above, h) > _LONG_DIVISION
            or above.subs(h, 0).is_zero is False
        ):
            return None
        expanded = sympy.expand(above)
        top = symbolic.from_sympy(expanded)
        if top in (node.args[0], symbolic.from_sympy(above)) or not expanded.is_Add:
            return None
        return _equal("multiplying out", node, Call("/", (top, node.args[1])))

    def cancelling(self, node: Node, target: Any) -> Reason | None:
        if is_infinite(self.place) or not isinstance(node, Call):
            return None
        plain = symbolic.to_sympy(node)
        above, below = sympy.fraction(sympy.together(plain))
        if below == 1 and sympy.fraction(plain)[1] == 1:
            return None
        cancelled = sympy.cancel(plain)
        if not (
            cancelled.count_ops() < plain.count_ops()
            or self.divides(above, below)
            or (self.vanishes(sympy.fraction(plain)[1]) and not self.vanishes(sympy.fraction(cancelled)[1]))
        ):
            return None
        gone = sympy.cancel(below / sympy.fraction(cancelled)[1])
        if gone.is_number and sympy.fraction(plain)[1] == below:  # multiplied out, nothing more
            return None
        factored = sympy.fraction(cancelled)[0] / sympy.factor(sympy.fraction(cancelled)[1])
        after = symbolic.from_sympy(min(cancelled, factored, key=sympy.count_ops))
        return _equal("cancelling", node, after) if self.same(after, target) else None

    def vanishes(self, below: Any) -> bool:
        """Is a polynomial zero where the variable goes?"""
        x = symbolic.symbol(self.name)
        return bool(below.is_polynomial(x) and below.subs(x, symbolic.to_sympy(self.place)) == 0)

    def reciprocals(self, node: Node, target: Any) -> Reason | None:
        """Secants and their kin, and tangents beside them, in sines and cosines."""

        def step(each: Node, parts: list[Node]) -> Node:
            made = light(each, parts)
            if isinstance(made, Call) and made.function in _QUOTIENTS:
                return substitute(parse(_QUOTIENTS[made.function]).node, {Name("u"): made.args[0]})
            return made

        if not any(each.function in _RECIPROCALS for each in _calls(node)):
            return None
        after = _shorter(tidied(fold(node, step)))
        return _equal("written out", node, after) if self.same(after, target) else None

    def divides(self, above: Any, below: Any) -> bool:
        """Have two polynomials of bearable degree a common factor?"""
        x = symbolic.symbol(self.name)
        if not (above.is_polynomial(x) and below.is_polynomial(x) and below.has(x)):
            return False
        if sympy.degree(sympy.expand(above), x) > _LONG_DIVISION:
            return False
        return bool(sympy.gcd(sympy.expand(above), sympy.expand(below)).has(x))

    def growth(self, node: Node, target: Any) -> Reason | None:
        """At infinity exp outgrows every power; a low power is left to L'Hopital's rule."""
        if self.place is not INFINITY or not isinstance(node, Call) or node.function != "/":
            return None
        x = symbolic.symbol(self.name)
        for power, other in (node.args, node.args[::-1]):
            if not isinstance(other, Call) or other.function != "exp":
                continue
            polynomial = symbolic.to_sympy(power)
            rises = self.value(over(other.args[0], Call("log", (Name(self.name),))))
            if polynomial.is_polynomial(x) and sympy.degree(polynomial, x) > _FEW and rises == sympy.oo:
                says = f"{text(other)} outgrows every power of {self.name}"
                return self.ends("growth", node, target, says)
        return None

    def squeeze(self, node: Node, target: Any, depth: int) -> Reason | None:
        """What is linear in a part that has bounds lies between its values at them; both have the same limit."""
        if not isinstance(node, Call) or node.function not in ("+", "-", "*", "/", "neg"):
            return None
        for part in _calls(node):
            ends = _between(part)
            if ends is None or self.name not in names_in(part) or self.value(part) in ends:
                continue
            if (has(part, "range") or not has(part, "steps")) and self.value(part) is not None:
                continue
            letter = next(each for each in "tuvws" if each not in names_in(node))
            form = symbolic.to_sympy(substitute(node, {part: Name(letter)}))
            t = symbolic.symbol(letter)
            slope = form.diff(t)
            if slope.has(t) or slope == 0:
                continue
            low, high = ends
            held = low, part, high
            stays = f"{text(low)} <= {text(part)} <= {text(high)}"
            if symbolic.to_sympy(low) == -symbolic.to_sympy(high) and form.subs(t, 0) == 0 and target == 0:
                rest = _plain(symbolic.from_sympy(slope))
                if not self.same(rest, 0):
                    continue
                parts = () if rest is Name(self.name) else tuple(self.steps(rest, depth + 1))
                return self.ends(
                    "squeeze", node, target, f"{stays}, and {text(rest)} goes to 0", parts, between=held
                )
            bounds = [_plain(symbolic.from_sympy(form.subs(t, symbolic.to_sympy(end)))) for end in ends]
            if not all(self.same(each, target) for each in bounds):
                continue
            close = f"{text(bounds[0])} and {text(bounds[1])} go to {self.shown(target)}"
            return self.ends("squeeze", node, target, f"{stays}; {close}", brief=close, between=held)
        return None

    def parts_of(self, node: Node, target: Any, depth: int) -> Reason | None:
        """The limit of a sum, product or quotient from those of its parts, where no 0/0 or the like arises."""
        if not isinstance(node, Call) or node.function not in ("+", "-", "*", "/", "neg"):
            return None
        inner = [part for _, part in terms(node)] if node.function in ("+", "-") else list(node.args)
        values = [self.value(part) for part in inner]
        if any(value is None for value in values):
            return None
        if node.function in ("+", "-"):
            signs = {sign * value for (sign, _), value in zip(terms(node), values) if value.is_infinite}
            if len(signs) > 1:
                return None
        infinite = [value for value in values if value.is_infinite]
        if node.function == "*" and infinite and any(value == 0 for value in values):
            return None
        if node.function == "/" and len(infinite) == 2:
            return None
        if node.function == "/" and values[1] == 0 and not (target.is_infinite and values[0] != 0):
            return None
        word = {"+": "sum", "-": "sum", "*": "product", "/": "quotient", "neg": "multiple"}[node.function]
        listed = ", ".join(
            f"{text(part)} -> {self.shown(value)}"
            for part, value in zip(inner, values)
            if self.name in names_in(part) or len(inner) == 2
        )
        if node.function == "/" and values[1] == 0:  # the quotient's sign tells on which side
            listed += " from above" if (target > 0) == (values[0] > 0) else " from below"
        deeper = [
            part
            for part in dict.fromkeys(inner)
            if self.name in names_in(part) and part is not Name(self.name)
        ]
        parts = tuple(step for part in deeper for step in self.steps(part, depth + 1))
        if self.is_monomial(node):
            says = f"{text(node)} -> {self.shown(target)} as {self.name} -> {text(self.place)}"
            return self.ends("known limit", node, target, says)
        return self.ends(f"limit of a {word}", node, target, listed, parts)

    def is_monomial(self, node: Node) -> bool:
        """Is it a constant times a fixed power of the variable, at infinity?"""
        x = symbolic.symbol(self.name)
        base, exponent = symbolic.to_sympy(node).as_independent(x, as_Add=False)[1].as_base_exp()
        return is_infinite(self.place) and base == x and not exponent.has(x)

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
        goes = forms.value_tree(value)
        if goes is None:
            return None
        for side in ("both", self.side_of(inner, goes)):
            try:
                reached = limits.limit(outer, letter, goes, side).value
            except (*symbolic.FAILURES, CalcgradError):
                return None
            if reached is not None:
                break
        if reached is None or limits.same_value(reached, target) is not True:
            return None
        near = self.shown(value) + _SIGNS[side]
        says = f"{text(outer)} -> {self.shown(target)} as {letter} = {text(inner)} -> {near}"
        return self.ends("continuity", node, target, says, tuple(self.steps(inner, depth + 1)))

    def side_of(self, inner: Node, goes: Node) -> str:
        """From which side ``inner`` comes to its limit, as far as is known; both if that is not one side."""
        if is_infinite(goes):
            return "both"
        directions = {"left": (-1,), "right": (1,)}.get(
            self.side, (1,) if is_infinite(self.place) else (-1, 1)
        )
        gap = Call("-", (inner, goes))
        signs = {sign(gap, self.name, self.place, direction) for direction in directions}
        return "right" if signs == {1} else "left" if signs == {-1} else "both"

    def known_limit(self, node: Node, target: Any) -> Reason | None:
        """A function of the variable alone, where it goes to infinity or to an edge of its domain."""
        if not isinstance(node, Call) or node.args.count(Name(self.name)) != 1 or node.function in "+-*/":
            return None
        if any(self.name in names_in(arg) for arg in node.args if arg is not Name(self.name)):
            return None
        side = "" if is_infinite(self.place) else _SIGNS[self.side]
        says = f"{text(node)} -> {self.shown(target)} as {self.name} -> {text(self.place)}{side}"
        return self.ends("known limit", node, target, says)

    def conjugate(self, node: Node, target: Any) -> Reason | None:
        """u - v = (u**2 - v**2)/(u + v), and u + v likewise, where square roots and oo - oo are in it.

        It may be a factor of ``node``.
        """
        every = factors(node)
        for place, part in enumerate(every):
            if not isinstance(part, Call) or part.function not in ("+", "-"):
                continue
            ends = [self.value(arg) for arg in part.args]
            if any(each is None or not each.is_infinite for each in ends):
                continue
            u, v = (symbolic.to_sympy(arg) for arg in part.args)
            if not any(power.exp == sympy.Rational(1, 2) for power in (u - v).atoms(sympy.Pow)):
                continue
            top = symbolic.from_sympy(sympy.expand(u**2 - v**2))
            bottom = Call("-" if part.function == "+" else "+", part.args)
            after = over(times(*every[:place], top, *every[place + 1 :]), bottom)
            if self.same(after, target):
                return _equal("conjugate", node, after)
        return None

    def root_cancelled(self, node: Node, target: Any) -> Reason | None:
        """0/0 with u - v above or below the line, roots in it: multiplied by u + v, which lets it cancel."""
        if is_infinite(self.place) or not isinstance(node, Call) or node.function != "/":
            return None
        if any(self.value(part) != 0 for part in node.args):
            return None
        x = symbolic.symbol(self.name)
        for place, part in enumerate(node.args):
            if not isinstance(part, Call) or part.function not in ("+", "-"):
                continue
            u, v = (symbolic.to_sympy(arg) for arg in part.args)
            v = v if part.function == "-" else -v
            squares, other = sympy.expand(u**2 - v**2), symbolic.to_sympy(node.args[1 - place])
            if not squares.is_polynomial(x) or not other.is_polynomial(x) or (u - v).is_polynomial(x):
                continue
            ratio = sympy.cancel(squares / other if place == 0 else other / squares)
            above, below = map(symbolic.from_sympy, sympy.fraction(ratio))
            sum_ = symbolic.from_sympy(u + v)
            after = over(above, times(below, sum_)) if place == 0 else over(times(above, sum_), below)
            if self.same(after, target):
                return _equal("conjugate", node, after)
        return None

    def logarithm(self, node: Node, target: Any) -> Reason | None:
        """u**v = exp(v*log(u)), where both vary."""
        if not isinstance(node, Call) or node.function != "**" or self.name not in names_in(node.args[1]):
            return None
        base, exponent = node.args
        after = Call("exp", (times(exponent, Call("log", (base,))),))
        return _equal("logarithm", node, after) if self.same(after, target) else None

    def largest_power(self, node: Node, target: Any) -> Reason | None:
        """At infinity, a quotient with square roots in it, divided above and below by the variable."""
        if not is_infinite(self.place) or not isinstance(node, Call) or node.function != "/":
            return None
        x = symbolic.symbol(self.name)
        top, bottom = (symbolic.to_sympy(arg) for arg in node.args)
        if top.is_polynomial(x) and bottom.is_polynomial(x):
            return None
        if not (top.is_algebraic_expr(x) and bottom.is_algebraic_expr(x)):
            return None
        t = sympy.Symbol("t_0", positive=True)
        size = t if self.place is INFINITY else -t
        for power in range(1, _FEW + 1):
            shares = [sympy.expand(each.subs(x, size) / size**power) for each in (top, bottom)]
            shares = [
                sympy.powsimp(sympy.powdenest(_under_root(each, t))).subs(t, x if size == t else -x)
                for each in shares
            ]
            above, below = map(symbolic.from_sympy, shares)
            after = over(above, below)
            if self.settles(above, below) and self.same(after, target):
                divisor = text(symbolic.from_sympy(x**power))
                return _equal(f"dividing by {divisor}", node, after)
        return None

    def settles(self, above: Node, below: Node) -> bool:
        """Have both parts of a quotient finite limits, the lower one other than 0?"""
        top, bottom = self.value(above), self.value(below)
        return not (top is None or bottom is None or top.is_infinite or bottom.is_infinite or bottom == 0)

    def largest_term(self, node: Node, target: Any) -> Reason | None:
        """At infinity, a quotient divided above and below by the largest term below the line."""
        if not is_infinite(self.place) or not isinstance(node, Call) or node.function != "/":
            return None
        top, bottom = (symbolic.to_sympy(arg) for arg in node.args)
        found = [term.as_coeff_Mul()[1] for term in sympy.Add.make_args(sympy.expand(bottom))]
        if len(found) < 2 and not top.is_Add:
            return None
        for largest in found[:_FEW]:
            if not largest.has(symbolic.symbol(self.name)) or (
                len(found) < 2 and largest.as_base_exp()[1].is_negative
            ):
                continue  # 1/x alone below the line: that would undo ``as_quotient``
            shares = [sympy.powsimp(sympy.expand(each / largest)) for each in (top, bottom)]
            try:
                above, below = map(symbolic.from_sympy, shares)
            except (*symbolic.FAILURES, symbolic.NoClosedForm):
                continue
            if not self.settles(above, below):
                continue
            after = above if below is ONE else Call("/", (above, below))
            if after is not node and self.same(after, target):
                return _equal(f"dividing by {text(symbolic.from_sympy(largest))}", node, after)
        return None

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
        above, below = (derivatives.derivative(part, [self.name]).tree for part in node.args)
        if above is None or below is None or self.value(below) is None:
            return None  # the slope below must not vanish again and again
        after = _shorter(_quotient(above, below))
        if operations(after) > self.largest or not self.same(after, target):
            return None
        marks = "/".join(text(Call(PRIME, (part,))) for part in node.args)
        briefs = [f"{form}: {slope} {text(after)}" for slope in (f"{marks} =", "top'/bottom' =", "->")]
        brief = next((each for each in briefs if len(each) <= _SHORT), None)
        if brief is None:
            return None
        says = f"{text(node)} is {briefs[0]}"
        return Reason("L'Hopital's rule", node, after, says, brief=brief, form=form)

    def as_quotient(self, node: Node, target: Any) -> Reason | None:
        """A product 0*oo, or a difference oo - oo, as one quotient."""
        if not isinstance(node, Call) or node.function not in ("*", "+", "-"):
            return None
        if node.function == "*":
            each = factors(node)
            ways: list[tuple[int, Call]] = []
            for moved in each:
                after = over(times(*(other for other in each if other is not moved)), _reciprocal(moved))
                if isinstance(after, Call) and after.function == "/":
                    step = self.hospital(after, target) or self.growth(after, target)
                    if step is not None:
                        left = 0 if step.after is None else operations(step.after)
                        ways.append((left, after))
            return _equal("as a quotient", node, min(ways, key=lambda way: way[0])[1]) if ways else None
        combined = sympy.together(symbolic.to_sympy(node))
        top, bottom = sympy.fraction(combined)
        if bottom == 1:
            return None
        after = Call("/", (symbolic.from_sympy(top), symbolic.from_sympy(bottom)))
        return _equal("one denominator", node, after) if self.same(after, target) else None

    def series(self, node: Node, target: Any) -> Reason | None:
        """The first two terms of the expansion at a finite point."""
        if is_infinite(self.place) or operations(node) > _SERIES_OPERATIONS or not isinstance(node, Call):
            return None
        after = expand(node, self.name, self.place, -1 if self.side == "left" else 1, 2).sum
        if after is node or not self.same(after, target):
            return None
        return Reason(
            "series", node, after, f"{text(node)} = {text(after)} + ...", brief=f"= {text(after)} + ..."
        )


def _under_root(expression: Any, t: Any) -> Any:
    """sqrt(u)/t**n as sqrt(u/t**(2*n)), for t > 0."""

    def inside(term: Any) -> Any:
        roots = [
            factor
            for factor in sympy.Mul.make_args(term)
            if factor.is_Pow and factor.exp == sympy.Rational(1, 2)
        ]
        if len(roots) != 1 or not roots[0].has(t):
            return term
        number, power = (term / roots[0]).as_independent(t)
        base, exponent = power.as_base_exp()
        if base != t or not exponent.is_negative:
            return term
        return number * sympy.sqrt(sympy.expand(roots[0].base * power**2))

    return sympy.Add(*(inside(term) for term in sympy.Add.make_args(expression)))


def _goes_back(reason: Reason, seen: set[Node]) -> bool:
    """Does a step lead to what was there before, or to something made of it?"""
    return reason.after is not None and not seen.isdisjoint(postorder(reason.after))


def _calls(node: Node) -> Iterator[Call]:
    return (each for each in postorder(node) if isinstance(each, Call))


def _between(part: Call) -> tuple[Node, Node] | None:
    """Bounds that hold for every value of the arguments."""
    known = listed(part.function, "range")
    if known and INFINITY not in known:
        low, high = known
        return low, high
    if part.function == "floor":
        return Call("-", (part.args[0], ONE)), part.args[0]
    if part.function == "ceiling":
        return part.args[0], Call("+", (part.args[0], ONE))
    if part.function == "**" and isinstance(part.args[1], Number) and part.args[1].value in (2, 4):
        inner = part.args[0]
        if isinstance(inner, Call) and listed(inner.function, "range") == (negative(ONE), ONE):
            return ZERO, ONE
    return None


def _quotient(above: Node, below: Node) -> Node:
    """u/v with one line: b*u/a where v is a/b."""
    if isinstance(below, Call) and below.function == "/":
        return times(above, over(below.args[1], below.args[0]))
    return over(above, below)


def _reciprocal(node: Node) -> Node:
    """1/u as people write it: exp(-u) for 1/exp(u), b/a for 1/(a/b)."""
    if isinstance(node, Call) and node.function == "exp":
        return Call("exp", (negative(node.args[0]),))
    if isinstance(node, Call) and node.function == "/":
        return over(node.args[1], node.args[0])
    return over(ONE, node)
