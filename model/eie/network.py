"""A network compressed for an EIE array: encoded layers with their codebooks."""

from collections.abc import Iterator
from dataclasses import dataclass

from zskip.model.common import network
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import CODEBOOK_BITS, IntArray, check_range
from zskip.model.common.network import row_blocks
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix, block_rows, decode


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Layer(network.Layer[Config]):
    """One fully connected layer with shared weights in relative-indexed columns.

    Parameters
    ----------
    matrix : EncodedMatrix
        Codebook indices of the weights, outputs x inputs of those that are used.
    codebook : ndarray of int64, shape (2 ** weight_bits,)
        Shared weights, 16 bit; the first is 0.
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
        return self.matrix.nonzeros

    def weight_blocks(self) -> Iterator[tuple[slice, IntArray]]:
        """Yield the integer weights some rows at a time: which rows, and their weights."""
        codes = decode(self.matrix)
        for rows in row_blocks(codes.shape):
            yield rows, self.codebook[codes[rows]]

    def check_weights(self, config: Config) -> None:
        """Check matrix and codebook against a configuration.

        Raises
        ------
        InputError
            Names the first invariant that does not hold.
        """
        given = (self.matrix.pe_count, self.matrix.weight_bits, self.matrix.run_bits)
        expected = (config.pe_count, config.weight_bits, config.run_bits)
        if given != expected:
            raise InputError(
                f"pe_count, weight_bits and run_bits must be the configuration's {expected}, "
                f"not {given}: compress the network again for this configuration"
            )
        self.matrix.check()
        height = block_rows(self.outputs, config)
        if self.matrix.block_rows != height:
            raise InputError(
                f"blocks must have {height} rows, as the configuration's {config.register_depth} "
                f"accumulators make them, not {self.matrix.block_rows}: compress the network again "
                f"for this configuration"
            )
        if self.codebook.shape != (config.codebook_size,):
            raise InputError(
                f"the codebook must have {config.codebook_size} values, "
                f"not shape {self.codebook.shape}"
            )
        check_range(self.codebook, CODEBOOK_BITS, "codebook values")
        if self.codebook[0] != 0:
            raise InputError(f"the first codebook value must be 0, not {int(self.codebook[0])}")


Network = network.Network[Config, Layer]
"""A chain of layers, compressed for one EIE array."""
