"""``series`` beside SymPy's, on 60 expansions: how many are right, and how long they take.

    python benchmarks/expansions.py             # one line for each, and the sums

What is right is told by neither: mpmath evaluates the function in high precision ever nearer to the point, where what
the terms leave must become small beside the last of them.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from measure import Row

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "corpus"))

TERMS = 4
PATIENCE = 20.0  # seconds for one expansion
EXPANSIONS: list[tuple[str, str]] = [
    *((each, "0") for each in (
        "sin(x)", "tan(x)", "exp(sin(x))", "log(cos(x))", "sqrt(1+x+x^2)", "asin(x)", "x/(exp(x)-1)", "1/sin(x)",
        "cot(x)", "x^x", "(1+x)^(1/x)", "log(x)*sin(x)", "sqrt(x)/(1+x)", "sqrt(sin(x))", "asin(1-x)", "acos(1-x^2)",
        "gamma(x)", "digamma(x)", "loggamma(x)", "erf(x)", "erf(sqrt(x))", "Ei(x)", "besselj(0,x)", "bessely(0,x)",
        "LambertW(x)", "exp(-1/x)+x", "tanh(x)/x", "x^sin(x)", "log(1+sqrt(x))", "atan(1/x)",
    )),
    *((each, "oo") for each in (
        "sqrt(x^2+x)", "x*log(1+1/x)", "(1+1/x)^x", "x^(1/x)", "atan(x)", "acot(x)", "asinh(x)", "acosh(x)", "tanh(x)",
        "log(1+exp(x))", "log(x+log(x))", "erf(x)", "erfc(x)", "gamma(x)", "loggamma(x)", "digamma(x)", "factorial(x)",
        "binomial(2*x,x)", "Ei(x)", "LambertW(x)", "zeta(x)", "cbrt(x^3+x)", "exp(1/x)*x", "gamma(x+1/2)/gamma(x)",
    )),
    ("tan(x)", "pi/2"), ("zeta(x)", "1"), ("gamma(x)", "-1"), ("log(x)", "1"), ("LambertW(x)", "-exp(-1)"),
    ("acosh(x)", "1"),
]  # fmt: skip


def _ours(expr: str, place: str) -> list[str] | None:
    from calcgrad.commands.expansions import series

    side = "both" if place == "oo" else "right"
    found = series(expr, at=place, side=side, terms=TERMS)
    if found.both is None:
        return None
    return [f"({term.coefficient})*({term.scale})" for term in found.both.terms]


def _sympys(expr: str, place: str) -> list[str] | None:
    import sympy

    from calcgrad.calculus import symbolic
    from calcgrad.expression.parser import parse

    x = sympy.Symbol("x", positive=True)
    f = symbolic.to_sympy(parse(expr).node).subs(symbolic.symbol("x"), x)
    at = sympy.oo if place == "oo" else symbolic.to_sympy(parse(place).node)
    found = sympy.series(f, x, at, 6, "+") if place != "oo" else sympy.series(f, x, at, 6)
    if not isinstance(found, sympy.Expr) or found.has(sympy.Derivative, sympy.Subs, sympy.nan, sympy.zoo):
        return None
    made = found.removeO()
    return None if made == f or made.has(sympy.Order) else [str(term) for term in sympy.Add.make_args(made)]


def _answer(which: str, expr: str, place: str, answers: Any) -> None:
    began = time.perf_counter()
    try:
        found = {"calcgrad": _ours, "SymPy": _sympys}[which](expr, place)
    except Exception:  # whatever a peer raises is no answer
        found = None
    answers.put((found, time.perf_counter() - began))


def asked(which: str, expr: str, place: str) -> tuple[list[str] | None, float]:
    """The first terms, and the seconds that it took, in a process of its own."""
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    worker = context.Process(target=_answer, args=(which, expr, place, answers))
    worker.start()
    try:
        return answers.get(timeout=PATIENCE)  # type: ignore[no-any-return]
    except Exception:
        return None, PATIENCE
    finally:
        worker.terminate()
        worker.join()


def is_right(expr: str, place: str, terms: list[str]) -> bool:
    """Does what the terms leave die out beside the last of them?"""
    from facts import compiled
    from mpmath import mp

    f, *parts = (compiled(each.replace("^", "**")) for each in (expr, *terms))
    left = []
    with mp.workdps(600):
        for k in (6, 11, 16):
            at = (
                mp.mpf(2) ** k * 3
                if place == "oo"
                else compiled(place.replace("^", "**"))() + mp.mpf(10) ** -k
            )
            values = [part(x=at) for part in parts]
            gap = abs(f(x=at) - mp.fsum(values))
            left.append(mp.mpf(0) if gap < mp.mpf(10) ** -550 else gap / min(filter(None, map(abs, values))))
        return bool(left[2] < 1 and (left[2] < left[1] < left[0] or not left[2]))


def verdict(expr: str, place: str, terms: list[str] | None) -> str:
    if terms is None:
        return "none"
    return "right" if is_right(expr, place, terms) else "wrong"


def measured() -> Iterator[tuple[str, str, str, str, float, list[str] | None]]:
    for expr, place in EXPANSIONS:
        for which in ("calcgrad", "SymPy"):
            terms, seconds = asked(which, expr, place)
            yield which, expr, place, verdict(expr, place, terms), seconds, terms


def rows(repeat: int) -> Iterator[Row]:
    del repeat  # each is asked once
    found = list(measured())
    for which in ("calcgrad", "SymPy"):
        counts = Counter(each[3] for each in found if each[0] == which)
        times = [each[4] for each in found if each[0] == which]
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        shown = f"{said}; median {1000 * median(times):.0f} ms, all {sum(times):.1f} s"
        yield Row(f"series: {which}", shown, "none wrong", not counts["wrong"])


if __name__ == "__main__":
    import sympy  # noqa: F401  (loaded before any time begins to run)

    import calcgrad.commands.expansions  # noqa: F401

    everything = []
    for each in measured():
        everything.append(each)
        print(*each[:4], f"{each[4]:.3f}", each[5], sep="\t", flush=True)
    for which in ("calcgrad", "SymPy"):
        of = [each for each in everything if each[0] == which]
        print(which, dict(Counter(each[3] for each in of)), f"median {median(each[4] for each in of):.3f} s")
