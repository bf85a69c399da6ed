"""Is what the catalogue says of a function true? Each column against values that are computed without it.

The census at the end holds that nobody else keeps a table of functions: what is known of one stands in its row.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff.expressions import meaning
from calcgrad.calculus import numeric
from calcgrad.expression.catalogue import FUNCTIONS, ROWS, Row
from calcgrad.expression.columns import CONDITIONS, column, listed, piece
from calcgrad.expression.tree import Call, List, Name, Node, postorder, rational, substitute

ROOT = Path(__file__).parent.parent
SCALARS = [row for row in FUNCTIONS if not row.array]
OF_ONE = [row for row in SCALARS if row.parameters == ("x",)]
X = Name("x")
KINKS = [*map(Fraction, range(-3, 4)), Fraction(1, 2)]


def those_with(which: str, rows: list[Row] = OF_ONE) -> Any:
    found = [row for row in rows if getattr(row, which)]
    assert found, which
    return pytest.mark.parametrize("row", found, ids=lambda row: row.name)


def value(node: Node, x: Any = Fraction(0)) -> numeric.Value:
    return numeric.evaluate(node, 30, {"x": x} if X in postorder(node) else None)


def samples(row: Row, count: int = 40) -> Iterator[tuple[Fraction, Any]]:
    """Arguments, small and large, at which a function of one has a value, and the value."""
    random.seed(row.name)
    call = Call(row.name, (X,))
    inside = [Fraction(random.randint(-1000, 1000), 997) * random.choice((1, 1, 5, 30)) for _ in range(count)]
    for x in (Fraction(1), Fraction(-1), *inside):
        found = value(call, x)
        if isinstance(found, Fraction | numeric.Ball):
            yield x, found


def close(one: Any, other: Any, most: float = 1e-20) -> bool:
    gap = abs(numeric.as_mpf(one, 40) - numeric.as_mpf(other, 40))
    return bool(gap <= most * max(1, abs(numeric.as_mpf(other, 40))))


def test_every_column_is_read_and_speaks_of_the_parameters_alone() -> None:
    for row in SCALARS:
        for which in (
            *CONDITIONS,
            "definition",
            "next",
            "mirrored",
            "inverse",
            "preimages",
            "pieces",
            "range",
            "period",
            "zeros",
            "exact",
        ):
            said = column(row.name, which)
            if said is not None:
                words = {node.name for node in postorder(said) if isinstance(node, Name)}
                assert words <= {*row.parameters, "pi", "oo", "True"}, (row.name, which)
                assert isinstance(said, List) == (which in ("preimages", "pieces", "range", "zeros", "exact"))


@those_with("range")
def test_values_are_in_the_range_and_come_near_its_ends(row: Row) -> None:
    ends = [value(end) for end in listed(row.name, "range") if end is not Name("oo")]
    found = [numeric.as_mpf(each, 40) for _, each in samples(row)]
    assert len(found) > 3
    bounds = [numeric.as_mpf(end, 40) for end in ends]
    assert all(each >= bounds[0] for each in found)
    assert len(bounds) == 1 or all(each <= bounds[1] for each in found)
    assert min(found) - bounds[0] < 0.5 and (len(bounds) == 1 or bounds[1] - max(found) < 0.5)


@those_with("period")
def test_values_repeat_after_a_period_and_not_after_half(row: Row) -> None:
    period = column(row.name, "period")
    assert period is not None
    for share, same in ((Fraction(1), True), (Fraction(1, 2), False), (Fraction(1, 3), False)):
        later = Call(row.name, (Call("+", (X, Call("*", (rational(share), period)))),))
        assert all(close(value(later, x), y) for x, y in samples(row)) == same


@pytest.mark.parametrize(
    "row", [row for row in SCALARS if row.waves and not row.period], ids=lambda row: row.name
)
def test_waves_cross_their_middle_once_in_half_a_turn(row: Row) -> None:
    """Far out a function goes up and down as the sine of its angle does: between n and n + 3 turns 6 slopes change."""
    angle = column(row.name, "waves")
    assert angle is not None
    call = Call(row.name, (*(rational(Fraction(1, 3)) for _ in row.parameters[1:]), X))
    turns = [numeric.mp.mpf(k) / 40 for k in range(40 * 100, 40 * 103)]
    if angle is X:
        places = [2 * numeric.mp.pi * each for each in turns]
    else:  # pi*x**2/2
        places = [2 * numeric.mp.sqrt(each) for each in turns]
    found = [value(call, Fraction(str(place))) for place in places]
    values = [numeric.as_mpf(each, 30) for each in found if isinstance(each, Fraction | numeric.Ball)]
    ups = [later > each for each, later in pairwise(values)]
    assert len(values) > 100 and sum(one != other for one, other in pairwise(ups)) in (5, 6, 7)


@those_with("pieces")
def test_a_function_is_its_pieces(row: Row) -> None:
    call = Call(row.name, (X,))
    for x, y in (*samples(row), (Fraction(0), value(call, Fraction(0)))):
        assert close(value(piece(call, (x > 0) - (x < 0)), x), y), x


@pytest.mark.parametrize("which", ["next", "mirrored"])
def test_functional_equations_hold(which: str) -> None:
    rows = [row for row in OF_ONE if getattr(row, which)]
    assert len(rows) > 1
    for row in rows:
        for x, _ in samples(row, 20):
            there = value(Call(row.name, (X,)), x + 1 if which == "next" else 1 - x)
            if isinstance(there, Fraction | numeric.Ball):
                assert close(value(column(row.name, which), x), there), (row.name, x)


@pytest.mark.parametrize(
    "row", [row for row in OF_ONE if row.preimages or row.inverse], ids=lambda row: row.name
)
def test_an_inverse_has_the_argument_back(row: Row) -> None:
    """One of the preimages is the argument; what the inverse alone gives is an argument with the same value."""
    for x, y in samples(row):
        back = [value(tree, y) for tree in listed(row.name, "preimages")]
        if row.preimages:
            assert any(isinstance(each, Fraction | numeric.Ball) and close(each, x, 1e-8) for each in back), x
        inverse = column(row.name, "inverse")
        if inverse is not None and abs(numeric.as_mpf(y, 40)) < 10**6:
            again = value(Call(row.name, (inverse,)), y)
            if isinstance(again, Fraction | numeric.Ball):  # the ball may reach over the edge of the domain
                assert close(again, y, 1e-8), x
            if not row.period and not row.preimages:
                only = value(inverse, y)
                assert not isinstance(only, Fraction | numeric.Ball) or close(only, x, 1e-4), x


@those_with("zeros")
def test_zeros_are_all_there_are(row: Row) -> None:
    places = [value(each) for each in listed(row.name, "zeros")]
    assert all(value(Call(row.name, (X,)), place) == 0 for place in places)
    if not places:
        assert all(numeric.sign(y) in (-1, 1) for _, y in samples(row, 200))
        return
    signs = {x > place: set() for x in (Fraction(-1), Fraction(1)) for place in places}  # type: dict[bool, set[Any]]
    for x, y in samples(row, 200):
        if x not in places:
            signs[x > places[0]].add(numeric.sign(y))
    assert len(places) == 1 and all(len(each) == 1 and 0 not in each for each in signs.values())


@those_with("exact")
def test_exact_values_are_limits_of_what_is_beside_them(row: Row) -> None:
    point, known = (value(each) for each in listed(row.name, "exact"))
    assert isinstance(point, Fraction) and value(Call(row.name, (X,)), point) == known
    beside = [value(Call(row.name, (X,)), point + side * Fraction(1, 10**30)) for side in (1, -1)]
    there = [each for each in beside if isinstance(each, Fraction | numeric.Ball)]
    assert there and all(close(each, known, 1e-12) for each in there)


@those_with("kinks")
def test_functions_jump_at_their_kinks_if_their_rows_say_so(row: Row) -> None:
    call, jumps = Call(row.name, (X,)), False
    for x in KINKS:
        if value(substitute(column(row.name, "kinks"), {X: rational(x)})) is not True:  # type: ignore[arg-type]
            continue
        beside = [value(call, x + side * Fraction(1, 10**30)) for side in (1, 0, -1)]
        there = [each for each in beside if isinstance(each, Fraction | numeric.Ball)]
        jumps = jumps or not all(close(each, there[0], 1e-6) for each in there)
    assert jumps == row.jumps


@those_with("steps")
def test_steps_are_constant_between_kinks(row: Row) -> None:
    for x in (Fraction(-5, 2), Fraction(1, 3), Fraction(7, 2)):
        assert value(Call(row.name, (X,)), x) == value(Call(row.name, (X,)), x + Fraction(1, 10))


@pytest.mark.parametrize("text", ["log(0)", "cot(0)", "bessely(0, 0)", "bessely(1, 0)", "0^(-1)", "1/0", "gamma(-2)",
                                  "atanh(1)", "acoth(-1)", "polygamma(1, -3)", "asech(0)", "log1p(-1)"])  # fmt: skip
def test_poles_are_undefined(text: str) -> None:
    assert kind(text) == "undefined"


@pytest.mark.parametrize("text", ["log(-1)", "bessely(0, -1)", "(-2)^(1/2)", "atanh(2)", "acoth(0)", "asech(-1)",
                                  "log1p(-3)", "sqrt(-1)", "acosh(0)", "asin(2)", "loggamma(-1/2)"])  # fmt: skip
def test_what_is_beyond_a_domain_is_not_real(text: str) -> None:
    assert kind(text) == "not-real"


def kind(text: str) -> str:
    from calcgrad.expression.parser import parse

    found = value(parse(text).node)
    assert isinstance(found, numeric.Undefined)
    return found.kind


@pytest.mark.parametrize("row", OF_ONE, ids=lambda row: row.name)
def test_numpy_is_as_right_as_the_row_says(row: Row) -> None:
    """In units of the last place."""
    for x, _ in samples(row):
        given = float(x)
        right = numeric.to_float(value(Call(row.name, (X,)), Fraction(given)))  # type: ignore[arg-type]
        if right is None or not np.isfinite(right):
            continue
        found = float(meaning(row.name)(np.asarray(given)))
        assert abs(found - right) <= (row.ulps + 0.5) * np.spacing(abs(right)), given


@those_with("saturates")
def test_an_overflow_is_not_spoiled(row: Row) -> None:
    with np.errstate(all="ignore"):
        assert not np.isnan(meaning(row.name)(np.asarray([np.inf, -np.inf]))).any()


# ------------------------------------------------------------------------------------------------------ the census

STRUCTURE = {
    "Piecewise",
    "Max",
    "Min",
    "detach",
}  # parts of the language's grammar: branches, lists, constants
# One definition a function and engine: the places that CONTRIBUTING.md names
DEFINITIONS = {
    "calculus/rules.py", "calculus/numeric.py", "calculus/intervals.py", "calculus/multiseries/functions.py",
    "calculus/multiseries/constants.py", "autodiff/rules.py", "autodiff/functions.py", "autodiff/special.py",
    "autodiff/expressions.py", "autodiff/composed.py", "autodiff/linalg.py", "autodiff/germs.py",
    "autodiff/scipy/special.py",
    "expression/arrays.py",
}  # fmt: skip
GREEK = "beta gamma zeta"
# Everywhere else: the names, and why they stand there
EXCEPTIONS = {
    "expression/parser.py": (
        f"{GREEK} log factorial abs sqrt cbrt root norm floor ceiling",
        "signs of the language, letters that are both, and the base that stands first or last",
    ),
    "expression/scanner.py": ("log", "whose subscript is a base"),
    "expression/shorthands.py": ("log", "the row of log(x, b)"),
    "expression/latex_scanner.py": (
        "log log10 ln sgn sign exp gamma loggamma binomial binom root sqrt cbrt norm abs sum"
        " lg acot asec acsc arccot arcsec arccsc",
        "LaTeX's own commands and signs",
    ),
    "expression/tree.py": (GREEK, "Greek letters"),
    "expression/latex.py": (
        "exp factorial root", "e^x and x! have a precedence, which a pattern has not; a third root looks as cbrt",
    ),
    "calculus/symbolic.py": ("Heaviside polygamma digamma", "SymPy's own arguments differ"),
    "calculus/arithmetic.py": ("sqrt", "what a root and a power are in common"),
    "checking/claims.py": ("log10", "what somebody may mean by log"),
    "calculus/cells.py": ("cbrt", "a principal power where the sign is known, which SymPy solves"),
    "calculus/derivatives.py": ("exp", "the name of SymPy's way to gather powers"),
    "calculus/domains.py": ("abs", "interval arithmetic of the operators and |x|"),
    "calculus/explanations.py": (
        "sec csc cot sech csch coth tan tanh floor ceiling exp sum", "the textbook's identities, and a sum in words",
    ),
    "calculus/formulas.py": ("abs sqrt cbrt root", "what is zero where its argument is"),
    "calculus/algebraic.py": (
        "abs sqrt cbrt root hypot log exp sin cos tan cot sec csc sinh cosh tanh coth sech csch asin acos atan"
        " asinh acosh atanh", "the functions whose values at algebraic numbers, or angles, are algebraic",
    ),
    "calculus/vanishing.py": ("sqrt exp sin tan asin atan sinh tanh asinh atanh erf cbrt", "powers; odd functions"),
    "calculus/kinks.py": ("atan2", "its kink is a half-line, along which it is smooth"),
    "calculus/assumed.py": ("abs floor sign", "values of products and of integers"),
    "calculus/curves/branches.py": ("cbrt root sqrt", "whole powers in another variable"),
    "calculus/multiseries/integers.py": (
        "floor ceiling factorial gamma exp", "what each leaves on division where it is whole",
    ),
    "calculus/roots.py": ("hypot root zeros", "equations in one of two arguments; a column's name"),
    "calculus/sides.py": (
        "abs sign floor ceiling Heaviside relu acot hypot cbrt root atan2",
        "the branch that each takes on one side",
    ),
    "calculus/multiseries/germs.py": ("sin cos", "the circle of a phase"),
    "calculus/multiseries/series.py": ("log exp", "the scales of the basis"),
    "calculus/multiseries/squeeze.py": ("abs", "as monotonic as a square"),
    "calculus/multiseries/expansion.py": ("exp", "the scales of the basis"),
    "calculus/multiseries/exact.py": ("exp", "an exponential whose powers multiply"),
    "calculus/multiseries/conditions.py": ("abs", "a condition on a size"),
    "calculus/multiseries/independence.py": ("log", "logarithms of primes, which are independent"),
    "calculus/multiseries/phases.py": (
        "sin cos acot floor ceiling sign Heaviside", "what goes round with an angle or a step, and what jumps there",
    ),
    **dict.fromkeys(
        ("autodiff/kinks.py", "autodiff/sides.py"), ("root", "a parameter of an inner derivative, where a graph ends")
    ),
    "autodiff/scipy/stats.py": ("gamma beta norm binom", "names of distributions"),
    "autodiff/cells.py": ("relu abs min max", "what breaks in two linear pieces, and which is meant"),
    "autodiff/dispatch.py": ("min max", "arguments of numpy.clip"),
    "calculus/equality/identities.py": ("exp", "the name of SymPy's way to rewrite"),
    "parts/recordings.py": ("relu abs", "what is decided at once for all rows"),
    "parts/values.py": ("sign", "a group of a pattern"),
    "parts/translations.py": ("cbrt", "written as in C"),
    **dict.fromkeys(
        ("commands/plots.py", "options.py", "pictures/canvas.py", "pictures/scales.py", "pictures/windows.py"),
        ("log", "the scale of an axis"),
    ),
    **dict.fromkeys(
        ("pictures/curves.py", "pictures/shapes.py"),
        ("log maximum minimum", "the scale of an axis, and marks"),
    ),
    "calculus/planes/critical.py": (
        "maximum minimum sqrt", "what is found of a function, by name; the root at whose zero there is a tip",
    ),
    "calculus/planes/paths.py": ("cbrt sqrt", "powers of a half and a third, as weights"),
    "calculus/planes/rays.py": ("abs sqrt cbrt log", "bounds on a root, a modulus and a logarithm of a series"),
    "calculus/planes/squeezes.py": ("abs", "a modulus is at least 0"),
    "calculus/studies/study.py": ("maximum minimum", "what is found of a function, by name"),
    "drawing/studies.py": ("maximum minimum zeros", "what is found of a function, by name"),
    "parts/studies.py": ("zeros", "what is found of a function, by name"),
    **dict.fromkeys(("commands/expansions.py", "render.py", "results.py"), ("sum", "a field of a result")),
}  # fmt: skip


def quoted(path: Path) -> set[str]:
    """Names of functions in quotes, but for those of calls that are built: Call("sin", ...) is a formula."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    built = {
        id(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Call" and node.args
    }
    words = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in built
    }
    return words & {word for row in FUNCTIONS for word in (row.name, *row.aliases)} - STRUCTURE


def test_no_table_of_functions_beside_the_catalogue() -> None:
    package, seen = ROOT / "calcgrad", set()
    for path in package.rglob("*.py"):
        name = path.relative_to(package).as_posix()
        if name == "expression/catalogue.py" or name in DEFINITIONS:
            continue
        allowed = set(EXCEPTIONS.get(name, ("", ""))[0].split())
        found = quoted(path)
        assert found <= allowed, f"{name}: {found - allowed} belong into columns of the catalogue"
        assert allowed <= found, (
            f"{name}: {allowed - found} are no longer there: strike them from the exceptions"
        )
        seen.add(name)
    assert set(EXCEPTIONS) <= seen and all((package / each).exists() for each in DEFINITIONS)


def test_the_census_counts() -> None:
    assert {"sin", "erf", "zeta"} <= quoted(ROOT / "calcgrad/calculus/multiseries/functions.py")
    assert ROWS["sin"].name == "sin"
