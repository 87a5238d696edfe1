"""The digits network of a 2:4 pattern, and the script that makes it; oracles: counting, labels."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import zskip
from zskip.files.weights import read_weights
from zskip.model.common.metrics import accuracy
from zskip.model.common.pattern import Pattern, follows
from zskip.model.common.reference import float_network
from zskip.model.eie.config import TINY

DIGITS = Path(__file__).parents[2] / "examples" / "digits"
SCRIPT = DIGITS / "structured.py"
NETWORK = DIGITS / "structured.npz"
DENSE = 355 / 360
"""Accuracy of the dense network that the script begins with, on the test images."""

POINT = 0.01


def images(name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the inputs and labels of a file."""
    with np.load(DIGITS / f"{name}.npz", allow_pickle=False) as archive:
        return archive["inputs"].astype(np.float64), archive["labels"]


def test_two_of_four_weights_are_left() -> None:
    layers = read_weights(NETWORK)
    assert [layer.name for layer in layers] == ["fc1", "fc2", "fc3"]
    for layer in layers:
        assert follows(layer.weights, Pattern(2, 4))
        assert np.count_nonzero(layer.weights) == layer.weights.size / 2


def test_accuracy_is_within_a_point_of_the_dense_network() -> None:
    inputs, labels = images("test")
    outputs = float_network(read_weights(NETWORK), inputs / 16)[-1]
    assert accuracy(outputs, labels) >= DENSE - POINT


@pytest.mark.parametrize("permute", [False, True])
def test_compression_to_the_pattern_keeps_every_weight(permute: bool) -> None:
    compressed = zskip.compress(
        NETWORK,
        inputs=DIGITS / "calibration.npz",
        input_scale=1 / 16,
        config=TINY.replace(spmat_depth=16384),
        pattern="2:4",
        permute=permute,
    )
    assert all(share.kept_l1 == 1 for share in compressed.shares)
    hits = compressed.calibration_accuracy
    assert hits is not None
    assert hits.compressed >= hits.float_network - POINT


@pytest.mark.slow
def test_the_script_does_it_again(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("sklearn")
    command = [sys.executable, str(SCRIPT), str(tmp_path / "structured.npz"), "2:4"]
    run = subprocess.run(command, check=True, timeout=600, capture_output=True, text=True)
    right = {stage: int(n) for stage, n in re.findall(r"^(\w+) +(\d+) of 360$", run.stdout, re.M)}
    assert list(right) == ["dense", "pruned", "trained"]
    # An image more than the bound, as another machine rounds differently while training.
    assert right["trained"] >= right["dense"] - POINT * 360 - 1
    assert all(
        follows(layer.weights, Pattern(2, 4)) for layer in read_weights(tmp_path / "structured.npz")
    )
