"""map over large tables: made-up formulas at every row against HIPS autograd, and where they differ against mpmath.

python tests/large_tables.py 200 10000 1        # formulas, rows, seed

A row without a gap is wrong where autograd's number and ours differ and mpmath, in 600 digits, is with autograd; a
sample of rows is held against mpmath in any case, gaps too.
"""

from __future__ import annotations

import random
import sys
import warnings
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parent / "corpus")]

from facts import TooFar, Undefined, compiled  # noqa: E402
from mpmath import mp  # noqa: E402

import calcgrad  # noqa: E402
from calcgrad.errors import CalcgradError  # noqa: E402

SMOOTH = [
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "atan",
    "tanh",
    "sinh",
    "cosh",
    "log1p",
    "expm1",
    "asinh",
    "abs",
]
NUMPY = {"atan": "arctan", "asinh": "arcsinh", "max": "maximum", "min": "minimum"}
ATOMS = ["x", "y", "x", "y", "2", "0.5", "3", "0.1", "(x-0.3)", "(x-y)", "(x+y)", "(x*y)"]
SPECIAL = [0.0, 1.0, -1.0, 0.5, 0.3, 2.0, 1e-9, -1e-12, 40.0, 1e5]
FEW = 6  # rows of each formula for mpmath


def made_up(rng: random.Random, depth: int) -> str:
    if not depth or rng.random() < 0.15:
        return rng.choice(ATOMS)
    a, b = made_up(rng, depth - 1), made_up(rng, depth - 1)
    kind = rng.random()
    if kind < 0.45:
        return f"{rng.choice(SMOOTH)}({a})"
    if kind < 0.9:
        return f"({a}){rng.choice('+-**/')}({b})"
    return f"({a})**{rng.choice('23')}" if kind < 0.96 else f"{rng.choice(['max', 'min'])}({a},{b})"


def autograd(expr: str) -> Any:
    """Value and partials of every row as HIPS autograd has them."""
    import autograd
    import autograd.numpy as anp

    words = {name: getattr(anp, NUMPY.get(name, name)) for name in [*SMOOTH, "max", "min"]}
    code = compile(expr, expr, "eval")

    def f(x: Any, y: Any) -> Any:
        return eval(code, {"__builtins__": {}}, {**words, "x": x, "y": y}) + 0 * x

    return lambda x, y: [f(x, y), *(autograd.elementwise_grad(f, i)(x, y) for i in (0, 1))]


def truth(expr: str, point: list[Any]) -> list[Any]:
    """Value and partials in mpmath; None where there is none, or it is too far out to tell."""
    f = compiled(expr)
    try:
        value = f(x=point[0], y=point[1])
    except TooFar:
        raise
    except Undefined:
        return [None] * 3
    if abs(value) > mp.mpf(10) ** 300:
        raise TooFar
    found = [value]
    for i in (0, 1):
        quotients = []
        for h in (mp.mpf(10) ** -90, -(mp.mpf(10) ** -90)):
            moved = [each + (h if i == j else 0) for j, each in enumerate(point)]
            try:
                quotients.append((f(x=moved[0], y=moved[1]) - value) / h)
            except Undefined:
                quotients.append(mp.nan)
        right, left = quotients
        same = (
            mpmath.isfinite(right + left)
            and abs(right - left) <= abs(right) * mp.mpf(10) ** -15 + mp.mpf(10) ** -30
        )
        found.append((right + left) / 2 if same else None)
    return found


def amiss(name: str, got: float, wanted: Any, reason: str) -> bool:
    """Is this number wrong, or a gap where there is a value?"""
    if wanted is not None and abs(wanted) > mp.mpf(10) ** 300:
        return False  # no double
    if np.isnan(got):
        return wanted is not None and (not reason or (name == "value" and reason != "undecided"))
    return wanted is None or not abs(got - wanted) <= 2e-6 * abs(wanted) + mp.mpf(10) ** -280


def wrong(seed: int, formulas: int, rows: int) -> tuple[list[Any], int]:
    """Numbers that are wrong, gaps where there are none and silent ones; and how many numbers were compared."""
    rng, numbers, found, compared = random.Random(seed), np.random.default_rng(seed), [], 0
    for _ in range(formulas):
        expr = made_up(rng, 3)
        columns = {name: numbers.normal(size=rows) * 10.0 ** numbers.integers(-2, 3, rows) for name in "xy"}
        for name in "xy":
            at = numbers.integers(0, rows, rows // 20)
            columns[name][at] = numbers.choice(SPECIAL, len(at))
        try:
            made = calcgrad.map(expr, columns)
        except CalcgradError:
            continue
        names = [name for name in ("value", "d_x", "d_y") if name in made]
        reasons = made["reason"]
        for name in names:
            silent = np.isnan(made[name]) & (reasons == "")
            found += (
                [(expr, name, "silent", int(silent.sum()))]
                if silent.any() or np.isinf(made[name]).any()
                else []
            )
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            theirs = dict(zip(("value", "d_x", "d_y"), autograd(expr)(columns["x"], columns["y"])))
        asked = set(rng.sample(range(rows), FEW))
        asked |= set(np.flatnonzero(reasons != "")[: FEW // 2].tolist())
        for name in names:
            ours, other = made[name], theirs[name]
            with np.errstate(all="ignore"):
                apart = np.isfinite(ours) & ~(np.abs(ours - other) <= 1e-5 * np.abs(ours) + 1e-280)
            compared += int(np.isfinite(ours).sum())
            asked |= set(np.flatnonzero(apart)[: 4 * FEW].tolist())
        with mp.workdps(600):
            for row in sorted(asked):
                point = [mp.mpf(repr(float(columns[name][row]))) for name in "xy"]
                try:
                    wanted = dict(zip(("value", "d_x", "d_y"), truth(expr, point)))
                except TooFar:
                    continue
                for name in names:
                    got, want = float(made[name][row]), wanted[name]
                    if amiss(name, got, want, str(reasons[row])):
                        found.append((expr, point, name, got, want and mp.nstr(want, 17), str(reasons[row])))
    return found, compared


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]] + [200, 10_000, 1][len(sys.argv) - 1 :]
    bad, count = wrong(given[2], given[0], given[1])
    print(*bad, f"{len(bad)} wrong of {count} numbers", sep="\n")
    sys.exit(bool(bad))
