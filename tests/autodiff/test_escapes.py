"""What would lose a derivative in silence is refused by name; an explicit float() is not."""

from __future__ import annotations

import cmath
import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import Variable, detach, grad, jacobian, jvp, vjp
from calcgrad.errors import CalcgradError, NotDifferentiable, UsageError

X = np.array([0.5, 1.7])


def fills_an_array(x: Any) -> Any:
    filled = np.zeros(2)
    filled[0] = x[0] * 2
    return filled.sum()


def adds_to_an_array(x: Any) -> Any:
    filled = np.zeros(2)
    filled[0] += x[0]
    return filled.sum() + x[1]


def of_math(x: Any) -> Any:
    from math import exp as e

    return x[0] * e(x[1])


def filled_with(number: Any) -> Any:
    filled = np.zeros(2)
    filled.fill(number)
    return filled.sum()


LOST: dict[str, tuple[Callable[[Any], Any], str]] = {
    "array[i] = x": (fills_an_array, "assignment"),
    "array[i] += x": (adds_to_an_array, "assignment"),
    "math.sin": (lambda x: x[0] * math.sin(x[1]), "math.sin"),
    "from math import": (of_math, "math.exp"),
    "math.fsum": (lambda x: x[0] + math.fsum(x), "math.fsum"),
    "cmath": (lambda x: x[0] * abs(cmath.exp(x[1])), "cmath.exp"),
    "fromiter": (lambda x: x[0] * np.fromiter((t * t for t in x), float).sum(), "plain"),
    "float": (lambda x: float(x[0]) ** 2, "plain number"),
    "map": (lambda x: sum(map(math.sin, x)), "plain number"),
    "array.fill": (lambda x: x[0] * filled_with(x[1]), "fill"),
    "array.sum": (lambda x: x[0] * np.ones(2).sum(initial=x[1]), "sum"),
    "ufunc.reduce": (lambda x: x[0] * np.add.reduce(np.ones(2), initial=x[1]), "reduce"),
    "within NumPy": (lambda x: x[0] * np.sum(np.ones(2), initial=x[1]), "numpy's"),
    "np.float64": (lambda x: np.float64(x[0]) * 2.0, "plain number"),
}


@pytest.mark.parametrize("name", LOST)
def test_a_derivative_is_not_lost_in_silence(name: str) -> None:
    f, named = LOST[name]
    for attempt in (
        lambda: grad(f)(X),
        lambda: jacobian(f)(X),
        lambda: vjp(f, X),
        lambda: jvp(f, (X,), (X,)),
    ):
        with pytest.raises(
            (NotDifferentiable, ValueError), match=named if name != "fromiter" else None
        ) as caught:
            attempt()
        assert isinstance(caught.value, CalcgradError) or name == "fromiter"


def test_explicit_numbers_are_free() -> None:
    x = Variable(3.0)
    assert float(x * 2) == 6.0 and int(x) == 3 and math.isfinite(x)
    assert f"{x:.2f}" == "3.00" and f"{x:g}" == "3" and f"{x}" == "Variable(3.0)"

    def halved_until_small(x: Any) -> Any:
        while float(abs(x)) > 1.0:
            x = x / 2
        return x

    assert grad(halved_until_small)(3.0) == 0.25
    assert grad(lambda x: x * detach(x))(3.0) == 3.0
    assert grad(lambda x: 3.0)(1.0) == 0.0


def test_copies_stay_in_the_graph() -> None:
    assert grad(lambda x: x * copy.copy(x))(3.0) == 6.0
    assert grad(lambda x: x * copy.deepcopy({"a": [x]})["a"][0])(3.0) == 6.0


def test_pythons_rounding_and_lists_stay_in_the_graph() -> None:
    assert grad(lambda x: x * math.floor(x) + x * math.ceil(x) + x * math.trunc(x))(1.5) == 4.0
    assert grad(lambda x: x * round(x) + x * round(x, 1))(1.44) == 2.4
    np.testing.assert_array_equal(grad(lambda x: sum(x.tolist()))(X), [1.0, 1.0])
    assert grad(lambda x: x.sum().item() + x.item(1) * x.flat[0])(X).tolist() == [2.7, 1.5]
    assert grad(lambda x: np.sum(x * x.astype(int)))(X).tolist() == [0.0, 1.0]
    assert grad(lambda x: np.sum(x[np.where(x > 1)] ** 2))(X).tolist() == [0.0, 3.4]


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (lambda x: None, "returned nothing"),
        (lambda x: "x", "returned a str"),
        (lambda x: object(), "returned object"),
        (lambda x: 1j, "complex"),
    ],
)
def test_a_result_that_is_no_array_is_named(result: Callable[[Any], Any], message: str) -> None:
    for operator in (grad, jacobian):
        with pytest.raises(UsageError, match=message):
            operator(result)(X)


def test_a_gradient_is_of_one_number() -> None:
    with pytest.raises(UsageError, match=r"returned a list.*jacobian"):
        grad(lambda x: [x[0], x[1]])(X)
    with pytest.raises(UsageError, match=r"returned shape \(2,\).*np\.sum.*jacobian"):
        grad(lambda x: x * 2)(X)
