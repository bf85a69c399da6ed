"""A study laid out: as text, as the table of variation in LaTeX, as JSON.

lines(commands.study("x**3 - 3*x"))[1]          # "domain       (-oo, oo)"
plane_lines(commands.study("x**2 + y**2", var="x,y"))[1]      # "minimum      f(0, 0) = 0, Hessian determinant 4"
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calcgrad.questions import free_label
from calcgrad.results import Critical, Greatest, Interval, PlaneStudy, Spot, Study, Value

_LABEL = 13
_LONG = 20  # characters of an exact form, beyond which tables and intervals show decimals
_GONE = {
    "pole": "pole", "hole": "hole", "gap": "gap", "edge": "edge of the domain", "oscillation": "oscillates",
    "jump": "jump", "corner": "corner", "cusp": "cusp", "vertical-tangent": "vertical tangent",
    "no-derivative": "no derivative", "stationary": "stationary", "isolated": "isolated",
}  # fmt: skip
_BREAKS = ("pole", "hole", "gap", "jump", "oscillation", "isolated")
_SIGNS = {1: "+", -1: "-", 0: "0", None: ""}


def lines(result: Study) -> list[str]:
    """The answer in full."""
    f = free_label("f g F G", result.names)
    shown = [f"{f}({result.var}) = {result.expr}"]
    if not result.exists:
        return [*shown, result.why.replace("f ", f"{f} ", 1)]
    if not result.stretches:
        return [*shown, f"the study of {f} is undecided: {result.why}"]
    for label, said in _said(result, f):
        shown.append(f"{label.ljust(_LABEL)}{said}".rstrip())
    shown += _table(result, f)
    if result.unsettled:
        shown.append(f"undecided: not settled is {'; '.join(result.unsettled)}")
    return shown


def _said(result: Study, f: str) -> list[tuple[str, str]]:
    """What there is to say, with its label."""
    several = result.scope in ("window", "on")
    found = [("domain", _intervals(result.domain) or "none")]
    if not all(each.settled or each.defined for each in result.stretches):
        found[0] = ("domain", f"{found[0][1]}; more where it is not settled perhaps")
    if several:
        low, high = result.low.text, result.high.text
        opened, shut = "(" if low == "-oo" else "[", ")" if high == "oo" else "]"
        found.insert(0, ("range" if result.scope == "on" else "proved on", f"{opened}{low}, {high}{shut}"))
        if result.scope == "window":
            found[0] = (found[0][0], f"{found[0][1]} only: all below is what is there")
    if result.period is not None:
        least = "" if result.least_period else " (perhaps not the least)"
        found.append(
            ("period", f"{result.period.shown}{least}; all below is of one, [0, {result.period.text})")
        )
    if result.symmetry in ("even", "odd"):
        found.append(("symmetry", result.symmetry))
    elif result.symmetry is None:
        found.append(("symmetry", "not settled"))
    taken = {end.text for each in result.zero for end, own in zip((each.low, each.high), each.closed) if own}
    nought = [each for each in result.stretches if each.signs[0] == 0]
    taken |= {each.low.text for each in nought} & {each.high.text for each in nought}
    zeros = [each.shown for each in result.zeros if each.text not in taken]
    zeros += [_intervals(result.zero)] if result.zero else []
    more = (
        "; more where it is not settled perhaps" if not all(each.settled for each in result.stretches) else ""
    )
    found.append(("zeros", (", ".join(zeros) or "none") + more))
    for label in ("positive", "negative", "increasing", "decreasing", "constant", "convex", "concave"):
        found += [(label, said)] if (said := _intervals(getattr(result, label))) else []
    if result.bent is not None:
        found.append(("", f"convexity is proved on [{result.bent[0]}, {result.bent[1]}] only"))
    found += [(spot.extremum, _extremum(spot, f)) for spot in result.extrema]
    flat = (spot for spot in result.spots if spot.kind == "stationary" and not spot.extremum)
    found += [("stationary", _at(spot, f)) for spot in flat]
    found += [("inflection", _at(spot, f)) for spot in result.inflections]
    for label, extreme in (("greatest", result.greatest), ("least", result.least)):
        found += [(label, _greatest(extreme, f, label))] if extreme is not None else []
    breaks = (each for each in result.spots if each.kind in _BREAKS)
    found += [(_GONE[spot.kind], _break(spot, result, f)) for spot in breaks]
    found += [
        ("asymptote", f"{each.equation}, {_where(each.where, each.kind, result.var)}")
        for each in result.asymptotes
    ]
    if not result.asymptotes and result.scope != "on":
        found.append(("asymptotes", "none"))
    return found + [("note", each) for each in result.notes]


def _where(where: str, kind: str, var: str) -> str:
    if kind == "vertical":
        return "from both sides" if where == "both" else f"from the {where}"
    return " and ".join(f"{var} -> {end}" for end in where.split(" and "))


def _at(spot: Spot, f: str) -> str:
    assert spot.value is not None
    decimal = "" if spot.x.short or not spot.x.exact else f" at {spot.x.decimal}"
    return f"{f}({spot.x.text}) = {spot.value.shown}" + (f",{decimal}" if decimal else "")


def _extremum(spot: Spot, f: str) -> str:
    kind = {"edge": ", at the edge of the domain", "end": ", at the end of the range"}.get(
        spot.kind, f", at a {_GONE.get(spot.kind, spot.kind)}" if spot.kind not in ("", "stationary") else ""
    )
    return _at(spot, f) + kind + ("" if spot.strict else ", not strict")


def _greatest(extreme: Greatest, f: str, label: str) -> str:
    if not extreme.settled:
        return "not settled"
    if extreme.unbounded:
        return f"none: {f} is unbounded {'above' if label == 'greatest' else 'below'}"
    assert extreme.value is not None
    if extreme.everywhere:
        return f"{extreme.value.shown}, everywhere"
    where = [f"at {', '.join(each.text for each in extreme.places)}"] if extreme.places else []
    where += [f"on {_intervals(extreme.on)}"] if extreme.on else []
    if where:
        return f"{extreme.value.shown}, {' and '.join(where)}"
    return f"none: {f} comes near {extreme.value.shown} and does not take it"


def _break(spot: Spot, result: Study, f: str) -> str:
    sides = [f"{side} from the {name}" for name, side in (("left", spot.left), ("right", spot.right)) if side]
    here = [f"{f}({spot.x.text}) = {spot.value.text}"] if spot.value is not None else []
    return f"{result.var} = {spot.x.shown}: {', '.join([*here, *sides])}"


def _short(value: Value) -> str:
    """The exact form, or the decimal where that form is long."""
    return value.decimal if value.decimal and len(value.exact) > _LONG else value.text


def _full(value: Value) -> str:
    return value.decimal if value.decimal and len(value.exact) > _LONG else value.shown


def _interval(interval: Interval) -> str:
    low, high = _short(interval.low), _short(interval.high)
    if low == high:
        return f"{{{low}}}"
    return f"{'(['[interval.closed[0]]}{low}, {high}{')]'[interval.closed[1]]}"


def _intervals(found: Sequence[Interval]) -> str:
    shown = [_interval(each) for each in found]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


# -------------------------------------------------------------------------------------------------- table


def _table(result: Study, f: str) -> list[str]:
    """A row for each place and for each stretch between two."""
    rows = [[result.var, f"{f}'", f"{f}''", f"{f}({result.var})", ""]]
    spots = list(result.spots)
    if result.low.text == "-oo":
        rows.append(["-oo", "", "", result.ends[0] or "-", ""])
    else:
        rows.append(_row(spots.pop(0)))
    for index, stretch in enumerate(result.stretches):
        if not stretch.settled:
            rows.append(["", "", "", "", "not settled"])
        elif not stretch.defined:
            rows.append(["", "", "", "-", "not defined"])
        else:
            words = {1: "increasing", -1: "decreasing", 0: "constant"}[stretch.signs[1] or 0]
            bend = {1: ", convex", -1: ", concave"}.get(stretch.signs[2] or 0, "")
            sign = {1: "+", -1: "-", 0: "0"}[stretch.signs[0] or 0]
            rows.append(["", _SIGNS[stretch.signs[1]], _SIGNS[stretch.signs[2]], sign, words + bend])
        if spots:
            rows.append(_row(spots.pop(0)))
        elif index == len(result.stretches) - 1:
            last = result.ends[1] if result.high.text == "oo" else None
            rows.append([result.high.text, "", "", last or "-" if result.high.text == "oo" else "", ""])
    if result.scope == "period":
        rows[-1] = [result.high.text, *rows[1][1:]]
    widths = [max(len(row[k]) for row in rows) for k in range(4)]
    return ["  ".join([*(row[k].ljust(widths[k]) for k in range(4)), row[4]]).rstrip() for row in rows]


def _row(spot: Spot) -> list[str]:
    value = _full(spot.value) if spot.value is not None else "-"
    if spot.kind in ("pole", "hole", "gap", "jump", "edge", "oscillation") and (spot.left or spot.right):
        sides = " | ".join(side or "." for side in (spot.left, spot.right))
        value = value if spot.kind == "edge" and spot.value is not None else f"{value}  ({sides})"
    broken = spot.value is None or spot.kind in (
        "corner",
        "cusp",
        "vertical-tangent",
        "jump",
        "no-derivative",
    )
    bent = broken or spot.kind in ("edge", "isolated")
    words = [
        spot.extremum, "inflection" if spot.inflection else "", "zero" if spot.vanishes[0] else "",
        _GONE.get(spot.kind, "") if spot.kind != "stationary" or not (spot.extremum) else "",
    ]  # fmt: skip
    slope = "||" if broken or bent else "0" if spot.vanishes[1] else ""
    return [
        spot.x.shown,
        slope,
        "||" if bent else "0" if spot.vanishes[2] else "",
        value,
        ", ".join(filter(None, words)),
    ]


# -------------------------------------------------------------------------------------------------- LaTeX


def latex_lines(result: Study) -> list[str]:
    """f, and its table of variation: x, the signs of f' and f'', and where f rises and falls."""
    f, x = free_label("f g F G", result.names), result.latex["name"]
    shown = [rf"{f}\left({x}\right) = {result.latex['f']}"]
    if not result.exists or not result.stretches:
        return [*shown, rf"\text{{{result.why}}}"]
    count = 2 * len(result.stretches) + 1
    heads = [x, rf"{f}'\left({x}\right)", rf"{f}''\left({x}\right)", "", rf"{f}\left({x}\right)", ""]
    rows: list[list[str]] = [[head] for head in heads]
    spots: list[Spot | None] = list(result.spots)
    if result.low.text == "-oo":
        spots.insert(0, None)
    while len(spots) <= len(result.stretches):
        spots.append(
            result.spots[0] if result.scope == "period" and len(spots) == len(result.stretches) else None
        )
    for index, spot in enumerate(spots):
        before = result.stretches[index - 1] if index else None
        after = result.stretches[index] if index < len(result.stretches) else None
        way_before = before.signs[1] if before is not None and before.defined else None
        way_after = after.signs[1] if after is not None and after.defined else None
        for row, cell in zip(rows, _column(result, spot, index, way_before, way_after), strict=True):
            row.append(cell)
        if after is not None:
            for row, cell in zip(rows, _between(after), strict=True):
                row.append(cell)
    body = [
        f"{' & '.join(rows[0])} \\\\ \\hline", f"{' & '.join(rows[1])} \\\\ \\hline",
        f"{' & '.join(rows[2])} \\\\ \\hline", *(f"{' & '.join(row)} \\\\" for row in rows[3:]),
    ]  # fmt: skip
    return [*shown, rf"\begin{{array}}{{c|{'c' * count}}}", *body, r"\end{array}"]


