"""Ties: random piecewise linear programs, whose derivative or lack of one exact arithmetic tells.

    python tests/autodiff/test_ties.py 5000 [first]   # so many programs; how many are undecided

A number here is its value at the point, its slope along a ray and its slopes by all inputs, all of them
fractions. In two dimensions every ray on which a comparison may turn is followed, and one between each two.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from functools import cmp_to_key
from itertools import product
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import grad, hessian
from calcgrad.autodiff.functions import logsumexp, relu, softmax
from calcgrad.errors import CalcgradError, NotDifferentiable, UndecidedError

# --- exact numbers beside a point ---------------------------------------------------------------------

Form = tuple[Fraction, ...]


class Exact:
    """value + s * slope for small s > 0; ``met`` gathers the forms of all differences of equal values."""

    def __init__(self, value: Fraction, form: Form, ray: Form, met: set[Form]) -> None:
        self.value, self.form, self.ray, self.met = value, form, ray, met
        self.slope = sum((a * b for a, b in zip(form, ray)), Fraction(0))

    def made(self, value: Fraction, form: Form) -> Exact:
        return Exact(value, form, self.ray, self.met)

    def times(self, c: Fraction) -> Exact:
        return self.made(self.value * c, tuple(a * c for a in self.form))

    def plus(self, other: Exact) -> Exact:
        return self.made(self.value + other.value, tuple(a + b for a, b in zip(self.form, other.form)))

    def against(self, other: Exact) -> int:
        """-1, 0 or 1, as this is less, equal or greater just beside the point."""
        if self.value == other.value:
            self.met.add(self.plus(other.times(Fraction(-1))).form)
        x, y = (self.value, self.slope), (other.value, other.slope)
        return (x > y) - (x < y)


# --- steps: each in NumPy, and exactly ----------------------------------------------------------------


def ordered(parts: list[Exact]) -> list[Exact]:
    return sorted(parts, key=cmp_to_key(Exact.against))


def larger(x: Exact, y: Exact) -> Exact:
    return x if x.against(y) >= 0 else y


def smaller(x: Exact, y: Exact) -> Exact:
    return x if x.against(y) <= 0 else y


def between(parts: list[Exact], q: Fraction) -> Exact:
    place = q * (len(parts) - 1)
    below = int(place)
    above = min(below + 1, len(parts) - 1)
    line = ordered(parts)
    return line[below].times(1 - (place - below)).plus(line[above].times(place - below))


COMPARED: dict[str, tuple[Any, Callable[[int], bool]]] = {
    "<": (np.less, lambda s: s < 0),
    "<=": (np.less_equal, lambda s: s <= 0),
    ">": (np.greater, lambda s: s > 0),
    ">=": (np.greater_equal, lambda s: s >= 0),
    "==": (np.equal, lambda s: s == 0),
    "!=": (np.not_equal, lambda s: s != 0),
}
Q = [Fraction(k, 16) for k in range(17)]


def total(parts: Any) -> Any:
    result = parts[0]
    for part in parts[1:]:
        result = result.plus(part)
    return result


def place_of_largest(parts: list[Exact]) -> int:
    best = 0
    for i, part in enumerate(parts):
        if part.against(parts[best]) > 0:
            best = i
    return best


def nothing(x: Exact) -> Exact:
    return x.times(Fraction(0))


class Step:
    """One operation with its parameters drawn; ``numpy`` and ``exact`` take the same operands."""

    def __init__(self, rng: random.Random, wide: bool) -> None:
        self.name = rng.choice(WIDE if wide else NARROW)
        self.k = rng.randrange(100)
        self.q = rng.choice(Q)
        self.sign = rng.choice(sorted(COMPARED))
        self.low, self.high = sorted(rng.choice((-1, 0, 0, 1, 2)) for _ in range(2))

    def __repr__(self) -> str:
        return f"{self.name}[k={self.k} q={self.q} {self.sign} {self.low} {self.high}]"

    def numpy(self, p: list[Any]) -> Any:
        x, y, k = p[0], p[1], self.k % len(p)
        if self.name in NARROW:
            compare = COMPARED[self.sign][0]
            return {
                "abs": lambda: abs(x), "relu": lambda: relu(x), "max": lambda: np.maximum(x, y),
                "min": lambda: np.minimum(x, y), "clip": lambda: np.clip(x, self.low, self.high),
                "clip both": lambda: np.clip(x, y, p[2]),
                "clip low": lambda: np.clip(x, y, None), "clip high": lambda: np.clip(x, None, y),
                "where": lambda: np.where(compare(x, y), p[2], p[3]),
                "where 0": lambda: np.where(compare(x, 0.0), x, y),
                "mask": lambda: compare(x, 0.0) * y,
                "both": lambda: np.where(compare(x, 0.0) & (y > 0.0), p[2], x),
            }[self.name]()  # fmt: skip
        v = np.stack(p)
        w = np.arange(1.0, len(p) + 1.0)
        return {
            "sort": lambda: np.sort(v)[k], "sorted sum": lambda: np.sum(np.sort(v)),
            "weighted": lambda: np.sum(w * np.sort(v)),
            "median": lambda: np.median(v), "quantile": lambda: np.quantile(v, float(self.q)),
            "percentile": lambda: np.percentile(v, float(100 * self.q)), "partition": lambda: np.partition(v, k)[k],
            "nanmedian": lambda: np.nanmedian(np.concatenate((v, [np.nan]))),
            "nanquantile": lambda: np.nanquantile(np.concatenate(([np.nan], v)), float(self.q)),
            "amax": lambda: np.max(v), "amin": lambda: np.min(v), "ptp": lambda: np.ptp(v),
            "top": lambda: np.sum(np.sort(v)[-k:]) if k else np.sum(v),
            "rows": lambda: np.sum(np.max(np.stack((v, v[::-1])), axis=0)),
            "is max": lambda: np.sum(np.where(v == np.max(v), v, 0.0)),
            "top mask": lambda: np.sum(np.where(v >= np.sort(v)[k], v, 0.0)),
            "argsort": lambda: np.sum(v[np.argsort(v)[k:]]),
            "argpartition": lambda: np.sum(v[np.argpartition(v, k)[k:]]),
            "argmax": lambda: v[np.argmax(v)],
            "picked": lambda: v[np.argmax(v[::-1])],
            "picked mask": lambda: np.where(v[np.argmin(-v[::-1])] > -0.25, x, y),
            "pool": lambda: np.sum(np.max(relu(np.stack((v, 0.5 * v))), axis=0)),
        }[self.name]()  # fmt: skip

    def exact(self, p: list[Exact]) -> Exact:
        x, y, k = p[0], p[1], self.k % len(p)
        zero = nothing(x)
        low, high = (zero.plus(zero.made(Fraction(c), zero.form)) for c in (self.low, self.high))
        if self.name in NARROW:
            true = COMPARED[self.sign][1]
            return {
                "abs": lambda: larger(x, x.times(Fraction(-1))), "relu": lambda: larger(x, zero),
                "max": lambda: larger(x, y), "min": lambda: smaller(x, y),
                "clip": lambda: smaller(larger(x, low), high),
                "clip both": lambda: smaller(larger(x, y), p[2]),
                "clip low": lambda: larger(x, y), "clip high": lambda: smaller(x, y),
                "where": lambda: p[2] if true(x.against(y)) else p[3],
                "where 0": lambda: x if true(x.against(zero)) else y,
                "mask": lambda: y if true(x.against(zero)) else zero,
                "both": lambda: p[2] if [true(x.against(zero)), y.against(zero) > 0] == [True, True] else x,
            }[self.name]()  # fmt: skip
        return {
            "sort": lambda: ordered(p)[k], "sorted sum": lambda: total(p),
            "weighted": lambda: total([z.times(Fraction(i + 1)) for i, z in enumerate(ordered(p))]),
            "median": lambda: between(p, Fraction(1, 2)), "quantile": lambda: between(p, self.q),
            "percentile": lambda: between(p, self.q), "partition": lambda: ordered(p)[k],
            "nanmedian": lambda: between(p, Fraction(1, 2)), "nanquantile": lambda: between(p, self.q),
            "amax": lambda: ordered(p)[-1], "amin": lambda: ordered(p)[0],
            "ptp": lambda: ordered(p)[-1].plus(ordered(p)[0].times(Fraction(-1))),
            "top": lambda: total(ordered(p)[-k:]), "rows": lambda: total([larger(a, b) for a, b in zip(p, p[::-1])]),
            "is max": lambda: total([z if z.against(ordered(p)[-1]) == 0 else nothing(z) for z in p]),
            "top mask": lambda: total([z if z.against(ordered(p)[k]) >= 0 else nothing(z) for z in p]),
            "argsort": lambda: total(ordered(p)[k:]),
            "argpartition": lambda: total(ordered(p)[k:]),
            "argmax": lambda: ordered(p)[-1],
            "picked": lambda: p[place_of_largest(p[::-1])],
            "picked mask": lambda: (
                x if p[place_of_largest(p[::-1])].against(zero.made(Fraction(-1, 4), zero.form)) > 0 else y
            ),
            "pool": lambda: total([larger(larger(z, zero), larger(z.times(Fraction(1, 2)), zero)) for z in p]),
        }[self.name]()  # fmt: skip


NARROW = (
    "abs", "relu", "max", "min", "clip", "clip both", "clip low", "clip high", "where", "where 0", "mask", "both",
)  # fmt: skip
WIDE = (
    "sort", "sorted sum", "weighted", "median", "quantile", "percentile", "partition", "nanmedian", "nanquantile",
    "amax", "amin", "ptp", "top", "rows", "is max", "top mask", "pool",
    "argsort", "argpartition", "argmax", "picked", "picked mask",
)  # fmt: skip


COMPARING = ("where", "where 0", "mask", "both", "is max", "top mask", "picked", "picked mask")
# With the value and the slope of z at z = 0.
BENT = (
    np.sin,
    lambda z: z + 3.0 * z * z,
    np.expm1,
    lambda z: z / (1.0 - z),
    lambda z: np.arctan(z) * np.cosh(z),
)


class Program:
    """A straight-line program of such steps on affine functions of the inputs, most of them equal at the point."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.inputs = rng.choice((1, 1, 2, 2, 2, 3))
        self.bent = rng.random() < 0.3  # then without comparisons, which second order may decide
        self.point = [Fraction(rng.choice((0, 0, 1, -2, 3)), rng.choice((1, 2))) for _ in range(self.inputs)]
        self.leaves = []  # coefficients and a constant
        for _ in range(rng.randint(2, 5)):
            form = [Fraction(rng.choice((0, 1, 1, -1, 2, -3, 5)), rng.choice((1, 1, 8))) for _ in self.point]
            level = Fraction(rng.choice((0, 0, 0, 0, 1, -1)))
            self.leaves.append((form, level - sum(a * b for a, b in zip(form, self.point))))
        self.steps = []
        number = len(self.leaves)
        for _ in range(rng.randint(1, 5)):
            step = Step(rng, rng.random() < 0.5)
            while self.bent and step.name in COMPARING:
                step = Step(rng, rng.random() < 0.5)
            operands = [rng.randrange(number) for _ in range(rng.randint(4, 5))]
            rest = rng.randrange(number), Fraction(rng.choice((0, 0, 1, -1)))  # something is added
            self.steps.append((step, operands, rest))
            number += 1
        self.ends = [
            (rng.randrange(number), Fraction(rng.choice((1, -1, 2)))) for _ in range(rng.randint(0, 2))
        ]

    def __repr__(self) -> str:
        leaves = [([str(a) for a in form], str(c)) for form, c in self.leaves]
        steps = [(step, operands, i, str(c)) for step, operands, (i, c) in self.steps]
        return f"{[str(p) for p in self.point]}: {leaves} {steps} {[(i, str(c)) for i, c in self.ends]}"

    def numpy(self, x: Any) -> Any:
        line = [sum(float(a) * x[i] for i, a in enumerate(form)) + float(c) for form, c in self.leaves]
        if self.bent:
            line = [BENT[i % len(BENT)](z) if z.value == 0.0 else z for i, z in enumerate(line)]
        for step, operands, (i, c) in self.steps:
            line.append(step.numpy([line[o] for o in operands]) + float(c) * line[i])
        return line[-1] + sum(float(c) * line[i] for i, c in self.ends)

    def exact(self, ray: Form, met: set[Form]) -> Exact:
        one = Exact(Fraction(1), (Fraction(0),) * self.inputs, ray, met)
        line = [
            one.made(sum((a * b for a, b in zip(form, self.point)), c), tuple(form))
            for form, c in self.leaves
        ]
        for step, operands, (i, c) in self.steps:
            line.append(step.exact([line[o] for o in operands]).plus(line[i].times(c)))
        return total([line[-1], *(line[i].times(c) for i, c in self.ends)])


