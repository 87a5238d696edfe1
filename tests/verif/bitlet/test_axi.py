"""The array behind AXI; oracles: every word of the golden model, and the model of the shell."""

from collections.abc import Callable

import pytest

from zskip.hw.bitlet.engine import ENGINE
from zskip.model.bitlet.config import Config
from zskip.verif.bitlet.block_stimulus import block_memories
from zskip.verif.common.ahead_run import AheadBlock
from zskip.verif.common.axi_run import AHEAD_BENCH, BENCH, ONE_AT_A_TIME
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator

Blocks = Callable[..., tuple[Config, BlockStimulus]]


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
    config, stimulus = block()
    axi(
        ENGINE,
        config,
        stimulus,
        block_memories(config),
        simulator=simulator,
        count=count,
        only=only,
    )


@pytest.mark.parametrize(
    ("simulator", "count", "bench", "only"),
    [
        (Simulator.ICARUS, 20, AHEAD_BENCH, "cycles"),
        (Simulator.ICARUS, 20, AHEAD_BENCH, ""),
        (Simulator.ICARUS, 40, BENCH, ONE_AT_A_TIME),
    ],
)
@pytest.mark.every(3)
def test_back_to_back(
    simulator: Simulator,
    count: int,
    bench: str,
    only: str,
    ahead: Callable[..., AheadBlock],
    axi: Callable[..., None],
) -> None:
    config, stimulus, times = ahead()
    axi(
        ENGINE,
        config,
        stimulus,
        block_memories(config),
        simulator=simulator,
        count=count,
        only=only,
        bench=bench,
        **times._asdict(),
    )
