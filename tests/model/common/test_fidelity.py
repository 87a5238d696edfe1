"""Error of a compressed network; oracles: the golden model and the float network as a whole."""

from collections.abc import Callable

import numpy as np
import pytest

from zskip.model.common import network as common
from zskip.model.common.dense import dense_layers
from zskip.model.common.errors import InputError
from zskip.model.common.fidelity import compare
from zskip.model.common.fixed import dequantize
from zskip.model.common.metrics import max_abs_error, signal_to_noise
from zskip.model.common.reference import FloatLayer, float_network
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import TINY
from zskip.model.eie.network import Network

MakeNetwork = Callable[..., Network]


def source_of(network: Network) -> list[FloatLayer]:
    """Give a float network near a compressed one."""
    rng = np.random.default_rng(7)
    layers = []
    for layer, dense in zip(network.layers, dense_layers(network), strict=True):
        weights = dequantize(dense.weights, layer.scale.weight_fraction)
        bias = dequantize(dense.bias, layer.scale.input_fraction + layer.scale.weight_fraction)
        weights += rng.normal(scale=0.01, size=weights.shape)
        layers.append(FloatLayer(weights=weights, bias=bias, relu=layer.relu, name=layer.name))
    return layers


@pytest.mark.parametrize("unused", [None, 5])
@pytest.mark.parametrize("elements", [1, 60, common.ELEMENTS_PER_BLOCK])
def test_blocks_of_rows_add_up(
    elements: int, unused: int | None, make_network: MakeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "ELEMENTS_PER_BLOCK", elements)
    network = make_network(TINY, (20, 30, 11), density=0.5, magnitude=30000, unused=unused)
    source = source_of(network)
    inputs = np.random.default_rng(3).random((6, network.inputs)) * 200
    result = compare(network, source, inputs)
    truth = float_network(source, inputs * network.input_scale)
    model = run(network, network.quantize_inputs(inputs))
    assert sum(error.saturations for error in result.layers) > 0
    for layer, error, expected, given in zip(
        network.layers, result.layers, truth, model.layers, strict=True
    ):
        actual = dequantize(given.outputs, layer.scale.output_fraction)
        expected = expected[:, layer.rows]
        assert error.max_error == pytest.approx(max_abs_error(expected, actual))
        assert error.snr_db == pytest.approx(signal_to_noise(expected, actual))
        assert error.saturations == given.counters["saturations"].sum()
    np.testing.assert_allclose(result.float_outputs, truth[-1])
    np.testing.assert_array_equal(
        result.outputs, dequantize(model.outputs, network.layers[-1].scale.output_fraction)
    )


def test_refuses_inputs_of_the_wrong_length(make_network: MakeNetwork) -> None:
    network = make_network(TINY, (20, 30))
    with pytest.raises(InputError, match=r"inputs must have shape \(n, 20\)"):
        compare(network, source_of(network), np.zeros((2, 19)))
