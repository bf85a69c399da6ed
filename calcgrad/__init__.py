"""calcgrad: derivatives, limits, gradients and tangent plots that are checked, or an honest no.

    from calcgrad import Variable, diff
    x = Variable(np.arange(4.0)); y = 2*np.dot(x, x); y.backward(); x.grad      # 4x
    diff("3*x**2-4*x", at="1").value.exact                                      # "2"

Importing it loads NumPy and nothing heavier; SymPy and Matplotlib come with the first call that needs them.
"""

from calcgrad.autodiff import Variable, detach, gradient
from calcgrad.commands import diff, limit
from calcgrad.errors import CalcgradError, NotDifferentiable, UndecidedError
from calcgrad.version import __version__

__all__ = [
    "CalcgradError",
    "NotDifferentiable",
    "UndecidedError",
    "Variable",
    "__version__",
    "detach",
    "diff",
    "gradient",
    "limit",
]
