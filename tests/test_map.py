"""map: rows of tables against mpmath, against hand-written NumPy, and against diff --at at kinks and edges.

python tests/test_map.py 200        # so many made-up formulas against diff --at
"""

from __future__ import annotations

import csv
import importlib
import io
import json
import math
import multiprocessing
import os
import random
import signal
import struct
import subprocess
import sys
import time
import warnings
import zipfile
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import large_tables
import mpmath
import numpy as np
import pytest

import calcgrad
from calcgrad.budget import allow_deep_recursion, within
from calcgrad.calculus import numeric, rules
from calcgrad.commands import maps
from calcgrad.commands.maps import Rows, question
from calcgrad.errors import CalcgradError, TimeUp
from calcgrad.expression.arrays import scalarize
from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.parser import parse
from calcgrad.parts.recordings import Recording
from calcgrad.tables import delimited, digits, jsonlines, runs
from calcgrad.tables.rows import REASONS

Ask = Callable[..., Any]
ROOT = Path(__file__).parent.parent
TEXT = "x,y,name\n1,2,a\n0,0,b\n-1,0.5,c\n,3,d\n2.5,-1e-3,e\n"


@pytest.fixture(autouse=True)
def _here(folder: Path) -> None:
    (folder / "t.csv").write_text(TEXT)


def mapped(expr: str | list[str], columns: dict[str, Any], **more: Any) -> tuple[dict[str, Any], list[str]]:
    found = calcgrad.map(expr, {name: np.asarray(column, float) for name, column in columns.items()}, **more)
    return found, found["reason"].tolist()


# ---------------------------------------------------------------------------------------------------- numbers

FORMULAS = [
    ("exp(-x**2)*sin(y)", lambda x, y: mpmath.exp(-(x**2)) * mpmath.sin(y)),
    ("x**3*y - y/x", lambda x, y: x**3 * y - y / x),
    ("log(x)*atan(y)", lambda x, y: mpmath.log(x) * mpmath.atan(y)),
    ("sqrt(x**2 + y**2 + 1)", lambda x, y: mpmath.sqrt(x**2 + y**2 + 1)),
    ("x**y", lambda x, y: x**y),
    ("tanh(x*y)/(1 + x)", lambda x, y: mpmath.tanh(x * y) / (1 + x)),
    ("gamma(x + 1)*cosh(y)", lambda x, y: mpmath.gamma(x + 1) * mpmath.cosh(y)),
    ("erf(x - y)", lambda x, y: mpmath.erf(x - y)),
    ("(1 - cos(x/1e6))/(x/1e6)**2*y", lambda x, y: (1 - mpmath.cos(x / 10**6)) / (x / 10**6) ** 2 * y),
    ("log(1 + x/1e14) + y/1e20", lambda x, y: mpmath.log(1 + x / 10**14) + y / 10**20),
    ("1/(1 + exp(-700*x)) + y", lambda x, y: 1 / (1 + mpmath.exp(-700 * x)) + y),
]


@pytest.mark.parametrize(("expr", "truth"), FORMULAS, ids=[expr for expr, _ in FORMULAS])
def test_values_and_partials_are_those_of_mpmath(expr: str, truth: Any) -> None:
    """Also where doubles alone lose all their digits."""
    rng = np.random.default_rng(3)
    columns = {"x": rng.uniform(0.2, 4, 200), "y": rng.uniform(-2, 2, 200)}
    found, reasons = mapped(expr, columns)
    assert not any(reasons)
    with mpmath.workdps(400 if "700" in expr else 60):
        for row in range(0, 200, 23):
            point = [mpmath.mpf(repr(columns[name][row].item())) for name in "xy"]
            for name, order in (("value", (0, 0)), ("d_x", (1, 0)), ("d_y", (0, 1))):
                wanted = truth(*point) if name == "value" else mpmath.diff(truth, tuple(point), order)
                got = found[name][row].item()
                assert abs(got - wanted) <= 2e-6 * abs(wanted) + mpmath.mpf(10) ** -290, (row, name)
                if name == "value" and "1e" not in expr and expr != "x**y":
                    assert abs(got - wanted) <= 1e-13 * max(1, abs(wanted))


def test_as_numpy_written_by_hand() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(2, 20_000))
    found, reasons = mapped("exp(-x**2)*sin(y)", {"x": x, "y": y}, second=True)
    e = np.exp(-(x**2))
    truth = {
        "value": e * np.sin(y), "d_x": -2 * x * e * np.sin(y), "d_y": e * np.cos(y),
        "d_xx": (4 * x**2 - 2) * e * np.sin(y), "d_xy": -2 * x * e * np.cos(y), "d_yy": -e * np.sin(y),
    }  # fmt: skip
    assert not any(reasons) and list(found) == ["x", "y", *truth, "reason"]
    for name, wanted in truth.items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-11, atol=1e-15)


# ------------------------------------------------------------------------------------- kinks, edges, domains

WORDS = [
    ("abs(x)", 0.0, 0.0, "corner"), ("abs(x - 0.3)", 0.3, 0.0, "corner"), ("x*abs(x)", 0.0, 0.0, ""),
    ("cbrt(x)", 0.0, 0.0, "vertical-tangent"), ("sqrt(x)", 0.0, 0.0, "not-real"), ("floor(x)", 2.0, 2.0, "jump"),
    ("sqrt(x)", -1.0, None, "not-real"), ("1/x", 0.0, None, "undefined"), ("log(x)", 0.0, None, "undefined"),
    ("log(x)", -2.0, None, "not-real"), ("1/(1/x)", 0.0, None, "undefined"), ("atan(1/x)", 0.0, None, "undefined"),
    ("exp(x)", 800.0, None, "overflow"), ("exp(x)/exp(x + 1)", 800.0, math.exp(-1), ""),
    ("sqrt(x**2 - 2.2*x + 1.21)", 1.1, 0.0, "corner"), ("where(x > 0, log(x), -x)", -1.0, 1.0, ""),
    ("where(x > 0, x, -x)", 0.0, 0.0, "corner"), ("floor(x/0.1)", 0.3, 3.0, "jump"), ("x", math.nan, None, "missing"),
    ("x", math.inf, None, "infinite"), ("sin(pi*x)", 1.0, 0.0, ""), ("max(x, 1)*(x - 1)", 1.0, 0.0, ""),
    ("1e20*x + abs(x)", 0.0, 0.0, "corner"), ("x + tan(pi)*1e20", 1.0, 1.0, ""), ("x/sin(pi)", 1.0, None, "undefined"),
    ("x/0", 1.0, None, "undefined"), ("(x - x)**(-1)", 1.0, None, "undefined"), ("log(-1)*x", 1.0, None, "not-real"),
    ("relu(x) + 0.25", 0.0, 0.25, "corner"), ("x*relu(x)", 0.0, 0.0, ""),
    ("min(x, 0.5*x, 2)", 0.0, 0.0, "corner"), ("abs(x) - abs(x)", 0.0, 0.0, ""), ("hypot(x, 0)", 0.0, 0.0, "corner"),
    ("x + tan(pi/2)", 1.0, None, "undefined"), ("log(x)/floor(0.5)", -1.0, None, "undefined"),
    ("sqrt(-x**2)", 1.0, None, "not-real"),
]  # fmt: skip


@pytest.mark.parametrize(("expr", "x", "value", "reason"), WORDS)
def test_every_gap_says_why(expr: str, x: float, value: float | None, reason: str) -> None:
    found, reasons = mapped(expr, {"x": [x, 0.7]})
    assert reasons[0] == reason
    assert math.isnan(found["value"][0]) if value is None else found["value"][0] == pytest.approx(value)
    assert math.isnan(found["d_x"][0]) == bool(reason)


IDENTITIES = [
    ("sin(x)^2 + cos(x)^2", 1),
    ("cosh(y)^2 - sinh(y)^2", 1),
    ("exp(x)*exp(-x)", 1),
    ("log(exp(x)) - x", 0),
    ("(x+y)^2/(x^2+2*x*y+y^2)", 1),
]
AROUND = [
    ("abs({u} - {c})*y + x", "x", (1, 0)), ("floor({u})*y", "{c}*y", (0, "{c}")),
    ("exp({u})*y", "exp({c})*y", (0, "exp({c})")),
    ("where({u} >= {c}, x, y)", "x", (1, 0)), ("sqrt({u} - {c}) + x*y", "x*y", ("y", "x")),
]  # fmt: skip


def test_identities_are_known_for_all_rows() -> None:
    """Two thousand rows of what no double tells, as constructed; a row alone is what it is among others."""
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0.1, 3, 2000), rng.uniform(0.5, 2, 2000)
    for index, (around, plain, partials) in enumerate(AROUND):
        u, c = IDENTITIES[index]
        expr, env = around.format(u=u, c=c) + " + 0*x*y", {"x": x, "y": y, "exp": np.exp}
        made, reasons = mapped(expr, {"x": x, "y": y}, wrt="x,y")
        assert set(reasons) == {""}, expr
        for name, truth in zip(("value", "d_x", "d_y"), (plain, *partials)):
            wanted = eval(str(truth).format(c=c), env) + 0 * x
            np.testing.assert_allclose(made[name], wanted, rtol=1e-6, atol=1e-300)
        alone, _ = mapped(expr, {"x": x[7:8], "y": y[7:8]}, wrt="x,y")
        assert all(alone[name][0] == made[name][7] for name in ("value", "d_x", "d_y")), expr
    assert mapped("x/x", {"x": [0.0, 2.0]})[1] == ["undefined", ""]


