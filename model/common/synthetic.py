"""Layers drawn at random at a size and density, pruned as some hardware wants them."""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.benchmark import LARGEST_ACTIVATION, MAX_VALUES, SCALE, ramp_codebook
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import BoolArray, IntArray, limits
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.pattern import Pattern, prune_to_pattern
from zskip.model.common.pruning import check_density, prune_to_density


def check_layer(shape: tuple[int, int], activation_density: float) -> None:
    """Check the size of a layer, and the share of its inputs that are not zero.

    Raises
    ------
    InputError
        A side is below 1 or the share out of range.
    """
    if min(shape) < 1:
        raise InputError(
            f"a shape must have at least one output and one input, not {shape[0]}x{shape[1]}: "
            "give one such as 1024x1024"
        )
    if not 0 < activation_density <= 1:
        raise InputError(
            f"the density of the activations must be above 0 and at most 1, not "
            f"{activation_density}: give the share that is not zero, such as 0.35"
        )


def draw_mask(
    shape: tuple[int, int], density: float, pattern: Pattern | None, seed: int
) -> BoolArray:
    """Draw which weights of a layer are not zero.

    Weights of random magnitude are pruned to the pattern, then to the density. Different densities
    and patterns prune the same weights.

    Parameters
    ----------
    shape : tuple of int
        Outputs and inputs.
    density : float
        Share of the weights that are not zero, above 0 and at most 1.
    pattern : Pattern or None
        The pattern, which has room for that density.
    seed : int
        Seed of the weights.

    Returns
    -------
    ndarray of bool, shape (outputs, inputs)
        ``round(density * size)`` are set, or as many as the pattern has room for where it does not
        divide the inputs.
    """
    check_density(density)
    weights = np.random.default_rng(seed).random(shape, dtype=np.float32)
    # None is zero, so that as many are kept as there should be.
    weights += np.float32(1)
    if pattern is not None and pattern.n < pattern.m:
        weights = prune_to_pattern(weights, pattern)
    return prune_to_density(weights, density) != 0


def draw_activations(inputs: int, density: float, seed: int) -> IntArray:
    """Draw an input vector, of which a share is not zero.

    Parameters
    ----------
    inputs : int
        Values.
    density : float
        Share that is not zero; at least one is.
    seed : int
        Seed of the values.

    Returns
    -------
    ndarray of int64, shape (1, inputs)
        They fit 8 bits.
    """
    rng = np.random.default_rng([seed, 1])
    largest = min(LARGEST_ACTIVATION, limits(8)[1])
    vector = rng.integers(1, largest + 1, (1, inputs))
    vector[0, rng.permutation(inputs)[max(1, round(density * inputs)) :]] = 0
    return vector


def synthetic_weights(mask: BoolArray, config: EngineConfig, seed: int) -> NDArray[np.int16]:
    """Return random weights where a mask is set, in a configuration's numbers.

    They are those of `synthetic_layer`, in less memory.
    """
    layer = synthetic_layer("", mask, config, seed)
    return layer.codebook.astype(np.int16)[layer.codes]


def synthetic_layer(name: str, mask: BoolArray, config: EngineConfig, seed: int) -> FixedLayer:
    """Return a layer with random weights where a mask is set, in a configuration's numbers.

    Parameters
    ----------
    name : str
        Name of the layer.
    mask : ndarray of bool, shape (outputs, inputs)
        Which weights are not zero.
    config : EngineConfig
        Gives the number and width of the values.
    seed : int
        Seed of the weights.

    Returns
    -------
    FixedLayer
        Without biases.
    """
    size = min(config.codebook_size, MAX_VALUES)
    codes = np.random.default_rng([seed, 2]).integers(1, size, mask.shape, dtype=np.uint8)
    bits = min(config.value_bits, config.activation_bits)
    return FixedLayer(
        name=name,
        codes=np.where(mask, codes, np.uint8(0)),
        codebook=ramp_codebook(size, bits),
        bias=np.zeros(mask.shape[0], dtype=np.int64),
        relu=True,
        scale=SCALE,
    )
