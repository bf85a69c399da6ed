"""The user's own Python functions: loaded from a file, and called; the only place that runs a user's code.

    loss = load("model.py", "loss")
    loss.parameters, loss({"w": w})

What the code prints goes to stderr, because stdout is the answer. What it raises comes out as an error
that names the line of the user's file.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from calcgrad.errors import CalcgradError, NotDifferentiable, TimeUp, UsageError
from calcgrad.files import read_text
from calcgrad.processes import Terminated


@dataclass(frozen=True)
class Program:
    """A function in a user's file, with the names of its parameters and of those without a default."""

    name: str
    file: str
    function: Any
    parameters: tuple[str, ...]
    required: tuple[str, ...]

    def check_names(self, names: Iterable[str]) -> None:
        """Refuse a name that is no parameter."""
        for name in names:
            if name not in self.parameters:
                near = get_close_matches(name, self.parameters, 1)
                listed = ", ".join(self.parameters[:8])
                hint = f"did you mean {near[0]}?" if near else f"its parameters: {listed or 'none'}"
                raise UsageError(f"{self.name} has no parameter '{name[:40]}'", hint=hint)

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """The function's result as a Variable, a float or an array; its arguments go by name.

        Raises UsageError for what it raises itself, and for a result that is not numbers.
        """
        return _numbers(self.name, self.raw(values))

    def raw(self, values: Mapping[str, Any]) -> Any:
        """Whatever the function returns."""
        with _blamed(self.file, self.name):
            return self.function(**values)


def load(file: str, name: str) -> Program:
    """The function of that name. Raises FileError or UsageError where there is none."""
    read_text(file)  # what cannot be read is said before anything runs
    module = _module(file)
    if not name.isidentifier():
        raise UsageError(f"with --py the expression is a function's name, not '{name[:40]}'", hint="loss")
    function = getattr(module, name, None)
    if function is None:
        known = [each for each, value in vars(module).items() if callable(value) and not each.startswith("_")]
        near = get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"it defines {', '.join(known[:8]) or 'no function'}"
        raise UsageError(f"{Path(file).name} has no function '{name[:40]}'", hint=hint)
    if not callable(function):
        raise UsageError(f"{name} in {Path(file).name} is not a function", hint="def it")
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        raise UsageError(f"the parameters of {name} are not known", hint="wrap it in a def") from None
    by_name = [p for p in parameters if p.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)]
    if any(p.kind is Parameter.POSITIONAL_ONLY for p in parameters):
        raise UsageError(f"{name} has parameters without a name", hint="wrap it in a def that names them")
    if not by_name:
        raise UsageError(f"{name} has no parameter to differentiate by", hint="give it one with a name")
    required = tuple(p.name for p in by_name if p.default is Parameter.empty)
    return Program(name, file, function, tuple(p.name for p in by_name), required)


def _module(file: str) -> Any:
    """The file run as a module, with its folder on the path as Python itself would have it; no bytecode is left."""
    path = str(Path(file).resolve())
    loader = SourceFileLoader("_calcgrad_program", path)
    spec = spec_from_loader(loader.name, loader, origin=path)
    assert spec is not None
    module = module_from_spec(spec)
    before, quiet = list(sys.path), sys.dont_write_bytecode
    sys.path.insert(0, str(Path(path).parent))
    sys.dont_write_bytecode = True
    try:
        with _blamed(file, ""):
            loader.exec_module(module)
    finally:
        sys.path[:], sys.dont_write_bytecode = before, quiet
    return module


@contextmanager
def _blamed(file: str, name: str) -> Iterator[None]:
    """Whatever the user's code raises, as an error that names its line."""
    what = name or Path(file).name
    try:
        with redirect_stdout(sys.stderr):
            yield
    except SyntaxError as error:
        raise UsageError(
            f"{Path(file).name} is not Python: line {error.lineno}: {error.msg}",
            hint="python -m py_compile shows it",
        ) from None
    except NotDifferentiable as error:
        if error.hint is None:
            error.hint = _line(file, error)
        raise
    except CalcgradError:
        raise
    except SystemExit:
        raise UsageError(f"{what} ended the program (SystemExit)", hint="return a number instead") from None
    except RecursionError:
        raise UsageError(f"{what} calls itself without end", hint=_line(file, None)) from None
    except (TimeUp, Terminated, KeyboardInterrupt):
        raise
    except BaseException as error:
        shown = str(error).strip().splitlines()
        detail = f": {shown[0][:200]}" if shown else ""
        raise UsageError(
            f"{what} raised {type(error).__name__}{detail}", hint=_line(file, error), code="program"
        ) from None


def _line(file: str, error: BaseException | None) -> str | None:
    """Where in the user's file it happened: the innermost of its lines."""
    path = str(Path(file).resolve())
    frames = (
        [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
        if error
        else []
    )
    return f"{Path(file).name}, line {frames[-1].lineno}: {frames[-1].line}" if frames else None


def _numbers(name: str, result: Any) -> Any:
    """A result as one array of numbers, recorded where its parts are."""
    import numpy as np

    from calcgrad.autodiff import Variable
    from calcgrad.autodiff.complexes import Complex

    if isinstance(result, Variable):
        return result
    if isinstance(result, tuple | list):
        if not result:
            return np.zeros(0)
        parts = [_numbers(name, part) for part in result]
        if len({np.shape(part) for part in parts}) > 1:
            raise UsageError(f"{name} returned parts of different shapes", hint="return one array")
        return np.stack(parts)
    if result is None:
        raise UsageError(f"{name} returned nothing", hint="end it with return")
    array = np.empty(0, complex) if isinstance(result, Complex) else np.asarray(result)
    if array.dtype.kind not in "fiub":
        kind = "complex numbers" if array.dtype.kind == "c" else type(result).__name__
        raise UsageError(f"{name} returned {kind}, not a number", hint="return a number or an array of them")
    return float(array) if array.shape == () else array.astype(float)
