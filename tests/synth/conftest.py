"""Tools of synthesis, which the tests do without where they are not installed."""

from pathlib import Path

import pytest

from zskip.model.common.errors import InputError
from zskip.synth import tools


@pytest.fixture(scope="session")
def yosys() -> tools.Program:
    """The Yosys that synthesizes."""
    return _found(tools.yosys)


@pytest.fixture(scope="session")
def nextpnr() -> tools.Program:
    """The nextpnr that places and routes."""
    return _found(tools.nextpnr_ecp5)


@pytest.fixture(scope="session")
def sky130() -> Path:
    """Liberty file of sky130hd beside the checkout; the test is skipped where it is absent."""
    path = (
        Path(__file__).resolve().parents[3] / "shared" / "pdk" / "sky130hd" / "sky130hd_tt.lib.gz"
    )
    if not path.exists():
        pytest.skip("there is no Liberty file of sky130hd")
    return path


def _found(find: tools.Finder) -> tools.Program:
    """Return a tool, or skip the test."""
    try:
        return find()
    except InputError as error:
        pytest.skip(str(error))
