"""scipy.special's functions: every rule against mpmath's derivative of the function's meaning, to second order.

    python tests/autodiff/test_scipy_special.py 20    # 20 rounds at points of every kind

That a meaning is the right one, SciPy's values say, where it is installed.
"""

from __future__ import annotations

import itertools
import math
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np
import pytest

from calcgrad.autodiff import Variable, grad, gradient, hessian, jacfwd, jvp
from calcgrad.autodiff.replay import Replay
from calcgrad.autodiff.scipy import special
from calcgrad.autodiff.special import by_mpmath
from calcgrad.errors import CalcgradError, NotDifferentiable

# Those whose truth takes mpmath long: they are asked in the larger runs.
SLOW = {
    "y0", "y1", "yn", "yve", "ellipj", "owens_t", "elliprf", "elliprg", "elliprj", "elliprd", "hyperu", "kv", "kve",
    "kn", "k0", "k1", "k0e", "k1e", "hyp2f1", "agm", "ellipeinc", "spence", "zetac", "_zeta",
}  # fmt: skip
SMOOTH = {name: row for name, row in special.ROWS.items() if row.rules and special.MEANINGS.get(name)}
ORDERS = ("pdtr", "expn", "kn", "yn", "eval_")  # whose first argument is a whole number


def value(name: str, args: tuple[Any, ...]) -> Any:
    found = {"_riemann_zeta": special.zeta, "_zeta": special.zeta}.get(name) or getattr(special, name)
    return found(*args)


def truth(name: str, args: tuple[float, ...], i: int, order: int) -> Any:
    """The value and a derivative of a meaning, or None where it has none, by differences of 60 digits."""
    meaning: Any = special.MEANINGS[name]
    with mpmath.workdps(40):
        at = [mpmath.mpf(x) for x in args]
        small = mpmath.mpf(10) ** -12

        def along(t: Any) -> Any:
            return meaning(mpmath, *at[:i], t, *at[i + 1 :])

        try:
            here = along(at[i])
            sides = [(along(at[i] + s * small) - here) / (s * small) for s in (1, -1)]
            slope = mpmath.diff(along, at[i], order)
        except (ValueError, ZeroDivisionError, mpmath.libmp.NoConvergence):
            return None
        found = [here, *sides, slope]
        if not all(mpmath.isfinite(x) and mpmath.im(x) == 0 for x in found):
            return None
        if abs(sides[0] - sides[1]) > 1e-6 * max(1, abs(sides[0])):  # a corner, or an end
            return None
        return mpmath.re(here), mpmath.re(slope)


def close(found: Any, expected: Any, rel: float) -> bool:
    return bool(abs(mpmath.mpf(float(found)) - expected) <= rel * abs(expected) + mpmath.mpf(10) ** -25)


def wrong(name: str, args: tuple[float, ...], i: int) -> Iterator[str]:
    """What is said wrong of a function at a point; a refusal is no lie."""
    expected = truth(name, args, i, 1)
    if expected is None:
        return
    inputs = [Variable(x) if j == i else x for j, x in enumerate(args)]
    try:
        (slope,) = gradient(value(name, tuple(inputs)), targets=[inputs[i]], record=True)
        if not close(slope.value if isinstance(slope, Variable) else slope, expected[1], 1e-9):
            yield f"{name}{args} by {i}: {slope} is {mpmath.nstr(expected[1], 17)}"
        (curved,) = gradient(slope, targets=[inputs[i]]) if isinstance(slope, Variable) else (0.0,)
    except CalcgradError:
        return
    twice = truth(name, args, i, 2)
    if twice is not None and not close(curved, twice[1], 1e-7):
        yield f"{name}{args} twice by {i}: {curved} is {mpmath.nstr(twice[1], 17)}"


def answered(name: str, args: tuple[float, ...], i: int) -> bool:
    inputs = [Variable(x) if j == i else x for j, x in enumerate(args)]
    try:
        gradient(value(name, tuple(inputs)), targets=[inputs[i]])
    except CalcgradError:
        return False
    return True


