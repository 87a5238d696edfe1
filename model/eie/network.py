"""A compressed network: encoded layers with their codebooks, biases and scales."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.calibration import MAX_FRACTION, MIN_FRACTION
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import (
    ACTIVATION_BITS,
    CODEBOOK_BITS,
    check_range,
    quantize,
)
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix, decode


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer:
    """One fully connected layer in fixed point: ``y = write_back(W a + b, shift, relu)``.

    A fixed-point integer ``n`` with fraction ``f`` stands for the real value ``n * 2 ** -f``.

    Parameters
    ----------
    name : str
        The layer's name in the source.
    matrix : EncodedMatrix
        Codebook indices of the weights, outputs x inputs.
    codebook : ndarray of int64, shape (2 ** weight_bits,)
        Shared weights, 16 bit; the first is 0.
    bias : ndarray of int64, shape (outputs,)
        At accumulator scale, within ``acc_bits``.
    relu : bool
        Whether negative outputs become 0.
    input_fraction, weight_fraction, output_fraction : int
        Scales of inputs, codebook and outputs, -32 to 30.
    """

    name: str
    matrix: EncodedMatrix
    codebook: NDArray[np.int64]
    bias: NDArray[np.int64]
    relu: bool
    input_fraction: int
    weight_fraction: int
    output_fraction: int

    @property
    def inputs(self) -> int:
        """Length of the input vector."""
        return self.matrix.shape[1]

    @property
    def outputs(self) -> int:
        """Length of the output vector."""
        return self.matrix.shape[0]

    @property
    def shift(self) -> int:
        """Bits by which write-back scales the accumulator down."""
        return self.input_fraction + self.weight_fraction - self.output_fraction

    def weights(self) -> NDArray[np.int64]:
        """Return the dense matrix of shared weights, int64, shape (outputs, inputs)."""
        return self.codebook[decode(self.matrix)]

    def check(self, config: Config) -> None:
        """Check the layer against a configuration.

        Raises
        ------
        InputError
            Names the layer and the first invariant that does not hold.
        """
        try:
            self._check(config)
        except InputError as error:
            raise InputError(f"layer {self.name!r}: {error}") from None

    def _check(self, config: Config) -> None:
        given = (self.matrix.pe_count, self.matrix.weight_bits, self.matrix.run_bits)
        expected = (config.pe_count, config.weight_bits, config.run_bits)
        if given != expected:
            raise InputError(
                f"pe_count, weight_bits and run_bits must be the configuration's {expected}, "
                f"not {given}: compress the network again for this configuration"
            )
        self.matrix.check()
        if self.codebook.shape != (config.codebook_size,):
            raise InputError(
                f"the codebook must have {config.codebook_size} values, "
                f"not shape {self.codebook.shape}"
            )
        check_range(self.codebook, CODEBOOK_BITS, "codebook values")
        if self.codebook[0] != 0:
            raise InputError(f"the first codebook value must be 0, not {int(self.codebook[0])}")
        if self.bias.shape != (self.outputs,):
            raise InputError(
                f"the bias must have {self.outputs} values, not shape {self.bias.shape}"
            )
        check_range(self.bias, config.acc_bits, "biases")
        fractions = (self.input_fraction, self.weight_fraction, self.output_fraction)
        if min(fractions) < MIN_FRACTION or max(fractions) > MAX_FRACTION:
            raise InputError(
                f"the fractions of inputs, weights and outputs must be from {MIN_FRACTION} to "
                f"{MAX_FRACTION}, not {fractions}"
            )
        if not 0 <= self.shift < config.acc_bits:
            raise InputError(f"the shift must be from 0 to {config.acc_bits - 1}, not {self.shift}")


@dataclass(frozen=True, eq=False, kw_only=True)
class Network:
    """A chain of layers, compressed for one configuration.

    Parameters
    ----------
    config : Config
        The array that the network is encoded for.
    layers : tuple of Layer
        At least one; the outputs of a layer are the inputs of the next.
    input_scale : float
        Factor from the inputs that users give to the real inputs of the first layer.
    """

    config: Config
    layers: tuple[Layer, ...]
    input_scale: float = 1.0

    @property
    def inputs(self) -> int:
        """Length of the network's input vector."""
        return self.layers[0].inputs

    @property
    def outputs(self) -> int:
        """Length of the network's output vector."""
        return self.layers[-1].outputs

    def check(self) -> None:
        """Check every invariant of the layers and that they chain.

        Raises
        ------
        InputError
            Names the first invariant that does not hold.
        """
        if not self.layers:
            raise InputError("a network must have at least one layer, not none")
        if not (np.isfinite(self.input_scale) and self.input_scale > 0):
            raise InputError(f"the input scale must be positive, not {self.input_scale}")
        for layer in self.layers:
            layer.check(self.config)
        for left, right in zip(self.layers, self.layers[1:], strict=False):
            if left.outputs != right.inputs:
                raise InputError(
                    f"layer sizes must chain: layer {left.name!r} has {left.outputs} outputs, "
                    f"layer {right.name!r} {right.inputs} inputs"
                )
            if left.output_fraction != right.input_fraction:
                raise InputError(
                    f"scales must chain: layer {left.name!r} gives fraction "
                    f"{left.output_fraction}, layer {right.name!r} takes {right.input_fraction}"
                )

    def quantize_inputs(self, inputs: NDArray[np.float64]) -> NDArray[np.int64]:
        """Bring real inputs to the fixed-point grid of the first layer.

        Parameters
        ----------
        inputs : ndarray of float64, shape (n, inputs)
            As users give them, before `input_scale`.

        Returns
        -------
        ndarray of int64, shape (n, inputs)
            16-bit activations; what lies outside their range saturates.

        Raises
        ------
        InputError
            The inputs have the wrong length or are not finite.
        """
        if inputs.ndim != 2 or inputs.shape[1] != self.inputs:
            raise InputError(
                f"inputs must have shape (n, {self.inputs}), not {inputs.shape}: give one row of "
                f"{self.inputs} values for each input vector"
            )
        scaled = inputs.astype(np.float64) * self.input_scale
        return quantize(scaled, self.layers[0].input_fraction, ACTIVATION_BITS)[0]
