"""Rows of fixed-point weights, as the lanes of all engines hold them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.passes import Pass
from zskip.model.bitlet.shape import LayerShape
from zskip.model.common.fixed import BoolArray, IntArray


@dataclass(frozen=True, kw_only=True)
class SignedRows:
    """Magnitudes and signs of all outputs of all rounds.

    Parameters
    ----------
    shape : LayerShape
        That of the layer.
    magnitudes : ndarray of int64, shape (outputs of all rounds, groups * pairs)
        Those of lanes that are switched on.
    negative : ndarray of bool, of the same shape
        Signs.
    subtracted : bool
        Whether the last lane of a row is subtracted.
    """

    shape: LayerShape
    magnitudes: IntArray
    negative: BoolArray
    subtracted: bool

    @classmethod
    def of(cls, entry: Pass, shape: LayerShape, entries: IntArray, config: Config) -> "SignedRows":
        """Take the rows side by side out of the bits of pairs.

        Parameters
        ----------
        entry : Pass
            The pass.
        shape : LayerShape
            Its shape.
        entries : ndarray of int64, shape (rounds, pe_count, groups * pairs)
            Bits of each pair.
        config : Config
            The array.
        """
        row = np.arange(shape.rows).reshape(-1, 1, 1)
        on = entry.mask >> row * shape.lanes & ((1 << shape.lanes) - 1)
        given = entries[:, None]
        magnitudes = given >> row * shape.lanes & on
        negative = given >> config.lanes + row & 1
        return cls(
            shape=shape,
            magnitudes=magnitudes.reshape(shape.outputs, -1),
            negative=negative.reshape(shape.outputs, -1) > 0,
            subtracted=entry.subtracted,
        )

    @property
    def grouped(self) -> IntArray:
        """Magnitudes by groups, shape (outputs of all rounds, groups, pairs)."""
        return self.magnitudes.reshape(self.shape.outputs, self.shape.groups, -1)

    @cached_property
    def places(self) -> IntArray:
        """What a one of each lane counts, shape (lanes,)."""
        places = 1 << np.arange(self.shape.lanes)
        return np.where(places == places[-1], -places, places) if self.subtracted else places

    @cached_property
    def weights(self) -> IntArray:
        """The integers that the rows multiply by, shape (outputs of all rounds, groups * pairs)."""
        values = self.magnitudes
        if self.subtracted:
            values = values - (values >> (self.shape.lanes - 1) << self.shape.lanes)
        return np.where(self.negative, -values, values)
