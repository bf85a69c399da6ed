"""The rule table: one row per function, and a row reads like the textbook line.

    row(np.sin, lambda g, out, x: g * np.cos(x))
    row(np.multiply, lambda g, out, x, y: g * y, lambda g, out, x, y: g * x)

``rule(g, out, *inputs)`` takes the adjoint of the output to the adjoint of one input. Rules are written
in the functions they differentiate, so a rule that is given Variables is recorded itself and higher
derivatives need no second table. No rule undoes broadcasting, checks shapes or looks for NaN: the
walk does that once, at the edge (``backward.py``).

A row also says where its function has a corner or a jump, and what its one-sided derivative is there
(used by ``kinks.py``). Functions are in RULES (differentiable), in FLAT (derivative zero wherever there is
one) or in REFUSED (an error that names them).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from calcgrad.autodiff import elementary as of
from calcgrad.autodiff.elementary import FLOATS

Rule = Callable[..., Any]


class Row:
    """What the engine knows about one function.

    ``rules`` has one entry per differentiable argument, None where the derivative is zero. A ``variadic``
    row takes a sequence of arrays and has one rule, ``rule(i, g, out, *inputs)``. ``corner`` and ``jump``
    are predicates on the inputs, true (elementwise) where the derivative may not exist; it is an argument
    without a rule that jumps, if there is one; ``side(tangents, *inputs)`` is the one-sided derivative,
    valid at a corner too; ``blurred`` is true where rounding leaves open whether that corner is one,
    ``level(g, *inputs)`` where the adjoint g does not notice it; ``edge`` is true where the domain ends
    with a finite slope; the domain of a ``bounded`` row may end with a value. NaN means a complex value, of an
    ``undefined`` row that there is none. ``linear`` is "jointly" for functions linear in all their arguments at
    once, "each" for products; ``symmetric`` products of vectors or numbers commute. A ``selects`` row copies
    elements of its inputs to the output. Higher derivatives of a ``shallow`` row are dear, so that beside a
    point it is looked at in first order only.
    ``lean`` computes what the function does of plain arrays, without NumPy's wrapper in Python; ``tied(out,
    *inputs)`` is what ``corner`` is, of the value that is there. In a row that ``reduces``, each element of the
    input counts in one of the output; ``sparse(g, out, *inputs)`` is where and what its few nonzero adjoints are, each
    place once, or None at a tie. A ``native`` function is NumPy's: it calls nobody else. No adjoint goes
    through a row that ``hides``: a step, a comparison.
    """

    __slots__ = (
        "blurred",
        "bounded",
        "corner",
        "edge",
        "elementwise",
        "flat",
        "function",
        "hides",
        "jump",
        "kinked",
        "known",
        "lean",
        "level",
        "linear",
        "name",
        "names",
        "native",
        "reduces",
        "rules",
        "scalar",
        "scalar_rules",
        "selects",
        "shallow",
        "side",
        "sparse",
        "symmetric",
        "tied",
        "undefined",
        "variadic",
    )

    def __init__(
        self,
        function: Callable[..., Any],
        rules: tuple[Rule | None, ...],
        *,
        name: str,
        scalar: Callable[..., float] | None = None,
        elementwise: bool = False,
        floats: bool = False,
        linear: str = "",
        symmetric: bool = False,
        selects: bool = False,
        variadic: bool = False,
        flat: bool = False,
        corner: Rule | None = None,
        side: Rule | None = None,
        blurred: Rule | None = None,
        level: Rule | None = None,
        jump: Rule | None = None,
        edge: Rule | None = None,
        undefined: bool = False,
        shallow: bool = False,
        lean: Callable[..., Any] | None = None,
        tied: Rule | None = None,
        reduces: bool = False,
        bounded: bool = False,
        sparse: Rule | None = None,
    ) -> None:
        self.function = function
        self.lean = lean or function
        self.native = isinstance(function, np.ufunc) or function.__module__.startswith("numpy")
        self.tied = tied
        self.reduces = reduces
        self.bounded = bounded
        self.sparse = sparse
        self.name = name
        self.rules = rules
        self.scalar = scalar
        self.elementwise = elementwise
        self.linear = linear
        self.symmetric = symmetric
        self.selects = selects
        self.variadic = variadic
        self.flat = flat
        self.corner = corner
        self.side = side
        self.blurred = blurred
        self.level = level
        self.jump = jump
        self.edge = edge
        self.undefined = undefined
        self.shallow = shallow
        self.hides = jump is not None and (flat or None in rules)
        self.kinked = corner is not None or jump is not None or edge is not None
        self.names = _argument_names(rules, variadic)
        self.known = frozenset(self.names) - {"dtype", "out_"}
        of_numbers = floats and elementwise and not variadic and len(rules) < 3 and None not in rules
        self.scalar_rules = rules if of_numbers else None

    def __repr__(self) -> str:
        return f"<row {self.name}>"


def _argument_names(rules: tuple[Rule | None, ...], variadic: bool) -> tuple[str, ...]:
    """The arguments a row understands, in NumPy's order: those of its first rule after g and out."""
    for rule in rules:
        if isinstance(rule, FunctionType):
            code = rule.__code__
            if variadic:
                return ("arrays", *code.co_varnames[3 : code.co_argcount + code.co_kwonlyargcount])
            return code.co_varnames[2 : code.co_argcount]
    return ()


