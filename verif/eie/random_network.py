"""Random networks and input vectors for benches of the whole array."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.scale import LayerScale
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import encode
from zskip.model.eie.network import Layer, Network


def random_network(
    config: Config, sizes: tuple[int, ...], density: float, seed: int, magnitude: int = 2000
) -> Network:
    """Return a chain of random layers; every layer but the last has ReLU.

    Parameters
    ----------
    config : Config
        The array.
    sizes : tuple of int
        Length of the input vector and of each layer's outputs.
    density : float
        Share of the weights that are not zero.
    seed : int
        Seed of everything that is random.
    magnitude : int
        Bound of the codebook values.

    Returns
    -------
    Network
    """
    rng = np.random.default_rng(seed)
    layers = []
    for index, (inputs, outputs) in enumerate(pairwise(sizes)):
        shape = (outputs, inputs)
        codes = rng.integers(1, config.codebook_size, shape) * (rng.random(shape) < density)
        codebook = rng.integers(-magnitude, magnitude, config.codebook_size)
        codebook[0] = 0
        layers.append(
            Layer(
                name=f"layer{index}",
                matrix=encode(codes.astype(np.uint8), config),
                codebook=codebook,
                bias=rng.integers(-(10**6), 10**6, outputs),
                relu=index < len(sizes) - 2,
                scale=LayerScale(input_fraction=8, weight_fraction=12, output_fraction=8),
            )
        )
    network = Network(config=config, layers=tuple(layers))
    network.check()
    return network


def random_activations(length: int, count: int, seed: int) -> NDArray[np.int64]:
    """Return input vectors from all zero, over ever more non-zero values of both signs, to full.

    Parameters
    ----------
    length, count : int
        Length and number of the vectors.
    seed : int
        Seed of the values.

    Returns
    -------
    ndarray of int64, shape (count, length)
    """
    rng = np.random.default_rng(seed)
    values = rng.integers(-3000, 3000, (count, length))
    return values * (rng.random((count, length)) < np.linspace(0, 1, count)[:, np.newaxis])
