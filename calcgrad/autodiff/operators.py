"""Functions in, derivatives out: grad, jacobian, hessian and their products with vectors.

    grad(lambda x: np.sum(np.sin(x)))(np.zeros(3))      # [1., 1., 1.]
    hessian(lambda x: x[0] * x[1])(np.array([1.0, 2.0]))  # [[0., 1.], [1., 0.]]

Signatures are JAX's where it has the function. Arguments are floats, arrays, or tuples, lists and dicts of
them, and a derivative has the structure of its argument. Everything nests, to any order and in any
mixture: an argument that is a Variable already gives a result that can be differentiated again.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

import numpy as np

from calcgrad.autodiff.backward import gradient, gradient_over
from calcgrad.autodiff.complexes import Complex, is_complex, joined, made_whole, parts_of
from calcgrad.autodiff.dispatch import compute, evaluate
from calcgrad.autodiff.escapes import require_kept
from calcgrad.autodiff.forward import tangents as push_tangents
from calcgrad.autodiff.functions import detach
from calcgrad.autodiff.rows import jacobian_rows
from calcgrad.autodiff.variable import CHANGED, Variable, require_current, require_plain
from calcgrad.autodiff.walk import Walk, finite, first_of, nodes, nodes_since, unit_seeds
from calcgrad.errors import CalcgradError, UsageError

Function = Callable[..., Any]

# --- trees of arguments -------------------------------------------------------------------------------


_LEAVES = {float, np.ndarray, Variable}  # the usual ones, known at a glance


def leaves_of(tree: Any) -> list[Any]:
    """The floats, arrays and Variables in tuples, lists and dicts, from left to right."""
    if type(tree) in _LEAVES:
        return [tree]
    if isinstance(tree, dict):
        return [leaf for key in tree for leaf in leaves_of(tree[key])]
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves_of(part)]
    return [tree]


def rebuilt(tree: Any, leaves: Iterator[Any]) -> Any:
    """The same structure with other leaves."""
    if type(tree) in _LEAVES:
        return next(leaves)
    if isinstance(tree, dict):
        return {key: rebuilt(part, leaves) for key, part in tree.items()}
    if isinstance(tree, (tuple, list)):
        parts = [rebuilt(part, leaves) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return next(leaves)


def _name(f: Function) -> str:
    return str(getattr(f, "__name__", f))


def _variable(leaf: Any, f: Function, where: str) -> Variable:
    """A fresh Variable for one leaf; for a Variable a node of its own, so that only this use counts."""
    if type(leaf) is Variable:
        return +leaf
    if type(leaf) is float:
        return Variable(leaf)
    require_plain(type(leaf))
    kind = np.asarray(leaf).dtype
    if kind.kind not in "iuf":
        raise UsageError(
            f"{_name(f)}: {where} is not a real number or an array of them ({kind})",
            hint="take its columns of numbers, as to_numpy(float)" if hasattr(leaf, "to_numpy") else None,
        )
    return Variable(leaf)  # whole numbers are real ones


_DOUBLE = np.dtype(float)


def _lifted(leaf: Any, f: Function, where: str) -> Any:
    """A fresh Variable, or of a complex leaf two."""
    if type(leaf) is np.ndarray and leaf.dtype is _DOUBLE:
        return Variable(leaf)
    if not is_complex(leaf):
        return _variable(leaf, f, where)
    real, imag = parts_of(leaf)
    plain_parts = (x if type(x) is Variable or np.ndim(x) else float(x) for x in (real, imag))
    return Complex(*(_variable(x, f, where) for x in plain_parts))


def _conjugate(real: Any, imag: Any) -> Any:
    """real - 1j*imag, of plain numbers or of Variables."""
    recorded = type(real) is Variable or type(imag) is Variable
    return Complex(real, -imag) if recorded else joined(real, -imag)


class _Lifted:
    """The arguments of one call, those of ``argnums`` turned into Variables."""

    def __init__(self, f: Function, args: Sequence[Any], argnums: int | Sequence[int]) -> None:
        self.single = isinstance(argnums, (int, np.integer, str))
        chosen: Sequence[Any] = (argnums,) if self.single else tuple(argnums)  # type: ignore[arg-type]
        self.trees = []
        self.leaves: list[Any] = []
        self.args = list(args)
        for place in chosen:
            if not isinstance(place, (int, np.integer)):
                raise UsageError(
                    f"{_name(f)}: argnums is the place of an argument, or several, not {place!r}",
                    hint="for the first, argnums=0",
                )
            n = int(place)
            if not -len(args) <= n < len(args):
                raise UsageError(f"{_name(f)} has {len(args)} arguments; there is no argument {n}")
            tree = args[n]
            self.trees.append(tree)
            if type(tree) is float:
                made = self.args[n] = Variable(tree)
                self.leaves.append(made)
                continue
            parts = [_lifted(leaf, f, f"argument {n}") for leaf in leaves_of(tree)]
            self.args[n] = rebuilt(tree, iter(parts))
            self.leaves += parts
        self.variables: list[Variable] = []
        for leaf in self.leaves:
            self.variables += (leaf.real, leaf.imag) if type(leaf) is Complex else (leaf,)

    def call(self, f: Function, kwargs: dict[str, Any]) -> Any:
        """f's result, of numbers only, and nothing in it made of a number that had left the graph."""
        root = f(*self.args, **kwargs)
        for leaf in leaves_of(root):
            if type(leaf) is not Variable:
                _require_numbers(leaf, f)
            elif CHANGED:
                require_current(leaf)
            require_kept(leaf, self.variables, _name(f))
        return root

    def result(self, parts: Sequence[Any]) -> Any:
        """One part per Variable, in the structure of the arguments; of a complex one it is d/dx - 1j*d/dy."""
        given = iter(parts)
        made = [
            _conjugate(next(given), next(given)) if type(leaf) is Complex else next(given)
            for leaf in self.leaves
        ]
        remaining = iter(made)
        trees = [rebuilt(tree, remaining) for tree in self.trees]
        return trees[0] if self.single else tuple(trees)


