"""The pointer read; oracle: `zskip.model.eie.pe.pointer_read`."""

import pytest

from zskip.hw.eie.pe.pointer_read import PointerRead
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

CONFIGS = {
    "tiny": TINY,
    "one pair": TINY.replace(pe_count=1, pointer_depth=2, spmat_depth=1, entries_per_word=1),
    "not a power of two": TINY.replace(pointer_depth=44, spmat_depth=1000, register_depth=12),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_pointer_read(run_unit: UnitRun, config: Config) -> None:
    run_unit(PointerRead(config), "tb_pointer_read", config)
