"""grad --along, --uncertainty and --sensitivity: slopes in a direction, errors that go on, relative slopes.

along("x**2*y", at="x=1,y=2", direction="3,4").slope            # 3.2: of the unit vector (0.6, 0.8)
sensitivity("x*y", at="x=3,y=4", uncertainty="x=0.1,y=2%").first      # 0.466...
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from calcgrad import results
from calcgrad.commands.gradients import grad
from calcgrad.errors import UsageError
from calcgrad.questions import At, free_label, split_point

_TINY = 1e-12  # rounding of a matrix's eigenvalues


def along(expr: str, *, direction: str, **options: Any) -> results.Directional:
    """The derivative along the unit vector of ``direction``: 3,4 in the order of the variables, or x=3,y=4."""
    plain = grad(expr, **options)
    vector = _vector(direction, _in_order(plain))
    size = math.hypot(*vector.values())
    if not 0 < size < math.inf:
        raise UsageError("--along needs a direction that is not 0", hint="--along 3,4")
    unit = {name: part / size for name, part in vector.items()}
    fields: dict[str, Any] = {
        "expr": plain.expr, "label": plain.label, "at": plain.at, "value": plain.value, "direction": vector,
        "unit": unit,
    }  # fmt: skip
    if not plain.exists or plain.gradient is None:
        if sum(part != 0 for part in vector.values()) == len(vector) == 1 or plain.reason == "undecided":
            return results.Directional(**fields, reason=plain.reason or "undecided", why=plain.why)
        return results.Directional(**fields, **_on_line(plain, vector, options.get("at")))
    slope = math.fsum(float(plain.gradient[name]) * part for name, part in unit.items())
    return results.Directional(**fields, slope=slope)


def _on_line(plain: results.Gradient, vector: Mapping[str, float], at: At) -> dict[str, Any]:
    """The slope of f(p + t*v) at t = 0 over the size of v: it may exist without partial derivatives."""
    from calcgrad.expression.parser import parse
    from calcgrad.expression.tree import Call, Name, Node, names_in, rational, substitute, text

    unknown = {"reason": "undecided", "why": f"{plain.why}; whether it bends in this direction is not known"}
    letter = Name(free_label("t s r q", list(vector)))
    line: dict[Node, Node] = {}
    for name, part in vector.items():
        place = rational(Fraction(float(plain.at[name])))
        line[Name(name)] = (
            Call("+", (place, Call("*", (rational(Fraction(part)), letter)))) if part else place
        )
    tree = substitute(parse(plain.expr).node, line)
    if not names_in(tree) <= {letter.name} or not _are_doubles(at, plain.at):
        return unknown
    found = grad(text(tree), at=f"{letter.name}=0", var=letter.name)
    if found.exists and found.gradient is not None:
        return {"slope": float(found.gradient[letter.name]) / math.hypot(*vector.values())}
    return unknown if found.reason in ("", "undecided") else {"reason": found.reason, "why": plain.why}


def _are_doubles(at: At, point: Mapping[str, Any]) -> bool:
    """Was the point written in decimals that are doubles, so that what is at a kink is there exactly?"""
    for name, shown in split_point(at, "--at").items():
        try:
            if Fraction(str(shown).strip()) != Fraction(float(point[name])):
                return False
        except (ValueError, KeyError):
            return False
    return True


def sensitivity(
    expr: str, *, uncertainty: At = None, correlation: Sequence[str] = (), **options: Any
) -> results.Sensitivity:
    """What errors of the variables do to the value, to first and second order, and its relative slopes.

    ``uncertainty`` holds standard deviations, ``x=0.1`` or ``y=2%`` of the value; ``correlation``, such as ``x:y=0.5``,
    between them. The second order is that of normal errors: the mean moves by tr(H*S)/2, the variance grows by
    tr((H*S)**2)/2, where H is the Hessian and S the covariance.
    """
    import numpy as np

    plain = grad(expr, **options)
    names = list(_in_order(plain))
    point = {name: _number(name, value) for name, value in plain.at.items()}
    fields: dict[str, Any] = {"expr": plain.expr, "label": plain.label, "at": plain.at, "value": plain.value}
    if correlation and uncertainty is None:
        raise UsageError(
            "--correlation is for errors", hint="--uncertainty x=0.1,y=0.2 --correlation x:y=0.5"
        )
    sigma = _deviations(uncertainty, point)
    matrix = _correlations(correlation, names)
    if not plain.exists or plain.gradient is None:
        return results.Sensitivity(**fields, reason=plain.reason or "undecided", why=plain.why)
    slopes = np.array([float(plain.gradient[name]) for name in names])
    value = float(plain.value)
    places = np.array([point[name] for name in names])
    elasticities = places * slopes / value if value else None
    fields["rows"] = tuple(
        results.Influence(
            name, point[name], sigma.get(name) if uncertainty is not None else None, float(slope),
            None if elasticities is None else float(elasticities[index]),
        )
        for index, (name, slope) in enumerate(zip(names, slopes, strict=True))
    )  # fmt: skip
    fields["condition"] = None if elasticities is None else float(np.sum(np.abs(elasticities)))
    if uncertainty is None:
        return results.Sensitivity(**fields)
    errors = np.array([sigma.get(name, 0.0) for name in names])
    covariance = matrix * np.outer(errors, errors)
    first = float(slopes @ covariance @ slopes)
    fields["first"] = math.sqrt(max(first, 0.0))
    bent = grad(expr, hessian=True, **options)
    if bent.exists and bent.array is not None:
        product = np.array(bent.array, dtype=float) @ covariance
        fields["shift"] = float(np.trace(product)) / 2
        fields["second"] = math.sqrt(max(first + float(np.trace(product @ product)) / 2, 0.0))
    else:
        fields["why"] = bent.why
    return results.Sensitivity(**fields)


def _in_order(found: results.Gradient) -> dict[str, Any]:
    """The point in the order of the answer: --var's, or as the variables appear."""
    return {name: found.at[name] for name in found.gradient or found.at}