def tidy(name: str, args: tuple[float, ...]) -> tuple[float, ...]:
    return (float(abs(round(args[0]))), *args[1:]) if name.startswith(ORDERS) else args


@pytest.mark.parametrize("first", sorted({name[0] for name in SMOOTH}))
def test_rules_against_mpmath(first: str) -> None:
    """At two points of each function, by each argument: right, and answered."""
    for name, row in SMOOTH.items():
        if name[0] != first or name in SLOW:
            continue
        found = 0
        for args in ((0.3, 1.7, 0.4, 0.6), (-0.45, 0.35, 0.55, 0.7), (1.4, 0.6, 2.2, 0.3)):
            args = tidy(name, args[: len(row.rules)])
            for i in range(len(row.rules)):
                if not (i == 0 and name.startswith(ORDERS)) and truth(name, args, i, 1) is not None:
                    assert not [*wrong(name, args, i)]
                    found += answered(name, args, i)
            if found >= 2 * len(row.rules):
                break
        assert found, name


def test_a_wrong_rule_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    row = special.ROWS["dawsn"]
    monkeypatch.setattr(row, "rules", (lambda g, out, x: g * (1.0 - 2.0001 * x * out),))
    assert [*wrong("dawsn", (0.7,), 0)]


# Edges, far out, and where a formula's terms cancel: (name, arguments, by which).
FAR = [
    ("erfcx", (1e4,), 0), ("erfcx", (25.0,), 0), ("dawsn", (-1e5,), 0), ("log_ndtr", (-1e6,), 0),
    ("log_ndtr", (30.0,), 0), ("i0e", (1e4,), 0), ("i1e", (1e3,), 0), ("k0e", (1e4,), 0), ("ive", (2.5, 1e4), 1),
    ("ndtri", (1e-200,), 0), ("erfcinv", (1e-100,), 0), ("ellipk", (0.0,), 0), ("ellipk", (-50.0,), 0),
    ("ellipe", (0.999,), 0), ("ellipkm1", (1e-30,), 0), ("ellipkm1", (1.0,), 0), ("rgamma", (-2.0,), 0),
    ("rgamma", (-2.0 + 1e-9,), 0), ("gammaln", (-2.5,), 0), ("spence", (1.0,), 0), ("exprel", (0.0,), 0),
    ("exprel", (1e-9,), 0), ("jv", (0.0, 0.0), 1), ("j1", (0.0,), 0), ("iv", (1.0, -2.0), 1),
    ("eval_chebyt", (3.0, 1.0), 1), ("eval_chebyu", (4.0, -1.0), 1), ("eval_legendre", (0.0, 0.3), 1),
    ("xlogy", (0.0, 0.0), 1), ("xlogy", (0.0, 2.0), 0), ("expn", (0.0, 1.5), 1), ("expn", (1.0, 1.5), 1),
    ("expit", (-700.0,), 0), ("logit", (1e-300,), 0),
]  # fmt: skip


@pytest.mark.parametrize("case", FAR, ids=str)
def test_edges_keep_their_digits(case: tuple[str, tuple[float, ...], int]) -> None:
    name, args, i = case
    assert answered(name, args, i) and not [*wrong(name, args, i)]


NOWHERE = [
    ("boxcox", (0.0, 2.0), 0), ("boxcox1p", (-1.0, 3.0), 0), ("pdtr", (3.0, 1.0), 0), ("huber", (0.0, 1.0), 0),
    ("gammainc", (2.0, 0.0), 1), ("betainc", (2.0, 3.0, 1.0), 2), ("entr", (0.0,), 0), ("i0e", (0.0,), 0),
    ("kl_div", (0.0, 0.0), 1), ("rel_entr", (0.0, 1.0), 0), ("logit", (0.0,), 0),
    ("logit", (2.0,), 0), ("exp1", (0.0,), 0), ("gammaln", (-1.0,), 0), ("gammasgn", (0.0,), 0),
    ("erfinv", (1.0,), 0), ("ellipk", (1.0,), 0), ("lambertw", (-math.exp(-1),), 0), ("lambertw", (-1.0,), 0),
    ("round", (0.5,), 0), ("expn", (2.0, 1.0), 0),
    ("eval_legendre", (2.0, 0.5), 0),
]  # fmt: skip


