"""The grouped pointer read; oracle: `zskip.model.eie.pe.grouped_pointer_read`."""

import pytest

from zskip.hw.eie.pe.grouped_pointer_read import GroupedPointerRead
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.unit_run import UnitRun

GROUPED = TINY.replace(grouped_pointers=1)

CONFIGS = {
    "tiny": GROUPED,
    "words are held": GROUPED.replace(broadcast_rounds=1),
    "broadcasts of groups": GROUPED.replace(broadcast_rounds=1, broadcast_groups=1),
    "one word": GROUPED.replace(pe_count=1, pointer_depth=4, spmat_depth=1, entries_per_word=1),
    "not a power of two": GROUPED.replace(pointer_depth=44, spmat_depth=1000, register_depth=12),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_grouped_pointer_read(run_unit: UnitRun, config: Config) -> None:
    run_unit(GroupedPointerRead(config), "tb_grouped_pointer_read", config)
