"""What would lose a derivative in silence is refused; reading a plain number of what is finished is not.

python tests/autodiff/test_escapes.py 5000   # so many random programs
"""

from __future__ import annotations

import array
import cmath
import copy
import ctypes
import functools
import itertools
import math
import operator
import pickle
import random
import statistics
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import Variable, detach, grad, gradient, hessian, jacobian, jvp, vjp
from calcgrad.errors import CalcgradError, NotDifferentiable, UndecidedError, UsageError

X = np.array([0.5, 1.7])


def stored(number: Any) -> Any:
    filled = np.zeros(2)
    filled[0] = number
    return filled[0]


def added(number: Any) -> Any:
    filled = np.zeros(2)
    filled[0] += number
    return filled[0]


def filled_with(number: Any) -> Any:
    filled = np.zeros(2)
    filled.fill(number)
    return filled.sum() / 2


class Cell(ctypes.Structure):
    _fields_ = (("x", ctypes.c_double),)


class Store:
    def __init__(self, number: Any) -> None:
        self.__dict__["f"] = math.tanh
        self.x = self.f(number)


# Each takes a number near 1 and gives one that is made of it, by way of C code that knows nothing of Variables.
WAYS: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "float()*": lambda x: float(x) ** 2,
    "complex": lambda x: complex(x).real,
    "math.sin": math.sin,
    "math.pow": lambda x: math.pow(x, 3),
    "math.fsum": lambda x: math.fsum([x, x]),
    "math.hypot": lambda x: math.hypot(x, 2.0),
    "math.dist": lambda x: math.dist([x], [0.0]),
    "math.ldexp": lambda x: math.ldexp(x, 2),
    "math.frexp": lambda x: math.frexp(x)[0],
    "math.modf": lambda x: math.modf(x)[0],
    "math.copysign": lambda x: math.copysign(x, 1.0),
    "math.remainder": lambda x: math.remainder(x, 7.0),
    "cmath": lambda x: cmath.exp(x).real,
    "polar": lambda x: cmath.rect(x, 0.0).real,
    "map": lambda x: sum(map(math.sin, [x, x])),
    "starmap": lambda x: sum(itertools.starmap(math.pow, [(x, 2.0)])),
    "accumulate": lambda x: list(itertools.accumulate([x, x], math.atan2))[-1],
    "partial": lambda x: functools.partial(math.atan2, x)(2.0),
    "reduce": lambda x: functools.reduce(math.hypot, [x, x]),
    "dict of functions": lambda x: {"s": math.cos}["s"](x),
    "list of functions": lambda x: [math.cos, math.sin][1](x),
    "methodcaller": lambda x: operator.methodcaller("sin", x)(math),
    "attribute": lambda x: Store(x).x,
    "getattr": lambda x: getattr(math, "sq" + "rt")(x),
    "star": lambda x: math.hypot(*[x, x]),
    "generator": lambda x: sum(math.exp(t) for t in [x]),
    "array.array": lambda x: array.array("d", [x])[0],
    "struct": lambda x: struct.unpack("d", struct.pack("d", x))[0],
    "ctypes": lambda x: ctypes.c_double(x).value,
    "structure": lambda x: Cell(x).x,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)) * 2,
    "text": lambda x: float("%.17g" % x),  # noqa: UP031
    "fmean": lambda x: statistics.fmean([x, x]),
    "a[i] =": stored,
    "a[i] +=": added,
    "fill": filled_with,
    "np.array": lambda x: np.array([x, 2.0]).sum(),
    "np.array of float": lambda x: np.array([float(x), 2.0]).sum(),
    "np.fromiter": lambda x: np.fromiter((t for t in [x, x]), float).sum(),
    "np.float64": np.float64,
    "vectorize": lambda x: np.vectorize(math.sin)(x),
    "frompyfunc": lambda x: np.frompyfunc(math.sin, 1, 1)(x),
    "initial": lambda x: np.ones(2).sum(initial=x),
    "reduce initial": lambda x: np.add.reduce(np.ones(2), initial=x),
    "repeat": lambda x: sum(itertools.repeat(math.sin(x), 2)),
    "round": lambda x: round(math.sin(x), 12),
    "lambda in a table": lambda x: (lambda table: table[0](x))((math.log1p,)),
    "deferred": lambda x: next(t() for t in [lambda: math.erf(x)]),
}

# So does each of these, within the graph.
KEPT: dict[str, Callable[[Any], Any]] = {
    "np.sin": np.sin,
    "map np.sin": lambda x: sum(map(np.sin, [x, x])),
    "partial np.power": lambda x: functools.partial(np.power, x)(3.0),
    "copy": copy.copy,
    "deepcopy": lambda x: copy.deepcopy([x])[0],
    "linspace": lambda x: np.linspace(0.0, x, 3).sum(),
    "stack": lambda x: np.stack([x, 2.0 * x]).sum(),
    "reduce np.hypot": lambda x: functools.reduce(np.hypot, [x, x]),
    "compare": lambda x: x * 3.0 if x < 50.0 and not math.inf < 0.0 else x,
    "format": lambda x: x * len(f"{x:.3f} {x!s:.3}"),
    "sorted": lambda x: sorted([x, x * x + 5.0])[0],
    "max": lambda x: max(x, 0.25),
    "math.floor": lambda x: x + 0.0 * math.floor(x + 0.001),
    "abs": abs,
    "item": lambda x: np.stack([x, x]).tolist()[1] * np.reshape(x, (1,)).item(),
}

