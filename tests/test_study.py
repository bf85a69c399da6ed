"""study: textbook problems, and random functions against dense sampling.

`python tests/test_study.py 500` takes 500 random functions; the suite takes a few.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import mpmath
import pytest

from calcgrad import study
from calcgrad.budget import within
from calcgrad.drawing.studies import draw_study
from calcgrad.errors import CalcgradError, TimeUp
from calcgrad.results import Study

Ask = Callable[..., Any]

# -------------------------------------------------------------------------------------- textbook problems

# Standard exercises on curve sketching, as in the calculus books of Stewart (4.3 to 4.5), Thomas (4.1 to 4.4), Spivak
# (11) and the French and Swiss schools, worked out by hand: after the function, the two ends of an interval if one is
# given; then zeros, x:f(x) of the local extrema, inflections, asymptotes, symmetry, period, greatest and least value.
TEXTBOOK = """
x^3 - 3x | zeros -sqrt(3), 0, sqrt(3) | max -1:2 | min 1:-2 | infl 0 | odd
x^4 - 2x^2 | zeros -sqrt(2), 0, sqrt(2) | max 0:0 | min -1:-1, 1:-1 | infl -1/sqrt(3), 1/sqrt(3) | even | least -1
x^4 | zeros 0 | min 0:0 | least 0
x^3 | zeros 0 | infl 0 | odd
x^5 - 5x^4 | zeros 0, 5 | max 0:0 | min 4:-256 | infl 3
2x^3 - 9x^2 + 12x - 3 | max 1:2 | min 2:1 | infl 3/2
x^4 - 4x^3 | zeros 0, 4 | min 3:-27 | infl 0, 2 | least -27
(x-1)^2*(x+2) | zeros -2, 1 | max -1:4 | min 1:0 | infl 0
3x^5 - 5x^3 | zeros -sqrt(15)/3, 0, sqrt(15)/3 | max -1:2 | min 1:-2 | infl -1/sqrt(2), 0, 1/sqrt(2) | odd
x^2 - 4x + 7 | zeros | min 2:3 | least 3
6 + x - x^2 | zeros -2, 3 | max 1/2:25/4 | greatest 25/4
x/(x^2+1) | zeros 0 | max 1:1/2 | min -1:-1/2 | infl -sqrt(3), 0, sqrt(3) | asym y = 0 | odd | greatest 1/2 | least -1/2
1/(x^2+1) | zeros | max 0:1 | infl -1/sqrt(3), 1/sqrt(3) | asym y = 0 | even | greatest 1
(x^2-1)/(x-2) | zeros -1, 1 | max 2-sqrt(3):4-2*sqrt(3) | min 2+sqrt(3):4+2*sqrt(3) | infl | asym x = 2, y = x + 2
x + 1/x | zeros | max -1:-2 | min 1:2 | infl | asym x = 0, y = x | odd
x^2/(x-1) | zeros 0 | max 0:0 | min 2:4 | infl | asym x = 1, y = x + 1
x^2/(x^2-1) | zeros 0 | max 0:0 | infl | asym x = -1, x = 1, y = 1 | even
2x^2/(x^2-1) | zeros 0 | max 0:0 | infl | asym x = -1, x = 1, y = 2 | even
(x^3-1)/x^2 | zeros 1 | max -2^(1/3):-3/2*2^(1/3) | infl | asym x = 0, y = x
x^3/(x^2-1) | zeros 0 | max -sqrt(3):-3*sqrt(3)/2 | min sqrt(3):3*sqrt(3)/2 | infl 0 | asym x = -1, x = 1, y = x | odd
x^3/(x^2+1) | zeros 0 | infl -sqrt(3), 0, sqrt(3) | asym y = x | odd
(x-1)/(x+1) | zeros 1 | infl | asym x = -1, y = 1
1/x | zeros | infl | asym x = 0, y = 0 | odd
1/x^2 | zeros | infl | asym x = 0, y = 0 | even
4x/(x^2+4) | zeros 0 | max 2:1 | min -2:-1 | infl -2*sqrt(3), 0, 2*sqrt(3) | asym y = 0 | odd
x*exp(-x) | zeros 0 | max 1:exp(-1) | infl 2 | asym y = 0 | greatest exp(-1)
x*exp(x) | zeros 0 | min -1:-exp(-1) | infl -2 | asym y = 0 | least -exp(-1)
x^2*exp(-x) | zeros 0 | max 2:4*exp(-2) | min 0:0 | infl 2-sqrt(2), 2+sqrt(2) | asym y = 0 | least 0
exp(-x^2) | zeros | max 0:1 | infl -1/sqrt(2), 1/sqrt(2) | asym y = 0 | even | greatest 1
exp(-x^2/2) | zeros | max 0:1 | infl -1, 1 | asym y = 0 | even | greatest 1
x*exp(-x^2) | zeros 0 | max 1/sqrt(2):exp(-1/2)/sqrt(2) | min -1/sqrt(2):-exp(-1/2)/sqrt(2) | odd
exp(x)/x | zeros | min 1:e | infl | asym x = 0, y = 0
exp(x) - x | zeros | min 0:1 | infl | asym y = -x | least 1
exp(1/x) | zeros | infl -1/2 | asym x = 0, y = 1
1/(1+exp(-x)) | zeros | infl 0 | asym y = 0, y = 1
log(x) | zeros 1 | infl | asym x = 0
log(x)/x | zeros 1 | max e:exp(-1) | infl exp(3/2) | asym x = 0, y = 0 | greatest exp(-1)
x*log(x) | zeros 1 | min exp(-1):-exp(-1) | infl | least -exp(-1)
x^2*log(x) | zeros 1 | min exp(-1/2):-exp(-1)/2 | infl exp(-3/2) | least -exp(-1)/2
x - log(x) | zeros | min 1:1 | infl | asym x = 0 | least 1
log(x^2+1) | zeros 0 | min 0:0 | infl -1, 1 | even | least 0
log(x)^2 | zeros 1 | min 1:0 | infl e | asym x = 0 | least 0
log(4-x^2) | zeros -sqrt(3), sqrt(3) | max 0:log(4) | infl | asym x = -2, x = 2 | even | greatest log(4)
x*sqrt(4-x^2) | zeros -2, 0, 2 | max -2:0, sqrt(2):2 | min -sqrt(2):-2, 2:0 | infl 0 | odd | greatest 2 | least -2
sqrt(x) | zeros 0 | min 0:0 | infl | least 0
x*sqrt(x+3) | zeros -3, 0 | max -3:0 | min -2:-2 | infl | least -2
sqrt(x^2-1) | zeros -1, 1 | min -1:0, 1:0 | infl | asym y = -x, y = x | even | least 0
x/sqrt(x^2+1) | zeros 0 | infl 0 | asym y = -1, y = 1 | odd
sqrt(x^2+1) - x | zeros | infl | asym y = -2*x, y = 0
cbrt(x) | zeros 0 | infl 0 | odd
cbrt(x^2) | zeros 0 | min 0:0 | infl | even | least 0
abs(x) | zeros 0 | min 0:0 | infl | even | least 0
abs(x^2-4) | zeros -2, 2 | max 0:4 | min -2:0, 2:0 | infl | even | least 0
x*abs(x) | zeros 0 | infl 0 | odd
x^x | zeros | min exp(-1):exp(-exp(-1)) | infl | least exp(-exp(-1))
x^(1/x) | zeros | max e:exp(exp(-1)) | asym y = 1 | greatest exp(exp(-1))
sin(x) | zeros 0, pi | max pi/2:1 | min 3*pi/2:-1 | infl 0, pi | odd | period 2*pi
tan(x) | zeros 0 | infl 0 | asym x = pi/2 | odd | period pi
sin(x) + cos(x) | zeros 3*pi/4, 7*pi/4 | max pi/4:sqrt(2) | min 5*pi/4:-sqrt(2) | infl 3*pi/4, 7*pi/4 | period 2*pi
sin(x)^2 | zeros 0 | max pi/2:1 | min 0:0 | infl pi/4, 3*pi/4 | even | period pi
2*cos(x) + sin(2x) | zeros pi/2, 3*pi/2 | max pi/6:3*sqrt(3)/2 | min 5*pi/6:-3*sqrt(3)/2 | period 2*pi
cos(x)/(2+sin(x)) | zeros pi/2, 3*pi/2 | max 11*pi/6:1/sqrt(3) | min 7*pi/6:-1/sqrt(3) | infl pi/2, 3*pi/2 | period 2*pi
x + sin(x), 0, 2*pi | zeros 0 | max 2*pi:2*pi | min 0:0 | infl pi | greatest 2*pi | least 0
x^3 - 3x^2 + 1, -1/2, 4 | max 0:1, 4:17 | min -1/2:1/8, 2:-3 | infl 1 | greatest 17 | least -3
x - 2*sin(x), 0, 2*pi | max 5*pi/3:5*pi/3+sqrt(3), 0:0 | min pi/3:pi/3-sqrt(3), 2*pi:2*pi | greatest 5*pi/3+sqrt(3)
cosh(x) | zeros | min 0:1 | infl | even | least 1
tanh(x) | zeros 0 | infl 0 | asym y = -1, y = 1 | odd
atan(x) | zeros 0 | infl 0 | asym y = -pi/2, y = pi/2 | odd
sin(x)/x, -10, 10 | zeros -3*pi, -2*pi, -pi, pi, 2*pi, 3*pi | even
exp(-x)*sin(x), 0, 2*pi | zeros 0, pi, 2*pi | infl pi/2, 3*pi/2 | greatest exp(-pi/4)/sqrt(2)
"""


def _parts(text: str) -> list[str]:
    """Split at commas outside brackets."""
    depth, parts = 0, [""]
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _close(one: Any, other: Any) -> bool:
    return bool(abs(one - other) <= mpmath.mpf(10) ** -20 * max(1, abs(one)))


def _known(text: str) -> Any:
    from calcgrad.results import Value

    return _exact(Value(text, "", None, ""))


def _are(shown: list[Any], wanted: str) -> bool:
    expected = sorted(_known(each) for each in _parts(wanted))
    return len(shown) == len(expected) and all(map(_close, sorted(map(_exact, shown)), expected))


def mistakes(line: str) -> list[str]:
    """What a study says otherwise than the line of the table."""
    question, *claims = (part.strip() for part in line.split("|"))
    expr, *on = _parts(question)
    found = study(expr, on=on or None, digits=25)
    wrong = [] if found.status == "answered" else [f"{found.status}: {found.why}"]
    for claim in claims:
        word, _, rest = claim.partition(" ")
        match word:
            case "zeros":
                right = _are(list(found.zeros), rest)
            case "infl":
                right = _are([each.x for each in found.inflections], rest)
            case "max" | "min":
                kind = {"max": "maximum", "min": "minimum"}[word]
                some = [each for each in found.extrema if each.extremum == kind]
                pairs = [each.split(":") for each in _parts(rest)]
                right = _are([each.x for each in some], ", ".join(x for x, _ in pairs)) and _are(
                    [each.value for each in some], ", ".join(y for _, y in pairs)
                )
            case "asym":
                right = sorted(each.equation for each in found.asymptotes) == sorted(_parts(rest))
            case "even" | "odd":
                right = found.symmetry == word
            case "period":
                right = found.period is not None and found.least_period and _are([found.period], rest)
            case "greatest" | "least":
                extreme = getattr(found, word)
                right = extreme.value is not None and bool(extreme.places) and _are([extreme.value], rest)
            case _:
                raise AssertionError(claim)
        if not right:
            wrong.append(claim)
    return wrong


PROBLEMS = [line for line in TEXTBOOK.splitlines() if line.strip()]


# ------------------------------------------------------------------------------------- random functions


def _polynomial(r: random.Random, most: int = 3) -> str:
    kind = r.randrange(4)
    if kind == 0:
        roots = [r.randint(-3, 3) for _ in range(r.randint(1, most))]
        return "*".join(f"(x - ({a}))" for a in roots)
    if kind == 1:
        return f"(x**2 - ({r.randint(-4, 6)}))*(x - ({r.randint(-2, 2)}))"
    terms = [f"({r.randint(-5, 5)})*x**{k}" for k in range(1, r.randint(2, most + 2))]
    return f"({' + '.join([*terms, f'({r.randint(-5, 5)})'])})"


def _function(r: random.Random) -> str:
    a, b, c = r.randint(1, 4), r.choice([-3, -2, -1, 1, 2, 3]), r.randint(-3, 3)
    p, q = _polynomial(r), _polynomial(r, 2)
    line = f"({b}*x + ({c}))"
    return r.choice([
        p, p, f"({p})/({q})", f"({p})/(x**2 + {a})", f"({p})*exp({b}*x)", f"exp(x) + {line}", f"({q})*exp(-x**2)",
        f"x**{a}*log(x)", f"log({q})", f"log(x**2 + {a}) + {line}", f"sqrt({q})", f"x*sqrt(x**2 + {a})",
        f"{line}/sqrt(x**2 + {a})", f"abs({q}) + {line}", f"abs(x - {a}) - abs(x + {b})", f"sin(x) + ({c})*cos(x)",
        f"sin(x)**2 + ({c})*cos(x)", f"sin({a}*x)/2 + cos(x)", f"1/(2 + sin({a}*x))", f"atan({q}/5)",
        f"tanh({line}) - x/{a + 1}", f"max(x, {c}) + min({line}, x**2)", f"cbrt(x)*{line}", f"cbrt({q})",
        f"where(x < {c}, {line}, x**2 - {a})", f"exp({b}/x)", f"x*exp({b}/x)", f"({q})/abs(x - {c})",
        f"sqrt(abs({line}))", f"abs({p})", f"exp(-abs({line}))", f"x + {a}/x + ({c})", "1/log(x)",
        f"x**{a}/(exp(x) - 1)",
        f"log(abs({q}))", f"sqrt({a} - x**2)*({line})", f"({q})**2 - 1/1000", f"asin(x/{a})", f"sinh(x) - {a}*x",
        f"x**x/{a}", f"floor(x/{a + 3}) + x/5", f"x - {a}*atan(x)", f"cosh(x) - {a}", "sin(x)/x", f"x + {b}*sin(x)",
    ])  # fmt: skip


def _bent(r: random.Random) -> str:
    """With kinks, jumps, poles and edges."""
    a, b, c = r.randint(1, 4), r.choice([-3, -2, -1, 1, 2, 3]), r.randint(-3, 3)
    p, q = _polynomial(r, 2), _polynomial(r, 2)
    u, v = f"({b}*x + ({c}))", f"({r.choice([-2, -1, 1, 2])}*x + ({r.randint(-2, 2)}))"
    return r.choice([
        f"abs({p}) + abs({q})", f"max({p}, {q})", f"min(abs({p}), {a})", f"abs(abs({u}) - {a}) - abs({v})",
        f"where(x < {c}, {p}, {q})", f"where(x <= {c}, {u}, where(x < {c + a}, {v}, {c}))", f"x*abs(x - {c}) + {a}",
        f"abs({u})**({r.choice(['1/2', '3/2', '2/3', '4/3'])})*{v}", f"max(0, {p})", f"sign({p})*{u}", f"floor({u}/2)",
        f"x - floor(x) + {c}", f"abs(sin({a}*x))", "max(sin(x), cos(x))", "abs(sin(x)) + abs(cos(x))",
        "sin(x)*abs(sin(x))", f"sqrt(abs({p}))", f"sqrt({p})*{u}", f"log(abs({u}))*{u}", f"abs(log(abs({u})))",
        f"exp(-abs({p}))", f"1/({p}) + abs({u})", f"{u}/abs({v})", f"cbrt({p})*{u}", f"({p})/{u}", f"abs({p})/{u}",
        f"max({u}, 1/x)", f"x**2*sign(x - {c})", f"where(x == ({c}), {a}, {p})", f"sqrt({u}) - sqrt({v})",
        f"asin({u}/4)", f"atan(1/{u})", "x*atan(1/x)", f"exp(1/{u})", "tanh(1/x)", "abs(x)**x", f"log({p})",
        "log(log(x))", f"sqrt(log({u}))", f"max(0, {p})*max(0, {u})", f"tan(x) - x/{a}", "1/sin(x)", f"cos(x)**{a}",
        "log(abs(sin(x)))", "sin(x)/(1 + cos(x))", "sqrt(sin(x))", f"floor({a}*sin(x))", "x + abs(x)/x",
        f"{u}**2*where(x > 0, 1, -1)", f"exp(x)*abs({u})", "x/(exp(x) - 1)", f"max(abs({u}), abs({v}))",
    ])  # fmt: skip


def _nameless(r: random.Random) -> str:
    """With poles, bends and zeros at roots of polynomials that have no name, at multiples of pi, or mirrored."""
    a, b, c = r.randint(1, 4), r.choice([-3, -2, -1, 1, 2, 3]), r.randint(-3, 3)
    p = r.choice(
        [f"(x**3 - {a}*x - 1)", f"({b}*x**3 + x + {a})", f"(x**5 - x - {a})", f"(x**3 - {a}*x**2 + 3)"]
    )
    line, half = f"({b}*x + ({c}))", f"max(0, {p})"
    return r.choice([
        f"log(abs({p}))", f"x + log(abs({p}))", f"exp({b}/{p})", f"atan({b}/{p})", f"{line}/{p} + abs(x)",
        f"1/log(abs({p}))", f"{half}*max(0, {line})", f"{half} - {line}", f"max({line}, {p})", f"1/sqrt({p})",
        f"log({p})**2", f"tanh(1/{line})", f"sin({2 * a}*x)/2 + cos(x)", f"x*sin({a}*x) + cos(x) + 1",
        "tan(x)*cos(x)", f"tan(x)*sin({a}*x)", "tan(x)**2 + tan(x)", f"sign({a}*x**2 + 1)*{line}",
        f"where(x < 0, -({p}), {p})", f"where(x < {c}, {b}*x, -x)", f"where(x < 0, {b}*x**2, {-b}*x**2)",
        f"floor({line}/2)", f"max(0, x - {a}) - max(0, -x - {a})", f"{half}*x**2",
    ])  # fmt: skip


def _log(x: Any) -> Any:
    if x == 0:
        raise ZeroDivisionError
    return mpmath.log(x)


_WORDS = {
    "exp": mpmath.exp, "log": _log, "sin": mpmath.sin, "cos": mpmath.cos, "atan": mpmath.atan, "abs": abs,
    "tanh": mpmath.tanh, "sinh": mpmath.sinh, "cosh": mpmath.cosh, "asin": mpmath.asin, "sqrt": mpmath.sqrt,
    "max": max, "min": min, "floor": mpmath.floor, "where": lambda c, a, b: a if c else b,
    "erf": mpmath.erf, "asec": mpmath.asec,
    "cbrt": lambda u: mpmath.sign(u) * abs(u) ** (mpmath.mpf(1) / 3), "sign": mpmath.sign, "tan": mpmath.tan,
}  # fmt: skip


def _at(source: str, x: Any) -> Any:
    """f(x) to 50 digits by mpmath, or None where it is not real."""
    try:
        value = eval(source, {"__builtins__": {}}, {**_WORDS, "x": x})
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    if isinstance(value, mpmath.mpc):
        return None
    value = mpmath.mpf(value)
    return value if mpmath.isfinite(value) else None


_TINY = mpmath.mpf(10) ** -25


def _exact(value: Any) -> Any:
    """A result's number to 50 digits, or as near as its decimal tells."""
    from fractions import Fraction

    from calcgrad.calculus import numeric, symbolic
    from calcgrad.expression.parser import parse

    if value.text in ("oo", "-oo"):
        return mpmath.mpf(value.text.replace("oo", "inf"))
    found = symbolic.evaluate(parse(value.text).node, 40)
    if isinstance(found, Fraction):
        return mpmath.mpf(found.numerator) / found.denominator
    assert isinstance(found, numeric.Ball)
    return mpmath.mpf(str(numeric.format_mpf(found.mid, 40)))


