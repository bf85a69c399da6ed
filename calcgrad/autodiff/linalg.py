"""Linear algebra: rules for einsum, sort, convolve and the functions of numpy.linalg.

    np.linalg.solve(a, b)   # on Variables: one more solve with the transposed matrix, walking back

The matrix rules are those collected by M. Giles, "An extended collection of matrix derivative results for
forward and reverse mode algorithmic differentiation", 2008; that of QR is S. Walter's thesis, 2012. A
function with several results is recorded as one array that holds them all and is taken apart by indexing.
"""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from calcgrad.autodiff.complexes import is_complex
from calcgrad.autodiff.complexes import transjugate as _H
from calcgrad.autodiff.composed import COMPOSED, array_of, composed, no_rule
from calcgrad.autodiff.dispatch import cast
from calcgrad.autodiff.functions import norm, primitive
from calcgrad.autodiff.rules import product_of_others, row, value_of
from calcgrad.errors import NotDifferentiable

# --- sort ---------------------------------------------------------------------------------------------


def _unsorted(g: Any, a: Any, axis: Any) -> Any:
    """Send each element's adjoint back to where the element came from."""
    if axis is None:
        return np.reshape(_unsorted(g, np.ravel(a), 0), np.shape(a))
    if hasattr(a, "row") and _ties(value_of(a), axis):  # beside the tie it came from elsewhere
        return _sent_back(g, a, axis=axis)
    order = _order(value_of(a), axis)
    if hasattr(g, "row"):
        return np.take_along_axis(g, np.argsort(order, axis=axis), axis)
    sent = np.empty_like(g)
    np.put_along_axis(sent, order, g, axis)
    return sent


def _order(a: Any, axis: Any) -> Any:
    """Equals stay in their order; where there are none a faster way has the same result."""
    order = np.argsort(a, axis=axis)
    tied = np.any(np.diff(np.take_along_axis(a, order, axis), axis=axis) == 0)
    return np.argsort(a, axis=axis, kind="stable") if tied else order


def _ties(a: Any, axis: Any = -1) -> bool:
    return bool(np.any(np.diff(np.sort(a, axis=axis), axis=-1 if axis is None else axis) == 0))


_sent_back: Any = primitive(
    lambda g, a, axis: np.take_along_axis(g, np.argsort(_order(a, axis), axis=axis), axis),
    lambda h, out, g, a, axis: _sent_forth(h, a, axis=axis),
    None,
    corner=lambda g, a, axis: _ties(a, axis),
    side=lambda t, g, a, axis: np.full(np.shape(g), np.nan),  # of some sides of a tie it is the slope
    name="sort",
)
_sent_forth: Any = primitive(
    lambda g, a, axis: np.take_along_axis(g, _order(a, axis), axis),
    lambda h, out, g, a, axis: _sent_back(h, a, axis=axis),
    None,
    corner=lambda g, a, axis: _ties(a, axis),
    side=lambda t, g, a, axis: np.full(np.shape(g), np.nan),
    name="sort",
)


def _sort_side(t: Any, a: Any, axis: Any = -1) -> Any:
    """Among equals those that grow less come first; where that is not known of one, of none of its equals."""
    if axis is None:
        return _sort_side((np.ravel(t[0]),), np.ravel(a), 0)
    order = np.argsort(a, axis=axis)
    if np.any(np.diff(np.take_along_axis(a, order, axis), axis=axis) == 0):
        order = np.lexsort((t[0], a), axis=axis)
    slopes = np.moveaxis(np.take_along_axis(t[0], order, axis), axis, -1)
    if np.any(np.isnan(slopes)):
        ordered = np.moveaxis(np.take_along_axis(a, order, axis), axis, -1)
        equals = np.expand_dims(ordered, -1) == np.expand_dims(ordered, -2)
        slopes = np.where(np.any(equals & np.expand_dims(np.isnan(slopes), -2), axis=-1), np.nan, slopes)
    return np.moveaxis(slopes, -1, axis)


row(
    np.sort,
    lambda g, out, a, axis=-1: _unsorted(g, a, axis),
    corner=lambda a, axis=-1: _ties(a, axis),
    tied=lambda out, a, axis=-1: bool(np.any(np.diff(out, axis=-1 if axis is None else axis) == 0)),
    side=_sort_side,
    selects=True,
)

# --- products -----------------------------------------------------------------------------------------

row(
    np.convolve,
    lambda g, out, a, v, mode="full": _convolved_back(_full(g, np.size(a), np.size(v), mode), a, v),
    lambda g, out, a, v, mode="full": _convolved_back(_full(g, np.size(a), np.size(v), mode), v, a),
    linear="each",
)


def _convolved_back(g: Any, mine: Any, other: Any) -> Any:
    return np.reshape(np.correlate(g, np.ravel(other), "valid"), np.shape(mine))  # of a number too


