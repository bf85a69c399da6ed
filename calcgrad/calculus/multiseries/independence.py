"""Whether constants are tied by rational multiples: linear algebra over the rationals, on their normal form.

    are_independent([ONE, of(parse("sqrt(2)").node)])       # True

Frequencies that are independent turn as if each had a circle of its own; of others, one is a combination of the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from calcgrad.calculus.multiseries.exact import (
    FACTORED,
    ZERO,
    Exact,
    terms_of,
)
from calcgrad.expression.tree import (
    PI,
    Call,
    E,
    Node,
    Number,
)


def are_independent(values: Sequence[Exact]) -> bool:
    """Is it proved that no sum of whole multiples of these is zero, but for that of zeros?

    They are vectors over products of roots of primes and of powers of one transcendental number, which are linearly
    independent over the rationals (Besicovitch 1940).
    """
    rows = [dict(terms_of(value)) for value in values]
    atoms = {node for row in rows for monomial in row for node, _ in monomial}
    others = {node for node in atoms if not isinstance(node, Number)}
    if len(others) > 1 or not all(map(_is_transcendental, others)):
        return False
    if any(isinstance(node, Number) and node.value > FACTORED for node in atoms):  # which may be no primes
        return False
    while rows:
        row = rows.pop()
        if not row:
            return False
        pivot, coefficient = next(iter(row.items()))
        for other in rows:
            factor = other.get(pivot, ZERO) / coefficient
            for monomial, each in row.items():
                left = other.pop(monomial, ZERO) - factor * each
                if left:
                    other[monomial] = left
    return True


def combination(value: Exact, basis: Sequence[Exact]) -> list[Fraction] | None:
    """Rational multiples of the basis whose sum is a value, by its normal form; None where there are none."""
    unknown = len(basis)
    columns = [dict(terms_of(each)) for each in (*basis, value)]
    rows = [
        [column.get(monomial, ZERO) for column in columns]
        for monomial in dict.fromkeys(monomial for column in columns for monomial in column)
    ]
    solved: dict[int, list[Fraction]] = {}  # the row whose pivot is there, cleared of the others' pivots
    for row in rows:
        for pivot, known in solved.items():
            row = [a - row[pivot] * b for a, b in zip(row, known, strict=True)]
        first = next((j for j, each in enumerate(row) if each), None)
        if first == unknown:
            return None
        if first is not None:
            row = [each / row[first] for each in row]
            for pivot, known in solved.items():
                solved[pivot] = [a - known[first] * b for a, b in zip(known, row, strict=True)]
            solved[first] = row
    return [solved[j][unknown] if j in solved else ZERO for j in range(unknown)]


def _is_transcendental(node: Node) -> bool:
    """Lindemann: pi, e, and the logarithms of whole numbers."""
    return node in (PI, E) or (
        isinstance(node, Call) and node.function == "log" and isinstance(node.args[0], Number)
    )
