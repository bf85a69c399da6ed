"""grad --along, --uncertainty and --sensitivity: slopes in a direction, errors that go on, relative slopes.

along("x**2*y", at="x=1,y=2", direction="3,4").slope            # 3.2: of the unit vector (0.6, 0.8)
sensitivity("x*y", at="x=3,y=4", uncertainty="x=0.1,y=2%").first      # 0.466...
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.calculus.arithmetic import ONE, ZERO, over, plus, times
from calcgrad.commands.derivatives import why_not
from calcgrad.commands.gradients import exact_point, grad
from calcgrad.errors import UndecidedError, UsageError
from calcgrad.expression.arrays import scalarize
from calcgrad.expression.parser import parse, variable_name
from calcgrad.expression.tree import Call, Name, Node, rational, substitute, text, variables
from calcgrad.parts.values import DIGITS, Decimals, silent
from calcgrad.parts.work import Work, expression
from calcgrad.questions import At, Note, free_label, split_point

if TYPE_CHECKING:
    from calcgrad.calculus.points import AtPoint

_BOXES = 256  # in which the bounds of f are looked at
_HALF, _PERCENT = rational(Fraction(1, 2)), rational(Fraction(1, 100))


class Exactly:
    """A function at a point in exact numbers, trees of constants: what is made of them is rounded once, at the end."""

    def __init__(self, work: Work) -> None:
        point = exact_point(work)
        if work.tree is None or point is None:
            name = next(each for each, value in work.values.items() if getattr(value, "ndim", 0))
            raise UsageError(
                f"{name} is an array here", hint="--along and --uncertainty take numbers", code="not-scalar"
            )
        self.root, self.point = scalarize(work.tree), point

    @cached_property
    def value(self) -> Node:
        return _plainly(substitute(self.root, self._here))

    @cached_property
    def _here(self) -> dict[Node, Node]:
        return {Name(name): place for name, place in self.point.items()}

    def slope(self, *names: str) -> Node:
        """The derivative by ``names`` in turn. Raises UndecidedError."""
        from calcgrad.calculus import rules
        from calcgrad.calculus.equality.identities import are_equal
        from calcgrad.calculus.kinks import specials

        if specials(self.root, names, self._here) == []:
            tree: Node | None = self.root
            for name in names:
                tree = None if tree is None else rules.derive(tree, name).after
            if tree is not None:
                try:
                    return _plainly(substitute(tree, self._here))
                except UndecidedError:
                    if are_equal(self.root, tree, ZERO, names[0], list(self.point)):
                        return ZERO  # everywhere, so here
        answer = at_point(self.root, names, self.point)
        return _value_of(answer, f"the derivative by {', '.join(names)}")


def at_point(root: Node, names: Sequence[str], point: dict[str, Node]) -> AtPoint:
    from calcgrad.calculus import derivatives, points

    return points.at_point(root, names, point, derivatives.derivative(root, names))


def _value_of(answer: AtPoint, what: str) -> Node:
    from calcgrad.calculus import forms

    tree = forms.value_tree(answer.value) if answer.exists and answer.value is not None else None
    if tree is None:
        missing = answer.reason not in ("", "undecided")
        raise UndecidedError(f"{what} does not exist" if missing else f"{what} is not settled")
    return _plainly(tree)


def _number(tree: Node) -> Any:
    """A constant as a Fraction or a ball; what is 0 is exactly 0. Raises UndecidedError."""
    from calcgrad.calculus import numeric, symbolic

    value = numeric.evaluate(tree, 20, limit=60)
    if value is numeric.UNSETTLED:
        value = symbolic.evaluate(tree, 20)
    if not isinstance(value, Fraction | numeric.Ball):
        raise UndecidedError(f"the value of {text(tree)[:60]} is not settled")
    return value


def _plainly(tree: Node) -> Node:
    """A constant, written as a fraction where it is one."""
    value = _number(tree)
    return rational(value) if isinstance(value, Fraction) else tree


def _double(tree: Node) -> float:
    from calcgrad.calculus import numeric

    value = numeric.to_float(_number(tree))
    if value is None:
        raise UndecidedError("a value is too large for a double", code="too-large")
    return value


def _sum(parts: Sequence[Node]) -> Node:
    return plus((1, each) for each in parts)


def _asked(expr: str, options: Mapping[str, Any], note: Note) -> tuple[Exactly, results.Gradient]:
    """The function with its point, exactly, and whether it has a gradient there."""
    reading: dict[str, Any] = {"at": None, "var": None, "let": (), "files": True}
    reading |= {name: value for name, value in options.items() if name != "digits"}
    work = expression(expr, **reading, note=note)
    return Exactly(work), grad(expr, **options)


def along(expr: str, *, direction: str, note: Note = silent, **options: Any) -> results.Directional:
    """The derivative along the unit vector of ``direction``: 3,4 in the order of the variables, or x=3,y=4."""
    exactly, plain = _asked(expr, options, note)
    vector = _vector(direction, list(_in_order(plain)))
    size = Call("sqrt", (_sum([times(part, part) for part in vector.values()]),))
    if not any(part is not ZERO for part in vector.values()):
        raise UsageError("--along needs a direction that is not 0", hint="--along 3,4")
    fields: dict[str, Any] = {
        "expr": plain.expr, "label": plain.label, "at": plain.at, "value": plain.value,
        "direction": {name: _double(part) for name, part in vector.items()},
        "unit": {name: _double(over(part, size)) for name, part in vector.items()},
    }  # fmt: skip
    if not plain.exists and plain.value is None:
        return results.Directional(**fields, reason=plain.reason, why=plain.why)
    try:
        fields["value"] = _double(exactly.value)
        if plain.exists:
            slope = _sum(
                [times(exactly.slope(name), part) for name, part in vector.items() if part is not ZERO]
            )
        else:
            letter = free_label("t s r q", list(vector))
            line = {
                Name(name): plus(((1, exactly.point[name]), (1, times(part, Name(letter)))))
                for name, part in vector.items()
            }
            answer = at_point(substitute(exactly.root, line), [letter], {letter: ZERO})
            if not answer.exists and answer.reason != "undecided":
                why = plain.why or why_not(answer, [letter], {letter: ZERO}, DIGITS, Decimals.NONE)
                return results.Directional(**fields, reason=answer.reason, why=why)
            slope = _value_of(answer, "the slope in this direction")
        return results.Directional(**fields, slope=_double(over(slope, size)))
    except UndecidedError as error:
        return results.Directional(**fields, reason="undecided", why=error.message)


def sensitivity(
    expr: str,
    *,
    uncertainty: At = None,
    correlation: Sequence[str] = (),
    note: Note = silent,
    **options: Any,
) -> results.Sensitivity:
    """What errors of the variables do to the value, to first and second order, and its relative slopes.

    ``uncertainty`` holds standard deviations, ``x=0.1`` or ``y=2%`` of the value; ``correlation``, such as ``x:y=0.5``,
    between them. The second order is that of normal errors: the mean moves by tr(H*S)/2, the variance grows by
    tr((H*S)**2)/2, where H is the Hessian and S the covariance. All is computed exactly and rounded at the end. The
    ``range`` is proved, by intervals: where it is none, or much wider, errors are too large for both orders.
    """
    exactly, plain = _asked(expr, options, note)
    names = list(_in_order(plain))
    fields: dict[str, Any] = {"expr": plain.expr, "label": plain.label, "at": plain.at, "value": plain.value}
    if correlation and uncertainty is None:
        raise UsageError(
            "--correlation is for errors", hint="--uncertainty x=0.1,y=0.2 --correlation x:y=0.5"
        )
    sigma = _deviations(uncertainty, {name: exactly.point[name] for name in names})
    matrix = _correlations(correlation, names)
    if not plain.exists or plain.gradient is None:
        return results.Sensitivity(**fields, reason=plain.reason or "undecided", why=plain.why)
    try:
        slopes = {name: exactly.slope(name) for name in names}
        value = exactly.value
        fields["value"] = _double(value)
        elasticities = {
            name: None if value is ZERO else _double(over(times(exactly.point[name], slope), value))
            for name, slope in slopes.items()
        }
        fields["rows"] = tuple(
            results.Influence(
                name, _double(exactly.point[name]),
                _double(sigma[name]) if uncertainty is not None and name in sigma else None,
                _double(slopes[name]), elasticities[name],
            )
            for name in names
        )  # fmt: skip
        if value is not ZERO:
            fields["condition"] = math.fsum(abs(each or 0.0) for each in elasticities.values())
        if uncertainty is None:
            return results.Sensitivity(**fields)
        erring = [name for name in names if sigma.get(name, ZERO) is not ZERO]
        covariance = {
            (one, other): times(matrix[one, other], sigma[one], sigma[other]) for one in erring for other in erring
        }  # fmt: skip
        first = _sum([times(slopes[a], slopes[b], each) for (a, b), each in covariance.items()])
        fields["first"] = math.sqrt(_double(first))
        fields["range"] = _range(exactly, {name: sigma[name] for name in erring})
    except UndecidedError as error:
        return results.Sensitivity(**fields, reason=error.code, why=error.message)
    try:
        bent = {(a, b): exactly.slope(a, b) for a, b in covariance if names.index(a) <= names.index(b)}
        bent |= {(b, a): each for (a, b), each in bent.items()}
        product = {
            (a, b): _sum([times(bent[a, each], covariance[each, b]) for each in erring])
            for a, b in covariance
        }
        shift = _sum([product[each, each] for each in erring])
        grown = _sum([times(each, product[b, a]) for (a, b), each in product.items()])
        fields["shift"] = _double(times(_HALF, shift))
        fields["expected"] = _double(_sum([value, times(_HALF, shift)]))
        fields["second"] = math.sqrt(_double(_sum([first, times(_HALF, grown)])))
    except UndecidedError as error:
        fields |= {"shift": None, "expected": None, "why": error.message}
    return results.Sensitivity(**fields)


def _range(exactly: Exactly, sigma: Mapping[str, Node]) -> tuple[float, float] | None:
    """Bounds of f while each variable is within its deviation; None where it has none, or may have no value."""
    from calcgrad.calculus.intervals import bounds, is_real

    fixed = {name: _between(place, place) for name, place in exactly.point.items() if name not in sigma}
    count = max(1, int(_BOXES ** (1 / max(1, len(sigma)))))
    cuts = []
    for name, size in sigma.items():
        low, high = _between(
            *(_sum([exactly.point[name], times(rational(Fraction(way)), size)]) for way in (-1, 1))
        )
        ends = [low, *(low + (high - low) * k / count for k in range(1, count)), high]
        cuts.append([(name, pair) for pair in pairwise(ends)])
    found = []
    for box in product(*cuts):
        here = fixed | dict(box)
        values = bounds(exactly.root, here) if is_real(exactly.root, here) else None
        if values is None or not all(map(math.isfinite, values)):
            return None
        found.append(values)
    return min(low for low, _ in found), max(high for _, high in found)


def _between(low: Node, high: Node) -> tuple[float, float]:
    """Doubles on the outer sides of two constants."""
    return math.nextafter(_double(low), -math.inf), math.nextafter(_double(high), math.inf)


def _in_order(found: results.Gradient) -> dict[str, Any]:
    """The point in the order of the answer: --var's, or as the variables appear."""
    return {name: found.at[name] for name in found.gradient or found.at}


