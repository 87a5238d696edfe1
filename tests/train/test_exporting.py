"""Export of a model; oracles: the project's own reader, `cluster`, and PyTorch's outputs."""

import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.files.weights import read_weights
from zskip.model.common.codebook import cluster
from zskip.model.common.errors import InputError

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn = torch.nn
train = pytest.importorskip("zskip.train")

Model = Any


def make_model() -> Model:
    torch.manual_seed(4)
    modules = {"fc1": nn.Linear(30, 20), "relu": nn.ReLU(), "fc2": nn.Linear(20, 10, bias=False)}
    return nn.Sequential(OrderedDict(modules))


def fit(model: Model) -> None:
    """Train on noise; the last step comes after the last run."""
    optimizer = torch.optim.AdamW(model.parameters(), 0.01)
    for _ in range(5):
        optimizer.zero_grad()
        model(torch.randn(16, 30)).square().sum().backward()
        optimizer.step()


def trained(bits: int = 4) -> Model:
    model = make_model()
    train.prune(model, density=0.4)
    fit(model)
    train.share_weights(model, bits=bits)
    fit(model)
    return model


def run(path: Path, inputs: Any) -> Any:
    """Compute the network of a file."""
    values = inputs
    for layer in read_weights(path):
        values = values @ layer.weights.T + layer.bias
        values = np.maximum(values, 0) if layer.relu else values
    return values


@pytest.mark.parametrize("stage", ["dense", "pruned", "shared"])
def test_the_file_computes_what_the_model_does(stage: str, tmp_path: Path) -> None:
    model = make_model()
    fit(model)
    if stage != "dense":
        train.prune(model, density=0.4)
        fit(model)
    if stage == "shared":
        train.share_weights(model)
        fit(model)
    train.export(model, tmp_path / "out.npz")
    inputs = torch.randn(9, 30)
    expected = model(inputs).detach().numpy()
    np.testing.assert_allclose(run(tmp_path / "out.npz", inputs.numpy()), expected, atol=1e-5)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_shared_weights_come_back_bit_for_bit(bits: int, tmp_path: Path) -> None:
    model = trained(bits)
    train.export(model, tmp_path / "out.npz")
    layers = read_weights(tmp_path / "out.npz")
    assert [layer.name for layer in layers] == ["fc1", "fc2"]
    for layer, source in zip(layers, (model.fc1, model.fc2), strict=True):
        assert layer.weights.dtype == np.float32
        assert layer.weights.tobytes() == source.weight.detach().numpy().tobytes()
        clustering = cluster(layer.weights, 2**bits)
        assert clustering.exact
        values = np.sort(source.parametrizations.weight.original.detach().numpy())
        assert clustering.centroids[1 : len(values) + 1].astype(np.float32).tobytes() == (
            values.tobytes()
        )
    np.testing.assert_array_equal(layers[0].bias, model.fc1.bias.detach().numpy())


def test_the_archive_holds_the_arrays_in_order_without_absent_biases(tmp_path: Path) -> None:
    train.export(trained(), str(tmp_path / "out.npz"))
    with np.load(tmp_path / "out.npz", allow_pickle=False) as archive:
        assert archive.files == ["fc1.weight", "fc1.bias", "fc2.weight"]
        assert {archive[name].dtype for name in archive.files} == {np.dtype(np.float32)}


def test_pruned_weights_are_those_of_now_without_negative_zeros(tmp_path: Path) -> None:
    model = make_model()
    train.prune(model, density=0.4)
    fit(model)
    train.export(model, tmp_path / "out.npz")
    weights = read_weights(tmp_path / "out.npz")[0].weights
    layer = model.fc1
    np.testing.assert_array_equal(weights, (layer.weight_orig * layer.weight_mask).detach().numpy())
    assert not np.signbit(weights[weights == 0]).any()


def test_a_pruned_bias_is_written_as_the_layer_has_it(tmp_path: Path) -> None:
    model = make_model()
    torch.nn.utils.prune.l1_unstructured(model.fc1, "bias", 5)
    fit(model)
    train.export(model, tmp_path / "out.npz")
    bias = read_weights(tmp_path / "out.npz")[0].bias
    np.testing.assert_array_equal(
        bias, (model.fc1.bias_orig * model.fc1.bias_mask).detach().numpy()
    )


def test_the_same_training_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        train.export(trained(), tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_exporting_leaves_the_model_as_it_is(tmp_path: Path) -> None:
    model = trained()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    train.export(model, tmp_path / "out.npz")
    after = model.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        train.export(make_model(), tmp_path / "out.pt")
    assert str(caught.value) == "the file must end in .npz, not 'out.pt': rename it"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "no" / "out.npz"
    with pytest.raises(InputError) as caught:
        train.export(make_model(), path)
    assert str(caught.value) == (
        f"{path} must be in a folder that exists, but {path.parent} does not: make it"
    )


def test_weights_that_training_blew_up_are_refused(tmp_path: Path) -> None:
    model = trained()
    with torch.no_grad():
        model.fc2.parametrizations.weight.original[0] = torch.inf
    with pytest.raises(InputError, match=r"^layer 'fc2': weights must be finite, not inf at"):
        train.export(model, tmp_path / "out.npz")
    assert list(tmp_path.iterdir()) == []
