"""PyTorch modules as weights; oracle: PyTorch's own forward."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from zskip.files.weights import read_weights
from zskip.model.common.errors import InputError
from zskip.model.common.reference import float_network

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
nn: Any = torch.nn


def chain() -> Any:
    """A chain with everything that is left out or folded."""
    layers = [nn.Flatten(), nn.Linear(12, 8), nn.Linear(8, 5), nn.ReLU(), nn.BatchNorm1d(5)]
    return nn.Sequential(*layers, nn.Dropout(), nn.Linear(5, 3))


def forward(run: Callable[[Any, Any], Any], **layers: Any) -> Any:
    """Make a module with some layers and a forward of its own."""

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for name, layer in layers.items():
                setattr(self, name, layer)

        def forward(self, x: Any) -> Any:
            return run(self, x)

    return Model()


def functional() -> Any:
    """A module whose ReLU are functions."""
    return forward(
        lambda m, x: m.b(torch.relu(m.norm(m.a(x.view(x.size(0), -1))))),
        b=nn.Linear(8, 3, bias=False),
        norm=nn.BatchNorm1d(8),
        a=nn.Linear(12, 8),
    )


@pytest.mark.parametrize("make", [chain, functional, lambda: nn.Linear(12, 3)])
def test_layers_compute_what_the_module_does(make: Callable[[], Any]) -> None:
    torch.manual_seed(1)
    model = make()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    inputs = torch.randn(7, 12)
    layers = read_weights(model)
    assert model.training
    expected = model.eval()(inputs).detach().numpy()
    actual = float_network(layers, inputs.numpy().astype(np.float64))[-1]
    np.testing.assert_allclose(actual, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (lambda: nn.Softmax(1), "Softmax"),
        (lambda: nn.LogSoftmax(1), "LogSoftmax"),
        (nn.Sigmoid, "Sigmoid"),
    ],
)
def test_the_last_activation_is_taken_off(last: Callable[[], Any], kind: str) -> None:
    layer = nn.Linear(4, 4)
    layers = read_weights(nn.Sequential(layer, last()))
    (taken,), (note,) = layers, layers.notes
    assert note.startswith(f"{kind} '1' at the end is taken off: the order of the outputs stays")
    np.testing.assert_array_equal(taken.weights, layer.weight.detach().numpy())
    assert not taken.relu


@pytest.mark.parametrize("kind", ["half", "bfloat16", "double"])
def test_any_float_is_taken(kind: str) -> None:
    model = getattr(nn.Sequential(nn.Linear(4, 4)), kind)()
    (layer,) = read_weights(model)
    np.testing.assert_array_equal(layer.weights, model[0].weight.detach().float().numpy())


def linear() -> Any:
    """A layer."""
    return nn.Linear(4, 4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Sequential(nn.Conv2d(1, 1, 3)), "'0' is Conv2d"),
        (lambda: nn.Sequential(nn.LSTM(4, 4)), "'0' is LSTM"),
        (lambda: nn.Sequential(linear(), nn.Tanh(), linear()), "'1' is Tanh"),
        (lambda: nn.Sequential(linear(), nn.Softmax(1), linear()), "Softmax must be the last"),
        (lambda: nn.Sequential(linear(), nn.Hardtanh(), linear()), "values to 0 at least, .* -1:"),
        (lambda: nn.Sequential(nn.LazyLinear(4)), "must have values, but has none yet"),
        (lambda: forward(lambda m, x: x + m.a(x), a=linear()), "must be a chain of layers"),
        (lambda: forward(lambda m, x: m.a(x) if x.sum() else x, a=linear()), "cannot be traced"),
        (
            lambda: nn.Sequential(linear(), nn.BatchNorm1d(4, track_running_stats=False)),
            "must keep running statistics",
        ),
    ],
)
def test_what_is_no_chain_is_refused_by_name(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_weights(make())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [nn.ReLU6, lambda: nn.Hardtanh(0, 2)])
def test_a_relu_with_a_bound(make: Callable[[], Any]) -> None:
    model = nn.Sequential(linear(), make(), linear())
    model[0].weight.data *= 30
    inputs = torch.randn(20, 4)
    layers = read_weights(model)
    expected = model(inputs).detach().numpy()
    np.testing.assert_allclose(float_network(layers, inputs.numpy())[-1], expected, atol=1e-4)
    assert layers.notes[0].startswith("rows are doubled for an upper bound")
