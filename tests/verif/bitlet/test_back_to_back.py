"""Runs back to back; oracles: the golden model, and the cycles of the cycle model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zskip.hw.bitlet.names import TOP_MODULE
from zskip.hw.bitlet.verilog import array_verilog
from zskip.verif.common.ahead_run import AheadBlock
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.simulator import Simulator

Blocks = Callable[..., AheadBlock]

BENCH = "zskip.verif.common.tb_back_to_back"
CASES: dict[str, dict[str, Any]] = {
    "2 engines, two layers": {},
    "1 engine, one layer": {"sizes": (21, 10), "pe_count": 1, "banks": 1},
    "engines apart": {"pe_count": 4, "load_pairs": 8, "decoupled": 1, "skew": 1, "run_ahead": 2},
    "float32": {"precisions": ("fp32",), "float_bits": 32, "lanes": 24, "segments": 3},
}


SOME = "cycles|receiver|start|idle=bursts"
"""Tests that run always."""


@pytest.mark.every(10)
@pytest.mark.parametrize(("name", "only"), [(next(iter(CASES)), SOME), *((n, "") for n in CASES)])
def test_every_scenario(
    name: str, only: str, ahead: Blocks, seed: int, repeat: str, tmp_path: Path
) -> None:
    config, stimulus, times = ahead(**CASES[name])
    run_block(
        Design(verilog=array_verilog(config), top=TOP_MODULE),
        stimulus,
        simulator=Simulator.ICARUS,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
        bench=BENCH,
        only=only,
        **times._asdict(),
    )