# --- the truth ----------------------------------------------------------------------------------------


def half(ray: Form) -> int:
    return 0 if ray[1] > 0 or (ray[1] == 0 and ray[0] > 0) else 1


def turns(a: Form, b: Form) -> int:
    """The order of two rays, by their angle."""
    if half(a) != half(b):
        return half(a) - half(b)
    cross = a[0] * b[1] - a[1] * b[0]
    return (cross < 0) - (cross > 0)


def unit(ray: Form) -> Form:
    size = sum(abs(c) for c in ray)
    return tuple(c / size for c in ray)


def across(program: Program, plane: tuple[Form, Form]) -> list[tuple[Form, Exact]]:
    """The program along every ray of a plane at which something turns, and along one between each two."""
    u, v = plane
    axes = [
        (Fraction(1), Fraction(0)),
        (Fraction(0), Fraction(1)),
        (Fraction(-1), Fraction(0)),
        (Fraction(0), Fraction(-1)),
    ]
    rays = set(axes)
    found: dict[Form, Exact] = {}
    while True:
        line = sorted(rays, key=cmp_to_key(turns))
        both = [unit(tuple(a + b for a, b in zip(r, s))) for r, s in zip(line, [*line[1:], line[0]])]
        met: set[Form] = set()
        for ray in [*line, *both]:
            if ray not in found:
                whole = tuple(ray[0] * a + ray[1] * b for a, b in zip(u, v))
                found[ray] = program.exact(whole, met)
        more = set()
        for form in met:
            a, b = (sum((c * d for c, d in zip(form, way)), Fraction(0)) for way in (u, v))
            if a or b:
                more |= {unit((-b, a)), unit((b, -a))}
        if more <= rays:
            return [(exact.ray, exact) for exact in found.values()]
        rays |= more


