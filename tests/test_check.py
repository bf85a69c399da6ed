"""check: equal only where it is proved, different only with a point that shows it, and no opinion is no agreement."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from claims import At, Claim, at_points, claims, judged

from calcgrad import check
from calcgrad.calculus.intervals import zeros
from calcgrad.checking import claims as claiming
from calcgrad.checking import methods as checking
from calcgrad.expression.parser import parse

Ask = Callable[..., Any]


def _verdict(answer: Any) -> str:
    """The line after the readings."""
    return str(answer.out.splitlines()[-1])


@pytest.mark.parametrize(
    ("expr", "claim"),
    [
        ("sin(x)^2", "sin(2x)"),
        ("tan(x)", "sec(x)^2"),
        ("log(tan(x/2))", "csc(x)"),
        ("log(x^2)", "2/x"),
        ("x*abs(x)", "2*abs(x)"),
        ("x^x", "x^x*(1+log(x))"),
        ("tanh(x)", "4/(exp(x)+exp(-x))^2"),
        ("where(x<1, x^2, 2x-1)", "where(x<1, 2x, 2)"),
        ("sigmoid(x)", "exp(-x)/(1+exp(-x))^2"),
        ("erf(x)", "2/sqrt(pi)*exp(-x^2)"),  # at 100 both are of the order of 1e-4343
        ("floor(x)", "0"),
        ("x^2/2", "x*(2 + sin(x))/(2 + sin(x))"),  # what is divided by is nowhere 0
        ("x*log(tan(x/2))", "log(tan(x/2)) + x*csc(x)"),  # it is 0 where f is not defined, without end
        ("x*abs(x - 3/7)", "abs(x - 3/7) + x*sign(x - 3/7)"),
        ("cbrt(x^4)", "4*cbrt(x)/3"),
        ("x^2/2 + abs(x - 1/7)", "x + (x - 1/7)/abs(x - 1/7)"),  # a hole where f has a corner
        ("LambertW(x)", "1/(x + exp(LambertW(x)))"),  # it is 0 at the end of W alone
        ("log(gamma(x + 1)/gamma(x))", "1/x"),  # gamma is nowhere 0
    ],
)
def test_claims_that_are_proved(ask: Ask, expr: str, claim: str) -> None:
    answer = ask("check", expr, claim)
    assert (_verdict(answer), answer.code) == ("equal", 0)


@pytest.mark.parametrize(
    ("expr", "claim", "at"),
    [
        ("cos(x)^2", "sin(2x)", {"x": "1"}),
        ("2^x", "x*2^(x-1)", {"x": "0"}),
        ("x^2", "2x + where(x==5, 1, 0)", {"x": "5"}),  # wrong at a single point
        ("x^2", "where(x==pi, 0, 2x)", {"x": "pi"}),
        ("x^2", "2x + 1e-60", {"x": "0"}),
        ("x^2", "2x + exp(-1000)", {"x": "0"}),
        ("x^2", "2*sqrt(x)^2", {"x": "-1"}),  # the claim has a smaller domain
        ("x*(2*atan(x)-asin(2x/(1+x^2)))", "2*atan(x)-asin(2x/(1+x^2))", {"x": "2"}),  # right for abs(x) < 1
        ("x^2", "2x*x/x", {"x": "0"}),
        ("x^2/2", "x*(x-3/7)/(x-3/7)", {"x": "3/7"}),
        ("x^2/2", "x*(exp(x) - 3)/(exp(x) - 3)", {"x": "log(3)"}),
        ("x^2/2", "x*(x^3 - 5)^2/(x^3 - 5)^2", {"x": "5**(1/3)"}),
        ("exp(x)", "exp(x)*(x - sin(x - 1/7) - 1/7)/(x - sin(x - 1/7) - 1/7)", {"x": "1/7"}),  # a triple zero
        ("exp(x)", "exp(x) + 1e-60", {"x": "0"}),
    ],
)
def test_claims_with_a_counterexample(ask: Ask, expr: str, claim: str, at: dict[str, str]) -> None:
    record = json.loads(ask("check", expr, claim, "--json").out)
    assert (record["verdict"], record["counterexample"]) == ("different", at)


@pytest.mark.parametrize(
    ("expr", "claim"),
    [
        ("x^2*(atan(x)+atan(1/x))", "pi*x*sign(x)"),
        ("x*(asin(x)+acos(x))", "pi/2"),
        ("x*gamma(1/3)*gamma(2/3)", "2*pi/sqrt(3)"),
        ("abs(sin(x))*x", "abs(sin(x))+x*cos(x)*sign(sin(x))"),
        ("abs(a*x)", "a*sign(a*x)"),
        ("sin(x)^x", "sin(x)^x*(log(sin(x))+x*cot(x))"),  # defined on every second interval only
        ("x*floor(x)", "floor(x)"),
    ],
)
def test_claims_that_are_proved_of_what_bends_again_and_again_or_has_parameters(
    ask: Ask, expr: str, claim: str
) -> None:
    answer = ask("check", expr, claim, "--var", "x")
    assert (answer.code, answer.out.splitlines()[-1]) == (0, "equal")


def test_agreement_at_points_is_no_proof(ask: Ask) -> None:
    answer = ask("check", "x^2", "2x + sin(x^2)^2 + cos(x^2)^2 - besselj(0, x)/besselj(0, x)")
    assert answer.code == 3
    assert _verdict(answer).startswith(
        "undecided: they are equal where both have values, but it is not settled"
    )


@pytest.mark.parametrize(
    ("expr", "claim", "at"),
    [
        ("x^2*y/2", "x*y*(y - 5/7)/(y - 5/7)", {"x": "7/3", "y": "5/7"}),
        (
            "sqrt(x*y)",
            "y/(2*sqrt(x*y))",
            None,
        ),  # f is 0 all along y = 0, where the formula has no value either: a note
        ("sqrt(x^2 + y^2)", "x/sqrt(x^2 + y^2)", None),  # a pole, but at 0, 0, where f has a corner
        ("sqrt(x - y)", "1/(2*sqrt(x - y))", None),
        ("log(x + y)", "1/(x + y)", None),
    ],
)
def test_holes_in_several_variables(ask: Ask, expr: str, claim: str, at: dict[str, str] | None) -> None:
    record = json.loads(ask("check", expr, claim, "--var", "x", "--json").out)
    assert (record["verdict"], record["counterexample"]) == ("different" if at else "equal", at)


def test_a_hole_at_a_place_that_has_no_name_is_described(ask: Ask) -> None:
    answer = ask("check", "x^2/2", "x*(cos(x) - x)/(cos(x) - x)")
    assert _verdict(answer) == (
        "different: where cos(x) - x == 0, near x = 0.7390851332, f has a derivative, the claim is not defined"
    )
    assert answer.code == 1


@pytest.mark.parametrize("made", claims(24, 1), ids=str)
def test_claims_true_and_false_by_construction(made: Claim) -> None:
    assert judged(made) == "right"


@pytest.mark.parametrize("made", at_points(40, 1), ids=str)
def test_the_methods_do_not_disagree_where_all_is_well(made: At) -> None:
    tiny = "10^-100" in made.f or "10^-300" in made.f
    assert judged(made) in (("right", "undecided") if tiny else ("right",))


@pytest.mark.parametrize("expr", ["x + oo", "x*exp(-oo)", "max(x, -oo)"])
def test_infinity_is_not_a_number(ask: Ask, expr: str) -> None:
    answer = ask("check", expr, "--at", "1")
    assert _verdict(answer) == "undecided: oo is not a number, so f has no value"


@pytest.mark.parametrize(
    ("function", "places"),
    [
        ("cos(x) - x", [0.739085]),
        ("exp(x) - x^2", [-0.703467]),
        ("x - sin(x)", [0]),
        ("exp(x) - 1 - x", [0]),
        ("exp(x) - 3*x - 4", [-1.236537, 2.421713]),
        ("x^2 + cos(x)", []),
        ("x + log(x)", [0.567143]),
        ("tan(x) - x", None),  # without end
    ],
)
def test_all_zeros_on_the_line(function: str, places: list[float] | None) -> None:
    found = zeros(parse(function).node, "x")
    assert (None if found is None else sorted(float(low) for low, _ in found)) == (
        None if places is None else pytest.approx(places, rel=1e-5)
    )


@pytest.mark.parametrize(
    ("expr", "claim", "domain"),
    [
        ("2*log(x)", "2/x", "at x = -1 the claim has a value, but f is not real"),
        ("(x^2-1)/(x-1)", "1", "at x = 1 the claim has a value, but f is not defined"),
        ("abs(x)", "sign(x)", "at x = 0 the claim has a value, but f has no derivative"),
        ("log(x^2)", "2/x", None),
    ],
)
def test_a_claim_with_a_larger_domain_is_equal_and_the_difference_is_named(
    ask: Ask, expr: str, claim: str, domain: str | None
) -> None:
    plain = ask("check", expr, claim)
    assert (_verdict(plain), plain.err) == ("equal", f"note: {domain}\n" if domain else "")
    assert json.loads(ask("check", expr, claim, "--json").out).get("domain") == domain


def test_agreement_is_counted_in_digits(ask: Ask) -> None:
    record = json.loads(ask("check", "x^x", "--at", "2", "--json").out)
    assert (record["verdict"], record["value"], record["digits"]) == ("agree", 4.0, 15)


def test_a_method_that_computes_another_f_is_noticed(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    monkeypatch.setattr(checking, "_values", lambda root, point: [5.0])
    answer = ask("check", "x^x", "--at", "2")
    assert answer.code == 3  # what contradicts itself settles nothing
    assert answer.out.endswith("disagree: they differ on f itself by 1.0e+00\n")


def test_one_method_alone_is_no_agreement(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    monkeypatch.setattr(checking, "_symbolic", lambda answer, digits: checking._SILENT)
    monkeypatch.setattr(checking, "slopes", lambda root, name, place: checking.Slopes(""))
    answer = ask("check", "x^x", "--at", "2")
    assert answer.code == 3
    assert answer.out.endswith("undecided: only one method has an answer\n")


def test_both_readings_are_shown_before_the_verdict(ask: Ask) -> None:
    assert ask("check", "y = 3x^2", "6x").out == "f(x) = 3*x**2\nclaim: 6*x\nequal\n"
    assert ask("check", "f^2", "2f", "--var", "f").out == "g(f) = f**2\nclaim: 2*f\nequal\n"
    assert ask("check", "x^2*y", "--var", "x", "--at", "x=1,y=2").out.splitlines()[0] == "f(x, y) = x**2*y"


CLAIMS = "2x\r\n\n# the next ones are wrong\nx + 2x\nsinn(x)\n2x + 0/x\n2*x*\n"


def test_claims_on_stdin_are_judged_line_by_line(ask: Ask) -> None:
    answer = ask("check", "x^2", "-", stdin=CLAIMS)
    assert answer.out.splitlines() == [
        "f(x) = x**2",
        "equal: 2*x",
        "different: x + 2*x: at x = 1 the derivative is 2, the claim gives 3",
        "different: 2*x + 0/x: at x = 0 the derivative is 0, the claim is not defined",
    ]
    assert answer.err.splitlines() == [
        "line 4: note: times 2/3 it is the derivative",
        "line 5: error: unknown function 'sinn'", "  sinn(x)", "  ^^^^", "hint: did you mean sin?",
        "line 7: error: expression ends after '*'", "  2*x*", "      ^", "hint: something must follow '*'",
    ]  # fmt: skip
    assert answer.code == 2
    raw = ask("check", "x^2", "-", "--raw", stdin=CLAIMS)
    assert raw.out.splitlines() == ["equal", "different", "error", "different", "error"]
    records = [json.loads(line) for line in ask("check", "x^2", "-", "--json", stdin=CLAIMS).out.splitlines()]
    assert [each.get("claim") for each in records] == ["2*x", "x + 2*x", None, "2*x + 0/x", None]
    assert [each.get("verdict", "error") for each in records] == raw.out.split()


@pytest.mark.parametrize(
    ("stdin", "out", "code"),
    [
        ("", "", 0),
        ("2x\n", "equal\n", 0),
        ("2x", "equal\n", 0),
        ("2x\n3x\n", "equal\ndifferent\n", 1),
        (b"2x\n\xff\n", "equal\nerror\n", 2),
    ],
)
def test_the_exit_code_of_claims_is_the_worst(ask: Ask, stdin: Any, out: str, code: int) -> None:
    answer = ask("check", "x^2", "-", "--raw", stdin=stdin)
    assert (answer.out, answer.code) == (out, code)


@pytest.mark.parametrize(
    "words",
    [
        ["-", "-"],
        ["sinn(x)", "-"],
        ["f", "-", "--py", "f.py"],
        ["x", "-", "--at", "1", "--at", "2"],
        ["x*y", "-"],
    ],
)
def test_claims_are_not_read_where_the_function_is_refused(ask: Ask, words: list[str]) -> None:
    answer = ask("check", *words, stdin="1\n2\n")
    assert (answer.out, answer.code, answer.err.count("error:")) == ("", 2, 1)


@pytest.mark.parametrize(
    ("expr", "claim", "order", "verdict"),
    [
        ("x^4", "12x^2", "2", "equal"),
        ("x^4", "4x^3", "2", "different"),
        ("x*abs(x)", "2*sign(x)", "2", "equal"),
        ("x^3*abs(x)", "24*abs(x)", "3", "equal"),
        ("x*abs(x)", "2*x/abs(x)", "2", "equal"),
        ("x^2*abs(x)", "6*x^2/abs(x)", "2", "different"),  # it has a value at 0, the claim has not
        ("sin(a*x)", "a^4*sin(a*x)", "4", "equal"),
        ("exp(x)", "exp(x)", "50", "equal"),
    ],
)
def test_claims_of_higher_order(ask: Ask, expr: str, claim: str, order: str, verdict: str) -> None:
    assert ask("check", expr, claim, "--var", "x", "--order", order, "--raw").out.strip() == verdict


def test_what_there_was_no_time_for_is_said(monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    attempts = iter([None])

    def late(asked: Callable[[], Any], *_: Any, **__: Any) -> Any:
        return asked() if next(attempts, asked) else None

    monkeypatch.setattr(claiming, "attempt", late)
    assert _verdict(ask("check", "x^2", "3x + 1")) == (
        "different: at x = 1 the derivative is 2, the claim gives 4; there was no time for a comparison at x = 0"
    )
    attempts = iter([None])
    monkeypatch.setattr(checking, "attempt", late)
    answer = ask("check", "x^2", "--at", "1")
    assert answer.out.splitlines()[1:] == [
        "symbolic  -", "autodiff  2", "numeric   2", "agree: there was no time for the symbolic method",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("expr", "claim", "note"),
    [
        ("10^-20-x^(170!)", "cbrt(x)!", ""),  # a ratio that no double holds
        ("x^2", "2x + C", "without C it is the derivative: + C belongs to an antiderivative"),
        ("x^2", "2X", "with x for X it is the derivative: those are two variables"),
        (
            "x*log10(x)",
            "log(x) + 1/ln(10)",
            "with log10 for log it is the derivative: log is the natural logarithm",
        ),
        (
            "x*log10(x)",
            r"\log x + \frac{1}{\ln 10}",
            "with log10 for log it is the derivative: log is the natural",
        ),
        ("log10(x)^2", "2log(x)/(x ln 10)", "with log10 for log it is the derivative: log is the natural"),
        ("log(x)", "1/(x ln 10)", "with log10 for log in f it is the derivative: log is the natural"),
        (
            r"2\log x",
            r"\frac{2}{x \ln 10}",
            "with log10 for log in f it is the derivative: log is the natural",
        ),
        ("cos(x)", "sin(x)", "with the other sign it is the derivative"),
        ("sin(2x)", "cos(2x)", "times 2 it is the derivative"),
        ("sin(x/3)", "cos(x/3)", "times 1/3 it is the derivative"),
        ("sin(a*x)", "cos(a*x)", "times a it is the derivative"),
        ("x^2", "x^3/3 + C", "it is an antiderivative: f is its derivative"),
        ("x^2", "2x + 1", ""),
        ("x*log10(x)", "ln(x) + 1/ln(10)", ""),
        ("x*abs(x)", "2x", ""),
    ],
)
def test_a_slip_is_named_and_changes_no_verdict(ask: Ask, expr: str, claim: str, note: str) -> None:
    answer = ask("check", expr, claim, "--var", "x", "--json")
    record = json.loads(answer.out)
    assert (record["verdict"], answer.code) == ("different", 1)
    assert answer.err == (f"note: {record['note']}\n" if note else "")
    assert record.get("note", "").startswith(note) and (note or "note" not in record)


def test_the_python_front_door() -> None:
    import calcgrad

    assert bool(calcgrad.check("x^4", "12x^2", order=2)) and not calcgrad.check("x^4", "12x^2")
    assert str(calcgrad.check("x^2", "3x", at=1)).splitlines() == [
        "f(x) = x**2", "claim: 3*x", "different: at x = 1 the derivative is 2, the claim gives 3",
    ]  # fmt: skip
    assert calcgrad.check("x^2", "2x + C").slip.startswith("without C")
    assert calcgrad.check("x^2", at=3).verdict == "agree"


@pytest.mark.parametrize(("claim", "options", "code", "says"), [
    ("f''(x) = 6x", (), 2, "is of order 2, and the claim is compared with order 1"),
    ("f''(x) = 6x", ("--order", "2"), 0, ""),
    ("dy/dt = 3x^2", (), 2, "is a derivative by t"), (r"\frac{d^2y}{dx^2} = 6x", ("--order", "2"), 0, ""),
    ("f^(n)(x) = 6x", (), 2, "does not say which order is meant"), ("f^{(n)}(x) = 6x", ("--order", "2"), 0, ""),
    ("Df = 3x^2", (), 0, ""), (r"\mathrm{D}f(x) = 3x^2", (), 0, ""), ("D^2 f(x) = 6x", ("--order", "2"), 0, ""),
    ("sin'(x) = cos x", (), 2, "speaks of another function"),
    ("(x^3)' = 3x^2", (), 0, ""), ("y = 3x^2", (), 0, ""), ("y' = 3x^2", ("--order", "2"), 2, "is of order 1"),
])  # fmt: skip
def test_a_label_says_of_which_derivative_it_speaks(
    ask: Ask, claim: str, options: tuple[str, ...], code: int, says: str
) -> None:
    answer = ask("check", "x^3", claim, *options)
    assert (answer.code, says in answer.err) == (code, True)


@pytest.mark.parametrize(("f", "claim", "verdict"), [
    ("a^x", "a^x*ln(a)", "equal"), ("x^n", "n*x^(n-1)", "equal"), ("(1+x)^n", "n*(x+1)^(n-1)", "equal"),
    ("a^x*b^x", "(a*b)^x*ln(a*b)", "equal"), ("x^n", "n*x^n/x", "different"), ("x^n", "n*x^(n-1)*n/n", "different"),
    ("a^x", "a^x*ln(a)*(a-1)/(a-1)", "different"), ("a*x", "a^2/a", "different"),
])  # fmt: skip
def test_a_formula_with_parameters_need_not_hold_where_the_derivative_s_own_has_no_value(
    f: str, claim: str, verdict: str
) -> None:
    assert check(f, claim, var="x").verdict == verdict


def test_what_is_excused_is_noted() -> None:
    found = check("a^x", "a^x*ln(a)", var="x")
    assert "neither its formula nor the claim is defined" in (found.domain or "")


@pytest.mark.parametrize(
    ("expr", "claim", "options", "said"),
    [
        ("x^2", "f'(2)=4", (), "equal: at x = 2 the derivative is 4"),
        ("x^2", "f'(2) = 2*2 = 4", (), "equal: at x = 2 the derivative is 4"),
        ("x^2", "f'(2)=5", (), "different: at x = 2 the derivative is 4, the claim gives 5"),
        ("x^2", "dy/dx|_{x=2} = 4", (), "equal: at x = 2 the derivative is 4"),
        ("x^2", "dy/dx at x = 2 = 4", (), "equal: at x = 2 the derivative is 4"),
        (
            "sin(x)",
            r"f'\left(\frac{\pi}{3}\right) = \frac12",
            (),
            "equal: at x = pi/3 the derivative is 1/2",
        ),
        ("x^3", "f''(2) = 12", ("--order", "2"), "equal: at x = 2 the derivative is 12"),
        ("x^2*y", "df/dx(1,2)=4", ("--var", "x"), "equal: at x = 1, y = 2 the derivative is 4"),
        ("x^2*y", "df/dx(1,y)=2y", ("--var", "x"), "equal: at x = 1 the derivative is 2*y"),
        (
            "a*x^2",
            "f'(3)=5a",
            ("--var", "x"),
            "different: at x = 3, a = -2 the derivative is -12, the claim gives -10",
        ),
        ("abs(x)", "f'(0) = 0", (), "different: at x = 0 f has no derivative: corner"),
        (
            "exp(x)",
            "f'(0)=1+10^-50",
            (),
            "different: at x = 0 the derivative is 1, the claim gives 1e-50 more",
        ),
        ("exp(x)", "f'(0)=1.0001", ("--tol", "1e-3"), "equal: at x = 0 the derivative is 1"),
        ("x^2", "d/dx(x^2)|_{x=3} = 6", (), "equal: at x = 3 the derivative is 6"),
        ("x^2", "(x^2)'|x=3 = 6", (), "equal: at x = 3 the derivative is 6"),
        ("x^2", "d(x^2)/dx|_{x=3} = 7", (), "different: at x = 3 the derivative is 6, the claim gives 7"),
        ("x^2", r"\left.\frac{d}{dx} x^2\right|_{x=3} = 6", (), "equal: at x = 3 the derivative is 6"),
        ("sin(x)", "sin'(x) = cos x", (), "equal"),
        ("sin(x)", r"\sin'x = \cos x", (), "equal"),
        ("sin(t)", "x = cos t", (), "equal"),
        ("x^2", "4", ("--at", "2"), "equal: at x = 2 the derivative is 4"),
        ("x^2", "x+2", ("--at", "2"), "equal: at x = 2 the derivative is 4"),
        ("x^2", "f'(t) = 2t", (), "equal"),
        ("x^2", "f'(a) = 2a", (), "equal"),
    ],
)
def test_a_claim_may_speak_of_one_place(
    ask: Ask, expr: str, claim: str, options: tuple[str, ...], said: str
) -> None:
    answer = ask("check", expr, claim, *options)
    assert (answer.out.splitlines()[-1], answer.err) == (said, "")


@pytest.mark.parametrize(
    ("expr", "claim", "error"),
    [
        ("x^2", "f'(2t) = 4t", "f'(2t) speaks of a place that is no number"),
        ("x^2", "f'(t) = 2x", "f'(t) speaks of t, and what follows of x"),
        ("x^2*y", "df/dx(1,2,3) = 4", "df/dx(1,2,3) has 3 arguments, and f has 2"),
        ("x^2", "f'(2) = 4 --at 3", "the claim speaks of x = 2, and --at of 3"),
    ],
)
def test_a_claim_about_one_place_has_one_reading(ask: Ask, expr: str, claim: str, error: str) -> None:
    answer = ask(
        "check", expr, *claim.split(" --at ")[:1], "--var", "x", *(["--at", "3"] if "--at" in claim else [])
    )
    assert (answer.out, answer.code) == ("", 2) and answer.err.startswith(f"error: {error}")
    assert "claim about one place" in ask("diff", "f'(2) = x^2").err
