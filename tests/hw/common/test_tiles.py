"""The memory and the queue of tiles; oracles: lists of words and of tiles."""

import pytest

from zskip.hw.common.tile_memory import TileMemory
from zskip.hw.common.tile_queue import TileQueue
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize(("width", "depth"), [(64, 37), (18, 1)])
def test_tile_memory(run_unit: UnitRun, width: int, depth: int) -> None:
    run_unit(TileMemory(width=width, depth=depth), "tb_tile_memory", width=width, depth=depth)


def test_tile_queue(run_unit: UnitRun) -> None:
    run_unit(TileQueue(), "tb_tile_queue")
