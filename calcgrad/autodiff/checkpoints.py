"""Checkpoints: a part of a program whose inner values are computed again on the way back, instead of being kept.

    step = checkpoint(lambda x, w: np.tanh(w @ x))
    grad(lambda w: np.sum(step(step(x, w), w)))(w)    # keeps two results, and nothing between

Memory for time: the part runs twice, and the graph holds its arguments and its results only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from calcgrad.autodiff.backward import gradient
from calcgrad.autodiff.conditions import at_kink
from calcgrad.autodiff.dispatch import compute
from calcgrad.autodiff.escapes import require_kept
from calcgrad.autodiff.operators import leaves_of, rebuilt
from calcgrad.autodiff.rules import row, value_of
from calcgrad.autodiff.variable import Variable
from calcgrad.autodiff.walk import nodes
from calcgrad.errors import NotDifferentiable, UndecidedError, UsageError


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """f, whose inner values are not kept for the derivative but computed again.

    Arguments and results are numbers, arrays, or tuples, lists and dicts of them. f must compute the same whenever it
    is called, and take all Variables that it needs as arguments: raises UsageError where one reaches it otherwise.
    The result has ``runs``, how often f has been run by now, forward and again.
    """

    @wraps(f)
    def kept(*args: Any, **kwargs: Any) -> Any:
        tree = (args, kwargs)
        given = leaves_of(tree)
        moving = [i for i, leaf in enumerate(given) if type(leaf) is Variable]
        if not moving:
            kept.runs += 1  # type: ignore[attr-defined]
            return f(*args, **kwargs)
        variables = [given[i] for i in moving]
        constants = [None if type(leaf) is Variable else leaf for leaf in given]
        made: list[tuple[Any, list[tuple[int, ...]]]] = []  # the structure of the results, and their shapes

        def part(inputs: Sequence[Any]) -> Any:
            """All results of f in one row."""
            leaves = list(constants)
            for i, x in zip(moving, inputs):
                leaves[i] = x
            args, kwargs = rebuilt(tree, iter(leaves))
            result = f(*args, **kwargs)
            kept.runs += 1  # type: ignore[attr-defined]
            found = leaves_of(result)
            if not made:
                made.append((rebuilt(result, iter([None] * len(found))), [np.shape(leaf) for leaf in found]))
            return np.concatenate([np.reshape(leaf, -1) for leaf in (*found, np.zeros(0))])

        joined = compute(CHECKPOINT, variables, {"part": part, "memo": {}})
        [(structure, shapes)] = made
        ends = np.cumsum([0, *(math.prod(shape) for shape in shapes)]).tolist()
        rows = [np.reshape(joined[a:b], shape) for a, b, shape in zip(ends, ends[1:], shapes)]
        return rebuilt(structure, iter(rows))

    kept.runs = 0  # type: ignore[attr-defined]
    return kept


def _again(inputs: Sequence[Any], part: Any, memo: Any) -> Any:
    found = part(inputs)
    if type(found) is Variable:
        raise UsageError(
            "a function under checkpoint uses a Variable that is not among its arguments",
            hint="pass it as an argument",
        )
    return found


def _adjoint(i: int, g: Any, inputs: Sequence[Any], part: Any, memo: dict[str, Any]) -> Any:
    """The part recorded anew and differentiated by its inputs: once for all of them."""
    if memo.get("g") is not g:
        memo.update(g=g, adjoints=_adjoints(g, inputs, part))
    found = memo["adjoints"][i]
    if i == len(inputs) - 1:  # the last one asked for
        memo.clear()
    return found


def _adjoints(g: Any, inputs: Sequence[Any], part: Any) -> list[Any]:
    moving = [+x if type(x) is Variable else Variable(x) for x in inputs]
    root = part(moving)
    require_kept(root, moving)
    if type(root) is not Variable:
        return [np.zeros(x.shape) for x in moving]
    recording = type(g) is Variable or any(type(x) is Variable for x in inputs)
    try:
        return gradient(root, g, moving, record=recording)
    except NotDifferentiable as error:
        if error.kind == "no-rule":
            raise
        raise UndecidedError(f"{error.message} under a checkpoint, which is looked at on its own") from None


def _meets_kink(*inputs: Any, part: Any, memo: Any) -> bool:
    """Asked going forward; on the way back the part's own gradient looks at them."""
    root = part([Variable(value_of(x)) for x in inputs])
    return type(root) is Variable and any(node.decided or at_kink(node) for node in nodes(root))


CHECKPOINT = row(
    _again,
    lambda i, g, out, *inputs, part, memo: _adjoint(i, g, inputs, part, memo),
    variadic=True,
    edge=_meets_kink,
    name="checkpoint",
)