def all_rays(program: Program, rng: random.Random) -> list[tuple[Form, Exact]]:
    """Every ray that matters in one and two dimensions; in three, those of some planes."""
    axes = [tuple(Fraction(int(i == j)) for j in range(program.inputs)) for i in range(program.inputs)]
    if program.inputs == 1:
        rays = [(Fraction(s),) for s in (1, -1)]
        return [(ray, program.exact(ray, set())) for ray in rays]
    if program.inputs == 2:
        return across(program, (axes[0], axes[1]))
    planes = [(axes[0], axes[1]), (axes[1], axes[2]), (axes[0], axes[2])]
    met: set[Form] = set()
    for _ in range(4):
        program.exact(tuple(Fraction(rng.randint(-99, 99), 7) for _ in axes), met)
    forms = sorted(form for form in met if any(form))
    for form in rng.sample(forms, min(3, len(forms))):  # within walls, others may hide
        a, b, c = form
        planes.append(((-b, a, 0 * a), (-c, 0 * a, a)) if a else (axes[0], (a, -c, b)))
    ways = [tuple(Fraction(rng.randint(-9, 9)) for _ in axes) for _ in range(4)]
    planes += [(ways[0], ways[1]), (ways[2], ways[3])]
    return [each for plane in planes for each in across(program, plane)]


