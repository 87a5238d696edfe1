"""Channel permutation: an order of a layer's inputs in which a pattern keeps more of the weights.

Two inputs of different groups change places as long as that keeps more magnitude (Pool and Yu,
Channel Permutations for N:M Sparsity, NeurIPS 2021). Where no exchange helps any more, some are
made nevertheless and the search goes on; what comes out worse is taken back. An order costs nothing
at run time: the layer in front gives its outputs in it.

Gains are exact: with an input taken out of its group, a row keeps of another in its place what
exceeds the n-th largest of those that stay. So the gains of all pairs of inputs are one comparison
of magnitudes with thresholds.
"""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import IntArray
from zskip.model.common.pattern import Pattern, prune_to_pattern
from zskip.model.common.pattern_shares import kept
from zskip.model.common.pruning import Weights, check_weights

Float32Array = NDArray[np.float32]

WINDOW = 1024
"""Inputs that are exchanged with each other; longer rows are cut into such windows."""

ROWS = 512
"""About so many outputs, evenly spread, are looked at."""

ATTEMPTS = 30
"""Times that the search goes on from an order which no exchange makes better."""

MAX_ROUNDS = 1000
"""Rounds of exchanges at most, far more than are needed: no rounding may keep a search going."""

SHAKEN = 8
"""Exchanges that keep less, drawn at random for each attempt."""

BLOCK = 2**20
"""Magnitudes that are compared together."""

SMALLEST_GAIN = 1e-6
"""Share of the magnitude below which a gain is taken for rounding."""

GOOD = 0.5
"""Exchanges of at least this part of the largest gain are made in the same round."""


