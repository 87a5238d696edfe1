"""The lane arithmetic; oracle: `zskip.model.eie.pe.arithmetic`."""

import pytest

from zskip.hw.eie.pe.lane_arithmetic import LaneArithmetic
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

CONFIGS = {
    "4 lanes": TINY.replace(lanes=4),
    "8 lanes, 12 rows": TINY.replace(lanes=8, register_depth=12),
    "2 lanes, whole products": TINY.replace(lanes=2, split_products=0),
    "2 lanes, 2 bits, 48-bit sums": TINY.replace(lanes=2, weight_bits=2, acc_bits=48),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_lane_arithmetic(run_unit: UnitRun, config: Config) -> None:
    run_unit(LaneArithmetic(config), "tb_lane_arithmetic", config)
