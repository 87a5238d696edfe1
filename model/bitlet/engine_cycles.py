"""Cycle model of the compute engines: exact, from the cycles of each lane alone.

An engine holds ``run_ahead + banks - 1`` groups. A group is loaded in `beats` cycles, once the one
in front of it is loaded and a buffer is free. A lane starts a group when that is loaded, when the
lane has finished the one in front of it, and when the group `run_ahead` in front of it has ended;
at the end of a row all lanes wait for the slowest, as the next row has another sum. A group ends
when all lanes have finished it, at most one in a cycle; the rows side by side then leave one after
the other, so that the last group of the next ones ends as many cycles later or more.

Engines share the activations. In lock step a group ends in all engines together. Decoupled, the
beats of activations go into a queue of `skew` groups in front of each engine, into all of them at
the same time, and an engine loads from its queue when it has a buffer. In floating point, a group
leaves the queue when the one in front of it is loaded, and waits for its buffer outside.
"""

import numpy as np

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.finder import Finder
from zskip.model.bitlet.row import bit_columns, column_ones
from zskip.model.bitlet.shape import LayerShape
from zskip.model.common.fixed import IntArray


def lane_cycles(magnitudes: IntArray, lanes: int, config: Config) -> IntArray:
    """Return the cycles that each lane takes for groups.

    Parameters
    ----------
    magnitudes : ndarray of int64, shape (..., pairs)
        From 0 to ``2**lanes - 1``.
    lanes : int
        Bits of a magnitude.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (..., lanes)
    """
    finder = Finder(config)
    if config.window:
        return finder.cycles(bit_columns(magnitudes, lanes))
    return np.maximum(*finder.picks(column_ones(magnitudes, lanes)))


def layer_cycles(
    magnitudes: IntArray, lanes: int, config: Config, *, floating: bool = False
) -> IntArray:
    """Return the cycles of a layer.

    Output i is computed by engine ``i mod pe_count``. Of the outputs of an engine, as many as fit
    its lanes are computed side by side, the first of them in the lowest lanes; weights of 0 stand
    for those that are missing in the end.

    Parameters
    ----------
    magnitudes : ndarray of int64, shape (..., outputs, groups, pairs)
        From 0 to ``2**lanes - 1``. The leading axes are independent runs.
    lanes : int
        Bits of a magnitude.
    config : Config
        The array.
    floating : bool, optional
        Whether each group has an exponent of its own.

    Returns
    -------
    ndarray of int64, shape (...)
        Those of `engine_cycles`.
    """
    *_, outputs, groups, pairs = magnitudes.shape
    shape = LayerShape.of((outputs, groups * pairs), lanes, config, floating=floating)
    taken = lane_cycles(magnitudes, lanes, config)
    return shape_cycles(taken, shape, config, floating=floating)


def shape_cycles(
    taken: IntArray, shape: LayerShape, config: Config, *, floating: bool = False
) -> IntArray:
    """Return the cycles of a layer from those of its lanes.

    Parameters
    ----------
    taken : ndarray of int64, shape (..., outputs, groups, lanes)
        Cycles of each lane of a row for each group. The leading axes are independent runs.
    shape : LayerShape
        The layer's.
    config : Config
        The array.
    floating : bool, optional
        Whether each group has an exponent of its own; the slowest lane alone will do then.

    Returns
    -------
    ndarray of int64, shape (...)
        Those of `engine_cycles`.
    """
    empty = int(Finder(config).cycles(np.zeros(config.pairs, dtype=bool)))
    dealt = shape.dealt(taken, empty)
    return engine_cycles(dealt, config, shape.groups, rows=shape.rows, floating=floating)