def faults(source: str, found: Study, count: int = 160) -> Iterator[str]:
    """What dense sampling holds against a study."""
    stretches = [(_exact(each.low), _exact(each.high), each) for each in found.stretches]
    spots = [(_exact(each.x), each) for each in found.spots]
    ends = [max(stretches[0][0], mpmath.mpf(-12)), min(stretches[-1][1], mpmath.mpf(12))]
    width = ends[1] - ends[0]
    places = [ends[0] + width * (k + mpmath.mpf(1) / 7) / count for k in range(count)]
    slack = mpmath.mpf(10) ** -20  # of a place known by 25 digits
    samples = []
    for x in places:
        inside = [each for low, high, each in stretches if low + slack < x < high - slack]
        if not inside or not inside[0].settled:
            continue
        y = _at(source, x)
        (stretch,) = inside
        samples.append((x, y, stretch))
        if stretch.defined != (y is not None):
            yield f"defined is {stretch.defined} at {x}, f is {y}"
        elif y is not None and abs(y) > _TINY and mpmath.sign(y) != stretch.signs[0]:
            yield f"the sign of f at {x} is {mpmath.sign(y)}, not {stretch.signs[0]}"
    for (x1, y1, s1), (x2, y2, s2) in pairwise(samples):
        if s1 is s2 and y1 is not None and y2 is not None and s1.signs[1] is not None:
            rise = y2 - y1
            if abs(rise) > _TINY * max(1, abs(y1)) and mpmath.sign(rise) != s1.signs[1]:
                yield f"f rises by {mpmath.nstr(rise, 5)} from {x1} to {x2}, where f' is {s1.signs[1]}"
    for (x1, y1, s1), (x2, y2, s2), (x3, y3, s3) in zip(samples, samples[1:], samples[2:], strict=False):
        if s1 is s2 is s3 and None not in (y1, y2, y3) and s1.signs[2] is not None:
            bend = (y3 - y2) / (x3 - x2) - (y2 - y1) / (x2 - x1)
            if (
                abs(bend) > mpmath.mpf(10) ** -18 * max(1, abs(y1), abs(y3))
                and mpmath.sign(bend) != s1.signs[2]
            ):
                yield f"f bends by {mpmath.nstr(bend, 5)} around {x2}, where f'' is {s1.signs[2]}"
    for x, spot in spots:
        yield from _of_spot(source, x, spot, [a for a, _ in spots])
    for which, way in ((found.greatest, 1), (found.least, -1)):
        if which is None or not which.settled or which.unbounded or which.value is None:
            continue
        best = _exact(which.value)
        for x, y, _ in samples:
            if y is not None and way * (y - best) > mpmath.mpf(10) ** -9 * max(1, abs(best)):
                yield f"f({x}) = {y} is beyond {best}"


