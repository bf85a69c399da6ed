"""Complex numbers inside of a program: pairs of Variables, and NumPy's functions on them.

    z = x + 1j * y            # x and y Variables: a Complex
    np.sum(np.abs(np.linalg.solve(a, np.exp(z))) ** 2).backward()

A ``Complex`` is two Variables, its real and its imaginary part, so complex numbers need no rules of their own, and
every order and mode works through them. What a row of the rule table says of its function is enough: what is linear
acts on both parts alike, products are multiplied out, and an analytic function has the row's own rule for its complex
slope, which by Cauchy and Riemann are all four real ones. Other functions have a definition here, or are refused by
name. A complex result that is not made real again cannot be differentiated, and says so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from calcgrad.autodiff.composed import COMPOSED, MOVES, accumulated, composed, reduced
from calcgrad.autodiff.dispatch import call, compute, evaluate
from calcgrad.autodiff.rules import RULES, Row, Rule
from calcgrad.autodiff.variable import ABOVE, Variable, refuse


def _method(function: Any) -> Callable[..., Any]:
    def method(self: Complex, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__doc__ = f"As numpy.{function.__name__}."
    return method


def _axes_method(function: Any) -> Callable[..., Any]:
    def method(self: Complex, *axes: Any) -> Any:
        return function(self, *(axes if len(axes) <= 1 else (axes,)))

    return method


class Complex(NDArrayOperatorsMixin):
    """A number or an array ``real + 1j*imag``, whose parts are Variables (or plain values)."""

    __slots__ = ("imag", "real")
    __array_priority__ = 2000.0
    __hash__ = object.__hash__

    def __init__(self, real: Any, imag: Any) -> None:
        self.real, self.imag = real, imag

    @property
    def value(self) -> Any:
        """The plain complex value, cut off from the graph."""
        return joined(plain_part(self.real), plain_part(self.imag))

    def detach(self) -> Any:
        """The plain complex value, cut off from the graph."""
        return self.value

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.real)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return np.size(self.real)

    @property
    def dtype(self) -> Any:
        return np.result_type(self.real, 1j)

    @property
    def T(self) -> Any:
        return np.transpose(self)

    @property
    def mT(self) -> Any:
        return np.swapaxes(self, -1, -2)

    @property
    def flat(self) -> Any:
        return np.ravel(self)

    def conj(self) -> Complex:
        return Complex(self.real, -self.imag)

    conjugate = conj
    sum, mean, prod, var, std = map(_method, (np.sum, np.mean, np.prod, np.var, np.std))
    cumsum, cumprod, dot, trace = map(_method, (np.cumsum, np.cumprod, np.dot, np.trace))
    ravel, flatten, squeeze, swapaxes = map(_method, (np.ravel, np.ravel, np.squeeze, np.swapaxes))
    diagonal, repeat, take, copy = map(_method, (np.diagonal, np.repeat, np.take, np.copy))
    max, min = map(_method, (np.max, np.min))
    reshape, transpose = map(_axes_method, (np.reshape, np.transpose))

    def __repr__(self) -> str:
        return f"Complex({self.value!r})"

    def __len__(self) -> int:
        return len(self.real)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Complex:
        return Complex(self.real[index], self.imag[index])

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(
            ABOVE.advise(sys._getframe(1))
            or "complex numbers of a graph do not turn into a plain array by themselves (their derivative would "
            "be lost); use np.stack to put them into an array, or take .value to leave the graph"
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "reduce" and ufunc in _REDUCED:
            return _REDUCED[ufunc](*inputs, **{"axis": 0} | kwargs)
        if method == "outer" and not kwargs:
            x, y = inputs
            return arithmetic(
                ufunc, (np.expand_dims(x, tuple(range(np.ndim(x), np.ndim(x) + np.ndim(y)))), y)
            )
        if method != "__call__" or kwargs:
            refuse(ufunc.__name__, "of complex numbers")
        return arithmetic(ufunc, inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in DEFINITIONS:
            return DEFINITIONS[function](*args, **kwargs)
        if function in _FACTS:
            return _FACTS[function](*args, **kwargs)
        if function in MOVES and type(args[0]) is Complex:
            return _partwise(lambda part: function(part, *args[1:], **kwargs), args[0])
        if function in COMPOSED and function not in _MULTILINEAR:
            refuse(function.__name__, "of complex numbers")
        if function not in RULES and function not in COMPOSED:
            refuse(function.__name__, "of complex numbers")
        return call(function, args, kwargs)


def joined(real: Any, imag: Any) -> Any:
    """real + 1j*imag of plain values, signs of zeros and infinities kept."""
    if not np.ndim(real) and not np.ndim(imag):
        return complex(real, imag)
    made = np.empty(np.broadcast_shapes(np.shape(real), np.shape(imag)), np.result_type(real, imag, 1j))
    made.real, made.imag = real, imag
    return made


def plain_part(x: Any) -> Any:
    return x.value if type(x) is Variable else x


def is_complex(x: Any) -> bool:
    """Is x a complex number or an array of them, with a graph or without?"""
    return isinstance(x, complex) or getattr(getattr(x, "dtype", None), "kind", "") == "c"


def conjugated(x: Any) -> Any:
    """The conjugate of what may be complex; of real numbers themselves."""
    return np.conjugate(x) if is_complex(x) else x


def transjugate(a: Any) -> Any:
    """The transposed conjugate of matrices; of real ones the transpose."""
    return np.swapaxes(conjugated(a), -1, -2)


def parts_of(x: Any) -> tuple[Any, Any]:
    """The real and the imaginary part; that of real numbers is the number 0."""
    if type(x) is Complex:
        return x.real, x.imag
    if type(x) is Variable:
        return x, 0.0
    if type(x) in (int, float, complex):  # as numbers of Python's they widen no single precision
        return float(x.real), float(x.imag)
    array = np.asarray(x)
    return array.real, array.imag if array.dtype.kind == "c" else 0.0


def _is_zero(x: Any) -> bool:
    return type(x) is float and x == 0.0


def _times(x: Any, y: Any) -> Any:
    return 0.0 if _is_zero(x) or _is_zero(y) else x * y


def _plus(x: Any, y: Any) -> Any:
    return y if _is_zero(x) else x if _is_zero(y) else x + y


def _has_zeros(x: Any) -> bool:
    return bool(np.any(np.equal(plain_part(x), 0.0)))


def _added(x: Any, y: Any) -> Any:
    """x + y. The number 0 is left out, but where the sign of a zero may be from it: the side of a branch cut."""
    found = _plus(x, y)
    return x + y if _has_zeros(found) else found


def _products(x: Any, y: Any, u: Any, v: Any) -> Any:
    """x*y + u*v, in the same way."""
    found = _plus(_times(x, y), _times(u, v))
    return x * y + u * v if _has_zeros(found) else found


def pair(real: Any, imag: Any) -> Complex:
    """Both parts in one shape: a part may have been left out because it is zero."""
    shape = np.broadcast_shapes(np.shape(real), np.shape(imag))
    kind = np.result_type(plain_part(real), plain_part(imag), 0.0)
    parts = [part if np.shape(part) == shape else part + np.zeros(shape, kind) for part in (real, imag)]
    return Complex(*parts)


def made_whole(x: Any) -> Complex:
    """x as a Complex with two parts of its shape."""
    return x if type(x) is Complex else pair(*parts_of(x))


# --- arithmetic ---------------------------------------------------------------------------------------


def _multiply(x: Any, y: Any) -> Complex:
    (a, b), (c, d) = parts_of(x), parts_of(y)
    return pair(_products(a, c, -b, d), _products(a, d, b, c))


def _divide(x: Any, y: Any) -> Complex:
    c, d = parts_of(y)
    if _is_zero(d):
        a, b = parts_of(x)
        real, imag = (0.0 if _is_zero(part) else part / c for part in (a, b))
        real = (a + b * (d / c)) / c if _has_zeros(real) else real
        return pair(real, (b - a * (d / c)) / c if _has_zeros(imag) else imag)
    product, size = _multiply(x, Complex(c, -d)), c * c + d * d
    return Complex(product.real / size, product.imag / size)


def _add(x: Any, y: Any) -> Complex:
    (a, b), (c, d) = parts_of(x), parts_of(y)
    return pair(_added(a, c), _added(b, d))


def _subtract(x: Any, y: Any) -> Complex:
    (a, b), (c, d) = parts_of(x), parts_of(y)
    return pair(_added(a, -c), _added(b, -d))


def _power(x: Any, n: Any) -> Any:
    if not is_complex(n) and type(n) is not Variable and np.ndim(n) == 0 and float(n).is_integer():
        return _whole_power(x, int(n))
    z = np.log(x if is_complex(x) else made_whole(x))
    return np.exp(np.multiply(z, n) if is_complex(n) else pair(z.real * n, z.imag * n))


def _whole_power(x: Any, n: int) -> Any:
    if n == 0:
        return made_whole(np.ones(np.shape(x)) if np.shape(x) else 1.0)
    result, base, count = None, made_whole(x), abs(n)
    while count:
        if count % 2:
            result = base if result is None else _multiply(result, base)
        base, count = _multiply(base, base) if count > 1 else base, count // 2
    return result if n > 0 else _divide(1.0, result)


def _exp(z: Any) -> Complex:
    size = np.exp(z.real)
    return Complex(size * np.cos(z.imag), size * np.sin(z.imag))


def _equal(x: Any, y: Any) -> Any:
    (a, b), (c, d) = parts_of(x), parts_of(y)
    return np.logical_and(np.equal(a, c), np.equal(b, d))


_ARITHMETIC: dict[Any, Callable[..., Any]] = {
    np.exp: _exp,
    np.add: _add,
    np.subtract: _subtract,
    np.multiply: _multiply,
    np.divide: _divide,
    np.negative: lambda x: Complex(-x.real, -x.imag),
    np.positive: lambda x: x,
    np.conjugate: lambda x: x.conj(),
    np.absolute: lambda x: np.hypot(x.real, x.imag),
    np.square: lambda x: _multiply(x, x),
    np.reciprocal: lambda x: _divide(1.0, x),
    np.power: _power,
    np.float_power: _power,
    np.matmul: lambda x, y: call(np.matmul, (x, y), {}),
    np.equal: _equal,
    np.not_equal: lambda x, y: np.logical_not(_equal(x, y)),
}


# --- analytic functions -------------------------------------------------------------------------------


def no_cut(x: Any, y: Any) -> Any:
    return np.zeros(np.broadcast_shapes(np.shape(x), np.shape(y)), bool)


# Where each is discontinuous, x and y the parts of its argument. On its cut a function is not analytic.
CUTS: dict[Any, Rule] = {
    **dict.fromkeys((np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh, np.exp2, np.expm1), no_cut),
    **dict.fromkeys((np.log, np.log2, np.log10, np.sqrt), lambda x, y: (y == 0) & (x <= 0)),
    np.log1p: lambda x, y: (y == 0) & (x <= -1),
    np.arcsin: lambda x, y: (y == 0) & (np.abs(x) >= 1),
    np.arccos: lambda x, y: (y == 0) & (np.abs(x) >= 1),
    np.arctanh: lambda x, y: (y == 0) & (np.abs(x) >= 1),
    np.arctan: lambda x, y: (x == 0) & (np.abs(y) >= 1),
    np.arcsinh: lambda x, y: (x == 0) & (np.abs(y) >= 1),
    np.arccosh: lambda x, y: (y == 0) & (x <= 1),
}
# By the value, which knows on which side of its cut it is; the table's rules take roots of their own.
_SLOPES: dict[Any, Callable[[Any], Any]] = {
    np.arcsin: lambda out: 1.0 / np.cos(out),
    np.arccos: lambda out: -1.0 / np.sin(out),
    np.arcsinh: lambda out: 1.0 / np.cosh(out),
    np.arccosh: lambda out: 1.0 / np.sinh(out),
}


@cache
def _analytic(ufunc: Any) -> tuple[Row, Row]:
    """The real and the imaginary part of an analytic function, each of two real arguments."""

    def part(name: str) -> Callable[..., Any]:
        return lambda x, y: getattr(ufunc(joined(x, y)), name)

    def slope(x: Any, y: Any) -> Any:
        recorded = any(hasattr(each, "row") for each in (x, y))
        z = pair(x, y) if recorded else joined(x, y)
        if ufunc in _SLOPES:
            return _SLOPES[ufunc](ufunc(z))
        rule = RULES[ufunc].rules[0]
        assert rule is not None
        return rule(1.0, ufunc(z), z)

    facts = {"name": ufunc.__name__, "elementwise": True, "jump": CUTS[ufunc]}
    real = Row(
        part("real"),
        (lambda g, out, x, y: g * np.real(slope(x, y)), lambda g, out, x, y: -g * np.imag(slope(x, y))),
        **facts,
    )
    imag = Row(
        part("imag"),
        (lambda g, out, x, y: g * np.imag(slope(x, y)), lambda g, out, x, y: g * np.real(slope(x, y))),
        **facts,
    )
    return real, imag


def arithmetic(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Any:
    """A function of complex numbers, as one of pairs. Raises NotDifferentiable for others, naming them."""
    known = _ARITHMETIC.get(ufunc)
    if known is not None:
        return known(*inputs)
    if ufunc in DEFINITIONS:
        return DEFINITIONS[ufunc](*inputs)
    if ufunc not in CUTS and ufunc not in _FACTS:
        ABOVE.adopt(ufunc)
    if ufunc in CUTS:
        z = made_whole(inputs[0])
        return Complex(*(compute(row, (z.real, z.imag), None) for row in _analytic(ufunc)))
    return _FACTS[ufunc](*inputs) if ufunc in _FACTS else refuse(ufunc.__name__, "of complex numbers")


# --- rows of the table --------------------------------------------------------------------------------


def _run(row: Row, inputs: Sequence[Any], params: dict[str, Any] | None) -> Any:
    if any(type(x) is Variable for x in inputs):
        return compute(row, inputs, params)
    return evaluate(row, [np.asarray(x) for x in inputs], params)


def _multiplied_out(row: Row, inputs: tuple[Any, ...], params: dict[str, Any] | None) -> Any:
    """A product of several: that of the real part of the first complex one, and that of its imaginary part."""
    for i, x in enumerate(inputs):
        if is_complex(x):
            real, imag = parts_of(x)
            one = _multiplied_out(row, (*inputs[:i], real, *inputs[i + 1 :]), params)
            other = _multiplied_out(row, (*inputs[:i], imag, *inputs[i + 1 :]), params)
            (a, b), (c, d) = parts_of(one), parts_of(other)
            return pair(_plus(a, -d), _plus(b, c))
    return _run(row, inputs, params)


def _shaped_parts(x: Any) -> tuple[Any, Any]:
    z = made_whole(x)
    return z.real, z.imag


def of_row(row: Row, inputs: tuple[Any, ...], params: dict[str, Any] | None) -> Any:
    """A row of the table at inputs of which some are complex, by what the row says of its function."""
    if row.function in DEFINITIONS:
        return DEFINITIONS[row.function](*inputs, **(params or {}))
    if isinstance(row.function, np.ufunc) and row.function.signature is None:
        return arithmetic(row.function, inputs)
    if row.linear == "each" and row.function is not np.vdot:
        return _multiplied_out(row, inputs, params)
    chosen = 1 if row.function is np.where else 0
    if row.linear == "jointly" or chosen:
        parts = [*zip(*(_shaped_parts(x) for x in inputs[chosen:]), strict=True)]
        return Complex(*(_run(row, (*inputs[:chosen], *part), params) for part in parts))
    ufunc = _of_scipy(row.name)
    if ufunc is not None and ABOVE.adopt(ufunc) and ufunc in CUTS:
        return arithmetic(ufunc, inputs)
    return refuse(row.name, "of complex numbers")


def _of_scipy(name: str) -> Any:
    """SciPy's function of that name, which may know complex numbers; None without SciPy."""
    try:
        import scipy.special
    except ImportError:
        return None
    return getattr(scipy.special, name, None)


