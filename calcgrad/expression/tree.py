"""The expression tree: five kinds of frozen node, and how a tree is walked and printed.

    Call("*", (Number(2), Name("x"))) is Call("*", (Number(2), Name("x")))    # equal means identical
    text(tree)                                                                # "2*x"

Nodes are hash-consed: building an equal node twice gives the same object, so equality is identity and
a shared subexpression is one node. Operators are calls too (``+ - * / ** @ neg``, comparisons, ``& | ~``);
numbers are never negative. Every walk here is iterative: a sum of five thousand terms is a deep tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

from calcgrad.decimals import digits
from calcgrad.errors import TooLarge

T = TypeVar("T")

_REMEMBERED = 200  # nodes of a walk that is kept: of each part of a long chain they would be too many
MAX_TEXT = 100_000  # characters; shared subexpressions can make a small tree print as a giant


class _Interned(type):
    """Metaclass: calling a node class returns the one object with those fields."""

    _pool: ClassVar[WeakValueDictionary[tuple[Any, ...], Any]] = WeakValueDictionary()

    def __call__(cls, *args: Any) -> Any:
        key = (cls, *args)
        node = _Interned._pool.get(key)
        if node is None:
            node = super().__call__(*args)
            _Interned._pool[key] = node
        return node


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Number(metaclass=_Interned):
    """A rational >= 0. ``typed`` is how a decimal was written, so that it can be echoed; else ''."""

    value: int | Fraction
    typed: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Name(metaclass=_Interned):
    """A variable or one of the constants (``CONSTANTS``)."""

    name: str


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Call(metaclass=_Interned):
    """A function or operator applied to arguments; ``function`` is the catalogue's name for it.

    ``Piecewise`` holds its pairs flat: value, condition, value, condition...
    """

    function: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class List(metaclass=_Interned):
    """An array literal."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Index(metaclass=_Interned):
    """``base[i, ...]``; a slice is a ``Call("slice", (start, stop, step))`` with ``NONE`` where left out."""

    base: Node
    items: tuple[Node, ...]


Node = Number | Name | Call | List | Index

NONE, TRUE, FALSE = Name("None"), Name("True"), Name("False")
E, PI, INFINITY, EULER_GAMMA = Name("E"), Name("pi"), Name("oo"), Name("EulerGamma")
CONSTANTS = frozenset({"E", "pi", "oo", "EulerGamma", "True", "False", "None"})

