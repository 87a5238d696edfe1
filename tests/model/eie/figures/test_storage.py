"""Bytes in storage; oracles: a layer counted by hand, and the Huffman encoder's own output."""

from collections.abc import Callable

import numpy as np
import pytest

from zskip.model.common import huffman
from zskip.model.common.scale import LayerScale
from zskip.model.eie.config import TINY, Config
from zskip.model.eie.encoding import encode
from zskip.model.eie.figures.storage import layer_storage, storage
from zskip.model.eie.gaps import to_gaps
from zskip.model.eie.network import Layer, Network

MakeNetwork = Callable[..., Network]
KINDS = ("plain", "huffman")


def layer_of(codes: np.ndarray, config: Config) -> Layer:
    """Make a layer of some codes."""
    return Layer(
        name="by hand",
        matrix=encode(codes.astype(np.uint8), config),
        codebook=np.arange(config.codebook_size, dtype=np.int64),
        bias=np.zeros(codes.shape[0], dtype=np.int64),
        relu=False,
        scale=LayerScale(input_fraction=0, weight_fraction=0, output_fraction=0),
    )


def test_a_layer_counted_by_hand() -> None:
    # One PE, 24 rows. Column 0: codes 1, 2, 1 in rows 2, 3, 22, which takes one padding entry, so
    # codes are 1 2 0 1 and runs 2 0 15 2. Column 1: code 1 in row 0. Column 2 is empty.
    codes = np.zeros((24, 3))
    codes[[2, 3, 22], 0] = 1, 2, 1
    codes[0, 1] = 1
    result = layer_storage(layer_of(codes, Config(pe_count=1)), Config(pe_count=1))
    assert (result.weights, result.nonzeros, result.entries) == (72, 4, 5)
    assert result.density == 4 / 72
    assert result.dense_bytes == 4 * (72 + 24)
    # Plain: 5 entries of 4 + 4 bits; column lengths 4, 1, 0 of 3 bits each; 16 shared weights of
    # 2 bytes; 24 biases of 4 bytes.
    plain = result.plain
    assert (plain.weight_bits, plain.index_bits) == (4, 4)
    assert (plain.weights, plain.index, plain.columns, plain.tables) == (3, 3, 2, 0)
    assert (plain.codebook, plain.bias) == (32, 96)
    assert plain.total == 3 + 3 + 2 + 32 + 96
    # Huffman: row by row the codes 1 in row 0, column 1, and 1 2 1 in rows 2, 3, 22, column 0:
    # three times 1 (1 bit) and once 2 (1 bit). Before them 1, 4, 2 and 56 zeros, 2 bits each. The
    # tables reach to the largest symbols 2 and 56.
    coded = result.huffman
    assert (coded.weight_bits, coded.index_bits) == (4 / 5, 8 / 5)
    assert (coded.weights, coded.index, coded.columns, coded.tables) == (1, 1, 0, 3 + 57)
    assert coded.total == 1 + 1 + 60 + 32 + 96
    assert coded.rate == coded.total / 384
    assert coded.ratio == 384 / coded.total


WIDE = TINY.replace(weight_bits=8, run_bits=8, entries_per_word=4)


@pytest.mark.parametrize("config", [TINY, WIDE, Config()])
def test_sizes_are_those_of_the_encoder(config: Config, make_network: MakeNetwork) -> None:
    for layer in make_network(config, (50, 90, 7)).layers:
        coded = layer_storage(layer, config).huffman
        parts = [huffman.encode(part) for part in to_gaps(layer.matrix)]
        sizes = [packed.size for _, packed in parts]
        assert [coded.weights, coded.index, coded.columns] == [*sizes, 0]
        assert coded.tables == sum(lengths.size for lengths, _ in parts)


def test_long_columns_take_wide_lengths() -> None:
    config = Config(pe_count=1, register_depth=1024)
    codes = np.ones((700, 4))
    codes[300:, :2] = 0
    layer = layer_of(codes, config)
    assert np.diff(layer.matrix.pointers).ravel().tolist() == [300, 300, 700, 700]
    assert layer_storage(layer, config).plain.columns == 5


def test_a_layer_without_weights() -> None:
    result = layer_storage(layer_of(np.zeros((8, 4)), TINY), TINY)
    assert result.entries == result.plain.weights == result.huffman.weights == 0
    assert result.plain.weight_bits == result.huffman.weight_bits == 0
    assert result.plain.columns == 0
    assert result.huffman.total > 0


def test_the_total_adds_the_layers(make_network: MakeNetwork) -> None:
    result = storage(make_network(TINY, (50, 90, 7)))
    first, second = result.layers
    assert result.total.name == "total"
    for name in ("weights", "nonzeros", "entries", "dense_bytes"):
        assert getattr(result.total, name) == getattr(first, name) + getattr(second, name)
    for which in ("plain", "huffman"):
        whole, parts = getattr(result.total, which), [getattr(x, which) for x in result.layers]
        for name in ("weights", "index", "columns", "tables", "codebook", "bias", "order", "total"):
            assert getattr(whole, name) == sum(getattr(part, name) for part in parts)
        bits = parts[0].weight_bits * first.entries + parts[1].weight_bits * second.entries
        assert whole.weight_bits == pytest.approx(bits / result.total.entries)
        assert whole.rate == whole.total / result.total.dense_bytes


def test_orders_count_where_they_are_stored(make_network: MakeNetwork) -> None:
    plain = storage(make_network(TINY, (6, 5, 3)))
    assert plain.total.plain.order == plain.total.huffman.order == 0
    network = make_network(TINY, (6, 5, 9), unused=300)
    result = storage(network)
    # 6 inputs of 306 and 5 outputs of 305 take two bytes each, 9 outputs of 9 one byte: fewer than
    # a bit for each of 306 and 305, and as many as ranks.
    for orders in ([getattr(part, kind).order for part in result.layers] for kind in KINDS):
        assert orders == [12 + 10, 9]
    packed = make_network(TINY, (60, 50, 9), unused=300)
    # A bit for each of 360 and 350, and a byte for the rank of each output.
    assert storage(packed).layers[0].plain.order == 2 * (60 + 50)
    assert storage(packed).layers[0].huffman.order in {45 + 44 + 50, 45 + 60 + 44 + 50}
    assert result.layers[0].weights == 305 * 306
    assert result.layers[0].dense_bytes == 4 * 305 * 307
    for part in result.layers:
        coded = part.huffman
        fixed = coded.codebook + coded.bias + coded.order
        parts = coded.weights + coded.index + coded.columns + coded.tables
        assert coded.total == parts + fixed
