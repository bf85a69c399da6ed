"""calcgrad.map: value and partial derivatives at every row of a table in memory, returned as the same kind of table.

map("x**2*y", {"x": x, "y": y})["d_x"]
map("area = x*y", frame)                    # pandas, polars, pyarrow, or what speaks Arrow's C interface
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from calcgrad.commands.maps import Rows, question
from calcgrad.errors import UsageError
from calcgrad.tables.rows import REASONS, Found
from calcgrad.tables.runs import cores


def map(
    expr: str | Sequence[str],
    table: Any,
    *,
    wrt: str | Sequence[str] | None = None,
    let: Iterable[str] = (),
    rename: Mapping[str, str] | Iterable[str] = (),
    second: bool = False,
) -> Any:
    """The table with results behind its columns: a mapping of arrays, pandas, polars or pyarrow, as it came.

    ``rename`` gives the columns of variables with other names, {"x": "speed"}. A gap is nan or null, and the
    column ``reason`` says why; there is no silent one.
    """
    expressions = [expr] if isinstance(expr, str) else list(expr)
    asked = question(
        expressions, wrt=wrt, let=[let] if isinstance(let, str) else let, rename=rename, second=second
    )
    library = type(table).__module__.partition(".")[0]
    if isinstance(table, Mapping):
        return _arrays(asked, table)
    if library == "pandas" and hasattr(table, "columns"):
        return _pandas(asked, table)
    if library == "polars" and hasattr(table, "with_columns"):
        return _polars(asked, table)
    return _arrow(asked, table)


def _rows(asked: Any, names: Sequence[str]) -> Rows:
    rows = Rows(asked, list(names))
    rows.threads = cores()
    return rows


def _arrays(asked: Any, table: Mapping[str, Any]) -> dict[str, Any]:
    rows = _rows(asked, [str(name) for name in table])
    columns = [_doubles(name, np.asarray(table[name])) for name in rows.needed]
    lengths = {np.shape(column) for column in columns}
    if len(lengths) > 1 or any(len(shape) != 1 for shape in lengths):
        raise UsageError("the columns are arrays of different shapes", hint="one array of numbers a column")
    count = len(columns[0]) if columns else max((np.size(column) for column in table.values()), default=0)
    return {**table, **_named(rows, rows(columns, count))}


def _named(rows: Rows, found: Found) -> dict[str, Any]:
    return dict(zip(rows.results, [*found.results, np.array(REASONS)[found.reasons]]))


def _doubles(name: str, column: Any) -> Any:
    if column.dtype.kind not in "fiub":
        raise UsageError(f"column {name} holds {column.dtype}, not real numbers", hint="name another column")
    return np.ascontiguousarray(column, dtype=float)


def _words(found: Found) -> list[str | None]:
    return [REASONS[each] or None for each in found.reasons.tolist()]


def _pandas(asked: Any, table: Any) -> Any:
    rows = _rows(asked, [str(name) for name in table.columns])
    try:
        columns = [
            np.ascontiguousarray(table[name].to_numpy(dtype=float, na_value=np.nan)) for name in rows.needed
        ]
    except (TypeError, ValueError) as error:
        raise UsageError(f"a column holds no real numbers: {error}", hint="name another column") from None
    found = rows(columns, len(table))
    return table.assign(**dict(zip(rows.results, [*found.results, _words(found)])))


def _polars(asked: Any, table: Any) -> Any:
    polars = import_module("polars")
    if hasattr(table, "collect"):
        table = table.collect()
    rows = _rows(asked, table.columns)
    for name in rows.needed:
        if not (table.schema[name].is_numeric() or table.schema[name] == polars.Boolean):
            raise UsageError(
                f"column {name} holds {table.schema[name]}, not real numbers", hint="name another column"
            )
    columns = [
        np.ascontiguousarray(table[name].cast(polars.Float64).fill_null(float("nan")).to_numpy(), dtype=float)
        for name in rows.needed
    ]
    found = rows(columns, table.height)
    made = [polars.Series(name, column).fill_nan(None) for name, column in zip(rows.results, found.results)]
    return table.with_columns(*made, polars.Series(rows.results[-1], _words(found), dtype=polars.String))


def _arrow(asked: Any, table: Any) -> Any:
    from calcgrad.tables import arrow

    if not any(hasattr(table, each) for each in ("__arrow_c_stream__", "__arrow_c_array__", "__dataframe__")):
        raise UsageError(
            f"{type(table).__name__} is no table",
            hint="a dict of arrays, or a pandas, polars or pyarrow table",
        )
    pyarrow = arrow.load("this table")
    if not isinstance(table, pyarrow.Table):
        if hasattr(table, "__arrow_c_stream__") or hasattr(table, "__arrow_c_array__"):
            table = pyarrow.table(table)
        else:
            table = import_module("pyarrow.interchange").from_dataframe(table)
    rows = _rows(asked, table.column_names)
    columns = [arrow.doubles(table[name], name, "the table") for name in rows.needed]
    return arrow.appended(table, rows.results, rows(columns, len(table)))
