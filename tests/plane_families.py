"""Made-up functions of two variables whose limit, or tangent plane, is known by the way they are made.

limit_problem(random.Random(1))      # an expression, the point, and the limit there: "0", "oo", "none", ...
plane_problem(random.Random(1))      # an expression, the point, and value and slopes there, or None: no plane
"""

from __future__ import annotations

import random
import re

Problem = tuple[str, str, str]

# curves y = g(x) into the origin that no list of paths holds
_CURVES = ("3*x^2", "x^5", "-2*x", "x + x^2", "5*x^3", "x^2/2", "sin(x)", "exp(x) - 1")
_INNER = ("y - 3*x^2", "x*y", "x", "y", "x^2 + y^2", "x - y", "y^2 - x^3", "x + y")
_BOUNDED = (
    "sin(1/({0}))", "cos(x/({0}))", "atan(1/({0}))", "sin(log(abs({0})))", "sign({0})", "tanh(1/({0})^2)",
    "exp(-1/({0})^2)", "abs({0})/({0})", "1/(1+1/({0})^2)", "x^2/(x^2+y^2)", "x*y/(x^2+y^2)", "sin({0})/({0})",
)  # fmt: skip
_OUTER = (
    ("exp({})", "1"), ("cos({})", "1"), ("sqrt(4+{})", "2"), ("atan({})", "0"), ("(1+{})^3", "1"), ("1/(2+{})", "1/2"),
    ("log(1+{})", "0"), ("abs({}-1)", "1"), ("sqrt(abs({}))", "0"), ("cbrt({})", "0"), ("asin({})", "0"),
)  # fmt: skip
_QUOTIENTS = (
    ("sin({0})/({0})", "1"), ("(1-cos({0}))/({0})^2", "1/2"), ("(exp({0})-1)/({0})", "1"), ("log(1+({0}))/({0})", "1"),
    ("tan(2*({0}))/({0})", "2"), ("(sqrt(1+({0}))-1)/({0})", "1/2"), ("atan({0})/({0})", "1"),
    ("({0}-sin({0}))/({0})^3", "1/6"), ("(exp({0})-1)/sin({0})", "1"),
)  # fmt: skip
_OF_DISTANCE = (
    ("exp(-1/({0}))", "0"), ("exp(-1/({0}))/({0})^2", "0"), ("({0})*log({0})", "0"), ("log({0})", "-oo"),
    ("atan(1/({0}))", "pi/2"), ("tanh(1/({0}))", "1"), ("sin(1/({0}))", "none"), ("({0})^({0})", "1"),
    ("1/log({0})", "0"), ("x*exp(-1/({0}))+2", "2"), ("({0})^(x^2+y^2)", "1"), ("floor({0})", "0"), ("sign({0})", "1"),
)  # fmt: skip
_SINGLE = (
    ("(exp(x)-exp(y))/(x-y)", "1"), ("(sin(x)-sin(y))/(x-y)", "1"), ("(x^3-y^3)/(x-y)", "0"),
    ("(sin(x)-sin(y))/(x+y)", "none"), ("(cos(x)-cos(y))/(x-y)", "0"), ("(atan(x)-atan(y))/(x-y)", "1"),
    ("x*log(abs(y))", "none"), ("x*y*log(abs(y))", "0"), ("x*y*log(x^2)", "0"), ("abs(x)^abs(y)", "none"),
    ("(x^2+y^2)^(x*y)", "1"), ("x/(abs(x)+y^2)", "none"), ("x^2/(abs(x)+y^2)", "0"), ("sqrt(x*y)", "0"),
    ("sqrt(abs(x*y))/(abs(x)+abs(y))", "none"), ("max(x,y)/sqrt(x^2+y^2)", "none"), ("floor(x+y)", "none"),
    ("max(abs(x),abs(y))/(abs(x)+abs(y))", "none"), ("ceiling(x^2+y^2)", "1"), ("floor(-x^2-y^2)", "-1"),
    ("sign(x*y)", "none"), ("sqrt(x*y)/(x+y)", "none"), ("x*y/sqrt(x^2+y^4)", "0"), ("x^2*y^3/(x^4+y^6)", "none"),
    ("x^2*y^3/(x^4+y^6)^(3/4)", "0"), ("(x^2-x*y)/(sqrt(x)-sqrt(y))", "0"), ("exp(-1/x^2)", "0"),
    ("exp(-1/(x^2+y^2))/(x^4+y^4)^3", "0"),
    ("log(x^2+2*y^2)^3*(x^4+y^4)/(x^2+y^2)", "0"), ("log(x^2+y^2)*x*y/(x^2+y^2)", "none"), ("log(x*y)*x*y", "0"),
    ("sqrt(x*y)*log(x*y)^2", "0"), ("(cos(x)-cos(y))/(x^2-y^2)", "-1/2"), ("(cos(x+y)-cos(x-y))/(x*y)", "-2"),
    ("(cosh(x^2)-cosh(y^2))/(x^4-y^4)", "1/2"), ("(sqrt(4+x)-sqrt(4+y))/(x-y)", "1/4"),
    ("(cos(x)-cos(y))/(x-y)^2", "none"), ("((1+x)^(3/2)-(1+y)^(3/2))/(x-y)", "3/2"),
    ("(cbrt(x-8)-cbrt(y-8))/(x-y)", "1/12"), ("(cbrt(x)-cbrt(y))/(x-y)", "oo"), ("(x-y)/(cbrt(x)-cbrt(y))", "0"),
    ("(cbrt(x)^4-cbrt(y)^4)/(x-y)", "0"), ("(cbrt(x)-cbrt(y))/(x+y)", "none"), ("(x+cbrt(y))/(cbrt(y)-x)", "none"),
    ("where(x>0 and y>0, x*y/(x+y), 0)", "0"), ("where(x>0, x*y/(x+y), 0)", "none"),
    ("where(x>0 and y>0, x/(x+y), 0)", "none"), ("where(x<0 and y<=0, x*y/(x+y), x)", "0"),
    ("where(y==x^2, x^3, x*y)/(x^2+y^2)", "none"), ("where(y==x^2, x^3, x^2*y)/(x^2+y^2)", "0"),
)  # fmt: skip


