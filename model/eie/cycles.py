"""Exact cycle model: when every unit of the array does what, without simulating each cycle.

All stages of a PE are elastic: an item enters a stage in the cycle in which the stage is free or
is given up by the item before it. So the cycle in which each broadcast, column and word moves on
follows from those before it, by additions and maxima, for all PEs at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.lnzd import broadcast_order, tree_levels
from zskip.model.eie.schedule import local_depth, pass_words

FETCH_LATENCY = 1
"""From the request for the last program word of a pass to its arrival."""

LEAF_CYCLES = 2
"""From computing mode to the first activation that a PE offers to the LNZD tree."""

ROOT_CYCLES = 1
"""From the root of the tree to the broadcast."""

ARITHMETIC_CYCLES = 4
"""From an entry's cycle in the sparse matrix read to the write of its accumulator."""

QUIET_CYCLES = 2
"""From the array's last activity to the end of computing mode."""

WRITE_BACK_LATENCY = 5
"""From the last row's write-back command to the swap of the files."""


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerTiming:
    """The counters of a layer that depend on timing, for ``n`` input vectors.

    Parameters
    ----------
    central : dict of str to ndarray of int64, shape (n,)
        ``cycles``, ``stalls`` and ``drain``.
    per_pe : dict of str to ndarray of int64, shape (n, pe_count)
        ``busy`` and ``starved``.
    """

    central: dict[str, NDArray[np.int64]]
    per_pe: dict[str, NDArray[np.int64]]


def layer_timing(
    matrix: EncodedMatrix,
    activations: NDArray[np.int64],
    config: Config,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> LayerTiming:
    """Return what a layer takes, equal to the RTL to the cycle.

    Parameters
    ----------
    matrix : EncodedMatrix
        The layer's weights.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors; only which values are zero matters.
    config : Config
        The array.
    on_progress : callable, optional
        Called with the number of input vectors just finished.

    Returns
    -------
    LayerTiming
    """
    start = np.ascontiguousarray(matrix.pointers[:, :-1].T)
    counts = np.ascontiguousarray(np.diff(matrix.pointers, axis=1).T)
    rows = local_depth(matrix.shape[0], config)
    central = []
    busy = []
    starved = []
    for vector in activations:
        order = broadcast_order(vector != 0, config)
        pipeline = _Pipeline(config, len(order))
        for columns in zip(start[order], counts[order], strict=True):
            pipeline.broadcast(*columns)
        computing = pipeline.computing_cycles()
        cycles = pass_words(config) + FETCH_LATENCY + computing + rows + WRITE_BACK_LATENCY
        waiting = pipeline.broadcasting_cycles()
        central.append((cycles, waiting - len(order), computing - waiting))
        busy.append(pipeline.busy)
        starved.append(computing - pipeline.busy)
        if on_progress is not None:
            on_progress(1)
    cycles, stalls, drain = np.array(central, dtype=np.int64).reshape(-1, 3).T
    return LayerTiming(
        central={"cycles": cycles, "stalls": stalls, "drain": drain},
        per_pe={"busy": np.stack(busy), "starved": np.stack(starved)},
    )


class _Pipeline:
    """Cycles in which the items of a pass move on, counted from the start of computing mode.

    Arrays have one value for each PE. An attribute named after a stage holds the cycle in which
    the stage's latest item leaves it.
    """

    def __init__(self, config: Config, broadcasts: int) -> None:
        self.config = config
        self.broadcasts: list[int] = []
        self.busy = np.zeros(config.pe_count, dtype=np.int64)
        before = np.full(config.pe_count, -1, dtype=np.int64)
        self._pops = np.zeros((broadcasts, config.pe_count), dtype=np.int64)
        self._pointer_read = before
        self._column = before
        self._fetched = before
        self._unpacked = before
        self._active_until = before

    def broadcast(self, start: NDArray[np.int64], count: NDArray[np.int64]) -> None:
        """Let the next activation through all PEs.

        Parameters
        ----------
        start, count : ndarray of int64, shape (pe_count,)
            First entry and number of entries of its column in each PE.
        """
        number = len(self.broadcasts)
        cycle = self._broadcast_cycle(number)
        self.broadcasts.append(cycle)
        pop = np.maximum(cycle + 1, self._pointer_read)
        self._pops[number] = pop
        self._pointer_read = np.maximum(pop + 1, self._column)
        self._words(start, count)
        self._count_busy(cycle, count)

    def computing_cycles(self) -> int:
        """Return the length of computing mode; with nothing to broadcast it is one cycle."""
        if not self.broadcasts:
            return 1
        return int(self._active_until.max()) + 1 + QUIET_CYCLES

    def broadcasting_cycles(self) -> int:
        """Return the cycles from the first broadcast to the last one, stalls included."""
        if not self.broadcasts:
            return 0
        return self.broadcasts[-1] - self.broadcasts[0] + 1

    def _broadcast_cycle(self, number: int) -> int:
        """Return when a broadcast is sent: after the one before it, with room in every queue."""
        if number == 0:
            return LEAF_CYCLES + len(tree_levels(self.config)) + ROOT_CYCLES
        cycle = self.broadcasts[-1] + 1
        if number >= self.config.queue_depth:
            cycle = max(cycle, int(self._pops[number - self.config.queue_depth].max()) + 1)
        return cycle

    def _words(self, start: NDArray[np.int64], count: NDArray[np.int64]) -> None:
        """Fetch and unpack the words of a column; an empty column takes a word's place."""
        size = self.config.entries_per_word
        fetch = self._pointer_read
        remaining = count
        room = size - start % size
        here = np.ones_like(count, dtype=np.bool_)
        while here.any():
            entries = np.minimum(remaining, room)
            leave = np.maximum(fetch + 1, self._fetched)
            fetched = np.maximum(leave + 1, self._unpacked)
            unpacked = fetched + np.maximum(entries, 1)
            fetch = np.where(here, leave, fetch)
            self._fetched = np.where(here, fetched, self._fetched)
            self._unpacked = np.where(here, unpacked, self._unpacked)
            remaining = remaining - entries
            room = np.full_like(room, size)
            here = remaining > 0
        self._column = fetch

    def _count_busy(self, cycle: int, count: NDArray[np.int64]) -> None:
        """Add the cycles in which each PE is busy with this column and was not with another."""
        until = self._unpacked + np.where(count > 0, ARITHMETIC_CYCLES, 0)
        until = np.maximum(until, self._active_until)
        self.busy += until - np.maximum(self._active_until, cycle)
        self._active_until = until
