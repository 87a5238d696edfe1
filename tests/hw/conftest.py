"""How the tests of the units run their benches."""

from pathlib import Path

import pytest

from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.unit_run import UnitRun


@pytest.fixture(params=list(Simulator), ids=str)
def simulator(request: pytest.FixtureRequest) -> Simulator:
    """Every test of a unit runs in each simulator."""
    return request.param


@pytest.fixture
def run_unit(simulator: Simulator, seed: int, repeat: str, tmp_path: Path) -> UnitRun:
    """Give what runs the bench of a unit of the EIE array."""
    return UnitRun(simulator=simulator, seed=seed, folder=tmp_path, repeat=repeat)
