"""Units of the Bitlet engine run in Icarus, and in Verilator, which compiles each, if slow."""

import pytest

from zskip.verif.common.simulator import Simulator

SIMULATORS = [Simulator.ICARUS, pytest.param(Simulator.VERILATOR, marks=pytest.mark.slow)]


@pytest.fixture(params=SIMULATORS, ids=str)
def simulator(request: pytest.FixtureRequest) -> Simulator:
    """Every test of a unit runs in each simulator."""
    return request.param