RULES: dict[Any, Row] = {}
FLAT: dict[Any, Row] = {}
REFUSED: dict[Any, str] = {}

# How a person writes the function, where NumPy's own name differs.
_SPELLED = {
    "absolute": "abs",
    "maximum": "max",
    "minimum": "min",
    "amax": "max",
    "amin": "min",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "arctan2": "atan2",
    "remainder": "mod",
}


def row(function: Any, *rules: Rule | None, **facts: Any) -> Row:
    """Add one row to RULES: the function, a rule per differentiable argument, and facts about it."""
    RULES[function] = made = Row(function, rules, **_facts(function, facts))
    return made


def flat(function: Any, jump: Rule | None = None, **facts: Any) -> Row:
    """Add one row to FLAT. Given ``jump`` its result stays in the graph, so that no jump is forgotten."""
    FLAT[function] = made = Row(function, (), **_facts(function, {"flat": True, "jump": jump} | facts))
    return made


def _facts(function: Any, facts: dict[str, Any]) -> dict[str, Any]:
    name = function.__name__
    return {
        "name": _SPELLED.get(name, name),
        "elementwise": isinstance(function, np.ufunc) and function.signature is None,
        "scalar": FLOATS.get(function) if isinstance(function, np.ufunc) else None,
        "floats": True,
    } | facts


def value_of(x: Any) -> Any:
    """The plain value of a Variable or a value: for masks and choices, which have no derivative."""
    return x.value if hasattr(x, "row") else x


# --- arithmetic ---------------------------------------------------------------------------------------


def _power_slope(x: Any, y: Any) -> Any:
    """d/dx x**y = y * x**(y-1), which for a constant y = 0 is 0 even where x**(y-1) is infinite."""
    if isinstance(y, (int, float)):
        if y == 0:
            return 0.0 * value_of(x)
        if y == 1:
            return 1.0
        if y == 2:
            return 2.0 * x
        return y * of.power(x, y - 1.0)
    if hasattr(y, "row"):  # that it is 0 here says nothing of its derivatives
        return y * np.power(x, y - 1.0)
    flat_exponent = y == 0
    return np.where(flat_exponent, 0.0, y * np.power(x, y - np.where(flat_exponent, 0.0, 1.0)))


def _power_log(x: Any, out: Any) -> Any:
    """d/dy x**y = x**y * log(x), whose limit at x = 0 is 0 for y > 0."""
    zero = np.equal(x, 0.0)
    return out * np.where(zero, 0.0, np.log(np.where(zero, 1.0, x)))


def _zero_to_the_zero(x: Any, y: Any) -> Any:
    """0**y is 0 for y > 0, 1 at y = 0 and undefined below."""
    return False if type(y) is float and y != 0 else (x == 0) & (y == 0)


def _root_of_zero(x: Any, y: Any) -> Any:
    """x**1.5 has a slope at 0, but on one side only; so has x**y for a moving y."""
    if type(y) is float and y % 1 == 0:
        return False
    at = value_of(x) == 0
    return at if hasattr(y, "row") else at & (np.floor(y) != y)


row(np.add, lambda g, out, x, y: g, lambda g, out, x, y: g)
row(np.subtract, lambda g, out, x, y: g, lambda g, out, x, y: -g)
row(np.multiply, lambda g, out, x, y: g * y, lambda g, out, x, y: g * x, symmetric=True)
row(np.divide, lambda g, out, x, y: g / y, lambda g, out, x, y: -g * out / y)
row(np.negative, lambda g, out, x: -g)
row(np.positive, lambda g, out, x: g)
row(np.conjugate, lambda g, out, x: g)
row(np.reciprocal, lambda g, out, x: -g * out * out)
row(np.square, lambda g, out, x: g * (2.0 * x))
for _power in (np.power, np.float_power):
    row(
        _power,
        lambda g, out, x, y: g * _power_slope(x, y),
        lambda g, out, x, y: g * _power_log(x, out),
        jump=_zero_to_the_zero,
        edge=_root_of_zero,
        bounded=True,
    )
