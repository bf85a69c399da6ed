"""One function for each subcommand: text in, a result out; no terminal anywhere.

    diff("3*x**2-4*x", at="1").value.exact        # "2"

Each loads only the engine it needs. Errors are CalcgradError; a "no" and "undecided" are results.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from calcgrad import results
from calcgrad.decimals import float_text, fraction_text
from calcgrad.errors import NotDifferentiable, TooLarge, UndecidedError, UsageError
from calcgrad.expression.tree import (
    INFINITY,
    Call,
    Name,
    Node,
    has_decimal,
    integer,
    names_in,
    postorder,
    rational,
    substitute,
    text,
    variables,
)
from calcgrad.questions import At, Note, Question, free_label, put_in, read, several_variables

if TYPE_CHECKING:
    from calcgrad.calculus import limits
    from calcgrad.calculus.points import AtPoint

DIGITS = 10
_MAX_DIGITS = 10_000


def _silent(message: str) -> None:
    pass


# ------------------------------------------------------------------------------------------------- values


def _value(value: Any, digits: int, decimals: bool) -> results.Value | None:
    """A SymPy number, or a numeric one, as a result."""
    import sympy

    from calcgrad.calculus import numeric, symbolic
    from calcgrad.expression.latex import latex

    if value is None:
        return None
    if isinstance(value, numeric.Ball | Fraction):
        shown = _measured(value, digits)
        return results.Value("", shown, numeric.to_float(value), shown)
    if isinstance(value, sympy.Float):
        shown = float_text(float(value), min(digits, 15))
        return results.Value("", shown, float(value), shown)
    tree = symbolic.value_tree(value, decimals)
    if tree is None:
        return None
    if value in (sympy.oo, -sympy.oo):
        return results.Value(text(tree), "", None, latex(tree))
    number = None if variables(tree) else symbolic.evaluate(tree, 20)
    double = numeric.to_float(number) if isinstance(number, Fraction | numeric.Ball) else None
    exact = isinstance(number, Fraction) and max(abs(number.numerator), number.denominator) < 10**10 and (
        value.is_Rational
    )  # fmt: skip
    shown = "" if number is None else symbolic.decimal(tree, digits) or ""
    return results.Value(text(tree), shown, double, latex(tree), bool(exact))


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


def _check_digits(digits: int, most: int = _MAX_DIGITS) -> None:
    if not 1 <= digits <= most:
        raise UsageError(f"--digits must be from 1 to {most}", hint=f"--digits {min(max(digits, 1), most)}")


def _scalar_point(question: Question, names: Sequence[str], *, infinite: bool = False) -> dict[str, Node]:
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


# --------------------------------------------------------------------------------------------------- diff


def diff(
    expr: str,
    *,
    at: At = None,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    order: int | None = None,
    digits: int = DIGITS,
    files: bool = True,
    note: Note = _silent,
) -> results.Derivative:
    """The derivative of ``expr``, and its value at a point if one is given."""
    from calcgrad.calculus import formulas, points
    from calcgrad.expression.arrays import scalarize
    from calcgrad.expression.latex import latex

    _check_digits(digits)
    question = read(expr, at=at, var=var, let=let, files=files, note=note)
    var_names = _orders(question, order)
    root, decimals = scalarize(question.tree), has_decimal(question.tree)
    nowhere = _constant_without_value(root)
    if nowhere:
        names = tuple(dict.fromkeys([*question.names, *var_names]))
        why = f"f is not {'real' if nowhere == 'not-real' else 'defined'}"
        return results.Derivative(
            question.text, names, var_names, None, reason=nowhere, why=why, latex={"f": latex(question.tree)}
        )
    formula = formulas.formula(root, var_names, decimals)
    where = formula.where
    shown = {"f": latex(question.tree)}
    if formula.tree is not None:
        shown["derivative"] = latex(formula.tree)
    if where is not None:
        shown["where"] = latex(where)
    fields: dict[str, Any] = {
        "expr": question.text,
        "names": tuple(dict.fromkeys([*question.names, *var_names])),
        "var": var_names,
        "derivative": None if formula.tree is None else text(formula.tree),
        "where": None if where is None else text(where, words=True),
        "latex": shown,
    }
    if at is None:
        return results.Derivative(**fields)
    point = _scalar_point(question, var_names)
    for name in dict.fromkeys(var_names):
        if name not in point:
            raise UsageError(f"no value for {name}", hint=f"--at {name}=1", code="missing-variable")
    answer = points.at_point(root, var_names, point, formula.derivative, max(digits, 20))
    fields["at"] = {name: text(place) for name, place in point.items()}
    shown |= {f"at {name}": latex(place) for name, place in point.items()}
    value = answer.number if answer.value is None else answer.value
    made = _value(value, digits, decimals or any(has_decimal(place) for place in point.values()))
    if answer.exists and made is None:
        return results.Derivative(
            **fields, reason="undecided", why="the value has no form that could be checked"
        )
    return results.Derivative(
        **fields,
        value=made,
        left=_value(answer.left, digits, decimals),
        right=_value(answer.right, digits, decimals),
        reason=answer.reason,
        why=_why_not(answer, var_names, point, digits, decimals),
        failed_order=answer.failed_order,
    )


def _constant_without_value(root: Node) -> str:
    """Why an expression without variables has no value; '' for all others."""
    from calcgrad.calculus import numeric, symbolic

    if names_in(root):
        return ""
    value = symbolic.evaluate(root, 5)
    return value.kind if isinstance(value, numeric.Undefined) and value.kind != "too-large" else ""


def _orders(question: Question, order: int | None) -> tuple[str, ...]:
    if order is not None and order < 1:
        raise UsageError("--order must be at least 1", hint="--order 2")
    names = question.differentiated("diff")
    if order is not None and len(names) > 1:
        raise UsageError(
            "--order and several names in --var exclude each other", hint="repeat the name: --var x,x"
        )
    if order is not None and order > 10_000:
        raise TooLarge(f"order {order} is too high to compute", hint="at most 10000")
    return names * (order or 1)


def _why_not(
    answer: AtPoint, names: Sequence[str], point: dict[str, Node], digits: int, decimals: bool
) -> str:
    """The reason for a missing derivative, in words; '' where it exists."""
    if answer.exists:
        return ""

    def show(value: Any) -> str:
        made = _value(value, digits, decimals)
        return "not known" if made is None else made.shown

    place = ", ".join(f"{name} = {text(value)}" for name, value in point.items())
    if answer.reason == "undecided":
        return "neither algebra nor high-precision numbers settled it"
    if answer.failed_order == 0:
        return f"f is not {'real' if answer.reason == 'not-real' else 'defined'} at {place}"
    of = "" if answer.failed_order == 1 else f" of f{_primes(answer.failed_order - 1)}"
    if answer.reason == "jump":
        return f"f jumps: {show(answer.from_left)} from the left, {show(answer.from_right)} from the right"
    slopes = [
        f"{show(value)} from the {side}"
        for side, value in (("left", answer.left), ("right", answer.right))
        if value is not None
    ]
    if answer.reason == "not-real":
        if not answer.real_side:
            return "f is real on neither side"
        other = "left" if answer.real_side == "right" else "right"
        return f"f is not real to the {other}" + (f"; slope{of} {slopes[0]}" if slopes else "")
    if answer.reason == "oscillates":
        return "; ".join([f"the slope{of} oscillates", *(f"slope {each}" for each in slopes)])
    if answer.reason == "vertical-tangent":
        return f"vertical tangent, slope{of} {', '.join(slopes)}"
    return f"slope{of} {', '.join(slopes)}"


def _primes(order: int) -> str:
    return "'" * order if order <= 3 else f"^({order})"


# -------------------------------------------------------------------------------------------------- limit


def limit(
    expr: str,
    *,
    to: str | None = None,
    at: At = None,
    side: str = "both",
    rows: int = 5,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    digits: int = DIGITS,
    files: bool = True,
    note: Note = _silent,
) -> results.Limit:
    """The limit of ``expr`` as its variable goes ``to`` a point, or of its difference quotient ``at`` one."""
    from calcgrad.calculus.sides import is_infinite
    from calcgrad.expression.arrays import scalarize
    from calcgrad.expression.latex import latex

    _check_digits(digits)
    if (to is None) == (at is None):
        raise UsageError(
            "limit needs --to or --at" if to is None else "limit takes --to or --at, not both",
            hint="--to 0 for f itself, --at 1 for its difference quotient",
        )
    if rows < 0 or rows > 1000:
        raise UsageError("--rows must be from 0 to 1000", hint="--rows 5")
    if side not in ("both", "left", "right"):
        raise UsageError(f"--from {side[:40]} is neither left nor right", hint="--from left or --from right")
    question = read(expr, at=to if at is None else at, var=var, let=let, files=files, note=note)
    names = question.differentiated("limit")
    if len(set(names)) > 1:
        raise UsageError("a limit is in one variable", hint=f"--var {names[0]}")
    name = names[0]
    point = _scalar_point(question, names, infinite=True)
    if name not in point:
        raise UsageError(
            f"no value for {name}", hint=f"--{'to' if at is None else 'at'} {name}=1", code="missing-variable"
        )
    place = point.pop(name)
    root = put_in(scalarize(question.tree), point)
    decimals = has_decimal(root) or has_decimal(place)
    if is_infinite(place):
        if at is not None:
            raise UsageError("there is no slope at infinity", hint="--to oo for the limit of f itself")
        if side != "both":
            raise UsageError("--from has no meaning at infinity", hint="--to oo or --to -oo")
    elif any(node is INFINITY for node in postorder(place)):
        raise UsageError(f"{text(place)} is not a place", hint="--to oo, --to -oo or a number")
    step = free_label("h k", [*question.names, name])
    fields: dict[str, Any] = {
        "expr": question.text,
        "names": tuple(dict.fromkeys([*question.names, name])),
        "var": name,
        "point": text(place),
        "quotient": at is not None,
        "side": side,
        "table": _table(
            root, name, place, at is not None, side, 0 if names_in(root) - {name} else rows, digits
        ),
        "latex": {"f": latex(question.tree), "point": latex(place)},
    }
    found = (
        _quotient_limit(root, name, place, side, step) if at is not None else _limit(root, name, place, side)
    )
    return _limit_result(found, fields, digits, decimals)


def _limit(root: Node, name: str, place: Node, side: str) -> limits.Limit:
    from calcgrad.calculus import limits

    return limits.limit(root, name, place, side)


def _quotient_limit(root: Node, name: str, place: Node, side: str, step: str) -> limits.Limit:
    """lim (f(p+h)-f(p))/h: the derivative at a point, or one of its sides."""
    from calcgrad.calculus import limits, points, symbolic

    if side != "both":
        one = points.one_sided_slope(root, name, place, -1 if side == "left" else 1)
        left, right = (one, None) if side == "left" else (None, one)
        return limits.Limit(one.value, one.reason, one.evidence, left, right, one.error)
    answer = points.at_point(root, [name], {name: place}, symbolic.derivative(root, [name]))
    reason = {"corner": "sides-differ", "jump": "sides-differ", "not-real": "one-sided-only"}.get(
        answer.reason, answer.reason
    )
    if answer.failed_order == 0 and answer.reason:
        return limits.Limit(None, "undefined", "", None, None)
    if answer.exists and answer.value is None:
        value, error = points.as_float(answer.number)
        return limits.Limit(value, "", "numeric", None, None, error)
    if answer.exists:
        return limits.Limit(answer.value, "", answer.evidence, None, None)
    if answer.reason in ("vertical-tangent", "jump"):
        one, other = (points.one_sided_slope(root, name, place, each) for each in (-1, 1))
        if one.value is not None and one.value == other.value:
            return limits.Limit(one.value, "", limits.weakest(one.evidence, other.evidence), one, other)
        return limits.Limit(None, "sides-differ", limits.weakest(one.evidence, other.evidence), one, other)
    left, right = (limits.OneSided(value, evidence=answer.evidence) for value in (answer.left, answer.right))
    return limits.Limit(None, reason, answer.evidence, left, right)


def _limit_result(found: limits.Limit, fields: dict[str, Any], digits: int, decimals: bool) -> results.Limit:
    left = _value(found.left.value, digits, decimals) if found.left is not None else None
    right = _value(found.right.value, digits, decimals) if found.right is not None else None
    value = _value(found.value, digits, decimals)
    reason = found.reason or ("undecided" if value is None else "")
    bounds = None
    if reason == "oscillates":
        for one in (found.left, found.right):
            if one is not None and one.bounds is not None:
                low, high = (_value(each, digits, decimals) for each in one.bounds)
                if low is not None and high is not None:
                    bounds = low.text, high.text
    return results.Limit(
        **fields,
        value=value,
        left=None if value is not None else left,
        right=None if value is not None else right,
        reason=reason,
        why=_depends(fields) or _why_no_limit(reason, found, left, right, bounds, fields["quotient"])
        if reason == "undecided"
        else _why_no_limit(reason, found, left, right, bounds, fields["quotient"]),
        evidence=found.evidence,
        error=found.error,
        bounds=bounds,
    )


def _depends(fields: dict[str, Any]) -> str:
    """What an undecided answer may hang on: the parameters that are left."""
    others = [name for name in fields["names"] if name != fields["var"]]
    return f"it may depend on {', '.join(others)}; --let gives a value" if others else ""


def _why_no_limit(
    reason: str,
    found: limits.Limit,
    left: results.Value | None,
    right: results.Value | None,
    bounds: tuple[str, str] | None,
    quotient: bool,
) -> str:
    f = "the quotient" if quotient else "f"
    sides = [
        f"{value.shown} from the {side}"
        for side, value in (("left", left), ("right", right))
        if value is not None
    ]
    match reason:
        case "sides-differ":
            return ", ".join(sides)
        case "one-sided-only":
            gone = "left" if left is None else "right"
            return f"{f} is not real to the {gone}" + (f"; {sides[0]}" if sides else "")
        case "oscillates":
            return "it oscillates" + (f" between {bounds[0]} and {bounds[1]}" if bounds else "")
        case "undefined":
            return "f is not defined there" if quotient else "f is not defined near there"
        case "not-real":
            return f"{f} is not real near there"
        case "undecided":
            return "neither algebra nor high-precision numbers settled it"
    return ""


def _table(
    root: Node, name: str, place: Node, quotient: bool, side: str, rows: int, digits: int
) -> tuple[tuple[str | None, ...], ...]:
    """Rows of h and the values on each side that was asked for; at infinity rows of x and f(x)."""
    from calcgrad.calculus import symbolic
    from calcgrad.calculus.sides import is_infinite
    from calcgrad.calculus.sides import place as moved

    def at(where: Node) -> Node:
        return substitute(root, {Name(name): where})

    made: list[tuple[str | None, ...]] = []
    for k in range(1, rows + 1):
        if is_infinite(place):
            far = 10**k if place is INFINITY else -(10**k)
            made.append((fraction_text(Fraction(far), 17), symbolic.decimal(at(integer(far)), digits)))
            continue
        step = Fraction(1, 10**k)
        cells: list[str | None] = [fraction_text(step, 17)]
        for sign in [-1] * (side != "right") + [1] * (side != "left"):
            cell = at(moved(place, sign * step))
            if quotient:
                cell = Call("/", (Call("-", (cell, at(place))), rational(sign * step)))
            cells.append(symbolic.decimal(cell, digits))
        made.append(tuple(cells))
    return tuple(made)


# --------------------------------------------------------------------------------------------------- grad


def grad(
    expr: str,
    *,
    at: At = None,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    digits: int = DIGITS,
    trace: bool = False,
    jacobian: bool = False,
    label: str = "",
    files: bool = True,
    note: Note = _silent,
) -> results.Gradient:
    """Value and gradient at a point by reverse-mode automatic differentiation over the recorded graph."""
    import numpy as np

    from calcgrad.autodiff import Variable, gradient
    from calcgrad.autodiff.expressions import evaluate
    from calcgrad.expression.latex import latex

    if digits > 17:
        raise UsageError(
            "grad computes in float64: at most 17 digits", hint="diff --at computes more", code="digits"
        )
    _check_digits(digits)
    question = read(expr, at=at, var=var, let=let, files=files, note=note)
    names, values = _array_point(question)
    inputs = {name: Variable(values[name]) if name in names else values[name] for name in values}
    seen: dict[Node, Any] = {}
    output = evaluate(question.tree, inputs, seen)
    shown = {name: np.asarray(value).tolist() for name, value in values.items()}
    label = free_label("y f g", question.names) + label
    fields: dict[str, Any] = {
        "expr": question.text,
        "label": label,
        "at": {name: shown[name] for name in dict.fromkeys([*question.names, *names]) if name in shown},
        "value": np.asarray(_plain(output)).tolist(),
        "kind": "jacobian" if jacobian else "gradient",
        "latex": {"f": latex(question.tree)},
    }
    targets = [inputs[name] for name in names]
    root = output if isinstance(output, Variable) else Variable(output)
    try:
        if jacobian:
            return results.Gradient(**fields, jacobian=_jacobian(root, names, targets))
        if np.ndim(_plain(output)):
            raise _not_one_number(question, _plain(output))
        adjoints = gradient(root, targets=targets)
        rows = _trace(question, seen, root, inputs, names, fields["label"]) if trace else None
    except NotDifferentiable as error:
        if error.kind == "no-rule":
            raise
        return _no_gradient(error, question, names, values, fields)
    except TooLarge:
        raise
    except UndecidedError as error:
        return _undecided_gradient(error, question, names, values, fields)
    if not _finite(fields["value"]) or not all(_finite(adjoint) for adjoint in adjoints):
        return _not_finite(question, names, values, fields)
    made = {name: np.asarray(adjoint).tolist() for name, adjoint in zip(names, adjoints, strict=True)}
    return results.Gradient(**fields, gradient=made, trace=rows)


def _not_finite(
    question: Question, names: Sequence[str], values: dict[str, Any], fields: dict[str, Any]
) -> results.Gradient:
    """A value that float64 does not have: not defined at all, or only too large for a double."""
    import numpy as np

    from calcgrad.calculus import numeric
    from calcgrad.expression.arrays import scalarize

    fields = {**fields, "value": None}
    if all(np.ndim(value) == 0 for value in values.values()):
        point = {name: rational(Fraction(float(value))) for name, value in values.items()}
        exact = numeric.evaluate(scalarize(put_in(question.tree, point)), 15, limit=200)
        if isinstance(exact, numeric.Undefined) and exact.kind != "too-large":
            adjective = "real" if exact.kind == "not-real" else "defined"
            return results.Gradient(
                **fields,
                reason=exact.kind,
                why=f"{fields['label']} is not {adjective} at {_place(names, values)}",
            )
    why = f"a value is too large for a double at {_place(names, values)}"
    return results.Gradient(**fields, reason="too-large", why=why)


def _plain(value: Any) -> Any:
    return getattr(value, "value", value)


def _array_point(question: Question) -> tuple[list[str], dict[str, Any]]:
    """The names to differentiate by, and every variable's value in float64."""
    import numpy as np

    from calcgrad.autodiff.expressions import evaluate

    names = list(dict.fromkeys(question.var)) or list(question.names) or ["x"]
    raw = question.values(names if len(names) == 1 else question.names)
    values = {
        name: value if isinstance(value, np.ndarray) else evaluate(value, {}) for name, value in raw.items()
    }
    missing = [name for name in question.names if name not in values]
    if not question.names and not question.var:
        names = [name for name in names if name in values]
    if missing or any(name not in values for name in names):
        wanted = missing or [name for name in names if name not in values]
        raise UsageError(
            f"no value for {', '.join(wanted[:6])}", hint="--at " + ",".join(f"{name}=1" for name in wanted[:6]),
            code="missing-variable",
        )  # fmt: skip
    for name, value in values.items():
        if not np.all(np.isfinite(value)):
            raise UsageError(f"{name} is not finite", hint="give finite numbers", code="not-finite")
    return names, values


