"""A user's script, which make lint type-checks strictly from outside of the package: the API's types are tried."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

import calcgrad
from calcgrad import Variable, check, diff, grad, gradient, limit, series, study, value_and_grad

if TYPE_CHECKING:
    from numpy.typing import NDArray


def loss(x: NDArray[np.float64]) -> Any:
    return np.sum(x**2)


def main() -> None:
    slope = diff("3*x**2-4*x", at="1")
    if slope.value is not None:
        exact: str = slope.value.exact
        print(exact, float(slope))
    verdict: str = check("x**2", "2*x").verdict
    print(verdict, bool(limit("sin(x)/x", to="0")), series("exp(x)", at="0"), study("x^3-3x"))
    x = Variable(np.arange(4.0))
    y: Variable = 2 * np.dot(x, x)  # type: ignore[arg-type, unused-ignore]  # NumPy's stubs know no overrides
    y.backward()
    print(x.grad, gradient(y, targets=[x]))
    print(grad(loss)(np.ones(3)), value_and_grad(loss)(np.ones(3)))
    calcgrad.plot("x**2", at=1).savefig("square.png")  # pyright: ignore[reportUnknownMemberType]  # Matplotlib's
    print(
        diff("x^2*y", var=["x", "y"], at={"x": 1, "y": Fraction(1, 2)}), diff("a*x^2", let={"a": 3}, var="x")
    )
    print(
        limit("x*y/(x^2+y^2)", to=(0, 0)),
        diff("x^2", at=np.float64(0.5)).exact,
        diff("x^2", order=2, digits=5),
    )
    print(
        gradient("sum(x^2)", at=np.arange(3.0)).array, bool(gradient("x^2*y", at={"x": 1, "y": 2}, var="x,y"))
    )
    print(calcgrad.map("x**2", {"x": [1, 2]})["d_x"], check("x^2", "2*x", at=3, tol=1e-9, assume="x > 0").why)
    try:
        diff("sinn(x)")
    except calcgrad.CalcgradError as error:
        message: str = error.message
        print(message, error.hint)


if __name__ == "__main__":
    main()