def listed_faults(source: str, found: Study) -> Iterator[str]:
    """What sampling holds against the intervals, the symmetry and the period of a study, as they are listed."""
    wanted: dict[str, tuple[int, int]] = {
        "positive": (0, 1), "negative": (0, -1), "zero": (0, 0), "increasing": (1, 1), "decreasing": (1, -1),
        "constant": (1, 0), "convex": (2, 1), "concave": (2, -1),
    }  # fmt: skip
    for kind, (level, way) in wanted.items():
        for each in getattr(found, kind):
            places = _inside(each)
            values = [_at(source, x) for x in places]
            if None in values:
                yield f"{kind} on {each}, where f has no value at {places[values.index(None)]}"
                continue
            rises = [(y2 - y1) / (x2 - x1) for x1, x2, y1, y2 in _pairs(places, values)]
            turns = [s2 - s1 for s1, s2 in pairwise(rises)]
            told = (values, rises, turns)[level]
            slack = mpmath.mpf(10) ** -18 * max(map(abs, [*values, *rises, 1]))
            if any(way * part < -slack if way else abs(part) > slack for part in told):
                yield f"{kind} on {each}"
    points = [mpmath.mpf(k) / 7 + mpmath.mpf(1) / 97 for k in range(60)]
    moved = {"even": -1, "odd": -1}.get(found.symmetry or "")
    for x in points if moved or found.period is not None else ():
        y = _at(source, x)
        mirrored, after = (
            _at(source, -x),
            None if found.period is None else _at(source, x + _exact(found.period)),
        )
        if moved and not _alike(y, mirrored, 1 if found.symmetry == "even" else -1):
            yield f"not {found.symmetry}: {y} and {mirrored} at {x} and its mirror image"
        if found.period is not None and not _alike(y, after, 1):
            yield f"not periodic: {y} and {after} at {x} and after"


