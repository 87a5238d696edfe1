"""Seeded faults in vectors with banks of inputs: the bench of the unit finds each one."""

from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest

import zskip
from tests.verif.seeded import check_patterns, with_fault
from zskip.hw.bitlet.vectors import Vectors as BitletVectors
from zskip.hw.nm.vectors import Vectors as NmVectors
from zskip.model.common.errors import RunFailure
from zskip.verif.common.bench import unit_design
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

UNITS = {"nm": NmVectors, "bitlet": BitletVectors}
FAULTS = {
    "one bank is read": (r"\bbank \? input_1", "1'h0 ? input_1"),
    "every layer reads a bank": (r"commands__fresh \? ", "1'h1 ? "),
    "no layer reads a bank": (r"commands__fresh \? ", "1'h0 ? "),
    "one bank is written": (r"w_bank == 1'h1", "1'h0"),
    "both banks are written": (r"w_bank == 1'h[01]", "1'h1"),
    "the bank goes by the half": (r"(fresh & \()bank ==", r"\1commands__half =="),
    "a half is read in place of a bank": (r" & ~commands__fresh", ""),
    "outputs of the run are shown": (r"commands__half \^ sending", "commands__half"),
    "outputs go to the half of the inputs": (r"commands__half != ", "commands__half == "),
}
"""What to look for in the Verilog, and what to put in its place."""


@cache
def design(engine: str) -> tuple[str, dict[str, str]]:
    """Return the Verilog of the vectors of an engine, and the variables of their bench."""
    config = zskip.config("tiny", engine=engine, double_input=1, vector_depth=32)
    text = unit_design(UNITS[engine](config)).verilog
    return text, stimulus_variables({"config": asdict(config)})


def check(engine: str, verilog: str, seed: int, folder: Path) -> None:
    """Run the bench of the unit, without a second run for a waveform."""
    compiled = build(verilog, top="Vectors", simulator=Simulator.ICARUS, cache=folder)
    variables = design(engine)[1] | {"COCOTB_MAX_FAILURES": "1"}
    bench = f"zskip.verif.{engine}.tb_vector_banks"
    run(compiled, bench, folder=folder, seed=seed, variables=variables)


@pytest.mark.parametrize("engine", UNITS)
def test_every_fault_has_a_place(engine: str) -> None:
    check_patterns(design(engine)[0], FAULTS.values())


@pytest.mark.every(6)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("engine", UNITS)
def test_fault_is_found(engine: str, fault: str, seed: int, tmp_path: Path) -> None:
    pattern, replacement = FAULTS[fault]
    faulty = with_fault(design(engine)[0], pattern, replacement)
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but \d of "):
        check(engine, faulty, seed, tmp_path)


@pytest.mark.parametrize("engine", UNITS)
def test_without_a_fault_nothing_is_found(engine: str, seed: int, tmp_path: Path) -> None:
    check(engine, design(engine)[0], seed, tmp_path)
