"""Edges of NumPy's interface: whole numbers as flags, products of any size, arrays of other kinds, hints.

python tests/autodiff/test_edges.py 5000   # so many products, against exact arithmetic
"""

from __future__ import annotations

import ast
import cmath
import importlib
import math
import random
import re
import sys
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import calcgrad
from calcgrad.autodiff import Variable, grad, hessian, jacfwd, jacobian, jvp
from calcgrad.autodiff.functions import relu
from calcgrad.autodiff.rules import FLAT, RULES
from calcgrad.errors import CalcgradError, NotDifferentiable, UsageError

# --- flags and axes as NumPy takes them ---------------------------------------------------------------

X = np.array([[1.0, 2.0, 4.0], [3.0, 7.0, 5.5]])
FLAGS = "sum mean prod var std max min ptp median average nansum nanmean nanprod nanvar nanstd nanmax nanmin nanmedian"
WITH_Q = "quantile percentile nanquantile nanpercentile"


@pytest.mark.parametrize("name", [*FLAGS.split(), *WITH_Q.split()])
def test_a_flag_may_be_any_truth_and_an_axis_any_whole_number(name: str) -> None:
    function = getattr(np, name)
    q = (0.3,) if name in WITH_Q.split() else ()
    for keepdims, axis in product(
        (0, 1, 2, np.int64(1)), (0, np.int64(-1), np.int8(1), (0, np.int64(1)), None)
    ):

        def f(x: Any, keepdims: Any, axis: Any) -> Any:
            found = function(x, *q, axis=axis, keepdims=keepdims)
            return np.sum(found * np.cos(np.arange(float(np.size(found)))).reshape(np.shape(found)))

        plain = None if axis is None else tuple(map(int, axis)) if isinstance(axis, tuple) else int(axis)
        np.testing.assert_array_equal(grad(f)(X, keepdims, axis), grad(f)(X, bool(keepdims), plain))


@pytest.mark.parametrize(
    "name", [name for name in (*FLAGS.split(), *WITH_Q.split()) if name.startswith("nan")]
)
def test_what_no_number_was_made_of_moves_nothing(name: str) -> None:
    """The square root of a negative number is left out: the gradient is that over the others."""
    function, plain = getattr(np, name), getattr(np, name.removeprefix("nan"))
    q = (0.3,) if name in WITH_Q.split() else ()
    random = np.random.default_rng(7)
    for kind in (float, np.float32):
        for _ in range(5):
            x = random.uniform(-1.0, 2.0, 9).astype(kind)
            x[0], x[1] = -0.5, 1.5
            there = x > 0
            found = grad(lambda v: function(np.sqrt(v), *q))(x)
            expected = np.zeros(9, kind)
            expected[there] = grad(lambda v: plain(np.sqrt(v), *q))(x[there])
            np.testing.assert_allclose(found, expected, rtol=1e-5)
            assert found.dtype == kind


@pytest.mark.parametrize("at", [0.1, 0.3, -1.7, 1 / 3, 0.5])
@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_a_corner_in_single_precision_is_where_numpy_has_it(at: float, kind: Any) -> None:
    """NumPy takes the Python float 0.1 for the float32 nearest to it, and so the corner is there."""
    corners = [
        lambda v: np.maximum(v, at), lambda v: np.minimum(at, v), lambda v: np.clip(v, at, 9.0),
        lambda v: np.clip(v, -9.0, at), lambda v: abs(v - at), lambda v: np.where(v > at, v, at),
        lambda v: np.where(v > at, v - at, at - v), lambda v: relu(v - at),
    ]  # fmt: skip
    point = kind(at)
    for f in corners:
        for x in (point, np.array([point])):
            with pytest.raises(NotDifferentiable):
                grad(lambda v, f=f: np.sum(f(v)))(x)
        for x in (np.nextafter(point, kind(9.0)), np.nextafter(point, kind(-9.0))):
            assert float(abs(grad(lambda v, f=f: np.sum(f(v)))(x))) in (0.0, 1.0)