def _inside(each: Any, count: int = 23) -> list[Any]:
    """Places of an interval, its ends among them where they belong to it."""
    low, high = (max(min(_exact(end), mpmath.mpf(12)), mpmath.mpf(-12)) for end in (each.low, each.high))
    beside = (high - low) * mpmath.mpf(10) ** -6
    inner = [low + (high - low) * (k + mpmath.mpf(1) / 7) / count for k in range(count)]
    ends = [
        [_exact(end)] if closed and end.short else []
        for end, closed in zip((each.low, each.high), each.closed, strict=True)
    ]
    return [*ends[0], low + beside, *inner, high - beside, *ends[1]] if low < high else []


def _pairs(places: list[Any], values: list[Any]) -> Iterator[tuple[Any, Any, Any, Any]]:
    for (x1, x2), (y1, y2) in zip(pairwise(places), pairwise(values), strict=True):
        yield x1, x2, y1, y2


def _alike(one: Any, other: Any, way: int) -> bool:
    if one is None or other is None:
        return one is other
    return bool(abs(one - way * other) < _TINY * max(1, abs(one)))


def _of_spot(source: str, x: Any, spot: Any, others: list[Any]) -> Iterator[str]:
    gaps = [abs(x - each) for each in others if each != x]
    step = min([mpmath.mpf(1) / 1000, *(gap / 3 for gap in gaps)])
    y = _at(source, x)
    beside = [_at(source, x - step), _at(source, x + step)]
    rational = spot.x.short
    if spot.value is None:
        if rational and y is not None:
            yield f"f({x}) is {y}, not undefined"
    elif spot.kind not in ("jump", "edge", "end", "isolated", "cusp", "vertical-tangent"):
        value = _exact(spot.value)
        if y is None or abs(y - value) > mpmath.mpf(10) ** -8 * max(1, abs(value)):
            yield f"f({x}) is {y}, not {value}"
        if spot.vanishes[0] and value != 0:
            yield f"f({x}) is no zero"
    if spot.extremum and spot.value is not None:
        way = 1 if spot.extremum == "maximum" else -1
        value = _exact(spot.value)
        for each in beside:
            if (
                each is not None
                and spot.kind != "end"
                and way * (each - value) > mpmath.mpf(10) ** -9 * max(1, abs(value))
            ):
                yield f"f beside {x} is {each}: no {spot.extremum} {value}"