def _monomial(a: int, b: int) -> str:
    return "*".join([f"x^{a}"] * (a > 0) + [f"y^{b}"] * (b > 0)) or "1"


def small(r: random.Random) -> str:
    """What goes to 0, and has a value all around."""
    a, b = r.randint(1, 4), r.randint(1, 4)
    p, q = r.choice([(p, q) for p in range(8) for q in range(8) if p * b + q * a > 2 * a * b and p + q < 10])
    return r.choice([
        r.choice(["x", "y", "(x+y)", "(x-2*y)", "x*y", "(x^2-y)"]),
        f"{_monomial(p, q)}/(x^{2 * a}+{r.randint(1, 3)}*y^{2 * b})",
        f"sqrt(x^{2 * a}+y^{2 * b})", f"(abs(x)^{a}+abs(y)^{b})", f"(x^2+y^2)*log(x^{2 * a}+y^{2 * b})",
        r.choice(["sin(x*y)", "(exp(x+y^2)-1)", "log(1+x^2*y)", "(1-cos(x-y))", "tan(x+y)"]),
    ])  # fmt: skip


def _bounded(r: random.Random) -> str:
    return r.choice(_BOUNDED).format(r.choice(_INNER))


def _at_origin(r: random.Random) -> tuple[str, str]:
    a, b, n = r.randint(1, 5), r.randint(1, 5), r.randint(1, 6)
    g = r.choice(_CURVES)
    u = f"(y-({g}))"
    match r.randrange(11):
        case 0:
            p, q = r.randint(0, 9), r.randint(0, 9)
            limit = "oo" if p == q == 0 else "0" if p * b + q * a > 2 * a * b else "none"
            return f"{_monomial(p, q)}/(x^{2 * a}+{r.choice([1, 2, '1/2'])}*y^{2 * b})", limit
        case 1:
            return f"({small(r)})*{_bounded(r)}", "0"
        case 2:
            return f"({small(r)})+({small(r)})*{_bounded(r)}", "0"
        case 3:
            return r.choice([
                f"{u}*x^{n}/({u}^2+x^{2 * n})", f"exp(-{u}^2/x^{2 * n})", f"x^{2 * n}/({u}^2+x^{2 * n})",
                f"where(y==({g}),1,0)", f"where({u}>0 and {u}<x^{2 * n},1,0)", f"{u}/sqrt({u}^2+x^{2 * n})",
            ]), "none"  # fmt: skip
        case 4:
            top, limit = r.choice([
                ("1", "oo"), (f"{u}^3", "0"), (f"x^{2 * n + 1}", "0"), (f"{u}*x^{n + 1}", "0"), (f"{u}^2*x", "0"),
            ])  # fmt: skip
            return f"{top}/({u}^2+x^{2 * n})", limit
        case 5:
            outer, limit = r.choice(_OUTER)
            return outer.format(small(r)), limit
        case 6:
            outer, limit = r.choice(_QUOTIENTS)
            return outer.format(r.choice(["x*y", "x^2+y^2", "x^2*y", "x+y^2", "x-y", "x^2+y^4", "x"])), limit
        case 7:
            q, d = r.choice(
                [("x^2+x*y+y^2", 2), ("2*x^2-x*y+y^2", 2), ("x^4+x^2*y^2+y^4", 4), ("x^4+y^4", 4)]
            )
            k, i = r.choice(["0", "1", "3", "-2"]), r.randint(0, d + 1)
            return f"({k}*({q})+({r.choice([1, -2, 5])})*{_monomial(i, d + 1 - i)})/({q})", k
        case 8:
            q, h = r.choice(["x^2+x*y+y^2", "x^2+y^2"]), r.choice(["x*y", "x^2", "x^2-y^2", "x^2+2*x*y"])
            return f"({h}+{r.choice(['x^3', 'y^3', 'x^2*y'])})/({q})", "none"
        case 9:
            outer, limit = r.choice(_OF_DISTANCE)
            return outer.format(r.choice(["x^2+y^2", "x^4+y^2", "abs(x)+abs(y)", "sqrt(x^2+y^2)"])), limit
    if r.random() < 0.6:
        return r.choice(_SINGLE)
    rough = r.choice(["x*y/(x^2+y^2)", "(x^2-y^2)/(x^2+y^2)", "sign(x)", "sin(1/x)", "x^2*y/(x^4+y^2)"])
    return f"{small(r)}+{rough}", "none"


