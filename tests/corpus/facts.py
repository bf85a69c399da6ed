"""The corpus: facts of calculus with their sources, read, evaluated in mpmath, and held against answers.

    facts.limits()[0]["answer"]                 # "1", of sin(x)/x at 0
    facts.compiled("log(x)/(x-1)")(x=mp.e)      # real numbers of mpmath's current precision, or Undefined
    facts.judge(fact, record)                   # "right", "wrong" or "undecided"

Nothing here uses calcgrad or SymPy: the words of the language are given their real meanings a second time,
from mpmath alone. That is what makes the verification of a fact independent of what is tested with it.
"""

from __future__ import annotations

import ast
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
from mpmath import mp

FOLDER = Path(__file__).resolve().parent
Fact = dict[str, Any]


def limits() -> list[Fact]:
    """{"expr", "to", "from": both|left|right, "answer": text or null, "category", "source"}; with no answer
    "reason" as calcgrad names it, "left" and "right" where they are known, and for an oscillation
    "sequences" [[x of n, limit of f], ...]; "because" where numbers alone cannot show it."""
    return _read("limits.jsonl")


def derivatives() -> list[Fact]:
    """{"expr", "var": names in turn, "at": {name: place}, "answer": text or null, "category", "source"}; with
    no answer "reason", "left" and "right"; "digits" where an answer must be right to so many."""
    return _read("derivatives.jsonl")


def _read(name: str) -> list[Fact]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


# ------------------------------------------------------------------------------------- the language in mpmath


class Undefined(ArithmeticError):
    """Not a real number here."""


class TooFar(ArithmeticError):
    """Real, but of more digits before the point than are worth computing."""


_FARTHEST = 2**17  # bits of an exponent


def _exp(a: Any) -> Any:
    if mpmath.mag(a) > _FARTHEST:
        raise TooFar
    return mpmath.exp(a)


def _needs(good: Any) -> None:
    if not good:
        raise Undefined


def _real(value: Any) -> Any:
    _needs(mpmath.isfinite(value))
    if isinstance(value, mpmath.mpc):
        _needs(abs(value.imag) <= abs(value.real) * mp.eps * 1024)
        return value.real
    return value


def _power(a: Any, b: Any) -> Any:
    if b == mpmath.floor(b):
        _needs(a != 0 or b >= 0)
        if abs(b) < 10**6 or not a:
            return a ** int(b)
        _needs(a > 0 or mpmath.mag(b) < mp.prec)
        size = _exp(b * mpmath.log(abs(a)))
        return -size if a < 0 and b % 2 else size
    _needs(a > 0 or (a == 0 and b > 0))
    return _exp(b * mpmath.log(a)) if a else mp.zero


def _divide(a: Any, b: Any) -> Any:
    _needs(b != 0)
    return a / b


def _root(a: Any, n: Any) -> Any:
    if a < 0 and n == mpmath.floor(n) and n % 2 == 1:
        return -((-a) ** (1 / n))
    return _power(a, 1 / n)


def _log(a: Any) -> Any:
    _needs(a > 0)
    return mpmath.log(a)


