"""The activation read/write; oracle: `zskip.model.eie.pe.act_rw`."""

import pytest

from zskip.hw.eie.pe.act_rw import ActRW
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

CONFIGS = {
    "4 PEs, 16 rows": TINY.replace(activation_depth=16),
    "1 PE, 8 rows": TINY.replace(pe_count=1, activation_depth=8),
    "16 PEs, 4 rows": TINY.replace(pe_count=16, activation_depth=4),
    "4 PEs, 16 rows, in rounds": TINY.replace(activation_depth=16, broadcast_rounds=1),
    "4 PEs, 16 rows, in groups": TINY.replace(
        activation_depth=16, grouped_pointers=1, broadcast_rounds=1, broadcast_groups=1
    ),
    "16 PEs, 4 rows, in groups": TINY.replace(
        pe_count=16, activation_depth=4, grouped_pointers=1, broadcast_rounds=1, broadcast_groups=1
    ),
    "4 PEs, 16 rows, parity": TINY.replace(activation_depth=16, parity=1),
    "4 PEs, 16 rows, banks of inputs": TINY.replace(activation_depth=16, double_input=1),
    "16 PEs, 4 rows, banks of inputs": TINY.replace(
        pe_count=16, activation_depth=4, double_input=1
    ),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_act_rw(run_unit: UnitRun, config: Config) -> None:
    run_unit(ActRW(config), "tb_act_rw", config)