class _CollectorPaused:
    """Recording makes many objects and no cycles: looking for garbage meanwhile doubles its cost."""

    __slots__ = ("enabled",)

    def __enter__(self) -> None:
        self.enabled = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: Any) -> None:
        if self.enabled:
            gc.enable()


def _require_numbers(root: Any, f: Function) -> None:
    """Refuse a result that is no real array, by what it is."""
    if root is None:
        raise UsageError(f"{_name(f)} returned nothing", hint="end it with return")
    if isinstance(root, str):
        raise UsageError(f"{_name(f)} returned a str, not numbers", hint="return an array")
    if np.iscomplexobj(root):
        raise UsageError(
            f"{_name(f)} returned complex numbers",
            hint="make them real: take np.real, np.imag or np.abs of them",
        )
    if np.asarray(root).dtype.kind not in "biuf":
        raise UsageError(f"{_name(f)} returned {type(root).__name__}, not numbers", hint="return an array")


def _plain(value: Any, keep: bool) -> Any:
    """What the caller gets as the value: a number or an array of its own, or with ``keep`` the Variable."""
    if keep or type(value) is not Variable:
        return value
    return np.array(value.value) if type(value.value) is np.ndarray else value.value


# --- reverse mode -------------------------------------------------------------------------------------


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that returns f's value, one number, and its gradient.

    The gradient has the structure and shapes of the argument, or is a tuple of them when ``argnums`` is a
    sequence. Raises UsageError when f returns an array, NotDifferentiable and UndecidedError as ``gradient``
    does.
    """

    return wraps(f)(_with_gradient(f, argnums))


def _with_gradient(f: Function, argnums: int | Sequence[int]) -> Function:
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        with _CollectorPaused():
            lifted = _Lifted(f, args, argnums)
            root = lifted.call(f, kwargs)
            if isinstance(root, (list, tuple, dict)):
                raise UsageError(
                    f"{_name(f)} returned a {type(root).__name__}, and a gradient needs one number",
                    hint="add up its parts, or ask for its jacobian",
                )
            constant = type(root) is not Variable
            if (np.size(root) if constant else root.size) != 1:
                raise UsageError(
                    f"{_name(f)} returned shape {np.shape(root)}, and a gradient needs one number",
                    hint="reduce it with np.sum(...), or ask for its jacobian",
                )
            if constant:
                return root, lifted.result([_zeros(v) for v in lifted.variables])
            order, again = nodes_since(root, first_of(lifted.variables))
            parts = gradient_over(order, None, lifted.variables, record=again)
            return _plain(root, again), lifted.result(parts)

    return differentiated


def _zeros(variable: Variable) -> Any:
    return np.zeros(variable.shape, variable.dtype) if variable.shape else 0.0


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that returns the gradient of f, which returns one number. See ``value_and_grad``."""
    both = _with_gradient(f, argnums)

    @wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return differentiated


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """f's value, and a function from a seed of the value's shape to a tuple of adjoints of the primals.

    A value that is a tuple, a list or a dict takes a seed of the same structure.
    """
    lifted = _Lifted(f, primals, range(len(primals)))
    value = lifted.call(f, {})
    roots = leaves_of(value)
    recorded = [(i, root) for i, root in enumerate(roots) if type(root) is Variable]
    again = any(nodes_since(root, first_of(lifted.variables))[1] for _, root in recorded)

    def pull(seed: Any) -> tuple[Any, ...]:
        seeds = leaves_of(seed) if isinstance(value, (list, tuple, dict)) else [seed]
        if len(seeds) != len(roots):
            raise UsageError(f"{_name(f)} has {len(roots)} results; the seed has {len(seeds)} parts")
        found: Any = None
        for i, root in recorded:
            nested = again or type(seeds[i]) is Variable
            parts = gradient(root, seeds[i], lifted.variables, record=nested)
            found = parts if found is None else [one + other for one, other in zip(found, parts)]
        return tuple(lifted.result([_zeros(v) for v in lifted.variables] if found is None else found))

    return rebuilt(value, (_plain(root, again) for root in roots)), pull


