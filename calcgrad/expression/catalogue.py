"""What the language knows: one row per function and operator; everything else is derived from here.

    find("arcsin", 1).name              # "asin"
    find("max", 1).name, find("max", 2).name    # "max" (over an array), "Max" (of several)

Meanings in NumPy and SymPy are names, not imports, so loading this table costs nothing; each
engine resolves its own column, looking first among its own definitions and then in the library.
What engines need to know of a function is written in this very language over the row's parameters, as
conditions, expressions or lists of them ('' where there is nothing to say), and read by ``columns``. An engine that
asks for a column knows every function; none keeps a table of their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Any

OTHER_ULPS = 256.0  # of what is made of several functions, or of series


@dataclass(frozen=True, slots=True)
class Row:
    """One function: its parameters, its meaning for each engine, where it is defined, where it bends."""

    name: str
    parameters: tuple[str, ...]  # a trailing "..." takes any number more
    optional: int = 0  # how many of the last parameters may be left out
    aliases: tuple[str, ...] = ()
    numpy: str = ""
    sympy: str = ""
    domain: str = ""  # where it is real and defined
    poles: str = ""  # where outside its domain it is undefined; elsewhere there it is not real
    kinks: str = ""  # where inside its domain it is not analytic
    jumps: bool = False  # is not continuous at its kinks
    steps: bool = False  # is constant between its kinks
    definition: str = ""  # by other functions, true wherever this one is defined
    next: str = ""  # its value at x + 1, by its value at x
    mirrored: str = ""  # its value at 1 - x, by its value at x
    inverse: str = ""  # on its principal branch
    preimages: str = ""  # every argument that has the value x, and perhaps others; '' if the inverse is all
    pieces: str = ""  # what it is where its argument is negative, 0, positive: each analytic, at 0 too
    range: str = ""  # bounds of its values
    period: str = ""
    waves: str = ""  # the angle in which it goes up and down for ever
    zeros: str = ""  # all of them, where no inverse tells
    exact: str = ""  # the rational argument at which the value is rational, and that value
    orders: int = 0  # how many of the first arguments engines count up to
    largest: int = 0  # the greatest rational argument that is worked out exactly; 0 for any
    any_size: bool = False  # arguments of any size cost the same, and values are not much larger
    ulps: float = OTHER_ULPS  # how wrong NumPy's value is at most, in units of the last place
    saturates: bool = (
        False  # an overflow in the argument does not spoil the value: it stays one, or does not matter
    )
    printed: bool = False  # has a name in other languages, where most of what has a definition has none
    latex: str = ""  # its word, or with # for an argument (#1, #2 for several) the whole call
    help: str = ""
    array: bool = False  # takes or makes whole arrays, where the others work element by element

    @property
    def least(self) -> int:
        return len(self.parameters) - self.optional - (self.parameters[-1:] == ("...",))

    @property
    def most(self) -> int | None:
        return None if self.parameters[-1:] == ("...",) else len(self.parameters)

    def accepts(self, count: int) -> bool:
        return count >= self.least and (self.most is None or count <= self.most)

    @property
    def signature(self) -> str:
        needed = len(self.parameters) - self.optional
        extra = "".join(f"[, {name}]" for name in self.parameters[needed:])
        return f"{self.name}({', '.join(self.parameters[:needed])}{extra})"


def _row(name: str, parameters: str, aliases: str = "", **said: Any) -> Row:
    engines = {"numpy": name, "sympy": name}
    return Row(name, tuple(parameters.split()), aliases=tuple(aliases.split()), **{**engines, **said})


def shorthand(name: str, parameters: str, definition: str, help: str, aliases: str = "") -> Row:
    """A row that has nothing but its definition."""
    return _row(name, parameters, aliases, help=help, numpy="", sympy="", definition=definition)


_POWER_DOMAIN = "x > 0 or n == floor(n) and (x != 0 or n >= 0) or x == 0 and n > 0"
_POLES_AT_0_MINUS_1 = "x > 0 or x != floor(x)"

OPERATORS = (
    _row("+", "x y", numpy="add", sympy="Add", ulps=1, saturates=True, help="sum"),
    _row("-", "x y", numpy="subtract", sympy="Sub", ulps=1, saturates=True, help="difference"),
    _row("*", "x y", numpy="multiply", sympy="Mul", ulps=1, help="product"),
    _row("/", "x y", numpy="divide", sympy="Div", domain="y != 0", poles="True", ulps=1, help="quotient"),
    _row("**", "x n", numpy="power", sympy="Pow", domain=_POWER_DOMAIN,
         kinks="x == 0 and n != floor(n)", poles="x == 0", ulps=8,
         help="power: principal, so x**(1/3) is real for x >= 0 only"),
    _row("neg", "x", numpy="negative", sympy="Neg", preimages="[-x]", ulps=0, saturates=True, help="minus"),
    _row("@", "a b", numpy="matmul", array=True, help="matrix product"),
    _row("<", "x y", numpy="less", sympy="Lt", kinks="x == y", help="less than"),
    _row("<=", "x y", numpy="less_equal", sympy="Le", kinks="x == y", help="at most"),
    _row(">", "x y", numpy="greater", sympy="Gt", kinks="x == y", help="greater than"),
    _row(">=", "x y", numpy="greater_equal", sympy="Ge", kinks="x == y", help="at least"),
    _row("==", "x y", "Eq", numpy="equal", sympy="Eq", kinks="x == y", help="equal"),
    _row("!=", "x y", "Ne", numpy="not_equal", sympy="Ne", kinks="x == y", help="not equal"),
    _row("&", "p q", "And", numpy="logical_and", sympy="And", help="both conditions"),
    _row("|", "p q", "Or", numpy="logical_or", sympy="Or", help="either condition"),
    _row("~", "p", "Not", numpy="logical_not", sympy="Not", help="not the condition"),
)  # fmt: skip

FUNCTIONS = (
    _row("exp", "x", range="[0, oo]", exact="[0, 1]", largest=10**4, ulps=8, saturates=True, inverse="log(x)",
         help="e**x"),
    _row("log", "x", "ln", domain="x > 0", poles="x == 0", exact="[1, 0]", any_size=True, ulps=8,
         latex=r"\ln", inverse="exp(x)", help="natural logarithm"),
    _row("log2", "x", "lb ld", domain="x > 0", poles="x == 0", ulps=8, latex=r"\log_{2}",
         definition="log(x)/log(2)", inverse="2**x", sympy="", help="logarithm to base 2"),
    _row("log10", "x", "lg", domain="x > 0", poles="x == 0", ulps=8, latex=r"\log_{10}",
         definition="log(x)/log(10)", inverse="10**x", sympy="", help="logarithm to base 10"),
    _row("log1p", "x", domain="x > -1", poles="x == -1", exact="[0, 0]", any_size=True, ulps=8,
         definition="log(1 + x)", inverse="expm1(x)", sympy="", help="log(1 + x)"),
    _row("expm1", "x", exact="[0, 0]", largest=10**4, ulps=8, definition="exp(x) - 1", inverse="log1p(x)", sympy="",
         help="exp(x) - 1"),
    _row("sqrt", "x", domain="x >= 0", kinks="x == 0", preimages="[x**2]", range="[0, oo]", any_size=True, ulps=1,
         latex=r"\sqrt{#1}", help="square root"),
    _row("cbrt", "x", kinks="x == 0", ulps=8,
         latex=r"\sqrt[3]{#1}", definition="root(x, 3)", inverse="x**3", sympy="",
         help="real cube root: cbrt(-8) is -2"),
    _row("root", "x n", "nthroot nroot surd",
         domain="n != 0 and (x > 0 or x == 0 and n > 0 or x < 0 and n == 2*floor(n/2) + 1)",
         kinks="x == 0 and n != 1", poles="x == 0", any_size=True, latex=r"\sqrt[#2]{#1}",
         help="real n-th root; of negative numbers for odd n"),
    _row("sin", "x", "sen", range="[-1, 1]", period="2*pi", waves="x", exact="[0, 0]", ulps=8, latex=r"\sin",
         inverse="asin(x)", help="sine (radians)"),
    _row("cos", "x", range="[-1, 1]", period="2*pi", waves="x", exact="[0, 1]", ulps=8, latex=r"\cos",
         inverse="acos(x)", help="cosine"),
    _row("tan", "x", "tg", domain="cos(x) != 0", poles="True", period="pi", waves="x", exact="[0, 0]", ulps=8,
         printed=True,
         latex=r"\tan", definition="sin(x)/cos(x)", inverse="atan(x)", help="tangent"),
    _row("cot", "x", "ctg cotg cotan", domain="sin(x) != 0", poles="True", period="pi", waves="x", latex=r"\cot",
         definition="cos(x)/sin(x)", inverse="acot(x)", help="cotangent"),
    _row("sec", "x", domain="cos(x) != 0", poles="True", period="2*pi", waves="x", exact="[0, 1]", latex=r"\sec",
         definition="1/cos(x)", inverse="asec(x)", help="secant"),
    _row("csc", "x", "cosec", domain="sin(x) != 0", poles="True", period="2*pi", waves="x", latex=r"\csc",
         definition="1/sin(x)",
         inverse="acsc(x)", help="cosecant"),
    _row("asin", "x", "arcsin arcsen", numpy="arcsin", domain="x >= -1 and x <= 1", kinks="x == -1 or x == 1",
         range="[-pi/2, pi/2]", exact="[0, 0]", ulps=8, latex=r"\arcsin", inverse="sin(x)", help="inverse sine"),
    _row("acos", "x", "arccos", numpy="arccos", domain="x >= -1 and x <= 1", kinks="x == -1 or x == 1",
         range="[0, pi]", exact="[1, 0]", ulps=8, latex=r"\arccos", inverse="cos(x)", help="inverse cosine"),
    _row("atan", "x", "arctan arctg", numpy="arctan", range="[-pi/2, pi/2]", exact="[0, 0]", ulps=8, saturates=True,
         latex=r"\arctan", inverse="tan(x)", help="inverse tangent"),
    _row("acot", "x", "arccot", kinks="x == 0", jumps=True, pieces="[-pi/2 - atan(x), pi/2, pi/2 - atan(x)]",
         range="[-pi/2, pi/2]", definition="where(x == 0, pi/2, atan(1/x))", inverse="cot(x)",
         help="inverse cotangent, atan(1/x); pi/2 at 0"),
    _row("asec", "x", "arcsec", domain="x <= -1 or x >= 1", kinks="x == -1 or x == 1", range="[0, pi]",
         definition="acos(1/x)", inverse="sec(x)", help="inverse secant"),
    _row("acsc", "x", "arccsc", domain="x <= -1 or x >= 1", kinks="x == -1 or x == 1", range="[-pi/2, pi/2]",
         definition="asin(1/x)", inverse="csc(x)", help="inverse cosecant"),
    _row("sinh", "x", "sh senh", exact="[0, 0]", largest=10**4, ulps=8, saturates=True, latex=r"\sinh",
         inverse="asinh(x)", help="hyperbolic sine"),
    _row("cosh", "x", "ch", preimages="[acosh(x), -acosh(x)]", range="[1, oo]", exact="[0, 1]", largest=10**4, ulps=8,
         saturates=True, latex=r"\cosh", inverse="acosh(x)", help="hyperbolic cosine"),
    _row("tanh", "x", "th tgh", range="[-1, 1]", exact="[0, 0]", ulps=8, saturates=True, latex=r"\tanh",
         inverse="atanh(x)",
         help="hyperbolic tangent"),
    _row("coth", "x", "cth ctgh cotgh", domain="x != 0", poles="True", latex=r"\coth", definition="1/tanh(x)",
         inverse="acoth(x)",
         help="hyperbolic cotangent"),
    _row("sech", "x", preimages="[asech(x), -asech(x)]", range="[0, 1]", exact="[0, 1]", definition="1/cosh(x)",
         inverse="asech(x)", help="hyperbolic secant"),
    _row("csch", "x", "cosech", domain="x != 0", poles="True", definition="1/sinh(x)", inverse="acsch(x)",
         help="hyperbolic cosecant"),
    _row("asinh", "x", "arcsinh arsinh argsinh argsh arsh arcsenh arsenh", numpy="arcsinh", exact="[0, 0]", ulps=8,
         inverse="sinh(x)", help="inverse hyperbolic sine"),
    _row("acosh", "x", "arccosh arcosh argcosh argch arch", numpy="arccosh", domain="x >= 1", kinks="x == 1",
         range="[0, oo]", exact="[1, 0]", ulps=8, inverse="cosh(x)", help="inverse hyperbolic cosine"),
    _row("atanh", "x", "arctanh artanh argtanh argth arth arctgh artgh", numpy="arctanh", domain="x > -1 and x < 1",
         poles="x == -1 or x == 1", exact="[0, 0]", ulps=8, inverse="tanh(x)", help="inverse hyperbolic tangent"),
    _row("acoth", "x", "arccoth", domain="x < -1 or x > 1", poles="x == -1 or x == 1", definition="atanh(1/x)",
         inverse="coth(x)", help="inverse hyperbolic cotangent"),
    _row("asech", "x", "arcsech", domain="x > 0 and x <= 1", kinks="x == 1", poles="x == 0", range="[0, oo]",
         definition="acosh(1/x)", inverse="sech(x)", help="inverse hyperbolic secant"),
    _row("acsch", "x", "arccsch", domain="x != 0", poles="True", definition="asinh(1/x)", inverse="csch(x)",
         help="inverse hyperbolic cosecant"),
    _row("atan2", "y x", "arctan2", numpy="arctan2", domain="x != 0 or y != 0", kinks="y == 0 and x < 0",
         poles="True", jumps=True, ulps=8, help="angle of the point (x, y)"),
    _row("hypot", "x y", kinks="x == 0 and y == 0", range="[0, oo]", any_size=True, ulps=8,
         definition="sqrt(x**2 + y**2)", sympy="", help="sqrt(x**2 + y**2)"),
    _row("abs", "x", "Abs absolute fabs", sympy="absolute", kinks="x == 0", pieces="[-x, 0, x]",
         range="[0, oo]", ulps=0, saturates=True, latex=r"\left|#1\right|", help="absolute value, |x|"),
    _row("sign", "x", "sgn signum", kinks="x == 0", sympy="signum", jumps=True, steps=True, pieces="[-1, 0, 1]",
         range="[-1, 1]", any_size=True, ulps=0, help="-1, 0 or 1"),
    _row("floor", "x", kinks="x == floor(x)", jumps=True, steps=True, ulps=0, latex=r"\left\lfloor #1 \right\rfloor",
         help="greatest integer at most x"),
    _row("ceiling", "x", "ceil", numpy="ceil", kinks="x == floor(x)", jumps=True, steps=True, ulps=0,
         latex=r"\left\lceil #1 \right\rceil", help="least integer at least x"),
    _row("Max", "x y ...", "max maximum", numpy="maximum", kinks="x == y", ulps=0, saturates=True, latex=r"\max",
         help="the greatest of its arguments"),
    _row("Min", "x y ...", "min minimum", numpy="minimum", kinks="x == y", ulps=0, saturates=True, latex=r"\min",
         help="the least of its arguments"),
    _row("Piecewise", "x p ...", numpy="where", jumps=True,
         help="Piecewise((a, cond), ..., (b, True)): first that holds"),
    _row("Heaviside", "x", "heaviside", numpy="heaviside", kinks="x == 0", jumps=True, steps=True,
         pieces="[0, 1/2, 1]", range="[0, 1]", ulps=0, definition="(1 + sign(x))/2",
         help="0 below zero, 1/2 at it, 1 above"),
    _row("factorial", "x", "fact", domain="x >= 0 or x != floor(x)", poles="True", largest=70,
         definition="gamma(x + 1)", help="x!, which is gamma(x + 1)"),
    _row("gamma", "x", domain=_POLES_AT_0_MINUS_1, poles="True", largest=70, latex=r"\Gamma", next="x*gamma(x)",
         mirrored="pi/(sin(pi*x)*gamma(x))", help="gamma function"),
    _row("loggamma", "x", "lgamma gammaln", domain="x > 0", poles="x == 0", largest=70, printed=True,
         latex=r"\log\Gamma", definition="log(gamma(x))", help="log(gamma(x))"),
    _row("digamma", "x", domain=_POLES_AT_0_MINUS_1, poles="True", largest=70,
         definition="polygamma(0, x)", sympy="", next="digamma(x) + 1/x", mirrored="digamma(x) + pi/tan(pi*x)",
         help="derivative of loggamma"),
    _row("polygamma", "n x", domain="n >= 0 and n == floor(n) and (x > 0 or x != floor(x))", poles="True", orders=1,
         largest=70, help="n-th derivative of digamma"),
    _row("beta", "x y", domain="(x > 0 or x != floor(x)) and (y > 0 or y != floor(y))", poles="True", largest=70,
         latex=r"\operatorname{B}", help="gamma(x)*gamma(y)/gamma(x + y)"),
    _row("binomial", "n k", "binom comb nCr nchoosek", domain="n >= 0 or n != floor(n)", poles="True", orders=2,
         largest=70, latex=r"\binom{#1}{#2}", help="binomial coefficient"),
    _row("erf", "x", range="[-1, 1]", zeros="[0]", exact="[0, 0]", saturates=True, help="error function"),
    _row("erfc", "x", range="[0, 2]", exact="[0, 1]", printed=True, definition="1 - erf(x)", help="1 - erf(x)"),
    _row("fresnels", "x", range="[-fresnels(sqrt(2)), fresnels(sqrt(2))]", waves="pi*x**2/2", zeros="[0]",
         exact="[0, 0]", saturates=True, help="Fresnel's sine integral, of sin(pi*t**2/2) from 0 to x"),
    _row("fresnelc", "x", range="[-fresnelc(1), fresnelc(1)]", waves="pi*x**2/2", zeros="[0]", exact="[0, 0]",
         saturates=True, help="Fresnel's cosine integral, of cos(pi*t**2/2) from 0 to x"),
    _row("zeta", "x", domain="x != 1", poles="True", largest=70, latex=r"\zeta", help="Riemann's zeta function"),
    _row("Ei", "x", "expi", domain="x != 0", poles="True", help="exponential integral"),
    _row("LambertW", "x", "lambertw", domain="x >= -exp(-1)", kinks="x == -exp(-1)", preimages="[x*exp(x)]",
         exact="[0, 0]", help="the w >= -1 with w*exp(w) = x"),
    _row("besselj", "n x", domain="x > 0 or n == floor(n) or x == 0 and n > 0", kinks="x == 0 and n != floor(n)",
         waves="x", orders=1, largest=70,
         latex=r"\operatorname{J}_{#1}\left(#2\right)", help="Bessel function, first kind"),
    _row("bessely", "n x", domain="x > 0", poles="x == 0", waves="x", orders=1, largest=70,
         latex=r"\operatorname{Y}_{#1}\left(#2\right)", help="Bessel function, second kind"),
    _row("relu", "x", "ReLU", kinks="x == 0", pieces="[0, 0, x]", range="[0, oo]", ulps=0, saturates=True,
         definition="Max(x, 0)", sympy="", help="max(x, 0)"),
    _row("sigmoid", "x", "expit", preimages="[log(x/(1 - x))]", range="[0, 1]", saturates=True,
         definition="1/(1 + exp(-x))", help="1/(1 + exp(-x))"),
    _row("softplus", "x", preimages="[log(exp(x) - 1)]", range="[0, oo]", definition="log(1 + exp(x))",
         help="log(1 + exp(x))"),
    _row("logsumexp", "a", array=True, help="log(sum(exp(a)))"),
    _row("softmax", "a", array=True, range="[0, 1]", help="exp(a)/sum(exp(a))"),
    _row("dot", "a b", array=True, help="inner or matrix product"),
    _row("sum", "a axis", optional=1, array=True, help="sum of the elements"),
    _row("mean", "a axis", optional=1, array=True, help="their mean"),
    _row("prod", "a axis", optional=1, array=True, help="their product"),
    _row("norm", "a", numpy="linalg.norm", array=True, range="[0, oo]", latex=r"\left\|#1\right\|",
         help="Euclidean norm"),
    _row("max", "a", "Max", array=True, latex=r"\max", help="the greatest element"),
    _row("min", "a", "Min", array=True, latex=r"\min", help="the least element"),
    _row("transpose", "a", array=True, help="axes reversed"),
    _row("arange", "start stop step", optional=2, array=True, help="numbers from start up to stop, left out"),
    _row("linspace", "start stop num", optional=1, array=True, help="num numbers evenly from start to stop"),
    _row("zeros", "shape ...", array=True, help="array of zeros"),
    _row("ones", "shape ...", array=True, help="array of ones"),
    _row("detach", "x", any_size=True, ulps=0, help="the value, held constant when differentiating"),
)  # fmt: skip

# where is read into Piecewise by the parser; it stands here so that hints and the help page know it
WHERE = _row(
    "where",
    "p x y",
    "if ifelse iif",
    help="x where the condition p holds, else y: Piecewise((x, p), (y, True))",
)

ROWS = {row.name: row for row in (*OPERATORS, *FUNCTIONS)}

_BY_WORD: dict[str, list[Row]] = {}
for _each in (WHERE, *FUNCTIONS):
    for _word in (_each.name, *_each.aliases):
        _BY_WORD.setdefault(_word, []).append(_each)
for _each in OPERATORS:  # Eq, Ne, And, Or, Not
    for _word in _each.aliases:
        _BY_WORD.setdefault(_word, []).append(_each)


def known(word: str) -> bool:
    return word in _BY_WORD


def find(word: str, count: int) -> Row | None:
    """The row that ``word`` names with ``count`` arguments; None where no row takes that many."""
    return next((row for row in _BY_WORD.get(word, ()) if row.accepts(count)), None)


def rows_of(word: str) -> list[Row]:
    return _BY_WORD.get(word, [])


# what people call functions, where no letter has slipped
_CALLED = {
    called: function
    for function, calls in {
        "sin": "sine sinus seno", "cos": "cosine cosinus kosinus coseno", "tan": "tangent tangens tangente",
        "cot": "cotangent cotangens kotangens", "sec": "secant", "csc": "cosecant", "asin": "arcsine",
        "acos": "arccosine", "atan": "arctangent", "cbrt": "cuberoot",
        "sqrt": "squareroot sqroot wurzel raiz racine radice",
        "log": "logarithm", "exp": "exponential", "abs": "modulus absval betrag",
        "binomial": "choose", "sum": "total", "mean": "average", "sigmoid": "logistic",
        "Heaviside": "step theta", "relu": "ramp", "digamma": "psi", "floor": "int", "where": "cases",
    }.items()
    for called in calls.split()
}  # fmt: skip


def similar(word: str, words: frozenset[str] | set[str] = frozenset()) -> str | None:
    """The known function, or one of ``words``, that a mistyped or a longer one means.

    One slip is allowed, two in a long word; a short word with another letter in it is another word.
    """
    if len(word) > 40:
        return None
    typed = word.lower()
    if typed in _CALLED:
        return _CALLED[typed]
    close: list[tuple[int, int, bool, str]] = []
    for known in dict.fromkeys([*_BY_WORD, *sorted(words)]):
        slips = _slips(typed, known.lower()) if abs(len(known) - len(typed)) <= 2 else len(typed)
        other = len(typed) < 4 and (
            len(known) < 3 or (len(known) == len(typed) and sorted(known) != sorted(typed))
        )
        if not slips or (slips <= (2 if len(typed) > 6 else 1) and not other):
            alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(typed, known.lower())))
            close.append((slips, -alike, known != known.lower(), known))
    return min(close, key=lambda each: each[:3])[3] if close else None


def _slips(one: str, other: str) -> int:
    """Letters too few, too many, wrong or changed about (Damerau 1964, each place once)."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one):
        row = [i + 1]
        for j, b in enumerate(other):
            row.append(min(rows[-1][j + 1] + 1, row[j] + 1, rows[-1][j] + (a != b)))
            if i and j and a == other[j - 1] and one[i - 1] == b:
                row[-1] = min(row[-1], rows[-2][j - 1] + 1)
        rows.append(row)
    return rows[-1][-1]
