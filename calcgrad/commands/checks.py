"""check: three methods against each other, or a claimed derivative against the truth.

check("x**2", "2*x").verdict        # "equal"
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from calcgrad import results
from calcgrad.errors import UsageError
from calcgrad.parts.values import DIGITS, check_digits, scalar_point, silent
from calcgrad.questions import At, Note, Question, read


def check(
    expr: str,
    claim: str | None = None,
    *,
    at: At = None,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    digits: int = DIGITS,
    tol: float | None = None,
    py: str | None = None,
    files: bool = True,
    note: Note = silent,
) -> results.Check:
    """Three methods against each other, or a claimed derivative against the truth.

    With ``py`` both are functions in that Python file, which is run.
    """
    check_digits(digits)
    if tol is not None and not 0 < tol < 1:
        raise UsageError("--tol must lie between 0 and 1", hint="--tol 1e-9")
    if py is not None:
        from calcgrad.check.handwritten import check_program

        return check_program(expr, claim, py, at=at, var=var, let=let, tol=tol, files=files)
    from calcgrad.check.claims import claim as compared
    from calcgrad.check.methods import methods

    question = read(expr, at=at, var=var, let=let, files=files, note=note)
    name = _one_name(question)
    point = scalar_point(question, (name,))
    if point and name not in point:
        raise UsageError(f"no value for {name}", hint=f"--at {name}=1", code="missing-variable")
    if claim is not None:
        claimed = read(claim, var=var, let=let, extra=[*question.names, *point], files=files)
        found = compared(question, claimed, name, point, tol)
        if found.domain:
            note(found.domain)
        return found
    return methods(question, name, point if at is not None else None, digits, tol)


def _one_name(question: Question) -> str:
    names = question.differentiated("check")
    if len(names) > 1:
        raise UsageError("check takes one variable", hint=f"--var {names[0]}")
    return names[0]
