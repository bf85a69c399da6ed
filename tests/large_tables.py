"""map over large tables: made-up formulas at every row against PyTorch, and where they differ against mpmath.

python tests/large_tables.py 200 10000 1        # formulas, rows, seed

A row without a gap is wrong where PyTorch's number and ours differ and mpmath, in 1000 digits, is with PyTorch; a
sample of rows is held against mpmath in any case, gaps too. Without PyTorch, HIPS autograd takes its place. Each
formula is reported on stderr with its seconds of the processor: what map, the other one and mpmath took.
"""

from __future__ import annotations

import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parent / "corpus")]

from facts import WORDS, TooFar, Undefined, compiled  # noqa: E402
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
DIGITS = 1000
STEP = 400  # decimals of a difference's step: slopes of 10**300 may have second derivatives of 10**600
WAVES_AND_EXPONENTIALS = {"sin", "cos", "tan", "exp", "expm1", "sinh", "cosh"}
LARGE = 1000  # bits of an exponent that few doubles have


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


def pytorch(expr: str) -> Any:
    """Value and partials of every row as PyTorch has them."""
    import torch

    words = {name: getattr(torch, NUMPY.get(name, name)) for name in [*SMOOTH, "max", "min"]}
    words = {name: _of_numbers(word) for name, word in words.items()}
    code = compile(expr, expr, "eval")

    def found(x: Any, y: Any) -> list[Any]:
        leaves = [torch.tensor(column, requires_grad=True) for column in (x, y)]
        value = eval(code, {"__builtins__": {}}, {**words, **dict(zip("xy", leaves))}) + 0 * leaves[0]
        slopes = torch.autograd.grad(value.sum(), leaves, materialize_grads=True)
        return [value.detach().numpy(), *(each.numpy() for each in slopes)]

    return found


def _of_numbers(function: Any) -> Any:
    """A function of PyTorch that takes plain numbers too."""
    import torch

    return lambda *args: function(*(torch.as_tensor(each, dtype=torch.float64) for each in args))


@contextmanager
def watched() -> Iterator[list[bool]]:
    """While mpmath works: has a function been given or given back a number that may be no double?

    Raises TooFar for an angle of which too few digits are known, and where a number would fill the memory.
    """
    seen, words = [False], dict(WORDS)

    def wrapped(name: str, function: Any) -> Any:
        def call(*args: Any) -> Any:
            if name in WAVES_AND_EXPONENTIALS and mpmath.mag(args[0]) > LARGE:
                raise TooFar
            found = function(*args)
            seen[0] |= any(mpmath.mag(each) > LARGE for each in (*args, found))
            return found

        return call

    WORDS.update({name: wrapped(name, words[name]) for name in [*SMOOTH, "_power", "_divide"]})
    try:
        yield seen
    finally:
        WORDS.update(words)


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
        for h in (mp.mpf(10) ** -STEP, -(mp.mpf(10) ** -STEP)):
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


def amiss(name: str, got: float, wanted: Any, reason: str, beyond: bool) -> bool:
    """Is this number wrong, or a gap where there is a value? ``beyond``: something on the way may be no double."""
    if wanted is not None and abs(wanted) > mp.mpf(10) ** 300:
        return False  # no double
    if np.isnan(got):
        honest = reason == "undecided" or (beyond and reason == "overflow")
        return wanted is not None and (not reason or (name == "value" and not honest))
    return wanted is None or not abs(got - wanted) <= 2e-6 * abs(wanted) + mp.mpf(10) ** -280


def table(rng: Any, rows: int) -> dict[str, Any]:
    """Columns x and y of numbers of all sizes, every twentieth at a place where functions have kinks or edges."""
    columns = {name: rng.normal(size=rows) * 10.0 ** rng.integers(-2, 3, rows) for name in "xy"}
    for column in columns.values():
        at = rng.integers(0, rows, rows // 20)
        column[at] = rng.choice(SPECIAL, len(at))
    return columns


def wrong(
    seed: int, formulas: int, rows: int, other: Any = autograd, say: Callable[[str], Any] = len
) -> tuple[list[Any], int]:
    """Numbers that are wrong, gaps where there are none and silent ones; and how many numbers were compared."""
    rng, numbers, found, compared = random.Random(seed), np.random.default_rng(seed), [], 0
    for index in range(formulas):
        expr, columns = made_up(rng, 3), table(numbers, rows)
        begun = time.process_time()
        try:
            made = calcgrad.map(expr, columns)
        except CalcgradError as error:
            say(f"{index + 1}/{formulas} {expr}: {error.message}")
            continue
        mapped = time.process_time()
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            theirs = dict(zip(("value", "d_x", "d_y"), other(expr)(columns["x"], columns["y"])))
        known = time.process_time()
        bad, count = compare(expr, columns, made, theirs, rng)
        found, compared = found + bad, compared + count
        taken = f"{mapped - begun:.1f} {known - mapped:.1f} {time.process_time() - known:.1f} s"
        say(f"{index + 1}/{formulas} {expr}: {taken}, {len(bad)} wrong of {count}")
    return found, compared


def compare(
    expr: str, columns: dict[str, Any], made: Any, theirs: dict[str, Any], rng: random.Random
) -> tuple[list[Any], int]:
    """What is wrong in one table, and how many numbers are in it."""
    names = [name for name in ("value", "d_x", "d_y") if name in made]
    reasons, found, compared = made["reason"], list[Any](), 0
    asked = set(rng.sample(range(len(reasons)), FEW))
    asked |= set(np.flatnonzero(reasons != "")[: FEW // 2].tolist())
    for name in names:
        ours, other = made[name], theirs[name]
        silent = (np.isnan(ours) & (reasons == "")) | np.isinf(ours)
        if silent.any():
            found.append((expr, name, "silent", int(silent.sum())))
        with np.errstate(all="ignore"):
            apart = np.isfinite(ours) & ~(np.abs(ours - other) <= 1e-5 * np.abs(ours) + 1e-280)
        compared += int(np.isfinite(ours).sum())
        asked |= set(np.flatnonzero(apart)[: 4 * FEW].tolist())
    with mp.workdps(DIGITS):
        for row in sorted(asked):
            point = [mp.mpf(repr(float(columns[name][row]))) for name in "xy"]
            try:
                with watched() as beyond:
                    wanted = dict(zip(("value", "d_x", "d_y"), truth(expr, point)))
            except TooFar:
                continue
            for name in names:
                got, want = float(made[name][row]), wanted[name]
                if amiss(name, got, want, str(reasons[row]), beyond[0]):
                    found.append((expr, point, name, got, want and mp.nstr(want, 17), str(reasons[row])))
    return found, compared


def shown(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]] + [200, 10_000, 1][len(sys.argv) - 1 :]
    bad, count = wrong(given[2], given[0], given[1], pytorch if find_spec("torch") else autograd, shown)
    print(*bad, f"{len(bad)} wrong of {count} numbers", sep="\n")
    sys.exit(bool(bad))