def _between(stretch: Any) -> list[str]:
    if not stretch.defined:
        mark = r"/\!/" if stretch.settled else "?"
        return ["", mark, mark, mark, mark, mark]
    arrow = {1: r"\nearrow", -1: r"\searrow", 0: r"\longrightarrow", None: "?"}[stretch.signs[1]]
    signs = [{1: "+", -1: "-", 0: "0", None: "?"}[each] for each in stretch.signs[1:]]
    return ["", *signs, "", arrow, ""]


def _column(result: Study, spot: Spot | None, index: int, before: int | None, after: int | None) -> list[str]:
    """The cells at a place: x, f', f'', and f at the height that the arrows beside it ask for."""
    last = index == len(result.stretches)
    if spot is None:  # at infinity
        text = result.ends[1 if last else 0]
        shown = {"oo": r"+\infty", "-oo": r"-\infty", None: ""}.get(
            text, result.latex.get(f"end {last:d}", text)
        )
        x = r"+\infty" if last else r"-\infty"
        way = before if last else after
        return [x, "", "", *_heights(shown or "", (way or 0) * (1 if last else -1))]
    x = (result.high if last and result.scope == "period" else spot.x).latex
    if spot.value is None or spot.kind == "jump":
        broken = r"\Vert"
        parts = [_heights(spot.sides[0], before or 0), _heights(spot.sides[1], -(after or 0))]
        cells = [f"{left} {broken} {right}".strip() for left, right in zip(*parts, strict=True)]
        return [x, broken, broken, *cells]
    slope = r"\Vert" if spot.kind in ("corner", "cusp", "vertical-tangent", "no-derivative") else ""
    signs = [
        slope or ("0" if spot.vanishes[k] or (k == 1 and spot.kind == "stationary") else "") for k in (1, 2)
    ]
    way = before if before is not None else -after if after is not None else 0
    if before is not None and after is not None and before == after:
        way = 0
    return [x, *signs, *_heights(spot.value.latex, way)]


