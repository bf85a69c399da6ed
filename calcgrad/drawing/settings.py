"""What a picture is asked for, as it is typed: sizes, ranges, steps, styles and formats.

pair("0,2*pi", "--xlim")        # (0.0, 6.283185307179586)
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import PurePath
from typing import Any

from calcgrad.errors import ExpressionError, UsageError
from calcgrad.expression.latex import latex
from calcgrad.expression.parser import parse
from calcgrad.expression.tree import INFINITY, Node, postorder, text, variables
from calcgrad.parts.values import short

SIZE = (3.5, 2.5)
TALL = (3.5, 4.0)  # with a panel below
WIDE = (4.2, 4.0)  # contours, whose legend stands below
# inches, and dots per inch of a PNG: a column, the width of a text, and 1920 by 1080
PRESETS = {"paper": ("3.35,2.4", 600.0), "lecture": ("5,3.4", 200.0), "slide": ("6.4,3.6", 300.0)}


def format_of(file: str) -> Any:
    """The format that a file's name ends with; SVG for standard output."""
    ending = PurePath(file).suffix.lower() if file != "-" else ".svg"
    if ending not in (".svg", ".pdf", ".png"):
        raise UsageError(
            f"unknown picture format '{short(ending) or short(file)}'",
            hint="name the file .svg, .pdf or .png",
        )
    return ending[1:]


def check_style(style: str) -> None:
    if style not in ("light", "dark"):
        raise UsageError(f"--style {short(style)} is neither light nor dark", hint="--style dark")


def preset(name: str | None, size: str | None, dpi: float | None) -> tuple[str | None, float | None]:
    """Size and resolution, which a preset may give by name."""
    if name is None:
        return size, dpi
    if name not in PRESETS:
        raise UsageError(f"no such preset: {short(name)}", hint=f"--preset {', '.join(PRESETS)}")
    if size is not None:
        raise UsageError("--preset and --size exclude each other", hint="keep one of them")
    return PRESETS[name][0], PRESETS[name][1] if dpi is None else dpi


def listed(shown: str | Sequence[str] | None) -> list[str]:
    if shown is None:
        return []
    words = shown.split(",") if isinstance(shown, str) else list(shown)
    if len(words) > 20:
        raise UsageError("--secants takes at most 20 steps", hint="--secants 1,0.5,0.1")
    return words


def pair(shown: str | None, option: str) -> tuple[float, float] | None:
    """Two numbers, A < B, written in the language: 0,2*pi."""
    if shown is None:
        return None
    numbers = _two_numbers(shown, option)
    if not numbers[0] < numbers[1]:
        raise UsageError(
            f"{option} {short(shown)}: the first number must be below the second", hint=f"{option}=-1,1"
        )
    return numbers


def _two_numbers(shown: str, option: str) -> tuple[float, float]:
    parts = shown.split(",")
    if len(parts) != 2:
        raise UsageError(f"{option} takes two numbers", hint=f"{option}=1,2")
    return _number(parts[0], option, shown), _number(parts[1], option, shown)


def _number(part: str, option: str, whole: str | None = None) -> float:
    from calcgrad.autodiff.expressions import evaluate

    whole = part if whole is None else whole
    number = float(evaluate(constant(part, option, whole), {}))
    if not math.isfinite(number):
        raise UsageError(f"{option} {short(whole)} must be finite", hint=f"{option}=1,2")
    return number


def constant(part: str, option: str, whole: str | None = None) -> Node:
    from calcgrad.expression.parser import parse

    node = parse(part).node
    shown = short(part if whole is None else whole)
    if INFINITY in postorder(node):
        raise UsageError(f"{option} {shown} must be finite", hint=f"{option}=1,2")
    if variables(node):
        raise UsageError(f"{option} {shown}: {part.strip()} is not a number", hint=f"{option}=1,2")
    return node


def size_of(shown: str | None) -> tuple[float, float] | None:
    return None if shown is None else _two_numbers(shown, "--size")


_WORDS = re.compile(r"(.*: |(?:[^\W\d_][\w,-]+ )*)(.*)")  # such as "tangent ", "Taylor, degree 3 at 0: "
_HEAD = re.compile(
    r"([^\W\d_])(?:('*)|\^(\(\d+\)))(\(\w+(?:, \w+)*\))"
)  # such as f(x), f''(x), f^(4)(x), f(x, y)


def written(label: str) -> str:
    """A label with its mathematics as TeX between dollars; '' where it is none, or would not read back as it is."""
    words, rest = _WORDS.fullmatch(label).groups()  # type: ignore[union-attr]
    sides = [_side(each) for each in rest.split(" = ")]
    return words.replace("$", r"\$") + f"${' = '.join(sides)}$" if all(sides) else ""


def _side(shown: str) -> str:
    if head := _HEAD.fullmatch(shown):
        letter, primes, order, inside = head.groups()
        return letter + (f"^{{{order}}}" if order else primes) + inside
    with suppress(ExpressionError):
        node = parse(shown).node
        # brackets that grow stand apart from the function in front of them
        return re.sub(r"\\left\(([\w +-]*)\\right\)", r"(\1)", latex(node)) if text(node) == shown else ""
    return ""
