"""Huffman coding of the arrays of a compressed network file.

A coded layer has, in place of its entries and counts, two streams: the codebook indices of its
weights row by row (``codes``), and the zeros in front of each (``gaps``, `zskip.model.eie.gaps`).
`zskip.files.coded_stream` says how each is stored.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from zskip.files.coded_stream import Stream, coded
from zskip.files.layer_format import LayerManifest, Read
from zskip.model.common.errors import InputError
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.gaps import LONG, from_gaps, to_gaps


def blocks(layer: LayerManifest, config: Config) -> int:
    """Return the blocks of rows of a layer's matrix."""
    return -(-layer.outputs // (config.pe_count * layer.own["block_rows"]))


def streams(layer: LayerManifest, config: Config) -> dict[str, Stream]:
    """Return the streams of a layer by name."""
    own = layer.own
    given = (
        Stream(name="codes", count=own["nonzeros"], symbols=config.codebook_size),
        Stream(name="gaps", count=own["gaps"], symbols=LONG + 1),
    )
    return {stream.name: stream for stream in given}


def code(matrix: EncodedMatrix) -> dict[str, NDArray[np.uint8]]:
    """Code the weights of a layer and their places.

    Parameters
    ----------
    matrix : EncodedMatrix
        A matrix that passes its `check`.

    Returns
    -------
    dict of str to ndarray of uint8
        The arrays by name.
    """
    codes, gaps = to_gaps(matrix)
    return coded({"codes": codes, "gaps": gaps})


def decode(
    layer: LayerManifest, config: Config, given: Mapping[str, Stream], read: Read
) -> EncodedMatrix:
    """Decode the matrix of a layer.

    Parameters
    ----------
    layer : LayerManifest
        Its sizes.
    config : Config
        Its array.
    given : mapping of str to Stream
        Its `streams`; the shapes of their arrays are checked already.
    read : callable
        Reads the array of a name.

    Returns
    -------
    EncodedMatrix

    Raises
    ------
    InputError
        A stream is damaged, or the matrix is not that of the manifest.
    """
    codes, gaps = (given[name].decode(read) for name in ("codes", "gaps"))
    matrix = from_gaps(codes, gaps, (layer.outputs, layer.inputs), config)
    found = {"block_rows": matrix.block_rows, "entries": matrix.codes.size}
    for name, number in found.items():
        if layer.own[name] != number:
            raise InputError(
                f"{name} must be {number}, as the weights and the configuration make them, not "
                f"{layer.own[name]}: compress the network again"
            )
    return matrix
