"""Every command that a document shows is run, says and ends with what is shown, and draws its pictures; Python, too."""

from __future__ import annotations

import doctest
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


document: Any = _load(ROOT / "tools" / "document.py")
DOCUMENTS = document.documents()
_INCLUDED = re.compile(r"!\[[^]]*\]\(([^):/]+)\)")
_PYTHON = re.compile(r"^```pycon\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_say_what_is_shown(path: Path, tmp_path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    asked = document.commands(page)
    wrong = []
    for command, answer in zip(asked, document.run(asked, tmp_path), strict=True):
        if not document.matches(command.shown, answer.lines) or answer.code != command.code:
            shown, said = "\n".join(command.shown), "\n".join(answer.lines)
            wrong.append(
                f"{path.name}:{command.line}: $ {command.text}\n"
                f"shown, exit {command.code}:\n{shown}\nsaid, exit {answer.code}:\n{said}"
            )
    assert not wrong, "\n\n".join(wrong)
    drawn = document.pictures(page, tmp_path)
    assert set(drawn) >= set(_INCLUDED.findall(page))
    for name, data in drawn.items():
        assert document.same_picture((ROOT / "docs" / name).read_bytes(), data), "make docs draws it anew"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_python_sessions_give_what_is_shown(path: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    text = path.read_text(encoding="utf-8")
    if re.search(r"^>>> (from|import) scipy", text, re.MULTILINE):
        pytest.importorskip("scipy")
    # everything else is blanked, so that messages name the document's own lines
    kept = list(re.sub(r"[^\n]", " ", text))
    for block in _PYTHON.finditer(text):
        kept[block.start(1) : block.end(1)] = block[1]
    session = doctest.DocTestParser().get_doctest("".join(kept), {}, path.name, str(path), 0)
    said: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(session, out=said.append)
    assert not result.failed, "".join(said)


def test_readme_meets_a_newcomer_in_order() -> None:
    """The promise, the two commands, ten examples with real output and a picture, in that order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.index("checked") < text.index("make run") < text.index("```console")
    assert text.index("make test") < text.index("```console")
    before_picture = text[: text.index("![")]
    shown = [each for each in document.commands(before_picture) if each.text.startswith("calcgrad ")]
    assert len(shown) == 10


def test_a_wrong_output_is_noticed() -> None:
    """The comparison itself: exact, but for a line of dots."""
    assert document.matches(["a", "b"], ["a", "b"])
    assert not document.matches(["a", "b"], ["a", "c"])
    assert not document.matches(["a"], ["a", "b"])
    assert document.matches(["a", "...", "d"], ["a", "b", "c", "d"])
    assert document.matches(["a", "..."], ["a"])
    assert not document.matches(["a", "...", "d"], ["a", "b", "c"])


def test_documents_are_updated_in_place() -> None:
    page = "text\n\n```console\n$ one\nold\n$ two\n...\nlast\n$ three\n$ echo $?\n1\n```\n\nmore\n"
    asked = document.commands(page)
    assert [(each.text, each.shown, each.code) for each in asked] == [
        ("one", ("old",), 0),
        ("two", ("...", "last"), 0),
        ("three", (), 1),
    ]
    answers = [
        document.Answer(("new", "er"), 2),
        document.Answer(("first", "last"), 0),
        document.Answer(("said",), 0),
    ]
    assert document.updated(page, asked, answers) == (
        "text\n\n```console\n$ one\nnew\ner\n$ echo $?\n2\n$ two\n...\nlast\n$ three\nsaid\n```\n\nmore\n"
    )
