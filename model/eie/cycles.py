"""Exact cycle model of the array, without a simulation of each cycle.

All stages are elastic: an item enters a stage in the cycle in which the stage is free or is given
up by the item before it. So the cycle in which each activation, column and word moves on follows
from those before it, by additions and maxima, for all PEs at once.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.counters import Counters, summed
from zskip.model.common.fixed import IntArray
from zskip.model.eie.buffer_cycles import NEVER, buffer_times
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.groups import counted, group_starts
from zskip.model.eie.latencies import write_back_latency
from zskip.model.eie.passes import block_depths, pass_words
from zskip.model.eie.places import column_places, pages_behind, placed
from zskip.model.eie.pointers import group_bits, pass_pointers
from zskip.model.eie.round_cycles import run_rounds
from zskip.model.eie.tiles import tile_edges
from zskip.model.eie.tree_cycles import run_tree


def layer_timing(
    matrix: EncodedMatrix,
    activations: NDArray[np.int64],
    config: Config,
    *,
    first: bool = True,
    last: bool = True,
    blocks_before: int = 1,
    words_before: IntArray | None = None,
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
    blocks_before : int
        Blocks of rows of the layer before. Where there are several, its PEs do not hold the first
        words of their inputs when computing mode begins.
    words_before : ndarray of int64, shape (pe_count,), optional
        Words of the sparse matrix that stand in front of the layer's in each PE; none by default.
    on_progress : callable, optional
        Called with the number of input vectors just finished.

    Returns
    -------
    tuple of Counters
        For each pass ``cycles``, ``stalls`` and ``drain``, and ``busy`` and ``starved`` of each PE.
    """
    depths = block_depths(matrix.shape[0], matrix.block_rows, config)
    places, matrix = column_places(matrix.shape[1], config), placed(matrix, config)
    passes: list[list[_Tile]] = []
    before = 0 if words_before is None else words_before * config.entries_per_word
    for block, (rows, pointers) in enumerate(zip(depths, pass_pointers(matrix), strict=True)):
        edges, bits = tile_edges(pointers, config), group_bits(pointers, config)
        ends = last and block == len(depths) - 1
        holds = not config.double_input if first else blocks_before == 1
        behind = _fixed(rows, config, last=ends)
        passes.append(
            [
                _Tile(
                    words=_Words(matrix, block, columns, places, before, config),
                    columns=slice(*columns),
                    config=config,
                    held=holds and block == 0 and config.holds_first_word,
                    group_bits=bits,
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


def _fixed(rows: int, config: Config, *, last: bool) -> int:
    """Return the cycles of a pass beside those of computing."""
    cycles = rows + write_back_latency(config)
    if not last:
        # The next pass is fetched meanwhile.
        cycles = max(cycles, pass_words(config) + 1)
    return cycles


class _Words:
    """The sparse-matrix words that each column of a tile takes in every PE."""

    def __init__(
        self,
        matrix: EncodedMatrix,
        block: int,
        columns: tuple[int, int],
        places: IntArray,
        before: IntArray | int,
        config: Config,
    ) -> None:
        offset = block * matrix.shape[1]
        pointers = matrix.pointers[:, offset + columns[0] : offset + columns[1] + 1]
        first = np.cumsum(matrix.pointers[:, -1]) - matrix.pointers[:, -1]
        if config.streamed:
            # A tile begins with a word of its own.
            first = first + pointers[:, 0]
            pointers = pointers - pointers[:, :1]
        self.config = config
        inside = places[columns[0] : columns[1]] - columns[0]
        self.start = np.ascontiguousarray(pointers[:, inside].T)
        self.end = np.ascontiguousarray(pointers[:, inside + 1].T)
        # Non-zeros in front of each entry, to count those of a word.
        self._first = first
        self._before = before
        self._real = counted(matrix.codes != 0)
        # Cycles that begin in front of each non-zero, where there are several lanes.
        self._begun = self._real
        if config.lanes > 1:
            self._begun = counted(group_starts(matrix, block, config))

    def place(self, entry: IntArray) -> IntArray:
        """Return where in the memory an entry of each PE stands."""
        return self._before + entry

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
    """Times a tile of a pass for one input vector after the other."""

    def __init__(
        self,
        *,
        words: _Words,
        columns: slice,
        config: Config,
        held: bool,
        group_bits: int,
        fixed: int,
    ) -> None:
        self.words = words
        self.columns = columns
        self.config = config
        self._central: list[tuple[int, int, int]] = []
        self._busy: list[NDArray[np.int64]] = []
        self._starved: list[NDArray[np.int64]] = []
        self._held = held
        self._group_bits = group_bits
        self._fixed = fixed

    def run(self, nonzero: NDArray[np.bool_]) -> None:
        """Time one input vector."""
        pipelines = _Pipelines(self.words, self.config)
        run = run_tree
        if self.config.in_rounds:
            run = partial(run_rounds, group_bits=self._group_bits)
        tree_done = run(nonzero[self.columns], self.config, pipelines.broadcast, held=self._held)
        quiet = max(int(pipelines.held_until.max()) + 1, tree_done)
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


class _Pipelines:
    """All PEs from the broadcast to the entries.

    Arrays have one value for each PE. An attribute named after a stage holds the cycle in which
    the stage's latest item leaves it.
    """

    def __init__(self, words: _Words, config: Config) -> None:
        self.words = words
        self.config = config
        self.sent: list[int] = []
        """Cycle of each broadcast."""
        self.stalls = 0
        """Cycles in which a broadcast waited because a queue was full."""
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
        self._aligned = before
        self._pes = np.arange(config.pe_count)
        depth = config.column_queue_depth
        self._queue = np.full((config.pe_count, max(depth, 1)), NEVER, dtype=np.int64)
        self._queued = np.zeros(config.pe_count, dtype=np.int64)
        self._left = before
        """When the newest column left the column queue."""
        self._newest = np.zeros(config.pe_count, dtype=np.int64)
        """Where that column stands."""
        self._free = before
        """From when on the column queue takes another one, a far column being its newest."""

    def broadcast(self, columns: Sequence[int], cycle: int) -> int:
        """Send the activations that the root holds from `cycle` on; return when they are sent."""
        number = len(self.sent)
        depth = self.config.queue_depth
        ready = cycle
        if number >= depth:
            cycle = max(cycle, self._pops[number - depth] + 1)
        self.stalls += cycle - ready
        self.sent.append(cycle)
        pop = np.maximum(cycle, self._bank)
        self._pops.append(int(pop.max()))
        starts, ends = self.words.start[list(columns)], self.words.end[list(columns)]
        some = ends > starts
        any_some = np.logical_or.reduce(some)
        # In groups one without entries goes no further than the memory.
        drops = ~any_some & self.config.in_groups
        self._bank = np.where(drops, pop + 1, np.maximum(pop + 1, self._pointer_read))
        pointers = self._bank + 1
        self._pointer_read = np.where(drops, self._pointer_read, pointers)
        for start, end, of_column in zip(starts, ends, some, strict=True):
            self._fetch(self._column_start(pointers, start, of_column), start, end)
            # The next one waits until this one has left.
            pointers = np.where(of_column, self._pointer_read + 1, pointers)
        queued = self.config.column_queue_depth > 0
        held = np.where(any_some | (not queued), self._buffer.unpacked, self._pointer_read)
        held = np.where(drops, self._bank, held)
        self._count_busy(cycle, held, any_some)
        return cycle

    def _column_start(
        self, pointers: IntArray, start: IntArray, some: NDArray[np.bool_]
    ) -> IntArray:
        """Let columns whose pointers have arrived into the word fetch; return when they enter."""
        depth = self.config.column_queue_depth
        if depth == 0:
            self._pointer_read = np.maximum(pointers, self._column)
            return self._pointer_read
        slot = self._queued % depth
        enters = np.maximum(pointers, self._queue[self._pes, slot] + 1)
        if self.config.queues_by_page:
            enters = np.maximum(enters, self._free)
        leaves = np.maximum(enters, self._column)
        if self.config.queues_by_page:
            self._turn_page(start, leaves, some)
        self._pointer_read = np.where(some, enters, self._pointer_read)
        self._queue[self._pes[some], slot[some]] = leaves[some]
        self._queued = self._queued + some
        return leaves

    def _turn_page(self, start: IntArray, leaves: IntArray, some: NDArray[np.bool_]) -> None:
        """Note the columns that are neither on the page of the one before nor on the next one."""
        place = self.words.place(start)
        far = pages_behind(place, self._newest, self.config) > 1
        self._free = np.where(some, np.where(far, self._left + 1, NEVER), self._free)
        self._newest = np.where(some, place, self._newest)
        self._left = np.where(some, leaves, self._left)

    def _fetch(
        self, arrived: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> None:
        """Fetch and unpack the words of a column, or of two banks its parts."""
        size = self.config.entries_per_word
        # Without a column queue, an empty column takes a word's place.
        here = end > start
        if self.config.column_queue_depth == 0:
            here = np.ones_like(here)
        low = start
        fetch = arrived
        while here.any():
            inside = 0 if self.config.reads_in_banks else low % size
            high = np.minimum(end, low - inside + size)
            fetch = np.where(here, np.maximum(fetch + 1, self._latched), fetch)
            ready = self._hand_on(here, fetch)
            self._buffer.take(here, ready, start, low, high, end)
            self._column = np.where(here, fetch, self._column)
            low = high
            here = low < end

    def _hand_on(self, here: NDArray[np.bool_], fetch: IntArray) -> IntArray:
        """Let a word through the register behind the SRAM; return when it leaves the last one."""
        aligns = self.config.reads_in_banks
        latched = np.maximum(fetch + 1, self._aligned if aligns else self._buffer.moved)
        self._latched = np.where(here, latched, self._latched)
        if not aligns:
            return latched
        aligned = np.maximum(latched + 1, self._buffer.moved)
        self._aligned = np.where(here, aligned, self._aligned)
        return aligned

    def _count_busy(self, cycle: int, held: NDArray[np.int64], some: NDArray[np.bool_]) -> None:
        """Add the cycles in which each PE is busy with this column and was not with another."""
        self.held_until = np.maximum(self.held_until, held)
        until = np.maximum(held + some * self._buffer.given_behind, self._active_until)
        self.busy += until - np.maximum(self._active_until, cycle)
        self._active_until = until