def test_zeros_by_the_thousand_are_decided_at_once() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 30_000))
    x[::2] = 0
    found, reasons = mapped("abs(x)*y + max(x, y)", {"x": x, "y": y})
    assert set(reasons[::2]) == {"corner"} and set(reasons[1::2]) == {""}
    np.testing.assert_allclose(found["d_y"][::2], np.where(y[::2] > 0, 1.0, 0.0))
    found, reasons = mapped("x*abs(x)*y", {"x": x, "y": y})
    assert not any(reasons) and not found["d_x"][::2].any()


UNARY = [
    "exp", "log", "sqrt", "sin", "tan", "atan", "abs", "cbrt", "floor", "sign", "relu", "asin", "tanh", "log1p",
    "sigmoid", "acosh", "Heaviside", "acot",
]  # fmt: skip
ATOMS = ["x", "y", "x", "y", "2", "0.5", "3", "0.1", "(x-0.3)", "(x-y)", "(x+y)"]
PLACES = [0.0, 1.0, -1.0, 0.5, 2.0, 0.3, 0.1, -0.3, 3.0, 0.2, 1e-9, 1.7]


def made_up(rng: random.Random, depth: int) -> str:
    if not depth or rng.random() < 0.15:
        return rng.choice(ATOMS)
    kind = rng.random()
    a, b, c, d = (made_up(rng, depth - 1) for _ in range(4))
    if kind < 0.45:
        return f"{rng.choice(UNARY)}({a})"
    if kind < 0.8:
        return f"({a}){rng.choice('+-**/')}({b})"
    if kind < 0.88:
        return f"({a})**{rng.choice(['2', '3', '(1/2)', '(1/3)', '(-1)'])}"
    if kind < 0.95:
        return f"{rng.choice(['max', 'min', 'hypot', 'atan2'])}({a},{b})"
    return f"where({a}<{b},{c},{d})"


FAULTS = [
    "log(x)", "1/x", "sqrt(x-1)", "1/(x-x)", "1/floor(0.5)", "asin(x+2)", "1/floor(x/2)", "log(y-1)", "x**(1/2)", "1/y",
    "log(-1-x**2)", "atanh(x)", "0**x", "tan(pi/2)", "acosh(y)", "x/0", "log(x*0)", "x", "abs(y)",
    "where(x<y,1/x,log(x))",
]  # fmt: skip


def faulty(rng: random.Random, depth: int) -> str:
    """A formula of which several parts have no value at a point, or nowhere."""
    if not depth:
        return rng.choice(FAULTS)
    a, b = faulty(rng, depth - 1), faulty(rng, depth - 1)
    kind = rng.random()
    if kind < 0.7:
        return f"({a}){rng.choice('+-**/')}({b})"
    return f"{rng.choice(UNARY)}({a})" if kind < 0.85 else f"max({a},{b})"


def disagreements(seed: int, formulas: int, seconds: float, make: Any = made_up, depth: int = 2) -> list[Any]:
    """Rows of made-up formulas that map answers otherwise than diff --at, in value or in the word."""
    rng, found, done = random.Random(seed), [], 0
    while done < formulas:
        expr = make(rng, depth)
        points = [(rng.choice(PLACES), rng.choice(PLACES)) for _ in range(6)]
        try:
            rows = Rows(question([expr]), ["x", "y"])
        except CalcgradError:
            continue
        if not rows.names:
            continue
        done += 1
        columns = {name: np.array([point[i] for point in points]) for i, name in enumerate("xy")}
        made = rows([columns[name] for name in rows.needed], len(points))
        for row, point in enumerate(points):
            words = set()
            for index, name in enumerate(rows.names):
                at = {each: repr(point["xy".index(each)]) for each in rows.names}
                try:
                    said = within(seconds, partial(calcgrad.diff, expr, at=at, var=name))
                except (CalcgradError, TimeUp):
                    words.add("undecided")
                    continue
                got = made.results[1 + index][row]
                words.add(said.reason)
                if said.reason == "undecided":
                    continue
                if said.exists and said.value.number is None:  # too large for a double, or too small
                    right = math.isnan(got) or not got
                elif said.exists:
                    right = abs(got - said.value.number) <= 1e-5 * abs(said.value.number) + 1e-280
                else:
                    right = math.isnan(got)
                if not right:
                    found.append((expr, point, name, got, said.reason, said.value))
            reason = REASONS[made.reasons[row]]
            if "undecided" not in words and reason not in words | {"undecided", "overflow"}:
                found.append((expr, point, reason, words))
    return found


def test_what_is_not_in_doubt_is_right() -> None:
    """Results of rows that no bound puts in doubt, against ball arithmetic, for formulas and numbers of all sizes."""
    rng, numbers = random.Random(12), np.random.default_rng(12)
    smooth = [
        "exp",
        "log",
        "sqrt",
        "sin",
        "tan",
        "atan",
        "log1p",
        "expm1",
        "tanh",
        "sinh",
        "cbrt",
        "sigmoid",
        "erf",
        "cosh",
    ]
    compared = 0
    for _ in range(60):
        a, b, c = (rng.choice(["x", "y", "1", "2", "0.1", "1e-8", "pi", "x*y"]) for _ in range(3))
        f, g = rng.choices(smooth, k=2)
        expr = f"{f}({a}{rng.choice('+-*/')}{g}({b})){rng.choice('+-*/')}({c}-{a})"
        root = parse(expr, ["x", "y"]).node
        try:
            recording = Recording([root], ["x", "y"], [("x",)])
        except CalcgradError:
            continue
        columns = list(numbers.normal(size=(2, 12)) * 10.0 ** numbers.integers(-9, 4, (2, 12)))
        results, odd = recording.run(columns)
        trees = [root, rules.derive(scalarize(root), "x").after]
        for row in sorted(set(range(12)) - set(odd.tolist())):
            env = {name: Fraction(column[row].item()) for name, column in zip("xy", columns)}
            for tree, result in zip(trees, results):
                truth = numeric.evaluate(tree, 20, env, 400)
                if isinstance(truth, Fraction | numeric.Ball):
                    wanted = numeric.to_float(truth)
                    assert abs(result[row] - wanted) <= 1e-6 * abs(wanted) + 1e-280, (expr, env)
                    compared += 1
                else:
                    assert truth is numeric.UNSETTLED, (expr, env)
    assert compared > 300


LOST = ["((x + 10^16) - 10^16)", "(((x + 1)*10^17 - 10^17)/10^17)", "(x - (x - y)*10^17/10^17 - y)"]
PLACED = [
    "",
    "+1",
    "+pi/2",
    "+1.4616321449683623",
    "-0.5040830082644554",
    "+3.831705970207512",
    "*7",
    "*1000",
    "-50",
]


def overtrusted(seed: int, formulas: int) -> list[Any]:
    """Values that no bound puts in doubt and that are wrong, where an inner part has lost all its digits.

    The slope of what is around it may vanish there, or say nothing of so large an error.
    """
    rng, wrong = random.Random(seed), []
    names = [
        row.name for row in ROWS.values() if row.parameters == ("x",) and row.name not in ("neg", "detach")
    ]
    around = [*(f"{name}(T)" for name in names), "(T)**2", "(T)**3", "(T)**4", "(T)**5", "(T)*(T)", "1/(1+(T)**2)",
              "hypot(T, y)", "atan2(T, 1)", "atan2(1, T)", "besselj(1, T)", "(T)**y", "exp(-(T)**2)",
              "(1+(T)**2)**(1/2)"]  # fmt: skip
    for _ in range(formulas):
        inner = rng.choice(LOST) + rng.choice(PLACED)
        expr = rng.choice(around).replace("T", inner) + rng.choice(["", "", "+1", "+y", "*x"])
        root = parse(expr, ["x", "y"]).node
        try:
            recording = Recording([root], ["x", "y"], [])
        except CalcgradError:
            continue
        columns = [
            np.array([rng.choice([0.5, 0.3, 1.7, -0.2, 3.0, 1e-3, 25.0]) for _ in range(4)]) for _ in "xy"
        ]
        [result], odd = recording.run(columns)
        for row in sorted(set(range(4)) - set(odd.tolist())):
            env = {name: Fraction(repr(column[row].item())) for name, column in zip("xy", columns)}
            truth = numeric.evaluate(root, 20, env, 400)
            wanted = numeric.to_float(truth) if isinstance(truth, Fraction | numeric.Ball) else math.nan
            if (
                truth is not numeric.UNSETTLED
                and not abs(result[row] - wanted) <= 2e-6 * abs(wanted) + 1e-280
            ):
                wrong.append((expr, env, result[row], wanted))
    return wrong


@pytest.mark.parametrize(("expr", "x"), [
    ("exp(-x)*10^300*10^20", 750.0), ("(x^2*10^300)*10^40", 1e-170), ("x^4/x^3", 1e-100), ("log(exp(-x))", 800.0),
    ("exp(-x^2)/exp(-x^2-x)", 30.0), ("10^-200*x*10^200", 1e-150), ("(x/10^200)^(1/2)*10^90", 1e-150),
])  # fmt: skip
def test_what_is_too_small_for_a_double_on_the_way_is_not_0(expr: str, x: float) -> None:
    root = parse(expr, ["x"]).node
    found, [reason] = mapped(expr, {"x": [x]})
    for tree, name in ((root, "value"), (rules.derive(scalarize(root), "x").after, "d_x")):
        wanted = numeric.to_float(numeric.evaluate(tree, 20, {"x": Fraction(repr(x))}, 400))
        assert found[name][0] == pytest.approx(wanted, rel=1e-6, abs=1e-290) and not reason
    assert mapped("y/x^2", {"x": [0.0] * 2000, "y": range(2000)})[1] == ["undefined"] * 2000


