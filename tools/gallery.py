"""Draw the gallery: ``make gallery`` runs each command below and writes docs/gallery.md with what it drew.

python tools/gallery.py                 # draw every picture anew
python tools/gallery.py --check         # change nothing; exit 1 where a picture or the page is stale
python tools/gallery.py --png FOLDER    # as PNG, to be looked at
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.document import same_picture  # noqa: E402

FOLDER = ROOT / "docs" / "gallery"
PAGE = ROOT / "docs" / "gallery.md"


@dataclass(frozen=True)
class Picture:
    """One picture: its file's name, the command without its output option, and what to look at."""

    name: str
    command: str
    words: str

    def line(self, ending: str = "svg") -> str:
        option = "--graph" if self.command.startswith("grad") else "-o"
        return f"{self.command} {option} {self.name}.{ending}"


PARTS: dict[str, list[Picture]] = {
    "Tangents": [
        Picture("seed", 'plot "3*x**2-4*x" --at 1', "A curve and its tangent."),
        Picture(
            "three-tangents",
            'plot "x**3-3*x" --at=-1 --at 0 --at 2',
            "Several points: each tangent near its own.",
        ),
        Picture("pole", 'plot "x**3-1/x" --at 1', "A tangent beside a pole."),
        Picture("corner", 'plot "abs(x)" --at 0', "A corner has no tangent, but one from each side."),
        Picture("vertical", 'plot "cbrt(x)" --at 0', "A vertical tangent."),
        Picture("cusp", 'plot "sqrt(abs(x))" --at 0', "A cusp: vertical from both sides."),
        Picture(
            "edge", 'plot "sqrt(x)" --at 1', "The curve starts where the domain does; the rest is shaded."
        ),
    ],
    "Studies": [
        Picture("study", 'study "(x^2-1)/(x-2)"', "Zeros, a maximum, a minimum, two asymptotes."),
        Picture("study-cubic", 'plot "x^3-3x" --study --at 2', "The same marks, and a tangent."),
        Picture("study-kinks", 'plot "abs(x^2-4)*sqrt(x+3)" --study', "Minima in corners and at the edge."),
        Picture("study-waves", 'study "sin(x)+sin(2x)/2"', "One period of waves."),
        Picture("study-poles", 'study "x^3/(x^2-1)"', "Two poles and a slanted asymptote."),
    ],
    "Curves in the plane": [
        Picture(
            "folium",
            'plot "x^3+y^3=6x*y" --at x=0,y=0 --at x=3,y=3',
            "An equation: two tangents at its node.",
        ),
        Picture("lemniscate", 'plot "(x^2+y^2)^2=2(x^2-y^2)" --at x=0,y=0', "A curve that crosses itself."),
        Picture("diamond", 'plot "|x|+|y|=1" --at x=1,y=0', "A corner of an equation with moduli."),
        Picture(
            "cycloid",
            'plot "[t-sin(t), 1-cos(t)]" --curve --at pi/2 --normal',
            "A path with tangent and normal.",
        ),
        Picture("rose", 'plot "sin(2t)" "1" --polar', "Polar curves."),
        Picture(
            "limacon",
            'plot "1+2*cos(t)" --polar --at 2*pi/3 --at 4*pi/3',
            "Two tangents where it crosses itself.",
        ),
        Picture(
            "astroid",
            'plot "[cos(t)^3, sin(t)^3]" --curve --at pi/4 --at pi/2 --equal',
            "A cusp and a tangent.",
        ),
        Picture(
            "elliptic",
            'plot "y^2=x^3-2x+1" --at x=0,y=1 --at x=1,y=0',
            "A curve in two parts, one tangent vertical.",
        ),
    ],
    "Breaks, holes and domains": [
        Picture("hyperbola", 'plot "1/x" --at 1 --at=-1', "A pole is a gap, not a vertical stroke."),
        Picture("tan", 'plot "tan(x)"', "Poles as far as the window goes."),
        Picture(
            "floor", 'plot "floor(x)"', "Jumps: closed dots where the function is, open ones where it is not."
        ),
        Picture("sign", 'plot "sign(x)" --ylim=-1.5,1.5', "A value all by itself."),
        Picture("hole", 'plot "(x**2-1)/(x-1)" --at 2', "A hole at 1, where nothing is divided by nothing."),
        Picture("cases", 'plot "where(x<1, x**2, 3-x)" --at 0', "Cases with a jump between them."),
        Picture(
            "no-value", 'plot "atan(1/x)"', "No value at 0, though floating point has one: two open dots."
        ),
        Picture("lone-value", 'plot "where(x==2, 5, x)"', "One value beside the line."),
        Picture("excluded", 'plot "1/floor(x)"', "Not defined from 0 to 1: an open end and a closed one."),
        Picture(
            "islands", 'plot "sqrt(sin(x)-0.99)" --xlim=0,100', "A domain of narrow islands, every one drawn."
        ),
        Picture("logarithm", 'plot "x/log(x)"', "Both sides of a pole in one window."),
        Picture(
            "not-real",
            'plot "sqrt(x**2-1)" "-sqrt(x**2-1)" --style dark',
            "Two branches, dark; shaded where neither is real.",
        ),
    ],
    "Windows, scales and oscillation": [
        Picture("sin-one-over-x", 'plot "sin(1/x)"', "Oscillation without end."),
        Picture(
            "squeezed", 'plot "x*sin(1/x)" "abs(x)" "-abs(x)" --xlim=-0.5,0.5', "Squeezed between two lines."
        ),
        Picture(
            "beats", 'plot "sin(40*x)*exp(-x**2)" --xlim=-2.5,2.5 --size 5,2.5', "Many points where it bends."
        ),
        Picture(
            "band", 'plot "sin(x)" --xlim=0,3000', "Oscillation too fast to follow is the band that it fills."
        ),
        Picture(
            "two-curves", 'plot "sin(x)" "cos(x)" --at pi/4', "Two curves and their tangents at one point."
        ),
        Picture(
            "log-axes",
            'plot "log(x)" --xscale log --yscale log --at e',
            "log on log axes, where a tangent is a curve.",
        ),
        Picture(
            "powers",
            'plot "x**2" "x**3" "sqrt(x)" --xscale log --yscale log',
            "Powers are straight on log axes.",
        ),
    ],
    "Derivatives and secants": [
        Picture(
            "secants", 'plot "3*x**2-4*x" --at 1 --secants 1,0.5,0.1', "Secants, on their way to the tangent."
        ),
        Picture(
            "normal",
            'plot "x^2/(x-1)" --at 3 --normal --asymptotes --name profit',
            "A normal and the asymptotes.",
        ),
        Picture("derivative", 'plot "sin(x)/x" --at 2 --derivative', "The derivative below."),
        Picture(
            "derivative-over",
            'plot "x*exp(-x)" --derivative --over --xlim=-0.5,6',
            "The derivative over its function.",
        ),
        Picture(
            "derivative-corner",
            'plot "abs(x**2-1)" --derivative --xlim=-2,2',
            "Where f has corners, f' jumps.",
        ),
    ],
    "Limits": [
        Picture("quotient", 'limit "3*x**2-4*x" --at 1', "The difference quotient goes to the derivative."),
        Picture("sides-differ", 'limit "abs(x)/x" --to 0', "Two sides, two limits, no limit."),
        Picture("sinc", 'limit "sin(x)/x" --to 0', "Both sides approach 1 alike."),
        Picture("step-limit", 'limit "x*floor(1/x)" --to 0', "Steps, squeezed from both sides."),
        Picture("euler", 'limit "(1+1/x)^x" --to oo', "A limit at infinity."),
    ],
    "Two variables": [
        Picture(
            "surface",
            'plot "x**2*y+sin(y)" --at x=1,y=2',
            "The gradient is normal to the contour and its tangent.",
        ),
        Picture("saddle", 'plot "x**2-y**2" --at x=1,y=0.5', "A saddle."),
        Picture("surface-pole", 'plot "1/x+y"', "No contour runs along a pole."),
        Picture("surface-domain", 'plot "log(x*y)" --at x=1,y=2', "Shaded where the surface is not real."),
        Picture(
            "rosenbrock",
            'plot "100*(y-x^2)^2+(1-x)^2" --at x=-1.2,y=1 --descent',
            "Steepest descent in Rosenbrock's valley.",
        ),
        Picture(
            "himmelblau",
            'plot "(x^2+y-11)^2+(x+y^2-7)^2" --at x=1,y=-2 --descent --xlim=-6,6 --ylim=-5,5 --style dark',
            "Himmelblau's four valleys, dark.",
        ),
    ],
    "Graphs": [
        Picture(
            "graph",
            'grad "log(x^2)*sin(x)+1/x" --at 2',
            "The computational graph: forward values and adjoints.",
        ),
    ],
}
# Drawn with Matplotlib's plot(linspace(a, b, 1000), f) and gnuplot's plot f with 1000 samples, in the same windows.
BESIDE = """\
## Beside a plain plot

The same functions, through 1000 even samples in Matplotlib or gnuplot, which both join what they sampled:

| function | a plain plot of either | here |
|---|---|---|
| `tan(x)` | upright strokes at the poles, which flatten the curve to a line | gaps; the curve fills the frame |
| `floor(x)` | a staircase with risers | steps, with closed and open dots |
| `atan(1/x)` | an upright stroke through 0 | two open dots at 0, where there is no value |
| `sqrt(sin(x)-0.99)` | 16 islands of different depths, some almost missed | each down to 0; the rest is shaded |
| `x/log(x)` | one spike each way, the valley at e a flat line | both branches and the valley, an open dot at 0 |
| `sin(1/x)` | uneven heights around 0 | the solid band that the curve fills there |
| `(x**2-1)/(x-1)` | a line | a line with a hole at 1 |

Both can be taught each of these by hand, function by function: masks, limits of the axes, markers, more samples.
"""
PICTURES = [picture for part in PARTS.values() for picture in part]


