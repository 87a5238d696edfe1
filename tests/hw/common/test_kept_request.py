"""The kept request; oracle: what was asked for last, and what was taken over."""

from collections.abc import Callable

import pytest

from zskip.hw.common.kept_request import KeptRequest
from zskip.hw.common.request import Request
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
def test_fault_is_found(fault: str, check_fault: Callable[..., None]) -> None:
    unit = KeptRequest(Request(**SIZES))
    check_fault(unit, "zskip.verif.common.tb_kept_request", *FAULTS[fault], **SIZES)
