"""Settings and fixtures that tests of several folders share."""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from zskip.engines import ENGINES, hardware
from zskip.model.eie.network import Network
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.stimulus import random_network

# A property holds or not; how long an example takes says only how busy the machine is.
settings.register_profile("zskip", deadline=None)
settings.load_profile("zskip")


NOBODY = 65534
"""User who may write nothing."""


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the data sets beside the checkout; the test is skipped where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no data sets at {folder}")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the user choose another seed for the benches, and keep pictures of the pages."""
    parser.addoption("--seed", type=int, default=1, help="seed of the benches (default: 1)")
    parser.addoption(
        "--screenshots", type=Path, help="folder for pictures of reports and plots in a browser"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave further parameters of a test to the slow tests.

    Of a test with the marker ``every`` each n-th runs always. Verilator, which takes seconds to
    compile, runs always with the first parameters of a test, and Icarus with all of them.
    """
    seen: Counter[tuple[Path, str]] = Counter()
    compiled: set[tuple[Path, str]] = set()
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        name = (item.path, item.originalname)
        marker = item.get_closest_marker("every")
        if marker is not None and seen[name] % marker.args[0]:
            item.add_marker(pytest.mark.slow)
        seen[name] += 1
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        if parameters.get("simulator") is Simulator.VERILATOR:
            if name in compiled:
                item.add_marker(pytest.mark.slow)
            compiled.add(name)


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """Seed of the benches."""
    return pytestconfig.option.seed


@pytest.fixture
def repeat(request: pytest.FixtureRequest, seed: int) -> str:
    """Command that repeats the test."""
    return f"pytest --seed {seed} '{request.node.nodeid}'"


@pytest.fixture(scope="session", autouse=True)
def each_array_is_converted_once() -> None:
    """Keep the Verilog of arrays, which takes seconds: most tests take one of a few arrays."""
    for name in ENGINES:
        block = type(hardware(name))
        block.verilog = cache(block.verilog)


@pytest.fixture(scope="session")
def make_network() -> Callable[..., Network]:
    """Make a chain of random layers."""
    return random_network


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    """A folder that this process may not write, whoever runs it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            os.seteuid(user)
            folder.chmod(0o755)
