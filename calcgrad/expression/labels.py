r"""What people write before an expression: y = ..., f'(x) = ..., dy/dx = ..., what calcgrad prints, d/dx, lim x->0.

labelled("f(x) = 3*x^2")                  # start=6, stop=12: where the expression stands
labelled("d/dx sin x").by                 # ("x",): what diff does
labelled(r"\lim_{x \to 0^+} \ln x").to    # ("x", "0+"): what limit does
labelled("d^2y/dt^2 = 6t").order          # 2, and ``of`` is ("t", "t"): what the label calls it
labelled("f'(2) = 4").places              # ("2",): what check compares there alone

What stands around all of it and says nothing comes off too: dollar signs, \boxed{}, an environment.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

from calcgrad.expression.latex_scanner import is_latex
from calcgrad.expression.scanner import MAX_CHARACTERS, plain_text
from calcgrad.expression.tree import GREEK

_PLAIN = "[fghuvwyzsFGHUVWYZS]"  # stand alone before an equals sign
_CAPITAL = "[A-WYZ]"
_WORDS = {*GREEK.values(), "lambda", "varphi", "vartheta", "varepsilon", "varrho"} - {"pi"}
_GREEK = (
    rf"[{''.join(letter for letter in GREEK if letter != 'π')}]|\\(?:{'|'.join(sorted(_WORDS))})(?![A-Za-z])"
)
_LETTER = rf"(?:[A-Za-z]|{_GREEK})"
_LEFT, _RIGHT = (rf"(?:\\{word}\s*|\\[bB]igg?{word[0]}?\s*)?" for word in ("left", "right"))
_ARGUMENTS = rf"(?:\\[!,])?\s*{_LEFT}\(\s*{_LETTER}\w*(?:\s*,\s*{_LETTER}\w*)*\s*{_RIGHT}\)"
_PRIMES = r"(?:['′’″‴´`\"]+|⁽[⁰¹²³⁴-⁹]{1,4}⁾|\^\s*\{?\s*\([0-9]{1,4}\)\s*\}?|\^\s*\{?\s*(?:\\prime\s*)+\}?)"
_EQUALS = r"(?:&\s*)?(?::=|\\coloneqq(?![a-z])|≔|=(?!=))(?:\s*&)?"
_POWER = r"\^?\s*(?:\{\s*)?[2-9²³⁴-⁹](?:\s*\})?"
_D = r"(?:d|∂|\\partial|\\(?:mathrm|operatorname|text)\s*(?:\{\s*d\s*\}|d))\s*"
# f = ..., f(x) = ..., f'(x) = ..., f^(4)(x) = ...
_FUNCTION = rf"""(?P<name>(?P<letter>{_LETTER})[0-9]?(?:\s*_\s*(?:\{{[^{{}}=]*\}}|[A-Za-z0-9]+))?)\s*
    (?:(?P<primes>{_PRIMES})(?:\s*_\s*(?:\{{(?P<subs>[^{{}}=]*)\}}|(?P<sub>[A-Za-z]{{1,4}}|{_LETTER})))?)?
    \s*(?P<arguments>{_ARGUMENTS})?"""
# dy/dx, d^2y/dx^2, d/dx, \frac{{d}}{{dx}}, \frac{{\partial^2 f}}{{\partial x\,\partial y}}
_QUOTIENT = rf"""(?:(?P<wrapped>[{{(]\s*)?
    (?P<fraction>\\[cdt]?frac\s*\{{\s*)?{_D}(?P<order>{_POWER})?\s*(?P<top>{_LETTER}?)\s*
    (?:{_ARGUMENTS})?\s*(?:(?<!\\)/\s*(?=d|∂|\\)|\}}\s*\{{\s*(?=.))
    (?P<below>(?:{_D}{_LETTER}\s*(?:{_POWER})?(?:\s|\\[,!;])*)+?)(?(fraction)\s*\}})(?(wrapped)\s*[)}}]))"""
_DOTS = rf"\\(?P<dots>d{{0,2}}dot)\s*(?:\{{\s*{_LETTER}\s*\}}|{_LETTER})\s*(?:{_ARGUMENTS})?"
_INDEXED = rf"""(?:\\partial|∂|D)\s*_\s*(?:\{{\s*(?P<one>{_LETTER})\s*\}}|(?P<other>{_LETTER}))\s*
    {_LETTER}\s*(?:{_ARGUMENTS})?"""
# Patterns are compiled when they are first asked: most expressions have no label, and these take 20 ms.
_LABEL = rf"(?x)(?:(?:{_FUNCTION}|{_QUOTIENT}(?P<of>[^=]*?)|{_DOTS}|{_INDEXED})\s*)?{_EQUALS}"
_BRACKET = rf"(?P<d>d)?\s*{_LEFT}(?=[(\[])"
_PRIMED = rf"\s*(?:(?P<primes>{_PRIMES})|/\s*(?P<below>{_D}{_LETTER}))\s*{_EQUALS}"
_OPERATOR = rf"(?x){_QUOTIENT}(?(fraction)|(?(wrapped)|(?=[\s(\[{{\\])))\s*"
_HEAD = rf"(?x)(?:\\left\s*\.\s*)?(?:{_QUOTIENT}|{_FUNCTION})\s*"
_BAR = (
    r"(?:(?:\\right|\\[bB]igg?r?)?\s*\|\s*_?|\bat\b)\s*"
    r"(?:\{(?P<braced>(?:[^{}]|\{[^{}]*\})*)\}|(?P<bare>[^\W\d]\w*\s*=\s*[^\s=|,{}]+))"
)
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
_MARKS = ("=", "≔", "->", "→", "⟶", "↦", "lim", "∂", "\\", "{", "$", "&")
_ENDS = ("\\\\", "\\)", "\\]", "\\,", "\\;", "\\!", "\\:")


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
    name = ""
    while label := _label(source, start, stop, names, partners):
        if label[1] or label[2]:
            order, of, places, name = label[1:]
        said = typed[start : label[0]].strip()
        start, stop = _peeled(source, label[0], stop, partners)
    if said and not order and (value := re.compile(_VALUE).search(source, start, stop)):
        stop = value.start()
    if limit := re.compile(_LIMIT).match(source, start, stop):
        groups = limit.groupdict()
        place = groups["latex"] or groups["bracketed"] or groups["plain"]
        name = (limit["name"] or groups["inner"] or groups["bare"]).removeprefix("\\")
        to = name, re.compile(_SIDE).sub(lambda m: m[1] or m[2], place)
        return Label(limit.end(), stop, order, of, (), to, said, places, name)
    if (found := re.compile(_OPERATOR).match(source, start, stop)) and not found["top"] and "d" not in names:
        by, start = _variables(found), found.end()
        opened = re.compile(rf"{_LEFT}(?=\[)").match(source, start, stop)
        if opened and partners.get(opened.end()) == stop - 1:  # d/dx [x^2]
            start, stop = opened.end() + 1, len(re.sub(rf"{_RIGHT}\]$", "", source[:stop]))
        return Label(start, stop, order, of, by, None, said, places, name)
    return Label(start, stop, order, of, said=said, places=places, name=name)


def _label(
    source: str, start: int, stop: int, names: Collection[str], partners: dict[int, int]
) -> tuple[int, int, tuple[str, ...], tuple[str, ...], str] | None:
    """The label that begins at ``start``: where it ends, the order of the derivative it names, its variables,
    places and the function's name."""
    if placed := _with_place(source, start, stop, names, partners):
        return placed
    if (found := re.compile(_LABEL).match(source, start, stop)) and (
        not found["name"] or _is_label(found, source[:stop], names)
    ):
        if found["below"]:
            by = _variables(found)
            return found.end(), len(by), by, (), _name(found["top"])
        if index := found["one"] or found["other"]:
            return found.end(), 1, (_name(index),), (), ""
        return (
            found.end(),
            _primes(found["primes"] or "") + len(found["dots"] or "") - 2 * bool(found["dots"]),
            tuple(map(_name, re.findall(_LETTER, found["subs"] or found["sub"] or _index(found["name"])))),
            _parts(
                re.sub(r"\\(?:left|right|[bB]igg?[lr]?|[!,])(?![a-z])|[()]", " ", found["arguments"] or "")
            ),
            _name(found["letter"] or ""),
        )
    if found := re.compile(_MAPS).match(source, start, stop):
        return found.end(), 0, (), (), ""
    # (x^2)' = ..., d(x^2)/dx = ...
    if (
        (opened := re.compile(_BRACKET).match(source, start, stop))
        and (closed := partners.get(opened.end()))
        and (found := re.compile(_PRIMED).match(source, closed + 1, stop))
        and bool(found["below"]) == bool(opened["d"])
    ):
        by = _variables(found) if found["below"] else ()
        return found.end(), len(by) or _primes(found["primes"]), by, (), ""
    return None


