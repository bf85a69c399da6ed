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
import os
import sys
from collections.abc import Callable, Iterator
from itertools import count
from types import SimpleNamespace
from typing import Any, NoReturn
from weakref import ref

import numpy as np

from calcgrad.autodiff.constants import Seen, kept, watched
from calcgrad.autodiff.rules import COMPARISONS, FLAT, RULES, Row
from calcgrad.errors import NotDifferentiable, UsageError

# Nodes are numbered in the order in which they are made, so a node's inputs always have smaller numbers
# and sorting by number is a topological order. The counter is the only thing that graphs share.
numbers = count()
_new = object.__new__
# What modules above do for a Variable, entered by them: dispatch, indexing, complex numbers, the walk back.
ABOVE = SimpleNamespace()
# The Variables that were changed in place, by their numbers, as long as somebody has them.
CHANGED: dict[int, Any] = {}
# Those whose elements, and how many there are, a condition chose that is exactly at its boundary.
CHOSEN: dict[int, Any] = {}
# The modules that walk over a graph.
_WALKS = frozenset(
    ["backward", "cells", "checkpoints", "forward", "germs", "kinks", "motion", "rows", "sides", "walk"]
)


# --- operators ----------------------------------------------------------------------------------------
def _binary(ufunc: np.ufunc, fast: Callable[[float, float], float]) -> tuple[Any, Any]:
    """The operator and its reflection; floats stay Python floats."""
    made_by = RULES[ufunc]

    def operator(self: Variable, other: Any) -> Any:
        x = self.value
        kind = type(other)
        if type(x) is float:
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
        if kind is Variable or kind is float:
            return ABOVE.compute(made_by, (self, other), None)
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
    return ABOVE.compute(made_by, (x, y), None)


def _refuse_in_place(self: Variable, other: Any) -> NoReturn:
    raise TypeError("a Variable cannot be changed in place (its value is part of a graph); write x = x + ...")


def _augmented(operator: Callable[[Variable, Any], Any]) -> Callable[[Variable, Any], Any]:
    """``p /= p.sum()`` binds the name p anew, to a new node.

    Of a number it does that in Python anyway. An array changes for all who have it: so it must be a result of its own
    that is not seen through another Variable, such as a slice, and who still has the old one may not use it.
    """

    def change(self: Variable, other: Any) -> Any:
        if type(self.value) is not np.ndarray:
            return NotImplemented
        lifted = self.row is None or self.row.function is np.positive  # the argument is the caller's
        if lifted or self.value.base is not None or _references(self) > _ALONE:
            _refuse_in_place(self, other)
        made = operator(self, other)
        if type(made) is not Variable or made.shape != self.shape:
            _refuse_in_place(self, other)
        remember(self, CHANGED)
        return ABOVE.cast(made, self.dtype)

    return change


def require_current(*given: Any) -> None:
    """Raise TypeError for a Variable that was changed in place, by a name that it has no longer."""
    for x in given:
        if type(x) is Variable and x.number in CHANGED and not _is_walked():
            raise TypeError(
                "an array that was changed in place by one name was used by another, which does not see the change; "
                "write x = x + ... instead of x += ..., or change a copy"
            )


def _is_walked() -> bool:
    """Does calcgrad itself ask, on its walks over a graph, where a node is what it was?"""
    frame = sys._getframe(2)
    while frame is not None:
        package, _, module = frame.f_globals.get("__name__", "").rpartition(".")
        if package == "calcgrad.autodiff" and module in _WALKS:
            return True
        if not package.startswith(("calcgrad.autodiff", "numpy")):
            return False
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _unary(ufunc: np.ufunc) -> Callable[[Variable], Variable]:
    def operator(self: Variable) -> Any:
        return ABOVE.apply(ufunc, (self,))

    return operator


def _method(function: Any) -> Callable[..., Any]:
    def method(self: Variable, *args: Any, **kwargs: Any) -> Any:
        return ABOVE.call(function, (self, *args), kwargs)

    method.__doc__ = f"As numpy.{function.__name__}."
    return method


def _method_second(function: Any) -> Callable[..., Any]:
    """The array is the second argument of the function."""

    def method(self: Variable, first: Any, *args: Any, **kwargs: Any) -> Any:
        return ABOVE.call(function, (first, self, *args), kwargs)

    return method


def _refuse_change(self: Variable, *_: Any, **__: Any) -> NoReturn:
    _refuse_in_place(self, None)


def _axes_method(function: Any) -> Callable[..., Any]:
    """reshape and transpose take their axes as one tuple or one by one."""

    def method(self: Variable, *axes: Any, **kwargs: Any) -> Any:
        args = axes if len(axes) <= 1 else (axes,)
        return ABOVE.call(function, (self, *args), kwargs)

    return method


