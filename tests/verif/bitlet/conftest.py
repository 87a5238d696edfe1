"""Arrays and networks that the tests of the whole array share."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest

from zskip.model.bitlet.config import NAMED, Config
from zskip.model.bitlet.engine import ENGINE
from zskip.model.bitlet.network import Network
from zskip.model.common.fixed import ACTIVATION_BITS, IntArray, limits
from zskip.verif.bitlet.block_stimulus import block_stimulus
from zskip.verif.bitlet.networks import random_activations, random_network
from zskip.verif.common.ahead_run import AheadBlock, vector_times
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.network_stimulus import overflowing_inputs

SIZES = (19, 13, 10)

SMALL = NAMED["tiny"].replace(lanes=4, float_bits=0, acc_bits=24)


MARGIN = 400_000
"""How near the largest biases are to the limit."""


class Block(NamedTuple):
    """An array with what to send to it and what to expect."""

    config: Config
    stimulus: BlockStimulus


def make_network(
    seed: int, precisions: Sequence[str], sizes: tuple[int, ...] = SIZES, **changes: int
) -> tuple[Network, IntArray]:
    """Return a network that fills the memory of weights, and inputs, some of which overflow.

    Streamed weights are more than the memory holds.
    """
    config = SMALL.replace(**changes)
    network = random_network(config, sizes, seed, precisions=precisions, shift=3)
    if not network.layers[0].number:
        network = overflowing(network, seed)
    network = exactly_fitting(network)
    if network.layers[0].number:
        return network, random_activations(network, 4, seed)
    return network, overflowing_inputs(ENGINE, network, ACTIVATION_BITS, seed)


def make_block(seed: int, precisions: Sequence[str], **changes: Any) -> Block:
    """Return an array whose weights fill its memory; some input vectors overflow."""
    network, inputs = make_network(seed, precisions, **changes)
    return Block(network.config, block_stimulus(network, inputs, seed))


def overflowing(network: Network, seed: int) -> Network:
    """Return a network with some biases so large that sums of random numbers leave the range."""
    rng = np.random.default_rng(seed)
    high = limits(network.config.acc_bits)[1]
    layers = []
    for layer in network.layers:
        loud = rng.choice([-1, 1], layer.outputs) * rng.integers(high - MARGIN, high, layer.outputs)
        bias = np.where(rng.random(layer.outputs) < 0.4, loud, layer.bias)
        layers.append(replace(layer, bias=bias))
    return replace(network, layers=tuple(layers))


def exactly_fitting(network: Network) -> Network:
    """Return a network on an array with room for its weights and biases, and for a pass more."""
    shapes = [layer.cut(network.config) for layer in network.layers]
    steps = [shape.steps * network.config.beats for shape in shapes]
    config = network.config.replace(
        # Streamed, the first layer is four times as large as both halves.
        weight_depth=steps[0] // 8 if network.config.streamed else sum(steps),
        bias_depth=sum(shape.rounds for shape in shapes),
        pass_count=len(shapes) + 1,
    )
    return replace(network, config=config)


@pytest.fixture(scope="session")
def block(seed: int) -> Callable[..., Block]:
    """Give the block of a small array with some changes, and a network of some precisions."""
    return cache(
        lambda precisions=("int3", "int5"), **changes: make_block(seed, precisions, **changes)
    )


@pytest.fixture(scope="session")
def ahead(seed: int) -> Callable[..., AheadBlock]:
    """Give such a block with double input, that of few words; `sizes` are those of its network."""

    @cache
    def make(precisions: Sequence[str] = ("int3", "int5"), **changes: Any) -> AheadBlock:
        network, inputs = make_network(seed, precisions, double_input=1, **changes)
        return AheadBlock(
            network.config,
            block_stimulus(network, inputs, seed, trace=False),
            vector_times(ENGINE, network, inputs),
        )

    return make
