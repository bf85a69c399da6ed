"""What every command returns: frozen records of an answer, an honest no, or "undecided".

    result = commands.diff("abs(x)", at="0")
    result.status, result.reason, result.left        # "no", "corner", "-1"
    print(result)                                    # what the command line prints; bool, float and .exact too

They hold finished text in the language itself (it reads back), LaTeX, and doubles; ``render`` lays them out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, dataclass_transform

Status = Literal["answered", "no", "undecided"]


class Answer:
    """What the answers to questions have in common: what they show of themselves, and whether there is one.

    ``bool`` says whether the question was answered with yes, ``float`` is the value's nearest double.
    """

    command: ClassVar[str]
    status: Any
    value: Any
    lines: ClassVar[
        Callable[..., list[str]]
    ]  # render's own, which the commands enter here: it stands above this

    def __str__(self) -> str:
        return "\n".join(type(self).lines(self))

    telling: ClassVar[slice] = slice(-1, None)  # the lines that say most

    def __repr__(self) -> str:
        shown = str(self).splitlines()
        told = ", ".join(line.strip() for line in shown[self.telling]) or str(self.status)
        return f"<{type(self).__name__} {told if len(told) <= 200 else told[:199] + '…'}>"

    def __bool__(self) -> bool:
        return bool(self.status == "answered")

    def __float__(self) -> float:
        value = getattr(self, "value", None)
        if value is None:
            raise TypeError(f"{self!r} has no value")
        if isinstance(value, Value):
            if value.number is None and value.exact not in ("oo", "-oo"):
                raise OverflowError(f"{self!r} is beyond the doubles")
            return float(value.exact.replace("oo", "inf")) if value.number is None else value.number
        return float(value)

    @property
    def exact(self) -> str | None:
        """The value as an expression that reads back, '' where only its decimal is known; None where there is none."""
        value = getattr(self, "value", None)
        return value.exact if isinstance(value, Value) else None


class Reasoned(Answer):
    """An answer that is there unless there is a ``reason`` why not."""

    reason: str

    @property
    def exists(self) -> bool:
        return not self.reason

    @property
    def status(self) -> Status:
        return _status(self.reason)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def _record(cls: Any) -> Any:
    """A frozen dataclass without comparison by value, which is made when the first record is: each costs 0.3 ms.

    ``dataclasses.fields`` of a class that has no record yet needs ``made``.
    """

    def __new__(cls: Any, *values: Any, **named: Any) -> Any:
        return object.__new__(made(cls))

    cls.__new__ = __new__
    return cls


def made(cls: Any) -> Any:
    """The dataclass that a class of records is."""
    if "__dataclass_fields__" not in cls.__dict__:
        dataclass(frozen=True, eq=False, repr=not issubclass(cls, Answer))(cls)
    return cls


@_record
class Value:
    """A number: its exact text ('' where only a decimal is known), its decimal, its nearest double.

    ``short`` says that the exact form is a short rational, which needs no decimal beside it, ``rounded`` that a decimal
    was asked for, by one in the point. ``number`` is None where the double does not exist (too large, or infinite).
    """

    exact: str
    decimal: str
    number: float | None
    latex: str
    short: bool = False
    rounded: bool = False

    @property
    def text(self) -> str:
        return self.exact or self.decimal

    @property
    def brief(self) -> str:
        """One form alone."""
        return self.decimal if self.rounded and self.decimal else self.text

    @property
    def shown(self) -> str:
        """Exact first, the decimal in parentheses where it adds something."""
        if not self.exact or self.short or self.rounded or not self.decimal:
            return self.brief
        return f"{self.exact} ({self.decimal})"


@_record
class Step:
    """One step of a derivation: the rule, what it was applied to, what came out, and the steps it rests on.

    ``shown`` is the line before the inner steps are known, (u)' for each of them; ``brief`` says it in words
    where that is too long (after "= " where it is a formula). ``where`` is a substitution, u = ..., or the
    condition under which the rule holds.
    """

    rule: str
    formula: str
    var: str
    before: str
    after: str | None
    shown: str
    where: str = ""
    because: tuple[Step, ...] = ()
    letter: str = ""  # what stands for the inner function in the chain rule
    brief: str = ""
    latex: dict[str, str] = field(default_factory=dict)


@_record
class Derivation:
    """The steps of one differentiation, and the derivative that they lead to (None: no closed form)."""

    steps: tuple[Step, ...]
    derivative: str | None
    latex: str


@_record
class Derivative(Reasoned):
    """diff: the derivative as a formula, and at a point if one was given."""

    command = "diff"
    expr: str
    names: tuple[str, ...]  # every variable of the expression
    var: tuple[str, ...]  # by which it was differentiated, in turn
    derivative: str | None
    where: str | None = None
    unsettled: tuple[str, ...] = ()  # conditions under which it is not known whether the formula holds
    at: dict[str, str] | None = None
    value: Value | None = None
    left: Value | None = None
    right: Value | None = None
    reason: str = ""
    why: str = ""
    cases: tuple[Case, ...] = ()  # where it depends on parameters: all that there are
    failed_order: int = 0
    nowhere: bool = False  # f has no value at all
    measured: bool = False  # the value is known from numbers only, though there is a formula
    steps: tuple[Derivation, ...] = ()  # one for each differentiation in turn
    functions: tuple[str, ...] = ()  # the letters of unknown functions
    code: str = ""  # the derivative in another language
    latex: dict[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()  # conditions on its variables that it rests on

    def _repr_latex_(self) -> str | None:
        """What Jupyter shows: the derivative or its value, the derivation, or why there is none."""
        plain = self.latex.get("derivative") if self.value is None else self.value.latex
        return _displayed(_laid_out(self) if self.steps or self.reason else plain)

    @property
    def order(self) -> int:
        return len(self.var)


@_record
class Implicit(Reasoned):
    """diff --var y:x: the derivatives of functions that equations define, and at a point of the curve.

    ``kind`` names a point that is no ordinary one, a node or a cusp, and ``slopes`` are those of its tangents.
    """

    command = "diff"
    expr: str
    unknowns: tuple[str, ...]
    var: tuple[str, ...]  # by which they were differentiated, in turn
    derivatives: dict[str, str] | None = None
    where: str | None = None
    at: dict[str, str] | None = None
    values: dict[str, Value] = field(default_factory=dict)
    reason: str = ""
    why: str = ""
    kind: str = ""
    slopes: tuple[Value, ...] = ()
    steps: tuple[Step, ...] = ()
    latex: dict[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()  # conditions on its variables that it rests on

    def _repr_latex_(self) -> str | None:
        """What Jupyter shows."""
        return _displayed(r" \\ ".join(type(self).lines(self, latex=True)[1:]))

    @property
    def derivative(self) -> str | None:
        """Of the only unknown."""
        return next(iter(self.derivatives.values())) if self.derivatives and len(self.unknowns) == 1 else None

    @property
    def value(self) -> Value | None:
        """Of the only unknown."""
        return self.values.get(self.unknowns[0]) if len(self.unknowns) == 1 else None

    @property
    def order(self) -> int:
        return len(self.var)


@_record
class Parametric(Reasoned):
    """diff --curve and --polar: slope, second derivative, speed and curvature of a path, and at a point of it.

    ``formulas`` and ``values`` are by "dy/dx", "d2y/dx2", "speed" and "curvature", which hold off kinks, ``smooth``,
    and the first ``where`` x' is not 0. ``places`` are those of cusps, vertical and horizontal tangents, all there are
    in one ``period`` or on the whole line.
    """

    command = "diff"
    expr: str
    var: str
    polar: bool
    order: int
    formulas: dict[str, str]
    where: str | None = None
    smooth: str | None = None
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)
    period: str | None = None
    at: str | None = None
    point: tuple[Value, Value] | None = None
    values: dict[str, Value] = field(default_factory=dict)
    reason: str = ""
    why: str = ""
    kind: str = ""
    slopes: tuple[Value, ...] = ()
    steps: tuple[Step, ...] = ()
    latex: dict[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()  # conditions on its variables that it rests on

    def _repr_latex_(self) -> str | None:
        """What Jupyter shows."""
        return _displayed(r" \\ ".join(type(self).lines(self, latex=True)[1:]))

    @property
    def main(self) -> str:
        """What was asked for: dy/dx, or a higher derivative."""
        return "dy/dx" if self.order == 1 else f"d{self.order}y/dx{self.order}"

    @property
    def derivative(self) -> str | None:
        return self.formulas.get(self.main)

    @property
    def value(self) -> Value | None:
        return self.values.get(self.main)


@_record
class Case:
    """What an answer is under a condition on parameters; ``value`` is None where there is none, with the ``reason``."""

    condition: str
    value: Value | None
    reason: str = ""
    left: Value | None = None
    right: Value | None = None


@_record
class Limit(Reasoned):
    """limit: of the expression (``to``), or of its difference quotient (``at``)."""

    command = "limit"
    expr: str
    var: str
    point: str
    quotient: bool
    side: str
    value: Value | None
    left: Value | None = None
    right: Value | None = None
    reason: str = ""
    why: str = ""
    evidence: str = ""
    error: float | None = None
    conjecture: str | None = None
    bounds: tuple[str, str] | None = None
    cases: tuple[Case, ...] = ()  # where it depends on parameters: all that there are
    heads: tuple[str, ...] = ()
    table: tuple[tuple[str | None, ...], ...] = ()
    names: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()  # what was done and why
    latex: dict[str, str] = field(default_factory=dict)
    question: Any = None  # what was asked, so that a picture need not read it again
    assumed: tuple[str, ...] = ()  # conditions on its variables that it rests on

    def _repr_latex_(self) -> str | None:
        """What Jupyter shows: the limit, the way to it, or why there is none."""
        plain = None if self.value is None else self.value.latex
        return _displayed(_laid_out(self) if self.steps or not self.exists else plain)

    @property
    def exists(self) -> bool:
        return self.value is not None


@_record
class Total(Reasoned):
    """diff --total: is there a tangent plane? ``plane`` is it; ``partials`` may exist without one."""

    command = "diff"
    expr: str
    var: tuple[str, str]
    names: tuple[str, ...]
    at: dict[str, str]
    value: Value | None = None  # of f
    partials: dict[str, Value | None] = field(default_factory=dict)
    plane: str | None = None
    reason: str = ""  # undefined, partial (one does not exist), not-total or undecided
    why: str = ""
    assumed: tuple[str, ...] = ()  # conditions under which alone it was asked
    latex: dict[str, str] = field(default_factory=dict)

    def _repr_latex_(self) -> str | None:
        """What Jupyter shows: the plane."""
        return _displayed(self.latex["plane"])


@_record
class Along:
    """A limit along a path: the path's equation, and the limit; None where it oscillates."""

    path: str
    value: Value | None