@pytest.mark.parametrize("function", [np.var, np.std, np.nanvar, np.nanstd])
def test_degrees_of_freedom_may_be_any_number(function: Any) -> None:
    def f(x: Any, ddof: Any) -> Any:
        return function(x, ddof=ddof)

    for ddof in (1.0, np.int64(1), np.float32(1.0), True):
        np.testing.assert_array_equal(grad(f)(X, ddof), grad(f)(X, 1))


# --- arrays without elements --------------------------------------------------------------------------

ALL = "sum prod cumsum cumprod sort flip nansum nanprod median mean max std ptp average linalg.norm linalg.vector_norm"
SQUARE = "linalg.det linalg.inv trace linalg.eigvalsh linalg.cholesky linalg.svdvals diagonal linalg.pinv"


@pytest.mark.parametrize("name", [*ALL.split(), *SQUARE.split()])
def test_whatever_numpy_makes_of_no_elements_has_a_gradient_of_none(name: str) -> None:
    function: Any = np
    for part in name.split("."):
        function = getattr(function, part)
    axes: tuple[Any, ...] = ((),) if name in SQUARE.split() else ((), (0,), (1,), ((0, 1),))
    for shape, axis in product(
        ((0, 0),) if name in SQUARE.split() else ((0,), (3, 0), (0, 3), (2, 0, 3)), axes
    ):

        def f(x: Any, axis: Any = axis) -> Any:
            return np.sum(function(x, axis=axis[0]) if axis else function(x))

        x = np.zeros(shape)
        try:
            with np.errstate(all="raise"):
                f(x)
        except (ArithmeticError, RuntimeWarning, TypeError, ValueError):
            continue
        assert grad(f)(x).shape == shape
        assert hessian(f)(x).shape == shape + shape
        assert jvp(f, (x,), (x,))[1] == 0


# --- products of any size -----------------------------------------------------------------------------

SIZES = (0, 0, 0, 60, -60, 150, -150, 200, -200, 300, -300)


def factors(rng: random.Random) -> list[float]:
    found = [
        rng.choice((-1, 1)) * rng.uniform(1, 9) * 10.0 ** rng.choice(SIZES) for _ in range(rng.randint(1, 9))
    ]
    return [0.0 if rng.random() < 0.1 else x for x in found]


def wrong_product(seed: int) -> str | None:
    """What is wrong with the gradient of a product that has a value, by exact arithmetic."""
    x = factors(random.Random(seed))
    kind = (np.prod, np.nanprod, np.multiply.reduce)[seed % 3]
    exact = [math.prod(Fraction(v) for j, v in enumerate(x) if j != i) for i in range(len(x))]
    with np.errstate(all="ignore"):
        if not np.isfinite(np.prod(x)) or any(abs(e) > 1e300 for e in exact):
            return None
    found = grad(kind)(np.array(x))
    for got, right in zip(found, exact):
        if abs(Fraction(got) - right) > Fraction(1, 10**13) * abs(right) + Fraction(1, 10**300):
            return f"{x}: {found.tolist()}, not {[float(e) for e in exact]}"
    return None


@pytest.mark.parametrize("block", range(4))
def test_the_gradient_of_a_product_is_the_product_of_the_others(block: int) -> None:
    assert [wrong for seed in range(50 * block, 50 * block + 50) if (wrong := wrong_product(seed))] == []


def test_products_that_underflow_in_second_order_and_cumulated() -> None:
    assert hessian(np.prod)(np.array([1e-200, 1e-200, 3.0]))[0].tolist() == [0.0, 3.0, 1e-200]
    found = grad(lambda x: np.sum(np.cumprod(x)))(np.array([1e-200, 1e-200, 1e200, 3.0]))
    np.testing.assert_allclose(found[:2], [1.0 + 4.0, 4.0], rtol=1e-15)
    assert grad(lambda x: np.prod(x, axis=(0, 1)))(np.full((2, 2), 1e-150))[0, 0] == 0.0
    assert grad(np.prod)(np.full(4000, 1e-200)).tolist() == [0.0] * 4000


# --- arrays with an arithmetic of their own -----------------------------------------------------------

