"""The whole array at its ports; oracle: every word of the golden and the exact cycle model."""

from collections.abc import Callable
from pathlib import Path

import pytest

from zskip.hw.nm.names import TOP_MODULE
from zskip.hw.nm.verilog import array_verilog
from zskip.model.nm.config import Config
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator

Blocks = Callable[..., tuple[Config, BlockStimulus]]

CASES: dict[str, dict[str, int]] = {
    "2 rows, 2:4": {},
    "1 row, 1:4": {"pe_count": 1, "n": 1},
    "4 rows, dense": {"pe_count": 4, "n": 4},
    "8 rows, 3:8, codebook": {"pe_count": 8, "n": 3, "m": 8, "weight_bits": 4},
    "2 rows, 5:16, wide weights": {"n": 5, "m": 16, "weight_bits": 16},
}


@pytest.mark.parametrize("simulator", Simulator)
@pytest.mark.parametrize("name", CASES)
def test_every_scenario(
    name: str, simulator: Simulator, block: Blocks, seed: int, repeat: str, tmp_path: Path
) -> None:
    config, stimulus = block(**CASES[name])
    run_block(
        Design(verilog=array_verilog(config), top=TOP_MODULE),
        stimulus,
        simulator=simulator,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
    )


def test_from_power_up(block: Blocks, seed: int, repeat: str, tmp_path: Path) -> None:
    config, stimulus = block()
    run_block(
        Design(verilog=array_verilog(config), top=TOP_MODULE),
        stimulus,
        simulator=Simulator.ICARUS,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
        bench="zskip.verif.common.tb_power_up",
    )
