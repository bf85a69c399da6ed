"""calcgrad: derivatives, limits, gradients and tangent plots that are checked, or an honest no.

    from calcgrad import Variable, diff
    x = Variable(np.arange(4.0)); y = 2*np.dot(x, x); y.backward(); x.grad      # 4x
    diff("3*x**2-4*x", at="1").value.exact                                      # "2"

Names are loaded when they are first used, so that importing one part costs only that part.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from calcgrad.version import __version__

# Before anything can import SymPy: its integers and polynomials are its own everywhere. Left alone it takes those of
# FLINT or gmpy2, if one is installed in a version that it knows, and no two machines need do the same.
os.environ["SYMPY_GROUND_TYPES"] = "python"

if TYPE_CHECKING:
    from calcgrad.autodiff import (
        Variable,
        check_grad,
        checkpoint,
        detach,
        grad,
        hessian,
        hvp,
        jacfwd,
        jacobian,
        jvp,
        no_grad,
        primitive,
        value_and_grad,
        vjp,
    )
    from calcgrad.errors import CalcgradError, NotDifferentiable, UndecidedError
    from calcgrad.front import check, diff, gradient, limit, map, plot, series, study

_AUTODIFF = (
    "Variable check_grad checkpoint detach grad hessian hvp jacfwd jacobian jvp no_grad primitive "
    "value_and_grad vjp"
)
_HOMES = dict.fromkeys(_AUTODIFF.split(), "calcgrad.autodiff") | {
    **dict.fromkeys(
        ["check", "diff", "gradient", "limit", "map", "plot", "series", "study"], "calcgrad.front"
    ),
    "load_ipython_extension": "calcgrad.magics",
    "CalcgradError": "calcgrad.errors",
    "NotDifferentiable": "calcgrad.errors",
    "UndecidedError": "calcgrad.errors",
}

__all__ = [
    "CalcgradError",
    "NotDifferentiable",
    "UndecidedError",
    "Variable",
    "__version__",
    "check",
    "check_grad",
    "checkpoint",
    "detach",
    "diff",
    "grad",
    "gradient",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jvp",
    "limit",
    "map",
    "no_grad",
    "plot",
    "primitive",
    "series",
    "study",
    "value_and_grad",
    "vjp",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'calcgrad' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
