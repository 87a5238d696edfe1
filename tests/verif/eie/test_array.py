"""The whole array against the golden model and the exact cycle model, in both simulators."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.model.eie.accelerator import run
from zskip.model.eie.config import TINY
from zskip.model.eie.encoding import decode, encode
from zskip.model.eie.network import Layer, Network
from zskip.model.eie.program import plan
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.block import BLOCK
from zskip.verif.eie.stimulus import random_activations, random_network

SMALL = TINY.replace(spmat_depth=2048, pointer_depth=2048, activation_depth=256, bias_depth=256)
SIZES = (72, 90, 50, 13)
GROUPS = {"grouped_pointers": 1, "broadcast_rounds": 1, "broadcast_groups": 1}


def check(network: Network, activations: NDArray[np.int64], simulator: Simulator) -> None:
    """Run the RTL and compare outputs and counters."""
    model = run(network, activations)
    compiled = BLOCK.build(network.config, simulator)
    BLOCK.check(network, model, BLOCK.simulate(network, activations, compiled))


@pytest.mark.parametrize("simulator", Simulator)
@pytest.mark.parametrize("pe_count", [1, 2, 4, 16])
def test_random_networks(pe_count: int, simulator: Simulator, seed: int) -> None:
    network = random_network(SMALL.replace(pe_count=pe_count), SIZES, 0.15, seed)
    check(network, random_activations(SIZES[0], 8, seed), simulator)


@pytest.mark.parametrize("simulator", Simulator)
@pytest.mark.parametrize(
    "changes",
    [
        {"queue_depth": 1},
        {"entries_per_word": 1, "spmat_depth": 8192},
        {"weight_bits": 2, "run_bits": 2, "entries_per_word": 16},
        {"weight_bits": 8, "run_bits": 8, "entries_per_word": 4},
        {"acc_bits": 16},
        {"acc_bits": 16, "lanes": 2},
        {"acc_bits": 24},
        {"acc_bits": 48},
        {"register_depth": 5, "pass_count": 16, "pointer_depth": 4096},
        {"column_queue_depth": 0, "free_padding": 0},
        {"column_queue_depth": 0, "free_padding": 0, "balanced_rows": 0, "grouped_pointers": 1},
        {"grouped_pointers": 1, "pe_count": 1, "spmat_depth": 8192},
        {"grouped_pointers": 1, "lanes": 4},
        {"column_queue_depth": 0, "free_padding": 1, "run_bits": 1},
        {"column_queue_depth": 3, "free_padding": 0},
        {"pe_count": 1, "queue_depth": 1, "column_queue_depth": 1, "spmat_depth": 8192},
        {
            "lanes": 2,
            "accumulator_banks": 2,
            "register_depth": 5,
            "pass_count": 16,
            "pointer_depth": 4096,
        },
        {"lanes": 4, "acc_bits": 24, "free_padding": 0},
        {"lanes": 4, "spmat_banks": 2, "grouped_pointers": 1, "broadcast_rounds": 1},
        {"broadcast_rounds": 1, "pe_count": 16, "column_queue_depth": 0, "register_depth": 3},
        {"broadcast_rounds": 1, "pe_count": 1, "grouped_pointers": 1, "spmat_depth": 8192},
        {"broadcast_rounds": 1, "pe_count": 2, "queue_depth": 1},
        {**GROUPS, "pe_count": 8, "queue_depth": 1},
        {**GROUPS, "pe_count": 1, "column_queue_depth": 1, "spmat_depth": 8192},
        {**GROUPS, "pe_count": 16, "lanes": 4, "spmat_banks": 2, "double_input": 1},
        {**GROUPS, "register_depth": 5, "pass_count": 16, "pointer_depth": 4096, "parity": 1},
        {"double_input": 1, "pe_count": 8},
        {"lanes": 2, "spmat_banks": 2, "broadcast_rounds": 1, "parity": 1},
        {"lanes": 2, "spmat_banks": 2, "run_bits": 1, "entries_per_word": 2, "spmat_depth": 8191},
        {"lanes": 8, "accumulator_banks": 8, "column_queue_depth": 0, "run_bits": 1},
    ],
    ids=str,
)
def test_configurations(changes: dict[str, int], simulator: Simulator, seed: int) -> None:
    network = random_network(SMALL.replace(**changes), SIZES, 0.15, seed)
    check(network, random_activations(SIZES[0], 8, seed), simulator)


@pytest.mark.parametrize("simulator", Simulator)
@pytest.mark.parametrize(
    ("density", "sizes", "groups"),
    [(0.1, (40, 13, 12, 9), {4}), (0.6, (40, 80, 50), {2, 3}), (1.0, (9, 64, 5), {2, 4})],
)
def test_grouped_pointers(
    density: float, sizes: tuple[int, ...], groups: set[int], simulator: Simulator, seed: int
) -> None:
    """Layers with groups of several sizes behind each other."""
    network = random_network(SMALL.replace(grouped_pointers=1), sizes, density, seed)
    assert {entry.group_bits for entry in plan(network).passes} == groups
    check(network, random_activations(sizes[0], 6, seed), simulator)


@pytest.mark.parametrize("simulator", Simulator)
def test_dense_and_overflowing(simulator: Simulator, seed: int) -> None:
    network = random_network(SMALL, (40, 30, 20), 1.0, seed, magnitude=32767)
    rng = np.random.default_rng(seed)
    activations = rng.integers(-32768, 32768, (4, 40))
    model = run(network, activations)
    assert sum(layer.counters["overflows"].sum() for layer in model.layers) > 0
    assert sum(layer.counters["saturations"].sum() for layer in model.layers) > 0
    check(network, activations, simulator)


def test_empty_columns_rows_and_pes(seed: int) -> None:
    config = SMALL
    network = random_network(config, (64, 60, 8), 0.3, seed)
    codes = np.zeros((60, 64), dtype=np.uint8)
    codes[1::4, 20:40] = 3
    codes[57, 30] = 1
    first = network.layers[0]
    layer = Layer(
        name=first.name,
        matrix=encode(codes, config),
        codebook=first.codebook,
        bias=first.bias,
        relu=first.relu,
        scale=first.scale,
    )
    check(
        Network(config=config, layers=(layer, network.layers[1])),
        random_activations(64, 6, seed),
        Simulator.ICARUS,
    )


@pytest.mark.parametrize("simulator", Simulator)
@pytest.mark.parametrize("free_padding", [0, 1])
def test_words_of_padding(free_padding: int, simulator: Simulator, seed: int) -> None:
    """Columns end in every PE with one entry behind nothing but padding; others are all empty."""
    config = SMALL.replace(run_bits=1, free_padding=free_padding)
    network = random_network(config, (40, 240, 9), 0.05, seed)
    codes = decode(network.layers[0].matrix)
    codes[:, 25:] = 0
    codes[-config.pe_count :, 5:20] = 7
    codes[: -config.pe_count, 10:20] = 0
    first = replace(network.layers[0], matrix=encode(codes, config))
    padded = Network(config=config, layers=(first, network.layers[1]))
    padded.check()
    check(padded, random_activations(40, 6, seed), simulator)
