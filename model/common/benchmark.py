"""The nine layers that the EIE paper measures, drawn at random at their sizes and densities.

The paper's table III gives sizes and densities, not the weights, so a layer here has non-zeros in
random places. The draw depends on the seed and the layer alone: every configuration of every engine
gets the same matrix and the same activations, up to the number and the width of its values.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS, IntArray, limits
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.scale import LayerScale

SCALE = LayerScale(input_fraction=8, weight_fraction=12, output_fraction=8)
"""Scale of every layer."""

LARGEST_WEIGHT = 2000
LARGEST_ACTIVATION = 1023
LARGEST_BIAS = 100_000
"""Bounds that keep the outputs of all nine layers away from saturation."""

MAX_VALUES = 256
"""Most values that weights are drawn from, the zero included."""

ROWS_AT_ONCE = 256
"""Rows drawn together; bounds the memory."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkLayer:
    """A layer of the benchmark (EIE paper, table III).

    Parameters
    ----------
    name : str
        The paper's name.
    inputs, outputs : int
        Size of the matrix.
    weight_density, activation_density : float
        Share of the weights and of the inputs that are not zero, 0 to 1.
    relu : bool
        Whether negative outputs become 0.
    """

    name: str
    inputs: int
    outputs: int
    weight_density: float
    activation_density: float
    relu: bool

    def scaled(self, scale: float) -> "BenchmarkLayer":
        """Return a layer with both sides multiplied by `scale`, and the same densities."""
        return replace(
            self,
            inputs=max(1, round(self.inputs * scale)),
            outputs=max(1, round(self.outputs * scale)),
        )


class Drawn(NamedTuple):
    """A layer drawn at random, and an input vector.

    Parameters
    ----------
    layer : FixedLayer
        The layer.
    activations : ndarray of int64, shape (1, inputs)
        One vector of inputs.
    """

    layer: FixedLayer
    activations: IntArray


def _layer(
    name: str, inputs: int, outputs: int, weights: float, activations: float, relu: bool
) -> BenchmarkLayer:
    """Return a layer from the paper's figures; densities are in percent."""
    return BenchmarkLayer(
        name=name,
        inputs=inputs,
        outputs=outputs,
        weight_density=weights / 100,
        activation_density=activations / 100,
        relu=relu,
    )


LAYERS = (
    _layer("Alex-6", 9216, 4096, 9, 35.1, True),
    _layer("Alex-7", 4096, 4096, 9, 35.3, True),
    _layer("Alex-8", 4096, 1000, 25, 37.5, False),
    _layer("VGG-6", 25088, 4096, 4, 18.3, True),
    _layer("VGG-7", 4096, 4096, 4, 37.5, True),
    _layer("VGG-8", 4096, 1000, 23, 41.1, False),
    _layer("NT-We", 4096, 600, 10, 100, False),
    _layer("NT-Wd", 600, 8791, 11, 100, False),
    _layer("NT-LSTM", 1201, 2400, 10, 100, False),
)
"""The nine layers, in the paper's order."""

NAMES = tuple(layer.name for layer in LAYERS)
"""Their names."""


def find(name: str) -> BenchmarkLayer:
    """Return the layer of a name; upper and lower case are the same.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    BenchmarkLayer

    Raises
    ------
    InputError
        There is no such layer.
    """
    for layer in LAYERS:
        if layer.name.lower() == name.lower():
            return layer
    raise InputError(f"a benchmark layer must be one of {', '.join(NAMES)}, not {name!r}")


def chosen_layers(names: Sequence[str], scale: float) -> tuple[BenchmarkLayer, ...]:
    """Return the layers of some names, all without names.

    Parameters
    ----------
    names : sequence of str
        Names of layers.
    scale : float
        Factor on both sides.

    Returns
    -------
    tuple of BenchmarkLayer

    Raises
    ------
    InputError
        There is no such layer, or the factor is out of range.
    """
    if not 0 < scale <= 1:
        raise InputError(f"the scale must be above 0 and at most 1, not {scale}")
    found = [find(name) for name in names] or list(LAYERS)
    return tuple(layer.scaled(scale) for layer in dict.fromkeys(found))


def draw(
    layer: BenchmarkLayer, seed: int, codebook_size: int, bits: int = ACTIVATION_BITS
) -> Drawn:
    """Draw the weights, biases and inputs of a layer.

    Parameters
    ----------
    layer : BenchmarkLayer
        The layer, `scaled` or not.
    seed : int
        Seed, at least 0. Which weights and inputs are zero follows from it and the layer alone.
    codebook_size : int
        Values of the codebook, the zero included; of more than 256 so many are drawn.
    bits : int, optional
        Width that weights and inputs fit, at least 8.

    Returns
    -------
    Drawn
    """
    codebook_size = min(codebook_size, MAX_VALUES)
    if seed < 0:
        raise InputError(f"the seed must be at least 0, not {seed}")
    rng = np.random.default_rng([seed, NAMES.index(layer.name)])
    activations = rng.integers(1, LARGEST_ACTIVATION + 1, (1, layer.inputs))
    largest = min(LARGEST_ACTIVATION, limits(bits)[1])
    activations = 1 + (activations - 1) * largest // LARGEST_ACTIVATION
    # Exactly as many as the density says: the cycles hang on them, and one vector is few.
    active = round(layer.activation_density * layer.inputs)
    activations[0, rng.permutation(layer.inputs)[active:]] = 0
    bias = rng.integers(-LARGEST_BIAS, LARGEST_BIAS + 1, layer.outputs)
    codes = np.zeros((layer.outputs, layer.inputs), dtype=np.uint8)
    for first in range(0, layer.outputs, ROWS_AT_ONCE):
        rows = codes[first : first + ROWS_AT_ONCE]
        nonzero = rng.random(rows.shape, dtype=np.float32) < layer.weight_density
        # Drawn on a finer scale than any codebook, so that the number of draws is always the same.
        values = rng.integers(0, 1 << 16, np.count_nonzero(nonzero), dtype=np.uint16)
        rows[nonzero] = 1 + (values.astype(np.uint32) * (codebook_size - 1) >> 16)
    drawn = FixedLayer(
        name=layer.name,
        codes=codes,
        codebook=ramp_codebook(codebook_size, bits),
        bias=bias,
        relu=layer.relu,
        scale=SCALE,
    )
    return Drawn(drawn, activations)


def ramp_codebook(codebook_size: int, bits: int = CODEBOOK_BITS) -> NDArray[np.int64]:
    """Return a codebook whose values rise evenly over both signs; only the first is 0.

    Parameters
    ----------
    codebook_size : int
        Values, the zero included.
    bits : int, optional
        Width that they fit, at least 8. With few bits some values are there twice.

    Returns
    -------
    ndarray of int64, shape (codebook_size,)
    """
    largest = min(LARGEST_WEIGHT, limits(bits)[1] * 20 // 21)
    # Shifted off the middle, where an odd number of values would hold another 0.
    ramp = np.rint(np.linspace(-largest, largest * 21 // 20, codebook_size - 1)).astype(np.int64)
    ramp[ramp == 0] = 1
    return np.concatenate(([0], ramp))
