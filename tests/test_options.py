"""Every option of every command with every kind of value: batch says what the command line says.

python tests/test_options.py        # all of them, where the suite takes a sample

The questions are made from the table of options. None may crash, and none may lose a value in silence.
"""

from __future__ import annotations

import json
import os
import random
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from calcgrad.options import COMMANDS, OPTIONS, Option, options_of

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent.parent)]

Ask = Callable[..., Any]
Case = tuple[
    str, list[str], str
]  # a command, the words of an option, and the same as members of a JSON object

ASKING = {"diff": "x**2", "limit": "x", "grad": "x*x", "plot": "x", "check": "x", "functions": ""}
NEEDED = {"limit": ("to", "0"), "grad": ("at", "2")}  # what the command asks for besides

TEXTS = [
    "", " ", "0", "1", "-1", "1.5", "1e3", "1e400", "-1e400", "9" * 30, "9" * 5000, "nan", "oo", "-oo", "true", "null",
    "None", "x", "y", "x=1", "x=1,x=2", "x=1,y=2", "x=[1,2]", "[1,2]", "{}", "é", "٣", "1_0", "²", "\U0001f600",
    "\u202e", "a\nb", "-", "--", "--raw", "--raw=1", "-h", "=", "==", ",", "1,2", "2,1", "-1,1", "a=1", "a=@b.npy",
    "x=@b.npy", "g(t)=t", "1/0", "sin(", "$x", "$x$", "\\", "/", ".", "a.svg", "no/such.svg", "a.json", "a.py", "log",
    "both", "right",
]  # fmt: skip
JSONS = [
    "true", "false", "0", "-1", "1.5", "1e400", "-1E400", "1e99999", "1" + "0" * 30, "1" * 5000, "[]", "{}", "[null]",
    "0.1000000000000000000001", "[true]", "[[1,2]]", "[1,2]", '["1","2"]', '["x=1","y=2"]', '{"x":1}', '{"x":null}',
    '{"x":true}', '{"x":[1,[2]]}', '{"x":{"y":1}}', '{"x":1,"x":2}', '{"":"1"}', '{"":"1","":"2"}', '{"x=1":2}',
    '{"x y":1}', '{"1":1}', '[{"x":1},{"y":2}]', '[{"x":1},{"x":2}]', "[" * 500 + "]" * 500, '"\\ud800"', '"\\u0000"',
    '{"\\ud800":1}', '{"x":"\\ud800"}', '{"x":1e400}',
]  # fmt: skip


def options(command: str) -> list[Option]:
    return [option for option in options_of(command) if option.name not in ("--help", "--json")]


def twins(command: str) -> Iterator[Case]:
    """Words of the command line, and the same in batch."""
    for option in options(command):
        key = json.dumps(option.name[2:])
        if not option.metavar:
            yield command, [option.name], f"{key}:true"
            yield command, [option.name] * 2, f"{key}:true,{key}:true"
            if option.off:
                yield command, [option.off], f"{key}:false"
                yield command, [option.off], f"{json.dumps(option.off[2:])}:true"
                yield command, [option.name, option.off], f"{key}:true,{key}:false"
            continue
        for text in [option.example, option.default, *TEXTS]:
            yield command, [option.name, text], f"{key}:{json.dumps(text)}"
            yield command, [f"{option.name}={text}"], f"{key}:{json.dumps(text)}"
        for one, two in (
            ("1", "2"),
            ("x=1", "y=2"),
            ("x=1", "x=2"),
            ("1", "1"),
            ("a=1", "b=2"),
            ("left", "right"),
        ):
            words = [option.name, one, option.name, two]
            yield command, words, f"{key}:{json.dumps(one)},{key}:{json.dumps(two)}"
            if option.several:
                yield command, words, f"{key}:{json.dumps([one, two])}"
        for number in ("0", "-1", "1.5", "1e400", "1E3", "12345678901234567890", "0.1000000000000000000001"):
            yield command, [option.name, number], f"{key}:{number}"
        if len(option.name) > 4:  # two dashes and one letter are an expression
            yield command, [option.name[:-1], "1"], f"{json.dumps(option.name[2:-1])}:1"


def json_only(command: str) -> Iterator[str]:
    for option in options(command):
        for value in JSONS:
            yield f"{json.dumps(option.name[2:])}:{value}"


