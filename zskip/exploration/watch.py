"""Results of a cluster as they come, and a look after it while none comes."""

import queue
import time
from typing import TYPE_CHECKING

from zskip.model.common.errors import RunFailure

if TYPE_CHECKING:
    from distributed import Client, Future

EMPTY_SECONDS = 60
"""Time that a cluster may be without any worker."""

POLL_SECONDS = 5
"""Time between two looks at the cluster while no result comes."""


class Watch:
    """Waits for results, and looks after the cluster while none comes.

    Parameters
    ----------
    client : distributed.Client
        Client of the cluster.
    name : str
        The cluster, for people.
    """

    def __init__(self, client: "Client", name: str) -> None:
        self._client = client
        self._name = name
        self._empty_since: float | None = None

    def next(self, finished: "queue.SimpleQueue[Future]") -> "Future":
        """Return the next future that is done.

        Parameters
        ----------
        finished : queue.SimpleQueue of distributed.Future
            Takes each future when it is done.

        Raises
        ------
        RunFailure
            The cluster has had no worker for `EMPTY_SECONDS`.
        """
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
