"""Every rule of the table, to second order, backward and forward, against differences that know no rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from calcgrad.autodiff import Variable, gradient
from calcgrad.autodiff.composed import COMPOSED
from calcgrad.autodiff.rules import FLAT, REFUSED, RULES
from calcgrad.errors import NotDifferentiable

UFUNCS = sorted({f for f in vars(np).values() if isinstance(f, np.ufunc)}, key=lambda f: f.__name__)
ONE = [f for f in UFUNCS if f in RULES and f.nin == 1 and f.signature is None]
TWO = [f for f in UFUNCS if f in RULES and f.nin == 2 and f.signature is None]
# Away from kinks, and inside every domain in one of the three.
GRID = {
    "middle": [-0.9, -0.3, 0.2, 0.7],
    "right": [0.4, 1.5, 3.2, 10.1],
    "left": [-7.3, -2.6, -1.4, -0.6],
}


@pytest.mark.parametrize("function", UFUNCS, ids=lambda f: f.__name__)
def test_every_ufunc_is_in_exactly_one_table(function: np.ufunc) -> None:
    assert sum(function in table for table in (RULES, FLAT, REFUSED, COMPOSED)) == 1


@pytest.mark.parametrize("where", GRID)
@pytest.mark.parametrize("function", ONE, ids=lambda f: f.__name__)
def test_functions_of_one_number(function: np.ufunc, where: str, agree: Callable[..., None]) -> None:
    points = np.array(GRID[where])
    with np.errstate(all="ignore"):
        near = [function(points + d) for d in (-0.01, 0.01)]
    points = points[np.isfinite(near[0]) & np.isfinite(near[1])]
    if points.size:
        agree(function, points, step=1e-4)
    for point in points.tolist():  # a Python float takes another way through the engine
        x = Variable(point)
        a = Variable(np.array([point]))
        assert gradient(function(x), targets=[x]) == pytest.approx(
            gradient(function(a).sum(), targets=[a])[0]
        )


@pytest.mark.parametrize("where", GRID)
@pytest.mark.parametrize("function", TWO, ids=lambda f: f.__name__)
def test_functions_of_two_numbers(function: np.ufunc, where: str, agree: Callable[..., None]) -> None:
    x = np.array(GRID[where])
    y = np.array([0.55, -1.35, 2.45, -0.85])
    if function in (np.power, np.float_power):
        x = abs(x)
    agree(function, x, y, step=1e-4, order=1 if function is np.copysign else 2)
    for a, b in zip(x.tolist(), y.tolist()):
        u, v = Variable(a), Variable(b)
        p, q = Variable(np.array([a])), Variable(np.array([b]))
        floats = gradient(function(u, v), targets=[u, v])
        arrays = gradient(function(p, q).sum(), targets=[p, q])
        assert floats == pytest.approx([float(g[0]) for g in arrays])


def ones(*shape: int) -> Any:
    """Distinct numbers, none of them zero, of that shape."""
    return 0.3 + np.sin(1.7 * np.arange(1.0, 1 + np.prod(shape, dtype=int))).reshape(shape)


MASK = np.array([[True, False], [True, True], [False, True]])
ARRAYS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "sum": (lambda x: np.sum(x * x), [ones(3, 4)]),
    "sum axis": (lambda x: np.sum(x * x, axis=1), [ones(3, 4)]),
    "sum axes keepdims": (lambda x: x * np.sum(x * x, axis=(0, -1), keepdims=True), [ones(2, 3, 2)]),
    "mean": (lambda x: np.mean(x * x, axis=0) + np.mean(x**3), [ones(3, 4)]),
    "mean keepdims": (lambda x: x * np.mean(x, axis=-1, keepdims=True), [ones(3, 4)]),
    "var": (lambda x: np.var(x, axis=0, ddof=1) + np.var(x), [ones(3, 4)]),
    "std": (lambda x: np.std(x, axis=1, keepdims=True) * x, [ones(3, 4)]),
    "prod": (lambda x: np.prod(x, axis=1), [ones(3, 4)]),
    "prod all": (lambda x: np.prod(x), [ones(2, 3)]),
    "prod axes": (lambda x: np.prod(x, axis=(0, 2), keepdims=True) * x, [ones(2, 3, 2)]),
    "prod one zero": (lambda x: np.prod(x), [np.array([2.0, 0.0, 3.0])]),
    "prod two zeros": (lambda x: np.prod(x, axis=0), [np.array([[2.0, 0.0], [0.0, 1.0], [0.0, 3.0]])]),
    "prod axes zeros": (lambda x: np.prod(x, axis=(0, 2)), [np.arange(8.0).reshape(2, 2, 2)]),
    "cumsum": (lambda x: np.cumsum(x * x), [ones(2, 3)]),
    "cumsum axis": (lambda x: np.cumsum(x * x, axis=1) * x, [ones(2, 3)]),
    "cumprod": (lambda x: np.cumprod(x), [ones(2, 3)]),
    "cumprod zeros": (
        lambda x: np.cumprod(x, axis=0),
        [np.array([[1.0, 2.0], [0.0, 3.0], [4.0, 0.0], [0.0, 5.0]])],
    ),
    "max": (lambda x: np.max(x, axis=0) ** 2, [ones(3, 4)]),
    "min": (lambda x: np.min(x, axis=1, keepdims=True) * x, [ones(3, 4)]),
    "amax": (lambda x: np.amax(x) * x, [ones(3)]),
    "dot 1 1": (np.dot, [ones(3), ones(3)]),
    "dot 2 1": (np.dot, [ones(2, 3), ones(3)]),
    "dot 1 2": (np.dot, [ones(3), ones(3, 2)]),
    "dot 2 2": (np.dot, [ones(2, 3), ones(3, 2)]),
    "dot 3 1": (np.dot, [ones(2, 2, 3), ones(3)]),
    "dot 1 3": (np.dot, [ones(3), ones(2, 3, 2)]),
    "dot 3 3": (np.dot, [ones(2, 2, 3), ones(2, 3, 2)]),
    "dot 2 3": (np.dot, [ones(2, 3), ones(2, 3, 2)]),
    "dot 0 2": (np.dot, [np.array(1.5), ones(3, 2)]),
    "matmul 1 1": (np.matmul, [ones(3), ones(3)]),
    "matmul 2 1": (np.matmul, [ones(2, 3), ones(3)]),
    "matmul 1 2": (np.matmul, [ones(3), ones(3, 2)]),
    "matmul 2 2": (np.matmul, [ones(2, 3), ones(3, 2)]),
    "matmul 3 3 broadcast": (np.matmul, [ones(1, 2, 3), ones(2, 3, 2)]),
    "matmul 3 1": (np.matmul, [ones(2, 2, 3), ones(3)]),
    "matmul 1 3": (np.matmul, [ones(3), ones(2, 3, 2)]),
    "vdot": (np.vdot, [ones(2, 3), ones(3, 2)]),
    "inner 1 1": (np.inner, [ones(3), ones(3)]),
    "inner 2 2": (np.inner, [ones(2, 3), ones(4, 3)]),
    "inner 2 1": (np.inner, [ones(2, 3), ones(3)]),
    "inner 1 2": (np.inner, [ones(3), ones(2, 3)]),
    "inner 3 2": (np.inner, [ones(2, 2, 3), ones(2, 3)]),
    "outer": (np.outer, [ones(2, 2), ones(3)]),
    "multiply.outer": (np.multiply.outer, [ones(2), ones(3)]),
    "tensordot 2": (lambda a, b: np.tensordot(a, b), [ones(2, 3, 2), ones(3, 2, 2)]),
    "tensordot 0": (lambda a, b: np.tensordot(a, b, 0), [ones(2), ones(3)]),
    "tensordot axes": (lambda a, b: np.tensordot(a, b, ([0, 2], [2, 1])), [ones(2, 3, 4), ones(2, 4, 2)]),
    "tensordot axis": (lambda a, b: np.tensordot(a, b, (1, 0)), [ones(2, 3), ones(3, 2)]),
    "reshape": (lambda x: x.reshape(3, -1) ** 2, [ones(2, 6)]),
    "reshape tuple": (lambda x: np.reshape(x, (3, 4)) ** 2, [ones(2, 6)]),
    "ravel": (lambda x: x.ravel() ** 2, [ones(2, 3)]),
    "transpose": (lambda x: np.transpose(x, (2, 0, -2)) ** 2, [ones(2, 3, 4)]),
    "T": (lambda x: x.T @ x, [ones(2, 3)]),
    "swapaxes": (lambda x: np.swapaxes(x, 0, 2) ** 2, [ones(2, 3, 2)]),
    "moveaxis": (lambda x: np.moveaxis(x, 0, -1) ** 2, [ones(2, 3, 2)]),
    "squeeze": (lambda x: np.squeeze(x) ** 2, [ones(1, 3)]),
    "expand_dims": (lambda x: np.expand_dims(x, (0, 2)) ** 2, [ones(3)]),
    "broadcast_to": (lambda x: np.broadcast_to(x, (2, 3)) ** 2, [ones(1, 3)]),
    "flip": (lambda x: np.flip(x, 0) * x, [ones(2, 3)]),
    "roll": (lambda x: np.roll(x, 2, axis=1) * x, [ones(2, 3)]),
    "concatenate": (
        lambda x, y: np.concatenate((x, y * x[:1], np.ones((1, 2)))) ** 2,
        [ones(2, 2), ones(1, 2)],
    ),
    "concatenate axis": (lambda x, y: np.concatenate([x, y], axis=-1) ** 2, [ones(2, 1), ones(2, 3)]),
    "concatenate flat": (lambda x, y: np.concatenate([x, y], axis=None) ** 2, [ones(2, 1), ones(3)]),
    "stack": (lambda x, y: np.stack([x, y, x], axis=-1) ** 2, [ones(2), ones(2)]),
    "where": (lambda x, y: np.where([True, False, True], x * y, y), [ones(3), ones(1)]),
    "clip": (lambda x: np.clip(x, -0.5, 0.5) ** 2, [ones(5)]),
    "clip arrays": (lambda x, low, high: np.clip(x, low, high) ** 2, [ones(4), ones(4) - 0.5, ones(1) + 0.1]),
    "broadcasting": (lambda x, y: x * y + y / (x + 5), [ones(3, 1), ones(4)]),
    "slices": (lambda x: x[1:, ::2] * x[:-1, 1::2], [ones(3, 4)]),
    "integer arrays": (lambda x: x[[0, 0, 2], [1, 1, 0]] ** 2, [ones(3, 2)]),
    "newaxis": (lambda x: x[:, None] * x[None, ...], [ones(3)]),
    "boolean mask": (lambda x: x[np.array([True, False, True])] ** 2, [ones(3)]),
    "linalg.norm": (lambda x: np.linalg.norm(x), [ones(2, 3)]),
    "ptp": (lambda x: np.ptp(x, axis=0) ** 2, [ones(3, 4)]),
    "average": (lambda x, w: np.average(x, axis=0, weights=w) + np.average(x), [ones(3, 4), ones(3) + 2]),
    "median odd": (lambda x: np.median(x) ** 2, [ones(5)]),
    "median even": (lambda x: np.median(x, axis=1, keepdims=True) * x, [ones(2, 4)]),
    "diff": (lambda x: np.diff(x, n=2, axis=0) ** 2, [ones(4, 2)]),
    "diff ends": (lambda x: np.diff(x, axis=0, prepend=1.0, append=x[:1] * x[1:2]) ** 2, [ones(3, 2)]),
    "nan dtype": (
        lambda x: np.nansum(x * x, 0, x.dtype) * np.nancumsum(x, axis=0, dtype=x.dtype),
        [ones(3, 2)],
    ),
    "kron": (np.kron, [ones(2, 2), ones(3)]),
    "cross": (np.cross, [ones(2, 3), ones(3)]),
    "trace": (lambda x: np.trace(x, 1) * x, [ones(3, 3)]),
    "diagonal": (lambda x: x.diagonal() ** 2, [ones(3, 3)]),
    "diag": (lambda x: np.diag(x * x), [ones(3)]),
    "diag of matrix": (lambda x: np.diag(x @ x), [ones(3, 3)]),
    "tril triu": (lambda x: np.tril(x) @ np.triu(x, 1), [ones(3, 3)]),
    "atleast": (lambda x: np.atleast_2d(x) * np.atleast_3d(x) ** 2, [ones(3)]),
    "hstack vstack dstack": (
        lambda x, y: np.vstack([np.hstack([x, y]) ** 2, np.hstack([y, x])]) + np.sum(np.dstack([x, y]) ** 3),
        [ones(2), ones(2)],
    ),
    "split": (lambda x: np.split(x, 2)[0] * np.array_split(x, 3)[0], [ones(2, 2)]),
    "tile repeat": (lambda x: np.tile(x, 2) * np.repeat(x, 2), [ones(3)]),
    "rot90": (lambda x: np.rot90(x) @ x, [ones(2, 2)]),
    "pad": (
        lambda x: np.pad(x, 1, constant_values=2.0) ** 2 + np.sum(np.pad(x, 2, "reflect") ** 2),
        [ones(4)],
    ),
    "take": (lambda x: np.take(x, [0, 0, 1], axis=1) ** 2, [ones(2, 3)]),
    "take_along_axis": (lambda x: np.take_along_axis(x, np.array([[1, 0]]), 1) ** 2, [ones(1, 3)]),
    "choose": (lambda x, y: np.choose([0, 1, 0], [x * y, y]), [ones(3), ones(3)]),
    "select": (lambda x: np.select([x > 0.5, x > 0], [x**2, x**3], -x), [ones(5)]),
    "sort": (lambda x: np.sort(x, axis=0) ** 2 * np.arange(3.0)[:, None], [ones(3, 2)]),
    "sort flat": (lambda x: np.sort(x, axis=None) ** 3, [ones(3, 2)]),
    "partition": (lambda x: np.partition(x, 2)[:2].sum() ** 2, [ones(5)]),
    "convolve": (lambda a, v: np.convolve(a, v), [ones(4), ones(3)]),
    "convolve same": (lambda a, v: np.convolve(a, v, "same"), [ones(5), ones(2)]),
    "convolve valid": (lambda a, v: np.convolve(a, v, "valid"), [ones(4), ones(3)]),
    "correlate": (lambda a, v: np.correlate(a, v, "full") ** 2, [ones(4), ones(3)]),
    "nan": (lambda x: np.nansum(x * [1.0, np.nan, 2.0]) * np.nanmean(x) + np.nanmax(x), [ones(3)]),
    "einsum matmul": (lambda a, b: np.einsum("ij,jk->ik", a, b), [ones(2, 3), ones(3, 2)]),
    "einsum implicit": (lambda a, b: np.einsum("ij,jk", a, b), [ones(2, 3), ones(3, 2)]),
    "einsum trace": (lambda a: np.einsum("ii", a) * np.einsum("ii->i", a), [ones(3, 3)]),
    "einsum sum": (lambda a: np.einsum("ijk->j", a) ** 2, [ones(2, 3, 2)]),
    "einsum dots": (lambda a, b: np.einsum("...ij,j->i...", a, b), [ones(2, 2, 3), ones(3)]),
    "einsum three": (lambda a, b, c: np.einsum("i,ij,j->", a, b, c), [ones(2), ones(2, 3), ones(3)]),
    "matrix_power": (lambda a: np.linalg.matrix_power(a, 3), [ones(2, 2)]),
    "multi_dot": (lambda a, b: np.linalg.multi_dot([a, b, a]), [ones(2, 3), ones(3, 2)]),
    "norm 1": (lambda x: np.linalg.norm(x, 1) ** 2, [ones(3)]),
    "norm inf": (lambda x: np.linalg.norm(x, np.inf, axis=0) ** 2, [ones(3, 2)]),
    "norm 3": (lambda x: np.linalg.norm(x, 3, axis=1, keepdims=True) * x, [ones(3, 2)]),
    "norm axis": (lambda x: np.linalg.norm(x, axis=1) ** 3, [ones(3, 2)]),
    "norm axes": (lambda x: np.linalg.norm(x, axis=(0, 1)) * x, [ones(3, 2)]),
    "norm matrix 1": (lambda x: np.linalg.norm(x, 1) ** 2, [ones(3, 2)]),
    "linspace": (lambda x, y: np.linspace(x, y, 4) ** 2, [ones(2), np.array(2.0)]),
    "polyval": (lambda p, x: np.polyval(p, x), [ones(3), ones(2)]),
    "trapezoid": (lambda y, x: np.trapezoid(y**2, x), [ones(4), ones(4)]),
    "sinc": (np.sinc, [np.array([-2.3, -0.4, 0.0, 1e-3, 0.5, 0.7, 5.0])]),
    "copy": (lambda x: x.copy() * np.broadcast_arrays(x, np.ones((2, 3)))[0], [ones(3)]),
    "sum dtype": (lambda x: np.sum(x * x, axis=0, dtype=x.dtype) * x.sum(dtype=float), [ones(3, 2)]),
    "sum where": (lambda x: np.sum(x * x, axis=0, where=MASK, initial=2.0) ** 2, [ones(3, 2)]),
    "prod where": (lambda x: np.prod(x, axis=1, where=MASK, initial=3.0, keepdims=True) * x, [ones(3, 2)]),
    "mean where": (
        lambda x: np.mean(x * x, axis=0, where=MASK) ** 2 + x.mean(where=MASK[:, :1]),
        [ones(3, 2)],
    ),
    "max where": (
        lambda x: np.max(x, axis=0, where=MASK, initial=0.1) ** 2 + x.max(initial=9.0),
        [ones(3, 2)],
    ),
    "min where": (
        lambda x: np.min(x, axis=1, where=MASK, initial=9.0) ** 2 + np.amin(x, initial=0.1),
        [ones(3, 2)],
    ),
    "var where": (lambda x: np.var(x, axis=0, where=MASK) + np.var(x, 0, None, None, 1), [ones(3, 2)]),
    "std where": (lambda x: np.std(x, where=MASK, correction=1) * x + np.std(x, mean=x.mean()), [ones(3, 2)]),
    "add.reduce where": (lambda x: np.add.reduce(x * x, where=MASK, initial=1.0) ** 2, [ones(3, 2)]),
    "max of nothing": (lambda x: np.max(x[:0], axis=0, initial=2.0) * x, [ones(3, 2)]),
    "cumulative dtype": (lambda x: np.cumsum(x * x, dtype=x.dtype) * np.cumprod(x, dtype=x.dtype), [ones(4)]),
    "divmod": (lambda x: np.stack([*divmod(x, 0.7), *divmod(5.3, x)]) * x, [ones(3) + 1]),
    "np.divmod modf": (lambda x: np.stack([*np.divmod(x, 0.7), *np.modf(3.3 * x)]) * x, [ones(3) + 1]),
    "vecdot": (lambda x, y: np.vecdot(x, y) ** 2, [ones(2, 3), ones(3)]),
    "conjugate": (lambda x: np.conjugate(x) * x.conj() * x.real + x.imag, [ones(3)]),
    "empty": (lambda x: np.sum(x[:0] ** 2) + x**2, [ones(3)]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_functions_of_arrays(name: str, agree: Callable[..., None]) -> None:
    function, arrays = ARRAYS[name]
    agree(function, *arrays, step=1e-4)


def square(n: int) -> Any:
    return ones(n, n) + 2 * np.eye(n)


# NumPy computes these in double precision only.
DOUBLE: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "inv": (np.linalg.inv, [square(3)]),
    "inv stack": (np.linalg.inv, [np.stack([square(2), 2 * square(2)])]),
    "det": (np.linalg.det, [square(3)]),
    "det singular": (
        lambda a: np.linalg.det(a),
        [np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 0.0], [0.5, 1.0, 3.0]])],
    ),
    "det zero": (lambda a: np.linalg.det(a), [np.zeros((2, 1, 1))]),
    "slogdet": (lambda a: np.linalg.slogdet(a)[1], [square(3)]),
    "solve vector": (np.linalg.solve, [square(3), ones(3)]),
    "solve matrix": (np.linalg.solve, [square(3), ones(3, 2)]),
    "cholesky": (lambda a: np.linalg.cholesky(a @ a.T), [square(3)]),
    "eigvalsh": (lambda a: np.linalg.eigvalsh(a + a.T), [square(3)]),
    "eigh": (lambda a: np.linalg.eigh(a + a.T)[1] ** 2, [square(3)]),
    "svd values": (lambda a: np.linalg.svd(a, compute_uv=False), [ones(3, 2)]),
    "svd": (lambda a: np.linalg.svd(a, full_matrices=False)[0] ** 2, [ones(3, 2)]),
    "svd wide": (lambda a: np.linalg.svd(a, full_matrices=False).Vh ** 2, [ones(2, 3)]),
    "qr": (lambda a: np.linalg.qr(a).Q ** 2, [ones(3, 2)]),
    "qr r": (lambda a: np.linalg.qr(a, mode="r"), [ones(3, 3)]),
    "pinv": (np.linalg.pinv, [ones(3, 2)]),
    "pinv wide": (np.linalg.pinv, [ones(2, 3)]),
    "lstsq": (lambda a, b: np.linalg.lstsq(a, b)[0], [ones(3, 2), ones(3)]),
    "matrix_power negative": (lambda a: np.linalg.matrix_power(a, -2), [square(2)]),
    "interp": (lambda x, f: np.interp(x, np.array([-1.0, 0.0, 2.0]), f) ** 2, [ones(4), ones(3)]),
    "norm nuc": (lambda a: np.linalg.norm(a, "nuc") ** 2, [ones(3, 2)]),
    "norm 2": (lambda a: np.linalg.norm(a, 2) ** 2, [ones(3, 2)]),
}


@pytest.mark.parametrize("name", DOUBLE)
def test_functions_of_double_precision(name: str, agree: Callable[..., None]) -> None:
    function, arrays = DOUBLE[name]
    agree(function, *arrays, double=True, order=1 if name == "det singular" else 2)


def test_kinks_of_functions_of_arrays() -> None:
    for function, value in (
        (np.sort, np.array([1.0, 1.0])),
        (np.median, np.array([0.0, 0.0, 1.0])),
        (lambda x: np.linalg.norm(x, axis=1), np.zeros((2, 2))),
        (lambda x: np.interp(x, np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 4.0])), np.array([1.0])),
        (lambda x: np.linalg.norm(x, 1), np.array([0.0, 1.0])),
    ):
        x = Variable(value)
        result = function(x)
        with pytest.raises(NotDifferentiable) as caught:
            gradient(result, np.arange(1.0, result.size + 1).reshape(result.shape), [x])
        assert caught.value.kind == "corner"
    x = Variable(np.array([1.0, 1.0]))
    assert gradient(np.sum(np.sort(x)), targets=[x])[0].tolist() == [1.0, 1.0]
    straight = np.interp(x, np.array([0.0, 1.0, 2.0]), np.array([0.0, 3.0, 6.0]))
    assert gradient(np.sum(straight), targets=[x])[0] == pytest.approx([3.0, 3.0])


PROGRAMS: dict[str, Callable[..., Any]] = {
    "logistic": lambda np, x: np.sum(np.log(1 + np.exp(-(np.dot(x, x.T) - 0.5)))),
    "softmax": lambda np, x: -np.sum(np.log(np.exp(x) / np.sum(np.exp(x), axis=1, keepdims=True))[:, 0]),
    "distances": lambda np, x: np.sum(np.sqrt(np.sum((x[:, None] - x[None]) ** 2, axis=2) + 1.0)),
    "rosenbrock": lambda np, x: np.sum(100 * (x[:, 1:] - x[:, :-1] ** 2) ** 2 + (1 - x[:, :-1]) ** 2),
    "normalize": lambda np, x: np.sum(np.tanh((x - np.mean(x, axis=0)) / np.std(x, axis=0)) ** 3),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_against_hips_autograd(name: str) -> None:
    value = ones(4, 3)
    x = Variable(value)
    found = gradient(PROGRAMS[name](np, x), targets=[x])[0]
    expected = autograd.grad(lambda v: PROGRAMS[name](anp, v))(value)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def test_precision_is_kept_at_a_kink() -> None:
    x = Variable(np.zeros(3, np.float32))
    assert gradient(np.sum(x * abs(x) + abs(x) - np.maximum(x, -x)), targets=[x])[0].dtype == np.float32


def test_a_wrong_rule_would_be_found(agree: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RULES[np.sin], "rules", (lambda g, out, x: g * np.cos(x) * 1.0005,))
    with pytest.raises(AssertionError):
        agree(np.sin, np.array([0.3, 0.7]))
