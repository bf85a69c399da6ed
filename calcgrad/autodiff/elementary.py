"""NumPy's elementary functions, through ``math`` where their arguments are Python floats.

    cos(0.5)             # math.cos: a tenth of the time that NumPy takes for one number
    cos(np.ones(3))      # np.cos; of a Variable too

Rules of numbers are written in these, so that one rule serves floats, arrays and Variables. Where ``math`` raises (a
pole, an overflow), the walk asks again with NumPy's own numbers, which have infinities.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

# What each ufunc is to Python floats.
FLOATS: dict[np.ufunc, Callable[..., float]] = {
    np.sin: math.sin,
    np.cos: math.cos,
    np.tan: math.tan,
    np.sinh: math.sinh,
    np.cosh: math.cosh,
    np.tanh: math.tanh,
    np.arcsin: math.asin,
    np.arccos: math.acos,
    np.arctan: math.atan,
    np.arcsinh: math.asinh,
    np.arccosh: math.acosh,
    np.arctanh: math.atanh,
    np.arctan2: math.atan2,
    np.hypot: math.hypot,
    np.exp: math.exp,
    np.exp2: math.exp2,
    np.expm1: math.expm1,
    np.log: math.log,
    np.log2: math.log2,
    np.log10: math.log10,
    np.log1p: math.log1p,
    np.sqrt: math.sqrt,
    np.cbrt: math.cbrt,
    np.power: math.pow,
    np.square: lambda x: x * x,
    np.absolute: abs,
    np.add: lambda x, y: x + y,
    np.subtract: lambda x, y: x - y,
    np.multiply: lambda x, y: x * y,
    np.divide: lambda x, y: x / y,
    np.negative: lambda x: -x,
    np.maximum: lambda x, y: x if x >= y or x != x else y,
    np.minimum: lambda x, y: x if x <= y or x != x else y,
    np.floor: lambda x: float(math.floor(x)),
    np.trunc: lambda x: float(math.trunc(x)),
    np.sign: lambda x: float((x > 0.0) - (x < 0.0)) if x == x else x,
    np.isnan: math.isnan,
}


def _of_one(ufunc: np.ufunc) -> Callable[[Any], Any]:
    fast = FLOATS[ufunc]
    return lambda x: fast(x) if type(x) is float else ufunc(x)


def _of_two(ufunc: np.ufunc) -> Callable[[Any, Any], Any]:
    fast = FLOATS[ufunc]
    return lambda x, y: fast(x, y) if type(x) is float and type(y) is float else ufunc(x, y)


sin, cos, tan = _of_one(np.sin), _of_one(np.cos), _of_one(np.tan)
sinh, cosh, tanh = _of_one(np.sinh), _of_one(np.cosh), _of_one(np.tanh)
exp, exp2, log, sqrt = _of_one(np.exp), _of_one(np.exp2), _of_one(np.log), _of_one(np.sqrt)
absolute, sign, floor, trunc, isnan = (
    _of_one(ufunc) for ufunc in (np.absolute, np.sign, np.floor, np.trunc, np.isnan)
)
hypot, power = _of_two(np.hypot), _of_two(np.power)


def finite(value: Any) -> bool:
    """Is every element of it a number?"""
    if type(value) is float:
        return math.isfinite(value)
    # Neither is finite if an element is not; that they may overflow only costs a closer look.
    if value.size < 10_000:
        return math.isfinite(np.vdot(value, value))
    with np.errstate(all="ignore"):  # BLAS would wake its threads
        return math.isfinite(np.sum(value))
