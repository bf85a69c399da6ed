"""Expressions as functions of arrays, as right as a picture needs them: values, slopes and special places.

    f = Values(root, ["x"])
    f(x)                            # float64, nan where the expression is not real or not defined
    f.bounded(x, absolute=1e-3)              # the values, wrong by no more than 1e-3, and what each may be wrong by

The doubles are fast and forget: (1 - cos(x))/x**2 is 0 at 1e-9. So beside each value a bound of its error is
computed, from the leaves up, by what moving every argument by its own error does (Higham, Accuracy and Stability of
Numerical Algorithms, 3.3); where the bound is too large, the value is computed anew in ball arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from calcgrad.autodiff import Variable, gradient
from calcgrad.autodiff.expressions import evaluate, meaning
from calcgrad.budget import attempt
from calcgrad.errors import NotDifferentiable, UndecidedError
from calcgrad.expression.catalogue import OTHER_ULPS, ROWS
from calcgrad.expression.columns import column
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import (
    COMPARISONS,
    CONNECTIVES,
    FALSE,
    TRUE,
    Call,
    Name,
    Node,
    Number,
    postorder,
    rational,
    substitute,
    variables,
)

if TYPE_CHECKING:
    from calcgrad.pictures.shapes import Curve

_MOST_SPLITS = 400  # gradients of parts of an array, when it holds kinks
_UNIT = 2.0**-53
_LEAST = 1e-290  # what is smaller than this is as good as 0
_UNDERFLOW = 1e-307  # what doubles lose where they come to 0
_TRUSTED = 1e-6  # of a value: what its error may be where nobody says how much
_NEAR = 1e-9  # of a number: closer to a kink than a picture shows
_SMALL = 60  # denominators of multiples of pi, of squares and of exponentials
_SIDES = {-1: "left", 1: "right"}
_SHARE = 0.1  # of the time that is left: for a limit
_DIGITS = (40, 400)  # of ball arithmetic: what the second does not tell from 0 is drawn as 0

Numbers = Any  # an array or a float
Bounded = tuple[Numbers, Numbers]


class Values:
    """An expression as a function of one array for each name, whose values can be trusted."""

    def __init__(self, root: Node, names: Sequence[str]) -> None:
        self.root, self.names = root, names
        self.order = postorder(root)

    def __call__(self, *arrays: Any) -> Any:
        return self.bounded(*arrays)[0]

    def bounded(
        self, x: Any, *others: Any, absolute: float = 0.0, relative: float = _TRUSTED
    ) -> tuple[Any, Any]:
        """The values and bounds of their errors: ``absolute`` or ``relative`` at most, where that can be had.

        With both 0 the values are f correctly rounded.
        """
        arrays = (x, *others)
        value, error = self.rounded(*arrays)
        with np.errstate(all="ignore"):
            least = _LEAST if absolute or relative else 0.0
            most = np.maximum(
                max(absolute, least), relative * np.abs(np.where(np.isfinite(value), value, 0.0))
            )
            doubtful = error > most
        if doubtful.any():
            at = np.flatnonzero(doubtful)
            flat, bound = value.ravel(), error.ravel()
            for index, *point in zip(at.tolist(), *(each.ravel()[at].tolist() for each in arrays)):
                flat[index] = exact(self.root, dict(zip(self.names, point)), relative, absolute, flat[index])
                bound[index] = 2 * _UNIT * abs(flat[index]) if math.isfinite(flat[index]) else 0.0
            value, error = flat.reshape(value.shape), bound.reshape(value.shape)
        return value, error

    def at(self, place: Fraction | float) -> float | None:
        """The value at a rational, or at the number that a double beside a kink stands for; None if that is unknown."""
        (name,) = self.names
        if isinstance(place, Fraction):
            return exact(self.root, {name: place}, _TRUSTED, 0.0)
        from calcgrad.calculus.kinks import specials
        from calcgrad.tangents import Quantity, quantity

        for number in _irrationals(place):
            if specials(self.root, [name], {Name(name): number}):
                found = quantity(substitute(self.root, {Name(name): number}))
                return found.double if isinstance(found, Quantity) else None
        return None

    def curve(self, label: str) -> Curve:
        """A function of one variable as a picture draws it."""
        from calcgrad.pictures.shapes import Curve

        (name,) = self.names
        return Curve(label, self, specials(self.root, name), self.bounded, self.at, self.limit)

    def limit(self, place: float, side: int) -> float | None:
        """The limit from one side at the number that a double stands for; None where none is known."""
        from calcgrad.calculus import forms, limits
        from calcgrad.pictures.sampling import meant
        from calcgrad.tangents import Quantity, quantity

        (name,) = self.names
        number = meant(place)
        for point in [rational(number)] if number is not None else _irrationals(place):
            found = attempt(partial(limits.limit, self.root, name, point, _SIDES[side]), _SHARE)
            tree = None if found is None or found.value is None else forms.value_tree(found.value)
            value = None if tree is None else quantity(tree)
            return value.double if isinstance(value, Quantity) else None
        return None

    def rounded(self, *arrays: Any) -> tuple[Any, Any]:
        """The values in float64 as they come, and a bound of what is wrong with each; infinite where that is open."""
        env = {name: (array, 0.0) for name, array in zip(self.names, arrays, strict=True)}
        shape = np.shape(arrays[0])
        with np.errstate(all="ignore"):
            value, error = _rounded(self.order, env)
        return np.array(np.broadcast_to(value, shape), dtype=float), np.array(
            np.broadcast_to(error, shape), dtype=float
        )


def _irrationals(x: float) -> Iterator[Node]:
    """Multiples of pi, square roots and logarithms that a double may stand for."""
    sign = rational(Fraction(-1 if x < 0 else 1))
    for written, size in (("n*pi", abs(x) / math.pi), ("sqrt(n)", x * x), ("log(n)", math.exp(min(x, 50.0)))):
        near = Fraction(size).limit_denominator(_SMALL)
        if abs(size - near) <= _NEAR * size:
            number = substitute(parse(written).node, {Name("n"): rational(near)})
            yield number if written == "log(n)" else Call("*", (sign, number))


def exact(
    root: Node, point: dict[str, float | Fraction], relative: float, absolute: float, double: float = math.nan
) -> float:
    """The double nearest to the value at a point, by ball arithmetic; nan where there is none, or none can be told."""
    from calcgrad.calculus import numeric

    if not all(math.isfinite(each) for each in point.values()):
        return math.nan
    env: dict[str, Fraction | numeric.Ball] = {name: Fraction(each) for name, each in point.items()}
    found: numeric.Value = numeric.UNSETTLED
    for digits in _DIGITS:
        found = numeric.ball(root, env, digits)
        if isinstance(found, numeric.Ball) and found.rad > max(
            absolute / 4, (relative or _UNIT / 1024) * abs(found.mid) / 4
        ):
            continue
        if found is not numeric.UNSETTLED:
            break
    if isinstance(found, Fraction | numeric.Ball):
        if isinstance(found, numeric.Ball) and abs(found.mid) <= found.rad < 1e-30:
            return 0.0
        if isinstance(found, numeric.Ball) and not found.rad <= abs(found.mid) / 2:
            return math.nan
        number = numeric.to_float(found)
        return number if number is not None else math.copysign(math.inf, numeric.sign(found) or 1)
    too_large = isinstance(found, numeric.Undefined) and found.kind == "too-large"
    return double if too_large and math.isinf(double) else math.nan


# ----------------------------------------------------------------------------- values with bounds of their errors


def _rounded(order: Sequence[Node], env: dict[str, Bounded]) -> Bounded:
    """The last of ``order`` with a bound of its error.

    Of a condition, the error is infinite where it is not certain, and nan where one of its sides has no value.
    """
    done: dict[Node, Bounded] = {}
    for node in order:
        if isinstance(node, Name | Number):
            done[node] = env[node.name] if isinstance(node, Name) and node.name in env else _constant(node)
            continue
        assert isinstance(node, Call), node
        args = [done[arg] for arg in node.args]
        if node.function == "Piecewise":
            done[node] = _cases(args)
        elif node.function in COMPARISONS:
            done[node] = _comparison(node.function, *args)
        elif node.function in CONNECTIVES:
            done[node] = _connected(node.function, *args)
        else:
            done[node] = _call(node, args)
    return done[order[-1]]


@cache
def _constant(node: Node) -> Bounded:
    if node is TRUE or node is FALSE:
        return node is TRUE, 0.0
    value = float(evaluate(node, {}))
    certain = isinstance(node, Number) and math.isfinite(value) and Fraction(value) == node.value
    return np.float64(value), 0.0 if certain else math.inf if math.isinf(value) else _UNIT * abs(value)


def _any(doubt: Numbers) -> bool:
    return bool(doubt) if type(doubt) is float else bool(np.any(doubt))


def _comparison(function: str, a: Bounded, b: Bounded) -> Bounded:
    doubt = a[1] + b[1]
    truth = meaning(function)(a[0], b[0])
    error: Numbers = np.where(np.abs(a[0] - b[0]) <= doubt, np.inf, 0.0) if _any(doubt) else 0.0
    gone = np.isnan(a[0]) | np.isnan(b[0])
    return truth, np.where(gone & (error == 0.0), np.nan, error) if _any(gone) else error


def _connected(function: str, *parts: Bounded) -> Bounded:
    truth = meaning(function)(*(part[0] for part in parts))
    if function == "~" or not any(_any(part[1]) for part in parts):
        return truth, parts[0][1]
    decided = [(np.asarray(part[0]) == (function == "|")) & (np.asarray(part[1]) == 0.0) for part in parts]
    return truth, np.where(decided[0] | decided[1], 0.0, parts[0][1] + parts[1][1])


def _cases(parts: Sequence[Bounded]) -> Bounded:
    """The branch that is taken: not certain where its condition is not, and none where that has no value."""
    value: Numbers = np.float64(np.nan)
    error: Numbers = 0.0
    for (branch, wrong), (truth, doubt) in zip(parts[-2::-2], parts[::-2], strict=True):
        if truth is True:
            value, error = branch, wrong
            continue
        value, error = np.where(truth, branch, value), np.where(truth, wrong, error)
        if _any(doubt):
            value = np.where(np.isnan(doubt), np.nan, value)
            error = np.where(np.isnan(doubt), 0.0, np.where(np.isinf(doubt), np.inf, error))
    return value, error


def _call(node: Call, args: Sequence[Bounded]) -> Bounded:
    """One function: its own rounding, and what it makes of the errors of its arguments."""
    name, inputs = node.function, [arg[0] for arg in args]
    value = _apply(name, inputs)
    finite = bool(np.isfinite(value).all())
    size = np.abs(value) if finite else np.where(np.isfinite(value), np.abs(value), 0.0)
    error = ROWS[name].ulps * _UNIT * size
    if name in ("+", "-"):
        error = error + args[0][1] + args[1][1]
    elif name == "*":
        (a, da), (b, db) = args
        error = error + (np.abs(b) * da if _any(da) else 0.0) + ((np.abs(a) + da) * db if _any(db) else 0.0)
    elif name == "/":
        (a, da), (b, db) = args
        if _any(da) or _any(db):
            open_ = (np.abs(b) <= db) & (np.asarray(db) > 0)
            error = error + np.where(
                open_, np.inf, np.where(b == 0, 0.0, (da + size * db) / np.abs(np.abs(b) - db))
            )
    else:
        for index, (_, doubt) in enumerate(args):
            if _any(doubt):
                error = error + _moved(name, inputs, index, doubt, value)
    if ROWS[name].ulps and name not in ("+", "-") and _any(zero := value == 0):  # or an underflow
        honest = _some(lambda each: each == 0, inputs)
        error = np.where(zero & ~np.asarray(honest), error + _UNDERFLOW, error)
    if finite and all(np.isfinite(each).all() for each in inputs):
        return value, np.where(np.isnan(error), np.inf, error)
    lost, far = _some(np.isnan, inputs), _some(np.isinf, inputs)
    # No number of numbers: overflows against each other, or beyond the domain, of which it is certain if no error
    # reaches across its edge. And an overflow may be undone later: then nothing is known.
    against = np.isnan(value) & _inside(name, inputs)
    kept = ROWS[name].saturates | ((name == "/") & (value == 0))
    error = np.where(against | far & ~kept, np.inf, np.where(np.isnan(error), 0.0, error))
    open_ = _some(np.isinf, [arg[1] for arg in args])
    return np.where(lost, np.nan, value), np.where(lost, np.where(open_, np.inf, 0.0), error)


def _some(test: Callable[[Numbers], Numbers], inputs: Sequence[Numbers]) -> Numbers:
    return np.logical_or.reduce(np.broadcast_arrays(*(test(each) for each in inputs)))


def _moved(name: str, inputs: Sequence[Numbers], index: int, doubt: Numbers, value: Numbers) -> Numbers:
    """How far the value moves with an argument that moves by its error."""
    step = np.where(doubt, np.maximum(doubt, 4 * _UNIT * np.abs(inputs[index])), 0.0)
    most: Numbers = 0.0
    for side in (-1.0, 1.0):
        there = _apply(name, [each + side * step if i == index else each for i, each in enumerate(inputs)])
        away = np.abs(there - value)
        if not np.isfinite(away).all():
            same = (np.isnan(there) & np.isnan(value)) | (there == value)
            away = np.where(same, 0.0, np.where(np.isnan(away), np.inf, away))
        most = np.maximum(most, away)
    return most


def _apply(name: str, inputs: Sequence[Numbers]) -> Numbers:
    """The function in NumPy, nan outside its domain: NumPy alone would go on, its atan(1/0) is pi/2."""
    value = meaning(name)(*inputs)
    inside = _inside(name, inputs)
    return value if inside is True else np.where(inside, value, np.nan)


def _inside(name: str, inputs: Sequence[Numbers]) -> Any:
    domain = column(name, "domain")
    if domain is None:
        return True
    inside = evaluate(domain, dict(zip(ROWS[name].parameters, inputs)))
    return True if np.all(inside) else inside


# ------------------------------------------------------------------------------------------------------ derivatives


class Slopes:
    """The partial derivatives as functions of one array for each name; nan where there is none.

    The tape says where there is one and what it is; the rules' formula, how wrong that may be, and what is right.
    """

    def __init__(self, root: Node, names: Sequence[str]) -> None:
        self.value, self.root, self.names = Values(root, names), root, names

    @cached_property
    def formulas(self) -> list[Values | None]:
        from calcgrad.calculus import rules

        made = [rules.derive(self.root, name).after for name in self.names]
        return [None if each is None else Values(each, self.names) for each in made]

    def __call__(self, *arrays: Any) -> tuple[Any, ...]:
        taped = self._taped(*arrays)
        return tuple(self._righted(index, taped[index], arrays)[0] for index in range(len(self.names)))

    def first(self, x: Any) -> Any:
        """The derivative by the first of the names, of one array."""
        return self.bounded(x)[0]

    def bounded(self, x: Any, absolute: float = 0.0, relative: float = _TRUSTED) -> tuple[Any, Any]:
        """The same, and bounds of the errors, as of ``Values``."""
        return self._righted(0, self._taped(x)[0], (x,), absolute, relative)

    def _righted(
        self, index: int, slope: Any, arrays: Sequence[Any], absolute: float = 0.0, relative: float = _TRUSTED
    ) -> tuple[Any, Any]:
        formula, there = self.formulas[index], np.isfinite(slope)
        error = OTHER_ULPS * _UNIT * np.abs(slope)
        if formula is not None and there.any():
            slope[there], error[there] = formula.bounded(
                *(each[there] for each in arrays), absolute=absolute, relative=relative
            )
        return slope, error

    def _taped(self, *arrays: Any) -> tuple[Any, ...]:
        flat = [np.ravel(each) for each in arrays]
        made = [np.full(flat[0].shape, np.nan) for _ in self.names]
        waiting = [np.flatnonzero(np.isfinite(self.value(*flat)))]
        for _ in range(_MOST_SPLITS):
            if not waiting:
                break
            part = waiting.pop()
            if not part.size:
                continue
            inputs = [Variable(each[part]) for each in flat]
            output = evaluate(self.root, dict(zip(self.names, inputs, strict=True)))
            if not isinstance(output, Variable):
                found: list[Any] = [0.0] * len(self.names)
            else:
                try:
                    with np.errstate(all="ignore"):
                        found = gradient(output, np.ones(np.shape(output.value)), inputs)
                except NotDifferentiable as error:
                    if error.kind == "no-rule":
                        raise
                    found = []
                except UndecidedError:
                    found = []
            if not found:  # a kink in one of them: halve until it is alone
                half = part.size // 2
                waiting += [part[:half], part[half:]] if half else []
                continue
            for each, adjoint in zip(made, found, strict=True):
                each[part] = adjoint
        return tuple(each.reshape(np.shape(arrays[0])) for each in made)


# --------------------------------------------------------------------------------------------------- special places

_MOST_SPECIALS = 30


def specials(root: Node, name: str) -> tuple[tuple[Callable[..., Any], bool], ...]:
    """Functions that are 0 where the expression may have a hole, a jump or a value all by itself.

    They are the differences in the catalogue's conditions: x - 1 for log(x)/(x - 1) and x itself. With each, whether
    the expression has no value there, be it that the nearest double has one: x/sin(x) at pi.
    """
    found: dict[Node, bool] = {}
    calls = [node for node in postorder(root) if isinstance(node, Call) and not _is_plain_power(node)]
    branches = any(call.function == "Piecewise" for call in calls)
    for which in ("domain", "kinks"):
        for call in calls:
            condition = column(call.function, which)
            if condition is None or not variables(call):
                continue
            given = dict(zip(map(Name, ROWS[call.function].parameters), call.args))
            for each in postorder(condition):
                if isinstance(each, Call) and each.function in COMPARISONS:
                    difference = substitute(Call("-", each.args), given)
                    if set(variables(difference)) == {name}:
                        strict = each is condition and which == "domain" and each.function in ("<", ">", "!=")
                        found[difference] = found.get(difference, False) or (strict and not branches)
    return tuple((Values(each, [name]), gone) for each, gone in list(found.items())[:_MOST_SPECIALS])


def _is_plain_power(node: Call) -> bool:
    """Whether this is a power that is defined everywhere, such as x**2."""
    exponent = node.args[-1]
    return (
        node.function == "**"
        and isinstance(exponent, Number)
        and exponent.value == int(exponent.value)
        and exponent.value > 0
    )
