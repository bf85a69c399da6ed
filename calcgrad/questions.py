"""What was asked: an expression, its definitions, its variables and its point, read and checked.

    question = read("x**2*y", at="x=1,y=2")
    question.names, question.point["y"]        # ["x", "y"], the tree of 2

The part that every command shares, before any engine is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, SupportsFloat

from calcgrad.errors import CalcgradError, ExpressionError, UsageError, short
from calcgrad.expression.definitions import define, used_by
from calcgrad.expression.labels import Label, labelled
from calcgrad.expression.parser import Definitions, canonical_name, parse, variable_name
from calcgrad.expression.tree import Call, List, Name, Node, Number, Occurrence, substitute, text, variables

Note = Callable[[str], None]
# text, a number, or values by name
At = str | SupportsFloat | Mapping[Any, Any] | Sequence[Any] | None

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass
class Question:
    """An expression as it was read, with the values that --at gives, not yet put in.

    ``point`` maps variables to constant trees, or to arrays where a file was named.
    """

    source: str
    root: Occurrence
    point: dict[str, Any]
    bare: Any  # the value of --at without a name, for the only variable there is
    definitions: Definitions
    var: tuple[str, ...] = ()
    names: list[str] = field(default_factory=list)
    option: str = "--at"
    assumed: tuple[Node, ...] = ()  # conditions on parameters; that n is an integer is floor(n) == n
    unknowns: tuple[str, ...] = ()  # of equations: the variables that are functions of ``var``
    label: Label | None = None  # what stood before the expression

    @property
    def premises(self) -> tuple[str, ...]:
        """What was assumed of names that the expression or the point holds."""
        places = [value for value in (self.bare, *self.point.values()) if isinstance(value, Node)]
        named = set(variables(self.tree, *places))
        return tuple(shown_condition(each) for each in self.assumed if set(variables(each)) & named)

    @property
    def legend(self) -> str:
        """The expression, and what is assumed."""
        return ", ".join((self.text, *self.premises))

    @property
    def equations(self) -> tuple[Call, ...]:
        """The tree of each equation, a call of ==."""
        found = self.tree.items if isinstance(self.tree, List) else (self.tree,)
        return tuple(each for each in found if isinstance(each, Call))

    @property
    def tree(self) -> Node:
        return self.root.node

    @property
    def text(self) -> str:
        if not self.unknowns:
            return text(self.tree)
        shown = ", ".join(" = ".join(map(text, each.args)) for each in self.equations)
        return f"[{shown}]" if isinstance(self.tree, List) else shown

    def differentiated(self, what: str) -> tuple[str, ...]:
        """The variables in turn: --var, or the only one there is, or x where there is none."""
        if self.var:
            return self.var
        if len(self.names) > 1:
            raise several_variables(self, what)
        return (self.names[0] if self.names else "x",)

    def values(self, only: Sequence[str]) -> dict[str, Any]:
        """The point with its bare value given to the only variable of ``only``."""
        if self.bare is None:
            return dict(self.point)
        if len(set(only)) != 1:
            raise UsageError(
                f"{self.option} needs names here",
                hint=f"{self.option} " + ",".join(f"{name}=1" for name in only),
                code="missing-variable",
            )
        if only[0] in self.point:
            raise UsageError(f"{self.option} gives {only[0]} twice", hint="keep one of its values")
        return {**self.point, only[0]: self.bare}

    def placed(self, at: At) -> Question:
        """The same question at another point, its expression not read again."""
        point = read_point(at, self.definitions, option=self.option)
        _refuse_fixed(filter(None, point), self.definitions)
        return replace(self, point=point, bare=point.pop("", None))


def no_value(free: Sequence[str]) -> UsageError:
    """Of parameters beside the variable, which a picture cannot have."""
    hint = " ".join(
        f"--let {name}={value}" for name, value in zip(free[:4], ("2", "3", "5", "7"), strict=False)
    )
    return UsageError(f"no value for {', '.join(free[:6])}", hint=hint, code="missing-variable")


def several_variables(question: Question, what: str) -> UsageError:
    names = question.names
    count = _COUNTS[len(names)] if len(names) < len(_COUNTS) else str(len(names))
    source = question.source.strip()
    shown = short(source)
    some = names[:6]
    listed = ", ".join(some) + (", …" if len(names) > 6 else "")
    choices = " or ".join(f"--var {name}" for name in (some if len(some) < 4 else some[:2]))
    return UsageError(f"{shown} has {count} variables: {listed}", hint=choices, code="several-variables")


def assumed_in(questions: Sequence[Question]) -> tuple[str, ...]:
    """What was assumed in any of them."""
    return tuple(dict.fromkeys(each for question in questions for each in question.premises))


class Unused(str):
    """A note on what a question does not use; of several points, one may use what another does not."""

    option: str
    names: Sequence[str]

    def __new__(cls, option: str, names: Sequence[str]) -> Unused:
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        listed = f"{', '.join(names[:5])}{more}"
        made = super().__new__(cls, f"{option} {listed} {'is' if len(names) == 1 else 'are'} not used")
        made.option, made.names = option, names
        return made


def read(
    source: str,
    *,
    at: At = None,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    assume: Iterable[str] = (),
    extra: Iterable[str] = (),
    files: bool = True,
    note: Note = lambda message: None,
    option: str = "--at",
    letters: bool = False,
    unknown: bool = False,
    before: str = "",
    equations: bool = False,
    places: bool = False,
) -> Question:
    """Read an expression with its options; ``extra`` are more names to know, ``files`` allows ``@data.npy``.

    ``option`` is what gives the point, which may hold ``letters``: parameters. With ``unknown`` the expression may call
    functions that nothing is said of, f(x). ``before`` is what may stand before it: d/dx or lim, as the command says.
    With ``places`` it may be called the value at a place, f'(2) = 4. ``equations`` allows var to be y:x; then an
    equation is read, and its point may hold letters.
    """
    raw = split_point(at, option)
    unknowns, wanted = read_dependence(var)
    if unknowns and not equations:
        raise UsageError("--var y:x is for diff, check and plot, of an equation", hint=f"--var {wanted[0]}")
    letters = letters or bool(unknowns)
    known = {*unknowns, *wanted, *(variable_name(name) for name in raw if name), *extra}
    typed = {*raw, *(re.split("[,:]", var) if isinstance(var, str) else var or ())}
    constants = _also_constants(source, typed, note)
    known |= constants
    definitions = define(let, known)
    _refuse_fixed(
        (*unknowns, *wanted, *constants, *(variable_name(each) for each in raw if each)), definitions
    )
    label = None
    if unknowns:
        root = parse(_without_arguments(source, unknowns, wanted), known, definitions, equations=True)
    else:
        label = labelled(source, known)
        if not places and not all(each.isidentifier() or each.startswith("\\") for each in label.places):
            raise ExpressionError(
                f"{label.said} {source[label.start : label.stop][:40]} is a claim about one place",
                span=(0, label.start), source=source, code="operator",
                hint="calcgrad check EXPR CLAIM compares it; here leave the label out",
            )  # fmt: skip
        if label.order:
            note(f"{label.said} is a label: the question is about what follows it")
        if label.by or label.to:
            _check_operator(source, label, before)
            wanted = _named(label, wanted)
        root = parse(source, known, definitions, start=label.start, stop=label.stop, unknown=unknown)
        enclosed = root.bracketed or label.is_whole or source[label.start - 1 : label.start] == "["
        if label.by and not enclosed and (_is_sum(root.node) or _OPENED.match(source, label.start)):
            raise _open_end(source, label)
    text(
        root.node
    )  # raises where definitions have made it too long to write out, before anybody computes with it
    point = read_point(raw, definitions, files, option, known if letters else None)
    bare = point.pop("", None)
    assumed = read_conditions(assume, known, definitions)
    names = variables(root.node)
    placed = [value for value in (bare, *point.values()) if isinstance(value, Node)] if letters else []
    for condition in assumed:
        if not set(variables(condition)) & set(variables(root.node, *placed)):
            note(Unused("--assume", [shown_condition(condition)]))
    used = used_by(definitions)
    unused = [name for name in {**definitions.values, **definitions.functions} if name not in used]
    if unused:
        note(Unused("--let", unused))
    return Question(source, root, point, bare, definitions, wanted, names, option, assumed, unknowns, label)


def _also_constants(source: str, names: Iterable[str], note: Note) -> set[str]:
    """The constants' names that an option has made variables', which are written E_0: E reads back as the constant."""
    found: set[str] = set()
    for name in sorted({each.strip() for each in names} - {""}):
        written = variable_name(name)
        if written == f"{name}_0":
            if not re.search(rf"(?<![A-Za-z_]){name}(?![A-Za-z0-9_])", source):
                canonical_name(name)  # refuses what is not even there
            if re.search(rf"(?<!\w){written}(?!\w)", source):
                raise UsageError(f"{name} and {written} cannot both be variables", hint="use another letter")
            note(f"{name} is a variable here, and written {written}; as {name} it would be the constant")
            found.add(name)
    return found


_OPENED = re.compile(r"(?:\\(?:left|[bB]igg?l?)\s*)?[(\[]")


def _is_sum(node: Node) -> bool:
    return isinstance(node, Call) and node.function in ("+", "-")


def _check_operator(source: str, label: Label, before: str) -> None:
    operator, command = ("d/dx", "diff") if label.by else ("lim", "limit")
    if operator != before:
        said, span = f"{source[: label.start].strip()[:40]} stands before the expression", (0, label.start)
        if label.is_whole:
            said, span = "a derivative stands here, not yet computed", (0, len(source))
        raise ExpressionError(
            said, span=span, source=source,
            hint=f"calcgrad {command} computes it; here leave it out", code="operator",
        )  # fmt: skip


def _named(label: Label, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The variables of d/dx, which --var may say again."""
    named = tuple(variable_name(name) for name in label.by)
    if wanted and named and {*wanted} != {*named}:
        raise UsageError(
            f"the expression says d/d{named[0]}, and --var {','.join(wanted)}", hint="leave out one of them"
        )
    return named or wanted


