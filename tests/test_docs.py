"""The pages that are generated are up to date, and links lead somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from test_readme import DOCUMENTS, ROOT, document

import calcgrad
from calcgrad.errors import ExpressionError
from calcgrad.expression.labels import labelled
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import text

_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#:]+)(#[^)]*)?\)")


@pytest.mark.parametrize("path", document.generated(), ids=lambda path: path.name)
def test_generated_pages_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == document.generated()[path], "make docs writes it anew"


def test_the_python_page_has_every_public_name() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### (\w+)$", page, re.MULTILINE)) == set(calcgrad.__all__) - {"__version__"}


@pytest.mark.parametrize("path", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target, _ in _LINK.findall(_CODE.sub("", path.read_text(encoding="utf-8"))):
        assert (path.parent / target).exists(), target


def test_the_version_is_one() -> None:
    """In what is cited too."""
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert cited is not None and cited[1] == calcgrad.__version__


def test_every_page_is_on_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "index.md" or f"]({page.name})" in index, page.name


def test_the_design_page_names_every_file() -> None:
    page = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    named: set[str] = set()
    for line in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE):
        folder = ""
        for file in re.findall(r"`(.*?)`", line):
            folder = file.rpartition("/")[0] or folder  # `autodiff/backward.py`, `forward.py`
            named.add(f"{folder}/{file.rpartition('/')[2]}".lstrip("/"))
    package = ROOT / "calcgrad"
    files = {path.relative_to(package).as_posix() for path in package.rglob("*.py")}
    assert named == {file for file in files if not file.endswith("/__init__.py")}


READINGS = (ROOT / "docs" / "readings.md").read_text(encoding="utf-8").replace(r"\|", "\N{BROKEN BAR}")
_REASONED = re.compile(r"^\| `([^|]+?)` \| ([^|]+?) \| [^|]+ \|$", re.MULTILINE)


@pytest.mark.parametrize(("typed", "said"), [
    [each.replace("\N{BROKEN BAR}", "|") for each in row]
    for section in READINGS.split("\n## ")[1:3] for row in _REASONED.findall(section)
])  # fmt: skip
def test_the_page_of_readings_says_what_is_read(typed: str, said: str) -> None:
    label = labelled(typed)
    try:
        assert f"`{text(parse(typed, start=label.start, stop=label.stop).node)}`" == said
    except ExpressionError as refused:
        assert refused.code == "two-readings" and refused.hint == f"write {said}"


def _codes() -> set[str]:
    """Every code that an error may have, as the package writes them."""
    found = set()
    for path in (ROOT / "calcgrad").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            said: list[ast.expr | None] = []
            if isinstance(node, ast.Call):
                said = [each.value for each in node.keywords if each.arg == "code"]
                own = (
                    isinstance(node.func, ast.Attribute)
                    and node.func.attr == "error"
                    and path.name == "parser.py"
                )
                said += node.args[3:4] if own else []
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                said = [node.value] if node.targets[0].id == "code" else []
            found |= {each.value for each in said if isinstance(each, ast.Constant)}
    return {each for each in found if isinstance(each, str)}


def test_the_contract_lists_every_code() -> None:
    page = (
        (ROOT / "docs" / "commands.md").read_text(encoding="utf-8").partition("| code | what is wrong |")[2]
    )
    rows = re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE)
    assert {code for row in rows for code in re.findall("`(.*?)`", row)} == _codes()


def test_the_page_of_readings_has_its_rows() -> None:
    assert sum(len(_REASONED.findall(section)) for section in READINGS.split("\n## ")[1:3]) > 70


_ROW = re.compile(r"^\| `(.+?)` \| (.+) \|$", re.MULTILINE)
LANGUAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")


def _rows(head: str) -> list[tuple[str, str]]:
    """The rows of the tables whose second column is headed ``head``."""
    tables = re.findall(rf"^\| you type \| {head} \|\n.*\n((?:\|.*\n)+)", LANGUAGE, re.MULTILINE)
    assert tables
    return [row for table in tables for row in _ROW.findall(table.replace(r"\|", "|"))]


@pytest.mark.parametrize(("typed", "reading"), _rows("it reads"))
def test_the_language_page_shows_how_expressions_are_read(typed: str, reading: str) -> None:
    assert f"`{text(parse(typed).node)}`" == reading


@pytest.mark.parametrize(("typed", "readings"), _rows("it could be"))
def test_the_language_page_shows_both_readings_of_what_is_refused(typed: str, readings: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(typed)
    assert refused.value.hint == f"write {readings.replace('`', '')}"
