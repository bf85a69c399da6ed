"""Parts that the commands share: digits, points of numbers, values as results.

as_value(found.value, 10, False).shown        # "pi (3.141592654)"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import IntEnum
from fractions import Fraction
from typing import Any

from calcgrad import errors, results
from calcgrad.decimals import fraction_text
from calcgrad.errors import UndecidedError, UsageError
from calcgrad.expression.tree import (
    INFINITY,
    Call,
    Name,
    Node,
    Number,
    children,
    has_decimal,
    is_infinite,
    names_in,
    postorder,
    text,
    variables,
)
from calcgrad.questions import At, Question, put_in, shown_condition, shown_place, split_point

DIGITS = 10
MAX_DIGITS = 10_000


def silent(message: str) -> None:
    pass


# ------------------------------------------------------------------------------------------------- values


class Decimals(IntEnum):
    """What the decimals of a question ask for: none, finite ones in exact forms, or of the value itself."""

    NONE, KEPT, ROUNDED = range(3)


def decimals_of(root: Node, places: Iterable[Node]) -> Decimals:
    """Decimals in the expression are kept; one in the point asks for a decimal."""
    if any(map(has_decimal, places)):
        return Decimals.ROUNDED
    return Decimals.KEPT if has_decimal(root) else Decimals.NONE


def as_value(value: Any, digits: int, decimals: Decimals = Decimals.NONE) -> results.Value | None:
    """A number of the exact engine as a result."""
    from calcgrad.calculus import forms, numeric, symbolic
    from calcgrad.expression.latex import latex
    from calcgrad.expression.parser import parse

    tree = forms.readable(value, bool(decimals))
    if tree is None:
        return None
    if isinstance(tree, numeric.Ball | Fraction):
        shown = _measured(tree, digits if tree is value else min(digits, 15))
        return results.Value("", shown, numeric.to_float(tree), shown)
    if INFINITY in (tree, *children(tree)):
        return results.Value(text(tree), "", None, latex(tree))
    number = None if variables(tree) else symbolic.evaluate(tree, 20)
    if isinstance(number, Fraction | numeric.Ball):
        double = numeric.to_float(number)
    else:
        double = None if number is None else numeric.double(tree)
    small = isinstance(number, Fraction) and max(abs(number.numerator), number.denominator) < 10**10
    written = all(not isinstance(each, Call) or each.function in ("neg", "/") for each in postorder(tree))
    shown = "" if number is None else symbolic.decimal(tree, digits) or ""
    rounded = decimals is Decimals.ROUNDED and bool(shown)
    formula = latex(parse(shown).node if rounded else tree)
    return results.Value(text(tree), shown, double, formula, small and written, rounded)


def _measured(value: Any, digits: int) -> str:
    """A number known to within its radius, in no more digits than that."""
    from calcgrad.calculus import numeric

    if isinstance(value, Fraction):
        return fraction_text(value, digits)
    if not value.mid:
        return "0"
    known = digits
    if value.rad:
        known = max(1, min(digits, int(-numeric.mp.log10(value.rad / abs(value.mid))) - 1))
    return numeric.format_mpf(value.mid, known)


_APPROACH = re.compile(
    r"(?:\s*(?P<name>[^\W\d]\w*)\s*(?:->|→|⟶)\s*)?(?P<place>.*?)(?:\s*\^?\s*(?P<sign>[+-])|(?P<raised>[⁺⁻]))?\s*",
    re.DOTALL,
)


def approached(to: At, side: str) -> tuple[At, str]:
    """A point as it is written under a limit, x->0+: the point, and the side that it names."""
    if not isinstance(to, str | Mapping):
        return to, side
    found: dict[str, Any] = {}
    for name, value in split_point(to, "--to").items():
        match = _APPROACH.fullmatch(value) if isinstance(value, str) else None
        if match is None or not match["place"]:
            found[name] = value
            continue
        named = {"+": "right", "⁺": "right", "-": "left", "⁻": "left"}.get(
            match["sign"] or match["raised"] or "", side
        )
        if side not in ("both", named):
            raise UsageError(f"--to {value.strip()} and --from {side} are two sides", hint="keep one of them")
        found[match["name"] or name], side = match["place"], named
    return found, side


def check_digits(digits: int, most: int = MAX_DIGITS) -> None:
    if not 1 <= digits <= most:
        raise UsageError(f"--digits must be from 1 to {most}", hint=f"--digits {min(max(digits, 1), most)}")


def scalar_point(question: Question, names: Sequence[str], *, infinite: bool = False) -> dict[str, Node]:
    """The point of a command that takes numbers, not arrays."""
    from calcgrad.expression.arrays import elements, has_arrays

    point: dict[str, Node] = {}
    for name, value in question.values(names).items():
        plain = value if hasattr(value, "shape") or not has_arrays(value) else elements(value)
        if hasattr(plain, "shape"):
            raise UsageError(f"{name} is an array here", hint="grad takes arrays", code="not-scalar")
        if not infinite and INFINITY in postorder(plain):
            raise UsageError(f"{name} is infinite here", hint="limit --to oo", code="infinite")
        point[name] = plain
    return point


def value_of(question: Question, name: str) -> Node:
    """The number that the point has for the only variable."""
    point = scalar_point(question, (name,))
    if name not in point:
        hint = f"{question.option} {name}=1"
        raise UsageError(f"no value for {name}", hint=hint, code="missing-variable")
    return point[name]


def beside(question: Question, what: str, side: str) -> tuple[str, Node, Node]:
    """The one variable of a limit or a series, where it goes, and the expression with all other values put in."""
    from calcgrad.expression.arrays import scalarize

    named = tuple(
        name for name in question.point if name in question.names
    )  # the point may say which one it is
    names = named if len(named) == 1 and not question.var else question.differentiated(what)
    if len(set(names)) > 1:
        raise UsageError(f"a {what} is in one variable", hint=f"--var {names[0]}")
    name = names[0]
    point = scalar_point(question, names, infinite=True)
    if name not in point:
        hint = f"{question.option} {name}=1"
        raise UsageError(f"no value for {name}", hint=hint, code="missing-variable")
    place = point.pop(name)
    if name in names_in(place):
        raise UsageError(
            f"{name} cannot go to {text(place)}", hint=f"--to oo, a number or another letter than {name}"
        )
    if is_infinite(place):
        if side != "both":
            raise UsageError("--from has no meaning at infinity", hint="--to oo or --to -oo")
    elif INFINITY in postorder(place):
        raise UsageError(f"{text(place)} is not a place", hint="--to oo, --to -oo or a number")
    return name, place, put_in(scalarize(question.tree), point)


def check_side(side: str) -> None:
    if side not in ("both", "left", "right"):
        raise UsageError(f"--from {side[:40]} is neither left nor right", hint="--from left or --from right")


@contextmanager
def assuming(question: Question, *names: str, sequence: bool = False) -> Iterator[None]:
    """What is assumed of the question's parameters holds for all that is asked inside.

    ``names`` are the variables. Of that of a ``sequence`` it may be that it is an integer.
    """
    from calcgrad.calculus.multiseries import conditions, constants, exact

    if not question.assumed:
        yield
        return
    for condition in question.assumed:
        variable = next((name for name in names if name in names_in(condition)), None)
        if variable is not None and not (sequence and _is_whole(condition, variable)):
            raise UsageError(
                f"--assume is for parameters, and {variable} is the variable", hint="leave out the condition"
            )
    try:
        made = conditions.assumptions(question.assumed)
    except exact.NotReal:
        raise UsageError("the conditions of --assume exclude each other", hint="leave one out") from None
    except exact.Undecided as error:
        raise UsageError(
            f"the conditions of --assume are not understood: {error}", hint="say of each letter where it lies"
        ) from None
    with constants.assuming(made):
        yield


@contextmanager
def under(question: Question, *names: str) -> Iterator[bool]:
    """What is assumed, of ``names`` too, by which is differentiated; whether there is anything."""
    from calcgrad.calculus.multiseries import conditions, constants, exact

    for condition in question.assumed:
        for name in names:
            if _is_whole(condition, name):
                raise UsageError(f"{name} is an integer and cannot be differentiated by", hint="leave it out")
    try:
        made = conditions.assumptions(question.assumed)
    except exact.NotReal:
        raise UsageError("the conditions of --assume exclude each other", hint="leave one out") from None
    except exact.Undecided:
        made = constants.Assumptions()
    with constants.assuming(made):
        yield bool(question.assumed)


def restricted(question: Question, root: Node, *names: str) -> Node:
    """``root``, a function of ``names``, with no value where what is assumed does not hold."""
    if not question.assumed:
        return root
    known = names_in(question.tree)  # of which root may have lost some
    with under(question, *names):  # conditions that exclude each other are refused there
        for condition in question.assumed:
            root = Call("Piecewise", (root, condition)) if names_in(condition) & known else root
    return root


def held(question: Question, root: Node, *names: str) -> Node:
    """The same, with what is decided by what is assumed."""
    from calcgrad.calculus import assumed

    with under(question, *names) as something:
        simpler = assumed.simplified(root) if something else root
    return restricted(question, simpler, *names)


def beside_assumed(question: Question, name: str, place: Node, side: str) -> tuple[Question, str]:
    """The question without what is assumed of its variable, and from where that lets it go to ``place``."""
    from calcgrad.calculus import limits

    own = [each for each in question.assumed if name in names_in(each) and not _is_whole(each, name)]
    if not own:
        return question, side
    rest = replace(question, assumed=tuple(each for each in question.assumed if each not in own))
    sides = ["left", "right"] if side == "both" and not is_infinite(place) else [side]
    kept = []
    with assuming(rest, name, sequence=is_infinite(place)):
        for each in sides:
            there = [limits.limit(Call("Piecewise", (Number(1), one)), name, place, each) for one in own]
            if all(one.value == 1 for one in there):
                kept.append(each)
            elif not any(one.reason in ("undefined", "not-real") and not one.again for one in there):
                conditions = " and ".join(map(shown_condition, own))
                raise UndecidedError(f"whether {conditions} beside {name} = {text(place)} is undecided")
    if not kept:
        hint = "another point, or another side of it"
        raise UsageError(f"{name} -> {text(place)} contradicts --assume {shown_condition(own[0])}", hint=hint)
    return rest, side if kept == sides else kept[0]


def at_its_point(question: Question, point: Mapping[str, Node]) -> Question:
    """The question with what is assumed of the point's variables held against it."""
    from calcgrad.calculus import kinks

    kept = []
    for condition in question.assumed:
        there = put_in(condition, point)
        if names_in(there):
            kept.append(there)
        elif kinks.truth(there) is False:
            raise UsageError(
                f"{shown_place(point)} contradicts --assume {shown_condition(condition)}",
                hint="another point",
            )
    return replace(question, assumed=tuple(kept))


def _is_whole(condition: Node, variable: str) -> bool:
    return condition == Call("==", (Call("floor", (Name(variable),)), Name(variable)))


def short(shown: str) -> str:
    return errors.short(shown, 60)


def case(
    condition: str, value: Any, reason: str, left: Any, right: Any, digits: int, decimals: Decimals
) -> results.Case:
    """One case of an answer that depends on parameters."""
    made = as_value(value, digits, decimals)
    sides = (
        None if each is None or made is not None else as_value(each, digits, decimals)
        for each in (left, right)
    )
    return results.Case(condition, made, reason or ("undecided" if made is None else ""), *sides)


def by_cases(cases: tuple[results.Case, ...], none: Callable[[results.Case], str]) -> str:
    """The cases in a line; ``none`` says what is the matter where there is no value."""
    words = {"undecided": "undecided", "not-real": "not real", "undefined": "not defined"}
    said = [
        each.value.shown if each.value is not None else words.get(each.reason) or none(each) for each in cases
    ]
    return ", ".join(f"{one} for {each.condition}" for one, each in zip(said, cases, strict=True))
