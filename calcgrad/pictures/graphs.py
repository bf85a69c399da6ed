"""A computational graph as a picture, as Graphviz's dot or as Mermaid: values and adjoints on its nodes.

encode(result.graph, "graph.svg", "y = sin(x)*x")

A picture shows at most 60 nodes; of more, those in the middle are folded into one. The text formats name all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from calcgrad.decimals import float_text
from calcgrad.errors import UsageError
from calcgrad.pictures.layers import Layered, arrange
from calcgrad.results import Node

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 60  # nodes in a picture
_ENDINGS = (".svg", ".pdf", ".png", ".dot", ".mmd")
_LONGEST = 34  # characters in a line of a node


def check_format(file: str) -> None:
    """Refuse a file name that ``encode`` has no format for, before anything is computed."""
    ending = PurePath(file).suffix.lower()
    if ending not in _ENDINGS:
        raise UsageError(
            f"unknown format '{ending[:20]}' for a graph", hint="name the file .svg, .pdf, .png, .dot or .mmd"
        )


def encode(rows: Sequence[Node], file: str, title: str) -> bytes:
    """The graph in the format that ``file`` ends with."""
    check_format(file)
    ending = PurePath(file).suffix.lower()
    if ending == ".dot":
        return _dot(rows, title).encode()
    if ending == ".mmd":
        return _mermaid(rows).encode()
    from calcgrad.pictures.output import render

    return render(figure(rows, title), ending[1:])  # type: ignore[arg-type]


# --- what a node says -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Box:
    """A node of the picture: its lines, and the boxes that it is made from."""

    lines: tuple[str, ...]
    parents: tuple[int, ...]
    kind: str  # input, operation, output or folded


def _lines(row: Node) -> tuple[str, str, str]:
    head = row.node if row.operation == "input" else f"{row.node} = {row.operation}"
    return _cut(head), f"value {_short(row.value)}", f"adjoint {_short(row.adjoint)}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _short(value: Any) -> str:
    """A number in few digits; of an array the first numbers and its shape."""
    if not isinstance(value, list):
        return "-" if value is None else float_text(value, 5)
    shape: list[int] = []
    inner: Any = value
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    flat = value
    while flat and isinstance(flat[0], list):
        flat = flat[0]
    shown = ", ".join("-" if each is None else float_text(each, 4) for each in flat[:3])
    size = "×".join(map(str, shape))
    if len(shape) == 1 and shape[0] <= 3:
        return f"[{shown}]"
    return _cut(f"[{shown}, …] {size}" if shown else f"[] {size}")


# --- picture --------------------------------------------------------------------------------------------


def _boxes(rows: Sequence[Node]) -> list[_Box]:
    """The rows as boxes; beyond MOST of them those between the first and the last ones are one box.

    The rows are in the order of evaluation, so a run of them can be folded without making a cycle.
    """
    inputs = [i for i, row in enumerate(rows) if row.operation == "input"]
    others = [i for i, row in enumerate(rows) if row.operation != "input"]
    kept_inputs = inputs if len(inputs) <= MOST // 4 else inputs[: MOST // 4 - 1]
    room = MOST - len(kept_inputs) - 2
    head = others if len(others) <= room else others[: room // 3]
    tail = [] if len(others) <= room else others[len(others) - (room - room // 3) :]
    number: dict[str, int] = {}
    made: list[_Box] = []

    def add(row: Node, kind: str) -> None:
        parents = tuple(dict.fromkeys(number[each] for each in row.inputs if each in number))
        number[row.node] = len(made)
        made.append(_Box(_lines(row), parents, kind))

    def fold(hidden: Sequence[int], what: str) -> None:
        sources = (number[each] for i in hidden for each in rows[i].inputs if each in number)
        parents = tuple(dict.fromkeys(sources))
        for i in hidden:
            number[rows[i].node] = len(made)
        made.append(_Box((f"… {len(hidden)} {what}",), parents, "folded"))

    for i in kept_inputs:
        add(rows[i], "input")
    if len(kept_inputs) < len(inputs):
        fold(inputs[len(kept_inputs) :], "more inputs")
    for i in head:
        add(rows[i], "output" if i == len(rows) - 1 else "operation")
    if tail:
        fold(others[len(head) : len(others) - len(tail)], "more operations")
    for i in tail:
        add(rows[i], "output" if i == len(rows) - 1 else "operation")
    return made


_SIZE = 8.0  # points
_LINE = 1.45 * _SIZE / 72  # inches
_PAD = 0.09
_GAP = 0.17
_BETWEEN = 0.55  # inches between two columns, in which the edges bend
_WIDEST = 16.0  # inches
_FILL = {"input": "#e3eef8", "operation": "#ffffff", "output": "#fbe9dd", "folded": "#eeeeee"}
_EDGE = {"input": "#0072b2", "operation": "#888888", "output": "#d55e00", "folded": "#888888"}
_INK, _VALUE, _ADJOINT, _LINK = "#333333", "#0072b2", "#b34700", "#777777"


@dataclass
class _Plan:
    """Where everything goes, along the flow and across it; ``down`` says that the flow is downwards."""

    down: bool
    along: list[tuple[float, float]]  # of each box or bend: from where to where its layer reaches
    across: list[float]  # the middle of each box or bend
    sizes: list[tuple[float, float]]  # of each box along and across
    links: list[tuple[int, int]]
    low: float
    size: tuple[float, float]  # of the picture, along and across

    @property
    def inches(self) -> tuple[float, float]:
        return self.size[::-1] if self.down else self.size

    def point(self, along: float, across: float) -> tuple[float, float]:
        """On the page, from its top left corner."""
        across -= self.low
        return (across, along) if self.down else (along, across)


def _plan(boxes: Sequence[_Box], placed: Layered, down: bool) -> _Plan:
    sizes = [(max(map(_width, box.lines)) + 2 * _PAD, len(box.lines) * _LINE + 2 * _PAD) for box in boxes]
    if down:
        sizes = [(height, width) for width, height in sizes]
    middle = placed.heights([across for _, across in sizes], _GAP)
    thick = [0.0] * (max(placed.layer) + 1)
    for (along, _), k in zip(sizes, placed.layer):
        thick[k] = max(thick[k], along)
    between = _BETWEEN * (0.6 if down else 1.0)
    start = [_PAD + sum(thick[:k]) + between * k for k in range(len(thick))]
    extent = [across / 2 for _, across in sizes] + [_PAD] * (len(placed.layer) - len(boxes))
    low = min(h - each for h, each in zip(middle, extent)) - _PAD
    high = max(h + each for h, each in zip(middle, extent)) + _PAD
    reach = [(start[k], start[k] + thick[k]) for k in placed.layer]
    return _Plan(down, reach, middle, sizes, placed.links, low, (start[-1] + thick[-1] + _PAD, high - low))


def figure(rows: Sequence[Node], title: str) -> Figure:
    """The graph from left to right: inputs, operations, result. One too wide for a page flows downwards."""
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch

    from calcgrad.pictures.style import style

    boxes = _boxes(rows)
    placed = arrange([box.parents for box in boxes])
    plan = _plan(boxes, placed, down=False)
    if plan.inches[0] > _WIDEST:
        plan = min(plan, _plan(boxes, placed, down=True), key=lambda each: each.inches[0])
    with style():
        made = Figure(figsize=plan.inches)
        axes = made.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, plan.inches[0])
        axes.set_ylim(plan.inches[1], 0)  # downwards, as the layout counts
        _draw_links(axes, plan, len(boxes))
        for i, box in enumerate(boxes):
            along, across = plan.sizes[i]
            x, y = plan.point(plan.along[i][0], plan.across[i] - across / 2)
            width, height = (across, along) if plan.down else (along, across)
            patch = FancyBboxPatch(
                (x, y), width, height, boxstyle="round,pad=0,rounding_size=0.06",
                facecolor=_FILL[box.kind], edgecolor=_EDGE[box.kind], linewidth=1.4 if box.kind == "output" else 0.9,
            )  # fmt: skip
            patch.set_gid(f"node-{i}")
            axes.add_patch(patch)
            for j, line in enumerate(box.lines):
                colour = (_INK, _VALUE, _ADJOINT)[j] if len(box.lines) > 1 else _INK
                axes.text(
                    x + _PAD, y + _PAD + (j + 0.5) * _LINE, line, size=_SIZE, color=colour,
                    va="center_baseline", weight="bold" if j == 0 and box.kind != "folded" else "normal",
                )  # fmt: skip
        inputs = ", ".join(row.node for row in rows if row.operation == "input")
        shown = f"{len(rows)} nodes" if len(rows) <= MOST else f"{len(rows)} nodes, some of them folded"
        made.set_label(f"Computational graph of {title}\nFrom {inputs} to {rows[-1].node}; {shown}.")
    return made


def _draw_links(axes: Any, plan: _Plan, count: int) -> None:
    """Each link from the edge of its box, bent between two layers, straight across the layer of a bend."""
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    ends = _ends(plan.links, count)
    for a, b in plan.links:
        begin, end = plan.along[a][1], plan.along[b][0]
        leave = plan.along[a][0] + plan.sizes[a][0] if a < count else begin
        from_, to = plan.across[a], plan.across[b]
        middle = (begin + end) / 2
        points = [(leave, from_), (begin, from_), (middle, from_), (middle, to), (end, to)]
        codes = [Path.MOVETO, Path.LINETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
        if b >= count:
            points.append((plan.along[b][1], to))
            codes.append(Path.LINETO)
        path = Path([plan.point(*each) for each in points], codes)
        patch = PathPatch(path, fill=False, edgecolor=_LINK, linewidth=0.8)
        patch.set_gid(f"{'edge' if b < count else 'bend'}-{ends[a]}-{b}")
        axes.add_patch(patch)
        if b < count:
            head = [
                plan.point(*each) for each in ((end, to), (end - 0.07, to - 0.03), (end - 0.07, to + 0.03))
            ]
            axes.add_patch(Polygon(head, closed=True, color=_LINK, linewidth=0))


def _ends(links: Sequence[tuple[int, int]], count: int) -> list[int]:
    """For each node or bend the node in which its line begins."""
    start = list(range(max((b for _, b in links), default=count - 1) + 1))
    for a, b in links:
        if b >= count:
            start[b] = start[a]
    return start


def _width(line: str) -> float:
    """How wide a line is drawn, in inches: bold, and with room for a viewer's other font."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="DejaVu Sans", weight="bold", size=_SIZE)
    return float(text_to_path.get_text_width_height_descent(line, font, False)[0]) / 72 * 1.03


