"""The rules of differentiation, one line each: they make the derivative and its steps in one go.

    derive(parse("x**2*sin(x)").node, "x").after        # the tree of 2*x*sin(x) + x**2*cos(x)

A rule is its formula. ``u``, ``v`` stand for what varies, ``a``, ``c``, ``n`` for what
does not, ``k`` for a whole number, and ``u'`` for the derivative of u, which is a step of its own. Rules with any
number of terms (sums, products, cases) are classes. SymPy's derivative confirms every result (``derivatives``).

The formulas are the usual ones: Abramowitz and Stegun, 3.3, 4.2, 4.4 to 4.6, 6.3 and 9.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import count
from math import factorial

from calcgrad.calculus.arithmetic import ONE, ZERO, factors, light, negative, over, plus, terms, times
from calcgrad.expression.tree import (
    PRIME,
    Call,
    Name,
    Node,
    Number,
    children,
    fold,
    is_unknown,
    names_in,
    postorder,
    product,
    rebuild,
    substitute,
    unknowns,
)

_LETTERS = "u v w s t p q r"
_VARYING, _FIXED, _WHOLE = "uvw", "acn", "k"
_DERIVED = "_d"  # u' while a formula is read
_POWERS = ("*", "/", "**", "neg", "sqrt")
_MAX_BINOMIAL = 20  # as in ``functions``


def prime(node: Node) -> Node:
    return Call(PRIME, (node,))


@dataclass(frozen=True)
class Rule:
    """What a rule is called, and its formula; ``brief`` says it where everything written out would be too long.

    ``outer`` ones are what the chain rule puts u into.
    """

    title: str
    formula: str
    outer: bool = True
    brief: str = ""


@dataclass(frozen=True, eq=False)
class Step:
    """One rule applied: d/d``name`` of ``before`` is ``after``, given what ``parts`` derive.

    ``shown`` is the same before the parts are known, with a mark, (u)', for each of them. ``after`` is None
    where there is no closed form.
    """

    before: Node
    name: str
    parts: tuple[Step, ...] = ()
    bound: dict[str, Node] = field(default_factory=dict)
    rule = Rule("", "")

    @cached_property
    def after(self) -> Node | None:
        results = [part.after for part in self.parts]
        known = [result for result in results if result is not None]
        return self.combine(known) if len(known) == len(results) else None

    @property
    def shown(self) -> Node:
        return self.combine([prime(part.before) for part in self.parts])

    def combine(self, derivatives: list[Node]) -> Node:
        """The right side of the formula, given the derivatives of the parts."""
        raise NotImplementedError


Derive = Callable[[Node], Step]

# ------------------------------------------------------------------------------------ rules without parts


class Constant(Step):
    rule = Rule("constant", "(c)' = 0")

    def combine(self, derivatives: list[Node]) -> Node:
        return ZERO


class Variable(Step):
    rule = Rule("variable", "(x)' = 1")

    def combine(self, derivatives: list[Node]) -> Node:
        return ONE


class Unknown(Step):
    rule = Rule("unknown function", "(f(x))' = f'(x)")

    def combine(self, derivatives: list[Node]) -> Node:
        assert isinstance(self.before, Call)
        return Call(self.before.function + PRIME, self.before.args)


class NoClosedForm(Step):
    """A derivative that the language has no words for, such as that of the zeta function."""

    rule = Rule("no closed form", "")

    @cached_property
    def after(self) -> Node | None:
        return None

    def combine(self, derivatives: list[Node]) -> Node:
        return prime(self.before)


# ------------------------------------------------------------- rules for any number of terms or factors


class Linear(Step):
    rule = Rule("linear", "(c*x + a)' = c")

    def combine(self, derivatives: list[Node]) -> Node:
        return self.bound["c"]


class ConstantMultiple(Step):
    rule = Rule("constant multiple", "(c*u)' = c*u'", brief="the constant stays")

    def combine(self, derivatives: list[Node]) -> Node:
        return times(self.bound["c"], derivatives[0])


class Sum(Step):
    rule = Rule("sum rule", "(u + v)' = u' + v'", brief="term by term")

    def combine(self, derivatives: list[Node]) -> Node:
        signs = [sign for sign, _ in terms(self.before)]
        return plus(zip(signs, derivatives, strict=True))


class Product(Step):
    rule = Rule("product rule", "(u*v)' = u'*v + u*v'", brief="each factor in turn")

    def combine(self, derivatives: list[Node]) -> Node:
        each = [part.before for part in self.parts]
        return plus(
            (1, times(*each[:place], derivative, *each[place + 1 :]))
            for place, derivative in enumerate(derivatives)
        )


class Cases(Step):
    rule = Rule("cases", "(where(p, u, v))' = where(p, u', v')", brief="case by case")

    def combine(self, derivatives: list[Node]) -> Node:
        assert isinstance(self.before, Call)
        conditions = self.before.args[1::2]
        return Call("Piecewise", tuple(each for pair in zip(derivatives, conditions) for each in pair))


class Maximum(Step):
    rule = Rule(
        "maximum", "(Max(u, v))' = Heaviside(u - v)*u' + Heaviside(v - u)*v'", brief="that of the greatest"
    )

    def combine(self, derivatives: list[Node]) -> Node:
        return _weighed("Max", self.parts, derivatives)


class Minimum(Step):
    rule = Rule(
        "minimum", "(Min(u, v))' = Heaviside(v - u)*u' + Heaviside(u - v)*v'", brief="that of the least"
    )

    def combine(self, derivatives: list[Node]) -> Node:
        return _weighed("Min", self.parts, derivatives)


def _weighed(extreme: str, parts: tuple[Step, ...], derivatives: list[Node]) -> Node:
    """Each derivative where its own argument is the extreme one."""
    each = [part.before for part in parts]
    if len(each) == 1:
        return derivatives[0]
    found: list[tuple[int, Node]] = []
    for place, derivative in enumerate(derivatives):
        others = (*each[:place], *each[place + 1 :])
        rest = others[0] if len(others) == 1 else Call(extreme, others)
        gap = ((1, each[place]), (-1, rest)) if extreme == "Max" else ((1, rest), (-1, each[place]))
        found.append((1, times(Call("Heaviside", (plus(gap),)), derivative)))
    return plus(found)


class Chain(Step):
    rule = Rule("chain rule", "(f(u))' = f'(u)*u'")

    # parts: f by the letter that stands for u, and u itself

    @property
    def letter(self) -> str:
        return self.parts[0].name

    @property
    def inner(self) -> Node:
        return self.parts[1].before

    @cached_property
    def after(self) -> Node | None:
        outer, inner = self.parts[0].after, self.parts[1].after
        if outer is None or inner is None:
            return None
        outside = substitute(outer, {Name(self.letter): self.inner})
        return times(inner, outside) if _is_plain(inner) else times(outside, inner)

    @property
    def shown(self) -> Node:
        return times(prime(self.parts[0].before), prime(Name(self.letter)))


def _is_plain(node: Node) -> bool:
    """A product of numbers and powers, which is written in front: 2*x*exp(x**2), but 2*sin(x)*cos(x)."""
    return not any(isinstance(each, Call) and each.function not in _POWERS for each in postorder(node))


class Definition(Step):
    rule = Rule("definition", "(g(u))' = (v)', g(u) = v")

    def combine(self, derivatives: list[Node]) -> Node:
        return derivatives[0]


class Rewritten(Step):
    rule = Rule("written out", "(u)' = (v)', u = v", brief="the same, written otherwise")

    def combine(self, derivatives: list[Node]) -> Node:
        return derivatives[0]


# -------------------------------------------------------------------------------- rules that are a formula


@dataclass(frozen=True, eq=False)
class Formula(Step):
    """A rule of the table below, which matches the left side of its formula."""

    rule: Rule = Step.rule

    def combine(self, derivatives: list[Node]) -> Node:
        made = _read(self.rule.formula)
        values = dict(self.bound)
        done = iter(derivatives)
        for letter in made.marks:
            part = self.bound[letter]
            if self.name not in names_in(part):
                values[letter + _DERIVED] = ZERO
            elif self.rule.outer and part is Name(self.name):
                values[letter + _DERIVED] = ONE
            else:
                values[letter + _DERIVED] = next(done)

        def step(node: Node, parts: list[Node]) -> Node:
            if isinstance(node, Name) and node.name in values:
                return values[node.name]
            return light(node, parts)

        return fold(made.right, step)


RULES = (
    Rule("power rule", "(1/u**n)' = -n/u**(n + 1)*u'"),
    Rule("power rule", "(1/sqrt(u))' = -1/(2*u**(3/2))*u'"),
    Rule("reciprocal rule", "(1/u)' = -1/u**2*u'"),
    Rule(
        "quotient rule", "(u/v)' = (u'*v - u*v')/v**2", outer=False, brief="= (top'*bottom - top*bottom')/bottom**2"
    ),
    Rule("power rule", "(u**n)' = n*u**(n - 1)*u'"),
    Rule("exponential", "(a**u)' = a**u*log(a)*u'"),
    Rule(
        "general power", "(u**v)' = u**v*(v'*log(u) + v*u'/u)", outer=False,
        brief="= power*(exponent'*log(base) + exponent*base'/base)",
    ),
    Rule("exponential", "(exp(u))' = exp(u)*u'"),
    Rule("logarithm", "(log(u))' = 1/u*u'"),
    Rule("logarithm to base 2", "(log2(u))' = 1/(u*log(2))*u'"),
    Rule("logarithm to base 10", "(log10(u))' = 1/(u*log(10))*u'"),
    Rule("logarithm of 1 + u", "(log1p(u))' = 1/(u + 1)*u'"),
    Rule("exponential less 1", "(expm1(u))' = exp(u)*u'"),
    Rule("square root", "(sqrt(u))' = 1/(2*sqrt(u))*u'"),
    Rule("cube root", "(cbrt(u))' = 1/(3*cbrt(u)**2)*u'"),
    Rule("root", "(root(u, k))' = 1/(k*root(u, k)**(k - 1))*u'"),
    Rule("root", "(root(u, v))' = root(u, v)*(u'/(u*v) - log(u)*v'/v**2)"),
    Rule("sine", "(sin(u))' = cos(u)*u'"),
    Rule("cosine", "(cos(u))' = -sin(u)*u'"),
    Rule("tangent", "(tan(u))' = (tan(u)**2 + 1)*u'"),
    Rule("cotangent", "(cot(u))' = -(cot(u)**2 + 1)*u'"),
    Rule("secant", "(sec(u))' = tan(u)*sec(u)*u'"),
    Rule("cosecant", "(csc(u))' = -cot(u)*csc(u)*u'"),
    Rule("inverse sine", "(asin(u))' = 1/sqrt(1 - u**2)*u'"),
    Rule("inverse cosine", "(acos(u))' = -1/sqrt(1 - u**2)*u'"),
    Rule("inverse tangent", "(atan(u))' = 1/(u**2 + 1)*u'"),
    Rule("inverse cotangent", "(acot(u))' = -1/(u**2 + 1)*u'"),
    Rule("inverse secant", "(asec(u))' = 1/(u**2*sqrt(1 - 1/u**2))*u'"),
    Rule("inverse cosecant", "(acsc(u))' = -1/(u**2*sqrt(1 - 1/u**2))*u'"),
    Rule("hyperbolic sine", "(sinh(u))' = cosh(u)*u'"),
    Rule("hyperbolic cosine", "(cosh(u))' = sinh(u)*u'"),
    Rule("hyperbolic tangent", "(tanh(u))' = (1 - tanh(u)**2)*u'"),
    Rule("hyperbolic cotangent", "(coth(u))' = -1/sinh(u)**2*u'"),
    Rule("hyperbolic secant", "(sech(u))' = -tanh(u)*sech(u)*u'"),
    Rule("hyperbolic cosecant", "(csch(u))' = -coth(u)*csch(u)*u'"),
    Rule("inverse hyperbolic sine", "(asinh(u))' = 1/sqrt(u**2 + 1)*u'"),
    Rule("inverse hyperbolic cosine", "(acosh(u))' = 1/(sqrt(u - 1)*sqrt(u + 1))*u'"),
    Rule("inverse hyperbolic tangent", "(atanh(u))' = 1/(1 - u**2)*u'"),
    Rule("inverse hyperbolic cotangent", "(acoth(u))' = 1/(1 - u**2)*u'"),
    Rule("inverse hyperbolic secant", "(asech(u))' = -1/(u*sqrt(1 - u**2))*u'"),
    Rule("inverse hyperbolic cosecant", "(acsch(u))' = -1/(u**2*sqrt(1 + 1/u**2))*u'"),
    Rule("angle of a point", "(atan2(v, u))' = (u*v' - v*u')/(u**2 + v**2)"),
    Rule("distance", "(hypot(u, v))' = (u*u' + v*v')/hypot(u, v)"),
    Rule("absolute value", "(abs(u))' = sign(u)*u'"),
    Rule("sign", "(sign(u))' = 0"),
    Rule("floor", "(floor(u))' = 0"),
    Rule("ceiling", "(ceiling(u))' = 0"),
    Rule("unit step", "(Heaviside(u))' = 0"),
    Rule("factorial", "(factorial(u))' = gamma(u + 1)*digamma(u + 1)*u'"),
    Rule("gamma function", "(gamma(u))' = gamma(u)*digamma(u)*u'"),
    Rule("logarithm of gamma", "(loggamma(u))' = digamma(u)*u'"),
    Rule("digamma function", "(digamma(u))' = polygamma(1, u)*u'"),
    Rule("polygamma function", "(polygamma(n, u))' = polygamma(n + 1, u)*u'"),
    Rule(
        "beta function",
        "(beta(u, v))' = beta(u, v)*((digamma(u) - digamma(u + v))*u'"
        " + (digamma(v) - digamma(u + v))*v')",
    ),
    Rule(
        "binomial coefficient",
        "(binomial(u, v))' = binomial(u, v)*((digamma(u + 1) - digamma(u - v"
        " + 1))*u' + (digamma(u - v + 1) - digamma(v + 1))*v')",
    ),
    Rule("error function", "(erf(u))' = 2*exp(-u**2)/sqrt(pi)*u'"),
    Rule("complementary error function", "(erfc(u))' = -2*exp(-u**2)/sqrt(pi)*u'"),
    Rule("Fresnel sine integral", "(fresnels(u))' = sin(pi*u**2/2)*u'"),
    Rule("Fresnel cosine integral", "(fresnelc(u))' = cos(pi*u**2/2)*u'"),
    Rule("exponential integral", "(Ei(u))' = exp(u)/u*u'"),
    Rule("Lambert's W", "(LambertW(u))' = exp(-LambertW(u))/(LambertW(u) + 1)*u'"),
    Rule("Bessel function", "(besselj(0, u))' = -besselj(1, u)*u'"),
    Rule("Bessel function", "(besselj(n, u))' = (besselj(n - 1, u) - besselj(n + 1, u))/2*u'"),
    Rule("Bessel function", "(bessely(0, u))' = -bessely(1, u)*u'"),
    Rule("Bessel function", "(bessely(n, u))' = (bessely(n - 1, u) - bessely(n + 1, u))/2*u'"),
    Rule("rectifier", "(relu(u))' = Heaviside(u)*u'"),
    Rule("sigmoid", "(sigmoid(u))' = sigmoid(u)*(1 - sigmoid(u))*u'"),
    Rule("softplus", "(softplus(u))' = sigmoid(u)*u'"),
)  # fmt: skip


# ------------------------------------------------------------------------------------- reading a formula


@dataclass(frozen=True, eq=False)
class _Sides:
    left: Node
    right: Node
    marks: tuple[str, ...]  # the letters whose derivatives the right side holds, in order


@cache
def _read(formula: str) -> _Sides:
    from calcgrad.expression.parser import parse

    left, right = formula[1:].split(")' = ", 1)
    marks = dict.fromkeys(re.findall(r"([a-z])'", right))
    return _Sides(parse(left).node, parse(re.sub(r"([a-z])'", rf"\1{_DERIVED}", right)).node, tuple(marks))


@cache
def _by_function() -> dict[str, list[Rule]]:
    """The rules of each function, in their order above; none of them is read before it is used."""
    found: dict[str, list[Rule]] = {}
    for rule in RULES:
        left = rule.formula.partition(")' = ")[0]
        called = re.match(r"\(([A-Za-z]\w*)\(", left)
        found.setdefault(called[1] if called else "/" if "/" in left else "**", []).append(rule)
    return found


def _match(pattern: Node, node: Node, name: str, bound: dict[str, Node]) -> bool:
    """Is ``node`` an instance of the left side of a formula? Its letters are put in ``bound``."""
    if isinstance(pattern, Name) and pattern.name in (*_VARYING, *_FIXED, *_WHOLE):
        if pattern.name in _FIXED and name in names_in(node):
            return False
        if pattern.name in _WHOLE and not (isinstance(node, Number) and node.value == int(node.value)):
            return False
        return bound.setdefault(pattern.name, node) is node
    if isinstance(pattern, Call) and isinstance(node, Call):
        return (
            pattern.function == node.function
            and len(pattern.args) == len(node.args)
            and all(_match(p, n, name, bound) for p, n in zip(pattern.args, node.args))
        )
    return pattern is node


# --------------------------------------------------------------------------------------- which rule applies


Functions = Mapping[str, tuple[tuple[str, ...], Node]]  # parameters and body by name


def derive(
    root: Node,
    name: str,
    named: Mapping[Node, str] | None = None,
    functions: Functions | None = None,
    otherwise: Callable[[Call, str, Derive], Step] = lambda node, name, inside: NoClosedForm(node, name),
) -> Step:
    """The derivation of d/d``name`` of a scalar tree, in steps proportional to its nodes for each level of chains.

    ``named`` gives the names of subexpressions that have one, which the chain rule then uses for its u.
    ``functions`` are those that ``root`` calls by name (see ``with_calls``). ``otherwise`` makes the step of a function
    that has no rule.
    """
    return _Derivation(root, name, named or {}, functions or {}, otherwise).of(root, name, 0)


def with_calls(root: Node, functions: Functions) -> Node:
    """``root`` with the bodies of functions of one parameter written as calls again: g(x) for sin(x)*x."""
    patterns = [
        (name, parameters[0], body)
        for name, (parameters, body) in functions.items()
        if len(parameters) == 1 and parameters[0] in names_in(body) and isinstance(body, Call)
    ]
    done: dict[Node, Node] = {}
    for node in postorder(root) if patterns else ():
        done[node] = rebuild(node, tuple(done[part] for part in children(node)))
        for name, parameter, body in patterns:
            found: dict[str, Node] = {}
            if _unify(body, node, parameter, found):
                done[node] = Call(name, (done[found[parameter]],))
                break
    return done.get(root, root)


def without_calls(root: Node, functions: Functions) -> Node:
    """The inverse of ``with_calls``."""

    def step(node: Node, parts: list[Node]) -> Node:
        if isinstance(node, Call) and node.function in functions:
            parameters, body = functions[node.function]
            return substitute(body, {Name(each): part for each, part in zip(parameters, parts)})
        return rebuild(node, tuple(parts))

    return fold(root, step) if functions else root


def _unify(pattern: Node, node: Node, parameter: str, found: dict[str, Node]) -> bool:
    if pattern is Name(parameter):
        return found.setdefault(parameter, node) is node
    if pattern is node:
        return parameter not in names_in(pattern)
    inner, outer = children(pattern), children(node)
    return (
        isinstance(pattern, Call) and isinstance(node, Call) and pattern.function == node.function
        and len(inner) == len(outer) and all(_unify(p, n, parameter, found) for p, n in zip(inner, outer))
    )  # fmt: skip


class _Derivation:
    def __init__(
        self,
        root: Node,
        name: str,
        named: Mapping[Node, str],
        functions: Functions,
        otherwise: Callable[[Call, str, Derive], Step],
    ) -> None:
        self.named, self.functions, self.otherwise = named, functions, otherwise
        taken = names_in(root) | {name, *named.values(), *functions, *unknowns(root)}
        self.letters = [letter for letter in _LETTERS.split() if letter not in taken]
        self.more = (letter for index in count(1) if (letter := f"u{index}") not in taken)
        self.done: dict[tuple[Node, str, int], Step] = {}

    def of(self, node: Node, name: str, depth: int) -> Step:
        """``depth`` counts the chains around ``node``, so that each has a letter of its own."""
        key = node, name, depth
        if key not in self.done:
            self.done[key] = self.choose(node, name, depth)
        return self.done[key]

    def choose(self, node: Node, name: str, depth: int) -> Step:
        if name not in names_in(node) or (isinstance(node, Call) and node.function == "detach"):
            return Constant(node, name)
        if isinstance(node, Name):
            return Variable(node, name)
        assert isinstance(node, Call), node

        def inside(part: Node) -> Step:
            return self.of(part, name, depth)

        for rule in (_sum, _multiple, _several, _cases, _extreme, _binomial):
            step = rule(node, name, inside)
            if step is not None:
                return step
        if node.function in self.functions or is_unknown(node):
            return self.called(node, name, depth)
        for each in _by_function().get(node.function, ()):
            bound: dict[str, Node] = {}
            if _match(_read(each.formula).left, node, name, bound):
                return self.formula(each, node, name, depth, bound)
        return self.otherwise(node, name, inside)

    def formula(self, rule: Rule, node: Call, name: str, depth: int, bound: dict[str, Node]) -> Step:
        varying = [letter for letter, part in bound.items() if name in names_in(part)]
        composite = [letter for letter in varying if bound[letter] is not Name(name)]
        outer = rule.outer
        if outer and len(varying) == 1 and composite:
            (letter,) = composite
            inner = bound[letter]
            stand_in = self.named.get(inner) or self.letter(depth)
            outside = substitute(_read(rule.formula).left, {Name(k): v for k, v in bound.items()} | {
                Name(letter): Name(stand_in)
            })  # fmt: skip
            return Chain(
                node, name,
                (
                    Formula(outside, stand_in, (), bound | {letter: Name(stand_in)}, rule),
                    self.of(inner, name, depth + 1),
                ),
            )  # fmt: skip
        parts = composite if outer else varying
        marks = [each for each in _read(rule.formula).marks if each in parts]
        return Formula(node, name, tuple(self.of(bound[each], name, depth) for each in marks), bound, rule)

    def called(self, node: Call, name: str, depth: int) -> Step:
        """g(u) for a g of the user's: the chain rule, and the derivation of what g is, if that is known."""
        (inner,) = node.args
        plain = inner is Name(name)
        by = name if plain else self.named.get(inner) or self.letter(depth)
        outside = Call(node.function, (Name(by),))
        outer: Step = Unknown(outside, by)
        if node.function in self.functions:
            parameters, body = self.functions[node.function]
            worked = self.of(substitute(body, {Name(parameters[0]): Name(by)}), by, depth + (not plain))
            outer = Definition(outside, by, (worked,))
        return outer if plain else Chain(node, name, (outer, self.of(inner, name, depth + 1)))

    def letter(self, depth: int) -> str:
        while depth >= len(self.letters):
            self.letters.append(next(self.more))
        return self.letters[depth]


