"""Sparse-matrix words for the benches of the units that unpack them: contents, oracle, timing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.config import Config
from zskip.model.eie.pe.sparse_matrix_read import SparseMatrixRead as Model
from zskip.verif.common.ports import Fields

PADDING = (0.0, 0.5, 0.95)
"""Shares of padding among random entries."""


class Word(NamedTuple):
    """The part of a sparse-matrix word that belongs to a column.

    Parameters
    ----------
    address : int
        Where the word stands.
    slot, last_slot : int
        First and last slot of the part.
    first : bool
        Whether it is the first word of its column.
    empty : bool
        Whether it stands for a column without entries.
    wanted : int
        Entries that are unpacked.
    """

    address: int
    slot: int
    last_slot: int
    first: bool
    empty: bool
    wanted: int

    @property
    def dropped(self) -> bool:
        """Whether it is not unpacked at all, because all of it is padding."""
        return not (self.wanted or self.empty)


class Matrix:
    """Contents of a sparse-matrix memory.

    Parameters
    ----------
    config : Config
        Gives the widths.
    codes, runs : ndarray of int64, shape (spmat_entries,)
        The entries.
    """

    def __init__(self, config: Config, codes: NDArray[np.int64], runs: NDArray[np.int64]) -> None:
        self.config = config
        self.codes = codes
        self.runs = runs
        entries = (codes | runs << config.weight_bits).astype(np.uint64)
        slots = np.arange(config.entries_per_word, dtype=np.uint64) * np.uint64(config.entry_bits)
        self.image = np.bitwise_or.reduce(
            entries.reshape(-1, config.entries_per_word) << slots, axis=1
        )
        self._model = Model(config, self.image)

    def entries(self, value: int, start: int, end: int) -> list[Fields]:
        """Return what a column gives with an activation of some value."""
        _, *read = self._model.read(np.array([start]), np.array([end]))
        codes, runs, gaps = (values.tolist() for values in read)
        modulus = 1 << self.config.gap_bits
        return [
            {
                "value": value,
                "code": code,
                "run": run,
                "gap": gap % modulus,
                "first": int(not place),
            }
            for place, (code, run, gap) in enumerate(zip(codes, runs, gaps, strict=True))
        ]

    def words(self, start: int, end: int) -> Iterator[Word]:
        """Yield the words of a column; one that stands for it where it is empty."""
        size = self.config.entries_per_word
        if start == end:
            yield Word(start // size, start % size, (end - 1) % size, True, True, 0)
        for low in range(start, end, 1):
            if low != start and low % size:
                continue
            high = min(end, low - low % size + size)
            wanted = high - low
            if self.config.free_padding:
                wanted = int(np.count_nonzero(self.codes[low:high]))
            yield Word(low // size, low % size, (high - 1) % size, low == start, False, wanted)


def random_matrix(config: Config, rng: np.random.Generator, padding: float) -> Matrix:
    """Return random contents with a share of padding."""
    size = config.spmat_entries
    codes = rng.integers(1, config.codebook_size, size) * (rng.random(size) >= padding)
    return Matrix(config, codes, rng.integers(config.max_run, size=size, endpoint=True))


def pattern_matrix(config: Config, pattern: str) -> Matrix:
    """Return contents by a pattern of words, over and over, run after run.

    Parameters
    ----------
    config : Config
        Gives the widths.
    pattern : str
        A letter for each word: ``p`` nothing but padding, ``e`` no padding, ``l`` only the last
        entry is none, ``f`` only the first.
    """
    size = config.entries_per_word
    letters = np.resize(list(pattern), config.spmat_depth).repeat(size)
    slots = np.arange(letters.size) % size
    real = (letters == "e") | ((letters == "l") & (slots == size - 1))
    real |= (letters == "f") & (slots == 0)
    codes = np.where(real, 1 + np.arange(letters.size) % (config.codebook_size - 1), 0)
    runs = np.where(real, np.arange(letters.size) % config.max_run, config.max_run)
    return Matrix(config, codes, runs)


def random_columns(
    config: Config, rng: np.random.Generator, count: int, mean: float = 5.0
) -> list[tuple[int, int]]:
    """Return columns anywhere in the memory, of which many are short.

    Empty ones come only where no column queue keeps them away, and then in runs.
    """
    columns = []
    empty = False
    for _ in range(count):
        start = int(rng.integers(config.spmat_entries))
        length = int(rng.geometric(1 / mean))
        if not config.column_queue_depth and rng.random() < 0.3:
            empty = not empty
        columns.append((start, start if empty else min(start + length, config.spmat_entries)))
    return columns


@dataclass
class Unpacking:
    """When the word buffer takes words and gives entries, if `o` is always ready.

    Attributes
    ----------
    taken : list of int
        The cycle in which each word is taken.
    given : list of int
        The cycle in which each entry is given.
    held : set of int
        The cycles in which a word is held.
    """

    taken: list[int] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    held: set[int] = field(default_factory=set)
    _loads: int = -1
    _free: int = 0

    def offer(self, word: Word, cycle: int) -> int:
        """Offer a word from a cycle on, when the one before is taken; return when it is taken."""
        if not word.dropped:
            cycle = max(cycle, self._loads + 1)
            begin = max(cycle + 1, self._free)
            self._loads = begin - 1
            self._free = begin + max(1, word.wanted)
            self.given += range(begin + 1, begin + 1 + word.wanted)
            self.held.update(range(cycle + 1, self._free))
        self.taken.append(cycle)
        return cycle


@dataclass
class Reading:
    """When the sparse matrix read takes columns and gives entries, without any pause.

    Attributes
    ----------
    unpacking : Unpacking
        The word buffer in it.
    taken : list of int
        The cycle in which each column is taken.
    held : set of int
        The cycles in which a column or a word is held.
    """

    unpacking: Unpacking = field(default_factory=Unpacking)
    taken: list[int] = field(default_factory=list)
    held: set[int] = field(default_factory=set)
    _free: int = 0
    _latched: int = -1
    _moved: int = -1

    def column(self, words: Iterable[Word], cycle: int) -> None:
        """Offer a column from a cycle on."""
        cycle = max(cycle, self._free)
        self.taken.append(cycle)
        fetch = cycle
        for word in words:
            fetch = max(fetch + 1, self._latched)
            self._latched = max(fetch + 1, self._moved)
            self._moved = self.unpacking.offer(word, self._latched + 1)
            self.held.update(range(cycle + 1, self._moved + 1))
        self.held |= self.unpacking.held
        self._free = fetch
