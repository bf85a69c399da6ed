"""Gradients: calcgrad beside hand-written NumPy, PyTorch eager, compiled JAX and HIPS autograd.

    python benchmarks/run.py autodiff

Every work is done by all who can, taking turns in one process, with the same number of threads; a peer that
is not installed is left out. A ratio below 1 means that calcgrad was faster.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Work = Callable[..., Any]


def rows(repeat: int) -> Iterator[Any]:
    from measure import ENVIRONMENT, ROOT, Row

    for threads in sorted({1, CORES}):
        command = [sys.executable, "-m", "benchmarks.autodiff", str(repeat), str(threads)]
        environment = {**ENVIRONMENT, **dict.fromkeys(LIMITS, str(threads)), "JAX_PLATFORMS": "cpu"}
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                yield Row(*json.loads(line))
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    yield from whole_processes(repeat)


# --- a script from start to exit ----------------------------------------------------------------------

OURS = """
import numpy as np
from calcgrad.autodiff.replay import Replay
table = Replay(lambda x: np.exp(-x*x) * np.sin(3*x) / (1 + np.log(x + 2)))(np.linspace(-1, 3, 10**6))
print(table.value.sum(), table.slopes[0].sum())
"""
JAX = """
import jax, jax.numpy as np
jax.config.update("jax_enable_x64", True)
f = lambda x: np.exp(-x*x) * np.sin(3*x) / (1 + np.log(x + 2))
v, d = jax.jit(jax.vmap(jax.value_and_grad(f)))(np.linspace(-1, 3, 10**6))
print(v.sum(), d.sum())
"""
TORCH = """
import torch
x = torch.linspace(-1, 3, 10**6, dtype=torch.float64, requires_grad=True)
v = torch.exp(-x*x) * torch.sin(3*x) / (1 + torch.log(x + 2))
v.sum().backward()
print(v.sum(), x.grad.sum())
"""


def whole_processes(repeat: int) -> Iterator[Any]:
    from measure import python, ratio

    for peer, script, goal in (("jax", JAX, 1 / 3), ("torch", TORCH, 1 / 6)):
        if importlib.util.find_spec(peer):
            ours, theirs = python("-c", OURS), python("-c", script)
            name = f"script, value and gradient at 1e6 points / {peer}"
            yield ratio(name, ours, theirs, f"the same with {peer}", goal=goal, repeat=repeat)


# --- one process --------------------------------------------------------------------------------------


def medians(works: dict[str, Work], repeat: int) -> dict[str, float]:
    """Seconds of each, taking turns after a round that warms up; cheap work is repeated more often."""
    begun = time.perf_counter()
    for work in works.values():
        work()
        work()
    once = time.perf_counter() - begun
    rounds = max(6, min(repeat * 4, int(repeat * 2 / max(once, 1e-3)) + 3))
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds):  # there and back: who comes after whom matters to fresh memory
        for name, work in list(works.items())[:: (-1) ** turn]:
            begun = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - begun)
    return {name: statistics.median(taken) for name, taken in times.items()}


def report(name: str, works: dict[str, Work], goals: dict[str, float], repeat: int) -> None:
    """Print one row for each peer that was there."""
    taken = medians(works, repeat)
    for peer, goal in goals.items():
        if peer in taken:
            mine, other = taken["ours"], taken[peer]
            detail = f"{1000 * mine:.3g} ms against {1000 * other:.3g} ms"
            row = (f"{name} / {peer}", f"{mine / other:.2f}", f"<= {goal:.2f}", mine <= goal * other, detail)
            print(json.dumps(row), flush=True)


def peers(threads: int) -> dict[str, Any]:
    """The installed peers, held to so many threads."""
    if threads == 1 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # JAX counts the cores that it may use
    found = {}
    for name in ("torch", "jax", "autograd"):
        if importlib.util.find_spec(name):
            found[name] = importlib.import_module(name)
    if "jax" in found:
        found["jax"].config.update("jax_enable_x64", True)
    if "torch" in found:
        found["torch"].set_num_threads(threads)
    return found


def torch_gradient(torch: Any, f: Callable[..., Any], *arrays: Any) -> Work:
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]

    def work() -> Any:
        for tensor in tensors:
            tensor.grad = None
        value = f(*tensors)
        value.backward()
        return value, [tensor.grad for tensor in tensors]

    return work


def versus(ours: Work, **others: Work | None) -> dict[str, Work]:
    """The works of those who are there."""
    return {"ours": ours, **{name: work for name, work in others.items() if work is not None}}


def main(repeat: int, threads: int) -> None:
    found = peers(threads)
    torch, jax, autograd = (found.get(name) for name in ("torch", "jax", "autograd"))
    pointwise(repeat, threads, torch, jax)
    if threads == 1:
        recorded(repeat, torch, autograd)


def recorded(repeat: int, torch: Any, autograd: Any) -> None:
    """What the tape does."""
    import numpy as np

    from calcgrad.autodiff import hessian, hvp, value_and_grad

    random = np.random.default_rng(0)

    # 2*dot(x, x)
    for n in (10**6, 10**7):
        x = np.linspace(0.0, 1.0, n)
        works = versus(
            lambda x=x: value_and_grad(lambda x: 2 * np.dot(x, x))(x),
            hand=lambda x=x: (2 * np.dot(x, x), 4 * x),
            torch=torch_gradient(torch, lambda t: 2 * torch.dot(t, t), x) if torch else None,
        )
        report(f"2*dot(x,x), n={n:.0e}", works, {"hand": 1.4, "torch": 1.0}, repeat)

    # logistic regression
    a, y = random.normal(size=(10**5, 100)), (random.random(10**5) > 0.5) * 1.0
    w = random.normal(size=100) * 0.1

    def loss(w: Any) -> Any:
        z = a @ w
        return np.mean(np.logaddexp(0.0, z) - y * z)

    def loss_by_hand() -> Any:
        z = a @ w
        p = 1 / (1 + np.exp(-z))
        return np.mean(np.logaddexp(0.0, z) - y * z), a.T @ (p - y) / len(y)

    loss_torch = None
    if torch:
        ta, ty = torch.tensor(a), torch.tensor(y)
        bce = torch.nn.functional.binary_cross_entropy_with_logits
        loss_torch = torch_gradient(torch, lambda tw: bce(ta @ tw, ty), w)
    works = versus(lambda: value_and_grad(loss)(w), hand=loss_by_hand, torch=loss_torch)
    report("logistic regression 1e5x100", works, {"hand": 1.4, "torch": 1.0}, repeat)

    # a multilayer perceptron
    images, digits = random.normal(size=(256, 784)), random.integers(0, 10, 256)
    wanted = np.eye(10)[digits]
    weights = [
        random.normal(size=(784, 256)) * 0.05,
        np.zeros(256),
        random.normal(size=(256, 10)) * 0.05,
        np.zeros(10),
    ]

    def network(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        z = np.tanh(images @ w1 + b1) @ w2 + b2
        return np.mean(np.log(np.sum(np.exp(z), axis=1)) - np.sum(z * wanted, axis=1))

    def network_by_hand() -> Any:
        w1, b1, w2, b2 = weights
        h = np.tanh(images @ w1 + b1)
        z = h @ w2 + b2
        e = np.exp(z)
        s = np.sum(e, axis=1, keepdims=True)
        value = np.mean(np.log(s[:, 0]) - np.sum(z * wanted, axis=1))
        dz = (e / s - wanted) / len(images)
        dh = dz @ w2.T * (1 - h * h)
        return value, [images.T @ dh, dh.sum(0), h.T @ dz, dz.sum(0)]

    network_torch = None
    if torch:
        ti, td = torch.tensor(images), torch.tensor(digits)
        ce = torch.nn.functional.cross_entropy
        network_torch = torch_gradient(
            torch, lambda w1, b1, w2, b2: ce(torch.tanh(ti @ w1 + b1) @ w2 + b2, td), *weights
        )
    works = versus(lambda: value_and_grad(network)(weights), hand=network_by_hand, torch=network_torch)
    report("MLP 784-256-10, batch 256", works, {"hand": 1.4, "torch": 1.0}, repeat)

    # Rosenbrock
    def rosenbrock(x: Any) -> Any:
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    x = random.normal(size=10**6)

    def rosenbrock_by_hand() -> Any:
        head = x[:-1]
        d, e = x[1:] - head**2, 1 - head
        g = np.zeros_like(x)
        g[1:] = 200 * d
        g[:-1] -= 400 * head * d + 2 * e
        return np.sum(100 * d**2 + e**2), g

    works = versus(
        lambda: value_and_grad(rosenbrock)(x),
        hand=rosenbrock_by_hand,
        torch=torch_gradient(torch, rosenbrock, x) if torch else None,
    )
    report("Rosenbrock n=1e6", works, {"hand": 2.5, "torch": 1.0}, repeat)

    # scalar loops
    def chain(sin: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for _ in range(10**4):
                x = sin(x) + x / 2
            return x

        return run

    def product(x: Any) -> Any:
        p = x[0]
        for i in range(1, 10**4):
            p = p * x[i]
        return p

    factors = random.uniform(0.9, 1.1, 10**4)
    few = max(1, repeat // 5)
    if autograd:
        importlib.import_module("autograd.numpy")
    for name, ours, tensors, hips, at in (
        (
            "sin(x)+x/2, 1e4 steps",
            chain(np.sin),
            torch and chain(torch.sin),
            autograd and chain(autograd.numpy.sin),
            0.5,
        ),
        ("product of x[i], 1e4", product, product, product, factors),
    ):
        works = versus(
            lambda ours=ours, at=at: value_and_grad(ours)(at),
            torch=torch_gradient(torch, tensors, np.asarray(at)) if torch else None,
            autograd=(lambda hips=hips, at=at: autograd.value_and_grad(hips)(at)) if autograd else None,
        )
        report(name, works, {"torch": 0.2, "autograd": 0.2}, few)

    # second order
    x = random.normal(size=200)
    works = versus(lambda: hessian(rosenbrock)(x))
    if torch:
        tx = torch.tensor(x)
        works["torch"] = lambda: torch.autograd.functional.hessian(rosenbrock, tx)
        works["torch.func"] = lambda: torch.func.hessian(rosenbrock)(tx)
    report("Hessian n=200", works, {"torch": 1.0, "torch.func": 1.0}, few)
    x, v = random.normal(size=10**5), random.normal(size=10**5)
    works = versus(lambda: hvp(rosenbrock, x, v))
    if torch:
        tx5, tv5 = torch.tensor(x), torch.tensor(v)
        works["torch"] = lambda: torch.autograd.functional.hvp(rosenbrock, tx5, tv5)
    report("hvp n=1e5", works, {"torch": 1.0}, repeat)


def pointwise(repeat: int, threads: int, torch: Any, jax: Any) -> None:
    """What replay does."""
    import numpy as np

    from calcgrad.autodiff.replay import Replay

    def function(np: Any) -> Work:
        return lambda x: np.exp(-x * x) * np.sin(3 * x) / (1 + np.log(x + 2))

    replay = Replay(function(np))
    compiled = jax.jit(jax.vmap(jax.value_and_grad(function(jax.numpy)))) if jax else None
    for n in (10**6, 10**7):
        x = np.linspace(-1.0, 3.0, n)
        column = jax.numpy.asarray(x) if jax else None
        works = versus(
            lambda x=x: replay(x, threads=threads),
            hand=(lambda x=x: fused_by_hand(x)) if threads == 1 else None,
            jax=(lambda column=column: jax.block_until_ready(compiled(column))) if jax else None,
            torch=torch_gradient(torch, lambda t: function(torch)(t).sum(), x) if torch else None,
        )
        goals = {"hand": 1.15, "jax": 1.1 if n == 10**6 else 1.0, "torch": 1.0 if n == 10**6 else 0.2}
        report(f"pointwise f and f', {n:.0e}, {threads} thread(s)", works, goals, repeat)


def fused_by_hand(x: Any, size: int = 8192) -> tuple[Any, Any]:
    """f and f' of the pointwise work as a person would write them for speed: in blocks, in place."""
    import numpy as np

    value, slope = np.empty_like(x), np.empty_like(x)
    a0, b0, c0, e0 = (np.empty(size) for _ in range(4))
    for start in range(0, len(x), size):
        p, v, d = (each[start : start + size] for each in (x, value, slope))
        a, b, c, e = (each[: len(p)] for each in (a0, b0, c0, e0))
        np.multiply(p, p, a)
        np.negative(a, a)
        np.exp(a, a)
        np.multiply(p, 3, b)
        np.sin(b, c)
        np.cos(b, b)
        np.add(p, 2, d)
        np.log(d, v)
        np.add(v, 1, v)
        np.multiply(d, v, d)
        np.divide(a, v, a)
        np.multiply(c, a, v)
        np.multiply(b, 3, b)
        np.multiply(b, a, b)
        np.multiply(p, 2, e)
        np.multiply(e, v, e)
        np.subtract(b, e, b)
        np.divide(v, d, d)
        np.subtract(b, d, d)
    return value, slope


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
