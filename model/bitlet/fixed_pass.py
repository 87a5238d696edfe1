"""A pass in fixed point, for all outputs of all rounds."""

from collections.abc import Mapping

import numpy as np

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.finder import Finder
from zskip.model.bitlet.overflows import overflows
from zskip.model.bitlet.passes import Pass
from zskip.model.bitlet.row import column_ones
from zskip.model.bitlet.shape import LayerShape
from zskip.model.bitlet.signed_rows import SignedRows
from zskip.model.common.fixed import BoolArray, IntArray, wrap, write_back


def fixed_pass(
    entry: Pass,
    shape: LayerShape,
    entries: IntArray,
    biases: IntArray,
    activations: IntArray,
    config: Config,
) -> tuple[IntArray, Mapping[str, IntArray | BoolArray]]:
    """Compute a pass.

    Parameters
    ----------
    entry : Pass
        A pass in fixed point.
    shape : LayerShape
        Its shape.
    entries : ndarray of int64, shape (rounds, pe_count, groups * pairs)
        Bits of each pair: the magnitudes of all rows side by side, and above them their signs.
    biases : ndarray of int64, shape (outputs of all rounds,)
        At accumulator scale.
    activations : ndarray of int64, shape (n, inputs)
        Integers of 16 bits.
    config : Config
        The array.

    Returns
    -------
    outputs : ndarray of int64, shape (n, outputs of all rounds)
        After write-back.
    events : dict of str to ndarray, shape (n, outputs of all rounds)
        Events of each output, by counter.
    """
    rows = SignedRows.of(entry, shape, entries, config)
    padded = np.zeros((len(activations), shape.groups * shape.pairs), dtype=np.int64)
    padded[:, : entry.inputs] = activations
    # Exact: the products of a row add up to at most 2**53.
    sums = (padded.astype(np.float64) @ rows.weights.T.astype(np.float64)).astype(np.int64)
    outputs, saturations = write_back(
        wrap(sums + biases, config.acc_bits), entry.shift, entry.relu, config.activation_bits
    )
    picks = Finder(config).picks(column_ones(rows.grouped, shape.lanes))[0].sum(axis=(-1, -2))
    return outputs, {
        "saturations": saturations,
        "overflows": overflows(rows, padded, biases, config),
        "specials": np.zeros_like(saturations),
        "picks": np.broadcast_to(picks, saturations.shape),
    }
