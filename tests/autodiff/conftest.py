"""The oracle of these tests: differences in extended precision, which know no rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import Variable, gradient
from calcgrad.autodiff.forward import tangents
from calcgrad.autodiff.walk import nodes

EXTENDED = np.longdouble
# Nodes and weights of the central difference of order six.
STENCIL = ((1, 3 / EXTENDED(4)), (2, -3 / EXTENDED(20)), (3, 1 / EXTENDED(60)))


def weighted(function: Callable[..., Any], arrays: list[Any]) -> Any:
    """sum(w * function(...)) with fixed weights, so that any result becomes one number."""
    result = function(*arrays)
    size = int(np.prod(np.shape(result)))
    weights = np.cos(np.arange(1.0, size + 1)).reshape(np.shape(result))
    return np.sum(result * weights)


def differences(function: Callable[..., Any], arrays: list[Any], step: float, kind: Any) -> list[Any]:
    """The gradient of a function of arrays by central differences, one element at a time."""
    found = []
    for which, array in enumerate(arrays):
        slope = np.zeros(np.shape(array), EXTENDED)
        for index in np.ndindex(np.shape(array)):
            for distance, weight in STENCIL:
                for sign in (1, -1):
                    moved = [np.array(a, kind) for a in arrays]
                    moved[which][index] += kind(sign * distance * step)
                    slope[index] += sign * weight * function(*moved)
        found.append(slope / EXTENDED(step))
    return found


@pytest.fixture
def agree() -> Callable[..., None]:
    """Check first and second derivatives of a NumPy function, backward and forward, against differences."""

    def check(
        function: Callable[..., Any], *arrays: Any, order: int = 2, step: float = 1e-3, double: bool = False
    ) -> None:
        kind, slack = (np.float64, 1e4) if double else (EXTENDED, 1.0)

        def scalar(*args: Any) -> Any:
            return weighted(function, list(args))

        variables = [Variable(np.array(a, float)) for a in arrays]
        root = scalar(*variables)
        first = gradient(root, targets=variables)
        for found, expected in zip(first, differences(scalar, list(arrays), step, kind), strict=True):
            np.testing.assert_allclose(
                found, np.asarray(expected, float), rtol=slack * 1e-10, atol=slack * 1e-11
            )
        directions = [np.sin(np.arange(1.0, v.size + 1)).reshape(v.shape) for v in variables]
        pushed, _ = tangents(nodes(root), dict(zip(variables, directions)))
        along = sum(np.sum(g * d) for g, d in zip(first, directions))
        np.testing.assert_allclose(pushed, along, rtol=1e-11, atol=1e-12)
        if order == 2:

            def slope(*args: Any) -> Any:
                inner = [Variable(a) for a in args]
                adjoints = gradient(scalar(*inner), targets=inner)
                return sum(np.sum(g * d) for g, d in zip(adjoints, directions))

            recorded = gradient(root, targets=variables, record=True)
            product: Any = 0.0
            for g, d in zip(recorded, directions):
                product = product + np.sum(g * d)
            second = gradient(product, targets=variables)
            for found, expected in zip(second, differences(slope, list(arrays), step, kind), strict=True):
                np.testing.assert_allclose(
                    found, np.asarray(expected, float), rtol=slack * 1e-9, atol=slack * 1e-10
                )

    return check
