"""Calls of NumPy on Variables: which row of the table is meant, its value, and the node that records it.

call(np.sum, (x,), {"axis": 0})     # what __array_function__ does
apply(np.sin, (x,))                 # what __array_ufunc__ does
compute(RULES[np.sin], (x,), None)  # one row, evaluated and recorded
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from threading import local
from typing import Any

import numpy as np

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
from calcgrad.autodiff.conditions import SELECTIONS, Choice, Condition, stepped
from calcgrad.autodiff.constants import kept, watched
from calcgrad.autodiff.rules import COMPARISONS, FLAT, INSTEAD, LOGICAL, REFUSED, RULES, Row, row
from calcgrad.autodiff.variable import (
    ABOVE,
    CHANGED,
    CHOSEN,
    Variable,
    mark_counted,
    mark_decided,
    plain,
    record,
    refuse,
    require_current,
    require_plain,
)


class _Quiet(local):
    """NumPy's error state lives in the context: running a function in one costs a tenth of ``np.errstate``."""

    def __init__(self) -> None:
        with np.errstate(all="ignore"):
            self.run = copy_context().run


_quiet = _Quiet()


def evaluate(made_by: Row, values: Sequence[Any], params: dict[str, Any] | None) -> Any:
    """The value of a row's function at plain values, silently; a float64 scalar is a Python float."""
    function = made_by.lean
    if made_by.variadic:
        values = (tuple(values),)
    if made_by.native:
        try:
            run = _quiet.run
            value = run(function, *values, **params) if params else run(function, *values)
            return value if type(value) is np.ndarray and value.ndim else plain(value)
        except RuntimeError:  # a context is entered once: something is called while NumPy computes
            pass
    with np.errstate(all="ignore"):
        return plain(function(*values, **(params or _NONE)))


_NONE: dict[str, Any] = {}


