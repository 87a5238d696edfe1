"""The array with streamed weights; oracles: its golden model, and the words of its tiles."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.hw.nm.engine import ENGINE as HARDWARE
from zskip.hw.nm.names import TOP_MODULE
from zskip.hw.nm.verilog import array_verilog
from zskip.model.common.passes import PASS_WORD_0
from zskip.model.nm.config import NAMED, Config
from zskip.model.nm.engine import ENGINE
from zskip.model.nm.passes import pass_words
from zskip.model.nm.program import plan
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator
from zskip.verif.common.tile_stimulus import tile_variables, wrong_ends
from zskip.verif.nm.block_stimulus import block_memories, block_stimulus, illegal_programs
from zskip.verif.nm.stimulus import random_activations, random_network

Blocks = Callable[..., tuple[Config, BlockStimulus]]
RunTiles = Callable[..., None]

SOME = (
    "vectors_one_after_the_other/idle=(never/.*quiet=never|seldom)|reset_in_the_middle/where=run|"
    "start_held|start_too_early/lack=(last|packet)|refused_programs|bad_packets"
)
"""Tests of the bench of a block that differ where weights are streamed."""

LAST = next(field for field in PASS_WORD_0 if field.name == "last")
"""The mark of the last pass."""


@pytest.fixture
def run_tiles(seed: int, repeat: str, tmp_path: Path) -> RunTiles:
    """Run a bench of blocks on an array."""

    def start(config: Config, stimulus: BlockStimulus, only: str, **more: Any) -> None:
        run_block(
            Design(verilog=array_verilog(config), top=TOP_MODULE),
            stimulus,
            **{"simulator": Simulator.ICARUS} | more,
            seed=seed,
            folder=tmp_path,
            repeat=repeat,
            only=only,
        )

    return start


@pytest.mark.parametrize(
    ("simulator", "only"),
    [
        (Simulator.ICARUS, "vectors_one_after_the_other/idle=seldom"),
        pytest.param(Simulator.ICARUS, SOME, marks=pytest.mark.slow),
        pytest.param(Simulator.VERILATOR, SOME, marks=pytest.mark.slow),
    ],
)
def test_a_layer_four_times_as_large(
    simulator: Simulator, only: str, block: Blocks, run_tiles: RunTiles
) -> None:
    config, stimulus = block(streamed=1)
    run_tiles(config, stimulus, only, simulator=simulator)


def test_tiles(block: Blocks, run_tiles: RunTiles, seed: int) -> None:
    config, stimulus = block(streamed=1)
    run_tiles(
        config,
        stimulus,
        "refused|another|in_front|in_a_tile",
        bench="zskip.verif.common.tb_tiles",
        **tile_variables(ENGINE.stream, wrong_ends(stimulus.tiles, ENGINE.stream, 2)),
    )


def test_illegal_positions(run_tiles: RunTiles, seed: int) -> None:
    config = NAMED["tiny"].replace(streamed=1, weight_depth=7)
    network = random_network(config, (23, 19, 10), seed, beats=(1, 2))
    stimulus = block_stimulus(network, random_activations(config, 23, 1, seed), seed)
    illegal = illegal_programs(plan(network, trace=True), np.random.default_rng(seed))
    run_tiles(
        config,
        stimulus,
        "refused",
        bench="zskip.verif.common.tb_tiles",
        **tile_variables(ENGINE.stream, illegal[::3]),
    )


def test_from_power_up(block: Blocks, run_tiles: RunTiles) -> None:
    config, stimulus = block(streamed=1)
    run_tiles(config, stimulus, "", bench="zskip.verif.common.tb_power_up")


@pytest.mark.every(3)
@pytest.mark.parametrize(
    "changes",
    [
        {"pe_count": 1, "weight_depth": 1},
        {"n": 3, "m": 8, "weight_bits": 4, "weight_depth": 5},
        {"n": 5, "m": 16, "weight_bits": 16, "weight_depth": 6},
    ],
    ids=str,
)
def test_configurations(changes: dict[str, int], run_tiles: RunTiles, seed: int) -> None:
    config = NAMED["tiny"].replace(streamed=1, **changes)
    network = random_network(config, (30, 21, 9), seed, beats=(1, config.max_beats))
    stimulus = block_stimulus(network, random_activations(config, 30, 2, seed), seed)
    run_tiles(config, stimulus, "vectors_one_after_the_other/idle=never/.*quiet=always")


def test_cycles_of_a_run(run_tiles: RunTiles, seed: int) -> None:
    """The words of the weights alone tell the cycles, within 5 %."""
    config = NAMED["tiny"].replace(
        pe_count=8, streamed=1, weight_depth=64, vector_depth=128, pass_count=2
    )
    network = random_network(config, (128, 128, 10), seed)
    program = plan(network)
    assert program.passes[0].beat_count >= 4 * 2 * config.weight_depth
    inputs = random_activations(config, 128, 2, seed)
    stimulus = block_stimulus(network, inputs, seed, trace=False)
    run_tiles(
        config,
        stimulus,
        "cycles_of_a_run",
        bench="zskip.verif.common.tb_tiles",
        limits=[1.05 * program.weights.size] * 2,
    )


def test_parity(run_tiles: RunTiles, seed: int) -> None:
    config = NAMED["tiny"].replace(streamed=1, weight_depth=9, parity=1)
    network = random_network(config, (20, 8, 4), seed)
    inputs = random_activations(config, 20, 1, seed)
    mark = (pass_words(config) * (len(network.layers) - 1), LAST.low)
    run_tiles(
        config,
        block_stimulus(network, inputs, seed, trace=False),
        "a_run_without_an_end",
        bench="zskip.verif.common.tb_tiles",
        **tile_variables(ENGINE.stream, [], mark),
    )


@pytest.mark.parametrize(
    ("only", "count"),
    [
        ("vectors_one.*send=seldom|aborts", 20),
        pytest.param("bad_traffic|aborts", 2000, marks=pytest.mark.slow),
    ],
)
def test_behind_axi(only: str, count: int, block: Blocks, axi: Callable[..., None]) -> None:
    config, stimulus = block(streamed=1)
    axi(
        HARDWARE,
        config,
        stimulus,
        block_memories(config),
        simulator=Simulator.VERILATOR,
        count=count,
        only=only,
    )


def test_packets_cut_behind_axi(block: Blocks, axi: Callable[..., None]) -> None:
    config, stimulus = block(streamed=1)
    axi(
        HARDWARE,
        config,
        stimulus,
        block_memories(config),
        simulator=Simulator.VERILATOR,
        count=20,
        bench="zskip.verif.common.tb_axi_tiles",
    )