def _vector(direction: str, names: Sequence[str]) -> dict[str, Node]:
    parts = _split(direction)
    if any("=" in part for part in parts):
        given = {
            name and variable_name(name): _constant(each, "--along")
            for name, each in split_point(direction, "--along").items()
        }
        if strangers := [name for name in given if name not in names]:
            raise UsageError(
                f"--along: there is no variable {strangers[0] or parts[0]}", hint=f"--along {names[0]}=1"
            )
        return {name: given.get(name, ZERO) for name in names}
    if len(parts) != len(names):
        raise UsageError(
            f"--along needs {len(names)} numbers, for {', '.join(names)}",
            hint=f"--along {','.join(['1'] * len(names))}",
        )
    return {name: _constant(part, "--along") for name, part in zip(names, parts, strict=True)}


def _split(shown: str) -> list[str]:
    depth, parts = 0, [""]
    for character in shown:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _constant(shown: str, option: str) -> Node:
    """A number that is written in the language."""
    tree = parse(shown).node
    if variables(tree):
        raise UsageError(f"{option}: {shown.strip()[:40]} is not a number", hint=f"{option} ...=0.1")
    try:
        made = _plainly(scalarize(tree))
        _double(made)
    except UndecidedError:
        raise UsageError(
            f"{option}: {shown.strip()[:40]} is not a finite number", hint=f"{option} ...=0.1"
        ) from None
    return made


