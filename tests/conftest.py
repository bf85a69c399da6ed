"""What every test may use: the ways of asking, and folders to be in."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import asking
import pytest
from asking import Answer, Worker
from hypothesis import HealthCheck, settings

from calcgrad.budget import allow_deep_recursion

settings.register_profile(
    "calcgrad", derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
settings.load_profile("calcgrad")
if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # a job in a shell's background; its children would ignore it too
    signal.signal(signal.SIGINT, signal.default_int_handler)
allow_deep_recursion()  # as the command line does; Hypothesis warns of a limit that changes in a test


@pytest.fixture(scope="session")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    made = Worker(tmp_path_factory.mktemp("worker"))
    yield made
    made.stop()
    assert list(made.folder.iterdir()) == []


@pytest.fixture(name="ask")
def _ask() -> Callable[..., Answer]:
    return asking.ask


@pytest.fixture(name="spawn")
def _spawn() -> Callable[..., Answer]:
    return asking.spawn


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def untouched(folder: Path) -> Iterator[Path]:
    """An empty folder to be in, and to leave empty."""
    yield folder
    assert list(folder.iterdir()) == []
