"""The kept request; oracle: what was asked for last, and what was taken over."""

import re
from pathlib import Path

import pytest

from zskip.hw.common.kept_request import KeptRequest
from zskip.hw.common.request import Request
from zskip.model.common.errors import RunFailure
from zskip.verif.common.bench import unit_design
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables
from zskip.verif.common.unit_run import UnitRun

SIZES = {"vector_depth": 40, "central_counters": 4}
FAULTS = {
    "nothing is taken over": (r"sending <= 1'h1", "sending <= 1'h0"),
    "what is taken over is sent again": (r"(sent\) begin\s+)sending <= 1'h0", r"\1sending <= 1'h1"),
    "what is taken over is not held": (r"sending \? outputs :", "1'h0 ? outputs :"),
    "the pass of a later request": (r"sending \? pass_index :", "1'h0 ? pass_index :"),
    "the kind of a later request": (r"o__kind = .*;", "o__kind = i__kind;"),
    "done for another request": (r"o__done & \(?~sending\)?", "o__done"),
}


def test_kept_request(run_unit: UnitRun) -> None:
    run_unit(KeptRequest(Request(**SIZES)), "tb_kept_request", **SIZES)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(fault: str, seed: int, tmp_path: Path) -> None:
    design = unit_design(KeptRequest(Request(**SIZES)))
    pattern, replacement = FAULTS[fault]
    text, count = re.subn(pattern, replacement, design.verilog)
    assert count, f"the Verilog has no {pattern}"
    compiled = build(text, top=design.top, simulator=Simulator.ICARUS, cache=tmp_path)
    with pytest.raises(RunFailure, match="must pass"):
        run(
            compiled,
            "zskip.verif.common.tb_kept_request",
            folder=tmp_path,
            seed=seed,
            variables=stimulus_variables(SIZES) | {"COCOTB_MAX_FAILURES": "1"},
        )