def _studied(source: str, on: str | None, seconds: float = 20.0) -> Study | str:
    try:
        return within(seconds, lambda: study(source, on=on, digits=25))
    except TimeUp:
        return "timeout"
    except CalcgradError as error:
        return str(error)


def run(
    count: int, seed: int = 0, verbose: bool = False, families: Sequence[Any] = (_function, _bent, _nameless)
) -> dict[str, int]:
    """How many were answered in full, in part, not at all; and the faults, which are printed."""
    r = random.Random(seed)
    counts = {"answered": 0, "undecided": 0, "no": 0, "none": 0, "faults": 0, "window": 0}
    for index in range(count):
        source = r.choice(families)(r)
        ends = r.choice(["-3", "-1", "0", "1/2", "-oo"]), r.choice(["1", "2", "5", "oo"])
        on = ",".join(ends) if r.random() < 0.3 else None
        start = time.time()
        found = _studied(source, on)
        took = time.time() - start
        if isinstance(found, str):
            counts["none"] += 1
            if verbose:
                print(index, source, "NONE", found, f"{took:.1f} s", flush=True)
            continue
        counts[found.status] += 1
        counts["window"] += found.scope == "window"
        if verbose and (took > 5 or found.status == "undecided"):
            print(index, source, found.status, found.why, f"{took:.1f} s", flush=True)
        if found.exists and found.stretches:
            with mpmath.workdps(50):
                for fault in (*faults(source, found), *listed_faults(source, found)):
                    counts["faults"] += 1
                    print(index, source, on, "FAULT", fault, flush=True)
    return counts


