"""Checkpoints: a part of a program whose inner values are computed again on the way back, instead of being kept.

    step = checkpoint(lambda x, w: np.tanh(w @ x))
    grad(lambda w: np.sum(step(step(x, w), w)))(w)    # keeps two results, and nothing between

Memory for time: the part runs twice, and the graph holds its arguments and its results only. Whether there is a
derivative at a kink only the whole program tells: a part that meets one stays in the graph as if it were unmarked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from calcgrad.autodiff.backward import gradient
from calcgrad.autodiff.complexes import Complex
from calcgrad.autodiff.conditions import Condition, at_kink
from calcgrad.autodiff.constants import kept as as_it_is
from calcgrad.autodiff.constants import watched
from calcgrad.autodiff.dispatch import cast
from calcgrad.autodiff.escapes import require_kept
from calcgrad.autodiff.operators import leaves_of, rebuilt
from calcgrad.autodiff.rules import row
from calcgrad.autodiff.variable import Variable, record, require_current
from calcgrad.autodiff.walk import Walk, finite, first_of, nodes_since
from calcgrad.errors import CalcgradError, NotDifferentiable, UndecidedError, UsageError


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """f, whose inner values are not kept for the derivative but computed again.

    Arguments and results are numbers, arrays, or tuples, lists and dicts of them. f must compute the same whenever it
    is called, and take all Variables that it needs as arguments: raises UsageError where it does not. Inner values are
    kept where f meets a kink, or complex numbers. The result has ``runs``, how often f has been run by now.
    """

    @wraps(f)
    def kept(*args: Any, **kwargs: Any) -> Any:
        tree = (args, kwargs)
        given = [leaf if type(leaf) is Variable else as_it_is(leaf) for leaf in leaves_of(tree)]
        variables = [leaf for leaf in given if type(leaf) is Variable]

        def run(moving: Sequence[Any]) -> Any:
            rest = iter(moving)
            args, kwargs = rebuilt(tree, (next(rest) if type(leaf) is Variable else leaf for leaf in given))
            kept.runs += 1  # type: ignore[attr-defined]
            return f(*args, **kwargs)

        if not variables or any(isinstance(leaf, _RECORDS) for leaf in given):
            return run(variables)
        require_current(*variables)
        inner = [record(None, x.value, ()) for x in variables]
        result = run(inner)
        found = leaves_of(result)
        for leaf in found:
            require_kept(leaf, inner, getattr(f, "__name__", ""))
        chosen = [i for i, leaf in enumerate(found) if type(leaf) is Variable]
        roots = [found[i] for i in chosen]
        if any(isinstance(leaf, _RECORDS) for leaf in found) or _meets_kink(roots, inner):
            return run(variables)
        if not roots:
            return result

        def part(inputs: Sequence[Any]) -> Any:
            again = leaves_of(run(inputs))
            return _in_a_row([again[i] for i in chosen if i < len(again)])

        value = _in_a_row(roots).value
        params = {"part": part, "shape": np.shape(value), "memo": {}}
        joined = record(CHECKPOINT, value, tuple(variables), params)
        joined.held = watched(given)
        for i, x in zip(chosen, _apart(joined, roots)):
            found[i] = x
        return rebuilt(result, iter(found))

    kept.runs = 0  # type: ignore[attr-defined]
    return kept


_RECORDS = (Condition, Complex)  # made of Variables, and none


def _in_a_row(parts: Sequence[Any]) -> Any:
    """Several results as one array; a single one as it is."""
    return parts[0] if len(parts) == 1 else np.concatenate([np.reshape(x, -1) for x in parts])


def _apart(joined: Variable, parts: Sequence[Variable]) -> list[Any]:
    """The same back again."""
    if len(parts) == 1:
        return [joined]
    ends = np.cumsum([0, *(x.size for x in parts)]).tolist()
    return [
        cast(np.reshape(joined[a:b], x.shape), x.dtype)
        for a, b, x in zip(ends, ends[1:], parts, strict=False)
    ]


def _meets_kink(roots: Sequence[Variable], inner: Sequence[Variable]) -> bool:
    """Is something in a part at a kink, decided at a boundary, or no number?"""
    seen: set[int] = set()
    for root in roots:
        order, more = nodes_since(root, first_of(inner))
        if more:
            raise UsageError(
                "a function under checkpoint uses a Variable that is not among its arguments",
                hint="pass it as an argument",
            )
        for node in order:
            if node.number not in seen and (node.decided or at_kink(node) or not finite(node.value)):
                return True
            seen.add(node.number)
    return any(x.decided for x in inner)


def _elsewhere(inputs: Sequence[Any], part: Any, shape: tuple[int, ...], memo: Any) -> Any:
    """What a part is at other numbers, to which a kink beside it leads; NaN where it meets a kink there."""
    try:
        if all(map(finite, inputs)):
            inner = [Variable(x) for x in inputs]
            root = part(inner)
            if type(root) is Variable and root.shape == shape and not _meets_kink([root], inner):
                return root.value
    except (ArithmeticError, LookupError, TypeError, ValueError, CalcgradError):
        pass
    return np.full(shape, np.nan)


def _adjoint(
    i: int, g: Any, out: Any, inputs: Sequence[Any], part: Any, shape: tuple[int, ...], memo: dict[str, Any]
) -> Any:
    """The part recorded anew and differentiated by its inputs: once for all of them."""
    if memo.get("g") is not g:
        memo.update(g=g, adjoints=_adjoints(g, out, inputs, part))
    found = memo["adjoints"][i]
    if i == len(inputs) - 1:  # the last one asked for
        memo.clear()
    return found


def _adjoints(g: Any, out: Any, inputs: Sequence[Any], part: Any) -> list[Any]:
    value = out.value if type(out) is Variable else out
    if not finite(value):
        return [np.full(np.shape(x), np.nan) for x in inputs]
    moving = [+x if type(x) is Variable else Variable(x) for x in inputs]
    root = part(moving)
    if type(root) is not Variable or not _is_same(root.value, value):
        raise UsageError(
            "a function under checkpoint did not compute the same again",
            hint="pass what changes, as random numbers, as an argument",
        )
    recording = type(g) is Variable or any(type(x) is Variable for x in inputs)
    walk = Walk(root, g, nodes_since(root, first_of(moving))[0], moving, record=recording)
    adjoints = walk.run()
    if walk.suspicious or not all(map(finite, adjoints)):
        adjoints = [] if recording else _looked_at(root, g, moving)
    if not adjoints:
        raise UndecidedError(
            "under a checkpoint there is a slope that is no number, and a part is looked at on its own",
            hint="call the function without checkpoint",
        )
    return adjoints


def _looked_at(root: Variable, g: Any, moving: Sequence[Variable]) -> list[Any]:
    """The adjoints, if each result has a derivative, also those that are not asked for; else nothing."""
    try:
        gradient(root, np.random.default_rng(0).uniform(0.5, 1.5, root.shape), moving)
        return gradient(root, g, moving)
    except NotDifferentiable:
        return []


def _is_same(x: Any, y: Any) -> bool:
    """Are these equal, but for rounding?"""
    if np.shape(x) != np.shape(y):
        return False
    return np.array_equal(x, y) or np.allclose(x, y, rtol=np.finfo(np.result_type(x)).eps ** 0.5)


CHECKPOINT = row(
    _elsewhere,
    lambda i, g, out, *inputs, part, shape, memo: _adjoint(i, g, out, inputs, part, shape, memo),
    variadic=True,
    shallow=True,
    name="checkpoint",
)
