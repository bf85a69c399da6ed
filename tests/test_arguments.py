"""Which words are options and which are expressions."""

from __future__ import annotations

from typing import Any

import pytest

from calcgrad import arguments, options
from calcgrad.errors import UsageError
from calcgrad.options import Option, suggestion

OPTIONS = options.names_of(
    [
        Option("--at", "P", "", "", "1", "points"), Option("--let", "D", "", "", "a=2", "texts"),
        Option("--order", "N", "", "", "5", "whole"), Option("--tol", "T", "", "", "1", "number"),
        Option("--title", "T", "", "", "Rise", "label"), Option("--var", "V", "", "", "x"),
        Option("--output", "F", "", "", "g.npy", "file", short="-o", parameter="file"),
        Option("--raw", "", "", "", short="-r"), Option("--json", "", "", ""),
        Option("--legend", "", "", "", off="--no-legend"),
    ]
)  # fmt: skip


def read(words: list[str]) -> tuple[dict[str, Any], list[str]]:
    given, expressions = arguments.read(words, OPTIONS)
    return options.read(given), expressions


@pytest.mark.parametrize(
    ("words", "values", "expressions"),
    [
        ("x", {}, "x"),
        ("", {}, ""),
        ("-x**2", {}, "-x**2"),
        ("-x**2 --at -1", {"at": ["-1"]}, "-x**2"),
        ("--at -1 -x**2", {"at": ["-1"]}, "-x**2"),
        ("--at=-1 x", {"at": ["-1"]}, "x"),
        ("--title= x", {"title": ""}, "x"),
        ("--at=x=1 x", {"at": ["x=1"]}, "x"),
        ("--at x=1,y=2 x", {"at": ["x=1,y=2"]}, "x"),
        ("x -r y", {"raw": True}, "x y"),
        ("-o g.npy x", {"file": "g.npy"}, "x"),
        ("-o --raw x", {"file": "--raw"}, "x"),
        ("--at --raw", {"at": ["--raw"]}, ""),
        ("--at -- x", {"at": ["--"]}, "x"),
        ("-- --raw", {}, "--raw"),
        ("-- -x -- -y", {}, "-x -- -y"),
        ("--x", {}, "--x"),
        ("--5*x", {}, "--5*x"),
        ("---x", {}, "---x"),
        ("--x1", {}, "--x1"),
        ("--(x+1)", {}, "--(x+1)"),
        ("-rx", {}, "-rx"),
        ("-og.npy", {}, "-og.npy"),
        ("-r=1", {}, "-r=1"),
        ("-", {}, "-"),
        ("-cos(x) -r**2", {}, "-cos(x) -r**2"),
        ("x=1", {}, "x=1"),
        ("at", {}, "at"),
        ("2*at at --var at", {"var": "at"}, "2*at at"),
        ("--let a=1 x --let b=2", {"let": ["a=1", "b=2"]}, "x"),
        ("--order 2 --order 02 x", {"order": 2}, "x"),
        ("--at 1 --at 1 x", {"at": ["1", "1"]}, "x"),
        ("--no-legend x", {"legend": False}, "x"),
        ("--raw -r x", {"raw": True}, "x"),
        ("--tol .5e-3 --order -7", {"tol": 0.0005, "order": -7}, ""),
    ],
)
def test_read(words: str, values: dict[str, Any], expressions: str) -> None:
    assert read(words.split()) == (values, expressions.split())


def test_values_may_hold_anything() -> None:
    assert read(["--title", "", "x y"]) == ({"title": ""}, ["x y"])
    assert read(["--var", "a\nb", "\0"]) == ({"var": "a\nb"}, ["\0"])


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("x --ordr 2", "no such option: --ordr", "did you mean --order?"),
        ("x --ordr=2", "no such option: --ordr", "did you mean --order?"),
        ("x --jsn", "no such option: --jsn", "did you mean --json?"),
        ("x at 3", "at is no expression", "did you mean --at?"),
        ("x --at 3 order 2", "order is no expression", "did you mean --order?"),
        ("x --zzzzzzzz", "no such option: --zzzzzzzz", None),
        ("--raw=1", "--raw takes no value", "write --raw"),
        ("--order 1 --order 2 x", "--order is given twice", "keep one of them"),
        ("-o a.npy --output b.npy x", "--output is given twice", "keep one of them"),
        ("--legend --no-legend", "--legend and --no-legend exclude each other", "keep one of them"),
        ("--order=", "--order needs a value", "--order 5"),
        ("--at= x", "--at needs a value", "--at 1"),
        ("--order 1.0", "--order 1.0 is not a whole number", "--order=5"),
        ("--order ٣", "--order ٣ is not a whole number", "--order=5"),
        ("--order 1_0", "--order 1_0 is not a whole number", "--order=5"),
        ("--tol nan", "--tol nan is not a number", "--tol=1"),
        ("--tol 1e400", "--tol 1e400 is not within range", "--tol=1"),
    ],
)
def test_refused(words: str, message: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        read(words.split())
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize("words", ["x --at", "x -o", "--let"])
def test_a_value_that_is_missing(words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(words.split())
    assert caught.value.message == f"{words.split()[-1]} needs a value"
    assert caught.value.hint is not None and caught.value.hint.startswith(f"{words.split()[-1]} ")


def test_a_mistyped_option_is_cut_where_it_is_long() -> None:
    with pytest.raises(UsageError) as caught:
        read(["--" + "a" * 10_000])
    assert len(caught.value.message) < 80


def test_suggestion() -> None:
    assert suggestion("dif", ["diff", "grad"]) == "did you mean diff?"
    assert suggestion("zzz", ["diff", "grad"]) is None
