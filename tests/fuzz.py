"""Made-up questions of every kind, put to ``calcgrad batch``; nothing may go wrong, whatever the answer is.

    python tests/fuzz.py [1000] [--seed 1] [--again 8] [--out FILE]    # every finding, and counts

    next(questions(seed=1))             # {"command": "limit", "expr": "...", "to": "0", "timeout": 1}
    list(ask(questions, processes=2))   # findings: (kind, question, what was seen)

A finding is an internal error, a process that died, an answer that came too late or took too much memory, what is
no JSON; an echo that does not read back; a ``float`` that is not the double of its ``value``; a derivative
that differs from differences in high precision; or another text for the same question asked again, in another
order, in a process with another hash seed, or on the command line (every ``again``-th question).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import mpmath
from mpmath import mp

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent / "corpus")]
from facts import compiled  # noqa: E402

from calcgrad.budget import within  # noqa: E402
from calcgrad.errors import CalcgradError, TimeUp  # noqa: E402
from calcgrad.expression.catalogue import FUNCTIONS  # noqa: E402
from calcgrad.expression.labels import labelled  # noqa: E402
from calcgrad.expression.parser import parse  # noqa: E402
from calcgrad.expression.tree import text  # noqa: E402

Question = dict[str, Any]
TIMEOUT = 1.0  # seconds a question
LATE = 0.5  # seconds beyond, of the process's own time, from which an answer is late
LOST = 40.0  # and of the clock, after which the process is ended
PATIENCE = 2.0  # seconds for a truth
PRECISION = threading.Lock()  # mpmath's is everybody's
MEMORY = 1_500  # megabytes that one question may take

# ------------------------------------------------------------------------------------------------ questions

WORDS = [row for row in FUNCTIONS if not row.array and row.name not in ("Piecewise", "Max", "Min")]
PLAIN = ["sin", "cos", "exp", "log", "sqrt", "atan", "tanh", "abs", "sign", "floor"]
NUMBERS = ["0", "1", "2", "3", "-1", "1/2", "0.1", "2.5", "10", "pi", "e", "1/3", "7", "-2", "sqrt(2)", "100"]
WILD = [
    "1e308", "1e-308", "1e400", "10^50", "10^30", "1e8", "1e10", "9^9^9", "oo", "-oo", "1e-400", "10^1000", "0.0",
    "170!", "1e5!", "(-1)^(1/3)", "0^0", "1/0", "2^(10^6)", "exp(1000)", "-1e308", "2^0.5", "12345678901234567890",
]  # fmt: skip
COMPARED = ["<", "<=", ">", ">=", "==", "!="]
ARRAYS = [
    "sum({a})", "norm({a})", "dot({a},{a})", "prod({a})", "mean({a})", "max({a})", "logsumexp({a})", "{a}[0]",
    "softmax({a})[1]", "sum({a}*{a})", "min({a})", "sum({a}^2)", "transpose({a})[0]", "sum(linspace(0,{e},3))",
]  # fmt: skip
POINTS = [
    "0",
    "1",
    "-1",
    "2",
    "1/2",
    "pi",
    "pi/2",
    "0.1",
    "-3",
    "sqrt(2)",
    "e",
    "7",
    "10",
    "1/3",
    "-pi",
    "100",
]
FAR = [
    "oo",
    "-oo",
    "1e8",
    "1e400",
    "1e-400",
    "10^30",
    "-1e308",
    "1e-10",
    "exp(100)",
    "9^9^9",
    "1/0",
    "log(2)",
    "-0",
]
NOISE = [
    "λ",
    "π",
    "²",
    "|",
    ")",
    "(",
    "!",
    "√",
    " ",
    "∞",
    "Piecewise",
    "e",
    "where",
    ",",
    "^",
    "=",
    "[",
    "]",
    "-",
    "·",
]


class Grammar:
    """Expressions, points and options from one seeded source; ``wild`` is the share of giants and infinities."""

    def __init__(self, random: Random, names: list[str]) -> None:
        self.random, self.names = random, names
        self.wild = random.choice([0.0, 0.0, 0.05, 0.3])

    def leaf(self) -> str:
        if self.random.random() < self.wild:
            return self.random.choice(WILD)
        return self.random.choice([*self.names, *self.names] if self.random.random() < 0.6 else NUMBERS)

    def bracketed(self, depth: int) -> str:
        return f"({self.expression(depth)})"

    def expression(self, depth: int) -> str:
        random = self.random
        if depth <= 0 or random.random() < 0.12:
            return self.leaf()
        inner, kind = depth - 1, random.random()
        if kind < 0.36:
            return f"{self.bracketed(inner)}{random.choice('+-*/')}{self.bracketed(inner)}"
        if kind < 0.5:
            exponent = (
                self.bracketed(inner)
                if random.random() < 0.4
                else random.choice(["2", "3", "(-1)", "(1/2)", "(1/3)"])
            )
            return f"{self.bracketed(inner)}^{exponent}"
        if kind < 0.72:
            return f"{random.choice(PLAIN)}({self.expression(inner)})"
        if kind < 0.86:
            row = random.choice(WORDS)
            parts = [self.expression(0 if k else inner) for k in range(len(row.parameters))]
            return f"{row.name}({','.join(parts)})"
        if kind < 0.9:
            return f"{random.choice(['max', 'min'])}({self.expression(inner)},{self.expression(inner)})"
        if kind < 0.95:
            return f"where({self.condition(inner)},{self.expression(inner)},{self.expression(inner)})"
        if kind < 0.97:
            return f"Piecewise(({self.expression(inner)},{self.condition(inner)}),({self.expression(inner)},True))"
        if kind < 0.985:
            return f"|{self.expression(inner)}|"
        return f"{self.bracketed(inner)}!"

    def condition(self, depth: int) -> str:
        random = self.random
        one = f"{self.expression(min(depth, 1))}{random.choice(COMPARED)}{self.expression(0)}"
        return (
            one if random.random() < 0.8 else f"{one} {random.choice(['and', 'or'])} not {self.condition(0)}"
        )

    def point(self) -> str:
        far = self.random.random() < max(self.wild, 0.03)
        return self.random.choice(FAR if far else POINTS)


def questions(seed: int = 1) -> Iterator[Question]:
    """Questions without end, the same ones for the same seed."""
    random = Random(seed)
    while True:
        question = made(random)
        question["timeout"] = TIMEOUT
        yield question


def made(random: Random) -> Question:
    names = random.choice([["x"], ["x"], ["x"], ["x", "y"], ["t"], ["x", "a"], ["x_1", "θ"], ["z", "b", "k"]])
    grammar = Grammar(random, names)
    expression = grammar.expression(random.choice([1, 2, 2, 3, 3, 4]))
    command = random.choice(["diff"] * 5 + ["limit"] * 5 + ["grad"] * 2 + ["check"] * 2 + ["other"] * 6)
    if random.random() < 0.04:  # what is hardly an expression
        for _ in range(random.randint(1, 3)):
            place = random.randint(0, len(expression))
            expression = (
                expression[:place] + random.choice(NOISE) + expression[place + random.randint(0, 2) :]
            )
    if random.random() < 0.05:
        array = "[" + ",".join(grammar.expression(1) for _ in range(2)) + "]"
        expression = random.choice(ARRAYS).format(a=array, e=grammar.leaf())
    question: Question = {"command": command, "expr": expression}
    at = {name: grammar.point() for name in names}
    if random.random() < 0.1:
        question["digits"] = random.choice([1, 3, 15, 17, 30])
    if random.random() < 0.06:
        value = grammar.leaf() if random.random() < 0.5 else random.choice(NUMBERS)
        question["let"] = random.choice([[f"a={value}"], ["g(u)=sin(u)*u", "b=2"], ["a=[1,2]"]])
    if command == "other":
        question |= other(random, names, grammar, expression, at)
    elif command == "diff":
        variables = random.choice([None, names[0], ",".join(names), f"{names[0]},{names[0]}", "y", "x,y"])
        if variables is not None:
            question["var"] = variables
        if random.random() < 0.2 and (variables is None or "," not in variables):
            question["order"] = random.choice([1, 2, 3, 4, 7, 30])
        if random.random() < 0.6:
            question["at"] = at if random.random() < 0.7 else at[names[0]]
        if random.random() < 0.15:
            question["steps"] = True
        if random.random() < 0.05:
            question["to-code"] = random.choice(["python", "numpy", "c", "latex"])
    elif command == "limit":
        question["var"] = names[0]
        if len(names) > 1 and random.random() < 0.8:
            question["let"] = [f"{name}={random.choice(NUMBERS)}" for name in names[1:]]
        if random.random() < 0.7:
            question["to"] = "oo" if random.random() < 0.15 else at[names[0]]
            if random.random() < 0.2:
                question["from"] = random.choice(["left", "right"])
        else:
            question["at"] = at[names[0]]
        if random.random() < 0.5:
            question["rows"] = random.choice([0, 0, 1, 3, 40])
        if random.random() < 0.15:
            question["steps"] = True
    elif command == "grad":
        question["at"] = at
        mode = random.choice(["mode", "hessian", "trace", "jacobian", "jvp", "hvp", "seed", None, None])
        if mode == "mode":
            question["mode"] = random.choice(["forward", "reverse"])
        elif mode in ("hessian", "trace"):
            question[mode] = True
        elif mode == "jacobian":
            question |= {"jacobian": True, "expr": f"[{expression},{grammar.expression(2)}]"}
        elif mode in ("jvp", "hvp"):
            question[mode] = {name: random.choice(["1", "0", "-2"]) for name in names}
        elif mode == "seed":
            question["seed"] = random.choice(["1", "2", "-0.5"])
    else:
        if random.random() < 0.6:
            question["at"] = at
        if random.random() < 0.5:
            question["claim"] = grammar.expression(2)
        if len(names) > 1:
            question["var"] = names[0]
    if random.random() < 0.06 and len(names) > 1:
        question["assume"] = [
            random.choice(ASSUMED).format(random.choice(names)) for _ in range(random.randint(1, 2))
        ]
    return question


ASSUMED = ("{0}>0", "{0} in (0,1)", "{0} integer", "{0}!=1", "{0} even", "0<{0}<=1e10", "{0}<0", "{0}>=1/2")


def other(
    random: Random, names: list[str], grammar: Grammar, expression: str, at: dict[str, str]
) -> Question:
    """The rest of a question about a series, a course, a plane, a path, an equation, or what engineers ask."""
    first = names[0]
    second = names[1] if len(names) > 1 else "y"
    place = {name: grammar.point() for name in (first, second)}
    match random.randrange(11):
        case 0 | 1:
            far = random.random() < 0.3
            asked: Question = {"command": "series", "var": first, "terms": random.choice([1, 2, 3, 4, 6])}
            asked["to" if far else "at"] = random.choice(["oo", "-oo"]) if far else at[first]
            return asked | ({"from": random.choice(["left", "right"])} if random.random() < 0.3 else {})
        case 2:
            low, high = sorted((random.choice(NUMBERS), random.choice(["3", "10", "oo", "1e400"])))
            return {"command": "study", "var": first} | (
                {"on": f"{low},{high}"} if random.random() < 0.5 else {}
            )
        case 3:
            return {"command": "limit", "to": place, "expr": f"({expression})*{second}"}
        case 4:
            return {
                "command": "diff",
                "total": True,
                "at": place,
                "expr": f"({expression})+{second}*{grammar.leaf()}",
            }
        case 5:
            path = f"[{expression},{Grammar(random, [first]).expression(2)}]"
            return {"command": "diff", "curve": True, "var": first, "expr": path, "at": at[first]}
        case 6:
            return {"command": "diff", "polar": True, "var": first, "at": at[first]}
        case 7:
            here = {"at": place} if random.random() < 0.5 else {}
            equation = f"({expression})*{second} = {grammar.leaf()}"
            return {"command": "diff", "expr": equation, "var": f"{second}:{first}"} | here
        case 8:
            return {"command": "study", "var": f"{first},{second}", "expr": f"({expression})*{second}"}
        case 9:
            here = {"at": place} if random.random() < 0.3 else {}
            equation = f"({expression})*{second} = {grammar.leaf()}"
            claim = random.choice([f"-{second}/{first}", grammar.expression(2)])
            return {"command": "check", "expr": equation, "claim": claim, "var": f"{second}:{first}"} | here
        case _:
            way = random.choice(["along", "uncertainty", "sensitivity"])
            value = ",".join(f"{name}={random.choice(['1', '2', '0.1'])}" for name in names)
            return {"command": "grad", "at": at, way: True if way == "sensitivity" else value}


# -------------------------------------------------------------------------------------------------- asking


class Answer(NamedTuple):
    """What came: the line (None from a process that died or was ended), its own seconds, and memory in megabytes."""

    line: str | None
    seconds: float
    memory: float
    trouble: str = ""


class Process:
    """One ``calcgrad batch``; it is started anew when it has died."""

    def __init__(self, hashes: int = 0) -> None:
        self.hashes = hashes
        self.running: Any = None
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115

    def ask(self, question: Question) -> Answer:
        if self.running is None:
            self.running = subprocess.Popen(
                [sys.executable, "-m", "calcgrad", "batch"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, cwd=ROOT,
                env={**os.environ, "PYTHONHASHSEED": str(self.hashes), "OPENBLAS_NUM_THREADS": "1"},
            )  # fmt: skip
        process = self.running
        self._forget_peak()
        before, began = self._memory("VmRSS"), self._seconds()
        lost = threading.Event()
        timer = threading.Timer(LOST, lambda: (lost.set(), process.kill()))
        timer.start()
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline().decode()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            code = process.wait()
            said = self._said()
            self.stop()
            return Answer(None, LOST, 0, "hang" if lost.is_set() else f"died with {code}: {said[-300:]}")
        return Answer(line, self._seconds() - began, self._memory("VmHWM") - before, self._said()[-300:])

    def _said(self) -> str:
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace")
        self.errors.seek(0)
        self.errors.truncate()
        return said

    def _family(self) -> list[int]:
        """The process and those that work for it."""
        process = self.running.pid
        with contextlib.suppress(OSError):
            return [
                process,
                *map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()),
            ]
        return [process]

    def _seconds(self) -> float:
        """Seconds of the processor that they have had: a busy machine does not make an answer late."""
        total = 0
        for number in self._family():
            try:
                fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                if number == self.running.pid:
                    return time.monotonic()
                continue
            total += sum(map(int, fields[11:15]))  # the children that have ended, too
        return total / os.sysconf("SC_CLK_TCK")

    def _memory(self, what: str) -> float:
        total = 0.0
        for number in self._family():
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{number}/status").read_text().splitlines():
                    if line.startswith(what):
                        total += int(line.split()[1]) / 1024
        return total

    def _forget_peak(self) -> None:
        for number in self._family():
            with contextlib.suppress(OSError):
                Path(f"/proc/{number}/clear_refs").write_text("5")

    def stop(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.communicate()
            self.running = None


Finding = tuple[str, Question, str]


def ask(asked: Iterable[Question], processes: int = 2, again: int = 0) -> Iterator[Finding]:
    """What is wrong with the answers, as it is found; every ``again``-th question is asked twice more."""
    found: queue.Queue[Finding | None] = queue.Queue()
    source, lock = iter(asked), threading.Lock()

    def work(number: int) -> None:
        first, second = Process(number), Process(number + 100)
        try:
            while True:
                with lock:
                    chunk = list(islice(source, 64))
                if not chunk:
                    return
                lines = []
                for question in chunk:
                    answer = first.ask(question)
                    lines.append(answer.line)
                    for kind, what in faults(question, answer):
                        found.put((kind, question, what))
                twice = list(zip(chunk, lines, strict=True))[::again] if again else []
                for question, line in reversed(twice):
                    other = second.ask(question).line
                    if line and other and differ(line, other):
                        found.put(("text", question, f"{line.strip()} AGAINST {other.strip()}"))
                for question, line in twice[:1]:
                    alone = command_line(question)
                    if line and differ(line, alone):
                        found.put(("alone", question, f"{line.strip()} AGAINST {alone.strip()}"))
                second.stop()  # a fresh one for the next
        finally:
            for process in (first, second):
                process.stop()
                process.errors.close()
            found.put(None)

    for number in range(processes):
        threading.Thread(target=work, args=(number + 1,), daemon=True).start()
    left = processes
    while left:
        finding = found.get()
        if finding is None:
            left -= 1
        else:
            yield finding


def differ(line: str, other: str) -> bool:
    """Do two answers say different things, where neither ran out of time?"""
    line, other = (
        re.sub(r',"line":[0-9]+', "", each) for each in (line, other)
    )  # of the stream: batch alone has it
    return line != other and not (hurried(line) or hurried(other))


def hurried(line: str) -> bool:
    return any(word in line for word in ("in time", "no time", '"timeout"', '"cut":true'))


def command_line(question: Question) -> str:
    """What the command line says to a question, with its exit code as batch gives it."""
    words = [question["command"], "--json"]
    for key, value in question.items():
        if key in ("command", "expr", "claim"):
            continue
        if value is True:
            words.append(f"--{key}")
        elif isinstance(value, dict):
            words.append(f"--{key}={','.join(f'{name}={each}' for name, each in value.items())}")
        else:
            words += [f"--{key}={each}" for each in (value if isinstance(value, list) else [value])]
    words += ["--", question["expr"], *([question["claim"]] if "claim" in question else [])]
    done = subprocess.run(
        [sys.executable, "-m", "calcgrad", *words], capture_output=True, cwd=ROOT, text=True, check=False
    )
    return done.stdout.strip().removesuffix("}") + f',"exit":{done.returncode}}}\n'


# --------------------------------------------------------------------------------------------------- truth


def faults(question: Question, answer: Answer) -> Iterator[tuple[str, str]]:
    """What is wrong with one answer: its kind, and what was seen."""
    if answer.line is None:
        yield ("hang" if answer.trouble == "hang" else "crash"), answer.trouble
        return
    if answer.trouble:
        yield "stderr", answer.trouble
    if answer.seconds > question["timeout"] + LATE:
        yield "late", f"{answer.seconds:.1f} s: {answer.line[:200].strip()}"
    if answer.memory > MEMORY:
        yield "memory", f"{answer.memory:.0f} MB: {answer.line[:200].strip()}"
    try:
        record = json.loads(answer.line, parse_constant=lambda name: 1 / 0)
    except (ValueError, ZeroDivisionError):
        yield "json", answer.line
        return
    if isinstance(record.get("error"), dict):
        if record["error"].get("code") == "internal":
            yield "internal", record["error"]["message"]
        return
    with PRECISION, mp.workdps(700):
        yield from contradictions(question, record)


def contradictions(question: Question, record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "=" in question["expr"] and ":" in question.get("var", ""):  # an equation is no expression
        return
    try:
        echo = record["expr"]
        node = parse(echo, known(question)).node
        if text(node) != echo:
            yield "echo", f"{echo} reads back as {text(node)}"
        asked, names = question["expr"], known(question)
        label = labelled(asked, names)
        read = parse(asked, names, start=label.start, stop=label.stop).node
        if not question.get("let") and read is not node:
            yield "echo", f"{echo} is another tree"
    except CalcgradError as error:
        yield "echo", f"{echo} does not read back: {error}"
    path = "curve" in question or "polar" in question
    value, double = record.get("value"), record.get("float")
    if isinstance(value, str) and double is not None:
        wanted = number(value)
        decimal = path or record.get("evidence") == "numeric" or "closed" in record.get("reason", "")
        near = 10.0 ** -min(question.get("digits", 10) - 1, 13) if decimal else 0.0
        if wanted is not None and rounded(wanted) != double and not mpmath.almosteq(wanted, double, near, 0):
            yield "float", f"{value} is {rounded(wanted)!r}, not {double!r}"
    sought = question["command"] == "diff" and not path and "detach" not in echo and record.get("exists")
    if sought and "at" in record and double is not None:
        yield from differences(record, double)


def known(question: Question) -> list[str]:
    return [
        *str(question.get("var", "")).split(","),
        *(question["at"] if isinstance(question.get("at"), dict) else ()),
    ]


def number(shown: str) -> Any:
    """A constant's value, if 700 digits and 1,400 say the same; None where the truth has no opinion."""
    try:
        found = within(PATIENCE, compiled(shown))
        with mp.workdps(2 * mp.dps):
            finer = within(PATIENCE, compiled(shown))
        return found if rounded(found) == rounded(finer) else None
    except (Exception, TimeUp):
        return None