row(
    np.remainder,
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g * of.floor(x / y),
    jump=lambda x, y: np.remainder(x, y) == 0,
)
row(
    np.fmod,
    lambda g, out, x, y: g,
    lambda g, out, x, y: -g * of.trunc(x / y),
    jump=lambda x, y: (np.fmod(x, y) == 0) & (x != 0),
)

# --- powers, exponentials, logarithms -----------------------------------------------------------------

row(np.sqrt, lambda g, out, x: 0.5 * g / out, bounded=True)
row(np.cbrt, lambda g, out, x: g / (3.0 * out * out))
row(np.exp, lambda g, out, x: g * out)
row(np.exp2, lambda g, out, x: g * out * math.log(2.0))
row(np.expm1, lambda g, out, x: g * of.exp(x))
row(np.log, lambda g, out, x: g / x)
row(np.log2, lambda g, out, x: g / (x * math.log(2.0)))
row(np.log10, lambda g, out, x: g / (x * math.log(10.0)))
row(np.log1p, lambda g, out, x: g / (x + 1.0))
row(np.logaddexp, lambda g, out, x, y: g * of.exp(x - out), lambda g, out, x, y: g * of.exp(y - out))
row(np.logaddexp2, lambda g, out, x, y: g * of.exp2(x - out), lambda g, out, x, y: g * of.exp2(y - out))

# --- trigonometric and hyperbolic ---------------------------------------------------------------------


def _over_square(g: Any, size: Any) -> Any:
    """g / size**2, where the square may overflow."""
    return g / size / size


row(np.sin, lambda g, out, x: g * of.cos(x))
row(np.cos, lambda g, out, x: -g * of.sin(x))
row(np.tan, lambda g, out, x: g * (1.0 + out * out))
row(np.arcsin, lambda g, out, x: g / of.sqrt((1.0 - x) * (1.0 + x)), bounded=True)
row(np.arccos, lambda g, out, x: -g / of.sqrt((1.0 - x) * (1.0 + x)), bounded=True)
row(np.arctan, lambda g, out, x: g / (1.0 + x * x))
row(np.sinh, lambda g, out, x: g * of.cosh(x))
row(np.cosh, lambda g, out, x: g * of.sinh(x))
row(np.tanh, lambda g, out, x: _over_square(g, of.cosh(x)))
row(np.arcsinh, lambda g, out, x: g / of.hypot(x, 1.0))
row(np.arccosh, lambda g, out, x: g / (of.sqrt(x - 1.0) * of.sqrt(x + 1.0)), bounded=True)
row(np.arctanh, lambda g, out, x: g / ((1.0 - x) * (1.0 + x)))
row(
    np.arctan2,
    lambda g, out, y, x: g * _over_square(x, of.hypot(x, y)),
    lambda g, out, y, x: -g * _over_square(y, of.hypot(x, y)),
    # The branch cut: from pi above the negative half-line to -pi below; at the origin there is no limit.
    jump=lambda y, x: (y == 0) & (x <= 0),
)
row(
    np.hypot,
    lambda g, out, x, y: g * (x / out),
    lambda g, out, x, y: g * (y / out),
    corner=lambda x, y: (x == 0) & (y == 0),
    side=lambda t, x, y: np.where((x == 0) & (y == 0), np.hypot(*t), (x * t[0] + y * t[1]) / np.hypot(x, y)),
)
for _degrees in (np.deg2rad, np.radians):
    row(_degrees, lambda g, out, x: g * (math.pi / 180.0))
for _radians in (np.rad2deg, np.degrees):
    row(_radians, lambda g, out, x: g * (180.0 / math.pi))

# --- corners: the derivative is that of the branch taken; at a tie, kinks.py decides -------------------

for _abs in (np.absolute, np.fabs):
    row(
        _abs,
        lambda g, out, x: g * of.sign(x),
        corner=lambda x: x == 0,
        side=lambda t, x: np.where(x == 0, np.absolute(t[0]), np.sign(x) * t[0]),
        name="abs",
        scalar=abs,
    )
for _max in (np.maximum, np.fmax):
    row(
        _max,
        lambda g, out, x, y: g * ((x >= y) | of.isnan(y)),
        lambda g, out, x, y: g * ((y > x) | of.isnan(x)),
        corner=lambda x, y: x == y,
        side=lambda t, x, y: np.where(x == y, np.maximum(*t), np.where((x > y) | np.isnan(y), t[0], t[1])),
        selects=True,
        name="max" if _max is np.maximum else "fmax",
    )
