"""The array behind AXI; oracles: every word of the golden model, and the model of the shell."""

from collections.abc import Callable

import pytest

from zskip.hw.eie.engine import ENGINE
from zskip.model.eie.config import Config
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
    axi: Callable[..., None],
) -> None:
    config, stimulus = block("small")
    axi(
        ENGINE,
        config,
        stimulus,
        block_memories(config),
        simulator=simulator,
        count=count,
        only=only,
    )


def test_parity(block: Blocks, axi: Callable[..., None]) -> None:
    config, stimulus = block("parity")
    axi(
        ENGINE,
        config,
        stimulus,
        block_memories(config),
        simulator=Simulator.ICARUS,
        count=0,
        bench="zskip.verif.common.tb_axi_parity",
    )
