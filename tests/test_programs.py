"""--py: functions in a user's own Python file, and everything that can be wrong with one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Ask = Callable[..., Any]

MODEL = """\
import numpy as np

A = np.array([[2.0, 1.0], [0.5, 3.0]])


def loss(w, b=0.5):
    return np.sum((A @ w + b) ** 2)


def loss_grad(w, b=0.5):
    return 2 * A.T @ (A @ w + b)


def loss_bad(w, b=0.5):
    return loss_grad(w, b) * np.array([1.0, 1.001])


def both(w, b):
    return np.sum(np.sin(A @ w) * b)


def both_grads(w, b):
    return A.T @ (np.cos(A @ w) * b), np.sum(np.sin(A @ w))


def both_by_name(w, b):
    return {"b": np.sum(np.sin(A @ w)), "w": A.T @ (np.cos(A @ w) * b)}


def vector(w):
    return [w[0] * w[1], np.sin(w[0])]


def power(x, n=3):
    for _ in range(n - 1):
        x = x * x
    return x


def length(w):
    return np.linalg.norm(w)


def forgets(x):
    return float(x) ** 2


def detaches(x):
    return getattr(x, "value", x) ** 2


def assigns(x):
    filled = np.zeros(2)
    filled[0] = x
    return filled.sum()
"""

NASTY = """\
import sys
import numpy as np

number = 3


def leaves(x):
    sys.exit(0)


def unknown(x):
    return undefined_name + x


def endless(x):
    return endless(x)


def changes(x):
    x[...] = 1
    return x


def says(x):
    return "a"


def imaginary(x):
    return 1j * float(x)


def nothing(x):
    pass


def ragged(x):
    return [x, [x, x]]


def star(*args):
    return args[0]


def positional(x, /):
    return x


def ruleless(x):
    return np.i0(x)


def objects(x):
    return np.array([object()])