for _min in (np.minimum, np.fmin):
    row(
        _min,
        lambda g, out, x, y: g * ((x <= y) | of.isnan(y)),
        lambda g, out, x, y: g * ((y < x) | of.isnan(x)),
        corner=lambda x, y: x == y,
        side=lambda t, x, y: np.where(x == y, np.minimum(*t), np.where((x < y) | np.isnan(y), t[0], t[1])),
        selects=True,
        name="min" if _min is np.minimum else "fmin",
    )
row(
    np.copysign,
    lambda g, out, x, y: g * np.sign(x) * np.sign(out),
    None,
    corner=lambda x, y: x == 0,
    side=lambda t, x, y: np.where(x == 0, np.absolute(t[0]), np.sign(x) * t[0]) * np.copysign(1.0, y),
    jump=lambda x, y: (y == 0) & np.isfinite(x),  # of 0 it is a corner that y turns over
)


def _clip_below(x: Any, low: Any) -> Any:
    return False if low is None else x < low


def _clip_above(x: Any, high: Any) -> Any:
    return False if high is None else x > high


def _clip_side(t: Any, x: Any, low: Any, high: Any) -> Any:
    """clip is min(max(x, low), high), and so are its one-sided derivatives."""
    tangent, at = t[0], x
    if low is not None:
        tangent, at = RULES[np.maximum].side((tangent, t[1]), at, low), np.maximum(at, low)  # type: ignore[misc]
    if high is not None:
        tangent = RULES[np.minimum].side((tangent, t[2]), at, high)  # type: ignore[misc]
    return tangent


def _clip_edge(x: Any, low: Any, high: Any) -> Any:
    """Where x meets a bound, or the lower bound that x is below meets the upper one."""
    raised = x if low is None else np.maximum(x, low)
    return (False if low is None else x == low) | (False if high is None else raised == high)


row(
    np.clip,
    lambda g, out, a, a_min=None, a_max=None: np.where(_clip_below(a, a_min) | _clip_above(a, a_max), 0.0, g),
    lambda g, out, a, a_min=None, a_max=None: np.where(
        _clip_below(a, a_min) & np.logical_not(_clip_above(a_min, a_max)), g, 0.0
    ),
    lambda g, out, a, a_min=None, a_max=None: np.where(
        _clip_above(a, a_max) | (_clip_above(a_min, a_max) if a_min is not None else False), g, 0.0
    ),
    corner=_clip_edge,
    side=_clip_side,
    elementwise=True,
    selects=True,
)
row(
    np.where,
    None,
    lambda g, out, condition, x, y: np.where(condition, g, 0.0),
    lambda g, out, condition, x, y: np.where(condition, 0.0, g),
    selects=True,
    elementwise=True,
    scalar=None,
)

row(np.heaviside, None, lambda g, out, x, y: np.where(x == 0, g, 0.0), jump=lambda x, y: x == 0)

# --- sums, products, extremes -------------------------------------------------------------------------


def restore(g: Any, axis: Any, keepdims: Any) -> Any:
    """Give a reduced array its lost axes back, with length one; the walk broadcasts them."""
    if axis is None or keepdims or np.ndim(g) == 0:
        return g
    if type(axis) is int and type(g) is np.ndarray:
        return g[(slice(None),) * (axis if axis >= 0 else g.ndim + 1 + axis) + (None,)]
    return np.expand_dims(g, axis)


def count(x: Any, axis: Any) -> int:
    """How many elements of x one reduction over ``axis`` takes together."""
    shape = np.shape(x)
    if axis is None:
        return math.prod(shape)
    axes = axis if isinstance(axis, tuple) else (axis,)
    return math.prod(shape[a] for a in axes)


_TAME = (1e-280, 1e280)  # a product of such products keeps all its digits


def _is_tame(*products: Any) -> bool:
    """Has no product lost digits in an underflow, or overflowed?"""
    sizes = [np.abs(value_of(product)) for product in products]
    return all(np.all((size > _TAME[0]) & (size < _TAME[1])) for size in sizes)


def product_of_others(x: Any, axis: Any) -> Any:
    """For each element, the product of all the others, right with any number of zeros and of any size."""
    if axis is None:
        return np.reshape(product_of_others(np.ravel(x), 0), np.shape(x))
    if isinstance(axis, tuple):
        axes = tuple(a % np.ndim(x) for a in axis)
        rest = tuple(a for a in range(np.ndim(x)) if a not in axes)
        moved = np.transpose(x, rest + axes)
        kept, joined = np.shape(moved)[: len(rest)], np.shape(moved)[len(rest) :]
        flat_others = product_of_others(np.reshape(moved, (*kept, math.prod(joined))), -1)
        back = tuple(int(i) for i in np.argsort(rest + axes))
        return np.transpose(np.reshape(flat_others, np.shape(moved)), back)
    last = np.moveaxis(x, axis, -1)
    before, after = _products_beside(last)
    others = before * after
    if not _is_tame(before, after, others):
        # By powers of two, which are exact, every partial product is brought near 1.
        value = np.asarray(value_of(last))
        size = np.where((value != 0) & np.isfinite(value), np.abs(value), 1.0)
        twos = np.diff(np.rint(np.cumsum(np.log2(size), axis=-1)), axis=-1, prepend=0.0)
        before, after = _products_beside(_doubled(last, -twos))
        others = _doubled(before * after, np.sum(twos, axis=-1, keepdims=True) - twos)
    return np.moveaxis(others, -1, axis)


