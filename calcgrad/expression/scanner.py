"""Text to tokens: numbers, words, operators, with their places; unicode as people type and paste it.

    [token.text for token in scan("2x²")]     # ["2", "x", "**", "2", ""]

Every character maps to its own place in the source, so that a caret can point at it. Letters and signs of other
shapes (italic, full-width) are the plain ones, as Unicode's NFKC says; what cannot be seen is skipped. Whatever is
not part of the language is refused here by name: quotes, attributes, control and direction marks.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from calcgrad.errors import ExpressionError
from calcgrad.expression.tree import FUNCTION_LETTERS, GREEK

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


_NUMBER = re.compile(  # the point of 2.*x is MATLAB's, but of 2.**x Python's
    r"(?:[0-9]+(?:\.(?![*/^](?!\*))[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# modules of programs, whose functions are ours; where they differ our words mean what NumPy's do
_MODULE = re.compile(
    r"(?:(?:np|numpy|jnp|torch)\.|(?:math|Math|sp|sympy)\.(?!(?:round|remainder|sinc)\b))(?=[A-Za-z])"
)
_PRIMED = re.compile(  # f'(x), f^(4)(x)
    rf"([{''.join(sorted(FUNCTION_LETTERS))}])(?:((?:['″‴])+)|\^\(([0-9]{{1,3}})\))(?=\()"
)
_GREEK_TAIL = re.compile(r"[0-9]*(?:_[A-Za-z0-9]+)?")
_OPERATORS = (
    "**", "<=", ">=", "==", "!=", "&&", "//", ":=", ".^", ".*", "./",
    "+", "-", "*", "/", "%", "^", "@", "!", "(", ")", "[", "]", ",", "|", "<", ">", "=", "&", "~", ":",
)  # fmt: skip
_SPELLED = {
    "^": "**", **dict.fromkeys("·×⋅∙∗•✕✖⨯・", "*"), **dict.fromkeys("−–‐‒", "-"), "÷": "/", "∕": "/",
    **dict.fromkeys("≤⩽≦", "<="), **dict.fromkeys("≥⩾≧", ">="), "≠": "!=", "∧": "&", "∨": "|", "¬": "~", "∣": "|",
    "｜": "|", "√": "√", "∛": "∛", "∜": "∜", "°": "°", "º": "°", "˚": "°", "⌊": "⌊", "⌋": "⌋", "⌈": "⌈", "⌉": "⌉",
}  # fmt: skip
_WRITTEN = {"&&": "&", ".^": "**", ".*": "*", "./": "/"}  # elementwise, as all products here are
_PLAIN = {
    "⁄": "/",
    "\u2062": "*",
    "\u2063": ",",
    "\u2064": "+",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "′": "'",
    "∆": "Δ",
}
UNSEEN = frozenset("\u2061\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe00\ufe0e\ufe0f")
_FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_NORM = "‖∥"
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
NO_PRIMES = "expressions hold no text, and f' is what calcgrad diff computes"
_ADVICE = {
    "'": NO_PRIMES,
    '"': "expressions hold no text",
    "`": "expressions hold no text",
    "{": "write ( ) or [ ]",
    "}": "write ( ) or [ ]",
    "$": "write plain text, not LaTeX",
    "\\": "write plain text, not LaTeX",
    ";": "one expression at a time",
    "#": "expressions hold no comments",
    ".": "expressions have no attributes; a number needs a digit beside its point",
    "?": "where(condition, a, b) chooses between two values",
    "∫": "calcgrad differentiates; it does not integrate",
    "∂": "calcgrad diff computes partial derivatives with --var",
}


def scan(source: str, start: int = 0, stop: int | None = None) -> list[Token]:
    """Tokens of ``source`` from ``start`` to ``stop``, an "end" token last.

    Raises ExpressionError with the span of what is not one.
    """
    if len(source) > MAX_CHARACTERS:
        raise ExpressionError(
            f"the expression has {len(source)} characters; at most {MAX_CHARACTERS} are read",
            hint="name its parts with --let",
            code="too-long",
        )
    tokens: list[Token] = []
    plain = plain_text(source)
    place, spaced, norms = start, False, 0
    stop = len(plain[:stop].rstrip())
    if stop > start + 1 and plain[stop - 1] in ".;," and plain[stop - 2] not in ".;,([{":
        alone = _NUMBER.fullmatch(plain, start, stop) is not None  # 5. is a number
        stop -= plain[stop - 1] != "." or not alone  # the end of a sentence, or of a statement
    plain = plain[:stop]
    while place < stop:
        character = plain[place]
        if character.isspace() or character in UNSEEN:
            place, spaced = place + 1, spaced or character.isspace()
            continue
        if character in _NORM:
            norms += 1
            found = [Token("operator", "‖(" if norms % 2 else "‖)", place, place + 1, spaced)]
        else:
            found = tokens_at(plain, place, spaced)
        tokens.extend(found)
        place, spaced = found[-1].end, False
    tokens.append(Token("end", "", stop, stop, spaced))
    return tokens


def plain_text(source: str) -> str:
    """The text with every character in its plain shape; as long as it was."""
    return source if source.isascii() else "".join(map(_plain_character, source))


def _plain_character(character: str) -> str:
    if character.isascii() or character in GREEK or character in _SPELLED:
        return character
    if character in _PLAIN:
        return _PLAIN[character]
    if unicodedata.decomposition(character).startswith(("<super>", "<sub>")):
        return character
    plain = unicodedata.normalize("NFKC", character)
    if (digit := unicodedata.decimal(plain, None) if len(plain) == 1 else None) is not None:
        return str(digit)  # of any script
    return plain if len(plain) == 1 else character


def _raised(character: str) -> str:
    """What a superscript means, '' if it is none."""
    if not unicodedata.decomposition(character).startswith("<super>"):
        return ""
    plain = unicodedata.normalize("NFKC", character)
    return {"−": "-"}.get(plain, plain) if len(plain) == 1 else ""


def tokens_at(source: str, start: int, spaced: bool) -> list[Token]:
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
    if primed := _PRIMED.match(source, start):
        marks = (primed[2] or "'" * int(primed[3])).replace("″", "''").replace("‴", "'''")
        name = primed[1] + marks
        return [Token("word", name, start, primed.end(), spaced)]
    module = _MODULE.match(source, start)
    if word := _WORD.match(source, module.end() if module else start):
        end, name = word.end(), word.group()
        subscript = end
        while subscript < len(source) and source[subscript] in "₀₁₂₃₄₅₆₇₈₉":
            subscript += 1
        name += "_" * (name == "log" and subscript > end) + source[end:subscript].translate(_SUBSCRIPTS)
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
    if character in _FRACTIONS:
        text = unicodedata.normalize("NFKC", character).replace("⁄", "/")
        return [Token("number", text, start, start + 1, spaced)]
    if _raised(character):
        end = start + 1
        while end < len(source) and _raised(source[end]):
            end += 1
        return [Token("operator", "**", start, start, spaced, True), *_exponent(source[start:end], start)]
    if character in _SPELLED:
        return [Token("operator", _SPELLED[character], start, start + 1, spaced)]
    for operator in _OPERATORS:
        if source.startswith(operator, start):
            end = start + len(operator)
            return [Token("operator", _WRITTEN.get(operator, operator), start, end, spaced)]
    raise ExpressionError(
        f"{_describe(character)} is not part of an expression",
        span=(start, start + 1),
        hint=_ADVICE.get(character),
        code="character",
    )


def _exponent(raised: str, start: int) -> list[Token]:
    """The tokens of superscripts, in brackets unless they are one number."""
    inner: list[Token] = []
    plain, place = "".join(map(_raised, raised)), 0
    while place < len(plain):
        inner += tokens_at(plain, place, False)
        place = inner[-1].end
    if lost := next((t for t in inner if t.kind == "word" and not t.text.isalpha()), None):
        raise ExpressionError(
            f"{raised} has two readings", span=(start, start + len(raised)), code="two-readings",
            hint=f"write {lost.text[0]}^{lost.text[1:]}, or {lost.text}, in brackets after ^",
        )  # fmt: skip
    inner = [Token(t.kind, t.text, t.start + start, t.end + start, False, True) for t in inner]
    number = inner[1:] if inner[0].text == "-" else inner
    if len(number) == 1 and number[0].kind == "number":
        return inner
    end = start + len(raised)
    return [
        Token("operator", "(", start, start, False, True), *inner, Token("operator", ")", end, end, False, True),
    ]  # fmt: skip


def _describe(character: str) -> str:
    """A character as an error may show it: harmless on any terminal."""
    if character.isprintable() and not unicodedata.combining(character):
        return f"'{character}'"
    name = unicodedata.name(character, "control character" if ord(character) < 160 else "character")
    return f"U+{ord(character):04X} ({name.lower()})"
