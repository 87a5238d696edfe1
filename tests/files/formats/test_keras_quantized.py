"""Keras files of quantized layers; oracle: what the layers compute, written out in float64."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats.keras_file import read
from zskip.model.common.reference import float_network

pytest.importorskip("h5py")
pytestmark = pytest.mark.usefixtures("kept_reader")

Array = NDArray[Any]
Config = dict[str, Any]
Refused = Callable[..., str]
RNG = np.random.default_rng(31)
BITS = {"class_name": "quantized_bits", "config": {"bits": 4, "integer": 0, "alpha": 1}}
NORM = {"axis": -1, "epsilon": 0.01, "scale": True, "center": True}


def entry(kind: str, name: str, **settings: Any) -> Config:
    """The entry of a layer."""
    return {"class_name": kind, "config": {"name": name, **settings}}


def dense(name: str, shape: tuple[int, int]) -> dict[str, Array]:
    """Latent weights of a layer, and biases."""
    kernel, bias = RNG.uniform(-1, 1, shape), RNG.uniform(-1, 1, shape[1])
    return {"kernel": kernel.astype(np.float32), "bias": bias.astype(np.float32)}


def rounded(values: Array) -> Array:
    """What `BITS` makes of values."""
    return np.clip(np.rint(values * 8.0), -8, 7) / 8


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write weights, and the architecture beside them."""
    h5py = pytest.importorskip("h5py")

    def call(layers: Sequence[Config], tensors: Mapping[str, Mapping[str, Array]]) -> Path:
        path = tmp_path / "net_weights.h5"
        with h5py.File(path, "w") as file:
            file.attrs["layer_names"] = [name.encode() for name in tensors]
            for name, arrays in tensors.items():
                group = file.create_group(name)
                group.attrs["weight_names"] = [f"{name}/{key}:0".encode() for key in arrays]
                for key, array in arrays.items():
                    group[f"{name}/{key}:0"] = array
        config = {"class_name": "Sequential", "config": {"layers": list(layers)}}
        (tmp_path / "net.json").write_text(json.dumps(config))
        return path

    return call


def test_qkeras(write: Callable[..., Path]) -> None:
    quantizers = {"kernel_quantizer": BITS, "bias_quantizer": "quantized_bits(4,0,alpha=1)"}
    tensors = {"fc1": dense("fc1", (9, 6)), "fc2": dense("fc2", (6, 3))}
    path = write(
        [
            entry("InputLayer", "input", batch_input_shape=[None, 9]),
            entry("QActivation", "first", activation="quantized_relu(3)"),
            entry("QDense", "fc1", units=6, activation="linear", **quantizers),
            entry("QActivation", "relu", activation="quantized_relu(20,1)"),
            entry("QDense", "fc2", units=3, use_bias=True, activation="softmax", **quantizers),
        ],
        tensors,
    )
    layers = read(path)
    inputs = RNG.integers(0, 8, (40, 9)) / 8
    one, two = tensors.values()
    hidden = np.clip(inputs @ rounded(one["kernel"]) + rounded(one["bias"]), 0, 2 - 2**-19)
    expected = hidden @ rounded(two["kernel"]) + rounded(two["bias"])
    np.testing.assert_allclose(float_network(layers, inputs)[-1], expected, atol=1e-5)
    assert layers.notes == (
        "the architecture is that of 'net.json' beside the weights",
        "inputs must be given already rounded by what is taken off in front: quantized_relu "
        "'first' to steps of 0.125 up to 0.875",
        "values are not rounded here, but keep 16 bits, so that outputs may differ from the "
        "framework's, behind quantized_relu 'relu' to steps of 1.90735e-06 up to 2",
        "rows are doubled for an upper bound, as min(relu(x), c) is relu(x) - relu(x - c), in "
        "'fc1'",
        "Softmax 'fc2' at the end is taken off: the order of the outputs stays",
        "these ReLUs make 144 weights of 72: sizes and speed-ups compare with the former",
    )