def _products_beside(x: Any) -> tuple[Any, Any]:
    """For each element of the last axis, the product of those before it, and of those after it."""
    *lead, n = np.shape(x)
    one = np.ones((*lead, min(n, 1)))
    before = np.cumprod(np.concatenate((one, x[..., :-1]), axis=-1), axis=-1)
    after = np.cumprod(np.concatenate((one, x[..., :0:-1]), axis=-1), axis=-1)[..., ::-1]
    return before, after


def _doubled(x: Any, times: Any) -> Any:
    """x * 2**times, in two steps: the power alone may be no double."""
    half = np.floor(np.clip(times, -4000.0, 4000.0) / 2.0)
    return x * np.exp2(half) * np.exp2(np.clip(times, -4000.0, 4000.0) - half)


def _cumprod_adjoint(g: Any, out: Any, x: Any, axis: Any) -> Any:
    """x_j collects sum over k >= j of g_k * (product of x_i, i <= k, without x_j)."""
    if axis is None:
        flat_adjoint = _cumprod_adjoint(g, out, np.ravel(x), 0)
        return np.reshape(flat_adjoint, np.shape(x))
    if _is_tame(out, x):
        return np.flip(np.cumsum(np.flip(g * out, axis), axis=axis), axis) / x
    g, out, x = (np.moveaxis(a, axis, -1) for a in (g, out, x))
    tail = g[..., -1]
    tails = [tail]
    for j in range(np.shape(x)[-1] - 2, -1, -1):
        tail = g[..., j] + x[..., j + 1] * tail
        tails.append(tail)
    before = np.concatenate((np.ones((*np.shape(x)[:-1], 1)), out[..., :-1]), axis=-1)
    return np.moveaxis(before * np.stack(tails[::-1], axis=-1), -1, axis)


def _attaining(a: Any, extreme: Any) -> tuple[Any, bool]:
    """The elements that attain the extremes, and whether there is one for each. Nobody else has that array."""
    chosen = np.asarray(a == extreme)
    chosen.setflags(write=False)
    alone = np.count_nonzero(chosen) == np.size(extreme) and not np.count_nonzero(extreme != extreme)
    return chosen, alone


def _extreme(g: Any, out: Any, a: Any, axis: Any, keepdims: Any) -> Any:
    """The adjoint goes to the elements that attain the extreme, in equal shares."""
    chosen, single = _attaining(value_of(a), value_of(restore(out, axis, keepdims)))
    if single:
        return np.where(chosen, restore(g, axis, keepdims), 0.0)
    number = np.sum(chosen, axis=axis, keepdims=axis is not None)
    if hasattr(a, "row") and np.any(number > 1):  # beside the tie it is another share
        chosen = np.where(np.equal(a, restore(out, axis, keepdims)), 1.0, 0.0)
        number = np.sum(chosen, axis=axis, keepdims=axis is not None)
    shares = chosen / number
    return restore(g, axis, keepdims) * shares