def _open_end(source: str, label: Label) -> ExpressionError:
    """d/dx x^2 + 3x may end at the sum, and d/dx (x^2) x at the bracket."""
    whole = f"{source[: label.start].strip()} ({source[label.start : label.stop].strip()})"
    return ExpressionError(
        f"{source.strip()[:40]} has two readings", span=(0, label.stop), source=source, code="two-readings",
        hint=f"write {whole} for the derivative of all of it, or ask for one part alone",
    )  # fmt: skip


_RELATION = re.compile(r"(<=|>=|==|!=|≤|≥|≠|<|>|=)")
_RELATIONS = {"≤": "<=", "≥": ">=", "≠": "!=", "=": "=="}
_INTERVAL = re.compile(r"\s*(\w+)\s*(?:\bin\b|∈)\s*([\[(])(.+),(.+)([\])])\s*")
_SIGNED = re.compile(r"\s*(\w+)\s+(?:is\s+)?(positive|negative|nonnegative|nonpositive|nonzero)\s*")
_SIGNS = {"positive": ">", "negative": "<", "nonnegative": ">=", "nonpositive": "<=", "nonzero": "!="}
_INTEGER = re.compile(r"\s*(\w+)\s+(?:is\s+)?(?:an\s+)?(integer|even|odd|not\s+an\s+integer)\s*")