PRIME = "'"  # Call(PRIME, (u,)): a derivative still to be taken; only derivations hold it
FUNCTION_LETTERS = frozenset("fghuvwyFGH")  # that people write for functions of which nothing else is said
COMPARISONS = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}  # and their negations
CONNECTIVES = {"&": " and ", "|": " or ", "~": "not "}
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lamda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron",
    "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lamda", "Ξ": "Xi", "Π": "Pi",
    "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "ϕ": "phi", "ϵ": "epsilon",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place in the source where a node was read: the spans live here, beside the tree.

    ``parts`` are the occurrences it was made of. The flags say how it was written, for the parser's own
    decisions: in brackets, as a product without a sign, as a power, as a power whose exponent's end is plain, as a
    function whose argument has no brackets.
    """

    node: Node
    start: int
    end: int
    parts: tuple[Occurrence, ...] = ()
    bracketed: bool = False
    juxtaposed: bool = False
    powered: bool = False
    explicit: bool = False
    bare: bool = False

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    def find(self, node: Node) -> Occurrence | None:
        """The first occurrence of ``node`` at or below this one."""
        stack = [self]
        while stack:
            here = stack.pop()
            if here.node is node:
                return here
            stack.extend(reversed(here.parts))
        return None


def children(node: Node) -> tuple[Node, ...]:
    if type(node) is Call:
        return node.args
    if type(node) is Name or type(node) is Number:
        return ()
    if isinstance(node, List):
        return node.items
    if isinstance(node, Index):
        return (node.base, *node.items)
    return ()


def rebuild(node: Node, parts: tuple[Node, ...]) -> Node:
    """``node`` with other children."""
    if isinstance(node, Call):
        return Call(node.function, parts)
    if isinstance(node, List):
        return List(parts)
    if isinstance(node, Index):
        return Index(parts[0], parts[1:])
    return node


_below: WeakKeyDictionary[Any, tuple[Node, ...]] = WeakKeyDictionary()


def postorder(root: Node, known: Container[Node] = ()) -> list[Node]:
    """Every distinct node once, children before parents, left to right; nothing of what is ``known``.

    The walk of a tree that is no giant is remembered as long as its root lives.
    """
    if known:
        return _walk(root, known)
    below = _below.get(root)
    if below is None:
        order = _walk(root, ())
        if len(order) > _REMEMBERED:
            return order
        below = _below[root] = tuple(order[:-1])  # without the root, which would keep itself alive
    return [*below, root]


def _walk(root: Node, known: Container[Node]) -> list[Node]:
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif node not in seen and node not in known:
            seen.add(node)
            stack.append((node, True))
            stack.extend((part, False) for part in reversed(children(node)))
    return order


def fold(root: Node, step: Callable[[Node, list[T]], T], known: dict[Node, T] | None = None) -> T:
    """``step(node, results of its children)`` from the leaves up, once for each distinct node.

    ``known`` holds results already found, and takes in the new ones.
    """
    done: dict[Node, T] = {} if known is None else known
    for node in postorder(root, done):
        done[node] = step(node, [done[part] for part in children(node)])
    return done[root]


def operations(root: Node) -> int:
    """How many operations a reader meets: the measure by which a tidier form is chosen."""
    return fold(root, lambda node, parts: sum(parts) + isinstance(node, Call))


def substitute(root: Node, values: Mapping[Any, Node]) -> Node:
    """``root`` with whole nodes replaced, all at once (a replacement is not searched again)."""
    if not values:
        return root

    def step(node: Node, parts: list[Node]) -> Node:
        found = values.get(node)
        return found if found is not None else rebuild(node, tuple(parts))

    return fold(root, step)


def variables(*roots: Node) -> list[str]:
    """Free names in order of first appearance, constants left out."""
    found: dict[str, None] = {}
    for root in roots:
        for node in postorder(root):
            if isinstance(node, Name) and node.name not in CONSTANTS:
                found.setdefault(node.name)
    return list(found)


_names: WeakKeyDictionary[Any, frozenset[str]] = WeakKeyDictionary()


def names_in(root: Node) -> frozenset[str]:
    """The free names of a tree, remembered for each of its nodes."""
    if root not in _names:
        for node in postorder(root):
            if node in _names:
                continue
            if isinstance(node, Name):
                _names[node] = frozenset() if node.name in CONSTANTS else frozenset({node.name})
            else:
                _names[node] = frozenset().union(*(_names[part] for part in children(node)))
    return _names[root]


def is_infinite(node: Node) -> bool:
    """Is it oo or -oo?"""
    return node is INFINITY or node is Call("neg", (INFINITY,))


def is_unknown(node: Node) -> bool:
    """Is it a call of a function of which only the letter is known: f(x), or its derivative f'(x)?"""
    return isinstance(node, Call) and node.function.rstrip(PRIME) in FUNCTION_LETTERS


def unknowns(root: Node) -> list[str]:
    """The letters of the unknown functions in a tree, in order of first appearance."""
    found = [node.function.rstrip(PRIME) for node in postorder(root) if is_unknown(node)]  # type: ignore[union-attr]
    return list(dict.fromkeys(found))


def has_decimal(root: Node) -> bool:
    """Did the input hold a decimal? Then results print finite decimals too."""
    return any(isinstance(node, Number) and node.typed for node in postorder(root))


def integer(value: int) -> Node:
    return Number(value) if value >= 0 else Call("neg", (Number(-value),))


def rational(value: Fraction | int) -> Node:
    """A rational as a tree: ``p/q`` with the sign in front."""
    value = Fraction(value)
    top = integer(value.numerator)
    return top if value.denominator == 1 else Call("/", (top, Number(value.denominator)))


def product(factors: Iterable[Node]) -> Node:
    return _chain("*", factors, Number(1))


def total(terms: Iterable[Node]) -> Node:
    return _chain("+", terms, Number(0))


def _chain(operator: str, nodes: Iterable[Node], empty: Node) -> Node:
    result: Node | None = None
    for node in nodes:
        result = node if result is None else Call(operator, (result, node))
    return empty if result is None else result


# ---------------------------------------------------------------------------------------------- printing

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(9)
_BINARY = {
    "|": (_OR, " | "),
    "&": (_AND, " & "),
    **{operator: (_COMPARE, f" {operator} ") for operator in COMPARISONS},
    "+": (_SUM, " + "),
    "-": (_SUM, " - "),
    "*": (_PRODUCT, "*"),
    "/": (_PRODUCT, "/"),
    "@": (_PRODUCT, "@"),
    "**": (_POWER, "**"),
}  # fmt: skip