def _not_one_number(question: Question, value: Any) -> UsageError:
    from calcgrad.render import numbers

    return UsageError(
        f"grad needs one number; {_short(question.text)} gives {_short(numbers(value))}",
        hint=f"sum({_short(question.text)}), or --jacobian",
        code="not-scalar",
    )


def _short(shown: str) -> str:
    return shown if len(shown) <= 60 else shown[:59] + "…"


def _jacobian(root: Any, names: Sequence[str], targets: Sequence[Any]) -> Any:
    """One row for each component of the output, by one backward sweep each."""
    import numpy as np

    from calcgrad.autodiff import gradient

    size = int(np.size(_plain(root)))
    if size * sum(int(np.size(_plain(target))) for target in targets) > 10**7:
        raise TooLarge("the Jacobian has more than 10000000 entries", hint="take fewer components")
    rows = []
    for index in range(size):
        seed = np.zeros(size)
        seed[index] = 1.0
        seed = seed.reshape(np.shape(_plain(root)))
        adjoints = gradient(root, seed if np.ndim(seed) else 1.0, targets)
        rows.append(np.concatenate([np.ravel(each) for each in adjoints]))
    return np.array(rows).tolist()


def _trace(
    question: Question,
    seen: dict[Node, Any],
    root: Any,
    inputs: dict[str, Any],
    names: Sequence[str],
    label: str,
) -> tuple[results.Node, ...]:
    """One row for each input and each recorded node: forward value, adjoint, the operation on its parts."""
    import numpy as np

    from calcgrad.autodiff import Variable, gradient

    order = [
        node
        for node in postorder(question.tree)
        if isinstance(seen.get(node), Variable) and not isinstance(node, Name)
    ]
    shown: dict[Node, Node] = {Name(name): Name(name) for name in names}
    taken = set(question.names)
    labels: dict[Node, str] = {}
    count = 0
    for node in order:
        if node is question.tree:
            labels[node] = label
        else:
            count += 1
            while f"v{count}" in taken:
                count += 1
            labels[node] = f"v{count}"
    targets = [inputs[name] for name in names] + [seen[node] for node in order]
    adjoints = gradient(root, targets=targets)
    rows = [
        results.Node(name, "input", np.asarray(_plain(inputs[name])).tolist(), np.asarray(adjoint).tolist())
        for name, adjoint in zip(names, adjoints, strict=False)
    ]
    for node, adjoint in zip(order, adjoints[len(names) :], strict=True):
        parts = {part: shown[part] for part in postorder(node) if part is not node and part in shown}
        operation = text(substitute(node, parts))
        rows.append(
            results.Node(
                labels[node], operation, np.asarray(_plain(seen[node])).tolist(), np.asarray(adjoint).tolist()
            )
        )
        shown[node] = Name(labels[node])
    return tuple(rows)


