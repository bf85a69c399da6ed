"""Expressions as functions of arrays: values, slopes and special places, for pictures.

values(root, ["x"])(x)          # float64, nan where the expression is not real or not defined
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from calcgrad.autodiff import Variable, gradient
from calcgrad.autodiff.expressions import evaluate
from calcgrad.errors import NotDifferentiable, UndecidedError
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Call, Name, Node, Number, postorder, substitute, variables

_MOST_SPLITS = 400  # gradients of parts of an array, when it holds kinks


def values(root: Node, names: Sequence[str]) -> Callable[..., Any]:
    """The expression as a function of one array for each name.

    NumPy alone would go on where there is no value: its atan(1/0) is pi/2.
    """
    order = postorder(root)

    def function(*arrays: Any) -> Any:
        with np.errstate(all="ignore"):
            seen: dict[Node, Any] = {}
            found = evaluate(root, dict(zip(names, arrays, strict=True)), seen)
            outside = _outside(order, seen)
            made = np.broadcast_to(np.asarray(found, dtype=float), arrays[0].shape)
            return made if outside is False else np.where(outside, np.nan, made)

    return function


def _outside(order: Sequence[Node], seen: Mapping[Node, Any]) -> Any:
    """Where some function is outside its domain, the branches that are not taken left out."""
    outside: dict[Node, Any] = {}
    for node in order:
        gone: Any = False
        if isinstance(node, Call) and node.function == "Piecewise":
            for value, condition in zip(node.args[-2::-2], node.args[::-2], strict=True):
                there = seen[condition]
                if outside[value] is not False or gone is not False:
                    gone = np.where(there, outside[value], gone)
                if outside[condition] is not False:
                    gone = gone | outside[condition]
        elif isinstance(node, Call):
            for arg in node.args:
                if outside[arg] is not False:
                    gone = gone | outside[arg]
            domain = _condition(node.function, "domain")
            if domain is not None:
                inside = evaluate(domain, dict(zip(ROWS[node.function].parameters, map(seen.get, node.args))))
                if not np.all(inside):
                    gone = gone | ~np.asarray(inside)
        outside[node] = gone
    return outside[order[-1]]


@cache
def _condition(name: str, column: str) -> Node | None:
    """The domain or the kinks of a function, as a condition on its parameters."""
    words = getattr(ROWS.get(name), column, "")
    return parse(words, condition=True).node if words else None


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


_MOST_SPECIALS = 30
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


def specials(root: Node, name: str) -> tuple[tuple[Callable[..., Any], bool], ...]:
    """Functions that are 0 where the expression may have a hole, a jump or a value all by itself.

    They are the differences in the catalogue's conditions: x - 1 for log(x)/(x - 1) and x itself. With each, whether
    the expression has no value there, be it that the nearest double has one: x/sin(x) at pi.
    """
    found: dict[Node, bool] = {}
    calls = [node for node in postorder(root) if isinstance(node, Call) and not _is_plain_power(node)]
    branches = any(call.function == "Piecewise" for call in calls)
    for column in ("domain", "kinks"):
        for call in calls:
            condition = _condition(call.function, column)
            if condition is None or not variables(call):
                continue
            given = dict(zip(map(Name, ROWS[call.function].parameters), call.args))
            for each in postorder(condition):
                if isinstance(each, Call) and each.function in _COMPARISONS:
                    difference = substitute(Call("-", each.args), given)
                    if set(variables(difference)) == {name}:
                        strict = (
                            each is condition and column == "domain" and each.function in ("<", ">", "!=")
                        )
                        found[difference] = found.get(difference, False) or (strict and not branches)
    return tuple((values(each, [name]), gone) for each, gone in list(found.items())[:_MOST_SPECIALS])


def _is_plain_power(node: Call) -> bool:
    """Whether this is a power that is defined everywhere, such as x**2."""
    exponent = node.args[-1]
    return (
        node.function == "**"
        and isinstance(exponent, Number)
        and exponent.value == int(exponent.value)
        and exponent.value > 0
    )
