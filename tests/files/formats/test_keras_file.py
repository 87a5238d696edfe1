"""Keras files built with h5py; oracle: the arrays they are built from."""

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats.keras_file import read
from zskip.model.common.reference import FloatLayer, float_network

h5py = pytest.importorskip("h5py")
pytestmark = pytest.mark.usefixtures("kept_reader")

Array = NDArray[Any]
Config = dict[str, Any]
Write = Callable[..., None]
Same = Callable[..., None]
Refused = Callable[..., str]
DAMAGED = "must be a whole, undamaged HDF5 file of Keras, but: "
SUPPORTED = (
    "only Activation, BatchNormalization, Dense, Flatten, InputLayer, ReLU, AlphaDropout, Dropout, "
    "GaussianDropout, GaussianNoise with linear or relu are"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "net.h5"


def layer(kind: str, name: str, **settings: Any) -> Config:
    """The entry of a layer."""
    return {"class_name": kind, "config": {"name": name} | settings}


def test_a_whole_model(
    path: Path, keras_config: Config, write_keras: Write, network: Sequence[FloatLayer], same: Same
) -> None:
    write_keras(path, keras_config)
    same(read(path), network)


def test_the_first_form_of_sequential(
    path: Path, keras_config: Config, write_keras: Write, network: Sequence[FloatLayer], same: Same
) -> None:
    old = {"class_name": "Sequential", "config": keras_config["config"]["layers"][1:]}
    old["config"][0]["config"]["batch_input_shape"] = [None, 12]
    write_keras(path, old)
    same(read(path), network)


def functional(config: Config, keras: int) -> Config:
    """The same layers as a functional model of Keras 2 or 3."""
    layers = copy.deepcopy(config["config"]["layers"])
    before = None
    for entry in layers:
        entry["name"] = entry["config"]["name"]
        source = None if before is None else [before, 0, 0]
        tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": source}}
        entry["inbound_nodes"] = []
        if source and keras == 2:
            entry["inbound_nodes"] = [[[*source, {}]]]
        elif source:
            entry["inbound_nodes"] = [{"args": [tensor], "kwargs": {"mask": None}}]
        before = entry["name"]
    ends = [[layers[0]["name"], 0, 0], [layers[-1]["name"], 0, 0]]
    model = {"name": "model", "layers": layers}
    model |= {"input_layers": ends[:1], "output_layers": ends[1:]}
    if keras == 3:
        model |= {"input_layers": ends[0], "output_layers": ends[1]}
    return {"class_name": "Functional" if keras == 3 else "Model", "config": model}


@pytest.mark.parametrize("keras", [2, 3])
def test_functional_models(
    path: Path,
    keras_config: Config,
    write_keras: Write,
    network: Sequence[FloatLayer],
    same: Same,
    keras: int,
) -> None:
    write_keras(path, functional(keras_config, keras))
    same(read(path), network)


@pytest.mark.parametrize("keras", [2, 3])
def test_branches(
    path: Path, keras_config: Config, write_keras: Write, refused: Refused, keras: int
) -> None:
    config = functional(keras_config, keras)
    layers = config["config"]["layers"]
    layers[3]["inbound_nodes"] = layers[2]["inbound_nodes"]
    write_keras(path, config)
    assert refused(read, path) == (
        "layer 'fc10' (Dense) must take 'fc2' and nothing else, and be used once: save a chain of "
        "layers without branches"
    )
    config = functional(keras_config, keras)
    config["config"]["output_layers"] = [["fc2", 0, 0]]
    write_keras(path, config)
    assert refused(read, path) == (
        "model must take its input at layer 'input' (InputLayer) and give its output at layer "
        "'fc10' (Dense) only: save a chain of layers without branches"
    )


def test_weights_only(
    path: Path, write_keras: Write, network: Sequence[FloatLayer], same: Same
) -> None:
    write_keras(path, None)
    same(read(path), network)


def test_names_in_parts(
    path: Path, write_keras: Write, network: Sequence[FloatLayer], same: Same
) -> None:
    # Keras cuts lists of names beyond 64 KiB, the limit of an attribute.
    write_keras(path, None)
    with h5py.File(path, "r+") as file:
        names = file.attrs["layer_names"]
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = names[:2], names[2:]
    same(read(path), network)


@pytest.mark.parametrize("group", ["layers", "_layer_checkpoint_dependencies"])
def test_weights_of_keras_3(
    path: Path, network: Sequence[FloatLayer], same: Same, group: str
) -> None:
    with h5py.File(path, "w") as file:
        file.create_group(f"{group}/dropout/vars")
        for key, source in zip(("dense", "dense_2", "dense_10"), network, strict=True):
            variables = file.create_group(f"{group}/{key}/vars")
            variables.attrs["name"] = source.name
            variables["0"], variables["1"] = source.weights.T, source.bias
        file["optimizer/vars/0"] = np.zeros(3)
    same(read(path), network)


@pytest.mark.parametrize("dtype", ["<f2", ">f4", "<f8"])
@pytest.mark.parametrize("settings", [{}, {"compression": "gzip", "shuffle": True}])
def test_types_and_compression(path: Path, dtype: str, settings: dict[str, Any]) -> None:
    kernel = np.arange(12).reshape(4, 3).astype(dtype)
    with h5py.File(path, "w") as file:
        variables = file.create_group("layers/dense/vars")
        variables.create_dataset("0", data=kernel, **settings)
    (only,) = read(path)
    assert (only.name, only.weights.dtype, only.relu) == ("dense", np.float32, False)
    np.testing.assert_array_equal(only.weights, kernel.T)
    assert only.bias.tolist() == [0.0] * 3


def test_layers_that_change_nothing(
    path: Path, keras_config: Config, write_keras: Write, network: Sequence[FloatLayer], same: Same
) -> None:
    entries = keras_config["config"]["layers"]
    entries[0]["config"]["batch_shape"] = [None, 3, 4]
    entries[1]["config"]["activation"] = "linear"
    entries[2]["config"]["activation"] = {"class_name": "function", "config": "relu"}
    entries[1:2] = [
        layer("Flatten", "flatten"),
        entries[1],
        layer("Activation", "act", activation="relu"),
        layer("Dropout", "dropout", rate=0.5),
        layer("ReLU", "re_lu", max_value=None, negative_slope=0.0, threshold=0.0),
    ]
    write_keras(path, keras_config)
    same(read(path), network)


@pytest.mark.parametrize(
    ("entry", "note"),
    [
        (layer("Softmax", "end"), "Softmax 'end'"),
        (layer("Softmax", "end", axis=-1), "Softmax 'end'"),
        (layer("Activation", "end", activation="softmax"), "Softmax 'end'"),
        (layer("Activation", "end", activation="sigmoid"), "Sigmoid 'end'"),
        (None, "LogSoftmax 'fc10'"),
    ],
)
def test_what_keeps_the_order_at_the_end_is_taken_off(
    path: Path,
    keras_config: Config,
    write_keras: Write,
    network: Sequence[FloatLayer],
    same: Same,
    entry: Config | None,
    note: str,
) -> None:
    entries = keras_config["config"]["layers"]
    if entry is None:
        entries[-1]["config"]["activation"] = "log_softmax"
    else:
        entries.append(entry)
    write_keras(path, keras_config)
    layers = read(path)
    same(layers, network)
    assert layers.notes[0].startswith(f"{note} at the end is taken off: the order of the outputs")


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("place", [1, 2, 3])
def test_batch_normalization(
    path: Path,
    keras_config: Config,
    write_keras: Write,
    network: Sequence[FloatLayer],
    place: int,
    scale: bool,
    center: bool,
) -> None:
    length = (12, 8, 5)[place - 1]
    rng = np.random.default_rng(7)
    mean, variance, gamma, beta = np.abs(rng.standard_normal((4, length))).astype(np.float32)
    entry = layer("BatchNormalization", "bn", axis=-1, epsilon=0.01, scale=scale, center=center)
    keras_config["config"]["layers"].insert(place, entry)
    tensors = {"moving_mean": mean, "moving_variance": variance}
    tensors |= {"gamma": gamma} if scale else {}
    tensors |= {"beta": beta} if center else {}
    write_keras(path, keras_config, {"bn": tensors})
    values = rng.standard_normal((10, 12))
    expected = values
    for index, source in enumerate(network):
        if index == place - 1:
            factor = (gamma if scale else 1) / np.sqrt(variance.astype(np.float64) + 0.01)
            expected = (expected - mean) * factor + (beta if center else 0)
        expected = float_network([source], expected)[0]
    given = float_network(read(path), values)[-1]
    np.testing.assert_allclose(given, expected, rtol=1e-5, atol=1e-5)


OTHER = "must hold fully connected layers only, not layer"
RELU = "train the network with ReLU in its place"
DEFAULT = "save a chain of fully connected layers and ReLU"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {2: {"activation": "softmax"}},
            f"Softmax 'fc2' must be the last operation, not stand between layers: {RELU}",
        ),
        (
            {2: {"activation": "tanh"}},
            f"layer 'fc2' (Dense) must have ReLU or no activation, not 'tanh': {RELU}",
        ),
        (
            {2: {"activation": {"class_name": "Custom", "config": {"slope": 1}}}},
            "layer 'fc2' (Dense) on 5 values is not supported because of 'its own activation', "
            f"{SUPPORTED}: {DEFAULT}",
        ),
        ({2: {"units": 6}}, f"{DAMAGED}layer 'fc2' (Dense) has (5, 8) weights in place of (6, 8)"),
        ({2: {"use_bias": False}}, f"{DAMAGED}layer 'fc2' (Dense) has a bias against its settings"),
        (
            {0: {"batch_shape": [None, 13]}},
            f"{DAMAGED}layer 'fc1' (Dense) has (8, 12) weights in place of (8, 13)",
        ),
        (
            {0: {"batch_shape": [None, None]}},
            "layer 'input' (InputLayer) must have at least two axes, the first for the batch and "
            "the others of fixed length, not '?, ?': save the model with an Input of fixed shape",
        ),
        ({0: {"batch_shape": None}}, "layer 'input' (InputLayer) must have at least two axes"),
        ({0: {"batch_shape": [12]}}, "layer 'input' (InputLayer) must have at least two axes"),
        (
            {0: {"batch_shape": [None, 3, 4]}},
            "layer 'fc1' (Dense) on 12 values is not supported because of 'inputs without a "
            "Flatten'",
        ),
        ({2: {"name": "other"}}, f"{DAMAGED}layer 'other' has no kernel; write the file again"),
        ({2: {"name": 5}}, f"{DAMAGED}its model_config makes no sense; write the file again"),
    ],
)
def test_settings(
    path: Path,
    keras_config: Config,
    write_keras: Write,
    refused: Refused,
    change: Mapping[int, Config],
    message: str,
) -> None:
    for index, settings in change.items():
        keras_config["config"]["layers"][index]["config"] |= settings
    write_keras(path, keras_config)
    assert refused(read, path).startswith(message)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            layer("Softmax", "end", axis=0),
            "layer 'end' (Softmax) on 3 values is not supported because of 'an axis of its own', "
            f"{SUPPORTED}: {DEFAULT}",
        ),
        (
            layer("QDense", "end"),
            f"{DAMAGED}layer 'end' has no kernel; write the file again",
        ),
        (
            layer("Rescaling", "end"),
            f"{OTHER} 'end' (Rescaling): leave it out, and give its factor as the input scale",
        ),
        (
            layer("PruneLowMagnitude", "end"),
            f"{OTHER} 'end' (PruneLowMagnitude): call tfmot.sparsity.keras.strip_pruning before "
            "saving",
        ),
        (
            layer("Conv2D", "end"),
            f"{OTHER} 'end' (Conv2D): save only the fully connected layers behind it",
        ),
        (
            layer("MaxPooling2D", "end"),
            f"{OTHER} 'end' (MaxPooling2D): save only the fully connected layers behind it",
        ),
        (layer("LSTM", "end"), f"{OTHER} 'end' (LSTM): a network with state or attention cannot"),
        (layer("Embedding", "end"), f"{OTHER} 'end' (Embedding): it looks inputs up in a table;"),
        (layer("Permute", "end"), f"{OTHER} 'end' (Permute): it is not of a chain of such layers"),
        (layer("Add", "end"), f"{OTHER} 'end' (Add): it joins branches; save a chain of layers"),
        (layer("LeakyReLU", "end"), f"{OTHER} 'end' (LeakyReLU): {RELU}"),
        (
            layer("LayerNormalization", "end"),
            f"{OTHER} 'end' (LayerNormalization): train the network with BatchNormalization in",
        ),
        (layer("Lambda", "end"), f"{OTHER} 'end' (Lambda): it holds code, which is not run; do"),
        (layer("HDense", "end"), f"{OTHER} 'end' (HDense): its weights are quantized by trained"),
        (layer("HGQ>UnaryLUT", "end"), f"{OTHER} 'end' (UnaryLUT): it looks up another activation"),
        (layer("Sequential", "end"), f"{OTHER} 'end' (Sequential): a model in a model cannot be"),
        (
            layer("My>Dense", "end"),
            f"{OTHER} 'end' (My>Dense): its class is code that the file does not hold; {DEFAULT}",
        ),
        (
            layer("ReLU", "end", max_value=6.0),
            "must not end in a ReLU with an upper bound, whose sum no layer takes up: leave the",
        ),
        (
            layer("ReLU", "end", max_value=0.0),
            "bound of ReLU 'end' must be finite and above 0: leave it out",
        ),
        (
            layer("ReLU", "end", negative_slope=0.1),
            "layer 'end' (ReLU) on 3 values is not supported because of 'negative_slope'",
        ),
        (
            layer("QBatchNormalization", "end", mean_quantizer="quantized_po2(5)"),
            "layer 'end' (QBatchNormalization) on 3 values is not supported because of 'its",
        ),
        (
            layer("Reshape", "end", target_shape=[2, 2]),
            f"{DAMAGED}layer 'end' (Reshape) cannot make (2, 2) of 3 values",
        ),
        (
            layer("Reshape", "end", target_shape=[-1, -1]),
            "layer 'end' (Reshape) on 3 values is not supported because of 'its shape'",
        ),
        (
            layer("BatchNormalization", "end", axis=-1, epsilon=0.1),
            f"{DAMAGED}layer 'end' has no moving_mean; write the file again",
        ),
        (
            layer("BatchNormalization", "end", axis=2, epsilon=0.1),
            "layer 'end' (BatchNormalization) on 3 values is not supported because of 'an axis or "
            "epsilon of its own'",
        ),
    ],
)
def test_one_more_layer(
    path: Path,
    keras_config: Config,
    write_keras: Write,
    refused: Refused,
    entry: Config,
    message: str,
) -> None:
    keras_config["config"]["layers"].append(entry)
    write_keras(path, keras_config)
    assert refused(read, path).startswith(message)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ([], f"{DAMAGED}its model_config makes no sense; write the file again"),
        ({"class_name": "Sequential", "config": {}}, f"{DAMAGED}its model_config makes no sense"),
        ({"class_name": "Sequential", "config": [7]}, f"{DAMAGED}its model_config makes no sense"),
        (
            {"class_name": "Custom", "config": {}},
            "must hold a Sequential or Functional model, not 'Custom': save a model of one of",
        ),
        (
            {"class_name": "Sequential", "config": {"layers": []}},
            "must hold weights of the layers of its model only, not of 'fc1', 'fc2', 'fc10': save",
        ),
    ],
)
def test_configurations(
    path: Path, write_keras: Write, refused: Refused, config: object, message: str
) -> None:
    write_keras(path, config)
    assert refused(read, path).startswith(message)


