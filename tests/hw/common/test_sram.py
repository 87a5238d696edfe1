"""The SRAM module; oracle: an array of words."""

from pathlib import Path

import pytest

from zskip.hw.common.sram import Sram
from zskip.verif.common.bench import run_bench, unit_design
from zskip.verif.common.simulator import Simulator


@pytest.mark.parametrize(("width", "depth", "lanes"), [(1, 1, 1), (9, 5, 1), (64, 16, 4)])
def test_sram(
    simulator: Simulator,
    seed: int,
    repeat: str,
    tmp_path: Path,
    width: int,
    depth: int,
    lanes: int,
) -> None:
    run_bench(
        unit_design(Sram(width=width, depth=depth, lanes=lanes)),
        "zskip.verif.common.tb_sram",
        simulator=simulator,
        stimulus={"width": width, "depth": depth, "lanes": lanes},
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
    )