Printed = tuple[str, int]  # and its precedence


_EULER = re.compile(r"(?<!\w)E(?![\w(])")
# what as likely stands beside a modulus or an energy as beside Euler's number
_LETTERS = rf"[A-DF-Z]|(?:{'|'.join(sorted({*GREEK.values()} - {'pi'}))})[0-9]*(?:_\w+)?"
_QUANTITY = re.compile(rf"(?<!\w)(?:{_LETTERS})(?![\w(])")


def text(root: Node, words: bool = False, known: dict[Node, Printed] | None = None) -> str:
    """Canonical text: reads back to the same tree, and SymPy's parser reads it to the same mathematics.

    ``words`` joins conditions with ``and``, ``or``, ``not`` and ``==`` for people, where the plain form
    uses what SymPy reads: ``&``, ``|``, ``~``, ``Eq`` and ``Ne``. ``known`` keeps what was printed, for other trees
    with the same parts. Beside other capitals and Greek letters Euler's number is exp(1), since E may be a modulus or
    an energy there.
    """

    def step(node: Node, parts: list[Printed]) -> Printed:
        printed = _print(node, parts, words)
        if len(printed[0]) > MAX_TEXT:
            raise TooLarge(
                "the expression is too long to write out", hint="use fewer or smaller --let definitions"
            )
        return printed

    shown = fold(root, step, known)[0]
    return _EULER.sub("exp(1)", shown) if "E" in shown and _QUANTITY.search(shown) else shown


def is_quantity(name: str) -> bool:
    """Is the name one beside which E may be a quantity too?"""
    return _QUANTITY.fullmatch(name) is not None


def _print(node: Node, parts: list[Printed], words: bool) -> Printed:
    """Text and precedence of a node from those of its children."""

    def within(part: Printed, least: int) -> str:
        return part[0] if part[1] >= least else f"({part[0]})"

    if isinstance(node, Number):
        if node.typed:
            return node.typed, _ATOM
        value = Fraction(node.value)
        if value.denominator == 1:
            return digits(value.numerator), _ATOM
        return f"{digits(value.numerator)}/{digits(value.denominator)}", _PRODUCT
    if isinstance(node, Name):
        return node.name, _ATOM
    if isinstance(node, List):
        return f"[{', '.join(part[0] for part in parts)}]", _ATOM
    if isinstance(node, Index):
        return f"{within(parts[0], _ATOM)}[{', '.join(part[0] for part in parts[1:])}]", _ATOM
    name = node.function
    if name == "neg":
        return f"-{within(parts[0], _SIGN)}", _SIGN
    if name == PRIME:
        return (
            f"{parts[0][0]}'"
            if isinstance(node.args[0], Name) and node.args[0].name not in CONSTANTS
            else f"({parts[0][0]})'"
        ), _ATOM
    if name == "~":
        return (f"not {within(parts[0], _COMPARE)}", _NOT) if words else (f"~({parts[0][0]})", _ATOM)
    if name == "slice":
        start, stop, step = (
            "" if arg is NONE else part[0] for arg, part in zip(node.args, parts, strict=True)
        )
        return f"{start}:{stop}" + (f":{step}" if step else ""), _ATOM
    if name == "Piecewise":
        pairs = ", ".join(f"({parts[i][0]}, {parts[i + 1][0]})" for i in range(0, len(parts), 2))
        return f"Piecewise({pairs})", _ATOM
    if name in ("==", "!=") and not words:
        return f"{'Eq' if name == '==' else 'Ne'}({parts[0][0]}, {parts[1][0]})", _ATOM
    if name in _BINARY:
        level, sign = _BINARY[name]
        left, right = parts
        if name == "**":  # right-associative, and its base binds tighter than its sign
            return f"{within(left, _ATOM)}**{within(right, _POWER)}", _POWER
        if name in ("&", "|"):
            if words:
                return within(left, level) + CONNECTIVES[name] + within(right, level + 1), level
            return f"({left[0]}){sign}({right[0]})", level
        if level == _COMPARE:
            return within(left, _SUM) + sign + within(right, _SUM), level
        return within(left, level) + sign + within(right, level + 1), level
    return f"{name}({', '.join(part[0] for part in parts)})", _ATOM
