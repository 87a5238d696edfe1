"""The queue with fall-through; oracle: a `collections.deque`."""

from pathlib import Path

import pytest

from zskip.hw.common.queue import Queue
from zskip.verif.common.bench import run_bench, unit_design
from zskip.verif.common.simulator import Simulator


@pytest.mark.parametrize(("width", "depth"), [(8, 1), (1, 2), (33, 5)])
def test_queue(
    simulator: Simulator, seed: int, repeat: str, tmp_path: Path, width: int, depth: int
) -> None:
    run_bench(
        unit_design(Queue(width, depth=depth)),
        "zskip.verif.common.tb_queue",
        simulator=simulator,
        stimulus={"width": width, "depth": depth},
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
    )
