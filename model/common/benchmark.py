"""The nine layers that the EIE paper measures, drawn at random at their sizes and densities.

The paper's tables III and IV give sizes, densities and times, not the weights, so a layer here has
non-zeros in random places. The draw depends on the seed and the layer alone: every configuration
gets the same matrix and the same activations.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.eie.compressor.assemble import FixedLayer
from zskip.model.eie.compressor.recode import build
from zskip.model.eie.config import Config
from zskip.model.eie.network import Network

PAPER_MHZ = 800
"""Clock of the paper's array."""

FRACTION = 8
"""Fraction of inputs and outputs."""

WEIGHT_FRACTION = 12
"""Fraction of the codebook."""

LARGEST_WEIGHT = 2000
LARGEST_ACTIVATION = 1023
LARGEST_BIAS = 100_000
"""Bounds that keep the outputs of all nine layers away from saturation."""

ROWS_AT_ONCE = 256
"""Rows drawn together; bounds the memory."""


@dataclass(frozen=True, kw_only=True)
class BenchmarkLayer:
    """A layer of the benchmark (EIE paper, tables III and IV).

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
    theoretical_us, actual_us : float
        The paper's times on 64 PEs, microseconds: work divided by peak throughput, and measured.
    """

    name: str
    inputs: int
    outputs: int
    weight_density: float
    activation_density: float
    relu: bool
    theoretical_us: float
    actual_us: float

    @property
    def theoretical_cycles(self) -> int:
        """The paper's theoretical time in cycles."""
        return round(self.theoretical_us * PAPER_MHZ)

    @property
    def actual_cycles(self) -> int:
        """The paper's measured time in cycles."""
        return round(self.actual_us * PAPER_MHZ)

    def scaled(self, scale: float) -> "BenchmarkLayer":
        """Return a layer with both sides multiplied by `scale`, and the same densities."""
        return replace(
            self,
            inputs=max(1, round(self.inputs * scale)),
            outputs=max(1, round(self.outputs * scale)),
        )


class Drawn(NamedTuple):
    """What is random about a layer, as far as a codebook of some size can show it.

    Parameters
    ----------
    codes : ndarray of uint8, shape (outputs, inputs)
        Codebook indices; 0 is a zero weight.
    bias : ndarray of int64, shape (outputs,)
        At accumulator scale.
    activations : ndarray of int64, shape (1, inputs)
        An input vector, positive where it is not zero.
    """

    codes: NDArray[np.uint8]
    bias: NDArray[np.int64]
    activations: NDArray[np.int64]


def _layer(
    name: str,
    size: tuple[int, int],
    densities: tuple[float, float],
    times: tuple[float, float],
    relu: bool = False,
) -> BenchmarkLayer:
    """Return a layer from the paper's figures: percent and microseconds."""
    return BenchmarkLayer(
        name=name,
        inputs=size[0],
        outputs=size[1],
        weight_density=densities[0] / 100,
        activation_density=densities[1] / 100,
        relu=relu,
        theoretical_us=times[0],
        actual_us=times[1],
    )


LAYERS = (
    _layer("Alex-6", (9216, 4096), (9, 35.1), (28.1, 30.3), relu=True),
    _layer("Alex-7", (4096, 4096), (9, 35.3), (11.7, 12.2), relu=True),
    _layer("Alex-8", (4096, 1000), (25, 37.5), (8.9, 9.9)),
    _layer("VGG-6", (25088, 4096), (4, 18.3), (28.1, 34.4), relu=True),
    _layer("VGG-7", (4096, 4096), (4, 37.5), (7.9, 8.7), relu=True),
    _layer("VGG-8", (4096, 1000), (23, 41.1), (7.3, 8.4)),
    _layer("NT-We", (4096, 600), (10, 100), (5.2, 8.0)),
    _layer("NT-Wd", (600, 8791), (11, 100), (13.0, 13.9)),
    _layer("NT-LSTM", (1201, 2400), (10, 100), (6.5, 7.5)),
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


def draw(layer: BenchmarkLayer, seed: int, codebook_size: int) -> Drawn:
    """Draw the weights, biases and inputs of a layer.

    Parameters
    ----------
    layer : BenchmarkLayer
        The layer, `scaled` or not.
    seed : int
        Seed, at least 0. Which weights and inputs are zero follows from it and the layer alone.
    codebook_size : int
        Values of the codebook, the zero included.

    Returns
    -------
    Drawn
    """
    if seed < 0:
        raise InputError(f"the seed must be at least 0, not {seed}")
    rng = np.random.default_rng([seed, NAMES.index(layer.name)])
    activations = rng.integers(1, LARGEST_ACTIVATION + 1, (1, layer.inputs))
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
    return Drawn(codes, bias, activations)


def ramp_codebook(codebook_size: int) -> NDArray[np.int64]:
    """Return a codebook whose values rise evenly over both signs; only the first is 0.

    Parameters
    ----------
    codebook_size : int
        Values, the zero included.

    Returns
    -------
    ndarray of int64, shape (codebook_size,)
    """
    # Shifted off the middle, where an odd number of values would hold another 0.
    ramp = np.linspace(-LARGEST_WEIGHT, LARGEST_WEIGHT * 21 // 20, codebook_size - 1)
    return np.concatenate(([0], np.rint(ramp).astype(np.int64)))


def make(layer: BenchmarkLayer, config: Config, seed: int, drawn: Drawn | None = None) -> Network:
    """Make a layer of the benchmark for a configuration.

    Parameters
    ----------
    layer : BenchmarkLayer
        The layer.
    config : Config
        The array.
    seed : int
        Seed of everything random, at least 0.
    drawn : Drawn, optional
        What `draw` gives, where it is known already.

    Returns
    -------
    Network
        Of one layer. It need not fit the configuration.
    """
    drawn = drawn or draw(layer, seed, config.codebook_size)
    plain = FixedLayer(
        name=layer.name,
        codes=drawn.codes,
        codebook=ramp_codebook(config.codebook_size),
        bias=drawn.bias,
        relu=layer.relu,
        input_fraction=FRACTION,
        weight_fraction=WEIGHT_FRACTION,
        output_fraction=FRACTION,
    )
    return build((plain,), config)