"""


@pytest.fixture
def model(folder: Path) -> Path:
    (folder / "model.py").write_text(MODEL)
    (folder / "nasty.py").write_text(NASTY)
    yield folder
    assert {path.name for path in folder.iterdir()} <= {"model.py", "nasty.py", "w.npy", "g.npy", "other.py"}


def test_a_gradient(ask: Ask, model: Path) -> None:
    answer = ask("grad", "loss", "--py", "model.py", "--at", "w=[1,2]")
    assert answer == ("y = loss(w) = 69.25\ndy/dw = [25, 51]\n", "", 0)
    np.save("w.npy", np.array([1.0, 2.0]))
    assert ask("grad", "loss", "--py", "model.py", "--at", "w=@w.npy", "--raw").out == "[25, 51]\n"
    assert ask("grad", "loss", "--py", "model.py", "--at", "w=[1,2],b=1", "--raw").out == "[[27.5, 55], 25]\n"
    assert ask("grad", "loss", "--py", "model.py", "--at", "w=[1,2],b=1", "--var", "b", "--raw").out == "25\n"
    found = json.loads(ask("grad", "loss", "--py", "model.py", "--at", "[1,2]", "--json").out)
    assert found["gradient"] == {"w": [25.0, 51.0]} and found["expr"] == "loss(w)"


def test_the_other_modes(ask: Ask, model: Path) -> None:
    def raw(*words: str) -> Any:
        return json.loads(ask("grad", words[0], "--py", "model.py", "--at", *words[1:], "--raw").out)

    assert raw("loss", "w=[1,2]", "--hessian") == [[8.5, 7], [7, 20]]
    assert raw("loss", "w=[1,2]", "--hvp", "[1,0]") == [8.5, 7]
    assert raw("loss", "w=[1,2]", "--jvp", "[1,1]") == 76
    assert raw("loss", "w=[1,2]", "--mode", "forward") == [25, 51]
    assert raw("vector", "w=[0,2]", "--jacobian") == [[2, 0], [1, 0]]
    assert raw("vector", "w=[0,2]", "--seed", "[1,10]") == [12, 0]
    assert ask("grad", "loss", "--py", "model.py", "--at", "w=[1,2]", "-o", "g.npy").code == 0
    assert np.load("g.npy").tolist() == [25.0, 51.0]


def test_a_trace_shows_what_numpy_was_asked_for(ask: Ask, model: Path) -> None:
    answer = ask("grad", "power", "--py", "model.py", "--at", "3", "--trace")
    assert [line.split() for line in answer.out.splitlines()][1:] == [
        ["x", "input", "3", "108"],
        ["v1", "multiply(x,", "x)", "9", "18"],
        ["y", "multiply(v1,", "v1)", "81", "1"],
        ["dy/dx", "=", "108"],
    ]


def test_what_is_not_differentiated_by_may_be_a_whole_number(ask: Ask, model: Path) -> None:
    assert ask("grad", "power", "--py", "model.py", "--at", "x=2,n=2", "--var", "x", "--raw").out == "4\n"


def test_a_kink_is_a_no(ask: Ask, model: Path) -> None:
    answer = ask("grad", "length", "--py", "model.py", "--at", "w=[0,0]")
    assert answer.code == 1 and "norm has a corner" in answer.out


def test_a_value_that_leaves_the_graph_is_refused_or_noted(ask: Ask, model: Path) -> None:
    answer = ask("grad", "forgets", "--py", "model.py", "--at", "2")
    assert (answer.code, answer.out) == (2, "") and "forgets(x)" in answer.err and "float()" in answer.err
    answer = ask("grad", "detaches", "--py", "model.py", "--at", "2")
    assert answer.code == 0 and answer.err.startswith("note: ") and "detaches" in answer.err
    answer = ask("grad", "assigns", "--py", "model.py", "--at", "2")
    assert (
        answer.code == 2 and "assigns(x) was computed after" in answer.err and "model.py, line" in answer.err
    )


def test_a_gradient_written_by_hand(ask: Ask, model: Path) -> None:
    def check(*words: str) -> Any:
        return ask("check", *words, "--py", "model.py")

    assert check("loss", "loss_grad", "--at", "w=[1,2]") == ("agree: at w = [1, 2]\n", "", 0)
    wrong = check("loss", "loss_bad", "--at", "w=[1,2]")
    assert wrong.code == 1
    assert wrong.out == "different: w[1]: 51 by automatic differentiation, the claim gives 51.051\n"
    assert check("loss", "loss_bad", "--at", "w=[1,2]", "--tol", "0.01").code == 0
    assert check("both", "both_grads", "--at", "w=[1,2],b=3", "--raw").out == "agree\n"
    assert check("both", "both_by_name", "--at", "w=[1,2],b=3", "--raw").out == "agree\n"
    assert check("loss", "--at", "w=[1,2]", "--raw").out == "agree\n"
    found = json.loads(check("loss", "loss_bad", "--at", "w=[1,2]", "--json").out)
    assert found["verdict"] == "different"
    assert found["counterexample"] == {"component": "w[1]", "derivative": "51", "claim": "51.051"}
    nowhere = check("length", "loss_grad", "--at", "w=[0,0]")
    assert nowhere.code == 1 and "no gradient" in nowhere.out


@pytest.mark.parametrize("scale", [1e-7, 1e-3, 0.5])
@pytest.mark.parametrize("component", [0, 17, 63])
def test_the_worst_component_is_named(ask: Ask, folder: Path, scale: float, component: int) -> None:
    (folder / "m.py").write_text(
        "import numpy as np\n"
        "def f(w): return np.sum(np.sin(w) * w)\n"
        f"def g(w):\n    s = np.cos(w) * w + np.sin(w)\n    s[{component}] *= 1 + {scale}\n    return s\n"
    )
    answer = ask("check", "f", "g", "--py", "m.py", "--at", "w=linspace(1,2,64)")
    assert answer.code == 1 and answer.out.startswith(f"different: w[{component}]: ")


BAD_CHECKS = [
    ("loss loss_grad", "check --py needs a point"),
    ("loss lossgrad --at w=[1,2]", "no function 'lossgrad'"),
    ("both loss_grad --at w=[1,2],b=1", "must return the gradients by w, b"),
    ("both both_grads --at w=[1,2],b=1 --var w", "for w"),
    ("vector loss_grad --at w=[1,2]", "needs one number"),
    ("length loss --at w=[1,2]", "shape () for w"),
]


@pytest.mark.parametrize(("words", "message"), BAD_CHECKS)
def test_checks_that_cannot_be_made(ask: Ask, model: Path, words: str, message: str) -> None:
    answer = ask("check", *words.split(), "--py", "model.py")
    assert (answer.out, answer.code) == ("", 2)
    assert message in answer.err.splitlines()[0]


ERRORS = [
    ("leaves", "leaves ended the program", ""),
    (
        "unknown",
        "unknown raised NameError: name 'undefined_name' is not defined",
        "line 12: return undefined_name",
    ),
    ("endless", "endless calls itself without end", ""),
    ("changes", "a Variable cannot be changed in place", "line 20: x[...] = 1"),
    ("says", "says returned str, not a number", ""),
    ("imaginary", "imaginary returned complex numbers", ""),
    ("nothing", "nothing returned nothing", ""),
    ("ragged", "ragged returned parts of different shapes", ""),
    ("star", "star has no parameter", ""),
    ("positional", "positional has parameters without a name", ""),
    ("ruleless", "i0 has no derivative rule", "calcgrad.autodiff.scipy.special.i0"),
    ("objects", "objects returned ndarray, not a number", ""),
    ("number", "number in nasty.py is not a function", ""),
    ("nothin", "nasty.py has no function 'nothin'", "did you mean nothing?"),
    ("x**2", "the expression is a function's name", ""),
]


@pytest.mark.parametrize(("name", "message", "hint"), ERRORS)
def test_a_user_s_error_names_their_line(ask: Ask, model: Path, name: str, message: str, hint: str) -> None:
    answer = ask("grad", name, "--py", "nasty.py", "--at", "2")
    assert (answer.out, answer.code) == ("", 2)
    first, *rest = answer.err.splitlines()
    assert first.startswith("error: ") and message in first
    assert hint in "\n".join(rest) and "Traceback" not in answer.err


FILES = [
    ("missing.py", None, "cannot read missing.py"),
    ("other.py", "def f(:\n", "other.py is not Python: line 1"),
    ("other.py", "x = 1\n1/0\n", "other.py raised ZeroDivisionError"),
    ("other.py", "import sys\nsys.exit(0)\n", "other.py ended the program"),
    ("other.py", "import no_such_module\n", "ModuleNotFoundError"),
]


@pytest.mark.parametrize(("file", "source", "message"), FILES)
def test_a_file_that_does_not_load(
    ask: Ask, model: Path, file: str, source: str | None, message: str
) -> None:
    if source is not None:
        (model / file).write_text(source)
    answer = ask("grad", "f", "--py", file, "--at", "1")
    assert (answer.out, answer.code) == ("", 2)
    assert message in answer.err.splitlines()[0]


USAGE = [
    ("loss --at w=[1,2],c=3", "loss has no parameter 'c'"),
    ("both --at w=[1,2]", "no value for b"),
    ("both --at 1", "--at needs names here"),
    ("loss --at w=[1,2] --let a=1", "--let has no meaning with --py"),
    ("loss --at w=[1,2] --var z", "loss has no parameter 'z'"),
    ("vector --at w=[1,2]", "grad needs one number; vector(w) gives shape (2,)"),
    ("loss --at w=oo", "w is not finite"),
]


@pytest.mark.parametrize(("words", "message"), USAGE)
def test_what_does_not_fit_the_function(ask: Ask, model: Path, words: str, message: str) -> None:
    answer = ask("grad", *words.split(), "--py", "model.py")
    assert (answer.out, answer.code) == ("", 2)
    assert message in answer.err.splitlines()[0]


def test_what_the_file_prints_is_not_the_answer(spawn: Ask, folder: Path) -> None:
    (folder / "loud.py").write_text("print('hello')\ndef f(x):\n    print('called')\n    return x * x\n")
    answer = spawn("grad", "f", "--py", "loud.py", "--at", "3", "--raw")
    assert (answer.out, answer.code) == ("6\n", 0)
    assert "hello" in answer.err and "called" in answer.err
    assert {path.name for path in folder.iterdir()} == {"loud.py"}  # no bytecode is left


def test_a_function_without_end_is_given_up(ask: Ask, folder: Path) -> None:
    (folder / "slow.py").write_text("def f(x):\n    while True:\n        pass\n")
    answer = ask("grad", "f", "--py", "slow.py", "--at", "3", "--timeout", "0.5")
    assert answer.code == 3 and "gave up" in answer.err


def test_batch_runs_files_only_where_they_are_allowed(ask: Ask, model: Path) -> None:
    line = json.dumps({"command": "grad", "expr": "loss", "py": "model.py", "at": {"w": [1, 2]}})
    assert json.loads(ask("batch", stdin=line).out)["error"]["code"] == "files"
    assert json.loads(ask("batch", "--files", stdin=line).out)["gradient"] == {"w": [25.0, 51.0]}
    line = json.dumps(
        {"command": "check", "expr": "loss", "claim": "loss_bad", "py": "model.py", "at": "w=[1,2]"}
    )
    assert json.loads(ask("batch", "--files", stdin=line).out)["verdict"] == "different"


def test_the_file_may_import_its_neighbours(ask: Ask, folder: Path) -> None:
    (folder / "helper_of_calcgrad_tests.py").write_text("def twice(x):\n    return 2 * x\n")
    (folder / "main.py").write_text(
        "from helper_of_calcgrad_tests import twice\ndef f(x):\n    return twice(x) * x\n"
    )
    assert ask("grad", "f", "--py", "main.py", "--at", "3", "--raw").out == "12\n"