def judged(seed: int) -> tuple[str, str]:
    """right, wrong or undecided; and what is wrong."""
    program = Program(seed)
    rays = all_rays(program, random.Random(seed))
    zero = (Fraction(0),) * program.inputs
    start = program.exact(zero, set()).value
    x = np.array([float(p) for p in program.point])
    try:
        found = grad(program.numpy)(x)
    except UndecidedError as error:
        return "undecided", str(error)
    except NotDifferentiable as error:
        slopes = {ray: exact.slope for ray, exact in rays}
        forms = {exact.form for _, exact in rays}
        linear = any(all(slopes[r] == sum(a * b for a, b in zip(f, r)) for r in slopes) for f in forms)
        if linear and all(exact.value == start for _, exact in rays):
            known = program.inputs < 3  # in three dimensions not all rays are known
            return "wrong" if known else "unwitnessed", f"{error}, but there is a derivative: {program}"
        if program.inputs == 1 and error.kind == "corner":
            sides = [exact.slope * ray[0] for ray, exact in rays]
            if (error.right, error.left) != pytest.approx([float(side) for side in sides], abs=1e-12):
                return "wrong", f"{error.left}, {error.right}, not {sides}: {program}"
        return "right", "no"
    for ray, exact in rays:
        along = sum(float(a) * g for a, g in zip(ray, found))
        if exact.value != start or abs(along - float(exact.slope)) > 1e-9:
            return "wrong", f"{found}, but {float(exact.slope)} along {[float(a) for a in ray]}: {program}"
    return "right", "yes"


