"""The word buffer; oracle: `zskip.model.eie.pe.sparse_matrix_read`, without the padding."""

import pytest

from zskip.hw.eie.pe.word_buffer import WordBuffer
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

CONFIGS = {
    "free padding, 8 entries of 4+4 bits": TINY.replace(spmat_depth=12),
    "padding, no column queue, 8 entries of 4+4 bits": TINY.replace(
        spmat_depth=12, free_padding=0, column_queue_depth=0
    ),
    "free padding, no column queue, 8 entries of 2+1 bits": TINY.replace(
        weight_bits=2, run_bits=1, spmat_depth=7, column_queue_depth=0
    ),
    "free padding, no column queue, 1 entry of 4+1 bits": TINY.replace(
        entries_per_word=1, run_bits=1, spmat_depth=30, column_queue_depth=0
    ),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_word_buffer(run_unit: UnitRun, config: Config) -> None:
    run_unit(WordBuffer(config), "tb_word_buffer", config)
