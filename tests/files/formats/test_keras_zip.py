"""``.keras`` archives built by hand, and by Keras; oracle: the arrays they are built from."""

import json
import os
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.files.formats.keras_file import read
from zskip.model.common.reference import FloatLayer, float_network

h5py = pytest.importorskip("h5py")

Config = dict[str, Any]
Refused = Callable[..., str]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "net.keras"


def write(path: Path, config: Config, groups: dict[str, list[Any]]) -> None:
    """Write an archive: the variables of each layer by its numbered class."""
    data = BytesIO()
    with h5py.File(data, "w") as file:
        for key, arrays in groups.items():
            variables = file.create_group(f"layers/{key}/vars")
            for index, array in enumerate(arrays):
                variables[str(index)] = array
        file.create_group("layers/dropout/seed_generator/vars")["0"] = np.zeros(2)
        file.create_group("layers/dropout/vars")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", "{}")
        archive.writestr("model.weights.h5", data.getvalue())


def groups(network: Sequence[FloatLayer]) -> dict[str, list[Any]]:
    """The variables of the network."""
    keys = ("dense", "dense_1", "dense_2")
    return {key: [layer.weights.T, layer.bias] for key, layer in zip(keys, network, strict=True)}


def test_an_archive(
    path: Path, keras_config: Config, network: Sequence[FloatLayer], same: Callable[..., None]
) -> None:
    write(path, keras_config, groups(network))
    same(read(path), network)


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("center", [True, False])
def test_numbered_variables_of_a_normalization(
    path: Path, keras_config: Config, network: Sequence[FloatLayer], scale: bool, center: bool
) -> None:
    rng = np.random.default_rng(5)
    gamma, beta, mean, variance = np.abs(rng.standard_normal((4, 8))).astype(np.float32)
    settings = {"name": "bn", "axis": -1, "epsilon": 0.01, "scale": scale, "center": center}
    entry = {"class_name": "BatchNormalization", "config": settings}
    keras_config["config"]["layers"].insert(2, entry)
    values = ([gamma] if scale else []) + ([beta] if center else []) + [mean, variance]
    write(path, keras_config, groups(network) | {"batch_normalization": values})
    first, second, third = network
    inputs = rng.standard_normal((10, 12))
    middle = float_network([first], inputs)[0]
    factor = (gamma if scale else 1) / np.sqrt(variance.astype(np.float64) + 0.01)
    middle = (middle - mean) * factor + (beta if center else 0)
    expected = float_network([second, third], middle)[-1]
    np.testing.assert_allclose(float_network(read(path), inputs)[-1], expected, atol=1e-4)


def test_weights_of_no_layer(
    path: Path, keras_config: Config, network: Sequence[FloatLayer], refused: Refused
) -> None:
    write(path, keras_config, groups(network) | {"dense_3": [np.ones((3, 3))]})
    assert refused(read, path).startswith(
        "must hold weights of the layers of its model only, not of 'dense_3': save"
    )


def test_too_few_variables(
    path: Path, keras_config: Config, network: Sequence[FloatLayer], refused: Refused
) -> None:
    entry = {"class_name": "BatchNormalization", "config": {"name": "bn"}}
    keras_config["config"]["layers"].append(entry)
    write(path, keras_config, groups(network) | {"batch_normalization": [np.ones(3)]})
    assert "layer 'bn' (BatchNormalization) has 1 variables, not 4" in refused(read, path)


def test_a_layer_of_layers_is_named_by_its_class(
    path: Path, keras_config: Config, network: Sequence[FloatLayer], refused: Refused
) -> None:
    """The weights of a recurrent layer are in its cell, which the class tells better."""
    keras_config["config"]["layers"].append({"class_name": "GRU", "config": {"name": "gru"}})
    write(path, keras_config, groups(network) | {"gru/cell": [np.ones((3, 3))]})
    assert refused(read, path) == (
        "must hold fully connected layers only, not layer 'gru' (GRU): a network with state or "
        "attention cannot be compressed; save its fully connected layers"
    )


def test_weights_and_an_architecture_of_layers_of_layers(
    tmp_path: Path, keras_config: Config, refused: Refused
) -> None:
    path = tmp_path / "net.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_group("layers/gru/cell/vars")
    assert "'gru' must not be made of other layers" in refused(read, path)
    keras_config["config"]["layers"].append({"class_name": "GRU", "config": {"name": "gru"}})
    (tmp_path / "net.json").write_text(json.dumps(keras_config))
    assert "net.json: must hold fully connected layers only, not layer 'gru' (GRU)" in refused(
        read, path
    )