@pytest.mark.parametrize("kind", ["Binary", "Ternary"])
def test_signs(write: Callable[..., Path], kind: str) -> None:
    tensors = {name: {"kernel": dense(name, (6, 6))["kernel"]} for name in ("a", "b", "c")}
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    norm = dict(zip(names, RNG.uniform(0.5, 1, (4, 6)).astype(np.float32), strict=True))
    units = {"units": 6, "use_bias": False, "H": 1.0, "activation": "linear"}
    path = write(
        [
            entry(f"{kind}Dense", "a", **units),
            entry("Activation", "act1", activation=f"{kind.lower()}_tanh"),
            entry(f"{kind}Dense", "b", **units),
            entry("BatchNormalization", "bn", **NORM),
            entry("Activation", "act2", activation=f"{kind.lower()}_tanh"),
            entry(f"{kind}Dense", "c", **units),
        ],
        {**tensors, "bn": norm},
    )

    def signs(values: Array) -> Array:
        if kind == "Binary":
            return np.where(values > 0, 1.0, -1.0)
        return np.where(values > 0.5, 1.0, np.where(values <= -0.5, -1.0, 0.0))

    weights = {name: signs(given["kernel"]) for name, given in tensors.items()}
    inputs = RNG.integers(-3, 4, (60, 6)) + 0.5 * (kind == "Binary")
    sums = signs(inputs @ weights["a"]) @ weights["b"]
    scale = norm["gamma"] / np.sqrt(norm["moving_variance"] + 0.01)
    expected = signs((sums - norm["moving_mean"]) * scale + norm["beta"]) @ weights["c"]
    layers = read(path)
    away = (np.abs(inputs @ weights["a"]) > 0.1).all(axis=1)
    assert away.any()
    given = float_network(layers, inputs)[-1]
    assert np.abs(given - expected)[away].max() < 1e-4
    assert all(len(np.unique(layer.weights)) <= 4 for layer in layers)


def test_hgq(write: Callable[..., Path]) -> None:
    tensors: dict[str, dict[str, Array]] = {
        "fc1": dense("fc1", (4, 3)),
        "fc2": dense("fc2", (3, 2)),
    }
    for name, bits in (("q0", [[6, 6, 0, 6]]), ("q1", [9]), ("q2", [[8, 0, 8]])):
        widths = np.array(bits, dtype=np.int8)
        signs, whole = np.ones_like(widths), np.full_like(widths, 3)
        tensors[name] = {"keep_negative": signs, "bits": widths, "integers": whole}
    modes = {"RND": "TRN", "SAT": "WRAP"}
    path = write(
        [
            entry("InputLayer", "input", batch_input_shape=[None, 2, 2]),
            entry("Flatten", "flat"),
            entry("FixedPointQuantizer", "q0", **modes),
            entry("Dense", "fc1", units=3, activation="linear"),
            entry("HGQ>FixedPointQuantizer", "q1", **modes),
            entry("Activation", "relu", activation="relu"),
            entry("FixedPointQuantizer", "q2", **modes),
            entry("Dense", "fc2", units=2, activation="linear"),
        ],
        tensors,
    )
    layers = read(path)
    inputs = RNG.standard_normal((20, 4))
    one, two = tensors["fc1"], tensors["fc2"]
    hidden = np.maximum(inputs * [1, 1, 0, 1] @ one["kernel"] + one["bias"], 0) * [1, 0, 1]
    expected = hidden @ two["kernel"] + two["bias"]
    np.testing.assert_allclose(float_network(layers, inputs)[-1], expected, atol=1e-5)
    assert layers.notes[1].endswith("in front: FixedPointQuantizer 'q0' to steps of 0.125")
    assert layers.notes[2].endswith(
        "behind FixedPointQuantizer 'q1' to steps of 0.015625, FixedPointQuantizer 'q2' to steps "
        "of 0.03125"
    )


