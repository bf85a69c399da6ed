"""Expressions recorded once for whole columns, with what tells the rows whose doubles cannot be trusted.

    recording = Recording([parse("log(x - y)").node], ["x", "y"], [("x",), ("y",)])
    results, doubtful = recording.run([x, y])       # the value, then each partial; rows to be decided otherwise

The trace of the replay engine is extended by a first-order bound of the error of every result (Higham, Accuracy and
Stability of Numerical Algorithms, 3.3) and by the catalogue's conditions, widened by such bounds. A row is doubtful
where a function may be outside of its domain or at a kink, where a branch is not certain, or where a result may be
wrong by more than a millionth. For results the columns are exact; for conditions each stands for a decimal, because
0.3 in a table is 3/10, and abs(x - 0.3) has a corner there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from calcgrad.autodiff.expressions import evaluate
from calcgrad.autodiff.replay import Code, Trace, Traced, applied, behind, pushed, slope
from calcgrad.autodiff.rules import COMPARISONS as COMPARED
from calcgrad.autodiff.rules import LOGICAL
from calcgrad.calculus import numeric
from calcgrad.calculus.kinks import kink_condition
from calcgrad.expression.arrays import scalarize
from calcgrad.expression.columns import has, said_of
from calcgrad.expression.tree import (
    COMPARISONS,
    CONNECTIVES,
    FALSE,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    children,
    names_in,
    postorder,
)

_UNIT = 2.0**-53
_TRUSTED = 1e-6  # of a result: what its error may be
_LEAST = 1e-290  # what is smaller than this is as good as 0
_SAFETY = 4.0  # for what a first-order bound leaves out
# How wrong NumPy is at most, in units of the last place; what is made of several functions, or of series, is worse.
_EXACT = {np.negative, np.positive, np.absolute, np.maximum, np.minimum, np.fmax, np.fmin}
_ARITHMETIC = {np.add, np.subtract, np.multiply, np.divide, np.square, np.sqrt, np.reciprocal}
# What an error of an input does beyond the first order: nothing; nothing as long as a domain is certain; a square at
# most; nothing where it is small against the input; nothing where it is small. Of others it is taken for granted that
# the second derivative is less than 64 times as large as value and slope.
_LINEAR = {np.add, np.subtract, np.multiply, np.hypot, np.logaddexp}
_GUARDED = {
    np.divide, np.reciprocal, np.sqrt, np.cbrt, np.log, np.log2, np.log10, np.log1p, np.tan, np.arcsin, np.arccos,
    np.arctanh, np.arccosh, np.arctan2,
}  # fmt: skip
_CURVED = {np.square, np.sin, np.cos}
_SATURATING = {np.arctan, np.tanh, np.arcsinh}
_GROWING = {np.exp, np.exp2, np.expm1, np.sinh}
_ROUND = {np.hypot, np.arctan2}  # whose slope vanishes across the direction of their inputs
_PRODUCTS = {np.multiply, np.divide, np.reciprocal, np.square, np.power, np.float_power}
_UNDERFLOWING = {*_PRODUCTS, np.exp, np.exp2}
_TINIEST = 16 * 5e-324
_STEPS = {np.floor, np.ceil, np.sign}
_OTHER_ULPS = 256.0
_TYING = {"abs", "Max", "Min", "relu"}
VALUED, UNDEFINED, NOT_REAL, OPEN = 0.0, 1.0, 2.0, 3.0
CORNER = 1.0  # of a partial: there is none; OPEN where that is not certain

Truth = Any  # a traced condition, or True or False for all rows


class Recording:
    """Trees and their partial derivatives by tuples of names, ready to run over columns of all ``names``.

    ``rounded`` columns are not what the table says, but the doubles next to it. ``constants`` are parts that are known
    to be a whole number wherever they have a value.
    """

    def __init__(
        self,
        roots: Sequence[Node],
        names: Sequence[str],
        partials: Sequence[tuple[str, ...]],
        rounded: bool = False,
        constants: Mapping[Node, int] | None = None,
    ) -> None:
        self.rounded, self.constants = rounded, constants or {}
        self.roots = [scalarize(root) for root in roots]
        self.names, self.partials = list(names) or [""], list(partials)  # a constant has a column too
        self.moving = {name for partial in partials for name in partial}
        self.trace = Trace(len(self.names))
        self.env = dict(zip(self.names, self.trace.columns))
        self.seen: dict[Node, Any] = {node: float(number) for node, number in self.constants.items()}
        numbers = {node for root in self.roots for node in postorder(root) if isinstance(node, Number)}
        self.decimals = {float(node.value) for node in numbers if self._decimal(node)}
        self._bounds: dict[tuple[int, bool], Any] = {}
        self._truths: dict[Node, tuple[Truth, Truth]] = {}
        self._doubts: dict[tuple[Node, bool], Truth] = {}
        self._gone: dict[Node, Any] = {}
        self._known: numeric.Known = {}
        for root in self.roots:
            self._settle_constants(root)
        with np.errstate(all="ignore"):
            self._record()

    def _settle_constants(self, root: Node) -> None:
        """The parts without a variable, rightly rounded: tan(pi) is 0; nan for what has no value, as tan(pi/2)."""
        for node in postorder(root):
            if (
                isinstance(node, Call)
                and node not in self.seen
                and not names_in(node)
                and node.function not in (*COMPARISONS, *CONNECTIVES)
            ):
                value = numeric.evaluate(node, 20, {}, 60, known=self._known)
                if value is numeric.UNSETTLED:
                    from calcgrad.calculus import symbolic

                    value = symbolic.evaluate(node, 20)
                if isinstance(value, Fraction | numeric.Ball):
                    number = numeric.to_float(value)
                    self.seen[node] = np.inf if number is None else number
                elif not isinstance(value, bool):
                    self.seen[node] = np.nan

    def _record(self) -> None:
        found: list[Any] = []
        for root in self.roots:
            value = _number(evaluate(root, self.env, self.seen))
            found.append(value)
            known: dict[tuple[str, ...], Any] = {(): value}
            for partial in self.partials:
                for count in range(1, len(partial) + 1):
                    if partial[:count] not in known:
                        column = self.env[partial[count - 1]]
                        known[partial[:count]] = slope(known[partial[: count - 1]], column)
                found.append(known[partial])
        self.found = found
        self.width = 1 + len(self.partials)
        doubt: Truth = False
        for root in self.roots:
            doubt = _or(doubt, self.doubt(root))
        for each in found:
            doubt = _or(doubt, self._imprecise(each))
        self.always = doubt is True
        self.code = Code(len(self.names), found, doubt, _doubtful)
        self.kinds = Code(len(self.names), [self.gone(root) for root in self.roots], False, _doubtful)

    def run(self, columns: list[Any], threads: int = 1) -> tuple[list[Any], Any]:
        """All results, and the rows that are doubtful; of the others every result is finite."""
        results = [np.empty(len(columns[0])) for _ in range(self.code.results)]
        odd = self.code.run(columns, results, np.dtype(float), threads)
        return results, np.arange(len(columns[0])) if self.always else odd

    def why(self, columns: list[Any]) -> list[Any]:
        """For each root: where it is VALUED, UNDEFINED or NOT_REAL for certain; elsewhere OPEN."""
        kinds = [np.empty(len(columns[0])) for _ in self.roots]
        self.kinds.run(columns, kinds, np.dtype(float), 1)
        return kinds

    def at_ties(self, columns: list[Any]) -> list[list[tuple[Any, Any]]]:
        """For each root and partial: where it is VALUED, with its value, or has a CORNER; elsewhere OPEN."""
        found = [np.empty(len(columns[0])) for _ in range(self.ties.results)]
        self.ties.run(columns, found, np.dtype(float), 1)
        pairs = iter(zip(found[::2], found[1::2]))
        return [[next(pairs) for _ in self.partials] for _ in self.roots]

    @cached_property
    def ties(self) -> Code:
        with np.errstate(all="ignore"):
            return self._recorded_ties()

    def _recorded_ties(self) -> Code:
        found: list[Any] = []
        for index, root in enumerate(self.roots):
            value, *slopes = self.found[index * self.width : (index + 1) * self.width]
            unclear = _or(self.doubt(root, False), self._imprecise(value))
            for partial, ordinary in zip(self.partials, slopes):
                tied = self._tied(root, set(partial))
                code, number = _case(self._imprecise(ordinary), OPEN, VALUED), ordinary
                if tied is not False and len(partial) == 1:
                    right = self._one_sided(value, partial[0], 1.0)
                    left = -self._one_sided(value, partial[0], -1.0)
                    errors = [each for side in (right, left) if (each := self.bound(side, False)) is not None]
                    error = sum(errors, 0.0)
                    same = _and(_truth(np.equal(right, left)), _truth(np.equal(error, 0.0)))
                    apart = _truth(_SAFETY * error < np.absolute(right - left))
                    code = _case(tied, _case(same, VALUED, _case(apart, CORNER, OPEN)), code)
                    number = _case(tied, right, number)
                elif tied is not False:
                    code = _case(tied, OPEN, code)
                found += [_case(unclear, OPEN, code), number]
        return Code(len(self.names), found, False, _doubtful)

    def _tied(self, root: Node, names: set[str]) -> Truth:
        """Where an absolute value or a maximum that depends on the names is at its tie."""
        tied: Truth = False
        for node in postorder(root):
            if isinstance(node, Call) and node.function in _TYING and names & names_in(node):
                kink = kink_condition(node, sorted(self.moving))
                tied = _or(tied, False if kink is None else _not(self.certain(kink)[1]))
        return tied

    def _one_sided(self, root: Any, name: str, side: float) -> Any:
        """The derivative of an entry along a column, to one side, by the table's rules for corners."""
        moving: dict[int, Any] = {self.env[name].number: side}
        for entry in behind([root]):
            t = [moving.get(x.number) if type(x) is Traced else None for x in entry.inputs]
            if entry.row.flat or all(part is None for part in t):
                continue
            row, zero = entry.row, [0.0 if part is None else part for part in t]
            slope = pushed(entry, t)
            if row.corner is not None:
                slope = np.nan if row.side is None else row.side(zero, *entry.inputs, **(entry.params or {}))
            if slope is not None:
                moving[entry.number] = slope
        return moving.get(root.number, 0.0) if type(root) is Traced else 0.0

    # ------------------------------------------------------------------------------------- bounds of errors

    def bound(self, entry: Any, decimal: bool) -> Any:
        """What an entry may be wrong by: an entry, or None for nothing; ``decimal`` columns are rounded decimals."""
        if type(entry) is not Traced:
            exact = type(entry) is bool or float(entry) * 1024 % 1 == 0
            return None if exact else _UNIT * abs(float(entry))
        key = (entry.number, decimal)
        if key not in self._bounds:
            stack = [entry]
            while stack:  # a long sum is no deep recursion
                top = stack[-1]
                waiting = [
                    x for x in top.inputs if type(x) is Traced and (x.number, decimal) not in self._bounds
                ]
                if waiting and top.row.name != "column":
                    stack += waiting
                else:
                    stack.pop()
                    self._bounds[top.number, decimal] = self._bound(top, decimal)
        return self._bounds[key]

    def _bound(self, entry: Traced, decimal: bool) -> Any:
        row, inputs, function = entry.row, entry.inputs, entry.row.function
        if row.name == "column":
            return _UNIT * np.absolute(entry) if decimal or self.rounded else None
        if function in _STEPS and (moved := self.bound(inputs[0], decimal)) is not None:
            near = inputs[0] - (np.rint(inputs[0]) if function in (np.floor, np.ceil) else 0.0)
            return np.where(np.absolute(near) > _SAFETY * moved, 0.0, 1.0)
        if function in COMPARED or function in LOGICAL or (row.flat and row.name != "detach"):
            return None
        errors = [
            self.bound(x, decimal) if type(x) is Traced or function in (np.add, np.subtract) else None
            for x in inputs
        ]
        if function is np.where:
            chosen = [0.0 if each is None else each for each in errors[1:]]
            return None if errors[1] is None and errors[2] is None else np.where(inputs[0], *chosen)
        total: Any = None
        if function in _EXACT:
            for error in errors:
                total = error if total is None else total if error is None else np.maximum(total, error)
            return total
        for i, error in enumerate(errors):
            if error is None:
                continue
            reach = self._reach(entry, i)
            if function is np.multiply and i == 0 and errors[1] is not None:
                reach = reach + errors[1]
            part = self._moved(entry, i, error, reach)
            total = part if total is None else total + part
        ulps = 0.0 if row.name == "detach" else 2.0 if function in _ARITHMETIC else 16.0
        if not isinstance(function, np.ufunc) and row.name != "detach":
            ulps = _OTHER_ULPS
        own = ulps * _UNIT * np.absolute(entry)
        if function in _UNDERFLOWING:
            # What is too small for a double is 0; a factor that is 0 is 0 for certain.
            factors = [x for x in inputs if type(x) is Traced] if function in _PRODUCTS else []
            gates = [np.where(np.not_equal(x, 0.0), _TINIEST, 0.0) for x in factors]
            own = own + (np.minimum(*gates) if len(gates) == 2 else gates[0] if gates else _TINIEST)
        total = own if total is None else total + own
        if function is np.subtract and self._met(*inputs):  # 0.3 - 0.3 is 0, whatever its double is
            total = np.where(np.equal(*inputs), 0.0, total)
        return total

    def _reach(self, entry: Traced, i: int) -> Any:
        """How fast a result moves with an input, without its sign."""
        rules = entry.row.rules if entry.row.function in _ROUND else entry.row.rules[i : i + 1] or (None,)
        parts = [np.inf if rule is None else applied(rule, 1.0, entry) for rule in rules]
        sizes = [abs(part) if type(part) is float else np.absolute(part) for part in parts]
        return sum(sizes[1:], sizes[0])

    def _moved(self, entry: Traced, i: int, error: Any, reach: Any) -> Any:
        """What a result is wrong by because an input is; also where the derivative vanishes, or the error is large."""
        function, x = entry.row.function, entry.inputs[i]
        part = error if type(reach) is float and reach == 1.0 else reach * error
        if function in _LINEAR or function in _GUARDED:
            return part
        if function in _CURVED:
            return part + np.square(error)
        if function in (np.power, np.float_power) and i == 0:
            return np.where(8.0 * np.absolute(entry.inputs[1]) * error <= np.absolute(x), part, np.inf)
        if function in _SATURATING:
            return np.where(8.0 * error <= np.maximum(1.0, np.absolute(x)), part, np.inf)
        if function not in _GROWING:
            part = part + 64.0 * np.square(error) * (np.absolute(entry) + reach)
        return np.where(error <= 0.125, part, np.inf)

    def _met(self, a: Any, b: Any) -> bool:
        """Are these a column and a number that is a decimal itself?"""
        column, other = (a, b) if type(a) is Traced else (b, a)
        known = not self.rounded and other in self.decimals
        return known and type(column) is Traced and column.row.name == "column"

    def _imprecise(self, result: Any) -> Truth:
        """Where a result may be wrong by too much, or is no finite number."""
        if type(result) is not Traced:
            return not np.isfinite(result)
        size = np.absolute(result)
        error = self.bound(result, False)
        if error is None:
            return _not(size < np.inf)
        return _not(_and(error <= np.maximum(_TRUSTED * size, _LEAST), size < np.inf))

    # ------------------------------------------------------------------------------------------ conditions

    def certain(self, condition: Node) -> tuple[Truth, Truth]:
        """Where a condition holds for certain, and where it does not for certain."""
        if condition not in self._truths:
            self._truths[condition] = self._certain(condition)
        return self._truths[condition]

    def _certain(self, condition: Node) -> tuple[Truth, Truth]:
        if condition is TRUE or condition is FALSE:
            return condition is TRUE, condition is FALSE
        assert isinstance(condition, Call), condition
        if condition.function == "Piecewise":  # a condition by cases
            return False, False
        if condition.function in CONNECTIVES:
            parts = [self.certain(each) for each in condition.args]
            if condition.function == "~":
                return parts[0][1], parts[0][0]
            (a, not_a), (b, not_b) = parts
            if condition.function == "&":
                return _and(a, b), _or(not_a, not_b)
            return _or(a, b), _and(not_a, not_b)
        one, other = condition.args
        if isinstance(one, Call) and one.function == "-" and other == Number(0) and one not in self.constants:
            one, other = one.args  # x - 0.3 > 0 is x > 0.3
        plain = self._decimal(one) and self._decimal(other)
        self._settle_constants(condition)
        a, b = (_number(evaluate(each, self.env, self.seen)) for each in (one, other))
        doubt = None if plain else self._doubt_of(a, b)
        less, more = _apart(a, b, doubt)
        sides = {"<": (less, more), ">": (more, less), "<=": (less, more), ">=": (more, less)}
        found = sides.get(condition.function)
        tie = _tie(a, b, doubt)
        if found is None:
            either = _or(less, more)
            return (tie, either) if condition.function == "==" else (either, tie)
        holds, fails = found
        return (_or(holds, tie), fails) if condition.function in ("<=", ">=") else (holds, _or(fails, tie))

    def _doubt_of(self, a: Any, b: Any) -> Any:
        """What a - b may be wrong by; nothing where a column is compared with 0: the sign of a decimal is kept."""
        for one, other in ((a, b), (b, a)):
            if type(one) is Traced and one.row.name == "column" and type(other) is float and other == 0.0:
                return None
        errors = [each for each in (self.bound(a, True), self.bound(b, True)) if each is not None]
        return sum(errors[1:], errors[0]) if errors else None

    def _decimal(self, node: Node) -> bool:
        """Is this a column or a number that its double stands for? Those compare as their doubles do."""
        if isinstance(node, Name):
            return node.name in self.env and not self.rounded
        if not isinstance(node, Number) or abs(Fraction(node.value)) > 10**300:
            return False
        return Fraction(repr(float(node.value))) == node.value

    def doubt(self, node: Node, ties: bool = True) -> Truth:
        """Where a part of the node that counts may be outside of its domain, at a kink, or a branch is not certain.

        Without ``ties`` those of maxima and absolute values that are certain do not count.
        """
        if (node, ties) not in self._doubts:
            self._doubts[node, ties] = self._doubt(node, ties)
        return self._doubts[node, ties]

    def _doubt(self, node: Node, ties: bool) -> Truth:
        if isinstance(node, Call) and node.function == "Piecewise":
            found: Truth = False
            open_: Truth = True
            for value, condition in zip(node.args[::2], node.args[1::2], strict=True):
                holds, fails = self.certain(condition)
                met = _or(self.doubt(condition, ties), _not(_or(holds, fails)))
                found = _or(found, _and(open_, _or(met, _and(_not(fails), self.doubt(value, ties)))))
                open_ = _and(open_, _not(holds))
            return _or(found, open_)
        found = False
        for each in children(node):
            found = _or(found, self.doubt(each, ties))
        if not isinstance(node, Call):
            return found
        if (domain := said_of(node, "domain")) is not None:
            found = _or(found, _not(self.certain(domain)[0]))
        still = not names_in(node) or all(isinstance(self.seen.get(each), float) for each in children(node))
        kink = None
        if names_in(node) & self.moving and not still:
            kink = kink_condition(node, sorted(self.moving))
        if kink is not None:
            holds, fails = self.certain(kink)
            found = _or(found, _not(fails if ties or node.function not in _TYING else _or(holds, fails)))
        elif has(node, "jumps") or node.function in COMPARISONS:
            kink = None if still else said_of(node, "kinks")
            found = found if kink is None else _or(found, _not(_or(*self.certain(kink))))
        return found

    def gone(self, node: Node) -> Any:
        """Why there is no value, as a number, in the order in which a reader meets it."""
        if node not in self._gone:
            self._gone[node] = self._why(node)
        return self._gone[node]

    def _why(self, node: Node) -> Any:
        if isinstance(node, Call) and node.function == "Piecewise":
            found: Any = UNDEFINED
            for value, condition in list(zip(node.args[::2], node.args[1::2], strict=True))[::-1]:
                holds, fails = self.certain(condition)
                found = _case(holds, self.gone(value), _case(fails, found, OPEN))
                found = _first(self.gone(condition), found)
            return found
        found = VALUED
        for each in children(node):
            found = _first(found, self.gone(each))
        if isinstance(node, Call) and node.function in ("&", "|"):
            decided = [self.certain(each)[node.function == "&"] for each in node.args]
            return _case(_or(*decided), VALUED, found)
        if not isinstance(node, Call) or (domain := said_of(node, "domain")) is None:
            return found
        inside, outside = self.certain(domain)
        poles, kind = said_of(node, "poles"), NOT_REAL
        if poles is not None:
            kind = UNDEFINED if poles is TRUE else _case(self.certain(poles)[0], UNDEFINED, NOT_REAL)
        return _first(found, _case(inside, VALUED, _case(outside, kind, OPEN)))


