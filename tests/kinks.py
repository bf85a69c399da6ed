"""Functions whose kinks are known by construction, against the formula that calcgrad gives and its condition.

    python tests/kinks.py 500 --seed 3        # the formula and its condition
    python tests/kinks.py 500 --seed 3 --at   # the answers at those points, as diff --at gives them

At every kink, beside it and elsewhere, difference quotients in 600 digits tell whether there is a derivative and what
it is. Where the condition holds and nothing is said to be unsettled, the formula must have just that value; a place
without a derivative must be left out. What is left out although there is a derivative is counted, as "wide".
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from asking import ask
from mpmath import mp, mpf

from calcgrad.calculus import formulas
from calcgrad.errors import UndecidedError
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Call, Name, Node, Number, names_in, text

DIGITS, STEPS, CLOSEST = 700, ("1e-70", "1e-90"), "1e-150"
CONSTANTS = [
    "0", "1", "-2", "3/7", "-5/4", "0.1", "2.5", "1e10", "-1e12", "10^30", "10^-40", "-10^-12", "sqrt(2)", "-sqrt(3)",
    "sqrt(2)+sqrt(3)", "sqrt(2+sqrt(2))", "cbrt(2)", "2^(1/3)", "-cbrt(5)", "root(7,5)", "5^(3/7)", "1-cbrt(3)", "pi",
    "-pi/3", "e", "pi^2", "exp(1/3)", "exp(-3)", "pi^e", "e^pi", "log(2)", "log(3)/log(2)", "log(1+sqrt(2))", "sin(1)",
    "cos(2)", "tan(1)", "atan(2)", "asin(1/3)", "sinh(1)", "asinh(2)", "tanh(1/2)", "gamma(1/3)", "erf(1)", "zeta(3)",
    "LambertW(1)", "EulerGamma", "sqrt(pi)", "log(pi)", "cbrt(2)+cbrt(3)", "2*cos(pi/9)", "pi-22/7", "digamma(2)",
]  # fmt: skip
POSITIVE = [
    "1", "2", "1/3", "0.7", "1e8", "10^-30", "sqrt(2)", "cbrt(2)", "pi", "e", "log(2)", "pi^2/6", "sinh(1)",
    "gamma(1/3)", "root(7,5)", "zeta(3)", "sqrt(2)+cbrt(3)", "exp(-5)",
]  # fmt: skip
# what is 0 at the places beside it, and nowhere else
INSIDE = [
    ("x-({c})", ["{c}"]), ("{q}*x-({c})", ["({c})/({q})"]), ("({c})-x", ["{c}"]), ("x/({p})+({c})", ["-({c})*({p})"]),
    ("x^2-{p}", ["sqrt({p})", "-sqrt({p})"]), ("(x-({c}))*(x+{p})", ["{c}", "-({p})"]), ("x^3-({c})", ["cbrt({c})"]),
    ("x^2-2*({p})*x+({p})^2", ["{p}"]), ("exp(x)-{p}", ["log({p})"]), ("log(x)-log({p})", ["{p}"]),
    ("sinh(x)-({s})", ["asinh({s})"]), ("cbrt(x)-({s})", ["({s})^3"]), ("abs(x)-{p}", ["{p}", "-({p})"]),
    ("(x^2)^(1/3)-{p}", ["({p})^(3/2)", "-({p})^(3/2)"]), ("sqrt(x)-{p}", ["({p})^2"]), ("1/x-{p}", ["1/({p})"]),
    ("x^2+{p}", []), ("asinh(x-({c}))", ["{c}"]), ("x^5-{p}", ["root({p},5)"]), ("x*exp(x)", ["0"]),
    ("x^4-{p}", ["root({p},4)", "-root({p},4)"]), ("max(x,0)-{p}", ["{p}"]), ("2^x-{p}", ["log({p})/log(2)"]),
    ("abs(x-({c}))-{p}", ["({c})+({p})", "({c})-({p})", "{c}"]), ("atan(x)-1", ["tan(1)"]), ("cosh(x)+1", []),
    ("abs(abs(x)-1)-2", ["3", "-3", "1", "-1", "0"]), ("abs(abs(x)-{p})", ["{p}", "-({p})", "0"]),
    ("x^4-5*x^2+4", ["1", "-1", "2", "-2"]), ("x^3-3*x+1", ["2*cos(2*pi/9)", "2*cos(4*pi/9)", "2*cos(8*pi/9)"]),
    ("tanh(x)-1/2", ["atanh(1/2)"]), ("exp(2*x)-3*exp(x)+2", ["0", "log(2)"]), ("sin(x)", ["0", "pi", "-2*pi"]),
    ("abs(x)+abs(x-1)-3", ["-1", "2", "0", "1"]), ("min(x,1)-({s})/9", ["({s})/9", "1"]),
]  # fmt: skip
# what is 0 on a whole interval, and its ends
FLAT = [
    ("max(x-({c}),0)", ["{c}"]),
    ("x-({c})-abs(x-({c}))", ["{c}"]),
    ("max(x^2-{p},0)", ["sqrt({p})", "-sqrt({p})"]),
    ("relu(x)*relu({p}-x)", ["0", "{p}"]),
    ("where(x<{c},x-({c}),0)", ["{c}"]),
    ("max(abs(x)-{p},0)", ["{p}", "-({p})", "0"]),
    ("x*(sign(x)+1)", ["0"]),
    ("relu(x-({c}))-relu(x-({c})-1)-1", ["{c}", "({c})+1"]),
]
FLAT_OUTSIDE = [
    "abs({u})", "sqrt(abs({u}))", "cbrt({u})", "max({u},0)", "max({u},2*({u}))", "abs({u})^(2/3)", "abs({u})*exp(x)",
    "hypot({u},0)", "sign({u})", "atan2({u},1)", "abs({u})^(3/2)", "log(1+abs({u}))",
]  # fmt: skip


def flat(seed: int = 1) -> Iterator[Question]:
    """Functions a part of which is at its kink all along an interval, where nothing is to be left out."""
    random = Random(seed)
    while True:
        u, zeros = random.choice(FLAT)
        pick = {"c": random.choice(CONSTANTS[:7]), "p": random.choice(["1", "2", "1/3", "0.7", "sqrt(2)"])}
        inner, places = u.format(**pick), [each.format(**pick) for each in zeros]
        points = [
            *places,
            *(f"{place}+{step}" for place in places for step in ("1/7", "(-1/9)", "5/3", "(-5/2)")),
        ]
        expr = random.choice(FLAT_OUTSIDE).format(u=inner)
        yield Question(expr, ("x",), tuple({"x": each} for each in dict.fromkeys(points)))


# made of u, which goes through 0
OUTSIDE = [
    "abs({u})", "sqrt(({u})^2)", "cbrt({u})", "max({u},0)", "min({u},2*({u}))", "({u})*abs({u})", "abs({u})^1.5",
    "abs({u})^(2/3)", "relu({u})^2", "hypot({u},0)", "where({u}<0,-({u}),{u})", "sign({u})*({u})", "10^-70*abs({u})",
    "abs({u})*exp(x/10)", "sin(abs({u}))", "abs({u})^3", "cbrt({u})^4", "where({u}==0,0,({u})^2*sin(1/({u})))",
    "max({u},sin({u}))", "sqrt(abs({u}))", "acos(cos({u}))", "where({u}<=0,0,({u})^2)", "abs({u})-sqrt(({u})^2)",
    "sign({u})", "Heaviside({u})", "abs({u})^(1/3)*({u})", "log(1+abs({u}))", "exp(-abs({u}))", "(({u})^4)^(1/4)",
    "abs({u})^pi", "where({u}==0,0,({u})/abs({u}))", "atan(1/({u}))", "where({u}<0,({u})^2,({u})^3)",
]  # fmt: skip
AFTER = [
    "{}",
    "{}",
    "{}",
    "{} + x^2",
    "3*({}) - sin(x)",
    "10^-20*({}) + cos(x)",
    "atan({})",
    "({})*({})",
    "{} + 2^x",
]
VALUES = ["0", "1", "-1", "2", "1/2", "3/2", "-2", "3", "2/3", "-1/2"]
# of x, y and the parameters a and b, with equations on whose line or at whose point there may be a kink
SEVERAL = [
    ("hypot(x-({c}),y-({d}))", "x={c},y={d}"), ("abs(x-y-({c}))", "x=y+({c})"), ("max(x,y)", "x=y"),
    ("abs(x*y)", "x=0 y=0"), ("sqrt(x^2+y^2)", "x=0,y=0"), ("atan2(y,x)", "y=0 x=0"), ("atan2(x,y)", "y=0 x=0"),
    ("atan2(x-({c}),y)", "x={c}"), ("abs(x-({c}))*hypot(x,y)", "x={c} x=0,y=0"), ("min(x,y,({c}))", "x=y x={c} y={c}"),
    ("where(x=={c} and y=={d},{v},sin(x)*y)", "x={c},y={d}"), ("where(x==0 and y==0,0,sin(x))", "x=0,y=0"),
    ("where(x==0 and y==0,0,x^{i}*y^{j}/(x^2+y^2))", "x=0,y=0"), ("where(x==y,{v},sin(x))", "x=y"),
    ("where(x==y,0,(x^2-y^2)/(x-y))", "x=y"), ("where(x==0 and y==0,0,x*y*(x^2-y^2)/(x^2+y^2))", "x=0,y=0"),
    ("where(y=={c},x^2,x)", "y={c}"), ("where(x==0 or y==0,0,x*y)", "x=0 y=0"), ("(x^2+y^2)^{k}", "x=0,y=0"),
    ("where(x==0 or y==0,0,x+y)", "x=0 y=0"), ("abs(x)^a", "x=0"), ("(x^2)^a", "x=0"), ("x^a", "x=0"),
    ("max(x,0)^a", "x=0"), ("abs(x-b)^a", "x=b"), ("abs(x)^3*a", "x=0"), ("(x-a)*abs(x-a)", "x=a"),
    ("relu(a*x+b)^2", "b=-a*x"), ("abs(a*x+b)", "b=-a*x"), ("where(x<a,x^2,2*a*x-a^2)", "x=a"), ("x/(a*x)", "x=0"),
    ("where(x<a,x^2,b)", "x=a"), ("abs(x-a)*abs(x-b)", "x=a x=b"), ("cbrt(x-a)", "x=a"), ("abs(x+y)^1.5", "x=-y"),
    ("a*abs(x)^1.5+b", "x=0"), ("root(x,3)*y", "x=0 y=0"), ("abs(x)^a*sign(x)", "x=0"), ("where(x>0,x^a,0)", "x=0"),
    ("abs(sin(x)-y)", "y=sin(x)"), ("sin(x-y)*abs(sin(x-y))", "x=y"), ("sqrt(x-y)", "x=y"), ("(x-y)^1.5", "x=y"),
    ("abs(x^2-y)", "y=x^2"), ("max(x^2,y)", "y=x^2"), ("abs(x)^(a+1)*y", "x=0"), ("relu(x-a)^b", "x=a"),
    ("x^2*sign(x-y)", "x=y"), ("where(x==a,0,(x-a)^2*sin(1/(x-a)))", "x=a"), ("(abs(x)+abs(y))^2", "x=0 y=0"),
    ("floor(x+y)*x", "x=-y"), ("abs(x)*relu(a-1)", "x=0"), ("where(y<x,y,x)*x", "x=y"), ("abs(y)*x", "y=0"),
    ("sqrt(y)*x", "y=0"), ("where(x==0 and y==0,0,x^3/(x^2+y^2))", "x=0,y=0"), ("hypot(x,y)^3", "x=0,y=0"),
]  # fmt: skip


@dataclass(frozen=True)
class Question:
    expr: str
    names: tuple[str, ...]
    points: tuple[dict[str, str], ...]


def questions(seed: int = 1) -> Iterator[Question]:
    """Questions without end, the same ones for the same seed."""
    random = Random(seed)
    while True:
        yield _several(random) if random.random() < 0.35 else _single(random)


def _single(random: Random) -> Question:
    pick = {
        "c": random.choice(CONSTANTS), "p": random.choice(POSITIVE),
        "q": random.choice(["3", "-2", "1/7", "pi", "sqrt(2)"]),
        "s": random.choice(["1", "-2", "1/3", "sqrt(2)", "pi", "-log(2)"]),
    }  # fmt: skip
    u, zeros = random.choice(INSIDE)
    inner, places = u.format(**pick), [each.format(**pick) for each in zeros]
    expr = random.choice(AFTER).format(*[random.choice(OUTSIDE).format(u=inner)] * 2)
    if random.random() < 0.2:
        c = random.choice(CONSTANTS)
        expr += f" + {random.choice(OUTSIDE).format(u=f'x-({c})')}"
        places.append(c)
    points = [*places, "0", "1", random.choice(CONSTANTS), f"{random.randint(-40, 40)}/13"]
    points += [f"{place}+1/10^{random.choice([1, 4, 30])}" for place in places[:2]]
    return Question(expr, ("x",), tuple({"x": each} for each in dict.fromkeys(points)))


def _several(random: Random) -> Question:
    form, lines = random.choice(SEVERAL)
    small = ["0", "1", "-2", "1/3", "sqrt(2)", "cbrt(2)", "pi"]
    pick = {
        "c": random.choice(small), "d": random.choice(small), "v": random.choice(["0", "1"]),
        "i": random.choice("0123"), "j": random.choice("0123"), "k": random.choice(["(1/2)", "(3/2)", "(1/4)", "2"]),
    }  # fmt: skip
    points = []
    for line in [*lines.format(**pick).split(), "", ""]:
        for _ in range(4):
            point = {name: random.choice(VALUES) for name in "xyab"}
            fixed = dict(each.split("=") for each in line.split(",") if each)
            for name, value in fixed.items():
                for other in "xyab":
                    value = value if f"{other}(" in value else _put(value, other, point[other])
                point[name] = value
            points.append(point)
    expr = form.format(**pick)
    names = random.choice([("x",)] * 4 + ([("y",)] * 2 + [("x", "y")] if "y" in lines else []))
    return Question(expr, names, tuple(points))


def _put(value: str, name: str, place: str) -> str:
    return re.sub(rf"\b{name}\b", f"({place})", value)


# ----------------------------------------------------------------------------------------- values, by mpmath


def _tiny() -> Any:
    """What counts as 0: less than any step makes, and more than rounding does."""
    return mpf(10) ** (-mp.dps * 3 // 5)


class Missing(Exception):
    """There is no real value, or none that can be told."""


def value(root: Node, env: dict[str, Any]) -> Any:
    """A tree in 700 digits, where what is next to nothing counts as 0."""
    done: dict[Node, Any] = {}

    def get(node: Node) -> Any:
        if node not in done:
            done[node] = _apply(node, get, env)
        found = done[node]
        return mpf(0) if isinstance(found, mpf) and abs(found) < _tiny() else found

    return get(root)


def _apply(node: Node, get: Any, env: dict[str, Any]) -> Any:
    if isinstance(node, Number):
        return mpf(node.value.numerator) / node.value.denominator
    if isinstance(node, Name):
        known = {"E": mp.e, "pi": mp.pi, "EulerGamma": mp.euler, "True": True, "False": False}
        return (
            env[node.name]
            if node.name in env
            else +known[node.name]
            if not isinstance(known[node.name], bool)
            else known[node.name]
        )
    assert isinstance(node, Call), node
    name = node.function
    if name == "Piecewise":
        for case, condition in zip(node.args[::2], node.args[1::2]):
            if get(condition):
                return get(case)
        raise Missing
    if name == "&":
        return all(get(each) for each in node.args)
    if name == "|":
        return any(get(each) for each in node.args)
    args = [get(each) for each in node.args]
    if name in _COMPARED:
        gap = args[0] - args[1]
        return _COMPARED[name](0 if abs(gap) < _tiny() * (1 + abs(args[0])) else gap)
    try:
        result = _MEANINGS[name](*args)
    except (ZeroDivisionError, ValueError, OverflowError):
        raise Missing from None
    if not isinstance(result, mpf) or not mp.isfinite(result):
        raise Missing
    return result


def _power(x: Any, n: Any) -> Any:
    if n == mp.floor(n):
        if x == 0 and n < 0:
            raise Missing
        return x ** int(n) if abs(n) < 10**6 else x**n
    if x < 0 or (x == 0 and n < 0):
        raise Missing
    return mpf(0) if x == 0 else x**n


def _odd_root(x: Any, n: Any) -> Any:
    if n % 2 == 0 and x < 0:
        raise Missing
    return mp.sign(x) * mp.root(abs(x), int(n)) if x else mpf(0)


def _floor(x: Any) -> Any:
    near = mp.nint(x)
    return near if abs(x - near) < _tiny() else mp.floor(x)


def _real(function: Any, inside: Any) -> Any:
    def call(x: Any) -> Any:
        if not inside(x):
            raise Missing
        return function(x)

    return call


def _wave(function: Any) -> Any:
    def call(x: Any) -> Any:
        if mp.mag(x) > 10**5:
            raise Missing  # pi would be needed to as many digits
        return function(x)

    return call


def _angle(y: Any, x: Any) -> Any:
    if x == y == 0:
        raise Missing
    return mp.atan2(y, x)


_COMPARED = {
    "==": lambda g: g == 0, "!=": lambda g: g != 0, "<": lambda g: g < 0, "<=": lambda g: g <= 0, ">": lambda g: g > 0,
    ">=": lambda g: g >= 0,
}  # fmt: skip
_MEANINGS = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "/": lambda x, y: x / y,
    "neg": lambda x: -x, "**": _power, "abs": abs, "sign": lambda x: mpf(mp.sign(x)), "Max": max, "Min": min,
    "relu": lambda x: max(x, mpf(0)), "Heaviside": lambda x: (mp.sign(x) + 1) / 2, "hypot": mp.hypot, "atan2": _angle,
    "sqrt": _real(mp.sqrt, lambda x: x >= 0), "log": _real(mp.log, lambda x: x > 0), "cbrt": lambda x: _odd_root(x, 3),
    "root": _odd_root, "floor": _floor, "acos": _real(mp.acos, lambda x: abs(x) <= 1),
    "asin": _real(mp.asin, lambda x: abs(x) <= 1), "acosh": _real(mp.acosh, lambda x: x >= 1),
    "atanh": _real(mp.atanh, lambda x: abs(x) < 1), "LambertW": lambda x: mp.lambertw(x).real,
    "gamma": _real(mp.gamma, lambda x: x > 0), "zeta": mp.zeta, "digamma": mp.digamma,
    **{name: _wave(getattr(mp, name)) for name in ("sin", "cos", "tan", "exp", "sinh", "cosh")},
    **{name: getattr(mp, name) for name in (
        "atan", "tanh", "asinh", "erf",
    )},
}  # fmt: skip


def slope(root: Node, names: tuple[str, ...], env: dict[str, Any]) -> Any:
    """The derivative at a point and its error; None where there is none, Missing where that cannot be told."""
    name, before = names[-1], names[:-1]
    start = _inner(root, before, env, 0)

    def quotients(step: Any) -> list[Any]:
        found = []
        for side in (1, -1):
            try:
                there = _inner(root, before, env | {name: env[name] + side * step}, step)
            except Missing:
                return []
            found.append((there - start) / (side * step))
        return found

    if start is None:
        return None
    pairs = [quotients(mpf(step)) for step in STEPS]
    if not all(pairs):
        return None
    (far_right, far_left), (right, left) = pairs
    gap, before_gap = abs(right - left), abs(far_right - far_left)
    drift, size = abs(right - far_right) + abs(left - far_left), max(abs(right), abs(left))
    none = mpf("1e-300") * max(size, mpf("1e-100"))  # beyond what 700 digits lose
    if gap <= max(none, before_gap / 10) and (
        drift <= mpf("1e-20") * size or drift > size * 2 or drift <= none
    ):
        return (right + left) / 2, drift + mpf("1e-60")
    if gap > none and gap > before_gap / 2:
        closest = quotients(mpf(CLOSEST))
        if closest and abs(closest[0] - closest[1]) <= gap / 10:
            raise Missing  # it waves within the steps: there is no corner, nor a slope that they tell
        return None
    raise Missing


def _inner(root: Node, before: tuple[str, ...], env: dict[str, Any], step: Any) -> Any:
    if not before:
        return value(root, env)
    with mp.workdps(3 * DIGITS):
        if not step and slope(root, before, env) is None:
            return None
        nearer = mpf("1e-380")
        ends = [value(root, env | {before[0]: env[before[0]] + side * nearer}) for side in (1, -1)]
        return (ends[0] - ends[1]) / (2 * nearer)


# ---------------------------------------------------------------------------------------------- the verdict


def verdict(question: Question) -> tuple[Counter[str], list[str], float]:
    """How the formula and its condition did at all points, and what was wrong, in words."""
    root = parse(question.expr).node
    counts: Counter[str] = Counter()
    begun = time.perf_counter()
    try:
        answer = formulas.formula(root, question.names)
    except UndecidedError:
        return Counter({"undecided": 1}), [], 0.0
    seconds = time.perf_counter() - begun
    unsettled_ = getattr(answer, "unsettled", ())
    wrong: list[str] = []
    with mp.workdps(DIGITS):
        for point in question.points:
            where = " and ".join(text(each, words=True) for each in unsettled_)
            try:
                env = {name: value(parse(place).node, {}) for name, place in point.items()}
                value(root, env)
                truth = slope(root, question.names, env)
            except (Missing, KeyError):
                counts["skipped"] += 1
                continue
            try:
                holds = answer.where is None or value(answer.where, env)
                unsettled = any(value(each, env) for each in unsettled_)
            except Missing:
                counts["skipped"] += 1
                continue
            try:
                given = None if answer.tree is None else value(answer.tree, env)
            except Missing:
                given = None
            said = (
                f"{question.expr} by {question.names} at {point}: {answer.tree and text(answer.tree)}, "
                + (f"where {answer.where and text(answer.where, words=True)}, unsettled {where}")
            )
            if unsettled:
                counts["unsettled"] += 1
            elif not holds:
                counts["wide" if truth is not None else "right"] += 1
                if truth is not None:
                    wrong.append(f"wide: {said}")
            elif truth is None and given is not None:
                counts["wrong"] += 1
                wrong.append(f"no derivative: {said}")
            elif truth is not None and (
                given is None or abs(given - truth[0]) > truth[1] + mpf("1e-25") * abs(truth[0])
            ):
                counts["wrong"] += 1
                wrong.append(
                    f"the derivative is {mp.nstr(truth[0], 12)}, not {given and mp.nstr(given, 12)}: {said}"
                )
            else:
                counts["right"] += 1
    return counts, wrong, seconds


def verdict_at(question: Question) -> tuple[Counter[str], list[str], float]:
    """How ``diff --at`` did at all points, and what was wrong or undecided, in words."""
    root = parse(question.expr).node
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    met = names_in(root)
    used = [{name: place for name, place in point.items() if name in met} for point in question.points]
    begun = time.perf_counter()
    lines = [
        {"command": "diff", "expr": question.expr, "var": ",".join(question.names), "timeout": 20,
         "at": ",".join(f"{name}={place}" for name, place in {question.names[0]: "0", **point}.items())}
        for point in used
    ]  # fmt: skip
    records = map(
        json.loads, ask("batch", stdin="".join(json.dumps(each) + "\n" for each in lines)).out.splitlines()
    )
    with mp.workdps(DIGITS):
        for point, line, record in zip(question.points, lines, records, strict=True):
            try:
                env = {name: value(parse(place).node, {}) for name, place in point.items()}
                try:
                    value(root, env)
                    truth = slope(root, question.names, env)
                except KeyError:
                    raise Missing from None
            except Missing:
                counts["skipped"] += 1
                continue
            if "error" in record or record.get("reason") == "undecided":
                kind = "undecided"
            elif truth is None or not record["exists"]:
                kind = "right" if truth is None and not record["exists"] else "wrong"
            elif record["value"] is None or len(record["value"]) > 5_000:
                kind = "undecided" if record["value"] is None else "skipped"
            else:
                given = value(parse(record["value"]).node, {})
                coarse = "e-8" if record.get("reason") == "no-closed-form" else "e-25"
                error = abs(given - truth[0])
                kind = "right" if error <= truth[1] + mpf(f"1{coarse}") * abs(truth[0]) else "wrong"
            counts[kind] += 1
            if kind not in ("right", "skipped"):
                said = f"{mp.nstr(truth[0], 12)}" if truth is not None else "none"
                wrong.append(f"{kind}: the derivative is {said}: {json.dumps(line)} {json.dumps(record)}")
    return counts, wrong, time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description="Formulas and their conditions at kinks that are known.")
    parser.add_argument("count", nargs="?", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wide", action="store_true", help="also show what is left out needlessly")
    parser.add_argument(
        "--at", action="store_true", help="ask for the values at the points, not for the formula"
    )
    options = parser.parse_args()
    judge = verdict_at if options.at else verdict
    counts: Counter[str] = Counter()
    longest = 0.0
    for question in itertools.islice(questions(options.seed), options.count):
        found, wrong, seconds = judge(question)
        longest = max(longest, seconds)
        if seconds > 5 and not options.at:
            print(f"{seconds:.1f} s: {question.expr} by {question.names}", flush=True)
        counts += found
        counts["wrong formulas"] += bool(found["wrong"])
        for line in wrong:
            if options.wide or not line.startswith("wide"):
                print(line, flush=True)
    print(dict(counts), f"of {options.count} formulas; longest {longest:.1f} s")
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
