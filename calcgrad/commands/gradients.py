"""grad: value and gradient, Jacobian, Hessian or a product with a vector, by automatic differentiation.

grad("2*dot(x,x)", at="x=[0,1,2,3]").gradient         # {"x": [0.0, 4.0, 8.0, 12.0]}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from calcgrad import results
from calcgrad.budget import doing
from calcgrad.commands.derivatives import why_not
from calcgrad.decimals import float_text
from calcgrad.errors import NotDifferentiable, TooLarge, UndecidedError, UsageError
from calcgrad.expression.tree import TRUE, Call, Name, Node, Number, names_in, postorder, rational, text
from calcgrad.parts.traces import trace_of
from calcgrad.parts.values import DIGITS, Decimals, as_value, check_digits, short, silent
from calcgrad.parts.work import Work, expression, finite, plain, program
from calcgrad.questions import At, Note, free_label, put_in

_MOST = 10**7  # entries of a matrix


def grad(
    expr: str,
    *,
    at: At = None,
    var: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    assume: Iterable[str] = (),
    py: str | None = None,
    mode: str | None = None,
    jacobian: bool = False,
    hessian: bool = False,
    seed: str | None = None,
    jvp: At = None,
    hvp: At = None,
    trace: bool = False,
    graph: bool = False,
    digits: int = DIGITS,
    label: str = "",
    files: bool = True,
    note: Note = silent,
) -> results.Gradient:
    """Value and gradient at a point, or what one of the options asks for instead of the gradient.

    ``assume`` holds conditions that the point must meet. ``py`` names a Python file, and ``expr`` a function in it,
    which is run. ``mode`` is reverse (the default)
    or forward. ``seed`` is an adjoint of the value, ``jvp`` and ``hvp`` are directions in which the point moves.
    ``trace`` adds the rows of the graph to show, ``graph`` the same rows to draw.
    """
    import numpy as np

    from calcgrad.autodiff import Variable
    from calcgrad.autodiff.escapes import require_kept

    if digits > 17:
        raise UsageError(
            "grad computes in float64: at most 17 digits", hint="diff --at computes more", code="digits"
        )
    check_digits(digits)
    kind = _kind(mode, trace or graph, jacobian=jacobian, hessian=hessian, vjp=seed, jvp=jvp, hvp=hvp)
    if py is not None and tuple(assume):
        raise UsageError("--assume has no meaning with --py", hint="leave it out")
    if py is None:
        work = expression(expr, at=at, var=var, let=let, assume=assume, files=files, note=note)
    else:
        work = program(expr, py, at=at, var=var, let=let, files=files)
    given = {"vjp": seed, "jvp": jvp, "hvp": hvp}.get(kind)
    vector = work.vector(kind, given, files) if given is not None else None
    variables = work.variables()
    with doing("the value"):
        output = work.function(variables)
    value = plain(output)
    if py is not None and not isinstance(output, Variable):
        note(f"{work.text} does not depend on {', '.join(work.names)}, or forgets it: .value and detach do")
    label = free_label("y f g", work.taken) + label
    fields: dict[str, Any] = {
        "expr": work.text,
        "label": label,
        "at": {name: np.asarray(each).tolist() for name, each in work.values.items()},
        "value": np.asarray(value).tolist(),
        "kind": kind,
        "latex": {"f": work.latex},
    }
    if kind in ("gradient", "hessian", "hvp") and np.ndim(value):
        raise _not_one_number(work, value, kind)
    if not finite(value) and kind not in ("gradient", "jacobian"):
        return _not_finite(work, fields)
    rows = None
    try:
        require_kept(output, (variables[name] for name in work.names), work.text)
        found = _derivatives(work, kind, mode or "reverse", variables, output, vector)
        if trace or graph:
            rows = trace_of(work, variables, output, label)
    except (NotDifferentiable, UndecidedError) as error:
        return _without_gradient(error, work, fields)
    if work.exact and _bends_beside(work, note):
        return _by_limits(work, fields, "the function may bend or break exactly there")
    parts = found.values() if isinstance(found, dict) else [found]
    if not finite(value) or not all(finite(part) for part in parts):
        return _not_finite(work, fields)
    if isinstance(found, dict):
        made = {name: np.asarray(part).tolist() for name, part in found.items()}
        return results.Gradient(**fields, gradient=made, trace=rows if trace else None, graph=rows)
    return results.Gradient(**fields, array=np.asarray(found).tolist())


def _without_gradient(
    error: NotDifferentiable | UndecidedError, work: Work, fields: dict[str, Any]
) -> results.Gradient:
    """What there is where the record gave none; the error again where nothing can be said."""
    if isinstance(error, TooLarge) or (isinstance(error, NotDifferentiable) and error.kind == "no-rule"):
        raise error
    if isinstance(error, UndecidedError):
        return _undecided_gradient(error, work, fields)
    if not error.function and not finite(fields["value"]) and work.tree is not None:
        return _not_finite(work, fields)  # a constant that no double is
    return _no_gradient(error, work, fields)


def _bends_beside(work: Work, note: Note) -> bool | None:
    """``_bends_there`` for a point of which a double is only the nearest, which is noted."""
    bends = _bends_there(work)
    what = "the value" if bends else "this"
    for name, place in work.exact.items():
        if not isinstance(place, Number):
            note(f"{name} = {text(place)} is no double: {what} is at the nearest one")
    return bends


def _kind(mode: str | None, trace: bool, **asked: Any) -> str:
    """What is asked for; at most one thing, and only in a mode that can give it."""
    kinds = [kind for kind, value in asked.items() if value not in (None, False)]
    options = [f"--{'seed' if kind == 'vjp' else kind}" for kind in kinds]
    if len(kinds) > 1:
        raise UsageError(f"{' and '.join(options)} exclude each other", hint="use one of them")
    if mode not in (None, "reverse", "forward"):
        raise UsageError(f"--mode {short(mode)} is neither reverse nor forward", hint="--mode reverse")
    if kinds and trace:
        raise UsageError(f"{options[0]} goes without --trace and --graph", hint="use one of them")
    fixed = {"vjp": "reverse", "jvp": "forward"}.get(kinds[0] if kinds else "")
    if fixed and mode not in (None, fixed):
        raise UsageError(f"{options[0]} is {fixed} mode", hint="leave out --mode")
    return kinds[0] if kinds else "gradient"


@doing("the derivatives")
def _derivatives(
    work: Work, kind: str, mode: str, variables: Mapping[str, Any], output: Any, vector: Any
) -> Any:
    """What ``kind`` names: a dict by variable, or one array."""
    import numpy as np

    from calcgrad.autodiff import Variable, gradient, hvp, jacfwd, jvp
    from calcgrad.autodiff import grad as gradient_of
    from calcgrad.autodiff import jacobian as jacobian_of

    names = work.names
    root = output if isinstance(output, Variable) else Variable(output)
    if kind == "vjp" or (kind == "gradient" and mode == "reverse"):
        parts = gradient(root, vector, [variables[name] for name in names])
        return dict(zip(names, parts, strict=True))
    point = [work.values[name] for name in names]
    every = range(len(names))
    f = work.of(names)
    columns = sum(int(np.size(each)) for each in point)
    matrix = jacfwd if mode == "forward" else jacobian_of
    if kind == "gradient":
        return dict(zip(names, matrix(f, every)(*point), strict=True))
    if kind == "jvp":
        return jvp(f, point, [vector[name] for name in names])[1]
    if kind == "hvp":
        parts = hvp(lambda parts: f(*parts), tuple(point), tuple(vector[name] for name in names))
        return dict(zip(names, parts, strict=True))
    if not names:
        raise UsageError("there is no variable to differentiate by", hint="--at x=1", code="missing-variable")
    rows = columns if kind == "hessian" else int(np.size(plain(output)))
    if rows * columns > _MOST:
        raise TooLarge(
            f"the {kind.capitalize()} has more than {_MOST} entries",
            hint="--hvp gives a product with it" if kind == "hessian" else "take fewer components",
        )
    if kind == "hessian":
        slopes = gradient_of(f, every)
        f = lambda *parts: np.concatenate([np.ravel(each) for each in slopes(*parts)])  # noqa: E731
    blocks = matrix(f, every)(*point)
    return np.hstack([np.reshape(block, (rows, np.size(each))) for block, each in zip(blocks, point)])


def _not_one_number(work: Work, value: Any, kind: str) -> UsageError:
    from calcgrad.render import numbers

    shown = short(numbers(value)) if work.tree is not None else f"shape {value.shape}"
    many = ", or --jacobian" if kind == "gradient" else ""
    return UsageError(
        f"grad needs one number; {short(work.text)} gives {shown}",
        hint=f"sum({short(work.text)}){many}" if work.tree is not None else f"return np.sum(...){many}",
        code="not-scalar",
    )


def _not_finite(work: Work, fields: dict[str, Any]) -> results.Gradient:
    """A value that float64 does not have: not defined at all, or only too large for a double."""
    import numpy as np

    from calcgrad.calculus import numeric
    from calcgrad.expression.arrays import scalarize

    fields = {**fields, "value": None}
    if work.tree is not None and all(np.ndim(value) == 0 for value in work.values.values()):
        point = {name: rational(Fraction(float(value))) for name, value in work.values.items()}
        exact = numeric.evaluate(scalarize(put_in(work.tree, point)), 15, limit=200)
        if numeric.has_no_value(exact):
            adjective = "real" if exact.kind == "not-real" else "defined"
            return results.Gradient(
                **fields,
                reason=exact.kind,
                why=f"{fields['label']} is not {adjective} at {work.place}",
            )
    why = f"a value is too large for a double at {work.place}"
    return results.Gradient(**fields, reason="too-large", why=why)


_KINDS = {
    "corner": "a corner", "vertical-tangent": "a vertical tangent", "jump": "a jump",
}  # fmt: skip


def _no_gradient(error: NotDifferentiable, work: Work, fields: dict[str, Any]) -> results.Gradient:
    """No gradient, unless it is only what was rounded that bends or breaks."""
    known = _not_differentiable(error, work, fields)
    if work.exact or _bends_there(work) is False:
        exactly = _by_limits(work, fields, known.why)
        return exactly if exactly.exists or exactly.status == "undecided" else known
    return known


def _not_differentiable(error: NotDifferentiable, work: Work, fields: dict[str, Any]) -> results.Gradient:
    """A gradient that does not exist: which function bends or breaks, and where."""
    place = work.place
    if error.kind in _KINDS:
        why = f"{error.function} has {_KINDS[error.kind]} at {place}"
        if error.left is not None and error.right is not None:
            why += f": slope {float_text(error.left)} from the left, {float_text(error.right)} from the right"
    else:
        why = f"{error.message} at {place}"
        if not finite(fields["value"]):
            fields = {**fields, "value": None}
    return results.Gradient(**fields, reason=error.kind, why=why)


def _undecided_gradient(
    error: UndecidedError,
    work: Work,
    fields: dict[str, Any],
) -> results.Gradient:
    """What the graph could not settle at a point."""
    if not finite(fields["value"]):
        return _not_finite(work, fields)
    return _by_limits(work, fields, error.message)


def _bends_there(work: Work) -> bool | None:
    """Is a part of the expression at one of its kinks, at its exact point? None where there are arrays."""
    point = exact_point(work)
    if work.tree is None or point is None:
        return None
    from calcgrad.expression.arrays import constant, scalarize
    from calcgrad.expression.columns import said_of

    root = scalarize(work.tree)
    for node in postorder(root):  # fractions alone, which load no library, show most kinks
        kink = put_in(said_of(node, "kinks") or TRUE, point)
        if isinstance(kink, Call) and kink.function == "==" and not names_in(kink):
            one, other = map(constant, kink.args)
            if one is not None and one == other:
                return True
    from calcgrad.calculus.kinks import specials

    here: dict[Node, Node] = {Name(name): place for name, place in point.items()}
    return specials(root, work.names, here) != []


def exact_point(work: Work) -> dict[str, Node] | None:
    """The point in exact numbers; None where it holds arrays."""
    import numpy as np

    if any(np.ndim(value) for value in work.values.values()):
        return None
    return {name: rational(Fraction(float(value))) for name, value in work.values.items()} | work.exact


@doing("each derivative by its limit")
def _by_limits(work: Work, fields: dict[str, Any], what: str) -> results.Gradient:
    """A gradient by the limits of difference quotients, for numbers."""
    point = exact_point(work)
    if work.tree is not None and point is not None and fields["kind"] == "gradient":
        from calcgrad.calculus import derivatives, points
        from calcgrad.expression.arrays import scalarize

        found: dict[str, Any] = {}
        for name in work.names:
            root = scalarize(work.tree)
            answer = points.at_point(root, [name], point, derivatives.derivative(root, [name]))
            made = (
                None
                if not answer.exists
                else as_value(answer.number if answer.value is None else answer.value, 17)
            )
            if answer.reason == "undecided" or (answer.exists and (made is None or made.number is None)):
                break
            if not answer.exists:
                why = why_not(answer, [name], {name: point[name]}, DIGITS, Decimals.NONE)
                return results.Gradient(**fields, reason=answer.reason, why=f"{why} at {work.place}")
            found[name] = made.number if made is not None else None
        else:
            if len(work.names) == 1 or _bends_there(work) is False:
                return results.Gradient(**fields, gradient=found)
    where = "" if what.endswith(work.place) else f", at {work.place}"
    return results.Gradient(**fields, reason="undecided", why=f"{what}{where}")


def accumulate(found: Sequence[results.Gradient]) -> results.Accumulated:
    """The gradients of several expressions added up, as a second ``backward`` adds to ``grad``."""
    import numpy as np

    total: dict[str, Any] = {}
    for one in found:
        for name, value in (one.gradient or {}).items():
            total[name] = np.asarray(value) if name not in total else total[name] + np.asarray(value)
    return results.Accumulated({name: value.tolist() for name, value in total.items()})
