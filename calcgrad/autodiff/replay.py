"""Replay: trace a function of numbers once, then run it with its derivatives over whole columns.

    cubed = Replay(lambda x: x**3, order=2)
    table = cubed(np.linspace(0.0, 1.0, 10**7))   # table.value, table.slopes[0], table.curvatures[0][0]

The function is called with stand-ins that have no value, so no path can depend on one: an ``if`` or a
``float()`` is refused by name, and so is everything that is not pointwise. What was traced is a list in
single-assignment form; the rules of the table are applied to it in forward mode and traced into the same
list, so that value, first and second derivatives share their common subexpressions. The list then runs
in blocks sized by the second-level cache, writing into reused buffers, on several threads. Rows at a
kink, and rows whose value is finite while a derivative is not, are put before the tape, which decides.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from calcgrad.autodiff.composed import COMPOSED
from calcgrad.autodiff.operators import grad, jacobian
from calcgrad.autodiff.rules import COMPARISONS, FLAT, LOGICAL, REFUSED, RULES, Row
from calcgrad.autodiff.variable import ABOVE, refuse
from calcgrad.errors import CalcgradError, UndecidedError, UsageError

# --- tracing ------------------------------------------------------------------------------------------

_TRUTHS = {
    *COMPARISONS, *LOGICAL, np.isfinite, np.isinf, np.isnan, np.signbit,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert,
}  # fmt: skip
_COMMUTE = {np.add, np.multiply, np.equal, np.not_equal, np.logical_and, np.logical_or}
_COLUMN = Row(lambda: None, (), name="column", flat=True)
_DETACHED = Row(np.positive, (), name="detach", elementwise=True, flat=True)
_SHAPES = {np.shape: (), np.ndim: 0, np.size: 1}


class Traced(NDArrayOperatorsMixin):
    """A number that is not known yet: one entry of the list."""

    __slots__ = ("inputs", "number", "params", "program", "row", "truth")

    shape = ()
    ndim = 0
    size = 1
    __array_priority__ = 1000.0
    __hash__ = object.__hash__

    def __init__(self, program: Trace, row: Row, inputs: tuple[Any, ...], params: dict[str, Any] | None):
        self.program = program
        self.row = row
        self.inputs = inputs
        self.params = params
        self.number = len(program.entries)
        self.truth = row.function in _TRUTHS

    @property
    def value(self) -> Traced:
        """Itself: what asks for a value, to make a mask of it, gets a mask for every row."""
        return self

    def detach(self) -> Any:
        """The same number, through which nothing is differentiated."""
        return self.program.add(_DETACHED, (self,))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            _refuse(f"{ufunc.__name__}" + (f".{method}" if method != "__call__" else f" with {[*kwargs]}"))
        row = RULES.get(ufunc) or FLAT.get(ufunc)
        if row is None and (ufunc in COMPOSED or ABOVE.adopt(ufunc)):
            return COMPOSED[ufunc](*inputs) if ufunc in COMPOSED else ufunc(*inputs)
        if row is None or not row.elementwise:
            refuse(ufunc.__name__, f"({REFUSED[ufunc]})" if ufunc in REFUSED else "")
        return self.program.add(row, inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in _SHAPES:
            return _SHAPES[function]
        if function is np.clip:
            return _clip(*args, **kwargs)
        if function in COMPOSED:
            return COMPOSED[function](*args, **kwargs)
        if function is not np.where or len(args) != 3 or kwargs:
            _refuse(function.__name__)
        return self.program.add(RULES[function], args)

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse("turning a column into a plain array")

    def __bool__(self) -> NoReturn:
        raise _not_pointwise(
            f"the path depends on {self.row.name}: an `if` would be decided once for all rows",
            "write np.where(condition, a, b)",
        )

    def __float__(self) -> NoReturn:
        _refuse("float()")

    def __int__(self) -> NoReturn:
        _refuse("int()")

    def __len__(self) -> NoReturn:
        raise TypeError("a number has no length")

    def __iter__(self) -> Iterator[Any]:
        raise TypeError("a number is not iterable")

    def __getitem__(self, index: Any) -> NoReturn:
        _refuse("indexing")


def _not_pointwise(message: str, hint: str) -> UsageError:
    return UsageError(message, hint=hint, code="not-pointwise")


def _refuse(what: str) -> NoReturn:
    raise _not_pointwise(f"{what} cannot be replayed: it is not pointwise", "evaluate the rows one by one")


def _clip(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    a = a if a_min is None else np.maximum(a, a_min)
    return a if a_max is None else np.minimum(a, a_max)


class Trace:
    """The list of entries, each made once: asking for the same again gives the same entry."""

    def __init__(self, columns: int) -> None:
        self.entries: list[Traced] = []
        self._made: dict[Any, Traced] = {}
        self.columns = [self._enter(_COLUMN, (float(i),), None) for i in range(columns)]

    def add(self, row: Row, inputs: Sequence[Any], params: dict[str, Any] | None = None) -> Any:
        """The result of one function, simplified where that changes no value."""
        if not row.elementwise:
            _refuse(row.name)
        operands = tuple(_operand(x) for x in inputs)
        if row.function is not np.where and row.function not in _TRUTHS:
            operands = tuple(_number_of(x) for x in operands)
        simple = _simplified(row, operands)
        return self._enter(row, operands, params) if simple is None else simple

    def _enter(self, row: Row, inputs: tuple[Any, ...], params: dict[str, Any] | None) -> Traced:
        names = [(-1, x.number) if type(x) is Traced else (type(x).__name__, str(x)) for x in inputs]
        key = (id(row), tuple(sorted(names, key=str) if row.function in _COMMUTE else names), str(params))
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = Traced(self, row, inputs, params)
            self.entries.append(made)
        return made


def _operand(x: Any) -> Any:
    if type(x) is Traced or type(x) is bool or x is None:
        return x
    array = np.asarray(x)
    if array.shape:
        raise _not_pointwise(
            f"an array of shape {array.shape} in a function of numbers", "use one column each"
        )
    if array.dtype.kind not in "biuf":
        raise UsageError(f"{x!r} is not a real number")
    return bool(array) if array.dtype.kind == "b" else float(array)


def _number_of(x: Any) -> Any:
    """A truth value as 1.0 or 0.0, which is what arithmetic with it means."""
    if type(x) is Traced:
        return np.where(x, 1.0, 0.0) if x.truth else x
    return float(x) if type(x) is bool else x


def _simplified(row: Row, inputs: tuple[Any, ...]) -> Any:
    """A cheaper equal of one operation, or None."""
    function = row.function
    x, y = (*inputs, None)[:2]
    if function is np.multiply:
        if x is y:
            return np.square(x)
        for one, other in ((x, y), (y, x)):
            if type(one) is float and abs(one) == 1.0:
                return other if one > 0 else -other
    elif (function in _CHOOSES and x is y) or (function is np.divide and type(y) is float and y == 1.0):
        return x
    elif function is np.negative and x.row.function is np.negative:
        return x.inputs[0]
    elif function in (np.power, np.float_power) and type(y) is float and y in _POWERS:
        return _POWERS[y](x)
    elif function is np.where:
        if type(x) is bool or type(x) is float:
            return inputs[1] if x else inputs[2]
        if not x.truth:
            return np.where(np.not_equal(x, 0.0), inputs[1], inputs[2])
    return None


_POWERS: dict[float, Callable[[Any], Any]] = {
    1.0: lambda x: x,
    2.0: np.square,
    3.0: lambda x: x * np.square(x),
}


# --- derivatives --------------------------------------------------------------------------------------


def behind(roots: Sequence[Any]) -> list[Traced]:
    """The entries that the roots are made of, in the order of evaluation."""
    found: dict[int, Traced] = {}
    stack = [root for root in roots if type(root) is Traced]
    while stack:
        entry = stack.pop()
        if entry.number not in found:
            found[entry.number] = entry
            stack += [x for x in entry.inputs if type(x) is Traced]
    return [found[number] for number in sorted(found)]


def slope(root: Any, column: Traced) -> Any:
    """The derivative of root by one column: a new entry, or a number."""
    moving: dict[int, Any] = {column.number: 1.0}
    for entry in behind([root]):
        t = [moving.get(x.number) if type(x) is Traced else None for x in entry.inputs]
        if entry.row.flat or all(part is None for part in t):
            continue
        slope = pushed(entry, t)
        if slope is not None:
            moving[entry.number] = slope
    return moving.get(root.number, 0.0) if type(root) is Traced else 0.0


def pushed(entry: Traced, t: list[Any]) -> Any:
    row, inputs = entry.row, entry.inputs
    zero = [0.0 if part is None else part for part in t]
    if row.function is np.where:
        return np.where(inputs[0], zero[1], zero[2])
    if row.function in _CHOOSES:
        x, y = inputs
        return np.where(_CHOOSES[row.function](x, y) | np.isnan(y), *zero)
    total: Any = None
    for rule, part in zip(row.rules, t):
        if rule is not None and part is not None:
            term = applied(rule, part, entry)
            total = term if total is None else total + term
    return total


def applied(rule: Callable[..., Any], g: Any, entry: Traced) -> Any:
    """A rule of the table at an entry; nan where its numbers are such that Python refuses, as in x/0."""
    try:
        return rule(g, entry, *entry.inputs, **(entry.params or {}))
    except (ArithmeticError, ValueError):
        return np.nan


# A NaN in the branch not taken must not reach the slope, so that branch is dropped, not multiplied by 0.
_CHOOSES: dict[Any, Callable[[Any, Any], Any]] = {
    np.maximum: np.greater_equal,
    np.fmax: np.greater_equal,
    np.minimum: np.less_equal,
    np.fmin: np.less_equal,
}


def _doubt(entries: list[Traced]) -> Any:
    """Where some function is at a kink, or at a pole that others hide: an entry, or False."""
    total: Any = False
    chosen = {x.number for e in entries if e.row.function in _CHOOSES for x in e.inputs if type(x) is Traced}
    for entry in entries:
        row = entry.row
        for predicate in (row.corner, row.jump, row.edge):
            if predicate is None or (row.function in COMPARISONS and entry.inputs[0] is entry.inputs[1]):
                continue
            met = predicate(*entry.inputs, **(entry.params or {}))
            if type(met) is Traced:
                total = met if total is False else np.logical_or(total, met)
    for entry in behind([x for each in entries if _hides(each.row) for x in each.inputs]):
        if entry.row.function in _POLES or entry.number in chosen:  # of which no slope tells
            met = np.logical_not(np.isfinite(entry))
            total = met if total is False else np.logical_or(total, met)
    return total


def _hides(row: Row) -> bool:
    """Can the result be a number with a slope where an input is none?"""
    return row.flat or row.hides or row.function is np.where or row.function in _CHOOSES


_POLES = {
    np.divide, np.reciprocal, np.log, np.log2, np.log10, np.log1p, np.arctanh, np.power, np.float_power,
    np.remainder, np.fmod, np.floor_divide,
}  # fmt: skip


# --- running ------------------------------------------------------------------------------------------

_CACHE = 1 << 20
with suppress(AttributeError, ValueError, OSError):
    _CACHE = max(os.sysconf("SC_LEVEL2_CACHE_SIZE"), 1 << 18)


def _choose(condition: Any, x: Any, y: Any, out: Any) -> None:
    """np.where into a buffer."""
    np.copyto(out, y)
    np.copyto(out, x, where=condition)


def _into(function: Callable[..., Any], params: dict[str, Any]) -> Callable[..., None]:
    def call(*args: Any, out: Any) -> None:
        out[...] = function(*args, **params)

    return call


# In double precision NumPy's sin and cos cost six times its tan, and a derivative needs both of one angle:
# they are rational functions of the tangent of half of it. Near its zeros that cosine would keep its absolute
# precision only, so there NumPy's own is taken. A sine alone goes the same way, so that a value does not
# depend on which derivatives are asked for.


def _half_tangent(angle: Any, out: Any) -> None:
    if out.dtype == float:
        np.multiply(angle, 0.5, out=out)
        np.tan(out, out=out)


def _sine(angle: Any, tangent: Any, out: Any) -> None:
    if out.dtype != float:
        np.sin(angle, out=out)
        return
    np.square(tangent, out=out)
    np.add(out, 1.0, out=out)
    np.divide(tangent, out, out=out)
    np.multiply(out, 2.0, out=out)


def _cosine(angle: Any, tangent: Any, out: Any) -> None:
    if out.dtype != float:
        np.cos(angle, out=out)
        return
    square = np.square(tangent)
    np.subtract(1.0, square, out=out)
    np.add(square, 1.0, out=square)
    np.divide(out, square, out=out)
    np.absolute(out, out=square)
    near = square < 0.125
    if near.any():
        np.cos(angle, out=out, where=near)


_HALVED: dict[Any, Callable[..., None]] = {np.sin: _sine, np.cos: _cosine}


class Code:
    """The list as instructions on numbered slots: constants, columns, results, then reused buffers."""

    def __init__(
        self, columns: int, roots: list[Any], doubt: Any, odd: Callable[[list[Any], Any], Any] | None = None
    ) -> None:
        self.odd = odd or _odd_rows
        entries = behind([*roots, doubt])
        last = {x.number: i for i, entry in enumerate(entries) for x in entry.inputs if type(x) is Traced}
        self.constants: list[Any] = []
        self.steps: list[tuple[Callable[..., Any], tuple[int, ...]]] = []
        self.columns = columns
        self.results = len(roots)
        self.truths: list[bool] = []  # one per buffer
        free: dict[bool, list[int]] = {True: [], False: []}
        place: dict[int, int] = {i: i for i in range(columns)}  # columns are the first entries
        for i, root in enumerate(roots):
            if type(root) is Traced and root.number not in place and not root.truth:
                place[root.number] = columns + i
        kept = set(place.values())
        buffers = columns + len(roots)

        def new(truth: bool) -> int:
            if free[truth]:
                return free[truth].pop()
            self.truths.append(truth)
            return buffers + len(self.truths) - 1

        tangents: dict[int, int] = {}
        uses = Counter(entry.inputs[0].number for entry in entries if entry.row.function in _HALVED)

        for i, entry in enumerate(entries):
            if entry.row is _COLUMN:
                continue
            slots = [place[x.number] if type(x) is Traced else self._constant(x) for x in entry.inputs]
            dying = [x for x in set(entry.inputs) if type(x) is Traced and last[x.number] == i]
            dying = [x for x in dying if place[x.number] not in kept and x is not doubt]
            dying = [x for x in dying if not any(x is root for root in roots)]
            halved = entry.row.function in _HALVED
            is_ufunc = isinstance(entry.row.function, np.ufunc) and not halved
            if is_ufunc:  # elementwise: it may overwrite an input that nobody needs any more
                for x in dying:
                    free[x.truth].append(place[x.number])
            out = place.get(entry.number)
            if out is None:
                out = place[entry.number] = new(entry.truth)
            function = entry.row.function
            if halved:
                angle = entry.inputs[0].number
                if angle not in tangents:
                    tangents[angle] = new(False)
                    self.steps.append((_half_tangent, (slots[0], tangents[angle])))
                uses[angle] -= 1
                if not uses[angle]:
                    free[False].append(tangents[angle])
                function, slots = _HALVED[function], [slots[0], tangents[angle]]
            elif function is np.where:
                function = _choose
            elif not is_ufunc:
                function = _into(function, entry.params or {})
            if not is_ufunc:
                for x in dying:
                    free[x.truth].append(place[x.number])
            self.steps.append((function, (*slots, out)))
        for i, root in enumerate(roots):
            source = place[root.number] if type(root) is Traced else self._constant(float(root))
            if source != columns + i:
                self.steps.append((_copy, (source, columns + i)))
        self.doubt = place[doubt.number] if type(doubt) is Traced else None
        # Some of what a block uses lies in the next cache. That costs less than shorter blocks would: a thread
        # that takes back the interpreter's lock needs longer than a short operation.
        share = 4 * _CACHE // (8 * max(4, columns + len(roots) + len(self.truths)))
        self.block = 1 << min(15, max(10, share.bit_length() - 1))

    def _constant(self, value: Any) -> int:
        """Constants come last and are numbered from the end."""
        self.constants.append(value)
        return -len(self.constants)

    def run(self, columns: list[Any], results: list[Any], dtype: Any, threads: int) -> Any:
        """Fill the results; the rows that are in doubt."""
        n = len(columns[0])
        blocks = count()
        found: list[Any] = []
        errors: list[BaseException] = []

        def work() -> None:
            try:
                self._work(blocks, n, columns, results, dtype, found)
            except BaseException as error:  # handed over to the caller's thread
                errors.append(error)

        helpers = [
            threading.Thread(target=work, daemon=True) for _ in range(min(threads, n // self.block) - 1)
        ]
        for helper in helpers:
            helper.start()
        work()
        for helper in helpers:
            helper.join()
        if errors:
            raise errors[0]
        return np.sort(np.concatenate(found)) if found else np.zeros(0, int)

    def _work(
        self,
        blocks: Iterator[int],
        n: int,
        columns: list[Any],
        results: list[Any],
        dtype: Any,
        found: list[Any],
    ) -> None:
        size = min(self.block, n)
        buffers = [np.empty(size, bool if truth else dtype) for truth in self.truths]
        constants = self.constants[::-1]
        steps = self.steps
        with np.errstate(all="ignore"):
            for block in blocks:
                start = block * self.block
                if start >= n:
                    return
                stop = min(start + self.block, n)
                if stop - start < size:
                    buffers = [buffer[: stop - start] for buffer in buffers]
                outs = [result[start:stop] for result in results]
                slots = [*(column[start:stop] for column in columns), *outs, *buffers, *constants]
                for function, places in steps:
                    if len(places) == 3:
                        a, b, c = places
                        function(slots[a], slots[b], out=slots[c])
                    elif len(places) == 2:
                        a, b = places
                        function(slots[a], out=slots[b])
                    else:
                        function(*[slots[a] for a in places[:-1]], out=slots[places[-1]])
                rows = self.odd(outs, None if self.doubt is None else slots[self.doubt])
                if rows is not None:
                    found.append(rows + start)


def _copy(source: Any, out: Any) -> None:
    np.copyto(out, source)


def _odd_rows(outs: list[Any], doubt: Any) -> Any:
    """The rows of a block that the tape must decide; without a value there are no derivatives."""
    odd = doubt if doubt is not None and doubt.any() else None
    # a sum, and not a dot product: that would bring BLAS's threads in between these
    if not all(np.isfinite(np.add.reduce(out)) for out in outs):
        value, *slopes = outs
        there = np.isfinite(value)
        for slope in slopes:
            bad = there & ~np.isfinite(slope)
            odd = bad if odd is None else odd | bad
            slope[~there] = np.nan
        odd = odd & there if odd is not None else None
    return None if odd is None or not odd.any() else np.flatnonzero(odd)


# --- the result ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """Values, slopes by each column, and second derivatives by each pair, all in the shape of the columns.

    Where there is no derivative it is NaN; ``refused`` tells the rows and why.
    """

    value: Any
    slopes: list[Any]
    curvatures: list[list[Any]]
    refused: list[tuple[Any, CalcgradError]] = field(default_factory=list)


class Replay:
    """A function of one number or of several, ready to run over columns of them.

    ``order`` derivatives come with the value: 0, 1 or 2. Raises UsageError with code ``not-pointwise``,
    naming what stands in the way, when the function branches on a value or is not pointwise, and
    NotDifferentiable for a function without a rule.
    """

    patience = 10_000  # so many different points at kinks are decided one by one

    def __init__(self, f: Callable[..., Any], inputs: int = 1, order: int = 1) -> None:
        if order not in (0, 1, 2):
            raise UsageError(f"replay gives derivatives of order 0, 1 or 2, not {order}")
        self.f, self.inputs, self.order = f, inputs, order
        trace = Trace(inputs)
        value = f(*trace.columns)
        value = _number_of(_operand(value))
        pairs = [(i, j) for i in range(inputs) for j in range(i + 1)] if order == 2 else []
        slopes = [slope(value, column) for column in trace.columns] if order else []
        doubt = _doubt(behind([value, *slopes] if order == 2 else [value])) if order else False
        curvatures = [slope(slopes[i], trace.columns[j]) for i, j in pairs]
        self.pairs = pairs
        self.length = len(trace.entries)
        self._code = Code(inputs, [value, *slopes, *curvatures], doubt)

    def __call__(self, *columns: Any, out: Sequence[Any] | None = None, threads: int | None = None) -> Table:
        """Values and derivatives at every row of the columns, which are broadcast against each other.

        ``out`` gives the arrays to write into, in the order value, slopes, second derivatives by (0, 0),
        (1, 0), (1, 1), ...: contiguous and of the result's dtype, float64 or that of float32 columns.
        """
        if len(columns) != self.inputs:
            raise UsageError(f"{self.inputs} columns are needed, not {len(columns)}")
        arrays = [np.asarray(column) for column in columns]
        if any(array.dtype.kind not in "biuf" for array in arrays):
            raise UsageError("a column holds real numbers")
        dtype = np.result_type(*arrays)
        dtype = dtype if dtype in (np.float32, np.longdouble) else np.dtype(float)
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        n = int(np.prod(shape))
        flat = [
            np.broadcast_to(a.reshape(-1), n) if a.size == 1 else np.broadcast_to(a, shape).reshape(-1)
            for a in (array.astype(dtype, copy=False) for array in arrays)
        ]
        results = self._results(out, n, shape, dtype)
        if any(np.may_share_memory(result, column) for result in results for column in flat):
            raise UsageError("out shares memory with a column, which is still needed")
        if threads is None:
            threads = (
                len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
            )
        odd = self._code.run(flat, results, dtype, threads)
        refused = self._decide(odd, flat, results)
        value, *rest = (result.reshape(shape) for result in results)
        slopes, seconds = rest[: self.inputs if self.order else 0], rest[self.inputs :]
        square = range(self.inputs if self.order == 2 else 0)
        return Table(value, slopes, [[seconds[_number(i, j)] for j in square] for i in square], refused)

    def _results(self, out: Sequence[Any] | None, n: int, shape: tuple[int, ...], dtype: Any) -> list[Any]:
        number = self._code.results
        if out is None:
            return [np.empty(n, dtype) for _ in range(number)]
        fits = (each.shape == shape and each.dtype == dtype and each.flags.c_contiguous for each in out)
        if len(out) != number or not all(fits):
            raise UsageError(f"out needs {number} contiguous arrays of shape {shape} and dtype {dtype}")
        return [each.reshape(-1) for each in out]

    def _decide(self, odd: Any, columns: list[Any], results: list[Any]) -> list[tuple[Any, CalcgradError]]:
        """Ask the tape about each point in doubt, once."""
        if not self.order or not len(odd):
            return []
        points, which = np.unique(np.stack([c[odd] for c in columns], 1), axis=0, return_inverse=True)
        order = np.argsort(which.reshape(-1), kind="stable")
        groups = np.split(odd[order], np.cumsum(np.bincount(which.reshape(-1)))[:-1])
        refused: list[tuple[Any, CalcgradError]] = []
        for point, rows in zip(points[: self.patience].tolist(), groups):
            found, error = self._derivatives(point)
            if error is not None:
                refused.append((rows, error))
            for result, number in zip(results[1:], found):
                result[rows] = number
        if len(points) > self.patience:
            rows = np.concatenate(groups[self.patience :])
            for result in results[1:]:
                result[rows] = np.nan
            refused.append((rows, UndecidedError(f"more than {self.patience} different points are at kinks")))
        return refused

    def _derivatives(self, point: list[float]) -> tuple[list[float], CalcgradError | None]:
        """What the tape says at one point: as many orders as there are, and why there are no more."""
        numbers = range(self.inputs)
        found = [np.nan] * (self._code.results - 1)
        try:
            found[: self.inputs] = grad(self.f, numbers)(*point)
            if self.order == 2:
                rows = [jacobian(grad(self.f, i), numbers)(*point) for i in numbers]
                found[self.inputs :] = [rows[i][j] for i, j in self.pairs]
        except CalcgradError as error:
            return found, error
        return found, None


def _number(i: int, j: int) -> int:
    i, j = max(i, j), min(i, j)
    return i * (i + 1) // 2 + j
