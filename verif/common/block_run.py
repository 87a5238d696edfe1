"""Runs of the bench of a whole block."""

from pathlib import Path
from typing import Any

from zskip.verif.common.bench import Design, run_bench
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator

BENCH = "zskip.verif.common.tb_block"
"""Bench that runs inside the simulator."""


def run_block(
    design: Design,
    stimulus: BlockStimulus,
    *,
    simulator: Simulator,
    seed: int,
    folder: Path,
    repeat: str,
    only: str = "",
    bench: str = BENCH,
    **more: Any,
) -> None:
    """Run the bench of a whole block.

    Parameters
    ----------
    design : Design
        A block with the ports that the blocks of all engines have.
    stimulus : BlockStimulus
        What to send and to expect.
    simulator : Simulator
        What to run in.
    seed : int
        Seed of everything random in the bench.
    folder : pathlib.Path
        Where stimulus, log and waveform are left.
    repeat : str
        What to type to repeat the run.
    only : str, optional
        Regular expression of the tests to run; all by default.
    bench : str
        Bench that knows the ports of the design.
    **more
        What else to tell it.

    Raises
    ------
    RunFailure
        The bench failed; the message says how to repeat it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "stimulus.json"
    stimulus.save(path)
    run_bench(
        design,
        bench,
        simulator=simulator,
        stimulus={"path": str(path), **more},
        seed=seed,
        folder=folder,
        repeat=repeat,
        only=only,
    )
