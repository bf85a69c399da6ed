"""Which format a file has, and its reader and writer: by extension, or by its first byte on standard input.

source = opened("points.csv")           # names, batches(), read, append
with target("out.csv", source) as made: # whole, or not at all
    made.write(source.append(records, found))
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from fractions import Fraction
from functools import partial
from typing import Any, BinaryIO

from calcgrad import files
from calcgrad.errors import FileError, UsageError
from calcgrad.tables import storage
from calcgrad.tables.cells import Kinds
from calcgrad.tables.delimited import Delimited
from calcgrad.tables.jsonlines import JSONLines
from calcgrad.tables.rows import BOM, EXACT, Malformed, beyond, otherwise

_KINDS = {
    ".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".npy": "npy", ".npz": "npz",
    ".parquet": "parquet", ".pq": "parquet", ".arrow": "arrow", ".feather": "feather",
}  # fmt: skip
_ENDINGS = (
    "use .csv, .tsv, .jsonl, .npy, .npz, .parquet, .arrow or .feather; --over - reads CSV and JSON lines"
)
DELIMITED = ("csv", "tsv")
TEXT = (*DELIMITED, "jsonl")
ARROW = ("parquet", "arrow", "feather")
ARRAYS = ("npy", "npz")


def kind_of(path: str) -> str | None:
    """The format that a file's extension names."""
    return _KINDS.get(os.path.splitext(path)[1].lower())


def unknown(path: str) -> FileError:
    """What is wrong with a path that is no table."""
    ending = os.path.splitext(path)[1]
    if os.path.isdir(path):
        return FileError(f"{files.shown(path)} is a folder", hint="name a file in it")
    if not ending:
        return FileError(
            f"{files.shown(path)} is no folder, and has no ending that names a format", hint=_ENDINGS
        )
    return FileError(f"{files.shown(path)}: unknown format '{files.shown(ending)}'", hint=_ENDINGS)


class Text:
    """A file of text, or a stream of it: a codec with what it reads from."""

    def __init__(
        self, stream: BinaryIO, shown: str, kind: str | None, fast: bool, delimiter: str = ""
    ) -> None:
        self.shown = shown
        self.size: int | None = None  # bytes of a file
        self.codec: Any
        if kind is None:
            stream = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
            begun = stream.peek(1).removeprefix(BOM).lstrip()
            kind = "jsonl" if begun[:1] == b"{" and not delimiter else "csv"
        if kind == "jsonl":
            self.codec, self.rest = JSONLines.opened(stream, shown)
        else:
            self.codec, self.rest = Delimited.opened(
                stream, shown, delimiter or ("\t" if kind == "tsv" else "")
            )
            self.codec.arrow = fast
        self.stream, self.kind = stream, kind
        self.names = self.codec.names
        if len(set(self.names)) < len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            raise FileError(
                f"{shown} has two columns {twice or 'without a name'}", hint="give each a name of its own"
            )

    def batches(self) -> Iterator[tuple[bytes, int]]:
        return self.codec.batches(self.stream, self.rest)  # type: ignore[no-any-return]

    def close(self) -> None:
        if self.size is not None:  # standard input belongs to others
            self.stream.close()


def opened(path: str, fast: bool = False, stdin: BinaryIO | None = None, delimiter: str = "") -> Any:
    """The reader of a file, or of standard input for "-"; ``fast``: pyarrow reads and writes the numbers of CSV.

    Without a ``delimiter`` the header tells what stands between cells.
    """
    if path == "-":
        if stdin is None:
            raise FileError("standard input is not read here", hint="name a file")
        return Text(stdin, "standard input", None, fast, delimiter)
    files.check_name(path)
    kind = kind_of(path)
    if kind is None:
        raise unknown(path)
    if delimiter and kind not in DELIMITED:
        raise UsageError(
            f"--delimiter is for CSV and TSV, and {files.shown(path)} is .{kind}", hint="leave it out"
        )
    if kind in TEXT:
        stream, size = storage.opened(path)
        try:
            found = Text(stream, path, kind, fast, delimiter)
        except BaseException:
            stream.close()
            raise
        found.size = size
        return found
    if kind in ARROW:
        from calcgrad.tables.arrow import ArrowFile

        made: Any = ArrowFile(path, kind)
    elif storage.remote(path):
        raise FileError(f".{kind} is read from this machine only", hint="copy it here, or use .parquet")
    else:
        from calcgrad.tables.arrays import Arrays

        made = Arrays(path)
        made.kind = kind
    made.shown, made.codec, made.size = path, made, 0
    return made


