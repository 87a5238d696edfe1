"""From the source's order to the array's; oracle: the dense reference on the whole source."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common import reference
from zskip.model.common.dense import dense_layers
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.reference import DenseLayer
from zskip.model.eie.accelerator import run
from zskip.model.eie.compressor.assemble import assemble
from zskip.model.eie.compressor.balance import balance, longest_first, row_work
from zskip.model.eie.config import TINY, Config
from zskip.model.eie.encoding import encode
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.fit import check_fit, requirements
from zskip.model.eie.network import Network

Chain = Callable[..., list[FixedLayer]]
ROOMY = TINY.replace(spmat_depth=8192, pointer_depth=4096, bias_depth=1024, register_depth=255)
GROUPS = {"grouped_pointers": 1, "broadcast_rounds": 1, "broadcast_groups": 1}


def vectors(length: int, count: int = 5) -> np.ndarray:
    """Give input vectors with zeros."""
    rng = np.random.default_rng(8)
    return rng.integers(-3000, 3000, (count, length)) * (rng.random((count, length)) < 0.5)


def check(network: Network, layers: list[FixedLayer], activations: np.ndarray) -> None:
    """Compare every layer with the dense reference on all rows and columns of the source."""
    network.check()
    source = [
        DenseLayer(weights=x.codebook[x.codes], bias=x.bias, shift=12, relu=x.relu) for x in layers
    ]
    truth = reference.network(source, activations, network.config.acc_bits)
    result = run(network, activations)
    for placed, expected, actual in zip(network.layers, truth, result.layers, strict=True):
        np.testing.assert_array_equal(actual.outputs, expected.y[:, placed.rows])
    np.testing.assert_array_equal(result.outputs, truth[-1].y)
    decoded = reference.network(dense_layers(network), activations, network.config.acc_bits)
    np.testing.assert_array_equal(decoded[-1].y, truth[-1].y)


@given(
    sizes=st.lists(st.integers(1, 40), min_size=2, max_size=4),
    density=st.sampled_from([0.0, 0.03, 0.3]),
    pe_count=st.sampled_from([1, 2, 4, 16]),
    balanced=st.booleans(),
    calibrated=st.booleans(),
    changes=st.sampled_from([{}, GROUPS, {**GROUPS, "lanes": 4}]),
    seed=st.integers(0, 99),
)
def test_outputs_are_those_of_the_whole_source(
    chain: Chain,
    sizes: list[int],
    density: float,
    pe_count: int,
    balanced: bool,
    calibrated: bool,
    changes: dict[str, int],
    seed: int,
) -> None:
    config = ROOMY.replace(pe_count=pe_count, balanced_rows=int(balanced), **changes)
    layers = chain(sizes, density, seed)
    activations = vectors(sizes[0])
    network = assemble(layers, config, activations / 256 if calibrated else None)
    assert (network.inputs, network.outputs) == (sizes[0], sizes[-1])
    assert network.shapes == [layer.codes.shape for layer in layers]
    check(network, layers, activations)


def test_an_all_zero_layer_keeps_one_of_each(chain: Chain) -> None:
    layers = chain([20, 15, 9], 0.5, 1)
    layers[1].codes[:] = 0
    network = assemble(layers, ROOMY)
    first, second = network.layers
    assert (first.outputs, second.inputs, second.outputs) == (1, 1, 9)
    assert (first.unused_outputs, second.unused_inputs, second.unused_outputs) == (14, 14, 0)
    check(network, layers, vectors(20))


def test_nothing_is_dropped_from_a_full_network(chain: Chain) -> None:
    layers = chain([8, 6, 4], 1.0, 2)
    for layer in layers:
        layer.codes[:] = 3
    network = assemble(layers, ROOMY.replace(balanced_rows=0))
    assert network.gather.tolist() == list(range(8))
    assert [layer.rows.tolist() for layer in network.layers] == [list(range(6)), list(range(4))]


def imbalance(network: Network, activations: np.ndarray) -> float:
    """Return the busiest PE of the first layer against the mean."""
    counters = run(network, activations).layers[0].counters.per_pe
    work = np.sum(counters["entries"] - counters["padding"], axis=0)
    return float(work.max() / work.mean())


@pytest.mark.parametrize("pe_count", [2, 4, 16])
def test_calibration_tells_how_much_work_a_column_is(chain: Chain, pe_count: int) -> None:
    rng = np.random.default_rng(3)
    layer = chain([300, 96], 1.0, 3)[0]
    layer.codes[:] = rng.integers(1, 16, (96, 300)) * (rng.random((96, 300)) < 0.1)
    # Every other PE has its weights where the inputs are hardly ever active.
    layer.codes[::2, :100] *= rng.random((48, 100)) < 0.1
    share = np.where(np.arange(300) < 100, 0.9, 0.05)
    activations = rng.integers(1, 3000, (200, 300)) * (rng.random((200, 300)) < share)
    config = ROOMY.replace(pe_count=pe_count, activation_depth=256)
    options: dict[str, Callable[[], Any]] = {
        "plain": lambda: assemble([layer], config.replace(balanced_rows=0)),
        "even": lambda: assemble([layer], config),
        "active": lambda: assemble([layer], config, activations / 256),
    }
    found = {name: imbalance(make(), activations) for name, make in options.items()}
    assert found["active"] < 1.02
    assert found["active"] < found["even"] < found["plain"] or pe_count == 16


@pytest.mark.parametrize("pe_count", [16, 32])
def test_groups_choose_orders_that_take_fewer_cycles(chain: Chain, pe_count: int) -> None:
    layers = chain([300, 50, 20], 0.1, 6)
    rng = np.random.default_rng(6)
    often = rng.random(300) ** 4
    activations = rng.integers(1, 3000, (60, 300)) * (rng.random((60, 300)) < often)
    config = ROOMY.replace(pe_count=pe_count, activation_depth=256)
    found = {}
    for groups in (0, 1):
        network = assemble(
            layers, config.replace(**{**GROUPS, "broadcast_groups": groups}), activations[20:] / 256
        )
        check(network, layers, activations[:20])
        built = replace(network, config=config.replace(**GROUPS))
        timed = ENGINE.timing(built, run(built, activations[:20]))
        found[groups] = sum(one["cycles"].sum() for passes in timed for one in passes)
        assert np.all(np.diff(network.gather) > 0) == (not groups)
    assert found[1] < 0.98 * found[0]


def test_tall_layers_are_balanced_by_block(chain: Chain) -> None:
    config = Config(pe_count=2, register_depth=8, activation_depth=512, balanced_rows=1)
    layers = chain([30, 100, 12], 0.3, 5)
    network = assemble(layers, config, vectors(30) / 256)
    assert network.layers[0].matrix.blocks > 1
    network.check()
    decoded = dense_layers(network)
    kept = network.layers[0].rows
    np.testing.assert_array_equal(
        decoded[0].weights[kept], layers[0].codebook[layers[0].codes[kept]]
    )


@pytest.mark.parametrize("share", [0.01, 0.3])
def test_rows_stand_in_the_order_that_takes_less_padding(chain: Chain, share: float) -> None:
    rng = np.random.default_rng(2)
    layer = chain([50, 900], 1.0, 1)[0]
    often = share * np.exp(rng.standard_normal((900, 1)))
    codes = (3 * (rng.random((900, 50)) < often)).astype(np.uint8)
    config = ROOMY.replace(activation_depth=512)
    matrix = assemble([replace(layer, codes=codes)], config).layers[0].matrix
    work = row_work(codes)
    order = balance(work, config, codes=codes)
    orders = (order, longest_first(order, work, config))
    fullest = [encode(codes[rows], config).pointers[:, -1].max() for rows in orders]
    assert fullest[0] != fullest[1]
    assert matrix.pointers[:, -1].max() == min(fullest)


def words(network: Network) -> int:
    """Return the words of the fullest PE."""
    return requirements(network)["spmat_depth"]


@given(seed=st.integers(0, 999), pe_count=st.sampled_from([2, 4, 16]), inputs=st.integers(1, 4))
def test_the_first_order_that_fits(chain: Chain, seed: int, pe_count: int, inputs: int) -> None:
    layers = chain([60, 90, 40], 0.1, seed, skew=1.0)
    config = ROOMY.replace(pe_count=pe_count)
    calibration = vectors(60, inputs) / 256
    orders = [
        assemble(layers, config, calibration),
        assemble(layers, config),
        assemble(layers, config.replace(balanced_rows=0)),
    ]
    for depth in {words(order) - less for order in orders for less in (0, 1)}:
        tight = config.replace(spmat_depth=depth)
        expected = next((order for order in orders if words(order) <= depth), orders[0])
        network = assemble(layers, tight, calibration)
        assert network.config == tight
        for left, right in zip(network.layers, expected.layers, strict=True):
            assert left.rows.tolist() == right.rows.tolist()
            assert left.matrix.codes.tolist() == right.matrix.codes.tolist()


def test_what_fits_unbalanced_is_never_refused(chain: Chain) -> None:
    given_up = 0
    config = ROOMY.replace(pe_count=16, entries_per_word=1)
    for seed in range(40):
        layers = chain([60, 90], 0.1, seed)
        plain = assemble(layers, config.replace(balanced_rows=0))
        tight = config.replace(spmat_depth=words(plain))
        calibration = vectors(60, 1) / 256
        given_up += words(assemble(layers, config, calibration)) > tight.spmat_depth
        check_fit(assemble(layers, tight, calibration))
    assert given_up