def read_conditions(given: Iterable[str], known: Iterable[str], definitions: Definitions) -> tuple[Node, ...]:
    """``a > 0``, ``0 < a <= 1``, ``a in (0, 1)``, ``a != b``, ``n integer``, ``n even``, and what ``and`` joins."""
    found: list[Node] = []
    for condition in given:
        for part in re.split(r"\band\b|∧", condition):
            if match := _INTERVAL.fullmatch(part):
                part = _relations(*match.groups())
            elif match := _SIGNED.fullmatch(part):
                part = f"{match[1]} {_SIGNS[match[2]]} 0"
            if match := _INTEGER.fullmatch(part):
                name = parse(match[1], known, definitions).node
                if not isinstance(name, Name):
                    raise _no_condition(condition)
                below, turned = Call("floor", (name,)), Call("**", (Call("neg", (Number(1),)), name))
                if match[2] not in ("integer", "even", "odd"):
                    found.append(Call(">", (name, below)))
                    continue
                found.append(Call("==", (below, name)))
                if match[2] != "integer":
                    found.append(Call(">" if match[2] == "even" else "<", (turned, Number(0))))
                continue
            pieces = _RELATION.split(part)
            if len(pieces) < 3 or not all(piece.strip() for piece in pieces):
                raise _no_condition(condition)
            try:
                ends = [parse(piece, known, definitions).node for piece in pieces[::2]]
            except CalcgradError as error:
                raise UsageError(f"--assume {condition.strip()[:40]}: {error}", hint=_CONDITIONS) from None
            for one, relation, other in zip(ends, pieces[1::2], ends[1:], strict=False):
                found.append(Call(_RELATIONS.get(relation, relation), (one, other)))
    return tuple(found)