def _heights(shown: str, way: int) -> list[str]:
    """A value at the top (``way`` 1), in the middle or at the bottom."""
    return [shown if way == height else "" for height in (1, 0, -1)]


# --------------------------------------------------------------------------------------------------- JSON


def record(result: Study) -> dict[str, Any]:
    made: dict[str, Any] = {"command": "study", "expr": result.expr, "var": result.var}
    if not result.exists:
        return made | {"exists": False, "reason": result.reason}
    made |= {"scope": result.scope, "low": result.low.text, "high": result.high.text}
    if result.stretches:
        made |= {
            kind: [_interval_record(each) for each in getattr(result, kind)]
            for kind in (
                "domain", "positive", "negative", "zero", "increasing", "decreasing", "constant", "convex", "concave",
            )
        }  # fmt: skip
        made |= {
            "zeros": [_number(each) for each in result.zeros],
            "extrema": [_spot_record(each) for each in result.extrema],
            "critical": [_spot_record(each) for each in result.critical],
            "inflections": [_spot_record(each) for each in result.inflections],
            "breaks": [
                _spot_record(each)
                for each in result.spots
                if each.value is None or each.kind in ("jump", "isolated")
            ],
            "asymptotes": [
                {"kind": each.kind, "equation": each.equation, "where": each.where}
                for each in result.asymptotes
            ],
            "symmetry": result.symmetry,
            "period": None if result.period is None else _number(result.period),
            "greatest": _greatest_record(result.greatest),
            "least": _greatest_record(result.least),
        }
    if result.bent is not None:
        made["convexity_on"] = list(result.bent)
    if result.unsettled:
        made |= {"reason": "undecided", "unsettled": list(result.unsettled)}
    return made


