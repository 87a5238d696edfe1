"""Scales from the partial sums that inputs reach, in the networks of engines."""

from typing import Any

import numpy as np
import pytest

from zskip.engines import engine
from zskip.model.common import scaled_network
from zskip.model.common.codebook import cluster
from zskip.model.common.compress import compress
from zskip.model.common.errors import InputError
from zskip.model.common.fidelity import compare
from zskip.model.common.reference import FloatLayer
from zskip.model.eie.config import TINY, TUNED


@pytest.fixture(scope="module")
def wide() -> tuple[FloatLayer, np.ndarray, np.ndarray]:
    """A layer like AlexNet's last one, its weights shared already; inputs, and more of them."""
    rng = np.random.default_rng(1)
    weights = rng.laplace(scale=0.01, size=(96, 4096))
    weights[np.abs(weights) < np.quantile(np.abs(weights), 0.75)] = 0
    shared = cluster(weights, 16)
    layer = FloatLayer(
        weights=shared.centroids[shared.codes].astype(np.float64),
        bias=rng.normal(size=96) / 10,
        relu=False,
        name="fc8",
    )
    inputs, more = np.maximum(3 * rng.normal(size=(2, 48, 4096)) - 1, 0)
    return layer, inputs, more


Wide = tuple[FloatLayer, np.ndarray, np.ndarray]


def test_a_layer_of_4096_inputs_keeps_75_db(wide: Wide) -> None:
    """On other inputs too, against 69 dB at scales for the sums of all magnitudes."""
    layer, inputs, more = wide
    eie = engine("eie")
    for scales, low, high in (("reached", 75, 80), ("safe", 60, 70)):
        result = compress(eie, [layer], TUNED, calibration=inputs, scales=scales)
        network = result.network
        assert result.layers[0].exact
        for given in (inputs, more):
            assert low <= compare(network, [layer], given).layers[0].snr_db < high
        run = eie.run(network, network.select(network.quantize_inputs(more)))
        assert not run.layers[0].passes[0]["overflows"].any()


@pytest.mark.parametrize(("acc_bits", "low"), [(16, 15), (24, 50)])
def test_activations_leave_half_of_narrow_sums_to_weights(
    wide: Wide, acc_bits: int, low: float
) -> None:
    """Activations of 16 bits would leave the weights none of 16 bits, and 8 of 24."""
    layer, inputs, more = wide
    result = compress(engine("eie"), [layer], TUNED.replace(acc_bits=acc_bits), calibration=inputs)
    assert compare(result.network, [layer], more).layers[0].snr_db >= low


def test_biases_make_up_for_shared_weights_on_the_grid(wide: Wide) -> None:
    layer, inputs, more = wide
    errors = []
    for correction in (None, False):
        result = compress(
            engine("eie"), [layer], TUNED, calibration=inputs, bias_correction=correction
        )
        network = result.network
        errors.append(compare(network, [layer], more).layers[0].snr_db)
    assert errors[0] > errors[1] + 3


@pytest.mark.parametrize("margin", [0, 1, 3])
@pytest.mark.parametrize(
    ("name", "changes"),
    [("eie", {}), ("nm", {"weight_bits": 16, "activation_bits": 16, "weight_depth": 1024})],
)
def test_margin_is_kept_in_every_layer(name: str, changes: dict[str, int], margin: int) -> None:
    """Sums take at most what the margin leaves, and a bit more would be too much."""
    rng = np.random.default_rng(margin)
    layers = [
        FloatLayer(weights=rng.normal(size=size), bias=rng.normal(size=size[0]), relu=True)
        for size in ((40, 48), (24, 40))
    ]
    chosen = engine(name)
    config = chosen.configs["tiny"].replace(acc_bits=24, **changes)
    inputs = np.abs(rng.normal(size=(30, 48)))
    result = compress(chosen, layers, config, calibration=inputs, margin_bits=margin)
    assert result.sum_shares is not None
    for share in result.sum_shares:
        assert 2.0 ** -(margin + 1) < share <= 2.0**-margin
    run = chosen.run(result.network, result.network.select(result.network.quantize_inputs(inputs)))
    if margin:
        assert not any(part["overflows"].any() for done in run.layers for part in done.passes)


def test_inputs_beyond_the_margin_raise_the_alarm() -> None:
    rng = np.random.default_rng(2)
    layer = FloatLayer(weights=rng.normal(size=(16, 64)), bias=np.zeros(16), relu=False)
    config, eie = TINY.replace(acc_bits=24), engine("eie")
    inputs = np.abs(rng.normal(size=(20, 64)))
    network = compress(eie, [layer], config, calibration=inputs).network
    shares = [
        sum(int(part["overflows"].sum()) for part in run.layers[0].passes)
        for scale in (1.0, 4.0)
        for run in [eie.run(network, network.select(network.quantize_inputs(scale * inputs)))]
    ]
    assert shares[0] == 0 < shares[1]


def test_without_an_order_scales_are_safe() -> None:
    rng = np.random.default_rng(4)
    layer = FloatLayer(weights=rng.normal(size=(16, 64)), bias=np.zeros(16), relu=False)
    bitlet = engine("bitlet")
    config, inputs = bitlet.default.replace(acc_bits=24), np.abs(rng.normal(size=(20, 64)))
    reached, safe = (
        compress(bitlet, [layer], config, calibration=inputs, precision="int16", scales=scales)
        for scales in ("reached", "safe")
    )
    assert reached.sum_shares is None
    assert reached.network.layers[0].scale == safe.network.layers[0].scale


def test_rounds_end(monkeypatch: pytest.MonkeyPatch, wide: Wide) -> None:
    """Scales that never settle are taken as they are after the last round."""
    layer, inputs, _ = wide
    peaks = iter(2.0**number for number in range(6, 20))
    monkeypatch.setattr(scaled_network, "partial_sum_peaks", lambda *_: [next(peaks)])
    result = compress(engine("eie"), [layer], TUNED, calibration=inputs[:2])
    assert next(peaks) == 2.0 ** (scaled_network.ROUNDS + 7)
    assert result.sum_shares is not None


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (
            {"scales": "tight"},
            "scales must be one of reached, safe, not 'tight': choose reached for the sums of the "
            "inputs, or safe for those of all magnitudes",
        ),
        (
            {"margin_bits": 31},
            "the margin of the accumulators must be 0 to 30 bits, not 31: 1 leaves a factor of two",
        ),
    ],
)
def test_bad_choices(wide: Wide, choice: dict[str, Any], message: str) -> None:
    layer, inputs, _ = wide
    with pytest.raises(InputError) as caught:
        compress(engine("eie"), [layer], TUNED, calibration=inputs, **choice)
    assert str(caught.value) == message
