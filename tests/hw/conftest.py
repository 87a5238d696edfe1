"""How the tests of the units run their benches."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from amaranth.lib import wiring

from zskip.model.common.errors import RunFailure
from zskip.verif.common.bench import unit_design
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables
from zskip.verif.common.unit_run import UnitRun


@pytest.fixture(params=list(Simulator), ids=str)
def simulator(request: pytest.FixtureRequest) -> Simulator:
    """Every test of a unit runs in each simulator; `tests/conftest.py` says which are slow."""
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


@pytest.fixture
def check_fault(seed: int, tmp_path: Path) -> Callable[..., None]:
    """Give what checks that the bench of a unit finds a fault in its Verilog."""

    def check(
        unit: wiring.Component, bench: str, pattern: str, replacement: str, **stimulus: Any
    ) -> None:
        design = unit_design(unit)
        head, found, body = design.verilog.rpartition(f"module {design.top}")
        text, count = re.subn(pattern, replacement, body)
        assert count, f"the Verilog has no {pattern}"
        compiled = build(
            head + found + text, top=design.top, simulator=Simulator.ICARUS, cache=tmp_path
        )
        variables = stimulus_variables(stimulus) | {"COCOTB_MAX_FAILURES": "1"}
        with pytest.raises(RunFailure, match="must pass"):
            run(compiled, bench, folder=tmp_path, seed=seed, variables=variables)

    return check
