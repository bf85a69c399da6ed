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
from pathlib import Path
from typing import Any

from calcgrad import files
from calcgrad.errors import FileError, UsageError
from calcgrad.tables.formats import kind_of
from calcgrad.tables.runs import Summary

_LOG = ".calcgrad-map"


def partitions(over: str) -> list[tuple[str, str]] | None:
    """The files of a folder or of a pattern, with their names below it; None for one file."""
    if over == "-" or os.path.isfile(over):
        return None
    if os.path.isdir(over):
        root = over
        found = [os.path.join(folder, name) for folder, _, names in os.walk(over) for name in names]
    elif glob.has_magic(over):
        found = [path for path in glob.glob(over, recursive=True) if os.path.isfile(path)]
        root = os.path.dirname(over[: min(over.find(each) for each in "*?[" if each in over)])
    else:
        return None
    made = sorted(
        (path, os.path.relpath(path, root or "."))
        for path in found
        if kind_of(path) and not os.path.basename(path).startswith(".")
    )
    if not made:
        raise FileError(f"no table in {files.shown(over)}", hint="files that end with .csv, .parquet, ...")
    return made


class Log:
    """What was asked of a folder of results, and which of them are whole."""

    def __init__(self, folder: str, asked: Mapping[str, Any], resume: bool) -> None:
        self.path, self.folder = os.path.join(folder, _LOG), folder
        self.finished: dict[str, Summary] = {}
        if os.path.exists(folder) and not os.path.isdir(folder):
            raise FileError(f"{files.shown(folder)} is a file", hint="-o FOLDER for many tables")
        with files.refusing("write", folder):
            os.makedirs(folder, exist_ok=True)
        first = json.dumps(dict(asked), sort_keys=True)
        if resume:
            self._read(first)
        if not self.finished:
            files.write(self.path, (first + "\n").encode())

    def _read(self, asked: str) -> None:
        lines = files.read_text(self.path).split("\n") if os.path.exists(self.path) else []
        if not lines and any(kind_of(each.name) for each in Path(self.folder).iterdir()):
            raise UsageError(
                f"{files.shown(self.folder)} holds files, but no record of what they are",
                hint="leave out --resume, or name another folder",
            )
        if lines and lines[0] != asked:
            raise UsageError(
                f"{files.shown(self.folder)} was made by another question or version of calcgrad",
                hint="leave out --resume, or name another folder",
            )
        for line in lines[1:]:
            try:
                part = json.loads(line)
                self.finished[part["part"]] = Summary(part["rows"], part["reasons"])
            except (ValueError, KeyError, TypeError):  # half of a line, of a run that was killed
                continue

    def known(self, source: str, part: str) -> Summary | None:
        """What came of a file that is done and has not changed since."""
        target = os.path.join(self.folder, part)
        if part not in self.finished or not os.path.isfile(target):
            return None
        return self.finished[part] if os.path.getmtime(source) <= os.path.getmtime(target) else None

    def done(self, part: str, summary: Summary) -> None:
        line = json.dumps({"part": part, "rows": summary.rows, "reasons": summary.reasons})
        with files.refusing("write", self.path), open(self.path, "a", encoding="utf-8") as stream:
            stream.write(f"{line}\n" if self._whole() else f"\n{line}\n")

    def _whole(self) -> bool:
        with open(self.path, "rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read(1) == b"\n"
