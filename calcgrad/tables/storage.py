"""Where files are: on this machine, or behind a URL such as s3://bucket/name, through fsspec and the user's drivers.

with written("s3://bucket/out.csv") as stream: ...        # whole or not at all, as on this machine
"""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from calcgrad import files
from calcgrad.errors import FileError, MissingExtra


def remote(path: str) -> bool:
    return "://" in path


def _system(path: str) -> tuple[Any, str]:
    """fsspec's file system for a URL, and the path in it."""
    try:
        import fsspec
    except ImportError:
        raise MissingExtra(
            f"{files.shown(path)} needs fsspec", hint="pip install 'calcgrad[cluster]'"
        ) from None
    try:
        system, inside = fsspec.core.url_to_fs(path)
    except (ImportError, ValueError) as error:
        raise FileError(
            f"cannot read {files.shown(path)}: {error}", hint="install that protocol's driver"
        ) from None
    return system, inside


def opened(path: str) -> tuple[Any, int]:
    """A stream of a file's bytes, and how many there are."""
    with files.refusing("read", path):
        if remote(path):
            system, inside = _system(path)
            return system.open(inside, "rb"), int(system.size(inside) or 0)
        stream = open(path, "rb")  # noqa: SIM115 - the caller closes it
        return stream, os.fstat(stream.fileno()).st_size


@contextmanager
def written(path: str) -> Iterator[Any]:
    """A stream whose bytes are the file once the block is done."""
    if not remote(path):
        with files.written(path) as stream:
            yield stream
        return
    system, inside = _system(path)
    with tempfile.NamedTemporaryFile() as local:
        yield local
        local.flush()
        with (
            files.refusing("write", path),
            open(local.name, "rb") as source,
            system.open(inside, "wb") as target,
        ):
            shutil.copyfileobj(source, target, 1 << 20)


def is_file(path: str) -> bool:
    if not remote(path):
        return os.path.isfile(path)
    system, inside = _system(path)
    return bool(system.isfile(inside))


def found(path: str) -> tuple[str, list[str]]:
    """The files of a folder or a pattern, and the folder that their names begin with."""
    pattern = glob.has_magic(path)
    root = (
        os.path.dirname(path[: min(path.find(each) for each in "*?[" if each in path)]) if pattern else path
    )
    if remote(path):
        system, inside = _system(path)
        names = system.glob(inside) if pattern else system.find(inside)
        root = system.unstrip_protocol(_system(root)[1])
        return root, [system.unstrip_protocol(name) for name in names if system.isfile(name)]
    if pattern:
        return root or ".", [name for name in glob.glob(path, recursive=True) if os.path.isfile(name)]
    return root, [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]


def below(path: str, root: str) -> str:
    """A file's name below a folder."""
    return path.removeprefix(root).lstrip("/") if remote(path) else os.path.relpath(path, root)


def join(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}" if remote(folder) else os.path.join(folder, name)


def state(path: str) -> str:
    """What changes when a file does: its size, and when it was written."""
    with files.refusing("read", path):
        if remote(path):
            system, inside = _system(path)
            return str(system.ukey(inside))
        found = os.stat(path)
        return f"{found.st_size} {found.st_mtime_ns}"


def make_folder(path: str) -> None:
    if not remote(path):
        with files.refusing("write", path):
            os.makedirs(path, exist_ok=True)


def absolute(path: str) -> str:
    return path if remote(path) else os.path.abspath(path)


def inside(path: str, folder: str) -> bool:
    """Whether a file is in a folder or below it."""
    if remote(path) or remote(folder):
        return path.startswith(f"{folder.rstrip('/')}/")
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))


def same(path: str, other: str) -> bool:
    return (
        path == other if remote(path) or remote(other) else os.path.realpath(path) == os.path.realpath(other)
    )
