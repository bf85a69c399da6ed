"""Pictures of functions: callables and numbers in, a Matplotlib figure or its bytes out.

    seed = Curve("f(x) = 3*x**2 - 4*x", lambda x: 3 * x**2 - 4 * x)
    picture = figure([seed], [Tangent(1.0, -1.0, 2.0, "tangent y = 2*x - 3")], Axes())
    svg = render(picture, "svg")

The window is chosen from what is interesting in the curves, the curves are sampled where they bend, and
they break where the function does. The same figure gives the same bytes in every process. Nothing here
knows the expression language, and Matplotlib is loaded only when a figure is made.
"""

from calcgrad.pictures.curves import figure
from calcgrad.pictures.output import render
from calcgrad.pictures.shapes import Array, Axes, Curve, Tangent

__all__ = ["Array", "Axes", "Curve", "Tangent", "figure", "render"]
