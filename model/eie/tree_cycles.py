"""Cycles of the scan and the LNZD tree: when each activation is at the root."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.stream import LANES
from zskip.model.eie.buffer_cycles import NEVER
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import FAN_IN, tree_levels

READ = 2
"""Cycle in which the first word that is read is held, behind the SRAM and a register."""


def run_tree(
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
        Gets the column of a broadcast and the first cycle in which the root holds it; returns
        the cycle in which it is sent.
    held : bool
        Whether the PEs hold their first words when computing mode begins.

    Returns
    -------
    int
        The first cycle in which every PE and node knows that it has nothing more.
    """
    tree = _Tree(config)
    count = config.pe_count
    for pe in range(count):
        mine = nonzero[pe::count]
        scan = NEVER
        taken = NEVER
        for first in range(0, mine.size, LANES):
            # A word is held until its last pick, from the cycle behind that of the one before on;
            # one that is read in cycle 0 from cycle 2 on.
            cycle = scan + 1 if held and first == 0 else max(scan + 1, READ)
            scan = cycle
            for lane in np.flatnonzero(mine[first : first + LANES]).tolist():
                scan = max(cycle, taken)
                column = (first + lane) * count + pe
                taken = tree.climb(pe, scan + 1, lambda at, j=column: broadcast((j,), at))
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