def _full(g: Any, n: int, m: int, mode: str) -> Any:
    """The adjoint of a full convolution from that of its middle part."""
    missing = n + m - 1 - np.size(g)
    before = missing // 2 if mode == "same" else min(n, m) - 1 if mode == "valid" else 0
    return np.concatenate((np.zeros(before), g, np.zeros(missing - before)))


def _contract(arrays: Any, subscripts: str = "") -> Any:
    return np.einsum(subscripts, *arrays)


def _einsum_adjoint(i: int, g: Any, inputs: Any, subscripts: str) -> Any:
    """Swap the operand and the result; indices that nothing else has were summed: broadcast them."""
    left, right = subscripts.split("->")
    operands = left.split(",")
    mine = operands[i]
    others = [labels for j, labels in enumerate(operands) if j != i]
    known = "".join(label for label in mine if label in right or any(label in o for o in others))
    arrays = [a for j, a in enumerate(inputs) if j != i]
    part = np.einsum(",".join([right, *others]) + "->" + known, g, *arrays)
    for axis, label in enumerate(mine):
        if label not in known:
            part = np.expand_dims(part, axis)
    return part


_EINSUM = primitive(
    _contract,
    lambda i, g, out, *inputs, subscripts="": _einsum_adjoint(i, g, inputs, subscripts),
    variadic=True,
    linear="each",
    name="einsum",
)


@composed(np.einsum)
def _einsum(subscripts: Any, *operands: Any, optimize: Any = False, **kwargs: Any) -> Any:
    if kwargs.keys() - {"dtype", "order", "casting"}:
        raise no_rule("einsum", f"with {', '.join(kwargs)}=")
    if not isinstance(subscripts, str):
        subscripts, operands = _lettered((subscripts, *operands))
    if kwargs.get("dtype") is not None:
        operands = tuple(cast(each, kwargs["dtype"]) for each in operands)
    left, right = _explicit(subscripts.replace(" ", ""), operands)
    labels, arrays = [], []
    for part, array in zip(left, operands):
        while len(set(part)) < len(part):  # a repeated index is a diagonal
            label = next(c for c in part if part.count(c) > 1)
            first = part.index(label)
            second = part.index(label, first + 1)
            array = np.diagonal(array, 0, first, second)
            part = part[:first] + part[first + 1 : second] + part[second + 1 :] + label
        labels.append(part)
        arrays.append(array)
    return _EINSUM(tuple(arrays), subscripts=",".join(labels) + "->" + right)


