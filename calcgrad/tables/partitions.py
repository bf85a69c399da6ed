"""Many files as one table: which they are, where their results go, and which of them are done.

log = Log("out", question)              # out/.calcgrad-map: what was asked, and a line for each file that is done
for part in partitions("data/*.csv"):
    ...
    log.done(part, summary, state)
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from calcgrad import files
from calcgrad.errors import FileError, UsageError
from calcgrad.tables import storage
from calcgrad.tables.formats import kind_of
from calcgrad.tables.runs import Summary

_LOG = ".calcgrad-map"


def partitions(over: str, results: str = "-") -> list[tuple[str, str]] | None:
    """The files of a folder or of a pattern, with their names below it; None for one file.

    What an earlier run left in a folder of ``results`` below is no table.
    """
    if over == "-" or storage.is_file(over):
        return None
    if not storage.remote(over) and not os.path.isdir(over) and not glob.has_magic(over):
        return None
    root, names = storage.found(over)
    made = sorted(
        (path, storage.below(path, root))
        for path in names
        if kind_of(path) and not os.path.basename(path).startswith(".")
    )
    made = [
        (path, part)
        for path, part in made
        if not storage.inside(path, results) or storage.same(path, storage.join(results, part))
    ]
    if not made:
        raise FileError(f"no table in {files.shown(over)}", hint="files that end with .csv, .parquet, ...")
    return made


class Log:
    """What was asked of a folder of results, and which of them are whole."""

    def __init__(self, folder: str, asked: Mapping[str, Any], resume: bool) -> None:
        self.path, self.folder = storage.join(folder, _LOG), folder
        self.finished: dict[str, dict[str, Any]] = {}
        self.lines = [json.dumps(dict(asked), sort_keys=True)]
        if not storage.remote(folder) and os.path.exists(folder) and not os.path.isdir(folder):
            raise FileError(f"{files.shown(folder)} is a file", hint="-o FOLDER for many tables")
        storage.make_folder(folder)
        if resume:
            self._read()
        self._write()

    def _read(self) -> None:
        lines: list[str] = []
        if storage.is_file(self.path):
            stream, _ = storage.opened(self.path)
            with stream:
                lines = stream.read().decode("utf-8", "replace").split("\n")
        elif any(kind_of(each) for each in storage.found(self.folder)[1]):
            raise UsageError(
                f"{files.shown(self.folder)} holds files, but no record of what they are",
                hint="leave out --resume, or name another folder",
            )
        if lines and lines[0] != self.lines[0]:
            raise UsageError(
                f"{files.shown(self.folder)} was made by another question or version of calcgrad",
                hint="leave out --resume, or name another folder",
            )
        for line in lines[1:]:
            with suppress(ValueError):  # half of a line, of a run that was killed
                done = json.loads(line)
                self.finished[done["part"]] = done
                self.lines.append(line)

    def known(self, source: str, part: str) -> Summary | None:
        """What came of a file that is done, if neither it nor its result has changed since."""
        done = self.finished.get(part)
        if done is None or not storage.is_file(self.target(part)):
            return None
        states = [storage.state(source), storage.state(self.target(part))]
        return Summary(done["rows"], done["reasons"]) if states == done["states"] else None

    def target(self, part: str) -> str:
        """Where the results of a file go."""
        return storage.join(self.folder, part)

    def done(self, part: str, summary: Summary, source: str) -> None:
        """A file is done that was in this state when it was read."""
        states = [source, storage.state(self.target(part))]
        line = {"part": part, "rows": summary.rows, "reasons": summary.reasons, "states": states}
        self.lines.append(json.dumps(line))
        if storage.remote(self.path):
            self._write()  # there is no appending
        else:
            with files.refusing("write", self.path), open(self.path, "a", encoding="utf-8") as stream:
                stream.write(f"{self.lines[-1]}\n")

    def _write(self) -> None:
        with storage.written(self.path) as stream:
            stream.write("".join(f"{line}\n" for line in self.lines).encode())
