"""grad's modes: Jacobians, Hessians and products with vectors, by reverse and by forward mode."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import assume, given
from strategies import TAME, kinked, places, smooth

from calcgrad.calculus import symbolic
from calcgrad.commands import grad
from calcgrad.errors import CalcgradError, UsageError
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import Node, text, variables

Ask = Callable[..., Any]

WORKS = [
    ("x**2*y + sin(y)", {"x": 3.0, "y": 0.5}),
    ("exp(x*y)/(1 + z**2)", {"x": 0.3, "y": -1.5, "z": 2.0}),
    ("log(x**2 + y**2)*atan(x/y)", {"x": 0.7, "y": 1.1}),
    ("sqrt(x)*cosh(y) - x*y**3", {"x": 2.5, "y": 0.4}),
    ("x**y", {"x": 1.5, "y": 2.5}),
    ("atan2(x, y)*hypot(x, y)", {"x": 1.0, "y": -2.0}),
]


def at(point: dict[str, Any]) -> str:
    return ",".join(f"{name}={value!r}" for name, value in point.items())


def sympy_hessian(expr: str, point: dict[str, float]) -> np.ndarray[Any, Any]:
    """Every second derivative by SymPy, evaluated in 30 digits."""
    f = symbolic.to_sympy(parse(expr).node)
    symbols = {str(symbol): symbol for symbol in f.free_symbols}
    values = {symbols[name]: sympy.Rational(Fraction(value)) for name, value in point.items()}
    rows = [[sympy.diff(f, symbols[a], symbols[b]).evalf(30, subs=values) for b in point] for a in point]
    return np.array(rows, dtype=float)


@pytest.mark.parametrize(("expr", "point"), WORKS, ids=lambda each: str(each)[:20])
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_hessian_is_sympys(expr: str, point: dict[str, float], mode: str) -> None:
    found = grad(expr, at=at(point), hessian=True, mode=mode).array
    np.testing.assert_allclose(found, sympy_hessian(expr, point), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(("expr", "point"), WORKS, ids=lambda each: str(each)[:20])
def test_products_are_those_with_the_matrices(expr: str, point: dict[str, float]) -> None:
    names = list(point)
    v = dict(zip(names, (0.5, -2.0, 3.0), strict=False))
    vector = np.array(list(v.values()))
    hessian = np.array(grad(expr, at=at(point), hessian=True).array)
    slopes = np.array(list((grad(expr, at=at(point)).gradient or {}).values()))
    product = grad(expr, at=at(point), hvp=at(v)).gradient or {}
    np.testing.assert_allclose([product[name] for name in names], hessian @ vector, rtol=1e-11)
    np.testing.assert_allclose(grad(expr, at=at(point), jvp=at(v)).array, slopes @ vector, rtol=1e-11)
    scaled = grad(expr, at=at(point), seed="-3").gradient or {}
    np.testing.assert_allclose([scaled[name] for name in names], -3 * slopes, rtol=1e-13)


ARRAYS = [
    "x*dot(x,x)",
    "[x[0]*x[1], sin(x[2]), 7, x[0]]",
    "[[1,2,3],[4,5,6]]@x",
    "exp(x)/sum(exp(x))",
    "norm(x)",
]


@pytest.mark.parametrize("expr", ARRAYS)
def test_forward_and_seeds_give_the_same_jacobian(expr: str) -> None:
    point = "x=[0.5,-1,2]"
    reverse = np.array(grad(expr, at=point, jacobian=True).array)
    forward = np.array(grad(expr, at=point, jacobian=True, mode="forward").array)
    np.testing.assert_allclose(forward, reverse, rtol=1e-14)
    for i in range(3):
        unit = [0.0, 0.0, 0.0]
        unit[i] = 1.0
        np.testing.assert_allclose(
            np.ravel(grad(expr, at=point, jvp=str(unit)).array), reverse[:, i], rtol=1e-14
        )
    if len(reverse) > 1:
        seed = [float(k + 1) for k in range(len(reverse))]
        parts = grad(expr, at=point, seed=str(seed)).gradient or {}
        np.testing.assert_allclose(parts["x"], np.array(seed) @ reverse, rtol=1e-14)


def test_a_hessian_of_several_arrays_is_in_blocks() -> None:
    found = np.array(grad("dot(x,x)*y + y**3", at="x=[1,2],y=3", hessian=True).array)
    assert found.tolist() == [[6.0, 0.0, 2.0], [0.0, 6.0, 4.0], [2.0, 4.0, 18.0]]


@given(smooth("xy", 6, TAME), places("xy"))
def test_forward_agrees_with_reverse(tree: Node, point: dict[str, Fraction]) -> None:
    check_modes(tree, point)


@given(kinked("xy", 5), places("xy"))
def test_forward_agrees_with_reverse_at_kinks(tree: Node, point: dict[str, Fraction]) -> None:
    check_modes(tree, point)


def check_modes(tree: Node, point: dict[str, Fraction]) -> None:
    """Both modes give the same numbers or the same refusal; a Hessian is symmetric."""
    names = variables(tree)
    assume(names)
    place = ",".join(f"{name}={point[name]}" for name in names)
    try:
        reverse = grad(text(tree), at=place)
    except CalcgradError:
        return
    forward = grad(text(tree), at=place, mode="forward")
    assert (forward.reason, forward.value) == (reverse.reason, reverse.value)
    if reverse.exists:
        assert forward.gradient is not None and reverse.gradient is not None
        for name in names:
            a, b = forward.gradient[name], reverse.gradient[name]
            assert a == pytest.approx(b, rel=1e-9, abs=1e-12)
        hessian = grad(text(tree), at=place, hessian=True)
        if hessian.exists:
            found = np.array(hessian.array)
            np.testing.assert_allclose(found, found.T, rtol=1e-6, atol=1e-9 * (1 + np.abs(found).max()))


NO_SECOND = ["x*abs(x)", "max(x,0)**2", "relu(x)*x", "where(x<0, -x**2, x**2)", "abs(x)", "sign(x)"]


@pytest.mark.parametrize("expr", NO_SECOND)
def test_no_second_derivative_is_a_no(ask: Ask, expr: str) -> None:
    for words in (["--hessian"], ["--hvp", "1"]):
        answer = ask("grad", expr, "--at", "0", *words)
        assert answer.code in (1, 3), answer
        assert "does not exist" in answer.out or "is undecided" in answer.out
        assert ask("grad", expr, "--at", "0", *words, "--raw").out in ("none\n", "undecided\n")


@pytest.mark.parametrize(("expr", "value"), [("abs(x)**3", 0.0), ("x**2*abs(x)", 0.0), ("max(x,0)**3", 0.0)])
def test_a_second_derivative_at_a_harmless_kink(expr: str, value: float) -> None:
    for mode in ("reverse", "forward"):
        assert grad(expr, at="0", hessian=True, mode=mode).array == [[value]]


def test_what_the_shell_shows(ask: Ask) -> None:
    assert ask("grad", "x**2*y", "--at", "x=3,y=2", "--hessian").out == "H = [[4, 6],\n     [6, 0]]\n"
    assert ask("grad", "x**2*y", "--at", "x=3,y=2", "--jvp", "x=1").out == "f = x**2*y = 18\nJ*v = 12\n"
    assert ask("grad", "x**2*y", "--at", "x=3,y=2", "--hvp", "y=1").out == (
        "f = x**2*y = 18\n(H*v)_x = 6\n(H*v)_y = 0\n"
    )
    assert ask("grad", "2*dot(x,x)", "--at", "x=[1,2]", "--hvp", "[1,0]").out == (
        "y = 2*dot(x, x) = 10\nH*v = [4, 0]\n"
    )
    assert ask("grad", "[x,x**2]", "--at", "3", "--seed", "[1,10]").out == (
        "y = [x, x**2] = [3, 9]\nv*dy/dx = 61\n"
    )
    assert ask("grad", "[x,x**2]", "--at", "3", "--seed", "[1,10]", "--raw").out == "61\n"


@pytest.mark.parametrize("kind", ["hessian", "jvp", "hvp", "vjp"])
def test_the_json_field_is_named_for_what_was_asked(ask: Ask, kind: str) -> None:
    words = {"hessian": ["--hessian"], "vjp": ["--seed", "1"]}.get(kind, [f"--{kind}", "x=1,y=0"])
    found = json.loads(ask("grad", "x**2*y", "--at", "x=3,y=2", *words, "--json").out)
    assert list(found) == ["command", "expr", "at", "value", "exists", kind]
    option = {"vjp": "seed"}.get(kind, kind)
    value = True if kind == "hessian" else words[1]
    line = json.dumps({"command": "grad", "expr": "x**2*y", "at": "x=3,y=2", option: value})
    assert json.loads(ask("batch", stdin=line + "\n").out) == {**found, "exit": 0}


@pytest.mark.parametrize("ending", [".npy", ".json", ".npz"])
def test_what_was_computed_is_written(ask: Ask, folder: Any, ending: str) -> None:
    assert ask("grad", "x**2*y", "--at", "x=3,y=2", "--hessian", "-o", f"h{ending}").code == 0
    made = folder / f"h{ending}"
    if ending == ".json":
        assert json.loads(made.read_text()) == {"H": [[4.0, 6.0], [6.0, 0.0]]}
    else:
        loaded = np.load(made)
        assert (loaded["H"] if ending == ".npz" else loaded).tolist() == [[4.0, 6.0], [6.0, 0.0]]


REFUSED = [
    ("x*y --at x=1,y=2 --hessian --jacobian", "--jacobian and --hessian exclude each other"),
    ("x*y --at x=1,y=2 --jvp 1", "--jvp needs names here"),
    ("x*y --at x=1,y=2 --jvp z=1", "by which nothing is differentiated"),
    ("x*y --at x=1,y=2 --hvp x=[1,2]", "--hvp gives x shape (2,)"),
    ("x*y --at x=1,y=2 --seed [1,2]", "the seed has shape"),
    ("x*y --at x=1,y=2 --seed a=1", "--seed takes one value"),
    ("x*y --at x=1,y=2 --seed 1 --mode forward", "--seed is reverse mode"),
    ("x*y --at x=1,y=2 --jvp x=1 --mode reverse", "--jvp is forward mode"),
    ("x*y --at x=1,y=2 --jvp x=oo", "--jvp is not finite"),
    ("x*y --at x=1,y=2 --jvp x=q", "q is a variable"),
    ("x*y --at x=1,y=2 --jvp x=1,x=2", "--jvp gives x twice"),
    ("x*y --at x=1,y=2 --mode sideways", "neither reverse nor forward"),
    ("x*y --at x=1,y=2 --hessian --trace", "--hessian goes without --trace"),
    ("x*y --at x=1,y=2 --hessian --accumulate", "--accumulate adds up gradients"),
    ("[x,y] --at x=1,y=2 --hessian", "grad needs one number"),
    ("[x,y] --at x=1,y=2 --hvp x=1", "grad needs one number"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "message"), REFUSED)
def test_what_cannot_be_asked(ask: Ask, untouched: Any, words: str, message: str) -> None:
    answer = ask("grad", *words.split())
    assert (answer.out, answer.code) == ("", 2)
    assert message in answer.err.splitlines()[0]


def test_a_hessian_too_large_to_write_out(ask: Ask) -> None:
    answer = ask("grad", "dot(x,x)", "--at", "x=zeros(4000)", "--hessian")
    assert answer.code == 3 and "more than 10000000 entries" in answer.err


def test_directions_may_come_from_files(ask: Ask, folder: Any) -> None:
    np.save("v.npy", np.array([1.0, 0.0]))
    assert ask("grad", "dot(x,x)", "--at", "x=[1,2]", "--hvp", "x=@v.npy", "--raw").out == "[2, 0]\n"
    line = json.dumps({"command": "grad", "expr": "dot(x,x)", "at": "x=[1,2]", "hvp": "x=@v.npy"})
    assert json.loads(ask("batch", stdin=line).out)["error"]["code"] == "files"


def test_seed_of_another_shape_is_refused_in_python() -> None:
    with pytest.raises(UsageError, match="shape"):
        grad("[x, x**2]", at="1", seed="[1,2,3]")
