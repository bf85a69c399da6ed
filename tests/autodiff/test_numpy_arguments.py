"""Every function with every argument: NumPy's value, shape and dtype, and the derivative that differences find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import Variable, grad, jvp
from calcgrad.autodiff.rules import FLAT
from calcgrad.errors import NotDifferentiable

_RANDOM = np.random.default_rng(3)
FIXED = {
    f"M{''.join(map(str, s))}": _RANDOM.normal(size=s) for s in ((3, 4), (4, 3), (3, 3), (2, 3, 4), (2, 4, 5))
}
FIXED |= {f"v{n}": _RANDOM.normal(size=n) for n in (3, 4, 8)}
FIXED["c8"] = _RANDOM.normal(size=8) + 1j * _RANDOM.normal(size=8)


def point(shape: tuple[int, ...]) -> Any:
    """Numbers of both signs and no two alike; square matrices far from singular, vectors and numbers positive."""
    random = np.random.default_rng(len(shape) + 70)
    size = random.uniform(0.3, 1.7, shape)
    return (
        size + 2.0 * np.eye(3)
        if shape[-2:] == (3, 3)
        else size * random.choice((-1.0, 1.0), shape)
        if len(shape) > 1
        else size
    )


def listed() -> Iterator[tuple[str, tuple[int, ...]]]:
    shape: tuple[int, ...] = ()
    for line in (Path(__file__).parent / "numpy_arguments.txt").read_text().splitlines():
        if line.startswith("shape"):
            shape = tuple(int(n) for n in line.split()[1:])
        elif line and not line.startswith("#"):
            yield line, shape


REDUCTIONS = [
    f"np.{prefix}{name}"
    for prefix, names in (
        ("", "sum mean prod max min var std ptp median"),
        ("nan", "sum mean prod max min var std median"),
    )
    for name in names.split()
]
AXES = ["", "axis=0", "axis=-1", "axis=(0, 2)", "axis=(1,)", "axis=(-1, 0)", "axis=None"]


def reductions() -> Iterator[tuple[str, tuple[int, ...]]]:
    for function, axis, keep in product(REDUCTIONS, AXES, ("", "keepdims=True")):
        yield f"{function}({', '.join(part for part in ('x', axis, keep) if part)})", (2, 3, 2)
    for function in REDUCTIONS:
        name = function.removeprefix("np.").removeprefix("nan")
        if name in ("sum", "prod", "mean", "var", "std"):
            yield f"{function}(x, 0, np.float64)", (3, 4)
            yield f"{function}(x, dtype=float, axis=1)", (3, 4)
            yield (
                f"{function}(x, axis=0, where=np.array([[True], [False], [True]]) | (np.arange(4) > 1))",
                (3, 4),
            )
        if name in ("var", "std"):
            yield f"{function}(x, ddof=1)", (3, 4)
            yield f"{function}(x, axis=1, mean=np.mean(x, axis=1, keepdims=True), correction=1)", (3, 4)
        if name in ("sum", "prod", "max", "min"):
            yield f"{function}(x, axis=0, initial=0.5)", (3, 4)
            yield f"{function}(x, axis=1, initial=0.5, where=x > -0.3)", (3, 4)
    for function in ("np.cumsum", "np.cumprod", "np.nancumsum", "np.nancumprod"):
        for arguments in ("", ", 0", ", axis=-1", ", axis=None", ", 1, np.float64", ", dtype=float"):
            yield f"{function}(x{arguments})", (3, 4)


def parts_of(result: Any) -> list[Any]:
    return (
        [leaf for part in result for leaf in parts_of(part)] if isinstance(result, tuple | list) else [result]
    )


def summed(result: Any) -> Any:
    """One number of any result: its elements, weighted; of complex numbers both parts."""
    total: Any = 0.0
    for i, part in enumerate(parts_of(result)):
        weights = np.cos(1.0 + i + np.arange(int(np.size(part)))).reshape(np.shape(part))
        total = total + np.sum(part * weights)
    return total


def differences(f: Callable[[Any], Any], x: Any) -> Any:
    slopes, h = np.zeros(x.shape), 1e-3
    for index in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[index] = h
        for step, weight in ((1, 0.75), (2, -0.15), (3, 1 / 60)):
            slopes[index] += weight * (f(x + step * unit) - f(x - step * unit)) / h
    return slopes


@pytest.mark.parametrize(("expression", "shape"), [*listed(), *reductions()])
def test_arguments(expression: str, shape: tuple[int, ...]) -> None:
    f = eval(f"lambda x: {expression}", {"np": np, **FIXED})
    x = point(shape)
    try:
        expected = f(x)
    except AttributeError:
        pytest.skip("this NumPy is older")
    found = f(Variable(x))
    for ours, numpys in zip(parts_of(found), parts_of(expected), strict=True):
        value = np.asarray(getattr(ours, "value", ours))
        assert (value.shape, value.dtype) == (np.shape(numpys), np.asarray(numpys).dtype)
        np.testing.assert_allclose(value, numpys, rtol=1e-11, atol=1e-12)
    slopes = differences(lambda x: summed(f(x)), x)
    np.testing.assert_allclose(grad(lambda x: summed(f(x)))(x), slopes, rtol=1e-7, atol=1e-7)
    tangent = np.cos(np.arange(float(x.size))).reshape(shape)
    pushed = jvp(lambda x: summed(f(x)), (x,), (tangent,))[1]
    np.testing.assert_allclose(pushed, np.sum(slopes * tangent), rtol=1e-7, atol=1e-7)


NAMESPACES = {"": np, "linalg.": np.linalg, "fft.": np.fft}
PUBLIC = [
    (prefix + name, function)
    for prefix, module in NAMESPACES.items()
    for name, function in sorted(vars(module).items())
    if not name.startswith("_") and callable(function) and not isinstance(function, type)
    if name not in ("test", "bmat", "info")  # NumPy's own tests, and two that read no array
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "function"), PUBLIC, ids=[name for name, _ in PUBLIC])
def test_no_function_forgets_in_silence(name: str, function: Any) -> None:
    """Of one array: a recorded result, a result that is constant by nature, or an error."""
    x = np.array([[0.5, 0.25], [1.0, 2.5]])
    try:
        plain = function(x)
    except Exception:
        pytest.skip("not a function of one array")
    try:
        found = function(Variable(x))
    except (NotDifferentiable, TypeError, AttributeError):
        return
    for ours, numpys in zip(parts_of(found), parts_of(plain), strict=True):
        if isinstance(ours, np.ndarray | np.generic | float) and function not in FLAT:
            assert np.asarray(ours).dtype.kind in "biu" or name in ("imag", "linalg.slogdet"), name
        if isinstance(numpys, np.ndarray) and not isinstance(ours, np.ndarray):
            assert np.shape(ours) == numpys.shape
