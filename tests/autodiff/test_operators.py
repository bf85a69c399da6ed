"""The operators: structures, nesting, mixtures of modes, errors that name the user's function."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import (
    Variable,
    at_edges,
    at_kinks,
    check_grad,
    dispatch,
    grad,
    gradient,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jvp,
    no_grad,
    nodes,
    primitive,
    rows,
    value_and_grad,
    vjp,
)
from calcgrad.errors import CalcgradError, NotDifferentiable, UsageError

POINT = np.array([0.3, -1.2, 2.0])


def smooth(x: Any) -> Any:
    return np.sum(np.sin(x) * x[0]) + np.prod(x)


def test_grad_and_value_and_grad() -> None:
    assert grad(lambda x: x**3)(2.0) == 12.0
    value, slope = value_and_grad(lambda x, y: np.sum(x * y), argnums=(0, 1))(np.ones(2), 3.0)
    assert value == 6.0
    assert slope[0].tolist() == [3.0, 3.0] and slope[1] == 2.0
    assert grad(lambda x, y: x * y * y, argnums=1)(2.0, 3.0) == 12.0
    assert grad(lambda x: 7.0)(2.0) == 0.0


def test_arguments_may_be_structures() -> None:
    def loss(model: Any) -> Any:
        layers, bias = model["layers"], model["bias"]
        return np.sum((layers[0] @ layers[1] + bias) ** 2)

    model = {"layers": [np.ones((2, 3)), np.ones(3)], "bias": (0.5)}
    slope = grad(loss)(model)
    assert slope["layers"][0].shape == (2, 3) and slope["layers"][1].tolist() == [14.0] * 3
    assert slope["bias"] == 14.0


def test_nesting_to_any_order() -> None:
    f = np.sin
    for expected in (np.cos(0.7), -np.sin(0.7), -np.cos(0.7), np.sin(0.7)):
        f = grad(f)
        assert f(0.7) == pytest.approx(expected, rel=1e-14)


def test_nested_gradients_do_not_mix_their_inputs() -> None:
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert grad(lambda x: x * grad(lambda y: y * y)(x))(3.0) == 12.0


def test_jacobian_and_hessian() -> None:
    def f(x: Any) -> Any:
        return np.stack([x[0] * x[1], np.sin(x[2]), x[0]])

    j = jacobian(f)(POINT)
    expected = [[POINT[1], POINT[0], 0.0], [0.0, 0.0, np.cos(POINT[2])], [1.0, 0.0, 0.0]]
    np.testing.assert_allclose(j, expected, rtol=1e-14)
    h = hessian(smooth)(POINT)
    np.testing.assert_allclose(h, jacobian(grad(smooth))(POINT))
    np.testing.assert_allclose(h, h.T)
    for i in range(3):
        column = jvp(grad(smooth), (POINT,), (np.eye(3)[i],))[1]
        np.testing.assert_allclose(h[:, i], column, rtol=1e-13)
    assert jacobian(lambda x: x**2)(3.0) == 6.0
    assert hessian(lambda x: x**3)(2.0) == 12.0
    assert jacobian(lambda x: np.outer(x, x))(POINT).shape == (3, 3, 3)


_MATRIX = np.linspace(0.3, 2.0, 24).reshape(4, 6)
MANY_ROWS: dict[str, Callable[[Any], Any]] = {
    "elementwise": lambda x: np.sin(x) * x / (1.0 + x * x) ** 1.5,
    "broadcasting": lambda x: np.exp(x[:, None] * 0.1) + x - x[0] * x[:, None],
    "one number shared": lambda x: x * np.sum(x) / np.linalg.norm(x) + np.prod(x),
    "products": lambda x: _MATRIX.T @ (_MATRIX @ x) + np.dot(x, x),
    "an array index with repeats": lambda x: x[[0, 3, 3, 1, 5, 0]] * x,
    "indices apart": lambda x: np.outer(x, x).reshape(6, 2, 3)[[0, 5, 5], :, [2, 0, 0]] * 2.0,
    "masks and steps": lambda x: np.concatenate((x[x > 0.8] ** 2, x[::-2], x[None, 1:4, None].ravel())),
    "moved": lambda x: np.stack([x, x * x], axis=1).T.reshape(3, 4)[::-1],
    "axes": lambda x: np.cumsum(np.outer(x, x), axis=0).sum(axis=1) + np.outer(x, x).max(axis=1),
    "a loop of floats": lambda x: np.stack([x[i] * x[i - 1] + np.sin(x[i]) for i in range(6)]),
    "some rows are constant": lambda x: np.concatenate((np.ones(3), x[:3] * x[3:])),
}


def test_results_may_be_structures_as_in_jax() -> None:
    x = np.array([0.5, 1.7])
    h = hessian(lambda p: np.sum(p["a"] ** 2) * p["b"])({"a": x, "b": 2.0})
    assert h["b"]["b"] == 0.0
    np.testing.assert_array_equal(h["a"]["a"], 4.0 * np.eye(2))
    np.testing.assert_array_equal(h["a"]["b"], 2.0 * x)
    np.testing.assert_array_equal(h["b"]["a"], 2.0 * x)
    (aa, ab), (ba, bb) = hessian(lambda a, b: np.sum(a) * b**3, (0, 1))(x, 2.0)
    assert (aa.tolist(), ab.tolist(), ba.tolist(), bb) == (
        np.zeros((2, 2)).tolist(),
        [12.0] * 2,
        [12.0] * 2,
        2.2 * 12,
    )

    def two(x: Any) -> Any:
        return {"square": x * x, "sum": [np.sum(x), 1.0]}

    j = jacobian(two)(x)
    np.testing.assert_array_equal(j["square"], np.diag(2 * x))
    assert j["sum"][0].tolist() == [1.0, 1.0] and j["sum"][1].tolist() == [0.0, 0.0]
    assert jacfwd(two)(x)["square"].tolist() == j["square"].tolist()
    value, slope = jvp(two, (x,), (np.ones(2),))
    assert value["sum"] == [2.2, 1.0] and slope["sum"] == [2.0, 0.0]
    np.testing.assert_array_equal(slope["square"], 2 * x)
    value, pull = vjp(two, x)
    np.testing.assert_array_equal(pull({"square": np.ones(2), "sum": [3.0, 5.0]})[0], 2 * x + 3.0)
    with pytest.raises(UsageError, match="3 results"):
        pull({"square": np.ones(2)})
    with pytest.raises(UsageError, match="tuple"):
        jvp(two, x, x)
    assert jacobian(lambda x: x * x)(np.zeros(0)).shape == (0, 0)


@pytest.mark.parametrize("name", MANY_ROWS)
def test_rows_at_once_are_the_columns_of_forward_mode(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    f, x = MANY_ROWS[name], np.linspace(0.5, 1.7, 6) ** 2
    expected = jacfwd(f)(x)
    assert rows.jacobian_rows(nodes(f(v := Variable(x))), [v]) is not None
    np.testing.assert_allclose(jacobian(f)(x), expected, rtol=1e-13, atol=1e-13)
    monkeypatch.setattr(rows, "_BLOCK", 240)  # in several blocks
    np.testing.assert_allclose(jacobian(f)(x), expected, rtol=1e-13, atol=1e-13)


def test_rows_at_once_leave_kinks_to_single_sweeps() -> None:
    x = np.array([-1.0, 0.0, 2.0, 3.0, 0.0, 1.0])
    np.testing.assert_array_equal(jacobian(lambda x: x * abs(x))(x), np.diag(2 * abs(x)))
    with pytest.raises(NotDifferentiable, match="abs has a corner"):
        jacobian(abs)(x)
    with pytest.raises(NotDifferentiable, match="sqrt"):
        jacobian(np.sqrt)(abs(x))
    np.testing.assert_array_equal(jacobian(lambda x: np.where(x > 0.5, np.log(x), 0.0))(x)[1], np.zeros(6))


def test_products_with_vectors() -> None:
    v = np.array([1.0, 2.0, 3.0])
    value, slope = jvp(smooth, (POINT,), (v,))
    assert value == smooth(POINT)
    assert slope == pytest.approx(grad(smooth)(POINT) @ v, rel=1e-14)
    value, pull = vjp(lambda x, y: x * y, POINT, v)
    np.testing.assert_array_equal(value, POINT * v)
    x_bar, y_bar = pull(np.ones(3))
    np.testing.assert_array_equal(x_bar, v)
    np.testing.assert_array_equal(y_bar, POINT)
    np.testing.assert_allclose(hvp(smooth, POINT, v), hessian(smooth)(POINT) @ v, rtol=1e-13)


def test_modes_mix() -> None:
    def along(f: Any) -> Any:
        return lambda x: jvp(f, (x,), (1.0,))[1]

    f = lambda x: np.exp(x) * np.sin(x)  # noqa: E731
    expected = 2 * np.exp(0.4) * np.cos(0.4)
    for second in (grad(along(f)), along(grad(f)), along(along(f)), grad(grad(f))):
        assert float(second(0.4)) == pytest.approx(expected, rel=1e-13)


def test_kinks_are_seen_by_every_mode() -> None:
    for attempt in (
        lambda: grad(abs)(0.0),
        lambda: jvp(abs, (0.0,), (1.0,)),
        lambda: vjp(abs, 0.0)[1](1.0),
        lambda: jacobian(lambda x: abs(x))(np.zeros(2)),
    ):
        with pytest.raises(NotDifferentiable, match="abs has a corner"):
            attempt()
    assert jvp(lambda x: x * abs(x), (0.0,), (1.0,))[1] == 0.0
    with at_kinks("subgradient"):
        assert grad(lambda x: np.maximum(x, 0))(0.0) in (0.0, 1.0)
        with pytest.raises(NotDifferentiable):
            grad(np.log)(-1.0)
    with pytest.raises(NotDifferentiable):
        grad(lambda x: np.maximum(x, 0))(0.0)
    with pytest.raises(UsageError), at_kinks("ignore"):
        pass


EVERY: dict[str, Callable[..., Any]] = {
    "grad": lambda f, x: grad(lambda x: np.sum(f(x)))(x),
    "vjp": lambda f, x: vjp(f, x)[1](np.ones(np.shape(x))),
    "jvp": lambda f, x: jvp(f, (x,), (x * 0.0 + 1.0,))[1],
    "jacobian": lambda f, x: jacobian(f)(x),
    "jacfwd": lambda f, x: jacfwd(f)(x),
    "hessian": lambda f, x: hessian(lambda x: np.sum(f(x)))(x),
    "hvp": lambda f, x: hvp(lambda x: np.sum(f(x)), x, x),
}


@pytest.mark.parametrize("mode", EVERY)
@pytest.mark.parametrize("x", [-1.0, np.array([2.0, -1.0])], ids=str)
def test_where_there_is_no_number_there_is_no_slope(mode: str, x: Any) -> None:
    """A rule may have a value there, as 1/x of log: the derivative is refused, or NaN on request."""
    for f in (np.log, np.sqrt, lambda x: x**1.5, lambda x: np.log(np.square(np.sqrt(x)))):
        with pytest.raises(NotDifferentiable):
            EVERY[mode](f, x)
        with at_edges("nan"):
            assert np.all(np.isnan(EVERY[mode](f, x)))
    with at_edges("nan"), pytest.raises(NotDifferentiable):
        grad(abs)(0.0)
    with pytest.raises(UsageError), at_edges("ignore"):
        pass


def test_a_line_search_may_step_out_of_the_domain() -> None:
    minimize = pytest.importorskip("scipy.optimize").minimize
    with at_edges("nan"), np.errstate(all="ignore"):
        f = value_and_grad(lambda x: np.sum(x - np.log(x)))
        found = minimize(
            lambda x: f(x) if np.all(x > 0) else (np.inf, f(x)[1]), np.array([8.0, 0.1]), jac=True
        )
    np.testing.assert_allclose(found.x, 1.0, atol=1e-4)


def test_errors_name_the_function_and_what_arrived() -> None:
    def residuals(x: Any) -> Any:
        return x * x

    with pytest.raises(UsageError, match=r"residuals returned shape \(2,\)") as caught:
        grad(residuals)(np.ones(2))
    assert "sum" in (caught.value.hint or "") and "jacobian" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="residuals: argument 0 is not a real number"):
        grad(residuals)(True)
    assert grad(residuals)(3) == 6.0 and grad(lambda x: np.sum(x * x))(np.array([1, 2])).tolist() == [
        2.0,
        4.0,
    ]
    with pytest.raises(UsageError, match="no argument 1"):
        grad(residuals, argnums=1)(3.0)
    with pytest.raises(UsageError, match="tangents"):
        jvp(residuals, (np.ones(2),), (np.ones(3),))
    with pytest.raises(UsageError):
        hvp(smooth, POINT, np.ones(2))


def test_the_collector_is_given_back_after_an_error() -> None:
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        grad(lambda x: x / 0 + 1 // 0)(1.0)
    assert gc.isenabled()


def test_no_grad() -> None:
    square = no_grad(lambda x: x * x)
    assert grad(lambda x: x * square(x))(3.0) == 9.0


def test_primitive() -> None:
    cube = primitive(lambda x: x**3, lambda g, out, x: g * 3 * x**2, elementwise=True)
    assert cube(2.0) == 8.0
    assert grad(grad(cube))(2.0) == 12.0
    assert hessian(lambda x: np.sum(cube(x)))(np.array([1.0, 2.0])).tolist() == [[6.0, 0.0], [0.0, 12.0]]


def test_check_grad_passes_what_is_right() -> None:
    check_grad(smooth, POINT)
    check_grad(lambda p: np.sum(np.tanh(p["w"] @ p["x"])), {"w": np.eye(2), "x": np.array([0.2, 0.4])})


@pytest.mark.parametrize("error", [1.0005, 0.9995])
def test_check_grad_finds_a_rule_that_is_slightly_wrong_by_name(error: float) -> None:
    def wobble(x: Any) -> Any:
        return np.sin(3 * x)

    wrong = primitive(wobble, lambda g, out, x: g * 3 * np.cos(3 * x) * error, elementwise=True)
    with pytest.raises(CalcgradError, match="the rule of wobble is wrong") as caught:
        check_grad(lambda x: np.sum(np.exp(wrong(x)) * x), POINT)
    assert caught.value.code == "differs"


def test_check_grad_finds_a_wrong_second_derivative() -> None:
    first = primitive(lambda x: 2 * x, lambda g, out, x: g * 2.001, elementwise=True, name="doubled")
    square = primitive(lambda x: x * x, lambda g, out, x: g * first(x), elementwise=True)
    check_grad(lambda x: np.sum(square(x)), POINT, order=1)
    with pytest.raises(CalcgradError, match="order 2"):
        check_grad(lambda x: np.sum(square(x)), POINT, order=2)


def test_backward_and_operators_agree() -> None:
    x = Variable(POINT)
    np.testing.assert_array_equal(gradient(smooth(x), targets=[x])[0], grad(smooth)(POINT))


def test_threads_and_a_raising_error_state_change_nothing() -> None:
    """NumPy is silent inside, in each thread, whatever state the caller has, who keeps it."""

    def f(v: Any) -> Any:
        return np.sum(np.log(np.exp(v) * v) / np.sqrt(v)) + np.max(v) + np.sum(np.exp(-1e9 * v))

    points = [np.linspace(0.5, 2.0, 6) + i for i in range(30)]
    alone = [grad(f)(x) for x in points]

    def raising(x: Any) -> Any:
        with np.errstate(all="raise"):
            found = grad(f)(x)
            with pytest.raises(FloatingPointError):
                np.exp(1e9 * x)
        return found

    with ThreadPoolExecutor(4) as pool:
        for function in (grad(f), raising):
            np.testing.assert_array_equal(list(pool.map(function, points)), alone)


def test_a_gradient_asked_for_while_numpy_computes() -> None:
    """By a signal's handler, say: the silent context is taken, and there is another way."""
    function = grad(lambda v: np.sum(np.exp(-1e9 * v) + np.exp(v)))
    x = np.array([0.5, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(dispatch._quiet.run(function, x), function(x))
