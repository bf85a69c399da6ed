"""Reverse mode: the derivative of a result by whatever it was made of.

    x = Variable(3.0)
    gradient(x * x, targets=[x])  # [6.0]

``gradient`` walks back (``walk.py``); anything that smells of a kink (a corner, a jump, a division by zero) is handed
to ``kinks.py``, which decides exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from calcgrad.autodiff.escapes import require_kept
from calcgrad.autodiff.kinks import settle
from calcgrad.autodiff.policies import answers_nan, excused
from calcgrad.autodiff.undefined import require_finite, require_not_vanished
from calcgrad.autodiff.variable import ABOVE, Variable, require_current
from calcgrad.autodiff.walk import Walk, finite, first_of, leaves, nodes_since, unit_seeds
from calcgrad.errors import NotDifferentiable, TooLarge, UsageError


def gradient(
    root: Variable, seed: Any = None, targets: Sequence[Variable] = (), *, record: bool = False
) -> list[Any]:
    """The adjoints of ``targets``: the derivative of sum(seed * root) with respect to each of them.

    ``targets`` may be any Variables, leaves or intermediate results; one that ``root`` does not depend on
    gets zeros. Each adjoint has its target's shape: a float for a float, an array of its own otherwise.
    With ``record`` the adjoints are Variables, which can be differentiated again.

    Raises UsageError for an array without a seed or a seed of another shape; NotDifferentiable where there
    is no derivative at this point; UndecidedError where that could not be settled.
    """
    return gradient_over(nodes_since(root, first_of(targets))[0], seed, targets, record=record)


def gradient_over(
    order: list[Variable], seed: Any, targets: Sequence[Variable], *, record: bool = False
) -> list[Any]:
    """``gradient`` of the first of these nodes, which ``nodes`` has found already."""
    root = order[0]
    require_current(root)
    require_kept(root, targets)
    plain = seed is None
    seed = _seed(root, seed)
    try:
        if not finite(root.value):
            if answers_nan():
                return _missing(targets, record)
            require_finite(root)
            _require_number(root, seed)
        if type(seed) is Variable and _is_singular(order, targets):
            rows = [gradient_over(order, unit, targets, record=True) for unit in unit_seeds(root)]
            return [sum(g * part for g, part in zip(seed.flat, parts)) for parts in zip(*rows)]
        walk = Walk(root, seed, order, targets, record=record)
        adjoints = walk.run()
        if walk.suspicious or not all(finite(a) for a in adjoints):
            order = ABOVE.unfolded(order)
            adjoints = settle(root, seed, order, targets, adjoints, record=record)
    except (NotDifferentiable, TooLarge) as error:
        if not excused(error):
            if isinstance(error, NotDifferentiable) and error.kind != "no-rule":
                require_not_vanished(order, error)
            raise
        return _missing(targets, record)
    if record and plain and any(hasattr(node, "escaped") for node in order):
        _mark_derived(adjoints, order)
    return adjoints


def _is_singular(order: list[Variable], targets: Sequence[Variable]) -> bool:
    """Is there a result of no, or of a hidden derivative? A seed that is zero here and moves would not tell."""
    root = order[0]
    walk = Walk(root, _seed(root, np.ones(root.shape)), order, targets)
    return not all(map(finite, walk.run())) or walk.suspicious


def _require_number(root: Variable, seed: Any) -> None:
    """A NaN may have come into the result as a constant, where nothing is to be blamed."""
    asked = np.isnan(root.value) & np.not_equal(seed.value if type(seed) is Variable else seed, 0.0)
    if np.any(asked):
        raise NotDifferentiable("the result is not a number here", kind="undefined")


def _missing(targets: Sequence[Variable], record: bool) -> list[Any]:
    """NaN for each target, which is NaN again when it is differentiated."""
    found = [np.full(x.shape, np.nan, x.dtype) if x.shape else math.nan for x in targets]
    return [x * nan for x, nan in zip(targets, found)] if record else found


def _mark_derived(adjoints: Sequence[Variable], order: list[Variable]) -> None:
    """Remember that these are made of nodes before them and of nothing else, no constant of the user's."""
    stack = [*adjoints]
    there = {node.number for node in order}
    while stack:
        node = stack.pop()
        if node.number not in there and not hasattr(node, "derived"):
            node.derived = True
            stack += [x for x in node.inputs if type(x) is Variable]


def _seed(root: Variable, seed: Any) -> Any:
    if seed is None:
        if root.size != 1:
            raise UsageError(
                f"the result has shape {root.shape}, not one number",
                hint="reduce it with sum(...), give a seed of that shape, or ask for a Jacobian",
            )
        return 1.0 if type(root.value) is float else np.ones(root.shape, root.dtype)
    if type(seed) is Variable:
        return seed
    if np.shape(seed) != root.shape:
        raise UsageError(f"the seed has shape {np.shape(seed)}, the result {root.shape}")
    if np.iscomplexobj(seed):
        raise UsageError("the seed is complex, the result is real", hint="its real part")
    return float(seed) if type(root.value) is float else np.array(seed, root.dtype)


def backward(root: Variable, seed: Any = None) -> None:
    """Add the derivative of root into the ``grad`` of every leaf that it depends on."""
    targets = leaves(root)
    for leaf, adjoint in zip(targets, gradient(root, seed, targets)):
        leaf.grad = adjoint if leaf.grad is None else leaf.grad + adjoint


ABOVE.backward = backward
