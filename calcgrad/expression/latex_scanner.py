r"""LaTeX to tokens: the same tokens as of plain text, with their places in the LaTeX, for the same parser.

    [token.text for token in scan_latex(r"\frac{x}{2}")]      # ["(", "(", "x", ")", "/", "(", "2", ")", ")", ""]

By hand, because an expression needs a dozen commands: a LaTeX tokenizer would bring a dependency, and leave all that is
here to do. Letters are variables of their own, so that xy is a product; \mathrm, \text and \operatorname hold words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from calcgrad.errors import ExpressionError
from calcgrad.expression import catalogue, shorthands
from calcgrad.expression.catalogue import FUNCTIONS
from calcgrad.expression.scanner import UNSEEN, Token, plain_text, tokens_at
from calcgrad.expression.tree import FUNCTION_LETTERS, GREEK, PRIME

_MARKS = re.compile(r"[\\{$]")
_NUMBER = re.compile(r"[0-9]+\{,\}[0-9]+(?![0-9]|\{,\})|[0-9]+(?:\.[0-9]*)?|\.[0-9]+")  # 3{,}5 is 3.5
_SCIENTIFIC = re.compile(r"\{([0-9.]+) \\cdot 10\^\{(-?[0-9]+)\}\}")  # one number, as it is printed here
_PROGRAMS = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE]([+-]?[0-9]+)")  # 1e-3, as programs write it
_FRACTIONAL = re.compile(r"\{\s*([0-9]*\s*[A-Za-z]\w?)\s*\}(?=\s*(?:[-+)]|$))")  # {x}, and not {x}^2
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:(?:\{,\}|\\,|\\ |~)[0-9]{3})+(?![0-9])")
_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_WORDS = (
    "operatorname", "mathrm", "text", "mathit", "mathsf", "mathbf", "textrm", "textit", "mbox", "boldsymbol", "bm",
)  # fmt: skip
_FONTS = ("displaystyle", "textstyle", "limits", "nolimits", "rm", "it")
_SPACES = {
    *[",", ";", ":", "!", ">", "~"],
    " ",
    "quad",
    "qquad",
    "enspace",
    "thinspace",
    *_FONTS,
    "qty",
    "num",
    "ensuremath",
}
_SIZES = re.compile(r"(?:left|right|middle|[bB]igg?[lrm]?)$")
# what takes room on paper, and numbers equations
_NOTHING = re.compile(r"\\(?:(?:hspace|label|tag)\*?\s*\{[^{}]*\}|(?:nonumber|notag)(?![A-Za-z]))")
_OPERATORS = {
    **dict.fromkeys(("cdot", "times", "ast"), "*"), "div": "/", **dict.fromkeys(("le", "leq", "leqslant"), "<="),
    **dict.fromkeys(("ge", "geq", "geqslant"), ">="), **dict.fromkeys(("ne", "neq"), "!="), "lt": "<", "gt": ">",
    **dict.fromkeys(("land", "wedge"), "&"), **dict.fromkeys(("lor", "vee"), "or"),
    **dict.fromkeys(("lnot", "neg"), "~"),
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "vert": "|", "mid": "|", "circ": "°", "degree": "°",
    **dict.fromkeys(("{", "lbrace"), "("), **dict.fromkeys(("}", "rbrace", "rvert", "rVert"), ")"), "lbrack": "[",
    "rbrack": "]", "lvert": "abs(", "lVert": "norm(",
}  # fmt: skip
_PLAIN = "+-*/<>=!()[],.:@"
# the catalogue's own commands, read backwards; what may be a variable (sigma, theta, psi) stays one
_COMMANDS = {
    row.latex[1:]: row.name
    for row in FUNCTIONS
    if re.fullmatch(r"\\[a-z]+", row.latex) and row.latex[1:] not in GREEK.values()
} | {
    "ln": "log",
    "lg": "log10",
    "arccot": "acot",
    "arcsec": "asec",
    "arccsc": "acsc",
    "exp": "exp",
    "sgn": "sign",
}
_EULER_GAMMA = re.compile(r"\s*_\s*\{\s*\\mathrm\s*\{\s*E\s*\}\s*\}")
# \operatorname{J}_{n}(x): a letter that is called a function
_OPERATORS_OF_A_LETTER = {
    found[1]: row.name for row in FUNCTIONS if (found := re.match(r"\\operatorname\{([A-Z])\}", row.latex))
}
_GREEK = {name: name for name in GREEK.values()} | {
    "lambda": "lamda", "Lambda": "Lamda", "varGamma": "Gamma", "varepsilon": "epsilon", "varphi": "phi",
    "vartheta": "theta", "infty": "oo", "Gamma": "gamma",
}  # fmt: skip
_SAID = {**dict.fromkeys(("true", "false"), ""), "and": "and", "or": "or", "not": "not"}
_SAID |= {"true": "True", "false": "False"} | dict.fromkeys(
    ("otherwise", "else", "elsewhere", "sonst", "ansonsten", "sinon", "altrimenti", "en otro caso", "caso contrário",
     "anders", "inaczej", "jinak", "иначе"), "True",
)  # fmt: skip
_BRACED = re.compile(r"\s*\{([^{}]*)\}")
_CELL = re.compile(
    r"[,.;]?\s*(?:\\(?:q?quad|[,; ])\s*)*(?:(&)(?:\s*,)?|(?=\\\\|\\end))"
)  # the end of a case, or of a row
_CASES = re.compile(r"\\(?:\{|lbrace)\s*(?=\\begin\s*\{(?:array|matrix|aligned|gathered|smallmatrix)\})()")
_OPENS = re.compile(
    r"(?!\\left\s*\\(?:\{|lbrace)\s*\\begin)(?:[(\[{]|\\(?:left|[bB]igg?l?|[({])(?![A-Za-z]))"
)
_INDEX = re.compile(
    r"\s*_\s*(?:\{\{(?P<glued>[0-9]+)\}\}|\{\s*([A-Za-z0-9]+(?:\s*,\s*[A-Za-z0-9]+)?)\s*\}"
    r"|\{\s*\\(?:text|mathrm|textrm|mbox)\s*\{\s*([A-Za-z0-9]+)\s*\}\s*\}|([A-Za-z0-9]))"
)
_WRAPPED = re.compile(r"\{\s*(?=\\(?:text|mbox|textrm|mathrm)\s*\{[^{}]*\}\})")
_OLD_FONT = re.compile(r"\{\s*\\(?:rm|it|bf|sf)\s+([A-Za-z]+)\s*\}")
_SILENT = {
    "for",
    "if",
    "when",
    "where",
    "falls",
    "wenn",
    "für",
    "si",
    "pour",
    "se",
    "para",
    "als",
    "gdy",
    "dla",
    "если",
}
_JOINED = {"and", "or", "not"}
# f'(x), f^{\prime}(x), f^{(4)}(x)
_PRIMED = re.compile(
    rf"([{''.join(sorted(FUNCTION_LETTERS))}])\s*"
    r"(?:('+)|\^\s*(?:(\\prime)|\{\s*((?:\\prime\s*)+)\}|\{\s*\(\s*([0-9]{1,3})\s*\)\s*\}))(?=\s*(?:\\left\s*|\\[bB]igg?l?\s*)?\()"
)
# what nobody means by letters side by side
_SPELLED_OUT = re.compile(
    r"(?P<function>(?:arc|ar|a)?(?:sin|cos|tan|cot|sec|csc)h?|ln|log|exp|sqrt)|(?P<bracketed>max|min|abs)"
    rf"|(?P<command>[dt]?frac|cdot|times|left|right|infty|{'|'.join(sorted(GREEK.values()))})(?![A-Za-z])"
    r"|(?P<word>for|if|else|lambda)(?![A-Za-z])"
)
_CALLED = re.compile(r"(?<![A-Za-z])[A-Za-z]{3,}[0-9]*(?=\s*(?:[({[]|\\left(?![a-z])))")
_ARGUMENT = re.compile(r"\s*[({[\\|^_]|\s+[A-Za-z0-9]")
_D = r"\s*(?:d|\\partial|\\mathrm\s*\{\s*d\s*\})"
_DERIVATIVE = re.compile(rf"\s*\{{{_D}[^{{}}]*\}}\s*\{{{_D}\s*(?:[A-Za-z]|\\[A-Za-z]+)(?:\^[^{{}}])?\s*\}}")
# dx behind an integrand; bcdx is a product, and so is d\cdot x
_DIFFERENTIAL = re.compile(
    rf"(?<![A-Za-z])d([A-Za-z]|\\(?:{'|'.join(set(GREEK.values()) - {'pi'})}))(?![A-Za-z])"
)
# around the whole argument of a logarithm; behind an argument without it, what is surely no part of it
_ROW_SPACE = re.compile(r"\s*\[[^][]*\]")  # \\[2pt]
_ROWS_END = re.compile(r"\s*\\end")
_INSTEAD = {  # of a command that is not read here
    "lim": "ask calcgrad limit, with --to",
    "int": "calcgrad differentiates; it does not integrate",
    "sum": "write the sum out",
    "partial": "calcgrad diff computes partial derivatives with --var",
    "pm": "write two expressions",
    **dict.fromkeys(("dv", "pdv", "odv"), "calcgrad diff computes derivatives"),
}
_ENCLOSED = re.compile(r"[({\[|]|\\(?:left|[bB]igg?l?|lvert|lfloor|lceil)(?![A-Za-z])")
_ENDS_ARGUMENT = re.compile(r"[-+*/=<>)\]}&|,]|\\(?!frac|sqrt)")
_FRACTION = re.compile(r"\\(?:[cdst]?|nice)frac(?![A-Za-z])")


def is_latex(source: str) -> bool:
    """A backslash, a brace or a dollar sign: then all of it is LaTeX."""
    return bool(_MARKS.search(source))


def is_fraction(source: str, start: int) -> bool:
    return bool(_FRACTION.match(source, start))


def scan_latex(source: str, start: int = 0, stop: int | None = None) -> list[Token]:
    """Tokens of LaTeX from ``start`` to ``stop``, an "end" token last. Raises ExpressionError."""
    return _Reader(source, start, len(source) if stop is None else stop).whole()


class _Reader:
    def __init__(self, source: str, start: int, stop: int) -> None:
        self.typed, self.source, self.place, self.stop = source, plain_text(source), start, stop
        self.tokens: list[Token] = []
        self.spaced = False
        self.cases = 0
        self.divided: list[tuple[int, str]] = []  # where \over divides the group that is being read

    # ------------------------------------------------------------------------------------------- helpers

    def error(self, message: str, start: int, end: int, hint: str | None = None) -> ExpressionError:
        return ExpressionError(message, span=(start, end), hint=hint, source=self.typed, code="latex")

    def two_readings(self, message: str, start: int, end: int, hint: str) -> ExpressionError:
        return ExpressionError(message, span=(start, end), hint=hint, source=self.typed, code="two-readings")

    def emit(self, text: str, start: int, end: int | None = None) -> None:
        kind = "number" if _NUMBER.match(text) else "word" if text[0].isalpha() else "operator"
        # words side by side are a product
        self.spaced = self.spaced or (kind == "word" and bool(self.tokens and self.tokens[-1].kind == "word"))
        token = Token(kind, text, start, start if end is None else end, self.spaced)  # type: ignore[arg-type]
        self.tokens.append(token)
        self.spaced = False

    def rest(self) -> str:
        return self.source[self.place : self.stop]

    def skip(self) -> None:
        """White space, and commands that are nothing else."""
        while self.place < self.stop:
            if self.source[self.place].isspace() or self.source[self.place] in {"~", "$", *UNSEEN}:
                self.place += 1
            elif nothing := _NOTHING.match(self.source, self.place, self.stop):
                self.place = nothing.end()
            elif (command := self.command()) and (
                command[1] in _SPACES or command[1] in ("(", ")", "[", "]")
            ):
                self.place = command.end()
            else:
                return
            self.spaced = True

    def command(self) -> re.Match[str] | None:
        return _COMMAND.match(self.source, self.place, self.stop)

    def until(self, closing: Callable[[], bool], opened: int, what: str) -> None:
        """Read until something closes."""
        while True:
            self.skip()
            if self.place >= self.stop:
                raise self.error(f"'{what}' is never closed", opened, opened + len(what))
            if closing():
                return
            self.item()

    # --------------------------------------------------------------------------------------------- reading

    def part(self) -> None:
        self.skip()
        while self.place < self.stop:
            self.item()
            self.skip()

    def whole(self) -> list[Token]:
        self.part()
        self.divide(0)
        self.square_brackets()
        end = len(self.source[: self.stop].rstrip(" \n\t$"))
        self.tokens.append(Token("end", "", end, end, self.spaced))
        return self.tokens

    def square_brackets(self) -> None:
        """[x+1]^2: around one factor, or the argument of a function, they group; an element of a list stays one."""
        tokens = [*self.tokens, Token("end", "", self.stop, self.stop, False)]
        opened: list[tuple[int, bool]] = []  # and whether there are commas
        for place, token in enumerate(self.tokens):
            if token.text in ("(", "["):
                opened.append((place, False))
            elif token.text == "," and opened:
                opened[-1] = opened[-1][0], True
            elif token.text in (")", "]") and opened:
                start, several = opened.pop()
                first, before = tokens[start], tokens[start - 1]  # the end before the first
                element = before.text in ("", "(", "[", ",") and tokens[place + 1].text in ("", ")", "]", ",")
                index = (
                    before.kind == "word" and not catalogue.known(before.text) and before.end == first.start
                )
                typed = first.text == "[" == self.source[first.start] and token.text == "]"
                if typed and not (several or element or index or place == start + 1):
                    self.tokens[start], self.tokens[place] = (
                        replace(first, text="("),
                        replace(token, text=")"),
                    )

    def item(self) -> None:
        """One thing: a number, a letter, an operator, a group or a command, with the index of a name."""
        start, character = self.place, self.source[self.place]
        if number := _NUMBER.match(self.source, start, self.stop):
            if grouped := _THOUSANDS.match(self.source, start, self.stop):
                digits = re.sub("[^0-9]", "", grouped[0])
                hint = f"write {digits}" + f" or {digits[:-3]}.{digits[-3:]}" * (grouped[0].count("{,}") == 1)
                raise self.error(f"{grouped[0]} may be grouped by thousands", start, grouped.end(), hint)
            if scientific := _PROGRAMS.match(self.source, start, self.stop):
                mantissa, exponent = scientific[1], scientific[2].lstrip("+")
                raise self.two_readings(
                    f"{scientific[0]} has two readings", start, scientific.end(),
                    rf"write {mantissa} \cdot 10^{{{exponent}}}, or a product with e",
                )  # fmt: skip
            self.place = number.end()
            self.emit(number.group().replace("{,}", "."), start, self.place)
        elif character == "\\":
            self.of_command()
        elif character == "{":
            self.group()
            if self.source.startswith("_", self.place):
                self.element()
        elif character == "^":
            self.power()
        elif self.cases and (ended := _CELL.match(self.source, start, self.stop)):
            self.place = ended.end()
            if (
                ended[1]
                and self.tokens[-1].text != "("
                and not self.between(start)
                and self.tokens[-1].text != ","
            ):
                hint = r"\\ ends a row; in a shell it needs single quotes around the expression"
                raise self.error("a third part stands in a row of cases", start, self.place, hint)
        elif primed := _PRIMED.match(self.source, start, self.stop):
            self.place = primed.end()
            letter, plain, one, several, order = primed.groups()
            count = len(plain or "") + bool(one) + (several or "").count("prime") + int(order or 0)
            self.emit(letter + PRIME * count, start, self.place)
        elif spelled := _SPELLED_OUT.match(self.source, start, self.stop):
            self.spelled_out(spelled)
        elif called := _CALLED.match(self.source, start, self.stop):
            self.called(called)
        elif character.isalpha() and character.isascii():
            self.letter()
        elif character in GREEK:
            self.place += 1
            self.emit(GREEK[character] + self.index(), start, self.place)
        elif character in _PLAIN or character == "|":
            self.place += 1
            self.emit("==" if character == "=" and self.cases else character, start, self.place)
        elif not character.isascii():
            found = tokens_at(self.source, start, self.spaced)
            self.tokens += found
            self.place, self.spaced = found[-1].end, False
        else:
            advice = "name x_1 with its index" if character == "_" else None
            raise self.error(f"'{character}' cannot stand here", start, start + 1, advice)

    def differential(self, start: int, shown: str, end: int) -> ExpressionError:
        hint = rf"leave it out, or write d \cdot {shown[1:]}"
        return self.error(f"{shown} is a differential, or a product", start, end, hint)

    def called(self, found: re.Match[str]) -> None:
        """erf{x}, floor(x): nobody means a product of letters by a function's name before brackets."""
        start, word = found.start(), found[0]
        names = [word[place:] for place in range(len(word) - 2)]
        known = next((each for each in names if catalogue.known(each) or shorthands.known(each)), "")
        if known == word:
            self.place = found.end()
            self.emit(word, start, self.place)
        elif known and not _SPELLED_OUT.match(known):  # which stand where they begin
            hint = f"write {word.removesuffix(known)} {known}, or its letters with spaces between them"
            raise self.error(f"{word} is a product of letters in LaTeX", start, found.end(), hint)
        else:
            self.letter()

    def letter(self) -> None:
        start = self.place
        if differential := _DIFFERENTIAL.match(self.source, start, self.stop):
            raise self.differential(start, differential[0], differential.end())
        self.place += 1
        self.emit(self.source[start] + self.index(), start, self.place)

    def spelled_out(self, spelled: re.Match[str]) -> None:
        r"""A name without its backslash: before an argument a function's is one; others may be products of letters."""
        start, end, word = spelled.start(), spelled.end(), spelled.group()
        follows = self.source[end : min(end + 1, self.stop)]
        hint = f"write \\{word}, or its letters with spaces between them"
        if spelled["command"]:
            if len(word) == 2 and word != "pi" and self.source[start - 1 : start].isalpha():
                return self.letter()  # mnu is m*n*u
        elif spelled["word"]:
            hint = f"write \\text{{{word}}}"
        elif spelled["bracketed"] and self.source[end : self.stop].lstrip()[:1] not in ("(", "{"):
            return self.letter()
        elif follows.isalnum():
            hint = f"write \\{word} {follows}, or its letters with spaces between them"
        elif spelled["function"] and word[0] == "a" and not word.startswith("ar"):
            hint = f"write \\arc{word[1:]} or a\\{word[1:]}"
        elif catalogue.known(word) and _ARGUMENT.match(self.source, end, self.stop):
            self.place = end
            if word == "sqrt":
                return self.root(start)
            return self.logarithm(start) if word == "log" else self.emit(word, start, end)
        raise self.error(f"{word} is a product of letters in LaTeX", start, end, hint)

    def group(self) -> None:
        """{...} as a bracket."""
        start = self.place
        if font := _OLD_FONT.match(self.source, start, self.stop):
            self.place = font.end()
            self.named(font[1], start)
            return
        if scientific := _SCIENTIFIC.match(self.source, start, self.stop):
            self.place = scientific.end()
            self.emit(f"{scientific[1]}e{scientific[2]}", start, self.place)
            return
        self.place += 1
        if self.cases and (wrapped := _WRAPPED.match(self.source, start, self.stop)):  # {\text{if }}
            self.place = wrapped.end()
            self.of_command()
            self.place += 1
            return
        self.refuse_fractional_part(start)
        self.emit("(", start, self.place)
        inner = len(self.tokens)
        self.until(lambda: self.source[self.place] == "}", start, "{")
        self.divide(inner)
        self.place += 1
        self.emit(")", self.place - 1, self.place)

    def refuse_fractional_part(self, start: int) -> None:
        """{x} in plain text: brackets that nobody needs, or what x has behind its whole number."""
        found = _FRACTIONAL.match(self.source, start, self.stop)
        alone = not self.tokens or self.tokens[-1].text in ("+", "-", "*", "(")
        if found and alone and not {*"\\$"} & {*self.source}:
            message = f"{found[0]} has two readings"
            raise self.two_readings(message, start, found.end(), f"write frac({found[1]}) or ({found[1]})")

    def divide(self, start: int) -> None:
        r"""{x \over 2}: all of a group, before and behind."""
        if not self.divided or self.divided[-1][0] < start:
            return
        middle, name = self.divided.pop()
        place = self.place
        before, behind = self.tokens[start:middle], self.tokens[middle:]
        del self.tokens[start:]
        if name == "choose":
            self.emit("binomial", place)
        self.emit("(", place)
        self.tokens += before
        for text in (",",) if name == "choose" else (")", "/", "("):
            self.emit(text, place)
        self.tokens += behind
        self.emit(")", place)

    def argument(self) -> None:
        """What a command takes: a group, a bracket, a command, or one character."""
        self.skip()
        if self.place >= self.stop:
            raise self.error("something is missing here", self.stop, self.stop)
        if self.source[self.place] == "{":
            self.group()
            return
        start = self.place
        self.emit("(", start)
        if self.source[start].isdigit():
            self.place += 1
            self.emit(self.source[start], start, self.place)
        else:
            self.operand()
        self.emit(")", self.place)

    def power(self) -> None:
        """^: of a function's name a plain number stays one, so that sin^-1 is refused as it is in text."""
        start = self.place
        self.place += 1
        if circle := re.compile(r"\s*(?:\{\s*\\circ\s*\}|\\circ(?![a-z])|\\degree)").match(
            self.source, self.place
        ):
            self.place = circle.end()
            self.emit("°", start, self.place)
            return
        before = self.tokens[-1] if self.tokens else None
        self.emit("**", start, self.place)
        signed = re.compile(r"\s*\{\s*-\s*([0-9]+)\s*\}").match(self.source, self.place)
        if signed and before is not None and before.text in _COMMANDS.values():
            self.emit("-", signed.start(1) - 1, signed.start(1))
            self.emit(signed[1], signed.start(1), signed.end(1))
            self.place = signed.end()
            return
        if longer := re.compile(r"\s*([0-9](?:\.?[0-9])+|-)").match(self.source, self.place, self.stop):
            raise self.error(
                "^ takes one character: braces hold more", start, longer.end(),
                f"write ^{{{longer[1]}}}" if longer[1] != "-" else "write ^{-...}",
            )  # fmt: skip
        exponent = self.place
        self.argument()
        self.refuse_second(start, self.source[exponent : self.place].strip())
        if (
            before is not None
            and before.kind == "word"
            and "_" not in before.text
            and (index := self.index())
        ):
            place = len(self.tokens) - 1 - self.tokens[::-1].index(before)
            self.tokens[place] = replace(before, text=_indexed(before.text, index))
            self.refuse_second(start, self.source[exponent : self.place].strip())

    def refuse_second(self, start: int, first: str) -> None:
        """x^{2}^{3}, and x^1/2, whose exponent of 1 would be for nothing."""
        if second := re.compile(r"\s*\^\s*(\{[^{}]*\}|\\[A-Za-z]+|.)").match(
            self.source, self.place, self.stop
        ):
            inner = first.strip("{}")
            hint = (
                f"write ^{{{inner}^{second[1]}}}, or a bracket around what {second[0].strip()} is a power of"
            )
            raise self.two_readings("a second exponent stands here", start, second.end(), hint)
        if first == "1" and (over := re.compile(r"/\s*(\w)").match(self.source, self.place, self.stop)):
            hint = f"write ^{{1/{over[1]}}} or ^{{1}}/{over[1]}"
            raise self.two_readings("the exponent may go on", start, over.end(), hint)

    def index(self) -> str:
        r"""The index of a name: x_{max} and x_{\text{max}} are x_max, x_{1,max} is x1_max, and x_{{1}} x1."""
        match = _INDEX.match(self.source, self.place, self.stop)
        if match is None:
            return ""
        self.place = match.end()
        if match["glued"]:
            return match["glued"]
        first, _, second = (match[2] or match[3] or match[4]).replace(" ", "").partition(",")
        return f"{first}_{second}" if second else f"_{first}"

    def element(self) -> None:
        """{x}_{0}: an element."""
        self.place += 1
        inner = len(self.tokens)
        self.argument()
        opened, closed = self.tokens[inner], self.tokens[-1]
        self.tokens[inner] = Token("operator", "[", opened.start, opened.end, False)
        self.tokens[-1] = Token("operator", "]", closed.start, closed.end, False)

    def of_command(self) -> None:
        match = self.command()
        if match is None:
            raise self.error("a backslash ends the expression", self.place, self.stop)
        start, name = self.place, match[1]
        self.place = match.end()
        if _SIZES.match(name):
            self.delimiter(start, name)
        elif name in ("frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac"):
            self.fraction(start)
        elif name == "sqrt":
            self.root(start)
        elif name == "root":
            self.root(start, r"\of")
        elif name == "mathop":
            self.mathop(start)
        elif name in ("over", "choose"):
            self.divided.append((len(self.tokens), name))
        elif name in ("binom", "dbinom", "tbinom"):
            self.emit("binomial", start, self.place)
            self.emit("(", self.place)
            self.argument()
            self.emit(",", self.place)
            self.argument()
            self.emit(")", self.place)
        elif name in _WORDS:
            self.word(start)
        elif name == "log":
            self.logarithm(start)
        elif name in _COMMANDS:
            self.emit(_COMMANDS[name], start, self.place)
        elif name == "gamma" and (euler := _EULER_GAMMA.match(self.source, self.place, self.stop)):
            self.place = euler.end()
            self.emit("EulerGamma", start, self.place)
        elif name in _GREEK:
            self.emit(_GREEK[name] + self.index(), start, self.place)
        elif ((row := catalogue.find(name, 1)) and not row.array) or shorthands.takes(
            name, 1
        ):  # \sech of a package
            self.emit(name, start, self.place)
            self.place += self.source.startswith("*", self.place)  # \abs*{x}
        elif name in _OPERATORS:
            for part in re.findall(r"[a-z]+|[^a-z]+", _OPERATORS[name]):
                self.emit(part, start, self.place)
        elif name == "\\" and self.cases:
            self.next_case(start)
        elif name == "begin":
            self.environment(start)
        elif name == "|":
            raise self.error(
                r"\| needs its side", start, self.place, r"write \left\| and \right\|, or \lVert \rVert"
            )
        else:
            raise self.error(
                f"\\{name} is not read here", start, self.place, _INSTEAD.get(name, "write it as plain text")
            )

    def fraction(self, start: int) -> None:
        if derivative := _DERIVATIVE.match(self.source, self.place, self.stop):
            raise self.error(
                "a derivative stands here", start, derivative.end(), "calcgrad diff computes derivatives"
            )
        self.emit("(", start, self.place)
        self.argument()
        self.emit("/", self.place)
        self.argument()
        self.emit(")", self.place)

    def next_case(self, start: int) -> None:
        r"""\\ between two cases, with the space that may be asked for after it; the last may end with one."""
        if sized := _ROW_SPACE.match(self.source, self.place):
            self.place = sized.end()
        if not _ROWS_END.match(self.source, self.place):
            for text in (")", ",", "("):
                self.emit(text, start, self.place)

    def delimiter(self, start: int, size: str) -> None:
        r"""What follows \left, \right, \big."""
        self.skip()
        if size == "left" and (cases := _CASES.match(self.source, self.place, self.stop)):
            self.place = cases.start(1)
            self.environment(start, r"\s*\\right\s*\.")
            return
        if size in ("big", "Big", "bigg", "Bigg", "middle") and self.rest().startswith("|"):
            self.item()  # which of both sides it is, the parser finds
            return
        closing = size.endswith(("right", "r"))
        for shown, function in ((r"\|", "norm"), (r"\Vert", "norm"), ("|", "abs"), (r"\vert", "abs")):
            if self.rest().startswith(shown):
                self.place += len(shown)
                if not closing:
                    self.emit(function, start, self.place)
                self.emit(")" if closing else "(", start, self.place)
                return
        if self.rest()[:1] not in ("(", ")", "[", "]", "\\"):
            raise self.error(f"no bracket follows \\{size}", start, self.place)
        self.item()

    def mathop(self, start: int) -> None:
        r"""\mathop{\mathrm{sgn}}: the one thing in it."""
        self.skip()
        braced = self.source.startswith("{", self.place)
        self.place += braced
        self.skip()
        self.item()
        self.skip()
        if braced and not self.source.startswith("}", self.place):
            raise self.error("'\\mathop{' is never closed", start, self.place)
        self.place += braced

    def root(self, start: int, end: str = "]") -> None:
        r"""\sqrt{x}, \sqrt[3]{x}, \root 3 \of x."""
        degree: list[Token] | None = None
        self.skip()
        if end != "]" or self.source.startswith("[", self.place):
            opened, before = self.place, len(self.tokens)
            self.place += end == "]"
            self.until(lambda: self.rest().startswith(end), opened, self.source[opened])
            self.place += len(end)
            degree = self.tokens[before:]
            if len(degree) == 3 and degree[0].text == "(":  # {3}
                degree = degree[1:2]
            del self.tokens[before:]
        cube = degree is not None and [t.text for t in degree] == ["3"]
        self.emit("sqrt" if degree is None else "cbrt" if cube else "root", start, self.place)
        if degree is None or cube:
            self.argument()
            return
        self.emit("(", self.place)
        self.argument()
        self.emit(",", self.place)
        self.tokens += degree
        self.emit(")", self.place)

    def word(self, start: int) -> None:
        r"""\mathrm{max}, \mathrm e, \text{otherwise}."""
        if self.cases and (said := _BRACED.match(self.source, self.place, self.stop)) and self.words(said):
            return
        match = re.compile(r"\*?\s*(?:\{\s*([A-Za-z][A-Za-z0-9_\\]*)\s*\}|([A-Za-z]))").match(
            self.source, self.place, self.stop
        )
        if match is None:
            raise self.error("a word in braces must follow", start, self.place)
        self.place = match.end()
        row = catalogue.ROWS.get(_OPERATORS_OF_A_LETTER.get(match[1] or match[2], ""))
        if row is not None and self.source.startswith("\\operatorname", start):
            self.of_a_letter(row, start)
            return
        if "d" in (match[1], match[2]) and self.rest()[:1].isalpha():
            raise self.differential(start, f"d{self.rest()[0]}", self.place + 1)
        self.named((match[1] or match[2]).replace("\\_", "_"), start)

    def of_a_letter(self, row: catalogue.Row, start: int) -> None:
        r"""\operatorname{B}(x, y), \operatorname{J}_{n}(x)."""
        indexed = "_" in row.latex
        if indexed != self.source.startswith("_", self.place):
            hint = row.latex.replace("#1", "n").replace("#2", "x")
            raise self.error(
                "this is no function here", start, self.place, f"write {hint}" if indexed else None
            )
        self.emit(row.name, start, self.place)
        if not indexed:
            return
        self.place += 1
        self.emit("(", start, self.place)
        self.argument()
        self.emit(",", self.place)
        self.skip()
        if not _ENCLOSED.match(self.rest()):
            raise self.error("brackets must follow", self.place, self.place)
        self.operand()
        self.emit(")", self.place)

    def named(self, name: str, start: int) -> None:
        self.emit(name + self.index(), start, self.place)

    def words(self, said: re.Match[str]) -> bool:
        r"""\text{if $x < 0$}, in cases: what joins conditions, what says nothing; False where it is something else."""
        pieces = said[1].split("$")
        phrases = [re.sub(r"[\s~.,;:]+", " ", piece).strip().lower() for piece in pieces[::2]]
        if not all(each in _SAID or set(each.split()) <= _SILENT | _JOINED for each in phrases):
            return False
        stop, place = self.stop, said.start(1)
        for index, piece in enumerate(pieces):
            self.place, self.stop = place, place + len(piece)
            place = self.stop + 1
            if index % 2:
                self.between(self.place)
                self.part()
            elif phrase := phrases[index // 2]:
                self.between(self.place)
                for each in [phrase] if phrase in _SAID else phrase.split():
                    if each in _SAID:
                        self.emit(_SAID[each], self.place, self.stop)
        self.place, self.stop = said.end(), stop
        return True

    def between(self, place: int) -> bool:
        """The comma between a case and its condition; False where it is there."""
        depth = 0
        for token in reversed(self.tokens):
            depth += (token.text in (")", "]")) - (token.text in ("(", "["))
            if depth < 0 and _OPENS.match(self.source, token.start):
                return True  # in a bracket of the condition
            if depth < 0:
                break
            if token.text == "," and not depth:
                return False
        self.emit(",", place)
        return True

    def logarithm(self, start: int) -> None:
        r"""\log x, \log_2 x, \log_b(x), \log\Gamma(x)."""
        end = self.place
        self.skip()
        if self.rest().startswith(r"\Gamma"):
            self.place += len(r"\Gamma")
            self.emit("loggamma", start, self.place)
            return
        if not self.source.startswith("_", self.place):
            self.emit("log", start, end)
            return
        self.place += 1
        before = len(self.tokens)
        self.argument()
        base = self.tokens[before + 1 : -1]
        del self.tokens[before:]
        if len(base) == 1 and shorthands.known(f"log_{base[0].text}"):
            self.emit(_indexed("log", base[0].text), start, self.place)
            return
        self.emit("log", start, self.place)
        self.emit("(", self.place)
        self.skip()
        bare = not _ENCLOSED.match(self.rest())
        self.operand()
        if bare and self.source.startswith("^", self.place):
            self.power()
        self.skip()
        if bare and self.place < self.stop and not _ENDS_ARGUMENT.match(self.rest()):
            raise self.two_readings(
                "the argument of this logarithm may go on", start, self.place + 1,
                r"write a bracket around it, or \cdot behind it",
            )  # fmt: skip
        self.emit(",", self.place)
        self.tokens += base
        self.emit(")", self.place)

    def operand(self) -> None:
        """A bracket, or one thing."""
        opened, before = self.place, len(self.tokens)
        if self.place >= self.stop:
            raise self.error("something is missing here", self.stop, self.stop)
        self.item()
        if len(self.tokens) == before:  # the end of a cell, or a word that says nothing
            raise self.error("something is missing here", opened, opened)

        def closed() -> bool:
            texts = [t.text for t in self.tokens[before:]]
            if texts[0] == "|":
                return texts.count("|") == 2
            return sum(t in ("(", "[") for t in texts) <= sum(t in (")", "]") for t in texts)

        while not closed():
            self.skip()
            if self.place >= self.stop:
                raise self.error("this bracket is never closed", opened, opened + 1)
            self.item()

    def environment(self, start: int, after: str = "") -> None:
        """Cases, by their own name or in a brace that \\left opened: a pair of Piecewise in each row."""
        match = re.compile(r"\\begin\s*\{([a-z]+\*?)\}(?:\{[^{}]*\})?").match(
            self.source, start if not after else self.place
        )
        if match is None or (not after and match[1].strip("*") not in ("cases", "dcases", "rcases")):
            raise self.error("only cases are read here", start, self.place)
        self.place = match.end()
        for text in ("Piecewise", "(", "("):
            self.emit(text, start, self.place)
        self.cases += 1
        self.until(lambda: self.rest().startswith("\\end"), start, r"\begin")
        self.cases -= 1
        end = re.compile(rf"\\end\s*\{{{re.escape(match[1])}\}}{after}").match(self.source, self.place)
        if end is None:
            shown = rf"\end{{{match[1]}}}" + r" \right." * bool(after)
            raise self.error(f"{shown} must stand here", self.place, self.place + 4)
        for text in (")", ")"):
            self.emit(text, self.place, end.end())
        self.place = end.end()


def _indexed(word: str, index: str) -> str:
    """x_1, and of a logarithm its base: log2, log_3, log_b."""
    index = index.removeprefix("_")
    return f"log{index}" if word == "log" and index in ("2", "10") else f"{word}_{index}"