def test_relu_with_a_bound_and_reshape(write: Callable[..., Path]) -> None:
    tensors = {"fc1": dense("fc1", (6, 5)), "fc2": dense("fc2", (5, 2))}
    path = write(
        [
            entry("InputLayer", "input", batch_shape=[None, 2, 3]),
            entry("Reshape", "reshape", target_shape=[-1]),
            entry("Dense", "fc1", units=5, activation="linear"),
            entry("ReLU", "relu", max_value=0.5),
            entry("Dense", "fc2", units=2, activation="linear"),
        ],
        tensors,
    )
    inputs = RNG.standard_normal((30, 6))
    one, two = tensors.values()
    hidden = np.clip(inputs @ one["kernel"] + one["bias"], 0, 0.5)
    expected = hidden @ two["kernel"] + two["bias"]
    np.testing.assert_allclose(float_network(read(path), inputs)[-1], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (
            entry("QDense", "fc", units=3, kernel_quantizer="quantized_ulaw(4)"),
            "weights of layer 'fc' (QDense): quantized_ulaw() is not supported for weights: save",
        ),
        (
            entry("BinaryDense", "fc", units=3, H="Glorot"),
            "weights of layer 'fc' (BinaryDense): H must be a number above 0 that the model keeps",
        ),
        (
            entry("QDense", "fc", units=3, activation="quantized_tanh(4)"),
            "layer 'fc' (QDense) on 3 values is not supported because of 'quantized_tanh(4)'",
        ),
        (
            entry("QDense", "fc", units=3, activation="quantized_relu(4,negative_slope=0.25)"),
            "layer 'fc' (QDense) on 3 values is not supported because of 'quantized_relu(4,negati",
        ),
        (
            entry("QDense", "fc", units=3, activation="quantized_bits(4)"),
            "layer 'fc' (QDense) on 3 values is not supported because of 'quantized_bits(4)'",
        ),
    ],
)
def test_refused(write: Callable[..., Path], refused: Refused, last: Config, message: str) -> None:
    path = write([last], {"fc": dense("fc", (5, 3))})
    assert refused(read, path).startswith(message)


def test_saturation_and_missing_widths(write: Callable[..., Path], refused: Refused) -> None:
    widths = {"bits": np.array([8]), "integers": np.array([3])}
    layers = [entry("FixedPointQuantizer", "q", SAT="SAT"), entry("Dense", "fc", units=3)]
    path = write(layers, {"fc": dense("fc", (5, 3)), "q": widths})
    assert refused(read, path).startswith("layer 'q' (FixedPointQuantizer) must wrap around, not")
    path = write(layers, {"fc": dense("fc", (5, 3)), "q": {"bits": np.array([8.0])}})
    assert "layer 'q' (FixedPointQuantizer) has no integers called bits" in refused(read, path)
    layers.insert(0, entry("InputLayer", "input", batch_shape=[None, 5]))
    path = write(layers, {"fc": dense("fc", (5, 3)), "q": {"bits": np.array([8, 8])}})
    assert "layer 'q' (FixedPointQuantizer) has bits of shape (2,)" in refused(read, path)


def test_what_stands_beside(write: Callable[..., Path], refused: Refused) -> None:
    path = write([entry("Conv1D", "conv")], {"fc": dense("fc", (5, 3))})
    other = path.with_name("net.json")
    assert refused(read, path) == (
        f"{other}: must hold fully connected layers only, not layer 'conv' (Conv1D): save only the "
        "fully connected layers behind it"
    )
    for text in ('{"class_name": "Sequential"}', "[1]", "{", "[" * 100_000, "\xff"):
        other.write_text(text, encoding="latin-1")
        assert read(path).assumed
    other.unlink()
    assert read(path).assumed


def test_the_architecture_of_another_network(write: Callable[..., Path], refused: Refused) -> None:
    path = write([entry("Dense", "other", units=3)], {"fc": dense("fc", (5, 3))})
    assert refused(read, path) == (
        "must hold weights of the layers of its model only, not of 'fc': save the model again"
    )
