"""A processing element; oracle: `zskip.model.eie.pe.pipeline` and the units behind it."""

import pytest

from zskip.hw.eie.pe.pipeline import Pipeline
from zskip.model.eie.config import TINY, Config
from zskip.verif.eie.unit_run import UnitRun

CONFIGS = {
    "4 PEs, 24-bit sums": TINY.replace(acc_bits=24, register_depth=16, spmat_depth=64),
    "1 PE, queue of 1, 1 entry of 2+2 bits": TINY.replace(
        pe_count=1,
        queue_depth=1,
        entries_per_word=1,
        weight_bits=2,
        run_bits=2,
        register_depth=12,
    ),
    "16 PEs, queue of 2, 4 entries of 8+8 bits": TINY.replace(
        pe_count=16,
        queue_depth=2,
        entries_per_word=4,
        weight_bits=8,
        run_bits=8,
        register_depth=9,
        acc_bits=48,
    ),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_pipeline(run_unit: UnitRun, config: Config) -> None:
    run_unit(Pipeline(config), "tb_pipeline", config)
