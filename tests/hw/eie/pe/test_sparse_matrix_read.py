"""The sparse matrix read; oracle: `zskip.model.eie.pe.sparse_matrix_read`."""

import pytest

from zskip.hw.eie.pe.sparse_matrix_read import SparseMatrixRead
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

DEEP = TINY.replace(register_depth=128)
"""A column may take the whole memory."""

CONFIGS = {
    "free padding, 8 entries of 4+4 bits": DEEP.replace(spmat_depth=12),
    "padding, no column queue, 8 entries of 4+4 bits": DEEP.replace(
        spmat_depth=12, free_padding=0, column_queue_depth=0
    ),
    "free padding, no column queue, 1 entry of 4+1 bits": DEEP.replace(
        entries_per_word=1, run_bits=1, spmat_depth=30, column_queue_depth=0
    ),
    "padding, 2 entries of 2+2 bits, 1 word": DEEP.replace(
        entries_per_word=2, weight_bits=2, run_bits=2, spmat_depth=1, free_padding=0
    ),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_sparse_matrix_read(run_unit: UnitRun, config: Config) -> None:
    run_unit(SparseMatrixRead(config), "tb_sparse_matrix_read", config)
