"""The activation read/write; oracle: `zskip.model.eie.pe.act_rw`."""

import pytest

from zskip.hw.eie.pe.act_rw import ActRW
from zskip.model.eie.config import TINY, Config
from zskip.verif.eie.unit_run import UnitRun

CONFIGS = {
    "tiny": TINY,
    "12 rows, 24-bit sums, 1 PE": TINY.replace(
        pe_count=1, register_depth=12, acc_bits=24, bias_depth=20
    ),
    "4 rows, 48-bit sums": TINY.replace(register_depth=4, acc_bits=48, bias_depth=4),
    "1 row, 33-bit sums, 16 PEs": TINY.replace(
        pe_count=16, register_depth=1, acc_bits=33, bias_depth=1
    ),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_act_rw(run_unit: UnitRun, config: Config) -> None:
    run_unit(ActRW(config), "tb_act_rw", config)
