"""Limits in two variables, and tangent planes: textbook problems and made-up ones, answered right or not at all.

`python tests/test_planes.py 500` asks all of the textbooks and so many others; the suite asks some.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from plane_families import limit_problem, plane_problem

from calcgrad import limit
from calcgrad.budget import within
from calcgrad.calculus.planes.paths import weights
from calcgrad.calculus.planes.squeezes import Squeeze
from calcgrad.commands.totals import total
from calcgrad.errors import TimeUp
from calcgrad.expression.parser import parse

Ask = Callable[..., Any]

# Exercises as in Stewart (14.2), Thomas (14.2), Marsden and Tromba (2.2) and Demidovich (1797 to 1803): the limit at
# the origin, or at the point given, as it is worked out by hand; none where there is no limit.
TEXTBOOK = """
x*y/(x^2+y^2) | none
(x^2-y^2)/(x^2+y^2) | none
x^2*y/(x^2+y^2) | 0
3*x^2*y/(x^2+y^2) | 0
x^2*y/(x^4+y^2) | none
x*y^2/(x^2+y^4) | none
x*y/sqrt(x^2+y^2) | 0
x*y^4/(x^4+y^4) | 0
x^2*y^2/(x^2+y^2) | 0
(x^4-4*y^2)/(x^2+2*y^2) | none
y^2*sin(x)^2/(x^4+y^4) | none
(5*y^4*cos(x)^2)/(x^4+y^4) | none
(x^4-y^4)/(x^2+y^2) | 0
(x^2+y^2)/(sqrt(x^2+y^2+1)-1) | 2
x*y^4/(x^2+y^8) | none
(x^2*y*exp(y))/(x^4+4*y^2) | none
(x^2*sin(y)^2)/(x^2+2*y^2) | 0
x/(x^2+y^2) | none
x/y | none
(x+y)/(x-y) | none
x/(x+y) | none
x*y/(x+y) | none
2*x*y/(x^2+2*y^2) | none
sin(x^2+y^2)/(x^2+y^2) | 1
(x^2+y^2)*log(x^2+y^2) | 0
(exp(-x^2-y^2)-1)/(x^2+y^2) | -1
(1-cos(x^2+y^2))/(x^2+y^2)^2 | 1/2
(x^3+y^3)/(x^2+y^2) | 0
(x^3-x*y^2)/(x^2+y^2) | 0
(2*x^3+y^3)/(x^2+y^2) | 0
(x^2-x*y)/(sqrt(x)-sqrt(y)) | 0
(x^2-y^2)/(x-y) | 0
(x*y-y-2*x+2)/(x-1) @ x=1,y=1 | -1
(x-y+2*sqrt(x)-2*sqrt(y))/(sqrt(x)-sqrt(y)) | 2
sin(x*y)/x | 0
sin(x*y)/(x*y) | 1
sin(x*y)/y | 0
x*sin(1/y) | 0
y*sin(1/x) | 0
x*sin(1/y)+y*sin(1/x) | 0
(x+y)*sin(1/x)*sin(1/y) | 0
cos(x*y) | 1
exp(x*y)*cos(x+y) @ x=1,y=-1 | exp(-1)
(x*y-1)/(1+x*y) @ x=1,y=1 | 0
log((1+y^2)/(x^2+x*y)) @ x=1,y=0 | 0
(x^2*y^3-x^3*y^2+3*x+2*y) @ x=1,y=2 | 11
abs(x)/(abs(x)+abs(y)) | none
abs(x*y)/(x^2+y^2) | none
(abs(x)+abs(y))/sqrt(x^2+y^2) | none
abs(x)*abs(y)/(abs(x)+abs(y)) | 0
sqrt(abs(x*y)) | 0
(x^2+y^2)/(abs(x)+abs(y)) | 0
x^2/(x^2+y^2) | none
1/(x^2+y^2) | oo
-1/(x^4+y^2) | -oo
1/(x*y) | none
1/(x-y)^2 | oo
log(x^2+y^2) | -oo
atan(1/(x^2+y^2)) | pi/2
sin(1/(x^2+y^2)) | none
x^2*y^2/(x^2*y^2+(x-y)^2) | none
(x^3+y^3)/(x-y) | none
x*y*(x^2-y^2)/(x^2+y^2) | 0
(exp(x*y)-1)/y | 0
tan(x^2+y^2)/(x^2+y^2) | 1
(1+x*y)^3 | 1
x*y/(x^2+x*y+y^2) | none
x^3*y/(x^6+y^2) | none
(x-1)*y^2/((x-1)^2+y^2) @ x=1,y=0 | 0
((x-1)^2*log(x))/((x-1)^2+y^2) @ x=1,y=0 | 0
where(x==0 and y==0, 0, x*y^2/(x^2+y^2)) | 0
where(x==0 and y==0, 5, x*y^2/(x^2+y^2)) | 0
where(y>0 and y<x^2, 1, 0) | none
max(x, y) | 0
"""
PROBLEMS = [line for line in TEXTBOOK.splitlines() if line]


def answered(line: str) -> tuple[str, str]:
    """What is answered, and what should be."""
    question, _, wanted = line.rpartition(" | ")
    expr, _, at = question.partition(" @ ")
    found = limit(expr, to=at or "x=0,y=0")
    shown = "none" if found.status == "no" else found.reason if found.value is None else found.value.exact
    return shown, wanted.strip()


def test_textbook_problems() -> None:
    assert len(PROBLEMS) >= 60
    answers = [answered(line) for line in PROBLEMS[::5]]
    assert [each for each in answers if each[0] not in (each[1], "undecided")] == []
    assert sum(shown == wanted for shown, wanted in answers) >= len(answers) - 2


# Demidovich (1797 to 1803) and the like, where one or both go to infinity
FAR = """
1/(x^2+y^2) @ x=oo,y=oo | 0
(x+y)/(x^2-x*y+y^2) @ x=oo,y=oo | 0
(x^2+y^2)/(x^4+y^4) @ x=oo,y=oo | 0
(x^2+y^2)*exp(-x-y) @ x=oo,y=oo | 0
x*y/(x^2+y^2) @ x=oo,y=oo | none
x/y @ x=oo,y=oo | none
x+y @ x=oo,y=oo | oo
x-y @ x=oo,y=oo | none
sin(x*y)/x @ x=oo,y=3 | 0
(1+1/x)^(x^2/(x+y)) @ x=oo,y=2 | E
exp(x)/y @ x=-oo,y=oo | 0
log(x)/x+log(y)/y @ x=oo,y=oo | 0
atan(x*y) @ x=-oo,y=oo | -pi/2
x^2*y/(x^4+y^2) @ x=oo,y=oo | none
"""


def test_limits_at_infinity() -> None:
    lines = [line for line in FAR.splitlines() if line]
    assert [each for each in map(answered, lines[::2]) if each[0] != each[1]] == []
    found = limit("x*y/(x^2+y^2)", to="x=oo,y=oo")
    assert [each.path for each in found.paths] == [f"(x, y) = (t, {y}), t -> oo" for y in ("t", "t/2")]
    assert limit("sqrt(x-y)^2/(x-y)", to="x=-oo,y=oo").value is None  # defined nowhere near there


def asked(count: int, seed: int, seconds: float = 30) -> tuple[list[Any], int]:
    """What is answered wrongly, and how much is not answered, of so many limits and half as many planes."""
    r = random.Random(seed)
    wrong: list[Any] = []
    open_ = 0
    for index in range(count + count // 2):
        expr, at, truth = limit_problem(r) if index < count else plane_problem(r)
        ask = partial(limit, expr, to=at) if index < count else partial(total, expr, at=at)
        try:
            found = within(seconds, ask)
        except TimeUp:
            open_ += 1
            continue
        if found.status == "undecided":
            open_ += 1
            continue
        if index < count:
            shown = "none" if found.value is None else found.value.exact
        else:
            partials = [each and each.exact for each in found.partials.values()]
            shown = None if found.plane is None else (found.value.exact, *partials)
        if shown != truth:
            wrong.append((expr, at, truth, shown))
    return wrong, open_


def test_made_up_problems() -> None:
    wrong, open_ = asked(6, 4)
    assert (wrong, open_ <= 1) == ([], True)


INFINITE = float("inf")

# The least and the greatest that a function comes near at the origin, as they are worked out by hand
BETWEEN = {
    "1/(2+sin(1/x)*cos(1/y))": (1 / 3, 1), "1/(x^2/(x^2+y^2)-2)": (-1, -1 / 2), "max(sin(1/x), cos(1/y))": (-1, 1),
    "min(x, sin(1/y))": (-1, 0), "max(x, 1+sin(1/y))": (0, 2), "where(x>y, sin(1/x), 3)": (-1, 3),
    "where(x^2>0, 3, 4)": (3, 4), "x*y/(x^2+y^2)": (-1 / 2, 1 / 2), "x^2/(x^2+y^2)+x": (0, 1),
    "exp(x/sqrt(x^2+y^2))": (math.exp(-1), math.exp(1)), "abs(x^2+y^2+x^3)/(x^2+2*y^2)": (1 / 2, 1),
    "log(2+x*y/(x^2+y^2))": (math.log(1.5), math.log(2.5)), "floor(x*y)": (-1, 0), "acos(x/hypot(x,y))": (0, math.pi),
    "(x^2)^(y^2+1)": (0, 1),
    # what goes to one number, or to infinity
    "(2+sin(1/x))/(x^2+y^2)": (INFINITE,), "sin(1/x)-1/(x^2+y^2)": (-INFINITE,), "max(1/x^2, 1/y^2)": (INFINITE,),
    "1/(x^2+y^2)-1/(x^4+y^4)": (-INFINITE,), "(x+y)*sin(1/x)*log(x^2+y^2)": (0,), "floor(2-x^2-y^2)": (1,),
    "(2+sin(1/x)*cos(1/y))^(x+y)": (1,), "(1+x^2+y^2)^(1/(x^2+y^2))": (math.e,), "(x^2+y^2)^(x*y)": (1,),
    "x*cbrt(x^3*sin(1/y))/(x^2+y^2)^(1/2)": (0,), "abs(x^2*sin(1/y))/sqrt(x^2+y^2)": (0,),
    "exp(-1/(abs(x)+y^2))/(x^2+y^4)": (0,), "x^5*y^3/(x^2+y^4)/(x^4+y^2)": (0,), "x*y*log(x*y)": (0,),
    "(exp(x+1)-exp(y+1))/(x-y)": (math.e,), "(cos(x)-cos(y))/(x^2-y^2)": (-1 / 2,),
    "(cosh(x+y)-cosh(x-y))/(x*y)": (2,), "(cbrt(x-1)-cbrt(y-1))/(x-y)": (1 / 3,), "(1-cos(x*y))/(x^2*y^2)": (1 / 2,),
}  # fmt: skip


@pytest.mark.parametrize("f", BETWEEN)
def test_what_a_function_lies_between(f: str) -> None:
    """Never less than that, and not much more; of a single number just that."""
    root, (least, *rest) = parse(f).node, BETWEEN[f]
    found = Squeeze(("x", "y"), weights(root, ("x", "y"))).of(root)
    low, high, greatest = float(found.low), float(found.high), rest[0] if rest else least
    if not rest:
        assert (low, high) == (pytest.approx(least), pytest.approx(least))
    else:
        room = 0.3 * (greatest - least)
        assert least - room <= low <= least + 1e-9 and greatest - 1e-9 <= high <= greatest + room
        assert found.sign in (0, (least > 0) - (greatest < 0))


def test_divisors_are_taken_apart() -> None:
    """abs(x**3*y**2) is at most abs(x) times each of the two factors below, however these are written."""
    for below in ("/((x^2+y^2)*(x^2+y^4))", "/(x^2+y^2)/(x^2+y^4)", "*(1/((x^2+y^4)*(y^2+x^2)))"):
        assert answered(f"x^3*y^2{below} | 0")[0] == "0", below
    for none in (
        "x^2*y/((x^2+y^2)*sqrt(x^2+y^4))",
        "x^2*y^2/((x^2+y^4)*(x^4+y^2))",
    ):  # other than 0 along y = x
        assert answered(f"{none} | none")[0] == "none", none


UNDEFINED = (
    "log(-x^2-y^2)", "x*sqrt(-x^2-y^2)", "sqrt(-x^4-y^2)", "asin(1+x^2+y^2)", "acosh(1-x^2-y^2)", "1/sqrt(-x^2-y^2)",
    "sqrt(x^2+y^2-1)", "x*log(x-1)", "x/0",
)  # fmt: skip


def test_there_is_no_limit_where_f_is_not_defined() -> None:
    assert {each: answered(f"{each} | ")[0] for each in UNDEFINED} == dict.fromkeys(UNDEFINED, "none")
    assert answered("1/(x-x)^2 | ")[0] == "undecided"
    assert answered("sqrt(-(x-y)^2) | ")[0] == "0"  # defined on a line only


def test_a_tangent_plane_asks_for_values_all_around() -> None:
    """Holes on a curve that no path follows."""
    for curve in ("y - 3*x", "y - x^5", "x + y^7"):
        for flat in (f"({curve})/({curve})", f"sin(1/({curve}))", f"cos(({curve})/({curve}))"):
            found = total(f"where(x==0 and y==0, 0, (x^2+y^2)*{flat})", at="x=0,y=0")
            assert (found.plane, found.status != "answered") == (None, True), (curve, flat)
    for whole in ("sqrt((x-y)^2)*x", "where(x==0 and y==0, 0, x^3*y^3/sin(x^2+y^2))", "sqrt(x^4+y^4)"):
        assert total(whole, at="x=0,y=0").plane == "0"
    for gap in ("y", "x-y^2"):
        filled = f"where({gap}==0, 0, (x^2+y^2)*sin(1/({gap})))*({gap})"
        assert total(f"{filled} + 2*x", at="x=0,y=0").plane == "2*x", gap
        other = f"where({gap}==0, 0, (x^2+y^2)*sin(1/({gap}-x^5)))"
        assert total(other, at="x=0,y=0").plane is None, gap


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["x*y/(x^2+y^2)", "--to", "x=0,y=0"], 1, "0 along y = 0, x > 0, 1/2 along y = x, x > 0"),
        (["log(-x^2-y^2)", "--to", "x=0,y=0"], 1, "does not exist: f is not defined near there"),
        (["x*y", "--to", "x=1,y=2"], 0, "lim (x, y)->(1, 2) f(x, y) = 2"),
        (["x^y/y", "--to", "x=0,y=0", "--timeout", "60"], 1, "does not exist"),
        (["a*x*y", "--to", "x=0,y=0"], 3, ""),
        (["a*x*y", "--to", "x=0,y=0", "--let", "a=2"], 0, "= 0"),
        (["x*y*z", "--to", "x=0,y=0,z=0"], 2, ""),
        (["x*y", "--to", "x=oo,y=0"], 1, "1 along (x, y) = (t, 1/t), t -> oo"),
        (["x*y", "--to", "x=0,y=0", "--from", "left"], 2, ""),
        (["x*y", "--to", "x=0,y=0", "-o", "one.svg"], 2, ""),
        (["x^2*y", "--var", "x", "--to", "x=3,y=2", "--rows", "0"], 0, "lim x->3 f(x) = 18"),
    ],
)
def test_exit_codes(ask: Ask, folder: Any, words: list[str], code: int, says: str) -> None:
    answer = ask("limit", *words)
    assert (answer.code, says in answer.out) == (code, True), answer


def test_json_has_the_certificate(ask: Ask) -> None:
    answer = json.loads(ask("limit", "x*y/(x^2+y^2)", "--to", "x=0,y=0", "--json").out)
    assert answer["exists"] is False
    assert answer["paths"] == [
        {"path": "y = 0, x > 0", "limit": "0"},
        {"path": "y = x, x > 0", "limit": "1/2"},
    ]
    answer = json.loads(ask("limit", "x^2*y/(x^2+y^2)", "--to", "x=0,y=0", "--json").out)
    assert answer["value"] == "0"
    assert "uniformly" in answer["proof"]


@pytest.mark.parametrize(
    ("expr", "at", "code", "says"),
    [
        ("where(x==0 and y==0, 0, x*y/(x^2+y^2))", "x=0,y=0", 1, "oo along y = x"),
        ("where(x==0 and y==0, 0, x^2*y/(x^2+y^2))", "x=0,y=0", 1, "sqrt(2)/4"),
        ("where(x==0 and y==0, 0, x^2*y^2/(x^2+y^2))", "x=0,y=0", 0, "tangent plane z = 0"),
        ("x^2*y", "x=1,y=2", 0, "tangent plane z = 2 + 4*(x - 1) + (y - 2)"),
        ("sqrt(x^2+y^2)", "x=0,y=0", 1, "no derivative by x"),
        ("abs(x*y)", "x=0,y=0", 0, "tangent plane z = 0"),
        ("(x*y)^(3/2)", "x=0,y=0", 1, "no value beside it, along y = -x"),
        ("x*y/(x^2+y^2)", "x=0,y=0", 1, "f has no value there"),
        ("x^2", "x=1", 2, ""),
        ("x*y", "x=1", 2, ""),
    ],
)
def test_tangent_planes(ask: Ask, expr: str, at: str, code: int, says: str) -> None:
    answer = ask("diff", expr, "--total", "--at", at)
    assert (answer.code, says in answer.out) == (code, True), answer
    record = json.loads(ask("diff", expr, "--total", "--at", at, "--json").out)
    assert record.get("total", False) is (code == 0)


if __name__ == "__main__":
    wrong = undecided = 0
    for problem in PROBLEMS:
        shown, wanted = answered(problem)
        if shown != wanted:
            wrong += shown != "undecided"
            undecided += shown == "undecided"
            print(problem, "->", shown)
    print(f"{len(PROBLEMS)} problems, {wrong} wrong, {undecided} undecided")
    differing, still = asked(int(sys.argv[1]) if len(sys.argv) > 1 else 200, random.randrange(10**6))
    print(*differing, sep="\n")
    print(f"made up: {len(differing)} wrong, {still} undecided")
    sys.exit(bool(wrong or differing))