# --- forward mode -------------------------------------------------------------------------------------


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f's value and its derivative along ``tangents``, which have the structure of ``primals``.

    Raises UsageError where the shapes differ, NotDifferentiable and UndecidedError at kinks.
    """
    if not isinstance(primals, (list, tuple)) or not isinstance(tangents, (list, tuple)):
        raise UsageError("jvp takes a tuple of primals and one of tangents", hint="jvp(f, (x,), (v,))")
    lifted = _Lifted(f, primals, range(len(primals)))
    moves = leaves_of(list(tangents))
    shapes, expected = [np.shape(t) for t in moves], [leaf.shape for leaf in lifted.leaves]
    if shapes != expected:
        raise UsageError(f"{_name(f)}: tangents of shapes {shapes} do not fit primals of shapes {expected}")
    moves = [part for leaf, t in zip(lifted.leaves, moves) for part in _moved(leaf, t, f)]
    with _CollectorPaused():
        value = lifted.call(f, {})
        found = [_along(root, f, lifted, moves) for root in leaves_of(value)]
    return tuple(rebuilt(value, iter(part)) for part in zip(*found, strict=True)) if found else (value, value)


def _moved(leaf: Any, t: Any, f: Function) -> tuple[Any, ...]:
    """The tangents of a leaf's Variables."""
    if type(leaf) is not Complex:
        if is_complex(t):
            raise UsageError(f"{_name(f)}: a complex tangent of a real argument")
        return (t,)
    real, imag = made_whole(t).real, made_whole(t).imag
    return tuple(x if type(x) is Variable or np.ndim(x) else float(x) for x in (real, imag))


def _is_number(root: Variable) -> bool:
    """Is every element of a result a number? Else there is no derivative, whatever the rules say."""
    return finite(root.value) or bool(np.all(np.isfinite(root.value)))


def _along(root: Any, f: Function, lifted: _Lifted, moves: Sequence[Any]) -> tuple[Any, Any]:
    """One result and its derivative along the tangents."""
    if type(root) is not Variable:
        return root, np.zeros(np.shape(root)) if np.shape(root) else 0.0
    order, again = nodes_since(root, first_of(lifted.variables))
    again = again or any(type(t) is Variable for t in moves)
    slope, suspicious = push_tangents(order, dict(zip(lifted.variables, moves)), record=again)
    if suspicious or not finite(
        root.value
    ):  # reverse mode decides whether there is a derivative, for each output
        rows = [
            sum(np.sum(g * t) for g, t in zip(gradient(root, seed, lifted.variables, record=again), moves))
            for seed in unit_seeds(root)
        ]
        slope = np.reshape(np.stack(rows), root.shape) if root.shape else rows[0]
    return _plain(root, again), slope


