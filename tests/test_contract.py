# ruff: noqa: E501 (an answer is one line, however long)
"""The command line as scripts see it: text, JSON, exit codes, streams. Every example here is a promise."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

Ask = Callable[..., Any]

# ------------------------------------------------------------------------------------------------ examples

EXAMPLES = r"""
$ diff "3*x**2-4*x" --at 1
f(x) = 3*x**2 - 4*x
f'(x) = 6*x - 4
f'(1) = 2

$ diff "3x^2-4x" --at 1 --raw
2

$ diff "3*x**2-4*x" --at 1 --json
{"command":"diff","expr":"3*x**2 - 4*x","var":["x"],"order":1,"derivative":"6*x - 4","at":{"x":"1"},"exists":true,"value":"2","float":2.0}

$ diff "abs(x)" --at 0  (exit 1)
f(x) = abs(x)
f'(x) = sign(x), x != 0
f'(0) does not exist: slope -1 from the left, 1 from the right

$ diff "abs(x)" --at 0 --json  (exit 1)
{"command":"diff","expr":"abs(x)","var":["x"],"order":1,"derivative":"sign(x)","where":"x != 0","at":{"x":"0"},"exists":false,"value":null,"float":null,"left":"-1","right":"1","reason":"corner"}

$ limit "3*x**2-4*x" --at 1
f(x) = 3*x**2 - 4*x
h        (f(1-h)-f(1))/(-h)  (f(1+h)-f(1))/h
0.1      1.7                 2.3
0.01     1.97                2.03
0.001    1.997               2.003
0.0001   1.9997              2.0003
0.00001  1.99997             2.00003
lim h->0 (f(1+h)-f(1))/h = 2

$ limit "sin(x)/x" --to 0
f(x) = sin(x)/x
h        f(0-h)        f(0+h)
0.1      0.9983341665  0.9983341665
0.01     0.9999833334  0.9999833334
0.001    0.9999998333  0.9999998333
0.0001   0.9999999983  0.9999999983
0.00001  1             1
lim x->0 f(x) = 1

$ limit "abs(x)/x" --to 0 --rows 0  (exit 1)
f(x) = abs(x)/x
lim x->0 f(x) does not exist: -1 from the left, 1 from the right

$ limit "abs(x)/x" --to 0 --json  (exit 1)
{"command":"limit","expr":"abs(x)/x","var":"x","to":"0","from":"both","exists":false,"value":null,"float":null,"left":"-1","right":"1","reason":"sides-differ","evidence":"confirmed","table":[[0.1,-1.0,1.0],[0.01,-1.0,1.0],[0.001,-1.0,1.0],[0.0001,-1.0,1.0],[1e-05,-1.0,1.0]]}

$ grad "2*dot(x,x)" --at "x=[0,1,2,3]"
y = 2*dot(x, x) = 28
dy/dx = [0, 4, 8, 12]

$ grad "2*dot(x,x)" "sum(x)" --at "x=[0,1,2,3]" --accumulate
y1 = 2*dot(x, x) = 28
dy1/dx = [0, 4, 8, 12]
y2 = sum(x) = 6
dy2/dx = [1, 1, 1, 1]
accumulated dx = [1, 5, 9, 13]

$ grad "2*dot(x,x)" "sum(x)" --at "x=[0,1,2,3]" --accumulate --json
{"command":"grad","expr":"2*dot(x, x)","at":{"x":[0.0,1.0,2.0,3.0]},"value":28.0,"exists":true,"gradient":{"x":[0.0,4.0,8.0,12.0]}}
{"command":"grad","expr":"sum(x)","at":{"x":[0.0,1.0,2.0,3.0]},"value":6.0,"exists":true,"gradient":{"x":[1.0,1.0,1.0,1.0]}}
{"command":"grad","accumulated":{"x":[1.0,5.0,9.0,13.0]}}

$ grad "x**2*y + sin(y)" --at x=3,y=0 --json
{"command":"grad","expr":"x**2*y + sin(y)","at":{"x":3.0,"y":0.0},"value":0.0,"exists":true,"gradient":{"x":0.0,"y":10.0}}

$ grad "log(x^2)*sin(x) + 1/x" --at 2 --trace
node  operation  value         dy/dnode
x     input      2             0.08239541392
v1    x**2       4             0.2273243567
v2    log(v1)    1.386294361   0.9092974268
v3    sin(x)     0.9092974268  1.386294361
v4    v2*v3      1.260553895   1
v5    1/x        0.5           1
y     v4 + v5    1.760553895   1
dy/dx = 0.08239541392

$ grad "norm(x)" --at "x=[0,0]"  (exit 1)
y = norm(x) = 0
dy/dx does not exist: norm has a corner at x = [0, 0]

$ grad "[x^2*y, 5x+sin(y)]" --jacobian --at x=1,y=0
J = [[0, 1],
     [5, 1]]

$ check "3*x**2-4*x" --at 1
f(x) = 3*x**2 - 4*x
symbolic  2
autodiff  2
numeric   2
agree

$ check "3*x**2-4*x" "6*x+4"  (exit 1)
f(x) = 3*x**2 - 4*x
claim: 6*x + 4
different: at x = 0 the derivative is -4, the claim gives 4

$ check "3*x**2-4*x" "6*x-4"
f(x) = 3*x**2 - 4*x
claim: 6*x - 4
equal

$ diff "x**x" --at 2
f(x) = x**x
f'(x) = x**x*(log(x) + 1)
f'(2) = 4*log(2) + 4 (6.772588722)

$ diff "x**2*sin(x)"
f(x) = x**2*sin(x)
f'(x) = x**2*cos(x) + 2*x*sin(x)

$ diff "x**3-1/x" --at 1
f(x) = x**3 - 1/x
f'(x) = 3*x**2 + 1/x**2
f'(1) = 4

$ diff "9^9^9*x"
f(x) = 9**9**9*x
f'(x) = 9**9**9

$ diff "(x+1)^1000000" --at 1
f(x) = (x + 1)**1000000
f'(x) = 1000000*(x + 1)**999999
f'(1) = 1000000*2**999999 (4.950328115e+301035)

$ diff "3*x1**2+5*e**x2" --var x1 --at x1=1,x2=0
f(x1, x2) = 3*x1**2 + 5*exp(x2)
df/dx1 = 6*x1
df/dx1(1, 0) = 6

$ grad "3*x1**2+5*e**x2" --at x1=1,x2=0
y = 3*x1**2 + 5*exp(x2) = 8
dy/dx1 = 6
dy/dx2 = 5

$ limit "1/x" --to oo --rows 3
f(x) = 1/x
x     f(x)
10    0.1
100   0.01
1000  0.001
lim x->oo f(x) = 0

$ limit "1/x" --to 0 --from left --rows 2
f(x) = 1/x
h     f(0-h)
0.1   -10
0.01  -100
lim x->0- f(x) = -oo

$ limit "sqrt(x)" --to 0 --rows 1  (exit 1)
f(x) = sqrt(x)
h    f(0-h)  f(0+h)
0.1  -       0.316227766
lim x->0 f(x) does not exist: f is not real to the left; 0 from the right
"""


def blocks(source: str) -> list[Any]:
    """Commands with what they print: words, output, exit code."""
    found = []
    for block in source.strip().split("\n\n"):
        head, _, out = block.partition("\n")
        words, _, note = head.removeprefix("$ ").partition("  (exit ")
        found.append(pytest.param(words, out + "\n", int(note.rstrip(")") or 0), id=words))
    return found


@pytest.mark.parametrize("words, out, code", blocks(EXAMPLES))
def test_example(ask: Ask, words: str, out: str, code: int) -> None:
    answer = ask(*shlex.split(words))
    assert (answer.out, answer.err, answer.code) == (out, "", code)


ERRORS = r"""
$ diff "3*sinn(x)"
error: unknown function 'sinn'
  3*sinn(x)
    ^^^^
hint: did you mean sin?

$ diff "3*x**2-4*"
error: expression ends after '*'
  3*x**2-4*
           ^
hint: something must follow '*'

$ diff "1/2x"
error: 1/2x has two readings
  1/2x
  ^^^^
hint: write (1/2)*x or 1/(2*x)

$ diff "x**2*y"
error: x**2*y has two variables: x, y
hint: --var x or --var y

$ grad "x*x" --at "x=[1,2]"
error: grad needs one number; x*x gives [1, 4]
hint: sum(x*x), or --jacobian

