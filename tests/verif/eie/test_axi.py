"""The array behind AXI; oracles: every word of the golden model, and the model of the shell."""

from collections.abc import Callable
from pathlib import Path

import pytest

from zskip.hw.eie.engine import ENGINE
from zskip.model.eie.config import Config
from zskip.verif.common.axi_run import run_axi
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.block_stimulus import block_memories

Blocks = Callable[[str], tuple[Config, BlockStimulus]]


@pytest.mark.parametrize(
    ("simulator", "count", "only"),
    [
        (Simulator.ICARUS, 20, "vectors|joined|aborts"),
        (Simulator.VERILATOR, 80, ""),
        pytest.param(Simulator.VERILATOR, 10_000, "bad_traffic|aborts", marks=pytest.mark.slow),
    ],
)
def test_every_scenario(
    simulator: Simulator,
    count: int,
    only: str,
    block: Blocks,
    seed: int,
    repeat: str,
    tmp_path: Path,
) -> None:
    config, stimulus = block("small")
    run_axi(
        ENGINE,
        config,
        stimulus,
        block_memories(config),
        simulator=simulator,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
        count=count,
        only=only,
    )


def test_parity(block: Blocks, seed: int, repeat: str, tmp_path: Path) -> None:
    config, stimulus = block("small")
    config = config.replace(parity=1)
    run_axi(
        ENGINE,
        config,
        stimulus,
        block_memories(config),
        simulator=Simulator.ICARUS,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
        count=0,
        bench="zskip.verif.common.tb_axi_parity",
    )