def _sum(node: Call, name: str, inside: Derive) -> Step | None:
    if node.function not in ("+", "-"):
        return None
    parts = tuple(inside(term) for _, term in terms(node))
    made = Sum(node, name, parts)
    if all(isinstance(part, Constant | Variable | Linear) for part in parts):
        return Linear(node, name, (), {"c": made.after or ZERO})
    return made


def _multiple(node: Call, name: str, inside: Derive) -> Step | None:
    """c*u, u/c, c/u and -u: the constant in front."""
    fixed, rest = _separate(node, name)
    if rest is node:
        return None
    if fixed is ONE:  # -(-u), u/1
        return Rewritten(node, name, (inside(rest),))
    if rest is Name(name):
        return Linear(node, name, (), {"c": fixed})
    return ConstantMultiple(node, name, (inside(rest),), {"c": fixed})


def _separate(node: Node, name: str) -> tuple[Node, Node]:
    """The constant factor, and the rest; a quotient of two varying parts keeps its constants."""
    if not isinstance(node, Call):
        return ONE, node
    if node.function == "neg":
        fixed, rest = _separate(node.args[0], name)
        return negative(fixed), rest
    if node.function == "*":
        constants, varying = _by_kind(node, name)
        return times(*constants), product(varying)
    if node.function == "/":
        top, bottom = node.args
        if name not in names_in(bottom):
            fixed, rest = _separate(top, name)
            return over(fixed, bottom), rest
        if name not in names_in(top):
            constants, varying = _by_kind(bottom, name)
            return over(top, times(*constants)), Call("/", (ONE, product(varying)))
    return ONE, node


