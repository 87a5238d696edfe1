"""Runs back to back; oracles: the golden model, and the cycles of the cycle model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zskip.hw.nm.names import TOP_MODULE
from zskip.hw.nm.verilog import array_verilog
from zskip.verif.common.ahead_run import AheadBlock
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.simulator import Simulator

Blocks = Callable[..., AheadBlock]

BENCH = "zskip.verif.common.tb_back_to_back"
CASES: dict[str, dict[str, Any]] = {
    "2 rows, three layers": {"sizes": (43, 39, 17, 10)},
    "4 rows, codebook, two layers": {"sizes": (43, 30, 10), "pe_count": 4, "weight_bits": 4},
    "1 row, one layer": {"sizes": (43, 10), "pe_count": 1},
}
SHORT: dict[str, dict[str, Any]] = {
    "loading is the limit": {"sizes": (60, 4), "n": 8, "m": 16, "groups": 4, "pe_count": 4},
    "sending is the limit": {"sizes": (4, 64), "pe_count": 16},
    "sending is longer than the first layer": {"sizes": (4, 16, 64), "pe_count": 16},
}
"""Networks whose runs end before the next start."""


SOME = "cycles|receiver|start|idle=bursts"
"""Tests that run always."""

TIMES = "cycles|one_after"


@pytest.mark.every(10)
@pytest.mark.parametrize(
    ("name", "only"),
    [(next(iter(CASES)), SOME), *((n, "") for n in CASES), *((n, TIMES) for n in SHORT)],
)
def test_every_scenario(
    name: str, only: str, ahead: Blocks, seed: int, repeat: str, tmp_path: Path
) -> None:
    config, stimulus, times = ahead(**(CASES | SHORT)[name])
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
