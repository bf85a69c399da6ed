"""The rows of a computational graph: one for each node, with its forward value and its reverse adjoint.

trace_of(work, point, output, "y")[0].adjoint
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from calcgrad import results
from calcgrad.expression.tree import Name, Node, children, postorder, rebuild, text, variables
from calcgrad.parts.work import Work, plain


def trace_of(work: Work, point: Mapping[str, Any], output: Any, label: str) -> tuple[results.Node, ...]:
    """One row for each input, then one for each recorded operation on them, in the order of evaluation.

    An expression shows its own operations, a Python function those that NumPy was asked for.
    """
    from calcgrad.autodiff import Variable, gradient
    from calcgrad.autodiff.expressions import evaluate

    inputs = {name: point[name] for name in work.names}
    if work.tree is not None:
        seen: dict[Node, Any] = {}
        output = evaluate(work.tree, point, seen)
        steps = _of_expression(work, work.tree, seen, label)
    else:
        steps = _of_record(output, inputs, _labels(work.taken), label)
    root = output if isinstance(output, Variable) else Variable(output)
    adjoints = gradient(root, targets=[*inputs.values(), *(step[2] for step in steps)])
    begin: list[Step] = [(name, "input", node, ()) for name, node in inputs.items()]
    return tuple(
        results.Node(name, operation, _listed(plain(node)), _listed(adjoint), parts)
        for (name, operation, node, parts), adjoint in zip(begin + steps, adjoints, strict=True)
    )


Step = tuple[
    str, str, Any, tuple[str, ...]
]  # a node's label, its operation, itself, and the labels of its parts


def _of_expression(work: Work, tree: Node, seen: Mapping[Node, Any], label: str) -> list[Step]:
    from calcgrad.autodiff import Variable

    reduced: dict[Node, Node] = {}  # each node with its recorded parts replaced by their labels
    known = set(work.names)
    fresh = _labels(work.taken)
    steps: list[Step] = []
    for node in postorder(tree):
        own = rebuild(node, tuple(reduced[part] for part in children(node)))
        if isinstance(seen.get(node), Variable) and not isinstance(node, Name):
            name = label if node is tree else next(fresh)
            steps.append(
                (name, text(own), seen[node], tuple(part for part in variables(own) if part in known))
            )
            known.add(name)
            own = Name(name)
        reduced[node] = own
    return steps


def _of_record(output: Any, inputs: Mapping[str, Any], fresh: Iterator[str], label: str) -> list[Step]:
    from calcgrad.autodiff import Variable, nodes

    if not isinstance(output, Variable):
        return []
    known = {node.number: name for name, node in inputs.items()}
    steps: list[Step] = []
    for node in reversed(nodes(output)):
        if node.number in known:
            continue
        name = label if node is output else next(fresh)
        known[node.number] = name
        parts = [_argument(part, known, Variable) for part in node.inputs if part is not None]
        labels = dict.fromkeys(known[part.number] for part in node.inputs if isinstance(part, Variable))
        steps.append((name, f"{node.operation}({', '.join(parts)})", node, tuple(labels)))
    return steps


def _argument(part: Any, known: Mapping[int, str], variable: Any) -> str:
    from calcgrad.render import numbers

    if isinstance(part, variable):
        return known[part.number]
    shape = getattr(part, "shape", ())
    return f"array{list(shape)}" if shape else numbers(part)


def _labels(taken: Iterable[str]) -> Iterator[str]:
    used = set(taken)
    return (name for name in (f"v{i}" for i in count(1)) if name not in used)


def _listed(value: Any) -> Any:
    import numpy as np

    return np.asarray(value).tolist()
