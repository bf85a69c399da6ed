"""Made-up functions with a known corner, jump, hole, cusp or smooth join at a known point, in many disguises.

    next(facts(seed=1))     # {"expr": "atan(x**2 + 3*sqrt((x - 1/8)**2))", "at": {"x": "1/8"}, "reason": "corner", ...}

    python tests/adversarial.py [2000] [--seed 1] [--verify]    # counts, and every one that is not right

A random smooth f, a random point, and a part u of x that is 0 there: what is added to f decides what happens, so
the truth is known by construction; its numbers come from mpmath. Facts are those of ``corpus/facts.py``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import mpmath
from mpmath import mp

sys.path.insert(0, str(Path(__file__).resolve().parent / "corpus"))
from facts import Fact, compiled, judge, question

WORDS = [
    "sin",
    "cos",
    "atan",
    "tanh",
    "asinh",
    "sigmoid",
    "softplus",
    "erf",
]  # smooth and tame on the whole line
OUTER = [
    "atan({})",
    "sinh({}/4)",
    "exp({}/4)",
    "asinh({})",
    "2*{} - 1",
    "softplus({})",
    "{}**3 + {}",
]  # and growing
POINTS = ["0", "1", "-2", "3/8", "-5/4", "1/3", "2.5", "0.1", "pi/3", "sqrt(2)", "-pi", "log(2)"]

# Each has at u = 0 exactly what its title says, with value 0 there; u is x - a, or grows through 0 with slope 1.
CORNER = [  # slopes -1 and 1
    "abs({u})", "sqrt({u}**2)", "({u}**2)**(1/2)", "max({u},-{u})", "-min({u},-{u})", "where({u}<0,-{u},{u})",
    "where(x<={a},-{u},{u})", "{u}*sign({u})", "hypot({u},0)", "acos(cos({u}))", "abs(sin({u}))", "abs(tanh({u}))",
    "relu({u})+relu(-{u})", "2*relu({u})-{u}", "{u}*(2*Heaviside({u})-1)", "log(exp(abs({u})))", "abs(exp({u})-1)",
    "sqrt(1-cos({u})**2)", "sqrt(2-2*cos({u}))", "acos(1-{u}**2/2)", "cbrt(abs({u})**3)", "{u}*(2*floor({u})+1)",
    "({u}**4)**(1/4)", "asin(abs({u}))", "sqrt({u}**2+{u}**4)", "where({u}==0,0,{u}*tanh(1/{u}))",
    "where({u}==0,0,2/pi*{u}*atan(1/{u}))", "abs({u})*cos({u})", "sign({u})*sin({u})", "max(sin({u}),-sin({u}))",
]  # fmt: skip
SMOOTH = [  # slope 0
    "{u}*abs({u})", "abs({u})**3", "{u}**2*sign({u})", "max({u},0)**2", "relu({u})**3", "{u}**2*floor({u})",
    "acos(cos({u}))**2", "sqrt({u}**4)", "{u}*sqrt({u}**2)", "where({u}<0,-{u}**2,{u}**2)",
    "where({u}==0,0,{u}**2*sin(1/{u}))", "where(x<{a},0,1-cos({u}))", "abs({u})*sin({u})", "cbrt({u})**4",
    "where({u}<=0,0,exp(-1/{u}))", "{u}**2*Heaviside({u})", "abs({u})**1.5", "cosh(abs({u}))-1", "min({u}**2,{u}**4)",
    "where({u}==0,0,exp(-1/{u}**2))", "abs({u})-sqrt({u}**2)", "max({u},0)+max(-{u},0)-abs({u})",
    "exp(-abs({u}))-1+abs({u})", "where(x<{a},{u}**3,{u}**2)", "max({u},sin({u}))-{u}", "atan({u}**2)*sign({u})",
]  # fmt: skip
JUMP = [  # from -1 on the left to 1 on the right
    "sign({u})", "2*Heaviside({u})-1", "2*floor({u})+1", "2*ceiling({u})-1", "where({u}<0,-1,1)", "where(x<={a},-1,1)",
    "where({u}==0,0,{u}/abs({u}))", "where({u}==0,0,2/pi*atan(1/{u}))", "where({u}==0,0,tanh(1/{u}))",
    "sign(sin({u}))", "where({u}==0,0,abs({u})/{u})", "1-2*Heaviside(-{u})",
    "where({u}==0,0,1-2/(1+exp(1/{u})))", "sign({u})*cos({u})", "where({u}==0,1,sqrt({u}**2)/{u})",
]  # fmt: skip
HOLE = [  # not defined at the point, and 1 beside it
    "{u}/{u}", "sin({u})/{u}", "(exp({u})-1)/{u}", "abs({u})/sqrt({u}**2)", "{u}**2/abs({u})**2", "log(1+{u})/{u}",
    "tan({u})/{u}", "({u}**2+{u})/{u}", "sign({u})*{u}/abs({u})", "sign({u}**2)*tanh({u})/{u}",
    "2*(1-cos({u}))/{u}**2", "1+{u}*sin(1/{u})",
]  # fmt: skip
CUSP = {  # the slopes
    "sqrt(abs({u}))": (-1, 1), "cbrt({u}**2)": (-1, 1), "abs({u})**(2/3)": (-1, 1), "cbrt({u})": (1, 1),
    "-cbrt({u})": (-1, -1), "root({u},5)": (1, 1), "sign({u})*sqrt(abs({u}))": (1, 1), "sqrt(abs(sin({u})))": (-1, 1),
    "cbrt(sin({u}))": (1, 1), "root({u},3)**2": (-1, 1), "({u}**2)**(1/4)": (-1, 1), "-sqrt(sqrt({u}**2))": (1, -1),
}  # fmt: skip


def smooth(random: Random, depth: int = 2) -> str:
    """A random smooth function of x, real everywhere."""
    if depth == 0 or random.random() < 0.2:
        return random.choice(
            ["x", "x", "x**2", f"{random.randint(1, 5)}*x", str(random.randint(1, 4)), "x/2"]
        )
    kind = random.random()
    if kind < 0.45:
        return f"{random.choice(WORDS)}({smooth(random, depth - 1)})"
    return f"({smooth(random, depth - 1)} {random.choice('+-*')} {smooth(random, depth - 1)})"


def facts(seed: int = 1) -> Iterator[Fact]:
    """Facts without end, the same ones for the same seed."""
    random = Random(seed)
    while True:
        f, a = smooth(random), random.choice(POINTS)
        u = f"(x-({a}))" if a != "0" else "x"
        c, outer = random.choice([1, 2, -3]), random.choice([*OUTER, *["{}"] * 6])
        kind = random.choice(["corner", "smooth", "jump", "hole", "cusp", "join", "bend", "step", "point"])
        yield made(kind, f, smooth(random, 1), a, u, c, outer, random)


def made(kind: str, f: str, g: str, a: str, u: str, c: int, outer: str, random: Random) -> Fact:
    """One fact: a derivative at the point, or (where f may have no value there) half the time a limit."""
    if kind == "cusp":
        form, signs = random.choice(sorted(CUSP.items()))
    else:
        pool = {"corner": CORNER, "smooth": SMOOTH, "jump": JUMP, "hole": HOLE}
        form, signs = random.choice(pool.get(kind, [""])), (0, 0)
    part = form.format(u=u, a=a)
    h = f"exp(({g})/4)"  # not 0 anywhere
    whole = {
        "hole": f"{f}*({part})",
        "join": f"where(x<{a},{f},{f}+{u}**2*{h})",
        "bend": f"where(x<{a},{f},{f}+({c})*{u}*{h})",
        "step": f"where(x<{a},{f},{f}+({c})*{h})",
        "point": f"where(x=={a},{f}+({c}),{f})",
    }.get(kind, f"{f}+({c})*({part})")
    with mp.workdps(400):
        place = compiled(a)()
        value, slope = (mpmath.diff(lambda x: compiled(f)(x=x), place, k) for k in (0, 1))
        lift = compiled(h)(x=place)
        over = compiled(outer.format("x", "x") if outer != "{}" else "x")

        def after(inner: mpmath.mpf) -> str:
            return _text(over(x=inner))

        def times(number: mpmath.mpf) -> str:  # by the chain rule
            return _text(number * mpmath.diff(lambda x: over(x=x), value))

        expr = outer.format(f"({whole})", f"({whole})") if outer != "{}" else whole
        common = {"expr": expr, "category": kind, "source": "own construction"}
        limit: Fact = {**common, "to": a, "from": "both", "answer": None}
        slopes: Fact = {**common, "at": {"x": a}, "var": "x", "order": 1, "answer": None}
        ask_limit = random.random() < 0.5
        if kind in ("smooth", "join"):
            return {**slopes, "answer": times(slope)}
        if kind in ("corner", "bend"):
            left, right = (slope - c, slope + c) if kind == "corner" else (slope, slope + c * lift)
            return {**slopes, "reason": "corner", "left": times(left), "right": times(right)}
        if kind == "cusp":
            left, right = ("oo" if c * sign > 0 else "-oo" for sign in signs)
            return {**slopes, "reason": "vertical-tangent", "left": left, "right": right}
        if kind in ("jump", "step"):
            left, right = (value - c, value + c) if kind == "jump" else (value, value + c * lift)
            if ask_limit:
                return {**limit, "reason": "sides-differ", "left": after(left), "right": after(right)}
            return {**slopes, "reason": "jump"}
        if ask_limit:
            return {**limit, "answer": after(value)}
        return {**slopes, "reason": "undefined" if kind == "hole" else "jump"}


def _text(number: mpmath.mpf) -> str:
    """A number to 40 digits; what is nothing but rounding is 0."""
    return "0" if abs(number) < mp.mpf(10) ** -300 else mpmath.nstr(number, 40)


def main() -> int:
    parser = argparse.ArgumentParser(description="Adversarial functions against calcgrad.")
    parser.add_argument("count", nargs="?", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verify", action="store_true", help="hold the facts themselves against numbers")
    options = parser.parse_args()
    asked = [fact for fact, _ in zip(facts(options.seed), range(options.count))]
    counts: Counter[str] = Counter()
    if options.verify:
        from verify import verified

        for fact in asked:
            _, how, why = verified(("limits" if "to" in fact else "derivatives", fact))
            counts[how] += 1
            if how == "NOT VERIFIED":
                print(how, fact, why, flush=True)
        print(dict(counts))
        return 0
    times = []
    batch = subprocess.Popen(
        [sys.executable, "-m", "calcgrad", "batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parent.parent,
    )  # fmt: skip
    assert batch.stdin is not None and batch.stdout is not None
    for fact in asked:
        begun = time.perf_counter()
        batch.stdin.write(json.dumps(question(fact)).encode() + b"\n")
        batch.stdin.flush()
        record = json.loads(batch.stdout.readline())
        times.append(time.perf_counter() - begun)
        verdict = judge(fact, record)
        counts[verdict] += 1
        if verdict != "right":
            said = {
                k: record[k] for k in ("exists", "value", "left", "right", "reason", "error") if k in record
            }
            print(
                f"{verdict} ({times[-1]:.1f} s): {json.dumps(fact)}\n    said {json.dumps(said)}", flush=True
            )
    batch.stdin.close()
    times.sort()
    print(f"{dict(counts)} of {len(asked)}; median {times[len(times) // 2]:.2f} s, longest {times[-1]:.1f} s")
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
