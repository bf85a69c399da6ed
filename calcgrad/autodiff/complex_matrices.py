"""numpy.linalg on complex matrices of a graph, and eigenvalues of real ones that need not be symmetric.

    w, v = np.linalg.eig(a)       # real or complex, as NumPy gives them
    np.sum(np.abs(w)).backward()

Adjoints of complex results are dL/dreal + 1j*dL/dimag. Vectors are known up to a phase that is LAPACK's choice: what
depends on it has no derivative, and is refused by name. Solutions and inverses are those of the real matrix
[[real, -imag], [imag, real]]; the rules of the others are M. Giles' (2008) with conjugates in their places.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

from calcgrad.autodiff.complexes import (
    Complex,
    conjugated,
    is_complex,
    joined,
    made_whole,
    of_complex,
    parts_of,
    transjugate,
)
from calcgrad.autodiff.composed import composed
from calcgrad.autodiff.functions import primitive
from calcgrad.autodiff.linalg import (
    blur,
    cholesky_adjoint,
    cofactors,
    gaps,
    pinv_adjoint,
    require_full_rank,
    svd_adjoint,
)
from calcgrad.autodiff.rules import value_of
from calcgrad.errors import NotDifferentiable

Function = Callable[..., Any]


def _pair(z: Any) -> Any:
    """Both parts as one array, along a new first axis."""
    return np.stack(parts_of(made_whole(z)) if hasattr(z, "detach") else (np.real(z), np.imag(z)))


def _complex(p: Any) -> Any:
    return Complex(p[0], p[1]) if hasattr(p, "row") else joined(p[0], p[1])


def _function(value: Function, rule: Function, corner: Function | None = None, **facts: Any) -> Function:
    """A function of one complex array as an operation on its parts; ``rule(g, out, z)`` is in complex numbers."""
    if corner is not None:  # beside which it is not worked out
        facts |= {
            "corner": lambda p, **params: corner(_complex(p), **params),
            "side": lambda t, p, **params: np.full_like(_pair(value(_complex(p), **params)), np.nan),
        }
    made = primitive(
        lambda p, **params: _pair(value(_complex(p), **params)),
        lambda g, out, p, **params: _pair(rule(_complex(g), _complex(out), _complex(p), **params)),
        **facts,
    )
    return lambda z, **params: _complex(made(_pair(z), **params))


# --- equations ----------------------------------------------------------------------------------------


def _real_matrix(a: Any) -> Any:
    real, imag = parts_of(made_whole(a))
    return np.concatenate(
        (np.concatenate((real, -imag), axis=-1), np.concatenate((imag, real), axis=-1)), axis=-2
    )


@of_complex(np.linalg.solve)
def _solve(a: Any, b: Any) -> Any:
    axis = -1 if np.ndim(b) == 1 else -2
    x = np.linalg.solve(_real_matrix(a), np.concatenate(parts_of(made_whole(b)), axis=axis))
    return Complex(*np.split(x, 2, axis=axis))


@of_complex(np.linalg.inv)
def _inv(a: Any) -> Any:
    n = np.shape(a)[-1]
    inverse = np.linalg.inv(_real_matrix(a))
    return Complex(inverse[..., :n, :n], inverse[..., n:, :n])


_determinant = _function(
    lambda a: np.linalg.det(a),
    lambda g, out, a: np.expand_dims(g, (-1, -2)) * conjugated(cofactors(out, a)),
    name="det",
)


@of_complex(np.linalg.det)
def _det(a: Any) -> Any:
    return _determinant(a)


_Slogdet = namedtuple("_Slogdet", "sign logabsdet")


@of_complex(np.linalg.slogdet)
def _slogdet(a: Any) -> Any:
    determinant = _determinant(a)
    return _Slogdet(determinant / np.abs(determinant), 0.5 * np.linalg.slogdet(_real_matrix(a))[1])


def _read(a: Any, triangle: str = "L") -> Any:
    """The Hermitian matrix of which NumPy reads one triangle only, whatever stands in the other."""
    a = made_whole(a)
    lower = np.tri(np.shape(a)[-1], dtype=bool)
    lower = lower if triangle.upper() == "L" else lower.T
    real = np.where(lower, a.real, np.swapaxes(a.real, -1, -2))
    imag = np.where(lower, a.imag, -np.swapaxes(a.imag, -1, -2))
    return Complex(real, imag * (1.0 - np.eye(np.shape(a)[-1])))


_cholesky_of = _function(
    lambda a: np.linalg.cholesky(a), lambda g, out, a: cholesky_adjoint(g, out), name="cholesky"
)


@of_complex(np.linalg.cholesky)
def _cholesky(a: Any, /, *, upper: bool = False) -> Any:
    found = _cholesky_of(_read(a, "U" if upper else "L"))
    return transjugate(found) if upper else found


_pinv_of = _function(
    lambda a, rtol: np.linalg.pinv(a, rtol=rtol), lambda g, out, a, rtol: pinv_adjoint(g, out, a), name="pinv"
)


@of_complex(np.linalg.pinv)
def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    tolerance = value_of(rcond if rtol is None else rtol)
    tolerance = max(np.shape(a)[-2:]) * np.finfo(float).eps if tolerance is None else tolerance
    require_full_rank(a.value, tolerance, "pinv")
    return _pinv_of(_read(a) if hermitian else a, rtol=tolerance)


# --- decompositions -----------------------------------------------------------------------------------


def _require_no_phase(along: Any, function: str) -> None:
    """Refuse an adjoint that notices the phase of vectors; ``along`` are its products with each of them."""
    turned, size = np.imag(_diagonal(_detached(along))), np.abs(_detached(along))
    if np.any(np.abs(turned) > 1e-9 * np.max(size, initial=0.0)):
        raise NotDifferentiable(
            f"the phase of complex vectors of {function} is arbitrary: what depends on it has no derivative",
            function=function,
            kind="no-rule",
            hint="use np.abs of them, or products with their conjugates",
        )


def _detached(z: Any) -> Any:
    return z.detach() if hasattr(z, "detach") else z


def _diagonal(m: Any) -> Any:
    return np.diagonal(m, 0, -2, -1)


def _no_repeats(values: Function) -> Function:
    def meets(a: Any, **params: Any) -> bool:
        w = values(a, **params)
        return bool(np.any(np.abs(np.diff(w)) <= blur(w)))

    return meets


def _eigh_joined(a: Any, UPLO: str) -> Any:
    w, v = np.linalg.eigh(a, UPLO)  # type: ignore[call-overload]
    return np.concatenate((w[..., None, :], v), axis=-2)


def _eigh_adjoint(g: Any, out: Any) -> Any:
    w, v = np.real(out[..., 0, :]), out[..., 1:, :]
    along = transjugate(v) @ g[..., 1:, :]
    _require_no_phase(along, "eigh")
    n = np.shape(w)[-1]
    middle = np.expand_dims(np.real(g[..., 0, :]), -2) * np.eye(n) + gaps(w, blur(value_of(w))) * along
    back = v @ middle @ transjugate(v)
    return 0.5 * (back + transjugate(back))


_eigh_of = _function(
    _eigh_joined,
    lambda g, out, a, UPLO: _eigh_adjoint(g, out),
    corner=_no_repeats(lambda a, UPLO: np.linalg.eigvalsh(a, UPLO)),
    name="eigh",
)
_Eigh = namedtuple("_Eigh", "eigenvalues eigenvectors")


@of_complex(np.linalg.eigh)
def _eigh(a: Any, UPLO: str = "L") -> Any:
    out = _eigh_of(_read(a, UPLO), UPLO=UPLO)
    return _Eigh(np.real(out[..., 0, :]), out[..., 1:, :])


@of_complex(np.linalg.eigvalsh)
def _eigvalsh(a: Any, UPLO: str = "L") -> Any:
    return _eigh(a, UPLO)[0]


def _svd_joined(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return np.concatenate((u, s[..., None, :], transjugate(vh)), axis=-2)


def _svd_adjoint(g: Any, out: Any, a: Any) -> Any:
    m = np.shape(a)[-2]
    left = transjugate(out[..., :m, :]) @ g[..., :m, :]
    right = transjugate(out[..., m + 1 :, :]) @ g[..., m + 1 :, :]
    _require_no_phase(left + right, "svd")
    return svd_adjoint(g, out, a)


_svd_of = _function(
    _svd_joined,
    _svd_adjoint,
    corner=_no_repeats(lambda a: np.append(s := np.linalg.svd(a, compute_uv=False), 0.0 * s[..., -1:], -1)),
    name="svd",
)
_Svd = namedtuple("_Svd", "U S Vh")


@of_complex(np.linalg.svd)
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    m, n = np.shape(a)[-2:]
    if hermitian or (compute_uv and full_matrices and m != n):
        raise NotDifferentiable(
            "svd of complex numbers has no derivative rule but with full_matrices=False",
            function="svd",
            kind="no-rule",
        )
    out = _svd_of(a)
    s = np.real(out[..., m, :])
    return _Svd(out[..., :m, :], s, transjugate(out[..., m + 1 :, :])) if compute_uv else s


@of_complex(np.linalg.svdvals)
def _svdvals(x: Any) -> Any:
    return _svd(x, compute_uv=False)


def _eig_joined(a: Any) -> Any:
    w, v = np.linalg.eig(a)
    return np.concatenate((w[..., None, :], v), axis=-2).astype(complex)


def _eig_adjoint(g: Any, out: Any) -> Any:
    """Vectors have length one, so the part of their adjoint along them does not count."""
    w, v = out[..., 0, :], out[..., 1:, :]
    n = np.shape(w)[-1]
    along = transjugate(v) @ g[..., 1:, :]
    _require_no_phase(along, "eig")
    along = along - transjugate(v) @ v * np.expand_dims(np.real(_diagonal(along)), -2)
    difference = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    middle = along * (1.0 - np.eye(n)) / (conjugated(difference) + np.eye(n))
    middle = middle + np.expand_dims(g[..., 0, :], -2) * np.eye(n)
    return np.linalg.solve(transjugate(v), middle @ transjugate(v))


def _eig_meets(a: Any) -> bool:
    w = np.linalg.eigvals(a)
    apart = np.where(np.eye(w.shape[-1], dtype=bool), np.inf, np.abs(w[..., :, None] - w[..., None, :]))
    return bool(np.any(apart <= blur(np.abs(w))[..., None]))


_eig_of = _function(_eig_joined, lambda g, out, a: _eig_adjoint(g, out), corner=_eig_meets, name="eig")
_Eig = namedtuple("_Eig", "eigenvalues eigenvectors")


@of_complex(np.linalg.eig)
@composed(np.linalg.eig)
def _eig(a: Any) -> Any:
    plain = is_complex(a) or is_complex(np.linalg.eigvals(value_of(a)))
    out = _eig_of(a)
    w, v = out[..., 0, :], out[..., 1:, :]
    return _Eig(w, v) if plain else _Eig(np.real(w), np.real(v))  # NumPy's real vectors turn no phase


@of_complex(np.linalg.eigvals)
@composed(np.linalg.eigvals)
def _eigvals(a: Any) -> Any:
    return _eig(a)[0]


# --- norms --------------------------------------------------------------------------------------------


@of_complex(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    ndim = np.ndim(x)
    axes = tuple(range(ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if axis is None and ord is None and ndim != 1:  # of all elements, however many axes they have
        found = np.linalg.norm(np.concatenate([np.ravel(part) for part in (x.real, x.imag)]))
        return np.reshape(found, (1,) * ndim) if keepdims else found
    if ord is None or ord == "fro" or (ord == 2 and len(axes) == 1):
        both = np.concatenate((x.real, x.imag), axis=axes[-1])
        return np.linalg.norm(both, ord, axes if len(axes) > 1 else axes[0], keepdims)
    if len(axes) == 1 or ord in (1, -1, np.inf, -np.inf):
        return np.linalg.norm(np.abs(x), ord, axis, keepdims)
    singular = _svd(np.moveaxis(x, axes, (-2, -1)), compute_uv=False)
    found = {"nuc": np.sum, 2: np.max, -2: np.min}[ord](singular, axis=-1)  # type: ignore[operator]
    return np.expand_dims(found, tuple(i % ndim for i in axes)) if keepdims else found
