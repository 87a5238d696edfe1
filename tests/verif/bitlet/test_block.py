"""The whole array at its ports; oracle: every word of the golden and the exact cycle model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zskip.hw.bitlet.names import TOP_MODULE
from zskip.hw.bitlet.verilog import array_verilog
from zskip.model.bitlet.config import Config
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator

Blocks = Callable[..., tuple[Config, BlockStimulus]]

CASES: dict[str, dict[str, Any]] = {
    "2 engines, 2 rows and joined": {},
    "1 engine, one bank": {"pe_count": 1, "banks": 1, "load_pairs": 8},
    "4 engines, two's complement": {"pe_count": 4, "twos_complement": 1, "load_pairs": 1},
    "engines apart": {"pe_count": 4, "load_pairs": 8, "decoupled": 1, "skew": 1, "run_ahead": 2},
    "float16": {"precisions": ("fp16",), "float_bits": 16, "lanes": 12},
    "float32": {"precisions": ("fp32",), "float_bits": 32, "lanes": 24, "segments": 3},
}
FAST = "2 engines, 2 rows and joined"


@pytest.mark.parametrize(
    ("name", "simulator"),
    [
        (FAST, Simulator.ICARUS),
        *(
            pytest.param(name, Simulator.VERILATOR, marks=() if name == FAST else pytest.mark.slow)
            for name in CASES
        ),
    ],
)
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