ABOVE.complex = of_row

# --- NumPy's functions --------------------------------------------------------------------------------

# Made of sums and products of their arguments, so that their definition holds of complex ones.
_MULTILINEAR = {
    np.einsum, np.kron, np.cross, np.trace, np.hstack, np.vstack, np.dstack, np.column_stack, np.append, np.diff,
    np.ediff1d, np.trapezoid, np.polyval, np.vander, np.linalg.matrix_power, np.linalg.multi_dot, np.block, np.insert,
    np.compress, np.extract, np.choose, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.broadcast_arrays, np.copy,
    np.diag, np.diagflat, np.gradient, np.linalg.matmul, np.linalg.outer, np.linalg.tensordot, np.linalg.trace,
    np.apply_along_axis, np.matrix_transpose, np.linalg.matrix_transpose, np.polymul, np.polyadd, np.polysub,
    np.polyder, np.select, np.piecewise, np.average,
}  # fmt: skip
_FACTS: dict[Any, Callable[..., Any]] = {
    np.shape: lambda z: z.shape,
    np.ndim: lambda z: z.ndim,
    np.size: lambda z, axis=None: z.size if axis is None else z.shape[axis],
    np.iscomplexobj: lambda z: True,
    np.isrealobj: lambda z: False,
    np.iscomplex: lambda z: np.not_equal(z.imag, 0.0),
    np.isreal: lambda z: np.equal(z.imag, 0.0),
    np.isfinite: lambda z: np.isfinite(z.value),
    np.isnan: lambda z: np.isnan(z.value),
    np.isinf: lambda z: np.isinf(z.value),
    np.zeros_like: lambda z, dtype=None: np.zeros_like(z.value, dtype),
    np.ones_like: lambda z, dtype=None: np.ones_like(z.value, dtype),
    np.result_type: lambda *args: np.result_type(*(x.value if type(x) is Complex else x for x in args)),
    np.array_equal: lambda x, y: bool(np.all(_equal(x, y))),
    np.allclose: lambda x, y, *args, **kwargs: np.allclose(_detached(x), _detached(y), *args, **kwargs),
}
# What a function with an argument that has a graph, and is complex, means.
DEFINITIONS: dict[Any, Callable[..., Any]] = {}


