"""The arithmetic unit; oracle: `zskip.model.eie.pe.arithmetic`."""

import pytest

from zskip.hw.eie.pe.arithmetic import Arithmetic
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

CONFIGS = {
    "tiny": TINY,
    "2+2 bits, 24-bit sums": TINY.replace(
        weight_bits=2, run_bits=2, acc_bits=24, register_depth=12
    ),
    "8+8 bits, 48-bit sums": TINY.replace(
        weight_bits=8, run_bits=8, entries_per_word=4, acc_bits=48
    ),
    "16-bit sums": TINY.replace(acc_bits=16, register_depth=12),
    "whole products": TINY.replace(split_products=0),
    "4 rows, 1-bit runs": TINY.replace(register_depth=4, run_bits=1),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_arithmetic(run_unit: UnitRun, config: Config) -> None:
    run_unit(Arithmetic(config), "tb_arithmetic", config)
