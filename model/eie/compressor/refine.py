"""Rows that are swapped between PEs by what they cost on the calibration inputs, one by one.

A PE that has as much to do as the others over all inputs may still be the last one for most of
them. So the busiest PE of every single input counts here, and of the next layer how many broadcasts
it takes: one is of neighboring words, so that outputs which are active together belong there.
"""

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import joined_places
from zskip.model.eie.passes import local_depth
from zskip.model.eie.places import column_places
from zskip.model.eie.pointers import group_bits_of

KICKS = 48
"""So often the best order found is shaken, to look for a better one from there."""

SHAKEN = 4
"""Swaps at random each time."""

MAX_TRIED = 2**26
"""About so many swaps are tried at most, times inputs: some seconds."""

MAX_PAIRS = 2**23
"""Beyond so many pairs of rows, times inputs, none is swapped: many rows are nearly even anyway."""

EVEN = 1024
"""A cycle is worth so much more than a unit of the sum of the squares of what the PEs have to do.
The more even order of those that are nearly as good is better for other inputs too."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Following:
    """What is known of the layer behind.

    Parameters
    ----------
    active : ndarray of bool, shape (n, rows)
        Which outputs of the rows are not zero.
    rows : int
        Rows of that layer.
    least : ndarray of int64, shape (n,)
        Cycles that the layer behind takes however few broadcasts there are: the work of its longest
        row.
    """

    active: BoolArray
    rows: int
    least: IntArray


def row_loads(codes: NDArray[np.uint8], activations: IntArray) -> IntArray:
    """Return how many entries of each row meet an activation that is not zero.

    Parameters
    ----------
    codes : ndarray of uint8, shape (rows, columns)
        Codebook indices; 0 is a zero weight.
    activations : ndarray of int64, shape (n, columns)
        Input vectors.

    Returns
    -------
    ndarray of int64, shape (n, rows)
    """
    # Whole numbers of this size are exact in float64, so that the sums depend on no machine.
    given = (activations != 0).astype(np.float64)
    return (given @ (codes != 0).T).astype(np.int64)


def joined_sets(positions: int, rows: int, config: Config) -> IntArray:
    """Return for each position which set of those that may share a broadcast it belongs to.

    Parameters
    ----------
    positions : int
        Inputs of a layer.
    rows : int
        Its rows. A column has no more entries than a PE has rows, which tells how large groups of
        columns are at least, whatever the weights.
    config : Config
        The array, which has `Config.broadcast_groups`.

    Returns
    -------
    ndarray of int64, shape (positions,)
    """
    most = min(local_depth(rows, config), config.register_depth)
    return column_places(positions, config) // joined_places(group_bits_of(most, config), config)


def can_refine(rows: int, inputs: int, config: Config) -> bool:
    """Tell whether swaps of rows pay and are few enough to be tried.

    Parameters
    ----------
    rows : int
        Rows of the layer.
    inputs : int
        Calibration inputs.
    config : Config
        The array. One that takes a broadcast a cycle, and an entry a cycle in each PE, waits for
        the busiest PE; of several lanes entries are no cycles.
    """
    pays = config.in_groups and config.lanes == 1 and config.pe_count > 1
    fits = config.pe_count < rows <= config.pe_count * config.register_depth
    return pays and fits and rows**2 * inputs <= MAX_PAIRS


def refine(loads: IntArray, config: Config, following: Following | None = None) -> IntArray:
    """Swap rows between PEs until no swap makes the `cost` smaller, and again from near there.

    Parameters
    ----------
    loads : ndarray of int64, shape (n, rows)
        Work of the row at each position for each input, of a layer for which `can_refine` is true.
    config : Config
        The array.
    following : Following, optional
        The layer behind; without it that is none.

    Returns
    -------
    ndarray of int64, shape (rows,)
        The former position of the row at each position. The `cost` is never larger than as they
        are.
    """
    best = _State(loads, config, following)
    rng = np.random.default_rng(1)
    left = best.descend(MAX_TRIED // len(loads))
    for _ in range(KICKS):
        other = copy.deepcopy(best)
        other.shake(rng)
        left = other.descend(left)
        if other.cost() < best.cost():
            best = other
    return best.order


def cost(loads: IntArray, config: Config, following: Following | None = None) -> int:
    """Return what `refine` makes small: cycles of all inputs together, in units of 1 / `EVEN`.

    Parameters
    ----------
    loads, config, following
        As `refine` takes them.

    Returns
    -------
    int
        Of each input the entries of the busiest PE, and the broadcasts of the layer behind or, if
        these are more, the entries of its longest row; and the squares of the entries of all PEs.
    """
    return _State(loads, config, following).cost()


def _by_set(active: BoolArray, sets: IntArray) -> IntArray:
    """Count the active ones of every set."""
    counts = np.zeros((len(active), int(sets.max()) + 1), dtype=np.int64)
    for position, number in enumerate(sets.tolist()):
        counts[:, number] += active[:, position]
    return counts


def _broadcasts(counts: IntArray, config: Config) -> IntArray:
    """Return the broadcasts of so many activations of a set, at least.

    Words that do not fill the one of others exactly may take more.
    """
    return -(-counts // config.broadcast_size)


class _State:
    """Rows at their positions, and what each of the inputs costs with them."""

    def __init__(self, loads: IntArray, config: Config, following: Following | None) -> None:
        inputs, rows = loads.shape
        self._config = config
        self._loads = loads.copy()
        self.order = np.arange(rows)
        self.pes = self.order % config.pe_count
        self._active = np.zeros((inputs, rows), dtype=np.int64)
        self._least = np.zeros(inputs, dtype=np.int64)
        behind = rows
        if following is not None:
            self._active = following.active.astype(np.int64)
            self._least = following.least
            behind = following.rows
        self._sets = joined_sets(rows, behind, config)
        self._counts = _by_set(self._active != 0, self._sets)
        self._totals = np.stack(
            [loads[:, self.pes == pe].sum(axis=1) for pe in range(config.pe_count)], axis=1
        )

    def cost(self) -> int:
        """Return the cost of all inputs together."""
        return EVEN * self._cycles() + int((self._totals**2).sum())

    def descend(self, tried: int) -> int:
        """Swap as long as that helps; return how many of `tried` swaps are left to try.

        The PE that is the busiest one most often gives a row first, then the next one if that is
        no help.
        """
        ranked, unhelped = self._ranked(), 0
        while unhelped < len(ranked) and tried > 0:
            own = np.flatnonzero(self.pes == ranked[unhelped])
            other = np.flatnonzero(self.pes != ranked[unhelped])
            gains = self._gains(own, other)
            tried -= gains.size
            best = int(gains.argmax())
            unhelped += 1
            if gains.flat[best] > 0:
                self._swap(int(own[best // other.size]), int(other[best % other.size]))
                ranked, unhelped = self._ranked(), 0
        return tried

    def shake(self, rng: np.random.Generator) -> None:
        """Swap some rows at random."""
        for _ in range(SHAKEN):
            first = int(rng.integers(self.order.size))
            other = np.flatnonzero(self.pes != self.pes[first])
            self._swap(first, int(other[rng.integers(other.size)]))

    def _ranked(self) -> list[int]:
        """Return the PEs, first the one that is the busiest for the most inputs."""
        peaks = self._totals == self._totals.max(axis=1, keepdims=True)
        return np.argsort(-peaks.sum(axis=0), kind="stable").tolist()

    def _gains(self, own: IntArray, other: IntArray) -> IntArray:
        """Return how much less each swap of one of `own`, of one PE, with one of `other` costs."""
        moved = self._loads[:, own, np.newaxis] - self._loads[:, np.newaxis, other]
        pe, pes = int(self.pes[own[0]]), self.pes[other]
        gives = self._totals[:, pe, np.newaxis, np.newaxis]
        takes = self._totals[:, np.newaxis, pes]
        peak = np.maximum(gives - moved, takes + moved)
        peak = np.maximum(peak, self._highest_but(pe)[:, np.newaxis, pes])
        least = self._least[:, np.newaxis, np.newaxis]
        cycles = peak + np.maximum(self._broadcasts_with(own, other), least)
        squares = 2 * moved * (moved + takes - gives)
        return EVEN * (self._cycles() - cycles.sum(axis=0)) - squares.sum(axis=0)

    def _cycles(self) -> int:
        """Return the cycles of all inputs together, but for latencies."""
        sent = _broadcasts(self._counts, self._config).sum(axis=1)
        return int((self._totals.max(axis=1) + np.maximum(sent, self._least)).sum())

    def _swap(self, first: int, second: int) -> None:
        """Let the rows at two positions change places."""
        pair, swapped = [first, second], [second, first]
        for of_rows in (self._loads, self._active):
            moved = of_rows[:, first] - of_rows[:, second]
            totals, bins = self._of(of_rows)
            totals[:, bins[first]] -= moved
            totals[:, bins[second]] += moved
            of_rows[:, pair] = of_rows[:, swapped]
        self.order[pair] = self.order[swapped]

    def _of(self, of_rows: IntArray) -> tuple[IntArray, IntArray]:
        """Return the sums of what is kept of rows, and which one each position belongs to."""
        return (self._totals, self.pes) if of_rows is self._loads else (self._counts, self._sets)

    def _highest_but(self, pe: int) -> IntArray:
        """Return for every PE the highest total of all PEs but that one and `pe`."""
        rest = self._totals.copy()
        rest[:, pe] = 0
        inputs = np.arange(len(rest))
        top = rest.argmax(axis=1)
        highest = rest[inputs, top]
        rest[inputs, top] = 0
        result = np.repeat(highest[:, np.newaxis], rest.shape[1], axis=1)
        result[inputs, top] = rest.max(axis=1)
        return result

    def _broadcasts_with(self, own: IntArray, other: IntArray) -> IntArray:
        """Return the broadcasts of the layer behind after each swap."""
        moved = self._active[:, own, np.newaxis] - self._active[:, np.newaxis, other]
        before = _broadcasts(self._counts, self._config)
        from_, to = self._sets[own], self._sets[other]
        moved = np.where(from_[:, np.newaxis] == to, 0, moved)
        sent = before.sum(axis=1)[:, np.newaxis, np.newaxis]
        left = self._counts[:, from_, np.newaxis] - moved
        joined = self._counts[:, np.newaxis, to] + moved
        sent = sent + _broadcasts(left, self._config) - before[:, from_, np.newaxis]
        return sent + _broadcasts(joined, self._config) - before[:, np.newaxis, to]