def test_differences_smaller_than_any_double_are_0() -> None:
    rng = random.Random(7)
    for _ in range(12):
        a, factor = rng.choice((1, 2, 0.5)), rng.choice((1.0, -3.0, 1e200))
        x = rng.choice((-1, 1)) * round(10 ** rng.uniform(2.4, 3.4), rng.randint(0, 6)) / a
        expr = f"abs(tanh({a}*x))*{factor}"
        with mpmath.workdps(3000):
            at = mpmath.mpf(repr(x)) * a
            slope = float(mpmath.sech(at) ** 2 * mpmath.sign(at) * a * factor)
            flat = float(factor * (1 - mpmath.tanh(at) ** 2))
        found, reasons = mapped(expr, {"x": [x]})
        assert reasons == [""] and found["d_x"][0] == pytest.approx(slope, rel=1e-12, abs=5e-323), (expr, x)
        value = mapped(f"{factor}*(1 - tanh({a}*x)^2)", {"x": [x]}, wrt="")
        assert (value[0]["value"].tolist(), value[1]) == ([flat], [""]), (expr, x)
        assert numeric.double(parse(f"{factor}*(1 - tanh({a}*({x!r}))^2)").node) == flat
    assert calcgrad.diff("tanh(x)", at=800).value.number == 0.0
    assert numeric.double(parse("exp(1000) - 1").node) is None
    assert numeric.double(parse("exp(-1000)/1e-200").node) == float(mpmath.exp(-1000) * 1e200)


def test_no_slope_that_vanishes_is_trusted() -> None:
    assert overtrusted(15, 120) == []


def test_rows_of_large_tables_are_those_of_autograd_and_mpmath() -> None:
    pytest.importorskip("autograd")
    bad, compared = large_tables.wrong(102, 7, 200)
    assert bad == [] and compared > 2000


def test_rows_are_named_as_diff_names_points() -> None:
    assert disagreements(11, 12, 2) == []
    assert disagreements(3, 5, 2, faulty, 1) == []


# ---------------------------------------------------------------------------------------------- tables in memory

HELD = [
    ([1, 2.5], ["", ""]), ([1.0, None], ["", "missing"]), ([2**70, 1], ["", ""]), ([10**400, 1], ["infinite", ""]),
    (np.ma.array([1.0, 2.0], mask=[False, True]), ["", "missing"]), ([True, False], ["", ""]),
    ([Decimal("0.1"), None], ["", "missing"]), (np.array([1, np.nan], np.float16), ["", "missing"]),
    (["1", "2"], "<U1"), ([1j, 2], "complex"), ([[1], [2]], "shapes"), ([1.0, object()], "object"),
    (np.array(["2020", "2021"], "M8[Y]"), "datetime64"), ([None, "a"], "str"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "said"), HELD)
def test_a_column_holds_real_numbers_or_nothing(column: Any, said: list[str] | str) -> None:
    if isinstance(said, str):
        with pytest.raises(CalcgradError, match=said):
            calcgrad.map("x", {"x": column})
        return
    made = calcgrad.map("v", {0: column}, rename={"v": "0"}, wrt=[])
    assert made["reason"].tolist() == said and list(made) == [0, "value", "reason"]
    for each, value, word in zip(column, made["value"].tolist(), said):
        assert math.isnan(value) if word else value == float(each)


# -------------------------------------------------------------------------------------------------------- files


def test_a_table_keeps_its_cells(ask: Ask) -> None:
    answer = ask("map", "log(x)*y", "--over", "t.csv")
    assert answer.out == (
        "x,y,name,value,d_x,d_y,reason\n1,2,a,0.0,2.0,0.0,\n0,0,b,,,,undefined\n-1,0.5,c,,,,not-real\n,3,d,,,,missing\n"
        "2.5,-1e-3,e,-0.0009162907318741551,-0.0004,0.9162907318741551,\n"
    )
    assert answer.code == 1
    assert answer.err == "note: 3 of 5 rows have gaps: 1 missing, 1 undefined, 1 not-real\n"


@pytest.mark.parametrize(
    ("name", "text", "out"),
    [
        ("a.tsv", "x\ty\r\n1\t2\r\n3\t4\r\n", "x\ty\tvalue\td_x\treason\r\n1\t2\t2.0\t2.0\t\r\n3\t4\t12.0\t4.0\t\r\n"),
        ("a.csv", "\ufeffx;y\n1;2\n\n 3;+4e0", "x;y;value;d_x;reason\n1;2;2.0;2.0;\n 3;+4e0;12.0;4.0;\n"),
        ("a.csv", 'x,"n, m",y\n"1","a ""b""\nc",2\n', 'x,"n, m",y,value,d_x,reason\n"1","a ""b""\nc",2,2.0,2.0,\n'),
        ("a.csv", "x,y\nNA,2\nnan,1\ninf,1\n",
         "x,y,value,d_x,reason\nNA,2,,,missing\nnan,1,,,missing\ninf,1,,,infinite\n"),
        ("a.csv", "x,y\n", "x,y,value,d_x,reason\n"),
        ("a.csv", "x,y\r\r\n1,2\r\r\n", "x,y,value,d_x,reason\r\n1,2,2.0,2.0,\r\n"),
        ("a.jsonl", '{"x": 1, "y":2}\n{"x":null}\n', '{"x": 1, "y":2,"value":2.0,"d_x":2.0,"reason":null}\n'
         '{"x":null,"value":null,"d_x":null,"reason":"missing"}\n'),
    ],
)  # fmt: skip
def test_text_as_people_write_it(ask: Ask, name: str, text: str, out: str) -> None:
    Path(name).write_bytes(text.encode())
    assert ask("map", "x*y", "--wrt", "x", "--over", name, "-o", f"out.{name}").code in (0, 1)
    assert Path(f"out.{name}").read_bytes().decode() == out
    assert (
        ask("map", "x*y", "--wrt", "x", "--over", "-", stdin=text).out == out.replace("\t", ",")
        or ".tsv" in name
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("x,y\n1,2\n\n3,zz\n", "line 4, column y: 'zz' is not a number"),
        ("x,y\n1,2,3\n", "line 2: 3 cells where the header has 2"),
        ('x,y\n1,2\n3,4" pipe\n5,6\n', "line 3: a quote stands alone here"),
        ('x,y\n1,2\n3,"4" pipe\n5,6\n', "line 3: a quote stands alone here"),
        ("x,y\n1\n", "line 2: 1 cell where the header has 2"),
        ('x,y\n"1\n2",3\n1,0x10\n', "line 2, column x"),
        ('x,y\n"1",2\n1,1_0\n', "line 3, column y: '1_0' is not a number"),
        ('x,y\n1,"2\n', "line 2"),
        ('x,y,z\n1,2,3\n1,2,4"5\n', "line 3: a quote stands alone here"),
        ("x,x\n1,2\n", "two columns x"),
        ("", "no header"),
        ("x\ry\n1,2\n", "carriage return alone"),
        ("x,z\n1,2\n", "no column y"),
        ("x,y\r1,2\r", "lines that end with a carriage return alone"),
        ("x,y\n1,2\r3,4\n\n5,6\n", "line 2: 3 cells"),
        ("x,y\nnan(1),2\n", "'nan(1)' is not a number"),
        ("x,y\n\u00a01,2\n", r"'\xa01' is not a number"),
        ("x;y\n1,5;2\n", "has a decimal point"),
        ("1,2\n3,4\n", "no header: its first line holds numbers"),
        ('x"1,y\n1,2\n', "line 1: a quote stands alone here"),
        ("x,,y,\n1,2,3,4\n", "two columns without a name"),
        ("x y\n1 2\n", "columns: x y"),
    ],
)
def test_a_malformed_row_is_named_and_nothing_is_written(ask: Ask, text: str, place: str) -> None:
    Path("bad.csv").write_text(text)
    Path("out.csv").write_text("old")
    answer = ask("map", "x*y", "--over", "bad.csv", "-o", "out.csv")
    assert (answer.out, answer.code) == ("", 2) and place in answer.err and "bad.csv" in answer.err
    assert Path("out.csv").read_text() == "old" and len(list(Path().iterdir())) == 3


