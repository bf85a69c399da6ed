"""Expressions in NumPy: a tree evaluated on floats, arrays and Variables.

    x = Variable(np.arange(4.0))
    evaluate(parse("2*dot(x,x)").node, {"x": x})        # a Variable of value 28.0

Each catalogue row names its meaning in NumPy; what NumPy lacks comes from ``functions``. A shared
subexpression of the tree is computed and recorded once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, reduce
from math import inf
from typing import Any

import numpy as np

from calcgrad.autodiff import functions
from calcgrad.errors import CalcgradError, TooLarge, UsageError
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.tree import CONSTANTS, NONE, Call, Index, List, Name, Node, Number, postorder

MAX_ELEMENTS = 10**7

_CONSTANTS = {"E": np.e, "pi": np.pi, "EulerGamma": np.euler_gamma, "oo": inf, "True": True, "False": False}


def evaluate(root: Node, env: Mapping[str, Any], seen: dict[Node, Any] | None = None) -> Any:
    """The value of ``root`` with the variables of ``env``, in float64; ``seen`` collects every node's value.

    Raises UsageError for a variable without a value and for shapes that do not fit, TooLarge for arrays of
    more than 10**7 elements.
    """
    done: dict[Node, Any] = {} if seen is None else seen
    with np.errstate(all="ignore"):
        for node in postorder(root):
            if node not in done:
                try:
                    done[node] = _value(node, done, env)
                except CalcgradError:
                    raise
                except MemoryError:
                    raise TooLarge(f"{_what(node)}: not enough memory for this array") from None
                except (ValueError, TypeError, IndexError, ZeroDivisionError, OverflowError) as error:
                    raise UsageError(
                        f"{_what(node)}: {error}", hint="check the shapes", code="shape"
                    ) from None
    return done[root]


def _what(node: Node) -> str:
    return node.function if isinstance(node, Call) else "index" if isinstance(node, Index) else "array"


def _value(node: Node, done: dict[Node, Any], env: Mapping[str, Any]) -> Any:
    if isinstance(node, Number):
        return to_float(node.value)
    if isinstance(node, Name):
        if node.name in CONSTANTS:
            return _CONSTANTS.get(node.name)
        if node.name not in env:
            raise UsageError(f"no value for {node.name}", hint=f"--at {node.name}=1", code="missing-variable")
        return env[node.name]
    if isinstance(node, List):
        if not node.items:
            return np.zeros(0)
        items = [done[item] for item in node.items]
        if len({np.shape(item) for item in items}) > 1:
            raise UsageError("the rows of a list differ in length", hint="make them equal", code="shape")
        _limit(float(sum(np.size(item) for item in items)))
        return np.stack(items)
    if isinstance(node, Index):
        return done[node.base][tuple(_key(item, done) for item in node.items)]
    args = [done[arg] for arg in node.args]
    if node.function == "Piecewise":
        return _piecewise(args)
    if node.function == "slice":
        return None
    return meaning(node.function)(*args)


def to_float(value: int | Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return inf


def _key(item: Node, done: dict[Node, Any]) -> Any:
    if isinstance(item, Call) and item.function == "slice":
        return slice(*(None if each is NONE else _whole(done[each], "an index") for each in item.args))
    return _whole(done[item], "an index")


def _whole(value: Any, what: str) -> int:
    number = np.asarray(functions.detach(value))
    if number.ndim or not np.isfinite(number) or number != np.floor(number):
        raise UsageError(f"{what} must be a whole number", hint="such as 0", code="shape")
    return int(number)


def _piecewise(args: list[Any]) -> Any:
    result: Any = np.nan
    for value, condition in zip(reversed(args[::2]), reversed(args[1::2]), strict=True):
        if condition is True:
            result = value
        elif condition is not False:
            result = np.where(condition, value, result)
    return result


def _lengths(*shape: Any) -> tuple[int, ...]:
    sizes = np.atleast_1d(functions.detach(shape[0])) if len(shape) == 1 else shape
    lengths = tuple(_whole(size, "a length") for size in sizes)
    _limit(float(np.prod([float(length) for length in lengths])))
    return lengths


def _limit(count: float) -> None:
    if count > MAX_ELEMENTS:
        raise TooLarge(f"an array of {count:.10g} elements is more than {MAX_ELEMENTS}", hint="ask for fewer")


def _arange(*args: Any) -> Any:
    numbers = [float(functions.detach(arg)) for arg in args]
    start, stop, step = (0.0, numbers[0], 1.0) if len(numbers) == 1 else (*numbers, 1.0)[:3]
    if step:
        _limit((stop - start) / step)
    return np.arange(start, stop, step)


def _linspace(start: Any, stop: Any, num: Any = 50.0) -> Any:
    count = _whole(num, "the number of points")
    _limit(count)
    return np.linspace(functions.detach(start), functions.detach(stop), count)


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduced(a: Any, axis: Any = None) -> Any:
        return function(a) if axis is None else function(a, axis=_whole(axis, "an axis"))

    return reduced


def _norm(a: Any) -> Any:
    return abs(a) if np.ndim(a) == 0 else functions.norm(a)


_OWN: dict[str, Callable[..., Any]] = {
    "neg": np.negative,
    "Max": lambda *args: reduce(np.maximum, args),
    "Min": lambda *args: reduce(np.minimum, args),
    "norm": _norm,
    "sum": _reduction(np.sum),
    "mean": _reduction(np.mean),
    "prod": _reduction(np.prod),
    "arange": _arange,
    "linspace": _linspace,
    "zeros": lambda *shape: np.zeros(_lengths(*shape)),
    "ones": lambda *shape: np.ones(_lengths(*shape)),
    "Heaviside": functions.heaviside,
    "detach": functions.detach,
}


@cache
def meaning(name: str) -> Callable[..., Any]:
    """The NumPy function of a catalogue row, Variables included."""
    if name in _OWN:
        return _OWN[name]
    word = ROWS[name].numpy
    return getattr(np, word, None) or getattr(functions, word)  # type: ignore[no-any-return]