def engine_cycles(
    taken: IntArray, config: Config, row_groups: int, *, rows: int = 1, floating: bool = False
) -> IntArray:
    """Return the cycles of engines that share their activations.

    Parameters
    ----------
    taken : ndarray of int64, shape (..., engines, groups, lanes)
        Cycles of each lane for each group; the lanes of all rows that an engine computes side by
        side. The leading axes are independent runs.
    config : Config
        The array; `taken` says how many engines and lanes.
    row_groups : int
        Groups of a row.
    rows : int, optional
        Rows that an engine computes side by side.
    floating : bool, optional
        Whether each group has an exponent of its own, so that lanes wait for each other at each.

    Returns
    -------
    ndarray of int64, shape (...)
        From the first beat of the first group to the end of the last group of the slowest engine.
        Pipeline stages in front of and behind the lanes are not counted.
    """
    return _run(taken, config, row_groups, rows, floating).ended[-1].max(axis=-1)


def lane_starts(taken: IntArray, config: Config, row_groups: int, *, rows: int = 1) -> IntArray:
    """Return the cycle in which each lane starts each group of a layer in fixed point.

    Parameters
    ----------
    taken : ndarray of int64, shape (..., engines, groups, lanes)
        As for `engine_cycles`.
    config : Config
        The array.
    row_groups : int
        Groups of a row.
    rows : int, optional
        Rows that an engine computes side by side.

    Returns
    -------
    ndarray of int64, shape (..., engines, groups, lanes)
        From the first beat of the first group on.
    """
    return np.stack(_run(taken, config, row_groups, rows, False).starts, axis=-2)


def _run(taken: IntArray, config: Config, row_groups: int, rows: int, floating: bool) -> "_Clock":
    """Go through all groups."""
    clock = _Clock(taken, config, floating)
    for step in range(taken.shape[-2]):
        row_start = step - step % row_groups
        clock.advance(taken[..., step, :], row_start)
        if step >= row_groups and (step + 1) % row_groups == 0:
            clock.hold(clock.ended[row_start - 1] + rows)
    return clock


class _Clock:
    """When engines have loaded and ended each group, arrays of shape (..., engines)."""

    def __init__(self, taken: IntArray, config: Config, floating: bool) -> None:
        self.config = config
        self.floating = floating
        self.ahead = 1 if floating else config.run_ahead
        self.start = np.zeros((*taken.shape[:-3], taken.shape[-3]), dtype=np.int64)
        self.lanes = np.zeros((*self.start.shape, taken.shape[-1]), dtype=np.int64)
        self.fetched: list[IntArray] = []
        self.loaded: list[IntArray] = []
        self.ended: list[IntArray] = []
        self.starts: list[IntArray] = []

    def advance(self, taken: IntArray, row_start: int) -> None:
        """Go through the next group of all engines, whose row starts with group `row_start`."""
        step = len(self.ended)
        fetching = self._at(self.loaded, step - 1)
        if self.config.decoupled:
            # A place of the queue is free once the slowest engine has taken what stood there.
            freed = self._at(self.fetched, step - self.config.skew)
            fetching = np.maximum(fetching, freed.max(axis=-1, keepdims=True))
        loading = np.maximum(fetching, self._at(self.ended, step - self.config.buffers))
        loaded = loading + self.config.beats
        self.fetched.append((fetching if self.floating else loading) + self.config.beats)
        opened = np.maximum(loaded, self._at(self.ended, max(step - self.ahead, row_start - 1)))
        self.starts.append(np.maximum(self.lanes, opened[..., None]))
        self.lanes = self.starts[-1] + taken
        in_order = np.maximum(self._at(self.ended, step - 1), loaded) + 1
        ended = np.maximum(in_order, self.lanes.max(axis=-1))
        if not self.config.decoupled:
            ended = np.maximum(ended, ended.max(axis=-1, keepdims=True))
        self.loaded.append(loaded)
        self.ended.append(ended)

    def hold(self, until: IntArray) -> None:
        """Let the group that ended last end no sooner than this."""
        self.ended[-1] = np.maximum(self.ended[-1], until)

    def _at(self, times: list[IntArray], step: int) -> IntArray:
        """Return the times of a group, or the start for one in front of the first."""
        return times[step] if step >= 0 else self.start
