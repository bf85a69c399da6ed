"""numpy.fft on Variables, and the complex numbers that it makes.

    x = Variable(np.arange(8.0))
    np.sum(np.abs(np.fft.fft(x)) ** 2).backward()   # x.grad == 16x, as Parseval says

A complex result is a ``Complex``: two Variables, its real and its imaginary part, and arithmetic on it is the
textbook's arithmetic on pairs. So complex numbers need no rules of their own, and every order and mode works
through them. The transform itself is one linear map of the pair; its adjoint is the inverse transform with the
other scaling. A complex result that is not made real again cannot be differentiated, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from calcgrad.autodiff.composed import COMPOSED, composed
from calcgrad.autodiff.functions import primitive
from calcgrad.autodiff.variable import ABOVE, Variable, refuse

# --- complex numbers ----------------------------------------------------------------------------------


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
        return _plain(self.real) + 1j * _plain(self.imag)

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

    def conj(self) -> Complex:
        return Complex(self.real, -self.imag)

    conjugate = conj

    def sum(self, *args: Any, **kwargs: Any) -> Any:
        return np.sum(self, *args, **kwargs)

    def mean(self, *args: Any, **kwargs: Any) -> Any:
        return np.mean(self, *args, **kwargs)

    def reshape(self, *shape: Any) -> Any:
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def __repr__(self) -> str:
        return f"Complex({self.value!r})"

    def __len__(self) -> int:
        return len(self.real)

    def __getitem__(self, index: Any) -> Complex:
        return Complex(self.real[index], self.imag[index])

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(
            "complex numbers of a graph do not turn into a plain array by themselves (their derivative would "
            "be lost); take .value to leave the graph"
        )

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            refuse(ufunc.__name__, "of complex numbers")
        return arithmetic(ufunc, inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in _SHAPES:
            return _SHAPES[function](self)
        if function in _OF_PAIRS:
            return COMPOSED[function](*args, **kwargs)
        if function not in _PARTWISE or type(args[0]) is not Complex:
            refuse(function.__name__, "of complex numbers")
        z = args[0]
        return Complex(function(z.real, *args[1:], **kwargs), function(z.imag, *args[1:], **kwargs))


def _plain(x: Any) -> Any:
    return x.value if type(x) is Variable else x


def is_complex(x: Any) -> bool:
    """Is x a complex number or an array of them, with a graph or without?"""
    return isinstance(x, complex) or getattr(getattr(x, "dtype", None), "kind", "") == "c"


def _parts(x: Any) -> tuple[Any, Any]:
    if type(x) is Complex:
        return x.real, x.imag
    if type(x) is Variable:
        return x, 0.0
    array = np.asarray(x)
    return array.real, array.imag if array.dtype.kind == "c" else 0.0


def _is_zero(x: Any) -> bool:
    return type(x) is float and x == 0.0


def _times(x: Any, y: Any) -> Any:
    return 0.0 if _is_zero(x) or _is_zero(y) else x * y


def _plus(x: Any, y: Any) -> Any:
    return y if _is_zero(x) else x if _is_zero(y) else x + y


def _pair(real: Any, imag: Any) -> Complex:
    """Both parts in one shape: a part may have been left out because it is zero."""
    shape = np.broadcast_shapes(np.shape(real), np.shape(imag))
    kind = np.result_type(_plain(real), _plain(imag), 0.0)
    parts = [part if np.shape(part) == shape else part + np.zeros(shape, kind) for part in (real, imag)]
    return Complex(*parts)


def _multiply(x: Any, y: Any) -> Complex:
    (a, b), (c, d) = _parts(x), _parts(y)
    return _pair(_plus(_times(a, c), -_times(b, d)), _plus(_times(a, d), _times(b, c)))


def _divide(x: Any, y: Any) -> Complex:
    c, d = _parts(y)
    if _is_zero(d):
        a, b = _parts(x)
        return _pair(a / c, 0.0 if _is_zero(b) else b / c)
    product, size = _multiply(x, Complex(c, -d)), c * c + d * d
    return Complex(product.real / size, product.imag / size)


def _add(x: Any, y: Any) -> Complex:
    (a, b), (c, d) = _parts(x), _parts(y)
    return _pair(_plus(a, c), _plus(b, d))


def _power(x: Any, n: Any) -> Any:
    if not isinstance(n, int) or n < 1:
        refuse("power", "of complex numbers, other than a positive whole one,")
    result, base = None, x
    while n:
        if n % 2:
            result = base if result is None else _multiply(result, base)
        base, n = _multiply(base, base) if n > 1 else base, n // 2
    return result


def _exp(z: Any) -> Complex:
    size = np.exp(z.real)
    return Complex(size * np.cos(z.imag), size * np.sin(z.imag))


_ARITHMETIC: dict[Any, Callable[..., Any]] = {
    np.exp: _exp,
    np.add: _add,
    np.subtract: lambda x, y: _add(x, np.negative(y)),
    np.multiply: _multiply,
    np.divide: _divide,
    np.negative: lambda x: Complex(-x.real, -x.imag),
    np.positive: lambda x: x,
    np.conjugate: lambda x: x.conj(),
    np.absolute: lambda x: np.hypot(x.real, x.imag),
    np.square: lambda x: _multiply(x, x),
    np.power: _power,
}


def arithmetic(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Any:
    """A function of complex numbers, as one of pairs. Raises NotDifferentiable for others, naming them."""
    known = _ARITHMETIC.get(ufunc)
    if known is None:
        refuse(ufunc.__name__, "of complex numbers")
    return known(*inputs)


ABOVE.complex = arithmetic


# What acts on both parts alike.
_PARTWISE = {
    np.sum, np.mean, np.cumsum, np.reshape, np.ravel, np.transpose, np.swapaxes, np.moveaxis, np.squeeze,
    np.expand_dims, np.broadcast_to, np.flip, np.roll, np.take, np.diff, np.tile, np.repeat, np.copy,
}  # fmt: skip
_SHAPES: dict[Any, Callable[[Any], Any]] = {
    np.shape: lambda z: z.shape,
    np.ndim: lambda z: z.ndim,
    np.size: lambda z: z.size,
    np.iscomplexobj: lambda z: True,
    np.isrealobj: lambda z: False,
}
_OF_PAIRS: set[Any] = set()


def _of_pairs(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the meaning of NumPy functions on Variables and on Complex."""
    _OF_PAIRS.update(functions)
    return composed(*functions)


