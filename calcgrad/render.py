"""Results to text, JSON, LaTeX or the bare answer; no terminal, no colour, no wrapping.

lines(diff("3*x**2-4*x", at="1"))      # ["f(x) = 3*x**2 - 4*x", "f'(x) = 6*x - 4", "f'(1) = 2"]
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from calcgrad.decimals import float_text
from calcgrad.errors import CalcgradError
from calcgrad.expression.latex import name_latex
from calcgrad.questions import free_label
from calcgrad.results import (
    Accumulated,
    Case,
    Check,
    Derivative,
    Directional,
    Gradient,
    Implicit,
    Limit,
    Mapped,
    Opinion,
    Parametric,
    PlaneLimit,
    PlaneStudy,
    Plot,
    Result,
    Row,
    Sensitivity,
    Series,
    Side,
    Step,
    Study,
    Total,
    Value,
)

_CONTEXT = 60  # characters of source shown on either side of an error's span


# ------------------------------------------------------------------------------------------------ numbers


def numbers(value: Any, digits: int = 10) -> str:
    """A double, or a nested list of them."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return f"[{', '.join(numbers(each, digits) for each in value)}]"
    return "-" if value is None else float_text(value, digits)


def plain(value: Any) -> Any:
    """What JSON can hold: NaN and infinity become null."""
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def dumps(record: dict[str, Any]) -> str:
    return json.dumps(record, separators=(",", ":"), allow_nan=False)


# --------------------------------------------------------------------------------------------------- text


def lines(result: Result, *, digits: int = 10, latex: bool = False) -> list[str]:
    """The answer in full, one entry per line; below the echo of the input what it rests on."""
    shown = _lines(result, digits, latex)
    if not shown or not (premises := getattr(result, "assumed", ())) or shown[:1] == [r"\begin{aligned}"]:
        return shown
    if getattr(result, "listed", False):
        return shown
    said = f"assuming {', '.join(premises)}"
    return [*shown[:1], _words_latex(said) if latex else said, *shown[1:]]


def _lines(result: Result, digits: int, latex: bool) -> list[str]:
    match result:
        case Derivative():
            return _diff_latex(result) if latex else _diff(result)
        case Implicit():
            return _implicit(result, latex)
        case Total():
            return _total(result, latex)
        case Parametric():
            return _parametric(result, latex)
        case Limit():
            return _limit(result, latex)
        case PlaneLimit():
            return _plane_limit(result, latex)
        case Series():
            return _series(result, latex)
        case Study():
            from calcgrad.parts import studies

            return studies.latex_lines(result) if latex else studies.lines(result)
        case PlaneStudy():
            from calcgrad.parts import studies

            return studies.plane_latex(result) if latex else studies.plane_lines(result)
        case Gradient():
            return _grad_latex(result, digits) if latex else _grad(result, digits)
        case Directional():
            return _directional(result, digits)
        case Sensitivity():
            return _sensitivity(result, digits)
        case Accumulated():
            if latex:
                return [
                    rf"\text{{accumulated }} d{name_latex(name)} = {numbers_latex(value, digits)}"
                    for name, value in result.accumulated.items()
                ]
            return [
                _equal(f"accumulated d{name}", value, digits, result.file)
                for name, value in result.accumulated.items()
            ]
        case Check():
            return _check(result, digits)
        case Row():
            return [_function(result)]
        case Plot():
            return []
        case Mapped():
            return _mapped(result, digits)


def raw(result: Result, *, digits: int = 10, decimal: bool = False, latex: bool = False) -> list[str]:
    """Only the answer, on one line; none for a "no", undecided where nothing settled it."""
    if result.status == "undecided":
        return ["undecided"]
    if isinstance(result, Check):
        return [result.verdict]
    if result.status == "no":
        return ["none"]
    match result:
        case Derivative():
            if result.code:
                return [result.code]
            if result.at is None:
                return [(result.latex.get("derivative", "") if latex else result.derivative) or "none"]
            return [_raw_value(result.value, decimal, latex)]
        case Implicit():
            return [_raw_implicit(result, decimal, latex)]
        case Total():
            return [(result.latex["plane"] if latex else result.plane) or "none"]
        case Parametric():
            if result.at is not None:
                return [_raw_value(result.value, decimal, latex)]
            return [(result.latex.get(result.main) if latex else result.derivative) or "none"]
        case Limit() | PlaneLimit():
            return [_raw_value(result.value, decimal, latex)]
        case Series():
            assert result.both is not None
            return [result.both.latex["sum"] if latex else result.both.sum]
        case Study():
            return [", ".join(each.text for each in result.zeros)]
        case PlaneStudy():
            places = (", ".join(each.at[name].text for name in result.var) for each in result.points)
            return [", ".join(f"({place})" for place in places)]
        case Directional():
            return [numbers(result.slope, digits)]
        case Sensitivity():
            known = [each.elasticity for each in result.rows] if result.first is None else [result.first]
            return ["none" if each is None else numbers(each, digits) for each in known]
        case Gradient():
            if result.gradient is None:
                return [numbers_latex(result.array, digits) if latex else numbers(result.array, digits)]
            return [_listed(list(result.gradient.values()), digits, latex)]
        case Accumulated():
            return [_listed(list(result.accumulated.values()), digits, latex)]
        case Row():
            return [result.name]
        case Plot() | Mapped():
            return [result.file]


def _listed(parts: list[Any], digits: int, latex: bool) -> str:
    """The one part there is, or a list of them."""
    whole = (
        parts[0]
        if len(parts) == 1
        else [part.tolist() if hasattr(part, "tolist") else part for part in parts]
    )
    if not latex:
        return numbers(whole, digits)
    try:
        return numbers_latex(whole, digits)
    except TypeError:  # a number beside an array
        return rf"\left[{', '.join(numbers_latex(each, digits) for each in parts)}\right]"


def _raw_value(value: Value | None, decimal: bool, latex: bool) -> str:
    if value is None:
        return "none"
    if decimal and value.decimal:
        return value.decimal
    return value.latex if latex else value.brief


def _function_label(result: Derivative) -> str:
    return free_label("f g F G", (*result.names, *result.functions))


def _labels(result: Derivative) -> tuple[str, str, str]:
    """The left-hand sides: of f, of its derivative, and of the derivative at the point."""
    f = _function_label(result)
    order = result.order
    inside = ", ".join(result.names)
    places = [(result.at or {}).get(name, name) for name in result.names]
    if len(result.names) == 1:
        primed = f + ("'" * order if order <= 3 else f"^({order})")
        return f"{f}({inside})", f"{primed}({inside})", f"{primed}({places[0]})"
    runs: list[list[Any]] = []
    for name in result.var:
        if runs and runs[-1][0] == name:
            runs[-1][1] += 1
        else:
            runs.append([name, 1])
    below = "".join(f"d{name}{count if count > 1 else ''}" for name, count in runs)
    slope = f"d{order if order > 1 else ''}{f}/{below}"
    return f"{f}({inside})", slope, f"{slope}({', '.join(places)})"


