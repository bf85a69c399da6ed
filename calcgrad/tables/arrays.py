"""NPY and NPZ: columns of NumPy's own files, read by memory map, written as they come.

A batch is a dict of columns. In an .npy file columns are the fields of a structured array, or the places 0, 1, ...
of an array of two dimensions; in an .npz file, its arrays.
"""

from __future__ import annotations

import io
import math
import struct
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from calcgrad import files
from calcgrad.errors import FileError
from calcgrad.tables.cells import REAL, TRUTH, WHOLE, Kinds
from calcgrad.tables.rows import REASONS, Found

_ROWS = 1 << 17
_WORDS = np.array(REASONS)


class Arrays:
    """The reader of one file of columns."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.results: list[str] = []
        try:
            self.columns = self._mapped()
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            if isinstance(error, OSError) and error.strerror:
                raise FileError(
                    f"cannot read {path}: {error.strerror}", hint="check the folder and its permissions"
                ) from None
            raise FileError(f"{path} is not an array file: {error}", hint="save it with numpy.save") from None
        for name, column in self.columns.items():
            if column.ndim != 1:
                raise FileError(f"{path}: {name} is an array of shape {column.shape}, and no column")
        lengths = {len(column) for column in self.columns.values()}
        if len(lengths) != 1:
            what = "columns of different lengths" if lengths else "no columns"
            raise FileError(f"{path} has {what}", hint="save arrays of one length")
        [self.rows] = lengths
        self.names = list(self.columns)

    def _mapped(self) -> dict[str, Any]:
        if self.path.lower().endswith(".npz"):
            return _members(self.path)
        files.check_array(self.path)
        return _fields(np.load(self.path, mmap_mode="r", allow_pickle=False))

    def batches(self) -> Iterator[tuple[dict[str, Any], int]]:
        for start in range(0, self.rows, _ROWS):
            if any(isinstance(column, np.memmap) for column in self.columns.values()):
                self.columns = self._mapped()  # what was read of the last mapping is let go
            batch = {name: np.array(column[start : start + _ROWS]) for name, column in self.columns.items()}
            yield batch, start + 1

    def read(self, batch: dict[str, Any], needed: Sequence[str]) -> tuple[dict[str, Any], list[Any]]:
        for name in needed:
            if batch[name].dtype.kind not in "fiub":
                raise FileError(f"{self.path}: column {name} holds {batch[name].dtype}, not real numbers")
        return batch, [np.ascontiguousarray(batch[name], dtype=float) for name in needed]

    def exact(self, batch: dict[str, Any], name: str, rows: Sequence[int]) -> list[Any]:
        """What numbers that are large say, with all of their digits."""
        return whole(batch[name], rows)

    def empty(self) -> dict[str, Any]:
        return {name: column[:0] for name, column in self.columns.items()}

    def line(self, batch: Any, index: int) -> int:
        return index

    def close(self) -> None:
        self.columns = {}

    def append(self, batch: dict[str, Any], found: Found) -> dict[str, Any]:
        return {**batch, **dict(zip(self.results, [*found.results, _WORDS[found.reasons]]))}

    def table(self, batch: dict[str, Any]) -> dict[str, Any]:
        return batch


def _fields(array: Any) -> dict[str, Any]:
    if array.dtype.names:
        return {name: array[name] for name in array.dtype.names}
    if array.ndim == 1:
        return {"0": array}
    if array.ndim != 2:
        raise ValueError(f"an array of shape {array.shape} has no columns")
    return {str(index): array[:, index] for index in range(array.shape[1])}


def _members(path: str) -> dict[str, Any]:
    """The arrays of an .npz file: mapped where they are stored as they are, read where they are compressed."""
    found: dict[str, Any] = {}
    with zipfile.ZipFile(path) as archive, open(path, "rb") as stream:
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            if name in found:
                raise ValueError(f"two arrays are called {name}")
            if info.compress_type != zipfile.ZIP_STORED:
                found[name] = np.load(io.BytesIO(archive.read(info)), allow_pickle=False)
                continue
            stream.seek(info.header_offset + 26)
            lengths = struct.unpack("<HH", stream.read(4))
            start = stream.seek(info.header_offset + 30 + sum(lengths))
            version = np.lib.format.read_magic(stream)
            read = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, fortran, dtype = read(stream)
            if dtype.hasobject:
                raise ValueError("Object arrays cannot be loaded when allow_pickle=False")
            order: Any = "F" if fortran else "C"
            size = math.prod(shape)
            if stream.tell() - start + size * dtype.itemsize != info.file_size:
                raise ValueError(f"{name} is cut off")
            found[name] = (
                np.memmap(path, dtype, "r", stream.tell(), shape, order) if size else np.empty(shape, dtype)
            )
    return found


def whole(column: Any, rows: Sequence[int]) -> list[Any]:
    """Entries of an array as Python's numbers."""
    return column[rows].tolist()  # type: ignore[no-any-return]