def column(path: str, name: str) -> Any:
    """One column of a table as an array, every cell of it a number; of objects where one is no double."""
    import numpy as np

    with closing(opened(path)) as source:
        if name not in source.names:
            listed = ", ".join(source.names[:12])
            raise FileError(
                f"{files.shown(path)} has no column {files.shown(name)}", hint=f"columns: {listed}"
            )
        parts = []
        for batch, line in source.batches():
            try:
                records, [part] = source.codec.read(batch, [name])
                if not np.isfinite(part).all():
                    raise Malformed(int(np.flatnonzero(~np.isfinite(part))[0]), name, "no number")
                found = otherwise(part, beyond(part, True), partial(source.codec.exact, records, name))
                for row in (row for row, said in found.items() if said is None):
                    raise Malformed(row, name, "this number is too small")
            except Malformed as wrong:
                raise wrong.error(source.shown, line + source.codec.line(batch, wrong.record)) from None
            wide = {
                row: Fraction(repr(float(part[row])))
                for row in np.flatnonzero(np.abs(part) >= EXACT).tolist()
            }
            if exact := wide | found:
                part = part.astype(object)
                part[[*exact]] = [*exact.values()]
            parts.append(part)
    return np.concatenate(parts) if parts else np.zeros(0)


class Target:
    """What results are written to. ``appends``: records as their source appends to them, not tables.

    ``kinds`` are types of columns that a source does not say.
    """

    def __init__(self, stream: Any, kind: str, source: Any, kinds: Kinds | None = None) -> None:
        self.kind = kind
        self.codec: Any = None
        self.writer: Any = None
        self.stream = stream
        self.kinds = Kinds() if kinds is None else kinds
        self.appends = kind == source.kind or {kind, source.kind} <= set(ARROW) or (
            {kind, source.kind} <= set(ARRAYS)
        )  # fmt: skip
        if kind in DELIMITED:
            self.codec = source.codec if self.appends else Delimited([], "\t" if kind == "tsv" else ",")
        elif kind == "jsonl":
            self.codec = source.codec if self.appends else JSONLines([])
        elif kind in ARROW:
            from calcgrad.tables.arrow import ArrowWriter

            self.writer = ArrowWriter(stream, kind, getattr(source, "compression", "snappy"), self.kinds)
        else:
            from calcgrad.tables import arrays

            self.writer = (arrays.NPYWriter if kind == "npy" else arrays.NPZWriter)(stream, self.kinds)

    def begin(self, names: Sequence[str], results: Sequence[str], needed: Sequence[str]) -> None:
        """Who writes what: columns of the source, those that are made of them, and those that these need."""
        self.kinds.needed = needed
        if self.codec is not None:
            if not self.appends:
                self.codec.names, self.codec.needed = list(names), needed
            self.stream.write(self.codec.header(results))

    def write(self, made: Any) -> None:
        if self.writer is None:
            self.stream.write(made)
        else:
            self.writer.write(made)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()

    def abandon(self) -> None:
        """Let go of what will be no file, while there is still a stream to write to."""
        with suppress(Exception):
            self.close()


@contextmanager
def target(path: str, source: Any, stdout: Any = None, kinds: Kinds | None = None) -> Iterator[Target]:
    """A file that is written whole or not at all; "-" is ``stdout``, which gets rows as they come."""
    if path == "-":
        if source.kind not in TEXT:
            raise FileError("this table is not text: it cannot go to stdout", hint="-o out.csv")
        made = Target(stdout, source.kind, source)
        yield made
        made.close()
        return
    kind = kind_of(path)
    if kind is None:
        raise unknown(path)
    with storage.written(path) as stream:
        made = Target(stream, kind, source, kinds)
        try:
            yield made
        except BaseException:
            made.abandon()
            raise
        made.close()
