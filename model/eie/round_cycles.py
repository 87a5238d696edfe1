"""Cycles of the scan and the LNZD tree where the PEs take turns in rounds.

PEs and nodes wait for each other, so that they are followed cycle by cycle, all at once.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.common.stream import LANES
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import FAN_IN, tree_levels
from zskip.model.eie.places import column_places


def run_rounds(
    nonzero: NDArray[np.bool_],
    config: Config,
    broadcast: Callable[[Sequence[int], int], int],
    *,
    held: bool,
) -> int:
    """Bring the non-zero activations to the root, in the order of `broadcast_order`.

    Parameters
    ----------
    nonzero : ndarray of bool, shape (inputs,)
        Whether each activation is non-zero.
    config : Config
        The array.
    broadcast : callable
        Gets the columns of a broadcast and the first cycle in which the root holds it; returns
        the cycle in which it is sent.
    held : bool
        Whether the PEs hold their first words when computing mode begins.

    Returns
    -------
    int
        The first cycle in which every PE and node knows that it has nothing more.
    """
    places = column_places(nonzero.size, config)
    columns = np.zeros((int(places.max()) // LANES + 1, LANES), dtype=np.int64)
    columns.flat[places] = np.arange(nonzero.size)
    sources = _Sources(nonzero, config, held)
    cycle, sent = 0, None
    while sources.step(cycle == sent):
        cycle += 1
        if cycle - 1 == sent:
            sent = None
        if sent is None and sources.valid[sources.root]:
            word, flags = divmod(int(sources.offers[sources.root]), 1 << LANES)
            lanes = [lane for lane in range(LANES) if flags >> lane & 1]
            sent = broadcast(columns[word, lanes].tolist(), cycle)
    return cycle


class _Sources:
    """All PEs, then all nodes of the tree, then a child that does not exist.

    An array has a value for each of them. `rounds` are told by their lowest bit, as in the
    hardware; `searched` is that of the word in hand, or of what a node takes.
    """

    def __init__(self, nonzero: NDArray[np.bool_], config: Config, held: bool) -> None:
        pes = self._pes = config.pe_count
        self._levels: list[slice] = []
        children: list[IntArray] = []
        below = np.arange(pes)
        count = pes
        for width in tree_levels(config):
            kids = np.full(width * FAN_IN, -1)
            kids[: below.size] = below
            children.append(kids.reshape(width, FAN_IN))
            self._levels.append(slice(count, count + width))
            below = np.arange(count, count + width)
            count += width
        self.root = count - 1
        self._nodes = np.arange(pes, count)
        self._kids = np.concatenate(children) if children else np.zeros((0, FAN_IN), dtype=int)
        self._above = np.full(count + 1, self.root)
        for node, kids in zip(self._nodes, self._kids, strict=True):
            self._above[kids[kids >= 0]] = node
        self.valid = np.zeros(count + 1, dtype=np.bool_)
        self.offers = np.zeros(count + 1, dtype=np.int64)
        """Number of the word of what is offered, above a flag for each lane that is."""
        self._in_pairs = config.in_pairs
        self._offered = np.zeros(count + 1, dtype=np.bool_)
        self._searched = np.zeros(count + 1, dtype=np.bool_)
        self._waits = np.zeros(self._nodes.size, dtype=np.bool_)
        self._waiting = np.zeros(self._nodes.size, dtype=np.int64)
        self._waiting_round = np.zeros(self._nodes.size, dtype=np.bool_)
        self._scan(nonzero, config, held)

    def _scan(self, nonzero: NDArray[np.bool_], config: Config, held: bool) -> None:
        """Begin the scans: which lanes of each word are not zero."""
        pes = self._pes
        words = -(-nonzero.size // (pes * LANES))
        padded = np.zeros(words * LANES * pes, dtype=np.int64)
        padded[: nonzero.size] = nonzero
        lanes = padded.reshape(words, LANES, pes) << np.arange(LANES)[:, np.newaxis]
        # A word behind the last one is read by nobody.
        self._flags = np.vstack((lanes.sum(axis=1), np.zeros((1, pes), dtype=np.int64))).T
        rows = (nonzero.size + pes - 1 - np.arange(pes)) // pes
        self._words = -(-rows // LANES)
        self._held = held & (self._words > 0)
        self._read = self._held.astype(np.int64)
        self._fetched = np.zeros(pes, dtype=np.bool_)
        self._number = np.zeros(pes, dtype=np.int64)
        self._rest = np.where(self._held, self._flags[:, 0], 0)

    def step(self, sent: bool) -> bool:
        """Go on for a cycle, in which the root's activation is sent or not; is there any more."""
        pes = self._pes
        more = self.valid.copy()
        more[:pes] |= self._held | self._fetched | (self._read < self._words)
        for level in self._levels:
            kids = self._kids[level.start - pes : level.stop - pes]
            more[level] |= more[kids].any(axis=1)
        if not more[self.root]:
            return False
        rounds = np.where(self.valid, self._offered, self._searched)
        turn = self._searched[self._above]
        turn[self.root] = rounds[self.root]
        ready = np.zeros_like(self.valid)
        ready[self.root] = sent
        self._search(turn, self._take(more, rounds, turn, ready))
        return True

    def _take(
        self, more: BoolArray, rounds: BoolArray, turn: BoolArray, ready: BoolArray
    ) -> BoolArray:
        """Let nodes take activations and give theirs; return which sources give theirs away."""
        nodes, kids = self._nodes, self._kids
        begun = self._searched[nodes]
        some = more[kids].any(axis=1)
        ended = ~(more[kids] & (rounds[kids] == begun[:, np.newaxis])).any(axis=1)
        current = begun ^ (ended & some & (turn[nodes] == begun))
        has = more[kids] & (rounds[kids] == current[:, np.newaxis])
        chosen = kids[np.arange(nodes.size), has.argmax(axis=1)]
        takes = has.any(axis=1) & ~self._waits & self.valid[chosen]
        ready[chosen[takes]] = True
        taken = self.offers[chosen]
        leaves = ~self.valid[nodes] | ready[nodes]
        shown = leaves & (self._waits | takes)
        keeps = ~leaves & takes
        self.offers[nodes] = np.where(
            shown, np.where(self._waits, self._waiting, taken), self.offers[nodes]
        )
        self._offered[nodes] = np.where(
            shown, np.where(self._waits, self._waiting_round, current), self._offered[nodes]
        )
        self.valid[nodes] = np.where(leaves, shown, self.valid[nodes])
        self._waiting = np.where(keeps, taken, self._waiting)
        self._waiting_round = np.where(keeps, current, self._waiting_round)
        self._waits = keeps | (self._waits & ~leaves)
        self._searched[nodes] = current & some
        return ready

    def _search(self, turn: BoolArray, ready: BoolArray) -> None:
        """Let PEs pick activations from their words, and read others."""
        pes = np.arange(self._pes)
        valid, searched = self.valid[pes], self._searched[pes]
        found = self._rest > 0
        free = ~valid | ready[pes]
        pick = self._held & found & free
        rest = self._rest & (self._rest - 1)
        if self._in_pairs:
            rest &= rest - 1
        done = np.where(found, free & (rest == 0), ~valid & (turn[pes] == searched))
        moves = ~self._held | done
        offer = (self._number * self._pes + pes) << LANES | self._rest ^ rest
        self.offers[pes] = np.where(pick, offer, self.offers[pes])
        self._offered[pes] = np.where(pick, searched, self._offered[pes])
        self.valid[pes] = np.where(free, self._held & found, valid)
        self._searched[pes] = searched ^ (self._held & done)
        self._rest = np.where(pick, rest, self._rest)
        reads = (self._read < self._words) & (~self._fetched | moves)
        self._held = np.where(moves, self._fetched, self._held)
        self._number = np.where(moves, self._read - 1, self._number)
        self._rest = np.where(moves, self._flags[pes, self._read - 1], self._rest)
        self._fetched = reads | (self._fetched & ~moves)
        self._read = self._read + reads