def _with_place(
    source: str, start: int, stop: int, names: Collection[str], partners: dict[int, int]
) -> tuple[int, int, tuple[str, ...], tuple[str, ...], str] | None:
    """The label that calls what follows the value of a derivative at a place, f'(2) = and dy/dx|_{x=2} =."""
    head = re.compile(_HEAD).match(source, start, stop)
    if head is None or not (head["primes"] or head["top"]):
        return None
    if bar := re.compile(_BAR).match(source, head.end(), stop):
        inside, end = bar["braced"] or bar["bare"] or "", bar.end()
    elif (opened := re.compile(_BRACKET).match(source, head.end(), stop)) and source.startswith(
        "(", opened.end()
    ):
        end = partners.get(opened.end(), stop) + 1
        inside = re.sub(rf"{_RIGHT}$", "", source[opened.end() + 1 : end - 1])
    else:
        return None
    equals = re.compile(_EQUALED).match(source, end, stop)
    if equals is None or (head["name"] and not _is_label(head, source[:stop], names)):
        return None
    by = _variables(head) if head["below"] else ()
    name = _name(head["top"] or head["letter"] or "")
    return equals.end(), len(by) or _primes(head["primes"]), by, _parts(inside), name


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
    return written.count("prime") or sum({"″": 2, "‴": 3, '"': 2}.get(each, 1) for each in written)


def _variables(quotient: re.Match[str]) -> tuple[str, ...]:
    """The variables of a derivative in turn: x, x of d^2/dx^2."""
    groups = quotient.groupdict()
    found = [
        (_name(each["by"]), _order(each["order"])) for each in re.compile(_BELOW).finditer(groups["below"])
    ]
    if len(found) == 1:
        return (found[0][0],) * max(found[0][1], _order(groups.get("order")))
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
    return bool(match["arguments"] or re.fullmatch(rf"{_PLAIN}|{_CAPITAL}|{_GREEK}", match["letter"]))