# What a program makes of its argument and of a number that may have left.
MIXES: list[Callable[[Any, Any], Any]] = [
    lambda x, y: x * y,
    lambda x, y: y,
    lambda x, y: x + y * y,
    lambda x, y: np.sum(np.array([1.0, 2.0]) * x) * y,
    lambda x, y: np.exp(-x) + np.sin(y),
    lambda x, y: x if y > 100.0 else x * y,
    lambda x, y: np.where(x > 100.0, 0.0, y) * x,
    lambda x, y: sum([x, y]) / 2,
]


def program(seed: int) -> tuple[str, Callable[[Any], Any], float]:
    choose = random.Random(seed)
    name, way = choose.choice([*WAYS.items(), *KEPT.items()])
    mix = choose.choice(MIXES)
    before = choose.choice([lambda x: x, lambda x: x * x, lambda x: np.sqrt(x), lambda x: 0.5 + x / 3])
    return name, lambda x: mix(x, way(before(x))), choose.uniform(0.6, 1.4)


def slope(f: Callable[[Any], Any], x: float) -> float:
    """By central differences on plain numbers, of order four."""
    h = 1e-3
    near, far = (float(f(x + s) - f(x - s)) / (2 * s) for s in (h, 2 * h))
    return (4 * near - far) / 3


def lost(seed: int) -> str | None:
    """What is wrong with the derivative of one random program, if there is one."""
    name, f, x = program(seed)
    try:
        found = grad(f)(x)
    except (CalcgradError, TypeError) as error:
        return f"{seed} ({name}) at {x}: {error}" if name in KEPT else None
    expected = slope(f, x)
    return None if abs(found - expected) < 1e-6 else f"{seed} ({name}) at {x}: {found}, not {expected}"


@pytest.mark.parametrize("name", WAYS)
def test_a_derivative_is_not_lost_in_silence(name: str) -> None:
    way = WAYS[name]
    for f in (lambda x: x[0] * way(x[1]), lambda x: way(x[1])):
        for attempt in (
            lambda f=f: grad(f)(X),
            lambda f=f: jacobian(f)(X),
            lambda f=f: vjp(f, X),
            lambda f=f: jvp(f, (X,), (X,)),
            lambda f=f: gradient(f(v := Variable(X)), targets=[v]),
        ):
            with pytest.raises(
                (NotDifferentiable, TypeError, AttributeError)
            ):  # the last: it is no Variable at all
                attempt()


def test_random_programs_lose_nothing() -> None:
    assert [wrong for seed in range(400) if (wrong := lost(seed))] == []


def test_the_message_tells_where() -> None:
    line = stored.__code__.co_firstlineno + 2
    with pytest.raises(NotDifferentiable, match=rf"test_escapes\.py, line {line}.*np\.sin.*detach"):
        grad(lambda x: x[0] * stored(x[1]))(X)


def test_reading_what_is_finished_is_free() -> None:
    x = Variable(3.0)
    assert float(x * 2) == 6.0 and int(x) == 3 and math.isfinite(x)
    assert f"{x:.2f}" == "3.00" and f"{x:g}" == "3" and f"{x}" == "Variable(3.0)"
    losses = []

    def loss(x: Any) -> Any:
        print(f"{x[0]:.3f}", x)
        found = np.sum(x * x)
        losses.append(float(found))
        return found

    assert grad(loss)(X).tolist() == [1.0, 3.4] and losses == [X @ X]
    np.testing.assert_array_equal(hessian(loss)(X), 2 * np.eye(2))
    w = Variable(X)
    for _ in range(3):
        w.zero_grad()
        found = loss(w)
        found.backward()
        assert math.isclose(losses[-1], float(found))
    assert grad(lambda x: 3.0)(1.0) == 0.0
    assert grad(lambda x: x * detach(x))(3.0) == 3.0


def test_comparing_needs_no_plain_number() -> None:
    def halved_until_small(x: Any) -> Any:
        while abs(x) > 1.0:
            x = x / 2
        return x

    assert grad(halved_until_small)(3.0) == 0.25
    with pytest.raises(NotDifferentiable, match="plain number"):
        grad(lambda x: x * 0.5 if float(x) > 1.0 else x * 2.0)(3.0)


def test_whole_numbers_are_constants_except_at_their_steps() -> None:
    table = [1.0, 4.0, 9.0, 16.0]

    def between(x: Any) -> Any:
        i = int(x)
        return table[i] + (x - i) * (table[i + 1] - table[i])

    assert grad(between)(1.5) == 5.0
    with pytest.raises(UndecidedError):
        grad(between)(1.0)
    assert grad(lambda x: float(int(x)))(1.5) == 0.0
    for step in (int, lambda x: 1.0 if x > 1.0 else 0.0):
        with pytest.raises(UndecidedError):
            grad(step)(1.0)


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
    for derivative in (grad, jacobian):
        with pytest.raises(UsageError, match=message):
            derivative(result)(X)


def test_a_gradient_is_of_one_number() -> None:
    with pytest.raises(UsageError, match=r"returned a list.*jacobian"):
        grad(lambda x: [x[0], x[1]])(X)
    with pytest.raises(UsageError, match=r"returned shape \(2,\).*np\.sum.*jacobian"):
        grad(lambda x: x * 2)(X)


if __name__ == "__main__":
    print(*filter(None, map(lost, range(int(sys.argv[1])))), sep="\n")
