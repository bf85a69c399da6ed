"""Replay: the same numbers as the tape, row by row, or a refusal by name."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import Variable, detach, functions, grad, hessian, no_grad, primitive
from calcgrad.autodiff.replay import Replay, _cosine, _half_tangent, _sine
from calcgrad.errors import CalcgradError, NotDifferentiable, UndecidedError, UsageError

POINTS = np.array([-7.25, -2.6, -1.4, -0.9, -0.3, 0.2, 0.5, 0.7, 1.5, 2.25, 3.2, 10.1, 1e3])
ONE: dict[str, Callable[..., Any]] = {
    **{name: getattr(np, name) for name in (
        "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh",
        "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "square", "reciprocal", "negative",
        "absolute", "fabs", "floor", "ceil", "sign", "sinc", "degrees", "radians",
    )},
    **{name: getattr(functions, name) for name in (
        "sec", "csc", "cot", "sech", "csch", "coth", "asec", "acot", "relu", "sigmoid", "softplus", "heaviside",
        "erf", "erfc", "gamma", "loggamma", "digamma", "Ei",
    )},
    "powers": lambda x: x**2 + 3 * x**3 - x**4.5 + 2.0**x + x**-1 + x**0.5 + x**1 + x**0,
    "x**x": lambda x: x**x,
    "root": lambda x: functions.root(x, 3),
    "clip": lambda x: np.clip(x, -1, 2) + np.clip(x * x, None, 3) + np.clip(x, 0, None),
    "where": lambda x: np.where((x > 0) & (x < 3), np.sqrt(x), x * x) + np.where(x, 1.0, 2.0),
    "where with NaN": lambda x: np.where(x > 0, x * np.log(x), np.where(x < -1, 1 / (x - 1), abs(x))),
    "truth as number": lambda x: (x > 0) + (x > 1) * x - ~(x > 2) * 2 + (1 - (x >= 0)),
    "max min": lambda x: np.maximum(x, 0.5) * np.minimum(x * x, 2 * x) + np.fmax(x, 3) + np.maximum(x, x),
    "hypot atan2": lambda x: np.hypot(x, 2) + np.arctan2(x, 3) + np.arctan2(1, x) + np.logaddexp(x, 1),
    "mod": lambda x: x % 3 + np.fmod(x, 2) + x // 4 + np.copysign(2 * x, -1),
    "round select": lambda x: np.round(x, 1) * x + np.select([x > 2, x > 0], [x, x * x], 1.0),
    "same twice": lambda x: x + np.exp(x),
    "identity": lambda x: x,
    "constant": lambda x: 3.0,
    "truth": lambda x: x > 0,
    "polyval": lambda x: np.polyval([1.0, -2.0, 3.0], x),
    "a chain": lambda x: np.exp(-x * x) * np.sin(3 * x) / (1 + np.log(x * x + 2)) - 1.0 * x / 1.0 - np.negative(-x),
}  # fmt: skip


def one_by_one(f: Callable[..., Any], point: float, order: int) -> list[float]:
    """Value, first and second derivative by the tape; NaN where there is none."""
    with np.errstate(all="ignore"):
        value = float(detach(f(np.float64(point))))
    found = [value]
    for derivative in (grad(f), hessian(f))[:order]:
        try:
            found.append(float(derivative(point)) if np.isfinite(value) else np.nan)
        except CalcgradError:
            found.append(np.nan)
    return found


@pytest.mark.parametrize("name", ONE)
def test_the_same_numbers_as_the_tape(name: str) -> None:
    f = ONE[name]
    table = Replay(f, order=2)(POINTS)
    found = np.stack([table.value, table.slopes[0], table.curvatures[0][0]], axis=1)
    expected = np.array([one_by_one(f, point, 2) for point in POINTS.tolist()])
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(np.isfinite(found), finite)
    np.testing.assert_allclose(found[finite], expected[finite], rtol=1e-12, atol=1e-15)
    first = Replay(f)(POINTS)
    np.testing.assert_array_equal(first.slopes[0], table.slopes[0])
    np.testing.assert_array_equal(Replay(f, order=0)(POINTS).value, table.value)


def test_kinks_are_decided_by_the_tape() -> None:
    x = np.array([-1.0, 0.0, 2.0, 0.0])
    assert Replay(lambda x: x * abs(x))(x).slopes[0].tolist() == [2.0, 0.0, 4.0, 0.0]
    table = Replay(lambda x: abs(x) + np.maximum(x, 2.0))(x)
    assert table.value.tolist() == [3.0, 2.0, 4.0, 2.0]
    np.testing.assert_array_equal(table.slopes[0], [-1.0, np.nan, np.nan, np.nan])
    (at_zero, why), (at_two, also) = table.refused
    assert (at_zero.tolist(), at_two.tolist()) == ([1, 3], [2])
    assert isinstance(why, NotDifferentiable) and (why.function, why.left, why.right) == ("abs", -1.0, 1.0)
    assert isinstance(also, NotDifferentiable) and also.function == "max"
    table = Replay(np.sqrt)(np.array([0.0, 4.0, -1.0]))
    np.testing.assert_array_equal(table.slopes[0], [np.nan, 0.25, np.nan])
    assert [error.kind for _, error in table.refused] == ["vertical-tangent"]
    square = Replay(lambda x: np.where(x > 0, x * x, 0.0), order=2)(np.array([0.0, 1.0]))
    assert square.slopes[0].tolist() == [0.0, 2.0]
    np.testing.assert_array_equal(square.curvatures[0][0], [np.nan, 2.0])


def test_patience_is_limited_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replay, "patience", 3)
    table = Replay(np.floor)(np.array([0.0, 1.0, 2.0, 2.0, 2.5, 3.0, 4.0]))
    assert [rows.tolist() for rows, _ in table.refused] == [[0], [1], [2, 3], [5, 6]]
    assert isinstance(table.refused[-1][1], UndecidedError)
    np.testing.assert_array_equal(table.slopes[0], [np.nan] * 4 + [0.0] + [np.nan] * 2)


@pytest.mark.parametrize(
    ("f", "named"),
    [
        (lambda x: x if x > 0 else -x, "greater"),
        (lambda x: x * (3 if x == 2 else 4), "equal"),
        (lambda x: max(x, 0.0), "an `if`"),
        (lambda x: x if np.logical_and(x > 0, x < 1) else 0.0, "logical_and"),
        (lambda x: float(x), "float"),
        (lambda x: int(x), "int"),
        (lambda x: np.sum(x), "sum"),
        (lambda x: x[0], "indexing"),
        (lambda x: np.array(x), "array"),
        (lambda x: x + np.ones(2), "array of shape"),
        (lambda x: np.add.reduce(x), r"add\.reduce"),
        (lambda x: np.stack([x, x]), "stack"),
        (lambda x: np.where(x > 0), "where"),
        (functions.softmax, "softmax"),
    ],
)
def test_what_is_not_pointwise_is_refused_by_name(f: Callable[..., Any], named: str) -> None:
    with pytest.raises(UsageError, match=named) as caught:
        Replay(f)
    assert caught.value.code == "not-pointwise" and caught.value.hint


def test_other_refusals() -> None:
    with pytest.raises(NotDifferentiable, match="nextafter"):
        Replay(lambda x: np.nextafter(x, 2.0))
    with pytest.raises(UsageError, match="order"):
        Replay(np.sin, order=3)
    with pytest.raises(UsageError, match="2 columns"):
        Replay(np.hypot, inputs=2)(POINTS)
    with pytest.raises(UsageError, match="real numbers"):
        Replay(np.sin)(np.array(["a"]))
    for f in (len, iter):
        with pytest.raises(TypeError):
            Replay(f)


def test_several_columns() -> None:
    def f(x: Any, y: Any, z: Any) -> Any:
        return x * x * y + np.sin(y * z) + z / (1 + x * x)

    random = np.random.default_rng(0)
    x, y, z = random.normal(size=(4, 5)), random.normal(size=5), 0.75
    table = Replay(f, inputs=3, order=2)(x, y, z)
    assert table.value.shape == (4, 5) and table.refused == []
    for i in np.ndindex(4, 5):
        point = (x[i], y[i[1]], z)
        assert table.value[i] == pytest.approx(f(*point))
        assert [s[i] for s in table.slopes] == pytest.approx(grad(f, (0, 1, 2))(*point))
        for a in range(3):
            found = [table.curvatures[a][b][i] for b in range(3)]
            expected = grad(lambda *p, a=a: grad(f, a)(*p), (0, 1, 2))(*point)
            assert found == pytest.approx(expected, abs=1e-15)


def test_common_subexpressions_are_made_once() -> None:
    replay = Replay(lambda x: np.exp(np.sin(x)) + np.exp(np.sin(x)) * np.cos(x), order=2)
    functions_called = [step[0] for step in replay._code.steps]
    assert [functions_called.count(f) for f in (_half_tangent, _sine, _cosine, np.exp)] == [1, 1, 1, 1]


def test_sine_and_cosine_of_one_tangent_are_as_good_as_numpys() -> None:
    random = np.random.default_rng(0)
    zeros = np.arange(-50, 51) * np.pi / 2  # where one of the two has lost every leading digit
    beside = np.concatenate([zeros * (1 + e) for e in (0.0, 1e-15, -1e-12, 1e-9, -1e-6, 1e-3)])
    wide = random.uniform(-1.0, 1.0, 20_000) * 10.0 ** random.uniform(-300, 22, 20_000)
    x = np.concatenate([beside, wide, [0.0, -0.0]])
    table = Replay(lambda x: np.sin(np.negative(x) * 1.0))(x)
    np.testing.assert_array_max_ulp(table.value, np.sin(-x), 8)
    np.testing.assert_array_max_ulp(table.slopes[0], -np.cos(-x), 16)
    assert np.array_equal(np.signbit(table.value), np.signbit(np.sin(-x)))
    with np.errstate(invalid="ignore"):
        odd = Replay(lambda x: np.cos(x) + np.sin(x), order=0)(np.array([np.inf, np.nan]))
    assert np.isnan(odd.value).all()


def test_blocks_and_threads_change_nothing() -> None:
    replay = Replay(lambda x, y: np.where(x > y, np.exp(-x * y), abs(x - 0.25)) / (2 + np.sin(x)), inputs=2)
    x = np.arange(100_003) % 997 / 100.0
    y = np.cos(np.arange(100_003.0))
    whole = replay(x, y, threads=1)
    threaded = replay(x, y, threads=3)
    pieces = [replay(a, b) for a, b in zip(np.array_split(x, 7), np.array_split(y, 7))]
    for other in (threaded.value, np.concatenate([piece.value for piece in pieces])):
        np.testing.assert_array_equal(whole.value, other)
    for i in range(2):
        np.testing.assert_array_equal(whole.slopes[i], threaded.slopes[i])
        np.testing.assert_array_equal(whole.slopes[i], np.concatenate([piece.slopes[i] for piece in pieces]))
    assert [r.tolist() for r, _ in whole.refused] == [r.tolist() for r, _ in threaded.refused]
    strided = replay(np.stack([x, y], axis=1)[:, 0], np.stack([x, y], axis=1)[:, 1])
    np.testing.assert_array_equal(strided.slopes[0], whole.slopes[0])


def test_results_go_where_they_are_wanted() -> None:
    replay = Replay(np.sinh)
    x = np.linspace(0.0, 1.0, 20_000)
    out = [np.empty_like(x), np.empty_like(x)]
    table = replay(x, out=out)
    assert np.shares_memory(table.value, out[0]) and np.shares_memory(table.slopes[0], out[1])
    np.testing.assert_array_equal(out[1], np.cosh(x))
    for bad in ([out[0]], [x, out[1]], [out[0], out[1][::2]], [out[0], out[1].astype(np.float32)]):
        with pytest.raises(UsageError, match="out"):
            replay(x, out=bad)


def test_kinds_of_columns() -> None:
    replay = Replay(lambda x: 2 * np.exp(x) / 3)
    assert replay(np.ones(3, np.float32)).slopes[0].dtype == np.float32
    assert replay(np.arange(3)).slopes[0].dtype == np.float64
    assert replay(np.ones(3, np.longdouble)).value.dtype == np.longdouble
    assert replay(1.0).value.shape == () and replay(np.zeros((0, 2))).slopes[0].shape == (0, 2)


def test_constants_of_the_graph_stay_constants() -> None:
    x = np.array([3.0])
    assert Replay(lambda x: x * detach(x * x))(x).slopes[0] == [9.0]
    assert Replay(lambda x: x * no_grad(lambda t: t * t)(x))(x).slopes[0] == [9.0]
    cube = primitive(lambda x: x**3, lambda g, out, x: g * 3 * x**2, elementwise=True)
    assert Replay(cube, order=2)(x).curvatures[0][0] == [18.0]
    shifted = primitive(lambda x, by=0.0: x + by, lambda g, out, x, by=0.0: g, elementwise=True)
    assert Replay(lambda x: shifted(x, by=1.0) * shifted(x, by=2.0))(x).value == [20.0]


def test_a_worker_that_fails_is_heard() -> None:
    def fail(x: Any) -> Any:
        raise ArithmeticError("no value today")

    with pytest.raises(ArithmeticError, match="today"):
        Replay(primitive(fail, lambda g, out, x: g, elementwise=True))(np.ones(50_000), threads=2)


def test_memory_is_inputs_and_outputs_and_a_few_blocks() -> None:
    replay = Replay(lambda x: np.exp(-x * x) * np.sin(3 * x) / (1 + np.log(x + 2)), order=2)
    x = np.linspace(-1.0, 3.0, 10**6)
    replay(x[:100])
    tracemalloc.start()
    try:
        replay(x)
        assert tracemalloc.get_traced_memory()[1] < 3 * x.nbytes + 8 * 2**20
    finally:
        tracemalloc.stop()


def test_a_variable_is_no_column() -> None:
    with pytest.raises(TypeError):
        Replay(lambda x: x * Variable(2.0))
