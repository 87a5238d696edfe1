"""Two banks of the sparse matrix; oracle: `zskip.model.eie.pe.matrix_banks`."""

import pytest

from zskip.hw.eie.pe.matrix_banks import MatrixBanks
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

BANKS = TINY.replace(lanes=2, spmat_banks=2, register_depth=128)

CONFIGS = {
    "8 entries of 4+4 bits": BANKS.replace(spmat_depth=12),
    "2 entries of 2+2 bits, an odd number of words": BANKS.replace(
        entries_per_word=2, weight_bits=2, run_bits=2, spmat_depth=7
    ),
    "16 entries, 1 word": BANKS.replace(
        entries_per_word=16, weight_bits=2, run_bits=2, spmat_depth=1
    ),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_matrix_banks(run_unit: UnitRun, config: Config) -> None:
    run_unit(MatrixBanks(config), "tb_matrix_banks", config)
