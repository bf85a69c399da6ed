"""The walk back over a recorded graph: adjoints from a result to whatever it was made of.

    walk = Walk(root, 1.0, nodes(root), [x])
    walk.run()            # the adjoint of x
    walk.suspicious       # may a kink have been met? then kinks.py decides, and backward.py asks it

The walk changes nothing and recurses nowhere: a chain of a million operations is fine. Two things are done here once
and in no rule: broadcasting is undone, and dtypes are kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from calcgrad.autodiff import elementary as of
from calcgrad.autodiff.conditions import at_kink
from calcgrad.autodiff.constants import require_unchanged
from calcgrad.autodiff.indexing import PICK, add_at
from calcgrad.autodiff.motion import bounds
from calcgrad.autodiff.rules import RULES, Row
from calcgrad.autodiff.variable import Variable, input_values, mark_made_by_rule


def nodes(root: Variable) -> list[Variable]:
    """Every node that ``root`` was made of and ``root`` itself, the latest first.

    Raises UsageError if an array that one of them holds was changed in place.
    """
    return nodes_since(root, 0)[0]


def nodes_since(root: Variable, since: int) -> tuple[list[Variable], bool]:
    """``nodes`` with that number or a later one, and whether there are earlier ones.

    Earlier ones depend on nothing that was made later. So a derivative inside of a long program looks at its own part.
    """
    seen = {root.number: root}
    stack = [root]
    arrays = []
    earlier = root.number < since
    while stack:
        node = stack.pop()
        if node.held is not None:
            arrays.append(node.held)
        for x in node.inputs:
            if type(x) is Variable and x.number not in seen:
                if x.number < since:
                    earlier = True
                else:
                    seen[x.number] = x
                    stack.append(x)
    if arrays:
        require_unchanged(arrays)
    return [seen[number] for number in sorted(seen, reverse=True)], earlier


def first_of(variables: Iterable[Variable]) -> int:
    """The smallest of their numbers."""
    return min([v.number for v in variables], default=0)


def leaves(root: Variable) -> list[Variable]:
    """The Variables without inputs that ``root`` was made of, in the order in which they were made."""
    return [node for node in reversed(nodes(root)) if node.row is None]


def unit_seeds(root: Variable) -> Iterator[Any]:
    """One seed for each element of root: one there, zero elsewhere."""
    if type(root.value) is float:
        yield 1.0
        return
    for i in range(root.size):
        seed = np.zeros(root.size, root.dtype)
        seed[i] = 1.0
        yield seed.reshape(root.shape)


def finite(adjoint: Any) -> bool:
    """Is every element of an adjoint a number?"""
    return of.finite(adjoint.value if type(adjoint) is Variable else adjoint)


class Walk:
    """One backward sweep. ``suspicious`` tells afterwards whether a kink may have been met.

    With ``live`` (for each node, the mask of elements that the root structurally depends on) the adjoints
    of all other elements are exactly zero, whatever the local slope.
    """

    def __init__(
        self,
        root: Variable,
        seed: Any,
        order: list[Variable],
        targets: Sequence[Variable],
        *,
        record: bool = False,
        live: dict[int, Any] | None = None,
    ) -> None:
        self.order = order
        self.targets = targets
        self.record = record
        self.live = live
        self.suspicious = any(target.decided for target in targets)  # even if the result is not made of it
        self._bounds: dict[int, Any] | None = None
        self.adjoints: dict[int, Any] = {root.number: seed}
        self.owned: set[int] = set()  # nodes whose adjoint is an array of ours, to be added to in place
        self.kept = {target.number for target in targets}
        self.needed = needed(order, self.kept)

    def _smell(self, *_: Any) -> None:
        self.suspicious = True

    def run(self) -> list[Any]:
        """Walk, and return the targets' adjoints."""
        remaining = iter(self.order)
        node = self._walk(remaining, only_floats=True)
        if node is not None:
            with np.errstate(divide="call", invalid="call", over="ignore", under="ignore", call=self._smell):
                self._walk(chain((node,), remaining))
        return [self._result(target) for target in self.targets]

    def _walk(self, order: Iterator[Variable], only_floats: bool = False) -> Variable | None:
        """The sweep. Floats take the short way through ``math``; everything else goes to ``_pull``.

        With ``only_floats`` it ends at the first node that may call NumPy, and returns it.
        """
        adjoints, needed, kept = self.adjoints, self.needed, self.kept
        short = not self.record and self.live is None
        for node in order:
            row = node.row
            if node.decided:
                self.suspicious = True
            if row is None:
                continue
            if only_floats and not (short and _is_of_floats(node, row)):
                return node
            number = node.number
            if needed is not None and number not in needed:
                continue
            if row.kinked and not self.suspicious:
                ties = row.sparse is None or not short or number not in adjoints
                self.suspicious = at_kink(node, ties=ties) and not self._is_harmless(node, row)
            if row.flat or number not in adjoints:
                continue
            g = adjoints[number]
            if number not in kept:
                del adjoints[number]
            if type(g) is float and short:
                rules = row.scalar_rules
                if rules is not None and type(node.value) is float:
                    try:
                        self._pull_floats(node.inputs, node.value, rules, g)
                        continue
                    except (ArithmeticError, ValueError):  # math has no infinities, NumPy has
                        self.suspicious = True
                        if only_floats:
                            adjoints[number] = g
                            return node
                elif row is PICK:
                    self._add_picked(node.inputs[0], node.params["index"], g)  # type: ignore[index]
                    continue
            if short:
                self._pull(node, row, g)
            else:
                self._pull_through(node, row, g)
        return None

    def _is_harmless(self, node: Variable, row: Row) -> bool:
        """Is it at corners only, and each either of no consequence to first order or with inputs that stand still?

        A function with one-sided slopes passes on a move of o(h) as one of o(h); and what has a derivative of zero by
        it does not notice a move of O(h).
        """
        if not row.elementwise or row.corner is None or row.side is None:
            return False
        values, params = input_values(node), node.params or {}
        for predicate, given in ((row.jump, values), (row.edge, node.inputs)):
            if predicate is not None and np.any(predicate(*given, **params)):
                return False
        g = self.adjoints.get(node.number, 0.0)
        noticed = row.corner(*values, **params) & np.not_equal(g.value if type(g) is Variable else g, 0.0)
        if not np.any(noticed):
            return True
        if self._bounds is None:
            self._bounds = bounds(self.order, self.targets)
        moving = [self._bounds.get(x.number, 0.0) for x in node.inputs if type(x) is Variable]
        return not any(np.any(noticed & np.not_equal(part, 0.0)) for part in moving)

    def _pull_floats(self, inputs: tuple[Any, ...], out: float, rules: tuple[Any, ...], g: float) -> None:
        """Pass a float adjoint on to the inputs of a float; all contributions or, on an exception, none."""
        adjoints = self.adjoints
        x, y = inputs if len(inputs) == 2 else (inputs[0], None)
        if y is None:
            c = rules[0](g, out, x.value)
        elif type(y) is not Variable:
            c = rules[0](g, out, x.value, y)
        elif type(x) is not Variable:
            x, c = y, rules[1](g, out, x, y.value)
        else:
            c = rules[0](g, out, x.value, y.value)
            d = rules[1](g, out, x.value, y.value)
            if type(d) is float and type(y.value) is float:
                number = y.number
                adjoints[number] = adjoints[number] + d if number in adjoints else d
            else:
                self._add(y, d)
        if type(c) is float and type(x.value) is float:
            number = x.number
            adjoints[number] = adjoints[number] + c if number in adjoints else c
        else:
            self._add(x, c)

    def _pull(self, node: Variable, row: Row, g: Any) -> None:
        """Pass an adjoint on to every input that is a Variable, where nothing is recorded and every element counts."""
        inputs, params = node.inputs, node.params
        if row is PICK:
            self._add_picked(inputs[0], params["index"], g)  # type: ignore[index]
            return
        values = _wide_values(inputs)
        out = node.value
        if type(out) is float:
            out, g = np.float64(out), wide(g)
        if row.sparse is not None:
            found = row.sparse(g, out, *values, **(params or _NONE))
            if found is not None:
                places, part = found
                self._buffer(inputs[0])[places] += part
                return
            self.suspicious = self.suspicious or at_kink(node)
        if row.symmetric and inputs[0] is inputs[1] and (row.elementwise or inputs[0].ndim == 1):
            g, inputs = g + g, inputs[:1]  # d(x.x) = 2x.dx: one sweep over the data instead of three
        needed = self.needed
        if row.variadic:
            for i, x in enumerate(inputs):
                if type(x) is Variable and (needed is None or x.number in needed):
                    self._add(x, row.rules[0](i, g, out, *values, **(params or _NONE)), g)  # type: ignore[misc]
            return
        for x, rule in zip(inputs, row.rules):
            if type(x) is not Variable or rule is None or (needed is not None and x.number not in needed):
                continue
            if rule is _NEGATED and type(g) is np.ndarray:  # what is summed is less to negate
                c = -fit(g, x.value)
            else:
                c = rule(g, out, *values, **params) if params else rule(g, out, *values)
            self._add(x, c, g)
        if row is _MINUS and node.number in self.owned and node.number not in self.kept:
            x = inputs[0]  # only it has got that array, which nobody else needs
            if type(x) is Variable and self.adjoints.get(x.number) is g:
                self.owned.add(x.number)

    def _pull_through(self, node: Variable, row: Row, g: Any) -> None:
        """The same where the rules are recorded, or where some elements are known to count for nothing."""
        inputs, params = node.inputs, node.params
        live = True if self.live is None else self.live.get(node.number, True)
        if live is not True:
            g = np.where(live, g, 0.0)
        values: Any = inputs
        out: Any = node
        if not self.record:
            values, out, g = _wide_values(inputs), wide(node.value), wide(g)
        if row.symmetric and inputs[0] is inputs[1] and (row.elementwise or inputs[0].ndim == 1):
            g, inputs = g + g, inputs[:1]
        for i, x in enumerate(inputs):
            if type(x) is not Variable or (self.needed is not None and x.number not in self.needed):
                continue
            rule = row.rules[0 if row.variadic else i]
            if rule is None:
                continue
            known = self.record and row.corner is not None and Variable(0.0).number
            c = rule(*((i,) if row.variadic else ()), g, out, *values, **(params or _NONE))
            if known:
                mark_made_by_rule(c, known)
            if live is not True:
                reached = live if row.elementwise else self.live.get(x.number, True)  # type: ignore[union-attr]
                if not np.all(reached):
                    c = np.where(reached, c, 0.0)
            self._add(x, c, g)

    def _add(self, x: Variable, c: Any, g: Any = None) -> None:
        """Add one contribution to the adjoint of x, in place where the array is ours."""
        number = x.number
        value = x.value
        array = type(c) is np.ndarray
        if not (array and type(value) is np.ndarray and c.shape == value.shape and c.dtype is value.dtype):
            c = fit(c, value)
            array = type(c) is np.ndarray
        adjoints = self.adjoints
        before = adjoints.get(number)
        if before is None:
            adjoints[number] = c
            if array and c is not g and c.base is None:
                self.owned.add(number)
        elif number in self.owned and type(c) is not Variable:
            before += c
        elif array and c is not g and c.base is None and type(before) is np.ndarray:
            c += before
            adjoints[number] = c
            self.owned.add(number)
        else:
            total = adjoints[number] = before + c
            if type(total) is np.ndarray:
                self.owned.add(number)
            else:
                self.owned.discard(number)

    def _add_picked(self, x: Variable, index: Any, g: Any) -> None:
        """The adjoint of indexing goes into one dense buffer, so a loop over x[i] stays linear."""
        buffer = self._buffer(x)
        if type(index) is int or type(index) is slice:
            buffer[index] += g
        else:
            add_at(buffer, index, g)

    def _buffer(self, x: Variable) -> Any:
        """The adjoint of x so far, as an array that is ours."""
        number = x.number
        before = self.adjoints.get(number)
        if before is None or number not in self.owned:
            self.owned.add(number)
            value = x.value
            if before is not None:
                before = np.array(before)
            elif type(value) is float:
                before = np.zeros(())
            else:
                before = np.zeros(value.shape, value.dtype)
            self.adjoints[number] = before
        return before

    def _result(self, target: Variable) -> Any:
        """The finished adjoint: a float, an array that belongs to the caller alone, or a Variable."""
        adjoint = self._plain_result(target)
        return Variable(adjoint) if self.record and type(adjoint) is not Variable else adjoint

    def _plain_result(self, target: Variable) -> Any:
        adjoint = self.adjoints.get(target.number)
        if adjoint is None:
            return 0.0 if type(target.value) is float else np.zeros(target.shape, target.dtype)
        if type(adjoint) is Variable:
            return adjoint
        if type(target.value) is float:
            return float(adjoint)
        return adjoint if target.number in self.owned else np.array(adjoint)


