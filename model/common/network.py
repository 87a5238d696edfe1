"""A compressed network: the part of it that every engine has."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from zskip.model.common import reference
from zskip.model.common.config import ConfigT
from zskip.model.common.ending import check_ending
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import (
    ACTIVATION_BITS,
    BoolArray,
    FloatArray,
    IntArray,
    check_finite,
    check_range,
    dequantize,
    quantize,
)
from zskip.model.common.floats import FloatFormat
from zskip.model.common.precision import Precision
from zskip.model.common.scale import LayerScale
from zskip.model.common.stream import FIXED, ActivationFormat

AnyArray = TypeVar("AnyArray", NDArray[np.int64], NDArray[np.float64])

ELEMENTS_PER_BLOCK = 2**21
"""Weights that are handled together where a matrix is gone through in blocks of rows."""

FLOAT32_BYTES = 4
"""Bytes of a dense weight or bias."""

_NOT_GIVEN = np.empty(0, dtype=np.int64)


def _not_given() -> IntArray:
    """Return the mark of an order that was left out."""
    return _NOT_GIVEN


def row_blocks(shape: Sequence[int]) -> Iterator[slice]:
    """Cut a matrix into blocks of rows of about `ELEMENTS_PER_BLOCK` elements.

    Parameters
    ----------
    shape : sequence of int
        Rows and columns.

    Yields
    ------
    slice
        Of rows.
    """
    rows = max(1, ELEMENTS_PER_BLOCK // shape[1])
    for start in range(0, shape[0], rows):
        yield slice(start, start + rows)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Layer(ABC, Generic[ConfigT]):
    """One fully connected layer, in fixed point: ``y = write_back(W a + b, shift, relu)``.

    An engine that has floating point too tells the `number` of a layer, overrides `check_biases`
    and `compute`, and holds weights, biases and activations as words of that format.

    An engine's layer adds the encoded matrix. The matrix holds those rows and columns of the source
    that are used, in an order of its own: row ``q`` is output ``rows[q]`` of the source, and column
    ``c`` is the one at position ``c`` of the layer in front, or of the network's `Network.gather`.

    Parameters
    ----------
    name : str
        The layer's name in the source.
    bias : ndarray of int64, shape (outputs,)
        At accumulator scale, within ``acc_bits``.
    relu : bool
        Whether negative outputs become 0.
    scale : LayerScale
        Scales of inputs, weights and outputs.
    rows : ndarray of int64, shape (outputs,)
        The source's output at each position, all distinct; without it the first ones in order.
    source_shape : tuple of int
        Outputs and inputs of the layer in the source; without it the shape of the matrix.
    """

    name: str
    bias: IntArray
    relu: bool
    scale: LayerScale
    rows: IntArray = field(default_factory=_not_given)
    source_shape: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.rows is _NOT_GIVEN:
            object.__setattr__(self, "rows", np.arange(self.outputs))
        if self.source_shape == (0, 0):
            object.__setattr__(self, "source_shape", self.shape)

    def __repr__(self) -> str:
        outputs, inputs = self.source_shape
        return f"<{type(self).__name__} {self.name!r}: {outputs} x {inputs}>"

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """Outputs and inputs of the matrix."""

    @property
    @abstractmethod
    def nonzeros(self) -> int:
        """Weights that are not zero."""

    @abstractmethod
    def weight_blocks(self) -> Iterator[tuple[slice, IntArray]]:
        """Yield the integer weights some rows at a time: which rows, and their weights."""

    @abstractmethod
    def check_weights(self, config: ConfigT) -> None:
        """Check the encoded matrix against a configuration.

        Raises
        ------
        InputError
            Names the first invariant that does not hold.
        """

    @property
    def inputs(self) -> int:
        """Length of the input vector, without inputs that are not used."""
        return self.shape[1]

    @property
    def outputs(self) -> int:
        """Length of the output vector, without outputs that are not used."""
        return self.shape[0]

    @property
    def unused_inputs(self) -> int:
        """Inputs of the source that are never loaded."""
        return self.source_shape[1] - self.inputs

    @property
    def unused_outputs(self) -> int:
        """Outputs of the source that are never computed."""
        return self.source_shape[0] - self.outputs

    @property
    def dense_bytes(self) -> int:
        """Bytes of the source's weights and biases as dense float32."""
        outputs, inputs = self.source_shape
        return FLOAT32_BYTES * (inputs + 1) * outputs

    def weights(self) -> IntArray:
        """Return the dense matrix of integer weights in its own order, shape (outputs, inputs)."""
        return np.concatenate([weights for _, weights in self.weight_blocks()])

    @property
    def weight_precision(self) -> Precision | None:
        """Numbers that the weights are, in engines that have the choice."""
        return None

    def weight_numbers(self, values: NDArray[np.floating]) -> NDArray[np.integer[Any]]:
        """Return other weights of the source in the numbers of the layer.

        Parameters
        ----------
        values : ndarray of any floating-point dtype, shape (outputs, inputs)
            Real weights.

        Returns
        -------
        ndarray of any integer dtype, shape (outputs, inputs)
            1 where a weight is not zero, as all that matters for the time of most engines.
        """
        return (values != 0).astype(np.int8)

    def check(self, config: ConfigT) -> None:
        """Check the layer against a configuration.

        Raises
        ------
        InputError
            Names the layer and the first invariant that does not hold.
        """
        try:
            self.check_weights(config)
            self._check(config)
        except InputError as error:
            raise InputError(f"layer {self.name!r}: {error}") from None

    @property
    def number(self) -> FloatFormat | None:
        """Floating-point format of weights, biases and activations; None in fixed point."""
        return None

    @property
    def form(self) -> ActivationFormat:
        """How activations stand in streams."""
        if self.number is None:
            return FIXED
        return ActivationFormat(places=self.number.bits // ACTIVATION_BITS, signed=False)

    def check_biases(self, config: ConfigT) -> None:
        """Check the values of the biases against a configuration.

        Raises
        ------
        InputError
            One of them cannot be held.
        """
        check_range(self.bias, config.acc_bits, "biases")

    def check_follows(self, front: "Layer[ConfigT]") -> None:
        """Check that inputs are the numbers that the layer in front gives.

        Raises
        ------
        InputError
            They are not.
        """
        if front.number != self.number:
            kinds = ["integers" if one is None else one.name for one in (front.number, self.number)]
            raise InputError(
                f"layers must be all of integers or all of one floating-point format, but layer "
                f"{front.name!r} is of {kinds[0]} and layer {self.name!r} of {kinds[1]}: compress "
                "the network again"
            )
        if front.scale.output_fraction != self.scale.input_fraction:
            raise InputError(
                f"scales must chain: layer {front.name!r} gives fraction "
                f"{front.scale.output_fraction}, layer {self.name!r} takes "
                f"{self.scale.input_fraction}"
            )

    def input_limits(self, config: ConfigT) -> tuple[float, float]:
        """Return the real numbers beyond which inputs are clipped."""
        if self.number is not None:
            return -self.number.largest, self.number.largest
        high = 2.0 ** (config.activation_bits - 1 - self.scale.input_fraction)
        return -high, high

    def input_words(self, values: FloatArray, config: ConfigT) -> tuple[IntArray, BoolArray]:
        """Bring real inputs to the numbers that the layer takes.

        Parameters
        ----------
        values : ndarray of float64
            Real inputs of the layer, of any shape.
        config : EngineConfig
            Gives the width of activations.

        Returns
        -------
        words : ndarray of int64
            The nearest activations.
        clipped : ndarray of bool
            Which of them are at a limit that the real number is beyond.

        Raises
        ------
        InputError
            An input is not finite.
        """
        if self.number is None:
            return quantize(values, self.scale.input_fraction, config.activation_bits)
        check_finite(values, "values")
        low, high = self.input_limits(config)
        return self.number.words(np.clip(values, low, high), "inputs"), np.abs(values) > high

    def input_values(self, words: IntArray) -> FloatArray:
        """Return the real numbers that activations in front of the layer stand for."""
        return self._values(words, self.scale.input_fraction)

    def output_values(self, words: IntArray) -> FloatArray:
        """Return the real numbers that the layer's outputs stand for."""
        return self._values(words, self.scale.output_fraction)

    def _values(self, words: IntArray, fraction: int) -> FloatArray:
        """Return the real numbers of words, with a fraction in fixed point."""
        return dequantize(words, fraction) if self.number is None else self.number.values(words)

    def compute(self, activations: IntArray, config: ConfigT) -> tuple[IntArray, int]:
        """Compute the layer by the dense reference, some rows at a time.

        Parameters
        ----------
        activations : ndarray of int64, shape (n, inputs)
            Activations in the order of the layer's columns.
        config : EngineConfig
            Gives the widths of accumulators and activations.

        Returns
        -------
        outputs : ndarray of int64, shape (n, outputs)
            In the order of the layer's rows.
        saturations : int
            How many of them were clipped.
        """
        y = np.empty((activations.shape[0], self.outputs), dtype=np.int64)
        saturations = 0
        for rows, weights in self.weight_blocks():
            result = reference.layer(
                weights,
                activations,
                self.bias[rows],
                self.scale.shift,
                self.relu,
                config.acc_bits,
                config.activation_bits,
            )
            y[:, rows] = result.y
            saturations += int(np.count_nonzero(result.saturated))
        return y, saturations

    def _check(self, config: ConfigT) -> None:
        if self.bias.shape != (self.outputs,):
            raise InputError(
                f"the bias must have {self.outputs} values, not shape {self.bias.shape}"
            )
        self.check_biases(config)
        self.scale.check(config.acc_bits)
        outputs, inputs = self.source_shape
        if outputs < self.outputs or inputs < self.inputs:
            raise InputError(
                f"the source must have at least the {self.outputs} outputs and {self.inputs} "
                f"inputs of the matrix, not {outputs} and {inputs}"
            )
        _check_distinct(self.rows, self.outputs, outputs, "rows")


LayerT = TypeVar("LayerT", bound=Layer)


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


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Network(Generic[ConfigT, LayerT]):
    """A chain of layers, compressed for one configuration of one engine.

    Parameters
    ----------
    config : EngineConfig
        What the network is encoded for.
    layers : tuple of Layer
        At least one; the outputs of a layer are the inputs of the next.
    input_scale : float
        Factor from the inputs that users give to the real inputs of the first layer.
    gather : ndarray of int64, shape (layers[0].inputs,)
        The user's input at each position of the first layer, all distinct; without it the first
        ones in order.
    ending : str or None
        Operation of the source behind the last layer, one of `zskip.model.common.ending.ENDINGS`,
        which is not part of the network.
    """

    config: ConfigT
    layers: tuple[LayerT, ...]
    input_scale: float = 1.0
    gather: IntArray = field(default_factory=_not_given)
    ending: str | None = None

    def __post_init__(self) -> None:
        if self.gather is _NOT_GIVEN and self.layers:
            object.__setattr__(self, "gather", np.arange(self.layers[0].inputs))

    def __repr__(self) -> str:
        sizes = "-".join(str(size) for size in (self.inputs, *(rows for rows, _ in self.shapes)))
        return f"<{type(self).__name__}: {sizes} on {self.config.size}>"

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

    @property
    def form(self) -> ActivationFormat:
        """How activations stand in streams."""
        return self.layers[0].form

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
        check_ending(self.ending)
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
        """Bring real inputs to the numbers that the first layer takes.

        Parameters
        ----------
        inputs : ndarray of float64, shape (n, inputs)
            As users give them, before `input_scale`.

        Returns
        -------
        ndarray of int64, shape (n, inputs)
            Activations of the configuration's width; what lies outside their range saturates.

        Raises
        ------
        InputError
            The inputs have the wrong length or are not finite.
        """
        return self._quantized(inputs)[0]

    def clipped_inputs(self, inputs: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which inputs `quantize_inputs` clips, of those that a weight reads.

        Parameters
        ----------
        inputs : ndarray of float64, shape (n, inputs)
            As users give them, before `input_scale`.

        Returns
        -------
        ndarray of bool, shape (n, inputs)

        Raises
        ------
        InputError
            The inputs have the wrong length or are not finite.
        """
        read = np.zeros(self.inputs, dtype=bool)
        read[self.gather] = True
        return self._quantized(inputs)[1] & read

    def _quantized(self, inputs: NDArray[np.float64]) -> tuple[IntArray, NDArray[np.bool_]]:
        """Return inputs as activations, and where they are clipped."""
        if inputs.ndim != 2 or inputs.shape[1] != self.inputs:
            raise InputError(
                f"inputs must have shape (n, {self.inputs}), not {inputs.shape}: give one row of "
                f"{self.inputs} values for each input vector"
            )
        scaled = inputs.astype(np.float64) * self.input_scale
        return self.layers[0].input_words(scaled, self.config)


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
    right.check_follows(left)
