"""Elementary functions as fractions in a few generators, in which many identities are identities of polynomials.

    near(sin(x)**2, (1 - cos(2*x))/2, "x", Fraction(1))        # True, for SymPy expressions

The generators are the variables; t = tan(b/2) for every angle b, by which sines and cosines of its multiples are
rational; exponentials of terms; logarithms of the sizes |p| of factors p, and the roots of those sizes, |p|^(1/n).
Functions with one definition in these are put in terms of them: powers with any exponent, hyperbolic functions and
their inverses, moduli, signs and extremes. Inverse circular functions are generators too, and so are gamma and its
kin, of which the catalogue's equations for x + 1 and 1 - x leave one value for each class of arguments.

All signs are known: ``Near`` a place, where none changes, by the factors' values; or in every combination, each tried
(``everywhere``). Near a place two further things are known. Of a sum of logarithms and inverse functions that has no
slope only its constant is left to find. And of a product that is 0 (the norm of an expression with a square root) a
factor that is not 0 at the place can be left out: analytic functions have no divisors of zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cache
from math import lcm
from typing import Any

import sympy
from sympy import S

from calcgrad.calculus import functions, kinks, numeric, symbolic
from calcgrad.calculus.arithmetic import alternating
from calcgrad.calculus.domains import against_zero, conditions, jumps, nowhere
from calcgrad.expression.columns import column
from calcgrad.expression.tree import Call, Name, Node, postorder, rational, substitute

_MOST_TURNS = 24  # of an angle
_MOST_SIGNS = 6  # that are tried both ways
_MOST_NORMS = 3
_MOST_TERMS = 400
_MOST_FACTORED = 10**12
_SMALL = 1e-6
_PARTS_OF_PI = 24  # that a sum of inverse circular functions may come to
_MOST_STEPS = 12  # from one value of gamma to another
_MOST_ORDERS = 6  # of polygamma


class Unknown(Exception):
    """There is no way on."""


class NotReal(Exception):
    """A root or logarithm of what is negative."""


class _Undecided(Exception):
    """The sign of the argument is not known, and may be either."""


class _Finer(Exception):
    """An angle, the first argument, has to be cut into as many parts as the second says."""


class Generators:
    """What expressions are put in terms of; ``signs`` tells those of factors."""

    def __init__(self, signs: Any, parts: dict[Any, int]) -> None:
        self.signs, self.parts = signs, parts
        self.made: dict[Any, Any] = {}  # generators, by kind and what they are of
        self.meaning: dict[Any, Any] = {}  # of each generator, in terms of earlier ones
        self.sizes: dict[Any, Any] = {}  # of |p|, in order: p or -p
        self.powers: dict[Any, Any] = {}  # of exponentials: their exponents
        self.logs: dict[Any, Any] = {}  # of logarithms: the sizes
        self.inverses: dict[Any, tuple[Any, Any]] = {}  # of asin(u) and atan(u): the function and u
        self.roots_of_exp: dict[Any, Any] = {}  # of w with w*exp(w) = u: u
        self.flips: set[Any] = set()  # (-1)^n
        self.known: dict[Any, Any] = {}

    # ------------------------------------------------------------------------------------------ expressions

    def put(self, e: Any) -> Any:
        """A SymPy expression in the generators."""
        found = self.known.get(e)
        if found is None:
            found = self.known[e] = self._put(e)
        return found

    def _put(self, e: Any) -> Any:
        if e.is_Rational or e.is_Symbol:
            return e
        if e is S.Exp1:
            return self.exp(S.One)
        if e.is_NumberSymbol:
            return self._generator("constant", e, e, positive=True)
        if e.is_Add or e.is_Mul:
            return e.func(*map(self.put, e.args))
        if isinstance(e, sympy.exp):
            return self.exp(self.put(e.args[0]))
        if e.is_Pow:
            base, exponent = e.args
            if exponent.is_Integer:
                return self.put(base) ** exponent
            if exponent.is_Rational:
                return self.power(self.put(base), exponent)
            return self._general_power(self.put(base), self.put(exponent))
        if not isinstance(e, sympy.Function | sympy.Max | sympy.Min) or isinstance(e, sympy.Piecewise):
            raise Unknown
        args = list(map(self.put, e.args))
        meaning = _MEANINGS.get(type(e))
        if meaning is not None:
            made = S.Zero + meaning(self, *args)
            if made in self.inverses and type(e) is self.inverses[made][0]:
                self.meaning[made] = e  # plainer
            return made
        args = [self.tidy(each) for each in args]
        return self._generator(type(e), tuple(args), type(e)(*map(self.back, args)))

    def _generator(self, kind: Any, key: Any, meaning: Any, positive: bool | None = None) -> Any:
        found = self.made.get((kind, key))
        if found is None:
            found = sympy.Dummy(f"g{len(self.made)}", real=True, positive=positive)
            self.made[kind, key], self.meaning[found] = found, meaning
        return found

    def back(self, e: Any) -> Any:
        """What an expression in the generators means."""
        return e.xreplace({each: self.meaning[each] for each in e.free_symbols if each in self.meaning})

    # ------------------------------------------------------------------------- factors, their sizes and signs

    def factors(self, u: Any) -> tuple[int, list[tuple[Any, Any]]]:
        """The sign of u, and |u| as a product: generators that are positive, and their exponents. (0, []) for 0."""
        top, bottom, roots = self.normal(u)
        if top == 0:
            return 0, []
        sign, found = 1, []
        for part, direction in ((top, 1), (bottom, -1)):
            constant, factors = sympy.factor_list(part)
            if max(abs(constant.p), constant.q) > _MOST_FACTORED:
                raise Unknown
            for prime, exponent in sympy.factorrat(abs(constant)).items():
                found.append((self._size(sympy.Integer(prime)), direction * exponent))
            sign *= int(sympy.sign(constant))
            for factor, exponent in factors:
                if factor in roots.bases:
                    base, n = roots.bases[factor]
                    found.append((base, sympy.Rational(direction * exponent, n)))
                    continue
                factor = roots.back(factor)
                if factor.could_extract_minus_sign():
                    factor, sign = -factor, sign * alternating(exponent)
                size = self._size(factor)
                sign *= (1 if self.sizes[size] == factor else -1) ** exponent
                found.append((size, direction * exponent))
        return sign, found

    def _size(self, factor: Any) -> Any:
        found = self.made.get(("size", factor))
        if found is None:
            sign = 1 if factor.is_positive else -1 if factor.is_negative else self.signs(self, factor)
            found = self._generator("size", factor, self.back(sign * factor), positive=True)
            self.sizes[found] = sign * factor
        return found

    def sign(self, u: Any) -> int:
        return self.factors(u)[0]

    def power(self, u: Any, q: Any, size: bool = False) -> Any:
        """u^q, or with ``size`` |u|^q."""
        sign, factors = self.factors(u)
        if sign == 0:
            if q.is_positive:
                return S.Zero
            raise Unknown
        if sign < 0 and not size:
            raise NotReal
        return sympy.Mul(*(base ** (exponent * q) for base, exponent in factors))

    def log(self, u: Any, size: bool = False) -> Any:
        sign, factors = self.factors(u)
        if sign == 0:
            raise Unknown
        if sign < 0 and not size:
            raise NotReal
        return sympy.Add(*(exponent * self._log_of(base) for base, exponent in factors))

    def _log_of(self, base: Any) -> Any:
        if base in self.powers:
            return self.powers[base]
        for w, u in self.roots_of_exp.items():
            if self.sizes.get(base) in (w, -w):
                return self.log(u, size=True) - w
        found = self._generator(sympy.log, base, sympy.log(self.meaning[base]))
        self.logs[found] = base
        return found

    def _general_power(self, u: Any, v: Any) -> Any:
        sign = self.sign(u)
        if sign == 0:
            raise Unknown
        size = self.exp(v * self.log(u, size=True))
        if sign > 0:
            return size
        if self.signs.moves(self.back(v)):  # then v is an integer only at single places, or nowhere
            raise NotReal
        constant, rest = sympy.expand(self.tidy(v)).as_coeff_Add()
        if not constant.is_Integer:
            constant, rest = S.Zero, v
        rest = -rest if rest.could_extract_minus_sign() else rest
        flip = self._generator("flip", rest, S.NegativeOne ** self.back(rest))
        self.flips.add(flip)
        return S.NegativeOne**constant * flip * size

    # ------------------------------------------------------------------------------- exponentials and angles

    def terms(self, v: Any) -> Iterator[tuple[Any, Any]]:
        """v as a sum: rational numbers, and what each is multiplied by."""
        top, bottom = sympy.fraction(self.tidy(v))
        content, bottom = bottom.as_content_primitive()
        if bottom.could_extract_minus_sign():
            content, bottom = -content, -bottom
        for term in sympy.Add.make_args(sympy.expand(top)):
            q, rest = term.as_coeff_Mul()
            if not q.is_Rational:
                raise Unknown
            if q != 0:
                yield q / content, rest / bottom

    def exp(self, v: Any) -> Any:
        made = S.One
        for q, term in self.terms(v):
            if term in self.roots_of_exp:
                ratio = self.roots_of_exp[term] / term
                made *= ratio**q if q.is_Integer else self.power(ratio, q)
                continue
            base = self.logs.get(term)
            if base is None:
                base = self._generator(sympy.exp, term, sympy.exp(self.back(term)), positive=True)
                self.powers[base] = term
            made *= base**q
        return made

    def turn(self, v: Any) -> tuple[Any, Any]:
        """Cosine and sine of v."""
        made = (S.One, S.Zero)
        for q, term in self.terms(v):
            made = _turned(made, self.turning(q, term))
        return made

    def turning(self, q: Any, term: Any) -> tuple[Any, Any]:
        """Cosine and sine of q*term."""
        if term == self.made.get(("constant", S.Pi)):
            found = sympy.cos(q * S.Pi), sympy.sin(q * S.Pi)
            if not any(each.has(sympy.cos, sympy.sin) for each in found):
                return self.put(found[0]), self.put(found[1])
        if term in self.inverses and q.is_Integer:
            function, u = self.inverses[term]
            root = self.power(1 - u**2, S.Half) if function is sympy.asin else self.power(1 + u**2, -S.Half)
            one, count = (root, u) if function is sympy.asin else (root, u * root), int(q)
        else:
            n = self.parts.get(self.back(term), 1)
            if n % q.q:
                raise _Finer(self.back(term), lcm(n, int(q.q)))
            count = int(q * n)
            t = self._generator("turn", term, sympy.tan(self.back(term) / (2 * n)))
            one = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
        if abs(count) > _MOST_TURNS:
            raise Unknown
        if count < 0:
            one = one[0], -one[1]
        found = S.One, S.Zero
        for _ in range(abs(count)):
            found = tuple(map(self.tidy, _turned(found, one)))
        return found

    def inverse(self, function: Any, u: Any) -> Any:
        """asin(u) or atan(u), a generator."""
        u = self.tidy(u)
        if u == 0:
            return S.Zero
        if u.could_extract_minus_sign():
            return -self.inverse(function, -u)
        value = function(self.back(u))
        if not value.has(function) and value.is_number:
            return self.put(value)
        found = self._generator(function, u, value)
        self.inverses[found] = function, u
        return found

    def recurring(self, equations: _Equations, u: Any) -> Any:
        """A function of which equations tell the values at u + 1 and at 1 - u, by one of its values: at an argument
        whose constant is from 0 to 1, and whose rest has no minus sign."""
        u = self.tidy(u)
        constant = _whole(*self.normal(u)[:2])
        rest = self.tidy(u - constant)
        if rest == 0 and not (value := equations.function(constant)).atoms(sympy.Function):
            return self.put(value)  # raises Unknown at a pole
        steps = int(sympy.floor(constant))
        if abs(steps) > _MOST_STEPS or rest == constant - steps == 0:
            raise Unknown
        if rest.could_extract_minus_sign() or (rest == 0 and constant - steps > S.Half):
            times, plus = equations.mirrored(self.back(1 - u))
            power = equations.power
            return self.put(times) * self.recurring(equations, 1 - u) ** power + self.put(plus)
        first = self.tidy(u - steps)
        meaning = equations.function(self.back(first))
        found = self._generator(equations.key, first, meaning)
        for k in range(abs(steps)):
            place = self.back(first + k if steps > 0 else first - k - 1)
            times, plus = map(self.put, equations.next(place))
            found = found * times + plus if steps > 0 else (found - plus) / times
        return found

    # ---------------------------------------------------------------------------------------------- fractions

    def tidy(self, u: Any) -> Any:
        """u as one fraction, with what cancels left out."""
        if u.is_Rational or u.is_Symbol:
            return self.sizes.get(u, u)
        top, bottom, roots = self.normal(u)
        made = sympy.cancel(top / bottom)
        return roots.back(made)

    def normal(self, u: Any) -> tuple[Any, Any, _Roots]:
        """u as a fraction of polynomials in the generators and roots of them, in which no power of a root is one of
        lower generators."""
        roots = _Roots(self, u)
        top, bottom = sympy.fraction(sympy.together(roots.put(u)))
        top, bottom = map(roots.reduced, (top, bottom))
        if bottom == 0:
            raise Unknown
        return top, bottom, roots


class _Equations:
    """The catalogue's equations of a function, or of its derivative of some order: by what its value is multiplied, and
    what is added, on the way from x to x + 1 and to 1 - x."""

    def __init__(self, function: Any, order: int = 0) -> None:
        name = function.__name__
        self.key, self.order = (name, order), order
        self.x = sympy.Dummy("x", real=True)
        self.own = symbolic.meaning(name, self.x)
        next, self.power, plus = self._equation(name, "next")
        self._next = next, plus.diff(self.x, order)
        times, self.power, plus = self._equation(name, "mirrored")
        self._mirrored = times * (-1) ** order, plus.diff(self.x, order) * (-1) ** order

    def _equation(self, name: str, which: str) -> tuple[Any, int, Any]:
        """a, n and b of a*f(x)^n + b."""
        tree = column(name, which)
        assert tree is not None
        value = sympy.Dummy("f", real=True)
        found = symbolic.to_sympy(tree).xreplace({symbolic.symbol("x"): self.x}).xreplace({self.own: value})
        power = 1 if found.is_polynomial(value) else -1
        return sympy.expand(found).coeff(value, power), power, sympy.expand(found).coeff(value, 0)

    def function(self, u: Any) -> Any:
        return self.own.diff(self.x, self.order).subs(self.x, u)

    def next(self, u: Any) -> list[Any]:
        return [each.subs(self.x, u) for each in self._next]

    def mirrored(self, u: Any) -> list[Any]:
        return [each.subs(self.x, u) for each in self._mirrored]


_equations = cache(_Equations)


class _Roots:
    """A root of each positive generator in an expression, of such a degree that all powers of it are whole.

    A variable whose size has a root is a power of that root; of any other root that power is a polynomial.
    """

    def __init__(self, g: Generators, u: Any) -> None:
        degrees: dict[Any, int] = {}
        todo, seen = [u], set[Any]()
        while todo:
            e = todo.pop()
            for each in e.free_symbols - seen:
                if each in g.sizes or each in g.powers:
                    seen.add(each)
                    degrees.setdefault(each, 1)
                    todo.append(g.sizes.get(each, S.Zero))
            for each in e.atoms(sympy.Pow):
                if each.base in degrees:
                    degrees[each.base] = lcm(degrees[each.base], int(each.exp.q))
        self.sizes = {base: value for base, value in g.sizes.items() if base in degrees}
        self.roots = {
            base: (base if n == 1 else sympy.Dummy(f"r{base.name}", positive=True), n)
            for base, n in degrees.items()
        }
        self.bases = {root: (base, n) for base, (root, n) in self.roots.items()}
        self.letters: dict[Any, Any] = {}
        for base, value in self.sizes.items():
            root, n = self.roots[base]
            if n > 1 and (value.is_Symbol or (-value).is_Symbol):
                self.letters |= {value: root**n} if value.is_Symbol else {-value: -(root**n)}
        self.relations = [  # in falling order: which power of a root is what
            (*self.roots[base], self.put(value))
            for base, value in reversed(self.sizes.items())
            if value not in self.letters and -value not in self.letters
        ]
        self.relations += [(flip, 2, S.One) for flip in g.flips]

    def put(self, u: Any) -> Any:
        """An expression with powers of roots."""
        changed = {base: root**n for base, (root, n) in self.roots.items()} | self.letters
        for each in u.atoms(sympy.Pow):
            if each.base in self.roots:
                root, n = self.roots[each.base]
                changed[each] = root ** (each.exp * n)
        return u.xreplace(changed)

    def back(self, u: Any) -> Any:
        """The same in the generators."""
        changed = {root: base ** sympy.Rational(1, n) for root, (base, n) in self.bases.items()}
        for each in u.atoms(sympy.Pow):
            if each.base in self.bases and each.exp.is_Integer:
                base, n = self.bases[each.base]
                whole, rest = divmod(int(each.exp), n)
                changed[each] = self.sizes.get(base, base) ** whole * base ** sympy.Rational(rest, n)
        return u.xreplace(changed)

    def reduced(self, polynomial: Any) -> Any:
        """A polynomial with powers of roots replaced by what they are."""
        polynomial = sympy.expand(polynomial)
        for root, n, value in self.relations:
            if not polynomial.has(root):
                continue
            made = S.Zero
            for (degree,), coefficient in sympy.Poly(polynomial, root).terms():
                made += coefficient * value ** (degree // n) * root ** (degree % n)
            polynomial = sympy.expand(made)
            if polynomial.is_Add and len(polynomial.args) > _MOST_TERMS:
                raise Unknown
        return polynomial


def _whole(top: Any, bottom: Any) -> Any:
    """The rational number in the polynomial part of a fraction: 1 of (x + 2)/(x + 1)."""
    gens = sorted(top.free_symbols | bottom.free_symbols, key=str)
    quotient = sympy.reduced(top, [bottom], *gens)[0][0] if gens else top / bottom
    return sympy.expand(quotient).as_coeff_Add()[0]


def _turned(one: tuple[Any, Any], other: tuple[Any, Any]) -> tuple[Any, Any]:
    """Cosine and sine of a sum."""
    return one[0] * other[0] - one[1] * other[1], one[0] * other[1] + one[1] * other[0]


# ----------------------------------------------------------------------------------------------- functions


def _absolute(g: Generators, u: Any) -> Any:
    return g.sign(u) * u


def _extreme(sign: int) -> Any:
    def choose(g: Generators, *args: Any) -> Any:
        best = args[0]
        for each in args[1:]:
            if g.sign(each - best) == sign:
                best = each
        return best

    return choose


def _sinh(g: Generators, u: Any) -> Any:
    e = g.exp(u)
    return (e - 1 / e) / 2


def _cosh(g: Generators, u: Any) -> Any:
    e = g.exp(u)
    return (e + 1 / e) / 2


def _tan(g: Generators, u: Any) -> Any:
    cosine, sine = g.turn(u)
    return sine / cosine


def _asin(g: Generators, u: Any) -> Any:
    return g.inverse(sympy.asin, u)


def _acos(g: Generators, u: Any) -> Any:
    return g.put(S.Pi) / 2 - g.inverse(sympy.asin, u)


def _atanh(g: Generators, u: Any) -> Any:
    return (g.log(1 + u) - g.log(1 - u)) / 2


def _gamma(g: Generators, u: Any) -> Any:
    return g.recurring(_equations(sympy.gamma), u)


def _polygamma(g: Generators, n: Any, u: Any) -> Any:
    if not (n.is_Integer and 0 <= n <= _MOST_ORDERS):
        raise Unknown
    return g.recurring(_equations(sympy.digamma, int(n)), u)


def _beta(g: Generators, u: Any, v: Any) -> Any:
    return _gamma(g, u) * _gamma(g, v) / _gamma(g, u + v)


def _binomial(g: Generators, n: Any, k: Any) -> Any:
    return _gamma(g, n + 1) / (_gamma(g, k + 1) * _gamma(g, n - k + 1))


def _lambert(g: Generators, u: Any) -> Any:
    u = g.tidy(u)
    found = g._generator(functions.LambertW, u, functions.LambertW(g.back(u)))
    g.roots_of_exp[found] = u
    return found


def _realroot(g: Generators, u: Any, n: Any) -> Any:
    if not (n.is_Integer and n.is_odd):
        raise Unknown
    return g.sign(u) * g.power(u, 1 / n, size=True)


_MEANINGS: dict[Any, Any] = {
    sympy.log: Generators.log,
    sympy.Abs: _absolute,
    functions.absolute: _absolute,
    sympy.sign: Generators.sign,
    functions.signum: Generators.sign,
    sympy.Heaviside: lambda g, u, *_: (1 + _absolute(g, u) / u) / 2,
    sympy.Max: _extreme(1),
    sympy.Min: _extreme(-1),
    functions.realroot: _realroot,
    sympy.sin: lambda g, u: g.turn(u)[1],
    sympy.cos: lambda g, u: g.turn(u)[0],
    sympy.tan: _tan,
    sympy.cot: lambda g, u: 1 / _tan(g, u),
    sympy.sec: lambda g, u: 1 / g.turn(u)[0],
    sympy.csc: lambda g, u: 1 / g.turn(u)[1],
    sympy.sinh: _sinh,
    sympy.cosh: _cosh,
    sympy.tanh: lambda g, u: _sinh(g, u) / _cosh(g, u),
    sympy.coth: lambda g, u: _cosh(g, u) / _sinh(g, u),
    sympy.sech: lambda g, u: 1 / _cosh(g, u),
    sympy.csch: lambda g, u: 1 / _sinh(g, u),
    sympy.asinh: lambda g, u: g.log(u + g.power(u**2 + 1, S.Half)),
    sympy.acosh: lambda g, u: g.log(u + g.power(u**2 - 1, S.Half)),
    sympy.atanh: _atanh,
    sympy.acoth: lambda g, u: g.log((u + 1) / (u - 1)) / 2,
    sympy.asech: lambda g, u: g.log((1 + g.power(1 - u**2, S.Half)) / u),
    sympy.acsch: lambda g, u: g.log(1 / u + g.power(1 + u**-2, S.Half)),
    sympy.asin: _asin,
    sympy.acos: _acos,
    sympy.atan: lambda g, u: g.inverse(sympy.atan, u),
    sympy.acot: lambda g, u: g.inverse(sympy.atan, 1 / u),
    sympy.asec: lambda g, u: _acos(g, 1 / u),
    sympy.acsc: lambda g, u: _asin(g, 1 / u),
    sympy.erfc: lambda g, u: 1 - g.put(sympy.erf(g.back(u))),
    functions.sigmoid: lambda g, u: 1 / (1 + 1 / g.exp(u)),
    functions.softplus: lambda g, u: g.log(1 + g.exp(u)),
    functions.LambertW: _lambert,
    sympy.gamma: _gamma,
    sympy.factorial: lambda g, u: _gamma(g, u + 1),
    sympy.loggamma: lambda g, u: g.log(_gamma(g, u)),
    sympy.polygamma: _polygamma,
    sympy.beta: _beta,
    sympy.binomial: _binomial,
}  # fmt: skip


# -------------------------------------------------------------------------------------------------- proofs


class Near:
    """Signs near a place, of functions of one variable."""

    def __init__(self, name: str, place: Fraction) -> None:
        self.x, self.place = symbolic.symbol(name), place
        self.name = name

    def value(self, meaning: Any) -> numeric.Value:
        tree = symbolic.from_sympy(meaning)
        return symbolic.evaluate(substitute(tree, {Name(self.name): rational(self.place)}))

    def __call__(self, g: Generators, factor: Any) -> int:
        sign = numeric.sign(self.value(g.back(factor)))
        if not sign:
            raise Unknown
        return sign

    def moves(self, v: Any) -> bool:
        return True


class _Assumed:
    """Signs that are assumed for factors, as long as they last; ``x`` is the variable that moves."""

    def __init__(self, x: Any, signs: dict[Any, int]) -> None:
        self.x, self.assumed = x, signs

    def __call__(self, g: Generators, factor: Any) -> int:
        meaning = g.back(factor)
        found = self.assumed.get(meaning) or self._deduced(meaning)
        if found is None:
            raise _Undecided(meaning)
        return found

    def _deduced(self, factor: Any) -> int | None:
        """The sign that follows from those assumed, by putting positive letters in for them."""
        if not factor.is_polynomial():
            return None
        assumed = dict(self.assumed)
        while found := next(((each, v) for each in assumed for v in _linear(each)), None):
            each, v = found
            letter = sympy.Dummy(positive=True)
            value = (assumed.pop(each) * letter - each.coeff(v, 0)) / each.coeff(v, 1)
            assumed = {sympy.expand(other.subs(v, value)): sign for other, sign in assumed.items()}
            factor = factor.subs(v, value)
        factor = sympy.expand(factor)
        return 1 if factor.is_positive else -1 if factor.is_negative else None

    def moves(self, v: Any) -> bool:
        """Is an exponent a number, or moving with the variable?"""
        return bool(v.is_number or v.has(self.x))


def _linear(e: Any) -> Iterator[Any]:
    """The variables of which e is a number times them, and others."""
    for v in sorted(e.free_symbols, key=str):
        if not v.is_positive and e.is_polynomial(v) and sympy.degree(e, v) == 1 and e.coeff(v, 1).is_number:
            yield v


def near(one: Any, other: Any, name: str, place: Fraction) -> bool:
    """Is one equal to other near a place at which both have a value, and beside which no sign changes?"""
    return (
        _asked(lambda g: _vanishes(g, g.put(one) - g.put(other), g.signs, _MOST_NORMS), Near(name, place))
        is True
    )


def everywhere(root: Node, one: Any, other: Any, name: str, assumed: Sequence[Node] = ()) -> bool:
    """Is one, the derivative of ``root`` by ``name``, equal to other wherever both have values, whatever signs their
    parts have under what is ``assumed``?"""

    def vanishes(g: Generators) -> bool | None:
        try:
            gap = g.put(one) - g.put(other)
        except NotReal:  # one of them has no value with these signs
            return None
        return _vanishes(g, gap, g.signs, _MOST_NORMS)

    return _in_every_case(root, name, assumed, vanishes)


def implied(root: Node, gap: Any, name: str, assumed: Sequence[Node] = ()) -> bool:
    """Is ``gap`` above 0, or 0, wherever ``root`` has a derivative by ``name``?"""
    return _in_every_case(root, name, assumed, lambda g: g.sign(g.put(gap)) >= 0)


def _is_real(g: Generators, given: Iterable[tuple[str, Any]], powers: Iterable[Any]) -> bool:
    """May there be values, with these signs?"""
    for function, gap in given:
        with suppress(Unknown):
            if g.sign(g.put(gap)) == {"<": 1, "<=": 1, ">": -1, ">=": -1}.get(function):
                return False
    for each in powers:  # whose condition is none on a sign alone
        with suppress(Unknown):
            g.put(each)
    return True


def _in_every_case(
    root: Node, name: str, assumed: Sequence[Node], asked: Callable[[Generators], bool | None]
) -> bool:
    """Is something so whatever signs factors have, as long as ``root`` has values and what is ``assumed`` holds?

    Of a point at which root has a derivative, the points beside it along the variable are of one of these cases each
    (by continuity that is enough), unless a factor is 0 all along that line. Then what is so beside the line need not
    hold on it if root jumps there, or has no values beside it.
    """
    x = symbolic.symbol(name)
    calls = [node for node in postorder(root) if isinstance(node, Call)]
    powers = [symbolic.to_sympy(node) for node in calls if node.function == "**"]
    required = (*conditions(root, always=True), *assumed)
    given = [each for each in map(against_zero, required) if each is not None]

    def in_case(g: Generators) -> bool | None:
        try:
            if not _is_real(g, given, powers):
                return None
        except NotReal:
            return None
        return asked(g)

    todo: list[dict[Any, int]] = [{}]
    factors: set[Any] = set()
    answers: set[bool | None] = set()
    while todo:
        signs = todo.pop()
        try:
            answers.add(_asked(in_case, _Assumed(x, signs)))
        except _Undecided as undecided:
            if len(signs) == _MOST_SIGNS:
                return False
            factors.add(undecided.args[0])
            todo += [{**signs, undecided.args[0]: sign} for sign in (1, -1)]
        if False in answers:
            return False
    if answers == {True} and not any(map(jumps, calls)):
        return True
    return True in answers and not any(_may_vanish_along(each, x, root, assumed) for each in factors)


def _may_vanish_along(factor: Any, x: Any, root: Node, assumed: Sequence[Node]) -> bool:
    """May a factor be 0 all along x, for values of the parameters for which root has values?"""
    parameters = factor.free_symbols - {x}
    if not parameters:
        return False
    if factor.is_polynomial(x) and factor.has(x):
        return not any(each.is_number for each in sympy.Poly(factor, x).coeffs())
    for each in sorted(parameters, key=str):
        if not factor.has(x) and factor.is_polynomial(each) and sympy.degree(factor, each) == 1:
            slope = factor.coeff(each, 1)
            if slope.is_number:
                there: dict[Node, Node] = {
                    Name(each.name): symbolic.from_sympy(-factor.coeff(each, 0) / slope)
                }
                excluded = any(kinks.truth(substitute(one, there)) is False for one in assumed)
                return not excluded and not nowhere(substitute(root, there))
    return True


def _asked(asked: Callable[[Generators], bool | None], signs: Any) -> bool | None:
    parts: dict[Any, int] = {}
    while True:
        try:
            return asked(Generators(signs, parts))
        except _Finer as finer:
            term, n = finer.args
            parts[term] = n
        except (NotReal, Unknown, *symbolic.ALL_FAILURES):
            return False


def _vanishes(g: Generators, gap: Any, signs: Any, norms: int) -> bool:
    top, _, roots = g.normal(gap)
    if top == 0:
        return True
    if not isinstance(signs, Near):
        return False
    gap = _related(g, roots.back(top), signs)
    top, _, roots = g.normal(gap)
    if top == 0:
        return True
    return norms > 0 and _has_norm_zero(g, top, roots, signs, norms - 1)


def _has_norm_zero(g: Generators, top: Any, roots: _Roots, signs: Near, norms: int) -> bool:
    """Is a + b*sqrt(p) zero near the place because a^2 - b^2*p is, and a - b*sqrt(p) is not?"""
    for root, n, value in roots.relations:
        if n == 2 and top.has(root):
            a, b = top.coeff(root, 0), top.coeff(root, 1)
            if not numeric.sign(signs.value(g.back(roots.back(a - b * root)))):
                return False
            return _vanishes(g, roots.back(sympy.expand(a**2 - b**2 * value)), signs, norms)
    return False


def _related(g: Generators, gap: Any, signs: Near) -> Any:
    """gap with logarithms and inverse functions replaced by others, from which they differ by constants."""
    free = gap.free_symbols
    kinds = [each for each in (*g.logs, *g.inverses) if each in free and g.meaning[each].has(signs.x)]
    if not kinds:
        return gap
    letters = [sympy.Dummy(f"c{i}") for i in range(len(kinds) + 1)]
    slopes = [S.One, *(g.put(sympy.diff(g.meaning[each], signs.x)) for each in kinds)]
    total, _, _ = g.normal(sympy.Add(*(c * slope for c, slope in zip(letters, slopes, strict=True))))
    others = sorted(total.free_symbols - set(letters), key=lambda each: each.name)
    equations = sympy.Poly(total, *others).coeffs() if others else [total]
    for vector in sympy.Matrix([[each.coeff(c) for c in letters] for each in equations]).nullspace():
        last = max(i for i, each in enumerate(vector) if each != 0)
        if last == 0:
            continue
        parts = dict(zip((signs.x, *kinds), vector, strict=True))
        constant = _constant(g, {each: c for each, c in parts.items() if c != 0}, signs)
        free = parts.pop(kinds[last - 1])
        rest = sympy.Add(*(c * each for each, c in parts.items()))
        gap = gap.xreplace({kinds[last - 1]: (constant - rest) / free})
    return gap


def _constant(g: Generators, parts: dict[Any, Any], signs: Near) -> Any:
    """The value of a sum that is constant near the place: logarithms whose numbers have a constant product, and angles
    that come to a part of pi."""
    whole = int(sympy.ilcm(1, *(c.q for c in parts.values())))
    inside, turned, angle = S.One, (S.One, S.Zero), S.Zero
    turning = any(each in g.inverses for each in parts)
    for each, c in parts.items():
        if each in g.logs:
            inside *= g.logs[each] ** (c * whole)
        elif turning:
            turned = _turned(turned, g.turning(c * whole, each))
            angle += c * g.meaning.get(each, each)
        else:
            inside *= g.exp(c * whole * each)
    value = signs.value(angle)
    if not isinstance(value, Fraction | numeric.Ball):
        raise Unknown
    part = float(numeric.as_mpf(value, 20) / numeric.mp.pi)
    turns = sympy.Rational(round(part * _PARTS_OF_PI), _PARTS_OF_PI)
    cosine, sine = g.turn(whole * turns * g.put(S.Pi))
    # what the sum of angles is, but for a multiple of pi/whole
    if abs(part - float(turns)) * whole > _SMALL or g.normal(turned[1] * cosine - turned[0] * sine)[0] != 0:
        raise Unknown
    return g.log(inside) / whole + g.put(turns * S.Pi)