# --- matrices of derivatives --------------------------------------------------------------------------


def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that returns all derivatives of all outputs: shape (*output shape, *argument shape).

    Reverse mode, all rows over one recording. The structure is that of the argument; of a function that
    returns a tuple, a list or a dict it is that structure, with the argument's at each of its leaves.
    """
    return _matrix(f, argnums, _by_rows)


def jacfwd(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """As ``jacobian``, by forward mode: one sweep per element of the arguments, over one recording.

    The cheaper way where there are fewer inputs than outputs. At what may be a kink reverse mode decides.
    """
    return _matrix(f, argnums, _by_columns)


def _matrix(f: Function, argnums: int | Sequence[int], blocks: Callable[..., list[Any]]) -> Function:
    @wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        with _CollectorPaused():
            lifted = _Lifted(f, args, argnums)
            value = lifted.call(f, kwargs)
            found = []
            for root in leaves_of(value):
                shape = root.shape if type(root) is Variable else np.shape(root)
                if type(root) is not Variable:
                    found.append(lifted.result([np.zeros(shape + v.shape) for v in lifted.variables]))
                    continue
                order, again = nodes_since(root, first_of(lifted.variables))
                made = blocks(order, lifted.variables, again)
                parts: list[Any] = [np.reshape(c, shape + v.shape) for c, v in zip(made, lifted.variables)]
                parts = [float(c) if not again and c.shape == () else c for c in parts]
                found.append(lifted.result(parts))
            return rebuilt(value, iter(found))

    return differentiated


def _by_rows(order: list[Variable], variables: Sequence[Variable], again: bool) -> list[Any]:
    """The derivatives of the first node by each variable, with one row for each of its elements."""
    root = order[0]
    there = _is_number(root)
    stacked = None if again or not there else jacobian_rows(order, variables)
    if stacked is not None:
        return stacked
    swept = []
    for seed in unit_seeds(root):
        walk = Walk(root, seed, order, variables, record=again)
        row = walk.run()
        if walk.suspicious or not there or not all(finite(a) for a in row):
            row = gradient(root, seed, variables, record=again)
        swept.append(row)
    return [np.stack(parts) for parts in zip(*swept)] or [np.zeros((0, *v.shape)) for v in variables]


def _by_columns(order: list[Variable], variables: Sequence[Variable], again: bool) -> list[Any]:
    """The same from the other side, with one column for each element of a variable."""
    root = order[0]
    parts: list[Any] = []
    for v in variables:
        columns = []
        for unit in unit_seeds(v):
            slope, suspicious = push_tangents(order, {v: unit}, record=again)
            if suspicious or not _is_number(root):
                return _by_rows(order, variables, again)
            columns.append(slope)
        parts.append(np.stack(columns, -1) if columns else np.zeros((*root.shape, 0)))
    return parts


def hessian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """A function that returns the second derivatives of f, which returns one number.

    For one array argument of shape s the result has shape (*s, *s). For a structure of arrays it is that
    structure with itself at each of its leaves, as in JAX: hessian(f)({"a": x, "b": y})["a"]["b"].
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Function, x: Any, v: Any) -> Any:
    """The Hessian of f at x times v, without the Hessian: the gradient of (gradient of f) . v."""
    if [np.shape(a) for a in leaves_of(x)] != [np.shape(a) for a in leaves_of(v)]:
        raise UsageError(f"{_name(f)}: the vector does not have the shape of the point")
    slope = grad(f)

    def along(point: Any) -> Any:
        terms = [np.sum(g * t) for g, t in zip(leaves_of(slope(point)), leaves_of(v))]
        return sum(terms[1:], terms[0])

    return grad(along)(x)


# --- checking -----------------------------------------------------------------------------------------