QUICK = [
    each
    for each in PROBLEMS
    if not each.startswith(("sin(x)/x", "2*cos", "x^(1/x)", "sqrt(x^2+1) - x", "cos(x)/"))
]


def test_textbook_problems() -> None:
    assert len(PROBLEMS) >= 70
    assert {line: wrong for line in QUICK[::2] if (wrong := mistakes(line))} == {}


def test_a_wrong_claim_is_noticed() -> None:
    for claim in ("zeros 0, 1", "max 1:2", "infl 1", "asym y = 0", "even", "least -2"):
        assert mistakes(f"x^3 - 3x | {claim}") == [claim]


def test_random_functions() -> None:
    counts = run(10, seed=7, families=(_function, _bent))
    assert counts["faults"] == 0
    assert counts["answered"] >= 9


def test_what_has_no_name_or_is_mirrored() -> None:
    counts = run(4, seed=3, families=(_nameless,))
    assert (counts["faults"], counts["answered"] + counts["no"]) == (0, 4)
    for source, symmetry, zeros in (
        ("where(x<0, x^2, -x^2)", "odd", ["0"]), ("floor((1-3*x)/2)", "neither", None),
        ("sin(4x)/2 + cos(x)", "neither", ["1.085734616", "pi/2", "2.055858038", "3*pi/2"]),
        ("where(x>=1, x, where(x<-1, -x, 0))", "neither", None), ("x*tan(x)", "even", None),
        ("where(x>1, log(x-1), where(x<-2, log(-x-1), 0*x))", "neither", None),
        ("log(abs(x^3-x-1))", "neither", ["-1", "0", "1", "1.521379707"]),
        # it is not analytic at 0, beside which bounds on an interval must say all
        ("log(x)^2/(1+x)", "neither", ["1"]), ("exp(x^2)*sqrt(x)*sin(x)^2", "neither", None),
    ):  # fmt: skip
        found = study(source, on="-pi/2,pi/2" if "tan" in source else None)
        assert (found.status, found.symmetry) == ("answered", symmetry), source
        assert zeros is None or [each.text for each in found.zeros] == zeros


