"""Which words are options and which are expressions."""

from __future__ import annotations

from typing import Any

import pytest

from calcgrad.arguments import Option, read, suggestion
from calcgrad.errors import UsageError

OPTIONS = {
    "--at": Option("at"), "--let": Option("let", repeatable=True), "--order": Option("order"), "-o": Option("file"),
    "-r": Option("raw", True), "--raw": Option("raw", True), "--json": Option("json", True),
    "--legend": Option("legend", True), "--no-legend": Option("legend", False),
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "values", "expressions"),
    [
        ("x", {}, "x"),
        ("", {}, ""),
        ("-x**2", {}, "-x**2"),
        ("-x**2 --at -1", {"at": "-1"}, "-x**2"),
        ("--at -1 -x**2", {"at": "-1"}, "-x**2"),
        ("--at=-1 x", {"at": "-1"}, "x"),
        ("--at= x", {"at": ""}, "x"),
        ("--at=x=1 x", {"at": "x=1"}, "x"),
        ("--at x=1,y=2 x", {"at": "x=1,y=2"}, "x"),
        ("x -r y", {"raw": True}, "x y"),
        ("-o g.npy x", {"file": "g.npy"}, "x"),
        ("-o --raw x", {"file": "--raw"}, "x"),
        ("--at --raw", {"at": "--raw"}, ""),
        ("--at -- x", {"at": "--"}, "x"),
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
        ("--let a=1 x --let b=2", {"let": ["a=1", "b=2"]}, "x"),
        ("--order 1 --order 2 x", {"order": "2"}, "x"),
        ("--no-legend x", {"legend": False}, "x"),
    ],
)
def test_read(words: str, values: dict[str, Any], expressions: str) -> None:
    assert read(words.split(), OPTIONS) == (values, expressions.split())


def test_values_may_hold_anything() -> None:
    assert read(["--at", "", "x y"], OPTIONS) == ({"at": ""}, ["x y"])
    assert read(["--at", "a\nb", "\0"], OPTIONS) == ({"at": "a\nb"}, ["\0"])


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("x --ordr 2", "no such option: --ordr", "did you mean --order?"),
        ("x --ordr=2", "no such option: --ordr", "did you mean --order?"),
        ("x --jsn", "no such option: --jsn", "did you mean --json?"),
        ("x --zzzzzzzz", "no such option: --zzzzzzzz", None),
        ("--raw=1", "--raw takes no value", "write --raw"),
    ],
)
def test_refused(words: str, message: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        read(words.split(), OPTIONS)
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize("words", ["x --at", "x -o", "--let"])
def test_a_value_that_is_missing(words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(words.split(), OPTIONS)
    assert caught.value.message == f"{words.split()[-1]} needs a value"


def test_a_mistyped_option_is_cut_where_it_is_long() -> None:
    with pytest.raises(UsageError) as caught:
        read(["--" + "a" * 10_000], OPTIONS)
    assert len(caught.value.message) < 80


def test_suggestion() -> None:
    assert suggestion("dif", ["diff", "grad"]) == "did you mean diff?"
    assert suggestion("zzz", ["diff", "grad"]) is None