# --- text formats ---------------------------------------------------------------------------------------


def _dot(rows: Sequence[Node], title: str) -> str:
    number = {row.node: i for i, row in enumerate(rows)}
    lines = ["digraph calcgrad {", "  rankdir=LR;", f"  label={_quoted(title)};", "  node [shape=box];"]
    for i, row in enumerate(rows):
        style = "".join(
            f", style={each}"
            for each, there in (("rounded", row.operation == "input"), ("bold", i == len(rows) - 1))
            if there
        )
        lines.append(f"  n{i} [label={_quoted(chr(10).join(_lines(row)))}{style}];")
    lines += [
        f"  n{number[each]} -> n{i};" for i, row in enumerate(rows) for each in row.inputs if each in number
    ]
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _mermaid(rows: Sequence[Node]) -> str:
    number = {row.node: i for i, row in enumerate(rows)}
    lines = ["flowchart LR"]
    for i, row in enumerate(rows):
        label = "<br/>".join(_entities(line) for line in _lines(row))
        begin, end = ('(["', '"])') if row.operation == "input" else ('["', '"]')
        lines.append(f"  n{i}{begin}{label}{end}")
    lines += [
        f"  n{number[each]} --> n{i}" for i, row in enumerate(rows) for each in row.inputs if each in number
    ]
    return "\n".join([*lines, ""])


def _entities(text: str) -> str:
    """Mermaid's own escapes: what it could take for markup, by number."""
    return "".join(f"#{ord(each)};" if each in '"#<>&*_`\\|;' else each for each in text)