_FORMULA_COLUMN, _WIDEST_LABEL, _READABLE = 21, 44, 80
_Line = tuple[str, Sequence[str]]  # a label, and what to say: in full, and in ever fewer words


def _derivation(result: Derivative) -> list[str]:
    """The steps, one per line, indented as they nest; between two differentiations the derivative so far."""
    rows: list[_Line] = []
    for turn, derivation in enumerate(result.steps):
        for step in derivation.steps:
            rows += _step_rows(step, 0, "")
        if turn < len(result.steps) - 1:
            _, slope, _ = _labels(replace(result, var=result.var[: turn + 1], at=None))
            rows.append(("", [f"{slope} = {derivation.derivative}"]))
    return _aligned(rows)


def _aligned(rows: Sequence[_Line]) -> list[str]:
    """Labels to the left and to the right the fullest words that fit; lines without a label stand as they are."""
    widest = max((len(label) + 2 for label, _ in rows), default=0)
    width = max(_FORMULA_COLUMN, min(widest, _WIDEST_LABEL))
    shown = []
    for label, wordings in rows:
        start = f"{label}  ".ljust(width) if label else ""
        fitting = (each for each in wordings if len(start) + len(each) <= _READABLE)
        shown.append(start + next(fitting, min(wordings, key=len) if len(wordings) > 1 else wordings[0]))
    return shown


def _reason_rows(step: Step, depth: int) -> list[_Line]:
    rows: list[_Line] = [("  " * depth + step.rule, [step.shown, step.brief] if step.brief else [step.shown])]
    for part in step.because:
        rows += _reason_rows(part, depth + 1)
    return rows


def _words_latex(words: str) -> str:
    """Words inside a formula; what is special to TeX is kept from it."""
    special = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", "ô": r"\^o"}
    return rf"\text{{{''.join(special.get(c, chr(92) + c if c in '_%$#&{}' else c) for c in words)}}}"


def _reason_latex(step: Step, depth: int) -> list[str]:
    indent = r"\quad " * (depth + 1)
    if step.rule == "evidence":
        return [f"{indent}{_words_latex(f'evidence: {step.shown}')}"]
    to = f" {step.latex['says']}" if step.latex.get("says") else ""
    rows = [indent + _words_latex(f"{step.rule}:") + rf"\quad {step.latex['before']}{to}"]
    for part in step.because:
        rows += _reason_latex(part, depth + 1)
    return rows


def _step_rows(step: Step, depth: int, mark: str) -> list[_Line]:
    """A step's line and those of the steps it rests on; ``mark`` is what its derivative is called above."""
    label = "  " * depth + step.rule
    leaf = not step.because and not _is_remark(step)
    if step.after is None and leaf:  # nothing comes out
        return [(label, [mark or _mark(step.before)])]
    head = f"{mark or _mark(step.before)} = " if depth or leaf else ""
    where = f", {step.where}" if step.where else ""
    wordings = [f"{head}{step.shown}{where}"]
    if step.letter:
        inside = f"{step.shown}, {step.letter} = the inside"
        wordings += [f"{step.shown}{where}", f"{head}{inside}", inside]
    elif leaf or step.brief:
        kinks = ", not at its kinks" if where else ""
        brief = step.brief if step.brief else f"= {step.shown}"
        bare = brief.removeprefix("= ")
        full = f"{mark or _mark(step.before)}{'' if brief is bare else ' ='}{':' * (brief is bare)} {bare}"
        for each in [full, bare] if head else [bare]:
            wordings.append(f"{each}{where}")
        wordings += [f"{each.removesuffix(where)}{kinks}" for each in wordings[1:]]
    rows: list[_Line] = [(label, wordings)]
    for place, part in enumerate(step.because):
        inner = step.letter and place == 1
        rows += _step_rows(part, depth + 1, f"{step.letter}'" if inner else "")
    return rows


def _is_remark(step: Step) -> bool:
    """A simplification or the like, which is no rule of differentiation."""
    return not step.formula and step.after is not None


def _mark(before: str) -> str:
    return f"{before}'" if before.isidentifier() else f"({before})'"


def _aligned_latex(rows: Sequence[str]) -> list[str]:
    """Rows below each other, flush left: one environment that stands in a formula."""
    return [
        r"\begin{aligned}",
        *(f"& {row} \\\\" for row in rows[:-1]),
        *(f"& {row}" for row in rows[-1:]),
        r"\end{aligned}",
    ]


def _derivation_latex(result: Derivative) -> list[str]:
    rows: list[str] = []
    for turn, derivation in enumerate(result.steps):
        for step in derivation.steps:
            rows += _step_latex(step, 0, "")
        if turn < len(result.steps) - 1:
            _, so_far, _ = _latex_labels(replace(result, var=result.var[: turn + 1], at=None))
            rows.append(f"{so_far} = {derivation.latex}")
    return rows


def _step_latex(step: Step, depth: int, mark: str) -> list[str]:
    leaf = not step.because and not _is_remark(step)
    head = f"{mark or step.latex['mark']} = " if depth or leaf else ""
    where = rf", \quad {step.latex['where']}" if step.where else ""
    shown = step.latex["shown"]
    if step.after is None and leaf:  # nothing comes out
        head = ""
    indent = r"\quad " * (depth + 1)
    rows = [rf"{indent}{_words_latex(f'{step.rule}:')}\quad {head}{shown}{where}"]
    for place, part in enumerate(step.because):
        rows += _step_latex(part, depth + 1, f"{step.latex['letter']}'" if step.letter and place == 1 else "")
    return rows


def _step_record(step: Step) -> dict[str, Any]:
    made: dict[str, Any] = {
        "rule": step.rule,
        "formula": step.formula,
        "var": step.var,
        "before": step.before,
    }
    made |= {"after": step.after, "shown": step.shown}
    if step.where:
        made["where"] = step.where
    made["because"] = [_step_record(part) for part in step.because]
    return made


def _diff(result: Derivative) -> list[str]:
    f, slope, slope_at = _labels(result)
    if result.code:
        return [result.code]
    shown = [f"{f} = {result.expr}", *_derivation(result)]
    where = f", {result.where}" if result.where else ""
    if result.unsettled:
        where += (
            f", not settled at {' nor at '.join(each.replace(' == ', ' = ') for each in result.unsettled)}"
        )
    if result.nowhere:
        shown.append(_verdict(result, slope))
    elif result.derivative is None:
        shown.append(f"{slope} has no closed form")
    else:
        shown.append(f"{slope} = {result.derivative}{where}")
    if result.at is not None:
        shown.append(_verdict(result, slope_at))
    return shown


