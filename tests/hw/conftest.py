"""How the tests of the units run their benches."""

from pathlib import Path

import pytest

from zskip.verif.common.simulator import Simulator
from zskip.verif.common.unit_run import UnitRun


@pytest.fixture(params=list(Simulator), ids=str)
def simulator(request: pytest.FixtureRequest) -> Simulator:
    """Every test of a unit runs in each simulator."""
    return request.param


@pytest.fixture
def run_unit(
    request: pytest.FixtureRequest, simulator: Simulator, seed: int, repeat: str, tmp_path: Path
) -> UnitRun:
    """Give what runs the bench of a unit; its package is named like the folder of the test."""
    engine = request.path.relative_to(Path(__file__).parent).parts[0]
    return UnitRun(
        package=f"zskip.verif.{engine}",
        simulator=simulator,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
    )
