"""Points in the workers of a cluster: several in a task, as each task takes its time as well."""

import pickle
import queue
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from zskip.exploration.measure import Figures
from zskip.exploration.points import Point
from zskip.exploration.watch import Watch
from zskip.exploration.workload import Workload
from zskip.model.common.errors import RunFailure
from zskip.model.common.version import VERSION

if TYPE_CHECKING:
    from distributed import Client, Future

Task = tuple[Point, Workload]
Batch = tuple[str, ...]
"""Keys of points that are one task of the cluster."""
Measure = Callable[[Point, Workload], Figures]
Done = Callable[[str, Figures, bool], None]
"""Takes the key of a point, its figures, and whether they may be kept."""

BATCH_SECONDS = 1.0
"""Time after which a task leaves the rest of its points to tasks of their own."""

SMALL = 10_000
"""Bytes of a workload that is sent with each task; a larger one is sent once to each worker."""


def _given(workload: Workload) -> Workload:
    """Return a workload: a task of its own, so that it is sent once and never lost."""
    return workload


def _checked(
    measure: Measure, version: str, points: Sequence[Point], *workloads: Workload
) -> list[Figures]:
    """Measure the first points, if this is the version that asks for them."""
    if version != VERSION:
        raise RunFailure(
            f"workers must have zskip {version or 'without a version'}, as asks for the points, "
            f"but have {VERSION or 'one without a version'}: install the same on all machines"
        )
    found: list[Figures] = []
    begun = time.monotonic()
    for point, workload in zip(points, workloads, strict=True):
        found.append(measure(point, workload))
        if time.monotonic() - begun > BATCH_SECONDS:
            break
    return found


class Ended(NamedTuple):
    """Points that have no figures yet.

    Parameters
    ----------
    suspects : list of str
        Keys of the points of tasks during which workers ended.
    left : list of str
        Keys of the points that slow tasks left over.
    """

    suspects: list[str]
    left: list[str]


class Crowd:
    """Points in the workers of a cluster.

    Parameters
    ----------
    client : distributed.Client
        Client of the cluster.
    measure : callable
        Measures a point.
    name : str
        The cluster, for people.
    tasks : mapping of str to tuple of Point and Workload
        The points by their keys.
    done : callable
        Called with each result, in any order.
    """

    def __init__(
        self, client: "Client", measure: Measure, name: str, tasks: Mapping[str, Task], done: Done
    ) -> None:
        self._client = client
        self._measure = partial(_checked, measure, VERSION)
        self._watch = Watch(client, name)
        self._tasks = tasks
        self._done = done

    def run(self, batches: Sequence[Batch], prefix: str) -> Ended:
        """Compute points, those of a batch in one task.

        Parameters
        ----------
        batches : sequence of tuple of str
            Keys of points, each once.
        prefix : str
            Beginning of the names of the tasks, of which a cluster does each once.

        Raises
        ------
        RunFailure
            The cluster goes away or has no workers, or they have another zskip or none.
        """
        finished: queue.SimpleQueue[Future] = queue.SimpleQueue()
        futures = self._submitted(batches, prefix) if batches else []
        waiting = {future.key: keys for future, keys in zip(futures, batches, strict=True)}
        ended = Ended([], [])
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
            keys = waiting.pop(future.key)
            found = _figures(future)
            if found is None:
                ended.suspects.extend(keys)
                continue
            for key, figures in zip(keys, found, strict=False):
                self._done(key, figures, True)
            ended.left.extend(keys[len(found) :])
        return ended

    def _submitted(self, batches: Sequence[Batch], prefix: str) -> "list[Future]":
        """Give points to the scheduler, in one graph with the workloads that they share."""
        from dask.delayed import delayed

        given = delayed(_given, traverse=False)
        tasks = [[self._tasks[key] for key in keys] for keys in batches]
        shared = {
            digest: given(workload, dask_key_name=f"zskip-workload-{digest}")
            if len(pickle.dumps(workload)) > SMALL
            else workload
            for digest, workload in {
                workload.digest: workload for batch in tasks for _, workload in batch
            }.items()
        }
        measured = delayed(self._measure, traverse=False)
        graph = [
            measured(
                [point for point, _ in batch],
                *(shared[workload.digest] for _, workload in batch),
                dask_key_name=f"{prefix}-{keys[0]}-{keys[-1]}",
            )
            for keys, batch in zip(batches, tasks, strict=True)
        ]
        futures: Any = self._client.compute(graph, optimize_graph=False)
        return futures


def _figures(future: "Future") -> list[Figures] | None:
    """Return figures of the first points of a task, None where workers ended with it."""
    from distributed import KilledWorker
    from distributed.comm.core import CommClosedError

    try:
        return future.result()
    except KilledWorker:
        return None
    except (CancelledError, CommClosedError):
        raise RunFailure(
            "the scheduler must stay until all points are measured, but went away: start it again"
        ) from None
    except ModuleNotFoundError as error:
        raise RunFailure(
            f"workers must have zskip, but one has not ({error}): install it on all machines"
        ) from None
