"""Rounds of a Bitlet engine: the beats from its memories, and the outputs they stand for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.model.bitlet.alignment import align_rows
from zskip.model.bitlet.config import Config
from zskip.model.bitlet.distil import distil
from zskip.model.bitlet.engine_cycles import lane_cycles
from zskip.model.bitlet.finder import Finder
from zskip.model.bitlet.passes import FORMATS
from zskip.model.bitlet.row import Row, grouped
from zskip.model.common.fixed import ACTIVATION_BITS, IntArray, limits, write_back
from zskip.verif.bitlet.float_stimulus import FloatRow
from zskip.verif.bitlet.stimulus import Batch, random_batch
from zskip.verif.bitlet.unit import packed


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What is the same for all rounds of a pass, under the names of the ports.

    Parameters
    ----------
    joined, subtracted, relu : bool
    mask, shift : int
    format : int
        0 for integers, 1 for float16, 2 for float32.
    """

    joined: bool
    mask: int
    subtracted: bool = False
    shift: int = 0
    relu: bool = False
    format: int = 0

    @property
    def rounding(self) -> int:
        """Half of the shift's unit."""
        return (1 << self.shift) >> 1


@dataclass(frozen=True, kw_only=True)
class Round:
    """A round of one engine.

    Parameters
    ----------
    beats : list of dict
        What comes from the memories.
    outputs : list of tuple of int
        The outputs, each with whether it is saturated and whether special.
    overflows, picks : int
        Events of the round.
    taken : ndarray of int64, shape (groups, lanes)
        Cycles of the lanes.
    """

    beats: list[dict[str, int]]
    outputs: list[tuple[int, int, int]]
    overflows: int
    picks: int
    taken: IntArray


def integer_round(
    config: Config, settings: Pass, rng: np.random.Generator, *, groups: int
) -> Round:
    """Return a random round of integers.

    Parameters
    ----------
    config : Config
        The array.
    settings : Pass
        The pass.
    rng : numpy.random.Generator
        Where randomness comes from.
    groups : int
        Groups of the round.

    Returns
    -------
    Round
    """
    batch = random_batch(
        LaneFormat(config=config),
        rng,
        rows=1 if settings.joined else config.segments,
        groups=groups,
        signed=settings.subtracted,
        mask=settings.mask,
        activation_bits=ACTIVATION_BITS,
    )
    biases = rng.choice([*limits(config.acc_bits), 0, 12345], config.segments).tolist()
    done = distil(batch.rows, config, biases=biases[: len(batch.rows)])
    outputs, saturated = write_back(done.sums, settings.shift, settings.relu)
    return Round(
        beats=list(integer_beats(config, batch, biases)),
        outputs=[
            (int(output) & ((1 << ACTIVATION_BITS) - 1), int(clipped), 0)
            for output, clipped in zip(outputs, saturated, strict=True)
        ],
        overflows=sum(done.overflows),
        picks=sum(picked(row, config) for row in batch.rows),
        taken=np.concatenate(
            [lane_cycles(row.magnitudes, row.lanes, config) for row in batch.rows], axis=-1
        ),
    )


def float_round(config: Config, settings: Pass, given: FloatRow) -> Round:
    """Return the round of a row in floating point.

    Parameters
    ----------
    config : Config
        The array.
    settings : Pass
        The pass.
    given : FloatRow
        The row.

    Returns
    -------
    Round
    """
    number = FORMATS[settings.format]
    assert number is not None
    aligned = align_rows(
        given.weights, given.activations, number, config.lanes, config.pairs, biases=given.bias
    )
    row = aligned.row.masked(settings.mask)
    word, overflow = (int(part) for part in number.pack(row.total(aligned.biases), aligned.units))
    if settings.relu and word >> number.bits - 1:
        word = 0
    weights = grouped(given.weights, config.pairs)
    activations = grouped(given.activations, config.pairs)
    # Only the bias of row 0 counts.
    biases = [given.bias, *[(1 << config.bias_bits) - 1] * (config.segments - 1)]
    return Round(
        beats=[
            beat
            for group in range(len(weights))
            for beat in beats(
                config,
                weights[group],
                activations[group],
                first=group == 0,
                last=group == len(weights) - 1,
                biases=biases,
            )
        ],
        outputs=[(word, 0, int(aligned.special))],
        overflows=int(overflow or aligned.special),
        picks=picked(row, config),
        taken=lane_cycles(row.magnitudes, row.lanes, config),
    )


def picked(row: Row, config: Config) -> int:
    """Return how many pairs the lanes of a row pick."""
    finder = Finder(config)
    schedules = (finder.schedule(lane) for group in row.columns() for lane in group)
    return sum(pick is not None for schedule in schedules for pick in schedule.picks)


def integer_beats(config: Config, batch: Batch, biases: list[int]) -> Iterator[dict[str, int]]:
    """Give the beats of a batch as the memories have them."""
    places = np.arange(len(batch.negatives))[:, None, None]
    signs = (batch.negatives.astype(np.int64) << places).sum(axis=0)
    words = batch.magnitudes | signs << config.lanes
    for group in range(batch.groups):
        yield from beats(
            config,
            words[group],
            batch.activations[group],
            first=group == 0,
            last=group == batch.groups - 1,
            biases=biases,
        )


def beats(
    config: Config,
    weights: IntArray,
    activations: IntArray,
    *,
    first: bool,
    last: bool,
    biases: list[int],
) -> Iterator[dict[str, int]]:
    """Give the beats of a group.

    Parameters
    ----------
    config : Config
        The array.
    weights, activations : ndarray of int64, shape (pairs,)
        Words of the pairs.
    first, last : bool
        Whether the group is the first or the last of its round.
    biases : list of int
        Biases of the round.

    Yields
    ------
    dict of str to int
    """
    size = config.load_pairs
    for start in range(0, config.pairs, size):
        yield {
            "weights": packed(weights[start : start + size], config.pair_bits),
            "activations": packed(
                activations[start : start + size] & ((1 << config.places * ACTIVATION_BITS) - 1),
                config.places * ACTIVATION_BITS,
            ),
            "first": int(first),
            "last": int(last),
            "biases": packed(biases, config.bias_bits),
        }