@pytest.mark.parametrize("block", range(6))
def test_piecewise_linear_programs(block: int) -> None:
    verdicts = [judged(seed) for seed in range(16 * block, 16 * block + 16)]
    assert [text for verdict, text in verdicts if verdict == "wrong"] == []
    assert sum(verdict == "undecided" for verdict, _ in verdicts) <= 2


# --- what first order does not tell -------------------------------------------------------------------


def root_of_square(z: Any) -> Any:
    return np.sqrt(z**2)


# None: no derivative. The condition holds all around the point but on a line, where another branch counts.
THIN: dict[str, tuple[Callable[[Any], Any], list[float] | None]] = {
    "a square": (lambda x: np.where(x[0] ** 2 > 0, x[1], 0.0), None),
    "a square of several": (lambda x: np.where((x[0] - x[1]) ** 2 > 0, x[1], 0.0), None),
    "a root": (lambda x: np.where(root_of_square(x[0]) > 0, x[1], 0.0), None),
    "the larger root": (lambda x: np.where(np.maximum(x[1] - 1.0, root_of_square(x[0])) > 0, x[1], 0.0), None),
    "two sizes": (lambda x: np.where(abs(x[0]) + abs(x[0] * x[1]) > 0, x[1], 0.0), None),
    "a plane": (lambda x: np.where(x[0] * np.exp(x[1]) == 0, np.where(x[1] == 0, x[2], 5 * x[2]), x[2]), None),
    "the smaller root": (lambda x: np.sort(np.stack([root_of_square(x[0]), x[1]]))[0], None),
    "a safe quotient": (lambda x: np.sum(np.where(x == 0, 0.0, np.sin(x) / x * x)), [1.0, 1.0, 1.0]),
    "by a square": (lambda x: np.sum(np.where(x**2 > 0, np.sin(x) / x * x, 0.0)), [1.0, 1.0, 1.0]),
    "the same on the line": (lambda x: np.where(x[0] ** 2 > 0, x[1] + x[0] ** 2, x[1]), [0.0, 1.0, 0.0]),
    "a tie to second order": (lambda x: (x * [1, 2, 3])[np.argmax(np.stack([0.0, x[0] * x[1], x[0] ** 3]))], None),
    "a tie that never parts": (lambda x: (x + x[::-1])[np.argmax(x - x)], [1.0, 0.0, 1.0]),
}  # fmt: skip


@pytest.mark.parametrize("name", THIN)
def test_what_holds_on_a_line_alone(name: str) -> None:
    function, expected = THIN[name]
    if expected is not None:
        np.testing.assert_allclose(grad(function)(np.zeros(3)), expected, atol=1e-12)
        return
    with pytest.raises((NotDifferentiable, UndecidedError)):
        grad(function)(np.zeros(3))


# --- what is constant but for rounding ----------------------------------------------------------------

SLOPELESS: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda v: abs(np.sum(softmax(v)) - 1),
    "written out": lambda v: abs(np.sum(np.exp(v) / np.sum(np.exp(v))) - 1),
    "relu": lambda v: relu(np.sum(softmax(v)) - 1),
    "Pythagoras": lambda v: np.sum(abs(np.sin(v) ** 2 + np.cos(v) ** 2 - 1)),
    "hyperbola": lambda v: np.sum(relu(np.cosh(v) ** 2 - np.sinh(v) ** 2 - 1)),
    "centred": lambda v: abs(np.mean(v - np.mean(v))),
    "max": lambda v: np.max(np.stack([np.sum(softmax(v)), 1 + 0 * v[0]])),
    "clip": lambda v: np.clip(np.sum(softmax(v)), 0, 1),
    "sort": lambda v: np.sort(np.stack([np.sum(softmax(v)), 1 + 0 * v[0], np.sum(v) / np.sum(v)]))[1],
    "log exp": lambda v: np.sum(abs(np.log(np.exp(v)) - v)),
    "expanded": lambda v: abs((v[0] + v[1]) ** 2 - v[0] ** 2 - 2 * v[0] * v[1] - v[1] ** 2),
    "unit": lambda v: abs(np.linalg.norm(v / np.linalg.norm(v)) - 1),
    "shifted": lambda v: abs(logsumexp(v - logsumexp(v))),
    "where": lambda v: np.where(np.sum(softmax(v)) >= 1, v[0] - v[0], v[1] - v[1]),
}