@_of_pairs(np.real)
def _real(val: Any) -> Any:
    return val.real if type(val) is Complex else val


@_of_pairs(np.imag)
def _imag(val: Any) -> Any:
    return val.imag if type(val) is Complex else np.zeros(np.shape(val))


@_of_pairs(np.angle)
def _angle(z: Any, deg: bool = False) -> Any:
    real, imag = _parts(z)
    if type(z) is not Complex and np.all(np.isfinite(_plain(z)) & np.not_equal(_plain(z), 0)):
        angle = np.where(np.less(z, 0.0), np.pi, 0.0)  # a real number does not leave the branch cut
    else:
        angle = np.arctan2(imag + np.zeros(np.shape(real)), real)
    return np.rad2deg(angle) if deg else angle


# --- transforms ---------------------------------------------------------------------------------------

_OTHER = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def _transformed(pair: Any, *, axis: int, inverse: bool, norm: str | None) -> Any:
    """The transform of pair[0] + 1j*pair[1] along one axis, again as a pair."""
    z = (np.fft.ifft if inverse else np.fft.fft)(pair[0] + 1j * pair[1], axis=axis, norm=norm)  # type: ignore[arg-type]
    return np.stack((z.real, z.imag))


def _adjoint(g: Any, axis: int, inverse: bool, norm: str | None) -> Any:
    """The matrix of a transform is symmetric: its adjoint is its conjugate, which undoes it but for scale."""
    return _transform(g, axis=axis, inverse=not inverse, norm=_OTHER[norm])


_transform: Callable[..., Any] = primitive(
    _transformed,
    lambda g, out, pair, *, axis, inverse, norm: _adjoint(g, axis, inverse, norm),
    name="fft",
    linear="jointly",
)


def _shares(n: int, ndim: int, axis: int) -> Any:
    """Of how many terms of the whole spectrum each of the half is: all but the first and the middle are two."""
    number = n // 2 + 1
    shares = np.full(number, 2.0)
    shares[0] = 1.0
    if n % 2 == 0:
        shares[-1] = 1.0
    return shares.reshape(number, *[1] * (ndim - axis - 1))


def _halved(x: Any, *, axis: int, norm: str | None) -> Any:
    """The half of the spectrum of real numbers that tells the other, as a pair."""
    z = np.fft.rfft(x, axis=axis, norm=norm)  # type: ignore[arg-type]
    return np.stack((z.real, z.imag))


def _made_whole(pair: Any, *, n: int, axis: int, norm: str | None) -> Any:
    return np.fft.irfft(pair[0] + 1j * pair[1], n, axis, norm)  # type: ignore[arg-type]


_halve: Callable[..., Any] = primitive(
    _halved,
    lambda g, out, x, *, axis, norm: _make_whole(
        g / _shares(np.shape(x)[axis], np.ndim(x), axis), n=np.shape(x)[axis], axis=axis, norm=_OTHER[norm]
    ),
    name="rfft",
    linear="jointly",
)
_make_whole: Callable[..., Any] = primitive(
    _made_whole,
    lambda g, out, pair, *, n, axis, norm: (
        _halve(g, axis=axis, norm=_OTHER[norm]) * _shares(n, np.ndim(g), axis)
    ),
    name="irfft",
    linear="jointly",
)


