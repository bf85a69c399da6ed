"""Which of SciPy's functions was given a Variable that it cannot take, and what to write instead."""

from __future__ import annotations

import sys
from importlib import import_module
from types import FrameType

OURS = ("special", "linalg", "stats", "integrate", "signal")


def advice(frame: FrameType | None) -> str | None:
    """What to write, if this frame is code of SciPy's, or of NumPy's that it called; else None."""
    said = None
    while frame is not None and frame.f_globals.get("__name__", "").startswith("numpy."):
        frame = frame.f_back
    while frame is not None and frame.f_globals.get("__name__", "").startswith("scipy."):
        said = _public(frame) or said
        frame = frame.f_back
    if said is None:
        return None
    module, name = said
    lost = f"scipy.{module}.{name} takes plain arrays (the derivative of a Variable would be lost)"
    if module in OURS:
        found: object = import_module(f"calcgrad.autodiff.scipy.{module}")
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is not None:
            return f"{lost}; write calcgrad.autodiff.scipy.{module}.{name}, which has its name and arguments"
    return f"{lost}; write it in NumPy's functions, or make it a primitive with a rule of your own"


def _public(frame: FrameType) -> tuple[str, str] | None:
    """The module and the name by which a user calls what this frame runs, if a user does."""
    module, name = frame.f_globals["__name__"].split(".")[1], frame.f_code.co_name
    wrapped = frame.f_locals.get("f")
    if module == "_lib" and callable(wrapped):  # which takes many arrays one by one
        module, name = wrapped.__module__.split(".")[1], wrapped.__name__
    home = sys.modules.get(f"scipy.{module}")
    owner = frame.f_locals.get("self")
    if owner is not None and module == "stats" and not name.startswith("_"):
        return module, f"{getattr(owner, 'name', type(owner).__name__.removesuffix('_gen'))}.{name}"
    return (module, name) if not name.startswith("_") and callable(getattr(home, name, None)) else None
