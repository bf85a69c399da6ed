"""One function for each subcommand: text in, a result out; no terminal anywhere.

    diff("3*x**2-4*x", at="1").value.exact        # "2"

Each loads only the engine it needs. Errors are CalcgradError; a "no" and "undecided" are results.
"""

from typing import Any

from calcgrad import results
from calcgrad.commands.checks import Grader, check
from calcgrad.commands.derivatives import diff
from calcgrad.commands.expansions import series
from calcgrad.commands.gradients import accumulate, grad
from calcgrad.commands.language import functions
from calcgrad.commands.limits import limit
from calcgrad.commands.plots import plot
from calcgrad.commands.sensitivities import along, sensitivity
from calcgrad.commands.studies import study
from calcgrad.commands.totals import total
from calcgrad.drawing.approaches import check_picture, limit_picture
from calcgrad.drawing.studies import study_picture
from calcgrad.parts.values import DIGITS


def _lines(result: Any, **options: Any) -> list[str]:
    from calcgrad import render

    return render.lines(result, **options)


results.Answer.lines = staticmethod(_lines)  # so that an answer can be printed

__all__ = [
    "DIGITS", "Grader", "accumulate", "along", "check", "check_picture", "diff", "functions", "grad", "limit",
    "limit_picture", "plot", "sensitivity", "series", "study", "study_picture", "total",
]  # fmt: skip
