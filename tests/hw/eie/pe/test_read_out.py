"""The read-out of a PE; oracle: `zskip.model.common.stream`."""

import pytest

from zskip.hw.eie.pe.read_out import ReadOut
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize(("pe_count", "parity"), [(1, 0), (2, 1), (8, 0)])
def test_read_out(run_unit: UnitRun, pe_count: int, parity: int) -> None:
    config = TINY.replace(pe_count=pe_count, parity=parity)
    run_unit(ReadOut(config), "tb_read_out", config)
