"""Limits that depend on parameters: every case held against the limit with numbers of that case put in.

    python tests/parameter_families.py 1000 [seed]     # how many are right, left undecided or wrong, and all that are

A random expression with one or two parameters is asked for its limit. Then numbers are chosen for the parameters,
among them those at which cases meet: one case must hold of them, and no other with another answer, which must be that
of the expression with these numbers in it, which has no parameters any more. And what holds in a case must, if it is
assumed, give its answer.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from random import Random

from mpmath import mp

from calcgrad import results
from calcgrad.commands import limit
from calcgrad.results import Case, Limit

sys.path.insert(0, str(Path(__file__).resolve().parent / "corpus"))
from facts import Undefined, compiled

GOOD = ("0", "1", "-1", "2", "1/2", "-3", "3", "5", "-2", "4/3", "-1/2", "7")
LINEAR = (
    "a",
    "a",
    "a-1",
    "2-a",
    "a+3",
    "2*a+1",
    "-a",
    "a/2",
    "a^2-4",
    "a^2-3*a+2",
    "a*(a-2)",
    "a-b",
    "a*b",
    "a+b-1",
    "a^2-b^2",
    "a*b-b",
)
SMALL = ("a", "a-1", "1-a", "a+2", "a^2-1", "b", "a-b", "2*a")
FORMS = (
    "x^({p})", "x^({p})/(1+x^({q}))", "x^({p})-x^({q})", "(x^({p})-x^({q}))/x", "x^({p})*log(x)^({s})",
    "exp(({p})*x)*x^({s})", "exp(({p})*x)+exp(({q})*x)", "exp(({p})*x)/(x^2+exp(({s})*x))", "({p})*x+({q})",
    "(({p})*x^2+({q})*x+1)/(({s})*x^2+x+3)", "(({p})*x^2+1)/(x+({q}))", "sqrt(x^2+({p})*x)-x",
    "sqrt(x^2+({p}))-({s})*x", "abs(x-({p}))/(x-({p}))", "where(x<({p}),1,2)*({q})", "max(x,{p})-min(x,{q})",
    "sign({p})*x+({q})", "atan(({p})*x)", "sin(({p})*x)", "sin(({p})*x)/x", "(cos(({p})*x)-1)/x^2", "(1+({p})/x)^x",
    "(1+({p})*x)^(1/x)", "tanh(({p})*x)", "log(x+({p}))-log(x)", "log(x^2+({p})*x)/log(x)", "exp(-({p})*x^2)",
    "({p})^2*x", "x/(x^2+({p}))", "1/(x-({p}))", "1/(x-({p}))^2", "x^3/(x^3+x^({p}))", "1/(1+x*({p})^2)",
    "sinh(({p})*x)/exp(x)", "floor(x)*({p})/x", "exp(x)^({p})", "exp(({p})/x)", "abs({p})*x^({s})",
    "log(({p})^2+1/x)", "(sqrt(x+({p})^2)-sqrt(({p})^2))/x", "erf(({p})*x)", "x*sin(({p})/x)", "({p})*sin(x)/x+({q})",
    "(exp(({p})*x)-1-({q})*x)/x^2", "1/(({p})+({q})/x)", "x^(1/(1+({p})^2))", "floor(x+({p}))",
    "x*(({p})+sin(x))", "sqrt(({s})^2*x^2+x)-({s})*x", "abs({p})^x", "(abs({s})^x+exp(x))^(1/x)",
    "(x^2-({p})^2)/(x-({q}))", "(x-({p}))/(x^2-({q})^2)", "(sqrt(x)-sqrt({q}))/(x-({p}))",
    "1/(x-({p}))-({s})/(x-({q}))", "cos(({p})*x)-cos(({q})*x)", "sin(({p})*x)-({s})*sin(({q})*x)",
    "sin(({p})*x)*cos(({q})*x)/({s})", "({p})*sin(x)", "({p})*cos(({q})*x)+({s})", "({p})*sin(x)+({q})*cos(x)",
    "exp(({p})*sin(x))", "({p})*(x-floor(x))+({q})", "where(sin(x)>0,{p},{q})", "({p})*sign(sin(x))+({q})*x/(x+1)",
    "({p})*sin(1/x)+({s})", "({p})*sin(x)+({q})*sin(sqrt(2)*x)", "(exp({p})-exp({q}))*x", "x*sin(x)*({p})+({q})*x",
    "(2+sin(x))^({p})", "({p})*sin(x^2)/(1+({q})^2*x)", "abs(({p})*cos(x)+({q}))",
)  # fmt: skip
PLACES = ("oo", "oo", "oo", "-oo", "0", "0", "1", "a")


def questions(seed: int) -> list[tuple[str, str]]:
    """An expression in x, a and b, and where x goes; without end by counting the seed up."""
    random = Random(seed)
    p, q, s = random.choice(LINEAR), random.choice(SMALL), random.choice(("1", "2", "a", "-1", "1-a", "b"))
    one = random.choice(FORMS).format(p=p, q=q, s=s)
    if random.random() < 0.3:
        other = random.choice(FORMS).format(p=random.choice(SMALL), q=random.choice(SMALL), s="1")
        one = f"({one}) {random.choice('+*')} ({other})"
    return [(one, place) for place in (random.choice(PLACES),)]


def verdict(expression: str, place: str, seed: int) -> tuple[str, str]:
    """right, undecided or wrong, and what is wrong: of the limit, its cases and their values."""
    found = limit(expression, to=f"x={place}", var="x", rows=0, let=())
    if not found.cases and found.value is None and found.reason == "undecided":
        return "undecided", ""
    random = Random(seed)
    for case in random.sample(found.cases, min(2, len(found.cases))):
        again = limit(expression, to=f"x={place}", var="x", rows=0, assume=[case.condition])
        if case.value is not None and _text(again) != _text(case):
            return (
                "wrong",
                f"{expression} at {place}, where {case.condition}: {_text(again)}, not {_text(case)}",
            )
    for _ in range(8):
        numbers = {name: random.choice(GOOD) for name in "ab"}
        if found.cases and random.random() < 0.5:  # where two cases meet
            ends = [
                match[1]
                for case in found.cases
                for match in re.finditer(r"\ba = (\S+)(?: and|$)", case.condition)
            ]
            good = [end for end in ends if not re.search(r"\b[ab]\b", end)]
            if good:
                numbers["a"] = random.choice(good)
        if (wrong := _compared(found, expression, place, numbers)) is not None:
            return "wrong", f"{expression} at {place}: {wrong}; {_shown(found)}"
    return "right", ""


def _shown(found: Limit) -> str:
    return "; ".join(f"{each.condition}: {_text(each)}" for each in found.cases) or _text(found)


def _text(found: Limit | Case) -> str:
    if found.value is not None:
        return found.value.text
    return f"{found.reason} {[None if side is None else side.text for side in (found.left, found.right)]}"


def _compared(found: Limit, expression: str, place: str, numbers: dict[str, str]) -> str | None:
    """What is wrong with these numbers, if anything is."""
    there, at = (_put(each, numbers) for each in (expression, place))
    said: Limit | Case = found
    if found.cases:
        holding = [case for case in found.cases if _holds(case.condition, numbers)]
        said, *more = holding or [results.Case("", None, "undefined")]
        texts = [case.value and case.value.text for case in (said, *more)]
        if any(one != texts[0] and not (one and texts[0] and _same(_put(one, numbers), _put(texts[0], numbers)))
               for one in texts):  # fmt: skip
            return f"{numbers}: {len(holding)} cases hold"
    truth = limit(there, to=f"x={at}", var="x", rows=0)
    gone = ("undefined", "not-real")
    if truth.reason == "undecided" or (not found.cases and truth.reason in gone):
        return None  # a limit of all cases in which it is defined says nothing of the others
    if said.value is None:
        if said.reason == "undecided" or (
            truth.value is None and {said.reason, truth.reason} <= {*gone, truth.reason}
        ):
            return None
        return f"{numbers}: {_text(said)}, not {_text(truth)}"
    value = _put(said.value.text, numbers)
    if truth.value is None or not _same(value, truth.value.text):
        return f"{numbers}: {value}, not {_text(truth)}"
    return None


def _put(expression: str, numbers: dict[str, str]) -> str:
    return re.sub(r"\b[ab]\b", lambda match: f"({numbers[match[0]]})", expression)


def _holds(condition: str, numbers: dict[str, str]) -> bool:
    """Does a condition hold? Equal is what fifty digits do not tell apart."""
    with mp.workdps(60):
        for part in condition.split(" and "):
            if match := re.fullmatch(r"(.+?) (not an integer|integer|even|odd)", part):
                value = compiled(_put(match[1], numbers))()
                whole = abs(value - mp.nint(value)) < mp.mpf(10) ** -50
                turned = whole and int(mp.nint(value)) % 2
                if not {
                    "not an integer": not whole,
                    "integer": whole,
                    "odd": turned,
                    "even": whole and not turned,
                }[match[2]]:
                    return False
                continue
            pieces = re.split(r" (<=|>=|!=|=|<|>) ", part)
            try:
                values = [compiled(_put(piece, numbers))() for piece in pieces[::2]]
            except Undefined:
                return False
            for one, relation, other in zip(values, pieces[1::2], values[1:], strict=False):
                side = 0 if abs(one - other) < mp.mpf(10) ** -50 else 1 if one > other else -1
                if (
                    side
                    not in {"<": (-1,), "<=": (-1, 0), "=": (0,), "!=": (-1, 1), ">=": (0, 1), ">": (1,)}[
                        relation
                    ]
                ):
                    return False
    return True


def _same(one: str, other: str) -> bool:
    if "oo" in (one.strip("-"), other.strip("-")):
        return one == other
    with mp.workdps(60):
        try:
            a, b = compiled(one)(), compiled(other)()
        except Undefined:
            return False
        return bool(abs(a - b) <= mp.mpf(10) ** -40 * max(1, abs(b)))


def run(count: int, seed: int = 0) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"right": [], "undecided": [], "wrong": []}
    for each in range(count):
        for expression, place in questions(1000 * seed + each):
            how, why = verdict(expression, place, each)
            found[how].append(why or f"{expression} at {place}")
    return found


if __name__ == "__main__":
    numbers_ = [int(each) for each in sys.argv[1:]]
    result = run(*(numbers_ or [300]))
    for each in result["wrong"]:
        print("wrong", each)
    for each in result["undecided"]:
        print("undecided", each)
    print(Counter({how: len(each) for how, each in result.items()}))
