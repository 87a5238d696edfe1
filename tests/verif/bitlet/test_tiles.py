"""The array with streamed weights; oracles: its golden model, and the words of its tiles."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from zskip.hw.bitlet.engine import ENGINE as HARDWARE
from zskip.hw.bitlet.names import TOP_MODULE
from zskip.hw.bitlet.verilog import array_verilog
from zskip.model.bitlet.config import NAMED, Config
from zskip.model.bitlet.engine import ENGINE
from zskip.model.bitlet.passes import PASS_WORDS
from zskip.model.bitlet.program import plan
from zskip.model.common.passes import PASS_WORD_0
from zskip.verif.bitlet.block_stimulus import block_memories, block_stimulus
from zskip.verif.bitlet.networks import random_activations, random_network
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator
from zskip.verif.common.tile_stimulus import tile_variables, wrong_ends

Blocks = Callable[..., tuple[Config, BlockStimulus]]
RunTiles = Callable[..., None]

SMALL = NAMED["tiny"].replace(lanes=4, float_bits=0, acc_bits=24, streamed=1, weight_depth=7)

SOME = (
    "vectors_one_after_the_other/idle=(never/.*quiet=never|seldom)|reset_in_the_middle/where=run|"
    "start_held|start_too_early/lack=(last|packet)|refused_programs"
)
"""Tests of the bench of a block that differ where weights are streamed."""

FREE = "vectors_one_after_the_other/idle=(never|seldom)/.*quiet=always"

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


def test_tiles(block: Blocks, run_tiles: RunTiles) -> None:
    config, stimulus = block(streamed=1)
    run_tiles(
        config,
        stimulus,
        "refused|another|in_front|in_a_tile",
        bench="zskip.verif.common.tb_tiles",
        **tile_variables(ENGINE.stream, wrong_ends(stimulus.tiles, ENGINE.stream, 2)),
    )


def test_from_power_up(block: Blocks, run_tiles: RunTiles) -> None:
    config, stimulus = block(streamed=1)
    run_tiles(config, stimulus, "", bench="zskip.verif.common.tb_power_up")


@pytest.mark.every(3)
@pytest.mark.parametrize(
    ("changes", "precisions"),
    [
        ({"pe_count": 1, "weight_depth": 1, "run_ahead": 2}, ("int5",)),
        ({"segments": 2, "banks": 1}, ("int3", "int5")),
        ({"lanes": 12, "float_bits": 16}, ("fp16",)),
    ],
    ids=str,
)
def test_configurations(
    changes: dict[str, int], precisions: Sequence[str], run_tiles: RunTiles, seed: int
) -> None:
    config = SMALL.replace(**changes)
    network = random_network(config, (30, 21, 9), seed, precisions=precisions)
    stimulus = block_stimulus(network, random_activations(network, 2, seed), seed)
    run_tiles(config, stimulus, FREE)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{"pe_count": 8, "load_pairs": 1}, {"pe_count": 1}], ids=str)
def test_cycles_of_a_run(changes: dict[str, int], run_tiles: RunTiles, seed: int) -> None:
    """The words of the weights alone tell the cycles, within 5 %; or the cycles of computing do."""
    config = SMALL.replace(weight_depth=64, vector_depth=128, bias_depth=256, **changes)
    network = random_network(config, (64, 128, 10), seed)
    program = plan(network)
    assert program.weights.shape[1] >= 4 * 2 * config.weight_depth
    inputs = random_activations(network, 2, seed)
    stimulus = block_stimulus(network, inputs, seed, trace=False)
    run_tiles(
        config,
        stimulus,
        "cycles_of_a_run",
        bench="zskip.verif.common.tb_tiles",
        limits=[1.05 * max(program.weights.size, sum(each)) for each in stimulus.cycles],
    )


def test_parity(run_tiles: RunTiles, seed: int) -> None:
    config = SMALL.replace(parity=1)
    network = random_network(config, (20, 8, 4), seed)
    mark = (PASS_WORDS * (len(network.layers) - 1), LAST.low)
    run_tiles(
        config,
        block_stimulus(network, random_activations(network, 1, seed), seed, trace=False),
        "a_run_without_an_end",
        bench="zskip.verif.common.tb_tiles",
        **tile_variables(ENGINE.stream, [], mark),
    )


@pytest.mark.parametrize(
    ("only", "count"),
    [
        pytest.param("vectors_one.*send=seldom|aborts", 20, marks=pytest.mark.slow),
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
