"""A network compressed for an N:M array: encoded layers, some with codebooks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common import network
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import CODEBOOK_BITS, IntArray, check_range
from zskip.model.common.fixed_layer import NO_CODEBOOK
from zskip.model.common.network import row_blocks
from zskip.model.nm.config import Config
from zskip.model.nm.encoding import EncodedMatrix, decode, encode


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Layer(network.Layer[Config]):
    """One fully connected layer of N:M weights.

    All outputs and inputs of the source stand in their order.

    Parameters
    ----------
    matrix : EncodedMatrix
        Weights, or codebook indices.
    codebook : ndarray of int64, shape (16,) or (0,)
        Shared weights, the first 0, where the configuration shares them.
    """

    matrix: EncodedMatrix
    codebook: IntArray

    @property
    def shape(self) -> tuple[int, int]:
        """Outputs and inputs of the matrix."""
        return self.matrix.shape

    @property
    def nonzeros(self) -> int:
        """Weights that are not zero."""
        return int(np.count_nonzero(self.matrix.values))

    def weight_blocks(self) -> Iterator[tuple[slice, IntArray]]:
        """Yield the integer weights some rows at a time: which rows, and their weights."""
        for rows in row_blocks(self.shape):
            stored = decode(self.matrix, rows)
            yield rows, self.codebook[stored] if self.codebook.size else stored

    def check_weights(self, config: Config) -> None:
        """Check matrix and codebook against a configuration.

        Raises
        ------
        InputError
            Names the first invariant that does not hold.
        """
        given = (self.matrix.n, self.matrix.m)
        if given != (config.n, config.m):
            raise InputError(
                f"n and m must be the configuration's {(config.n, config.m)}, not {given}: "
                "compress the network again for this configuration"
            )
        self.matrix.check()
        self._check_codebook(config)
        if not config.shares_weights:
            check_range(self.matrix.values, config.weight_bits, "weights")
        elif self.matrix.values.min() < 0 or self.matrix.values.max() >= config.codebook_size:
            raise InputError(
                f"codebook indices must be from 0 to {config.codebook_size - 1}, not "
                f"{self.matrix.values.min()} to {self.matrix.values.max()}: compress the network "
                "again"
            )

    def _check_codebook(self, config: Config) -> None:
        """Check the codebook."""
        size = config.codebook_size if config.shares_weights else 0
        if self.codebook.shape != (size,):
            raise InputError(
                f"the codebook must have {size} values, not shape {self.codebook.shape}: compress "
                "the network again"
            )
        check_range(self.codebook, CODEBOOK_BITS, "codebook values")
        if size and self.codebook[0] != 0:
            raise InputError(
                f"the first codebook value must be 0, not {int(self.codebook[0])}: compress the "
                "network again"
            )


Network = network.Network[Config, Layer]
"""A chain of layers, compressed for one N:M array."""


def encode_weights(weights: NDArray[np.int64], config: Config) -> tuple[EncodedMatrix, IntArray]:
    """Encode integer weights for a configuration.

    Parameters
    ----------
    weights : ndarray of int64, shape (outputs, inputs)
        The weights.
    config : Config
        The array.

    Returns
    -------
    matrix : EncodedMatrix
    codebook : ndarray of int64
        The values of the weights in ascending order behind the 0, filled up with 0; empty where the
        configuration does not share weights.

    Raises
    ------
    InputError
        There are more distinct weights than the codebook holds, or a weight is too wide.
    """
    if not config.shares_weights:
        kind = np.int8 if config.weight_bits == 8 else np.int16
        stored = check_range(weights, config.weight_bits, "weights").astype(kind)
        return encode(stored, config.n, config.m), NO_CODEBOOK
    values = np.unique(weights)
    values = values[values != 0]
    if values.size >= config.codebook_size:
        raise InputError(
            f"weights must have at most {config.codebook_size - 1} values beside 0 for a codebook, "
            f"not {values.size}: compress the float network again for this configuration"
        )
    codes = np.where(weights == 0, 0, np.searchsorted(values, weights) + 1).astype(np.uint8)
    codebook = np.zeros(config.codebook_size, dtype=np.int64)
    codebook[1 : values.size + 1] = values
    return encode(codes, config.n, config.m), codebook
