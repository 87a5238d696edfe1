"""The column queue; oracle: `zskip.model.eie.pe.column_queue`."""

import pytest

from zskip.hw.eie.pe.column_queue import ColumnQueue
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun

ROUNDS = {"grouped_pointers": 1, "broadcast_rounds": 1}

GROUPS = {**ROUNDS, "broadcast_groups": 1}


@pytest.mark.parametrize("changes", [{}, ROUNDS, GROUPS], ids=("columns", "pages", "groups"))
@pytest.mark.parametrize("column_queue_depth", [1, 5])
def test_column_queue(run_unit: UnitRun, column_queue_depth: int, changes: dict[str, int]) -> None:
    config = TINY.replace(column_queue_depth=column_queue_depth, **changes)
    run_unit(ColumnQueue(config), "tb_column_queue", config)