def test_roots_among_other_functions_have_no_norm() -> None:
    """Their resultant would take minutes, and say nothing."""
    found = within(60, lambda: study("sin(x)*exp(-x) + x^(1/3) + sin(x^2)/9", on="0,2"))
    assert [each.text for each in found.zeros] == ["0"]
    assert [each.x.text for each in found.extrema][1:] == ["1.351840591", "2"]


def test_a_value_that_sympy_cannot_write_is_a_decimal() -> None:
    found = study("where(abs(x)!=x, 1, erf(e))^(1/3)", on="0,1e400")
    assert {found.greatest.value.decimal, found.least.value.decimal} == {"0.999959688"}


def test_a_derivative_without_a_closed_form_is_not_settled() -> None:
    found = study("binomial(3,x)", on="-5,5")
    assert (found.status, [each.text for each in found.zeros]) == ("undecided", ["-5", "5"])


def test_sampling_finds_what_is_wrong() -> None:
    found = study("x^3 - 3x", digits=25)
    with mpmath.workdps(50):
        assert list(faults("x**3 - 3*x", found)) == []
        assert list(listed_faults("x**3 - 3*x", found)) == []
        for other in ("x**3 - 3.01*x", "3*x - x**3", "x**3 - 3*x + 1/1000"):
            assert list(faults(other, found)) and list(listed_faults(other, found))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["x^3-3x"], 0, "maximum      f(-1) = 2"),
        (["x^3-3x", "--on", "0,2"], 0, "range        [0, 2]"),
        (["log(-x^2)"], 1, "f is not"),
        (["9^9^9*x"], 3, "undecided: not settled is the greatest value"),
        (["a*x"], 2, ""),
        (["a*x", "--var", "x"], 3, ""),
        (["a*x", "--var", "x", "--let", "a=2"], 0, "zeros        0"),
        (["x^2", "--on", "1"], 2, ""),
        (["x^2", "--on", "2,1"], 2, ""),
        (["5"], 0, "greatest     5, everywhere"),
        (["sin(x)^2 + cos(x)^2"], 0, "greatest     1, everywhere"),
        (["sqrt(-x^2)"], 0, "domain       {0}"),
        (["x/abs(x)"], 0, "greatest     1, on (0, oo)"),
        (["max(0, 1-abs(x))"], 0, "least        0, on (-oo, -1] and [1, oo)"),
        (["relu(relu(x)-2)"], 0, "zeros        (-oo, 2]"),
        (["where(x==7, 0, relu(x-1))"], 0, "least        0, at 7 and on (-oo, 1]"),
        (["where(x<=2, 1/(x-3), 5)"], 0, "greatest     5, on (2, oo)"),
        (["(x-x)^x"], 3, "undecided"),
        (["(-1)^x"], 3, "where an exponent is whole"),  # it is 1 at 0
        (["log(x)", "--on", "-1,-1/2"], 1, "anywhere from -1 to -1/2"),
        (["sqrt(cos(x)-1)"], 0, "domain       {0}\n"),
        (["sqrt(x)", "--on", "-1,0"], 0, "domain       {0}"),
        (["0^(x-1)"], 3, "undecided"),
        (["(x^2-2)^2-10^-12"], 0, "sqrt(2000001)/1000"),
        (["where(2/x<2^(10^6),1,2)"], 3, ""),  # larger than any text of a number
        (["x^2", "--size", "3,3"], 2, ""),
        (["detach(x)^2 + x"], 0, "zeros        -1, 0"),
        (["exp(exp(exp(x^2+9)))*(x-1)"], 3, "a number that is too large"),
        (["where(cos(x)>x, 1, 2)"], 3, "a value at 0.7390851332"),
        (["where(x^5-x-1>0, x, 2x)"], 3, "whether f is continuous at 1.167303978"),  # it is not
        (["sqrt(x^5-x-1) + sqrt(1+x-x^5)"], 3, "domain       {1.167303978}"),
        (["abs(cos(x)-x)", "--json"], 3, "two places that lie together"),
        (["log(-1-x^2)", "--latex"], 1, "not real"),
        (["log(-1-x^2)", "--json"], 1, '"reason":"not-real"'),
        ([], 2, ""),
    ],
)
def test_exit_codes(ask: Ask, words: list[str], code: int, says: str) -> None:
    answer = ask("study", *words)
    assert (answer.code, says in answer.out) == (code, True), answer