@_record
class PlaneLimit(Reasoned):
    """limit in two variables: its ``proof``, or two ``paths`` with different limits, or what was ``tried``."""

    command = "limit"
    expr: str
    var: tuple[str, str]
    names: tuple[str, ...]
    to: dict[str, str]
    value: Value | None
    reason: str = ""  # paths-differ, oscillates, or undecided
    why: str = ""
    proof: str = ""
    paths: tuple[Along, ...] = ()
    tried: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()  # conditions under which alone it was asked
    latex: dict[str, str] = field(default_factory=dict)

    def _repr_latex_(self) -> str | None:
        """What Jupyter shows: the limit."""
        return _displayed(None if self.value is None else self.value.latex)

    @property
    def exists(self) -> bool:
        return self.value is not None


@_record
class Term:
    """One term of an expansion: a constant times a scale."""

    coefficient: str
    scale: str


@_record
class Side:
    """An expansion on one side: its first terms, and what follows is O(remainder), or nothing (None)."""

    terms: tuple[Term, ...] = ()
    sum: str = ""
    remainder: str | None = None
    evidence: str = ""
    reason: str = ""
    why: str = ""
    latex: dict[str, str] = field(default_factory=dict)


@_record
class Series(Reasoned):
    """series: ``both`` is the expansion on all sides that were asked for; ``left`` and ``right`` where they differ."""

    command = "series"
    expr: str
    var: str
    names: tuple[str, ...]
    point: str
    side: str
    both: Side | None = None
    left: Side | None = None
    right: Side | None = None
    reason: str = ""
    why: str = ""
    steps: tuple[tuple[str, Side], ...] = ()  # the parts' own expansions
    assumed: tuple[str, ...] = ()  # conditions on its variables that it rests on

    def _repr_latex_(self) -> str | None:
        """What Jupyter shows."""
        if self.both is None:
            return None
        rest = "" if self.both.remainder is None else rf" + O\left({self.both.latex['remainder']}\right)"
        return _displayed(self.both.latex["sum"] + rest)

    @property
    def exists(self) -> bool:
        return self.both is not None


