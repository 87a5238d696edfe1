"""Cycles of the scan and the LNZD tree where the PEs take turns in rounds.

PEs and nodes wait for each other, so that they are followed cycle by cycle, all at once.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.common.stream import LANES
from zskip.model.eie.config import LARGEST_GROUP, Config
from zskip.model.eie.lnzd import joined_places, lnzd_levels
from zskip.model.eie.places import column_places

SPAN = 1 << LARGEST_GROUP
"""Neighboring places among which all those of a broadcast are."""

FLAGS = np.array([number.bit_count() for number in range(1 << LANES)])
"""How many flags of a word's lanes are set."""


def run_rounds(
    nonzero: NDArray[np.bool_],
    config: Config,
    broadcast: Callable[[Sequence[int], int], int],
    *,
    held: bool,
    group_bits: int,
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
    group_bits : int
        Columns of a group of pointers of the pass, as a power of two.

    Returns
    -------
    int
        The first cycle in which every PE and node knows that it has nothing more.
    """
    places = column_places(nonzero.size, config)
    columns = np.zeros((int(places.max()) // SPAN + 1, SPAN), dtype=np.int64)
    columns.flat[places] = np.arange(nonzero.size)
    if config.in_groups:
        sources = _GroupSources(nonzero, config, held, group_bits)
    else:
        sources = _Sources(nonzero, config, held)
    cycle, sent = 0, None
    while sources.step(cycle == sent):
        cycle += 1
        if cycle - 1 == sent:
            sent = None
        if sent is None and sources.valid[sources.root]:
            span, flags = divmod(int(sources.offers[sources.root]), 1 << SPAN)
            inside = [place for place in range(SPAN) if flags >> place & 1]
            sent = broadcast(columns[span, inside].tolist(), cycle)
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
        levels = lnzd_levels(config)
        most = max((fan_in for _, fan_in in levels), default=0)
        for width, fan_in in levels:
            kids = np.full((width, most), -1)
            kids.flat[np.arange(below.size) // fan_in * most + np.arange(below.size) % fan_in] = (
                below
            )
            children.append(kids)
            self._levels.append(slice(count, count + width))
            below = np.arange(count, count + width)
            count += width
        self.root = count - 1
        self._nodes = np.arange(pes, count)
        self._kids = np.concatenate(children) if children else np.zeros((0, 1), dtype=int)
        self._above = np.full(count + 1, self.root)
        for node, kids in zip(self._nodes, self._kids, strict=True):
            self._above[kids[kids >= 0]] = node
        self.valid = np.zeros(count + 1, dtype=np.bool_)
        self.offers = np.zeros(count + 1, dtype=np.int64)
        """Which `SPAN` places what is offered is of, above a flag for each of them that is."""
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
        self._offer()
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
        self._search(turn, self._take(more, rounds, turn, sent))
        return True

    def _offer(self) -> None:
        """Show what PEs offer beside their registers: nothing."""

    def _take(self, more: BoolArray, rounds: BoolArray, turn: BoolArray, sent: bool) -> BoolArray:
        """Let nodes take activations and give theirs; return which sources give theirs away."""
        ready = np.zeros_like(self.valid)
        ready[self.root] = sent
        nodes, kids = self._nodes, self._kids
        begun = self._searched[nodes]
        some = more[kids].any(axis=1)
        ended = ~self._has(more, rounds, begun).any(axis=1)
        current = begun ^ (ended & some & (turn[nodes] == begun))
        arrives, gives, taken = self._arriving(self._has(more, rounds, current), ~self._waits)
        takes = arrives & ~self._waits
        ready[kids[gives]] = True
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

    def _has(self, more: BoolArray, rounds: BoolArray, number: BoolArray) -> BoolArray:
        """Tell which children of the nodes may still have an activation of a round."""
        return more[self._kids] & (rounds[self._kids] == number[:, np.newaxis])

    def _arriving(self, has: BoolArray, room: BoolArray) -> tuple[BoolArray, BoolArray, IntArray]:
        """Tell which nodes can take something, which children give theirs, and what comes."""
        number = np.arange(self._nodes.size)
        first = has.argmax(axis=1)
        chosen = self._kids[number, first]
        arrives = has.any(axis=1) & self.valid[chosen]
        gives = np.zeros_like(has)
        gives[number, first] = arrives & room
        return arrives, gives, self.offers[chosen]

    def _search(self, turn: BoolArray, ready: BoolArray) -> None:
        """Let PEs pick activations from their words, and read others."""
        pes = np.arange(self._pes)
        valid, searched = self.valid[pes], self._searched[pes]
        found = self._rest > 0
        free = ~valid | ready[pes]
        pick = self._held & found & free
        rest = self._rest & (self._rest - 1)
        done = np.where(found, free & (rest == 0), ~valid & (turn[pes] == searched))
        self.offers[pes] = np.where(pick, self._places(self._rest - rest), self.offers[pes])
        self._offered[pes] = np.where(pick, searched, self._offered[pes])
        self.valid[pes] = np.where(free, self._held & found, valid)
        self._rest = np.where(pick, rest, self._rest)
        self._go_on(done)

    def _places(self, flags: IntArray) -> IntArray:
        """Return what a PE offers with some flags of the word in hand."""
        word = self._number * self._pes + np.arange(self._pes)
        span, number = np.divmod(word, SPAN // LANES)
        return span << SPAN | flags << number * LANES

    def _go_on(self, done: BoolArray) -> None:
        """Let PEs that are done with a word hold the next one, and read others."""
        pes = np.arange(self._pes)
        moves = ~self._held | done
        self._searched[pes] ^= self._held & done
        reads = (self._read < self._words) & (~self._fetched | moves)
        self._held = np.where(moves, self._fetched, self._held)
        self._number = np.where(moves, self._read - 1, self._number)
        self._rest = np.where(moves, self._flags[pes, self._read - 1], self._rest)
        self._fetched = reads | (self._fetched & ~moves)
        self._read = self._read + reads


class _GroupSources(_Sources):
    """The same where PEs give their words whole, one in each round, and the nodes above join them.

    `given` says which PEs of a node have given theirs.
    """

    def __init__(
        self, nonzero: NDArray[np.bool_], config: Config, held: bool, group_bits: int
    ) -> None:
        super().__init__(nonzero, config, held)
        self._size = config.broadcast_size
        self._lowest = self._levels[0].stop - self._pes
        self._given = np.zeros((self._lowest, self._kids.shape[1]), dtype=np.bool_)
        # Children whose words may go together stand side by side.
        self._set = np.arange(self._kids.shape[1]) * LANES // joined_places(group_bits, config)

    def _offer(self) -> None:
        pes = np.arange(self._pes)
        self.valid[pes] = self._held
        self.offers[pes] = self._places(self._rest)

    def _has(self, more: BoolArray, rounds: BoolArray, number: BoolArray) -> BoolArray:
        has = super()._has(more, rounds, number)
        lowest = slice(self._lowest)
        begun = number[lowest] == self._searched[self._nodes[lowest]]
        has[lowest] = more[self._kids[lowest]] & ~(self._given & begun[:, np.newaxis])
        return has

    def _arriving(self, has: BoolArray, room: BoolArray) -> tuple[BoolArray, BoolArray, IntArray]:
        arrives, gives, taken = super()._arriving(has, room)
        lowest = slice(self._lowest)
        left, kids = has[lowest], self._kids[lowest]
        counts = left * FLAGS[np.append(self._rest, 0)[kids]]
        some = counts > 0
        same = self._set == self._set[some.argmax(axis=1)][:, np.newaxis]
        joined = some & same & (np.cumsum(counts, axis=1) <= self._size)
        settled = (~left | self.valid[kids]).all(axis=1)
        arrives[lowest] = settled & some.any(axis=1)
        takes = (settled & room[lowest])[:, np.newaxis]
        gives[lowest] = left & (joined | ~some) & takes
        taken[lowest] = np.bitwise_or.reduce(np.where(joined, self.offers[kids], 0), axis=1)
        self._given = ~left | gives[lowest]
        return arrives, gives, taken

    def _search(self, turn: BoolArray, ready: BoolArray) -> None:
        self._go_on(ready[: self._pes])
