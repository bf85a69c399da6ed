"""Variables: numbers and arrays that remember what made them.

    x = Variable(np.arange(4.0))
    y = 2 * np.dot(x, x); y.backward(); x.grad  # 4x

A Variable is one node of the computational graph: its value, the row of the rule table that made it and
its inputs. It implements NumPy's override protocols, so unchanged NumPy code records itself. There is no
global trace: the graph is only what its nodes refer to, and it is freed with the last reference to its
result.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from calcgrad.autodiff.composed import (
    COMPOSED,
    REDUCTIONS,
    accumulated,
    array_of,
    outer,
    reduced,
    reduced_at,
    truth,
)
from calcgrad.autodiff.escapes import refuse_escape
from calcgrad.autodiff.rules import COMPARISONS, FLAT, LOGICAL, REFUSED, RULES, Row, row
from calcgrad.errors import NotDifferentiable, UsageError

# Nodes are numbered in the order in which they are made, so a node's inputs always have smaller numbers
# and sorting by number is a topological order. The counter is the only thing that graphs share.
_numbers = count()
_new = object.__new__


# --- operators ----------------------------------------------------------------------------------------
def _binary(ufunc: np.ufunc, fast: Callable[[float, float], float]) -> tuple[Any, Any]:
    """The operator and its reflection; floats stay Python floats."""
    made_by = RULES[ufunc]

    def operator(self: Variable, other: Any) -> Any:
        x = self.value
        if type(x) is float:
            kind = type(other)
            try:
                if kind is Variable:
                    y = other.value
                    if type(y) is float:
                        return record(made_by, fast(x, y), (self, other))
                elif kind is float:
                    return record(made_by, fast(x, other), (self, other))
                elif kind is int:
                    other = float(other)
                    return record(made_by, fast(x, other), (self, other))
            except (ArithmeticError, ValueError):  # division by zero, where NumPy has inf and nan
                pass
        return _operate(made_by, self, other)

    def reflected(self: Variable, other: Any) -> Any:
        x = self.value
        kind = type(other)
        if type(x) is float and (kind is float or kind is int):
            other = float(other)
            try:
                return record(made_by, fast(other, x), (other, self))
            except (ArithmeticError, ValueError):
                pass
        return _operate(made_by, other, self)

    return operator, reflected


def _operate(made_by: Row, x: Any, y: Any) -> Any:
    if x is None or y is None or isinstance(x, str) or isinstance(y, str):
        raise TypeError(f"{made_by.name} needs numbers or arrays, not {x if x is None else y!r}")
    return compute(made_by, (x, y), None)


def _holds_nodes(x: Any) -> bool:
    return type(x) in (list, tuple) and any(type(part) is Variable or _holds_nodes(part) for part in x)


def _refuse_in_place(self: Variable, other: Any) -> NoReturn:
    raise TypeError("a Variable cannot be changed in place (its value is part of a graph); write x = x + ...")


def _unary(ufunc: np.ufunc) -> Callable[[Variable], Variable]:
    def operator(self: Variable) -> Any:
        return apply(ufunc, (self,))

    return operator


def _method(function: Any) -> Callable[..., Any]:
    def method(self: Variable, *args: Any, **kwargs: Any) -> Any:
        return call(function, (self, *args), kwargs)

    method.__doc__ = f"As numpy.{function.__name__}."
    return method


def _method_second(function: Any) -> Callable[..., Any]:
    """The array is the second argument of the function."""

    def method(self: Variable, first: Any, *args: Any, **kwargs: Any) -> Any:
        return call(function, (first, self, *args), kwargs)

    return method


def _refuse_change(self: Variable, *_: Any, **__: Any) -> NoReturn:
    _refuse_in_place(self, None)


def _axes_method(function: Any) -> Callable[..., Any]:
    """reshape and transpose take their axes as one tuple or one by one."""

    def method(self: Variable, *axes: Any, **kwargs: Any) -> Any:
        args = axes if len(axes) <= 1 else (axes,)
        return call(function, (self, *args), kwargs)

    return method


def _general_binary(ufunc: np.ufunc) -> tuple[Any, Any]:
    """The operator and its reflection, for operators that need no fast path."""

    def operator(self: Variable, other: Any) -> Any:
        return apply(ufunc, (self, other))

    def reflected(self: Variable, other: Any) -> Any:
        return apply(ufunc, (other, self))

    return operator, reflected


def _comparison(ufunc: np.ufunc, fast: Callable[[Any, Any], bool]) -> Callable[[Variable, Any], Any]:
    made_by = FLAT[ufunc]

    def compare(self: Variable, other: Any) -> Any:
        x = self.value
        y = other.value if type(other) is Variable else other
        if type(x) is float and (type(y) is float or type(y) is int) and x != y and self.row is None:
            return fast(x, y)
        if y is None or isinstance(y, str):
            return NotImplemented
        inputs = (self, other)
        return _compare(made_by, inputs, (x, y.record.value if type(y) is Condition else y))

    return compare


# --- the node -----------------------------------------------------------------------------------------


class Variable:
    """A float or an array whose uses are recorded.

    ``Variable(3)`` holds the Python float 3.0; integer arrays become float64, float32 stays float32.
    ``grad`` is None until ``backward`` and accumulates from then on until ``zero_grad``.
    """

    __slots__ = (
        "__weakref__",
        "decided",
        "grad",
        "inputs",
        "left",
        "name",
        "number",
        "params",
        "row",
        "stepped",
        "value",
    )

    value: Any
    grad: Any
    name: str | None
    row: Row | None
    inputs: tuple[Any, ...]
    params: dict[str, Any] | None
    number: int
    left: bool  # the graph, as a plain number: it, or what was made of it
    stepped: bool  # by the function of that name, once it has been asked
    decided: Any  # Python code has branched on a comparison of this value exactly at its boundary, or "chose" by one

    def __init__(self, value: Any, name: str | None = None) -> None:
        """Wrap a number or an array.

        Raises UsageError where the value has no floating-point meaning: text, objects, complex numbers.
        """
        if type(value) is not float:
            value = _floating(value)
        self.value = value
        self.grad = None
        self.name = name
        self.row = None
        self.inputs = ()
        self.params = None
        self.number = next(_numbers)
        self.decided = False

    # --- what it is -----------------------------------------------------------------------------------

    @property
    def operation(self) -> str | None:
        """The name of the function that made this node; None for a leaf."""
        return None if self.row is None else self.row.name

    @property
    def shape(self) -> tuple[int, ...]:
        return () if type(self.value) is float else self.value.shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def dtype(self) -> Any:
        return np.dtype(float) if type(self.value) is float else self.value.dtype

    @property
    def T(self) -> Variable:
        return call(np.transpose, (self,), {})  # type: ignore[no-any-return]

    @property
    def mT(self) -> Variable:
        return call(np.swapaxes, (self, -1, -2), {})  # type: ignore[no-any-return]

    @property
    def flat(self) -> Variable:
        """The elements in a row; unlike NumPy's it cannot be assigned to."""
        return call(np.ravel, (self,), {})  # type: ignore[no-any-return]

    def item(self, *index: int) -> Variable:
        """One element, still in the graph."""
        flat = self.flat
        if index:
            return self[index] if len(index) > 1 else flat[index[0]]
        if self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return flat[0]

    def tolist(self) -> Any:
        """Nested lists of numbers that are still in the graph."""
        return [row.tolist() for row in self] if self.shape else self

    def __repr__(self) -> str:
        name = "" if self.name is None else f", name={self.name!r}"
        return f"Variable({self.value!r}{name})"

    __hash__ = object.__hash__

    # --- derivatives ----------------------------------------------------------------------------------

    def backward(self, seed: Any = None) -> None:
        """Add the derivative of this result into the ``grad`` of every leaf that it depends on.

        ``seed`` is the adjoint of the result, of its shape; a scalar needs none. Raises UsageError for an
        array without a seed, NotDifferentiable and UndecidedError as ``gradient`` does; nothing is added
        then.
        """
        from calcgrad.autodiff.backward import gradient, leaves

        targets = leaves(self)
        for leaf, adjoint in zip(targets, gradient(self, seed, targets)):
            leaf.grad = adjoint if leaf.grad is None else leaf.grad + adjoint

    def zero_grad(self) -> None:
        """Forget the accumulated gradient, and the comparisons that were decided at a boundary."""
        self.grad = None
        self.decided = False

    def detach(self) -> Any:
        """The plain value, cut off from the graph."""
        return self.value

    # --- as a number, as a sequence -------------------------------------------------------------------

    def __float__(self) -> float:
        refuse_escape()
        _mark_left(self)
        return float(self.value)

    def __int__(self) -> int:
        if np.any(np.floor(self.value) == self.value):
            mark_decided(self)
        _mark_left(self)
        return int(self.value)

    def __round__(self, ndigits: int | None = None) -> Any:
        return call(np.round, (self, ndigits or 0), {})

    def __floor__(self) -> Any:
        return apply(np.floor, (self,))

    def __ceil__(self) -> Any:
        return apply(np.ceil, (self,))

    def __trunc__(self) -> Any:
        return apply(np.trunc, (self,))

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)

    def __bool__(self) -> bool:
        if np.any(np.equal(self.value, 0)):
            mark_decided(self)
        return bool(self.value)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a number has no length")
        return len(self.value)

    def __iter__(self) -> Iterator[Variable]:
        if not self.shape:
            raise TypeError("a number is not iterable")
        return (self[i] for i in range(len(self.value)))

    def __getitem__(self, index: Any) -> Variable:
        return _pick(self, index)

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError("a Variable cannot be changed in place (its value is part of a graph); use np.where")

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        if (
            sys._getframe(1).f_globals.get("__name__") == "numpy.ma.core"
        ):  # their operators ask no operand first
            require_plain(np.ma.MaskedArray)
        raise TypeError(
            "a Variable does not turn into a plain array by itself (its derivative would be lost); "
            "use np.stack to put Variables into an array, or .value or detach to leave the graph"
        )

    # --- operators ------------------------------------------------------------------------------------

    __add__, __radd__ = _binary(np.add, lambda x, y: x + y)
    __sub__, __rsub__ = _binary(np.subtract, lambda x, y: x - y)
    __mul__, __rmul__ = _binary(np.multiply, lambda x, y: x * y)
    __truediv__, __rtruediv__ = _binary(np.divide, lambda x, y: x / y)
    __pow__, __rpow__ = _binary(np.power, math.pow)
    __mod__, __rmod__ = _general_binary(np.remainder)
    __floordiv__, __rfloordiv__ = _general_binary(np.floor_divide)
    __matmul__, __rmatmul__ = _general_binary(np.matmul)
    __neg__ = _unary(np.negative)
    __pos__ = _unary(np.positive)
    __abs__ = _unary(np.absolute)
    __lt__ = _comparison(np.less, lambda x, y: x < y)
    __le__ = _comparison(np.less_equal, lambda x, y: x <= y)
    __gt__ = _comparison(np.greater, lambda x, y: x > y)
    __ge__ = _comparison(np.greater_equal, lambda x, y: x >= y)
    __eq__ = _comparison(np.equal, lambda x, y: x == y)
    __ne__ = _comparison(np.not_equal, lambda x, y: x != y)
    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ipow__ = _refuse_in_place
    __imod__ = __ifloordiv__ = __imatmul__ = _refuse_in_place

    # --- NumPy's methods ------------------------------------------------------------------------------

    sum = _method(np.sum)
    mean = _method(np.mean)
    prod = _method(np.prod)
    max = _method(np.max)
    min = _method(np.min)
    var = _method(np.var)
    std = _method(np.std)
    dot = _method(np.dot)
    cumsum = _method(np.cumsum)
    cumprod = _method(np.cumprod)
    clip = _method(np.clip)
    ravel = _method(np.ravel)
    flatten = _method(np.ravel)
    squeeze = _method(np.squeeze)
    swapaxes = _method(np.swapaxes)
    repeat = _method(np.repeat)
    take = _method(np.take)
    trace = _method(np.trace)
    diagonal = _method(np.diagonal)
    round = _method(np.round)
    copy = _method(np.copy)
    argmax = _method(np.argmax)
    argmin = _method(np.argmin)
    argsort = _method(np.argsort)
    argpartition = _method(np.argpartition)
    choose = _method(np.choose)
    all = _method(np.all)
    any = _method(np.any)
    nonzero = _method(np.nonzero)
    compress = _method_second(np.compress)
    searchsorted = _method(np.searchsorted)
    sort = partition = fill = put = itemset = resize = _refuse_change
    reshape = _axes_method(np.reshape)
    transpose = _axes_method(np.transpose)

    def astype(self, dtype: Any, *_: Any, **__: Any) -> Any:
        """The same numbers in another precision; as whole numbers or truths they are constants."""
        kind = np.dtype(dtype).kind
        if kind == "b":
            return apply(np.not_equal, (self, 0.0))
        if kind in "iu":
            if np.any(np.floor(self.value) == self.value):
                mark_decided(self)
            return np.asarray(self.value).astype(dtype)
        if kind == "c":
            return call(np.add, (self, np.zeros((), dtype)), {})
        return cast(self, dtype)

    def __copy__(self) -> Variable:
        return self.copy()  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: Any) -> Variable:
        """As of an array: the same numbers, and still in the graph."""
        return self.copy()  # type: ignore[no-any-return]

    def conj(self) -> Variable:
        return self

    conjugate = conj

    @property
    def real(self) -> Variable:
        return self

    @property
    def imag(self) -> Any:
        return np.zeros(self.shape, self.dtype)

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Any, Any]:
        return other // self, other % self

    # --- NumPy's protocols ----------------------------------------------------------------------------

    __array_priority__ = 1000.0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            return apply(ufunc, inputs)
        kwargs = {k: v for k, v in kwargs.items() if k == "axis" or (v is not None and k not in _HARMLESS)}
        if "out" in kwargs:
            raise TypeError(f"{ufunc.__name__}(out=...) would change an array in place; assign its result")
        if method == "__call__":
            dtype = kwargs.pop("dtype", None)
            if dtype is not None and ufunc in RULES:
                inputs = tuple(cast(x, dtype) for x in inputs)
            if ufunc in COMPOSED:
                return call(ufunc, inputs, kwargs)
            return refuse(ufunc.__name__, f"with {', '.join(kwargs)}=") if kwargs else apply(ufunc, inputs)
        function = _METHODS.get((ufunc, method))
        if function is not None:
            kwargs.setdefault("axis", 0)
            return call(function, inputs, kwargs)
        whole = ufunc in COMPARISONS or ufunc in _LOGICAL  # of truths: their elements are no longer Variables
        if (
            method not in _ANY_METHOD
            or ufunc.nin != 2
            or ufunc.nout != 1
            or ufunc.signature is not None
            or (whole and method != "outer")
        ):
            refuse(f"{ufunc.__name__}.{method}", _IN_PLACE if method == "at" else "")
        return call(_ANY_METHOD[method], (ufunc, *inputs), kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        require_plain(*types)
        return call(function, args, kwargs)


def _floating(value: Any) -> Any:
    """A Python float, or an array of floating-point numbers."""
    if isinstance(value, Variable):
        raise UsageError("this is a Variable already", hint="use it as it is, or detach it first")
    if isinstance(value, (bool, int, np.float64)):
        return float(value)
    require_plain(type(value))
    array = value if isinstance(value, (np.ndarray, np.floating)) else np.asarray(value)
    if array.dtype.kind in "biu":
        array = array.astype(float)
    elif array.dtype.kind != "f":
        raise UsageError(f"a Variable holds real numbers, not {array.dtype}")
    return float(array) if array.shape == () and array.dtype == np.float64 else array


def require_plain(*kinds: type) -> None:
    """Raise UsageError for an array of a kind with an arithmetic of its own: matrices, masked arrays."""
    for kind in kinds:
        if kind is not np.ndarray and issubclass(kind, np.ndarray) and not issubclass(kind, np.memmap):
            hint = (
                "its filled(...), or np.where with its mask"
                if hasattr(kind, "filled")
                else "np.asarray of it"
            )
            raise UsageError(
                f"a {kind.__name__} has an arithmetic of its own, which is not differentiated",
                hint=f"use {hint}",
            )


def refuse(function: str, detail: str = "") -> NoReturn:
    """Say which function has no derivative rule."""
    message = f"{function} {detail}".strip() + " has no derivative rule"
    raise NotDifferentiable(message, function=function, kind="no-rule")


# --- recording ----------------------------------------------------------------------------------------


def record(
    made_by: Row, value: Any, inputs: tuple[Any, ...], params: dict[str, Any] | None = None
) -> Variable:
    """One new node."""
    node = _new(Variable)
    node.value = value
    node.grad = None
    node.name = None
    node.row = made_by
    node.inputs = inputs
    node.params = params
    node.number = next(_numbers)
    node.decided = False
    return node


def mark_made_by_rule(c: Any, known: int) -> None:
    """Of nodes younger than that number: on a tie these comparisons choose any one of the branches' slopes."""
    stack = [c]
    while stack:
        node = stack.pop()
        if type(node) is Variable and node.number > known:
            if node.row is not None and node.row.function in COMPARISONS:
                node.decided = "rule"
            stack += node.inputs


def evaluate(made_by: Row, values: Sequence[Any], params: dict[str, Any] | None) -> Any:
    """The value of a row's function at plain values, silently; a float64 scalar is a Python float."""
    with np.errstate(all="ignore"):
        if made_by.variadic:
            value = made_by.function(tuple(values), **(params or {}))
        else:
            value = made_by.function(*values, **(params or {}))
    return plain(value)


def input_values(node: Variable) -> tuple[Any, ...]:
    """The plain values from which a node was made."""
    return tuple(x.value if type(x) is Variable else x for x in node.inputs)


def plain(value: Any) -> Any:
    """A double-precision number is a Python float; everything else stays what it is."""
    kind = type(value)
    if kind is np.float64 or (kind is np.ndarray and value.ndim == 0 and value.dtype == np.float64):
        return float(value)
    return value


def apply(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Any:
    """Call an elementwise function on Variables and values, and record it."""
    made_by = RULES.get(ufunc)
    if made_by is None:
        made_by = FLAT.get(ufunc)
        if made_by is None and ufunc in COMPOSED:
            return COMPOSED[ufunc](*inputs)
        if made_by is None:
            reason = REFUSED.get(ufunc)
            refuse(ufunc.__name__, f"({reason})" if reason else "")
        return _flat_call(made_by, inputs, None)
    scalar = made_by.scalar
    if scalar is not None:
        try:
            if len(inputs) == 1:
                value = inputs[0].value
                if type(value) is float:
                    return record(made_by, scalar(value), inputs)
            else:
                x, y = inputs
                if _is_complex(x) or _is_complex(y):
                    return _complex(made_by, inputs)
                x, y = inputs = _operands(inputs)
                x = x.value if type(x) is Variable else x
                y = y.value if type(y) is Variable else y
                if type(x) is float and type(y) is float:
                    return record(made_by, scalar(x, y), inputs)
        except (ArithmeticError, ValueError):  # a pole or an overflow, where NumPy has nan and inf
            pass
    return compute(made_by, inputs, None)


def compute(made_by: Row, inputs: Sequence[Any], params: dict[str, Any] | None) -> Any:
    """Evaluate a row on Variables and values, and record the node."""
    for x in inputs:
        if type(x) is not Variable and type(x) is not float and _is_complex(x):
            return _complex(made_by, tuple(inputs))
    inputs = _operands(inputs)
    values = [x.value if type(x) is Variable else x for x in inputs]
    return record(made_by, evaluate(made_by, values, params), inputs, params)


def _operands(inputs: Sequence[Any]) -> tuple[Any, ...]:
    """Inputs as nodes hold them. NumPy's own doubles make a single-precision result double, floats do not."""
    found = tuple(_operand(x) for x in inputs)
    if any(type(x) is np.float64 for x in inputs) and not all(
        x.dtype == float for x in found if type(x) is Variable
    ):
        return tuple(np.asarray(x) if type(x) is np.float64 else y for x, y in zip(inputs, found))
    return found


def _is_complex(x: Any) -> bool:
    return type(x) is complex or getattr(getattr(x, "dtype", None), "kind", "") == "c"


def _complex(made_by: Row, inputs: tuple[Any, ...]) -> Any:
    """Arithmetic with complex numbers makes pairs of Variables; everything else is refused."""
    from calcgrad.autodiff.fourier import arithmetic

    if not isinstance(made_by.function, np.ufunc):
        refuse(made_by.name, "of complex numbers")
    return arithmetic(made_by.function, inputs)


def _operand(x: Any) -> Any:
    """Constants are floats or arrays; a condition on its boundary is a node."""
    kind = type(x)
    if kind is Variable or kind is float or kind is np.ndarray or kind is bool or x is None:
        return x
    if kind is int or kind is np.float64:
        return float(x)
    if kind is Condition:
        return x.record
    require_plain(kind)
    return _stacked(x) if kind is list or kind is tuple else np.asarray(x)


def _stacked(x: Any) -> Any:
    """Nested lists of numbers as one array; recorded if there are Variables among them."""
    if type(x) not in (list, tuple):
        return x
    parts = [_stacked(part) for part in x]
    return np.stack(parts) if any(type(part) is Variable for part in parts) else np.asarray(parts)


def _flat_call(made_by: Row, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Any:
    """A function whose derivative is zero: its plain value, but no jump is forgotten."""
    args = tuple(array_of(x) if _holds_nodes(x) else x for x in args)
    inputs = tuple(_operand(x) if _is_node(x) else x for x in args)
    values = tuple(x.value if type(x) is Variable else x for x in inputs)
    if made_by.function in COMPARISONS:
        return _compare(made_by, inputs, values)
    if made_by.function in _LOGICAL:
        args = tuple(truth(x) for x in args)
        if any(type(x) is Condition for x in args):
            return Condition(compute(made_by, args, None))
        return made_by.function(*args, **(kwargs or {}))
    if made_by.jump is not None:
        return compute(made_by, args, None)
    if made_by.function in _CHOICES:
        for x in inputs:
            if type(x) is Variable and _has_ties(made_by.function, x.value):
                choice = _choice(made_by, args, kwargs or {})
                if choice is not None:
                    return choice
                mark_decided(x)
    elif made_by.function in _TRUTHS:
        for x, given in zip(inputs, args):
            if type(given) is Condition or (type(x) is Variable and np.any(np.equal(x.value, 0))):
                mark_decided(x)
    with np.errstate(all="ignore"):
        found = made_by.function(*_deep(values), **{k: _deep(v) for k, v in (kwargs or {}).items()})
        step = _STEPS.get(made_by.function) if len(args) < 2 or args[0] is not args[1] else None
        if step and np.any(step(found, *_deep(values), **{k: _deep(v) for k, v in (kwargs or {}).items()})):
            for x in _nodes_in((*args, *(kwargs or {}).values())):
                mark_decided(x)
    return found


_LOGICAL = (*LOGICAL, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert)
# They take their arguments for truth values; a zero is at the boundary.
_TRUTHS = (np.all, np.any, np.nonzero, np.flatnonzero, np.argwhere, np.count_nonzero)
# Where, of their result and arguments, the result may be another just beside.
_STEPS: dict[Any, Callable[..., Any]] = {
    np.signbit: lambda found, x: np.equal(x, 0),
    np.searchsorted: lambda found, a, v, side="left", sorter=None: np.isin(v, a),
    np.digitize: lambda found, x, bins, right=False: np.isin(x, bins),
    np.isclose: lambda found, *args, **kwargs: _just_close(*args, **kwargs),
    np.allclose: lambda found, *args, **kwargs: _just_close(*args, **kwargs),
    np.array_equal: lambda found, *args, **kwargs: found,
    np.array_equiv: lambda found, *args, **kwargs: found,
    np.lexsort: lambda found, keys, axis=-1: _has_ties(np.lexsort, keys[-1]),
    np.linalg.matrix_rank: lambda found, A, *_, **__: (
        found < (min(np.shape(A)[-2:]) if np.ndim(A) > 1 else 1)
    ),
}


def _just_close(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    return np.equal(np.abs(np.subtract(a, b)), atol + rtol * np.abs(b))


def _nodes_in(x: Any) -> Iterator[Variable]:
    if _is_node(x):
        yield x.record if type(x) is Condition else x
    elif type(x) in (tuple, list):
        for part in x:
            yield from _nodes_in(part)


# Their result is a choice among elements; where two are equal the choice is at its boundary.
_CHOICES = (np.argmax, np.argmin, np.argsort, np.argpartition, np.searchsorted, np.nanargmax, np.nanargmin)


def _choice(made_by: Row, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Choice | None:
    """The places of elements of one Variable, among which are equals; None for other arguments."""
    if made_by.function not in SELECTIONS:
        return None
    params = {
        k: v
        for k, v in _named(made_by.function, args, kwargs).items()
        if v is not None and v is not _NO_VALUE
    }
    a = params.pop("a")
    if (
        type(a) is not Variable
        or params.keys() - {"axis", "kth", "kind", "stable"}
        or any(map(_is_node, params.values()))
    ):
        return None
    return Choice(record(made_by, made_by.function(a.value, **params), (a,), params))


# Which elements are meant is their result; SELECTIONS' gives those elements where the array is indexed by it.
SELECTIONS: dict[Any, Callable[..., Any]] = {
    np.argsort: lambda a, kind=None, stable=None, **params: np.sort(a, **params),
    np.argpartition: lambda a, **params: np.partition(a, **params),
    np.argmax: lambda a, **params: np.max(a, **params),
    np.argmin: lambda a, **params: np.min(a, **params),
}


def _has_ties(function: Any, value: Any) -> bool:
    flat_value = np.ravel(value)
    if function in (np.argmax, np.argmin):
        extreme = flat_value.max() if function is np.argmax else flat_value.min()
        return bool(np.count_nonzero(flat_value == extreme) > 1)
    return bool(np.any(np.diff(np.sort(flat_value)) == 0))


def _is_node(x: Any) -> bool:
    return type(x) is Variable or type(x) is Condition


def _deep(x: Any) -> Any:
    """The plain value of an argument that may be a Variable or hold some."""
    if type(x) is Variable:
        return x.value
    if type(x) is Condition:
        return x.record.value
    if type(x) is Choice:
        return x.truth
    if type(x) in (tuple, list):
        return type(x)(_deep(item) for item in x)
    return x


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call any NumPy function on arguments among which are Variables, and record it."""
    if function is np.where and not kwargs:
        if len(args) == 1:
            function = np.nonzero
        else:
            args = (truth(args[0]), *args[1:])
    composed = COMPOSED.get(function)
    if composed is not None or function in _ANY_METHOD.values():
        composed = composed or function
        if kwargs:
            kwargs = {k: v for k, v in kwargs.items() if v is not _NO_VALUE}
            if not args:
                args, kwargs = _by_place(function, kwargs)
        if function not in _OF_SEQUENCES:
            args = tuple(array_of(x) if _holds_nodes(x) else x for x in args)
            kwargs = {k: array_of(x) if _holds_nodes(x) else x for k, x in kwargs.items()}
        try:
            return composed(*args, **kwargs)
        except TypeError:
            _require_arguments(function, composed, args, kwargs)
            raise
    made_by = RULES.get(function)
    if made_by is None:
        made_by = FLAT.get(function)
        if made_by is None:
            refuse(function.__name__, _IN_PLACE if function in _CHANGES else "")
        if not args:
            args, kwargs = _by_place(function, kwargs)
        return _flat_call(made_by, args, kwargs)
    if made_by.elementwise and isinstance(function, np.ufunc):
        return apply(function, args)
    if len(args) > len(made_by.names):
        args, kwargs = (), _named(function, args, kwargs)
    bound: dict[str, Any] = dict(zip(made_by.names, args, strict=False))
    renamed = _RENAMED.get(function, {})
    bound.update({renamed.get(k, k): v for k, v in kwargs.items()})
    known = set(made_by.names) - {"dtype", "out_"}
    bound = {
        k: v
        for k, v in bound.items()
        if v is not _NO_VALUE and (k in known or (v is not None and k not in _HARMLESS))
    }
    unknown = bound.keys() - known
    if unknown and unknown <= {"dtype", "initial", "where"} and function in REDUCTIONS:
        return REDUCTIONS[function](bound)
    if unknown == {"dtype"} and function in (np.cumsum, np.cumprod):
        return call(function, (cast(bound.pop("a"), bound.pop("dtype")),), bound)
    if unknown == {"dtype"} and made_by.variadic:
        dtype = bound.pop("dtype")
        return call(function, (tuple(cast(x, dtype) for x in bound.pop("arrays")),), bound)
    if unknown:
        refuse(made_by.name, f"with {', '.join(sorted(unknown))}=")
    if made_by.variadic:
        arrays = bound.pop("arrays")
        inputs = tuple(array_of(x) if _holds_nodes(x) else x for x in arrays)
    else:
        inputs = tuple(bound.pop(name, None) for name in made_by.names[: len(made_by.rules)])
    return compute(made_by, inputs, bound or None)


def _by_place(function: Any, kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments by place, as far as they can be: NumPy's names for them need not be ours."""
    from inspect import signature

    bound = signature(function).bind(**kwargs)
    return bound.args, bound.kwargs


def _named(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """All arguments by name."""
    from inspect import signature

    return dict(signature(function).bind(*args, **kwargs).arguments)


def _require_arguments(function: Any, definition: Any, args: Any, kwargs: Any) -> None:
    """Refuse by name what a definition does not take."""
    from inspect import signature

    try:
        signature(definition).bind(*args, **kwargs)
    except TypeError:
        given = ", ".join(f"{name}=" for name in kwargs) or f"{len(args)} arguments"
        methods = {each: name for name, each in _ANY_METHOD.items()}
        name = f"{args[0].__name__}.{methods[function]}" if function in methods else function.__name__
        refuse(name, f"with {given}")


_NO_VALUE = getattr(np, "_NoValue", None)
# Arguments that change how something is computed or stored, and no value.
_HARMLESS = {"copy", "subok", "kind", "stable", "casting", "overwrite_input", "optimize"}
_RENAMED: dict[Any, dict[str, str]] = {np.clip: {"min": "a_min", "max": "a_max"}}
# A list given to these is several arrays, to others one.
_OF_SEQUENCES = {
    np.block, np.choose, np.column_stack, np.dstack, np.hstack, np.linalg.multi_dot, np.piecewise, np.select, np.vstack,
}  # fmt: skip
_IN_PLACE = "(it changes an array in place: use where, or stack)"
_CHANGES = {np.copyto, np.put, np.putmask, np.place, np.fill_diagonal, np.put_along_axis}

_ANY_METHOD = {"reduce": reduced, "accumulate": accumulated, "outer": outer, "reduceat": reduced_at}
_METHODS: dict[tuple[np.ufunc, str], Any] = {
    (np.add, "reduce"): np.sum,
    (np.multiply, "reduce"): np.prod,
    (np.maximum, "reduce"): np.max,
    (np.minimum, "reduce"): np.min,
    (np.add, "accumulate"): np.cumsum,
    (np.multiply, "accumulate"): np.cumprod,
    (np.logical_and, "reduce"): np.all,
    (np.logical_or, "reduce"): np.any,
}

# --- precision ----------------------------------------------------------------------------------------


def astype(x: Any, dtype: Any) -> Any:
    """x in another floating-point precision."""
    return np.asarray(x).astype(dtype)[()]


CAST = row(astype, lambda g, out, x, dtype: g, elementwise=True, scalar=None)


def cast(x: Any, dtype: Any) -> Any:
    """The same for what may be a Variable. Other types than floating-point ones have no derivative."""
    if type(x) is not Variable:
        return np.asarray(x).astype(dtype)
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        refuse("astype", f"to {dtype}")
    return x if dtype == x.dtype else compute(CAST, (x,), {"dtype": dtype})


# --- indexing -----------------------------------------------------------------------------------------


def pick(a: Any, boundary: Any, index: Any) -> Any:
    """a[index], where ``boundary`` is the condition that a boolean index met at its boundary, if any."""
    return (np.asarray(a) if type(a) is float else a)[index]


def scatter(g: Any, shape: tuple[int, ...], index: Any) -> Any:
    """The adjoint of indexing: zeros of that shape with g added at the index, repeats and all."""
    if type(g) is Variable:
        return compute(SCATTER, (g,), {"shape": shape, "index": index})
    result = np.zeros(shape, dtype=np.result_type(g))
    add_at(result, index, g)
    return result


def add_at(buffer: Any, index: Any, g: Any) -> None:
    """buffer[index] += g, counting every occurrence of a repeated index."""
    if is_basic(index):
        buffer[index] += g
    else:
        np.add.at(buffer, index, g)


def is_basic(index: Any) -> bool:
    """Is this an index that no element can be met by twice: whole numbers, slices, None and dots?"""
    parts = index if type(index) is tuple else (index,)
    return all(
        (isinstance(part, (int, np.integer, slice)) and type(part) is not bool)
        or part is None
        or part is Ellipsis
        for part in parts
    )


PICK = row(
    pick,
    lambda g, out, a, boundary, index: scatter(g, np.shape(a), index),
    None,
    name="indexing",
    linear="jointly",
    selects=True,
)
SCATTER = row(
    scatter,
    lambda g, out, a, shape, index: g[index],
    name="scatter",
    linear="jointly",
    selects=True,
)


def _pick(x: Variable, index: Any) -> Variable:
    value = x.value
    if type(value) is float:
        value = np.float64(value)
    if type(index) is int:
        picked = value[index]
        boundary = None
    else:
        chosen = index.of(x) if type(index) is Choice else None
        if chosen is not None:
            return chosen  # type: ignore[no-any-return]
        parts = index if type(index) is tuple else (index,)
        met = [part for part in parts if _is_node(part) or type(part) is Choice]
        boundary = None if not met else met[0] if type(met[0]) is Variable else met[0].record
        if len(met) > 1:
            for part in met[1:]:
                mark_decided(part if type(part) is Variable else part.record)
        index = (
            index.record.value
            if type(index) is Choice
            else _deep(
                tuple(part.record.value if type(part) is Choice else part for part in index)
                if met and type(index) is tuple
                else index
            )
        )
        picked = value[index]
    node = record(PICK, plain(picked), (x, boundary), {"index": index})
    node.decided = boundary is not None and "chose"  # which elements there are was decided on the boundary
    return node


# --- comparisons --------------------------------------------------------------------------------------


class Condition(NDArrayOperatorsMixin):
    """A truth value, or an array of them, of a comparison that some element met exactly at its boundary.

    NumPy's functions and operators take it as an ordinary boolean array, but ``record`` keeps the comparison
    in the graph: ``where(x > 0, x, 0)`` at x = 0 has two one-sided derivatives, and only the comparison
    knows. Whatever else is done with it (an ``if``, indexing a plain array) is done with the plain truth,
    and remembered as a decision that was taken on the boundary. Away from it comparisons are plain booleans.
    """

    __slots__ = ("record",)
    __array_priority__ = 1000.0
    __hash__ = object.__hash__

    def __init__(self, record: Variable) -> None:
        self.record = record

    @property
    def shape(self) -> tuple[int, ...]:
        return self.record.shape

    @property
    def ndim(self) -> int:
        return self.record.ndim

    @property
    def size(self) -> int:
        return self.record.size

    @property
    def dtype(self) -> Any:
        return np.dtype(bool)

    @property
    def truth(self) -> Any:
        """The plain truth; from here on nobody knows that it came from a boundary."""
        mark_decided(self.record)
        return np.asarray(self.record.value)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.truth, dtype)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not hasattr(np.ndarray, name):
            raise AttributeError(name)
        return getattr(self.truth, name)

    def __repr__(self) -> str:
        return f"Condition({self.record.value!r})"

    def __bool__(self) -> bool:
        return bool(self.truth)

    def __int__(self) -> int:
        return int(self.truth)

    __index__ = __int__

    def __float__(self) -> float:
        return float(self.truth)

    def __len__(self) -> int:
        return len(self.record)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return self.record.__array_ufunc__(ufunc, method, *inputs, **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return call(function, args, kwargs)

    def __getitem__(self, index: Any) -> Any:
        return Condition(_pick(self.record, index))


class Choice(Condition):
    """The places of the largest, or of all in their order, where some are equal: ``x[np.argsort(x)[-2:]]``.

    The array itself, indexed by it, is its sorted elements, and another Variable remembers what it was indexed
    by. Whatever else is done with it is done with plain whole numbers, a decision that was taken at a tie.
    """

    __slots__ = ("picked",)

    def __init__(self, record: Variable, picked: tuple[Any, ...] = ()) -> None:
        self.record = record
        self.picked = picked  # the indices that led to these places, one after the other

    @property
    def dtype(self) -> Any:
        return self.record.dtype

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return getattr(ufunc, method)(*(x.truth if type(x) is Choice else x for x in inputs), **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function(*map(_deep, args), **{k: _deep(v) for k, v in kwargs.items()})

    def __getitem__(self, index: Any) -> Any:
        if _is_node(index) or type(index) is Choice:
            return self.truth[index]
        return Choice(_pick(self.record, index), (*self.picked, index))

    def of(self, x: Variable) -> Any:
        """The elements themselves, if this is a choice among those of x, in a row."""
        made = self.record
        for _ in self.picked:
            made = made.inputs[0]
        if made.inputs[0] is not x or x.ndim != 1 or made.row is None:
            return None
        elements = SELECTIONS[made.row.function](x, **(made.params or {}))
        for index in self.picked:
            elements = elements[index]
        return elements


def mark_decided(node: Variable) -> None:
    """Remember on a value, and on all that it was made of, that Python code has branched on it."""
    stack = [node]
    while stack:
        node = stack.pop()
        if node.decided is not True:
            node.decided = True
            stack += [x for x in node.inputs if type(x) is Variable]


def require_kept(f: str, variables: Iterable[Variable]) -> None:
    """Raise if f's constant result may be one because a Variable was turned into a plain number on its way."""
    if any(hasattr(v, "left") for v in variables):
        raise NotDifferentiable(
            f"{f} took its argument out of the graph as a plain number: the derivative is lost",
            kind="no-rule",
            hint="do without float() and int(), or use detach to mean a constant",
        )


def _mark_left(node: Variable) -> None:
    """Remember on a value, and on all that it was made of, that Python has it as a plain number."""
    stack = [node]
    while stack:
        node = stack.pop()
        if not hasattr(node, "left"):
            node.left = True
            stack += [x for x in node.inputs if type(x) is Variable]


def _compare(made_by: Row, inputs: tuple[Any, ...], values: tuple[Any, ...]) -> Any:
    """A plain truth value, or a Condition where it is exactly on its boundary."""
    x, y = values
    with np.errstate(all="ignore"):
        truth = made_by.function(x, y)
        touches = np.any(np.equal(x, y)) or any(stepped(v) for v in inputs)
    if touches and inputs[0] is not inputs[1]:
        return Condition(record(made_by, truth, tuple(_operand(v) for v in inputs)))
    return bool(truth) if np.ndim(truth) == 0 else truth


def at_kink(node: Variable) -> bool:
    """Is some element of this node at a corner, a jump or an edge of its function?"""
    row = node.row
    if row is None or (row.corner is None and row.jump is None and row.edge is None):
        return False
    values = input_values(node)
    for predicate, given in ((row.corner, values), (row.jump, values), (row.edge, node.inputs)):
        if predicate is not None:
            met = predicate(*given, **(node.params or {}))
            if met is True or (met is not False and np.any(met)):
                return True
    return False


def stepped(x: Any) -> bool:
    """Is x made of a step function that is exactly at its step? Each node is asked once."""
    if type(x) is not Variable:
        return False
    stack = [x]
    while stack:
        node = stack[-1]
        if hasattr(node, "stepped"):
            stack.pop()
            continue
        unknown = [v for v in node.inputs if type(v) is Variable and not hasattr(v, "stepped")]
        if unknown:
            stack += unknown
            continue
        inputs = (v for v in node.inputs if type(v) is Variable)
        node.stepped = _at_jump(node) or any(v.stepped for v in inputs)
        stack.pop()
    return x.stepped


def _at_jump(node: Variable) -> bool:
    if node.row is None or node.row.jump is None:
        return False
    return bool(np.any(node.row.jump(*input_values(node), **(node.params or {}))))
