"""How the tests of arrays run their benches."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from zskip.verif.common.axi_run import run_axi


@pytest.fixture
def axi(seed: int, repeat: str, tmp_path: Path) -> Callable[..., None]:
    """Give what runs the bench of a block behind AXI."""
    return partial(run_axi, seed=seed, folder=tmp_path, repeat=repeat)
