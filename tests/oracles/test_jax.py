"""The same gradient as JAX, or a documented reason, on a grid of shapes, axes, dtypes and values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from grids import KINDS, SHAPES, grid

from calcgrad.autodiff import grad, hessian, hvp, jacobian, jvp
from calcgrad.errors import NotDifferentiable, TooLarge, UndecidedError, UsageError

pytestmark = pytest.mark.oracles
jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")
jax.config.update("jax_enable_x64", True)

ELEMENTWISE = (
    "sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh", "arcsinh", "exp", "exp2", "expm1", "log", "log2", "log10",
    "log1p", "sqrt", "cbrt", "square", "reciprocal", "absolute", "negative", "floor", "ceil", "sign", "rint", "sinc",
    "deg2rad", "rad2deg", "arcsin", "arccos", "arccosh", "arctanh", "trunc",
)  # fmt: skip
PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    **{name: (lambda np, x, name=name: getattr(np, name)(x)) for name in ELEMENTWISE},
    **{f"{name} axis {axis}": (lambda np, x, name=name, axis=axis: getattr(np, name)(x, axis=axis))
       for name in ("sum", "mean", "prod", "max", "min", "var", "std", "ptp", "cumsum", "cumprod", "median", "sort")
       for axis in (0, -1, None)},
    **{f"{name} keepdims": (lambda np, x, name=name: x * getattr(np, name)(x, axis=-1, keepdims=True))
       for name in ("sum", "mean", "prod", "max", "min", "var", "median")},
    "nan-versions": lambda np, x: np.nansum(x, axis=0) + np.nanmean(x) + np.nanprod(x) * np.nanmax(x),
    "sum where": lambda np, x: np.sum(x * x, where=np.arange(x.shape[-1]) != 1, initial=2.0),
    "maximum minimum": lambda np, x: np.maximum(x, 0.5) * np.minimum(x, 0.25) + np.clip(x, -0.5, 0.5),
    "x*abs(x)": lambda np, x: x * abs(x) + np.maximum(x, 0) ** 2,
    "where": lambda np, x: np.where(x > 0, x * x, np.sin(x)),
    "where with NaN": lambda np, x: np.where(x > 0.1, np.log(np.where(x > 0.1, x, 1.0)), x**3),
    "powers": lambda np, x: x**2 + x**3 - x**0 + 2.0**x,
    "root": lambda np, x: abs(x) ** 1.5 + (x * x) ** 0.75,
    "binary": lambda np, x: np.hypot(x, 2.0) + np.arctan2(x, 3.0) + np.logaddexp(x, 0.5) + x / (x * x + 1),
    "mod": lambda np, x: np.remainder(x, 0.7) + np.fmod(x, 0.7),
    "broadcasting": lambda np, x: x[..., None] * x[..., None, :] + x[..., None],
    "indexing": lambda np, x: x[..., ::-1] * x + x[..., :1] - x[..., None][..., 0],
    "shapes": lambda np, x: np.reshape(x.T, -1) * np.ravel(np.swapaxes(x, 0, -1)) + np.sum(np.moveaxis(x, 0, -1)),
    "joining": lambda np, x: np.concatenate([x, x * x], axis=-1).sum(axis=0) ** 2 + np.sum(np.stack([x, x]) ** 3),
    "repeating": lambda np, x: np.tile(np.ravel(x), 2) * np.repeat(np.ravel(x), 2) + np.sum(np.pad(x, 1) ** 2),
    "moving": lambda np, x: np.roll(x, 1, axis=-1) * np.flip(x, axis=-1) * np.expand_dims(np.squeeze(x[None], 0), 0),
    "diff": lambda np, x: np.diff(x, axis=0) ** 2 if x.shape[0] else x,
    "triangles": lambda np, x: np.tril(x[..., None] * x[..., None, :]) @ np.triu(x[..., None] * x[..., None, :]),
    "products": lambda np, x: np.dot(np.ravel(x), np.ravel(x)) + np.outer(x, x).sum() * np.vdot(x, x),
    "einsum": lambda np, x: np.einsum("...i,...i->...", x, x) + np.einsum("...i,...j->...", x, x),
    "tensordot kron": lambda np, x: np.tensordot(x, x, x.ndim) + np.sum(np.kron(np.ravel(x), np.ravel(x)) ** 2),
    "norms": lambda np, x: np.linalg.norm(x) + np.sum(np.linalg.norm(x, axis=-1)) if x.size else x,
    "norm orders": lambda np, x: sum(np.linalg.norm(np.ravel(x), p) for p in (1, 3, np.inf)) if x.size else x,
    "convolve": lambda np, x: np.convolve(np.ravel(x), np.array([1.0, -2.0]), "same") if x.size else x,
    "fft": lambda np, x: np.fft.ifft(np.fft.fft(x) ** 2).real + np.abs(np.fft.rfft(x)[..., :1] + 3) if x.size else x,
    "softmax": lambda np, x: np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True),
}  # fmt: skip

# Where JAX is wrong, and why.
REASONS = {
    ("softmax", "large"): "JAX divides by the square of the sum, which overflows: 1 for a derivative of 1e-65"
}
# Where kinks may be met, or numbers too large.
HARD = {"ties", "zeros", "infinite", "large"}


def total(program: Callable[[Any, Any], Any], np: Any) -> Callable[[Any], Any]:
    def run(x: Any) -> Any:
        result = program(np, x)
        return np.sum(result * (1.0 + np.arange(np.size(result)).reshape(np.shape(result)) % 3))

    return run


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_gradient_is_jaxs(name: str, kind: str, dtype: str) -> None:
    program = PROGRAMS[name]
    tolerance = 1e-9 if dtype == "float64" else 2e-3
    for shape in SHAPES:
        x = grid(shape, kind, dtype)
        try:
            expected = np.asarray(jax.grad(total(program, jnp))(jnp.asarray(x)))
        except (ValueError, TypeError) as error:  # no maximum of nothing, in either
            with pytest.raises((ValueError, TypeError, IndexError)):
                grad(total(program, np))(x)
            assert x.size <= 1 or "complex" in str(error) or not x.size, error
            continue
        try:
            found = grad(total(program, np))(x)
        except (NotDifferentiable, TooLarge) as error:
            # A kink, or a place outside the domain: JAX answers with a convention, or with NaN.
            defined = bool(jnp.isfinite(total(program, jnp)(jnp.asarray(x))))
            assert kind in HARD or not defined or not np.all(np.isfinite(expected)), error
            continue
        except UndecidedError:
            assert kind in HARD or not np.all(np.isfinite(expected))
            continue
        assert found.dtype == x.dtype and found.shape == x.shape
        if (name, kind) in REASONS:
            continue
        where = np.isfinite(expected) & np.isfinite(x)
        scale = np.max(np.abs(expected[where]), initial=1.0)
        np.testing.assert_allclose(
            found[where], expected[where], rtol=tolerance, atol=tolerance * scale, err_msg=f"{shape}"
        )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", ["binary", "products", "softmax", "einsum", "var axis -1", "fft", "broadcasting"]
)
def test_other_modes_are_jaxs(name: str) -> None:
    program = PROGRAMS[name]
    x, v = grid((2, 3), "plain", "float64"), grid((2, 3), "negative", "float64")
    ours, theirs = total(program, np), total(program, jnp)
    np.testing.assert_allclose(hessian(ours)(x), jax.hessian(theirs)(x), rtol=1e-9, atol=1e-9)
    product = jax.jvp(jax.grad(theirs), (x,), (v,))[1]
    np.testing.assert_allclose(hvp(ours, x, v), product, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        jacobian(lambda x: program(np, x))(x),
        jax.jacobian(lambda x: program(jnp, x))(x),
        rtol=1e-9,
        atol=1e-9,
    )
    pushed = jax.jvp(lambda x: program(jnp, x), (x,), (v,))[1]
    np.testing.assert_allclose(jvp(lambda x: program(np, x), (x,), (v,))[1], pushed, rtol=1e-9, atol=1e-9)
    third = jax.jvp(jax.hessian(theirs), (x,), (v,))[1]
    np.testing.assert_allclose(jvp(hessian(ours), (x,), (v,))[1], third, rtol=1e-8, atol=1e-8)


def test_integers_are_refused_by_both() -> None:
    with pytest.raises(TypeError):
        jax.grad(lambda x: x * x)(3)
    with pytest.raises(UsageError):
        grad(lambda x: x * x)(3)