def put_in(expr: str, x: str, y: str) -> str:
    """The expression with others in the place of x and y."""
    return re.sub(r"(?<![a-z])[xy](?![a-z])", lambda match: x if match[0] == "x" else y, expr)


def limit_problem(r: random.Random) -> Problem:
    expr, limit = _at_origin(r)
    way = r.randrange(5)
    if way == 0:
        a, b = r.choice(["1", "-2", "1/2", "pi"]), r.choice(["1", "3", "-1", "sqrt(2)"])
        return put_in(expr, f"(x-({a}))", f"(y-({b}))"), f"x={a},y={b}", limit
    if way < 3:
        expr = put_in(expr, *(("(x+y)", "(x-y)") if way == 1 else ("y", "x")))
    return expr, "x=0,y=0", limit


_FLAT = (
    "x*y", "x^2", "abs(x*y)", "x*abs(x)", "x^2*y^2/(x^2+y^2)", "x*y^3/(x^2+y^2)", "sqrt(x^4+y^4)", "abs(x)^(3/2)",
    "(x^2+y^2)^(3/4)", "x*y*(x^2-y^2)/(x^2+y^2)", "x^2*sign(y)", "max(x,y)^2", "x^4*y/(x^4+y^2)", "x^2*floor(y)",
    "(x^2+y^2)*log(x^2+y^2)", "(x^2+y^2)*sin(1/(x^2+y^2))", "x^3*y^3/(x^4+y^4)", "cbrt(x^3*y^3)",
    "where(y>x^2, x^2, y^2)",
)  # fmt: skip
_ROUGH = (
    "sqrt(x^2+y^2)", "x^2*y/(x^2+y^2)", "x*y/sqrt(x^2+y^2)", "sqrt(abs(x*y))", "x^3*y/(x^4+y^2)", "x*y^2/(x^2+y^4)",
    "cbrt(x^2*y)", "cbrt(x*y^2)", "(x^3+y^3)/(x^2+y^2)", "x*exp(-(y-x^2)^2/x^6)", "abs(abs(x)-abs(y))-abs(x)-abs(y)",
    "max(x,y)", "min(abs(x),abs(y))", "x*sign(x*y)", "sqrt(x^2)", "(x^2+y^2)^(1/3)", "x^5*y/(x^8+y^2)", "y*floor(x)",
)  # fmt: skip


def plane_problem(r: random.Random) -> tuple[str, str, tuple[str, str, str] | None]:
    value, by_x, by_y = (r.randint(-3, 3) for _ in range(3))
    flat = r.random() < 0.5
    part = f"{r.choice(_FLAT)}+({r.randint(-2, 2)})*({r.choice(_FLAT)})" if flat else r.choice(_ROUGH)
    expr = f"({value})+({by_x})*x+({by_y})*y+{part}"
    if "/" in part or "log" in part or r.random() < 0.2:
        expr = f"where(x==0 and y==0,{value},{expr})"
    a, b = (0, 0) if r.random() < 0.5 else (r.choice([1, -2, 3]), r.choice([1, 2, -1]))
    if (a, b) != (0, 0):
        expr = put_in(expr, f"(x-({a}))", f"(y-({b}))")
    return expr, f"x={a},y={b}", (str(value), str(by_x), str(by_y)) if flat else None