class NPYWriter:
    """A structured array, its header written last, when the number of rows is known."""

    def __init__(self, stream: Any, kinds: Kinds) -> None:
        self.stream, self.kinds, self.rows = stream, kinds, 0
        kinds.gaps = False
        self.dtype: Any = None

    def write(self, table: dict[str, Any]) -> None:
        columns = {name: _storable(name, column, self.kinds) for name, column in table.items()}
        if self.dtype is None:
            self.dtype = np.dtype([(name, column.dtype) for name, column in columns.items()])
            self.stream.write(_header(self.dtype, 0))
        rows = len(next(iter(columns.values())))
        made: Any = np.empty(rows, self.dtype)
        for name, column in columns.items():
            made[name] = column
        self.stream.write(made.view(np.uint8))
        self.rows += rows

    def close(self) -> None:
        self.stream.seek(0)
        self.stream.write(_header(self.dtype, self.rows))


def _header(dtype: Any, rows: int) -> bytes:
    """A header whose length does not depend on the number of rows."""
    text = repr(
        {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (10**18 + rows,)}
    )
    text = text.replace(str(10**18 + rows), str(rows).rjust(19))
    text = text.ljust((len(text) + 12 + 64) // 64 * 64 - 13) + "\n"
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(text)) + text.encode("latin1")


class NPZWriter:
    """One array a column, each in a file of its own until all rows are there."""

    def __init__(self, stream: Any, kinds: Kinds) -> None:
        self.stream, self.kinds, self.rows = stream, kinds, 0
        kinds.gaps = False
        self.parts: dict[str, Any] = {}
        self.dtypes: dict[str, Any] = {}

    def write(self, table: dict[str, Any]) -> None:
        import tempfile

        for name, column in table.items():
            array: Any = _storable(name, column, self.kinds)
            if name not in self.parts:
                self.parts[name] = tempfile.TemporaryFile()  # noqa: SIM115 - open until all rows are there
                self.dtypes[name] = array.dtype
            array = np.ascontiguousarray(array.astype(self.dtypes[name], copy=False))
            self.parts[name].write(array.view(np.uint8))
        self.rows += len(next(iter(table.values())))

    def close(self) -> None:
        import shutil

        with zipfile.ZipFile(self.stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for name, part in self.parts.items():
                info = zipfile.ZipInfo(f"{name}.npy")  # its date is the same every time
                with archive.open(info, "w", force_zip64=True) as member:
                    header = {
                        "descr": self.dtypes[name].str,
                        "fortran_order": False,
                        "shape": (self.rows,),
                    }
                    np.lib.format.write_array_header_1_0(member, header)
                    part.seek(0)
                    shutil.copyfileobj(part, member, 1 << 20)
                part.close()


def _storable(name: str, column: Any, kinds: Kinds) -> Any:
    """A column as an array, of the same type in every batch."""
    if not isinstance(column, np.ndarray):
        values = kinds.typed(name, column)
        types = {TRUTH: np.dtype(bool), WHOLE: np.dtype(np.int64), REAL: np.dtype(float)}
        column = np.array(
            [np.nan if each is None else each for each in values], types.get(kinds[name], np.dtype(object))
        )
    if column.dtype.kind not in "fiubcUSmM":
        raise FileError(
            f"column {name} is no column of numbers, as an array file has them", hint="write to .csv"
        )
    return column
