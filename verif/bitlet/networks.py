"""Random networks and input vectors of the Bitlet engine, for benches and tests."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.network import Layer, Network
from zskip.model.common.fixed import ACTIVATION_BITS, IntArray, limits
from zskip.model.common.floats import FloatFormat
from zskip.model.common.precision import Precision
from zskip.model.common.scale import LayerScale


def random_network(
    config: Config,
    sizes: Sequence[int],
    seed: int,
    *,
    precisions: Sequence[str] = ("int5",),
    shift: int = 6,
    bias: int = 1000,
    mask_lanes: int = 0,
    uneven: bool = False,
) -> Network:
    """Return a chain of random layers; every layer but the last has ReLU.

    Parameters
    ----------
    config : Config
        The array.
    sizes : sequence of int
        Length of the input vector and of each layer's outputs.
    seed : int
        Seed of everything that is random.
    precisions : sequence of str
        Names of the layers' precisions, taken in turn.
    shift : int
        Write-back shift of layers of integers.
    bias : int
        Bound of their biases.
    mask_lanes : int
        Lanes that are switched off.
    uneven : bool
        Whether each engine has stretches of outputs without any weights.

    Returns
    -------
    Network
    """
    rng = np.random.default_rng(seed)
    layers = []
    for index, (inputs, outputs) in enumerate(pairwise(sizes)):
        precision = Precision.parse(precisions[index % len(precisions)])
        number = precision.floating
        shape = (outputs, inputs)
        matrix = (
            random_words(number, shape, rng)
            if number
            else _random_integers(config, precision, shape, rng)
        )
        layers.append(
            Layer(
                name=f"fc{index + 1}",
                matrix=_with_stretches_of_zeros(matrix, config, rng) if uneven else matrix,
                precision=precision,
                twos_complement=bool(config.twos_complement) and number is None,
                mask_lanes=mask_lanes,
                bias=(
                    random_words(number, (outputs,), rng)
                    if number
                    else rng.integers(-bias, bias, outputs, endpoint=True)
                ),
                relu=index < len(sizes) - 2,
                scale=LayerScale(
                    input_fraction=0, weight_fraction=0 if number else shift, output_fraction=0
                ),
            )
        )
    network = Network(config=config, layers=tuple(layers), input_scale=0.5)
    network.check()
    return network


def _random_integers(
    config: Config, precision: Precision, shape: tuple[int, int], rng: np.random.Generator
) -> IntArray:
    """Return weights of any density, with corners."""
    high = (1 << (precision.bits - 1)) - 1
    low = -high - config.twos_complement
    weights = rng.integers(low, high, shape, endpoint=True)
    weights = np.where(rng.random(shape) < 0.1, rng.choice([low, high], shape), weights)
    return np.where(rng.random(shape) < rng.choice([0.3, 1.0]), weights, 0)


def random_words(number: FloatFormat, shape: tuple[int, ...], rng: np.random.Generator) -> IntArray:
    """Return words of finite numbers of all signs, near 1 but for some zeros and subnormals.

    Parameters
    ----------
    number : FloatFormat
        The format.
    shape : tuple of int
        Shape of the array.
    rng : numpy.random.Generator
        Where randomness comes from.

    Returns
    -------
    ndarray of int64
    """
    spread = number.bias // 4
    exponents = rng.integers(number.bias - spread, number.bias + 2, shape)
    exponents = np.where(rng.random(shape) < 0.1, 0, exponents)
    fractions = rng.integers(1 << number.fraction_bits, size=shape)
    words = exponents << number.fraction_bits | fractions
    words = np.where(rng.random(shape) < 0.2, 0, words)
    return words | rng.integers(2, size=shape) << (number.bits - 1)


def _with_stretches_of_zeros(
    matrix: IntArray, config: Config, rng: np.random.Generator
) -> IntArray:
    """Return weights of which those of an engine are 0 for six outputs, or are as they were."""
    outputs = np.arange(len(matrix))
    stretches = rng.random((len(matrix), config.pe_count)) < 0.5
    blocks, engines = np.divmod(outputs, config.pe_count)
    return np.where(stretches[blocks // 6, engines][:, None], 0, matrix)


def random_activations(network: Network, count: int, seed: int) -> IntArray:
    """Return input vectors, the first of zeros, the second of the smallest integer.

    Parameters
    ----------
    network : Network
        Its first layer says what activations are.
    count : int
        How many.
    seed : int
        Seed of the values.

    Returns
    -------
    ndarray of int64, shape (count, inputs)
    """
    rng = np.random.default_rng(seed)
    shape = (count, network.inputs)
    number = network.layers[0].number
    if number:
        words = random_words(number, shape, rng)
        words[0] = 0
        return words
    low, high = limits(ACTIVATION_BITS)
    values = rng.integers(low, high, shape, endpoint=True)
    values[:2] = np.array([0, low])[:, np.newaxis][:count]
    return values