def _number(value: Value) -> dict[str, Any]:
    return {"value": value.text, "float": value.number}


def _interval_record(interval: Interval) -> dict[str, Any]:
    return {"low": interval.low.text, "high": interval.high.text, "closed": list(interval.closed)}


def _spot_record(spot: Spot) -> dict[str, Any]:
    made: dict[str, Any] = {"at": spot.x.text, "at_float": spot.x.number}
    made |= {"value": None, "float": None} if spot.value is None else _number(spot.value)
    made |= {"kind": spot.kind or "regular"}
    if spot.extremum:
        made |= {"extremum": spot.extremum, "strict": spot.strict}
    if spot.value is None or spot.kind in ("jump", "edge"):
        made |= {"left": spot.left, "right": spot.right}
    return made


def _greatest_record(extreme: Greatest | None) -> dict[str, Any] | None:
    if extreme is None or not extreme.settled:
        return None
    if extreme.value is None:
        return {"value": None, "reason": "unbounded"}
    made = _number(extreme.value) | {
        "taken": bool(extreme.places or extreme.on), "at": [each.text for each in extreme.places],
    }  # fmt: skip
    return made | ({"on": [_interval_record(each) for each in extreme.on]} if extreme.on else {})


# ------------------------------------------------------------------------------------------------ two variables

