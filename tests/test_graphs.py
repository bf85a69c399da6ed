"""grad --graph: the layout in layers, the picture, and the text formats."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from calcgrad.commands import grad
from calcgrad.pictures import graphs
from calcgrad.pictures.layers import Layered, arrange

Ask = Callable[..., Any]
SVG = "{http://www.w3.org/2000/svg}"
SEED = "log(x^2)*sin(x) + 1/x"


def crossings(found: Layered) -> int:
    """Counted pair by pair, which the layout does by inversions."""
    place = {node: i for row in found.rows for i, node in enumerate(row)}
    total = 0
    for (a, b), (c, d) in combinations(found.links, 2):
        if found.layer[a] == found.layer[c]:
            total += (place[a] - place[c]) * (place[b] - place[d]) < 0
    return total


def random_graph(seed: int, count: int) -> list[list[int]]:
    chosen = random.Random(seed)
    return [chosen.sample(range(i), min(i, chosen.choice((0, 1, 1, 2, 2, 3)))) for i in range(count)]


@pytest.mark.parametrize("seed", range(25))
def test_a_layout_is_sound(seed: int) -> None:
    """Links go one layer on, nodes keep their distance, every edge is there, and crossings are counted rightly."""
    parents = random_graph(seed, 5 + 2 * seed)
    found = arrange(parents)
    assert all(found.layer[b] == found.layer[a] + 1 for a, b in found.links)
    assert sorted(node for row in found.rows for node in row) == list(range(len(found.layer)))
    assert found.crossings == crossings(found)
    sizes = [1.0 + (i % 3) for i in range(len(parents))]
    heights = found.heights(sizes, 0.5)
    extent = [*sizes, *([0.0] * (len(heights) - len(sizes)))]
    for row in found.rows:
        for a, b in pairwise(row):
            assert heights[b] - heights[a] >= (extent[a] + extent[b]) / 2 + 0.5 - 1e-9
    start = {b: a for a, b in found.links if b >= len(parents)}
    edges = set()
    for a, b in found.links:
        while a in start:
            a = start[a]
        if b < len(parents):
            edges.add((a, b))
    assert edges == {(a, b) for b, sources in enumerate(parents) for a in sources}


PLANAR = {
    "chain": [[], *([i] for i in range(20))],
    "tree": [[], [], [], [], [0, 3], [1, 2], [4, 5]],
    "ladder": [[], [0], [0], [1, 2], [3], [3], [4, 5]],
    "comb": [[], *([0, i] for i in range(15))],
    "seed": [[], [0], [1], [0], [2, 3], [0], [4, 5]],
}


@pytest.mark.parametrize("name", PLANAR)
def test_what_needs_no_crossing_has_none(name: str) -> None:
    assert arrange(PLANAR[name]).crossings == 0


def rows(expr: str, at: str) -> Any:
    return grad(expr, at=at, graph=True).graph


def horner(degree: int) -> str:
    shown = "1"
    for i in range(1, degree + 1):
        shown = f"({shown})*x+{i}"
    return shown


CASES = [(SEED, "2"), ("x**2*y + sin(y)", "x=3,y=0.5"), (horner(28), "0.5"), ("2*dot(x,x)", "x=[0,1,2,3]")]


@pytest.mark.parametrize(("expr", "at"), CASES, ids=lambda each: str(each)[:20])
def test_every_node_and_edge_is_in_the_text_formats(expr: str, at: str) -> None:
    found = rows(expr, at)
    number = {row.node: i for i, row in enumerate(found)}
    wanted = {(number[part], i) for i, row in enumerate(found) for part in row.inputs}
    assert wanted and all(row.inputs for row in found if row.operation != "input")
    for file, arrow in (("g.dot", "->"), ("g.mmd", "-->")):
        made = graphs.encode(found, file, "y").decode()
        edges = {(int(a), int(b)) for a, b in re.findall(rf"n(\d+) {arrow} n(\d+)", made)}
        assert edges == wanted
        assert len(set(re.findall(r"^  n(\d+)[\[(]| n(\d+) \[", made, re.MULTILINE))) >= 1
        for row in found:
            assert f"n{number[row.node]}" in made


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it() -> None:
    data = graphs.encode(rows(SEED, "2"), "g.dot", 'a "title"\\')
    assert subprocess.run(["dot", "-Tsvg"], input=data, capture_output=True, check=False).returncode == 0


def boxes(svg: bytes) -> dict[int, tuple[float, float, float, float]]:
    """Each node's bounding box in the picture."""
    found = {}
    for group in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        name = group.get("id", "")
        if name.startswith("node-"):
            shape = next(group.iter(f"{SVG}path")).get("d", "")
            numbers = [float(each) for each in re.findall(r"-?\d+\.?\d*", shape)]
            xs, ys = numbers[::2], numbers[1::2]
            found[int(name[5:])] = (min(xs), min(ys), max(xs), max(ys))
    return found