def command_line(ask: Ask, command: str, words: list[str]) -> tuple[list[Any], int, str]:
    """The objects that --json prints, the exit code, and what went to stderr."""
    name, value = NEEDED.get(command, ("", ""))
    more = [f"--{name}", value] if name and not words[0].startswith((f"--{name}", "--at")) else []
    answer = ask(command, *filter(None, [ASKING[command]]), "--json", *more, *words)
    return [json.loads(line) for line in answer.out.splitlines()], answer.code, answer.err


def batch_line(command: str, members: str) -> str:
    name, value = NEEDED.get(command, ("", ""))
    needed = name and not members.startswith((f'"{name}"', '"at"', '"a"', '"t"'))
    more = [f'"expr":{json.dumps(ASKING[command])}'] * bool(ASKING[command])
    more += [f'"{name}":"{value}"'] * bool(needed)
    return "{" + ",".join([f'"command":"{command}"', *more, members]) + "}"


def batched(ask: Ask, line: str) -> tuple[list[Any], int]:
    """What batch answers to one line, as the objects that --json would print."""
    answer = ask("batch", "--files", stdin=line + "\n")
    [made] = map(json.loads, answer.out.splitlines())
    code = made.pop("exit")
    assert answer.code == code and answer.err == ""
    return made.get("answers", [made]), code


def differ(ask: Ask, case: Case, folder: Path) -> str:
    """What is wrong with the two answers; '' where they are the same."""
    command, words, members = case
    found = []
    line = batch_line(command, members)
    for one in (lambda: command_line(ask, command, words)[:2], lambda: batched(ask, line)):
        found.append(one())
        for each in folder.iterdir():
            each.unlink()
    objects, code = found[0]
    if "internal" in json.dumps(objects) or code not in (0, 1, 2, 3) or not objects:
        return f"{command} {words}: {code} {objects}"
    for each in (*found[0][0], *found[1][0]):  # a hint may speak of keys
        if "takes no value" in str(each.get("error", "")):
            each["error"]["hint"] = None
        each.get("error", {}).pop("line", None)  # of the stream, which a command line is none of
    return "" if found[0] == found[1] else f"{command} {words}\n  {found[0]}\n  {line}\n  {found[1]}"


def wrong(ask: Ask, line: str, folder: Path) -> str:
    objects, code = batched(ask, line)
    for each in folder.iterdir():
        each.unlink()
    bad = "internal" in json.dumps(objects) or code not in (0, 1, 2, 3) or not objects
    return f"{line[:300]}: {code} {json.dumps(objects)[:300]}" if bad else ""


# What is drawn or computed takes long: the suite takes a seeded sample of these, and all that is quick.
SAMPLE = {"diff": 80, "limit": 30, "grad": 100, "plot": 15, "check": 30, "functions": 100}


@pytest.mark.parametrize("command", ASKING)
def test_batch_says_what_the_command_line_says(ask: Ask, folder: Path, command: str) -> None:
    cases = list(twins(command))
    for case in random.Random(7).sample(cases, min(SAMPLE[command], len(cases))):
        assert not differ(ask, case, folder), case


@pytest.mark.parametrize("command", ASKING)
def test_no_value_of_json_breaks_a_question(ask: Ask, folder: Path, command: str) -> None:
    members = list(json_only(command))
    for each in random.Random(8).sample(members, min(SAMPLE[command], len(members))):
        assert not wrong(ask, batch_line(command, each), folder)


@pytest.mark.parametrize("command", [name for name in ASKING if name != "plot"])
def test_null_is_not_given(ask: Ask, command: str) -> None:
    keys = [
        option.name[2:] for option in options(command) if option.name[2:] != NEEDED.get(command, ("",))[0]
    ]
    nothing = ",".join(f"{json.dumps(key)}:null" for key in [*keys, "claim", "id"])
    needed = batch_line(command, '"json":null')
    found = [batched(ask, line) for line in (needed, needed[:-1] + f",{nothing}}}")]
    assert {**found[1][0][0], "id": 0} == {**found[0][0][0], "id": 0} and found[0][1] == found[1][1] == 0


# ----------------------------------------------------------------------------------------------- several points