def _inside(function: Callable[..., Any], good: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def checked(a: Any) -> Any:
        _needs(good(a))
        return _real(function(a))

    return checked


def _is_pole(a: Any) -> bool:
    return a <= 0 and a == mpmath.floor(a)


def _gamma(a: Any) -> Any:
    _needs(not _is_pole(a))
    return mpmath.gamma(a)


def _beta(a: Any, b: Any) -> Any:
    _needs(not _is_pole(a) and not _is_pole(b))
    return _gamma(a) * _gamma(b) * mpmath.rgamma(a + b)


def _polygamma(n: Any, a: Any) -> Any:
    _needs(not _is_pole(a))
    return _real(mpmath.polygamma(int(n), a))


def _besselj(n: Any, a: Any) -> Any:
    _needs(a > 0 or n == mpmath.floor(n) or (a == 0 and n > 0))
    return _real(mpmath.besselj(n, a))


def _bessely(n: Any, a: Any) -> Any:
    _needs(a > 0)
    return _real(mpmath.bessely(n, a))


def _lambertw(a: Any) -> Any:
    edge = -mpmath.exp(-1)
    _needs(a >= edge - mp.eps)
    return mpmath.mpf(-1) if a <= edge else _real(mpmath.lambertw(a))


def _any(_: Any) -> bool:
    return True


def _sign(a: Any) -> Any:
    return mpmath.mpf((a > 0) - (a < 0))


WORDS: dict[str, Any] = {
    "exp": _exp, "log": _log, "ln": _log, "expm1": mpmath.expm1,
    "log2": lambda a: _log(a) / _log(mp.mpf(2)), "log10": lambda a: _log(a) / _log(mp.mpf(10)),
    "log1p": _inside(mpmath.log1p, lambda a: a > -1),
    "sqrt": _inside(mpmath.sqrt, lambda a: a >= 0), "cbrt": lambda a: _root(a, mp.mpf(3)), "root": _root,
    "sin": mpmath.sin, "cos": mpmath.cos,
    "tan": lambda a: _divide(mpmath.sin(a), mpmath.cos(a)), "cot": lambda a: _divide(mpmath.cos(a), mpmath.sin(a)),
    "sec": lambda a: _divide(mp.one, mpmath.cos(a)), "csc": lambda a: _divide(mp.one, mpmath.sin(a)),
    "asin": _inside(mpmath.asin, lambda a: abs(a) <= 1), "acos": _inside(mpmath.acos, lambda a: abs(a) <= 1),
    "atan": mpmath.atan, "acot": lambda a: mpmath.atan(1 / a) if a else mp.pi / 2,
    "asec": lambda a: WORDS["acos"](_divide(mp.one, a)), "acsc": lambda a: WORDS["asin"](_divide(mp.one, a)),
    "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh, "sech": mpmath.sech,
    "coth": lambda a: _divide(mpmath.cosh(a), mpmath.sinh(a)), "csch": lambda a: _divide(mp.one, mpmath.sinh(a)),
    "asinh": mpmath.asinh, "acosh": _inside(mpmath.acosh, lambda a: a >= 1),
    "atanh": _inside(mpmath.atanh, lambda a: abs(a) < 1),
    "acoth": _inside(lambda a: mpmath.atanh(1 / a), lambda a: abs(a) > 1),
    "asech": _inside(lambda a: mpmath.acosh(1 / a), lambda a: 0 < a <= 1),
    "acsch": _inside(lambda a: mpmath.asinh(1 / a), lambda a: a != 0),
    "atan2": mpmath.atan2, "hypot": mpmath.hypot, "abs": abs, "sign": _sign, "floor": mpmath.floor,
    "ceiling": mpmath.ceil, "ceil": mpmath.ceil, "max": max, "Max": max, "min": min, "Min": min,
    "Heaviside": lambda a: (_sign(a) + 1) / 2, "relu": lambda a: max(a, mp.zero),
    "factorial": lambda a: _gamma(a + 1), "gamma": _gamma, "digamma": lambda a: _polygamma(0, a),
    "loggamma": _inside(mpmath.loggamma, lambda a: a > 0), "polygamma": _polygamma, "beta": _beta,
    "binomial": lambda n, k: _real(mpmath.binomial(n, k)), "erf": mpmath.erf, "erfc": mpmath.erfc,
    "fresnels": mpmath.fresnels, "fresnelc": mpmath.fresnelc,
    "zeta": _inside(mpmath.zeta, lambda a: a != 1), "Ei": _inside(mpmath.ei, lambda a: a != 0),
    "LambertW": _lambertw, "besselj": _besselj, "bessely": _bessely,
    "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)), "softplus": lambda a: mpmath.log1p(mpmath.exp(a)),
    "detach": lambda a: a,
    "_power": _power, "_divide": _divide, "_number": lambda text: mp.mpf(text),
}  # fmt: skip
CONSTANTS: dict[str, Callable[[], Any]] = {
    "pi": lambda: +mp.pi, "E": lambda: +mp.e, "e": lambda: +mp.e, "EulerGamma": lambda: +mp.euler,
}  # fmt: skip


class _Translate(ast.NodeTransformer):
    """Numbers of the current precision, real powers and quotients, and cases that look at one branch only."""

    def __init__(self, text: str) -> None:
        self.text = text

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return _call("_number", ast.Constant(ast.get_source_segment(self.text, node)))

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        word = {ast.Pow: "_power", ast.Div: "_divide"}.get(type(node.op))
        return _call(word, node.left, node.right) if word else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        assert isinstance(node.func, ast.Name)
        if node.func.id == "where":
            test, yes, no = node.args
            return ast.IfExp(test, yes, no)
        return node


def _call(word: str, *args: Any) -> ast.Call:
    return ast.Call(ast.Name(word, ast.Load()), list(args), [])


@functools.cache
def compiled(text: str) -> Callable[..., Any]:
    """An expression as a function of its variables by name; raises ``Undefined`` where it is not real."""
    tree = ast.fix_missing_locations(_Translate(text).visit(ast.parse(text, mode="eval")))
    code = compile(tree, text, "eval")

    def value(**variables: Any) -> Any:
        constants = {name: made() for name, made in CONSTANTS.items() if name in code.co_names}
        try:
            found = eval(code, {"__builtins__": {}}, {**WORDS, **constants, **variables})
        except (ZeroDivisionError, ValueError, OverflowError, mpmath.libmp.ComplexResult) as error:
            raise Undefined from error
        return _real(mp.mpf(found) if not isinstance(found, mpmath.mpc) else found)

    return value


def number(text: str, digits: int = 50) -> Any:
    """A constant's value; an infinity of mpmath for oo and -oo."""
    if text in ("oo", "-oo"):
        return mp.inf if text == "oo" else -mp.inf
    with mp.workdps(digits):
        return compiled(text)()


# --------------------------------------------------------------------------------------------- the judge


def question(fact: Fact, timeout: float = 10) -> dict[str, Any]:
    """A fact as one line for ``calcgrad batch``."""
    if "to" in fact:
        asked = {"command": "limit", "expr": fact["expr"], "to": fact["to"], "rows": 0, "timeout": timeout}
        return (
            asked if fact["from"] == "both" or fact["to"].endswith("oo") else {**asked, "from": fact["from"]}
        )
    asked = {
        "command": "diff",
        "expr": fact["expr"],
        "at": fact["at"],
        "var": fact["var"],
        "timeout": timeout,
    }
    if fact["order"] > 1:
        asked["order"] = fact["order"]
    return {**asked, "digits": fact["digits"]} if "digits" in fact else asked


def judge(fact: Fact, record: dict[str, Any]) -> str:
    """right, wrong or undecided: the record that answers ``question(fact)``."""
    return judge_limit(fact, record) if "to" in fact else judge_derivative(fact, record)


def same(ours: str, truth: str, relative: float = 1e-12) -> bool:
    """Do two constants written in the language have one value?"""
    a, b = number(ours), number(truth)
    if mpmath.isinf(a) or mpmath.isinf(b):
        return bool(a == b)
    return bool(abs(a - b) <= relative * max(abs(b), mp.mpf(10) ** -30))


def judge_limit(fact: Fact, record: dict[str, Any]) -> str:
    """right, wrong or undecided, of the object that ``calcgrad limit --json`` prints."""
    if _undecided(record):
        return "undecided"
    if fact["answer"] is None:
        if record["exists"] or not _same_sides(fact, record):
            return "wrong"
        return "right" if record["reason"] == fact["reason"] else "wrong"
    if not record["exists"]:
        return "wrong"
    relative = 1e-6 if record.get("evidence") == "numeric" else 1e-12
    return "right" if same(record["value"], fact["answer"], relative) else "wrong"


def judge_derivative(fact: Fact, record: dict[str, Any]) -> str:
    """right, wrong or undecided, of the object that ``calcgrad diff --at ... --json`` prints."""
    if _undecided(record):
        return "undecided"
    if fact["answer"] is None:
        if record["exists"] or not _same_sides(fact, record):
            return "wrong"
        return "right" if record["reason"] == fact["reason"] else "wrong"
    if not record["exists"]:
        return "wrong"
    # with no closed form, or from numbers only, it is a decimal, of ten digits unless more were asked for
    decimal = record.get("reason") == "no-closed-form" or record.get("evidence") == "numeric"
    digits = fact.get("digits", 9 if decimal else 12)
    with mp.workdps(2 * digits + 50):
        ours, truth = (number(text, 2 * digits + 50) for text in (record["value"], fact["answer"]))
        return (
            "right" if abs(ours - truth) <= mp.mpf(10) ** -digits * abs(truth) or ours == truth else "wrong"
        )


def _undecided(record: dict[str, Any]) -> bool:
    """An error object, or no opinion; a numeric answer's error is a number."""
    return isinstance(record.get("error"), dict) or record.get("reason") == "undecided"


def _same_sides(fact: Fact, record: dict[str, Any]) -> bool:
    """What is said of either side, where both say something."""
    return all(
        same(record[side], fact[side], 1e-6)
        for side in ("left", "right")
        if fact.get(side) is not None and record.get(side) is not None
    )
