"""Every function with every argument: NumPy's value, shape and dtype, and the derivative that differences find."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import Variable, grad, jacobian, jvp
from calcgrad.autodiff.rules import FLAT, RULES
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


def listed(*, refused: bool = False) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The lines with the shape of their x: those with a derivative, or those that are refused."""
    shape: tuple[int, ...] = ()
    mode = False
    for line in (Path(__file__).parent / "numpy_arguments.txt").read_text().splitlines():
        if line.startswith(("shape", "refused")):
            mode = line.startswith("refused")
            shape = tuple(int(n) for n in line.split()[1:])
        elif line and not line.startswith(("#", "none", "flags")) and mode == refused:
            yield line, shape


def words(kind: str) -> set[str]:
    """What stands in the file's lines of names."""
    lines = (Path(__file__).parent / "numpy_arguments.txt").read_text().splitlines()
    return {word for line in lines if line.startswith(kind + " ") for word in line.split()[1:]}


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


# Of an elementwise function each argument, the others fixed, where it is real and no step is near.
INSIDE = {"arccosh": "2.0 + x / 8", "acosh": "2.0 + x / 8"}
WHOLE = ("bitwise_", "left_shift", "right_shift", "gcd", "lcm", "invert", "isnat")
BITS = ("ldexp", "frexp", "nextafter", "spacing")

METHODS = {
    "reduce": ["x", "x, axis=1, keepdims=True", "x, axis=-1, initial=x[0, 1]", "x, initial=0.77"],
    "accumulate": ["x", "x, axis=1"],
    "reduceat": ["x, [0, 2, 1], axis=1", "x, [0, 1]"],
    "outer": ["x, [0.83, -0.86]", "[0.83, 0.86], x", "x[0], x"],
}


def elementwise() -> Iterator[tuple[str, tuple[int, ...]]]:
    for name, function in sorted(vars(np).items()):
        if not isinstance(function, np.ufunc) or function.signature or name.startswith(WHOLE + BITS):
            continue
        at = INSIDE.get(name, "0.5 + x / 8")
        if function.nin == 1:
            yield f"np.{name}({at})", (3, 4)
        elif function.nin == 2:
            yield f"np.{name}({at}, 0.83)", (3, 4)
            yield f"np.{name}([[0.83], [0.86], [{'' if 'pow' in name else '-'}0.89]], {at})", (3, 4)
            for method in ("reduce", "accumulate", "reduceat", "outer") if function in RULES else ():
                for arguments in METHODS[method]:
                    if "axis" in arguments and function in (np.power, np.float_power, np.arctan2):
                        continue  # along a contiguous axis NumPy 2.4 itself is wrong: another result than the loop
                    yield f"(lambda x: np.{name}.{method}({arguments}))({at})", (3, 4)


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


@pytest.mark.parametrize(("expression", "shape"), [*listed(), *reductions(), *elementwise()])
def test_arguments(expression: str, shape: tuple[int, ...]) -> None:
    f = eval(f"lambda x: {expression}", {"np": np, **FIXED})
    x = point(shape)
    try:
        expected = f(x)
    except (AttributeError, TypeError):
        if np.lib.NumpyVersion(np.__version__) >= "2.3.0":
            raise
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


@pytest.mark.parametrize("expression", [line for line, shape in listed(refused=True)])
def test_refused(expression: str) -> None:
    """An error that says what has no derivative, or what to do instead; NumPy itself takes these numbers."""
    shape = dict(listed(refused=True))[expression]
    f = eval(f"lambda x: {expression}", {"np": np, **FIXED})
    try:
        f(point(shape))
    except AttributeError:
        pytest.skip("this NumPy is older")
    with pytest.raises((NotDifferentiable, TypeError)) as error:
        jacobian(f)(point(shape))
    text = str(error.value) + (getattr(error.value, "hint", None) or "")
    named = any(word in text for word in re.findall(r"\w{2,}", expression))
    assert named or "use " in text or "in place" in text, text


# --- the census ---------------------------------------------------------------------------------------

NAMESPACES = {"": np, "linalg.": np.linalg, "fft.": np.fft}
PUBLIC = [
    (prefix + name, function)
    for prefix, module in NAMESPACES.items()
    for name, function in sorted(vars(module).items())
    if not name.startswith("_") and callable(function) and not isinstance(function, type)
    if name not in ("test", "bmat", "info")  # NumPy's own tests, and two that read no array
]
NO_NUMBERS, FLAGS = words("none"), words("flags")
UNSEEN = {"pad": ("constant_values", "end_values", "stat_length")}  # arguments that no signature shows


signature = cache(inspect.signature)


def parameters(function: Any, name: str) -> list[str]:
    if isinstance(function, np.ufunc):
        return [f"x{i + 1}" for i in range(function.nin)] + ["out", "where", "dtype"]
    try:
        return [*signature(function).parameters, *UNSEEN.get(name, ())]
    except ValueError:  # NumPy's C code shows some signatures from 2.4 on only
        return []


def holds(x: Any) -> bool:
    return isinstance(x, Variable) or (
        isinstance(x, list | tuple | dict) and any(map(holds, parts_of_call(x)))
    )