POINTS = [
    ("diff x**2 --at 1 --at 2", "2\n4\n", 0),
    ("diff x**2 --at 1 --at x=2", "2\n4\n", 0),
    ("diff x**2 --at x=1 --at 2 --at 1", "2\n4\n2\n", 0),
    ("diff x**2*y --var x --at x=1 --at y=2", "4\n", 0),
    ("diff x**2*y --var x --at 1 --at y=2 --at x=2 --at y=3", "4\n12\n", 0),
    ("diff x**2 x**3 --at 1 --at 2", "2\n4\n3\n12\n", 0),
    ("diff λ^2 --at λ=1 --at lambda=2", "2\n4\n", 0),
    ("diff abs(x) --at 0 --at 1", "none\n1\n", 1),
    ("diff abs(x-a) --var x --at 0 --at a=1", "-1\n", 0),
    ("diff abs(x-a) --var x --at 0 --at x=1,a=0", "undecided\n1\n", 3),
    ("diff sinn(x) x --at 1 --at 2", "error\nerror\n1\n1\n", 2),
    ("limit 1/x --to 1 --to 2", "1\n1/2\n", 0),
    ("limit abs(x) --at 1 --at 0 --at -1", "1\nnone\n-1\n", 1),
    ("limit a*x --var x --to 2 --to a=3", "6\n", 0),
    ("grad x*y --at x=1 --at y=2", "[2, 1]\n", 0),
    ("grad x*y --at x=1,y=2 --at x=3,y=4", "[2, 1]\n[4, 3]\n", 0),
    ("grad x*y --at x=1,y=2 --at x=3", "[2, 1]\nerror\n", 2),
    ("grad x**2 --at 1 --at 2 --accumulate", "2\n4\n6\n", 0),
    ("grad dot(x,x) --at [1,2] --at x=[3,4]", "[2, 4]\n[6, 8]\n", 0),
    ("check x**2 --at 1 --at 2", "agree\nagree\n", 0),
    ("check x**2 3*x --at 1 --at 2", "different\ndifferent\n", 1),
]


@pytest.mark.parametrize(("words", "out", "code"), POINTS)
def test_each_point_has_its_answer(ask: Ask, words: str, out: str, code: int) -> None:
    answer = ask(*words.split(), "--raw")
    assert (answer.out, answer.code) == (out, code)
    objects = ask(*words.split(), "--json").out.splitlines()
    assert len(objects) == len(out.splitlines())


def test_points_of_lines_and_in_blocks(ask: Ask) -> None:
    words = ["diff", "-", "--at", "1", "--at", "2"]
    assert ask(*words, "--raw", stdin="x**2\n# and\nx**3\n").out == "2\n4\n3\n12\n"
    assert ask(*words, stdin="x**2\n").out == (
        "f(x) = x**2\nf'(x) = 2*x\nf'(1) = 2\n\nf(x) = x**2\nf'(x) = 2*x\nf'(2) = 4\n"
    )
    answer = ask("diff", "x**2", "--let", "a=1", "--at", "1", "--at", "2", "--raw")
    assert answer.err == "note: --let a is not used\n"


@pytest.mark.parametrize("command", ["diff", "limit"])
def test_what_one_of_several_points_uses_is_used(ask: Ask, command: str) -> None:
    for at, unused in (
        ("x=[a,2]", "--let b, c are"), ("x=[2,a]", "--let b, c are"), ("x=[a,b,2]", "--let c is"), ("x=[a,b*c]", ""),
        ("x=[1,2]", "--let a, b, c are"), ("a", "--let b, c are"),
    ):  # fmt: skip
        words = [word for name in ("a=3", "b=4", "c=5") for word in ("--let", name)]
        answer = ask(command, "x^2", "--at", at, *words, "--raw")
        assert (answer.err, answer.code) == (f"note: {unused} not used\n" if unused else "", 0), at


def test_a_drawing_is_of_one_point(ask: Ask, untouched: Path) -> None:
    for words in ("limit x --to 0 --to 1 -o a.svg", "grad x --at 0 --at 1 --graph a.svg"):
        answer = ask(*words.split())
        assert (answer.out, answer.code) == ("", 2) and "ask for one at a time" in answer.err


def test_plot_draws_all_points_into_one_picture(ask: Ask, folder: Path) -> None:
    words = "x**2 --at 1 --at 2 -o a.svg --json"
    [made] = map(json.loads, ask("plot", *words.split()).out.splitlines())
    assert [each["at"] for each in made["tangents"]] == ["1", "2"]
    words = "x*y --at x=1 --at y=2 --at x=3,y=4 -o a.svg --json"
    assert len(json.loads(ask("plot", *words.split()).out)["gradients"]) == 2


