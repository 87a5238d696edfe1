"""Order of the inputs of a network in which those that are not zero take fewer cycles.

A broadcast may be of several activations of neighboring words (`Config.broadcast_groups`). Inputs
that are active together should share one; the PEs have work from the first broadcasts on where the
columns that make the most of it come first. The inputs are gathered from the user's anyway, so that
no order costs anything at run time. That it costs few bytes in storage, the inputs fall into some
classes, in each of which they ascend; neighbors, which are often active together, then share a
broadcast.
"""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.eie.compressor.refine import joined_sets
from zskip.model.eie.config import Config
from zskip.model.eie.places import column_places

CLASSES = 8
"""Classes of the inputs: so few take two bits or so each to store; more save hardly any cycles."""

WORTH = 32
"""An order is taken where it saves more than one of so many cycles."""


def input_order(codes: NDArray[np.uint8], activations: IntArray, config: Config) -> IntArray:
    """Choose the order of the first layer's inputs.

    Parameters
    ----------
    codes : ndarray of uint8, shape (rows, columns)
        Codebook indices of the layer; 0 is a zero weight.
    activations : ndarray of int64, shape (n, columns)
        Typical input vectors.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (columns,)
        The column at each position. As they are where broadcasts carry one activation each, and
        where the other order saves too few cycles.
    """
    columns = np.arange(codes.shape[1])
    if not config.in_groups:
        return columns
    # Activity counts twice: inputs that are active as often share broadcasts, and those with the
    # most work come first.
    activity = np.count_nonzero(activations, axis=0)
    work = np.count_nonzero(codes, axis=0) * activity**2
    order = np.empty_like(columns)
    order[np.argsort(column_places(columns.size, config))] = _most_work_first(work)
    before, after = (
        _cycles(codes[:, one], activations[:, one] != 0, config) for one in (columns, order)
    )
    return order if (before - after) * WORTH > before else columns


def _cycles(codes: NDArray[np.uint8], active: BoolArray, config: Config) -> int:
    """Return about how many cycles the PE that is last takes, of all vectors together.

    A PE takes one for each column that has entries in it, from when that is broadcast. Rows are as
    they are: which ones are together in a PE matters little here.
    """
    filled = np.stack([codes[pe :: config.pe_count].any(axis=0) for pe in range(config.pe_count)])
    sets = joined_sets(codes.shape[1], len(codes), config)
    order = np.argsort(sets, kind="stable")
    sent = np.zeros((len(active), 1))
    done = np.zeros((len(active), config.pe_count))
    for members in np.split(order, np.flatnonzero(np.diff(sets[order])) + 1):
        given = active[:, members]
        entries = given.astype(np.float64) @ filled[:, members].T
        done = np.maximum(done, sent) + entries
        sent += -(-np.count_nonzero(given, axis=1, keepdims=True) // config.broadcast_size)
        done = np.maximum(done, sent)
    return int(done.max(axis=1).sum())


def _most_work_first(work: IntArray) -> IntArray:
    """Sort columns into `CLASSES` classes of as many each, in which they ascend."""
    rank = np.argsort(np.argsort(-work, kind="stable"))
    return np.argsort(rank * CLASSES // work.size, kind="stable")