def check_grad(f: Function, x: Any, order: int = 2, tolerance: float = 1e-6) -> None:
    """Compare the derivatives of f at x with differences of f, up to ``order``.

    Along a few directions the gradient must agree with central differences (Richardson-extrapolated) to
    the relative ``tolerance``. When it does not, every function that f used is compared on its own, and the
    error names the one whose rule is wrong. Raises CalcgradError with code ``differs``.
    """
    for level in range(1, order + 1):
        found = _disagreement(_derived(f, level), x, tolerance, level)
        if found is not None:
            culprit = _wrong_rule(f, x, tolerance, level)
            blame = f"the rule of {culprit} is wrong" if culprit else f"the derivative of {_name(f)} is wrong"
            raise CalcgradError(
                f"{blame}: order {level} gives {found[0]:.10g}, differences {found[1]:.10g}", code="differs"
            )


def _derived(f: Function, level: int) -> Function:
    """A function whose derivative is one of f of that order."""
    return f if level == 1 else _directional(_derived(f, level - 1))


def _directional(f: Function) -> Function:
    """The sum of f's gradient with fixed weights: one number again, a derivative higher."""

    def summed(point: Any) -> Any:
        parts = leaves_of(grad(f)(point))
        terms = [np.sum(g * np.cos(1.0 + np.arange(np.size(g)).reshape(np.shape(g)))) for g in parts]
        return sum(terms[1:], terms[0])

    return summed


def _disagreement(f: Function, x: Any, tolerance: float, seed: int) -> tuple[float, float] | None:
    """What the gradient and what differences say along a direction in which they differ, if there is one."""
    points = [np.asarray(leaf, float) for leaf in leaves_of(x)]
    slopes = [np.asarray(g) for g in leaves_of(grad(f)(x))]
    random = np.random.default_rng(seed)
    for _ in range(3):
        d = [random.choice((-1.0, 1.0), p.shape) * random.uniform(0.5, 1.5, p.shape) for p in points]
        exact = float(sum(np.sum(g * t) for g, t in zip(slopes, d)))

        def value(h: float, d: list[Any] = d) -> float:
            moved = [p + h * t for p, t in zip(points, d)]
            return float(np.asarray(f(rebuilt(x, iter(moved)))).item())

        approximate, noise = _difference(value)
        scale = max(abs(exact), abs(approximate), float(sum(np.sum(abs(g * t)) for g, t in zip(slopes, d))))
        if abs(exact - approximate) > tolerance * scale + noise:
            return exact, approximate
    return None


def _difference(value: Callable[[float], float]) -> tuple[float, float]:
    """The derivative of value(h) at 0 by extrapolated central differences, and how far it may be off."""
    h = 1e-3
    once, twice = ((value(s) - value(-s)) / (2 * s) for s in (h, 2 * h))
    rounding = 8 * np.finfo(float).eps * max(abs(value(0.0)), abs(value(h))) / h
    return (4 * once - twice) / 3, rounding


def _wrong_rule(f: Function, x: Any, tolerance: float, level: int) -> str | None:
    """The first function, in the order of evaluation, that alone disagrees with its differences too."""
    lifted = _Lifted(f, (x,), 0)
    root = lifted.call(f, {})
    if type(root) is not Variable:
        return None
    for node in reversed(nodes(root)):
        if node.row is None or node.row.flat:
            continue
        values = [v.value for v in node.inputs if type(v) is Variable]

        def alone(parts: list[Any], node: Variable = node) -> Any:
            given = iter(parts)
            inputs = [next(given) if type(v) is Variable else v for v in node.inputs]
            weights = np.random.default_rng(0).uniform(0.5, 1.5, node.shape)
            if any(type(each) is Variable for each in inputs):
                return np.sum(compute(node.row, inputs, node.params) * weights)  # type: ignore[arg-type]
            return np.sum(evaluate(node.row, inputs, node.params) * weights)  # type: ignore[arg-type]

        if _disagreement(_derived(alone, level), values, tolerance, level) is not None:
            return node.operation
    return None


def no_grad(f: Function) -> Function:
    """f as a constant: Variables among its arguments are replaced by their values, nothing is recorded."""

    @wraps(f)
    def constant(*args: Any, **kwargs: Any) -> Any:
        plain = rebuilt(args, (detach(leaf) for leaf in leaves_of(args)))
        named = rebuilt(kwargs, (detach(leaf) for leaf in leaves_of(kwargs)))
        return f(*plain, **named)

    return constant
