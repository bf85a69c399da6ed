r"""What people write before an expression: y = ..., f'(x) = ..., dy/dx = ..., what calcgrad prints, d/dx, lim x->0.

labelled("f(x) = 3*x^2")                  # start=6, stop=12: where the expression stands
labelled("d/dx sin x").by                 # ("x",): what diff does
labelled(r"\lim_{x \to 0^+} \ln x").to    # ("x", "0+"): what limit does
labelled("d^2y/dt^2 = 6t").order          # 2, and ``of`` is ("t", "t"): what the label calls it
labelled("f'(2) = 4").places              # ("2",): what check compares there alone
labelled("(x^2)' = 2x").subject           # (1, 4): where the function stands that it is the derivative of
labelled("d(x^2)/dx").by                  # ("x",), of the x^2 between start=2 and stop=5

What stands around all of it and says nothing comes off too: quotes, dollar signs, \boxed{}, an environment.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

from calcgrad.expression import catalogue
from calcgrad.expression.latex_scanner import is_latex
from calcgrad.expression.scanner import MAX_CHARACTERS, plain_text
from calcgrad.expression.tree import GREEK

NTH = -1  # the order that f^(n)(x) names
_PLAIN = "[fghrsuvwyzFGHUVWYZS]"  # stand alone before an equals sign
_CAPITAL = "[A-WYZ]"
_WORDS = {*GREEK.values(), "lambda", "varphi", "vartheta", "varepsilon", "varrho"} - {"pi"}
_GREEK = (
    rf"[{''.join(letter for letter in GREEK if letter != 'π')}]|\\(?:{'|'.join(sorted(_WORDS))})(?![A-Za-z])"
)
_LETTER = rf"(?:[A-Za-z]|{_GREEK})"
_LEFT, _RIGHT = (rf"(?:\\{word}\s*|\\[bB]igg?{word[0]}?\s*)?" for word in ("left", "right"))
_ARGUMENTS = rf"(?:\\[!,])?\s*{_LEFT}\(\s*{_LETTER}\w*(?:\s*,\s*{_LETTER}\w*)*\s*{_RIGHT}\)"
_PRIMES = r"(?:['′’″‴⁗ʹ´`\"]+|⁽[⁰¹²³⁴-⁹]{1,4}⁾|\^\s*\{?\s*\([0-9]{1,4}\)\s*\}?|\^\s*\{?\s*(?:\\prime\s*)+\}?)"
_NTH = r"\^\s*\{?\s*\(\s*[jkmn]\s*\)\s*\}?"  # of an order that is not said
_EQUALS = r"(?:&\s*)?(?::=|\\coloneqq(?![a-z])|≔|=(?!=))(?:\s*&)?"
_POWER = r"\^?\s*(?:\{\s*)?[2-9²³⁴-⁹](?:\s*\})?"
_D = r"(?:d|∂|\\partial|\\(?:mathrm|operatorname|text)\s*(?:\{\s*d\s*\}|d))\s*"
# f = ..., f(x) = ..., f'(x) = ..., f^(4)(x) = ...
_FUNCTION = rf"""(?P<name>(?P<letter>{_LETTER})[0-9]?(?:\s*_\s*(?:\{{[^{{}}=]*\}}|[A-Za-z0-9]+))?)\s*
    (?:(?P<primes>{_PRIMES}|{_NTH}(?={_ARGUMENTS}))(?:\s*_\s*(?:\{{(?P<subs>[^{{}}=]*)\}}|(?P<sub>[A-Za-z]{{1,4}}|{_LETTER})))?)?
    \s*(?P<arguments>{_ARGUMENTS})?"""
# dy/dx, d^2y/dx^2, d/dx, \frac{{d}}{{dx}}, \frac{{\partial^2 f}}{{\partial x\,\partial y}}
_QUOTIENT = rf"""(?:(?P<wrapped>[{{(]\s*)?
    (?P<fraction>\\[cdt]?frac\s*\{{\s*)?{_D}(?P<order>{_POWER})?\s*(?P<top>{_LETTER}?)\s*
    (?:{_ARGUMENTS})?\s*(?:(?<!\\)/\s*(?=d|∂|\\)|\}}\s*\{{\s*(?=.))
    (?P<below>(?:{_D}{_LETTER}\s*(?:{_POWER})?(?:\s|\\[,!;])*)+?)(?(fraction)\s*\}})(?(wrapped)\s*[)}}]))"""
# \dv{y}{x}, \dv[2]{x}, \pdv{f}{x}{y} of LaTeX packages
_PACKAGED = r"""(?x)\\(?:[do]?dv|pdv)\*?\s*(?:\[\s*(?P<degree>[0-9]{1,4})\s*\]\s*)?
    \{(?P<first>(?:[^{}]|\{[^{}]*\})*)\}(?:\s*\{(?P<second>[^{}]*)\}(?:\s*\{(?P<third>[^{}]*)\})?)?\s*"""
_DOTTED = {
    unicodedata.normalize("NFC", letter + mark): order
    for order, mark in ((1, "\u0307"), (2, "\u0308"))
    for letter in "qrsuvwxyzθφ"
}
_DOTS = rf"""(?:\\(?P<dots>d{{0,2}}dot)\s*(?:\{{\s*{_LETTER}\s*\}}|{_LETTER})|(?P<dotted>{"|".join(_DOTTED)}))
    \s*(?:{_ARGUMENTS})?"""
_INDEXED = rf"""(?:\\partial|∂|D)\s*_\s*(?:\{{\s*(?P<one>{_LETTER}+)\s*\}}|(?P<other>{_LETTER}))\s*
    {_LETTER}\s*(?:{_ARGUMENTS})?"""
# Df, D f(x), D^2 f(x)
_CAPITAL_D = rf"""(?:D|\\(?:mathrm|operatorname)\s*\{{\s*D\s*\}})(?P<times>{_POWER})?
    (?:\s*(?P<derived>[fghuvwyFGH])\s*{_ARGUMENTS}|(?P<glued>[fghuvwyFGH]))"""
# Patterns are compiled when they are first asked: most expressions have no label, and these take 20 ms.
_LABEL = rf"(?x)(?:(?:{_FUNCTION}|{_QUOTIENT}(?P<of>[^=]*?)|{_DOTS}|{_INDEXED}|{_CAPITAL_D})\s*)?{_EQUALS}"
_BAR = (
    r"(?:(?:\\right|\\[bB]igg?r?)?\s*\|\s*_?|\bat\b)\s*"
    r"(?:\{(?P<braced>(?:[^{}]|\{[^{}]*\})*)\}|(?P<bare>[^\W\d]\w*\s*=\s*[^\s=|,{}]+))"
)
_AT_A_PLACE = rf"{_BAR}\s*{_EQUALS}"  # |_{x=3} =
_ENDED = rf"(?={_EQUALS}|{re.sub('[?]P<[a-z]+>', '?:', _AT_A_PLACE)})"
_OPENED = rf"{_LEFT}(?=[(\[])"
# what a derivative is taken of: (x^2)', sin(x)', |x|', d(x^2)/dx, \frac{{d x^2}}{{dx}}, D(x^2), diff(x^2, x)
_WHOLE = rf"(?:\\?[A-Za-z]{{2,}}\s*)?{_OPENED}"
_MODULUS = r"\|[^|=]+\|"
_ITS_PRIMES = rf"\s*(?P<primes>{_PRIMES})\s*{_ENDED}"
# sin'(x)
_WORD = rf"\\?(?P<word>[A-Za-z]{{2,}}[0-9]*)\s*(?P<primes>{_PRIMES})\s*(?:{_ARGUMENTS}|{_LETTER}(?!\w))\s*{_ENDED}"
_DX = rf"(?P<below>{_D}{_LETTER}\s*(?:{_POWER})?)"
_OVER = rf"{_D}(?P<order>{_POWER})?\s*(?P<subject>[^=]+?)\s*/\s*{_DX}\s*(?:$|{_ENDED})"
_ABOVE = rf"\\[cdt]?frac\s*\{{\s*{_D}(?P<order>{_POWER})?\s*"
_UNDER = rf"\s*\{{\s*{_DX}\s*\}}\s*"
_CALL = rf"(?:[Dd](?:iff|erivative)|D(?:_?(?P<letter>[a-z])|_\{{(?P<braced>[a-z])\}})?)\s*{_OPENED}"
_OPERATOR = rf"(?x){_QUOTIENT}(?(fraction)|(?(wrapped)|(?=[\s(\[{{\\])))\s*"
_HEAD = rf"(?x)(?:\\left\s*\.\s*)?(?:{_QUOTIENT}|{_FUNCTION})\s*"
_PLACED = re.compile(r"^[^|]*(?:\|[^|]*\|[^|]*)*\|[^|]*$|\b(?:at|when|where|for|if|with)\b")
_EQUALED = rf"\s*{_EQUALS}"
_BELOW = rf"{_D}(?P<by>{_LETTER})\s*(?P<order>{_POWER})?"
_CALLED = rf"(?:{_LETTER}\s*(?::|\\colon(?![a-z]))\s*)"
_MAPS = (
    rf"{_CALLED}?{_LETTER}\s*(?:↦|\|->|\\(?:long)?mapsto(?![a-z]))\s*"
    # x->0 is where a limit goes: what x is mapped to holds it in its first word
    rf"|{_CALLED}?(?P<name>{_LETTER})\s*(?:->|→|⟶|\\(?:to|(?:long)?rightarrow)(?![a-z]))\s*(?=\S*(?P=name))"
)
_PLACE = r"(?P<name>[^\W\d]\w*|\\[A-Za-z]+)\s*(?:->|→|⟶|\\to(?![a-z])|\\(?:long)?rightarrow)\s*"
_LIMIT = (
    rf"\\?lim(?:\s*\\limits)?\s*_\s*\{{\s*{_PLACE}(?P<latex>(?:[^{{}}]|\{{[^{{}}]*\}})*)\}}"
    rf"|lim\s*(?:_?\(\s*{_PLACE.replace('<name>', '<inner>')}(?P<bracketed>[^()]+)\)"
    rf"|_?\s*{_PLACE.replace('<name>', '<bare>')}(?P<plain>[^\s(]+))"
)
_SIDE = r"\s*\^\s*(?:\{\s*([+-])\s*\}|([+-]))\s*$"
_VALUE = r"=\s*[+-]?[0-9.]+(?:e[+-]?[0-9]+)?$"
_UNSAID = r"\\(?:(?:label|tag)\*?\s*\{[^{}]*\}|(?:nonumber|notag)(?![A-Za-z]))"
_BLANK = rf"(?:{_UNSAID}|\s|\$|&|\\[(\[,;:! ]|\\q?quad(?![a-z])|\\(?:display|text)style(?![a-z]))*"
_ENVIRONMENT = (
    r"\\begin\s*\{(?P<name>"
    r"(?:equation|eqnarray|align(?:ed)?|gather(?:ed)?|split|multline|displaymath|math)\*?)\}"
)
_BRACES = r"(?:\\(?:boxed|fbox)\s*)?(?=\{)"
# One of these stands in whatever is a label, goes before an expression or around it; but for d/dx.
_QUOTES = ('"', "'", "`")
_MARKS = (
    *_QUOTES,
    "=",
    "diff(",
    "D[",
    "erivative(",
    "≔",
    "->",
    "→",
    "⟶",
    "↦",
    "lim",
    "∂",
    "\\",
    "{",
    "$",
    "&",
)
_ENDS = ("\\\\", "\\)", "\\]", "\\,", "\\;", "\\!", "\\:")


class _Said(NamedTuple):
    """A label: where it ends, the order of the derivative that it names, by what, at which places, the function's
    name, or where the expression stands that it is a derivative of."""

    end: int
    order: int = 0
    of: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    name: str = ""
    subject: tuple[int, int] | None = None


class Label(NamedTuple):
    """Where the expression behind a label begins and ends.

    ``order`` is that of the derivative that the label calls it, 0 for none, and ``of`` its variables, where it
    names them. ``by`` are the variables of d/dx before the expression, in turn, and ``to`` is the variable of lim with
    where it goes. ``places`` is what a derivative is called a function or the value of: x in f'(x), 2 in f'(2).
    """

    start: int
    stop: int
    order: int = 0
    of: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    to: tuple[str, str] | None = None
    said: str = ""  # the label itself
    places: tuple[str, ...] = ()
    name: str = ""  # f of f'(x), y of dy/dx
    subject: tuple[int, int] | None = None  # where in the label what it is the derivative of is written out

    @property
    def is_whole(self) -> bool:
        """Is all of it the derivative of an expression, as d(x^2)/dx is?"""
        return bool(self.by) and self.subject == (self.start, self.stop)


def labelled(source: str, names: Collection[str] = ()) -> Label:
    """``names`` are variables: what begins with one of them and ``=`` is an equation, and no label."""
    if len(source) > MAX_CHARACTERS:  # which the reader refuses
        return Label(0, len(source))
    typed, source = source, plain_text(source)
    if not any(mark in source for mark in _MARKS) and not ("/" in source and "d" in source):
        stop = len(source.rstrip())
        return Label(len(source) - len(source.lstrip()) if stop else stop, stop)
    partners = _partners(source)
    order, of, said, places = 0, tuple[str, ...](), "", tuple[str, ...]()
    start, stop = _peeled(source, 0, len(source), partners)
    name, subject = "", None
    while label := _label(source, start, stop, names, partners):
        if label.order or label.of:
            _, order, of, places, name, subject = label
        said = typed[start : label.end].strip()
        start, stop = _peeled(source, label.end, stop, partners)
    if said and not order and (value := re.compile(_VALUE).search(source, start, stop)):
        stop = value.start()
    if limit := re.compile(_LIMIT).match(source, start, stop):
        groups = limit.groupdict()
        place = groups["latex"] or groups["bracketed"] or groups["plain"]
        name = (limit["name"] or groups["inner"] or groups["bare"]).removeprefix("\\")
        to = name, re.compile(_SIDE).sub(lambda m: m[1] or m[2], place)
        return Label(limit.end(), stop, order, of, (), to, said, places, name)
    by: tuple[str, ...] = ()
    if "d" not in names:
        if operator := _operator(source, start, stop):
            start, by = operator
            start, stop = _unbracketed(source, start, stop, partners)
        elif (
            (whole := _derived(source, start, stop, partners))
            and whole.end == stop
            and whole.of
            and whole.subject
        ):
            (start, stop), by, subject = whole.subject, whole.of, whole.subject
    return Label(start, stop, order, of, by, None, said, places, name, subject)


def _operator(source: str, start: int, stop: int) -> tuple[int, tuple[str, ...]] | None:
    """Where d/dx ends, and its variables."""
    if (found := re.compile(_OPERATOR).match(source, start, stop)) and not found["top"]:
        return found.end(), _variables(found["below"], found["order"])
    if (found := re.compile(_PACKAGED).match(source, start, stop)) and found["second"] is None:
        return found.end(), (_name(found["first"].strip()),) * int(found["degree"] or 1)
    return None


def _unbracketed(source: str, start: int, stop: int, partners: dict[int, int]) -> tuple[int, int]:
    """x^2 of [x^2]."""
    opened = re.compile(rf"\s*{_LEFT}(?=\[)").match(source, start, stop)
    if opened and partners.get(opened.end()) == len(source[:stop].rstrip()) - 1:
        return opened.end() + 1, len(re.sub(rf"{_RIGHT}\]\s*$", "", source[:stop]))
    return start, stop


def _label(
    source: str, start: int, stop: int, names: Collection[str], partners: dict[int, int]
) -> _Said | None:
    """The label that begins at ``start``."""
    if placed := _with_place(source, start, stop, names, partners):
        return placed
    if (found := re.compile(_LABEL).match(source, start, stop)) and (
        not found["name"] or _is_label(found, source[:stop], names)
    ):
        if found["below"] and _PLACED.search(found["of"] or ""):  # d/dx(x^2)|x=3: the sign is that of a place
            return None
        if found["below"]:
            by = _variables(found["below"], found["order"])
            subject = None if found["top"] else _subject(source, *found.span("of"), partners, by)
            return _Said(found.end(), len(by), by, (), _name(found["top"]), subject)
        if index := found["one"] or found["other"]:
            by = tuple(map(_name, re.findall(_LETTER, index)))
            return _Said(found.end(), len(by), by)
        if name := found["derived"] or found["glued"]:
            return _Said(found.end(), _order(found["times"]), (), (), name)
        order = _primes(found["primes"] or "") + len(found["dots"] or "") - 2 * bool(found["dots"])
        return _Said(
            found.end(),
            order + _DOTTED.get(found["dotted"], 0),
            tuple(map(_name, re.findall(_LETTER, found["subs"] or found["sub"] or _index(found["name"])))),
            _parts(
                re.sub(r"\\(?:left|right|[bB]igg?[lr]?|[!,])(?![a-z])|[()]", " ", found["arguments"] or "")
            ),
            _name(found["letter"] or ""),
        )
    if found := re.compile(_MAPS).match(source, start, stop):
        return _Said(found.end())
    if (
        (found := re.compile(_PACKAGED).match(source, start, stop))
        and found["second"] is None
        and (equals := re.compile(_EQUALS).search(source, found.end(), stop))
    ):
        by = (_name(found["first"].strip()),) * int(found["degree"] or 1)
        subject = _subject(source, found.end(), equals.start(), partners, by)
        return _Said(equals.end(), len(by), by, (), "", subject)
    if (said := _derived(source, start, stop, partners)) and (
        equals := re.compile(_EQUALED).match(source, said.end, stop)
    ):
        return said._replace(end=equals.end())
    return None


def _derived(source: str, start: int, stop: int, partners: dict[int, int]) -> _Said | None:
    """The derivative of an expression, written out: (x^2)' before an equals sign, d(x^2)/dx, D(x^2), diff(x^2, x)."""
    found: re.Match[str] | None
    if found := re.compile(_PACKAGED).match(source, start, stop):
        if found["second"] is None:
            return None
        by = tuple(
            _name(each.strip()) for each in f"{found['second']},{found['third'] or ''}".split(",") if each
        )
        by *= int(found["degree"] or 1) if len(by) == 1 else 1
        return _Said(found.end(), len(by), by, (), "", _subject(source, *found.span("first"), partners, by))
    if found := re.compile(_ABOVE).match(source, start, stop):
        closed = partners.get(source.index("{", start), stop)
        if under := re.compile(_UNDER).match(source, closed + 1, stop):
            by = _variables(under["below"], found["order"])
            return _Said(
                under.end(), len(by), by, (), "", _subject(source, found.end(), closed, partners, by)
            )
        return None
    if (found := re.compile(_OVER).match(source, start, stop)) and _is_term(found["subject"]):
        word = re.match("[A-Za-z]{2,}", found["subject"])
        if word is None or source[found.start("subject") - 1].isspace() or catalogue.known(word[0]):
            by = _variables(found["below"], found["order"])
            return _Said(
                found.end(), len(by), by, (), "", _subject(source, *found.span("subject"), partners, by)
            )
    if (found := re.compile(_CALL).match(source, start, stop)) and (closed := partners.get(found.end(), 0)):
        first, *more = _parts(re.sub(rf"{_RIGHT}$", "", source[found.end() + 1 : closed]))[:4] or ("",)
        begin = source.index(first, found.end() + 1)
        index = found["letter"] or found["braced"]
        count = int(more.pop()) if len(more) == 2 and more[1].isdigit() and len(more[1]) < 4 else 1
        by = tuple(map(_name, [index] if index else more)) * count
        if all(re.fullmatch(_LETTER, each) for each in by) and not (index and more):
            end = begin + len(first)
            return _Said(closed + 1, len(by) or 1, by, (), "", _subject(source, begin, end, partners, by))
    if (found := re.compile(_WORD).match(source, start, stop)) and catalogue.known(found["word"]):
        subject = start, len(source[: found.end()].rstrip())
        return _Said(found.end(), _primes(found["primes"]), (), (), "", subject)
    end = 0
    if found := re.compile(_WHOLE).match(source, start, stop):
        end = partners.get(found.end(), -1) + 1
    elif found := re.compile(_MODULUS).match(source, start, stop):
        end = found.end()
    if end and (primed := re.compile(_ITS_PRIMES).match(source, end, stop)):
        return _Said(
            primed.end(), _primes(primed["primes"]), (), (), "", _subject(source, start, end, partners)
        )
    return None


