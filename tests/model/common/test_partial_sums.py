"""Largest partial sums, against sums by hand and the overflows of golden models."""

import numpy as np
import pytest

from zskip.engines import engine
from zskip.model.common import partial_sums
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.partial_sums import SumOrder, partial_sum_peaks
from zskip.model.common.reference import FloatLayer
from zskip.model.common.scale import LayerScale
from zskip.model.eie.config import TINY
from zskip.model.nm.config import NAMED


def layer(weights: list[list[float]], bias: list[float]) -> FloatLayer:
    return FloatLayer(weights=np.array(weights), bias=np.array(bias), relu=True)


def test_sums_start_from_the_bias_and_follow_the_order() -> None:
    layers = [layer([[4.0, -3.0, 2.0]], [1.0])]
    inputs = np.ones((1, 3))
    assert partial_sum_peaks(layers, inputs, [SumOrder(np.array([0, 1, 2]), 1)]) == [5.0]
    assert partial_sum_peaks(layers, inputs, [SumOrder(np.array([0, 2, 1]), 1)]) == [7.0]
    assert partial_sum_peaks(layers, inputs, [SumOrder(np.array([1, 0, 2]), 1)]) == [4.0]


def test_products_that_come_together_have_no_order() -> None:
    layers = [layer([[4.0, -3.0, 2.0, -9.0]], [1.0])]
    order = SumOrder(np.arange(4), 2)
    # From 1 to 5 or -2, to 2; from there to 4 or -7.
    assert partial_sum_peaks(layers, np.ones((1, 4)), [order]) == [7.0]


def test_a_large_bias_counts_and_relu_ends_a_layer() -> None:
    layers = [layer([[1.0], [-1.0]], [-8.0, 2.0]), layer([[0.0, 3.0]], [0.0])]
    orders = [SumOrder(np.arange(1), 1), SumOrder(np.arange(2), 1)]
    assert partial_sum_peaks(layers, np.ones((1, 1)), orders) == [8.0, 3.0]


def test_large_layers_are_not_told_less(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    layers = [FloatLayer(weights=rng.normal(size=(9, 64)), bias=rng.normal(size=9), relu=False)]
    inputs, orders = rng.normal(size=(20, 64)), [SumOrder(rng.permutation(64), 1)]
    (exact,) = partial_sum_peaks(layers, inputs, orders)
    monkeypatch.setattr(partial_sums, "SUMS", 9 * 20 * 8)
    (some,) = partial_sum_peaks(layers, inputs, orders)
    order = orders[0].inputs
    sums = np.cumsum(inputs[:, None, order] * layers[0].weights[:, order], axis=2)
    sums += layers[0].bias[:, None]
    assert exact == pytest.approx(max(np.abs(sums).max(), np.abs(layers[0].bias).max()))
    assert exact <= some <= 2 * exact


def test_order_of_the_source() -> None:
    order = SumOrder(np.array([2, 0, 1]), 4).of_source(np.array([5, 1, 3]), 7)
    assert order.together == 4
    assert order.inputs.tolist() == [3, 5, 1, 0, 2, 4, 6]


@pytest.mark.parametrize("bits", range(24, 33))
@pytest.mark.parametrize("seed", range(3))
def test_eie_overflows_where_the_peak_leaves_the_range(bits: int, seed: int) -> None:
    """The golden model counts overflows exactly where a partial sum is beyond the accumulator."""
    rng = np.random.default_rng(seed)
    codebook = np.concatenate(([0], rng.integers(-(2**15), 2**15, 15)))
    codes = rng.integers(0, 16, (40, 37)) * (rng.random((40, 37)) < 0.5)
    bias = rng.integers(-(2**20), 2**20, 40)
    config = TINY.replace(acc_bits=bits)
    source = FixedLayer(
        name="fc",
        codes=codes.astype(np.uint8),
        codebook=codebook,
        bias=bias,
        relu=False,
        scale=LayerScale(input_fraction=0, weight_fraction=16, output_fraction=0),
    )
    eie = engine("eie")
    inputs = rng.integers(-(2**8), 2**8, (6, 37))
    network = eie.encode([source], config, calibration=inputs.astype(float))
    run = eie.run(network, network.select(inputs))
    order = eie.sum_order(network.layers[0].inputs, config)
    assert order is not None
    (peak,) = partial_sum_peaks(
        [FloatLayer(weights=codebook[codes].astype(float), bias=bias.astype(float), relu=False)],
        inputs.astype(float),
        [order.of_source(network.columns(0), 37)],
    )
    overflows = sum(int(part["overflows"].sum()) for part in run.layers[0].passes)
    assert (overflows > 0) == (peak >= 2 ** (bits - 1))


def test_orders_of_engines() -> None:
    eie, nm = engine("eie"), engine("nm")
    order = eie.sum_order(6, TINY)
    assert order is not None
    assert (order.inputs.tolist(), order.together) == ([0, 4, 1, 5, 2, 3], 1)
    order = nm.sum_order(6, NAMED["nm_2_4"])
    assert order is not None
    assert (order.inputs.tolist(), order.together) == ([*range(6)], 16)
    assert engine("bitlet").sum_order(6, engine("bitlet").default) is None
