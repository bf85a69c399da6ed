"""Variables: the textbook program, operators, NumPy's protocols, and the graph's memory."""

from __future__ import annotations

import gc
import operator
import subprocess
import sys
import weakref

import numpy as np
import pytest

from calcgrad.autodiff import Variable, detach, gradient, leaves, nodes
from calcgrad.errors import NotDifferentiable, UsageError


def test_the_textbook_program() -> None:
    x = Variable(np.arange(4.0))
    y = 2 * np.dot(x, x)
    assert float(y) == 28.0
    y.backward()
    assert x.grad.tolist() == [0.0, 4.0, 8.0, 12.0]
    y.backward()
    assert x.grad.tolist() == [0.0, 8.0, 16.0, 24.0]
    x.zero_grad()
    assert x.grad is None
    x.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0, 1.0]


def test_values_keep_their_kind() -> None:
    assert type(Variable(3).value) is float
    assert type(Variable(True).value) is float
    assert type(Variable(np.float64(2)).value) is float
    assert Variable([1, 2]).dtype == np.float64
    assert Variable(np.ones(2, np.float32)).dtype == np.float32
    x = Variable(np.ones(3, np.float32))
    y = (2 * np.sin(x) / 3.0 + 1).sum()
    assert y.dtype == np.float32
    y.backward()
    assert x.grad.dtype == np.float32
    for bad in ("text", [1j], [None]):
        with pytest.raises(UsageError):
            Variable(bad)
    with pytest.raises(UsageError):
        Variable(Variable(1.0))


def test_shape_attributes() -> None:
    x = Variable(np.ones((2, 3)), name="x")
    assert (x.shape, x.ndim, x.size, len(x), x.T.shape) == ((2, 3), 2, 6, 2, (3, 2))
    assert "name='x'" in repr(x)
    assert x.operation is None
    assert (x + 1).operation == "add"
    assert [row.shape for row in x] == [(3,), (3,)]
    with pytest.raises(TypeError):
        len(Variable(1.0))
    with pytest.raises(TypeError):
        iter(Variable(1.0))


@pytest.mark.parametrize(
    "function",
    [
        operator.add,
        operator.sub,
        operator.mul,
        operator.truediv,
        operator.pow,
        operator.mod,
        operator.floordiv,
    ],
)
@pytest.mark.parametrize("other", [2, 2.5, np.float64(2.5), np.array([2.5, 1.5]), [2.5, 1.5]])
def test_operators_have_numpys_values_both_ways(function, other) -> None:  # type: ignore[no-untyped-def]
    for value in (1.75, np.array([1.75, 3.25])):
        plain = np.asarray(other) if isinstance(other, list) else other
        np.testing.assert_array_equal(function(Variable(value), other).value, function(value, plain))
        np.testing.assert_array_equal(function(other, Variable(value)).value, function(plain, value))


def test_matmul_both_ways() -> None:
    a = np.arange(6.0).reshape(2, 3)
    x = Variable(np.array([1.0, 2.0, 3.0]))
    w = np.array([10.0, 100.0])
    (adjoint,) = gradient(w @ (a @ x), targets=[x])
    np.testing.assert_array_equal(adjoint, a.T @ w)
    (adjoint,) = gradient(x @ a.T @ w, targets=[x])
    np.testing.assert_array_equal(adjoint, a.T @ w)


def test_a_number_is_bound_anew_not_changed() -> None:
    x = Variable(3.0)
    before = total = x * x
    total += x
    total *= 2.0
    total -= 1.0
    total /= x
    total **= 2
    assert (before.value, total.value) == (9.0, (23.0 / 3.0) ** 2)
    assert gradient(total, targets=[x])[0] == pytest.approx(2 * (23.0 / 3.0) * (2.0 + 1.0 / 9.0))
    leaf = x
    x += 1.0
    assert leaf.value == 3.0 and gradient(x * x, targets=[leaf]) == [8.0]


def test_in_place_is_refused_with_a_reason() -> None:
    y = Variable(np.ones(2))
    with pytest.raises(TypeError, match="in place"):
        y[0] = 2.0
    with pytest.raises(TypeError, match="out="):
        np.sin(y, out=np.zeros(2))


