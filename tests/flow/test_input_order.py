"""Inputs that do not ascend, from float weights to a drop; oracle: the order of the source."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.files.network import load
from zskip.flow.compressed import Compressed
from zskip.model.common import reference
from zskip.model.common.dense import dense_layers
from zskip.model.eie.accelerator import run
from zskip.verif.common.tools import verilator_environment

CONFIG = zskip.config(
    "tiny",
    pe_count=8,
    grouped_pointers=1,
    broadcast_rounds=1,
    broadcast_groups=1,
    activation_depth=128,
)
INPUTS, COUNT = 300, 3
RNG = np.random.default_rng(4)
OFTEN = RNG.permutation(np.repeat([0.05, 0.95], INPUTS // 2))
VECTORS = RNG.normal(size=(20, INPUTS)) * (RNG.random((20, INPUTS)) < OFTEN)
CHANGES: list[dict[str, int]] = [{}, {"double_input": 1}, {"lanes": 4}]


@cache
def compressed(path: Path, **changes: int) -> Compressed:
    """Compress weights that leave some inputs out."""
    rng = np.random.default_rng(1)
    layers = []
    for inputs, outputs in ((INPUTS, 22), (22, 9)):
        weights = rng.normal(size=(outputs, inputs)) * (rng.random((outputs, inputs)) < 0.1)
        layers.append((weights, rng.normal(size=outputs)))
    layers[0][0][:, ::30] = 0
    config = CONFIG.replace(**changes)
    return zskip.compress(layers, path, inputs=VECTORS, config=config, huffman=True)


@pytest.fixture(params=CHANGES, ids=str)
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a network whose inputs do not ascend."""
    path = tmp_path_factory.getbasetemp() / f"{'-'.join(request.param) or 'plain'}.npz"
    result = compressed(path, **request.param)
    assert result.path is not None
    gather = load(path).gather
    assert 0 < gather.size < INPUTS
    assert np.any(np.diff(gather) < 0)
    return path


def test_the_golden_model_gives_the_outputs_of_the_source(network: Path) -> None:
    read = load(network)
    activations = read.quantize_inputs(VECTORS)
    truth = reference.network(dense_layers(read), activations, read.config.acc_bits)
    np.testing.assert_array_equal(run(read, activations).outputs, truth[-1].y)
    # What is not read may be anything.
    unread = np.isin(np.arange(INPUTS), read.gather, invert=True)
    np.testing.assert_array_equal(run(read, np.where(unread, 77, activations)).outputs, truth[-1].y)


def test_the_array_gives_the_outputs_of_the_model(network: Path) -> None:
    report = zskip.simulate(network, VECTORS[:COUNT], simulator="icarus")
    assert report.equal_inputs == COUNT


def passes(drop: Path, goal: str, *arguments: str) -> None:
    """Check that a bench of a drop passes."""
    environment = os.environ | verilator_environment()
    made = subprocess.run(
        ["make", goal, *arguments],
        capture_output=True,
        check=False,
        cwd=drop,
        env=environment,
        text=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert f"PASS: {COUNT} vectors\n" in made.stdout


def test_the_bench_of_the_drop(network: Path, tmp_path: Path) -> None:
    drop = zskip.generate(tmp_path / "drop", network=network, inputs=VECTORS[:COUNT]).folder
    read = load(network)
    order = json.loads((drop / "order.json").read_text())
    assert order["inputs"] == read.gather.tolist()
    passes(drop, "test")


@pytest.mark.slow
def test_the_c_driver(network: Path, tmp_path: Path) -> None:
    drop = zskip.generate(tmp_path / "drop", network=network, inputs=VECTORS[:COUNT]).folder
    passes(drop, "driver", "VERILATOR_FLAGS=-CFLAGS -O0")
