"""scipy.linalg: its functions by their names and arguments, on Variables and plain arrays.

    cho_solve(cho_factor(cov), y)     # a Gaussian process
    expm(t * a)                       # by t and a, to every order

SciPy's own code takes plain arrays only. What numpy.linalg has too is NumPy's; none of the others needs SciPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from calcgrad.autodiff.composed import array_of
from calcgrad.autodiff.functions import primitive
from calcgrad.errors import NotDifferentiable

# --- as in NumPy --------------------------------------------------------------------------------------


def inv(a: Any) -> Any:
    """The inverse matrix."""
    return np.linalg.inv(array_of(a))


def det(a: Any) -> Any:
    """The determinant."""
    return np.linalg.det(array_of(a))


def pinv(a: Any) -> Any:
    """The pseudoinverse of a matrix of full rank."""
    return np.linalg.pinv(array_of(a))


def norm(a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """A norm of vectors or matrices."""
    return np.linalg.norm(array_of(a), ord, axis, keepdims)


def kron(a: Any, b: Any) -> Any:
    """The Kronecker product."""
    return np.kron(array_of(a), array_of(b))


def eig(a: Any) -> Any:
    """Eigenvalues and eigenvectors."""
    return tuple(np.linalg.eig(array_of(a)))


def eigvals(a: Any) -> Any:
    """Eigenvalues."""
    return np.linalg.eigvals(array_of(a))


def eigh(a: Any, lower: bool = True) -> Any:
    """Eigenvalues and eigenvectors of a symmetric matrix."""
    return tuple(np.linalg.eigh(array_of(a), "L" if lower else "U"))


def eigvalsh(a: Any, lower: bool = True) -> Any:
    """Eigenvalues of a symmetric matrix."""
    return eigh(a, lower)[0]


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """The singular value decomposition."""
    found: Any = np.linalg.svd(array_of(a), full_matrices, compute_uv)  # type: ignore[call-overload]
    return tuple(found) if compute_uv else found


def svdvals(a: Any) -> Any:
    """Singular values."""
    return svd(a, compute_uv=False)


def qr(a: Any, mode: str = "full") -> Any:
    """Q and R; of a matrix with more rows than columns ``mode="economic"``."""
    found = np.linalg.qr(array_of(a), "reduced" if mode == "economic" else "complete")
    return tuple(found)


# --- equations ----------------------------------------------------------------------------------------


def _triangle(a: Any, lower: bool, unit: bool) -> Any:
    if unit:
        return (np.tril(a, -1) if lower else np.triu(a, 1)) + np.eye(np.shape(a)[-1])
    return np.tril(a) if lower else np.triu(a)


def _substituted(a: Any, b: Any, *, lower: bool, unit: bool) -> Any:
    """Forward or back substitution, one row after the other."""
    n = np.shape(a)[-1]
    x = np.zeros(np.broadcast_shapes((*np.shape(a)[:-2], 1, 1), np.shape(b))[:-2] + np.shape(b)[-2:])
    for i in range(n) if lower else range(n - 1, -1, -1):
        known = slice(0, i) if lower else slice(i + 1, n)
        rest = b[..., i, :] - np.matmul(a[..., i : i + 1, known], x[..., known, :])[..., 0, :]
        x[..., i, :] = rest if unit else rest / a[..., i, i, None]
    return x


def _substitute_back(g: Any, a: Any, lower: bool, unit: bool) -> Any:
    return _substitute(np.swapaxes(a, -1, -2), g, lower=not lower, unit=unit)


_substitute: Any = primitive(
    _substituted,
    lambda g, out, a, b, *, lower, unit: (
        _triangle(-_substitute_back(g, a, lower, unit) @ np.swapaxes(out, -1, -2), lower, False)
        * (1.0 - np.eye(np.shape(a)[-1]) * unit)
    ),
    lambda g, out, a, b, *, lower, unit: _substitute_back(g, a, lower, unit),
    name="solve_triangular",
)


def solve_triangular(
    a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False, **options: Any
) -> Any:
    """The solution of a x = b, or with trans=1 of a.T x = b, of which one triangle of a is read."""
    _only(options, "overwrite_b", "check_finite")
    a, b = array_of(a), array_of(b)
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ValueError("trans is 0, 1 or 2")
    if trans not in (0, "N"):
        a, lower = np.swapaxes(a, -1, -2), not lower
    columns = np.expand_dims(b, -1) if np.ndim(b) == 1 else b
    x = _substitute(a, columns, lower=bool(lower), unit=bool(unit_diagonal))
    return x[..., 0] if np.ndim(b) == 1 else x


def _only(options: dict[str, Any], *harmless: str) -> None:
    """Options that change how something is computed, and no value."""
    other = options.keys() - set(harmless)
    if other:
        raise TypeError(f"unknown arguments: {', '.join(sorted(other))}")


def solve(
    a: Any, b: Any, lower: bool = False, assume_a: str | None = None, transposed: bool = False, **options: Any
) -> Any:
    """The solution of a x = b."""
    _only(options, "overwrite_a", "overwrite_b", "check_finite")
    a, b = array_of(a), array_of(b)
    if assume_a in ("sym", "her", "pos", "symmetric", "hermitian", "positive definite"):
        half = np.tril(a) if lower else np.triu(a)
        a = half + np.swapaxes(half, -1, -2) - half * np.eye(np.shape(a)[-1])
    elif assume_a in ("upper triangular", "lower triangular"):
        a = np.tril(a) if assume_a.startswith("lower") else np.triu(a)
    return np.linalg.solve(np.swapaxes(a, -1, -2) if transposed else a, b)


def cholesky(a: Any, lower: bool = False, **options: Any) -> Any:
    """The triangular factor of a positive definite matrix: the upper one, as SciPy has it."""
    _only(options, "overwrite_a", "check_finite")
    found = np.linalg.cholesky(array_of(a) if lower else np.swapaxes(array_of(a), -1, -2))
    return found if lower else np.swapaxes(found, -1, -2)


def cho_factor(a: Any, lower: bool = False, **options: Any) -> tuple[Any, bool]:
    """A factor for cho_solve."""
    return cholesky(a, lower, **options), lower


def cho_solve(c_and_lower: tuple[Any, bool], b: Any, **options: Any) -> Any:
    """The solution of a x = b from cho_factor(a)."""
    c, lower = c_and_lower
    first = solve_triangular(c, b, trans=0 if lower else 1, lower=lower, **options)
    return solve_triangular(c, first, trans=1 if lower else 0, lower=lower, **options)


def solve_banded(l_and_u: tuple[int, int], ab: Any, b: Any, **options: Any) -> Any:
    """The solution of a x = b, the diagonals of a in the rows of ab, the uppermost first."""
    _only(options, "overwrite_ab", "overwrite_b", "check_finite")
    low, up = l_and_u
    ab = array_of(ab)
    n = np.shape(ab)[1]
    rows, columns = np.indices((n, n))
    there = (rows - columns <= low) & (columns - rows <= up)
    return np.linalg.solve(
        np.where(there, ab[np.clip(up + rows - columns, 0, low + up), columns], 0.0), array_of(b)
    )


def _sylvester(a: Any, b: Any, q: Any) -> Any:
    m, n = np.shape(q)
    both = np.kron(a, np.eye(n)) + np.kron(np.eye(m), b.T)
    return np.reshape(np.linalg.solve(both, np.ravel(q)), (m, n))


def _sylvester_back(g: Any, a: Any, b: Any) -> Any:
    return solve_sylvester(a.T, b.T, g)


_solve_sylvester = primitive(
    _sylvester,
    lambda g, out, a, b, q: -_sylvester_back(g, a, b) @ out.T,
    lambda g, out, a, b, q: -out.T @ _sylvester_back(g, a, b),
    lambda g, out, a, b, q: _sylvester_back(g, a, b),
    name="solve_sylvester",
)


def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """The solution of a x + x b = q."""
    return _solve_sylvester(array_of(a), array_of(b), array_of(q))


def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """The solution of a x + x a.T = q."""
    a = array_of(a)
    return solve_sylvester(a, a.T, q)


# --- functions of matrices ----------------------------------------------------------------------------

# N. Higham, "The scaling and squaring method for the matrix exponential revisited", 2005: the Pade approximant [13/13].
_PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0,
    10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0, 1.0,
)  # fmt: skip


def _exponential(a: Any) -> Any:
    size = np.max(np.sum(np.abs(a), axis=-2), initial=0.0)
    if not np.isfinite(size):
        return np.full_like(a, np.nan)
    twos = max(0, int(np.ceil(np.log2(size / 5.37)))) if size > 0 else 0
    a = a / 2.0**twos
    square = a @ a
    even, odd, power = np.zeros_like(a), np.zeros_like(a), np.broadcast_to(np.eye(a.shape[-1]), a.shape)
    for k in range(0, 14, 2):
        even = even + _PADE[k] * power
        odd = odd + _PADE[k + 1] * power
        power = power @ square
    odd = a @ odd
    found = np.linalg.solve(even - odd, even + odd)
    for _ in range(twos):
        found = found @ found
    return found


def _exponential_slope(a: Any, along: Any) -> Any:
    """The derivative of expm at a: a corner of the exponential of [[a, along], [0, a]]."""
    n = np.shape(a)[-1]
    zero = np.zeros(np.shape(a))
    doubled = np.concatenate(
        (np.concatenate((a, along), axis=-1), np.concatenate((zero, a), axis=-1)), axis=-2
    )
    return _expm(doubled)[..., :n, n:]


_expm: Any = primitive(
    _exponential, lambda g, out, a: _exponential_slope(np.swapaxes(a, -1, -2), g), name="expm"
)


def expm(A: Any) -> Any:
    """The exponential of a matrix, or of each of several."""
    return _expm(array_of(A))


def _square_root(a: Any) -> Any:
    """By the product form of the Denman-Beavers iteration, N. Higham, "Functions of Matrices", 2008, (6.29)."""
    if not np.all(np.isfinite(a)):
        return np.full_like(a, np.nan)
    eye = np.eye(a.shape[-1])
    x, m = a, a
    for _ in range(100):
        inverse = np.linalg.inv(m)
        scale = abs(np.linalg.det(m)) ** (-0.5 / len(m)) if np.linalg.norm(m - eye) > 1e-2 else 1.0
        x = 0.5 * scale * x @ (eye + inverse / scale**2)
        m = 0.5 * (eye + 0.5 * (scale**2 * m + inverse / scale**2))
        if np.linalg.norm(m - eye) <= 1e-15 * len(m):
            break
    if not np.linalg.norm(x @ x - a) <= 1e-8 * np.linalg.norm(a):
        return np.full_like(a, np.nan)
    return x


_sqrtm = primitive(
    _square_root, lambda g, out, a: solve_sylvester(out.T, out.T, g), name="sqrtm", undefined=False
)


def sqrtm(A: Any) -> Any:
    """The principal square root of a matrix that has no eigenvalue on the negative half of the real line, nor 0."""
    A = array_of(A)
    try:
        found = _sqrtm(A)
    except np.linalg.LinAlgError:
        raise NotDifferentiable(
            "sqrtm is not real, or has no derivative", function="sqrtm", kind="undefined"
        ) from None
    return found


# --- matrices of vectors ------------------------------------------------------------------------------


def block_diag(*arrs: Any) -> Any:
    """The blocks along the diagonal of a matrix."""
    blocks = [np.atleast_2d(array_of(x)) for x in arrs]
    shapes = [np.shape(x) for x in blocks]
    return np.block(
        [
            [x if i == j else np.zeros((shapes[i][0], shapes[j][1])) for j in range(len(blocks))]
            for i, x in enumerate(blocks)
        ]
    )


def toeplitz(c: Any, r: Any = None) -> Any:
    """The matrix with constant diagonals: c its first column, r its first row."""
    c = np.ravel(array_of(c))
    r = c if r is None else np.ravel(array_of(r))
    values = np.concatenate((c[::-1], r[1:]))
    i, j = np.indices((np.size(c), np.size(r)))
    return values[np.size(c) - 1 - i + j]


def hankel(c: Any, r: Any = None) -> Any:
    """The matrix with constant antidiagonals: c its first column, r its last row."""
    c = np.ravel(array_of(c))
    r = np.zeros(np.size(c)) if r is None else np.ravel(array_of(r))
    values = np.concatenate((c, r[1:]))
    i, j = np.indices((np.size(c), np.size(r)))
    return values[i + j]


def circulant(c: Any) -> Any:
    """The matrix whose columns are c, moved round."""
    c = array_of(c)
    n = np.size(c)
    i, j = np.indices((n, n))
    return c[(i - j) % n]
