"""What a user wants to hear at a corner and at the edge of a domain.

with at_kinks("subgradient"):
    gradient(abs(x), targets=[x])  # at 0: a slope of one of its branches, instead of an error
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from calcgrad.errors import NotDifferentiable, TooLarge, UsageError

_policy: ContextVar[str] = ContextVar("calcgrad_kinks", default="report")
_edges: ContextVar[str] = ContextVar("calcgrad_edges", default="report")


@contextmanager
def _held(asked: ContextVar[str], policy: str) -> Iterator[None]:
    token = asked.set(policy)
    try:
        yield
    finally:
        asked.reset(token)


@contextmanager
def at_kinks(policy: str) -> Iterator[None]:
    """Inside ``with at_kinks("subgradient")`` a corner has the slope of one of its branches, as in PyTorch.

    "report", the default, raises instead. Infinite slopes and values that do not exist are raised always.
    Raises UsageError for another word.
    """
    if policy not in ("report", "subgradient"):
        raise UsageError(f"at a kink one can 'report' or take a 'subgradient', not {policy!r}")
    with _held(_policy, policy):
        yield


@contextmanager
def at_edges(policy: str) -> Iterator[None]:
    """Inside ``with at_edges("nan")`` a gradient where there is no number, or none just beside, is NaN.

    A line search may step out of a domain and come back. "report", the default, raises instead. Raises UsageError for
    another word.
    """
    if policy not in ("report", "nan"):
        raise UsageError(f"at an edge one can 'report' or answer 'nan', not {policy!r}")
    with _held(_edges, policy):
        yield


def takes_subgradients() -> bool:
    """Has the user asked for the slope of one branch at a corner?"""
    return _policy.get() == "subgradient"


def answers_nan() -> bool:
    """Has the user asked for NaN where there is no number?"""
    return _edges.get() == "nan"


def excused(error: Exception) -> bool:
    """Has the user asked for NaN instead of this error?"""
    outside = isinstance(error, TooLarge) or (isinstance(error, NotDifferentiable) and error.kind in _OUTSIDE)
    return answers_nan() and outside


_OUTSIDE = ("undefined", "not-real", "vertical-tangent")
