"""NumPy functions that are made of others: the textbook definition, in NumPy calls that have rules.

    np.var(x)   # on a Variable: mean((x - mean(x))**2), recorded as such
    np.tile(x, 2)   # x.ravel()[tile(0, 1, 2, ...)]: what only moves elements moves their numbers

Kept apart from the rule table because nothing here differentiates anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from calcgrad.autodiff.rules import value_of

COMPOSED: dict[Any, Any] = {}
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


def _moves(function: Any) -> None:
    """A function that only moves, repeats or drops elements: let it move their numbers, then pick."""

    def moved(x: Any, *args: Any, **kwargs: Any) -> Any:
        numbers = np.arange(np.size(x)).reshape(np.shape(x))
        picked = function(numbers, *args, **kwargs)
        elements = np.ravel(x)
        if isinstance(picked, (list, tuple)):
            return [elements[part] for part in picked]
        return elements[picked]

    COMPOSED[function] = moved


for _function in (
    np.repeat, np.tile, np.rot90, np.take, np.take_along_axis, np.diagonal, np.fliplr, np.flipud,
    np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit, np.delete, np.rollaxis, np.resize,
    np.atleast_1d, np.atleast_2d, np.atleast_3d,
):  # fmt: skip
    _moves(_function)


def _moves_with_zeros(function: Any) -> None:
    """The same where zeros are put between: they are number 0, and the elements count from 1."""

    def moved(x: Any, *args: Any, **kwargs: Any) -> Any:
        numbers = np.arange(1, np.size(x) + 1).reshape(np.shape(x))
        return np.concatenate((np.zeros(1), np.ravel(x)))[function(numbers, *args, **kwargs)]

    COMPOSED[function] = moved


for _zeroing in (np.diag, np.diagflat, np.tril, np.triu):
    _moves_with_zeros(_zeroing)


@composed(np.copy)
def _copy(a: Any) -> Any:
    return np.positive(a)


@composed(np.broadcast_arrays)
def _broadcast_arrays(*args: Any) -> Any:
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    return tuple(np.broadcast_to(a, shape) for a in args)


@composed(np.pad)
def _pad(array: Any, pad_width: Any, mode: str = "constant", **kwargs: Any) -> Any:
    if mode == "constant":
        numbers = np.arange(1, np.size(array) + 1).reshape(np.shape(array))
        picked = np.concatenate((np.zeros(1), np.ravel(array)))[np.pad(numbers, pad_width)]
        return picked + np.pad(np.zeros(np.shape(array)), pad_width, **kwargs)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise _no_rule("pad", f"with mode={mode!r}")
    numbers = np.arange(np.size(array)).reshape(np.shape(array))
    return np.ravel(array)[np.pad(numbers, pad_width, mode, **kwargs)]  # type: ignore[call-overload]


def _no_rule(function: str, detail: str) -> Exception:
    from calcgrad.errors import NotDifferentiable

    return NotDifferentiable(f"{function} {detail} has no derivative rule", function=function, kind="no-rule")


@composed(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@composed(np.hstack)
def _hstack(tup: Any) -> Any:
    parts = [np.atleast_1d(x) for x in tup]
    return np.concatenate(parts, axis=0 if np.ndim(parts[0]) == 1 else 1)


@composed(np.vstack)
def _vstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_2d(x) for x in tup], axis=0)


@composed(np.dstack)
def _dstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_3d(x) for x in tup], axis=2)


@composed(np.column_stack)
def _column_stack(tup: Any) -> Any:
    return np.concatenate([np.reshape(x, (-1, 1)) if np.ndim(x) < 2 else x for x in tup], axis=1)


@composed(np.append)
def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    if axis is None:
        return np.concatenate((np.ravel(arr), np.ravel(values)))
    return np.concatenate((arr, values), axis=axis)


# --- numbers and steps --------------------------------------------------------------------------------


@composed(np.round, np.around)
def _round(a: Any, decimals: int = 0) -> Any:
    return np.rint(a) if decimals == 0 else np.rint(a * 10.0**decimals) / 10.0**decimals


@composed(np.fix)
def _fix(x: Any) -> Any:
    return np.trunc(x)


@composed(np.divmod)
def _divmod(x1: Any, x2: Any) -> tuple[Any, Any]:
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


@composed(np.modf)
def _modf(x: Any) -> tuple[Any, Any]:
    whole = np.trunc(x)
    return x - whole, whole


@composed(np.linspace)
def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    ndim = max(np.ndim(start), np.ndim(stop))
    part = np.linspace(0.0, 1.0, num, endpoint=endpoint).reshape((-1,) + (1,) * ndim)
    return start * (1.0 - part) + stop * part


@composed(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    result: Any = 0.0
    for i in range(len(p)):
        result = result * x + p[i]
    return result


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


@composed(np.choose)
def _choose(a: Any, choices: Any) -> Any:
    result = choices[0]
    for i in range(1, len(choices)):
        result = np.where(np.equal(a, i), choices[i], result)
    return result + np.zeros(np.shape(a))


@composed(np.partition)
def _partition(a: Any, kth: Any, axis: Any = -1) -> Any:
    return np.take_along_axis(a, np.argpartition(a, kth, axis), axis)


# --- statistics ---------------------------------------------------------------------------------------


def _optional(function: Any, neutral: float | None, join: Any) -> None:
    """What where= leaves out counts as the neutral element; initial= is one more element."""

    def reduced(options: dict[str, Any]) -> Any:
        a, initial = options.pop("a"), options.pop("initial", None)
        where, dtype = options.pop("where", True), options.pop("dtype", None)
        a = a if dtype is None else a.astype(dtype)
        if where is not True:
            instead = initial if neutral is None else neutral
            if instead is None:
                raise ValueError(f"{function.__name__} with where= needs initial=")
            a = np.where(where, a, instead)
        if initial is not None and neutral is None and np.size(a) == 0:
            return np.full(np.shape(function(np.zeros(np.shape(a)), **options, initial=0.0)), float(initial))
        result = function(a, **options)
        return result if initial is None else join(result, initial)

    REDUCTIONS[function] = reduced


_optional(np.sum, 0.0, np.add)
_optional(np.prod, 1.0, np.multiply)
for _largest in (np.max, np.amax):
    _optional(_largest, None, np.maximum)
for _least in (np.min, np.amin):
    _optional(_least, None, np.minimum)


def _mean_where(options: dict[str, Any]) -> Any:
    a, where, dtype = options.pop("a"), options.pop("where", True), options.pop("dtype", None)
    a = a if dtype is None else a.astype(dtype)
    if where is True:
        return np.mean(a, **options)
    return np.sum(a, where=where, **options) / _counted(np.shape(a), where, options)


def _counted(shape: tuple[int, ...], where: Any, options: dict[str, Any]) -> Any:
    return np.sum(np.broadcast_to(value_of(where), shape), **options)


REDUCTIONS[np.mean] = _mean_where


@composed(np.var)
def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: float = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: float | None = None,
) -> Any:
    if out is not None:
        raise _no_rule("var", "with out=")
    a = a if dtype is None else a.astype(dtype)
    number = _counted(np.shape(a), where, {"axis": axis, "keepdims": keepdims})
    mean = np.mean(a, axis=axis, keepdims=True, where=where) if mean is None else mean
    squares = np.square(a - mean)
    total = np.sum(squares, axis=axis, keepdims=keepdims, where=where)
    return total / (number - (ddof if correction is None else correction))


@composed(np.std)
def _std(a: Any, *args: Any, **kwargs: Any) -> Any:
    return np.sqrt(np.var(a, *args, **kwargs))


@composed(np.ptp)
def _ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@composed(np.average)
def _average(a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    if np.shape(weights) != np.shape(a):
        weights = np.reshape(weights, [n if i == axis % np.ndim(a) else 1 for i, n in enumerate(np.shape(a))])
    total = np.sum(weights + np.zeros(np.shape(a)), axis=axis, keepdims=keepdims)
    return np.sum(a * weights, axis=axis, keepdims=keepdims) / total


@composed(np.median)
def _median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    if axis is None:
        middle = _middle(np.sort(np.ravel(a)), 0)
        return np.reshape(middle, (1,) * np.ndim(a)) if keepdims else middle
    middle = _middle(np.sort(a, axis=axis), axis)
    return np.expand_dims(middle, axis) if keepdims else middle


def _middle(ordered: Any, axis: int) -> Any:
    n = np.shape(ordered)[axis]
    before = (slice(None),) * (axis % np.ndim(ordered))
    return 0.5 * (ordered[(*before, (n - 1) // 2)] + ordered[(*before, n // 2)])


def _without_nan(a: Any, instead: float) -> Any:
    return np.where(np.isnan(value_of(a)), instead, a)


@composed(np.nansum)
def _nansum(a: Any, *args: Any, **options: Any) -> Any:
    return np.sum(_without_nan(a, 0.0), *args, **options)


@composed(np.nanprod)
def _nanprod(a: Any, *args: Any, **options: Any) -> Any:
    return np.prod(_without_nan(a, 1.0), *args, **options)


@composed(np.nancumsum)
def _nancumsum(a: Any, *args: Any, **options: Any) -> Any:
    return np.cumsum(_without_nan(a, 0.0), *args, **options)


@composed(np.nancumprod)
def _nancumprod(a: Any, *args: Any, **options: Any) -> Any:
    return np.cumprod(_without_nan(a, 1.0), *args, **options)


@composed(np.nanmax)
def _nanmax(a: Any, *args: Any, **options: Any) -> Any:
    return np.max(_without_nan(a, -math.inf), *args, **options)


@composed(np.nanmin)
def _nanmin(a: Any, *args: Any, **options: Any) -> Any:
    return np.min(_without_nan(a, math.inf), *args, **options)


@composed(np.nanmean)
def _nanmean(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    there = np.sum(~np.isnan(value_of(a)), axis=axis, keepdims=keepdims)
    return np.nansum(a, axis=axis, keepdims=keepdims) / there


@composed(np.nanvar)
def _nanvar(a: Any, axis: Any = None, *, ddof: int = 0, keepdims: bool = False) -> Any:
    centred = a - np.nanmean(a, axis=axis, keepdims=True)
    there = np.sum(~np.isnan(value_of(a)), axis=axis, keepdims=keepdims)
    return np.nansum(np.square(centred), axis=axis, keepdims=keepdims) / (there - ddof)


@composed(np.nanstd)
def _nanstd(a: Any, axis: Any = None, *, ddof: int = 0, keepdims: bool = False) -> Any:
    return np.sqrt(np.nanvar(a, axis=axis, ddof=ddof, keepdims=keepdims))


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


@composed(np.multiply.outer)
def _outer(a: Any, b: Any) -> Any:
    return np.expand_dims(a, tuple(range(np.ndim(a), np.ndim(a) + np.ndim(b)))) * b


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
        raise _no_rule("cross", "of vectors other than of three elements")
    parts = [a[..., i - 2] * b[..., i - 1] - a[..., i - 1] * b[..., i - 2] for i in range(3)]
    return np.moveaxis(np.stack(parts, axis=-1), -1, axisc)


@composed(np.correlate)
def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    return np.convolve(a, v[::-1], mode)  # type: ignore[call-overload]


@composed(np.interp)
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    if left is not None or right is not None or period is not None:
        raise _no_rule("interp", "with left=, right= or period=")
    at, nodes = value_of(x), np.asarray(value_of(xp))
    if np.isin(at, nodes).any():  # at a node both neighbouring slopes count: a sum of hinges has them
        steps = np.clip(np.expand_dims(x, -1) - xp[:-1], 0.0, np.diff(nodes))
        return fp[0] + np.sum(steps * (np.diff(fp) / np.diff(xp)), axis=-1)
    i = np.clip(np.searchsorted(nodes, at) - 1, 0, len(nodes) - 2)
    t = np.clip((x - xp[i]) / (xp[i + 1] - xp[i]), 0.0, 1.0)
    return fp[i] + t * (fp[i + 1] - fp[i])


if hasattr(np, "vecdot"):  # from NumPy 2.2 on all three

    @composed(np.vecdot)
    def _vecdot(x1: Any, x2: Any) -> Any:
        return np.sum(x1 * x2, axis=-1)


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
    if n < 0:
        a, n = np.linalg.inv(a), -n
    result: Any = np.broadcast_to(np.eye(np.shape(a)[-1]), np.shape(a))
    while n:
        result = np.matmul(result, a) if n % 2 else result
        a, n = np.matmul(a, a) if n > 1 else a, n // 2
    return result


@composed(np.linalg.multi_dot)
def _multi_dot(arrays: Any) -> Any:
    result = arrays[0]
    for array in arrays[1:]:
        result = np.dot(result, array)
    return result
