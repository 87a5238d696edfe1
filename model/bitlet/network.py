"""A network for a Bitlet array: layers of integers, or of floating-point numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.float_layer import float_layer
from zskip.model.bitlet.shape import LayerShape
from zskip.model.common import network
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import BoolArray, IntArray
from zskip.model.common.fixed_layer import FixedLayer, integer_type
from zskip.model.common.floats import FloatFormat
from zskip.model.common.network import row_blocks
from zskip.model.common.precision import Precision
from zskip.model.common.scale import NO_SCALE

AnyIntegers = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Layer(network.Layer[Config]):
    """One fully connected layer, in integers or in floating point.

    All outputs and inputs of the source stand in their order. In floating point biases and
    activations are words of the format too, and the scales are 0.

    Parameters
    ----------
    matrix : ndarray of integers, shape (outputs, inputs)
        Weights: integers, or words of the format.
    precision : Precision
        Numbers that they are.
    twos_complement : bool
        Whether integers are held in two's complement, else as sign and magnitude.
    mask_lanes : int
        Lowest lanes of each row that are switched off.
    """

    matrix: AnyIntegers
    precision: Precision
    twos_complement: bool = False
    mask_lanes: int = 0

    @property
    def shape(self) -> tuple[int, int]:
        """Outputs and inputs of the matrix."""
        return self.matrix.shape[0], self.matrix.shape[1]

    @property
    def number(self) -> FloatFormat | None:
        """Format of weights, biases and activations; None for integers."""
        return self.precision.floating

    @property
    def magnitude_bits(self) -> int:
        """Lanes that a row takes at least."""
        if self.number:
            return self.number.significand_bits
        return self.precision.bits - 1 + self.twos_complement

    @property
    def nonzeros(self) -> int:
        """Weights that are not zero."""
        return sum(int(np.count_nonzero(weights)) for _, weights in self.weight_blocks())

    def weight_blocks(self) -> Iterator[tuple[slice, IntArray]]:
        """Yield the weights some rows at a time: which rows, and integers or words.

        Integers are without the bits of lanes that are switched off.
        """
        for rows in row_blocks(self.shape):
            weights = self.matrix[rows].astype(np.int64)
            yield rows, weights if self.number else self._masked(weights)

    def _masked(self, weights: IntArray) -> IntArray:
        """Drop the bits of lanes that are switched off."""
        kept = -1 << self.mask_lanes
        if self.twos_complement:
            return weights & kept
        return np.sign(weights) * (np.abs(weights) & kept)

    def cut(self, config: Config) -> LayerShape:
        """Return how an array computes the layer.

        Raises
        ------
        InputError
            A weight takes more lanes than there are.
        """
        floating = self.number is not None
        return LayerShape.of(self.shape, self.magnitude_bits, config, floating=floating)

    def encoded(self, shape: LayerShape) -> tuple[IntArray, BoolArray]:
        """Return the weights as the array holds them.

        Parameters
        ----------
        shape : LayerShape
            That of the layer on the array.

        Returns
        -------
        magnitudes : ndarray of int64, shape (outputs of all rounds, groups * pairs)
            Magnitudes, or weights in two's complement of all lanes of a row, or words.
        negative : ndarray of bool, of the same shape
            Signs of magnitudes.
        """
        filled = shape.filled(self.matrix)
        if self.number:
            return filled, np.zeros(filled.shape, dtype=bool)
        if self.twos_complement:
            return filled & ((1 << shape.lanes) - 1), np.zeros(filled.shape, dtype=bool)
        return np.abs(filled), filled < 0

    def check_weights(self, config: Config) -> None:
        """Check weights, precision and mask against a configuration.

        Raises
        ------
        InputError
            Names the first invariant that does not hold.
        """
        if self.matrix.ndim != 2 or self.matrix.dtype.kind not in "iu" or not self.matrix.size:
            raise InputError(
                f"the weights must be a matrix of integers, not {self.matrix.dtype} of shape "
                f"{self.matrix.shape}: compress the network again"
            )
        config.check_precision([self.precision], self.mask_lanes)
        if not self.number and self.twos_complement != bool(config.twos_complement):
            raise InputError(
                f"twos_complement must be {int(self.twos_complement)}, which the weights are "
                f"held for, not {config.twos_complement}: compress the network again"
            )
        if self.number and self.scale != NO_SCALE:
            raise InputError(
                f"scales must be 0 in floating point, not {self.scale}: compress the network again"
            )
        if self.number:
            check_words(self.matrix, self.number, "weights")
        else:
            self._check_integers()

    def _check_integers(self) -> None:
        """Check the range of the weights."""
        high = (1 << (self.precision.bits - 1)) - 1
        low = -high - self.twos_complement
        outside = self.matrix[(self.matrix < low) | (self.matrix > high)]
        if outside.size:
            raise InputError(
                f"weights of {self.precision.name} must be in {low}..{high}, not {outside[0]}: "
                "compress the network again"
            )

    def check_biases(self, config: Config) -> None:
        """Check the values of the biases against a configuration."""
        if self.number:
            check_words(self.bias, self.number, "biases")
        else:
            super().check_biases(config)

    def compute(self, activations: IntArray, config: Config) -> tuple[IntArray, int]:
        """Compute the layer, in floating point as the array does."""
        if not self.number:
            return super().compute(activations, config)
        done = float_layer(
            self.matrix,
            self.bias,
            activations,
            self.number,
            relu=self.relu,
            lanes=config.lanes,
            pairs=config.pairs,
            mask=-1 << self.mask_lanes,
        )
        return done.words, 0


Network = network.Network[Config, Layer]
"""A chain of layers for one Bitlet array."""


def encoded_layer(layer: FixedLayer, config: Config) -> Layer:
    """Take a layer for an array.

    Parameters
    ----------
    layer : FixedLayer
        In its precision, the configuration's default where it has none.
    config : Config
        The array.

    Returns
    -------
    Layer
        The smallest integer becomes the next one in sign and magnitude, which does not hold it.
    """
    precision = layer.precision or config.default_precision
    number, weights = precision.floating, layer.weights
    signed = number is None and bool(config.twos_complement)
    if number is None and not signed:
        weights = np.maximum(weights, 1 - (1 << (precision.bits - 1)))
    return Layer(
        name=layer.name,
        matrix=weights.astype(number.word_type if number else integer_type(precision.bits)),
        precision=precision,
        twos_complement=signed,
        mask_lanes=layer.mask_lanes,
        bias=layer.bias,
        relu=layer.relu,
        scale=layer.scale,
    )


def check_words(words: AnyIntegers, number: FloatFormat, what: str, *, finite: bool = True) -> None:
    """Check that integers are words of a format.

    Parameters
    ----------
    words : ndarray of integers
        Of any shape.
    number : FloatFormat
        The format.
    what : str
        Their name in the message, in the plural.
    finite : bool, optional
        Whether a NaN or an infinity is refused too.

    Raises
    ------
    InputError
        One of them is not, or stands for what is refused.
    """
    high = (1 << number.bits) - 1
    outside = words[(words < 0) | (words > high)]
    if outside.size:
        raise InputError(
            f"{what} must be words of {number.name}, 0 to {high}, not {outside[0]}: give words "
            "of the network's format"
        )
    if finite and number.unpack(words).special.any():
        raise InputError(
            f"{what} must be finite, but there is a NaN or an infinity: compress the network again"
        )
