"""Settings and fixtures that tests of several folders share."""

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from zskip.model.common.scale import LayerScale
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import encode
from zskip.model.eie.network import Layer, Network

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
    """Let the user choose another seed for the benches."""
    parser.addoption("--seed", type=int, default=1, help="seed of the benches (default: 1)")


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """Seed of the benches."""
    return pytestconfig.option.seed


@pytest.fixture(scope="session")
def make_network() -> Callable[..., Network]:
    """Make a chain of random layers; no output layer has ReLU, all others do.

    With `unused` the sources have so many more inputs and outputs, and all orders are random.
    """

    def make(
        config: Config,
        sizes: tuple[int, ...],
        *,
        density: float = 0.2,
        seed: int = 1,
        magnitude: int = 2000,
        unused: int | None = None,
    ) -> Network:
        rng = np.random.default_rng(seed)
        layers = []
        shuffle = np.random.default_rng([seed, 1])
        extra = unused or 0
        for index, (inputs, outputs) in enumerate(pairwise(sizes)):
            codes = rng.integers(1, config.codebook_size, (outputs, inputs))
            codes *= rng.random(codes.shape) < density
            codebook = rng.integers(-magnitude, magnitude + 1, config.codebook_size)
            codebook[0] = 0
            source = (outputs + (extra if index < len(sizes) - 2 else 0), inputs + extra)
            rows = np.arange(outputs) if unused is None else shuffle.permutation(source[0])
            layers.append(
                Layer(
                    name=f"fc{index + 1}",
                    matrix=encode(codes.astype(np.uint8), config),
                    codebook=codebook,
                    bias=rng.integers(-(10**6), 10**6, outputs),
                    relu=index < len(sizes) - 2,
                    scale=LayerScale(input_fraction=8, weight_fraction=12, output_fraction=8),
                    rows=rows[:outputs],
                    source_shape=source,
                )
            )
        total = sizes[0] + extra
        gather = np.arange(total) if unused is None else shuffle.permutation(total)
        return Network(
            config=config, layers=tuple(layers), input_scale=0.5, gather=gather[: sizes[0]]
        )

    return make


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
