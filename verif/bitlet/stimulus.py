"""Rows of the Bitlet engine, and the beats that they are sent in."""

from collections.abc import Iterator, Sequence

import numpy as np

from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.model.bitlet.magnitude import sign_magnitude, twos_complement
from zskip.model.bitlet.row import grouped
from zskip.model.common.fixed import IntArray
from zskip.verif.bitlet.unit import packed


class Batch:
    """Rows that a compute engine computes side by side, or one that it computes joined.

    Parameters
    ----------
    lanes : LaneFormat
        Lanes of the engine.
    weights : ndarray of int64, shape (rows, inputs)
        Weights; of one row, where that is joined.
    activations : ndarray of int64, shape (inputs,)
        Their activations.
    signed : bool
        Whether weights are two's complement, with the last lane of a row subtracted, or sign and
        magnitude.
    mask : int
        Lanes that are switched on.

    Attributes
    ----------
    rows : list of Row
        As the model has them.
    row_lanes : int
        Lanes of a row.
    subtracted : int
        Lanes that are subtracted.
    groups : int
        Groups of a row.
    activations : ndarray of int64, shape (groups, pairs)
        The activations.
    negatives : ndarray, shape (rows, groups, pairs)
        Signs of the weights.
    magnitudes : ndarray of int64, shape (groups, pairs)
        Magnitudes of all rows side by side, those of the first in the lowest bits.
    """

    def __init__(
        self,
        lanes: LaneFormat,
        weights: IntArray,
        activations: IntArray,
        *,
        signed: bool,
        mask: int,
    ) -> None:
        self.lanes = lanes
        self.row_lanes = lanes.lanes // len(weights)
        pairs = lanes.config.pairs
        encode = twos_complement if signed else sign_magnitude
        rows = [encode(row, activations, self.row_lanes, pairs) for row in weights]
        self.rows = [row.masked(mask >> place * self.row_lanes) for place, row in enumerate(rows)]
        self.subtracted = sum(
            signed << (place + 1) * self.row_lanes - 1 for place in range(len(rows))
        )
        self.activations = grouped(activations, pairs)
        self.groups = len(self.activations)
        self.negatives = grouped((weights < 0) & (not signed), pairs)
        self.magnitudes = sum(
            (row.magnitudes << place * self.row_lanes for place, row in enumerate(rows)),
            start=np.zeros_like(self.activations),
        )

    def beats(self) -> Iterator[dict[str, int]]:
        """Give the beats of the batch."""
        size = self.lanes.config.load_pairs
        for group in range(self.groups):
            for start in range(0, self.lanes.config.pairs, size):
                part = slice(start, start + size)
                yield {
                    "activations": packed(
                        self.activations[group, part], self.lanes.activation_bits
                    ),
                    "negatives": packed(self.negatives[:, group, part].ravel(), 1),
                    "magnitudes": packed(self.magnitudes[group, part], self.lanes.lanes),
                    "first": int(group == 0),
                    "last": int(group == self.groups - 1),
                    "group": 0,
                }


def random_batch(
    lanes: LaneFormat,
    rng: np.random.Generator,
    *,
    rows: int,
    groups: int,
    signed: bool,
    mask: int,
    activation_bits: int | None = None,
) -> Batch:
    """Return a batch of any density, with corners of every kind.

    Parameters
    ----------
    lanes : LaneFormat
        Lanes of the engine.
    rng : numpy.random.Generator
        Where randomness comes from.
    rows : int
        Rows side by side, or 1 of all lanes.
    groups : int
        Groups of a row.
    signed, mask
        See `Batch`.
    activation_bits : int, optional
        Bits of an activation; those of the lanes by default.

    Returns
    -------
    Batch
    """
    bits = lanes.lanes // rows
    low, high = (
        (-(1 << bits) >> 1, (1 << bits) // 2 - 1) if signed else (1 - (1 << bits), (1 << bits) - 1)
    )
    half = 1 << ((activation_bits or lanes.activation_bits) - 1)
    shape = (rows, groups * lanes.config.pairs)
    weights = rng.integers(low, high, shape, endpoint=True)
    activations = rng.integers(-half, half, shape[1])
    weights = _with_corners(weights, [low, high, 0], rng)
    weights = np.where(rng.random(shape) < rng.choice([0.1, 0.5, 1.0]), weights, 0)
    return Batch(
        lanes,
        weights,
        _with_corners(activations, [-half, half - 1, 0], rng),
        signed=signed,
        mask=mask,
    )


def _with_corners(values: IntArray, corners: Sequence[int], rng: np.random.Generator) -> IntArray:
    """Return values of which some are corners, in some groups all are one."""
    chosen = rng.choice(corners, values.shape)
    share = rng.choice([0.0, 0.25, 0.9])
    return np.where(rng.random(values.shape) < share, chosen, values)
