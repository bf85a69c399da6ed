"""``series`` beside those of SymPy, Maxima, giac and gp, on 60 expansions: how many are right, and how long they take.

    python benchmarks/expansions.py [calcgrad] [SymPy] [Maxima] [giac] [gp]     # one line for each, and the sums

What is right is told by none of them: mpmath evaluates the function in high precision ever nearer to the point, where
what the terms leave must become small beside the last of them. Elsewhere than at 0 and far out the peers are asked for
f(a + x) at 0; gp, which has power series and Laurent series at 0 only, for f(1/x) far out.
"""

from __future__ import annotations

import multiprocessing
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from measure import Row
from peers import GIAC, GP, MAXIMA, Late, Process, Unsayable, spelled

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


PEERS: dict[str, tuple[Process, dict[str, str], str, str]] = {  # how each is asked, about x at 0 and far out
    "Maxima": (
        Process(["maxima", "--very-quiet"], "display2d:false$ errormsg:false$ linel:100000$ assume(x>0)$"), MAXIMA,
        'r:"failed"$ r:errcatch(string(ratdisrep(taylor({},x,0,6))))$ print("ANS",r)$ print("end{}")$',
        'r:"failed"$ r:errcatch(string(ratdisrep(taylor({},x,inf,6))))$ print("ANS",r)$ print("end{}")$'),
    "giac": (Process(["giac"]), GIAC,
        'print("ANS",series({},x=0,6,1)):;"end{}"', 'print("ANS",series({},x=+infinity,6)):;"end{}"'),
    "gp": (Process(["gp", "-q", "-f"], "default(realprecision,1000);"), GP,
        'iferr(my(x=\'x+O(\'x^12));print("ANS ",truncate({})*1),e,print("ANS failed"));print("end{}")',
        'iferr(my(x=1/(\'x+O(\'x^12)));print("ANS ",truncate({})*1),e,print("ANS failed"));print("end{}")'),
}  # fmt: skip
_WORDS = {
    "%e": "E", "%pi": "pi", "%gamma": "EulerGamma", "euler_gamma": "EulerGamma", "ln(": "log(", "Psi(": "psi(",
    "order_size": "0*", "Gamma(": "gamma(", "Zeta(": "zeta(",
}  # fmt: skip


def _root(expr: str, place: str) -> Any:
    """The function that a peer is asked about, at 0 or far out."""
    from calcgrad.expression.parser import parse
    from calcgrad.expression.tree import Call, Name, substitute

    root = parse(expr).node
    if place in ("0", "oo"):
        return root
    return substitute(root, {Name("x"): Call("+", (parse(place).node, Name("x")))})


def _said(which: str, expr: str, place: str, count: int) -> str:
    """What a peer answers, in its words."""
    process, words, near, far = PEERS[which]
    end = f"end{count}"
    asked = (far if place == "oo" else near).format(spelled(_root(expr, place), words), count)
    lines = process.ask(
        asked, lambda line: end in line and "print" not in line and ":;" not in line, PATIENCE
    )
    return " ".join(lines).rpartition("ANS")[2].partition(end)[0].replace('"Done"', "")


def _terms(said: str, which: str, expr: str, place: str) -> list[str] | None:
    """The terms of a peer's answer; None where it is no expansion."""
    import sympy

    from calcgrad.calculus import symbolic
    from calcgrad.expression.parser import parse

    said = re.sub(r"psi\[(\d+)\]\(", r"polygamma(\1,", said.strip(' ,;[]"'))
    for word, ours in _WORDS.items():
        said = said.replace(word, ours)
    x = sympy.Symbol("x", positive=True)
    made = sympy.expand(
        sympy.sympify(said.replace("^", "**"), locals={"x": x, "EulerGamma": sympy.EulerGamma})
    )
    known = made.free_symbols <= {x} and not made.has(
        sympy.nan, sympy.zoo, sympy.I, sympy.core.function.AppliedUndef
    )
    if not known or made == symbolic.to_sympy(_root(expr, place)).subs(symbolic.symbol("x"), x):
        return None
    there = 1 / x if which == "gp" and place == "oo" else x
    if place not in ("0", "oo"):
        there = x - symbolic.to_sympy(parse(place).node)
    return [str(term.subs(x, there)) for term in sympy.Add.make_args(made)]


def _answer(which: str, expr: str, place: str, answers: Any) -> None:
    began = time.perf_counter()
    try:
        found = {"calcgrad": _ours, "SymPy": _sympys}[which](expr, place)
    except Exception:  # whatever a peer raises is no answer
        found = None
    answers.put((found, time.perf_counter() - began))


def asked(which: str, expr: str, place: str, count: int = 0) -> tuple[list[str] | None, float]:
    """The first terms, and the seconds that it took, in a process of its own."""
    if which in PEERS:
        began = time.perf_counter()
        try:
            said = _said(which, expr, place, count)
        except (Late, Unsayable):
            return None, time.perf_counter() - began
        seconds = time.perf_counter() - began
        try:
            return _terms(said, which, expr, place), seconds
        except Exception:  # whatever a peer says that is no expansion is no answer
            return None, seconds
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


def measured(
    tools: tuple[str, ...] = ("calcgrad", "SymPy"),
) -> Iterator[tuple[str, str, str, str, float, list[str] | None]]:
    for count, (expr, place) in enumerate(EXPANSIONS):
        for which in tools:
            terms, seconds = asked(which, expr, place, count)
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

    for ask in (_ours, _sympys):
        ask("log(1+x)/sin(x)", "0")  # and whatever they load when they are first asked
    tools = tuple(sys.argv[1:]) or ("calcgrad", "SymPy", *PEERS)
    everything = []
    for each in measured(tools):
        everything.append(each)
        print(*each[:4], f"{each[4]:.3f}", each[5], sep="\t", flush=True)
    for which in tools:
        of = [each for each in everything if each[0] == which]
        print(which, dict(Counter(each[3] for each in of)), f"median {median(each[4] for each in of):.3f} s")
    for process, *_ in PEERS.values():
        process.stop()