def test_a_deep_configuration(path: Path, write_keras: Write, refused: Refused) -> None:
    write_keras(path, [])
    with h5py.File(path, "r+") as file:
        del file.attrs["model_config"]
        file.attrs["model_config"] = "[" * 30_000
    assert refused(read, path).startswith(f"{DAMAGED}its model_config makes no sense")


def delete(name: str) -> Callable[[Any], None]:
    """Take a member out of a file."""

    def change(file: Any) -> None:
        del file[name]

    return change


KERNEL = "fc2/sequential/fc2/kernel"


def replace(make: Callable[[Any], object], name: str = KERNEL) -> Callable[[Any], None]:
    """Replace a member of a file."""

    def change(file: Any) -> None:
        made = make(file)
        del file[name]
        if made is not None:
            file[name] = made

    return change


def external(file: Any) -> None:
    """Make a tensor of bytes in another file."""
    del file[KERNEL]
    file.create_dataset(KERNEL, (8, 5), "f4", external=[("/etc/passwd", 0, 160)])


def virtual(file: Any) -> None:
    """Make a tensor of parts of another file."""
    layout = h5py.VirtualLayout((8, 5), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "data", (8, 5))
    del file[KERNEL]
    file.create_virtual_dataset(KERNEL, layout)


def bomb(file: Any) -> None:
    """Make a tensor of zeros that is small in the file."""
    del file[KERNEL]
    file.create_dataset(KERNEL, data=np.zeros((4000, 4000), "f4"), compression="gzip")


