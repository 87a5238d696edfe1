"""The activation queue; oracle: `zskip.model.eie.pe.act_queue`."""

import pytest

from zskip.hw.eie.pe.act_queue import ActQueue
from zskip.model.eie.config import TINY
from zskip.verif.eie.unit_run import UnitRun


@pytest.mark.parametrize("queue_depth", [1, 8])
def test_act_queue(run_unit: UnitRun, queue_depth: int) -> None:
    config = TINY.replace(queue_depth=queue_depth)
    run_unit(ActQueue(config), "tb_act_queue", config)
