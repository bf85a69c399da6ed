"""Three methods against each other, and a claim against the truth.

    methods(question, "x", point, 10, None).verdict      # "agree"

The symbolic derivative, reverse-mode differentiation and finite differences in high precision share no
rule for derivatives, so their agreement means something. A method with nothing to say never counts as
agreement, and points alone never prove a claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from math import floor, isfinite, log10
from typing import Any

from calcgrad.autodiff import Variable, gradient
from calcgrad.autodiff.expressions import evaluate
from calcgrad.budget import attempt
from calcgrad.calculus import (
    derivatives,
    domains,
    forms,
    kinks,
    numeric,
    points,
    symbolic,
)
from calcgrad.calculus.equality.quotients import Slopes, scale, slopes
from calcgrad.errors import NotDifferentiable, UndecidedError, UsageError
from calcgrad.expression.arrays import scalarize
from calcgrad.expression.tree import (
    INFINITY,
    Call,
    Name,
    Node,
    names_in,
    postorder,
    rational,
    substitute,
    text,
)
from calcgrad.questions import Question, put_in
from calcgrad.results import Agreement, Check, Opinion

PLACES = [
    Fraction(each)
    for each in (
        "0",
        "1",
        "-1",
        "2",
        "1/2",
        "-2",
        "3",
        "-1/2",
        "1/3",
        "-3",
        "10",
        "7/5",
        "-10",
        "1/10",
        "5/2",
        "100",
    )
]
_DOUBLE = 15  # digits
_SHOWN = 3  # points chosen where none is given
TOLERANCE = 1e-9  # of doubles against each other
_RESOLVED = 1e-6  # of a slope, below which a corner is not left to doubles
_SILENT = Opinion("-")
_NONE = Opinion("none")
SHARE = 0.6  # of the time that is left, for one method or a proof


def methods(
    question: Question, name: str, point: dict[str, Node] | None, digits: int, tol: float | None
) -> Check:
    """Symbolic, automatic and numeric value of the derivative at ``point``, or at three that are chosen."""
    root = scalarize(question.tree)
    names = tuple(question.names) or (name,)
    if INFINITY in postorder(root):
        return Check(question.text, "undecided", why="oo is not a number, so f has no value", names=names)
    gone = domains.nowhere(root)
    formula = derivatives.Derivative(None) if gone else derivatives.derivative(root, [name])
    others = [each for each in question.names if each != name]
    tolerance = tol or TOLERANCE
    if point is not None:
        missing = [each for each in [name, *others] if each not in point]
        if missing:
            raise UsageError(
                f"no value for {', '.join(missing)}", hint="--at " + ",".join(f"{each}=1" for each in missing),
                code="missing-variable",
            )  # fmt: skip
        found = [_compare(root, name, point, formula, digits, tolerance)]
    else:
        found = []
        for place in _points([name, *others]):
            if any(kinks.truth(put_in(each, place)) is False for each in question.assumed):
                continue
            if isinstance(symbolic.evaluate(put_in(root, place)), Fraction | numeric.Ball):
                one = _compare(root, name, place, formula, digits, tolerance)
                if one.exists:
                    found.append(one)
            if len(found) == _SHOWN:
                break
        if not found:
            why = "f has no derivative at any of the points that were tried"
            return Check(question.text, "undecided", why=why, names=names)
    verdicts = [one.verdict for one in found]
    verdict = next(each for each in ("disagree", "undecided", "agree") if each in verdicts)
    whys = [next(one.why for one in found if one.verdict == verdict), *(one.late for one in found)]
    why = "; ".join(dict.fromkeys(filter(None, whys)))
    return Check(
        question.text,
        verdict,
        points=tuple(found),
        why=why,
        chosen=point is None,
        names=names,
        assumed=question.premises,
    )


def _points(names: Sequence[str]) -> Iterator[dict[str, Node]]:
    """Simple points: the first name takes each place, the others places further on."""
    order = [*PLACES[1:], PLACES[0]]
    for index, place in enumerate(order):
        yield {
            name: rational(place if position == 0 else order[(index + 2 * position + 1) % len(order)])
            for position, name in enumerate(names)
        }


def _compare(
    root: Node,
    name: str,
    point: dict[str, Node],
    formula: derivatives.Derivative,
    digits: int,
    tolerance: float,
) -> Agreement:
    answer = attempt(lambda: points.at_point(root, [name], point, formula), SHARE)
    line = put_in(root, {each: place for each, place in point.items() if each != name})
    quotients = attempt(lambda: slopes(line, name, point[name]), SHARE)
    found = _compared(root, name, point, formula, digits, tolerance, answer, quotients or Slopes(""))
    late = [what for what, one in (("symbolic", answer), ("numeric", quotients)) if one is None]
    return replace(found, late=f"there was no time for the {' and the '.join(late)} method" if late else "")


def _compared(
    root: Node,
    name: str,
    point: dict[str, Node],
    formula: derivatives.Derivative,
    digits: int,
    tolerance: float,
    answer: points.AtPoint | None,
    quotients: Slopes,
) -> Agreement:
    at = {each: text(place) for each, place in point.items()}
    line = put_in(root, {each: place for each, place in point.items() if each != name})
    automatic, computed = _automatic(root, name, point, formula.tree)
    if _is_beyond_doubles(automatic, answer, quotients, put_in(line, point)):
        automatic = _SILENT
    opinions = (_SILENT if answer is None else _symbolic(answer, digits), automatic, _numeric(quotients))
    statuses = {each.status for each in opinions} - {"-"}
    if len([each for each in opinions if each.status != "-"]) < 2:
        return Agreement(at, *opinions, "undecided", True, "only one method has an answer")
    if statuses == {"none"}:
        return Agreement(at, *opinions, "agree", False, "there is no derivative here")
    if statuses == {"none", "value"}:
        return Agreement(
            at, *opinions, "disagree", False, "the methods differ on whether there is a derivative"
        )
    known = [each.number for each in opinions if each.number is not None]
    if len(known) < 2:
        exact = None if answer is None else _exact(answer)
        if exact is None or quotients.value is None:
            return Agreement(at, *opinions, "undecided", True, "the values are too large for doubles")
        if abs(exact / quotients.value - 1) > tolerance:
            return Agreement(at, *opinions, "disagree", True, "they differ beyond the range of doubles")
        return Agreement(at, *opinions, "agree", True)
    values = [computed, *_values(root, point)]
    for what, numbers in (("", known), (" on f itself", [each for each in values if each is not None])):
        apart = max(numbers, default=0.0) - min(numbers, default=0.0)
        if apart > tolerance * max([1.0, *(abs(each) for each in numbers)]):
            return Agreement(at, *opinions, "disagree", True, f"they differ{what} by {apart:.1e}")
    common = [_common(each) for each in (known, [v for v in values if v is not None]) if len(each) > 1]
    agreed = min(common)
    return Agreement(at, *opinions, "agree", True, digits=agreed, value=computed)


def _numeric(quotients: Slopes) -> Opinion:
    if quotients.status != "value":
        return _NONE if quotients.status else _SILENT
    return Opinion("value", numeric.to_float(numeric.Ball(quotients.value, numeric.mp.zero)))


def _is_beyond_doubles(
    automatic: Opinion, answer: points.AtPoint | None, quotients: Slopes, here: Node
) -> bool:
    """Is there a slope, a corner, a jump or a steep place at the point that sixteen digits cannot show?"""
    if automatic.status == "none":
        return quotients.status == "value" and _numeric(quotients).number is None
    if automatic.number is None:
        return False
    sides = [(quotients.left, quotients.right)] if quotients.status == "none" else []
    if answer is not None and answer.reason and answer.reason != "undecided":
        sides.append((_float(answer.left), _float(answer.right)))
    for pair in sides:
        if None not in pair:
            largest = max(1, *(abs(each) for each in pair))
            if all(abs(each - automatic.number) <= _RESOLVED * largest for each in pair):
                return True
    size = scale(here)
    return bool(sides) and (size is None or size >= -log10(_RESOLVED))


def _values(root: Node, point: dict[str, Node]) -> list[float | None]:
    """f at the point by SymPy, and in high precision."""
    here = put_in(root, point)
    exact: numeric.Value = numeric.UNSETTLED
    with suppress(*symbolic.ALL_FAILURES):
        exact = symbolic.evaluate(symbolic.from_sympy(symbolic.to_sympy(here)))
    found = (exact, symbolic.evaluate(here))
    return [numeric.to_float(each) if isinstance(each, Fraction | numeric.Ball) else None for each in found]


def _common(numbers: list[float]) -> int:
    """To how many significant digits the numbers agree, of the 15 that doubles have."""
    largest, apart = max(abs(each) for each in numbers), max(numbers) - min(numbers)
    return _DOUBLE if apart == 0 else max(0, min(_DOUBLE, floor(-log10(apart / max(largest, apart)))))


def _float(value: Any) -> float | None:
    """An exact slope as a double; None for one that is not finite, or not known."""
    tree = None if value is None or value.is_infinite else forms.value_tree(value)
    number = None if tree is None else symbolic.evaluate(tree, 20)
    return numeric.to_float(number) if isinstance(number, Fraction | numeric.Ball) else None


def _exact(answer: points.AtPoint) -> Any:
    """The exact slope in high precision; None where it is not known, or 0."""
    tree = None if answer.value is None else forms.value_tree(answer.value)
    number = None if tree is None else symbolic.evaluate(tree, 20)
    if not isinstance(number, Fraction | numeric.Ball) or not numeric.sign(number):
        return None
    return numeric.as_mpf(number, 20)


def _symbolic(answer: points.AtPoint, digits: int) -> Opinion:
    if answer.reason == "undecided":
        return _SILENT
    if not answer.exists:
        return _NONE
    if answer.value is None:
        return _SILENT  # known from differences only, which are the third method
    tree = forms.value_tree(answer.value)
    number = None if tree is None else symbolic.evaluate(tree, 20)
    if tree is None or not isinstance(number, Fraction | numeric.Ball):
        return _SILENT
    beside = "" if isinstance(number, Fraction) else symbolic.decimal(tree, digits) or ""
    return Opinion("value", numeric.to_float(number), text(tree), beside)


def _automatic(
    root: Node, name: str, point: dict[str, Node], slope: Node | None
) -> tuple[Opinion, float | None]:
    """The derivative by reverse mode on the tape, and f itself, in float64, where that has the digits for both."""
    values = {each: float(evaluate(place, {})) for each, place in point.items()}
    if not all(_holds_in_doubles(each, name, point, values) for each in (root, slope) if each is not None):
        return _SILENT, None
    variable = Variable(values[name])
    try:
        output = evaluate(root, {**values, name: variable})
        if numeric.has_no_value(symbolic.evaluate(put_in(root, point), 5)):
            # doubles go on with log(0), and have a number for tan(pi/2)
            return _NONE if _finite(getattr(output, "value", output)) is None else _SILENT, None
        if not isinstance(output, Variable):
            return Opinion("value", 0.0), _finite(output)
        return Opinion("value", _finite(gradient(output, targets=[variable])[0])), _finite(output.value)
    except NotDifferentiable as error:
        return (_SILENT if error.kind == "no-rule" else _NONE), None
    except UndecidedError:
        return _SILENT, None


def _holds_in_doubles(root: Node, name: str, point: dict[str, Node], values: Mapping[str, float]) -> bool:
    """Is every part of f in doubles about what it is, and at its kink only where it really is?

    x**2 - 2 is not 0 at the double nearest to sqrt(2), and (1e-200)**2 is 0 in doubles.
    """
    seen: dict[Node, Any] = {}
    try:
        evaluate(root, values, seen)
    except (NotDifferentiable, UndecidedError):
        return True
    here: dict[Node, Node] = {Name(each): place for each, place in point.items()}
    exact: dict[str, Any] = {each: symbolic.evaluate(place, 40) for each, place in point.items()}
    known: numeric.Known = {}
    for node in postorder(root):
        if not isinstance(node, Call) or not names_in(node):
            continue
        rounded = seen[node]
        value = numeric.evaluate(node, 20, exact, limit=60, known=known)
        if isinstance(value, Fraction | numeric.Ball):
            number = numeric.to_float(value)
            if number is not None and not abs(number - rounded) <= TOLERANCE * max(1.0, abs(number)):
                return False
            if rounded == 0 and numeric.sign(value):
                return False
        kink = kinks.kink_condition(node, [name])
        if kink is None:
            continue
        floats: dict[Node, Node] = {}
        for arg in node.args:
            if not isfinite(seen[arg]):
                return True
            floats[arg] = rational(Fraction(float(seen[arg])))
        if numeric.evaluate(substitute(kink, floats)) is not symbolic.evaluate(substitute(kink, here)):
            return False
    return True


def _finite(value: Any) -> float | None:
    """As a number; None for what doubles cannot hold."""
    return float(value) if isfinite(value) else None
