"""The run guard; oracle: which words of the input vector have come, and its contract."""

from collections.abc import Callable

import pytest

from zskip.hw.common.run_guard import RunGuard
from zskip.model.common.passes import PASS_WORD_0
from zskip.verif.common.unit_run import UnitRun

INPUTS = next(field for field in PASS_WORD_0 if field.name == "inputs")
SIZES = {"input_words": 6, "program_words": 9}
FAULTS = {
    "a start in an open packet": (r"~open & ", ""),
    "a start without a word": (r"\(loaded != 3'h0\) & ", ""),
    "a word too few": (r"2'h0\} >= needed", "2'h3} >= needed"),
    "too many inputs never start": (r" \| \(needed > 16'h18\)", ""),
    "any word of the program": (r" & \(w_program__address == 4'h0\)", ""),
    "any word of the vector": (r" & \(input_address == \{17'h0, loaded\}\)", ""),
    "the vector of the run before": (r"if \(go\) begin\s+loaded <= 3'h0;", "if (1'h0) begin"),
    "a start that is held": (r"start & ~was & ", "start & "),
    "a start while busy": (r" & ~was & ~busy", " & ~was"),
    "a refused start is not busy": (r"running \| refused", "running"),
    "a refused start is not done": (r"ended \| refused", "ended"),
    "a refused start is no error": (r"else if \(refused\)", "else if (1'h0)"),
    "the last error": (r"if \(first == 4'h0\)", "if (1'h1)"),
    "the loader's error is hidden": (r"if \(load_error != 4'h0\)", "if (1'h0)"),
    "a reset forgets the program": (r"(if \(rst\) begin)", r"\1 needed <= 16'h1;"),
    "a reset keeps the error": (r"(refused <= 1'h0;\s+)first <= 4'h0;(\s+end)", r"\1\2"),
}


AHEAD_FAULTS = {
    "a start that is kept is forgotten": (r"kept <= 1'h1", "kept <= 1'h0"),
    "a start that is kept stays": (r"(if \(go\) begin\s+)kept <= 1'h0;", r"\1"),
    "a kept start begins a run beside another": (r"& ~running;", "& ~(running & ~kept);"),
    "a second start is kept": (r" & ~kept", ""),
    "the bank stays": (r"bank <= ~bank", "bank <= bank"),
    "the bank under way is the next one": (r"bank \^ kept", "bank"),
    "a kept start is not busy": (r" \| kept \| refused", " | refused"),
    "outputs that leave are not busy": (r"running \| sending \| kept", "running | kept"),
    "a refused start in a run ends it": (r"refused & \(~\(running \| sending\)\)", "refused"),
    "a refused start in a run has no end": (r"if \(refused & .*\)", "if (1'h0)"),
    "a start beside the end of a refused one": (r" & ~refused", ""),
}
"""Faults where a start is kept."""


@pytest.mark.parametrize("ahead", [False, True])
def test_run_guard(run_unit: UnitRun, ahead: bool) -> None:
    run_unit(RunGuard(inputs=INPUTS, **SIZES, ahead=ahead), "tb_run_guard", **SIZES, ahead=ahead)


@pytest.mark.every(4)
@pytest.mark.parametrize(
    ("fault", "ahead"), [*((fault, 0) for fault in FAULTS), *((fault, 1) for fault in AHEAD_FAULTS)]
)
def test_fault_is_found(fault: str, ahead: int, check_fault: Callable[..., None]) -> None:
    sizes = {**SIZES, "ahead": bool(ahead)}
    unit = RunGuard(inputs=INPUTS, **sizes)
    faults = AHEAD_FAULTS if ahead else FAULTS
    check_fault(unit, "zskip.verif.common.tb_run_guard", *faults[fault], **sizes)
