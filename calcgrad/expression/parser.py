"""Text to tree: one reading or none.

    parse("3x^2-4x").node          # the tree of 3*x**2 - 4*x, with a span for every occurrence

What has a single mathematical reading is accepted; what has two (``1/2x``, ``e^2x``, ``sin^-1 x``, ``xy``)
is refused with both shown. The method is precedence climbing (Pratt 1973) over the scanner's tokens;
bars are tried as opening and closing wherever both could be meant, and must leave one parse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise, product, takewhile
from typing import Any, NoReturn

from calcgrad.budget import allow_deep_recursion
from calcgrad.errors import CalcgradError, ExpressionError, short
from calcgrad.expression import catalogue, shorthands
from calcgrad.expression.latex_scanner import is_fraction, is_latex, scan_latex
from calcgrad.expression.scanner import NO_PRIMES, Token, plain_text, scan
from calcgrad.expression.tree import (
    COMPARISONS,
    CONSTANTS,
    EULER_GAMMA,
    FALSE,
    FUNCTION_LETTERS,
    GREEK,
    INFINITY,
    NONE,
    PI,
    PRIME,
    TRUE,
    Call,
    E,
    Index,
    List,
    Name,
    Node,
    Number,
    Occurrence,
    is_quantity,
    substitute,
    text,
    variables,
)

MAX_LEVELS = 200
MAX_ARGUMENTS = 1_000
MAX_BARS = 12  # bars that could open as well as close, before abs() is asked for
MAX_EXPONENT = 400  # 1e400 is written out as a rational, 1e40000 stays a power of ten

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _RUN, _SIGN, _POWER = range(1, 10)
_EXP_ONE = Call("exp", (Number(1),))
_LEVELS = {
    "|": _OR, "&": _AND, **dict.fromkeys(COMPARISONS, _COMPARE), "+": _SUM, "-": _SUM,
    "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT, "@": _PRODUCT, "**": _POWER,
}  # fmt: skip
_WORDED = {"and": "&", "or": "|", "not": "~"}
_LOGICAL = {*_WORDED, "Eq", "Ne", "And", "Or", "Not", "True", "False"}
_RADICALS: dict[str, tuple[Any, ...]] = {"√": ("sqrt",), "∛": ("cbrt",), "∜": ("root", 4)}
# in capitals, as in a spreadsheet: to base 10, of x and y, of halves away from 0
_OTHERWISE = frozenset({"LOG", "ATAN2", "ROUND"})
_TWO_CAPITALS = frozenset({"LN", "LG", "TG"})  # which nobody means by two quantities side by side
_CONSTANTS = {
    "e": E, "E": E, **dict.fromkeys(("pi", "Pi", "PI"), PI),
    **dict.fromkeys(("oo", "inf", "Inf", "infinity", "Infinity"), INFINITY),
    "EulerGamma": EULER_GAMMA, "True": TRUE, "False": FALSE,
}  # fmt: skip
_ALSO_LETTERS = frozenset({"e", "E", "pi"})  # constants that an option may name as variables
_GREEK_NAMES = frozenset(GREEK.values()) | {"lambda", "Alpha", "Beta", "Epsilon", "Zeta", "Eta", "Iota"} | {
    "Kappa", "Mu", "Nu", "Omicron", "Rho", "Tau", "Upsilon", "Chi",
}  # fmt: skip
_VARIABLE = re.compile(r"[A-Za-z][0-9]*(_[A-Za-z0-9]+)?")
_CELL = re.compile(r"[A-Z]{1,2}[0-9]{1,4}")
_GREEK_VARIABLE = re.compile(
    rf"({'|'.join(sorted(_GREEK_NAMES, key=len, reverse=True))})[0-9]*(_[A-Za-z0-9]+)?"
)
_ENCLOSING = {"⌊": ("⌋", "floor"), "⌈": ("⌉", "ceiling"), "‖(": ("‖)", "norm"), "|open": ("|close", "abs")}
# what is as likely a function before any brackets, and before those that hold no more than another variable
_ALWAYS_FUNCTIONS = frozenset("fghFGH") | {"Gamma"} | {f"D_{letter}" for letter in "xyztuvrs"}
_FUNCTIONS_OF_A_VARIABLE = frozenset("pqrsuvwyzABCDEFGHIJKLMNOPQRSTUVWXYZ") | (_GREEK_NAMES - {"pi"})
_NO_FACTORS = _ALWAYS_FUNCTIONS | (_FUNCTIONS_OF_A_VARIABLE - frozenset("xyzuvw"))  # before two numbers
_CHOICES = frozenset({"C"})  # C(n, k)
_FUNCTION_OR_VARIABLE = frozenset({"beta", "gamma", "zeta", "if"})  # functions only directly before brackets
_COUNTS = frozenset("kmn")  # an exponent may go on with them: x^2n
_DRAWN = frozenset({"sqrt", "cbrt", "root", "abs", "norm", "floor", "ceiling"})  # around what they are of
_OF_CONDITIONS = frozenset({"where", *catalogue.WHERE.aliases, "Not", "And", "Or"})
_CHOOSING = frozenset({"if", "else", "for", "when", "otherwise"})
# what is a command, and no part of an expression
_COMMANDS = {
    **dict.fromkeys(
        ("diff", "Diff", "derivative", "Derivative", "derivate"),
        "calcgrad diff computes it: give it what stands inside",
    ),
    **dict.fromkeys(("limit", "Limit", "lim"), "calcgrad limit computes it, with --to"),
    **dict.fromkeys(
        ("integrate", "Integrate", "integral", "Integral"), "calcgrad differentiates; it does not integrate"
    ),
}
_INSIDE = "a(?:rc)?(?:sin|cos|tan)|sinh|cosh|tanh|sin|cos|tan|cot|sec|csc|log|ln|exp|sqrt|abs"
_IN_CONDITIONS = "a comparison is a condition, not a number"
_CONDITION_HINT = "comparisons stand inside where(condition, a, b) and Piecewise"


@dataclass
class Definitions:
    """What --let defined: values by name, functions as parameters and body; ``used`` collects their names."""

    values: dict[str, Node] = field(default_factory=dict)
    functions: dict[str, tuple[tuple[str, ...], Node]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    needs: dict[str, set[str]] = field(default_factory=dict)  # what each definition was itself made from


def parse(
    source: str,
    names: Iterable[str] = (),
    definitions: Definitions | None = None,
    condition: bool = False,
    start: int = 0,
    stop: int | None = None,
    unknown: bool = False,
    equations: bool = False,
) -> Occurrence:
    """Read ``source``; ``names`` are variables longer than one letter that the caller has named.

    With ``unknown`` letters that are used for functions may be functions of which nothing else is known: f(x).

    Raises ExpressionError (a ValueError) with ``span``, ``hint`` and ``source`` for anything that is not
    exactly one expression. ``condition`` asks for a condition instead of a value; from ``start`` to ``stop``.
    ``equations`` asks for an equation, a = b, or a list of them: calls of ==.
    """
    allow_deep_recursion()
    definitions = definitions or Definitions()
    try:
        tokens = (scan_latex if is_latex(source) else scan)(source, start, stop)
        known = {*names, *definitions.values, *definitions.functions}
        tokens = [
            replace(one, text=one.text.lower())
            if one.text not in known and _is_other_case(one, following)
            else one
            for one, following in zip(tokens, [*tokens[1:], tokens[-1]], strict=True)
        ]
        if not is_latex(source):
            tokens = _square_brackets(source, tokens, known)
        readings: dict[Node, Occurrence] = {}
        natural: dict[Node, Occurrence] = {}
        failure: ExpressionError | None = None
        for roles in _bar_roles(tokens):
            try:
                parser = _Parser(source, tokens, roles, frozenset(names), definitions, unknown)
                found = parser.equations() if equations else parser.whole(condition)
                readings.setdefault(found.node, found)
                if not _opens_before_a_sign(tokens, roles):
                    natural.setdefault(found.node, found)
            except ExpressionError as error:
                failure = failure or error
        if len(natural) == 1:
            readings = natural
        if len(readings) > 1:
            shown = " or ".join(text(node) for node in list(readings)[:2])
            raise ExpressionError(
                f"{short(source.strip())} has two readings",
                span=(0, len(source)),
                hint=f"write {shown}",
                code="two-readings",
            )
        if readings:
            return next(iter(readings.values()))
        assert failure is not None
        raise failure
    except CalcgradError as error:
        if error.source is None:
            error.source = source
        raise


def is_variable(word: str) -> bool:
    """Can ``word`` be a variable without being named by an option first?"""
    return bool(_VARIABLE.fullmatch(word) or _GREEK_VARIABLE.fullmatch(word)) and word not in _CONSTANTS


def canonical_name(word: str, constants: bool = False) -> str:
    """The one spelling of a variable's name: ``lambda`` is ``lamda``, as in SymPy; ``θ`` is ``theta``.

    With ``constants`` it may be one of theirs, to be given another value.
    """
    tokens = scan(word)
    if len(tokens) != 2 or tokens[0].kind != "word":
        raise ExpressionError(
            f"'{short(word)}' is not a variable's name", span=(0, len(word)), source=word, code="name"
        )
    name = re.sub(r"^lambda(?![A-Za-z])", "lamda", tokens[0].text)
    if (name in _CONSTANTS or name in CONSTANTS) and not constants:
        raise ExpressionError(
            f"'{name}' is a constant, not a variable", span=(0, len(word)), source=word, code="name",
            hint=f"--let {name}=... makes it a number of yours",
        )  # fmt: skip
    return name


def constant(word: str) -> Node | None:
    """The constant that a word alone is, None for any other."""
    try:
        first, *_ = scan(word)
    except ExpressionError:
        return None
    return _CONSTANTS.get(first.text) if first.end == len(word) else None


def variable_name(word: str) -> str:
    """The same of a word that an option names as a variable: Young's modulus E is E_0, since E is Euler's number."""
    return f"{word.strip()}_0" if word.strip() in _ALSO_LETTERS else canonical_name(word)


def is_condition(node: Node) -> bool:
    return node in (TRUE, FALSE) or (
        isinstance(node, Call) and node.function in {*COMPARISONS, "&", "|", "~"}
    )


def _square_brackets(source: str, tokens: list[Token], known: set[str]) -> list[Token]:
    """[x+1]^2 and Sin[x]: brackets around one factor, or directly behind a function, where no list can be meant."""
    found = list(tokens)
    opened: list[tuple[int, int]] = []  # and how many commas
    for place, token in enumerate(tokens):
        if token.text in ("(", "["):
            opened.append((place, 0))
        elif token.text == "," and opened:
            opened[-1] = opened[-1][0], opened[-1][1] + 1
        elif token.text in (")", "]") and opened:
            start, commas = opened.pop()
            if tokens[start].text != "[" or token.text != "]":
                continue
            before, after = tokens[start - 1] if start else None, tokens[place + 1]
            if before is not None and before.kind == "word" and not tokens[start].spaced:
                row = catalogue.find(before.text, commas + 1)
                called = before.text not in known and (
                    (row and not row.array) or shorthands.known(before.text)
                )
            else:  # a list of one beside an operator; around a single word or number they would be for nothing
                element = (before is None or before.text in ("(", "[", ",")) and after.text in (
                    "",
                    ")",
                    "]",
                    ",",
                )
                indexed = before is not None and (
                    before.kind == "word" or before.text in (")", "|", "!") or found[start - 1].text == "]"
                )
                called = not (commas or element or indexed) and place > start + 2
            if called and before is not None and before.kind == "word":
                _refuse_index(source, before, tokens[start : place + 1], after)
            if called:
                found[start], found[place] = replace(tokens[start], text="("), replace(token, text=")")
    return found


def _refuse_index(source: str, word: Token, brackets: list[Token], after: Token) -> None:
    """sqrt[3](x): the degree of the root, or what it is of; Sin[x](x+1) is Mathematica's."""
    number = len(brackets) == 3 and brackets[1].kind == "number"
    if after.text == "(" and not after.spaced and (number or source[word.start].islower()):
        inside = source[brackets[0].end : brackets[-1].start]
        other = (
            f"root(..., {inside})" if word.text == "sqrt" else f"a bracket around all that {word.text} is of"
        )
        raise ExpressionError(
            f"{source[word.start : brackets[-1].end]} has two readings", span=(word.start, brackets[-1].end),
            code="two-readings", hint=f"write {word.text}({inside})*(...) or {other}",
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------- bars


def _bar_roles(tokens: list[Token]) -> Iterator[dict[int, str]]:
    """Every balanced way to read the bars: token index -> open, close or or."""
    bars = [index for index, token in enumerate(tokens) if token.text == "|"]
    if not bars:
        yield {}
        return
    logical = any(token.text in COMPARISONS or token.text in _LOGICAL for token in tokens)
    conditions = _conditions(tokens)
    choices = [_bar_choices(tokens, index, logical, conditions) for index in bars]
    if sum(len(choice) > 1 for choice in choices) > MAX_BARS:
        raise ExpressionError(
            "too many bars to pair", span=(tokens[bars[0]].start, tokens[bars[-1]].end), hint="write abs(...)",
            code="two-readings",
        )  # fmt: skip
    any_balanced = False
    for assignment in product(*choices):
        roles = dict(zip(bars, assignment, strict=True))
        if _balanced(tokens, roles):
            any_balanced = True
            yield roles
    if not any_balanced:
        place = tokens[bars[0]]
        raise ExpressionError(
            "a bar '|' has no partner",
            span=(place.start, place.end),
            hint="write abs(x), or |x|",
            code="bracket",
        )


def _conditions(tokens: list[Token]) -> dict[int, int]:
    """Brackets around a condition, each with its partner: neither a value nor a call's arguments."""
    found: dict[int, int] = {}
    opened: list[int] = []
    plain = {",", *COMPARISONS, *_LOGICAL}
    seen: list[set[str]] = [set()]  # what stands in each bracket, beside smaller ones
    for index, token in enumerate(tokens):
        if token.text in ("(", "["):
            opened.append(index)
            seen.append(set())
        elif token.text in (")", "]") and opened:
            start, inside = opened.pop(), seen.pop()
            called = start > 0 and tokens[start - 1].kind == "word" and tokens[start - 1].text not in _WORDED
            if inside and "," not in inside and not called:
                found[start], found[index] = index, start
                seen[-1].add("&")
        elif token.text in plain:
            seen[-1].add(token.text)
    return found


def _beside_condition(tokens: list[Token], index: int, step: int, conditions: dict[int, int]) -> bool:
    """Does a comparison stand between this bar and the next one on that side, or the end of its bracket?"""
    index += step
    depth = 0
    while 0 <= index < len(tokens):
        text = tokens[index].text
        if depth == 0 and (text in COMPARISONS or text in _LOGICAL or index in conditions):
            return True
        if text in ("(", "[", ")", "]"):
            depth += step if text in ("(", "[") else -step
        if depth < 0 or (depth == 0 and text in ("|", ",")):
            return False
        index += step
    return False


def _bar_choices(
    tokens: list[Token], index: int, logical: bool, conditions: dict[int, int]
) -> tuple[str, ...]:
    before = tokens[index - 1] if index else None
    after = tokens[index + 1]
    operand_before = before is not None and (
        (before.kind in ("number", "word") and before.text not in _WORDED)
        or before.text in (")", "]", "!", "|")
    )
    operand_after = after.kind in ("number", "word") or after.text in (
        "(",
        "[",
        "|",
        "-",
        "+",
        *_RADICALS,
        "~",
    )
    if not operand_before:
        return ("open",)
    choices = ["close", "open", "or"] if operand_after else ["close"]
    if not logical:
        return tuple(choices[:2])
    # No absolute value is one of a condition.
    if _beside_condition(tokens, index, -1, conditions):
        choices.remove("close")
    if operand_after and _beside_condition(tokens, index, 1, conditions):
        choices.remove("open")
    return tuple(choices)


def _opens_before_a_sign(tokens: list[Token], roles: dict[int, str]) -> bool:
    """Is a bar between an operand and a sign read as one that opens, the second of 2|x|-3|y|?"""
    return any(
        role == "open"
        and index
        and (tokens[index - 1].kind in ("number", "word") or tokens[index - 1].text in (")", "]"))
        and tokens[index + 1].text in ("-", "+")
        for index, role in roles.items()
    )


def _balanced(tokens: list[Token], roles: dict[int, str]) -> bool:
    stack: list[str] = []
    previous_operand = False
    for index, token in enumerate(tokens):
        if token.text in ("(", "["):
            stack.append(token.text)
        elif token.text in (")", "]"):
            if stack and stack[-1] == "open":
                return False
            if stack:
                stack.pop()
        elif role := roles.get(index):
            if role == "open":
                if (
                    previous_operand
                    and tokens[index - 1].text not in (")", "]", "|", "!")
                    and (tokens[index - 1].kind not in ("number", "word"))
                ):
                    return False
                stack.append("open")
            elif role == "close":
                if not previous_operand or not stack or stack.pop() != "open":
                    return False
            elif not previous_operand or (stack and stack[-1] == "open"):
                return False
        previous_operand = (
            (token.kind in ("number", "word") and token.text not in _WORDED)
            or token.text in (")", "]", "!")
            or roles.get(index) == "close"
        )  # fmt: skip
    return "open" not in stack


# ----------------------------------------------------------------------------------------------- parser


class _Parser:
    def __init__(
        self,
        source: str,
        tokens: list[Token],
        roles: dict[int, str],
        names: frozenset[str],
        definitions: Definitions,
        unknown: bool,
    ) -> None:
        self.source = source
        self.tokens = tokens
        self.roles = roles
        self.names = names
        self.definitions = definitions
        self.at = 0
        self.level = 0
        self.latex = is_latex(source)
        self.functions = self.unknown_functions() if unknown else frozenset()
        self.running: list[Token] = []  # functions without brackets, whose arguments are being read

    # ------------------------------------------------------------------------------------------ helpers

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def previous(self) -> Token:
        return self.tokens[self.at - 1]

    def take(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def operator(self) -> str:
        """The current token as an infix or bracket symbol; bars answer with their role."""
        token = self.token
        if token.kind == "word":
            return _WORDED.get(token.text, "")
        if token.text == "|":
            role = self.roles[self.at]
            return "|" if role == "or" else f"|{role}"
        return token.text if token.kind == "operator" else ""

    def error(
        self, message: str, span: tuple[int, int], hint: str | None = None, code: str = "syntax"
    ) -> ExpressionError:
        return ExpressionError(message, span=span, hint=hint, source=self.source, code=code)

    def slice(self, *places: Occurrence) -> str:
        if self.latex and len(places) == 1:
            shown = text(places[0].node)
            return (
                f"({shown})"
                if places[0].bracketed and _LEVELS.get(getattr(places[0].node, "function", ""))
                else shown
            )
        return self.source[places[0].start : places[-1].end]

    def two_readings(self, start: int, end: int, first: str, second: str) -> ExpressionError:
        return self.error(
            f"{short(self.source[start:end])} has two readings",
            (start, end),
            f"write {first} or {second}",
            "two-readings",
        )

    def call(
        self,
        function: str,
        *parts: Occurrence,
        start: int | None = None,
        end: int | None = None,
        **form: bool,
    ) -> Occurrence:
        """A call node over its parts, which must be values unless the function connects conditions."""
        if function not in ("&", "|", "~"):
            for part in parts:
                self.value(part)
        return Occurrence(
            self.shortest(Call(function, tuple(part.node for part in parts))),
            parts[0].start if start is None else start,
            parts[-1].end if end is None else end,
            parts,
            **form,
        )

    def value(self, part: Occurrence) -> Occurrence:
        if is_condition(part.node):
            raise self.error(_IN_CONDITIONS, part.span, _CONDITION_HINT, "condition")
        return part

    def condition(self, part: Occurrence) -> Occurrence:
        if not is_condition(part.node):
            raise self.error("a condition must stand here", part.span, "such as x > 0", "condition")
        return part

    def expect(self, symbol: str, opened: Token) -> Token:
        if self.operator() == symbol:
            return self.take()
        if self.token.kind == "end":
            shown = self.source[opened.start : opened.end]
            raise self.error(
                f"'{shown}' is never closed", (opened.start, opened.end), f"add '{symbol[:1]}'", "bracket"
            )
        raise self.unexpected()

    def unexpected(self) -> ExpressionError:
        token = self.token
        span = (token.start, token.end)
        shown = short(self.source[token.start : token.end])
        if token.text == "=":
            left, right = self.source[: token.start].strip(), self.source[token.end :].strip()
            if right.startswith((">", "<")):
                wide = (token.start, self.tokens[self.at + 1].end)
                return self.error(
                    f"'={right[0]}' cannot stand here", wide, f"write {right[0]}= in a condition"
                )
            if not all(side and side.count("(") == side.count(")") for side in (left, right)):
                return self.error(
                    "'=' cannot stand here", span, "write == for a comparison in a where", "equation"
                )
            left, right = short(left), short(right)
            alone = f"{right} alone where {left} is only its name, " * (
                is_variable(left) and "=" not in right
            )
            return self.error(
                f"{short(self.source.strip())} has two readings", span,
                f"write {alone}{left} - ({right}) for the difference of both sides, or {left} == {right} in a where",
                "two-readings",
            )  # fmt: skip
        if token.text in (")", "]"):
            return self.error(f"'{shown}' closes nothing", span, "remove it, or open it before", "bracket")
        if token.text == "//":
            return self.error("'//' is not an operator here", span, "write floor(a/b)")
        if token.text == ",":
            return self.comma(token, "write a decimal point, or [a, b] for a list")
        if token.kind == "number" and (mixed := self.mixed_number(token)):
            return mixed
        if token.kind == "number":
            return self.error(
                f"no operator stands before {shown}", span, "write * for a product, ** for a power"
            )
        if token.kind == "end":
            return self.error("the expression is empty", span, "write one, such as 3*x**2", "empty")
        hint = "write / for a quotient" if token.text == ":" else None
        return self.error(f"'{shown}' cannot stand here", span, hint)

    def comma(self, token: Token, hint: str) -> ExpressionError:
        """A comma outside a call or list: 0,5 and 1,000 are numbers of some countries."""
        before = re.search(r"[0-9]+(?:,[0-9]{3})*$", self.source[: token.start])
        behind = re.match(r"[0-9]+(?:,[0-9]{3})*(?![0-9,])", self.source[token.end :])
        if before is None or behind is None:
            return self.error("a comma stands outside a call or list", (token.start, token.end), hint)
        start, end = before.start(), token.end + behind.end()
        number = self.source[start:end]
        if re.fullmatch(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+", number):
            point = f" or {number.replace(',', '.')}" * (number.count(",") == 1)
            message = f"{number} has two readings" if point else f"{number} is grouped by thousands"
            code = "two-readings" if point else "syntax"
            return self.error(message, (start, end), f"write {number.replace(',', '')}{point}", code)
        return self.error(
            f"{number} has a decimal comma",
            (start, end),
            f"write {number.replace(',', '.')}, or [a, b] for a list",
        )

    def mixed_number(self, token: Token) -> ExpressionError | None:
        """2 1/3 and 2⅓; 12 000."""
        before, following = self.previous, self.tokens[self.at + 1 : self.at + 3]
        if not self.at or before.kind != "number":
            return None
        start, whole = before.start, self.source[before.start : before.end]
        end, part = token.end, self.source[token.start : token.end]
        if re.fullmatch("[0-9]{3}", part) and re.fullmatch("[0-9]{1,3}", whole):
            return self.error(
                f"{whole} {part} may be one number", (start, end), f"write {whole}{part}, or a sign between"
            )
        if [each.text for each in following[:1]] == ["/"] and following[1].kind == "number":
            end = following[1].end
            part = self.source[token.start : end]
        elif "/" not in token.text:
            return None
        return self.two_readings(start, end, f"({whole} + {part})", f"{whole}*{part}")

    # ------------------------------------------------------------------------------------------- climbing

    def whole(self, condition: bool = False) -> Occurrence:
        self.refuse_number_of_exercise()
        found = self.expression(_OR)
        if self.token.kind != "end":
            raise self.unexpected()
        self.refuse_capital_e(found)
        return self.condition(found) if condition else self.value(found)

    def refuse_number_of_exercise(self) -> None:
        """2. x^2: a factor, or the number of an exercise."""
        first, second = self.tokens[0], self.tokens[min(1, len(self.tokens) - 1)]
        if (
            first.kind == "number"
            and first.text.endswith(".")
            and second.spaced
            and second.kind != "operator"
        ):
            rest = self.source[second.start : self.tokens[-1].start]
            if rest:
                raise self.two_readings(
                    first.start, self.tokens[-1].start, f"{first.text[:-1]}*{rest}", f"{rest} alone"
                )

    def equations(self) -> Occurrence:
        """One equation, or several in square brackets."""
        opened = self.token
        depth = 0
        for token in self.tokens[:-2]:
            depth += (token.text == "[") - (token.text == "]")
            if not depth:
                break
        listed = opened.text == "[" and depth == 1 and self.tokens[-2].text == "]"
        if not listed:
            found = self.equation()
        else:
            self.take()
            parts = [self.equation()]
            while self.operator() == ",":
                self.take()
                parts.append(self.equation())
            closed = self.expect("]", opened)
            nodes = tuple(part.node for part in parts)
            found = Occurrence(List(nodes), opened.start, closed.end, tuple(parts))
        if self.token.kind != "end":
            raise self.unexpected()
        self.refuse_capital_e(found)
        return found

    def equation(self) -> Occurrence:
        left = self.side("before")
        token = self.token
        span = (token.start, token.end)
        if token.text not in ("=", "=="):
            if token.text in COMPARISONS:
                raise self.error(
                    "an inequality defines no function", span, "write an equation, a = b", "equation"
                )
            raise self.error(
                "an equation is needed here", left.span, f"write {short(self.slice(left))} = 0", "equation"
            )
        self.take()
        right = self.side("behind")
        if self.token.text in ("=", "==", *COMPARISONS):
            hint = "write [a = b, b = c] for two equations"
            raise self.error(
                "a second comparison in one equation", (self.token.start, self.token.end), hint, "equation"
            )
        return Occurrence(Call("==", (left.node, right.node)), left.start, right.end, (left, right))

    def side(self, where: str) -> Occurrence:
        token = self.token
        if token.kind == "end" or token.text in ("=", "==", ",", "]"):
            span = (token.start, max(token.end, token.start + 1))
            raise self.error(f"nothing stands {where} the sign of equality", span, "write a = b", "equation")
        return self.value(self.expression(_SUM))

    def shortest(self, node: Node) -> Node:
        """E for exp(1), which is what E is written as beside other capitals; unless E is something else."""
        taken = "E" in self.definitions.values or "E" in self.names
        return E if node is _EXP_ONE and not taken else node

    def refuse_capital_e(self, found: Occurrence) -> None:
        """E beside other capitals is as likely a modulus or an energy, but for the base of E^x."""
        written = next(
            (t for index, t in enumerate(self.tokens) if t.text == "E" and not self.is_base(index)), None
        )
        if written is None or "E" in self.definitions.values or "E" in self.names:
            return
        others = [name for name in variables(found.node) if is_quantity(name)]
        if others:
            raise self.error(
                f"E beside {others[0]} has two readings", (written.start, written.end),
                "write e for Euler's number, or --let E=... for a quantity", "two-readings",
            )  # fmt: skip

    def is_base(self, index: int) -> bool:
        """Does a token stand below an exponent that is no number?"""
        return self.tokens[index + 1].text in ("^", "**") and self.tokens[index + 2].kind != "number"

    def expression(self, least: int, run: bool = False) -> Occurrence:
        """An expression of operators that bind at least as tightly as ``least``.

        ``run`` is set inside the argument of a function without brackets, which ends at the next
        function name.
        """
        left = self.prefix(least, run)
        while True:
            symbol = self.operator()
            level = None if self.starts_radical() and self.token.spaced else _LEVELS.get(symbol)
            if level is not None:
                if level < least:
                    return left
                left = self.infix(left, symbol, level, run)
            elif symbol == "!":
                left = self.factorial(left)
            elif symbol == "°":
                token = self.take()
                number = self.expand("deg2rad", (self.value(left),), left.start, token.end)
                left = replace(number, bracketed=True)
            elif symbol == "[":
                left = self.index(left)
            elif least <= _RUN and self.starts_operand() and not (run and self.starts_function()):
                left = self.juxtapose(left, run)
            else:
                return left

    def infix(self, left: Occurrence, symbol: str, level: int, run: bool) -> Occurrence:
        token = self.take()
        if self.token.kind == "end" or self.operator() in (")", "]", ",", "|close"):
            shown = self.source[token.start : token.end] or symbol
            raise self.error(
                f"expression ends after '{shown}'"
                if self.token.kind == "end"
                else f"nothing follows '{shown}'",
                (token.end, token.end) if self.token.kind == "end" else (token.start, token.end),
                f"something must follow '{shown}'",
                "incomplete",
            )
        if symbol == "**":
            return self.power(left, self.deeper(lambda: self.expression(_POWER, run)), token.raised)
        glued = not token.spaced and not self.token.spaced
        # in LaTeX a dot is for the eye, and binds no looser than a product without it
        right = self.expression(_SIGN if symbol == "*" and self.latex else level + 1, run)
        if glued and symbol == "/":
            self.refuse_glued_slash(left, right)
        if glued and symbol == "*" and not self.latex:
            self.refuse_glued_star(left, right)
        if glued and symbol == "-" and not self.latex:
            self.refuse_lost_exponent(token, right)
        if symbol == "/" and right.juxtaposed:
            factors = self.factors(right)
            first = f"({self.slice(left)}/{self.slice(factors[0])})*" + "*".join(map(self.slice, factors[1:]))
            second = f"{self.slice(left)}/({'*'.join(map(self.slice, factors))})"
            raise self.two_readings(left.start, right.end, first, second)
        if level == _COMPARE:
            return self.compare(left, symbol, right)
        if symbol in ("&", "|"):
            self.condition(left), self.condition(right)
        if symbol == "%":
            self.refuse_percent(left, token, right)
            return self.expand("mod", (self.value(left), self.value(right)), left.start, right.end)
        return self.call(symbol, left, right)

    def refuse_percent(self, left: Occurrence, sign: Token, right: Occurrence) -> None:
        """5% x is a part of x as likely as a remainder."""
        if (
            isinstance(left.node, Number)
            and not sign.spaced
            and (variables(right.node) or self.source[sign.end : sign.end + 1].isspace())
        ):
            number, other = self.slice(left), self.slice(right)
            raise self.two_readings(left.start, right.end, f"{number}/100*{other}", f"mod({number}, {other})")

    def refuse_glued_slash(self, left: Occurrence, right: Occurrence) -> None:
        """cos x/2 and x^1/2: the slash may belong to the argument, or to the exponent."""
        last = left
        while last.juxtaposed and not last.bracketed:
            last = last.parts[-1]
        if last.bare:
            word, argument = self.source[last.start : last.parts[0].start].strip(), self.slice(last.parts[0])
            divisor = self.slice(right)
            raise self.two_readings(
                last.start, right.end, f"{word}({argument})/{divisor}", f"{word}({argument}/{divisor})"
            )
        if last.powered and not last.explicit:
            exponent = last.parts[-1]
            base = self.source[last.start : exponent.start].rstrip()
            if not base.endswith("^"):  # ** is a program's, where no slash comes first
                return
            base = base[:-1].rstrip()
            if exponent.node in (Number(1), Call("neg", (Number(1),))) and not exponent.bracketed:
                shown, divisor = self.slice(exponent), self.slice(right)
                raise self.two_readings(
                    last.start, right.end, f"{base}^({shown}/{divisor})", f"({base}^{shown})/{divisor}"
                )

    def refuse_glued_star(self, left: Occurrence, right: Occurrence) -> None:
        """sin 2*x: of a number alone the product may be the argument."""
        last = self.factors(left)[-1]
        if last.bare and not variables(last.node):
            word, argument = self.source[last.start : last.parts[0].start].strip(), self.slice(last.parts[0])
            factor = self.slice(right)
            raise self.two_readings(
                last.start, right.end, f"{word}({argument})*{factor}", f"{word}({argument}*{factor})"
            )

    def refuse_lost_exponent(self, sign: Token, right: Occurrence) -> None:
        """e-x may be pasted from e⁻ˣ; a number alone behind the sign is more often taken from e."""
        place = next(index for index, token in enumerate(self.tokens) if token is sign)
        euler, before = self.tokens[place - 1], self.tokens[place - 2] if place > 1 else None
        alone = euler.text == "e" and (before is None or before.text not in ("**", "/"))
        if alone and "e" not in self.names and variables(right.node):
            rest = self.slice(right)
            raise self.two_readings(euler.start, right.end, f"e - {rest}", f"e^(-{rest})")

    def expand(self, word: str, args: Sequence[Occurrence], start: int, end: int) -> Occurrence:
        """A shorthand written out."""
        node = shorthands.expansion(word, [arg.node for arg in args], parse)
        return Occurrence(node, start, end, tuple(args), bracketed=True)

    def compare(self, left: Occurrence, symbol: str, right: Occurrence) -> Occurrence:
        """A comparison; a chain such as 0 < x < 1 compares each neighbouring pair."""
        if isinstance(left.node, Call) and not left.bracketed:
            if left.node.function in COMPARISONS:
                return self.call("&", left, self.call(symbol, left.parts[1], right))
            if left.node.function == "&" and left.parts[1].start < left.parts[0].end:
                return self.call("&", left, self.call(symbol, left.parts[1].parts[1], right))
        return self.call(symbol, left, right)

    def power(self, base: Occurrence, exponent: Occurrence, raised: bool = False) -> Occurrence:
        if base.node is E:
            self.value(exponent)
            return Occurrence(
                self.shortest(Call("exp", (exponent.node,))),
                base.start,
                exponent.end,
                (exponent,),
                explicit=raised,
                powered=True,
            )
        either = exponent.node is not Number(2) or not variables(base.node)  # nobody writes the degree of √
        if raised and either and self.operator() == "√" and not self.token.spaced:
            degree, inner = text(exponent.node), self.source[self.token.end :].split()[0]
            raise self.two_readings(
                base.start, self.token.end + len(inner),
                f"{self.slice(base)}*root({inner}, {degree})", f"{self.slice(base)}^{degree}*sqrt({inner})",
            )  # fmt: skip
        return self.call("**", base, exponent, explicit=raised, powered=True)

    def factorial(self, left: Occurrence) -> Occurrence:
        token = self.take()
        if self.operator() == "!":
            raise self.two_readings(
                left.start, self.token.end, f"factorial(factorial({self.slice(left)}))",
                "the double factorial as a product, such as 5*3*1 for 5!!",
            )  # fmt: skip
        return self.call("factorial", left, end=token.end)

    def index(self, base: Occurrence) -> Occurrence:
        opened = self.take()
        if isinstance(base.node, Number):
            raise self.error("a number has no elements", (opened.start, opened.end), "write * before a list")
        items: list[Occurrence] = []
        while True:
            items.append(self.deeper(self.subscript))
            if self.operator() != ",":
                break
            self.take()
        closed = self.expect("]", opened)
        return Occurrence(
            Index(base.node, tuple(item.node for item in items)), base.start, closed.end, (base, *items)
        )

    def subscript(self) -> Occurrence:
        """One index, or a slice with up to three parts."""
        start = self.token.start
        parts: list[Occurrence] = []
        colons = 0
        nothing = True
        while True:
            symbol = self.operator()
            if symbol == ":" and colons < 2:
                if nothing:
                    parts.append(Occurrence(NONE, self.token.start, self.token.start))
                self.take()
                colons, nothing = colons + 1, True
            elif symbol in ("]", ",") and not (nothing and not colons):
                break
            elif nothing:
                parts.append(self.value(self.expression(_OR)))
                nothing = False
            else:
                break
        if not colons:
            return parts[0]
        while len(parts) < 3:
            parts.append(Occurrence(NONE, self.token.start, self.token.start))
        return Occurrence(
            Call("slice", tuple(part.node for part in parts)), start, self.token.start, tuple(parts)
        )

    # -------------------------------------------------------------------------------------- juxtaposition

    def starts_operand(self) -> bool:
        token = self.token
        if token.kind == "word":
            return token.text not in _WORDED
        if self.starts_radical():
            return True
        starting = ("(", *_RADICALS, *_ENCLOSING)
        return not token.raised and (token.kind == "number" or self.operator() in starting)

    def starts_function(self) -> bool:
        token = self.token
        if token.kind != "word" or token.text in self.names or token.text in self.definitions.values:
            return False
        if token.text in _FUNCTION_OR_VARIABLE:
            following = self.tokens[self.at + 1]
            return following.text == "(" and not following.spaced
        return (
            _is_function(token.text)
            or token.text in self.definitions.functions
            or token.text.rstrip(PRIME) in self.functions
        )

    def juxtapose(self, left: Occurrence, run: bool) -> Occurrence:
        """A product without its sign, where only a product can be meant."""
        before, token = self.previous, self.token
        if len((self.source[before.end : token.start] + ".").splitlines()) > 1:
            raise self.error(
                "a line break is no multiplication", (token.start, token.end),
                "write *, or give each line as an expression of its own", "line-break",
            )  # fmt: skip
        if token.kind == "number":
            self.coefficient(left, before)
        if (
            before.kind == "word"
            and token.kind == "word"
            and not token.spaced
            and not GREEK.keys() & {*plain_text(self.source[token.start - 1 : token.start + 1])}
        ):
            raise self.unexpected()
        if before.text == "]" and token.text == "(":
            raise self.error("an element cannot be called", (token.start, token.end), "write * for a product")
        self.refuse_number_of_formula(left)
        open_power = self.last_factor(left)
        letter = before.kind == "word" and self.operator() == "("  # sin x(x+1)
        bracketed = letter or (token.spaced and self.operator() in ("(", *_ENCLOSING))
        right = self.deeper(lambda: self.expression(_SIGN, run))
        drawn = left.bracketed and bool(variables(left.node))
        if run and (bracketed or drawn or not _goes_on(left.node, right.node)):
            word, argument, factor = self.running[-1], self.slice(left), self.slice(right)
            raise self.two_readings(
                word.start,
                right.end,
                f"{word.text}({argument})*{factor}",
                f"{word.text}({argument}*{factor})",
            )
        counted = (
            token.text in _COUNTS and not right.powered and open_power is not None and not open_power.explicit
        )
        if open_power is not None and not token.spaced and (counted or not self.closed(open_power)):
            base, exponent = self.source[open_power.start : open_power.parts[-1].start], open_power.parts[-1]
            base = base.rstrip().removesuffix("^").removesuffix("**").rstrip()
            raise self.two_readings(
                open_power.start,
                right.end,
                f"{base}^({self.slice(exponent)}*{self.slice(right)})",
                f"{base}^{self.slice(exponent)}*{self.slice(right)}",
            )
        return self.call("*", left, right, juxtaposed=True)

    def refuse_number_of_formula(self, left: Occurrence) -> None:
        """y = 2x + 1 (2): behind a sum a whole number in brackets is as likely the number of the formula.

        Behind a product, or the power of a bracket, it is the last factor, as in the chain rule: 3(2x + 1)^2 (2).
        """
        rest = self.tokens[self.at : self.at + 4]
        if [each.text for each in rest[:1] + rest[2:]] != ["(", ")", ""] or not rest[1].text.isdigit():
            return
        depth, is_sum = 0, False
        for before, each in pairwise(self.tokens[: self.at]):
            depth += (before.text in ("(", "[")) - (before.text in (")", "]"))
            binary = before.kind != "operator" or before.text in (")", "]", "|")
            is_sum = is_sum or (depth == 0 and binary and each.text in ("+", "-"))
        power = self.last_factor(left)
        chained = power is not None and len(power.parts) == 2 and power.parts[0].bracketed
        if is_sum and not chained and rest[0].spaced:
            whole = self.source[: rest[0].start].rstrip()
            raise self.two_readings(rest[0].start, rest[2].end, f"*{rest[1].text}", f"{short(whole)} alone")

    def coefficient(self, left: Occurrence, before: Token) -> None:
        """A number after a bracket begins the next factor, 2x in (x+1)2x; at the end it may be a lost power."""
        token, following = self.token, self.tokens[self.at + 1]
        if before.text not in (")", "]", "|", "⌋", "⌉", "‖)"):
            named = before.kind == "word" or self.last_factor(left) is not None
            if following.text == "**" and (self.latex or (token.spaced and named)):  # x 2^x
                return
            raise self.unexpected()
        if following.kind != "word" and following.text not in ("(", "|", *_RADICALS):
            inner, number = self.source[: before.end].strip(" $"), self.source[token.start : token.end]
            raise self.two_readings(before.start, token.end, f"{inner}*{number}", f"{inner}^{number}")

    def last_factor(self, place: Occurrence) -> Occurrence | None:
        """The power that ends ``place`` with nothing to close it, if there is one."""
        while not place.bracketed:
            if place.powered:
                return place
            if place.juxtaposed or (isinstance(place.node, Call) and place.node.function == "neg"):
                place = place.parts[-1]
            else:
                return None
        return None

    def closed(self, power: Occurrence) -> bool:
        """May a factor follow this power? In x^2y it may, in e^2x and x^ab the exponent might go on."""
        exponent = power.parts[-1]
        if power.explicit or exponent.bracketed:
            return True
        base = power.parts[0].node if len(power.parts) == 2 else E
        size = exponent.node
        if isinstance(size, Call) and size.function == "neg":
            (size,) = size.args
        return isinstance(size, Number) and bool(variables(base))

    def factors(self, place: Occurrence) -> list[Occurrence]:
        """The factors of a juxtaposed run, first to last."""
        found: list[Occurrence] = []
        while place.juxtaposed and not place.bracketed:
            found.append(place.parts[1])
            place = place.parts[0]
        return [place, *reversed(found)]

    # ------------------------------------------------------------------------------------------- operands

    def deeper(self, read: Callable[[], Occurrence]) -> Occurrence:
        self.level += 1
        if self.level > MAX_LEVELS:
            raise self.error(
                f"the expression is nested more than {MAX_LEVELS} levels deep",
                (self.token.start, self.token.end),
                "name its parts with --let",
                "too-deep",
            )
        try:
            return read()
        finally:
            self.level -= 1

    def prefix(self, least: int, run: bool) -> Occurrence:
        token, symbol = self.token, self.operator()
        if token.kind == "number":
            return self.number(self.take())
        if symbol in ("-", "+"):
            return self.signed(run)
        if symbol == "~":
            self.take()
            operand = self.condition(
                self.deeper(lambda: self.expression(_NOT if token.text == "not" else _COMPARE))
            )
            return self.call("~", operand, start=token.start)
        if symbol == "(":
            return self.parenthesis()
        if symbol == "[":
            return self.array()
        if symbol in _ENCLOSING:
            return self.enclosed()
        if symbol in _RADICALS:
            return self.radical()
        if self.starts_radical():
            return self.raised_radical()
        if token.kind == "word" and not symbol:
            return self.word(run)
        if token.kind == "end" and self.at:
            shown = self.source[self.previous.start : self.previous.end]
            raise self.error(
                f"expression ends after '{short(shown)}'",
                (self.previous.end, self.previous.end),
                f"something must follow '{short(shown)}'",
                "incomplete",
            )
        raise self.unexpected()

    def number(self, token: Token) -> Occurrence:
        if "/" in token.text:  # ½
            above, below = map(int, token.text.split("/"))
            node: Node = Call("/", (Number(above), Number(below)))
            return Occurrence(node, token.start, token.end, bracketed=True)
        mantissa, _, exponent = token.text.lower().partition("e")
        whole, point, fraction = mantissa.partition(".")
        digits = whole + fraction
        scale = int(exponent[:20] or "0") - len(fraction)
        if not point and not exponent:
            node = Number(_integer(digits))
        elif abs(scale) > MAX_EXPONENT:
            significand = _integer(digits)
            power: Node = Number(abs(scale)) if scale > 0 else Call("neg", (Number(abs(scale)),))
            node = (
                Call("*", (Number(significand), Call("**", (Number(10), power))))
                if significand
                else Number(0)
            )
        else:
            # 1.*x would be read as 1 .* x, MATLAB's product
            typed = token.text + "0" * token.text.endswith(".")
            node = Number(_integer(digits) * Fraction(10) ** scale, typed)
        return Occurrence(node, token.start, token.end)

    def signed(self, run: bool) -> Occurrence:
        token = self.take()
        if self.token.kind == "end":
            raise self.error(
                f"expression ends after '{token.text}'",
                (token.end, token.end),
                f"something must follow '{token.text}'",
                "incomplete",
            )
        operand = self.value(self.deeper(lambda: self.expression(_POWER, run)))
        if token.text == "+":
            return operand
        self.refuse_spreadsheet_sign(token, operand)
        if operand.bracketed and is_fraction(self.source, operand.start):
            self.value(operand)
            return replace(operand, node=_negated(operand.node), start=token.start)
        return self.call("neg", operand, start=token.start)

    def refuse_spreadsheet_sign(self, sign: Token, operand: Occurrence) -> None:
        """=-A1^2 is the square of -A1 in a spreadsheet, whose sign binds tighter than its power."""
        if self.source.lstrip().startswith("=") and operand.powered and not operand.bracketed:
            names = variables(operand.node)
            if names and all(_CELL.fullmatch(name) for name in names):
                base, rest = self.slice(operand.parts[0]), self.source[operand.parts[0].end : operand.end]
                raise self.two_readings(sign.start, operand.end, f"-({base}{rest})", f"(-{base}){rest}")

    def parenthesis(self) -> Occurrence:
        opened = self.take()
        if self.operator() == ")":
            raise self.error(
                "the brackets are empty",
                (opened.start, self.token.end),
                "something must stand in ( )",
                "incomplete",
            )
        inner = self.deeper(lambda: self.expression(_OR))
        if self.operator() == ",":
            raise self.comma(self.token, "write [a, b] for a list, a point for decimals")
        closed = self.expect(")", opened)
        if self.latex and inner.bare and self.source[opened.start] == "{" and self.operator() == "**":
            word = self.tokens[self.tokens.index(opened) + 1]
            self.refuse_braces(word, inner.parts[0])
        return Occurrence(inner.node, opened.start, closed.end, inner.parts, bracketed=True)

    def array(self) -> Occurrence:
        opened = self.take()
        items: list[Occurrence] = []
        while self.operator() != "]":
            items.append(self.value(self.deeper(lambda: self.expression(_OR))))
            if self.operator() != ",":
                break
            self.take()
        closed = self.expect("]", opened)
        return Occurrence(List(tuple(item.node for item in items)), opened.start, closed.end, tuple(items))

    def enclosed(self) -> Occurrence:
        """|x|, and its kin with bars of their own for each side."""
        opened = self.take()
        closing, function = _ENCLOSING[opened.text if opened.text != "|" else "|open"]
        inner = self.deeper(lambda: self.expression(_OR))
        closed = self.expect(closing, opened)
        return self.call(function, inner, start=opened.start, end=closed.end, bracketed=True)

    def radical(self) -> Occurrence:
        token = self.take()
        function, *degree = _RADICALS[token.text]
        operand = self.radicand(token.start, function, "".join(f", {each}" for each in degree))
        below = [Occurrence(Number(each), token.start, token.end) for each in degree]
        return self.call(function, operand, *below, start=token.start, end=operand.end, bracketed=True)

    def radicand(self, start: int, function: str, degree: str) -> Occurrence:
        """What stands below a root's sign: √2x and √x² may end sooner."""
        operand = self.deeper(lambda: self.expression(_POWER + 1))
        follows = self.operator() == "**" or (self.starts_operand() and self.operator() not in _RADICALS)
        if not operand.bracketed and follows and not self.token.spaced:
            sign = "" if self.operator() == "**" else "*"
            if not sign:
                self.take()
            self.expression(_RUN if sign else _POWER)
            inner, rest = self.slice(operand), sign + self.source[operand.end : self.previous.end].lstrip()
            raise self.two_readings(
                start,
                self.previous.end,
                f"{function}({inner}{rest}{degree})",
                f"{function}({inner}{degree}){rest}",
            )
        return operand

    def starts_radical(self) -> bool:
        """³√"""
        token = self.token
        return token.text == "**" and token.raised and self.tokens[self.at + 2].text == "√"

    def raised_radical(self) -> Occurrence:
        """³√x."""
        start = self.take().start
        degree = self.number(self.take())
        self.take()
        operand = self.radicand(start, "root", f", {text(degree.node)}")
        return self.call("root", operand, degree, start=start, end=operand.end, bracketed=True)

    # ---------------------------------------------------------------------------------- names and functions

    def word(self, run: bool) -> Occurrence:
        token = self.take()
        word = token.text
        called = self.operator() == "("
        directly = called and not self.token.spaced
        if word in self.definitions.values and not (directly and word in self.definitions.functions):
            self.definitions.used.add(word)
            node = self.definitions.values[word]
            return Occurrence(node, token.start, token.end, bracketed=True)
        if word in self.definitions.functions:
            return self.apply_definition(token)
        if word in _ALSO_LETTERS and word in self.names:
            return Occurrence(Name(f"{word}_0"), token.start, token.end)
        if word in self.names or canonical(word) in self.names:
            return self.name(token)
        if word in _CONSTANTS:
            if directly and self.tokens[self.at + 1].text == ")":  # PI(), as in a spreadsheet
                self.take()
                self.take()
            return Occurrence(_CONSTANTS[word], token.start, token.end)
        if _is_function(word) and (word not in _FUNCTION_OR_VARIABLE or directly):
            return self.apply(token, run)
        if PRIME in word:
            if word[0] in self.functions:
                return self.apply_unknown(token)
            if "^" in (said := self.source[token.start : token.end]):
                raise self.two_readings(
                    token.start,
                    token.end,
                    f"{word[0]}^{word.count(PRIME)}*(...)",
                    f"a letter for {said}(...)",
                )
            raise self.error(
                "''' is not part of an expression", (token.start + 1, token.end), NO_PRIMES, "character"
            )
        if is_variable(word):
            if directly and self.source[self.token.start] == "(":  # and no fraction in LaTeX
                if word in self.functions:
                    return self.apply_unknown(token)
                self.refuse_function_letter(token)
            self.refuse_order(token)
            self.refuse_lost_power(token)
            self.refuse_long_index(token)
            self.refuse_combination(token)
            return self.name(token)
        raise self.unknown(token, called)

    def unknown_functions(self) -> frozenset[str]:
        """The letters that stand for functions: always before brackets, once around the variable or with a prime."""
        taken = {*self.names, *self.definitions.values, *self.definitions.functions}
        called: dict[str, set[str]] = {}  # the words in their brackets, and their own
        for index, token in enumerate(self.tokens):
            letter = token.text.rstrip(PRIME)
            if token.kind == "word" and letter in FUNCTION_LETTERS and letter not in taken:
                following = self.tokens[index + 1]
                if following.text == "(" and not following.spaced:
                    words = (each.text for each in self.inside(index + 1) if each.kind == "word")
                    called.setdefault(letter, set()).update((token.text, *words))
                else:
                    taken.add(letter)
        found = called.keys() - taken
        return frozenset(
            letter
            for letter in found
            if any(
                word.startswith(letter + PRIME) or self.is_variable(word, found) for word in called[letter]
            )
        )

    def is_variable(self, word: str, functions: Iterable[str]) -> bool:
        """Is ``word`` the variable, or where none is named, may it be?"""
        if self.names:
            return word in self.names
        known = catalogue.known(word) or word in self.definitions.values or word in self.definitions.functions
        return is_variable(word) and not known and word.rstrip(PRIME) not in functions

    def inside(self, opened: int) -> Iterator[Token]:
        """The tokens between a bracket and its partner."""
        depth = 0
        for token in self.tokens[opened:]:
            depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
            if not depth:
                return
            yield token

    def apply_unknown(self, token: Token) -> Occurrence:
        opened = self.take()
        args = self.arguments(opened)
        closed = self.expect(")", opened)
        if len(args) != 1:
            raise self.two_arguments(token, closed.end)
        return self.call(token.text, *args, start=token.start, end=closed.end, bracketed=True)

    def two_arguments(self, token: Token, end: int) -> ExpressionError:
        shown = short(self.source[token.start : end])
        if token.text in _CHOICES:
            inside = shown.partition("(")[2].removesuffix(")")
            named = f'say what it is with --let "{token.text}(n, k)=..."'
            return self.two_readings(token.start, end, f"binomial({inside})", named)
        return self.error(
            f"{shown} is an unknown function of several variables, or of none", (token.start, end),
            f'say what it is with --let "{shown}=..."', "unknown-function",
        )  # fmt: skip

    def refuse_function_letter(self, token: Token) -> None:
        """f(x) of a letter that nobody has said what it is."""
        inside = list(self.inside(self.at))[1:]
        if inside and inside[-1].kind == "end":
            return  # the bracket is open: that is refused by whoever reads to its end
        closed = self.tokens[self.at + len(inside) + 1]
        if self.several(inside) and (token.text in _CHOICES or letter_of(token.text) in _NO_FACTORS):
            raise self.two_arguments(token, closed.end)
        mere = len(inside) == 1 and inside[0].kind == "word"
        letter = letter_of(token.text)
        likely = _ALWAYS_FUNCTIONS | (
            _FUNCTIONS_OF_A_VARIABLE if mere and inside[0].text != token.text else set()
        )
        if letter not in likely and (letter != "x" or not mere or inside[0].text != "t"):
            return
        shown = (
            "".join(each.text for each in inside)
            if self.latex
            else self.source[self.token.end : closed.start]
        )
        lower = token.text.lower()
        raise self.two_readings(
            token.start,
            closed.end,
            f"{token.text}*({shown})",
            f"{lower}({shown})"
            if catalogue.known(lower)
            else f'say what the function is with --let "{token.text}({shown if mere else "t"})=..."',
        )

    def several(self, inside: Sequence[Token]) -> bool:
        """Does a comma stand in a bracket, and in no smaller one?"""
        depth = 0
        for each in inside:
            depth += (each.text in ("(", "[")) - (each.text in (")", "]"))
            if each.text == "," and not depth:
                return True
        return False

    def refuse_order(self, token: Token) -> None:
        """J^(2)(x): a derivative, or a power, whose exponent would have its brackets for nothing."""
        rest = self.tokens[self.at : self.at + 9]
        words = [each.text for each in rest]
        braces = words[1:3] == ["(", "("] and words[4:6] == [")", ")"]  # ^{(2)}
        number, behind = (3, 6) if braces else (2, 4)
        if words[:2] != ["**", "("] or len(rest) < behind + 3 or not words[number].isdigit():
            return
        if not braces and (self.latex or words[3] != ")"):
            return
        opened, inside, closed = rest[behind : behind + 3]
        called = opened.text == "(" and not opened.spaced and inside.kind == "word" and closed.text == ")"
        if called and inside.text != token.text and letter_of(token.text) in _FUNCTIONS_OF_A_VARIABLE:
            end, base = closed.end, self.source[token.start : token.end]
            raise self.two_readings(
                token.start, end, f"{base}^{words[number]}*({inside.text})",
                f"the function that {self.source[token.start : opened.start]} is",
            )  # fmt: skip

    def refuse_lost_power(self, token: Token) -> None:
        """3x2 may be pasted from 3x², or be three times the variable x2."""
        before = self.tokens[self.at - 2] if self.at > 1 else None
        if (
            before is not None
            and before.kind == "number"
            and not token.spaced
            and re.fullmatch(r"[a-zA-Z][0-9]+", self.source[token.start : token.end])
        ):
            number, letter = self.source[before.start : before.end], token.text[0]
            raise self.two_readings(
                before.start, token.end, f"{number}*{letter}^{token.text[1:]}", f"{number}*{token.text}"
            )

    def refuse_combination(self, token: Token) -> None:
        """C_n^k: how many ways there are to choose, or the power of a constant."""
        counted = re.fullmatch(r"C_([a-zN])", token.text)
        if counted and self.operator() == "**":
            place = self.at + 1 + (self.tokens[self.at + 1].text == "(")
            below = self.tokens[place]
            if below.kind == "number" or re.fullmatch("[a-z]", below.text):
                raise self.two_readings(
                    token.start,
                    below.end,
                    f"binomial({counted[1]}, {below.text})",
                    f"({token.text})^{below.text}",
                )

    def refuse_long_index(self, token: Token) -> None:
        """v_0t is v_0*t as likely as one name."""
        parts = re.fullmatch(r"([^_]+_[0-9]+)([A-Za-z].*)", self.source[token.start : token.end])
        if parts is not None and not self.latex:
            named = f"name the variable {parts[0]} with --var or --at"
            raise self.two_readings(token.start, token.end, f"{parts[1]}*{parts[2]}", named)

    def name(self, token: Token) -> Occurrence:
        word = canonical(token.text)
        called = self.operator() == "(" and not is_fraction(self.source, self.token.start)
        if called and not is_variable(token.text):
            raise self.error(
                f"'{short(word)}' is a variable, not a function",
                (token.start, token.end),
                f'write {word}*(...), or define it with --let "{word}(t)=..."',
                "unknown-function",
            )
        return Occurrence(Name(word), token.start, token.end)

    def unknown(self, token: Token, called: bool) -> ExpressionError:
        word, span = token.text, (token.start, token.end)
        shown = short(word)
        close = catalogue.similar(word, {*self.names, *self.definitions.values, *self.definitions.functions})
        apart = _taken_apart(word)
        if word in _COMMANDS:
            return self.error(
                f"'{word}' is no function of an expression", span, _COMMANDS[word], "unknown-function"
            )
        if called:
            if apart and not apart.endswith(")"):  # x*sin of xsin(x)
                close = apart
            hint = f"did you mean {close}?" if close else "calcgrad functions lists what there is"
            return self.error(f"unknown function '{shown}'", span, hint, "unknown-function")
        if word in _CHOOSING:
            return self.error(
                f"unknown name '{shown}'",
                span,
                "where(condition, a, b) chooses between two values",
                "unknown-name",
            )
        if _is_function(word.lower()):
            apart = word.lower()
        if apart:
            return self.error(f"unknown name '{shown}'", span, f"did you mean {apart}?", "unknown-name")
        pieces = re.findall(r"[A-Za-z][0-9]*", word)
        if 2 <= len(pieces) <= 3 and "".join(pieces) == word:
            return self.error(
                f"{shown} has two readings",
                span,
                f"write {'*'.join(pieces)}, or name the variable {shown} with --var or --at",
                "two-readings",
            )
        hint = (
            f"did you mean {close}?"
            if close
            else "longer names are read once --var, --at or --let names them"
        )
        return self.error(f"unknown name '{shown}'", span, hint, "unknown-name")

    def apply_definition(self, token: Token) -> Occurrence:
        """A call of a function that --let defined: its body with the arguments put in."""
        if self.operator() != "(":
            raise self.error(
                f"{token.text} needs its arguments",
                (token.start, token.end),
                f"write {token.text}(...)",
                "arity",
            )
        opened = self.take()
        args = self.arguments(opened)
        closed = self.expect(")", opened)
        self.definitions.used.add(token.text)
        parameters, body = self.definitions.functions[token.text]
        if len(args) != len(parameters):
            raise self.error(
                f"{token.text} takes {len(parameters)} argument{'s' * (len(parameters) != 1)}, not {len(args)}",
                (token.start, closed.end),
                f"it was defined as {token.text}({', '.join(parameters)})",
                "arity",
            )
        values: dict[Node, Node] = {Name(p): arg.node for p, arg in zip(parameters, args, strict=True)}
        return Occurrence(substitute(body, values), token.start, closed.end, bracketed=True)

    def apply(self, token: Token, run: bool) -> Occurrence:
        """A function of the catalogue and its argument: f(x), f x, f^2 x."""
        if self.operator() == "**":
            return self.apply_power(token, run)
        return self.apply_argument(token)

    def apply_argument(self, token: Token) -> Occurrence:
        called = self.operator() == "(" and not is_fraction(self.source, self.token.start)
        return self.apply_call(token) if called else self.apply_run(token)

    def apply_call(self, token: Token) -> Occurrence:
        opened = self.take()
        if token.text == "Piecewise":
            args = self.pairs()
        else:
            args = self.arguments(opened, conditions=token.text in _OF_CONDITIONS)
        closed = self.expect(")", opened)
        found = self.finish_call(token, args, closed.end)
        unseen = self.latex and self.source[opened.start] == "{" and token.text not in _DRAWN
        if unseen and len(args) == 1 and not args[0].bracketed:
            self.refuse_braces(token, args[0])
            return replace(found, bare=True, parts=(args[0],))
        return found

    def refuse_braces(self, token: Token, argument: Occurrence) -> None:
        r"""\sin{x}^2 and \sin{x}y: braces do not show."""
        start = self.token.start
        if self.operator() == "**":
            self.take()
            self.expression(_POWER)
        elif self.starts_operand() and not self.starts_function():
            self.expression(_RUN)
        else:
            return
        inner, rest = self.slice(argument), self.source[start : self.previous.end]
        word = self.source[token.start : token.end]
        raise self.two_readings(
            token.start, self.previous.end, f"{word}({inner}{rest})", rf"\left({word} {inner}\right){rest}"
        )

    def finish_call(self, token: Token, args: list[Occurrence], end: int) -> Occurrence:
        if token.text == "Piecewise":
            node: Node = Call("Piecewise", tuple(arg.node for arg in args))
            return Occurrence(node, token.start, end, tuple(args))
        if shorthands.takes(token.text, len(args)):
            self.refuse_base_first(token, args, end)
            return self.expand(token.text, [self.value(arg) for arg in args], token.start, end)
        row = catalogue.find(token.text, len(args))
        if row is None:
            raise self.arity(token, len(args), end)
        if row is catalogue.WHERE:
            condition, first, second = self.condition(args[0]), self.value(args[1]), self.value(args[2])
            node = Call("Piecewise", (first.node, condition.node, second.node, TRUE))
            parts = (first, condition, second, Occurrence(TRUE, end, end))
            return Occurrence(node, token.start, end, parts)
        if row.name in ("&", "|", "~"):
            for arg in args:
                self.condition(arg)
        if row.name == "detach" and is_condition(args[0].node):
            self.value(args[0])
        return self.call(row.name, *args, start=token.start, end=end)

    def refuse_base_first(self, token: Token, args: Sequence[Occurrence], end: int) -> None:
        """log(2, x): SymPy and spreadsheets write the base last, GeoGebra and Mathematica first."""
        if token.text == "log" and not self.latex and not variables(args[0].node) and variables(args[1].node):
            number, argument = map(self.slice, args)
            raise self.two_readings(
                token.start, end, f"log({argument})/log({number})", f"log({number})/log({argument})"
            )

    def arity(self, token: Token, count: int, end: int) -> ExpressionError:
        rows = catalogue.rows_of(token.text) or shorthands.rows_of(token.text)
        row = rows[0]
        least, most = min(r.least for r in rows), row.most if len(rows) == 1 else None
        wanted = (
            f"{least}" if most == least else f"at least {least}" if most is None else f"{least} to {most}"
        )
        plural = "" if wanted == "1" else "s"
        return self.error(
            f"{token.text} takes {wanted} argument{plural}, not {count}", (token.start, end),
            f"{row.signature}: {row.help}", "arity",
        )  # fmt: skip

    def arguments(self, opened: Token, conditions: bool = False) -> list[Occurrence]:
        args: list[Occurrence] = []
        if self.operator() == ")":
            return args
        while True:
            argument = self.deeper(lambda: self.expression(_OR))
            args.append(argument if conditions else self.value(argument))
            if self.operator() != ",":
                return args
            if len(args) == MAX_ARGUMENTS:
                raise self.error(
                    f"a call has more than {MAX_ARGUMENTS} arguments",
                    (opened.start, opened.end),
                    "use a list",
                    "arity",
                )
            self.take()

    def pairs(self) -> list[Occurrence]:
        """The (value, condition) pairs of Piecewise, flat."""
        args: list[Occurrence] = []
        while True:
            if self.operator() != "(":
                raise self.no_pairs()
            opened = self.take()
            args.append(self.value(self.deeper(lambda: self.expression(_OR))))
            if self.operator() != ",":
                raise self.error(
                    "each pair of Piecewise is (value, condition)", (self.token.start, self.token.end), None, "arity"
                )  # fmt: skip
            self.take()
            args.append(self.condition(self.deeper(lambda: self.expression(_OR))))
            self.expect(")", opened)
            if self.operator() != ",":
                return args
            self.take()

    def no_pairs(self) -> ExpressionError:
        return self.error(
            "Piecewise takes pairs", (self.token.start, self.token.end),
            "Piecewise((a, condition), ..., (b, True))", "arity",
        )  # fmt: skip

    def apply_power(self, token: Token, run: bool) -> Occurrence:
        """sin^2 x and sin²(x); sin^-1 x might be an inverse or a reciprocal."""
        sign = self.take()
        if self.operator() == "-":
            self.refuse_inverse(token)
        if self.token.kind != "number" and self.operator() != "(":
            raise self.error(
                f"a power of {token.text} needs a number here", (token.start, sign.end),
                f"write {token.text}(x)^2, or {token.text}^2 x", "incomplete",
            )  # fmt: skip
        exponent = self.prefix(_POWER, run)
        if exponent.node is Call("neg", (Number(1),)):
            self.refuse_reciprocal(token)
        raised = sign.raised or exponent.bracketed
        argument = self.apply_argument(token)
        return Occurrence(
            Call("**", (argument.node, exponent.node)),
            token.start,
            argument.end,
            argument.parts if argument.bare else (argument, exponent),
            explicit=raised,
            bracketed=True,
            bare=argument.bare,
        )

    def refuse_inverse(self, token: Token) -> NoReturn:
        self.take()
        if self.token.kind == "number" and self.token.text != "1":
            power = self.take().text
            argument = self.slice(self.expression(_RUN)) if self.starts_operand() else "x"
            argument = argument.removeprefix("(").removesuffix(")")
            raise self.two_readings(
                token.start,
                self.previous.end,
                f"1/{token.text}({argument})^{power}",
                f"({token.text}({argument}))^(-{power})",
            )
        if self.token.kind == "number":
            self.take()
        self.refuse_reciprocal(token)

    def refuse_reciprocal(self, token: Token) -> NoReturn:
        """An exponent of -1 has been read."""
        argument = self.slice(self.expression(_RUN)) if self.starts_operand() else "x"
        argument = argument.removeprefix("(").removesuffix(")")
        row = catalogue.find(token.text, 1)
        inverse = f"the inverse of {token.text}"
        if row is not None and row.inverse:
            inverse = re.sub(r"\bx\b", lambda _: argument, row.inverse)
        raise self.two_readings(token.start, self.previous.end, inverse, f"1/{token.text}({argument})")

    def apply_run(self, token: Token) -> Occurrence:
        """A function without brackets: its argument is the juxtaposed run that follows."""
        if token.text == "Piecewise":
            raise self.no_pairs()
        if not (self.starts_operand() or (self.operator() in ("-", "+") and self.sign_can_start())):
            raise self.error(
                f"{token.text} needs an argument", (token.start, token.end), f"write {token.text}(x)", "arity"
            )
        least = _SIGN if self.starts_function() else _RUN
        self.running.append(token)
        argument = self.deeper(lambda: self.expression(least, run=True))
        self.running.pop()
        function = least == _SIGN and self.starts_operand() and not self.starts_function()  # ln sqrt(x) y
        if function or (not variables(argument.node) and self.starts_function()):  # sin 2 sqrt(x)
            start = self.token.start
            self.expression(_SIGN, run=True)
            inner, factor = self.slice(argument), self.source[start : self.previous.end]
            raise self.two_readings(
                token.start,
                self.previous.end,
                f"{token.text}({inner})*{factor}",
                f"{token.text}({inner}*{factor})",
            )
        found = self.finish_call(token, [self.value(argument)], argument.end)
        return replace(found, bare=True, parts=(argument,))

    def sign_can_start(self) -> bool:
        """sin -x has one reading where nothing but the argument can follow the name."""
        following = self.tokens[self.at + 1]
        return (
            following.kind in ("number", "word") and following.start == self.token.end and self.token.spaced
        )


def _goes_on(argument: Node, factor: Node) -> bool:
    """Is ``factor`` one more of an argument without brackets, as in sin 2x and sin n pi x, and not of the function?"""
    known = variables(argument)
    if isinstance(factor, Call) and factor.function == "**" and isinstance(factor.args[1], Number):
        factor = factor.args[0]
    named = isinstance(factor, Name) and factor is not E and factor.name not in known
    return not known or named


def _negated(node: Node) -> Node:
    """-x/y of x/y: the sign at the first factor, as of what is typed in a line."""
    if isinstance(node, Call) and node.function in ("*", "/"):
        return Call(node.function, (_negated(node.args[0]), *node.args[1:]))
    return Call("neg", (node,))


def _is_other_case(token: Token, following: Token) -> bool:
    """SIN(x) of a spreadsheet, ArcTan(x), Sin x of a telephone; LOG and ATAN2 mean other things elsewhere."""
    word = token.text
    if token.kind != "word" or is_variable(word) or _is_function(word):
        return False
    if word.upper() in _OTHERWISE or not _is_function(word.lower()):
        return False
    called = following.text in ("(", "[") and not following.spaced
    brief = word.isupper() and len(word) == 2 and word not in _TWO_CAPITALS
    return called or (word[0].isupper() and not brief)


def _is_function(word: str) -> bool:
    return catalogue.known(word) or shorthands.known(word)


def _taken_apart(word: str) -> str:
    """x*sin(x) of xsinx: the functions in a word and the letters around them; '' where that is not all of it."""
    parts = re.findall(rf"{_INSIDE}|pi|[A-Za-z]|[0-9]+", word)
    functions = [each for each in parts if each not in ("pi", "e") and catalogue.known(each)]
    return _product(parts) if functions and "".join(parts) == word else ""


def _product(parts: list[str]) -> str:
    if not parts:
        return ""
    first, rest = parts[0], parts[1:]
    if first != "pi" and len(first) > 1 and catalogue.known(first):
        inside = list(takewhile(lambda each: len(each) == 1 or each.isdigit() or each == "pi", rest))
        if not inside and rest:
            return f"{first}({_product(rest)})"
        first, rest = f"{first}({'*'.join(inside)})" if inside else first, rest[len(inside) :]
    return "*".join(filter(None, (first, _product(rest))))


def letter_of(name: str) -> str:
    """f of f_1, D_x."""
    found = re.match(r"D_[a-z]|[A-Za-z][a-z]*", name)
    return found[0] if found else ""


def canonical(word: str) -> str:
    return "lamda" + word[6:] if re.match(r"lambda(?![A-Za-z])", word) else word


def _integer(digits: str) -> int:
    """``int`` without Python's limit on the length of its text."""
    value = 0
    for start in range(0, len(digits), 4000):
        chunk = digits[start : start + 4000]
        value = value * 10 ** len(chunk) + int(chunk)
    return value
