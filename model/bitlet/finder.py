"""First-one finder of a lane: which one of its bit column is picked in which cycle."""

from typing import NamedTuple

import numpy as np

from zskip.model.bitlet.config import Config
from zskip.model.common.fixed import BoolArray, IntArray


class Schedule(NamedTuple):
    """Picks of a lane for one group.

    Parameters
    ----------
    inverted : bool
        Whether the zeros of the column are picked in place of its ones.
    picks : tuple of int or None
        The pair that is picked in each cycle, None where the window holds none.
    """

    inverted: bool
    picks: tuple[int | None, ...]


class Finder:
    """Finder of one lane, either of the whole column or of a sliding window.

    The finder of the whole column picks a one in each cycle, the lowest pair first. The window
    looks at `window` bits from its pointer on: it picks the first one there, and moves on to the
    second, or by its own width where there is no second. It ends behind the last pair, so that it
    takes ``ceil(pairs / window)`` cycles or more, for an empty column too.

    With `invert`, a column of more than ``pairs / 2`` ones is inverted: its zeros are picked and
    subtracted from the sum of all terms, which the lane adds in the first cycle of the group. An
    inverted column takes at least that cycle. So no lane of a whole-column finder takes more than
    ``pairs / 2`` cycles; a sliding window may.

    Parameters
    ----------
    config : Config
        The array.
    """

    def __init__(self, config: Config) -> None:
        self.config = config

    def schedule(self, column: BoolArray) -> Schedule:
        """Return what is picked from a column.

        Parameters
        ----------
        column : ndarray of bool, shape (pairs,)
            The ones of the lane.

        Returns
        -------
        Schedule
        """
        inverted = bool(self.picks(column.sum())[1])
        sought = np.flatnonzero(column ^ inverted).tolist()
        picks = self._window_picks(sought) if self.config.window else sought
        # The sum of all terms needs a cycle, even if there is nothing to subtract from it.
        return Schedule(inverted, tuple(picks) or (None,) * inverted)

    def cycles(self, columns: BoolArray) -> IntArray:
        """Return the cycles that lanes take, without picking: the lengths of their schedules.

        Parameters
        ----------
        columns : ndarray of bool, shape (..., pairs)
            The ones of any number of lanes.

        Returns
        -------
        ndarray of int64, shape (...)
        """
        picks, inverted = self.picks(columns.sum(axis=-1, dtype=np.int64))
        if self.config.window:
            return self._window_cycles(columns ^ inverted[..., None])
        return np.maximum(picks, inverted)

    def picks(self, ones: IntArray) -> tuple[IntArray, BoolArray]:
        """Return the pairs that lanes pick, and whether their columns are inverted.

        Parameters
        ----------
        ones : ndarray of int64, shape (...)
            Ones of each column.

        Returns
        -------
        picks : ndarray of int64, shape (...)
        inverted : ndarray of bool, shape (...)
        """
        inverted = ones > (self.config.pairs // 2 if self.config.invert else self.config.pairs)
        return np.where(inverted, self.config.pairs - ones, ones), inverted

    def _window_picks(self, ones: list[int]) -> list[int | None]:
        """Slide the window over the places of the ones."""
        picks: list[int | None] = []
        pointer = 0
        while pointer < self.config.pairs:
            seen = [one for one in ones if pointer <= one < pointer + self.config.window]
            picks.append(seen[0] if seen else None)
            pointer = seen[1] if len(seen) > 1 else pointer + self.config.window
        return picks

    def _window_cycles(self, ones: BoolArray) -> IntArray:
        """Count, from the last pair back, the cycles that are left with the pointer at each."""
        pairs, window = self.config.pairs, self.config.window
        left = np.zeros((*ones.shape[:-1], pairs + 1), dtype=np.int64)
        first = np.full(ones.shape[:-1], pairs)
        second = first
        for place in reversed(range(pairs)):
            here = ones[..., place]
            second = np.where(here, first, second)
            first = np.where(here, place, first)
            onward = np.minimum(second, min(place + window, pairs))
            left[..., place] = 1 + np.take_along_axis(left, onward[..., None], axis=-1)[..., 0]
        return left[..., 0]