_KINDS = {
    "corner": "a corner", "vertical-tangent": "a vertical tangent", "jump": "a jump",
}  # fmt: skip


def _no_gradient(
    error: NotDifferentiable,
    question: Question,
    names: Sequence[str],
    values: dict[str, Any],
    fields: dict[str, Any],
) -> results.Gradient:
    """A gradient that does not exist: which function bends or breaks, and where."""
    place = _place(names, values)
    if error.kind in _KINDS:
        why = f"{error.function} has {_KINDS[error.kind]} at {place}"
        if error.left is not None and error.right is not None:
            why += f": slope {float_text(error.left)} from the left, {float_text(error.right)} from the right"
    else:
        why = f"{error.message} at {place}"
        if not _finite(fields["value"]):
            fields = {**fields, "value": None}
    return results.Gradient(**fields, reason=error.kind, why=why)


def _undecided_gradient(
    error: UndecidedError,
    question: Question,
    names: Sequence[str],
    values: dict[str, Any],
    fields: dict[str, Any],
) -> results.Gradient:
    """What the graph could not settle at a point, decided for numbers by one-sided limits instead."""
    import numpy as np

    if not _finite(fields["value"]):
        return _not_finite(question, names, values, fields)
    if all(np.ndim(value) == 0 for value in values.values()):
        from calcgrad.calculus import points, symbolic
        from calcgrad.expression.arrays import scalarize

        point = {name: rational(Fraction(float(value))) for name, value in values.items()}
        found: dict[str, Any] = {}
        for name in names:
            root = scalarize(question.tree)
            answer = points.at_point(root, [name], point, symbolic.derivative(root, [name]))
            made = (
                None
                if not answer.exists
                else _value(answer.number if answer.value is None else answer.value, 17, False)
            )
            if answer.reason == "undecided" or (answer.exists and (made is None or made.number is None)):
                break
            if not answer.exists:
                why = _why_not(answer, [name], {name: point[name]}, DIGITS, False)
                return results.Gradient(
                    **fields, reason=answer.reason, why=f"{why} at {_place(names, values)}"
                )
            found[name] = made.number if made is not None else None
        else:
            if len(names) == 1:
                return results.Gradient(**fields, gradient=found)
    return results.Gradient(**fields, reason="undecided", why=f"{error.message}, at {_place(names, values)}")


