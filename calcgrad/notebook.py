"""plot() for Python and Jupyter: the figure itself, which a notebook shows as SVG.

calcgrad.plot("3*x**2 - 4*x", at=1)
calcgrad.plot("sin(x)", "cos(x)", xlim=(0, 7), style="dark").savefig("two.pdf")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from calcgrad.errors import UsageError

if TYPE_CHECKING:
    from calcgrad.pictures.canvas import Picture


def plot(*exprs: str, at: Any = (), **options: Any) -> Picture:
    """The Matplotlib figure of these expressions, as the command ``plot`` draws it.

    ``at`` is a point or a list of points: numbers, text such as ``"pi/2"``, or for two variables mappings
    such as ``{"x": 1, "y": 2}``. ``xlim``, ``ylim`` and ``size`` are pairs, ``secants`` a list of steps, the
    other options are the command's, with ``_`` for ``-``. Errors are CalcgradError.
    """
    from calcgrad.commands import plots

    if not exprs:
        raise UsageError("no expression", hint='calcgrad.plot("x**2")', code="no-expression")
    for pair in ("xlim", "ylim", "size", "secants"):
        value = options.get(pair)
        if value is not None and not isinstance(value, str):
            options[pair] = ",".join(str(each) for each in value)
    options.pop("file", None)
    points = [at] if isinstance(at, str | Mapping) or not isinstance(at, Sequence) else at
    return plots.draw(exprs, at=[_point(each) for each in points], **options)[1]


def _point(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: each if isinstance(each, str) else repr(float(each)) for name, each in value.items()}
    return value if isinstance(value, str) else repr(value)
