"""Compress as a library function; oracle: `zskip.model.eie.compress` on the same arrays."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.files.inputs import read_inputs
from zskip.files.network import load, to_bytes
from zskip.files.weights import read_weights
from zskip.flow.compress import compress
from zskip.model.common.errors import InputError
from zskip.model.common.metrics import accuracy
from zskip.model.eie import compress as model
from zskip.model.eie.config import PAPER, TINY
from zskip.model.eie.schedule import requirements

DIGITS = Path(zskip.__file__).resolve().parents[1] / "examples" / "digits"
WEIGHTS = DIGITS / "network.npz"
INPUTS = DIGITS / "calibration.npz"
SCALE = 1 / 16


def digits(output: Path, **changes: Any) -> Any:
    """Compress the network of the digits."""
    arguments = {"inputs": INPUTS, "input_scale": SCALE, "config": TINY, **changes}
    return compress(WEIGHTS, output, **arguments)


def test_the_file_holds_what_the_model_compresses(tmp_path: Path) -> None:
    result = digits(tmp_path / "net.npz", count=40)
    inputs = read_inputs(INPUTS, count=40)
    expected = model.compress(
        read_weights(WEIGHTS), TINY, calibration=inputs.values, input_scale=SCALE
    )
    data = (tmp_path / "net.npz").read_bytes()
    assert data == to_bytes(expected.network) == to_bytes(load(tmp_path / "net.npz"))
    assert result.path == tmp_path / "net.npz"
    assert result.file_bytes == len(data)
    assert result.layers == expected.layers
    assert (result.calibration_inputs, result.measured_inputs) == (40, 40)
    assert result.accuracy is not None
    assert inputs.labels is not None
    assert result.accuracy.float_network == accuracy(expected.float_outputs, inputs.labels)
    assert result.accuracy.compressed == accuracy(expected.outputs, inputs.labels)


def test_totals_and_fit(tmp_path: Path) -> None:
    result = digits(tmp_path / "net.npz")
    sizes = [(64, 256), (256, 128), (128, 10)]
    assert result.dense_bytes == 4 * sum((inputs + 1) * outputs for inputs, outputs in sizes)
    assert result.chip_bytes == sum(layer.chip.total for layer in result.layers)
    needed = requirements(result.network)
    assert {name: fit.needed for name, fit in result.fit.items()} == needed
    for name, fit in result.fit.items():
        assert fit.available == getattr(TINY, name)
        assert fit.share == fit.needed / fit.available


def test_inputs_without_labels_give_no_accuracy(tmp_path: Path) -> None:
    np.save(tmp_path / "inputs.npy", read_inputs(INPUTS).values)
    result = digits(tmp_path / "net.npz", inputs=tmp_path / "inputs.npy")
    assert result.accuracy is None


def test_the_same_bytes_again(tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        digits(tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_the_paper_build_is_the_default(tmp_path: Path) -> None:
    result = compress(WEIGHTS, tmp_path / "net.npz", inputs=INPUTS)
    assert result.network.config == PAPER


def test_paths_may_be_texts(tmp_path: Path) -> None:
    result = zskip.compress(
        str(WEIGHTS), str(tmp_path / "net.npz"), inputs=str(INPUTS), density={"fc1": 0.05}
    )
    assert result.layers[0].nonzeros == round(0.05 * 64 * 256)
    assert result.path.exists()


def test_progress(tmp_path: Path) -> None:
    steps: list[int] = []
    digits(tmp_path / "net.npz", on_progress=steps.append)
    assert steps == [1, 1, 1]


@pytest.mark.parametrize("source", ["weights", "inputs"])
def test_what_is_read_is_not_written(tmp_path: Path, source: str) -> None:
    weights, inputs = tmp_path / "weights.npz", tmp_path / "inputs.npz"
    weights.write_bytes(WEIGHTS.read_bytes())
    inputs.write_bytes(INPUTS.read_bytes())
    target = tmp_path / f"{source}.npz"
    before = target.read_bytes()
    with pytest.raises(InputError) as caught:
        compress(weights, target, inputs=inputs)
    assert str(caught.value) == f"{target} must not be written, it is read: choose another name"
    assert target.read_bytes() == before


def test_inputs_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        digits(tmp_path / "net.npz", inputs=None)
    assert str(caught.value) == (
        "calibration inputs must be given, to choose the fixed-point scales by: add --inputs FILE, "
        "an .npy or .npz with some hundred typical inputs"
    )
    assert list(tmp_path.iterdir()) == []
