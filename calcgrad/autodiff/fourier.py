"""numpy.fft on Variables, and the complex numbers that it makes.

    x = Variable(np.arange(8.0))
    np.sum(np.abs(np.fft.fft(x)) ** 2).backward()   # x.grad == 16x, as Parseval says

The transform is one linear map of the pair of parts; its adjoint is the inverse transform with the other scaling.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from calcgrad.autodiff.complexes import Complex, made_whole, of_pairs
from calcgrad.autodiff.functions import primitive

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
    z = made_whole(z)
    axis = axis % z.ndim
    real, imag = (_resized(part, n, axis) for part in (z.real, z.imag))
    out = _transform(np.stack((real, imag)), axis=axis, inverse=inverse, norm=norm)
    return Complex(out[0], out[1])


def _axes(z: Any, s: Any, axes: Any) -> list[tuple[int, Any]]:
    if axes is None:
        axes = range(-len(s), 0) if s is not None else range(-np.ndim(z), 0)
    lengths = [None] * len(axes) if s is None else [None if n == -1 else n for n in s]
    return list(zip(axes, lengths, strict=True))


@of_pairs(np.fft.fft)
def _fft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return _one_axis(a, n, axis, norm, inverse=False)


@of_pairs(np.fft.ifft)
def _ifft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return _one_axis(a, n, axis, norm, inverse=True)


def _along_axes(z: Any, lengths: list[tuple[int, Any]], norm: Any, *, inverse: bool) -> Any:
    for axis, n in reversed(lengths):
        z = _one_axis(z, n, axis, norm, inverse=inverse)
    return z


@of_pairs(np.fft.fftn)
def _fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    return _along_axes(a, _axes(a, s, axes), norm, inverse=False)


@of_pairs(np.fft.ifftn)
def _ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    return _along_axes(a, _axes(a, s, axes), norm, inverse=True)


@of_pairs(np.fft.fft2)
def _fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _fftn(a, s, axes, norm)


@of_pairs(np.fft.ifft2)
def _ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _ifftn(a, s, axes, norm)


@of_pairs(np.fft.rfft)
def _rfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    if type(a) is Complex:
        raise TypeError("rfft is of real numbers; fft is of complex ones")
    if not np.ndim(a):
        raise ValueError("a transform needs an array of at least one axis")
    axis = axis % np.ndim(a)
    out = _halve(_resized(a, n, axis), axis=axis, norm=norm)
    return Complex(out[0], out[1])


@of_pairs(np.fft.irfft)
def _irfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    z = made_whole(a)
    axis = axis % z.ndim
    n = 2 * (z.shape[axis] - 1) if n is None else n
    half = np.stack([_resized(part, n // 2 + 1, axis) for part in (z.real, z.imag)])
    return _make_whole(half, n=n, axis=axis, norm=norm)


@of_pairs(np.fft.hfft)
def _hfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return _irfft(made_whole(a).conj(), n, axis, _OTHER[norm])


@of_pairs(np.fft.ihfft)
def _ihfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return _rfft(a, n, axis, _OTHER[norm]).conj()


@of_pairs(np.fft.rfftn)
def _rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    *rest, (axis, n) = _axes(a, s, axes)
    return _along_axes(_rfft(a, n, axis, norm), rest, norm, inverse=False)


@of_pairs(np.fft.irfftn)
def _irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    *rest, (axis, n) = _axes(a, s, axes)
    return _irfft(_along_axes(a, rest, norm, inverse=True), n, axis, norm)


@of_pairs(np.fft.rfft2)
def _rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _rfftn(a, s, axes, norm)


@of_pairs(np.fft.irfft2)
def _irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _irfftn(a, s, axes, norm)


def _shifted(sign: int) -> Callable[..., Any]:
    def shift(x: Any, axes: Any = None) -> Any:
        axes = tuple(range(np.ndim(x))) if axes is None else (axes,) if isinstance(axes, int) else tuple(axes)
        halves = (np.shape(x)[axis] // 2 for axis in axes)
        return np.roll(x, tuple(sign * half for half in halves), axes)

    return shift


of_pairs(np.fft.fftshift)(_shifted(1))
of_pairs(np.fft.ifftshift)(_shifted(-1))
