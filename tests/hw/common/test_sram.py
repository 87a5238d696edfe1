"""The SRAM module; oracle: an array of words."""

import pytest

from zskip.hw.common.sram import Sram
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize(("width", "depth", "lanes"), [(1, 1, 1), (9, 5, 1), (64, 16, 4)])
def test_sram(run_unit: UnitRun, width: int, depth: int, lanes: int) -> None:
    sram = Sram(width=width, depth=depth, lanes=lanes)
    run_unit(sram, "tb_sram", width=width, depth=depth, lanes=lanes)