def _resized(z: Any, n: int | None, axis: int) -> Any:
    """Cut off, or fill with zeros, to length n along an axis."""
    length = np.shape(z)[axis]
    if n is None or n == length:
        return z
    if n < length:
        return z[(slice(None),) * (axis % np.ndim(z)) + (slice(n),)]
    shape = list(np.shape(z))
    shape[axis] = n - length
    return np.concatenate((z, np.zeros(shape, z.dtype)), axis=axis)


def _one_axis(z: Any, n: Any, axis: int, norm: Any, *, inverse: bool) -> Complex:
    if not np.ndim(z):
        raise ValueError("a transform needs an array of at least one axis")
    z = _pair(*_parts(z))
    axis = axis % z.ndim
    real, imag = (_resized(part, n, axis) for part in (z.real, z.imag))
    out = _transform(np.stack((real, imag)), axis=axis, inverse=inverse, norm=norm)
    return Complex(out[0], out[1])


def _axes(z: Any, s: Any, axes: Any) -> list[tuple[int, Any]]:
    if axes is None:
        axes = range(-len(s), 0) if s is not None else range(-np.ndim(z), 0)
    lengths = [None] * len(axes) if s is None else [None if n == -1 else n for n in s]
    return list(zip(axes, lengths, strict=True))


@_of_pairs(np.fft.fft)
def _fft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return _one_axis(a, n, axis, norm, inverse=False)


@_of_pairs(np.fft.ifft)
def _ifft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return _one_axis(a, n, axis, norm, inverse=True)


def _along_axes(z: Any, lengths: list[tuple[int, Any]], norm: Any, *, inverse: bool) -> Any:
    for axis, n in reversed(lengths):
        z = _one_axis(z, n, axis, norm, inverse=inverse)
    return z


@_of_pairs(np.fft.fftn)
def _fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    return _along_axes(a, _axes(a, s, axes), norm, inverse=False)


@_of_pairs(np.fft.ifftn)
def _ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    return _along_axes(a, _axes(a, s, axes), norm, inverse=True)


@_of_pairs(np.fft.fft2)
def _fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _fftn(a, s, axes, norm)


@_of_pairs(np.fft.ifft2)
def _ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _ifftn(a, s, axes, norm)


@_of_pairs(np.fft.rfft)
def _rfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    if type(a) is Complex:
        raise TypeError("rfft is of real numbers; fft is of complex ones")
    if not np.ndim(a):
        raise ValueError("a transform needs an array of at least one axis")
    axis = axis % np.ndim(a)
    out = _halve(_resized(a, n, axis), axis=axis, norm=norm)
    return Complex(out[0], out[1])


@_of_pairs(np.fft.irfft)
def _irfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    z = _pair(*_parts(a))
    axis = axis % z.ndim
    n = 2 * (z.shape[axis] - 1) if n is None else n
    half = np.stack([_resized(part, n // 2 + 1, axis) for part in (z.real, z.imag)])
    return _make_whole(half, n=n, axis=axis, norm=norm)


@_of_pairs(np.fft.hfft)
def _hfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return _irfft(_pair(*_parts(a)).conj(), n, axis, _OTHER[norm])


@_of_pairs(np.fft.ihfft)
def _ihfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return _rfft(a, n, axis, _OTHER[norm]).conj()


@_of_pairs(np.fft.rfftn)
def _rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    *rest, (axis, n) = _axes(a, s, axes)
    return _along_axes(_rfft(a, n, axis, norm), rest, norm, inverse=False)


@_of_pairs(np.fft.irfftn)
def _irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    *rest, (axis, n) = _axes(a, s, axes)
    return _irfft(_along_axes(a, rest, norm, inverse=True), n, axis, norm)


@_of_pairs(np.fft.rfft2)
def _rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _rfftn(a, s, axes, norm)


@_of_pairs(np.fft.irfft2)
def _irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _irfftn(a, s, axes, norm)


def _shifted(sign: int) -> Callable[..., Any]:
    def shift(x: Any, axes: Any = None) -> Any:
        axes = tuple(range(np.ndim(x))) if axes is None else (axes,) if isinstance(axes, int) else tuple(axes)
        halves = (np.shape(x)[axis] // 2 for axis in axes)
        return np.roll(x, tuple(sign * half for half in halves), axes)

    return shift


_of_pairs(np.fft.fftshift)(_shifted(1))
_of_pairs(np.fft.ifftshift)(_shifted(-1))