def _finite(value: Any) -> bool:
    import numpy as np

    return bool(np.all(np.isfinite(value)))


def _place(names: Sequence[str], values: dict[str, Any]) -> str:
    from calcgrad.render import numbers

    shown = [f"{name} = {_short(numbers(values[name]))}" for name in list(names)[:4] if name in values]
    return ", ".join(shown) + (", …" if len(names) > 4 else "")


def accumulate(found: Sequence[results.Gradient]) -> results.Accumulated:
    """The gradients of several expressions added up, as a second ``backward`` adds to ``grad``."""
    import numpy as np

    total: dict[str, Any] = {}
    for one in found:
        for name, value in (one.gradient or {}).items():
            total[name] = np.asarray(value) if name not in total else total[name] + np.asarray(value)
    return results.Accumulated({name: value.tolist() for name, value in total.items()})


# -------------------------------------------------------------------------------------------------- check


def check(
    expr: str,
    claim: str | None = None,
    *,
    at: At = None,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    digits: int = DIGITS,
    tol: float | None = None,
    files: bool = True,
    note: Note = _silent,
) -> results.Check:
    """Three methods against each other, or a claimed derivative against the truth."""
    from calcgrad import check as checking

    _check_digits(digits)
    question = read(expr, at=at, var=var, let=let, files=files, note=note)
    name = _one_name(question)
    point = _scalar_point(question, (name,))
    if tol is not None and not 0 < tol < 1:
        raise UsageError("--tol must lie between 0 and 1", hint="--tol 1e-9")
    if claim is not None:
        claimed = read(claim, var=var, let=let, extra=[*question.names, *point], files=files)
        return checking.claim(question, claimed, name, point, tol)
    return checking.methods(question, name, point if at is not None else None, digits, tol)


