"""functions: what the language knows.

functions()[0].name
"""

from __future__ import annotations

from calcgrad import results


def functions() -> list[results.Row]:
    """Everything that the language knows, in the catalogue's order."""
    from calcgrad.expression import shorthands
    from calcgrad.expression.catalogue import FUNCTIONS, WHERE

    return [
        results.Row(row.name, row.signature, row.aliases, row.domain, row.kinks, row.help)
        for row in (*FUNCTIONS, WHERE, *shorthands.ROWS)
    ]
