"""Settings and fixtures that tests of several folders share."""

from pathlib import Path

import pytest
from hypothesis import settings

# A property holds or not; how long an example takes says only how busy the machine is.
settings.register_profile("zskip", deadline=None)
settings.load_profile("zskip")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the data sets beside the checkout; the test is skipped where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no data sets at {folder}")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the user choose another seed for the benches."""
    parser.addoption("--seed", type=int, default=1, help="seed of the benches (default: 1)")


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """Seed of the benches."""
    return pytestconfig.getoption("--seed")