def _one_name(question: Question) -> str:
    names = question.differentiated("check")
    if len(names) > 1:
        raise UsageError("check takes one variable", hint=f"--var {names[0]}")
    return names[0]


# ---------------------------------------------------------------------------------------------- functions


def functions() -> list[results.Row]:
    """Everything that the language knows, in the catalogue's order."""
    from calcgrad.expression.catalogue import FUNCTIONS, WHERE

    return [
        results.Row(row.name, row.signature, row.aliases, row.domain, row.kinks, row.help)
        for row in (*FUNCTIONS, WHERE)
    ]


# --------------------------------------------------------------------------------------------------- plot


def plot(
    exprs: Sequence[str],
    *,
    at: Sequence[At] = (),
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    file: str = "plot.svg",
    xlim: str | None = None,
    ylim: str | None = None,
    xscale: str = "linear",
    yscale: str = "linear",
    xlabel: str | None = None,
    ylabel: str | None = None,
    title: str | None = None,
    legend: bool = True,
    grid: bool = True,
    size: str | None = None,
    note: Note = _silent,
) -> tuple[results.Plot, bytes]:
    """The curves of ``exprs`` with their tangents at each point of ``at``: what is drawn, and the picture's bytes."""
    from calcgrad import plot as drawing
    from calcgrad.expression.arrays import scalarize
    from calcgrad.tangents import tangents_at

    if xscale not in ("linear", "log") or yscale not in ("linear", "log"):
        raise UsageError("a scale is linear or log", hint="--xscale log")
    picture = _format(file)
    let = tuple(let)
    questions = [
        read(expr, var=var, let=let, note=note if index == 0 else _silent) for index, expr in enumerate(exprs)
    ]
    name = _plot_variable(questions)
    roots = [scalarize(question.tree) for question in questions]
    for question, root in zip(questions, roots, strict=True):
        if set(variables(root)) - {name}:
            raise several_variables(question, "plot")
    letters = _letters(len(roots), name)
    curves = [
        drawing.Curve(f"{letter}({name}) = {question.text}", _vectorized(root, name))
        for letter, question, root in zip(letters, questions, roots, strict=True)
    ]
    lines: list[drawing.Tangent] = []
    found: list[results.Tangent] = []
    notes: list[str] = []
    for place in at:
        point = _scalar_point(read(exprs[0], at=place, var=var or name, let=let), (name,))
        for root, letter in zip(roots, letters, strict=True):
            made = tangents_at(root, name, point[name], letter)
            lines += [drawing.Tangent(each.x, each.y, each.slope, each.label) for each in made.lines]
            found += [results.Tangent(text(point[name]), each.line) for each in made.lines]
            if made.note:
                notes.append(made.note)
    axes = drawing.Axes(
        xlim=_pair(xlim, "--xlim"), ylim=_pair(ylim, "--ylim"), xscale="log" if xscale == "log" else "linear",
        yscale="log" if yscale == "log" else "linear", xlabel=name if xlabel is None else xlabel,
        ylabel=(f"{letters[0]}({name})" if len(letters) == 1 else None) if ylabel is None else ylabel,
        title=title, legend=legend, grid=grid, size=_size(size),
    )  # fmt: skip
    data = drawing.render(drawing.figure(curves, lines, axes), picture)
    return results.Plot(
        tuple(question.text for question in questions), file, tuple(found), tuple(notes)
    ), data


