"""Compress as a library function; oracle: `zskip.model.common.compress` on the same arrays."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.files.inputs import read_inputs
from zskip.files.network import load, to_bytes
from zskip.files.weights import read_weights
from zskip.flow.compress import compress
from zskip.model.common import compress as model
from zskip.model.common.errors import InputError
from zskip.model.common.metrics import accuracy
from zskip.model.eie.config import PAPER, TINY
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.fit import requirements

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
        ENGINE, read_weights(WEIGHTS), TINY, calibration=inputs.values, input_scale=SCALE
    )
    data = (tmp_path / "net.npz").read_bytes()
    assert data == to_bytes(expected.network) == to_bytes(load(tmp_path / "net.npz"))
    assert result.path == tmp_path / "net.npz"
    assert result.file_bytes == len(data)
    assert result.layers == expected.layers
    assert (result.calibration_inputs, result.measured_inputs) == (40, 40)
    assert result.calibration_accuracy is not None
    assert inputs.labels is not None
    hits = accuracy(expected.float_outputs, inputs.labels)
    assert result.calibration_accuracy.float_network == hits
    assert result.calibration_accuracy.compressed == accuracy(expected.outputs, inputs.labels)


def test_totals_and_fit(tmp_path: Path) -> None:
    result = digits(tmp_path / "net.npz")
    sizes = [(64, 256), (256, 128), (128, 10)]
    assert result.dense_bytes == 4 * sum((inputs + 1) * outputs for inputs, outputs in sizes)
    assert result.chip_bytes == sum(layer.figures.chip_bytes for layer in result.layers)
    needed = requirements(result.network)
    assert {fit.field: fit.needed for fit in result.fit} == needed
    for fit in result.fit:
        assert fit.available == getattr(TINY, fit.field)
        assert fit.share == fit.needed / fit.available


def test_bias_correction_is_asked_for_and_said(tmp_path: Path) -> None:
    plain = digits(tmp_path / "a.npz", config=TINY.with_weight_bits(2), bias_correction=False)
    moved = digits(tmp_path / "net.npz", config=TINY.with_weight_bits(2), bias_correction=True)
    assert not any("bias correction" in note for note in plain.notes)
    assert [layer.bias_change for layer in plain.layers] == [0, 0, 0]
    assert all(layer.bias_change > 0 for layer in moved.layers)
    changes = [f"of {layer.name} by at most {layer.bias_change:.3g}" for layer in moved.layers]
    assert moved.notes[-1] == f"bias correction moved the biases {', '.join(changes)}"


def test_pruning_alone_moves_no_bias(tmp_path: Path) -> None:
    """Its loss is of variance, so the old means would keep outputs below zero, behind ReLU."""
    weights = [np.eye(8, dtype=np.float32), np.full((3, 8), [1, 1, 1, 1, 4, 4, 4, 4], np.float32)]
    inputs = np.random.default_rng(3).random((40, 8))
    result = zskip.compress(weights, inputs=inputs, density=0.5, bias_correction=True)
    assert result.notes[-1] == (
        "bias correction moved no bias: weights keep their values, or the inputs are too few to "
        "tell"
    )


def test_inputs_without_labels_give_no_accuracy(tmp_path: Path) -> None:
    np.save(tmp_path / "inputs.npy", read_inputs(INPUTS).values)
    result = digits(tmp_path / "net.npz", inputs=tmp_path / "inputs.npy")
    assert result.calibration_accuracy is None


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
    assert (tmp_path / "net.npz").exists()


def test_progress(tmp_path: Path) -> None:
    steps: dict[str, list[int]] = {}

    @contextmanager
    def bar(description: str, total: int | None) -> Iterator[Callable[[int], None]]:
        done = steps.setdefault(description, [])
        yield done.append
        assert sum(done) == (total or 0)

    digits(tmp_path / "net.npz", density=0.05, progress=bar)
    assert list(steps) == [
        "reading the weights",
        "reading the inputs",
        "compressing",
        "predicting cycles",
        "predicting cycles before pruning",
        "coding the file",
    ]
    assert steps["compressing"] == [1] * (3 + model.STAGES)


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


def test_inputs_that_are_all_zero_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="every value of all 3 is zero: give typical inputs"):
        digits(tmp_path / "net.npz", inputs=np.zeros((3, 64)))
    assert not any(tmp_path.iterdir())


def test_inputs_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        digits(tmp_path / "net.npz", inputs=None)
    assert str(caught.value) == (
        "calibration inputs must be given, to choose the fixed-point scales by: add --inputs FILE, "
        "an .npy or .npz with some hundred typical inputs"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_large_layer_takes_little_time_and_memory(tmp_path: Path) -> None:
    """4096 x 9216 weights at 9 % density for 64 PEs: under 20 s and under 3 GB."""
    rng = np.random.default_rng(1)
    weights = rng.standard_normal((4096, 9216), dtype=np.float32)
    # Pruning leaves a gap around zero.
    weights += np.copysign(np.float32(0.5), weights)
    weights *= rng.random(weights.shape, dtype=np.float32) < 0.09
    arrays: dict[str, Any] = {"fc6.weight": weights}
    np.savez(tmp_path / "weights.npz", **arrays)
    np.save(tmp_path / "inputs.npy", rng.random((100, 9216)) * (rng.random((100, 9216)) < 0.35))
    words = [sys.executable, "-m", "zskip", "compress", str(tmp_path / "weights.npz")]
    words += ["-o", str(tmp_path / "net.npz"), "--inputs", str(tmp_path / "inputs.npy")]
    process = os.spawnv(os.P_NOWAIT, words[0], [*words, "--set", "register_depth=144"])
    _, status, usage = os.wait4(process, 0)
    assert status == 0
    # Processor time of all threads: what the clock on the wall says depends on the neighbors.
    assert usage.ru_utime + usage.ru_stime < 20
    assert usage.ru_maxrss < 3_000_000
    assert load(tmp_path / "net.npz").layers[0].matrix.nonzeros == np.count_nonzero(weights)