_BY = {
    "curve": "f decides along the curve on which one slope is 0",
    "around": "f - f(p) has one sign all around",
    "paths": "f rises along one path and falls along another",
}


def plane_lines(result: PlaneStudy) -> list[str]:
    """The answer in full: a line for each point."""
    f = free_label("f g F G", result.names)
    shown = [f"{f}({', '.join(result.var)}) = {result.expr}"]
    if result.status == "no":
        return [*shown, result.why.replace("f ", f"{f} ", 1)]
    for name, period in result.periods.items():
        shown.append(
            "period".ljust(_LABEL) + f"{period.shown} in {name}; all below is of one, [0, {period.text})"
        )
    for curve in result.curves:
        where = f" where {curve.where}" if curve.where else ""
        shown.append(
            curve.kind.ljust(_LABEL) + f"{f} = {curve.value.shown} along {_equation(curve.equation)}{where}"
        )
    for each in result.points:
        place = ", ".join(each.at[name].text for name in result.var)
        said = f"{f}({place}) = {each.value.shown}"
        if each.determinant is not None:
            said += f", Hessian determinant {each.determinant.shown}"
        if why := _BY.get(each.by, ""):
            said += f": {why.replace('f ', f'{f} ').replace('f(', f'{f}(')}"
        shown.append(f"{each.kind or 'critical'}".ljust(_LABEL) + said)
    if result.exists and not result.points and not result.curves:
        shown.append("critical".ljust(_LABEL) + "none")
    if result.unsettled:
        shown.append(f"undecided: not settled is {'; '.join(result.unsettled)}")
    return shown


def _equation(condition: str) -> str:
    """x = 0, as people write it."""
    return condition.replace(" == ", " = ")


def plane_latex(result: PlaneStudy) -> list[str]:
    f = free_label("f g F G", result.names)
    names = ", ".join(result.latex[name] for name in result.var)
    shown = [rf"{f}\left({names}\right) = {result.latex['f']}"]
    shown += [
        rf"{result.latex[name]} \in \left[0, {each.latex}\right)" for name, each in result.periods.items()
    ]
    for curve in result.curves:
        where = rf", \; {curve.latex['where']}" if curve.where else ""
        shown.append(
            rf"\text{{{curve.kind}}} \quad {f} = {curve.value.latex}, \; {curve.latex['equation']}{where}"
        )
    for each in result.points:
        place = ", ".join(each.at[name].latex for name in result.var)
        shown.append(
            rf"\text{{{each.kind or 'critical'}}} \quad {f}\left({place}\right) = {each.value.latex}"
        )
    if result.unsettled:
        shown.append(rf"\text{{undecided: not settled is {'; '.join(result.unsettled)}}}")
    return shown


def plane_record(result: PlaneStudy) -> dict[str, Any]:
    made: dict[str, Any] = {"command": "study", "expr": result.expr, "var": list(result.var)}
    if result.status == "no":
        return made | {"exists": False, "reason": result.reason}
    if result.periods:
        made["periods"] = {name: _number(each) for name, each in result.periods.items()}
    made["critical"] = [_critical_record(each) for each in result.points]
    if result.curves:
        made["curves"] = [
            {
                "equation": _equation(each.equation),
                **_number(each.value),
                "kind": each.kind,
                "where": each.where,
            }
            for each in result.curves
        ]
    made["complete"] = not result.unsettled
    return made | ({"reason": result.reason, "unsettled": list(result.unsettled)} if result.unsettled else {})


def _critical_record(point: Critical) -> dict[str, Any]:
    return {
        "at": {name: place.text for name, place in point.at.items()},
        "value": point.value.text,
        "float": point.value.number,
        "kind": point.kind or None,
        "by": point.by or None,
        "determinant": None if point.determinant is None else point.determinant.text,
    }
