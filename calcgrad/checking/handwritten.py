"""check --py: a gradient written by hand, or automatic differentiation itself, against differences.

check_program("loss", "loss_grad", "model.py", at="w=[1,2]", ...).verdict        # "agree"

Numbers at one point are no proof: the verdict is "agree", never "equal".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from calcgrad import results
from calcgrad.decimals import float_text
from calcgrad.errors import CalcgradError, NotDifferentiable, TooLarge, UndecidedError, UsageError
from calcgrad.parts.work import Work, finite, plain, program
from calcgrad.questions import At

_TOLERANCE = 1e-9  # of a component, relative; rounding relative to the largest component is allowed on top
_ROUNDING = 1e-13


def check_program(
    name: str,
    claim: str | None,
    file: str,
    *,
    at: At,
    var: str | Sequence[str] | None,
    let: Iterable[str],
    tol: float | None,
    files: bool,
) -> results.Check:
    """The gradient that ``claim`` computes against reverse mode; without a claim, reverse mode against differences.

    A component that differs is settled by differences of the function itself, so that a claim is called
    different only where two methods say so. Raises UsageError as ``grad --py`` does.
    """
    from calcgrad.autodiff import check_grad, grad

    if at is None:
        raise UsageError("check --py needs a point", hint="--at w=[1,2]", code="missing-variable")
    work = program(name, file, at=at, var=var, let=let, files=files)
    value = plain(work.function(work.variables()))
    if getattr(value, "shape", ()):
        raise UsageError(
            f"check --py needs one number; {work.text} gives shape {value.shape}", hint="return np.sum(...)"
        )
    names = work.names
    f = work.of(names)
    point = [work.values[each] for each in names]
    try:
        truth = dict(zip(names, grad(f, range(len(names)))(*point), strict=True))
        if claim is None:
            check_grad(lambda parts: f(*parts), tuple(point), order=1, tolerance=tol or 1e-6)
    except NotDifferentiable as error:
        if error.kind == "no-rule":
            raise
        why = f"there is no gradient: {error.message} at {work.place}"
        return results.Check(work.text, "different" if claim else "disagree", claim, why=why)
    except TooLarge:
        raise
    except UndecidedError as error:
        return results.Check(work.text, "undecided", claim, why=f"{error.message} at {work.place}")
    except CalcgradError as error:
        if error.code != "differs":
            raise
        return results.Check(work.text, "disagree", why=error.message)
    if claim is None:
        return results.Check(
            work.text, "agree", why=f"automatic differentiation and differences at {work.place}"
        )
    claimed = _claimed(program(claim, file, at=at, var=var, let=let, files=files), names, truth)
    return _compared(work, f, point, truth, claimed, claim, tol or _TOLERANCE)


def _claimed(claim: Work, names: Sequence[str], truth: Mapping[str, Any]) -> dict[str, Any]:
    """What the user's gradient function returns, by name: an array for one name, a tuple or a dict for several."""
    import numpy as np

    found: Any = claim.function.raw(claim.values)  # type: ignore[attr-defined]
    if not isinstance(found, dict):
        if len(names) > 1 and not (isinstance(found, tuple | list) and len(found) == len(names)):
            raise UsageError(
                f"{claim.text} must return the gradients by {', '.join(names)}",
                hint="return them as a tuple in that order, or as a dict by name",
            )
        found = dict(zip(names, found if len(names) > 1 else [found], strict=True))
    made = {}
    for name in names:
        if name not in found:
            raise UsageError(f"{claim.text} returns nothing for {name}", hint="return a dict with every name")
        try:
            made[name] = np.asarray(found[name], dtype=float)
        except (TypeError, ValueError):
            raise UsageError(f"{claim.text} returns no numbers for {name}", hint="return arrays") from None
        if made[name].shape != np.shape(truth[name]):
            raise UsageError(
                f"{claim.text} returns shape {made[name].shape} for {name}, which has {np.shape(truth[name])}",
                hint="a gradient has the shape of what it is by",
                code="shape",
            )
    return made


def _compared(
    work: Work,
    f: Callable[..., Any],
    point: Sequence[Any],
    truth: Mapping[str, Any],
    claimed: Mapping[str, Any],
    claim: str,
    tolerance: float,
) -> results.Check:
    import numpy as np

    largest = max((float(np.max(np.abs(each), initial=0.0)) for each in truth.values()), default=0.0)
    worst: tuple[float, str, tuple[int, ...]] = (1.0, "", ())
    for name, slope in truth.items():
        ours, given = np.asarray(slope), claimed[name]
        allowed = tolerance * np.maximum(np.abs(ours), np.abs(given)) + _ROUNDING * largest
        with np.errstate(all="ignore"):
            excess = np.where(ours == given, 0.0, np.abs(ours - given) / allowed)
        excess = np.where(np.isnan(excess), np.inf, excess)
        if excess.size and excess.max() > worst[0]:
            place = np.unravel_index(int(excess.argmax()), excess.shape)
            worst = (float(excess.max()), name, tuple(int(i) for i in place))
    _, name, index = worst
    if not name:
        return results.Check(work.text, "agree", claim, why=f"at {work.place}")
    component = name + (f"[{','.join(map(str, index))}]" if index else "")
    mine, theirs = float(np.asarray(truth[name])[index]), float(claimed[name][index])
    shown = {"component": component, "derivative": float_text(mine, 15), "claim": float_text(theirs, 15)}
    why = f"{component}: {shown['derivative']} by automatic differentiation, the claim gives {shown['claim']}"
    side = _difference_says(f, point, work.names.index(name), index, mine, theirs)
    if side is None:
        return results.Check(
            work.text,
            "undecided",
            claim,
            counterexample=shown,
            why=f"{why}; differences are too rough to tell",
        )
    return results.Check(work.text, "different", claim, counterexample=shown, why=why)


def _difference_says(
    f: Callable[..., Any],
    point: Sequence[Any],
    which: int,
    index: tuple[int, ...],
    mine: float,
    theirs: float,
) -> bool | None:
    """Do differences of f side with automatic differentiation? None where they cannot tell the two apart."""
    import numpy as np

    if not np.isfinite(theirs):
        return True
    center = float(np.asarray(point[which])[index])
    estimates = []
    for step in (1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
        h = step * max(1.0, abs(center))
        ends = []
        for sign in (-1.0, 1.0):
            moved = np.array(point[which], dtype=float)
            moved[index] = center + sign * h
            parts = [moved if i == which and moved.shape else float(moved) if i == which else each
                     for i, each in enumerate(point)]  # fmt: skip
            ends.append(float(np.asarray(plain(f(*parts)))))
        estimates.append((ends[1] - ends[0]) / (2 * h))
    gaps = [abs(each - mine) for each in estimates if finite(each)]
    return True if gaps and min(gaps) < 0.1 * abs(mine - theirs) else None
