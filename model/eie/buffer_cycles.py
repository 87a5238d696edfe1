"""Cycles of the word buffers: when words move on, for all PEs at once.

An attribute named after a stage holds the cycle in which the stage's latest item leaves it.
"""

from typing import Protocol

import numpy as np

from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.eie.config import Config
from zskip.model.eie.latencies import BLOCK_QUEUE_DEPTH

NEVER = -1
"""The cycle of what has not happened yet; computing mode starts with cycle 0."""


class Words(Protocol):
    """What a buffer must know of the words of a matrix, for all PEs at once."""

    def rank(self, entry: IntArray) -> IntArray:
        """Return how many non-zeros stand in front of an entry of each PE."""
        ...

    def work(self, low: IntArray, high: IntArray) -> IntArray:
        """Return the cycles that the entries from `low` to before `high` of each PE take."""
        ...

    def groups(self, low: IntArray, high: IntArray) -> IntArray:
        """Return the groups that begin with non-zeros from rank `low` to before `high`."""
        ...


class BufferTimes(Protocol):
    """Times of a word buffer, one value for each PE.

    Attributes
    ----------
    moved : ndarray of int64, shape (pe_count,)
        When the latest word left the register behind the SRAM.
    unpacked : ndarray of int64, shape (pe_count,)
        Last cycle in which the buffer holds anything.
    given_behind : int
        How many cycles later its last entry is at the arithmetic.
    """

    moved: IntArray
    unpacked: IntArray
    given_behind: int

    def take(
        self,
        here: BoolArray,
        latched: IntArray,
        start: IntArray,
        low: IntArray,
        high: IntArray,
        end: IntArray,
    ) -> None:
        """Take a word in each of some PEs.

        Parameters
        ----------
        here : ndarray of bool, shape (pe_count,)
            Which PEs.
        latched : ndarray of int64, shape (pe_count,)
            When the word moves into the register behind the SRAM.
        start, end : ndarray of int64, shape (pe_count,)
            First entry of the column and the one past its last.
        low, high : ndarray of int64, shape (pe_count,)
            The same of the column's part in the word.
        """
        ...


def buffer_times(words: Words, config: Config) -> BufferTimes:
    """Return the times of a configuration's word buffer."""
    return _LaneBuffer(words, config) if config.lanes > 1 else _WordBuffer(words, config)


class _WordBuffer:
    """One entry a cycle: a word is unpacked while another one waits."""

    given_behind = 1

    def __init__(self, words: Words, config: Config) -> None:
        self._words = words
        self._free_padding = config.free_padding
        self.moved = self._loaded = self.unpacked = np.full(config.pe_count, NEVER, dtype=np.int64)

    def take(
        self,
        here: BoolArray,
        latched: IntArray,
        start: IntArray,
        low: IntArray,
        high: IntArray,
        end: IntArray,
    ) -> None:
        """Take a word in each of some PEs."""
        del start, end
        work = self._words.work(low, high)
        taken = here
        if self._free_padding:
            taken = here & ((work > 0) | (high == low))
        # A word of padding leaves at once; others wait until none waits to be unpacked.
        moved = np.where(taken, np.maximum(latched, self._loaded) + 1, latched + 1)
        self.moved = np.where(here, moved, self.moved)
        loaded = np.maximum(moved, self.unpacked)
        self._loaded = np.where(taken, loaded, self._loaded)
        self.unpacked = np.where(taken, loaded + np.maximum(work, 1), self.unpacked)


class _LaneBuffer:
    """Several entries a cycle: row sums, then compaction, then blocks, then groups."""

    given_behind = 0

    def __init__(self, words: Words, config: Config) -> None:
        self._words = words
        self._size = config.entries_per_word
        before = np.full(config.pe_count, NEVER, dtype=np.int64)
        self.moved = self._summed = self._merged = self._blocked = self.unpacked = before
        # When each block of the queue left it, by its place.
        self._queue = np.full((config.pe_count, BLOCK_QUEUE_DEPTH), NEVER, dtype=np.int64)
        self._queued = np.zeros(config.pe_count, dtype=np.int64)
        self._pes = np.arange(config.pe_count)
        # Whether the block in hand is full, so that the next entries wait until it has left.
        self._full = np.zeros(config.pe_count, dtype=np.bool_)

    def take(
        self,
        here: BoolArray,
        latched: IntArray,
        start: IntArray,
        low: IntArray,
        high: IntArray,
        end: IntArray,
    ) -> None:
        """Take a word in each of some PEs."""
        first, begin, behind = (self._words.rank(entry) for entry in (start, low, high))
        last = high == end
        moved = np.maximum(latched + 1, self._summed)
        self.moved = np.where(here, moved, self.moved)
        # A word of padding leaves behind the row sums, unless its column ends with it.
        taken = here & ((behind > begin) | last)
        summed = np.where(taken, np.maximum(moved + 1, self._merged), moved + 1)
        self._summed = np.where(here, summed, self._summed)
        self._merged = np.where(taken, summed, self._merged)
        # Blocks are cut at multiples of their size from the column's first non-zero on.
        block = first + (begin - first) // self._size * self._size
        middle = np.minimum(behind, block + self._size)
        more = taken & (behind > middle)
        self._merge(taken, block, middle, (middle == block + self._size) | last)
        self._merge(more, middle, behind, last)

    def _merge(self, here: BoolArray, begin: IntArray, end: IntArray, full: BoolArray) -> None:
        """Put non-zeros into the block that begins with some rank, and send it on if it is full."""
        merged = np.maximum(self._merged + 1, np.where(self._full, self._blocked, NEVER))
        self._merged = np.where(here, merged, self._merged)
        self._full = np.where(here, full, self._full)
        sent = here & full
        # A full queue takes a block in the cycle behind the one in which it gives one away.
        place = self._queued % BLOCK_QUEUE_DEPTH
        blocked = np.maximum(merged + 1, self._queue[self._pes, place] + 1)
        self._blocked = np.where(sent, blocked, self._blocked)
        shown = np.maximum(blocked, self.unpacked)
        self._queue[self._pes[sent], place[sent]] = shown[sent]
        self._queued = self._queued + sent
        done = shown + np.maximum(self._words.groups(begin, end), 1)
        self.unpacked = np.where(sent, done, self.unpacked)