def test_integers_of_a_quantized_model(
    path: Path, keras_config: Config, network: Sequence[FloatLayer], refused: Refused
) -> None:
    (kernel, bias), *_ = groups(network).values()
    quantized = [kernel.astype(np.int8), bias, np.ones(8, np.float32)]
    write(path, keras_config, groups(network) | {"dense": quantized})
    assert refused(read, path) == (
        "layer 'fc1' must hold floats, but is quantized to integers, as by model.quantize of "
        "Keras: save the model before it is"
    )


def test_other_archives(path: Path, refused: Refused) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", "")
    assert refused(read, path) == (
        "must hold config.json and model.weights.h5, as model.save of Keras writes them, but "
        "'config.json' is missing: save a model with Keras 3"
    )


def test_a_bomb(path: Path, keras_config: Config, refused: Refused) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps(keras_config))
        archive.writestr("model.weights.h5", bytes(2**25))
    assert "must declare at most 16,777,216 bytes" in refused(read, path)


@pytest.mark.parametrize("kept", [10, 300, -30])
def test_damage(
    path: Path,
    keras_config: Config,
    network: Sequence[FloatLayer],
    refused: Refused,
    kept: int,
) -> None:
    write(path, keras_config, groups(network))
    path.write_bytes(path.read_bytes()[:kept])
    assert refused(read, path).startswith("must be a whole, undamaged ")


# What Keras warns of is about itself.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_models_of_keras(tmp_path: Path, suffix: str) -> None:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    pytest.importorskip("torch")
    keras: Any = pytest.importorskip("keras")
    layers = keras.layers
    inputs = keras.Input((3, 4))
    data = layers.Flatten()(inputs)
    data = layers.BatchNormalization()(layers.Dense(8, name="first")(data))
    data = layers.Dropout(0.2)(layers.ReLU()(data))
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(data))
    path = tmp_path / f"net.{suffix}"
    model.save(path)
    values = np.random.default_rng(3).standard_normal((20, 3, 4)).astype(np.float32)
    read_layers = read(path)
    outputs = np.exp(float_network(read_layers, values.reshape(20, -1))[-1])
    expected = np.asarray(model.predict(values, verbose=0))
    given = outputs / outputs.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-5)
    assert len(read_layers.notes) == 1


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("rescaling", "scales its inputs"),
        ("add_1", "joins branches"),
        ("leaky_re_lu", "is no ReLU"),
        ("conv2d", "is a convolution"),
        ("embedding", "looks inputs up in a table"),
        ("lambda", "runs code"),
    ],
)
def test_what_would_vanish_from_a_file_of_weights(
    tmp_path: Path, refused: Refused, key: str, why: str
) -> None:
    path = tmp_path / "net.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers/dense/vars/0"] = np.ones((3, 2))
        file.create_group(f"layers/{key}/vars")
    assert refused(read, path) == (
        f"layer '{key}' {why}, but the file holds weights only and does not tell how: save the "
        "whole model, as .keras, to see what can be done"
    )


@pytest.mark.parametrize("latent", [True, False])
def test_weights_before_they_are_quantized(tmp_path: Path, refused: Refused, latent: bool) -> None:
    path = tmp_path / "net.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers/q_dense/vars/0"] = np.full((3, 2), 0.3 if latent else 0.375)
    if not latent:
        assert read(path)[0].weights.tolist() == [[0.375] * 3] * 2
        return
    assert refused(read, path) == (
        "layer 'q_dense' is quantized, but its file holds the weights before they are: save the "
        "quantized ones, as by model_save_quantized_weights of QKeras"
    )


def test_a_normalization_without_a_place(tmp_path: Path, refused: Refused) -> None:
    path = tmp_path / "net.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers/dense/vars/0"] = np.ones((3, 2))
        for index in range(4):
            file[f"layers/batch_normalization/vars/{index}"] = np.ones(2)
    assert refused(read, path) == (
        "layer 'batch_normalization' is a batch normalization, but the file does not tell the "
        "order of its layers: save the whole model, as .keras"
    )


def test_a_normalization_with_a_place(tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    arrays = {
        "first": {"kernel:0": np.ones((3, 2)), "bias:0": np.ones(2)},
        "bn": {"moving_mean:0": np.ones(2), "moving_variance:0": np.full(2, 0.25 - 1e-3)},
        "second": {"kernel:0": np.ones((2, 1))},
    }
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in arrays]
        for name, tensors in arrays.items():
            group = file.create_group(name)
            group.attrs["weight_names"] = [key.encode() for key in tensors]
            for key, values in tensors.items():
                group[key] = values
    first, second = read(path)
    np.testing.assert_allclose(first.weights, 2 * np.ones((2, 3)), rtol=1e-6)
    np.testing.assert_allclose(first.bias, [0.0, 0.0], atol=1e-6)
    assert (first.relu, second.relu) == (True, False)
    assert read(path).notes[0].startswith("normalization 'bn' is folded into layer 'first'")
