"""Runs back to back behind AXI; oracles: the golden model, and the cycles of the cycle model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.verif.seeded import check_patterns, with_fault
from zskip.hw.common.axi_top import axi_module, axi_verilog
from zskip.hw.eie.engine import ENGINE as HARDWARE
from zskip.model.common.back_to_back import interval
from zskip.model.common.errors import RunFailure
from zskip.model.common.identity import constants
from zskip.model.eie.back_to_back import sending_cycles
from zskip.model.eie.config import TINY, Config
from zskip.model.eie.engine import ENGINE
from zskip.verif.common.axi_run import AHEAD_BENCH, BENCH, ONE_AT_A_TIME
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables
from zskip.verif.eie.block_stimulus import block_memories, block_stimulus, overflowing_activations
from zskip.verif.eie.stimulus import random_network

CONFIG = TINY.replace(pe_count=4, register_depth=10, double_input=1)
SIZES = (43, 39, 10)

FAULTS = {
    "a third run is started": (r"runs != 2'h2", "runs != 2'h3", "refused"),
    "one run at a time": (r"runs != 2'h2", "runs == 2'h0", "cycles"),
    "packets wait for the end of a run": (
        r"(2'h1: hold = wait_1 == 4'h7;)",
        r"\1 2'h0: hold = runs != 2'h0;",
        "cycles",
    ),
    "an end is not counted": (r"\{1'h0, ends\}", "{1'h0, ends & runs[0]}", "cycles"),
    "an abort leaves runs": (r"(if \(abort\) begin\s+)runs <= 2'h0;", r"\1", "aborts"),
    "the end of another run is told": (r"done <= runs == 2'h1", "done <= 1'h1", "never"),
    "no overflow is told": (r"overflow <= wrapped", "overflow <= 1'h0", "a_program|never"),
    "a wrong packet ends the runs": (r"settle <= running \? 4'h0 : ", "settle <= ", "early"),
    "cycles are those of all runs": (
        r"(run_cycles <= cycles \+ 32'h1;\s+)cycles <= 32'h0;",
        r"\1cycles <= cycles + 32'h1;",
        "cycles",
    ),
    "an end stops the total": (r"counting = running \| starts", "counting = starts", "cycles"),
    "a refused run has no end": (r"if \(refused & \(running", "if (1'h0 & (running", "refused"),
}
"""What to look for in the Verilog, what to put in its place, and the test that finds it."""


def given(config: Config, seed: int) -> tuple[BlockStimulus, int, int]:
    """Return a stimulus, and the interval and the latency of its first input vector."""
    network = random_network(config, SIZES, 0.5, seed, 32767)
    activations = overflowing_activations(network, 4, seed)
    model = ENGINE.run(network, activations[:1])
    passes = [entry for layer in ENGINE.timing(network, model) for entry in layer]
    cycles = np.stack([entry["cycles"] for entry in passes])
    stimulus = block_stimulus(network, activations, seed, trace=False)
    return stimulus, int(interval(cycles)[0]), int(cycles.sum()) + sending_cycles(SIZES[-1], config)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pe_count", "count", "bench", "only"),
    [(4, 20, AHEAD_BENCH, ""), (1, 100, AHEAD_BENCH, ""), (4, 40, BENCH, ONE_AT_A_TIME)],
)
def test_every_scenario(
    pe_count: int, count: int, bench: str, only: str, seed: int, axi: Callable[..., None]
) -> None:
    config = CONFIG.replace(pe_count=pe_count)
    stimulus, apart, latency = given(config, seed)
    axi(
        HARDWARE,
        config,
        stimulus,
        block_memories(config),
        simulator=Simulator.VERILATOR,
        count=count,
        bench=bench,
        only=only,
        interval=apart,
        latency=latency,
    )


def check(verilog: str, only: str, seed: int, folder: Path) -> None:
    """Run some tests of the bench, without a second run for a waveform."""
    stimulus, apart, latency = given(CONFIG, seed)
    path = folder / "stimulus.json"
    stimulus.save(path)
    compiled = build(verilog, top=axi_module(HARDWARE), simulator=Simulator.ICARUS, cache=folder)
    known = {
        "path": str(path),
        "interval": apart,
        "latency": latency,
        "count": 20,
        "memories": [[int(key), *of] for key, of in block_memories(CONFIG).items()],
        "pe_count": CONFIG.pe_count,
        "values": dict(constants(CONFIG)),
    }
    variables = stimulus_variables(known) | {"COCOTB_MAX_FAILURES": "1"}
    run(compiled, AHEAD_BENCH, folder=folder, seed=seed, variables=variables, only=only)


def test_every_fault_has_a_place() -> None:
    check_patterns(axi_verilog(HARDWARE, CONFIG), FAULTS.values())


@pytest.mark.every(4)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(fault: str, seed: int, tmp_path: Path) -> None:
    pattern, replacement, only = FAULTS[fault]
    faulty = with_fault(axi_verilog(HARDWARE, CONFIG), pattern, replacement)
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but \d+ of "):
        check(faulty, only, seed, tmp_path)


def test_without_a_fault_nothing_is_found(seed: int, tmp_path: Path) -> None:
    check(axi_verilog(HARDWARE, CONFIG), "cycles|refused", seed, tmp_path)