@pytest.mark.parametrize(
    "line",
    [
        '{"x":1,"y":"2"}',
        '{"x":1',
        "[1]",
        '{"x":1,"y":2,"value":3}',
        '{"x":1e999999,"y":true}',
        '{"x":1,"y":2,"x":3}',
        '{"x":1,"y":2,"z":{"a":1,"a":1}}',
    ],
)
def test_a_malformed_object_is_named(ask: Ask, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(jsonlines, "_PIECE", 16)  # the names of columns are those of the first piece
    Path("bad.jsonl").write_text(f'{{"x":1,"y":2}}\n\n{line}\n')
    answer = ask("map", "x*y", "--over", "bad.jsonl", "-o", "out.jsonl")
    assert answer.code == 2 and "bad.jsonl, line 3" in answer.err and not Path("out.jsonl").exists()


def test_a_name_that_is_no_variable_is_fed_by_rename(ask: Ask) -> None:
    for name in ("Δp", "flow rate", "T °C"):
        Path("n.csv").write_text(f"{name}\n3\n")
        answer = ask("map", f"{name}^2" if name == "Δp" else f"q + {name}", "--over", "n.csv")
        assert answer.code == 2 and (name != "Δp" or f"--rename q={name}" in answer.err)
        answer = ask("map", "q^2", "--rename", f"q={name}", "--over", "n.csv", "-o", "o.csv")
        assert answer.code == 0 and answer.err == "wrote o.csv: 1 row\n"


def test_options_of_map(ask: Ask) -> None:
    answer = ask("map", "area = w*k", "r = w/speed", "--rename", "w=x,k=y", "--rename", "x=speed", "--over", "t.csv",
                 "--let", "c=1", "--wrt", "w", "--second")  # fmt: skip
    assert answer.err.count("--let c is not used") == 1 and answer.code == 1
    answer = ask(
        "map", "area = w*k", "r = w/c", "--rename", "x=w,k=y", "--let", "c=4", "--over", "t.csv", "--wrt", "w"
    )
    assert answer.out.splitlines()[1] == "1,2,a,2.0,2.0,0.25,0.25,"
    answer = ask("map", "x*y", "--over", "t.csv", "--sample", "2", "--digits", "3")
    assert answer.out.splitlines() == [
        "x  y  name  value  d_x  d_y  reason", "1  2  a         2    2    1       -",
        "0  0  b         0    0    0       -",
    ]  # fmt: skip
    assert ask("map", "x*y", "--over", "t.csv", "-o", "o.csv", "--quiet") == ("", "", 1)
    made = json.loads(ask("map", "x*y", "--over", "t.csv", "-o", "o.csv", "--json").out)
    assert made == {"command": "map", "expr": ["x*y"], "file": "o.csv", "rows": 5, "reasons": {"missing": 1}}
    for words in ("--over t.csv --strict", "--over t.csv --strict -o strict.csv"):
        answer = ask("map", "x*y", *words.split())
        assert (answer.out, answer.code) == ("", 2) and "t.csv, line 5: no answer: missing" in answer.err
    assert not Path("strict.csv").exists()


@pytest.mark.parametrize(
    "words",
    [
        "x", "x x*y --over t.csv", "--over t.csv", "x --over no.csv", "x --over t.txt", "x --over t.csv -o t.xls",
        "z --over t.csv", "x --over t.csv --wrt z", "name*x --over t.csv", "y=x --over t.csv", "x --over t.csv --json",
        "x --over t.csv --rename q=r", "x --over t.csv --digits 18", "x --over t.csv --resume", "sinn(x) --over t.csv",
        "x --over t.csv --sample 0", "[x,y] --over t.csv", "x --over *.nothing", "x --over t.csv -o no/such.csv",
        "f --py no.py --over t.csv",
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(ask: Ask, words: str) -> None:
    answer = ask("map", *words.split())
    assert answer.code == 2 and answer.err.startswith("error: ") and "internal" not in answer.err
    assert [each.name for each in Path().iterdir()] == ["t.csv"]


def test_a_file_in_a_deep_folder_is_named(ask: Ask) -> None:
    folder = Path("a" * 30, "b" * 30, "c" * 30)
    folder.mkdir(parents=True)
    (folder / "bad.csv").write_text("x\n1\n2O\n")
    answer = ask("map", "x", "--over", str(folder / "bad.csv"))
    assert answer.code == 2 and "…/bad.csv, line 3, column x: '2O' is not a number\n" in answer.err


def test_a_column_is_a_point_of_grad(ask: Ask) -> None:
    Path("c.csv").write_text("n,x\na,1\nb,2\n")
    assert ask("grad", "dot(x, x)", "--at", "x=@c.csv:x", "--raw").out == "[2, 4]\n"
    for at in ("x=@c.csv:y", "x=@c.csv:n", "x=@t.csv:x", "x=@no.csv:x", "x=@c.txt:x"):
        answer = ask("grad", "dot(x, x)", "--at", at)
        assert answer.code == 2 and "internal" not in answer.err


def test_a_column_is_points_of_diff(ask: Ask) -> None:
    """A whole number beyond doubles is what it says."""
    Path("c.csv").write_text("x\n9007199254740993\n0.5\n-2e20\n")
    for command, option in (("diff", "--at"), ("limit", "--to")):
        answer = ask(command, "x^2", option, "x=@c.csv:x", "--json")
        at = [json.loads(line)["at" if command == "diff" else "to"] for line in answer.out.splitlines()]
        assert ["9007199254740993" in str(each) for each in at] == [True, False, False], at
    assert "-200000000000000000000" in str(at[2]) and "0.5" in str(at[1])
    assert ask("grad", "sum(x)", "--at", "x=@c.csv:x", "--raw").out == "[1, 1, 1]\n"
    assert "x=@c.csv:COLUMN" in ask("grad", "sum(x)", "--at", "x=@c.csv").err


def test_a_sample_shows_cells_as_they_are(ask: Ask) -> None:
    Path("s.csv").write_text('x,id,n,w\n1.50,007,12345678901234567890,"a\nb\x1b[0m"\ninf,008,2,\n')
    answer = ask("map", "x^2", "--over", "s.csv", "--sample", "5", "--json")
    assert json.loads(answer.out)["table"] == [
        {"x": 1.5, "id": "007", "n": "12345678901234567890", "w": "a b [0m", "value": 2.25, "d_x": 3.0, "reason": None},
        {"x": "inf", "id": "008", "n": "2", "w": None, "value": None, "d_x": None, "reason": "infinite"},
    ]  # fmt: skip
    for words in (["-o", "o.csv"], ["--strict"], ["--resume"]):
        answer = ask("map", "x", "--over", "s.csv", "--sample", "1", *words)
        assert answer.code == 2 and "--sample shows rows, and writes none" in answer.err


def test_a_sample_of_a_folder_goes_on_in_the_next_file(ask: Ask) -> None:
    Path("in").mkdir()
    for name, text in (("a", "x\n1\n2\n"), ("b", "x\n"), ("c", "x\n-3\n4\n"), ("d", "x,y\n5,6\n")):
        Path(f"in/{name}.csv").write_text(text)
    for count in (1, 2, 3, 4, 9):
        answer = ask("map", "x^2", "--over", "in", "--sample", str(count), "--json")
        assert [row["value"] for row in json.loads(answer.out)["table"]] == [1, 4, 9, 16][:count]
        assert ("in/d.csv has other columns than in/a.csv" in answer.err) == (count == 9)
    Path("in/b.csv").write_bytes(b"x,n\n1,\xff\n")
    assert "b.csv, line 2, column n: not UTF-8" in ask("map", "x^2", "--over", "in/b*", "--sample", "3").err


def test_a_structured_array_comes_back_as_one() -> None:
    table = np.array([(1, 2.0, [1, 2]), (0, 3.0, [3, 4])], [("n", "i2"), ("y", ">f8"), ("m", "f4", (2,))])
    for given in (table, table.view(np.recarray), np.ma.array(table, mask=[(0, 0, 0), (0, 1, 1)])):
        made = calcgrad.map("log(n)*y", given)
        assert type(made) is type(given) and made.dtype.names == (
            "n",
            "y",
            "m",
            "value",
            "d_n",
            "d_y",
            "reason",
        )
        assert all(made.dtype[name] == table.dtype[name] for name in table.dtype.names)
        assert made["value"][0] == 0 and made["d_n"][0] == 2 and np.isnan(made["value"][1])
        masked = isinstance(given, np.ma.MaskedArray)
        assert made["reason"].tolist() == ["", "missing" if masked else "undefined"]
        assert not masked or made["y"][1] is np.ma.masked


def test_files_that_are_something_else(ask: Ask) -> None:
    for name, text, said in (
        ("a.npy", "x,y\n1,2\n", "it does not begin as one"), ("b.jsonl", "", "has no rows"),
        ("c.jsonl", '[{"x":1}]', "an object a line"), ("d.txt", "x\n1\n", "--over - reads CSV"),
    ):  # fmt: skip
        Path(name).write_text(text)
        answer = ask("map", "x", "--over", name, "-o", "o.csv")
        assert answer.code == 2 and said in answer.err and "pickle" not in answer.err
    assert "it does not begin as one" in ask("grad", "dot(x,x)", "--at", "x=@a.npy").err


def test_tables_and_arrays_that_cannot_be_read_say_why(ask: Ask) -> None:
    deep = '{"x":' + "[" * 100_000
    for name, text, said in (
        ("a.jsonl", b'{"x":1,"x":2}\n', "line 1: two members are called x"),
        ("a.jsonl", b'{"x":1}\n{"x":1,"x":2}\n', "line 2: two members are called x"),
        ("a.jsonl", f"{deep}\n".encode(), "line 1: nested too deeply"),
        ("a.jsonl", f'{{"x":1}}\n{deep}\n'.encode(), "line 2: nested too deeply"),
        ("a.jsonl", b'{"x":1}\n3\n', "line 2: not a JSON object"),
        ("a.jsonl", b'{"x":1,"value":3}\n', "has a column value already"),
        ("a.csv", b"\xff,x\n1,2\n", "is not UTF-8 text"),
        ("a.csv", b"", "has no header"),
    ):
        Path(name).write_bytes(text)
        answer = ask("map", "x", "--over", name)
        assert (answer.out, answer.code, said in answer.err) == ("", 2, True), answer
    for columns, said in (
        ({"x": [1.0, 2.0], "y": [1.0]}, "columns of different lengths"), ({}, "no columns"),
        ({"x": np.ones((2, 2))}, "x is an array of shape (2, 2)"),
        ({"x": np.array(["a"], object)}, "Object arrays cannot be loaded"),
        ({"x": np.array([1j])}, "holds complex128, not real numbers"),
    ):  # fmt: skip
        np.savez("a.npz", **columns)
        answer = ask("map", "x", "--over", "a.npz", "-o", "o.npz")
        assert (answer.code, said in answer.err) == (2, True), answer
    np.save("a.npy", np.array(3.0))
    np.save("b.npy", np.array([1j]))
    Path("u.py").write_bytes(b"\xff")
    for words, said in (
        ("map x --over a.npy", "an array of shape () has no columns"),
        ("map x --over none.npz", "No such file"),
        ("grad sum(x) --at x=@a.npz", "holds several arrays"),
        ("grad sum(x) --at x=@b.npy", "holds complex128, not real numbers"),
        ("grad f --py u.py --at x=1", "is not UTF-8 text"),
        ("plot x -o a\0b.svg", "cannot be a file's name"),
    ):
        answer = ask(*words.split(" "))
        assert (answer.out, answer.code, said in answer.err) == ("", 2, True), (words, answer)


def test_a_last_line_needs_no_end_and_a_number_beyond_doubles_is_infinite(ask: Ask) -> None:
    Path("a.jsonl").write_text('{"x":1}')
    assert ask("map", "2*x", "--over", "a.jsonl").out == '{"x":1,"value":2.0,"d_x":2.0,"reason":null}\n'
    Path("a.jsonl").write_text(f'{{"x":{"1" * 350}}}\n{{"x":null}}\n{{"x":{"1" * 450}}}\n')
    assert "1 missing, 2 infinite" in ask("map", "2*x", "--over", "a.jsonl").err
    for text in ("x", "x\n"):
        Path("a.csv").write_text(text)
        assert ask("map", "2*x", "--over", "a.csv").out == "x,value,d_x,reason\n"


def test_what_doubles_leave_open_is_decided_exactly() -> None:
    def said(expr: str, **columns: Any) -> list[str]:
        return mapped(expr, columns)[1]

    assert said("gamma(x)", x=[0.0, 171.0, 172.0, -1.0]) == ["undefined", "", "overflow", "undefined"]
    assert said("exp(exp(x))", x=[800.0, 1.0]) == ["overflow", ""]
    assert said("where(not x>1, x, 1)", x=[1.0, 2.0]) == ["corner", ""]
    assert said("where((x>1) and (x<3) or x==5, x^2, 1)", x=[1.0, 2.0, 5.0]) == ["corner", "", "jump"]
    assert said("LambertW(x)*floor(x)", x=[1.0, 0.5]) == ["jump", ""]
    assert said("log(-1-x^2)", x=[1.0]) == ["not-real"]


def test_a_column_is_given_once(ask: Ask) -> None:
    answer = ask("map", "a", "--over", "t.csv", "--rename", "a=x,a=y")
    assert answer.code == 2 and "--rename gives a two columns" in answer.err
    answer = ask("map", "x*y", "--over", "-", stdin='\ufeff {"x":1,"y":2}\n')
    assert answer.code == 0 and '"value":2.0' in answer.out


def test_a_column_may_have_any_name(ask: Ask) -> None:
    """A comma in a name, an ending that is none, a folder: what the question says is what it means."""
    Path("n.csv").write_text('"speed, m/s","a,b,c",k\n2,3,5\n')
    head = '"speed, m/s","a,b,c",k,value,d_v,d_w,d_k,reason'
    for rename in (["v=speed, m/s,w=a,b,c"], ["v=speed, m/s", "w=a,b,c"], ["w=a,b,c,v=speed, m/s"]):
        words = [word for each in rename for word in ("--rename", each)]
        assert ask("map", "v*w*k", "--over", "n.csv", *words).out == f"{head}\n2,3,5,30.0,15.0,10.0,6.0,\n"
    found = calcgrad.map("v*k", {"a, b": np.array([2.0]), "k": np.array([3.0])}, rename={"v": "a, b"})
    assert found["value"].tolist() == [6.0]
    assert "d is no folder, and has no ending" in ask("map", "x", "--over", "d").err
    Path("d").mkdir()
    assert "d is a folder" in ask("map", "x", "--over", "t.csv", "-o", "d").err


def test_cells_of_any_length_and_words_for_infinity(ask: Ask) -> None:
    long = "a" * 200_000
    Path("l.csv").write_text(f'x,n\n1,"{long}"\n')
    assert ask("map", "x", "--over", "l.csv").out.splitlines()[1] == f'1,"{long}",1.0,1.0,'
    words = ["inf", " -Infinity ", "nan", "1e999", "NA", "+inf"]
    Path("w.csv").write_text("x,n\n" + "".join(f"1,{word}\n" for word in words))
    assert ask("map", "x", "--over", "w.csv", "-o", "w.jsonl").code == 0
    found = [json.loads(line, parse_float=str)["n"] for line in Path("w.jsonl").read_text().splitlines()]
    assert found == ["inf", " -Infinity ", "nan", "1E+999", "NA", "+inf"]


def test_a_delimiter_may_be_named(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for word, character in (
        ("space", " "),
        (" ", " "),
        ("tab", "\t"),
        (r"\t", "\t"),
        ("bar", "|"),
        (";", ";"),
        (":", ":"),
    ):
        Path("d.csv").write_text(
            "x,y,n\n1,2,a,b\n,3,\n".replace(",", character).replace(f"a{character}b", '"a,b"')
        )
        made = "x,y,n,value,d_x,reason\n1,2,-,2.0,2.0,\n,3,,,,missing\n".replace(",", character).replace(
            "-", '"a,b"'
        )
        assert ask("map", "x*y", "--wrt", "x", "--over", "d.csv", "--delimiter", word).out == made
    Path("d.csv").write_text("a,b;x;y,z\n1;2;3\n")
    assert ask("map", "x", "--over", "d.csv", "--delimiter", ";").out.splitlines()[1] == "1;2;3;2.0;1.0;"
    assert (
        ask("map", "x", "--over", "-", "--delimiter", ":", stdin="x:{}\n1:2\n").out.splitlines()[1]
        == "1:2:1.0:1.0:"
    )
    for word in ("", "ab", "a", "1", "\u00e9", "\n", '"', "."):
        answer = ask("map", "x", "--over", "d.csv", "--delimiter", word)
        assert answer.code == 2 and "can stand between cells" in answer.err
    Path("d.jsonl").write_text('{"x":1}\n')
    assert "--delimiter is for CSV" in ask("map", "x", "--over", "d.jsonl", "--delimiter", ";").err
    monkeypatch.setattr(delimited, "LONGEST", 100)
    monkeypatch.setattr(delimited, "_PIECE", 64)
    Path("d.csv").write_text('x,n\n1,a\n1,"b\n' + "1,c\n" * 100)
    assert "d.csv, line 3: this row is longer than" in ask("map", "x", "--over", "d.csv").err


def test_a_name_has_one_meaning(ask: Ask) -> None:
    """A column that is a constant to the language, is given by --let, or is one variable with another."""
    Path("n.csv").write_text("theta,\u03b8,inf,lambda,x\u2081,x,y\n1,2,3,4,5,6,7\n")
    for words, said in (
        (["\u03b8"], "columns theta and \u03b8, and both are the variable theta"),
        (["x + inf"], "inf is a constant, and n.csv has a column inf"),
        (["x^2*y", "--rename", "x=y"], "both names are columns and variables"),
    ):
        answer = ask("map", *words, "--over", "n.csv")
        assert answer.code == 2 and said in answer.err
    for words, header, values in (
        (["\u03b8", "--rename", "theta=\u03b8"], "value,d_\u03b8,reason", "2.0,1.0,"),
        (["lambda*x\u2081"], "value,d_lambda,d_x\u2081,reason", "20.0,5.0,4.0,"),
        (["x + exp(1) - E"], "value,d_x,reason", "6.0,1.0,"),
    ):
        lines = ask("map", *words, "--over", "n.csv").out.splitlines()
        assert [line.split(",", 7)[7] for line in lines] == [header, values]
    answer = ask("map", "x*y", "--let", "y=5", "--over", "n.csv")
    assert answer.out.endswith(",7,30.0,5.0,\n")
    assert answer.err == "note: y is what --let says, and not the column y of n.csv\n"


def test_names_of_columns(ask: Ask) -> None:
    Path("n.csv").write_text("e,\u03c0,x_max,\u0394p,max,lambda,speed\n1,2,3,4,5,6,7\n")
    for expr, more, last in (
        ("2+1/4", [], "2.25,"), ("x_max*lambda", [], "18.0,6.0,3.0,"), ("k*x_max", ["k=e"], "3.0,3.0,1.0,"),
        ("k*speed", ["k=\u0394p"], "28.0,7.0,4.0,"), ("2*t", ["t=max"], "10.0,2.0,"), ("x_max+e", [], None),
        ("2*speed + 0*x_max", [], "14.0,2.0,0.0,"),
    ):  # fmt: skip
        answer = ask("map", expr, "--over", "n.csv", *(word for each in more for word in ("--rename", each)))
        if last is None:
            assert answer.code == 2 and "e is a constant, and n.csv has a column e" in answer.err
        else:
            assert (answer.out.splitlines()[1], answer.code) == (f"1,2,3,4,5,6,7,{last}", 0)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_number_is_all_of_its_digits_beside_a_kink(ask: Ask, kind: str) -> None:
    """Numbers that round to one double are on either side of a kink, as diff --at has them."""
    rng, near = random.Random(8), ["0.3", "0.1", "2", "-0.7"]
    cells = [
        f"{each}{'' if '.' in each else '.'}{'0' * rng.randint(17, 30)}{rng.choice('01')}" for each in near
    ]
    cells += ["0.29999999999999999999", "1.99999999999999999999999", "-0.69999999999999999999"]
    lines = ["x", *cells] if kind == "csv" else [f'{{"x":{cell}}}' for cell in cells]
    Path(f"k.{kind}").write_text("\n".join(lines) + "\n")
    expr = "abs(x-0.3) + floor(x/2) + max(x, 0.1, -0.7)"
    ask("map", expr, "--over", f"k.{kind}", "-o", f"out.{kind}")
    text = Path(f"out.{kind}").read_text()
    rows = (
        list(csv.DictReader(io.StringIO(text))) if kind == "csv" else list(map(json.loads, text.splitlines()))
    )
    for cell, row in zip(cells, rows, strict=True):
        said = calcgrad.diff(expr, at={"x": cell})
        assert (row["reason"] or "") == said.reason, cell
        if said.exists:
            assert float(row["d_x"]) == said.value.number, cell


def test_a_python_function_of_columns(ask: Ask) -> None:
    Path("model.py").write_text(
        "import numpy as np\ndef drag(x, y, rho=1.2):\n    return np.where(x > 0, rho*x*y**2, np.log(x))\n"
    )
    answer = ask("map", "drag", "--py", "model.py", "--over", "t.csv", "--wrt", "y")
    assert answer.out.splitlines()[1:4] == ["1,2,a,4.8,4.8,", "0,0,b,,,undefined", "-1,0.5,c,,,not-real"]
    Path("model.py").write_text("def f(x):\n    return x if x > 0 else -x\n")
    answer = ask("map", "f", "--py", "model.py", "--over", "t.csv")
    assert answer.code == 2 and "np.where" in answer.err


@pytest.mark.parametrize("name", ["f", "at_zero", "beside"])
def test_a_python_function_that_does_not_end_ends_the_run(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Where it is recorded, and where it is asked at a kink or about a gap."""
    monkeypatch.setattr(maps, "_SECONDS", 0.3)
    Path("endless.py").write_text(
        "import numpy as np\ncalls = []\n"
        "def again():\n    calls.append(1)\n    while len(calls) > 1: pass\n"
        "def f(x):\n    while True: pass\n"
        "def at_zero(x):\n    again()\n    return abs(x)*y(x)\n"
        "def y(x): return x\n"
        "def beside(x):\n    again()\n    return np.log(x)\n"
    )
    answer = ask("map", name, "--py", "endless.py", "--over", "t.csv", "-o", "out.csv")
    assert answer.code == 3 and f"gave up after 0.3 s on {name}\n" in answer.err
    assert not Path("out.csv").exists()


def test_columns_of_numpy(ask: Ask) -> None:
    x, y = np.array([1.0, -1, 0.5]), np.array([2, 3, 4], np.int32)
    np.savez("a.npz", x=x, y=y)
    np.savez_compressed("c.npz", x=x, y=y)
    np.save("p.npy", np.stack([x, y], 1))
    made = np.zeros(3, [("x", float), ("y", "i4")])
    made["x"], made["y"] = x, y
    np.save("s.npy", made)
    for name, more in (("a.npz", []), ("c.npz", []), ("s.npy", []), ("p.npy", ["--rename", "x=0,y=1"])):
        for target in ("o.npz", "o.npy", "o.csv"):
            assert ask("map", "log(x)*y", "--over", name, "-o", target, *more).code == 1
        with np.load("o.npz") as found:
            plain = np.load("o.npy")
            for column in ("value", "d_x", "d_y"):
                np.testing.assert_array_equal(found[column], plain[column])
            np.testing.assert_allclose(found["d_x"], [2, np.nan, 8])
            assert found["reason"].tolist() == plain["reason"].tolist() == ["", "not-real", ""]
    np.save("o.npy", np.array([{}], object))
    assert ask("map", "x", "--over", "o.npy").code == 2
    days = np.array(["2020", "2021", "2022"], "M8[Y]")
    np.savez(
        "k.npz",
        x=x,
        d=days,
        c=np.array([1j, 2, 3]),
        n=np.array([2**60 + 1, 2, 3]),
        q=x.astype(np.longdouble) / 3,
    )
    assert ask("map", "x", "--over", "k.npz", "-o", "o.npz").code == 0
    with np.load("k.npz") as before, np.load("o.npz") as after:
        assert all(
            before[name].dtype == after[name].dtype and (before[name] == after[name]).all() for name in before
        )
    assert ask("map", "x", "--over", "k.npz", "-o", "o.csv").code == 0
    assert (
        "1.0,2020-01-01,1j,1152921504606846977,0.33333333333333333334,1.0,1.0," in Path("o.csv").read_text()
    )
    for bad in (np.array(3.0), np.ones((2, 2))):
        np.savez("o.npz", x=bad)
        answer = ask("map", "x", "--over", "o.npz", "-o", "p.npz")
        assert answer.code == 2 and f"x is an array of shape {bad.shape}, and no column" in answer.err


def test_an_archive_that_is_not_whole_is_refused(ask: Ask) -> None:
    """Whatever is cut off, put in or named twice in a member: never numbers that are none."""
    buffer = io.BytesIO()
    np.save(buffer, np.arange(5.0))
    member = buffer.getvalue()
    whole = [("x.npy", member)]
    for members in (
        *([("x.npy", member[:end])] for end in (3, 9, 60, 128, len(member) - 8, len(member) - 1)),
        [("x.npy", member + b"12345678")],
        [*whole, *whole],
    ):
        for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            with zipfile.ZipFile("a.npz", "w", compression) as archive, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for name, data in members:
                    archive.writestr(name, data)
            answer = ask("map", "x^2", "--over", "a.npz", "-o", "o.csv")
            extra = members[0][1] != member and len(members[0][1]) > len(member) and compression
            assert answer.code == (0 if extra else 2), (len(members), len(members[0][1]), answer)
    with zipfile.ZipFile("a.npz", "w") as archive:
        archive.writestr(*whole[0])
    assert ask("map", "x^2", "--over", "a.npz", "-o", "o.csv").code == 0


# ---------------------------------------------------------------------------------- from one format to another

KINDS: list[Callable[[random.Random], str]] = [
    lambda rng: str(rng.randint(-9, 9)),
    lambda rng: str(rng.randint(-(10**19), 10**19)),
    lambda rng: str(rng.choice([2**53 + 1, -(2**63), 2**63, 2**53])),
    lambda rng: f"{rng.randint(0, 999):03}",
    lambda rng: repr(rng.uniform(-1, 1) * 10.0 ** rng.randint(-30, 30)),
    lambda rng: rng.choice(["1.50", ".5", "+2", "3.", "1E+05", "-0", "0.12345678901234567890123", "1e400"]),
    lambda rng: rng.choice(["a", "a,b", 'say "x"', "two\nlines", "\u00e9\u4e2d", " padded ", "t\tt", "true", "NA"]),
    lambda rng: "",
]  # fmt: skip


def made_up_cells(rng: random.Random, rows: int) -> list[str]:
    """Cells of one kind, of one kind first and of another later, or of any."""
    one, other = rng.choice(KINDS), rng.choice(KINDS)
    mixed = rng.random() < 0.2
    change = rng.choice([0, rows // 2, rows])
    return [(rng.choice([one, other]) if mixed else one if i < change else other)(rng) for i in range(rows)]


def says(cell: str, value: Any) -> bool:
    """Is this what a cell says: nothing, the same text, or the same number?"""
    if isinstance(value, str):
        return value == cell
    if value is None or value != value:
        return cell.strip() in ("", "NA")
    if math.isinf(value):
        return cell == "1e400"
    if isinstance(value, float):
        exact = Fraction(cell)
        return value == float(cell) and (exact.denominator > 1 or abs(exact) <= 2**53 or "e" in cell.lower())
    return isinstance(value, int) and value == Fraction(cell)


def columns_of(file: str) -> dict[str, list[Any]]:
    path = Path(file)
    if path.suffix in (".csv", ".tsv"):
        with path.open(newline="") as stream:
            header, *rows = csv.reader(stream, delimiter="\t" if path.suffix == ".tsv" else ",")
        return dict(zip(header, map(list, zip(*rows))))
    if path.suffix == ".jsonl":
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        return {name: [line[name] for line in lines] for name in lines[0]}
    if path.suffix == ".npz":
        with np.load(path) as found:
            return {name: found[name].tolist() for name in found}
    return importlib.import_module("pyarrow.parquet").read_table(path).to_pydict()  # type: ignore[no-any-return]


def lost(seed: int, tables: int, endings: list[str], ask: Ask) -> list[Any]:
    """Cells that do not say in another format what they said, and columns that are of other types from row to row."""
    rng, wrong = random.Random(seed), []
    for _ in range(tables):
        rows = 24
        table = {"x": [repr(rng.uniform(0, 1)) for _ in range(rows)]}
        table |= {name: made_up_cells(rng, rows) for name in ("a", "b")}
        with Path("from.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows([table, *zip(*table.values())])
        for ending in endings:
            answer = ask("map", "x**2", "--over", "from.csv", "-o", f"to.{ending}")
            if answer.code == 2 and ending == "npz" and "no column of numbers" in answer.err:
                continue
            found = columns_of(f"to.{ending}") if not answer.code else {}
            if list(found) != [*table, "value", "d_x", "reason"]:
                wrong.append((ending, answer, table))
                continue
            for name, cells in table.items():
                bad = [(cell, value) for cell, value in zip(cells, found[name]) if not says(cell, value)]
                types = {type(value) for value in found[name]} - {type(None)}
                if bad or (ending != "jsonl" and len(types) > 1):
                    wrong.append((ending, name, bad, types))
    return wrong


def test_every_cell_is_kept_in_every_format(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_PIECE", 64)
    monkeypatch.setattr(runs, "cores", lambda: 1)
    assert lost(3, 16, ["csv", "tsv", "jsonl", "npz"], ask) == []


def test_members_that_come_later_and_values_of_all_kinds(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonlines, "_PIECE", 64)
    rows = [{"x": i, "id": 2**60 + i, "n": None if i < 6 else {"a": [i]}} for i in range(9)]
    Path("a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert ask("map", "x**2", "--over", "a.jsonl", "-o", "a.csv").code == 0
    found = columns_of("a.csv")
    assert found["id"] == [str(2**60 + i) for i in range(9)] and found["n"][8] == '{"a": [8]}'
    assert found["value"] == [repr(float(i**2)) for i in range(9)]
    Path("a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"x": 1, "q": 2}]))
    answer = ask("map", "x**2", "--over", "a.jsonl", "-o", "b.csv")
    assert answer.code == 2 and "a.jsonl, line 10, column q" in answer.err and not Path("b.csv").exists()
    Path("c.jsonl").write_text('{"y":1}\n{"x":2,"y":1e400}\n{"x":-0.0,"y":1,"z":"\\ud800"}\n')
    assert [json.loads(line)["reason"] for line in ask("map", "x*y", "--over", "c.jsonl").out.splitlines()] == [
        "missing", "infinite", None,
    ]  # fmt: skip
    assert "half of a surrogate pair" in ask("map", "x*y", "--over", "c.jsonl", "-o", "c.csv").err
    Path("d.csv").write_bytes(b"x,n\n1,\xe9\n")
    assert (
        ask("map", "x", "--over", "d.csv", "-o", "e.csv").code == 0
        and b"1,\xe9,1.0" in Path("e.csv").read_bytes()
    )
    answer = ask("map", "x", "--over", "d.csv", "-o", "d.jsonl")
    assert answer.code == 2 and "d.csv, line 2, column n: not UTF-8 text" in answer.err


def test_no_rows_keep_their_columns(ask: Ask) -> None:
    Path("e.csv").write_text("x,y\n")
    np.savez("e.npz", x=np.zeros(0), n=np.zeros(0, np.int32))
    for source, names in (("e.csv", ["x", "y"]), ("e.npz", ["x", "n"])):
        for target in ("o.npz", "o.npy", "o.csv", "o.jsonl"):
            assert ask("map", "x**2", "--over", source, "-o", target).code == 0
        with np.load("o.npz") as found:
            assert [*found] == [*names, "value", "d_x", "reason"] == list(np.load("o.npy").dtype.names)
        assert Path("o.csv").read_text().strip().split(",") == [*names, "value", "d_x", "reason"]


# ------------------------------------------------------------------------------------- numbers that are no doubles

BEYOND = ["x - c", "(x - c)/1e9", "where(x > c, 1, 0)*x", "abs(x - c)", "x**2", "1/(x - c)", "sqrt(x - c)", "x/c",
          "(x - c)**3 + y", "log(x) - log(c)"]  # fmt: skip


def test_whole_numbers_beyond_doubles_are_what_they_say() -> None:
    """Against ball arithmetic, at the numbers that the table says."""
    rng = random.Random(14)
    for expr in BEYOND[::2]:
        c = rng.choice([2**53, 10**18, 1_700_000_000_000_000_000])
        said = [c + rng.choice([-3, -1, 0, 1, 2, 5, 999, 10**6 + 1, 10**12 + 7]) for _ in range(8)]
        made = calcgrad.map(expr, {"x": np.array(said), "y": np.arange(8)}, let=f"c={c}", wrt="x")
        root = parse(expr.replace("c", str(c)), ["x", "y"]).node
        slope = rules.derive(scalarize(root), "x").after
        for row, x in enumerate(said):
            for tree, name in ((root, "value"), (slope, "d_x")):
                truth = numeric.evaluate(tree, 20, {"x": Fraction(x), "y": Fraction(row)}, 200)
                got = made[name][row].item()
                if not isinstance(truth, Fraction | numeric.Ball) or (x == c and name == "d_x"):
                    assert math.isnan(got) == bool(made["reason"][row]), (expr, x, name)
                    continue
                wanted = numeric.to_float(truth)
                assert abs(got - wanted) <= 1e-6 * abs(wanted), (expr, x, name, got, wanted)


def test_whole_numbers_beyond_doubles_in_files(ask: Ask) -> None:
    said = [2**53 + 1, 2**53, 5, 10**25 + 1]
    Path("b.csv").write_text(
        "x\n" + "".join(f"{x}\n" for x in said) + '" 9007199254740993 "\n9007199254740993.0\n'
    )
    lines = ask("map", "x - 2^53", "--over", "b.csv").out.splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == [
        "1.0", "0.0", "-9007199254740987.0", "9.999999990992802e+24", "1.0", "1.0",
    ]  # fmt: skip
    Path("b.jsonl").write_text("".join(f'{{"x":{x}}}\n' for x in said))
    np.save("b.npy", np.array(said[:3]))
    assert ask("map", "v = x - 2^53", "--rename", "x=0", "--over", "b.npy", "-o", "b.npz").code == 0
    with np.load("b.npz") as made:
        assert made["v"].tolist() == [1.0, 0.0, 5.0 - 2**53]
    made = [
        json.loads(line)["value"] for line in ask("map", "x - 2^53", "--over", "b.jsonl").out.splitlines()
    ]
    assert made[:3] == [1.0, 0.0, 5.0 - 2**53] and abs(made[3] / (10**25 - 2**53) - 1) < 1e-15


SMALL: dict[
    str, Callable[[Any, int], list[float]]
] = {  # of the sign and the size: the value and the slope by y
    "sign(x)*y": lambda sign, x: [2.0 * sign, sign],
    "where(x > 0, 3, 5) + y": lambda sign, x: [4.0 + (3 if sign < 0 else 1), 1.0],
    "log(abs(x)) + y": lambda sign, x: [float(mpmath.log(x)) + 2.0, 1.0],
    "x/abs(x) + y": lambda sign, x: [sign + 2.0, 1.0],
    "atan(1/x)*y": lambda sign, x: [sign * math.pi, sign * math.pi / 2],
    "x + y": lambda sign, x: [2.0, 1.0],
}


def test_what_is_too_small_for_a_double_is_not_0(ask: Ask) -> None:
    rng = random.Random(15)
    cells = [f"{rng.choice(['-', ''])}{rng.uniform(0.1, 10):.3f}e-{rng.randint(330, 900)}" for _ in range(6)]
    cells += ["0." + "0" * 350 + "7", "-0." + "0" * 400 + "2"]
    Path("s.csv").write_text("x,y\n" + "".join(f"{cell},2\n" for cell in cells))
    Path("s.jsonl").write_text("".join(f'{{"x":{cell},"y":2}}\n' for cell in cells))
    for expr, truth in SMALL.items():
        wanted = [truth(-1.0 if cell[0] == "-" else 1.0, abs(mpmath.mpf(cell))) for cell in cells]
        read = csv.DictReader(io.StringIO(ask("map", expr, "--over", "s.csv", "--wrt", "y").out))
        lines = ask("map", expr, "--over", "s.jsonl", "--wrt", "y").out.splitlines()
        memory = calcgrad.map(
            expr, {"x": [Fraction(cell) for cell in cells], "y": [2.0] * len(cells)}, wrt="y"
        )
        rows = [[float(row["value"]), float(row["d_y"])] for row in read]
        assert rows == [pytest.approx(each, rel=1e-13) for each in wanted], expr
        assert rows == [[row["value"], row["d_y"]] for row in map(json.loads, lines)], expr
        assert rows == np.transpose([memory["value"], memory["d_y"]]).tolist(), expr
    Path("s.csv").write_text("x\n1e-99999\n-0.0\n1e-400\n1e-99999999999999999999\n")
    assert [line.split(",")[-1] for line in ask("map", "abs(x)", "--over", "s.csv").out.split()[1:]] == [
        "undecided", "corner", "", "undecided",
    ]  # fmt: skip
    assert "line 2, column x: this number is too small" in ask("diff", "x", "--at", "x=@s.csv:x").err
    Path("s.csv").write_text("x\n0.0\n1e-400\n")
    assert json.loads(ask("diff", "sign(x)*2", "--at", "x=@s.csv:x", "--json").out.splitlines()[-1])["exists"]


# --------------------------------------------------------------------------------------------- many rows and files


def test_batches_on_several_cores_are_one_table(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_PIECE", 1 << 12)
    monkeypatch.setattr(runs, "cores", lambda: 3)
    rng = np.random.default_rng(6)
    rows = rng.normal(size=(2000, 2)).tolist()
    Path("t.csv").write_text("x,y,n\n" + "".join(f'{x!r},{y!r},"{i}\n"\n' for i, (x, y) in enumerate(rows)))
    answer = ask("map", "x*y", "--over", "t.csv")
    lines = answer.out.splitlines()
    assert len(lines) == 4001 and answer.code == 0
    for i in (0, 999, 1999):
        x, y = rows[i]
        assert lines[1 + 2 * i] == f'{x!r},{y!r},"{i}' and lines[2 + 2 * i] == f'",{x * y!r},{y!r},{x!r},'
    Path("t.csv").write_text(Path("t.csv").read_text() + "1,oops,3\n")
    answer = ask("map", "x*y", "--over", "t.csv", "-o", "o.csv")
    assert answer.code == 2 and "line 4002, column y: 'oops'" in answer.err and not Path("o.csv").exists()


def test_a_folder_of_tables_and_what_is_left_of_it(ask: Ask) -> None:
    os.makedirs("in/sub")
    for name in ("in/a.csv", "in/b.csv", "in/sub/c.csv"):
        Path(name).write_text(TEXT)
    (Path("in") / "readme.txt").write_text("no table")
    words = ["map", "x*y", "--over", "in", "-o", "out"]
    assert ask(*words).code == 1
    whole = {path: path.read_text() for path in Path("out").rglob("*.csv")}
    assert len(whole) == 3 and len(set(whole.values())) == 1
    Path("out/b.csv").unlink()
    before = Path("out/a.csv").stat().st_mtime_ns
    answer = ask(*words, "--resume")
    assert answer.code == 1 and "2 of 3 files were there already" in answer.err and "15 rows" in answer.err
    assert {path: path.read_text() for path in Path("out").rglob("*.csv")} == whole
    assert Path("out/a.csv").stat().st_mtime_ns == before
    answer = ask("map", "x*y*2", "--over", "in", "-o", "out", "--resume")
    assert answer.code == 2 and "another question" in answer.err
    Path("out/.calcgrad-map").unlink()
    assert ask(*words, "--resume").code == 2
    assert ask("map", "x*y", "--over", "in/*.csv", "-o", "glob").code == 1
    assert sorted(path.name for path in Path("glob").glob("*.csv")) == ["a.csv", "b.csv"]
    assert (
        ask("map", "x*y", "--over", "in").code == 2
        and ask("map", "x*y", "--over", "in", "-o", "in").code == 2
    )
    assert not Path("in/.calcgrad-map").exists()


def test_what_has_changed_is_done_again(ask: Ask) -> None:
    Path("in").mkdir()
    for name in "ab":
        Path(f"in/{name}.csv").write_text("x\n1\n")
    Path("m.py").write_text("def f(x):\n    return 2*x\n")
    words = ["map", "f", "--py", "m.py", "--over", "in", "-o", "in/out"]
    assert ask(*words).code == 0 and ask(*words).code == 0
    assert sorted(map(str, Path("in/out").rglob("*.csv"))) == ["in/out/a.csv", "in/out/b.csv"]
    assert "2 of 2 files were there already" in ask(*words, "--resume").err
    Path("in/a.csv").write_text("x\n7\n")
    os.utime("in/a.csv", (1, 1))
    Path("in/out/b.csv").write_text("half")
    answer = ask(*words, "--resume")
    assert answer.code == 0 and "already" not in answer.err
    assert [Path(f"in/out/{name}.csv").read_text().split(",")[-3] for name in "ab"] == ["14.0", "2.0"]
    Path("m.py").write_text("def f(x):\n    return 3*x\n")
    answer = ask(*words, "--resume")
    assert answer.code == 2 and "another question" in answer.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_no_half_a_file(number: int) -> None:
    line = "0.123456789012345,0.5\n"
    Path("big.csv").write_text("x,y\n" + line * 600_000)
    words = [sys.executable, "-m", "calcgrad", "map", "exp(x)*y", "--over", "big.csv", "-o", "o.csv"]
    process = subprocess.Popen(
        words, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
    )
    while process.poll() is None and not list(Path().glob(".o.csv.*")):
        time.sleep(0.02)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert not Path("o.csv").exists() and "Traceback" not in said
    if number != signal.SIGKILL:
        assert sorted(path.name for path in Path().iterdir()) == ["big.csv", "t.csv"]


def _half_an_answer(batch: Any) -> None:
    writer = multiprocessing.current_process()._args[1]._writer
    os.write(writer.fileno(), struct.pack("!i", 1000) + b"half")
    os.kill(os.getpid(), signal.SIGKILL)


def test_half_an_answer_is_not_waited_for() -> None:
    """Of a process that was killed as it sent one."""
    pool = runs._processes(_half_an_answer, 1)  # type: ignore[arg-type]
    with pytest.raises(BrokenProcessPool):
        pool.submit(runs._worked, 0).result(timeout=60)
    pool.shutdown()


def test_an_end_of_work_is_no_race() -> None:
    """The thread that closes a pipe has closed it already, and not yet said so, as the process ends."""
    asked = """
import time
from concurrent.futures import process
from calcgrad.tables import runs

def close(self):
    if not self._closed:
        self._writer.close()
        time.sleep(0.5)
        self._closed = True
        self._reader.close()

process._ThreadWakeup.close = close
pool = runs._processes(len, 1)
pool.submit(runs._worked, [1]).result()
runs._end(pool)
time.sleep(0.2)
"""
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_batch_says_what_the_command_line_says(ask: Ask) -> None:
    line = {
        "command": "map",
        "expr": ["a = x*y", "b = x+y"],
        "over": "t.csv",
        "output": "b.csv",
        "wrt": "x",
        "let": ["q=1"],
    }
    made = json.loads(ask("batch", "--files", stdin=json.dumps(line)).out)
    words = ["a = x*y", "b = x+y", "--over", "t.csv", "-o", "c.csv", "--wrt", "x", "--let", "q=1", "--json"]
    answer = ask("map", *words)
    assert {**json.loads(answer.out), "file": "b.csv", "exit": answer.code} == made
    assert Path("b.csv").read_bytes() == Path("c.csv").read_bytes()
    for more in ({}, {"output": "-"}):
        line = {"command": "map", "expr": "x", "over": "t.csv", **more}
        assert json.loads(ask("batch", "--files", stdin=json.dumps(line)).out)["exit"] == 2


def cells_of_numbers(seed: int, count: int) -> list[str]:
    """Numbers as texts: of every length, with and without a point, and halfway between two doubles."""
    rng = random.Random(seed)
    made = [repr(each) for each in doubles(seed, count // 20).tolist() if math.isfinite(each)]
    made += [f"{rng.gauss(0, 10 ** rng.randint(0, 8)):.{rng.randint(0, 20)}f}" for _ in range(count)]
    for _ in range(count):
        digits = "".join(rng.choices("0123456789", k=rng.randint(1, 26)))
        point = rng.randint(0, len(digits))
        made.append(rng.choice(["", "-", "+"]) + digits[:point] + rng.choice([".", "", "."]) + digits[point:])
        places = rng.randint(0, 9)
        halfway = (rng.randint(2**52, 2**53) * 2 + 1) * 10**places // 2**places + rng.choice([-1, 0, 0, 1])
        text = str(halfway)
        made.append(f"{text[: len(text) - places]}.{text[len(text) - places :]}" if places else text)
    made += [
        "5e-324",
        "2.2250738585072011e-308",
        "9007199254740993",
        "0.1e1",
        "-0",
        "1.",
        ".5",
        "1E+05",
        "-.0",
        "0",
    ]
    made += ["1" + "0" * 25, "12345" + "0" * 22 + ".5", "9" * 30, "0" * 30 + "1.5"]
    for places in range(3):  # halfway below a power of two
        text = str((2**54 - 1) * 5**places + rng.choice([-1, 0, 1]))
        made.append(f"{text[: len(text) - places]}.{text[len(text) - places :]}")
    rng.shuffle(made)
    return made


def misread(seed: int, count: int) -> list[Any]:
    """Cells whose double is not Python's, read in two columns; with gaps, spaces and carriage returns in some files."""
    made = cells_of_numbers(seed, count)
    wrong = []
    for more, ending in (([], "\n"), (["", "NA", " 1 ", "1e400", "-inf"], "\r\n")):
        cells = made + more
        cells += ["7"] * (len(cells) % 2)
        text = "x,y" + ending + ending.join(map(",".join, zip(cells[::2], cells[1::2]))) + ending
        stream = io.BytesIO(text.encode())
        codec, rest = delimited.Delimited.opened(stream, "t")
        found = [codec.read(batch, ["y", "x"])[1] for batch, _ in codec.batches(stream, rest)]
        for place, each in enumerate(np.concatenate(column) for column in zip(*found)):
            given = cells[1 - place :: 2]
            truth = np.array([math.nan if cell in ("", "NA") else float(cell) for cell in given])
            same = (each.view(np.int64) == truth.view(np.int64)) | (np.isnan(each) & np.isnan(truth))
            wrong += [(given[row], each[row], truth[row]) for row in np.flatnonzero(~same).tolist()]
    return wrong


def test_a_cell_is_read_as_python_reads_it() -> None:
    assert misread(9, 3000) == []


def doubles(seed: int, count: int) -> Any:
    """Doubles of every kind: of all sizes, of few digits, beside powers of two and of ten, at ties of digits."""
    rng = np.random.default_rng(seed)
    powers = np.array([*(2.0 ** np.arange(-1074, 1024)), *(float(f"1e{k}") for k in range(-323, 309))])
    lengths = rng.integers(1, 18, count)
    short = [
        float(f"{digits % 10**length}e{k}")
        for digits, length, k in zip(
            rng.integers(0, 10**17, count).tolist(), lengths.tolist(), rng.integers(-40, 25, count).tolist()
        )
    ]
    kinds = [
        rng.normal(size=count),
        rng.integers(0, 2**63, count).view(float),
        np.exp(rng.uniform(-230, 230, count)),
        powers,
        np.array(short),
        rng.integers(-(10**6), 10**6, count) / 8.0,
        rng.integers(2**53, 2**60, count).astype(float),
        rng.integers(8 * 10**14, 2**50, count) / 8.0,
        (rng.integers(2**52, 2**53, count) * 2 + 1) / 2.0 ** rng.integers(1, 60, count),
        [0.0, -0.0, np.nan, np.inf, 9999999999999998.0, 1e-5, 0.0001, 123456789012345680.0],
    ]
    beside = [np.nextafter(each, to) for each in kinds[3:5] for to in (0, np.inf)]
    made = np.concatenate([*kinds, *beside])
    return np.where(rng.random(len(made)) < 0.5, made, -made)


def miswritten(seed: int, count: int) -> list[Any]:
    made = doubles(seed, count)
    wanted = ["" if each != each else repr(each) for each in made.tolist()]
    found = digits.lines([made, made[::-1]], ";")
    return [
        pair
        for pair in zip(found, map("{};{}".format, wanted, wanted[::-1]), strict=True)
        if pair[0] != pair[1]
    ]


def test_digits_are_those_of_repr() -> None:
    assert miswritten(1, 5000) == []


if __name__ == "__main__":
    allow_deep_recursion()
    many, seed = int((sys.argv[1:] or ["100"])[0]), int((sys.argv[2:] or ["1"])[0])
    wrong = [
        *overtrusted(seed, 10 * many),
        *disagreements(seed, many, 5),
        *disagreements(seed, many, 5, faulty),
        *miswritten(seed, 1000 * many),
    ]
    wrong += misread(seed, 1000 * many)
    print(*wrong, f"{len(wrong)} disagreements", sep="\n")
    sys.exit(bool(wrong))