def _apart(a: Any, b: Any, doubt: Any) -> tuple[Truth, Truth]:
    """Where a < b, and where a > b, for certain."""
    if doubt is None:
        return _truth(np.less(a, b)), _truth(np.greater(a, b))
    return _truth(_SAFETY * doubt < b - a), _truth(_SAFETY * doubt < a - b)


def _tie(a: Any, b: Any, doubt: Any) -> Truth:
    if a is b or doubt is None:
        return _truth(np.equal(a, b))
    return _and(_truth(np.equal(a, b)), _truth(np.equal(doubt, 0.0))) if type(doubt) is Traced else False


def _number(x: Any) -> Any:
    """A value of the trace: an entry, a float or a truth value."""
    if type(x) is Traced or type(x) is bool:
        return x
    return bool(x) if isinstance(x, np.bool_) else float(x)


def _truth(x: Any) -> Truth:
    return x if type(x) is Traced else bool(x)


def _or(a: Truth, b: Truth = False) -> Truth:
    if a is True or b is True:
        return True
    return b if a is False else a if b is False else np.logical_or(a, b)


def _and(a: Truth, b: Truth) -> Truth:
    if a is False or b is False:
        return False
    return b if a is True else a if b is True else np.logical_and(a, b)


def _not(a: Truth) -> Truth:
    return (not a) if type(a) is bool else np.logical_not(a)


def _case(condition: Truth, a: Any, b: Any) -> Any:
    if type(condition) is bool:
        return a if condition else b
    return a if a is b else np.where(condition, a, b)


def _first(a: Any, b: Any) -> Any:
    """The first of two reasons; 0 is none."""
    if type(a) is not Traced:
        return a if a else b
    return np.where(np.not_equal(a, 0.0), a, b) if type(b) is Traced or b else a


def _doubtful(outs: list[Any], doubt: Any) -> Any:
    return None if doubt is None or not doubt.any() else np.flatnonzero(doubt)