@_record
class Interval:
    """From ``low`` to ``high`` (-oo and oo included); ``closed`` says of which ends they belong to it."""

    low: Value
    high: Value
    closed: tuple[bool, bool]

    def __str__(self) -> str:
        if self.low.text == self.high.text:
            return f"{{{self.low.text}}}"
        opened, shut = ("(", "[")[self.closed[0]], (")", "]")[self.closed[1]]
        return f"{opened}{self.low.text}, {self.high.text}{shut}"


@_record
class Spot:
    """A notable place of a function: where, its value there (None: not defined), and what it is.

    ``kind``: stationary, corner, cusp, vertical-tangent, jump, edge (of the domain), end (of the range), isolated;
    where f is not defined pole, hole, gap, edge or oscillation; else ''. ``left`` and ``right`` are limits at a cut.
    ``vanishes`` says which of f, f' and f'' are 0.
    """

    x: Value
    value: Value | None
    kind: str = ""
    extremum: str = ""  # maximum or minimum
    strict: bool = True
    inflection: bool = False
    vanishes: tuple[bool, bool, bool] = (False, False, False)
    left: str | None = None
    right: str | None = None
    sides: tuple[str, str] = ("", "")  # left and right in LaTeX


@_record
class Stretch:
    """What is between two neighbouring places: the signs of f, f' and f'', None where they are not known."""

    low: Value
    high: Value
    defined: bool
    settled: bool
    signs: tuple[int | None, int | None, int | None]


