"""The array with streamed weights; oracles: its golden model, and the words of its tiles."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from zskip.hw.eie.engine import ENGINE as HARDWARE
from zskip.hw.eie.names import TOP_MODULE
from zskip.hw.eie.verilog import array_verilog
from zskip.model.common.bitfields import unpack
from zskip.model.common.stream import ErrorCode
from zskip.model.eie.config import TINY, Config
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.packets import TILE, TILE_WORD
from zskip.model.eie.passes import PASS_WORD_0, pass_words
from zskip.model.eie.program import plan
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.block_stimulus import BlockStimulus, RefusedRun, Words
from zskip.verif.common.simulator import Simulator
from zskip.verif.common.tile_stimulus import tile_variables, tiles_of, with_end
from zskip.verif.eie.block_stimulus import block_memories, block_stimulus
from zskip.verif.eie.stimulus import random_activations, random_network

Blocks = Callable[[str], tuple[Config, BlockStimulus]]

SOME = (
    "vectors_one_after_the_other/idle=(never/.*quiet=never|seldom)|reset_in_the_middle/where=run|"
    "start_held|start_too_early/lack=(last|packet)|refused_programs"
)
"""Tests of the bench of a block that differ where weights are streamed."""

LAST = next(field for field in PASS_WORD_0 if field.name == "last")
"""The mark of the last pass."""


def beyond_their_layer(words: Words) -> list[RefusedRun]:
    """Return tiles the first of which ends behind the inputs of its layer, or has none of them."""
    ends = [tile[-1][1] for tile in tiles_of(words, TILE)]
    fields = [unpack(TILE_WORD, word) for word in ends]
    changes = {"end": max(each["end"] for each in fields) + 1}, {"first": fields[0]["end"]}
    return [
        (with_end(words, ENGINE.stream, 0, TILE_WORD, **change), 0, int(ErrorCode.TILE))
        for change in changes
    ]


@pytest.mark.parametrize(
    ("bench", "only"),
    [
        ("zskip.verif.common.tb_block", SOME),
        ("zskip.verif.common.tb_tiles", "refused|another|in_front|in_a_tile"),
    ],
)
def test_a_layer_four_times_as_large(
    bench: str, only: str, block: Blocks, seed: int, repeat: str, tmp_path: Path
) -> None:
    config, stimulus = block("streamed")
    run_block(
        Design(verilog=array_verilog(config), top=TOP_MODULE),
        stimulus,
        simulator=Simulator.VERILATOR,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
        bench=bench,
        only=only,
        **tile_variables(ENGINE.stream, beyond_their_layer(stimulus.tiles)),
    )


@pytest.mark.parametrize("switches", [{"grouped_pointers": 1}, {"lanes": 2}, {"pe_count": 1}])
def test_with_switches(switches: dict[str, int], seed: int, repeat: str, tmp_path: Path) -> None:
    config = TINY.replace(
        **({"streamed": 1, "register_depth": 12, "spmat_depth": 30, "pointer_depth": 64} | switches)
    )
    network = random_network(config, (60, 40, 9), 0.3, seed)
    activations = random_activations(60, 2, seed)
    run_block(
        Design(verilog=array_verilog(config), top=TOP_MODULE),
        block_stimulus(network, activations, seed, faults=False),
        simulator=Simulator.VERILATOR,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
        only="vectors_one_after_the_other/idle=never/.*quiet=always",
    )


def test_cycles_of_a_run(seed: int, repeat: str, tmp_path: Path) -> None:
    """The stream limits a run with few inputs that are not zero, the array one with all."""
    config = TINY.replace(streamed=1, spmat_depth=128, pointer_depth=128, activation_depth=128)
    network = random_network(config, (512, 250), 0.5, seed)
    words = network.layers[0].matrix.pointers[:, -1].max() / config.entries_per_word
    assert words > 4 * 2 * config.spmat_depth
    activations = np.ones((2, 512), dtype=np.int64)
    activations[0, np.arange(512) % 16 > 0] = 0
    stimulus = block_stimulus(network, activations, seed, faults=False)
    first_tile = 4 * (config.spmat_depth + config.pointer_words + 10)
    run_block(
        Design(verilog=array_verilog(config), top=TOP_MODULE),
        stimulus,
        simulator=Simulator.VERILATOR,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
        bench="zskip.verif.common.tb_tiles",
        only="cycles_of_a_run",
        limits=[1.05 * len(stimulus.tiles), 1.02 * sum(stimulus.cycles[1]) + first_tile],
    )


def test_parity(seed: int, repeat: str, tmp_path: Path) -> None:
    config = TINY.replace(pe_count=2, streamed=1, parity=1, spmat_depth=16, pointer_depth=32)
    network = random_network(config, (20, 8, 4), 0.5, seed)
    run_block(
        Design(verilog=array_verilog(config), top=TOP_MODULE),
        block_stimulus(network, random_activations(20, 1, seed), seed, faults=False, trace=False),
        simulator=Simulator.ICARUS,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
        bench="zskip.verif.common.tb_tiles",
        only="a_run_without_an_end",
        **tile_variables(
            ENGINE.stream, [], (pass_words(config) * (len(plan(network).passes) - 1), LAST.low)
        ),
    )


@pytest.mark.parametrize(
    ("bench", "only"),
    [
        ("zskip.verif.common.tb_axi", "vectors_one.*send=seldom|aborts"),
        ("zskip.verif.common.tb_axi_tiles", ""),
    ],
)
def test_behind_axi(bench: str, only: str, block: Blocks, axi: Callable[..., None]) -> None:
    config, stimulus = block("streamed")
    axi(
        HARDWARE,
        config,
        stimulus,
        block_memories(config),
        simulator=Simulator.VERILATOR,
        count=20,
        only=only,
        bench=bench,
    )
