"""The drawing of the house: which module may import which, and what each command loads."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "calcgrad"
MODULES = sorted(path.relative_to(ROOT) for path in PACKAGE.rglob("*.py"))
LIBRARIES = {
    "numpy",
    "sympy",
    "mpmath",
    "matplotlib",
    "scipy",
    "flint",
    "typer",
    "click",
    "rich",
    "pyarrow",
    "dask",
}

# What stands at the bottom: needed everywhere, and needing nothing above.
BASE = {"errors", "budget", "decimals", "version"}
ENGINES = {"calculus", "autodiff"}
TOP = {
    "cli",
    "commands",
    "render",
    "batch",
    "checking",
    "drawing",
    "parts",
    "pictures",
    "notebook",
    "front",
    "tables",
    "tangents",
    "questions",
    "programs",
    "arguments",
    "options",
    "answers",
    "results",
    "files",
}


def dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(path: Path, top_level_only: bool = False) -> tuple[str, ...]:
    """The dotted names that a module imports, wherever it does; not those it only needs for its types."""
    return tuple(_imports(path, top_level_only))


def _imports(path: Path, top_level_only: bool) -> Iterator[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    skipped = {
        each
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for each in ast.walk(node)
    }
    if top_level_only:
        skipped |= {
            each
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            for each in ast.walk(node)
        }
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are written out in full"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if is_module(whole) else str(node.module)


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def house(path: Path) -> set[str]:
    """The parts of the package that a module imports: 'errors', 'expression', 'calculus', ..."""
    names = (name.split(".") for name in imports(path))
    return {parts[1] if len(parts) > 1 else "calcgrad" for parts in names if parts[0] == "calcgrad"}


def libraries(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)} & LIBRARIES


def wing(name: str) -> list[Path]:
    found = [path for path in MODULES if path.parts[1] == name or path.name == f"{name}.py"]
    assert found, name
    return found


def test_the_reader_of_imports_reads() -> None:
    """These tests would pass on anything if imports() found nothing."""
    assert "expression" in house(Path("calcgrad/commands/derivatives.py"))
    assert "typer" in libraries(Path("calcgrad/cli.py"))
    assert sum(len(list(imports(path))) for path in MODULES) > 100


@pytest.mark.parametrize("path", wing("expression"), ids=dotted)
def test_the_language_stands_on_nothing(path: Path) -> None:
    assert house(path) <= {"errors", "budget", "decimals", "expression"}
    assert libraries(path) <= {"numpy"}
    assert not {name.partition(".")[0] for name in imports(path, top_level_only=True)} & LIBRARIES


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_the_engines_do_not_know_each_other(name: str) -> None:
    for path in wing(name):
        assert not house(path) & (ENGINES - {name}), path
        assert not house(path) & TOP, path
        assert house(path) <= {*BASE, "expression", name}, path


def test_the_engines_share_no_library_but_numpy() -> None:
    for path in wing("autodiff"):
        spare = {"mpmath"} if path.name == "special.py" else set()  # values where SciPy is not installed
        assert not libraries(path) & {"sympy", "mpmath", "matplotlib", "typer", "click", "rich"} - spare, path
    for path in wing("calculus"):
        assert not libraries(path) & {"numpy", "matplotlib", "typer", "click", "rich"}, path


def test_sympys_numbers_stay_in_one_wing() -> None:
    """Beyond calculus/ there are trees, fractions and balls."""
    printers, suggestions = (
        "translations.py",
        "limits.py",
    )  # SymPy's code printers; a closed form that decimals suggest
    for path in MODULES:
        if path.parts[1] != "calculus" and path.name not in (printers, suggestions):
            assert "sympy" not in libraries(path), path


def test_pictures_know_neither_language_nor_engines() -> None:
    for path in wing("pictures"):
        drawing = {"pictures", "results"}
        assert not house(path) & {"expression", *ENGINES, *(TOP - drawing)}
        assert not any("pyplot" in name for name in imports(path))


def test_no_circle() -> None:
    """Of modules that import each other, wherever they do: a module can be understood with those below it alone."""
    below = {dotted(path): {*imports(path)} - {dotted(path)} for path in MODULES}
    while free := [name for name, needs in below.items() if not needs & below.keys()]:
        for name in free:
            del below[name]
    assert not below, f"in a circle, or above one: {sorted(below)}"


def test_the_base_imports_nothing_above_it() -> None:
    for name in sorted(BASE):
        [path] = wing(name)
        assert house(path) <= BASE, path
        assert not libraries(path), path
    [path] = wing("results")
    assert house(path) <= BASE and not libraries(path)


def test_render_asks_no_engine() -> None:
    [path] = wing("render")
    assert not house(path) & {*ENGINES, "commands", "cli", "checking", "batch", "pictures"}
    assert not libraries(path)


def test_what_commands_are_made_of_knows_no_command() -> None:
    for name, below in (
        ("parts", {"checking", "drawing"}),
        ("drawing", {"checking"}),
        ("checking", {"drawing"}),
    ):
        for path in wing(name):
            assert not house(path) & {"commands", "cli", "batch", "answers", "options", *below}, path


def test_commands_know_no_terminal() -> None:
    for path in wing("commands"):
        assert not house(path) & {"cli", "batch", "arguments", "options", "answers"}
        assert not libraries(path) & {"typer", "click", "rich"}
        assert "sys" not in set(imports(path))


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.name not in ("cli.py", "__main__.py", "processes.py")],
    ids=dotted,
)
def test_only_the_command_line_knows_typer_and_exit_codes(path: Path) -> None:
    assert not libraries(path) & {"typer", "click"}
    assert "cli" not in house(path)
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    caught = {node.type for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and node not in caught:
            assert ast.unparse(node) not in ("sys.exit", "os._exit", "SystemExit", "quit", "exit"), (
                f"{path}:{node.lineno}"
            )


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    source = (ROOT / path).read_text(encoding="utf-8")
    assert not source.strip() or ast.get_docstring(ast.parse(source))


def test_nothing_runs_text_as_a_program() -> None:
    """No eval, exec, compile, sympify or parse_expr anywhere, and arrays are read with pickling off."""
    for path in MODULES:
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("eval", "exec", "compile", "__import__"), f"{path}:{node.lineno}"
                assert called.rpartition(".")[2] not in ("sympify", "parse_expr", "S", "lambdify"), (
                    f"{path}:{node.lineno}"
                )
                if called.endswith("np.load"):
                    assert "allow_pickle=False" in ast.unparse(node), f"{path}:{node.lineno}"


# ------------------------------------------------------------------------------------------------- start-up

SCRIPT = """
import sys, runpy, json
sys.argv = ["calcgrad", *json.loads(sys.argv[1])]
try:
    runpy.run_module("calcgrad", run_name="__main__")
