"""Text to tokens: numbers, words, operators, with their places; unicode as people type and paste it.

    [token.text for token in scan("2x²")]     # ["2", "x", "**", "2", ""]

Every character maps to its own place in the source, so that a caret can point at it. Whatever is not
part of the language is refused here by name: quotes, attributes, control and direction marks.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from calcgrad.errors import ExpressionError
from calcgrad.expression.tree import GREEK

MAX_CHARACTERS = 10_000

Kind = Literal["number", "word", "operator", "end"]


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    start: int
    end: int
    spaced: bool  # white space before it
    raised: bool = False  # typed as a superscript, or the operator that a superscript implies


_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_GREEK_TAIL = re.compile(r"[0-9]*(?:_[A-Za-z0-9]+)?")
_OPERATORS = (
    "**", "<=", ">=", "==", "!=", "&&", "//", ":=",
    "+", "-", "*", "/", "^", "@", "!", "(", ")", "[", "]", ",", "|", "<", ">", "=", "&", "~", ":",
)  # fmt: skip
_SPELLED = {
    "^": "**", "·": "*", "×": "*", "⋅": "*", "∙": "*", "∗": "*", "−": "-", "–": "-", "÷": "/", "∕": "/",
    "≤": "<=", "≥": ">=", "≠": "!=", "∧": "&", "∨": "|", "¬": "~", "∣": "|", "｜": "|", "√": "√", "∛": "∛",
    "（": "(", "）": ")",
}  # fmt: skip
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_ADVICE = {
    "'": "expressions hold no text, and f' is what calcgrad diff computes",
    '"': "expressions hold no text",
    "`": "expressions hold no text",
    "{": "write ( ) or [ ]",
    "}": "write ( ) or [ ]",
    "%": "write x - n*floor(x/n) for a remainder, x/100 for a percentage",
    "$": "write plain text, not LaTeX",
    "\\": "write plain text, not LaTeX",
    ";": "one expression at a time",
    "#": "expressions hold no comments",
    ".": "expressions have no attributes; a number needs a digit beside its point",
    "?": "where(condition, a, b) chooses between two values",
    "½": "write 1/2",
    "∫": "calcgrad differentiates; it does not integrate",
    "∂": "calcgrad diff computes partial derivatives with --var",
}


def scan(source: str) -> list[Token]:
    """Tokens of ``source``, an "end" token last. Raises ExpressionError with the span of what is not one."""
    if len(source) > MAX_CHARACTERS:
        raise ExpressionError(
            f"the expression has {len(source)} characters; at most {MAX_CHARACTERS} are read",
            hint="name its parts with --let",
            code="too-long",
        )
    tokens: list[Token] = []
    place, spaced = 0, False
    while place < len(source):
        character = source[place]
        if character.isspace():
            place, spaced = place + 1, True
            continue
        found = _read(source, place, spaced)
        tokens.extend(found)
        place, spaced = found[-1].end, False
    tokens.append(Token("end", "", place, place, spaced))
    return tokens


def _read(source: str, start: int, spaced: bool) -> list[Token]:
    """The token at ``start``; a superscript makes two, the power and its exponent."""
    character = source[start]
    if number := _NUMBER.match(source, start):
        end = number.end()
        if (
            source[start] == "0"
            and source[start + 1 : start + 2] in ("x", "b", "o")
            and source[end + 1 : end + 2].isalnum()
        ):
            raise ExpressionError(
                f"{source[start : end + 1]}... has two readings",
                span=(start, end + 1),
                hint="numbers are decimal; write 0*x for a product",
                code="two-readings",
            )
        return [Token("number", number.group(), start, end, spaced)]
    if word := _WORD.match(source, start):
        end, name = word.end(), word.group()
        subscript = end
        while subscript < len(source) and source[subscript] in "₀₁₂₃₄₅₆₇₈₉":
            subscript += 1
        name += source[end:subscript].translate(_SUBSCRIPTS)
        return [Token("word", name, start, subscript, spaced)]
    if character in GREEK:
        tail = _GREEK_TAIL.match(source, start + 1)
        end = start + 1 if tail is None else tail.end()
        subscript = end
        while subscript < len(source) and source[subscript] in "₀₁₂₃₄₅₆₇₈₉":
            subscript += 1
        name = GREEK[character] + source[start + 1 : end] + source[end:subscript].translate(_SUBSCRIPTS)
        return [Token("word", name, start, subscript, spaced)]
    if character == "∞":
        return [Token("word", "oo", start, start + 1, spaced)]
    if character in _SUPERSCRIPTS or (character == "⁻" and source[start + 1 : start + 2] in _SUPERSCRIPTS):
        end = start + 1
        while end < len(source) and source[end] in _SUPERSCRIPTS:
            end += 1
        tokens = [Token("operator", "**", start, start, spaced, True)]
        if character == "⁻":
            tokens.append(Token("operator", "-", start, start + 1, False, True))
        digits = "".join(_SUPERSCRIPTS.get(each, "") for each in source[start:end])
        tokens.append(Token("number", digits, end - len(digits), end, False, True))
        return tokens
    if character in _SPELLED:
        return [Token("operator", _SPELLED[character], start, start + 1, spaced)]
    for operator in _OPERATORS:
        if source.startswith(operator, start):
            end = start + len(operator)
            return [Token("operator", {"&&": "&"}.get(operator, operator), start, end, spaced)]
    raise ExpressionError(
        f"{_describe(character)} is not part of an expression",
        span=(start, start + 1),
        hint=_ADVICE.get(character),
        code="character",
    )


def _describe(character: str) -> str:
    """A character as an error may show it: harmless on any terminal."""
    if character.isprintable() and not unicodedata.combining(character):
        return f"'{character}'"
    name = unicodedata.name(character, "control character" if ord(character) < 160 else "character")
    return f"U+{ord(character):04X} ({name.lower()})"