def apply(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Any:
    """Call an elementwise function on Variables and values, and record it."""
    made_by = RULES.get(ufunc)
    if made_by is None:
        made_by = FLAT.get(ufunc)
        if made_by is None and ufunc in COMPOSED:
            return COMPOSED[ufunc](*inputs)
        if made_by is None:
            if ABOVE.adopt(ufunc):
                return apply(ufunc, inputs)
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
                    return ABOVE.complex(made_by, inputs, None)
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
    if CHANGED:
        require_current(*inputs)
    given, values = inputs, []
    held: tuple[Any, ...] = ()
    for i, x in enumerate(given):
        kind = type(x)
        if kind is Variable:
            values.append(x.value)
        elif kind is float:
            values.append(x)
        elif kind is np.ndarray and x.dtype.kind != "c":
            own = kept(x)
            values.append(own)
            if own is x:
                held = (*held, x)
            else:
                inputs = (*inputs[:i], own, *inputs[i + 1 :])
        else:
            for x in given:
                if type(x) is not Variable and _is_complex(x):
                    return ABOVE.complex(made_by, tuple(given), params)
            held = inputs = _operands(given)
            values = [x.value if type(x) is Variable else x for x in inputs]
            break
    if params is not None:
        params = {name: x if type(x) in _PLAIN else kept(x) for name, x in params.items()}
        held = (*held, *params.values())
    value = evaluate(made_by, values, params)
    if type(value) is not float:
        if type(value) is np.ndarray:
            freeze(value, values)
        if made_by.elementwise and value.dtype is not _DOUBLE and value.dtype != _DOUBLE:
            inputs = _rounded(inputs)
    node = record(made_by, value, inputs if type(inputs) is tuple else tuple(inputs), params)
    if held:
        node.held = watched(held)
    return node


_PLAIN = frozenset([int, bool, str, type(None)])
_DOUBLE = np.dtype(float)


def freeze(value: Any, given: Sequence[Any]) -> None:
    """Let nobody write to a value of the graph; what was given may be the user's own."""
    for x in given:
        if x is value:
            return
    value.setflags(write=False)


def _operands(inputs: Sequence[Any]) -> tuple[Any, ...]:
    """Inputs as nodes hold them. NumPy's own doubles make a single-precision result double, floats do not."""
    found = tuple([x if type(x) is Variable else operand(x) for x in inputs])
    if np.float64 in map(type, inputs) and not all(x.dtype == float for x in found if type(x) is Variable):
        return tuple(np.asarray(x) if type(x) is np.float64 else y for x, y in zip(inputs, found))
    return found


def _rounded(inputs: Sequence[Any]) -> tuple[Any, ...]:
    """A Python float beside single precision is what NumPy takes it for: 0.1 has other digits there."""
    kinds = [x.dtype for x in inputs if type(x) is Variable or type(x) is np.ndarray]
    kind = np.result_type(*[each for each in kinds if each.kind == "f"] or [float])
    with np.errstate(all="ignore"):
        return tuple([float(kind.type(x)) if type(x) is float else x for x in inputs])


def _is_complex(x: Any) -> bool:
    if type(x) is np.ndarray:
        return bool(x.dtype.kind == "c")
    return type(x) is complex or getattr(getattr(x, "dtype", None), "kind", "") == "c"


def operand(x: Any) -> Any:
    """Constants are floats or arrays; a condition on its boundary is a node."""
    kind = type(x)
    if kind is Variable or kind is float or kind is bool or x is None:
        return x
    if kind is np.ndarray:
        return kept(x)
    if kind is int or kind is np.float64:
        return float(x)
    if kind is Condition:
        return x.record
    require_plain(kind)
    return _stacked(x) if kind is list or kind is tuple else kept(np.asarray(x))


def _stacked(x: Any) -> Any:
    """Nested lists of numbers as one array; recorded if there are Variables among them."""
    if type(x) not in (list, tuple):
        return x
    parts = [_stacked(part) for part in x]
    return np.stack(parts) if any(hasattr(part, "detach") for part in parts) else np.asarray(parts)


def _flat_call(made_by: Row, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Any:
    """A function whose derivative is zero: its plain value, but no jump is forgotten."""
    args = tuple(array_of(x) if _holds_nodes(x) else x for x in args)
    if CHANGED:
        require_current(*args)
    inputs = tuple(operand(x) if is_node(x) else x for x in args)
    values = tuple(x.value if type(x) is Variable else x for x in inputs)
    if made_by.function in COMPARISONS:
        return compare(made_by, inputs)
    if made_by.function in _LOGICAL:
        args = tuple(truth(x) for x in args)
        if any(type(x) is Condition for x in args):
            return Condition(compute(made_by, args, None))
        return made_by.function(*args, **(kwargs or {}))
    if made_by.jump is not None:
        return compute(made_by, args, None)
    if made_by.function in _CHOICES:
        for x in inputs:
            if type(x) is Variable and (_has_ties(made_by.function, x.value) or stepped(x)):
                choice = _choice(made_by, args, kwargs or {})
                if choice is not None:
                    return choice
                mark_decided(x)
    elif made_by.function in _TRUTHS:
        for x, given in zip(inputs, args):
            met = type(x) is Variable and (np.any(np.equal(x.value, 0)) or stepped(x))
            if met or type(given) is Condition:
                mark_decided(x)
    if CHOSEN and made_by.function not in _OF_KINDS:
        _mark_counted(args, None)
    with np.errstate(all="ignore"):
        found = made_by.function(*deep(values), **{k: deep(v) for k, v in (kwargs or {}).items()})
        step = _STEPS.get(made_by.function) if len(args) < 2 or args[0] is not args[1] else None
        nodes = [*_nodes_in((*args, *(kwargs or {}).values()))] if step else []
        plain_kwargs = {k: deep(v) for k, v in (kwargs or {}).items()}
        if step and (any(map(stepped, nodes)) or np.any(step(found, *deep(values), **plain_kwargs))):
            for x in nodes:
                mark_decided(x)
    return found


_LOGICAL = (*LOGICAL, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert)
# They take their arguments for truth values; a zero is at the boundary.
_TRUTHS = (np.all, np.any, np.nonzero, np.flatnonzero, np.argwhere, np.count_nonzero)
# They ask of what kind an array is, and not how many elements it has.
_OF_KINDS = frozenset([np.ndim, np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj, np.shares_memory,
    np.may_share_memory, np.array_repr, np.array_str, np.array2string])  # fmt: skip
# Where, of their result and arguments, the result may be another just beside.
_STEPS: dict[Any, Callable[..., Any]] = {
    np.signbit: lambda found, x: np.equal(x, 0),
    **dict.fromkeys((np.isfinite, np.isinf, np.isnan), lambda found, x: False),  # but at a pole
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


def _mark_counted(given: Any, found: Any) -> None:
    """What was given and is not in all that was found may have told how many elements it has."""
    made = list(_nodes_in(found))
    for x in _nodes_in(given):
        if not made or not all(_is_made_of(each, x) for each in made):
            mark_counted(x)


def _is_made_of(made: Variable, x: Variable) -> bool:
    stack, seen = [made], {x.number}
    while stack:
        node = stack.pop()
        if node is x:
            return True
        behind = [v for v in node.inputs if type(v) is Variable and (v is x or v.number not in seen)]
        stack += [v for v in behind if v.number >= x.number]
        seen.update(v.number for v in behind)
    return False


def _just_close(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Any:
    return np.equal(np.abs(np.subtract(a, b)), atol + rtol * np.abs(b))


def _nodes_in(x: Any) -> Iterator[Variable]:
    if is_node(x):
        yield x.record if type(x) is Condition else x
    elif isinstance(x, (tuple, list)):
        for part in x:
            yield from _nodes_in(part)
    elif hasattr(type(x), "imag") and hasattr(type(x), "detach"):  # a complex number
        yield from _nodes_in((x.real, x.imag))


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
        or any(map(is_node, params.values()))
    ):
        return None
    return Choice(record(made_by, made_by.function(a.value, **params), (a,), params))


def _has_ties(function: Any, value: Any) -> bool:
    flat_value = np.ravel(value)
    if function in (np.argmax, np.argmin):
        extreme = flat_value.max() if function is np.argmax else flat_value.min()
        return bool(np.count_nonzero(flat_value == extreme) > 1)
    return bool(np.any(np.diff(np.sort(flat_value)) == 0))


def is_node(x: Any) -> bool:
    return type(x) is Variable or type(x) is Condition


def deep(x: Any) -> Any:
    """The plain value of an argument that may be a Variable or hold some."""
    if type(x) is Variable:
        return x.value
    if type(x) is Condition:
        return x.record.value
    if type(x) is Choice:
        return x.truth
    if type(x) in (tuple, list):
        return type(x)(deep(item) for item in x)
    return x


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call any NumPy function on arguments among which are Variables, and record it."""
    if function is np.where and not kwargs:
        if len(args) == 1:
            function = np.nonzero
        else:
            args = (truth(args[0]), *args[1:])
    composed = COMPOSED.get(function)
    if composed is not None or function in _METHODS_OF_ANY:
        composed = composed or function
        if kwargs:
            kwargs = {k: v for k, v in kwargs.items() if v is not _NO_VALUE}
            if not args:
                args, kwargs = _by_place(function, kwargs)
        if function not in _OF_SEQUENCES:
            args = tuple(array_of(x) if _holds_nodes(x) else x for x in args)
            kwargs = {k: array_of(x) if _holds_nodes(x) else x for k, x in kwargs.items()}
        try:
            found = composed(*args, **kwargs)
        except TypeError:
            _require_arguments(function, composed, args, kwargs)
            raise
        if CHOSEN:
            _mark_counted((args, *kwargs.values()), found)
        return found
    made_by = RULES.get(function)
    if made_by is None:
        made_by = FLAT.get(function)
        if made_by is None:
            refuse(function.__name__, _IN_PLACE if function in _CHANGES else "", INSTEAD.get(function))
        if not args:
            args, kwargs = _by_place(function, kwargs)
        return _flat_call(made_by, args, kwargs)
    if made_by.elementwise and isinstance(function, np.ufunc):
        return apply(function, args)
    first = 1 if made_by.variadic else len(made_by.rules)
    if first == len(args) or first < len(args) <= len(made_by.names):
        params = dict(zip(made_by.names[first:], args[first:]), **kwargs)
        if made_by.known.issuperset(params) and all(x is not _NO_VALUE for x in params.values()):
            inputs = _parts(args[0]) if made_by.variadic else args[:first]
            return compute(made_by, inputs, params or None)
    if len(args) > len(made_by.names):
        args, kwargs = (), _named(function, args, kwargs)
    bound: dict[str, Any] = dict(zip(made_by.names, args, strict=False))
    renamed = _RENAMED.get(function, {})
    bound.update({renamed.get(k, k): v for k, v in kwargs.items()})
    known = made_by.known
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
        inputs = _parts(bound.pop("arrays"))
    else:
        inputs = tuple(bound.pop(name, None) for name in made_by.names[: len(made_by.rules)])
    return compute(made_by, inputs, bound or None)


def _parts(arrays: Any) -> tuple[Any, ...]:
    return tuple([array_of(x) if _holds_nodes(x) else x for x in arrays])


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
_METHODS_OF_ANY = frozenset(_ANY_METHOD.values())
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


def _holds_nodes(x: Any) -> bool:
    return type(x) in (list, tuple) and any(hasattr(part, "detach") or _holds_nodes(part) for part in x)


def compare(made_by: Row, inputs: tuple[Any, ...]) -> Any:
    """A plain truth value, or a Condition where it is exactly on its boundary."""
    if CHANGED:
        require_current(*inputs)
    values = [deep(v) for v in inputs]
    truth = evaluate(made_by, values, None)
    same = inputs[0] is inputs[1]  # that says whether it is a number
    if (not same and np.equal(*values).any()) or any(map(stepped, inputs)):
        return Condition(record(made_by, truth, _rounded([operand(v) for v in inputs])))
    return bool(truth) if np.ndim(truth) == 0 else truth


def ufunc_call(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A ufunc with options, or one of its methods."""
    kwargs = {k: v for k, v in kwargs.items() if k == "axis" or (v is not None and k not in _HARMLESS)}
    if "out" in kwargs:
        raise TypeError(f"{ufunc.__name__}(out=...) would change an array in place; assign its result")
    if method == "__call__":
        dtype = kwargs.pop("dtype", None)
        if dtype is not None and ufunc in RULES:
            inputs = tuple(cast(x, dtype) for x in inputs)
        if ufunc in COMPOSED:
            return call(ufunc, inputs, kwargs)
        instead = "np.where(condition, f(x), 0), with a condition for where=" if "where" in kwargs else None
        return (
            refuse(ufunc.__name__, f"with {', '.join(kwargs)}=", instead) if kwargs else apply(ufunc, inputs)
        )
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


# --- precision ----------------------------------------------------------------------------------------


def astype(x: Any, dtype: Any) -> Any:
    """x in another floating-point precision."""
    return np.asarray(x).astype(dtype)[()]


CAST = row(astype, lambda g, out, x, dtype: g, elementwise=True, scalar=None, floats=False)


def cast(x: Any, dtype: Any) -> Any:
    """The same for what may be a Variable. Other types than floating-point ones have no derivative."""
    if type(x) is not Variable:
        return np.asarray(x).astype(dtype)
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        refuse("astype", f"to {dtype}")
    return x if dtype == x.dtype else compute(CAST, (x,), {"dtype": dtype})


ABOVE.call, ABOVE.apply, ABOVE.compute, ABOVE.compare, ABOVE.cast = call, apply, compute, compare, cast
ABOVE.ufunc, ABOVE.deep = ufunc_call, deep
