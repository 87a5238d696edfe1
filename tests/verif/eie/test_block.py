"""The whole array at its ports; oracle: every word of the golden and the exact cycle model."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from zskip.hw.eie.names import TOP_MODULE
from zskip.hw.eie.verilog import array_verilog
from zskip.model.eie.config import TINY, TUNED, Config
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.block_stimulus import block_stimulus, overflowing_activations
from zskip.verif.eie.stimulus import random_network

SOME = "vectors_one_after_the_other/idle=(never/.*quiet=never|seldom)|reset_in_the_middle/where=run"
"""Tests for arrays that take long to load."""

FIRST = "vectors_one_after_the_other/idle=never/.*quiet=always"
"""The test without a pause."""

LARGEST = 32767
"""Weights that make sums leave their range."""


class Runner(NamedTuple):
    """How a test runs the bench."""

    seed: int
    repeat: str
    folder: Path

    def __call__(
        self, config: Config, stimulus: BlockStimulus, simulator: Simulator, only: str = ""
    ) -> None:
        """Run the bench of a block."""
        run_block(
            Design(verilog=array_verilog(config), top=TOP_MODULE),
            stimulus,
            simulator=simulator,
            seed=self.seed,
            folder=self.folder,
            repeat=self.repeat,
            only=only,
        )

    def run_random(self, config: Config, sizes: tuple[int, ...], only: str = "") -> None:
        """Run a network of which every other input vector leaves the range of sums."""
        network = random_network(config, sizes, 0.5, self.seed, LARGEST)
        activations = overflowing_activations(network, 4, self.seed)
        stimulus = block_stimulus(network, activations, self.seed)
        self(config, stimulus, Simulator.VERILATOR, only)


@pytest.fixture
def runner(seed: int, repeat: str, tmp_path: Path) -> Runner:
    return Runner(seed, repeat, tmp_path)


@pytest.mark.parametrize("pe_count", [1, 4])
def test_every_scenario(pe_count: int, runner: Runner) -> None:
    runner.run_random(TINY.replace(pe_count=pe_count, register_depth=10), (23, 19, 10))


@pytest.mark.parametrize(("name", "only"), [("small", ""), ("wide", FIRST), ("deep", FIRST)])
def test_in_icarus(
    name: str, only: str, runner: Runner, block: Callable[[str], tuple[Config, BlockStimulus]]
) -> None:
    runner(*block(name), Simulator.ICARUS, only)


def test_64_pes(runner: Runner) -> None:
    runner.run_random(TUNED, (70, 20, 5), SOME)


@pytest.mark.slow
def test_256_pes(runner: Runner) -> None:
    runner.run_random(TUNED.replace(pe_count=256), (300, 280, 9), SOME)


def test_from_power_up(
    block: Callable[[str], tuple[Config, BlockStimulus]], seed: int, repeat: str, tmp_path: Path
) -> None:
    config, stimulus = block("small")
    run_block(
        Design(verilog=array_verilog(config), top=TOP_MODULE),
        stimulus,
        simulator=Simulator.ICARUS,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
        bench="zskip.verif.common.tb_power_up",
    )
