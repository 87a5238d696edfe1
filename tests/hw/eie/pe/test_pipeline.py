"""A processing element; oracle: `zskip.model.eie.pe.pipeline` and the units behind it."""

import pytest

from zskip.hw.eie.pe.accumulator_bank import AccumulatorBank
from zskip.hw.eie.pe.accumulator_banks import BANK_MODULE
from zskip.hw.eie.pe.pipeline import Pipeline
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

CONFIGS = {
    "4 PEs, 24-bit sums, 8 entries of 4+1 bits": TINY.replace(
        acc_bits=24, run_bits=1, register_depth=16, activation_depth=64, spmat_depth=256
    ),
    "1 PE of the paper, queue of 1, 1 entry of 2+2 bits": TINY.replace(
        pe_count=1,
        queue_depth=1,
        column_queue_depth=0,
        free_padding=0,
        entries_per_word=1,
        weight_bits=2,
        run_bits=2,
        register_depth=12,
        activation_depth=32,
    ),
    "2 PEs with 2 lanes, 2 banks, in rounds": TINY.replace(
        pe_count=2,
        lanes=2,
        accumulator_banks=2,
        spmat_banks=2,
        broadcast_rounds=1,
        grouped_pointers=1,
        entries_per_word=4,
        register_depth=7,
        activation_depth=16,
    ),
    "2 PEs, in groups, queues of 1 and 2": TINY.replace(
        pe_count=2,
        queue_depth=1,
        column_queue_depth=2,
        grouped_pointers=1,
        broadcast_rounds=1,
        broadcast_groups=1,
        register_depth=12,
        activation_depth=32,
    ),
    "8 PEs, queues of 2 and 1, 4 entries of 5+8 bits": TINY.replace(
        pe_count=8,
        queue_depth=2,
        column_queue_depth=1,
        entries_per_word=4,
        weight_bits=5,
        run_bits=8,
        register_depth=7,
        activation_depth=16,
        acc_bits=48,
    ),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_pipeline(run_unit: UnitRun, config: Config) -> None:
    banks = [(BANK_MODULE, AccumulatorBank(config))] if config.lanes > 1 else []
    run_unit(Pipeline(config), "tb_pipeline", config, *banks)
