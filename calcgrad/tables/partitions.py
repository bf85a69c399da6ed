"""Many files as one table: which they are, where their results go, and which of them are done.

log = Log("out", question)              # out/.calcgrad-map: what was asked, and a line for each file that is done
for part in partitions("data/*.csv"):
    ...
    log.done(part, summary)
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Mapping
from typing import Any

from calcgrad import files
from calcgrad.errors import FileError, UsageError
from calcgrad.tables import storage
from calcgrad.tables.formats import kind_of
from calcgrad.tables.runs import Summary

_LOG = ".calcgrad-map"


def partitions(over: str) -> list[tuple[str, str]] | None:
    """The files of a folder or of a pattern, with their names below it; None for one file."""
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
    if not made:
        raise FileError(f"no table in {files.shown(over)}", hint="files that end with .csv, .parquet, ...")
    return made


class Log:
    """What was asked of a folder of results, and which of them are whole."""

    def __init__(self, folder: str, asked: Mapping[str, Any], resume: bool) -> None:
        self.path, self.folder = storage.join(folder, _LOG), folder
        self.finished: dict[str, Summary] = {}
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
            try:
                part = json.loads(line)
                self.finished[part["part"]] = Summary(part["rows"], part["reasons"])
                self.lines.append(line)
            except (ValueError, KeyError, TypeError):  # half of a line, of a run that was killed
                continue

    def known(self, source: str, part: str) -> Summary | None:
        """What came of a file that is done and has not changed since."""
        target = storage.join(self.folder, part)
        if part not in self.finished or not storage.is_file(target) or storage.newer(source, target):
            return None
        return self.finished[part]

    def done(self, part: str, summary: Summary) -> None:
        self.lines.append(json.dumps({"part": part, "rows": summary.rows, "reasons": summary.reasons}))
        if storage.remote(self.path):
            self._write()  # there is no appending
        else:
            with files.refusing("write", self.path), open(self.path, "a", encoding="utf-8") as stream:
                stream.write(f"{self.lines[-1]}\n")

    def _write(self) -> None:
        with storage.written(self.path) as stream:
            stream.write("".join(f"{line}\n" for line in self.lines).encode())
