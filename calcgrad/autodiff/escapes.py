"""Who asks a Variable for a plain number: ``float(x)`` may, ``math.sin(x)`` and ``array[0] = x`` may not.

    refuse_escape()   # in __float__: raises if the number would be computed with, and the derivative lost

Python converts silently whatever has a ``__float__``, and a number that has left the graph makes a gradient wrong
without a sign. So the instruction that asks is looked at: storing into a plain array and the functions of ``math``,
``cmath`` and NumPy are refused by name; everything else is an explicit wish.
"""

from __future__ import annotations

import dis
import sys
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any, NoReturn

import numpy as np

from calcgrad.autodiff.rules import REFUSED
from calcgrad.errors import NotDifferentiable

_MODULES = ("math", "cmath", "numpy")
_ASKING_ONLY = {
    "isnan",
    "isinf",
    "isfinite",
    "isclose",
    "float64",
    "float32",
}  # their result has no derivative


def refuse_escape() -> None:
    """Raise NotDifferentiable if the caller of the caller would lose a derivative without a sign."""
    frame = sys._getframe(2)
    within = frame.f_globals.get("__name__", "")
    if within.partition(".")[0] == "numpy":
        name = frame.f_code.co_name.lstrip("_")
        _raise(
            f"numpy's {name}", "takes plain numbers here", "give it Variables only, or write it as arithmetic"
        )
    operation, path = _instruction(frame.f_code, frame.f_lasti)
    if operation.startswith("STORE_SUBSCR"):
        _raise("an assignment", "into a plain array", "collect the parts in a list, and np.stack them")
    if path:
        function = _resolved(frame, path)
        module, name = getattr(function, "__module__", None) or "", getattr(function, "__name__", "")
        holder = getattr(function, "__self__", None)
        unknown_method = function is None and len(path) > 1 and path[-1] in vars(np.ndarray)
        if unknown_method or type(holder).__module__.partition(".")[0] == "numpy":
            _raise(
                ".".join(path[-2:]),
                "takes plain numbers",
                "give it Variables only, or write it as arithmetic",
            )
        if module.partition(".")[0] in _MODULES and name not in _ASKING_ONLY:
            hint = "use a loop and np.stack" if module == "numpy" else _recorded(name)
            _raise(f"{module}.{name}", "takes plain numbers", hint)


_NUMPYS = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh",
    "atanh": "arctanh", "pow": "power", "fsum": "sum",
}  # fmt: skip
_OURS = {"lgamma": "loggamma", "comb": "binomial"}


def _recorded(name: str) -> str:
    """What to use instead of the function of that name in ``math``, which need not mean the same in NumPy."""
    from calcgrad.autodiff import functions

    numpys, ours = getattr(np, _NUMPYS.get(name, name), None), _OURS.get(name, name)
    if numpys is not None and numpys not in REFUSED and name != "remainder":
        return f"np.{_NUMPYS.get(name, name)} records itself"
    if hasattr(functions, ours):
        return f"calcgrad.autodiff.functions.{ours} records itself"
    return "write it as arithmetic"


def _raise(function: str, what: str, hint: str) -> NoReturn:
    raise NotDifferentiable(
        f"{function} {what}: the derivative would be lost", function=function, kind="no-rule", hint=hint
    )


@lru_cache(maxsize=1024)
def _instruction(code: CodeType, offset: int) -> tuple[str, tuple[str, ...]]:
    """The operation at that offset and, of a call, the dotted name that is called, as far as there is one."""
    before: list[Any] = []
    for instruction in dis.get_instructions(code):
        if instruction.offset == offset:
            break
        before.append(instruction)
    else:
        return "", ()
    if not instruction.opname.startswith("CALL"):
        return instruction.opname, ()
    here = getattr(instruction, "positions", None)
    if here is None or here.col_offset is None:
        return instruction.opname, ()
    path = []
    for one in before:  # what is called is loaded first, and starts where the call starts
        start = one.positions and (one.positions.lineno, one.positions.col_offset)
        if (
            start == (here.lineno, here.col_offset)
            and one.opname.startswith("LOAD_")
            and type(one.argval) is str
        ):
            path.append(one.argval)
    return instruction.opname, tuple(path)


def _resolved(frame: FrameType, path: tuple[str, ...]) -> Any:
    first, *rest = path
    for names in (frame.f_locals, frame.f_globals, frame.f_builtins):
        if first in names:
            found = names[first]
            for name in rest:
                found = getattr(found, name, None)
            return found
    return None
