"""The accumulators; oracle: the rows written since they were cleared."""

import pytest

from zskip.hw.eie.pe.accumulators import Accumulators
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

CONFIGS = {
    "tiny": TINY,
    "12 rows, 24-bit sums": TINY.replace(register_depth=12, acc_bits=24, bias_depth=20),
    "1 row, 48-bit sums": TINY.replace(register_depth=1, acc_bits=48, bias_depth=1),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_accumulators(run_unit: UnitRun, config: Config) -> None:
    run_unit(Accumulators(config), "tb_accumulators", config)