def _deviations(uncertainty: At, point: Mapping[str, Node]) -> dict[str, Node]:
    """Standard deviations by name; 2% is of the size of the value."""
    found: dict[str, Node] = {}
    for typed, shown in split_point(uncertainty, "--uncertainty").items():
        name = typed and variable_name(typed)
        if not name and len(point) == 1:
            name = next(iter(point))
        if name not in point:
            raise UsageError(
                f"--uncertainty: there is no variable {name or str(shown)[:40]}",
                hint="--uncertainty " + ",".join(f"{each}=0.1" for each in point),
            )
        words = str(shown).strip()
        part = words.endswith("%")
        size = _constant(words.removesuffix("%"), "--uncertainty")
        if _double(size) < 0:
            raise UsageError(f"--uncertainty: that of {name} is negative", hint=f"--uncertainty {name}=0.1")
        found[name] = times(_PERCENT, size, Call("abs", (point[name],))) if part else size
    return found


_CORRELATION = re.compile(r"\s*(\w+)\s*:\s*(\w+)\s*=(.*)")


def _correlations(given: Sequence[str], names: Sequence[str]) -> dict[tuple[str, str], Node]:
    """The matrix of correlations. Raises UsageError where it is none."""
    matrix: dict[tuple[str, str], Node] = {
        (one, other): ONE if one == other else ZERO for one in names for other in names
    }
    for shown in given:
        for part in _split(shown):
            match = _CORRELATION.fullmatch(part)
            one, other = ("", "") if match is None else map(variable_name, match.groups()[:2])
            if match is None or one not in names or other not in names or one == other:
                raise UsageError(
                    f"--correlation {part.strip()[:40]} is not one of two variables",
                    hint="--correlation x:y=0.5",
                )
            value = _constant(match[3], "--correlation")
            if matrix[one, other] not in (ZERO, value):
                raise UsageError(f"--correlation gives {one}:{other} twice", hint="keep one of them")
            matrix[one, other] = matrix[other, one] = value
    if not _go_together([[matrix[one, other] for other in names] for one in names]):
        raise UsageError(
            "no variables have these correlations", hint="each is from -1 to 1, and they must go together"
        )
    return matrix


def _go_together(rows: list[list[Node]]) -> bool:
    """Has a symmetric matrix no negative eigenvalue? By elimination, the first row against the others."""
    while rows:
        (pivot, *rest), *others = rows
        sign = _double(pivot)
        if sign < 0 or (not sign and any(each is not ZERO for each in rest)):
            return False
        if sign:
            others = [
                [
                    row[0],
                    *(
                        _plainly(plus(((1, b), (-1, over(times(row[0], a), pivot)))))
                        for a, b in zip(rest, row[1:], strict=True)
                    ),
                ]
                for row in others
            ]
        rows = [row[1:] for row in others]
    return True