def _detached(x: Any) -> Any:
    return x.value if type(x) in (Complex, Variable) else x


def of_complex(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the meaning of NumPy functions on complex numbers alone."""

    def declare(definition: Callable[..., Any]) -> Callable[..., Any]:
        DEFINITIONS.update(dict.fromkeys(functions, definition))
        return definition

    return declare


def of_pairs(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the meaning of NumPy functions on Variables and on Complex."""

    def declare(definition: Callable[..., Any]) -> Callable[..., Any]:
        return composed(*functions)(of_complex(*functions)(definition))

    return declare


def _partwise(function: Callable[[Any], Any], z: Complex) -> Any:
    real, imag = function(z.real), function(z.imag)
    if isinstance(real, (list, tuple)):
        return type(real)(Complex(a, b) for a, b in zip(real, imag))
    return Complex(real, imag)


@of_pairs(np.real)
def _real(val: Any) -> Any:
    return val.real if type(val) is Complex else val


@of_pairs(np.imag)
def _imag(val: Any) -> Any:
    return val.imag if type(val) is Complex else np.zeros(np.shape(val))


@of_pairs(np.angle)
def _angle(z: Any, deg: bool = False) -> Any:
    real, imag = parts_of(z)
    if type(z) is not Complex and np.all(np.isfinite(plain_part(z)) & np.not_equal(plain_part(z), 0)):
        angle = np.where(np.less(z, 0.0), np.pi, 0.0)  # a real number does not leave the branch cut
    else:
        angle = np.arctan2(imag if type(z) is Complex else np.zeros_like(plain_part(real)), real)
    return np.rad2deg(angle) if deg else angle


@of_complex(np.real_if_close)
def _real_if_close(a: Any, tol: float = 100) -> Any:
    return a if np.iscomplexobj(np.real_if_close(a.value, tol)) else a.real


@of_complex(np.prod)
def _prod(a: Any, axis: Any = None, dtype: None = None, out: None = None, keepdims: bool = False) -> Any:
    return reduced(np.multiply, a, axis, keepdims)


@of_complex(np.cumprod)
def _cumprod(a: Any, axis: Any = None) -> Any:
    return accumulated(np.multiply, np.ravel(a) if axis is None else a, axis or 0)


@of_complex(np.var)
def _var(a: Any, *args: Any, **kwargs: Any) -> Any:
    return np.var(a.real, *args, **kwargs) + np.var(a.imag, *args, **kwargs)


@of_complex(np.std)
def _std(a: Any, *args: Any, **kwargs: Any) -> Any:
    return np.sqrt(_var(a, *args, **kwargs))


def _extreme(find: Any) -> Callable[..., Any]:
    """NumPy goes by the real parts; where two have the same, the imaginary parts jump in."""

    def chosen(a: Any, axis: Any = None, out: None = None, keepdims: bool = False) -> Any:
        top = find(a.real, axis=axis, keepdims=True)
        there = np.equal(plain_part(a.real), plain_part(top))
        if np.any(np.sum(there, axis=axis) != 1):
            refuse(find.__name__, "of complex numbers with equal real parts")
        imag = np.sum(np.where(there, a.imag, 0.0), axis=axis, keepdims=keepdims)
        return Complex(find(a.real, axis=axis, keepdims=keepdims), imag)

    return chosen


for _find in (np.max, np.min):
    of_complex(_find)(_extreme(_find))


@of_complex(np.vdot)
def _vdot(a: Any, b: Any) -> Any:
    return np.dot(np.ravel(conjugated(a)), np.ravel(b))


@of_complex(np.correlate)
def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    if np.size(a) < np.size(v):
        return conjugated(_correlate(v, a, mode))[::-1]
    return np.convolve(a, conjugated(v)[::-1], mode)  # type: ignore[call-overload]


if hasattr(np, "vecdot"):
    of_complex(np.vecdot, np.linalg.vecdot)(
        lambda x1, x2, axis=-1: np.sum(
            np.moveaxis(conjugated(x1), axis, -1) * np.moveaxis(x2, axis, -1), axis=-1
        )
    )
if hasattr(np, "matvec"):
    of_complex(np.matvec)(COMPOSED[np.matvec])
    of_complex(np.vecmat)(lambda x1, x2: COMPOSED[np.vecmat](conjugated(x1), x2))

_REDUCED: dict[Any, Callable[..., Any]] = {np.add: np.sum, np.multiply: np.prod}
