"""The readers under a coverage-guided fuzzer: bytes that nobody would write, steered into every branch.

    python tests/guided.py expression -runs=300000    # or batch, words, table; the other options are libFuzzer's

A find is an exception other than the refusals, an echo that does not read back as it is, or an input that
takes longer than -timeout (60 s) or more memory than -rss_limit_mb; libFuzzer writes it into a file crash-... and
names it. It needs Atheris (``pip install 'calcgrad[fuzz]'``).
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "corpus")]
with atheris.instrument_imports(include=["calcgrad"]):
    from calcgrad import answers, batch
    from calcgrad.arguments import read as read_words
    from calcgrad.errors import CalcgradError, ExpressionError
    from calcgrad.expression.catalogue import FUNCTIONS
    from calcgrad.expression.latex import latex
    from calcgrad.expression.parser import parse
    from calcgrad.expression.tree import text, variables
    from calcgrad.options import COMMANDS, names_of, options_of
    from calcgrad.questions import read
    from calcgrad.tables.formats import Text
    from calcgrad.tables.rows import Malformed

REFUSED = (CalcgradError, Malformed)
NAMES = names_of(option for option in options_of("diff") if option.name != "--help")


def expression(data: bytes) -> None:
    """What people type, plain and LaTeX: refused, or read as a tree whose texts read back."""
    source = data.decode("utf-8", "surrogateescape")
    try:
        root = read(source, unknown=True, before="d/dx").root.node
        shown, typeset = text(root), latex(root)
    except REFUSED as refusal:
        span = getattr(refusal, "span", None)
        assert span is None or 0 <= span[0] <= span[1] <= len(source) + 1, (span, source)
        return
    again = parse(shown, names=variables(root), unknown=True).node
    assert text(again) == shown, (source, shown, text(again))
    try:
        parse(typeset, names=variables(root), unknown=True)
    except ExpressionError as refusal:
        assert "two readings" in str(refusal) or "deep" in str(refusal) or "function" in str(refusal), (
            source, typeset, str(refusal),
        )  # fmt: skip


def lines(data: bytes) -> None:
    """A line of batch, as far as it is read: its answer is replaced by nothing."""
    answered, _ = batch.answer(data, files=False, timeout=1.0)
    assert "internal" not in answered, answered
    for line in answered.splitlines():
        json.loads(line)


def words(data: bytes) -> None:
    """The words of a command line: options and expressions told apart."""
    with suppress(*REFUSED):
        read_words(data.decode("utf-8", "surrogateescape").split("\n"), NAMES)


def table(data: bytes) -> None:
    """CSV, TSV and JSON lines: whole records, numbers or a named cell."""
    kind = {0: None, 1: "csv", 2: "tsv", 3: "jsonl"}[data[0] % 4] if data else None
    try:
        source = Text(io.BytesIO(data[1:]), "table", kind, fast=False)  # type: ignore[arg-type]
        wanted = source.names[:2]
        for part, _ in source.batches():
            try:
                records, columns = source.codec.read(part, wanted)
            except Malformed as refusal:
                source.codec.line(part, refusal.record)
                raise
            assert all(len(column) == len(records) for column in columns)
            source.codec.table(records)
    except REFUSED:
        pass


def _of_expressions() -> Iterable[str]:
    from test_latex import READ
    from test_students import TYPED

    for line in (*TYPED.splitlines(), *READ.splitlines()):
        yield line.partition(" => ")[0]


def _of_batch() -> Iterable[str]:
    from fuzz import questions

    return (json.dumps(question) for question in islice(questions(seed=1), 300))


def _of_words() -> Iterable[str]:
    return (f"{option.name}\n1\n{option.name}=1\nx" for option in options_of("diff"))


TABLES = (
    "x,y\n1,2\n",
    "\ufeffx;y\r\n1;\r\n",
    '"a,b"\t"c""d"\n"1"\t2e300\n',
    '{"x": 1, "y": null}\n',
    "x\n\n\nNA\n",
)
# name: what is tried, what it begins with, and the words that it is put together from
TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], Iterable[str]]]] = {
    "expression": (expression, _of_expressions),
    "batch": (lines, _of_batch),
    "words": (words, _of_words),
    "table": (table, lambda: (f"{kind}{each}" for kind in "\0\1\2\3" for each in TABLES)),
}
WORDS = [
    *(name for row in FUNCTIONS for name in (row.name, *row.aliases)), *COMMANDS, *NAMES,
    "oo", "pi", "**", "->", "d/dx", "lim", "where", " and ", " or ", r"\frac{", r"\sqrt[", r"\left(", r"\right)",
    r"\lim_{x \to 0}", r"\begin{cases}", r"\end{cases}", r"\mathrm{", "^{", "_{", "²", "½", "√", "π", "‖", "⌊",
    "1e400", '"id":', '"expr":', '"at":', "null",
]  # fmt: skip


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: python tests/guided.py {'|'.join(TARGETS)} [-runs=N] [libFuzzer's options]")
    target, beginnings = TARGETS[sys.argv[1]]
    answers.answer = lambda *_, **__: 0  # batch is read here, and answered in fuzz.py
    with tempfile.TemporaryDirectory() as folder:
        for index, each in enumerate(beginnings()):
            Path(folder, f"{index:04}").write_text(each, encoding="utf-8")
        dictionary = Path(folder, "words.dict")
        quoted = (each.encode() for each in dict.fromkeys(WORDS))
        dictionary.write_text(
            "".join('"' + "".join(f"\\x{byte:02x}" for byte in each) + '"\n' for each in quoted)
        )
        options = ["-timeout=60", "-rss_limit_mb=2000", "-max_len=300", f"-dict={dictionary}"]
        atheris.Setup([sys.argv[0], *options, *sys.argv[2:], folder], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
