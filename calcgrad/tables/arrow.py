"""What pyarrow does for tables: Parquet, Arrow and Feather, and the numbers of CSV; loaded only where it is asked for.

A batch is a row group, or a record batch; types, row groups and compression are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from calcgrad.errors import FileError, MissingExtra
from calcgrad.tables import storage
from calcgrad.tables.cells import REAL, TEXT, TRUTH, WHOLE, Kinds, half
from calcgrad.tables.rows import BLANK, BOM, REASONS, Found, reason_texts


def load(what: str) -> Any:
    """pyarrow, or an error that says how to get it."""
    try:
        import pyarrow
    except ImportError:
        raise MissingExtra(f"{what} needs pyarrow", hint="pip install 'calcgrad[parquet]'") from None
    pyarrow.set_cpu_count(1)  # a batch has a thread of its own
    return pyarrow


# ------------------------------------------------------------------------------------------- Parquet, Arrow, Feather


class ArrowFile:
    """The reader of one file."""

    def __init__(self, path: str, kind: str) -> None:
        pa = load(f".{kind}")
        self.path, self.kind, self.results = path, kind, list[str]()
        try:
            if kind == "parquet":
                import pyarrow.parquet as pq

                self.stream, _ = storage.opened(path)
                self.file = pq.ParquetFile(self.stream, pre_buffer=False)
                self.schema = self.file.schema_arrow
                self.rows = self.file.metadata.num_rows
                self.groups = self.file.num_row_groups
            else:
                self.stream, _ = storage.opened(path)
                self.file = pa.ipc.open_file(self.stream)
                self.schema = self.file.schema
                self.groups = self.file.num_record_batches
                self.rows = 0
        except FileError:
            raise
        except OSError as error:
            raise FileError(f"{path} is no {kind} file: {error}", hint="check its extension") from None
        except pa.ArrowInvalid as error:
            raise FileError(f"{path} is no {kind} file: {error}", hint="check its extension") from None
        self.names = self.schema.names

    @property
    def compression(self) -> str:
        if self.kind != "parquet" or not self.groups or not self.names:
            return "snappy"
        return (
            str(self.file.metadata.row_group(0).column(0).compression).lower().replace("uncompressed", "none")
        )

    def batches(self) -> Iterator[tuple[Any, int]]:
        import pyarrow as pa

        first = 1
        for index in range(self.groups):
            if self.kind == "parquet":
                batch = self.file.read_row_group(index, use_threads=False)
            else:
                batch = pa.Table.from_batches([self.file.get_batch(index)])
            yield batch, first
            first += len(batch)

    def read(self, batch: Any, needed: Sequence[str]) -> tuple[Any, list[Any]]:
        return batch, [doubles(batch[name], name, self.path) for name in needed]

    def exact(self, batch: Any, name: str, rows: Sequence[int]) -> list[Any]:
        """What numbers that are large say, with all of their digits."""
        return batch[name].take(rows).to_pylist()  # type: ignore[no-any-return]

    def empty(self) -> Any:
        return self.schema.empty_table()

    def line(self, batch: Any, index: int) -> int:
        return index

    def close(self) -> None:
        self.stream.close()

    def append(self, batch: Any, found: Found) -> Any:
        return appended(batch, self.results, found)

    def table(self, batch: Any) -> dict[str, Any]:
        return {name: _values(batch[name]) for name in batch.column_names}


def _values(column: Any) -> Any:
    """An array where nothing is lost by that, otherwise Python's values."""
    import pyarrow as pa

    kind = column.type
    whole = (pa.types.is_integer(kind) or pa.types.is_boolean(kind)) and not column.null_count
    return column.to_numpy() if whole or pa.types.is_floating(kind) else column.to_pylist()


