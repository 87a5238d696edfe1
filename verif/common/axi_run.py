"""Runs of the bench of a block behind AXI."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zskip.hw.common.axi_top import axi_module, axi_verilog
from zskip.hw.common.engine import Hardware
from zskip.model.common.config import EngineConfig
from zskip.model.common.identity import constants
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator

BENCH = "zskip.verif.common.tb_axi"
"""Bench that runs inside the simulator."""

AHEAD_BENCH = "zskip.verif.common.tb_axi_back_to_back"
"""Bench of blocks that keep a start during a run."""

ONE_AT_A_TIME = "vectors|bad_traffic|middle|next_input|joined|aborts|receiver|early"
"""Tests of `BENCH` that start no run during another one."""


def run_axi(
    hardware: Hardware[Any],
    config: EngineConfig,
    stimulus: BlockStimulus,
    memories: Mapping[int, tuple[int, bool]],
    *,
    simulator: Simulator,
    seed: int,
    folder: Path,
    repeat: str,
    count: int,
    only: str = "",
    bench: str = BENCH,
    **more: Any,
) -> None:
    """Run the bench of a block behind AXI.

    Parameters
    ----------
    hardware : Hardware
        The block's.
    config : EngineConfig
        Its configuration.
    stimulus : BlockStimulus
        What to send and to expect.
    memories : mapping of int to (int, bool)
        Words of the memory of each target, and whether each PE has one.
    simulator : Simulator
        What to run in.
    seed : int
        Seed of everything random in the bench.
    folder : pathlib.Path
        Where stimulus, log and waveform are left.
    repeat : str
        What to type to repeat the run.
    count : int
        Wrong packets and accesses to try; a tenth as many aborts.
    only : str, optional
        Regular expression of the tests to run; all by default.
    bench : str
        Bench that runs inside the simulator.
    **more
        What else to tell it.

    Raises
    ------
    RunFailure
        The bench failed; the message says how to repeat it.
    """
    run_block(
        Design(verilog=axi_verilog(hardware, config), top=axi_module(hardware)),
        stimulus,
        simulator=simulator,
        seed=seed,
        folder=folder,
        repeat=repeat,
        only=only,
        bench=bench,
        count=count,
        memories=[[int(target), *memory] for target, memory in memories.items()],
        pe_count=config.pe_count,
        values=dict(constants(config)),
        **more,
    )