def _general_binary(ufunc: np.ufunc) -> tuple[Any, Any]:
    """The operator and its reflection, for operators that need no fast path."""

    def operator(self: Variable, other: Any) -> Any:
        return ABOVE.apply(ufunc, (self, other))

    def reflected(self: Variable, other: Any) -> Any:
        return ABOVE.apply(ufunc, (other, self))

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
        return ABOVE.compare(made_by, (self, other))

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
        "derived",
        "escaped",
        "grad",
        "held",
        "inputs",
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
    held: Seen | None  # what it holds by reference
    derived: bool  # made by a rule, of nothing but nodes that were there
    escaped: tuple[int, str]  # when and where it, or what was made of it, was first read as a plain number
    stepped: bool  # by the function of that name, once it has been asked
    decided: Any  # Python code has branched on a comparison of this value exactly at its boundary, or "chose" by one

    def __init__(self, value: Any, name: str | None = None) -> None:
        """Wrap a number or an array.

        Raises UsageError where the value has no floating-point meaning: text, objects, complex numbers.
        """
        self.held = None
        if type(value) is not float:
            value = _floating(value)
            if type(value) is not float:
                own = kept(value)
                if own is value:
                    self.held = watched((value,))
                if self.held is None:  # it is our own
                    own.setflags(write=False)
                value = own
        self.value = value
        self.grad = None
        self.name = name
        self.row = None
        self.inputs = ()
        self.params = None
        self.number = next(numbers)
        self.decided = False

    # --- what it is -----------------------------------------------------------------------------------

    @property
    def operation(self) -> str | None:
        """The name of the function that made this node; None for a leaf."""
        return None if self.row is None else self.row.name

    @property
    def shape(self) -> tuple[int, ...]:
        if CHOSEN:
            mark_counted(self)
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
        return ABOVE.call(np.transpose, (self,), {})  # type: ignore[no-any-return]

    @property
    def mT(self) -> Variable:
        return ABOVE.call(np.swapaxes, (self, -1, -2), {})  # type: ignore[no-any-return]

    @property
    def flat(self) -> Variable:
        """The elements in a row; unlike NumPy's it cannot be assigned to."""
        return ABOVE.call(np.ravel, (self,), {})  # type: ignore[no-any-return]

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

    def backward(self, seed: Any = None, *, gradient: Any = None) -> None:
        """Add the derivative of this result into the ``grad`` of every leaf that it depends on.

        ``seed``, or ``gradient`` as PyTorch calls it, is the adjoint of the result, of its shape; a scalar
        needs none. Raises UsageError for an array without a seed, NotDifferentiable and UndecidedError as
        ``gradient`` does; nothing is added then.
        """
        if seed is not None and gradient is not None:
            raise UsageError("gradient= is another word for the seed", hint="give one of them")
        ABOVE.backward(self, gradient if seed is None else seed)

    def zero_grad(self) -> None:
        """Start anew: forget the gradient, decisions at a boundary, and that a plain number was read."""
        self.grad = None
        self.decided = False
        if hasattr(self, "escaped"):
            del self.escaped

    def detach(self) -> Any:
        """The plain value, cut off from the graph."""
        if CHANGED:
            require_current(self)
        return self.value

    # --- as a number, as a sequence -------------------------------------------------------------------

    def __float__(self) -> float:
        """Free to read; what is computed after that has no gradient, since nobody knows what it is made of."""
        if CHANGED:
            require_current(self)
        _mark_escaped(self)
        return float(self.value)

    def __int__(self) -> int:
        if CHANGED:
            require_current(self)
        if np.any(np.floor(self.value) == self.value) or ABOVE.stepped(self):
            mark_decided(self)
        return int(self.value)

    def __reduce__(self) -> Any:
        """Pickled, it is a number without a past."""
        _mark_escaped(self)
        return Variable, (self.value, self.name)

    def __round__(self, ndigits: int | None = None) -> Any:
        return ABOVE.call(np.round, (self, ndigits or 0), {})

    def __floor__(self) -> Any:
        return ABOVE.apply(np.floor, (self,))

    def __ceil__(self) -> Any:
        return ABOVE.apply(np.ceil, (self,))

    def __trunc__(self) -> Any:
        return ABOVE.apply(np.trunc, (self,))

    def __format__(self, spec: str) -> str:
        return format(self.value, spec) if spec else str(self)

    def __bool__(self) -> bool:
        if CHANGED:
            require_current(self)
        if np.any(np.equal(self.value, 0)) or ABOVE.stepped(self):
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
        return ABOVE.pick(self, index)  # type: ignore[no-any-return]

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError("a Variable cannot be changed in place (its value is part of a graph); use np.where")

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        if (
            sys._getframe(1).f_globals.get("__name__") == "numpy.ma.core"
        ):  # their operators ask no operand first
            require_plain(np.ma.MaskedArray)
        if ABOVE.stepped(self) and np.all(np.equal(np.floor(self.value), self.value)):
            raise TypeError(
                "whole numbers made of a comparison exactly at its boundary are not a plain array (which elements they "
                "choose is open there); use np.where(condition, a, b) for np.array([b, a])[condition * 1], "
                "or detach to take the side that it is on"
            )
        raise TypeError(
            ABOVE.advise(sys._getframe(1))
            or "a Variable does not turn into a plain array by itself (its derivative would be lost); "
            "use np.stack([a, b]) for np.array([a, b]), np.block([[a, b], [c, d]]) for rows of them and "
            "np.concatenate for np.r_, or .value or detach to leave the graph"
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
    __iadd__, __isub__, __imul__ = _augmented(__add__), _augmented(__sub__), _augmented(__mul__)
    __itruediv__, __ipow__, __imod__ = _augmented(__truediv__), _augmented(__pow__), _augmented(__mod__)
    __ifloordiv__, __imatmul__ = _augmented(__floordiv__), _augmented(__matmul__)

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
        if CHANGED:
            require_current(self)
        kind = np.dtype(dtype).kind
        if kind == "b":
            return ABOVE.apply(np.not_equal, (self, 0.0))
        if kind in "iu":
            if np.any(np.floor(self.value) == self.value) or ABOVE.stepped(self):
                mark_decided(self)
            return np.asarray(self.value).astype(dtype)
        if kind == "c":
            return ABOVE.call(np.add, (self, np.zeros((), dtype)), {})
        return ABOVE.cast(self, dtype)

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
            return ABOVE.apply(ufunc, inputs)
        return ABOVE.ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        for kind in types:
            if kind is not Variable and kind is not np.ndarray:
                require_plain(kind)
        return ABOVE.call(function, args, kwargs)


def _floating(value: Any) -> Any:
    """A Python float, or an array of floating-point numbers."""
    if isinstance(value, Variable):
        raise UsageError("this is a Variable already", hint="use it as it is, or detach it first")
    if isinstance(value, (bool, int, np.float64)):
        return float(value)
    if type(value) is np.ndarray and value.dtype == np.float64 and value.ndim:
        return value
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


def refuse(function: str, detail: str = "", instead: str | None = None) -> NoReturn:
    """Say which function has no derivative rule, and what to write."""
    message = f"{function} {detail}".strip() + " has no derivative rule"
    raise NotDifferentiable(message, function=function, kind="no-rule", hint=instead and f"use {instead}")


# --- recording ----------------------------------------------------------------------------------------


def record(
    made_by: Row | None, value: Any, inputs: tuple[Any, ...], params: dict[str, Any] | None = None
) -> Variable:
    """One new node; a leaf where nothing made it."""
    node = _new(Variable)
    node.value = value
    node.grad = None
    node.name = None
    node.row = made_by
    node.inputs = inputs
    node.params = params
    node.number = next(numbers)
    node.decided = False
    node.held = None
    return node


def input_values(node: Variable) -> tuple[Any, ...]:
    """The plain values from which a node was made."""
    return tuple(x.value if type(x) is Variable else x for x in node.inputs)


def plain(value: Any) -> Any:
    """A double-precision number is a Python float; everything else stays what it is."""
    kind = type(value)
    if kind is np.float64 or (kind is np.ndarray and value.ndim == 0 and value.dtype == np.float64):
        return float(value)
    return value


# --- what is remembered -------------------------------------------------------------------------------


def mark_made_by_rule(c: Any, known: int) -> None:
    """Of nodes younger than that number: on a tie these comparisons choose any one of the branches' slopes."""
    stack = [c]
    while stack:
        node = stack.pop()
        if type(node) is Variable and node.number > known:
            if node.row is not None and node.row.function in COMPARISONS:
                node.decided = "rule"
            stack += node.inputs


def mark_decided(node: Variable) -> None:
    """Remember on a value, and on all that it was made of, that Python code has branched on it."""
    stack = [node]
    while stack:
        node = stack.pop()
        if node.decided is not True:
            node.decided = True
            stack += [x for x in node.inputs if type(x) is Variable]


def remember(node: Variable, among: dict[int, Any]) -> None:
    """Enter a node there, until nobody has it any more."""
    number = node.number
    among[number] = ref(node, lambda _: among.pop(number, None))


def mark_counted(node: Variable) -> None:
    """Remember that a program, not calcgrad itself, has asked how many elements a boundary chose."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__") in _ASKED_THROUGH:
        frame = frame.f_back
    if frame.f_globals.get("__name__", "").startswith("calcgrad."):
        return
    first = min(CHOSEN, default=0)
    stack, seen = [node], {node.number}
    while stack:
        x = stack.pop()
        if x.decided == "chose":
            mark_decided(node)
            return
        stack += [v for v in x.inputs if type(v) is Variable and v.number >= first and v.number not in seen]
        seen.update(v.number for v in stack)


_ASKED_THROUGH = (
    __name__, "calcgrad.autodiff.dispatch", "calcgrad.autodiff.conditions", "calcgrad.autodiff.complexes",
)  # fmt: skip


def _mark_escaped(node: Variable) -> None:
    """Remember on a value, and on all that it was made of, that Python has it as a plain number."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in (
        "numpy",
        "scipy",
    ):
        frame = frame.f_back
    mark = next(numbers), f"{os.path.basename(frame.f_code.co_filename)}, line {frame.f_lineno}"
    stack = [node]
    while stack:
        node = stack.pop()
        if not hasattr(node, "escaped"):
            node.escaped = mark
            stack += [x for x in node.inputs if type(x) is Variable]


def _references(x: Variable) -> int:
    return sys.getrefcount(x.value)


_probe = Variable([0.0])
_ALONE = _references(_probe)  # so often is an array referred to that only its Variable has
