"""The activation queue; oracle: `zskip.model.eie.pe.act_queue`, and that of every queue."""

from dataclasses import replace

import pytest

from zskip.hw.eie.interfaces import activation_layout
from zskip.hw.eie.pe.act_queue import ActQueue
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize("queue_depth", [1, 8])
def test_act_queue(run_unit: UnitRun, queue_depth: int) -> None:
    config = TINY.replace(queue_depth=queue_depth)
    run_unit(ActQueue(config), "tb_act_queue", config)


@pytest.mark.parametrize("queue_depth", [1, 8])
def test_it_is_a_queue(run_unit: UnitRun, queue_depth: int) -> None:
    config = TINY.replace(queue_depth=queue_depth)
    run_queue = replace(run_unit, package="zskip.verif.common")
    width = activation_layout(config).size
    given = {"width": width, "depth": queue_depth, "tells_alone": False}
    run_queue(ActQueue(config), "tb_queue", **given)