def _format(file: str) -> Any:
    from pathlib import PurePath

    ending = PurePath(file).suffix.lower() if file != "-" else ".svg"
    if ending not in (".svg", ".pdf", ".png"):
        raise UsageError(
            f"unknown picture format '{_short(ending) or _short(file)}'",
            hint="name the file .svg, .pdf or .png",
        )
    return ending[1:]


def _plot_variable(questions: Sequence[Question]) -> str:
    names = list(dict.fromkeys(name for question in questions for name in question.differentiated("plot")))
    with_names = [question for question in questions if question.names or question.var]
    if len(set(names)) > 1 and with_names:
        names = list(
            dict.fromkeys(name for question in with_names for name in question.differentiated("plot"))
        )
    if len(set(names)) > 1:
        raise UsageError(
            f"the expressions have different variables: {', '.join(names[:6])}", hint="use one variable"
        )
    return names[0]


def _letters(count: int, name: str) -> list[str]:
    letters: list[str] = []
    for _ in range(count):
        letters.append(free_label("f g F G", [name, *letters]))
    return letters


def _vectorized(root: Node, name: str) -> Any:
    """The expression as a function of an array: NaN where it is not real."""
    import numpy as np

    from calcgrad.autodiff.expressions import evaluate

    def function(x: Any) -> Any:
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(evaluate(root, {name: x}), dtype=float), x.shape)

    return function


