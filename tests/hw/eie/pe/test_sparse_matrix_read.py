"""The sparse matrix read; oracle: `zskip.model.eie.pe.sparse_matrix_read`."""

import pytest

from zskip.hw.eie.pe.sparse_matrix_read import SparseMatrixRead
from zskip.model.eie.config import TINY, Config
from zskip.verif.eie.unit_run import UnitRun

CONFIGS = {
    "8 entries of 4+4 bits": TINY.replace(spmat_depth=12),
    "1 entry of 4+4 bits": TINY.replace(entries_per_word=1, spmat_depth=16),
    "2 entries of 2+2 bits": TINY.replace(
        entries_per_word=2, weight_bits=2, run_bits=2, spmat_depth=1
    ),
    "4 entries of 8+8 bits": TINY.replace(
        entries_per_word=4, weight_bits=8, run_bits=8, spmat_depth=5
    ),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_sparse_matrix_read(run_unit: UnitRun, config: Config) -> None:
    run_unit(SparseMatrixRead(config), "tb_sparse_matrix_read", config)
