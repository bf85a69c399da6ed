"""What grad differentiates: an expression or a function in a Python file, with its point.

work = expression("x**2*y", at="x=1,y=2")
work.names, work.function({"x": 1.0, "y": 2.0})       # ["x", "y"], 2.0
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from calcgrad.errors import UsageError
from calcgrad.expression.parser import Definitions
from calcgrad.expression.tree import Call, Name, Node, Number
from calcgrad.parts.values import at_its_point, short
from calcgrad.questions import At, Note, read, read_names, read_point


@dataclass
class Work:
    """A function of named numbers and arrays, the point, and the names to differentiate by.

    ``function`` takes a mapping from all names to floats, arrays or Variables. ``tree`` is None for a Python
    function. ``taken`` are names that labels avoid. ``exact`` has the numbers of the point that are no doubles.
    """

    text: str
    latex: str
    names: list[str]
    values: dict[str, Any]
    function: Callable[[Mapping[str, Any]], Any]
    taken: list[str]
    tree: Node | None
    definitions: Definitions
    exact: dict[str, Node] = field(default_factory=dict)

    def variables(self) -> dict[str, Any]:
        """Every value, those to differentiate by as Variables."""
        from calcgrad.autodiff import Variable

        return {name: Variable(value) if name in self.names else value for name, value in self.values.items()}

    def of(self, names: Sequence[str]) -> Callable[..., Any]:
        """The function of these names only, by position."""
        return lambda *parts: self.function({**self.values, **dict(zip(names, parts, strict=True))})

    @property
    def place(self) -> str:
        """The point in words: x = 1, y = [1, 2]."""
        from calcgrad.render import numbers

        shown = [f"{name} = {short(numbers(self.values[name]))}" for name in self.names[:4]]
        return ", ".join(shown) + (", …" if len(self.names) > 4 else "")

    def vector(self, kind: str, given: At, files: bool) -> Any:
        """A seed for the value, or a direction with one part for each name (zero where none is given)."""
        import numpy as np

        option = f"--{'seed' if kind == 'vjp' else kind}"
        parts = read_point(given, self.definitions, files, option)
        values = {name: _number(value) for name, value in parts.items()}
        if not all(finite(value) for value in values.values()):
            raise UsageError(f"{option} is not finite", hint="give finite numbers", code="not-finite")
        if kind == "vjp":
            if list(values) != [""]:
                raise UsageError("--seed takes one value, in the shape of the result", hint="--seed '[1,0]'")
            return values[""]
        if "" in values:
            if len(self.names) != 1:
                hint = f"{option} " + ",".join(f"{name}=1" for name in self.names[:6])
                raise UsageError(f"{option} needs names here", hint=hint, code="missing-variable")
            values = {self.names[0]: values[""]}
        for name, value in values.items():
            if name not in self.names:
                raise UsageError(
                    f"{option} gives {name}, by which nothing is differentiated",
                    hint=f"the variables are {', '.join(self.names[:6])}" if self.names else "--at x=1",
                )
            if np.shape(value) != np.shape(self.values[name]):
                raise UsageError(
                    f"{option} gives {name} shape {np.shape(value)}, the point {np.shape(self.values[name])}",
                    hint="the direction has the shape of the point",
                    code="shape",
                )
        zeros = {name: np.zeros_like(self.values[name])[()] for name in self.names}
        return {name: values.get(name, zeros[name]) for name in self.names}


def _number(value: Any) -> Any:
    """A point's value in NumPy: the array of a file, or a constant tree evaluated."""
    import numpy as np

    from calcgrad.autodiff.expressions import evaluate

    return value if isinstance(value, np.ndarray) else evaluate(value, {})


def plain(value: Any) -> Any:
    """The value of what may be a Variable."""
    return getattr(value, "value", value)


def finite(value: Any) -> bool:
    import numpy as np

    return bool(np.all(np.isfinite(value)))


