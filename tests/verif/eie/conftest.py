"""Arrays and networks that the tests of the whole array share."""

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import pytest

from zskip.model.eie.config import TINY, Config
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.eie.block_stimulus import block_stimulus, overflowing_activations
from zskip.verif.eie.stimulus import random_activations, random_network


class Block(NamedTuple):
    """An array with what to send to it and what to expect."""

    config: Config
    stimulus: BlockStimulus


def small(seed: int, parity: int = 0) -> Block:
    """Every other input vector leaves the range of sums."""
    config = TINY.replace(pe_count=2, register_depth=8, pass_count=4, parity=parity)
    network = random_network(config, (23, 20, 10), 0.5, seed, 32767)
    activations = overflowing_activations(network, 4, seed)
    return Block(config, block_stimulus(network, activations, seed))


def wide(seed: int) -> Block:
    """Sums are shifted by more than 31 bits."""
    config = TINY.replace(pe_count=2, acc_bits=48)
    network = random_network(config, (20, 12, 9), 0.2, seed, bias=1 << 46, shift=34)
    assert {layer.scale.shift for layer in network.layers} == {34}
    return Block(config, block_stimulus(network, random_activations(20, 2, seed), seed))


def deep(seed: int) -> Block:
    """Pointers and sparse-matrix words stand at addresses of 13 bits."""
    config = TINY.replace(
        pe_count=1,
        entries_per_word=1,
        spmat_depth=8192,
        pointer_depth=16384,
        register_depth=1,
        activation_depth=1024,
        pass_count=16,
    )
    network = random_network(config, (1000, 9), 0.6, seed)
    pointers = network.layers[0].matrix.pointers[0]
    assert pointers[-1] > 1 << 12
    assert pointers.size > 2 << 12
    return Block(config, block_stimulus(network, random_activations(1000, 2, seed), seed))


def streamed(seed: int) -> Block:
    """The first layer is four times as large as both halves of the memories."""
    config = TINY.replace(
        pe_count=2, register_depth=8, pass_count=6, streamed=1, spmat_depth=12, pointer_depth=24
    )
    network = random_network(config, (120, 30, 10), 0.5, seed, 32767)
    words = network.layers[0].matrix.pointers[:, -1].min() / config.entries_per_word
    assert words > 4 * 2 * config.spmat_depth
    activations = overflowing_activations(network, 4, seed)
    return Block(config, block_stimulus(network, activations, seed))


@pytest.fixture(scope="session")
def block(seed: int) -> Callable[[str], Block]:
    """Give a block by its name."""
    makers = {
        "small": small,
        "parity": partial(small, parity=1),
        "wide": wide,
        "deep": deep,
        "streamed": streamed,
    }
    return cache(lambda name: makers[name](seed))