def _verdict(result: Derivative, label: str) -> str:
    if result.exists and result.value is not None:
        return f"{label} = {result.value.shown}" + (" (from numbers only)" if result.measured else "")
    why = (
        result.why.replace("f ", f"{_function_label(result)} ", 1)
        if result.why.startswith("f ")
        else result.why
    )
    if result.cases:
        return f"{label} depends on {_parameters(result)}: {why}"
    verb = "is undecided" if result.status == "undecided" else "does not exist"
    return f"{label} {verb}: {why}"


def _latex_labels(result: Derivative) -> tuple[str, str, str]:
    """As ``_labels``, in LaTeX."""
    f, order = _function_label(result), result.order
    names = [result.latex.get(f"name {name}", name) for name in result.names]
    at = ", ".join(result.latex.get(f"at {name}", name) for name in result.names)
    if len(names) == 1:
        primed = f + ("'" * order if order <= 3 else f"^{{({order})}}")
        return f"{f}({names[0]})", f"{primed}({names[0]})", f"{primed}({at})"
    top = rf"\partial^{{{order}}} {f}" if order > 1 else rf"\partial {f}"
    bottom = " ".join(rf"\partial {result.latex.get(f'name {name}', name)}" for name in result.var)
    slope = rf"\frac{{{top}}}{{{bottom}}}"
    return f"{f}({', '.join(names)})", slope, f"{slope}({at})"


def _diff_latex(result: Derivative) -> list[str]:
    f, slope, slope_at = _latex_labels(result)
    if result.code:
        return [result.code]
    shown = [f"{f} = {result.latex['f']}", *_derivation_latex(result)]
    if result.nowhere:
        shown.append(f"{slope} {_words_latex(_verdict(result, ''))}")
    elif result.derivative is None:
        shown.append(f"{slope} {_words_latex(' has no closed form')}")
    else:
        where = rf", \quad {result.latex['where']}" if result.where else ""
        for index in range(len(result.unsettled)):
            word = " nor at " if index else " not settled at "
            where += rf", \quad {_words_latex(word)} {result.latex[f'unsettled {index}']}"
        shown.append(f"{slope} = {result.latex['derivative']}{where}")
    if result.at is not None:
        if result.exists and result.value is not None:
            shown.append(f"{slope_at} = {result.value.latex}")
        elif result.cases:
            shown.append(f"{slope_at} = {_cases_latex(result)}")
        else:
            shown.append(f"{slope_at} {_words_latex(_verdict(result, ''))}")
    return _aligned_latex(shown) if result.steps else shown


def _slope_label(top: str, names: Sequence[str], latex: bool = False) -> str:
    """dy/dx, d2y/dxdt."""
    order = len(names)
    runs = [(name, len(list(same))) for name, same in groupby(names)]
    if latex:
        below = r" \, ".join(f"d {name}" + (f"^{{{count}}}" if count > 1 else "") for name, count in runs)
        return rf"\frac{{d{f'^{{{order}}}' if order > 1 else ''} {top}}}{{{below}}}"
    below = "".join(f"d{name}{count if count > 1 else ''}" for name, count in runs)
    return f"d{order if order > 1 else ''}{top}/{below}"


def _implicit(result: Implicit, latex: bool) -> list[str]:
    def said(words: str) -> str:
        return _words_latex(words) if latex else words

    def named(name: str) -> str:
        return result.latex.get(f"name {name}", name) if latex else name

    labels = {each: _slope_label(named(each), [*map(named, result.var)], latex) for each in result.unknowns}
    shown = [result.latex["f"] if latex else result.expr]
    if latex:
        shown += [row for step in result.steps for row in _step_latex(step, 0, "")]
    else:
        shown += _aligned([row for step in result.steps for row in _step_rows(step, 0, "")])
    formulas = result.derivatives or {}
    for each, label in labels.items():
        if each in formulas:
            where = f", {result.where}" if result.where else ""
            where = rf", \quad {result.latex['where']}" if latex and where else where
            shown.append(
                f"{label} = {result.latex[f'derivative {each}'] if latex else formulas[each]}{where}"
            )
        elif not result.reason or result.at is not None:
            shown.append(f"{label}{said(' has no closed form')}")
    point = ""
    if result.at is not None:
        places = [
            (named(name), result.latex[f"at {name}"] if latex else value) for name, value in result.at.items()
        ]
        point = said(" at ") + ", ".join(f"{name} = {value}" for name, value in places)
    for each, value in result.values.items():
        shown.append(f"{labels[each]} = {value.latex if latex else value.shown}{point}")
    if result.reason:
        verb = " is undecided" if result.status == "undecided" else " does not exist"
        verb = verb.replace(" is ", " are ").replace(" does ", " do ") if len(labels) > 1 else verb
        shown.append(f"{', '.join(labels.values())}{said(verb)}{point}{said(f': {result.why}')}")
    return _aligned_latex(shown) if latex and result.steps else shown


def _raw_implicit(result: Implicit, decimal: bool, latex: bool) -> str:
    if result.at is not None:
        found = [_raw_value(result.values.get(each), decimal, latex) for each in result.unknowns]
    elif latex:
        found = [result.latex.get(f"derivative {each}", "none") for each in result.unknowns]
    else:
        found = [(result.derivatives or {}).get(each, "none") for each in result.unknowns]
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]"


def _implicit_record(result: Implicit) -> dict[str, Any]:
    """With one unknown its derivative and value stand alone, with several there is an object of them."""

    def each(found: dict[str, Any] | None, of: Any = lambda one: one) -> Any:
        if not found:
            return None
        made = {name: of(value) for name, value in found.items()}
        return made if len(result.unknowns) > 1 else next(iter(made.values()))

    made: dict[str, Any] = {
        "command": "diff", "expr": result.expr, "unknowns": list(result.unknowns),
        "var": list(result.var[:1] if len(set(result.var)) == 1 else result.var), "order": result.order,
        "derivative": each(result.derivatives),
    }  # fmt: skip
    if result.where:
        made["where"] = result.where
    if result.steps:
        made["steps"] = [_step_record(step) for step in result.steps]
    if result.at is not None:
        made |= {"at": result.at, "exists": result.exists, "value": each(result.values, _text)}
        made["float"] = each(result.values, lambda value: value.number)
    if result.reason:
        made["reason"] = result.reason
    elif result.derivatives is None:
        made["reason"] = "no-closed-form"
    if result.kind:
        made["kind"] = result.kind
    if result.slopes:
        made["slopes"] = [_text(slope) for slope in result.slopes]
    return made


