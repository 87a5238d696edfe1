"""Arrays and networks that the tests of the whole array share."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import pytest

from zskip.model.common.fixed import IntArray, limits
from zskip.model.nm.config import NAMED, Config
from zskip.model.nm.engine import ENGINE
from zskip.model.nm.fit import layer_beats
from zskip.model.nm.network import Network
from zskip.verif.common.ahead_run import AheadBlock, vector_times
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.network_stimulus import overflowing_inputs
from zskip.verif.nm.block_stimulus import block_stimulus
from zskip.verif.nm.stimulus import random_network

SIZES = (23, 19, 10)


class Block(NamedTuple):
    """An array with what to send to it and what to expect."""

    config: Config
    stimulus: BlockStimulus


def make_network(
    seed: int, sizes: tuple[int, ...] = SIZES, **changes: int
) -> tuple[Network, IntArray]:
    """Return a network that fills the memory of weights, and inputs, some of which overflow.

    Streamed weights are more than the memory holds.
    """
    config = NAMED["tiny"].replace(**{"activation_bits": 16} | changes)
    config = config.replace(acc_bits=config.value_bits + 16)
    network = overflowing_network(config, sizes, seed)
    beats = [layer_beats(layer, config) for layer in network.layers]
    # Streamed, the first layer is four times as large as both halves.
    depth = beats[0] // 8 if config.streamed else sum(beats)
    config = config.replace(weight_depth=depth, pass_count=len(sizes) + 1)
    network = replace(network, config=config)
    return network, overflowing_inputs(ENGINE, network, config.activation_bits, seed)


def make_block(seed: int, sizes: tuple[int, ...] = SIZES, **changes: int) -> Block:
    """Return an array whose weights fill its memory; some input vectors leave the range of sums."""
    network, inputs = make_network(seed, sizes, **changes)
    return Block(network.config, block_stimulus(network, inputs, seed))


def overflowing_network(config: Config, sizes: tuple[int, ...], seed: int) -> Network:
    """Return layers of one beat and of several."""
    bias = limits(config.acc_bits)[1] // 16
    beats, shift = (1, config.max_beats), config.acc_bits - 17
    return random_network(config, sizes, seed, beats=beats, bias=bias, shift=shift)


@pytest.fixture(scope="session")
def block(seed: int) -> Callable[..., Block]:
    """Give the block of a tiny array with some changes."""
    return cache(lambda **changes: make_block(seed, **changes))


@pytest.fixture(scope="session")
def ahead(seed: int) -> Callable[..., AheadBlock]:
    """Give such a block with double input, that of few words; `sizes` are those of its network."""

    @cache
    def make(**changes: Any) -> AheadBlock:
        network, inputs = make_network(seed, double_input=1, **changes)
        return AheadBlock(
            network.config,
            block_stimulus(network, inputs, seed, trace=False),
            vector_times(ENGINE, network, inputs),
        )

    return make