def _relations(name: str, opened: str, low: str, high: str, closed: str) -> str:
    """x in (0, 1] as 0 < x <= 1; an infinite end is none."""
    below = "" if re.fullmatch(r"\s*-\s*(oo|inf|∞)\s*", low) else f"{low} {'<' if opened == '(' else '<='} "
    above = (
        "" if re.fullmatch(r"\s*\+?\s*(oo|inf|∞)\s*", high) else f" {'<' if closed == ')' else '<='} {high}"
    )
    return f"{below}{name}{above}" if below or above else f"{name} == {name}"


_CONDITIONS = '--assume "a > 0", --assume "0 < a < 1", --assume "a != b" or --assume "n integer"'


def _no_condition(condition: str) -> UsageError:
    return UsageError(f"--assume {condition.strip()[:40]} is no condition", hint=_CONDITIONS)


def shown_condition(condition: Node) -> str:
    assert isinstance(condition, Call)
    one, other = condition.args
    return f"{text(other)} integer" if one == Call("floor", (other,)) else text(condition, words=True)


def _refuse_fixed(names: Iterable[str], definitions: Definitions) -> None:
    for name in names:
        if name in definitions.values:
            raise UsageError(
                f"{name} is fixed by --let and asked for as a variable", hint=f"leave out --let {name}=..."
            )


_RADIUS = re.compile(r"\s*(?:r|rho|ρ)\s*(?:\(\s*\w+\s*\)\s*)?=(?!=)")


def radius(source: str) -> str:
    """r = 1 + cos(t) without its label, whose place is kept."""
    label = _RADIUS.match(source)
    return source if label is None else " " * label.end() + source[label.end() :]


_EQUALITY = re.compile(r"(?<![<>=!])=(?!=)")


def is_equation(source: str) -> bool:
    """Is there a sign of equality that is no label's, such as that of y = x**2?"""
    label = labelled(source)
    return bool(_EQUALITY.search(source, label.start, label.stop))


def dependence(source: str, at: Sequence[At], let: Iterable[str]) -> str:
    """The var of an equation for which none is given: y:x, or the two variables in the order of the alphabet."""
    known = {variable_name(name) for each in at for name in split_point(each) if name}
    names = sorted(variables(parse(source, known, define(let, known), equations=True).node))
    if len(names) == 1:
        names.append("x" if names[0] == "y" else "y")
    if len(names) != 2:
        hint = "--var y:x, and --let a=1 for parameters"
        raise UsageError(
            f"a curve has two variables: {', '.join(names[:6])}", hint=hint, code="several-variables"
        )
    unknown = "y" if "y" in names else names[1]
    return f"{unknown}:{names[0] if names[1] == unknown else names[1]}"


