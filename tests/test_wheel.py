"""The wheel and the source, each installed alone into an empty environment: what a newcomer gets."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import Distribution
from pathlib import Path

import pytest
from test_readme import ROOT, document

pytestmark = pytest.mark.wheel
BROUGHT = [
    "share/man/man1/calcgrad.1",
    "share/bash-completion/completions/calcgrad",
    "share/zsh/site-functions/_calcgrad",
    "share/fish/vendor_completions.d/calcgrad.fish",
]


def run(*words: str | Path, folder: Path) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The two files of a release, of what is committed: the source, and the wheel that is made of the source."""
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("release")
    run("git", "archive", "--format=tar", "--output", folder / "tree.tar", "HEAD", folder=ROOT)
    with tarfile.open(folder / "tree.tar") as tree:
        tree.extractall(folder / "tree", filter="data")
    run(sys.executable, "-m", "build", "--outdir", folder, folder / "tree", folder=folder)
    return {"wheel": next(folder.glob("*.whl")), "source": next(folder.glob("*.tar.gz"))}


def test_the_wheel_holds_the_package_and_nothing_else(files: dict[str, Path]) -> None:
    with zipfile.ZipFile(files["wheel"]) as wheel:
        names = wheel.namelist()
    package = {str(path.relative_to(ROOT)) for path in (ROOT / "calcgrad").rglob("*.py")} | {
        "calcgrad/py.typed"
    }
    assert {name for name in names if ".dist-info/" not in name and ".data/" not in name} == package
    assert sorted(name.partition(".data/data/")[2] for name in names if ".data/" in name) == sorted(BROUGHT)


@pytest.mark.parametrize("kind", ["wheel", "source"])
def test_a_newcomer_installs_it_and_the_readme_is_true(
    files: dict[str, Path], kind: str, tmp_path: Path
) -> None:
    place = tmp_path / "environment"
    run(sys.executable, "-m", "venv", place, folder=tmp_path)
    run(place / "bin" / "python", "-m", "pip", "install", "--quiet", files[kind], folder=tmp_path)
    assert all((place / each).is_file() for each in BROUGHT)
    where = run(place / "bin" / "python", "-c", "import calcgrad; print(calcgrad.__file__)", folder=tmp_path)
    assert where.startswith(str(place))
    library = Path(where).parent.parent
    (installed,) = Distribution.discover(name="calcgrad", path=[str(library)])
    assert installed.metadata.get_all("Project-URL")
    # what the README shows before its first picture, by the command that was installed
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    asked = document.commands(page[: page.index("![")])
    for command in asked:
        done = subprocess.run(
            command.text, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
            env={"PATH": f"{place / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == command.code, command.text + done.stderr
        assert document.matches(command.shown, (done.stdout + done.stderr).splitlines()), command.text
    answer = run(place / "bin" / "calcgrad", "diff", "x^2", "--at", "3", "--json", folder=tmp_path)
    assert json.loads(answer)["value"] == "6"