_PATHS_LATEX = {"speed": "v", "curvature": r"\kappa"}


def _parametric(result: Parametric, latex: bool) -> list[str]:
    def said(words: str) -> str:
        return _words_latex(words) if latex else words

    def label(what: str) -> str:
        if not latex:
            return what
        return _PATHS_LATEX.get(what) or _slope_label("y", ["x"] * int(what[1:].partition("y")[0] or 1), True)

    name = result.latex["name"] if latex else result.var
    inside = result.latex["f"] if latex else result.expr
    shown = [f"{'r' if result.polar else '[x, y]'}({name}) = {inside}"]
    if latex:
        shown += [row for step in result.steps for row in _step_latex(step, 0, "")]
    else:
        shown += _aligned([row for step in result.steps for row in _step_rows(step, 0, "")])
    for what, formula in result.formulas.items():
        field = "where" if what.startswith("d") else "smooth"
        condition = getattr(result, field)
        where = (
            rf", \quad {result.latex[field]}"
            if latex and condition
            else f", {condition}"
            if condition
            else ""
        )
        shown.append(f"{label(what)} = {result.latex[what] if latex else formula}{where}")
    if result.main not in result.formulas and not result.reason:
        shown.append(f"{label(result.main)}{said(' has no closed form')}")
    period = f" (period {result.period})" if result.period else ""
    for kind, places in result.places.items():
        shown.append(said(f"{kind} at {result.var} = {', '.join(places)}{period}"))
    if result.at is not None:
        place = f"{said('at ')}{name} = {result.latex['at'] if latex else result.at}"
        if result.point is not None:
            x, y = (each.latex if latex else each.shown for each in result.point)
            place += f": x = {x}, y = {y}"
        shown.append(place)
    if result.reason:
        verb = " is undecided: " if result.status == "undecided" else " does not exist: "
        shown.append(f"{label(result.main)}{said(verb + result.why)}")
    if result.at is not None:
        for what in (*result.formulas, *(each for each in result.values if each not in result.formulas)):
            if what in result.values:
                value = result.values[what]
                shown.append(f"{label(what)} = {value.latex if latex else value.shown}")
    return _aligned_latex(shown) if latex and result.steps else shown


def _parametric_record(result: Parametric) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": "diff", "expr": result.expr, "curve": "polar" if result.polar else "parametric",
        "var": [result.var], "order": result.order, "derivative": result.derivative, "formulas": result.formulas,
    }  # fmt: skip
    if result.where:
        made["where"] = result.where
    if result.places:
        made |= {
            "places": {kind: list(places) for kind, places in result.places.items()},
            "period": result.period,
        }
    if result.steps:
        made["steps"] = [_step_record(step) for step in result.steps]
    if result.at is not None:
        made |= {"at": {result.var: result.at}, "exists": result.exists, "value": _text(result.value)}
        made["float"] = None if result.value is None else result.value.number
        made["point"] = None if result.point is None else [_text(each) for each in result.point]
        made["values"] = {what: _text(value) for what, value in result.values.items()}
    if result.reason:
        made["reason"] = result.reason
    elif result.derivative is None and result.at is None:
        made["reason"] = "no-closed-form"
    if result.reason and result.slopes:
        made["slopes"] = [_text(slope) for slope in result.slopes]
    return made


def _limit(result: Limit, latex: bool) -> list[str]:
    f = free_label("f g F G", result.names)
    h = free_label("h k", result.names)
    place, name = result.point, result.var
    if latex:
        place, name = result.latex["point"], result.latex["name"]
    quotient = f"({f}({place}+{h})-{f}({place}))/{h}"
    shown = [f"{f}({name}) = {result.latex['f'] if latex else result.expr}"]
    if not latex:
        shown += _table(result, f, h)
        shown += _aligned([row for step in result.steps for row in _reason_rows(step, 0)])
    elif result.steps:
        shown += [line for step in result.steps for line in _reason_latex(step, 0)]
    direction = {"left": "-", "right": "+"}.get(result.side, "")
    if latex:
        below = rf"{h} \to 0" if result.quotient else rf"{name} \to {place}"
        body = rf"\frac{{{f}({place}+{h})-{f}({place})}}{{{h}}}" if result.quotient else f"{f}({name})"
        head = rf"\lim_{{{below}{'^' + direction if direction else ''}}} {body}"
    else:
        head = (
            f"lim {h}->0{direction} {quotient}"
            if result.quotient
            else f"lim {name}->{place}{direction} {f}({name})"
        )
    if result.value is not None:
        value = result.value.latex if latex else result.value.shown
        if result.evidence == "numeric" and not latex:
            error = f", error about {float_text(result.error, 1)}" if result.error else ""
            value += f" (from numbers only{error})"
        shown.append(f"{head} = {value}")
    elif result.cases and latex:
        shown.append(f"{head} = {_cases_latex(result)}")
    elif result.cases:
        shown.append(f"{head} depends on {_parameters(result)}: {result.why}")
    else:
        verb = "is undecided" if result.status == "undecided" else "does not exist"
        why = f"{verb}: {result.why}".replace(": f ", f": {f} ", 1)
        shown.append(f"{head} {_words_latex(f' {why}')}" if latex else f"{head} {why}")
    return _aligned_latex(shown) if latex and result.steps else shown


def _parameters(result: Limit | Derivative) -> str:
    """The parameters on which an answer depends."""
    words = set(re.findall(r"\w+", " ".join(case.condition for case in result.cases)))
    return ", ".join(each for each in result.names if each in words)


def _cases_latex(result: Limit | Derivative) -> str:
    rows = r" \\ ".join(
        rf"{_case_latex(case)} & {_condition_latex(case.condition, result.names)}" for case in result.cases
    )
    return rf"\begin{{cases}} {rows} \end{{cases}}"


def _case_latex(case: Case) -> str:
    return rf"\text{{{case.reason}}}" if case.value is None else case.value.latex


def _condition_latex(condition: str, names: Sequence[str]) -> str:
    """``a not an integer and a > 1`` with its relations as formulas and its words as text."""
    from calcgrad.expression.latex import latex
    from calcgrad.expression.parser import parse

    def formula(source: str) -> str:
        return latex(parse(source, names).node)

    def relation(part: str) -> str:
        worded = re.fullmatch(r"(.+?) (not an integer|integer|even|odd)", part)
        if worded is not None:
            return rf"{formula(worded[1])} \text{{ {worded[2]}}}"
        pieces = re.split(r" (<=|>=|!=|[<>=]) ", part)
        if len(pieces) == 1:
            return rf"\text{{{part}}}"
        return " ".join(
            _RELATIONS.get(each, each) if k % 2 else formula(each) for k, each in enumerate(pieces)
        )

    return r" \wedge ".join(map(relation, condition.split(" and ")))