def read_dependence(var: str | Sequence[str] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``y:x`` and ``u,v:x`` to the names before the colon and behind it; without one there are none before it."""
    if not isinstance(var, str) or ":" not in var:
        return (), read_names(var)
    before, _, behind = var.partition(":")
    hint = "--var y:x for y as a function of x, --var u,v:x for several equations"
    if not before.strip() or not behind.strip() or ":" in behind:
        raise UsageError(f"--var {var.strip()[:40]} does not say what depends on what", hint=hint)
    unknowns, names = read_names(before), read_names(behind)
    if twice := [name for name in unknowns if name in names or unknowns.count(name) > 1]:
        raise UsageError(f"--var {var.strip()[:40]} has {twice[0]} twice", hint=hint)
    return unknowns, names


def _without_arguments(source: str, unknowns: Sequence[str], names: Sequence[str]) -> str:
    """y(x) as y, its place in the text kept: nothing else can be meant where y is a function of x."""
    of, by = ("|".join(map(re.escape, each)) for each in (unknowns, names))
    pattern = rf"(?<![A-Za-z0-9_])({of})(\(\s*(?:{by})\s*\))"
    return re.sub(pattern, lambda found: found[1] + " " * len(found[2]), source)


def read_names(var: str | Sequence[str] | None) -> tuple[str, ...]:
    if var is None:
        return ()
    words = var.split(",") if isinstance(var, str) else list(var)
    if not all(isinstance(word, str) and word.strip() for word in words) or not words:
        raise UsageError("--var needs names", hint="--var x, or --var x,y for a mixed partial")
    return tuple(variable_name(word.strip()) for word in words)


_ASSIGNMENT = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)(.*)", re.DOTALL)


def split_point(at: At, option: str = "--at") -> dict[str, Any]:
    """``x=1,y=[2,3]`` to its parts; the key '' is a value without a name."""
    if at is None:
        return {}
    parts: list[str] = []
    if not isinstance(at, str | Mapping) and not are_pairs(at):
        at = written(at)
    if isinstance(at, str):
        depth, start = 0, 0
        for place, character in enumerate(at):
            depth += (character in "([") - (character in ")]")
            if character == "," and depth <= 0:
                parts.append(at[start:place])
                start = place + 1
        parts.append(at[start:])
    else:
        for name, value in at.items() if isinstance(at, Mapping) else list(at):  # type: ignore[arg-type]
            if not isinstance(name, str):
                raise UsageError(f"{option}: names must be text", hint='{"x": "1"}')
            value = value if isinstance(value, str) else written(value)
            parts.append(f"{name}={value}" if name else value)
    found: dict[str, Any] = {}
    for part in parts:
        match = _ASSIGNMENT.fullmatch(part)
        name, value = (match[1], match[2]) if match else ("", part)
        if not value.strip():
            raise UsageError(f"{option} has an empty value", hint=f"{option} {name or 'x'}=1")
        if name in found:
            raise UsageError(
                f"{option} gives {name} twice" if name else f"{option} has two values without names",
                hint="keep one of them" if name else f"{option} x=1,y=2, or x=[1,2] for an array",
            )
        found[name] = value
    return found


def are_pairs(at: Any) -> bool:
    return isinstance(at, list | tuple) and all(isinstance(each, tuple) and len(each) == 2 for each in at)


def written(value: Any) -> str:
    """A value as it would be typed: a number, also SymPy's or NumPy's, or an array."""
    if hasattr(value, "tolist"):  # NumPy's
        value = value.tolist()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    if value is None:
        raise UsageError("a name has no value", hint='at={"x": 1}')
    if isinstance(value, float) and value != value:
        raise UsageError("a value is no number: NaN", hint="leave it out, or give a number")
    return repr(value) if isinstance(value, float) else str(value)


def points(
    given: Sequence[At], var: str | Sequence[str] | None = None, option: str = "--at"
) -> list[dict[str, Any]]:
    """The points that an option gives when it is there several times: names add up, a name again begins the next.

    A value without a name is the only variable's, so that without ``var`` it is a point of its own.
    """
    names = set(sum(read_dependence(var), ()))
    only = names.pop() if len(names) == 1 else ""
    found: list[dict[str, Any]] = []
    taken: set[str] = set()
    for one in given:
        parts = split_point(one, option)
        more = {variable_name(name) if name else only for name in parts}
        if not found or taken & more or "" in taken | more:
            found.append({})
            taken = set()
        found[-1].update(parts)
        taken |= more
    return found


_ARRAY = re.compile(r"\s*(\[|@|(?:arange|linspace|zeros|ones)\s*\()")


def spread(point: Mapping[str, Any], let: Iterable[str], files: bool, option: str) -> list[dict[str, Any]]:
    """The points that a point of arrays stands for, where numbers are asked for: x=[1,2],y=3 is (1, 3) and (2, 3)."""
    columns: dict[str, list[str]] = {}
    for name, value in point.items():
        if isinstance(value, str) and _ARRAY.match(value):
            array = _entries(name, value, let, files, option)
            if len(getattr(array, "shape", ())) == 1:
                columns[name] = [
                    text(each)
                    if isinstance(each, Node)
                    else written(each)
                    if type(each) is float
                    else str(each)
                    for each in array.tolist()
                ]
    if len({len(column) for column in columns.values()}) > 1:
        raise UsageError(
            f"{option} has lists of different lengths", hint="a number for each point, or one for all"
        )
    return (
        [{**point, **dict(zip(columns, row))} for row in zip(*columns.values())] if columns else [{**point}]
    )


def _entries(name: str, value: str, let: Iterable[str], files: bool, option: str) -> Any:
    """An array's entries; with what --let defines still to be put in, if they can be told apart without."""
    from calcgrad.expression.arrays import elements, has_arrays

    try:
        array = _constant(name, value, define(()), files, option, ())
        return elements(array) if isinstance(array, Node) and has_arrays(array) else array
    except CalcgradError:
        array = _constant(name, value, define(let), files, option, None)
        return elements(array) if isinstance(array, Node) and has_arrays(array) else array


def read_point(
    at: At,
    definitions: Definitions,
    files: bool = True,
    option: str = "--at",
    known: Iterable[str] | None = None,
) -> dict[str, Any]:
    """Each value of a point, by canonical name: a constant tree, or the array of a file; '' is the bare one.

    It may hold parameters if ``known`` is given: the names that are longer than one letter."""
    point: dict[str, Any] = {}
    for name, value in split_point(at, option).items():
        constant = _constant(name, value, definitions, files, option, known)
        if getattr(getattr(constant, "dtype", None), "kind", "") == "O":  # numbers that are no doubles
            constant = constant.astype(float)
        canonical = variable_name(name) if name else ""
        if canonical in point:
            raise UsageError(f"{option} gives {canonical} twice", hint="keep one of its values")
        point[canonical] = constant
    return point


def _constant(
    name: str, value: str, definitions: Definitions, files: bool, option: str, known: Iterable[str] | None
) -> Any:
    """A point's value: a constant tree, or the array in a file."""
    if value.strip().startswith("@"):
        if not files:
            raise UsageError(
                "files are not read here", hint="start calcgrad batch with --files", code="files"
            )
        from calcgrad.files import read_array

        path, colon, column = value.strip()[1:].rpartition(":")
        if colon and path and not column.startswith("//"):
            from calcgrad.tables.formats import column as read_column

            return read_column(path, column)
        if value.strip().lower().endswith((".csv", ".tsv", ".jsonl", ".parquet", ".arrow", ".feather")):
            raise UsageError(
                f"{value.strip()[:60]} is a table", hint=f"{name or 'x'}={value.strip()[:60]}:COLUMN"
            )
        return read_array(value.strip()[1:])
    node = parse(value, known or (), definitions).node
    if (free := variables(node)) and known is None:
        raise UsageError(
            f"{option} {name or 'x'}={value.strip()[:40]} is not a number: {free[0]} is a variable",
            hint="give a number",
        )
    return node


def free_label(candidates: str, names: Iterable[str]) -> str:
    """The first of some one-letter labels that no variable has taken."""
    taken = set(names)
    for label in candidates.split():
        if label not in taken:
            return label
    first, index = candidates.split()[0], 1
    while f"{first}_{index}" in taken:
        index += 1
    return f"{first}_{index}"


def shown_place(values: Mapping[str, Node]) -> str:
    """x = 1, y = 2"""
    return ", ".join(f"{name} = {text(value)}" for name, value in values.items())


def put_in(root: Node, values: Mapping[str, Node]) -> Node:
    return substitute(root, {Name(name): value for name, value in values.items()})