def _extreme_alone(g: Any, out: Any, a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """The same as places and what goes there, if each extreme is attained once."""
    if np.ndim(a) == 0:
        return None
    chosen, single = _attaining(a, restore(out, axis, keepdims))
    if not single:
        return None
    places = np.unravel_index(np.flatnonzero(chosen), a.shape)
    return places, np.broadcast_to(restore(g, axis, keepdims), a.shape)[places]


def _extreme_tied(out: Any, a: Any, axis: Any = None, keepdims: Any = False) -> Any:
    chosen, single = _attaining(a, restore(out, axis, keepdims))
    return False if single else np.any(np.sum(chosen, axis=axis) > 1)


def _extreme_tie(reduce: Any) -> Rule:
    return lambda a, axis=None, keepdims=False: _extreme_tied(
        reduce(a, axis=axis, keepdims=True), a, axis, True
    )


def _lean(ufunc: np.ufunc) -> Callable[..., Any]:
    return lambda a, axis=None, keepdims=False: ufunc.reduce(a, axis=axis, keepdims=keepdims)


def _extreme_side(reduce: Any, least: float) -> Rule:
    def side(t: Any, a: Any, axis: Any = None, keepdims: Any = False) -> Any:
        chosen = a == reduce(a, axis=axis, keepdims=True)
        return reduce(np.where(chosen, t[0], least), axis=axis, keepdims=keepdims)

    return side


row(
    np.sum,
    lambda g, out, a, axis=None, dtype=None, out_=None, keepdims=False: restore(g, axis, keepdims),
    linear="jointly",
    selects=True,
    lean=_lean(np.add),
)
row(
    np.mean,
    lambda g, out, a, axis=None, dtype=None, out_=None, keepdims=False: (
        restore(g, axis, keepdims) / count(a, axis)
    ),
    linear="jointly",
    selects=True,
)
row(
    np.prod,
    lambda g, out, a, axis=None, dtype=None, out_=None, keepdims=False: (
        restore(g, axis, keepdims) * product_of_others(a, axis)
    ),
    lean=_lean(np.multiply),
    reduces=True,
)
row(
    np.cumsum,
    lambda g, out, a, axis=None: (
        np.reshape(np.flip(np.cumsum(np.flip(g))), np.shape(a))
        if axis is None
        else np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)
    ),
    linear="jointly",
    selects=True,
)
row(np.cumprod, lambda g, out, a, axis=None: _cumprod_adjoint(g, out, a, axis))
for _reduce, _larger, _least in ((np.max, np.maximum, -math.inf), (np.min, np.minimum, math.inf)):
    row(
        _reduce,
        lambda g, out, a, axis=None, out_=None, keepdims=False: _extreme(g, out, a, axis, keepdims),
        corner=_extreme_tie(_reduce),
        tied=_extreme_tied,
        sparse=_extreme_alone,
        side=_extreme_side(_reduce, _least),
        selects=True,
        lean=_lean(_larger),
        reduces=True,
    )

RULES[np.amax], RULES[np.amin] = RULES[np.max], RULES[np.min]

# --- products of arrays -------------------------------------------------------------------------------


def _dot_left(g: Any, a: Any, b: Any) -> Any:
    """Adjoint of a in dot(a, b): g contracted with b over everything but a's last axis."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return g * b
    if np.ndim(b) == 1:
        return np.multiply(np.expand_dims(g, -1), b) if np.ndim(g) else g * b
    if np.ndim(a) == 1 and np.ndim(b) == 2:
        return np.matmul(b, g)  # as b lies in memory
    if np.ndim(a) == 2 and np.ndim(b) == 2:
        return np.matmul(g, np.swapaxes(b, -1, -2))
    axes = tuple(range(np.ndim(a) - 1, np.ndim(g)))
    rest = tuple(i for i in range(np.ndim(b)) if i != np.ndim(b) - 2)
    return np.tensordot(g, b, (axes, rest))


def _dot_right(g: Any, a: Any, b: Any) -> Any:
    """Adjoint of b in dot(a, b): g contracted with a over everything but a's last axis."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return g * a
    if np.ndim(b) == 1:
        if np.ndim(a) == 1:
            return g * a
        return np.tensordot(g, a, np.ndim(g))
    if np.ndim(a) == 2 and np.ndim(b) == 2:
        return np.matmul(np.swapaxes(a, -1, -2), g)
    lead = tuple(range(np.ndim(a) - 1))
    last_first = np.tensordot(g, a, (lead, lead))  # b's axes without its last but one, then that one
    return np.moveaxis(last_first, -1, np.ndim(b) - 2)