def parts_of_call(x: Any) -> Any:
    return x.values() if isinstance(x, dict) else x


def bound(function: Any, args: Any, kwargs: Any) -> dict[str, Any]:
    """The arguments of a call by name."""
    if isinstance(function, np.ufunc):
        return {f"x{i + 1}": x for i, x in enumerate(args)} | kwargs
    arguments = dict(signature(function).bind(*args, **kwargs).arguments)
    return arguments | arguments.pop("kwargs", {})


class Watched:
    """NumPy, whose public functions say which of their arguments they were given."""

    def __init__(self, module: Any, prefix: str, calls: list[Any]) -> None:
        self.module, self.prefix, self.calls = module, prefix, calls

    def __getattr__(self, name: str) -> Any:
        found, calls, prefix = getattr(self.module, name), self.calls, self.prefix
        if isinstance(found, ModuleType) and f"{name}." in NAMESPACES:
            return Watched(found, f"{name}.", calls)
        if not callable(found) or isinstance(found, type):
            return found

        class Function:
            __name__ = name

            def __call__(self, *args: Any, **kwargs: Any) -> Any:
                args = tuple(getattr(x, "watched", x) for x in args)
                calls.append((prefix + name, found, args, kwargs))
                return found(*args, **kwargs)

            def __getattr__(self, method: str) -> Any:
                return getattr(found, method)

            watched = found

        return Function()


@cache
def census() -> tuple[dict[str, list[Any]], set[tuple[str, str]]]:
    """For each function a call on plain arrays and one on a Variable, and the arguments that were Variables."""
    examples: dict[str, dict[bool, Any]] = {}
    seen: set[tuple[str, str]] = set()
    options = [
        (line, shape) for line, shape in reductions() if "keepdims" not in line and "axis=(" not in line
    ]
    for expression, shape in [*listed(), *options, *elementwise(), *listed(refused=True)]:
        at = point(shape)
        for x in (at, Variable(at)):
            calls: list[Any] = []
            with suppress(Exception):
                eval(f"lambda x: {expression}", {"np": Watched(np, "", calls), **FIXED})(x)
            for name, function, args, kwargs in calls:
                with suppress(TypeError, ValueError):
                    arguments = bound(function, args, kwargs)
                    held = {key for key, given in arguments.items() if holds(given)}
                    examples.setdefault(name, {}).setdefault(bool(held), (args, kwargs))
                    seen.update((name, key) for key in held)
    return {name: [*each.values()] for name, each in examples.items()}, seen


def _tells_arguments() -> bool:
    with suppress(ValueError):
        return bool(inspect.signature(np.where).parameters)
    return False


@pytest.mark.skipif(
    not _tells_arguments(), reason="an older NumPy does not tell the arguments of all functions"
)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "function"), PUBLIC, ids=[name for name, _ in PUBLIC])
def test_every_argument_is_accounted_for(name: str, function: Any) -> None:
    """Every argument that takes numbers stands in a line above, as a Variable; no other takes a Variable either.

    Which arguments there are NumPy says itself, and which of them take numbers it is asked. So a new function,
    or a new argument, fails here until there is a line for it.
    """
    if name in NO_NUMBERS or (isinstance(function, np.ufunc) and name.startswith(WHOLE)):
        return
    examples, seen = census()
    same = [other for other, each in PUBLIC if each is function]
    calls = [call for other in same for call in examples.get(other, ())]
    covered = {key for other, key in seen if other in same}
    assert calls, f"numpy_arguments.txt has no line that calls np.{name}"
    for key in parameters(function, name):
        if key in covered or key in FLAGS:
            continue
        for args, kwargs in calls:
            given = Variable(2.0)
            try:
                call(function, bound(function, args, kwargs) | {key: given})
            except RecursionError:
                pytest.fail(f"np.{name} with a Variable as {key} never ends")
            except Exception:
                continue
            if not given.decided and not hasattr(
                given, "escaped"
            ):  # read as a plain number, which it remembers
                pytest.fail(f"np.{name} takes a Variable as {key}: a line for it is missing")


def call(function: Any, arguments: dict[str, Any]) -> Any:
    """A call by names, of a function that may take some by place only."""
    if isinstance(function, np.ufunc):
        inputs = [arguments.pop(f"x{i + 1}") for i in range(function.nin)]
        return function(*inputs, **arguments)
    kinds = {key: parameter.kind for key, parameter in signature(function).parameters.items()}
    rest = next((arguments.pop(key) for key, kind in kinds.items() if kind == 2 and key in arguments), ())
    by_place = [key for key, kind in kinds.items() if kind == 0 or (rest and kind == 1)]
    first = [arguments.pop(key) for key in by_place if key in arguments]
    return function(*first, *rest, **arguments)


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
            assert np.asarray(ours).dtype.kind in "biu" or name in ("imag", "angle", "linalg.slogdet"), name
        if isinstance(numpys, np.ndarray) and not isinstance(ours, np.ndarray):
            assert np.shape(ours) == numpys.shape