def _pair(shown: str | None, option: str) -> tuple[float, float] | None:
    """Two numbers, A < B, written in the language: 0,2*pi."""
    if shown is None:
        return None
    numbers = _two_numbers(shown, option)
    if not numbers[0] < numbers[1]:
        raise UsageError(
            f"{option} {_short(shown)}: the first number must be below the second", hint=f"{option}=-1,1"
        )
    return numbers


def _two_numbers(shown: str, option: str) -> tuple[float, float]:
    import math

    from calcgrad.autodiff.expressions import evaluate
    from calcgrad.expression.parser import parse

    parts = shown.split(",")
    if len(parts) != 2:
        raise UsageError(f"{option} takes two numbers", hint=f"{option}=1,2")
    found = []
    for part in parts:
        node = parse(part).node
        if variables(node):
            raise UsageError(
                f"{option} {_short(shown)}: {part.strip()} is not a number", hint=f"{option}=1,2"
            )
        found.append(float(evaluate(node, {})))
    if not all(math.isfinite(each) for each in found):
        raise UsageError(f"{option} {_short(shown)} must be finite", hint=f"{option}=-10,10")
    return found[0], found[1]


def _size(shown: str | None) -> tuple[float, float]:
    return (3.5, 2.5) if shown is None else _two_numbers(shown, "--size")
