"""Random expressions of a given size, as text: the same for the same seed.

expression(Random(1), 200, STYLES["roots"])        # two hundred names, numbers, operators and functions
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

WORDS = (
    "sin",
    "cos",
    "tan",
    "exp",
    "log",
    "sqrt",
    "atan",
    "tanh",
    "sinh",
    "cosh",
    "asinh",
    "sigmoid",
    "erf",
    "abs",
    "cbrt",
)


@dataclass(frozen=True)
class Style:
    """What an expression is made of, and how likely a part is a function or a power of what is inside it."""

    words: tuple[str, ...] = WORDS
    operators: str = "+-*/"
    names: str = "x"
    function: float = 0.25
    power: float = 0.12


STYLES = {
    "anything": Style(),
    "smooth": Style(("sin", "cos", "exp", "atan", "tanh"), "+-*"),
    "rational": Style(("sin",), function=0.03, power=0.2),
    "roots": Style(("sqrt", "cbrt", "log", "abs"), function=0.2),
    "two variables": Style(names="xy"),
    "polynomial": Style(("sin",), "+-*", function=0.0, power=0.15),
    "nested": Style(operators="+*", function=0.5),
}


def expression(random: Random, size: int, style: Style) -> str:
    """An expression of ``size`` names, numbers, operators and functions."""
    if size <= 1:
        return random.choice(style.names) if random.random() < 0.65 else str(random.randint(1, 9))
    if size == 2 or random.random() < style.function:
        return f"{random.choice(style.words)}({expression(random, size - 1, style)})"
    if random.random() < style.power:
        return f"({expression(random, size - 2, style)})**{random.randint(2, 5)}"
    left = random.randint(1, size - 2)
    parts = expression(random, left, style), expression(random, size - 1 - left, style)
    return f"(({parts[0]}){random.choice(style.operators)}({parts[1]}))"
