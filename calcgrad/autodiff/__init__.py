"""Derivatives of NumPy code: a Variable records what is done with it, ``gradient`` walks back.

    x = Variable(np.arange(4.0))
    y = 2 * np.dot(x, x); y.backward(); x.grad  # 4x

Importing this package loads NumPy and nothing heavier.
"""

from sys import modules
from typing import Any

from calcgrad.autodiff import complex_matrices as complex_matrices  # these four add their rows to the table
from calcgrad.autodiff import fourier as fourier
from calcgrad.autodiff import linalg as linalg
from calcgrad.autodiff import statistics as statistics
from calcgrad.autodiff.backward import gradient
from calcgrad.autodiff.checkpoints import checkpoint
from calcgrad.autodiff.functions import detach, primitive
from calcgrad.autodiff.operators import (
    check_grad,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jvp,
    no_grad,
    value_and_grad,
    vjp,
)
from calcgrad.autodiff.policies import at_edges, at_kinks
from calcgrad.autodiff.variable import ABOVE, Variable
from calcgrad.autodiff.walk import leaves, nodes


def _adopt(ufunc: Any) -> bool:
    """Whether a function that no table knows is one of scipy.special's: then it is from now on."""
    if "scipy.special" not in modules:
        return False
    from calcgrad.autodiff.scipy.special import adopt

    return adopt(ufunc)


def _advise(frame: Any) -> str | None:
    """What to write instead of the function of SciPy's that this frame runs, if it is one."""
    if "scipy" not in modules:
        return None
    from calcgrad.autodiff.scipy.advice import advice

    return advice(frame)


ABOVE.adopt, ABOVE.advise = _adopt, _advise

__all__ = [
    "Variable",
    "at_edges",
    "at_kinks",
    "check_grad",
    "checkpoint",
    "detach",
    "grad",
    "gradient",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jvp",
    "leaves",
    "no_grad",
    "nodes",
    "primitive",
    "value_and_grad",
    "vjp",
]
