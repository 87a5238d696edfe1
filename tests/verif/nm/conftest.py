"""Arrays and networks that the tests of the whole array share."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import pytest

from zskip.model.common.fixed import limits
from zskip.model.nm.config import NAMED, Config
from zskip.model.nm.engine import ENGINE
from zskip.model.nm.fit import layer_beats
from zskip.model.nm.network import Network
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.network_stimulus import overflowing_inputs
from zskip.verif.nm.block_stimulus import block_stimulus
from zskip.verif.nm.stimulus import random_network

SIZES = (23, 19, 10)


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
    inputs = overflowing_inputs(ENGINE, network, config.activation_bits, seed)
    return Block(config, block_stimulus(network, inputs, seed))


def overflowing_network(config: Config, sizes: tuple[int, ...], seed: int) -> Network:
    """Return layers of one beat and of several."""
    bias = limits(config.acc_bits)[1] // 16
    beats, shift = (1, config.max_beats), config.acc_bits - 17
    return random_network(config, sizes, seed, beats=beats, bias=bias, shift=shift)


@pytest.fixture(scope="session")
def block(seed: int) -> Callable[..., Block]:
    """Give the block of a tiny array with some changes."""
    return cache(lambda **changes: make_block(seed, **changes))
