"""The accumulators in banks; oracles: `zskip.model.eie.pe.accumulators` and wrapped sums."""

import pytest

from zskip.hw.eie.pe.accumulator_bank import AccumulatorBank
from zskip.hw.eie.pe.accumulator_banks import BANK_MODULE, AccumulatorBanks
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

CONFIGS = {
    "4 lanes, 32 banks": TINY.replace(lanes=4),
    "2 lanes, 2 banks, 12 rows, 24-bit sums": TINY.replace(
        lanes=2, accumulator_banks=2, register_depth=12, acc_bits=16, bias_depth=20
    ),
    "8 lanes, 32 banks, 5 rows, 48-bit sums": TINY.replace(
        lanes=8, accumulator_banks=32, register_depth=5, acc_bits=48
    ),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_accumulator_banks(run_unit: UnitRun, config: Config) -> None:
    bank = (BANK_MODULE, AccumulatorBank(config))
    run_unit(AccumulatorBanks(config), "tb_accumulator_banks", config, bank)