def test_comparisons_are_plain_booleans() -> None:
    x = Variable(2.0)
    assert (x > 1) is True
    assert (x < 1) is False
    assert (x == x.value) == True  # noqa: E712
    mask = Variable(np.array([1.0, -1.0])) > 0
    assert type(mask) is np.ndarray and mask.tolist() == [True, False]
    tie = Variable(np.array([0.0, 1.0])) > 0
    assert np.asarray(tie).tolist() == tie.tolist() == [False, True] and tie.dtype == bool
    assert len(tie) == 2 and [bool(t) for t in tie] == [False, True] and tie.sum() == 1 and not tie[0]
    zero = Variable(0.0) >= 0
    assert (float(zero), int(zero), [1, 2][zero]) == (1.0, 1, 2) and "True" in repr(zero)
    assert np.array([5.0, 6.0])[tie].tolist() == [6.0]
    assert hash(x) != hash(Variable(2.0))


def test_nothing_leaks_into_plain_arrays() -> None:
    x = Variable(1.0)
    with pytest.raises(TypeError, match="does not turn into a plain array"):
        np.array([x, x])
    with pytest.raises(TypeError, match="does not turn into a plain array"):
        np.zeros(2)[:] = Variable(np.ones(2))
    with pytest.raises(TypeError, match=r"np.where\(condition, a, b\)"):
        np.array([5.0, 6.0])[(Variable([0.0, 1.0]) > 0) * 1]
    assert detach(x) == 1.0 and x.detach() == 1.0 and detach(3.0) == 3.0


def test_a_function_without_rule_is_named() -> None:
    x = Variable(np.ones(3))
    for call in (lambda: np.nextafter(x, 2), lambda: np.histogram(x), lambda: np.add.at(x, 0, 1.0)):
        with pytest.raises(NotDifferentiable) as caught:
            call()
        assert caught.value.kind == "no-rule"
        assert caught.value.function in ("nextafter", "histogram", "add.at")


def test_detach_cuts_the_graph() -> None:
    x = Variable(3.0)
    (adjoint,) = gradient(x * detach(x * x), targets=[x])
    assert adjoint == 9.0


@pytest.mark.parametrize(
    "index",
    [1, -1, slice(None, None, 2), [0, 0, 2], np.array([True, False, True]), (0,), Ellipsis, None, (None, 2)],
    ids=str,
)
def test_indexing(index) -> None:  # type: ignore[no-untyped-def]
    value = np.array([3.0, 5.0, 7.0])
    x = Variable(value)
    picked = x[index]
    np.testing.assert_array_equal(picked.value, value[index])
    (adjoint,) = gradient((picked * picked).sum(), targets=[x])
    expected = np.zeros(3)
    np.add.at(expected, index, 2 * value[index])
    np.testing.assert_array_equal(adjoint, expected)


def test_targets_may_be_inner_nodes_and_strangers() -> None:
    x, stranger = Variable(2.0), Variable(np.ones(2))
    u = x * x
    y = u * u
    assert gradient(y, targets=[y, u, x]) == [1.0, 8.0, 32.0]
    (adjoint,) = gradient(y, targets=[stranger])
    assert adjoint.tolist() == [0.0, 0.0]
    assert leaves(y) == [x]
    assert nodes(y) == [y, u, x]


def test_seeds() -> None:
    x = Variable(np.array([1.0, 2.0]))
    y = x * x
    (adjoint,) = gradient(y, seed=[1.0, 10.0], targets=[x])
    assert adjoint.tolist() == [2.0, 40.0]
    with pytest.raises(UsageError, match=r"\(2,\)") as caught:
        gradient(y, targets=[x])
    assert "sum(...)" in (caught.value.hint or "") and "Jacobian" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="seed"):
        gradient(y, seed=[1.0], targets=[x])
    with pytest.raises(UsageError):
        y.backward()


def test_a_derivative_has_the_kind_and_the_shape_of_its_target() -> None:
    x, one = Variable(3.0), Variable(np.ones(1))
    assert [type(each) for each in gradient(x * x, targets=[x])] == [float]
    assert [each.shape for each in gradient(one * 2, targets=[one])] == [(1,)]
    with pytest.raises(UsageError, match="shape"):
        gradient(Variable(np.zeros(0)) * 1)