_RELATIONS = {"<=": r"\leq", ">=": r"\geq", "!=": r"\neq"}


def _total(result: Total, latex: bool) -> list[str]:
    f, z, names = (
        free_label("f g F G", result.names),
        free_label("z w u", result.names),
        ", ".join(result.var),
    )
    here = ", ".join(result.at[name] for name in result.var)
    shown = [rf"{f}\left({names}\right) = {result.latex['f']}" if latex else f"{f}({names}) = {result.expr}"]
    if not latex:
        known = {name: value for name, value in result.partials.items() if value is not None}
        shown += [f"d{f}/d{name}({here}) = {value.shown}" for name, value in known.items()]
    if result.exists:
        return [*shown, f"{z} = {result.latex['plane']}" if latex else f"tangent plane {z} = {result.plane}"]
    why = result.why
    if result.reason == "not-total":
        moves = (name if result.at[name] == "0" else f"({name} - {result.at[name]})" for name in result.var)
        why = f"({f} - plane)/sqrt({' + '.join(f'{each}**2' for each in moves)}) {why}"
    verb = "is undecided" if result.status == "undecided" else "does not exist"
    line = f"tangent plane at ({here}) {verb}: {why}"
    return [*shown, _words_latex(line) if latex else line]


def _total_record(result: Total) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": "diff", "expr": result.expr, "var": list(result.var), "at": result.at, "total": result.exists,
        "value": _text(result.value), "partials": {name: _text(value) for name, value in result.partials.items()},
        "plane": result.plane,
    }  # fmt: skip
    return made | ({"reason": result.reason, "why": result.why} if result.reason else {})


def _directional(result: Directional, digits: int) -> list[str]:
    y = result.label
    shown = [f"{y} = {result.expr}" + ("" if result.value is None else f" = {numbers(result.value, digits)}")]
    unit = f"({', '.join(numbers(each, digits) for each in result.unit.values())})"
    given = f"({', '.join(numbers(each, digits) for each in result.direction.values())})"
    along = f"along {unit}" + ("" if unit == given else f", the unit vector of {given}")
    if result.exists:
        return [*shown, f"slope {numbers(result.slope, digits)} {along}"]
    verb = "is undecided" if result.status == "undecided" else "does not exist"
    return [*shown, f"slope {along} {verb}: {result.why}"]


def _sensitivity(result: Sensitivity, digits: int) -> list[str]:
    y = result.label
    shown = [f"{y} = {result.expr}" + ("" if result.value is None else f" = {numbers(result.value, digits)}")]
    if not result.exists:
        verb = "are undecided" if result.status == "undecided" else "do not exist"
        return [*shown, f"its slopes {verb}: {result.why}"]
    some = result.first is not None

    def cell(value: float | None) -> str:
        return "-" if value is None else numbers(value, digits)

    heads = ["variable", "value", *(["deviation"] if some else []), "slope", "elasticity"]
    rows = [
        [
            each.name,
            cell(each.value),
            *([cell(each.deviation)] if some else []),
            cell(each.slope),
            cell(each.elasticity),
        ]
        for each in result.rows
    ]
    shown += _columns([heads, *rows])
    if some:
        shown.append(f"first order: {y} = {numbers(result.value, digits)} +- {cell(result.first)}")
        if result.second is None:
            shown.append(f"second order: not known, {result.why}")
        else:
            shown.append(f"second order: {y} = {cell(result.expected)} +- {cell(result.second)}")
        if result.range is None:
            shown.append(f"within the deviations: {y} has no bounds, or perhaps no value")
        else:
            shown.append(f"within the deviations: {y} from {' to '.join(map(cell, result.range))}")
    condition = "not defined, as the value is 0" if result.condition is None else cell(result.condition)
    return [*shown, f"condition number: {condition}"]


def _engineers_record(result: Directional | Sensitivity) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": "grad", "expr": result.expr, "at": {name: plain(value) for name, value in result.at.items()},
        "value": plain(result.value), "exists": result.exists,
    }  # fmt: skip
    if isinstance(result, Directional):
        made |= {"along": result.unit, "slope": result.slope}
    elif result.exists:
        made["gradient"] = {each.name: each.slope for each in result.rows}
        made["elasticities"] = {each.name: each.elasticity for each in result.rows}
        made["condition"] = result.condition
        if result.first is not None:
            made["deviations"] = {
                each.name: each.deviation for each in result.rows if each.deviation is not None
            }
            made |= {"first": result.first, "second": result.second, "shift": result.shift}
            made["range"] = None if result.range is None else list(result.range)
    return made | ({"reason": result.reason} if result.reason else {})


def _plane_limit(result: PlaneLimit, latex: bool) -> list[str]:
    f, names = free_label("f g F G", result.names), ", ".join(result.var)
    if latex:
        to = ", ".join(result.latex[name] for name in result.var)
        head = rf"\lim_{{\left({names}\right)\to\left({to}\right)}} {f}\left({names}\right)"
        shown = [rf"{f}\left({names}\right) = {result.latex['f']}"]
    else:
        head = f"lim ({names})->({', '.join(result.to[name] for name in result.var)}) {f}({names})"
        shown = [f"{f}({names}) = {result.expr}"]
    if result.value is not None:
        shown += [] if latex else [result.proof.replace("f is", f"{f} is")]
        return [*shown, f"{head} = {result.value.latex if latex else result.value.shown}"]
    verb = "is undecided" if result.status == "undecided" else "does not exist"
    last = f"{head} {verb}: {result.why}"
    return [
        *shown,
        *(f"tried: {each}" for each in result.tried),
        rf"{head} \text{{ {verb}: {result.why}}}" if latex else last,
    ]


def _plane_limit_record(result: PlaneLimit) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": "limit", "expr": result.expr, "var": list(result.var), "to": result.to, "exists": result.exists,
        "value": _text(result.value), "float": None if result.value is None else result.value.number,
    }  # fmt: skip
    if result.reason:
        made["reason"] = result.reason
    if result.proof:
        made["proof"] = result.proof
    if result.paths:
        made["paths"] = [{"path": each.path, "limit": _text(each.value)} for each in result.paths]
    if result.tried:
        made["tried"] = list(result.tried)
    return made


def _series(result: Series, latex: bool) -> list[str]:
    f = free_label("f g F G", result.names)
    shown = [f"{part} = {_expansion(side, latex)}" for part, side in (() if latex else result.steps)]
    if result.both is not None:
        return [*shown, f"{f}({result.var}) = {_expansion(result.both, latex)}"]
    why = re.sub(r"\bf is\b", f"{f} is", result.why)
    if result.status == "undecided":
        return [*shown, f"the expansion of {f} at {result.var} = {result.point} is undecided: {why}"]
    shown.append(f"{f} has no one expansion at {result.var} = {result.point}: {why}")
    for name, side in (("left", result.left), ("right", result.right)):
        if side is not None and not side.reason:
            shown.append(f"  from the {name}: {f}({result.var}) = {_expansion(side, latex)}")
    return shown


