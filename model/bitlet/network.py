"""A network for a Bitlet array: layers of integers, or of floating-point numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.float_layer import float_layer
from zskip.model.bitlet.passes import form_of
from zskip.model.bitlet.shape import LayerShape
from zskip.model.common import network
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import BoolArray, FloatArray, IntArray, check_finite
from zskip.model.common.floats import FloatFormat
from zskip.model.common.network import row_blocks
from zskip.model.common.precision import Precision
from zskip.model.common.scale import LayerScale
from zskip.model.common.stream import ActivationFormat

AnyIntegers = NDArray[np.integer[Any]]

NO_SCALE = LayerScale(input_fraction=0, weight_fraction=0, output_fraction=0)
"""Scales of a layer in floating point."""


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
    def form(self) -> ActivationFormat:
        """How activations stand in streams."""
        return form_of(self.number)

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
        if self.number and self.number.bits > config.float_bits:
            raise InputError(
                f"the array must have float_bits={self.number.bits} for {self.precision.name}, "
                f"not {config.float_bits}: choose another precision or configuration"
            )
        if not self.number and self.twos_complement != bool(config.twos_complement):
            raise InputError(
                f"twos_complement must be {int(self.twos_complement)}, which the weights are "
                f"held for, not {config.twos_complement}: compress the network again"
            )
        lanes = self.cut(config).lanes
        if not 0 <= self.mask_lanes < lanes:
            raise InputError(
                f"the lanes that are switched off must be from 0 to {lanes - 1}, all but one of a "
                f"row, not {self.mask_lanes}: choose another number"
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

    def check_numbers(self, config: Config) -> None:
        """Check biases and scales."""
        if not self.number:
            super().check_numbers(config)
            return
        check_words(self.bias, self.number, "biases")
        if self.scale != NO_SCALE:
            raise InputError(
                f"scales must be 0 in floating point, not {self.scale}: compress the network again"
            )

    def check_follows(self, front: Self) -> None:
        """Check that inputs are the numbers that the layer in front gives."""
        if self.number != front.number:
            raise InputError(
                "all layers must be in integers or in one floating-point format, but layer "
                f"{front.name!r} is {front.precision.name}, layer {self.name!r} "
                f"{self.precision.name}: choose one kind for all"
            )
        super().check_follows(front)

    def input_limits(self, config: Config) -> tuple[float, float]:
        """Return the real numbers beyond which inputs are clipped."""
        if not self.number:
            return super().input_limits(config)
        return -self.number.largest, self.number.largest

    def input_words(self, values: FloatArray, config: Config) -> tuple[IntArray, BoolArray]:
        """Bring real inputs to the numbers that the layer takes."""
        if not self.number:
            return super().input_words(values, config)
        check_finite(values, "inputs")
        clipped = np.clip(values, *self.input_limits(config))
        return self.number.words(clipped, "inputs"), np.abs(values) > self.number.largest

    def input_values(self, words: IntArray) -> FloatArray:
        """Return the real numbers that activations in front of the layer stand for."""
        return self.number.values(words) if self.number else super().input_values(words)

    def output_values(self, words: IntArray) -> FloatArray:
        """Return the real numbers that the layer's outputs stand for."""
        return self.number.values(words) if self.number else super().output_values(words)

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


def check_words(words: AnyIntegers, number: FloatFormat, what: str) -> None:
    """Check that words of a format stand for finite numbers.

    Parameters
    ----------
    words : ndarray of integers
        Of any shape.
    number : FloatFormat
        The format.
    what : str
        Their name in the message, in the plural.

    Raises
    ------
    InputError
        A word is out of range, or a NaN or an infinity.
    """
    high = (1 << number.bits) - 1
    outside = words[(words < 0) | (words > high)]
    if outside.size:
        raise InputError(
            f"{what} must be words of {number.name}, 0 to {high}, not {outside[0]}: compress the "
            "network again"
        )
    if (words >> number.fraction_bits & number.special_field == number.special_field).any():
        raise InputError(
            f"{what} must be finite, but there is a NaN or an infinity: compress the network again"
        )
