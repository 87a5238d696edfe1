"""A pass in floating point, for all outputs of all rounds."""

from collections.abc import Mapping

import numpy as np

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.finder import Finder
from zskip.model.bitlet.float_layer import FloatOutputs, float_blocks
from zskip.model.bitlet.passes import Pass
from zskip.model.bitlet.row import column_ones
from zskip.model.bitlet.shape import LayerShape
from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.common.floats import FloatFormat


def float_pass(
    entry: Pass,
    number: FloatFormat,
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
        A pass in floating point.
    number : FloatFormat
        Its format.
    shape : LayerShape
        Its shape.
    entries : ndarray of int64, shape (rounds, pe_count, groups * pairs)
        Bits of each pair, of which the lowest are a word.
    biases : ndarray of int64, shape (outputs of all rounds,)
        Words of the format.
    activations : ndarray of int64, shape (n, inputs)
        Words of the format.
    config : Config
        The array.

    Returns
    -------
    outputs : ndarray of int64, shape (n, outputs of all rounds)
        Words of the format.
    events : dict of str to ndarray, shape (n, outputs of all rounds)
        Events of each output, by counter.
    """
    weights = entries.reshape(shape.outputs, -1) & ((1 << number.bits) - 1)
    done = FloatOutputs.empty((len(activations), shape.outputs))
    picks = np.empty(done.words.shape, dtype=np.int64)
    finder = Finder(config)
    for block in float_blocks(
        weights[:, : entry.inputs],
        biases,
        activations,
        number,
        lanes=shape.lanes,
        pairs=shape.pairs,
        mask=entry.mask,
    ):
        for whole, part in zip(done, block.outputs(number, relu=entry.relu), strict=True):
            whole[block.place] = part
        ones = column_ones(block.aligned.row.magnitudes, shape.lanes)
        picks[block.place] = finder.picks(ones)[0].sum(axis=(-1, -2))
    return done.words, {
        "saturations": np.zeros_like(done.special),
        "overflows": done.overflows | done.special,
        "specials": done.special,
        "picks": picks,
    }