@pytest.mark.parametrize("case", NOWHERE, ids=str)
def test_where_there_is_no_derivative_it_says_so(case: tuple[str, tuple[float, ...], int]) -> None:
    name, args, i = case
    function: Callable[..., Any] = getattr(special, name, np.rint)
    with pytest.raises(CalcgradError):
        grad(function, i)(*args)


def test_scipys_values_are_what_the_meanings_say() -> None:
    scipy_special = pytest.importorskip("scipy.special")
    for name, row in SMOOTH.items():
        ufunc = getattr(scipy_special, name, None) or getattr(scipy_special._ufuncs, name, None)
        if ufunc is None or name in SLOW:
            continue
        compared = 0
        for args in ((0.3, 1.7, 0.4, 0.6), (-0.45, 0.35, 0.55, 0.7), (1.4, 0.6, 2.2, 0.3)):
            args = tidy(name, args[: len(row.rules)])
            whole = (int(args[0]), *args[1:]) if name.startswith("eval_hermite") else args
            with np.errstate(all="ignore"):
                expected, found = ufunc(*whole), by_mpmath(special.MEANINGS[name])(*args)
            if np.isfinite(expected):
                assert found == pytest.approx(expected, rel=1e-11), (name, args)
                compared += 1
        assert compared, name


def test_scipys_ufuncs_are_recognised() -> None:
    """SciPy's own function and ours: the same value, and one row."""
    scipy_special = pytest.importorskip("scipy.special")
    ufuncs = {n: f for n, f in vars(scipy_special).items() if isinstance(f, np.ufunc)}
    known = 0
    for name, ufunc in ufuncs.items():
        args = [2, 0.7, 0.4, 0.6, 0.5][: ufunc.nin]
        if ufunc.nin == 1:
            args = [0.4]
        which = ufunc.nin - 1
        inputs = [Variable(float(x)) if j == which else x for j, x in enumerate(args)]
        try:
            found = ufunc(*inputs)
        except NotDifferentiable as error:
            assert error.kind == "no-rule" and ufunc.__name__ in str(error)
            continue
        expected = ufunc(*args)
        for part, whole in zip(found, expected) if ufunc.nout > 1 else [(found, expected)]:
            np.testing.assert_allclose(part.value, whole, rtol=1e-13, err_msg=name)
        known += 1
    assert known > 130


def test_what_scipy_makes_of_ufuncs_records_itself_too() -> None:
    scipy_special = pytest.importorskip("scipy.special")
    assert grad(scipy_special.lambertw)(1.0) == pytest.approx(grad(special.lambertw)(1.0))
    assert grad(scipy_special.zeta)(3.0) == pytest.approx(grad(special.zeta)(3.0))
    assert grad(lambda q: scipy_special.zeta(3.0, q))(1.5) == pytest.approx(-3 * special.zeta(4.0, 1.5))


