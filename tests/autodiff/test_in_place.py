"""Arrays that a program changes in place: as NumPy has it, or refused, but never the numbers from before.

python tests/autodiff/test_in_place.py 5000   # so many random programs
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from typing import Any

import numpy as np
import pytest

from calcgrad.autodiff import grad, hessian, jvp
from calcgrad.errors import CalcgradError

X = np.array([0.7, -0.4, 1.3])
NEW = "{x} * 1.0", "np.sin({x})", "{x} + {y}", "{x}.copy()", "np.where({x} > 0.1, {x}, {y})", "np.cumsum({x})"
ALIASES = (
    "{x}",
    "{x}[:]",
    "{x}[::-1]",
    "np.ravel({x})",
    "{x}.reshape(-1)",
    "{x}.T",
    "np.atleast_1d({x})",
    "{x}.real",
)
SCALARS = "2.0", "{x}.sum()", "{x}[1]", "np.dot({x}, {y})", "(1.5 + np.mean({y}))", "{y}", "np.cos({y})"
CHANGES = "+=", "-=", "*="


def program(rng: random.Random) -> str:
    """Statements that make arrays, give them further names and change them, and a result made of all names."""
    names, lines = ["a"], ["a = x * 1.0"]
    for _ in range(rng.randint(2, 6)):
        x, y = rng.choice(names), rng.choice(names)
        kind = rng.choice(["new", "alias", "change", "change", "item"])
        if kind == "change":
            lines.append(f"{x} {rng.choice(CHANGES)} " + rng.choice(SCALARS).format(x=y, y=rng.choice(names)))
        elif kind == "item":
            lines.append(
                f"held = [{x}]; held[0] {rng.choice(CHANGES)} {y}; {x} = {rng.choice((x, 'held[0]'))}"
            )
        else:
            names.append(rng.choice("abcd"))
            lines.append(f"{names[-1]} = " + rng.choice(NEW if kind == "new" else ALIASES).format(x=x, y=y))
    used = rng.sample(sorted(set(names)), rng.randint(1, len(set(names))))
    lines.append("return " + " + ".join(f"np.sum({name} * x * w[{i}])" for i, name in enumerate(used)))
    return "def f(x):\n" + "".join(f"    {line}\n" for line in lines)


def outcome(seed: int) -> tuple[str, str]:
    """right, refused or wrong, and the program."""
    source = program(random.Random(seed))
    space: dict[str, Any] = {"np": np, "w": np.array([0.3, 1.1, -0.8, 0.5])}
    exec(source, space)
    f = space["f"]
    h, units = 1e-4, np.eye(3)
    odd = [[float(f(X + k * h * d)) - float(f(X - k * h * d)) for k in (1, 2, 3)] for d in units]
    expected = np.array([(45 * a - 9 * b + c) / (60 * h) for a, b, c in odd])
    try:
        found = grad(f)(X)
        along = jvp(f, (X,), (np.ones(3),))[1]
        second = hessian(f)(X)
    except (CalcgradError, TypeError) as error:
        assert "in place" in str(error), (source, error)
        return "refused", source
    scale = max(1.0, float(np.max(np.abs(expected))))
    right = np.allclose(found, expected, rtol=0, atol=1e-7 * scale)
    right = right and abs(along - expected.sum()) < 1e-6 * scale and np.allclose(second, second.T)
    return "right" if right else "wrong", f"{source}{found} {expected}"


@pytest.mark.parametrize("block", range(4))
def test_no_change_is_overlooked(block: int) -> None:
    outcomes = [outcome(seed) for seed in range(60 * block, 60 * block + 60)]
    assert [source for said, source in outcomes if said == "wrong"] == []
    assert sum(said == "right" for said, _ in outcomes) > 15


LOOKS = (
    "float(q[0])", "int(q[0])", "bool(q[0])", "q.detach()", "q.astype(int)", "np.var(q)", "q.any()", "q.tolist()[0]",
    "np.argsort(q)", "(q > 1)", "grad(np.sum)(q)", "np.stack([q, q])", "abs(q)", "q @ q", "np.einsum('i,i', q, q)", "q",
)  # fmt: skip


@pytest.mark.parametrize("look", LOOKS)
def test_the_other_name_of_what_was_changed_is_of_no_use(look: str) -> None:
    space: dict[str, Any] = {"np": np, "grad": grad}
    exec(f"def f(x):\n    p = x * 1.0\n    q = p\n    p *= 2\n    return np.sum(x * {look})", space)
    with pytest.raises(TypeError, match="changed in place by one name"):
        grad(space["f"])(X)


def test_the_argument_is_the_callers() -> None:
    def f(x: Any) -> Any:
        x *= 2
        return np.sum(x)

    def outer(x: Any) -> Any:
        y = x * 1.0
        return np.sum(grad(f)(y) * y)

    for each in (f, outer):
        with pytest.raises(TypeError, match="cannot be changed in place"):
            grad(each)(X)


def test_an_array_keeps_its_precision_and_its_shape() -> None:
    def f(x: Any) -> Any:
        y = x * np.float32(1)
        y += np.ones(3)
        assert y.dtype == np.float32
        return np.sum(y)

    assert grad(f)(X.astype(np.float32)).dtype == np.float32

    def wider(x: Any) -> Any:
        y = x[:1] * 1.0
        y += x
        return np.sum(y)

    with pytest.raises(TypeError, match="cannot be changed in place"):
        grad(wider)(X)


if __name__ == "__main__":
    counts: Counter[str] = Counter()
    for each in range(int(sys.argv[1])):
        said, text = outcome(each)
        counts[said] += 1
        if said == "wrong":
            print(text)
    print(counts)
