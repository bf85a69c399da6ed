"""Claims about derivatives whose truth is known by construction, and points at which f' is known.

    python tests/claims.py 500        # asks so many of each, and prints what is wrong or undecided

A claim is a true derivative, made equal in another form, or given a hole, a smaller domain, a single wrong value or a
tiny error at a place at which f has a derivative.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from fractions import Fraction
from typing import NamedTuple

from asking import ask

# f, f' and an interval within which f is smooth
_PAIRS = (
    ("x^2/2", "x", -5, 5),
    ("x^3 - 2*x", "3*x^2 - 2", -5, 5),
    ("sin(x)", "cos(x)", -5, 5),
    ("exp(x)", "exp(x)", -3, 3),
    ("x*exp(x)", "exp(x)*(x + 1)", -3, 3),
    ("atan(x)", "1/(1 + x^2)", -5, 5),
    ("log(1 + x^2)", "2*x/(1 + x^2)", -5, 5),
    ("sqrt(1 + x^2)", "x/sqrt(1 + x^2)", -5, 5),
    ("x*abs(x)", "2*abs(x)", -5, 5),
    ("tanh(x)", "sech(x)^2", -3, 3),
    ("log(x)", "1/x", Fraction(1, 9), 6),
    ("x*log(x)", "log(x) + 1", Fraction(1, 9), 6),
    ("sqrt(x)", "1/(2*sqrt(x))", Fraction(1, 9), 6),
    ("cbrt(x)", "1/(3*cbrt(x)^2)", Fraction(1, 9), 6),
    ("1/x", "-1/x^2", Fraction(1, 9), 6),
    ("abs(x)", "sign(x)", Fraction(1, 9), 6),
    ("tan(x)", "sec(x)^2", Fraction(-3, 2), Fraction(3, 2)),
    ("asin(x)", "1/sqrt(1 - x^2)", Fraction(-9, 10), Fraction(9, 10)),
    ("acosh(x)", "1/(sqrt(x - 1)*sqrt(x + 1))", Fraction(11, 10), 5),
    ("floor(x)", "0", Fraction(1, 20), Fraction(19, 20)),
    ("max(x, x^2)", "where(x < 0, 2*x, where(x < 1, 1, 2*x))", Fraction(11, 10), 5),
)

# functions of x that are nowhere 0, to multiply and divide by
_UNITS = (
    "(2 + sin(x))",
    "exp(x)",
    "(x^2 + 1)",
    "(x^2 + x + 1)",
    "cosh(x)",
    "(exp(x) + 3)",
    "(x^4 + 2)",
    "sqrt(x^2 + 2)",
)
# that are 0 at p, beside which they may be 0 elsewhere too; {p} is written in
_ZEROS = (
    "(x - {p})", "(x - {p})^2", "sin(x - {p})", "(exp(x) - exp({p}))", "(x^3 - ({p})^3)", "atan(x - {p})",
    "abs(x - {p})", "cbrt(x - {p})", "(cos(x - {p}) - 1)", "(x^2 - ({p})^2)", "log(1 + (x - {p})^2)",
    "(x - {p})*(2 + cos(x))", "(exp(x - {p}) - 1)", "hypot(x - {p}, 0)", "max(x - {p}, 0)", "tanh(x - {p})",
)  # fmt: skip
# that are 0 at places that have no name
_NAMELESS = (
    "(cos(x) - x)",
    "(x^5 - x - 1)",
    "(x*exp(x) - 1)",
    "(x + log(x))",
    "(exp(x) - 3*x - 4)",
    "(x^3 - cos(x))",
)
_NAMELESS_AT = (0.739, 1.167, 0.567, 0.567, None, 0.865)


class Claim(NamedTuple):
    """What is asked and whether the claim is the derivative of f wherever that exists."""

    f: str
    claim: str
    equal: bool
    at: str = ""
    variables: str = "x"


def _place(draw: random.Random, low: float, high: float) -> str:
    """A random place inside an interval: rational, radical or transcendental."""
    while True:
        a, b = draw.randint(1, 60), draw.randint(1, 29)
        text = draw.choice((f"{a}/{b}", f"sqrt({a})/{b}", f"cbrt({a})/{b}", f"pi*{a}/{b}", f"exp(1)*{a}/{b}",
                            f"log({a + 1})/{b}", f"sin({a})", f"(sqrt({a}) - 1)/{b}"))  # fmt: skip
        value = _number(text)
        if low < value < high:
            return text
        if low < -value < high:
            return f"(-{text})"


def _number(text: str) -> float:
    import math

    words = {name: getattr(math, name) for name in ("sqrt", "cbrt", "pi", "exp", "log", "sin")}
    return float(eval(text, {"__builtins__": {}}, words))


def claims(count: int, seed: int = 0) -> list[Claim]:
    return [_claim(random.Random(f"{seed} {k}")) for k in range(count)]


def _claim(draw: random.Random) -> Claim:
    f, slope, low, high = draw.choice(_PAIRS)
    place = _place(draw, float(low), float(high))
    kind = draw.choice(
        ("unit", "sum", "hole", "hole", "term", "nameless", "domain", "value", "tiny", "identity", "bend")
    )
    unit, zero = draw.choice(_UNITS), draw.choice(_ZEROS).format(p=place)
    if kind == "unit":
        return Claim(f, f"({slope})*{unit}/{unit}", True)
    if kind == "sum":
        return Claim(f, f"{slope} + {unit} - {unit}", True)
    if kind == "hole":
        return Claim(f, f"({slope})*{zero}/{zero}", False, place)
    if kind == "term":
        return Claim(f, f"{slope} + 1/{zero} - 1/{zero}", False, place)
    if kind == "nameless":
        k = draw.randrange(len(_NAMELESS))
        at = _NAMELESS_AT[k]
        if at is None or not low < at < high:
            return Claim(f, f"({slope})*(x - {place})/(x - {place})", False, place)
        return Claim(f, f"({slope})*{_NAMELESS[k]}/{_NAMELESS[k]}", False, str(at))
    if kind == "domain":
        shrunk = draw.choice((f"sqrt(x - {place})^2 - (x - {place})", f"exp(log(x - {place})) - (x - {place})",
                              f"log(exp(1)*({place} - x)) - log({place} - x) - 1",
                              f"sqrt({place} - x) - sqrt({place} - x)",
                              f"(x - {place})^(1/2)*(x - {place})^(1/2) - (x - {place})"))  # fmt: skip
        return Claim(f, f"{slope} + {shrunk}", False, place)
    if kind == "value":
        return Claim(f, f"{slope} + where(x == {place}, 1, 0)", False, place)
    if kind == "tiny":
        error = draw.choice(("10^-40", "exp(-100)", "10^-90*x^2", "10^-60*sin(x)", "1e-200"))
        return Claim(f, f"{slope} + {error}", False)
    if kind == "bend":
        return Claim(
            f, f"({slope})*abs(x - {place})^2/((x - {place})^2 + 1) + ({slope})/((x - {place})^2 + 1)", True
        )
    if kind == "own":  # what f has itself at the place
        u = f"(x - {place})"
        return draw.choice((
            Claim(f"{f} + abs{u}", f"{slope} + {u}/abs{u}", True, place),
            Claim(f"{f} + log(abs{u})", f"{slope} + 1/{u}", True, place),
            Claim(f"{f} + log({u}^2)", f"{slope} + 2*{u}/{u}^2", True, place),
            Claim(f"{f} + cbrt{u}", f"{slope} + 1/(3*cbrt{u}^2)", True, place),
            Claim(f"{f} + {u}*abs{u}", f"{slope} + 2*abs{u}", True, place),
            Claim(f"{f} + {u}*abs{u}", f"{slope} + 2*{u}^2/abs{u}", False, place),
            Claim(f"{f} + abs{u}^3", f"{slope} + 3*{u}^2*sign{u}", True, place),
            Claim(f"{f} + abs{u}^3", f"{slope} + 3*{u}^4/{u}/abs{u}", False, place),
            Claim(f"{f} + max(x, {place})", f"{slope} + where(x > {place}, 1, 0)", True, place),
            Claim(f"{f} + sqrt{u}", f"{slope} + 1/(2*sqrt{u})", True, place),
            Claim(f"{f} + floor{u}", slope, True, place),
            Claim(f"{f} + sin{u}/{u}", f"{slope} + cos{u}/{u} - sin{u}/{u}^2", True, place),
            Claim(f"{f} + where(x == {place}, 1, sin{u}/{u})", f"{slope} + cos{u}/{u} - sin{u}/{u}^2", False, place),
            Claim(f"{f} + asin(sin{u})", f"{slope} + cos{u}/abs(cos{u})", True, place),
            Claim(f"({f})*abs(sin{u})", f"({slope})*abs(sin{u}) + ({f})*sign(sin{u})*cos{u}", True, place),
        ))  # fmt: skip
    if kind == "two":
        return draw.choice((
            Claim(f"y*({f})", f"y*({slope})", True, place, "x"),
            Claim(f"y*({f})", f"y*({slope})*(x - {place})/(x - {place})", False, place, "x"),
            Claim(f"y*({f})", f"y*({slope})*(y - {place})/(y - {place})", False, place, "x"),
            Claim(f"y*({f})", f"y*({slope})*(x - y)/(x - y)", False, place, "x"),
            Claim(f"y*({f})", f"y*({slope})*(x*y - {place})/(x*y - {place})", False, place, "x"),
            Claim(f"{f} + y^2", f"{slope} + exp(y) - exp(y)", True, place, "x"),
            Claim(f"{f} + y^2", f"({slope})*(x^2 + y^2 + 1)/(x^2 + y^2 + 1)", True, place, "x"),
            Claim(f"{f} + y^2", f"{slope} + sqrt(y - {place}) - sqrt(y - {place})", False, place, "x"),
            Claim(f"({f})/y", f"({slope})/y", True, place, "x"),
            Claim("log(x - y)", "1/(x - y)", True, place, "x"),
            Claim("sqrt(x^2 + y^2)", "x/sqrt(x^2 + y^2)", True, place, "x"),
            Claim("atan2(y, x)", "-y/(x^2 + y^2)", True, place, "x"),
        ))  # fmt: skip
    ones = (
        "(sin(x)^2 + cos(x)^2)",
        "(cosh(x)^2 - sinh(x)^2)",
        "(exp(x)*exp(-x))",
        "((x + 1)^2 - x^2 - 2*x)",
        "log(exp(1))",
    )
    return Claim(f, f"({slope})*{draw.choice(ones)}", True)


class At(NamedTuple):
    """A function, a point, and what is true there: "value" or "none"."""

    f: str
    place: str
    truth: str


def at_points(count: int, seed: int = 0) -> list[At]:
    return [_at(random.Random(f"{seed} {k}")) for k in range(count)]


def _at(draw: random.Random) -> At:
    p = _place(draw, -4, 4) if draw.random() < 0.6 else "0"
    size = f"10^-{draw.choice((1, 3, 7, 8, 9, 12, 15, 30, 100, 300))}"
    scale = f"10^{draw.choice((-200, -60, -20, -8, 8, 20, 60))}"
    smooth = draw.choice(("x", "sin(x)", "exp(x)", "x^2", "1 + x", "atan(x)", "cos(x)"))
    a, b = draw.randint(2, 7), draw.randint(2, 7)
    match draw.choice(("corner", "jump", "steep", "power", "scale", "far", "bend", "product", "plain")):
        case "corner":
            return At(f"{smooth} + {size}*abs(x - {p})", p, "none")
        case "jump":
            return At(f"{smooth} + {size}*sign(x - {p})", p, "none")
        case "steep":
            return At(f"{smooth} + {size}*cbrt(x - {p})", p, "none")
        case "power":
            return At(f"{smooth} + abs(x - {p})^({a + b}/{b})", p, "value")
        case "scale":
            return At(f"(x - {p})*tanh({scale}*(x - {p}))", p, "value")
        case "far":
            return At(
                draw.choice(("log(x)", "sqrt(x)", "1/x", "cbrt(x)", "atan(x)", "x^(2/3)", "x*log(x)")),
                scale,
                "value",
            )
        case "bend":
            return At(f"cbrt((x - {p})^{a + 2})", p, "value")
        case "product":
            return At(f"(x - {p})*abs(x - {p})*{smooth}", p, "value")
    return At(f"{smooth}*exp(x)", p, "value")


def judged(one: Claim | At) -> str:
    """right, undecided or wrong."""
    if isinstance(one, Claim):
        answer = ask("check", one.f, one.claim, "--var", one.variables, "--raw", "--timeout", "30")
        said = answer.out.strip()
        if said in ("equal", "different"):
            return "right" if (said == "equal") == one.equal else "wrong"
        return "undecided" if said == "undecided" else f"failed: {answer.err}"
    answer = ask("check", one.f, "--at", f"x={one.place}", "--timeout", "30")
    last = answer.out.strip().rsplit("\n", 1)[-1]
    if last.startswith("undecided"):
        return "undecided"
    if last.startswith("agree"):
        return "right" if ("no derivative" in last) == (one.truth == "none") else "wrong"
    return "wrong" if last.startswith("disagree") else f"failed: {answer.err}"


if __name__ == "__main__":
    number, start = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for made in (claims(number, start), at_points(number, start)):
        counted: Counter[str] = Counter()
        for each in made:
            verdict = judged(each)
            counted[verdict.split(":")[0]] += 1
            if verdict != "right":
                print(f"{verdict:10} {each}", flush=True)
        print(dict(counted), flush=True)