def _lettered(arguments: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """einsum(a, [0, 1], b, [1, 2], [0, 2]) as einsum("ab,bc->ac", a, b)."""
    pairs = len(arguments) // 2
    labels = [arguments[2 * i + 1] for i in range(pairs)] + list(arguments[2 * pairs :])
    words = ["".join("..." if n is Ellipsis else _LETTERS[n] for n in label) for label in labels]
    right = "->" + words[-1] if len(words) > pairs else ""
    return ",".join(words[:pairs]) + right, tuple(arguments[: 2 * pairs : 2])


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in NumPy's order


def _explicit(subscripts: str, operands: Any) -> tuple[list[str], str]:
    """Labels of the operands and of the result, with dots and an omitted result written out."""
    left, arrow, right = subscripts.partition("->")
    parts = left.split(",")
    free = [c for c in _LETTERS if c not in subscripts]
    depth = [np.ndim(a) - len(p.replace("...", "")) for p, a in zip(parts, operands)]
    dots = max((d for p, d in zip(parts, depth) if "..." in p), default=0)
    wide = "".join(free[:dots])
    parts = [p.replace("...", wide[dots - d :]) for p, d in zip(parts, depth)]
    if arrow:
        right = right.replace("...", wide)
    else:
        joined = "".join(parts)
        right = wide + "".join(sorted(c for c in set(joined) if joined.count(c) == 1 and c not in wide))
    return parts, right


# What numpy.linalg calls by the same name as numpy does, with its own defaults.
composed(np.linalg.outer)(np.outer)
composed(np.linalg.matmul)(np.matmul)
composed(np.linalg.tensordot)(lambda x1, x2, /, *, axes=2: np.tensordot(x1, x2, axes))
composed(np.linalg.vecdot)(COMPOSED[np.vecdot])
composed(np.linalg.cross)(lambda x1, x2, /, *, axis=-1: np.cross(x1, x2, axis=axis))
composed(np.linalg.trace)(lambda x, /, *, offset=0, dtype=None: np.trace(x, offset, -2, -1))


# --- inverses and determinants ------------------------------------------------------------------------


def _T(a: Any) -> Any:
    return np.swapaxes(a, -1, -2)


def _symmetric(a: Any) -> Any:
    return 0.5 * (a + _T(a))


def _read(a: Any, triangle: str = "L") -> Any:
    """The symmetric matrix of which NumPy reads one triangle only, whatever stands in the other."""
    lower = np.tri(np.shape(a)[-1], dtype=bool)
    return np.where(lower if triangle.upper() == "L" else lower.T, a, _T(a))


row(np.linalg.inv, lambda g, out, a: -_T(out) @ g @ _T(out))


_MOST_LOST = 1e3


def _is_regular(a: Any, again: bool) -> bool:
    """Does det(a)/a keep its digits? Once, scales of rows and columns don't matter; differentiated again, they do."""
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return False
    lost = (
        np.linalg.norm(inverse, axis=(-2, -1)) * np.linalg.norm(a, axis=(-2, -1))
        if again
        else np.sum(np.abs(inverse * _T(a)), -1)
    )
    return not np.any(lost > _MOST_LOST)  # of nan nothing is better


def cofactors(out: Any, a: Any) -> Any:
    """det(a) times the transposed inverse; near no inverse, by the singular values.

    Those have a corner there, and the cofactors have none: their own slopes are known in the same way.
    """
    value = getattr(a, "value", a)  # of complex ones too
    if _is_regular(value, value is not a):
        return np.expand_dims(out, (-1, -2)) * _T(np.linalg.inv(a))
    if hasattr(a, "row"):
        return _cofactors(a)
    if value is not a:
        signs, minors = _minors(a)
        return signs * np.linalg.det(minors)
    rows, columns, u, s, vt = _scaled_svd(a)
    others = np.expand_dims(product_of_others(s, -1), -2)
    return _turn(u, vt) * np.conj((u * others) @ vt) * _other_scales(rows, columns)


def _minors(a: Any) -> tuple[Any, Any]:
    """For each element a sign, and the matrix without its row and its column."""
    n = np.shape(a)[-1]
    rest = np.array([[j for j in range(n) if j != i] for i in range(n)], int).reshape(n, n - 1)
    signs = 1.0 - 2.0 * (np.indices((n, n)).sum(0) % 2)
    return signs, a[..., rest[:, None, :, None], rest[None, :, None, :]]


def _scaled_svd(a: Any) -> tuple[Any, ...]:
    """Scales of rows and columns, and the singular values and vectors of what is left."""
    rows = _scale(a, -1)
    columns = _scale(a / rows, -2)
    return (rows, columns, *np.linalg.svd(a / rows / columns, full_matrices=False))


def _turn(u: Any, vt: Any) -> Any:
    """The determinant of u @ vt, of size 1."""
    turn = np.linalg.det(u) * np.linalg.det(vt)
    return np.expand_dims(turn / np.abs(turn), (-1, -2))


def _other_scales(rows: Any, columns: Any) -> Any:
    return product_of_others(rows, -2) * product_of_others(columns, -1)


def _cofactor_slopes(g: Any, out: Any, a: Any) -> Any:
    """The slopes of the cofactors along g: a symmetric form, the second derivative of the determinant.

    With singular vectors for axes an element off the diagonal is minus its mirror image times the product of all
    singular values but two, one on it the sum of the others of the diagonal times those products.
    """
    if hasattr(a, "row"):  # to be differentiated again
        signs, minors = _minors(a)
        slopes = cofactors(np.linalg.det(minors), minors) * _minors(g)[1]
        return signs * np.sum(slopes, axis=(-2, -1))
    rows, columns, u, s, vt = _scaled_svd(a)
    own = np.eye(np.shape(a)[-1], dtype=bool)
    pairs = product_of_others(np.where(own, 1.0, np.expand_dims(s, -2)), -1)
    pairs = np.where(own, 0.0, pairs)
    along = _T(u) @ (g / rows / columns) @ _T(vt)
    diagonal = pairs @ np.expand_dims(np.diagonal(along, 0, -2, -1), -1)
    slopes = np.where(own, diagonal, -pairs * _T(along))
    return _turn(u, vt) * (u @ slopes @ vt) * _other_scales(rows, columns)


_cofactors = primitive(lambda a: cofactors(np.nan, a), _cofactor_slopes, name="cofactors")


def _scale(a: Any, axis: int) -> Any:
    """The power of two by which the largest element of each row or column is divided to be near 1."""
    size = np.max(np.abs(a), axis=axis, keepdims=True, initial=0.0)
    return np.exp2(np.rint(np.log2(np.where(size > 0.0, size, 1.0))))


row(np.linalg.det, lambda g, out, a: np.expand_dims(g, (-1, -2)) * cofactors(out, a))


def _solve_back(g: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        return np.linalg.solve(_T(a), np.expand_dims(g, -1))[..., 0]
    return np.linalg.solve(_T(a), g)


def _solve_left(g: Any, out: Any, a: Any, b: Any) -> Any:
    back = _solve_back(g, a, b)
    if np.ndim(b) == 1:
        return -np.expand_dims(back, -1) * np.expand_dims(out, -2)
    return -back @ _T(out)


row(
    np.linalg.solve,
    lambda g, out, a, b: _solve_left(g, out, a, b),
    lambda g, out, a, b: _solve_back(g, a, b),
)


@composed(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    if axes is not None:
        last = [axis % np.ndim(a) for axis in axes]
        a = np.transpose(a, [i for i in range(np.ndim(a)) if i not in last] + last)
    shape = np.shape(a)[np.ndim(b) :]
    return np.reshape(np.linalg.solve(np.reshape(a, (np.size(b), -1)), np.ravel(b)), shape)


@composed(np.linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> Any:
    shape = np.shape(a)
    inverse = np.linalg.inv(np.reshape(a, (math.prod(shape[:ind]), -1)))
    return np.reshape(inverse, shape[ind:] + shape[:ind])


def _log_abs_det(a: Any) -> Any:
    return np.linalg.slogdet(a)[1]


_logdet = primitive(
    _log_abs_det, lambda g, out, a: np.expand_dims(g, (-1, -2)) * _T(np.linalg.inv(a)), name="slogdet"
)
_Slogdet = namedtuple("_Slogdet", "sign logabsdet")


@composed(np.linalg.slogdet)
def _slogdet(a: Any) -> Any:
    return _Slogdet(np.linalg.slogdet(value_of(a))[0], _logdet(a))


# --- decompositions -----------------------------------------------------------------------------------


def cholesky_adjoint(g: Any, out: Any) -> Any:
    """The symmetric part of L^-T phi(L^T g) L^-1; phi takes the lower triangle, half the diagonal."""
    n = np.shape(out)[-1]
    phi = np.tril(np.ones((n, n))) - 0.5 * np.eye(n)
    inner = phi * (_H(out) @ g)
    inverse = np.linalg.inv(out)
    back = _H(inverse) @ inner @ inverse
    return 0.5 * (back + _H(back))


_cholesky_record = primitive(np.linalg.cholesky, lambda g, out, a: cholesky_adjoint(g, out), name="cholesky")


@composed(np.linalg.cholesky)
def _cholesky(a: Any, /, *, upper: bool = False) -> Any:
    found = _cholesky_record(_read(a, "U" if upper else "L"))
    return _T(found) if upper else found


def blur(w: Any) -> Any:
    """Neighbours in a sorted row of eigenvalues or singular values that are nearer are equal for all we know."""
    size = np.max(np.abs(w), axis=-1, keepdims=True, initial=0.0)
    return 4.0 * np.shape(w)[-1] * np.finfo(np.asarray(w).dtype).eps * size


def _clusters(w: Any, blurred: Any) -> list[slice]:
    """Where equal ones stand in such a row, those that stand alone included."""
    ends = [i for i in range(1, len(w)) if abs(w[i] - w[i - 1]) > blurred]
    return [slice(i, j) for i, j in zip([0, *ends], [*ends, len(w)]) if i < j]


def gaps(w: Any, blurred: Any = 0.0) -> Any:
    """1/(w_j - w_i), and 0 on the diagonal and between equals."""
    difference = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    same = np.abs(value_of(difference)) <= np.expand_dims(blurred, -1)
    return np.where(same, 0.0, 1.0 / np.where(same, 1.0, difference))


def _eigh_joined(a: Any, UPLO: str = "L") -> Any:
    w, v = np.linalg.eigh(a, UPLO)  # type: ignore[call-overload]
    return np.concatenate((w[..., None, :], v), axis=-2)


def _eigh_adjoint(g: Any, out: Any) -> Any:
    """Of a symmetric matrix; between equal eigenvalues the vectors have no derivative, see ``_eigh_side``."""
    w, v = out[..., 0, :], out[..., 1:, :]
    diagonal = np.expand_dims(g[..., 0, :], -2) * np.eye(np.shape(w)[-1])
    middle = diagonal + gaps(w, blur(value_of(w))) * (_T(v) @ g[..., 1:, :])
    return _symmetric(v @ middle @ _T(v))


def _eigh_side(t: Any, a: Any, UPLO: str = "L") -> Any:
    """Equal eigenvalues part as the eigenvalues of the tangent among their vectors; these are not continuous."""
    joined = _eigh_joined(a, UPLO)
    w, v = joined[..., 0, :], joined[..., 1:, :]
    moved = np.swapaxes(v, -1, -2) @ _symmetric(t[0]) @ v
    blurred = blur(w)
    slopes = np.concatenate((w[..., None, :], v @ (gaps(w, blurred) * moved)), axis=-2)
    for i in np.ndindex(np.shape(w)[:-1]):
        for part in _clusters(w[i], blurred[i]):
            slopes[i][0, part] = np.linalg.eigvalsh(moved[i][part, part])
            if part.stop - part.start > 1:
                slopes[i][1:, part] = np.nan
    return slopes


def _even(g: Any, w: Any, first: int) -> bool:
    """Is an adjoint of values over vectors the same for equal values, and none of equal values' vectors?

    The values are in row ``first``. So it is of the sum of equal values, which has no corner.
    """
    for i in np.ndindex(np.shape(w)[:-1]):
        for part in _clusters(w[i], blur(w[i])):
            if part.stop - part.start > 1:
                values, vectors = g[i][first, part], np.delete(g[i], first, axis=0)[:, part]
                if np.any(vectors) or not np.allclose(values, values[0], rtol=1e-12, atol=0.0):
                    return False
    return True


def _eigh_level(g: Any, a: Any, UPLO: str = "L") -> bool:
    return _even(g, np.linalg.eigvalsh(a, UPLO), 0)  # type: ignore[call-overload]


def _eigh_meets(a: Any, UPLO: str = "L") -> Any:
    w = np.linalg.eigvalsh(a, UPLO)  # type: ignore[call-overload]
    return bool(np.any(np.diff(w) <= blur(w)))


def _eigh_nearly(a: Any, UPLO: str = "L") -> Any:
    w = np.linalg.eigvalsh(a, UPLO)  # type: ignore[call-overload]
    return bool(np.any((np.diff(w) <= blur(w)) & (np.diff(w) > 0)))


_eigh_record = primitive(
    _eigh_joined,
    lambda g, out, a, UPLO="L": _eigh_adjoint(g, out),
    corner=_eigh_meets,
    blurred=_eigh_nearly,
    level=_eigh_level,
    side=_eigh_side,
    name="eigh",
)
_Eigh = namedtuple("_Eigh", "eigenvalues eigenvectors")


@composed(np.linalg.eigh)
def _eigh(a: Any, UPLO: str = "L") -> Any:
    joined = _eigh_record(_read(a, UPLO), UPLO=UPLO)
    return _Eigh(joined[..., 0, :], joined[..., 1:, :])


@composed(np.linalg.eigvalsh)
def _eigvalsh(a: Any, UPLO: str = "L") -> Any:
    return np.linalg.eigh(a, UPLO)[0]  # type: ignore[call-overload]


def _svd_joined(a: Any) -> Any:
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.concatenate((u, s[..., None, :], np.swapaxes(vt, -1, -2)), axis=-2)


def _svd_parts(s: Any) -> tuple[Any, Any, Any, Any]:
    """1/(s_j^2 - s_i^2), s along the rows and along the columns, 1/s; 0 for what has no inverse."""
    row_s, column_s = np.expand_dims(s, -2), np.expand_dims(s, -1)
    blurred = blur(value_of(s))
    total = row_s + column_s
    f = gaps(s, blurred) / np.where(value_of(total) == 0, 1.0, total)
    zero = value_of(row_s) <= np.expand_dims(blurred, -1)
    return f, row_s, column_s, np.where(zero, 0.0, 1.0 / np.where(zero, 1.0, row_s))


def svd_adjoint(g: Any, out: Any, a: Any) -> Any:
    """Between equal singular values, and at zero, the vectors have no derivative, see ``_svd_side``."""
    m, n = np.shape(a)[-2:]
    u, s, v = out[..., :m, :], np.real(out[..., m, :]), out[..., m + 1 :, :]
    gu, gs, gv = g[..., :m, :], np.real(g[..., m, :]), g[..., m + 1 :, :]
    f, row_s, column_s, inverse = _svd_parts(s)
    left, right = _H(u) @ gu, _H(v) @ gv
    middle = (f * (left - _H(left))) * row_s + column_s * (f * (right - _H(right)))
    if is_complex(left):  # a vector of each pair may turn by a phase, which turns the other one too
        middle = middle + 0.5 * (left - _H(left)) * inverse * np.eye(np.shape(s)[-1])
    result = u @ (middle + np.expand_dims(gs, -2) * np.eye(np.shape(s)[-1])) @ _H(v)
    if m > n:
        result = result + (gu - u @ left) * inverse @ _H(v)
    if n > m:
        result = result + u @ _H((gv - v @ right) * inverse)
    return result


def _svd_side(t: Any, a: Any) -> Any:
    """Equal singular values part as the eigenvalues of the tangent among their vectors, zeros as its own."""
    u, s, vt = np.linalg.svd(a)
    m, k = np.shape(a)[-2], np.shape(s)[-1]
    moved = np.swapaxes(u, -1, -2) @ t[0] @ np.swapaxes(vt, -1, -2)
    u, v, p = u[..., :k], np.swapaxes(vt, -1, -2)[..., :k], moved[..., :k, :k]
    f, row_s, column_s, inverse = _svd_parts(s)
    across = np.swapaxes(p, -1, -2)
    du = u @ (f * (p * row_s + column_s * across)) + (t[0] @ v - u @ p) * inverse
    dv = v @ (f * (column_s * p + across * row_s)) + (np.swapaxes(t[0], -1, -2) @ u - v @ across) * inverse
    slopes = np.concatenate((du, s[..., None, :], dv), axis=-2)
    for i in np.ndindex(np.shape(s)[:-1]):
        blurred = blur(s[i])
        for part in _clusters(s[i], blurred):
            if s[i][part][-1] <= blurred:
                rest = moved[i][part.start :, part.start :]
                slopes[i][m, part] = np.linalg.svd(rest, compute_uv=False)
            else:
                slopes[i][m, part] = np.linalg.eigvalsh(_symmetric(p[i][part, part]))[::-1]
                if part.stop - part.start == 1:
                    continue
            slopes[i][:m, part] = slopes[i][m + 1 :, part] = np.nan
    return slopes


def _svd_level(g: Any, a: Any) -> bool:
    s, m = np.linalg.svd(a, compute_uv=False), np.shape(a)[-2]
    zero = (s <= blur(s))[..., None, :]
    return not np.any(np.where(zero, g, 0.0)) and _even(g, s, m)


def _svd_steps(a: Any) -> tuple[Any, Any]:
    """The steps from one singular value to the next, to zero from the last one, and what counts as none."""
    s = np.linalg.svd(a, compute_uv=False)
    return -np.diff(s, append=0.0), blur(s)


def _svd_meets(a: Any) -> Any:
    steps, blurred = _svd_steps(a)
    return bool(np.any(steps <= blurred))


def _svd_nearly(a: Any) -> Any:
    steps, blurred = _svd_steps(a)
    return bool(np.any((steps <= blurred) & (steps > 0)))


_svd_record = primitive(
    _svd_joined,
    lambda g, out, a: svd_adjoint(g, out, a),
    corner=_svd_meets,
    blurred=_svd_nearly,
    level=_svd_level,
    side=_svd_side,
    name="svd",
)
_Svd = namedtuple("_Svd", "U S Vh")


def _svd_complement(a: Any) -> Any:
    """The columns that full_matrices=True adds: any orthonormal basis of what U, or V, leaves out."""
    u, _, vt = np.linalg.svd(a)
    m, n = np.shape(a)[-2:]
    return u[..., n:] if m > n else _T(vt)[..., m:]


def _svd_arbitrary(g: Any, out: Any, a: Any) -> Any:
    if not np.any(value_of(g)):  # nobody asks for them
        return np.zeros(np.shape(a))
    raise NotDifferentiable(
        "the columns that svd adds with full_matrices=True are arbitrary: they have no derivative",
        function="svd",
        kind="no-rule",
        hint="use full_matrices=False",
    )


_svd_added = primitive(_svd_complement, _svd_arbitrary, name="svd")


@composed(np.linalg.svd)
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    if hermitian:
        return _svd_hermitian(_read(a), compute_uv)
    m, n = np.shape(a)[-2:]
    joined = _svd_record(a)
    if not compute_uv:
        return joined[..., m, :]
    u, v = joined[..., :m, :], joined[..., m + 1 :, :]
    if full_matrices and m > n:
        u = np.concatenate((u, _svd_added(a)), axis=-1)
    elif full_matrices and n > m:
        v = np.concatenate((v, _svd_added(a)), axis=-1)
    return _Svd(u, joined[..., m, :], _T(v))


def _svd_hermitian(a: Any, compute_uv: bool) -> Any:
    w, v = np.linalg.eigh(a)
    s = np.sort(np.absolute(w))[..., ::-1]
    if not compute_uv:
        return s
    order = np.argsort(np.absolute(value_of(w)))[..., ::-1]
    sign = np.take_along_axis(np.sign(value_of(w)), order, -1)
    u = np.take_along_axis(v, order[..., None, :], -1)
    return _Svd(u, s, _T(u * sign[..., None, :]))


@composed(np.linalg.svdvals)
def _svdvals(x: Any) -> Any:
    return np.linalg.svd(x, compute_uv=False)


@composed(np.linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    if p in (None, 2, -2):
        singular = np.linalg.svd(x, compute_uv=False)
        ratio = singular[..., 0] / singular[..., -1]
        return 1.0 / ratio if p == -2 else ratio
    return np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, (-2, -1))


def _qr_joined(a: Any) -> Any:
    q, r = np.linalg.qr(a)
    return np.concatenate((np.swapaxes(q, -1, -2), r), axis=-1)


def _qr_adjoint(g: Any, out: Any, a: Any) -> Any:
    m = np.shape(a)[-2]
    q, r = _T(out[..., :m]), out[..., m:]
    gq, gr = _T(g[..., :m]), g[..., m:]
    k = np.shape(r)[-2]
    inner = r @ _T(gr) - _T(gq) @ q
    lower = np.tril(np.ones((k, k)), -1)
    symmetric = np.tril(np.ones((k, k))) * inner + _T(lower * inner)
    return (gq + q @ symmetric) @ _T(np.linalg.inv(r))


_qr_record = primitive(_qr_joined, lambda g, out, a: _qr_adjoint(g, out, a), name="qr")
_Qr = namedtuple("_Qr", "Q R")


@composed(np.linalg.qr)
def _qr(a: Any, mode: str = "reduced") -> Any:
    m, n = np.shape(a)[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise no_rule("qr", f"with mode={mode!r}")
    joined = _qr_record(a[..., :m] if n > m else a)  # of a wide matrix the first columns determine Q
    q, r = _T(joined[..., :m]), joined[..., m:]
    if n > m:
        r = np.concatenate((r, np.matmul(_T(q), a[..., m:])), axis=-1)
    return r if mode == "r" else _Qr(q, r)


# --- least squares ------------------------------------------------------------------------------------


def pinv_adjoint(g: Any, out: Any, a: Any) -> Any:
    """G. Golub and V. Pereyra, "The differentiation of pseudo-inverses ...", 1973, where the rank is full."""
    m, n = np.shape(a)[-2:]
    back = -_H(out) @ g @ _H(out)
    if m > n:  # what the columns do not reach; of a square matrix there is nothing
        part = _H(g) @ (out @ _H(out))
        return back + part - a @ (out @ part)
    if m < n:
        part = (_H(out) @ out) @ _H(g)
        return back + part - (part @ out) @ a
    return back


def _pseudoinverse(a: Any, rtol: Any) -> Any:
    return np.linalg.pinv(a, rtol=rtol) if np.all(np.isfinite(a)) else np.full_like(_T(a), np.nan)


_pinv_record = primitive(_pseudoinverse, lambda g, out, a, rtol: pinv_adjoint(g, out, a), name="pinv")


def require_full_rank(a: Any, tolerance: Any, function: str) -> None:
    full = min(np.shape(a)[-2:])
    if full and np.any(np.linalg.matrix_rank(value_of(a), rtol=tolerance) < full):
        raise NotDifferentiable(
            f"{function} is not continuous where the rank is not full", function=function, kind="jump"
        )


@composed(np.linalg.pinv)
def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    a = _read(a) if hermitian else a
    tolerance = value_of(rcond if rtol is None else rtol)
    if tolerance is None:
        tolerance = max(np.shape(a)[-2:]) * np.finfo(np.asarray(value_of(a)).dtype).eps
    require_full_rank(a, tolerance, "pinv")
    return _pinv_record(a, rtol=tolerance)


def _lstsq_joined(a: Any, b: Any, rcond: Any = None) -> Any:
    """The solutions as columns and, below each, the residual; zero where NumPy gives none."""
    if not np.all(np.isfinite(a)):  # NumPy raises; where kinks are looked for, nothing is known
        return np.full((np.shape(a)[1] + 1, np.shape(b)[1]), np.nan)
    x, residuals, *_ = np.linalg.lstsq(a, b, rcond=rcond)
    return np.concatenate((x, np.reshape(residuals if residuals.size else np.zeros(b.shape[1]), (1, -1))))


def _lstsq_back(g: Any, a: Any, b: Any, out: Any, rcond: Any) -> tuple[Any, Any, Any]:
    """What b gets, what is left of b, and the pseudoinverse."""
    inverse = _pinv_record(a, rtol=_tolerance(a, rcond))
    left = b - a @ out[:-1]
    return _T(inverse) @ g[:-1] + 2.0 * left * g[-1:], left, inverse


def _lstsq_adjoint(g: Any, out: Any, a: Any, b: Any, rcond: Any) -> Any:
    m, n = np.shape(a)
    x = out[:-1]
    back, left, inverse = _lstsq_back(g, a, b, out, rcond)
    total = -back @ _T(x)
    if m > n:
        total = total + left @ _T(inverse @ (_T(inverse) @ g[:-1]))
    if m < n:
        total = total + (_T(inverse) @ x) @ _T(g[:-1] - inverse @ (a @ g[:-1]))
    return total


def _tolerance(a: Any, rcond: Any) -> float:
    """lstsq's own: below it a singular value counts as zero."""
    eps = float(np.finfo(np.asarray(value_of(a)).dtype).eps)
    return max(np.shape(a)) * eps if rcond is None else eps if rcond == -1 else float(rcond)


_lstsq_record = primitive(
    _lstsq_joined,
    lambda g, out, a, b, rcond=None: _lstsq_adjoint(g, out, a, b, rcond),
    lambda g, out, a, b, rcond=None: _lstsq_back(g, a, b, out, rcond)[0],
    name="lstsq",
)


@composed(np.linalg.lstsq)
def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    rcond = value_of(rcond)
    if hasattr(a, "row"):
        require_full_rank(a, _tolerance(a, rcond), "lstsq")
    m, n = np.shape(a)
    joined = _lstsq_record(a, b if np.ndim(b) == 2 else np.expand_dims(b, -1), rcond=rcond)
    _, residuals, rank, singular = np.linalg.lstsq(value_of(a), value_of(b), rcond=rcond)
    x = joined[:-1] if np.ndim(b) == 2 else joined[:-1, 0]
    singular = np.linalg.svd(a, compute_uv=False) if hasattr(a, "row") else singular
    return x, joined[-1] if m > n == rank else residuals, rank, singular


# --- polynomials --------------------------------------------------------------------------------------


@composed(np.polyfit)
def _polyfit(
    x: Any, y: Any, deg: Any, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    if full or cov:
        raise no_rule("polyfit", "with full= or cov=")
    if hasattr(rcond, "row"):
        raise no_rule("polyfit", "by rcond=")
    x, y = array_of(x) + 0.0, array_of(y) + 0.0
    powers = np.vander(x, index(deg) + 1)
    if w is not None:
        w = array_of(w) + 0.0
        powers, y = powers * np.expand_dims(w, -1), y * np.reshape(w, (-1,) + (1,) * (np.ndim(y) - 1))
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    rcond = len(x) * np.finfo(np.asarray(value_of(x)).dtype).eps if rcond is None else rcond
    found = np.linalg.lstsq(powers / scale, y, rcond)[0]
    return found / np.reshape(scale, (-1,) + (1,) * (np.ndim(y) - 1))


@composed(np.roots)
def _roots(p: Any) -> Any:
    p = np.ravel(p)
    if np.size(p) < 2 or value_of(p)[0] == 0 or value_of(p)[-1] == 0:
        raise no_rule("roots", "of a constant, or where the first or the last coefficient is 0")
    shifted = np.eye(np.size(p) - 1, k=-1)[1:]
    return np.linalg.eigvals(np.concatenate((np.expand_dims(-p[1:] / p[0], 0), shifted)))


@composed(np.poly)
def _poly(seq_of_zeros: Any) -> Any:
    """The coefficients of the polynomial with these zeros, or of a matrix the characteristic one."""
    matrix = np.ndim(seq_of_zeros) == 2
    found: Any = np.ones(1)
    for zero in np.linalg.eigvals(seq_of_zeros) if matrix else seq_of_zeros:
        found = np.concatenate((found, np.zeros(1))) - zero * np.concatenate((np.zeros(1), found))
    return np.real(found) if matrix else found


# --- norms --------------------------------------------------------------------------------------------


@composed(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    ndim = np.ndim(x)
    if axis is None and (ord is None or (ord == 2 and ndim == 1) or (ord == "fro" and ndim == 2)):
        return np.reshape(norm(x), (1,) * ndim) if keepdims else norm(x)
    axes = tuple(range(ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    axes = tuple(i % ndim for i in axes)
    if ord is None or (ord == 2 and len(axes) == 1) or ord == "fro":
        return _along(x, axes, keepdims, lambda v: _rows_norm(v))
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    return _matrix_norm(x, ord, axes, keepdims)


@composed(np.linalg.vector_norm)
def _vector_norm_of(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    axes = tuple(range(np.ndim(x))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(i % np.ndim(x) for i in axes)
    return _along(x, axes, keepdims, lambda v: np.linalg.norm(v, ord, -1))


@composed(np.linalg.matrix_norm)
def _matrix_norm_of(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return np.linalg.norm(x, ord, (-2, -1), keepdims)


def _along(x: Any, axes: tuple[int, ...], keepdims: bool, reduce: Any) -> Any:
    """Reduce several axes as one, the last."""
    rest = tuple(i for i in range(np.ndim(x)) if i not in axes)
    moved = np.transpose(x, rest + axes)
    lead, tail = np.shape(moved)[: len(rest)], np.shape(moved)[len(rest) :]
    result = reduce(np.reshape(moved, (*lead, math.prod(tail))))
    return np.expand_dims(result, axes) if keepdims else result


def _norm_of_rows(x: Any) -> Any:
    return np.sqrt(np.sum(x * x, axis=-1))


def _norm_of_rows_side(t: Any, x: Any) -> Any:
    size = _norm_of_rows(x)
    zero = size == 0
    return np.where(zero, _norm_of_rows(t[0]), np.sum(x * t[0], axis=-1) / np.where(zero, 1.0, size))


_rows_norm = primitive(
    _norm_of_rows,
    lambda g, out, x: np.expand_dims(g, -1) * (x / np.expand_dims(out, -1)),
    corner=lambda x: _norm_of_rows(x) == 0,
    side=_norm_of_rows_side,
    name="norm",
)


def _vector_norm(x: Any, ord: Any, axis: int, keepdims: bool) -> Any:
    size = np.absolute(x)
    if ord == np.inf:
        return np.max(size, axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(np.not_equal(x, 0), axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    return np.sum(size**ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)


def _matrix_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    x = np.moveaxis(x, axes, (-2, -1))
    if ord in ("nuc", 2, -2):
        singular = np.linalg.svd(x, compute_uv=False)
        result = {"nuc": np.sum, 2: np.max, -2: np.min}[ord](singular, axis=-1)  # type: ignore[operator]
    elif ord in (1, -1, np.inf, -np.inf):
        sums = np.sum(np.absolute(x), axis=-2 if abs(ord) == 1 else -1)
        result = (np.max if ord > 0 else np.min)(sums, axis=-1)
    else:
        raise ValueError("invalid norm order for matrices")
    return np.expand_dims(result, axes) if keepdims else result
