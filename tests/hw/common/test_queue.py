"""The queue with fall-through; oracle: a `collections.deque`."""

import pytest

from zskip.hw.common.queue import Queue
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize("tells_alone", [False, True])
@pytest.mark.parametrize(("width", "depth"), [(8, 1), (1, 2), (33, 5)])
def test_queue(run_unit: UnitRun, width: int, depth: int, tells_alone: bool) -> None:
    queue = Queue(width, depth=depth, tells_alone=tells_alone)
    run_unit(queue, "tb_queue", width=width, depth=depth, tells_alone=tells_alone)
