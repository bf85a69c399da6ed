"""The commands in a notebook: in IPython itself, and through a real kernel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import calcgrad
from calcgrad.magics import NAMES

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A shell with the magics loaded; what it displays is kept in ``shown``."""
    interactive = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    made = interactive(user_ns={"x": 7})
    made.shown = []
    monkeypatch.setattr("IPython.display.display", made.shown.append)
    calcgrad.load_ipython_extension(made)
    yield made
    made.history_manager.end_session()
    interactive.clear_instance()


def test_each_gives_its_answer(shell: Any) -> None:
    asked = {
        "diff": '"3x^2-4x" --at 1',
        "limit": '"sin(x)/x" --to 0 --rows 0',
        "series": "exp(x) --at 0",
        "grad": "x*y --at x=1,y=2",
        "check": "x^2 2x",
    }
    found = {name: shell.run_line_magic(name, line) for name, line in asked.items()}
    assert float(found["diff"]) == 2
    assert found["limit"].exact == "1"
    assert found["check"].verdict == "equal"
    assert all(each.command == name for name, each in found.items())
    assert all(found[name]._repr_latex_().startswith("$") for name in ("diff", "limit", "series"))


def test_the_picture_needs_no_file(shell: Any, tmp_path: Path) -> None:
    picture = shell.run_line_magic("plot", '"3x^2-4x" --at 1')
    assert "<svg" in picture._repr_svg_()
    assert not list(tmp_path.glob("*.svg"))
    shell.run_line_magic("plot", '"3x^2-4x" --at 1 -o out.svg')
    assert (tmp_path / "out.svg").stat().st_size > 1000


def test_braces_and_dollars_are_the_expressions_own(shell: Any) -> None:
    """IPython puts the value of x, 7 here, into {x} and $x of other magics."""
    assert shell.run_line_magic("diff", '"{x}^2"').derivative == "2*x"
    assert shell.run_line_magic("diff", r'"$\frac{x}{2}$"').derivative == "1/2"


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("diff", '"3x^^2"', "error: '^' cannot stand here"),
        ("diff", '"3x', "a quote is not closed"),
        ("diff", "", "error: no expression"),
        ("plot", "", "error: no expression"),
        ("plot", "x --dpi 9", "--dpi is for a file"),
        ("diff", "x --nosuch", "no such option"),
        ("limit", '"x^2" --to 0 --raw', "0"),
        ("diff", "--help", "--order N"),
    ],
)
def test_what_goes_wrong_is_text(
    shell: Any, capsys: pytest.CaptureFixture[str], name: str, line: str, said: str
) -> None:
    assert shell.run_line_magic(name, line) is None
    assert said in capsys.readouterr().out
    assert shell.shown == []


def test_a_cell_goes_on_after_an_error(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    cell = '\n# a comment\ndiff "x^3" x^4\nfoo x\nmap x\ncalcgrad limit "abs(x)/x" --to 0 --rows 0\n'
    shell.run_cell_magic("calcgrad", "", cell)
    assert [each.command for each in shell.shown] == ["diff", "diff", "limit"]
    said = capsys.readouterr().out
    assert "no such command: foo" in said and "no such command: map" in said


def test_a_kernel_shows_answers_typeset_and_pictures() -> None:
    manager = pytest.importorskip("jupyter_client.manager")
    pytest.importorskip("ipykernel")
    kernel, client = manager.start_new_kernel(
        kernel_name="python3", env={**os.environ, "PYTHONPATH": str(ROOT)}, startup_timeout=60
    )
    try:
        shown: list[dict[str, str]] = []

        def keep(message: dict[str, Any]) -> None:
            content = message["content"]
            shown.append(content.get("data") or {"text/plain": content.get("text", "")})

        cell = '%load_ext calcgrad\n%plot "x^2" --at 1'
        for code in (cell, "%diff x^2", "%diff 3x^^2", "%%calcgrad\nlimit 1/x --to 0 --rows 0"):
            reply = client.execute_interactive(code, timeout=60, output_hook=keep)
            assert reply["content"]["status"] == "ok"
        kinds = {kind for data in shown for kind in data}
        assert {"image/svg+xml", "text/latex"} <= kinds
        assert any("cannot stand here" in data.get("text/plain", "") for data in shown)
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)


def test_the_magics_are_commands() -> None:
    from calcgrad.options import COMMANDS

    assert set(NAMES) <= set(COMMANDS)
