"""LaTeX of a tree, in the order it was typed.

latex(parse("x^2/sin(x)").node)        # "\\frac{x^{2}}{\\sin\\left(x\\right)}"
"""

from __future__ import annotations

import re

from calcgrad.expression.catalogue import ROWS
from calcgrad.expression.tree import (
    FUNCTION_LETTERS,
    GREEK,
    NONE,
    PRIME,
    TRUE,
    Call,
    Index,
    List,
    Name,
    Node,
    Number,
    fold,
    text,
)

_OR, _AND, _COMPARE, _SUM, _SIGN, _PRODUCT, _FACTOR, _POWER, _ATOM = range(9)
_RELATIONS = {"<": "<", "<=": r"\leq", ">": ">", ">=": r"\geq", "==": "=", "!=": r"\neq"}
_NAMES = {
    "E": "e",
    "pi": r"\pi",
    "oo": r"\infty",
    "EulerGamma": r"\gamma_{\mathrm{E}}",  # upright, and the variable gamma_E is not
    "True": r"\text{true}",
    "False": r"\text{false}",
}
_GREEK = {name: rf"\{name}" for name in GREEK.values()} | {
    "lamda": r"\lambda", "Lamda": r"\Lambda", "Gamma": r"\varGamma",
}  # fmt: skip

Part = tuple[str, int]


def latex(root: Node, known: dict[Node, Part] | None = None) -> str:
    """``known`` keeps what was printed, for other trees with the same parts."""
    return fold(root, _print, known)[0]


def name_latex(name: str) -> str:
    """x_max, x1, theta_0 with their index below."""
    if name in _NAMES:
        return _NAMES[name]
    if name.endswith("'"):  # the derivative of what an equation defines
        return name_latex(name[:-1]) + "'"
    match = re.fullmatch(r"([A-Za-z]+?)([0-9]*)(?:_([A-Za-z0-9]+))?", name)
    if match is None:
        return rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"
    stem = _GREEK.get(match[1], match[1] if len(match[1]) == 1 else rf"\mathrm{{{match[1]}}}")
    below = ",".join(each for each in match.groups()[1:] if each)
    return f"{stem}_{{{below}}}" if below else stem


def _bracket(content: str) -> str:
    return rf"\left({content}\right)"


def _within(part: Part, least: int) -> str:
    return part[0] if part[1] >= least else _bracket(part[0])


def _print(node: Node, parts: list[Part]) -> Part:
    if isinstance(node, Number):
        mantissa, _, exponent = text(node).lower().partition("e")
        return (rf"{{{mantissa} \cdot 10^{{{int(exponent)}}}}}", _PRODUCT) if exponent else (mantissa, _ATOM)
    if isinstance(node, Name):  # x1 and x_1 look the same, and are two variables: braces tell them apart
        own = name_latex(node.name)
        return (own if "_" in node.name else re.sub(r"_(\{[0-9]+\})$", r"_{\1}", own)), _ATOM
    if isinstance(node, List):
        return rf"\left[{', '.join(part[0] for part in parts)}\right]", _ATOM
    if isinstance(node, Index):
        return f"{{{_within(parts[0], _ATOM)}}}_{{{', '.join(part[0] for part in parts[1:])}}}", _ATOM
    return _call(node, parts)


