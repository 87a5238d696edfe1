"""Arrays and networks that the tests of the whole array share."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from zskip.model.common.fixed import IntArray, limits
from zskip.model.nm.config import NAMED, Config
from zskip.model.nm.fit import layer_beats
from zskip.model.nm.network import Network
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.nm.block_stimulus import block_stimulus
from zskip.verif.nm.stimulus import random_activations, random_network

SIZES = (23, 19, 10)


class Block(NamedTuple):
    """An array with what to send to it and what to expect."""

    config: Config
    stimulus: BlockStimulus


def make_block(seed: int, sizes: tuple[int, ...] = SIZES, **changes: int) -> Block:
    """Return an array whose weights fill its memory; some input vectors leave the range of sums."""
    config = NAMED["tiny"].replace(**{"activation_bits": 16, "acc_bits": 24} | changes)
    network = overflowing_network(config, sizes, seed)
    beats = sum(layer_beats(layer, config) for layer in network.layers)
    config = config.replace(weight_depth=beats, pass_count=len(sizes) + 1)
    network = replace(network, config=config)
    return Block(config, block_stimulus(network, overflowing_activations(network, seed), seed))


def overflowing_network(config: Config, sizes: tuple[int, ...], seed: int) -> Network:
    """Return layers of one beat and of several, with biases at the ends of the range."""
    bias = limits(config.acc_bits)[1] // 2
    return random_network(config, sizes, seed, beats=(1, config.max_beats), bias=bias)


def overflowing_activations(network: Network, seed: int) -> IntArray:
    """Return two quiet input vectors, of zeros and small ones, and two loud ones in turn."""
    loud = random_activations(network.config, network.inputs, 4, seed)[2:]
    quiet = np.random.default_rng(seed).integers(-3, 4, loud.shape)
    return np.stack([quiet, loud], axis=1).reshape(4, -1)


@pytest.fixture(scope="session")
def block(seed: int) -> Callable[..., Block]:
    """Give the block of a tiny array with some changes."""
    return cache(lambda **changes: make_block(seed, **changes))