def _require_values(names: Iterable[str], values: Mapping[str, Any]) -> None:
    missing = [name for name in names if name not in values]
    if missing:
        raise UsageError(
            f"no value for {', '.join(missing[:6])}", hint="--at " + ",".join(f"{name}=1" for name in missing[:6]),
            code="missing-variable",
        )  # fmt: skip
    for name, value in values.items():
        if not finite(value):
            raise UsageError(f"{name} is not finite", hint="give finite numbers", code="not-finite")


def expression(
    expr: str,
    *,
    at: At,
    var: str | Sequence[str] | None,
    let: Iterable[str],
    assume: Iterable[str] = (),
    files: bool,
    note: Note,
) -> Work:
    """An expression of the language, every variable with its value in float64, of which what is assumed must hold."""
    import numpy as np

    from calcgrad.autodiff.expressions import evaluate
    from calcgrad.expression.latex import latex

    question = read(expr, at=at, var=var, let=let, assume=assume, files=files, note=note)
    if question.assumed:
        at_its_point(
            question,
            {name: each for name, each in question.values(question.names).items() if isinstance(each, Node)},
        )
    names = list(dict.fromkeys(question.var)) or list(question.names) or ["x"]
    raw = question.values(names if len(names) == 1 else question.names)
    values = {name: _number(value) for name, value in raw.items()}
    if not question.names and not question.var:
        names = [name for name in names if name in values] or list(values)
    _require_values([*question.names, *(name for name in names if name not in question.names)], values)
    ordered = [name for name in dict.fromkeys([*question.names, *names]) if name in values]
    return Work(
        question.text,
        latex(question.tree),
        names,
        {name: values[name] for name in dict.fromkeys([*ordered, *values])},
        lambda inputs: evaluate(question.tree, inputs),
        question.names,
        question.tree,
        question.definitions,
        {
            name: value
            for name, value in raw.items()
            if isinstance(value, Call | Name | Number)
            and np.ndim(values[name]) == 0
            and not _is_double(value)
        },
    )


def _is_double(node: Node) -> bool:
    """Is a constant a rational number that is a double?"""
    if isinstance(node, Call) and node.function == "neg":
        node = node.args[0]
    return isinstance(node, Number) and Fraction(float(node.value)) == node.value


def program(
    name: str, file: str, *, at: At, var: str | Sequence[str] | None, let: Iterable[str], files: bool
) -> Work:
    """A function in a Python file, run with each parameter's value from ``at`` or its default.

    A parameter that is not differentiated by and was typed as a whole number arrives as an int.
    """
    from calcgrad.programs import load

    if tuple(let):
        raise UsageError("--let has no meaning with --py", hint="give the value with --at")
    if not files:
        raise UsageError(
            "Python files are not run here", hint="start calcgrad batch with --files", code="files"
        )
    found = load(file, name)
    definitions = Definitions()
    raw = read_point(at, definitions, files)
    if "" in raw:
        only = found.required if len(found.required) == 1 else found.parameters
        if len(only) != 1 or only[0] in raw:
            hint = "--at " + ",".join(f"{each}=1" for each in found.parameters[:6])
            raise UsageError("--at needs names here", hint=hint, code="missing-variable")
        raw[only[0]] = raw.pop("")
    found.check_names([*raw, *read_names(var)])
    names = list(dict.fromkeys(read_names(var))) or [each for each in found.parameters if each in raw]
    values: dict[str, Any] = {}
    for each in found.parameters:
        if each in raw:
            value = raw[each]
            whole = isinstance(value, Number) and value.value.denominator == 1 and each not in names
            values[each] = int(value.value) if whole else _number(value)
    _require_values([*found.required, *(each for each in names if each not in found.required)], values)
    if not names:
        raise UsageError(f"{name} has no parameter with a value", hint="--at NAME=1", code="missing-variable")
    shown = f"{name}({', '.join(values)})"
    return Work(
        shown,
        rf"\mathrm{{{name}}}({', '.join(values)})",
        names,
        values,
        found,
        list(values),
        None,
        definitions,
    )
