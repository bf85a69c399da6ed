"""numpy.fft and the complex numbers it makes: NumPy's values, and derivatives against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import Variable, grad, gradient, hvp, jacobian, jvp, vjp
from calcgrad.autodiff.complexes import Complex
from calcgrad.errors import NotDifferentiable, UsageError


def ones(*shape: int) -> Any:
    return 0.3 + np.sin(1.7 * np.arange(1.0, 1 + np.prod(shape, dtype=int))).reshape(shape)


Z = ones(5) + 1j * np.cos(ones(5))
PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[int, ...]]] = {
    "fft": (lambda x: np.fft.fft(x), (6,)),
    "fft n": (lambda x: np.fft.fft(x, 4) * np.fft.fft(x, 8)[:4], (6,)),
    "fft axis norm": (lambda x: np.fft.fft(x, axis=0, norm="ortho") * np.fft.fft(x, axis=0, norm="forward"), (3, 4)),
    "ifft": (lambda x: np.fft.ifft(x * x), (5,)),
    "ifft of fft": (lambda x: np.fft.ifft(np.fft.fft(x) ** 2).real, (5,)),
    "rfft": (lambda x: np.fft.rfft(x), (5,)),
    "rfft n": (lambda x: np.fft.rfft(x, 7) + np.fft.rfft(x, 6), (5,)),
    "irfft": (lambda x: np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(x)[::-1]), (6,)),
    "irfft odd": (lambda x: np.fft.irfft(np.fft.rfft(x) ** 2, 5, norm="forward"), (5,)),
    "irfft more": (lambda x: np.fft.irfft(np.fft.rfft(x), 9) + np.fft.irfft(np.fft.rfft(x), 4).sum(), (5,)),
    "irfft of real": (lambda x: np.fft.irfft(x), (4,)),
    "hfft ihfft": (lambda x: np.fft.hfft(np.fft.ihfft(x) ** 2, 6), (6,)),
    "fft2": (lambda x: np.fft.ifft2(np.fft.fft2(x) ** 2, norm="ortho"), (3, 4)),
    "fftn": (lambda x: np.fft.ifftn(np.fft.fftn(x, (2, 3), (0, 2)), axes=(1,)), (2, 3, 2)),
    "rfftn": (lambda x: np.fft.irfftn(np.fft.rfftn(x) ** 2, s=(3, 4), axes=(0, 1)), (3, 4)),
    "rfft2": (lambda x: np.fft.irfft2(np.fft.rfft2(x) * 2), (3, 4)),
    "shift": (lambda x: np.fft.ifftshift(np.fft.fftshift(np.fft.fft(x)) * np.fft.fftshift(x)), (5,)),
    "shift axes": (lambda x: np.fft.fftshift(x, 1) * np.fft.ifftshift(x, (0,)), (3, 2)),
    "abs": (lambda x: abs(np.fft.fft(x)) + np.abs(np.fft.fft(x)) ** 2, (5,)),
    "angle": (lambda x: np.angle(np.fft.fft(x)[1:3]) + np.angle(np.fft.fft(x)[1:3], deg=True), (5,)),
    "arithmetic": (lambda x: (np.fft.fft(x) + x) * (2 - np.fft.fft(x)) / (np.fft.fft(x) * Z + 3j) - x / 2, (5,)),
    "other way": (lambda x: x * np.fft.fft(x) + x - np.fft.fft(x) / x + Z * x + x / Z - (1j * x + 2j), (5,)),
    "numbers": (lambda x: (1 + 2j) * x[0] + x[1] / 1j + (x[2] + 1j) ** 3, (3,)),
    "conj": (lambda x: np.conj(np.fft.fft(x)) * np.fft.fft(x).conj() + (-np.fft.fft(x)).conjugate(), (4,)),
    "powers": (lambda x: np.fft.fft(x) ** 3 + np.square(np.fft.fft(x)) + (+np.fft.fft(x)) ** 1, (4,)),
    "real imag": (lambda x: np.real(np.fft.fft(x)) * np.imag(np.fft.fft(x)) + np.real(x) + np.imag(x), (4,)),
    "partwise": (
        lambda x: np.sum(np.fft.fft(x).reshape(2, 3).T, axis=0) * np.roll(np.fft.fft(x)[:2], 1).mean() * Z.sum(),
        (6,),
    ),
}  # fmt: skip


def realistic(f: Callable[..., Any]) -> Callable[..., Any]:
    """Both parts of a complex result side by side."""

    def run(x: Any) -> Any:
        result = f(x)
        if isinstance(result, Complex) or np.iscomplexobj(result):
            return np.stack([result.real, result.imag])
        return result

    return run


@pytest.mark.parametrize("name", PROGRAMS)
def test_transforms_and_arithmetic(name: str, agree: Callable[..., None]) -> None:
    f, shape = PROGRAMS[name]
    value = ones(*shape)
    found = f(Variable(value))
    np.testing.assert_allclose(found.value, f(value), rtol=1e-13, atol=1e-13)
    assert np.shape(found) == np.shape(f(value)) == found.shape
    agree(realistic(f), value, double=True)


def test_parseval_in_every_mode() -> None:
    def power(x: Any) -> Any:
        return np.sum(np.abs(np.fft.fft(x)) ** 2) / 8

    x, v = ones(8), np.arange(8.0)
    np.testing.assert_allclose(grad(power)(x), 2 * x)
    np.testing.assert_allclose(hvp(power, x, v), 2 * v, atol=1e-12)
    np.testing.assert_allclose(jvp(power, (x,), (v,))[1], 2 * x @ v)
    matrix = jacobian(lambda x: np.fft.rfft(x).imag)(x)
    np.testing.assert_allclose(matrix, np.fft.rfft(np.eye(8), axis=0).imag, atol=1e-14)


def test_a_zero_of_abs_is_a_corner() -> None:
    x = Variable(np.zeros(2))
    with pytest.raises(NotDifferentiable) as caught:
        gradient(np.sum(np.abs(np.fft.fft(x))), targets=[x])
    assert (caught.value.function, caught.value.kind) == ("hypot", "corner")


def test_what_has_no_rule_for_complex_numbers_is_named() -> None:
    z = np.fft.fft(Variable(ones(4)))
    for name, call in {
        "greater": lambda: z > 0,
        "sort": lambda: np.sort(z),
        "maximum": lambda: np.maximum(Variable(1.0), 1j),
        "floor": lambda: np.floor(z),
        "median": lambda: np.median(z),
        "qr": lambda: np.linalg.qr(np.stack([z, z])),
        "arctan2": lambda: np.arctan2(1j * Variable(1.0), 2.0),
    }.items():
        with pytest.raises(NotDifferentiable, match="complex") as caught:
            call()
        assert (caught.value.kind, caught.value.function) == ("no-rule", name)
    with pytest.raises(TypeError, match="plain array"):
        np.array(z)
    with pytest.raises(TypeError, match="rfft"):
        np.fft.rfft(z)


def test_a_complex_result_has_no_gradient_by_itself() -> None:
    x = ones(1)
    for take in (grad, jacobian, lambda f: lambda x: vjp(f, x), lambda f: lambda x: jvp(f, (x,), (x,))):
        with pytest.raises(UsageError, match="complex"):
            take(np.fft.fft)(x)


def test_a_complex_array_says_what_it_is() -> None:
    z = np.fft.fft(Variable(ones(2, 3)))
    assert (z.shape, z.ndim, z.size, len(z), z.dtype) == ((2, 3), 2, 6, 2, np.complex128)
    assert np.shape(z) == (2, 3) and np.iscomplexobj(z) and "Complex(array" in repr(z)
    with pytest.raises(ValueError):
        np.fft.fft(Variable(1.0))