@pytest.mark.parametrize("name", SLOPELESS)
def test_rounding_is_no_corner(name: str) -> None:
    for seed, size in product(range(6), (2, 5, 300)):
        v = np.random.default_rng(seed).normal(size=size)
        with suppress(UndecidedError):
            np.testing.assert_allclose(grad(SLOPELESS[name])(v), 0.0, atol=1e-12)


# Equal wherever both are defined; in floating-point numbers now and then.
EQUAL: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "softmax": (lambda v: np.sum(softmax(v)), lambda v: 1.0),
    "unit": (lambda v: np.linalg.norm(v / np.linalg.norm(v)), lambda v: 1.0),
    "centred": (lambda v: np.mean(v - np.mean(v)), lambda v: 0.0),
    "forth and back": (lambda v: np.sum(v - v[::-1]), lambda v: 0.0),
    "Pythagoras": (lambda v: np.sin(v) ** 2 + np.cos(v) ** 2, lambda v: 1.0),
    "log exp": (lambda v: np.log(np.exp(v)), lambda v: v),
    "root": (lambda v: np.sqrt(v * v), abs),
    "expanded": (lambda v: (v + v[0]) ** 2, lambda v: v**2 + 2 * v * v[0] + v[0] ** 2),
    "mean": (lambda v: np.mean(v), lambda v: np.sum(v) / v.size),
    "shared": (lambda v: v / 3 + v / 3 + v / 3, lambda v: v),
    "product": (lambda v: np.exp(v) * np.exp(-v), lambda v: 1.0),
}
COMPARISONS = (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal)


@pytest.mark.parametrize("name", EQUAL)
def test_a_comparison_that_only_rounding_moves_is_no_jump(name: str) -> None:
    one, other = EQUAL[name]
    for size, compare in product((2, 5, 300, 2000), COMPARISONS):
        v = np.random.default_rng(size).normal(size=size)
        try:
            found = grad(lambda v: np.sum(np.where(compare(one(v), other(v)), v, 2 * v)))(v)  # noqa: B023
        except UndecidedError:
            continue
        assert set(found) <= {1.0, 2.0}


# --- choices that are known ---------------------------------------------------------------------------

W = np.array([1.0, 2.0, 3.0, 4.0])
CHOSEN: dict[str, tuple[Callable[[Any], Any], list[float], list[float] | None]] = {
    "ties below the top": (lambda v: np.sum(v[np.argsort(v)[-2:]]), [1, 1, 2, 3], [0, 0, 1, 1]),
    "ties within the top": (lambda v: np.sum(v[np.argpartition(v, -2)[-2:]]), [1, 2, 3, 3], [0, 0, 1, 1]),
    "ties at the cut": (lambda v: np.sum(v[np.argsort(v)[-2:]]), [1, 2, 2, 3], None),
    "one by one": (lambda v: sum(W[i] * v[j] for i, j in enumerate(v.argsort()[2:])), [1, 1, 2, 3], [0, 0, 1, 2]),
    "largest of others": (lambda v: (W * v)[np.argmax(v)], [1, 3, 3, 3], None),
    "column": (lambda v: np.sum(np.outer(v, v)[:, np.argmax(v)]), [1, 3, 3, 3], None),
    "of a constant": (lambda v: (0 * v + v[0])[np.argmax(v)], [1, 3, 3, 3], [1, 0, 0, 0]),
    "of equals": (lambda v: (v * v)[np.argsort(v)][-2:].sum(), [1, 2, 3, 3], [0, 0, 6, 6]),
    "taken": (lambda v: np.take(v, np.argmax(v)), [1, 3, 3, 3], None),
    "taken in order": (lambda v: np.take_along_axis(v, np.argsort(v), 0)[-2:].sum(), [1, 2, 3, 3], [0, 0, 1, 1]),
    "largest": (lambda v: v[np.argmax(v)], [1, 3, 3, 3], None),
    "dead relus": (lambda v: relu(v)[np.argmax(relu(v))], [-1, -3, -3, -3], [0, 0, 0, 0]),
    "where relus are dead": (lambda v: v[np.argmax(relu(v))], [-1, -3, -3, -3], [1, 0, 0, 0]),
    "pools": (lambda v: np.sum(np.max(relu(v).reshape(2, 2), axis=1)), [-1, -2, 1, 2], [0, 0, 0, 1]),
    "mask": (lambda v: np.sum(v * (v == np.max(v))), [1, 1, 2, 3], [0, 0, 0, 1]),
    "masked": (lambda v: np.sum(v[v == np.max(v)] ** 2), [1, 1, 2, 3], [0, 0, 0, 6]),
    "mask of others": (lambda v: np.sum(v[np.tanh(v) == np.max(np.tanh(v))]), [1, 1, 2, 3], [0, 0, 0, 1]),
    "mask at a tie": (lambda v: np.sum(np.where(v == np.max(v), v, 0)), [1, 1, 3, 3], None),
    "top by a threshold": (lambda v: np.sum(np.where(v >= np.sort(v)[-2], v, 0)), [1, 1.5, 2, 3], [0, 0, 1, 1]),
    "positive": (lambda v: np.sum(v[relu(v) > 0]), [-1, 1, 3, 3], [0, 1, 1, 1]),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOSEN)
