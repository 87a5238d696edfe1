"""Seeded faults in the units of the shell: the bench of a block behind AXI finds each one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.verif.seeded import check_patterns, with_fault
from zskip.hw.common.axi_top import axi_module, axi_verilog
from zskip.hw.nm.engine import ENGINE
from zskip.model.common.errors import RunFailure
from zskip.model.common.identity import constants
from zskip.model.nm.config import Config
from zskip.verif.common.axi_run import BENCH
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables
from zskip.verif.nm.block_stimulus import block_memories

Blocks = Callable[..., tuple[Config, BlockStimulus]]

FAULTS = {
    "a late end is not told": (r"error <= 4'h9", "error <= 4'h0", "bad_traffic"),
    "what is too long is loaded": (
        r"(error <= 4'h9;\s+)fsm_state <= 2'h1",
        r"\1fsm_state <= 2'h0",
        "bad_traffic",
    ),
    "an early end does not end the packet": (
        r"(error <= 4'h8;\s+)fsm_state <= 2'h2",
        r"\1fsm_state <= 2'h0",
        "bad_traffic",
    ),
    "the beat of an error is the next one": (
        r"beat <= beats",
        "beat <= beats + 32'h1",
        "bad_traffic",
    ),
    "the header of an error is kept by half": (
        r"high <= error_header\[63:32\]",
        "high <= error_header[31:0]",
        "bad_traffic",
    ),
    "dropping ends too early": (r"if \(take & i__payload\[64\]\)", "if (take)", "bad_traffic"),
    "packets cannot be joined": (r" & ~joined", "", "packets_joined"),
    "the next packet does not wait for a run": (
        r"i__ready = o__ready & ~hold",
        "i__ready = 1'h1",
        "next_input",
    ),
    "busy is not told": (
        r"assign busy = \(~\(fsm_state == 2'h0\)\) \| \(runs",
        "assign busy = 1'h0 & (runs",
        "vectors",
    ),
    "a start in the middle of a packet is taken": (
        r"start & ready & ~loading",
        "start & ready",
        "start_in_the_middle",
    ),
    "a start during a run is not told": (r"\(~ready \| loading\)", "loading", "start_while"),
    "an abort resets nothing": (r"reset = wait_1 < 4'h2", "reset = 1'h0", "receiver"),
    "an abort takes data for a header": (
        r"assign drop = abort & loading;\s+assign forget = abort & ~loading",
        "assign drop = 1'h0; assign forget = abort",
        "aborts",
    ),
    "an overflow is not told": (r"overflow <= wrapped", "overflow <= 1'h0", "vectors"),
    "a packet that is cut has no end": (r"ending <= open", "ending <= 1'h0", "receiver"),
    "a register that is read-only is written": (r"refused = 1'h1", "refused = 1'h0", "bad_traffic"),
    "a cause stays": (r"\(~\(w_data & mask_irq_cause\)\)", "32'hffffffff", "bad_traffic|aborts"),
    "a later error replaces the first": (
        r"\(error_code == 4'h0\) & ",
        "",
        "bad_traffic",
    ),
    "an error outlives an abort": (
        r"if \(registers__control\[1\]\)",
        "if (1'h0)",
        "bad_traffic",
    ),
    "the length of an input is not known": (
        r"needs = w_program",
        "needs = 0 & w_program",
        "early",
    ),
    "waits of a stream are not told apart": (
        r"waiting = s_axis_tvalid & ~s_axis_tready",
        "waiting = m_axis_tvalid & ~m_axis_tready",
        "vectors",
    ),
    "beats of results are counted twice": (
        r"(read_beats <= read_beats \+) 32'h1",
        r"\1 32'h2",
        "vectors",
    ),
}
"""What to look for in the Verilog, what to put in its place, and the test that finds it."""

CASES = [
    pytest.param(fault, marks=() if number % 5 == 0 else pytest.mark.slow)
    for number, fault in enumerate(FAULTS)
]


def check(
    block: tuple[Config, BlockStimulus], verilog: str, only: str, seed: int, folder: Path
) -> None:
    """Run some tests of the bench, without a second run for a waveform."""
    config, stimulus = block
    path = folder / "stimulus.json"
    stimulus.save(path)
    compiled = build(verilog, top=axi_module(ENGINE), simulator=Simulator.ICARUS, cache=folder)
    variables = stimulus_variables(
        {
            "path": str(path),
            "count": 30,
            "memories": [[int(key), *memory] for key, memory in block_memories(config).items()],
            "pe_count": config.pe_count,
            "values": dict(constants(config)),
        }
    )
    variables["COCOTB_MAX_FAILURES"] = "1"
    run(compiled, BENCH, folder=folder, seed=seed, variables=variables, only=only)


def test_every_fault_has_a_place(block: Blocks) -> None:
    check_patterns(axi_verilog(ENGINE, block()[0]), FAULTS.values())


@pytest.mark.parametrize("fault", CASES)
def test_fault_is_found(fault: str, block: Blocks, seed: int, tmp_path: Path) -> None:
    pattern, replacement, only = FAULTS[fault]
    given = block()
    faulty = with_fault(axi_verilog(ENGINE, given[0]), pattern, replacement)
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but \d+ of "):
        check(given, faulty, only, seed, tmp_path)


def test_without_a_fault_nothing_is_found(block: Blocks, seed: int, tmp_path: Path) -> None:
    given = block()
    check(given, axi_verilog(ENGINE, given[0]), "bad_traffic|early|next", seed, tmp_path)
