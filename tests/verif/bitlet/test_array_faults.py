"""Seeded faults in the RTL of the Bitlet array: the bench of the block finds each one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.verif.seeded import check_patterns, with_fault
from zskip.hw.bitlet.names import TOP_MODULE
from zskip.hw.bitlet.verilog import array_verilog
from zskip.model.bitlet.config import Config
from zskip.model.common.errors import RunFailure
from zskip.verif.common.block_run import BENCH
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

Array = tuple[Config, BlockStimulus]
Fault = tuple[str, str, str]

RESULTS = "vectors_one_after_the_other/idle=never/.*quiet=always"
REFUSED = "refused_programs"

FAULTS = {
    "beats do not wait for the engines": (r"moves = ~valid \| ready", "moves = 1'h1", RESULTS),
    "weights lag behind": (r"address <= address \+ \d+'h1", "address <= address", RESULTS),
    "every round has the first biases": (r"round <= round \+ \d+'h1", "round <= round", RESULTS),
    "a run goes on behind the one before": (r"feed__rewind = 1'h1", "feed__rewind = 1'h0", RESULTS),
    "a group has its neighbour's marks": (r"last <= arriving_last", "last <= is_last", RESULTS),
    "the last beat of a round comes again": (
        r"(if \(is_last\) begin\s+)beat <= 4'h0;",
        r"\1",
        RESULTS,
    ),
    "what lies behind the inputs is taken": (
        r"(inside_4 = \(4'h1 << \S+\)) - 4'h1",
        r"\1",
        RESULTS,
    ),
    "the first block over all of a row": (r"4'h3 << \{block\[0\], 1'h0\}", "4'hf", RESULTS),
    "outputs behind those of the pass before": (
        r"(if \(commands__restart\) begin\s+block <= )\d+'h0",
        r"\1block",
        RESULTS,
    ),
    "the halves keep their roles": (r"half \^ word_0\[41\]", "half", RESULTS),
    "engines do not wait for each other": (r"pe_\d__hold = ~\(.*\)", "pe_0__hold = 1'h0", RESULTS),
    "the last engine is not waited for": (r"&\{pe_1__done, ", "&{1'h1, ", RESULTS),
    "all engines take all weights": (
        r"\(load__target == 2'h0\) & \(load__pe == pe\)",
        "(load__target == 2'h0)",
        RESULTS,
    ),
    "no row is joined": (r"engines__joined = word_1\[34\]", "engines__joined = 1'h0", RESULTS),
    "a pass ends with the first of its rows": (r"row == \(word_1\[34\].*\);", "1'h1;", RESULTS),
    "no saturation is counted": (
        r"(saturations_event <= )core__o_saturated",
        r"\g<1>1'h0",
        RESULTS,
    ),
    "no overflow is counted": (r"(overflows_event <= )core__o_overflows", r"\g<1>2'h0", RESULTS),
    "overflows of the last engine are not told": (r"\|\{pe_1__overflow, ", "|{1'h0, ", RESULTS),
    "counters go on from the pass before": (
        r"restarts <= commands__restart",
        "restarts <= 1'h0",
        RESULTS,
    ),
    "weights may come from anywhere": (r"wrapped <= 1'h1", "wrapped <= 1'h0", REFUSED),
    "a failed pass sends": (r"if \(failed\) begin", "if (1'h0) begin", REFUSED),
    "a failure stays": (r"failed <= 1'h0;(\s+number <= )", r"\1", REFUSED),
    "a pass without outputs": (r"\(program_memory__word_0\[15:0\] == 16'h0\)", "1'h0", REFUSED),
    "floats are taken for integers": (r"word_1\[33:32\] > 2'h0", "word_1[33:32] > 2'h3", REFUSED),
    "more rounds than there are biases": (r"> \d+'h\w+, t\d \|", "> 17'h1ffff, t6 |", REFUSED),
}
"""What to look for in the Verilog, what to put in its place, and the test that finds it."""

APART = {"decoupled": 1, "skew": 1, "load_pairs": 8, "run_ahead": 2}

FAULTS_APART = {
    "a beat comes to some engines": (r"feed__valid & ready", "feed__valid", RESULTS),
    "outputs do not wait": (r"outputs__o__ready = ~hold", "outputs__o__ready = 1'h1", RESULTS),
    "memories go on from the run before": (r"rewind \? \S+ : following", "following", RESULTS),
    "biases of the next group": (r"(ends) & groups__o__payload\[\d+\]", r"\1", RESULTS),
    "there is always a place for a group": (r"\| \(held != 1'h1\)", "| 1'h1", RESULTS),
}
"""The same for engines that are decoupled."""


@pytest.fixture(scope="module")
def array(block: Callable[..., Array]) -> Array:
    """Two engines of two rows of two lanes."""
    return block()


def check(verilog: str, array: Array, only: str, seed: int, folder: Path) -> None:
    """Run tests of the bench of the block, without a second run for a waveform."""
    path = folder / "stimulus.json"
    array[1].save(path)
    compiled = build(verilog, top=TOP_MODULE, simulator=Simulator.ICARUS, cache=folder)
    variables = stimulus_variables({"path": str(path)}) | {"COCOTB_MAX_FAILURES": "1"}
    run(compiled, BENCH, folder=folder, seed=seed, variables=variables, only=only)


def check_fault(fault: Fault, array: Array, seed: int, folder: Path) -> None:
    """Check that the bench fails with a fault."""
    pattern, replacement, only = fault
    faulty = with_fault(array_verilog(array[0]), pattern, replacement)
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but \d+ of "):
        check(faulty, array, only, seed, folder)


def test_every_fault_has_a_place(block: Callable[..., Array]) -> None:
    check_patterns(array_verilog(block()[0]), FAULTS.values())
    check_patterns(array_verilog(block(**APART)[0]), FAULTS_APART.values())


@pytest.mark.every(4)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(fault: str, array: Array, seed: int, tmp_path: Path) -> None:
    check_fault(FAULTS[fault], array, seed, tmp_path)


@pytest.mark.every(4)
@pytest.mark.parametrize("fault", FAULTS_APART)
def test_fault_in_decoupled_engines_is_found(
    fault: str, block: Callable[..., Array], seed: int, tmp_path: Path
) -> None:
    check_fault(FAULTS_APART[fault], block(**APART), seed, tmp_path)


@pytest.mark.parametrize("only", [RESULTS, REFUSED])
def test_without_a_fault_nothing_is_found(
    only: str, array: Array, seed: int, tmp_path: Path
) -> None:
    check(array_verilog(array[0]), array, only, seed, tmp_path)