except SystemExit as end:
    code = end.code
names = sorted({name.partition(".")[0] for name in sys.modules})
sys.stderr.write("LOADED" + json.dumps([code, names, "matplotlib.pyplot" in sys.modules]))
"""


def run(script: str, *words: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr


def loaded(*words: str, cwd: Path | None = None) -> tuple[int, set[str], bool]:
    """Exit code and loaded top-level packages of one run of the command line."""
    shown = run(SCRIPT, json.dumps(words), cwd=cwd)
    code, names, pyplot = json.loads(shown.split("LOADED")[1])  # of the process that worked, which ends first
    return code, set(names), pyplot


HEAVY = {"sympy", "numpy", "matplotlib", "mpmath", "scipy"}


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["diff", "--help"], ["plot", "-h"]], ids=str)
def test_version_and_help_load_no_library(words: list[str]) -> None:
    code, names, _ = loaded(*words)
    assert code == 0
    assert not names & HEAVY
    by_typer = run("import sys, typer; print(*sys.modules, file=sys.stderr)").split()
    assert "rich" not in names or "rich" in by_typer  # as it is in older ones


GRADS = [
    ["grad", "2*dot(x,x)", "--at", "x=[0,1,2,3]"],
    ["grad", "x**2*y + sin(y)", "--at", "x=3,y=0", "--json"],
    ["grad", "log(x^2)*sin(x) + 1/x", "--at", "2", "--trace"],
    ["grad", "[x^2*y, 5x+sin(y)]", "--jacobian", "--at", "x=1,y=0"],
    ["grad", "norm(x)", "--at", "x=[0,0]"],
    ["grad", "abs(x)", "--at", "0"],
    ["grad", "sinn(x)", "--at", "0"],
    ["grad", "where(x>0, sqrt(x), 0)", "--at", "-1"],
]


@pytest.mark.parametrize("words", GRADS, ids=str)
def test_grad_never_loads_sympy(words: list[str]) -> None:
    _, names, _ = loaded(*words)
    assert "numpy" in names or "sinn(x)" in words
    assert not names & {"sympy", "mpmath", "matplotlib", "typer"}  # Typer makes help and completion only


@pytest.mark.parametrize(
    "words",
    [
        ["diff", "x**x", "--at", "2"],
        ["limit", "sin(x)/x", "--to", "0"],
        ["limit", "3*x**2-4*x", "--at", "1"],
        ["check", "x**2", "--at", "1"],
        ["functions"],
        ["batch"],
    ],
    ids=str,
)
def test_only_plot_loads_matplotlib(words: list[str]) -> None:
    code, names, _ = loaded(*words)
    assert code == 0 and "matplotlib" not in names
    assert ("sympy" in names) == (words[0] in ("diff", "limit", "check"))


def test_a_smooth_plot_loads_no_sympy(tmp_path: Path) -> None:
    for words in (["x**3-1/x", "--at", "1"], ["sin(x)", "exp(x)", "--at", "0"], ["tan(x)"]):
        code, names, pyplot = loaded("plot", *words, cwd=tmp_path)
        assert code == 0 and "matplotlib" in names
        assert "sympy" not in names and not pyplot


def test_the_package_loads_without_the_command_line() -> None:
    script = """
import sys
import calcgrad
sys.stderr.write(" ".join({name.partition(".")[0] for name in sys.modules}))
"""
    names = set(run(script).split())
    assert not names & {"sympy", "mpmath", "matplotlib", "typer", "click", "rich"}


@pytest.mark.parametrize("wanted", ["auto", "flint", "gmpy"])
def test_sympy_computes_alike_on_every_machine(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMPY_GROUND_TYPES", wanted)
    script = """
import sys
import calcgrad.calculus.symbolic
from sympy.external.gmpy import GROUND_TYPES
sys.stderr.write(GROUND_TYPES)
"""
    assert run(script) == "python"


def test_the_package_needs_no_installed_metadata(tmp_path: Path) -> None:
    """A copied folder works, and asks no one what version it is."""
    script = """
import importlib.metadata as metadata
def refuse(*args, **kwargs):
    raise AssertionError("metadata asked for")
metadata.version = metadata.distribution = refuse
import calcgrad
from calcgrad.version import __version__
assert calcgrad.__version__ == __version__
"""
    run(script, cwd=tmp_path)


def test_the_seeds_program() -> None:
    """The Python of the chapter: a backward adds, zero_grad forgets."""
    import numpy as np

    from calcgrad import Variable

    x = Variable(np.arange(4.0))
    y = 2 * np.dot(x, x)
    y.backward()
    assert x.grad.tolist() == [0.0, 4.0, 8.0, 12.0]
    x.zero_grad()
    x.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0, 1.0]
    x.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0, 2.0]
