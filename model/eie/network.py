"""A compressed network: encoded layers with their codebooks, biases and scales."""

from dataclasses import dataclass, field
from typing import TypeVar

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
from zskip.model.eie.encoding import EncodedMatrix, block_rows, decode

AnyArray = TypeVar("AnyArray", NDArray[np.int64], NDArray[np.float64])

_NOT_GIVEN = np.empty(0, dtype=np.int64)


def _not_given() -> NDArray[np.int64]:
    """Return what stands for an order that was left out."""
    return _NOT_GIVEN


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer:
    """One fully connected layer in fixed point: ``y = write_back(W a + b, shift, relu)``.

    A fixed-point integer ``n`` with fraction ``f`` stands for the real value ``n * 2 ** -f``.

    The matrix holds those rows and columns of the source that are used, in an order of its own:
    row ``q`` is output ``rows[q]`` of the source, and column ``c`` is what stands at position
    ``c`` of the layer in front, or of the network's `Network.gather`.

    Parameters
    ----------
    name : str
        The layer's name in the source.
    matrix : EncodedMatrix
        Codebook indices of the weights, outputs x inputs of those that are used.
    codebook : ndarray of int64, shape (2 ** weight_bits,)
        Shared weights, 16 bit; the first is 0.
    bias : ndarray of int64, shape (outputs,)
        At accumulator scale, within ``acc_bits``.
    relu : bool
        Whether negative outputs become 0.
    input_fraction, weight_fraction, output_fraction : int
        Scales of inputs, codebook and outputs, -32 to 30.
    rows : ndarray of int64, shape (outputs,)
        The source's output at each position, all distinct; without it the first ones in order.
    source_shape : tuple of int
        Outputs and inputs of the layer in the source; without it the shape of the matrix.
    """

    name: str
    matrix: EncodedMatrix
    codebook: NDArray[np.int64]
    bias: NDArray[np.int64]
    relu: bool
    input_fraction: int
    weight_fraction: int
    output_fraction: int
    rows: NDArray[np.int64] = field(default_factory=_not_given)
    source_shape: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.rows is _NOT_GIVEN:
            object.__setattr__(self, "rows", np.arange(self.outputs))
        if self.source_shape == (0, 0):
            object.__setattr__(self, "source_shape", self.matrix.shape)

    @property
    def inputs(self) -> int:
        """Length of the input vector, without inputs that are not used."""
        return self.matrix.shape[1]

    @property
    def outputs(self) -> int:
        """Length of the output vector, without outputs that are not used."""
        return self.matrix.shape[0]

    @property
    def unused_inputs(self) -> int:
        """Inputs of the source that are never loaded nor broadcast."""
        return self.source_shape[1] - self.inputs

    @property
    def unused_outputs(self) -> int:
        """Outputs of the source that are never computed."""
        return self.source_shape[0] - self.outputs

    @property
    def shift(self) -> int:
        """Bits by which write-back scales the accumulator down."""
        return self.input_fraction + self.weight_fraction - self.output_fraction

    def weights(self) -> NDArray[np.int64]:
        """Return the dense matrix of shared weights in its own order, shape (outputs, inputs)."""
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
        self._check_order(config)

    def _check_order(self, config: Config) -> None:
        """Check how the matrix stands to the source."""
        height = block_rows(self.outputs, config)
        if self.matrix.block_rows != height:
            raise InputError(
                f"blocks must have {height} rows, as the configuration's {config.register_depth} "
                f"accumulators make them, not {self.matrix.block_rows}: compress the network again "
                f"for this configuration"
            )
        outputs, inputs = self.source_shape
        if outputs < self.outputs or inputs < self.inputs:
            raise InputError(
                f"the source must have at least the {self.outputs} outputs and {self.inputs} "
                f"inputs of the matrix, not {outputs} and {inputs}"
            )
        _check_distinct(self.rows, self.outputs, outputs, "rows")


def _check_distinct(order: NDArray[np.int64], length: int, limit: int, what: str) -> None:
    """Check that an order names `length` different numbers below `limit`."""
    if order.shape != (length,):
        raise InputError(f"{what} must have {length} values, not shape {order.shape}")
    outside = order[(order < 0) | (order >= limit)]
    if outside.size:
        raise InputError(f"{what} must be from 0 to {limit - 1}, not {int(outside[0])}")
    ascending = np.sort(order)
    twice = ascending[1:][ascending[1:] == ascending[:-1]]
    if twice.size:
        raise InputError(f"{what} must be distinct, but {int(twice[0])} is there twice")


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
    gather : ndarray of int64, shape (layers[0].inputs,)
        The user's input at each position of the first layer, all distinct; without it the first
        ones in order.
    """

    config: Config
    layers: tuple[Layer, ...]
    input_scale: float = 1.0
    gather: NDArray[np.int64] = field(default_factory=_not_given)

    def __post_init__(self) -> None:
        if self.gather is _NOT_GIVEN and self.layers:
            object.__setattr__(self, "gather", np.arange(self.layers[0].inputs))

    @property
    def inputs(self) -> int:
        """Length of the input vector that users give."""
        return self.layers[0].source_shape[1]

    @property
    def outputs(self) -> int:
        """Length of the output vector that users get."""
        return self.layers[-1].source_shape[0]

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Outputs and inputs of every layer in the source."""
        return [layer.source_shape for layer in self.layers]

    def columns(self, index: int) -> NDArray[np.int64]:
        """Return the source's input at each column of a layer, shape (inputs,)."""
        return self.layers[index - 1].rows if index else self.gather

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
            _check_chain(left, right)
        _check_distinct(self.gather, self.layers[0].inputs, self.inputs, "gathered inputs")
        last = self.layers[-1]
        if last.unused_outputs:
            raise InputError(
                f"the last layer must compute all {self.outputs} outputs of its source, not "
                f"{last.outputs}"
            )

    def select(self, values: AnyArray) -> AnyArray:
        """Bring the user's inputs to the order of the first layer, without those not used.

        Parameters
        ----------
        values : ndarray, shape (n, inputs)
            In the user's order.

        Returns
        -------
        ndarray, shape (n, layers[0].inputs)
        """
        return values[:, self.gather]

    def restore(self, values: AnyArray) -> AnyArray:
        """Bring outputs of the last layer to the user's order.

        Parameters
        ----------
        values : ndarray, shape (n, outputs)
            In the order of the last layer.

        Returns
        -------
        ndarray, shape (n, outputs)
        """
        return values[:, np.argsort(self.layers[-1].rows)]

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


def _check_chain(left: Layer, right: Layer) -> None:
    """Check that a layer takes what the one in front of it gives."""
    if left.outputs != right.inputs:
        raise InputError(
            f"layer sizes must chain: layer {left.name!r} has {left.outputs} outputs, "
            f"layer {right.name!r} {right.inputs} inputs"
        )
    if left.source_shape[0] != right.source_shape[1]:
        raise InputError(
            f"source sizes must chain: layer {left.name!r} has {left.source_shape[0]} outputs, "
            f"layer {right.name!r} {right.source_shape[1]} inputs"
        )
    if left.output_fraction != right.input_fraction:
        raise InputError(
            f"scales must chain: layer {left.name!r} gives fraction "
            f"{left.output_fraction}, layer {right.name!r} takes {right.input_fraction}"
        )
