"""The central control unit; oracle: the program that it runs."""

import pytest

from zskip.hw.eie.ccu import Ccu
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

SMALL = TINY.replace(register_depth=12, activation_depth=16, pass_count=3)
CONFIGS = {
    "4 PEs": SMALL,
    "4 PEs, double input": SMALL.replace(double_input=1),
    "4 PEs, groups": SMALL.replace(grouped_pointers=1, broadcast_rounds=1, broadcast_groups=1),
    "1 PE, 1 pass of 4 values": SMALL.replace(pe_count=1, pass_count=1, weight_bits=2),
    "16 PEs, 1 row, 2 passes of 64 values": SMALL.replace(
        pe_count=16, register_depth=1, pass_count=2, weight_bits=6, entries_per_word=4
    ),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_ccu(run_unit: UnitRun, config: Config) -> None:
    run_unit(Ccu(config), "tb_ccu", config)
