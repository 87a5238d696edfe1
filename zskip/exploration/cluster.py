"""Computation of points: in this process, or in the workers of a Dask cluster."""

import asyncio
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zskip.exploration.crowd import Batch, Crowd, Done, Measure, Task
from zskip.exploration.measure import ERROR
from zskip.model.common.errors import InputError, RunFailure

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10
"""Time that a scheduler may take to answer."""

GRACE_SECONDS = 1
"""Time beyond it for Dask to say itself why nothing answers."""

BATCH = 16
"""Most points of a task of the cluster, as each task takes the time of a small point."""

POISON = "workers in turn ended while they measured it alone: give them more memory"
"""Error of a point that is given up."""

LOCAL: Mapping[str, Any] = {
    "threads_per_worker": 1,
    "host": "127.0.0.1",
    "dashboard_address": None,
    "worker_dashboard_address": None,
    # The scheduler's server of figures is there all the same: at any free port.
    "scheduler_kwargs": {"dashboard_address": "127.0.0.1:0"},
    "silence_logs": 50,
}
"""Workers on this machine, which nothing beyond it reaches."""

SETTINGS = {
    # A worker gets its next task when it has done one, so that others seldom end with it.
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 3,
    "distributed.admin.large-graph-warning-threshold": "1 GB",
    "distributed.comm.timeouts.connect": f"{CONNECT_SECONDS}s",
}
"""Settings of Dask that hold while points are computed."""


def in_process(measure: Measure, tasks: Mapping[str, Task], done: Done) -> None:
    """Compute points one after the other in this process.

    Parameters
    ----------
    measure : callable
        Measures a point.
    tasks : mapping of str to tuple of Point and Workload
        The points by their keys.
    done : callable
        Called with each result, in the order of the points.
    """
    for key, (point, workload) in tasks.items():
        done(key, measure(point, workload), True)


def on_cluster(
    measure: Measure,
    tasks: Mapping[str, Task],
    done: Done,
    *,
    jobs: int,
    scheduler: str | None = None,
) -> None:
    """Compute points in the workers of a cluster, each point once.

    Work of a worker that ends is done by another one: at most `BATCH` points that took less than
    `BATCH_SECONDS` together, and the one that it was at. A point during which several workers in
    turn have ended is given up, and the others go on.

    Parameters
    ----------
    measure, tasks
        As for `in_process`.
    done : callable
        Called with each result, in any order.
    jobs : int
        Worker processes on this machine, of one thread each, where there is no scheduler. Each
        begins by importing the program's main module, which must be prepared for that.
    scheduler : str, optional
        Address of a scheduler, such as ``tcp://host:8786``, whose workers take the points.

    Raises
    ------
    InputError
        `distributed` is not installed, or the address is none.
    RunFailure
        The scheduler does not answer, goes away, or has no workers.
    """
    _check_installed()
    with _client(jobs, scheduler) as client:
        crowd = Crowd(client, measure, scheduler or "on this machine", tasks, done)
        first = crowd.run(_batches(tuple(tasks), jobs), "zskip-point")
        rest = crowd.run([(key,) for key in first.left], "zskip-point")
        # A worker may have had several points when it ended: each is now the only one there is.
        for key in (*first.suspects, *rest.suspects):
            for poison in crowd.run([(key,)], "zskip-alone").suspects:
                done(poison, {ERROR: POISON}, False)


def _check_installed() -> None:
    """Check that there is a package for clusters."""
    if importlib.util.find_spec("distributed") is None:
        raise InputError(
            "several processes need the package distributed, which is not installed: "
            "pip install 'zskip[explore]', or compute in one process with --jobs 0"
        )


@contextmanager
def _client(jobs: int, scheduler: str | None) -> "Iterator[Client]":
    """Connect to a scheduler, or start workers on this machine."""
    import dask.config
    from distributed import Client, LocalCluster

    with dask.config.set(SETTINGS):
        if scheduler is None:
            with (
                LocalCluster(n_workers=jobs, **LOCAL) as cluster,
                Client(cluster, set_as_default=False) as client,
            ):
                yield client
            return
        _check_answers(scheduler)
        with Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False) as client:
            yield client


def _check_answers(scheduler: str) -> None:
    """Check that something answers at an address; a client that found nothing is hard to end."""
    from distributed.comm.core import connect

    async def probe() -> None:
        # Dask waits without end for the first words of what takes a connection and is silent.
        connecting = connect(scheduler, timeout=CONNECT_SECONDS)
        comm = await asyncio.wait_for(connecting, CONNECT_SECONDS + GRACE_SECONDS)
        await comm.close()

    try:
        # In a thread of its own, as a notebook has a loop in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, probe()).result()
    except ValueError as error:
        raise InputError(
            f"the scheduler must be an address such as tcp://127.0.0.1:8786, not {scheduler!r} "
            f"({error}): correct it"
        ) from None
    except (OSError, MemoryError) as error:
        raise RunFailure(
            f"the scheduler at {scheduler} must answer within {CONNECT_SECONDS} s, but does not "
            f"({_cause(error)}): start it with `dask scheduler`, or correct the address"
        ) from None


def _cause(error: BaseException) -> str:
    """Return what first went wrong, in a line."""
    if isinstance(error, TimeoutError):
        return f"timeout after {CONNECT_SECONDS + GRACE_SECONDS} s, though it took the connection"
    if isinstance(error, MemoryError):
        # The first bytes of any other protocol are a length to Dask.
        return "what answers there is none"
    # Dask cuts off its last attempt.
    while (cause := error.__cause__) is not None and not isinstance(cause, asyncio.CancelledError):
        error = cause
    return " ".join(str(error).split()) or "no answer in time"


def _batches(keys: Sequence[str], jobs: int) -> list[Batch]:
    """Cut points into tasks, many for each worker, so that all have about as much to do."""
    size = max(1, min(BATCH, len(keys) // (BATCH * (jobs or BATCH))))
    return [tuple(keys[at : at + size]) for at in range(0, len(keys), size)]
