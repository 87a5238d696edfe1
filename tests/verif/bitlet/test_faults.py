"""Seeded faults in the RTL of a compute engine: its bench finds each one."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from zskip.hw.bitlet.compute_engine import ComputeEngine
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.model.bitlet.config import NAMED
from zskip.model.common.errors import RunFailure
from zskip.verif.common.bench import Design, unit_design
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

TINY = NAMED["tiny"].replace(lanes=4, float_bits=0)

BENCH = "zskip.verif.bitlet.tb_compute_engine"

FAULTS = {
    "no column is inverted": (r"\^ \{8\{inverted\}\}", "^ 8'h0"),
    "a column of six ones is not inverted": (r"> 4'h4", "> 4'h6"),
    "the sum of a group in every cycle": (r"\(opening & inverted\) \?", "inverted ?"),
    "no sum of a group": (r"\(opening & inverted\) \?", "1'h0 ?"),
    "picks of an inverted column are added": (r"(selector__o\[16\]) \^ inverted", r"\1"),
    "no lane is subtracted": (r"subtracted \? \(-t2\) : t2", "t2"),
    "ones of the group before count": (r"\(beat == 1'h0\) \? 4'h0 : ones_0", "ones_0"),
    "the sum of the group before counts": (r"\(beat == 1'h0\) \? 20'h0 : sum_1", "sum_1"),
    "a sum with another sign": (r"given\[64\] \?", "given[65] ?"),
    "joined rows have signs of their own": (r"if \(joined\)", "if (1'h0)"),
    "joined rows stay apart": (r"joined \? joint__o", "1'h0 ? joint__o"),
    "all lanes are switched on": (r" & \{4\{mask\}\}", ""),
    "a group opens over another": (r" & \(~open \| ends\)", ""),
    "a waiting group is lost": (r"waiting <= \(complete \| waiting\)", "waiting <= complete"),
    "a reset leaves a beat": (r"(if \(rst\) begin\s+)beat <= 1'h0;", r"\1"),
    "nothing is held": (r"done & ~hold", "done"),
    "the last lane is not waited for": (r"&\{lane_3__last, ", "&{1'h1, "),
    "a row ends with the group loaded next": (
        r"loader__ends & last",
        "loader__ends & loader__last",
    ),
    "a row goes on from the one before": (r"first \? bias : o", "o"),
    "no overflow is told": (r"overflow <= valid", "overflow <= 1'h0"),
    "a lane has the weight of the one before": (
        r"\{terms\[39\], terms\[39:20\], 1'h0\}",
        "{{2{terms[39]}}, terms[39:20]}",
    ),
    "the second beat has the activations of the first": (
        r"<= loader__activations\[127:64\]",
        "<= loader__activations[63:0]",
    ),
}
"""What to look for in the Verilog, and what to put in its place."""


@pytest.fixture(scope="module")
def design() -> Design:
    """Two rows of two lanes, with all switches."""
    return unit_design(ComputeEngine(LaneFormat(config=TINY)))


def check(verilog: str, seed: int, folder: Path) -> None:
    """Run the bench up to its first failure, without a second run for a waveform."""
    stimulus = {"config": asdict(TINY)}
    compiled = build(verilog, top="ComputeEngine", simulator=Simulator.ICARUS, cache=folder)
    variables = stimulus_variables(stimulus) | {"COCOTB_MAX_FAILURES": "1"}
    run(compiled, BENCH, folder=folder, seed=seed, variables=variables)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(fault: str, design: Design, seed: int, tmp_path: Path) -> None:
    pattern, replacement = FAULTS[fault]
    faulty, count = re.subn(pattern, replacement, design.verilog)
    assert count
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but \d+ of "):
        check(faulty, seed, tmp_path)


def test_without_a_fault_nothing_is_found(design: Design, seed: int, tmp_path: Path) -> None:
    check(design.verilog, seed, tmp_path)