@_record
class Asymptote:
    """``equation`` such as x = 1 or y = 2*x - 3; approached at ``where``: left, right or both, -oo or oo."""

    kind: str  # vertical, horizontal or slanted
    equation: str
    where: str
    latex: str
    at: tuple[float | None, float | None] = (None, None)  # to draw: (x, None), or height at 0 and slope


@_record
class Greatest:
    """The greatest or the least value: ``value`` is None where f is unbounded or nothing is settled.

    It is taken at ``places`` and all along the intervals ``on``; both are empty where it is only approached.
    ``everywhere`` says that f is constant.
    """

    value: Value | None
    places: tuple[Value, ...] = ()
    unbounded: bool = False
    everywhere: bool = False
    settled: bool = True
    on: tuple[Interval, ...] = ()


@_record
class Critical:
    """Where both slopes are 0: a maximum, minimum or saddle, or '' where that is not known.

    ``by`` says how that is known: by the hessian, whose ``determinant`` it is; where that is 0 by f along a curve on
    which one slope is 0, by the sign of f - f(p) all around, or along two paths.
    """

    at: dict[str, Value]
    value: Value
    kind: str
    by: str = ""
    determinant: Value | None = None


@_record
class CriticalCurve:
    """Both slopes are 0 all along a curve, ``equation``, on which f has one ``value``; ``where`` says on what part."""

    equation: str
    value: Value
    kind: str
    where: str | None = None
    latex: dict[str, str] = field(default_factory=dict)


@_record
class PlaneStudy(Reasoned):
    """study of two variables: all points at which both slopes are 0, unless something is ``unsettled``.

    In a variable of which f has a period, they are those in one, from 0 on.
    """

    command, telling = "study", slice(1)
    expr: str
    var: tuple[str, str]
    names: tuple[str, ...]
    points: tuple[Critical, ...] = ()
    curves: tuple[CriticalCurve, ...] = ()
    periods: dict[str, Value] = field(default_factory=dict)
    unsettled: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    reason: str = ""
    why: str = ""
    latex: dict[str, str] = field(default_factory=dict)


