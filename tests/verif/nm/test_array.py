"""The whole array against the golden model and the exact cycle model, in both simulators."""

import pytest

from zskip.model.common.fixed import IntArray
from zskip.model.nm.config import NAMED, Config
from zskip.model.nm.engine import ENGINE
from zskip.model.nm.network import Network
from zskip.verif.common.simulator import Simulator
from zskip.verif.nm.block import BLOCK
from zskip.verif.nm.stimulus import random_activations, random_network

TINY = NAMED["tiny"]
SMALL = TINY.replace(weight_depth=4096, vector_depth=128, bias_depth=128)
SIZES = (37, 41, 50, 13)


def check(network: Network, activations: IntArray, simulator: Simulator) -> None:
    """Run the RTL and compare outputs and counters."""
    model = ENGINE.run(network, activations)
    compiled = BLOCK.build(network.config, simulator)
    BLOCK.check(network, model, BLOCK.simulate(network, activations, compiled))


def check_random(
    config: Config, simulator: Simulator, seed: int, sizes: tuple[int, ...] = SIZES
) -> None:
    """Run layers of one beat, and of the fewest and most beats that a dense one takes."""
    network = random_network(config, sizes, seed, beats=(1, config.max_beats))
    check(network, random_activations(config, sizes[0], 6, seed), simulator)


@pytest.mark.parametrize("simulator", Simulator)
@pytest.mark.parametrize("pe_count", [1, 2, 4, 16])
def test_random_networks(pe_count: int, simulator: Simulator, seed: int) -> None:
    check_random(SMALL.replace(pe_count=pe_count), simulator, seed)


@pytest.mark.parametrize("simulator", Simulator)
@pytest.mark.parametrize(
    "changes",
    [
        {"n": 1},
        {"n": 3},
        {"n": 4},
        {"n": 1, "m": 2, "groups": 2},
        {"n": 2, "m": 2, "groups": 2},
        {"n": 4, "m": 8},
        {"n": 5, "m": 16},
        {"n": 16, "m": 16},
        {"groups": 4},
        {"groups": 8, "pe_count": 1},
        {"weight_bits": 4},
        {"weight_bits": 4, "activation_bits": 16},
        {"weight_bits": 4, "n": 1, "pe_count": 1},
        {"weight_bits": 16},
        {"weight_bits": 16, "activation_bits": 16, "acc_bits": 48},
        {"weight_bits": 16, "activation_bits": 16, "acc_bits": 24, "groups": 4},
    ],
    ids=str,
)
def test_configurations(changes: dict[str, int], simulator: Simulator, seed: int) -> None:
    check_random(SMALL.replace(**changes), simulator, seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMED)
def test_named_configurations(name: str, seed: int) -> None:
    check_random(NAMED[name], Simulator.VERILATOR, seed, (300, 100, 10))
