"""The same gradient as PyTorch, or a documented reason, on a grid of shapes, dtypes and values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from grids import KINDS, SHAPES, grid

from calcgrad.autodiff import grad, hessian, hvp
from calcgrad.errors import NotDifferentiable, TooLarge, UndecidedError

pytestmark = pytest.mark.oracles
torch = pytest.importorskip("torch")

Program = Callable[[Any], Any]
# The same program in NumPy and in PyTorch, where the names differ; one entry where they do not.
BOTH: dict[str, Callable[[Any, Any], Any]] = {
    **{name: (lambda np, x, name=name: getattr(np, name)(x)) for name in (
        "sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh", "arcsinh", "exp", "exp2", "expm1", "log", "log2",
        "log10", "log1p", "sqrt", "square", "reciprocal", "abs", "negative", "floor", "ceil", "sign", "round",
        "arcsin", "arccos", "arccosh", "arctanh", "trunc", "deg2rad", "rad2deg", "sinc", "logaddexp2",
    ) if name != "logaddexp2"},
    "logaddexp": lambda np, x: np.logaddexp(x, 2 * x) + np.logaddexp2(x, -x),
    "x*abs(x)": lambda np, x: x * abs(x),
    "where": lambda np, x: np.where(x > 0, x * x, np.sin(x)),
    "powers": lambda np, x: x**2 + x**3 - 2.0**x + abs(x) ** 1.5,
    "binary": lambda np, x: np.hypot(x, x * x + 1) + np.arctan2(x, x * x + 3.0) + x / (x * x + 1),
    "mod": lambda np, x: np.fmod(x, 0.7) * x,
    "sum mean prod": lambda np, x: np.sum(x, 0) * np.mean(x, -1).sum() + np.prod(x, 0),
    "cumsum cumprod": lambda np, x: np.cumsum(x, 0) * np.cumprod(x, 0),
    "broadcasting": lambda np, x: x[..., None] * x[..., None, :] + x[..., None],
    "indexing": lambda np, x: x[..., :1] * x + x[None][0],
    "einsum": lambda np, x: np.einsum("...i,...i->...", x, x) + np.einsum("...i,...j->...", x, x),
    "outer": lambda np, x: np.outer(x.ravel(), x.ravel()) @ x.ravel(),
    "roll": lambda np, x: np.roll(x, 1, 0) * x,
    "stack": lambda np, x: np.stack([x, x * x]) * np.concatenate([x, x])[:1],
    "diff": lambda np, x: np.diff(x, 1, 0) ** 2,
    "tril": lambda np, x: np.tril(x[..., None] * x[..., None, :]) @ np.triu(x[..., None] * x[..., None, :]),
    "det": lambda np, x: np.linalg.det(x[..., None] * x[..., None, :] + np.eye(x.shape[-1])) + np.linalg.norm(x),
}  # fmt: skip
# Where the two may differ, and why.
REASONS = {("det", "large"): "the determinant cancels seven digits, which is all that float32 has"}
HARD = {"ties", "zeros", "infinite", "large"}


def total(program: Callable[[Any, Any], Any], np: Any) -> Program:
    return lambda x: (program(np, x) ** 1).sum()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BOTH)
def test_the_gradient_is_pytorchs(name: str, kind: str, dtype: str) -> None:
    program = BOTH[name]
    tolerance = 1e-9 if dtype == "float64" else 2e-3
    for shape in SHAPES:
        x = grid(shape, kind, dtype)
        tensor = torch.tensor(x, requires_grad=True)
        total(program, torch)(tensor).backward()
        expected = tensor.grad.numpy()
        try:
            found = grad(total(program, np))(x)
        except (NotDifferentiable, TooLarge) as error:
            # A kink, or a place outside the domain: PyTorch answers with a convention, or with NaN.
            defined = bool(torch.isfinite(total(program, torch)(torch.tensor(x))))
            assert kind in HARD or not defined or not np.all(np.isfinite(expected)), error
            continue
        except UndecidedError:
            assert kind in HARD or not np.all(np.isfinite(expected))
            continue
        assert found.dtype == x.dtype and found.shape == x.shape
        if (name, kind) in REASONS and dtype == "float32":
            continue
        where = np.isfinite(expected) & np.isfinite(x)
        scale = np.max(np.abs(expected[where]), initial=1.0)
        np.testing.assert_allclose(
            found[where], expected[where], rtol=tolerance, atol=tolerance * scale, err_msg=f"{shape}"
        )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["binary", "einsum", "outer", "powers", "sum mean prod"])
def test_second_derivatives_are_pytorchs(name: str) -> None:
    x, v = grid((5,), "plain", "float64"), grid((5,), "negative", "float64")
    ours, theirs = total(BOTH[name], np), total(BOTH[name], torch)
    expected = torch.autograd.functional.hessian(theirs, torch.tensor(x)).numpy()
    np.testing.assert_allclose(hessian(ours)(x), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(hvp(ours, x, v), expected @ v, rtol=1e-9, atol=1e-9)


def test_where_calcgrad_says_no_and_pytorch_a_convention() -> None:
    """The documented difference: at a corner PyTorch has the slope of one branch, or the middle."""
    for np_f, torch_f, convention in (
        (np.abs, torch.abs, 0.0),
        (np.sign, torch.sign, 0.0),
        (np.floor, torch.floor, 0.0),
    ):
        tensor = torch.zeros((), dtype=torch.float64, requires_grad=True)
        torch_f(tensor).backward()
        assert tensor.grad.item() == convention
        with pytest.raises(NotDifferentiable):
            grad(np_f)(0.0)
