"""How the tests of the units run their benches."""

from pathlib import Path

import pytest

from zskip.verif.common.simulator import Simulator
from zskip.verif.common.unit_run import UnitRun


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to the slow tests what compiles a unit of further parameters with Verilator."""
    seen: set[tuple[Path, str]] = set()
    for item in items:
        if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
            continue
        if item.callspec.params.get("simulator") is not Simulator.VERILATOR:
            continue
        name = (item.path, item.originalname)
        if name in seen and item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)
        seen.add(name)


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
