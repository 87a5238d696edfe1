"""Order of the inputs of a network in which fewer broadcasts carry those that are not zero.

A broadcast may be of two activations of one word (`Config.broadcast_pairs`). Inputs that are active
together should share a word; the PEs have work from the first broadcasts on where the columns that
make the most of it come first. The inputs are gathered from the user's anyway, so that no order
costs anything at run time. That it costs few bytes in storage, the inputs fall into some classes,
in each of which they ascend; neighbours, which are often active together, then share a word.
"""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import IntArray
from zskip.model.eie.compressor.refine import broadcasts
from zskip.model.eie.config import Config
from zskip.model.eie.places import column_places

CLASSES = 8
"""Classes of the inputs: so few take two bits or so each to store; more save hardly any cycles."""

WORTH = 32
"""An order is taken where it saves at least one of so many broadcasts."""


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
        where the other order saves too few of them.
    """
    columns = np.arange(codes.shape[1])
    if not config.in_pairs:
        return columns
    # Activity counts twice: inputs that are active as often share words, and those with the most
    # work come first.
    activity = np.count_nonzero(activations, axis=0)
    work = np.count_nonzero(codes, axis=0) * activity**2
    order = np.empty_like(columns)
    order[np.argsort(column_places(columns.size, config))] = _most_work_first(work)
    before, after = (
        int(broadcasts(activations[:, one] != 0, config).sum()) for one in (columns, order)
    )
    return order if (before - after) * WORTH > before else columns


def _most_work_first(work: IntArray) -> IntArray:
    """Sort columns into `CLASSES` classes of as many each, in which they ascend."""
    rank = np.argsort(np.argsort(-work, kind="stable"))
    return np.argsort(rank * CLASSES // work.size, kind="stable")