def _is_of_floats(node: Variable, row: Row) -> bool:
    """Are the function and its slope computed by ``math``, so that NumPy is not asked?"""
    if row.kinked or row.scalar is None or row.scalar_rules is None or type(node.value) is not float:
        return False
    return type(node.inputs[0]) is not np.ndarray is not type(node.inputs[-1])


def needed(order: Sequence[Variable], targets: set[int]) -> set[int] | None:
    """The numbers of the nodes that depend on a target, targets included; None when all of them do."""
    for node in order:
        if node.row is None and node.number not in targets:
            break
    else:
        return None
    found = set(targets)
    for node in reversed(order):
        if any(type(x) is Variable and x.number in found for x in node.inputs):
            found.add(node.number)
    return found


def wide(value: Any) -> Any:
    """A float as NumPy's own, whose arithmetic has infinities instead of exceptions."""
    return np.float64(value) if type(value) is float else value


def _wide_values(inputs: tuple[Any, ...]) -> list[Any]:
    """The plain values of inputs; those of numbers that are Variables have NumPy's arithmetic."""
    values = []
    for x in inputs:
        if type(x) is Variable:
            x = x.value
            if type(x) is float:
                x = np.float64(x)
        values.append(x)
    return values


_NONE: dict[str, Any] = {}
_MINUS = RULES[np.subtract]
_NEGATED = _MINUS.rules[1]
_FEW = 1000  # so few numbers are copied in less time than a view of them is made


