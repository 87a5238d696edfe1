"""Overflows of accumulators in fixed point: which additions of a cycle's sum wrap around.

In each cycle the terms of all lanes of a row are added up, and that sum to the accumulator. The
final sum does not depend on the order, but overflows do. Where no order could reach the limits they
are none; other rows are gone through cycle by cycle.
"""

import numpy as np

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.engine_cycles import lane_cycles, lane_starts
from zskip.model.bitlet.finder import Finder
from zskip.model.bitlet.row import bit_columns, column_ones
from zskip.model.bitlet.signed_rows import SignedRows
from zskip.model.common.fixed import BoolArray, FloatArray, IntArray, limits


def overflows(
    rows: SignedRows, activations: IntArray, biases: IntArray, config: Config
) -> IntArray:
    """Count the additions of each row that leave the accumulator's range.

    Parameters
    ----------
    rows : SignedRows
        The rows.
    activations : ndarray of int64, shape (n, groups * pairs)
        What they are multiplied by.
    biases : ndarray of int64, shape (outputs of all rounds,)
        What the accumulators start from.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (n, outputs of all rounds)
    """
    # Exact up to 2**53, far beyond every limit.
    reach = np.abs(activations).astype(np.float64) @ _largest(rows, config).T.astype(np.float64)
    near = reach + np.abs(biases) > limits(config.acc_bits)[1]
    counts = np.zeros(near.shape, dtype=np.int64)
    if near.any():
        starts = _starts(rows, config)
        for row in np.flatnonzero(near.any(axis=0)).tolist():
            some = np.flatnonzero(near[:, row])
            sums = _cycle_sums(rows, row, starts[row], activations[some], config)
            counts[some, row] = _wraps(sums, int(biases[row]), config.acc_bits)
    return counts


def _largest(rows: SignedRows, config: Config) -> IntArray:
    """Return the most that each pair can count in any sum of cycles, shape as the magnitudes.

    A lane that is inverted counts every pair at first, and takes those back that have no one.
    """
    inverted = Finder(config).picks(column_ones(rows.grouped, rows.shape.lanes))[1]
    every = (inverted << np.arange(rows.shape.lanes)).sum(axis=-1)
    return (rows.grouped | every[..., None]).reshape(rows.magnitudes.shape)


def _starts(rows: SignedRows, config: Config) -> IntArray:
    """Return when each lane starts each group, shape (outputs of all rounds, groups, lanes)."""
    shape = rows.shape
    taken = shape.dealt(lane_cycles(rows.grouped, shape.lanes, config))
    starts = lane_starts(taken, config, shape.groups, rows=shape.rows)
    parts = starts.reshape(shape.pe_count, shape.rounds, shape.groups, shape.rows, shape.lanes)
    return parts.transpose(1, 3, 0, 2, 4).reshape(shape.outputs, shape.groups, shape.lanes)


def _cycle_sums(
    rows: SignedRows, row: int, starts: IntArray, activations: IntArray, config: Config
) -> IntArray:
    """Return the sum of each cycle of a row, shape (n, cycles)."""
    begin = int(starts.min())
    sums = np.zeros((len(activations), int(starts.max()) - begin + config.pairs + 1))
    for group, first in enumerate(starts):
        place = slice(group * config.pairs, (group + 1) * config.pairs)
        earliest = int(first.min())
        counted = _counted(rows, row, group, first - earliest, config)
        signs = np.where(rows.negative[row, place], -1, 1)
        at = earliest - begin
        terms = (activations[:, place] * signs).astype(np.float64)
        # Exact: no sum of a group reaches 2**53.
        sums[:, at : at + len(counted)] += terms @ counted.T
    return sums.astype(np.int64)


def _counted(
    rows: SignedRows, row: int, group: int, starts: IntArray, config: Config
) -> FloatArray:
    """Return what each pair of a group counts in each cycle, shape (cycles, pairs)."""
    finder = Finder(config)
    columns: BoolArray = bit_columns(rows.grouped[row, group], rows.shape.lanes)
    schedules = [finder.schedule(column) for column in columns]
    lengths = [len(picks) for _, picks in schedules]
    counted = np.zeros((int((starts + lengths).max()), config.pairs))
    for place, start, (inverted, picks) in zip(
        rows.places.tolist(), starts.tolist(), schedules, strict=True
    ):
        if inverted:
            counted[start] += place
        for cycle, pick in enumerate(picks, start):
            if pick is not None:
                counted[cycle, pick] += -place if inverted else place
    return counted


def _wraps(sums: IntArray, bias: int, bits: int) -> IntArray:
    """Count the additions that wrap an accumulator around, shape (n,)."""
    low = limits(bits)[0]
    exact = np.cumsum(np.insert(sums, 0, bias, axis=1), axis=1)
    # The accumulator is the exact sum less a multiple of its range, which changes where it wraps.
    return np.count_nonzero(np.diff(exact - low >> bits, axis=1), axis=1)
