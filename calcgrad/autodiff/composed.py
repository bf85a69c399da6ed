"""NumPy functions that are made of others: the textbook definition, in NumPy calls that have rules.

    np.var(x)   # on a Variable: mean((x - mean(x))**2), recorded as such
    np.tile(x, 2)   # x.ravel()[tile(0, 1, 2, ...)]: what only moves elements moves their numbers

Kept apart from the rule table because nothing here differentiates anything.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import index as whole
from typing import Any

import numpy as np

from calcgrad.autodiff.conditions import stepped
from calcgrad.autodiff.rules import value_of
from calcgrad.autodiff.variable import mark_decided

COMPOSED: dict[Any, Any] = {}
MOVES: set[Any] = set()  # those that only move, repeat or drop elements of their first argument
# Reductions that are in the rule table, when they are asked for with dtype=, where= or initial=.
REDUCTIONS: dict[Any, Callable[[dict[str, Any]], Any]] = {}


Definition = Callable[..., Any]


def composed(*functions: Any) -> Callable[[Definition], Definition]:
    """Declare that the decorated definition is what the NumPy functions mean on a Variable."""

    def declare(definition: Definition) -> Definition:
        for function in functions:
            COMPOSED[function] = definition
        return definition

    return declare


# --- moving elements ----------------------------------------------------------------------------------


def numbers_of(x: Any, first: int = 0) -> Any:
    """The elements of x numbered from ``first``, in an array laid out in memory as x is."""
    value = np.asarray(x.value if hasattr(x, "detach") else x)
    numbers = np.empty_like(value, dtype=int)
    numbers[...] = np.arange(first, first + value.size).reshape(value.shape)
    return numbers


def truth(x: Any) -> Any:
    """What NumPy takes x for as a condition; at a zero of a Variable it is on its boundary."""
    return np.not_equal(x, 0.0) if hasattr(x, "row") else x


def missing(x: Any, test: Any = np.isnan) -> Any:
    """Which elements are NaN; beside a pole or a step that made them so they need not be."""
    found = test(value_of(x))
    if np.any(found) and stepped(x):
        mark_decided(x)
    return found


def settled(function: str, x: Any) -> Any:
    """What says which elements are meant: whole numbers or truths, and no Variable."""
    if hasattr(x, "row"):
        raise TypeError(f"{function} needs whole numbers here, not a Variable; use astype(int)")
    return x.truth if hasattr(x, "truth") else x


def _moves(function: Any) -> None:
    """A function that only moves, repeats or drops elements: let it move their numbers, then pick."""

    def moved(x: Any, *args: Any, **kwargs: Any) -> Any:
        args = tuple(settled(function.__name__, each) for each in args)
        kwargs = {key: settled(function.__name__, each) for key, each in kwargs.items()}
        picked = function(numbers_of(x), *args, **kwargs)
        elements = np.ravel(x)
        if isinstance(picked, (list, tuple)):
            return type(picked)(elements[part] for part in picked)
        return elements[picked]

    COMPOSED[function] = moved
    MOVES.add(function)


for _function in (
    np.repeat, np.tile, np.rot90, np.take, np.take_along_axis, np.diagonal, np.fliplr, np.flipud,
    np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit, np.delete, np.rollaxis, np.resize,
    np.lib.stride_tricks.sliding_window_view,
):  # fmt: skip
    _moves(_function)


def _takes(function: Any) -> None:
    """Places that a tie leaves open are an index that remembers it, where they count through all elements."""
    moved = COMPOSED[function]

    def taken(a: Any, indices: Any, axis: Any = None, **kwargs: Any) -> Any:
        if hasattr(indices, "picked") and not kwargs and (axis is None or np.ndim(a) == 1):
            return (a if np.ndim(a) == 1 else np.ravel(a))[indices]
        return moved(a, indices, axis, **kwargs)

    COMPOSED[function] = taken


_takes(np.take)
_takes(np.take_along_axis)
COMPOSED[np.linalg.diagonal] = lambda x, /, *, offset=0: np.diagonal(x, offset, -2, -1)
if hasattr(np, "unstack"):  # from NumPy 2.1 on
    _moves(np.unstack)
for _matrix_transpose in (np.matrix_transpose, np.linalg.matrix_transpose):
    COMPOSED[_matrix_transpose] = lambda x: np.swapaxes(x, -1, -2)


def _moves_with_zeros(function: Any) -> None:
    """The same where zeros are put between: they are number 0, and the elements count from 1."""

    def moved(x: Any, k: Any = 0) -> Any:
        picked = function(numbers_of(x, 1), settled(function.__name__, k))
        return np.concatenate((np.zeros(1, np.result_type(value_of(x))), np.ravel(x)))[picked]

    COMPOSED[function] = moved


for _zeroing in (np.diag, np.diagflat):
    _moves_with_zeros(_zeroing)


def _numbered(tree: Any, arrays: list[Any]) -> Any:
    """Nested lists of arrays with all elements numbered through; the arrays are gathered."""
    if isinstance(tree, (list, tuple)):
        return type(tree)(_numbered(part, arrays) for part in tree)
    numbers = numbers_of(tree, sum(np.size(each) for each in arrays))
    arrays.append(tree)
    return numbers


def _joined(arrays: list[Any]) -> Any:
    return np.concatenate([np.ravel(each) for each in arrays])


@composed(np.block)
def _block(arrays: Any) -> Any:
    gathered: list[Any] = []
    picked = np.block(_numbered(arrays, gathered))
    return _joined(gathered)[picked]


@composed(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    gathered: list[Any] = []
    values = values if hasattr(values, "row") else np.asarray(values, np.result_type(value_of(arr)))
    into, new = _numbered((arr, values), gathered)
    return _joined(gathered)[np.insert(into, settled("insert", obj), new, axis)]


@composed(np.choose)
def _choose(a: Any, choices: Any, out: None = None, mode: str = "raise") -> Any:
    no_out("choose", out)
    gathered: list[Any] = []
    numbers = _numbered(list(choices), gathered)
    return _joined(gathered)[np.choose(settled("choose", a), numbers, mode=mode)]  # type: ignore[call-overload]


@composed(np.compress)
def _compress(condition: Any, a: Any, axis: Any = None) -> Any:
    picked = np.compress(settled("compress", truth(condition)), numbers_of(a), axis)
    return np.ravel(a)[picked]


@composed(np.extract)
def _extract(condition: Any, arr: Any) -> Any:
    return np.ravel(arr)[np.ravel(settled("extract", truth(condition)))]


def _at_least(ndim: int, atleast: Any) -> None:
    def raised(*arys: Any) -> Any:
        found = tuple(
            x if np.ndim(x) >= ndim else np.reshape(x, np.shape(atleast(np.empty(np.shape(x))))) for x in arys
        )
        return found[0] if len(found) == 1 else found

    COMPOSED[atleast] = raised


for _ndim, _atleast in enumerate((np.atleast_1d, np.atleast_2d, np.atleast_3d), 1):
    _at_least(_ndim, _atleast)


@composed(np.meshgrid)
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    grids = np.meshgrid(*(numbers_of(np.ravel(x)) for x in xi), sparse=sparse, indexing=indexing)  # type: ignore[call-overload]
    return type(grids)(np.ravel(x)[grid] for x, grid in zip(xi, grids))


@composed(np.full_like)
def _full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: None = None,
) -> Any:
    kind = np.dtype(np.result_type(value_of(a)) if dtype is None else dtype)
    shape = np.shape(a) if shape is None else shape
    fill = array_of(fill_value)
    return np.broadcast_to(fill.astype(kind), shape) if hasattr(fill, "row") else np.full(shape, fill, kind)


def array_of(x: Any) -> Any:
    """Nested lists of numbers among which may be Variables, as one array or Variable."""
    if not isinstance(x, (list, tuple)):
        return x if hasattr(x, "detach") else np.asarray(x)
    parts = [array_of(part) for part in x]
    return np.stack(parts) if any(hasattr(part, "detach") for part in parts) else np.asarray(x)


@composed(np.copy)
def _copy(a: Any) -> Any:
    return np.positive(a)


@composed(np.broadcast_arrays)
def _broadcast_arrays(*args: Any) -> Any:
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    return tuple(np.broadcast_to(a, shape) for a in args)


@composed(np.pad)
def _pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    if mode in ("constant", "empty"):
        ends = np.broadcast_to(array_of(kwargs.pop("constant_values", 0)), (np.ndim(array), 2))
        ends = ends.astype(np.result_type(value_of(array)))
        np.pad(np.zeros(()), 0, **kwargs)  # says what it does not know
        for axis, widths in enumerate(_widths(pad_width, np.ndim(array))):
            if widths == [0, 0]:
                continue
            shape = np.shape(array)
            sides = [
                ends[axis, side] * np.ones((*shape[:axis], width, *shape[axis + 1 :]))
                for side, width in enumerate(widths)
            ]
            array = np.concatenate((sides[0], array, sides[1]), axis)
        return array
    if mode in _STATISTICS or mode == "linear_ramp":
        return _padded_by(mode, array, pad_width, **kwargs)
    if mode not in ("edge", "reflect", "symmetric", "wrap") or kwargs.get("reflect_type", "even") != "even":
        odd = ", reflect_type='odd'" if mode in ("reflect", "symmetric") else ""
        raise no_rule("pad", f"with mode={mode!r}{odd}")
    return np.ravel(array)[np.pad(numbers_of(array), pad_width, mode, **kwargs)]


def _widths(pad_width: Any, ndim: int) -> Any:
    """How much is put before and after, for each axis."""
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(axis, pad_width.get(axis - ndim, 0)) for axis in range(ndim)]
        pad_width = [(width, width) if isinstance(width, int) else width for width in pad_width]
    return np.broadcast_to(np.asarray(pad_width, int), (ndim, 2)).tolist()


_STATISTICS: dict[str, Callable[..., Any]] = {
    "maximum": np.max,
    "minimum": np.min,
    "mean": np.mean,
    "median": np.median,
}


def _padded_by(
    mode: str, array: Any, pad_width: Any, *, stat_length: Any = None, end_values: Any = 0.0
) -> Any:
    """Padding that computes: axis after axis, as NumPy does it."""
    ndim = np.ndim(array)
    widths = _widths(pad_width, ndim)
    ends = np.broadcast_to(array_of(end_values), (ndim, 2))
    lengths = np.broadcast_to(np.asarray(stat_length or 0, int), (ndim, 2)).tolist()
    for axis in range(ndim):
        x = np.moveaxis(array, axis, 0)
        sides = []
        for side in (0, 1):
            width = widths[axis][side]
            if mode == "linear_ramp":
                edge = x[-side][None]
                part = np.linspace(0.0, 1.0, width, endpoint=False).reshape(-1, *[1] * (ndim - 1))
                ramp = ends[axis, side] * (1.0 - part) + edge * part
                sides.append(ramp if side == 0 else ramp[::-1])
            else:
                length = lengths[axis][side] or len(x)
                statistic = _STATISTICS[mode](x[:length] if side == 0 else x[-length:], axis=0)
                sides.append(np.broadcast_to(statistic, (width, *np.shape(x)[1:])))
        array = np.moveaxis(np.concatenate((sides[0], x, sides[1])), 0, axis)
    return array


def no_out(function: str, out: Any) -> None:
    """An array that is given to be filled would be changed in place."""
    if out is not None:
        raise no_rule(function, "with out= (it changes an array in place: assign the result)")


def no_rule(function: str, detail: str) -> Exception:
    """The error that says which use of a function has no derivative rule."""
    from calcgrad.errors import NotDifferentiable

    return NotDifferentiable(f"{function} {detail} has no derivative rule", function=function, kind="no-rule")


@composed(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@composed(np.hstack)
def _hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    parts = [np.atleast_1d(array_of(x)) for x in tup]
    return np.concatenate(parts, axis=0 if np.ndim(parts[0]) == 1 else 1, dtype=dtype)


@composed(np.vstack)
def _vstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:
    return np.concatenate([np.atleast_2d(array_of(x)) for x in tup], axis=0, dtype=dtype)


@composed(np.dstack)
def _dstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_3d(array_of(x)) for x in tup], axis=2)


@composed(np.column_stack)
def _column_stack(tup: Any) -> Any:
    parts = [array_of(x) for x in tup]
    return np.concatenate([np.reshape(x, (-1, 1)) if np.ndim(x) < 2 else x for x in parts], axis=1)


@composed(np.append)
def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    arr, values = array_of(arr), array_of(values)
    if axis is None:
        return np.concatenate((np.ravel(arr), np.ravel(values)))
    return np.concatenate((arr, values), axis=axis)


# --- numbers and steps --------------------------------------------------------------------------------


@composed(np.round, np.around)
def _round(a: Any, decimals: int = 0) -> Any:
    decimals = whole(decimals)
    return np.rint(a) if decimals == 0 else np.rint(a * 10.0**decimals) / 10.0**decimals


@composed(np.fix)
def _fix(x: Any) -> Any:
    return np.trunc(x)


@composed(np.unwrap)
def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2.0 * np.pi) -> Any:
    """p and whole periods, as many as NumPy adds; where a step is exactly half a period, more or fewer beside."""
    if any(hasattr(each, "row") for each in (discont, period)):
        raise no_rule("unwrap", "by discont= or period=")
    value = np.asarray(value_of(p))
    turns = np.rint((np.unwrap(value, discont, axis, period=period) - value) / period)
    steps = np.abs(np.diff(value, axis=axis))
    least = period / 2.0 if discont is None else discont
    if stepped(p) or np.any((steps == least) | ((steps > least) & (steps % period == period / 2.0))):
        mark_decided(p)
    return p + turns * period


@composed(np.divmod)
def _divmod(x1: Any, x2: Any) -> tuple[Any, Any]:
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


@composed(np.modf)
def _modf(x: Any) -> tuple[Any, Any]:
    whole = np.trunc(x)
    return x - whole, whole


def _between(start: Any, stop: Any, num: int, endpoint: bool, join: Callable[..., Any], axis: int) -> Any:
    ndim = max(np.ndim(start), np.ndim(stop))
    kind = np.result_type(value_of(start), value_of(stop), 1.0)
    part = np.linspace(0.0, 1.0, num, endpoint=endpoint).reshape((-1,) + (1,) * ndim).astype(kind)
    return np.moveaxis(join(start, stop, part), 0, axis)


@composed(np.linspace)
def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    points = _between(start, stop, num, endpoint, lambda a, b, t: a * (1.0 - t) + b * t, axis)
    points = points if dtype is None else points.astype(dtype)
    return (points, (stop - start) / (num - endpoint)) if retstep else points


@composed(np.logspace)
def _logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    if np.ndim(base):
        ndim = max(map(np.ndim, (start, stop, base)))
        start, stop, base = (
            np.reshape(x, (1,) * (ndim - np.ndim(x)) + np.shape(x)) for x in (start, stop, base)
        )
        base = np.expand_dims(base, axis)
    powers = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return powers if dtype is None else powers.astype(dtype)


@composed(np.geomspace)
def _geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    points = _between(start, stop, num, endpoint, lambda a, b, t: a * (b / a) ** t, axis)
    return points if dtype is None else points.astype(dtype)


@composed(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    result: Any = 0.0
    for i in range(len(p)):
        result = result * x + p[i]
    return result


@composed(np.vander)
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    powers = np.arange(len(x) if N is None else N)
    return np.expand_dims(x, -1) ** (powers if increasing else powers[::-1])


@composed(np.polymul)
def _polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(np.atleast_1d(a1), np.atleast_1d(a2))


def _longer(x: Any, size: int) -> Any:
    return np.concatenate((np.zeros(size - np.size(x)), np.atleast_1d(x)))


@composed(np.polyadd)
def _polyadd(a1: Any, a2: Any) -> Any:
    size = max(np.size(a1), np.size(a2))
    return _longer(a1, size) + _longer(a2, size)


@composed(np.polysub)
def _polysub(a1: Any, a2: Any) -> Any:
    return np.polyadd(a1, np.negative(a2))


@composed(np.polyder)
def _polyder(p: Any, m: int = 1) -> Any:
    for _ in range(whole(m)):
        p = p[:-1] * np.arange(len(p) - 1.0, 0.0, -1.0)
    return p


@composed(np.polyint)
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    constants = np.broadcast_to(np.zeros(1) if k is None else np.atleast_1d(array_of(k)), whole(m))
    for constant in constants:
        p = np.concatenate((p / np.arange(len(p), 0.0, -1.0), np.atleast_1d(constant)))
    return p


@composed(np.nan_to_num)
def _nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    largest = np.finfo(np.result_type(value_of(x))).max
    for bad, instead in (
        (missing(x), nan),
        (missing(x, np.isposinf), largest if posinf is None else posinf),
        (missing(x, np.isneginf), -largest if neginf is None else neginf),
    ):
        x = np.where(bad, instead, x) if np.any(bad) else x
    return x


@composed(np.real_if_close)
def _real_if_close(a: Any, tol: float = 100) -> Any:
    return a


@composed(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = np.moveaxis(y, axis, -1)
    width = dx if x is None else np.diff(x)
    return np.sum(width * 0.5 * (y[..., 1:] + y[..., :-1]), axis=-1)


# --- choosing -----------------------------------------------------------------------------------------


@composed(np.select)
def _select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist)):
        result = np.where(condition, choice, result)
    return result


@composed(np.piecewise)
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    conditions = (
        list(condlist)
        if isinstance(condlist, (list, tuple)) or np.ndim(condlist) > np.ndim(x)
        else [condlist]
    )
    result: Any = 0.0
    if len(funclist) == len(conditions) + 1:
        result = funclist[-1](x, *args, **kw) if callable(funclist[-1]) else funclist[-1]
    for condition, piece in zip(conditions, funclist):
        result = np.where(condition, piece(x, *args, **kw) if callable(piece) else piece, result)
    return result


@composed(np.apply_along_axis)
def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    moved = np.moveaxis(arr, axis, -1)
    rest = np.shape(moved)[:-1]
    found = [func1d(line, *args, **kwargs) for line in np.reshape(moved, (-1, np.shape(moved)[-1]))]
    made = np.reshape(np.stack(found), rest + np.shape(found[0]))
    new = np.ndim(found[0])
    return np.moveaxis(
        made, tuple(range(-new, 0)), tuple(range(axis % np.ndim(arr), axis % np.ndim(arr) + new))
    )


@composed(np.apply_over_axes)
def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    for axis in [axes] if isinstance(axes, int) else axes:
        reduced = func(a, axis)
        a = reduced if np.ndim(reduced) == np.ndim(a) else np.expand_dims(reduced, axis)
    return a


@composed(np.partition)
def _partition(a: Any, kth: Any, axis: Any = -1, kind: str = "introselect", order: None = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), -1
    value = np.partition(value_of(a), kth, axis)
    rank = np.argsort(np.argsort(value, axis, "stable"), axis, "stable")
    return np.take_along_axis(np.sort(a, axis), rank, axis)  # sort knows about ties


# --- differences, products, interpolation -------------------------------------------------------------


@composed(np.diff)
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    if prepend is not None or append is not None:
        edge = tuple(1 if i == axis % np.ndim(a) else size for i, size in enumerate(np.shape(a)))
        ends = [x if x is None or np.ndim(x) else np.broadcast_to(x, edge) for x in (prepend, append)]
        a = np.concatenate([x for x in (ends[0], a, ends[1]) if x is not None], axis=axis)
    before = (slice(None),) * (axis % np.ndim(a))
    for _ in range(n):
        a = a[(*before, slice(1, None))] - a[(*before, slice(None, -1))]
    return a


@composed(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    flat = np.ravel(ary)
    parts = (to_begin, flat[1:] - flat[:-1], to_end)
    return np.concatenate([np.ravel(part) for part in parts if part is not None])


@composed(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    ndim = np.ndim(f)
    axes = range(ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    axes = [each % ndim for each in axes]
    edge_order = whole(edge_order)
    steps = list(varargs) or [1.0]
    steps = steps * len(axes) if len(steps) == 1 else steps
    if len(steps) != len(axes):
        raise TypeError("invalid number of arguments")
    found = [np.moveaxis(_slopes(np.moveaxis(f, k, 0), h, edge_order), 0, k) for k, h in zip(axes, steps)]
    return found[0] if len(found) == 1 else tuple(found)


def _slopes(f: Any, h: Any, edge_order: int) -> Any:
    """Differences of second order along the first axis, one-sided at both ends; h is a step or the points."""
    if len(f) < edge_order + 1:
        raise ValueError(f"gradient needs at least {edge_order + 1} points along its axis")
    kind = np.result_type(value_of(f), 1.0)
    h = h if hasattr(h, "row") else np.asarray(h, kind)
    h = np.diff(h) if np.ndim(h) else np.broadcast_to(h, (len(f) - 1,))
    h = np.reshape(h, (-1,) + (1,) * (np.ndim(f) - 1))
    a, b = h[:-1], h[1:]
    d = (f[1:] - f[:-1]) / h
    inner = (b * d[:-1] + a * d[1:]) / (a + b)
    first, last = d[:1], d[-1:]
    if edge_order == 2:
        first = first + (first - d[1:2]) * (h[:1] / (h[:1] + h[1:2]))
        last = last + (last - d[-2:-1]) * (h[-1:] / (h[-1:] + h[-2:-1]))
    return np.concatenate((first, inner, last))


# --- methods of elementwise functions of two numbers --------------------------------------------------


def reduced(ufunc: Any, a: Any, axis: Any = 0, keepdims: bool = False, initial: Any = None) -> Any:
    """ufunc.reduce, one element after the other."""
    axes = tuple(range(np.ndim(a))) if axis is None else (axis,) if isinstance(axis, int) else axis
    axes = tuple(each % np.ndim(a) for each in axes)
    rest = tuple(each for each in range(np.ndim(a)) if each not in axes)
    moved = np.transpose(a, axes + rest)
    lines = np.reshape(moved, (-1, *np.shape(moved)[len(axes) :]))
    parts = [*([] if initial is None else [initial]), *lines]
    if not parts:
        return ufunc.reduce(
            value_of(a), axis=axis, keepdims=keepdims
        )  # of nothing: NumPy's identity, or its error
    result = parts[0]
    for part in parts[1:]:
        result = ufunc(result, part)
    return np.expand_dims(result, axes) if keepdims else result


def accumulated(ufunc: Any, array: Any, axis: int = 0) -> Any:
    """ufunc.accumulate."""
    found: list[Any] = []
    for line in np.moveaxis(array, axis, 0):
        found.append(ufunc(found[-1], line) if found else line)
    return np.stack(found, axis=axis)


def outer(ufunc: Any, a: Any, b: Any) -> Any:
    """ufunc.outer."""
    return ufunc(np.expand_dims(a, tuple(range(np.ndim(a), np.ndim(a) + np.ndim(b)))), b)


def reduced_at(ufunc: Any, array: Any, indices: Any, axis: int = 0) -> Any:
    """ufunc.reduceat."""
    lines, starts = np.moveaxis(array, axis, 0), [int(i) for i in indices]
    ends = [*starts[1:], len(lines)]
    parts = [ufunc.reduce(lines[i : max(i + 1, j)], axis=0) for i, j in zip(starts, ends)]
    return np.stack(parts, axis=axis)


if hasattr(np, "cumulative_sum"):  # from NumPy 2.1 on

    def _cumulative(accumulate: Any, neutral: float) -> Definition:
        def cumulative(
            x: Any, /, *, axis: Any = None, dtype: Any = None, out: None = None, include_initial: bool = False
        ) -> Any:
            no_out(accumulate.__name__, out)
            axis = 0 if axis is None else axis
            result = accumulate(x, axis=axis, dtype=dtype)
            if not include_initial:
                return result
            edge = [1 if i == axis % np.ndim(x) else n for i, n in enumerate(np.shape(x))]
            return np.concatenate((np.full(edge, neutral), result), axis=axis)

        return cumulative

    COMPOSED[np.cumulative_sum] = _cumulative(np.cumsum, 0.0)
    COMPOSED[np.cumulative_prod] = _cumulative(np.cumprod, 1.0)


@composed(np.kron)
def _kron(a: Any, b: Any) -> Any:
    ndim = max(np.ndim(a), np.ndim(b))
    left = (1,) * (ndim - np.ndim(a)) + np.shape(a)
    right = (1,) * (ndim - np.ndim(b)) + np.shape(b)
    product = np.reshape(a, [n for m in left for n in (m, 1)]) * np.reshape(
        b, [n for m in right for n in (1, m)]
    )
    return np.reshape(product, [m * n for m, n in zip(left, right)])


@composed(np.cross)
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if np.shape(a)[-1] != 3 or np.shape(b)[-1] != 3:
        raise no_rule("cross", "of vectors other than of three elements")
    parts = [a[..., i - 2] * b[..., i - 1] - a[..., i - 1] * b[..., i - 2] for i in range(3)]
    return np.moveaxis(np.stack(parts, axis=-1), -1, axisc)


@composed(np.correlate)
def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    if np.size(a) < np.size(v):
        return np.correlate(v, a, mode)[::-1]  # type: ignore[call-overload]
    return np.convolve(a, v[::-1], mode)  # type: ignore[call-overload]


@composed(np.interp)
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    x, xp, fp = (each if hasattr(each, "row") else np.asarray(each, float) for each in (x, xp, fp))
    if period is not None:
        order = np.argsort(value_of(xp) % abs(value_of(period)))
        xp, fp, x = (xp % abs(period))[order], fp[order], x % abs(period)
        xp = np.concatenate((xp[-1:] - abs(period), xp, xp[:1] + abs(period)))
        fp = np.concatenate((fp[-1:], fp, fp[:1]))
        left = right = None
    inside = _interpolated(x, xp, fp)
    inside = inside if left is None else np.where(x < xp[0], left, inside)
    return inside if right is None else np.where(x > xp[-1], right, inside)


def _interpolated(x: Any, xp: Any, fp: Any) -> Any:
    at, nodes = value_of(x), value_of(xp)
    if len(nodes) == 1:
        return fp[0] + 0.0 * x
    if np.isin(at, nodes).any() or stepped(x):  # neighbouring slopes count: a sum of hinges has them
        widths = np.diff(xp)
        steps = np.clip(np.expand_dims(x, -1) - xp[:-1], 0.0, widths)
        return fp[0] + np.sum(steps * (np.diff(fp) / widths), axis=-1)
    i = np.clip(np.searchsorted(nodes, at) - 1, 0, len(nodes) - 2)
    t = np.clip((x - xp[i]) / (xp[i + 1] - xp[i]), 0.0, 1.0)
    return fp[i] + t * (fp[i + 1] - fp[i])


if hasattr(np, "vecdot"):  # from NumPy 2.2 on all three

    @composed(np.vecdot)
    def _vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
        return np.sum(np.moveaxis(x1, axis, -1) * np.moveaxis(x2, axis, -1), axis=-1)


if hasattr(np, "matvec"):

    @composed(np.matvec)
    def _matvec(x1: Any, x2: Any) -> Any:
        return np.matmul(x1, np.expand_dims(x2, -1))[..., 0]

    @composed(np.vecmat)
    def _vecmat(x1: Any, x2: Any) -> Any:
        return np.matmul(np.expand_dims(x1, -2), x2)[..., 0, :]


# --- linear algebra made of products ------------------------------------------------------------------


@composed(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    n = whole(n)
    if n < 0:
        a, n = np.linalg.inv(a), -n
    result: Any = None
    if n == 0:
        return np.broadcast_to(np.eye(np.shape(a)[-1]), np.shape(a))
    while n:
        result = (a if result is None else np.matmul(result, a)) if n % 2 else result
        a, n = np.matmul(a, a) if n > 1 else a, n // 2
    return result


@composed(np.linalg.multi_dot)
def _multi_dot(arrays: Any) -> Any:
    result = arrays[0]
    for array in arrays[1:]:
        result = np.dot(result, array)
    return result
