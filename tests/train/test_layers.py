"""Which models `zskip.train` takes; the messages for those that it refuses."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from zskip.model.common.errors import InputError

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn = torch.nn
layers = pytest.importorskip("zskip.train.layers")
train = pytest.importorskip("zskip.train")

Model = Any


class Nested(nn.Module):
    """A model of the kind that users write: layers in containers, activations as functions."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.ModuleList([nn.Linear(4, 6), nn.Linear(6, 5, bias=False)])
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(5, 3)
        self.loss = nn.CrossEntropyLoss()


def tied() -> Model:
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    model[2].weight = model[0].weight
    return model


def used_twice() -> Model:
    layer = nn.Linear(4, 4)
    return nn.ModuleDict({"a": nn.Sequential(layer), "b": nn.Sequential(layer)})


def not_finite() -> Model:
    model = nn.Sequential(nn.Linear(2, 2))
    with torch.no_grad():
        model[0].weight[1, 0] = torch.nan
    return model


def normalized() -> Model:
    return nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)))


def spectral() -> Model:
    return nn.Sequential(nn.utils.spectral_norm(nn.Linear(3, 2)))


PART = "give the part of the model that is linear layers and ReLU"
REFUSED: dict[str, tuple[Callable[[], Model], str]] = {
    "no layers": (
        lambda: nn.Sequential(nn.ReLU()),
        "a model must have a torch.nn.Linear layer, but Sequential has none: "
        "give the part of it that does",
    ),
    "a convolution": (
        lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2)),
        "only torch.nn.Linear layers may have parameters and buffers, but module '0' (Conv2d) has "
        f"'weight': {PART}",
    ),
    "a normalization": (
        lambda: nn.Sequential(nn.Linear(8, 2), nn.BatchNorm1d(2, affine=False)),
        "only torch.nn.Linear layers may have parameters and buffers, but module '1' "
        f"(BatchNorm1d) has 'running_mean': {PART}",
    ),
    "another activation": (
        lambda: nn.Sequential(nn.Linear(8, 2), nn.Tanh(), nn.Linear(2, 2)),
        f"only ReLU may stand between the layers, but module '1' (Tanh) does: {PART}",
    ),
    "no model of layers at all": (
        lambda: nn.PReLU(),
        "only torch.nn.Linear layers may have parameters and buffers, but the model (PReLU) has "
        f"'weight': {PART}",
    ),
    "no chain": (
        lambda: nn.Sequential(nn.Linear(8, 5), nn.ReLU(), nn.Linear(4, 2)),
        "layer sizes must chain, but layer '0' has 5 outputs and layer '2' takes 4 inputs: "
        "check shapes and order",
    ),
    "tied weights": (
        tied,
        "layer '0' must have weights of its own, but shares them with another: "
        "give each layer a copy",
    ),
    "a layer used twice": (
        used_twice,
        "layer 'a.0' must have weights of its own, but shares them with another: "
        "give each layer a copy",
    ),
    "float64": (
        lambda: nn.Sequential(nn.Linear(2, 2)).double(),
        "layer '0' must be in float32, not torch.float64: call float() of the model",
    ),
    "bfloat16": (
        lambda: nn.Sequential(nn.Linear(2, 2)).bfloat16(),
        "layer '0' must be in float32, not torch.bfloat16: call float() of the model",
    ),
    "a lazy layer": (
        lambda: nn.Sequential(nn.LazyLinear(2)),
        "layer '0' must have weights, but has none yet: run the model once first",
    ),
    "a layer without memory": (
        lambda: nn.Sequential(nn.Linear(2, 2, device="meta")),
        "layer '0' must have weights, but has none yet: run the model once first",
    ),
    "NaN": (
        not_finite,
        "layer '0': weights must be finite, not nan at position (1, 0): "
        "remove NaN and infinite values",
    ),
    "weight normalization": (
        normalized,
        "layer '0' must have a plain weight, but another tool computes it: "
        "remove the parametrization or hook first",
    ),
    "spectral normalization": (
        spectral,
        "layer '0' must have a plain weight, but another tool computes it: "
        "remove the parametrization or hook first",
    ),
}


def test_layers_of_nested_models_are_found_in_order() -> None:
    model = Nested()
    found = layers.linear_layers(model)
    assert list(found) == ["body.0", "body.1", "head"]
    assert found["head"] is model.head


def test_a_layer_alone_is_a_model() -> None:
    assert list(layers.linear_layers(nn.Linear(3, 2))) == ["layer0"]


def test_float_layers_are_the_weights_with_relu_between() -> None:
    model = Nested()
    network = layers.float_layers(layers.linear_layers(model))
    assert [layer.relu for layer in network] == [True, True, False]
    for layer, source in zip(network, [*model.body, model.head], strict=True):
        np.testing.assert_array_equal(layer.weights, source.weight.detach().numpy())
        assert layer.weights.dtype == layer.bias.dtype == np.float32
    np.testing.assert_array_equal(network[1].bias, np.zeros(5))
    np.testing.assert_array_equal(network[2].bias, model.head.bias.detach().numpy())


@pytest.mark.filterwarnings("ignore:.*spectral_norm.*:FutureWarning")
@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("call", ["prune", "share_weights", "export"])
def test_models_that_are_no_such_network_are_refused(case: str, call: str, tmp_path: Any) -> None:
    build, message = REFUSED[case]
    calls: dict[str, Callable[[Model], Any]] = {
        "prune": lambda model: train.prune(model, density=0.5),
        "share_weights": train.share_weights,
        "export": lambda model: train.export(model, tmp_path / "out.npz"),
    }
    with pytest.raises(InputError) as caught:
        calls[call](build())
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []
