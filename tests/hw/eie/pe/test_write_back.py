"""The write-back; oracle: `zskip.model.common.fixed.write_back`."""

import pytest

from zskip.hw.eie.pe.write_back import WriteBack
from zskip.model.eie.config import TINY
from zskip.verif.eie.unit_run import UnitRun


@pytest.mark.parametrize("acc_bits", [24, 32, 48])
def test_write_back(run_unit: UnitRun, acc_bits: int) -> None:
    config = TINY.replace(acc_bits=acc_bits)
    run_unit(WriteBack(config), "tb_write_back", config)