@pytest.mark.parametrize(
    "f",
    [
        "abs(x**3-3*x+1)", "1/(x**3-3*x+1)", "max(x**3-3*x+1, 0)", "cbrt(x)-x", "x*erf(x)", "asec(x)",
    ],
)  # fmt: skip
def test_bends_and_breaks_at_places_without_a_name(f: str) -> None:
    found = study(f, digits=25)
    assert found.status == "answered"
    with mpmath.workdps(50):
        assert [*faults(f, found, 60), *listed_faults(f, found)] == []


def test_where_the_domain_is_not_settled_nothing_is_said_to_end() -> None:
    """The modulus bends at a zero without a name, and beside it the places of its bends are not told apart."""
    for f in ("x + 0*log(abs(cos(x)-x))", "(cos(x)-x)/abs(cos(x)-x)"):
        found = study(f)
        assert [spot for spot in found.spots if spot.extremum or spot.kind == "edge"] == []
        assert found.greatest.value is None and found.least.value is None
        assert "perhaps\n" in str(found) and "not defined" not in str(found)


def test_symmetry_and_period_are_those_of_the_domain_too() -> None:
    """Parts that cancel as algebra goes still say where f is."""
    for part in ("log(x) - log(x)", "0*sqrt(x + 50)", "sqrt(x + 2)**2 - x"):
        for whole in (part, f"{part} + x**2", f"{part} + cos(x)"):
            found = study(whole)
            assert (found.symmetry, found.period) in ((None, None), ("neither", None)), whole
    assert study("log(1 + x) + log(1 - x)").symmetry == "even"
    assert study("tan(x) + 0*log(sin(x)**2)").period is not None


def test_json_and_batch_say_the_same(ask: Ask) -> None:
    answer = json.loads(ask("study", "1/x + x", "--json").out)
    assert answer["scope"] == "everywhere"
    assert [each["at"] for each in answer["extrema"]] == ["-1", "1"]
    assert [each["equation"] for each in answer["asymptotes"]] == ["x = 0", "y = x"]
    assert answer["domain"] == [
        {"low": "-oo", "high": "0", "closed": [False, False]}, {"low": "0", "high": "oo", "closed": [False, False]},
    ]  # fmt: skip
    line = json.dumps({"command": "study", "expr": "1/x + x"})
    assert json.loads(ask("batch", stdin=line).out) == {**answer, "exit": 0}


def test_the_table_of_variation(ask: Ask) -> None:
    lines = ask("study", "1/x", "--latex").out.splitlines()
    assert lines[1] == r"\begin{array}{c|ccccc}"
    assert lines[2] == r"x & -\infty &  & 0 &  & +\infty \\ \hline"
    assert r"\searrow & \Vert & \searrow" in lines[6]


def test_pictures(ask: Ask, folder: Path) -> None:
    assert ask("study", "x^3-3x", "-o", "one.svg").code == 0
    assert ask("plot", "(x^2-1)/(x-2)", "--study", "-o", "two.svg").code == 0
    assert 'id="maximum"' in (folder / "one.svg").read_text()
    assert 'id="asymptote-2"' in (folder / "two.svg").read_text()
    axis = draw_study(study("sin(x)")).axes[0].xaxis
    shown = [axis.get_major_formatter()(each, 0) for each in axis.get_major_locator()()]
    assert "π" in shown and "2π" in shown


if __name__ == "__main__":
    for problem in PROBLEMS:
        if differing := mistakes(problem):
            print(problem.split("|")[0].strip(), "MISTAKES", differing, flush=True)
    print(
        run(
            int(sys.argv[1]) if len(sys.argv) > 1 else 500, int(sys.argv[2]) if len(sys.argv) > 2 else 0, True
        )
    )


@pytest.mark.parametrize(
    "f", ["(x^5-x-1)*(x^5-x-1-10^-30)", "(x^3-2)*((x-10^-30)^3-2)", "(x-10^20)^3-2*(x-10^20)"]
)
def test_places_beside_each_other_are_told_apart(f: str) -> None:
    found = study(f)
    places = [spot.x.decimal or spot.x.exact for spot in found.spots]
    assert len(set(places)) == len(places) > 1
    assert "{" not in str(found)  # no interval is one point


def test_real_zeros_are_counted_from_the_left_whatever_their_size() -> None:
    """The doubles of two of them are equal, or beyond all doubles."""
    [zeros] = [
        line for line in str(study("(x^5-3*x+1)*((x-10^-40)^5-3*(x-10^-40)+1)")).split("\n")
        if line.startswith("zeros")
    ]  # fmt: skip
    numbers = [Fraction(each) for each in zeros.removeprefix("zeros").split(", ")]
    assert numbers == sorted(set(numbers)) and len(numbers) == 6
