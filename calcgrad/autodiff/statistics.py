"""NumPy's statistics on Variables: sums with options, variances, quantiles, covariances, and their NaN versions.

    np.var(x)           # mean((x - mean(x))**2), recorded as such
    np.nanmedian(x, 0)  # the sorted columns, at the places where NumPy finds the median of 0, 1, 2, ...

Each is its textbook definition in functions that have rules; nothing here differentiates anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import index
from typing import Any

import numpy as np

from calcgrad.autodiff.composed import (
    REDUCTIONS,
    array_of,
    composed,
    missing,
    no_out,
    no_rule,
    settled,
    truth,
)
from calcgrad.autodiff.indexing import scatter
from calcgrad.autodiff.rules import value_of

if hasattr(np, "astype"):  # from NumPy 2.1 on
    composed(np.astype)(lambda x, dtype, /, *, copy=True, device=None: x.astype(dtype))

# --- options of reductions ----------------------------------------------------------------------------


def _cast(a: Any, dtype: Any) -> Any:
    return a if dtype is None else a.astype(dtype) if hasattr(a, "astype") else np.asarray(a, dtype)


def _optional(function: Any, neutral: float | None, join: Any) -> None:
    """What where= leaves out counts as the neutral element; initial= is one more element."""

    def reduced(options: dict[str, Any]) -> Any:
        a, initial = options.pop("a"), options.pop("initial", None)
        where, dtype = options.pop("where", True), options.pop("dtype", None)
        a = _cast(a, dtype)
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
    a = _cast(a, dtype)
    if where is True:
        return np.mean(a, **options)
    return np.sum(a, where=where, **options) / _counted(a, where, options)


def _counted(a: Any, where: Any, options: dict[str, Any]) -> Any:
    number = np.sum(np.broadcast_to(settled(np.mean.__name__, truth(where)), np.shape(a)), **options)
    return number.astype(np.result_type(value_of(a))) if np.ndim(number) else float(number)


REDUCTIONS[np.mean] = _mean_where

# --- moments ------------------------------------------------------------------------------------------


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
    no_out("var", out)
    a = _cast(a, dtype)
    number = _counted(a, where, {"axis": axis, "keepdims": keepdims})
    mean = np.mean(a, axis=axis, keepdims=True, where=where) if mean is None else mean
    squares = np.square(a - mean)
    total = np.sum(squares, axis=axis, keepdims=keepdims, where=where)
    less = ddof if correction is None else correction
    return total / (number - (float(less) if isinstance(less, np.generic) else less))


@composed(np.std)
def _std(a: Any, *args: Any, **kwargs: Any) -> Any:
    return np.sqrt(np.var(a, *args, **kwargs))


@composed(np.ptp)
def _ptp(a: Any, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
    no_out("ptp", out)
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@composed(np.average)
def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        total: Any = np.float64(np.size(a) / max(1, np.size(mean)))
    else:
        if np.shape(weights) != np.shape(a):
            axes = [each % np.ndim(a) for each in (axis if isinstance(axis, tuple) else (axis,))]
            weights = np.transpose(weights, np.argsort(axes))
            weights = np.expand_dims(weights, tuple(i for i in range(np.ndim(a)) if i not in axes))
        total = np.sum(weights + np.zeros(np.shape(a)), axis=axis, keepdims=keepdims)
        mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, np.broadcast_to(total, np.shape(mean))) if returned else mean


@composed(np.cov)
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    def rows_of(x: Any) -> Any:
        x = np.atleast_2d(_cast(x, dtype))
        return x if rowvar or np.shape(x)[0] == 1 else np.swapaxes(x, 0, 1)

    ddof = int(not bias) if ddof is None else index(ddof)
    x = rows_of(m) if y is None else np.concatenate((rows_of(m), rows_of(y)))
    frequency, importance = (
        1.0 if each is None else np.asarray(each, float) for each in (fweights, aweights)
    )
    w = frequency * importance + np.zeros(np.shape(x)[1])
    total = np.sum(w)
    freedom = total - ddof * (np.sum(w * importance) / total if aweights is not None else 1.0)
    centred = x - np.expand_dims(np.matmul(x, w) / total, -1)
    return np.squeeze(np.matmul(centred * w, np.swapaxes(centred, 0, 1)) / freedom)


@composed(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = np.cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    size = np.sqrt(np.diag(c))
    return c / np.expand_dims(size, -1) / size


@composed(np.bincount)
def _bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    numbers = np.asarray(settled("bincount", x))
    if weights is None:
        return np.bincount(numbers, minlength=minlength)
    return scatter(weights, np.shape(np.bincount(numbers, minlength=minlength)), numbers)


# --- quantiles ----------------------------------------------------------------------------------------


# Where quantile q of n numbers is among them, for the methods that are continuous: q*(n + 1 - a - b) + a - 1.
_CONTINUOUS = {
    "linear": (1.0, 1.0),
    "weibull": (0.0, 0.0),
    "hazen": (0.5, 0.5),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
    "interpolated_inverted_cdf": (0.0, 1.0),
}


def _between(ordered: Any, ranks: Any, q: Any, method: str) -> Any:
    """The quantile as a function of q too: the least element, and a hinge for each step to the next one."""
    if method not in _CONTINUOUS:
        raise no_rule("quantile", f"by q with method={method!r} (a step)")
    first, last = _CONTINUOUS[method]
    number = np.sum(~np.isnan(ranks), axis=-1)
    place = (
        np.expand_dims(q, tuple(range(1, np.ndim(number) + 1))) * (number + 1.0 - first - last) + first - 1.0
    )
    hinges = np.clip(np.expand_dims(place, -1) - np.arange(np.shape(ordered)[-1] - 1.0), 0.0, 1.0)
    steps = np.where(np.isnan(ranks[..., 1:]), 0.0, ordered[..., 1:] - ordered[..., :-1])
    return np.moveaxis(ordered[..., 0] + np.sum(hinges * steps, axis=-1), 0, -1)


def _quantile_of(find: Callable[..., Any], a: Any, q: Any, axis: Any, keepdims: bool, **options: Any) -> Any:
    """The sorted elements at the places where NumPy finds the quantile of 0, 1, 2, ..."""
    moving, q = q, value_of(q)
    ndim = np.ndim(a)
    axes = tuple(range(ndim)) if axis is None else tuple(axis) if np.ndim(axis) else (axis,)
    axes = tuple(each % ndim for each in axes)
    rest = tuple(i for i in range(ndim) if i not in axes)
    gone = missing(a) if find is np.nanquantile else np.isnan(value_of(a))
    if find is np.nanquantile and np.any(gone):
        a = np.where(gone, _beyond(value_of(a)), a)
    moved = np.transpose(a, rest + axes)
    kept = np.shape(moved)[: len(rest)]
    number = math.prod(np.shape(moved)[len(rest) :])
    if not number:
        return find(value_of(a), q, axis=axis, keepdims=keepdims)  # of nothing: NumPy's NaN, or its error
    ordered = np.sort(np.reshape(moved, (*kept, number)), axis=-1)
    gone = np.sort(np.reshape(np.transpose(gone, rest + axes), (*kept, number)), axis=-1)
    ranks = np.where(gone, np.nan, np.arange(float(number)))
    place = np.moveaxis(np.reshape(find(ranks, q, axis=-1, **options), (np.size(q), *kept)), 0, -1)
    known = ~np.isnan(place)
    if moving is not q:
        kind = np.result_type(value_of(ordered))
        found = _between(ordered, ranks, np.ravel(moving), options["method"]).astype(kind)
        found = found if known.all() else np.where(known, found, np.nan)
        return _reduced(found, kept, q, axes, keepdims)
    low = np.floor(np.where(known, place, 0.0)).astype(int)
    part = (np.where(known, place, 0.0) - low).astype(np.result_type(value_of(ordered)))
    below = np.take_along_axis(ordered, low, -1)
    if np.any(part):
        above = np.take_along_axis(ordered, low + (part > 0), -1)
        below = np.where(part > 0, (1.0 - part) * below + part * above, below)
    found = below if known.all() else np.where(known, below, np.nan)
    return _reduced(found, kept, q, axes, keepdims)


def _beyond(x: Any) -> Any:
    """Other numbers for each element, greater than all that are there: in order they are the last, as NaN is."""
    with np.errstate(over="ignore"):
        most = np.max(x, initial=0.0, where=~np.isnan(x))
        return (most + (1.0 + most) * np.arange(1.0, np.size(x) + 1.0).reshape(np.shape(x))).astype(x.dtype)


def _reduced(found: Any, kept: Any, q: Any, axes: Any, keepdims: bool) -> Any:
    found = np.reshape(np.moveaxis(found, -1, 0), (*np.shape(q), *kept))
    return np.expand_dims(found, tuple(np.ndim(q) + each for each in axes)) if keepdims and axes else found


def _quantile_row(function: Any, find: Any, scale: float) -> None:
    def quantile(
        a: Any,
        q: Any,
        axis: Any = None,
        out: None = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: bool = False,
        *,
        weights: Any = None,
    ) -> Any:
        no_out(function.__name__, out)
        if weights is not None:
            raise no_rule(function.__name__, "with weights=")
        return _quantile_of(find, a, array_of(q) / scale, axis, keepdims, method=method)

    composed(function)(quantile)


_quantile_row(np.quantile, np.quantile, 1.0)
_quantile_row(np.percentile, np.quantile, 100.0)
_quantile_row(np.nanquantile, np.nanquantile, 1.0)
_quantile_row(np.nanpercentile, np.nanquantile, 100.0)


@composed(np.median)
def _median(
    a: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    no_out("median", out)
    return _quantile_of(np.quantile, a, 0.5, axis, keepdims)


@composed(np.nanmedian)
def _nanmedian(
    a: Any, axis: Any = None, out: None = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    no_out("nanmedian", out)
    return _quantile_of(np.nanquantile, a, 0.5, axis, keepdims)


# --- without NaN --------------------------------------------------------------------------------------


def _without_nan(a: Any, instead: float) -> Any:
    return np.where(missing(a), instead, a)


def _neutral(function: Any, plain: Any, instead: float) -> None:
    def nan_version(a: Any, *args: Any, **options: Any) -> Any:
        return plain(_without_nan(a, instead), *args, **options)

    composed(function)(nan_version)


_neutral(np.nansum, np.sum, 0.0)
_neutral(np.nanprod, np.prod, 1.0)
_neutral(np.nancumsum, np.cumsum, 0.0)
_neutral(np.nancumprod, np.cumprod, 1.0)


def _extreme(function: Any, plain: Any, instead: float) -> None:
    def nan_version(
        a: Any, axis: Any = None, out: None = None, keepdims: bool = False, **options: Any
    ) -> Any:
        no_out(function.__name__, out)
        found = plain(_without_nan(a, instead), axis=axis, keepdims=keepdims, **options)
        nothing = np.all(missing(a), axis=axis, keepdims=keepdims)
        return np.where(nothing, np.nan, found) if np.any(nothing) and not options else found

    composed(function)(nan_version)


_extreme(np.nanmax, np.max, -math.inf)
_extreme(np.nanmin, np.min, math.inf)


def _counting(function: Any, plain: Any) -> None:
    """The same over the numbers that are there, by where=."""

    def nan_version(a: Any, *args: Any, where: Any = True, **options: Any) -> Any:
        there = ~missing(a) & settled("a statistic", truth(where))
        return plain(np.where(there, a, 0.0), *args, where=there, **options)

    composed(function)(nan_version)


_counting(np.nanmean, np.mean)
_counting(np.nanvar, np.var)
_counting(np.nanstd, np.std)
