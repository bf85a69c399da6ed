"""Files in and out: arrays read with pickling off, results written whole or not at all.

write("tangent.svg", data)          # a temporary file beside it, then a rename
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from calcgrad.errors import CalcgradError, FileError

if TYPE_CHECKING:
    import numpy as np


def write(path: str, data: bytes, *, clobber: bool = True) -> None:
    """Write ``data`` to ``path`` whole or not at all; a failure leaves the old file as it was."""
    with written(path, clobber=clobber) as stream:
        stream.write(data)


@contextmanager
def written(path: str, *, clobber: bool = True) -> Iterator[BinaryIO]:
    """A stream whose bytes are the file once the block is done; if that fails, the old file is as it was."""
    with refusing("write", path):
        target = _target(path, clobber)
        if target.exists() and not target.is_file():  # a device or a pipe cannot be renamed over
            with target.open("wb") as stream:
                yield stream
            return
        temporary = ""
        try:
            handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
            with os.fdopen(handle, "w+b") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(temporary, _mode(target))
            os.replace(temporary, target)
            temporary = ""
        finally:
            if temporary:
                Path(temporary).unlink(missing_ok=True)


@contextmanager
def refusing(doing: str, path: str) -> Iterator[None]:
    """What the system refuses, as a FileError."""
    try:
        yield
    except OSError as error:
        if isinstance(error, CalcgradError):
            raise
        raise _refusal(doing, path, error) from None


def check_target(path: str, *, clobber: bool = True) -> None:
    """Refuse what ``write`` would refuse, so that of two files not only one is written."""
    with refusing("write", path):
        target = _target(path, clobber)
        if not target.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if not os.access(target.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def check_name(path: str) -> None:
    """Refuse what no file is called, before anybody asks the system about it."""
    if "\0" in path or not path.isprintable():
        raise FileError(f"{shown(path)} cannot be a file's name", hint="choose another name")


def _target(path: str, clobber: bool) -> Path:
    check_name(path)
    target = Path(path)
    if not clobber and target.exists():
        raise FileError(
            f"{shown(path)} exists", hint="choose another name with -o, or leave out --no-clobber"
        )
    if target.is_dir():
        raise FileError(f"{shown(path)} is a folder", hint="name a file in it with -o")
    # A rename would put a new file in the place of a link, or of one that nobody may write to.
    target = Path(os.path.realpath(target))
    if target.exists() and not (os.access(target, os.W_OK) and target.stat().st_mode & 0o222):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return target


def _mode(target: Path) -> int:
    """The old file's permissions, or what the user's umask leaves of a new one's."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def read_array(path: str) -> np.ndarray[Any, Any]:
    """The numeric array in an .npy file; anything that would need unpickling is refused."""
    import numpy as np

    try:
        check_array(path)
        array = np.load(path, allow_pickle=False)
    except OSError as error:
        raise _refusal("read", path, error) from None
    except (ValueError, EOFError) as error:
        raise FileError(
            f"{shown(path)} is not an array file: {error}", hint="save it with numpy.save"
        ) from None
    if not isinstance(array, np.ndarray):
        raise FileError(f"{shown(path)} holds several arrays", hint="save one with numpy.save")
    if array.dtype.kind not in "fiub":
        raise FileError(f"{shown(path)} holds {array.dtype}, not real numbers", hint="save it as float64")
    return array if array.dtype == np.float32 else array.astype(np.float64)


def check_array(path: str) -> None:
    """Refuse as a ValueError what does not begin as NumPy's files do, which takes it for a pickle."""
    with open(path, "rb") as stream:
        begun = stream.read(6)
    if begun and not begun.startswith((b"\x93NUMPY", b"PK")):
        raise ValueError("it does not begin as one")


_FORMATS = (".npy", ".npz", ".json")


def check_format(path: str) -> None:
    """Refuse a file name that ``encode_arrays`` has no format for, before anything is computed."""
    ending = Path(path).suffix.lower()
    if ending not in _FORMATS:
        raise FileError(f"{shown(path)}: unknown format '{shown(ending)}'", hint="use .npy, .npz or .json")


def encode_arrays(path: str, arrays: dict[str, Any]) -> bytes:
    """Named arrays as the bytes of the file format that ``path`` ends with: .npy, .npz or .json."""
    import io

    import numpy as np

    ending = Path(path).suffix.lower()
    buffer = io.BytesIO()
    if ending == ".json":
        plain = {name: np.asarray(array).tolist() for name, array in arrays.items()}
        return (json.dumps(plain) + "\n").encode()
    if ending == ".npz":
        named: dict[str, Any] = {name: np.asarray(array) for name, array in arrays.items()}
        np.savez(buffer, **named)
    else:
        check_format(path)
        if len(arrays) != 1:
            raise FileError(
                f"an .npy file holds one array, and there are {len(arrays)}", hint="use .npz or .json"
            )
        np.save(buffer, np.asarray(next(iter(arrays.values()))))
    return buffer.getvalue()


def read_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise _refusal("read", path, error) from None
    except UnicodeDecodeError:
        raise FileError(f"{shown(path)} is not UTF-8 text", hint="convert it to UTF-8") from None
    except ValueError:  # a zero byte, or half a surrogate pair
        raise FileError(f"{shown(path)} cannot be a file's name", hint="choose another name") from None


def _refusal(doing: str, path: str, error: OSError) -> FileError:
    what = error.strerror or str(error)
    return FileError(f"cannot {doing} {shown(path)}: {what}", hint="check the folder and its permissions")


def shown(path: str) -> str:
    """A path as an error may show it: no control characters, not endless."""
    printable = "".join(each if each.isprintable() else "?" for each in path)
    return printable if len(printable) <= 80 else "…" + printable[-79:]
