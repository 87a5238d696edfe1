"""The SRAM module; oracle: an array of words."""

import pytest

from zskip.hw.common.sram import Sram
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize("parity", [0, 1])
@pytest.mark.parametrize(("width", "depth", "lanes"), [(1, 1, 1), (9, 5, 1), (64, 16, 4)])
def test_sram(run_unit: UnitRun, width: int, depth: int, lanes: int, parity: int) -> None:
    sizes = {"width": width, "depth": depth, "lanes": lanes, "parity": parity}
    run_unit(Sram(**sizes), "tb_sram", **sizes)