$ diff
error: no expression
"""


@pytest.mark.parametrize("words, err, _", blocks(ERRORS))
def test_error(ask: Ask, words: str, err: str, _: int) -> None:
    assert ask(*shlex.split(words)) == ("", err, 2)


@pytest.mark.parametrize("words, err, _", blocks(ERRORS))
def test_error_in_json(ask: Ask, words: str, err: str, _: int) -> None:
    """The same error, once for people and once for programs."""
    answer = ask(*shlex.split(words), "--json")
    assert (answer.err, answer.code) == (err, 2)
    [error] = json.loads(answer.out).values()
    assert list(error) == ["code", "message", "span", "hint"]
    assert err.startswith(f"error: {error['message']}\n")
    assert (error["hint"] is None) == ("hint: " not in err)


def test_error_in_json_to_the_letter(ask: Ask) -> None:
    shown = '{"error":{"code":"unknown-function","message":"unknown function \'sinn\'","span":[2,6],"hint":"did you mean sin?"}}\n'
    assert ask("diff", "3*sinn(x)", "--json").out == shown


@pytest.mark.parametrize(
    "words, out, code, err",
    [
        (["diff", "3*x**2-4*x", "--at", "1"], "f(x) = 3*x**2 - 4*x\nf'(x) = 6*x - 4\nf'(1) = 2\n", 0, ""),
        (
            ["limit", "abs(x)/x", "--to", "0", "--rows", "0"],
            "f(x) = abs(x)/x\nlim x->0 f(x) does not exist: -1 from the left, 1 from the right\n",
            1,
            "",
        ),
        (["diff", "-"], "f(x) = x**2\nf'(x) = 2*x\n", 0, ""),
        (["check", "x**2", "2*x"], "f(x) = x**2\nclaim: 2*x\nequal\n", 0, ""),
        (["diff", "-x**2", "--raw"], "-2*x\n", 0, ""),
    ],
)
def test_a_real_process_says_the_same(spawn: Ask, words: list[str], out: str, code: int, err: str) -> None:
    assert spawn(*words, stdin="x**2\n") == (out, err, code)


# ---------------------------------------------------------------------------------------------------- plot


def test_plot_writes_a_picture_and_says_so(ask: Ask, folder: Path) -> None:
    answer = ask("plot", "3*x**2-4*x", "--at", "1", "-o", "tangent.svg")
    assert answer == ("", "wrote tangent.svg: tangent y = 2*x - 3\n", 0)
    assert "<svg" in (folder / "tangent.svg").read_text()


def test_plot_in_json(ask: Ask, folder: Path) -> None:
    answer = ask("plot", "3*x**2-4*x", "--at", "1", "-o", "tangent.svg", "--json")
    assert answer.out == (
        '{"command":"plot","expr":["3*x**2 - 4*x"],"file":"tangent.svg",'
        '"tangents":[{"at":"1","line":"2*x - 3"}]}\n'
    )
    assert answer.code == 0


def test_plot_has_a_default_file(ask: Ask, folder: Path) -> None:
    assert ask("plot", "x**3-1/x", "--at", "1").err == "wrote plot.svg: tangent y = 4*x - 4\n"
    assert [each.name for each in folder.iterdir()] == ["plot.svg"]


def test_plot_to_stdout_is_the_picture_alone(ask: Ask, untouched: Path) -> None:
    answer = ask("plot", "x**2", "-o", "-")
    assert answer.code == 0
    assert answer.out.startswith("<?xml") and answer.out.rstrip().endswith("</svg>")


def test_plot_is_the_same_from_run_to_run(ask: Ask, spawn: Ask, folder: Path) -> None:
    for name in ("a.svg", "b.svg"):
        assert spawn("plot", "sin(x)/x", "--at", "1", "-o", name).code == 0
    assert (folder / "a.svg").read_bytes() == (folder / "b.svg").read_bytes()


@pytest.mark.parametrize(("name", "magic"), [("a.pdf", b"%PDF"), ("a.png", b"\x89PNG"), ("a.svg", b"<?xml")])
def test_plot_formats_by_ending(ask: Ask, folder: Path, name: str, magic: bytes) -> None:
    assert ask("plot", "x**2", "-o", name).code == 0
    assert (folder / name).read_bytes().startswith(magic)


@pytest.mark.parametrize("option", ["--xlim", "--ylim"])
@pytest.mark.parametrize("pair", ["2,1", "1,1", "0,oo", "-oo,0", "1", "1,2,3", "a,b", ""])
def test_plot_limits_must_be_a_finite_interval(ask: Ask, untouched: Path, option: str, pair: str) -> None:
    answer = ask("plot", "x**2", option, pair)
    assert (answer.out, answer.code) == ("", 2)
    assert answer.err.startswith("error: ")


def test_plot_takes_limits_scales_labels_and_points(ask: Ask, folder: Path) -> None:
    answer = ask(
        *shlex.split(
            "plot x^2 x^3 --at 1 --at 2 --xlim 0.5,2*pi --ylim=-1,30 --xscale log --yscale linear --xlabel time "
            "--ylabel height --title rise --no-legend --no-grid --size 4,3 -o a.svg"
        )
    )
    assert answer.code == 0, answer.err


def test_no_clobber_keeps_the_file(ask: Ask, folder: Path) -> None:
    (folder / "plot.svg").write_text("mine")
    answer = ask("plot", "x**2", "--no-clobber")
    assert answer.code == 2 and answer.err.startswith("error: plot.svg exists\n")
    assert (folder / "plot.svg").read_text() == "mine"
    assert ask("plot", "x**2").code == 0
    assert "<svg" in (folder / "plot.svg").read_text()


def test_a_folder_that_cannot_be_written(ask: Ask, untouched: Path) -> None:
    answer = ask("plot", "x**2", "-o", "missing/plot.svg")
    assert answer.code == 2
    assert answer.err.startswith("error: cannot write missing/plot.svg: ")


@pytest.mark.skipif(os.name != "posix", reason="file permissions are POSIX's here")
def test_a_failed_write_leaves_the_old_file(ask: Ask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "plot.svg").write_text("mine")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = ask("plot", "x**2")
    assert (answer.code, answer.err.splitlines()[0]) == (
        2,
        "error: cannot write plot.svg: No space left on device",
    )
    assert [each.name for each in folder.iterdir()] == ["plot.svg"]
    assert (folder / "plot.svg").read_text() == "mine"


@pytest.mark.parametrize("expr", ["x*y*z", "x**2*", "1/2x"])
def test_a_bad_question_writes_no_picture(ask: Ask, untouched: Path, expr: str) -> None:
    assert ask("plot", expr).code == 2


# --------------------------------------------------------------------------------------------- grad's files


def test_grad_writes_arrays(ask: Ask, folder: Path) -> None:
    question = ["grad", "dot(x,x)*y", "--at", "x=[1,2],y=3"]
    assert ask(*question, "-o", "g.npz").code == 0
    with np.load("g.npz", allow_pickle=False) as found:
        assert {name: found[name].tolist() for name in found.files} == {"x": [6.0, 12.0], "y": 5.0}
    assert ask(*question, "-o", "g.json").code == 0
    assert json.loads((folder / "g.json").read_text()) == {"x": [6.0, 12.0], "y": 5.0}
    assert ask("grad", "dot(x,x)", "--at", "x=[1,2]", "-o", "g.npy").code == 0
    assert np.load("g.npy", allow_pickle=False).tolist() == [2.0, 4.0]


def test_grad_refuses_what_it_cannot_write(ask: Ask, untouched: Path) -> None:
    assert ask("grad", "x*y", "--at", "x=1,y=2", "-o", "g.npy").code == 2
    assert ask("grad", "x*y", "--at", "x=1,y=2", "-o", "g.txt").code == 2
    assert ask("grad", "abs(x)", "--at", "0", "-o", "g.npy").code == 1


def test_points_are_read_from_arrays_without_pickling(ask: Ask, folder: Path) -> None:
    np.save("x.npy", np.arange(3))
    assert ask("grad", "dot(x,x)", "--at", "x=@x.npy", "--raw").out == "[0, 2, 4]\n"
    np.save("bad.npy", np.array([{}]), allow_pickle=True)
    answer = ask("grad", "dot(x,x)", "--at", "x=@bad.npy")
    assert answer.code == 2 and answer.err.startswith("error: ")
    assert ask("grad", "dot(x,x)", "--at", "x=@none.npy").code == 2


# --------------------------------------------------------------------------------------------------- rules

ECHOES = [
    ("3x^2-4x", "3*x**2 - 4*x"),
    ("b + a", "b + a"),
    ("x*2*3", "x*2*3"),
    ("0.10*x", "0.10*x"),
    ("1/(2x)", "1/(2*x)"),
    ("|x|", "abs(x)"),
    ("e^x", "exp(x)"),
    ("arctan x", "atan(x)"),
    ("ln x", "log(x)"),
    ("max(x, 1)", "Max(x, 1)"),
    ("ceil(x)", "ceiling(x)"),
    ("where(x>0, x, 0)", "Piecewise((x, x > 0), (0, True))"),
    ("x!", "factorial(x)"),
    ("lambda", "lamda"),
    ("cbrt(x) + root(x, 5)", "cbrt(x) + root(x, 5)"),
    ("relu(x)", "relu(x)"),
    ("x - (y - z)", "x - (y - z)"),
    ("x/(y/z)", "x/(y/z)"),
    ("(x^y)^z", "(x**y)**z"),
    ("(-x)^2", "(-x)**2"),
    ("-x^2", "-x**2"),
    ("2^-x", "2**(-x)"),
    ("sum([x, 2]) + [1, x][1]", "sum([x, 2]) + [1, x][1]"),
    ("2.x + .5", "2.0*x + .5"),
]


@pytest.mark.parametrize(("typed", "echo"), ECHOES)
def test_the_echo_keeps_the_order_and_reads_back(ask: Ask, typed: str, echo: str) -> None:
    for expr in (typed, echo):
        answer = ask("diff", expr, "--var", "x", "--json")
        assert answer.code == 0, answer.err
        assert json.loads(answer.out)["expr"] == echo


ANSWERS = """x**x; exp(-x**2); sin(x)/x; abs(x**2-1); cbrt(x**2-1); root(x,5)*x; log(abs(x)); atan2(x,2); hypot(x,3)
sign(x)*x; floor(x)*x; Max(x,x**2,3); Min(x,1); where(x>1,x**2,2*x-1); gamma(x); loggamma(x); x!; beta(x,2)
binomial(x,2); erf(x); erfc(2x); LambertW(x); besselj(2,x); bessely(1,x); Ei(x); digamma(x); polygamma(2,x); relu(x)
sigmoid(x); softplus(3x); log2(x); log10(x); log1p(x); expm1(x); sec(x)*csc(x)*cot(x); acot(x)+asec(x)+acsc(x)
sinh(x)*sech(x); acosh(x)+asech(x); x*atanh(x); acoth(x)/x; csch(x)+acsch(x)+coth(x); Heaviside(x)*x; sqrt(1+sqrt(x))
norm([x,1,x]); dot([x,1],[x,2]); logsumexp([x,1]); mean([x,x**2]); prod([x,2,x]); sum(softmax([x,1])*[1,2])
ceiling(x)*x; e**(e**x); 2**x*3**x; tan(x)**3; x**(1/3); (x**2+1)**(x); pi**x; EulerGamma**x; 9^9^9*x"""


@pytest.mark.parametrize("expr", [each.strip() for each in re.split("[;\n]", ANSWERS)])
def test_answers_read_back_to_themselves(ask: Ask, expr: str) -> None:
    """A derivative, fed in again, is echoed in its own words; and nothing that no user knows is printed."""
    made = json.loads(ask("diff", expr, "--json").out)
    for name in ("Derivative", "Subs", "DiracDelta", "realroot", "signum", "absolute", "re(", "im("):
        assert name not in json.dumps(made)
    again = json.loads(ask("diff", made["derivative"], "--json").out)
    assert again["expr"] == made["derivative"]
    assert json.loads(ask("diff", made["expr"], "--json").out) == made


@pytest.mark.parametrize("expr", ["zeta(x)", "besselj(x, 2)", "bessely(x, 3)", "abs(zeta(x))"])
def test_no_closed_form(ask: Ask, expr: str) -> None:
    """No Derivative(...) is printed: there is no closed form, but a value at a point."""
    without = json.loads(ask("diff", expr, "--json").out)
    assert (without["derivative"], without["reason"]) == (None, "no-closed-form")
    answer = ask("diff", expr, "--at", "3", "--json")
    made = json.loads(answer.out)
    assert answer.code == 0 and made["derivative"] is None and made["reason"] == "no-closed-form"
    assert float(made["value"]) == pytest.approx(made["float"], rel=1e-9)
    text = ask("diff", expr, "--at", "3").out
    assert not re.search("Derivative|Subs|DiracDelta", text)


@pytest.mark.parametrize(("expr", "place"), [("floor(x)", "1/2"), ("sign(x)", "2"), ("Heaviside(x)", "-1")])
def test_steps_are_flat_away_from_their_jumps(ask: Ask, expr: str, place: str) -> None:
    assert ask("diff", expr, "--at", place, "--raw").out == "0\n"


def test_colour_is_for_terminals_only(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    plain = ask("diff", "3*sinn(x)").err
    coloured = ask("diff", "3*sinn(x)", terminal=True).err
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    monkeypatch.setenv("TERM", "dumb")
    assert ask("diff", "3*sinn(x)", terminal=True).err == plain
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1")
    assert ask("diff", "3*sinn(x)", terminal=True).err == plain


def test_a_narrow_terminal_neither_wraps_nor_truncates(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    expr = "+".join(f"x**{power}" for power in range(2, 60))
    piped = ask("diff", expr).out
    assert len(piped.splitlines()) == 2
    assert re.sub(r"\x1b\[[0-9;]*m", "", ask("diff", expr, terminal=True).out) == piped


BIG = [
    ("9^9^9*x", "9**9**9"),
    ("(10^9)!*x", "factorial(10**9)"),
    ("gamma(10^50)*x", "gamma(10**50)"),
    ("binomial(10^50, 10^20)*x", "binomial(10**50, 10**20)"),
    ("zeta(10^50)*x", "zeta(10**50)"),
    ("2^1000*x", "2**1000"),
    ("2^100*x", "1267650600228229401496703205376"),
    ("1e400*x", None),
    ("1e99999*x", None),
]


@pytest.mark.parametrize(("expr", "derivative"), BIG)
def test_big_numbers_stay_as_they_are(ask: Ask, expr: str, derivative: str | None) -> None:
    answer = ask("diff", expr, "--raw")
    assert answer.code == 0, answer.err
    assert derivative is None or answer.out == derivative + "\n"
    assert not re.search(r"\d{101}", answer.out)


def test_exact_first_and_a_decimal_behind_what_is_not_short(ask: Ask) -> None:
    def value(expr: str, place: str = "1", *more: str) -> str:
        return str(ask("diff", expr, "--at", place, *more).out.splitlines()[-1].partition(" = ")[2])

    assert value("x/3") == "1/3"
    assert value("x*1234567890/7") == "1234567890/7"
    assert value("x*12345678901/7") == "12345678901/7 (1763668414)"
    assert value("pi*x") == "pi (3.141592654)"
    assert value("sqrt(2)*x", "1", "--digits", "3") == "sqrt(2) (1.41)"
    assert value("e*x", "1", "--digits", "50") == "E (2.7182818284590452353602874713526624977572470937)"
    assert value("0.1*x**2", "3") == "0.6"
    assert value("x**2/2", "1e-7") == "1e-7"


def test_fifty_digits(ask: Ask) -> None:
    """4*log(2) + 4, to fifty digits, rounded right and not padded."""
    answer = ask("diff", "x**x", "--at", "2", "--digits", "50", "--raw")
    assert answer.out == "6.772588722239781237668928485832706272302000537441\n"
    assert ask("diff", "x/4", "--at", "1", "--digits", "50", "--raw").out == "0.25\n"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("x/10^5", "0.00001"), ("x/10^6", "1e-6"), ("123x/10^8", "1.23e-6"), ("10^15*x", "1000000000000000"),
        ("10^16*x", "1e+16"), ("-12345678901234567x", "-1.23456789e+16"), ("2x/3", "0.6666666667"),
    ],
)  # fmt: skip
def test_decimals(ask: Ask, number: str, shown: str) -> None:
    assert ask("diff", number, "--at", "1", "--raw", "--digits", "10").out == shown + "\n"


def test_the_domain_is_the_reals(ask: Ask) -> None:
    assert ask("grad", "cbrt(x)", "--at", "-8").out.startswith("y = cbrt(x) = -2\n")
    assert ask("limit", "cbrt(x)", "--to", "-8", "--raw").out == "-2\n"
    assert ask("limit", "root(x,5)", "--to", "-32", "--raw").out == "-2\n"
    assert ask("diff", "x**(1/3)", "--at", "-8").code == 1
    assert ask("diff", "log(-1)*x", "--at", "1").code == 1
    assert ask("grad", "log(x)", "--at", "-1").code == 1


def test_parameters_are_real_and_nothing_else(ask: Ask) -> None:
    for words in ("limit a*x --var x --to oo", "diff abs(x-a) --var x --at 1", "limit x**a --var x --to 0"):
        assert ask(*words.split()).code == 3
    assert ask(*["limit", "a*x", "--var", "x", "--to", "oo", "--raw", "--let", "a=2"]).out == "oo\n"
    assert ask(*["limit", "a*x", "--var", "x", "--to", "oo", "--raw", "--let", "a=-2"]).out == "-oo\n"
    assert ask(*["diff", "a*x**2", "--var", "x", "--at", "3", "--raw"]).out == "6*a\n"


def test_an_infinite_limit_is_an_answer(ask: Ask) -> None:
    for expr, place, value in (("1/x**2", "0", "oo"), ("log(abs(x))", "0", "-oo"), ("exp(x)", "oo", "oo")):
        answer = ask("limit", expr, "--to", place, "--json", "--rows", "1")
        made = json.loads(answer.out)
        assert (made["exists"], made["value"], made["float"], answer.code) == (True, value, None, 0)


def test_json_holds_no_nan(ask: Ask) -> None:
    for words in (
        "diff exp(x) --at 1000", "limit exp(x) --to 1000 --rows 1", "grad log(x) --at 0", "grad 1/x --at 0",
        "limit 1/x --to 0 --rows 2", "limit sqrt(x) --to 0", "grad sqrt(x) --at -1", "check log(x) --at -1",
        "limit exp(exp(x)) --to oo --rows 4", "grad exp(exp(x)) --at 7",
    ):  # fmt: skip
        shown = ask(*words.split(), "--json").out

        def refuse(name: str, words: str = words) -> None:
            raise AssertionError(f"{words}: {name} in JSON")

        json.loads(shown, parse_constant=refuse)


def test_overflow_is_a_reason(ask: Ask) -> None:
    made = json.loads(ask("diff", "exp(x)", "--at", "1000", "--json").out)
    assert (made["exists"], made["value"], made["float"], made["reason"]) == (
        True,
        "exp(1000)",
        None,
        "overflow",
    )


REASONS = [
    ("diff abs(x) --at 0", "corner", ("-1", "1")),
    ("diff cbrt(x) --at 0", "vertical-tangent", ("oo", "oo")),
    ("diff floor(x) --at 2", "jump", None),
    ("diff 1/x --at 0", "undefined", (None, None)),
    ("diff sqrt(x) --at -1", "not-real", (None, None)),
    ("diff where(x!=0,x*sin(1/x),0) --at 0", "oscillates", (None, None)),
    ("limit abs(x)/x --to 0", "sides-differ", ("-1", "1")),
    ("limit sin(1/x) --to 0", "oscillates", (None, None)),
    ("limit sqrt(x) --to 0", "one-sided-only", (None, "0")),
    ("limit abs(x) --at 0", "sides-differ", ("-1", "1")),
    ("limit floor(x) --to 1", "sides-differ", ("0", "1")),
    ("limit 1/x --to 0", "sides-differ", ("-oo", "oo")),
    ("limit 2**(1/x) --to 0", "sides-differ", ("0", "oo")),
    ("limit where(x>0,1,2) --to 0", "sides-differ", ("2", "1")),
]


@pytest.mark.parametrize(("words", "reason", "sides"), REASONS)
def test_a_no_has_a_reason(ask: Ask, words: str, reason: str, sides: tuple[str, str] | None) -> None:
    answer = ask(*words.split(), "--json")
    made = json.loads(answer.out)
    assert (made["exists"], made["value"], made["float"], made["reason"], answer.code) == (
        False, None, None, reason, 1,
    )  # fmt: skip
    assert sides is None or (made["left"], made["right"]) == sides
    assert ask(*words.split(), "--raw").out == "none\n"
    assert " does not exist: " in ask(*words.split()).out.splitlines()[-1]


def test_oscillation_has_bounds(ask: Ask) -> None:
    assert json.loads(ask("limit", "sin(1/x)", "--to", "0", "--json").out)["bounds"] == ["-1", "1"]


def test_limit_json_names_what_was_asked(ask: Ask) -> None:
    to = json.loads(ask("limit", "x**2", "--to", "3", "--json").out)
    at = json.loads(ask("limit", "x**2", "--at", "3", "--json").out)
    assert list(to)[:5] == ["command", "expr", "var", "to", "from"] and "at" not in to
    assert list(at)[:5] == ["command", "expr", "var", "at", "from"] and "to" not in at
    assert (to["value"], at["value"]) == ("9", "6")
    assert to["evidence"] in ("confirmed", "symbolic", "numeric")


def test_table_cells_are_numbers_up_to_fifteen_digits(ask: Ask) -> None:
    def row(digits: str) -> list[Any]:
        words = ["limit", "sin(x)/x", "--to", "0", "--rows", "1", "--json", "--digits", digits]
        return list(json.loads(ask(*words).out)["table"][0])

    assert row("15") == [0.1, 0.998334166468282, 0.998334166468282]
    assert row("20") == ["0.1", "0.99833416646828152307", "0.99833416646828152307"]
    assert json.loads(ask("limit", "sqrt(x)", "--to", "0", "--json").out)["table"][0][1] is None


def test_table_has_no_float_noise(ask: Ask) -> None:
    rows = ask("limit", "x**2", "--at", "1", "--rows", "12").out.splitlines()[2:-1]
    assert rows[-1].split() == ["1e-12", "2", "2"]
    wide = ask("limit", "x**2", "--at", "1", "--rows", "12", "--digits", "15").out.splitlines()[2:-1]
    assert wide[-1].split() == ["1e-12", "1.999999999999", "2.000000000001"]


# --------------------------------------------------------------------------------------- words and options


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (["-x**2"], "-2*x"),
        (["-x"], "-1"),
        (["-r**2"], "-2*r"),
        (["-cos(x)"], "sin(x)"),
        (["--x"], "1"),
        (["--5*x"], "5"),
        (["-(x)"], "-1"),
        (["--", "-x**2"], "-2*x"),
        (["x**2", "--at", "-1"], "-2"),
        (["x**2", "--at=-1"], "-2"),
        (["--at", "-1", "-x**2"], "2"),
        (["-o*x**2", "--var", "x"], "-2*o*x"),
    ],
)
def test_expressions_may_start_with_a_dash(ask: Ask, words: list[str], out: str) -> None:
    assert ask("diff", "--raw", *words) == (out + "\n", "", 0)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("--ordr", "--order"), ("--digit", "--digits"), ("--jsn", "--json"), ("--ordr=2", "--order")],
)
def test_mistyped_options(ask: Ask, word: str, meant: str) -> None:
    answer = ask("diff", "x", word)
    assert (answer.out, answer.code) == ("", 2)
    shown = word.partition("=")[0]
    assert answer.err == f"error: no such option: {shown}\nhint: did you mean {meant}?\n"


@pytest.mark.parametrize("word", ["--wibble", "--sin(x)", "--frobnicate=3", "--log"])
def test_two_dashes_and_a_word_is_no_expression(ask: Ask, word: str) -> None:
    answer = ask("diff", word)
    assert (answer.out, answer.code) == ("", 2)
    assert answer.err.startswith("error: no such option: --")


def test_short_options_are_never_bundled_or_attached(ask: Ask, untouched: Path) -> None:
    assert ask("diff", "-rh").code == 2
    assert ask("grad", "x", "--at", "1", "-og.npy").code == 2
    assert ask("diff", "-r", "x**2").out == "2*x\n"


def test_two_dashes_end_options(ask: Ask) -> None:
    answer = ask("diff", "--raw", "--", "x", "--json")
    assert answer.out == "1\nerror\n"
    assert answer.code == 2


@pytest.mark.parametrize(
    "words",
    [
        "diff x --order 0", "diff x --order -1", "diff x --order 1.5", "diff x*y --var x,y --order 2", "diff x --digits 0",
        "diff x --digits ten", "diff x --at", "diff x --raw=yes", "diff x --timeout 0",
        "diff x --timeout nan", "diff x --timeout -1", "limit x", "limit x --to 0 --at 0", "limit x --to oo --from left",
        "grad x*y --at 1", "grad x --at 1 --digits 18", "grad x --at 1 --mode sideways", "grad x", "check x y z",
        "check x x --tol 0", "diff x --at x=y", "diff x --at x=1,x=2", "diff x --at 1,2", "diff x --let a",
        "diff x --let a=b --let b=a --let a=3", "diff a --let a=b --let b=a", "diff x --let x=2 --var x",
        "diff x --let sin=2", "diff x --var 2", "diff x --var e", "diff x --at", "nonsense", "--nonsense",
    ],
)  # fmt: skip
def test_usage_errors(ask: Ask, words: str) -> None:
    answer = ask(*words.split())
    assert (answer.out, answer.code) == ("", 2)
    assert answer.err.startswith("error: ")
    assert answer.err.count("error: ") == 1


# What is refused, and words that say why.
REFUSED = """
series x | series needs --at
series x --at 0 --to oo | not both
series x --at 0 --terms 0 | from 1 to 50
check x^2 2x --py f.py --order 2 | check --py compares gradients
check x^2 --order 2 | of a first derivative
check x^2+y^2=25 --var y:x | an equation needs a claim
check x^2+y^2=25 -x/y --var y:x --tol 1e-3 | no meaning on a curve
check x^2+a*y^2=25 -x/(a*y) --var y:x | has a parameter: a
check x^2+y^2=25 -x/y --var y:x --at x=3 | two coordinates
check x^2 2x --order 0 | at least 1
check x^2*a 2x*a --at a=1 --var x | no value for x
check x^2 2x --var x,y | takes one variable
diff x*y --total --order 2 | --total does not take --order
diff x^2+y^2=25 --var y:x --to-code python | not for an equation
diff [s*t,t] --curve | two variables
study x x^2 -o a.svg | -o draws one study
study x --on a,2 | a is not a number
study x --on oo,2 | below the second
study x --on log(-1),2 | is not a number
grad x*y --at x=3,y=4 --uncertainty x=1,y=2 --correlation x:z=1 | not one of two variables
grad x*y --at x=3,y=4 --uncertainty x=1,y=2 --correlation x:y=1/2,y:x=1/3 | twice
grad x --py f.py --assume x>0 | no meaning with --py
functions sin | takes no expression
limit x --to 0 --rows 1001 | from 0 to 1000
limit x --to x | x cannot go to x
limit a*x --to 0 --var x --assume a>1 --assume a<0 | exclude each other
plot x x^2 --study | for one curve on linear axes
plot x^2+y^2=1 --var y:x --curve | stand alone
plot x --equal --xscale log | linear scales
plot a*x --var x | no value for a
plot x y | different variables: x, y
map x^2 --rename x --over a.csv | not NAME=COLUMN
map - --over - | both the expressions and the table
plot x^2+y^2=-1 --var y:x | no point of x**2 + y**2 = -1 was found
plot x^2+a*y^2=1 --var y:x | has a parameter: a
plot [sqrt(-1-t^2),t] --curve | is real nowhere there
plot x^2 --at oo | x is infinite here
plot x^2 --at 1 --secants 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1 | at most 20 steps
diff besselj(x,2) --to-code python | no closed form to write as code
grad x[0.5] --at x=[1,2] | an index must be a whole number
grad x[1:] --at x=[1,2] | needs one number; x[1:] gives [2]
grad x@y --at x=[1,2],y=[1,2,3] | check the shapes
diff a[0](x) | an element cannot be called
diff \\mathop{foo | is never closed
"""


def test_what_is_refused_says_why(ask: Ask, untouched: Path) -> None:
    (program := untouched / "f.py").write_text("def f(x): return x**2\ndef dz(x): return {'z': 2*x}\n")
    assert "dz(x) returns nothing for x" in ask("check", "f", "dz", "--py", "f.py", "--at", "x=3").err
    program.unlink()
    (table := untouched / "a.csv").write_text("x\n1\n")
    for line in REFUSED.strip().splitlines():
        words, why = line.split(" | ")
        answer = ask(*words.split())
        assert (answer.out, answer.code, why in answer.err) == ("", 2, True), (words, answer)
    table.unlink()
    for command in ("diff", "check"):
        words = [command, "x^2", *["2x"][: command == "check"], "--order", "10001"]
        answer = ask(*words)
        assert (answer.code, "order 10001 is too high" in answer.err) == (3, True), answer


def test_a_second_line_of_questions_draws_nothing(ask: Ask, folder: Path) -> None:
    for words in (["limit", "--to", "1"], ["study"]):
        answer = ask(*words, "-", "-o", "a.svg", stdin="x\n2x\n")
        assert (answer.code, f"-o draws one {words[0]}" in answer.err) == (2, True), answer
    assert list(folder.iterdir()) == []


def test_raw_and_json_exclude_each_other(ask: Ask) -> None:
    answer = ask("diff", "x", "--raw", "--json")
    assert list(json.loads(answer.out)) == ["error"] and answer.code == 2


def test_version_and_help(ask: Ask) -> None:
    from calcgrad.version import __version__

    said, beside, code = ask("--version")
    first, engines = said.splitlines()
    assert (first, beside, code) == (f"calcgrad {__version__}", "", 0)
    assert f"SymPy {sympy.__version__}, NumPy {np.__version__}" in engines
    for name in ("SciPy", "PyArrow", "Dask"):
        assert (name in engines) == (find_spec(name.lower()) is not None)
    for words in (["--help"], ["-h"], ["diff", "--help"], ["diff", "-h"], ["grad", "-h"]):
        answer = ask(*words)
        assert answer.code == 0 and "Usage: calcgrad" in answer.out and answer.err == ""
    for name in ["diff", "limit", "grad", "plot", "check", "map", "batch", "functions"]:
        assert re.search(rf"^  {name} ", ask("--help").out, re.MULTILINE), name


# ------------------------------------------------------------------------------------------------- --let


def test_definitions(ask: Ask) -> None:
    assert ask("diff", "a*x**2", "--let", "a=3", "--raw").out == "6*x\n"
    assert ask("diff", "g(x)", "--let", "g(t)=sin(t)", "--raw").out == "cos(x)\n"
    assert ask("diff", "g(x)", "--let", "g(t)=a*t", "--let", "a=5", "--raw").out == "5\n"
    assert ask("grad", "sum(A@x)", "--let", "A=[[2,1],[0,3]]", "--at", "x=[1,1]", "--raw").out == "[2, 4]\n"
    assert ask("diff", "x(t)", "--let", "x(s)=s^2", "--raw").out == "2*t\n"


def test_an_unused_definition_is_a_note(ask: Ask) -> None:
    answer = ask("diff", "x**2", "--let", "a=2", "--raw")
    assert answer == ("2*x\n", "note: --let a is not used\n", 0)


# ------------------------------------------------------------------------------------------------- labels

LABELS = [
    ("diff x**5 --order 2", "f''(x) = 20*x**3"),
    ("diff x**5 --order 3", "f'''(x) = 60*x**2"),
    ("diff x**5 --order 4", "f^(4)(x) = 120*x"),
    ("diff x**5 --order 4 --at 2", "f^(4)(2) = 240"),
    ("diff x**2*y --var x", "df/dx = 2*x*y"),
    ("diff x**2*y --var x,y", "d2f/dxdy = 2*x"),
    ("diff x**2*y --var x,x,y", "d3f/dx2dy = 2"),
    ("diff x**2*y --var x --order 2", "d2f/dx2 = 2*y"),
    ("diff x**2*y --var x --at x=1,y=2", "df/dx(1, 2) = 4"),
    ("diff f**2", "g'(f) = 2*f"),
    ("diff f*g --var f", "dF/df = g"),
    ("grad y**2 --at 3", "df/dy = 6"),
    ("grad y*f --at y=3,f=2", "dg/df = 3"),
    ("limit h**2 --at 1", "lim k->0 (f(1+k)-f(1))/k = 2"),
    ("limit f**2 --to 1 --rows 0", "lim f->1 g(f) = 1"),
]


@pytest.mark.parametrize(("words", "line"), LABELS)
def test_labels(ask: Ask, words: str, line: str) -> None:
    assert line in ask(*words.split()).out.splitlines()


def test_partials_name_every_variable(ask: Ask) -> None:
    assert ask("diff", "x**2*y", "--var", "x").out == "f(x, y) = x**2*y\ndf/dx = 2*x*y\n"


def test_trace_skips_names_that_are_taken(ask: Ask) -> None:
    rows = ask("grad", "v1**2*v3+1", "--at", "v1=2,v3=3", "--trace").out.splitlines()
    assert [row.split()[0] for row in rows[1:-2]] == ["v1", "v3", "v2", "v4", "y"]


def test_trace_in_json(ask: Ask) -> None:
    made = json.loads(ask("grad", "x**2", "--at", "3", "--trace", "--json").out)
    assert made["trace"] == [
        {"node": "x", "operation": "input", "value": 3.0, "adjoint": 6.0},
        {"node": "y", "operation": "x**2", "value": 9.0, "adjoint": 1.0},
    ]


# ------------------------------------------------------------------------------------------- raw and latex


@pytest.mark.parametrize(
    ("words", "out", "code"),
    [
        ("diff x**x --at 2", "4*log(2) + 4", 0),
        ("diff x**x --at 2 --digits 5", "6.7726", 0),
        ("diff abs(x) --at 0", "none", 1),
        ("diff abs(x-a) --var x --at 1", "undecided", 3),
        ("diff sinn(x)", "error", 2),
        ("limit 1/x**2 --to 0", "oo", 0),
        ("limit a*x --var x --to oo", "undecided", 3),
        ("limit abs(x)/x --to 0", "none", 1),
        ("grad x*y --at x=2,y=3", "[3, 2]", 0),
        ("grad x*y --at x=2,y=3 --var y,x", "[2, 3]", 0),
        ("grad y*x --at x=2,y=3", "[2, 3]", 0),
        ("grad x*y --at x=2,y=3 --var x", "3", 0),
        ("grad dot(x,x)*y --at x=[1,2],y=3", "[[6, 12], 5]", 0),
        ("grad [x,y] --jacobian --at x=2,y=3", "[[1, 0], [0, 1]]", 0),
        ("grad abs(x) --at 0", "none", 1),
        ("check x**2 --at 1", "agree", 0),
        ("check x**2 2*x", "equal", 0),
        ("check x**2 3*x", "different", 1),
        ("diff 2x --latex", "2", 0),
        ("diff x^3 --to-code latex", "3 x^{2}", 0),
        ("diff x*y --total --at x=1,y=2", "2 + 2*(x - 1) + (y - 2)", 0),
        ("diff x*y --total --at x=1,y=2 --latex", r"2 + 2 \left(x - 1\right) + \left(y - 2\right)", 0),
        ("diff x^2+y^2=25 --var y:x", "-x/y", 0),
        ("diff x^2+y^2=25 --var y:x --latex", r"-\frac{x}{y}", 0),
        ("diff x^2+y^2=25 --var y:x --at x=3,y=4", "-3/4", 0),
        ("diff [t^2,t^3] --curve", "3*t/2", 0),
        ("diff [t^2,t^3] --curve --latex", r"\frac{3 t}{2}", 0),
        ("diff [t^2,t^3] --curve --at 1", "3/2", 0),
        ("grad x*y --at x=3,y=4 --along 3,4", "4.8", 0),
        ("grad x*y --at x=3,y=4 --uncertainty x=3,y=4", "16.97056275", 0),  # sqrt((4*3)**2 + (3*4)**2)
        ("grad x*y --at x=3,y=4 --sensitivity", "1\n1", 0),
        ("series exp(x) --at 0", "1 + x + x**2/2 + x**3/6", 0),
    ],
)
def test_raw_is_the_answer_alone(ask: Ask, words: str, out: str, code: int) -> None:
    answer = ask(*words.split(), "--raw")
    assert (answer.out, answer.code) == (out + "\n", code)
    assert (answer.err == "") == (code == 0)


def test_latex(ask: Ask) -> None:
    assert ask("diff", "x^2/2", "--latex").out == "f(x) = \\frac{x^{2}}{2}\nf'(x) = x\n"
    assert ask("diff", "sqrt(x)", "--latex", "--raw").out == "\\frac{1}{2 \\sqrt{x}}\n"
    assert ask("diff", "pi*x", "--at", "1", "--latex", "--raw").out == "\\pi\n"
    assert "\\lim_{x \\to 0}" in ask("limit", "sin(x)/x", "--to", "0", "--latex").out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("diff sin(x)*y --var x,y", r"\frac{\partial^{2} f}{\partial x \partial y} = \cos\left(x\right)"),
        ("diff log(-x^2-1)", r"f'(x) \text{ does not exist: f is not real}"),
        ("diff x^3 --order 2 --steps", r"& f'(x) = 3 x^{2} \\"),
        ("diff x^2+y^2=25 --var y:x,x --steps", r"& \quad \text{put in y', simplify:}\quad y'' = -\frac{25}{y^{3}} \\"),
        ("diff [t^2,t^3] --curve --steps", r"& \quad \text{d2y/dx2:}\quad \frac{3}{4 t} \\"),
        ("limit x*y --to x=0,y=0", r"\lim_{\left(x, y\right)\to\left(0, 0\right)} f\left(x, y\right) = 0"),
        ("study x*y --var x,y", r"\text{saddle} \quad f\left(0, 0\right) = 0"),
        ("study sin(x)*sin(y) --var x,y", r"y \in \left[0, 2 \pi\right)"),
        # the cases of parameters, whose conditions are formulas too
        ("limit x*(lambda^12-mu) --to oo --var x", r"\begin{cases} \infty & \lambda^{12} > \mu \\"),
        ("limit (x^a+1)/(x^a+2) --to oo --var x", r"\frac{1}{2} & a < 0 \\ \frac{2}{3} & a = 0 \\ 1 & a > 0"),
        ("diff x^a --var x --at 0", r"\text{not-real} & a \text{ not an integer} \wedge a > 1 \\ 1 & a \text{ integer} \wedge a = 1"),
        ("diff abs(x-a) --var x --at 1", r"1 & a < 1 \\ \text{corner} & a = 1 \\ -1 & a > 1"),
    ],
)  # fmt: skip
def test_a_line_of_latex(ask: Ask, words: str, line: str) -> None:
    assert line in ask(*words.split(), "--latex").out


def test_records_of_what_is_said_seldom(ask: Ask) -> None:
    record = json.loads(ask("diff", "x^2+y^2=25", "--var", "y:x", "--order", "2", "--steps", "--json").out)
    assert (record["steps"][-1]["rule"], record["derivative"]) == ("put in y', simplify", "-25/y**3")
    record = json.loads(ask("diff", "[t^2-1,t^3-t]", "--curve", "--json").out)
    assert "horizontal tangent" in json.dumps(record) and record["derivative"] == "(3*t**2 - 1)/(2*t)"
    record = json.loads(ask("study", "sin(x)*sin(y)", "--var", "x,y", "--json").out)
    kinds = sorted(each["kind"] for each in record["critical"])
    assert kinds == ["maximum"] * 2 + ["minimum"] * 2 + ["saddle"] * 4
    assert record["periods"]["x"]["value"] == "2*pi"


# What is said where there is no answer, or only part of one.
SAID = """
grad abs(x) --at x=0 --along 1 | slope along (1) does not exist: abs has a corner
grad abs(x) --at x=0 --sensitivity | its slopes do not exist: abs has a corner
grad log(x) --at x=0.1 --uncertainty x=0.2 | within the deviations: y has no bounds, or perhaps no value
limit sin(1/(x^2+y^2)) --to x=0,y=0 | it oscillates along y = 0, x > 0
limit log(x) --at 0 | does not exist: f is not defined there
limit cbrt(x) --at 0 | lim h->0 (f(0+h)-f(0))/h = oo
limit sqrt(abs(x)) --at 0 | does not exist: -oo from the left, oo from the right
diff [abs(t),t] --curve --at 0 | corner, slope -1 before and 1 behind it
diff [sqrt(t),t] --curve --at 0 | the curve ends there, with slope 0
diff [t,cbrt(t)] --curve --at 0 | does not exist: vertical tangent
diff [t^2,abs(t)] --curve --at 0 | turning point, the curve goes back the way that it came, with a vertical tangent
diff [abs(t)+t,t] --curve | corner at t = 0
check (-1)^x | undecided: f has no derivative at any of the points that were tried
check exp(x) --at 800 | numeric   too large for a double
check x^2+y^2=-1 x/y --var y:x | the equation defines no function
check x^2+y^2=25 -x*(y-3)/(y*(y-3)) --var y:x | y = 3 the derivative is 4/3, the claim is not defined
check x^2 exp(exp(exp(exp(x+9)))) | different: at x = -10 the derivative is -20
series abs(x) --at 0 | from the right: f(x) = x
series sin(abs(x))/x --at 0 | from the left: f(x) = -1 + x**2/6 - x**4/120 + x**6/5040 + O(x**8)
series sqrt(x) --at 0 | f is not real to the left
series sqrt(-1-x^2) --at 0 | f is not defined near there
series sin(1/x) --at 0 | f has no one expansion at x = 0: it oscillates
series where(x>0,sin(1/x),x) --at 0 | from the left: f(x) = x
grad abs(x)*y --at x=0,y=0 --along 1,1 | slope 0 along
grad hypot(x,y) --at x=0,y=0 --along 1,1 | does not exist: hypot has a corner
grad abs(x) --at x=0 --uncertainty x=0.1 | its slopes do not exist
grad abs(x)*x --at x=0 --uncertainty x=0.1 | second order: not known, the derivative by x, x does not exist
grad sum([])+x --at x=1 | dy/dx = 1
grad gamma(x) --at x=200 | dy/dx is undecided
diff where(1<x<2<y,x,1) --var x | Piecewise((x, ((1 < x) & (x < 2)) & (2 < y)), (1, True))
diff oo*x | f'(x) does not exist: f is not defined
diff exp(exp(exp(x))) --at 10 | f'(10) is undecided
diff y^3-2*x^3=0 --var y:x --at x=0,y=0 | dy/dx = 1.25992105 at x = 0, y = 0
diff y=y --var y:x | the equation does not determine y
diff cbrt(x^2)+cbrt(y^2)=1 --var y:x --at x=1,y=0 | undecided
limit bessely(-1,x)*x --to 0 --from right | = 2/pi
limit polygamma(1.5,x) --to 1 | undecided
limit digamma(x)*(x+35) --to -35 | undecided
series abs(x-a) --at 0 --var x | is undecided
diff besselj(x,2) --latex | has no closed form
diff besselj(x,2)+y=1 --var y:x | has no closed form
diff y+besselj(y,x)=1 --var y:x --json | "reason":"no-closed-form"
diff [besselj(t,2),t] --curve | has no closed form
diff [besselj(t,2),t] --curve --json | "reason":"no-closed-form"
check besselj(x,2) 0 | different: at x =
check x 1+exp(-exp(exp(10))) | undecided: no point could be compared
"""


def test_what_is_said_where_little_is_known(ask: Ask) -> None:
    for line in SAID.strip().splitlines():
        words, said = line.split(" | ")
        answer = ask(*words.split())
        assert said in answer.out, (words, answer)


def test_an_expansion_with_its_parts_and_its_sides(ask: Ask) -> None:
    lines = ask("series", "exp(sin(x))*cos(x)", "--at", "0", "--steps", "--terms", "3").out.splitlines()
    assert lines == [
        "sin(x) = x - x**3/6 + x**5/120 + O(x**7)", "exp(sin(x)) = 1 + x + x**2/2 + O(x**4)",
        "cos(x) = 1 - x**2/2 + x**4/24 + O(x**6)", "f(x) = 1 + x - x**3/2 + O(x**4)",
    ]  # fmt: skip
    record = json.loads(ask("series", "exp(sin(x))", "--at", "0", "--steps", "--json").out)
    assert [each["expr"] for each in record["steps"]] == ["sin(x)"]
    record = json.loads(ask("series", "abs(x)/x", "--at", "0", "--json").out)
    assert (record["reason"], record["left"]["terms"][0]["coefficient"]) == ("sides-differ", "-1")


# -------------------------------------------------------------------------------------- stdin and exit codes


def test_stdin_example(ask: Ask) -> None:
    answer = ask("diff", "-", "--raw", stdin="x**2\nsinn(x)\nx**3\n")
    assert (answer.out, answer.code) == ("2*x\nerror\n3*x**2\n", 2)
    assert answer.err.startswith("line 2: error: unknown function 'sinn'\n")


def test_stdin_lines_are_counted_as_they_stand(ask: Ask) -> None:
    answer = ask("diff", "-", "--raw", stdin="# comment\n\n  x**2  \r\n\nsinn(x)\n# end")
    assert (answer.out, answer.code) == ("2*x\nerror\n", 2)
    assert answer.err.startswith("line 5: error: ")
    assert ask("diff", "-", "--raw", stdin=b"\xef\xbb\xbfx**2\n").out == "2*x\n"
    assert ask("diff", "-", "--raw", stdin=b"x\n\xff\xfe\nx**2\n").out == "1\nerror\n2*x\n"
    assert ask("diff", "-", stdin="").code in (0, 2)


def test_answers_come_in_blocks_or_lines(ask: Ask) -> None:
    blocks = "f(x) = x**2\nf'(x) = 2*x\n\nf(x) = x**3\nf'(x) = 3*x**2\n"
    assert ask("diff", "-", stdin="x**2\nx**3\n").out == blocks
    assert ask("diff", "x**2", "x**3").out == blocks
    made = [json.loads(line) for line in ask("diff", "x**2", "y*", "x**3", "--json").out.splitlines()]
    assert [next(iter(each)) for each in made] == ["command", "error", "command"]


PRECEDENCE = [
    (["x"], 0),
    (["x", "abs(x)"], 1),
    (["abs(x)", "abs(x-a)"], 3),
    (["x", "abs(x-a)", "abs(x)"], 3),
    (["abs(x-a)", "sinn(x)", "abs(x)", "x"], 2),
    (["sinn(x)", "x"], 2),
]


@pytest.mark.parametrize(("exprs", "code"), PRECEDENCE)
def test_the_worst_answer_is_the_exit_code(ask: Ask, exprs: list[str], code: int) -> None:
    answer = ask("diff", *exprs, "--var", "x", "--at", "0", "--raw", "--let", "b=1")
    assert answer.code == code
    assert len(answer.out.splitlines()) == len(exprs)
    lines = [{"command": "diff", "expr": expr, "var": "x", "at": "0"} for expr in exprs]
    answer = ask("batch", stdin="\n".join(map(json.dumps, lines)))
    assert answer.code == code
    exits = [json.loads(line)["exit"] for line in answer.out.splitlines()]
    assert next(each for each in (2, 3, 1, 0) if each in exits) == code


def test_timeout_is_undecided(ask: Ask) -> None:
    slow = "exp(sin(x)*cos(x)*tan(x))*" * 20 + "x"
    answer = ask("diff", slow, "--order", "6", "--timeout", "0.2", "--raw")
    assert (answer.out, answer.code) == ("undecided\n", 3)
    assert answer.err.startswith("error: gave up after 0.2 s")
    made = json.loads(ask("diff", slow, "--order", "6", "--timeout", "0.2", "--json").out)
    assert made["error"]["code"] == "timeout"


@pytest.mark.parametrize("place", ["zeros(10^9)", "ones(10^4,10^4)", "arange(10^12)", "linspace(0,1,10^8)"])
def test_arrays_too_large_to_make(ask: Ask, place: str) -> None:
    answer = ask("grad", "sum(x)", "--at", f"x={place}")
    assert (answer.out, answer.code) == ("", 3)


# ---------------------------------------------------------------------------------------------- the system


def test_a_closed_pipe_is_141() -> None:
    command = f"yes 'x**2' | head -3000 | {sys.executable} -m calcgrad diff - --raw | head -1; echo ${{PIPESTATUS[2]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "2*x\n141\n"
    assert "Traceback" not in done.stderr and "Error" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "words",
    [
        ["diff", "x**2"],
        ["functions"],
        ["plot", "x", "-o", "-"],
        ["--version"],
        ["--help"],
        ["diff", "--json", "y*"],
    ],
)
def test_stdout_that_cannot_be_written(words: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "calcgrad", *words],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "error: cannot write to stdout" in done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_ctrl_c_is_130() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "calcgrad", "batch"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write('{"command":"diff","expr":"x"}\n')
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["exit"] == 0
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err


# -------------------------------------------------------------------------------------------------- batch


def converse(*lines: Any, words: tuple[str, ...] = (), ask: Ask) -> tuple[list[Any], int]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    answer = ask("batch", *words, stdin=text + "\n")
    assert answer.err == ""
    return [json.loads(line) for line in answer.out.splitlines()], answer.code


def test_batch_example(ask: Ask) -> None:
    line = '{"id":7,"command":"diff","expr":"x**x","at":{"x":"2"},"order":1}'
    [made], code = converse(line, ask=ask)
    alone = json.loads(ask("diff", "x**x", "--at", "x=2", "--order", "1", "--json").out)
    assert made == {**alone, "id": 7, "exit": 0} and code == 0


BATCH = [
    ({"command": "limit", "expr": "sin(x)/x", "to": "0"}, "limit sin(x)/x --to 0"),
    ({"command": "limit", "expr": "1/x", "to": "0", "from": "left", "rows": 2}, "limit 1/x --to 0 --from left --rows 2"),
    ({"command": "diff", "expr": "a*x**2", "let": ["a=2"], "var": "x"}, "diff a*x**2 --let a=2 --var x"),
    ({"command": "diff", "expr": "x**2", "at": "x=1/3", "digits": 20}, "diff x**2 --at x=1/3 --digits 20"),
    ({"command": "diff", "expr": "abs(x)", "at": 0}, "diff abs(x) --at 0"),
    ({"command": "grad", "expr": "x*y", "at": {"x": "1", "y": 2}}, "grad x*y --at x=1,y=2"),
    ({"command": "grad", "expr": "dot(x,x)", "at": {"x": [1, 2]}}, "grad dot(x,x) --at x=[1,2]"),
    ({"command": "grad", "expr": "[x,y]", "at": "x=1,y=2", "jacobian": True}, "grad [x,y] --at x=1,y=2 --jacobian"),
    ({"command": "check", "expr": "x**2", "claim": "3*x"}, "check x**2 3*x"),
    ({"command": "check", "expr": "x**2", "at": "1"}, "check x**2 --at 1"),
    ({"command": "diff", "expr": "3*sinn(x)"}, "diff 3*sinn(x)"),
    ({"command": "diff", "expr": "x*y"}, "diff x*y"),
    ({"command": "diff", "expr": "x", "at": "1", "timeout": 5}, "diff x --at 1 --timeout 5"),
]  # fmt: skip


def test_batch_names_the_line_of_an_error(ask: Ask) -> None:
    lines = [
        '{"command":"diff","expr":"x"}',
        "",
        "no",
        '{"command":"diff","expr":["x","sinn(x)"]}',
        '{"command":"d"}',
    ]
    found, _ = converse(*lines, ask=ask)
    errors = [each.get("error") or each.get("answers", [{}])[-1].get("error", {}) for each in found]
    assert [each.get("line") for each in errors] == [None, 3, 4, 5]


@pytest.mark.parametrize(("question", "words"), BATCH)
def test_batch_answers_as_the_command_does(ask: Ask, question: dict[str, Any], words: str) -> None:
    [made], code = converse({**question, "id": "a"}, ask=ask)
    alone = ask(*words.split(), "--json")
    assert made.get("error", {}).pop("line", 1) == 1
    assert made == {**json.loads(alone.out), "id": "a", "exit": alone.code}
    assert code == alone.code


@pytest.mark.parametrize(
    "line",
    [
        "not json", "[1]", '"text"', "null", "{}", '{"command":"diff"}', '{"command":"shell","expr":"x"}', '{"expr":"x"}',
        '{"command":"diff","expr":7}', '{"command":"diff","expr":"x","order":"two"}', '{"command":"diff","expr":"x","at":NaN}',
        '{"command":"diff","expr":"x","colour":1}', '{"command":"diff","expr":"x","order":1.5}', "[" * 10_000, '{"command":["diff"]}',
        '{"command":"diff","expr":"x","timeout":0}', '{"command":"diff","expr":"x","digits":true}', '{"command":"diff","expr":"\\ud800"}',
        '{"command":"diff","expr":"x","at":{"x":{"y":1}}}', '{"command":"limit","expr":"x","rows":2}',
    ],
)  # fmt: skip
def test_a_bad_line_gets_an_error_and_the_next_an_answer(ask: Ask, line: str) -> None:
    made, code = converse(line, {"id": 2, "command": "diff", "expr": "x**2"}, ask=ask)
    assert [each["exit"] for each in made] == [2, 0] and code == 2
    assert (
        set(made[0]["error"]) == {"code", "message", "span", "hint", "line"} and made[0]["error"]["line"] == 1
    )
    assert (made[1]["id"], made[1]["derivative"]) == (2, "2*x")


@pytest.mark.parametrize(
    "question",
    [
        {"command": "grad", "expr": "x", "at": "x=@x.npy"},
        {"command": "grad", "expr": "x", "at": {"x": "@x.npy"}},
        {"command": "grad", "expr": "x", "at": "1", "output": "g.npy"},
        {"command": "grad", "expr": "x", "at": "1", "o": "g.npy"},
        {"command": "grad", "expr": "x", "at": "1", "graph": "g.svg"},
        {"command": "grad", "expr": "f", "at": "1", "py": "f.py"},
        {"command": "check", "expr": "f", "at": "1", "py": "f.py"},
        {"command": "plot", "expr": "x"},
        {"command": "plot", "expr": "x", "output": "p.svg"},
        {"command": "map", "expr": "x", "over": "t.csv"},
        {"command": "diff", "expr": "a", "let": ["a=@x.npy"]},
    ],
)
def test_batch_refuses_files(ask: Ask, folder: Path, question: dict[str, Any]) -> None:
    np.save("x.npy", np.arange(3))
    [made], code = converse(question, ask=ask)
    assert (made["exit"], code) == (2, 2) and "error" in made
    assert [each.name for each in folder.iterdir()] == ["x.npy"]


def test_batch_with_files(ask: Ask, folder: Path) -> None:
    np.save("x.npy", np.arange(3))
    made, code = converse(
        {"command": "grad", "expr": "dot(x,x)", "at": "x=@x.npy"},
        {"command": "plot", "expr": "x**2", "at": "1", "output": "p.svg"},
        {"command": "grad", "expr": "x**2", "at": "3", "output": "g.json"},
        words=("--files",),
        ask=ask,
    )
    assert code == 0, made
    assert made[0]["gradient"] == {"x": [0.0, 2.0, 4.0]}
    assert made[1]["tangents"] == [{"at": "1", "line": "2*x - 1"}]
    assert "<svg" in (folder / "p.svg").read_text()
    assert json.loads((folder / "g.json").read_text()) == {"x": 6.0}


def test_batch_keeps_any_id(ask: Ask) -> None:
    ids = [1, "a", None, [1, {"b": 2}], 1.5]
    made, _ = converse(*({"id": each, "command": "diff", "expr": "x"} for each in ids), ask=ask)
    assert [each["id"] for each in made] == ids
    made, _ = converse({"command": "diff", "expr": "x"}, {"id": 3, "command": "no"}, ask=ask)
    assert "id" not in made[0] and made[1]["id"] == 3


def test_batch_of_nothing(ask: Ask) -> None:
    assert ask("batch", stdin="") == ("", "", 0)
    assert ask("batch", stdin="\n\n") == ("", "", 0)


def test_batch_converses() -> None:
    """One process held open: each answer is there before the next question is asked."""
    process = subprocess.Popen(
        [sys.executable, "-m", "calcgrad", "batch"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    expr = "x**2"
    for index in range(5):
        process.stdin.write(json.dumps({"id": index, "command": "diff", "expr": expr}) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert answer["id"] == index and answer["exit"] == 0
        expr = answer["derivative"]
    assert expr == "0"
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


# ------------------------------------------------------------------------------------- reading expressions

READINGS = """
x!^2  ->  factorial(x)**2
2^3^x  ->  2**3**x
2**3**x  ->  2**3**x
-x^2  ->  -x**2
-x!  ->  -factorial(x)
2x^2  ->  2*x**2
6/2*x  ->  6/2*x
x - y - z  ->  x - y - z
3x^2y  ->  3*x**2*y
2 x y  ->  2*x*y
2(x+1)  ->  2*(x + 1)
2|x|  ->  2*abs(x)
2sin(x)  ->  2*sin(x)
(x+1)(x-1)  ->  (x + 1)*(x - 1)
(x+1)x  ->  (x + 1)*x
x(x+1)  ->  x*(x + 1)
x1(x+1)  ->  x1*(x + 1)
theta(x+1)  ->  theta*(x + 1)
pi(x+1)  ->  pi*(x + 1)
e(x+1)  ->  E*(x + 1)
sin x  ->  sin(x)
sin 2x  ->  sin(2*x)
sin^2 x  ->  sin(x)**2
ln x^2  ->  log(x**2)
sin x cos x  ->  sin(x)*cos(x)
tan x / x  ->  tan(x)/x
sin (x)^2  ->  sin(x)**2
sin(x)^2  ->  sin(x)**2
sin x + 1  ->  sin(x) + 1
sin x * 2  ->  sin(x)*2
sin²x  ->  sin(x)**2
2 sin x  ->  2*sin(x)
x sin x  ->  x*sin(x)
x²  ->  x**2
x⁻¹  ->  x**(-1)
√x  ->  sqrt(x)
√(x+1)  ->  sqrt(x + 1)
π·x × 2 − 1  ->  pi*x*2 - 1
∞  ->  oo
α²  ->  alpha**2
θ  ->  theta
λ  ->  lamda
lambda  ->  lamda
e  ->  E
E  ->  E
EulerGamma  ->  EulerGamma
I  ->  I
i  ->  i
ln(x)  ->  log(x)
0.1x  ->  0.1*x
1e-3x  ->  1e-3*x
2.5E6  ->  2.5E6
2e  ->  2*E
2e*x  ->  2*E*x
x_max  ->  x_max
x1_a2  ->  x1_a2
beta  ->  beta
gamma  ->  gamma
zeta(x)  ->  zeta(x)
gamma(x)  ->  gamma(x)
beta(x, 2)  ->  beta(x, 2)
beta (x)  ->  beta*x
arcsin(x)  ->  asin(x)
ceil(x)  ->  ceiling(x)
Abs(x)  ->  abs(x)
max(x, y)  ->  Max(x, y)
Min(x, y)  ->  Min(x, y)
||x|-1|  ->  abs(abs(x) - 1)
|x| + |y|  ->  abs(x) + abs(y)
||x||  ->  abs(abs(x))
|2x|  ->  abs(2*x)
where(x>0 and y<1, x, y)  ->  Piecewise((x, (x > 0) & (y < 1)), (y, True))
where(not x>0, x, y)  ->  Piecewise((x, ~(x > 0)), (y, True))
where(0<x<1, x, y)  ->  Piecewise((x, (0 < x) & (x < 1)), (y, True))
where(x==0 or y!=0, x, y)  ->  Piecewise((x, (Eq(x, 0)) | (Ne(y, 0))), (y, True))
where((x>0) & ~(y>0) | (x<-1), 1, 2)  ->  Piecewise((1, ((x > 0) & (~(y > 0))) | (x < -1)), (2, True))
Piecewise((x, x<0), (y, x<1), (z, True))  ->  Piecewise((x, x < 0), (y, x < 1), (z, True))
[x, y][0]  ->  [x, y][0]
sum([x,y])  ->  sum([x, y])
[[1,x],[y,2]]@[x,y] @ [1,1]  ->  [[1, x], [y, 2]]@[x, y]@[1, 1]
norm([x,y])  ->  norm([x, y])
x/y/z  ->  x/y/z
x/(2y)  ->  x/(2*y)
+x  ->  x
--x  ->  --x
2*-x  ->  2*-x
2^-x  ->  2**(-x)
atan2(y, x)  ->  atan2(y, x)
"""


@pytest.mark.parametrize(("typed", "read"), [line.split("  ->  ") for line in READINGS.strip().splitlines()])
def test_one_reading(typed: str, read: str) -> None:
    from calcgrad.expression.parser import parse
    from calcgrad.expression.tree import text

    node = parse(typed).node
    assert text(node) == read
    assert parse(read).node is node


TWO_READINGS = [
    ("1/2x", "(1/2)*x", "1/(2*x)"),
    ("x/2(y)", "(x/2)*(y)", "x/(2*(y))"),
    ("e^2x", "e^(2*x)", "e^2*x"),
    ("2^3x", "2^(3*x)", "2^3*x"),
    ("√2x", "sqrt(2*x)", "sqrt(2)*x"),
    ("xy", "x*y", "--var"),
    ("sin^-1 x", "asin(x)", "1/sin(x)"),
    ("a = b", "a - (b)", "a == b"),
    ("|x|y|z|", "abs(x)*y*abs(z)", "abs(x*abs(y)*z)"),
]


@pytest.mark.parametrize(("typed", "first", "second"), TWO_READINGS)
def test_two_readings_are_refused_with_both_shown(ask: Ask, typed: str, first: str, second: str) -> None:
    answer = ask("diff", typed, "--json")
    error = json.loads(answer.out)["error"]
    assert answer.code == 2
    assert error["message"] == f"{typed} has two readings"
    assert first in error["hint"] and second in error["hint"]
    assert error["span"] is not None


@pytest.mark.parametrize(
    "typed",
    [
        "x.real", "x.__class__", "f'x'", "lambda x: x", "[x for x in y]", "import os", "x := 1", "x if y else z",
        "{x", "x; y", "x # y", "x %", "x // 2", "x, y", "()", "", " ", "x x(", "sin", "sin()", "sin(x, y)", "3 4", "x 2", "(x", "x)",
        "[x", "x]", "|x", "x||", "1..2", "1.2.3", "@x", "x@", "*x", "x*", "x**", "^x", "x<", "x < 1", "x == 1", "where(x, 1, 2)",
        "Piecewise(x, y)", "foo(x)", "foo", "x!!", "0x10", "1_000", "\\sinn x", "x'",
    ],
)  # fmt: skip
def test_what_is_no_expression(ask: Ask, typed: str) -> None:
    answer = ask("diff", "--", typed)
    assert (answer.out, answer.code) == ("", 2)
    assert answer.err.startswith("error: ")
    assert len(answer.err.splitlines()) <= 4


def test_longer_names_once_they_are_named(ask: Ask) -> None:
    assert ask("diff", "speed**2").code == 2
    assert ask("diff", "speed**2", "--var", "speed", "--raw").out == "2*speed\n"
    assert ask("diff", "speed**2", "--at", "speed=3", "--raw").out == "6\n"
    assert ask("diff", "speed*x", "--let", "speed=3", "--raw").out == "3\n"


def test_errors_show_at_most_sixty_characters_either_side(ask: Ask) -> None:
    answer = ask("diff", "x+" * 100 + "sinn(x)" + "+x" * 100)
    source, carets = answer.err.splitlines()[1:3]
    assert source.startswith("  …") and source.endswith("…")
    assert carets.strip() == "^^^^"
    assert source[carets.index("^") :].startswith("sinn(x)")
    assert len(source) <= 2 + 1 + 60 + 4 + 60 + 1
    made = json.loads(ask("diff", "x+" * 100 + "sinn(x)", "--json").out)
    assert made["error"]["span"] == [200, 204]


def test_errors_cut_long_names(ask: Ask) -> None:
    answer = ask("diff", "q" * 500 + "(x)")
    assert "…" in answer.err.splitlines()[0]
    assert len(answer.err.splitlines()[0]) < 80


def test_carets_stand_under_wide_characters(ask: Ask) -> None:
    source, carets = ask("diff", "θ²+sinn(x)").err.splitlines()[1:3]
    assert source[carets.index("^") :].startswith("sinn")


def test_no_traceback_unless_asked(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from calcgrad import commands

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("made for this test")

    monkeypatch.setattr(commands, "diff", broken)
    answer = ask("diff", "x")
    assert answer.code == 2 and "Traceback" not in answer.err and answer.err.startswith("error: ")
    monkeypatch.setenv("CALCGRAD_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        ask("diff", "x")


def test_functions_lists_what_the_language_knows(ask: Ask) -> None:
    from calcgrad.expression import shorthands
    from calcgrad.expression.catalogue import FUNCTIONS

    answer = ask("functions", "--json")
    names = [json.loads(line)["name"] for line in answer.out.splitlines()]
    assert answer.code == 0 and set(names) == {row.name for row in (*FUNCTIONS, *shorthands.ROWS)} | {"where"}
    assert len(ask("functions").out.splitlines()) == len(names)
