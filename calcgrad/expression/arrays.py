"""Arrays of expressions: array words written out as scalar ones, for engines that know only numbers.

    scalarize(parse("dot([x,1],[x,2])").node)       # the tree of x*x + 1*2

NumPy's object arrays carry the elements, so shapes and broadcasting are NumPy's own; NumPy is loaded only
where an expression holds an array.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from calcgrad.errors import CalcgradError, TooLarge, UsageError
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.tree import (
    NONE,
    Call,
    Index,
    List,
    Name,
    Node,
    Number,
    fold,
    postorder,
    rational,
    rebuild,
)

MAX_ELEMENTS = 1_000  # symbols written out one by one


def has_arrays(root: Node) -> bool:
    return any(
        isinstance(node, List | Index)
        or (isinstance(node, Call) and node.function in ROWS and ROWS[node.function].array)
        for node in postorder(root)
    )


def scalarize(root: Node) -> Node:
    """``root`` without lists, indices and array words. Raises UsageError if the result is an array."""
    if not has_arrays(root):
        return root
    result = elements(root)
    if hasattr(result, "shape"):
        raise UsageError(
            f"one number is needed here, not an array of shape {result.shape}",
            hint="[ ] makes a list; write ( ) to group"
            if result.size == 1
            else "take an element, or sum(...); grad --jacobian differentiates arrays",
            code="not-scalar",
        )
    return result  # type: ignore[no-any-return]


def elements(root: Node) -> Any:
    """``root`` as a scalar tree, or as an object array of scalar trees."""
    import numpy as np

    def step(node: Node, parts: list[Any]) -> Any:
        try:
            return _step(np, node, parts)
        except CalcgradError:
            raise
        except (ValueError, IndexError, TypeError) as error:
            name = node.function if isinstance(node, Call) else "this array"
            raise UsageError(f"{name}: {error}", hint="check the shapes", code="shape") from None

    return fold(root, step)


def constant(root: Node) -> Fraction | None:
    """The rational value of a tree of small rational arithmetic; None for anything else."""
    return fold(root, _rational_step)


def _rational_step(node: Node, parts: list[Fraction | None]) -> Fraction | None:
    if isinstance(node, Number):
        return Fraction(node.value)
    if not isinstance(node, Call) or any(part is None for part in parts):
        return None
    known = [part for part in parts if part is not None]
    match node.function, known:
        case "neg", [a]:
            return -a
        case "+", [a, b]:
            return a + b
        case "-", [a, b]:
            return a - b
        case "*", [a, b]:
            return a * b
        case "/", [a, b] if b:
            return a / b
        case "**", [a, b] if b.denominator == 1 and abs(b) <= 64 and (a or b >= 0):
            return a**b.numerator if abs(a.numerator) + a.denominator < 2**64 else None
    return None


def _step(np: Any, node: Node, parts: list[Any]) -> Any:
    if isinstance(node, List):
        if not parts:
            return np.empty(0, dtype=object)
        shapes = {getattr(part, "shape", ()) for part in parts}
        if len(shapes) > 1:
            raise UsageError("the rows of a list differ in length", hint="make them equal", code="shape")
        _limit(sum(getattr(part, "size", 1) for part in parts))
        return np.stack(parts) if shapes != {()} else _array(np, parts)
    if isinstance(node, Index):
        key = tuple(_key(item, part) for item, part in zip(node.items, parts[1:], strict=True))
        if not hasattr(parts[0], "shape"):
            raise UsageError(
                "a number has no elements to index",
                hint="--at x=[1,2] in grad makes it an array",
                code="shape",
            )
        return _unwrap(parts[0][key])
    if not isinstance(node, Call):
        return node
    if node.function == "slice":
        return node
    if node.function in _ARRAY_WORDS:
        return _unwrap(_ARRAY_WORDS[node.function](np, *parts))
    if any(hasattr(part, "shape") for part in parts):
        wrapped = np.frompyfunc(lambda *args: Call(node.function, args), len(parts), 1)
        return _unwrap(wrapped(*parts))
    return rebuild(node, tuple(parts))


def _array(np: Any, items: list[Node]) -> Any:
    """A vector of nodes (numpy.array would try to look inside them)."""
    _limit(len(items))
    result = np.empty(len(items), dtype=object)
    result[:] = items
    return result


def _limit(count: int) -> None:
    if count > MAX_ELEMENTS:
        raise TooLarge(
            f"an array of {count} elements is too large to write out", hint="grad computes with arrays"
        )


def _unwrap(value: Any) -> Any:
    return (
        value
        if getattr(value, "shape", None) != () or isinstance(value, Call | Number | Name | List | Index)
        else value.item()
    )


def _whole(node: Any, what: str) -> int:
    value = None if hasattr(node, "shape") else constant(node)
    if value is None or value.denominator != 1:
        raise UsageError(f"{what} must be a whole number", hint="such as 0", code="shape")
    return int(value)


def _key(item: Node, part: Any) -> Any:
    if isinstance(item, Call) and item.function == "slice":
        return slice(*(None if each is NONE else _whole(each, "an index") for each in item.args))
    return _whole(part, "an index")


def _add(a: Node, b: Node) -> Node:
    return Call("+", (a, b))


def _mul(a: Node, b: Node) -> Node:
    return Call("*", (a, b))


def _reduce(np: Any, combine: Callable[[Node, Node], Node], empty: Node, a: Any, axis: Any = None) -> Any:
    if not hasattr(a, "shape"):
        return a
    if axis is None:
        a, along = a.reshape(-1), 0
    else:
        along = _whole(axis, "an axis")
    if a.shape[along] == 0:
        shape = a.shape[:along] + a.shape[along + 1 :]
        return np.full(shape, empty, dtype=object) if shape else empty
    return np.frompyfunc(combine, 2, 1).reduce(a, axis=along)


def _sum(np: Any, a: Any, axis: Any = None) -> Any:
    return _reduce(np, _add, Number(0), a, axis)


def _mean(np: Any, a: Any, axis: Any = None) -> Any:
    if not hasattr(a, "shape"):
        return a
    count = a.size if axis is None else a.shape[_whole(axis, "an axis")]
    if count == 0:
        raise UsageError("the mean of no elements is not defined", code="shape")
    return np.frompyfunc(lambda each: Call("/", (each, Number(count))), 1, 1)(_sum(np, a, axis))


def _flat(a: Any) -> list[Node]:
    return list(a.reshape(-1)) if hasattr(a, "shape") else [a]


def _norm(np: Any, a: Any) -> Any:
    items = _flat(a)
    if len(items) == 1:
        return Call("abs", (items[0],))
    squares = [Call("**", (each, Number(2))) for each in items]
    return Call("sqrt", (_sum(np, _array(np, list(squares))),))


def _extreme(name: str) -> Callable[..., Any]:
    def extreme(np: Any, a: Any) -> Any:
        items = _flat(a)
        if not items:
            raise UsageError(f"the {name.lower()} of no elements is not defined", code="shape")
        return items[0] if len(items) == 1 else Call(name, tuple(items))

    return extreme


def _product(np: Any, a: Any, b: Any) -> Any:
    if not (hasattr(a, "shape") and hasattr(b, "shape")):
        return np.frompyfunc(_mul, 2, 1)(a, b)
    if a.ndim and b.ndim and a.shape[-1] != b.shape[max(b.ndim - 2, 0)]:
        raise UsageError(
            f"shapes {a.shape} and {b.shape} do not fit", hint="the inner lengths must agree", code="shape"
        )
    right = b if b.ndim == 1 else np.moveaxis(b, -2, -1)
    if a.shape[-1] == 0:
        return np.full(a.shape[:-1] + right.shape[:-1], Number(0), dtype=object)
    terms = np.frompyfunc(_mul, 2, 1)(a.reshape(a.shape[:-1] + (1,) * (right.ndim - 1) + a.shape[-1:]), right)
    return np.frompyfunc(_add, 2, 1).reduce(terms, axis=-1)


def _matmul(np: Any, a: Any, b: Any) -> Any:
    if not (hasattr(a, "shape") and hasattr(b, "shape")):
        raise UsageError("@ takes arrays", hint="write * for a product of numbers", code="shape")
    return _product(np, a, b)


def _logsumexp(np: Any, a: Any) -> Any:
    terms = [Call("exp", (each,)) for each in _flat(a)]
    return Call("log", (_sum(np, _array(np, list(terms))),))


def _softmax(np: Any, a: Any) -> Any:
    bottom = _sum(np, _array(np, [Call("exp", (each,)) for each in _flat(a)]))
    return np.frompyfunc(lambda each: Call("/", (Call("exp", (each,)), bottom)), 1, 1)(a)


def _arange(np: Any, *args: Node) -> Any:
    values = [constant(arg) if not hasattr(arg, "shape") else None for arg in args]
    if any(value is None for value in values):
        raise UsageError("arange needs plain numbers here", code="shape")
    start, stop, step = (
        (Fraction(0), values[0], Fraction(1)) if len(values) == 1 else (*values, Fraction(1))[:3]
    )
    assert start is not None and stop is not None and step is not None
    if step == 0:
        raise UsageError("arange needs a step that is not 0", code="shape")
    count = max(0, -((start - stop) // step))
    _limit(count)
    return _array(np, [rational(start + i * step) for i in range(count)])


def _linspace(np: Any, start: Node, stop: Node, num: Node | None = None) -> Any:
    count = 50 if num is None else _whole(num, "the number of points")
    _limit(count)
    first, last = constant(start), constant(stop)
    if first is None or last is None or count < 0:
        raise UsageError("linspace needs plain numbers here", code="shape")
    return _array(
        np, [rational(first + (last - first) * Fraction(i, max(count - 1, 1))) for i in range(count)]
    )


def _filled(value: int) -> Callable[..., Any]:
    def filled(np: Any, *shape: Any) -> Any:
        sizes = _flat(shape[0]) if len(shape) == 1 else list(shape)
        lengths = [_whole(size, "a length") for size in sizes]
        if any(length < 0 for length in lengths):
            raise UsageError("a length cannot be negative", code="shape")
        count = 1
        for length in lengths:
            count *= length
        if count > MAX_ELEMENTS:
            raise TooLarge(
                f"an array of {count} elements is too large to write out", hint="grad computes with arrays"
            )
        return np.full(lengths, Number(value), dtype=object)

    return filled


_ARRAY_WORDS: dict[str, Callable[..., Any]] = {
    "sum": _sum,
    "mean": _mean,
    "prod": lambda np, a, axis=None: _reduce(np, _mul, Number(1), a, axis),
    "norm": _norm,
    "max": _extreme("Max"),
    "min": _extreme("Min"),
    "dot": _product,
    "@": _matmul,
    "transpose": lambda np, a: np.transpose(a) if hasattr(a, "shape") else a,
    "logsumexp": _logsumexp,
    "softmax": _softmax,
    "arange": _arange,
    "linspace": _linspace,
    "zeros": _filled(0),
    "ones": _filled(1),
}
