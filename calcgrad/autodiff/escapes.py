"""Numbers that left the graph: what may be made of them has no derivative.

require_kept(root, [x])   # raises if a constant came into root after something made of x was read as a plain number
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from calcgrad.autodiff.variable import Variable
from calcgrad.errors import NotDifferentiable, UndecidedError


def require_kept(root: Any, variables: Iterable[Variable], f: str = "") -> None:
    """Raise if root may be made of one of these in a way that the graph does not know.

    Python turns a Variable into a plain number wherever C code asks for one: in ``float``, in ``math``, where it is
    put into a plain array. That number may be printed and stored; but a constant that is recorded later may be it.
    """
    for v in variables:
        if hasattr(v, "escaped") and (type(root) is not Variable or _meets_constant(root, v)):
            raise NotDifferentiable(
                f"{f or 'the result'} was computed after its argument had been read as a plain number "
                f"(float() or the like, {v.escaped[1]}): the derivative would be lost",
                kind="no-rule",
                hint="np.sin records itself where math.sin cannot, np.stack collects parts, a Variable can be "
                "compared and formatted as it is, and detach(x) means a constant",
            )
        if v.decided and type(root) is not Variable:
            raise UndecidedError("a comparison was decided exactly at its boundary")


def _meets_constant(root: Variable, escaped: Variable) -> bool:
    """Is there a constant in what root was made of since a value that depends on that Variable was read?"""
    since = escaped.escaped[0]
    seen = {root.number}
    stack = [root] if root.number > since else []
    while stack:
        node = stack.pop()
        there = (*node.inputs, *(node.params or {}).values())
        held = any(isinstance(x, float | np.ndarray) or callable(x) for x in there if type(x) is not Variable)
        if not hasattr(node, "derived") and (held or (node.row is None and node is not escaped)):
            return True
        for x in node.inputs:
            if type(x) is Variable and x.number > since and x.number not in seen:
                seen.add(x.number)
                stack.append(x)
    return False