def fit(c: Any, value: Any) -> Any:
    """A contribution in the shape and dtype of the value that it belongs to: broadcasting undone."""
    if type(value) is float:
        if type(c) is float:
            return c
        if type(c) is Variable:
            return c if c.shape == () else np.sum(c)
        return float(c) if np.ndim(c) == 0 else float(np.sum(c))
    shape = value.shape
    if type(c) is float or type(c) is np.float64:
        if value.size <= _FEW:
            filled = np.empty(shape, value.dtype)
            filled.fill(c)
            return filled
        c = np.asarray(c, value.dtype)
    if c.shape != shape:
        c = unbroadcast(c, shape)
    if type(c) is not Variable and c.dtype != value.dtype:
        c = c.astype(value.dtype)
    return c


def unbroadcast(c: Any, shape: tuple[int, ...]) -> Any:
    """Sum over the axes along which ``shape`` was broadcast; broadcast (lazily) along those c still lacks."""
    total = np.sum if type(c) is Variable else np.add.reduce
    extra = c.ndim - len(shape)
    if extra > 0:
        c = total(c, axis=tuple(range(extra)))
    if extra >= 0 and shape:
        axes = tuple([i for i, n in enumerate(shape) if n == 1 and c.shape[i] != 1])
        if axes:
            c = total(c, axis=axes, keepdims=True)
    if c.shape == shape:
        return c
    if type(c) is not Variable and math.prod(shape) <= _FEW:
        spread = np.empty(shape, c.dtype)
        spread[...] = c
        return spread
    return np.broadcast_to(c, shape)
