"""The parity guard; oracle: whether a word of the run under way was wrong."""

from zskip.hw.common.parity_guard import ParityGuard
from zskip.verif.common.unit_run import UnitRun


def test_parity_guard(run_unit: UnitRun) -> None:
    run_unit(ParityGuard(), "tb_parity_guard")
