"""Letters in which functions of waves, exponentials and roots are fractions of polynomials.

    chart = chart_of([sympy.sin(x) * sympy.cos(y)], ("x", "y"))
    chart.turned(sympy.sin(x))                  # 2*x/(x**2 + 1), where x now is tan(x/2)
    chart.letters["x"].back(place)              # the number that a zero of it stands for

A letter stands for tan(a*x/2), exp(a*x) or sqrt(a*x + b), where all that holds x is a function of that. The angle at
which the tangent has no value is ``missing``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import sympy

from calcgrad.calculus import forms, numeric, symbolic
from calcgrad.calculus.studies import isolation
from calcgrad.calculus.studies.isolation import Place
from calcgrad.expression.tree import Number

_WAVES = (sympy.sin, sympy.cos, sympy.tan, sympy.cot, sympy.sec, sympy.csc)
_HYPERBOLIC = (sympy.sinh, sympy.cosh, sympy.tanh, sympy.coth, sympy.sech, sympy.csch)
_FAILURES = symbolic.ALL_FAILURES


@dataclass(frozen=True)
class Letter:
    """One variable, as a function of what its name stands for now: ``of``; ``positive``: of numbers > 0 only."""

    name: str
    of: Any
    positive: bool = False
    missing: Any = None
    period: Any = None

    @property
    def is_plain(self) -> bool:
        return bool(self.of == symbolic.symbol(self.name))

    def back(self, place: Place) -> Place | None:
        """The number that a place stands for; None for none."""
        if self.is_plain:
            return place
        side = isolation.order(place, isolation.of_tree(Number(0)))
        if self.positive and side != 1:
            return None
        of = self.of if self.period is None or side != -1 else self.of + self.period
        if place.exact is not None:
            found = of.subs(symbolic.symbol(self.name), symbolic.to_sympy(place.exact))
            return isolation.of_tree(forms.value_tree(found) or symbolic.from_sympy(found))
        tree = symbolic.from_sympy(of)

        def finer(low: Fraction, high: Fraction, digits: int) -> tuple[Fraction, Fraction]:
            found = numeric.ball(tree, {self.name: place.real(digits + 10)}, digits + 20)
            return isolation.ends(found) if isinstance(found, Fraction | numeric.Ball) else (low, high)

        low, high = finer(Fraction(0), Fraction(0), 30)
        if low == high:
            raise isolation.Unsettled("a number that is not known")
        return Place(None, low, high, finer, key=None if place.key is None else (tree, place.key))


@dataclass(frozen=True)
class Chart:
    """Letters for all variables, and what is put in for the parts that hold them."""

    letters: dict[str, Letter]
    rates: dict[str, Any]  # of waves

    @property
    def is_plain(self) -> bool:
        return all(each.is_plain for each in self.letters.values())

    def turned(self, expression: Any) -> Any:
        """A function in the new letters: a fraction of polynomials. Raises Unsettled where it is none."""
        made = _spread(expression)
        for letter in self.letters.values():
            if letter.is_plain:
                continue
            v = symbolic.symbol(letter.name)
            if letter.period is not None:
                angle = sympy.Dummy(real=True)
                made = sympy.expand_trig(made.subs(v, angle / self.rates[letter.name]))
                made = made.subs(
                    {sympy.sin(angle): 2 * v / (1 + v**2), sympy.cos(angle): (1 - v**2) / (1 + v**2)}
                )
            else:
                w = sympy.Dummy(positive=True)
                made = sympy.powsimp(sympy.expand(made.subs(v, letter.of.subs(v, w))), force=True)
                made = made.subs(w, v)
        made = sympy.cancel(sympy.together(made))
        if not made.is_rational_function(*map(symbolic.symbol, self.letters)):
            raise isolation.Unsettled("no polynomial")
        return made


def chart_of(functions: Sequence[Any], names: tuple[str, str]) -> Chart | None:
    """Letters in which all of them are fractions of polynomials; None where none are known."""
    try:
        spread = [_spread(each) for each in functions]
        found = [_letter(spread, name, names) for name in names]
    except _FAILURES:
        return None
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        return None
    return Chart({letter.name: letter for letter, _ in known}, {letter.name: rate for letter, rate in known})


def period(function: Any, name: str, names: tuple[str, str]) -> Any:
    """A period in one variable of a function that holds it in waves alone; None where none is known."""
    v = symbolic.symbol(name)
    try:
        spread = _spread(function)
        waves = {wave for wave in spread.atoms(sympy.sin, sympy.cos) if wave.has(v)}
        waves -= {
            wave for wave in waves if any(wave in other.args[0].atoms(sympy.Function) for other in waves)
        }
        unit = _unit([wave.args[0] for wave in waves], v)
        if unit is None or spread.xreplace({wave: sympy.Dummy() for wave in waves}).has(v):
            return None
        found, u = _letter([spread], name, names), v
        if found is None:
            return 2 * sympy.pi / unit
        turned = Chart({name: found[0]}, {name: found[1]}).turned(function)
        return (1 if sympy.cancel(turned.subs(u, -1 / u) - turned) == 0 else 2) * sympy.pi / unit
    except (isolation.Unsettled, *_FAILURES):
        return None


def _unit(inner: Sequence[Any], v: Any) -> Any:
    """The largest rate of which those of all linear functions are multiples; None where there is none."""
    inner = [sympy.expand(each) for each in inner]
    rates = [each.coeff(v) for each in inner]
    if not rates or any(
        rate == 0 or rate.free_symbols or (each - rate * v).has(v)
        for each, rate in zip(inner, rates, strict=True)
    ):
        return None
    ratios = [rate / rates[0] for rate in rates]
    if not all(ratio.is_Rational for ratio in ratios):
        return None
    below = lcm(*(int(each.q) for each in ratios))
    return abs(rates[0]) * sympy.Rational(gcd(*(int(each * below) for each in ratios)), below)


def _spread(function: Any) -> Any:
    """Without hyperbolic functions and quotients of waves, exponentials of sums as products."""
    made = function.replace(lambda each: isinstance(each, _HYPERBOLIC), lambda each: each.rewrite(sympy.exp))
    for wave in made.atoms(*_WAVES) - made.atoms(sympy.sin, sympy.cos):
        made = made.subs(wave, wave.rewrite(sympy.cos) if wave.func == sympy.sec else wave.rewrite(sympy.sin))
    made = made.replace(
        lambda each: isinstance(each, sympy.tan),
        lambda each: sympy.sin(each.args[0]) / sympy.cos(each.args[0]),
    )
    return made.replace(
        lambda each: isinstance(each, sympy.exp),
        lambda each: sympy.Mul(*map(sympy.exp, sympy.Add.make_args(sympy.expand(each.args[0])))),
    )


def _letter(functions: Sequence[Any], name: str, names: tuple[str, str]) -> tuple[Letter, Any] | None:
    """The letter for one variable, and the rate of its waves."""
    v = symbolic.symbol(name)
    parts = {
        part
        for each in functions
        for part in each.atoms(sympy.Function, sympy.exp, sympy.Pow)
        if part.has(v) and not (isinstance(part, sympy.Pow) and part.exp.is_Integer)
    }
    if not parts:
        return Letter(name, v), sympy.S.One
    kind = {type(part) if isinstance(part, (sympy.exp, sympy.Pow)) else "wave" for part in parts}
    if len(kind) > 1 or (
        kind == {"wave"} and not all(isinstance(each, sympy.sin | sympy.cos) for each in parts)
    ):
        return None
    covered = {part: sympy.Dummy() for part in parts}
    is_alone = not any(each.xreplace(covered).has(v) for each in functions)
    if kind == {sympy.Pow}:
        return _root(parts, v, names)
    unit = _unit([part.args[0] for part in parts], v)
    if unit is None or not is_alone:
        return None
    if kind == {sympy.exp}:
        return Letter(name, sympy.log(v) / unit, positive=True), unit
    return Letter(name, 2 * sympy.atan(v) / unit, missing=sympy.pi / unit, period=2 * sympy.pi / unit), unit


def _root(parts: set[Any], v: Any, names: tuple[str, str]) -> tuple[Letter, Any] | None:
    """The root of one linear function of the variable alone, of which all others are powers."""
    bases = {part.base for part in parts}
    base = next(iter(bases))
    if len(bases) > 1 or any(not part.exp.is_Rational for part in parts) or base.free_symbols != {v}:
        return None
    made = sympy.Poly(base, v)
    if made.degree() != 1 or not all(each.is_Rational for each in made.coeffs()):
        return None
    n = lcm(*(int(part.exp.q) for part in parts))
    a, b = made.all_coeffs()
    return Letter(v.name, (v**n - b) / a, positive=True), sympy.S.One