def test_a_choice_that_nothing_changes_is_known(name: str) -> None:
    function, point, expected = CHOSEN[name]
    if expected is not None:
        assert grad(function)(np.array(point, float)).tolist() == expected
        return
    with pytest.raises(NotDifferentiable):
        grad(function)(np.array(point, float))


@pytest.mark.parametrize(
    "function",
    [
        lambda v: (W * v)[np.argmax(v)],
        lambda v: np.argmax(v) * v[0],
        lambda v: v[range(4)[np.argmax(v)]],
        lambda v: v[0] if np.argmax(v) == 1 else v[1],
        lambda v: np.sum(W[np.argsort(v)] * v),
        lambda v: v[2] if v[v == np.max(v)][0] == 3 else v[1],
        lambda v: np.sum(v[v == np.max(v)]),
    ],
)
def test_a_choice_that_leaves_the_graph_is_remembered(function: Any) -> None:
    with pytest.raises((UndecidedError, NotDifferentiable)):
        grad(function)(np.array([1.0, 3.0, 3.0, 3.0]))


# --- second derivatives -------------------------------------------------------------------------------

REARRANGED: tuple[Callable[[Any], Any], ...] = (
    np.sort,
    lambda v: -np.sort(-v),
    lambda v: np.stack([np.max(v), np.median(v), np.min(v)]),
    lambda v: np.stack([np.maximum(v[0], v[1]), np.minimum(v[0], v[1]), v[2]]),
    lambda v: v[np.argsort(v)],
    lambda v: np.partition(v, 1),
    lambda v: relu(v) - relu(-v),
)
SYMMETRIC: tuple[Callable[[Any], Any], ...] = (
    np.prod,
    lambda v: np.sum(v**2),
    lambda v: np.sum(v) ** 3,
    lambda v: np.sum(np.exp(v)),
    lambda v: v[0] * v[1] + v[1] * v[2] + v[2] * v[0],
    lambda v: np.var(v) * np.sum(v**2),
)


@pytest.mark.parametrize("way", range(len(REARRANGED)))
def test_the_second_derivative_of_what_no_order_changes(way: int) -> None:
    rearranged, decided = REARRANGED[way], 0
    points = ([0.0, 0.0, 0.0], [1.0, 1.0, 2.0], [2.0, -1.0, 2.0], [1.0, 1.0, 1.0], [3.0, 0.0, -1.0])
    for i, function in enumerate(SYMMETRIC):
        v = np.array(points[(i + way) % len(points)])

        def f(v: Any, function: Any = function) -> Any:
            return function(rearranged(v))

        with suppress(UndecidedError):
            np.testing.assert_allclose(grad(f)(v), grad(function)(v), atol=1e-12)
            np.testing.assert_allclose(hessian(f)(v), hessian(function)(v), atol=1e-12)
            decided += 1
    assert decided


if __name__ == "__main__":
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    tally: Counter[str] = Counter()
    for seed in range(first, first + int(sys.argv[1])):
        try:
            verdict, text = judged(seed)
        except CalcgradError as error:
            verdict, text = "wrong", f"{type(error).__name__} {error}"
        tally[verdict if verdict != "right" else f"right: {text}"] += 1
        if verdict != "right":
            print(f"{seed}: {verdict}: {text}")
    print(dict(tally))
