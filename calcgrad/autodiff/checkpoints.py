"""Checkpoints: a part of a program whose inner values are computed again on the way back, instead of being kept.

    step = checkpoint(lambda x, w: np.tanh(w @ x))
    grad(lambda w: np.sum(step(step(x, w), w)))(w)    # keeps two results, and nothing between

Memory for time: the part runs twice, and the graph holds its arguments and its results only. Whether there is a
derivative at a kink only the whole program tells: a part that meets one stays in the graph as if it were unmarked, and
is put back into it where one may have been met on the way back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from calcgrad.autodiff.complexes import Complex
from calcgrad.autodiff.conditions import Condition, at_kink, stepped
from calcgrad.autodiff.constants import kept as as_it_is
from calcgrad.autodiff.constants import watched
from calcgrad.autodiff.dispatch import cast
from calcgrad.autodiff.escapes import require_kept
from calcgrad.autodiff.operators import leaves_of, rebuilt
from calcgrad.autodiff.rules import RULES, row
from calcgrad.autodiff.spans import leaves_domain
from calcgrad.autodiff.variable import ABOVE, Variable, numbers, record, require_current
from calcgrad.autodiff.walk import Walk, finite, first_of, nodes_since
from calcgrad.errors import UsageError


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

        # beside a step comparisons may fall otherwise, which only the whole graph tells
        if not variables or any(isinstance(leaf, _RECORDS) or stepped(leaf) for leaf in given):
            return run(variables)
        require_current(*variables)
        inner = [record(None, x.value, ()) for x in variables]
        first = next(numbers)
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
        params = {"part": part, "first": first, "memo": {}}
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
            if node.number not in seen and (
                node.decided or at_kink(node) or not finite(node.value) or np.any(leaves_domain(node))
            ):
                return True
            seen.add(node.number)
    return any(x.decided for x in inner)


def _value(inputs: Sequence[Any], part: Any, **_: Any) -> Any:
    return part([Variable(x) for x in inputs]).value


def unfolded(order: list[Variable]) -> list[Variable]:
    """These nodes, the latest first, with what is under checkpoints in its place among them."""
    folded = [node for node in order if node.row is CHECKPOINT]
    while folded:
        for node in folded:
            _unfold(node, node.params or {})
        order = nodes_since(order[0], order[-1].number)[0]
        folded = [node for node in order if node.row is CHECKPOINT]
    return order


def _unfold(node: Variable, params: dict[str, Any]) -> None:
    """Run the part again, keep its nodes, and give them the numbers that they had when it ran first."""
    again = next(numbers)
    root = params["part"](node.inputs)
    _require_same(root, node.value)
    made = nodes_since(root, again)[0] if root.number > again else []
    for each in made:
        each.number += params["first"] - again
        if each.row is CHECKPOINT:
            each.params["first"] += params["first"] - again  # type: ignore[index]
    if made and made[0].number >= node.number:
        raise _another()
    node.row, node.inputs, node.params, node.held = RULES[np.positive], (root,), None, None


def _adjoint(i: int, g: Any, out: Any, inputs: Sequence[Any], part: Any, memo: dict[str, Any]) -> Any:
    """The part recorded anew and differentiated by its inputs: once for all of them."""
    if memo.get("g") is not g:
        memo.update(g=g, adjoints=_adjoints(g, out, inputs, part))
    found = memo["adjoints"][i]
    if i == len(inputs) - 1:  # the last one asked for
        memo.clear()
    return found


def _adjoints(g: Any, out: Any, inputs: Sequence[Any], part: Any) -> list[Any]:
    """NaN where a kink may have been met: then the whole program is asked."""
    value = out.value if type(out) is Variable else out
    if not finite(value):
        return [np.full(np.shape(x), np.nan) for x in inputs]
    moving = [+x if type(x) is Variable else Variable(x) for x in inputs]
    root = part(moving)
    _require_same(root, value)
    recording = type(g) is Variable or any(type(x) is Variable for x in inputs)
    walk = Walk(root, g, nodes_since(root, first_of(moving))[0], moving, record=recording)
    adjoints = walk.run()
    if walk.suspicious or not all(map(finite, adjoints)):
        return [np.full(np.shape(x), np.nan) for x in inputs]
    return adjoints


def _require_same(root: Any, value: Any) -> None:
    if type(root) is not Variable or not _is_same(root.value, value):
        raise _another()


def _another() -> UsageError:
    return UsageError(
        "a function under checkpoint did not compute the same again",
        hint="pass what changes, as random numbers, as an argument",
    )


def _is_same(x: Any, y: Any) -> bool:
    """Are these equal, but for rounding?"""
    if np.shape(x) != np.shape(y):
        return False
    return np.array_equal(x, y) or np.allclose(x, y, rtol=np.finfo(np.result_type(x)).eps ** 0.5)


CHECKPOINT = row(
    _value,
    lambda i, g, out, *inputs, part, first, memo: _adjoint(i, g, out, inputs, part, memo),
    variadic=True,
    shallow=True,
    name="checkpoint",
)
ABOVE.unfolded = unfolded