def _expansion(side: Side, latex: bool) -> str:
    shown = side.latex["sum"] if latex else side.sum
    if side.remainder is None:
        return shown
    return f"{shown} + " + (rf"O\left({side.latex['remainder']}\right)" if latex else f"O({side.remainder})")


def _table(result: Limit, f: str, h: str) -> list[str]:
    if not result.table:
        return []
    place = result.point
    if len(result.table[0]) == 2 and place in ("oo", "-oo"):
        heads = [result.var, f"{f}({result.var})"]
    else:
        left, right = f"{f}({place}-{h})", f"{f}({place}+{h})"
        if result.quotient:
            left, right = f"({left}-{f}({place}))/(-{h})", f"({right}-{f}({place}))/{h}"
        heads = [h, *([left] if result.side != "right" else []), *([right] if result.side != "left" else [])]
    return _columns([heads, *([cell or "-" for cell in row] for row in result.table)])


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows aligned in columns, two spaces between them."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _grad(result: Gradient, digits: int) -> list[str]:
    label = result.label
    value = f" = {numbers(result.value, digits)}" if result.value is not None else ""
    echo = f"{label} = {result.expr}"
    symbol = _SYMBOLS.get(result.kind, "")
    if result.kind in ("jacobian", "hessian"):
        if result.exists and result.file and math.prod(_shape(result.array)) > _MANY:
            return [_equal(symbol, result.array, digits, result.file)]
        if result.exists:
            return _matrix(symbol, [numbers(row, digits) for row in result.array])
    else:
        echo += value
    if result.trace is not None and result.exists:
        heads = ["node", "operation", "value", f"d{label}/dnode"]
        rows = [
            [row.node, row.operation, numbers(row.value, digits), numbers(row.adjoint, digits)]
            for row in result.trace
        ]
        shown = _columns([heads, *rows])
    else:
        shown = [echo]
    if not result.exists:
        verb = "is undecided" if result.status == "undecided" else "does not exist"
        below = next(iter(result.at)) if len(result.at) == 1 else ""
        head = symbol or (f"d{label}/d{below}" if below else "the gradient")
        return [*shown, f"{head} {verb}: {result.why}"]
    if result.kind == "jvp":
        return [*shown, _equal(symbol, result.array, digits, result.file)]
    parts = result.gradient or {}
    for name, each in parts.items():
        head = {"gradient": f"d{label}/d{name}", "vjp": f"v*d{label}/d{name}"}.get(result.kind, symbol)
        if result.kind == "hvp" and len(parts) > 1:
            head = f"({symbol})_{name}"
        shown.append(_equal(head, each, digits, result.file))
    return shown


_MANY = 1000  # numbers, of which only the shape is shown where they go to a file


def _equal(head: str, value: Any, digits: int, file: str) -> str:
    """A head with its number or array; of a large one that goes to a file, the shape."""
    shape = _shape(value)
    if file and math.prod(shape) > _MANY:
        return f"{head}: an array of shape {shape}, in {file}"
    return f"{head} = {numbers(value, digits)}"


def _shape(value: Any) -> tuple[int, ...]:
    if isinstance(value, list | tuple):
        return (len(value), *(_shape(value[0]) if value else ()))
    return tuple(getattr(value, "shape", ()))


_SYMBOLS = {"jacobian": "J", "hessian": "H", "jvp": "J*v", "vjp": "v*J", "hvp": "H*v"}


def numbers_latex(value: Any, digits: int = 10) -> str:
    """A double, or an array of them: one or two axes as a matrix, more as lists of such."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        mantissa, _, exponent = numbers(value, digits).replace("oo", r"\infty").partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa
    if not any(isinstance(each, list | tuple) for each in value):
        value = [value]
    if any(isinstance(each, list | tuple) for row in value for each in row):
        return rf"\left[{', '.join(numbers_latex(each, digits) for each in value)}\right]"
    rows = (" & ".join(numbers_latex(each, digits) for each in row) for row in value)
    return r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}"


def _grad_latex(result: Gradient, digits: int) -> list[str]:
    label = name_latex(result.label)
    value = "" if result.value is None else f" = {numbers_latex(result.value, digits)}"
    symbol = _SYMBOLS_LATEX.get(result.kind, "")
    if result.kind in ("jacobian", "hessian") and result.exists:
        return [f"{symbol} = {numbers_latex(result.array, digits)}"]
    if result.trace is not None and result.exists:
        shown = _trace_latex(result, label, digits)
    else:
        shown = [f"{label} = {result.latex['f']}" + (value if result.exists or not symbol else "")]
    names = list(result.at)
    if not result.exists:
        verb = "is undecided" if result.status == "undecided" else "does not exist"
        head = symbol or (_slope_latex(label, names[0], names) if len(names) == 1 else r"\nabla " + label)
        return [*shown, f"{head} {_words_latex(f' {verb}: {result.why}')}"]
    if result.kind == "jvp":
        return [*shown, f"{symbol} = {numbers_latex(result.array, digits)}"]
    for name, each in (result.gradient or {}).items():
        slope = _slope_latex(label, name, names)
        head = {"gradient": slope, "vjp": f"v {slope}"}.get(result.kind, symbol)
        if result.kind == "hvp" and len(result.gradient or {}) > 1:
            head = rf"\left({symbol}\right)_{{{name_latex(name)}}}"
        shown.append(f"{head} = {numbers_latex(each, digits)}")
    return shown


_SYMBOLS_LATEX = {"jacobian": "J", "hessian": "H", "jvp": "J v", "vjp": "v J", "hvp": "H v"}


def _slope_latex(label: str, name: str, names: Sequence[str]) -> str:
    d = r"\partial " if len(names) > 1 else "d"
    return rf"\frac{{{d}{label}}}{{{d}{name_latex(name)}}}"


def _trace_latex(result: Gradient, label: str, digits: int) -> list[str]:
    """The rows of the graph as a table."""
    nodes = [row.node for row in result.trace or ()]
    heads = [
        *(rf"\text{{{each}}}" for each in ("node", "operation", "value")),
        rf"\frac{{d{label}}}{{d\text{{node}}}}",
    ]
    rows = [
        [
            name_latex(row.node), _operation_latex(row.operation, nodes), numbers_latex(row.value, digits),
            numbers_latex(row.adjoint, digits),
        ]
        for row in result.trace or ()
    ]  # fmt: skip
    lines = [" & ".join(each) + r" \\" for each in (heads, *rows)]
    return [r"\begin{array}{llrr}", *lines, r"\end{array}"]


def _operation_latex(operation: str, nodes: Sequence[str]) -> str:
    """x**2 of a node; what is no expression, such as an input or a call of a user's, in words."""
    from calcgrad.expression.latex import latex
    from calcgrad.expression.parser import parse

    try:
        return _words_latex(operation) if operation == "input" else latex(parse(operation, nodes).node)
    except CalcgradError:
        return _words_latex(operation)


