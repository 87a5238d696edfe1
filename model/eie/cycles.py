"""Exact cycle model of the array, without a simulation of each cycle.

All stages are elastic: an item enters a stage in the cycle in which the stage is free or is given
up by the item before it. So the cycle in which each activation, column and word moves on follows
from those before it, by additions and maxima, for all PEs at once.
"""

from collections.abc import Callable
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.counters import Counters, summed
from zskip.model.common.fixed import IntArray
from zskip.model.common.stream import LANES
from zskip.model.eie.buffer_cycles import NEVER, buffer_times
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.groups import counted, group_starts
from zskip.model.eie.latencies import FETCH_CYCLES, write_back_latency
from zskip.model.eie.lnzd import FAN_IN, tree_levels
from zskip.model.eie.passes import block_depths, pass_words
from zskip.model.eie.pointers import pass_pointers
from zskip.model.eie.tiles import tile_edges


def layer_timing(
    matrix: EncodedMatrix,
    activations: NDArray[np.int64],
    config: Config,
    *,
    first: bool = True,
    last: bool = True,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[Counters, ...]:
    """Compute the counters of a layer's passes that depend on timing, equal to the RTL's.

    Parameters
    ----------
    matrix : EncodedMatrix
        The layer's weights.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors; only which values are zero matters.
    config : Config
        The array.
    first, last : bool
        Whether the layer is the first and the last of its network.
    on_progress : callable, optional
        Called with the number of input vectors just finished.

    Returns
    -------
    tuple of Counters
        For each pass ``cycles``, ``stalls`` and ``drain``, and ``busy`` and ``starved`` of each PE.
    """
    depths = block_depths(matrix.shape[0], matrix.block_rows, config)
    passes: list[list[_Tile]] = []
    for block, (rows, pointers) in enumerate(zip(depths, pass_pointers(matrix), strict=True)):
        edges = tile_edges(pointers, config)
        begins, ends = first and block == 0, last and block == len(depths) - 1
        behind = _fixed(rows, config, first=begins, last=ends)
        earliest = pass_words(config) - FETCH_CYCLES if begins and not config.streamed else 0
        passes.append(
            [
                _Tile(
                    words=_Words(matrix, block, columns, config),
                    columns=slice(*columns),
                    config=config,
                    earliest=earliest,
                    fixed=behind if columns[1] == edges[-1] else 0,
                )
                for columns in pairwise(edges)
            ]
        )
    for vector in activations:
        for tile in chain.from_iterable(passes):
            tile.run(vector != 0)
        if on_progress is not None:
            on_progress(1)
    return tuple(summed([tile.timing() for tile in tiles]) for tiles in passes)


def _fixed(rows: int, config: Config, *, first: bool, last: bool) -> int:
    """Return the cycles of a pass beside those of computing."""
    cycles = rows + write_back_latency(config)
    if not last:
        # The next pass is fetched meanwhile.
        cycles = max(cycles, pass_words(config) + 1)
    return cycles + FETCH_CYCLES * first


class _Words:
    """The sparse-matrix words that each column of a tile takes in every PE."""

    def __init__(
        self, matrix: EncodedMatrix, block: int, columns: tuple[int, int], config: Config
    ) -> None:
        offset = block * matrix.shape[1]
        pointers = matrix.pointers[:, offset + columns[0] : offset + columns[1] + 1]
        first = np.cumsum(matrix.pointers[:, -1]) - matrix.pointers[:, -1]
        if config.streamed:
            # A tile begins with a word of its own.
            first = first + pointers[:, 0]
            pointers = pointers - pointers[:, :1]
        self.config = config
        self.start = np.ascontiguousarray(pointers[:, :-1].T)
        self.end = np.ascontiguousarray(pointers[:, 1:].T)
        # Non-zeros in front of each entry, to count those of a word.
        self._first = first
        self._real = counted(matrix.codes != 0)
        # Cycles that begin in front of each non-zero, where there are several lanes.
        self._begun = self._real
        if config.lanes > 1:
            self._begun = counted(group_starts(matrix, block, config))

    def rank(self, entry: IntArray) -> IntArray:
        """Return how many non-zeros stand in front of an entry of each PE."""
        return self._real[self._first + entry]

    def work(self, low: IntArray, high: IntArray) -> IntArray:
        """Return the cycles that the entries from `low` to before `high` of each PE take."""
        if not self.config.free_padding:
            return high - low
        return self.rank(high) - self.rank(low)

    def groups(self, low: IntArray, high: IntArray) -> IntArray:
        """Return the groups that begin with non-zeros from rank `low` to before `high`."""
        return self._begun[high] - self._begun[low]


class _Tile:
    """Times a tile of a pass for one input vector after the other.

    A run starts computing while the codebook of its first pass is still on its way, up to
    `earliest`, unless it waits for tiles.
    """

    def __init__(
        self, *, words: _Words, columns: slice, config: Config, earliest: int, fixed: int
    ) -> None:
        self.words = words
        self.columns = columns
        self.config = config
        self._central: list[tuple[int, int, int]] = []
        self._busy: list[NDArray[np.int64]] = []
        self._starved: list[NDArray[np.int64]] = []
        self._earliest = earliest
        self._fixed = fixed

    def run(self, nonzero: NDArray[np.bool_]) -> None:
        """Time one input vector."""
        pipelines = _Pipelines(self.words, self.config, self._earliest)
        tree_done = _run_tree(nonzero[self.columns], self.config, pipelines.broadcast)
        quiet = max(int(pipelines.held_until.max()) + 1, tree_done, self._earliest)
        computing = quiet + 1
        drain = computing - len(pipelines.sent) - pipelines.stalls
        self._central.append((self._fixed + computing, pipelines.stalls, drain))
        self._busy.append(pipelines.busy)
        self._starved.append(computing - pipelines.busy)

    def timing(self) -> Counters:
        """Return the counters of all input vectors so far."""
        cycles, stalls, drain = np.array(self._central, dtype=np.int64).reshape(-1, 3).T
        return Counters(
            central={"cycles": cycles, "stalls": stalls, "drain": drain},
            per_pe={"busy": np.stack(self._busy), "starved": np.stack(self._starved)},
        )


def _run_tree(
    nonzero: NDArray[np.bool_], config: Config, broadcast: Callable[[int, int], int]
) -> int:
    """Bring the non-zero activations to the root, in the order of `broadcast_order`.

    Parameters
    ----------
    nonzero : ndarray of bool, shape (inputs,)
        Whether each activation is non-zero.
    config : Config
        The array.
    broadcast : callable
        Gets a column and the first cycle in which the root holds it; returns the cycle in which
        it is sent.

    Returns
    -------
    int
        The first cycle in which every PE and node knows that it has nothing more.
    """
    tree = _Tree(config)
    count = config.pe_count
    for pe in range(count):
        mine = nonzero[pe::count]
        # The register behind the SRAM takes the first word in cycle 1, when it was read in cycle 0.
        scan = 1
        taken = NEVER
        for first in range(0, mine.size, LANES):
            # The word moves into the register in cycle `scan`; it is held until its last pick.
            cycle = scan + 1
            scan = cycle
            for lane in np.flatnonzero(mine[first : first + LANES]).tolist():
                scan = max(cycle, taken)
                column = (first + lane) * count + pe
                taken = tree.climb(pe, scan + 1, lambda at, j=column: broadcast(j, at))
                cycle = scan + 1
        tree.finish(pe, max(scan, taken) + 1 if mine.size else 0)
    return tree.done


class _Tree:
    """LNZD nodes: a node takes the activations of its first child that may still have any."""

    def __init__(self, config: Config) -> None:
        self._widths = tree_levels(config)
        self._children = [config.pe_count, *self._widths]
        # For each level and node: when its latest activation left, and the one before it; and when
        # the children before the current one had nothing more.
        self._left = [[NEVER] * width for width in self._widths]
        self._left_before = [[NEVER] * width for width in self._widths]
        self._gates = [[0] * width for width in self._widths]
        self.done = 0

    def climb(self, pe: int, cycle: int, broadcast: Callable[[int], int]) -> int:
        """Bring an activation that a PE offers from `cycle` on to the root and send it.

        Returns the cycle in which it leaves the PE.
        """
        path = []
        child = pe
        levels = zip(self._left, self._left_before, self._gates, strict=True)
        for left, left_before, gates in levels:
            node = child // FAN_IN
            # A node holds two activations.
            cycle = max(cycle, left_before[node] + 1, gates[node])
            path.append((child, cycle))
            cycle = max(cycle, left[node]) + 1
            child = node
        path.append((child, broadcast(cycle)))
        for level, (child, leaves) in enumerate(path[1:]):
            self._left_before[level][child] = self._left[level][child]
            self._left[level][child] = leaves
        return path[0][1]

    def finish(self, pe: int, cycle: int) -> None:
        """Note that a PE has nothing more from `cycle` on; PEs finish in ascending order."""
        child = pe
        for width, left, gates in zip(self._children, self._left, self._gates, strict=False):
            node = child // FAN_IN
            gates[node] = max(gates[node], cycle)
            if child % FAN_IN != FAN_IN - 1 and child != width - 1:
                return
            cycle = max(gates[node], left[node] + 1)
            child = node
        self.done = max(self.done, cycle)


class _Pipelines:
    """All PEs from the broadcast to the entries.

    Arrays have one value for each PE. An attribute named after a stage holds the cycle in which
    the stage's latest item leaves it.
    """

    def __init__(self, words: _Words, config: Config, earliest: int) -> None:
        self.words = words
        self.config = config
        self.sent: list[int] = []
        """Cycle of each broadcast."""
        self.stalls = 0
        """Cycles in which a broadcast waited because a queue was full."""
        self._earliest = earliest
        before = np.full(config.pe_count, NEVER, dtype=np.int64)
        self.busy = np.zeros(config.pe_count, dtype=np.int64)
        self.held_until = before
        """Last cycle in which a unit up to the unpacking held anything."""
        self._active_until = before
        self._pops: list[int] = []
        self._bank = before
        self._pointer_read = before
        self._column = before
        self._buffer = buffer_times(words, config)
        self._latched = before
        self._pes = np.arange(config.pe_count)
        depth = config.column_queue_depth
        self._queue = np.full((config.pe_count, max(depth, 1)), NEVER, dtype=np.int64)
        self._queued = np.zeros(config.pe_count, dtype=np.int64)

    def broadcast(self, column: int, cycle: int) -> int:
        """Send the activation that the root holds from `cycle` on; return when it is sent."""
        number = len(self.sent)
        depth = self.config.queue_depth
        cycle = ready = max(cycle, self._earliest)
        if number >= depth:
            cycle = max(cycle, self._pops[number - depth] + 1)
        self.stalls += cycle - ready
        self.sent.append(cycle)
        pop = np.maximum(cycle, self._bank)
        self._pops.append(int(pop.max()))
        start, end = self.words.start[column], self.words.end[column]
        some = end > start
        self._bank = np.maximum(pop + 1, self._pointer_read)
        arrived = self._column_start(self._bank + 1, some)
        self._fetch(arrived, start, end)
        queued = self.config.column_queue_depth > 0
        held = np.where(some | (not queued), self._buffer.unpacked, self._pointer_read)
        self._count_busy(cycle, held, some)
        return cycle

    def _column_start(
        self, pointers: NDArray[np.int64], some: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """Let columns whose pointers have arrived into the word fetch; return when they enter."""
        depth = self.config.column_queue_depth
        if depth == 0:
            self._pointer_read = np.maximum(pointers, self._column)
            return self._pointer_read
        slot = self._queued % depth
        enters = np.maximum(pointers, self._queue[self._pes, slot] + 1)
        leaves = np.maximum(enters, self._column)
        self._pointer_read = np.where(some, enters, pointers)
        self._queue[self._pes[some], slot[some]] = leaves[some]
        self._queued = self._queued + some
        return leaves

    def _fetch(
        self, arrived: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> None:
        """Fetch and unpack the words of a column."""
        size = self.config.entries_per_word
        # Without a column queue, an empty column takes a word's place.
        here = end > start
        if self.config.column_queue_depth == 0:
            here = np.ones_like(here)
        low = start
        fetch = arrived
        while here.any():
            high = np.minimum(end, low - low % size + size)
            fetch = np.where(here, np.maximum(fetch + 1, self._latched), fetch)
            latched = np.maximum(fetch + 1, self._buffer.moved)
            self._latched = np.where(here, latched, self._latched)
            self._buffer.take(here, latched, start, low, high, end)
            self._column = np.where(here, fetch, self._column)
            low = high
            here = low < end

    def _count_busy(self, cycle: int, held: NDArray[np.int64], some: NDArray[np.bool_]) -> None:
        """Add the cycles in which each PE is busy with this column and was not with another."""
        self.held_until = np.maximum(self.held_until, held)
        until = np.maximum(held + some * self._buffer.given_behind, self._active_until)
        self.busy += until - np.maximum(self._active_until, cycle)
        self._active_until = until
