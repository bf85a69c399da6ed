"""calcgrad.map: value and partial derivatives at every row of a table in memory, returned as the same kind of table.

map("x**2*y", {"x": x, "y": y})["d_x"]
map("area = x*y", frame)                    # pandas, polars, pyarrow, or what speaks Arrow's C interface
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from importlib import import_module
from numbers import Real
from typing import Any

import numpy as np

from calcgrad.commands.maps import Rows, question
from calcgrad.errors import UsageError
from calcgrad.tables.cells import double
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
    """The table with results behind its columns: a mapping of arrays, a structured array, pandas, polars or pyarrow.

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
    if isinstance(table, np.ndarray) and table.dtype.names:
        return _structured(asked, table)
    if library == "pandas" and hasattr(table, "columns"):
        return _pandas(asked, table)
    if library == "polars" and hasattr(table, "with_columns"):
        return _polars(asked, table)
    return _arrow(asked, table)


def _made(
    asked: Any,
    names: Sequence[str],
    column: Callable[[int], Any],
    count: int | None = None,
    doubles: Callable[[str, Any], Any] | None = None,
) -> tuple[Rows, Found]:
    """The question answered for a table, whose columns are given by their places; ``doubles`` reads one."""
    rows = Rows(asked, list(names))
    rows.threads = cores()
    given = {name: column(rows.columns.index(name)) for name in rows.needed}
    columns = [(doubles or _doubles)(name, given[name]) for name in rows.needed]
    lengths = {np.shape(each) for each in columns}
    if len(lengths) > 1 or any(len(shape) != 1 for shape in lengths):
        raise UsageError("the columns are arrays of different shapes", hint="one array of numbers a column")
    if count is None:
        count = (
            len(columns[0]) if columns else max((np.size(column(i)) for i in range(len(names))), default=0)
        )
    return rows, rows(columns, count, lambda name, places: [_plain(given[name][each]) for each in places])


def _plain(each: Any) -> Any:
    """An entry as Python has it."""
    return each.as_py() if hasattr(each, "as_py") else each.item() if isinstance(each, np.generic) else each


def _doubles(name: str, given: Any) -> Any:
    """A column as doubles, nan where there is nothing; refused where it holds something else than real numbers."""
    column = np.ma.asanyarray(given) if isinstance(given, np.ma.MaskedArray) else np.asarray(given)
    if column.dtype == object and all(isinstance(each, Real | Decimal | None) for each in column.ravel()):
        return np.array([np.nan if each is None else double(each) for each in column.ravel()]).reshape(
            column.shape
        )
    if column.dtype.kind not in "fiub":
        held = next(
            (type(each).__name__ for each in column.ravel() if not isinstance(each, Real | Decimal | None)),
            "",
        )
        what = held if column.dtype == object else column.dtype
        raise UsageError(f"column {name} holds {what}, not real numbers", hint="name another column")
    return np.ascontiguousarray(np.ma.filled(column.astype(float), np.nan))


def _arrays(asked: Any, table: Mapping[Any, Any]) -> dict[Any, Any]:
    columns = list(table.values())
    rows, found = _made(asked, [str(name) for name in table], lambda place: columns[place])
    return {**table, **dict(zip(rows.results, [*found.results, np.array(REASONS)[found.reasons]]))}


def _structured(asked: Any, table: Any) -> Any:
    columns = _arrays(asked, {name: table[name] for name in table.dtype.names})
    empty: Any = np.ma.empty if isinstance(table, np.ma.MaskedArray) else np.empty
    made = empty(table.shape, [(name, each.dtype, each.shape[1:]) for name, each in columns.items()])
    for name, each in columns.items():
        made[name] = each
    return made.view(type(table))


def _words(found: Found) -> list[str | None]:
    return [REASONS[each] or None for each in found.reasons.tolist()]


def _pandas(asked: Any, table: Any) -> Any:
    def column(place: int) -> Any:
        series = table.iloc[:, place]
        if series.dtype.kind == "f":
            return series.to_numpy(dtype=float, na_value=np.nan)
        gaps = series.dtype.kind in "iubO" and (series.hasnans or series.dtype.kind == "O")
        return series.to_numpy(dtype=object, na_value=None) if gaps else series.to_numpy()

    rows, found = _made(asked, [str(name) for name in table.columns], column, len(table))
    words = np.array(_words(found), object)  # of one type, whether there is a gap or not
    return table.assign(**dict(zip(rows.results, [*found.results, words])))


def _polars(asked: Any, table: Any) -> Any:
    polars = import_module("polars")
    if hasattr(table, "collect"):
        table = table.collect()

    def column(place: int) -> Any:
        series = table.to_series(place)
        if series.dtype.is_float():
            return series.fill_null(float("nan")).to_numpy()
        wide = series.dtype.is_decimal() or str(series.dtype).endswith("128")
        return series.to_list() if wide or series.null_count() else series.to_numpy()

    rows, found = _made(asked, table.columns, column, table.height)
    made = [polars.Series(name, column).fill_nan(None) for name, column in zip(rows.results, found.results)]
    return table.with_columns(*made, polars.Series(rows.results[-1], _words(found), dtype=polars.String))


def _arrow(asked: Any, table: Any) -> Any:
    from calcgrad.tables import arrow

    no_table = UsageError(
        f"{type(table).__name__} is no table",
        hint="a dict of arrays, a structured array, or a pandas, polars or pyarrow table",
    )
    if not any(hasattr(table, each) for each in ("__arrow_c_stream__", "__arrow_c_array__", "__dataframe__")):
        raise no_table
    pyarrow = arrow.load("this table")
    if not isinstance(table, pyarrow.Table):
        try:
            if hasattr(table, "__arrow_c_stream__") or hasattr(table, "__arrow_c_array__"):
                table = pyarrow.table(table)
            else:
                table = import_module("pyarrow.interchange").from_dataframe(table)
        except pyarrow.ArrowInvalid:  # a column alone
            raise no_table from None
    names = table.column_names
    rows, found = _made(
        asked, names, table.column, len(table), lambda name, column: arrow.doubles(column, name, "the table")
    )
    return arrow.appended(table, rows.results, found)