def _matrix(symbol: str, rows: Sequence[str]) -> list[str]:
    """J = [[...],
    [...]]"""
    last = len(rows) - 1
    return [
        (f"{symbol} = [" if index == 0 else "     ") + row + ("]" if index == last else ",")
        for index, row in enumerate(rows)
    ] or [f"{symbol} = []"]


def _check(result: Check, digits: int) -> list[str]:
    if result.listed:
        return [": ".join(filter(None, (result.verdict, result.claim, result.why)))]
    shown: list[str] = []
    if result.names or result.equation:
        shown.append(echo(result.expr, result.names))
        shown += [f"claim: {result.claim}"] if result.claim is not None else []
    for each in result.points:
        if result.chosen:
            shown.append("at " + ", ".join(f"{name} = {value}" for name, value in each.at.items()))
        shown += [
            f"{name:8}  {_opinion(opinion, digits)}"
            for name, opinion in (
                ("symbolic", each.symbolic),
                ("autodiff", each.autodiff),
                ("numeric", each.numeric),
            )
        ]
    return [*shown, f"{result.verdict}: {result.why}" if result.why else result.verdict]


def echo(expr: str, names: Sequence[str]) -> str:
    """How a function was read, or an equation, which has no names here."""
    return expr if not names else f"{free_label('f g F G', names)}({', '.join(names)}) = {expr}"


def _opinion(opinion: Opinion, digits: int) -> str:
    if opinion.exact:
        return f"{opinion.exact} ({opinion.decimal})" if opinion.decimal else opinion.exact
    if opinion.number is not None:
        return float_text(opinion.number, digits)
    return opinion.status if opinion.status != "value" else "too large for a double"


def _function(row: Row) -> str:
    shown = f"{row.signature:28} {row.help}"
    if row.aliases:
        shown += f"; also {', '.join(row.aliases)}"
    if row.domain:
        shown += f"; for {row.domain}"
    if row.kinks:
        shown += f"; not smooth where {row.kinks}"
    return shown


# --------------------------------------------------------------------------------------------------- JSON


def record(result: Result, *, digits: int = 10) -> dict[str, Any]:
    """The JSON object of a result."""
    made = _record(result, digits)
    if premises := getattr(result, "assumed", ()):
        made["assumed"] = list(premises)
    return made


def _record(result: Result, digits: int) -> dict[str, Any]:
    match result:
        case Derivative():
            return _diff_record(result)
        case Implicit():
            return _implicit_record(result)
        case Total():
            return _total_record(result)
        case Parametric():
            return _parametric_record(result)
        case Limit():
            return _limit_record(result, digits)
        case PlaneLimit():
            return _plane_limit_record(result)
        case Series():
            return _series_record(result)
        case Study():
            from calcgrad.parts import studies

            return studies.record(result)
        case PlaneStudy():
            from calcgrad.parts import studies

            return studies.plane_record(result)
        case Gradient():
            return _grad_record(result)
        case Directional() | Sensitivity():
            return _engineers_record(result)
        case Accumulated():
            return {
                "command": "grad",
                "accumulated": {name: plain(value) for name, value in result.accumulated.items()},
            }
        case Plot():
            return _plot_record(result)
        case Mapped():
            return _mapped_record(result, digits)
        case Check():
            return _check_record(result)
        case Row():
            return {
                "command": "functions", "name": result.name, "signature": result.signature,
                "aliases": list(result.aliases), "domain": result.domain, "kinks": result.kinks, "help": result.help,
            }  # fmt: skip


def _text(value: Value | None) -> str | None:
    return None if value is None else value.text


def _reason_record(step: Step) -> dict[str, Any]:
    made: dict[str, Any] = {
        "rule": step.rule,
        "before": step.before,
        "after": step.after,
        "shown": step.shown,
    }
    return made | {"because": [_reason_record(part) for part in step.because]}


def _diff_record(result: Derivative) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": "diff",
        "expr": result.expr,
        "var": list(result.var[:1] if len(set(result.var)) == 1 else result.var),
        "order": result.order,
        "derivative": result.derivative,
    }
    if result.where:
        made["where"] = result.where
    if result.unsettled:
        made["unsettled"] = list(result.unsettled)
    if result.code:
        made["code"] = result.code
    if result.steps:
        made["steps"] = [_step_record(step) for each in result.steps for step in each.steps]
    if result.at is not None:
        made |= {"at": result.at, "exists": result.exists, "value": _text(result.value)}
        made["float"] = None if result.value is None else result.value.number
        if not result.exists:
            made |= {"left": _text(result.left), "right": _text(result.right), "reason": result.reason}
            if result.cases:
                made["cases"] = [_case_record(case) for case in result.cases]
        elif result.value is not None and result.value.number is None and result.value.decimal:
            made["reason"] = "overflow"
        if result.measured:
            made["evidence"] = "numeric"
    if result.derivative is None and "reason" not in made:
        made["reason"] = result.reason or "no-closed-form"
    return made


def _mapped(result: Mapped, digits: int) -> list[str]:
    """A sample as a table: numbers to the right, texts to the left."""

    def text(cell: float | str | None) -> str:
        if cell is None:
            return "-"
        return float_text(cell, digits) if isinstance(cell, float) else str(cell)

    table = [result.heads, *(tuple(map(text, line)) for line in result.lines)] if result.heads else []
    columns = []
    for index, column in enumerate(zip(*table)):
        width = max(map(len, column))
        worded = any(isinstance(line[index], str) for line in result.lines)
        columns.append([each.ljust(width) if worded else each.rjust(width) for each in column])
    return ["  ".join(line).rstrip() for line in zip(*columns)]


def _mapped_record(result: Mapped, digits: int) -> dict[str, Any]:
    made: dict[str, Any] = {"command": "map", "expr": list(result.expr)}
    made |= {"file": result.file} if result.file else {}
    made |= {"files": result.files} if result.files else {}
    made |= {"rows": result.rows, "reasons": result.reasons}
    if result.heads:
        made["table"] = [dict(zip(result.heads, line)) for line in result.lines]
    return made


