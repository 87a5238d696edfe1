"""Random networks, input vectors and passes, for benches and tests."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from zskip.model.common.fixed import IntArray, limits
from zskip.model.common.fixed_layer import NO_CODEBOOK
from zskip.model.common.scale import LayerScale
from zskip.model.nm.config import Config
from zskip.model.nm.encoding import encode
from zskip.model.nm.network import Layer, Network
from zskip.model.nm.passes import PASS_WORD_0, PASS_WORD_1, Pass


def random_weights(
    config: Config, shape: tuple[int, int], beats: int, rng: np.random.Generator
) -> IntArray:
    """Return weights, or codes, with at most so many beats of `n` in each group of `m`."""
    outputs, inputs = shape
    groups = -(-inputs // config.m)
    low, high = (1, config.codebook_size - 1)
    if not config.shares_weights:
        low, high = limits(config.weight_bits)
    values = rng.integers(low, high, (outputs, groups, config.m), endpoint=True)
    ranks = np.argsort(rng.random(values.shape), axis=-1)
    kept = np.where(ranks < beats * config.n, values, 0)
    return kept.reshape(outputs, -1)[:, :inputs]


def random_network(
    config: Config,
    sizes: tuple[int, ...],
    seed: int,
    *,
    beats: tuple[int, ...] = (1,),
    shift: int = 8,
    bias: int = 1000,
) -> Network:
    """Return a chain of random layers; every layer but the last has ReLU.

    Parameters
    ----------
    config : Config
        The array.
    sizes : tuple of int
        Length of the input vector and of each layer's outputs.
    seed : int
        Seed of everything that is random.
    beats : tuple of int
        Beats of the layers, taken in turn.
    shift : int
        Write-back shift of every layer.
    bias : int
        Bound of the biases.

    Returns
    -------
    Network
    """
    rng = np.random.default_rng(seed)
    layers = []
    for index, (inputs, outputs) in enumerate(pairwise(sizes)):
        taken = beats[index % len(beats)]
        layer = _random_layer(config, (outputs, inputs), taken, shift, rng)
        values = rng.integers(-bias, bias, outputs, endpoint=True)
        relu = index < len(sizes) - 2
        layers.append(replace(layer, name=f"fc{index + 1}", bias=values, relu=relu))
    network = Network(config=config, layers=tuple(layers), input_scale=0.5)
    network.check()
    return network


def _random_layer(
    config: Config, shape: tuple[int, int], beats: int, shift: int, rng: np.random.Generator
) -> Layer:
    """Return a layer without biases."""
    codebook = NO_CODEBOOK
    if config.shares_weights:
        codebook = rng.integers(-32768, 32768, config.codebook_size)
        codebook[0] = 0
    weights = random_weights(config, shape, beats, rng)
    return Layer(
        name="fc",
        matrix=encode(weights, config.n, config.m, beats=beats),
        codebook=codebook,
        bias=np.zeros(shape[0], dtype=np.int64),
        relu=False,
        scale=LayerScale(input_fraction=0, weight_fraction=shift, output_fraction=0),
    )


def random_activations(config: Config, length: int, count: int, seed: int) -> IntArray:
    """Return input vectors, the first of zeros, the second of the smallest activation.

    Parameters
    ----------
    config : Config
        Gives the width of an activation.
    length, count : int
        Length and number of the vectors.
    seed : int
        Seed of the values.

    Returns
    -------
    ndarray of int64, shape (count, length)
    """
    low, high = limits(config.activation_bits)
    values = np.random.default_rng(seed).integers(low, high, (count, length), endpoint=True)
    values[:2] = np.array([0, low])[:, np.newaxis][:count]
    return values


def with_positions(word: int, group: int, positions: Iterable[int], config: Config) -> int:
    """Return a beat of weights with other positions in one of its groups."""
    mask = (1 << config.position_bits) - 1
    for number, position in enumerate(positions):
        slot = group * config.n + number
        place = slot * config.entry_bits + config.weight_bits
        word = word & ~(mask << place) | position << place
    return word


def with_illegal_positions(word: int, config: Config, rng: np.random.Generator) -> int:
    """Return a beat of weights with positions that do not ascend in one of its groups.

    They are random, or ascend but for a position that is there twice or two that are swapped.
    """
    positions = np.sort(rng.permutation(config.m)[: config.n])
    place = int(rng.integers(config.n - 1))
    kind = rng.integers(3)
    if kind == 0:
        positions[place + 1] = positions[place]
    elif kind == 1:
        positions[place], positions[place + 1] = positions[place + 1], positions[place]
    else:
        positions = rng.integers(config.m, size=config.n)
        positions[place] = max(positions[place], positions[place + 1])
    return with_positions(word, int(rng.integers(config.groups)), positions.tolist(), config)


def refused_passes(entry: Pass, config: Config) -> dict[str, Pass]:
    """Return passes that the array must refuse, by the reason; all else is as in a good one.

    Parameters
    ----------
    entry : Pass
        A pass that is not refused.
    config : Config
        The array.

    Returns
    -------
    dict of str to Pass
    """
    bits = {field.name: field.bits for field in (*PASS_WORD_0, *PASS_WORD_1)}
    most = {
        "outputs": config.vector_depth,
        "inputs": config.vector_depth,
        "blocks": config.vector_depth // config.pe_count,
        "words": config.vector_depth // config.window,
        "beats": config.max_beats,
    }
    passes = {}
    for name, limit in most.items():
        values = {
            "none": 0,
            "one too many": limit + 1,
            "highest bit": getattr(entry, name) | 1 << (bits[name] - 1),
        }
        for reason, value in values.items():
            if not 0 < value <= limit:
                passes[f"{name}: {reason}"] = replace(entry, **{name: value})
    return passes