def rounded(value: Any) -> float:
    """The nearest double, below the normal ones, too (where mpmath's ``float`` rounds twice)."""
    sign, mantissa, exponent, _bits = mp.mpf(value)._mpf_
    if not mantissa or abs(mp.mpf(value)) >= sys.float_info.min:
        return float(value)
    return (-1.0 if sign else 1.0) * (mantissa / (1 << -exponent)) if exponent > -100_000 else 0.0


def differences(record: dict[str, Any], double: float) -> Iterator[tuple[str, str]]:
    """A derivative against central differences of steps that agree, one of them below what giants' edges lie apart."""
    try:
        f = compiled(record["expr"])
        names = record["var"] if len(record["var"]) > 1 else record["var"] * record["order"]
        told = agreed(f, record["at"], names)
        if told is None or not apart(told, double):
            return
        with mp.workdps(10 * mp.dps):  # what a giant swallows with fewer digits
            told = agreed(f, record["at"], names)
    except (Exception, TimeUp):
        return
    if told is not None and apart(told, double):
        yield "derivative", f"{record['value']} ({double!r}), but differences say {mpmath.nstr(told, 15)}"


def agreed(f: Any, at: dict[str, str], names: list[str]) -> Any:
    """What differences with several steps tell alike; None where they do not."""
    place = within(PATIENCE, lambda: {name: compiled(each)() for name, each in at.items()})
    if len(names) > 3 or max(map(abs, place.values())) > 1e6:
        return None
    if within(PATIENCE, lambda: abs(f(**place))) > 1e300:  # more digits than differences are taken with
        return None
    # Beside 1e308 edges lie 1e-308 apart; of so many differences there must be digits left.
    steps = (mp.mpf(10) ** -digits for digits in (8, 9, min(400, 640 // max(1, len(names)))))
    given = [within(PATIENCE, partial(difference, f, place, names, step)) for step in steps]
    return given[1] if max(given) - min(given) < tolerance(given[1]) * 1e-8 else None


def tolerance(size: Any) -> Any:
    return max(abs(size), mp.mpf(10) ** -12)


def apart(told: Any, double: float) -> bool:
    return bool(abs(told - double) > 1e-6 * tolerance(told))


def difference(f: Any, place: dict[str, Any], names: list[str], step: Any) -> Any:
    if not names:
        return f(**place)
    first, *rest = names
    ends = [difference(f, {**place, first: place[first] + sign * step}, rest, step) for sign in (-1, 1)]
    return (ends[1] - ends[0]) / (2 * step)


def counted(asked: Iterator[Question]) -> Iterator[Question]:
    """The questions, with a word of how far it is."""
    for count, question in enumerate(asked):
        if count % 1000 == 0:
            print(f"{count} questions asked", file=sys.stderr, flush=True)
        yield question


def main() -> int:
    parser = argparse.ArgumentParser(description="Made-up questions to calcgrad batch.")
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", type=int, default=8, help="ask every so-manieth twice (0: none)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", help="findings as JSON lines")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    began = time.monotonic()
    with open(options.out or os.devnull, "a", encoding="utf-8") as file:
        asked = counted(islice(questions(options.seed), options.count))
        for kind, question, what in ask(asked, options.processes, options.again):
            counts[kind] += 1
            print(f"{kind}: {json.dumps(question, ensure_ascii=False)}\n    {what[:600]}", flush=True)
            file.write(json.dumps([kind, question, what]) + "\n")
            file.flush()
    print(f"{options.count} questions in {time.monotonic() - began:.0f} s: {dict(counts) or 'nothing found'}")
    return 1 if counts else 0


if __name__ == "__main__":
    sys.exit(main())