def _plot_record(result: Plot) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": "plot",
        "expr": list(result.expr),
        "file": result.file,
        "tangents": [
            {"at": each.at, "line": each.line, **({"side": each.side} if each.side else {})}
            for each in result.tangents
        ],
    }
    if result.normals:
        made["normals"] = [{"at": each.at, "line": each.line} for each in result.normals]
    if result.taylor:
        made["taylor"] = [
            {"at": each.at, "degree": each.degree, "polynomial": each.polynomial}
            | ({"of": each.of} if each.of else {})
            for each in result.taylor
        ]
    if result.secants:
        made["secants"] = [{"h": each.h, "slope": each.slope, "line": each.line} for each in result.secants]
    if result.gradients:
        made["gradients"] = [dict(each) for each in result.gradients]
    return made


def _limit_record(result: Limit, digits: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": "limit", "expr": result.expr, "var": result.var, "at" if result.quotient else "to": result.point,
        "from": result.side, "exists": result.exists, "value": _text(result.value),
        "float": None if result.value is None else result.value.number,
    }  # fmt: skip
    if not result.exists:
        made |= {"left": _text(result.left), "right": _text(result.right), "reason": result.reason}
        if result.bounds is not None:
            made["bounds"] = list(result.bounds)
        if result.cases:
            made["cases"] = [_case_record(case) for case in result.cases]
    elif result.value is not None and result.value.number is None and result.value.decimal:
        made["reason"] = "overflow"
    if result.evidence:
        made["evidence"] = result.evidence
    if result.evidence == "numeric" and result.exists:
        made |= {"error": result.error, "conjecture": result.conjecture}
    if result.steps:
        made["steps"] = [_reason_record(step) for step in result.steps]
    made["table"] = [[_cell(cell, digits) for cell in row] for row in result.table]
    return made


def _case_record(case: Case) -> dict[str, Any]:
    made: dict[str, Any] = {"if": case.condition, "value": _text(case.value)}
    if case.reason:
        made |= {"left": _text(case.left), "right": _text(case.right), "reason": case.reason}
    return made


def _series_record(result: Series) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": "series", "expr": result.expr, "var": result.var, "at": result.point, "from": result.side,
        **_side_record(result.both),
    }  # fmt: skip
    if not result.exists:
        for name, side in (("left", result.left), ("right", result.right)):
            made[name] = None if side is None or side.reason else _side_record(side)
        made["reason"] = result.reason
    if result.steps:
        made["steps"] = [{"expr": part, **_side_record(side)} for part, side in result.steps]
    return made


def _side_record(side: Side | None) -> dict[str, Any]:
    if side is None:
        return {"terms": None, "remainder": None, "exact": False}
    return {
        "terms": [{"coefficient": each.coefficient, "scale": each.scale} for each in side.terms],
        "remainder": side.remainder,
        "exact": side.remainder is None,
        "evidence": side.evidence,
    }


def _cell(cell: str | None, digits: int) -> Any:
    """A table's cell: a number up to 15 digits, text beyond, null where there is none."""
    if cell is None:
        return None
    if digits > 15:
        return cell
    value = float(cell)
    return value if math.isfinite(value) else cell


def _grad_record(result: Gradient) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": "grad",
        "expr": result.expr,
        "at": {name: plain(value) for name, value in result.at.items()},
        "value": plain(result.value),
        "exists": result.exists,
    }
    parts = result.gradient
    made[result.kind] = (
        plain(result.array) if parts is None else {name: plain(value) for name, value in parts.items()}
    )
    if not result.exists:
        made["reason"] = result.reason
    if result.trace is not None:
        made["trace"] = [
            {
                "node": row.node,
                "operation": row.operation,
                "value": plain(row.value),
                "adjoint": plain(row.adjoint),
            }
            for row in result.trace
        ]
    return made


def _check_record(result: Check) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": "check", "expr": result.expr, "claim": result.claim, "verdict": result.verdict,
        "counterexample": result.counterexample,
    }  # fmt: skip
    if result.claim is None:
        rows = [
            {
                "at": each.at,
                "symbolic": each.symbolic.exact or None,
                "autodiff": each.autodiff.number,
                "numeric": each.numeric.number,
                **({} if each.digits is None else {"value": each.value, "digits": each.digits}),
            }
            for each in result.points
        ]
        if len(rows) == 1:
            made |= rows[0]
        elif rows:
            made["points"] = rows
    if result.at is not None:
        made["at"] = result.at
    if result.why:
        made["reason"] = result.why
    if result.domain:
        made["domain"] = result.domain
    if result.slip:
        made["note"] = result.slip
    return made


# ------------------------------------------------------------------------------------------------- errors


_LONG_WORD = re.compile(r"[^\s,]{80,}")


def _without_its_middle(word: str) -> str:
    """The beginning of a long word; of a path the name of the file too."""
    return word[:39] + "…" + (word[word.rindex("/") :][-40:] if "/" in word else "")


def _bounded(message: str) -> str:
    """A message that stays short whatever names the user gave."""
    cut = _LONG_WORD.sub(lambda found: _without_its_middle(found[0]), message)
    return cut if len(cut) <= 300 else cut[:299] + "…"


def error_record(error: CalcgradError, line: int | None = None) -> dict[str, Any]:
    """``line`` is that of the input, where it has several."""
    return {
        "error": {
            "code": error.code,
            "message": _bounded(error.message),
            "span": None if error.span is None else list(error.span),
            "hint": None if error.hint is None else _bounded(error.hint),
            **({} if line is None else {"line": line}),
        }
    }


def error_lines(error: CalcgradError, line: int | None = None) -> list[str]:
    """What is wrong, where (with a caret under it), and what to do."""
    head = f"error: {_harmless(_bounded(error.message))}"
    shown = [head if line is None else f"line {line}: {head}"]
    if error.span is not None and error.source is not None and error.source.strip():
        shown += _caret(error.source, *error.span)
    if error.hint:
        shown.append(f"hint: {_harmless(_bounded(error.hint))}")
    return shown


def _caret(source: str, start: int, end: int) -> list[str]:
    """The source around a span, cut at sixty characters on either side, carets below it."""
    end = max(end, start + 1)
    shown_end = min(end, start + _CONTEXT)
    first, last = max(0, start - _CONTEXT), min(len(source), shown_end + _CONTEXT)
    before = ("…" if first else "") + source[first:start]
    middle, after = source[start:shown_end], source[shown_end:last] + ("…" if last < len(source) else "")
    shown = _harmless(before + middle + after)
    return [f"  {shown}".rstrip(), "  " + " " * _width(before) + "^" * max(1, _width(middle))]


def _harmless(source: str) -> str:
    """No control or direction characters on anybody's terminal."""
    return "".join(each if each.isprintable() else " " for each in source)


def _width(source: str) -> int:
    """Columns on a terminal: wide characters take two, combining ones none."""
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in source)
