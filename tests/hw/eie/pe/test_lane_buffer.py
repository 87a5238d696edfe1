"""The lane buffer; oracles: `zskip.model.eie.pe.lane_buffer` and the cycle model."""

import pytest

from zskip.hw.eie.pe.lane_buffer import LaneBuffer
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

CONFIGS = {
    "4 lanes, 32 banks, 8 entries of 4+4 bits": TINY.replace(lanes=4, spmat_depth=12),
    "2 lanes, 2 banks, 4 entries of 4+1 bits, 12 rows": TINY.replace(
        lanes=2,
        accumulator_banks=2,
        entries_per_word=4,
        run_bits=1,
        spmat_depth=9,
        register_depth=12,
    ),
    "8 lanes, 8 banks, 8 entries of 2+2 bits": TINY.replace(
        lanes=8, accumulator_banks=8, weight_bits=2, run_bits=2, spmat_depth=12
    ),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_lane_buffer(run_unit: UnitRun, config: Config) -> None:
    run_unit(LaneBuffer(config), "tb_lane_buffer", config)
