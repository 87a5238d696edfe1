"""Computation of points: in this process, or in the workers of a Dask cluster."""

import asyncio
import importlib.util
import pickle
import queue
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from zskip.exploration.measure import ERROR, Figures
from zskip.exploration.points import Point
from zskip.exploration.workload import Workload
from zskip.model.common.errors import InputError, RunFailure
from zskip.model.common.version import VERSION

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 10
"""Time that a scheduler may take to answer."""

EMPTY_SECONDS = 60
"""Time that a cluster may be without any worker."""

POLL_SECONDS = 5
"""Time between two looks at the cluster while no result comes."""

Task = tuple[Point, Workload]
Measure = Callable[[Point, Workload], Figures]
Done = Callable[[str, Figures, bool], None]
"""Takes the key of a point, its figures, and whether they may be kept."""

SMALL = 10_000
"""Bytes of a workload that is sent with each point; a larger one is sent once to each worker."""

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
    # A worker gets its next point when it has done one, so that others seldom end with it.
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

    Work of a worker that ends is done by another one. A point during which several workers in
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
        crowd = _Crowd(client, measure, scheduler or "on this machine", done)
        suspects = crowd.run(tasks, "zskip-point")
        # A worker may have had several points when it ended: each is now the only one there is.
        for key in suspects:
            for poison in crowd.run({key: tasks[key]}, "zskip-alone"):
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
        comm = await connect(scheduler, timeout=CONNECT_SECONDS)
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
    except OSError as error:
        raise RunFailure(
            f"the scheduler at {scheduler} must answer within {CONNECT_SECONDS} s, but does not "
            f"({_cause(error)}): start it with `dask scheduler`, or correct the address"
        ) from None


def _cause(error: BaseException) -> str:
    """Return what first went wrong, in a line."""
    while (cause := error.__cause__) is not None:
        error = cause
    return " ".join(str(error).split()) or type(error).__name__


def _given(workload: Workload) -> Workload:
    """Return a workload: a task of its own, so that it is sent once and never lost."""
    return workload


def _checked(measure: Measure, version: str, point: Point, workload: Workload) -> Figures:
    """Measure a point, if this is the version that asks for it."""
    if version != VERSION:
        raise RunFailure(
            f"workers must have zskip {version or 'without a version'}, as asks for the points, "
            f"but have {VERSION or 'one without a version'}: install the same on all machines"
        )
    return measure(point, workload)


class _Crowd:
    """Points in the workers of a cluster."""

    def __init__(self, client: "Client", measure: Measure, name: str, done: Done) -> None:
        self._client = client
        self._measure = partial(_checked, measure, VERSION)
        self._watch = _Watch(client, name)
        self._done = done

    def run(self, tasks: Mapping[str, Task], prefix: str) -> list[str]:
        """Compute points, and return the keys of those that workers ended with."""
        finished: queue.SimpleQueue[Future] = queue.SimpleQueue()
        futures = self._submitted(tasks, prefix)
        waiting = {future.key: key for future, key in zip(futures, tasks, strict=True)}
        suspects = []
        for future in futures:
            future.add_done_callback(finished.put)
        # Results that nothing refers to any more are dropped by the workers.
        futures.clear()
        while waiting:
            future = self._watch.next(finished)
            if future.status in ("pending", "lost"):
                # The worker that had the result has ended since; it is computed again.
                future.add_done_callback(finished.put)
                continue
            key = waiting.pop(future.key)
            figures = _figures(future)
            if figures is None:
                suspects.append(key)
            else:
                self._done(key, figures, True)
        return suspects

    def _submitted(self, tasks: Mapping[str, Task], prefix: str) -> "list[Future]":
        """Give points to the scheduler, in one graph with the workloads that they share."""
        from dask.delayed import delayed

        given = delayed(_given, traverse=False)
        shared = {
            digest: given(workload, dask_key_name=f"zskip-workload-{digest}")
            if len(pickle.dumps(workload)) > SMALL
            else workload
            for digest, workload in {one.digest: one for _, one in tasks.values()}.items()
        }
        measured = delayed(self._measure, traverse=False)
        graph = [
            measured(point, shared[workload.digest], dask_key_name=f"{prefix}-{key}")
            for key, (point, workload) in tasks.items()
        ]
        futures: Any = self._client.compute(graph, optimize_graph=False)
        return futures


def _figures(future: "Future") -> Figures | None:
    """Return a result, None where workers ended with it; raise what ends the exploration."""
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker:
        return None
    except CancelledError:
        raise RunFailure(
            "the scheduler must stay until all points are measured, but went away: start it again"
        ) from None
    except ModuleNotFoundError as error:
        raise RunFailure(
            f"workers must have zskip, but one has not ({error}): install it on all machines"
        ) from None


class _Watch:
    """Waits for results, and looks after the cluster while none comes."""

    def __init__(self, client: "Client", name: str) -> None:
        self._client = client
        self._name = name
        self._empty_since: float | None = None

    def next(self, finished: "queue.SimpleQueue[Future]") -> "Future":
        """Return the next future that is done."""
        while True:
            try:
                return finished.get(timeout=POLL_SECONDS)
            except queue.Empty:
                self._look()

    def _look(self) -> None:
        """Raise a RunFailure if there has been no worker for long."""
        if self._client.scheduler_info(n_workers=1)["workers"]:
            self._empty_since = None
            return
        now = time.monotonic()
        if self._empty_since is None:
            self._empty_since = now
        if now - self._empty_since >= EMPTY_SECONDS:
            raise RunFailure(
                f"the cluster {self._name} must have workers, but had none for {EMPTY_SECONDS} s: "
                "start some with `dask worker ADDRESS --nthreads 1`"
            )