def best_order(weights: Weights, pattern: Pattern, *, seed: int = 0) -> IntArray:
    """Choose an order of the inputs in which pruning to a pattern keeps more magnitude.

    Parameters
    ----------
    weights : ndarray of any floating-point dtype, shape (outputs, inputs)
        The matrix.
    pattern : Pattern
        The pattern.
    seed : int, optional
        Seed of the attempts to leave an order that no exchange makes better, 0 or more.

    Returns
    -------
    ndarray of int64, shape (inputs,)
        The input at each place, the same for the same arguments. The inputs as they are where
        nothing is gained, as with a matrix that follows the pattern already.

    Raises
    ------
    InputError
        `zskip.model.common.pruning.check_weights` refuses the weights.
    """
    check_weights(weights)
    outputs, inputs = weights.shape
    given = np.arange(inputs)
    order = given.copy()
    rng = np.random.default_rng(seed)
    for start in range(0, inputs, WINDOW):
        window = np.abs(weights[:: max(1, outputs // ROWS), start : start + WINDOW]).T
        if pattern.n < pattern.m < len(window) and window.any():
            scaled = (window / np.float64(window.max())).astype(np.float32)
            order[start : start + WINDOW] = start + _Search(scaled, pattern).run(rng)
    before, after = (
        kept(weights, prune_to_pattern(weights, pattern, choice)).l1 for choice in (given, order)
    )
    return order if after > before else given


class _Search:
    """Search for the order of the inputs of one matrix.

    Parameters
    ----------
    columns : ndarray of float32, shape (inputs, rows)
        Magnitudes of the weights of each input, at most 1.
    pattern : Pattern
        The pattern; its `n` is below its `m`.
    """

    def __init__(self, columns: Float32Array, pattern: Pattern) -> None:
        self.inputs = len(columns)
        # Inputs of zeros fill the last group, and stay there.
        self.columns = np.pad(columns, ((0, -self.inputs % pattern.m), (0, 0)))
        self.n = pattern.n
        count = len(self.columns)
        self.groups = np.arange(count).reshape(-1, pattern.m)
        self.group_of = np.arange(count) // pattern.m
        self.kept = np.zeros(len(self.groups))
        # What the group of an input (the row) keeps more with another input (the column) in its
        # place.
        self.changes = np.zeros((count, count), dtype=np.float32)
        self._measure(np.arange(len(self.groups)))

    def run(self, rng: np.random.Generator) -> IntArray:
        """Return the best order that was found, shape (inputs,)."""
        total = float(self.columns.sum(dtype=np.float64))
        self._climb(total * SMALLEST_GAIN)
        for _ in range(ATTEMPTS):
            if self.kept.sum() >= total * (1 - SMALLEST_GAIN):
                break
            best = self.groups.copy(), self.group_of.copy(), self.kept.copy(), self.changes.copy()
            self._exchange(self._random_pairs(rng))
            self._climb(total * SMALLEST_GAIN)
            if self.kept.sum() <= best[2].sum():
                self.groups, self.group_of, self.kept, self.changes = best
        order = self.groups.ravel()
        return order[order < self.inputs]

    def _climb(self, least: float) -> None:
        """Make exchanges that gain at least so much, many in a round, until there are no more."""
        for _ in range(MAX_ROUNDS):
            gains = self.changes + self.changes.T
            gains[self.group_of[:, np.newaxis] == self.group_of] = -np.inf
            gains[self.inputs :] = gains[:, self.inputs :] = -np.inf
            partners = gains.argmax(axis=1)
            gained = gains[np.arange(len(gains)), partners]
            limit = max(least, GOOD * float(gained.max()))
            candidates = np.argsort(-gained, kind="stable")[: np.count_nonzero(gained >= limit)]
            if not candidates.size:
                return
            self._exchange(self._disjoint(candidates, partners))

    def _disjoint(self, candidates: IntArray, partners: IntArray) -> IntArray:
        """Return the first pairs of which no two touch the same group: their gains add up."""
        touched: set[int] = set()
        pairs = []
        for pair in zip(candidates.tolist(), partners[candidates].tolist(), strict=True):
            groups = {int(self.group_of[one]) for one in pair}
            if not groups & touched:
                touched |= groups
                pairs.append(pair)
        return np.array(pairs)

    def _random_pairs(self, rng: np.random.Generator) -> IntArray:
        """Draw one input of each of two groups, for groups that are all different."""
        count = min(SHAKEN, len(self.groups) // 2)
        groups = rng.permutation(len(self.groups))[: 2 * count].reshape(-1, 2)
        pairs = self.groups[groups, rng.integers(self.groups.shape[1], size=groups.shape)]
        return pairs[(pairs < self.inputs).all(axis=1)]

    def _exchange(self, pairs: IntArray) -> None:
        """Let the inputs of each pair change places, shape (pairs, 2), and measure again."""
        order = self.groups.reshape(-1)
        places = np.argsort(order)[pairs]
        order[places] = pairs[:, ::-1]
        self.group_of[pairs] = self.group_of[pairs[:, ::-1]]
        self._measure(self.group_of[pairs].ravel())

    def _measure(self, groups: IntArray) -> None:
        """Compute what some groups keep, and what each of their inputs could be exchanged for."""
        inputs = self.groups[groups]
        values = self.columns[inputs]
        ranked = np.sort(values, axis=1)[:, ::-1]
        last, next_one = ranked[:, self.n - 1 : self.n], ranked[:, self.n : self.n + 1]
        self.kept[groups] = ranked[:, : self.n].sum(axis=(1, 2), dtype=np.float64)
        # Where the input is among those that are kept, the next one takes its place.
        inside = values >= last
        lost = np.where(inside, values - next_one, 0).sum(axis=2)
        thresholds = np.where(inside, next_one, last).reshape(inputs.size, self.columns.shape[1])
        step = max(1, BLOCK // self.columns.size)
        for start in range(0, inputs.size, step):
            some = slice(start, start + step)
            excess = self.columns - thresholds[some, np.newaxis]
            np.maximum(excess, 0, out=excess)
            self.changes[inputs.ravel()[some]] = excess.sum(axis=2) - lost.reshape(-1, 1)[some]
