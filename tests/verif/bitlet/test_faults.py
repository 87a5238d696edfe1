"""Seeded faults in the RTL of a compute engine: its bench finds each one."""

from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest

from tests.verif.seeded import check_patterns, with_fault
from zskip.hw.bitlet.compute_engine import ComputeEngine
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.model.bitlet.config import NAMED, Config
from zskip.model.common.errors import RunFailure
from zskip.verif.common.bench import Design, unit_design
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

TINY = NAMED["tiny"].replace(lanes=4, float_bits=0)

BENCH = "zskip.verif.bitlet.tb_compute_engine"

FAULTS = {
    "no column is inverted": (r"\^ \{8\{inverted\}\}", "^ 8'h0"),
    "a column of six ones is not inverted": (r"> 4'h4", "> 4'h6"),
    "the sum of a group in every cycle": (r"= opening & inverted;", "= inverted;"),
    "no sum of a group": (r"= opening & inverted;", "= 1'h0;"),
    "picks of an inverted column are added": (
        r"(selector__o\[16\]) \^ \(\|\(inverted & enable\)\)",
        r"\1",
    ),
    "no lane is subtracted": (r"subtracted \? \(-t2\) : t2", "t2"),
    "ones of the group before count": (r"\(beat == 1'h0\) \? 4'h0 : ones_0", "ones_0"),
    "the sum of the group before counts": (r"\(beat == 1'h0\) \? 20'h0 : sum_1", "sum_1"),
    "a sum with another sign": (r"given\[64\] \?", "given[65] ?"),
    "joined rows have signs of their own": (r"if \(joined\)", "if (1'h0)"),
    "joined rows stay apart": (r"joined \? joint__o", "1'h0 ? joint__o"),
    "all lanes are switched on": (r" & \{4\{mask\}\}", ""),
    "a group opens over another": (r" & \(~full \| ends\)", ""),
    "a waiting group is lost": (r"waiting <= \(complete \| waiting\)", "waiting <= complete"),
    "a reset leaves a beat": (r"(if \(rst\) begin\s+)beat <= 1'h0;", r"\1"),
    "nothing is held": (r"done & ~hold", "done"),
    "the last lane is not waited for": (r"&\{lane_3__last, ", "&{1'h1, "),
    "a row ends with the group loaded next": (
        r"loader__ends & closing",
        "loader__ends & ring__last",
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


AHEAD = TINY.replace(run_ahead=3)

FAULTS_AHEAD = {
    "lanes begin the next row": (r"(visible = held) & .*;", r"\1;"),
    "places are not in a ring": (r"\.wrapped\(wrapped\)", ".wrapped(3'h0)"),
    "a full inverted column is skipped": (r" \| \(fresh\[1\] & inverted\[1\]\)", ""),
    "the sum of a group in every cycle": (r"begins = fresh & chosen", "begins = chosen"),
    "the sum of a group that is not inverted": (r"(base__pick = finder__begins) & inverted", r"\1"),
    "a group opens over another": (r" & \(~full \| ends\)", ""),
    "a place is never used": (r"full = &held", "full = &held[1:0]"),
    "two places are picked from together": (
        r"(finder_2__pick & \{8\{)chosen\[2\]",
        r"\1chosen[1]",
    ),
    "a lane waits for all its groups": (
        r"last = \|\(oldest & (last_\d+)\)",
        r"last = &\1",
    ),
}
"""The same for lanes that run ahead."""

CASES = [(TINY, fault) for fault in FAULTS.items()]
CASES += [(AHEAD, fault) for fault in FAULTS_AHEAD.items()]


@cache
def design(config: Config) -> Design:
    """Return a compute engine of two rows of two lanes, with all switches."""
    return unit_design(ComputeEngine(LaneFormat(config=config)))


def check(config: Config, verilog: str, seed: int, folder: Path) -> None:
    """Run the bench up to its first failure, without a second run for a waveform."""
    stimulus = {"config": asdict(config)}
    compiled = build(verilog, top="ComputeEngine", simulator=Simulator.ICARUS, cache=folder)
    variables = stimulus_variables(stimulus) | {"COCOTB_MAX_FAILURES": "1"}
    run(compiled, BENCH, folder=folder, seed=seed, variables=variables)


@pytest.mark.parametrize(("config", "faults"), [(TINY, FAULTS), (AHEAD, FAULTS_AHEAD)])
def test_every_fault_has_a_place(config: Config, faults: dict[str, tuple[str, str]]) -> None:
    check_patterns(design(config).verilog, faults.values())


@pytest.mark.every(4)
@pytest.mark.parametrize(
    ("config", "fault"), CASES, ids=[f"{config.run_ahead}, {name}" for config, (name, _) in CASES]
)
def test_fault_is_found(
    config: Config, fault: tuple[str, tuple[str, str]], seed: int, tmp_path: Path
) -> None:
    faulty = with_fault(design(config).verilog, *fault[1])
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but \d+ of "):
        check(config, faulty, seed, tmp_path)


@pytest.mark.parametrize("config", [TINY, AHEAD], ids=lambda config: config.run_ahead)
def test_without_a_fault_nothing_is_found(config: Config, seed: int, tmp_path: Path) -> None:
    check(config, design(config).verilog, seed, tmp_path)
