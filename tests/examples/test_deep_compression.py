"""The digits network after pruning and trained quantization, and the script that makes it.

Oracles: counting, the dense reference in fixed point, and the script's own measurements.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.weights import read_weights
from zskip.model.common.compress import Compression, compress
from zskip.model.common.fidelity import compare
from zskip.model.common.metrics import accuracy
from zskip.model.common.reference import FloatLayer
from zskip.model.eie.config import TINY
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.figures.storage import storage

DIGITS = Path(__file__).parents[2] / "examples" / "digits"
SCRIPT = DIGITS / "deep_compression.py"
DENSE = 355 / 360
"""Accuracy of the dense network that the script begins with, on the test images."""

POINTS = 0.01


def images(name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the inputs and labels of a file."""
    with np.load(DIGITS / f"{name}.npz", allow_pickle=False) as archive:
        return archive["inputs"], archive["labels"]


@pytest.fixture(scope="module")
def layers() -> tuple[FloatLayer, ...]:
    return read_weights(DIGITS / "trained.npz")


@pytest.fixture(scope="module")
def compression(layers: tuple[FloatLayer, ...]) -> Compression:
    return compress(ENGINE, layers, TINY, calibration=images("calibration")[0], input_scale=1 / 16)


def test_each_layer_has_its_density_and_fifteen_values(layers: tuple[FloatLayer, ...]) -> None:
    assert [layer.name for layer in layers] == ["fc1", "fc2", "fc3"]
    assert [np.count_nonzero(layer.weights) for layer in layers] == [1311, 983, 256]
    assert [len(np.unique(layer.weights)) for layer in layers] == [16, 16, 16]


def test_compression_keeps_every_trained_value(compression: Compression) -> None:
    assert all(report.exact for report in compression.layers)
    assert [report.shared_values for report in compression.layers] == [15, 15, 15]


def test_it_is_twenty_times_smaller_with_huffman_coding(compression: Compression) -> None:
    total = storage(compression.network).total
    assert total.dense_bytes == 4 * (64 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10)
    assert total.huffman.ratio >= 40
    assert total.plain.ratio >= 20


def test_accuracy_is_within_half_a_point_of_the_dense_network(
    layers: tuple[FloatLayer, ...], compression: Compression
) -> None:
    inputs, labels = images("test")
    outcome = compare(compression.network, layers, inputs.astype(np.float64))
    assert accuracy(outcome.float_outputs, labels) >= DENSE - 0.5 * POINTS
    assert accuracy(outcome.outputs, labels) >= DENSE - 0.5 * POINTS


def test_the_script_has_fewer_than_forty_lines_of_code() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    tree = ast.parse(text)
    documented = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.FunctionDef)]
    prose = {
        number
        for node in documented
        if ast.get_docstring(node) is not None
        for number in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    lines = [
        line
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#") and number not in prose
    ]
    assert len(lines) < 40


@pytest.mark.slow
def test_the_script_does_it_again(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    command = [sys.executable, str(SCRIPT), str(tmp_path / "trained.npz")]
    run = subprocess.run(command, check=True, timeout=600, capture_output=True, text=True)
    right = {stage: int(n) for stage, n in re.findall(r"^(\w+) +(\d+) of 360$", run.stdout, re.M)}
    assert list(right) == ["dense", "pruned", "shared", "tuned"]
    # An image more than the bound, as another machine rounds differently while training.
    assert right["tuned"] >= right["dense"] - 0.5 * POINTS * 360 - 1
    again = read_weights(tmp_path / "trained.npz")
    for layer, shipped in zip(again, read_weights(DIGITS / "trained.npz"), strict=True):
        assert layer.name == shipped.name
        assert np.count_nonzero(layer.weights) == np.count_nonzero(shipped.weights)
        assert len(np.unique(layer.weights)) <= 16
