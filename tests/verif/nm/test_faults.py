"""Seeded faults in the RTL of the N:M array: the bench of the block finds each one."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.verif.seeded import check_patterns, with_fault
from zskip.hw.nm.names import TOP_MODULE
from zskip.hw.nm.vectors import Vectors
from zskip.hw.nm.verilog import array_verilog
from zskip.model.common.errors import RunFailure
from zskip.model.nm.config import NAMED, Config
from zskip.verif.common.bench import unit_design
from zskip.verif.common.block_run import BENCH
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

Array = tuple[Config, BlockStimulus]

RESULTS = "vectors_one_after_the_other/idle=never/.*quiet=always"
REFUSED = "refused_programs"

FAULTS = {
    "a position is off by one": (
        r"positions\[1\] \? x\[47:32\]",
        "positions[1] ? x[63:48]",
        RESULTS,
    ),
    "a group takes the one before": (r"x\[127:112\]", "x[63:48]", RESULTS),
    "a product has no sign": (r"\{product_1\[\d+\], product_1\}", "{1'h0, product_1}", RESULTS),
    "outputs go on from the one before": (r"from_bias \? bias__r_data : value", "value", RESULTS),
    "every output has the first bias": (r"number \+ 6'h1", "number", RESULTS),
    "biases go on from the run before": (r"rows__rewind = 1'h1", "rows__rewind = 1'h0", RESULTS),
    "the last beat is not added": (r"if \(adding\)", "if (adding & ~ending)", RESULTS),
    "half of the shift is not added": (r" \+ \{1'h0, rounding\}", "", RESULTS),
    "the halves keep their roles": (r"half \^ word_0\[41\]", "half", RESULTS),
    "outputs over all of a row": (r"8'h3 << \{block\[1:0\], 1'h0\}", "8'hff", RESULTS),
    "outputs behind those of the pass before": (
        r"(if \(commands__restart\) begin\s+block <= )5'h0",
        r"\1block",
        RESULTS,
    ),
    "odd codes have the value in front": (r"(codebook\[\{word\[3):0\], 4", r"\1:1], 5", RESULTS),
    "no saturation is counted": (
        r"(saturations_event <= )write_back__o_saturated",
        r"\g<1>1'h0",
        RESULTS,
    ),
    "no overflow is counted": (r"(overflows_event <= )overflow", r"\g<1>1'h0", RESULTS),
    "overflows of the last row are not told": (r"\|\{row_1__overflow, ", "|{1'h0, ", RESULTS),
    "all rows take all weights": (
        r"\(load__target == 2'h0\) & \(load__pe == pe\)",
        "1'h1",
        RESULTS,
    ),
    "a pass ends one cycle early": (r"settle == 4'h8", "settle == 4'h7", RESULTS),
    "equal positions are legal": (r"positions\[7:6\] <= ", "positions[7:6] < ", REFUSED),
    "illegal positions are ignored": (r"illegal <= .*;", "illegal <= 1'h0;", REFUSED),
    "the last row may be illegal": (r"\|\{row_1__illegal, ", "|{1'h0, ", REFUSED),
    "a pass with illegal positions sends": (r"if \(failed\) begin", "if (1'h0) begin", REFUSED),
    "a failure stays": (r"failed <= 1'h0;(\s+number <= )", r"\1", REFUSED),
    "weights may come from anywhere": (r"exhausted <= 1'h1", "exhausted <= 1'h0", REFUSED),
    "a pass without outputs": (r"\(program_memory__word_0\[15:0\] == 16'h0\)", "1'h0", REFUSED),
}
"""What to look for in the Verilog, what to put in its place, and the test that finds it."""


@pytest.fixture(scope="module")
def array(block: Callable[..., Array]) -> Array:
    """Two rows of four multipliers with shared weights."""
    return block(groups=2, weight_bits=4)


def check(verilog: str, array: Array, only: str, seed: int, folder: Path) -> None:
    """Run tests of the bench of the block, without a second run for a waveform."""
    path = folder / "stimulus.json"
    array[1].save(path)
    compiled = build(verilog, top=TOP_MODULE, simulator=Simulator.ICARUS, cache=folder)
    variables = stimulus_variables({"path": str(path)}) | {"COCOTB_MAX_FAILURES": "1"}
    run(compiled, BENCH, folder=folder, seed=seed, variables=variables, only=only)


def test_every_fault_has_a_place(array: Array) -> None:
    check_patterns(array_verilog(array[0]), FAULTS.values())


@pytest.mark.every(4)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(fault: str, array: Array, seed: int, tmp_path: Path) -> None:
    pattern, replacement, only = FAULTS[fault]
    faulty = with_fault(array_verilog(array[0]), pattern, replacement)
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but 1 of "):
        check(faulty, array, only, seed, tmp_path)


def test_without_a_fault_nothing_is_found(array: Array, seed: int, tmp_path: Path) -> None:
    check(array_verilog(array[0]), array, f"{RESULTS}|{REFUSED}", seed, tmp_path)


def test_inputs_behind_the_vector_are_found(seed: int, tmp_path: Path) -> None:
    """No weight of the compiler stands there, so the bench of the unit must find them."""
    config = NAMED["tiny"].replace(activation_bits=16)
    text = unit_design(Vectors(config)).verilog
    faulty = with_fault(text, r"behind\[\d\] \? 16'h0 :", "1'h0 ? 16'h0 :")
    variables = stimulus_variables({"config": asdict(config)})
    bench = "zskip.verif.nm.tb_vectors"

    def check(verilog: str) -> None:
        compiled = build(verilog, top="Vectors", simulator=Simulator.ICARUS, cache=tmp_path)
        run(compiled, bench, folder=tmp_path, seed=seed, variables=variables, only="every_length")

    check(text)
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but 1 of "):
        check(faulty)
