"""The files of a table on a Dask cluster, one task each; nothing travels but the question and names of files.

run(one, question, jobs, "tcp://host:8786", strict, finished)

A worker that is lost costs its files' time: Dask gives them to another. A file is whole or it is not there, so
that it does no harm if two workers write the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from calcgrad.errors import CalcgradError, MissingExtra, UndecidedError, UsageError
from calcgrad.tables.runs import Summary, cores
from calcgrad.version import __version__

_WAIT = 10  # seconds for a scheduler that does not answer
_RETRIES = 5  # workers that may be lost over one file

Job = tuple[str, str, str]  # the file, where its results go, and its name in the folder


def run(
    work: Callable[..., Summary],
    question: Any,
    jobs: Sequence[Job],
    address: str,
    strict: bool,
    finished: Callable[[str, Summary], None],
) -> None:
    """``work(question, source, target, strict, 1)`` for every job, on the workers at an address, or on local ones.

    Raises UsageError where there is no cluster, UndecidedError where it goes away.
    """
    try:
        import dask
        from dask.distributed import Client, LocalCluster, as_completed
    except ImportError:
        raise MissingExtra("--cluster needs Dask", hint="pip install 'calcgrad[cluster]'") from None
    import logging

    loggers = [*logging.root.manager.loggerDict]
    for name in [each for each in loggers if each.startswith(("distributed", "tornado", "asyncio"))]:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    dask.config.set({"distributed.scheduler.allowed-failures": _RETRIES})
    if address != "local" and "://" not in address:
        raise UsageError(
            f"--cluster {address[:40]} is no address", hint="--cluster tcp://host:8786, or local"
        )
    local = None
    try:
        if address == "local":
            local = LocalCluster(
                n_workers=cores(), threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
            )
        client = Client(local or address, timeout=_WAIT)
    except (OSError, TimeoutError, ValueError) as error:
        if local is not None:
            local.close()
        raise UsageError(
            f"no Dask scheduler answers at {address[:80]}: {type(error).__name__}", hint="is it running?"
        ) from None
    try:
        waiting = {
            client.submit(_job, __version__, work, question, source, target, strict, pure=False): part
            for source, target, part in jobs
        }
        for future in as_completed(list(waiting)):
            if future.status in ("cancelled", "lost"):
                raise _gone()
            finished(waiting.pop(future), _answer(future))
            future.release()
    finally:
        client.close(timeout=2)
        if local is not None:
            local.close()


def _job(
    version: str, work: Callable[..., Summary], question: Any, source: str, target: str, strict: bool
) -> Summary:
    """On a worker, in its own thread: no processes of its own."""
    if version != __version__:
        raise UsageError(
            f"a worker has calcgrad {__version__}, and this is {version}", hint="install the same one"
        )
    return work(question, source, target, strict, 1)


def _answer(future: Any) -> Summary:
    from concurrent.futures import CancelledError

    from dask.distributed import KilledWorker
    from distributed.comm import CommClosedError

    try:
        return future.result()  # type: ignore[no-any-return]
    except CalcgradError:
        raise
    except KilledWorker:
        raise UndecidedError(
            "every worker that took a file was lost",
            hint="is there enough memory? --resume goes on",
            code="cluster",
        ) from None
    except (CancelledError, CommClosedError, TimeoutError):
        raise _gone() from None


def _gone() -> UndecidedError:
    return UndecidedError(
        "the Dask scheduler went away", hint="whole files are kept: --resume goes on", code="cluster"
    )