def _matmul_left(g: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return g * b
    if np.ndim(b) == 1:
        return np.multiply(np.expand_dims(g, -1), b)
    if np.ndim(a) == 1:
        return np.matmul(b, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, np.swapaxes(b, -1, -2))


def _matmul_right(g: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return g * a
    if np.ndim(a) == 1:
        return np.multiply(np.expand_dims(a, -1), np.expand_dims(g, -2))
    if np.ndim(b) == 1:
        return np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(g, -1))[..., 0]
    return np.matmul(np.swapaxes(a, -1, -2), g)


row(
    np.dot,
    lambda g, out, a, b: _dot_left(g, a, b),
    lambda g, out, a, b: _dot_right(g, a, b),
    linear="each",
    symmetric=True,
)
row(
    np.matmul,
    lambda g, out, x1, x2: _matmul_left(g, x1, x2),
    lambda g, out, x1, x2: _matmul_right(g, x1, x2),
    linear="each",
    symmetric=True,
)
row(
    np.vdot,
    lambda g, out, a, b: g * np.reshape(b, np.shape(a)),
    lambda g, out, a, b: g * np.reshape(a, np.shape(b)),
    linear="each",
    symmetric=True,
)
row(
    np.inner,
    lambda g, out, a, b: _inner_adjoint(g, a, b),
    lambda g, out, a, b: _inner_adjoint(
        _swap_ends(g, np.ndim(a) - 1) if np.ndim(a) and np.ndim(b) else g, b, a
    ),
    linear="each",
    symmetric=True,
)


def _swap_ends(g: Any, first: int) -> Any:
    """Move the first ``first`` axes of g behind the others."""
    order = (*range(first, np.ndim(g)), *range(first))
    return np.transpose(g, order) if np.ndim(g) else g


def _inner_adjoint(g: Any, a: Any, b: Any) -> Any:
    """inner(a, b) contracts the last axes: a's adjoint contracts g with b's other axes."""
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return g * b
    if np.ndim(b) == 1:
        return g * b if np.ndim(a) <= 1 else np.multiply(np.expand_dims(g, -1), b)
    lead = np.ndim(b) - 1
    return np.tensordot(g, b, (tuple(range(np.ndim(g) - lead, np.ndim(g))), tuple(range(lead))))


row(
    np.outer,
    lambda g, out, a, b: np.reshape(np.matmul(g, np.ravel(b)), np.shape(a)),
    lambda g, out, a, b: np.reshape(np.matmul(np.ravel(a), g), np.shape(b)),
    linear="each",
)


def _tensordot_axes(a: Any, b: Any, axes: Any) -> tuple[list[int], list[int]]:
    if isinstance(axes, int):
        return list(range(np.ndim(a) - axes, np.ndim(a))), list(range(axes))
    left, right = axes
    left = [left] if isinstance(left, int) else list(left)
    right = [right] if isinstance(right, int) else list(right)
    return [i % np.ndim(a) for i in left], [i % np.ndim(b) for i in right]


def _tensordot_left(g: Any, a: Any, b: Any, axes: Any) -> Any:
    left, right = _tensordot_axes(a, b, axes)
    a_rest = [i for i in range(np.ndim(a)) if i not in left]
    b_rest = [i for i in range(np.ndim(b)) if i not in right]
    contracted = np.tensordot(g, b, (tuple(range(len(a_rest), np.ndim(g))), tuple(b_rest)))
    # The contracted result has a's free axes, then b's summed axes in ascending order.
    order = a_rest + [left[right.index(i)] for i in sorted(right)]
    return np.transpose(contracted, tuple(int(i) for i in np.argsort(order))) if order else contracted


def _tensordot_right(g: Any, a: Any, b: Any, axes: Any) -> Any:
    left, right = _tensordot_axes(a, b, axes)
    a_free = np.ndim(a) - len(left)
    return _tensordot_left(_swap_ends(g, a_free), b, a, (tuple(right), tuple(left)))


row(
    np.tensordot,
    lambda g, out, a, b, axes=2: _tensordot_left(g, a, b, axes),
    lambda g, out, a, b, axes=2: _tensordot_right(g, a, b, axes),
    linear="each",
)


# --- shape --------------------------------------------------------------------------------------------


def _shaped_back(g: Any, a: Any, order: str) -> Any:
    """Undo a reshape that reads the elements in another order than the first axis first."""
    if order == "C":
        return np.reshape(g, np.shape(a))
    value = np.asarray(value_of(a))
    numbers = np.empty_like(value, dtype=int)  # laid out in memory as a is: orders A and K follow it
    numbers[...] = np.arange(value.size).reshape(value.shape)
    read = np.ravel(numbers, order)  # type: ignore[call-overload]
    back = np.ravel(g) if order == "K" else np.ravel(g, "F" if _is_fortran(value, order) else "C")
    return np.reshape(np.take(back, np.argsort(read)), np.shape(a))


def _is_fortran(value: Any, order: str) -> bool:
    return order == "F" or (order == "A" and value.flags.fnc)


row(
    np.reshape,
    lambda g, out, a, shape=None, order="C": _shaped_back(g, a, order),
    linear="jointly",
    selects=True,
)
row(np.ravel, lambda g, out, a, order="C": _shaped_back(g, a, order), linear="jointly", selects=True)
row(
    np.transpose,
    lambda g, out, a, axes=None: np.transpose(
        g, None if axes is None else tuple(int(i) for i in np.argsort([i % np.ndim(a) for i in axes]))
    ),
    linear="jointly",
    selects=True,
)
row(np.swapaxes, lambda g, out, a, axis1, axis2: np.swapaxes(g, axis1, axis2), linear="jointly", selects=True)
row(
    np.moveaxis,
    lambda g, out, a, source, destination: np.moveaxis(g, destination, source),
    linear="jointly",
    selects=True,
)
row(np.squeeze, lambda g, out, a, axis=None: np.reshape(g, np.shape(a)), linear="jointly", selects=True)
row(np.expand_dims, lambda g, out, a, axis: np.reshape(g, np.shape(a)), linear="jointly", selects=True)
row(np.broadcast_to, lambda g, out, array, shape: g, linear="jointly", selects=True)
row(np.tril, lambda g, out, m, k=0: np.tril(g, k), linear="jointly", selects=True)
row(np.triu, lambda g, out, m, k=0: np.triu(g, k), linear="jointly", selects=True)
row(np.flip, lambda g, out, m, axis=None: np.flip(g, axis), linear="jointly", selects=True)
row(
    np.roll,
    lambda g, out, a, shift, axis=None: np.roll(
        g, tuple(-s for s in shift) if isinstance(shift, (tuple, list)) else np.negative(shift), axis
    ),
    linear="jointly",
    selects=True,
)


def _part(i: int, g: Any, inputs: Any, axis: Any) -> Any:
    """The part of a concatenation that came from input number i."""
    if axis is None:
        start = sum(np.size(a) for a in inputs[:i])
        return np.reshape(g[start : start + np.size(inputs[i])], np.shape(inputs[i]))
    start = sum([a.shape[axis] for a in inputs[:i]])
    part = slice(start, start + inputs[i].shape[axis])
    if axis == 0:
        return g[part]
    index = [slice(None)] * np.ndim(g)
    index[axis] = part
    return g[tuple(index)]


row(
    np.concatenate,
    lambda i, g, out, *inputs, axis=0: _part(i, g, inputs, axis),
    variadic=True,
    linear="jointly",
    selects=True,
)
row(
    np.stack,
    lambda i, g, out, *inputs, axis=0: g[(slice(None),) * (axis % np.ndim(g)) + (i,)],
    variadic=True,
    linear="jointly",
    selects=True,
)

# --- derivative zero ----------------------------------------------------------------------------------

flat(np.floor, jump=lambda x: np.floor(x) == x)
flat(np.ceil, jump=lambda x: np.floor(x) == x)
flat(np.trunc, jump=lambda x: (np.floor(x) == x) & (x != 0))
flat(np.rint, jump=lambda x: x - np.floor(x) == 0.5)
flat(np.sign, jump=lambda x: x == 0)
flat(np.floor_divide, jump=lambda x, y: np.remainder(x, y) == 0)

COMPARISONS = (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal)
for _compare in COMPARISONS:
    flat(_compare, jump=lambda x, y: x == y)
LOGICAL = (np.logical_and, np.logical_or, np.logical_xor, np.logical_not)
for _logical in (*LOGICAL, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert):
    flat(_logical)
for _test in (np.isfinite, np.isinf, np.isnan, np.isnat, np.signbit):
    flat(_test)
for _flat in (
    np.argmax,
    np.argmin,
    np.argsort,
    np.argwhere,
    np.nonzero,
    np.flatnonzero,
    np.count_nonzero,
    np.searchsorted,
    np.digitize,
    np.lexsort,
    np.linalg.matrix_rank,
    np.array_equiv,
    np.isposinf,
    np.isneginf,
    np.isreal,
    np.iscomplex,
    np.diag_indices_from,
    np.tril_indices_from,
    np.triu_indices_from,
    np.nanargmax,
    np.nanargmin,
    np.argpartition,
    np.shape,
    np.ndim,
    np.size,
    np.all,
    np.any,
    np.array_equal,
    np.allclose,
    np.isclose,
    np.zeros_like,
    np.ones_like,
    np.empty_like,
    np.result_type,
    np.can_cast,
    np.iscomplexobj,
    np.isrealobj,
    np.array_repr,
    np.array_str,
    np.array2string,
    np.shares_memory,
    np.may_share_memory,
):
    flat(_flat)

# --- refused ------------------------------------------------------------------------------------------

for _integers in (np.gcd, np.lcm, np.left_shift, np.right_shift, np.bitwise_count):
    REFUSED[_integers] = "it is defined on integers only"
for _bits in (np.nextafter, np.spacing):
    REFUSED[_bits] = "it reads the bits of a floating-point number, not a real one"
for _pair in (np.frexp, np.ldexp):
    REFUSED[_pair] = "use floor and arithmetic instead"

# What to write instead of what has no rule.
_SETS = "a mask of comparisons, as x[np.any(x[:, None] == np.asarray(values), axis=1)]"
INSTEAD: dict[Any, str] = {
    np.unique: "s = np.sort(x) and s[np.append(True, np.diff(s) != 0)]",
    **dict.fromkeys((np.isin, np.setdiff1d, np.intersect1d, np.union1d, np.setxor1d), _SETS),
    np.histogram: "np.digitize for the bins, and np.bincount with weights= for their sums",
    np.i0: "calcgrad.autodiff.scipy.special.i0",
}