def _subject(
    source: str, start: int, stop: int, partners: dict[int, int], by: Collection[str] = ()
) -> tuple[int, int] | None:
    """Where the expression stands that a label calls the derivative of; None where it is the name of a function."""
    stop = len(source[:stop].rstrip())
    start = min(start + len(source[start:stop]) - len(source[start:stop].lstrip()), stop)
    start, stop = _unbracketed(source, start, stop, partners)
    named = re.compile(rf"(?x){_LETTER}[0-9]?\s*(?:{_ARGUMENTS})?").fullmatch(source, start, stop)
    return None if start == stop or (named and _name(source[start:stop]) not in by) else (start, stop)


def _is_term(written: str) -> bool:
    """Is there no sum and no quotient outside of brackets?"""
    depth = 0
    for place, character in enumerate(written):
        depth += (character in "([{") - (character in ")]}")
        if depth < 0 or (depth == 0 and character in "+-/" and place and written[place - 1] not in "^*(["):
            return False
    return depth == 0


def _with_place(
    source: str, start: int, stop: int, names: Collection[str], partners: dict[int, int]
) -> _Said | None:
    """The label that calls what follows the value of a derivative at a place, f'(2) = and dy/dx|_{x=2} =."""
    if written := _written_at_a_place(source, start, stop, partners):
        return written
    head = re.compile(_HEAD).match(source, start, stop)
    if head is None or not (head["primes"] or head["top"]):
        return None
    if bar := re.compile(_BAR).match(source, head.end(), stop):
        inside, end = bar["braced"] or bar["bare"] or "", bar.end()
    elif (opened := re.compile(_OPENED).match(source, head.end(), stop)) and source.startswith(
        "(", opened.end()
    ):
        end = partners.get(opened.end(), stop) + 1
        inside = re.sub(rf"{_RIGHT}$", "", source[opened.end() + 1 : end - 1])
    else:
        return None
    equals = re.compile(_EQUALED).match(source, end, stop)
    if equals is None or (head["name"] and not _is_label(head, source[:stop], names)):
        return None
    by = _variables(head["below"], head["order"]) if head["below"] else ()
    name = _name(head["top"] or head["letter"] or "")
    return _Said(equals.end(), len(by) or _primes(head["primes"]), by, _parts(inside), name)