def unwritten(file: Any) -> None:
    """Make a tensor without values."""
    del file[KERNEL]
    file.create_dataset(KERNEL, (2**31, 2**31), "f4", chunks=(1024, 1024))


def nan(file: Any) -> None:
    """Make a value NaN."""
    file[KERNEL][3, 1] = np.nan


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (delete(KERNEL), f"{DAMAGED}'sequential/fc2/kernel' is missing; write the file again"),
        (delete("fc10"), f"{DAMAGED}'fc10' is missing; write the file again"),
        (replace(lambda f: h5py.SoftLink("/fc1")), "'sequential/fc2/kernel' must be in the file"),
        (
            replace(lambda f: h5py.ExternalLink("other.h5", "/x")),
            "'sequential/fc2/kernel' must be in the file itself, not a link to elsewhere: save the "
            "model again",
        ),
        (replace(lambda f: f["fc1"]), f"{DAMAGED}'sequential/fc2/kernel' is no dataset"),
        (replace(lambda f: 3.0), "tensor 'fc2/kernel' must be of shape (outputs, inputs)"),
        (
            replace(lambda f: np.ones((8, 5), "i4")),
            "tensor 'fc2/kernel' must be of float16, bfloat16, float32 or float64, not "
            "int32: convert it to float32",
        ),
        (
            replace(lambda f: np.ones((8, 6), "f4")),
            "tensor 'fc2/bias' must be of shape (6,), one value per output, not (5,)",
        ),
        (replace(lambda f: h5py.Empty("f4")), f"{DAMAGED}tensor 'sequential/fc2/kernel' has no"),
        (external, "tensor 'sequential/fc2/kernel' must be in the file itself, and compressed by"),
        (virtual, "tensor 'sequential/fc2/kernel' must be in the file itself, and compressed by"),
        (bomb, "tensors must declare at most "),
        (unwritten, f"{DAMAGED}tensor 'sequential/fc2/kernel' has no values; write the file again"),
        (
            nan,
            "values of tensor 'fc2/kernel' must be finite, not nan at position (1, 3): remove NaN",
        ),
        (lambda f: f.attrs.pop("layer_names"), "must hold model_config, layer_names or layers"),
        (
            lambda f: f["fc2"].attrs.pop("weight_names"),
            f"{DAMAGED}attribute 'weight_names' is missing; write the file again",
        ),
        (
            lambda f: f["fc2"].attrs.__setitem__("weight_names", [b"\xff\xfe"]),
            f"{DAMAGED}'utf-8' codec can't encode",
        ),
        (
            lambda f: f.attrs.__setitem__("layer_names", [b"fc1", b"fc10"]),
            "layer sizes must chain, but layer 'fc1' has 8 outputs and layer 'fc10' takes 5",
        ),
    ],
)
def test_contents(
    path: Path, write_keras: Write, refused: Refused, change: Callable[[Any], None], message: str
) -> None:
    write_keras(path, None)
    with h5py.File(path, "r+") as file:
        change(file)
    assert refused(read, path).startswith(message)


def test_extra_tensors(path: Path, write_keras: Write, refused: Refused) -> None:
    write_keras(path, None, {"bn": {"gamma": np.ones(3, "f4"), "beta": np.ones(3, "f4")}})
    assert refused(read, path) == (
        "layer 'bn' must have no tensors but kernel and bias, not 'gamma', 'beta': save a whole "
        "model of fully connected layers"
    )


def test_truncated_and_of_another_kind(path: Path, write_keras: Write, refused: Refused) -> None:
    write_keras(path, None)
    data = path.read_bytes()
    for made in (
        data[:-1],
        data[: len(data) // 2],
        data[:10],
        b"PK\x03\x04" + data[4:],
        b"x" * 999,
    ):
        path.write_bytes(made)
        assert refused(read, path).startswith(DAMAGED)


def test_nested_models(path: Path, refused: Refused) -> None:
    with h5py.File(path, "w") as file:
        file.create_group("layers/sequential/layers/dense/vars")
    assert refused(read, path) == (
        "layer 'sequential' must not be made of other layers, as recurrent ones, "
        "attention and nested models are: save a flat model of fully connected layers"
    )