def _number(name: str, value: Any) -> float:
    if isinstance(value, list):
        raise UsageError(
            f"{name} is an array here", hint="--along and --uncertainty take numbers", code="not-scalar"
        )
    return float(value)


def _vector(direction: str, at: Mapping[str, Any]) -> dict[str, float]:
    names = list(at)
    for name, value in at.items():
        _number(name, value)
    parts = _split(direction)
    if any("=" in part for part in parts):
        given = {name: _constant(each, "--along") for name, each in split_point(direction, "--along").items()}
        if strangers := [name for name in given if name not in names]:
            raise UsageError(
                f"--along: there is no variable {strangers[0] or parts[0]}", hint=f"--along {names[0]}=1"
            )
        return {name: given.get(name, 0.0) for name in names}
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


def _constant(shown: str, option: str) -> float:
    """A number that is written in the language."""
    from calcgrad.autodiff.expressions import evaluate
    from calcgrad.expression.parser import parse
    from calcgrad.expression.tree import variables

    tree = parse(shown).node
    if variables(tree):
        raise UsageError(f"{option}: {shown.strip()[:40]} is not a number", hint=f"{option} ...=0.1")
    value = float(evaluate(tree, {}))
    if not math.isfinite(value):
        raise UsageError(f"{option}: {shown.strip()[:40]} is not a finite number", hint=f"{option} ...=0.1")
    return value


def _deviations(uncertainty: At, point: Mapping[str, float]) -> dict[str, float]:
    """Standard deviations by name; 2% is of the size of the value."""
    found: dict[str, float] = {}
    for name, shown in split_point(uncertainty, "--uncertainty").items():
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
        if size < 0:
            raise UsageError(f"--uncertainty: that of {name} is negative", hint=f"--uncertainty {name}=0.1")
        found[name] = abs(point[name]) * size / 100 if part else size
    return found


_CORRELATION = re.compile(r"\s*(\w+)\s*:\s*(\w+)\s*=(.*)")


def _correlations(given: Sequence[str], names: Sequence[str]) -> Any:
    """The matrix of correlations. Raises UsageError where it is none."""
    import numpy as np

    matrix = np.eye(len(names))
    for text in given:
        for part in _split(text):
            match = _CORRELATION.fullmatch(part)
            if match is None or match[1] not in names or match[2] not in names or match[1] == match[2]:
                raise UsageError(
                    f"--correlation {part.strip()[:40]} is not one of two variables",
                    hint="--correlation x:y=0.5",
                )
            value = _constant(match[3], "--correlation")
            one, other = names.index(match[1]), names.index(match[2])
            matrix[one, other] = matrix[other, one] = value
    if np.linalg.eigvalsh(matrix).min() < -_TINY:
        raise UsageError(
            "no variables have these correlations", hint="each is from -1 to 1, and they must go together"
        )
    return matrix