MASKED = np.ma.array([1.0, 2.0], mask=[False, True])
MATRIX = np.array([[1.0, 2.0], [3.0, 4.0]]).view(np.matrix)
OPERANDS = {
    "x * c": lambda x, c: x * c,
    "c * x": lambda x, c: c * x,
    "c @ x": lambda x, c: c @ x,
    "x + [c]": lambda x, c: np.stack([x, c]),
    "multiply": np.multiply,
    "dot": np.dot,
    "where": lambda x, c: np.where(x > 0, c, x),
    "maximum": lambda x, c: np.maximum(c, x),
    "interp": lambda x, c: np.interp(x, c, [1.0, 2.0]),
    "einsum": lambda x, c: np.einsum("...i,...i", x, c),
    "method": lambda x, c: x.dot(c),
}


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize(("name", "kind"), [*product(OPERANDS, (MASKED, MATRIX))])
def test_other_arithmetics_are_refused_by_name(name: str, kind: Any) -> None:
    word = type(kind).__name__
    with pytest.raises(UsageError, match=word):
        OPERANDS[name](Variable(np.ones(kind.shape)), kind)


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("kind", [MASKED, MATRIX])
def test_other_arithmetics_are_refused_as_the_point(kind: Any) -> None:
    for take in (Variable, grad(np.sum), jacfwd(np.sin), hessian(np.sum), grad(lambda t: np.sum(t[0]))):
        with pytest.raises(UsageError, match=type(kind).__name__) as error:
            take([kind] if "lambda" in getattr(take, "__qualname__", "") else kind)
        assert error.value.hint


# --- scalars and constants everywhere, forwards and backwards -----------------------------------------

TWO = [f for f in (RULES | FLAT) if isinstance(f, np.ufunc) and f.nin == 2 and f.signature is None]
SHAPES = [((), ()), ((3,), ()), ((), (3,)), ((2, 3), (3,)), ((3, 1), (1, 2))]


@pytest.mark.parametrize("function", TWO, ids=lambda f: f.__name__)
def test_forward_and_backward_agree_for_functions_of_two_numbers(function: Any) -> None:
    if function.__name__.startswith("bitwise"):
        return
    for a, b in SHAPES:
        x, y = (np.random.default_rng(5).uniform(0.3, 0.9, s) + shift for s, shift in ((a, 0.0), (b, 0.05)))
        for f, at in (
            (lambda u, y=y: function(u, y), x),
            (lambda u, x=x: function(x, u), y),
            (lambda u: function(u, (2.0 * u).tolist() if np.ndim(u) else u + 0.5), x),
        ):
            at = at if np.ndim(at) else float(at)
            backward = np.asarray(jacobian(lambda u, f=f: f(u) * 1.0)(at))
            np.testing.assert_allclose(jacfwd(lambda u, f=f: f(u) * 1.0)(at), backward, atol=1e-14)
            pushed = jvp(lambda u, f=f: f(u) * 1.0, (at,), (np.ones(np.shape(at)),))[1]
            np.testing.assert_allclose(pushed, backward.reshape(*np.shape(pushed), -1).sum(-1), atol=1e-14)


@pytest.mark.parametrize(
    "function", [np.inner, np.dot, np.outer, np.multiply, np.kron], ids=lambda f: f.__name__
)
def test_products_with_a_number(function: Any) -> None:
    for x, c in product(
        (2.0, np.arange(3.0), np.ones((2, 3))), (3.0, np.float64(3.0), np.array(3.0), [3.0], 3)
    ):
        for f in (lambda u, c=c: function(u, c), lambda u, c=c: function(c, u)):
            if np.ndim(c) == 1 and function in (np.inner, np.dot) and np.ndim(x):
                continue  # lengths that do not fit
            right = np.sum(np.asarray(f(np.ones(np.shape(x)))))
            assert np.sum(np.asarray(grad(lambda u, f=f: np.sum(f(u)))(x))) == pytest.approx(right)
            assert np.sum(np.asarray(jacfwd(f)(x))) == pytest.approx(right)