def test_definitions_by_other_functions() -> None:
    """Their slopes against differences of SciPy's values."""
    scipy_special = pytest.importorskip("scipy.special")
    points = {1: [(0.4,), (1.7,)], 2: [(1.3, 0.4), (0.6, 0.8)], 3: [(1.2, 2.3, 0.4)]}
    for name, definition in special.DEFINED.items():
        ufunc = getattr(scipy_special, name, None)
        if not isinstance(ufunc, np.ufunc):
            continue
        for args in points[ufunc.nin]:
            for i in range(ufunc.nin):
                if name in ("pdtr", "pdtrc") and i == 0:
                    continue
                h = 1e-3
                moved = [[*args[:i], args[i] + k * h, *args[i + 1 :]] for k in (-2, -1, 1, 2)]
                a, b, c, d = (np.asarray(ufunc(*m)) for m in moved)
                expected = (a - 8 * b + 8 * c - d) / (12 * h)
                found = jvp(
                    lambda t, i=i, args=args, f=definition: f(*args[:i], t, *args[i + 1 :]),
                    (args[i],),
                    (1.0,),
                )[1]
                np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-7, atol=1e-9, err_msg=name)


def test_arrays_modes_and_nesting() -> None:
    x = np.array([[0.2, 0.9], [1.4, 3.0]])
    a = np.array([0.7, 2.5])
    slopes = grad(lambda t: np.sum(special.gammainc(a, t)))(x)
    np.testing.assert_allclose(slopes, x ** (a - 1) * np.exp(-x) / special.gamma(a), rtol=1e-13)
    assert grad(lambda t: np.sum(special.gammainc(t, x)))(a).shape == (2,)
    np.testing.assert_allclose(
        hessian(lambda t: np.sum(special.xlogy(t, t)))(np.array([0.5, 2.0])), np.diag([2.0, 0.5]), rtol=1e-12
    )
    np.testing.assert_allclose(
        jacfwd(special.erf)(x[0]), np.diag(grad(lambda t: np.sum(special.erf(t)))(x[0]))
    )
    table = Replay(lambda t: special.expit(t) * special.i0(t), order=2)(np.array([0.1, 2.0]))
    expected = grad(grad(lambda t: special.expit(t) * special.i0(t)))(2.0)
    assert table.curvatures[0][0][1] == pytest.approx(expected, rel=1e-12)
    assert special.erfinv(np.float32(0.5)) == pytest.approx(0.4769362762)
    assert special.jv(2, 1) == pytest.approx(0.1149034849)  # whole numbers are numbers


def test_sums_over_axes() -> None:
    x = np.array([[1000.0, 1001.0, 999.0], [0.0, -np.inf, 1.0]])
    p = special.softmax(x, axis=1)
    np.testing.assert_allclose(np.sum(p, axis=1), 1.0)
    np.testing.assert_allclose(grad(lambda t: special.logsumexp(t))(x[0]), p[0], rtol=1e-13)
    assert grad(lambda t: special.logsumexp(t, b=np.array([1.0, 2.0, 0.0])))(
        np.zeros(3)
    ).tolist() == pytest.approx([1 / 3, 2 / 3, 0])
    np.testing.assert_allclose(
        grad(lambda t: special.log_softmax(t)[0])(x[0]), np.array([1.0, 0.0, 0.0]) - p[0], rtol=1e-12
    )
    assert grad(lambda t: special.multigammaln(t, 2))(3.0) == pytest.approx(
        special.digamma(3.0) + special.digamma(2.5)
    )


def roam(rounds: int) -> None:
    """Every function at random points of every kind; prints what is wrong."""
    spots = [-7.3, -2.5, -1.0, -0.3, 0.0, 1e-6, 0.2, 0.5, 0.9, 1.0, 1.5, 3.7, 12.0, 40.0, 300.0]
    shapes = [0.0, 0.5, 1.0, 2.0, 3.3, -0.7]
    for seed in range(rounds):
        random.seed(seed)
        for name, row in SMOOTH.items():
            args = tidy(name, (*(random.choice(shapes) for _ in row.rules[1:]), random.choice(spots)))
            for i, message in itertools.chain.from_iterable(
                ((i, m) for m in wrong(name, args, i))
                for i in range(len(row.rules))
                if i or not name.startswith(ORDERS)
            ):
                print(seed, i, message, flush=True)


if __name__ == "__main__":
    roam(int(sys.argv[1]))