def _by_kind(node: Node, name: str) -> tuple[list[Node], list[Node]]:
    every = factors(node)
    return [f for f in every if name not in names_in(f)], [f for f in every if name in names_in(f)]


def _several(node: Call, name: str, inside: Derive) -> Step | None:
    if node.function != "*":
        return None
    return Product(node, name, tuple(inside(factor) for factor in factors(node)))


def _cases(node: Call, name: str, inside: Derive) -> Step | None:
    if node.function != "Piecewise":
        return None
    return Cases(node, name, tuple(inside(value) for value in node.args[::2]))


def _extreme(node: Call, name: str, inside: Derive) -> Step | None:
    if node.function not in ("Max", "Min"):
        return None
    rule = Maximum if node.function == "Max" else Minimum
    each = tuple(inside(arg) for arg in dict.fromkeys(node.args))
    return rule(node, name, each) if len(each) > 1 else Rewritten(node, name, each)


def _binomial(node: Call, name: str, inside: Derive) -> Step | None:
    """binomial(u, k) for a small whole k is a polynomial, without the holes of the general formula."""
    if node.function != "binomial" or not isinstance(node.args[1], Number):
        return None
    upper, k = node.args[0], node.args[1].value
    if k != int(k) or k > _MAX_BINOMIAL:
        return None
    falling = product(plus(((1, upper), (-1, Number(each)))) for each in range(int(k)))
    return Rewritten(node, name, (inside(over(falling, Number(factorial(int(k))))),))