def test_a_bound_may_be_missing_at_a_kink() -> None:
    def f(x: Any) -> Any:
        return np.clip(np.where(relu(x) > 0, x, -2 * x), 0, None)

    with pytest.raises(CalcgradError):
        grad(f)(0.0)
    assert grad(f)(1.0) == 1.0 and grad(f)(-1.0) == -2.0


# --- hints --------------------------------------------------------------------------------------------

NAMED = re.compile(r"\b((?:np|numpy|calcgrad)(?:\.[a-zA-Z_]\w*)+)")


def exists(name: str) -> bool:
    found: Any = {"np": np, "numpy": np, "calcgrad": calcgrad}[name.split(".")[0]]
    for part in name.split(".")[1:]:
        if not hasattr(found, part):
            try:
                importlib.import_module(f"{found.__name__}.{part}")
            except (ImportError, AttributeError):
                return False
        found = getattr(found, part)
    return True


def test_every_function_that_a_text_of_the_code_names_exists() -> None:
    package = Path(calcgrad.__file__).parent
    named = {
        (path.name, name)
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for name in NAMED.findall(node.value)
    }
    assert len(named) > 15
    assert {(file, name) for file, name in named if not exists(name)} == set()


@pytest.mark.parametrize("module", [math, cmath])
def test_every_function_that_a_hint_names_exists(module: Any) -> None:
    for name, function in sorted(vars(module).items()):
        if name.startswith("_") or not callable(function):
            continue
        for arguments in ((Variable(0.5),), (Variable(0.5), Variable(0.5))):
            try:
                function(*arguments)
            except NotDifferentiable as error:
                assert all(exists(found) for found in NAMED.findall(f"{error.message} {error.hint}")), name
            except (TypeError, ValueError):
                pass


def test_what_a_hint_says_to_write_instead_runs() -> None:
    x = np.array([0.3, 0.6, 0.6, 0.9])
    refused: list[Any] = [
        np.unique, lambda v: np.isin(v, [0.6]), lambda v: np.setdiff1d(v, [0.6]), np.histogram, np.i0,
        lambda v: np.log(v, where=v > 0.5),
    ]  # fmt: skip
    for f in refused:
        with pytest.raises(NotDifferentiable, match="has no derivative rule") as error:
            grad(lambda v, f=f: np.sum(f(v)))(x)
        assert error.value.hint
    distinct = grad(lambda v: np.sum((lambda s: s[np.append(True, np.diff(s) != 0)])(np.sort(v))))
    assert distinct(x[[0, 1, 3]]).tolist() == [1.0, 1.0, 1.0]
    inside = grad(lambda v: np.sum(v[np.any(v[:, None] == np.asarray([0.5, 0.7]), axis=1)]))
    assert inside(x).tolist() == [0.0] * 4
    binned = grad(lambda v: np.sum(np.bincount(np.digitize(v, [0.5]), weights=v) ** 2))
    np.testing.assert_allclose(binned(x), [0.6, 4.2, 4.2, 4.2])
    with pytest.raises(UsageError, match="argnums"):
        grad(np.sum, "x")(x)  # type: ignore[arg-type]


if __name__ == "__main__":
    wrong = [text for seed in range(int(sys.argv[1])) if (text := wrong_product(seed))]
    print(*wrong, f"{len(wrong)} wrong", sep="\n")


# --- interpolation ------------------------------------------------------------------------------------


def test_interpolation_beside_one_at_a_node_moves_with_the_nodes() -> None:
    values = np.array([1.0, 3.0, 2.0, 5.0])

    def f(nodes: Any, points: list[float]) -> Any:
        return np.interp(np.array(points), nodes, values)[-2:]

    nodes = np.arange(4.0)
    np.testing.assert_array_equal(
        jacobian(lambda nodes: f(nodes, [1.0, 1.7, 2.4]))(nodes),
        jacobian(lambda nodes: f(nodes, [1.7, 2.4]))(nodes),
    )


def test_interpolation_of_a_step_looks_at_where_it_steps_to() -> None:
    with pytest.raises(NotDifferentiable, match="jump"):
        grad(lambda x: np.interp(np.sign(x), [-2.0, -0.5, 0.5, 2.0], [0.0, 1.0, 1.0, 5.0]))(0.0)