def words(picture: Picture, ending: str) -> list[str]:
    """The command as the shell would split it."""
    return shlex.split(picture.line(ending))


def draw(picture: Picture, ending: str = "svg") -> bytes:
    """The picture's bytes, from its command run in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        done = subprocess.run(
            [sys.executable, "-m", "calcgrad", *words(picture, ending)], cwd=name, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}, timeout=120, check=False,
        )  # fmt: skip
        made = Path(name, f"{picture.name}.{ending}")
        if done.returncode not in (0, 1) or not made.exists():
            raise RuntimeError(f"$ calcgrad {picture.command}\n{done.stderr}")
        return made.read_bytes()


def page() -> str:
    """The page that shows every picture with its command."""
    lines = [
        "<!-- Written by make gallery; edit tools/gallery.py instead. -->",
        "# Gallery",
        "",
        "What `calcgrad` draws, each picture with the command that drew it.",
        "",
    ]
    for title, pictures in PARTS.items():
        lines += [f"## {title}", ""]
        for each in pictures:
            lines += [each.words, "", "```sh", f"calcgrad {each.line()}", "```", ""]
            lines += [f"![{each.words}](gallery/{each.name}.svg)", ""]
    return "\n".join([*lines, BESIDE])


def main(arguments: Sequence[str]) -> int:
    if "--png" in arguments:
        folder = Path(arguments[arguments.index("--png") + 1])
        folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for each, data in zip(PICTURES, pool.map(partial(draw, ending="png"), PICTURES), strict=True):
                (folder / f"{each.name}.png").write_bytes(data)
        return 0
    check = "--check" in arguments
    wanted = {PAGE: page().encode()}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for each, data in zip(PICTURES, pool.map(draw, PICTURES), strict=True):
            wanted[FOLDER / f"{each.name}.svg"] = data
    FOLDER.mkdir(exist_ok=True)
    stale = 0
    for old in sorted(FOLDER.glob("*.svg")):
        if old not in wanted:
            stale += 1
            print(f"{'stale' if check else 'removed'}: {old.relative_to(ROOT)}")
            if not check:
                old.unlink()
    for path, data in wanted.items():
        before = path.read_bytes() if path.exists() else b""
        if before == data or (check and path.suffix == ".svg" and same_picture(before, data)):
            continue
        stale += 1
        print(f"{'stale' if check else 'wrote'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_bytes(data)
    if not stale:
        print("every picture is up to date")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