def test_batch_answers_a_line_with_a_line(ask: Ask) -> None:
    def asked(line: str) -> Any:
        [made] = map(json.loads, ask("batch", stdin=line).out.splitlines())
        return made

    made = asked('{"id":[1.50,{"a":2}],"command":"diff","expr":["x**2","y*"],"at":[1,{"x":"1/3"}]}')
    assert (made["id"], made["exit"]) == ([1.5, {"a": 2}], 2)
    assert [each.get("value") for each in made["answers"]] == ["2", "2/3", None, None]
    assert len(asked('{"command":"functions"}')["answers"]) > 70
    assert (
        asked('{"command":"diff","expr":"x**2","at":0.1000000000000000000001}')["value"]
        == "0.2000000000000000000002"
    )
    for line in ('{"id":1,"id":2,"command":"diff","expr":"x"}', '{"command":"diff","expr":"x","expr":"y"}'):
        assert asked(line)["error"]["message"].endswith("is given twice")
    assert asked('{"command":"diff","id":1e400,"expr":"x"}')["exit"] in (0, 2)


# --------------------------------------------------------------------------------------------- what the table says


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_the_rows_and_examples(ask: Ask, command: str) -> None:
    page = " ".join(ask(command, "--help").out.split())
    shown = page.partition("Options: ")[2]
    assert f"Usage: calcgrad {command} [OPTIONS] {COMMANDS[command].words}".strip() in page
    for option in options_of(command):
        entry = f"{option.shown_names} {option.shown_help}"
        assert entry in shown
        shown = shown.replace(entry, "", 1)
    left, _, examples = shown.partition("Examples:")
    assert not left.strip() and COMMANDS[command].examples
    assert examples.split() == " ".join(COMMANDS[command].examples).split()


def test_the_first_page_lists_the_commands(ask: Ask) -> None:
    page = " ".join(ask("--help").out.split())
    for option in options_of("calcgrad"):
        assert f"{option.shown_names} {option.shown_help}" in page
    for command in COMMANDS.values():
        assert f"{command.name} {command.help}" in page


@pytest.mark.parametrize("example", [each for command in COMMANDS.values() for each in command.examples])
def test_examples_answer(ask: Ask, folder: Path, example: str) -> None:
    first, _, second = example.partition(" | ")
    stdin = shlex.split(first)[1] if second else ""
    (folder / "points.csv").write_text("x,y\n1,2\n0.5,0.25\n")
    assert ask(*shlex.split(second or first)[1:], stdin=stdin).code == 0


@pytest.mark.parametrize("option", [each for each in OPTIONS if each.default], ids=lambda option: option.name)
def test_defaults_are_what_is_done_without_the_option(ask: Ask, folder: Path, option: Option) -> None:
    for command in option.commands.split():
        if command in ASKING:
            more = ["--to", "1/3"] if command == "limit" else ["--at", "1/3"]
            more += ["-o", "a.svg"] if option.name in ("--style", "--dpi") else []
            found = [ask(command, "sin(x)", *more, *words) for words in ([], [option.name, option.default])]
            assert found[0] == found[1] and found[0].code == 0


def test_completion_knows_commands_and_options(spawn: Ask) -> None:
    def complete(line: str) -> list[str]:
        words = line.split(" ")
        setting = {
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
            "_CALCGRAD_COMPLETE": "complete_bash",
        }
        return list(spawn(**setting).out.split())

    assert complete("calcgrad ") == list(COMMANDS)
    names = [name for each in options_of("plot") for name in (each.name, each.off) if name]
    assert [name for name in complete("calcgrad plot --") if name != "--help"] == names[:-1]
    for option in OPTIONS:
        if option.choices:
            command = option.commands.split()[0]
            assert complete(f"calcgrad {command} {option.name} ") == option.choices.split(), option.name
            assert option.example in option.choices and option.default in ("", *option.choices.split())
    assert complete("calcgrad diff sq") == ["sqrt("]
    assert complete("calcgrad grad 2*soft") == ["2*softmax(", "2*softplus("]
    assert complete("calcgrad diff x") == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_help_page_has_examples_and_says_where_the_documents_are(ask: Ask, command: str) -> None:
    page = ask(command, "--help").out
    examples = [line for line in page.splitlines() if "calcgrad " in line and line.startswith("    ")]
    assert len(examples) >= 2 and "docs/index.md" in page


def main() -> int:
    """Every case, and how many differ."""
    from asking import ask

    bad = count = 0
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        for command in sys.argv[1:] or ASKING:
            found = [differ(ask, case, Path(name)) for case in twins(command)]
            found += [wrong(ask, batch_line(command, each), Path(name)) for each in json_only(command)]
            count += len(found)
            for each in filter(None, found):
                bad += 1
                print(each)
    print(f"{bad} of {count} differ or break; {len(OPTIONS)} options of {len(COMMANDS)} commands")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
