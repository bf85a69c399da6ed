"""Expressions as functions of arrays: values, slopes and divisors, for pictures.

values(root, ["x"])(x)          # float64, nan where the expression is not real
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from calcgrad.autodiff import Variable, gradient
from calcgrad.autodiff.expressions import evaluate
from calcgrad.errors import NotDifferentiable, UndecidedError
from calcgrad.expression.tree import Call, Node, postorder, variables

_MOST_SPLITS = 400  # gradients of parts of an array, when it holds kinks


def values(root: Node, names: Sequence[str]) -> Callable[..., Any]:
    """The expression as a function of one array for each name."""

    def function(*arrays: Any) -> Any:
        with np.errstate(all="ignore"):
            found = evaluate(root, dict(zip(names, arrays, strict=True)))
            return np.broadcast_to(np.asarray(found, dtype=float), arrays[0].shape)

    return function


def slopes(root: Node, names: Sequence[str]) -> Callable[..., tuple[Any, ...]]:
    """The partial derivatives as a function of one array for each name; nan where there is none."""
    value = values(root, names)

    def function(*arrays: Any) -> tuple[Any, ...]:
        flat = [np.ravel(each) for each in arrays]
        made = [np.full(flat[0].shape, np.nan) for _ in names]
        waiting = [np.flatnonzero(np.isfinite(value(*flat)))]
        for _ in range(_MOST_SPLITS):
            if not waiting:
                break
            part = waiting.pop()
            if not part.size:
                continue
            inputs = [Variable(each[part]) for each in flat]
            output = evaluate(root, dict(zip(names, inputs, strict=True)))
            if not isinstance(output, Variable):
                found: list[Any] = [0.0] * len(names)
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

    return function


def divisors(root: Node, name: str) -> tuple[Callable[..., Any], ...]:
    """What the expression divides by or takes the logarithm of: where it is 0 there may be a hole."""
    found: dict[Node, None] = {}
    for node in postorder(root):
        if isinstance(node, Call):
            first, *rest = node.args
            if node.function == "/":
                found[rest[0]] = None
            elif node.function == "log" or (node.function == "**" and _negative(rest[0])):
                found[first] = None
    return tuple(values(each, [name]) for each in list(found)[:20] if set(variables(each)) == {name})


def _negative(node: Node) -> bool:
    return isinstance(node, Call) and node.function == "neg"
