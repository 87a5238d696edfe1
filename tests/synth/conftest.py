"""Tools of synthesis, which the tests do without where they are not installed."""

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


def _found(find: tools.Finder) -> tools.Program:
    """Return a tool, or skip the test."""
    try:
        return find()
    except InputError as error:
        pytest.skip(str(error))