@pytest.mark.parametrize(("expr", "at"), CASES, ids=lambda each: str(each)[:20])
def test_the_picture(expr: str, at: str) -> None:
    found = rows(expr, at)
    svg = graphs.encode(found, "g.svg", "a < b")
    tree = ElementTree.fromstring(svg)
    texts = {"".join(each.itertext()).strip() for each in tree.iter(f"{SVG}text")}
    for row in found:
        head = row.node if row.operation == "input" else f"{row.node} = {row.operation}"
        assert head in texts
    assert sum(each.startswith("value ") for each in texts) >= 1
    assert next(tree.iter(f"{SVG}desc")).text
    placed = boxes(svg)
    assert len(placed) == len(found)
    for one, other in combinations(placed.values(), 2):
        apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
        assert apart, (one, other)
    assert svg == graphs.encode(rows(expr, at), "g.svg", "a < b")


def test_more_than_sixty_nodes_are_folded() -> None:
    found = rows(horner(200), "0.5")
    made = graphs._boxes(found)
    assert len(made) <= graphs.MOST
    [folded] = [box for box in made if box.kind == "folded"]
    hidden = int(folded.lines[0].split()[1])
    assert hidden + len(made) - 1 == len(found)
    assert all(parent < i for i, box in enumerate(made) for parent in box.parents)
    assert made[-1].kind == "output"


def test_many_inputs_are_folded_too() -> None:
    names = [f"x{i}" for i in range(100)]
    found = rows("+".join(names), ",".join(f"{name}=1" for name in names))
    assert len(graphs._boxes(found)) <= graphs.MOST


def test_a_hundred_thousand_nodes_fold() -> None:
    """The rows alone: a picture of any size costs what sixty nodes cost."""
    from calcgrad.results import Node

    chain = [Node("x", "input", 1.0, 1.0)]
    chain += [
        Node(f"v{i}", "sin", 1.0, 1.0, (chain[-1].node if i == 0 else f"v{i - 1}",)) for i in range(10**5)
    ]
    assert b"<svg" in graphs.encode(chain, "g.svg", "y")


@pytest.mark.parametrize("ending", [".svg", ".pdf", ".png", ".dot", ".mmd"])
def test_every_format(ask: Ask, folder: Path, ending: str) -> None:
    answer = ask("grad", SEED, "--at", "2", "--graph", f"g{ending}")
    assert answer.code == 0 and answer.err == f"wrote g{ending}\n"
    assert answer.out == "y = log(x**2)*sin(x) + 1/x = 1.760553895\ndy/dx = 0.08239541392\n"
    begin = {".svg": b"<?xml", ".pdf": b"%PDF", ".png": b"\x89PNG", ".dot": b"digraph", ".mmd": b"flowchart"}
    assert (folder / f"g{ending}").read_bytes().startswith(begin[ending])


def test_a_python_function_is_drawn(ask: Ask, folder: Path) -> None:
    (folder / "m.py").write_text("import numpy as np\ndef f(x):\n    return np.sin(x) * x\n")
    assert ask("grad", "f", "--py", "m.py", "--at", "2", "--graph", "g.dot").code == 0
    assert "v1 = sin(x)" in (folder / "g.dot").read_text()


BAD = [
    ("x**2 --at 1 --graph g.gif", 2, "unknown format '.gif'"),
    ("x**2 --at 1 --graph none/g.svg", 2, "cannot write none/g.svg"),
    ("x**2 --at 1 --graph /dev/full", 2, "unknown format"),
    ("abs(x) --at 0 --graph g.svg", 1, "note: g.svg was not written"),
    ("x**2 x**3 --at 1 --graph g.svg", 2, "--graph draws one expression"),
    ("x**2 --at 1 --hessian --graph g.svg", 2, "goes without --trace and --graph"),
]


@pytest.mark.parametrize(("words", "code", "message"), BAD)
def test_what_is_not_drawn(ask: Ask, untouched: Path, words: str, code: int, message: str) -> None:
    answer = ask("grad", *words.split())
    assert answer.code == code and message in answer.err


def test_batch_draws_only_where_files_are_allowed(ask: Ask, folder: Path) -> None:
    line = '{"command":"grad","expr":"x**2","at":"1","graph":"g.svg"}\n'
    assert '"code":"files"' in ask("batch", stdin=line).out
    assert list(folder.iterdir()) == []
    assert ask("batch", "--files", stdin=line).code == 0
    assert (folder / "g.svg").exists()