def doubles(column: Any, name: str, where: str) -> Any:
    """A column of real numbers as doubles; nan for null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if not (
        pa.types.is_floating(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    ):
        raise FileError(f"{where}: column {name} holds {kind}, not real numbers", hint="name another column")
    column = pc.cast(column, pa.uint8()) if pa.types.is_boolean(kind) else column
    column = pc.cast(column, pa.float64(), safe=False)
    return np.ascontiguousarray(
        column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
    )


def appended(table: Any, names: Sequence[str], found: Found) -> Any:
    """A table with results behind its columns, null where there is a gap."""
    import pyarrow as pa

    for name, column in zip(names, found.results):
        gaps = np.isnan(column)
        table = table.append_column(name, pa.array(column, mask=gaps if gaps.any() else None))
    return table.append_column(names[-1], _reasons(found))


def _reasons(found: Found) -> Any:
    import pyarrow as pa

    words = pa.array([None, *REASONS[1:]], pa.string())
    return words.take(pa.array(found.reasons)) if len(found.reasons) else pa.array([], pa.string())


class ArrowWriter:
    """A file of row groups or record batches, one for each table that is written."""

    def __init__(self, stream: Any, kind: str, compression: str, kinds: Kinds) -> None:
        self.pa = load(f".{kind}")
        self.stream, self.kind, self.compression, self.kinds = stream, kind, compression, kinds
        self.writer: Any = None

    def write(self, table: Any) -> None:
        if isinstance(table, dict):
            table = self.pa.table({name: self._column(name, each) for name, each in table.items()})
        if self.writer is None:
            self.writer = self._opened(table.schema)
        table = table.cast(self.writer_schema)
        if self.kind == "parquet":
            self.writer.write_table(table, row_group_size=max(1, len(table)))
        else:
            self.writer.write_table(table, max_chunksize=max(1, len(table)))

    def _opened(self, schema: Any) -> Any:
        self.writer_schema = schema
        if self.kind == "parquet":
            import pyarrow.parquet as pq

            words = [each.name for each in schema if not self.pa.types.is_floating(each.type)]
            return pq.ParquetWriter(self.stream, schema, compression=self.compression, use_dictionary=words)
        options = self.pa.ipc.IpcWriteOptions(compression="lz4" if self.kind == "feather" else None)
        return self.pa.ipc.new_file(self.stream, schema, options=options)

    def _column(self, name: str, column: Any) -> Any:
        pa = self.pa
        if isinstance(column, np.ndarray):
            return pa.array(column, mask=np.isnan(column)) if column.dtype.kind == "f" else pa.array(column)
        types = {TRUTH: pa.bool_(), WHOLE: pa.int64(), REAL: pa.float64(), TEXT: pa.string()}
        values = self.kinds.typed(name, column)
        try:
            return pa.array(values, types[self.kinds[name]])
        except UnicodeEncodeError:
            raise half() from None

    def close(self) -> None:
        self.writer.close()


# ---------------------------------------------------------------------------------------------------------- CSV


class Lines:
    """The records of a batch of CSV without quotes, as an array of pyarrow's over the same bytes."""

    def __init__(self, batch: bytes) -> None:
        import pyarrow as pa

        marks = np.frombuffer(batch, np.uint8)
        ends = np.flatnonzero(marks == 10) + 1
        if not len(ends) or ends[-1] != len(batch):
            ends = np.append(ends, len(batch))
        offsets = np.zeros(len(ends) + 1, np.int32)
        offsets[1:] = ends
        self.batch = batch
        self.array = pa.Array.from_buffers(
            pa.string(), len(ends), [None, pa.py_buffer(offsets), pa.py_buffer(batch)]
        )

    def __len__(self) -> int:
        return len(self.array)


def numbers(batch: bytes, delimiter: str, width: int, places: Sequence[int], rows: int) -> list[Any] | None:
    """Columns of doubles; None where a cell is not simply a number, or a record not of that width."""
    import pyarrow as pa
    import pyarrow.csv as pc

    if batch.count(b"\r") != batch.count(b"\r\n") or batch.startswith(BOM):
        return None  # an end of a line to pyarrow, and what it skips
    names = [str(index) for index in range(width)]
    wanted = [names[place] for place in dict.fromkeys(places)]
    try:
        found = pc.read_csv(
            pa.BufferReader(batch),
            read_options=pc.ReadOptions(use_threads=False, column_names=names, block_size=len(batch) + 1),
            parse_options=pc.ParseOptions(delimiter=delimiter, quote_char=False),
            convert_options=pc.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.float64()),
                null_values=sorted(BLANK),
            ),
        )
    except pa.ArrowInvalid:
        return None
    if len(found) != rows:  # blank lines
        return None
    columns = [doubles(found[names[place]], "", "") for place in places]
    if b"(" in batch and any(np.isnan(column).any() for column in columns):
        return None  # nan(...) is a number to pyarrow alone
    return columns


def joined(lines: Lines, found: Found, delimiter: str, ending: str) -> Any:
    """The records with their results behind them, as bytes: what the base install writes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = [_texts(column) for column in found.results]
    if found.reasons.any():
        last: Any = pa.array([each + ending for each in reason_texts(found.reasons)])
    else:
        last = ending
    bare = pc.ascii_rtrim(lines.array, characters="\r\n")
    made = pc.binary_join_element_wise(bare, *texts, last, delimiter)
    return made.buffers()[2].to_pybytes()


def _texts(column: Any) -> Any:
    """Doubles as Python writes them: pyarrow has the same digits, but other words for some sizes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.cast(pa.array(column), pa.string())
    size = np.abs(column)
    odd = (column == np.floor(column)) | ~(size >= 1e-4) | (size >= 1e9)
    if not odd.any():
        return texts
    proper = ["" if each != each else repr(each) for each in column[odd].tolist()]
    return pc.replace_with_mask(texts, pa.array(odd), pa.array(proper, pa.string()))
