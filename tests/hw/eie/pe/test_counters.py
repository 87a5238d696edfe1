"""The counters of a PE; oracle: sums by `zskip.model.eie.counters`."""

import pytest

from zskip.hw.eie.pe.counters import Counters
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize("gap_bits", [1, 5])
def test_counters(run_unit: UnitRun, gap_bits: int) -> None:
    config = TINY.replace(register_depth=1 << (TINY.run_bits + gap_bits))
    assert config.gap_bits == gap_bits
    run_unit(Counters(config), "tb_counters", config)