def _written_at_a_place(source: str, start: int, stop: int, partners: dict[int, int]) -> _Said | None:
    """d/dx (x^2)|_{x=3} =, (x^2)'|_{x=3} =."""
    if "|" not in source and " at " not in source:
        return None
    if opened := re.compile(r"\\left\s*\.\s*").match(source, start, stop):
        start = opened.end()
    said = _derived(source, start, stop, partners)
    if (said is None or said.subject is None) and (operator := _operator(source, start, stop)):
        begin, by = operator
        if bar := re.compile(_AT_A_PLACE).search(source, begin, stop):
            said = _Said(bar.start(), len(by), by, (), "", _subject(source, begin, bar.start(), partners, by))
    if (
        said is None
        or said.subject is None
        or (bar := re.compile(rf"\s*{_AT_A_PLACE}").match(source, said.end, stop)) is None
    ):
        return None
    return said._replace(end=bar.end(), places=_parts(bar["braced"] or bar["bare"] or ""))


def _parts(inside: str) -> tuple[str, ...]:
    """What commas separate outside of brackets."""
    parts, depth = [""], 0
    for character in inside:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return tuple(part.strip() for part in parts) if inside.strip() else ()


def _partners(source: str) -> dict[int, int]:
    """Where each bracket or brace closes; those that LaTeX shows as signs count too."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for place, character in enumerate(source):
        if character in "([{":
            opened.append(place)
        elif character in ")]}" and opened:
            found[opened.pop()] = place
    return found


def _peeled(source: str, start: int, stop: int, partners: dict[int, int]) -> tuple[int, int]:
    """Without what stands around all of it and says nothing."""
    latex = is_latex(source)
    while True:
        before = start, stop
        if blank := re.compile(_BLANK).match(source, start, stop):
            start = blank.end()
        while stop > start and (source[stop - 1].isspace() or source[stop - 1] == "$"):
            stop -= 1
        if latex and (unsaid := re.compile(rf"{_UNSAID}$").search(source[:stop], start)):
            stop = unsaid.start()
        elif latex and source.endswith(_ENDS, start, stop):
            stop -= 2
        elif (
            latex and source.endswith((".", ",", ";"), start, stop) and source[stop - 6 : stop - 1] != "right"
        ):
            stop -= 1
        if stop - start > 2 and source[start] in _QUOTES and source[start] == source[stop - 1]:
            start, stop = start + 1, stop - 1
        if (opened := re.compile(_ENVIRONMENT).match(source, start, stop)) and (
            closed := re.search(rf"\\end\s*\{{{re.escape(opened['name'])}\}}$", source[:stop])
        ):
            start, stop = opened.end(), closed.start()
        elif (opened := re.compile(_BRACES).match(source, start, stop)) and partners.get(
            opened.end()
        ) == stop - 1:
            start, stop = opened.end() + 1, stop - 1
        if (start, stop) == before:
            return start, stop


def _primes(written: str) -> int:
    if digits := re.search("[0-9]+", unicodedata.normalize("NFKC", written)):
        return int(digits[0])
    if re.fullmatch(_NTH, written):
        return NTH
    return written.count("prime") or sum({"″": 2, "‴": 3, "⁗": 4, '"': 2}.get(each, 1) for each in written)


def _variables(below: str, over: str | None) -> tuple[str, ...]:
    """The variables of a derivative in turn, of what stands below and its order above: x, x of d^2/dx^2."""
    found = [(_name(each["by"]), _order(each["order"])) for each in re.compile(_BELOW).finditer(below)]
    if len(found) == 1:
        return (found[0][0],) * max(found[0][1], _order(over))
    return tuple(name for name, order in found for _ in range(order))


def _index(name: str | None) -> str:
    """x of f_x, which may be a derivative's."""
    found = re.fullmatch(rf"{_LETTER}_\{{?({_LETTER}+)\}}?", re.sub(r"\s", "", name or ""))
    return found[1] if found else ""


def _order(written: str | None) -> int:
    digit = re.search("[0-9²³⁴-⁹]", written or "1")
    return "⁰¹²³⁴⁵⁶⁷⁸⁹".index(digit[0]) if digit and digit[0] in "²³⁴⁵⁶⁷⁸⁹" else int(digit[0]) if digit else 1


def _name(written: str) -> str:
    return GREEK.get(written, written.removeprefix("\\"))


def _is_label(match: re.Match[str], source: str, names: Collection[str]) -> bool:
    """Is what stands before an equals sign a name for what follows, and not one side of an equation?"""
    name = match["name"]
    if match["primes"]:  # y' is no variable, so y' = -x/y is no equation
        return True
    if _name(name) in names or re.search(
        rf"(?<![A-Za-z\\]){re.escape(name)}(?![A-Za-z0-9_(₀-₉])", source[match.end() :]
    ):
        return False
    in_time = name == "x" and re.search(
        r"(?<![A-Za-z\\])t(?![A-Za-z0-9_])", source[match.end() :]
    )  # x = cos t
    return bool(
        match["arguments"] or in_time or re.fullmatch(rf"{_PLAIN}|{_CAPITAL}|{_GREEK}", match["letter"])
    )
