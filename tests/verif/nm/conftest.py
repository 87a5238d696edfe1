"""Arrays and networks that the tests of the whole array share."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from zskip.model.common.fixed import IntArray, limits
from zskip.model.nm.config import NAMED, Config
from zskip.model.nm.engine import ENGINE
from zskip.model.nm.fit import layer_beats
from zskip.model.nm.network import Network
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.nm.block_stimulus import block_stimulus
from zskip.verif.nm.stimulus import random_network

SIZES = (23, 19, 10)

CANDIDATES = 200
"""Input vectors from which those of a stimulus are taken."""


class Block(NamedTuple):
    """An array with what to send to it and what to expect."""

    config: Config
    stimulus: BlockStimulus


def make_block(seed: int, sizes: tuple[int, ...] = SIZES, **changes: int) -> Block:
    """Return an array whose weights fill its memory; some input vectors leave the range of sums."""
    config = NAMED["tiny"].replace(**{"activation_bits": 16} | changes)
    config = config.replace(acc_bits=config.value_bits + 16)
    network = overflowing_network(config, sizes, seed)
    beats = sum(layer_beats(layer, config) for layer in network.layers)
    config = config.replace(weight_depth=beats, pass_count=len(sizes) + 1)
    network = replace(network, config=config)
    return Block(config, block_stimulus(network, overflowing_activations(network, seed), seed))


def overflowing_network(config: Config, sizes: tuple[int, ...], seed: int) -> Network:
    """Return layers of one beat and of several."""
    bias = limits(config.acc_bits)[1] // 16
    beats, shift = (1, config.max_beats), config.acc_bits - 17
    return random_network(config, sizes, seed, beats=beats, bias=bias, shift=shift)


def overflowing_activations(network: Network, seed: int) -> IntArray:
    """Return four input vectors; with two of them as few rows as possible leave the range.

    Where there is such a candidate, it is the first row alone, and then the last one alone.
    """
    config = network.config
    scales = np.geomspace(2, limits(config.activation_bits)[1], CANDIDATES)
    values = np.random.default_rng(seed).uniform(-1, 1, (CANDIDATES, network.inputs))
    values = (values * scales[:, np.newaxis]).astype(np.int64)
    layers = ENGINE.run(network, values).layers
    rows = np.any([layer.counters.per_pe["overflows"] > 0 for layer in layers], axis=0)
    count = np.count_nonzero(rows, axis=1)
    loud = [np.argmin(np.where(count, count - 0.5 * rows[:, row], np.inf)) for row in (0, -1)]
    quiet = np.flatnonzero(count == 0)[-2:]
    return values[[quiet[0], loud[0], quiet[1], loud[1]]]


@pytest.fixture(scope="session")
def block(seed: int) -> Callable[..., Block]:
    """Give the block of a tiny array with some changes."""
    return cache(lambda **changes: make_block(seed, **changes))