def _call(node: Call, parts: list[Part]) -> Part:
    match node.function, parts:
        case "+", [a, b]:
            return f"{_within(a, _SUM)} + {_within(b, _PRODUCT)}", _SUM
        case "-", [a, b]:
            return f"{_within(a, _SUM)} - {_within(b, _PRODUCT)}", _SUM
        case "@", [a, b]:
            return f"{_within(a, _FACTOR)} @ {_within(b, _FACTOR)}", _SUM
        case "slice", _:
            start, stop, step = (
                "" if arg is NONE else part[0] for arg, part in zip(node.args, parts, strict=True)
            )
            return f"{start}:{stop}" + (f":{step}" if step else ""), _ATOM
        case "root", [a, (degree, _)]:  # of 3 it is not cbrt, though it looks so
            return rf"\sqrt[{'{{3}}' if degree == '3' else degree}]{{{a[0]}}}", _ATOM
        case "*", [a, b]:
            left, right = _within(a, _SIGN), _within(b, _FACTOR)
            dot = (
                right[:1].isdigit()
                or right.startswith((r"\left[", r"{"))  # no index, no group
                or left.endswith(r"\right]")
                or isinstance(_last_factor(node.args[0]), Index)
                or (left[-1:].isdigit() and right.startswith(r"\frac"))
                or (
                    right.startswith(r"\left(")
                    and left.endswith("}")
                    and rf"\mathrm{{{left.split('{')[-1]}" in left
                )
            )
            return rf"{left} \cdot {right}" if dot else f"{left} {right}", min(a[1], _PRODUCT) if left == a[
                0
            ] else _PRODUCT
        case "/", [a, b]:
            if _signed(node.args[0]):  # the sign of a fraction stands before it
                return rf"-\frac{{{a[0][1:]}}}{{{b[0]}}}", _SIGN
            return rf"\frac{{{a[0]}}}{{{b[0]}}}", _FACTOR
        case "neg", [a]:
            return f"-{_within(a, _POWER)}", _SIGN
        case "**", [a, b]:
            return _power(node, a, b), _POWER
        case "exp", [a]:
            return f"e^{{{a[0]}}}", _POWER
        case "'", [a]:
            return f"{a[0] if isinstance(node.args[0], Name) else _bracket(a[0])}'", _ATOM
        case "factorial", [a]:
            return f"{_within(a, _ATOM)}!", _POWER
        case "&", [a, b]:
            return rf"{_within(a, _AND)} \wedge {_within(b, _COMPARE)}", _AND
        case "|", [a, b]:
            return rf"{_within(a, _OR)} \vee {_within(b, _AND)}", _OR
        case "~", [a]:
            return rf"\neg {_within(a, _ATOM)}", _AND
        case "Piecewise", _:
            return _cases(node, parts), _ATOM
        case (("<" | "<=" | ">" | ">=" | "==" | "!="), [a, b]):
            return f"{_within(a, _SUM)} {_RELATIONS[node.function]} {_within(b, _SUM)}", _COMPARE
    word = _word(node.function)
    if "#" in word:
        return re.sub(r"#(\d)", lambda place: parts[int(place[1]) - 1][0], word), _ATOM
    return f"{word}{_bracket(', '.join(part[0] for part in parts))}", _ATOM


def _last_factor(node: Node) -> Node:
    while isinstance(node, Call) and node.function == "*":
        node = node.args[1]
    return node


def _signed(node: Node) -> bool:
    """Does a tree begin with the sign of its first factor?"""
    while isinstance(node, Call) and node.function in ("*", "/"):
        node = node.args[0]
    if not isinstance(node, Call) or node.function != "neg":
        return False
    return not isinstance(node.args[0], Call) or node.args[0].function not in ("*", "/")


def _word(function: str) -> str:
    letter = function.rstrip(PRIME)
    if letter in FUNCTION_LETTERS:
        order = len(function) - len(letter)
        return f"{letter}^{{({order})}}" if order > 3 else function
    row = ROWS.get(function)
    return row.latex if row is not None and row.latex else rf"\operatorname{{{function}}}"


def _power(node: Call, base: Part, exponent: Part) -> str:
    """A power; of a function such as sine, sin(x)**2, with the exponent at its name."""
    inner = node.args[0]
    row = ROWS.get(inner.function) if isinstance(inner, Call) else None
    if row is not None and row.inverse and isinstance(node.args[1], Number):
        word = row.latex
        if word and "#" not in word and not word.startswith(r"\arc") and base[0].startswith(word):
            return f"{word}^{{{exponent[0]}}}{base[0][len(word) :]}"
    return f"{_within(base, _ATOM)}^{{{exponent[0]}}}"


def _cases(node: Call, parts: list[Part]) -> str:
    rows = []
    for index in range(0, len(parts), 2):
        condition = (
            r"\text{otherwise}" if node.args[index + 1] is TRUE else rf"\text{{for}}\: {parts[index + 1][0]}"
        )
        rows.append(f"{parts[index][0]} & {condition}")
    return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"