@_record
class Study(Reasoned):
    """study: what a function does on its range, all of it proved; ``unsettled`` says what is not, and where.

    ``scope``: everywhere, period, window (from ``low`` to ``high``, as far as it was looked) or on (as asked).
    """

    command, telling = "study", slice(1)
    expr: str
    var: str
    names: tuple[str, ...]
    scope: str
    low: Value
    high: Value
    spots: tuple[Spot, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    domain: tuple[Interval, ...] = ()
    positive: tuple[Interval, ...] = ()
    negative: tuple[Interval, ...] = ()
    zero: tuple[Interval, ...] = ()  # where f is 0 all along
    increasing: tuple[Interval, ...] = ()
    decreasing: tuple[Interval, ...] = ()
    constant: tuple[Interval, ...] = ()
    convex: tuple[Interval, ...] = ()
    concave: tuple[Interval, ...] = ()
    asymptotes: tuple[Asymptote, ...] = ()
    symmetry: str | None = None  # even, odd or neither; None: not settled
    period: Value | None = None
    least_period: bool = False
    greatest: Greatest | None = None
    least: Greatest | None = None
    bent: tuple[str, str] | None = None  # where convexity was looked at, if not everywhere
    ends: tuple[str | None, str | None] = (None, None)  # the limits at -oo and oo
    unsettled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    why: str = ""
    latex: dict[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    question: Any = None  # what was asked, so that a picture need not read it again

    @property
    def zeros(self) -> tuple[Value, ...]:
        return tuple(each.x for each in self.spots if each.vanishes[0])

    @property
    def extrema(self) -> tuple[Spot, ...]:
        return tuple(each for each in self.spots if each.extremum)

    @property
    def critical(self) -> tuple[Spot, ...]:
        """Where f is defined and f' is 0 or does not exist."""
        kinds = ("stationary", "corner", "cusp", "vertical-tangent", "no-derivative", "jump")
        return tuple(each for each in self.spots if each.kind in kinds)

    @property
    def inflections(self) -> tuple[Spot, ...]:
        return tuple(each for each in self.spots if each.inflection)

    @property
    def value(self) -> None:
        return None

    @property
    def exists(self) -> bool:
        return self.reason in ("", "undecided")

    def _repr_latex_(self) -> str | None:
        """What Jupyter shows: the table of variation."""
        return None if not self.exists else _displayed("\n".join(type(self).lines(self, latex=True)[1:]))


@_record
class Node:
    """One row of a computational graph: forward value, reverse adjoint, and the nodes that it was made from."""

    node: str
    operation: str
    value: Any
    adjoint: Any
    inputs: tuple[str, ...] = ()


@_record
class Gradient(Reasoned):
    """grad: a function's value, and its first or second derivatives or their products with a vector.

    ``kind`` says which, and where the answer is: ``gradient``, ``vjp`` and ``hvp`` have one part for each
    variable, in ``gradient``; ``jacobian``, ``hessian`` and ``jvp`` are one array. ``label`` names the value.
    """

    command, telling = "grad", slice(1, None)
    expr: str
    label: str
    at: dict[str, Any]
    value: Any
    gradient: dict[str, Any] | None = None
    array: Any = None
    kind: str = "gradient"
    reason: str = ""
    why: str = ""
    trace: tuple[Node, ...] | None = None  # rows to show
    graph: tuple[Node, ...] | None = None  # the same rows to draw
    latex: dict[str, str] = field(default_factory=dict)
    file: str = ""  # where the arrays go

    def arrays(self) -> dict[str, Any]:
        """What was computed, by name: the part for each variable, or J, H or the tangent of the value."""
        if self.array is None:
            return self.gradient or {}
        return {{"jacobian": "J", "hessian": "H"}.get(self.kind, self.kind): self.array}


@_record
class Directional(Reasoned):
    """grad --along: the slope along the unit vector of a direction."""

    command = "grad"
    expr: str
    label: str
    at: dict[str, Any]
    value: Any
    direction: dict[str, float]
    unit: dict[str, float]
    slope: float | None = None
    reason: str = ""
    why: str = ""


@_record
class Influence:
    """One variable: its value, the deviation of its errors, the slope, and the elasticity: that of the logarithms."""

    name: str
    value: float
    deviation: float | None
    slope: float
    elasticity: float | None


@_record
class Sensitivity(Reasoned):
    """grad --uncertainty and --sensitivity: ``first`` and ``second`` are standard deviations of the value.

    ``expected`` is its mean to second order, ``shift`` by how much that is off ``value``; ``condition`` is the sum of
    the elasticities' sizes. ``range`` has bounds of f while each variable is within its deviation.
    """

    command = "grad"
    expr: str
    label: str
    at: dict[str, Any]
    value: Any
    rows: tuple[Influence, ...] = ()
    condition: float | None = None
    first: float | None = None
    second: float | None = None
    shift: float | None = None
    expected: float | None = None
    range: tuple[float, float] | None = None
    reason: str = ""
    why: str = ""  # without a reason: why there is no second order


@_record
class Accumulated(Answer):
    """grad --accumulate: the sum of the gradients of all expressions."""

    command = "grad"
    accumulated: dict[str, Any]
    status: Status = "answered"
    file: str = ""


@_record
class Tangent:
    at: str
    line: str
    latex: str = ""
    label: str = ""  # in words, as the legend has it
    side: str = ""  # left or right where it is one-sided


@_record
class Secant:
    h: str
    slope: float
    line: str


@_record
class Taylor:
    """A Taylor polynomial at a point; ``of`` is the function's letter where there are several."""

    at: str
    degree: int
    polynomial: str
    of: str = ""


@_record
class Plot(Answer):
    """plot: where the picture went and what is on it."""

    command = "plot"
    expr: tuple[str, ...]
    file: str
    tangents: tuple[Tangent, ...]
    notes: tuple[str, ...] = ()
    secants: tuple[Secant, ...] = ()
    taylor: tuple[Taylor, ...] = ()
    normals: tuple[Tangent, ...] = ()
    gradients: tuple[dict[str, float], ...] = ()  # of a function of two variables, at each point
    assumed: tuple[str, ...] = ()
    status: Status = "answered"


@_record
class Opinion:
    """What one method says of a derivative: a value, ``none`` (there is no derivative), or nothing, ``-``."""

    status: str  # value, none or -
    number: float | None = None
    exact: str = ""
    decimal: str = ""  # beside the exact form, where it adds something


@_record
class Agreement:
    """Three methods on one derivative at one point."""

    at: dict[str, str]
    symbolic: Opinion
    autodiff: Opinion
    numeric: Opinion
    verdict: str  # agree, disagree or undecided
    exists: bool
    why: str = ""
    digits: int | None = None  # significant ones on which derivative and value agree, of a double's 15
    value: float | None = None  # of f
    late: str = ""  # what there was no time for


@_record
class Check(Answer):
    """check: the three methods side by side, or a claim against the truth."""

    command = "check"
    expr: str
    verdict: str  # agree, disagree, equal, different, undecided
    claim: str | None = None
    points: tuple[Agreement, ...] = ()
    counterexample: dict[str, str] | None = None
    why: str = ""
    domain: str = ""  # where a claim that is equal has a value and f has none
    chosen: bool = False  # calcgrad chose the points, so it shows them
    names: tuple[str, ...] = ()  # of f's variables; none where f is a Python function, which is not echoed
    equation: bool = False  # expr is one, and the claim is of the function that it defines
    listed: bool = False  # one of many claims on f, a line each
    slip: str = ""  # with which small change the claim is the derivative
    assumed: tuple[str, ...] = ()  # conditions on its variables under which alone it was asked
    at: dict[str, str] | None = None  # the place of which alone the claim speaks

    @property
    def status(self) -> Status:
        if self.verdict in ("agree", "equal") and all(each.exists for each in self.points):
            return "answered"
        # Methods that contradict each other settle nothing.
        return "undecided" if self.verdict in ("undecided", "disagree") else "no"


@_record
class Row(Answer):
    """functions: one entry of the language."""

    command = "functions"
    name: str
    signature: str
    aliases: tuple[str, ...]
    domain: str
    kinks: str
    help: str
    status: Status = "answered"


@_record
class Mapped:
    """map: where the rows went, how many there are, and how many have a gap for which reason.

    Of a sample, ``heads`` and ``lines`` are the table itself: numbers, texts, and None for a gap.
    """

    command = "map"
    expr: tuple[str, ...]
    file: str
    rows: int
    reasons: dict[str, int]
    files: int = 0  # of many
    heads: tuple[str, ...] = ()
    lines: tuple[tuple[float | str | None, ...], ...] = ()

    @property
    def status(self) -> Status:
        return "undecided" if "undecided" in self.reasons else "no" if self.reasons else "answered"


Result = (
    Derivative
    | PlaneStudy
    | Implicit
    | Total
    | Parametric
    | Limit
    | PlaneLimit
    | Series
    | Study
    | Gradient
    | Directional
    | Sensitivity
    | Accumulated
    | Plot
    | Check
    | Row
    | Mapped
)


def _status(reason: str) -> Status:
    if not reason:
        return "answered"
    return "undecided" if reason in ("undecided", "timeout", "too-large") else "no"


def _laid_out(result: Derivative | Limit) -> str:
    """The derivation, or the reason for a no."""
    lines = type(result).lines(result, latex=True)
    return "\n".join(lines) if result.steps else lines[-1]


def _displayed(formula: str | None) -> str | None:
    return rf"$\displaystyle {formula}$" if formula else None