def test_gradients_belong_to_the_caller() -> None:
    x, w = Variable(np.ones(3)), np.ones(3)
    seed = np.ones(3)
    (adjoint,) = gradient(x + w, seed=seed, targets=[x])
    adjoint += 1
    assert seed.tolist() == w.tolist() == [1.0, 1.0, 1.0]
    (adjoint,) = gradient(x.sum(), targets=[x])
    adjoint[0] = 5.0  # a broadcast view would be read-only


def test_an_adjoint_shared_by_two_inputs_is_not_corrupted() -> None:
    x, y = Variable(np.ones(2)), Variable(np.ones(2))
    s = x + y
    (gx, gy) = gradient((s * s + x).sum(), targets=[x, y])
    assert gx.tolist() == [5.0, 5.0] and gy.tolist() == [4.0, 4.0]


def test_backward_that_fails_adds_nothing() -> None:
    x, y = Variable(2.0), Variable(0.0)
    with pytest.raises(NotDifferentiable):
        (x * abs(y)).backward()
    assert x.grad is None and y.grad is None


def test_higher_derivatives() -> None:
    x = Variable(1.5)
    y = x**5
    for expected in (5 * 1.5**4, 20 * 1.5**3, 60 * 1.5**2, 120 * 1.5, 120.0, 0.0):
        (y,) = gradient(y, targets=[x], record=True)
        assert float(y) == pytest.approx(expected, rel=1e-14)


def test_a_graph_is_freed_without_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        x = Variable(np.ones(3))
        y = (np.sin(x) * x[0] + abs(x)).sum()
        alive = weakref.ref(y.inputs[0])
        gradient(y, targets=[x])
        y.backward()
        assert alive() is not None
        del y
        assert alive() is None
        z = abs(x - 1.0).sum()
        alive = weakref.ref(z)
        with pytest.raises(NotDifferentiable):
            gradient(z, targets=[x])
        del z
        assert alive() is None
    finally:
        gc.enable()


def test_half_a_million_records() -> None:
    x = Variable(1.0)
    y = x
    for _ in range(250_000):
        y = y * 0.5 + x
    (adjoint,) = gradient(y, targets=[x])
    assert adjoint == pytest.approx(2.0)


def test_a_loop_over_elements_stays_linear() -> None:
    x = Variable(np.ones(5000))
    product = x[0]
    for i in range(1, 5000):
        product = product * x[i]
    (adjoint,) = gradient(product, targets=[x])
    assert adjoint.tolist() == [1.0] * 5000


def test_importing_loads_numpy_only() -> None:
    program = (
        "import sys, calcgrad.autodiff; "
        "print([m for m in ('scipy', 'mpmath', 'sympy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pytorchs_word_for_the_seed() -> None:
    x = Variable(np.array([1.0, 2.0]))
    (x * x).backward(gradient=np.array([1.0, 0.5]))
    assert x.grad.tolist() == [2.0, 2.0]
    with pytest.raises(UsageError, match="another word"):
        (x * x).backward(np.ones(2), gradient=np.ones(2))


def test_a_difference_from_the_largest_hands_its_adjoint_on_whole() -> None:
    x = Variable([1.0, 2.0, 4.0])
    a = x * 1.0
    d = a - np.max(a)
    by_x, by_a, by_d = gradient(np.sum(d * d) + np.sum(3.0 * a), targets=[x, a, d])
    assert by_d.tolist() == [-6.0, -4.0, 0.0]  # not what a has collected
    assert by_a.tolist() == by_x.tolist() == [-3.0, -1.0, 13.0]
    rows = Variable([[1.0, 3.0], [5.0, 2.0]])
    for axis, keepdims in ((0, False), (0, True), (1, False), (-1, True), ((0, 1), False)):
        least = np.min(rows, axis=axis, keepdims=keepdims)
        (slopes,) = gradient(np.sum(least * least), targets=[rows])
        assert np.array_equal(
            slopes, np.where(rows.value == np.min(rows.value, axis, keepdims=True), 2 * rows.value, 0)
        )
