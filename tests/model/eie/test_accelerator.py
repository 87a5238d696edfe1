"""The golden model of the array; oracles: the dense reference, and counts in plain Python."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from zskip.model.common import reference
from zskip.model.common.dense import dense_layers
from zskip.model.common.errors import InputError
from zskip.model.common.reference import DenseLayer
from zskip.model.eie import accelerator
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import TINY, Config
from zskip.model.eie.counters import UNTIMED
from zskip.model.eie.encoding import encode
from zskip.model.eie.network import Network

MakeNetwork = Callable[..., Network]

SIZES = (40, 33, 26, 9)
ROOMY = TINY.replace(
    spmat_depth=4096,
    pointer_depth=2048,
    bias_depth=256,
    register_depth=256,
    activation_depth=256,
)


def activations(length: int, count: int = 9, seed: int = 3, limit: int = 3000) -> np.ndarray:
    """Give input vectors from all zero, over ever more non-zeros, to full."""
    rng = np.random.default_rng(seed)
    values = rng.integers(-limit, limit, (count, length))
    return values * (rng.random((count, length)) < np.linspace(0, 1, count)[:, np.newaxis])


def dense(network: Network) -> list[DenseLayer]:
    """Give the network as dense layers."""
    return [
        DenseLayer(
            weights=layer.weights(), bias=layer.bias, shift=layer.scale.shift, relu=layer.relu
        )
        for layer in network.layers
    ]


def check_against_dense(network: Network, vectors: np.ndarray) -> None:
    """Compare the outputs and saturations of every layer with the dense reference."""
    pe_count = network.config.pe_count
    result = run(network, vectors)
    expected = reference.network(dense(network), vectors, network.config.acc_bits)
    source = vectors
    for layer, truth in zip(result.layers, expected, strict=True):
        np.testing.assert_array_equal(layer.outputs, truth.y)
        assert layer.outputs.dtype == np.int64
        counters = layer.counters
        np.testing.assert_array_equal(counters["broadcasts"], np.count_nonzero(source, axis=1))
        by_pe = [truth.saturated[:, pe::pe_count].sum(axis=1) for pe in range(pe_count)]
        np.testing.assert_array_equal(counters.per_pe["saturations"], np.stack(by_pe, axis=1))
        source = truth.y
    np.testing.assert_array_equal(result.outputs, expected[-1].y)


@pytest.mark.parametrize("pe_count", [1, 2, 4, 16])
@pytest.mark.parametrize("seed", range(3))
def test_equals_the_dense_reference(pe_count: int, seed: int, make_network: MakeNetwork) -> None:
    network = make_network(ROOMY.replace(pe_count=pe_count), SIZES, seed=seed)
    check_against_dense(network, activations(SIZES[0], seed=seed))


@pytest.mark.parametrize("register_depth", [1, 3, 8])
def test_tall_layers_run_in_passes(register_depth: int, make_network: MakeNetwork) -> None:
    config = ROOMY.replace(register_depth=register_depth, pass_count=64)
    network = make_network(config, SIZES)
    vectors = activations(SIZES[0])
    result = run(network, vectors)
    for layer, made in zip(network.layers, result.layers, strict=True):
        assert len(made.passes) == -(-layer.outputs // (4 * register_depth))
    expected = reference.network(dense(network), vectors, config.acc_bits)
    for made, truth in zip(result.layers, expected, strict=True):
        np.testing.assert_array_equal(made.outputs, truth.y)
        assert made.counters["saturations"].sum() == np.count_nonzero(truth.saturated)


def test_outputs_come_in_the_order_of_the_source(make_network: MakeNetwork) -> None:
    network = make_network(ROOMY, SIZES, unused=7)
    network.check()
    vectors = activations(SIZES[0] + 7)
    result = run(network, vectors)
    expected = reference.network(dense_layers(network), vectors, network.config.acc_bits)
    for layer, found, truth in zip(network.layers, result.layers, expected, strict=True):
        np.testing.assert_array_equal(found.outputs, truth.y[:, layer.rows])
    np.testing.assert_array_equal(result.outputs, expected[-1].y)
    used = vectors[:, network.gather]
    np.testing.assert_array_equal(
        result.layers[0].counters["broadcasts"], np.count_nonzero(used, axis=1)
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"weight_bits": 2, "run_bits": 1},
        {"weight_bits": 8, "run_bits": 8, "entries_per_word": 4},
        {"entries_per_word": 1},
        {"acc_bits": 48},
    ],
    ids=str,
)
def test_equals_the_dense_reference_in_every_format(
    changes: dict[str, int], make_network: MakeNetwork
) -> None:
    check_against_dense(make_network(ROOMY.replace(**changes), SIZES), activations(SIZES[0]))


@pytest.mark.parametrize("pe_count", [1, 4])
def test_overflow_wraps_and_is_counted(pe_count: int, make_network: MakeNetwork) -> None:
    config = ROOMY.replace(pe_count=pe_count, acc_bits=24)
    network = make_network(config, (24, 18), density=0.9, magnitude=32767)
    vectors = activations(24, limit=32768)
    check_against_dense(network, vectors)
    result = run(network, vectors).layers[0]
    assert result.counters["overflows"].sum() > 0
    for sample, vector in enumerate(vectors):
        expected = plain_overflows(network, vector)
        assert result.counters.per_pe["overflows"][sample].tolist() == expected


def plain_overflows(network: Network, vector: np.ndarray) -> list[int]:
    """Oracle: additions that leave the range, in the order of the broadcasts."""
    config, layer = network.config, network.layers[0]
    half = 1 << (config.acc_bits - 1)
    weights, accumulators = layer.weights().tolist(), layer.bias.tolist()
    counts = [0] * config.pe_count
    columns = sorted(np.flatnonzero(vector).tolist(), key=lambda j: (j % config.pe_count, j))
    for column in columns:
        for row, line in enumerate(weights):
            if not line[column]:
                continue
            total = accumulators[row] + line[column] * int(vector[column])
            accumulators[row] = (total + half) % (2 * half) - half
            counts[row % config.pe_count] += accumulators[row] != total
    return counts


@pytest.mark.parametrize("pe_count", [1, 2, 4, 16])
def test_counters(pe_count: int, make_network: MakeNetwork) -> None:
    network = make_network(ROOMY.replace(pe_count=pe_count), (20, 150, 11), density=0.06)
    vectors = activations(20, count=5)
    result = run(network, vectors)
    sources = [vectors, *(layer.outputs for layer in result.layers)]
    first_words = [0] * pe_count
    for layer, counted, source in zip(network.layers, result.layers, sources, strict=False):
        assert set(counted.counters.central) == {"broadcasts"}
        assert set(counted.counters.per_pe) == set(UNTIMED)
        pointers = layer.matrix.pointers.tolist()
        for pe in range(pe_count):
            slots = layer.matrix.codes[layer.matrix.entry_range(pe)].tolist()
            for sample, vector in enumerate(source.tolist()):
                expected = plain_counts(
                    network.config, pointers[pe], slots, vector, first_words[pe]
                )
                for name, value in expected.items():
                    assert counted.counters.per_pe[name][sample, pe] == value, (name, sample, pe)
            first_words[pe] += -(-len(slots) // network.config.entries_per_word)


def plain_counts(
    config: Config, pointers: list[int], slots: list[int], vector: list[int], first_word: int
) -> dict[str, int]:
    """Oracle: walk over the broadcast columns of one PE."""
    counts = {"entries": 0, "padding": 0, "spmat_reads": 0, "pointer_reads": 0}
    for column, value in enumerate(vector):
        if value == 0:
            continue
        start, end = pointers[column], pointers[column + 1]
        counts["pointer_reads"] += 2
        counts["entries"] += end - start
        counts["padding"] += slots[start:end].count(0)
        words = {first_word + entry // config.entries_per_word for entry in range(start, end)}
        counts["spmat_reads"] += len(words)
    return counts


def test_padding_is_counted_at_all(make_network: MakeNetwork) -> None:
    network = make_network(ROOMY.replace(run_bits=2), (20, 150), density=0.06)
    result = run(network, activations(20))
    assert result.layers[0].counters["padding"].sum() > 0


def test_inputs_of_zero_cost_nothing(make_network: MakeNetwork) -> None:
    network = make_network(ROOMY, (20, 15), magnitude=1)
    result = run(network, np.zeros((2, 20), dtype=np.int64)).layers[0]
    check_against_dense(network, np.zeros((2, 20), dtype=np.int64))
    assert result.counters["broadcasts"].tolist() == [0, 0]
    for name in ("entries", "padding", "spmat_reads", "pointer_reads", "overflows"):
        assert not result.counters[name].any()


def test_empty_columns_rows_and_pes(make_network: MakeNetwork) -> None:
    network = make_network(ROOMY, (30, 24))
    codes = np.zeros((24, 30), dtype=np.uint8)
    codes[1::4, 10:20] = 3
    codes[21, 29] = 1
    layer = replace(network.layers[0], matrix=encode(codes, ROOMY))
    network = replace(network, layers=(layer,))
    vectors = activations(30)
    check_against_dense(network, vectors)
    counters = run(network, vectors).layers[0].counters
    assert not counters.per_pe["entries"][:, [0, 2, 3]].any()
    assert counters.per_pe["entries"][-1, 1] > 0


def test_a_network_of_zeros_gives_its_biases(make_network: MakeNetwork) -> None:
    network = make_network(ROOMY, (8, 6), density=0.0)
    vectors = activations(8)
    check_against_dense(network, vectors)
    assert len(np.unique(run(network, vectors).outputs, axis=0)) == 1


def test_more_pes_than_rows(make_network: MakeNetwork) -> None:
    network = make_network(ROOMY.replace(pe_count=16), (3, 5, 2), density=0.8)
    check_against_dense(network, activations(3))


def test_chunks_change_nothing(make_network: MakeNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    network = make_network(ROOMY, SIZES)
    vectors = activations(SIZES[0], count=7)
    whole = run(network, vectors)
    monkeypatch.setattr(accelerator, "CHUNK", 3)
    steps: list[int] = []
    parts = run(network, vectors, on_progress=steps.append)
    assert steps == [3, 3, 1]
    for left, right in zip(whole.layers, parts.layers, strict=True):
        np.testing.assert_array_equal(left.outputs, right.outputs)
        np.testing.assert_array_equal(left.counters["broadcasts"], right.counters["broadcasts"])
        for name in UNTIMED:
            np.testing.assert_array_equal(left.counters.per_pe[name], right.counters.per_pe[name])


@pytest.mark.parametrize("shape", [(20,), (2, 19), (0, 20)])
def test_refuses_the_wrong_shape(shape: tuple[int, ...], make_network: MakeNetwork) -> None:
    with pytest.raises(InputError) as caught:
        run(make_network(ROOMY, (20, 15)), np.zeros(shape, dtype=np.int64))
    assert str(caught.value) == (
        f"activations must have shape (n, 20) with n at least 1, not {shape}"
    )


def test_refuses_what_has_more_than_16_bits(make_network: MakeNetwork) -> None:
    with pytest.raises(InputError, match=r"^activations must be in -32768\.\.32767"):
        run(make_network(ROOMY, (20, 15)), np.full((1, 20), 32768))


def test_refuses_what_does_not_fit(make_network: MakeNetwork) -> None:
    network = make_network(ROOMY, (20, 15))
    small = replace(network, config=ROOMY.replace(pointer_depth=20))
    with pytest.raises(InputError, match="column pointers"):
        run(small, np.zeros((1, 20), dtype=np.int64))
