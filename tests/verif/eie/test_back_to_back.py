"""Runs back to back; oracles: the golden model, and the cycles of the cycle model."""

from pathlib import Path

import numpy as np
import pytest

from zskip.hw.eie.names import TOP_MODULE
from zskip.hw.eie.verilog import array_verilog
from zskip.model.common.back_to_back import interval
from zskip.model.eie.back_to_back import loading_cycles, sending_cycles
from zskip.model.eie.config import TINY, Config
from zskip.model.eie.engine import ENGINE
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.block_stimulus import block_stimulus, overflowing_activations
from zskip.verif.eie.stimulus import random_network

BENCH = "zskip.verif.common.tb_back_to_back"
SMALL = TINY.replace(pe_count=4, register_depth=10, double_input=1)
CONFIGS = {
    "4 PEs": SMALL,
    "1 PE": SMALL.replace(pe_count=1),
    "8 PEs": SMALL.replace(pe_count=8),
    "2 lanes in rounds": SMALL.replace(lanes=2, broadcast_rounds=1),
}
ALONE = (
    "vectors_one_after_the_other/.*quiet=always|reset_in_the_middle|start_held|start_too_early|"
    "bad_packets|the_first_error|refused_programs"
)
"""Tests of the bench of a block that start no run during another one."""

SIZES = {"two layers": (43, 39, 10), "one layer": (43, 40)}


def run(
    config: Config,
    sizes: tuple[int, ...],
    seed: int,
    repeat: str,
    folder: Path,
    *,
    idle: bool = False,
) -> None:
    """Run the bench; every other input vector overflows, or all are of zeros."""
    network = random_network(config, sizes, 0.5, seed, 32767)
    activations = overflowing_activations(network, 4, seed)
    if idle:
        activations *= 0
    stimulus = block_stimulus(network, activations, seed, trace=False)
    model = ENGINE.run(network, activations[:1])
    timing = [entry for layer in ENGINE.timing(network, model) for entry in layer]
    cycles = np.stack([entry["cycles"] for entry in timing])
    apart = max(*interval(cycles), loading_cycles(sizes[0], len(timing), config) * idle)
    run_block(
        Design(verilog=array_verilog(config), top=TOP_MODULE),
        stimulus,
        simulator=Simulator.VERILATOR,
        seed=seed,
        folder=folder,
        repeat=repeat,
        bench=BENCH,
        only="cycles" if idle else "",
        interval=int(apart),
        latency=int(cycles.sum()) + sending_cycles(sizes[-1], config),
    )


@pytest.mark.every(5)
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_every_scenario(
    config: Config, sizes: tuple[int, ...], seed: int, repeat: str, tmp_path: Path
) -> None:
    run(config, sizes, seed, repeat, tmp_path)


@pytest.mark.parametrize(("pe_count", "sizes"), [(1, (1000, 4)), (4, (1000, 9, 9, 4))])
def test_loading_is_the_limit(
    pe_count: int, sizes: tuple[int, ...], seed: int, repeat: str, tmp_path: Path
) -> None:
    config = SMALL.replace(pe_count=pe_count, activation_depth=1024 // pe_count)
    run(config, sizes, seed, repeat, tmp_path, idle=True)


def test_one_at_a_time(seed: int, repeat: str, tmp_path: Path) -> None:
    config = SMALL.replace(pe_count=2)
    network = random_network(config, (23, 19, 10), 0.5, seed, 32767)
    run_block(
        Design(verilog=array_verilog(config), top=TOP_MODULE),
        block_stimulus(network, overflowing_activations(network, 4, seed), seed),
        simulator=Simulator.VERILATOR,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
        only=ALONE,
    )
