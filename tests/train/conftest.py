"""Settings that the tests of training share."""

import importlib
from importlib.util import find_spec

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Let PyTorch compute in one thread: small layers, and the same rounding everywhere."""
    if find_spec("torch") is not None:
        importlib.import_module("torch").set_num_threads(1)
