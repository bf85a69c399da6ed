"""grad: value and gradient or Jacobian at a point, by automatic differentiation.

grad("2*dot(x,x)", at="x=[0,1,2,3]").gradient         # {"x": [0.0, 4.0, 8.0, 12.0]}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from calcgrad import results
from calcgrad.commands.derivatives import why_not
from calcgrad.commands.values import DIGITS, as_value, check_digits, short, silent
from calcgrad.decimals import float_text
from calcgrad.errors import NotDifferentiable, TooLarge, UndecidedError, UsageError
from calcgrad.expression.tree import Name, Node, postorder, rational, substitute, text
from calcgrad.questions import At, Note, Question, free_label, put_in, read


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
    note: Note = silent,
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
    check_digits(digits)
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
        f"grad needs one number; {short(question.text)} gives {short(numbers(value))}",
        hint=f"sum({short(question.text)}), or --jacobian",
        code="not-scalar",
    )


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
                else as_value(answer.number if answer.value is None else answer.value, 17, False)
            )
            if answer.reason == "undecided" or (answer.exists and (made is None or made.number is None)):
                break
            if not answer.exists:
                why = why_not(answer, [name], {name: point[name]}, DIGITS, False)
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

    shown = [f"{name} = {short(numbers(values[name]))}" for name in list(names)[:4] if name in values]
    return ", ".join(shown) + (", …" if len(names) > 4 else "")


def accumulate(found: Sequence[results.Gradient]) -> results.Accumulated:
    """The gradients of several expressions added up, as a second ``backward`` adds to ``grad``."""
    import numpy as np

    total: dict[str, Any] = {}
    for one in found:
        for name, value in (one.gradient or {}).items():
            total[name] = np.asarray(value) if name not in total else total[name] + np.asarray(value)
    return results.Accumulated({name: value.tolist() for name, value in total.items()})
